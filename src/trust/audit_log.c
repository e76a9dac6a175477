/*
 * The audit log in the database: staging within a change's own transaction, sealing in order,
 * signing, proofs.
 *
 * Sealed rows are only ever inserted. The tree is kept as leaves (in the entries) and as tiles of
 * 256 hashes once they are complete, so an append or a proof reads O(log n) rows.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trust/audit.h"
#include "trust/audit_sql.h"
#include "trust/trust.h"

enum { BLOCK = 1000, CHECKPOINT_MS = 60000, TILE = 256, TILE_BITS = 8 };
#define BLOCK_MEMORY ((size_t)256 << 20)

static struct sm3
sm3_from(struct zd_str bytes)
{
	struct sm3 hash = { { 0 } };

	if (bytes.n == SM3_LEN)
		memcpy(hash.b, bytes.p, SM3_LEN);
	return hash;
}

/* --- staging ----------------------------------------------------------------------------- */

/* Valid UTF-8 without NUL, at most max bytes: what cannot be kept must not keep an act off the
 * record. */
static struct zd_str
cleaned(struct zd_arena *arena, struct zd_str s, size_t max)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = max + 3 };

	while (s.n && out.n < max) {
		size_t good = zd_utf8_check(s);
		const char *nul = good ? memchr(s.p, 0, good) : NULL;
		if (nul)
			good = (size_t)(nul - s.p);
		while (good > max - out.n) { /* cut before a character */
			good = max - out.n;
			while (good && ((unsigned char)s.p[good] & 0xC0) == 0x80)
				good--;
			s.n = good;
		}
		zd_out_write(&out, (struct zd_str){ s.p, good });
		if (good < s.n)
			zd_out_write(&out, ZD_STR("\xEF\xBF\xBD"));
		s.p += good + (good < s.n);
		s.n -= good + (good < s.n);
	}
	return zd_str_copy(arena, zd_out_str(&out));
}

static struct zd_str
or_dash(struct zd_cx *cx, struct zd_str s, size_t max)
{
	return s.n ? cleaned(cx->arena, s, max) : ZD_STR("-");
}

enum zd_rc
audit_put(struct zd_cx *cx, struct db *db, const struct audit_entry *entry)
{
	const struct zd_actor *who = &cx->actor;
	bool system = who->id == 0 && who->level == 0;
	struct zd_str role = entry->role.p ? entry->role
			     : system      ? ZD_STR("system")
					   : trust_roles_format(cx->arena, who->roles);

	if (!db_in_txn(db))
		return zd_fail(cx, ZD_FAILED, NULL, "audit_put(%s) outside a transaction",
			       entry->act);
	return audit_sql_stage(cx, db, .id = zd_id_new(), .at = cx->now,
			       .act = zd_str_of(entry->act),
			       .actor = system ? ZD_STR("system") : or_dash(cx, who->account, 64),
			       .role = or_dash(cx, role, 64), .ip = or_dash(cx, who->address, 64),
			       .obj = or_dash(cx, entry->object, 200),
			       .d = cleaned(cx->arena, entry->detail, 1000), .ok = !entry->refused);
}

/* --- the line ---------------------------------------------------------------------------- */

/* RFC 8785 §3.2.2.2: the short escapes where there is one, else \u00xx in lower case, all else as
 * it is. */
static void
put_jcs(struct zd_out *out, struct zd_str s)
{
	static const char shorts[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";

	zd_out_write(out, ZD_STR("\""));
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		const char *at = c ? strchr(shorts, c) : NULL;
		if (at)
			zd_out_printf(out, "\\%c", letters[at - shorts]);
		else if ((unsigned char)c < 0x20)
			zd_out_printf(out, "\\u%04x", (unsigned)c);
		else
			zd_out_write(out, (struct zd_str){ &s.p[i], 1 });
	}
	zd_out_write(out, ZD_STR("\""));
}

static void
put_member(struct zd_out *out, const char *name, struct zd_str value)
{
	zd_out_printf(out, "%s:", name);
	put_jcs(out, value);
}

struct zd_str
audit_line(struct zd_arena *arena, const struct audit_staged *e, int64_t seq)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	put_member(&out, "{\"act\"", e->act);
	put_member(&out, ",\"actor\"", e->actor);
	put_member(&out, ",\"d\"", e->d);
	put_member(&out, ",\"ip\"", e->ip);
	put_member(&out, ",\"obj\"", e->obj);
	zd_out_printf(&out, ",\"ok\":%d", e->ok ? 1 : 0);
	put_member(&out, ",\"role\"", e->role);
	zd_out_write(&out, ZD_STR(",\"seq\":"));
	zd_out_int(&out, seq);
	put_member(&out, ",\"ts\"", zd_time_format_utc(arena, e->at));
	zd_out_write(&out, ZD_STR("}"));
	return zd_str_copy(arena, zd_out_str(&out));
}

