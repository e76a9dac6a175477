/* The desk's way of a file: upload, receipt, what is wrong, repair; on both databases, over HTTP. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/list.h"
#include "file/file.h"
#include "ingest/ingest_job.h"
#include "ingest/ingest_sql.h"
#include "ingest/ingest_upload_app.h"
#include "ingest/ingest_web.h"
#include "ingest/standards_web.h"
#include "ingest/test_city.h"
#include "page/test_serve.h"
#include "record/record.h"
#include "table/table.h"

struct site {
	struct city *city;
	struct serve s;
	int64_t dept, other;
	struct serve_who officer, stranger, platform, leader, inspector;
};

static const struct http_route *const tables[] = { ingest_api_routes,    ingest_desk_routes,
						   ingest_repair_routes, standards_routes,
						   http_builtin_routes,  NULL };
static const struct job_kind *const kinds[] = { ingest_kinds, NULL };

static void
build(struct test_db *t)
{
	struct site *site = zd_new(t->cx.arena, struct site);

	t->fix = site;
	zd_cx_now(&t->cx); /* as the server's clock */
	site->dept = test_trust_dept(t, "1101");
	site->other = test_trust_dept(t, "1102");
	test_trust_person(t, "officer", TRUST_DATA_OFFICER, site->dept);
	test_trust_person(t, "stranger", TRUST_DATA_OFFICER, site->other);
	test_trust_person(t, "inspector", TRUST_INSPECTOR, site->dept);
	test_trust_person(t, "platform", TRUST_PLATFORM, 0);
	test_trust_person(t, "leader", TRUST_LEADER, 0);
	site->city = city_build(t, site->dept);
	serve_start(t, site->city->set, site->city->pool, tables, &site->s);
	site->officer = serve_sign_in(t, &site->s, "officer");
	site->stranger = serve_sign_in(t, &site->s, "stranger");
	site->platform = serve_sign_in(t, &site->s, "platform");
	site->leader = serve_sign_in(t, &site->s, "leader");
	site->inspector = serve_sign_in(t, &site->s, "inspector");
}

static void
demolish(struct test_db *t)
{
	struct site *site = t->fix;

	serve_stop(&site->s);
	db_pool_close(site->city->pool);
}

static struct serve_answer
upload(struct site *site, const struct serve_who *who, const char *key, const char *check,
       const char *name, struct zd_str file)
{
	const char *const pairs[] = {
		"standard", "check_action", "key", key, "check", check, NULL
	};

	return serve_form(&site->s, who, "/desk/ingest", pairs, name, file);
}

/* The number behind the last '/' of where we were sent. */
static int64_t
sent_to(struct serve_answer a, const char *prefix)
{
	assert_status(a, 303);
	if (!a.location.n || strncmp(a.location.p, prefix, strlen(prefix)) != 0)
		fail_msg("sent to %.*s", ZD_STR_ARG(a.location));
	return strtoll(a.location.p + strlen(prefix), NULL, 10);
}

#define BATCH "/desk/batches/"
#define get_f(site, who, ...)                                                                      \
	serve_get(&(site)->s, who, zd_str_printf((site)->s.arena, __VA_ARGS__).p)

static struct ingest_batch
batch_of(struct test_db *t, int64_t id)
{
	struct site *site = t->fix;
	struct ingest_batch b;

	assert_rc(&t->cx, ingest_app_batch(&t->cx, t->db, site->dept, id, &b), ZD_OK);
	return b;
}

/* --- the whole way --------------------------------------------------------------------------- */

