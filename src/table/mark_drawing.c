/*
 * mark_drawing: the boxes of the comments, in the VML that spreadsheets still want for them. VML need not
 * be XML, so it is searched and cut as text: shapes of comments that went go, new ones come at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/mark.h"

#define BLOCK 1024 /* shape ids a number in o:idmap stands for */
#define BLOCKS_MAX 1000000
#define SHAPE_TYPE "_x0000_t202"

/* The number behind a literal in s, or -1. */
static int
number_behind(struct zd_str s, const char *literal)
{
	const char *p = memmem(s.p, s.n, literal, strlen(literal)), *end = s.p + s.n;
	int v = 0;

	if (!p)
		return -1;
	p += strlen(literal);
	if (p == end || *p < '0' || *p > '9')
		return -1;
	for (; p < end && *p >= '0' && *p <= '9' && v < 100000000; p++)
		v = v * 10 + (*p - '0');
	return v;
}

/* --- shapes -------------------------------------------------------------------------------- */

static int
compare_places(const void *a, const void *b)
{
	const struct mark_place *x = a, *y = b;

	return x->row != y->row ? (x->row > y->row) - (x->row < y->row)
				: (x->column > y->column) - (x->column < y->column);
}

static bool
is_gone(const struct mark_comments *c, struct zd_str shape)
{
	struct mark_place key = { number_behind(shape, "<x:Row>"),
				  number_behind(shape, "<x:Column>") };

	return c->n_gone && memmem(shape.p, shape.n, "ObjectType=\"Note\"", 17) &&
	       bsearch(&key, c->gone, c->n_gone, sizeof(key), compare_places);
}

/* The next shape at or behind p, as a whole; absent: none. */
static struct zd_str
next_shape(const char *p, const char *end)
{
	static const char open[] = "<v:shape", close[] = "</v:shape>";

	while ((p = memmem(p, (size_t)(end - p), open, sizeof(open) - 1))) {
		const char *behind = p + sizeof(open) - 1;
		const char *stop = memmem(behind, (size_t)(end - behind), close, sizeof(close) - 1);
		if (!stop)
			break;
		if (behind < end &&
		    (*behind == ' ' || *behind == '\r' || *behind == '\n' || *behind == '\t'))
			return (struct zd_str){ p, (size_t)(stop - p) + sizeof(close) - 1 };
		p = behind; /* v:shapetype, v:shapelayout */
	}
	return (struct zd_str){ 0 };
}

/* Copies the text without the shapes that went; ret_highest: the highest shape id of the others. */
static void
copy_shapes(struct zd_str text, const struct mark_comments *c, struct zd_out *out, int *ret_highest)
{
	const char *p = text.p, *end = text.p + text.n;

	*ret_highest = 0;
	for (struct zd_str shape; (shape = next_shape(p, end)).p;) {
		const char *behind = shape.p + shape.n;
		bool gone = is_gone(c, shape);
		int id = number_behind(shape, "_x0000_s");
		if (!gone && id > *ret_highest)
			*ret_highest = id;
		zd_out_write(out, (struct zd_str){ p, (size_t)((gone ? shape.p : behind) - p) });
		p = behind + (gone && behind < end && *behind == '\n');
	}
	zd_out_write(out, (struct zd_str){ p, (size_t)(end - p) });
}

/* --- blocks of shape ids ------------------------------------------------------------------- */

/* The list in <o:idmap data="1,2">. */
static struct zd_str
block_list(struct zd_str text)
{
	const char *tag = memmem(text.p, text.n, "<o:idmap", 8), *end = text.p + text.n;
	const char *close = tag ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
	const char *data = close ? memmem(tag, (size_t)(close - tag), "data=", 5) : NULL;

	if (!data || data + 6 >= close)
		return (struct zd_str){ 0 };
	const char *stop = memchr(data + 6, data[5], (size_t)(close - data) - 6);
	return stop ? (struct zd_str){ data + 6, (size_t)(stop - data) - 6 } : (struct zd_str){ 0 };
}

/* The lowest block above one; 0: there is none. */
static int
block_above(struct zd_str list, int above)
{
	int best = 0;

	for (size_t i = 0; i < list.n;) {
		int v = 0;
		for (; i < list.n && list.p[i] >= '0' && list.p[i] <= '9' && v < BLOCKS_MAX; i++)
			v = v * 10 + (list.p[i] - '0');
		if (v > above && v < BLOCKS_MAX && (!best || v < best))
			best = v;
		i++;
	}
	return best;
}

int
mark_drawing_block(struct zd_str text)
{
	int highest = 0;

	for (int v; (v = block_above(block_list(text), highest));)
		highest = v;
	return highest;
}

/* Ids for new shapes: behind the highest in use, in the drawing's own blocks, then in new ones. */
struct ids {
	struct zd_str list;
	int block, next, free_block;
	struct zd_out blocks; /* new ones, each with a comma before */
};

static int
take_id(struct ids *ids)
{
	if (ids->next < (ids->block + 1) * BLOCK)
		return ids->next++;
	ids->block = block_above(ids->list, ids->block);
	if (!ids->block) {
		ids->block = ids->free_block++;
		ids->list = (struct zd_str){ 0 };
		zd_out_printf(&ids->blocks, ",%d", ids->block);
	}
	ids->next = ids->block * BLOCK + 2;
	return ids->next - 1;
}

