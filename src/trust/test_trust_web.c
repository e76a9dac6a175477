/* The pages over HTTP, as a browser meets them: the whole way in, forms, rights, the log. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event.h"
#include "page/page.h"
#include "trust/audit.h"
#include "trust/test_trust.h"
#include "trust/trust_gate.h"
#include "trust/trust_list.h"
#include "trust/trust_web.h"

/* --- a server and a browser of few words ------------------------------------------------- */

struct site {
	struct app app;
	struct db_pool *pool;
	struct http_server *server;
	char spool[64], cookie[80], csrf[40];
	int status;
	struct zd_str body, location; /* of the last answer */
};
static struct site site;

static const struct http_route *const tables[] = { trust_signin_routes, trust_people_routes,
						   trust_dept_routes, trust_log_routes, NULL };

/* The tests' clock stands still; the server's does not. */
static void
open_site(struct test_db *t)
{
	zd_cx_now(&t->cx);
	site = (struct site){ .app = { .keys = *test_trust_keys(), .origin = ZD_STR("test/web") } };
	assert_rc(&t->cx, sm2_generate(&t->cx, &site.app.keys.log), ZD_OK);
	snprintf(site.spool, sizeof(site.spool), "/tmp/zd-web-%d", (int)getpid());
	mkdir(site.spool, 0700);
	site.app.spool = site.spool;
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 4, &site.pool), ZD_OK);
	const struct http_server_config config = { .listen = ZD_STR("127.0.0.1:0"),
						   .tables = tables,
						   .gate = trust_gate,
						   .app = &site.app,
						   .pool = site.pool,
						   .spool_dir = site.spool,
						   .workers = 2,
						   .error_page = page_error };
	assert_rc(&t->cx, http_server_start(&t->cx, &config, &site.server), ZD_OK);
}

static int
close_site(void **state)
{
	http_server_stop(site.server);
	db_pool_close(site.pool);
	sm2_free(site.app.keys.log);
	rmdir(site.spool);
	return test_db_teardown(state);
}

static int
dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)http_server_port(site.server)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const void *)&to, sizeof(to)), 0);
	return fd;
}

/* What follows `key` up to `end`, or absent. */
static struct zd_str
cut(struct zd_str text, const char *key, char end)
{
	const char *at = memmem(text.p, text.n, key, strlen(key));

	if (!at)
		return (struct zd_str){ 0 };
	at += strlen(key);
	const char *stop = memchr(at, end, text.n - (size_t)(at - text.p));
	return (struct zd_str){ at, stop ? (size_t)(stop - at) : 0 };
}

static void
keep(char *to, size_t size, struct zd_str s)
{
	if (s.p)
		snprintf(to, size, "%.*s", ZD_STR_ARG(s));
}

static void
read_answer(struct test_db *t, int fd)
{
	struct zd_out in = { .max = 4 << 20 };
	char buf[8192];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		zd_out_write(&in, (struct zd_str){ buf, (size_t)n });
	close(fd);
	struct zd_str all = zd_str_copy(t->cx.arena, zd_out_str(&in));
	zd_out_drop(&in);
	const char *gap = memmem(all.p, all.n, "\r\n\r\n", 4);
	assert_non_null(gap);
	struct zd_str head = { all.p, (size_t)(gap - all.p) + 2 };
	site.body = (struct zd_str){ gap + 4, all.n - head.n - 2 };
	site.status = (int)strtol(all.p + 9, NULL, 10);
	site.location = cut(head, "Location: ", '\r');
	keep(site.cookie, sizeof(site.cookie), cut(head, "Set-Cookie: __Host-sid=", ';'));
	keep(site.csrf, sizeof(site.csrf), cut(site.body, "name=\"csrf\" value=\"", '"'));
}

