/* What the pages of subjects show: the list, and a subject's actions of four kinds as one time line. */
#include "subject/subject_read_app.h"

#include <stdlib.h>
#include <string.h>

#include "subject/subject_read_sql.h"
#include "trust/trust.h"

const struct subject_kind_name subject_kinds[SUBJECT_KINDS] = {
	[SUBJECT_CHECK] = { "check_action", "check", "行政检查", "check_result" },
	[SUBJECT_PUNISH] = { "punish_action", "punish", "行政处罚", "punish_type" },
	[SUBJECT_FORCE] = { "force_action", "force", "行政强制", "force_type" },
	[SUBJECT_OTHER] = { "other_action", "other", "其他行为", "closing_case" },
};

int
subject_kind_find(struct zd_str word)
{
	for (int i = 0; i < SUBJECT_KINDS; i++)
		if (zd_str_equal(zd_str_of(subject_kinds[i].word), word))
			return i;
	return -1;
}

struct zd_str
subject_object_type(struct zd_str standard)
{
	static const struct {
		const char *standard;
		struct zd_str type;
	} types[] = {
		{ "enterprise", ZD_LIT("1") },     { "individual_business", ZD_LIT("1") },
		{ "natural_person", ZD_LIT("2") }, { "special_equipment", ZD_LIT("3") },
		{ "product_food", ZD_LIT("4") },   { "product_special_food", ZD_LIT("5") },
		{ "product_drug", ZD_LIT("6") },   { "product_cosmetic", ZD_LIT("7") },
		{ "product_device", ZD_LIT("8") }, { "site", ZD_LIT("9") },
		{ "organisation", ZD_LIT("10") },  { "other_object", ZD_LIT("11") },
	};

	for (size_t i = 0; i < ZD_COUNT(types); i++)
		if (zd_str_equal(zd_str_of(types[i].standard), standard))
			return types[i].type;
	return (struct zd_str){ 0 };
}

/* --- the time line --------------------------------------------------------------------------------- */

/* The newest of each kind, merged: at most `most` of each can be among the first `most` of all. */
struct merging {
	struct subject_action *actions;
	size_t n;
	int32_t kind;
};

static enum zd_rc
take(struct zd_cx *cx, const void *row, void *arg)
{
	struct merging *m = arg;

	(void)cx;
	m->actions[m->n] = *(const struct subject_action *)row;
	m->actions[m->n++].kind = m->kind;
	return ZD_OK;
}

static enum zd_rc
read_kind(struct zd_cx *cx, struct db *db, int64_t subject, struct subject_after after,
	  size_t limit, struct merging *m)
{
	int64_t dept = trust_scope(&cx->actor), n = (int64_t)limit;

	switch ((enum subject_kind)m->kind) {
	case SUBJECT_CHECK:
		return subject_read_sql_list_checks(cx, db, take, m, .subject = subject,
						    .dept = dept, .day = after.day, .id = after.id,
						    .limit = n);
	case SUBJECT_PUNISH:
		return subject_read_sql_list_punishments(cx, db, take, m, .subject = subject,
							 .dept = dept, .day = after.day,
							 .id = after.id, .limit = n);
	case SUBJECT_FORCE:
		return subject_read_sql_list_coercions(cx, db, take, m, .subject = subject,
						       .dept = dept, .day = after.day,
						       .id = after.id, .limit = n);
	case SUBJECT_OTHER:
		return subject_read_sql_list_others(cx, db, take, m, .subject = subject,
						    .dept = dept, .day = after.day, .id = after.id,
						    .limit = n);
	}
	return ZD_OK;
}

static int
newest_first(const void *va, const void *vb)
{
	const struct subject_action *a = va, *b = vb;

	if (a->day != b->day)
		return a->day < b->day ? 1 : -1;
	return a->id == b->id ? 0 : a->id < b->id ? 1 : -1;
}

enum zd_rc
subject_read_actions(struct zd_cx *cx, struct db *db, int64_t subject, int kind,
		     struct subject_after after, size_t most, struct subject_action **ret,
		     size_t *ret_n, bool *ret_more)
{
	struct merging m = { .actions = zd_new_array(cx->arena, struct subject_action,
						     (most + 1) * SUBJECT_KINDS) };

	for (int32_t k = 0; k < SUBJECT_KINDS; k++) {
		if (kind >= 0 && kind != k)
			continue;
		m.kind = k;
		ZD_TRY(read_kind(cx, db, subject, after, most + 1, &m));
	}
	qsort(m.actions, m.n, sizeof(*m.actions), newest_first);
	*ret_more = m.n > most;
	*ret_n = m.n > most ? most : m.n;
	*ret = m.actions;
	return ZD_OK;
}

/* --- the list --------------------------------------------------------------------------------------- */

/* People's numbers and names are masked for everybody here: their own page shows them by level. */
#define IS_PERSON "s.open_code is null"
static const struct db_column columns[] = {
	{ "name", "名称",
	  "(case when " IS_PERSON " then substr(s.name, 1, 1) || '**' else s.name end)", DB_TEXT },
	{ "code", "代码",
	  "(case when " IS_PERSON " then substr(s.code, 1, 3) || '***********' || "
	  "substr(s.code, length(s.code) - 3, 4) when s.code_type = '' then "
	  "substr(s.code, length(s.kind) + 2) else s.code end)",
	  DB_TEXT },
	{ "kind", "类别", "s.kind", DB_TEXT },
	{ "area", "区划", "s.area", DB_TEXT },
	{ "area_from", "区划来源", "s.area_from", DB_ENUM },
	{ "address", "地址", "(case when " IS_PERSON " then '' else s.address end)", DB_TEXT },
	{ "industry", "行业", "s.industry", DB_TEXT },
	{ "met", "首次出现于", "d.name", DB_TEXT },
	{ "updated", "更新时间", "s.updated_at", DB_TIME },
	{ 0 },
};
static const struct db_filter filters[] = {
	{ "name", "名称", "s.id", DB_TEXT, DB_TOKEN, .tokens = "subject_token" },
	{ "code", "代码", "s.open_code", DB_TEXT, DB_PREFIX, .capitals = true },
	{ "kind", "类别", "s.kind", DB_TEXT, DB_EQ },
	{ "area", "区划", "s.area", DB_TEXT, DB_PREFIX },
	{ 0 },
};
static const struct db_sort sorts[] = {
	{ "newest", "新出现在前", "s.id", DB_INT, true, false, "subject_pkey" },
	{ "oldest", "先出现在前", "s.id", DB_INT, false, false, "subject_pkey" },
	{ 0 },
};
const struct db_list subject_list = {
	.name = "subjects",
	.from = "subject s left join department d on d.id = s.met_dept",
	.id = "s.id",
	.columns = columns,
	.filters = filters,
	.sorts = sorts,
	.large = "s",
};
