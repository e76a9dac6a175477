/* Bytes as text (hex, base64 of RFC 4648) and bytes by chance. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "crypto/crypto.h"

struct zd_str
crypto_hex(struct zd_arena *arena, struct zd_str bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *p = zd_alloc(arena, 2 * bytes.n + 1);

	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char b = (unsigned char)bytes.p[i];
		p[2 * i] = digits[b >> 4];
		p[2 * i + 1] = digits[b & 15];
	}
	return (struct zd_str){ p, 2 * bytes.n };
}

bool
crypto_unhex(struct zd_str hex, unsigned char *ret, size_t n)
{
	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < hex.n; i++)
		if (zd_hex_value(hex.p[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		ret[i] = (unsigned char)((unsigned)zd_hex_value(hex.p[2 * i]) << 4 |
					 (unsigned)zd_hex_value(hex.p[2 * i + 1]));
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

struct zd_str
crypto_base64(struct zd_arena *arena, struct zd_str bytes)
{
	size_t n = (bytes.n + 2) / 3 * 4;
	char *p = zd_alloc(arena, n + 1), *to = p;

	for (size_t i = 0; i < bytes.n; i += 3) {
		uint32_t v = 0;
		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (i + k < bytes.n ? (unsigned char)bytes.p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			*to++ = base64_digits[i + k > bytes.n ? 64 : v >> (18 - 6 * k) & 63];
	}
	return (struct zd_str){ p, n };
}

static int
base64_value(char c)
{
	const char *at = memchr(base64_digits, c, 64);

	return at ? (int)(at - base64_digits) : -1;
}

/* Four digits, the last `pad` of them absent; false on anything else. */
static bool
read_four(const char *digits, size_t pad, uint32_t *ret)
{
	uint32_t v = 0;

	for (size_t k = 0; k < 4; k++) {
		int digit = k >= 4 - pad ? 0 : base64_value(digits[k]);
		if (digit < 0)
			return false;
		v = v << 6 | (uint32_t)digit;
	}
	*ret = v;
	return true;
}

/* Canonical only: padded, no blanks, no stray bits. */
bool
crypto_unbase64(struct zd_arena *arena, struct zd_str text, struct zd_str *ret)
{
	size_t pad = 0;

	if (text.n % 4)
		return false;
	while (pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	size_t n = text.n / 4 * 3 - pad, at = 0;
	unsigned char *p = zd_try_alloc(arena, n + 1);
	if (!p)
		return false;
	for (size_t i = 0; i < text.n; i += 4) {
		uint32_t v;
		if (!read_four(text.p + i, i + 4 == text.n ? pad : 0, &v))
			return false;
		for (size_t k = 0; k < 3; k++, v <<= 8) {
			if (at < n)
				p[at++] = (unsigned char)(v >> 16);
			else if (v >> 16 & 255)
				return false;
		}
	}
	*ret = (struct zd_str){ (char *)p, n };
	return true;
}

void
crypto_random(void *ret, size_t n)
{
	unsigned char *p = ret;

	while (n) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno != EINTR)
			abort();
		if (got > 0) {
			p += got;
			n -= (size_t)got;
		}
	}
}

struct zd_str
crypto_random_code(struct zd_arena *arena, size_t n)
{
	static const char alphabet[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"; /* no 0 O 1 I L */
	const size_t base = sizeof(alphabet) - 1, fair = 256 / base * base;
	char *p = zd_alloc(arena, n + 1);

	for (size_t i = 0; i < n;) {
		unsigned char b;
		crypto_random(&b, 1);
		if (b < fair)
			p[i++] = alphabet[b % base];
	}
	return (struct zd_str){ p, n };
}
