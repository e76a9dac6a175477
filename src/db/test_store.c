/* What holds of statements and transactions on both databases. */
#include <math.h>
#include <stdio.h>

#include "db/test_db.h"
#include "db/test_store_sql.h"

static void
fill(struct test_db *t)
{
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db,
			    "create table thing (id @I64 not null primary key, code @TEXT unique,"
			    " day @I64, kind @I64, at @I64, size @REAL, data @BLOB) @STRICT;"),
		  ZD_OK);
}

static enum zd_rc
add(struct test_db *t, struct db *db, int64_t id, struct zd_str code)
{
	return store_sql_insert_thing(&t->cx, db, .id = id, .code = code, .day = ZD_NO_DAY,
				      .kind = ZD_NO_DAY, .at = ZD_NO_INT, .size = (double)NAN,
				      .data = { 0 });
}

static void
every_statement_prepares(void **state)
{
	struct test_db *t = *state;
	static const struct db_stmt *const wrong = &store_sql_wrong_type_stmt;

	for (size_t i = 0; i < N(store_sql_stmts); i++)
		if (store_sql_stmts[i] != wrong)
			test_prepares(t, &store_sql_stmts[i], 1);
}

static void
every_type_comes_back(void **state)
{
	struct test_db *t = *state;
	struct thing thing;
	static const char bytes[] = "\0\xff\1\0";

	assert_rc(&t->cx,
		  store_sql_insert_thing(&t->cx, t->db, .id = INT64_MAX,
					 .code = ZD_STR("监管“照单”🙂"), .day = -719162,
					 .kind = THING_BIG, .at = INT64_MIN + 1, .size = 0.1,
					 .data = ((struct zd_str){ bytes, 4 })),
		  ZD_OK);
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &thing, .id = INT64_MAX), ZD_OK);
	assert_true(thing.id == INT64_MAX && thing.at == INT64_MIN + 1);
	assert_text(thing.code, "监管“照单”🙂");
	assert_int_equal(thing.day, -719162);
	assert_int_equal(thing.kind, THING_BIG);
	assert_true(thing.size == 0.1);
	assert_int_equal(thing.data.n, 4);
	assert_memory_equal(thing.data.p, bytes, 4);
}

static void
nulls_and_empty_are_different(void **state)
{
	struct test_db *t = *state;
	struct thing thing;

	assert_rc(&t->cx, add(t, t->db, 1, (struct zd_str){ 0 }), ZD_OK);
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &thing, .id = 1), ZD_OK);
	assert_null(thing.code.p);
	assert_null(thing.data.p);
	assert_true(isnan(thing.size));
	assert_true(thing.at == ZD_NO_INT);
	assert_int_equal(thing.day, ZD_NO_DAY);
	assert_true((int32_t)thing.kind == ZD_NO_DAY);
	assert_rc(&t->cx,
		  store_sql_insert_thing(&t->cx, t->db, .id = 2, .code = ZD_STR(""), .day = 0,
					 .kind = THING_NONE, .at = 0, .size = 0,
					 .data = ZD_STR("")),
		  ZD_OK);
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &thing, .id = 2), ZD_OK);
	assert_non_null(thing.code.p);
	assert_non_null(thing.data.p);
	assert_int_equal(thing.code.n + thing.data.n, 0);
	assert_true(thing.size == 0 && thing.at == 0 && thing.day == 0);
}

/* --- what must fail ----------------------------------------------------------------------- */

static void
a_declaration_that_does_not_hold_is_our_fault(void **state)
{
	struct test_db *t = *state;
	struct store_sql_wrong_type_out number;
	struct store_sql_strict_code_out code;

	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
	assert_rc(&t->cx, add(t, t->db, 2, (struct zd_str){ 0 }), ZD_OK);
	assert_rc(&t->cx, store_sql_wrong_type(&t->cx, t->db, &number, .id = 1), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "column code"));
	assert_rc(&t->cx, store_sql_strict_code(&t->cx, t->db, &code, .id = 1), ZD_OK);
	assert_rc(&t->cx, store_sql_strict_code(&t->cx, t->db, &code, .id = 2), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "column code is NULL"));
	assert_rc(&t->cx,
		  store_sql_find_thing(&t->cx, t->db, &(struct thing){ 0 }, .id = ZD_NO_INT),
		  ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "parameter id is NULL"));
}

