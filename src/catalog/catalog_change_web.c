/* Publishing, suspending, cancelling, claiming, releasing and writing off: the consequences first, then the step. */
#include "catalog/catalog_change_web.h"

#include "base/json.h"

#define ITEMS_MAX 200 /* of one step */

/* --- buttons -------------------------------------------------------------------------------------- */

static enum catalog_what
claim_of(const struct catalog_about *about, int64_t dept)
{
	for (size_t i = 0; i < about->n_claims; i++)
		if (about->claims[i].dept == dept)
			return (enum catalog_what)about->claims[i].what;
	return CATALOG_NOTHING;
}

/* Would the step be lawful from here? */
static bool
may_follow(const struct zd_cx *cx, enum catalog_what now, enum catalog_what next)
{
	struct zd_cx probe = *cx;

	return catalog_check_step(&probe, now, next) == ZD_OK;
}

const struct page_action *
catalog_item_actions(struct zd_cx *cx, const struct catalog_about *about,
		     const struct view_sheet *sheet)
{
	struct page_action *actions = zd_new_array(cx->arena, struct page_action, 12);
	struct page_action common[VIEW_ACTIONS];
	enum catalog_what claim = claim_of(about, cx->actor.dept);
	size_t n = 0;

	for (const struct catalog_step *s = catalog_steps; s->name; s++) {
		if (!catalog_may(&cx->actor, s) ||
		    !may_follow(cx, s->of_claim ? claim : about->state, s->what))
			continue;
		bool off = s->what == CATALOG_CLAIMED && about->state != CATALOG_IN_USE;
		actions[n++] = (struct page_action){
			.title = s->what == CATALOG_IN_USE && about->state == CATALOG_SUSPENDED
					 ? ZD_STR("恢复在用")
					 : zd_str_of(s->title),
			.href = zd_str_printf(cx->arena, "/desk/catalog/change/%s?items=%.*s",
					      s->name, ZD_STR_ARG(about->code)),
			.danger = s->what == CATALOG_CANCELLED,
			.primary = s->what == CATALOG_IN_USE || s->what == CATALOG_CLAIMED,
			.off = off ? ZD_STR("事项不是在用状态，不能认领") : (struct zd_str){ 0 },
		};
	}
	view_actions(cx, sheet, common);
	for (size_t i = 0; common[i].title.p; i++) {
		common[i].primary = false;
		actions[n++] = common[i];
	}
	return actions;
}

/* --- what is asked ---------------------------------------------------------------------------------- */

struct asked {
	struct zd_str what, items, ids, reason;
	int32_t from, seen;
};

static const struct http_param change_params[] = {
	HTTP_PARAM_TEXT(struct asked, what,
			.about = "publish、suspend、cancel、claim、release 或 write-off", .max = 20,
			.required = true),
	HTTP_PARAM_TEXT(struct asked, items, .about = "子项编码，用逗号分开，最多 200 个",
			.max = 3200),
	HTTP_PARAM_TEXT(struct asked, ids, .about = "列表里选中的行", .max = 4200),
	HTTP_PARAM_DAY(struct asked, from, .about = "生效日期"),
	HTTP_PARAM_DAY(struct asked, seen, .about = "已看过影响的生效日期"),
	HTTP_PARAM_TEXT(struct asked, reason, .about = "原因", .max = 500),
	{ 0 },
};
static const struct http_param api_params[] = {
	HTTP_PARAM_TEXT(struct asked, what,
			.about = "publish、suspend、cancel、claim、release 或 write-off", .max = 20,
			.required = true),
	HTTP_PARAM_TEXT(struct asked, items, .about = "子项编码，用逗号分开，最多 200 个",
			.max = 3200, .required = true),
	HTTP_PARAM_DAY(struct asked, from, .about = "生效日期；不给则为今天"),
	HTTP_PARAM_TEXT(struct asked, reason, .about = "原因；暂停、取消、退领、核销时必填",
			.max = 500),
	{ 0 },
};

