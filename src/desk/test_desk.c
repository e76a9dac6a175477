#include <string.h>

#include "action/action_sql.h"
#include "base/app.h"
#include "catalog/catalog_change_web.h"
#include "catalog/catalog_read_app.h"
#include "catalog/catalog_read_sql.h"
#include "db/test_db.h"
#include "desk/desk_app.h"
#include "desk/desk_sql.h"
#include "desk/desk_web.h"
#include "edit/edit_web.h"
#include "officer/officer_web.h"
#include "plan/plan_web.h"
#include "record/record.h"
#include "subject/subject_read_app.h"
#include "subject/subject_read_sql.h"
#include "trust/trust_app.h"

static struct standard_set *set;
static struct zd_arena *standards;
static int64_t ours, theirs; /* departments */

/* --- a small city ---------------------------------------------------------------------------------- */

static int64_t
make_dept(struct test_db *t, const char *code, const char *national)
{
	struct trust_dept dept = { .code = zd_str_of(code),
				   .name = zd_str_of(code),
				   .parent = ZD_NO_INT,
				   .level = 1,
				   .national_code = zd_str_of(national),
				   .area = ZD_STR("420200"),
				   .from = t->cx.today - 1000,
				   .until = ZD_NO_DAY,
				   .state = TRUST_DEPT_LIVE };
	int64_t id;

	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &dept, &id), ZD_OK);
	return id;
}

static void
put(struct test_db *t, const char *standard, int64_t dept, const char *key, int32_t day,
    int64_t subject, enum record_state state)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	const struct standard *std = standard_find(set, zd_str_of(standard));
	struct record *r = zd_new(t->cx.arena, struct record), *records[] = { r };
	enum record_outcome outcome;

	*r = (struct record){ .dept = dept,
			      .key = zd_str_of(key),
			      .state = state,
			      .day = day,
			      .subject = subject,
			      .batch = ZD_NO_INT,
			      .row = ZD_NO_INT };
	r->v[std->key] = r->key;
	if (std->item >= 0)
		r->item = ZD_STR("31000101000001");
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, record_put_many(&t->cx, t->db, std, records, "i", 1, &outcome, NULL),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

static void
make_city(struct test_db *t)
{
	int32_t day = t->cx.today;

	ours = make_dept(t, "d-31", "31");
	theirs = make_dept(t, "d-23", "23");
	put(t, "check_action", ours, "JC-1", day, 5, RECORD_LIVE);
	put(t, "check_action", ours, "JC-2", day - 40, 5, RECORD_LIVE);
	put(t, "check_action", theirs, "JC-3", day - 1, 5, RECORD_LIVE);
	put(t, "punish_action", ours, "CF-1", day - 10, 5, RECORD_LIVE);
	put(t, "force_action", ours, "QZ-1", day - 20, 5, RECORD_QUARANTINED);
	put(t, "other_action", ours, "QT-1", day - 10, 6, RECORD_LIVE);
}

static void
as_staff(struct test_db *t, int64_t dept)
{
	t->cx.actor =
		(struct zd_actor){ .id = 5, .dept = dept, .roles = TRUST_DATA_OFFICER, .level = 2 };
}

/* --- statements and lists ---------------------------------------------------------------------------- */

static void
statements_prepare(void **state)
{
	test_prepares(*state, desk_sql_stmts, N(desk_sql_stmts));
	test_prepares(*state, catalog_read_sql_stmts, N(catalog_read_sql_stmts));
	test_prepares(*state, subject_read_sql_stmts, N(subject_read_sql_stmts));
	test_prepares(*state, action_sql_stmts, N(action_sql_stmts));
}

static const struct db_list *const lists[] = {
	&catalog_items,  &catalog_mains,    &catalog_claims,         &catalog_lists,
	&catalog_random, &catalog_contents, &subject_list,           &officer_list,
	&plan_list,      &plan_sample_list, &action_live[0],         &action_live[1],
	&action_live[2], &action_live[3],   &action_held[0],         &action_held[1],
	&action_held[2], &action_held[3],   &catalog_claims_by_dept,
};

static enum zd_rc
pass(struct zd_cx *cx, const struct db_list_row *row, void *arg)
{
	(void)cx, (void)row;
	++*(int *)arg;
	return ZD_OK;
}

static struct zd_str
sample(const struct db_filter *filter)
{
	if (filter->type == DB_DAY || filter->type == DB_TIME)
		return ZD_STR("2026-01-01");
	return filter->op == DB_TOKEN ? ZD_STR("食品") : ZD_STR("31");
}

