/* 待办: what waits for the person who signed in, the most urgent first; and the figures of the month. */
#include "desk/desk_web.h"

#include "base/app.h"
#include "base/json.h"
#include "catalog/catalog_read_app.h"
#include "desk/desk_search_web.h"
#include "view/view_web.h"

#define DAY_MS INT64_C(86400000)
#define TASKS_MAX 60

/* --- tasks -------------------------------------------------------------------------------------------- */

struct tasks {
	struct page_task task[TASKS_MAX];
	int urgency[TASKS_MAX]; /* small: first */
	size_t n;
};

static void
add(struct tasks *t, int urgency, struct page_task task)
{
	size_t i = t->n;

	if (t->n == TASKS_MAX)
		return;
	for (; i > 0 && t->urgency[i - 1] > urgency; i--) {
		t->task[i] = t->task[i - 1];
		t->urgency[i] = t->urgency[i - 1];
	}
	t->task[i] = task;
	t->urgency[i] = urgency;
	t->n++;
}

/* What it takes to do a task; who may not do it may look. */
static bool
may_do(const struct zd_cx *cx, const struct http_request *req, const char *path)
{
	return page_may(cx, req, HTTP_POST, zd_str_of(path));
}

static struct zd_str
standard_title(const struct http_request *req, struct zd_str name)
{
	const struct app *app = req->app;
	const struct standard *std = standard_find(app->standards, name);

	return std ? std->title : name;
}

static int64_t
days_since(const struct zd_cx *cx, int64_t at)
{
	return cx->today - zd_day_of_time(at);
}

/* Rows sent back: the longer they wait, the nearer the top. */
static void
add_owed(struct zd_cx *cx, const struct http_request *req, struct tasks *t,
	 const struct desk_owed *o, bool city)
{
	struct zd_str title = standard_title(req, o->standard);
	int64_t days = days_since(cx, o->oldest);
	bool repairs = !city && may_do(cx, req, "/desk/ingest");

	add(t, days > 7 ? 0 : 2,
	    (struct page_task){
		    .title = city ? zd_str_printf(cx->arena, "%.*s：%.*s有退回的行没有修正",
						  ZD_STR_ARG(o->name), ZD_STR_ARG(title))
			     : repairs
				     ? zd_str_printf(cx->arena, "修正退回的%.*s", ZD_STR_ARG(title))
				     : zd_str_printf(cx->arena, "%.*s有退回的行没有修正",
						     ZD_STR_ARG(title)),
		    .text = zd_str_printf(cx->arena,
					  "%" PRId64 " 个批次里有 %" PRId64
					  " 行未入库；%s修正后从同一入口重"
					  "报，只报这些行",
					  o->batches, o->rows, repairs ? "" : "由部门数据员"),
		    .clock = days ? zd_str_printf(cx->arena, "最早一批已等 %" PRId64 " 天", days)
				  : ZD_STR("今天退回"),
		    .tone = days > 7 ? PAGE_BAD : PAGE_WARN,
		    .href = zd_str_printf(
			    cx->arena, "/desk/batches?standard=%.*s%s", ZD_STR_ARG(o->standard),
			    city ? zd_str_printf(cx->arena, "&dept=%" PRId64, o->dept).p : ""),
		    .action = repairs ? ZD_STR("去修正") : ZD_STR("查看"),
		    .n = o->rows,
	    });
}

/* The city has many departments: those that wait longest, then one line for the rest. */
#define CITY_MOST 6

static void
add_rest(struct zd_cx *cx, struct tasks *t, const struct desk_waiting *w, size_t from)
{
	int64_t rows = 0;

	for (size_t i = from; i < w->n_owed; i++)
		rows += w->owed[i].rows;
	add(t, 2,
	    (struct page_task){
		    .title = ZD_STR("其余部门退回的行"),
		    .text = zd_str_printf(cx->arena, "还有 %zu 组（部门和数据种类）没有修正完",
					  w->n_owed - from),
		    .tone = PAGE_WARN,
		    .href = ZD_STR("/desk/batches"),
		    .action = ZD_STR("查看全部"),
		    .n = rows,
	    });
}

