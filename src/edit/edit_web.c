/* The pages and the API by which one record of any standard is seen, added, changed and removed. */
#include "edit/edit_web.h"

#include "base/app.h"
#include "base/json.h"
#include "view/view_web.h"

/* --- what is asked ------------------------------------------------------------------------ */

struct asked {
	struct zd_str standard, ref, reason, done;
	int64_t version;
};

#define STANDARD_PARAM                                                                             \
	HTTP_PARAM_TEXT(struct asked, standard, .about = "数据标准的名称，如 check_action",        \
			.max = 60, .required = true)
#define REF_PARAM                                                                                  \
	HTTP_PARAM_TEXT(struct asked, ref, .about = "部门和记录的编号，如 7-123", .max = 40,       \
			.required = true)
#define REASON_PARAM HTTP_PARAM_TEXT(struct asked, reason, .about = "原因", .max = 500)
#define VERSION_PARAM                                                                              \
	HTTP_PARAM_INT(struct asked, version, .about = "所依据的版本", .min = 1, .max = INT32_MAX, \
		       .required = true)

static const struct http_param one_params[] = {
	STANDARD_PARAM,
	REF_PARAM,
	HTTP_PARAM_TEXT(struct asked, done, .about = "刚刚完成的操作", .max = 20),
	{ 0 },
};
static const struct http_param new_params[] = { STANDARD_PARAM, { 0 } };
static const struct http_param change_params[] = {
	STANDARD_PARAM, REF_PARAM, VERSION_PARAM, REASON_PARAM, { 0 }
};

static enum zd_rc
load(struct zd_cx *cx, const struct http_request *req, struct view_sheet *ret)
{
	const struct asked *asked = req->params;
	const struct standard *std;
	int64_t dept, id;

	ZD_TRY(view_standard(cx, req, asked->standard, &std));
	if (!view_ref_parse(asked->ref, &dept, &id))
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这条%.*s记录", ZD_STR_ARG(std->title));
	return view_app_load(cx, req->db, std, dept, id, ret);
}

/* The order as the form or the JSON body gives it. */
static struct edit_order
order_of(struct zd_cx *cx, const struct http_request *req, const struct standard *std, int64_t dept,
	 int64_t id)
{
	const struct asked *asked = req->params;
	struct zd_str *values = zd_new_array(cx->arena, struct zd_str, STANDARD_MAX_FIELDS);

	for (size_t i = 0; i < std->n_fields; i++) {
		values[i] = http_field(req, std->fields[i].name);
		if (values[i].p && !values[i].n)
			values[i] = ZD_STR(""); /* emptied */
	}
	return (struct edit_order){ .std = std,
				    .dept = dept,
				    .id = id,
				    .version = id ? asked->version : 0,
				    .reason = id ? asked->reason : (struct zd_str){ 0 },
				    .values = values };
}

/* Fields that the standard does not have are not passed over in silence. */
static enum zd_rc
check_fields(struct zd_cx *cx, const struct http_request *req, const struct standard *std)
{
	for (size_t i = 0; i < req->fields_n; i++) {
		struct zd_str name = req->fields[i].name;
		bool known = false;
		for (size_t f = 0; f < std->n_fields && !known; f++)
			known = zd_str_equal(std->fields[f].name, name);
		if (!known)
			return zd_fail(cx, ZD_INVALID, NULL, "%.*s没有名为「%.*s」的项目",
				       ZD_STR_ARG(std->title), ZD_STR_ARG(name));
	}
	return ZD_OK;
}

static enum zd_rc
show(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct asked *asked = req->params;
	struct view_sheet sheet;

	ZD_TRY(load(cx, req, &sheet));
	return view_show_sheet(cx, req, rep, &sheet, asked->done);
}

/* --- the form ------------------------------------------------------------------------------- */

struct form {
	const struct standard *std;
	int64_t id, version;
	struct zd_str title, action, cancel, error, reason;
	const struct zd_str *values, *stored; /* as shown, as they are */
	const struct standard_error *errors;
	size_t n_errors;
	int32_t day;
	bool reason_bad;
};

