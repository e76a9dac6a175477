/*
 * csv: RFC 4180 and what spreadsheets and people make of it. Rows are found block-wise in the
 * window; a row that cannot be read costs its first line, reading goes on with the next one.
 */
#include <stdlib.h>
#include <string.h>

#include "table/input.h"
#include "table/reader.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define HEADING_LINES 10000 /* among which a heading is looked for */
#define MAX_FIELD_LINES 100 /* in one quoted field; more is a quote never closed */

struct csv {
	struct table_reader base;
	struct input in;
	char separator;
	int line; /* of the window's start */
	bool has_separator_line;
	bool reading;         /* the heading is known */
	bool lf, crlf, noted; /* line ends seen */
	struct table_cell *cells;
	char *unquoted; /* fields that had doubled quotes */
	size_t n_unquoted, cap_unquoted;
	char *raw; /* the beginning of a line too long for the window */
};

/* --- block-wise search --------------------------------------------------------------------- */

/* Where separators, quotes and line ends are, 64 bytes at a time. May look INPUT_PAD bytes too far.
 */
struct marks {
	const char *block;
	uint64_t bits;
	char separator;
};

#ifdef __SSE2__
static uint64_t
marks_of_16(const char *p, char separator)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i a = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(separator)),
				 _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
	__m128i b = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
				 _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));

	return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(a, b));
}

static uint64_t
marks_of_block(const char *p, char separator)
{
	return marks_of_16(p, separator) | marks_of_16(p + 16, separator) << 16 |
	       marks_of_16(p + 32, separator) << 32 | marks_of_16(p + 48, separator) << 48;
}
#else
static uint64_t
marks_of_block(const char *p, char separator)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < 64; i++)
		if (p[i] == separator || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
			bits |= (uint64_t)1 << i;
	return bits;
}
#endif

static struct marks
marks_from(const char *p, char separator)
{
	return (struct marks){ p, marks_of_block(p, separator), separator };
}

/* The next mark, or NULL if there is none before end. */
static inline const char *
next_mark(struct marks *m, const char *end)
{
	while (!m->bits) {
		m->block += 64;
		if (m->block >= end)
			return NULL;
		m->bits = marks_of_block(m->block, m->separator);
	}
	const char *p = m->block + __builtin_ctzll(m->bits);
	m->bits &= m->bits - 1;
	return p < end ? p : NULL;
}

/* --- one row ------------------------------------------------------------------------------- */

enum split { SPLIT_DONE, SPLIT_MORE, SPLIT_BROKEN };

/* A row being split. On SPLIT_BROKEN fault says why; column is the one in hand. */
struct split_row {
	const char *at, *end;
	struct marks marks;
	bool eof;
	size_t n;          /* fields so far */
	int lines;         /* line ends inside quoted fields */
	const char *after; /* the first byte of the next row */
	const char *stop;  /* where this row's text ends */
	const char *fault;
};

static enum split
broken(struct split_row *r, const char *fault)
{
	r->fault = fault;
	return SPLIT_BROKEN;
}

static const char *
fault_of(const struct csv *csv, const struct split_row *r, size_t length)
{
	if (r->n >= csv->base.options.limits.max_columns)
		return "列数超过上限";
	return length > csv->base.options.limits.max_cell ? "内容过长" : NULL;
}

/* Passes the end of a line at p; false if the byte behind a CR is not in sight yet. */
static bool
pass_line_end(struct csv *csv, struct split_row *r, const char *p)
{
	r->stop = p;
	r->after = p + 1;
	if (*p == '\r') {
		if (p + 1 == r->end && !r->eof)
			return false;
		if (p + 1 < r->end && p[1] == '\n') {
			r->after = p + 2;
			csv->crlf = true;
			return true;
		}
	}
	csv->lf = true;
	return true;
}

/* Takes doubled quotes apart into memory that lasts as long as the row. */
static struct zd_str
unquote(struct csv *csv, struct zd_str s)
{
	char *to = csv->unquoted + csv->n_unquoted;
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		to[n++] = s.p[i];
		if (s.p[i] == '"')
			i++;
	}
	csv->n_unquoted += n;
	return (struct zd_str){ to, n };
}