/* --- the tree from the database ---------------------------------------------------------- */

struct stored {
	struct zd_cx *cx;
	struct db *db;
};

struct gather {
	struct sm3 hashes[TILE];
	size_t n;
};

static enum zd_rc
gather_hash(struct zd_cx *cx, const void *row, void *arg)
{
	const struct audit_sql_list_leaves_out *out = row; /* list_tile_roots_out is alike */
	struct gather *into = arg;

	if (into->n == TILE || out->hash.n != SM3_LEN)
		return zd_fail(cx, ZD_FAILED, NULL, "audit log: bad hash");
	into->hashes[into->n++] = sm3_from(out->hash);
	return ZD_OK;
}
_Static_assert(sizeof(struct audit_sql_list_leaves_out) ==
		       sizeof(struct audit_sql_list_tile_roots_out),
	       "one row function reads both");

/* n hashes over 256^level leaves each, from index `from` on; all within one tile. */
static enum zd_rc
read_hashes(const struct stored *st, unsigned level, uint64_t from, size_t n, struct gather *ret)
{
	struct audit_sql_find_tile_out tile;
	int64_t first = (int64_t)from, end = first + (int64_t)n;
	enum zd_rc rc;

	ret->n = 0;
	rc = audit_sql_find_tile(st->cx, st->db, &tile, .level = level, .idx = first / TILE);
	if (rc == ZD_OK && tile.hashes.n == (size_t)TILE * SM3_LEN) {
		memcpy(ret->hashes, tile.hashes.p + first % TILE * SM3_LEN, n * SM3_LEN);
		ret->n = n;
		return ZD_OK;
	}
	if (rc != ZD_NOT_FOUND)
		return rc;
	ZD_TRY(level == 0 ? audit_sql_list_leaves(st->cx, st->db, gather_hash, ret, .from = first,
						  .until = end)
			  : audit_sql_list_tile_roots(st->cx, st->db, gather_hash, ret,
						      .level = level - 1, .from = first,
						      .until = end));
	if (ret->n != n)
		return zd_fail(st->cx, ZD_FAILED, NULL,
			       "审计日志第 %lld 条附近缺少记录，请立即停用并保全数据",
			       (long long)(from << level * TILE_BITS));
	return ZD_OK;
}

static enum zd_rc
stored_node(void *arg, unsigned level, uint64_t index, struct sm3 *ret)
{
	unsigned inside = level % TILE_BITS;
	struct gather got;

	ZD_TRY(read_hashes(arg, level / TILE_BITS, index << inside, (size_t)1 << inside, &got));
	audit_root(got.hashes, got.n, ret); /* of hashes of one level: the same joins */
	return ZD_OK;
}

static struct audit_source
source_of(struct stored *st)
{
	return (struct audit_source){ stored_node, st };
}

/* The right edge of the tree of n leaves. */
static enum zd_rc
read_edge(struct stored *st, int64_t n, struct audit_edge *ret)
{
	*ret = (struct audit_edge){ .n = (uint64_t)n };
	for (unsigned level = 0; ret->n >> level; level++)
		if (ret->n >> level & 1)
			ZD_TRY(stored_node(st, level, (ret->n >> (level + 1)) << 1,
					   &ret->left[level]));
	return ZD_OK;
}

/* Writes the tiles that were completed between size `from` and size `to`. */
static enum zd_rc
write_tiles(struct stored *st, int64_t from, int64_t to)
{
	struct gather got;
	struct zd_str hashes = { (const char *)got.hashes, sizeof(got.hashes) };
	struct sm3 root;

	for (unsigned level = 0; from != to; level++) {
		from /= TILE;
		to /= TILE;
		for (int64_t idx = from; idx < to; idx++) {
			ZD_TRY(read_hashes(st, level, (uint64_t)(idx * TILE), TILE, &got));
			audit_root(got.hashes, TILE, &root);
			ZD_TRY(audit_sql_insert_tile(st->cx, st->db, .level = level, .idx = idx,
						     .hashes = hashes, .root = SM3_STR(root)));
		}
	}
	return ZD_OK;
}

/* --- sealing ----------------------------------------------------------------------------- */

