/* The lists of ingest: batches, what is outstanding, refused rows, the records that a batch touched, the quarantine. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/ingest_reject.h"
#include "ingest/ingest_web.h"
#include "record/record.h"
#include "trust/trust_app.h"

/* --- words ------------------------------------------------------------------------------- */

#define END                                                                                        \
	{                                                                                          \
		{ 0 }, { 0 }, PAGE_PLAIN                                                           \
	}

const struct page_choice ingest_state_choices[] = {
	{ ZD_LIT("1"), ZD_LIT("等待导入"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("导入中"), PAGE_INFO },
	{ ZD_LIT("3"), ZD_LIT("已完成"), PAGE_GOOD },
	{ ZD_LIT("4"), ZD_LIT("整份退回"), PAGE_BAD },
	END,
};
const struct page_choice ingest_source_choices[] = {
	{ ZD_LIT("page"), ZD_LIT("页面上传"), PAGE_PLAIN },
	{ ZD_LIT("api"), ZD_LIT("接口报送"), PAGE_PLAIN },
	{ ZD_LIT("form"), ZD_LIT("页面修正"), PAGE_PLAIN },
	{ ZD_LIT("cli"), ZD_LIT("命令行导入"), PAGE_PLAIN },
	{ ZD_LIT("drop"), ZD_LIT("投递目录"), PAGE_PLAIN },
	END,
};
const struct page_choice ingest_reject_choices[] = {
	{ ZD_LIT("1"), ZD_LIT("待修正"), PAGE_WARN },
	{ ZD_LIT("2"), ZD_LIT("已修正"), PAGE_GOOD },
	{ ZD_LIT("3"), ZD_LIT("不再报送"), PAGE_PLAIN },
	{ ZD_LIT("4"), ZD_LIT("被后来的报送取代"), PAGE_PLAIN },
	END,
};
static const struct page_choice open_choices[] = {
	{ ZD_LIT("1"), ZD_LIT("只看有待修正的"), PAGE_WARN },
	END,
};

bool
ingest_sees_all(const struct zd_cx *cx)
{
	return trust_scope(&cx->actor) == ZD_NO_INT;
}

const struct page_choice *
ingest_standard_choices(struct zd_cx *cx, const struct http_request *req)
{
	const struct app *app = req->app;
	size_t n = standard_count(app->standards);
	struct page_choice *choices = zd_new_array(cx->arena, struct page_choice, n + 1);

	for (size_t i = 0; i < n; i++) {
		const struct standard *std = standard_at(app->standards, i);
		choices[i] = (struct page_choice){ std->name, std->title, PAGE_PLAIN };
	}
	return choices;
}

enum zd_rc
ingest_dept_choices(struct zd_cx *cx, struct db *db, const struct page_choice **ret)
{
	struct trust_dept *depts;
	size_t n;

	ZD_TRY(trust_dept_list(cx, db, &depts, &n));
	struct page_choice *choices = zd_new_array(cx->arena, struct page_choice, n + 2);
	choices[0] = (struct page_choice){ ZD_STR("0"), ZD_STR("市本级"), PAGE_PLAIN };
	for (size_t i = 0; i < n; i++)
		choices[i + 1] =
			(struct page_choice){ zd_str_printf(cx->arena, "%" PRId64, depts[i].id),
					      depts[i].name, PAGE_PLAIN };
	*ret = choices;
	return ZD_OK;
}

struct zd_str
ingest_standard_title(const struct http_request *req, struct zd_str name)
{
	const struct app *app = req->app;
	const struct standard *std = standard_find(app->standards, name);

	return std ? std->title : name;
}

/* --- batches ----------------------------------------------------------------------------- */

static const struct db_column batch_columns[] = {
	{ "id", "批次", "b.id", DB_INT, .hidden = true },
	{ "file_name", "文件", "b.file_name", DB_TEXT },
	{ "created_at", "收到时间", "b.created_at", DB_TIME },
	{ "dept", "部门", "b.dept_id", DB_INT },
	{ "standard", "数据标准", "b.standard", DB_TEXT },
	{ "source", "来源", "b.source", DB_TEXT },
	{ "state", "状态", "b.state", DB_ENUM },
	{ "rows", "收到", "b.rows_done", DB_INT },
	{ "accepted", "入库", "b.accepted", DB_INT },
	{ "updated", "更新", "b.updated", DB_INT },
	{ "unchanged", "未变", "b.unchanged", DB_INT },
	{ "removed", "删除", "b.removed", DB_INT },
	{ "quarantined", "待放行", "b.quarantined", DB_INT },
	{ "rejected", "退回", "b.rejected", DB_INT },
	{ "outstanding", "待修正", "b.outstanding", DB_INT },
	{ "person", "报送人", "p.name", DB_TEXT },
	{ 0 },
};
static const struct db_filter batch_filters[] = {
	{ "dept", "部门", "b.dept_id", DB_INT, DB_EQ },
	{ "standard", "数据标准", "b.standard", DB_TEXT, DB_EQ },
	{ "source", "来源", "b.source", DB_TEXT, DB_EQ },
	{ "state", "状态", "b.state", DB_INT, DB_EQ },
	{ "open", "修正情况", "b.outstanding", DB_INT, DB_GE },
	{ "from", "收到日期起", "b.created_at", DB_TIME, DB_GE },
	{ "until", "收到日期止", "b.created_at", DB_TIME, DB_LE },
	{ 0 },
};
static const struct db_sort batch_sorts[] = {
	{ "newest", "新的在前", "b.created_at", DB_TIME, true, .index = "ingest_batch_newest" },
	{ "oldest", "旧的在前", "b.created_at", DB_TIME, false, .index = "ingest_batch_newest" },
	{ 0 },
};
const struct db_list ingest_batch_list = {
	.name = "batches",
	.from = "ingest_batch b left join person p on p.id = b.created_by",
	.id = "b.id",
	.scope = "b.dept_id",
	.columns = batch_columns,
	.filters = batch_filters,
	.sorts = batch_sorts,
	.large = "ingest_batch",
};

static const struct page_action batch_actions[] = {
	{ .title = ZD_LIT("导入数据"),
	  .href = ZD_LIT("/desk/ingest"),
	  .icon = "upload",
	  .primary = true },
	{ .title = ZD_LIT("待修正"), .href = ZD_LIT("/desk/outstanding"), .icon = "list-check" },
	{ .title = { 0 } },
};
static const struct page_action reader_actions[] = {
	{ .title = ZD_LIT("待修正"), .href = ZD_LIT("/desk/outstanding"), .icon = "list-check" },
	{ .title = { 0 } },
};

enum zd_rc
ingest_batches(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *standards = ingest_standard_choices(cx, req), *depts;
	bool sender = (cx->actor.roles & INGEST_SENDERS) != 0;

	ZD_TRY(ingest_dept_choices(cx, req->db, &depts));
	const struct page_column columns[] = {
		{ .name = "file_name", .strong = true },
		{ .name = "created_at", .as = PAGE_AS_TIME },
		{ .name = "dept",
		  .as = PAGE_AS_NAME,
		  .choices = depts,
		  .extra = !ingest_sees_all(cx) },
		{ .name = "standard", .as = PAGE_AS_NAME, .choices = standards },
		{ .name = "source", .as = PAGE_AS_NAME, .choices = ingest_source_choices },
		{ .name = "state", .as = PAGE_AS_STATE, .choices = ingest_state_choices },
		{ .name = "accepted", .as = PAGE_AS_NUMBER, .href = "/desk/batches/{id}/inserted" },
		{ .name = "updated", .as = PAGE_AS_NUMBER, .href = "/desk/batches/{id}/updated" },
		{ .name = "rejected", .as = PAGE_AS_NUMBER, .href = "/desk/batches/{id}/rows" },
		{ .name = "removed", .as = PAGE_AS_NUMBER, .extra = true },
		{ .name = "unchanged", .as = PAGE_AS_NUMBER, .extra = true },
		{ .name = "quarantined", .as = PAGE_AS_NUMBER, .extra = true },
		{ .name = "outstanding",
		  .as = PAGE_AS_NUMBER,
		  .href = "/desk/batches/{id}/rows?state=1" },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "dept", .choices = depts },
		{ .name = "standard", .choices = standards },
		{ .name = "source", .choices = ingest_source_choices, .extra = true },
		{ .name = "state", .choices = ingest_state_choices },
		{ .name = "open", .choices = open_choices },
		{ 0 },
	};
	/* who sees one department's only need not choose it */
	const struct db_list_value own = { db_list_filter(&ingest_batch_list, ZD_STR("dept")),
					   zd_str_printf(cx->arena, "%" PRId64,
							 trust_scope(&cx->actor)) };
	const struct page_list list = {
		.page = { .title = ZD_STR("导入与核对"),
			  .lead = ZD_STR(
				  "每一次报送：收到多少、入库多少、退回多少，直到全部修正。"),
			  .nav = "batches",
			  .actions = sender ? batch_actions : reader_actions },
		.list = &ingest_batch_list,
		.row_href = "/desk/batches/{id}",
		.columns = columns,
		.filters = filters,
		.fixed = &own,
		.n_fixed = ingest_sees_all(cx) ? 0 : 1,
		.empty = { .icon = "database-import",
			   .title = ZD_STR("还没有导入过数据"),
			   .text = ZD_STR("上传 Excel、CSV "
					  "或由业务系统按接口报送后，每一批的回执都在这里。"),
			   .action = ZD_STR("导入数据"),
			   .href = sender ? ZD_STR("/desk/ingest") : (struct zd_str){ 0 } },
		.file_name = "批次",
	};
	return page_list(cx, req, rep, &list);
}

