#include "catalog/catalog_app.h"
#include "catalog/catalog_sql.h"
#include "db/test_db.h"

static const struct zd_str item = ZD_LIT("31000101000001"), other = ZD_LIT("31000101000002");

static struct catalog_change
change(struct zd_str code, int64_t dept, enum catalog_what what, int32_t from)
{
	return (struct catalog_change){
		.item = code, .dept = dept, .what = what, .from = from, .reason = ZD_STR("机构改革")
	};
}

static bool
lawful(struct test_db *t, int64_t dept, int32_t day)
{
	struct catalog_snapshot s;
	struct zd_out why ZD_CLEANUP(zd_out_drop) = { .max = 4096 };

	assert_rc(&t->cx, catalog_app_load(&t->cx, t->db, dept, &s), ZD_OK);
	return catalog_check_lawful(&s, item, dept, day, CATALOG_NOW, &why);
}

static void
statements_prepare(void **state)
{
	test_prepares(*state, catalog_sql_stmts, N(catalog_sql_stmts));
}

static void
published_and_claimed_items_are_lawful_from_their_day(void **state)
{
	struct test_db *t = *state;
	struct catalog_change publish = change(item, 0, CATALOG_IN_USE, 100),
			      claim = change(item, 7, CATALOG_CLAIMED, 110);
	struct catalog_city before, after;

	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &before), ZD_OK);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1),
		  ZD_REFUSED); /* not published yet */
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &publish, 1), ZD_OK);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1), ZD_OK);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1),
		  ZD_REFUSED); /* twice */
	assert_false(lawful(t, 7, 109));
	assert_true(lawful(t, 7, 110));
	assert_false(lawful(t, 8, 110));
	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &after), ZD_OK);
	assert_true(after.revision > before.revision);
}

static void
changes_are_recorded_all_or_none(void **state)
{
	struct test_db *t = *state;
	struct catalog_change both[] = { change(item, 0, CATALOG_IN_USE, 100),
					 change(other, 7, CATALOG_CLAIMED, 100) };
	struct catalog_change quiet = change(item, 0, CATALOG_SUSPENDED, 200);

	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, both, 2), ZD_REFUSED);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, both, 1), ZD_OK);
	quiet.reason = ZD_STR(" ");
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &quiet, 1), ZD_INVALID);
	assert_string_equal(t->cx.err.field, "reason");
	both[0].item = ZD_STR("3100");
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, both, 1), ZD_INVALID);
}

static enum zd_rc
publish_and_claim(struct test_db *t, void *arg)
{
	struct catalog_change claim = change(item, 7, CATALOG_CLAIMED, 110);

	(void)arg;
	return catalog_app_change_many(&t->cx, t->db, &claim, 1);
}

static void
claimed_or_not(struct test_db *t, bool done, void *arg)
{
	(void)arg;
	assert_int_equal(lawful(t, 7, 110), done);
}

static void
a_claim_is_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct catalog_change publish = change(item, 0, CATALOG_IN_USE, 100);

	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &publish, 1), ZD_OK);
	assert_true(test_fault_loop(t, publish_and_claim, claimed_or_not, NULL) >= 6);
}

static enum zd_rc
open_quarantine(struct test_db *t, void *arg)
{
	struct catalog_city city;

	(void)arg;
	ZD_TRY(catalog_app_city(&t->cx, t->db, &city));
	city.first_day = 20000;
	city.quarantine_open = 1;
	return catalog_app_set_city(&t->cx, t->db, &city);
}

static void
quarantine_open_or_not(struct test_db *t, bool done, void *arg)
{
	struct catalog_city city;

	(void)arg;
	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	assert_int_equal(city.quarantine_open, done);
	assert_int_equal(city.first_day, done ? 20000 : 0);
}

static void
the_first_day_is_set_whole_or_not_at_all(void **state)
{
	assert_true(test_fault_loop(*state, open_quarantine, quarantine_open_or_not, NULL) >= 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(published_and_claimed_items_are_lawful_from_their_day, NULL),
		test_on_both(changes_are_recorded_all_or_none, NULL),
		test_on_both(a_claim_is_whole_or_not_at_all, NULL),
		test_on_both(the_first_day_is_set_whole_or_not_at_all, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
