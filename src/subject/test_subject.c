#include "db/list.h"
#include "db/test_db.h"
#include "subject/subject_app.h"
#include "subject/subject_read_app.h"
#include "subject/subject_sql.h"

static const struct zd_str food = ZD_LIT("91420202XD0000001A"),
			   lift = ZD_LIT("special_equipment:3120");

static struct standard_set *set;
static struct zd_arena *standards;

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

/* --- the party of a record --------------------------------------------------------------- */

/* Of a record with these values: pairs of field and value end at NULL. */
static struct subject_ref
party_of(struct test_db *t, const char *standard, const char *key, const char *const *pairs)
{
	const struct standard *std = standard_find(set, zd_str_of(standard));
	struct zd_str *values = zd_new_array(t->cx.arena, struct zd_str, STANDARD_MAX_FIELDS);

	for (; *pairs; pairs += 2) {
		int field = standard_field_find(std, zd_str_of(pairs[0]));
		assert_true(field >= 0);
		values[field] = zd_str_of(pairs[1]);
	}
	return subject_ref_of(t->cx.arena, std, zd_str_of(key), values);
}

static void
describe(struct test_db *t, struct subject_ref ref)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ref.record_id = 99;
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, subject_describe_in(&t->cx, t->db, 3, &ref, 1), ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

static enum zd_rc
count_row(struct zd_cx *cx, const struct db_list_row *row, void *arg)
{
	struct zd_str *code = arg;
	int column = 0;

	while (strcmp(subject_list.columns[column].name, "code") != 0)
		column++;
	*code = code->p ? ZD_STR("several") : zd_str_copy(cx->arena, row->cells[column]);
	return ZD_OK;
}

/* The shown code of the only subject that the filter finds, or absent. */
static struct zd_str
found_by(struct test_db *t, const char *filter, const char *value)
{
	struct db_list_query query = {
		.list = &subject_list, .scope_dept = ZD_NO_INT, .n_values = 1, .limit = 10
	};
	struct zd_str code = { 0 };

	query.values[0] = (struct db_list_value){ db_list_filter(&subject_list, zd_str_of(filter)),
						  zd_str_of(value) };
	assert_rc(&t->cx, db_list_run(&t->cx, t->db, &query, count_row, &code), ZD_OK);
	return code;
}

static void
assert_area(struct test_db *t, struct zd_str code, const char *area, enum subject_area_from from)
{
	struct subject s;

	assert_rc(&t->cx, subject_app_find_code(&t->cx, t->db, code, &s), ZD_OK);
	assert_text(s.area, area);
	assert_int_equal(s.area_from, from);
}

#define UNIT "91420202XD0000001A"

static void
a_division_that_nobody_told_is_that_of_the_credit_code(void **state)
{
	struct test_db *t = *state;
	const char *const bare[] = { "administrative_cp",
				     "宏盛食品有限公司",
				     "administrative_cp_ce_type",
				     "001",
				     "administrative_cp_ui_code",
				     UNIT,
				     NULL };
	const char *const told[] = { "administrative_cp_ce_type",
				     "001",
				     "administrative_cp_ui_code",
				     UNIT,
				     "area_number",
				     "420203",
				     NULL };
	const char *const registered[] = { "enterprise_name", "宏盛食品有限公司", "uscc", UNIT,
					   NULL };
	const char *const person[] = { "administrative_cp_ce_type", "111",
				       "administrative_cp_ui_code", "420202196610110004", NULL };
	const char *const nowhere[] = { "administrative_cp_ce_type", "001",
					"administrative_cp_ui_code", "91990099XD0000001A", NULL };
	struct subject_ref met = party_of(t, "check_action", "1", bare);

	assert_text(met.area, "420202");
	assert_int_equal(met.area_from, SUBJECT_AREA_USCC);
	assert_int_equal(party_of(t, "check_action", "1", told).area_from, SUBJECT_AREA_ACTION);
	assert_int_equal(party_of(t, "check_action", "1", person).area_from, SUBJECT_AREA_UNKNOWN);
	assert_int_equal(party_of(t, "check_action", "1", nowhere).area_from, SUBJECT_AREA_UNKNOWN);
	assert_rc(&t->cx, resolve(t, &met, 1), ZD_OK);
	assert_area(t, food, "420202", SUBJECT_AREA_USCC);
	assert_text(found_by(t, "area", "420202"), UNIT);
	/* its own record has no division: what it says of itself is no better */
	describe(t, party_of(t, "enterprise", "1", registered));
	assert_area(t, food, "420202", SUBJECT_AREA_USCC);
}