/* --- what is outstanding ------------------------------------------------------------------ */

/* A group is called by its first batch: batches of all departments are numbered from one series. */
static const struct db_column outstanding_columns[] = {
	{ "dept", "部门", "o.dept_id", DB_INT },
	{ "code", "部门编码", "d.code", DB_TEXT },
	{ "standard", "数据标准", "o.standard", DB_TEXT },
	{ "outstanding", "待修正行", "o.n_rows", DB_INT },
	{ "batches", "批次", "o.n_batches", DB_INT },
	{ "oldest_at", "最早一批", "o.oldest_at", DB_TIME },
	{ 0 },
};
static const struct db_filter outstanding_filters[] = {
	{ "dept", "部门", "o.dept_id", DB_INT, DB_EQ },
	{ "standard", "数据标准", "o.standard", DB_TEXT, DB_EQ },
	{ "from", "最早一批起", "o.oldest_at", DB_TIME, DB_GE },
	{ "until", "最早一批止", "o.oldest_at", DB_TIME, DB_LE },
	{ 0 },
};
static const struct db_sort outstanding_sorts[] = {
	{ "most", "待修正多的在前", "o.n_rows", DB_INT, true },
	{ "fewest", "待修正少的在前", "o.n_rows", DB_INT, false },
	{ "oldest", "欠得久的在前", "o.oldest_at", DB_TIME, false },
	{ "newest", "新欠的在前", "o.oldest_at", DB_TIME, true },
	{ "batches", "批次多的在前", "o.n_batches", DB_INT, true },
	{ "dept", "按部门", "o.dept_id", DB_INT, false },
	{ 0 },
};
const struct db_list ingest_outstanding_list = {
	.name = "outstanding",
	.from = "(select b.dept_id, b.standard, min(b.id) as id, count(*) as n_batches,"
		" cast(sum(b.outstanding) as bigint) as n_rows, min(b.created_at) as oldest_at"
		" from ingest_batch b where b.outstanding > 0 group by b.dept_id, b.standard) o"
		" left join department d on d.id = o.dept_id",
	.id = "o.id",
	.scope = "o.dept_id",
	.columns = outstanding_columns,
	.filters = outstanding_filters,
	.sorts = outstanding_sorts,
};