static void
keep_field(struct csv *csv, struct split_row *r, struct zd_str text)
{
	struct table_cell *cell = &csv->cells[r->n++];

	*cell = (struct table_cell){ 0 };
	if (text.n && text.p[0] == '\'' &&
	    csv_is_guarded((struct zd_str){ text.p + 1, text.n - 1 }))
		text = (struct zd_str){ text.p + 1, text.n - 1 };
	if (text.n)
		cell->text = text;
}

/* Whether a quoted field may go on at the mark p (NULL: none in sight), `length` bytes in. */
static enum split
look_in_quotes(const struct csv *csv, struct split_row *r, const char *p, size_t length)
{
	const char *fault = fault_of(csv, r, length);

	if (fault)
		return broken(r, fault);
	if (!p)
		return r->eof ? broken(r, "引号没有闭合") : SPLIT_MORE;
	if (*p == '"' && p + 1 == r->end && !r->eof)
		return SPLIT_MORE;
	r->lines += *p == '\n';
	return r->lines > MAX_FIELD_LINES ? broken(r, "引号没有闭合") : SPLIT_DONE;
}

/* Finds the closing quote of the field that opens at r->at; ret_text is what is between. */
static enum split
find_closing_quote(struct csv *csv, struct split_row *r, struct zd_str *ret_text)
{
	const char *from = r->at + 1;
	bool doubled = false;

	r->lines = 0;
	for (;;) {
		const char *p = next_mark(&r->marks, r->end);
		size_t length = (size_t)((p ? p : r->end) - from);
		enum split s = look_in_quotes(csv, r, p, length);
		if (s != SPLIT_DONE || !p)
			return s;
		if (*p != '"')
			continue;
		if (p + 1 == r->end || p[1] != '"') {
			*ret_text = (struct zd_str){ from, length };
			break;
		}
		(void)next_mark(&r->marks, r->end);
		doubled = true;
	}
	r->at = ret_text->p + ret_text->n + 1;
	if (doubled)
		*ret_text = unquote(csv, *ret_text);
	return SPLIT_DONE;
}

/* What follows a field at p: a separator (more fields), a line end or the end of the file. */
static enum split
pass_field_end(struct csv *csv, struct split_row *r, const char *p, bool *ret_more)
{
	*ret_more = false;
	if (!p) {
		if (!r->eof)
			return SPLIT_MORE;
		r->stop = r->after = r->end;
		return SPLIT_DONE;
	}
	if (*p == csv->separator) {
		r->at = p + 1;
		*ret_more = true;
		return SPLIT_DONE;
	}
	return pass_line_end(csv, r, p) ? SPLIT_DONE : SPLIT_MORE;
}

static enum split
split_quoted(struct csv *csv, struct split_row *r, bool *ret_more)
{
	struct zd_str text = { 0 };
	int lines = 0;

	(void)next_mark(&r->marks, r->end); /* the opening quote */
	enum split s = find_closing_quote(csv, r, &text);
	lines = r->lines;
	if (s != SPLIT_DONE)
		return s;
	const char *p = r->at == r->end ? NULL : next_mark(&r->marks, r->end);
	if (r->at < r->end && p != r->at)
		return broken(r, "引号之后应为分隔符");
	if (p && *p == '"')
		return broken(r, "引号之后应为分隔符");
	keep_field(csv, r, text);
	r->lines = lines;
	return pass_field_end(csv, r, p, ret_more);
}

static enum split
split_plain(struct csv *csv, struct split_row *r, bool *ret_more)
{
	const char *p;

	do
		p = next_mark(&r->marks, r->end);
	while (p && *p == '"'); /* a quote inside a plain field is an ordinary character */
	size_t length = (size_t)((p ? p : r->end) - r->at);
	const char *fault = fault_of(csv, r, length);
	if (fault)
		return broken(r, fault);
	const char *from = r->at;
	enum split s = pass_field_end(csv, r, p, ret_more);
	if (s == SPLIT_DONE)
		keep_field(csv, r, (struct zd_str){ from, length });
	return s;
}

