/*
 * mark_sheet: the sheet's XML, copied token by token; marked cells get another style, cells and rows that
 * are not there are put in at their places, and the drawing of the comments is named at its place.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>

#include "table/mark.h"
#include "table/merges.h"
#include "table/reader.h"

#define FLUSH_AT ((size_t)64 << 10)
#define COLUMNS_MAX 16384
#define ROWS_MAX 1048576

/* --- packing ------------------------------------------------------------------------------- */

struct packer {
	z_stream z;
	int fd;
	uint32_t crc;
	int64_t size, packed;
};

static enum zd_rc
write_packed(struct zd_cx *cx, struct packer *k, const char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = write(k->fd, p + at, n - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return zd_fail(cx, ZD_FAILED, NULL, "写入临时文件失败：%s",
				       strerrordesc_np(errno));
		at += (size_t)got;
	}
	k->packed += (int64_t)n;
	return ZD_OK;
}

static enum zd_rc
pack(struct zd_cx *cx, struct packer *k, struct zd_str s, int flush)
{
	char buf[32768];

	k->crc = (uint32_t)crc32(k->crc, (const Bytef *)s.p, (uInt)s.n);
	k->size += (int64_t)s.n;
	k->z.next_in = (const Bytef *)s.p;
	k->z.avail_in = (uInt)s.n;
	do {
		k->z.next_out = (Bytef *)buf;
		k->z.avail_out = sizeof(buf);
		if (deflate(&k->z, flush) == Z_STREAM_ERROR)
			return zd_fail(cx, ZD_FAILED, NULL, "压缩工作表失败");
		ZD_TRY(write_packed(cx, k, buf, sizeof(buf) - k->z.avail_out));
	} while (k->z.avail_out == 0);
	return ZD_OK;
}

/* --- the sheet ----------------------------------------------------------------------------- */

struct writing {
	struct mark_sheet *sheet;
	struct zd_arena *arena;
	struct markup m;
	struct packer packer;
	struct zd_out out;
	struct zd_str prefix;
	size_t next; /* the first mark that has no cell yet */
	int row, column;
	bool in_data, behind_data;
	bool drawn; /* the drawing of comments has been named */
	uint32_t row_style;
	uint32_t *column_styles;
};

static enum zd_rc
flush(struct zd_cx *cx, struct writing *w, int how)
{
	if (w->out.failed)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	ZD_TRY(pack(cx, &w->packer, zd_out_str(&w->out), how));
	w->out.n = 0;
	return ZD_OK;
}

static uint32_t
style_of(struct zd_str tag, const char *name)
{
	struct zd_str value;
	int64_t v;

	if (!markup_attribute(tag, name, &value) || !zd_int_parse(value, &v) || v < 0 ||
	    v > UINT32_MAX)
		return 0;
	return (uint32_t)v;
}

static bool
is_true(struct zd_str tag, const char *name)
{
	struct zd_str v;

	return markup_attribute(tag, name, &v) &&
	       (zd_str_equal(v, ZD_STR("1")) || zd_str_equal(v, ZD_STR("true")));
}

/* The next mark, if it is in this row. */
static const struct mark_cell *
next_in_row(const struct writing *w, int row)
{
	const struct mark_sheet *s = w->sheet;

	return w->next < s->n && s->cells[w->next].row == row ? &s->cells[w->next] : NULL;
}

/* A cell that was not there, in the style its row or column has. */
static void
put_new_cell(struct writing *w, const struct mark_cell *cell, uint32_t row_style)
{
	struct zd_str name = table_column_name(w->arena, cell->column);
	uint32_t style = row_style ? row_style : w->column_styles[cell->column];

	zd_out_printf(&w->out, "<%.*sc r=\"%.*s%d\" s=\"%u\"/>", ZD_STR_ARG(w->prefix),
		      ZD_STR_ARG(name), cell->row, mark_style_marked(w->sheet->styles, style));
	w->next++;
}

/* Marks of this row left of a column. */
static void
put_new_cells(struct writing *w, int column)
{
	const struct mark_cell *cell;

	while ((cell = next_in_row(w, w->row)) && cell->column < column)
		put_new_cell(w, cell, w->row_style);
}

/* Rows that were not there, above a row. */
static void
put_new_rows(struct writing *w, int row)
{
	const struct mark_sheet *s = w->sheet;

	while (w->next < s->n && s->cells[w->next].row < row) {
		int new_row = s->cells[w->next].row;
		const struct mark_cell *cell;
		zd_out_printf(&w->out, "<%.*srow r=\"%d\">", ZD_STR_ARG(w->prefix), new_row);
		while ((cell = next_in_row(w, new_row)))
			put_new_cell(w, cell, 0);
		zd_out_printf(&w->out, "</%.*srow>", ZD_STR_ARG(w->prefix));
	}
}

