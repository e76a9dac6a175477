/* What becomes of records that are put, found and streamed, on both databases. */
#include <pthread.h>
#include <stdio.h>

#include "db/test_db.h"
#include "record/record_sql.h"
#include "record/record_table.h"

#define DAY 19863 /* 2024-05-20 */

/* --- fixtures ---------------------------------------------------------------------------- */

static bool
is_exchange(const char *name)
{
	return strncmp(name, "cd_", 3) == 0 || strcmp(name, "record_unique_identity") == 0;
}

/* As much of a compiled standard as this room looks at, from the columns that were built in. */
static const struct standard *
standard_of(struct test_db *t, const struct record_table *table)
{
	struct standard *std = zd_new(t->cx.arena, struct standard);
	struct standard_field *fields =
		zd_new_array(t->cx.arena, struct standard_field, table->n_columns);

	for (size_t i = 0; i < table->n_columns; i++) {
		fields[i].name = zd_str_of(table->columns[i]);
		fields[i].exchange = is_exchange(table->columns[i]);
	}
	*std = (struct standard){ .name = zd_str_of(table->standard),
				  .title = ZD_STR("行政检查行为"),
				  .fields = fields,
				  .item = -1,
				  .n_fields = table->n_columns };
	return std;
}

static const struct record_table *
table_named(const char *standard)
{
	for (const struct record_table *table = record_tables; table->name; table++)
		if (strcmp(table->standard, standard) == 0)
			return table;
	fail_msg("no standard %s", standard);
	return NULL;
}

static const struct standard *
checks(struct test_db *t)
{
	return standard_of(t, table_named("check_action"));
}

static size_t
column(const struct standard *std, const char *name)
{
	for (size_t i = 0; i < std->n_fields; i++)
		if (zd_str_equal(std->fields[i].name, zd_str_of(name)))
			return i;
	fail_msg("no field %s", name);
	return 0;
}

static struct record *
make(struct test_db *t, const struct standard *std, const char *key, const char *name)
{
	struct record *r = zd_new(t->cx.arena, struct record);

	*r = (struct record){ .dept = 7,
			      .key = zd_str_of(key),
			      .day = DAY,
			      .subject = 99,
			      .item = ZD_STR("10100200100101"),
			      .merge_print = 12345,
			      .batch = 5,
			      .row = 1 };
	r->v[column(std, "check_action_code")] = r->key;
	r->v[column(std, "check_action_name")] = zd_str_of(name);
	r->v[column(std, "cd_batch")] = ZD_STR("2024052000001");
	return r;
}

static enum zd_rc
try_put(struct test_db *t, const struct standard *std, struct record *const *records,
	const char *op, size_t n, enum record_outcome *ret, struct record *before)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(&t->cx, t->db, &txn));
	ZD_TRY(record_put_many(&t->cx, t->db, std, records, op, n, ret, before));
	return db_commit(&t->cx, &txn);
}

static enum record_outcome
put(struct test_db *t, const struct standard *std, struct record *r, char op)
{
	enum record_outcome outcome = RECORD_OUTCOMES;

	assert_rc(&t->cx, try_put(t, std, &r, &op, 1, &outcome, NULL), ZD_OK);
	return outcome;
}

static struct record
stored(struct test_db *t, const struct standard *std, const char *key)
{
	struct record r;

	assert_rc(&t->cx, record_find_key(&t->cx, t->db, std, 7, zd_str_of(key), &r), ZD_OK);
	return r;
}

struct pasts {
	struct record_past v[8];
	size_t n;
};

static enum zd_rc
keep_past(struct zd_cx *cx, const struct record_past *past, void *arg)
{
	struct pasts *pasts = arg;

	(void)cx;
	assert_true(pasts->n < N(pasts->v));
	pasts->v[pasts->n++] = *past;
	return ZD_OK;
}

static struct pasts
history(struct test_db *t, const struct standard *std, int64_t id)
{
	struct pasts pasts = { 0 };

	assert_rc(&t->cx, record_history(&t->cx, t->db, std, 7, id, keep_past, &pasts), ZD_OK);
	return pasts;
}

/* --- statements and schema --------------------------------------------------------------- */

static void
every_statement_prepares(void **state)
{
	struct test_db *t = *state;

	test_prepares(t, record_sql_stmts, N(record_sql_stmts));
	for (const struct record_table *r = record_tables; r->name; r++) {
		const struct db_stmt *stmts[] = { r->find_head,  r->find_key,    r->find,
						  r->find_same,  r->insert,      r->update,
						  r->remove,     r->stream_dept, r->stream_held,
						  r->stream_city };
		test_prepares(t, stmts, N(stmts));
	}
}

static void
every_field_has_its_column(void **state)
{
	struct test_db *t = *state;

	for (const struct record_table *table = record_tables; table->name; table++)
		assert_rc(&t->cx, record_check_schema(&t->cx, t->db, standard_of(t, table)), ZD_OK);
}

