/* The list page on both databases: filters, links, masks, scope, JSON, downloads. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void); /* gcc 12 brings no header for it */
#endif

#include "base/app.h"
#include "db/test_db.h"
#include "page/page.h"
#include "trust/trust.h"

/* --- the list --------------------------------------------------------------------------------- */

static const struct page_choice states[] = {
	{ ZD_LIT("1"), ZD_LIT("存续"), PAGE_GOOD },
	{ ZD_LIT("2"), ZD_LIT("吊销"), PAGE_BAD },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
static const struct db_column columns[] = {
	{ .name = "name", .title = "名称", .sql = "f.name", .type = DB_TEXT },
	{ .name = "state", .title = "状态", .sql = "f.state", .type = DB_ENUM },
	{ .name = "day", .title = "成立日期", .sql = "f.day", .type = DB_DAY },
	{ .name = "staff", .title = "人数", .sql = "f.staff", .type = DB_INT },
	{ .name = "phone", .title = "电话", .sql = "f.phone", .type = DB_TEXT, .data_class = 3 },
	{ .name = "dept", .title = "部门", .sql = "f.dept_id", .type = DB_INT, .hidden = true },
	{ 0 },
};
static const struct db_filter filters[] = {
	{ .name = "name", .title = "名称", .sql = "f.name", .type = DB_TEXT, .op = DB_CONTAINS },
	{ .name = "state", .title = "状态", .sql = "f.state", .type = DB_ENUM, .op = DB_EQ },
	{ .name = "from", .title = "成立日期起", .sql = "f.day", .type = DB_DAY, .op = DB_GE },
	{ .name = "until", .title = "成立日期止", .sql = "f.day", .type = DB_DAY, .op = DB_LE },
	{ .name = "phone", .title = "电话", .sql = "f.phone", .type = DB_TEXT, .op = DB_PREFIX },
	{ .name = "dept", .title = "部门", .sql = "f.dept_id", .type = DB_INT, .op = DB_EQ },
	{ 0 },
};
static const struct db_sort sorts[] = {
	{ .name = "name", .title = "名称", .sql = "f.name", .type = DB_TEXT, .index = "firm_name" },
	{ .name = "name_down",
	  .title = "名称",
	  .sql = "f.name",
	  .type = DB_TEXT,
	  .descending = true,
	  .index = "firm_name" },
	{ .name = "staff",
	  .title = "人数",
	  .sql = "f.staff",
	  .type = DB_INT,
	  .null = true,
	  .index = "firm_staff" },
	{ .name = "phone",
	  .title = "电话",
	  .sql = "f.phone",
	  .type = DB_TEXT,
	  .index = "firm_phone" },
	{ 0 },
};
static const struct db_list firms = {
	.name = "firms",
	.from = "firm f",
	.id = "f.id",
	.scope = "f.dept_id",
	.columns = columns,
	.filters = filters,
	.sorts = sorts,
};
static const struct page_column shown[] = {
	{ .name = "name", .strong = true },
	{ .name = "state", .as = PAGE_AS_STATE, .choices = states },
	{ .name = "day", .as = PAGE_AS_DAY },
	{ .name = "staff", .as = PAGE_AS_NUMBER, .extra = true },
	{ 0 },
};
static const struct page_filter asked[] = { { .name = "state", .choices = states }, { 0 } };

static struct http_request req;
static struct http_reply rep;
static struct page_list list;
static struct http_route route;

#define MANY 60

static void
fill(struct test_db *t)
{
	struct zd_out sql ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	zd_out_write(&sql, ZD_STR("create table firm (id bigint primary key, dept_id bigint, name "
				  "text, state int, day int, staff bigint, phone text);\n"));
	for (int i = 1; i <= MANY; i++)
		zd_out_printf(
			&sql,
			"insert into firm values (%d, %d, '企业%03d', %d, %d, %d, '138%08d');\n", i,
			2 + i % 2, i, 1 + i % 2, 20000 + i, i * 1000, i);
	zd_out_write(&sql, ZD_STR("insert into firm values (900, 2, '<script>alert(1)</script>\" "
				  "onclick=\"x&', 1, null, null, null);\n"));
	zd_out_write(&sql, (struct zd_str){ "", 1 });
	assert_rc(&t->cx, db_script(&t->cx, t->db, sql.p), ZD_OK);

	route = (struct http_route){ .policy = { .access = HTTP_ROLES } };
	req = (struct http_request){ .route = &route, .db = t->db, .csrf = ZD_STR("t") };
	rep = (struct http_reply){ .out = { .max = 4 << 20 }, .fd = -1 };
	list = (struct page_list){ .page = { .title = ZD_STR("企业"), .nav = "subjects" },
				   .list = &firms,
				   .row_href = "/desk/firms/{id}",
				   .columns = shown,
				   .filters = asked };
	t->cx.actor = (struct zd_actor){ .id = 7, .dept = 0, .roles = TRUST_PLATFORM, .level = 2 };
}

static const char *
html(void)
{
	zd_out_write(&rep.out, (struct zd_str){ "", 1 });
	assert_false(rep.out.failed);
	return rep.out.p;
}

static enum zd_rc
get(struct test_db *t, const char *query)
{
	zd_out_drop(&rep.out);
	rep = (struct http_reply){ .out = { .max = 4 << 20 }, .fd = -1 };
	req.query = zd_str_of(query);
	enum zd_rc rc = page_list(&t->cx, &req, &rep, &list);
	(void)html();
	return rc;
}

static bool
has(const char *part)
{
	return strstr(rep.out.p, part) != NULL;
}

static size_t
rows(void)
{
	size_t n = 0;

	for (const char *p = strstr(rep.out.p, "data-row>"); p; p = strstr(p + 1, "data-row>"))
		n++;
	return n;
}

static int
drop(void **state)
{
	zd_out_drop(&rep.out);
	if (rep.fd >= 0)
		close(rep.fd);
	return test_db_teardown(state);
}

/* The address of a link, its entities undone, without the '?'. */
static const char *
link_of(const char *before)
{
	static char url[2048];
	const char *p = strstr(rep.out.p, before);
	size_t n = 0;

	if (!p)
		fail_msg("no link: %s", before);
	for (p = strstr(p, "href=\"?") + 7; *p != '"' && n + 1 < sizeof(url); p++) {
		url[n++] = *p;
		if (strncmp(p, "&amp;", 5) == 0)
			p += 4;
	}
	url[n] = 0;
	return url;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void
escapes_what_departments_typed(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "name=script"), ZD_OK);
	assert_int_equal(rows(), 1);
	assert_false(has("<script>alert"));
	assert_false(has("onclick=\"x"));
	assert_true(has("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onclick=&quot;x&amp;"));
	assert_true(has("href=\"/desk/firms/900\""));
}

