/* Frame, pieces, forms and errors: what is there for whom, and that no text of others becomes markup. */
#include "base/test.h"
#include "page/page.h"
#include "page/query.h"
#include "trust/trust.h"

#define HOSTILE "<script>alert('x')</script>\" onload=\"x"

static struct zd_cx cx;
static struct http_request req;
static struct http_reply rep;

static int
setup(void **state)
{
	static const struct http_route route = { .policy = { .access = HTTP_ROLES } };

	(void)state;
	cx = (struct zd_cx){ .arena = zd_arena_new(16 << 20),
			     .request = ZD_STR("req-1"),
			     .actor = { .id = 7,
					.dept = 2,
					.roles = TRUST_DATA_OFFICER,
					.level = 2,
					.name = ZD_STR(HOSTILE),
					.account = ZD_STR("lin") } };
	req = (struct http_request){ .route = &route, .csrf = ZD_STR("token-1") };
	rep = (struct http_reply){ .out = { .max = 1 << 20 }, .fd = -1 };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zd_out_drop(&rep.out);
	zd_arena_free(cx.arena);
	return 0;
}

static const char *
html(void)
{
	zd_out_write(&rep.out, (struct zd_str){ "", 1 });
	assert_false(rep.out.failed);
	rep.out.n--;
	return rep.out.p;
}

static bool
has(const char *part)
{
	return strstr(html(), part) != NULL;
}

static size_t
count(const char *part)
{
	size_t n = 0;

	for (const char *p = strstr(html(), part); p; p = strstr(p + 1, part))
		n++;
	return n;
}

static void
draw(const struct page *page)
{
	page_begin(&cx, &req, &rep, page);
	page_end(&cx, &req, &rep, page);
}

/* What the content security policy would drop must not be relied on. */
static void
assert_keeps_policy(void)
{
	assert_false(has("<script>"));
	assert_false(has(" style="));
	assert_false(has("<style"));
	assert_false(has(" onload=\""));
	assert_false(has("javascript:"));
}

/* --- frame ---------------------------------------------------------------------------------- */

static void
shows_only_the_areas_of_ones_roles(void **state)
{
	const struct page page = { .title = ZD_STR("待办"), .nav = "home" };

	(void)state;
	draw(&page);
	assert_true(has("href=\"/desk/subjects\""));
	assert_false(has("href=\"/desk/people\""));
	assert_false(has("href=\"/desk/log\""));
	rep.out.n = 0;
	cx.actor.roles = TRUST_AUDIT_ADMIN;
	draw(&page);
	assert_true(has("href=\"/desk/log\""));
	assert_false(has("href=\"/desk/subjects\""));
	assert_false(has("八库"));
}

static void
marks_where_one_is(void **state)
{
	const struct page page = { .title = ZD_STR("监管对象"), .nav = "subjects" };

	(void)state;
	draw(&page);
	assert_int_equal(count("aria-current=\"page\""), 1);
	assert_true(has("<a href=\"/desk/subjects\"\nclass=\"active\" aria-current=\"page\""));
	assert_int_equal(count("<h1>"), 1);
	assert_true(has("<main id=\"main\""));
	assert_true(has("href=\"#main\">跳到正文"));
}

static void
signs_out_with_the_token(void **state)
{
	const struct page page = { .title = ZD_STR("待办") };

	(void)state;
	draw(&page);
	assert_true(has("<form method=\"post\" action=\"/signout\">\n<input type=\"hidden\" "
			"name=\"csrf\" value=\"token-1\">"));
}

static void
layouts_for_the_public_show_no_staff(void **state)
{
	static const enum page_layout layouts[] = { PAGE_PORTAL, PAGE_BARE };

	(void)state;
	for (size_t i = 0; i < N(layouts); i++) {
		const struct page page = { .title = ZD_STR(HOSTILE),
					   .lead = ZD_STR(HOSTILE),
					   .layout = layouts[i],
					   .notice = ZD_STR(HOSTILE) };
		rep.out.n = 0;
		draw(&page);
		assert_false(has("/signout"));
		assert_false(has("token-1"));
		assert_true(has("&lt;script&gt;"));
		assert_keeps_policy();
	}
}

