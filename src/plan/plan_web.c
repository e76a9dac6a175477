/* The library of random inspection 双随机: plans, and the subjects that were drawn. */
#include "plan/plan_web.h"

#include "view/view_web.h"

/* --- the lists --------------------------------------------------------------------------- */

static const struct db_column plan_columns[] = {
	{ "name", "计划名称", "r.plan_name", DB_TEXT },
	{ "plan", "计划标识", "r.source_key", DB_TEXT },
	{ "type", "计划类型", "r.plan_type", DB_TEXT },
	{ "year", "年度", "r.plan_year", DB_TEXT },
	{ "dept_name", "报送部门", "d.name", DB_TEXT },
	{ "organ", "监管部门", "r.department_code", DB_TEXT },
	{ "area_name", "地区", "r.area_name", DB_TEXT },
	{ "area", "地区编码", "r.area_number", DB_TEXT },
	{ "proportion", "抽查比例", "r.check_proportion", DB_TEXT },
	{ "uscc", "监管部门信用代码", "r.uscc", DB_TEXT },
	{ "received", "入库时间", "r.created_at", DB_TIME },
	{ "dept", "部门编号", "r.dept_id", DB_INT, .hidden = true },
	{ 0 },
};
static const struct db_filter plan_filters[] = {
	{ "name", "计划名称", "r.plan_name", DB_TEXT, DB_CONTAINS },
	{ "year", "年度", "r.plan_year", DB_TEXT, DB_EQ },
	{ "type", "计划类型", "r.plan_type", DB_TEXT, DB_EQ },
	{ "plan", "计划标识", "r.source_key", DB_TEXT, DB_EQ },
	{ "organ", "监管部门", "r.department_code", DB_TEXT, DB_EQ },
	{ "area", "地区编码", "r.area_number", DB_TEXT, DB_PREFIX },
	{ "dept", "报送部门", "r.dept_id", DB_INT, DB_EQ },
	{ 0 },
};
static const struct db_sort plan_sorts[] = {
	{ "year", "新年度在前", "r.plan_year", DB_TEXT, true, true },
	{ "newest", "新入库在前", "r.id", DB_INT, true, false, "plan_random_id" },
	{ "name", "按名称", "r.plan_name", DB_TEXT, false, true, "plan_random_name" },
	{ "plan", "按计划标识", "r.source_key", DB_TEXT },
	{ 0 },
};
/* A city's plans are a few hundred a year: small. */
const struct db_list plan_list = {
	.name = "plans",
	.from = "plan_random r left join department d on d.id = r.dept_id",
	.where = "r.state = 1",
	.id = "r.id",
	.scope = "r.dept_id",
	.columns = plan_columns,
	.filters = plan_filters,
	.sorts = plan_sorts,
};

static const struct db_column sample_columns[] = {
	{ "name", "抽查对象", "r.object_name", DB_TEXT },
	{ "uscc", "统一社会信用代码", "r.uscc", DB_TEXT },
	{ "plan_name", "所属计划", "p.plan_name", DB_TEXT },
	{ "plan", "计划标识", "r.plan_id", DB_TEXT },
	{ "year", "年度", "p.plan_year", DB_TEXT },
	{ "type", "计划类型", "p.plan_type", DB_TEXT },
	{ "dept_name", "报送部门", "d.name", DB_TEXT },
	{ "object", "对象标识", "r.object_id", DB_TEXT },
	{ "key", "源端主键", "r.source_key", DB_TEXT },
	{ "received", "入库时间", "r.created_at", DB_TIME },
	{ "dept", "部门编号", "r.dept_id", DB_INT, .hidden = true },
	{ "plan_record", "计划编号", "p.id", DB_INT, .hidden = true },
	{ 0 },
};
static const struct db_filter sample_filters[] = {
	{ "name", "对象名称", "r.object_name", DB_TEXT, DB_PREFIX },
	{ "uscc", "信用代码", "r.uscc", DB_TEXT, DB_PREFIX },
	{ "plan", "计划标识", "r.plan_id", DB_TEXT, DB_EQ },
	{ "key", "源端主键", "r.source_key", DB_TEXT, DB_PREFIX },
	{ "dept", "报送部门", "r.dept_id", DB_INT, DB_EQ },
	{ 0 },
};
static const struct db_sort sample_sorts[] = {
	{ "newest", "新入库在前", "r.id", DB_INT, true, false, "plan_random_sample_id" },
	{ "name", "按对象名称", "r.object_name", DB_TEXT, .index = "plan_random_sample_name" },
	{ "plan", "按计划标识", "r.plan_id", DB_TEXT, .index = "plan_random_sample_plan" },
	{ "uscc", "按信用代码", "r.uscc", DB_TEXT, .index = "plan_random_sample_uscc" },
	{ 0 },
};
const struct db_list plan_sample_list = {
	.name = "plan_samples",
	.from = "plan_random_sample r left join department d on d.id = r.dept_id"
		" left join plan_random p on p.dept_id = r.dept_id and p.source_key = r.plan_id"
		" and p.state = 1",
	.where = "r.state = 1",
	.id = "r.id",
	.scope = "r.dept_id",
	.columns = sample_columns,
	.filters = sample_filters,
	.sorts = sample_sorts,
	.large = "r",
};