static void
escapes_what_the_reader_typed(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "name=%22%3E%3Cscript%3E"), ZD_OK);
	assert_int_equal(rows(), 0);
	assert_false(has("\"><script>"));
	assert_true(has("没有符合条件的记录"));
	assert_true(has("value=\"&quot;&gt;&lt;script&gt;\""));
}

static void
shows_chosen_filters_as_chips_that_take_them_off(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "state=2&from=2024-10-05&sort=staff&limit=20"), ZD_OK);
	assert_true(has("<option value=\"2\" selected>吊销</option>"));
	assert_true(has("data-day value=\"2024-10-05\""));
	assert_true(has("aria-label=\"去掉条件 状态：吊销\""));
	assert_string_equal(link_of("<ul class=\"zd-chips\""),
			    "from=2024-10-05&sort=staff&limit=20");
	assert_true(has("<input type=\"hidden\" name=\"sort\" value=\"staff\">"));
}

static void
a_range_of_days_is_one_pair(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, ""), ZD_OK);
	assert_true(has("role=\"group\" aria-label=\"成立日期\""));
	assert_true(has("aria-label=\"成立日期起\""));
	assert_true(has("aria-label=\"成立日期止\""));
}

static void
the_next_page_keeps_the_query_and_ends(void **state)
{
	struct test_db *t = *state;
	char next[2048];
	size_t seen = 0, pages = 0;

	assert_rc(&t->cx, get(t, "name=%E4%BC%81%E4%B8%9A&limit=25&sort=name_down"), ZD_OK);
	for (;;) {
		seen += rows();
		pages++;
		assert_true(pages < 9);
		if (!has("rel=\"next\""))
			break;
		snprintf(next, sizeof(next), "%s", link_of("rel=\"next\""));
		assert_non_null(
			strstr(next, "name=%E4%BC%81%E4%B8%9A&limit=25&sort=name_down&after="));
		assert_rc(&t->cx, get(t, next), ZD_OK);
		assert_true(has("回到首页"));
	}
	assert_int_equal(seen, MANY);
	assert_int_equal(pages, 3);
}

