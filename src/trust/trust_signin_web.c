/* Signing in and its steps, activation, one's own account. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "trust/trust_pages.h"
#include "trust/trust_private.h"
#include "trust/trust_web.h"

static const struct page_field account_field = { .input = PAGE_INPUT_TEXT,
						 .name = ZD_LIT("account"),
						 .label = ZD_LIT("账号"),
						 .required = true,
						 .max = 64,
						 .autocomplete = "username" };
static const struct page_field password_field = { .input = PAGE_INPUT_PASSWORD,
						  .name = ZD_LIT("password"),
						  .label = ZD_LIT("密码"),
						  .required = true,
						  .max = 128,
						  .autocomplete = "current-password" };
static const struct page_field new_password_field = {
	.input = PAGE_INPUT_PASSWORD,
	.name = ZD_LIT("password"),
	.label = ZD_LIT("新密码"),
	.hint = ZD_LIT(
		"至少 12 个字符，含大写、小写、数字、符号中的三类；不含账号和姓名，不用常见词"),
	.required = true,
	.max = 128,
	.autocomplete = "new-password",
};
static const struct page_field again_field = { .input = PAGE_INPUT_PASSWORD,
					       .name = ZD_LIT("again"),
					       .label = ZD_LIT("再输一次"),
					       .required = true,
					       .max = 128,
					       .autocomplete = "new-password" };
static const struct page_field code_field = { .input = PAGE_INPUT_TEXT,
					      .name = ZD_LIT("code"),
					      .label = ZD_LIT("验证码"),
					      .hint = ZD_LIT(
						      "身份验证器应用中的 6 位数字，或一个恢复码"),
					      .required = true,
					      .narrow = true,
					      .focus = true,
					      .max = 20,
					      .autocomplete = "one-time-code" };

static struct page_field
next_field(struct zd_str next)
{
	return (struct page_field){ .input = PAGE_INPUT_HIDDEN,
				    .name = ZD_STR("next"),
				    .value = next };
}

static struct zd_str
step_path(struct zd_cx *cx, enum trust_stage stage, struct zd_str next)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 8192 };

	next = web_own_path(next, "/desk");
	if (stage == TRUST_OPEN)
		return next;
	zd_out_write(&out, zd_str_of(trust_gate_page(stage)));
	zd_out_write(&out, ZD_STR("?next="));
	zd_out_url(&out, next);
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

/* On with the new token to where the session now stands. */
static enum zd_rc
go_on(struct zd_cx *cx, struct http_reply *rep, const struct trust_signed *in, struct zd_str next)
{
	rep->set_cookie = in->token;
	return web_go(rep, step_path(cx, in->stage, next));
}

struct next_params {
	struct zd_str next;
};
#define NEXT(type) HTTP_PARAM_TEXT(type, next, .about = "成功后去的页面（本站路径）", .max = 2000)
static const struct http_param next_params[] = { NEXT(struct next_params), { 0 } };

/* --- the first factor -------------------------------------------------------------------- */

struct signin_params {
	struct zd_str account, password, next;
};
static const struct http_param signin_params[] = {
	HTTP_PARAM_TEXT(struct signin_params, account, .about = "账号", .max = 64,
			.required = true),
	HTTP_PARAM_TEXT(struct signin_params, password, .about = "密码", .max = 128,
			.required = true, .secret = true),
	NEXT(struct signin_params),
	{ 0 },
};