static void
check_plan(struct test_db *t, const struct db_list_query *query, const char *filter)
{
	struct zd_str plan;
	int n = 0;

	assert_rc(&t->cx, db_list_run(&t->cx, t->db, query, pass, &n), ZD_OK);
	if (!query->list->large)
		return;
	/* unfiltered along the primary key: SQLite calls the walk that the limit ends a scan too */
	if (query->n_values == 0 && strcmp(query->sort->sql, query->list->id) == 0)
		return;
	assert_rc(&t->cx, db_list_explain(&t->cx, t->db, query, &plan), ZD_OK);
	if (test_plan_scans(t, plan, query->list->large))
		fail_msg("%s by %s, filter %s, scans:\n%.*s", query->list->name, query->sort->name,
			 filter, ZD_STR_ARG(plan));
}

/* Every list, in each scope, by each sort, with each filter alone: runs, and reads no large table through. */
static void
lists_run_and_scan_nothing_large(void **state)
{
	struct test_db *t = *state;

	if (t->dialect == DB_POSTGRES) /* tables are small here: can an index serve at all? */
		assert_rc(&t->cx, db_script(&t->cx, t->db, "set enable_seqscan = off"), ZD_OK);
	for (size_t i = 0; i < N(lists); i++)
		for (const struct db_sort *s = lists[i]->sorts; s->name; s++)
			for (int own = 0; own < 2; own++) {
				struct db_list_query query = { .list = lists[i],
							       .sort = s,
							       .scope_dept = own ? ours : ZD_NO_INT,
							       .limit = 51 };
				check_plan(t, &query, "none");
				query.n_values = 1;
				for (const struct db_filter *f = lists[i]->filters; f->name; f++) {
					query.values[0] = (struct db_list_value){ f, sample(f) };
					check_plan(t, &query, f->name);
				}
			}
}

/* --- what is shown -------------------------------------------------------------------------------------- */

static void
departments_see_their_own_actions_of_a_subject_newest_first(void **state)
{
	struct test_db *t = *state;
	struct subject_action *actions;
	size_t n;
	bool more;

	as_staff(t, ours);
	assert_rc(
		&t->cx,
		subject_read_actions(&t->cx, t->db, 5, -1, SUBJECT_NEWEST, 2, &actions, &n, &more),
		ZD_OK);
	assert_int_equal(n, 2);
	assert_true(more);
	assert_int_equal(actions[0].kind, SUBJECT_CHECK);
	assert_int_equal(actions[1].kind, SUBJECT_PUNISH);
	struct subject_after after = { actions[1].day, actions[1].id };
	assert_rc(&t->cx, subject_read_actions(&t->cx, t->db, 5, -1, after, 2, &actions, &n, &more),
		  ZD_OK);
	assert_int_equal(n, 2);
	assert_false(more);
	assert_int_equal(actions[0].kind, SUBJECT_FORCE);
	assert_int_equal(actions[0].state, RECORD_QUARANTINED);
	assert_int_equal(actions[1].kind, SUBJECT_CHECK);
	t->cx.actor = (struct zd_actor){ .id = 6, .roles = TRUST_PLATFORM, .level = 2 };
	assert_rc(&t->cx,
		  subject_read_actions(&t->cx, t->db, 5, SUBJECT_CHECK, SUBJECT_NEWEST, 9, &actions,
				       &n, &more),
		  ZD_OK);
	assert_int_equal(n, 3);
	assert_true(actions[1].dept == theirs);
}

static void
figures_and_held_records_come_from_the_counters(void **state)
{
	struct test_db *t = *state;
	struct desk_figures f;
	struct desk_waiting w;
	int64_t n;

	as_staff(t, ours);
	assert_rc(&t->cx, desk_app_figures(&t->cx, t->db, &f), ZD_OK);
	assert_int_equal(f.month, 202603);
	assert_int_equal(f.before, 202602);
	assert_int_equal(f.now[ACTION_CHECK], 1);
	assert_int_equal(f.then[ACTION_PUNISH], 1);
	assert_rc(&t->cx, desk_app_waiting(&t->cx, t->db, &w), ZD_OK);
	assert_int_equal(w.held[ACTION_FORCE], 1);
	assert_int_equal(w.held[ACTION_CHECK], 0);
	assert_int_equal(desk_waiting_count(&w), 1);
	assert_rc(&t->cx, action_app_count(&t->cx, t->db, ACTION_CHECK, ZD_NO_INT, 1, &n), ZD_OK);
	assert_int_equal(n, 3);
	t->cx.actor = (struct zd_actor){ .id = 8, .roles = TRUST_AUDIT_ADMIN };
	assert_rc(&t->cx, desk_app_waiting(&t->cx, t->db, &w), ZD_OK);
	assert_int_equal(desk_waiting_count(&w), 0);
}

