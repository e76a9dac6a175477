/* The second factor: TOTP of RFC 6238 by liboath (SHA-1, 30 s, 6 digits: what every authenticator
 * app knows). */
#include <liboath/oath.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "trust/trust_private.h"

enum { DIGITS = 6, STEP_S = 30 };

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void
start(void)
{
	if (oath_init() != OATH_OK)
		abort();
}

static struct zd_str
code_of_step(struct zd_arena *arena, struct zd_str secret, int64_t step)
{
	char code[DIGITS + 1];

	pthread_once(&started, start);
	if (oath_hotp_generate(secret.p, secret.n, (uint64_t)step, DIGITS, false,
			       OATH_HOTP_DYNAMIC_TRUNCATION, code) != OATH_OK)
		return ZD_STR("");
	return zd_str_copy(arena, zd_str_of(code));
}

struct zd_str
trust_totp_code(struct zd_arena *arena, struct zd_str secret20, int64_t now)
{
	return code_of_step(arena, secret20, now / 1000 / STEP_S);
}

int64_t
trust_totp_step(struct zd_arena *arena, struct zd_str secret, struct zd_str code, int64_t now)
{
	int64_t at = now / 1000 / STEP_S, found = 0;

	for (int64_t step = at - 1; step <= at + 1; step++)
		if (crypto_equal(code_of_step(arena, secret, step), code) && code.n == DIGITS)
			found = step;
	return found;
}

struct zd_str
trust_base32(struct zd_arena *arena, struct zd_str bytes)
{
	char *text = NULL;
	size_t n = 0;

	if (oath_base32_encode(bytes.p, bytes.n, &text, &n) != OATH_OK)
		abort();
	struct zd_str copy = zd_str_copy(arena, (struct zd_str){ text, n });
	free(text);
	return copy;
}