static void
a_page_that_is_just_full_has_no_next(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "name=%E4%BC%81%E4%B8%9A&limit=60"), ZD_OK);
	assert_int_equal(rows(), 60);
	assert_false(has("rel=\"next\""));
}

static void
headings_sort_and_say_so(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "state=1"), ZD_OK);
	assert_true(has("aria-sort=\"ascending\""));
	assert_string_equal(link_of("<th scope=\"col\"\naria-sort="), "state=1&sort=name_down");
	assert_rc(&t->cx, get(t, "sort=name_down"), ZD_OK);
	assert_true(has("aria-sort=\"descending\""));
}

static void
columns_are_chosen_in_the_address(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, ""), ZD_OK);
	assert_false(has("<td class=\"zd-num\""));
	assert_rc(&t->cx, get(t, "cols=name,staff&name=001"), ZD_OK);
	assert_true(has("1,000"));
	assert_false(has("<time"));
	assert_rc(&t->cx, get(t, "cols=name,nothing"), ZD_OK);
	assert_int_equal(rep.status, 422);
	assert_rc(&t->cx, get(t, "cols=dept"), ZD_OK); /* hidden ones are not offered */
	assert_int_equal(rep.status, 422);
}

static void
what_does_not_exist_is_named_and_the_page_stays(void **state)
{
	static const struct {
		const char *query, *word;
	} cases[] = {
		{ "nmae=1", "没有名为「nmae」的筛选条件" },
		{ "sort=secret", "不能按「secret」排序" },
		{ "limit=0", "1 到 200" },
		{ "limit=201", "1 到 200" },
		{ "limit=1e9", "1 到 200" },
		{ "format=exe", "csv 和 xlsx" },
		{ "from=2026-02-30", "成立日期起" },
		{ "state=x", "状态" },
		{ "name=1&name=2", "重复" },
		{ "after=zz", "" },
	};
	struct test_db *t = *state;

	for (size_t i = 0; i < N(cases); i++) {
		assert_rc(&t->cx, get(t, cases[i].query), ZD_OK);
		if (rep.status != 422 || !has(cases[i].word) || !has("查询条件有误"))
			fail_msg("%s: %d", cases[i].query, rep.status);
		req.wants_json = true;
		assert_rc(&t->cx, get(t, cases[i].query), ZD_INVALID);
		req.wants_json = false;
	}
}

static void
a_value_that_is_no_choice_is_named_with_the_choices(void **state)
{
	static const struct page_choice names[] = {
		{ ZD_LIT("check_content"), ZD_LIT("检查内容"), PAGE_PLAIN },
		{ ZD_LIT("check_action"), ZD_LIT("检查行为"), PAGE_PLAIN },
		{ ZD_LIT("punish_action"), ZD_LIT("处罚行为"), PAGE_PLAIN },
		{ { 0 }, { 0 }, PAGE_PLAIN },
	};
	static const struct page_filter named[] = { { .name = "name", .choices = names }, { 0 } };
	static const char sentence[] = "“状态”没有“存”这个选项。是否想选 1（存续）？"
				       "可选：1（存续）、2（吊销）";
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "state=%E5%AD%98"), ZD_OK);
	assert_int_equal(rep.status, 422);
	assert_true(has("<p class=\"zd-field-error\" id=\"e-state\">"));
	assert_true(has("aria-describedby=\"e-state\""));
	assert_true(has(sentence));
	req.wants_json = true;
	assert_rc(&t->cx, get(t, "state=3"), ZD_INVALID);
	assert_string_equal(t->cx.err.field, "state");
	assert_string_equal(t->cx.err.text, "“状态”没有“3”这个选项。可选：1（存续）、2（吊销）");
	assert_text(req.refused.value, "3");
	assert_null(req.refused.nearest.p);
	assert_int_equal(req.refused.n, 2);
	assert_text(req.refused.choices[1].value, "2");
	assert_rc(&t->cx, get(t, "state=%E5%AD%98"), ZD_INVALID);
	assert_text(req.refused.nearest, "1");
	assert_rc(&t->cx, get(t, "state=%201"), ZD_OK);
	list.filters = named;
	assert_rc(&t->cx, get(t, "name=check"), ZD_INVALID);
	assert_text(req.refused.nearest, "check_action"); /* the shorter of two that begin so */
	assert_rc(&t->cx, get(t, "name=punish_acton"), ZD_INVALID);
	assert_text(req.refused.nearest, "punish_action");
}

