/* Plain forms of typed text, distances, and the index that finds by text. Knows no standards. */
#include "standard/text.h"

#include <string.h>

#include "standard/standard.h"

#define NOT_UTF8 0xFFFDU

/* Of the character that begins so; 0: none does. */
static size_t
character_bytes(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xF0)
		return 4;
	if (first >= 0xE0)
		return 3;
	return first >= 0xC2 ? 2 : 0;
}

uint32_t
text_next(const char **p, const char *end)
{
	const unsigned char *s = (const unsigned char *)*p;
	size_t left = (size_t)(end - *p);
	size_t n = character_bytes(s[0]);
	uint32_t c;

	*p += 1;
	if (n == 1)
		return s[0];
	if (n == 0 || n > left)
		return NOT_UTF8;
	c = s[0] & (0xFFU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return NOT_UTF8;
		c = c << 6 | (s[i] & 0x3FU);
	}
	*p += n - 1;
	return c;
}

static bool
is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* No byte of eight is below 20, 7F or above: the usual subtraction test, where borrows only ever
 * make it more careful. */
static bool
eight_plain(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return !((v | (v - EACH(0x20)) | (v + EACH(0x01))) & EACH(0x80));
}

/* Behind the ASCII run at i, or at its first control character. */
static size_t
ascii_end(struct zd_str s, size_t i)
{
	while (s.n - i >= 8 && eight_plain(s.p + i))
		i += 8;
	while (i < s.n && (unsigned char)s.p[i] < 0x80 && !is_control((unsigned char)s.p[i]))
		i++;
	return i;
}

/* Behind the run of common Chinese characters (E3..EC: three bytes, no exceptions) at i. */
static size_t
common_end(struct zd_str s, size_t i)
{
	while (s.n - i >= 3) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		if (p[0] < 0xE3 || p[0] > 0xEC || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
			break;
		i += 3;
	}
	return i;
}

size_t
text_check(struct zd_str s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t from = i;
		i = common_end(s, ascii_end(s, i));
		if (i > from)
			continue;
		/* Anything rarer: one character by the strict check. */
		struct zd_str one = { s.p + i, s.n - i < 4 ? s.n - i : 4 };
		size_t good = zd_utf8_check(one);
		if (!good || is_control((unsigned char)s.p[i]))
			return i;
		const char *p = s.p + i;
		(void)text_next(&p, s.p + i + good);
		i = (size_t)(p - s.p);
	}
	return s.n;
}

struct zd_str
text_cut(struct zd_str s, size_t n)
{
	const char *p = s.p, *end = s.p + s.n;

	if (s.n <= n)
		return s;
	while (n-- && p < end)
		(void)text_next(&p, end);
	return (struct zd_str){ s.p, (size_t)(p - s.p) };
}

/* --- folding -------------------------------------------------------------------------- */

#define DROP 0U

struct fold_pair {
	uint32_t from, to;
};

static const struct fold_pair any_pairs[] = {
	{ ' ', DROP },    { '\t', DROP },   { '\r', DROP },   { '\n', DROP },
	{ 0x00A0, DROP }, { 0x200B, DROP }, { 0x200C, DROP }, { 0x200D, DROP },
	{ 0x2010, '-' },  { 0x2011, '-' },  { 0x2012, '-' },  { 0x2013, '-' },
	{ 0x2014, '-' },  { 0x2212, '-' },  { 0x3000, DROP }, { 0xFEFF, DROP },
};

static const struct fold_pair name_pairs[] = {
	{ '"', DROP },    { '\'', DROP },   { 0x00B7, DROP }, { 0x2018, DROP }, { 0x2019, DROP },
	{ 0x201C, DROP }, { 0x201D, DROP }, { 0x2022, DROP }, { 0x3001, ',' },  { 0x3002, '.' },
	{ 0x300C, DROP }, { 0x300D, DROP }, { 0x3010, '(' },  { 0x3011, ')' },  { 0x3014, '(' },
	{ 0x3015, ')' },  { 0x30FB, DROP },
};