static enum zd_rc
take_lease(struct zd_cx *cx, struct db *db, struct zd_str origin)
{
	int64_t n;

	ZD_TRY(audit_sql_take_lease(cx, db, &n, .origin = origin,
				    .holder = zd_str_printf(cx->arena, "%ld", (long)getpid()),
				    .at = cx->now));
	if (n == 0)
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "审计日志属于另一个安装，不能以“%.*s”的名义续写",
			       ZD_STR_ARG(origin));
	return ZD_OK;
}

/* The size so far and the chain's end. */
static enum zd_rc
find_end(struct zd_cx *cx, struct db *db, struct zd_str origin, int64_t *ret_size,
	 struct sm3 *ret_chain)
{
	struct audit_sql_find_last_out last;
	enum zd_rc rc = audit_sql_find_last(cx, db, &last);

	if (rc == ZD_NOT_FOUND) {
		*ret_size = 0;
		audit_chain_start(origin, ret_chain);
		return ZD_OK;
	}
	if (rc == ZD_OK) {
		*ret_size = last.seq + 1;
		*ret_chain = sm3_from(last.chain);
	}
	return rc;
}

static enum zd_rc
seal_entries(struct zd_cx *cx, struct db *db, const struct audit_staged *staged, size_t n,
	     int64_t size, struct sm3 *chain)
{
	struct audit_sql_seal_in *rows = zd_new_array(cx->arena, struct audit_sql_seal_in, n);
	struct audit_sql_unstage_in *ids = zd_new_array(cx->arena, struct audit_sql_unstage_in, n);
	struct sm3 *hashes = zd_new_array(cx->arena, struct sm3, 2 * n);

	for (size_t i = 0; i < n; i++) {
		const struct audit_staged *e = &staged[i];
		int64_t seq = size + (int64_t)i;
		struct sm3 *leaf = &hashes[2 * i], *link = &hashes[2 * i + 1];
		struct zd_str line = audit_line(cx->arena, e, seq);
		audit_leaf(line, leaf);
		audit_chain_next(chain, leaf);
		*link = *chain;
		ids[i].id = e->id;
		rows[i] = (struct audit_sql_seal_in){ .seq = seq,
						      .line = line,
						      .leaf = SM3_STR(*leaf),
						      .chain = SM3_STR(*link),
						      .at = e->at,
						      .act = e->act,
						      .actor = e->actor,
						      .obj = e->obj,
						      .ok = e->ok };
	}
	ZD_TRY(audit_sql_seal(cx, db, rows, n));
	return audit_sql_unstage(cx, db, ids, n);
}

static enum zd_rc
seal_staged(struct zd_cx *cx, struct db *db, struct zd_str origin, size_t *ret_n)
{
	struct stored st = { cx, db };
	struct audit_staged *staged;
	struct sm3 chain;
	int64_t size;

	ZD_TRY(audit_sql_list_staged(cx, db, BLOCK, &staged, ret_n, .limit = BLOCK));
	if (*ret_n == 0)
		return ZD_OK;
	ZD_TRY(find_end(cx, db, origin, &size, &chain));
	ZD_TRY(seal_entries(cx, db, staged, *ret_n, size, &chain));
	return write_tiles(&st, size, size + (int64_t)*ret_n);
}

static enum zd_rc
seal_block(struct zd_cx *cx, struct db *db, struct zd_str origin, size_t *ret_n)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(take_lease(cx, db, origin));
	ZD_TRY(seal_staged(cx, db, origin, ret_n));
	return db_commit(cx, &txn);
}

/* --- checkpoints ------------------------------------------------------------------------- */

struct zd_str
audit_checkpoint_body(struct zd_arena *arena, struct zd_str origin, int64_t size,
		      const struct sm3 *root)
{
	struct zd_str hash = crypto_base64(arena, SM3_STR(*root));

	return zd_str_printf(arena, "%.*s\n%lld\n%.*s\n", ZD_STR_ARG(origin), (long long)size,
			     ZD_STR_ARG(hash));
}

enum zd_rc
audit_key_id(struct zd_cx *cx, const struct sm2_key *key, struct zd_str *ret)
{
	struct zd_str pem;
	struct sm3 hash;

	ZD_TRY(sm2_to_pem(cx, key, false, &pem));
	sm3_of(pem, &hash);
	*ret = crypto_hex(cx->arena, (struct zd_str){ (const char *)hash.b, 4 });
	return ZD_OK;
}

static enum zd_rc
fail_entry(struct zd_cx *cx, int64_t seq, const char *what)
{
	return zd_fail(cx, ZD_FAILED, NULL,
		       "审计日志第 %lld "
		       "条的%s与封存时不同，检查点没有签署；请立即保全数据并通知审计管理员",
		       (long long)seq, what);
}

