/* People and accounts: list, record, forms; rights that wait for a second person; what the roles are. */
#include <string.h>

#include "trust/trust_list.h"
#include "trust/trust_pages.h"
#include "trust/trust_web.h"

#define ID_MAX (INT64_C(1) << 53)

struct id_params {
	int64_t id;
	struct zd_str done;
};
static const struct http_param id_params[] = {
	HTTP_PARAM_INT(struct id_params, id, .about = "人员编号", .min = 1, .max = ID_MAX,
		       .required = true),
	HTTP_PARAM_TEXT(struct id_params, done, .about = "刚做了什么（页面内部）", .max = 20),
	{ 0 },
};

/* --- list -------------------------------------------------------------------------------- */

static const struct page_choice yes_no[] = {
	{ ZD_LIT("1"), ZD_LIT("已设置"), PAGE_GOOD },
	{ ZD_LIT("0"), ZD_LIT("未设置"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

static enum zd_rc
show_people(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("等待复核的授权"),
		  .href = ZD_LIT("/desk/grants"),
		  .icon = "shield-check" },
		{ .title = ZD_LIT("各角色的职责"), .href = ZD_LIT("/desk/roles"), .icon = "help" },
		{ .title = ZD_LIT("新建人员"),
		  .href = ZD_LIT("/desk/people/new"),
		  .icon = "plus",
		  .primary = true },
		{ .title = { 0 } },
	};
	const struct page_column columns[] = {
		{ .name = "name", .strong = true },
		{ .name = "account", .as = PAGE_AS_CODE },
		{ .name = "roles", .as = PAGE_AS_NAME, .choices = web_role_sets() },
		{ .name = "state", .as = PAGE_AS_STATE, .choices = web_person_states },
		{ .name = "factor", .as = PAGE_AS_STATE, .choices = yes_no },
		{ .name = "level", .as = PAGE_AS_TEXT, .extra = true },
		{ .name = "valid_until", .as = PAGE_AS_DAY, .extra = true },
		{ .name = "last_seen", .as = PAGE_AS_TIME },
		{ .name = "created", .as = PAGE_AS_TIME, .extra = true },
		{ 0 },
	};
	struct page_choice *depts;
	ZD_TRY(web_dept_choices(cx, req->db, &depts));
	const struct page_filter filters[] = {
		{ .name = "account", .hint = "前几个字符即可" },
		{ .name = "dept", .choices = depts },
		{ .name = "roles", .choices = web_role_sets(), .extra = true },
		{ .name = "state", .choices = web_person_states },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("人员与账号"), .nav = "people", .actions = actions },
		.list = &trust_people_list,
		.row_href = "/desk/people/{id}",
		.columns = columns,
		.filters = filters,
		.empty = { .icon = "users",
			   .title = ZD_STR("还没有人员"),
			   .text = ZD_STR("这里是能登录本系统的所有人。安全管理员在此建立账号、授予"
					  "角色。"),
			   .action = ZD_STR("新建人员"),
			   .href = ZD_STR("/desk/people/new") },
	};

	return page_list(cx, req, rep, &list);
}

/* --- record ------------------------------------------------------------------------------ */

static const struct {
	const char *done;
	struct zd_str notice;
} notices[] = {
	{ "edited", ZD_LIT("资料已保存。权限有变动的，此人须重新登录。") },
	{ "asked", ZD_LIT("资料已保存。管理员角色须由另一位管理员复核后生效。") },
	{ "disable", ZD_LIT("账号已停用，此人的登录已全部退出。") },
	{ "enable", ZD_LIT("账号已启用。") },
	{ "unlock", ZD_LIT("账号已解锁。") },
};

static struct zd_str
notice_of(struct zd_str done)
{
	for (size_t i = 0; i < ZD_COUNT(notices); i++)
		if (zd_str_equal(done, zd_str_of(notices[i].done)))
			return notices[i].notice;
	return (struct zd_str){ 0 };
}

static struct zd_str
person_path(struct zd_cx *cx, int64_t id, const char *rest)
{
	return zd_str_printf(cx->arena, "/desk/people/%lld%s", (long long)id, rest);
}