/* "12,345 行（67 批）" of all that he sees; absent where nobody reads it. */
static enum zd_rc
outstanding_total(struct zd_cx *cx, const struct http_request *req, struct zd_str *ret)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 128 };
	struct ingest_outstanding sum;

	*ret = (struct zd_str){ 0 };
	if (req->wants_json)
		return ZD_OK;
	ZD_TRY(ingest_app_outstanding(cx, req->db, trust_scope(&cx->actor), &sum));
	page_number(&out, sum.rows);
	zd_out_write(&out, ZD_STR(" 行（"));
	page_number(&out, sum.batches);
	zd_out_write(&out, ZD_STR(" 批）"));
	*ret = zd_str_copy(cx->arena, zd_out_str(&out));
	return ZD_OK;
}

enum zd_rc
ingest_outstanding(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct page_choice *standards = ingest_standard_choices(cx, req), *depts;
	bool all = ingest_sees_all(cx);
	struct zd_str total;

	ZD_TRY(ingest_dept_choices(cx, req->db, &depts));
	ZD_TRY(outstanding_total(cx, req, &total));
	const struct page_column columns[] = {
		{ .name = "dept",
		  .as = PAGE_AS_NAME,
		  .choices = depts,
		  .extra = !all,
		  .strong = true },
		{ .name = "code", .as = PAGE_AS_CODE, .extra = true },
		{ .name = "standard", .as = PAGE_AS_NAME, .choices = standards, .strong = true },
		{ .name = "outstanding", .as = PAGE_AS_NUMBER },
		{ .name = "batches", .as = PAGE_AS_NUMBER },
		{ .name = "oldest_at", .as = PAGE_AS_TIME },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "dept", .choices = depts },
		{ .name = "standard", .choices = standards },
		{ 0 },
	};
	static const struct page_crumb crumbs[] = {
		{ ZD_LIT("导入与核对"), ZD_LIT("/desk/batches") }, { { 0 }, { 0 } }
	};
	/* who sees one department's only need not choose it */
	const struct db_list_value own = { db_list_filter(&ingest_outstanding_list, ZD_STR("dept")),
					   zd_str_printf(cx->arena, "%" PRId64,
							 trust_scope(&cx->actor)) };
	const struct page_list list = {
		.page = { .title = ZD_STR("待修正"),
			  .lead = ZD_STR("被退回、还没有改好的行。点开看是哪几批，"
					 "改好重报或说明原因后归零。"),
			  .nav = "batches",
			  .crumbs = crumbs },
		.list = &ingest_outstanding_list,
		.row_href = all ? "/desk/batches?open=1&standard={standard}&dept={dept}"
				: "/desk/batches?open=1&standard={standard}",
		.columns = columns,
		.filters = filters,
		.fixed = &own,
		.n_fixed = all ? 0 : 1,
		.total = total,
		.empty = { .icon = "circle-check",
			   .title = ZD_STR("没有待修正的数据"),
			   .text = ZD_STR("退回的行全部修正或说明后，这里就是空的。"),
			   .action = ZD_STR("查看批次"),
			   .href = ZD_STR("/desk/batches") },
	};
	return page_list(cx, req, rep, &list);
}