/* Hashes the stored entries anew onto the edge of what was signed before (the Yeti log broke for
 * want of it). */
static enum zd_rc
rehash_block(struct zd_cx *cx, struct db *db, int64_t from, int64_t until, struct audit_edge *edge,
	     struct sm3 *chain)
{
	struct audit_sealed *rows;
	size_t n;

	ZD_TRY(audit_sql_list_entries(cx, db, BLOCK, &rows, &n, .from = from, .until = until));
	if ((int64_t)n != until - from)
		return fail_entry(cx, from, "条数");
	for (size_t i = 0; i < n; i++) {
		struct sm3 leaf;
		audit_leaf(rows[i].line, &leaf);
		audit_chain_next(chain, &leaf);
		if (!crypto_equal(rows[i].leaf, SM3_STR(leaf)))
			return fail_entry(cx, rows[i].seq, "内容");
		if (!crypto_equal(rows[i].chain, SM3_STR(*chain)))
			return fail_entry(cx, rows[i].seq, "哈希链");
		audit_edge_add(edge, &leaf);
	}
	return ZD_OK;
}

/* Runs in an arena of its own, so that a long log needs no more memory than a block of it. */
static enum zd_rc
rehash_in_own_arena(struct zd_cx *cx, struct db *db, int64_t from, int64_t until,
		    struct audit_edge *edge, struct sm3 *chain)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(BLOCK_MEMORY);
	struct zd_cx own = *cx;

	own.arena = arena;
	enum zd_rc rc = rehash_block(&own, db, from, until, edge, chain);
	cx->err = own.err;
	return rc;
}

static enum zd_rc
start_rehash(struct stored *st, struct zd_str origin, const struct audit_head *last,
	     struct audit_edge *ret_edge, struct sm3 *ret_chain)
{
	struct audit_sealed entry;
	struct sm3 root;

	audit_chain_start(origin, ret_chain);
	ZD_TRY(read_edge(st, last->size, ret_edge));
	if (last->size == 0)
		return ZD_OK;
	audit_edge_root(ret_edge, &root);
	if (!crypto_equal(last->root, SM3_STR(root)))
		return fail_entry(st->cx, last->size - 1, "以前各条的树根");
	ZD_TRY(audit_sql_find_entry(st->cx, st->db, &entry, .seq = last->size - 1));
	*ret_chain = sm3_from(entry.chain);
	return ZD_OK;
}

static enum zd_rc
recompute_root(struct stored *st, struct zd_str origin, const struct audit_head *last, int64_t size,
	       struct sm3 *ret)
{
	struct audit_source src = source_of(st);
	struct audit_edge edge;
	struct sm3 chain, stored;

	ZD_TRY(start_rehash(st, origin, last, &edge, &chain));
	for (int64_t at = last->size; at < size; at += BLOCK)
		ZD_TRY(rehash_in_own_arena(st->cx, st->db, at,
					   at + BLOCK < size ? at + BLOCK : size, &edge, &chain));
	audit_edge_root(&edge, ret);
	ZD_TRY(audit_source_root(&src, (uint64_t)size, &stored));
	return sm3_equal(&stored, ret) ? ZD_OK : fail_entry(st->cx, size - 1, "树");
}

static enum zd_rc
sign_head(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin,
	  int64_t size, const struct sm3 *root)
{
	struct zd_str body = audit_checkpoint_body(cx->arena, origin, size, root);
	struct zd_str signature, id, pem;

	ZD_TRY(sm2_sign(cx, key, body, &signature));
	ZD_TRY(audit_key_id(cx, key, &id));
	ZD_TRY(sm2_to_pem(cx, key, false, &pem));
	ZD_TRY(audit_sql_insert_key(cx, db, NULL, .id = id, .pem = pem, .at = cx->now));
	return audit_sql_insert_checkpoint(cx, db, .size = size, .at = cx->now,
					   .root = SM3_STR(*root), .body = body,
					   .signature = signature, .key_id = id);
}

static enum zd_rc
find_head_or_none(struct zd_cx *cx, struct db *db, struct audit_head *ret)
{
	enum zd_rc rc = audit_sql_find_checkpoint(cx, db, ret);

	if (rc != ZD_NOT_FOUND)
		return rc;
	*ret = (struct audit_head){ 0 };
	return ZD_OK;
}

static enum zd_rc
sign_if_due(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin,
	    bool force)
{
	struct stored st = { cx, db };
	struct audit_head last;
	struct sm3 chain, root;
	int64_t size;

	ZD_TRY(find_end(cx, db, origin, &size, &chain));
	ZD_TRY(find_head_or_none(cx, db, &last));
	bool due = force || size - last.size >= BLOCK || cx->now - last.at >= CHECKPOINT_MS;
	if (size == last.size || !due)
		return ZD_OK;
	ZD_TRY(recompute_root(&st, origin, &last, size, &root));
	return sign_head(cx, db, key, origin, size, &root);
}

