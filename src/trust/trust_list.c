/* The lists of trust's pages, as declarations for db/list.h. */
#include "trust/trust_list.h"

static const struct db_column people_columns[] = {
	{ .name = "name", .title = "姓名", .sql = "p.name", .type = DB_TEXT },
	{ .name = "account", .title = "账号", .sql = "p.account", .type = DB_TEXT },
	{ .name = "dept", .title = "部门", .sql = "coalesce(d.name, '全市')", .type = DB_TEXT },
	{ .name = "roles", .title = "角色", .sql = "p.roles", .type = DB_INT },
	{ .name = "level", .title = "数据级别", .sql = "p.level", .type = DB_INT },
	{ .name = "state", .title = "状态", .sql = "p.state", .type = DB_INT },
	{ .name = "factor", .title = "第二因子", .sql = "p.totp_on", .type = DB_INT },
	{ .name = "valid_until", .title = "有效期至", .sql = "p.valid_until", .type = DB_DAY },
	{ .name = "last_seen", .title = "最近登录", .sql = "p.last_seen_at", .type = DB_TIME },
	{ .name = "created", .title = "建立时间", .sql = "p.created_at", .type = DB_TIME },
	{ 0 },
};
static const struct db_filter people_filters[] = {
	{ .name = "name", .title = "姓名", .sql = "p.name", .type = DB_TEXT, .op = DB_CONTAINS },
	{ .name = "account",
	  .title = "账号",
	  .sql = "p.account",
	  .type = DB_TEXT,
	  .op = DB_PREFIX },
	{ .name = "dept", .title = "部门", .sql = "p.dept_id", .type = DB_INT, .op = DB_EQ },
	{ .name = "roles", .title = "角色", .sql = "p.roles", .type = DB_INT, .op = DB_EQ },
	{ .name = "state", .title = "状态", .sql = "p.state", .type = DB_INT, .op = DB_EQ },
	{ 0 },
};
static const struct db_sort people_sorts[] = {
	{ .name = "account", .title = "账号", .sql = "p.account", .type = DB_TEXT },
	{ .name = "name",
	  .title = "姓名",
	  .sql = "p.name",
	  .type = DB_TEXT,
	  .index = "person_name" },
	{ .name = "last_seen",
	  .title = "最近登录",
	  .sql = "p.last_seen_at",
	  .type = DB_TIME,
	  .descending = true,
	  .null = true },
	{ 0 },
};
const struct db_list trust_people_list = {
	.name = "people",
	.from = "person p left join department d on d.id = p.dept_id",
	.id = "p.id",
	.columns = people_columns,
	.filters = people_filters,
	.sorts = people_sorts,
};

static const struct db_column depts_columns[] = {
	{ "name", "部门", "d.name", DB_TEXT },
	{ "code", "部门编码", "d.code", DB_TEXT },
	{ "parent_name", "上级部门", "u.name", DB_TEXT },
	{ "parent", "上级部门编码", "u.code", DB_TEXT },
	{ "level", "层级", "d.level", DB_INT },
	{ "area", "行政区划", "d.area", DB_TEXT },
	{ "national_code", "国家部门编码", "d.national_code", DB_TEXT },
	{ "uscc", "统一社会信用代码", "d.uscc", DB_TEXT },
	{ "from", "设立日期", "d.valid_from", DB_DAY },
	{ "until", "撤销日期", "d.valid_until", DB_DAY },
	{ "state", "状态", "d.state", DB_INT },
	{ 0 },
};
static const struct db_filter depts_filters[] = {
	{ "name", "名称", "d.name", DB_TEXT, DB_CONTAINS },
	{ "code", "部门编码", "d.code", DB_TEXT, DB_PREFIX },
	{ "level", "层级", "d.level", DB_INT, DB_EQ },
	{ "parent", "上级部门", "u.code", DB_TEXT, DB_EQ },
	{ "national_code", "国家部门编码", "d.national_code", DB_TEXT, DB_EQ },
	{ "area", "行政区划", "d.area", DB_TEXT, DB_PREFIX },
	{ "state", "状态", "d.state", DB_INT, DB_EQ },
	{ 0 },
};
static const struct db_sort depts_sorts[] = {
	{ "code", "按编码", "d.code", DB_TEXT },
	{ "name", "按名称", "d.name", DB_TEXT },
	{ "level", "市级在前", "d.level", DB_INT },
	{ "area", "按区划", "d.area", DB_TEXT },
	{ "newest", "新设立在前", "d.valid_from", DB_DAY, true },
	{ 0 },
};
const struct db_list trust_depts_list = {
	.name = "departments",
	.from = "department d left join department u on u.id = d.parent_id",
	.id = "d.id",
	.columns = depts_columns,
	.filters = depts_filters,
	.sorts = depts_sorts,
};

static const struct db_column log_columns[] = {
	{ .name = "seq", .title = "序号", .sql = "e.seq", .type = DB_INT },
	{ .name = "at", .title = "时间", .sql = "e.at", .type = DB_TIME },
	{ .name = "actor", .title = "操作人", .sql = "e.actor", .type = DB_TEXT },
	{ .name = "act", .title = "事项", .sql = "e.act", .type = DB_TEXT },
	{ .name = "obj", .title = "对象", .sql = "e.obj", .type = DB_TEXT },
	{ .name = "ok", .title = "结果", .sql = "e.ok", .type = DB_INT },
	{ 0 },
};
static const struct db_filter log_filters[] = {
	{ .name = "actor", .title = "操作人", .sql = "e.actor", .type = DB_TEXT, .op = DB_EQ },
	{ .name = "act", .title = "事项", .sql = "e.act", .type = DB_TEXT, .op = DB_EQ },
	{ .name = "obj", .title = "对象", .sql = "e.obj", .type = DB_TEXT, .op = DB_EQ },
	{ .name = "from", .title = "时间起", .sql = "e.at", .type = DB_TIME, .op = DB_GE },
	{ .name = "until", .title = "时间止", .sql = "e.at", .type = DB_TIME, .op = DB_LE },
	{ .name = "ok", .title = "结果", .sql = "e.ok", .type = DB_INT, .op = DB_EQ },
	{ 0 },
};
static const struct db_sort log_sorts[] = {
	{ .name = "at",
	  .title = "时间",
	  .sql = "e.at",
	  .type = DB_TIME,
	  .descending = true,
	  .index = "sealed_entry_at" },
	{ .name = "at_up",
	  .title = "时间",
	  .sql = "e.at",
	  .type = DB_TIME,
	  .index = "sealed_entry_at" },
	{ 0 },
};
const struct db_list trust_log_list = {
	.name = "log",
	.from = "sealed_entry e",
	.id = "e.seq",
	.columns = log_columns,
	.filters = log_filters,
	.sorts = log_sorts,
	.large = "sealed_entry",
};
