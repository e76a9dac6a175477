/* What the pages of the catalogue show: the tree, an item and all around it, the lists. */
#include "catalog/catalog_read_app.h"

#include <string.h>

#include "catalog/catalog_read_sql.h"
#include "trust/trust.h"

enum zd_rc
catalog_read_departments(struct zd_cx *cx, struct db *db, struct catalog_department **ret,
			 size_t *ret_n)
{
	struct db_rows r = { .size = sizeof(**ret) };

	ZD_TRY(catalog_read_sql_list_departments(cx, db, db_keep_row, &r));
	*ret = r.p;
	*ret_n = r.n;
	return ZD_OK;
}

enum zd_rc
catalog_read_tree(struct zd_cx *cx, struct db *db, struct zd_str department,
		  struct catalog_tree_row **ret, size_t *ret_n)
{
	struct db_rows r = { .size = sizeof(**ret) };

	ZD_TRY(catalog_read_sql_list_tree(cx, db, db_keep_row, &r, .department = department));
	*ret = r.p;
	*ret_n = r.n;
	return ZD_OK;
}

enum zd_rc
catalog_read_open(struct zd_cx *cx, struct db *db, int64_t dept, int64_t *ret)
{
	struct catalog_read_sql_count_open_out found;

	ZD_TRY(catalog_read_sql_count_open(cx, db, &found, .dept = dept));
	*ret = found.n;
	return ZD_OK;
}

/* --- an item ------------------------------------------------------------------------------------ */

/* What holds today is said by the event recorded last among those effective by now. */
static void
find_state(struct catalog_about *a, int32_t today)
{
	for (size_t i = 0; i < a->n_events; i++)
		if (a->events[i].dept == 0 && a->events[i].from <= today) {
			a->state = (enum catalog_what)a->events[i].what;
			a->state_from = a->events[i].from;
		}
}

static enum zd_rc
read_around(struct zd_cx *cx, struct db *db, struct catalog_about *a)
{
	struct db_rows events = { .size = sizeof(*a->events) },
		       lists = { .size = sizeof(*a->lists) },
		       claims = { .size = sizeof(*a->claims) },
		       counts = { .size = sizeof(*a->counts) };

	ZD_TRY(catalog_app_item_events(cx, db, a->code, db_keep_row, &events));
	a->events = events.p;
	a->n_events = events.n;
	ZD_TRY(catalog_read_sql_list_lists_of(cx, db, db_keep_row, &lists, .item = a->code));
	a->lists = lists.p;
	a->n_lists = lists.n;
	ZD_TRY(catalog_read_sql_list_claims_of(cx, db, db_keep_row, &claims, .item = a->code));
	a->claims = claims.p;
	a->n_claims = claims.n;
	ZD_TRY(catalog_read_sql_list_counts_of(cx, db, db_keep_row, &counts, .item = a->code,
					       .month = 0));
	a->counts = counts.p;
	a->n_counts = counts.n;
	return ZD_OK;
}

enum zd_rc
catalog_read_about(struct zd_cx *cx, struct db *db, struct zd_str code, struct catalog_about *ret)
{
	struct catalog_read_sql_find_item_out found;

	enum zd_rc rc = catalog_read_sql_find_item(cx, db, &found, .code = code);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "目录清单里没有编码为 %.*s 的事项",
			       (int)(code.n > 40 ? 40 : code.n), code.p);
	ZD_TRY(rc);
	*ret = (struct catalog_about){ .id = found.id,
				       .code = code,
				       .name = found.name,
				       .state = CATALOG_NOTHING,
				       .state_from = ZD_NO_DAY };
	ZD_TRY(read_around(cx, db, ret));
	find_state(ret, cx->today);
	return ZD_OK;
}

enum zd_rc
catalog_read_effect(struct zd_cx *cx, struct db *db, const struct zd_str *codes, size_t n,
		    int32_t from, int64_t dept, struct catalog_effect *ret)
{
	*ret = (struct catalog_effect){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct catalog_read_sql_count_claims_out claims;
		struct catalog_read_sql_sum_after_out after;
		ZD_TRY(catalog_read_sql_count_claims(cx, db, &claims, .item = codes[i]));
		ZD_TRY(catalog_read_sql_sum_after(cx, db, &after, .item = codes[i],
						  .month = zd_day_month(from), .dept = dept));
		ret->claims += claims.n;
		ret->actions += after.n;
	}
	return ZD_OK;
}

