/* The data standards as pages, for programs, and as entry workbooks. */
#include "ingest/standards_web.h"

#include <fcntl.h>
#include <unistd.h>

#include "ingest/ingest_template.h"

#define CODES_SHOWN 1000

/* --- words ------------------------------------------------------------------------------- */

const char *
standards_type_title(const struct standard_field *f)
{
	static const char *const idents[] = {
		[STANDARD_USCC] = "统一社会信用代码",       [STANDARD_ID_CARD] = "居民身份证号",
		[STANDARD_USCC_OR_ID] = "信用代码或证件号", [STANDARD_REG_NO] = "工商注册号",
		[STANDARD_DIVISION] = "行政区划代码",       [STANDARD_INDUSTRY] = "行业代码",
		[STANDARD_ITEM_CODE] = "监管事项编码",      [STANDARD_MAIN_CODE] = "主项编码",
		[STANDARD_LIST_CODE] = "实施清单编码",      [STANDARD_PHONE] = "电话号码",
	};
	static const char *const types[] = {
		[STANDARD_TEXT] = "文字",          [STANDARD_CODE] = "代码，选一项",
		[STANDARD_CODES] = "代码，可多选", [STANDARD_DATE] = "日期",
		[STANDARD_INT] = "整数",           [STANDARD_DECIMAL] = "小数",
		[STANDARD_BOOL] = "是或否",        [STANDARD_LIST] = "多项，用逗号分开",
	};

	return f->ident && !f->codes ? idents[f->ident] : types[f->type];
}

const char *
standards_class_title(int data_class)
{
	static const char *const titles[] = { "公开", "公开", "内部", "敏感", "高敏感" };

	return titles[data_class >= 0 && data_class <= 4 ? data_class : 4];
}

const char *
standards_check_title(enum standard_check check)
{
	static const char *const titles[] = {
		[STANDARD_CHECK_FORM] = "格式检查",
		[STANDARD_CHECK_CODE] = "01 代码值检查",
		[STANDARD_CHECK_SOURCE] = "02 数据源检查",
		[STANDARD_CHECK_ITEM] = "03 事项检查",
		[STANDARD_CHECK_LIST] = "04 实施清单检查",
		[STANDARD_CHECK_MERGE] = "05 数据合并检查",
		[STANDARD_CHECK_USCC] = "06 信用代码检查",
		[STANDARD_CHECK_ID_CARD] = "07 身份证检查",
		[STANDARD_CHECK_RELATION] = "08 关联检查",
		[STANDARD_CHECK_KEY] = "09 主键检查",
		[STANDARD_CHECK_TIME] = "10 时间检查",
	};

	return titles[check];
}

size_t
standards_required(const struct standard *std)
{
	size_t n = 0;

	for (size_t i = 0; i < std->n_fields; i++)
		n += std->fields[i].required;
	return n;
}

bool
standards_code_in_force(const struct standard_code *code, int32_t day)
{
	return code->from <= day && day <= code->until;
}

struct zd_str
standards_path(struct zd_arena *arena, const char *base, const char *kind, struct zd_str name)
{
	return zd_str_printf(arena, "%s/standards/%s%.*s", base, kind, ZD_STR_ARG(name));
}

/* --- pages ------------------------------------------------------------------------------- */

static const char *
base_of(const struct http_request *req)
{
	return zd_str_starts(req->path, ZD_STR("/desk")) ? "/desk" : "";
}

static enum page_layout
layout_of(const struct http_request *req)
{
	return base_of(req)[0] ? PAGE_DESK : PAGE_PORTAL;
}

static struct zd_str
under(struct zd_cx *cx, const struct http_request *req, const char *path)
{
	return zd_str_printf(cx->arena, "%s%s", base_of(req), path);
}

static struct zd_str
template_name(struct zd_arena *arena, const struct standard *std)
{
	return zd_str_printf(arena, "%.*s-模板.xlsx", ZD_STR_ARG(std->title));
}

/* --- the list: rows that live with the program ------------------------------------------------ */