static void
numbers_are_found_within_the_scope(void **state)
{
	struct test_db *t = *state;
	struct desk_number *numbers;
	size_t n;

	as_staff(t, ours);
	assert_rc(&t->cx, desk_app_numbers(&t->cx, t->db, ZD_STR("JC-"), &numbers, &n), ZD_OK);
	assert_int_equal(n, 2);
	assert_rc(&t->cx, desk_app_numbers(&t->cx, t->db, ZD_STR("CF-1"), &numbers, &n), ZD_OK);
	assert_int_equal(n, 1);
	assert_int_equal(numbers[0].kind, ACTION_PUNISH);
	t->cx.actor = (struct zd_actor){ .id = 6, .roles = TRUST_PLATFORM, .level = 2 };
	assert_rc(&t->cx, desk_app_numbers(&t->cx, t->db, ZD_STR("JC-"), &numbers, &n), ZD_OK);
	assert_int_equal(n, 3);
}

static void
who_sends_nothing_is_named(void **state)
{
	struct test_db *t = *state;
	struct desk_silent *silent;
	struct desk_month *months;
	size_t n;

	assert_rc(&t->cx, desk_app_silent(&t->cx, t->db, &silent, &n), ZD_OK);
	assert_int_equal(n, 2);
	assert_true(silent[0].last == ZD_NO_INT);
	assert_rc(&t->cx, desk_app_by_dept(&t->cx, t->db, 202603, &months, &n), ZD_OK);
	assert_int_equal(n, 2);
	assert_int_equal(months[0].n, 1);
}

/* --- the catalogue ------------------------------------------------------------------------------------------ */

static const struct zd_str item = ZD_LIT("31000101000001");

static void
put_item(struct test_db *t)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	const struct standard *std = standard_find(set, ZD_STR("sub_item"));
	struct record *r = zd_new(t->cx.arena, struct record), *records[] = { r };
	enum record_outcome outcome;

	*r = (struct record){ .key = item,
			      .state = RECORD_LIVE,
			      .day = ZD_NO_DAY,
			      .subject = ZD_NO_INT,
			      .batch = ZD_NO_INT,
			      .row = ZD_NO_INT };
	r->v[standard_field_find(std, ZD_STR("department_id"))] = ZD_STR("31");
	r->v[standard_field_find(std, ZD_STR("subitem_name"))] = ZD_STR("对食品销售者的检查");
	r->v[std->key] = item;
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, record_put_many(&t->cx, t->db, std, records, "i", 1, &outcome, NULL),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

static struct catalog_change
step(struct test_db *t, int64_t dept, enum catalog_what what)
{
	return (struct catalog_change){ .item = item,
					.dept = dept,
					.what = what,
					.from = t->cx.today,
					.reason = ZD_STR("机构改革") };
}

static void
an_item_shows_its_state_claims_and_use(void **state)
{
	struct test_db *t = *state;
	struct catalog_change publish, claim;
	struct catalog_about about;
	struct catalog_effect effect;
	int64_t open;

	put_item(t);
	publish = step(t, 0, CATALOG_IN_USE);
	claim = step(t, ours, CATALOG_CLAIMED);
	assert_rc(&t->cx, catalog_read_open(&t->cx, t->db, ours, &open), ZD_OK);
	assert_int_equal(open, 0); /* not in use yet */
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &publish, 1), ZD_OK);
	assert_rc(&t->cx, catalog_read_open(&t->cx, t->db, ours, &open), ZD_OK);
	assert_int_equal(open, 1);
	as_staff(t, ours);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1), ZD_OK);
	assert_rc(&t->cx, catalog_read_open(&t->cx, t->db, ours, &open), ZD_OK);
	assert_int_equal(open, 0);
	assert_rc(&t->cx, catalog_read_about(&t->cx, t->db, item, &about), ZD_OK);
	assert_int_equal(about.state, CATALOG_IN_USE);
	assert_int_equal(about.n_events, 2);
	assert_int_equal(about.n_claims, 1);
	assert_int_equal(about.claims[0].what, CATALOG_CLAIMED);
	assert_rc(&t->cx,
		  catalog_read_effect(&t->cx, t->db, &item, 1, t->cx.today, ZD_NO_INT, &effect),
		  ZD_OK);
	assert_int_equal(effect.claims, 1);
	assert_int_equal(effect.actions, 2); /* of this month, of both departments */
}

