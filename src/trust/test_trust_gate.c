/* The gate: every policy against every kind of asker, on both databases. */
#include <stdio.h>
#include <stdlib.h>

#include "trust/audit_sql.h"
#include "trust/test_trust.h"
#include "trust/trust_gate.h"

static const int64_t minute = 60000;

struct gated {
	struct db_pool *pool;
	int64_t dept;
};
static struct gated fix;

static void
open_pool(struct test_db *t)
{
	fix = (struct gated){ .dept = test_trust_dept(t, "1101") };
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 2, &fix.pool), ZD_OK);
}

static struct http_route
route(const char *path, enum http_access access, uint32_t roles)
{
	return (struct http_route){ .method = HTTP_GET,
				    .path = path,
				    .about = "测试",
				    .policy = { .access = access, .roles = roles } };
}

static enum zd_rc
ask(struct test_db *t, const struct http_route *r, struct zd_str session, bool by_cookie,
    struct http_request *ret)
{
	*ret = (struct http_request){ .route = r,
				      .db = t->db,
				      .pool = fix.pool,
				      .path = zd_str_of(r->path),
				      .session = session,
				      .by_cookie = by_cookie,
				      .csrf = ZD_STR(""),
				      .wants_json = strncmp(r->path, "/api/", 5) == 0 };
	t->cx.actor = (struct zd_actor){ .address = ZD_STR("192.0.2.9") };
	return trust_gate(&t->cx, ret, NULL);
}

static int64_t
refusals(struct test_db *t)
{
	struct audit_staged *rows;
	size_t n;
	int64_t count = 0;

	assert_rc(&t->cx, audit_sql_list_staged(&t->cx, t->db, 1000, &rows, &n, .limit = 1000),
		  ZD_OK);
	for (size_t i = 0; i < n; i++)
		count += zd_str_equal(rows[i].act, ZD_STR("route.refuse"));
	return count;
}

static void
visitors_reach_what_is_public(void **state)
{
	static const struct zd_str sessions[] = { { NULL, 0 }, ZD_LIT("x"), ZD_LIT("zd_A_B") };
	struct test_db *t = *state;
	struct http_request req;
	struct http_route public = route("/", HTTP_PUBLIC, 0),
			  signed_in = route("/desk", HTTP_SIGNED_IN, 0),
			  roles = route("/x", HTTP_ROLES, TRUST_BUSINESS);

	for (size_t i = 0; i < N(sessions); i++) {
		assert_rc(&t->cx, ask(t, &public, sessions[i], true, &req), ZD_OK);
		assert_int_equal(t->cx.actor.id, 0);
		assert_int_equal(t->cx.actor.level, 1); /* not the system */
		assert_text(t->cx.actor.address, "192.0.2.9");
		assert_false(req.by_cookie &&
			     sessions[i].n); /* a cookie of nothing asks for no token */
		assert_int_equal(req.csrf.n, 0);
		assert_rc(&t->cx, ask(t, &signed_in, sessions[i], true, &req), ZD_NOT_FOUND);
		assert_rc(&t->cx, ask(t, &roles, sessions[i], false, &req), ZD_NOT_FOUND);
	}
	assert_int_equal(refusals(t), 0); /* a stranger cannot make us write */
	db_pool_close(fix.pool);
}

static const uint32_t every_role[] = { TRUST_INSPECTOR,      TRUST_DATA_OFFICER, TRUST_DEPT_HEAD,
				       TRUST_PLATFORM,       TRUST_LEADER,       TRUST_SYSTEM_ADMIN,
				       TRUST_SECURITY_ADMIN, TRUST_AUDIT_ADMIN };

static void
each_role_reaches_its_own_routes_only(void **state)
{
	struct test_db *t = *state;
	struct http_request req;
	char account[16];

	for (size_t i = 0; i < N(every_role); i++) {
		snprintf(account, sizeof(account), "role%zu", i);
		test_trust_person(t, account, every_role[i],
				  every_role[i] & TRUST_DEPT_STAFF ? fix.dept : 0);
		struct zd_str token = test_trust_sign_in(t, account);
		struct http_route any = route("/account", HTTP_SIGNED_IN, 0);
		assert_rc(&t->cx, ask(t, &any, token, true, &req), ZD_OK);
		assert_int_equal(t->cx.actor.roles, every_role[i]);
		assert_int_equal(t->cx.actor.dept, every_role[i] & TRUST_DEPT_STAFF ? fix.dept : 0);
		assert_int_equal(req.csrf.n, 32);
		for (size_t k = 0; k < N(every_role); k++) {
			struct http_route one = route("/x", HTTP_ROLES, every_role[k]);
			assert_rc(&t->cx, ask(t, &one, token, true, &req),
				  i == k ? ZD_OK : ZD_REFUSED);
		}
		assert_rc(&t->cx, ask(t, &any, token, false, &req), ZD_NOT_FOUND); /* as a key */
	}
	assert_int_equal(refusals(t), 8 * 7);
	db_pool_close(fix.pool);
}