/* One step over some items. */
struct step {
	const struct catalog_step *kind;
	struct zd_str codes[ITEMS_MAX], names[ITEMS_MAX];
	size_t n;
	int64_t dept; /* 0: of the items themselves */
	int32_t from;
	struct catalog_effect effect;
	struct zd_str error;
	const char *bad; /* the field that the error is of, or NULL */
};

static enum zd_rc
split(struct zd_cx *cx, struct zd_str list, struct zd_str *ret, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = 0; i <= list.n;) {
		size_t end = i;
		while (end < list.n && list.p[end] != ',')
			end++;
		if (n == ITEMS_MAX)
			return zd_fail(cx, ZD_TOO_LARGE, "items", "一次最多办理 %d 项，请分几次",
				       ITEMS_MAX);
		if (end > i)
			ret[n++] = (struct zd_str){ list.p + i, end - i };
		i = end + 1;
	}
	*ret_n = n;
	return ZD_OK;
}

static enum zd_rc
codes_of_ids(struct zd_cx *cx, struct http_request *req, struct zd_str list, struct step *step)
{
	struct zd_str texts[ITEMS_MAX];
	int64_t ids[ITEMS_MAX];
	size_t n;

	ZD_TRY(split(cx, list, texts, &n));
	for (size_t i = 0; i < n; i++)
		if (!zd_int_parse(texts[i], &ids[i]))
			return zd_fail(cx, ZD_INVALID, "ids", "选中的行有误，请回到列表重新选择");
	return catalog_read_codes(cx, req->db, ids, n, step->codes, &step->n);
}

static enum zd_rc
read_names(struct zd_cx *cx, struct http_request *req, struct step *step)
{
	for (size_t i = 0; i < step->n; i++) {
		struct catalog_about about;
		if (step->n <= 20) { /* a long list shows codes only */
			ZD_TRY(catalog_read_about(cx, req->db, step->codes[i], &about));
			step->names[i] = about.name;
		}
	}
	return ZD_OK;
}

static enum zd_rc
read_step(struct zd_cx *cx, struct http_request *req, struct step *step)
{
	const struct asked *asked = req->params;

	*step = (struct step){ .kind = catalog_step_find(asked->what) };
	if (!step->kind)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有「%.*s」这种操作",
			       (int)(asked->what.n > 40 ? 40 : asked->what.n), asked->what.p);
	if (!catalog_may(&cx->actor, step->kind))
		return zd_fail(cx, ZD_REFUSED, NULL, "您的角色不能%s事项，请由%s办理",
			       step->kind->title,
			       step->kind->of_claim ? "本部门的数据员" : "平台管理员");
	step->dept = step->kind->of_claim ? cx->actor.dept : 0;
	step->from = asked->from == ZD_NO_DAY ? cx->today : asked->from;
	if (asked->ids.n)
		ZD_TRY(codes_of_ids(cx, req, asked->ids, step));
	else
		ZD_TRY(split(cx, asked->items, step->codes, &step->n));
	if (!step->n)
		return zd_fail(cx, ZD_INVALID, "items", "没有选中事项，请回到列表勾选");
	return catalog_read_effect(cx, req->db, step->codes, step->n, step->from,
				   step->kind->of_claim ? step->dept : ZD_NO_INT, &step->effect);
}

/* --- the page: what will happen ------------------------------------------------------------------------ */