static void
a_missing_column_is_named(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = standard_of(t, table_named("random_sample"));
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 }; /* the tables are other tests' too */

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db,
			    "drop index plan_random_sample_uscc; "
			    "alter table plan_random_sample drop column uscc;"),
		  ZD_OK);
	assert_rc(&t->cx, record_check_schema(&t->cx, t->db, std), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "plan_random_sample.uscc"));
}

static void
a_standard_in_another_order_is_refused(void **state)
{
	struct test_db *t = *state;
	struct standard std = *checks(t);
	struct standard_field *fields =
		zd_new_array(t->cx.arena, struct standard_field, std.n_fields);
	struct record r;

	memcpy(fields, std.fields, std.n_fields * sizeof(*fields));
	fields[0].name = ZD_STR("something_else");
	std.fields = fields;
	assert_rc(&t->cx, record_check_schema(&t->cx, t->db, &std), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "something_else"));
	std.n_fields--;
	assert_rc(&t->cx, record_find(&t->cx, t->db, &std, 7, 1, &r), ZD_FAILED);
}

static void
every_column_comes_back_in_its_place(void **state)
{
	struct test_db *t = *state;

	for (const struct record_table *table = record_tables; table->name; table++) {
		const struct standard *std = standard_of(t, table);
		struct record r = { .dept = 7,
				    .key = ZD_STR("k"),
				    .day = DAY,
				    .subject = 3,
				    .item = ZD_STR("i"),
				    .batch = 4,
				    .row = 6,
				    .ext = ZD_STR("{\"本市\":1}") },
			      back;
		for (size_t i = 0; i < std->n_fields; i++)
			r.v[i] = zd_str_printf(t->cx.arena, "%s %zu", table->columns[i], i);
		assert_int_equal(put(t, std, &r, 'i'), RECORD_INSERTED);
		back = stored(t, std, "k");
		for (size_t i = 0; i < std->n_fields; i++)
			assert_true(zd_str_equal(back.v[i], r.v[i]));
		assert_true(back.id == r.id && back.version == 1 && back.state == RECORD_LIVE &&
			    back.day == DAY);
		assert_true(back.subject == 3 && back.batch == 4 && back.row == 6);
		assert_text(back.item, "i");
		assert_text(back.ext, "{\"本市\":1}");
		assert_int_equal(back.hash.n, SM3_LEN);
	}
}

/* --- putting ----------------------------------------------------------------------------- */

static void
sent_again_is_unchanged(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *first = make(t, std, "JC1", "甲"), *again = make(t, std, "JC1", "甲");

	assert_int_equal(put(t, std, first, 'i'), RECORD_INSERTED);
	t->cx.now += 1000;
	again->v[column(std, "cd_batch")] = ZD_STR("2024052000002"); /* how it travelled */
	again->batch = 6;
	assert_int_equal(put(t, std, again, 'u'), RECORD_UNCHANGED);
	assert_true(again->id == first->id && again->version == 1);
	struct record r = stored(t, std, "JC1");
	assert_true(r.version == 1 && r.batch == 5 && r.updated_at == t->cx.now - 1000);
	assert_int_equal(history(t, std, r.id).n, 0);
}

static void
an_update_keeps_what_it_replaced(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *first = make(t, std, "JC1", "甲“一”"), *next = make(t, std, "JC1", "乙");

	t->cx.actor = (struct zd_actor){ .id = 41 };
	assert_int_equal(put(t, std, first, 'i'), RECORD_INSERTED);
	t->cx.now += 1000;
	t->cx.actor = (struct zd_actor){ .id = 42, .name = ZD_STR("李四") };
	next->batch = 6;
	next->day = DAY + 1;
	assert_int_equal(put(t, std, next, 'i'), RECORD_UPDATED);

	struct record r = stored(t, std, "JC1");
	assert_true(r.id == first->id && r.version == 2 && r.day == DAY + 1 && r.batch == 6);
	assert_true(r.created_at == t->cx.now - 1000 && r.updated_at == t->cx.now &&
		    r.updated_by == 42);
	assert_text(r.v[column(std, "check_action_name")], "乙");
	struct pasts past = history(t, std, r.id);
	assert_int_equal(past.n, 1);
	assert_true(past.v[0].version == 1 && past.v[0].state == RECORD_LIVE);
	assert_true(past.v[0].written_at == r.created_at && past.v[0].written_by == 41);
	assert_true(past.v[0].written_batch == 5 && past.v[0].batch == 6);
	assert_true(past.v[0].at == r.updated_at && past.v[0].actor == 42);
	assert_text(past.v[0].actor_name, "李四");
	assert_text(past.v[0].values,
		    "{\"check_action_name\":\"甲“一”\",\"check_action_code\":\"JC1\","
		    "\"cd_batch\":\"2024052000001\"}");
}

