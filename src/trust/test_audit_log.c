/* The log in both databases: the published vector, sealing in order, proofs, and every way to spoil
 * it. */
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/test_db.h"
#include "trust/audit.h"
#include "trust/audit_sql.h"
#include "trust/trust.h"

#define ORIGIN ZD_STR("zhaodan.example/audit")

static struct sm2_key *key; /* one for all tests: making one is slow */

static enum zd_rc
put(struct zd_cx *cx, struct db *db, const char *act, const char *obj)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(audit_put(cx, db,
			 &(struct audit_entry){
				 .act = act, .object = zd_str_of(obj), .detail = ZD_STR("核查") }));
	return db_commit(cx, &txn);
}

static void
put_many(struct test_db *t, int n)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	for (int i = 0; i < n; i++)
		assert_rc(&t->cx,
			  audit_put(&t->cx, t->db,
				    &(struct audit_entry){ .act = "test.put",
							   .object = ZD_STR("item:1") }),
			  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

static int64_t
seal(struct test_db *t, bool force)
{
	int64_t n = -1;

	assert_rc(&t->cx, audit_seal(&t->cx, t->db, key, ORIGIN, force, &n), ZD_OK);
	return n;
}

static int64_t
size_of(struct test_db *t)
{
	struct audit_sql_find_last_out last = { .seq = -1 };

	(void)!audit_sql_find_last(&t->cx, t->db, &last);
	return last.seq + 1;
}

static int64_t
signed_size(struct test_db *t)
{
	struct audit_head head = { 0 };

	(void)!audit_find_head(&t->cx, t->db, &head);
	return head.size;
}

static void
assert_hex(struct test_db *t, struct zd_str bytes, const char *hex)
{
	assert_text(crypto_hex(t->cx.arena, bytes), hex);
}

/* --- the published vector (audit_vector.json) -------------------------------------------- */

static const struct vector {
	int64_t at;
	const char *act, *actor, *d, *obj;
	bool refused;
	uint32_t roles;
	const char *line, *leaf, *chain;
} vectors[] = {
	{ 1677628800000, "system.init", "sysadmin01", "", "-", false, TRUST_SYSTEM_ADMIN,
	  "{\"act\":\"system.init\",\"actor\":\"sysadmin01\",\"d\":\"\",\"ip\":\"127.0.0.1\","
	  "\"obj\":\"-\",\"ok\":1,\"role\":\"sys\",\"seq\":0,\"ts\":\"2023-03-01T00:00:00.000Z\"}",
	  "d9c280160377aa180040279651c7575aa8cb00ad245d678a39aec9f99c3cc8b3",
	  "ad294efb9491ca77c8596b2ffee8b600ca8f2011004b0244b5583541b0d5687d" },
	{ 1677657601123, "role.grant", "secadmin01", "officer@D1", "user:zf0001", false,
	  TRUST_SECURITY_ADMIN,
	  "{\"act\":\"role.grant\",\"actor\":\"secadmin01\",\"d\":\"officer@D1\",\"ip\":"
	  "\"127.0.0.1\",\"obj\":\"user:zf0001\",\"ok\":1,\"role\":\"sec\",\"seq\":1,\"ts\":"
	  "\"2023-03-01T08:00:01.123Z\"}",
	  "94c025699379ef39979f28a3755652514d6767bdc42058df647c6dd7e32794c6",
	  "d50242a0338dfadf1deb0180c0a8606abf7ec70fa1b214d64ff1ae4aaadda223" },
	{ 1677657729500, "record.read", "zf0001", "cross-department", "complaint:42", true,
	  TRUST_INSPECTOR,
	  "{\"act\":\"record.read\",\"actor\":\"zf0001\",\"d\":\"cross-department\",\"ip\":"
	  "\"127.0.0.1\",\"obj\":\"complaint:42\",\"ok\":0,\"role\":\"officer\",\"seq\":2,\"ts\":"
	  "\"2023-03-01T08:02:09.500Z\"}",
	  "631b5cbab55af0db6368c59a37a5a97c09a0c2d460197712f32843b620cec127",
	  "3cdd83b2ce8df27e97c3076947a697d9d491fbd7e5b5bd2ee2d84883727929b1" },
	{ 1677661200000, "pii.reveal", "zf0001", "核查",
	  "person:b75acf3949e6cfccea5e7a6e06c4ebf0f5acca4a0787430205bd853d8ecd8437", false,
	  TRUST_INSPECTOR,
	  "{\"act\":\"pii.reveal\",\"actor\":\"zf0001\",\"d\":\"核查\",\"ip\":\"127.0.0.1\","
	  "\"obj\":\"person:b75acf3949e6cfccea5e7a6e06c4ebf0f5acca4a0787430205bd853d8ecd8437\","
	  "\"ok\":1,\"role\":\"officer\",\"seq\":3,\"ts\":\"2023-03-01T09:00:00.000Z\"}",
	  "a7129b022c0810140a4c490a46d6865941106d5774440bd129589f986ac4c2ed",
	  "5ff5a0d9924908abf6411940c4bba73ab0a2cd23c4e3b7de3160a1ee5192d9cd" },
};
#define VECTOR_ROOT "790c61e3531fdd9da74e197daa166e0cdec7cd28a8224c9e28fdcf3955473c4b"
#define VECTOR_ROOT_2 "93d0154361cf3c513fe4b707356b3e8759a2bc10d7ff7b74fbf934fb8f4aee83"

static void
put_vector(struct test_db *t)
{
	for (size_t i = 0; i < N(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		t->cx.now = v->at;
		t->cx.actor = (struct zd_actor){ .id = 1,
						 .level = 1,
						 .roles = v->roles,
						 .account = zd_str_of(v->actor),
						 .address = ZD_STR("127.0.0.1") };
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		assert_rc(&t->cx,
			  audit_put(&t->cx, t->db,
				    &(struct audit_entry){ .act = v->act,
							   .object = zd_str_of(v->obj),
							   .detail = zd_str_of(v->d),
							   .refused = v->refused }),
			  ZD_OK);
		assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	}
}

static void
the_vector_reproduces_to_the_byte(void **state)
{
	struct test_db *t = *state;
	struct audit_sealed entry;
	struct audit_head head;
	struct sm3 chain;

	put_vector(t);
	assert_int_equal(seal(t, true), 4);
	audit_chain_start(ORIGIN, &chain);
	assert_hex(t, SM3_STR(chain),
		   "c452cdb7b911a5317289f2c5ba032908e31f1abb36db5f1ef3f7f3ce934def81");
	for (size_t i = 0; i < N(vectors); i++) {
		assert_rc(&t->cx, audit_find(&t->cx, t->db, (int64_t)i, &entry), ZD_OK);
		assert_text(entry.line, vectors[i].line);
		assert_hex(t, entry.leaf, vectors[i].leaf);
		assert_hex(t, entry.chain, vectors[i].chain);
	}
	assert_rc(&t->cx, audit_find_head(&t->cx, t->db, &head), ZD_OK);
	assert_hex(t, head.root, VECTOR_ROOT);
	assert_text(head.body, "zhaodan.example/audit\n4\n"
			       "eQxh41Mf3Z2nThl9qhZuDN7HzSioIkyeKP3POVVHPEs=\n");
	assert_true(sm2_verify(key, head.body, head.signature));
	struct zd_str note = audit_head_note(t->cx.arena, &head);
	assert_true(zd_str_starts(note, head.body));
	assert_true(zd_str_starts((struct zd_str){ note.p + head.body.n, note.n - head.body.n },
				  ZD_STR("\n— zhaodan.example/audit ")));
}

static void
the_vectors_proofs_reproduce(void **state)
{
	struct test_db *t = *state;
	struct sm3 proof[AUDIT_PROOF_MAX], commitment;
	size_t len;

	put_vector(t);
	seal(t, true);
	assert_rc(&t->cx, audit_prove(&t->cx, t->db, 2, 4, proof, &len), ZD_OK);
	assert_int_equal(len, 2);
	assert_hex(t, SM3_STR(proof[0]), vectors[3].leaf);
	assert_hex(t, SM3_STR(proof[1]), VECTOR_ROOT_2);
	assert_rc(&t->cx, audit_prove_consistency(&t->cx, t->db, 2, 4, proof, &len), ZD_OK);
	assert_int_equal(len, 1);
	assert_hex(t, SM3_STR(proof[0]),
		   "7c47c6e145e88958454a43608a345110287775d022e51ea3f634b1c7309883d5");
	assert_rc(&t->cx, audit_prove(&t->cx, t->db, 4, 4, proof, &len), ZD_INVALID);
	assert_rc(&t->cx, audit_prove(&t->cx, t->db, 0, 5, proof, &len), ZD_INVALID);
	assert_rc(&t->cx, audit_prove_consistency(&t->cx, t->db, 0, 4, proof, &len), ZD_INVALID);
	audit_commitment((const unsigned char *)"0123456789abcdef", ZD_STR("x"), &commitment);
	struct sm3 by_hand;
	sm3_of(ZD_STR("\002"
		      "0123456789abcdefx"),
	       &by_hand);
	assert_true(sm3_equal(&commitment, &by_hand));
}

/* --- staging ----------------------------------------------------------------------------- */

static void
an_entry_lives_and_dies_with_its_transaction(void **state)
{
	struct test_db *t = *state;

	{
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		assert_rc(&t->cx,
			  audit_put(&t->cx, t->db, &(struct audit_entry){ .act = "test.lost" }),
			  ZD_OK);
	}
	assert_int_equal(seal(t, false), 0);
	assert_rc(&t->cx, put(&t->cx, t->db, "test.kept", "a"), ZD_OK);
	struct db *again ZD_CLEANUP(db_drop) = test_db_again(t); /* kept, though nobody sealed it */
	struct audit_staged *staged;
	size_t n;
	assert_rc(&t->cx, audit_sql_list_staged(&t->cx, again, 10, &staged, &n, .limit = 10),
		  ZD_OK);
	assert_int_equal(n, 1);
	assert_text(staged[0].act, "test.kept");
	assert_text(staged[0].actor, "system");
	assert_rc(&t->cx, audit_put(&t->cx, t->db, &(struct audit_entry){ .act = "test.outside" }),
		  ZD_FAILED);
}

static void
what_cannot_be_kept_is_cleaned_not_refused(void **state)
{
	struct test_db *t = *state;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct audit_sealed entry;
	char longest[3000];

	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = "\xE7\x85\xA7"[i % 3];
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx,
		  audit_put(&t->cx, t->db,
			    &(struct audit_entry){ .act = "test.put",
						   .object = ZD_STR("a\xff\0b\n\x01\"\\"),
						   .detail = { longest, sizeof(longest) } }),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	seal(t, true);
	assert_rc(&t->cx, audit_find(&t->cx, t->db, 0, &entry), ZD_OK);
	assert_text(entry.obj, "a\xEF\xBF\xBD\xEF\xBF\xBD"
			       "b\n\x01\"\\");
	assert_non_null(memmem(entry.line.p, entry.line.n, "b\\n\\u0001\\\"\\\\", 12));
	assert_true(entry.line.n > 1000 && entry.line.n < 1400);
	assert_int_equal(zd_utf8_check(entry.line), entry.line.n);
}

/* --- sealing and signing ----------------------------------------------------------------- */

static void
checkpoints_are_signed_when_due(void **state)
{
	struct test_db *t = *state;

	assert_int_equal(seal(t, true), 0);
	assert_int_equal(signed_size(t), 0); /* nothing to sign */
	put_many(t, 3);
	assert_int_equal(seal(t, false), 3); /* the first ever */
	assert_int_equal(signed_size(t), 3);
	put_many(t, 2);
	assert_int_equal(seal(t, false), 2);
	assert_int_equal(signed_size(t), 3);
	t->cx.now += 60000;
	assert_int_equal(seal(t, false), 0);
	assert_int_equal(signed_size(t), 5);
	put_many(t, 999);
	seal(t, false);
	assert_int_equal(signed_size(t), 5);
	put_many(t, 1);
	seal(t, false);
	assert_int_equal(signed_size(t), 1005);
	put_many(t, 1);
	seal(t, true);
	assert_int_equal(signed_size(t), 1006);
}

static void
a_log_has_one_origin(void **state)
{
	struct test_db *t = *state;

	put_many(t, 1);
	seal(t, true);
	put_many(t, 1);
	assert_rc(&t->cx, audit_seal(&t->cx, t->db, key, ZD_STR("other"), true, NULL), ZD_REFUSED);
	assert_int_equal(size_of(t), 1);
	assert_int_equal(seal(t, true), 1);
}

static enum zd_rc
call_put(struct test_db *t, void *arg)
{
	(void)arg;
	return put(&t->cx, t->db, "test.put", "a");
}

static void
check_put(struct test_db *t, bool done, void *arg)
{
	struct audit_staged *staged;
	size_t n;

	(void)arg;
	assert_rc(&t->cx, audit_sql_list_staged(&t->cx, t->db, 10, &staged, &n, .limit = 10),
		  ZD_OK);
	assert_int_equal(n, done ? 1 : 0);
}

static enum zd_rc
call_seal(struct test_db *t, void *arg)
{
	(void)arg;
	return audit_seal(&t->cx, t->db, key, ORIGIN, true, NULL);
}

/* A pass is two transactions: sealed and not yet signed is whole too; the next pass signs. */
static void
check_seal(struct test_db *t, bool done, void *arg)
{
	struct audit_staged *staged;
	size_t n;

	(void)arg;
	assert_rc(&t->cx, audit_sql_list_staged(&t->cx, t->db, 2000, &staged, &n, .limit = 2000),
		  ZD_OK);
	int64_t size = size_of(t);
	assert_true((size == 0 && n == 300) || (size == 300 && n == 0));
	assert_int_equal(signed_size(t), done ? 300 : 0);
}

static void
staging_and_sealing_are_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;

	assert_int_equal(test_fault_loop(t, call_put, check_put, NULL), 3);
	put_many(t, 299);
	assert_true(test_fault_loop(t, call_seal, check_seal, NULL) > 10);
}

struct sealer {
	struct test_db *t;
	struct zd_cx cx;
	int64_t sealed;
	enum zd_rc rc;
	volatile bool *stop;
};

static void *
run_sealer(void *arg)
{
	struct sealer *s = arg;
	struct db *db ZD_CLEANUP(db_drop) = NULL;
	bool last = false;

	s->rc = db_open(&s->cx, s->t->url, &db);
	while (s->rc == ZD_OK && !last) {
		int64_t n = 0;
		last = __atomic_load_n(s->stop, __ATOMIC_ACQUIRE);
		s->rc = audit_seal(&s->cx, db, key, ORIGIN, true, &n);
		if (s->rc == ZD_BUSY) /* a lock was not to be had in time: nothing was done */
			s->rc = ZD_OK;
		s->sealed += n;
	}
	return NULL;
}

static void
two_sealers_take_turns(void **state)
{
	struct test_db *t = *state;
	volatile bool stop = false;
	struct sealer sealers[2];
	pthread_t threads[2];
	struct audit_verdict verdict;
	char path[64];

	for (int i = 0; i < 2; i++) {
		sealers[i] = (struct sealer){ .t = t, .cx = t->cx, .stop = &stop };
		sealers[i].cx.arena = zd_arena_new(64 << 20);
		assert_int_equal(pthread_create(&threads[i], NULL, run_sealer, &sealers[i]), 0);
	}
	for (int i = 0; i < 40; i++)
		put_many(t, 25);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_rc(&sealers[i].cx, sealers[i].rc, ZD_OK);
		zd_arena_free(sealers[i].cx.arena);
	}
	seal(t, true);
	assert_int_equal(size_of(t), 1000);
	snprintf(path, sizeof(path), "/tmp/zd-audit-%d", (int)getpid());
	assert_rc(&t->cx, audit_export(&t->cx, t->db, key, ORIGIN, path), ZD_OK);
	assert_rc(&t->cx, audit_verify(&t->cx, path, key, (struct zd_str){ 0 }, &verdict), ZD_OK);
	unlink(path);
	if (!verdict.ok)
		fail_msg("%.*s", ZD_STR_ARG(verdict.first_fault));
	assert_int_equal(verdict.entries, 1000);
}