static struct zd_str
consequence(struct zd_cx *cx, const struct step *step)
{
	struct zd_str day = page_day_text(cx->arena, step->from);
	const struct catalog_effect *e = &step->effect;
	int month = (int)(zd_day_month(step->from) % 100),
	    year = (int)(zd_day_month(step->from) / 100);

	switch (step->kind->what) {
	case CATALOG_IN_USE:
		return zd_str_printf(cx->arena,
				     "自 %.*s 起 %zu 项在用：各部门可以认领，认领后可以报送行为。",
				     ZD_STR_ARG(day), step->n);
	case CATALOG_SUSPENDED:
	case CATALOG_CANCELLED:
		return zd_str_printf(
			cx->arena,
			"自 %.*s 起 %zu 项%s：%" PRId64
			" 个部门的认领随之失效，该日及以后的行为不再接收。%d 年 %d 月起已入库 "
			"%" PRId64 " 条行为，其中该日及以后的需要各部门核对。%s",
			ZD_STR_ARG(day), step->n, step->kind->title, e->claims, year, month,
			e->actions,
			step->kind->what == CATALOG_CANCELLED ? "取消后不能恢复。"
							      : "暂停后可以恢复在用。");
	case CATALOG_CLAIMED:
		return zd_str_printf(
			cx->arena,
			"自 %.*s 起本部门对 %zu 项负责监管，可以报送行为。检查类事项还须编制并"
			"公布检查实施清单。认领后可以退领。",
			ZD_STR_ARG(day), step->n);
	case CATALOG_RELEASED:
	case CATALOG_WRITTEN_OFF:
		return zd_str_printf(
			cx->arena,
			"自 %.*s 起本部门不能再就这 %zu 项报送行为。%d 年 %d 月起本部门已入库 "
			"%" PRId64 " 条，不受影响。以后可以重新认领。",
			ZD_STR_ARG(day), step->n, year, month, e->actions);
	case CATALOG_NOTHING: break;
	}
	return (struct zd_str){ 0 };
}

static struct zd_str
field_error(const struct step *step, const char *field)
{
	return step->bad && strcmp(step->bad, field) == 0 ? step->error : (struct zd_str){ 0 };
}

static void
put_form(struct zd_cx *cx, struct http_request *req, struct zd_out *out, const struct step *step)
{
	const struct asked *asked = req->params;
	struct zd_str items = zd_str_join(cx->arena, step->codes, step->n, ZD_STR(","));
	bool back = step->kind->of_claim;
	const struct page_field fields[] = {
		{ .input = PAGE_INPUT_DAY,
		  .name = ZD_STR("from"),
		  .label = ZD_STR("生效日期"),
		  .value = zd_day_format(cx->arena, step->from),
		  .required = true,
		  .narrow = true,
		  .hint = ZD_STR("改日期后先重新列出影响，再确认一次"),
		  .error = field_error(step, "from") },
		{ .input = PAGE_INPUT_AREA,
		  .name = ZD_STR("reason"),
		  .label = ZD_STR("原因"),
		  .value = asked->reason,
		  .required = step->kind->needs_reason,
		  .max = 500,
		  .hint = step->kind->needs_reason
				  ? ZD_STR("写明依据的文件或情形，随变更公示和留痕")
				  : ZD_STR("可以不填；如文件名称和文号"),
		  .error = field_error(step, "reason") },
		{ .input = PAGE_INPUT_HIDDEN, .name = ZD_STR("items"), .value = items },
		{ .input = PAGE_INPUT_HIDDEN,
		  .name = ZD_STR("seen"),
		  .value = zd_day_format(cx->arena, step->from) },
	};
	const struct page_form form = {
		.action = zd_str_printf(cx->arena, "/desk/catalog/change/%s", step->kind->name),
		.submit = zd_str_printf(cx->arena, "确认%s %zu 项", step->kind->title, step->n),
		.cancel = step->n == 1 ? zd_str_printf(cx->arena, "/desk/catalog/items/%.*s",
						       ZD_STR_ARG(step->codes[0]))
			  : back       ? ZD_STR("/desk/catalog/claims")
				       : ZD_STR("/desk/catalog/items"),
		.fields = fields,
		.n_fields = ZD_COUNT(fields),
		.error = step->bad && (field_error(step, "from").p || field_error(step, "reason").p)
				 ? (struct zd_str){ 0 }
				 : step->error,
	};

	page_form(out, req, &form);
}