static void
a_removed_record_stays_in_history_and_may_come_again(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *first = make(t, std, "JC1", "甲");
	struct record gone = {
		.dept = 7, .key = ZD_STR("JC1"), .day = ZD_NO_DAY, .batch = 8, .row = 2
	};

	assert_int_equal(put(t, std, &gone, 'd'), RECORD_MISSING);
	assert_int_equal(put(t, std, first, 'i'), RECORD_INSERTED);
	assert_int_equal(put(t, std, &gone, 'd'), RECORD_REMOVED);
	assert_true(gone.id == first->id && gone.version == 2 && gone.day == DAY &&
		    gone.hash.n == SM3_LEN);
	struct record r = stored(t, std, "JC1");
	assert_true(r.state == RECORD_DELETED && r.version == 2 && r.batch == 8 && r.row == 2);
	assert_text(r.v[column(std, "check_action_name")], "甲");
	assert_int_equal(put(t, std, &gone, 'd'), RECORD_MISSING);

	assert_int_equal(put(t, std, make(t, std, "JC1", "甲"), 'i'), RECORD_INSERTED);
	r = stored(t, std, "JC1");
	assert_true(r.id == first->id && r.state == RECORD_LIVE && r.version == 3);
	struct pasts past = history(t, std, r.id);
	assert_int_equal(past.n, 2);
	assert_true(past.v[0].version == 2 && past.v[0].state == RECORD_DELETED);
	assert_true(past.v[1].version == 1 && past.v[1].state == RECORD_LIVE);
}

static void
what_was_there_before_is_told(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *records[] = { make(t, std, "A", "甲"), make(t, std, "B", "乙"),
				     make(t, std, "C", "丙") };
	enum record_outcome outcome[4];
	struct record before[4];

	assert_rc(&t->cx, try_put(t, std, records, "iii", 3, outcome, before), ZD_OK);
	for (int i = 0; i < 3; i++)
		assert_true(outcome[i] == RECORD_INSERTED && before[i].id == 0);
	struct record *changed[] = { make(t, std, "A", "甲二"), make(t, std, "B", "乙"),
				     make(t, std, "C", ""), make(t, std, "D", "丁") };
	changed[0]->day = DAY + 40;
	assert_rc(&t->cx, try_put(t, std, changed, "uidi", 4, outcome, before), ZD_OK);
	assert_true(outcome[0] == RECORD_UPDATED && before[0].day == DAY &&
		    before[0].subject == 99);
	assert_text(before[0].item, "10100200100101");
	assert_true(outcome[1] == RECORD_UNCHANGED && before[1].id == 0);
	assert_true(outcome[2] == RECORD_REMOVED && before[2].state == RECORD_LIVE &&
		    before[2].day == DAY);
	assert_true(outcome[3] == RECORD_INSERTED && before[3].id == 0);
}

static void
a_release_from_quarantine_is_an_update(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *held = make(t, std, "JC1", "甲");

	held->state = RECORD_QUARANTINED;
	assert_int_equal(put(t, std, held, 'i'), RECORD_INSERTED);
	assert_int_equal(stored(t, std, "JC1").state, RECORD_QUARANTINED);
	assert_int_equal(put(t, std, held, 'i'), RECORD_UNCHANGED);
	assert_int_equal(put(t, std, make(t, std, "JC1", "甲"), 'i'), RECORD_UPDATED);
	assert_int_equal(stored(t, std, "JC1").state, RECORD_LIVE);
}

static void
the_same_key_of_two_departments_is_two_records(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *other = make(t, std, "JC1", "乙");

	assert_int_equal(put(t, std, make(t, std, "JC1", "甲"), 'i'), RECORD_INSERTED);
	other->dept = 8;
	assert_int_equal(put(t, std, other, 'i'), RECORD_INSERTED);
	assert_text(stored(t, std, "JC1").v[column(std, "check_action_name")], "甲");
}

static void
a_put_needs_a_transaction(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *r = make(t, std, "JC1", "甲");
	enum record_outcome outcome;

	assert_rc(&t->cx, record_put_many(&t->cx, t->db, std, &r, "i", 1, &outcome, NULL),
		  ZD_FAILED);
}

static enum zd_rc
count_row(struct zd_cx *cx, size_t i, const void *row, void *arg)
{
	size_t *n = arg;

	(void)cx, (void)i, (void)row;
	++*n;
	return ZD_OK;
}

static void
a_version_changed_meanwhile_is_not_overwritten(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	const struct record_table *table = table_named("check_action");
	size_t n = 0;

	assert_int_equal(put(t, std, make(t, std, "JC1", "甲"), 'i'), RECORD_INSERTED);
	struct record r = stored(t, std, "JC1");
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	r.version = 3; /* as if version 2 had been read */
	assert_rc(&t->cx, db_many(&t->cx, t->db, table->update, &r, 1, sizeof(r), count_row, &n),
		  ZD_OK);
	assert_rc(&t->cx, db_many(&t->cx, t->db, table->remove, &r, 1, sizeof(r), count_row, &n),
		  ZD_OK);
	assert_int_equal(n, 0);
	r.version = 2;
	assert_rc(&t->cx, db_many(&t->cx, t->db, table->update, &r, 1, sizeof(r), count_row, &n),
		  ZD_OK);
	assert_int_equal(n, 1);
}

/* --- the hash ---------------------------------------------------------------------------- */

