/*
 * write_xlsx: exports and entry workbooks through libxlsxwriter, row by row in constant memory. Cells are
 * typed strings, so nothing becomes a formula and no code loses its digits or its leading zeros.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "table/reader.h"
#include "table/writer.h"

#define ROWS_MAX 1048576U
#define CELL_CHARACTERS 32767
#define INLINE_LIST                                                                                \
	255 /* a list in place: Excel allows that many characters, libxlsxwriter copies it into that many
	       bytes; longer ones go to a sheet of their own */
#define LIST_SHEET "选项"
#define DEFAULT_WIDTH 14

struct xlsx_writer {
	struct table_writer base;
	lxw_workbook *book;
	lxw_worksheet *sheet;
	bool entry; /* an entry workbook */
	lxw_row_t row, heading_row;
	struct zd_out text; /* the cell in hand, NUL-terminated */
	lxw_format *text_format, *heading, *required, *hint, *title;
};

/* The library takes pointers to what it does not change without saying so. */
static char *
loose(const char *p)
{
	char *q;

	memcpy(&q, &p, sizeof(q));
	return q;
}

static bool
is_escape(struct zd_str s)
{
	if (s.n < 7 || s.p[0] != '_' || s.p[1] != 'x' || s.p[6] != '_')
		return false;
	for (size_t i = 2; i < 6; i++)
		if (!s.p[i] || !strchr("0123456789abcdefABCDEF", s.p[i]))
			return false;
	return true;
}

/* A text that looks like an escape (_x000D_) is not one: its first '_' is escaped. */
static void
put_text(struct zd_out *out, struct zd_str s)
{
	size_t done = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *next = memchr(s.p + i, '_', s.n - i);
		if (!next)
			break;
		i = (size_t)(next - s.p);
		if (!is_escape((struct zd_str){ next, s.n - i }))
			continue;
		writer_put_clean(out, (struct zd_str){ s.p + done, i - done });
		zd_out_write(out, ZD_STR("_x005F_"));
		done = i + 1;
	}
	writer_put_clean(out, (struct zd_str){ s.p + done, s.n - done });
}

/* What a cell holds as a C string, valid until the next call. */
static const char *
z_of(struct xlsx_writer *w, struct zd_str s)
{
	w->text.n = 0;
	put_text(&w->text, s);
	zd_out_write(&w->text, (struct zd_str){ "", 1 });
	return w->text.failed ? "" : w->text.p;
}

static enum zd_rc
put_cell(struct zd_cx *cx, struct xlsx_writer *w, lxw_row_t row, size_t column, struct zd_str s,
	 lxw_format *format)
{
	lxw_error rc = worksheet_write_string(w->sheet, row, (lxw_col_t)column, z_of(w, s), format);

	if (rc == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED)
		return zd_fail(cx, ZD_TOO_LARGE, NULL,
			       "「%.*s」第 %u 行的内容超过 Excel 单元格的 %d 字，请改为导出 CSV",
			       ZD_STR_ARG(w->base.columns[column].heading), row + 1,
			       CELL_CHARACTERS);
	if (rc != LXW_NO_ERROR || w->text.failed)
		return zd_fail(cx, ZD_FAILED, NULL, "写入工作簿失败：%s", lxw_strerror(rc));
	return ZD_OK;
}

static enum zd_rc
xlsx_write(struct zd_cx *cx, struct table_writer *writer, const struct zd_str *cells)
{
	struct xlsx_writer *w = (struct xlsx_writer *)writer;

	if (w->row == ROWS_MAX)
		return zd_fail(cx, ZD_TOO_LARGE, NULL,
			       "超过 Excel 一张表能放的 %u 行，请缩小范围或改为导出 CSV", ROWS_MAX);
	for (size_t i = 0; i < w->base.n; i++)
		if (cells[i].n)
			ZD_TRY(put_cell(cx, w, w->row, i, cells[i], w->text_format));
	w->row++;
	return ZD_OK;
}

/* --- drop-down lists ----------------------------------------------------------------------- */

static bool
fits_in_place(const struct table_column *c)
{
	size_t bytes = 0;

	for (size_t i = 0; i < c->n_choices; i++) {
		if (memchr(c->choices[i].p, ',', c->choices[i].n) ||
		    memchr(c->choices[i].p, '"', c->choices[i].n))
			return false;
		bytes += c->choices[i].n + 1;
	}
	return bytes <= INLINE_LIST;
}