static uint32_t
fold_pair(const struct fold_pair *pairs, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (pairs[i].from == c)
			return pairs[i].to;
	return c;
}

static uint32_t
fold_char(uint32_t c, enum text_fold how)
{
	if (c >= 0xFF01 && c <= 0xFF5E)
		c -= 0xFEE0;
	if (c >= '0' && c <= '9')
		return c;
	if (how == TEXT_NUMBER && c >= 'a' && c <= 'z')
		return c - 'a' + 'A';
	if (how == TEXT_NAME && c >= 'A' && c <= 'Z')
		return c - 'A' + 'a';
	if ((c >= '@' && c <= 'z') || (c >= 0x4E00 && c <= 0x9FFF))
		return c;
	c = fold_pair(any_pairs, ZD_COUNT(any_pairs), c);
	return how == TEXT_NAME ? fold_pair(name_pairs, ZD_COUNT(name_pairs), c) : c;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static char
fold_alnum(char c, enum text_fold how)
{
	if (c <= '9')
		return c;
	return (char)(how == TEXT_NUMBER ? c & ~0x20 : c | 0x20);
}

size_t
text_fold(struct zd_str s, enum text_fold how, char *buf, size_t cap)
{
	const char *p = s.p, *end = s.p + s.n;
	size_t n = 0;

	while (p < end) {
		const char *from = p;
		if (is_alnum(*p) && n < cap) {
			buf[n++] = fold_alnum(*p++, how);
			continue;
		}
		uint32_t c = text_next(&p, end), to = fold_char(c, how);
		size_t len = to == c ? (size_t)(p - from) : 1;
		if (to == DROP && c != DROP)
			continue;
		if (cap - n < len)
			return SIZE_MAX;
		if (to == c)
			memcpy(buf + n, from, len);
		else
			buf[n] = (char)to;
		n += len;
	}
	return n;
}

struct zd_str
text_folded(struct zd_arena *arena, struct zd_str s, enum text_fold how)
{
	char *p = zd_alloc(arena, s.n + 1);

	return (struct zd_str){ p, text_fold(s, how, p, s.n) };
}

/* --- distance ------------------------------------------------------------------------- */

#define DISTANCE_MAX 64

static size_t
characters(struct zd_str s, uint32_t *ret)
{
	const char *p = s.p, *end = s.p + s.n;
	size_t n = 0;

	while (p < end) {
		uint32_t c = text_next(&p, end);
		if (n == DISTANCE_MAX)
			return SIZE_MAX;
		ret[n++] = c;
	}
	return n;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t
text_distance(struct zd_str a, struct zd_str b, size_t substitution)
{
	uint32_t x[DISTANCE_MAX], y[DISTANCE_MAX];
	size_t row[DISTANCE_MAX + 1], nx = characters(a, x), ny = characters(b, y);

	if (nx == SIZE_MAX || ny == SIZE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= ny; j++)
		row[j] = j;
	for (size_t i = 1; i <= nx; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= ny; j++) {
			size_t above = row[j];
			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (x[i - 1] != y[j - 1] ? substitution : 0));
			diagonal = above;
		}
	}
	return row[ny];
}

/* --- index ---------------------------------------------------------------------------- */

struct standard_index {
	struct index_slot {
		struct zd_str key; /* p == NULL: free */
		uint32_t hash;
		int value;
	} * slots;
	size_t mask;
};

static uint32_t
hash_of(struct zd_str s)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619U;
	return h ^ h >> 15;
}

struct standard_index *
index_new(struct zd_arena *arena, size_t n)
{
	struct standard_index *index = zd_new(arena, struct standard_index);
	size_t slots = 4;

	while (slots < n * 2)
		slots *= 2;
	index->slots = zd_new_array(arena, struct index_slot, slots);
	index->mask = slots - 1;
	return index;
}

