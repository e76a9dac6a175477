/* Plans of random inspection and whom they drew: lists, records and their JSON over HTTP, on both databases. */
#include <stdio.h>

#include "page/test_serve.h"
#include "plan/plan_web.h"
#include "record/record.h"
#include "trust/trust_app.h"

struct site {
	struct serve s;
	struct standard_set *set;
	struct db_pool *pool;
	int64_t ours, theirs;
	struct serve_who officer, platform, secadmin, key;
};

static const struct http_route *const tables[] = { plan_routes, http_builtin_routes, NULL };

struct pair {
	const char *field, *value;
};

/* A record of the standard; pairs end at a NULL field. Returns its id. */
static int64_t
put(struct test_db *t, const char *standard, int64_t dept, const struct pair *pairs)
{
	struct site *site = t->fix;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	const struct standard *std = standard_find(site->set, zd_str_of(standard));
	struct record *r = zd_new(t->cx.arena, struct record), *records[] = { r };
	enum record_outcome outcome;

	*r = (struct record){ .dept = dept,
			      .state = RECORD_LIVE,
			      .day = ZD_NO_DAY,
			      .subject = ZD_NO_INT,
			      .batch = ZD_NO_INT,
			      .row = ZD_NO_INT };
	for (; pairs->field; pairs++) {
		int field = standard_field_find(std, zd_str_of(pairs->field));
		assert_true(field >= 0);
		r->v[field] = zd_str_of(pairs->value);
	}
	r->key = r->v[std->key];
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, record_put_many(&t->cx, t->db, std, records, "i", 1, &outcome, NULL),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	return r->id;
}

static int64_t
put_plan(struct test_db *t, int64_t dept, const char *id, const char *type, const char *name,
	 const char *year)
{
	const struct pair pairs[] = { { "plan_id", id },
				      { "plan_type", type },
				      { "plan_name", name },
				      { "plan_year", year },
				      { "area_name", "某市" },
				      { "area_number", "420200" },
				      { "department_code", "31" },
				      { "check_proportion", "5%" },
				      { 0 } };

	return put(t, "random_plan", dept, pairs);
}

static int64_t
put_sample(struct test_db *t, int64_t dept, const char *key, const char *plan, const char *name,
	   const char *uscc)
{
	const struct pair pairs[] = { { "record_unique_identity", key },
				      { "plan_id", plan },
				      { "object_name", name },
				      { "object_id", uscc },
				      { "uscc", uscc },
				      { 0 } };

	return put(t, "random_sample", dept, pairs);
}

static void
build(struct test_db *t)
{
	struct site *site = zd_new(t->cx.arena, struct site);

	t->fix = site;
	zd_cx_now(&t->cx);
	assert_rc(&t->cx, standard_load(&t->cx, &site->set), ZD_OK);
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 4, &site->pool), ZD_OK);
	site->ours = test_trust_dept(t, "1101");
	site->theirs = test_trust_dept(t, "1102");
	test_trust_person(t, "officer", TRUST_DATA_OFFICER, site->ours);
	test_trust_person(t, "platform", TRUST_PLATFORM, 0);
	test_trust_person(t, "secadmin", TRUST_SECURITY_ADMIN, 0);
	put_plan(t, site->ours, "2025-A", "1", "二五年度计划", "2025");
	put_plan(t, site->ours, "2026-A", "1", "二六年度<计划>", "2026");
	put_plan(t, site->ours, "2026-B", "2", "二六专项计划", "2026");
	put_plan(t, site->theirs, "2026-A", "1", "他局年度计划", "2026");
	put_sample(t, site->ours, "A-1", "2026-A", "甲公司", "91420200XD00000019");
	put_sample(t, site->ours, "A-2", "2026-A", "乙公司", "91420200XD00000027");
	put_sample(t, site->ours, "B-1", "2026-B", "甲公司", "91420200XD00000019");
	put_sample(t, site->ours, "N-1", "无", "丙公司", "91420200XD00000035");
	put_sample(t, site->theirs, "T-1", "2026-A", "丁公司", "91420200XD00000043");
	serve_start(t, site->set, site->pool, tables, &site->s);
	site->officer = serve_sign_in(t, &site->s, "officer");
	site->platform = serve_sign_in(t, &site->s, "platform");
	site->secadmin = serve_sign_in(t, &site->s, "secadmin");
	site->key = serve_key(t, &site->s, site->ours, 2);
}

static void
demolish(struct test_db *t)
{
	struct site *site = t->fix;

	serve_stop(&site->s);
	db_pool_close(site->pool);
}

static size_t
count(struct zd_str body, const char *part)
{
	size_t n = 0;

	for (const char *p = body.p;
	     (p = memmem(p, body.n - (size_t)(p - body.p), part, strlen(part))); p++)
		n++;
	return n;
}

static void
check_counts(struct site *site, const struct serve_who *who, const char *path, size_t want)
{
	struct serve_answer page =
		serve_get(&site->s, who, zd_str_printf(site->s.arena, "/desk%s", path).p);
	struct serve_answer json =
		serve_get(&site->s, who, zd_str_printf(site->s.arena, "/api/v1%s", path).p);

	assert_status(page, 200);
	assert_status(json, 200);
	if (count(page.body, "data-row>") != want || count(json.body, "{\"id\":") != want)
		fail_msg("%s: %zu on the page, %zu as JSON, wanted %zu", path,
			 count(page.body, "data-row>"), count(json.body, "{\"id\":"), want);
}