/* The buttons that make sense now; off with the reason if they may not be used. */
static void
make_actions(struct zd_cx *cx, const struct trust_person *p, struct zd_str off,
	     struct page_action ret[6])
{
	size_t n = 0;
	bool disabled = p->state == TRUST_DISABLED;

	ret[n++] = (struct page_action){ .title = ZD_STR("修改"),
					 .href = person_path(cx, p->id, "/edit"),
					 .icon = "edit",
					 .off = off };
	if (p->locked_until > cx->now)
		ret[n++] = (struct page_action){ .title = ZD_STR("解锁"),
						 .href = person_path(cx, p->id, "/unlock"),
						 .icon = "lock",
						 .post = true,
						 .off = off };
	if (!disabled) {
		ret[n++] = (struct page_action){ .title = ZD_STR("重置密码"),
						 .href = person_path(cx, p->id, "/reset"),
						 .icon = "key",
						 .post = true,
						 .off = off,
						 .confirm = ZD_STR(
							 "原密码立即失效，此人的登录全部退出；"
							 "新的激活码只显示一次，24 小时内有效。") };
		if (p->totp_on)
			ret[n++] = (struct page_action){
				.title = ZD_STR("重置密码和第二因子"),
				.href = person_path(cx, p->id, "/reset?full=1"),
				.icon = "key",
				.post = true,
				.danger = true,
				.off = off,
				.confirm = ZD_STR("用于手机丢失。原密码、验证器和恢复码都立即失效；"
						  "请先当面核实身份。")
			};
	}
	ret[n++] = (struct page_action){
		.title = disabled ? ZD_STR("启用") : ZD_STR("停用"),
		.href = person_path(cx, p->id, disabled ? "/enable" : "/disable"),
		.icon = disabled ? "check" : "ban",
		.post = true,
		.danger = !disabled,
		.off = off,
		.confirm = disabled ? (struct zd_str){ 0 }
				    : ZD_STR("此人的登录立即全部退出，不能再登录；"
					     "已办理的记录保留。可以再启用。")
	};
	ret[n] = (struct page_action){ .title = { 0 } };
}

