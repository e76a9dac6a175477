/*
 * mark_comments: the comments of a sheet with ours put in and those of an earlier return taken out. A cell
 * has one comment: if it is someone else's, ours is added at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "table/mark.h"
#include "table/merges.h"
#include "table/reader.h"
#include "table/writer.h"

#define COMMENT_MAX ((size_t)8000) /* bytes we say about one cell */
#define FONT                                                                                       \
	"<%.*ssz val=\"9\"/><%.*scolor indexed=\"81\"/><%.*srFont val=\"宋体\"/><%.*scharset "   \
	"val=\"134\"/>"

struct commenting {
	struct zd_arena *arena;
	struct mark_comments *c;
	struct zd_out *out;
	struct markup m;
	struct zd_str prefix;
	int authors, our_author; /* so far; ours or -1 */
	const char *begin;       /* of the comment in hand */
};

/* --- cells --------------------------------------------------------------------------------- */

static int
compare_cells(const void *a, const void *b)
{
	const struct mark_cell *x = a, *y = b;

	return x->row != y->row ? x->row - y->row : x->column - y->column;
}

static struct mark_cell *
find_cell(const struct mark_comments *c, int row, int column)
{
	struct mark_cell key = { .row = row, .column = column };

	return c->n ? bsearch(&key, c->cells, c->n, sizeof(key), compare_cells) : NULL;
}

static void
keep_gone(struct zd_arena *arena, struct mark_comments *c, int row, int column)
{
	if (c->n_gone == c->cap_gone) {
		size_t cap = c->cap_gone ? c->cap_gone * 2 : 64;
		struct mark_place *more = zd_new_array(arena, struct mark_place, cap);
		if (c->n_gone)
			memcpy(more, c->gone, c->n_gone * sizeof(*more));
		c->gone = more;
		c->cap_gone = cap;
	}
	c->gone[c->n_gone++] = (struct mark_place){ row - 1, column };
}

/* --- what we say --------------------------------------------------------------------------- */

