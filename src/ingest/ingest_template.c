/* The entry workbook, made from the standard. */
#include "ingest/ingest_template.h"

#include "table/table.h"

#define MOST_CHOICES 200 /* longer lists are typed, not chosen */

static void
fill_choices(struct zd_cx *cx, const struct standard_field *f, int32_t day, struct table_column *c)
{
	const struct standard_codes *codes = f->codes;

	if (!codes || f->type != STANDARD_CODE || codes->n > MOST_CHOICES)
		return;
	struct zd_str *choices = zd_new_array(cx->arena, struct zd_str, codes->n + 1);
	for (size_t i = 0; i < codes->n; i++)
		if (codes->codes[i].from <= day && day <= codes->codes[i].until)
			choices[c->n_choices++] = codes->codes[i].name;
	c->choices = choices;
}

static struct zd_str
hint_of(struct zd_cx *cx, const struct standard_field *f)
{
	static const char *const types[] = { [STANDARD_TEXT] = "文字",
					     [STANDARD_CODE] = "选一项",
					     [STANDARD_CODES] = "可多选，用逗号分开",
					     [STANDARD_DATE] = "日期，如 2026-11-24",
					     [STANDARD_INT] = "整数",
					     [STANDARD_DECIMAL] = "数字",
					     [STANDARD_BOOL] = "是 或 否",
					     [STANDARD_LIST] = "多项用逗号分开" };
	struct zd_str rest = f->hint.n ? f->hint
			     : f->example.n
				     ? zd_str_printf(cx->arena, "如 %.*s", ZD_STR_ARG(f->example))
				     : (struct zd_str){ 0 };

	return zd_str_printf(cx->arena, "%s%s%s%.*s", f->required ? "必填；" : "", types[f->type],
			     rest.n ? "；" : "", ZD_STR_ARG(rest));
}

enum zd_rc
ingest_template_write(struct zd_cx *cx, const struct standard *std, const char *path)
{
	struct table_column *columns =
		zd_new_array(cx->arena, struct table_column, std->n_fields + 1);
	int32_t day = standard_version_day(std, cx->today);
	struct table_writer *w;
	size_t n = 0;

	for (size_t i = 0; i < std->n_fields; i++) {
		const struct standard_field *f = &std->fields[i];
		if (!standard_field_is_filled(std, i, day))
			continue;
		struct table_column *c = &columns[n++];
		*c = (struct table_column){ .heading = f->title,
					    .hint = hint_of(cx, f),
					    .required = f->required,
					    .width = 18 };
		fill_choices(cx, f, day, c);
	}
	ZD_TRY(table_writer_open(cx, path, TABLE_XLSX, std->title, columns, n, &w));
	return table_writer_close(cx, w);
}
