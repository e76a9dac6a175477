/* The board of claims by department: who sees which, and the list that it is; on both databases, over HTTP. */
#include <stdio.h>
#include <string.h>

#include "catalog/catalog_web.h"
#include "page/test_serve.h"
#include "record/record.h"

#define PAGE "/desk/catalog/claims-by-department"
#define API "/api/v1/catalog/claims-by-department"

struct site {
	struct serve s;
	struct standard_set *set;
	struct db_pool *pool;
	int64_t ours, theirs; /* departments */
	struct serve_who platform, leader, officer, key;
};

static const struct http_route *const tables[] = { catalog_routes, http_builtin_routes, NULL };

/* --- a small city ---------------------------------------------------------------------------------- */

static int64_t
make_dept(struct test_db *t, const char *code, const char *name, const char *national)
{
	struct trust_dept dept = { .code = zd_str_of(code),
				   .name = zd_str_of(name),
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

/* An item of the national department that its code begins with. */
static void
put_item(struct test_db *t, const char *code)
{
	const struct site *site = t->fix;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	const struct standard *std = standard_find(site->set, ZD_STR("sub_item"));
	struct record *r = zd_new(t->cx.arena, struct record), *records[] = { r };
	enum record_outcome outcome;

	*r = (struct record){ .key = zd_str_of(code),
			      .state = RECORD_LIVE,
			      .day = ZD_NO_DAY,
			      .subject = ZD_NO_INT,
			      .batch = ZD_NO_INT,
			      .row = ZD_NO_INT };
	r->v[standard_field_find(std, ZD_STR("department_id"))] = (struct zd_str){ code, 2 };
	r->v[standard_field_find(std, ZD_STR("subitem_name"))] = ZD_STR("对食品销售者的检查");
	r->v[std->key] = r->key;
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, record_put_many(&t->cx, t->db, std, records, "i", 1, &outcome, NULL),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

static void
step(struct test_db *t, const char *code, int64_t dept, enum catalog_what what)
{
	const struct catalog_change change = { .item = zd_str_of(code),
					       .dept = dept,
					       .what = what,
					       .from = t->cx.today,
					       .reason = ZD_STR("机构改革") };

	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &change, 1), ZD_OK);
}

/* Ours should claim four items in use: it has claimed one, released one and written one off. Theirs should claim one. */
static void
put_catalogue(struct test_db *t, const struct site *site)
{
	static const char *const items[] = { "31000101000001", "31000101000002", "31000101000003",
					     "31000101000004", "23000101000001" };

	for (size_t i = 0; i < N(items); i++) {
		put_item(t, items[i]);
		step(t, items[i], 0, CATALOG_IN_USE);
	}
	put_item(t, "31000101000005"); /* not in use: nobody should claim it */
	step(t, items[0], site->ours, CATALOG_CLAIMED);
	step(t, items[1], site->ours, CATALOG_CLAIMED);
	step(t, items[1], site->ours, CATALOG_RELEASED);
	step(t, items[2], site->ours, CATALOG_WRITTEN_OFF);
}

static void
build(struct test_db *t)
{
	struct site *site = zd_new(t->cx.arena, struct site);

	t->fix = site;
	zd_cx_now(&t->cx); /* as the server's clock */
	assert_rc(&t->cx, standard_load(&t->cx, &site->set), ZD_OK);
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 4, &site->pool), ZD_OK);
	site->ours = make_dept(t, "d-31", "市场监管局", "31");
	site->theirs = make_dept(t, "d-23", "卫生健康委", "23");
	test_trust_person(t, "platform", TRUST_PLATFORM, 0);
	test_trust_person(t, "leader", TRUST_LEADER, 0);
	test_trust_person(t, "officer", TRUST_DATA_OFFICER, site->ours);
	put_catalogue(t, site);
	serve_start(t, site->set, site->pool, tables, &site->s);
	site->platform = serve_sign_in(t, &site->s, "platform");
	site->leader = serve_sign_in(t, &site->s, "leader");
	site->officer = serve_sign_in(t, &site->s, "officer");
	site->key = serve_key(t, &site->s, site->theirs, 2);
}

static void
demolish(struct test_db *t)
{
	struct site *site = t->fix;

	serve_stop(&site->s);
	db_pool_close(site->pool);
}

#define get_f(site, who, ...)                                                                      \
	serve_get(&(site)->s, who, zd_str_printf((site)->s.arena, __VA_ARGS__).p)

/* --- cases ----------------------------------------------------------------------------------------- */