/* --- ten thousand ------------------------------------------------------------------------ */

static void
assert_proves(struct test_db *t, int64_t seq, int64_t size)
{
	struct sm3 proof[AUDIT_PROOF_MAX], leaf, root;
	struct audit_sealed entry;
	struct audit_head head;
	size_t len;

	assert_rc(&t->cx, audit_find_head(&t->cx, t->db, &head), ZD_OK);
	memcpy(root.b, head.root.p, SM3_LEN);
	assert_rc(&t->cx, audit_find(&t->cx, t->db, seq, &entry), ZD_OK);
	memcpy(leaf.b, entry.leaf.p, SM3_LEN);
	assert_rc(&t->cx, audit_prove(&t->cx, t->db, seq, size, proof, &len), ZD_OK);
	assert_true(len <= 14);
	assert_true(audit_inclusion_ok(&leaf, (uint64_t)seq, (uint64_t)size, proof, len, &root));
}

static void
assert_consistent(struct test_db *t, const struct audit_head *old, const struct audit_head *new)
{
	struct sm3 proof[AUDIT_PROOF_MAX], root_old, root_new;
	size_t len;

	memcpy(root_old.b, old->root.p, SM3_LEN);
	memcpy(root_new.b, new->root.p, SM3_LEN);
	assert_rc(&t->cx, audit_prove_consistency(&t->cx, t->db, old->size, new->size, proof, &len),
		  ZD_OK);
	assert_true(audit_consistency_ok((uint64_t)old->size, (uint64_t) new->size, &root_old,
					 &root_new, proof, len));
}

