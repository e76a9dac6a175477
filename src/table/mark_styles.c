/* mark_styles: each style that is marked gets a twin with our fill; nothing else of it changes. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "table/mark.h"

/* Hardly anyone else's red, so that our marks are known again when the file comes back. */
#define OUR_COLOUR "FFFFC9CC"
#define STYLES_MAX 65000
#define SEARCHES_MAX                                                                               \
	4096 /* distinct styles for which twins are looked for, then they are just made */

static uint64_t
hash_of(struct zd_str s)
{
	uint64_t h = 14695981039346656037U;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211U;
	return h;
}

static int64_t
number_of(struct zd_str tag, const char *name)
{
	struct zd_str value;
	int64_t v;

	return markup_attribute(tag, name, &value) && zd_int_parse(value, &v) && v >= 0 ? v : 0;
}

/* The first tag of an element. */
static struct zd_str
first_tag(struct zd_str raw)
{
	const char *end = memchr(raw.p, '>', raw.n);

	return (struct zd_str){ raw.p, end ? (size_t)(end - raw.p) + 1 : raw.n };
}

/* A copy of an xf with another fill, or without one. */
static struct zd_str
with_fill(struct zd_arena *arena, struct zd_str raw, struct zd_str fill, struct zd_str apply)
{
	struct zd_out once = { .max = MARK_PART_MAX }, twice = { .max = MARK_PART_MAX };
	struct zd_str tag = first_tag(raw);

	markup_put_tag(&once, tag, "applyFill", apply);
	markup_put_tag(&twice, zd_out_str(&once), "fillId", fill);
	zd_out_write(&twice, (struct zd_str){ raw.p + tag.n, raw.n - tag.n });
	struct zd_str copy = zd_str_copy(arena, zd_out_str(&twice));
	zd_out_drop(&once);
	zd_out_drop(&twice);
	return copy;
}

/* --- reading ------------------------------------------------------------------------------- */

struct reading {
	struct mark_styles *s;
	struct markup m;
	bool in_fills, in_styles;
	const char *begin; /* of the element in hand */
	bool solid, ours;
};

static void
end_fill(struct mark_styles *s, bool ours)
{
	if (s->n_fills == s->room)
		return;
	s->our_fills[s->n_fills] = ours;
	if (ours && s->our_fill < 0)
		s->our_fill = (int64_t)s->n_fills;
	s->n_fills++;
}

static void
read_fill(struct reading *r)
{
	const struct markup *m = &r->m;
	struct zd_str v;
	bool tag = m->type == MARKUP_OPEN || m->type == MARKUP_EMPTY;

	if (markup_starts(m, 3, "fill"))
		r->solid = r->ours = false;
	if (tag && markup_attribute(m->raw, "patternType", &v))
		r->solid = zd_str_equal(v, ZD_STR("solid"));
	if (tag && zd_str_equal(m->name, ZD_STR("fgColor")) && markup_attribute(m->raw, "rgb", &v))
		r->ours = v.n == 8 && strncasecmp(v.p, OUR_COLOUR, 8) == 0;
	if (markup_closes(m, 3, "fill") || (m->type == MARKUP_EMPTY && m->depth == 3))
		end_fill(r->s, r->solid && r->ours);
}

static enum zd_rc
add_style(struct zd_cx *cx, struct mark_styles *s, struct zd_str raw)
{
	if (s->n == s->room)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "工作簿的单元格样式过多，不能标注");
	struct zd_str none = { 0 }, bare = with_fill(s->arena, raw, none, none);
	int64_t fill = number_of(first_tag(raw), "fillId");
	s->styles[s->n++] = (struct mark_style){
		.raw = raw,
		.key = hash_of(bare),
		.marked = (uint64_t)fill < s->n_fills && s->our_fills[fill],
	};
	return ZD_OK;
}

static enum zd_rc
read_style(struct zd_cx *cx, struct reading *r)
{
	const struct markup *m = &r->m;

	if (markup_starts(m, 3, "xf"))
		r->begin = m->raw.p;
	bool ends = markup_closes(m, 3, "xf") || (m->type == MARKUP_EMPTY && m->depth == 3);
	if (!ends || !r->begin)
		return ZD_OK;
	struct zd_str raw = { r->begin, (size_t)(m->raw.p + m->raw.n - r->begin) };
	return add_style(cx, r->s, raw);
}

static enum zd_rc
read_token(struct zd_cx *cx, struct reading *r)
{
	const struct markup *m = &r->m;

	if (m->depth == 1 && m->type == MARKUP_OPEN)
		r->s->prefix = m->prefix;
	if (m->depth == 2 && m->type == MARKUP_OPEN) {
		r->in_fills = zd_str_equal(m->name, ZD_STR("fills"));
		r->in_styles = zd_str_equal(m->name, ZD_STR("cellXfs"));
		return ZD_OK;
	}
	if (r->in_fills && m->depth >= 3)
		read_fill(r);
	return r->in_styles && m->depth >= 3 ? read_style(cx, r) : ZD_OK;
}

