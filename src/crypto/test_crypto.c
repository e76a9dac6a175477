/* The published vectors of SM3, HMAC-SM3 and SM2, and what must not pass. */
#include <stdlib.h>

#include "base/test.h"
#include "crypto/crypto.h"

static struct zd_cx cx;

static int
setup(void **state)
{
	(void)state;
	cx.arena = zd_arena_new(4 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zd_arena_free(cx.arena);
	return 0;
}

static struct zd_str
hex_of(struct sm3 hash)
{
	return crypto_hex(cx.arena, SM3_STR(hash));
}

static struct zd_str
repeat(const char *unit, size_t times)
{
	size_t n = strlen(unit);
	char *p = zd_alloc(cx.arena, n * times);

	for (size_t i = 0; i < times; i++)
		memcpy(p + i * n, unit, n); /* NOLINT(bugprone-not-null-terminated-result) */
	return (struct zd_str){ p, n * times };
}

static const struct vector {
	const char *unit;
	size_t times;
	const char *hash;
} vectors[] = {
	{ "", 1, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b" },
	{ "abc", 1, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
	{ "abcd", 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732" },
	{ "a", 55, "288337eef51eec62e7544d7270424c8dbe656254c99852870a73b2453a6a7fb1" },
	{ "a", 56, "ba00ebedaab54065a5fd4f9f56326016203166bcee3eed44ea868d59d67aa3c8" },
	{ "a", 64, "616ec433c359e7c2b19f360e2b8f2a1b6e9ed76b8dc1a7d207b31a5341c611e9" },
	{ "a", 119, "53282a90724e9eb79b18d06b5b8f7f02d046e18b29247dcdb064a136d5c4459a" },
	{ "a", 120, "4c9f0fe9f36ffe0191af73560c4afb1b671be02ba2d0e0c161b1e03488c2a45c" },
	{ "a", 1000000, "c8aaf89429554029e231941a2acc0ad61ff2a5acd8fadd25847a3a732b3b02c3" },
	{ "互联网+监管", 1, "1f0b239de0bb85d20e5741e8115dae92b6b3511817bd92afcdee47b5aadf0b2b" },
};

static void
sm3_gives_the_published_hashes(void **state)
{
	struct zd_str messages[N(vectors)];
	struct sm3 one, many[N(vectors)];

	(void)state;
	for (size_t i = 0; i < N(vectors); i++) {
		messages[i] = repeat(vectors[i].unit, vectors[i].times);
		sm3_of(messages[i], &one);
		assert_text(hex_of(one), vectors[i].hash);
	}
	sm3_of_many(messages, N(vectors), many);
	for (size_t i = 0; i < N(vectors); i++)
		assert_text(hex_of(many[i]), vectors[i].hash);
}

static void
many_hashes_equal_single_ones(void **state)
{
	enum { COUNT = 301 };
	static struct sm3 many[COUNT];
	struct zd_str *messages = zd_new_array(cx.arena, struct zd_str, COUNT);
	char *text = zd_alloc(cx.arena, (size_t)COUNT * 3);
	struct sm3 one;

	(void)state;
	crypto_random(text, (size_t)COUNT * 3);
	for (size_t i = 0; i < COUNT; i++)
		messages[i] = (struct zd_str){ text + i, i * 7 % 307 };
	for (size_t n = 0; n <= COUNT; n += n < 20 ? 1 : 281) {
		memset(many, 0, sizeof(many));
		sm3_of_many(messages, n, many);
		for (size_t i = 0; i < n; i++) {
			sm3_of(messages[i], &one);
			assert_memory_equal(one.b, many[i].b, SM3_LEN);
		}
	}
}

static void
streaming_equals_whole_and_the_state_is_reusable(void **state)
{
	struct sm3_state *st ZD_CLEANUP(sm3_drop) = sm3_new();
	struct sm3 hash;

	(void)state;
	for (int round = 0; round < 2; round++) {
		sm3_add(st, ZD_STR("a"));
		sm3_add(st, ZD_STR(""));
		sm3_add(st, ZD_STR("bc"));
		sm3_end(st, &hash);
		assert_text(hex_of(hash), vectors[1].hash);
	}
	sm3_add(st, ZD_STR("left over"));
	sm3_reset(st);
	sm3_end(st, &hash);
	assert_text(hex_of(hash), vectors[0].hash);
	sm3_of_parts((struct zd_str[]){ ZD_STR("ab"), { 0 }, ZD_STR("c") }, 3, &hash);
	assert_text(hex_of(hash), vectors[1].hash);
}

static void
hmac_gives_the_published_value_and_hashes_long_keys(void **state)
{
	struct sm3 mac, key;

	(void)state;
	hmac_sm3(ZD_STR("key"), ZD_STR("abc"), &mac);
	assert_text(hex_of(mac),
		    "28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393");
	struct zd_str long_key = repeat("k", 65);
	sm3_of(long_key, &key);
	struct sm3 by_long, by_hash;
	hmac_sm3(long_key, ZD_STR("abc"), &by_long);
	hmac_sm3(SM3_STR(key), ZD_STR("abc"), &by_hash);
	assert_true(sm3_equal(&by_long, &by_hash));
	assert_false(sm3_equal(&by_long, &mac));
}

static void
hex_reads_what_it_wrote_and_nothing_else(void **state)
{
	unsigned char back[3];

	(void)state;
	assert_text(crypto_hex(cx.arena, ZD_STR("\x00\x7f\xff")), "007fff");
	assert_true(crypto_unhex(ZD_STR("007FfF"), back, 3));
	assert_memory_equal(back, "\x00\x7f\xff", 3);
	assert_false(crypto_unhex(ZD_STR("007ff"), back, 3));
	assert_false(crypto_unhex(ZD_STR("007ffg"), back, 3));
	assert_false(crypto_unhex(ZD_STR("007fff00"), back, 3));
}

static void
base64_reads_what_it_wrote_and_refuses_the_rest(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	static const char *const bad[] = { "Zg",   "Zg=",  "Z===",     "Zh==",  "Zm9=",
					   "Zm 9", "=Zm9", "Zg==Zg==", "Zm9v\n" };
	struct zd_str back;

	(void)state;
	for (size_t i = 0; i < N(pairs); i++) {
		assert_text(crypto_base64(cx.arena, zd_str_of(pairs[i][0])), pairs[i][1]);
		assert_true(crypto_unbase64(cx.arena, zd_str_of(pairs[i][1]), &back));
		assert_text(back, pairs[i][0]);
	}
	for (size_t i = 0; i < N(bad); i++)
		if (crypto_unbase64(cx.arena, zd_str_of(bad[i]), &back))
			fail_msg("accepted '%s'", bad[i]);
}

static void
random_codes_differ_and_have_no_look_alikes(void **state)
{
	(void)state;
	struct zd_str a = crypto_random_code(cx.arena, 200), b = crypto_random_code(cx.arena, 200);
	assert_false(zd_str_equal(a, b));
	for (size_t i = 0; i < a.n; i++)
		assert_null(strchr("01OIL", a.p[i]));
}

/* The example of GB/T 32918.2 A.2: its public key and its signature. */
static const char sm2_public[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAECfnfMR5UIaFQ3X0WHkvFxnIXn60Y\n"
	"M/wHa7CP81bzUCDM6kkM4md1pS3G6nGMwapgCu0F+/NeCEpmMvYHLamtEw==\n"
	"-----END PUBLIC KEY-----\n";
static const char sm2_signature[] =
	"3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
	"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

static void
sm2_verifies_the_published_signature(void **state)
{
	struct sm2_key *key ZD_CLEANUP(sm2_drop) = NULL;
	unsigned char der[72];
	struct zd_str signature = { (char *)der, sizeof(der) };

	(void)state;
	assert_rc(&cx, sm2_from_pem(&cx, zd_str_of(sm2_public), &key), ZD_OK);
	assert_true(crypto_unhex(zd_str_of(sm2_signature), der, sizeof(der)));
	assert_true(sm2_verify(key, ZD_STR("message digest"), signature));
	assert_false(sm2_verify(key, ZD_STR("message digesT"), signature));
	der[40] ^= 1;
	assert_false(sm2_verify(key, ZD_STR("message digest"), signature));
	assert_false(sm2_verify(key, ZD_STR("message digest"), ZD_STR("")));
	assert_rc(&cx, sm2_sign(&cx, key, ZD_STR("x"), &signature), ZD_INVALID); /* a public key */
}

static void
sm2_signs_and_its_keys_survive_pem(void **state)
{
	struct sm2_key *key ZD_CLEANUP(sm2_drop) = NULL, *again ZD_CLEANUP(sm2_drop) = NULL;
	struct sm2_key *public ZD_CLEANUP(sm2_drop) = NULL, *other ZD_CLEANUP(sm2_drop) = NULL;
	struct zd_str pem, public_pem, signature;

	(void)state;
	assert_rc(&cx, sm2_generate(&cx, &key), ZD_OK);
	assert_rc(&cx, sm2_generate(&cx, &other), ZD_OK);
	assert_rc(&cx, sm2_to_pem(&cx, key, true, &pem), ZD_OK);
	assert_rc(&cx, sm2_to_pem(&cx, key, false, &public_pem), ZD_OK);
	assert_rc(&cx, sm2_from_pem(&cx, pem, &again), ZD_OK);
	assert_rc(&cx, sm2_from_pem(&cx, public_pem, &public), ZD_OK);
	assert_rc(&cx, sm2_sign(&cx, again, ZD_STR("照单"), &signature), ZD_OK);
	assert_int_equal(signature.p[0], 0x30);
	assert_true(sm2_verify(public, ZD_STR("照单"), signature));
	assert_false(sm2_verify(other, ZD_STR("照单"), signature));
	assert_rc(&cx, sm2_to_pem(&cx, public, true, &pem), ZD_INVALID);
}

static void
sm2_refuses_what_is_no_sm2_key(void **state)
{
	static const char p256[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
		"6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
		"-----END PUBLIC KEY-----\n";
	struct sm2_key *key = NULL;

	(void)state;
	assert_rc(&cx, sm2_from_pem(&cx, zd_str_of(p256), &key), ZD_INVALID);
	assert_rc(&cx, sm2_from_pem(&cx, ZD_STR("no key"), &key), ZD_INVALID);
	assert_rc(&cx, sm2_from_pem(&cx, ZD_STR(""), &key), ZD_INVALID);
	assert_null(key);
}

static void
sm4_opens_only_what_is_whole(void **state)
{
	unsigned char key[32], wrong[32];
	struct zd_str back;

	(void)state;
	crypto_random(key, sizeof(key));
	crypto_random(wrong, sizeof(wrong));
	struct zd_str sealed = sm4_seal(cx.arena, key, ZD_STR("13800000000"));
	assert_int_equal(sealed.n, 16 + 11 + 32);
	assert_true(sm4_open(cx.arena, key, sealed, &back));
	assert_text(back, "13800000000");
	assert_false(zd_str_equal(sealed, sm4_seal(cx.arena, key, ZD_STR("13800000000"))));
	assert_false(sm4_open(cx.arena, wrong, sealed, &back));
	char *bytes = zd_alloc(cx.arena, sealed.n);
	for (size_t i = 0; i < sealed.n; i++) {
		memcpy(bytes, sealed.p, sealed.n);
		bytes[i] ^= 4;
		assert_false(sm4_open(cx.arena, key, (struct zd_str){ bytes, sealed.n }, &back));
		assert_false(sm4_open(cx.arena, key, (struct zd_str){ sealed.p, i }, &back));
	}
	sealed = sm4_seal(cx.arena, key, ZD_STR(""));
	assert_true(sm4_open(cx.arena, key, sealed, &back));
	assert_text(back, "");
}

/* Computed with two implementations. */
static void
pbkdf2_gives_the_known_value(void **state)
{
	unsigned char key[32];
	(void)state;

	crypto_pbkdf2(ZD_STR("password"), ZD_STR("salt1234salt1234"), 100000, key);
	assert_text(crypto_hex(cx.arena, (struct zd_str){ (const char *)key, 32 }),
		    "787dd44ac837ab03e1ec47251a8722cd5df1f661b39d385644575f4019be5855");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sm3_gives_the_published_hashes),
		cmocka_unit_test(many_hashes_equal_single_ones),
		cmocka_unit_test(streaming_equals_whole_and_the_state_is_reusable),
		cmocka_unit_test(hmac_gives_the_published_value_and_hashes_long_keys),
		cmocka_unit_test(pbkdf2_gives_the_known_value),
		cmocka_unit_test(hex_reads_what_it_wrote_and_nothing_else),
		cmocka_unit_test(base64_reads_what_it_wrote_and_refuses_the_rest),
		cmocka_unit_test(random_codes_differ_and_have_no_look_alikes),
		cmocka_unit_test(sm2_verifies_the_published_signature),
		cmocka_unit_test(sm2_signs_and_its_keys_survive_pem),
		cmocka_unit_test(sm2_refuses_what_is_no_sm2_key),
		cmocka_unit_test(sm4_opens_only_what_is_whole),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
