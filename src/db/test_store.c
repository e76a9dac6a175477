/* What holds of statements and transactions on both databases. */
#include <math.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(every_statement_prepares, fill),
		test_on_both(every_type_comes_back, fill),
		test_on_both(nulls_and_empty_are_different, fill),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