static enum zd_rc
show_record(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	    const struct trust_person *p, struct zd_str notice)
{
	static const struct page_crumb crumbs[] = {
		{ ZD_LIT("人员与账号"), ZD_LIT("/desk/people") }, { { 0 }, { 0 } }
	};
	struct trust_dept dept = { .name = ZD_STR("全市") };
	struct page_action actions[6];
	bool fresh = trust_gate_is_fresh(cx, req);
	struct zd_str off = p->id == cx->actor.id ? ZD_STR("不能更改自己的账号")
			    : fresh               ? (struct zd_str){ 0 }
						  : ZD_STR("请先确认身份");

	if (p->dept != ZD_NO_INT)
		ZD_TRY(trust_dept_find(cx, req->db, p->dept, &dept));
	make_actions(cx, p, off, actions);
	const struct page page = { .title = p->name,
				   .nav = "people",
				   .crumbs = crumbs,
				   .actions = actions,
				   .notice = notice };
	const struct page_fact facts[] = {
		{ .label = ZD_STR("账号"), .value = p->account, .as = PAGE_AS_CODE },
		{ .label = ZD_STR("状态"),
		  .value = web_int(cx->arena, p->state),
		  .as = PAGE_AS_STATE,
		  .choices = web_person_states,
		  .note = p->locked_until > cx->now ? ZD_STR("登录失败过多，已锁定")
						    : (struct zd_str){ 0 } },
		{ .label = ZD_STR("部门"), .value = dept.name },
		{ .label = ZD_STR("角色"),
		  .value = web_int(cx->arena, p->roles),
		  .as = PAGE_AS_NAME,
		  .choices = web_role_sets() },
		{ .label = ZD_STR("数据级别"),
		  .value = web_int(cx->arena, p->level),
		  .as = PAGE_AS_NAME,
		  .choices = web_levels },
		{ .label = ZD_STR("有效期至"),
		  .value = zd_day_format(cx->arena, p->valid_until),
		  .as = PAGE_AS_DAY },
		{ .label = ZD_STR("第二因子"),
		  .value = p->totp_on ? ZD_STR("已设置") : ZD_STR("未设置") },
		{ .label = ZD_STR("密码设置于"),
		  .value = web_int(cx->arena, p->password_at),
		  .as = PAGE_AS_TIME },
		{ .label = ZD_STR("最近登录"),
		  .value = web_int(cx->arena, p->last_seen_at),
		  .as = PAGE_AS_TIME },
		{ .label = ZD_STR("建立时间"),
		  .value = web_int(cx->arena, p->created_at),
		  .as = PAGE_AS_TIME },
	};
	page_begin(cx, req, rep, &page);
	if (!fresh && p->id != cx->actor.id) {
		struct page_action confirm[] = {
			{ .title = ZD_STR("确认身份"),
			  .href = zd_str_printf(cx->arena,
						"/signin/confirm?next=%%2Fdesk%%2Fpeople%%2F%lld",
						(long long)p->id),
			  .icon = "fingerprint",
			  .primary = true },
			{ .title = { 0 } },
		};
		page_alert(&rep->out, PAGE_INFO, ZD_STR("更改账号前请确认身份"),
			   ZD_STR("更改他人账号须在 5 分钟内验证过密码和验证码。"));
		page_actions(&rep->out, req, confirm);
	}
	page_card_begin(&rep->out, ZD_STR("账号"));
	page_facts(&rep->out, facts, ZD_COUNT(facts));
	page_card_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
get_person(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	struct trust_person person;

	ZD_TRY(trust_person_find(cx, req->db, p->id, &person));
	return show_record(cx, req, rep, &person, notice_of(p->done));
}

/* --- forms ------------------------------------------------------------------------------- */

struct person_params {
	int64_t id, version, dept, roles, level;
	int32_t valid_until;
	struct zd_str account, name;
};
#define PERSON_PARAMS                                                                              \
	HTTP_PARAM_TEXT(struct person_params, name, .about = "姓名", .max = 50),                   \
		HTTP_PARAM_INT(struct person_params, dept, .about = "部门编号，不填为全市",        \
			       .min = 1, .max = ID_MAX),                                           \
		HTTP_PARAM_INT(struct person_params, roles, .about = "角色（各位之和）", .min = 0, \
			       .max = 255, .required = true),                                      \
		HTTP_PARAM_INT(struct person_params, level, .about = "数据级别", .min = 1,         \
			       .max = 4, .required = true),                                        \
		HTTP_PARAM_DAY(struct person_params, valid_until, .about = "最后有效日")
static const struct http_param new_params[] = {
	HTTP_PARAM_TEXT(struct person_params, account, .about = "账号", .max = 64),
	PERSON_PARAMS,
	{ 0 },
};
static const struct http_param edit_params[] = {
	HTTP_PARAM_INT(struct person_params, id, .about = "人员编号", .min = 1, .max = ID_MAX,
		       .required = true),
	HTTP_PARAM_INT(struct person_params, version, .about = "看到的版本", .min = 1,
		       .max = ID_MAX, .required = true),
	PERSON_PARAMS,
	{ 0 },
};

static enum zd_rc
add_person_fields(struct zd_cx *cx, struct db *db, struct web_form *f,
		  const struct person_params *p)
{
	struct page_choice *depts;

	ZD_TRY(web_dept_choices(cx, db, &depts));
	web_add(f, (struct page_field){ .input = PAGE_INPUT_TEXT,
					.name = ZD_STR("name"),
					.label = ZD_STR("姓名"),
					.value = p->name,
					.required = true,
					.max = 50,
					.narrow = true });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_SELECT,
					.name = ZD_STR("dept"),
					.label = ZD_STR("部门"),
					.value = web_int(cx->arena, p->dept),
					.hint = ZD_STR("全市角色和管理员不选部门"),
					.choices = depts });
	web_add(f, (struct page_field){
			   .input = PAGE_INPUT_SELECT,
			   .name = ZD_STR("roles"),
			   .label = ZD_STR("角色"),
			   .value = web_int(cx->arena, p->roles),
			   .hint = ZD_STR("三类管理员不得兼任任何其他角色，且须另一位管理员复核"),
			   .required = true,
			   .choices = web_role_sets() });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_SELECT,
					.name = ZD_STR("level"),
					.label = ZD_STR("数据级别"),
					.value = web_int(cx->arena, p->level),
					.hint = ZD_STR("能看到的最高数据级别；管理员只能为 1"),
					.required = true,
					.choices = web_levels });
	web_add(f, (struct page_field){ .input = PAGE_INPUT_DAY,
					.name = ZD_STR("valid_until"),
					.label = ZD_STR("有效期至"),
					.value = zd_day_format(cx->arena, p->valid_until),
					.hint = ZD_STR("当天仍可登录；不填为长期"),
					.narrow = true });
	return ZD_OK;
}

