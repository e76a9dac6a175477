/* SM3 (GB/T 32905-2016) and HMAC over it, by OpenSSL. A digest cannot fail but for want of memory:
 * then we abort. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sm3_md; /* fetched once: a fetch by name costs more than a short hash */

static void
fetch(void)
{
	sm3_md = EVP_MD_fetch(NULL, "SM3", NULL);
	if (!sm3_md)
		abort();
}

static const EVP_MD *
md(void)
{
	pthread_once(&fetched, fetch);
	return sm3_md;
}

static void
must(int ok)
{
	if (ok != 1)
		abort();
}

struct sm3_state *
sm3_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx)
		abort();
	must(EVP_DigestInit_ex(ctx, md(), NULL));
	return (struct sm3_state *)ctx;
}

void
sm3_reset(struct sm3_state *st)
{
	must(EVP_DigestInit_ex((EVP_MD_CTX *)st, md(), NULL));
}

void
sm3_add(struct sm3_state *st, struct zd_str data)
{
	must(EVP_DigestUpdate((EVP_MD_CTX *)st, data.p, data.n));
}

void
sm3_end(struct sm3_state *st, struct sm3 *ret)
{
	must(EVP_DigestFinal_ex((EVP_MD_CTX *)st, ret->b, NULL));
	sm3_reset(st);
}

void
sm3_drop(struct sm3_state **st)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)*st);
	*st = NULL;
}

/* A digest context of each thread's own; it lives as long as the thread. */
static pthread_once_t keyed = PTHREAD_ONCE_INIT;
static pthread_key_t key_of_thread;

static void
free_of_thread(void *p)
{
	EVP_MD_CTX_free(p);
}

static void
make_key(void)
{
	must(pthread_key_create(&key_of_thread, free_of_thread) == 0);
}

static struct sm3_state *
of_thread(void)
{
	pthread_once(&keyed, make_key);
	struct sm3_state *st = pthread_getspecific(key_of_thread);
	if (!st) {
		st = sm3_new();
		must(pthread_setspecific(key_of_thread, st) == 0);
	}
	return st;
}

void
sm3_of_parts(const struct zd_str *parts, size_t n, struct sm3 *ret)
{
	struct sm3_state *st = of_thread();

	for (size_t i = 0; i < n; i++)
		sm3_add(st, parts[i]);
	sm3_end(st, ret);
}

void
sm3_of(struct zd_str data, struct sm3 *ret)
{
	sm3_of_parts(&data, 1, ret);
}

void
sm3_of_many(const struct zd_str *messages, size_t n, struct sm3 *ret)
{
	for (size_t i = 0; i < n; i++)
		sm3_of(messages[i], &ret[i]);
}

/* RFC 2104: the block of SM3 is 64 bytes. */
#define BLOCK 64

void
hmac_sm3(struct zd_str key, struct zd_str data, struct sm3 *ret)
{
	char pad[BLOCK] = { 0 };
	struct sm3 inner;

	if (key.n > BLOCK) {
		sm3_of(key, &inner);
		memcpy(pad, inner.b, SM3_LEN);
	} else if (key.n) {
		memcpy(pad, key.p, key.n);
	}
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36;
	sm3_of_parts((struct zd_str[]){ { pad, BLOCK }, data }, 2, &inner);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	sm3_of_parts((struct zd_str[]){ { pad, BLOCK }, SM3_STR(inner) }, 2, ret);
	crypto_wipe(pad, sizeof(pad));
	crypto_wipe(&inner, sizeof(inner));
}

bool
sm3_equal(const struct sm3 *a, const struct sm3 *b)
{
	return CRYPTO_memcmp(a->b, b->b, SM3_LEN) == 0;
}

bool
crypto_equal(struct zd_str a, struct zd_str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void
crypto_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

void
crypto_pbkdf2(struct zd_str passphrase, struct zd_str salt, int rounds, unsigned char ret[32])
{
	must(PKCS5_PBKDF2_HMAC(passphrase.p, (int)passphrase.n, (const unsigned char *)salt.p,
			       (int)salt.n, rounds, md(), 32, ret));
}

void
crypto_wipe_str(struct zd_str s)
{
	void *p = (void *)(uintptr_t)s.p; /* NOLINT(performance-no-int-to-ptr): const away */

	crypto_wipe(p, s.n);
}