static void
a_value_too_wide_for_its_member_is_our_fault(void **state)
{
	struct test_db *t = *state;
	struct thing thing;

	assert_rc(&t->cx,
		  db_script(&t->cx, t->db, "insert into thing (id, day) values (1, 4294967296)"),
		  ZD_OK);
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &thing, .id = 1), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "day is out of range"));
}

static void
texts_neither_database_could_keep_are_refused(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a\0b")), ZD_INVALID);
	assert_string_equal(t->cx.err.field, "code");
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("\xC3\x28")), ZD_INVALID);
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("\xED\xA0\x80")), ZD_INVALID);
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &(struct thing){ 0 }, .id = 1),
		  ZD_NOT_FOUND);
}

static void
a_taken_key_is_a_conflict_told_in_chinese(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("b")), ZD_CONFLICT);
	assert_rc(&t->cx, add(t, t->db, 2, ZD_STR("a")), ZD_CONFLICT);
	assert_non_null(strstr(t->cx.err.text, "已经存在"));
	assert_null(strstr(t->cx.err.text, "thing")); /* a person reads it: no table names */
	assert_rc(&t->cx, add(t, t->db, 3, ZD_STR("c")), ZD_OK);
}

static void
a_change_is_of_one_row_or_conflicts(void **state)
{
	struct test_db *t = *state;
	int64_t n;

	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
	assert_rc(&t->cx, add(t, t->db, 2, ZD_STR("b")), ZD_OK);
	assert_rc(&t->cx, store_sql_rename_thing(&t->cx, t->db, .id = 1, .code = ZD_STR("c")),
		  ZD_OK);
	assert_rc(&t->cx, store_sql_rename_thing(&t->cx, t->db, .id = 9, .code = ZD_STR("d")),
		  ZD_CONFLICT);
	assert_rc(&t->cx, store_sql_drop_things(&t->cx, t->db, &n, .from = 1), ZD_OK);
	assert_int_equal(n, 2);
	assert_rc(&t->cx, store_sql_drop_things(&t->cx, t->db, &n, .from = 1), ZD_OK);
	assert_int_equal(n, 0);
	assert_rc(&t->cx, store_sql_drop_things(&t->cx, t->db, NULL, .from = 1), ZD_OK);
}

static void
a_change_that_returns_rows_keeps_them_once(void **state)
{
	struct test_db *t = *state;
	struct store_sql_add_thing_out out;

	assert_rc(&t->cx, store_sql_add_thing(&t->cx, t->db, &out, .id = 1, .code = ZD_STR("a")),
		  ZD_OK);
	assert_rc(&t->cx, store_sql_add_thing(&t->cx, t->db, &out, .id = 2, .code = ZD_STR("a")),
		  ZD_OK);
	assert_int_equal(out.id, 1);
}

/* --- rows --------------------------------------------------------------------------------- */

static void
add_ten(struct test_db *t)
{
	fill(t);
	for (int64_t id = 1; id <= 10; id++)
		assert_rc(&t->cx,
			  add(t, t->db, id, zd_str_printf(t->cx.arena, "c%jd", (intmax_t)id)),
			  ZD_OK);
}

static void
all_rows_come_in_order_up_to_a_limit(void **state)
{
	struct test_db *t = *state;
	struct thing *things;
	size_t n;

	assert_rc(&t->cx, store_sql_list_things(&t->cx, t->db, 10, &things, &n), ZD_OK);
	assert_int_equal(n, 10);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(things[i].id, i + 1);
	assert_text(things[9].code, "c10");
	assert_rc(&t->cx, store_sql_list_things(&t->cx, t->db, 9, &things, &n), ZD_TOO_LARGE);
	assert_rc(&t->cx, store_sql_list_things(&t->cx, t->db, 0, &things, &n), ZD_TOO_LARGE);
}

