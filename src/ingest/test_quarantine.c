/* First-day history: it waits, is judged by the catalogue of today, and goes in bulk; on both databases. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ingest/ingest_job.h"
#include "ingest/quarantine_sql.h"
#include "ingest/quarantine_web.h"
#include "ingest/test_city.h"
#include "page/test_serve.h"

struct site {
	struct city *city;
	struct serve s;
	int64_t dept, other;
	struct serve_who officer, stranger, platform, head;
};

static const struct http_route *const tables[] = { quarantine_routes, http_builtin_routes, NULL };
static const struct job_kind *const kinds[] = { ingest_kinds, NULL };
#define UNCLAIMED "31000101000009"

static void
publish_unclaimed(struct test_db *t)
{
	struct site *site = t->fix;
	const char *const sub[] = { "subitem_code",
				    UNCLAIMED,
				    "subitem_name",
				    "起重机械检查",
				    "administrative_type",
				    "0",
				    NULL };
	const struct catalog_change use = { .item = ZD_STR(UNCLAIMED),
					    .what = CATALOG_IN_USE,
					    .from = zd_day_of(2019, 1, 1) };
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	city_put_record(t, site->city, "sub_item", 0, sub);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &use, 1), ZD_OK);
}

static void
claim(struct test_db *t, enum catalog_what what)
{
	struct site *site = t->fix;
	const struct catalog_change change = { .item = ZD_STR(UNCLAIMED),
					       .dept = site->dept,
					       .what = what,
					       .from = t->cx.today,
					       .reason = ZD_STR("三定方案") };

	test_trust_act_as_system(t);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &change, 1), ZD_OK);
}

/* n inspections of the unclaimed item (a list of it is published), each on its own day. */
static void
send_history(struct test_db *t, int n)
{
	struct site *site = t->fix;
	struct zd_str rows = city_rows(t, n, false);
	struct ingest_order order = { .dept = site->dept,
				      .standard = site->city->check,
				      .source = ZD_STR("api"),
				      .file = ZD_NO_INT,
				      .repairs = ZD_NO_INT,
				      .format = TABLE_NDJSON };
	struct ingest_batch b;
	bool repeated;

	/* the list's code ends in its item's */
	for (char *at = (char *)(uintptr_t)rows.p; (at = strstr(at, city_item)); at++)
		memcpy(at, UNCLAIMED, 14);
	order.fd = city_file(rows);
	assert_rc(&t->cx, ingest_app_open(&t->cx, t->db, &order, &b, &repeated), ZD_OK);
	assert_rc(&t->cx, ingest_app_run(&t->cx, &site->city->env, &order, &b), ZD_OK);
	assert_int_equal(b.quarantined, n);
	close(order.fd);
}