/* Lists that do not fit in place stand in columns of a hidden sheet, written row by row. */
static enum zd_rc
write_list_sheet(struct zd_cx *cx, struct xlsx_writer *w)
{
	lxw_worksheet *sheet = NULL;

	for (size_t row = 0, more = 1; more; row++) {
		lxw_col_t to = 0;
		more = 0;
		for (size_t i = 0; i < w->base.n; i++) {
			const struct table_column *c = &w->base.columns[i];
			if (!c->n_choices || fits_in_place(c))
				continue;
			if (!sheet && !(sheet = workbook_add_worksheet(w->book, LIST_SHEET)))
				return zd_fail(cx, ZD_FAILED, NULL, "写入工作簿失败");
			if (row < c->n_choices)
				(void)worksheet_write_string(sheet, (lxw_row_t)row, to,
							     z_of(w, c->choices[row]),
							     w->text_format);
			more += row + 1 < c->n_choices;
			to++;
		}
	}
	if (sheet)
		worksheet_hide(sheet);
	return ZD_OK;
}

/* libxlsxwriter 1.1.4 never frees its copy of a list's formula, some twenty bytes a list. */
static void
expect_loss(bool expected)
{
#ifdef __SANITIZE_ADDRESS__
	if (expected)
		__lsan_disable();
	else
		__lsan_enable();
#else
	(void)expected;
#endif
}

/* The list of a column: in place, or where write_list_sheet will put it. */
static void
set_list(struct xlsx_writer *w, size_t column, int list)
{
	const struct table_column *c = &w->base.columns[column];
	struct zd_arena *arena = w->base.arena;
	char **values = zd_new_array(arena, char *, c->n_choices + 1);
	struct zd_str name = table_column_name(arena, list);
	struct zd_str where = zd_str_printf(arena, "='" LIST_SHEET "'!$%.*s$1:$%.*s$%zu",
					    ZD_STR_ARG(name), ZD_STR_ARG(name), c->n_choices);
	lxw_data_validation v = {
		.validate = list < 0 ? LXW_VALIDATION_TYPE_LIST : LXW_VALIDATION_TYPE_LIST_FORMULA,
		.value_list = values,
		.value_formula = loose(where.p),
		.error_type = LXW_VALIDATION_ERROR_TYPE_WARNING,
		.error_title = loose("不在选项中"),
		.error_message = loose("请从下拉列表中选择"),
	};

	for (size_t i = 0; i < c->n_choices; i++)
		values[i] = loose(c->choices[i].p); /* copied: NUL-terminated */
	expect_loss(true);
	(void)worksheet_data_validation_range(w->sheet, w->row, (lxw_col_t)column, ROWS_MAX - 1,
					      (lxw_col_t)column, &v);
	expect_loss(false);
}

static void
set_lists(struct xlsx_writer *w)
{
	int next = 0;

	for (size_t i = 0; i < w->base.n; i++) {
		const struct table_column *c = &w->base.columns[i];
		if (c->n_choices)
			set_list(w, i, fits_in_place(c) ? -1 : next++);
	}
}

/* --- the head ------------------------------------------------------------------------------ */

static void
make_formats(struct xlsx_writer *w)
{
	w->text_format = workbook_add_format(w->book);
	format_set_num_format_index(w->text_format, 49); /* text */
	w->heading = workbook_add_format(w->book);
	format_set_bold(w->heading);
	format_set_bg_color(w->heading, 0xE7EEF7);
	format_set_border(w->heading, LXW_BORDER_THIN);
	format_set_border_color(w->heading, 0xB8C4D4);
	w->required = workbook_add_format(w->book);
	format_set_bold(w->required);
	format_set_bg_color(w->required, 0xE7EEF7);
	format_set_font_color(w->required, 0xC00000);
	format_set_border(w->required, LXW_BORDER_THIN);
	format_set_border_color(w->required, 0xB8C4D4);
	w->hint = workbook_add_format(w->book);
	format_set_italic(w->hint);
	format_set_font_color(w->hint, 0x6B7280);
	format_set_text_wrap(w->hint);
	format_set_align(w->hint, LXW_ALIGN_VERTICAL_TOP);
	w->title = workbook_add_format(w->book);
	format_set_bold(w->title);
	format_set_font_size(w->title, 14);
}

static bool
is_entry(const struct table_writer *base)
{
	for (size_t i = 0; i < base->n; i++)
		if (base->columns[i].hint.n || base->columns[i].n_choices)
			return true;
	return false;
}

static enum zd_rc
write_hints(struct zd_cx *cx, struct xlsx_writer *w)
{
	for (size_t i = 0; i < w->base.n; i++) {
		const struct table_column *c = &w->base.columns[i];
		struct zd_str hint = zd_str_printf(
			w->base.arena, "%s%s%s%.*s", i ? "" : TABLE_HINT, c->required ? "必填" : "",
			c->required && c->hint.n ? "；" : "", ZD_STR_ARG(c->hint));
		ZD_TRY(put_cell(cx, w, w->row, i, hint, w->hint));
	}
	w->row++;
	return ZD_OK;
}