static void
only_what_its_reader_may_do_is_offered(void **state)
{
	static const struct http_route routes[] = {
		{ HTTP_GET, "/desk/new", "", { HTTP_ROLES, TRUST_DATA_OFFICER, false } },
		{ HTTP_POST, "/desk/firms/close", "", { HTTP_ROLES, TRUST_DATA_OFFICER, true } },
		{ .method = HTTP_END },
	};
	static const struct http_route *const tables[] = { routes, NULL };
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("登记"), .href = ZD_LIT("/desk/new?kind=1") },
		{ .title = ZD_LIT("外链"), .href = ZD_LIT("/elsewhere") },
		{ .title = { 0 } },
	};
	static const struct page_bulk bulks[] = {
		{ .title = ZD_LIT("注销"), .path = ZD_LIT("/desk/firms/close") },
		{ .title = { 0 } },
	};
	struct test_db *t = *state;

	req.tables = tables;
	list.page.actions = actions;
	list.bulks = bulks;
	t->cx.actor.roles = TRUST_DATA_OFFICER;
	t->cx.actor.dept = 2;
	assert_rc(&t->cx, get(t, ""), ZD_OK);
	assert_true(has("登记") && has("外链") && has("注销") && has("data-pick"));
	t->cx.actor.roles = TRUST_DEPT_HEAD;
	assert_rc(&t->cx, get(t, ""), ZD_OK);
	assert_true(has("外链"));
	assert_false(has("登记") || has("注销") || has("data-pick"));
	assert_rc(&t->cx, db_script(&t->cx, t->db, "delete from firm;"), ZD_OK);
	list.empty = (struct page_empty){ .title = ZD_STR("还没有企业"),
					  .href = ZD_STR("/desk/new"),
					  .action = ZD_STR("去登记") };
	assert_rc(&t->cx, get(t, ""), ZD_OK);
	assert_true(has("还没有企业"));
	assert_false(has("去登记"));
}

static void
a_masked_column_is_neither_shown_nor_guessed(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "name=001"), ZD_OK);
	assert_true(has("138****0001"));
	assert_false(has("13800000001"));
	assert_false(has("name=\"phone\""));
	assert_rc(&t->cx, get(t, "phone=138"), ZD_OK);
	assert_int_equal(rep.status, 422);
	assert_rc(&t->cx, get(t, "sort=phone"), ZD_OK);
	assert_int_equal(rep.status, 422);
	t->cx.actor.level = 3;
	assert_rc(&t->cx, get(t, "phone=13800000001&sort=phone"), ZD_OK);
	assert_true(has("13800000001"));
}

/* A visitor without an account looks like the system itself to trust: the route tells them apart. */
static void
the_public_sees_public_data_only(void **state)
{
	struct test_db *t = *state;

	t->cx.actor = (struct zd_actor){ 0 };
	route.policy.access = HTTP_PUBLIC;
	list.page.layout = PAGE_PORTAL;
	assert_rc(&t->cx, get(t, "name=001"), ZD_OK);
	assert_false(has("13800000001"));
	assert_rc(&t->cx, get(t, "phone=138"), ZD_OK);
	assert_int_equal(rep.status, 422);
}