static void
keys_reach_only_the_api(void **state)
{
	struct test_db *t = *state;
	struct http_request req;
	struct zd_str bearer;
	struct http_route api = route("/api/v1/batches", HTTP_ROLES, TRUST_API),
			  any = route("/api/v1/me", HTTP_SIGNED_IN, 0),
			  page = route("/desk/batches", HTTP_ROLES, TRUST_API),
			  other = route("/api/v1/people", HTTP_ROLES, TRUST_SECURITY_ADMIN);

	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, fix.dept, ZD_STR("系统"), 3, &bearer),
		  ZD_OK);
	assert_rc(&t->cx, ask(t, &api, bearer, false, &req), ZD_OK);
	assert_int_equal(t->cx.actor.dept, fix.dept);
	assert_int_equal(req.csrf.n, 0);
	assert_rc(&t->cx, ask(t, &any, bearer, false, &req), ZD_OK);
	assert_rc(&t->cx, ask(t, &page, bearer, false, &req), ZD_NOT_FOUND);
	assert_rc(&t->cx, ask(t, &other, bearer, false, &req), ZD_REFUSED);
	assert_rc(&t->cx, ask(t, &api, bearer, true, &req), ZD_NOT_FOUND); /* as a cookie */
	api.policy.fresh = true;
	assert_rc(&t->cx, ask(t, &api, bearer, false, &req), ZD_REFUSED);
	db_pool_close(fix.pool);
}

static void
a_key_that_asks_too_often_waits(void **state)
{
	struct test_db *t = *state;
	struct http_request req;
	struct zd_str bearer, other;
	struct http_route api = route("/api/v1/batches", HTTP_ROLES, TRUST_API);
	int asked = 0;

	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, fix.dept, ZD_STR("系统"), 3, &bearer),
		  ZD_OK);
	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, fix.dept, ZD_STR("另一"), 3, &other),
		  ZD_OK);
	while (asked <= 1000 && ask(t, &api, bearer, false, &req) == ZD_OK)
		asked++;
	assert_int_equal(asked, 1000);
	assert_rc(&t->cx, ask(t, &api, bearer, false, &req), ZD_TOO_OFTEN);
	assert_int_equal(zd_rc_meaning(ZD_TOO_OFTEN)->http_status, 429);
	assert_rc(&t->cx, ask(t, &api, other, false, &req), ZD_OK);
	t->cx.now += 10;
	assert_rc(&t->cx, ask(t, &api, bearer, false, &req), ZD_OK);
	assert_rc(&t->cx, ask(t, &api, bearer, false, &req), ZD_TOO_OFTEN);
	t->cx.now -= 60 * minute; /* the clock is set right: nobody waits an hour for it */
	assert_rc(&t->cx, ask(t, &api, bearer, false, &req), ZD_OK);
	db_pool_close(fix.pool);
}

static struct zd_str
begin_sign_in(struct test_db *t, const char *account, enum trust_stage stage)
{
	struct trust_env env = test_trust_env();
	struct trust_signed in;

	t->cx.actor = (struct zd_actor){ .level = 1 };
	assert_rc(&t->cx,
		  trust_sign_in(&t->cx, t->db, &env, zd_str_of(account),
				ZD_STR(TEST_TRUST_PASSWORD), ZD_STR("test"), &in),
		  ZD_OK);
	assert_int_equal(in.stage, stage);
	return in.token;
}

/* Password alone: no rights, and only the step's own page. */
static void
assert_held_at(struct test_db *t, struct zd_str token, const char *own)
{
	static const char *const pages[] = { "/signin/code", "/signin/factor", "/signin/password" };
	struct http_request req;

	for (size_t i = 0; i < N(pages); i++) {
		struct http_route step = route(pages[i], HTTP_SIGNED_IN, 0);
		assert_rc(&t->cx, ask(t, &step, token, true, &req),
			  strcmp(own, pages[i]) == 0 ? ZD_OK : ZD_NOT_FOUND);
	}
	struct http_route step = route(own, HTTP_SIGNED_IN, 0),
			  out = route("/signout", HTTP_SIGNED_IN, 0),
			  desk = route("/desk", HTTP_SIGNED_IN, 0),
			  api = route("/api/v1/me", HTTP_SIGNED_IN, 0),
			  admin = route("/desk/people", HTTP_ROLES, TRUST_SECURITY_ADMIN),
			  public = route("/", HTTP_PUBLIC, 0);
	assert_rc(&t->cx, ask(t, &step, token, true, &req), ZD_OK);
	assert_int_equal(t->cx.actor.roles, 0);
	assert_int_equal(req.csrf.n, 32);
	assert_rc(&t->cx, ask(t, &out, token, true, &req), ZD_OK);
	assert_rc(&t->cx, ask(t, &desk, token, true, &req), ZD_NOT_FOUND);
	assert_rc(&t->cx, ask(t, &api, token, true, &req), ZD_REFUSED);
	assert_rc(&t->cx, ask(t, &admin, token, true, &req), ZD_NOT_FOUND);
	assert_rc(&t->cx, ask(t, &public, token, true, &req), ZD_OK);
	assert_int_equal(t->cx.actor.roles, 0);
}