static void
ten_thousand_entries_seal_prove_and_verify(void **state)
{
	static const int64_t places[] = { 0, 1, 255, 256, 257, 4095, 4096, 8191, 9983, 9984, 9999 };
	struct test_db *t = *state;
	struct audit_head *heads;
	struct audit_verdict verdict;
	size_t n;
	char path[64];

	for (int i = 0; i < 10; i++)
		put_many(t, 1000);
	assert_int_equal(seal(t, true), 10000);
	assert_int_equal(signed_size(t), 10000);
	for (size_t i = 0; i < N(places); i++)
		assert_proves(t, places[i], 10000);
	assert_rc(&t->cx,
		  audit_sql_list_checkpoints(&t->cx, t->db, 100, &heads, &n, .above = 0,
					     .up_to = 10000),
		  ZD_OK);
	assert_int_equal(n, 10);
	for (size_t i = 0; i < n; i++)
		assert_consistent(t, &heads[i], &heads[n - 1]);
	snprintf(path, sizeof(path), "/tmp/zd-audit-%d", (int)getpid());
	assert_rc(&t->cx, audit_export(&t->cx, t->db, key, ORIGIN, path), ZD_OK);
	assert_rc(&t->cx, audit_verify(&t->cx, path, key, heads[3].body, &verdict), ZD_OK);
	unlink(path);
	if (!verdict.ok)
		fail_msg("%.*s", ZD_STR_ARG(verdict.first_fault));
	assert_int_equal(verdict.entries, 10000);
	assert_int_equal(verdict.checkpoints, 10);
	assert_memory_equal(verdict.root.b, heads[n - 1].root.p, SM3_LEN);
}