struct codes {
	struct zd_str *codes;
	size_t n;
};

static enum zd_rc
take_code(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	const struct catalog_read_sql_find_code_out *found = row;
	struct codes *c = arg;

	(void)cx, (void)index;
	c->codes[c->n++] = found->code;
	return ZD_OK;
}

enum zd_rc
catalog_read_codes(struct zd_cx *cx, struct db *db, const int64_t *ids, size_t n,
		   struct zd_str *ret, size_t *ret_n)
{
	struct catalog_read_sql_find_code_in *in =
		zd_new_array(cx->arena, struct catalog_read_sql_find_code_in, n + 1);
	struct codes c = { ret, 0 };

	for (size_t i = 0; i < n; i++)
		in[i].id = ids[i];
	ZD_TRY(catalog_read_sql_find_code(cx, db, in, n, take_code, &c));
	*ret_n = c.n;
	return ZD_OK;
}

/* --- steps --------------------------------------------------------------------------------------- */

const struct catalog_step catalog_steps[] = {
	{ "publish", CATALOG_IN_USE, "发布", "已发布", false, false },
	{ "suspend", CATALOG_SUSPENDED, "暂停", "已暂停", false, true },
	{ "cancel", CATALOG_CANCELLED, "取消", "已取消", false, true },
	{ "claim", CATALOG_CLAIMED, "认领", "已认领", true, false },
	{ "release", CATALOG_RELEASED, "退领", "已退领", true, true },
	{ "write-off", CATALOG_WRITTEN_OFF, "核销", "已核销", true, true },
	{ 0 },
};

const struct catalog_step *
catalog_step_find(struct zd_str name)
{
	for (const struct catalog_step *s = catalog_steps; s->name; s++)
		if (zd_str_equal(zd_str_of(s->name), name))
			return s;
	return NULL;
}

bool
catalog_may(const struct zd_actor *actor, const struct catalog_step *step)
{
	if (actor->id == 0 && actor->roles == 0)
		return true;
	if (step->of_claim)
		return actor->dept > 0 && (actor->roles & (TRUST_DATA_OFFICER | TRUST_API));
	return actor->roles & TRUST_PLATFORM;
}

/* --- lists ----------------------------------------------------------------------------------------- */

#define CLAIMED                                                                                    \
	"(case when exists (select 1 from catalog_claim_now c where c.item_code = r.source_key"    \
	" and c.dept_id <> 0 and c.what = 11) then 1 else 0 end)"

static const struct db_column item_columns[] = {
	{ "code", "子项编码", "r.source_key", DB_TEXT },
	{ "name", "监管事项子项", "r.subitem_name", DB_TEXT },
	{ "type", "行政类型", "r.administrative_type", DB_TEXT },
	{ "department", "监管部门", "r.department_id", DB_TEXT },
	{ "object", "监管对象", "r.supervise_object", DB_TEXT },
	{ "state", "状态", "coalesce(n.what, 0)", DB_INT },
	{ "since", "自", "n.from_day", DB_DAY },
	{ "claims", "认领部门",
	  "(select count(*) from catalog_claim_now c where c.item_code = r.source_key"
	  " and c.dept_id <> 0 and c.what = 11)",
	  DB_INT },
	{ "main", "主项编码", "r.manage_matter_code", DB_TEXT },
	{ "gist", "设定依据", "r.set_gist", DB_TEXT },
	{ "level", "监管层级", "r.supervise_level", DB_TEXT },
	{ 0 },
};
static const struct db_filter item_filters[] = {
	{ "code", "编码", "r.source_key", DB_TEXT, DB_PREFIX },
	{ "name", "名称", "r.subitem_name", DB_TEXT, DB_CONTAINS },
	{ "type", "行政类型", "r.administrative_type", DB_TEXT, DB_EQ },
	{ "department", "监管部门", "r.department_id", DB_TEXT, DB_EQ },
	{ "state", "状态", "coalesce(n.what, 0)", DB_INT, DB_EQ },
	{ "claimed", "是否有部门认领", CLAIMED, DB_INT, DB_EQ },
	{ "object", "监管对象", "r.supervise_object", DB_TEXT, DB_CONTAINS },
	{ "kind", "对象类别", "(',' || coalesce(r.supervise_object_category, '') || ',')", DB_TEXT,
	  DB_CONTAINS },
	{ "main", "主项编码", "r.manage_matter_code", DB_TEXT, DB_EQ },
	{ 0 },
};
static const struct db_sort item_sorts[] = {
	{ "code", "按编码", "r.source_key", DB_TEXT, false, false,
	  "catalog_sub_item_dept_id_source_key" },
	{ "name", "按名称", "r.subitem_name", DB_TEXT, false, true, "catalog_sub_item_name" },
	{ 0 },
};
const struct db_list catalog_items = {
	.name = "catalog_items",
	.from = "catalog_sub_item r left join catalog_claim_now n on n.dept_id = 0 and n.item_code "
		"= "
		"r.source_key",
	.where = "r.dept_id = 0 and r.state = 1",
	.id = "r.id",
	.columns = item_columns,
	.filters = item_filters,
	.sorts = item_sorts,
};

