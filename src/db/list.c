/* Lists: checks what was asked, runs the statement made of it, and formats the rows. */
#include "db/list.h"

#include <string.h>

#include "db/list_sql.h"

#define STREAM_PAGE 1000

const struct db_filter *
db_list_filter(const struct db_list *list, struct zd_str name)
{
	for (const struct db_filter *f = list->filters; f && f->name; f++)
		if (zd_str_equal(zd_str_of(f->name), name))
			return f;
	return NULL;
}

const struct db_sort *
db_list_sort(const struct db_list *list, struct zd_str name)
{
	for (const struct db_sort *s = list->sorts; s && s->name; s++)
		if (zd_str_equal(zd_str_of(s->name), name))
			return s;
	return NULL;
}

static enum zd_rc
check_query(struct zd_cx *cx, const struct db_list_query *query)
{
	if (query->limit < 0 || query->limit > 201)
		return zd_fail(cx, ZD_INVALID, "limit", "每页条数应在 1 到 200 之间");
	if (query->n_values > ZD_COUNT(query->values))
		return zd_fail(cx, ZD_INVALID, NULL, "筛选条件最多 %zu 个",
			       ZD_COUNT(query->values));
	if (db_list_sort(query->list, zd_str_of(query->sort->name)) != query->sort)
		return zd_fail(cx, ZD_INVALID, "sort", "此列表不能按“%s”排序", query->sort->title);
	for (size_t i = 0; i < query->n_values; i++) {
		const struct db_filter *filter = query->values[i].filter;
		if (!filter || db_list_filter(query->list, zd_str_of(filter->name)) != filter)
			return zd_fail(cx, ZD_INVALID, filter ? filter->name : NULL,
				       "此列表没有筛选条件“%s”", filter ? filter->title : "");
	}
	return ZD_OK;
}

/* --- one statement ------------------------------------------------------------------------ */

struct walk {
	struct db *db;
	const struct db_list_query *query; /* with a sort */
	struct zd_arena *arena;            /* of this page's rows */
	db_list_row_fn *row;
	void *arg;
	struct list_key last; /* of the last row given */
	int n;                /* rows given of this page */
};

static struct db_value
slot_value(const union list_slot *slot, enum db_type type)
{
	const struct db_field field = { .name = "", .type = type, .null = true };
	struct db_value value;

	db_value_load(&field, slot, &value);
	return value;
}

static struct zd_str
format_cell(struct zd_arena *arena, enum db_type type, const union list_slot *slot)
{
	struct db_value value = slot_value(slot, type);

	if (value.null)
		return (struct zd_str){ 0 };
	switch (type) {
	case DB_INT:
	case DB_ENUM: return zd_str_printf(arena, "%jd", (intmax_t)value.number);
	case DB_DAY: return zd_day_format(arena, slot->narrow);
	case DB_TIME: return zd_time_format(arena, value.number);
	case DB_REAL: return zd_str_printf(arena, "%.15g", value.real);
	case DB_TEXT:
	case DB_BLOB: return value.text;
	}
	return value.text;
}

static enum zd_rc
take_row(struct zd_cx *cx, const void *data, void *arg)
{
	struct walk *walk = arg;
	const union list_slot *slots = data;
	const struct db_column *columns = walk->query->list->columns;
	struct zd_cx page = *cx;
	size_t n = 0;

	while (columns[n].name)
		n++;
	struct zd_str *cells = zd_new_array(walk->arena, struct zd_str, n + 1);
	for (size_t i = 0; i < n; i++)
		cells[i] = format_cell(walk->arena, columns[i].type, &slots[i + 2]);
	walk->n++;
	walk->last = (struct list_key){ .given = true,
					.sort = slot_value(&slots[1], walk->query->sort->type),
					.id = slots[0].wide };
	page.arena = walk->arena;
	const struct db_list_row row = {
		.id = walk->last.id,
		.cells = cells,
		.key = list_key_format(&page, walk->query, walk->query->sort->type, &walk->last)
	};
	return walk->row(cx, &row, walk->arg);
}

struct lent {
	struct db *db;
	const struct db_stmt *stmt;
};

static void
give_back(struct lent *lent)
{
	if (lent->stmt)
		list_stmt_give(lent->db, lent->stmt);
}

static const void *
pack(struct zd_arena *arena, const struct list_sql *sql)
{
	union list_slot *slots = zd_new_array(arena, union list_slot, sql->n_in + 1);

	for (size_t i = 0; i < sql->n_in; i++)
		db_value_store(&sql->in[i], &sql->values[i], slots);
	return slots;
}

