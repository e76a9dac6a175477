/* The tree of departments, and the keys of their systems. */
#include <string.h>

#include "trust/trust_list.h"
#include "trust/trust_pages.h"
#include "trust/trust_web.h"

#define ID_MAX (INT64_C(1) << 53)

static const struct page_crumb crumbs[] = { { ZD_LIT("部门"), ZD_LIT("/desk/departments") },
					    { { 0 }, { 0 } } };

struct id_params {
	int64_t id;
};
static const struct http_param id_params[] = {
	HTTP_PARAM_INT(struct id_params, id, .about = "编号", .min = 1, .max = ID_MAX,
		       .required = true),
	{ 0 },
};

static struct zd_str
dept_path(struct zd_cx *cx, int64_t id, const char *rest)
{
	return zd_str_printf(cx->arena, "/desk/departments/%lld%s", (long long)id, rest);
}

/* --- the list and the tree ---------------------------------------------------------------- */

static const struct page_action list_actions[] = {
	{ .title = ZD_LIT("新建部门"),
	  .href = ZD_LIT("/desk/departments/new"),
	  .icon = "plus",
	  .primary = true },
	{ .title = { 0 } },
};
static const struct page_empty no_depts = {
	.icon = "sitemap",
	.title = ZD_LIT("还没有部门"),
	.text = ZD_LIT("这里是全市各级监管部门，由安全管理员建立或导入。"),
};

static bool
may_edit(const struct zd_cx *cx)
{
	return (cx->actor.roles & TRUST_SECURITY_ADMIN) != 0;
}

static struct page
page_of(const struct zd_cx *cx)
{
	return (struct page){ .title = ZD_STR("部门"),
			      .lead = ZD_STR(
				      "全市各级监管部门。编码是报送、命令行和接口指明部门的依据。"),
			      .nav = "departments",
			      .actions = may_edit(cx) ? list_actions : NULL };
}

static void
put_tabs(struct zd_out *out, const char *active)
{
	static const struct page_tab tabs[] = {
		{ "list", ZD_LIT("列表"), ZD_LIT("/desk/departments"), ZD_NO_INT },
		{ "tree", ZD_LIT("层级"), ZD_LIT("/desk/departments/tree"), ZD_NO_INT },
	};

	page_tabs(out, tabs, ZD_COUNT(tabs), active);
}

static void
put_list_tabs(struct zd_cx *cx, const struct http_request *req, struct zd_out *out, void *arg)
{
	(void)cx, (void)req, (void)arg;
	put_tabs(out, "list");
}

/* Those that have departments under them, by their codes. */
static enum zd_rc
parent_choices(struct zd_cx *cx, struct db *db, const struct page_choice **ret)
{
	struct trust_dept *depts;
	size_t n, n_choices = 0;

	ZD_TRY(trust_dept_list(cx, db, &depts, &n));
	struct page_choice *choices = zd_new_array(cx->arena, struct page_choice, n + 1);
	for (size_t i = 0; i < n; i++) {
		bool above = false;
		for (size_t k = 0; k < n && !above; k++)
			above = depts[k].parent == depts[i].id;
		if (above)
			choices[n_choices++] =
				(struct page_choice){ depts[i].code, depts[i].name, PAGE_PLAIN };
	}
	*ret = choices;
	return ZD_OK;
}

static enum zd_rc
show_depts(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_column columns[] = {
		{ .name = "name", .strong = true },
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "parent", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "level", .as = PAGE_AS_NAME, .choices = web_dept_levels },
		{ .name = "area", .as = PAGE_AS_CODE },
		{ .name = "national_code", .as = PAGE_AS_CODE },
		{ .name = "uscc", .as = PAGE_AS_USCC, .extra = true },
		{ .name = "from", .as = PAGE_AS_DAY, .extra = true },
		{ .name = "until", .as = PAGE_AS_DAY, .extra = true },
		{ .name = "state", .as = PAGE_AS_STATE, .choices = web_dept_states },
		{ 0 },
	};
	const struct page_choice *parents;

	ZD_TRY(parent_choices(cx, req->db, &parents));
	const struct page_filter filters[] = {
		{ .name = "name", .hint = "名称中的字" },
		{ .name = "code", .hint = "前几位即可" },
		{ .name = "level", .choices = web_dept_levels },
		{ .name = "parent", .choices = parents },
		{ .name = "national_code", .hint = "两位数字，如 31", .extra = true },
		{ .name = "area", .hint = "前几位即可", .extra = true },
		{ .name = "state", .choices = web_dept_states, .extra = true },
		{ 0 },
	};
	const struct page_list list = {
		.page = page_of(cx),
		.list = &trust_depts_list,
		.row_href = may_edit(cx) ? "/desk/departments/{id}" : NULL,
		.columns = columns,
		.filters = filters,
		.above = put_list_tabs,
		.empty = no_depts,
	};

	return page_list(cx, req, rep, &list);
}