static void
publish_list(struct test_db *t)
{
	struct site *site = t->fix;
	struct zd_str code = zd_str_copy(t->cx.arena, zd_str_of(city_list));
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	((char *)(uintptr_t)code.p)[code.n - 1] = '9';
	const char *const list[] = { "inventory_code", code.p,    "detail_code",
				     UNCLAIMED,        "is_stop", "0",
				     "del_status",     "1",       NULL };
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	city_put_record(t, site->city, "implement_list", site->dept, list);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

static void
build(struct test_db *t)
{
	struct site *site = zd_new(t->cx.arena, struct site);
	struct catalog_city city;

	t->fix = site;
	zd_cx_now(&t->cx);
	site->dept = test_trust_dept(t, "1101");
	site->other = test_trust_dept(t, "1102");
	test_trust_person(t, "officer", TRUST_DATA_OFFICER, site->dept);
	test_trust_person(t, "head", TRUST_DEPT_HEAD, site->dept);
	test_trust_person(t, "stranger", TRUST_DATA_OFFICER, site->other);
	test_trust_person(t, "platform", TRUST_PLATFORM, 0);
	site->city = city_build(t, site->dept);
	publish_unclaimed(t);
	publish_list(t);
	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	city.first_day = t->cx.today;
	city.quarantine_open = 1;
	assert_rc(&t->cx, quarantine_app_set_city(&t->cx, t->db, &city), ZD_OK);
	serve_start(t, site->city->set, site->city->pool, tables, &site->s);
	site->officer = serve_sign_in(t, &site->s, "officer");
	site->stranger = serve_sign_in(t, &site->s, "stranger");
	site->platform = serve_sign_in(t, &site->s, "platform");
	site->head = serve_sign_in(t, &site->s, "head");
	test_trust_act_as_system(t);
}

static void
demolish(struct test_db *t)
{
	struct site *site = t->fix;

	serve_stop(&site->s);
	db_pool_close(site->city->pool);
}

static enum zd_rc
add_groups(struct zd_cx *cx, const void *row, void *arg)
{
	(void)cx;
	*(int64_t *)arg += ((const struct quarantine_group *)row)->n;
	return ZD_OK;
}

static int64_t
waiting(struct test_db *t)
{
	struct db *db = test_db_again(t);
	int64_t n = 0;

	assert_rc(&t->cx, quarantine_app_groups(&t->cx, db, ZD_NO_INT, add_groups, &n), ZD_OK);
	db_close(db);
	return n;
}

static void
assert_sums_true(struct test_db *t)
{
	struct site *site = t->fix;
	int64_t counters, different;

	assert_rc(&t->cx,
		  record_recount(&t->cx, t->db, site->city->check, false, &counters, &different),
		  ZD_OK);
	assert_int_equal(different, 0);
}

static int64_t
release_all(struct test_db *t)
{
	struct site *site = t->fix;
	struct quarantine_release r = { .dept = site->dept, .standard = site->city->check };
	struct quarantine_block b = { .last = false };
	int64_t released = 0;

	while (!b.last) {
		assert_rc(&t->cx, quarantine_app_release(&t->cx, t->db, &r, &b), ZD_OK);
		released += b.released;
	}
	return released;
}

/* --- what holds -------------------------------------------------------------------------------- */

static void
statements_prepare(void **state)
{
	test_prepares(*state, quarantine_sql_stmts, N(quarantine_sql_stmts));
}

static void
history_waits_until_its_items_are_claimed(void **state)
{
	struct test_db *t = *state;

	send_history(t, 1200);
	assert_int_equal(waiting(t), 1200);
	assert_int_equal(release_all(t), 0);
	claim(t, CATALOG_CLAIMED);
	assert_int_equal(release_all(t), 1200); /* three blocks */
	assert_int_equal(waiting(t), 0);
	assert_int_equal(release_all(t), 0);
	assert_sums_true(t);
	demolish(t);
}

static void
a_record_waits_for_every_item_it_cites(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct quarantine_judge judge ZD_CLEANUP(quarantine_judge_drop) = { .dept = 0 };
	struct record r = { .dept = site->dept };
	const struct standard *std = site->city->check;

	assert_rc(&t->cx, quarantine_judge_open(&t->cx, t->db, site->dept, &judge), ZD_OK);
	r.v[std->item] = zd_str_of(city_item);
	r.v[std->list] = zd_str_of(city_list);
	assert_null(quarantine_reason(t->cx.arena, &judge, std, &r).p);
	r.v[std->item] = zd_str_printf(t->cx.arena, "%s," UNCLAIMED, city_item);
	struct zd_str why = quarantine_reason(t->cx.arena, &judge, std, &r);
	assert_true(serve_has(why, "未由报送部门认领"));
	r.v[std->item] = zd_str_printf(t->cx.arena, "%s,%s", city_item, city_penalty);
	assert_true(serve_has(quarantine_reason(t->cx.arena, &judge, std, &r),
			      "的行政类型是行政处罚，行政检查行为只能引用行政检查类的事项"));
	r.v[std->item] = zd_str_of(city_item);
	r.v[std->list] =
		zd_str_printf(t->cx.arena, "%s,114201000012345039331000101000777", city_list);
	assert_true(serve_has(quarantine_reason(t->cx.arena, &judge, std, &r), "没有发布"));
	demolish(t);
}

static void
only_its_department_releases(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	static const char *const people[] = { "stranger", "platform" };
	struct quarantine_block b;

	send_history(t, 3);
	claim(t, CATALOG_CLAIMED);
	for (size_t i = 0; i < N(people); i++) {
		struct quarantine_release r = { .dept = site->dept, .standard = site->city->check };
		test_trust_act_as(t, people[i]);
		assert_rc(&t->cx, quarantine_app_release(&t->cx, t->db, &r, &b), ZD_REFUSED);
	}
	assert_int_equal(waiting(t), 3);
	demolish(t);
}

struct loop {
	int64_t before;
};

static enum zd_rc
try_release(struct test_db *t, void *arg)
{
	struct site *site = t->fix;
	struct quarantine_release r = { .dept = site->dept, .standard = site->city->check };
	struct quarantine_block b;

	(void)arg;
	return quarantine_app_release(&t->cx, t->db, &r, &b);
}

static void
released_or_not(struct test_db *t, bool done, void *arg)
{
	(void)arg;
	assert_int_equal(waiting(t), done ? 0 : 7);
}

static void
a_block_is_released_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;

	send_history(t, 7);
	claim(t, CATALOG_CLAIMED);
	assert_true(test_fault_loop(t, try_release, released_or_not, NULL) > 8);
	assert_sums_true(t);
	demolish(t);
}

