/*
 * xlsx: the rows of a workbook's sheet, one at a time out of the inflating and parsing stream.
 * Before the first row the whole part has been inflated once: merges stand behind the cells, and a
 * damaged member shows before anything was taken from it.
 */
#include <stdlib.h>
#include <string.h>

#include "table/book.h"
#include "table/merges.h"
#include "table/reader.h"
#include "table/xml.h"

#define ROWS_MAX 1048576
#define NO_OFFSET SIZE_MAX
#define SHEETS_SEARCHED 50
#define SHEETS_NOTED 10

/* What a cell of the row in hand said of itself. */
enum cell_type {
	CELL_NUMBER,
	CELL_SHARED,
	CELL_TEXT,
	CELL_INLINE,
	CELL_BOOL,
	CELL_ERROR,
	CELL_DATE
};

struct xlsx {
	struct table_reader base;
	struct zip *zip;
	struct book book;
	size_t sheet; /* index of the one being read */
	struct xml xml;
	bool open;
	bool finished; /* behind the last row */
	bool reading;  /* the heading is known */
	bool noted;

	/* the row in hand */
	int row;    /* of the sheet */
	size_t n;   /* cells with something in them end before this column */
	bool ready; /* complete */
	struct table_row made;
	int hidden_rows;
	struct table_cell *cells;
	struct zd_out text; /* of cells that are not shared; it moves until the row is complete */
	size_t *offsets;    /* into it, by column, or NO_OFFSET */

	/* the cell in hand */
	int column;
	enum cell_type type;
	uint8_t style;
	bool formula, wanted;
	int phonetic;
	struct zd_out value;

	struct merges merges;
	size_t next_merge;
	int *covered_to;      /* by column: the last row of the merge that reaches down there */
	struct merge *corner; /* by column: the merge that set covered_to */
	bool *hidden;         /* by column */
};

/* --- merges -------------------------------------------------------------------------------- */

/* Merges that begin up to this row reach down over their columns. */
static void
let_merges_down(struct xlsx *x)
{
	int most = (int)x->base.options.limits.max_columns - 1;

	for (; x->next_merge < x->merges.n && x->merges.list[x->next_merge].row1 <= x->row;
	     x->next_merge++) {
		const struct merge *m = &x->merges.list[x->next_merge];
		for (int c = m->column1; c <= m->column2 && c <= most; c++)
			if (m->row2 > x->covered_to[c]) {
				x->covered_to[c] = m->row2;
				x->corner[c] = *m;
			}
	}
}

static void
mark_merged(struct xlsx *x, size_t n)
{
	if (!x->merges.n)
		return;
	let_merges_down(x);
	for (size_t c = 0; c < n; c++) {
		bool corner = x->corner[c].row1 == x->row && x->corner[c].column1 == (int)c;
		x->cells[c].merged = x->covered_to[c] >= x->row && !corner;
	}
}

/* --- cells --------------------------------------------------------------------------------- */

static void
break_row(struct xlsx *x, struct table_row *row, const char *fault)
{
	if (row->broken.p)
		return;
	struct zd_str name = table_column_name(x->base.row_arena, x->column);
	row->broken = zd_str_printf(x->base.row_arena, "%.*s 列%s", ZD_STR_ARG(name), fault);
	row->broken_column = x->column;
}

static enum cell_type
cell_type_of(const char *t)
{
	static const struct {
		const char *name;
		enum cell_type type;
	} types[] = {
		{ "s", CELL_SHARED }, { "str", CELL_TEXT }, { "inlineStr", CELL_INLINE },
		{ "n", CELL_NUMBER }, { "b", CELL_BOOL },   { "e", CELL_ERROR },
		{ "d", CELL_DATE },
	};

	for (size_t i = 0; t && i < ZD_COUNT(types); i++)
		if (strcmp(t, types[i].name) == 0)
			return types[i].type;
	return CELL_NUMBER;
}

