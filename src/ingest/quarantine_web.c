/* The quarantine's pages. */
#include "ingest/quarantine_web.h"

#include <inttypes.h>

#include "base/json.h"
#include "ingest/ingest_job.h"
#include "view/view_web.h"

#define LINES_MAX 5000

/* --- the board ------------------------------------------------------------------------------- */

struct lines {
	const struct http_request *req;
	struct quarantine_line *v;
	size_t n, cap;
	int64_t total;
};

static enum zd_rc
take_group(struct zd_cx *cx, const void *row, void *arg)
{
	struct lines *l = arg;
	const struct quarantine_group *g = row;

	l->total += g->n;
	if (l->n == LINES_MAX)
		return ZD_OK;
	l->v = zd_grow(cx->arena, l->v, l->n, &l->cap, sizeof(*l->v));
	l->v[l->n++] = (struct quarantine_line){
		.group = *g,
		.standard_title = ingest_standard_title(l->req, g->standard),
		.href = zd_str_printf(cx->arena, "/desk/quarantine/%.*s?item=%.*s&dept=%" PRId64,
				      ZD_STR_ARG(g->standard), ZD_STR_ARG(g->item), g->dept),
	};
	return ZD_OK;
}

/* Lines come by department: one catalogue each. */
static enum zd_rc
judge_lines(struct zd_cx *cx, struct db *db, struct lines *l)
{
	for (size_t i = 0; i < l->n;) {
		struct quarantine_judge judge ZD_CLEANUP(quarantine_judge_drop) = { .dept = 0 };
		int64_t dept = l->v[i].group.dept;
		ZD_TRY(quarantine_judge_open(cx, db, dept, &judge));
		for (; i < l->n && l->v[i].group.dept == dept; i++) {
			struct quarantine_line *line = &l->v[i];
			line->why = quarantine_item_reason(cx->arena, &judge, line->group.item);
			line->item_name = catalog_name_of(&judge.snapshot,
							  catalog_item_number(line->group.item));
		}
	}
	return ZD_OK;
}

struct zd_str
quarantine_months(struct zd_arena *arena, int64_t first, int64_t last)
{
	if (!first && !last)
		return ZD_STR("—");
	if (first == last)
		return zd_str_printf(arena, "%04d-%02d", (int)(last / 100), (int)(last % 100));
	return zd_str_printf(arena, "%04d-%02d 至 %04d-%02d", (int)(first / 100),
			     (int)(first % 100), (int)(last / 100), (int)(last % 100));
}

static bool
may_release(const struct zd_cx *cx)
{
	return (cx->actor.roles & TRUST_DATA_OFFICER) != 0;
}

/* How many of a standard could go now; several items of one record may still hold it. */
static int64_t
ready_of(const struct lines *l, struct zd_str standard)
{
	int64_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (!l->v[i].why.p && zd_str_equal(l->v[i].group.standard, standard))
			n += l->v[i].group.n;
	return n;
}

static struct page_action
release_action(struct zd_cx *cx, const struct standard *std, int64_t ready)
{
	return (struct page_action){
		.title = zd_str_printf(cx->arena, "放行%.*s", ZD_STR_ARG(std->title)),
		.href = zd_str_printf(cx->arena, "/desk/quarantine/%.*s/release",
				      ZD_STR_ARG(std->name)),
		.icon = "check",
		.primary = true,
		.post = true,
		.confirm = zd_str_printf(cx->arena,
					 "逐条按今天的清单重新核对："
					 "所引事项都在用且本部门已认领、实施清单有效的转为正式记录"
					 "(约 %" PRId64
					 " 条),其余继续留在这里。放行逐批留痕，不能撤回。",
					 ready),
		.off = ready ? (struct zd_str){ 0 } : ZD_STR("还没有可以放行的：先认领所引的事项"),
	};
}