static void
a_file_is_taken_its_receipt_shown_and_rows_repaired(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	long long id = sent_to(
		upload(site, &site->officer, "1", "", "检查.ndjson", city_rows(t, 20, true)),
		BATCH);
	struct serve_answer a = get_f(site, &site->officer, BATCH "%lld", id);

	assert_status(a, 200);
	assert_has(a.body, "正在排队");
	assert_has(a.body, "http-equiv=\"refresh\""); /* without scripts */
	assert_has(get_f(site, &site->officer, BATCH "%lld/progress", id).body,
		   "\"state\":\"running\"");
	serve_jobs(t, &site->s, kinds);
	assert_has(get_f(site, &site->officer, BATCH "%lld/progress", id).body,
		   "\"state\":\"done\"");
	a = get_f(site, &site->officer, BATCH "%lld", id);
	assert_has(a.body, "检查.ndjson");
	assert_has(a.body, "待修正，按原因归类");
	assert_int_equal(batch_of(t, id).accepted, 18);
	a = get_f(site, &site->officer, BATCH "%lld/rows?state=1", id);
	assert_has(a.body, "JC000003");
	assert_has(a.body, "zd-problem-value\">\n77");
	assert_has(get_f(site, &site->officer, "/desk/outstanding").body, "共 2 行（1 批）");
	assert_has(get_f(site, &site->officer, BATCH "%lld/inserted", id).body, "JC000001");

	/* the form is filled with what was sent, the fault stands beside its field */
	a = get_f(site, &site->officer, BATCH "%lld/rows/4", id);
	assert_status(a, 200);
	assert_has(a.body, "value=\"JC000003\"");
	assert_has(a.body, "id=\"e-check_result\"");
	const char *const wrong[] = { "check_result", "", NULL };
	const char *const right[] = { "check_result", "01", NULL };
	char path[100];
	(void)snprintf(path, sizeof(path), BATCH "%lld/rows/4", id);
	a = serve_form(&site->s, &site->officer, path, wrong, NULL, (struct zd_str){ 0 });
	assert_status(a, 422);
	assert_has(a.body, "id=\"e-check_result\"");
	assert_int_equal(batch_of(t, id).outstanding, 2);
	a = serve_form(&site->s, &site->officer, path, right, NULL, (struct zd_str){ 0 });
	assert_int_equal(sent_to(a, zd_str_printf(t->cx.arena, BATCH "%lld/rows/", id).p), 14);
	assert_int_equal(batch_of(t, id).outstanding, 1);
	assert_has(get_f(site, &site->officer, BATCH "%lld/rows/4", id).body, "已修正");
	assert_status(serve_form(&site->s, &site->officer, path, right, NULL, (struct zd_str){ 0 }),
		      409);

	/* the other is given up, with a reason */
	const char *const none[] = { "reason", "", NULL };
	const char *const reason[] = { "reason", "重复填报", NULL };
	(void)snprintf(path, sizeof(path), BATCH "%lld/rows/14/discard", id);
	assert_status(serve_form(&site->s, &site->officer, path, none, NULL, (struct zd_str){ 0 }),
		      422);
	assert_int_equal(sent_to(serve_form(&site->s, &site->officer, path, reason, NULL,
					    (struct zd_str){ 0 }),
				 BATCH),
			 id);
	assert_int_equal(batch_of(t, id).outstanding, 0);
	assert_has(get_f(site, &site->officer, "/desk/outstanding").body, "没有待修正的数据");
	demolish(t);
}

static void
a_row_without_a_key_is_repaired_in_its_place(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	city_put_row(&out, "", "甲", "77", "");
	city_put_row(&out, "", "乙", "01", "");
	long long id =
		sent_to(upload(site, &site->officer, "1", "", "a.ndjson", zd_out_str(&out)), BATCH);
	serve_jobs(t, &site->s, kinds);
	assert_int_equal(batch_of(t, id).outstanding, 2);
	const char *const pairs[] = { "check_action_code", "JC900002", NULL };
	struct serve_answer a = serve_form(&site->s, &site->officer,
					   zd_str_printf(t->cx.arena, BATCH "%lld/rows/2", id).p,
					   pairs, NULL, (struct zd_str){ 0 });
	/* the second row is closed, the first still waits */
	assert_int_equal(sent_to(a, zd_str_printf(t->cx.arena, BATCH "%lld/rows/", id).p), 1);
	assert_has(get_f(site, &site->officer, BATCH "%lld/rows/2", id).body, "已修正");
	assert_has(get_f(site, &site->officer, BATCH "%lld/rows/1", id).body, "核对并入库");
	demolish(t);
}

static void
a_form_sent_twice_is_one_batch(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct zd_str rows = city_rows(t, 10, false);
	long long first = sent_to(upload(site, &site->officer, "77", "", "a.ndjson", rows), BATCH);

	assert_int_equal(sent_to(upload(site, &site->officer, "77", "", "a.ndjson", rows), BATCH),
			 first);
	assert_status(upload(site, &site->officer, "77", "", "a.ndjson", city_rows(t, 11, false)),
		      409);
	serve_jobs(t, &site->s, kinds);
	assert_int_equal(batch_of(t, first).accepted, 10);
	demolish(t);
}

static void
checking_first_keeps_nothing_and_imports_the_same_file(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a =
		upload(site, &site->officer, "1", "1", "检查.ndjson", city_rows(t, 30, true));
	long long job = sent_to(a, "/desk/ingest/checks/");

	assert_has(get_f(site, &site->officer, "/desk/ingest/checks/%lld", job).body, "正在核对");
	serve_jobs(t, &site->s, kinds);
	assert_has(get_f(site, &site->officer, "/desk/ingest/checks/%lld/progress", job).body,
		   "\"state\":\"done\"");
	a = get_f(site, &site->officer, "/desk/ingest/checks/%lld", job);
	assert_has(a.body, "可以入库");
	assert_has(a.body, "检查结果");
	assert_has(serve_get(&site->s, &site->officer, "/desk/batches").body, "还没有导入过数据");
	assert_has(get_f(site, &site->officer, "/desk/ingest/checks/%lld/workbook", job).body,
		   "JC000003");
	assert_status(get_f(site, &site->stranger, "/desk/ingest/checks/%lld", job), 404);
	static const char *const none[] = { NULL };
	long long id = sent_to(
		serve_form(&site->s, &site->officer,
			   zd_str_printf(t->cx.arena, "/desk/ingest/checks/%lld/import", job).p,
			   none, NULL, (struct zd_str){ 0 }),
		BATCH);
	serve_jobs(t, &site->s, kinds);
	assert_int_equal(batch_of(t, id).accepted, 27);
	assert_int_equal(batch_of(t, id).rejected, 3);
	demolish(t);
}