static void
reloads_without_scripts_only_when_asked(void **state)
{
	const struct page still = { .title = ZD_STR("a") },
			  moving = { .title = ZD_STR("a"), .refresh = true };

	(void)state;
	draw(&still);
	assert_false(has("http-equiv"));
	draw(&moving);
	assert_true(has("<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>"));
}

/* --- pieces --------------------------------------------------------------------------------- */

static void
pieces_escape_what_they_are_given(void **state)
{
	const struct zd_str bad = ZD_STR(HOSTILE);
	const struct page_action actions[] = {
		{ .title = bad, .href = ZD_STR("//evil.example"), .post = true, .confirm = bad },
		{ .title = bad, .href = bad, .off = bad },
		{ .title = bad, .href = ZD_STR("javascript:x") },
		{ .title = { 0 } }
	};
	const struct page_fact fact = { .label = bad, .value = bad, .href = bad, .note = bad };
	const struct page_event event = {
		.at = ZD_NO_INT, .day = 0, .title = bad, .text = bad, .href = bad, .who = bad
	};
	const struct page_stat stat = {
		.label = bad, .href = bad, .text = bad, .unit = bad, .note = bad
	};
	const struct page_bar bar = { .label = bad, .href = bad, .note = bad };
	const struct page_task task = {
		.title = bad, .text = bad, .clock = bad, .href = bad, .action = bad
	};
	const struct page_step step = {
		.title = bad, .text = bad, .law = bad, .clock = bad, .actions = actions
	};
	const struct page_tab tab = { "a", bad, bad, ZD_NO_INT };
	const struct page_empty empty = { NULL, bad, bad, bad, bad };
	const struct page_progress progress = { bad, bad, 1, 2, bad, bad };

	(void)state;
	page_alert(&rep.out, PAGE_BAD, bad, bad);
	page_facts(&rep.out, &fact, 1);
	page_timeline(&rep.out, &event, 1);
	page_stats(&rep.out, &stat, 1);
	page_bars(&rep.out, &bar, 1);
	page_tasks(&rep.out, &task, 1);
	page_steps(&rep.out, &req, &step, 1);
	page_tabs(&rep.out, &tab, 1, "a");
	page_empty(&rep.out, &empty);
	page_progress(&rep.out, &progress);
	assert_keeps_policy();
	assert_false(has("evil.example"));
}

static void
an_action_that_the_law_forbids_is_off_and_says_why(void **state)
{
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("作出决定"),
		  .href = ZD_LIT("/desk/decide"),
		  .post = true,
		  .off = ZD_LIT("告知未满 5 个工作日") },
		{ { 0 } },
	};

	(void)state;
	page_actions(&rep.out, &req, actions);
	assert_true(has("disabled"));
	assert_true(has("告知未满 5 个工作日"));
	assert_false(has("/desk/decide"));
}

static void
a_change_is_a_form_with_the_token(void **state)
{
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("发布"),
		  .href = ZD_LIT("/desk/publish"),
		  .post = true,
		  .confirm = ZD_LIT("发布后不能撤回"),
		  .confirm_title = ZD_LIT("发布 3 项") },
		{ { 0 } },
	};

	(void)state;
	page_actions(&rep.out, &req, actions);
	assert_true(has("<form method=\"post\" action=\"/desk/publish\">\n<input type=\"hidden\" "
			"name=\"csrf\" value=\"token-1\">"));
	assert_true(has("发布后不能撤回"));
	assert_true(has("发布 3 项"));
}

/* --- forms ---------------------------------------------------------------------------------- */

static void
an_error_stands_beside_its_field_and_on_top(void **state)
{
	struct page_field fields[] = {
		{ .name = ZD_STR("account"), .label = ZD_STR("账号"), .value = ZD_STR(HOSTILE) },
		{ .name = ZD_STR("uscc"), .label = ZD_STR("代码"), .required = true }
	};
	struct page_form form = { .action = ZD_STR("/desk/x"),
				  .submit = ZD_STR("保存"),
				  .fields = fields,
				  .n_fields = N(fields) };

	(void)state;
	assert_rc(&cx, zd_fail(&cx, ZD_INVALID, "uscc", "末位应为 %d <b>", 3), ZD_INVALID);
	page_form_fail(&cx, &form, fields, N(fields));
	page_form(&rep.out, &req, &form);
	assert_true(has("<a href=\"#f-uscc\">代码</a>：末位应为 3 &lt;b&gt;"));
	assert_true(has("id=\"e-uscc\""));
	assert_int_equal(count("aria-invalid=\"true\""), 1);
	assert_true(has("id=\"f-uscc\" name=\"uscc\" aria-describedby=\"e-uscc h-uscc\" required"));
	assert_true(has("name=\"csrf\" value=\"token-1\""));
	assert_true(has("value=\"&lt;script&gt;"));
	assert_keeps_policy();
}