static void
put_city(struct zd_cx *cx, struct zd_out *out, const struct catalog_city *city, int64_t total)
{
	bool set = city->first_day > 0; /* a city begins without one: day 0 */
	struct zd_str day = set ? zd_day_format(cx->arena, city->first_day) : (struct zd_str){ 0 };
	struct page_stat stats[] = {
		{ .label = ZD_STR("待放行"),
		  .n = total,
		  .unit = ZD_STR("条"),
		  .tone = total ? PAGE_WARN : PAGE_GOOD },
		{ .label = ZD_STR("首日"),
		  .text = day.n ? day : ZD_STR("未设定"),
		  .note = ZD_STR("这一天起，清单之外的行为一律退回") },
		{ .label = ZD_STR("首日前的历史"),
		  .text = city->quarantine_open ? ZD_STR("接收中") : ZD_STR("已停止接收"),
		  .tone = city->quarantine_open ? PAGE_INFO : PAGE_PLAIN,
		  .note = city->quarantine_open ? ZD_STR("清单之外的先放在这里")
						: ZD_STR("清单之外的一律退回") },
	};

	page_stats(out, stats, ZD_COUNT(stats));
}

static size_t
fill_actions(struct zd_cx *cx, const struct http_request *req, const struct lines *l,
	     struct page_action *actions, size_t max)
{
	const struct app *app = req->app;
	size_t n = 0;

	if (cx->actor.roles & TRUST_PLATFORM)
		actions[n++] = (struct page_action){ .title = ZD_STR("设定首日"),
						     .href = ZD_STR("/desk/quarantine/city"),
						     .icon = "calendar" };
	for (size_t i = 0; may_release(cx) && i < standard_count(app->standards) && n + 1 < max;
	     i++) {
		const struct standard *std = standard_at(app->standards, i);
		bool waits = false;
		for (size_t k = 0; k < l->n; k++)
			waits |= zd_str_equal(l->v[k].group.standard, std->name);
		if (waits)
			actions[n++] = release_action(cx, std, ready_of(l, std->name));
	}
	actions[n] = (struct page_action){ .title = { 0 } };
	return n;
}

static enum zd_rc
show_board(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_empty none = {
		.icon = "circle-check",
		.title = ZD_LIT("没有待放行的历史数据"),
		.text = ZD_LIT(
			"首日以前、在清单之外的监管行为会先放在这里，等部门认领事项后成批放行。"),
	};
	struct lines lines = { .req = req };
	struct page_action actions[8];
	struct catalog_city city;

	ZD_TRY(catalog_app_city(cx, req->db, &city));
	ZD_TRY(quarantine_app_groups(cx, req->db, trust_scope(&cx->actor), take_group, &lines));
	ZD_TRY(judge_lines(cx, req->db, &lines));
	(void)fill_actions(cx, req, &lines, actions, ZD_COUNT(actions));
	const struct page page = {
		.title = ZD_STR("首日历史"),
		.lead = ZD_STR("首日以前的监管行为，当时还没有认领事项；认领后由本部门成批放行，"
			       "成为正式记录。"),
		.nav = "quarantine",
		.actions = actions,
	};
	const struct quarantine_board board = { .req = req,
						.arena = cx->arena,
						.lines = lines.v,
						.n = lines.n,
						.all = ingest_sees_all(cx),
						.releases = may_release(cx) };
	page_begin(cx, req, rep, &page);
	put_city(cx, &rep->out, &city, lines.total);
	if (lines.n)
		quarantine_board_html(&rep->out, &board);
	else
		page_empty(&rep->out, &none);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- the records of a standard ----------------------------------------------------------------- */

struct held_params {
	struct zd_str standard, ref;
};
#define STANDARD                                                                                   \
	HTTP_PARAM_TEXT(struct held_params, standard, .about = "数据标准", .min = 1, .max = 60)
static const struct http_param list_params[] = { STANDARD, { .name = NULL } };
static const struct http_param one_params[] = {
	STANDARD,
	HTTP_PARAM_TEXT(struct held_params, ref, .about = "部门和记录的编号，如 7-123", .min = 1,
			.max = 40),
	{ .name = NULL },
};

/* Only actions wait. */
static enum zd_rc
held_standard(struct zd_cx *cx, const struct http_request *req, const struct standard **ret)
{
	const struct held_params *p = req->params;

	ZD_TRY(ingest_web_standard(cx, req, p->standard, ret));
	if ((*ret)->kind != STANDARD_ACTION)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "只有监管行为有首日历史");
	return ZD_OK;
}

