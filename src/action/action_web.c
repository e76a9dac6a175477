/* The pages of actions: lists by kind, and everything that stands around one. */
#include "action/action_web.h"

#include "action/action_app.h"
#include "view/view_web.h"

struct asked {
	struct zd_str kind, ref, done;
};
static const struct http_param kind_params[] = {
	HTTP_PARAM_TEXT(struct asked, kind, .about = "check、punish、force 或 other", .max = 20,
			.required = true),
	{ 0 },
};
static const struct http_param ref_params[] = {
	HTTP_PARAM_TEXT(struct asked, kind, .about = "check、punish、force 或 other", .max = 20,
			.required = true),
	HTTP_PARAM_TEXT(struct asked, ref, .about = "部门和记录的编号，如 7-123", .max = 40,
			.required = true),
	HTTP_PARAM_TEXT(struct asked, done, .about = "刚刚完成的操作", .max = 20),
	{ 0 },
};

static enum zd_rc
kind_of(struct zd_cx *cx, const struct http_request *req, enum action_kind *ret)
{
	const struct asked *asked = req->params;
	int kind = action_kind_find(asked->kind);

	if (kind < 0)
		return zd_fail(cx, ZD_NOT_FOUND, NULL,
			       "没有这一类监管行为，请从检查、处罚、强制、其他行为中选");
	*ret = (enum action_kind)kind;
	return ZD_OK;
}

/* --- lists ------------------------------------------------------------------------------------------- */

struct above {
	enum action_kind kind;
	bool held;
	int64_t n_held;
};

static void
put_tabs(struct zd_cx *cx, const struct http_request *req, struct zd_out *out, void *arg)
{
	const struct above *a = arg;
	struct page_tab tabs[ACTION_KINDS];
	const char *at = zd_str_printf(cx->arena, "/desk/actions/%s", action_kinds[a->kind].word).p;
	const struct page_tab states[] = {
		{ "live", ZD_STR("正式"), zd_str_of(at), ZD_NO_INT },
		{ "held", ZD_STR("待放行"), zd_str_printf(cx->arena, "%s/held", at), a->n_held },
	};

	(void)req;
	for (int k = 0; k < ACTION_KINDS; k++)
		tabs[k] = (struct page_tab){ action_kinds[k].word, zd_str_of(action_kinds[k].title),
					     zd_str_printf(cx->arena, "/desk/actions/%s",
							   action_kinds[k].word),
					     ZD_NO_INT };
	page_tabs(out, tabs, ZD_COUNT(tabs), action_kinds[a->kind].word);
	if (a->held || a->n_held)
		page_tabs(out, states, ZD_COUNT(states), a->held ? "held" : "live");
	if (a->held)
		page_alert(out, PAGE_INFO, ZD_STR("首日以前的历史数据先到这里"),
			   ZD_STR("当时事项还没有认领，不能判定是否在清单之内。认领后选中放行："
				  "系统按认领情"
				  "况重新核对，合格的转为正式并计入统计，不合格的留下。"));
}

static struct zd_str
total_of(struct zd_cx *cx, int64_t n)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 64 };

	page_number(&out, n);
	zd_out_write(&out, ZD_STR(" 条"));
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

static const struct page_action *
actions_of(struct zd_cx *cx, enum action_kind kind)
{
	struct page_action *actions = zd_new_array(cx->arena, struct page_action, 3);
	const char *standard = action_kinds[kind].standard;

	if (!(cx->actor.roles & TRUST_DATA_OFFICER))
		return NULL;
	actions[0] = (struct page_action){ .title = ZD_STR("填报一条"),
					   .href = zd_str_printf(cx->arena, "/desk/records/%s/new",
								 standard),
					   .icon = "plus" };
	actions[1] = (struct page_action){ .title = ZD_STR("批量导入"),
					   .href = zd_str_printf(
						   cx->arena, "/desk/ingest?standard=%s", standard),
					   .icon = "upload" };
	return actions;
}