static enum zd_rc
show_signin(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	    struct zd_str account, struct zd_str next, enum zd_rc rc)
{
	static const char *const links[][2] = { { "/activate", "有激活码？设置密码" },
						{ "/", "回到首页" },
						{ NULL, NULL } };
	struct web_form f = { .page = { .title = ZD_STR("登录工作门户"), .layout = PAGE_BARE },
			      .form = { .action = ZD_STR("/signin"), .submit = ZD_STR("登录") } };

	web_add(&f, account_field);
	f.fields[0].value = account;
	f.fields[0].focus = true;
	web_add(&f, password_field);
	web_add(&f, next_field(next));
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	trust_links_html(&rep->out, links);
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_signin(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct next_params *p = req->params;
	struct trust_session session;

	if (trust_gate_session(cx, req, &session) == ZD_OK)
		return web_go(rep, step_path(cx, trust_session_stage(cx, &session), p->next));
	return show_signin(cx, req, rep, ZD_STR(""), p->next, ZD_OK);
}

static enum zd_rc
post_signin(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct signin_params *p = req->params;
	struct trust_env env = web_env(req);
	struct trust_signed in;

	enum zd_rc rc = trust_sign_in(cx, req->db, &env, p->account, p->password,
				      http_header(req, "User-Agent"), &in);
	trust_measure_signin(cx, &in);
	if (rc == ZD_OK)
		return go_on(cx, rep, &in, p->next);
	return show_signin(cx, req, rep, p->account, p->next, rc);
}

/* --- the second factor ------------------------------------------------------------------- */

struct code_params {
	struct zd_str code, next;
};
static const struct http_param code_params[] = {
	HTTP_PARAM_TEXT(struct code_params, code, .about = "验证码或恢复码", .max = 20,
			.secret = true),
	NEXT(struct code_params),
	{ 0 },
};

static enum zd_rc
show_code(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, struct zd_str next,
	  enum zd_rc rc)
{
	struct web_form f = { .page = { .title = ZD_STR("第二因子验证"), .layout = PAGE_BARE },
			      .form = { .action = ZD_STR("/signin/code"),
					.submit = ZD_STR("验证"),
					.cancel = ZD_STR("/") } };

	web_add(&f, code_field);
	web_add(&f, next_field(next));
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_code(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct next_params *p = req->params;

	return show_code(cx, req, rep, p->next, ZD_OK);
}

static enum zd_rc
post_code(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct code_params *p = req->params;
	struct trust_env env = web_env(req);
	struct trust_signed in;

	enum zd_rc rc = trust_sign_in_code(cx, req->db, &env, req->session, p->code, &in);
	trust_measure_signin(cx, &in);
	if (rc == ZD_OK)
		return go_on(cx, rep, &in, p->next);
	if (rc == ZD_NOT_FOUND) /* locked meanwhile: from the start */
		return web_go(rep, ZD_STR("/signin"));
	return show_code(cx, req, rep, p->next, rc);
}

static enum zd_rc
show_factor(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	    const struct trust_totp *totp, struct zd_str next, enum zd_rc rc)
{
	struct web_form f = {
		.page = { .title = ZD_STR("设置第二验证因子"),
			  .lead = ZD_STR("管理员登录除密码外还须验证码（等保三级 8.1.4.1 d）。"),
			  .layout = PAGE_BARE },
		.form = { .action = ZD_STR("/signin/factor"),
			  .submit = totp ? ZD_STR("完成设置") : ZD_STR("开始设置") }
	};
	struct http_reply *out = rep;

	if (totp)
		web_add(&f, code_field);
	web_add(&f, next_field(next));
	f.form.fields = f.fields;
	f.form.n_fields = f.n;
	if (rc == ZD_FAILED || rc == ZD_UNCERTAIN || rc == ZD_NOT_FOUND)
		return rc;
	if (rc != ZD_OK) {
		rep->status = zd_rc_meaning(rc)->http_status;
		page_form_fail(cx, &f.form, f.fields, f.n);
	}
	page_begin(cx, req, rep, &f.page);
	if (totp)
		trust_factor_html(&out->out, totp);
	page_form(&out->out, req, &f.form);
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_factor(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct next_params *p = req->params;

	return show_factor(cx, req, rep, NULL, p->next, ZD_OK);
}

static enum zd_rc
show_recovery(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	      const struct zd_str *codes, struct zd_str next)
{
	const struct page page = { .title = ZD_STR("保存恢复码"), .layout = PAGE_BARE };

	page_begin(cx, req, rep, &page);
	trust_recovery_html(&rep->out, codes, TRUST_RECOVERY, next);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* Without a code it begins (anew), with one it ends. */
static enum zd_rc
post_factor(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct code_params *p = req->params;
	struct trust_env env = web_env(req);
	struct zd_str codes[TRUST_RECOVERY];
	struct trust_signed in;
	struct trust_totp totp;

	if (!p->code.n) {
		enum zd_rc rc = trust_totp_begin(cx, req->db, &env, req->session, &totp);
		return show_factor(cx, req, rep, rc == ZD_OK ? &totp : NULL, p->next, rc);
	}
	enum zd_rc rc = trust_totp_finish(cx, req->db, &env, req->session, p->code, codes, &in);
	if (rc == ZD_OK) {
		rep->set_cookie = in.token;
		return show_recovery(cx, req, rep, codes, step_path(cx, in.stage, p->next));
	}
	struct zd_err err = cx->err;
	bool pending = trust_totp_pending(cx, req->db, &env, req->session, &totp) == ZD_OK;
	cx->err = err;
	return show_factor(cx, req, rep, pending ? &totp : NULL, p->next, rc);
}

/* --- passwords --------------------------------------------------------------------------- */

struct password_params {
	struct zd_str old, password, again, next;
};
static const struct http_param password_params[] = {
	HTTP_PARAM_TEXT(struct password_params, old, .about = "原密码", .max = 128,
			.required = true, .secret = true),
	HTTP_PARAM_TEXT(struct password_params, password, .about = "新密码", .max = 128,
			.required = true, .secret = true),
	HTTP_PARAM_TEXT(struct password_params, again, .about = "再输一次新密码", .max = 128,
			.required = true, .secret = true),
	NEXT(struct password_params),
	{ 0 },
};

static enum zd_rc
check_again(struct zd_cx *cx, struct zd_str password, struct zd_str again)
{
	if (!zd_str_equal(password, again))
		return zd_fail(cx, ZD_INVALID, "again", "两次输入的新密码不一样");
	return ZD_OK;
}

static enum zd_rc
show_password(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	      struct zd_str next, enum zd_rc rc)
{
	struct web_form f = { .page = { .title = ZD_STR("修改密码"), .layout = PAGE_BARE },
			      .form = { .action = ZD_STR("/signin/password"),
					.submit = ZD_STR("修改密码"),
					.cancel = web_own_path(next, "/desk"),
					.consequence = ZD_STR("您在其他地方的登录会同时退出。") } };

	web_add(&f, password_field);
	f.fields[0].name = ZD_STR("old");
	f.fields[0].label = ZD_STR("原密码");
	f.fields[0].focus = true;
	web_add(&f, new_password_field);
	web_add(&f, again_field);
	web_add(&f, next_field(next));
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_password(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct next_params *p = req->params;

	return show_password(cx, req, rep, p->next, ZD_OK);
}

static enum zd_rc
post_password(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct password_params *p = req->params;
	struct trust_env env = web_env(req);
	struct trust_signed in = { .end = TRUST_SIGNIN_UNTRIED };

	enum zd_rc rc = check_again(cx, p->password, p->again);
	if (rc == ZD_OK)
		rc = trust_change_password(cx, req->db, &env, req->session, p->old, p->password,
					   &in);
	trust_measure_signin(cx, &in);
	if (rc == ZD_OK)
		return go_on(cx, rep, &in, p->next);
	return show_password(cx, req, rep, p->next, rc);
}

struct activate_params {
	struct zd_str account, code, password, again;
};
static const struct http_param activate_params[] = {
	HTTP_PARAM_TEXT(struct activate_params, account, .about = "账号", .max = 64,
			.required = true),
	HTTP_PARAM_TEXT(struct activate_params, code, .about = "激活码", .max = 64,
			.required = true, .secret = true),
	HTTP_PARAM_TEXT(struct activate_params, password, .about = "新密码", .max = 128,
			.required = true, .secret = true),
	HTTP_PARAM_TEXT(struct activate_params, again, .about = "再输一次新密码", .max = 128,
			.required = true, .secret = true),
	{ 0 },
};

static enum zd_rc
show_activate(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	      struct zd_str account, enum zd_rc rc)
{
	struct web_form f = { .page = { .title = ZD_STR("激活账号"),
					.lead = ZD_STR(
						"用安全管理员交给您的一次性激活码设置密码。"),
					.layout = PAGE_BARE },
			      .form = { .action = ZD_STR("/activate"),
					.submit = ZD_STR("激活"),
					.cancel = ZD_STR("/signin") } };

	web_add(&f, account_field);
	f.fields[0].value = account;
	f.fields[0].focus = true;
	web_add(&f, (struct page_field){ .input = PAGE_INPUT_TEXT,
					 .name = ZD_STR("code"),
					 .label = ZD_STR("激活码"),
					 .hint = ZD_STR("26 位字母和数字，大小写和空格不影响"),
					 .required = true,
					 .max = 64,
					 .autocomplete = "off" });
	web_add(&f, new_password_field);
	web_add(&f, again_field);
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_activate(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return show_activate(cx, req, rep, ZD_STR(""), ZD_OK);
}

static enum zd_rc
post_activate(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct activate_params *p = req->params;
	struct trust_env env = web_env(req);

	enum zd_rc rc = check_again(cx, p->password, p->again);
	if (rc == ZD_OK)
		rc = trust_activate(cx, req->db, &env, p->account, p->code, p->password);
	if (rc != ZD_OK)
		return show_activate(cx, req, rep, p->account, rc);
	const struct page page = { .title = ZD_STR("账号已激活"), .layout = PAGE_BARE };
	static const char *const links[][2] = { { "/signin", "去登录" }, { NULL, NULL } };
	page_begin(cx, req, rep, &page);
	page_alert(&rep->out, PAGE_GOOD, ZD_STR("密码已设置"),
		   ZD_STR("激活码已作废。请用新密码登录。"));
	trust_links_html(&rep->out, links);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- step-up ----------------------------------------------------------------------------- */

struct confirm_params {
	struct zd_str password, code, next;
};
static const struct http_param confirm_params[] = {
	HTTP_PARAM_TEXT(struct confirm_params, password, .about = "密码", .max = 128,
			.required = true, .secret = true),
	HTTP_PARAM_TEXT(struct confirm_params, code, .about = "验证码或恢复码", .max = 20,
			.secret = true),
	NEXT(struct confirm_params),
	{ 0 },
};

static enum zd_rc
show_confirm(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, struct zd_str next,
	     enum zd_rc rc)
{
	struct web_form f = {
		.page = { .title = ZD_STR("确认是您本人"),
			  .lead = ZD_STR("接下来的操作很重要，请再次验证身份，5 分钟内有效。"),
			  .layout = PAGE_BARE },
		.form = { .action = ZD_STR("/signin/confirm"),
			  .submit = ZD_STR("确认"),
			  .cancel = web_own_path(next, "/desk") }
	};
	struct trust_session session;
	struct zd_err err = cx->err;

	web_add(&f, password_field);
	f.fields[0].focus = true;
	ZD_TRY(trust_gate_session(cx, req, &session));
	cx->err = err;
	if (session.totp_on) {
		web_add(&f, code_field);
		f.fields[1].focus = false;
	}
	web_add(&f, next_field(next));
	ZD_TRY(web_form_show(cx, req, rep, &f, rc));
	page_end(cx, req, rep, &f.page);
	return ZD_OK;
}

static enum zd_rc
get_confirm(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct next_params *p = req->params;

	return show_confirm(cx, req, rep, p->next, ZD_OK);
}

static enum zd_rc
post_confirm(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct confirm_params *p = req->params;
	struct trust_env env = web_env(req);
	struct trust_signed in;

	enum zd_rc rc = trust_confirm(cx, req->db, &env, req->session, p->password, p->code, &in);
	trust_measure_signin(cx, &in);
	if (rc == ZD_OK)
		return go_on(cx, rep, &in, p->next);
	if (rc == ZD_NOT_FOUND)
		return web_go(rep, ZD_STR("/signin"));
	return show_confirm(cx, req, rep, p->next, rc);
}

/* --- one's own account ------------------------------------------------------------------- */

static enum zd_rc
post_signout(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	enum zd_rc rc = trust_sign_out(cx, req->db, req->session);

	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	rep->set_cookie = ZD_STR("");
	return web_go(rep, ZD_STR("/signin"));
}

static enum zd_rc
find_dept_name(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str *ret)
{
	struct trust_dept d = { .name = ZD_STR("全市") };

	if (dept && dept != ZD_NO_INT)
		ZD_TRY(trust_dept_find(cx, db, dept, &d));
	*ret = d.name;
	return ZD_OK;
}

static enum zd_rc
get_me(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("确认身份"),
		  .href = ZD_LIT("/signin/confirm?next=%2Fdesk%2Fme"),
		  .icon = "fingerprint" },
		{ .title = ZD_LIT("修改密码"),
		  .href = ZD_LIT("/signin/password?next=%2Fdesk%2Fme"),
		  .icon = "key" },
		{ .title = ZD_LIT("各角色的职责"), .href = ZD_LIT("/desk/roles"), .icon = "help" },
		{ { 0 }, { 0 }, NULL, 0, 0, 0, { 0 }, { 0 }, { 0 } },
	};
	const struct page page = { .title = ZD_STR("我的账号"), .actions = actions };
	struct trust_my_session *sessions;
	struct trust_session now;
	struct zd_str dept;
	size_t n;

	ZD_TRY(trust_gate_session(cx, req, &now));
	ZD_TRY(find_dept_name(cx, req->db, now.dept, &dept));
	ZD_TRY(trust_session_list(cx, req->db, now.person, &sessions, &n));
	const struct page_fact facts[] = {
		{ .label = ZD_STR("姓名"), .value = now.name },
		{ .label = ZD_STR("账号"), .value = now.account, .as = PAGE_AS_CODE },
		{ .label = ZD_STR("部门"), .value = dept },
		{ .label = ZD_STR("角色"),
		  .value = trust_roles_titles(cx->arena, (uint32_t)now.roles) },
		{ .label = ZD_STR("第二因子"),
		  .value = now.totp_on ? ZD_STR("已设置") : ZD_STR("未设置"),
		  .href = now.totp_on ? (struct zd_str){ 0 }
				      : ZD_STR("/signin/factor?next=%2Fdesk%2Fme") },
		{ .label = ZD_STR("密码设置于"),
		  .value = web_int(cx->arena, now.password_at),
		  .as = PAGE_AS_TIME },
	};
	page_begin(cx, req, rep, &page);
	page_card_begin(&rep->out, ZD_STR("基本信息"));
	page_facts(&rep->out, facts, ZD_COUNT(facts));
	page_card_end(&rep->out);
	page_card_begin(&rep->out, ZD_STR("登录中的设备"));
	trust_sessions_html(&rep->out, req, sessions, n, now.id, cx->arena);
	page_card_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

struct id_params {
	int64_t id;
};
static const struct http_param id_params[] = {
	HTTP_PARAM_INT(struct id_params, id, .about = "编号", .min = 1, .max = INT64_C(1) << 53,
		       .required = true),
	{ 0 },
};

static enum zd_rc
post_end_session(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;

	ZD_TRY(trust_session_kill(cx, req->db, p->id));
	return web_go(rep, ZD_STR("/desk/me"));
}

static enum zd_rc
api_me(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct json_writer w = { .out = &rep->out };
	struct trust_dept dept = { 0 };

	if (cx->actor.dept)
		ZD_TRY(trust_dept_find(cx, req->db, cx->actor.dept, &dept));
	json_put_object(&w);
	json_put_member(&w, "account", cx->actor.account);
	json_put_member(&w, "name", cx->actor.name);
	json_put_member(&w, "department", dept.code);
	json_put_member(&w, "roles", trust_roles_format(cx->arena, cx->actor.roles));
	json_put_member_int(&w, "level", cx->actor.level);
	json_put_end(&w);
	return ZD_OK;
}

#define OPEN                                                                                       \
	{                                                                                          \
		.access = HTTP_PUBLIC                                                              \
	}
#define SIGNED_IN                                                                                  \
	{                                                                                          \
		.access = HTTP_SIGNED_IN                                                           \
	}
#define PARAMS(type, table) .params = (table), .params_size = sizeof(struct type)

const struct http_route trust_signin_routes[] = {
	{ HTTP_GET, "/signin", "登录页", OPEN, get_signin, PARAMS(next_params, next_params) },
	{ HTTP_POST, "/signin", "登录", OPEN, post_signin, HTTP_FORM,
	  PARAMS(signin_params, signin_params) },
	{ HTTP_GET, "/signin/code", "第二因子验证页", SIGNED_IN, get_code,
	  PARAMS(next_params, next_params) },
	{ HTTP_POST, "/signin/code", "第二因子验证", SIGNED_IN, post_code, HTTP_FORM,
	  PARAMS(code_params, code_params) },
	{ HTTP_GET, "/signin/factor", "设置第二因子页", SIGNED_IN, get_factor,
	  PARAMS(next_params, next_params) },
	{ HTTP_POST, "/signin/factor", "设置第二因子", SIGNED_IN, post_factor, HTTP_FORM,
	  PARAMS(code_params, code_params) },
	{ HTTP_GET, "/signin/password", "修改密码页", SIGNED_IN, get_password,
	  PARAMS(next_params, next_params) },
	{ HTTP_POST, "/signin/password", "修改密码", SIGNED_IN, post_password, HTTP_FORM,
	  PARAMS(password_params, password_params) },
	{ HTTP_GET, "/signin/confirm", "确认身份页", SIGNED_IN, get_confirm,
	  PARAMS(next_params, next_params) },
	{ HTTP_POST, "/signin/confirm", "确认身份", SIGNED_IN, post_confirm, HTTP_FORM,
	  PARAMS(confirm_params, confirm_params) },
	{ HTTP_GET, "/activate", "激活账号页", OPEN, get_activate },
	{ HTTP_POST, "/activate", "激活账号", OPEN, post_activate, HTTP_FORM,
	  PARAMS(activate_params, activate_params) },
	{ HTTP_POST, "/signout", "退出登录", SIGNED_IN, post_signout, HTTP_FORM },
	{ HTTP_GET, "/desk/me", "我的账号", SIGNED_IN, get_me },
	{ HTTP_POST, "/desk/me/sessions/{id}/end", "退出一个登录会话", SIGNED_IN, post_end_session,
	  HTTP_FORM, PARAMS(id_params, id_params) },
	{ HTTP_GET, "/api/v1/me", "当前账号或密钥是谁", SIGNED_IN, api_me },
	{ .method = HTTP_END },
};