static int
ask(struct test_db *t, const char *method, const char *path, const char *form)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	bool post = strcmp(method, "POST") == 0;
	struct zd_str body =
		post ? zd_str_printf(t->cx.arena, "csrf=%s%s%s", site.csrf, *form ? "&" : "", form)
		     : ZD_STR("");

	zd_out_printf(&out, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", method,
		      path);
	if (site.cookie[0])
		zd_out_printf(&out, "Cookie: __Host-sid=%s\r\n", site.cookie);
	if (post)
		zd_out_printf(&out,
			      "Content-Type: application/x-www-form-urlencoded\r\n"
			      "Content-Length: %zu\r\n",
			      body.n);
	zd_out_printf(&out, "\r\n%.*s", ZD_STR_ARG(body));
	int fd = dial();
	assert_int_equal(send(fd, out.p, out.n, MSG_NOSIGNAL), out.n);
	read_answer(t, fd);
	return site.status;
}

static int
get(struct test_db *t, const char *path)
{
	return ask(t, "GET", path, "");
}

static int
post(struct test_db *t, const char *path, const char *form)
{
	return ask(t, "POST", path, form);
}

static bool
says(const char *text)
{
	return memmem(site.body.p, site.body.n, text, strlen(text)) != NULL;
}

static void
forget_cookie(void)
{
	site.cookie[0] = site.csrf[0] = 0;
}

/* --- the way in -------------------------------------------------------------------------- */

static const char password_form[] = "account=sec0001&password=Kx7%23mQ2vLp9t&next=/desk/people";

static struct zd_str
code_for(struct test_db *t, const char *account)
{
	struct trust_person p;
	struct zd_str secret;

	zd_cx_now(&t->cx);
	assert_rc(&t->cx, trust_person_find_account(&t->cx, t->db, zd_str_of(account), &p), ZD_OK);
	assert_true(sm4_open(t->cx.arena, site.app.keys.seal, p.totp_secret, &secret));
	return trust_totp_code(t->cx.arena, secret, t->cx.now);
}

static void
an_administrator_comes_in_by_password_and_code(void **state)
{
	struct test_db *t = *state;
	char form[128], first[80];

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	assert_int_equal(get(t, "/desk/people"), 303);
	assert_text(site.location, "/signin?next=%2Fdesk%2Fpeople");
	assert_int_equal(get(t, "/signin?next=%2Fdesk%2Fpeople"), 200);
	assert_true(says("登录工作门户") && says("value=\"/desk/people\""));
	assert_int_equal(post(t, "/signin", "account=sec0001&password=Wrong-Pass-77"), 403);
	assert_true(says("账号或密码不正确"));
	assert_false(says("Wrong-Pass-77"));
	assert_true(says("value=\"sec0001\""));
	assert_int_equal(post(t, "/signin", password_form), 303);
	assert_text(site.location, "/signin/factor?next=%2Fdesk%2Fpeople");
	snprintf(first, sizeof(first), "%s", site.cookie);
	assert_int_equal(get(t, "/desk/people"), 303); /* not yet */
	assert_int_equal(get(t, "/signin?next=/desk/people"), 303);
	assert_text(site.location, "/signin/factor?next=%2Fdesk%2Fpeople");
	assert_int_equal(get(t, "/signin/factor?next=/desk/people"), 200);
	assert_int_equal(post(t, "/signin/factor", "next=/desk/people"), 200);
	assert_true(says("otpauth://totp/"));
	assert_int_equal(post(t, "/signin/factor", "code=000000&next=/desk/people"), 403);
	assert_true(says("otpauth://totp/")); /* the same secret again */
	snprintf(form, sizeof(form), "code=%.*s&next=/desk/people",
		 ZD_STR_ARG(code_for(t, "sec0001")));
	assert_int_equal(post(t, "/signin/factor", form), 200);
	assert_true(says("保存恢复码") && says("href=\"/desk/people\""));
	assert_string_not_equal(first, site.cookie);
	assert_int_equal(get(t, "/desk/people"), 200);
	assert_true(says("sec0001") && says("安全管理员"));
	snprintf(site.cookie, sizeof(site.cookie), "%s", first);
	assert_int_equal(get(t, "/desk/people"), 303); /* the old token is worth nothing */
}

