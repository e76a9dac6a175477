/* markup: tokens of XML with their bytes. */
#include "table/markup.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP ((size_t)128 << 10)
#define TOKEN_MAX ((size_t)1 << 20)
#define DEPTH_MAX 128

void
markup_of_text(struct markup *m, struct zd_str text)
{
	*m = (struct markup){ .p = text.p, .end = text.n, .eof = true };
}

enum zd_rc
markup_of_member(struct zd_cx *cx, struct markup *m, const struct zip *zip,
		 const struct zip_member *member)
{
	*m = (struct markup){ .cap = FIRST_CAP };
	m->buf = malloc(m->cap);
	m->p = m->buf;
	if (!m->buf)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	return zip_stream_open(cx, zip, member, &m->stream);
}

void
markup_drop(struct markup *m)
{
	free(m->buf);
	zip_stream_drop(&m->stream);
	*m = (struct markup){ 0 };
}

static enum zd_rc
fail_markup(struct zd_cx *cx, const char *why)
{
	return zd_fail(cx, ZD_INVALID, NULL,
		       "不能在这个工作簿上标注（XML %s），请用 Excel 或 WPS 重新保存后再传", why);
}

/* More into sight behind end, or eof. */
static enum zd_rc
more(struct zd_cx *cx, struct markup *m)
{
	size_t got = 0;

	if (m->start) {
		memmove(m->buf, m->buf + m->start, m->end - m->start);
		m->end -= m->start;
		m->start = 0;
	}
	if (m->end == m->cap) {
		if (m->cap >= TOKEN_MAX)
			return fail_markup(cx, "有过长的标记");
		size_t cap = m->cap < FIRST_CAP ? FIRST_CAP : m->cap * 2;
		char *p = realloc(m->buf, cap);
		if (!p)
			return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
		m->buf = p;
		m->p = p;
		m->cap = cap;
	}
	ZD_TRY(zip_stream_read(cx, m->stream, m->buf + m->end, m->cap - m->end, &got));
	m->end += got;
	m->eof = got == 0;
	return ZD_OK;
}

/* --- one token ----------------------------------------------------------------------------- */

static const char *
first_quote(const char *p, size_t n)
{
	const char *one = memchr(p, '\'', n);
	const char *two = memchr(p, '"', one ? (size_t)(one - p) : n);

	return two ? two : one;
}

/* The end of a tag: the first '>' outside quotes. NULL: not in sight. */
static const char *
tag_end(const char *p, const char *end)
{
	while (p && p < end) {
		const char *close = memchr(p, '>', (size_t)(end - p));
		const char *quote = first_quote(p, (size_t)((close ? close : end) - p));
		if (!quote)
			return close ? close + 1 : NULL;
		p = memchr(quote + 1, *quote, (size_t)(end - quote) - 1);
		p = p ? p + 1 : NULL;
	}
	return NULL;
}

static const struct other {
	struct zd_str begin, end;
} others[] = {
	{ ZD_LIT("<!--"), ZD_LIT("-->") },
	{ ZD_LIT("<![CDATA["), ZD_LIT("]]>") },
	{ ZD_LIT("<?"), ZD_LIT("?>") },
};

/* The length of the token at the start of s, 0 if its end is not in sight. */
static size_t
token_length(struct zd_str s, bool *ret_other)
{
	*ret_other = false;
	if (s.p[0] != '<') {
		const char *lt = memchr(s.p, '<', s.n);
		return lt ? (size_t)(lt - s.p) : s.n;
	}
	for (size_t i = 0; i < ZD_COUNT(others); i++)
		if (zd_str_starts(s, others[i].begin)) {
			size_t skip = others[i].begin.n;
			const char *end =
				memmem(s.p + skip, s.n - skip, others[i].end.p, others[i].end.n);
			*ret_other = true;
			return end ? (size_t)(end - s.p) + others[i].end.n : 0;
		}
	const char *end = tag_end(s.p, s.p + s.n);
	return end ? (size_t)(end - s.p) : 0;
}

static bool
ends_name(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '/' || c == '>';
}

static void
take_name(struct markup *m)
{
	const char *p = m->raw.p + (m->type == MARKUP_CLOSE ? 2 : 1);
	const char *end = m->raw.p + m->raw.n, *from = p;

	while (p < end && !ends_name(*p))
		p++;
	const char *colon = memchr(from, ':', (size_t)(p - from));
	const char *local = colon ? colon + 1 : from;
	m->prefix = (struct zd_str){ from, (size_t)(local - from) };
	m->name = (struct zd_str){ local, (size_t)(p - local) };
}

