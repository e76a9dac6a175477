/* A small demo city goes in through the ordinary doors, the same each time, and its faults are its own. */
#include <stdlib.h>

#include "db/test_db.h"
#include "demo/demo_app.h"
#include "record/record.h"

static struct demo_size
small(void)
{
	struct demo_size size = DEMO_DEFAULT;

	size.departments = 40;
	size.sub_items = 200;
	size.officers = 160;
	size.subjects = 600;
	size.actions = 2400;
	size.months = 6;
	size.today = zd_day_of(2026, 3, 2);
	return size;
}

/* Said of a step: never more than there is to do. */
static void
watch_progress(void *arg, const char *doing, int64_t done, int64_t total)
{
	int64_t *last = arg;

	assert_non_null(doing);
	assert_in_range(done, *last, total);
	*last = done;
}

struct drawn_row {
	int64_t plans, samples, known, special;
};
static const struct db_field no_fields[] = { { 0 } };
static const struct db_field drawn_fields[] = {
	{ "plans", DB_INT, false, offsetof(struct drawn_row, plans) },
	{ "samples", DB_INT, false, offsetof(struct drawn_row, samples) },
	{ "known", DB_INT, false, offsetof(struct drawn_row, known) },
	{ "special", DB_INT, false, offsetof(struct drawn_row, special) },
	{ 0 },
};
#define DRAWN                                                                                      \
	"select (select count(*) from plan_random), (select count(*) from plan_random_sample),"    \
	" (select count(*) from plan_random_sample r join subject s on s.code = r.uscc),"          \
	" (select count(*) from plan_random where plan_type = '2')"
static const struct db_stmt count_drawn = {
	.name = "count_drawn",
	.sqlite = DRAWN,
	.postgres = DRAWN,
	.in = no_fields,
	.out = drawn_fields,
	.out_size = sizeof(struct drawn_row),
};

/* Every department has its plans of random inspection, and each has drawn some that are known. */
static void
check_drawn(struct test_db *t)
{
	struct drawn_row n;

	assert_rc(&t->cx, db_one(&t->cx, t->db, &count_drawn, NULL, &n), ZD_OK);
	assert_int_equal(n.plans, 40 * 2 * DEMO_PLAN_YEARS);
	assert_int_equal(n.special, n.plans / 2);
	assert_true(n.samples >= 6 * n.plans);
	assert_int_equal(n.known, n.samples);
}

static void
fills_an_empty_city(void **state)
{
	struct test_db *t = *state;
	struct demo_size size = small();
	struct demo_report report;
	struct standard_set *set;
	struct db_pool *pool;
	int64_t counters, different, done = 0;

	assert_rc(&t->cx, standard_load(&t->cx, &set), ZD_OK);
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 4, &pool), ZD_OK);
	struct ingest_env env = { set, pool };
	assert_rc(&t->cx, demo_app_fill(&t->cx, &env, &size, watch_progress, &done, &report),
		  ZD_OK);
	assert_true(done > 0);
	assert_int_equal(report.departments, 40);
	assert_int_equal(report.items, 200);
	assert_int_equal(report.subjects, 600);
	assert_true(report.officers >= 160);
	assert_true(report.actions > 1800 && report.actions < 3000);
	/* realistic faults: some, not many */
	assert_true(report.refused > 0 && report.refused < report.actions / 8);
	for (size_t i = 0; i < standard_count(set); i++) {
		assert_rc(&t->cx,
			  record_recount(&t->cx, t->db, standard_at(set, i), false, &counters,
					 &different),
			  ZD_OK);
		assert_int_equal(different, 0);
	}
	check_drawn(t);
	/* a second time it is not empty */
	assert_rc(&t->cx, demo_app_fill(&t->cx, &env, &size, NULL, NULL, &report), ZD_CONFLICT);
	db_pool_close(pool);
}

static void
is_the_same_from_the_same_seed(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)64 << 20);
	struct demo_size size = small();
	struct zd_out a ZD_CLEANUP(zd_out_drop) = { .max = 16 << 20 },
			b ZD_CLEANUP(zd_out_drop) = { .max = 16 << 20 };
	(void)state;

	demo_put_actions(demo_city_new(arena, &size), 1, "check_action", 0, 6, &a);
	demo_put_actions(demo_city_new(arena, &size), 1, "check_action", 0, 6, &b);
	assert_true(a.n > 1000);
	assert_true(zd_str_equal(zd_out_str(&a), zd_out_str(&b)));
	size.seed++;
	b.n = 0;
	demo_put_actions(demo_city_new(arena, &size), 1, "check_action", 0, 6, &b);
	assert_false(zd_str_equal(zd_out_str(&a), zd_out_str(&b)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(fills_an_empty_city, NULL),
		cmocka_unit_test(is_the_same_from_the_same_seed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