/* --- the pages of the lists -------------------------------------------------------------- */

static const struct page_action plan_actions[] = {
	{ .title = ZD_LIT("新增"),
	  .href = ZD_LIT("/desk/records/random_plan/new"),
	  .icon = "plus" },
	{ .title = ZD_LIT("批量导入"),
	  .href = ZD_LIT("/desk/ingest?standard=random_plan"),
	  .icon = "upload" },
	{ .title = { 0 } },
};
static const struct page_action sample_actions[] = {
	{ .title = ZD_LIT("新增"),
	  .href = ZD_LIT("/desk/records/random_sample/new"),
	  .icon = "plus" },
	{ .title = ZD_LIT("批量导入"),
	  .href = ZD_LIT("/desk/ingest?standard=random_sample"),
	  .icon = "upload" },
	{ .title = { 0 } },
};

/* The gate lets the platform operator to the forms too, but these are departments' records. */
static bool
sends(const struct zd_cx *cx)
{
	return (cx->actor.roles & TRUST_DATA_OFFICER) != 0;
}

static enum zd_rc
show_plans(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *types = view_choices(cx, req, "plan_type", cx->today);
	const struct page_choice *organs = view_choices(cx, req, "supervise_department", cx->today);
	bool all = trust_scope(&cx->actor) == ZD_NO_INT;
	const struct page_column shown[] = {
		{ .name = "name", .strong = true },
		{ .name = "plan", .as = PAGE_AS_CODE },
		{ .name = "type", .as = PAGE_AS_NAME, .choices = types },
		{ .name = "year", .as = PAGE_AS_CODE },
		{ .name = "dept_name", .extra = !all },
		{ .name = "organ", .as = PAGE_AS_NAME, .choices = organs, .extra = true },
		{ .name = "area_name", .extra = true },
		{ .name = "area", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "proportion", .as = PAGE_AS_CODE },
		{ .name = "uscc", .as = PAGE_AS_USCC, .extra = true },
		{ .name = "received", .as = PAGE_AS_TIME, .extra = true },
		{ 0 },
	};
	const struct page_filter asked[] = {
		{ .name = "name", .hint = "名称中的字" },
		{ .name = "year", .hint = "如 2026" },
		{ .name = "type", .choices = types },
		{ .name = "plan", .hint = "完整的计划标识" },
		{ .name = "organ", .choices = organs, .extra = true },
		{ .name = "area", .hint = "前几位即可", .extra = true },
		{ .name = "dept", .choices = view_dept_choices(cx, req->db), .extra = !all },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("抽查计划"),
			  .lead = ZD_STR("随机抽取检查对象、随机选派执法人员，计划和结果向社会公开"
					 "（国办发〔2015〕58号）。"),
			  .nav = "plans",
			  .actions = sends(cx) ? plan_actions : NULL },
		.list = &plan_list,
		.row_href = "/desk/plans/{dept}-{id}",
		.columns = shown,
		.filters = asked,
		.empty = { .icon = "calendar",
			   .title = ZD_STR("还没有抽查计划"),
			   .text = ZD_STR(
				   "各部门导入年度计划和专项计划后列在这里；抽中的对象列在“抽查"
				   "对象”。"),
			   .action = ZD_STR("导入抽查计划"),
			   .href = ZD_STR("/desk/ingest?standard=random_plan") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
show_samples(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *types = view_choices(cx, req, "plan_type", cx->today);
	bool all = trust_scope(&cx->actor) == ZD_NO_INT;
	const struct page_column shown[] = {
		{ .name = "name", .strong = true },
		{ .name = "uscc", .as = PAGE_AS_USCC },
		{ .name = "plan_name", .href = "/desk/plans/{dept}-{plan_record}" },
		{ .name = "plan", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "year", .as = PAGE_AS_CODE },
		{ .name = "type", .as = PAGE_AS_NAME, .choices = types },
		{ .name = "dept_name", .extra = !all },
		{ .name = "object", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "key", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "received", .as = PAGE_AS_TIME, .extra = true },
		{ 0 },
	};
	const struct page_filter asked[] = {
		{ .name = "name", .hint = "名称前几个字" },
		{ .name = "uscc", .hint = "前几位即可" },
		{ .name = "plan", .hint = "完整的计划标识" },
		{ .name = "key", .hint = "前几位即可", .extra = true },
		{ .name = "dept", .choices = view_dept_choices(cx, req->db), .extra = !all },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("抽查对象"),
			  .lead = ZD_STR("每个抽查计划抽中了谁；同一计划里一个对象只列一次。"),
			  .nav = "samples",
			  .actions = sends(cx) ? sample_actions : NULL },
		.list = &plan_sample_list,
		.row_href = "/desk/plans/samples/{dept}-{id}",
		.columns = shown,
		.filters = asked,
		.empty = { .icon = "clipboard-list",
			   .title = ZD_STR("还没有抽查对象"),
			   .text = ZD_STR("先导入抽查计划，再导入每个计划抽中的对象。"),
			   .action = ZD_STR("导入抽查对象"),
			   .href = ZD_STR("/desk/ingest?standard=random_sample") },
	};

	return page_list(cx, req, rep, &list);
}

/* --- one record -------------------------------------------------------------------------- */

static struct zd_str
value_of(const struct view_sheet *sheet, const char *field)
{
	int i = standard_field_find(sheet->std, zd_str_of(field));

	return i < 0 ? (struct zd_str){ 0 } : sheet->record.v[i];
}

/* A list of plans: "/desk/plans/samples?plan=2026-01&dept=7". */
static struct zd_str
list_of(struct zd_cx *cx, const char *path, struct zd_str plan, int64_t dept)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };

	zd_out_printf(&out, "%s?plan=", path);
	zd_out_url(&out, plan);
	zd_out_printf(&out, "&dept=%" PRId64, dept);
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

