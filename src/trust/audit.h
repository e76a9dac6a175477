#ifndef ZD_TRUST_AUDIT_H
#define ZD_TRUST_AUDIT_H

#include "crypto/crypto.h"
#include "db/db.h"

/*
 * The audit log, zd-audit-v1: every change of state is an entry, staged in the transaction that makes the change.
 * One sealer gives staged entries their gap-free seq, hashes the RFC 8785 (JCS) line into an RFC 9162 Merkle tree over SM3
 * and signs checkpoints (C2SP tlog-checkpoint text, SM2). A chain h_i = SM3(h_{i-1} ‖ leaf_i) stands beside it.
 */
struct audit_entry {
	const char *act;      /* "catalog.publish" */
	struct zd_str object; /* "item:31000101000001" */
	struct zd_str detail; /* short; no personal data, no secrets (audit_commitment for those) */
	bool refused;	      /* ok:0 */
	struct zd_str role;   /* absent: from the actor */
};
/* Stages an entry in the open transaction (ZD_FAILED outside one). Actor, address and time come from cx. */
enum zd_rc audit_put(struct zd_cx *cx, struct db *db, const struct audit_entry *entry) ZD_CHECKED;
/* SM3(0x02 ‖ salt16 ‖ value): what stands in the log for a personal value. */
void audit_commitment(const unsigned char salt[16], struct zd_str value, struct sm3 *ret);

/* Root over n row hashes: what an ingest block's one leaf proves. */
void audit_root(const struct sm3 *leaves, size_t n, struct sm3 *ret);

/* One pass of the sealer: takes the lease, seals what is staged, signs a checkpoint when due (60 s or 1,000 entries, or
 * force). ret_sealed may be NULL. */
enum zd_rc audit_seal(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin, bool force,
		      int64_t *ret_sealed) ZD_CHECKED;

/* `zhaodan log export`: ndjson lines of entries and checkpoints, the public key first. Seals first. */
enum zd_rc audit_export(struct zd_cx *cx, struct db *db, const char *path) ZD_CHECKED;
struct audit_verdict {
	bool ok;
	int64_t entries, checkpoints;
	struct sm3 root;
	struct zd_str first_fault; /* absent if ok */
};
/* Offline: needs only the file and a public key (NULL: the one inside, and says so). */
enum zd_rc audit_verify(struct zd_cx *cx, const char *path, const struct sm2_key *key, struct audit_verdict *ret) ZD_CHECKED;

/* --- the tree, pure (RFC 9162 §2.1 over SM3) ---------------------------------------------- */

void audit_leaf(struct zd_str line, struct sm3 *ret);			    /* SM3(0x00 ‖ line) */
void audit_node(const struct sm3 *l, const struct sm3 *r, struct sm3 *ret); /* SM3(0x01 ‖ l ‖ r) */
/* The chain: h_0 of an origin, then h_i = SM3(h_{i-1} ‖ leaf_i), in place. */
void audit_chain_start(struct zd_str origin, struct sm3 *ret);
void audit_chain_next(struct sm3 *chain, const struct sm3 *leaf);

#define AUDIT_PROOF_MAX 64
/* Proofs over all leaves; index < n, 0 < m <= n. They return the number of hashes. */
size_t audit_inclusion(const struct sm3 *leaves, size_t n, size_t index, struct sm3 *ret_proof);
size_t audit_consistency(const struct sm3 *leaves, size_t m, size_t n, struct sm3 *ret_proof);
bool audit_inclusion_ok(const struct sm3 *leaf, uint64_t index, uint64_t n, const struct sm3 *proof,
			size_t len, const struct sm3 *root) ZD_CHECKED;
bool audit_consistency_ok(uint64_t m, uint64_t n, const struct sm3 *root_m, const struct sm3 *root_n,
			  const struct sm3 *proof, size_t len) ZD_CHECKED;

/*
 * The same from wherever the hashes are kept: node gives the hash over the 2^level leaves from
 * index·2^level on. What it returns other than ZD_OK ends the walk and is returned.
 */
struct audit_source {
	enum zd_rc (*node)(void *arg, unsigned level, uint64_t index, struct sm3 *ret);
	void *arg;
};
enum zd_rc audit_source_root(const struct audit_source *src, uint64_t n, struct sm3 *ret) ZD_CHECKED;
enum zd_rc audit_source_inclusion(const struct audit_source *src, uint64_t n, uint64_t index,
				  struct sm3 *ret_proof, size_t *ret_len) ZD_CHECKED;
enum zd_rc audit_source_consistency(const struct audit_source *src, uint64_t m, uint64_t n,
				    struct sm3 *ret_proof, size_t *ret_len) ZD_CHECKED;

/* A tree that only grows, leaf by leaf, and remembers nothing but its right edge. */
struct audit_edge {
	uint64_t n;
	struct sm3 left[AUDIT_PROOF_MAX]; /* by level: the complete subtree that waits for its right half */
};
void audit_edge_add(struct audit_edge *edge, const struct sm3 *leaf);
void audit_edge_root(const struct audit_edge *edge, struct sm3 *ret);

#endif
