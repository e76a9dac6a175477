/* The data standards as pages, for programs, and as entry workbooks. */
#include "ingest/standards_web.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
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
		[STANDARD_TEXT] = "文字",         [STANDARD_CODE] = "代码,选一项",
		[STANDARD_CODES] = "代码,可多选", [STANDARD_DATE] = "日期",
		[STANDARD_INT] = "整数",          [STANDARD_DECIMAL] = "小数",
		[STANDARD_BOOL] = "是或否",       [STANDARD_LIST] = "多项,用逗号分开",
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

static enum zd_rc
show_list(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct {
		const char *title, *text;
	} kinds[] = {
		[STANDARD_CATALOG] = { "监管事项清单",
				       "主项和子项由平台维护,实施清单由各部门报送" },
		[STANDARD_SUBJECT] = { "监管对象", "企业、个体、人员、设备、场所和产品" },
		[STANDARD_OFFICER] = { "执法人员", "证号是行为记录中执法人员的依据" },
		[STANDARD_ACTION] = { "监管行为", "检查、处罚、强制和其他行为,逐条核对事项与清单" },
		[STANDARD_PLAN] = { "双随机计划", "计划、抽取和公示" },
	};
	const struct app *app = req->app;
	struct standards_group groups[ZD_COUNT(kinds)] = { 0 };
	size_t n = standard_count(app->standards);
	const struct page page = { .title = ZD_STR("数据标准"),
				   .lead = ZD_STR("每类数据报送哪些字段、用哪个代码表、怎样核对。模"
						  "板、接口、页面和退回说明都由它生成。"),
				   .nav = "standards",
				   .layout = layout_of(req) };

	for (size_t k = 0; k < ZD_COUNT(kinds); k++) {
		groups[k].title = zd_str_of(kinds[k].title);
		groups[k].text = zd_str_of(kinds[k].text);
		groups[k].stds = zd_new_array(cx->arena, const struct standard *, n + 1);
	}
	for (size_t i = 0; i < n; i++) {
		const struct standard *std = standard_at(app->standards, i);
		struct standards_group *g = &groups[std->kind];
		g->stds[g->n++] = std;
	}
	page_begin(cx, req, rep, &page);
	standards_list_html(&rep->out, cx->arena, base_of(req), groups, ZD_COUNT(groups));
	page_end(cx, req, rep, &page);
	return ZD_OK;
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
get_list(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct app *app = req->app;
	struct json_writer w = { .out = &rep->out };

	(void)cx;
	json_put_object(&w);
	json_put_name(&w, "standards");
	json_put_array(&w);
	for (size_t i = 0; i < standard_count(app->standards); i++) {
		const struct standard *std = standard_at(app->standards, i);
		json_put_object(&w);
		json_put_member(&w, "name", std->name);
		json_put_member(&w, "title", std->title);
		json_put_member(&w, "national", std->national);
		json_put_member_bool(&w, "city", ingest_is_city(std));
		json_put_member_int(&w, "fields", (int64_t)std->n_fields);
		json_put_end(&w);
	}
	json_put_end(&w);
	json_put_end(&w);
	zd_out_write(&rep->out, ZD_STR("\n"));
	return ZD_OK;
}

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
	rep->attachment = zd_str_printf(cx->arena, "%.*s-模板.xlsx", ZD_STR_ARG(std->title));
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
	{ HTTP_GET, "/desk/standards", "数据标准", STAFF, show_list },
	{ HTTP_GET, "/desk/standards/{name}", "一项数据标准的字段、代码表和规则", STAFF, show_one,
	  NAMED },
	{ HTTP_GET, "/desk/standards/codes/{name}", "代码表", STAFF, show_codes, CODES },
	{ HTTP_GET, "/standards", "数据标准(公开)", ANYONE, show_list },
	{ HTTP_GET, "/standards/{name}", "一项数据标准的字段、代码表和规则(公开)", ANYONE, show_one,
	  NAMED },
	{ HTTP_GET, "/standards/codes/{name}", "代码表(公开)", ANYONE, show_codes, CODES },
	{ HTTP_GET, "/api/v1/standards", "全部数据标准", ANYONE, get_list,
	  .produces = "application/json" },
	{ HTTP_GET, "/api/v1/standards/{name}", "一项数据标准:字段、代码表、规则和 JSON Schema",
	  ANYONE, get_one, NAMED, .produces = "application/json" },
	{ HTTP_GET, "/api/v1/standards/{name}/template", "填报模板(XLSX,含填写提示和下拉选项)",
	  ANYONE, get_template, NAMED, .produces = XLSX },
	{ .method = HTTP_END },
};
