/* mark: the sender's own workbook, given back with the cells marked and all other parts as they were. */
#include "table/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "table/merges.h"
#include "table/reader.h"

#define CHANGED_MAX 8
#define DRAWINGS_MAX 8
#define ROWS_MAX 1048576
#define COLUMNS_MAX 16384

/* A part that is written anew; a member that is not there comes at the end. */
struct changed {
	const struct zip_member *old; /* or NULL */
	struct zip_packed packed;
};

struct drawing {
	struct zd_str id, part;
};

struct marking {
	struct zd_arena *arena;
	const char *out_path, *folder;
	struct zip *zip;
	struct book book;
	const struct book_sheet *sheet;
	struct merges merges;
	struct mark_cell *cells;
	size_t n;
	/* relations of the sheet */
	struct drawing drawings[DRAWINGS_MAX];
	size_t n_drawings;
	struct zd_str comments_part, drawing_part; /* absent: there is none */
	struct zd_str drawing_id;                  /* for a new drawing */
	bool new_comments, new_drawing;
	/* what changes */
	struct mark_styles styles;
	struct mark_sheet out_sheet;
	struct mark_comments comments;
	struct changed changed[CHANGED_MAX];
	size_t n_changed;
	int sheet_fd;
	uint16_t time, date; /* of the sheet's member, for new ones */
};

/* --- the marks ----------------------------------------------------------------------------- */

struct placed {
	int row, column;
	size_t order;
	struct zd_str text;
};

static int
compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Which merge reaches a column of the row in hand; rows are asked for in rising order. */
struct sweep {
	const struct merges *merges;
	size_t next;
	struct merge *reaching; /* by column */
};

static const struct merge *
covering(struct sweep *s, int row, int column)
{
	for (; s->next < s->merges->n && s->merges->list[s->next].row1 <= row; s->next++) {
		const struct merge *m = &s->merges->list[s->next];
		for (int c = m->column1; c <= m->column2; c++)
			if (m->row2 > s->reaching[c].row2)
				s->reaching[c] = *m;
	}
	const struct merge *m = &s->reaching[column];
	bool corner = row == m->row1 && column == m->column1;
	return row <= m->row2 && !corner ? m : NULL;
}

/* A covered cell shows nothing: what is said about it stands in the merge's first cell, with its name. */
static void
uncover(struct zd_arena *arena, struct sweep *s, struct placed *p)
{
	const struct merge *merge = covering(s, p->row, p->column);

	if (!merge)
		return;
	struct zd_str name = table_column_name(arena, p->column);
	p->text = zd_str_printf(arena, "%.*s%d 单元格：%.*s", ZD_STR_ARG(name), p->row,
				ZD_STR_ARG(p->text));
	p->row = merge->row1;
	p->column = merge->column1;
}

static void
uncover_all(struct marking *m, struct placed *placed, size_t n)
{
	struct sweep s = { .merges = &m->merges };

	if (!m->merges.n || !n)
		return;
	s.reaching = zd_new_array(m->arena, struct merge, COLUMNS_MAX);
	for (size_t i = 0; i < n; i++)
		uncover(m->arena, &s, &placed[i]);
	qsort(placed, n, sizeof(*placed), compare_placed);
}

/* One cell for all marks from `from` on that are in the same place; returns the first that is not. */
static size_t
gather_cell(struct marking *m, const struct placed *placed, size_t from, size_t n)
{
	size_t to = from + 1;

	while (to < n && placed[to].row == placed[from].row &&
	       placed[to].column == placed[from].column)
		to++;
	struct zd_str *texts = zd_new_array(m->arena, struct zd_str, to - from);
	for (size_t i = from; i < to; i++)
		texts[i - from] = placed[i].text.p ? placed[i].text : ZD_STR("");
	m->cells[m->n++] = (struct mark_cell){
		.row = placed[from].row,
		.column = placed[from].column,
		.text = zd_str_join(m->arena, texts, to - from, ZD_STR("\n")),
	};
	return to;
}