/* --- what was changed behind our back ---------------------------------------------------- */

/* As somebody with the file and a tool would; our own connections refuse to. */
static void
run_outside(struct test_db *t, const char *sql)
{
	sqlite3 *conn;

	if (t->dialect == DB_POSTGRES) {
		assert_rc(&t->cx, db_script(&t->cx, t->db, sql), ZD_OK);
		return;
	}
	assert_int_equal(sqlite3_open(t->url, &conn), SQLITE_OK);
	assert_int_equal(sqlite3_exec(conn, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_changes(conn), 1);
	sqlite3_close(conn);
}

static const struct damage {
	const char *sql, *says;
} damages[] = {
	{ "update sealed_entry set line = replace(line, 'item:1', 'item:2') where seq = 310",
	  "第 310 条的内容" },
	{ "update sealed_entry set leaf = chain where seq = 311", "第 311 条的内容" },
	{ "update sealed_entry set chain = leaf where seq = 312", "第 312 条的哈希链" },
	{ "delete from sealed_entry where seq = 315", "条数" },
	{ "update sealed_tile set hashes = (select hashes from sealed_tile where idx = 1),"
	  " root = (select root from sealed_tile where idx = 1) where level = 0 and idx = 0",
	  "树根" },
	{ "update sealed_tile set hashes = (select hashes from sealed_tile where idx = 0)"
	  " where level = 0 and idx = 1",
	  "树" },
};

static void
nothing_is_signed_over(struct test_db *t, const struct damage *damage)
{
	put_many(t, 300);
	seal(t, true);
	put_many(t, 300);
	assert_int_equal(seal(t, false), 300); /* sealed, not yet signed */
	assert_int_equal(signed_size(t), 300);
	run_outside(t, damage->sql);
	assert_rc(&t->cx, audit_seal(&t->cx, t->db, key, ORIGIN, true, NULL), ZD_FAILED);
	if (!strstr(t->cx.err.text, damage->says))
		fail_msg("%s", t->cx.err.text);
	assert_int_equal(signed_size(t), 300);
}

static void
nothing_is_signed_over_a_changed_line(void **state)
{
	nothing_is_signed_over(*state, &damages[0]);
}

static void
nothing_is_signed_over_a_changed_leaf(void **state)
{
	nothing_is_signed_over(*state, &damages[1]);
}

static void
nothing_is_signed_over_a_broken_chain(void **state)
{
	nothing_is_signed_over(*state, &damages[2]);
}

static void
nothing_is_signed_over_a_missing_entry(void **state)
{
	nothing_is_signed_over(*state, &damages[3]);
}

static void
nothing_is_signed_over_a_changed_old_tile(void **state)
{
	nothing_is_signed_over(*state, &damages[4]);
}

static void
nothing_is_signed_over_a_changed_new_tile(void **state)
{
	nothing_is_signed_over(*state, &damages[5]);
}

static enum zd_rc
try_script(struct test_db *t, const char *sql)
{
	struct db *db ZD_CLEANUP(db_drop) = test_db_again(t);

	return db_script(&t->cx, db, sql);
}

/* SQLite: our connections refuse. PostgreSQL: the owner has given the rights up (a superuser is
 * above rights). */
static void
sealed_tables_are_append_only(void **state)
{
	static const char *const sqls[] = {
		"update sealed_entry set line = 'x' where seq = 0",
		"delete from sealed_entry",
		"update sealed_tile set level = 9",
		"delete from sealed_checkpoint where size > 0",
		"insert into sealed_key values ('a', '', 1) on conflict (id) do update set at = 2",
		"drop table sealed_key",
		"alter table sealed_entry rename to other",
	};
	struct test_db *t = *state;

	put_many(t, 300);
	seal(t, true);
	if (t->dialect == DB_SQLITE) {
		for (size_t i = 0; i < N(sqls); i++)
			if (try_script(t, sqls[i]) == ZD_OK)
				fail_msg("went through: %s", sqls[i]);
	} else {
		assert_rc(&t->cx,
			  db_script(&t->cx, t->db,
				    "do $$ begin if exists (select 1 from pg_class c, "
				    "aclexplode(c.relacl) a"
				    " where c.relname like 'sealed\\_%' and c.relkind = 'r' and"
				    " a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE'))"
				    " then raise exception 'sealed'; end if; end $$"),
			  ZD_OK);
	}
	assert_int_equal(size_of(t), 300);
}

/* --- the file ---------------------------------------------------------------------------- */

struct file {
	char path[64];
	char *text;
	size_t n;
};

static void
read_back(struct file *f)
{
	FILE *in = fopen(f->path, "r");

	assert_non_null(in);
	f->text = calloc(1, 1 << 20);
	f->n = fread(f->text, 1, 1 << 20, in);
	fclose(in);
}

static void
write_text(const char *path, const char *text, size_t n)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	if (n)
		assert_int_equal(fwrite(text, 1, n, out), n);
	fclose(out);
}