/* Splits the row at the window's start. */
static enum split
split_row(struct csv *csv, struct split_row *r, int *ret_lines)
{
	bool more = true;

	*ret_lines = 0;
	while (more) {
		if (r->at == r->end && !r->eof)
			return SPLIT_MORE;
		bool quoted = r->at < r->end && *r->at == '"';
		r->lines = 0;
		enum split s = quoted ? split_quoted(csv, r, &more) : split_plain(csv, r, &more);
		if (s != SPLIT_DONE)
			return s;
		*ret_lines += r->lines;
	}
	return SPLIT_DONE;
}

/* --- rows that are no rows ----------------------------------------------------------------- */

static const char *
find_line_end(const struct input *in)
{
	const char *p = in->p + in->start;
	size_t n = in->end - in->start;
	const char *lf = memchr(p, '\n', n);
	const char *cr = memchr(p, '\r', lf ? (size_t)(lf - p) : n);

	return cr ? cr : lf;
}

/* The window's start up to `stop`, copied because the window may move. */
static struct zd_str
copy_raw(struct csv *csv, const char *stop)
{
	const char *p = csv->in.p + csv->in.start;
	size_t n = (size_t)(stop - p);

	n = n < TABLE_RAW_MAX ? n : TABLE_RAW_MAX;
	memcpy(csv->raw, p, n);
	return (struct zd_str){ csv->raw, n };
}

/* Passes over the line at the window's start, however long it is. */
static enum zd_rc
skip_line(struct zd_cx *cx, struct csv *csv)
{
	struct input *in = &csv->in;
	const char *stop;

	csv->line++;
	while (!(stop = find_line_end(in))) {
		in->start = in->end;
		if (in->eof)
			return ZD_OK;
		ZD_TRY(input_more(cx, in));
	}
	bool cr = *stop == '\r';
	in->start = (size_t)(stop - in->p) + 1;
	if (cr && in->start == in->end)
		ZD_TRY(input_more(cx, in));
	if (cr && in->start < in->end && in->p[in->start] == '\n')
		in->start++;
	return ZD_OK;
}

/* The row costs its first line. */
static enum zd_rc
give_broken(struct zd_cx *cx, struct csv *csv, size_t column, const char *fault,
	    struct table_row *ret)
{
	const char *stop = find_line_end(&csv->in);

	ret->broken_column = (int)column;
	ret->broken = zd_str_printf(csv->base.row_arena, "第 %zu 列%s", column + 1, fault);
	ret->raw = copy_raw(csv, stop ? stop : csv->in.p + csv->in.end);
	return skip_line(cx, csv);
}

static int
column_at(const struct csv *csv, size_t n, const char *p)
{
	for (size_t i = 0; i < n; i++) {
		struct zd_str text = csv->cells[i].text;
		if (text.p && text.p <= p && p < text.p + text.n)
			return (int)i;
	}
	return -1;
}

/* Bytes that are no text break the row they stand in. */
static void
check_bytes(struct csv *csv, const struct split_row *r, struct table_row *ret)
{
	const char *start = csv->in.p + csv->in.start;
	size_t n = (size_t)(r->stop - start), bad = input_check_utf8(start, n);

	if (bad == n)
		return;
	int column = column_at(csv, r->n, start + bad);
	struct zd_str where = column < 0
				      ? ZD_STR("")
				      : zd_str_printf(csv->base.row_arena, "第 %d 列", column + 1);
	ret->n = 0;
	ret->broken_column = column;
	ret->broken = start[bad] ? zd_str_printf(csv->base.row_arena, "%.*s有不是 %s 编码的字节",
						 ZD_STR_ARG(where), input_encoding_name(&csv->in))
				 : zd_str_printf(csv->base.row_arena, "%.*s有空字符（NUL）",
						 ZD_STR_ARG(where));
}

/* --- the reader ---------------------------------------------------------------------------- */

static void
note_line_ends(struct csv *csv)
{
	if (csv->noted || !csv->reading || !csv->lf || !csv->crlf)
		return;
	csv->noted = true;
	table_note(&csv->base, "换行符不一致（CRLF 与 LF 混用），已照常读取");
}