static void
the_board_counts_what_each_department_should_claim(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a =
		get_f(site, &site->platform, API "?dept=%lld", (long long)site->ours);

	assert_status(a, 200);
	assert_int_equal(serve_number(a.body, "id"), site->ours);
	assert_has(a.body, "\"code\":\"d-31\",\"name\":\"市场监管局\"");
	assert_int_equal(serve_number(a.body, "expected"), 4);
	assert_int_equal(serve_number(a.body, "claimed"), 1);
	assert_int_equal(serve_number(a.body, "released"), 1);
	assert_int_equal(serve_number(a.body, "written_off"), 1);
	assert_int_equal(serve_number(a.body, "open"), 2);
	assert_int_equal(serve_number(a.body, "rate"), 25);
	demolish(t);
}

static void
the_board_sorts_filters_and_pages(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a = get_f(site, &site->platform, API "?limit=1");

	assert_int_equal(serve_number(a.body, "id"), site->ours); /* most left to claim */
	const char *next = strstr(a.body.p, "\"next\":\"");
	assert_non_null(next);
	a = get_f(site, &site->platform, API "?limit=1&after=%.*s", (int)strcspn(next + 8, "\""),
		  next + 8);
	assert_int_equal(serve_number(a.body, "id"), site->theirs);
	assert_has(a.body, "\"next\":null");
	a = get_f(site, &site->leader, API "?sort=rate");
	assert_int_equal(serve_number(a.body, "id"), site->theirs); /* nothing of one */
	a = get_f(site, &site->leader, API "?sort=code&limit=1");
	assert_has(a.body, "d-23");
	a = get_f(site, &site->platform, API "?national=23");
	assert_int_equal(serve_number(a.body, "id"), site->theirs);
	assert_false(serve_has(a.body, "d-31"));
	a = get_f(site, &site->platform, API "?name=%%E5%%B8%%82%%E5%%9C%%BA"); /* 市场 */
	assert_int_equal(serve_number(a.body, "id"), site->ours);
	assert_false(serve_has(a.body, "d-23"));
	assert_has(get_f(site, &site->platform, API "?level=2").body, "{\"rows\":[]");
	step(t, "23000101000001", site->theirs, CATALOG_CLAIMED);
	a = get_f(site, &site->platform, API "?open=1");
	assert_has(a.body, "d-31");
	assert_false(serve_has(a.body, "d-23")); /* all claimed */
	assert_status(get_f(site, &site->platform, API "?claim=0"), 422);
	assert_status(get_f(site, &site->platform, API "?sort=area"), 422);
	demolish(t);
}

static void
a_department_sees_its_own_row(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a = get_f(site, &site->key, API);

	assert_status(a, 200);
	assert_int_equal(serve_number(a.body, "id"), site->theirs);
	assert_false(serve_has(a.body, "d-31"));
	assert_status(get_f(site, &site->key, API "?dept=%lld", (long long)site->ours), 422);
	a = get_f(site, &site->officer, PAGE);
	assert_status(a, 200);
	assert_has(a.body, "市场监管局");
	assert_has(a.body, "本页 1 条");
	assert_status(get_f(site, NULL, API), 401);
	demolish(t);
}

static void
the_board_is_shown_and_exported(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a = get_f(site, &site->platform, PAGE);
	char link[120];

	assert_status(a, 200);
	assert_has(a.body, "本页 2 条");
	(void)snprintf(link, sizeof(link), "/desk/catalog/claims?dept=%lld&amp;claim=0&amp;state=1",
		       (long long)site->ours);
	assert_has(a.body, link);
	assert_has(a.body, "href=\"?sort=best\"");
	assert_has(a.body, "href=\"" PAGE "\""); /* the tab */
	/* where the numbers lead is what they count */
	a = get_f(site, &site->platform, "/desk/catalog/claims?dept=%lld&claim=0&state=1",
		  (long long)site->ours);
	assert_has(a.body, "本页 2 条");
	assert_has(a.body, PAGE);
	/* without a department the city's people choose one on the board, whatever else they asked */
	a = get_f(site, &site->leader, "/desk/catalog/claims?claim=0");
	assert_status(a, 303);
	assert_has(a.location, PAGE);
	assert_status(get_f(site, &site->officer, "/desk/catalog/claims?claim=0"), 200);
	a = get_f(site, &site->leader, PAGE "?format=csv&cols=name,expected,open&sort=code");
	assert_status(a, 200);
	assert_has(a.head, "text/csv");
	assert_has(a.body, "\"部门\",\"应领\",\"未领\"\r\n\"卫生健康委\",\"1\",\"1\"\r\n"
			   "\"市场监管局\",\"4\",\"2\"\r\n");
	a = get_f(site, &site->key, API "?format=xlsx");
	assert_status(a, 200);
	assert_has(a.head, "spreadsheetml");
	assert_memory_equal(a.body.p, "PK", 2);
	demolish(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(the_board_counts_what_each_department_should_claim, build),
		test_on_both(the_board_sorts_filters_and_pages, build),
		test_on_both(a_department_sees_its_own_row, build),
		test_on_both(the_board_is_shown_and_exported, build),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