static const struct db_column list_columns[] = {
	{ "order", "次序", "order", DB_INT, .hidden = true },
	{ "title", "数据标准", "title", DB_TEXT },
	{ "name", "接口名称", "name", DB_TEXT },
	{ "kind", "类别", "kind", DB_INT },
	{ "national", "国家表名", "national", DB_TEXT },
	{ "city", "由谁报送", "city", DB_INT },
	{ "fields", "字段", "fields", DB_INT },
	{ "required", "必填", "required", DB_INT },
	{ "rules", "规则", "rules", DB_INT },
	{ "template", "填报模板", "template", DB_TEXT },
	{ 0 },
};
static const struct db_filter list_filters[] = {
	{ "title", "名称", "title", DB_TEXT, DB_CONTAINS },
	{ "kind", "类别", "kind", DB_INT, DB_EQ },
	{ "city", "由谁报送", "city", DB_INT, DB_EQ },
	{ "name", "接口名称", "name", DB_TEXT, DB_CONTAINS },
	{ "national", "国家表名", "national", DB_TEXT, DB_CONTAINS },
	{ 0 },
};
static const struct db_sort list_sorts[] = {
	{ "order", "按类别", "order", DB_INT },
	{ "name", "按接口名称", "name", DB_TEXT },
	{ "fields", "字段多的在前", "fields", DB_INT, true },
	{ "required", "必填多的在前", "required", DB_INT, true },
	{ "rules", "规则多的在前", "rules", DB_INT, true },
	{ 0 },
};
static const struct db_list standards_list = {
	.name = "standards",
	.columns = list_columns,
	.filters = list_filters,
	.sorts = list_sorts,
};