static enum zd_rc
fail_order(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_INVALID, NULL,
		       "不能在这个工作簿上标注（行列次序不对），请用 Excel 或 WPS 重新保存后再传");
}

static enum zd_rc
take_row(struct zd_cx *cx, struct writing *w)
{
	struct zd_str raw = w->m.raw, value;
	int64_t row = w->row + 1;

	if (markup_attribute(raw, "r", &value) &&
	    (!zd_int_parse(value, &row) || row <= w->row || row > ROWS_MAX))
		return fail_order(cx);
	w->row = (int)row;
	w->column = -1;
	w->row_style = is_true(raw, "customFormat") ? style_of(raw, "s") : 0;
	put_new_rows(w, w->row);
	if (!next_in_row(w, w->row)) {
		zd_out_write(&w->out, raw);
		return ZD_OK;
	}
	/* "spans" would be wrong if a cell is put in beyond it; it is but a hint. */
	struct zd_out tag = { .max = MARK_PART_MAX };
	markup_put_tag(&tag, raw, "spans", (struct zd_str){ 0 });
	markup_put_opened(&w->out, zd_out_str(&tag));
	zd_out_drop(&tag);
	if (w->m.type != MARKUP_EMPTY)
		return ZD_OK;
	put_new_cells(w, INT_MAX);
	zd_out_printf(&w->out, "</%.*srow>", ZD_STR_ARG(w->prefix));
	return ZD_OK;
}

static void
put_styled(struct writing *w, struct zd_str raw, uint32_t before, uint32_t after)
{
	char number[16];

	if (before == after) {
		zd_out_write(&w->out, raw);
		return;
	}
	int n = snprintf(number, sizeof(number), "%u", after);
	markup_put_tag(&w->out, raw, "s", (struct zd_str){ number, (size_t)n });
}

static enum zd_rc
take_cell(struct zd_cx *cx, struct writing *w)
{
	struct zd_str raw = w->m.raw, ref;
	int column = w->column + 1, row = w->row;

	if (markup_attribute(raw, "r", &ref) && !merges_parse_cell(ref, &column, &row))
		return fail_order(cx);
	if (row != w->row || column <= w->column || column >= COLUMNS_MAX)
		return fail_order(cx);
	w->column = column;
	put_new_cells(w, column);
	const struct mark_cell *cell = next_in_row(w, row);
	bool marked = cell && cell->column == column;
	uint32_t style = style_of(raw, "s");
	w->next += marked;
	put_styled(w, raw, style,
		   marked ? mark_style_marked(w->sheet->styles, style)
			  : mark_style_plain(w->sheet->styles, style));
	return ZD_OK;
}

/* The style of columns, for cells that are not there. */
static void
take_column(struct writing *w)
{
	uint32_t style = style_of(w->m.raw, "style");
	struct zd_str min, max;
	int64_t from, to;

	if (!style || !markup_attribute(w->m.raw, "min", &min) || !zd_int_parse(min, &from) ||
	    !markup_attribute(w->m.raw, "max", &max) || !zd_int_parse(max, &to))
		return;
	for (int64_t c = from < 1 ? 1 : from; c <= to && c <= COLUMNS_MAX; c++)
		w->column_styles[c - 1] = style;
}

/* --- the drawing --------------------------------------------------------------------------- */

#define TYPES_R "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define TYPES_R_STRICT "http://purl.oclc.org/ooxml/officeDocument/relationships"

static void
put_drawing(struct writing *w)
{
	if (w->drawn || !w->sheet->new_drawing)
		return;
	zd_out_printf(&w->out, "<%.*slegacyDrawing xmlns:r=\"%s\" r:id=\"%s\"/>",
		      ZD_STR_ARG(w->prefix), w->sheet->strict ? TYPES_R_STRICT : TYPES_R,
		      w->sheet->new_drawing);
	w->drawn = true;
}

/* What stands behind a legacyDrawing in the order of the format. */
static bool
comes_behind(struct zd_str name)
{
	static const struct zd_str names[] = {
		ZD_LIT("legacyDrawingHF"), ZD_LIT("drawingHF"),        ZD_LIT("picture"),
		ZD_LIT("oleObjects"),      ZD_LIT("controls"),         ZD_LIT("webPublishItems"),
		ZD_LIT("tableParts"),      ZD_LIT("AlternateContent"), ZD_LIT("extLst"),
	};

	for (size_t i = 0; i < ZD_COUNT(names); i++)
		if (zd_str_equal(name, names[i]))
			return true;
	return false;
}

