#include "db/list.h"
#include "db/test_db.h"
#include "subject/subject_app.h"
#include "subject/subject_sql.h"

static const struct zd_str food = ZD_LIT("91420202XD0000001A"),
			   lift = ZD_LIT("special_equipment:3120");

static struct subject_ref
named(struct zd_str code, struct zd_str name)
{
	return (struct subject_ref){ .code = code,
				     .name = name,
				     .code_type = ZD_STR("001"),
				     .area = ZD_STR("420202"),
				     .address = ZD_STR(""),
				     .industry = ZD_STR(""),
				     .kind = ZD_STR("enterprise") };
}

static enum zd_rc
resolve(struct test_db *t, struct subject_ref *refs, size_t n)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(&t->cx, t->db, &txn));
	ZD_TRY(subject_resolve_in(&t->cx, t->db, 7, refs, n));
	return db_commit(&t->cx, &txn);
}

static void
statements_prepare(void **state)
{
	test_prepares(*state, subject_sql_stmts, N(subject_sql_stmts));
}

static void
a_party_is_one_subject_however_often_it_is_named(void **state)
{
	struct test_db *t = *state;
	struct subject_ref first[] = { named(food, ZD_STR("宏盛食品有限公司")),
				       named((struct zd_str){ 0 }, ZD_STR("无证件")),
				       named(food, ZD_STR("宏盛食品")),
				       named(lift, ZD_STR("电梯")) };
	struct subject_ref again[] = { named(lift, ZD_STR("电梯")),
				       named(food, ZD_STR("别的写法")) };
	struct subject found;

	assert_rc(&t->cx, resolve(t, first, N(first)), ZD_OK);
	assert_true(first[0].id > 0);
	assert_true(first[0].id == first[2].id);
	assert_true(first[1].id == ZD_NO_INT);
	assert_true(first[3].id != first[0].id);
	assert_rc(&t->cx, resolve(t, again, N(again)), ZD_OK);
	assert_true(again[0].id == first[3].id && again[1].id == first[0].id);
	assert_rc(&t->cx, subject_app_find_code(&t->cx, t->db, food, &found), ZD_OK);
	assert_text(found.name, "宏盛食品有限公司"); /* being named otherwise changes nothing */
	assert_int_equal(found.met_dept, 7);
}

static void
its_own_record_describes_it(void **state)
{
	struct test_db *t = *state;
	struct subject_ref met[] = { named(food, ZD_STR("宏盛")) };
	struct subject_ref own[] = { named(food, ZD_STR("宏盛食品有限公司")) };
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct subject found;

	assert_rc(&t->cx, resolve(t, met, 1), ZD_OK);
	own[0].record_id = 99;
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, subject_describe_in(&t->cx, t->db, 3, own, 1), ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	assert_true(own[0].id == met[0].id);
	assert_rc(&t->cx, subject_app_find(&t->cx, t->db, met[0].id, &found), ZD_OK);
	assert_text(found.name, "宏盛食品有限公司");
	assert_text(found.kind, "enterprise");
	assert_int_equal(found.record_dept, 3);
	assert_int_equal(found.record_id, 99);
	assert_int_equal(found.met_dept, 7);
}

static enum zd_rc
resolve_one(struct test_db *t, void *arg)
{
	struct subject_ref refs[] = { named(food, ZD_STR("宏盛食品有限公司")) };

	(void)arg;
	return resolve(t, refs, 1);
}

static void
there_or_not(struct test_db *t, bool done, void *arg)
{
	struct subject found;

	(void)arg;
	assert_rc(&t->cx, subject_app_find_code(&t->cx, t->db, food, &found),
		  done ? ZD_OK : ZD_NOT_FOUND);
}

static void
is_made_whole_or_not_at_all(void **state)
{
	assert_true(test_fault_loop(*state, resolve_one, there_or_not, NULL) > 3);
}

static void
codes_are_as_issued(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 16);
	(void)state;

	assert_text(subject_code_of(arena, ZD_STR(" 91420202xd0000001a\t")), "91420202XD0000001A");
	assert_null(subject_code_of(arena, ZD_STR(" ")).p);
	assert_text(subject_thing_code(arena, ZD_STR("site"), ZD_STR("CS1")), "site:CS1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(a_party_is_one_subject_however_often_it_is_named, NULL),
		test_on_both(its_own_record_describes_it, NULL),
		test_on_both(is_made_whole_or_not_at_all, NULL),
		cmocka_unit_test(codes_are_as_issued),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