/* --- refused rows ------------------------------------------------------------------------ */

static const struct db_column reject_columns[] = {
	{ "row", "行", "r.row_no", DB_INT },
	{ "line", "文件行", "r.line", DB_INT },
	{ "key", "业务主键", "r.source_key", DB_TEXT },
	{ "errors", "问题和改法", "r.errors", DB_TEXT },
	{ "field", "字段", "r.field_title", DB_TEXT },
	{ "state", "状态", "r.state", DB_ENUM },
	{ "reason", "原因", "r.reason", DB_TEXT },
	{ "rule", "规则", "r.rule", DB_TEXT },
	{ 0 },
};
static const struct db_filter reject_filters[] = {
	{ "dept", "部门", "r.dept_id", DB_INT, DB_EQ },
	{ "batch", "批次", "r.batch_id", DB_INT, DB_EQ },
	{ "state", "状态", "r.state", DB_INT, DB_EQ },
	{ "rule", "原因", "r.rule", DB_TEXT, DB_EQ },
	{ 0 },
};
static const struct db_sort reject_sorts[] = {
	{ "row", "按行号", "r.row_no", DB_INT, false, .index = "ingest_reject primary key" },
	{ 0 },
};
const struct db_list ingest_reject_list = {
	.name = "rejects",
	.from = "ingest_reject r",
	.id = "r.row_no",
	.scope = "r.dept_id",
	.columns = reject_columns,
	.filters = reject_filters,
	.sorts = reject_sorts,
	.large = "ingest_reject",
};