static void
a_department_sees_its_own(void **state)
{
	struct test_db *t = *state;

	t->cx.actor =
		(struct zd_actor){ .id = 8, .dept = 3, .roles = TRUST_DATA_OFFICER, .level = 2 };
	assert_rc(&t->cx, get(t, "limit=100"), ZD_OK);
	assert_int_equal(rows(), MANY / 2);
	assert_rc(&t->cx, get(t, "dept=2"), ZD_OK);
	assert_int_equal(rows(), 0);
}

static void
fixed_filters_cannot_be_changed(void **state)
{
	const struct db_list_value fixed = { db_list_filter(&firms, ZD_STR("state")), ZD_STR("1") };
	struct test_db *t = *state;

	list.fixed = &fixed;
	list.n_fixed = 1;
	assert_rc(&t->cx, get(t, "limit=100"), ZD_OK);
	assert_int_equal(rows(), MANY / 2 + 1);
	assert_false(has("id=\"f-state\""));
	assert_rc(&t->cx, get(t, "state=2"), ZD_OK);
	assert_int_equal(rep.status, 422);
}

static void
an_empty_list_teaches(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, db_script(&t->cx, t->db, "delete from firm;"), ZD_OK);
	list.empty = (struct page_empty){ .title = ZD_STR("还没有企业"),
					  .href = ZD_STR("/desk/new"),
					  .action = ZD_STR("去登记") };
	assert_rc(&t->cx, get(t, ""), ZD_OK);
	assert_true(has("还没有企业"));
	assert_rc(&t->cx, get(t, "state=1"), ZD_OK);
	assert_false(has("还没有企业"));
}

static void
programs_get_rows_and_the_next_key(void **state)
{
	struct test_db *t = *state;

	req.wants_json = true;
	assert_rc(&t->cx, get(t, "name=script"), ZD_OK);
	assert_string_equal(rep.out.p,
			    "{\"rows\":[{\"id\":900,\"name\":\"<script>alert(1)</script>\\\" "
			    "onclick=\\\"x&\",\"state\":1,\"day\":null,\"staff\":null,\"phone\":"
			    "null}],\"next\":null}\n");
	assert_rc(&t->cx, get(t, "limit=1&sort=staff&cols=staff"), ZD_OK);
	assert_true(has("\"rows\":[{\"id\":1,\"staff\":1000}],\"next\":\""));
}

/* What the reply's file holds. */
static const char *
downloaded(void)
{
	static char text[16384];
	ssize_t n = pread(rep.fd, text, sizeof(text) - 1, 0);

	assert_true(n > 0);
	text[n] = 0;
	return text;
}

static void
downloads_what_is_shown_of_all_pages(void **state)
{
	static const char begins[] = "\xEF\xBB\xBF\"名称\",\"状态\",\"电话\"\r\n\"企业001\","
				     "\"吊销\",\"138****0001\"\r\n";
	struct test_db *t = *state;
	size_t lines = 0;

	assert_rc(&t->cx,
		  get(t, "format=csv&cols=name,state,phone&limit=1&name=%E4%BC%81%E4%B8%9A"),
		  ZD_OK);
	const char *text = downloaded();
	assert_int_equal(strncmp(text, begins, sizeof(begins) - 1), 0);
	for (; *text; text++)
		lines += *text == '\n';
	assert_int_equal(lines, MANY + 1);
	assert_text(rep.attachment, "企业-20260302.csv");
	assert_string_equal(rep.type, "text/csv; charset=utf-8");
}

static void
downloads_a_workbook(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, get(t, "format=xlsx"), ZD_OK);
	assert_int_equal(strncmp(downloaded(), "PK\x03\x04", 4), 0);
	assert_text(rep.attachment, "企业-20260302.xlsx");
}

/* A service may write nowhere but into its data directory. */
static void
a_download_is_written_in_the_spool(void **state)
{
	const struct app app = { .spool = "/nonexistent/spool" };
	struct test_db *t = *state;

	req.app = &app;
	assert_rc(&t->cx, get(t, "format=csv"), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "/nonexistent/spool"));
}