static enum zd_rc
try_city(struct test_db *t, void *arg)
{
	return quarantine_app_set_city(&t->cx, t->db, arg);
}

static void
city_set_or_not(struct test_db *t, bool done, void *arg)
{
	const struct catalog_city *wanted = arg;
	struct catalog_city city;

	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	assert_int_equal(city.revision, wanted->revision + (done ? 1 : 0));
	assert_int_equal(city.quarantine_open, done ? 0 : 1);
}

static void
the_first_day_is_set_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct catalog_city city;

	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	city.quarantine_open = 0;
	test_trust_act_as(t, "platform");
	assert_true(test_fault_loop(t, try_city, city_set_or_not, &city) > 2);
	assert_rc(&t->cx, quarantine_app_set_city(&t->cx, t->db, &city),
		  ZD_CONFLICT); /* an old revision */
	city.first_day = t->cx.today + 1;
	assert_rc(&t->cx, quarantine_app_set_city(&t->cx, t->db, &city), ZD_INVALID);
	test_trust_act_as(t, "officer");
	city.first_day = t->cx.today;
	assert_rc(&t->cx, quarantine_app_set_city(&t->cx, t->db, &city), ZD_REFUSED);
	demolish(t);
}

/* --- pages --------------------------------------------------------------------------------------- */

static void
the_board_says_what_waits_and_why(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;

	assert_has(serve_get(&site->s, &site->officer, "/desk/quarantine").body,
		   "没有待放行的历史数据");
	send_history(t, 30);
	struct serve_answer a = serve_get(&site->s, &site->officer, "/desk/quarantine");
	assert_status(a, 200);
	assert_has(a.body, "起重机械检查");
	assert_has(a.body, "暂不能放行");
	assert_has(a.body, "先认领所引的事项"); /* the button is off, with the reason */
	assert_has(serve_get(&site->s, &site->platform, "/desk/quarantine").body, "测试部门1101");
	assert_has(serve_get(&site->s, &site->stranger, "/desk/quarantine").body,
		   "没有待放行的历史数据");
	a = serve_get(&site->s, &site->officer, "/desk/quarantine/check_action?item=" UNCLAIMED);
	assert_has(a.body, "JC000007");
	const char *link = memmem(a.body.p, a.body.n, "/desk/quarantine/check_action/", 30);
	assert_non_null(link);
	struct zd_str one =
		zd_str_copy(site->s.arena, (struct zd_str){ link, strcspn(link, "\"") });
	assert_has(serve_get(&site->s, &site->officer, one.p).body, "还不能放行");
	assert_status(serve_get(&site->s, &site->stranger, one.p), 404);
	assert_status(serve_get(&site->s, &site->officer, "/desk/quarantine/enterprise"), 404);
	claim(t, CATALOG_CLAIMED);
	assert_has(serve_get(&site->s, &site->officer, one.p).body, "可以放行");
	demolish(t);
}

