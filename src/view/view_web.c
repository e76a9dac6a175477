/* Draws one record of any standard, for people and for programs. */
#include "view/view_web.h"

#include "base/app.h"
#include "base/json.h"

const struct page_choice view_states[] = {
	{ ZD_LIT("1"), ZD_LIT("有效"), PAGE_GOOD },
	{ ZD_LIT("3"), ZD_LIT("待放行"), PAGE_WARN },
	{ ZD_LIT("2"), ZD_LIT("已删除"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

void
view_put_facts(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet,
	       struct zd_str title, const struct page_section *sections)
{
	struct zd_str *values = zd_new_array(cx->arena, struct zd_str, STANDARD_MAX_FIELDS);

	for (size_t i = 0; i < sheet->std->n_fields; i++)
		if (!sheet->std->fields[i].exchange)
			values[i] = sheet->record.v[i];
	page_card_begin(out, title);
	page_standard_facts(cx, out, sheet->std, view_day(sheet->std, &sheet->record), values,
			    sections);
	page_card_end(out);
}

static struct zd_str
batch_text(struct zd_cx *cx, const struct view_sheet *sheet)
{
	struct zd_str by = view_source_name(sheet->batch.source), file = sheet->batch.file_name;

	return zd_str_printf(cx->arena, "%.*s%s%.*s", ZD_STR_ARG(by), file.n ? " · " : "",
			     ZD_STR_ARG(file));
}

struct zd_str
view_batch_href(struct zd_cx *cx, int64_t dept, int64_t batch)
{
	if (!(cx->actor.roles & TRUST_BUSINESS & ~(uint32_t)TRUST_LEADER))
		return (struct zd_str){ 0 };
	return zd_str_printf(cx->arena, "/desk/batches/%" PRId64 "-%" PRId64, dept, batch);
}

void
view_put_origin(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet)
{
	const struct record *r = &sheet->record;
	struct page_fact facts[8];
	size_t n = 0;

	facts[n++] = (struct page_fact){ .label = ZD_STR("报送部门"), .value = sheet->dept_name };
	if (sheet->has_batch) {
		facts[n++] = (struct page_fact){ .label = ZD_STR("导入批次"),
						 .value = batch_text(cx, sheet),
						 .href = view_batch_href(cx, r->dept, r->batch) };
		facts[n++] = (struct page_fact){ .label = ZD_STR("原文件行号"),
						 .value = zd_str_printf(
							 cx->arena, "第 %" PRId64 " 行", r->row) };
		facts[n++] =
			(struct page_fact){ .label = ZD_STR("报送人"), .value = sheet->batch_who };
	}
	facts[n++] =
		(struct page_fact){ .label = ZD_STR("首次入库"),
				    .as = PAGE_AS_TIME,
				    .value = zd_str_printf(cx->arena, "%" PRId64, r->created_at) };
	facts[n++] =
		(struct page_fact){ .label = ZD_STR("最近更新"),
				    .as = PAGE_AS_TIME,
				    .value = zd_str_printf(cx->arena, "%" PRId64, r->updated_at) };
	facts[n++] = (struct page_fact){ .label = ZD_STR("版本"),
					 .value = zd_str_printf(cx->arena, "第 %" PRId64 " 版",
								r->version) };
	page_card_begin(out, ZD_STR("数据来源"));
	page_facts(out, facts, n);
	page_card_end(out);
}

void
view_put_history(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet)
{
	page_card_begin(out, ZD_STR("变更记录"));
	view_history(out, cx, sheet);
	page_card_end(out);
}

void
view_put_state(struct zd_out *out, const struct view_sheet *sheet)
{
	if (sheet->record.state == RECORD_DELETED)
		page_alert(out, PAGE_WARN, ZD_STR("这条记录已删除"),
			   ZD_STR("不再计入统计，也不上报；内容和删除原因保留在变更记录里。"));
	if (sheet->record.state == RECORD_QUARANTINED)
		page_alert(out, PAGE_WARN, ZD_STR("这条历史记录在隔离区，等待放行"),
			   ZD_STR("行为日期早于清单启用日，当时事项尚未认领。本部门认领事项后，由数"
				  "据员核对放行；放行前不计入正式统计。"));
}

void
view_actions(struct zd_cx *cx, const struct view_sheet *sheet, struct page_action ret[VIEW_ACTIONS])
{
	const struct record *r = &sheet->record;
	const char *at = zd_str_printf(cx->arena, "/desk/records/%.*s/%" PRId64 "-%" PRId64,
				       ZD_STR_ARG(sheet->std->name), r->dept, r->id)
				 .p;
	size_t n = 0;

	if (view_may_edit(&cx->actor, sheet->std, r->dept) && r->state != RECORD_DELETED) {
		ret[n++] = (struct page_action){ .title = ZD_STR("删除"),
						 .href = zd_str_printf(cx->arena, "%s/remove", at),
						 .icon = "trash",
						 .danger = true };
		ret[n++] = (struct page_action){ .title = ZD_STR("修改"),
						 .href = zd_str_printf(cx->arena, "%s/edit", at),
						 .icon = "edit",
						 .primary = true };
	}
	ret[n] = (struct page_action){ 0 };
}

/* --- for programs ------------------------------------------------------------------------ */

static void
put_values(struct zd_cx *cx, struct json_writer *w, const struct view_sheet *sheet)
{
	const struct standard *std = sheet->std;

	json_put_name(w, "values");
	json_put_object(w);
	for (size_t i = 0; i < std->n_fields; i++)
		if (sheet->record.v[i].n && !std->fields[i].exchange) {
			json_put_name(w, zd_str_copy(cx->arena, std->fields[i].name).p);
			json_put_text(
				w, trust_mask(cx, std->fields[i].data_class, sheet->record.v[i]));
		}
	json_put_end(w);
}

static void
put_changes(struct zd_cx *cx, struct json_writer *w, const struct view_sheet *sheet)
{
	json_put_name(w, "history");
	json_put_array(w);
	for (size_t i = 0; i < sheet->n_changes; i++) {
		const struct view_change *c = &sheet->changes[i];
		json_put_object(w);
		json_put_member_int(w, "version", c->version);
		json_put_member(w, "at", zd_time_format_utc(cx->arena, c->at));
		json_put_member(w, "by", c->who);
		json_put_member_int(w, "batch", c->batch);
		json_put_member(w, "reason", c->reason);
		json_put_name(w, "changed");
		json_put_array(w);
		for (size_t d = 0; d < c->n_diffs; d++)
			json_put_text(w, sheet->std->fields[c->diffs[d].field].name);
		json_put_end(w);
		json_put_end(w);
	}
	json_put_end(w);
}

void
view_put_json(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet)
{
	struct json_writer w = { .out = out };
	const struct record *r = &sheet->record;

	json_put_object(&w);
	json_put_member(&w, "standard", sheet->std->name);
	json_put_member_int(&w, "dept", r->dept);
	json_put_member(&w, "dept_name", sheet->dept_name);
	json_put_member_int(&w, "id", r->id);
	json_put_member(&w, "key", r->key);
	json_put_member_int(&w, "version", r->version);
	json_put_member_int(&w, "state", r->state);
	json_put_member(&w, "day", zd_day_format(cx->arena, r->day));
	json_put_member_int(&w, "subject", r->subject);
	json_put_member_int(&w, "batch", r->batch);
	json_put_member_int(&w, "row", r->row);
	put_values(cx, &w, sheet);
	put_changes(cx, &w, sheet);
	json_put_end(&w);
}

/* --- choices ----------------------------------------------------------------------------- */

enum zd_rc
view_standard(struct zd_cx *cx, const struct http_request *req, struct zd_str name,
	      const struct standard **ret)
{
	const struct app *app = req->app;

	*ret = standard_find(app->standards, name);
	if (!*ret)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有名为「%.*s」的数据标准",
			       (int)(name.n > 60 ? 60 : name.n), name.p);
	return ZD_OK;
}

const struct standard_codes *
view_codes(const struct http_request *req, const char *name)
{
	const struct app *app = req->app;

	return standard_codes_find(app->standards, zd_str_of(name));
}

const struct page_choice *
view_choices(struct zd_cx *cx, const struct http_request *req, const char *name, int32_t day)
{
	const struct standard_codes *codes = view_codes(req, name);
	struct page_choice *choices =
		zd_new_array(cx->arena, struct page_choice, (codes ? codes->n : 0) + 1);
	size_t n = 0;

	for (size_t i = 0; codes && i < codes->n; i++)
		if (codes->codes[i].from <= day && day <= codes->codes[i].until)
			choices[n++] = (struct page_choice){ codes->codes[i].code,
							     codes->codes[i].name, PAGE_PLAIN };
	return choices;
}

const struct page_choice *
view_dept_choices(struct zd_cx *cx, struct db *db)
{
	struct view_dept *depts = NULL;
	size_t n = 0;

	if (view_app_depts(cx, db, &depts, &n) != ZD_OK)
		n = 0;
	struct page_choice *choices = zd_new_array(cx->arena, struct page_choice, n + 1);
	for (size_t i = 0; i < n; i++)
		choices[i] =
			(struct page_choice){ zd_str_printf(cx->arena, "%" PRId64, depts[i].id),
					      depts[i].name, PAGE_PLAIN };
	return choices;
}

struct zd_str
view_word(const struct page_choice *choices, struct zd_str value)
{
	const struct page_choice *choice = page_choice_find(choices, value);

	return choice ? choice->name : value;
}

/* --- sections ---------------------------------------------------------------------------- */

#define SECTION(first_, title_)                                                                    \
	{                                                                                          \
		.first = first_, .title = ZD_LIT(title_)                                           \
	}

static const struct page_section check_sections[] = {
	SECTION("plan_id", "事项与清单"),        SECTION("check_action_name", "检查行为"),
	SECTION("supervise_object", "检查对象"), SECTION("check_form", "检查情况"),
	SECTION("submitted_date", "报送"),       { 0 },
};
static const struct page_section punish_sections[] = {
	SECTION("supervise_item_code", "事项与行为"),
	SECTION("supervise_object", "当事人"),
	SECTION("case_source", "立案与调查"),
	SECTION("legal_review", "审核与讨论"),
	SECTION("punish_document_code", "处罚决定"),
	SECTION("administrative_reconsider", "救济与执行"),
	SECTION("submitted_date", "报送"),
	SECTION("illegal_accord", "没收、证照与公示"),
	{ 0 },
};
static const struct page_section force_sections[] = {
	SECTION("supervise_item_code", "事项与行为"),
	SECTION("supervise_object", "当事人"),
	SECTION("check_action_code", "案情与依据"),
	SECTION("force_type", "强制措施"),
	SECTION("submitted_date", "报送"),
	{ 0 },
};
static const struct page_section other_sections[] = {
	SECTION("supervise_item_code", "事项与行为"),
	SECTION("supervise_object", "行政相对人"),
	SECTION("supervise_measure", "措施与结果"),
	SECTION("submitted_date", "报送"),
	{ 0 },
};
static const struct page_section item_sections[] = {
	SECTION("manage_detail_id", "编码与名称"), SECTION("supervise_object", "监管对象与形式"),
	SECTION("set_gist", "法定依据与流程"),     SECTION("take_effect_date", "时效"),
	SECTION("power_item_code", "对应与适用"),  { 0 },
};
static const struct page_section list_sections[] = {
	SECTION("implement_publish_id", "清单与实施主体"),
	SECTION("supervision_object", "检查对象与方式"),
	SECTION("take_effect_date", "时效与版本"),
	{ 0 },
};
static const struct page_section officer_sections[] = {
	SECTION("officer_name", "人员"),
	SECTION("certificate_code", "执法证件"),
	SECTION("area_number", "所属"),
	{ 0 },
};
static const struct page_section plan_sections[] = {
	SECTION("plan_id", "计划"),
	SECTION("area_name", "地区与部门"),
	SECTION("check_proportion", "抽查"),
	{ 0 },
};
static const struct page_section enterprise_sections[] = {
	SECTION("pripid", "身份"),
	SECTION("address_registered", "住所与经营"),
	SECTION("register_organ", "登记"),
	SECTION("liaison_name", "联络与位置"),
	{ 0 },
};

const struct page_section *
view_sections(const struct standard *std)
{
	static const struct {
		const char *standard;
		const struct page_section *sections;
	} all[] = {
		{ "check_action", check_sections }, { "punish_action", punish_sections },
		{ "force_action", force_sections }, { "other_action", other_sections },
		{ "sub_item", item_sections },      { "implement_list", list_sections },
		{ "officer", officer_sections },    { "enterprise", enterprise_sections },
		{ "random_plan", plan_sections },
	};

	for (size_t i = 0; i < ZD_COUNT(all); i++)
		if (zd_str_equal(zd_str_of(all[i].standard), std->name))
			return all[i].sections;
	return NULL;
}

/* --- asking for a record -------------------------------------------------------------------- */

const struct http_param view_ref_params[] = {
	HTTP_PARAM_TEXT(struct view_ref, ref, .about = "部门和记录的编号，如 7-123", .max = 40,
			.required = true),
	HTTP_PARAM_TEXT(struct view_ref, done, .about = "刚刚完成的操作", .max = 20),
	{ 0 },
};

enum zd_rc
view_load_ref(struct zd_cx *cx, const struct http_request *req, const char *standard,
	      struct view_sheet *ret)
{
	const struct view_ref *asked = req->params;
	const struct standard *std;
	int64_t dept, id;

	ZD_TRY(view_standard(cx, req, zd_str_of(standard), &std));
	if (!view_ref_parse(asked->ref, &dept, &id))
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这条%.*s记录", ZD_STR_ARG(std->title));
	return view_app_load(cx, req->db, std, dept, id, ret);
}

struct zd_str
view_notice(struct zd_str done)
{
	static const struct {
		struct zd_str done, text;
	} all[] = {
		{ ZD_LIT("saved"), ZD_LIT("已保存，变更已留痕。") },
		{ ZD_LIT("same"), ZD_LIT("内容没有变化，未产生新版本。") },
		{ ZD_LIT("removed"), ZD_LIT("已删除，内容和原因保留在变更记录里。") },
		{ ZD_LIT("made"), ZD_LIT("已新增。") },
		{ ZD_LIT("changed"), ZD_LIT("已办理，变更已留痕。") },
	};

	for (size_t i = 0; i < ZD_COUNT(all); i++)
		if (zd_str_equal(all[i].done, done))
			return all[i].text;
	return (struct zd_str){ 0 };
}

/* --- the plain page ------------------------------------------------------------------------ */

const char *
view_nav(const struct standard *std)
{
	const struct view_place *place = view_place_of(std->name);

	return place ? place->nav : std->kind == STANDARD_SUBJECT ? "subjects" : "standards";
}

struct zd_str
view_title(struct zd_cx *cx, const struct view_sheet *sheet)
{
	const struct standard *std = sheet->std;
	struct zd_str name = { 0 };

	if (std->name_field >= 0)
		name = view_value(cx, std, std->name_field, ZD_NO_DAY,
				  sheet->record.v[std->name_field]);
	return name.n ? name : sheet->record.key;
}

enum zd_rc
view_show_with(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	       const struct view_sheet *sheet, struct zd_str done, const struct page_action *more)
{
	const struct view_place *place = view_place_of(sheet->std->name);
	struct page_action actions[VIEW_MORE + VIEW_ACTIONS];
	size_t n = 0;
	const struct page_crumb crumbs[] = { { place ? zd_str_of(place->title) : sheet->std->title,
					       place ? zd_str_of(place->list)
						     : (struct zd_str){ 0 } },
					     { sheet->record.key, { 0 } },
					     { { 0 }, { 0 } } };
	const struct page page = { .title = view_title(cx, sheet),
				   .nav = view_nav(sheet->std),
				   .crumbs = crumbs,
				   .actions = actions,
				   .notice = view_notice(done) };

	if (req->wants_json) {
		view_put_json(cx, &rep->out, sheet);
		return ZD_OK;
	}
	for (; more && more->title.p && n < VIEW_MORE; more++)
		actions[n++] = *more;
	view_actions(cx, sheet, actions + n);
	page_begin(cx, req, rep, &page);
	view_put_state(&rep->out, sheet);
	page_split_begin(&rep->out);
	view_put_facts(cx, &rep->out, sheet, sheet->std->title, view_sections(sheet->std));
	view_put_history(cx, &rep->out, sheet);
	page_split_aside(&rep->out);
	view_put_origin(cx, &rep->out, sheet);
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

enum zd_rc
view_show_sheet(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
		const struct view_sheet *sheet, struct zd_str done)
{
	return view_show_with(cx, req, rep, sheet, done, NULL);
}

enum zd_rc
view_show(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, const char *standard)
{
	const struct view_ref *asked = req->params;
	struct view_sheet sheet;

	ZD_TRY(view_load_ref(cx, req, standard, &sheet));
	return view_show_sheet(cx, req, rep, &sheet, asked->done);
}