/* --- home ---------------------------------------------------------------------------------------------------- */

static const struct http_route *const home_tables[] = { desk_routes, catalog_change_routes,
							edit_routes, NULL };

/* The home page as the actor sees it. */
static const char *
home(struct test_db *t, struct http_reply *rep)
{
	const struct app app = { .standards = set };
	const struct http_route *route = http_route_at(home_tables, HTTP_GET, ZD_STR("/desk?x=1"));
	struct http_request req = {
		.route = route, .db = t->db, .app = &app, .csrf = ZD_STR("t"), .tables = home_tables
	};

	zd_out_drop(&rep->out);
	*rep = (struct http_reply){ .out = { .max = 4 << 20 }, .fd = -1 };
	assert_non_null(route);
	assert_rc(&t->cx, route->handle(&t->cx, &req, rep), ZD_OK);
	zd_out_write(&rep->out, (struct zd_str){ "", 1 });
	return rep->out.p;
}

static void
home_offers_only_what_its_reader_may_do(void **state)
{
	static const char *const deeds[] = { "去认领", "去放行", "去修正", "去更新" };
	static const uint32_t lookers[] = { TRUST_INSPECTOR, TRUST_DEPT_HEAD };
	struct test_db *t = *state;
	struct catalog_change publish;
	struct http_reply rep = { .fd = -1 };

	put_item(t);
	publish = step(t, 0, CATALOG_IN_USE);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &publish, 1), ZD_OK);
	as_staff(t, ours);
	const char *html = home(t, &rep);
	assert_non_null(strstr(html, "去认领"));
	assert_non_null(strstr(html, "去放行"));
	for (size_t i = 0; i < N(lookers); i++) {
		t->cx.actor.roles = lookers[i];
		html = home(t, &rep);
		for (size_t k = 0; k < N(deeds); k++)
			assert_null(strstr(html, deeds[k]));
		assert_non_null(strstr(html, "查看：有监管事项没有认领"));
		assert_non_null(strstr(html, "没有放行"));
	}
	zd_out_drop(&rep.out);
}

static void
steps_are_taken_by_whose_they_are(void **state)
{
	struct test_db *t = *state;
	struct catalog_change publish, claim;

	put_item(t);
	publish = step(t, 0, CATALOG_IN_USE);
	claim = step(t, ours, CATALOG_CLAIMED);
	as_staff(t, ours);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &publish, 1), ZD_REFUSED);
	t->cx.actor = (struct zd_actor){ .id = 6, .roles = TRUST_PLATFORM, .level = 2 };
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &publish, 1), ZD_OK);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1), ZD_REFUSED);
	as_staff(t, theirs);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1), ZD_REFUSED);
	as_staff(t, ours);
	t->cx.actor.roles = TRUST_INSPECTOR;
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1), ZD_REFUSED);
	as_staff(t, ours);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &claim, 1), ZD_OK);
}

static void
months_go_back_over_new_year(void **state)
{
	(void)state;
	assert_int_equal(desk_month_before(202601), 202512);
	assert_int_equal(desk_month_before(202612), 202611);
	assert_int_equal(desk_first_of_month(zd_day_of(2026, 2, 28)), zd_day_of(2026, 2, 1));
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(lists_run_and_scan_nothing_large, make_city),
		test_on_both(departments_see_their_own_actions_of_a_subject_newest_first,
			     make_city),
		test_on_both(figures_and_held_records_come_from_the_counters, make_city),
		test_on_both(numbers_are_found_within_the_scope, make_city),
		test_on_both(who_sends_nothing_is_named, make_city),
		test_on_both(an_item_shows_its_state_claims_and_use, make_city),
		test_on_both(home_offers_only_what_its_reader_may_do, make_city),
		test_on_both(steps_are_taken_by_whose_they_are, make_city),
		cmocka_unit_test(months_go_back_over_new_year),
	};
	return cmocka_run_group_tests(tests, load_standards, free_standards);
}