/* Six entries, a checkpoint after the third and after the last. */
static struct file
exported(struct test_db *t)
{
	struct file f = { 0 };

	for (int i = 0; i < 6; i++) {
		assert_rc(&t->cx, put(&t->cx, t->db, "test.put", "item:1"), ZD_OK);
		if (i == 2)
			seal(t, true);
	}
	snprintf(f.path, sizeof(f.path), "/tmp/zd-audit-%d", (int)getpid());
	assert_rc(&t->cx, audit_export(&t->cx, t->db, key, ORIGIN, f.path), ZD_OK);
	read_back(&f);
	return f;
}

static struct audit_verdict
verify_text(struct test_db *t, struct file *f, const char *text, size_t n, struct zd_str witness)
{
	struct audit_verdict verdict;

	write_text(f->path, text, n);
	assert_rc(&t->cx, audit_verify(&t->cx, f->path, key, witness, &verdict), ZD_OK);
	return verdict;
}

static void
file_drop(struct file *f)
{
	unlink(f->path);
	free(f->text);
}

static void
every_flipped_byte_is_found_and_placed(void **state)
{
	struct test_db *t = *state;
	struct file f ZD_CLEANUP(file_drop) = exported(t);
	int line = 1;

	struct audit_verdict whole = verify_text(t, &f, f.text, f.n, (struct zd_str){ 0 });
	if (!whole.ok)
		fail_msg("%.*s", ZD_STR_ARG(whole.first_fault));
	assert_int_equal(whole.entries, 6);
	assert_int_equal(whole.checkpoints, 2);
	for (size_t i = 0; f.text && i < f.n; i++) {
		char want[32], was = f.text[i];
		f.text[i] = (char)(was ^ (1 << i % 7));
		struct audit_verdict v = verify_text(t, &f, f.text, f.n, (struct zd_str){ 0 });
		f.text[i] = was;
		snprintf(want, sizeof(want), "文件第 %d 行", line);
		if (v.ok)
			fail_msg("byte %zu of line %d: not found", i, line);
		const char *said = v.first_fault.p ? v.first_fault.p : "";
		/* a changed origin shows where the chain begins; a lost line end joins two lines */
		if (line > 1 && was != '\n' && !strstr(said, want))
			fail_msg("byte %zu of line %d: %s", i, line, said);
		line += was == '\n';
	}
}