static int64_t count_of(struct test_db *t, const char *table);

/* As if the days had passed. */
static void
forget_checks(struct test_db *t, struct site *site)
{
	assert_rc(
		&t->cx,
		db_script(&t->cx, t->db, "update job set due_at = 0 where kind = 'ingest.forget'"),
		ZD_OK);
	serve_jobs(t, &site->s, kinds);
	assert_int_equal(count_of(t, "job where state <> 3"), 0);
}

static void
files_that_were_only_checked_go_in_time(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	static const char *const none[] = { NULL };
	long long only = sent_to(
		upload(site, &site->officer, "1", "1", "只核对.ndjson", city_rows(t, 30, true)),
		"/desk/ingest/checks/");
	long long both = sent_to(
		upload(site, &site->officer, "2", "1", "后导入.ndjson", city_rows(t, 20, true)),
		"/desk/ingest/checks/");
	const char *import = zd_str_printf(t->cx.arena, "/desk/ingest/checks/%lld/import", both).p;

	serve_jobs(t, &site->s, kinds);
	int64_t id = sent_to(
		serve_form(&site->s, &site->officer, import, none, NULL, (struct zd_str){ 0 }),
		BATCH);
	serve_jobs(t, &site->s, kinds);
	assert_int_equal(count_of(t, "file where purpose = 'ingest.check'"), 2);
	assert_int_equal(count_of(t, "file where purpose = 'ingest.checked'"), 2);
	forget_checks(t, site);
	assert_int_equal(count_of(t, "file where purpose = 'ingest.check'"), 1); /* the batch's */
	assert_int_equal(count_of(t, "file where purpose = 'ingest.checked'"), 0);
	assert_status(get_f(site, &site->officer, "/desk/batches/%lld/workbook", (long long)id),
		      200);
	struct serve_answer a =
		get_f(site, &site->officer, "/desk/ingest/checks/%lld/workbook", only);
	assert_status(a, 404);
	assert_has(a.body, "请重新上传");
	import = zd_str_printf(t->cx.arena, "/desk/ingest/checks/%lld/import", only).p;
	assert_status(
		serve_form(&site->s, &site->officer, import, none, NULL, (struct zd_str){ 0 }),
		404);
	demolish(t);
}

static void
what_is_wrong_with_a_file_stands_beside_its_field(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a =
		upload(site, &site->officer, "1", "", "x.pdf", ZD_STR("%PDF-1.7 x"));

	assert_status(a, 422);
	assert_has(a.body, "id=\"e-file\"");
	assert_has(a.body, "PDF");
	a = upload(site, &site->officer, "1", "", NULL, (struct zd_str){ 0 });
	assert_status(a, 422);
	assert_has(a.body, "请选择要上传的文件");
	const char *const city[] = { "standard", "sub_item", NULL };
	assert_status(serve_form(&site->s, &site->officer, "/desk/ingest", city, "a.csv",
				 ZD_STR("a,b\n1,2\n")),
		      403);
	assert_false(serve_has(serve_get(&site->s, &site->officer, "/desk/ingest").body,
			       "value=\"sub_item\""));
	assert_true(serve_has(serve_get(&site->s, &site->platform, "/desk/ingest").body,
			      "value=\"sub_item\""));
	/* a missing column is found only when it is read: the batch says so */
	long long id = sent_to(upload(site, &site->officer, "2", "", "a.csv",
				      ZD_STR("检查行为编号,检察结果\nJC1,01\n")),
			       BATCH);
	serve_jobs(t, &site->s, kinds);
	a = get_f(site, &site->officer, BATCH "%lld", id);
	assert_has(a.body, "整份退回");
	assert_has(a.body, "检察结果");
	demolish(t);
}

static void
each_sees_what_is_his(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	long long id = sent_to(
		upload(site, &site->officer, "1", "", "检查.ndjson", city_rows(t, 20, true)),
		BATCH);
	static const char *const rest[] = { "",          "/rows",     "/rows/4",
					    "/progress", "/workbook", "/inserted" };

	serve_jobs(t, &site->s, kinds);
	for (size_t i = 0; i < N(rest); i++) {
		assert_status(get_f(site, &site->stranger, BATCH "%lld%s", id, rest[i]), 404);
		assert_status(get_f(site, &site->platform, BATCH "%lld%s", id, rest[i]),
			      strcmp(rest[i], "/workbook") == 0 ? 403 : 200);
		assert_status(get_f(site, &site->officer, BATCH "%lld%s", id, rest[i]), 200);
	}
	assert_status(upload(site, &site->leader, "1", "", "a.ndjson", ZD_STR("{}")), 403);
	assert_status(upload(site, &site->inspector, "1", "", "a.ndjson", ZD_STR("{}")), 403);
	assert_has(serve_get(&site->s, &site->platform, "/desk/outstanding").body, "测试部门1101");
	assert_has(serve_get(&site->s, &site->stranger, "/desk/outstanding").body,
		   "没有待修正的数据");
	/* he sees, and repairs nothing */
	struct zd_str page = get_f(site, &site->platform, BATCH "%lld/rows/4", id).body;
	assert_false(serve_has(page, "核对并入库"));
	demolish(t);
}