enum zd_rc
mark_styles_read(struct zd_cx *cx, struct zd_arena *arena, struct zd_str text,
		 struct mark_styles *ret)
{
	struct reading r = { .s = ret };
	enum zd_rc rc;

	*ret = (struct mark_styles){ .arena = arena, .text = text, .our_fill = -1 };
	/* An element has five bytes at least; each style may get two twins. */
	size_t room = text.n / 5 * 3 + 3;
	ret->room = room < STYLES_MAX ? room : STYLES_MAX;
	ret->styles = zd_new_array(arena, struct mark_style, ret->room);
	ret->our_fills = zd_new_array(arena, bool, ret->room);
	ret->marked_of = zd_new_array(arena, uint32_t, ret->room);
	ret->plain_of = zd_new_array(arena, uint32_t, ret->room);
	markup_of_text(&r.m, text);
	while ((rc = markup_next(cx, &r.m)) == ZD_OK)
		ZD_TRY(read_token(cx, &r));
	if (rc != ZD_NOT_FOUND)
		return rc;
	ret->n_before = ret->n;
	ret->usable = ret->n > 0 && ret->n_fills > 0;
	return ZD_OK;
}

/* --- twins --------------------------------------------------------------------------------- */

static uint32_t
make_twin(struct mark_styles *s, uint32_t style, bool marked)
{
	if (s->n == s->room)
		return style;
	struct zd_str fill = zd_str_printf(s->arena, "%lld", marked ? (long long)s->our_fill : 0);
	struct zd_str apply = marked ? ZD_STR("1") : (struct zd_str){ 0 };
	s->styles[s->n] = (struct mark_style){
		.raw = with_fill(s->arena, s->styles[style].raw, fill, apply),
		.key = s->styles[style].key,
		.marked = marked,
	};
	return (uint32_t)s->n++;
}

static uint32_t
find_twin(struct mark_styles *s, uint32_t style, bool marked)
{
	if (s->searches++ < SEARCHES_MAX)
		for (uint32_t i = 0; i < s->n; i++)
			if (s->styles[i].marked == marked &&
			    s->styles[i].key == s->styles[style].key)
				return i;
	return make_twin(s, style, marked);
}

static uint32_t
twin_of(struct mark_styles *s, uint32_t style, bool marked)
{
	uint32_t *memo = marked ? s->marked_of : s->plain_of;

	if (!s->usable || (style < s->n && s->styles[style].marked == marked))
		return style;
	if (style >= s->n_before)
		style = 0;
	if (marked && s->our_fill < 0)
		s->our_fill = (int64_t)s->n_fills;
	if (!memo[style])
		memo[style] = find_twin(s, style, marked) + 1;
	return memo[style] - 1;
}

uint32_t
mark_style_marked(struct mark_styles *s, uint32_t style)
{
	return twin_of(s, style, true);
}

uint32_t
mark_style_plain(struct mark_styles *s, uint32_t style)
{
	return style < s->n ? twin_of(s, style, false) : style;
}

bool
mark_styles_changed(const struct mark_styles *s)
{
	return s->n > s->n_before;
}

/* --- writing ------------------------------------------------------------------------------- */

static void
put_our_fill(struct zd_out *out, struct zd_str p)
{
	zd_out_printf(
		out,
		"<%.*sfill><%.*spatternFill patternType=\"solid\"><%.*sfgColor rgb=\"" OUR_COLOUR
		"\"/><%.*sbgColor indexed=\"64\"/></%.*spatternFill></%.*sfill>",
		ZD_STR_ARG(p), ZD_STR_ARG(p), ZD_STR_ARG(p), ZD_STR_ARG(p), ZD_STR_ARG(p),
		ZD_STR_ARG(p));
}

static void
put_token(const struct mark_styles *s, const struct markup *m, struct zd_out *out)
{
	bool new_fill = s->our_fill == (int64_t)s->n_fills;
	char count[24];
	int n = 0;

	if (markup_closes(m, 2, "fills") && new_fill)
		put_our_fill(out, s->prefix);
	if (markup_closes(m, 2, "cellXfs"))
		for (size_t i = s->n_before; i < s->n; i++)
			zd_out_write(out, s->styles[i].raw);
	if (markup_starts(m, 2, "fills"))
		n = snprintf(count, sizeof(count), "%zu", s->n_fills + new_fill);
	if (markup_starts(m, 2, "cellXfs"))
		n = snprintf(count, sizeof(count), "%zu", s->n);
	if (n)
		markup_put_tag(out, m->raw, "count", (struct zd_str){ count, (size_t)n });
	else
		zd_out_write(out, m->raw);
}

enum zd_rc
mark_styles_write(struct zd_cx *cx, const struct mark_styles *s, struct zd_out *out)
{
	struct markup m;
	enum zd_rc rc;

	markup_of_text(&m, s->text);
	while ((rc = markup_next(cx, &m)) == ZD_OK)
		put_token(s, &m, out);
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}