struct tree {
	const struct trust_dept *depts;
	size_t n;
	struct trust_dept_row *rows;
	size_t n_rows;
	bool edit;
};

/* Those under `parent`, each followed by its own; the use cases keep the tree without loops. */
static void
put_children(struct tree *tree, int64_t parent, int depth)
{
	for (size_t i = 0; i < tree->n; i++) {
		if (tree->depts[i].parent != parent || tree->n_rows == tree->n)
			continue;
		tree->rows[tree->n_rows++] = (struct trust_dept_row){
			.dept = &tree->depts[i], .depth = depth < 4 ? depth : 4, .edit = tree->edit
		};
		put_children(tree, tree->depts[i].id, depth + 1);
	}
}

static enum zd_rc
get_tree(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page page = page_of(cx);
	struct tree tree = { .edit = may_edit(cx) };
	struct trust_dept *depts;

	ZD_TRY(trust_dept_list(cx, req->db, &depts, &tree.n));
	tree.depts = depts;
	tree.rows = zd_new_array(cx->arena, struct trust_dept_row, tree.n + 1);
	put_children(&tree, ZD_NO_INT, 0);
	page_begin(cx, req, rep, &page);
	put_tabs(&rep->out, "tree");
	if (tree.n)
		trust_tree_html(&rep->out, tree.rows, tree.n_rows);
	else
		page_empty(&rep->out, &no_depts);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- forms ------------------------------------------------------------------------------- */

struct dept_params {
	int64_t id, version, parent, level, state;
	int32_t from, until;
	struct zd_str code, name, national_code, area, uscc;
};
#define DEPT_PARAMS                                                                                \
	HTTP_PARAM_TEXT(struct dept_params, name, .about = "名称", .max = 100),                    \
		HTTP_PARAM_INT(struct dept_params, parent, .about = "上级部门编号", .min = 1,      \
			       .max = ID_MAX),                                                     \
		HTTP_PARAM_INT(struct dept_params, level, .about = "层级", .min = 1, .max = 3,     \
			       .required = true),                                                  \
		HTTP_PARAM_TEXT(struct dept_params, national_code, .about = "国家监管部门编码",    \
				.max = 2),                                                         \
		HTTP_PARAM_TEXT(struct dept_params, area, .about = "行政区划代码", .max = 12),     \
		HTTP_PARAM_TEXT(struct dept_params, uscc, .about = "统一社会信用代码", .max = 18), \
		HTTP_PARAM_DAY(struct dept_params, from, .about = "设立日期"),                     \
		HTTP_PARAM_DAY(struct dept_params, until, .about = "撤销日期")
static const struct http_param new_params[] = {
	HTTP_PARAM_TEXT(struct dept_params, code, .about = "部门编码", .max = 32),
	DEPT_PARAMS,
	{ 0 },
};
static const struct http_param edit_params[] = {
	HTTP_PARAM_INT(struct dept_params, id, .about = "部门编号", .min = 1, .max = ID_MAX,
		       .required = true),
	HTTP_PARAM_INT(struct dept_params, version, .about = "看到的版本", .min = 1, .max = ID_MAX,
		       .required = true),
	HTTP_PARAM_INT(struct dept_params, state, .about = "状态", .min = 1, .max = 2,
		       .required = true),
	DEPT_PARAMS,
	{ 0 },
};

static struct zd_str
or_absent(struct zd_str s)
{
	s = zd_str_trim(s);
	return s.n ? s : (struct zd_str){ 0 };
}

static struct trust_dept
dept_of(const struct zd_cx *cx, const struct dept_params *p)
{
	return (struct trust_dept){ .id = p->id == ZD_NO_INT ? 0 : p->id,
				    .code = zd_str_trim(p->code),
				    .name = zd_str_trim(p->name),
				    .parent = p->parent,
				    .level = p->level,
				    .national_code = or_absent(p->national_code),
				    .area = zd_str_trim(p->area),
				    .uscc = or_absent(p->uscc),
				    .from = p->from == ZD_NO_DAY ? cx->today : p->from,
				    .until = p->until,
				    .state = p->state == ZD_NO_INT || p->state == 0
						     ? TRUST_DEPT_LIVE
						     : p->state,
				    .version = p->version };
}

static enum zd_rc
add_dept_fields(struct zd_cx *cx, struct db *db, struct web_form *f, const struct dept_params *p)
{
	struct page_choice *depts;

	ZD_TRY(web_dept_choices(cx, db, &depts));
	web_add(f, (struct page_field){ .input = PAGE_INPUT_TEXT,
					.name = ZD_STR("name"),
					.label = ZD_STR("名称"),
					.value = p->name,
					.required = true,
					.max = 100 });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_SELECT,
					.name = ZD_STR("parent"),
					.label = ZD_STR("上级部门"),
					.value = web_int(cx->arena, p->parent),
					.choices = depts });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_SELECT,
					.name = ZD_STR("level"),
					.label = ZD_STR("层级"),
					.value = web_int(cx->arena, p->level),
					.required = true,
					.radio = true,
					.choices = web_dept_levels });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_TEXT,
					.name = ZD_STR("area"),
					.label = ZD_STR("行政区划代码"),
					.value = p->area,
					.required = true,
					.max = 12,
					.narrow = true,
					.inputmode = "numeric",
					.hint = ZD_STR("6、9 或 12 位（GB/T 2260、GB/T 10114）") });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_TEXT,
					.name = ZD_STR("national_code"),
					.label = ZD_STR("国家监管部门编码"),
					.value = p->national_code,
					.max = 2,
					.narrow = true,
					.inputmode = "numeric",
					.example = ZD_STR("31") });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_TEXT,
					.name = ZD_STR("uscc"),
					.label = ZD_STR("统一社会信用代码"),
					.value = p->uscc,
					.max = 18 });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_DAY,
					.name = ZD_STR("from"),
					.label = ZD_STR("设立日期"),
					.narrow = true,
					.value = zd_day_format(cx->arena, p->from),
					.hint = ZD_STR("不填为今天") });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_DAY,
					.name = ZD_STR("until"),
					.label = ZD_STR("撤销日期"),
					.narrow = true,
					.value = zd_day_format(cx->arena, p->until) });
	return ZD_OK;
}