static void
the_hash_is_of_content_alone(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record r = { .v = { [0] = ZD_LIT("ab"), [1] = ZD_LIT("c") } }, other = r;
	struct sm3 a, b;

	record_hash(std, &r, &a);
	other.v[column(std, "cd_batch")] = ZD_STR("1");
	other.batch = 9;
	record_hash(std, &other, &b);
	assert_true(sm3_equal(&a, &b));
	other.v[0] = ZD_STR("a");
	other.v[1] = ZD_STR("bc");
	record_hash(std, &other, &b);
	assert_false(sm3_equal(&a, &b));
	other = r;
	other.v[2] = ZD_STR(""); /* there, but empty */
	record_hash(std, &other, &b);
	assert_false(sm3_equal(&a, &b));
	other = r;
	other.ext = ZD_STR("{}");
	record_hash(std, &other, &b);
	assert_false(sm3_equal(&a, &b));
	/* stable: stored hashes are compared with it for ever */
	assert_text(crypto_hex(t->cx.arena, (struct zd_str){ (const char *)a.b, SM3_LEN }),
		    "1b7aa959bd1f385f46ffaba82de8632b95fcf2d7b2b96c1f4fba4fe7722e58de");
}

/* --- many -------------------------------------------------------------------------------- */

#define MANY 1000

struct many {
	struct record *records[MANY];
	char op[MANY];
	enum record_outcome outcome[MANY];
};

static struct many *
make_many(struct test_db *t, const struct standard *std, int first, const char *name)
{
	struct many *m = zd_new(t->cx.arena, struct many);

	for (int i = 0; i < MANY; i++) {
		struct zd_str key = zd_str_printf(t->cx.arena, "JC%06d", first + i);
		m->records[i] = make(t, std, key.p, name);
		m->records[i]->merge_print = first + i + 1;
		m->op[i] = 'i';
	}
	return m;
}

static void
a_thousand_rows_each_find_their_outcome(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct many *m = make_many(t, std, 0, "甲");

	assert_rc(&t->cx, try_put(t, std, m->records, m->op, MANY, m->outcome, NULL), ZD_OK);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(m->outcome[i], RECORD_INSERTED);
	/* 500 are known: by turns unchanged, changed, removed; 500 are new, of which some are
	 * removed */
	m = make_many(t, std, 500, "甲");
	for (int i = 0; i < MANY; i++) {
		if (i % 3 == 1)
			m->records[i]->v[column(std, "check_action_name")] = ZD_STR("乙");
		if (i % 3 == 2)
			m->op[i] = 'd';
	}
	assert_rc(&t->cx, try_put(t, std, m->records, m->op, MANY, m->outcome, NULL), ZD_OK);
	static const enum record_outcome known[] = { RECORD_UNCHANGED, RECORD_UPDATED,
						     RECORD_REMOVED };
	static const enum record_outcome fresh[] = { RECORD_INSERTED, RECORD_INSERTED,
						     RECORD_MISSING };
	for (int i = 0; i < MANY; i++)
		assert_int_equal(m->outcome[i], i < 500 ? known[i % 3] : fresh[i % 3]);
	struct record r = stored(t, std, "JC000501");
	assert_true(r.version == 2 && history(t, std, r.id).n == 1);
	assert_int_equal(stored(t, std, "JC000502").state, RECORD_DELETED);
	assert_int_equal(stored(t, std, "JC000499").version, 1);
}

static void
look_ups_use_their_indexes(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	const struct record_table *table = table_named("check_action");
	struct record in = { .dept = 7, .key = ZD_STR("JC000001"), .id = 5, .hash = ZD_STR("") };
	struct record_same same = { 7, 12 };
	struct record_range range = { .dept = 7, .limit = 10, .to = INT32_MAX };
	struct zd_str plan;

	for (int i = 0; i < 3; i++) {
		struct many *m = make_many(t, std, i * MANY, "甲");
		assert_rc(&t->cx, try_put(t, std, m->records, m->op, MANY, m->outcome, NULL),
			  ZD_OK);
	}
	assert_rc(&t->cx, db_analyze(&t->cx, t->db), ZD_OK);
	const struct {
		const struct db_stmt *stmt;
		const void *in;
	} looks[] = { { table->find_head, &in },      { table->find_key, &in },
		      { table->find, &in },           { table->find_same, &same },
		      { table->stream_dept, &range }, { table->stream_held, &range },
		      { table->stream_city, &range }, { table->update, &in },
		      { table->remove, &in } };
	for (size_t i = 0; i < N(looks); i++) {
		assert_rc(&t->cx, db_explain(&t->cx, t->db, looks[i].stmt, looks[i].in, &plan),
			  ZD_OK);
		if (test_plan_scans(t, plan, "action_check"))
			fail_msg("%s scans: %.*s", looks[i].stmt->name, ZD_STR_ARG(plan));
	}
}

/* --- two senders --- */

#define SHARED 200

struct sender {
	struct zd_cx cx;
	struct db *db;
	const struct standard *std;
	struct record *records[SHARED];
	char op[SHARED];
	int64_t inserted, unchanged;
	int tries;
	enum zd_rc rc;
};

