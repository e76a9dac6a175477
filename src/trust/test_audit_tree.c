/* The tree against the published vectors, and every proof of small trees, valid and spoilt. */
#include <stdlib.h>

#include "base/test.h"
#include "trust/audit.h"

enum { MANY = 70 };

static struct zd_cx cx;

static int
setup(void **state)
{
	(void)state;
	cx.arena = zd_arena_new(1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zd_arena_free(cx.arena);
	return 0;
}

/* The leaves of the classic Certificate Transparency test. */
static const struct zd_str ct_leaves[] = {
	ZD_LIT(""),
	ZD_LIT("\x00"),
	ZD_LIT("\x10"),
	ZD_LIT("\x20\x21"),
	ZD_LIT("\x30\x31"),
	ZD_LIT("\x40\x41\x42\x43"),
	ZD_LIT("\x50\x51\x52\x53\x54\x55\x56\x57"),
	ZD_LIT("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"),
};

static void
ct_tree(struct sm3 *leaves)
{
	for (size_t i = 0; i < N(ct_leaves); i++)
		audit_leaf(ct_leaves[i], &leaves[i]);
}

static void
assert_hash(const struct sm3 *hash, const char *hex)
{
	assert_text(crypto_hex(cx.arena, SM3_STR(*hash)), hex);
}

static void
roots_are_the_published_ones(void **state)
{
	static const char *const roots[] = {
		"1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
		"2daef60e7a0b8f5e024c81cd2ab3109f2b4f155cf83adeb2ae5532f74a157fdf",
		"0b990fe0c7ad70f1bf1a1262f2c7908ea48146b14253a6db99f2917ab1f5cc4d",
		"209ec96a210d662a964772680e8544d18cab7b88ffec3e00962220349b56ea56",
		"28e4e307ef6d2d0c62d84b11ef96e835efe490f35b93c8f024ecfe38c8dd4377",
		"bb10c996aeebbcdc69be3715fc847344de77442d37a5ab8213da9f41785b103b",
		"8723c1ab1f82ddfba4a3733ac0c80d936d9f4c208c7dbc8cc81ca9fff8584f66",
		"bd36c22a1ac6ff4308e0c3cc1a85bf0ffa30538ec60a55c70413ab15d45db4d2",
		"bc48ba7a709184b5f2a631e1adeb8dc2a0d4c018c1d6cc89b5664fe154c93b38",
	};
	struct sm3 leaves[N(ct_leaves)], root;

	(void)state;
	ct_tree(leaves);
	for (size_t n = 0; n < N(roots); n++) {
		audit_root(leaves, n, &root);
		assert_hash(&root, roots[n]);
	}
}

static void
proofs_are_the_published_ones(void **state)
{
	static const char *const inclusion[] = {
		"a798bfdb4164a6c7b41a6faecc5c3155cf04d38929dcbd4fe21dea29071aac64",
		"0ce032204aaf0d2493c226ac2199c3ea4a51c8ce383f485836943605076c0f4b",
		"28e4e307ef6d2d0c62d84b11ef96e835efe490f35b93c8f024ecfe38c8dd4377",
	};
	static const char *const consistency[] = {
		"c93540f0356ca5170858329e6d483f335894dac0de71c64ff8b51cba68cce396",
		"796e7bd749551d8e3dbd787d5fdbc62771c9a04db51a53bdbc004211f606ee6a",
		"0b990fe0c7ad70f1bf1a1262f2c7908ea48146b14253a6db99f2917ab1f5cc4d",
		"6f59d73facf2001681a4932aa0ec3c8006b2911c498c6dda229de1b618670d4e",
	};
	struct sm3 leaves[N(ct_leaves)], proof[AUDIT_PROOF_MAX];

	(void)state;
	ct_tree(leaves);
	assert_int_equal(audit_inclusion(leaves, 7, 5, proof), N(inclusion));
	for (size_t i = 0; i < N(inclusion); i++)
		assert_hash(&proof[i], inclusion[i]);
	assert_int_equal(audit_consistency(leaves, 3, 7, proof), N(consistency));
	for (size_t i = 0; i < N(consistency); i++)
		assert_hash(&proof[i], consistency[i]);
}

static void
random_leaves(struct sm3 *leaves)
{
	for (unsigned i = 0; i < MANY; i++)
		audit_leaf((struct zd_str){ (const char *)&i, sizeof(i) }, &leaves[i]);
}

/* Each changed hash, a missing and a superfluous one, and a wrong place: all refused. */
static void
spoil_inclusion(const struct sm3 *leaves, size_t index, size_t n, struct sm3 *proof, size_t len,
		const struct sm3 *root)
{
	for (size_t i = 0; i < len; i++) {
		proof[i].b[i % SM3_LEN] ^= 1;
		assert_false(audit_inclusion_ok(&leaves[index], index, n, proof, len, root));
		proof[i].b[i % SM3_LEN] ^= 1;
	}
	if (len)
		assert_false(audit_inclusion_ok(&leaves[index], index, n, proof, len - 1, root));
	proof[len] = *root;
	assert_false(audit_inclusion_ok(&leaves[index], index, n, proof, len + 1, root));
	assert_false(audit_inclusion_ok(&leaves[(index + 1) % MANY], index, n, proof, len, root));
	assert_false(audit_inclusion_ok(&leaves[index], n, n, proof, len, root));
	assert_false(audit_inclusion_ok(&leaves[index], index, 0, proof, len, root));
	if (n > 1)
		assert_false(
			audit_inclusion_ok(&leaves[index], (index + 1) % n, n, proof, len, root));
}

static void
every_inclusion_proof_holds_and_no_other(void **state)
{
	struct sm3 leaves[MANY], root, proof[AUDIT_PROOF_MAX];

	(void)state;
	random_leaves(leaves);
	for (size_t n = 1; n <= MANY; n += n < 20 ? 1 : 7) {
		audit_root(leaves, n, &root);
		for (size_t index = 0; index < n; index++) {
			size_t len = audit_inclusion(leaves, n, index, proof);
			assert_true(
				audit_inclusion_ok(&leaves[index], index, n, proof, len, &root));
			spoil_inclusion(leaves, index, n, proof, len, &root);
		}
	}
}

static void
spoil_consistency(size_t m, size_t n, const struct sm3 *old, const struct sm3 *new,
		  struct sm3 *proof, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		proof[i].b[i % SM3_LEN] ^= 1;
		assert_false(audit_consistency_ok(m, n, old, new, proof, len));
		proof[i].b[i % SM3_LEN] ^= 1;
	}
	if (len)
		assert_false(audit_consistency_ok(m, n, old, new, proof, len - 1));
	proof[len] = *old;
	assert_false(audit_consistency_ok(m, n, old, new, proof, len + 1));
	assert_false(audit_consistency_ok(0, n, old, new, proof, len));
	assert_false(audit_consistency_ok(n + 1, n, old, new, proof, len));
	if (m != n)
		assert_false(audit_consistency_ok(m, n, new, old, proof, len));
}

static void
every_consistency_proof_holds_and_no_other(void **state)
{
	struct sm3 leaves[MANY], old, new, proof[AUDIT_PROOF_MAX];

	(void)state;
	random_leaves(leaves);
	for (size_t n = 1; n <= MANY; n += n < 20 ? 1 : 7) {
		audit_root(leaves, n, &new);
		for (size_t m = 1; m <= n; m++) {
			audit_root(leaves, m, &old);
			size_t len = audit_consistency(leaves, m, n, proof);
			assert_true(audit_consistency_ok(m, n, &old, &new, proof, len));
			spoil_consistency(m, n, &old, &new, proof, len);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_the_published_ones),
		cmocka_unit_test(proofs_are_the_published_ones),
		cmocka_unit_test(every_inclusion_proof_holds_and_no_other),
		cmocka_unit_test(every_consistency_proof_holds_and_no_other),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