/* The files of a failed one are gone too: they have no name once the reply is made. */
static void
a_failed_download_is_no_file(void **state)
{
	struct test_db *t = *state;

	db_fail_nth(t->db, 1);
	assert_rc(&t->cx, get(t, "format=xlsx"), ZD_BUSY);
	assert_int_equal(rep.fd, -1);
}

/* --- memory ----------------------------------------------------------------------------------- */

static size_t
heap_in_use(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	return mallinfo2().uordblks;
#endif
}

static size_t heap_most;
static int heap_rows;

/* A column's words: asked for each row of a download, so it sees what is held meanwhile. */
static struct zd_str
watch_heap(struct zd_cx *cx, struct zd_str value, void *arg)
{
	(void)cx, (void)arg;
	if (heap_rows++ % 500 == 0 && heap_in_use() > heap_most)
		heap_most = heap_in_use();
	return value;
}

/* What a download of so many rows holds at most, above what was held before. */
static size_t
held_by(struct test_db *t, const char *query, const char *rows)
{
	struct db *cold ZD_CLEANUP(db_drop) = NULL; /* has read nothing yet */
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		       "delete from firm; insert into firm with recursive n(i) as (select 1 union "
		       "all select i + 1 from n where i < %s) select i, 2, 'a name of some length "
		       "' || i, 1, i, i, "
		       "'13800000000' from n;",
		       rows);
	assert_rc(&t->cx, db_script(&t->cx, t->db, sql), ZD_OK);
	assert_rc(&t->cx, db_open(&t->cx, t->url, &cold), ZD_OK);
	req.db = cold;
	assert_rc(&t->cx, get(t, "format=csv&name=none"), ZD_OK); /* what a connection needs */
	close(rep.fd);
	size_t before = heap_in_use();
	heap_most = 0;
	heap_rows = 0;
	assert_rc(&t->cx, get(t, query), ZD_OK);
	close(rep.fd);
	rep.fd = -1;
	req.db = t->db;
	assert_int_equal(heap_rows, atoi(rows));
	return heap_most > before ? heap_most - before : 0;
}

static void
a_download_holds_no_more_for_more_rows(void **state)
{
	static const struct page_column watched[] = { { .name = "name", .text = watch_heap },
						      { 0 } };
	static const char *const queries[] = { "format=csv", "format=xlsx" };
	struct test_db *t = *state;

	list.columns = watched;
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db,
			    "create index firm_by_name on firm (name, id); analyze firm;"),
		  ZD_OK);
	for (size_t i = 0; i < N(queries); i++) {
		size_t few = held_by(t, queries[i], "10000"),
		       many = held_by(t, queries[i], "60000");
		if (many > few + (1 << 20))
			fail_msg("%s: %zu bytes for 10,000 rows, %zu for 60,000", queries[i], few,
				 many);
	}
}