static enum zd_rc
finish_form(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, struct web_form *f,
	    const struct dept_params *p, enum zd_rc rc)
{
	struct zd_err err = cx->err;

	ZD_TRY(add_dept_fields(cx, req->db, f, p));
	cx->err = err;
	ZD_TRY(web_form_show(cx, req, rep, f, rc));
	page_end(cx, req, rep, &f->page);
	return ZD_OK;
}

static enum zd_rc
show_new(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	 const struct dept_params *p, enum zd_rc rc)
{
	struct web_form f = {
		.page = { .title = ZD_STR("新建部门"), .nav = "departments", .crumbs = crumbs },
		.form = { .action = ZD_STR("/desk/departments/new"),
			  .submit = ZD_STR("建立部门"),
			  .cancel = ZD_STR("/desk/departments") }
	};

	web_add(&f, (struct page_field){
			    .input = PAGE_INPUT_TEXT,
			    .name = ZD_STR("code"),
			    .label = ZD_STR("部门编码"),
			    .value = p->code,
			    .required = true,
			    .max = 32,
			    .narrow = true,
			    .focus = true,
			    .hint = ZD_STR("一般为 6 位行政区划加 2 位部门；建立后不能更改") });
	return finish_form(cx, req, rep, &f, p, rc);
}

static enum zd_rc
get_new(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct dept_params blank = {
		.parent = ZD_NO_INT, .level = ZD_NO_INT, .from = ZD_NO_DAY, .until = ZD_NO_DAY
	};

	if (web_confirm_first(cx, req, rep))
		return ZD_OK;
	return show_new(cx, req, rep, &blank, ZD_OK);
}

static enum zd_rc
post_new(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct dept_params *p = req->params;
	struct trust_dept dept = dept_of(cx, p);
	int64_t id;

	enum zd_rc rc = trust_dept_create(cx, req->db, &dept, &id);
	if (rc != ZD_OK)
		return show_new(cx, req, rep, p, rc);
	return web_go(rep, dept_path(cx, id, ""));
}

static enum zd_rc
show_edit(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	  const struct dept_params *p, enum zd_rc rc)
{
	struct web_form f = {
		.page = { .title = ZD_STR("修改部门"), .nav = "departments", .crumbs = crumbs },
		.form = { .action = dept_path(cx, p->id, "/edit"),
			  .submit = ZD_STR("保存"),
			  .cancel = dept_path(cx, p->id, ""),
			  .consequence = ZD_STR(
				  "撤销部门后，其人员的登录全部退出，接口密钥立即停用。") }
	};

	web_add(&f, (struct page_field){ .input = PAGE_INPUT_HIDDEN,
					 .name = ZD_STR("version"),
					 .value = web_int(cx->arena, p->version) });
	web_add(&f, (struct page_field){ .input = PAGE_INPUT_SELECT,
					 .name = ZD_STR("state"),
					 .label = ZD_STR("状态"),
					 .value = web_int(cx->arena, p->state),
					 .required = true,
					 .radio = true,
					 .choices = web_dept_states });
	return finish_form(cx, req, rep, &f, p, rc);
}