static enum zd_rc
send_once(struct sender *s)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	enum record_outcome outcome[SHARED];
	int64_t count[RECORD_OUTCOMES] = { 0 };

	ZD_TRY(db_begin(&s->cx, s->db, &txn));
	ZD_TRY(record_put_many(&s->cx, s->db, s->std, s->records, s->op, SHARED, outcome, NULL));
	ZD_TRY(db_commit(&s->cx, &txn));
	for (int i = 0; i < SHARED; i++)
		count[outcome[i]]++;
	s->inserted = count[RECORD_INSERTED];
	s->unchanged = count[RECORD_UNCHANGED];
	return ZD_OK;
}

static void *
send(void *arg)
{
	struct sender *s = arg;

	do
		s->rc = send_once(s);
	while ((s->rc == ZD_BUSY || s->rc == ZD_CONFLICT) && ++s->tries < 20);
	return NULL;
}

/* Each in its own order, so that they meet in the middle: a deadlock is a reason to try again. */
static struct sender
make_sender(struct test_db *t, const struct standard *std, bool backwards)
{
	struct sender s = { .cx = t->cx, .std = std };

	s.cx.arena = zd_arena_new((size_t)64 << 20);
	s.db = test_db_again(t);
	for (int i = 0; i < SHARED; i++) {
		int k = backwards ? SHARED - 1 - i : i;
		s.records[i] = make(t, std, zd_str_printf(t->cx.arena, "JC%06d", k).p, "甲");
		s.op[i] = 'i';
	}
	return s;
}

static void
two_senders_of_the_same_keys_store_each_once(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct sender s[2] = { make_sender(t, std, false), make_sender(t, std, true) };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, send, &s[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 2; i++) {
		assert_rc(&s[i].cx, s[i].rc, ZD_OK);
		assert_true(s[i].inserted + s[i].unchanged == SHARED);
	}
	assert_true(s[0].inserted + s[1].inserted == SHARED);
	assert_int_equal(stored(t, std, "JC000100").version, 1);
	for (int i = 0; i < 2; i++) {
		db_close(s[i].db);
		zd_arena_free(s[i].cx.arena);
	}
}

/* --- counters ---------------------------------------------------------------------------- */

static void
assert_counters_true(struct test_db *t, const struct standard *std)
{
	int64_t counters, different;

	assert_rc(&t->cx, record_recount(&t->cx, t->db, std, false, &counters, &different), ZD_OK);
	assert_int_equal(different, 0);
	assert_true(counters > 0);
}

static const struct standard *
citing(struct test_db *t)
{
	struct standard *std = zd_new(t->cx.arena, struct standard);

	*std = *checks(t);
	std->item = (int)column(std, "supervise_item_implement_code");
	((struct standard_field *)(uintptr_t)std->fields)[std->item].type = STANDARD_LIST;
	return std;
}

static void
counters_equal_a_recount_whatever_happens_to_records(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = citing(t);
	struct record *r = make(t, std, "a", "甲");

	r->v[std->item] = ZD_STR("31000101000001,31000101000002,31000101000003");
	r->item = ZD_STR("31000101000001");
	assert_int_equal(put(t, std, r, 'i'), RECORD_INSERTED);
	assert_int_equal(put(t, std, make(t, std, "b", "乙"), 'i'), RECORD_INSERTED);
	assert_counters_true(t, std);
	r = make(t, std, "a", "甲");
	r->v[std->item] = ZD_STR("31000101000002,31000101000003");
	r->item = ZD_STR("31000101000002");
	r->day = DAY + 40;
	assert_int_equal(put(t, std, r, 'i'), RECORD_UPDATED);
	assert_counters_true(t, std);
	assert_int_equal(put(t, std, make(t, std, "b", ""), 'd'), RECORD_REMOVED);
	assert_int_equal(put(t, std, make(t, std, "b", "丙"), 'i'), RECORD_INSERTED);
	assert_counters_true(t, std);
}

static int64_t
citations_of(struct test_db *t, int64_t id)
{
	static const struct db_field id_in[] = { { "id", DB_INT, false, 0 }, { 0 } };
	static const struct db_field n_out[] = { { "n", DB_INT, false, 0 }, { 0 } };
	static const struct db_stmt count = {
		.name = "test.count_citations",
		.sqlite = "select count(*) as n from record_citation where record_id = ?1",
		.postgres = "select count(*) as n from record_citation where record_id = $1",
		.in = id_in,
		.in_size = sizeof(int64_t),
		.out = n_out,
		.out_size = sizeof(int64_t),
	};
	int64_t n = -1;

	assert_rc(&t->cx, db_one(&t->cx, t->db, &count, &id, &n), ZD_OK);
	return n;
}