static bool
may_read(const struct zd_cx *cx, const struct standard_field *field)
{
	return (cx->actor.id == 0 && cx->actor.roles == 0) || cx->actor.level >= field->data_class;
}

static struct page_field *
fields_of(struct zd_cx *cx, const struct form *f)
{
	struct page_field *fields =
		page_standard_fields(cx, f->std, f->day, f->values, f->errors, f->n_errors);
	const struct zd_str none = { 0 };

	for (size_t i = 0; i < f->std->n_fields; i++) {
		const struct standard_field *from = &f->std->fields[i];
		if (edit_may_set(&cx->actor, f->std, i, f->id == 0,
				 f->stored ? f->stored[i] : none))
			continue;
		if (from->exchange) {
			fields[i].input = PAGE_INPUT_HIDDEN;
			fields[i].value = ZD_STR("");
			continue;
		}
		fields[i].read_only = true;
		fields[i].value = trust_mask(cx, from->data_class, fields[i].value);
		fields[i].hint = (int)i == f->std->key ? ZD_STR("编号是记录的身份，不能改")
						       : ZD_STR("您的数据级别看不到全文，保持原值");
		if (!may_read(cx, from))
			fields[i].input = PAGE_INPUT_TEXT;
	}
	return fields;
}

/* The standard's own fields come first, those of exchange last. */
static size_t
own_fields(const struct standard *std)
{
	size_t n = std->n_fields;

	while (n && std->fields[n - 1].exchange)
		n--;
	return n;
}

static void
put_reason(struct zd_out *out, const struct form *f)
{
	const struct page_field field = {
		.input = PAGE_INPUT_AREA,
		.name = ZD_STR("reason"),
		.label = ZD_STR("修改原因"),
		.value = f->reason,
		.required = true,
		.max = 500,
		.hint = ZD_STR("写明依据，如营业执照换发、录入笔误；随变更记录保留"),
		.error = f->reason_bad ? f->error : (struct zd_str){ 0 },
	};

	page_form_section_begin(out, ZD_STR("为什么改"), (struct zd_str){ 0 });
	page_form_field(out, &field);
	page_form_section_end(out);
	zd_out_printf(out, "<input type=\"hidden\" name=\"version\" value=\"%" PRId64 "\">",
		      f->version);
}

static struct zd_str
consequence_of(const struct form *f)
{
	if (f->std->kind == STANDARD_CATALOG)
		return ZD_STR(
			"保存后立即用于今后的核对；已入库的记录不受影响，原内容保留在变更记录里。");
	return f->id ? ZD_STR("保存后按新内容计入统计并上报；原内容保留在变更记录里，可以查回。")
		     : ZD_STR("保存时按数据标准和清单核对，通过的立即入库。");
}