struct walk {
	struct test_db *t;
	int depth, rows, stop_at;
};

/* Runs the same statement from within itself. */
static enum zd_rc
walk_on(struct zd_cx *cx, const void *row, void *arg)
{
	const struct store_sql_walk_things_out *out = row;
	struct walk *walk = arg;

	walk->rows++;
	if (out->id == walk->stop_at)
		return zd_fail(cx, ZD_REFUSED, NULL, "停在这里");
	if (walk->depth == 0)
		return ZD_OK;
	struct walk inner = { .t = walk->t, .depth = walk->depth - 1 };
	ZD_TRY(store_sql_walk_things(cx, walk->t->db, walk_on, &inner, .from = out->id));
	assert_int_equal(inner.rows, 11 - out->id);
	return ZD_OK;
}

static void
a_callback_may_run_statements_even_the_same(void **state)
{
	struct test_db *t = *state;
	struct walk walk = { .t = t, .depth = 1 };

	assert_rc(&t->cx, store_sql_walk_things(&t->cx, t->db, walk_on, &walk, .from = 1), ZD_OK);
	assert_int_equal(walk.rows, 10);
}

static void
a_callback_ends_the_walk(void **state)
{
	struct test_db *t = *state;
	struct walk walk = { .t = t, .stop_at = 4 };

	assert_rc(&t->cx, store_sql_walk_things(&t->cx, t->db, walk_on, &walk, .from = 1),
		  ZD_REFUSED);
	assert_int_equal(walk.rows, 4);
	walk.stop_at = walk.rows = 0; /* and the statement is as new */
	assert_rc(&t->cx, store_sql_walk_things(&t->cx, t->db, walk_on, &walk, .from = 1), ZD_OK);
	assert_int_equal(walk.rows, 10);
}

static void
a_statement_may_differ_by_database(void **state)
{
	struct test_db *t = *state;
	struct store_sql_dialect_out out;

	assert_rc(&t->cx, store_sql_dialect(&t->cx, t->db, &out), ZD_OK);
	assert_text(out.name, t->dialect == DB_SQLITE ? "sqlite" : "postgres");
	assert_text(out.quoted, "a  :b -- \"c\" \\d");
	assert_int_equal(db_dialect(t->db), t->dialect);
}

/* --- many --------------------------------------------------------------------------------- */

#define MANY 10000

static struct store_sql_insert_things_in *
many_things(struct test_db *t, size_t text)
{
	struct store_sql_insert_things_in *in =
		zd_new_array(t->cx.arena, struct store_sql_insert_things_in, MANY);

	for (int i = 0; i < MANY; i++)
		in[i] = (struct store_sql_insert_things_in){
			.id = i + 1,
			.code = zd_str_printf(t->cx.arena, "%05d%0*d", i, (int)text, 0),
		};
	return in;
}

struct seen {
	size_t n;
	size_t stop_at;
	struct test_db *t;
};

static enum zd_rc
see(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	const struct store_sql_find_things_out *out = row;
	struct seen *seen = arg;

	assert_int_equal(out->id, index + 1);
	if (seen->n++ == seen->stop_at && seen->stop_at)
		return zd_fail(cx, ZD_REFUSED, NULL, "够了");
	return ZD_OK;
}