static void
citations_follow_the_record(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = citing(t);
	struct record *r = make(t, std, "a", "甲");

	r->v[std->item] = ZD_STR("31000101000001,31000101000002,31000101000003");
	assert_int_equal(put(t, std, r, 'i'), RECORD_INSERTED);
	assert_int_equal(citations_of(t, r->id), 2); /* the first is the record's item_code */
	r = make(t, std, "a", "乙");
	r->v[std->item] = ZD_STR("31000101000001,31000101000004");
	assert_int_equal(put(t, std, r, 'i'), RECORD_UPDATED);
	assert_int_equal(citations_of(t, r->id), 1);
	assert_int_equal(put(t, std, r, 'i'), RECORD_UNCHANGED);
	assert_int_equal(citations_of(t, r->id), 1);
	assert_int_equal(put(t, std, r, 'd'), RECORD_REMOVED);
	assert_int_equal(citations_of(t, r->id), 0);
	assert_int_equal(put(t, std, r, 'i'), RECORD_INSERTED);
	assert_int_equal(citations_of(t, r->id), 1);
}

static void
a_recount_finds_and_repairs_a_wrong_counter(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	int64_t counters, different;

	assert_int_equal(put(t, std, make(t, std, "a", "甲"), 'i'), RECORD_INSERTED);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update record_counter set n = n + 3"), ZD_OK);
	assert_rc(&t->cx, record_recount(&t->cx, t->db, std, false, &counters, &different), ZD_OK);
	assert_int_equal(different, 1);
	assert_rc(&t->cx, record_recount(&t->cx, t->db, std, true, &counters, &different), ZD_OK);
	assert_counters_true(t, std);
}

/* Another sender's record, stored between the two readings of a recount: the linker leads db_each here. */
static struct between {
	struct db *db;
	const struct standard *std;
	struct record *record;
} * between;

enum zd_rc __real_db_each(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			  const void *in, db_row_fn *row, void *arg);
enum zd_rc __wrap_db_each(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			  const void *in, db_row_fn *row, void *arg);

enum zd_rc
__wrap_db_each(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	       db_row_fn *row, void *arg)
{
	struct between *b = between;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	enum record_outcome outcome;

	ZD_TRY(__real_db_each(cx, db, stmt, in, row, arg));
	if (!b || db == b->db)
		return ZD_OK;
	between = NULL;
	assert_rc(cx, db_begin(cx, b->db, &txn), ZD_OK);
	assert_rc(cx, record_put_many(cx, b->db, b->std, &b->record, "i", 1, &outcome, NULL),
		  ZD_OK);
	return db_commit(cx, &txn);
}

static void
a_recount_sees_one_state_while_others_write(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct between b = { .db = test_db_again(t),
			     .std = std,
			     .record = make(t, std, "b", "乙") };
	struct db_pool *pool;
	struct db *reader;
	int64_t counters, different;

	assert_int_equal(put(t, std, make(t, std, "a", "甲"), 'i'), RECORD_INSERTED);
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 1, &pool), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &reader), ZD_OK);
	between = &b;
	assert_rc(&t->cx, record_recount(&t->cx, reader, std, false, &counters, &different), ZD_OK);
	assert_null(between);
	assert_int_equal(different, 0);
	db_pool_give(pool, reader);
	db_pool_close(pool);
	db_close(b.db);
	assert_counters_true(t, std);
}

/* On SQLite nobody else writes meanwhile. */
static void
a_repair_overtaken_by_a_writer_is_done_again(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct between b = { .db = test_db_again(t),
			     .std = std,
			     .record = make(t, std, "b", "乙") };
	int64_t counters, different;

	assert_int_equal(put(t, std, make(t, std, "a", "甲"), 'i'), RECORD_INSERTED);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update record_counter set n = n + 3"), ZD_OK);
	between = &b;
	assert_rc(&t->cx, record_recount(&t->cx, t->db, std, true, &counters, &different), ZD_BUSY);
	assert_null(between);
	assert_rc(&t->cx, record_recount(&t->cx, t->db, std, true, &counters, &different), ZD_OK);
	assert_int_equal(different, 1);
	db_close(b.db);
	assert_counters_true(t, std);
}

/* --- faults ------------------------------------------------------------------------------ */

struct faults {
	const struct standard *std;
	int64_t id;
};

static enum zd_rc
put_three(struct test_db *t, void *arg)
{
	const struct faults *f = arg;
	struct record *records[] = { make(t, f->std, "old", "新"), make(t, f->std, "gone", ""),
				     make(t, f->std, "new", "新") };
	enum record_outcome outcome[3];

	return try_put(t, f->std, records, "idi", 3, outcome, NULL);
}

static void
all_or_nothing(struct test_db *t, bool done, void *arg)
{
	const struct faults *f = arg;
	struct record r = stored(t, f->std, "old");
	bool there;

	assert_int_equal(r.version, done ? 2 : 1);
	assert_int_equal(history(t, f->std, f->id).n, done ? 1 : 0);
	assert_int_equal(stored(t, f->std, "gone").state, done ? RECORD_DELETED : RECORD_LIVE);
	assert_rc(&t->cx, record_exists(&t->cx, t->db, f->std, 7, ZD_STR("new"), &there), ZD_OK);
	assert_int_equal(there, done);
	assert_rc(&t->cx, record_exists(&t->cx, t->db, f->std, 7, ZD_STR("gone"), &there), ZD_OK);
	assert_int_equal(there, !done);
	assert_counters_true(t, f->std);
}

