/* Key files: made once, by chance, for nobody else's eyes. And the hash that they pepper. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "crypto/crypto.h"
#include "trust/trust_app.h"

static struct zd_cx cx;
static char dir[64], path[128];

static void
remove_all(const char *root)
{
	static const char *const names[] = { "pepper", "seal", "blind", "backup", "log.pem" };
	char name[128];

	for (size_t i = 0; i < N(names); i++) {
		snprintf(name, sizeof(name), "%s/%s", root, names[i]);
		unlink(name);
	}
	rmdir(root);
}

static int
setup(void **state)
{
	static int number;

	(void)state;
	cx = (struct zd_cx){ .arena = zd_arena_new(4 << 20) };
	snprintf(dir, sizeof(dir), "/tmp/zd-keys-%d-%d", (int)getpid(), number++);
	remove_all(dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	remove_all(dir);
	zd_arena_free(cx.arena);
	return 0;
}

static const char *
file(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
keys_are_made_once_and_read_back(void **state)
{
	struct app_keys keys = { 0 }, again = { 0 };
	struct stat st;

	(void)state;
	assert_rc(&cx, trust_keys_create(&cx, dir), ZD_OK);
	assert_rc(&cx, trust_keys_create(&cx, dir), ZD_CONFLICT);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(file("log.pem"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_OK);
	assert_rc(&cx, trust_keys_load(&cx, dir, &again), ZD_OK);
	assert_memory_equal(keys.pepper, again.pepper, sizeof(keys.pepper));
	assert_memory_not_equal(keys.pepper, keys.seal, sizeof(keys.pepper));
	struct zd_str signature;
	assert_rc(&cx, sm2_sign(&cx, keys.log, ZD_STR("x"), &signature), ZD_OK);
	assert_true(sm2_verify(again.log, ZD_STR("x"), signature));
	trust_keys_wipe(&keys);
	trust_keys_wipe(&again);
	for (size_t i = 0; i < sizeof(keys.seal); i++)
		assert_int_equal(keys.seal[i], 0);
}

static void
two_installations_share_no_secret(void **state)
{
	struct app_keys a = { 0 }, b = { 0 };
	char other[80];

	(void)state;
	snprintf(other, sizeof(other), "%s-other", dir);
	remove_all(other);
	assert_rc(&cx, trust_keys_create(&cx, dir), ZD_OK);
	assert_rc(&cx, trust_keys_create(&cx, other), ZD_OK);
	assert_rc(&cx, trust_keys_load(&cx, dir, &a), ZD_OK);
	assert_rc(&cx, trust_keys_load(&cx, other, &b), ZD_OK);
	assert_memory_not_equal(a.pepper, b.pepper, 32);
	assert_memory_not_equal(a.seal, b.seal, 32);
	assert_memory_not_equal(a.blind, b.blind, 32);
	assert_memory_not_equal(a.backup, b.backup, 32);
	trust_keys_wipe(&a);
	trust_keys_wipe(&b);
	remove_all(other);
}

static void
keys_that_others_may_read_are_refused(void **state)
{
	struct app_keys keys = { 0 };

	(void)state;
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_NOT_FOUND);
	assert_rc(&cx, trust_keys_create(&cx, dir), ZD_OK);
	assert_int_equal(chmod(file("seal"), 0640), 0);
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_REFUSED);
	assert_non_null(strstr(cx.err.text, "seal"));
	assert_int_equal(chmod(file("seal"), 0600), 0);
	assert_int_equal(chmod(dir, 0711), 0);
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_REFUSED);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_OK);
	trust_keys_wipe(&keys);
}

static void
damaged_and_missing_keys_are_named(void **state)
{
	struct app_keys keys = { 0 };

	(void)state;
	assert_rc(&cx, trust_keys_create(&cx, dir), ZD_OK);
	assert_int_equal(truncate(file("blind"), 60), 0);
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_INVALID);
	assert_non_null(strstr(cx.err.text, "blind"));
	unlink(file("blind"));
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_NOT_FOUND);
	assert_int_equal(symlink("/dev/zero", file("blind")), 0);
	assert_rc(&cx, trust_keys_load(&cx, dir, &keys), ZD_FAILED);
}

/* --- the hash ---------------------------------------------------------------------------- */