static void
add_failed(struct zd_cx *cx, const struct http_request *req, struct tasks *t,
	   const struct desk_failed *f, bool city)
{
	struct zd_str title = standard_title(req, f->standard),
		      file = f->file.n ? f->file : ZD_STR("接口报送");

	add(t, 1,
	    (struct page_task){
		    .title = zd_str_printf(cx->arena, "%.*s%s%.*s没有导入：%.*s",
					   ZD_STR_ARG(city ? f->name : ZD_STR("")),
					   city ? " 的" : "", ZD_STR_ARG(title), ZD_STR_ARG(file)),
		    .text = f->error,
		    .clock = page_day_text(cx->arena, zd_day_of_time(f->at)),
		    .tone = PAGE_BAD,
		    .href = zd_str_printf(cx->arena, "/desk/batches/%" PRId64, f->id),
		    .action = ZD_STR("查看原因"),
		    .n = ZD_NO_INT,
	    });
}

static void
add_claims(const struct zd_cx *cx, const struct http_request *req, struct tasks *t, int64_t n)
{
	bool claims = may_do(cx, req, "/desk/catalog/change/claim");

	if (n)
		add(t, 3,
		    (struct page_task){
			    .title = claims ? ZD_STR("认领监管事项") : ZD_STR("有监管事项没有认领"),
			    .text = claims ? ZD_STR("目录里属于本部门而没有认领的事项；"
						    "认领前不能报送这些事项的行为")
					   : ZD_STR("目录里属于本部门而没有认领的事项，"
						    "由部门数据员认领；"
						    "认领前不能报送这些事项的行为"),
			    .clock = ZD_STR("应领尽领"),
			    .tone = PAGE_WARN,
			    .href = ZD_STR("/desk/catalog/claims?claim=0&state=1"),
			    .action = claims ? ZD_STR("去认领") : ZD_STR("查看"),
			    .n = n,
		    });
}

static void
add_officers(struct zd_cx *cx, const struct http_request *req, struct tasks *t,
	     const struct desk_waiting *w)
{
	struct zd_str today = zd_day_format(cx->arena, cx->today),
		      soon = zd_day_format(cx->arena, cx->today + 60),
		      past = zd_day_format(cx->arena, cx->today - 1);
	int32_t first = cx->today;

	if (w->past.n)
		add(t, 4,
		    (struct page_task){
			    .title = ZD_STR("执法证已过期"),
			    .text = ZD_STR(
				    "过期后实施的检查不能入库；换证后更新有效期，离岗的删除"),
			    .tone = PAGE_BAD,
			    .href = zd_str_printf(cx->arena, "/desk/officers?until=%.*s&sort=until",
						  ZD_STR_ARG(past)),
			    .action = may_do(cx, req, "/desk/records/officer/new")
					      ? ZD_STR("去更新")
					      : ZD_STR("查看"),
			    .n = w->past.n,
		    });
	if (!w->soon.n)
		return;
	(void)!zd_day_parse(w->soon.first, &first);
	add(t, first - cx->today < 14 ? 3 : 5,
	    (struct page_task){
		    .title = ZD_STR("执法证将在 60 天内到期"),
		    .text = ZD_STR("请提前换证并更新有效期"),
		    .clock = zd_str_printf(cx->arena, "最早的还剩 %d 天", first - cx->today),
		    .tone = first - cx->today < 14 ? PAGE_WARN : PAGE_INFO,
		    .href = zd_str_printf(cx->arena,
					  "/desk/officers?from=%.*s&until=%.*s&sort=until",
					  ZD_STR_ARG(today), ZD_STR_ARG(soon)),
		    .action = ZD_STR("查看"),
		    .n = w->soon.n,
	    });
}

static void
add_held_of(struct zd_cx *cx, const struct http_request *req, struct tasks *t,
	    const struct action_kind_name *kind, int64_t n)
{
	bool releases = may_do(
		cx, req, zd_str_printf(cx->arena, "/desk/records/%s/release", kind->standard).p);

	add(t, 6,
	    (struct page_task){
		    .title = releases ? zd_str_printf(cx->arena, "放行历史%s", kind->title)
				      : zd_str_printf(cx->arena, "历史%s没有放行", kind->title),
		    .text = zd_str_printf(cx->arena,
					  "首日以前的记录在隔离区；认领事项后%s核对放行，才"
					  "计入统计",
					  releases ? "" : "由部门数据员"),
		    .tone = PAGE_INFO,
		    .href = zd_str_printf(cx->arena, "/desk/actions/%s/held", kind->word),
		    .action = releases ? ZD_STR("去放行") : ZD_STR("查看"),
		    .n = n,
	    });
}

static void
add_held(struct zd_cx *cx, const struct http_request *req, struct tasks *t,
	 const struct desk_waiting *w)
{
	for (int k = 0; k < ACTION_KINDS; k++)
		if (w->held[k])
			add_held_of(cx, req, t, &action_kinds[k], w->held[k]);
}