static void
a_failed_call_leaves_nothing(void **state)
{
	struct test_db *t = *state;
	struct faults f = { .std = checks(t) };
	struct record *old = make(t, f.std, "old", "旧");

	assert_int_equal(put(t, f.std, old, 'i'), RECORD_INSERTED);
	assert_int_equal(put(t, f.std, make(t, f.std, "gone", "旧"), 'i'), RECORD_INSERTED);
	f.id = old->id;
	/* begin, heads, old content, history, insert, update, remove, counters, commit */
	assert_int_equal(test_fault_loop(t, put_three, all_or_nothing, &f), 9);
}

/* Enough new ones at once that PostgreSQL takes them by a copy. */
static enum zd_rc
put_twenty(struct test_db *t, void *arg)
{
	const struct faults *f = arg;
	struct record *records[20];
	enum record_outcome outcome[20];
	char op[20];

	for (size_t i = 0; i < N(records); i++) {
		const char *key = zd_str_printf(t->cx.arena, "one-%zu", i).p;
		records[i] = make(t, f->std, key, "新");
		op[i] = 'i';
	}
	return try_put(t, f->std, records, op, N(records), outcome, NULL);
}

static void
all_twenty_or_none(struct test_db *t, bool done, void *arg)
{
	const struct faults *f = arg;
	bool there;

	for (size_t i = 0; i < 20; i++) {
		struct zd_str key = zd_str_printf(t->cx.arena, "one-%zu", i);
		assert_rc(&t->cx, record_exists(&t->cx, t->db, f->std, 7, key, &there), ZD_OK);
		assert_int_equal(there, done);
	}
	assert_counters_true(t, f->std);
}

static void
a_failed_call_leaves_nothing_of_many_new_ones(void **state)
{
	struct test_db *t = *state;
	struct faults f = { .std = checks(t) };

	assert_int_equal(put(t, f.std, make(t, f.std, "old", "旧"), 'i'), RECORD_INSERTED);
	/* begin, heads, old content, history, insert, update, remove, counters, commit */
	assert_int_equal(test_fault_loop(t, put_twenty, all_twenty_or_none, &f), 9);
}

/* --- finding and streaming --------------------------------------------------------------- */

struct keys {
	char text[128];
	int64_t last;
};

static enum zd_rc
keep_key(struct zd_cx *cx, const struct record *r, void *arg)
{
	struct keys *keys = arg;
	size_t n = strlen(keys->text);

	(void)cx;
	assert_true(r->id > keys->last);
	keys->last = r->id;
	snprintf(keys->text + n, sizeof(keys->text) - n, "%.*s ", ZD_STR_ARG(r->key));
	return ZD_OK;
}

static void
assert_streams(struct test_db *t, int64_t dept, int32_t from, int32_t to, int64_t after,
	       int64_t limit, const char *want)
{
	struct keys keys = { 0 };

	assert_rc(&t->cx,
		  record_stream(&t->cx, t->db, checks(t), dept, from, to, after, limit, keep_key,
				&keys),
		  ZD_OK);
	assert_string_equal(keys.text, want);
}

static void
streams_live_records_in_order(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	int64_t ids[6];

	for (int i = 0; i < 6; i++) {
		static const char *const key[] = { "A", "B", "C", "D", "E", "F" };
		struct record *r = make(t, std, key[i], "甲");
		r->day = DAY + i;
		r->dept = i == 3 ? 8 : 7;
		r->state = i == 4 ? RECORD_QUARANTINED : RECORD_LIVE;
		assert_int_equal(put(t, std, r, 'i'), RECORD_INSERTED);
		ids[i] = r->id;
	}
	assert_int_equal(put(t, std, make(t, std, "B", ""), 'd'), RECORD_REMOVED);
	assert_streams(t, 7, ZD_NO_DAY, ZD_NO_DAY, 0, 0, "A C F ");
	assert_streams(t, ZD_NO_INT, ZD_NO_DAY, ZD_NO_DAY, 0, 0, "A C D F ");
	assert_streams(t, ZD_NO_INT, DAY + 2, DAY + 3, 0, 0, "C D ");
	assert_streams(t, 7, ZD_NO_DAY, DAY + 2, 0, 0, "A C ");
	assert_streams(t, ZD_NO_INT, ZD_NO_DAY, ZD_NO_DAY, ids[0], 2, "C D ");
	assert_streams(t, 9, ZD_NO_DAY, ZD_NO_DAY, 0, 0, "");
}