/* --- what is outstanding, as a list ------------------------------------------------------------ */

/* Twice as many wrong rows of one department, and fewer of the other; the city sees both. */
static void
what_is_outstanding_is_a_list_that_sorts_filters_and_pages(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_who key = serve_key(t, &site->s, site->dept, 2);
	struct serve_answer a;
	int64_t next;

	assert_has(serve_get(&site->s, &site->platform, "/api/v1/outstanding").body,
		   "{\"rows\":[],\"next\":null}");
	sent_to(upload(site, &site->officer, "1", "", "一.ndjson", city_rows(t, 40, true)), BATCH);
	sent_to(upload(site, &site->stranger, "1", "", "二.ndjson", city_rows(t, 20, true)), BATCH);
	serve_jobs(t, &site->s, kinds);
	/* the other department has claimed nothing: all of its rows came back */
	a = serve_get(&site->s, &site->platform, "/api/v1/outstanding?limit=1");
	assert_status(a, 200);
	assert_int_equal(serve_number(a.body, "dept"), site->other);
	assert_int_equal(serve_number(a.body, "outstanding"), 20);
	assert_int_equal(serve_number(a.body, "batches"), 1);
	assert_has(a.body, "\"code\":\"1102\"");
	assert_has(a.body, "\"standard\":\"check_action\"");
	const char *after = strstr(a.body.p, "\"next\":\"");
	assert_non_null(after);
	next = (int64_t)strcspn(after + 8, "\"");
	a = get_f(site, &site->platform, "/api/v1/outstanding?limit=1&after=%.*s", (int)next,
		  after + 8);
	assert_int_equal(serve_number(a.body, "dept"), site->dept);
	assert_int_equal(serve_number(a.body, "outstanding"), 4);
	assert_has(a.body, "\"next\":null");
	/* the other way round, and one department's alone */
	a = serve_get(&site->s, &site->platform, "/api/v1/outstanding?sort=fewest");
	assert_int_equal(serve_number(a.body, "outstanding"), 4);
	a = get_f(site, &site->platform, "/api/v1/outstanding?dept=%lld", (long long)site->dept);
	assert_int_equal(serve_number(a.body, "outstanding"), 4);
	assert_false(serve_has(a.body, "\"outstanding\":20"));
	assert_has(get_f(site, &site->platform, "/api/v1/outstanding?standard=punish_action").body,
		   "{\"rows\":[]");
	assert_has(get_f(site, &site->platform, "/api/v1/outstanding?until=2020-01-01").body,
		   "{\"rows\":[]");
	/* a department sees its own, whatever it asks */
	a = serve_get(&site->s, &key, "/api/v1/outstanding");
	assert_status(a, 200);
	assert_int_equal(serve_number(a.body, "dept"), site->dept);
	assert_false(serve_has(a.body, "1102"));
	assert_status(get_f(site, &key, "/api/v1/outstanding?dept=%lld", (long long)site->other),
		      422);
	assert_status(serve_get(&site->s, &site->leader, "/api/v1/outstanding"), 403);
	demolish(t);
}

static void
what_is_outstanding_is_shown_and_exported(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a;
	char link[120];

	sent_to(upload(site, &site->officer, "1", "", "一.ndjson", city_rows(t, 40, true)), BATCH);
	sent_to(upload(site, &site->stranger, "1", "", "二.ndjson", city_rows(t, 20, true)), BATCH);
	serve_jobs(t, &site->s, kinds);
	a = serve_get(&site->s, &site->platform, "/desk/outstanding");
	assert_status(a, 200);
	assert_has(a.body, "共 24 行（2 批）");
	assert_has(a.body, "测试部门1101");
	assert_has(a.body, "href=\"?sort=fewest\"");
	assert_has(a.body, "id=\"f-from\" type=\"text\" data-day");
	(void)snprintf(link, sizeof(link),
		       "/desk/batches?open=1&amp;standard=check_action&amp;dept=%lld\"",
		       (long long)site->dept);
	assert_has(a.body, link);
	a = serve_get(&site->s, &site->officer, "/desk/outstanding");
	assert_has(a.body, "共 4 行（1 批）");
	assert_has(a.body, "/desk/batches?open=1&amp;standard=check_action\"");
	assert_false(serve_has(a.body, "测试部门1102"));
	a = serve_get(&site->s, &site->officer, "/desk/outstanding?sort=none");
	assert_status(a, 422);
	/* both files: headings and words, not codes */
	a = serve_get(&site->s, &site->platform,
		      "/desk/outstanding?format=csv&sort=fewest&cols=dept,standard,outstanding");
	assert_status(a, 200);
	assert_has(a.head, "text/csv");
	assert_has(a.body, "\"部门\",\"数据标准\",\"待修正行\"\r\n\"测试部门1101\",\"");
	assert_has(a.body, ",\"4\"\r\n\"测试部门1102\",");
	a = serve_get(&site->s, &site->officer, "/api/v1/outstanding?format=xlsx");
	assert_status(a, 200);
	assert_has(a.head, "spreadsheetml");
	assert_memory_equal(a.body.p, "PK", 2);
	assert_status(serve_get(&site->s, &site->leader, "/desk/outstanding"), 403);
	demolish(t);
}