static enum zd_rc
show_form(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, const struct form *f)
{
	struct page_field *fields = fields_of(cx, f);
	const struct page_form form = { .action = f->action,
					.submit = f->id ? ZD_STR("保存修改") : ZD_STR("保存"),
					.cancel = f->cancel,
					.error = f->reason_bad ? (struct zd_str){ 0 } : f->error,
					.fields = fields,
					.n_fields = own_fields(f->std),
					.consequence = consequence_of(f) };
	const struct page_crumb crumbs[] = { { f->std->title, f->cancel },
					     { f->title, { 0 } },
					     { { 0 }, { 0 } } };
	const struct page page = { .title = f->title, .nav = view_nav(f->std), .crumbs = crumbs };

	page_begin(cx, req, rep, &page);
	page_form_begin(&rep->out, req, &form);
	page_standard_form(&rep->out, f->std, &form, view_sections(f->std));
	if (f->id)
		put_reason(&rep->out, f);
	page_form_end(&rep->out, &form);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static struct form
change_form(struct zd_cx *cx, const struct view_sheet *sheet)
{
	const struct record *r = &sheet->record;
	struct zd_str name = view_title(cx, sheet);

	return (struct form){
		.std = sheet->std,
		.id = r->id,
		.version = r->version,
		.title = zd_str_printf(cx->arena, "修改：%.*s", ZD_STR_ARG(name)),
		.action =
			zd_str_printf(cx->arena, "/desk/records/%.*s/%" PRId64 "-%" PRId64 "/edit",
				      ZD_STR_ARG(sheet->std->name), r->dept, r->id),
		.cancel = view_href(cx->arena, sheet->std, r->dept, r->id),
		.values = r->v,
		.stored = r->v,
		.day = view_day(sheet->std, r),
	};
}

static struct form
new_form(struct zd_cx *cx, const struct standard *std)
{
	const struct view_place *place = view_place_of(std->name);

	return (struct form){
		.std = std,
		.title = zd_str_printf(cx->arena, "新增%.*s", ZD_STR_ARG(std->title)),
		.action = zd_str_printf(cx->arena, "/desk/records/%.*s/new", ZD_STR_ARG(std->name)),
		.cancel = zd_str_of(place ? place->list : "/desk"),
		.day = standard_version_day(std, cx->today),
	};
}

/* What went wrong goes back into the form, if the person can mend it. */
static enum zd_rc
again(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, struct form *f,
      const struct edit_result *result, enum zd_rc rc)
{
	const struct asked *asked = req->params;

	if (rc != ZD_INVALID && rc != ZD_CONFLICT && rc != ZD_REFUSED)
		return rc;
	f->values = result->values ? result->values : f->values;
	f->errors = result->errors;
	f->n_errors = result->n_errors;
	f->reason = asked->reason;
	f->reason_bad = cx->err.field && strcmp(cx->err.field, "reason") == 0;
	if (!f->n_errors || f->errors[0].field < 0)
		f->error = zd_str_copy(cx->arena, zd_str_of(cx->err.text));
	rep->status = zd_rc_meaning(rc)->http_status;
	return show_form(cx, req, rep, f);
}

/* --- for programs ---------------------------------------------------------------------------- */

static void
put_errors(struct json_writer *w, const struct standard *std, const struct edit_result *result)
{
	json_put_name(w, "errors");
	json_put_array(w);
	for (size_t i = 0; i < result->n_errors; i++) {
		const struct standard_error *e = &result->errors[i];
		json_put_object(w);
		json_put_member(w, "field",
				e->field >= 0 ? std->fields[e->field].name : (struct zd_str){ 0 });
		json_put_member(w, "rule", e->rule);
		json_put_member(w, "value", e->value);
		json_put_member(w, "message", e->message);
		json_put_member(w, "todo", e->todo);
		json_put_member(w, "basis", e->basis);
		json_put_end(w);
	}
	json_put_end(w);
}

static const char *
outcome_word(enum record_outcome outcome)
{
	switch (outcome) {
	case RECORD_INSERTED: return "inserted";
	case RECORD_UPDATED: return "updated";
	case RECORD_UNCHANGED: return "unchanged";
	case RECORD_REMOVED: return "removed";
	case RECORD_MISSING: return "missing";
	}
	return "";
}

static enum zd_rc
answer_json(struct zd_cx *cx, struct http_reply *rep, const struct standard *std, int64_t dept,
	    const struct edit_result *result, enum zd_rc rc)
{
	struct json_writer w = { .out = &rep->out };

	if (rc == ZD_INVALID && result->n_errors) {
		rep->status = zd_rc_meaning(rc)->http_status;
		json_put_object(&w);
		json_put_name(&w, "error");
		json_put_object(&w);
		json_put_member(&w, "code", zd_str_of(zd_rc_meaning(rc)->name));
		json_put_member(&w, "message", zd_str_of(cx->err.text));
		json_put_member(&w, "request", cx->request);
		json_put_end(&w);
		put_errors(&w, std, result);
		json_put_end(&w);
		return ZD_OK;
	}
	ZD_TRY(rc);
	json_put_object(&w);
	json_put_member(&w, "outcome", zd_str_of(outcome_word(result->outcome)));
	json_put_member(&w, "ref",
			zd_str_printf(cx->arena, "%" PRId64 "-%" PRId64, dept, result->id));
	json_put_member_int(&w, "version", result->version);
	json_put_end(&w);
	return ZD_OK;
}

/* --- changing ---------------------------------------------------------------------------------- */

static enum zd_rc
edit(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct view_sheet sheet;

	ZD_TRY(load(cx, req, &sheet));
	if (!view_may_edit(&cx->actor, sheet.std, sheet.record.dept))
		return zd_fail(cx, ZD_REFUSED, NULL, "您的角色不能修改这类记录");
	struct form f = change_form(cx, &sheet);
	return show_form(cx, req, rep, &f);
}

static void
go_to(struct zd_cx *cx, struct http_reply *rep, struct zd_str href, const char *done)
{
	rep->location = zd_str_printf(cx->arena, "%.*s?done=%s", ZD_STR_ARG(href), done);
}

static enum zd_rc
save(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct app *app = req->app;
	const struct asked *asked = req->params;
	struct edit_result result = { 0 };
	struct view_sheet sheet;

	ZD_TRY(load(cx, req, &sheet));
	ZD_TRY(check_fields(cx, req, sheet.std));
	const struct record *r = &sheet.record;
	struct edit_order order = order_of(cx, req, sheet.std, r->dept, r->id);
	enum zd_rc rc = edit_app_save(cx, req->db, app->standards, &order, &result);
	if (req->wants_json)
		return answer_json(cx, rep, sheet.std, r->dept, &result, rc);
	struct form f = change_form(cx, &sheet);
	f.version = asked->version;
	if (rc != ZD_OK)
		return again(cx, req, rep, &f, &result, rc);
	go_to(cx, rep, f.cancel, result.outcome == RECORD_UNCHANGED ? "same" : "saved");
	return ZD_OK;
}

static enum zd_rc
add(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct asked *asked = req->params;
	const struct standard *std;

	ZD_TRY(view_standard(cx, req, asked->standard, &std));
	if (!view_may_edit(&cx->actor, std, view_owner(std, cx->actor.dept)))
		return zd_fail(cx, ZD_REFUSED, NULL, "您的角色不能新增%.*s",
			       ZD_STR_ARG(std->title));
	struct form f = new_form(cx, std);
	return show_form(cx, req, rep, &f);
}

static enum zd_rc
make(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct app *app = req->app;
	const struct asked *asked = req->params;
	struct edit_result result = { 0 };
	const struct standard *std;

	ZD_TRY(view_standard(cx, req, asked->standard, &std));
	ZD_TRY(check_fields(cx, req, std));
	int64_t dept = view_owner(std, cx->actor.dept);
	struct edit_order order = order_of(cx, req, std, dept, 0);
	enum zd_rc rc = edit_app_save(cx, req->db, app->standards, &order, &result);
	if (req->wants_json) {
		rep->status = rc == ZD_OK ? 201 : 0;
		return answer_json(cx, rep, std, dept, &result, rc);
	}
	struct form f = new_form(cx, std);
	if (rc != ZD_OK)
		return again(cx, req, rep, &f, &result, rc);
	go_to(cx, rep, view_href(cx->arena, std, dept, result.id), "made");
	return ZD_OK;
}

/* --- removing ---------------------------------------------------------------------------------- */

static enum zd_rc
show_remove(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	    const struct view_sheet *sheet, struct zd_str error)
{
	const struct record *r = &sheet->record;
	const struct asked *asked = req->params;
	struct zd_str back = view_href(cx->arena, sheet->std, r->dept, r->id);
	const struct page_field fields[] = {
		{ .input = PAGE_INPUT_AREA,
		  .name = ZD_STR("reason"),
		  .label = ZD_STR("删除原因"),
		  .value = asked->reason,
		  .error = error,
		  .required = true,
		  .max = 500,
		  .hint = ZD_STR("如重复报送、录入对象有误；随变更记录保留") },
		{ .input = PAGE_INPUT_HIDDEN,
		  .name = ZD_STR("version"),
		  .value = zd_str_printf(cx->arena, "%" PRId64, r->version) },
	};
	const struct page_form form = {
		.action = zd_str_printf(cx->arena,
					"/desk/records/%.*s/%" PRId64 "-%" PRId64 "/remove",
					ZD_STR_ARG(sheet->std->name), r->dept, r->id),
		.submit = ZD_STR("删除这条记录"),
		.cancel = back,
		.fields = fields,
		.n_fields = ZD_COUNT(fields),
		.consequence =
			ZD_STR("删除后不再计入统计，并向上级报送删除；内容保留在变更记录里，以同一"
			       "编号重新报送即可恢复。")
	};
	struct zd_str name = view_title(cx, sheet);
	const struct page_crumb crumbs[] = { { sheet->std->title, { 0 } },
					     { name, back },
					     { { 0 }, { 0 } } };
	const struct page page = { .title =
					   zd_str_printf(cx->arena, "删除：%.*s", ZD_STR_ARG(name)),
				   .nav = view_nav(sheet->std),
				   .crumbs = crumbs };

	page_begin(cx, req, rep, &page);
	page_form(&rep->out, req, &form);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
ask_remove(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct view_sheet sheet;

	ZD_TRY(load(cx, req, &sheet));
	if (!view_may_edit(&cx->actor, sheet.std, sheet.record.dept))
		return zd_fail(cx, ZD_REFUSED, NULL, "您的角色不能删除这类记录");
	return show_remove(cx, req, rep, &sheet, (struct zd_str){ 0 });
}

static enum zd_rc
remove_it(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct app *app = req->app;
	struct view_sheet sheet;

	ZD_TRY(load(cx, req, &sheet));
	const struct record *r = &sheet.record;
	struct edit_order order = order_of(cx, req, sheet.std, r->dept, r->id);
	enum zd_rc rc = edit_app_remove(cx, req->db, app->standards, &order);
	if (req->wants_json) {
		struct edit_result result = { .id = r->id,
					      .version = r->version + 1,
					      .outcome = RECORD_REMOVED };
		return answer_json(cx, rep, sheet.std, r->dept, &result, rc);
	}
	if (rc == ZD_INVALID) {
		rep->status = zd_rc_meaning(rc)->http_status;
		return show_remove(cx, req, rep, &sheet,
				   zd_str_copy(cx->arena, zd_str_of(cx->err.text)));
	}
	ZD_TRY(rc);
	go_to(cx, rep, view_href(cx->arena, sheet.std, r->dept, r->id), "removed");
	return ZD_OK;
}

/* --- releasing --------------------------------------------------------------------------------- */

struct release_asked {
	struct zd_str standard, ids;
};
static const struct http_param release_params[] = {
	HTTP_PARAM_TEXT(struct release_asked, standard, .about = "数据标准的名称", .max = 60,
			.required = true),
	HTTP_PARAM_TEXT(struct release_asked, ids, .about = "记录的编号，用逗号分开", .max = 10000,
			.required = true),
	{ 0 },
};

static enum zd_rc
parse_ids(struct zd_cx *cx, struct zd_str list, int64_t *ret, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i < list.n;) {
		size_t end = i;
		while (end < list.n && list.p[end] != ',')
			end++;
		if (n == EDIT_RELEASE_MAX)
			return zd_fail(cx, ZD_TOO_LARGE, "ids", "一次最多放行 %d 条，请分几次",
				       EDIT_RELEASE_MAX);
		if (!zd_int_parse((struct zd_str){ list.p + i, end - i }, &ret[n++]))
			return zd_fail(cx, ZD_INVALID, "ids", "选中的行有误，请回到列表重新选择");
		i = end + 1;
	}
	*ret_n = n;
	return ZD_OK;
}

struct released {
	int64_t n, kept;
	struct zd_str why;
};

static enum zd_rc
show_released(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	      const struct standard *std, const struct released *r)
{
	const struct view_place *place = view_place_of(std->name);
	struct zd_str list = zd_str_printf(cx->arena, "%s/held", place ? place->list : "/desk");
	const struct page_action actions[] = {
		{ .title = ZD_STR("回到待放行"), .href = list, .primary = true },
		{ .title = { 0 } },
	};
	const struct page page = { .title = ZD_STR("历史数据放行"),
				   .nav = view_nav(std),
				   .actions = actions };

	page_begin(cx, req, rep, &page);
	page_alert(&rep->out, PAGE_GOOD,
		   zd_str_printf(cx->arena, "已放行 %" PRId64 " 条，转为正式记录并计入统计", r->n),
		   (struct zd_str){ 0 });
	if (r->kept)
		page_alert(&rep->out, PAGE_WARN,
			   zd_str_printf(cx->arena, "%" PRId64 " 条不合格，仍留在隔离区", r->kept),
			   zd_str_printf(cx->arena,
					 "第一条的原因：%.*s。认领或改正后可以再次放行。",
					 ZD_STR_ARG(r->why)));
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
release(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct release_asked *asked = req->params;
	const struct app *app = req->app;
	const struct standard *std;
	int64_t *ids = zd_new_array(cx->arena, int64_t, EDIT_RELEASE_MAX);
	struct json_writer w = { .out = &rep->out };
	struct released r = { 0 };
	size_t n;

	ZD_TRY(view_standard(cx, req, asked->standard, &std));
	ZD_TRY(parse_ids(cx, asked->ids, ids, &n));
	ZD_TRY(edit_app_release(cx, req->db, app->standards, std, cx->actor.dept, ids, n, &r.n,
				&r.kept, &r.why));
	if (!req->wants_json)
		return show_released(cx, req, rep, std, &r);
	json_put_object(&w);
	json_put_member_int(&w, "released", r.n);
	json_put_member_int(&w, "kept", r.kept);
	json_put_member(&w, "why", r.why);
	json_put_end(&w);
	return ZD_OK;
}

/* --- routes -------------------------------------------------------------------------------------- */

#define SEES                                                                                       \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_API, false                                      \
	}
#define CHANGES                                                                                    \
	{                                                                                          \
		HTTP_ROLES, TRUST_DATA_OFFICER | TRUST_PLATFORM | TRUST_API, false                 \
	}
#define ASKED(params_) .params = params_, .params_size = sizeof(struct asked)

const struct http_route edit_routes[] = {
	{ HTTP_GET, "/desk/records/{standard}/{ref}", "一条记录", SEES, show, ASKED(one_params) },
	{ HTTP_GET, "/desk/records/{standard}/new", "新增记录的表单", CHANGES, add,
	  ASKED(new_params) },
	{ HTTP_POST, "/desk/records/{standard}/new", "新增记录", CHANGES, make, HTTP_FORM,
	  ASKED(new_params), .lax_fields = true },
	{ HTTP_GET, "/desk/records/{standard}/{ref}/edit", "修改记录的表单", CHANGES, edit,
	  ASKED(one_params) },
	{ HTTP_POST, "/desk/records/{standard}/{ref}/edit", "修改记录", CHANGES, save, HTTP_FORM,
	  ASKED(change_params), .lax_fields = true },
	{ HTTP_GET, "/desk/records/{standard}/{ref}/remove", "删除记录的表单", CHANGES, ask_remove,
	  ASKED(one_params) },
	{ HTTP_POST, "/desk/records/{standard}/{ref}/remove", "删除记录", CHANGES, remove_it,
	  HTTP_FORM, ASKED(change_params) },
	{ HTTP_POST, "/desk/records/{standard}/release", "放行选中的历史记录", CHANGES, release,
	  HTTP_FORM, .params = release_params, .params_size = sizeof(struct release_asked) },
	{ HTTP_POST, "/api/v1/records/{standard}/release", "放行历史记录：按现在的认领情况重新核对",
	  CHANGES, release, HTTP_JSON, .params = release_params,
	  .params_size = sizeof(struct release_asked) },
	{ HTTP_GET, "/api/v1/records/{standard}/{ref}", "一条记录，连同来源和历史", SEES, show,
	  ASKED(one_params) },
	{ HTTP_POST, "/api/v1/records/{standard}", "新增一条记录：成员为数据标准的字段", CHANGES,
	  make, HTTP_JSON, ASKED(new_params), .lax_fields = true },
	{ HTTP_PUT, "/api/v1/records/{standard}/{ref}",
	  "修改一条记录：给出所依据的版本、原因和要改的字段", CHANGES, save, HTTP_JSON,
	  ASKED(change_params), .lax_fields = true },
	{ HTTP_DELETE, "/api/v1/records/{standard}/{ref}",
	  "删除一条记录（version 和 reason 在查询串）", CHANGES, remove_it, ASKED(change_params) },
	{ 0 },
};