static void
records_without_a_day_stream_unless_days_are_asked_for(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = standard_of(t, table_named("site"));
	struct record r = { .dept = 7,
			    .key = ZD_STR("S"),
			    .day = ZD_NO_DAY,
			    .subject = ZD_NO_INT,
			    .batch = ZD_NO_INT,
			    .row = ZD_NO_INT };
	struct keys all = { 0 }, some = { 0 };

	assert_int_equal(put(t, std, &r, 'i'), RECORD_INSERTED);
	r = stored(t, std, "S");
	assert_true(r.day == ZD_NO_DAY && r.subject == ZD_NO_INT && r.batch == ZD_NO_INT &&
		    !r.item.p && !r.ext.p);
	assert_rc(&t->cx,
		  record_stream(&t->cx, t->db, std, 7, ZD_NO_DAY, ZD_NO_DAY, 0, 0, keep_key, &all),
		  ZD_OK);
	assert_string_equal(all.text, "S ");
	assert_rc(&t->cx,
		  record_stream(&t->cx, t->db, std, 7, DAY, ZD_NO_DAY, 0, 0, keep_key, &some),
		  ZD_OK);
	assert_string_equal(some.text, "");
}

static void
finds_by_id_and_key_or_says_there_is_none(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *r = make(t, std, "JC1", "甲"), back;
	bool there;

	assert_rc(&t->cx, record_find_key(&t->cx, t->db, std, 7, ZD_STR("JC1"), &back),
		  ZD_NOT_FOUND);
	assert_non_null(strstr(t->cx.err.text, "行政检查行为"));
	assert_int_equal(put(t, std, r, 'i'), RECORD_INSERTED);
	assert_rc(&t->cx, record_find(&t->cx, t->db, std, 7, r->id, &back), ZD_OK);
	assert_text(back.key, "JC1");
	assert_rc(&t->cx, record_find(&t->cx, t->db, std, 8, r->id, &back), ZD_NOT_FOUND);
	assert_rc(&t->cx, record_exists(&t->cx, t->db, std, 7, ZD_STR("JC1"), &there), ZD_OK);
	assert_true(there);
	assert_rc(&t->cx, record_exists(&t->cx, t->db, std, 7, ZD_STR("JC2"), &there), ZD_OK);
	assert_false(there);
}

struct same {
	size_t n[4];
	struct zd_str last[4];
};

static enum zd_rc
keep_same(struct zd_cx *cx, size_t i, const void *row, void *arg)
{
	struct same *same = arg;

	(void)cx;
	same->n[i]++;
	same->last[i] = *(const struct zd_str *)row;
	return ZD_OK;
}

static void
finds_records_of_the_same_print(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = checks(t);
	struct record *records[] = { make(t, std, "A", "甲"), make(t, std, "B", "甲"),
				     make(t, std, "C", "甲"), make(t, std, "D", "甲") };
	enum record_outcome outcome[4];
	struct same same = { 0 };

	records[1]->merge_print = -7; /* the upper half of the 64 bits */
	records[2]->merge_print = records[3]->merge_print = 0;
	assert_rc(&t->cx, try_put(t, std, records, "iiii", 4, outcome, NULL), ZD_OK);
	assert_rc(&t->cx,
		  record_find_same_many(&t->cx, t->db, std, 7, (const int64_t[]){ 12345, 1, -7, 0 },
					4, keep_same, &same),
		  ZD_OK);
	assert_true(same.n[0] == 1 && same.n[1] == 0 && same.n[2] == 1 && same.n[3] == 0);
	assert_text(same.last[2], "B");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(every_statement_prepares, NULL),
		test_on_both(every_field_has_its_column, NULL),
		test_on_both(a_missing_column_is_named, NULL),
		test_on_both(a_standard_in_another_order_is_refused, NULL),
		test_on_both(every_column_comes_back_in_its_place, NULL),
		test_on_both(sent_again_is_unchanged, NULL),
		test_on_both(an_update_keeps_what_it_replaced, NULL),
		test_on_both(a_removed_record_stays_in_history_and_may_come_again, NULL),
		test_on_both(what_was_there_before_is_told, NULL),
		test_on_both(a_release_from_quarantine_is_an_update, NULL),
		test_on_both(the_same_key_of_two_departments_is_two_records, NULL),
		test_on_both(a_put_needs_a_transaction, NULL),
		test_on_both(a_version_changed_meanwhile_is_not_overwritten, NULL),
		test_on(DB_SQLITE, the_hash_is_of_content_alone, NULL),
		test_on_both(a_thousand_rows_each_find_their_outcome, NULL),
		test_on_both(look_ups_use_their_indexes, NULL),
		test_on_both(two_senders_of_the_same_keys_store_each_once, NULL),
		test_on_both(counters_equal_a_recount_whatever_happens_to_records, NULL),
		test_on_both(citations_follow_the_record, NULL),
		test_on_both(a_recount_finds_and_repairs_a_wrong_counter, NULL),
		test_on_both(a_recount_sees_one_state_while_others_write, NULL),
		test_on(DB_POSTGRES, a_repair_overtaken_by_a_writer_is_done_again, NULL),
		test_on_both(a_failed_call_leaves_nothing, NULL),
		test_on_both(a_failed_call_leaves_nothing_of_many_new_ones, NULL),
		test_on_both(streams_live_records_in_order, NULL),
		test_on_both(records_without_a_day_stream_unless_days_are_asked_for, NULL),
		test_on_both(finds_by_id_and_key_or_says_there_is_none, NULL),
		test_on_both(finds_records_of_the_same_print, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