/* An item by code and name; the list's arg is the catalogue. */
static struct zd_str
item_words(struct zd_cx *cx, struct zd_str value, void *arg)
{
	struct zd_str name = catalog_name_of(arg, catalog_item_number(value));

	return name.n ? zd_str_printf(cx->arena, "%.*s %.*s", ZD_STR_ARG(value), ZD_STR_ARG(name))
		      : value;
}

static enum zd_rc
list_held(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_crumb crumbs[] = {
		{ ZD_LIT("首日历史"), ZD_LIT("/desk/quarantine") }, { { 0 }, { 0 } }
	};
	const struct page_choice *depts = view_dept_choices(cx, req->db);
	struct quarantine_judge judge ZD_CLEANUP(quarantine_judge_drop) = { .dept = 0 };
	const struct standard *std;

	ZD_TRY(held_standard(cx, req, &std));
	ZD_TRY(quarantine_judge_open(cx, req->db, cx->actor.dept, &judge));
	const struct page_column columns[] = {
		{ .name = "key", .as = PAGE_AS_CODE, .strong = true },
		{ .name = "item", .text = item_words },
		{ .name = "dept",
		  .as = PAGE_AS_NAME,
		  .choices = depts,
		  .extra = !ingest_sees_all(cx) },
		{ .name = "row", .as = PAGE_AS_NUMBER, .extra = true },
		{ .name = "updated_at", .as = PAGE_AS_TIME, .extra = true },
		{ 0 },
	};
	const struct page_filter of_all[] = { { .name = "dept", .choices = depts },
					      { .name = "item", .hint = "事项编码" },
					      { 0 } };
	const struct page_filter of_one[] = { { .name = "dept", .choices = depts, .extra = true },
					      { .name = "item", .hint = "事项编码" },
					      { 0 } };
	const struct page_list list = {
		.page = { .title = zd_str_printf(cx->arena, "待放行的%.*s", ZD_STR_ARG(std->title)),
			  .lead = ZD_STR("点编号，看这一条为什么还不能放行。"),
			  .nav = "quarantine",
			  .crumbs = crumbs },
		.list = quarantine_list(std),
		.row_href = zd_str_printf(cx->arena, "/desk/quarantine/%.*s/{dept}-{id}",
					  ZD_STR_ARG(std->name))
				    .p,
		.columns = columns,
		.filters = ingest_sees_all(cx) ? of_all : of_one,
		.arg = &judge.snapshot,
		.empty = { .icon = "circle-check",
			   .title = ZD_STR("没有待放行的记录"),
			   .text = ZD_STR("这一类历史数据已经全部放行，或没有报送过。"),
			   .action = ZD_STR("回到首日历史"),
			   .href = ZD_STR("/desk/quarantine") },
	};
	return page_list(cx, req, rep, &list);
}

static enum zd_rc
find_held(struct zd_cx *cx, struct http_request *req, const struct standard *std,
	  struct record *ret)
{
	const struct held_params *p = req->params;
	int64_t dept, id;

	if (!view_ref_parse(p->ref, &dept, &id))
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这条记录");
	ZD_TRY(trust_check_sees(cx, dept));
	enum zd_rc rc = record_find(cx, req->db, std, dept, id, ret);
	return rc == ZD_NOT_FOUND ? zd_fail(cx, rc, NULL, "没有这条记录") : rc;
}

