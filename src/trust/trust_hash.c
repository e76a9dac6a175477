/*
 * Passwords at rest: argon2id (libsodium), then HMAC-SM3 with the pepper, which is not in the
 * database.
 *
 * A hash costs 64 MiB and a tenth of a second: a few run at a time, a few wait, the rest are told
 * to come again, so that a flood of sign-ins cannot take the machine.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "trust/trust_app.h"

enum { SALT = crypto_pwhash_SALTBYTES, RAW = 32, WAITING_MAX = 8 };

struct trust_env
trust_env(const struct app_keys *keys)
{
	return (struct trust_env){ .keys = keys, .cost = { .passes = 2, .bytes = 64 << 20 } };
}

struct trust_env
trust_env_cheap(const struct app_keys *keys)
{
	return (struct trust_env){ .keys = keys, .cost = { .passes = 1, .bytes = 8192 } };
}

/* --- the queue --------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static int running, waiting;

static int
room(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores > 3 ? (int)(cores / 2) : 1;
}

static bool
enter(void)
{
	pthread_mutex_lock(&lock);
	bool ok = running < room() || waiting < WAITING_MAX;
	if (ok) {
		waiting++;
		while (running >= room())
			pthread_cond_wait(&freed, &lock);
		waiting--;
		running++;
	}
	pthread_mutex_unlock(&lock);
	return ok;
}

static void
leave(void)
{
	pthread_mutex_lock(&lock);
	running--;
	pthread_cond_signal(&freed);
	pthread_mutex_unlock(&lock);
}

/* --- one hash ---------------------------------------------------------------------------- */

static enum zd_rc
argon2(struct zd_cx *cx, const struct trust_cost *cost, struct zd_str password,
       const unsigned char *salt, unsigned char raw[RAW])
{
	if (sodium_init() < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "libsodium does not start");
	if (!enter())
		return zd_fail(cx, ZD_BUSY, NULL, "登录的人太多，请稍候再试");
	int rc = crypto_pwhash(raw, RAW, password.p ? password.p : "", password.n, salt,
			       cost->passes, cost->bytes, crypto_pwhash_ALG_ARGON2ID13);
	leave();
	if (rc != 0)
		return zd_fail(cx, ZD_BUSY, NULL, "内存不足，请稍候再试");
	return ZD_OK;
}

static enum zd_rc
hash_with(struct zd_cx *cx, const struct trust_env *env, const struct trust_cost *cost,
	  struct zd_str password, const unsigned char *salt, struct zd_str *ret)
{
	unsigned char raw[RAW];
	struct sm3 mac;

	ZD_TRY(argon2(cx, cost, password, salt, raw));
	hmac_sm3((struct zd_str){ (const char *)env->keys->pepper, sizeof(env->keys->pepper) },
		 (struct zd_str){ (char *)raw, RAW }, &mac);
	crypto_wipe(raw, sizeof(raw));
	struct zd_str salt64 =
		crypto_base64(cx->arena, (struct zd_str){ (const char *)salt, SALT });
	struct zd_str mac64 = crypto_base64(cx->arena, SM3_STR(mac));
	*ret = zd_str_printf(cx->arena, "$argon2id-sm3$m=%zu,t=%llu$%.*s$%.*s", cost->bytes >> 10,
			     (unsigned long long)cost->passes, ZD_STR_ARG(salt64),
			     ZD_STR_ARG(mac64));
	return ZD_OK;
}

enum zd_rc
trust_hash(struct zd_cx *cx, const struct trust_env *env, struct zd_str password,
	   struct zd_str *ret)
{
	unsigned char salt[SALT];

	crypto_random(salt, sizeof(salt));
	return hash_with(cx, env, &env->cost, password, salt, ret);
}

/* Our own text, from our own database: anything else is damage. */
static bool
read_hash(struct zd_cx *cx, struct zd_str hash, struct trust_cost *ret, unsigned char salt[SALT])
{
	char z[160], salt64[32];
	unsigned long long kib, passes;
	struct zd_str bytes;

	if (hash.n >= sizeof(z))
		return false;
	memcpy(z, hash.p, hash.n);
	z[hash.n] = 0;
	/* NOLINTNEXTLINE(cert-err34-c): the ranges are checked */
	int n = sscanf(z, "$argon2id-sm3$m=%llu,t=%llu$%31[A-Za-z0-9+/=]$", &kib, &passes, salt64);
	if (n != 3 || kib < 8 || kib > 1 << 20 || passes < 1 || passes > 16)
		return false;
	if (!crypto_unbase64(cx->arena, zd_str_of(salt64), &bytes) || bytes.n != SALT)
		return false;
	memcpy(salt, bytes.p, SALT);
	*ret = (struct trust_cost){ .passes = passes, .bytes = (size_t)kib << 10 };
	return true;
}

enum zd_rc
trust_hash_check(struct zd_cx *cx, const struct trust_env *env, struct zd_str hash,
		 struct zd_str password, bool *ret_matches, bool *ret_old)
{
	unsigned char salt[SALT] = { 0 };
	struct trust_cost cost = env->cost;
	struct zd_str again;

	if (hash.p && !read_hash(cx, hash, &cost, salt))
		return zd_fail(cx, ZD_FAILED, NULL, "a stored password hash is damaged");
	ZD_TRY(hash_with(cx, env, &cost, password, salt, &again));
	*ret_matches = hash.p && crypto_equal(hash, again);
	*ret_old = cost.bytes != env->cost.bytes || cost.passes != env->cost.passes;
	return ZD_OK;
}
