/* Lists whose rows live in memory: filtered, sorted and paged as those of a table are. */
#include <stdlib.h>

#include "page/list.h"

struct walk {
	const struct page_rows *rows;
	size_t *order; /* of the rows that fit */
	size_t n;
	int column; /* sorted by */
	enum db_type type;
	bool descending;
};

static int
column_of(const struct db_list *list, const char *sql)
{
	for (int i = 0; list->columns[i].name; i++)
		if (strcmp(list->columns[i].sql, sql) == 0)
			return i;
	return -1;
}

/* What is no number comes before every number, as what is absent does. */
static int64_t
number_of(struct zd_str cell)
{
	int64_t n;

	return zd_int_parse(cell, &n) ? n : INT64_MIN;
}

static int
compare(enum db_type type, struct zd_str a, struct zd_str b)
{
	if (type == DB_TEXT)
		return zd_str_compare(a, b);
	int64_t m = number_of(a), n = number_of(b);
	return m == n ? 0 : m < n ? -1 : 1;
}

/* --- filters ------------------------------------------------------------------------------- */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_at(struct zd_str cell, size_t at, struct zd_str part)
{
	for (size_t i = 0; i < part.n; i++)
		if (lower(cell.p[at + i]) != lower(part.p[i]))
			return false;
	return true;
}

static bool
contains(struct zd_str cell, struct zd_str part)
{
	for (size_t at = 0; at + part.n <= cell.n; at++)
		if (is_at(cell, at, part))
			return true;
	return false;
}

static bool
fits(const struct db_filter *filter, struct zd_str cell, struct zd_str value)
{
	if (!cell.p)
		return false;
	switch (filter->op) {
	case DB_EQ: return compare(filter->type, cell, value) == 0;
	case DB_GE: return compare(filter->type, cell, value) >= 0;
	case DB_LE: return compare(filter->type, cell, value) <= 0;
	case DB_PREFIX: return zd_str_starts(cell, value);
	case DB_CONTAINS: return contains(cell, value);
	case DB_TOKEN: return false;
	}
	return false;
}

static enum zd_rc
check_filter(struct zd_cx *cx, const struct db_list *list, const struct db_list_value *value)
{
	int64_t n;

	if (column_of(list, value->filter->sql) < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "list %s: no column is %s", list->name,
			       value->filter->sql);
	if (value->filter->type != DB_TEXT && value->text.n && !zd_int_parse(value->text, &n))
		return zd_fail(cx, ZD_INVALID, value->filter->name, "“%s”应填整数",
			       value->filter->title);
	return ZD_OK;
}

static bool
fits_all(const struct db_list_query *query, const struct zd_str *cells)
{
	for (size_t i = 0; i < query->n_values; i++) {
		const struct db_list_value *v = &query->values[i];
		if (v->text.n &&
		    !fits(v->filter, cells[column_of(query->list, v->filter->sql)], v->text))
			return false;
	}
	return true;
}

/* --- order, pages -------------------------------------------------------------------------- */

static int
by_sort(const void *va, const void *vb, void *arg)
{
	const struct walk *w = arg;
	size_t a = *(const size_t *)va, b = *(const size_t *)vb;
	int order = compare(w->type, w->rows->cells[a][w->column], w->rows->cells[b][w->column]);

	if (order == 0)
		order = a < b ? -1 : a > b;
	return w->descending ? -order : order;
}

static enum zd_rc
sort_rows(struct zd_cx *cx, const struct db_list_query *query, struct walk *w)
{
	const struct db_sort *sort = query->sort ? query->sort : query->list->sorts;

	w->column = column_of(query->list, sort->sql);
	if (w->column < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "list %s: no column is %s", query->list->name,
			       sort->sql);
	w->type = sort->type;
	w->descending = sort->descending;
	qsort_r(w->order, w->n, sizeof(*w->order), by_sort, w);
	return ZD_OK;
}

/* Where the page begins: behind the row that `after`, its id, names. */
static enum zd_rc
find_start(struct zd_cx *cx, const struct walk *w, struct zd_str after, size_t *ret)
{
	int64_t id = 0;

	*ret = 0;
	if (!after.p)
		return ZD_OK;
	if (zd_int_parse(after, &id))
		for (size_t i = 0; i < w->n; i++)
			if ((int64_t)w->order[i] + 1 == id) {
				*ret = i + 1;
				return ZD_OK;
			}
	return zd_fail(cx, ZD_INVALID, "after", "翻页位置已失效，请回到第一页重新查看");
}

enum zd_rc
list_rows_run(struct zd_cx *cx, const struct page_rows *rows, const struct db_list_query *query,
	      db_list_row_fn *row, void *arg)
{
	struct walk w = { .rows = rows, .order = zd_new_array(cx->arena, size_t, rows->n + 1) };
	size_t from;

	for (size_t i = 0; i < query->n_values; i++)
		ZD_TRY(check_filter(cx, query->list, &query->values[i]));
	for (size_t i = 0; i < rows->n; i++)
		if (fits_all(query, rows->cells[i]))
			w.order[w.n++] = i;
	ZD_TRY(sort_rows(cx, query, &w));
	ZD_TRY(find_start(cx, &w, query->after, &from));
	size_t most = query->limit > 0 ? (size_t)query->limit : w.n;
	for (size_t i = from; i < w.n && i - from < most; i++) {
		int64_t id = (int64_t)w.order[i] + 1;
		const struct db_list_row given = { .id = id,
						   .cells = rows->cells[w.order[i]],
						   .key = zd_str_printf(cx->arena, "%lld",
									(long long)id) };
		ZD_TRY(row(cx, &given, arg));
	}
	return ZD_OK;
}