/* --- records of a batch, and in quarantine: the same shape for every standard ----------------- */

static const char *
text_z(struct zd_arena *arena, const char *before, const char *after)
{
	return zd_str_printf(arena, "%s%s", before, after).p;
}

/* "r.check_action_name" of a field; NULL if the standard has none such. */
static const char *
column_of(struct zd_arena *arena, const struct standard *std, int field)
{
	return field < 0 ? NULL : text_z(arena, "r.", record_table_columns(std)[field]);
}

static void
add_column(struct db_column *columns, size_t *n, const char *name, const char *title,
	   const char *sql, enum db_type type, int data_class)
{
	if (sql)
		columns[(*n)++] = (struct db_column){ .name = name,
						      .title = title,
						      .sql = sql,
						      .type = type,
						      .data_class = data_class };
}

static void
add_field(struct zd_arena *arena, const struct standard *std, int field, const char *name,
	  struct db_column *columns, size_t *n)
{
	if (field >= 0)
		add_column(columns, n, name, zd_str_copy(arena, std->fields[field].title).p,
			   column_of(arena, std, field), DB_TEXT, std->fields[field].data_class);
}

static const struct db_column *
record_columns(struct zd_arena *arena, const struct standard *std)
{
	struct db_column *columns = zd_new_array(arena, struct db_column, 12);
	size_t n = 0;

	add_column(columns, &n, "id", "编号", "r.id", DB_INT, 0);
	columns[0].hidden = true;
	add_field(arena, std, std->key, "key", columns, &n);
	if (std->name_field != std->key)
		add_field(arena, std, std->name_field, "name", columns, &n);
	if (std->subject_name != std->name_field)
		add_field(arena, std, std->subject_name, "subject", columns, &n);
	add_column(columns, &n, "day", "日期", "r.day", DB_DAY, 0);
	if (std->item >= 0)
		add_column(columns, &n, "item", "监管事项", "r.item_code", DB_TEXT, 0);
	add_column(columns, &n, "dept", "部门", "r.dept_id", DB_INT, 0);
	add_column(columns, &n, "row", "行", "r.row_no", DB_INT, 0);
	add_column(columns, &n, "updated_at", "写入时间", "r.updated_at", DB_TIME, 0);
	return columns;
}

static const struct db_sort by_id[] = {
	{ "entered", "按入库先后", "r.id", DB_INT, false, .index = "primary key" },
	{ 0 },
};
static const struct db_filter inserted_filters[] = {
	{ "dept", "部门", "r.dept_id", DB_INT, DB_EQ },
	{ "batch", "批次", "r.batch_id", DB_INT, DB_EQ },
	{ "after_id", "编号起", "r.id", DB_INT, DB_GE },
	{ "before_id", "编号止", "r.id", DB_INT, DB_LE },
	{ 0 },
};