static enum zd_rc
reserve_unquoted(struct zd_cx *cx, struct csv *csv)
{
	csv->n_unquoted = 0;
	if (csv->cap_unquoted >= csv->in.cap)
		return ZD_OK;
	char *p = realloc(csv->unquoted, csv->in.cap);
	if (!p)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	csv->unquoted = p;
	csv->cap_unquoted = csv->in.cap;
	return ZD_OK;
}

static void
give_row(struct csv *csv, const struct split_row *r, int lines, struct table_row *ret)
{
	const char *start = csv->in.p + csv->in.start;
	size_t n = (size_t)(r->stop - start);

	ret->line = csv->line;
	ret->raw = (struct zd_str){ start, n < TABLE_RAW_MAX ? n : TABLE_RAW_MAX };
	ret->n = r->n;
	check_bytes(csv, r, ret);
	if (!ret->broken.p)
		table_pad_row(&csv->base, csv->cells, &ret->n);
	ret->cells = csv->cells;
	csv->in.start = (size_t)(r->after - csv->in.p);
	csv->line += lines + 1;
}

/* A row begins in sight, and what splitting it may need is there. */
static enum zd_rc
begin_row(struct zd_cx *cx, struct csv *csv)
{
	struct input *in = &csv->in;

	if (in->start == in->end)
		ZD_TRY(input_more(cx, in));
	return in->start == in->end ? ZD_NOT_FOUND : reserve_unquoted(cx, csv);
}

static enum zd_rc
next_row(struct zd_cx *cx, struct csv *csv, struct table_row *ret)
{
	struct input *in = &csv->in;
	int lines;

	for (;;) {
		ZD_TRY(begin_row(cx, csv));
		const char *p = in->p + in->start;
		struct split_row r = { p, in->p + in->end, marks_from(p, csv->separator), in->eof };
		enum split s = split_row(csv, &r, &lines);
		ret->line = csv->line;
		if (s == SPLIT_BROKEN)
			return give_broken(cx, csv, r.n, r.fault, ret);
		if (s == SPLIT_DONE) {
			give_row(csv, &r, lines, ret);
			return ZD_OK;
		}
		enum zd_rc rc = input_more(cx, in);
		if (rc == ZD_TOO_LARGE)
			return give_broken(cx, csv, r.n, "之前已超过一行的长度上限", ret);
		ZD_TRY(rc);
	}
}

static enum zd_rc
csv_next(struct zd_cx *cx, struct table_reader *reader, struct table_row *ret)
{
	struct csv *csv = (struct csv *)reader;

	for (;;) {
		*ret = (struct table_row){ .broken_column = -1 };
		if (!csv->reading && csv->line > HEADING_LINES)
			return ZD_NOT_FOUND;
		enum zd_rc rc = next_row(cx, csv, ret);
		if (rc == ZD_NOT_FOUND)
			note_line_ends(csv);
		if (rc != ZD_OK || ret->broken.p || !table_row_is_blank(ret))
			return rc;
	}
}

static enum zd_rc
csv_rewind(struct zd_cx *cx, struct table_reader *reader)
{
	struct csv *csv = (struct csv *)reader;

	input_rewind(&csv->in);
	csv->line = 1;
	if (!csv->has_separator_line)
		return ZD_OK;
	ZD_TRY(input_more(cx, &csv->in));
	return skip_line(cx, csv);
}

static int64_t
csv_bytes_read(const struct table_reader *reader)
{
	return ((const struct csv *)reader)->in.at;
}

static void
csv_close(struct table_reader *reader)
{
	struct csv *csv = (struct csv *)reader;

	input_close(&csv->in);
	free(csv->cells);
	free(csv->unquoted);
	free(csv->raw);
}

static const struct table_kind csv_kind = { csv_next, csv_rewind, csv_bytes_read, csv_close };

/* --- opening ------------------------------------------------------------------------------- */