static enum zd_rc
take_tag(struct zd_cx *cx, struct markup *m)
{
	struct zd_str raw = m->raw;

	if (raw.n < 3 || raw.p[1] == '!')
		return fail_markup(cx,
				   raw.n > 1 && raw.p[1] == '!' ? "含有 DOCTYPE 声明" : "标记不对");
	if (raw.p[1] == '/')
		m->type = MARKUP_CLOSE;
	else
		m->type = raw.p[raw.n - 2] == '/' ? MARKUP_EMPTY : MARKUP_OPEN;
	take_name(m);
	m->level += m->type == MARKUP_OPEN;
	m->depth = m->level + (m->type == MARKUP_EMPTY);
	m->level -= m->type == MARKUP_CLOSE;
	if (m->level < 0 || m->depth > DEPTH_MAX)
		return fail_markup(cx, m->level < 0 ? "标记不成对" : "嵌套过深");
	return ZD_OK;
}

static enum zd_rc
find_token(struct zd_cx *cx, struct markup *m, bool *ret_other)
{
	for (;;) {
		struct zd_str s = { m->p + m->start, m->end - m->start };
		size_t n = s.n ? token_length(s, ret_other) : 0;
		if (n) {
			m->raw = (struct zd_str){ s.p, n };
			m->start += n;
			return ZD_OK;
		}
		if (m->eof && s.n == 0)
			return ZD_NOT_FOUND;
		if (m->eof)
			return fail_markup(cx, "不完整");
		ZD_TRY(more(cx, m));
	}
}

enum zd_rc
markup_next(struct zd_cx *cx, struct markup *m)
{
	bool other = false;

	ZD_TRY(find_token(cx, m, &other));
	m->prefix = m->name = (struct zd_str){ 0 };
	m->depth = m->level;
	m->type = other ? MARKUP_OTHER : MARKUP_TEXT;
	if (other || !zd_str_starts(m->raw, ZD_STR("<")))
		return ZD_OK;
	return take_tag(cx, m);
}

bool
markup_starts(const struct markup *m, int depth, const char *name)
{
	return (m->type == MARKUP_OPEN || m->type == MARKUP_EMPTY) && m->depth == depth &&
	       zd_str_equal(m->name, zd_str_of(name));
}

bool
markup_closes(const struct markup *m, int depth, const char *name)
{
	return m->type == MARKUP_CLOSE && m->depth == depth &&
	       zd_str_equal(m->name, zd_str_of(name));
}

/* --- attributes ---------------------------------------------------------------------------- */