static const struct db_column main_columns[] = {
	{ "code", "事项编码", "r.source_key", DB_TEXT },
	{ "name", "监管目录事项", "r.matter_name", DB_TEXT },
	{ "department", "监管部门", "r.department_name", DB_TEXT },
	{ "stop", "在用标志", "r.is_stop", DB_TEXT },
	{ "items", "子项",
	  "(select count(*) from catalog_sub_item s where s.manage_matter_code = r.source_key"
	  " and s.dept_id = 0 and s.state = 1)",
	  DB_INT },
	{ "version", "版本日期", "r.version_date", DB_TEXT },
	{ 0 },
};
static const struct db_filter main_filters[] = {
	{ "code", "编码", "r.source_key", DB_TEXT, DB_PREFIX },
	{ "name", "名称", "r.matter_name", DB_TEXT, DB_CONTAINS },
	{ "department", "监管部门", "r.department_id", DB_TEXT, DB_EQ },
	{ "stop", "在用标志", "r.is_stop", DB_TEXT, DB_EQ },
	{ 0 },
};
static const struct db_sort main_sorts[] = {
	{ "code", "按编码", "r.source_key", DB_TEXT, false, false,
	  "catalog_main_item_dept_id_source_key" },
	{ 0 },
};
const struct db_list catalog_mains = {
	.name = "catalog_mains",
	.from = "catalog_main_item r",
	.where = "r.dept_id = 0 and r.state = 1",
	.id = "r.id",
	.columns = main_columns,
	.filters = main_filters,
	.sorts = main_sorts,
};

/* What a department has claimed, and what its national code says that it should: always of one department. */
static const struct db_column claim_columns[] = {
	{ "code", "子项编码", "r.source_key", DB_TEXT },
	{ "name", "监管事项子项", "r.subitem_name", DB_TEXT },
	{ "type", "行政类型", "r.administrative_type", DB_TEXT },
	{ "object", "监管对象", "r.supervise_object", DB_TEXT },
	{ "state", "事项状态", "coalesce(n.what, 0)", DB_INT },
	{ "claim", "认领", "coalesce(m.what, 0)", DB_INT },
	{ "since", "认领自", "m.from_day", DB_DAY },
	{ "lists", "实施清单",
	  "(select count(*) from catalog_implement_list l where l.item_code = r.source_key"
	  " and l.dept_id = d.id and l.state = 1)",
	  DB_INT },
	{ "gist", "设定依据", "r.set_gist", DB_TEXT },
	{ 0 },
};
static const struct db_filter claim_filters[] = {
	{ "claim", "认领", "(case when m.what = 12 or m.what is null then 0 else m.what end)",
	  DB_INT, DB_EQ },
	{ "code", "编码", "r.source_key", DB_TEXT, DB_PREFIX },
	{ "name", "名称", "r.subitem_name", DB_TEXT, DB_CONTAINS },
	{ "type", "行政类型", "r.administrative_type", DB_TEXT, DB_EQ },
	{ "state", "事项状态", "coalesce(n.what, 0)", DB_INT, DB_EQ },
	{ "dept", "部门", "d.id", DB_INT, DB_EQ },
	{ 0 },
};
static const struct db_sort claim_sorts[] = {
	{ "code", "按编码", "r.source_key", DB_TEXT, false, false,
	  "catalog_sub_item_dept_id_source_key" },
	{ 0 },
};
const struct db_list catalog_claims = {
	.name = "catalog_claims",
	.from = "department d join catalog_sub_item r on r.dept_id = 0 and r.state = 1"
		" left join catalog_claim_now m on m.dept_id = d.id and m.item_code = r.source_key"
		" left join catalog_claim_now n on n.dept_id = 0 and n.item_code = r.source_key",
	.where = "(d.national_code = r.department_id or m.what is not null)",
	.id = "r.id",
	.scope = "d.id",
	.columns = claim_columns,
	.filters = claim_filters,
	.sorts = claim_sorts,
};