/* Excel's own way of naming the separator: a first line "sep=;". */
static enum zd_rc
take_separator_line(struct zd_cx *cx, struct csv *csv)
{
	struct input *in = &csv->in;

	ZD_TRY(input_more(cx, in));
	struct zd_str head = { in->p, in->end };
	if (head.n >= 6 &&
	    (zd_str_starts(head, ZD_STR("sep=")) || zd_str_starts(head, ZD_STR("SEP="))) &&
	    strchr(",;\t|", head.p[4]) && (head.p[5] == '\r' || head.p[5] == '\n')) {
		csv->separator = head.p[4];
		csv->has_separator_line = true;
	}
	return csv_rewind(cx, &csv->base);
}

static bool
is_better(const struct table_heading *a, const struct table_heading *than)
{
	return a->hits != than->hits ? a->hits > than->hits : a->columns > than->columns;
}

/* The separator that gives the best heading. */
static enum zd_rc
find_separator(struct zd_cx *cx, struct csv *csv, struct table_heading *ret)
{
	static const char candidates[] = { ',', ';', '\t' };
	struct table_heading best = { 0 };
	char separator = ',';

	if (csv->has_separator_line)
		return table_find_heading(cx, &csv->base, ret);
	for (size_t i = 0; i < sizeof(candidates); i++) {
		struct table_heading h;
		csv->separator = candidates[i];
		ZD_TRY(table_find_heading(cx, &csv->base, &h));
		if (i && h.columns < 2)
			continue; /* does not separate anything */
		if (h.found && (!best.found || is_better(&h, &best))) {
			best = h;
			separator = candidates[i];
		}
	}
	csv->separator = separator;
	*ret = best;
	return ZD_OK;
}

static void
note_file(struct csv *csv)
{
	const struct input *in = &csv->in;

	table_note(&csv->base, "编码：%s%s", input_encoding_name(in),
		   in->after_bom                ? "（带 BOM）"
		   : in->encoding != INPUT_UTF8 ? "（不是 UTF-8，已按 GB18030 转换）"
						: "");
	if (in->mixed)
		table_note(&csv->base, "有些行不是 %s 编码", input_encoding_name(in));
	if (csv->separator == ';')
		table_note(&csv->base, "分隔符：分号");
	if (csv->separator == '\t')
		table_note(&csv->base, "分隔符：制表符");
}

static enum zd_rc
open_parts(struct zd_cx *cx, struct csv *csv, int fd)
{
	const struct table_limits *l = &csv->base.options.limits;
	struct table_heading heading;

	csv->cells = calloc(l->max_columns, sizeof(*csv->cells));
	csv->raw = malloc(TABLE_RAW_MAX);
	if (!csv->cells || !csv->raw)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	ZD_TRY(input_open(cx, fd, l->max_row, l->max_bytes, false, &csv->in));
	ZD_TRY(take_separator_line(cx, csv));
	ZD_TRY(find_separator(cx, csv, &heading));
	note_file(csv);
	ZD_TRY(table_take_heading(cx, &csv->base, &heading));
	csv->reading = true;
	return ZD_OK;
}

enum zd_rc
csv_open(struct zd_cx *cx, int fd, const struct table_options *options, struct table_reader **ret)
{
	struct csv *csv = calloc(1, sizeof(*csv));

	if (!csv)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	table_reader_init(&csv->base, &csv_kind, options, TABLE_CSV);
	enum zd_rc rc = open_parts(cx, csv, fd);
	if (rc != ZD_OK) {
		table_close(&csv->base);
		return rc;
	}
	*ret = &csv->base;
	return ZD_OK;
}

bool
csv_is_guarded(struct zd_str text)
{
	/* Full-width = + - @, which spreadsheets take for the plain ones. */
	static const struct zd_str full_width[] = { ZD_LIT("\xEF\xBC\x9D"), ZD_LIT("\xEF\xBC\x8B"),
						    ZD_LIT("\xEF\xBC\x8D"),
						    ZD_LIT("\xEF\xBC\xA0") };

	if (text.n && text.p[0] && strchr("=+-@\t\r\n'", text.p[0]))
		return true;
	for (size_t i = 0; i < ZD_COUNT(full_width); i++)
		if (zd_str_starts(text, full_width[i]))
			return true;
	return false;
}