static void
a_hash_matches_its_password_only(void **state)
{
	struct app_keys keys = { .pepper = "one" }, other = { .pepper = "two" };
	struct trust_env env = trust_env_cheap(&keys), wrong = trust_env_cheap(&other);
	struct zd_str hash, again;
	bool matches, old;

	(void)state;
	assert_rc(&cx, trust_hash(&cx, &env, ZD_STR("Kx7#mQ2vLp9t"), &hash), ZD_OK);
	assert_rc(&cx, trust_hash(&cx, &env, ZD_STR("Kx7#mQ2vLp9t"), &again), ZD_OK);
	assert_false(zd_str_equal(hash, again)); /* a salt each */
	assert_true(zd_str_starts(hash, ZD_STR("$argon2id-sm3$m=8,t=1$")));
	assert_rc(&cx, trust_hash_check(&cx, &env, hash, ZD_STR("Kx7#mQ2vLp9t"), &matches, &old),
		  ZD_OK);
	assert_true(matches);
	assert_false(old);
	assert_rc(&cx, trust_hash_check(&cx, &env, hash, ZD_STR("Kx7#mQ2vLp9T"), &matches, &old),
		  ZD_OK);
	assert_false(matches);
	assert_rc(&cx, trust_hash_check(&cx, &wrong, hash, ZD_STR("Kx7#mQ2vLp9t"), &matches, &old),
		  ZD_OK);
	assert_false(matches); /* another pepper: the database alone is not enough */
	assert_rc(&cx,
		  trust_hash_check(&cx, &env, (struct zd_str){ 0 }, ZD_STR(""), &matches, &old),
		  ZD_OK);
	assert_false(matches);
}

static void
the_real_cost_is_64_mib_and_older_hashes_are_told(void **state)
{
	struct app_keys keys = { .pepper = "one" };
	struct trust_env env = trust_env(&keys), cheap = trust_env_cheap(&keys);
	struct zd_str hash;
	bool matches, old;

	(void)state;
	assert_rc(&cx, trust_hash(&cx, &env, ZD_STR("Kx7#mQ2vLp9t"), &hash), ZD_OK);
	assert_true(zd_str_starts(hash, ZD_STR("$argon2id-sm3$m=65536,t=2$")));
	assert_rc(&cx, trust_hash(&cx, &cheap, ZD_STR("Kx7#mQ2vLp9t"), &hash), ZD_OK);
	assert_rc(&cx, trust_hash_check(&cx, &env, hash, ZD_STR("Kx7#mQ2vLp9t"), &matches, &old),
		  ZD_OK);
	assert_true(matches && old);
}

static void
a_damaged_hash_is_our_fault_not_a_match(void **state)
{
	static const char *const bad[] = {
		"",
		"$argon2id-sm3$m=8,t=1$",
		"$argon2id-sm3$m=99999999,t=1$AAAAAAAAAAAAAAAAAAAAAA==$x",
		"$argon2id-sm3$m=8,t=99$AAAAAAAAAAAAAAAAAAAAAA==$x",
		"$argon2id-sm3$m=8,t=1$AAAA$x",
		"$2b$10$whatever",
	};
	struct app_keys keys = { .pepper = "one" };
	struct trust_env env = trust_env_cheap(&keys);
	bool matches, old;

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_rc(
			&cx,
			trust_hash_check(&cx, &env, zd_str_of(bad[i]), ZD_STR("x"), &matches, &old),
			ZD_FAILED);
}

enum { CROWD = 24 };

static void *
hash_one(void *arg)
{
	struct zd_cx own = { .arena = zd_arena_new(1 << 20) };
	struct app_keys keys = { .pepper = "one" };
	struct trust_env env = trust_env(&keys);
	struct zd_str hash;

	*(enum zd_rc *)arg = trust_hash(&own, &env, ZD_STR("Kx7#mQ2vLp9t"), &hash);
	zd_arena_free(own.arena);
	return NULL;
}

static void
a_crowd_is_told_to_come_again(void **state)
{
	enum zd_rc rcs[CROWD];
	pthread_t threads[CROWD];
	int ok = 0, busy = 0;

	(void)state;
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_one, &rcs[i]), 0);
	for (int i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
		ok += rcs[i] == ZD_OK;
		busy += rcs[i] == ZD_BUSY;
	}
	assert_int_equal(ok + busy, CROWD);
	assert_true(ok >= 9);
	assert_true(busy > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_are_made_once_and_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(two_installations_share_no_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_that_others_may_read_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(damaged_and_missing_keys_are_named, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_hash_matches_its_password_only, setup, teardown),
		cmocka_unit_test_setup_teardown(the_real_cost_is_64_mib_and_older_hashes_are_told,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_hash_is_our_fault_not_a_match, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_crowd_is_told_to_come_again, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