static void
put_our_text(struct zd_out *out, struct zd_str text)
{
	struct zd_out clean = { .max = 4 * COMMENT_MAX };

	if (text.n > COMMENT_MAX) {
		text.n = COMMENT_MAX;
		while (text.n && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
			text.n--;
	}
	writer_put_clean(&clean, text);
	markup_put_text(out, zd_out_str(&clean));
	zd_out_drop(&clean);
}

static void
put_run(struct commenting *w, bool bold, const char *lead, struct zd_str text)
{
	struct zd_str p = w->prefix;

	zd_out_printf(w->out, "<%.*sr><%.*srPr>", ZD_STR_ARG(p), ZD_STR_ARG(p));
	if (bold)
		zd_out_printf(w->out, "<%.*sb/>", ZD_STR_ARG(p));
	zd_out_printf(w->out, FONT "</%.*srPr><%.*st xml:space=\"preserve\">%s", ZD_STR_ARG(p),
		      ZD_STR_ARG(p), ZD_STR_ARG(p), ZD_STR_ARG(p), ZD_STR_ARG(p), ZD_STR_ARG(p),
		      lead);
	put_our_text(w->out, text);
	zd_out_printf(w->out, "</%.*st></%.*sr>", ZD_STR_ARG(p), ZD_STR_ARG(p));
}

static void
put_new_comments(struct commenting *w)
{
	struct zd_str p = w->prefix;

	for (size_t i = 0; i < w->c->n; i++) {
		struct mark_cell *cell = &w->c->cells[i];
		if (cell->commented)
			continue;
		struct zd_str name = table_column_name(w->arena, cell->column);
		zd_out_printf(w->out, "<%.*scomment ref=\"%.*s%d\" authorId=\"%d\"><%.*stext>",
			      ZD_STR_ARG(p), ZD_STR_ARG(name), cell->row, w->our_author,
			      ZD_STR_ARG(p));
		put_run(w, true, MARK_LEAD "\n", ZD_STR(""));
		put_run(w, false, "", cell->text);
		zd_out_printf(w->out, "</%.*stext></%.*scomment>", ZD_STR_ARG(p), ZD_STR_ARG(p));
		cell->commented = true;
	}
}

/* --- comments that are there --------------------------------------------------------------- */

/* A comment as a document of its own. */
struct comment {
	struct zd_str raw;
	int row, column, author;
	bool has_text;
	struct zd_str text; /* plain, decoded */
};

static bool
in_text(const struct markup *m, int *t_level, int *phonetic)
{
	if (m->type == MARKUP_OPEN && zd_str_equal(m->name, ZD_STR("rPh")))
		*phonetic = m->depth;
	if (m->type == MARKUP_CLOSE && m->depth == *phonetic)
		*phonetic = 0;
	if (m->type == MARKUP_OPEN && zd_str_equal(m->name, ZD_STR("t")))
		*t_level = m->depth;
	if (m->type == MARKUP_CLOSE && m->depth == *t_level)
		*t_level = 0;
	return m->type == MARKUP_TEXT && *t_level && !*phonetic;
}

static void
read_comment_tag(struct zd_str tag, struct comment *c)
{
	struct zd_str ref, author;
	int64_t v;

	if (!markup_attribute(tag, "ref", &ref) || !merges_parse_cell(ref, &c->column, &c->row))
		c->row = 0;
	if (markup_attribute(tag, "authorId", &author) && zd_int_parse(author, &v) && v >= 0 &&
	    v < INT32_MAX)
		c->author = (int)v;
}

static enum zd_rc
read_comment(struct zd_cx *cx, struct commenting *w, struct zd_str raw, struct comment *ret)
{
	struct zd_out plain = { .max = MARK_PART_MAX };
	int t_level = 0, phonetic = 0;
	struct markup m;
	enum zd_rc rc;

	*ret = (struct comment){ .raw = raw, .author = -1 };
	markup_of_text(&m, raw);
	while ((rc = markup_next(cx, &m)) == ZD_OK) {
		if (markup_starts(&m, 1, "comment"))
			read_comment_tag(m.raw, ret);
		ret->has_text = ret->has_text || markup_starts(&m, 2, "text");
		if (in_text(&m, &t_level, &phonetic))
			zd_out_write(&plain, m.raw);
	}
	ret->text = markup_decode(w->arena, zd_out_str(&plain));
	zd_out_drop(&plain);
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

/* Where in a piece of text our addition begins: at its start or at the start of a line. */
static const char *
our_addition(struct zd_str s)
{
	const char *p = s.p, *end = s.p + s.n;

	while ((p = memmem(p, (size_t)(end - p), MARK_LEAD, sizeof(MARK_LEAD) - 1))) {
		if (p == s.p || p[-1] == '\n')
			return p;
		p++;
	}
	return NULL;
}

/* The copy of someone else's comment, without our addition and perhaps with a new one. */
struct copying {
	struct markup m;
	int t_level, phonetic;
	bool cut; /* our addition began */
	/* offsets in out */
	size_t kept_to;   /* the end of the last text kept; 0: none yet */
	size_t run_begin; /* of the run in hand */
	size_t run_text;  /* bytes of text kept from it */
	const struct mark_cell *cell;
};

/* The line end that led our addition in belongs to it, also where it stands in the run before. */
static void
drop_line_end(struct zd_out *out, struct copying *k)
{
	size_t at = k->kept_to;

	if (!at || out->p[at - 1] != '\n')
		return;
	memmove(out->p + at - 1, out->p + at, out->n - at);
	out->n--;
	k->kept_to--;
	if (at <= k->run_begin)
		k->run_begin--;
	else if (k->run_text)
		k->run_text--;
}

static void
copy_text(struct commenting *w, struct copying *k)
{
	struct zd_str s = k->m.raw;

	if (k->cut)
		return;
	const char *ours = our_addition(s);
	size_t n = ours ? (size_t)(ours - s.p) : s.n;
	zd_out_write(w->out, (struct zd_str){ s.p, n });
	k->run_text += n;
	if (n)
		k->kept_to = w->out->n;
	k->cut = ours != NULL;
	if (k->cut && !w->out->failed)
		drop_line_end(w->out, k);
}

/* Whether the run that ends here held nothing but our addition; then it goes. */
static bool
drop_our_run(struct commenting *w, struct copying *k)
{
	const struct markup *m = &k->m;

	if (markup_starts(m, 3, "r")) {
		k->run_begin = w->out->n;
		k->run_text = 0;
	}
	if (!markup_closes(m, 3, "r") || !k->cut)
		return false;
	if (k->run_text || w->out->failed)
		return false;
	w->out->n = k->run_begin;
	return true;
}

static void
put_addition(struct commenting *w, const struct copying *k)
{
	put_run(w, false, "\n" MARK_LEAD "\n", k->cell->text);
}

/* Text without runs becomes a run, so that ours can stand behind it. */
static void
copy_tag(struct commenting *w, struct copying *k)
{
	struct zd_str p = w->prefix;
	bool wrap = k->cell && k->m.depth == 3 && zd_str_equal(k->m.name, ZD_STR("t"));

	if (wrap && k->m.type != MARKUP_CLOSE)
		zd_out_printf(w->out, "<%.*sr>", ZD_STR_ARG(p));
	zd_out_write(w->out, k->m.raw);
	if (wrap && k->m.type != MARKUP_OPEN)
		zd_out_printf(w->out, "</%.*sr>", ZD_STR_ARG(p));
}

static void
copy_token(struct commenting *w, struct copying *k)
{
	if (in_text(&k->m, &k->t_level, &k->phonetic)) {
		copy_text(w, k);
		return;
	}
	if (drop_our_run(w, k))
		return;
	if (k->cell && markup_closes(&k->m, 2, "text"))
		put_addition(w, k);
	if (k->cell && k->m.type == MARKUP_EMPTY && markup_starts(&k->m, 2, "text")) {
		markup_put_opened(w->out, k->m.raw);
		put_addition(w, k);
		zd_out_printf(w->out, "</%.*stext>", ZD_STR_ARG(w->prefix));
		return;
	}
	copy_tag(w, k);
}

static enum zd_rc
copy_comment(struct zd_cx *cx, struct commenting *w, const struct comment *comment)
{
	struct mark_cell *cell = find_cell(w->c, comment->row, comment->column);
	struct copying k = { .cell = cell };
	enum zd_rc rc;

	markup_of_text(&k.m, comment->raw);
	while ((rc = markup_next(cx, &k.m)) == ZD_OK)
		copy_token(w, &k);
	if (cell)
		cell->commented = cell->drawn = true;
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

static enum zd_rc
take_comment(struct zd_cx *cx, struct commenting *w, struct zd_str raw)
{
	struct comment comment;

	ZD_TRY(read_comment(cx, w, raw, &comment));
	bool ours = (w->our_author >= 0 && comment.author == w->our_author) ||
		    zd_str_starts(comment.text, ZD_STR(MARK_LEAD));
	if (!comment.row)
		zd_out_write(w->out, raw);
	else if (ours || !comment.has_text)
		keep_gone(w->arena, w->c, comment.row, comment.column);
	else
		return copy_comment(cx, w, &comment);
	return ZD_OK;
}

/* --- the part ------------------------------------------------------------------------------ */

static void
put_our_author(struct commenting *w)
{
	if (w->our_author >= 0 || !w->c->n)
		return;
	zd_out_printf(w->out, "<%.*sauthor>" MARK_AUTHOR "</%.*sauthor>", ZD_STR_ARG(w->prefix),
		      ZD_STR_ARG(w->prefix));
	w->our_author = w->authors++;
}

/* The authors, and whether we are among them. */
static void
take_author(struct commenting *w)
{
	const struct markup *m = &w->m;

	if (m->type == MARKUP_TEXT && m->depth == 3 &&
	    zd_str_equal(zd_str_trim(m->raw), ZD_STR(MARK_AUTHOR)) && w->our_author < 0)
		w->our_author = w->authors;
	if (markup_closes(m, 3, "author") ||
	    (m->type == MARKUP_EMPTY && markup_starts(m, 3, "author")))
		w->authors++;
	if (markup_closes(m, 2, "authors"))
		put_our_author(w);
	zd_out_write(w->out, m->raw);
}

/* An empty list of authors or comments gets ours. */
static void
take_empty_list(struct commenting *w)
{
	markup_put_opened(w->out, w->m.raw);
	if (zd_str_equal(w->m.name, ZD_STR("authors")))
		put_our_author(w);
	else
		put_new_comments(w);
	zd_out_printf(w->out, "</%.*s%.*s>", ZD_STR_ARG(w->prefix), ZD_STR_ARG(w->m.name));
}

static enum zd_rc
take_list_token(struct zd_cx *cx, struct commenting *w)
{
	const struct markup *m = &w->m;

	if (markup_starts(m, 3, "comment"))
		w->begin = m->raw.p;
	bool ends = markup_closes(m, 3, "comment") ||
		    (m->type == MARKUP_EMPTY && markup_starts(m, 3, "comment"));
	if (w->begin && ends) {
		struct zd_str raw = { w->begin, (size_t)(m->raw.p + m->raw.n - w->begin) };
		w->begin = NULL;
		return take_comment(cx, w, raw);
	}
	if (w->begin)
		return ZD_OK;
	if (markup_closes(m, 2, "commentList"))
		put_new_comments(w);
	zd_out_write(w->out, m->raw);
	return ZD_OK;
}

enum list { LIST_NONE, LIST_AUTHORS, LIST_COMMENTS };

static enum list
list_of(const struct markup *m, enum list in)
{
	if (m->depth == 2 && m->type == MARKUP_OPEN) {
		if (zd_str_equal(m->name, ZD_STR("authors")))
			return LIST_AUTHORS;
		return zd_str_equal(m->name, ZD_STR("commentList")) ? LIST_COMMENTS : LIST_NONE;
	}
	return in;
}

static enum zd_rc
rewrite(struct zd_cx *cx, struct commenting *w)
{
	enum list in = LIST_NONE;
	enum zd_rc rc;

	while ((rc = markup_next(cx, &w->m)) == ZD_OK) {
		const struct markup *m = &w->m;
		if (m->depth == 1 && m->type == MARKUP_OPEN)
			w->prefix = m->prefix;
		in = list_of(m, in);
		bool empty_list = m->type == MARKUP_EMPTY && (markup_starts(m, 2, "authors") ||
							      markup_starts(m, 2, "commentList"));
		if (empty_list)
			take_empty_list(w);
		else if (in == LIST_AUTHORS)
			take_author(w);
		else if (in == LIST_COMMENTS)
			ZD_TRY(take_list_token(cx, w));
		else
			zd_out_write(w->out, m->raw);
		if (m->depth == 2 && m->type == MARKUP_CLOSE)
			in = LIST_NONE;
	}
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

#define NS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define NS_STRICT "http://purl.oclc.org/ooxml/spreadsheetml/main"

enum zd_rc
mark_comments_write(struct zd_cx *cx, struct zd_arena *arena, struct mark_comments *c,
		    struct zd_out *out)
{
	struct commenting w = { .arena = arena, .c = c, .out = out, .our_author = -1 };

	if (!c->text.p)
		c->text = zd_str_printf(
			arena,
			"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
			"<comments xmlns=\"%s\"><authors/><commentList/></comments>",
			c->strict ? NS_STRICT : NS);
	markup_of_text(&w.m, c->text);
	return rewrite(cx, &w);
}