static enum zd_rc
show_plan(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct view_ref *asked = req->params;
	struct view_sheet sheet;

	ZD_TRY(view_load_ref(cx, req, "random_plan", &sheet));
	const struct page_action more[] = {
		{ .title = ZD_STR("抽查对象"),
		  .href = list_of(cx, "/desk/plans/samples", sheet.record.key, sheet.record.dept),
		  .icon = "clipboard-list" },
		{ .title = { 0 } },
	};
	return view_show_with(cx, req, rep, &sheet, asked->done, more);
}

static enum zd_rc
show_sample(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct view_ref *asked = req->params;
	struct view_sheet sheet;

	ZD_TRY(view_load_ref(cx, req, "random_sample", &sheet));
	const struct record *r = &sheet.record;
	const struct page_action more[] = {
		{ .title = ZD_STR("所属计划"),
		  .href = list_of(cx, "/desk/plans", value_of(&sheet, "plan_id"), r->dept),
		  .icon = "calendar" },
		{ .title = ZD_STR("监管对象"),
		  .href = zd_str_printf(cx->arena, "/desk/subjects?code=%.*s",
					ZD_STR_ARG(value_of(&sheet, "uscc"))),
		  .icon = "building-store" },
		{ .title = { 0 } },
	};
	return view_show_with(cx, req, rep, &sheet, asked->done, more);
}

#define SEES                                                                                       \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_API, false                                      \
	}
#define REF .params = view_ref_params, .params_size = sizeof(struct view_ref)

const struct http_route plan_routes[] = {
	{ HTTP_GET, "/desk/plans", "双随机抽查计划列表", SEES, show_plans, .lax_query = true },
	{ HTTP_GET, "/desk/plans/samples", "双随机抽查对象列表", SEES, show_samples,
	  .lax_query = true },
	{ HTTP_GET, "/desk/plans/samples/{ref}", "双随机抽查对象", SEES, show_sample, REF },
	{ HTTP_GET, "/desk/plans/{ref}", "双随机抽查计划", SEES, show_plan, REF },
	{ HTTP_GET, "/api/v1/plans", "双随机抽查计划列表", SEES, show_plans, .lax_query = true },
	{ HTTP_GET, "/api/v1/plans/samples", "双随机抽查对象列表", SEES, show_samples,
	  .lax_query = true },
	{ HTTP_GET, "/api/v1/plans/samples/{ref}", "双随机抽查对象，连同来源和历史", SEES,
	  show_sample, REF },
	{ HTTP_GET, "/api/v1/plans/{ref}", "双随机抽查计划，连同来源和历史", SEES, show_plan, REF },
	{ 0 },
};