static enum zd_rc
gather_cells(struct zd_cx *cx, struct marking *m, const struct table_mark *marks, size_t n)
{
	struct placed *placed = zd_new_array(m->arena, struct placed, n);

	for (size_t i = 0; i < n; i++) {
		const struct table_mark *mark = &marks[i];
		if (mark->line < 1 || mark->line > ROWS_MAX || mark->column >= COLUMNS_MAX)
			return zd_fail(cx, ZD_FAILED, NULL, "标注的位置不在表里：第 %d 行第 %d 列",
				       mark->line, mark->column + 1);
		placed[i] = (struct placed){ mark->line, mark->column < 0 ? 0 : mark->column, i,
					     mark->text };
	}
	if (n)
		qsort(placed, n, sizeof(*placed), compare_placed);
	uncover_all(m, placed, n);
	m->cells = zd_new_array(m->arena, struct mark_cell, n);
	for (size_t i = 0; i < n;)
		i = gather_cell(m, placed, i, n);
	return ZD_OK;
}

/* --- finding parts ------------------------------------------------------------------------- */

static enum zd_rc
find_sheet(struct zd_cx *cx, struct marking *m, struct zd_str name)
{
	for (size_t i = 0; i < m->book.n_sheets && !m->sheet; i++) {
		const struct book_sheet *s = &m->book.sheets[i];
		if (name.p ? zd_str_equal(s->name, name) : !s->hidden)
			m->sheet = s;
	}
	if (!m->sheet)
		return zd_fail(cx, ZD_NOT_FOUND, "sheet", "工作簿里没有名为「%.*s」的工作表",
			       ZD_STR_ARG(name));
	return ZD_OK;
}

static void
on_sheet_relation(void *arg, struct zd_str id, struct zd_str local, struct zd_str part)
{
	struct marking *m = arg;

	if (zd_str_equal(local, ZD_STR("comments")) && !m->comments_part.p)
		m->comments_part = zd_str_copy(m->arena, part);
	if (zd_str_equal(local, ZD_STR("vmlDrawing")) && m->n_drawings < DRAWINGS_MAX)
		m->drawings[m->n_drawings++] =
			(struct drawing){ zd_str_copy(m->arena, id), zd_str_copy(m->arena, part) };
}

/* A part's name that is free: before1after, before2after … */
static struct zd_str
free_name(const struct marking *m, const char *before, const char *after)
{
	for (int i = 1;; i++) {
		struct zd_str name = zd_str_printf(m->arena, "%s%d%s", before, i, after);
		if (!zip_find(m->zip, name))
			return name;
	}
}

static enum zd_rc
read_part(struct zd_cx *cx, const struct marking *m, struct zd_str name, struct zd_str *ret)
{
	const struct zip_member *member = zip_find(m->zip, name);

	if (!member)
		return zd_fail(cx, ZD_INVALID, NULL,
			       "工作簿缺少部件 %.*s，请用 Excel 或 WPS 重新保存后再传",
			       ZD_STR_ARG(name));
	return zip_read_all(cx, m->zip, member, MARK_PART_MAX, m->arena, ret);
}

/* --- changed parts ------------------------------------------------------------------------- */

static void
add_changed(struct marking *m, const struct zip_member *old, struct zip_packed packed)
{
	packed.time = old ? old->time : m->time;
	packed.date = old ? old->date : m->date;
	if (old)
		packed.name = old->name;
	m->changed[m->n_changed++] = (struct changed){ old, packed };
}

static enum zd_rc
change_part(struct zd_cx *cx, struct marking *m, struct zd_str name, const struct zd_out *text)
{
	struct zip_packed packed;

	if (text->failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "标注后的部件 %.*s 过大", ZD_STR_ARG(name));
	ZD_TRY(zip_pack(cx, m->arena, name, zd_out_str(text), &packed));
	add_changed(m, zip_find(m->zip, name), packed);
	return ZD_OK;
}

/* The part's text with more put in before its closing tag. An empty root is opened for it. */
static enum zd_rc
change_by_adding(struct zd_cx *cx, struct marking *m, struct zd_str name, struct zd_str text,
		 struct zd_str more)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 2 * MARK_PART_MAX };
	struct markup k;
	enum zd_rc rc;

	markup_of_text(&k, text);
	while ((rc = markup_next(cx, &k)) == ZD_OK) {
		bool empty = k.depth == 1 && k.type == MARKUP_EMPTY;
		if (k.depth == 1 && k.type == MARKUP_CLOSE)
			zd_out_write(&out, more);
		if (!empty) {
			zd_out_write(&out, k.raw);
			continue;
		}
		markup_put_opened(&out, k.raw);
		zd_out_write(&out, more);
		zd_out_printf(&out, "</%.*s%.*s>", ZD_STR_ARG(k.prefix), ZD_STR_ARG(k.name));
	}
	return rc == ZD_NOT_FOUND ? change_part(cx, m, name, &out) : rc;
}

