/* The pages of the catalogue: the tree, its lists, and everything that is known of an item. */
#include "catalog/catalog_web.h"

#include "base/app.h"
#include "base/json.h"
#include "catalog/catalog_change_web.h"

const struct page_choice catalog_states[] = {
	{ ZD_LIT("1"), ZD_LIT("在用"), PAGE_GOOD },
	{ ZD_LIT("3"), ZD_LIT("暂停"), PAGE_WARN },
	{ ZD_LIT("2"), ZD_LIT("取消"), PAGE_PLAIN },
	{ ZD_LIT("0"), ZD_LIT("未发布"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
const struct page_choice catalog_claim_states[] = {
	{ ZD_LIT("0"), ZD_LIT("应领未领"), PAGE_WARN },
	{ ZD_LIT("11"), ZD_LIT("已认领"), PAGE_GOOD },
	{ ZD_LIT("12"), ZD_LIT("已退领"), PAGE_WARN },
	{ ZD_LIT("13"), ZD_LIT("已核销"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
static const struct page_choice claim_filter[] = {
	{ ZD_LIT("0"), ZD_LIT("应领未领"), PAGE_WARN },
	{ ZD_LIT("11"), ZD_LIT("已认领"), PAGE_GOOD },
	{ ZD_LIT("13"), ZD_LIT("已核销"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
static const struct page_choice yes_no[] = {
	{ ZD_LIT("1"), ZD_LIT("已认领"), PAGE_GOOD },
	{ ZD_LIT("0"), ZD_LIT("无人认领"), PAGE_WARN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
static const struct page_choice stops[] = {
	{ ZD_LIT("0"), ZD_LIT("在用"), PAGE_GOOD },
	{ ZD_LIT("1"), ZD_LIT("取消"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("停用"), PAGE_WARN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

#define BOARD "/desk/catalog/claims-by-department"
#define CLAIMS "/desk/catalog/claims"
#define CLAIMS_OF CLAIMS "?dept={id}"

/* Claims are one department's: who sees all chooses one on the board. */
static void
put_tabs(const struct zd_cx *cx, struct zd_out *out, const char *active)
{
	bool all = trust_scope(&cx->actor) == ZD_NO_INT;
	const struct page_tab tabs[] = {
		{ "tree", ZD_STR("目录"), ZD_STR("/desk/catalog"), ZD_NO_INT },
		{ "items", ZD_STR("子项"), ZD_STR("/desk/catalog/items"), ZD_NO_INT },
		{ "mains", ZD_STR("主项"), ZD_STR("/desk/catalog/mains"), ZD_NO_INT },
		{ "claims", ZD_STR("认领"), all ? ZD_STR(BOARD) : ZD_STR(CLAIMS), ZD_NO_INT },
		{ "lists", ZD_STR("检查实施清单"), ZD_STR("/desk/catalog/lists"), ZD_NO_INT },
		{ "random", ZD_STR("随机抽查事项"), ZD_STR("/desk/catalog/random"), ZD_NO_INT },
		{ "contents", ZD_STR("检查内容"), ZD_STR("/desk/catalog/contents"), ZD_NO_INT },
	};

	page_tabs(out, tabs, ZD_COUNT(tabs), active);
}

static void
tabs_above(struct zd_cx *cx, const struct http_request *req, struct zd_out *out, void *arg)
{
	(void)req;
	put_tabs(cx, out, arg);
}

/* Buttons that only the keeper of a standard has: enter one, import many. */
static const struct page_action *
keeper_actions(struct zd_cx *cx, const struct http_request *req, const char *standard)
{
	struct page_action *actions = zd_new_array(cx->arena, struct page_action, 3);
	const struct standard *std;

	if (view_standard(cx, req, zd_str_of(standard), &std) != ZD_OK ||
	    !view_may_edit(&cx->actor, std, view_owner(std, cx->actor.dept)))
		return NULL;
	actions[0] = (struct page_action){ .title = ZD_STR("新增"),
					   .icon = "plus",
					   .href = zd_str_printf(cx->arena, "/desk/records/%s/new",
								 standard) };
	actions[1] =
		(struct page_action){ .title = ZD_STR("批量导入"),
				      .icon = "upload",
				      .href = zd_str_printf(cx->arena, "/desk/ingest?standard=%s",
							    standard) };
	return actions;
}

/* --- the tree ------------------------------------------------------------------------------------ */

struct tree_asked {
	struct zd_str department;
};
static const struct http_param tree_params[] = {
	HTTP_PARAM_TEXT(struct tree_asked, department, .about = "国家部门代码，如 31", .max = 20),
	{ 0 },
};

static enum zd_rc
put_departments(struct zd_cx *cx, const struct http_request *req, struct zd_out *out)
{
	const struct page_choice *names = view_choices(cx, req, "supervise_department", cx->today);
	struct catalog_department *d;
	size_t n;
	static const struct page_empty empty = {
		.icon = "list-tree",
		.title = ZD_LIT("目录清单还是空的"),
		.text = ZD_LIT(
			"国家和省下发的监管事项目录由平台管理员导入，发布后各部门在这里认领。"),
		.action = ZD_LIT("导入目录"),
		.href = ZD_LIT("/desk/ingest?standard=main_item"),
	};

	ZD_TRY(catalog_read_departments(cx, req->db, &d, &n));
	if (!n) {
		page_empty(out, &empty);
		return ZD_OK;
	}
	struct page_bar *bars = zd_new_array(cx->arena, struct page_bar, n);
	for (size_t i = 0; i < n; i++)
		bars[i] = (struct page_bar){
			.label = view_word(names, d[i].code),
			.href = zd_str_printf(cx->arena, "/desk/catalog?department=%.*s",
					      ZD_STR_ARG(d[i].code)),
			.n = d[i].in_use,
			.of = d[i].items,
			.note = zd_str_printf(cx->arena, "共 %" PRId64 " 项", d[i].items),
		};
	page_card_begin(out, ZD_STR("按监管部门 · 在用子项"));
	page_bars(out, bars, n);
	page_card_end(out);
	return ZD_OK;
}

static enum zd_rc
put_tree(struct zd_cx *cx, const struct http_request *req, struct zd_out *out,
	 struct zd_str department)
{
	struct catalog_tree_row *rows;
	size_t n, n_mains = 0;

	ZD_TRY(catalog_read_tree(cx, req->db, department, &rows, &n));
	if (!n)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "目录清单里没有这个部门的事项");
	struct catalog_tree_main *mains = zd_new_array(cx->arena, struct catalog_tree_main, n);
	for (size_t i = 0; i < n; i++) {
		if (!n_mains ||
		    !zd_str_equal(rows[i].main_code, mains[n_mains - 1].rows[0].main_code))
			mains[n_mains++] = (struct catalog_tree_main){ .rows = &rows[i] };
		mains[n_mains - 1].n++;
	}
	catalog_tree_html(out, mains, n_mains,
			  view_choices(cx, req, "administrative_type", cx->today));
	return ZD_OK;
}

static enum zd_rc
show_tree(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct tree_asked *asked = req->params;
	const struct page_choice *names = view_choices(cx, req, "supervise_department", cx->today);
	bool one = asked->department.n > 0;
	struct zd_str name = view_word(names, asked->department);
	const struct page_crumb crumbs[] = { { ZD_STR("清单"), ZD_STR("/desk/catalog") },
					     { name, { 0 } },
					     { { 0 }, { 0 } } };
	const struct page page = {
		.title = one ? name : ZD_STR("监管事项目录清单"),
		.lead = one ? (struct zd_str){ 0 }
			    : ZD_STR("可以监管什么、由谁监管、从哪天起。清单之外无监管。"),
		.nav = "catalog",
		.crumbs = one ? crumbs : NULL,
		.actions = keeper_actions(cx, req, "sub_item"),
	};

	page_begin(cx, req, rep, &page);
	put_tabs(cx, &rep->out, "tree");
	ZD_TRY(one ? put_tree(cx, req, &rep->out, asked->department)
		   : put_departments(cx, req, &rep->out));
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- lists --------------------------------------------------------------------------------------- */

static enum zd_rc
show_items(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *types = view_choices(cx, req, "administrative_type", cx->today);
	const struct page_choice *departments =
		view_choices(cx, req, "supervise_department", cx->today);
	const struct page_column columns[] = {
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "name", .strong = true },
		{ .name = "type", .as = PAGE_AS_NAME, .choices = types },
		{ .name = "department", .as = PAGE_AS_NAME, .choices = departments },
		{ .name = "state", .as = PAGE_AS_STATE, .choices = catalog_states },
		{ .name = "since", .as = PAGE_AS_DAY, .extra = true },
		{ .name = "claims", .as = PAGE_AS_NUMBER },
		{ .name = "main", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "gist", .extra = true },
		{ .name = "level", .extra = true },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "code", .hint = "前几位即可" },
		{ .name = "type", .choices = types },
		{ .name = "department", .choices = departments },
		{ .name = "state", .choices = catalog_states },
		{ .name = "claimed", .choices = yes_no },
		{ .name = "object", .extra = true },
		{ .name = "kind",
		  .choices = view_choices(cx, req, "supervise_object_type", cx->today),
		  .extra = true },
		{ .name = "main", .extra = true },
		{ 0 },
	};
	const struct page_bulk publish[] = {
		{ .title = ZD_STR("发布"),
		  .path = ZD_STR("/desk/catalog/change/publish"),
		  .confirm = ZD_STR("下一步填写生效日期，确认后才会发布。") },
		{ .title = ZD_STR("暂停"),
		  .path = ZD_STR("/desk/catalog/change/suspend"),
		  .confirm = ZD_STR("下一步列出影响、填写生效日期和原因，确认后才会暂停。") },
		{ .title = ZD_STR("取消"),
		  .path = ZD_STR("/desk/catalog/change/cancel"),
		  .confirm = ZD_STR("下一步列出影响、填写生效日期和原因，确认后才会取消。"),
		  .danger = true },
		{ { 0 }, { 0 }, { 0 }, false },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("监管事项子项"),
			  .nav = "catalog",
			  .actions = keeper_actions(cx, req, "sub_item") },
		.list = &catalog_items,
		.row_href = "/desk/catalog/items/{code}",
		.columns = columns,
		.filters = filters,
		.bulks = cx->actor.roles & TRUST_PLATFORM ? publish : NULL,
		.above = tabs_above,
		.arg = (void *)"items",
		.empty = { .icon = "list-tree",
			   .title = ZD_STR("目录清单还是空的"),
			   .text = ZD_STR(
				   "平台管理员导入国家和省下发的监管事项目录后，子项列在这里。") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
show_mains(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_column columns[] = {
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "name", .strong = true },
		{ .name = "stop", .as = PAGE_AS_STATE, .choices = stops },
		{ .name = "items",
		  .as = PAGE_AS_NUMBER,
		  .href = "/desk/catalog/items?main={code}" },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "code", .hint = "前几位即可" },
		{ .name = "department",
		  .choices = view_choices(cx, req, "supervise_department", cx->today) },
		{ .name = "stop", .choices = stops },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("监管事项主项"),
			  .nav = "catalog",
			  .actions = keeper_actions(cx, req, "main_item") },
		.list = &catalog_mains,
		.row_href = "/desk/catalog/mains/0-{id}",
		.columns = columns,
		.filters = filters,
		.above = tabs_above,
		.arg = (void *)"mains",
		.empty = { .icon = "list-tree",
			   .title = ZD_STR("还没有主项"),
			   .text = ZD_STR("主项是监管事项目录的第一级，由平台管理员导入。") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
show_lists(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *levels = view_choices(cx, req, "exercise_level", cx->today);
	const struct page_choice *yes = view_choices(cx, req, "yes_no", cx->today);
	const struct page_column columns[] = {
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "object", .strong = true },
		{ .name = "item", .as = PAGE_AS_CODE, .href = "/desk/catalog/items/{item}" },
		{ .name = "level", .as = PAGE_AS_NAME, .choices = levels },
		{ .name = "random", .as = PAGE_AS_NAME, .choices = yes },
		{ .name = "way", .extra = true },
		{ .name = "stop", .as = PAGE_AS_STATE, .choices = stops },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "item", .hint = "14 位编码" },
		{ .name = "code", .hint = "前几位即可" },
		{ .name = "object", .hint = "前几个字即可" },
		{ .name = "dept", .choices = view_dept_choices(cx, req->db) },
		{ .name = "random", .choices = yes, .extra = true },
		{ .name = "stop", .choices = stops, .extra = true },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("检查实施清单"),
			  .lead = ZD_STR(
				  "认领检查类事项后，由实施主体编制并公布；未公布的检查不得实施。"),
			  .nav = "catalog",
			  .actions = keeper_actions(cx, req, "implement_list") },
		.list = &catalog_lists,
		.row_href = "/desk/catalog/lists/{dept}-{id}",
		.columns = columns,
		.filters = filters,
		.above = tabs_above,
		.arg = (void *)"lists",
		.empty = { .icon = "list-tree",
			   .title = ZD_STR("还没有实施清单"),
			   .text = ZD_STR("各部门认领检查类事项后，在这里编制检查实施清单。") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
show_random(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *categories =
		view_choices(cx, req, "random_item_category", cx->today);
	const struct page_column columns[] = {
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "name", .strong = true },
		{ .name = "category", .as = PAGE_AS_NAME, .choices = categories },
		{ .name = "item", .as = PAGE_AS_CODE },
		{ .name = "stop", .as = PAGE_AS_STATE, .choices = stops },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "category", .choices = categories },
		{ .name = "item", .hint = "14 位编码", .extra = true },
		{ .name = "stop", .choices = stops, .extra = true },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("随机抽查事项清单"),
			  .nav = "catalog",
			  .actions = keeper_actions(cx, req, "random_item") },
		.list = &catalog_random,
		.row_href = "/desk/catalog/random/0-{id}",
		.columns = columns,
		.filters = filters,
		.above = tabs_above,
		.arg = (void *)"random",
		.empty = { .icon = "list-tree",
			   .title = ZD_STR("还没有随机抽查事项"),
			   .text = ZD_STR("纳入“双随机、一公开”的抽查事项由平台管理员导入。") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
show_contents(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_column columns[] = {
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "name", .strong = true },
		{ .name = "item", .as = PAGE_AS_CODE, .href = "/desk/catalog/items/{item}" },
		{ 0 },
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("检查项与检查内容"),
			  .nav = "catalog",
			  .actions = keeper_actions(cx, req, "check_content") },
		.list = &catalog_contents,
		.row_href = "/desk/catalog/contents/0-{id}",
		.columns = columns,
		.above = tabs_above,
		.arg = (void *)"contents",
		.empty = { .icon = "checklist",
			   .title = ZD_STR("还没有检查内容"),
			   .text = ZD_STR("检查项、检查内容和操作要领由平台管理员导入，"
					  "供检查时逐项勾选。") },
	};

	return page_list(cx, req, rep, &list);
}

/* --- claims -------------------------------------------------------------------------------------- */

static const struct page_choice open_only[] = {
	{ ZD_LIT("1"), ZD_LIT("只看没有领全的"), PAGE_WARN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
static const struct page_choice dept_levels[] = {
	{ ZD_LIT("1"), ZD_LIT("市级"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("县级"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("乡镇"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

/* How far each department has come; each number leads to those items of the department. */
static enum zd_rc
show_board(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *national =
		view_choices(cx, req, "supervise_department", cx->today);
	const struct page_column columns[] = {
		{ .name = "name", .strong = true },
		{ .name = "code", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "level", .as = PAGE_AS_NAME, .choices = dept_levels, .extra = true },
		{ .name = "national", .as = PAGE_AS_NAME, .choices = national, .extra = true },
		{ .name = "expected", .as = PAGE_AS_NUMBER },
		{ .name = "claimed", .as = PAGE_AS_NUMBER, .href = CLAIMS_OF "&claim=11&state=1" },
		{ .name = "open", .as = PAGE_AS_NUMBER, .href = CLAIMS_OF "&claim=0&state=1" },
		{ .name = "released", .as = PAGE_AS_NUMBER, .extra = true },
		{ .name = "written_off",
		  .as = PAGE_AS_NUMBER,
		  .href = CLAIMS_OF "&claim=13&state=1" },
		{ .name = "rate", .as = PAGE_AS_NUMBER },
		{ 0 },
	};
	bool own = trust_scope(&cx->actor) != ZD_NO_INT;
	const struct page_filter filters[] = {
		{ .name = "dept", .choices = view_dept_choices(cx, req->db) },
		{ .name = "name", .hint = "其中几个字即可", .extra = own },
		{ .name = "national", .choices = national, .extra = own },
		{ .name = "open", .choices = open_only },
		{ .name = "level", .choices = dept_levels, .extra = true },
		{ 0 },
	};
	/* who sees one department's only need not choose it */
	const struct db_list_value fixed = {
		db_list_filter(&catalog_claims_by_dept, ZD_STR("dept")),
		zd_str_printf(cx->arena, "%" PRId64, trust_scope(&cx->actor))
	};
	const struct page_list list = {
		.page = { .title = ZD_STR("各部门认领情况"),
			  .lead = ZD_STR("应领：目录里国家部门与本部门相同、现在用的子项；"
					 "退领后没有再领的算未领。"),
			  .nav = "catalog" },
		.list = &catalog_claims_by_dept,
		.row_href = CLAIMS_OF,
		.columns = columns,
		.filters = filters,
		.fixed = &fixed,
		.n_fixed = own ? 1 : 0,
		.above = tabs_above,
		.arg = (void *)"claims",
		.empty = { .icon = "checklist",
			   .title = ZD_STR("没有部门有应领的事项"),
			   .text = ZD_STR(
				   "平台管理员发布监管事项，安全管理员在部门资料里填好国家部门"
				   "代码以后，各部门应领和已领的项数列在这里。") },
	};

	return page_list(cx, req, rep, &list);
}

static enum zd_rc
list_claims(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *types = view_choices(cx, req, "administrative_type", cx->today);
	const struct page_column columns[] = {
		{ .name = "code", .as = PAGE_AS_CODE },
		{ .name = "name", .strong = true },
		{ .name = "type", .as = PAGE_AS_NAME, .choices = types },
		{ .name = "state", .as = PAGE_AS_STATE, .choices = catalog_states },
		{ .name = "claim", .as = PAGE_AS_STATE, .choices = catalog_claim_states },
		{ .name = "lists",
		  .as = PAGE_AS_NUMBER,
		  .href = "/desk/catalog/lists?item={code}" },
		{ .name = "gist", .extra = true },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "claim", .choices = claim_filter },
		{ .name = "code", .hint = "前几位即可" },
		{ .name = "type", .choices = types },
		{ .name = "state", .choices = catalog_states, .extra = true },
		{ .name = "dept",
		  .choices = view_dept_choices(cx, req->db),
		  .extra = trust_scope(&cx->actor) != ZD_NO_INT },
		{ 0 },
	};
	const struct page_bulk bulks[] = {
		{ .title = ZD_STR("认领"),
		  .path = ZD_STR("/desk/catalog/change/claim"),
		  .confirm = ZD_STR("下一步填写认领的生效日期，确认后才会认领。") },
		{ .title = ZD_STR("退领"),
		  .path = ZD_STR("/desk/catalog/change/release"),
		  .confirm = ZD_STR("下一步列出影响、填写生效日期和原因，确认后才会退领。") },
		{ .title = ZD_STR("核销"),
		  .path = ZD_STR("/desk/catalog/change/write-off"),
		  .confirm = ZD_STR("本部门不适用的事项才核销。下一步填写说明，确认后才会核销。") },
		{ { 0 }, { 0 }, { 0 }, false },
	};
	static const struct page_crumb crumbs[] = { { ZD_LIT("各部门认领情况"), ZD_LIT(BOARD) },
						    { { 0 }, { 0 } } };
	const struct page_list list = {
		.page = { .title = ZD_STR("认领监管事项"),
			  .lead = ZD_STR("应领尽领；确实不适用的，"
					 "写明理由核销。没有认领的事项不能报送行为。"),
			  .nav = "catalog",
			  .crumbs = trust_scope(&cx->actor) == ZD_NO_INT ? crumbs : NULL },
		.list = &catalog_claims,
		.row_href = "/desk/catalog/items/{code}",
		.columns = columns,
		.filters = filters,
		.bulks = cx->actor.roles & TRUST_DATA_OFFICER ? bulks : NULL,
		.above = tabs_above,
		.arg = (void *)"claims",
		.empty = { .icon = "checklist",
			   .title = ZD_STR("没有应领的事项"),
			   .text = ZD_STR(
				   "目录里没有监管部门代码与本部门相同的子项。部门代码由安全管理员"
				   "在部门资料里维护。") },
	};

	return page_list(cx, req, rep, &list);
}

/* Of one department: its own, or for the city's people the one chosen, else they choose on the board. */
static enum zd_rc
show_claims(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	bool all = trust_scope(&cx->actor) == ZD_NO_INT;

	if (all && !http_query(cx, req, "dept").n) {
		if (req->wants_json)
			return zd_fail(cx, ZD_INVALID, "dept", "请用 dept 指定部门");
		rep->location = ZD_STR(BOARD);
		return ZD_OK;
	}
	return list_claims(cx, req, rep);
}

/* --- an item --------------------------------------------------------------------------------------- */

struct item_asked {
	struct zd_str code, done;
};
static const struct http_param item_params[] = {
	HTTP_PARAM_TEXT(struct item_asked, code, .about = "子项编码，14 位", .max = 40,
			.required = true),
	HTTP_PARAM_TEXT(struct item_asked, done, .about = "刚刚完成的操作", .max = 20),
	{ 0 },
};

/* By code, or by the id that other pages link with: 0-123. */
static enum zd_rc
item_code(struct zd_cx *cx, struct http_request *req, struct zd_str given, struct zd_str *ret)
{
	int64_t dept, id;
	size_t n = 0;

	*ret = given;
	if (!view_ref_parse(given, &dept, &id))
		return ZD_OK;
	ZD_TRY(catalog_read_codes(cx, req->db, &id, 1, ret, &n));
	return n ? ZD_OK : zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这个监管事项");
}

static enum page_tone
tone_of(enum catalog_what what)
{
	if (what == CATALOG_IN_USE || what == CATALOG_CLAIMED)
		return PAGE_GOOD;
	return what == CATALOG_SUSPENDED || what == CATALOG_RELEASED ? PAGE_WARN : PAGE_PLAIN;
}

static struct zd_str
event_title(struct zd_cx *cx, const struct catalog_sql_event *e, struct zd_str dept)
{
	struct zd_str what = catalog_what_name((enum catalog_what)e->what);

	if (!e->dept)
		return e->what == CATALOG_IN_USE ? ZD_STR("发布，在用") : what;
	return zd_str_printf(cx->arena, "%.*s%.*s", ZD_STR_ARG(dept), ZD_STR_ARG(what));
}

/* Its own states, and claims by departments: newest first, the last thirty. */
static enum zd_rc
put_life(struct zd_cx *cx, struct http_request *req, struct zd_out *out,
	 const struct catalog_about *a)
{
	size_t n = 0, most = 30;
	struct page_event *events = zd_new_array(cx->arena, struct page_event, most);

	for (size_t i = a->n_events; i-- > 0 && n < most;) {
		const struct catalog_sql_event *e = &a->events[i];
		struct zd_str dept, who, day = page_day_text(cx->arena, e->from);
		ZD_TRY(view_app_dept_name(cx, req->db, e->dept, &dept));
		ZD_TRY(view_app_person_name(cx, req->db, e->actor, &who));
		events[n++] = (struct page_event){
			.at = e->at,
			.day = ZD_NO_DAY,
			.tone = tone_of((enum catalog_what)e->what),
			.title = event_title(cx, e, dept),
			.text = zd_str_printf(cx->arena, "自 %.*s 起%s%.*s%s", ZD_STR_ARG(day),
					      e->reason.n ? "(" : "", ZD_STR_ARG(e->reason),
					      e->reason.n ? ")" : ""),
			.who = who,
		};
	}
	page_card_begin(out, ZD_STR("状态与认领的经过"));
	if (n)
		page_timeline(out, events, n);
	else
		zd_out_write(out, ZD_STR("<p class=\"text-secondary\">导入后尚未发布。</p>"));
	page_card_end(out);
	return ZD_OK;
}

static void
put_counts(struct zd_cx *cx, const struct http_request *req, struct zd_out *out,
	   const struct catalog_about *a)
{
	struct page_stat stats[8];
	size_t n = 0;
	int64_t claimed = 0;
	const struct app *app = req->app;

	for (size_t i = 0; i < a->n_claims; i++)
		claimed += a->claims[i].what == CATALOG_CLAIMED;
	stats[n++] = (struct page_stat){ .label = ZD_STR("认领部门"),
					 .n = claimed,
					 .unit = ZD_STR("个") };
	stats[n++] = (struct page_stat){ .label = ZD_STR("检查实施清单"),
					 .href = zd_str_printf(cx->arena,
							       "/desk/catalog/lists?item=%.*s",
							       ZD_STR_ARG(a->code)),
					 .n = (int64_t)a->n_lists,
					 .unit = ZD_STR("份") };
	for (size_t i = 0; i < a->n_counts && n < ZD_COUNT(stats); i++) {
		const struct view_place *place = view_place_of(a->counts[i].standard);
		const struct standard *std = standard_find(app->standards, a->counts[i].standard);
		if (!std || std->kind != STANDARD_ACTION || !place)
			continue;
		stats[n++] = (struct page_stat){
			.label = zd_str_of(place->title),
			.href = zd_str_printf(cx->arena, "%s?item=%.*s", place->list,
					      ZD_STR_ARG(a->code)),
			.n = a->counts[i].n,
			.unit = ZD_STR("条"),
			.note = ZD_STR("全市累计"),
		};
	}
	page_stats(out, stats, n);
}

static void
put_around(struct zd_out *out, const struct catalog_about *a, bool is_check)
{
	if (is_check || a->n_lists) {
		page_card_begin(out, ZD_STR("检查实施清单"));
		if (a->n_lists)
			catalog_lists_html(out, a);
		else
			zd_out_write(out,
				     ZD_STR("<p class=\"text-secondary\">还没有部门编制。认领后由实"
					    "施主体编制并公布，未公布的检查不得实施。</p>"));
		page_card_end(out);
	}
}

static void
put_claims(struct zd_out *out, const struct catalog_about *a)
{
	zd_out_write(out, ZD_STR("<div id=\"claims\">"));
	page_card_begin(out, ZD_STR("部门认领"));
	if (a->n_claims)
		catalog_claims_html(out, a);
	else
		zd_out_write(out, ZD_STR("<p class=\"text-secondary\">没有部门应领或认领。</p>"));
	page_card_end(out);
	zd_out_write(out, ZD_STR("</div>"));
}

static void
put_item_json(struct zd_cx *cx, struct zd_out *out, const struct catalog_about *a)
{
	struct json_writer w = { .out = out };

	json_put_object(&w);
	json_put_member(&w, "code", a->code);
	json_put_member(&w, "name", a->name);
	json_put_member_int(&w, "state", (int64_t)a->state);
	json_put_member(&w, "state_name", catalog_what_name(a->state));
	json_put_member(&w, "since", zd_day_format(cx->arena, a->state_from));
	json_put_name(&w, "events");
	json_put_array(&w);
	for (size_t i = 0; i < a->n_events; i++) {
		const struct catalog_sql_event *e = &a->events[i];
		json_put_object(&w);
		json_put_member_int(&w, "dept", e->dept);
		json_put_member_int(&w, "what", e->what);
		json_put_member(&w, "what_name", catalog_what_name((enum catalog_what)e->what));
		json_put_member(&w, "from", zd_day_format(cx->arena, e->from));
		json_put_member(&w, "recorded", zd_time_format_utc(cx->arena, e->at));
		json_put_member(&w, "reason", e->reason);
		json_put_end(&w);
	}
	json_put_end(&w);
	json_put_name(&w, "counts");
	json_put_object(&w);
	for (size_t i = 0; i < a->n_counts; i++)
		json_put_member_int(&w, zd_str_copy(cx->arena, a->counts[i].standard).p,
				    a->counts[i].n);
	json_put_end(&w);
	json_put_end(&w);
}

static enum zd_rc
show_item(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct item_asked *asked = req->params;
	const struct standard *std;
	struct catalog_about about;
	struct view_sheet sheet;
	struct zd_str code;

	ZD_TRY(item_code(cx, req, asked->code, &code));
	ZD_TRY(catalog_read_about(cx, req->db, code, &about));
	if (req->wants_json) {
		put_item_json(cx, &rep->out, &about);
		return ZD_OK;
	}
	ZD_TRY(view_standard(cx, req, ZD_STR("sub_item"), &std));
	ZD_TRY(view_app_load(cx, req->db, std, 0, about.id, &sheet));
	int type = standard_field_find(std, ZD_STR("administrative_type"));
	struct zd_str type_name = view_value(cx, std, type, ZD_NO_DAY, sheet.record.v[type]);
	struct zd_str state = catalog_what_name(about.state);
	struct zd_str since = page_day_text(cx->arena, about.state_from);
	const struct page_crumb crumbs[] = { { ZD_STR("清单"), ZD_STR("/desk/catalog") },
					     { ZD_STR("子项"), ZD_STR("/desk/catalog/items") },
					     { code, { 0 } },
					     { { 0 }, { 0 } } };
	const struct page page = {
		.title = about.name.n ? about.name : code,
		.lead = zd_str_printf(cx->arena, "%.*s · %.*s · %s%.*s%s%.*s", ZD_STR_ARG(code),
				      ZD_STR_ARG(type_name), since.n ? "自 " : "",
				      ZD_STR_ARG(since), since.n ? " 起" : "", ZD_STR_ARG(state)),
		.nav = "catalog",
		.crumbs = crumbs,
		.actions = catalog_item_actions(cx, &about, &sheet),
		.notice = view_notice(asked->done),
	};
	page_begin(cx, req, rep, &page);
	view_put_state(&rep->out, &sheet);
	put_counts(cx, req, &rep->out, &about);
	page_split_begin(&rep->out);
	view_put_facts(cx, &rep->out, &sheet, ZD_STR("目录信息"), view_sections(std));
	put_around(&rep->out, &about, zd_str_equal(sheet.record.v[type], ZD_STR("0")));
	view_put_history(cx, &rep->out, &sheet);
	page_split_aside(&rep->out);
	put_claims(&rep->out, &about);
	ZD_TRY(put_life(cx, req, &rep->out, &about));
	view_put_origin(cx, &rep->out, &sheet);
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* --- the other records ------------------------------------------------------------------------------- */

static enum zd_rc
show_main(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return view_show(cx, req, rep, "main_item");
}

static enum zd_rc
show_list(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return view_show(cx, req, rep, "implement_list");
}

static enum zd_rc
show_random_item(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return view_show(cx, req, rep, "random_item");
}

static enum zd_rc
show_content(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return view_show(cx, req, rep, "check_content");
}

#define SEES                                                                                       \
	{                                                                                          \
		HTTP_ROLES, TRUST_BUSINESS | TRUST_API, false                                      \
	}
#define REF .params = view_ref_params, .params_size = sizeof(struct view_ref)

const struct http_route catalog_routes[] = {
	{ HTTP_GET, "/desk/catalog", "监管事项目录：按部门和主项展开", SEES, show_tree,
	  .params = tree_params, .params_size = sizeof(struct tree_asked) },
	{ HTTP_GET, "/desk/catalog/items", "监管事项子项列表", SEES, show_items,
	  .lax_query = true },
	{ HTTP_GET, "/desk/catalog/items/{code}", "监管事项子项", SEES, show_item,
	  .params = item_params, .params_size = sizeof(struct item_asked) },
	{ HTTP_GET, "/desk/catalog/mains", "监管事项主项列表", SEES, show_mains,
	  .lax_query = true },
	{ HTTP_GET, "/desk/catalog/mains/{ref}", "监管事项主项", SEES, show_main, REF },
	{ HTTP_GET, CLAIMS, "认领情况", SEES, show_claims, .lax_query = true },
	{ HTTP_GET, BOARD, "各部门认领情况列表", SEES, show_board, .lax_query = true },
	{ HTTP_GET, "/desk/catalog/lists", "检查实施清单列表", SEES, show_lists,
	  .lax_query = true },
	{ HTTP_GET, "/desk/catalog/lists/{ref}", "检查实施清单", SEES, show_list, REF },
	{ HTTP_GET, "/desk/catalog/random", "随机抽查事项列表", SEES, show_random,
	  .lax_query = true },
	{ HTTP_GET, "/desk/catalog/random/{ref}", "随机抽查事项", SEES, show_random_item, REF },
	{ HTTP_GET, "/desk/catalog/contents", "检查项与检查内容列表", SEES, show_contents,
	  .lax_query = true },
	{ HTTP_GET, "/desk/catalog/contents/{ref}", "检查项与检查内容", SEES, show_content, REF },
	{ HTTP_GET, "/api/v1/catalog/items", "监管事项子项列表", SEES, show_items,
	  .lax_query = true },
	{ HTTP_GET, "/api/v1/catalog/items/{code}", "监管事项子项及其状态、认领和行为数", SEES,
	  show_item, .params = item_params, .params_size = sizeof(struct item_asked) },
	{ HTTP_GET, "/api/v1/catalog/mains", "监管事项主项列表", SEES, show_mains,
	  .lax_query = true },
	{ HTTP_GET, "/api/v1/catalog/claims", "部门的认领情况", SEES, show_claims,
	  .lax_query = true },
	{ HTTP_GET, "/api/v1/catalog/claims-by-department", "各部门应领、已认领、未领、核销的项数",
	  SEES, show_board, .lax_query = true },
	{ HTTP_GET, "/api/v1/catalog/lists", "检查实施清单列表", SEES, show_lists,
	  .lax_query = true },
	{ HTTP_GET, "/api/v1/catalog/random", "随机抽查事项列表", SEES, show_random,
	  .lax_query = true },
	{ HTTP_GET, "/api/v1/catalog/contents", "检查项与检查内容列表", SEES, show_contents,
	  .lax_query = true },
	{ 0 },
};