static enum zd_rc
write_head(struct zd_cx *cx, struct xlsx_writer *w)
{
	const struct table_column *c = w->base.columns;

	for (size_t i = 0; i < w->base.n; i++)
		(void)worksheet_set_column(w->sheet, (lxw_col_t)i, (lxw_col_t)i,
					   c[i].width > 0 ? c[i].width : DEFAULT_WIDTH,
					   w->text_format);
	if (w->entry && w->base.title.n)
		ZD_TRY(put_cell(cx, w, w->row++, 0, w->base.title, w->title));
	lxw_row_t heading = w->row++;
	for (size_t i = 0; i < w->base.n; i++)
		ZD_TRY(put_cell(cx, w, heading, i, c[i].heading,
				c[i].required ? w->required : w->heading));
	if (w->entry)
		ZD_TRY(write_hints(cx, w));
	worksheet_freeze_panes(w->sheet, w->row, 0);
	w->heading_row = heading;
	set_lists(w);
	return ZD_OK;
}

/* A sheet name has at most 31 characters, none of []:*?/\, no apostrophe at its ends. */
static const char *
sheet_name(struct zd_arena *arena, struct zd_str title)
{
	struct zd_out out = { .max = 256 };
	size_t characters = 0;

	for (size_t i = 0; i < title.n; i++) {
		bool starts = ((unsigned char)title.p[i] & 0xC0) != 0x80;
		if (starts && characters++ == 31)
			break;
		zd_out_write(&out, title.p[i] && strchr("[]:*?/\\'\r\n\t", title.p[i])
					   ? ZD_STR(" ")
					   : (struct zd_str){ title.p + i, 1 });
	}
	struct zd_str name = zd_str_trim(zd_out_str(&out));
	const char *z = name.n ? zd_str_copy(arena, name).p : "数据";
	zd_out_drop(&out);
	return strcmp(z, LIST_SHEET) == 0 ? "数据" : z;
}

/* --- the writer ---------------------------------------------------------------------------- */

static enum zd_rc
xlsx_finish(struct zd_cx *cx, struct table_writer *writer)
{
	struct xlsx_writer *w = (struct xlsx_writer *)writer;

	if (!w->entry && w->base.n && w->row > w->heading_row)
		(void)worksheet_autofilter(w->sheet, w->heading_row, 0, w->row - 1,
					   (lxw_col_t)(w->base.n - 1));
	ZD_TRY(write_list_sheet(cx, w));
	lxw_error rc = workbook_close(w->book);
	w->book = NULL;
	if (rc != LXW_NO_ERROR)
		return zd_fail(cx, ZD_FAILED, NULL, "写入工作簿失败：%s", lxw_strerror(rc));
	return ZD_OK;
}

static void
xlsx_close(struct table_writer *writer)
{
	struct xlsx_writer *w = (struct xlsx_writer *)writer;

	if (w->book)
		lxw_workbook_free(w->book);
	zd_out_drop(&w->text);
}

static const struct writer_kind xlsx_kind = { xlsx_write, xlsx_finish, xlsx_close };

/* Where the rows wait until the workbook is packed: beside it. */
static char *
folder_of(struct zd_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct zd_str folder =
		slash ? (struct zd_str){ path, (size_t)(slash - path) + (slash == path) }
		      : ZD_STR(".");

	return loose(zd_str_copy(arena, folder).p);
}

static enum zd_rc
open_book(struct zd_cx *cx, struct xlsx_writer *w)
{
	lxw_workbook_options o = { .constant_memory = LXW_TRUE,
				   .tmpdir = folder_of(w->base.arena, w->base.path) };

	w->book = workbook_new_opt(w->base.path, &o);
	w->sheet =
		w->book ? workbook_add_worksheet(w->book, sheet_name(w->base.arena, w->base.title))
			: NULL;
	if (!w->sheet)
		return zd_fail(cx, ZD_FAILED, NULL, "不能建工作簿 %s", w->base.path);
	make_formats(w);
	return write_head(cx, w);
}

enum zd_rc
xlsx_writer_open(struct zd_cx *cx, const struct table_writer *base, struct table_writer **ret)
{
	struct xlsx_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	w->base = *base;
	w->base.kind = &xlsx_kind;
	w->text.max = (size_t)8 << 20;
	w->entry = is_entry(base);
	enum zd_rc rc = open_book(cx, w);
	if (rc != ZD_OK) {
		xlsx_close(&w->base);
		free(w);
		return rc;
	}
	*ret = &w->base;
	return ZD_OK;
}