static const struct db_filter updated_filters[] = {
	{ "dept", "部门", "h.dept_id", DB_INT, DB_EQ },
	{ "batch", "批次", "h.batch_id", DB_INT, DB_EQ },
	{ "standard", "数据标准", "h.standard", DB_TEXT, DB_EQ },
	{ 0 },
};
static const struct db_sort by_record[] = {
	{ "record", "按入库先后", "h.record_id", DB_INT, false, .index = "record_history_batch" },
	{ 0 },
};

/* actions have a day; the index is NAME_held, and NAME_held_city for who sees all */
static const struct db_sort by_day[] = {
	{ "day", "日期早的在前", "r.day", DB_DAY, false, .index = "held" },
	{ 0 },
};
static const struct db_filter held_filters[] = {
	{ "dept", "部门", "r.dept_id", DB_INT, DB_EQ },
	{ "item", "监管事项", "r.item_code", DB_TEXT, DB_EQ },
	{ "from", "日期起", "r.day", DB_DAY, DB_GE },
	{ "until", "日期止", "r.day", DB_DAY, DB_LE },
	{ 0 },
};

/* --- made once a standard: a connection keeps the statements of the lists that it has seen ------- */

enum shape { INSERTED, UPDATED, HELD };

static struct db_list
make_list(struct zd_arena *arena, const struct standard *std, enum shape shape)
{
	const char *table = record_table_name(std);
	static const char *const names[] = { "inserted_", "updated_", "held_" };
	struct db_list list = { .name = text_z(arena, names[shape], table),
				.from = text_z(arena, table, " r"),
				.where = shape == HELD ? "r.state = 3" : "r.state <> 2",
				.id = "r.id",
				.scope = "r.dept_id",
				.columns = record_columns(arena, std),
				.filters = shape == HELD ? held_filters : inserted_filters,
				.sorts = shape == HELD ? by_day : by_id,
				.large = table };

	if (shape != UPDATED)
		return list;
	list.from = zd_str_printf(arena,
				  "record_history h join %s r on r.dept_id = h.dept_id"
				  " and r.id = h.record_id",
				  table)
			    .p;
	list.where = NULL;
	list.id = "h.record_id";
	list.scope = "h.dept_id";
	list.filters = updated_filters;
	list.sorts = by_record;
	list.large = "record_history";
	return list;
}

#define LISTS_MAX 128

static struct {
	pthread_mutex_t lock;
	struct zd_arena *arena; /* lives as long as the program */
	struct kept_list {
		const char *table;
		enum shape shape;
		struct db_list list;
	} kept[LISTS_MAX];
	size_t n;
} lists = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const struct db_list *
find_list(const char *table, enum shape shape)
{
	for (size_t i = 0; i < lists.n; i++)
		if (lists.kept[i].table == table && lists.kept[i].shape == shape)
			return &lists.kept[i].list;
	return NULL;
}

static const struct db_list *
list_of(const struct standard *std, enum shape shape)
{
	const char *table = record_table_name(std);

	(void)pthread_mutex_lock(&lists.lock);
	const struct db_list *found = find_list(table, shape);
	if (!found && lists.n == LISTS_MAX)
		abort();
	if (!found) {
		if (!lists.arena)
			lists.arena = zd_arena_new((size_t)8 << 20);
		struct kept_list *k = &lists.kept[lists.n++];
		*k = (struct kept_list){ table, shape, make_list(lists.arena, std, shape) };
		found = &k->list;
	}
	(void)pthread_mutex_unlock(&lists.lock);
	return found;
}

const struct db_list *
ingest_inserted_list(const struct standard *std)
{
	return list_of(std, INSERTED);
}

const struct db_list *
ingest_updated_list(const struct standard *std)
{
	return list_of(std, UPDATED);
}

const struct db_list *
quarantine_list(const struct standard *std)
{
	return list_of(std, HELD);
}