/* The prefix of the root, for elements put in. */
static struct zd_str
root_prefix(struct zd_cx *cx, struct zd_str text)
{
	struct markup k;

	markup_of_text(&k, text);
	while (markup_next(cx, &k) == ZD_OK)
		if (k.depth == 1 && k.name.p)
			return k.prefix;
	return ZD_STR("");
}

/* --- styles and sheet ---------------------------------------------------------------------- */

static enum zd_rc
read_styles(struct zd_cx *cx, struct marking *m)
{
	struct zd_str text = ZD_STR("");

	if (m->book.styles_part)
		ZD_TRY(read_part(cx, m, m->book.styles_part->name, &text));
	return mark_styles_read(cx, m->arena, text, &m->styles);
}

static enum zd_rc
change_styles(struct zd_cx *cx, struct marking *m)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4 * MARK_PART_MAX };

	if (!mark_styles_changed(&m->styles))
		return ZD_OK;
	ZD_TRY(mark_styles_write(cx, &m->styles, &out));
	return change_part(cx, m, m->book.styles_part->name, &out);
}

static enum zd_rc
change_sheet(struct zd_cx *cx, struct marking *m)
{
	struct zip_packed packed;

	m->out_sheet = (struct mark_sheet){
		.cells = m->cells,
		.n = m->n,
		.styles = &m->styles,
		.new_drawing = m->n ? m->drawing_id.p : NULL,
	};
	ZD_TRY(mark_sheet_write(cx, m->arena, m->zip, m->sheet->part, m->folder, &m->out_sheet,
				&packed));
	m->sheet_fd = packed.fd;
	add_changed(m, m->sheet->part, packed);
	return ZD_OK;
}

/* --- comments and drawing ------------------------------------------------------------------ */

static enum zd_rc
change_comments(struct zd_cx *cx, struct marking *m)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 8 * MARK_PART_MAX };

	m->comments = (struct mark_comments){ .cells = m->cells,
					      .n = m->n,
					      .strict = m->out_sheet.strict };
	if (m->comments_part.p)
		ZD_TRY(read_part(cx, m, m->comments_part, &m->comments.text));
	else if (!m->n)
		return ZD_OK;
	else {
		m->new_comments = true;
		m->comments_part = free_name(m, "xl/comments", ".xml");
	}
	ZD_TRY(mark_comments_write(cx, m->arena, &m->comments, &out));
	return change_part(cx, m, m->comments_part, &out);
}

/* The highest block of shape ids that any drawing of the workbook reserves. */
static int
highest_block(struct zd_cx *cx, const struct marking *m)
{
	int highest = 0;

	for (size_t i = 0; i < m->zip->n; i++) {
		const struct zip_member *member = &m->zip->members[i];
		struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(MARK_PART_MAX * 2);
		struct zd_str text, name = member->name;
		if (name.n < 4 || strncasecmp(name.p + name.n - 4, ".vml", 4) != 0 ||
		    zip_read_all(cx, m->zip, member, MARK_PART_MAX, arena, &text) != ZD_OK)
			continue;
		int block = mark_drawing_block(text);
		highest = block > highest ? block : highest;
	}
	return highest;
}

/* The drawing the sheet names, or a new one. */
static enum zd_rc
find_drawing(struct zd_cx *cx, struct marking *m, struct zd_str *ret_text)
{
	struct zd_str id = m->out_sheet.drawing;

	*ret_text = (struct zd_str){ 0 };
	for (size_t i = 0; i < m->n_drawings && id.p; i++)
		if (zd_str_equal(m->drawings[i].id, id)) {
			m->drawing_part = m->drawings[i].part;
			return read_part(cx, m, m->drawing_part, ret_text);
		}
	if (id.p)
		return zd_fail(
			cx, ZD_INVALID, NULL,
			"不能在这个工作簿上标注（批注图形缺失），请用 Excel 或 WPS 重新保存后再传");
	if (m->n) {
		m->new_drawing = true;
		m->drawing_part = free_name(m, "xl/drawings/vmlDrawing", ".vml");
	}
	return ZD_OK;
}