static enum zd_rc
count_row(struct zd_cx *cx, const struct db_list_row *row, void *arg)
{
	(void)cx, (void)row;
	++*(int *)arg;
	return ZD_OK;
}

/* In each scope, by each sort, with each filter: an index of what is open serves. */
static void
what_is_outstanding_is_found_by_its_index(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct zd_str plan, dept = zd_str_printf(t->cx.arena, "%lld", (long long)site->dept);
	int n = 0;

	if (t->dialect == DB_POSTGRES) /* the table is small here: can an index serve at all? */
		assert_rc(&t->cx, db_script(&t->cx, t->db, "set enable_seqscan = off"), ZD_OK);
	for (const struct db_sort *s = ingest_outstanding_list.sorts; s->name; s++)
		for (const struct db_filter *f = ingest_outstanding_list.filters; f->name; f++)
			for (int own = 0; own < 2; own++) {
				const struct db_list_query query = {
					.list = &ingest_outstanding_list,
					.sort = s,
					.values = { { f, f->type == DB_TIME ? ZD_STR("2026-01-01")
									    : dept } },
					.n_values = 1,
					.scope_dept = own ? site->dept : ZD_NO_INT,
					.limit = 50
				};
				assert_rc(&t->cx, db_list_run(&t->cx, t->db, &query, count_row, &n),
					  ZD_OK);
				assert_rc(&t->cx, db_list_explain(&t->cx, t->db, &query, &plan),
					  ZD_OK);
				assert_has(plan, "ingest_batch_o"); /* _open or _owed */
			}
	demolish(t);
}

/* --- a workbook ------------------------------------------------------------------------------ */

static struct zd_str
read_file(struct test_db *t, const char *path)
{
	FILE *in = fopen(path, "rb");
	char *p = zd_alloc(t->cx.arena, (size_t)8 << 20);
	size_t n = fread(p, 1, (size_t)8 << 20, in);

	(void)fclose(in);
	return (struct zd_str){ p, n };
}

/* The good row's values, with another key and day in each row; the third has a wrong result. */
static struct zd_str
make_book(struct test_db *t)
{
	struct site *site = t->fix;
	static const char *const names[] = { "supervise_item_implement_code",
					     "supervise_item_check_icode",
					     "check_action_name",
					     "check_action_code",
					     "supervise_object",
					     "administrative_cp",
					     "administrative_cp_na",
					     "administrative_cp_ce_type",
					     "administrative_cp_ui_code",
					     "area_number",
					     "check_form",
					     "check_type",
					     "check_result",
					     "check_date",
					     "check_personnel",
					     "check_personnel_code" };
	struct table_column columns[N(names)] = { 0 };
	struct zd_str cells[N(names)] = { zd_str_of(city_item),
					  zd_str_of(city_list),
					  ZD_STR("检查"),
					  { 0 },
					  ZD_STR("电梯使用单位"),
					  ZD_STR("某市示例食品有限公司"),
					  ZD_STR("02"),
					  ZD_STR("001"),
					  ZD_STR("91420100MA4K00002Y"),
					  ZD_STR("420102"),
					  ZD_STR("01"),
					  ZD_STR("01"),
					  { 0 },
					  { 0 },
					  ZD_STR("吴十,郑一"),
					  ZD_STR("42010031001,42010031002") };
	struct zd_str path = zd_str_printf(t->cx.arena, "%s/book.xlsx", site->s.dir);
	struct table_writer *w;

	for (size_t i = 0; i < N(names); i++)
		columns[i].heading = site->city->check
					     ->fields[standard_field_find(site->city->check,
									  zd_str_of(names[i]))]
					     .title;
	assert_rc(&t->cx,
		  table_writer_open(&t->cx, path.p, TABLE_XLSX, ZD_STR("检查"), columns, N(names),
				    &w),
		  ZD_OK);
	for (int i = 0; i < 5; i++) {
		cells[3] = zd_str_printf(t->cx.arena, "JC80000%d", i);
		cells[12] = i == 2 ? ZD_STR("待定") : ZD_STR("01");
		cells[13] = zd_str_printf(t->cx.arena, "2024-03-0%d", i + 1);
		assert_rc(&t->cx, table_write(&t->cx, w, cells), ZD_OK);
	}
	assert_rc(&t->cx, table_writer_close(&t->cx, w), ZD_OK);
	return read_file(t, path.p);
}

static void
a_workbook_comes_back_marked(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	long long id =
		sent_to(upload(site, &site->officer, "1", "", "检查.xlsx", make_book(t)), BATCH);

	serve_jobs(t, &site->s, kinds);
	assert_int_equal(batch_of(t, id).accepted, 4);
	assert_int_equal(batch_of(t, id).outstanding, 1);
	struct serve_answer a = get_f(site, &site->officer, BATCH "%lld/workbook", id);
	assert_status(a, 200);
	assert_int_equal(memcmp(a.body.p, "PK\x03\x04", 4), 0);
	assert_has(a.body, "comments");
	assert_has(a.head, ".xlsx");
	/* the API gives the same */
	assert_int_equal(get_f(site, &site->officer, "/api/v1/batches/%lld/workbook", id).body.n,
			 a.body.n);
	assert_has(get_f(site, &site->officer, "/api/v1/batches/%lld/errors", id).body,
		   "\"check_result\":\"待定\"");
	demolish(t);
}