static enum zd_rc
get_edit(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	struct trust_dept d;

	if (web_confirm_first(cx, req, rep))
		return ZD_OK;
	ZD_TRY(trust_dept_find(cx, req->db, p->id, &d));
	const struct dept_params now = { .id = d.id,
					 .version = d.version,
					 .parent = d.parent,
					 .level = d.level,
					 .state = d.state,
					 .from = d.from,
					 .until = d.until,
					 .name = d.name,
					 .national_code = d.national_code,
					 .area = d.area,
					 .uscc = d.uscc };
	return show_edit(cx, req, rep, &now, ZD_OK);
}

static enum zd_rc
post_edit(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct dept_params *p = req->params;
	struct trust_dept dept = dept_of(cx, p);

	enum zd_rc rc = trust_dept_edit(cx, req->db, &dept);
	if (rc != ZD_OK)
		return show_edit(cx, req, rep, p, rc);
	return web_go(rep, dept_path(cx, p->id, ""));
}

/* --- record and keys --------------------------------------------------------------------- */

static enum zd_rc
get_dept(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	struct trust_dept d, parent = { .name = { 0 } };
	struct trust_key *keys;
	size_t n;

	ZD_TRY(trust_dept_find(cx, req->db, p->id, &d));
	if (d.parent != ZD_NO_INT)
		ZD_TRY(trust_dept_find(cx, req->db, d.parent, &parent));
	ZD_TRY(trust_key_list(cx, req->db, d.id, &keys, &n));
	const struct page_action actions[] = {
		{ .title = ZD_STR("修改"), .href = dept_path(cx, d.id, "/edit"), .icon = "edit" },
		{ .title = ZD_STR("新建接口密钥"),
		  .href = dept_path(cx, d.id, "/keys/new"),
		  .icon = "key",
		  .primary = true },
		{ .title = { 0 } },
	};
	const struct page page = {
		.title = d.name, .nav = "departments", .crumbs = crumbs, .actions = actions
	};
	const struct page_fact facts[] = {
		{ .label = ZD_STR("编码"), .value = d.code, .as = PAGE_AS_CODE },
		{ .label = ZD_STR("状态"),
		  .value = web_int(cx->arena, d.state),
		  .as = PAGE_AS_STATE,
		  .choices = web_dept_states },
		{ .label = ZD_STR("上级部门"), .value = parent.name },
		{ .label = ZD_STR("层级"),
		  .value = web_int(cx->arena, d.level),
		  .as = PAGE_AS_NAME,
		  .choices = web_dept_levels },
		{ .label = ZD_STR("行政区划"), .value = d.area, .as = PAGE_AS_CODE },
		{ .label = ZD_STR("国家监管部门编码"),
		  .value = d.national_code,
		  .as = PAGE_AS_CODE },
		{ .label = ZD_STR("统一社会信用代码"), .value = d.uscc, .as = PAGE_AS_USCC },
		{ .label = ZD_STR("设立日期"),
		  .value = zd_day_format(cx->arena, d.from),
		  .as = PAGE_AS_DAY },
		{ .label = ZD_STR("撤销日期"),
		  .value = zd_day_format(cx->arena, d.until),
		  .as = PAGE_AS_DAY },
	};
	page_begin(cx, req, rep, &page);
	page_card_begin(&rep->out, ZD_STR("基本信息"));
	page_facts(&rep->out, facts, ZD_COUNT(facts));
	page_card_end(&rep->out);
	page_card_begin(&rep->out, ZD_STR("接口密钥"));
	if (n)
		trust_keys_html(&rep->out, req, keys, n, cx->now, web_confirm_path(cx, req));
	else
		page_empty(&rep->out, &(const struct page_empty){
					      .icon = "key",
					      .title = ZD_STR("还没有接口密钥"),
					      .text = ZD_STR("部门自己的系统凭密钥报送数据；"
							     "每个系统可有两把，便于轮换。") });
	page_card_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

struct key_params {
	int64_t id, level;
	struct zd_str name;
};
static const struct http_param key_params[] = {
	HTTP_PARAM_INT(struct key_params, id, .about = "部门编号", .min = 1, .max = ID_MAX,
		       .required = true),
	HTTP_PARAM_TEXT(struct key_params, name, .about = "系统名称", .max = 50),
	HTTP_PARAM_INT(struct key_params, level, .about = "数据级别", .min = 1, .max = 4,
		       .required = true),
	{ 0 },
};

static enum zd_rc
show_new_key(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	     const struct key_params *p, enum zd_rc rc)
{
	struct web_form f = {
		.page = { .title = ZD_STR("新建接口密钥"), .nav = "departments", .crumbs = crumbs },
		.form = { .action = dept_path(cx, p->id, "/keys/new"),
			  .submit = ZD_STR("生成密钥"),
			  .cancel = dept_path(cx, p->id, ""),
			  .consequence = ZD_STR("密钥只显示一次，一年内有效。") }
	};

	web_add(&f, (struct page_field){ .input = PAGE_INPUT_TEXT,
					 .name = ZD_STR("name"),
					 .label = ZD_STR("系统名称"),
					 .value = p->name,
					 .required = true,
					 .max = 50,
					 .focus = true,
					 .example = ZD_STR("市场监管执法办案系统") });
	web_add(&f, (struct page_field){ .input = PAGE_INPUT_SELECT,
					 .name = ZD_STR("level"),
					 .label = ZD_STR("数据级别"),
					 .value = web_int(cx->arena, p->level),
					 .required = true,
					 .choices = web_levels });
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_new_key(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	const struct key_params blank = { .id = p->id, .level = 3 };

	if (web_confirm_first(cx, req, rep))
		return ZD_OK;
	return show_new_key(cx, req, rep, &blank, ZD_OK);
}

static enum zd_rc
post_new_key(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct key_params *p = req->params;
	const struct page page = { .title = ZD_STR("接口密钥已生成"),
				   .nav = "departments",
				   .crumbs = crumbs };
	struct zd_str bearer;

	enum zd_rc rc = trust_key_create(cx, req->db, p->id, p->name, (int)p->level, &bearer);
	if (rc != ZD_OK)
		return show_new_key(cx, req, rep, p, rc);
	page_begin(cx, req, rep, &page);
	trust_code_html(&rep->out, ZD_STR("请求头 Authorization: Bearer 之后填写："), bearer,
			ZD_STR("只显示这一次。请交给系统的负责人，存放在他人读不到的地方。"));
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
post_revoke(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;

	ZD_TRY(trust_key_revoke(cx, req->db, p->id));
	return web_go(rep, ZD_STR("/desk/departments"));
}

#define SECURITY                                                                                   \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN                                \
	}
#define SECURITY_FRESH                                                                             \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN, .fresh = true                 \
	}
#define PARAMS(type, table) .params = (table), .params_size = sizeof(struct type)

const struct http_route trust_dept_routes[] = {
	{ HTTP_GET,
	  "/desk/departments",
	  "部门",
	  { .access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN | TRUST_PLATFORM },
	  show_depts,
	  .lax_query = true },
	{ HTTP_GET,
	  "/desk/departments/tree",
	  "部门的层级",
	  { .access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN | TRUST_PLATFORM },
	  get_tree },
	{ HTTP_GET,
	  "/api/v1/departments",
	  "部门列表",
	  { .access = HTTP_SIGNED_IN },
	  show_depts,
	  .lax_query = true },
	{ HTTP_GET, "/desk/departments/new", "新建部门页", SECURITY, get_new },
	{ HTTP_POST, "/desk/departments/new", "新建部门", SECURITY_FRESH, post_new, HTTP_FORM,
	  PARAMS(dept_params, new_params) },
	{ HTTP_GET, "/desk/departments/{id}", "部门资料与接口密钥", SECURITY, get_dept,
	  PARAMS(id_params, id_params) },
	{ HTTP_GET, "/desk/departments/{id}/edit", "修改部门页", SECURITY, get_edit,
	  PARAMS(id_params, id_params) },
	{ HTTP_POST, "/desk/departments/{id}/edit", "修改部门", SECURITY_FRESH, post_edit,
	  HTTP_FORM, PARAMS(dept_params, edit_params) },
	{ HTTP_GET, "/desk/departments/{id}/keys/new", "新建接口密钥页", SECURITY, get_new_key,
	  PARAMS(id_params, id_params) },
	{ HTTP_POST, "/desk/departments/{id}/keys/new", "新建接口密钥", SECURITY_FRESH,
	  post_new_key, HTTP_FORM, PARAMS(key_params, key_params) },
	{ HTTP_POST, "/desk/keys/{id}/revoke", "吊销接口密钥", SECURITY_FRESH, post_revoke,
	  HTTP_FORM, PARAMS(id_params, id_params) },
	{ .method = HTTP_END },
};