static void
an_error_of_no_field_stands_on_top(void **state)
{
	struct page_field field = { .name = ZD_STR("account"), .label = ZD_STR("账号") };
	struct page_form form = {
		.action = ZD_STR("/x"), .submit = ZD_STR("登录"), .fields = &field, .n_fields = 1
	};

	(void)state;
	assert_rc(&cx, zd_fail(&cx, ZD_REFUSED, NULL, "账号已锁定"), ZD_REFUSED);
	page_form_fail(&cx, &form, &field, 1);
	page_form(&rep.out, &req, &form);
	assert_true(has("<strong>账号已锁定</strong>"));
	assert_false(has("aria-invalid"));
}

static void
a_password_is_never_sent_back(void **state)
{
	const struct page_field field = { .input = PAGE_INPUT_PASSWORD,
					  .name = ZD_STR("p"),
					  .label = ZD_STR("密码"),
					  .value = ZD_STR("secret") };

	(void)state;
	page_form_field(&rep.out, &field);
	assert_true(has("type=\"password\""));
	assert_false(has("secret"));
}

static void
every_kind_of_field_keeps_its_value(void **state)
{
	static const struct page_choice choices[] = { { ZD_LIT("1"), ZD_LIT("现场"), PAGE_PLAIN },
						      { ZD_LIT("2"), ZD_LIT("书面"), PAGE_PLAIN },
						      { { 0 }, { 0 }, PAGE_PLAIN } };
	static const struct {
		enum page_input input;
		bool radio;
		const char *want;
	} cases[] = {
		{ PAGE_INPUT_SELECT, false, "<option value=\"2\" selected>书面</option>" },
		{ PAGE_INPUT_SELECT, true, "value=\"2\" checked" },
		{ PAGE_INPUT_AREA, false, ">\n2</textarea>" },
		{ PAGE_INPUT_DAY, false, "data-day" },
		{ PAGE_INPUT_NUMBER, false, "inputmode=\"decimal\"" },
		{ PAGE_INPUT_MANY, false, "data-many" },
		{ PAGE_INPUT_HIDDEN, false, "<input type=\"hidden\" name=\"f\" value=\"2\">" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		const struct page_field field = { .input = cases[i].input,
						  .radio = cases[i].radio,
						  .name = ZD_STR("f"),
						  .label = ZD_STR("形式"),
						  .value = ZD_STR("2"),
						  .choices = choices };
		rep.out.n = 0;
		page_form_field(&rep.out, &field);
		if (!has(cases[i].want) || !has("2"))
			fail_msg("case %zu: %s", i, html());
	}
}

/* --- errors --------------------------------------------------------------------------------- */

static void
an_error_page_says_what_happened_and_what_to_do(void **state)
{
	static const struct {
		enum zd_rc rc;
		int status;
		const char *title;
	} cases[] = { { ZD_REFUSED, 403, "不能这样办" },   { ZD_NOT_FOUND, 404, "没有找到" },
		      { ZD_INVALID, 422, "内容需要改正" }, { ZD_CONFLICT, 409, "已被他人修改" },
		      { ZD_BUSY, 503, "系统正忙" },        { ZD_TOO_LARGE, 413, "内容太大" } };

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		rep.out.n = 0;
		rep.status = 0;
		assert_rc(&cx, zd_fail(&cx, cases[i].rc, NULL, "理由 %s", HOSTILE), cases[i].rc);
		assert_rc(&cx, page_error(&cx, &req, &rep), ZD_OK);
		assert_int_equal(rep.status, cases[i].status);
		assert_true(has(cases[i].title));
		assert_true(has("req-1"));
		if (cases[i].status < 500)
			assert_true(has("理由 &lt;script&gt;"));
		assert_keeps_policy();
	}
}

