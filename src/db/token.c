/* Texts as tokens that an index can find: Chinese has no blanks between its words, so pairs of
 * characters serve. */
#include <string.h>

#include "db/list_sql.h"

enum sort_of_char { DIVIDES, LETTER, HAN };

struct character {
	size_t at, n; /* in the plain text */
	enum sort_of_char sort;
};

struct plain {
	char *p; /* full-width forms as ASCII, lower case */
	size_t n;
	struct character *v;
	size_t n_v;
};

static uint32_t
decode(const unsigned char *p, size_t n)
{
	static const unsigned char lead[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	uint32_t c = p[0] & lead[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3F);
	return c;
}

static size_t
length(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static enum sort_of_char
sort_of(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} dividing[] = {
		{ 0x80, 0xBF },     { 0x2000, 0x206F }, { 0x2500, 0x27BF }, { 0x3000, 0x3004 },
		{ 0x3008, 0x3020 }, { 0xFE10, 0xFE6F }, { 0xFF00, 0xFFEF },
	};

	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ? LETTER : DIVIDES;
	for (size_t i = 0; i < ZD_COUNT(dividing); i++)
		if (c >= dividing[i].from && c <= dividing[i].to)
			return DIVIDES;
	return HAN;
}

static uint32_t
fold(uint32_t c)
{
	if (c >= 0xFF01 && c <= 0xFF5E)
		c -= 0xFEE0;
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static struct plain
plain_of(struct zd_arena *arena, struct zd_str text)
{
	struct plain plain = { .p = zd_alloc(arena, text.n + 1),
			       .v = zd_new_array(arena, struct character, text.n + 1) };

	text.n = zd_utf8_check(text);
	for (size_t i = 0; i < text.n;) {
		const unsigned char *at = (const unsigned char *)text.p + i;
		uint32_t c = fold(decode(at, length(*at)));
		i += length(*at);
		struct character *ch = &plain.v[plain.n_v++];
		*ch = (struct character){ .at = plain.n, .sort = sort_of(c) };
		ch->n = zd_utf8_put(plain.p + plain.n, c);
		plain.n += ch->n;
	}
	return plain;
}

static size_t
gram_length(enum sort_of_char sort)
{
	return sort == HAN ? 2 : 3;
}

static size_t
run_length(const struct plain *plain, size_t at)
{
	size_t n = 1;

	while (at + n < plain->n_v && plain->v[at + n].sort == plain->v[at].sort)
		n++;
	return n;
}

static struct zd_str
span(const struct plain *plain, size_t at, size_t n)
{
	const struct character *first = &plain->v[at], *last = &plain->v[at + n - 1];

	return (struct zd_str){ plain->p + first->at, last->at + last->n - first->at };
}

static void
add(struct list_gram *grams, size_t *n, struct list_gram gram)
{
	for (size_t i = 0; i < *n; i++)
		if (zd_str_equal(grams[i].text, gram.text))
			return;
	grams[(*n)++] = gram;
}

/* All of a run's grams; to be found by its last characters alone, a kept text has shorter ones at
 * its end. */
static void
add_run(const struct plain *plain, size_t at, size_t run, bool keep, struct list_gram *grams,
	size_t *n)
{
	size_t size = gram_length(plain->v[at].sort);

	for (size_t i = 0; i < run; i++) {
		size_t left = run - i < size ? run - i : size;
		if (left == size || keep)
			add(grams, n, (struct list_gram){ .text = span(plain, at + i, left) });
	}
	if (!keep && run < size)
		add(grams, n, (struct list_gram){ .text = span(plain, at, run), .prefix = true });
}

static struct list_gram *
grams_of(struct zd_arena *arena, struct zd_str text, bool keep, size_t *ret_n)
{
	struct plain plain = plain_of(arena, text);
	struct list_gram *grams = zd_new_array(arena, struct list_gram, plain.n_v + 1);

	*ret_n = 0;
	for (size_t at = 0, run; at < plain.n_v; at += run) {
		run = run_length(&plain, at);
		if (plain.v[at].sort != DIVIDES)
			add_run(&plain, at, run, keep, grams, ret_n);
	}
	return grams;
}

void
list_grams(struct zd_arena *arena, struct zd_str text, struct list_gram **ret, size_t *ret_n)
{
	*ret = grams_of(arena, text, false, ret_n);
}

void
db_tokens(struct zd_arena *arena, struct zd_str text, struct zd_str **ret, size_t *ret_n)
{
	struct list_gram *grams = grams_of(arena, text, true, ret_n);

	*ret = zd_new_array(arena, struct zd_str, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++)
		(*ret)[i] = grams[i].text;
}

/* One up in the last character that has one above it; bytes of UTF-8 sort as code points do. */
struct zd_str
list_successor(struct zd_arena *arena, struct zd_str s)
{
	while (s.n) {
		size_t at = s.n - 1;
		while (at && ((unsigned char)s.p[at] & 0xC0) == 0x80)
			at--;
		uint32_t c = decode((const unsigned char *)s.p + at, s.n - at) + 1;
		s.n = at;
		if (c > 0x10FFFF)
			continue;
		char *p = zd_alloc(arena, at + 5);
		memcpy(p, s.p, at);
		return (struct zd_str){ p, at + zd_utf8_put(p + at, c == 0xD800 ? 0xE000 : c) };
	}
	return (struct zd_str){ 0 };
}
