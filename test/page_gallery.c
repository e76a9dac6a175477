/*
 * page_gallery DIR: every template with sample data, as files to look at (test/page_shots.sh).
 *
 * The rows come from here and not from a database: db_list_run below stands in for db's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/page.h"
#include "trust/trust.h"

static struct zd_cx cx;
static struct http_request req;
static const char *dir;

/* --- rows without a database ----------------------------------------------------------------- */

static const struct page_choice states[] = {
	{ ZD_LIT("1"), ZD_LIT("存续"), PAGE_GOOD },
	{ ZD_LIT("2"), ZD_LIT("停业"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("列入异常"), PAGE_WARN },
	{ ZD_LIT("4"), ZD_LIT("吊销"), PAGE_BAD },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
static const struct page_choice kinds[] = {
	{ ZD_LIT("1"), ZD_LIT("企业"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("个体工商户"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("社会组织"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

static const struct db_column columns[] = {
	{ "name", "名称", "s.name", DB_TEXT, .data_class = 1 },
	{ "uscc", "统一社会信用代码", "s.uscc", DB_TEXT, .data_class = 1 },
	{ "kind", "类别", "s.kind", DB_ENUM, .data_class = 1 },
	{ "state", "状态", "s.state", DB_ENUM, .data_class = 1 },
	{ "area", "区划", "s.area", DB_TEXT, .data_class = 1 },
	{ "capital", "注册资本", "s.capital", DB_REAL, .data_class = 1 },
	{ "checks", "两年检查", "s.checks", DB_INT, .data_class = 1 },
	{ "checked", "最近检查", "s.checked", DB_DAY, .data_class = 1 },
	{ "phone", "联系电话", "s.phone", DB_TEXT, .data_class = 3 },
	{ 0 },
};
static const struct db_filter filters[] = {
	{ "name", "名称", "s.name", DB_TEXT, DB_CONTAINS },
	{ "uscc", "统一社会信用代码", "s.uscc", DB_TEXT, DB_PREFIX },
	{ "kind", "类别", "s.kind", DB_ENUM, DB_EQ },
	{ "state", "状态", "s.state", DB_ENUM, DB_EQ },
	{ "from", "最近检查起", "s.checked", DB_DAY, DB_GE },
	{ "until", "最近检查止", "s.checked", DB_DAY, DB_LE },
	{ "area", "区划代码", "s.area", DB_TEXT, DB_PREFIX },
	{ 0 },
};
static const struct db_sort sorts[] = {
	{ .name = "checked_down",
	  .title = "最近检查",
	  .sql = "s.checked",
	  .type = DB_DAY,
	  .descending = true,
	  .index = "s_checked" },
	{ .name = "checked_up",
	  .title = "最近检查",
	  .sql = "s.checked",
	  .type = DB_DAY,
	  .index = "s_checked" },
	{ .name = "name", .title = "名称", .sql = "s.name", .type = DB_TEXT, .index = "s_name" },
	{ 0 },
};
static const struct db_list subjects = {
	.name = "subjects",
	.from = "subject s",
	.id = "s.id",
	.columns = columns,
	.filters = filters,
	.sorts = sorts,
};

static const char *const rows[][9] = {
	{ "榕州市鼓山区晨光托育服务有限公司", "91350100MA2XW8P95C", "1", "1", "350102 鼓山区",
	  "2000000.00", "4", "2026-11-20", "13800001234" },
	{ "榕州海纳冷链食品有限公司", "91350100MA31P0RL7K", "1", "3", "350104 仓前区",
	  "15000000.00", "11", "2026-11-18", "13800004321" },
	{ "鼓山区老林沙县小吃店", "92350102MA2YQ3KD0T", "2", "1", "350102 鼓山区", NULL, "2",
	  "2026-11-17", "13800007777" },
	{ "福建闽翔建筑工程有限公司榕州分公司", "91350100757398021B", "1", "1", "350105 马屿区",
	  "108000000.00", "27", "2026-11-13", "13800002222" },
	{ "榕州市仓前区博文职业培训学校", "52350104MJB8261073", "3", "2", "350104 仓前区",
	  "300000.00", "1", "2026-11-09", "13800003333" },
	{ "榕州瑞泽危险化学品运输有限公司", "91350100315709488J", "1", "4", "350105 马屿区",
	  "30000000.00", "38", "2026-11-02", "13800009999" },
	{ "晋阳区好又多生活超市", "92350111MA8RM2YH5F", "2", "1", "350111 晋阳区", NULL, "0", NULL,
	  "13800005555" },
	{ "榕州市青禾农产品加工有限公司", "91350121MA33G5W26N", "1", "1", "350121 闽安县",
	  "5000000.00", "6", "2026-10-28", "13800006666" },
	{ "福州启明星眼科门诊部(普通合伙)", "91350100MA2Y8D0X3R", "1", "1", "350103 台屿区",
	  "8000000.00", "9", "2026-10-26", "13800008888" },
	{ "榕州长乐纺织印染有限公司", "91350182611318846D", "1", "3", "350112 长屿区",
	  "66000000.00", "19", "2026-10-22", "13800001111" },
};

static bool no_rows;

enum zd_rc
db_list_run(struct zd_cx *on, struct db *db, const struct db_list_query *query, db_list_row_fn *row,
	    void *arg)
{
	(void)db;
	for (size_t i = 0; !no_rows && i < ZD_COUNT(rows) && i < (size_t)query->limit; i++) {
		struct zd_str cells[9];
		for (size_t c = 0; c < 9; c++)
			cells[c] = zd_str_of(rows[i][c]);
		struct db_list_row one = { .id = (int64_t)i + 1,
					   .cells = cells,
					   .key = ZD_STR("k1") };
		ZD_TRY(row(on, &one, arg));
	}
	return ZD_OK;
}

const struct db_filter *
db_list_filter(const struct db_list *list, struct zd_str name)
{
	for (const struct db_filter *f = list->filters; f->name; f++)
		if (zd_str_equal(zd_str_of(f->name), name))
			return f;
	return NULL;
}

const struct db_sort *
db_list_sort(const struct db_list *list, struct zd_str name)
{
	for (const struct db_sort *s = list->sorts; s->name; s++)
		if (zd_str_equal(zd_str_of(s->name), name))
			return s;
	return NULL;
}

/* --- pages ----------------------------------------------------------------------------------- */

static void
save(const char *name, struct http_reply *rep)
{
	struct zd_str path = zd_str_printf(cx.arena, "%s/%s.html", dir, name);
	struct zd_str html = zd_out_str(&rep->out);
	FILE *f = fopen(path.p, "w");

	if (!f || rep->out.failed || fwrite(html.p, 1, html.n, f) != html.n || fclose(f)) {
		perror(path.p);
		exit(1);
	}
	zd_out_drop(&rep->out);
}

static struct http_reply
reply(void)
{
	return (struct http_reply){ .out = { .max = 16 << 20 }, .fd = -1 };
}

static const struct page_column shown[] = {
	{ .name = "name", .strong = true },
	{ .name = "uscc", .as = PAGE_AS_USCC },
	{ .name = "kind", .as = PAGE_AS_NAME, .choices = kinds },
	{ .name = "state", .as = PAGE_AS_STATE, .choices = states },
	{ .name = "capital", .as = PAGE_AS_MONEY },
	{ .name = "checks", .as = PAGE_AS_NUMBER, .href = "/desk/actions?subject={id}" },
	{ .name = "checked", .as = PAGE_AS_DAY },
	{ .name = "area", .extra = true },
	{ 0 },
};
static const struct page_filter asked[] = {
	{ .name = "uscc", .hint = "前几位即可" },
	{ .name = "kind", .choices = kinds },
	{ .name = "state", .choices = states },
	{ .name = "area", .hint = "如 350102", .extra = true },
	{ 0 },
};
static const struct page_action list_actions[] = {
	{ .title = ZD_LIT("新增对象"), .href = ZD_LIT("/desk/subjects/new"), .icon = "plus" },
	{ .title = ZD_LIT("批量导入"),
	  .href = ZD_LIT("/desk/ingest?standard=enterprise"),
	  .icon = "upload",
	  .primary = true },
	{ { 0 } },
};
static const struct page_bulk bulks[] = {
	{ .title = ZD_LIT("指派核实"),
	  .path = ZD_LIT("/desk/subjects/assign"),
	  .confirm = ZD_LIT("将为选中的对象各生成一条核实任务，发给所在区划的监管部门。任务发出后可"
			    "以撤回。") },
	{ { 0 } },
};

static struct page_list
subject_page(void)
{
	return (struct page_list){
		.page = { .title = ZD_STR("监管对象"),
			  .nav = "subjects",
			  .actions = list_actions,
			  .lead = ZD_STR("企业、个体工商户、社会组织等全部监管对象；同一对象在各系"
					 "统的记录已归并为一户。") },
		.list = &subjects,
		.row_href = "/desk/subjects/{id}",
		.columns = shown,
		.filters = asked,
		.bulks = bulks,
		.total = ZD_STR("40,112 户"),
		.empty = { .icon = "building-store",
			   .title = ZD_STR("还没有监管对象"),
			   .text = ZD_STR("市场监管局每日推送登记信息，其他部门可用 Excel "
					  "导入本行业的对象。导入后在这里检索、核实和画像。"),
			   .action = ZD_STR("下载导入模板"),
			   .href = ZD_STR("/desk/standards/subject/template") },
	};
}

static void
list_page(const char *name, const char *query, bool empty)
{
	struct http_reply rep = reply();
	struct page_list list = subject_page();

	no_rows = empty;
	req.query = zd_str_of(query);
	if (page_list(&cx, &req, &rep, &list) != ZD_OK)
		fprintf(stderr, "%s: %s\n", name, cx.err.text);
	save(name, &rep);
	req.query = (struct zd_str){ 0 };
}

static void
home_page(void)
{
	struct http_reply rep = reply();
	struct zd_out *out = &rep.out;
	const struct page page = { .title = ZD_STR("待办"),
				   .nav = "home",
				   .lead = ZD_STR("2026-11-24(周二) · 按时限从近到远") };
	const struct page_task tasks[] = {
		{ ZD_STR("导入批次「11 月第 3 周行政检查」有错误待修正"),
		  ZD_STR("214 行未入库，集中在 3 类原因；修正后的工作簿从同一入口再导入"),
		  ZD_STR("已超期 1 个工作日"), PAGE_BAD, ZD_STR("/desk/batches/1"),
		  ZD_STR("去修正"), 214 },
		{ ZD_STR("认领监管事项"),
		  ZD_STR("省厅 11 月 12 日下发，逾期未认领的事项不能录入行为"),
		  ZD_STR("还剩 2 个工作日"), PAGE_WARN, ZD_STR("/desk/catalog?claim=open"),
		  ZD_STR("去认领"), 12 },
		{ ZD_STR("核实疑似同一对象"), ZD_STR("名称相近且地址一致，请确认是否归并"),
		  ZD_STR("还剩 6 个工作日"), PAGE_INFO, ZD_STR("/desk/subjects?match=open"),
		  ZD_STR("去核实"), 37 },
		{ ZD_STR("历史数据放行"),
		  ZD_STR("2025 年以前的处罚记录 1,204 条在隔离区，按认领情况判定后由本部门放行"),
		  ZD_STR("还剩 21 个工作日"), PAGE_PLAIN, ZD_STR("/desk/quarantine"),
		  ZD_STR("去查看"), ZD_NO_INT },
	};
	const struct page_stat stats[] = {
		{ .label = ZD_STR("本月入库"),
		  .href = ZD_STR("/desk/actions?month=202611"),
		  .n = 18422,
		  .unit = ZD_STR("条"),
		  .note = ZD_STR("上月同期 16,980") },
		{ .label = ZD_STR("事项覆盖"),
		  .href = ZD_STR("/desk/catalog?used=no"),
		  .text = ZD_STR("86.4"),
		  .unit = ZD_STR("%"),
		  .n = ZD_NO_INT,
		  .note = ZD_STR("42 项今年还没有行为") },
		{ .label = ZD_STR("及时率"),
		  .href = ZD_STR("/desk/actions?late=yes"),
		  .text = ZD_STR("98.1"),
		  .unit = ZD_STR("%"),
		  .n = ZD_NO_INT,
		  .note = ZD_STR("7 日内报送") },
		{ .label = ZD_STR("待修正"),
		  .href = ZD_STR("/desk/batches?open=yes"),
		  .n = 214,
		  .unit = ZD_STR("行"),
		  .tone = PAGE_BAD,
		  .note = ZD_STR("1 个批次超期") },
		{ .label = ZD_STR("待认领"),
		  .href = ZD_STR("/desk/catalog?claim=open"),
		  .n = 12,
		  .unit = ZD_STR("项"),
		  .tone = PAGE_WARN,
		  .note = ZD_STR("2 个工作日后截止") },
	};
	const struct page_bar bars[] = {
		{ .label = ZD_STR("市场监督管理局"),
		  .href = ZD_STR("/desk/actions?dept=1"),
		  .n = 8211 },
		{ .label = ZD_STR("应急管理局"),
		  .href = ZD_STR("/desk/actions?dept=2"),
		  .n = 3120 },
		{ .label = ZD_STR("卫生健康委员会"),
		  .href = ZD_STR("/desk/actions?dept=3"),
		  .n = 2904 },
		{ .label = ZD_STR("交通运输局"),
		  .href = ZD_STR("/desk/actions?dept=4"),
		  .n = 411,
		  .tone = PAGE_WARN,
		  .note = ZD_STR("低于往年") },
		{ .label = ZD_STR("民政局"),
		  .href = ZD_STR("/desk/actions?dept=5"),
		  .n = 0,
		  .tone = PAGE_BAD,
		  .note = ZD_STR("连续 9 天无数据") },
	};

	page_begin(&cx, &req, &rep, &page);
	page_tasks(out, tasks, ZD_COUNT(tasks));
	page_stats(out, stats, ZD_COUNT(stats));
	page_card_begin(out, ZD_STR("各部门本月报送"));
	page_bars(out, bars, ZD_COUNT(bars));
	page_card_end(out);
	page_end(&cx, &req, &rep, &page);
	save("home", &rep);
}

static void
record_page(void)
{
	static const struct page_crumb crumbs[] = { { ZD_LIT("监管对象"),
						      ZD_LIT("/desk/subjects") },
						    { ZD_LIT("榕州海纳冷链食品有限公司"), { 0 } },
						    { { 0 }, { 0 } } };
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("修改"),
		  .href = ZD_LIT("/desk/subjects/2/edit"),
		  .icon = "edit" },
		{ .title = ZD_LIT("注销"),
		  .href = ZD_LIT("/desk/subjects/2/close"),
		  .danger = true,
		  .post = true,
		  .confirm = ZD_LIT("注销后，该对象不再出现在抽查名单和待办中；历史行为保留。可在 "
				    "30 日内恢复。"),
		  .confirm_title = ZD_LIT("确认注销") },
		{ .title = ZD_LIT("发起检查"),
		  .href = ZD_LIT("/desk/actions/new?subject=2"),
		  .primary = true },
		{ { 0 } },
	};
	struct http_reply rep = reply();
	struct zd_out *out = &rep.out;
	const struct page page = { .title = ZD_STR("榕州海纳冷链食品有限公司"),
				   .nav = "subjects",
				   .crumbs = crumbs,
				   .actions = actions,
				   .notice = ZD_STR("已保存 2 处修改。") };
	const struct page_fact facts[] = {
		{ .label = ZD_STR("统一社会信用代码"),
		  .value = ZD_STR("91350100MA31P0RL7K"),
		  .as = PAGE_AS_USCC },
		{ .label = ZD_STR("状态"),
		  .value = ZD_STR("3"),
		  .as = PAGE_AS_STATE,
		  .choices = states,
		  .note = ZD_STR("2026-09-01 起") },
		{ .label = ZD_STR("类别"),
		  .value = ZD_STR("1"),
		  .as = PAGE_AS_NAME,
		  .choices = kinds },
		{ .label = ZD_STR("法定代表人"),
		  .value = ZD_STR("陈**"),
		  .note = ZD_STR("按数据级别遮盖") },
		{ .label = ZD_STR("注册资本"),
		  .value = ZD_STR("15000000.00"),
		  .as = PAGE_AS_MONEY },
		{ .label = ZD_STR("成立日期"), .value = ZD_STR("2018-03-21"), .as = PAGE_AS_DAY },
		{ .label = ZD_STR("登记机关"),
		  .value = ZD_STR("榕州市市场监督管理局"),
		  .href = ZD_STR("/desk/departments/1") },
		{ .label = ZD_STR("行业"), .value = ZD_STR("5920 低温仓储") },
		{ .label = ZD_STR("住所"),
		  .value = ZD_STR("榕州市仓前区城门镇胪雷路 18 号 3 号冷库") },
		{ .label = ZD_STR("联系电话"), .value = ZD_STR("") },
		{ .label = ZD_STR("经营范围"),
		  .wide = true,
		  .value = ZD_STR(
			  "许可项目：食品销售；道路货物运输(不含危险货物);"
			  "城市配送运输服务。一般项目：低温仓储(不含危险化学品等需许可审批的项目);"
			  "普通货物仓储服务；装卸搬运；食用农产品批发；供应链管理服务。") },
	};
	const struct page_event events[] = {
		{ .at = 1795500000000,
		  .tone = PAGE_WARN,
		  .title = ZD_STR("日常检查：发现问题 2 项"),
		  .href = ZD_STR("/desk/actions/1"),
		  .text = ZD_STR("冷库温度记录不全；一名从业人员健康证过期。责令 7 日内改正。"),
		  .who = ZD_STR("李** 王** · 市场监督管理局") },
		{ .at = ZD_NO_INT,
		  .day = 20706,
		  .tone = PAGE_BAD,
		  .title = ZD_STR("行政处罚：警告、罚款"),
		  .href = ZD_STR("/desk/actions/2"),
		  .text = ZD_STR("罚款 20,000.00 元，已缴清。"),
		  .who = ZD_STR("市场监督管理局") },
		{ .at = ZD_NO_INT,
		  .day = 20690,
		  .tone = PAGE_WARN,
		  .title = ZD_STR("列入经营异常名录"),
		  .text = ZD_STR("通过登记的住所无法联系"),
		  .who = ZD_STR("数据来源：省信用平台") },
		{ .at = ZD_NO_INT,
		  .day = 20512,
		  .tone = PAGE_GOOD,
		  .title = ZD_STR("双随机抽查：未发现问题"),
		  .href = ZD_STR("/desk/actions/3"),
		  .who = ZD_STR("应急管理局、消防救援支队") },
		{ .at = ZD_NO_INT,
		  .day = 17611,
		  .tone = PAGE_PLAIN,
		  .title = ZD_STR("设立登记"),
		  .who = ZD_STR("市场监督管理局") },
	};
	const struct page_tab tabs[] = {
		{ "facts", ZD_STR("基本信息"), ZD_STR("/desk/subjects/2"), ZD_NO_INT },
		{ "items", ZD_STR("适用事项"), ZD_STR("/desk/subjects/2/items"), 46 },
		{ "actions", ZD_STR("监管行为"), ZD_STR("/desk/subjects/2/actions"), 11 },
		{ "history", ZD_STR("变更记录"), ZD_STR("/desk/subjects/2/history"), 5 },
	};

	page_begin(&cx, &req, &rep, &page);
	page_tabs(out, tabs, ZD_COUNT(tabs), "facts");
	page_split_begin(out);
	page_card_begin(out, ZD_STR("身份与登记"));
	page_facts(out, facts, ZD_COUNT(facts));
	page_card_end(out);
	page_split_aside(out);
	page_card_begin(out, ZD_STR("时间线"));
	page_timeline(out, events, ZD_COUNT(events));
	page_card_end(out);
	page_split_end(out);
	page_end(&cx, &req, &rep, &page);
	save("record", &rep);
}

static const struct page_choice forms_of_check[] = {
	{ ZD_LIT("1"), ZD_LIT("现场检查"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("非现场检查"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("书面检查"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

static void
form_page(void)
{
	struct http_reply rep = reply();
	struct zd_out *out = &rep.out;
	static const struct page_crumb crumbs[] = { { ZD_LIT("监管行为"), ZD_LIT("/desk/actions") },
						    { ZD_LIT("录入行政检查"), { 0 } },
						    { { 0 }, { 0 } } };
	const struct page page = {
		.title = ZD_STR("录入行政检查"),
		.nav = "actions",
		.crumbs = crumbs,
		.lead = ZD_STR("依据国家“互联网+监管”监管行为信息要素·行政检查行为(2019 版)")
	};
	struct page_field fields[] = {
		{ .name = ZD_STR("code"),
		  .label = ZD_STR("检查行为编号"),
		  .value = ZD_STR("JC2026000412"),
		  .required = true,
		  .narrow = true,
		  .hint = ZD_STR("本部门内不重复"),
		  .max = 50 },
		{ .name = ZD_STR("uscc"),
		  .label = ZD_STR("统一社会信用代码"),
		  .value = ZD_STR("91350100M000100Y44"),
		  .required = true,
		  .narrow = true,
		  .error = ZD_STR("末位校验不符，按前 17 位应为 3。请核对营业执照。"),
		  .example = ZD_STR("91350100M000100Y43") },
		{ .name = ZD_STR("name"),
		  .label = ZD_STR("行政相对人名称"),
		  .value = ZD_STR("榕州海纳冷链食品有限公司"),
		  .required = true,
		  .source = ZD_STR("已按代码从监管对象库填入") },
		{ .name = ZD_STR("item"),
		  .label = ZD_STR("监管事项"),
		  .input = PAGE_INPUT_SELECT,
		  .choices = kinds,
		  .required = true,
		  .error = ZD_STR("请选择本部门已认领、检查当日在用的事项。") },
		{ .name = ZD_STR("form"),
		  .label = ZD_STR("检查形式"),
		  .input = PAGE_INPUT_SELECT,
		  .radio = true,
		  .choices = forms_of_check,
		  .value = ZD_STR("1"),
		  .required = true },
		{ .name = ZD_STR("day"),
		  .label = ZD_STR("检查日期"),
		  .input = PAGE_INPUT_DAY,
		  .value = ZD_STR("2026-11-24"),
		  .required = true,
		  .narrow = true },
		{ .name = ZD_STR("fine"),
		  .label = ZD_STR("涉及金额"),
		  .input = PAGE_INPUT_NUMBER,
		  .unit = ZD_STR("元"),
		  .hint = ZD_STR("没有则不填") },
		{ .name = ZD_STR("result"),
		  .label = ZD_STR("检查结果"),
		  .input = PAGE_INPUT_AREA,
		  .max = 2000,
		  .hint = ZD_STR("写明发现的问题和依据的条款，不写个人姓名以外的个人信息") },
		{ .name = ZD_STR("kinds"),
		  .label = ZD_STR("后续处置"),
		  .input = PAGE_INPUT_MANY,
		  .choices = forms_of_check,
		  .value = ZD_STR("2") },
		{ .name = ZD_STR("photo"),
		  .label = ZD_STR("现场照片"),
		  .input = PAGE_INPUT_FILE,
		  .accept = "image/jpeg,image/png",
		  .hint = ZD_STR("JPEG 或 PNG,每张不超过 20 MB") },
		{ .name = ZD_STR("open"),
		  .label = ZD_STR("检查结果向社会公开"),
		  .input = PAGE_INPUT_CHECK,
		  .value = ZD_STR("1"),
		  .hint = ZD_STR("《政府信息公开条例》第二十条；涉及商业秘密的除外") },
	};
	const struct page_form form = {
		.action = ZD_STR("/desk/actions/new"),
		.submit = ZD_STR("保存并入库"),
		.cancel = ZD_STR("/desk/actions"),
		.multipart = true,
		.fields = fields,
		.n_fields = ZD_COUNT(fields),
		.consequence = ZD_STR(
			"保存后计入本月行为数并于当晚上报省平台；7 日内可修改，修改留痕。")
	};

	page_begin(&cx, &req, &rep, &page);
	page_form_begin(out, &req, &form);
	page_form_section_begin(out, ZD_STR("检查对象"), (struct zd_str){ 0 });
	for (size_t i = 0; i < 3; i++)
		page_form_field(out, &fields[i]);
	page_form_section_end(out);
	page_form_section_begin(out, ZD_STR("检查情况"),
				ZD_STR("事项、形式和日期决定这次检查是否在清单之内。"));
	for (size_t i = 3; i < ZD_COUNT(fields); i++)
		page_form_field(out, &fields[i]);
	page_form_section_end(out);
	page_form_end(out, &form);
	page_end(&cx, &req, &rep, &page);
	save("form", &rep);
}

/* A form and a record that a data standard alone describes. */
static void
standard_pages(void)
{
	static const char *const sample[][2] = {
		{ "check_action_code", "JC2026000412" },
		{ "check_action_name", "食品经营日常监督检查" },
		{ "administrative_cp", "榕州海纳冷链食品有限公司" },
		{ "administrative_cp_ui_code", "91350100MA31P0RL7K" },
		{ "check_date", "2026-11-24" },
		{ "check_form", "1" },
		{ "check_personnel", "林一鸣,陈思远" },
	};
	struct http_reply rep = reply(), record = reply();
	const struct page page = { .title = ZD_STR("录入行政检查行为"), .nav = "actions" };
	struct zd_str values[STANDARD_MAX_FIELDS] = { 0 };
	struct standard_set *set;

	if (standard_load(&cx, &set) != ZD_OK) {
		fprintf(stderr, "%s\n", cx.err.text);
		exit(1);
	}
	const struct standard *std = standard_find(set, ZD_STR("check_action"));
	for (size_t i = 0; i < ZD_COUNT(sample); i++) {
		int at = standard_field_find(std, zd_str_of(sample[i][0]));
		if (at >= 0)
			values[at] = zd_str_of(sample[i][1]);
	}
	const struct standard_error error = { .field = standard_field_find(
						      std, ZD_STR("check_personnel")),
					      .message = ZD_STR("检查人员只有 1 人"),
					      .todo = ZD_STR("行政检查不得少于两人，请补充") };
	struct page_field *fields =
		page_standard_fields(&cx, std, zd_day_of(2026, 11, 24), values, &error, 1);
	const struct page_form form = { .action = ZD_STR("/desk/actions/new"),
					.submit = ZD_STR("保存并入库"),
					.fields = fields,
					.n_fields = std->n_fields };

	page_begin(&cx, &req, &rep, &page);
	page_form_begin(&rep.out, &req, &form);
	page_standard_form(&rep.out, std, &form, NULL);
	page_form_end(&rep.out, &form);
	page_end(&cx, &req, &rep, &page);
	save("standard-form", &rep);
	page_begin(&cx, &req, &record, &page);
	page_card_begin(&record.out, std->title);
	page_standard_facts(&cx, &record.out, std, zd_day_of(2026, 11, 24), values, NULL);
	page_card_end(&record.out);
	page_end(&cx, &req, &record, &page);
	save("standard-record", &record);
}

static void
process_page(void)
{
	struct http_reply rep = reply();
	struct zd_out *out = &rep.out;
	static const struct page_action now[] = {
		{ .title = ZD_LIT("送达告知书"),
		  .href = ZD_LIT("/desk/cases/1/serve"),
		  .primary = true },
		{ .title = ZD_LIT("作出决定"),
		  .href = ZD_LIT("/desk/cases/1/decide"),
		  .off = ZD_LIT(
			  "告知满 5 个工作日(至 2026-12-01)或当事人书面放弃陈述申辩后才能决定") },
		{ { 0 } },
	};
	const struct page page = { .title = ZD_STR("榕市监罚〔2026〕118 号"),
				   .nav = "actions",
				   .lead = ZD_STR(
					   "榕州海纳冷链食品有限公司 · 未按规定保存食品温度记录") };
	const struct page_step steps[] = {
		{ PAGE_STEP_DONE,
		  ZD_STR("立案"),
		  ZD_STR("2026-10-28(周三) · 经负责人批准"),
		  ZD_STR("《行政处罚法》第五十四条第二款"),
		  { 0 },
		  NULL },
		{ PAGE_STEP_DONE,
		  ZD_STR("调查取证"),
		  ZD_STR("询问笔录 2 份、现场照片 14 张、温度记录 1 册"),
		  ZD_STR("《行政处罚法》第五十五条"),
		  { 0 },
		  NULL },
		{ PAGE_STEP_NOW, ZD_STR("事先告知"),
		  ZD_STR("告知拟处罚内容、事实、理由和依据，以及陈述、申辩、听证的权利。"),
		  ZD_STR("《行政处罚法》第四十四条、第六十三条"), ZD_STR("还剩 3 个工作日"), now },
		{ PAGE_STEP_LATER,
		  ZD_STR("法制审核"),
		  { 0 },
		  ZD_STR("《行政处罚法》第五十八条"),
		  { 0 },
		  NULL },
		{ PAGE_STEP_LATER,
		  ZD_STR("处罚决定"),
		  { 0 },
		  ZD_STR("《行政处罚法》第六十条：自立案之日起九十日内"),
		  ZD_STR("法定期限 2027-01-26(周二)"),
		  NULL },
		{ PAGE_STEP_LATER, ZD_STR("公开与归档"), { 0 }, { 0 }, { 0 }, NULL },
	};

	page_begin(&cx, &req, &rep, &page);
	page_card_begin(out, ZD_STR("办理过程"));
	page_steps(out, &req, steps, ZD_COUNT(steps));
	page_card_end(out);
	page_end(&cx, &req, &rep, &page);
	save("process", &rep);
}

static void
progress_page(void)
{
	struct http_reply rep = reply();
	struct zd_out *out = &rep.out;
	const struct page page = { .title = ZD_STR("正在核对"),
				   .nav = "batches",
				   .refresh = true,
				   .lead = ZD_STR("可以离开本页，完成后在待办中提醒。") };
	const struct page_progress progress = {
		ZD_STR("行政检查_202611.xlsx"),
		ZD_STR("已入库 1,204 行，待修正 96 行；预计还需 4 秒"),
		1300,
		3000,
		{ 0 },
		ZD_STR("/desk/batches/1")
	};

	page_begin(&cx, &req, &rep, &page);
	page_card_begin(out, (struct zd_str){ 0 });
	page_progress(out, &progress);
	page_card_end(out);
	page_alert(out, PAGE_WARN, ZD_STR("第 3 列「检查日期」有 12 行是文本"),
		   ZD_STR("已按 2026/11/3 这样的写法识别，请在完成后核对。"));
	page_alert(out, PAGE_INFO, ZD_STR("文件为 GB18030 编码，已转换"), (struct zd_str){ 0 });
	page_alert(out, PAGE_BAD, ZD_STR("第 214 行「统一社会信用代码」末位校验不符"),
		   ZD_STR("91350100M000100Y44,按前 17 位应为 3。请核对营业执照。"));
	page_end(&cx, &req, &rep, &page);
	save("progress", &rep);
}

static void
signin_page(void)
{
	struct http_reply rep = reply();
	const struct page page = { .title = ZD_STR("登录工作门户"), .layout = PAGE_BARE };
	struct page_field fields[] = {
		{ .name = ZD_STR("account"),
		  .label = ZD_STR("账号"),
		  .autocomplete = "username",
		  .focus = true,
		  .value = ZD_STR("scjg_lin") },
		{ .name = ZD_STR("password"),
		  .label = ZD_STR("密码"),
		  .input = PAGE_INPUT_PASSWORD,
		  .autocomplete = "current-password" },
	};
	const struct page_form form = {
		.action = ZD_STR("/signin"),
		.submit = ZD_STR("登录"),
		.fields = fields,
		.n_fields = ZD_COUNT(fields),
		.error = ZD_STR("账号或密码不对，还可再试 3 次，之后锁定 20 分钟。")
	};

	page_begin(&cx, &req, &rep, &page);
	page_form(&rep.out, &req, &form);
	page_end(&cx, &req, &rep, &page);
	save("signin", &rep);
}

static void
error_page(const char *name, enum zd_rc rc, const char *text)
{
	struct http_reply rep = reply();

	if (zd_fail(&cx, rc, NULL, "%s", text) != ZD_OK && page_error(&cx, &req, &rep) == ZD_OK)
		save(name, &rep);
}

static void
portal_page(void)
{
	struct http_reply rep = reply();
	struct zd_out *out = &rep.out;
	const struct page page = { .title = ZD_STR("谁可以检查您的企业"),
				   .layout = PAGE_PORTAL,
				   .reading = true,
				   .lead = ZD_STR("输入企业名称或统一社会信用代码，查看适用的监管事"
						  "项、检查频次和历次结果。") };
	const struct page_stat stats[] = {
		{ .label = ZD_STR("监管事项"),
		  .href = ZD_STR("/catalog"),
		  .n = 1206,
		  .unit = ZD_STR("项") },
		{ .label = ZD_STR("今年检查"),
		  .href = ZD_STR("/actions"),
		  .n = 183022,
		  .unit = ZD_STR("次") },
		{ .label = ZD_STR("问题整改率"),
		  .href = ZD_STR("/actions?rectified=yes"),
		  .n = ZD_NO_INT,
		  .text = ZD_STR("94.7"),
		  .unit = ZD_STR("%") },
	};

	page_begin(&cx, &req, &rep, &page);
	page_stats(out, stats, ZD_COUNT(stats));
	zd_out_write(
		out,
		ZD_STR("<p>"
		       "行政检查应当有依据、有计划、有记录。检查人员不少于两人，须出示执法证件；您"
		       "可以扫描证件上的二维码核对身份。清单之外的检查，您有权拒绝并投诉。</p>"));
	page_end(&cx, &req, &rep, &page);
	save("portal", &rep);
}

static struct zd_str
dept_name(struct zd_cx *on, const struct http_request *request)
{
	(void)on;
	(void)request;
	return ZD_STR("榕州市市场监督管理局");
}

static int64_t
waiting(struct zd_cx *on, const struct http_request *request)
{
	(void)on;
	(void)request;
	return 5;
}

int
main(int argc, char **argv)
{
	static const struct http_route route = { .policy = { .access = HTTP_ROLES } };
	const struct page_site site = { ZD_STR("榕州市"), ZD_STR("0.1.0"), dept_name, waiting };

	if (argc != 2)
		return 2;
	dir = argv[1];
	cx = (struct zd_cx){ .arena = zd_arena_new(64 << 20),
			     .request = ZD_STR("r-20261124-7F3A21"),
			     .actor = { .id = 7,
					.dept = 1,
					.roles = TRUST_DATA_OFFICER,
					.level = 2,
					.account = ZD_STR("scjg_lin"),
					.name = ZD_STR("林一鸣") } };
	zd_cx_now(&cx);
	req = (struct http_request){ .route = &route,
				     .csrf = ZD_STR("csrf-token"),
				     .path = ZD_STR("/desk/subjects") };
	page_site_set(cx.arena, &site);
	home_page();
	list_page("list", "state=1&kind=1&from=2026-10-01", false);
	list_page("list-plain", "", false);
	list_page("list-empty", "", true);
	list_page("list-none", "name=%E4%B8%8D%E5%AD%98%E5%9C%A8", true);
	list_page("list-bad", "stat=1", false);
	record_page();
	form_page();
	process_page();
	standard_pages();
	progress_page();
	error_page("refused", ZD_REFUSED,
		   "事项「食品经营监督检查」(01234567890123)自 2026-10-01 起停用，不能录入 "
		   "2026-11-24 的检查");
	error_page("missing", ZD_NOT_FOUND, "没有编号为 18 的监管对象");
	error_page("broken", ZD_FAILED, "no such column: secret");
	cx.actor = (struct zd_actor){ 0 };
	signin_page();
	portal_page();
	zd_arena_free(cx.arena);
	return 0;
}