/* --- a run that was broken off ----------------------------------------------------------------- */

static int blocks;

static enum zd_rc
stop_after_one(struct zd_cx *cx, void *arg)
{
	(void)arg;
	return blocks++ ? zd_fail(cx, ZD_BUSY, NULL, "停机") : ZD_OK;
}

static void
a_batch_goes_on_where_it_stopped(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct zd_str rows = city_rows(t, 2100, true);
	long long id = sent_to(upload(site, &site->officer, "1", "", "a.ndjson", rows), BATCH);
	struct ingest_batch b = batch_of(t, id);
	struct ingest_order order = { .dept = site->dept,
				      .standard = site->city->check,
				      .source = ZD_STR("page"),
				      .file = b.file,
				      .repairs = ZD_NO_INT,
				      .fd = city_file(rows),
				      .format = TABLE_NDJSON,
				      .going = stop_after_one };
	int64_t counters, different;

	blocks = 0;
	test_trust_act_as_system(t);
	assert_rc(&t->cx, ingest_app_run(&t->cx, &site->city->env, &order, &b), ZD_BUSY);
	close(order.fd);
	assert_int_equal(batch_of(t, id).rows_done, 2000);
	serve_jobs(t, &site->s, kinds);
	b = batch_of(t, id);
	assert_int_equal(b.rows_done, 2100);
	assert_int_equal(b.accepted, 1890);
	assert_int_equal(b.rejected, 210);
	assert_int_equal(b.state, INGEST_DONE);
	assert_rc(&t->cx,
		  record_recount(&t->cx, t->db, site->city->check, false, &counters, &different),
		  ZD_OK);
	assert_int_equal(different, 0);
	demolish(t);
}

/* --- who may not see ---------------------------------------------------------------------------- */

static void
values_above_the_readers_level_are_masked(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	static const char row[] = "{\"certificate_code\":\"42010031009\",\"officer_name\":\"某人\","
				  "\"id_card\":\"110101199003077774\"}\n";
	const struct standard *std = standard_find(site->city->set, ZD_STR("officer"));
	int card = -1;

	for (size_t i = 0; i < std->n_fields; i++)
		if (std->fields[i].ident == STANDARD_ID_CARD && std->fields[i].data_class >= 3)
			card = (int)i;
	assert_true(card >= 0);
	struct zd_str text = zd_str_printf(
		t->cx.arena,
		"{\"certificate_code\":\"42010031009\",\"%.*s\":\"110101199003077774\"}\n",
		ZD_STR_ARG(std->fields[card].name));
	const char *const pairs[] = { "standard", "officer", "key", "1", NULL };
	long long id = sent_to(
		serve_form(&site->s, &site->officer, "/desk/ingest", pairs, "a.ndjson", text),
		BATCH);

	(void)row;
	serve_jobs(t, &site->s, kinds);
	assert_int_equal(batch_of(t, id).outstanding, 1);
	static const char *const rest[] = { "", "/rows", "/rows/1", "/rows?format=csv" };
	for (size_t i = 0; i < N(rest); i++) {
		struct serve_answer a = get_f(site, &site->officer, BATCH "%lld%s", id, rest[i]);
		assert_status(a, 200);
		assert_false(serve_has(a.body, "110101199003077774"));
	}
	struct serve_answer a = get_f(site, &site->officer, "/api/v1/batches/%lld/errors", id);
	assert_status(a, 200);
	assert_false(serve_has(a.body, "110101199003077774"));
	assert_has(a.body, "\"raw\":{");
	demolish(t);
}

/* --- plans --------------------------------------------------------------------------------------- */

static void
explain_one(struct test_db *t, struct db_list_query *q, const char *name)
{
	struct zd_str plan;

	for (q->sort = q->list->sorts; q->sort->name; q->sort++) {
		assert_rc(&t->cx, db_list_explain(&t->cx, t->db, q, &plan), ZD_OK);
		if (test_plan_scans(t, plan, name))
			fail_msg("%s by %s scans: %.*s", q->list->name, q->sort->name,
				 ZD_STR_ARG(plan));
	}
}