static int64_t
counted(const char *outcome)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	char name[80];

	trust_metrics_add();
	zd_metrics_text(&out);
	zd_out_write(&out, (struct zd_str){ "", 1 });
	snprintf(name, sizeof(name), "zd_signin_total{outcome=\"%s\"} ", outcome);
	const char *at = strstr(zd_out_str(&out).p, name);
	assert_non_null(at);
	return strtoll(at + strlen(name), NULL, 10);
}

static void
how_sign_ins_end_is_counted(void **state)
{
	struct test_db *t = *state;

	test_trust_person(t, "zf0001", TRUST_INSPECTOR, test_trust_dept(t, "420100-31"));
	int64_t opened = counted("opened"), refused = counted("refused"),
		locked = counted("locked");
	assert_int_equal(post(t, "/signin", "account=zf0001&password=Kx7%23mQ2vLp9t"), 303);
	assert_int_equal(counted("opened") - opened, 1);
	site.cookie[0] = 0;
	for (int i = 0; i < 7; i++)
		assert_int_equal(post(t, "/signin", "account=zf0001&password=wrong"), 403);
	assert_int_equal(counted("refused") - refused, 5);
	assert_int_equal(counted("locked") - locked, 2); /* from the sixth on nothing is tried */
}

/* In by the use cases, for tests of what lies behind. */
static void
come_in(struct test_db *t, const char *account)
{
	struct zd_str token = test_trust_sign_in(t, account);

	zd_cx_now(&t->cx);
	snprintf(site.cookie, sizeof(site.cookie), "%.*s", ZD_STR_ARG(token));
	assert_int_equal(get(t, "/desk/me"), 200);
}

static void
forms_without_their_token_change_nothing(void **state)
{
	struct test_db *t = *state;
	int64_t id = test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	char path[64];

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	come_in(t, "sec0001");
	snprintf(path, sizeof(path), "/desk/people/%lld/disable", (long long)id);
	site.csrf[0] = 0;
	assert_int_equal(post(t, path, ""), 403);
	snprintf(site.csrf, sizeof(site.csrf), "00000000000000000000000000000000");
	assert_int_equal(post(t, path, ""), 403);
	struct trust_person p;
	assert_rc(&t->cx, trust_person_find(&t->cx, t->db, id, &p), ZD_OK);
	assert_int_equal(p.state, TRUST_ACTIVE);
	assert_int_equal(get(t, "/desk/me"), 200);
	assert_int_equal(post(t, path, ""), 303);
	assert_int_equal(post(t, "/signout", ""), 303);
	assert_string_equal(site.cookie, "");
	assert_int_equal(post(t, "/signin", "account=x&password=y"),
			 403); /* needs none, finds nobody */
}