static enum zd_rc
change_drawing(struct zd_cx *cx, struct marking *m)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 8 * MARK_PART_MAX };
	struct zd_str text;

	ZD_TRY(find_drawing(cx, m, &text));
	if (!m->drawing_part.p)
		return ZD_OK;
	ZD_TRY(mark_drawing_write(cx, m->arena, text, &m->comments, highest_block(cx, m), &out));
	return change_part(cx, m, m->drawing_part, &out);
}

/* --- relations and types ------------------------------------------------------------------- */

#define PACKAGE_NS "http://schemas.openxmlformats.org/package/2006/"
#define TYPES_R "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define TYPES_R_STRICT "http://purl.oclc.org/ooxml/officeDocument/relationships"

static enum zd_rc
read_relations(struct zd_cx *cx, struct marking *m, struct zd_str name, struct zd_str *ret)
{
	if (zip_find(m->zip, name))
		return read_part(cx, m, name, ret);
	*ret = ZD_STR("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
		      "<Relationships xmlns=\"" PACKAGE_NS "relationships\"/>");
	return ZD_OK;
}

/* An id no relation of the sheet has: not found anywhere in the part's text. */
static struct zd_str
free_id(const struct marking *m, struct zd_str relations, const char *kind)
{
	for (int i = 1;; i++) {
		struct zd_str id = zd_str_printf(m->arena, "rId%s%d", kind, i);
		if (!memmem(relations.p, relations.n, id.p, id.n))
			return id;
	}
}

static enum zd_rc
change_relations(struct zd_cx *cx, struct marking *m)
{
	struct zd_out more ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	struct zd_str name = book_relations_of(m->arena, m->sheet->part->name), text;
	const char *types = m->out_sheet.strict ? TYPES_R_STRICT : TYPES_R;

	if (!m->new_comments && !m->new_drawing)
		return ZD_OK;
	ZD_TRY(read_relations(cx, m, name, &text));
	struct zd_str p = root_prefix(cx, text), id = free_id(m, text, "Comments");
	if (m->new_comments)
		zd_out_printf(
			&more,
			"<%.*sRelationship Id=\"%.*s\" Type=\"%s/comments\" Target=\"/%.*s\"/>",
			ZD_STR_ARG(p), ZD_STR_ARG(id), types, ZD_STR_ARG(m->comments_part));
	if (m->new_drawing)
		zd_out_printf(
			&more,
			"<%.*sRelationship Id=\"%.*s\" Type=\"%s/vmlDrawing\" Target=\"/%.*s\"/>",
			ZD_STR_ARG(p), ZD_STR_ARG(m->drawing_id), types,
			ZD_STR_ARG(m->drawing_part));
	return change_by_adding(cx, m, name, text, zd_out_str(&more));
}

/* Whether the types of the package have a default for .vml. */
static bool
knows_vml(struct zd_cx *cx, struct zd_str types)
{
	struct markup k;
	struct zd_str extension;

	markup_of_text(&k, types);
	while (markup_next(cx, &k) == ZD_OK)
		if (markup_starts(&k, 2, "Default") &&
		    markup_attribute(k.raw, "Extension", &extension) && extension.n == 3 &&
		    strncasecmp(extension.p, "vml", 3) == 0)
			return true;
	return false;
}

static enum zd_rc
change_types(struct zd_cx *cx, struct marking *m)
{
	struct zd_out more ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	struct zd_str name = ZD_STR("[Content_Types].xml"), text;

	ZD_TRY(read_part(cx, m, name, &text));
	struct zd_str p = root_prefix(cx, text);
	if (m->new_drawing && !knows_vml(cx, text))
		zd_out_printf(&more,
			      "<%.*sDefault Extension=\"vml\" "
			      "ContentType=\"application/"
			      "vnd.openxmlformats-officedocument.vmlDrawing\"/>",
			      ZD_STR_ARG(p));
	if (m->new_comments)
		zd_out_printf(&more,
			      "<%.*sOverride PartName=\"/%.*s\" ContentType=\"application/vnd."
			      "openxmlformats-officedocument.spreadsheetml.comments+xml\"/>",
			      ZD_STR_ARG(p), ZD_STR_ARG(m->comments_part));
	return more.n ? change_by_adding(cx, m, name, text, zd_out_str(&more)) : ZD_OK;
}

