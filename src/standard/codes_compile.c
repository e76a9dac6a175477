/* Compiles code lists: from the rows and versions of a draft, or from a CSV file beside it. */
#include <string.h>

#include "standard/compile.h"
#include "standard/text.h"

static bool
day_or(struct zd_str s, int32_t otherwise, int32_t *ret)
{
	*ret = otherwise;
	return !s.n || zd_day_parse(s, ret);
}

static enum zd_rc
finish(struct zd_cx *cx, const char *file, struct standard_code *rows, size_t n,
       struct standard_codes *ret)
{
	size_t at = 0;

	ret->n = n;
	if (!n)
		return load_bad(cx, file, "没有代码");
	for (size_t i = 0; i < n; i++)
		if (!rows[i].code.n || !rows[i].name.n || rows[i].name.n > CODE_NAME_MAX)
			return load_bad(cx, file,
					"第%zu个代码：代码和名称都不能为空，名称不超过%d字节",
					i + 1, CODE_NAME_MAX);
	if (!codes_finish(cx->arena, ret, rows, &at))
		return load_bad(cx, file, "代码“%.*s”在同一时间出现两次",
				ZD_STR_ARG(rows[at].code));
	return ZD_OK;
}

/* --- rows in JSON --------------------------------------------------------------------- */

/* The first version also judges what is older than it. */
static enum zd_rc
version_days(struct zd_cx *cx, const char *file, const struct draft *draft, size_t i,
	     int32_t *ret_from, int32_t *ret_until)
{
	const struct draft_version *v = &draft->versions[i];
	int32_t next = INT32_MAX;

	if (i + 1 < draft->n_versions && !zd_day_parse(draft->versions[i + 1].from, &next))
		return load_bad(cx, file, "版本“%.*s”的 from 不是日期",
				ZD_STR_ARG(draft->versions[i + 1].version));
	if (!v->version.n || !day_or(v->from, INT32_MIN, ret_from) ||
	    !day_or(v->until, INT32_MAX, ret_until))
		return load_bad(cx, file, "第%zu个版本的名称、from 或 until 有误", i + 1);
	if (*ret_until == INT32_MAX && next != INT32_MAX)
		*ret_until = next - 1;
	if (*ret_until < *ret_from || (next != INT32_MAX && *ret_until >= next))
		return load_bad(cx, file, "版本“%.*s”的期间颠倒或与下一版本重叠",
				ZD_STR_ARG(v->version));
	if (i == 0)
		*ret_from = INT32_MIN;
	return ZD_OK;
}

static enum zd_rc
from_rows(struct zd_cx *cx, const char *file, const struct draft *draft, struct standard_codes *ret)
{
	const struct draft_version *one = &draft->codes;
	size_t n = one->n_codes, at = 0;

	for (size_t i = 0; i < draft->n_versions; i++)
		n += draft->versions[i].n_codes;
	struct standard_code *rows = zd_new_array(cx->arena, struct standard_code, n + 1);
	for (size_t i = 0; i < one->n_codes; i++)
		rows[at++] = (struct standard_code){
			one->codes[i].code, one->codes[i].name, { 0 }, INT32_MIN, INT32_MAX
		};
	for (size_t v = 0; v < draft->n_versions; v++) {
		const struct draft_version *version = &draft->versions[v];
		int32_t from, until;
		ZD_TRY(version_days(cx, file, draft, v, &from, &until));
		for (size_t i = 0; i < version->n_codes; i++)
			rows[at++] = (struct standard_code){
				version->codes[i].code, version->codes[i].name, { 0 }, from, until
			};
	}
	return finish(cx, file, rows, n, ret);
}

/* --- rows in CSV ---------------------------------------------------------------------- */

/* One plain cell (these files quote nothing); false at the line's end. */
static bool
next_cell(struct zd_str *line, struct zd_str *ret)
{
	if (!line->p)
		return false;
	const char *comma = memchr(line->p, ',', line->n);
	*ret = (struct zd_str){ line->p, comma ? (size_t)(comma - line->p) : line->n };
	if (comma)
		*line = (struct zd_str){ comma + 1, line->n - ret->n - 1 };
	else
		*line = (struct zd_str){ 0 };
	return true;
}

static bool
next_line(struct zd_str *text, struct zd_str *ret)
{
	if (!text->n)
		return false;
	const char *end = memchr(text->p, '\n', text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n;
	*ret = (struct zd_str){ text->p, n && text->p[n - 1] == '\r' ? n - 1 : n };
	n += end != NULL;
	*text = (struct zd_str){ text->p + n, text->n - n };
	return true;
}

static bool
csv_row(struct zd_str line, struct standard_code *ret)
{
	struct zd_str cells[5], more;

	for (size_t i = 0; i < ZD_COUNT(cells); i++)
		if (!next_cell(&line, &cells[i]))
			return false;
	if (next_cell(&line, &more) || memchr(cells[1].p, '"', cells[1].n))
		return false;
	*ret = (struct standard_code){ .code = cells[0], .name = cells[1] };
	if (cells[2].n)
		ret->parent = cells[2];
	return day_or(cells[3], INT32_MIN, &ret->from) && day_or(cells[4], INT32_MAX, &ret->until);
}

static enum zd_rc
from_csv(struct zd_cx *cx, const struct embed_file *file, struct standard_codes *ret)
{
	struct zd_str text = { file->bytes, file->n }, line;
	struct standard_code *rows = NULL;
	size_t n = 0, cap = 0, number = 1;

	if (!next_line(&text, &line) || !zd_str_equal(line, ZD_STR("code,name,parent,from,until")))
		return load_bad(cx, file->name, "首行应为 code,name,parent,from,until");
	while (next_line(&text, &line)) {
		number++;
		rows = zd_grow(cx->arena, rows, n, &cap, sizeof(*rows));
		if (!csv_row(line, &rows[n++]))
			return load_bad(cx, file->name,
					"第%zu行有误：应为五列，日期为空或 YYYY-MM-DD", number);
	}
	ZD_TRY(finish(cx, file->name, rows, n, ret));
	for (size_t i = 0; i < n; i++)
		if (rows[i].parent.n && !codes_ever(ret, rows[i].parent))
			return load_bad(cx, file->name, "代码%.*s的上级%.*s不存在",
					ZD_STR_ARG(rows[i].code), ZD_STR_ARG(rows[i].parent));
	return ZD_OK;
}

enum zd_rc
codes_compile(struct zd_cx *cx, const char *file, const struct draft *draft,
	      const struct embed_file *files, struct standard_codes *ret)
{
	*ret = (struct standard_codes){ .name = draft->name,
					.title = draft->title,
					.basis = draft->basis };
	if ((draft->csv.n != 0) + (draft->n_versions != 0) + (draft->codes.n_codes != 0) != 1)
		return load_bad(cx, file, "codes、versions、csv 应有且只有一项");
	if (!draft->csv.n)
		return from_rows(cx, file, draft, ret);
	for (; files->name; files++)
		if (zd_str_equal(draft->csv, zd_str_of(files->name)))
			return from_csv(cx, files, ret);
	return load_bad(cx, file, "没有文件“%.*s”", ZD_STR_ARG(draft->csv));
}