struct attribute {
	struct zd_str whole, name, value; /* whole: with the blanks before it */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The attribute at *at of a tag; moves behind it. */
static bool
next_attribute(struct zd_str tag, size_t *at, struct attribute *ret)
{
	size_t i = *at, from = *at;

	while (i < tag.n && is_blank(tag.p[i]))
		i++;
	ret->name.p = tag.p + i;
	while (i < tag.n && tag.p[i] != '=' && !ends_name(tag.p[i]))
		i++;
	ret->name.n = (size_t)(tag.p + i - ret->name.p);
	while (i < tag.n && (is_blank(tag.p[i]) || tag.p[i] == '='))
		i++;
	if (!ret->name.n || i >= tag.n || (tag.p[i] != '"' && tag.p[i] != '\''))
		return false;
	const char *close = memchr(tag.p + i + 1, tag.p[i], tag.n - i - 1);
	if (!close)
		return false;
	ret->value = (struct zd_str){ tag.p + i + 1, (size_t)(close - tag.p) - i - 1 };
	*at = (size_t)(close - tag.p) + 1;
	ret->whole = (struct zd_str){ tag.p + from, *at - from };
	return true;
}

static size_t
behind_name(struct zd_str tag)
{
	size_t i = 1;

	while (i < tag.n && !ends_name(tag.p[i]))
		i++;
	return i;
}

static bool
find_attribute(struct zd_str tag, const char *name, bool any, struct attribute *ret)
{
	struct zd_str want = zd_str_of(name);

	for (size_t at = behind_name(tag); next_attribute(tag, &at, ret);) {
		struct zd_str got = ret->name;
		const char *colon = any ? memchr(got.p, ':', got.n) : NULL;
		if (colon)
			got = (struct zd_str){ colon + 1, got.n - (size_t)(colon + 1 - got.p) };
		if (zd_str_equal(got, want))
			return true;
	}
	return false;
}

bool
markup_attribute(struct zd_str tag, const char *name, struct zd_str *ret)
{
	struct attribute a;

	if (!find_attribute(tag, name, false, &a))
		return false;
	*ret = a.value;
	return true;
}

bool
markup_attribute_any(struct zd_str tag, const char *name, struct zd_str *ret)
{
	struct attribute a;

	if (!find_attribute(tag, name, true, &a))
		return false;
	*ret = a.value;
	return true;
}

static void
put_attribute(struct zd_out *out, const char *name, struct zd_str value)
{
	zd_out_printf(out, " %s=\"", name);
	zd_out_write(out, value);
	zd_out_write(out, ZD_STR("\""));
}

void
markup_put_tag(struct zd_out *out, struct zd_str tag, const char *name, struct zd_str value)
{
	struct attribute a;
	size_t before = behind_name(tag), after = before;

	if (find_attribute(tag, name, false, &a)) {
		before = (size_t)(a.whole.p - tag.p);
		after = before + a.whole.n;
	}
	zd_out_write(out, (struct zd_str){ tag.p, before });
	if (value.p)
		put_attribute(out, name, value);
	zd_out_write(out, (struct zd_str){ tag.p + after, tag.n - after });
}

void
markup_put_opened(struct zd_out *out, struct zd_str tag)
{
	bool empty = tag.n > 2 && tag.p[tag.n - 2] == '/';

	zd_out_write(out, (struct zd_str){ tag.p, empty ? tag.n - 2 : tag.n });
	if (empty)
		zd_out_write(out, ZD_STR(">"));
}

/* --- text ---------------------------------------------------------------------------------- */

static const struct entity {
	struct zd_str name;
	char c;
} entities[] = {
	{ ZD_LIT("&lt;"), '<' },   { ZD_LIT("&gt;"), '>' },    { ZD_LIT("&amp;"), '&' },
	{ ZD_LIT("&quot;"), '"' }, { ZD_LIT("&apos;"), '\'' },
};

/* &#123; or &#x7B; at s: its character, and how long it is; 0 if it is none. */
static size_t
character_reference(struct zd_str s, uint32_t *ret)
{
	char digits[12];
	const char *end = memchr(s.p, ';', s.n < 12 ? s.n : 12);

	if (s.n < 4 || s.p[1] != '#' || !end)
		return 0;
	bool hex = s.p[2] == 'x';
	size_t from = hex ? 3 : 2, n = (size_t)(end - s.p) - from;
	memcpy(digits, s.p + from, n);
	digits[n] = 0;
	char *stop;
	unsigned long v = strtoul(digits, &stop, hex ? 16 : 10);
	if (!n || *stop || v == 0 || v > 0x10FFFF || (v >= 0xD800 && v < 0xE000))
		return 0;
	*ret = (uint32_t)v;
	return (size_t)(end - s.p) + 1;
}

/* One entity at s: writes its character to *to and returns its length; 0 if it is none. */
static size_t
take_entity(struct zd_str s, char **to)
{
	uint32_t c;
	size_t n = character_reference(s, &c);

	if (n) {
		*to += zd_utf8_put(*to, c);
		return n;
	}
	for (size_t i = 0; i < ZD_COUNT(entities); i++)
		if (zd_str_starts(s, entities[i].name)) {
			*(*to)++ = entities[i].c;
			return entities[i].name.n;
		}
	return 0;
}

struct zd_str
markup_decode(struct zd_arena *arena, struct zd_str text)
{
	char *p = zd_alloc(arena, text.n + 1), *to = p;

	for (size_t i = 0; i < text.n;) {
		struct zd_str rest = { text.p + i, text.n - i };
		size_t n = *rest.p == '&' ? take_entity(rest, &to) : 0;
		if (!n)
			*to++ = *rest.p;
		i += n ? n : 1;
	}
	return (struct zd_str){ p, (size_t)(to - p) };
}

void
markup_put_text(struct zd_out *out, struct zd_str text)
{
	size_t done = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c >= 0x20 || c == '\t' || c == '\n')
			continue;
		zd_out_html(out, (struct zd_str){ text.p + done, i - done });
		done = i + 1;
	}
	zd_out_html(out, (struct zd_str){ text.p + done, text.n - done });
}
