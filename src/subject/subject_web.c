/* The pages of subjects: who and what is supervised, which items apply, and everything that was done. */
#include "subject/subject_web.h"

#include "base/app.h"
#include "base/json.h"
#include "catalog/catalog_web.h"
#include "subject/subject_read_app.h"
#include "view/view_web.h"

#define ACTIONS_A_PAGE 20

static const struct page_choice kinds[] = {
	{ ZD_LIT("enterprise"), ZD_LIT("企业"), PAGE_PLAIN },
	{ ZD_LIT("individual_business"), ZD_LIT("个体工商户"), PAGE_PLAIN },
	{ ZD_LIT("organisation"), ZD_LIT("社会团体等法人"), PAGE_PLAIN },
	{ ZD_LIT("natural_person"), ZD_LIT("特定自然人"), PAGE_PLAIN },
	{ ZD_LIT("special_equipment"), ZD_LIT("特种设备"), PAGE_PLAIN },
	{ ZD_LIT("site"), ZD_LIT("场地场所"), PAGE_PLAIN },
	{ ZD_LIT("product_food"), ZD_LIT("食品"), PAGE_PLAIN },
	{ ZD_LIT("product_special_food"), ZD_LIT("特殊食品"), PAGE_PLAIN },
	{ ZD_LIT("product_drug"), ZD_LIT("药品"), PAGE_PLAIN },
	{ ZD_LIT("product_cosmetic"), ZD_LIT("化妆品"), PAGE_PLAIN },
	{ ZD_LIT("product_device"), ZD_LIT("医疗器械"), PAGE_PLAIN },
	{ ZD_LIT("other_object"), ZD_LIT("其他对象"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

static const struct page_choice area_sources[] = {
	{ ZD_LIT("1"), ZD_LIT("登记信息"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("首次出现的监管行为"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("由统一社会信用代码第3至8位推得"), PAGE_PLAIN },
	{ ZD_LIT("4"), ZD_LIT("未知"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

static struct zd_str
kind_name(struct zd_str kind)
{
	return kind.n ? view_word(kinds, kind) : ZD_STR("仅在行为中出现");
}

/* --- the list ------------------------------------------------------------------------------------- */

static enum zd_rc
show_subjects(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_column columns[] = {
		{ .name = "name", .strong = true },
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "kind", .as = PAGE_AS_NAME, .choices = kinds },
		{ .name = "area", .codes = view_codes(req, "gbt2260") },
		{ .name = "area_from", .as = PAGE_AS_NAME, .choices = area_sources, .extra = true },
		{ .name = "industry", .extra = true, .codes = view_codes(req, "gbt4754") },
		{ .name = "met", .extra = true },
		{ .name = "updated", .as = PAGE_AS_TIME },
		{ 0 },
	};
	static const struct page_filter filters[] = {
		{ .name = "name", .hint = "名称里的任意几个字" },
		{ .name = "code", .hint = "信用代码、设备或产品编号前几位" },
		{ .name = "kind", .choices = kinds },
		{ .name = "area", .hint = "区划代码前几位" },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("监管对象"),
			  .lead = ZD_STR("各部门报送的企业、个体工商户、场所、设备和产品，"
					 "以及行为中出现过的当"
					 "事人，一个代码一户。"),
			  .nav = "subjects" },
		.list = &subject_list,
		.row_href = "/desk/subjects/{id}",
		.columns = columns,
		.filters = filters,
		.empty = { .icon = "building-store",
			   .title = ZD_STR("还没有监管对象"),
			   .text = ZD_STR("部门导入企业、个体工商户等登记信息，或报送监管行为后，"
					  "对象自动出现在这"
					  "里。"),
			   .action = ZD_STR("导入监管对象"),
			   .href = ZD_STR("/desk/ingest?standard=enterprise") },
	};

	return page_list(cx, req, rep, &list);
}

/* --- a subject -------------------------------------------------------------------------------------- */

struct asked {
	int64_t id;
	struct zd_str kind, after;
};
static const struct http_param subject_params[] = {
	HTTP_PARAM_INT(struct asked, id, .about = "监管对象的编号", .min = 1, .max = INT64_MAX,
		       .required = true),
	HTTP_PARAM_TEXT(struct asked, kind, .about = "行为的种类：check、punish、force 或 other",
			.max = 20),
	HTTP_PARAM_TEXT(struct asked, after, .about = "上一页最后一条：日期-编号", .max = 60),
	{ 0 },
};
static const struct http_param id_params[] = {
	HTTP_PARAM_INT(struct asked, id, .about = "监管对象的编号", .min = 1, .max = INT64_MAX,
		       .required = true),
	{ 0 },
};

struct showing {
	struct subject subject;
	bool has_record;
	struct view_sheet sheet; /* its own record */
	bool is_person;
	int kind; /* of the actions shown; -1: all */
	struct subject_action *actions;
	size_t n_actions;
	bool more;
};

static enum zd_rc
load(struct zd_cx *cx, struct http_request *req, struct showing *s)
{
	const struct asked *asked = req->params;
	const struct standard *std;

	enum zd_rc rc = subject_app_find(cx, req->db, asked->id, &s->subject);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这个监管对象");
	ZD_TRY(rc);
	s->is_person = subject_is_person(s->subject.code_type, s->subject.kind);
	if (s->subject.record_id == ZD_NO_INT)
		return ZD_OK;
	ZD_TRY(view_standard(cx, req, s->subject.kind, &std));
	rc = view_app_load(cx, req->db, std, s->subject.record_dept, s->subject.record_id,
			   &s->sheet);
	s->has_record = rc == ZD_OK;
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

static struct zd_str
shown_name(struct zd_cx *cx, const struct showing *s)
{
	return s->is_person ? trust_mask(cx, 2, s->subject.name) : s->subject.name;
}

static struct zd_str
shown_code(struct zd_cx *cx, const struct showing *s)
{
	struct zd_str code =
		subject_shown_code(s->subject.code, s->subject.code_type, s->subject.kind);

	return s->is_person ? trust_mask(cx, 3, code) : code;
}

static void
put_tabs(struct zd_cx *cx, struct zd_out *out, const struct subject *s, const char *active)
{
	const char *at = zd_str_printf(cx->arena, "/desk/subjects/%" PRId64, s->id).p;
	const struct page_tab tabs[] = {
		{ "facts", ZD_STR("对象与行为"), zd_str_of(at), ZD_NO_INT },
		{ "items", ZD_STR("适用的监管事项"), zd_str_printf(cx->arena, "%s/items", at),
		  ZD_NO_INT },
	};

	page_tabs(out, tabs, s->kind.n ? 2 : 1, active);
}

static const struct page_crumb *
crumbs_of(struct zd_cx *cx, const struct showing *s)
{
	struct page_crumb *crumbs = zd_new_array(cx->arena, struct page_crumb, 3);

	crumbs[0] = (struct page_crumb){ ZD_STR("监管对象"), ZD_STR("/desk/subjects") };
	crumbs[1] = (struct page_crumb){ shown_name(cx, s), { 0 } };
	return crumbs;
}

static void
put_identity(struct zd_cx *cx, const struct http_request *req, struct zd_out *out,
	     const struct showing *s)
{
	const struct subject *x = &s->subject;
	const struct page_fact facts[] = {
		{ .label = ZD_STR("代码"),
		  .value = shown_code(cx, s),
		  .as = x->code.n == 18 && !s->is_person ? PAGE_AS_USCC : PAGE_AS_CODE },
		{ .label = ZD_STR("类别"), .value = kind_name(x->kind) },
		{ .label = ZD_STR("区划"),
		  .value = standard_code_shown(cx->arena, view_codes(req, "gbt2260"), x->area,
					       cx->today),
		  .note = x->area_from == SUBJECT_AREA_USCC ? area_sources[2].name
							    : (struct zd_str){ 0 } },
		{ .label = ZD_STR("地址"),
		  .value = s->is_person ? (struct zd_str){ 0 } : x->address },
	};

	page_card_begin(out, ZD_STR("身份"));
	page_facts(out, facts, ZD_COUNT(facts));
	page_card_end(out);
	if (!s->has_record)
		page_alert(out, PAGE_INFO, ZD_STR("还没有部门报送它的登记信息"),
			   ZD_STR("目前只在监管行为里出现过，"
				  "名称和地址取自首次报送。登记部门报送后自动补"
				  "全。"));
}

/* --- its actions --------------------------------------------------------------------------------------- */

static enum zd_rc
parse_after(struct zd_cx *cx, struct zd_str text, struct subject_after *ret)
{
	int64_t day, id;

	*ret = SUBJECT_NEWEST;
	if (!text.n)
		return ZD_OK;
	if (!view_ref_parse(text, &day, &id) || day > INT32_MAX)
		return zd_fail(cx, ZD_INVALID, "after", "翻页的位置有误，请从第一页重新打开");
	*ret = (struct subject_after){ (int32_t)day, id };
	return ZD_OK;
}

static enum zd_rc
read_actions(struct zd_cx *cx, struct http_request *req, struct showing *s)
{
	const struct asked *asked = req->params;
	struct subject_after after;

	s->kind = asked->kind.n ? subject_kind_find(asked->kind) : -1;
	if (asked->kind.n && s->kind < 0)
		return zd_fail(cx, ZD_INVALID, "kind",
			       "没有这一类监管行为，请从检查、处罚、强制、其他行为中选");
	ZD_TRY(parse_after(cx, asked->after, &after));
	return subject_read_actions(cx, req->db, s->subject.id, s->kind, after, ACTIONS_A_PAGE,
				    &s->actions, &s->n_actions, &s->more);
}

static struct zd_str
detail_of(struct zd_cx *cx, const struct http_request *req, const struct subject_action *a)
{
	const struct app *app = req->app;
	const struct subject_kind_name *kind = &subject_kinds[a->kind];
	const struct standard *std = standard_find(app->standards, zd_str_of(kind->standard));
	int field = std ? standard_field_find(std, zd_str_of(kind->detail_field)) : -1;

	return field < 0 ? a->detail
			 : view_value(cx, std, field, standard_version_day(std, a->day), a->detail);
}

/* Kinds are told apart by their word; penalties and coercion stand out. */
static enum page_tone
tone_of(const struct subject_action *a)
{
	if (a->state == RECORD_QUARANTINED)
		return PAGE_PLAIN;
	if (a->kind == SUBJECT_PUNISH || a->kind == SUBJECT_FORCE)
		return PAGE_BAD;
	if (a->kind == SUBJECT_CHECK && a->detail.n && !zd_str_equal(a->detail, ZD_STR("01")))
		return PAGE_WARN;
	return a->kind == SUBJECT_CHECK ? PAGE_GOOD : PAGE_INFO;
}

static enum zd_rc
fill_event(struct zd_cx *cx, struct http_request *req, const struct subject_action *a,
	   struct page_event *ret)
{
	const struct subject_kind_name *kind = &subject_kinds[a->kind];
	struct zd_str dept;

	ZD_TRY(view_app_dept_name(cx, req->db, a->dept, &dept));
	*ret = (struct page_event){
		.at = ZD_NO_INT,
		.day = a->day,
		.tone = tone_of(a),
		.title = zd_str_printf(cx->arena, "%s：%.*s%s", kind->title, ZD_STR_ARG(a->name),
				       a->state == RECORD_QUARANTINED ? "（待放行）" : ""),
		.text = detail_of(cx, req, a),
		.href = zd_str_printf(cx->arena, "/desk/actions/%s/%" PRId64 "-%" PRId64,
				      kind->word, a->dept, a->id),
		.who = dept,
	};
	return ZD_OK;
}

static void
put_kind_tabs(struct zd_cx *cx, struct zd_out *out, const struct showing *s)
{
	static const char *const short_names[SUBJECT_KINDS] = { "检查", "处罚", "强制", "其他" };
	struct page_tab tabs[SUBJECT_KINDS + 1];
	const char *at = zd_str_printf(cx->arena, "/desk/subjects/%" PRId64, s->subject.id).p;

	tabs[0] = (struct page_tab){ "all", ZD_STR("全部"), zd_str_of(at), ZD_NO_INT };
	for (int k = 0; k < SUBJECT_KINDS; k++)
		tabs[k + 1] = (struct page_tab){
			subject_kinds[k].word, zd_str_of(short_names[k]),
			zd_str_printf(cx->arena, "%s?kind=%s", at, subject_kinds[k].word), ZD_NO_INT
		};
	page_tabs(out, tabs, ZD_COUNT(tabs), s->kind < 0 ? "all" : subject_kinds[s->kind].word);
}

static void
put_more(struct zd_cx *cx, struct zd_out *out, const struct http_request *req,
	 const struct showing *s)
{
	const struct subject_action *last = &s->actions[s->n_actions - 1];
	const struct page_action actions[] = {
		{ .title = ZD_STR("更早的行为"),
		  .href = zd_str_printf(cx->arena,
					"/desk/subjects/%" PRId64 "?%s%s%safter=%d-%" PRId64,
					s->subject.id, s->kind < 0 ? "" : "kind=",
					s->kind < 0 ? "" : subject_kinds[s->kind].word,
					s->kind < 0 ? "" : "&", last->day, last->id) },
		{ .title = { 0 } },
	};

	page_actions(out, req, actions);
}

static enum zd_rc
put_actions(struct zd_cx *cx, struct http_request *req, struct zd_out *out, const struct showing *s)
{
	static const struct page_empty empty = {
		.icon = "gavel",
		.title = ZD_LIT("没有监管行为"),
		.text = ZD_LIT(
			"检查、处罚、强制和其他行为报送后按时间排在这里；您只看到查看范围内的。"),
	};
	struct page_event *events = zd_new_array(cx->arena, struct page_event, s->n_actions + 1);

	for (size_t i = 0; i < s->n_actions; i++)
		ZD_TRY(fill_event(cx, req, &s->actions[i], &events[i]));
	page_card_begin(out, ZD_STR("监管行为"));
	put_kind_tabs(cx, out, s);
	if (s->n_actions)
		page_timeline(out, events, s->n_actions);
	else
		page_empty(out, &empty);
	if (s->more)
		put_more(cx, out, req, s);
	page_card_end(out);
	return ZD_OK;
}

static void
put_json(struct zd_cx *cx, const struct http_request *req, struct zd_out *out,
	 const struct showing *s)
{
	struct json_writer w = { .out = out };

	json_put_object(&w);
	json_put_member_int(&w, "id", s->subject.id);
	json_put_member(&w, "name", shown_name(cx, s));
	json_put_member(&w, "code", shown_code(cx, s));
	json_put_member(&w, "kind", s->subject.kind);
	json_put_member(&w, "area", s->subject.area);
	json_put_member_int(&w, "area_from", s->subject.area_from);
	json_put_member_int(&w, "record_dept", s->subject.record_dept);
	json_put_member_int(&w, "record_id", s->subject.record_id);
	json_put_name(&w, "actions");
	json_put_array(&w);
	for (size_t i = 0; i < s->n_actions; i++) {
		const struct subject_action *a = &s->actions[i];
		json_put_object(&w);
		json_put_member(&w, "kind", zd_str_of(subject_kinds[a->kind].word));
		json_put_member_int(&w, "dept", a->dept);
		json_put_member_int(&w, "id", a->id);
		json_put_member(&w, "day", zd_day_format(cx->arena, a->day));
		json_put_member(&w, "name", a->name);
		json_put_member(&w, "detail", detail_of(cx, req, a));
		json_put_member(&w, "item", a->item);
		json_put_member_int(&w, "state", a->state);
		json_put_end(&w);
	}
	json_put_end(&w);
	if (s->more) {
		const struct subject_action *last = &s->actions[s->n_actions - 1];
		json_put_member(&w, "next",
				zd_str_printf(cx->arena, "%d-%" PRId64, last->day, last->id));
	}
	json_put_end(&w);
}

static enum zd_rc
show_subject(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct page_action actions[VIEW_ACTIONS] = { 0 };
	struct showing *s = zd_new(cx->arena, struct showing);

	ZD_TRY(load(cx, req, s));
	ZD_TRY(read_actions(cx, req, s));
	if (req->wants_json) {
		put_json(cx, req, &rep->out, s);
		return ZD_OK;
	}
	if (s->has_record)
		view_actions(cx, &s->sheet, actions);
	const struct page page = { .title = shown_name(cx, s),
				   .lead = kind_name(s->subject.kind),
				   .nav = "subjects",
				   .crumbs = crumbs_of(cx, s),
				   .actions = actions };
	page_begin(cx, req, rep, &page);
	put_tabs(cx, &rep->out, &s->subject, "facts");
	page_split_begin(&rep->out);
	put_identity(cx, req, &rep->out, s);
	if (s->has_record) {
		view_put_facts(cx, &rep->out, &s->sheet, ZD_STR("登记信息"),
			       view_sections(s->sheet.std));
		view_put_origin(cx, &rep->out, &s->sheet);
		view_put_history(cx, &rep->out, &s->sheet);
	}
	page_split_aside(&rep->out);
	ZD_TRY(put_actions(cx, req, &rep->out, s));
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- the items that apply ---------------------------------------------------------------------------------- */

static void
items_above(struct zd_cx *cx, const struct http_request *req, struct zd_out *out, void *arg)
{
	const struct showing *s = arg;

	(void)req;
	put_tabs(cx, out, &s->subject, "items");
}

/* Sub-items in use whose class of object is this subject's. */
static enum zd_rc
show_items(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *types = view_choices(cx, req, "administrative_type", cx->today);
	struct showing *s = zd_new(cx->arena, struct showing);

	ZD_TRY(load(cx, req, s));
	struct zd_str type = subject_object_type(s->subject.kind);
	const struct db_list_value fixed[] = {
		{ db_list_filter(&catalog_items, ZD_STR("kind")),
		  zd_str_printf(cx->arena, ",%.*s,", ZD_STR_ARG(type)) },
		{ db_list_filter(&catalog_items, ZD_STR("state")), ZD_STR("1") },
	};
	const struct page_column columns[] = {
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "name", .strong = true },
		{ .name = "type", .as = PAGE_AS_NAME, .choices = types },
		{ .name = "department",
		  .as = PAGE_AS_NAME,
		  .choices = view_choices(cx, req, "supervise_department", cx->today) },
		{ .name = "state", .extra = true, .as = PAGE_AS_STATE, .choices = catalog_states },
		{ .name = "since", .extra = true },
		{ .name = "main", .extra = true },
		{ .name = "gist", .extra = true },
		{ .name = "level", .extra = true },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "type", .choices = types },
		{ .name = "department",
		  .choices = view_choices(cx, req, "supervise_department", cx->today) },
		{ .name = "object", .extra = true },
		{ .name = "main", .extra = true },
		{ .name = "claimed", .extra = true },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = shown_name(cx, s),
			  .lead = ZD_STR("现在用、监管对象类别与它相符的子项；"
					 "它可以据此知道谁能来查、查什么。"),
			  .nav = "subjects",
			  .crumbs = crumbs_of(cx, s) },
		.list = &catalog_items,
		.row_href = "/desk/catalog/items/{code}",
		.columns = columns,
		.filters = filters,
		.fixed = fixed,
		.n_fixed = ZD_COUNT(fixed),
		.above = items_above,
		.arg = s,
		.file_name = "适用事项",
		.empty = { .icon = "list-tree",
			   .title = ZD_STR("没有适用的事项"),
			   .text = ZD_STR("目录里没有子项的监管对象类别与它相符。") },
	};

	if (!type.n)
		return zd_fail(cx, ZD_NOT_FOUND, NULL,
			       "还不知道它属于哪类对象，登记信息报送后才能列出适用事项");
	return page_list(cx, req, rep, &list);
}

#define SEES                                                                                       \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_API, false                                      \
	}
#define ASKED(params_) .params = params_, .params_size = sizeof(struct asked)

const struct http_route subject_routes[] = {
	{ HTTP_GET, "/desk/subjects", "监管对象列表", SEES, show_subjects, .lax_query = true },
	{ HTTP_GET, "/desk/subjects/{id}", "监管对象及其全部行为", SEES, show_subject,
	  ASKED(subject_params) },
	{ HTTP_GET, "/desk/subjects/{id}/items", "适用于监管对象的事项", SEES, show_items,
	  ASKED(id_params), .lax_query = true },
	{ HTTP_GET, "/api/v1/subjects", "监管对象列表", SEES, show_subjects, .lax_query = true },
	{ HTTP_GET, "/api/v1/subjects/{id}", "监管对象及其行为，新的在前", SEES, show_subject,
	  ASKED(subject_params) },
	{ HTTP_GET, "/api/v1/subjects/{id}/items", "适用于监管对象的事项", SEES, show_items,
	  ASKED(id_params), .lax_query = true },
	{ 0 },
};
