/* Sealing with SM4-CTR (GB/T 32907-2016) and then HMAC-SM3. Keys: 16 bytes for the cipher, 16 for
 * the mac. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

#define IV_LEN 16
#define KEY_LEN 16

/* CTR: the same for both ways. */
static void
cipher(const unsigned char *key, const unsigned char *iv, struct zd_str in, char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	if (!ctx || EVP_EncryptInit_ex(ctx, EVP_sm4_ctr(), NULL, key, iv) != 1)
		abort();
	for (size_t at = 0; at < in.n;) {
		int part = in.n - at > 1 << 20 ? 1 << 20 : (int)(in.n - at);
		if (EVP_EncryptUpdate(ctx, (unsigned char *)out + at, &n,
				      (const unsigned char *)in.p + at, part) != 1 ||
		    n != part)
			abort();
		at += (size_t)part;
	}
	EVP_CIPHER_CTX_free(ctx);
}

static void
mac_of(const unsigned char key[32], struct zd_str text, struct sm3 *ret)
{
	hmac_sm3((struct zd_str){ (const char *)key + KEY_LEN, KEY_LEN }, text, ret);
}

struct zd_str
sm4_seal(struct zd_arena *arena, const unsigned char key[32], struct zd_str plain)
{
	size_t n = IV_LEN + plain.n + SM3_LEN;
	char *p = zd_alloc(arena, n);
	struct sm3 mac;

	crypto_random(p, IV_LEN);
	cipher(key, (unsigned char *)p, plain, p + IV_LEN);
	mac_of(key, (struct zd_str){ p, IV_LEN + plain.n }, &mac);
	memcpy(p + IV_LEN + plain.n, mac.b, SM3_LEN);
	return (struct zd_str){ p, n };
}

bool
sm4_open(struct zd_arena *arena, const unsigned char key[32], struct zd_str sealed,
	 struct zd_str *ret)
{
	struct sm3 mac, sent;

	if (sealed.n < IV_LEN + SM3_LEN)
		return false;
	size_t n = sealed.n - IV_LEN - SM3_LEN;
	mac_of(key, (struct zd_str){ sealed.p, IV_LEN + n }, &mac);
	memcpy(sent.b, sealed.p + IV_LEN + n, SM3_LEN);
	if (!sm3_equal(&mac, &sent))
		return false;
	char *p = zd_try_alloc(arena, n + 1);
	if (!p)
		return false;
	cipher(key, (const unsigned char *)sealed.p, (struct zd_str){ sealed.p + IV_LEN, n }, p);
	*ret = (struct zd_str){ p, n };
	return true;
}