/* Tables of some size, so that the planners have something to choose. */
static void
fill_batches(struct test_db *t, int64_t dept)
{
	assert_rc(&t->cx,
		  db_script(&t->cx, t->db,
			    zd_str_printf(t->cx.arena,
					  "insert into ingest_batch (dept_id, id, standard, "
					  "source, file_name, format, batch_key,"
					  " content_hash, state, rows_done, bytes_done, "
					  "bytes_total, accepted, updated, unchanged,"
					  " removed, quarantined, rejected, outstanding, "
					  "created_at, created_by)"
					  " with recursive n(i) as (select 1 union all select i + "
					  "1 from n where i < 12000)"
					  " select %lld + i %% 40, 1000000 + i, 'check_action', "
					  "'api', 'x', 2, 'k' || i, %s, 3, 0, 0, 0,"
					  " 0, 0, 0, 0, 0, 0, 0, 1000000 + i, 1 from n;"
					  "insert into ingest_reject (dept_id, batch_id, row_no, "
					  "line, standard, operation, raw, errors,"
					  " rule, field_title, message, state)"
					  " with recursive n(i) as (select 1 union all select i + "
					  "1 from n where i < 12000)"
					  " select %lld + i %% 40, 1000000 + i %% 400, i, i, "
					  "'check_action', 'i', '{}', '[]',"
					  " 'r' || (i %% 7), 'f', 'm', 1 from n;",
					  (long long)dept,
					  t->dialect == DB_SQLITE ? "x'00'" : "'\\x00'",
					  (long long)dept)
				    .p),
		  ZD_OK);
	assert_rc(&t->cx, db_analyze(&t->cx, t->db), ZD_OK);
}

static void
no_list_scans_its_table(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct zd_str dept = zd_str_printf(t->cx.arena, "%lld", (long long)site->dept);
	struct db_list_query q = { .list = &ingest_batch_list,
				   .scope_dept = ZD_NO_INT,
				   .limit = 50 };

	fill_batches(t, site->dept);
	explain_one(t, &q, "b");
	q.scope_dept = site->dept;
	explain_one(t, &q, "b");
	q = (struct db_list_query){ .list = &ingest_reject_list,
				    .scope_dept = ZD_NO_INT,
				    .limit = 50 };
	q.values[0] = (struct db_list_value){ db_list_filter(q.list, ZD_STR("dept")), dept };
	q.values[1] = (struct db_list_value){ db_list_filter(q.list, ZD_STR("batch")),
					      ZD_STR("1000040") };
	q.n_values = 2;
	explain_one(t, &q, "r");
	q.values[q.n_values++] =
		(struct db_list_value){ db_list_filter(q.list, ZD_STR("state")), ZD_STR("1") };
	q.values[q.n_values++] =
		(struct db_list_value){ db_list_filter(q.list, ZD_STR("rule")), ZD_STR("r1") };
	explain_one(t, &q, "r");
	demolish(t);
}

/* The lists made from each standard run, on empty and filled tables alike. */
static void
lists_of_every_standard_run(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	long long id = sent_to(
		upload(site, &site->officer, "1", "", "a.ndjson", city_rows(t, 3, false)), BATCH);

	serve_jobs(t, &site->s, kinds);
	for (size_t i = 0; i < standard_count(site->city->set); i++) {
		const struct standard *std = standard_at(site->city->set, i);
		const struct db_list *lists[] = { ingest_inserted_list(std),
						  ingest_updated_list(std), quarantine_list(std) };
		assert_ptr_equal(lists[0], ingest_inserted_list(std)); /* made once */
		for (size_t k = 0; k < (std->kind == STANDARD_ACTION ? 3 : 2); k++) {
			struct db_list_query q = { .list = lists[k],
						   .scope_dept = site->dept,
						   .limit = 10 };
			struct zd_str plan;
			assert_rc(&t->cx, db_list_explain(&t->cx, t->db, &q, &plan), ZD_OK);
		}
	}
	assert_has(get_f(site, &site->officer, BATCH "%lld/inserted", id).body, "JC000002");
	assert_false(
		serve_has(get_f(site, &site->officer, BATCH "%lld/updated", id).body, "JC000002"));
	/* the same rows with another content: updated, not inserted */
	struct zd_str changed = city_rows(t, 3, false);
	for (char *at = (char *)(uintptr_t)changed.p; (at = strstr(at, "电梯使用单位的检查")); at++)
		memcpy(at, "升降", 6);
	id = sent_to(upload(site, &site->officer, "2", "", "b.ndjson", changed), BATCH);
	serve_jobs(t, &site->s, kinds);
	assert_int_equal(batch_of(t, id).updated, 3);
	assert_has(get_f(site, &site->officer, BATCH "%lld/updated", id).body, "JC000002");
	demolish(t);
}

/* --- faults ---------------------------------------------------------------------------------------- */

struct uploading {
	struct ingest_order order;
	struct file_content content;
	int64_t job;
};

static int64_t
count_of(struct test_db *t, const char *table)
{
	/* by the statements of the room there is none: counted by hand */
	struct zd_str sql = zd_str_printf(t->cx.arena, "select count(*) from %s", table);
	static const struct db_field none[] = { { 0 } };
	static const struct db_field out[] = { { "count", DB_INT, false, 0 }, { 0 } };
	const struct db_stmt stmt = { .name = "count",
				      .sqlite = sql.p,
				      .postgres = sql.p,
				      .in = none,
				      .out = out,
				      .out_size = sizeof(int64_t) };
	struct db *db = test_db_again(t);
	int64_t n = 0;

	assert_rc(&t->cx, db_one(&t->cx, db, &stmt, NULL, &n), ZD_OK);
	db_close(db);
	return n;
}