/* The nth line (from 0) of the file. */
static struct zd_str
line_of(const struct file *f, int nth)
{
	const char *p = f->text;

	while (nth--)
		p = strchr(p, '\n') + 1;
	return (struct zd_str){ p, (size_t)(strchr(p, '\n') - p) + 1 };
}

static void
assert_order_fails(struct test_db *t, struct file *f, const int *order, const char *says)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	for (; *order >= 0; order++)
		zd_out_write(&out, line_of(f, *order));
	struct audit_verdict v = verify_text(t, f, out.p, out.n, (struct zd_str){ 0 });
	assert_false(v.ok);
	if (!memmem(v.first_fault.p, v.first_fault.n, says, strlen(says)))
		fail_msg("wanted '%s', got '%.*s'", says, ZD_STR_ARG(v.first_fault));
}

/* Lines: 0 head, 1-3 entries, 4 checkpoint, 5-7 entries, 8 checkpoint. */
static void
removed_swapped_and_inserted_lines_are_found(void **state)
{
	struct test_db *t = *state;
	struct file f ZD_CLEANUP(file_drop) = exported(t);

	assert_order_fails(t, &f, (int[]){ 0, 1, 3, 4, 5, 6, 7, 8, -1 },
			   "应为第 1 条，却是第 2 条");
	assert_order_fails(t, &f, (int[]){ 0, 1, 2, 3, 4, 5, 7, 6, 8, -1 }, "应为第 4 条");
	assert_order_fails(t, &f, (int[]){ 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, -1 }, "应为第 2 条");
	assert_order_fails(t, &f, (int[]){ 0, 1, 2, 3, 4, 5, 6, 7, -1 }, "第 3 条起没有签名");
	assert_order_fails(t, &f, (int[]){ 0, 1, 2, 3, 4, 5, 6, -1 }, "末尾缺失");
	assert_order_fails(t, &f, (int[]){ 0, 1, 2, 3, 4, -1 }, "末尾缺失");
	assert_order_fails(t, &f, (int[]){ 0, -1 }, "末尾缺失");
	assert_order_fails(t, &f, (int[]){ 1, 2, 3, -1 }, "不是照单的审计日志");
	assert_order_fails(t, &f, (int[]){ -1 }, "空");
	struct audit_verdict v = verify_text(t, &f, f.text, f.n - 1, (struct zd_str){ 0 });
	assert_false(v.ok); /* the last line end is missing */
}