static void
take_behind(struct writing *w)
{
	struct zd_str id;

	if (markup_starts(&w->m, 2, "legacyDrawing") && markup_attribute_any(w->m.raw, "id", &id)) {
		w->sheet->drawing = zd_str_copy(w->arena, id);
		w->drawn = true;
	}
	bool starts = w->m.type == MARKUP_OPEN || w->m.type == MARKUP_EMPTY;
	if ((starts && w->m.depth == 2 && comes_behind(w->m.name)) ||
	    (w->m.type == MARKUP_CLOSE && w->m.depth == 1))
		put_drawing(w);
	zd_out_write(&w->out, w->m.raw);
}

/* --- tokens -------------------------------------------------------------------------------- */

static void
take_root(struct writing *w)
{
	w->prefix = zd_str_copy(w->arena, w->m.prefix);
	w->sheet->strict = memmem(w->m.raw.p, w->m.raw.n, "purl.oclc.org", 13) != NULL;
	zd_out_write(&w->out, w->m.raw);
}

static void
take_data(struct writing *w)
{
	w->in_data = w->m.type == MARKUP_OPEN;
	w->behind_data = !w->in_data;
	if (w->in_data || w->next == w->sheet->n) {
		zd_out_write(&w->out, w->m.raw);
		return;
	}
	markup_put_opened(&w->out, w->m.raw);
	put_new_rows(w, INT_MAX);
	zd_out_printf(&w->out, "</%.*ssheetData>", ZD_STR_ARG(w->prefix));
}

static enum zd_rc
take_in_data(struct zd_cx *cx, struct writing *w)
{
	if (markup_starts(&w->m, 3, "row"))
		return take_row(cx, w);
	if (markup_starts(&w->m, 4, "c"))
		return take_cell(cx, w);
	if (markup_closes(&w->m, 3, "row"))
		put_new_cells(w, INT_MAX);
	if (markup_closes(&w->m, 2, "sheetData")) {
		put_new_rows(w, INT_MAX);
		w->in_data = false;
		w->behind_data = true;
	}
	zd_out_write(&w->out, w->m.raw);
	return ZD_OK;
}

static enum zd_rc
take_token(struct zd_cx *cx, struct writing *w)
{
	if (w->in_data)
		return take_in_data(cx, w);
	if (w->behind_data) {
		take_behind(w);
		return ZD_OK;
	}
	if (markup_starts(&w->m, 1, "worksheet"))
		take_root(w);
	else if (markup_starts(&w->m, 2, "sheetData"))
		take_data(w);
	else {
		if (markup_starts(&w->m, 3, "col"))
			take_column(w);
		zd_out_write(&w->out, w->m.raw);
	}
	return ZD_OK;
}

static enum zd_rc
rewrite(struct zd_cx *cx, struct writing *w)
{
	enum zd_rc rc;

	while ((rc = markup_next(cx, &w->m)) == ZD_OK) {
		ZD_TRY(take_token(cx, w));
		if (w->out.n > FLUSH_AT)
			ZD_TRY(flush(cx, w, Z_NO_FLUSH));
	}
	if (rc != ZD_NOT_FOUND)
		return rc;
	if (!w->behind_data || w->m.level != 0)
		return fail_order(cx);
	return flush(cx, w, Z_FINISH);
}

static enum zd_rc
open_writing(struct zd_cx *cx, struct writing *w, const struct zip *zip,
	     const struct zip_member *part, const char *dir)
{
	w->column_styles = zd_new_array(w->arena, uint32_t, COLUMNS_MAX);
	w->out.max = 4 * MARK_PART_MAX;
	ZD_TRY(markup_of_member(cx, &w->m, zip, part));
	w->packer.fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (w->packer.fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能建临时文件：%s", strerrordesc_np(errno));
	return ZD_OK;
}

enum zd_rc
mark_sheet_write(struct zd_cx *cx, struct zd_arena *arena, const struct zip *zip,
		 const struct zip_member *part, const char *dir, struct mark_sheet *sheet,
		 struct zip_packed *ret)
{
	struct writing w = { .sheet = sheet, .arena = arena, .packer = { .fd = -1 } };

	if (deflateInit2(&w.packer.z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	enum zd_rc rc = open_writing(cx, &w, zip, part, dir);
	if (rc == ZD_OK)
		rc = rewrite(cx, &w);
	(void)deflateEnd(&w.packer.z);
	markup_drop(&w.m);
	zd_out_drop(&w.out);
	if (rc != ZD_OK && w.packer.fd >= 0)
		(void)close(w.packer.fd);
	if (rc == ZD_OK)
		*ret = (struct zip_packed){ .name = part->name,
					    .time = part->time,
					    .date = part->date,
					    .crc = w.packer.crc,
					    .size = w.packer.size,
					    .packed = w.packer.packed,
					    .fd = w.packer.fd };
	return rc;
}