static enum zd_rc
try_upload(struct test_db *t, void *arg)
{
	struct site *site = t->fix;
	struct uploading *u = arg;
	struct ingest_order order = u->order;
	struct ingest_batch b;
	const struct ingest_upload upload = { &order, &u->content };

	return ingest_app_upload(&t->cx, t->db, site->s.app.files, &upload, &b);
}

static enum zd_rc
try_check(struct test_db *t, void *arg)
{
	struct site *site = t->fix;
	struct uploading *u = arg;
	const struct ingest_upload upload = { &u->order, &u->content };

	return ingest_app_upload_check(&t->cx, t->db, site->s.app.files, &upload, &u->job);
}

static void
all_or_nothing(struct test_db *t, bool done, void *arg)
{
	(void)arg;
	assert_int_equal(count_of(t, "ingest_batch"), done ? 1 : 0);
	assert_int_equal(count_of(t, "job"), done ? 1 : 0);
	assert_int_equal(count_of(t, "file"), done ? 1 : 0);
}

static void
job_and_file_or_nothing(struct test_db *t, bool done, void *arg)
{
	(void)arg;
	assert_int_equal(count_of(t, "job"), done ? 2 : 0); /* to judge it, and to forget it */
	assert_int_equal(count_of(t, "file"), done ? 1 : 0);
}

static void
an_upload_is_taken_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct uploading u = { .order = { .dept = site->dept,
					  .standard = site->city->check,
					  .source = ZD_STR("page"),
					  .file_name = ZD_STR("a.ndjson"),
					  .file = ZD_NO_INT,
					  .repairs = ZD_NO_INT,
					  .fd = city_file(city_rows(t, 5, false)),
					  .format = TABLE_NDJSON } };

	test_trust_act_as(t, "officer");
	assert_rc(&t->cx,
		  file_keep(&t->cx, site->s.app.files, u.order.fd, 1 << 20, NULL, &u.content),
		  ZD_OK);
	assert_true(test_fault_loop(t, try_upload, all_or_nothing, &u) > 4);
	close(u.order.fd);
	demolish(t);
}

static void
a_check_is_queued_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct uploading u = { .order = { .dept = site->dept,
					  .standard = site->city->check,
					  .file_name = ZD_STR("a.ndjson"),
					  .file = ZD_NO_INT,
					  .fd = city_file(city_rows(t, 5, false)) } };

	test_trust_act_as(t, "officer");
	assert_rc(&t->cx,
		  file_keep(&t->cx, site->s.app.files, u.order.fd, 1 << 20, NULL, &u.content),
		  ZD_OK);
	assert_true(test_fault_loop(t, try_check, job_and_file_or_nothing, &u) > 3);
	close(u.order.fd);
	demolish(t);
}

static enum zd_rc
try_discard(struct test_db *t, void *arg)
{
	struct site *site = t->fix;
	int64_t *id = arg;

	return ingest_app_discard(&t->cx, t->db, site->dept, *id, 4, ZD_STR("重复填报"));
}

static void
discarded_or_not(struct test_db *t, bool done, void *arg)
{
	struct site *site = t->fix;
	int64_t *id = arg;
	struct ingest_reject r;

	assert_rc(&t->cx, ingest_app_reject(&t->cx, t->db, site->dept, *id, 4, &r), ZD_OK);
	assert_int_equal(r.state, done ? INGEST_DISCARDED : INGEST_OUTSTANDING);
	assert_int_equal(batch_of(t, *id).outstanding, done ? 1 : 2);
}

static void
a_row_is_discarded_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	int64_t id = sent_to(
		upload(site, &site->officer, "1", "", "a.ndjson", city_rows(t, 20, true)), BATCH);

	serve_jobs(t, &site->s, kinds);
	test_trust_act_as(t, "officer");
	assert_true(test_fault_loop(t, try_discard, discarded_or_not, &id) > 3);
	assert_rc(&t->cx, try_discard(t, &id), ZD_CONFLICT);
	demolish(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(a_file_is_taken_its_receipt_shown_and_rows_repaired, build),
		test_on_both(a_row_without_a_key_is_repaired_in_its_place, build),
		test_on_both(a_form_sent_twice_is_one_batch, build),
		test_on_both(checking_first_keeps_nothing_and_imports_the_same_file, build),
		test_on_both(files_that_were_only_checked_go_in_time, build),
		test_on_both(what_is_wrong_with_a_file_stands_beside_its_field, build),
		test_on_both(each_sees_what_is_his, build),
		test_on_both(what_is_outstanding_is_a_list_that_sorts_filters_and_pages, build),
		test_on_both(what_is_outstanding_is_shown_and_exported, build),
		test_on_both(what_is_outstanding_is_found_by_its_index, build),
		test_on_both(a_workbook_comes_back_marked, build),
		test_on_both(a_batch_goes_on_where_it_stopped, build),
		test_on_both(values_above_the_readers_level_are_masked, build),
		test_on_both(no_list_scans_its_table, build),
		test_on_both(lists_of_every_standard_run, build),
		test_on_both(an_upload_is_taken_whole_or_not_at_all, build),
		test_on_both(a_check_is_queued_whole_or_not_at_all, build),
		test_on_both(a_row_is_discarded_whole_or_not_at_all, build),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