static void
a_session_under_way_reaches_its_step_only(void **state)
{
	struct test_db *t = *state;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	test_trust_person(t, "zf0001", TRUST_INSPECTOR, fix.dept);
	assert_held_at(t, begin_sign_in(t, "sec0001", TRUST_NEEDS_FACTOR), "/signin/factor");
	test_trust_sign_in(t, "sec0001");
	assert_held_at(t, begin_sign_in(t, "sec0001", TRUST_NEEDS_CODE), "/signin/code");
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db,
			    "update person set must_change = 1 where account = 'zf0001'"),
		  ZD_OK);
	assert_held_at(t, begin_sign_in(t, "zf0001", TRUST_NEEDS_PASSWORD), "/signin/password");
	db_pool_close(fix.pool);
}

static void
rights_taken_away_hold_from_the_next_request(void **state)
{
	struct test_db *t = *state;
	struct http_request req;
	struct http_route one = route("/x", HTTP_ROLES, TRUST_INSPECTOR);

	int64_t id = test_trust_person(t, "zf0001", TRUST_INSPECTOR, fix.dept);
	struct zd_str token = test_trust_sign_in(t, "zf0001");
	assert_rc(&t->cx, ask(t, &one, token, true, &req), ZD_OK);
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db, "update person set roles = 2 where account = 'zf0001'"),
		  ZD_OK); /* even behind our back */
	assert_rc(&t->cx, ask(t, &one, token, true, &req), ZD_REFUSED);
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, id), ZD_OK);
	assert_rc(&t->cx, ask(t, &one, token, true, &req), ZD_NOT_FOUND);
	db_pool_close(fix.pool);
}

static void
fresh_routes_want_a_recent_password(void **state)
{
	struct test_db *t = *state;
	struct http_request req;
	struct http_route r = route("/x", HTTP_ROLES, TRUST_INSPECTOR);

	r.policy.fresh = true;
	test_trust_person(t, "zf0001", TRUST_INSPECTOR, fix.dept);
	struct zd_str token = test_trust_sign_in(t, "zf0001");
	assert_rc(&t->cx, ask(t, &r, token, true, &req), ZD_OK);
	assert_true(trust_gate_is_fresh(&t->cx, &req));
	t->cx.now += 5 * minute;
	assert_rc(&t->cx, ask(t, &r, token, true, &req), ZD_REFUSED);
	assert_false(trust_gate_is_fresh(&t->cx, &req));
	db_pool_close(fix.pool);
}

static void
who_keeps_working_stays_signed_in(void **state)
{
	struct test_db *t = *state;
	struct http_request req;
	struct http_route r = route("/desk", HTTP_SIGNED_IN, 0);

	test_trust_person(t, "zf0001", TRUST_INSPECTOR, fix.dept);
	struct zd_str token = test_trust_sign_in(t, "zf0001");
	for (int i = 0; i < 6; i++) {
		t->cx.now += 10 * minute;
		assert_rc(&t->cx, ask(t, &r, token, true, &req), ZD_OK);
	}
	t->cx.now += 15 * minute;
	assert_rc(&t->cx, ask(t, &r, token, true, &req), ZD_NOT_FOUND);
	db_pool_close(fix.pool);
}

static void
when_the_database_fails_nobody_passes_but_to_what_is_public(void **state)
{
	struct test_db *t = *state;
	struct http_request req;
	struct http_route r = route("/desk", HTTP_SIGNED_IN, 0),
			  public = route("/", HTTP_PUBLIC, 0);

	test_trust_person(t, "zf0001", TRUST_INSPECTOR, fix.dept);
	struct zd_str token = test_trust_sign_in(t, "zf0001");
	db_fail_nth(t->db, 1);
	assert_rc(&t->cx, ask(t, &r, token, true, &req), ZD_BUSY);
	db_fail_nth(t->db, 1);
	assert_rc(&t->cx, ask(t, &public, token, true, &req), ZD_OK);
	assert_int_equal(t->cx.actor.id, 0);
	db_fail_nth(t->db, 0);
	db_pool_close(fix.pool);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(visitors_reach_what_is_public, open_pool),
		test_on_both(each_role_reaches_its_own_routes_only, open_pool),
		test_on_both(keys_reach_only_the_api, open_pool),
		test_on_both(a_key_that_asks_too_often_waits, open_pool),
		test_on_both(a_session_under_way_reaches_its_step_only, open_pool),
		test_on_both(rights_taken_away_hold_from_the_next_request, open_pool),
		test_on_both(fresh_routes_want_a_recent_password, open_pool),
		test_on_both(who_keeps_working_stays_signed_in, open_pool),
		test_on_both(when_the_database_fails_nobody_passes_but_to_what_is_public,
			     open_pool),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