#define both(test)                                                                                 \
	{ #test " sqlite", test, test_db_setup, drop, &(struct test_db_how){ DB_SQLITE, fill } },  \
	{                                                                                          \
#test " postgres", test, test_db_setup, drop, &(struct test_db_how)                \
		{                                                                                  \
			DB_POSTGRES, fill                                                          \
		}                                                                                  \
	}

/* --- rows in memory ------------------------------------------------------------------------- */

static const struct zd_str memory_cells[][6] = {
	{ ZD_LIT("企业一"), ZD_LIT("1"), ZD_LIT("2026-01-05"), ZD_LIT("9"), { 0 }, ZD_LIT("2") },
	{ ZD_LIT("企业二Ab"), ZD_LIT("2"), { 0 }, ZD_LIT("10"), { 0 }, ZD_LIT("2") },
	{ ZD_LIT("<b>企业三"), ZD_LIT("2"), { 0 }, { 0 }, ZD_LIT("13800000001"), ZD_LIT("3") },
};
static const struct zd_str *const memory_rows[] = { memory_cells[0], memory_cells[1],
						    memory_cells[2] };
static const struct page_rows memory = { memory_rows, N(memory_rows) };

static void
rows_in_memory_filter_sort_and_page_as_those_of_a_table(void **state)
{
	static const struct {
		const char *query;
		size_t rows;
		const char *first; /* the link that stands first */
	} cases[] = {
		{ "", 3, "/desk/firms/3\"" },
		{ "sort=name_down", 3, "/desk/firms/2\"" },
		{ "sort=staff", 3, "/desk/firms/3\"" }, /* absent, 9, 10: numbers, not texts */
		{ "state=2", 2, "/desk/firms/3\"" },
		{ "name=aB", 1, "/desk/firms/2\"" },
		{ "name=%E4%B8%89&state=2", 1, "/desk/firms/3\"" },
		{ "dept=4", 0, NULL },
	};
	struct test_db *t = *state;

	list.rows = &memory;
	for (size_t i = 0; i < N(cases); i++) {
		assert_rc(&t->cx, get(t, cases[i].query), ZD_OK);
		const char *first = strstr(rep.out.p, "/desk/firms/");
		if (rows() != cases[i].rows ||
		    (first && strncmp(first, cases[i].first, strlen(cases[i].first)) != 0))
			fail_msg("%s: %zu rows, first %.20s", cases[i].query, rows(), first);
	}
	assert_rc(&t->cx, get(t, ""), ZD_OK);
	assert_true(has("&lt;b&gt;企业三") && !has("<b>企业三"));
	assert_true(has("138****0001"));
	assert_rc(&t->cx, get(t, "state=x"), ZD_OK);
	assert_int_equal(rep.status, 422);
	assert_rc(&t->cx, get(t, "after=9"), ZD_OK);
	assert_int_equal(rep.status, 422);
	list.rows = NULL;
}

static void
rows_in_memory_page_by_key_and_go_out_whole(void **state)
{
	struct test_db *t = *state;

	list.rows = &memory;
	assert_rc(&t->cx, get(t, "limit=2&sort=staff"), ZD_OK);
	assert_int_equal(rows(), 2);
	assert_string_equal(link_of("rel=\"next\""), "limit=2&sort=staff&after=1");
	assert_rc(&t->cx, get(t, "limit=2&sort=staff&after=1"), ZD_OK);
	assert_int_equal(rows(), 1);
	assert_true(has("/desk/firms/2\"") && !has("rel=\"next\""));
	req.wants_json = true;
	assert_rc(&t->cx, get(t, "state=2&limit=1"), ZD_OK);
	assert_true(has("\"id\":3,\"name\":\"<b>") || has("\"id\":3,\"name\":\"\\u003c"));
	assert_true(has("\"next\":\"3\""));
	req.wants_json = false;
	assert_rc(&t->cx, get(t, "format=csv&limit=1&state=2"), ZD_OK);
	char csv[2048];
	ssize_t n = read(rep.fd, csv, sizeof(csv) - 1);
	assert_true(n > 0);
	csv[n] = 0;
	close(rep.fd);
	assert_true(strstr(csv, "企业二Ab") && strstr(csv, "企业三") && !strstr(csv, "企业一"));
	assert_true(strstr(csv, "吊销"));
	list.rows = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		both(escapes_what_departments_typed),
		both(escapes_what_the_reader_typed),
		both(shows_chosen_filters_as_chips_that_take_them_off),
		both(a_range_of_days_is_one_pair),
		both(the_next_page_keeps_the_query_and_ends),
		both(a_page_that_is_just_full_has_no_next),
		both(headings_sort_and_say_so),
		both(columns_are_chosen_in_the_address),
		both(what_does_not_exist_is_named_and_the_page_stays),
		both(a_value_that_is_no_choice_is_named_with_the_choices),
		both(only_what_its_reader_may_do_is_offered),
		both(a_masked_column_is_neither_shown_nor_guessed),
		both(the_public_sees_public_data_only),
		both(a_department_sees_its_own),
		both(fixed_filters_cannot_be_changed),
		both(an_empty_list_teaches),
		both(programs_get_rows_and_the_next_key),
		both(downloads_what_is_shown_of_all_pages),
		both(downloads_a_workbook),
		both(a_download_is_written_in_the_spool),
		both(a_failed_download_is_no_file),
		both(a_download_holds_no_more_for_more_rows),
		both(rows_in_memory_filter_sort_and_page_as_those_of_a_table),
		both(rows_in_memory_page_by_key_and_go_out_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