static void
a_new_person_is_made_activated_and_comes_in(void **state)
{
	struct test_db *t = *state;
	int64_t dept = test_trust_dept(t, "1101");
	char form[256], code[40];

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	come_in(t, "sec0001");
	assert_int_equal(get(t, "/desk/people/new"), 200);
	snprintf(form, sizeof(form), "account=ZF0009&name=%%E6%%9F%%90&dept=%lld&roles=33&level=2",
		 (long long)dept);
	assert_int_equal(post(t, "/desk/people/new", form), 403);
	assert_true(says("不得兼任") &&
		    says("value=\"ZF0009\"")); /* what was typed is still there */
	snprintf(form, sizeof(form), "account=ZF0009&name=%%E6%%9F%%90&dept=%lld&roles=1&level=2",
		 (long long)dept);
	assert_int_equal(post(t, "/desk/people/new", form), 200);
	keep(code, sizeof(code), cut(site.body, "<p class=\"zd-secret\"><code>", '<'));
	assert_int_equal(strlen(code), 26);
	assert_int_equal(post(t, "/desk/people/new", form), 409);
	forget_cookie();
	assert_int_equal(get(t, "/activate"), 200);
	snprintf(form, sizeof(form), "account=zf0009&code=%s&password=short&again=short", code);
	assert_int_equal(post(t, "/activate", form), 422);
	assert_true(says("12 至 128 个字符"));
	snprintf(form, sizeof(form),
		 "account=zf0009&code=%s&password=Vr9!cneu8-Wmd&again=Vr9!cneu8-Wme", code);
	assert_int_equal(post(t, "/activate", form), 422);
	snprintf(form, sizeof(form),
		 "account=zf0009&code=%s&password=Vr9!cneu8-Wmd&again=Vr9!cneu8-Wmd", code);
	assert_int_equal(post(t, "/activate", form), 200);
	assert_int_equal(post(t, "/activate", form), 403);
	assert_int_equal(post(t, "/signin", "account=zf0009&password=Vr9!cneu8-Wmd"), 303);
	assert_text(site.location, "/desk");
	assert_int_equal(get(t, "/desk/me"), 200);
	assert_true(says("zf0009") && says("执法人员"));
	assert_int_equal(get(t, "/desk/people"), 403);
	assert_int_equal(get(t, "/api/v1/me"), 200);
	assert_true(says("\"department\":\"1101\"") && says("\"roles\":\"officer\""));
}

static void
only_paths_of_our_own_are_followed(void **state)
{
	static const char *const bad[] = {
		"https://x.example/", "//x.example", "/%5Cx.example", "x", "%2F%2Fx", "/a%20b",
		"/%E4%BD%A0"
	};
	struct test_db *t = *state;
	char form[128];

	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	for (size_t i = 0; i < N(bad); i++) {
		forget_cookie();
		snprintf(form, sizeof(form), "account=pt0001&password=Kx7%%23mQ2vLp9t&next=%s",
			 bad[i]);
		assert_int_equal(post(t, "/signin", form), 303);
		assert_text(site.location, "/desk");
	}
}

static void
important_changes_ask_again_who_it_is(void **state)
{
	struct test_db *t = *state;
	char form[128];

	int64_t id = test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	come_in(t, "sec0001");
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update session set fresh_until = 1"), ZD_OK);
	snprintf(form, sizeof(form), "/desk/people/%lld/disable", (long long)id);
	assert_int_equal(post(t, form, ""), 403);
	assert_int_equal(get(t, "/desk/people/new"), 303);
	assert_text(site.location, "/signin/confirm?next=%2Fdesk%2Fpeople%2Fnew");
	assert_int_equal(get(t, "/signin/confirm?next=%2Fdesk%2Fpeople%2Fnew"), 200);
	assert_int_equal(post(t, "/signin/confirm", "password=Kx7%23mQ2vLp9t&code=000000"), 403);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update person set totp_step = 1"), ZD_OK);
	snprintf(form, sizeof(form), "password=Kx7%%23mQ2vLp9t&code=%.*s&next=/desk/people/new",
		 ZD_STR_ARG(code_for(t, "sec0001")));
	assert_int_equal(post(t, "/signin/confirm", form), 303);
	assert_text(site.location, "/desk/people/new");
	assert_int_equal(get(t, "/desk/people/new"), 200);
}