static enum zd_rc
show_held(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct quarantine_judge judge ZD_CLEANUP(quarantine_judge_drop) = { .dept = 0 };
	const struct standard *std;
	struct record record;

	ZD_TRY(held_standard(cx, req, &std));
	ZD_TRY(find_held(cx, req, std, &record));
	ZD_TRY(quarantine_judge_open(cx, req->db, record.dept, &judge));
	struct zd_str why = quarantine_reason(cx->arena, &judge, std, &record);
	const struct page_crumb crumbs[] = {
		{ ZD_STR("首日历史"), ZD_STR("/desk/quarantine") },
		{ std->title,
		  zd_str_printf(cx->arena, "/desk/quarantine/%.*s", ZD_STR_ARG(std->name)) },
		{ { 0 }, { 0 } },
	};
	const struct page_action actions[] = {
		{ .title = ZD_STR("记录的来历"),
		  .href = view_href(cx->arena, std, record.dept, record.id),
		  .icon = "history" },
		{ .title = ZD_STR("去清单认领"),
		  .href = ZD_STR("/desk/catalog"),
		  .icon = "list-tree" },
		{ .title = { 0 } },
	};
	const struct page page = {
		.title = trust_mask(cx, std->fields[std->key].data_class, record.key),
		.lead = std->title,
		.nav = "quarantine",
		.crumbs = crumbs,
		.actions = actions,
	};
	page_begin(cx, req, rep, &page);
	if (record.state == RECORD_LIVE)
		page_alert(&rep->out, PAGE_GOOD, ZD_STR("已放行"),
			   ZD_STR("这一条已经是正式记录。"));
	else if (record.state != RECORD_QUARANTINED)
		page_alert(&rep->out, PAGE_PLAIN, ZD_STR("已删除"), (struct zd_str){ 0 });
	else if (why.p)
		page_alert(&rep->out, PAGE_WARN, ZD_STR("还不能放行"),
			   zd_str_printf(cx->arena,
					 "%.*s。认领或更正后，下一次放行会重新核对这一条。",
					 ZD_STR_ARG(why)));
	else
		page_alert(
			&rep->out, PAGE_GOOD, ZD_STR("可以放行"),
			ZD_STR("所引事项都在用且已认领，由本部门数据员在「首日历史」成批放行。"));
	page_card_begin(&rep->out, (struct zd_str){ 0 });
	page_standard_facts(cx, &rep->out, std, record.day, record.v, view_sections(std));
	page_card_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- releasing --------------------------------------------------------------------------------- */

static enum zd_rc
post_release(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	const struct standard *std;
	int64_t job;

	ZD_TRY(held_standard(cx, req, &std));
	ZD_TRY(trust_check_writes(cx, cx->actor.dept));
	ZD_TRY(db_begin(cx, req->db, &txn));
	ZD_TRY(ingest_job_release_in(cx, req->db, cx->actor.dept, std->name, &job));
	rep->location = zd_str_printf(cx->arena, "/desk/quarantine/releases/%" PRId64, job);
	return db_commit(cx, &txn);
}

struct job_params {
	int64_t id;
};
static const struct http_param job_params[] = {
	HTTP_PARAM_INT(struct job_params, id, .about = "放行", .min = 1, .max = INT64_C(1) << 53),
	{ .name = NULL },
};

static enum zd_rc
find_release(struct zd_cx *cx, const struct http_request *req, struct job *ret_job,
	     struct ingest_released *ret)
{
	const struct job_params *p = req->params;

	ZD_TRY(job_find(cx, req->db, trust_scope(&cx->actor), p->id, ret_job));
	return ingest_released_read(cx, ret_job, ret);
}

static bool
is_running(const struct job *job)
{
	return job->state == JOB_WAITING || job->state == JOB_RUNNING;
}

static enum zd_rc
release_progress(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct json_writer w = { .out = &rep->out };
	struct ingest_released released;
	struct job job;

	ZD_TRY(find_release(cx, req, &job, &released));
	json_put_object(&w);
	json_put_member_int(&w, "done", job.progress_done);
	json_put_member_int(&w, "total", job.progress_total);
	json_put_member(&w, "state", is_running(&job) ? ZD_STR("running") : ZD_STR("done"));
	json_put_member(&w, "text", job.note.n ? job.note : ZD_STR("正在排队"));
	json_put_end(&w);
	rep->type = "application/json";
	return ZD_OK;
}

static void
put_release(struct zd_cx *cx, struct zd_out *out, const struct job *job,
	    const struct ingest_released *r)
{
	if (is_running(job)) {
		const struct page_progress progress = {
			.title = ZD_STR("正在逐条核对并放行"),
			.text = job->note.n ? job->note : ZD_STR("正在排队"),
			.done = job->progress_done,
			.href_json = zd_str_printf(cx->arena,
						   "/desk/quarantine/releases/%" PRId64 "/progress",
						   job->id),
			.href_done = zd_str_printf(cx->arena, "/desk/quarantine/releases/%" PRId64,
						   job->id),
		};
		page_card_begin(out, (struct zd_str){ 0 });
		page_progress(out, &progress);
		page_card_end(out);
		return;
	}
	if (r->looked == ZD_NO_INT) {
		page_alert(out, PAGE_BAD, ZD_STR("没有做完"), job->note);
		return;
	}
	const struct page_stat stats[] = {
		{ .label = ZD_STR("核对"), .n = r->looked, .unit = ZD_STR("条") },
		{ .label = ZD_STR("放行"),
		  .n = r->released,
		  .unit = ZD_STR("条"),
		  .tone = PAGE_GOOD },
		{ .label = ZD_STR("继续等待"),
		  .n = r->looked - r->released,
		  .unit = ZD_STR("条"),
		  .tone = r->looked > r->released ? PAGE_WARN : PAGE_PLAIN,
		  .href = r->looked > r->released
				  ? zd_str_printf(cx->arena, "/desk/quarantine/%.*s",
						  ZD_STR_ARG(r->standard))
				  : (struct zd_str){ 0 } },
	};
	page_stats(out, stats, ZD_COUNT(stats));
}

static enum zd_rc
show_release(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_crumb crumbs[] = {
		{ ZD_LIT("首日历史"), ZD_LIT("/desk/quarantine") }, { { 0 }, { 0 } }
	};
	struct ingest_released released;
	struct job job;

	ZD_TRY(find_release(cx, req, &job, &released));
	const struct page page = {
		.title = zd_str_printf(cx->arena, "放行%.*s",
				       ZD_STR_ARG(ingest_standard_title(req, released.standard))),
		.nav = "quarantine",
		.crumbs = crumbs,
		.refresh = is_running(&job),
	};
	page_begin(cx, req, rep, &page);
	put_release(cx, &rep->out, &job, &released);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- the first day ----------------------------------------------------------------------------- */

struct city_params {
	int32_t first_day;
	bool open;
	int64_t revision;
	struct zd_str done;
};
static const struct http_param city_form_params[] = {
	HTTP_PARAM_TEXT(struct city_params, done, .about = "刚刚完成的操作", .max = 20),
	{ .name = NULL },
};
static const struct http_param city_params[] = {
	HTTP_PARAM_DAY(struct city_params, first_day, .about = "首日"),
	HTTP_PARAM_BOOL(struct city_params, open, .about = "接收首日前的历史"),
	HTTP_PARAM_INT(struct city_params, revision, .about = "清单的修订号",
		       .max = INT64_C(1) << 53),
	{ .name = NULL },
};

static enum zd_rc
draw_city(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	  const struct catalog_city *city, enum zd_rc rc, struct zd_str notice)
{
	static const struct page_crumb crumbs[] = {
		{ ZD_LIT("首日历史"), ZD_LIT("/desk/quarantine") }, { { 0 }, { 0 } }
	};
	struct page_field fields[] = {
		{ .input = PAGE_INPUT_DAY,
		  .name = ZD_STR("first_day"),
		  .label = ZD_STR("首日"),
		  .value = city->first_day > 0 ? zd_day_format(cx->arena, city->first_day)
					       : (struct zd_str){ 0 },
		  .hint = ZD_STR("全市各部门完成认领、开始按清单监管的第一天；不能晚于今天"),
		  .required = true,
		  .narrow = true },
		{ .input = PAGE_INPUT_CHECK,
		  .name = ZD_STR("open"),
		  .label = ZD_STR("接收首日以前的历史数据"),
		  .value = city->quarantine_open ? ZD_STR("1") : ZD_STR(""),
		  .hint = ZD_STR("接收时，首日以前、清单之外的行为先放在「首日历史」等待放行；"
				 "停止后一律退回") },
		{ .input = PAGE_INPUT_HIDDEN,
		  .name = ZD_STR("revision"),
		  .value = zd_str_printf(cx->arena, "%" PRId64, city->revision) },
	};
	struct page_form form = {
		.action = ZD_STR("/desk/quarantine/city"),
		.submit = ZD_STR("保存"),
		.cancel = ZD_STR("/desk/quarantine"),
		.fields = fields,
		.n_fields = ZD_COUNT(fields),
		.consequence = ZD_STR(
			"保存后对全市各部门立即生效：首日起的行为，事项不在清单或未认领的一律退回，"
			"没有例外。已经入库和已经在等待的记录不变。变更留痕。"),
	};
	const struct page page = {
		.title = ZD_STR("设定首日"), .nav = "quarantine", .crumbs = crumbs, .notice = notice
	};

	if (rc != ZD_OK) {
		page_form_fail(cx, &form, fields, ZD_COUNT(fields));
		rep->status = zd_rc_meaning(rc)->http_status;
	}
	page_begin(cx, req, rep, &page);
	page_form(&rep->out, req, &form);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
show_city(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct city_params *p = req->params;
	struct catalog_city city;

	ZD_TRY(catalog_app_city(cx, req->db, &city));
	return draw_city(cx, req, rep, &city, ZD_OK,
			 p->done.n ? ZD_STR("首日已保存，对全市立即生效。") : (struct zd_str){ 0 });
}

static enum zd_rc
post_city(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct city_params *p = req->params;
	const struct catalog_city city = { .first_day = p->first_day,
					   .quarantine_open = p->open,
					   .revision = p->revision };
	enum zd_rc rc = quarantine_app_set_city(cx, req->db, &city);

	if (rc == ZD_INVALID || rc == ZD_CONFLICT) {
		struct catalog_city now;
		struct zd_err why = cx->err;
		ZD_TRY(catalog_app_city(cx, req->db, &now));
		cx->err = why;
		now.first_day = p->first_day;
		now.quarantine_open = p->open;
		return draw_city(cx, req, rep, &now, rc, (struct zd_str){ 0 });
	}
	ZD_TRY(rc);
	rep->location = ZD_STR("/desk/quarantine/city?done=1");
	return ZD_OK;
}

/* --- routes -------------------------------------------------------------------------------------- */

#define POLICY(roles_)                                                                             \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = (roles_)                                            \
	}
#define SEEN_BY POLICY(TRUST_DATA_OFFICER | TRUST_DEPT_HEAD | TRUST_PLATFORM)
#define WITH(params_, type_) .params = (params_), .params_size = sizeof(type_)

const struct http_route quarantine_routes[] = {
	{ HTTP_GET, "/desk/quarantine", "首日以前的历史数据，按事项", SEEN_BY, show_board },
	{ HTTP_GET, "/desk/quarantine/city", "首日的设定", POLICY(TRUST_PLATFORM), show_city,
	  WITH(city_form_params, struct city_params) },
	{ HTTP_POST, "/desk/quarantine/city", "设定首日，开放或停止接收历史数据",
	  POLICY(TRUST_PLATFORM), post_city, HTTP_FORM, WITH(city_params, struct city_params) },
	{ HTTP_GET, "/desk/quarantine/releases/{id}", "一次放行", SEEN_BY, show_release,
	  WITH(job_params, struct job_params) },
	{ HTTP_GET, "/desk/quarantine/releases/{id}/progress", "放行的进度", SEEN_BY,
	  release_progress, WITH(job_params, struct job_params) },
	{ HTTP_GET, "/desk/quarantine/{standard}", "待放行的记录", SEEN_BY, list_held,
	  WITH(list_params, struct held_params), .lax_query = true },
	{ HTTP_GET, "/desk/quarantine/{standard}/{ref}", "一条待放行的记录，和它为什么等待",
	  SEEN_BY, show_held, WITH(one_params, struct held_params) },
	{ HTTP_POST, "/desk/quarantine/{standard}/release", "放行本部门的历史数据",
	  POLICY(TRUST_DATA_OFFICER), post_release, HTTP_FORM,
	  WITH(list_params, struct held_params) },
	{ .method = HTTP_END },
};