static void
start_row(struct xlsx *x, const char **attributes)
{
	const char *number = xml_attribute(attributes, "r");
	int64_t v = x->row + 1;

	if (number && (!zd_int_parse(zd_str_of(number), &v) || v <= x->row || v > ROWS_MAX)) {
		xml_refuse(&x->xml, "的行号不是递增的");
		return;
	}
	x->row = (int)v;
	x->column = -1;
	x->n = 0;
	x->text.n = 0;
	x->hidden_rows += xml_is_true(xml_attribute(attributes, "hidden"));
	zd_arena_reset(x->base.row_arena);
	x->made = (struct table_row){ .broken_column = -1, .line = x->row };
}

static void
start_cell(struct xlsx *x, const char **attributes)
{
	const char *ref = xml_attribute(attributes, "r"), *style = xml_attribute(attributes, "s");
	int64_t s = 0;
	int column = x->column + 1, row = x->row;

	if (ref && !merges_parse_cell(zd_str_of(ref), &column, &row))
		xml_refuse(&x->xml, "有认不出的单元格位置");
	if (row != x->row || column <= x->column)
		xml_refuse(&x->xml, "的单元格次序不对");
	x->column = column;
	x->type = cell_type_of(xml_attribute(attributes, "t"));
	x->style = NUMBER_PLAIN;
	if (style && zd_int_parse(zd_str_of(style), &s) && s >= 0 && (uint64_t)s < x->book.n_styles)
		x->style = x->book.styles[s];
	x->formula = x->wanted = false;
	x->phonetic = 0;
	x->value.n = 0;
	x->value.failed = false;
}

/* A text that lasts as long as the row. */
static void
keep_text(struct xlsx *x, struct table_row *row, struct zd_str s)
{
	x->cells[x->column].text.n = s.n;
	x->offsets[x->column] = x->text.n;
	zd_out_write(&x->text, s);
	if (x->text.failed) {
		x->text.failed = false;
		x->cells[x->column].text.n = 0;
		break_row(x, row, "之前已超过一行的长度上限");
	}
}

static const char *
take_shared(struct xlsx *x, struct zd_str raw)
{
	int64_t index;
	struct zd_str text;

	if (!zd_int_parse(raw, &index) || !book_text(&x->book, index, &text))
		return "引用的共享文本不存在，文件可能已损坏";
	if (text.n)
		x->cells[x->column].text = text;
	return NULL;
}

/* "2024-05-01T00:00:00" as cells show it. */
static struct zd_str
iso_date(struct zd_str raw, char *buf, size_t cap)
{
	bool time = raw.n >= 19 && raw.p[10] == 'T';

	if (!time || raw.n >= cap)
		return raw;
	if (memcmp(raw.p + 11, "00:00:00", 8) == 0)
		return (struct zd_str){ raw.p, 10 };
	memcpy(buf, raw.p, 19);
	buf[10] = ' ';
	return (struct zd_str){ buf, 19 };
}

static const char *
take_value(struct xlsx *x, struct table_row *row)
{
	struct zd_str raw = zd_out_str(&x->value);
	char buf[NUMBER_DIGITS_MAX];
	const char *fault = NULL;

	switch (x->type) {
	case CELL_SHARED: return take_shared(x, raw);
	case CELL_NUMBER:
		raw = number_format(zd_str_trim(raw), x->style, x->book.since_1904, buf,
				    sizeof(buf), &fault);
		break;
	case CELL_BOOL:
		raw = zd_str_equal(raw, ZD_STR("1")) ? ZD_STR("TRUE") : ZD_STR("FALSE");
		break;
	case CELL_ERROR: fault = "是错误值，请改为实际内容"; break;
	case CELL_DATE: raw = iso_date(raw, buf, sizeof(buf)); break;
	case CELL_TEXT:
	case CELL_INLINE: raw.n = book_unescape(x->value.p, raw.n); break;
	}
	if (raw.n)
		keep_text(x, row, raw);
	return fault;
}

/* Cells up to this one exist. */
static bool
reach_column(struct xlsx *x, struct table_row *row)
{
	if ((size_t)x->column >= x->base.options.limits.max_columns) {
		break_row(x, row, "列数超过上限");
		return false;
	}
	for (; x->n <= (size_t)x->column; x->n++) {
		x->cells[x->n] = (struct table_cell){ 0 };
		x->offsets[x->n] = NO_OFFSET;
	}
	return true;
}