static void
what_is_better_known_of_a_division_stays(void **state)
{
	struct test_db *t = *state;
	const char *const told[] = { "administrative_cp_ce_type",
				     "001",
				     "administrative_cp_ui_code",
				     UNIT,
				     "area_number",
				     "420203",
				     NULL };
	const char *const registered[] = { "enterprise_name", "宏盛食品有限公司", "uscc", UNIT,
					   NULL };
	const char *const own[] = { "administrative_cp_ui_code", UNIT, "area_number", "420204",
				    NULL };
	struct subject_ref met = party_of(t, "check_action", "1", told);

	assert_rc(&t->cx, resolve(t, &met, 1), ZD_OK);
	describe(t, party_of(t, "enterprise", "1", registered));
	assert_area(t, food, "420203", SUBJECT_AREA_ACTION);
	describe(t, party_of(t, "organisation", UNIT, own));
	assert_area(t, food, "420204", SUBJECT_AREA_OWN);
}

static void
things_are_found_by_the_code_that_is_shown(void **state)
{
	struct test_db *t = *state;
	const char *const product[] = {
		"product_code",     "SP0000000012",  "product_name", "糕点", "producer_name",
		"宏盛食品有限公司", "producer_code", UNIT,           NULL
	};
	const char *const point[] = {
		"object_code", "wry-7", "object_name", "在线监测点", "administrative_cp_ui_code",
		UNIT,          NULL
	};

	describe(t, party_of(t, "product_food", "SP0000000012", product));
	describe(t, party_of(t, "other_object", "wry-7", point));
	assert_text(found_by(t, "code", "SP0000000012"), "SP0000000012");
	assert_text(found_by(t, "code", "sp00"), "SP0000000012");
	assert_text(found_by(t, "code", "wry-7"), "wry-7");
	assert_text(found_by(t, "code", "WRY"), "wry-7");
	assert_null(found_by(t, "code", "product_food").p);
	assert_null(found_by(t, "code", UNIT).p); /* neither is its unit */
}

static int
load_standards(void **state)
{
	struct zd_cx cx = { .arena = standards = zd_arena_new((size_t)256 << 20) };
	(void)state;

	return standard_load(&cx, &set) == ZD_OK ? 0 : -1;
}

static int
free_standards(void **state)
{
	(void)state;
	zd_arena_free(standards);
	return 0;
}

static void
codes_are_as_issued(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 16);
	(void)state;

	assert_text(subject_code_of(arena, ZD_STR(" 91420202xd0000001a\t")), "91420202XD0000001A");
	assert_null(subject_code_of(arena, ZD_STR(" ")).p);
	assert_text(subject_thing_code(arena, ZD_STR("site"), ZD_STR("CS1")), "site:CS1");
	assert_text(subject_shown_code(ZD_STR("site:CS1"), ZD_STR(""), ZD_STR("site")), "CS1");
	assert_text(subject_shown_code(food, ZD_STR("001"), ZD_STR("enterprise")), UNIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(a_party_is_one_subject_however_often_it_is_named, NULL),
		test_on_both(its_own_record_describes_it, NULL),
		test_on_both(is_made_whole_or_not_at_all, NULL),
		test_on_both(a_division_that_nobody_told_is_that_of_the_credit_code, NULL),
		test_on_both(what_is_better_known_of_a_division_stays, NULL),
		test_on_both(things_are_found_by_the_code_that_is_shown, NULL),
		cmocka_unit_test(codes_are_as_issued),
	};
	return cmocka_run_group_tests(tests, load_standards, free_standards);
}