/* One root for one size: size is the table's key, and the lease is held to the end. */
static enum zd_rc
checkpoint(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin,
	   bool force)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(take_lease(cx, db, origin));
	ZD_TRY(sign_if_due(cx, db, key, origin, force));
	return db_commit(cx, &txn);
}

static enum zd_rc
seal_pass(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin,
	  bool force, size_t *ret_n)
{
	ZD_TRY(seal_block(cx, db, origin, ret_n));
	return checkpoint(cx, db, key, origin, force && *ret_n < BLOCK);
}

enum zd_rc
audit_seal(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin,
	   bool force, int64_t *ret_sealed)
{
	struct zd_cx own = *cx;
	int64_t sealed = 0;
	size_t n = BLOCK;
	enum zd_rc rc = ZD_OK;

	while (rc == ZD_OK && n == BLOCK) {
		struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(BLOCK_MEMORY);
		own.arena = arena;
		rc = seal_pass(&own, db, key, origin, force, &n);
		if (rc == ZD_OK)
			sealed += (int64_t)n;
	}
	cx->err = own.err;
	if (rc == ZD_OK && ret_sealed)
		*ret_sealed = sealed;
	return rc;
}

/* --- reading and proving ----------------------------------------------------------------- */

enum zd_rc
audit_find_head(struct zd_cx *cx, struct db *db, struct audit_head *ret)
{
	return audit_sql_find_checkpoint(cx, db, ret);
}

struct zd_str
audit_head_note(struct zd_arena *arena, const struct audit_head *head)
{
	char *sig = zd_alloc(arena, 4 + head->signature.n);
	const char *nl = memchr(head->body.p, '\n', head->body.n);
	int origin = nl ? (int)(nl - head->body.p) : 0;

	if (!crypto_unhex(head->key_id, (unsigned char *)sig, 4))
		memset(sig, 0, 4);
	memcpy(sig + 4, head->signature.p, head->signature.n);
	struct zd_str text = crypto_base64(arena, (struct zd_str){ sig, 4 + head->signature.n });
	return zd_str_printf(arena, "%.*s\n\xE2\x80\x94 %.*s %.*s\n", ZD_STR_ARG(head->body),
			     origin, head->body.p, ZD_STR_ARG(text));
}

enum zd_rc
audit_find(struct zd_cx *cx, struct db *db, int64_t seq, struct audit_sealed *ret)
{
	enum zd_rc rc = audit_sql_find_entry(cx, db, ret, .seq = seq);

	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, "seq", "审计日志没有第 %lld 条", (long long)seq);
	return rc;
}

static enum zd_rc
check_size(struct zd_cx *cx, struct db *db, int64_t size)
{
	struct audit_sql_find_last_out last = { .seq = -1 };
	enum zd_rc rc = audit_sql_find_last(cx, db, &last);

	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	if (size < 1 || size > last.seq + 1)
		return zd_fail(cx, ZD_INVALID, "size", "审计日志现有 %lld 条，没有大小为 %lld 的树",
			       (long long)last.seq + 1, (long long)size);
	return ZD_OK;
}

enum zd_rc
audit_prove(struct zd_cx *cx, struct db *db, int64_t seq, int64_t size, struct sm3 *ret_proof,
	    size_t *ret_len)
{
	struct stored st = { cx, db };
	struct audit_source src = source_of(&st);

	ZD_TRY(check_size(cx, db, size));
	if (seq < 0 || seq >= size)
		return zd_fail(cx, ZD_INVALID, "seq", "第 %lld 条不在大小为 %lld 的树中",
			       (long long)seq, (long long)size);
	return audit_source_inclusion(&src, (uint64_t)size, (uint64_t)seq, ret_proof, ret_len);
}

enum zd_rc
audit_prove_consistency(struct zd_cx *cx, struct db *db, int64_t from, int64_t to,
			struct sm3 *ret_proof, size_t *ret_len)
{
	struct stored st = { cx, db };
	struct audit_source src = source_of(&st);

	ZD_TRY(check_size(cx, db, to));
	if (from < 1 || from > to)
		return zd_fail(cx, ZD_INVALID, "from", "起始大小应在 1 至 %lld 之间",
			       (long long)to);
	return audit_source_consistency(&src, (uint64_t)from, (uint64_t)to, ret_proof, ret_len);
}