/*
 * How far each department has come. Only items in use whose national department is its own count, as in
 * count_open; there are as many rows as departments, and of each as many look-ups as items.
 */
#define CLAIMS_OPEN "(x.expected - x.claimed - x.written_off)"
#define CLAIMS_RATE "(x.claimed * 100 / x.expected)"
#define CLAIMS_SUM(what) "cast(sum(case when c.what = " what " then 1 else 0 end) as bigint)"
#define CLAIMS_CLAIMED CLAIMS_SUM("11")
#define CLAIMS_RELEASED CLAIMS_SUM("12")
#define CLAIMS_WRITTEN_OFF CLAIMS_SUM("13")

static const struct db_column by_dept_columns[] = {
	{ "code", "部门编码", "d.code", DB_TEXT },
	{ "name", "部门", "d.name", DB_TEXT },
	{ "level", "层级", "d.level", DB_INT },
	{ "national", "国家部门", "d.national_code", DB_TEXT },
	{ "expected", "应领", "x.expected", DB_INT },
	{ "claimed", "已认领", "x.claimed", DB_INT },
	{ "open", "未领", CLAIMS_OPEN, DB_INT },
	{ "released", "其中已退领", "x.released", DB_INT },
	{ "written_off", "已核销", "x.written_off", DB_INT },
	{ "rate", "认领率 %", CLAIMS_RATE, DB_INT },
	{ 0 },
};
static const struct db_filter by_dept_filters[] = {
	{ "dept", "部门", "x.dept_id", DB_INT, DB_EQ },
	{ "name", "部门名称", "d.name", DB_TEXT, DB_CONTAINS },
	{ "national", "国家部门", "d.national_code", DB_TEXT, DB_EQ },
	{ "level", "层级", "d.level", DB_INT, DB_EQ },
	{ "open", "认领情况", CLAIMS_OPEN, DB_INT, DB_GE },
	{ 0 },
};
static const struct db_sort by_dept_sorts[] = {
	{ "open", "未领多的在前", CLAIMS_OPEN, DB_INT, true },
	{ "done", "未领少的在前", CLAIMS_OPEN, DB_INT, false },
	{ "rate", "认领率低的在前", CLAIMS_RATE, DB_INT, false },
	{ "best", "认领率高的在前", CLAIMS_RATE, DB_INT, true },
	{ "expected", "应领多的在前", "x.expected", DB_INT, true },
	{ "claimed", "已认领多的在前", "x.claimed", DB_INT, true },
	{ "code", "按部门编码", "d.code", DB_TEXT, false },
	{ 0 },
};
const struct db_list catalog_claims_by_dept = {
	.name = "catalog_claims_by_dept",
	.from = "(select p.id as dept_id, count(*) as expected, " CLAIMS_CLAIMED " as claimed,"
		" " CLAIMS_RELEASED " as released, " CLAIMS_WRITTEN_OFF " as written_off"
		" from department p"
		" join catalog_sub_item r on r.dept_id = 0 and r.state = 1"
		" and r.department_id = p.national_code"
		" join catalog_claim_now n on n.dept_id = 0 and n.item_code = r.source_key and "
		"n.what = 1"
		" left join catalog_claim_now c on c.dept_id = p.id and c.item_code = r.source_key"
		" where p.state = 1 group by p.id) x join department d on d.id = x.dept_id",
	.id = "x.dept_id",
	.scope = "x.dept_id",
	.columns = by_dept_columns,
	.filters = by_dept_filters,
	.sorts = by_dept_sorts,
};

