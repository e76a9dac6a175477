/* The Merkle tree of RFC 9162 §2.1 over SM3: roots, proofs and their checks. Knows no storage. */
#include "trust/audit.h"

void
audit_leaf(struct zd_str line, struct sm3 *ret)
{
	sm3_of_parts((struct zd_str[]){ ZD_STR("\0"), line }, 2, ret);
}

void
audit_node(const struct sm3 *l, const struct sm3 *r, struct sm3 *ret)
{
	sm3_of_parts((struct zd_str[]){ ZD_STR("\1"), SM3_STR(*l), SM3_STR(*r) }, 3, ret);
}

void
audit_chain_start(struct zd_str origin, struct sm3 *ret)
{
	sm3_of_parts((struct zd_str[]){ ZD_STR("zd-audit-v1\n"), origin }, 2, ret);
}

void
audit_chain_next(struct sm3 *chain, const struct sm3 *leaf)
{
	struct sm3 before = *chain;

	sm3_of_parts((struct zd_str[]){ SM3_STR(before), SM3_STR(*leaf) }, 2, chain);
}

void
audit_commitment(const unsigned char salt[16], struct zd_str value, struct sm3 *ret)
{
	sm3_of_parts((struct zd_str[]){ ZD_STR("\2"), { (const char *)salt, 16 }, value }, 3, ret);
}

/* --- from a source of complete subtrees -------------------------------------------------- */

static unsigned
log2_of(uint64_t power)
{
	return (unsigned)__builtin_ctzll(power);
}

/* The largest power of two below n; n > 1. */
static uint64_t
split_of(uint64_t n)
{
	return UINT64_C(1) << (63 - (unsigned)__builtin_clzll(n - 1));
}

/* The hash over the n leaves from `from` on, where `from` is a place at which RFC 9162 splits; n >
 * 0. */
static enum zd_rc
range(const struct audit_source *src, uint64_t from, uint64_t n, struct sm3 *ret)
{
	struct sm3 l, r;

	if ((n & (n - 1)) == 0)
		return src->node(src->arg, log2_of(n), from >> log2_of(n), ret);
	uint64_t k = split_of(n);
	ZD_TRY(range(src, from, k, &l));
	ZD_TRY(range(src, from + k, n - k, &r));
	audit_node(&l, &r, ret);
	return ZD_OK;
}

enum zd_rc
audit_source_root(const struct audit_source *src, uint64_t n, struct sm3 *ret)
{
	if (n == 0) {
		sm3_of(ZD_STR(""), ret);
		return ZD_OK;
	}
	return range(src, 0, n, ret);
}

static void
reverse(struct sm3 *hashes, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct sm3 keep = hashes[i];
		hashes[i] = hashes[n - 1 - i];
		hashes[n - 1 - i] = keep;
	}
}

/* Walks down to the leaf taking each sibling; a proof lists them from the leaf up. */
enum zd_rc
audit_source_inclusion(const struct audit_source *src, uint64_t n, uint64_t index,
		       struct sm3 *ret_proof, size_t *ret_len)
{
	uint64_t from = 0;
	size_t len = 0;

	while (n > 1) {
		uint64_t k = split_of(n);
		if (index - from < k) {
			ZD_TRY(range(src, from + k, n - k, &ret_proof[len++]));
			n = k;
		} else {
			ZD_TRY(range(src, from, k, &ret_proof[len++]));
			from += k;
			n -= k;
		}
	}
	reverse(ret_proof, len);
	*ret_len = len;
	return ZD_OK;
}

/* Walks down to the edge of the older tree; its own last subtree comes first unless it is all of
 * it. */
enum zd_rc
audit_source_consistency(const struct audit_source *src, uint64_t m, uint64_t n,
			 struct sm3 *ret_proof, size_t *ret_len)
{
	uint64_t from = 0;
	size_t len = 0;
	bool whole = true;

	while (m != n) {
		uint64_t k = split_of(n);
		if (m <= k) {
			ZD_TRY(range(src, from + k, n - k, &ret_proof[len++]));
			n = k;
		} else {
			ZD_TRY(range(src, from, k, &ret_proof[len++]));
			from += k;
			m -= k;
			n -= k;
			whole = false;
		}
	}
	if (!whole)
		ZD_TRY(range(src, from, m, &ret_proof[len++]));
	reverse(ret_proof, len);
	*ret_len = len;
	return ZD_OK;
}

/* --- from an array of leaves ------------------------------------------------------------- */

static enum zd_rc
node_of_leaves(void *arg, unsigned level, uint64_t index, struct sm3 *ret)
{
	const struct sm3 *leaves = arg;
	struct audit_edge edge = { 0 };

	for (uint64_t i = index << level; i < (index + 1) << level; i++)
		audit_edge_add(&edge, &leaves[i]);
	audit_edge_root(&edge, ret);
	return ZD_OK;
}