static struct index_slot *
index_slot(const struct standard_index *index, struct zd_str key, uint32_t hash)
{
	for (size_t i = hash & index->mask;; i = (i + 1) & index->mask) {
		struct index_slot *slot = &index->slots[i];
		if (!slot->key.p || (slot->hash == hash && zd_str_equal(slot->key, key)))
			return slot;
	}
}

int
index_put(struct standard_index *index, struct zd_str key, int value)
{
	uint32_t hash = hash_of(key);
	struct index_slot *slot = index_slot(index, key, hash);

	if (!slot->key.p)
		*slot = (struct index_slot){ { key.p ? key.p : "", key.n }, hash, value };
	return slot->value;
}

int
index_find(const struct standard_index *index, struct zd_str key)
{
	const struct index_slot *slot = index_slot(index, key, hash_of(key));

	return slot->key.p ? slot->value : -1;
}

/* --- prints: SipHash-2-4 -------------------------------------------------------------- */

static inline uint64_t
rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static inline void
sip_word(struct print *print, uint64_t word)
{
	print->v[3] ^= word;
	sip_round(print->v);
	sip_round(print->v);
	print->v[0] ^= word;
}

void
print_begin(struct print *print)
{
	const uint64_t k0 = UINT64_C(0x0706050403020100), k1 = UINT64_C(0x0F0E0D0C0B0A0908);

	*print = (struct print){
		.v = { k0 ^ UINT64_C(0x736F6D6570736575), k1 ^ UINT64_C(0x646F72616E646F6D),
		       k0 ^ UINT64_C(0x6C7967656E657261), k1 ^ UINT64_C(0x7465646279746573) }
	};
}

static inline uint64_t
little8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* Up to 7 bytes. */
static inline uint64_t
little(const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	uint32_t low, high;

	if (n == 0)
		return 0;
	if (n < 4)
		return s[0] | (uint64_t)s[n / 2] << (n / 2 * 8) |
		       (uint64_t)s[n - 1] << ((n - 1) * 8);
	memcpy(&low, p, 4); /* two halves that may overlap */
	memcpy(&high, p + n - 4, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	low = __builtin_bswap32(low);
	high = __builtin_bswap32(high);
#endif
	return low | (uint64_t)high << ((n - 4) * 8);
}

/* Up to 7 bytes behind what is there. */
static inline void
add_few(struct print *now, uint64_t bytes, size_t n)
{
	unsigned used = (unsigned)(now->n & 7) * 8;

	now->n += n;
	now->tail |= bytes << used;
	if (used + n * 8 < 64)
		return;
	sip_word(now, now->tail);
	now->tail = used ? bytes >> (64 - used) : 0;
}

static inline void
add_word(struct print *now, uint64_t word)
{
	unsigned used = (unsigned)(now->n & 7) * 8;

	now->n += 8;
	sip_word(now, now->tail | word << used);
	now->tail = used ? word >> (64 - used) : 0;
}

void
print_add(struct print *print, struct zd_str part)
{
	struct print now = *print;
	size_t n = part.p ? part.n : 0;
	const char *p = part.p;

	add_few(&now, !p ? 0 : n < 254 ? n + 1 : 0xFF, 1);
	if (p && n >= 254)
		add_word(&now, n);
	for (; n >= 8; p += 8, n -= 8)
		add_word(&now, little8(p));
	if (n)
		add_few(&now, little(p, n), n);
	*print = now;
}

uint64_t
print_end(struct print *print)
{
	sip_word(print, print->tail | (print->n & 0xFF) << 56);
	print->v[2] ^= 0xFF;
	for (int i = 0; i < 4; i++)
		sip_round(print->v);
	uint64_t h = print->v[0] ^ print->v[1] ^ print->v[2] ^ print->v[3];
	return h ? h : 1;
}

uint64_t
standard_print(const struct zd_str *parts, size_t n)
{
	struct print print;

	print_begin(&print);
	for (size_t i = 0; i < n; i++)
		print_add(&print, parts[i]);
	return print_end(&print);
}