static enum zd_rc
show_list(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, enum action_kind kind,
	  bool held)
{
	const struct action_kind_name *name = &action_kinds[kind];
	int64_t scope = trust_scope(&cx->actor), n_live, n_held;
	bool all = scope == ZD_NO_INT;
	const struct page_choice *codes =
		name->codes ? view_choices(cx, req, name->codes, cx->today) : NULL;
	const struct page_column columns[] = {
		{ .name = "name", .strong = true },
		{ .name = "party", .href = "/desk/subjects/{subject}" },
		{ .name = "code", .as = codes ? PAGE_AS_NAME : PAGE_AS_TEXT, .choices = codes },
		{ .name = "dept_name", .extra = !all },
		{ .name = "item", .as = PAGE_AS_CODE, .href = "/desk/catalog/items/{item}" },
		{ .name = "number", .as = PAGE_AS_CODE },
		{ .name = "area", .extra = true, .codes = view_codes(req, "gbt2260") },
		{ .name = "received", .as = PAGE_AS_TIME, .extra = true },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "party", .hint = "名称前几个字" },
		{ .name = "number", .hint = "前几位即可" },
		{ .name = "code", .choices = codes },
		{ .name = "item", .hint = "14 位编码", .extra = true },
		{ .name = "dept", .choices = view_dept_choices(cx, req->db), .extra = !all },
		{ .name = "subject", .hint = "由对象页带入", .extra = true },
		{ 0 },
	};
	const struct page_bulk release[] = {
		{ .title = ZD_STR("核对并放行"),
		  .path = zd_str_printf(cx->arena, "/desk/records/%s/release", name->standard),
		  .confirm = ZD_STR(
			  "将按现在的认领情况逐条核对选中的历史记录：合格的转为正式、计入统计并上报"
			  "，不合格的留在隔离区。放行写入变更记录。") },
		{ { 0 }, { 0 }, { 0 }, false },
	};
	ZD_TRY(action_app_count(cx, req->db, kind, scope, 1, &n_live));
	ZD_TRY(action_app_count(cx, req->db, kind, scope, 3, &n_held));
	struct above above = { kind, held, n_held };
	const struct page_list list = {
		.page = { .title = zd_str_of(name->title),
			  .nav = "actions",
			  .actions = actions_of(cx, kind) },
		.list = held ? &action_held[kind] : &action_live[kind],
		.row_href = zd_str_printf(cx->arena, "/desk/actions/%s/{dept}-{id}", name->word).p,
		.columns = columns,
		.filters = filters,
		.bulks = held && (cx->actor.roles & TRUST_DATA_OFFICER) ? release : NULL,
		.total = total_of(cx, held ? n_held : n_live),
		.above = put_tabs,
		.arg = &above,
		.empty = { .icon = "gavel",
			   .title = zd_str_printf(cx->arena, held ? "没有待放行的%s" : "还没有%s",
						  name->title),
			   .text = held ? ZD_STR("首日以前的历史数据在认领之前会先到这里。")
					: ZD_STR("部门通过接口、导入文件或页面填报后，"
						 "行为列在这里。") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
show_live(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	enum action_kind kind;

	ZD_TRY(kind_of(cx, req, &kind));
	return show_list(cx, req, rep, kind, false);
}

static enum zd_rc
show_held(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	enum action_kind kind;

	ZD_TRY(kind_of(cx, req, &kind));
	return show_list(cx, req, rep, kind, true);
}

static enum zd_rc
go_to_checks(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx, (void)req;
	rep->location = ZD_STR("/desk/actions/check");
	return ZD_OK;
}

/* --- an action ----------------------------------------------------------------------------------------- */

static struct zd_str
value(const struct view_sheet *sheet, int field)
{
	return field >= 0 ? sheet->record.v[field] : (struct zd_str){ 0 };
}

/* Each cited item by its name, a link each. */
static enum zd_rc
put_items(struct zd_cx *cx, struct http_request *req, struct zd_out *out,
	  const struct view_sheet *sheet)
{
	struct zd_str list = value(sheet, sheet->std->item);
	struct page_fact facts[16];
	size_t n = 0;

	for (size_t i = 0; i < list.n && n < ZD_COUNT(facts);) {
		size_t end = i;
		while (end < list.n && list.p[end] != ',')
			end++;
		struct zd_str code = { list.p + i, end - i }, name;
		ZD_TRY(action_app_item_name(cx, req->db, code, &name));
		facts[n++] = (struct page_fact){
			.label = code,
			.value = name.n ? name : ZD_STR("目录里没有这个编码"),
			.href = name.n ? zd_str_printf(cx->arena, "/desk/catalog/items/%.*s",
						       ZD_STR_ARG(code))
				       : (struct zd_str){ 0 },
			.wide = true,
		};
		i = end + 1;
	}
	if (!n)
		return ZD_OK;
	page_card_begin(out, ZD_STR("依据的监管事项"));
	page_facts(out, facts, n);
	page_card_end(out);
	return ZD_OK;
}

static void
add_link(struct zd_cx *cx, const struct action_link *link, struct page_event *ret)
{
	const struct action_kind_name *kind = &action_kinds[link->kind];

	*ret = (struct page_event){
		.at = ZD_NO_INT,
		.day = link->day,
		.tone = link->kind == ACTION_CHECK ? PAGE_INFO : PAGE_BAD,
		.title = zd_str_printf(cx->arena, "%s：%.*s", kind->title, ZD_STR_ARG(link->name)),
		.href = zd_str_printf(cx->arena, "/desk/actions/%s/%" PRId64 "-%" PRId64,
				      kind->word, link->dept, link->id),
	};
}

/* The inspection that it follows from, or what followed from it; and the subject. */
static enum zd_rc
put_links(struct zd_cx *cx, struct http_request *req, struct zd_out *out, enum action_kind kind,
	  const struct view_sheet *sheet)
{
	const struct record *r = &sheet->record;
	const char *follows = action_kinds[kind].follows;
	struct action_link *links, check;
	struct page_event events[48];
	size_t n = 0, n_links = 0;

	if (follows) {
		int field = standard_field_find(sheet->std, zd_str_of(follows));
		ZD_TRY(action_app_check(cx, req->db, r->dept, value(sheet, field), &check));
		if (check.id)
			add_link(cx, &check, &events[n++]);
	} else {
		ZD_TRY(action_app_follow(cx, req->db, r->dept, r->key, r->subject, &links,
					 &n_links));
		for (size_t i = 0; i < n_links; i++)
			add_link(cx, &links[i], &events[n++]);
	}
	if (!n)
		return ZD_OK;
	page_card_begin(out, follows ? ZD_STR("由哪次检查而来") : ZD_STR("由此而来"));
	page_timeline(out, events, n);
	page_card_end(out);
	return ZD_OK;
}

/* An organisation's code is public, whatever class the field has for the sake of persons. */
static bool
is_organ(const struct view_sheet *sheet)
{
	int type = standard_field_find(sheet->std, ZD_STR("administrative_cp_ce_type"));

	return zd_str_equal(value(sheet, type), ZD_STR("001"));
}

static void
put_subject(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet)
{
	const struct standard *std = sheet->std;
	int64_t id = sheet->record.subject;
	bool organ = is_organ(sheet);
	const struct page_fact facts[] = {
		{ .label = ZD_STR("监管对象"),
		  .value = view_value(cx, std, std->subject_name, ZD_NO_DAY,
				      value(sheet, std->subject_name)),
		  .href = zd_str_printf(cx->arena, "/desk/subjects/%" PRId64, id),
		  .wide = true },
		{ .label = organ ? ZD_STR("统一社会信用代码") : ZD_STR("证件号码"),
		  .value = organ ? value(sheet, std->subject)
				 : trust_mask(cx, 3, value(sheet, std->subject)),
		  .as = organ ? PAGE_AS_USCC : PAGE_AS_CODE },
	};

	if (id == ZD_NO_INT || std->subject_name < 0)
		return;
	page_card_begin(out, ZD_STR("对谁"));
	page_facts(out, facts, ZD_COUNT(facts));
	page_card_end(out);
}

/* The facts without what the card of the subject says better. */
static void
put_facts(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet)
{
	struct view_sheet *shown = zd_new(cx->arena, struct view_sheet);

	*shown = *sheet;
	if (is_organ(sheet) && sheet->record.subject != ZD_NO_INT)
		shown->record.v[sheet->std->subject] = (struct zd_str){ 0 };
	view_put_facts(cx, out, shown, (struct zd_str){ 0 }, view_sections(sheet->std));
}

static struct zd_str
lead_of(struct zd_cx *cx, enum action_kind kind, const struct view_sheet *sheet)
{
	struct zd_str day = page_day_text(cx->arena, sheet->record.day);

	return zd_str_printf(cx->arena, "%s · %.*s · %.*s · %.*s", action_kinds[kind].title,
			     ZD_STR_ARG(sheet->record.key), ZD_STR_ARG(day),
			     ZD_STR_ARG(sheet->dept_name));
}

static enum zd_rc
show_action(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct asked *asked = req->params;
	struct page_action actions[VIEW_ACTIONS];
	const struct standard *std;
	struct view_sheet sheet;
	enum action_kind kind;
	int64_t dept, id;

	ZD_TRY(kind_of(cx, req, &kind));
	ZD_TRY(view_standard(cx, req, zd_str_of(action_kinds[kind].standard), &std));
	if (!view_ref_parse(asked->ref, &dept, &id))
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这条%s记录", action_kinds[kind].title);
	ZD_TRY(view_app_load(cx, req->db, std, dept, id, &sheet));
	if (req->wants_json) {
		view_put_json(cx, &rep->out, &sheet);
		return ZD_OK;
	}
	view_actions(cx, &sheet, actions);
	const struct page_crumb crumbs[] = {
		{ ZD_STR("监管行为"), ZD_STR("/desk/actions") },
		{ zd_str_of(action_kinds[kind].title),
		  zd_str_printf(cx->arena, "/desk/actions/%s", action_kinds[kind].word) },
		{ sheet.record.key, { 0 } },
		{ { 0 }, { 0 } },
	};
	const struct page page = { .title = view_title(cx, &sheet),
				   .lead = lead_of(cx, kind, &sheet),
				   .nav = "actions",
				   .crumbs = crumbs,
				   .actions = actions,
				   .notice = view_notice(asked->done) };
	page_begin(cx, req, rep, &page);
	view_put_state(&rep->out, &sheet);
	page_split_begin(&rep->out);
	put_facts(cx, &rep->out, &sheet);
	view_put_history(cx, &rep->out, &sheet);
	page_split_aside(&rep->out);
	put_subject(cx, &rep->out, &sheet);
	ZD_TRY(put_items(cx, req, &rep->out, &sheet));
	ZD_TRY(put_links(cx, req, &rep->out, kind, &sheet));
	view_put_origin(cx, &rep->out, &sheet);
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

#define SEES                                                                                       \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_API, false                                      \
	}
#define ASKED(params_) .params = params_, .params_size = sizeof(struct asked)

const struct http_route action_routes[] = {
	{ HTTP_GET, "/desk/actions", "监管行为", SEES, go_to_checks },
	{ HTTP_GET, "/desk/actions/{kind}", "监管行为列表", SEES, show_live, ASKED(kind_params),
	  .lax_query = true },
	{ HTTP_GET, "/desk/actions/{kind}/held", "待放行的历史行为", SEES, show_held,
	  ASKED(kind_params), .lax_query = true },
	{ HTTP_GET, "/desk/actions/{kind}/{ref}", "监管行为", SEES, show_action,
	  ASKED(ref_params) },
	{ HTTP_GET, "/api/v1/actions/{kind}", "监管行为列表", SEES, show_live, ASKED(kind_params),
	  .lax_query = true },
	{ HTTP_GET, "/api/v1/actions/{kind}/held", "待放行的历史行为", SEES, show_held,
	  ASKED(kind_params), .lax_query = true },
	{ HTTP_GET, "/api/v1/actions/{kind}/{ref}", "监管行为，连同来源和历史", SEES, show_action,
	  ASKED(ref_params) },
	{ 0 },
};