static const struct page_choice kind_choices[] = {
	{ ZD_LIT("1"), ZD_LIT("监管事项清单"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("监管对象"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("执法人员"), PAGE_PLAIN },
	{ ZD_LIT("4"), ZD_LIT("监管行为"), PAGE_PLAIN },
	{ ZD_LIT("5"), ZD_LIT("双随机计划"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
static const struct page_choice city_choices[] = {
	{ ZD_LIT("0"), ZD_LIT("各部门"), PAGE_PLAIN },
	{ ZD_LIT("1"), ZD_LIT("市本级"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

/* The number of a kind for people and programs: of kind_choices. */
static int
kind_number(enum standard_kind kind)
{
	static const int numbers[] = {
		[STANDARD_CATALOG] = 1, [STANDARD_SUBJECT] = 2, [STANDARD_OFFICER] = 3,
		[STANDARD_ACTION] = 4,  [STANDARD_PLAN] = 5,
	};

	return numbers[kind];
}

static struct zd_str
number_text(struct zd_arena *arena, size_t n)
{
	return zd_str_printf(arena, "%zu", n);
}

/* In the order of list_columns. */
static const struct zd_str *
cells_of(struct zd_arena *arena, const struct standard *std, size_t nth)
{
	struct zd_str *cells = zd_new_array(arena, struct zd_str, ZD_COUNT(list_columns));
	int kind = kind_number(std->kind);
	size_t n = 0;

	cells[n++] = number_text(arena, (size_t)kind * 1000 + nth);
	cells[n++] = std->title;
	cells[n++] = std->name;
	cells[n++] = number_text(arena, (size_t)kind);
	cells[n++] = std->national.n ? std->national : (struct zd_str){ 0 };
	cells[n++] = number_text(arena, ingest_is_city(std));
	cells[n++] = number_text(arena, std->n_fields);
	cells[n++] = number_text(arena, standards_required(std));
	cells[n++] = number_text(arena, std->n_rules);
	cells[n] = template_name(arena, std);
	return cells;
}

static struct page_rows
rows_of(struct zd_arena *arena, const struct standard_set *set)
{
	size_t n = standard_count(set);
	const struct zd_str **cells = zd_new_array(arena, const struct zd_str *, n + 1);

	for (size_t i = 0; i < n; i++)
		cells[i] = cells_of(arena, standard_at(set, i), i);
	return (struct page_rows){ cells, n };
}

static enum zd_rc
show_list(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_column columns[] = {
		{ .name = "title", .strong = true },
		{ .name = "name", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "kind", .as = PAGE_AS_NAME, .choices = kind_choices },
		{ .name = "national", .as = PAGE_AS_CODE },
		{ .name = "city", .as = PAGE_AS_NAME, .choices = city_choices, .extra = true },
		{ .name = "fields", .as = PAGE_AS_NUMBER },
		{ .name = "required", .as = PAGE_AS_NUMBER },
		{ .name = "rules", .as = PAGE_AS_NUMBER },
		{ .name = "template", .href = "/api/v1/standards/{name}/template" },
		{ 0 },
	};
	static const struct page_filter filters[] = {
		{ .name = "title", .hint = "名称中的字" },
		{ .name = "kind", .choices = kind_choices },
		{ .name = "city", .choices = city_choices },
		{ .name = "name", .hint = "如 check_action", .extra = true },
		{ .name = "national", .hint = "如 jg_jgxw", .extra = true },
		{ 0 },
	};
	const struct app *app = req->app;
	const struct page_rows rows = rows_of(cx->arena, app->standards);
	const struct page_list list = {
		.page = { .title = ZD_STR("数据标准"),
			  .lead = ZD_STR("每类数据报送哪些字段、用哪个代码表、怎样核对。模"
					 "板、接口、页面和退回说明都由它生成。"),
			  .nav = "standards",
			  .layout = layout_of(req) },
		.list = &standards_list,
		.rows = &rows,
		.row_href = base_of(req)[0] ? "/desk/standards/{name}" : "/standards/{name}",
		.columns = columns,
		.filters = filters,
	};

	return page_list(cx, req, rep, &list);
}

struct name_params {
	struct zd_str name, q;
};
static const struct http_param name_params[] = {
	HTTP_PARAM_TEXT(struct name_params, name, .about = "名称", .min = 1, .max = 60),
	{ .name = NULL },
};
static const struct http_param codes_params[] = {
	HTTP_PARAM_TEXT(struct name_params, name, .about = "代码表", .min = 1, .max = 60),
	HTTP_PARAM_TEXT(struct name_params, q, .about = "代码或名称中的字", .max = 60),
	{ .name = NULL },
};

static enum zd_rc
show_one(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct name_params *p = req->params;
	const struct standard *std;

	ZD_TRY(ingest_web_standard(cx, req, p->name, &std));
	bool sends = base_of(req)[0] && (cx->actor.roles & INGEST_SENDERS) &&
		     ingest_may_send(&cx->actor, std);
	const struct page_crumb crumbs[] = { { ZD_STR("数据标准"), under(cx, req, "/standards") },
					     { { 0 }, { 0 } } };
	const struct page_action download = {
		.title = ZD_STR("下载 Excel 模板"),
		.href = zd_str_printf(cx->arena, "/api/v1/standards/%.*s/template",
				      ZD_STR_ARG(std->name)),
		.icon = "download",
	}, send = { .title = ZD_STR("导入数据"),
		    .href = zd_str_printf(cx->arena, "/desk/ingest?standard=%.*s", ZD_STR_ARG(std->name)),
		    .icon = "upload",
		    .primary = true };
	const struct page_action actions[] = {
		download, sends ? send : (struct page_action){ .title = { 0 } }, { .title = { 0 } }
	};
	const struct page page = { .title = std->title,
				   .lead = ZD_STR("字段、代码表和核对规则。"),
				   .nav = "standards",
				   .layout = layout_of(req),
				   .crumbs = crumbs,
				   .actions = actions };
	const struct standards_view view = { cx->arena, base_of(req), std, cx->today };

	page_begin(cx, req, rep, &page);
	standards_show_html(&rep->out, &view);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static bool
uses(const struct standard *std, const struct standard_codes *codes)
{
	for (size_t i = 0; i < std->n_fields; i++)
		if (std->fields[i].codes == codes && !std->fields[i].exchange)
			return true;
	return false;
}

static bool
fits(const struct standard_code *code, struct zd_str q)
{
	return !q.n || (code->code.n && memmem(code->code.p, code->code.n, q.p, q.n)) ||
	       (code->name.n && memmem(code->name.p, code->name.n, q.p, q.n));
}

static void
find_codes(struct zd_cx *cx, const struct app *app, struct standards_codes_view *view)
{
	size_t n = standard_count(app->standards);
	const struct standard **users = zd_new_array(cx->arena, const struct standard *, n + 1);

	view->found = zd_new_array(cx->arena, const struct standard_code *, CODES_SHOWN);
	for (size_t i = 0; i < view->codes->n && !view->more; i++) {
		if (!fits(&view->codes->codes[i], view->q))
			continue;
		view->more = view->n == CODES_SHOWN;
		if (!view->more)
			view->found[view->n++] = &view->codes->codes[i];
	}
	for (size_t i = 0; i < n; i++)
		if (uses(standard_at(app->standards, i), view->codes))
			users[view->n_users++] = standard_at(app->standards, i);
	view->users = users;
}

static enum zd_rc
show_codes(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct name_params *p = req->params;
	const struct app *app = req->app;
	const struct page_crumb crumbs[] = { { ZD_STR("数据标准"), under(cx, req, "/standards") },
					     { { 0 }, { 0 } } };
	struct standards_codes_view view = { .arena = cx->arena,
					     .base = base_of(req),
					     .codes = standard_codes_find(app->standards, p->name),
					     .q = zd_str_trim(p->q),
					     .today = cx->today };

	if (!view.codes)
		return zd_fail(cx, ZD_NOT_FOUND, "name", "没有名为「%.*s」的代码表",
			       ZD_STR_ARG(p->name));
	const struct page page = { .title = view.codes->title,
				   .lead = view.codes->basis,
				   .nav = "standards",
				   .layout = layout_of(req),
				   .crumbs = crumbs };
	find_codes(cx, app, &view);
	page_begin(cx, req, rep, &page);
	standards_codes_html(&rep->out, &view);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- for programs ------------------------------------------------------------------------ */

static enum zd_rc
get_one(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct name_params *p = req->params;
	const struct standard *std;

	ZD_TRY(ingest_web_standard(cx, req, p->name, &std));
	standard_describe(&rep->out, std);
	zd_out_write(&rep->out, ZD_STR("\n"));
	return ZD_OK;
}

#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

static enum zd_rc
get_template(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct name_params *p = req->params;
	const struct standard *std;
	const char *path;

	ZD_TRY(ingest_web_standard(cx, req, p->name, &std));
	ZD_TRY(ingest_spool_path(cx, req->app, ".xlsx", &path));
	enum zd_rc rc = ingest_template_write(cx, std, path);
	rep->fd = rc == ZD_OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	(void)unlink(path);
	if (rc == ZD_OK && rep->fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能读取刚写好的模板");
	rep->type = XLSX;
	rep->attachment = template_name(cx->arena, std);
	return rc;
}

/* --- routes ------------------------------------------------------------------------------ */

#define STAFF                                                                                      \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_BUSINESS                                      \
	}
#define ANYONE                                                                                     \
	{                                                                                          \
		.access = HTTP_PUBLIC                                                              \
	}
#define NAMED .params = name_params, .params_size = sizeof(struct name_params)
#define CODES .params = codes_params, .params_size = sizeof(struct name_params)

const struct http_route standards_routes[] = {
	{ HTTP_GET, "/desk/standards", "数据标准", STAFF, show_list, .lax_query = true },
	{ HTTP_GET, "/desk/standards/{name}", "一项数据标准的字段、代码表和规则", STAFF, show_one,
	  NAMED },
	{ HTTP_GET, "/desk/standards/codes/{name}", "代码表", STAFF, show_codes, CODES },
	{ HTTP_GET, "/standards", "数据标准（公开）", ANYONE, show_list, .lax_query = true },
	{ HTTP_GET, "/standards/{name}", "一项数据标准的字段、代码表和规则（公开）", ANYONE,
	  show_one, NAMED },
	{ HTTP_GET, "/standards/codes/{name}", "代码表（公开）", ANYONE, show_codes, CODES },
	{ HTTP_GET, "/api/v1/standards", "数据标准列表", ANYONE, show_list, .lax_query = true },
	{ HTTP_GET, "/api/v1/standards/{name}", "一项数据标准：字段、代码表、规则和 JSON Schema",
	  ANYONE, get_one, NAMED, .produces = "application/json" },
	{ HTTP_GET, "/api/v1/standards/{name}/template", "填报模板（XLSX，含填写提示和下拉选项）",
	  ANYONE, get_template, NAMED, .produces = XLSX },
	{ .method = HTTP_END },
};