/* --- new shapes ---------------------------------------------------------------------------- */

static void
put_shape(struct zd_out *out, const struct mark_cell *cell, int id)
{
	int row = cell->row - 1, column = cell->column;
	int lines = 2 + (int)(cell->text.n > 2000 ? 2000 : cell->text.n) / 48;
	int top = row ? row - 1 : 0;

	for (size_t i = 0; i < cell->text.n && lines < 14; i++)
		lines += cell->text.p[i] == '\n';
	lines = lines > 14 ? 14 : lines;
	zd_out_printf(
		out,
		"<v:shape id=\"_x0000_s%d\" type=\"#" SHAPE_TYPE "\" style='position:absolute;"
		"margin-left:80pt;margin-top:5pt;width:200pt;height:%dpt;z-index:%d;"
		"visibility:hidden' fillcolor=\"#ffffe1\" o:insetmode=\"auto\">"
		"<v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\" obscured=\"t\"/>"
		"<v:path o:connecttype=\"none\"/><v:textbox style='mso-direction-alt:auto'>"
		"<div style='text-align:left'></div></v:textbox>",
		id, lines * 14, id % BLOCK);
	zd_out_printf(
		out,
		"<x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>"
		"<x:Anchor>%d, 15, %d, 10, %d, 15, %d, 4</x:Anchor><x:AutoFill>False</x:AutoFill>"
		"<x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>\n",
		column + 1, top, column + 4, top + lines, row, column);
}

static void
put_shape_type(struct zd_out *out, struct zd_str text)
{
	if (memmem(text.p, text.n, "id=\"" SHAPE_TYPE "\"", sizeof(SHAPE_TYPE) + 4))
		return;
	zd_out_write(
		out,
		ZD_STR("<v:shapetype id=\"" SHAPE_TYPE "\" coordsize=\"21600,21600\" o:spt=\"202\" "
		       "path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/>"
		       "<v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>\n"));
}

static const char empty_drawing[] =
	"<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" "
	"xmlns:o=\"urn:schemas-microsoft-com:office:office\" "
	"xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\n<o:shapelayout v:ext=\"edit\">"
	"<o:idmap v:ext=\"edit\" data=\"%d\"/></o:shapelayout>\n</xml>\n";

/* The last closing tag of the document. */
static const char *
find_end(struct zd_str text)
{
	for (size_t i = text.n; i-- > 0;)
		if (zd_str_starts((struct zd_str){ text.p + i, text.n - i }, ZD_STR("</xml>")))
			return text.p + i;
	return NULL;
}

static void
put_new_shapes(struct zd_out *out, const struct mark_comments *c, struct ids *ids)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->cells[i].drawn)
			continue;
		put_shape(out, &c->cells[i], take_id(ids));
		c->cells[i].drawn = true;
	}
}

/* The text with new blocks in its list and new shapes at its end. */
static bool
put_together(struct zd_out *out, struct zd_str text, struct zd_str shapes, struct zd_str blocks)
{
	struct zd_str list = block_list(text);
	const char *end = find_end(text), *p = text.p;

	if (!end)
		return false;
	if (list.p && blocks.n) {
		zd_out_write(out, (struct zd_str){ p, (size_t)(list.p + list.n - p) });
		zd_out_write(out, blocks);
		p = list.p + list.n;
	}
	zd_out_write(out, (struct zd_str){ p, (size_t)(end - p) });
	if (shapes.n)
		put_shape_type(out, text);
	zd_out_write(out, shapes);
	zd_out_write(out, (struct zd_str){ end, (size_t)(text.p + text.n - end) });
	return true;
}

enum zd_rc
mark_drawing_write(struct zd_cx *cx, struct zd_arena *arena, struct zd_str before,
		   const struct mark_comments *c, int block, struct zd_out *out)
{
	struct zd_out kept = { .max = 2 * MARK_PART_MAX }, shapes = { .max = 8 * MARK_PART_MAX };
	struct ids ids = { .free_block = block + 1, .blocks = { .max = 65536 } };
	int highest;

	if (!before.p)
		before = zd_str_printf(arena, empty_drawing, ids.free_block++);
	if (c->n_gone)
		qsort(c->gone, c->n_gone, sizeof(*c->gone), compare_places);
	copy_shapes(before, c, &kept, &highest);
	ids.list = block_list(before);
	ids.block = highest / BLOCK;
	ids.next = highest ? highest + 1 : BLOCK; /* full: the first block follows */
	put_new_shapes(&shapes, c, &ids);
	bool ok =
		put_together(out, zd_out_str(&kept), zd_out_str(&shapes), zd_out_str(&ids.blocks));
	bool failed = kept.failed || shapes.failed || ids.blocks.failed || out->failed;
	zd_out_drop(&kept);
	zd_out_drop(&shapes);
	zd_out_drop(&ids.blocks);
	if (failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "工作簿的批注过多，不能标注");
	return ok ? ZD_OK
		  : zd_fail(cx, ZD_INVALID, NULL,
			    "不能在这个工作簿上标注（批注图形不完整），请用 Excel 或 WPS "
			    "重新保存后再传");
}