/* Who rewrites the header as well cuts a clean tail: only a head that someone else has seen tells.
 */
static void
a_witness_sees_a_clean_cut(void **state)
{
	struct test_db *t = *state;
	struct file f ZD_CLEANUP(file_drop) = exported(t);
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct audit_head head;

	assert_rc(&t->cx, audit_find_head(&t->cx, t->db, &head), ZD_OK);
	assert_true(verify_text(t, &f, f.text, f.n, head.body).ok);
	char *count = strstr(f.text, "\"entries\":6");
	count[10] = '3';
	for (int i = 0; i <= 4; i++)
		zd_out_write(&out, line_of(&f, i));
	assert_true(verify_text(t, &f, out.p, out.n, (struct zd_str){ 0 }).ok);
	struct audit_verdict v = verify_text(t, &f, out.p, out.n, head.body);
	assert_false(v.ok);
	assert_non_null(strstr(v.first_fault.p, "见证"));
	struct zd_str note = audit_head_note(t->cx.arena, &head);
	assert_false(verify_text(t, &f, out.p, out.n, note).ok);
	assert_rc(&t->cx, audit_verify(&t->cx, f.path, key, ZD_STR("no checkpoint"), &v),
		  ZD_INVALID);
}

static void
another_key_does_not_verify(void **state)
{
	struct test_db *t = *state;
	struct file f ZD_CLEANUP(file_drop) = exported(t);
	struct sm2_key *other ZD_CLEANUP(sm2_drop) = NULL;
	struct audit_verdict v;

	assert_rc(&t->cx, sm2_generate(&t->cx, &other), ZD_OK);
	assert_rc(&t->cx, audit_verify(&t->cx, f.path, other, (struct zd_str){ 0 }, &v), ZD_OK);
	assert_false(v.ok);
	assert_rc(&t->cx, audit_verify(&t->cx, f.path, NULL, (struct zd_str){ 0 }, &v), ZD_OK);
	assert_true(v.ok);
	unlink(f.path);
	assert_rc(&t->cx, audit_verify(&t->cx, f.path, key, (struct zd_str){ 0 }, &v),
		  ZD_NOT_FOUND);
}