/* Both sides have far more to say than a socket holds: neither may wait for the other. */
static void
ten_thousand_at_once(void **state)
{
	struct test_db *t = *state;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct store_sql_insert_things_in *in = many_things(t, 1000);
	struct store_sql_find_things_in *find =
		zd_new_array(t->cx.arena, struct store_sql_find_things_in, MANY);
	struct seen seen = { 0 };

	for (int i = 0; i < MANY; i++)
		find[i].id = i + 1;
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, store_sql_insert_things(&t->cx, t->db, in, MANY), ZD_OK);
	assert_rc(&t->cx, store_sql_insert_things(&t->cx, t->db, in, 0), ZD_OK);
	assert_rc(&t->cx, store_sql_find_things(&t->cx, t->db, find, MANY, see, &seen), ZD_OK);
	assert_int_equal(seen.n, MANY);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &(struct thing){ 0 }, .id = MANY),
		  ZD_OK);
}

static void
one_bad_row_of_many_fails_all(void **state)
{
	struct test_db *t = *state;
	struct store_sql_insert_things_in *in = many_things(t, 1);
	static const size_t bad[] = { 0, 1, 255, 256, 257, 5000, MANY - 1 };

	for (size_t i = 0; i < N(bad); i++) {
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		struct zd_str kept = in[bad[i]].code;
		in[bad[i]].code = bad[i] ? in[0].code : in[1].code;
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		assert_rc(&t->cx, store_sql_insert_things(&t->cx, t->db, in, MANY), ZD_CONFLICT);
		assert_rc(&t->cx, add(t, t->db, MANY + 1, ZD_STR("x")), ZD_FAILED); /* given up */
		in[bad[i]].code = kept;
		db_txn_end(&txn);
		assert_rc(&t->cx,
			  store_sql_find_thing(&t->cx, t->db, &(struct thing){ 0 }, .id = 2),
			  ZD_NOT_FOUND);
	}
}

static enum zd_rc
run_within(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	struct seen *seen = arg;

	(void)index, (void)row;
	seen->n++;
	return store_sql_find_thing(cx, seen->t->db, &(struct thing){ 0 }, .id = 1);
}

static void
many_may_be_ended_and_leave_the_connection_whole(void **state)
{
	struct test_db *t = *state;
	struct store_sql_find_things_in find[1000];
	struct seen seen = { .stop_at = 3, .t = t };

	for (int i = 0; i < 1000; i++)
		find[i].id = i % 10 + 1;
	assert_rc(&t->cx, store_sql_find_things(&t->cx, t->db, find, 10, see, &seen), ZD_REFUSED);
	assert_int_equal(seen.n, 4);
	seen.n = 0;
	assert_rc(&t->cx, store_sql_find_things(&t->cx, t->db, find, 1000, run_within, &seen),
		  ZD_FAILED);
	assert_int_equal(seen.n, 1);
	assert_rc(&t->cx, add(t, t->db, 11, ZD_STR("whole")), ZD_OK);
	assert_rc(&t->cx, store_sql_insert_things(&t->cx, t->db, many_things(t, 1), 1), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "need a transaction"));
}

/* --- many, copied ------------------------------------------------------------------------- */

static struct db_stmt
copied(const struct db_stmt *stmt, const char *columns)
{
	static char copy[100];
	struct db_stmt with = *stmt;

	(void)snprintf(copy, sizeof(copy), "copy thing (%s) from stdin (format binary)", columns);
	with.postgres_copy = copy;
	return with;
}

static struct zd_str
data_of(struct test_db *t, int i)
{
	return i % 3 ? zd_str_printf(t->cx.arena, "%0*d", i * 7, i) : (struct zd_str){ 0 };
}