static void
a_fault_of_ours_shows_a_reference_and_no_detail(void **state)
{
	(void)state;
	assert_rc(&cx, zd_fail(&cx, ZD_FAILED, NULL, "no such column: secret"), ZD_FAILED);
	assert_rc(&cx, page_error(&cx, &req, &rep), ZD_OK);
	assert_int_equal(rep.status, 500);
	assert_false(has("secret"));
	assert_true(has("req-1"));
}

static void
a_stranger_gets_the_bare_page_and_the_way_to_sign_in(void **state)
{
	(void)state;
	cx.actor = (struct zd_actor){ 0 };
	req.route = NULL;
	rep.status = 401;
	assert_rc(&cx, zd_fail(&cx, ZD_NOT_FOUND, NULL, "请登录"), ZD_NOT_FOUND);
	assert_rc(&cx, page_error(&cx, &req, &rep), ZD_OK);
	assert_true(has("href=\"/signin\""));
	assert_false(has("zd-rail"));
}

/* --- query strings --------------------------------------------------------------------------- */

static void
reads_a_query_and_writes_it_back(void **state)
{
	struct query query;

	(void)state;
	assert_rc(&cx, query_parse(&cx, ZD_STR("?a=1&b=%E5%B8%82+x&&c=&d"), &query), ZD_OK);
	assert_int_equal(query.n, 2);
	assert_text(query_get(&query, ZD_STR("b")), "市 x");
	assert_null(query_get(&query, ZD_STR("c")).p);
	assert_text(query_format(cx.arena, &query), "?a=1&b=%E5%B8%82%20x");
	query = query_with(&query, ZD_STR("a"), ZD_STR("&="));
	assert_text(query_format(cx.arena, &query), "?b=%E5%B8%82%20x&a=%26%3D");
	query = query_with(&query, ZD_STR("a"), (struct zd_str){ 0 });
	assert_text(query_format(cx.arena, &query), "?b=%E5%B8%82%20x");
}

static void
refuses_a_query_that_is_not_plain(void **state)
{
	static const char *const bad[] = { "a=%",   "a=%4",     "a=%zz",   "a=%00", "a=%0a",
					   "a=%ff", "a=%C0%80", "a=1&a=2", "a=\x7f" };
	struct zd_out many ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	struct query query;

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		assert_rc(&cx, query_parse(&cx, zd_str_of(bad[i]), &query), ZD_INVALID);
	for (int i = 0; i <= QUERY_MAX; i++)
		zd_out_printf(&many, "p%d=1&", i);
	assert_rc(&cx, query_parse(&cx, zd_out_str(&many), &query), ZD_INVALID);
}

/* An administrator may not search business data: the box is not there. */
static void
the_search_box_is_for_who_may_search(void **state)
{
	static const struct http_route routes[] = {
		{ HTTP_GET, "/desk/search", "", { HTTP_ROLES, TRUST_BUSINESS, false } },
		{ .method = HTTP_END },
	};
	static const struct http_route *const tables[] = { routes, NULL };
	const struct page page = { .title = ZD_STR("首页") };

	(void)state;
	req.tables = tables;
	draw(&page);
	assert_true(has("data-search"));
	rep.out.n = 0;
	cx.actor.roles = TRUST_SYSTEM_ADMIN;
	draw(&page);
	assert_false(has("data-search"));
	assert_true(has("href=\"/desk/grants\"")); /* what he is for leads there */
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		case_of(shows_only_the_areas_of_ones_roles),
		case_of(marks_where_one_is),
		case_of(signs_out_with_the_token),
		case_of(layouts_for_the_public_show_no_staff),
		case_of(reloads_without_scripts_only_when_asked),
		case_of(pieces_escape_what_they_are_given),
		case_of(an_action_that_the_law_forbids_is_off_and_says_why),
		case_of(a_change_is_a_form_with_the_token),
		case_of(an_error_stands_beside_its_field_and_on_top),
		case_of(an_error_of_no_field_stands_on_top),
		case_of(a_password_is_never_sent_back),
		case_of(every_kind_of_field_keeps_its_value),
		case_of(an_error_page_says_what_happened_and_what_to_do),
		case_of(a_fault_of_ours_shows_a_reference_and_no_detail),
		case_of(a_stranger_gets_the_bare_page_and_the_way_to_sign_in),
		case_of(reads_a_query_and_writes_it_back),
		case_of(refuses_a_query_that_is_not_plain),
		case_of(the_search_box_is_for_who_may_search),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
