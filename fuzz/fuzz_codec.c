/* Keys, prints and sealed fields as texts from outside: what is read is written back as it was. */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_base64(struct zd_arena *arena, struct zd_str text)
{
	struct zd_str bytes;

	if (crypto_unbase64(arena, text, &bytes) &&
	    !zd_str_equal(crypto_base64(arena, bytes), text))
		abort();
}

static void
try_hex(struct zd_arena *arena, struct zd_str text)
{
	unsigned char bytes[32];

	if (text.n == 64 && crypto_unhex(text, bytes, sizeof(bytes)) &&
	    crypto_hex(arena, (struct zd_str){ (char *)bytes, 32 }).n != 64)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char key[32] = { 1 };
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(16 << 20);
	struct zd_cx cx = { .arena = arena };
	struct zd_str text = { (const char *)data, size }, plain;
	struct sm2_key *pem ZD_CLEANUP(sm2_drop) = NULL;

	if (size > 65536)
		return 0;
	try_base64(arena, text);
	try_hex(arena, text);
	if (sm4_open(arena, key, text, &plain))
		abort(); /* nobody forges the seal */
	if (sm2_from_pem(&cx, text, &pem) == ZD_OK && sm2_verify(pem, text, text))
		abort();
	return 0;
}