static void
what_is_copied_is_what_was_given(void **state)
{
	struct test_db *t = *state;
	struct db_stmt stmt =
		copied(&store_sql_insert_thing_stmt, "id, code, day, kind, at, size, data");
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct store_sql_insert_thing_in in[1000];
	struct thing thing;

	for (int i = 0; i < 1000; i++)
		in[i] = (struct store_sql_insert_thing_in){
			.id = i * INT64_C(9000000000000),
			.code = i % 5 ? zd_str_printf(t->cx.arena, "第%d条\n", i)
				      : (struct zd_str){ 0 },
			.day = i % 7 ? -i : ZD_NO_DAY,
			.kind = i % 2 ? ZD_NO_DAY : THING_BIG,
			.at = i % 11 ? -INT64_C(4000000000) * i : ZD_NO_INT,
			.size = i % 13 ? i / 8.0 : (double)NAN,
			.data = data_of(t, i),
		};
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, db_many(&t->cx, t->db, &stmt, in, 1000, sizeof(in[0]), NULL, NULL),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	for (int i = 0; i < 1000; i++) {
		assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &thing, .id = in[i].id),
			  ZD_OK);
		assert_true(thing.code.p ? zd_str_equal(thing.code, in[i].code) : !in[i].code.p);
		assert_true(thing.data.p ? zd_str_equal(thing.data, in[i].data) : !in[i].data.p);
		assert_int_equal(thing.day, in[i].day);
		assert_int_equal((int)thing.kind, in[i].kind);
		assert_int_equal(thing.at, in[i].at);
		assert_true(isnan(in[i].size) ? isnan(thing.size) : thing.size == in[i].size);
	}
}

static void
one_bad_row_of_a_copy_fails_all(void **state)
{
	struct test_db *t = *state;
	struct db_stmt stmt = copied(&store_sql_insert_things_stmt, "id, code");
	struct store_sql_insert_things_in *in = many_things(t, 100);
	static const size_t bad[] = { 1, 700, MANY - 1 };
	static const struct zd_str no_text = ZD_LIT("\xff");

	for (size_t i = 0; i < 2 * N(bad); i++) {
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		struct zd_str *code = &in[bad[i / 2]].code, kept = *code;
		*code = i % 2 ? no_text : in[0].code;
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		assert_rc(&t->cx,
			  db_many(&t->cx, t->db, &stmt, in, MANY, sizeof(in[0]), NULL, NULL),
			  i % 2 ? ZD_INVALID : ZD_CONFLICT);
		assert_rc(&t->cx, add(t, t->db, MANY + 1, ZD_STR("x")), ZD_FAILED); /* given up */
		*code = kept;
		db_txn_end(&txn);
		assert_rc(&t->cx,
			  store_sql_find_thing(&t->cx, t->db, &(struct thing){ 0 }, .id = 1),
			  ZD_NOT_FOUND);
	}
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("whole")), ZD_OK);
}

/* --- transactions ------------------------------------------------------------------------- */

static void
what_is_not_committed_never_happened(void **state)
{
	struct test_db *t = *state;
	struct db *other ZD_CLEANUP(db_drop) = test_db_again(t);
	struct thing thing;

	for (int commits = 0; commits < 2; commits++) {
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		assert_true(db_in_txn(t->db));
		assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
		assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &thing, .id = 1), ZD_OK);
		assert_rc(&t->cx, store_sql_find_thing(&t->cx, other, &thing, .id = 1),
			  ZD_NOT_FOUND);
		if (commits)
			assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	}
	assert_false(db_in_txn(t->db));
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, other, &thing, .id = 1), ZD_OK);
}

static void
transactions_do_not_nest(void **state)
{
	struct test_db *t = *state;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 }, inner ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &inner), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "test_store.c")); /* where the first began */
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_FAILED); /* it is over */
}

/* PostgreSQL gives a transaction up at its first error: SQLite is held to the same. */
static void
after_a_failure_the_transaction_is_over(void **state)
{
	struct test_db *t = *state;

	{
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
		assert_rc(&t->cx, add(t, t->db, 2, ZD_STR("a")), ZD_CONFLICT);
		assert_rc(&t->cx, add(t, t->db, 3, ZD_STR("c")), ZD_FAILED);
		assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_FAILED);
	}
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &(struct thing){ 0 }, .id = 1),
		  ZD_NOT_FOUND);
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
}