static struct audit_source
source_of(const struct sm3 *leaves)
{
	void *p = (void *)(uintptr_t)leaves; /* NOLINT(performance-no-int-to-ptr): only read */

	return (struct audit_source){ node_of_leaves, p };
}

void
audit_root(const struct sm3 *leaves, size_t n, struct sm3 *ret)
{
	struct audit_edge edge = { 0 };

	for (size_t i = 0; i < n; i++)
		audit_edge_add(&edge, &leaves[i]);
	audit_edge_root(&edge, ret);
}

size_t
audit_inclusion(const struct sm3 *leaves, size_t n, size_t index, struct sm3 *ret_proof)
{
	struct audit_source src = source_of(leaves);
	size_t len = 0;

	(void)!audit_source_inclusion(&src, n, index, ret_proof, &len);
	return len;
}

size_t
audit_consistency(const struct sm3 *leaves, size_t m, size_t n, struct sm3 *ret_proof)
{
	struct audit_source src = source_of(leaves);
	size_t len = 0;

	(void)!audit_source_consistency(&src, m, n, ret_proof, &len);
	return len;
}

/* --- the right edge ---------------------------------------------------------------------- */

/* Like adding one to a binary number: each carry joins two subtrees. */
void
audit_edge_add(struct audit_edge *edge, const struct sm3 *leaf)
{
	struct sm3 hash = *leaf;
	unsigned level = 0;

	for (uint64_t n = edge->n; n & 1; n >>= 1, level++)
		audit_node(&edge->left[level], &hash, &hash);
	edge->left[level] = hash;
	edge->n++;
}

void
audit_edge_root(const struct audit_edge *edge, struct sm3 *ret)
{
	bool first = true;

	if (edge->n == 0)
		sm3_of(ZD_STR(""), ret);
	for (unsigned level = 0; level < AUDIT_PROOF_MAX && edge->n >> level; level++) {
		if (!(edge->n >> level & 1))
			continue;
		if (first)
			*ret = edge->left[level];
		else
			audit_node(&edge->left[level], ret, ret);
		first = false;
	}
}

/* --- checking, RFC 9162 §2.1.3.2 and §2.1.4.2 -------------------------------------------- */

/* Where the walk up from a leaf stands: its index on this level, and that of the last node. */
struct climb {
	uint64_t at, last;
};

/* Whether the next hash of a proof stands to the left; the walk is then one level or more higher. */
static bool
climb_one(struct climb *c)
{
	bool left = c->at & 1 || c->at == c->last;

	if (left)
		while (!(c->at & 1) && c->at) { /* levels on which the last node has no sibling */
			c->at >>= 1;
			c->last >>= 1;
		}
	c->at >>= 1;
	c->last >>= 1;
	return left;
}

bool
audit_inclusion_ok(const struct sm3 *leaf, uint64_t index, uint64_t n, const struct sm3 *proof,
		   size_t len, const struct sm3 *root)
{
	struct climb climb = { index, n - 1 };
	struct sm3 hash = *leaf;

	if (index >= n)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (climb.last == 0)
			return false;
		if (climb_one(&climb))
			audit_node(&proof[i], &hash, &hash);
		else
			audit_node(&hash, &proof[i], &hash);
	}
	return climb.last == 0 && sm3_equal(&hash, root);
}

/* Both roots from the same hashes: the older one of those to the left only. */
static bool
climb_both(struct climb *climb, struct sm3 *old, struct sm3 *new, const struct sm3 *proof,
	   size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (climb->last == 0)
			return false;
		if (climb_one(climb)) {
			audit_node(&proof[i], old, old);
			audit_node(&proof[i], new, new);
		} else {
			audit_node(new, &proof[i], new);
		}
	}
	return climb->last == 0;
}

bool
audit_consistency_ok(uint64_t m, uint64_t n, const struct sm3 *root_m, const struct sm3 *root_n,
		     const struct sm3 *proof, size_t len)
{
	struct climb climb = { m - 1, n - 1 };

	if (m == 0 || m > n)
		return false;
	if (m == n)
		return len == 0 && sm3_equal(root_m, root_n);
	size_t known = (m & (m - 1)) == 0
			       ? 0
			       : 1; /* the first hash is left out where it is the older root */
	if (len < known)
		return false;
	for (; climb.at & 1; climb.at >>= 1)
		climb.last >>= 1;
	struct sm3 old = known ? proof[0] : *root_m, new = old;
	return climb_both(&climb, &old, &new, proof + known, len - known) &&
	       sm3_equal(&old, root_m) && sm3_equal(&new, root_n);
}