static void
departments_and_keys_by_form(void **state)
{
	struct test_db *t = *state;
	struct trust_dept dept;
	char path[80];

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	come_in(t, "sec0001");
	assert_int_equal(get(t, "/desk/departments"), 200);
	assert_true(says("还没有部门"));
	assert_int_equal(get(t, "/desk/departments/new"), 200);
	assert_int_equal(post(t, "/desk/departments/new", "code=1101&name=A&level=1&area=1101"),
			 422);
	assert_true(says("行政区划代码应为"));
	assert_int_equal(post(t, "/desk/departments/new",
			      "code=1101&name=%E6%9F%90%E5%B1%80&level=1&area=110100&"
			      "national_code=&uscc=&parent=&from=&until="),
			 303);
	assert_rc(&t->cx, trust_dept_find_code(&t->cx, t->db, ZD_STR("1101"), &dept), ZD_OK);
	snprintf(path, sizeof(path), "/desk/departments/%lld", (long long)dept.id);
	assert_int_equal(get(t, path), 200);
	assert_true(says("某局") && says("还没有接口密钥"));
	snprintf(path, sizeof(path), "/desk/departments/%lld/edit", (long long)dept.id);
	assert_int_equal(get(t, path), 200);
	snprintf(path, sizeof(path), "/desk/departments/%lld/keys/new", (long long)dept.id);
	assert_int_equal(get(t, path), 200);
	assert_int_equal(post(t, path, "name=%E7%B3%BB%E7%BB%9F&level=3"), 200);
	assert_true(says("zd_"));
	snprintf(path, sizeof(path), "/desk/departments/%lld", (long long)dept.id);
	assert_int_equal(get(t, path), 200);
	assert_true(says("/revoke") && !says("确认身份后吊销"));
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update session set fresh_until = 1"), ZD_OK);
	assert_int_equal(get(t, path), 200);
	assert_true(says("确认身份后吊销") && !says("/revoke"));
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db, "update session set fresh_until = 9999999999999"),
		  ZD_OK);
	assert_int_equal(get(t, "/desk/grants"), 200);
	assert_int_equal(get(t, "/desk/roles"), 200);
	assert_true(says("审计管理员"));
}

/* Three: the city's organ, one under it, one abolished. */
static void
make_three_depts(struct test_db *t)
{
	struct trust_dept dept = { .code = ZD_STR("4202-31"),
				   .name = ZD_STR("市监管局"),
				   .parent = ZD_NO_INT,
				   .level = TRUST_CITY_LEVEL,
				   .national_code = ZD_STR("31"),
				   .area = ZD_STR("420200"),
				   .from = t->cx.today - 900,
				   .until = ZD_NO_DAY,
				   .state = TRUST_DEPT_LIVE };

	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &dept, &dept.parent), ZD_OK);
	dept.code = ZD_STR("4203-31");
	dept.name = ZD_STR("下城区监管局");
	dept.area = ZD_STR("420203");
	dept.level = TRUST_COUNTY_LEVEL;
	int64_t id;
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &dept, &id), ZD_OK);
	dept.parent = ZD_NO_INT;
	dept.code = ZD_STR("4202-99");
	dept.name = ZD_STR("旧机构");
	dept.national_code = ZD_STR("99");
	dept.area = ZD_STR("420200");
	dept.level = TRUST_CITY_LEVEL;
	dept.state = TRUST_DEPT_ABOLISHED;
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &dept, &id), ZD_OK);
}