static void
a_department_releases_in_bulk(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	static const char *const none[] = { NULL };
	static const char path[] = "/desk/quarantine/check_action/release";

	send_history(t, 30);
	claim(t, CATALOG_CLAIMED);
	assert_status(serve_form(&site->s, &site->head, path, none, NULL, (struct zd_str){ 0 }),
		      403);
	assert_status(serve_form(&site->s, &site->platform, path, none, NULL, (struct zd_str){ 0 }),
		      403);
	struct serve_answer a =
		serve_form(&site->s, &site->officer, path, none, NULL, (struct zd_str){ 0 });
	assert_status(a, 303);
	struct zd_str where = zd_str_copy(site->s.arena, a.location);
	assert_has(serve_get(&site->s, &site->officer, where.p).body, "正在排队");
	serve_jobs(t, &site->s, kinds);
	a = serve_get(&site->s, &site->officer, where.p);
	assert_has(a.body, "放行");
	assert_has(a.body, "30");
	assert_has(serve_get(&site->s, &site->officer,
			     zd_str_printf(site->s.arena, "%s/progress", where.p).p)
			   .body,
		   "\"state\":\"done\"");
	assert_status(serve_get(&site->s, &site->stranger, where.p), 404);
	assert_int_equal(waiting(t), 0);
	assert_sums_true(t);
	demolish(t);
}

static void
the_steward_sets_the_first_day(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct catalog_city city;

	assert_status(serve_get(&site->s, &site->officer, "/desk/quarantine/city"), 403);
	assert_has(serve_get(&site->s, &site->platform, "/desk/quarantine/city").body, "没有例外");
	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	char revision[32];
	(void)snprintf(revision, sizeof(revision), "%lld", (long long)city.revision);
	const char *const late[] = { "first_day", "2999-01-01", "revision", revision, NULL };
	const char *const good[] = { "first_day", "2026-01-01", "revision", revision, NULL };
	struct serve_answer a = serve_form(&site->s, &site->platform, "/desk/quarantine/city", late,
					   NULL, (struct zd_str){ 0 });
	assert_status(a, 422);
	assert_has(a.body, "id=\"e-first_day\"");
	assert_status(serve_form(&site->s, &site->platform, "/desk/quarantine/city", good, NULL,
				 (struct zd_str){ 0 }),
		      303);
	assert_status(serve_form(&site->s, &site->platform, "/desk/quarantine/city", good, NULL,
				 (struct zd_str){ 0 }),
		      409);
	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	assert_int_equal(city.first_day, zd_day_of(2026, 1, 1));
	assert_int_equal(city.quarantine_open, 0);
	demolish(t);
}

static void
the_list_does_not_scan_its_table(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct db_list_query q = { .list = quarantine_list(site->city->check), .limit = 50 };
	const int64_t scopes[] = { ZD_NO_INT, site->dept };
	struct zd_str plan;

	send_history(t, 2000);
	assert_rc(&t->cx, db_analyze(&t->cx, t->db), ZD_OK);
	for (size_t i = 0; i < N(scopes); i++) {
		q.scope_dept = scopes[i];
		for (q.sort = q.list->sorts; q.sort->name; q.sort++) {
			assert_rc(&t->cx, db_list_explain(&t->cx, t->db, &q, &plan), ZD_OK);
			if (!strstr(plan.p, "held"))
				fail_msg("not by its index: %.*s", ZD_STR_ARG(plan));
		}
	}
	demolish(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(history_waits_until_its_items_are_claimed, build),
		test_on_both(a_record_waits_for_every_item_it_cites, build),
		test_on_both(only_its_department_releases, build),
		test_on_both(a_block_is_released_whole_or_not_at_all, build),
		test_on_both(the_first_day_is_set_whole_or_not_at_all, build),
		test_on_both(the_board_says_what_waits_and_why, build),
		test_on_both(a_department_releases_in_bulk, build),
		test_on_both(the_steward_sets_the_first_day, build),
		test_on_both(the_list_does_not_scan_its_table, build),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
