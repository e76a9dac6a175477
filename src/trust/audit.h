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

/*
 * One pass of the sealer: seals what is staged, in blocks of 1,000, each in a transaction of its own, and signs a
 * checkpoint when due (60 s or 1,000 entries, or force) after reading the entries again and hashing them anew:
 * ZD_FAILED names the entry that is no longer what was sealed, and nothing is signed. Two sealers take turns. Not in a
 * transaction. origin names the log; another than the first is ZD_REFUSED. ret_sealed may be NULL.
 */
enum zd_rc audit_seal(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin, bool force,
		      int64_t *ret_sealed) ZD_CHECKED;

/* --- reading and proving ------------------------------------------------------------------- */

struct audit_head { /* a signed checkpoint */
	int64_t size, at;
	struct zd_str root;	 /* 32 bytes */
	struct zd_str body;	 /* what is signed: "origin\nsize\nbase64 root\n" */
	struct zd_str signature; /* SM2, DER */
	struct zd_str key_id;
};
/* The newest, or ZD_NOT_FOUND. */
enum zd_rc audit_find_head(struct zd_cx *cx, struct db *db, struct audit_head *ret) ZD_CHECKED;
/* As C2SP signed note: body, blank line, signature line. */
struct zd_str audit_head_note(struct zd_arena *arena, const struct audit_head *head);

struct audit_sealed {
	int64_t seq;
	struct zd_str line;	   /* the JCS text that was hashed */
	struct zd_str leaf, chain; /* 32 bytes each */
	int64_t at;
	struct zd_str act, actor, obj;
	int64_t ok;
};
enum zd_rc audit_find(struct zd_cx *cx, struct db *db, int64_t seq, struct audit_sealed *ret) ZD_CHECKED;
/* ret_proof has room for AUDIT_PROOF_MAX. ZD_INVALID: seq or size is not in the log. */
enum zd_rc audit_prove(struct zd_cx *cx, struct db *db, int64_t seq, int64_t size, struct sm3 *ret_proof,
		       size_t *ret_len) ZD_CHECKED;
enum zd_rc audit_prove_consistency(struct zd_cx *cx, struct db *db, int64_t from, int64_t to, struct sm3 *ret_proof,
				   size_t *ret_len) ZD_CHECKED;

/* --- export and offline proof --------------------------------------------------------------- */

/*
 * `zhaodan log export`: ndjson. First {"entries":N,"format":"zd-audit-v1","keys":{id:PEM},"origin":…}, then the entries as
 * {"chain":hex,"entry":LINE}, LINE byte for byte what was hashed, and after `size` entries each checkpoint as
 * {"checkpoint":body,"key":id,"sig":base64}. Seals and signs first; without a key it ends at the last checkpoint.
 */
enum zd_rc audit_export(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin,
			const char *path) ZD_CHECKED;
struct audit_verdict {
	bool ok;
	int64_t entries, checkpoints;
	struct sm3 root;
	struct zd_str origin;
	struct zd_str first_fault; /* absent if ok */
};
/*
 * Offline: needs only the file and a public key (NULL: those inside, which proves less). witness: the body of a
 * checkpoint seen earlier, or absent; then the log must contain what it covered. ZD_OK with ret->ok false if the log is
 * not whole; other codes if the file cannot be read at all.
 */
enum zd_rc audit_verify(struct zd_cx *cx, const char *path, const struct sm2_key *key, struct zd_str witness,
			struct audit_verdict *ret) ZD_CHECKED;

/* The RFC 8785 line of an entry: exactly act, actor, d, ip, obj, ok, role, seq, ts. */
struct audit_staged {
	int64_t id, at;
	struct zd_str act, actor, role, ip, obj, d;
	int64_t ok;
};
struct zd_str audit_line(struct zd_arena *arena, const struct audit_staged *entry, int64_t seq);
/* "origin\nsize\nbase64 root\n" */
struct zd_str audit_checkpoint_body(struct zd_arena *arena, struct zd_str origin, int64_t size, const struct sm3 *root);
/* What a signature's key is called: 8 hex digits. */
enum zd_rc audit_key_id(struct zd_cx *cx, const struct sm2_key *key, struct zd_str *ret) ZD_CHECKED;

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