static void
departments_are_a_list_that_filters_sorts_and_goes_out(void **state)
{
	static const struct {
		const char *query;
		bool city, county, old;
	} cases[] = {
		{ "", true, true, true },
		{ "name=%E7%9B%91%E7%AE%A1", true, true, false },
		{ "code=4202", true, false, true },
		{ "level=2", false, true, false },
		{ "parent=4202-31", false, true, false },
		{ "national_code=99", false, false, true },
		{ "area=420203", false, true, false },
		{ "state=1&level=1", true, false, false },
	};
	struct test_db *t = *state;
	char path[80];

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	test_trust_person(t, "plat0001", TRUST_PLATFORM, 0);
	make_three_depts(t);
	come_in(t, "sec0001");
	for (size_t i = 0; i < N(cases); i++)
		for (int api = 0; api < 2; api++) {
			snprintf(path, sizeof(path), "%s/departments?cols=name,code&%s",
				 api ? "/api/v1" : "/desk", cases[i].query);
			assert_int_equal(get(t, path), 200);
			/* the names stand among the choices of the filter too */
			if (says(api ? "\"code\":\"4202-31\"" : ">4202-31<") != cases[i].city ||
			    says("4203-31") != cases[i].county || says("4202-99") != cases[i].old)
				fail_msg("%s", path);
		}
	assert_int_equal(get(t, "/api/v1/departments?sort=name&limit=1"), 200);
	assert_true(says("4203-31") && says("\"parent\":\"4202-31\"") && !says("\"next\":null"));
	assert_int_equal(get(t, "/desk/departments?kind=1"), 422);
	assert_int_equal(get(t, "/desk/departments?format=csv&state=2"), 200);
	assert_true(says("旧机构") && says("撤销") && !says("监管局"));
	assert_int_equal(get(t, "/desk/departments?format=xlsx"), 200);
	assert_true(says("PK\x03\x04"));
	assert_int_equal(get(t, "/desk/departments"), 200);
	assert_true(says("data-row>市监管局</a>"));
	assert_int_equal(get(t, "/desk/departments/tree"), 200);
	assert_true(says("zd-depth-1") && says("下城区监管局"));
	come_in(t, "plat0001");
	assert_int_equal(get(t, "/desk/departments"), 200);
	assert_true(says("旧机构") && !says("data-row") && !says("新建部门"));
}

static void
the_audit_administrator_reads_the_log_with_its_proofs(void **state)
{
	struct test_db *t = *state;
	struct audit_verdict verdict;
	char path[80];

	assert_int_equal(get(t, "/api/v1/log/head"), 404);
	test_trust_person(t, "aud0001", TRUST_AUDIT_ADMIN, 0);
	come_in(t, "aud0001");
	assert_rc(&t->cx, audit_seal(&t->cx, t->db, site.app.keys.log, site.app.origin, true, NULL),
		  ZD_OK);
	assert_int_equal(get(t, "/desk/log"), 200);
	assert_true(says(">\n新建人员\n</td>") && says(">\n登录\n</td>"));
	assert_int_equal(get(t, "/desk/log?act=session.open"), 200);
	assert_true(says(">\n登录\n</td>"));
	assert_false(says(">\n新建人员\n</td>"));
	assert_int_equal(get(t, "/desk/log/0"), 200);
	assert_true(says("证明成立") && says("&quot;seq&quot;:0"));
	assert_int_equal(get(t, "/desk/log/99"), 404);
	assert_int_equal(get(t, "/api/v1/log/head"), 200);
	assert_true(says("\"note\":\"test/web\\n"));
	assert_int_equal(get(t, "/api/v1/log/proof?seq=1"), 200);
	assert_true(says("\"proof\":[\""));
	assert_int_equal(get(t, "/api/v1/log/entries"), 200);
	assert_true(says("person.create"));
	assert_int_equal(get(t, "/desk/people"), 403); /* the log, nothing else */
	assert_int_equal(get(t, "/desk/log"), 200);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update session set fresh_until = 1"), ZD_OK);
	assert_int_equal(post(t, "/desk/log/export", ""), 403);
	assert_int_equal(get(t, "/desk/log"), 200);
	assert_true(says("/signin/confirm?next=%2Fdesk%2Flog"));
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db, "update session set fresh_until = 9999999999999"),
		  ZD_OK);
	assert_int_equal(get(t, "/desk/log"), 200);
	assert_false(says("/signin/confirm"));
	assert_int_equal(post(t, "/desk/log/export", ""), 200);
	snprintf(path, sizeof(path), "%s/export.ndjson", site.spool);
	FILE *out = fopen(path, "w");
	assert_int_equal(fwrite(site.body.p, 1, site.body.n, out), site.body.n);
	fclose(out);
	assert_rc(&t->cx,
		  audit_verify(&t->cx, path, site.app.keys.log, (struct zd_str){ 0 }, &verdict),
		  ZD_OK);
	unlink(path);
	assert_true(verdict.ok && verdict.entries > 3);
}