static void
end_cell(struct xlsx *x)
{
	bool empty = !x->value.n && !x->value.failed && !x->formula;

	if (empty || x->made.broken.p)
		return;
	if (x->value.failed) {
		break_row(x, &x->made, "内容过长");
		return;
	}
	if (!reach_column(x, &x->made))
		return;
	struct table_cell *cell = &x->cells[x->column];
	cell->formula = x->formula;
	if (x->value.n)
		cell->fault = take_value(x, &x->made);
	else if (x->type == CELL_NUMBER)
		cell->fault = "是公式但没有计算结果，请用 Excel 打开保存一次，或改为数值";
}

static void
end_row(struct xlsx *x)
{

	if (x->n == 0 && !x->made.broken.p)
		return;
	x->ready = true;
	xml_pause(&x->xml);
}

/* --- the stream ---------------------------------------------------------------------------- */

static void
start_column(struct xlsx *x, const char **attributes)
{
	const char *min = xml_attribute(attributes, "min"), *max = xml_attribute(attributes, "max");
	int64_t from, to;

	if (!xml_is_true(xml_attribute(attributes, "hidden")) || !min || !max ||
	    !zd_int_parse(zd_str_of(min), &from) || !zd_int_parse(zd_str_of(max), &to))
		return;
	for (int64_t c = from < 1 ? 1 : from;
	     c <= to && c <= (int64_t)x->base.options.limits.max_columns; c++)
		x->hidden[c - 1] = true;
}

/* Depths: worksheet 1, sheetData and cols 2, row and col 3, c 4, v, f and is 5, what is in is
 * below. */
static void
on_start(struct xml *xml, const char *name, const char **attributes)
{
	struct xlsx *x = xml->arg;

	x->wanted = false;
	switch (xml->depth) {
	case 3:
		if (strcmp(name, "row") == 0)
			start_row(x, attributes);
		else if (strcmp(name, "col") == 0)
			start_column(x, attributes);
		break;
	case 4:
		if (strcmp(name, "c") == 0 && x->row > 0)
			start_cell(x, attributes);
		break;
	case 5:
		x->wanted = strcmp(name, "v") == 0 && x->type != CELL_INLINE;
		x->formula = x->formula || strcmp(name, "f") == 0;
		break;
	default:
		if (strcmp(name, "rPh") == 0 && !x->phonetic)
			x->phonetic = xml->depth;
		x->wanted = xml->depth > 5 && !x->phonetic && x->type == CELL_INLINE &&
			    strcmp(name, "t") == 0;
		break;
	}
}

static void
on_end(struct xml *xml, const char *name)
{
	struct xlsx *x = xml->arg;

	x->wanted = false;
	if (x->phonetic == xml->depth)
		x->phonetic = 0;
	if (xml->depth == 4 && strcmp(name, "c") == 0 && x->row > 0)
		end_cell(x);
	else if (xml->depth == 3 && strcmp(name, "row") == 0)
		end_row(x);
	else if (xml->depth == 2 && strcmp(name, "sheetData") == 0) {
		x->finished = true;
		xml_pause(xml);
	}
}

static void
on_text(struct xml *xml, struct zd_str text)
{
	struct xlsx *x = xml->arg;

	if (x->wanted)
		zd_out_write(&x->value, text);
}

static const struct xml_handlers sheet_handlers = { on_start, on_end, on_text };

static void
close_sheet(struct xlsx *x)
{
	if (x->open)
		xml_close(&x->xml);
	x->open = false;
}

static enum zd_rc
open_sheet(struct zd_cx *cx, struct xlsx *x)
{
	size_t n = x->base.options.limits.max_columns;

	close_sheet(x);
	x->row = x->hidden_rows = 0;
	x->next_merge = 0;
	x->ready = x->finished = false;
	memset(x->covered_to, 0, n * sizeof(*x->covered_to));
	memset(x->hidden, 0, n * sizeof(*x->hidden));
	ZD_TRY(xml_open(cx, x->zip, x->book.sheets[x->sheet].part, &sheet_handlers, x, &x->xml));
	x->open = true;
	return ZD_OK;
}

