/* The lists of actions, and what stands around one. */
#include "action/action_app.h"

#include "action/action_sql.h"

enum zd_rc
action_app_item_name(struct zd_cx *cx, struct db *db, struct zd_str code, struct zd_str *ret)
{
	struct action_sql_find_item_out found = { 0 };
	enum zd_rc rc = action_sql_find_item(cx, db, &found, .code = code);

	*ret = rc == ZD_OK ? found.name : (struct zd_str){ 0 };
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

enum zd_rc
action_app_check(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str number,
		 struct action_link *ret)
{
	struct action_sql_find_check_out found;

	*ret = (struct action_link){ .dept = dept, .kind = ACTION_CHECK };
	if (!number.n)
		return ZD_OK;
	enum zd_rc rc = action_sql_find_check(cx, db, &found, .dept = dept, .key = number);
	if (rc == ZD_OK) {
		ret->id = found.id;
		ret->name = found.name;
		ret->day = found.day;
	}
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

#define FOLLOW_MAX 40

struct following {
	struct action_link *links;
	size_t n;
	int32_t kind;
};

static enum zd_rc
take_link(struct zd_cx *cx, const void *row, void *arg)
{
	struct following *f = arg;

	(void)cx;
	if (f->n == FOLLOW_MAX)
		return ZD_OK;
	f->links[f->n] = *(const struct action_link *)row;
	f->links[f->n++].kind = f->kind;
	return ZD_OK;
}

enum zd_rc
action_app_follow(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str number,
		  int64_t subject, struct action_link **ret, size_t *ret_n)
{
	struct following f = { zd_new_array(cx->arena, struct action_link, FOLLOW_MAX), 0,
			       ACTION_PUNISH };

	*ret = f.links;
	*ret_n = 0;
	if (subject == ZD_NO_INT)
		return ZD_OK;
	ZD_TRY(action_sql_list_punishments_of(cx, db, take_link, &f, .dept = dept, .key = number,
					      .subject = subject));
	f.kind = ACTION_FORCE;
	ZD_TRY(action_sql_list_coercions_of(cx, db, take_link, &f, .dept = dept, .key = number,
					    .subject = subject));
	*ret_n = f.n;
	return ZD_OK;
}

enum zd_rc
action_app_count(struct zd_cx *cx, struct db *db, enum action_kind kind, int64_t dept, int state,
		 int64_t *ret)
{
	struct action_sql_sum_counters_out sum;

	ZD_TRY(action_sql_sum_counters(cx, db, &sum,
				       .standard = zd_str_of(action_kinds[kind].standard),
				       .dept = dept, .state = state));
	*ret = sum.n;
	return ZD_OK;
}

/* --- lists ------------------------------------------------------------------------------------------ */

/* The columns that all kinds share, around two of their own. */
#define COLUMNS(code_name_, code_title_, code_sql_, name_sql_)                                     \
	{                                                                                          \
		{ "name", "行为名称", name_sql_, DB_TEXT },                                        \
			{ "party", "行政相对人", "r.administrative_cp", DB_TEXT,                   \
			  .data_class = 2 },                                                       \
			{ code_name_, code_title_, code_sql_, DB_TEXT },                           \
			{ "day", "日期", "r.day", DB_DAY },                                        \
			{ "dept_name", "部门", "d.name", DB_TEXT },                                \
			{ "item", "事项编码", "r.item_code", DB_TEXT },                            \
			{ "number", "行为编号", "r.source_key", DB_TEXT },                         \
			{ "area", "区划", "r.area_number", DB_TEXT },                              \
			{ "received", "入库时间", "r.created_at", DB_TIME },                       \
			{ "dept", "部门编号", "r.dept_id", DB_INT, .hidden = true },               \
			{ "subject", "对象编号", "r.subject_id", DB_INT, .hidden = true }, { 0 },  \
	}
#define FILTERS(...)                                                                               \
	{                                                                                          \
		{ "from", "日期起", "r.day", DB_DAY, DB_GE },                                      \
			{ "until", "日期止", "r.day", DB_DAY, DB_LE },                             \
			{ "party", "行政相对人", "r.administrative_cp", DB_TEXT, DB_PREFIX },      \
			{ "number", "行为编号", "r.source_key", DB_TEXT, DB_PREFIX },              \
			__VA_ARGS__{ "item", "事项编码", "r.item_code", DB_TEXT, DB_EQ },          \
			{ "dept", "部门", "r.dept_id", DB_INT, DB_EQ },                            \
			{ "subject", "对象编号", "r.subject_id", DB_INT, DB_EQ }, { 0 },           \
	}
#define SORTS(table_)                                                                              \
	{                                                                                          \
		{ "newest", "新发生在前", "r.day", DB_DAY, true, false, table_ "_day" },           \
			{ "oldest", "早发生在前", "r.day", DB_DAY, false, false, table_ "_day" },  \
			{ 0 },                                                                     \
	}
#define LIST(name_, table_, state_, columns_, filters_, sorts_)                                    \
	{                                                                                          \
		.name = name_, .from = table_ " r left join department d on d.id = r.dept_id",     \
		.where = "r.state = " state_, .id = "r.id", .scope = "r.dept_id",                  \
		.columns = columns_, .filters = filters_, .sorts = sorts_, .large = "r",           \
	}

static const struct db_column check_columns[] =
	COLUMNS("code", "检查结果", "r.check_result", "r.check_action_name");
static const struct db_column punish_columns[] =
	COLUMNS("code", "处罚种类", "r.punish_type", "r.punish_action_name");
static const struct db_column force_columns[] =
	COLUMNS("code", "强制种类", "r.force_type", "r.force_action_name");
static const struct db_column other_columns[] =
	COLUMNS("code", "监管措施", "r.supervise_measure", "r.action_name");
static const struct db_filter check_filters[] =
	FILTERS({ "code", "检查结果", "r.check_result", DB_TEXT, DB_EQ }, );
static const struct db_filter punish_filters[] =
	FILTERS({ "code", "处罚种类", "r.punish_type", DB_TEXT, DB_CONTAINS }, );
static const struct db_filter force_filters[] =
	FILTERS({ "code", "强制种类", "r.force_type", DB_TEXT, DB_EQ }, );
static const struct db_filter other_filters[] = FILTERS();
static const struct db_sort check_sorts[] = SORTS("action_check");
static const struct db_sort punish_sorts[] = SORTS("action_punish");
static const struct db_sort force_sorts[] = SORTS("action_force");
static const struct db_sort other_sorts[] = SORTS("action_other");

const struct db_list action_live[ACTION_KINDS] = {
	[ACTION_CHECK] =
		LIST("checks", "action_check", "1", check_columns, check_filters, check_sorts),
	[ACTION_PUNISH] = LIST("punishments", "action_punish", "1", punish_columns, punish_filters,
			       punish_sorts),
	[ACTION_FORCE] =
		LIST("coercions", "action_force", "1", force_columns, force_filters, force_sorts),
	[ACTION_OTHER] =
		LIST("others", "action_other", "1", other_columns, other_filters, other_sorts),
};
const struct db_list action_held[ACTION_KINDS] = {
	[ACTION_CHECK] =
		LIST("held_checks", "action_check", "3", check_columns, check_filters, check_sorts),
	[ACTION_PUNISH] = LIST("held_punishments", "action_punish", "3", punish_columns,
			       punish_filters, punish_sorts),
	[ACTION_FORCE] = LIST("held_coercions", "action_force", "3", force_columns, force_filters,
			      force_sorts),
	[ACTION_OTHER] =
		LIST("held_others", "action_other", "3", other_columns, other_filters, other_sorts),
};
