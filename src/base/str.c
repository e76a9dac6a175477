/* Text slices, UTF-8 and numbers in text. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zd.h"

bool
zd_str_equal(struct zd_str a, struct zd_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int
zd_str_compare(struct zd_str a, struct zd_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	if (c)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool
zd_str_starts(struct zd_str s, struct zd_str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

struct zd_str
zd_str_of(const char *z)
{
	return z ? (struct zd_str){ z, strlen(z) } : (struct zd_str){ 0 };
}

static const struct zd_str blanks[] = {
	ZD_LIT(" "),        ZD_LIT("\t"),           ZD_LIT("\r"),           ZD_LIT("\n"),
	ZD_LIT("\xC2\xA0"), ZD_LIT("\xE3\x80\x80"), ZD_LIT("\xEF\xBB\xBF"),
};

static size_t
blank_at_start(struct zd_str s)
{
	for (size_t i = 0; i < ZD_COUNT(blanks); i++)
		if (zd_str_starts(s, blanks[i]))
			return blanks[i].n;
	return 0;
}

static size_t
blank_at_end(struct zd_str s)
{
	for (size_t i = 0; i < ZD_COUNT(blanks); i++)
		if (s.n >= blanks[i].n &&
		    memcmp(s.p + s.n - blanks[i].n, blanks[i].p, blanks[i].n) == 0)
			return blanks[i].n;
	return 0;
}

struct zd_str
zd_str_trim(struct zd_str s)
{
	size_t n;

	while ((n = blank_at_start(s))) {
		s.p += n;
		s.n -= n;
	}
	while ((n = blank_at_end(s)))
		s.n -= n;
	return s;
}

struct zd_str
zd_str_copy(struct zd_arena *arena, struct zd_str s)
{
	if (!s.p)
		return s;
	char *p = zd_alloc(arena, s.n + 1);
	memcpy(p, s.p, s.n);
	return (struct zd_str){ p, s.n };
}

struct zd_str
zd_str_printf(struct zd_arena *arena, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	char small[256];
	int n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	char *p = zd_alloc(arena, (size_t)n + 1);
	if ((size_t)n < sizeof(small))
		memcpy(p, small, (size_t)n);
	else
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct zd_str){ p, (size_t)n };
}

struct zd_str
zd_str_join(struct zd_arena *arena, const struct zd_str *parts, size_t n, struct zd_str between)
{
	size_t total = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		total += parts[i].n + (i ? between.n : 0);
	char *p = zd_alloc(arena, total + 1);
	for (size_t i = 0; i < n; i++) {
		if (i && between.n)
			memcpy(p + at, between.p, between.n);
		at += i ? between.n : 0;
		if (parts[i].n)
			memcpy(p + at, parts[i].p, parts[i].n);
		at += parts[i].n;
	}
	return (struct zd_str){ p, total };
}

bool
zd_int_parse(struct zd_str s, int64_t *ret)
{
	bool minus = s.n && s.p[0] == '-';
	uint64_t v = 0, most = minus ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

	if (s.n == (minus ? 1U : 0U))
		return false;
	for (size_t i = minus; i < s.n; i++) {
		unsigned d = (unsigned)(unsigned char)s.p[i] - '0';
		if (d > 9 || v > (most - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*ret = (int64_t)(minus ? 0 - v : v);
	return true;
}

/* Bytes of the character at p (of n left), or 0 if it is not valid UTF-8. */
static size_t
utf8_step(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
	if (p[0] < 0xC2 || p[0] > 0xF4 || n < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return len;
}

size_t
zd_utf8_check(struct zd_str s)
{
	size_t i = 0;

	while (i < s.n) {
		uint64_t eight;
		if (s.n - i >= sizeof(eight)) {
			memcpy(&eight, s.p + i, sizeof(eight));
			if (!(eight & 0x8080808080808080U)) {
				i += sizeof(eight);
				continue;
			}
		}
		size_t len = utf8_step((const unsigned char *)s.p + i, s.n - i);
		if (!len)
			break;
		i += len;
	}
	return i;
}

size_t
zd_utf8_length(struct zd_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

size_t
zd_utf8_put(char *to, uint32_t c)
{
	static const unsigned char lead[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3F));
	to[0] = (char)(lead[n] | c);
	return n;
}

int
zd_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	int low = c | 0x20;
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}