static const struct page_crumb people_crumbs[] = { { ZD_LIT("人员与账号"), ZD_LIT("/desk/people") },
						   { { 0 }, { 0 } } };

static enum zd_rc
show_new(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	 const struct person_params *p, enum zd_rc rc)
{
	struct web_form f = {
		.page = { .title = ZD_STR("新建人员"), .nav = "people", .crumbs = people_crumbs },
		.form = { .action = ZD_STR("/desk/people/new"),
			  .submit = ZD_STR("建立账号"),
			  .cancel = ZD_STR("/desk/people"),
			  .consequence = ZD_STR(
				  "将得到一个一次性激活码（3 天内有效），请当面交给本人。") }
	};

	web_add(&f,
		(struct page_field){ .input = PAGE_INPUT_TEXT,
				     .name = ZD_STR("account"),
				     .label = ZD_STR("账号"),
				     .value = p->account,
				     .hint = ZD_STR("3 至 32 个字母、数字或 . _ -；建立后不能更改"),
				     .required = true,
				     .max = 32,
				     .narrow = true,
				     .focus = true });
	struct zd_err err = cx->err;
	ZD_TRY(add_person_fields(cx, req->db, &f, p));
	cx->err = err;
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_new(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct person_params blank = {
		.dept = ZD_NO_INT, .roles = ZD_NO_INT, .level = 2, .valid_until = ZD_NO_DAY
	};

	if (web_confirm_first(cx, req, rep))
		return ZD_OK;
	return show_new(cx, req, rep, &blank, ZD_OK);
}

/* A code that is shown once: the page is not kept anywhere. */
static enum zd_rc
show_code(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	  const struct trust_code *code, struct zd_str title)
{
	const struct page_action actions[] = {
		{ .title = ZD_STR("看此人的资料"),
		  .href = person_path(cx, code->person, ""),
		  .icon = "eye" },
		{ .title = { 0 } },
	};
	const struct page page = {
		.title = title, .nav = "people", .crumbs = people_crumbs, .actions = actions
	};
	struct zd_str label =
		zd_str_printf(cx->arena, "账号 %.*s 的一次性激活码：", ZD_STR_ARG(code->account));
	struct zd_str note = zd_str_printf(
		cx->arena, "只显示这一次。请当面交给本人，在 %.*s 前到“激活账号”页面设置密码。",
		ZD_STR_ARG(zd_time_format(cx->arena, code->until)));

	page_begin(cx, req, rep, &page);
	trust_code_html(&rep->out, label, code->code, note);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
post_new(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct person_params *p = req->params;
	struct trust_env env = web_env(req);
	struct trust_person_new new = { .account = p->account,
					.name = zd_str_trim(p->name),
					.dept = p->dept == ZD_NO_INT ? 0 : p->dept,
					.roles = (uint32_t)p->roles,
					.level = (int)p->level,
					.valid_until = p->valid_until };
	struct trust_code code;

	enum zd_rc rc = trust_person_create(cx, req->db, &env, &new, &code);
	if (rc != ZD_OK)
		return show_new(cx, req, rep, p, rc);
	return show_code(cx, req, rep, &code, ZD_STR("账号已建立"));
}

static enum zd_rc
show_edit(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	  const struct person_params *p, enum zd_rc rc)
{
	struct web_form f = {
		.page = { .title = ZD_STR("修改人员"), .nav = "people", .crumbs = people_crumbs },
		.form = { .action = person_path(cx, p->id, "/edit"),
			  .submit = ZD_STR("保存"),
			  .cancel = person_path(cx, p->id, ""),
			  .consequence =
				  ZD_STR("部门、角色或数据级别变动后，此人的登录立即退出。") }
	};

	web_add(&f, (struct page_field){ .input = PAGE_INPUT_HIDDEN,
					 .name = ZD_STR("version"),
					 .value = web_int(cx->arena, p->version) });
	struct zd_err err = cx->err;
	ZD_TRY(add_person_fields(cx, req->db, &f, p));
	cx->err = err;
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_edit(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	struct trust_person person;

	if (web_confirm_first(cx, req, rep))
		return ZD_OK;
	ZD_TRY(trust_person_find(cx, req->db, p->id, &person));
	const struct person_params now = { .id = person.id,
					   .version = person.version,
					   .dept = person.dept,
					   .roles = person.roles,
					   .level = person.level,
					   .valid_until = person.valid_until,
					   .name = person.name };
	return show_edit(cx, req, rep, &now, ZD_OK);
}

static enum zd_rc
post_edit(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct person_params *p = req->params;
	const struct trust_person_edit edit = { .id = p->id,
						.version = p->version,
						.name = zd_str_trim(p->name),
						.dept = p->dept == ZD_NO_INT ? 0 : p->dept,
						.roles = (uint32_t)p->roles,
						.level = (int)p->level,
						.valid_until = p->valid_until };
	struct trust_person person;

	enum zd_rc rc = trust_person_change(cx, req->db, &edit);
	if (rc != ZD_OK)
		return show_edit(cx, req, rep, p, rc);
	ZD_TRY(trust_person_find(cx, req->db, p->id, &person));
	bool waits = person.roles != p->roles;
	return web_go(rep, person_path(cx, p->id, waits ? "?done=asked" : "?done=edited"));
}

/* --- buttons ----------------------------------------------------------------------------- */

static enum zd_rc
press(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, const char *done,
      enum zd_rc (*act)(struct zd_cx *cx, struct db *db, int64_t id))
{
	const struct id_params *p = req->params;

	ZD_TRY(act(cx, req->db, p->id));
	return web_go(rep, person_path(cx, p->id, zd_str_printf(cx->arena, "?done=%s", done).p));
}

static enum zd_rc
post_disable(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return press(cx, req, rep, "disable", trust_person_disable);
}

static enum zd_rc
post_enable(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return press(cx, req, rep, "enable", trust_person_enable);
}

static enum zd_rc
post_unlock(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return press(cx, req, rep, "unlock", trust_person_unlock);
}

struct reset_params {
	int64_t id;
	bool full;
};
static const struct http_param reset_params[] = {
	HTTP_PARAM_INT(struct reset_params, id, .about = "人员编号", .min = 1, .max = ID_MAX,
		       .required = true),
	HTTP_PARAM_BOOL(struct reset_params, full, .about = "第二因子也重置"),
	{ 0 },
};

static enum zd_rc
post_reset(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct reset_params *p = req->params;
	struct trust_code code;

	ZD_TRY(trust_person_reset(cx, req->db, p->id, p->full, &code));
	return show_code(cx, req, rep, &code, ZD_STR("密码已重置"));
}

/* --- four eyes, roles -------------------------------------------------------------------- */

static enum zd_rc
get_grants(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page page = { .title = ZD_STR("等待复核的授权"),
				   .lead = ZD_STR("管理员角色须由申请人以外的另一位安全管理员复核；"
						  "只有一位安全管理员时由系统管理员复核。"),
				   .nav = "people" };
	static const struct page_empty none = {
		.icon = "shield-check",
		.title = ZD_LIT("没有等待复核的授权"),
		.text = ZD_LIT("授予系统、安全、审计管理员角色的申请会出现在这里。")
	};
	struct trust_request *requests;
	size_t n;

	if (web_confirm_first(cx, req, rep))
		return ZD_OK;
	ZD_TRY(trust_request_list(cx, req->db, &requests, &n));
	page_begin(cx, req, rep, &page);
	if (n)
		trust_requests_html(&rep->out, req, requests, n, cx->arena);
	else
		page_empty(&rep->out, &none);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

struct grant_params {
	int64_t id;
	bool granted;
};
static const struct http_param grant_params[] = {
	HTTP_PARAM_INT(struct grant_params, id, .about = "申请编号", .min = 1, .max = ID_MAX,
		       .required = true),
	HTTP_PARAM_BOOL(struct grant_params, granted, .about = "同意（1）或驳回（0）",
			.required = true),
	{ 0 },
};

static enum zd_rc
post_grant(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct grant_params *p = req->params;

	ZD_TRY(trust_request_decide(cx, req->db, p->id, p->granted));
	return web_go(rep, ZD_STR("/desk/grants"));
}

static enum zd_rc
get_roles(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page page = {
		.title = ZD_STR("各角色的职责"),
		.lead = ZD_STR("系统管理员、安全管理员、审计管理员互不兼任，也不兼任业务角色"
			       "（等保三级 8.1.4.2 d）；数据库另有约束保证。")
	};

	page_begin(cx, req, rep, &page);
	trust_roles_html(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

#define SECURITY                                                                                   \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN                                \
	}
#define SECURITY_FRESH                                                                             \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN, .fresh = true                 \
	}
#define SECOND                                                                                     \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN | TRUST_SYSTEM_ADMIN           \
	}
#define SECOND_FRESH                                                                               \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_SECURITY_ADMIN | TRUST_SYSTEM_ADMIN,          \
		.fresh = true                                                                      \
	}
#define PARAMS(type, table) .params = (table), .params_size = sizeof(struct type)

const struct http_route trust_people_routes[] = {
	{ HTTP_GET, "/desk/people", "人员与账号列表", SECURITY, show_people, .lax_query = true },
	{ HTTP_GET, "/api/v1/people", "人员与账号列表", SECURITY, show_people, .lax_query = true },
	{ HTTP_GET, "/desk/people/new", "新建人员页", SECURITY, get_new },
	{ HTTP_POST, "/desk/people/new", "新建人员", SECURITY_FRESH, post_new, HTTP_FORM,
	  PARAMS(person_params, new_params) },
	{ HTTP_GET, "/desk/people/{id}", "人员资料", SECURITY, get_person,
	  PARAMS(id_params, id_params) },
	{ HTTP_GET, "/desk/people/{id}/edit", "修改人员页", SECURITY, get_edit,
	  PARAMS(id_params, id_params) },
	{ HTTP_POST, "/desk/people/{id}/edit", "修改人员", SECURITY_FRESH, post_edit, HTTP_FORM,
	  PARAMS(person_params, edit_params) },
	{ HTTP_POST, "/desk/people/{id}/disable", "停用账号", SECURITY_FRESH, post_disable,
	  HTTP_FORM, PARAMS(id_params, id_params) },
	{ HTTP_POST, "/desk/people/{id}/enable", "启用账号", SECURITY_FRESH, post_enable, HTTP_FORM,
	  PARAMS(id_params, id_params) },
	{ HTTP_POST, "/desk/people/{id}/unlock", "解锁账号", SECURITY_FRESH, post_unlock, HTTP_FORM,
	  PARAMS(id_params, id_params) },
	{ HTTP_POST, "/desk/people/{id}/reset", "重置密码", SECURITY_FRESH, post_reset, HTTP_FORM,
	  PARAMS(reset_params, reset_params) },
	{ HTTP_GET, "/desk/grants", "等待复核的授权", SECOND, get_grants },
	{ HTTP_POST, "/desk/grants/{id}", "复核授权", SECOND_FRESH, post_grant, HTTP_FORM,
	  PARAMS(grant_params, grant_params) },
	{ HTTP_GET, "/desk/roles", "各角色的职责", { .access = HTTP_SIGNED_IN }, get_roles },
	{ .method = HTTP_END },
};