static void
fill_tasks(struct zd_cx *cx, const struct http_request *req, const struct desk_waiting *w,
	   struct tasks *t)
{
	bool city = trust_scope(&cx->actor) == ZD_NO_INT;

	size_t most = city && w->n_owed > CITY_MOST ? CITY_MOST : w->n_owed;

	for (size_t i = 0; i < most; i++)
		add_owed(cx, req, t, &w->owed[i], city);
	if (most < w->n_owed)
		add_rest(cx, t, w, most);
	for (size_t i = 0; i < w->n_failed; i++)
		add_failed(cx, req, t, &w->failed[i], city);
	add_claims(cx, req, t, w->unclaimed);
	add_officers(cx, req, t, w);
	add_held(cx, req, t, w);
}

/* --- figures -------------------------------------------------------------------------------------------- */

static void
put_figures(struct zd_cx *cx, struct zd_out *out, const struct desk_figures *f)
{
	struct page_stat stats[ACTION_KINDS];
	int32_t first = desk_first_of_month(cx->today);
	struct zd_str from = zd_day_format(cx->arena, first);

	for (int k = 0; k < ACTION_KINDS; k++)
		stats[k] = (struct page_stat){
			.label = zd_str_printf(cx->arena, "本月%s", action_kinds[k].title),
			.href = zd_str_printf(cx->arena, "/desk/actions/%s?from=%.*s",
					      action_kinds[k].word, ZD_STR_ARG(from)),
			.n = f->now[k],
			.unit = ZD_STR("条"),
			.note = zd_str_printf(cx->arena, "上月全月 %" PRId64 " 条", f->then[k]),
		};
	page_stats(out, stats, ZD_COUNT(stats));
}

static enum zd_rc
put_by_dept(struct zd_cx *cx, struct http_request *req, struct zd_out *out)
{
	int32_t first = desk_first_of_month(cx->today);
	struct zd_str from = zd_day_format(cx->arena, first);
	struct desk_month *months;
	size_t n;

	ZD_TRY(desk_app_by_dept(cx, req->db, zd_day_month(cx->today), &months, &n));
	n = n > 12 ? 12 : n;
	struct page_bar *bars = zd_new_array(cx->arena, struct page_bar, n + 1);
	for (size_t i = 0; i < n; i++) {
		ZD_TRY(view_app_dept_name(cx, req->db, months[i].dept, &bars[i].label));
		bars[i].n = months[i].n;
		bars[i].href =
			zd_str_printf(cx->arena, "/desk/actions/check?dept=%" PRId64 "&from=%.*s",
				      months[i].dept, ZD_STR_ARG(from));
	}
	page_card_begin(out, ZD_STR("本月行为最多的部门"));
	if (n)
		page_bars(out, bars, n);
	else
		zd_out_write(out, ZD_STR("<p class=\"text-secondary\">本月还没有行为。</p>"));
	page_card_end(out);
	return ZD_OK;
}

static enum zd_rc
put_silent(struct zd_cx *cx, struct http_request *req, struct zd_out *out)
{
	struct desk_silent *silent;
	size_t n, shown;

	ZD_TRY(desk_app_silent(cx, req->db, &silent, &n));
	shown = n > 20 ? 20 : n;
	struct page_fact *facts = zd_new_array(cx->arena, struct page_fact, shown + 1);
	for (size_t i = 0; i < shown; i++) {
		struct zd_str last =
			silent[i].last == ZD_NO_INT
				? ZD_STR("从未报送")
				: page_day_text(cx->arena, zd_day_of_time(silent[i].last));
		facts[i] = (struct page_fact){
			.label = silent[i].name,
			.value = last,
			.href = zd_str_printf(cx->arena, "/desk/batches?dept=%" PRId64,
					      silent[i].dept),
		};
	}
	page_card_begin(
		out, zd_str_printf(cx->arena, "本月没有报送的部门（%zu 个，后为最近一次报送）", n));
	if (n)
		page_facts(out, facts, shown);
	else
		zd_out_write(out, ZD_STR("<p class=\"text-secondary\">各部门本月都有报送。</p>"));
	page_card_end(out);
	return ZD_OK;
}

/* --- home ------------------------------------------------------------------------------------------------- */