static void
not_found_and_no_change_leave_the_transaction_whole(void **state)
{
	struct test_db *t = *state;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, store_sql_find_thing(&t->cx, t->db, &(struct thing){ 0 }, .id = 5),
		  ZD_NOT_FOUND);
	assert_rc(&t->cx, store_sql_rename_thing(&t->cx, t->db, .id = 5, .code = ZD_STR("d")),
		  ZD_CONFLICT);
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a\0")), ZD_INVALID);
	assert_rc(&t->cx, add(t, t->db, 1, ZD_STR("a")), ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

/* --- the harness itself ------------------------------------------------------------------- */

static enum zd_rc
add_two(struct test_db *t, void *arg)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	(void)arg;
	ZD_TRY(db_begin(&t->cx, t->db, &txn));
	ZD_TRY(add(t, t->db, 1, ZD_STR("a")));
	ZD_TRY(add(t, t->db, 2, ZD_STR("b")));
	return db_commit(&t->cx, &txn);
}

static void
both_or_neither(struct test_db *t, bool done, void *arg)
{
	struct thing *things;
	size_t n;

	assert_rc(&t->cx, store_sql_list_things(&t->cx, t->db, 10, &things, &n), ZD_OK);
	assert_int_equal(n, done ? 2 : 0);
	*(int *)arg += 1;
}

static void
faults_strike_every_call_once(void **state)
{
	struct test_db *t = *state;
	int checks = 0;

	assert_int_equal(test_fault_loop(t, add_two, both_or_neither, &checks), 4);
	assert_int_equal(checks, 5);
}

static void
plans_say_what_is_read(void **state)
{
	struct test_db *t = *state;
	struct zd_str plan;

	assert_rc(&t->cx,
		  db_explain(&t->cx, t->db, &store_sql_find_code_stmt,
			     &(struct store_sql_find_code_in){ .code = ZD_STR("a") }, &plan),
		  ZD_OK);
	assert_false(test_plan_scans(t, plan, "thing"));
	assert_rc(&t->cx,
		  db_explain(&t->cx, t->db, &store_sql_find_size_stmt,
			     &(struct store_sql_find_size_in){ .size = 1 }, &plan),
		  ZD_OK);
	assert_true(test_plan_scans(t, plan, "thing"));
	assert_false(test_plan_scans(t, plan, "thin"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(every_statement_prepares, fill),
		test_on_both(every_type_comes_back, fill),
		test_on_both(nulls_and_empty_are_different, fill),
		test_on_both(a_declaration_that_does_not_hold_is_our_fault, fill),
		test_on_both(a_value_too_wide_for_its_member_is_our_fault, fill),
		test_on_both(texts_neither_database_could_keep_are_refused, fill),
		test_on_both(a_taken_key_is_a_conflict_told_in_chinese, fill),
		test_on_both(a_change_is_of_one_row_or_conflicts, fill),
		test_on_both(a_change_that_returns_rows_keeps_them_once, fill),
		test_on_both(all_rows_come_in_order_up_to_a_limit, add_ten),
		test_on_both(a_callback_may_run_statements_even_the_same, add_ten),
		test_on_both(a_callback_ends_the_walk, add_ten),
		test_on_both(a_statement_may_differ_by_database, NULL),
		test_on_both(ten_thousand_at_once, fill),
		test_on_both(one_bad_row_of_many_fails_all, fill),
		test_on_both(what_is_copied_is_what_was_given, fill),
		test_on_both(one_bad_row_of_a_copy_fails_all, fill),
		test_on_both(many_may_be_ended_and_leave_the_connection_whole, add_ten),
		test_on_both(what_is_not_committed_never_happened, fill),
		test_on_both(transactions_do_not_nest, fill),
		test_on_both(after_a_failure_the_transaction_is_over, fill),
		test_on_both(not_found_and_no_change_leave_the_transaction_whole, fill),
		test_on_both(faults_strike_every_call_once, fill),
		test_on_both(plans_say_what_is_read, fill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