static void
an_empty_log_exports_and_verifies(void **state)
{
	struct test_db *t = *state;
	struct audit_verdict v;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/zd-audit-%d", (int)getpid());
	assert_rc(&t->cx, audit_export(&t->cx, t->db, key, ORIGIN, path), ZD_OK);
	assert_rc(&t->cx, audit_verify(&t->cx, path, key, (struct zd_str){ 0 }, &v), ZD_OK);
	unlink(path);
	assert_true(v.ok);
	assert_int_equal(v.entries, 0);
	assert_hex(t, SM3_STR(v.root),
		   "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
	assert_rc(&t->cx, audit_export(&t->cx, t->db, key, ORIGIN, "/nowhere/x"), ZD_INVALID);
}

static void
every_statement_prepares(void **state)
{
	test_prepares(*state, audit_sql_stmts, N(audit_sql_stmts));
}

static int
make_key(void **state)
{
	struct zd_cx cx = { .arena = zd_arena_new(1 << 20) };
	enum zd_rc rc = sm2_generate(&cx, &key);

	(void)state;
	zd_arena_free(cx.arena);
	return rc == ZD_OK ? 0 : -1;
}

static int
free_key(void **state)
{
	(void)state;
	sm2_drop(&key);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(every_statement_prepares, NULL),
		test_on_both(the_vector_reproduces_to_the_byte, NULL),
		test_on_both(the_vectors_proofs_reproduce, NULL),
		test_on_both(an_entry_lives_and_dies_with_its_transaction, NULL),
		test_on_both(what_cannot_be_kept_is_cleaned_not_refused, NULL),
		test_on_both(checkpoints_are_signed_when_due, NULL),
		test_on_both(a_log_has_one_origin, NULL),
		test_on_both(staging_and_sealing_are_whole_or_not_at_all, NULL),
		test_on_both(two_sealers_take_turns, NULL),
		test_on_both(ten_thousand_entries_seal_prove_and_verify, NULL),
		test_on_both(nothing_is_signed_over_a_changed_line, NULL),
		test_on_both(nothing_is_signed_over_a_changed_leaf, NULL),
		test_on_both(nothing_is_signed_over_a_broken_chain, NULL),
		test_on_both(nothing_is_signed_over_a_missing_entry, NULL),
		test_on_both(nothing_is_signed_over_a_changed_old_tile, NULL),
		test_on_both(nothing_is_signed_over_a_changed_new_tile, NULL),
		test_on_both(sealed_tables_are_append_only, NULL),
		test_on(DB_SQLITE, every_flipped_byte_is_found_and_placed, NULL),
		test_on_both(removed_swapped_and_inserted_lines_are_found, NULL),
		test_on(DB_SQLITE, a_witness_sees_a_clean_cut, NULL),
		test_on(DB_SQLITE, another_key_does_not_verify, NULL),
		test_on_both(an_empty_log_exports_and_verifies, NULL),
	};
	return cmocka_run_group_tests(tests, make_key, free_key);
}