static void
put_tasks(struct zd_out *out, const struct tasks *t)
{
	static const struct page_empty done = {
		.icon = "check",
		.title = ZD_LIT("没有待办"),
		.text = ZD_LIT("退回的行、未认领的事项、将到期的执法证和待放行的历史数据会出现在这"
			       "里，最急的在最"
			       "上面。"),
	};

	if (t->n)
		page_tasks(out, t->task, t->n);
	else
		page_empty(out, &done);
}

static enum zd_rc
put_home(struct zd_cx *cx, struct http_request *req, struct zd_out *out, const struct tasks *t)
{
	struct desk_figures figures;
	bool leader = (cx->actor.roles & TRUST_LEADER) != 0;

	ZD_TRY(desk_app_figures(cx, req->db, &figures));
	if (leader)
		put_figures(cx, out, &figures);
	else
		put_tasks(out, t);
	if (!leader)
		put_figures(cx, out, &figures);
	if (cx->actor.roles & TRUST_CITY)
		ZD_TRY(put_by_dept(cx, req, out));
	if (cx->actor.roles & TRUST_PLATFORM)
		ZD_TRY(put_silent(cx, req, out));
	return ZD_OK;
}

static void
put_json(struct zd_out *out, const struct tasks *t)
{
	struct json_writer w = { .out = out };

	json_put_object(&w);
	json_put_name(&w, "tasks");
	json_put_array(&w);
	for (size_t i = 0; i < t->n; i++) {
		json_put_object(&w);
		json_put_member(&w, "title", t->task[i].title);
		json_put_member(&w, "text", t->task[i].text);
		json_put_member(&w, "clock", t->task[i].clock);
		json_put_member_int(&w, "n", t->task[i].n);
		json_put_member(&w, "href", t->task[i].href);
		json_put_end(&w);
	}
	json_put_end(&w);
	json_put_end(&w);
}

static enum zd_rc
show_home(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	bool business = (cx->actor.roles & (TRUST_BUSINESS | TRUST_API)) != 0;
	struct tasks *t = zd_new(cx->arena, struct tasks);
	struct zd_str today = page_day_text(cx->arena, cx->today);
	struct desk_waiting w;

	ZD_TRY(desk_app_waiting(cx, req->db, &w));
	int64_t waiting = desk_waiting_count(&w);
	fill_tasks(cx, req, &w, t);
	if (req->wants_json) {
		put_json(&rep->out, t);
		return ZD_OK;
	}
	const struct page page = {
		.title = cx->actor.roles & TRUST_LEADER ? ZD_STR("全市监管概况") : ZD_STR("待办"),
		.lead = business ? zd_str_printf(cx->arena, "%.*s · 最急的在最上面",
						 ZD_STR_ARG(today))
				 : today,
		.nav = "home",
		.waiting = business ? &waiting : NULL,
	};
	page_begin(cx, req, rep, &page);
	if (business)
		ZD_TRY(put_home(cx, req, &rep->out, t));
	else
		desk_links_html(&rep->out, cx->actor.roles);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- for the frame ------------------------------------------------------------------------------------------ */

/* A failed look-up only leaves the figure out. */
int64_t
desk_waiting_for(struct zd_cx *cx, const struct http_request *req)
{
	struct zd_cx aside = *cx;
	struct desk_waiting w;

	if (!req->db || !(cx->actor.roles & TRUST_BUSINESS) ||
	    desk_app_waiting(&aside, req->db, &w) != ZD_OK)
		return ZD_NO_INT;
	return desk_waiting_count(&w);
}

#define ALL                                                                                        \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_ADMINS, false                                   \
	}
#define SEES                                                                                       \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_API, false                                      \
	}

#define ANYONE                                                                                     \
	{                                                                                          \
		.access = HTTP_PUBLIC                                                              \
	}

/* The city's address alone leads to work. */
static enum zd_rc
go_desk(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx;
	(void)req;
	rep->location = ZD_STR("/desk");
	return ZD_OK;
}

const struct http_route desk_routes[] = {
	{ HTTP_GET, "/", "首页：去工作门户", ANYONE, go_desk },
	{ HTTP_GET, "/desk", "待办", ALL, show_home },
	{ HTTP_GET, "/api/v1/tasks", "待办，最急的在前", SEES, show_home },
	{ HTTP_GET, "/desk/search", "搜索全部资料", SEES, desk_search, .params = desk_search_params,
	  .params_size = sizeof(struct desk_search) },
	{ HTTP_GET, "/api/v1/search", "搜索全部资料，每类至多十条", SEES, desk_search,
	  .params = desk_search_params, .params_size = sizeof(struct desk_search) },
	{ 0 },
};