/* --- the package --------------------------------------------------------------------------- */

static const struct zip_packed *
changed_of(const struct marking *m, const struct zip_member *member)
{
	for (size_t i = 0; i < m->n_changed; i++)
		if (m->changed[i].old == member)
			return &m->changed[i].packed;
	return NULL;
}

static enum zd_rc
write_members(struct zd_cx *cx, const struct marking *m, struct zip_writer *w)
{
	for (size_t i = 0; i < m->zip->n; i++) {
		const struct zip_member *member = &m->zip->members[i];
		const struct zip_packed *packed = changed_of(m, member);
		ZD_TRY(packed ? zip_put(cx, w, packed) : zip_copy(cx, w, m->zip, member));
	}
	for (size_t i = 0; i < m->n_changed; i++)
		if (!m->changed[i].old)
			ZD_TRY(zip_put(cx, w, &m->changed[i].packed));
	return zip_finish(cx, w, m->zip->comment);
}

static enum zd_rc
write_package(struct zd_cx *cx, const struct marking *m)
{
	struct zip_writer w = { .fd = open(m->out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
					   0600) };

	if (w.fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能建文件 %s：%s", m->out_path,
			       strerrordesc_np(errno));
	enum zd_rc rc = write_members(cx, m, &w);
	zd_out_drop(&w.directory);
	if (close(w.fd) < 0 && rc == ZD_OK)
		rc = zd_fail(cx, ZD_FAILED, NULL, "写入工作簿失败：%s", strerrordesc_np(errno));
	if (rc != ZD_OK)
		(void)unlink(m->out_path);
	return rc;
}

/* --- the public face ----------------------------------------------------------------------- */

static enum zd_rc
read_around_sheet(struct zd_cx *cx, struct marking *m)
{
	struct zd_str relations;

	ZD_TRY(merges_read(cx, m->zip, m->sheet->part, &m->merges));
	ZD_TRY(book_read_relations(cx, m->zip, m->arena, m->sheet->part->name, on_sheet_relation,
				   m));
	ZD_TRY(read_relations(cx, m, book_relations_of(m->arena, m->sheet->part->name),
			      &relations));
	m->drawing_id = free_id(m, relations, "Drawing");
	return read_styles(cx, m);
}

static enum zd_rc
open_workbook(struct zd_cx *cx, struct marking *m, int fd, struct zd_str sheet)
{
	ZD_TRY(zip_open(cx, fd, NULL, m->arena, &m->zip));
	ZD_TRY(book_open(cx, m->zip, m->arena, &m->book));
	ZD_TRY(find_sheet(cx, m, sheet));
	m->time = m->sheet->part->time;
	m->date = m->sheet->part->date;
	return read_around_sheet(cx, m);
}

/* In this order: the sheet says which styles it needs and which drawing it has. */
typedef enum zd_rc change_fn(struct zd_cx *cx, struct marking *m);

static enum zd_rc
mark(struct zd_cx *cx, struct marking *m, int fd, struct zd_str sheet,
     const struct table_mark *marks, size_t n)
{
	static change_fn *const changes[] = { change_sheet,   change_styles,    change_comments,
					      change_drawing, change_relations, change_types };

	ZD_TRY(open_workbook(cx, m, fd, sheet));
	ZD_TRY(gather_cells(cx, m, marks, n));
	for (size_t i = 0; i < ZD_COUNT(changes); i++)
		ZD_TRY(changes[i](cx, m));
	return write_package(cx, m);
}

/* Where the sheet waits until the workbook is put together: beside it. */
static const char *
folder_of(struct zd_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct zd_str folder = { path, slash ? (size_t)(slash - path) + (slash == path) : 0 };

	return slash ? zd_str_copy(arena, folder).p : ".";
}

enum zd_rc
table_mark_workbook(struct zd_cx *cx, int in_fd, struct zd_str sheet,
		    const struct table_mark *marks, size_t n, const char *out_path)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)256 << 20);
	struct marking m = { .arena = arena,
			     .out_path = out_path,
			     .folder = folder_of(arena, out_path),
			     .sheet_fd = -1 };
	enum zd_rc rc = mark(cx, &m, in_fd, sheet, marks, n);

	if (m.sheet_fd >= 0)
		(void)close(m.sheet_fd);
	merges_drop(&m.merges);
	return rc;
}