static enum zd_rc
run_part(struct zd_cx *cx, struct walk *walk, const struct list_key *after, enum list_part part,
	 int limit)
{
	struct list_sql sql ZD_CLEANUP(list_sql_drop) = { 0 };
	struct db_run run = { .arena = walk->arena, .row = take_row, .arg = walk };

	ZD_TRY(list_build(cx, &sql, walk->query, after, part, limit));
	struct lent lent ZD_CLEANUP(give_back) = { .db = walk->db };
	lent.stmt = list_stmt_take(walk->db, walk->query, &sql);
	return db_run_stmt(cx, walk->db, lent.stmt, pack(walk->arena, &sql), &run);
}

/* Those with a value, then those without. */
static enum zd_rc
run_page(struct zd_cx *cx, struct walk *walk, struct list_key after, int limit)
{
	bool among_nulls = after.given && after.sort.null;

	walk->n = 0;
	if (!among_nulls)
		ZD_TRY(run_part(cx, walk, &after, LIST_VALUES, limit));
	if (!walk->query->sort->null || walk->n == limit)
		return ZD_OK;
	return run_part(cx, walk, &after, LIST_NULLS, limit - walk->n);
}

/*
 * Page by page; a page's key lives in its arena while the next is read into the other. What the
 * database kept of a page read once is given back: a long list takes no more memory than a short.
 */
static enum zd_rc
run_stream(struct zd_cx *cx, struct walk *walk, struct list_key after)
{
	struct zd_arena *one ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)256 << 20);
	struct zd_arena *other ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)256 << 20);

	do {
		walk->arena = walk->arena == one ? other : one;
		zd_arena_reset(walk->arena);
		ZD_TRY(run_page(cx, walk, after, STREAM_PAGE));
		after = walk->last;
		db_shrink(walk->db);
	} while (walk->n == STREAM_PAGE);
	return ZD_OK;
}

/* --- what is asked ------------------------------------------------------------------------ */

static enum zd_rc
begin(struct zd_cx *cx, struct db_list_query *query, struct list_key *ret_after)
{
	if (!query->sort)
		query->sort = &query->list->sorts[0];
	ZD_TRY(check_query(cx, query));
	return list_key_parse(cx, query, query->sort->type, ret_after);
}

enum zd_rc
db_list_run(struct zd_cx *cx, struct db *db, const struct db_list_query *asked, db_list_row_fn *row,
	    void *arg)
{
	struct db_list_query query = *asked;
	struct walk walk = {
		.db = db, .query = &query, .arena = cx->arena, .row = row, .arg = arg
	};
	struct list_key after;

	ZD_TRY(begin(cx, &query, &after));
	return query.limit ? run_page(cx, &walk, after, query.limit) : run_stream(cx, &walk, after);
}

typedef enum zd_rc explain_fn(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			      const void *in, struct zd_str *ret);

static enum zd_rc
explain_part(struct zd_cx *cx, struct db *db, const struct db_list_query *query,
	     const struct list_key *after, enum list_part part, explain_fn *explain,
	     struct zd_str *ret)
{
	struct list_sql sql ZD_CLEANUP(list_sql_drop) = { 0 };

	ZD_TRY(list_build(cx, &sql, query, after, part, query->limit ? query->limit : STREAM_PAGE));
	struct lent lent ZD_CLEANUP(give_back) = { .db = db };
	lent.stmt = list_stmt_take(db, query, &sql);
	return explain(cx, db, lent.stmt, pack(cx->arena, &sql), ret);
}

static enum zd_rc
explain_all(struct zd_cx *cx, struct db *db, const struct db_list_query *asked, explain_fn *explain,
	    struct zd_str *ret)
{
	struct db_list_query query = *asked;
	struct list_key after;
	struct zd_str plans[2] = { 0 };

	ZD_TRY(begin(cx, &query, &after));
	ZD_TRY(explain_part(cx, db, &query, &after, LIST_VALUES, explain, &plans[0]));
	if (query.sort->null)
		ZD_TRY(explain_part(cx, db, &query, &after, LIST_NULLS, explain, &plans[1]));
	*ret = zd_str_join(cx->arena, plans, 2, ZD_STR(""));
	return ZD_OK;
}

enum zd_rc
db_list_explain(struct zd_cx *cx, struct db *db, const struct db_list_query *query,
		struct zd_str *ret)
{
	return explain_all(cx, db, query, db_explain, ret);
}

enum zd_rc
db_list_plan(struct zd_cx *cx, struct db *db, const struct db_list_query *query, struct zd_str *ret)
{
	return explain_all(cx, db, query, db_plan, ret);
}