/* --- the reader ---------------------------------------------------------------------------- */

static void
note_hidden_rows(struct xlsx *x)
{
	if (x->noted || !x->reading || !x->hidden_rows)
		return;
	x->noted = true;
	table_note(&x->base, "有 %d 行是隐藏的，已照常读取", x->hidden_rows);
}

/* Offsets become addresses, merges and missing cells are filled in. */
static void
complete_row(struct xlsx *x, struct table_row *ret)
{
	for (size_t c = 0; c < x->n; c++)
		if (x->offsets[c] != NO_OFFSET)
			x->cells[c].text.p = x->text.p + x->offsets[c];
	*ret = x->made;
	ret->n = ret->broken.p ? 0 : x->n;
	if (!ret->broken.p)
		table_pad_row(&x->base, x->cells, &ret->n);
	mark_merged(x, ret->n);
	ret->cells = x->cells;
}

static enum zd_rc
xlsx_next(struct zd_cx *cx, struct table_reader *reader, struct table_row *ret)
{
	struct xlsx *x = (struct xlsx *)reader;

	while (!x->finished) {
		x->ready = false;
		enum zd_rc rc = xml_run(cx, &x->xml);
		if (rc == ZD_NOT_FOUND)
			break;
		ZD_TRY(rc);
		if (!x->ready)
			continue;
		complete_row(x, ret);
		if (ret->broken.p || !table_row_is_blank(ret))
			return ZD_OK;
	}
	note_hidden_rows(x);
	return ZD_NOT_FOUND;
}

static enum zd_rc
xlsx_rewind(struct zd_cx *cx, struct table_reader *reader)
{
	return open_sheet(cx, (struct xlsx *)reader);
}

static int64_t
xlsx_bytes_read(const struct table_reader *reader)
{
	const struct xlsx *x = (const struct xlsx *)reader;
	const struct zip_member *part = x->book.sheets[x->sheet].part;

	if (!x->open || x->finished || part->packed == 0)
		return x->zip->bytes;
	double share = (double)zip_stream_at(x->xml.stream) / (double)part->packed;
	return (int64_t)(share * (double)x->zip->bytes);
}

static void
xlsx_close(struct table_reader *reader)
{
	struct xlsx *x = (struct xlsx *)reader;

	close_sheet(x);
	book_close(&x->book);
	zd_out_drop(&x->text);
	zd_out_drop(&x->value);
	merges_drop(&x->merges);
	free(x->cells);
	free(x->offsets);
	free(x->covered_to);
	free(x->corner);
	free(x->hidden);
}

static const struct table_kind xlsx_kind = { xlsx_next, xlsx_rewind, xlsx_bytes_read, xlsx_close };

/* --- choosing the sheet -------------------------------------------------------------------- */

static enum zd_rc
take_named_sheet(struct zd_cx *cx, struct xlsx *x, struct table_heading *ret)
{
	struct zd_str name = x->base.options.sheet;

	for (x->sheet = 0; x->sheet < x->book.n_sheets; x->sheet++)
		if (zd_str_equal(x->book.sheets[x->sheet].name, name)) {
			ZD_TRY(open_sheet(cx, x));
			return table_find_heading(cx, &x->base, ret);
		}
	x->sheet = 0;
	return zd_fail(cx, ZD_INVALID, "sheet", "工作簿里没有名为「%.*s」的工作表",
		       ZD_STR_ARG(name));
}

/* The visible sheet whose heading has most hits; the first one with rows if none has any. */
static enum zd_rc
find_sheet(struct zd_cx *cx, struct xlsx *x, struct table_heading *ret)
{
	struct table_heading best = { 0 };
	size_t chosen = 0, seen = 0;

	for (x->sheet = 0; x->sheet < x->book.n_sheets && seen < SHEETS_SEARCHED; x->sheet++) {
		struct table_heading h;
		if (x->book.sheets[x->sheet].hidden)
			continue;
		ZD_TRY(open_sheet(cx, x));
		ZD_TRY(table_find_heading(cx, &x->base, &h));
		if (seen++ == 0 || (h.found && (!best.found || h.hits > best.hits))) {
			best = h;
			chosen = x->sheet;
		}
	}
	x->sheet = chosen;
	*ret = best;
	if (!seen)
		return zd_fail(cx, ZD_INVALID, NULL,
			       "工作簿里的工作表都是隐藏的，请取消隐藏要报送的工作表");
	return open_sheet(cx, x);
}

