#ifndef ZD_STANDARD_TEXT_H
#define ZD_STANDARD_TEXT_H

#include "base/zd.h"

/*
 * How people type: full-width letters, blanks inside numbers, brackets of either width. Text is
 * brought to a plain form for comparing; what was sent is never changed in place. Also the hash
 * index that finds by text.
 */

/* The next character; 0xFFFD and one byte on for what is not UTF-8. */
uint32_t text_next(const char **p, const char *end);

/* Byte offset of the first byte that is not UTF-8 or is a control character (tab and line ends may
 * stand), or s.n. */
size_t text_check(struct zd_str s);

/* At most n characters of s. */
struct zd_str text_cut(struct zd_str s, size_t n);

enum text_fold {
	TEXT_NUMBER, /* identifiers, dates, numbers: half-width, upper case, no blanks */
	TEXT_NAME, /* headings and names of codes: the same but lower case; one comma, no quotes, no
		      middle dots */
};
/* Folds s into buf and returns the length, or SIZE_MAX if it does not fit. Never longer than s. */
size_t text_fold(struct zd_str s, enum text_fold how, char *buf, size_t cap);
struct zd_str text_folded(struct zd_arena *arena, struct zd_str s, enum text_fold how);

/* Edit distance over characters, an insertion or deletion costing 1; SIZE_MAX for texts over 64 characters. */
size_t text_distance(struct zd_str a, struct zd_str b, size_t substitution);

static inline bool
text_digits(struct zd_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* Can a blank of zd_str_trim begin, or end, with that byte? */
static inline bool
text_may_begin_blank(unsigned char c)
{
	return c <= ' ' || c == 0xC2 || c == 0xE3 || c == 0xEF;
}

static inline bool
text_may_end_blank(unsigned char c)
{
	return c <= ' ' || c == 0xA0 || c == 0x80 || c == 0xBF;
}

/* zd_str_trim, quick for what needs none. */
static inline struct zd_str
text_trim(struct zd_str s)
{
	if (s.n && !text_may_begin_blank((unsigned char)s.p[0]) &&
	    !text_may_end_blank((unsigned char)s.p[s.n - 1]))
		return s;
	return zd_str_trim(s);
}

/* --- index: text → number ------------------------------------------------------------- */

struct standard_index;
struct standard_index *index_new(struct zd_arena *arena, size_t n); /* for at most n keys */
/* Keys are borrowed. Returns the value that the key has now: the old one if it was there. */
int index_put(struct standard_index *index, struct zd_str key, int value);
int index_find(const struct standard_index *index, struct zd_str key); /* or -1 */

/*
 * 64-bit fingerprints: SipHash-2-4 with the key 00 01 … 0f over each part: a byte of its length + 1
 * (00 for an absent part, FF before 8 bytes of little endian length from 254 on) and its bytes.
 */
struct print {
	uint64_t v[4];
	uint64_t tail;
	uint64_t n;
};
void print_begin(struct print *print);
void print_add(struct print *print, struct zd_str part);
uint64_t print_end(struct print *print); /* never 0 */

#endif
