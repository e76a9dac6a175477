/* The library of enforcement officers 执法人员: who may inspect, and until when. */
#include "officer/officer_web.h"

#include "view/view_web.h"

static const struct db_column columns[] = {
	{ "name", "姓名", "r.officer_name", DB_TEXT, .data_class = 2 },
	{ "certificate", "执法证号", "r.source_key", DB_TEXT },
	{ "dept_name", "部门", "d.name", DB_TEXT },
	{ "organ", "所属主体", "r.organ_name", DB_TEXT },
	{ "nature", "人员性质", "r.officer_nature", DB_TEXT },
	{ "area", "执法区域", "r.enforce_area", DB_TEXT },
	{ "category", "执法类别", "r.enforce_category", DB_TEXT },
	{ "until", "证件有效期至", "r.certificate_valid_until", DB_TEXT },
	{ "dept", "部门编号", "r.dept_id", DB_INT, .hidden = true },
	{ 0 },
};
static const struct db_filter filters[] = {
	{ "name", "姓名", "r.officer_name", DB_TEXT, DB_PREFIX },
	{ "certificate", "执法证号", "r.source_key", DB_TEXT, DB_PREFIX },
	{ "dept", "部门", "r.dept_id", DB_INT, DB_EQ },
	{ "nature", "人员性质", "r.officer_nature", DB_TEXT, DB_EQ },
	{ "from", "证件有效期起", "r.certificate_valid_until", DB_TEXT, DB_GE },
	{ "until", "证件有效期止", "r.certificate_valid_until", DB_TEXT, DB_LE },
	{ 0 },
};
static const struct db_sort sorts[] = {
	{ "newest", "新登记在前", "r.id", DB_INT, true, false, "officer_record_id" },
	{ "until", "先到期在前", "r.certificate_valid_until", DB_TEXT, false, true,
	  "officer_record_until" },
	{ "name", "按姓名", "r.officer_name", DB_TEXT, false, true, "officer_record_name" },
	{ 0 },
};
/* A city's officers are a few thousand: small. */
const struct db_list officer_list = {
	.name = "officers",
	.from = "officer_record r left join department d on d.id = r.dept_id",
	.where = "r.state = 1",
	.id = "r.id",
	.scope = "r.dept_id",
	.columns = columns,
	.filters = filters,
	.sorts = sorts,
};

/* Within how many days a certificate is said to expire soon. */
#define SOON 60

struct view {
	struct zd_str today, soon;
	const char *active;
};

/* 全部, 60 天内到期, 已过期: links that set the filters. */
static void
put_tabs(struct zd_cx *cx, const struct http_request *req, struct zd_out *out, void *arg)
{
	const struct view *v = arg;
	const struct page_tab tabs[] = {
		{ "all", ZD_STR("全部"), ZD_STR("/desk/officers"), ZD_NO_INT },
		{ "soon", ZD_STR("60 天内到期"),
		  zd_str_printf(cx->arena, "/desk/officers?from=%.*s&until=%.*s&sort=until",
				ZD_STR_ARG(v->today), ZD_STR_ARG(v->soon)),
		  ZD_NO_INT },
		{ "past", ZD_STR("已过期"),
		  zd_str_printf(cx->arena, "/desk/officers?until=%.*s&sort=until",
				ZD_STR_ARG(zd_day_format(cx->arena, cx->today - 1))),
		  ZD_NO_INT },
	};

	(void)req;
	page_tabs(out, tabs, ZD_COUNT(tabs), v->active);
}

static const char *
active_tab(struct zd_cx *cx, const struct http_request *req)
{
	bool from = http_query(cx, req, "from").n > 0, until = http_query(cx, req, "until").n > 0;

	return until ? from ? "soon" : "past" : "all";
}

static const struct page_action *
actions_of(const struct zd_cx *cx)
{
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("新增"),
		  .href = ZD_LIT("/desk/records/officer/new"),
		  .icon = "plus" },
		{ .title = ZD_LIT("批量导入"),
		  .href = ZD_LIT("/desk/ingest?standard=officer"),
		  .icon = "upload" },
		{ .title = { 0 } },
	};

	return cx->actor.roles & TRUST_DATA_OFFICER ? actions : NULL;
}

static enum zd_rc
show_officers(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *natures = view_choices(cx, req, "officer_nature", cx->today);
	struct view view = { zd_day_format(cx->arena, cx->today),
			     zd_day_format(cx->arena, cx->today + SOON), active_tab(cx, req) };
	bool all = trust_scope(&cx->actor) == ZD_NO_INT;
	const struct page_column shown[] = {
		{ .name = "name", .strong = true },
		{ .name = "certificate", .as = PAGE_AS_CODE },
		{ .name = "dept_name", .extra = !all },
		{ .name = "nature", .as = PAGE_AS_NAME, .choices = natures },
		{ .name = "area", .extra = true, .codes = view_codes(req, "gbt2260") },
		{ .name = "category", .extra = true },
		{ .name = "until", .as = PAGE_AS_DAY },
		{ 0 },
	};
	const struct page_filter asked[] = {
		{ .name = "name", .hint = "姓名前几个字" },
		{ .name = "certificate", .hint = "前几位即可" },
		{ .name = "dept", .choices = view_dept_choices(cx, req->db), .extra = !all },
		{ .name = "nature", .choices = natures, .extra = true },
		{ .name = "from", .hint = "2026-01-01", .extra = true },
		{ .name = "until", .hint = "2026-12-31", .extra = true },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("执法人员"),
			  .lead = ZD_STR("持有效执法证的人员才能实施检查，每次不少于两人"
					 "（行政处罚法第四十二条）。"),
			  .nav = "officers",
			  .actions = actions_of(cx) },
		.list = &officer_list,
		.row_href = "/desk/officers/{dept}-{id}",
		.columns = shown,
		.filters = asked,
		.above = put_tabs,
		.arg = &view,
		.empty = { .icon = "id-badge-2",
			   .title = ZD_STR("还没有执法人员"),
			   .text = ZD_STR(
				   "各部门导入持证人员后列在这里；检查行为里的执法证号据此核对。"),
			   .action = ZD_STR("导入执法人员"),
			   .href = ZD_STR("/desk/ingest?standard=officer") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
show_officer(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return view_show(cx, req, rep, "officer");
}

#define SEES                                                                                       \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_API, false                                      \
	}
#define REF .params = view_ref_params, .params_size = sizeof(struct view_ref)

const struct http_route officer_routes[] = {
	{ HTTP_GET, "/desk/officers", "执法人员列表", SEES, show_officers, .lax_query = true },
	{ HTTP_GET, "/desk/officers/{ref}", "执法人员", SEES, show_officer, REF },
	{ HTTP_GET, "/api/v1/officers", "执法人员列表", SEES, show_officers, .lax_query = true },
	{ HTTP_GET, "/api/v1/officers/{ref}", "执法人员，连同来源和历史", SEES, show_officer, REF },
	{ 0 },
};