static void
note_sheets(struct xlsx *x)
{
	size_t left = 0;

	for (size_t i = 0; i < x->book.n_sheets; i++) {
		const struct book_sheet *s = &x->book.sheets[i];
		if (i == x->sheet)
			continue;
		if (left++ < SHEETS_NOTED)
			table_note(&x->base, "工作表「%.*s」%s，没有读取", ZD_STR_ARG(s->name),
				   s->hidden ? "是隐藏的" : "不是所选的表");
	}
	if (left > SHEETS_NOTED)
		table_note(&x->base, "另有 %zu 个工作表没有读取", left - SHEETS_NOTED);
}

static void
note_columns(struct xlsx *x)
{
	for (size_t c = 0; c < x->base.n_headings; c++)
		if (x->hidden[c]) {
			struct zd_str name = table_column_name(x->base.row_arena, (int)c);
			table_note(&x->base, "%.*s 列「%.*s」是隐藏的，已照常读取",
				   ZD_STR_ARG(name), ZD_STR_ARG(x->base.headings[c]));
		}
}

/* --- opening ------------------------------------------------------------------------------- */

static enum zd_rc
allocate(struct zd_cx *cx, struct xlsx *x)
{
	const struct table_limits *l = &x->base.options.limits;
	size_t n = l->max_columns;

	x->text.max = l->max_row;
	x->value.max = l->max_cell;
	x->cells = calloc(n, sizeof(*x->cells));
	x->offsets = calloc(n, sizeof(*x->offsets));
	x->covered_to = calloc(n, sizeof(*x->covered_to));
	x->corner = calloc(n, sizeof(*x->corner));
	x->hidden = calloc(n, sizeof(*x->hidden));
	if (!x->cells || !x->offsets || !x->covered_to || !x->corner || !x->hidden)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	return ZD_OK;
}

static enum zd_rc
open_chosen_sheet(struct zd_cx *cx, struct xlsx *x)
{
	struct table_heading heading = { 0 };

	ZD_TRY(x->base.options.sheet.p ? take_named_sheet(cx, x, &heading)
				       : find_sheet(cx, x, &heading));
	const struct book_sheet *sheet = &x->book.sheets[x->sheet];
	x->base.sheet = sheet->name;
	ZD_TRY(merges_read(cx, x->zip, sheet->part, &x->merges));
	ZD_TRY(open_sheet(cx, x));
	ZD_TRY(table_take_heading(cx, &x->base, &heading));
	table_note(&x->base, "读取的工作表：「%.*s」", ZD_STR_ARG(sheet->name));
	note_sheets(x);
	note_columns(x);
	x->reading = true;
	return ZD_OK;
}

static enum zd_rc
open_parts(struct zd_cx *cx, struct xlsx *x, int fd)
{
	ZD_TRY(allocate(cx, x));
	ZD_TRY(zip_open(cx, fd, &x->base.options.limits, x->base.arena, &x->zip));
	ZD_TRY(book_open(cx, x->zip, x->base.arena, &x->book));
	ZD_TRY(book_read_cells(cx, &x->book, x->base.options.limits.max_cell));
	return open_chosen_sheet(cx, x);
}

enum zd_rc
xlsx_open(struct zd_cx *cx, int fd, const struct table_options *options, struct table_reader **ret)
{
	struct xlsx *x = calloc(1, sizeof(*x));

	if (!x)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	table_reader_init(&x->base, &xlsx_kind, options, TABLE_XLSX);
	enum zd_rc rc = open_parts(cx, x, fd);
	if (rc != ZD_OK) {
		table_close(&x->base);
		return rc;
	}
	*ret = &x->base;
	return ZD_OK;
}