static void
every_route_but_the_public_ones_turns_visitors_away(void **state)
{
	struct test_db *t = *state;
	char path[128];

	for (size_t i = 0; tables[i]; i++)
		for (const struct http_route *r = tables[i]; r->method != HTTP_END; r++) {
			const char *brace = strchr(r->path, '{');
			if (r->policy.access == HTTP_PUBLIC)
				continue;
			snprintf(path, sizeof(path), "%.*s%s%s",
				 brace ? (int)(brace - r->path) : (int)strlen(r->path), r->path,
				 brace ? "1" : "", brace ? strchr(brace, '}') + 1 : "");
			int status = ask(t, r->method == HTTP_GET ? "GET" : "POST", path, "");
			if (status != (strncmp(path, "/api/", 5) == 0 ? 401 : 303))
				fail_msg("%s: %d", path, status);
		}
}

static void
fill_log(struct test_db *t)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	for (int i = 0; i < 3000; i++) {
		t->cx.now += 1000;
		assert_rc(&t->cx,
			  audit_put(&t->cx, t->db,
				    &(struct audit_entry){ .act = i % 7 ? "test.a" : "test.b",
							   .object = ZD_STR("item:1") }),
			  ZD_OK);
	}
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	struct sm2_key *key ZD_CLEANUP(sm2_drop) = NULL;
	assert_rc(&t->cx, sm2_generate(&t->cx, &key), ZD_OK);
	assert_rc(&t->cx, audit_seal(&t->cx, t->db, key, ZD_STR("x"), true, NULL), ZD_OK);
	assert_rc(&t->cx, db_analyze(&t->cx, t->db), ZD_OK);
}

static void
the_lists_run_and_the_log_is_never_read_whole(void **state)
{
	struct test_db *t = *state;
	struct zd_str plan;

	fill_log(t);
	for (const struct db_sort *sort = trust_log_list.sorts; sort->name; sort++)
		for (int f = -1; f < 3; f++) {
			struct db_list_query query = { .list = &trust_log_list,
						       .sort = sort,
						       .scope_dept = ZD_NO_INT,
						       .limit = 50 };
			if (f >= 0)
				query.values[query.n_values++] =
					(struct db_list_value){ &trust_log_list.filters[f],
								ZD_STR("nobody") };
			assert_rc(&t->cx, db_list_explain(&t->cx, t->db, &query, &plan), ZD_OK);
			if (test_plan_scans(t, plan, "e"))
				fail_msg("%s, filter %d:\n%.*s", sort->name, f, ZD_STR_ARG(plan));
		}
	for (const struct db_sort *sort = trust_people_list.sorts; sort->name; sort++) {
		struct db_list_query query = { .list = &trust_people_list,
					       .sort = sort,
					       .scope_dept = ZD_NO_INT,
					       .limit = 50 };
		assert_rc(&t->cx, db_list_explain(&t->cx, t->db, &query, &plan), ZD_OK);
	}
}

#define web_test(test)                                                                             \
	{                                                                                          \
#test, test, test_db_setup, close_site, &(struct test_db_how)                      \
		{                                                                                  \
			DB_SQLITE, open_site                                                       \
		}                                                                                  \
	}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		web_test(an_administrator_comes_in_by_password_and_code),
		web_test(how_sign_ins_end_is_counted),
		web_test(forms_without_their_token_change_nothing),
		web_test(a_new_person_is_made_activated_and_comes_in),
		web_test(only_paths_of_our_own_are_followed),
		web_test(important_changes_ask_again_who_it_is),
		web_test(departments_and_keys_by_form),
		web_test(departments_are_a_list_that_filters_sorts_and_goes_out),
		web_test(the_audit_administrator_reads_the_log_with_its_proofs),
		web_test(every_route_but_the_public_ones_turns_visitors_away),
		test_on_both(the_lists_run_and_the_log_is_never_read_whole, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