static void
lists_filter_within_the_scope(void **state)
{
	static const struct {
		const char *path;
		size_t own, city;
	} cases[] = {
		{ "/plans", 3, 4 },
		{ "/plans?year=2026", 2, 3 },
		{ "/plans?type=2", 1, 1 },
		{ "/plans?name=%E5%B9%B4%E5%BA%A6", 2, 3 },
		{ "/plans?plan=2026-A", 1, 2 },
		{ "/plans?organ=31&area=4202", 3, 4 },
		{ "/plans?organ=32", 0, 0 },
		{ "/plans/samples", 4, 5 },
		{ "/plans/samples?plan=2026-A", 2, 3 },
		{ "/plans/samples?name=%E7%94%B2", 2, 2 },
		{ "/plans/samples?uscc=91420200XD00000043", 0, 1 },
		{ "/plans/samples?uscc=91420200XD", 4, 5 },
		{ "/plans/samples?key=B-", 1, 1 },
	};
	struct test_db *t = *state;
	struct site *site = t->fix;

	for (size_t i = 0; i < N(cases); i++) {
		check_counts(site, &site->officer, cases[i].path, cases[i].own);
		check_counts(site, &site->platform, cases[i].path, cases[i].city);
	}
	demolish(t);
}

static void
lists_sort_page_and_go_out(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a = serve_get(&site->s, &site->officer, "/api/v1/plans?limit=1");

	assert_has(a.body, "\"plan\":\"2026-B\""); /* of the newest year the newest */
	assert_false(serve_has(a.body, "\"next\":null"));
	a = serve_get(&site->s, &site->key, "/api/v1/plans/samples?sort=plan&limit=1");
	assert_has(a.body, "\"plan\":\"2026-A\"");
	assert_has(a.body, "\"plan_name\":\"二六年度");
	a = serve_get(&site->s, &site->officer, "/desk/plans?type=2&format=csv");
	assert_status(a, 200);
	assert_has(a.body, "二六专项计划");
	assert_has(a.body, "专项计划"); /* the word, not the code */
	assert_false(serve_has(a.body, "二五"));
	a = serve_get(&site->s, &site->officer, "/desk/plans/samples?format=csv&sort=name");
	assert_has(a.body, "丙公司");
	assert_false(serve_has(a.body, "丁公司"));
	a = serve_get(&site->s, &site->officer, "/desk/plans/samples?format=xlsx");
	assert_int_equal(memcmp(a.body.p, "PK\x03\x04", 4), 0);
	assert_status(serve_get(&site->s, &site->officer, "/desk/plans?kind=1"), 422);
	assert_status(serve_get(&site->s, &site->secadmin, "/desk/plans"), 403);
	assert_status(serve_get(&site->s, NULL, "/api/v1/plans/samples"), 401);
	demolish(t);
}

static void
records_open_with_their_ways_on(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	long long ours = (long long)site->ours, theirs = (long long)site->theirs;
	int64_t plan = put_plan(t, site->ours, "2026-C", "1", "补充计划", "2026");
	int64_t sample = put_sample(t, site->ours, "C-1", "2026-C", "戊公司", "91420200XD00000051");
	int64_t hidden = put_plan(t, site->theirs, "2026-D", "1", "他局补充计划", "2026");
	char path[96], link[96];
	struct serve_answer a;

	(void)snprintf(path, sizeof(path), "/desk/plans/%lld-%lld", ours, (long long)plan);
	a = serve_get(&site->s, &site->officer, path);
	assert_status(a, 200);
	(void)snprintf(link, sizeof(link), "/desk/plans/samples?plan=2026-C&amp;dept=%lld", ours);
	assert_has(a.body, link);
	assert_has(a.body, "年度计划");           /* the type's name */
	assert_false(serve_has(a.body, "2,026")); /* a year is no amount */
	assert_has(a.body, "变更记录");
	assert_has(a.body, "数据来源");
	assert_has(a.body, "/desk/records/random_plan/");
	a = serve_get(&site->s, &site->platform, path);
	assert_status(a, 200);
	assert_false(serve_has(a.body, "/desk/records/random_plan/"));
	(void)snprintf(path, sizeof(path), "/desk/plans/samples/%lld-%lld", ours,
		       (long long)sample);
	a = serve_get(&site->s, &site->officer, path);
	(void)snprintf(link, sizeof(link), "/desk/plans?plan=2026-C&amp;dept=%lld", ours);
	assert_has(a.body, link);
	assert_has(a.body, "/desk/subjects?code=91420200XD00000051");
	(void)snprintf(path, sizeof(path), "/api/v1/plans/samples/%lld-%lld", ours,
		       (long long)sample);
	a = serve_get(&site->s, &site->key, path);
	assert_has(a.body, "\"standard\":\"random_sample\"");
	assert_has(a.body, "\"history\":");
	(void)snprintf(path, sizeof(path), "/api/v1/plans/%lld-%lld", theirs, (long long)hidden);
	assert_status(serve_get(&site->s, &site->key, path), 404);
	assert_status(serve_get(&site->s, &site->platform, path), 200);
	demolish(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(lists_filter_within_the_scope, build),
		test_on_both(lists_sort_page_and_go_out, build),
		test_on_both(records_open_with_their_ways_on, build),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