static enum zd_rc
show_step(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, struct step *step)
{
	const struct page_crumb crumbs[] = { { ZD_STR("清单"), ZD_STR("/desk/catalog") },
					     { zd_str_of(step->kind->title), { 0 } },
					     { { 0 }, { 0 } } };
	const struct page page = { .title = zd_str_printf(cx->arena, "%s监管事项",
							  step->kind->title),
				   .nav = "catalog",
				   .crumbs = crumbs };

	ZD_TRY(read_names(cx, req, step));
	page_begin(cx, req, rep, &page);
	page_alert(&rep->out, step->kind->needs_reason ? PAGE_WARN : PAGE_INFO,
		   ZD_STR("将要发生的事"), consequence(cx, step));
	page_split_begin(&rep->out);
	put_form(cx, req, &rep->out, step);
	page_split_aside(&rep->out);
	page_card_begin(&rep->out, zd_str_printf(cx->arena, "涉及的事项（%zu 项）", step->n));
	catalog_codes_html(&rep->out, step->codes, step->names, step->n);
	page_card_end(&rep->out);
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- the step --------------------------------------------------------------------------------------------- */

static enum zd_rc
take(struct zd_cx *cx, struct http_request *req, const struct step *step)
{
	const struct asked *asked = req->params;
	struct catalog_change *changes = zd_new_array(cx->arena, struct catalog_change, step->n);

	for (size_t i = 0; i < step->n; i++)
		changes[i] = (struct catalog_change){ .item = step->codes[i],
						      .dept = step->dept,
						      .what = step->kind->what,
						      .from = step->from,
						      .reason = asked->reason };
	return catalog_app_change_many(cx, req->db, changes, step->n);
}

static enum zd_rc
get_change(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct step *step = zd_new(cx->arena, struct step);

	ZD_TRY(read_step(cx, req, step));
	return show_step(cx, req, rep, step);
}

/* From a list (ids), or with another day than the one whose consequences were shown: shown first. */
static enum zd_rc
post_change(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct asked *asked = req->params;
	struct step *step = zd_new(cx->arena, struct step);

	ZD_TRY(read_step(cx, req, step));
	if (asked->ids.n || asked->seen != step->from)
		return show_step(cx, req, rep, step);
	enum zd_rc rc = take(cx, req, step);
	if (rc == ZD_INVALID || rc == ZD_REFUSED) {
		step->error = zd_str_copy(cx->arena, zd_str_of(cx->err.text));
		step->bad = cx->err.field;
		rep->status = zd_rc_meaning(rc)->http_status;
		return show_step(cx, req, rep, step);
	}
	ZD_TRY(rc);
	rep->location = step->n == 1
				? zd_str_printf(cx->arena, "/desk/catalog/items/%.*s?done=changed",
						ZD_STR_ARG(step->codes[0]))
			: step->kind->of_claim ? ZD_STR("/desk/catalog/claims")
					       : ZD_STR("/desk/catalog/items");
	return ZD_OK;
}

static enum zd_rc
api_change(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct step *step = zd_new(cx->arena, struct step);
	struct json_writer w = { .out = &rep->out };

	ZD_TRY(read_step(cx, req, step));
	ZD_TRY(take(cx, req, step));
	json_put_object(&w);
	json_put_member_int(&w, "changed", (int64_t)step->n);
	json_put_member(&w, "from", zd_day_format(cx->arena, step->from));
	json_put_end(&w);
	return ZD_OK;
}

#define CHANGES                                                                                    \
	{                                                                                          \
		HTTP_ROLES, TRUST_PLATFORM | TRUST_DATA_OFFICER | TRUST_API, false                 \
	}

const struct http_route catalog_change_routes[] = {
	{ HTTP_GET, "/desk/catalog/change/{what}", "发布、暂停、取消、认领、退领、核销前的影响",
	  CHANGES, get_change, .params = change_params, .params_size = sizeof(struct asked) },
	{ HTTP_POST, "/desk/catalog/change/{what}", "发布、暂停、取消、认领、退领、核销", CHANGES,
	  post_change, HTTP_FORM, .params = change_params, .params_size = sizeof(struct asked) },
	{ HTTP_POST, "/api/v1/catalog/changes", "发布、暂停、取消、认领、退领、核销事项", CHANGES,
	  api_change, HTTP_JSON, .params = api_params, .params_size = sizeof(struct asked) },
	{ 0 },
};