static const struct db_column list_columns[] = {
	{ "code", "实施清单编码", "r.source_key", DB_TEXT },
	{ "object", "监管对象", "r.supervision_object", DB_TEXT },
	{ "item", "子项编码", "r.item_code", DB_TEXT },
	{ "body", "实施主体", "r.implement_body", DB_TEXT },
	{ "level", "行使层级", "r.exercise_level", DB_TEXT },
	{ "way", "检查方式", "r.examine_way", DB_TEXT },
	{ "random", "纳入双随机", "r.is_random", DB_TEXT },
	{ "frequency", "检查频次", "r.check_frequency", DB_TEXT },
	{ "stop", "在用标志", "r.is_stop", DB_TEXT },
	{ "dept", "部门编号", "r.dept_id", DB_INT, .hidden = true },
	{ 0 },
};
static const struct db_filter list_filters[] = {
	{ "item", "子项编码", "r.item_code", DB_TEXT, DB_EQ },
	{ "code", "清单编码", "r.source_key", DB_TEXT, DB_PREFIX },
	{ "object", "监管对象", "r.supervision_object", DB_TEXT, DB_PREFIX },
	{ "dept", "部门", "r.dept_id", DB_INT, DB_EQ },
	{ "random", "纳入双随机", "r.is_random", DB_TEXT, DB_EQ },
	{ "stop", "在用标志", "r.is_stop", DB_TEXT, DB_EQ },
	{ 0 },
};
static const struct db_sort list_sorts[] = {
	{ "newest", "新编制在前", "r.id", DB_INT, true, false, "catalog_implement_list_id" },
	{ 0 },
};
const struct db_list catalog_lists = {
	.name = "catalog_lists",
	.from = "catalog_implement_list r",
	.where = "r.state = 1",
	.id = "r.id",
	.columns = list_columns,
	.filters = list_filters,
	.sorts = list_sorts,
	.large = "catalog_implement_list",
};

static const struct db_column random_columns[] = {
	{ "code", "编码", "r.source_key", DB_TEXT },
	{ "name", "抽查事项", "r.random_item_name", DB_TEXT },
	{ "domain", "抽查领域", "r.check_domain", DB_TEXT },
	{ "object", "抽查对象", "r.check_object", DB_TEXT },
	{ "category", "事项类别", "r.item_category", DB_TEXT },
	{ "proportion", "抽查比例", "r.check_proportion", DB_TEXT },
	{ "frequency", "抽查频次", "r.check_frequency", DB_TEXT },
	{ "item", "对应子项", "r.subitem_code", DB_TEXT },
	{ "stop", "在用标志", "r.is_stop", DB_TEXT },
	{ 0 },
};
static const struct db_filter random_filters[] = {
	{ "name", "抽查事项", "r.random_item_name", DB_TEXT, DB_CONTAINS },
	{ "domain", "抽查领域", "r.check_domain", DB_TEXT, DB_CONTAINS },
	{ "category", "事项类别", "r.item_category", DB_TEXT, DB_EQ },
	{ "item", "对应子项", "r.item_code", DB_TEXT, DB_EQ },
	{ "stop", "在用标志", "r.is_stop", DB_TEXT, DB_EQ },
	{ 0 },
};
static const struct db_sort random_sorts[] = {
	{ "code", "按编码", "r.source_key", DB_TEXT, false, false,
	  "catalog_random_item_dept_id_source_key" },
	{ 0 },
};
const struct db_list catalog_random = {
	.name = "catalog_random",
	.from = "catalog_random_item r",
	.where = "r.dept_id = 0 and r.state = 1",
	.id = "r.id",
	.columns = random_columns,
	.filters = random_filters,
	.sorts = random_sorts,
};

static const struct db_column content_columns[] = {
	{ "code", "编码", "r.source_key", DB_TEXT },
	{ "name", "检查项", "r.check_item_name", DB_TEXT },
	{ "content", "检查内容", "r.check_content", DB_TEXT },
	{ "item", "子项编码", "r.item_code", DB_TEXT },
	{ 0 },
};
static const struct db_filter content_filters[] = {
	{ "item", "子项编码", "r.item_code", DB_TEXT, DB_EQ },
	{ "name", "检查项", "r.check_item_name", DB_TEXT, DB_CONTAINS },
	{ 0 },
};
static const struct db_sort content_sorts[] = {
	{ "code", "按编码", "r.source_key", DB_TEXT, false, false,
	  "catalog_check_content_dept_id_source_key" },
	{ 0 },
};
const struct db_list catalog_contents = {
	.name = "catalog_contents",
	.from = "catalog_check_content r",
	.where = "r.dept_id = 0 and r.state = 1",
	.id = "r.id",
	.columns = content_columns,
	.filters = content_filters,
	.sorts = content_sorts,
};
