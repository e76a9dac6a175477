/* The text of a list's statement, in both dialects, and the statements that a connection keeps. */
#include "db/list_sql.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 32768
#define VALUE_MAX 200 /* bytes of a filter's value */
#define GRAMS_MAX 8
#define KEPT 64 /* statements a connection keeps */

void
list_put(struct list_sql *sql, const char *text)
{
	zd_out_write(&sql->text[DB_SQLITE], zd_str_of(text));
	zd_out_write(&sql->text[DB_POSTGRES], zd_str_of(text));
}

void
list_bind(struct list_sql *sql, enum db_type type, const struct db_value *value)
{
	size_t i = sql->n_in;

	if (i == LIST_MAX_IN) {
		sql->full = true;
		return;
	}
	sql->n_in++;
	sql->values[i] = *value;
	sql->in[i] = (struct db_field){ .name = "filter",
					.type = type,
					.offset = (unsigned)(i * sizeof(union list_slot)) };
	zd_out_printf(&sql->text[DB_SQLITE], "?%zu", sql->n_in);
	zd_out_printf(&sql->text[DB_POSTGRES], "$%zu", sql->n_in);
}

void
list_bind_int(struct list_sql *sql, int64_t v)
{
	list_bind(sql, DB_INT, &(struct db_value){ .number = v });
}

void
list_bind_text(struct list_sql *sql, struct zd_str text)
{
	list_bind(sql, DB_TEXT, &(struct db_value){ .text = text });
}

void
list_sql_drop(struct list_sql *sql)
{
	zd_out_drop(&sql->text[DB_SQLITE]);
	zd_out_drop(&sql->text[DB_POSTGRES]);
}

/* --- filters ------------------------------------------------------------------------------ */

static enum zd_rc
parse_real(struct zd_cx *cx, const struct db_filter *filter, struct zd_str text,
	   struct db_value *ret)
{
	char buf[64], *end;

	if (text.n >= sizeof(buf))
		return zd_fail(cx, ZD_INVALID, filter->name, "“%s”应填数字", filter->title);
	memcpy(buf, text.p, text.n);
	buf[text.n] = 0;
	ret->real = strtod(buf, &end);
	if (end == buf || *end || !isfinite(ret->real))
		return zd_fail(cx, ZD_INVALID, filter->name, "“%s”应填数字", filter->title);
	return ZD_OK;
}

static enum zd_rc
parse_value(struct zd_cx *cx, const struct db_filter *filter, struct zd_str text,
	    struct db_value *ret)
{
	int32_t day;

	*ret = (struct db_value){ .text = text };
	switch (filter->type) {
	case DB_INT:
	case DB_ENUM:
		if (!zd_int_parse(text, &ret->number) || ret->number == ZD_NO_INT)
			return zd_fail(cx, ZD_INVALID, filter->name, "“%s”应填整数", filter->title);
		return ZD_OK;
	case DB_DAY:
	case DB_TIME:
		if (!zd_day_parse(text, &day))
			return zd_fail(cx, ZD_INVALID, filter->name,
				       "“%s”应填日期，例如 2026-03-02", filter->title);
		ret->number = day;
		return ZD_OK;
	case DB_REAL: return parse_real(cx, filter, text, ret);
	case DB_TEXT:
	case DB_BLOB: return ZD_OK;
	}
	return ZD_OK;
}

#define DAY_MS ((int64_t)86400000)
#define SHANGHAI_MS ((int64_t)8 * 3600000)

/* The instants of a day are from its midnight to just before the next. */
static void
put_times(struct list_sql *sql, const struct db_filter *filter, int64_t day)
{
	int64_t from = day * DAY_MS - SHANGHAI_MS;

	if (filter->op != DB_LE) {
		list_put(sql, " and ");
		list_put(sql, filter->sql);
		list_put(sql, " >= ");
		list_bind_int(sql, from);
	}
	if (filter->op != DB_GE) {
		list_put(sql, " and ");
		list_put(sql, filter->sql);
		list_put(sql, " < ");
		list_bind_int(sql, from + DAY_MS);
	}
}

static void
put_compare(struct list_sql *sql, const struct db_filter *filter, const struct db_value *value)
{
	static const char *const signs[] = { [DB_EQ] = " = ", [DB_GE] = " >= ", [DB_LE] = " <= " };

	if (filter->type == DB_TIME) {
		put_times(sql, filter, value->number);
		return;
	}
	list_put(sql, " and ");
	list_put(sql, filter->sql);
	list_put(sql, signs[filter->op]);
	/* A whole number may be outside of an enum's range: it is compared as it is. */
	list_bind(sql, filter->type == DB_TEXT || filter->type == DB_REAL ? filter->type : DB_INT,
		  value);
}

/* Between a text and its successor, which has a name so that a token's may use it too. */
static void
put_prefix(struct list_sql *sql, const char *column, struct zd_str value)
{
	struct zd_str above = list_successor(sql->cx->arena, value);

	list_put(sql, column);
	list_put(sql, " >= ");
	list_bind_text(sql, value);
	if (!above.p)
		return;
	list_put(sql, " and ");
	list_put(sql, column);
	list_put(sql, " < ");
	list_bind_text(sql, above);
}

static struct zd_str
lower(struct zd_arena *arena, struct zd_str s)
{
	char *p = zd_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + ('a' - 'A')) : s.p[i];
	return (struct zd_str){ p, s.n };
}

static struct zd_str
upper(struct zd_arena *arena, struct zd_str s)
{
	char *p = zd_alloc(arena, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - ('a' - 'A')) : s.p[i];
	return (struct zd_str){ p, s.n };
}

static void
put_contains(struct list_sql *sql, const struct db_filter *filter, struct zd_str value)
{
	/* lower() of the collation C is of ASCII alone, as SQLite's is. */
	zd_out_printf(&sql->text[DB_SQLITE], " and instr(lower(%s), ", filter->sql);
	zd_out_printf(&sql->text[DB_POSTGRES], " and strpos(lower(%s collate \"C\"), ",
		      filter->sql);
	list_bind_text(sql, lower(sql->cx->arena, value));
	list_put(sql, ") > 0");
}

static void
put_gram(struct list_sql *sql, const struct db_filter *filter, const struct list_gram *gram,
	 int64_t dept)
{
	list_put(sql, " and ");
	list_put(sql, filter->sql);
	list_put(sql, " in (select id from ");
	list_put(sql, filter->tokens);
	list_put(sql, " where ");
	if (filter->tokens_by_dept && dept != ZD_NO_INT) {
		list_put(sql, "dept_id = ");
		list_bind_int(sql, dept);
		list_put(sql, " and ");
	}
	if (gram->prefix) {
		put_prefix(sql, "token", gram->text);
	} else {
		list_put(sql, "token = ");
		list_bind_text(sql, gram->text);
	}
	list_put(sql, ")");
}

static enum zd_rc
put_tokens(struct zd_cx *cx, struct list_sql *sql, const struct db_filter *filter,
	   struct zd_str value, int64_t dept)
{
	struct list_gram *grams;
	size_t n;

	list_grams(cx->arena, value, &grams, &n);
	if (n == 0)
		return zd_fail(cx, ZD_INVALID, filter->name, "“%s”应填汉字、字母或数字",
			       filter->title);
	for (size_t i = 0; i < n && i < GRAMS_MAX; i++)
		put_gram(sql, filter, &grams[i], dept);
	return ZD_OK;
}

enum zd_rc
list_put_filter(struct zd_cx *cx, struct list_sql *sql, const struct db_list_query *query,
		const struct db_list_value *value)
{
	const struct db_filter *filter = value->filter;
	struct zd_str text = zd_str_trim(value->text);
	struct db_value parsed;

	if (text.n == 0)
		return ZD_OK;
	if (text.n > VALUE_MAX)
		return zd_fail(cx, ZD_INVALID, filter->name, "“%s”太长，最多 %d 字节",
			       filter->title, VALUE_MAX);
	if (filter->capitals)
		text = upper(sql->cx->arena, text);
	ZD_TRY(parse_value(cx, filter, text, &parsed));
	switch (filter->op) {
	case DB_EQ:
	case DB_GE:
	case DB_LE: put_compare(sql, filter, &parsed); return ZD_OK;
	case DB_PREFIX:
		list_put(sql, " and ");
		put_prefix(sql, filter->sql, text);
		return ZD_OK;
	case DB_CONTAINS: put_contains(sql, filter, text); return ZD_OK;
	case DB_TOKEN: return put_tokens(cx, sql, filter, text, query->scope_dept);
	}
	return ZD_OK;
}

/* --- the statement ------------------------------------------------------------------------ */

static void
put_columns(struct list_sql *sql, const struct db_list_query *query)
{
	list_put(sql, "select ");
	list_put(sql, query->list->id);
	list_put(sql, ", ");
	list_put(sql, query->sort->sql);
	for (const struct db_column *c = query->list->columns; c->name; c++) {
		list_put(sql, ", ");
		list_put(sql, c->sql);
	}
	list_put(sql, " from ");
	list_put(sql, query->list->from);
}

static void
put_after(struct list_sql *sql, const struct db_list_query *query, const struct list_key *after,
	  enum list_part part)
{
	const struct db_sort *sort = query->sort;
	const char *sign = sort->descending ? " < " : " > ";

	if (sort->null) {
		list_put(sql, " and ");
		list_put(sql, sort->sql);
		list_put(sql, part == LIST_NULLS ? " is null" : " is not null");
	}
	if (!after->given || (part == LIST_NULLS && !after->sort.null))
		return;
	list_put(sql, " and ");
	if (part == LIST_NULLS) {
		list_put(sql, query->list->id);
		list_put(sql, sign);
		list_bind_int(sql, after->id);
		return;
	}
	list_put(sql, "(");
	list_put(sql, sort->sql);
	list_put(sql, ", ");
	list_put(sql, query->list->id);
	list_put(sql, ")");
	list_put(sql, sign);
	list_put(sql, "(");
	list_bind(sql, sort->type, &after->sort);
	list_put(sql, ", ");
	list_bind_int(sql, after->id);
	list_put(sql, ")");
}

static void
put_order(struct list_sql *sql, const struct db_list_query *query, enum list_part part, int limit)
{
	const char *down = query->sort->descending ? " desc" : "";

	list_put(sql, " order by ");
	if (part == LIST_VALUES) {
		list_put(sql, query->sort->sql);
		list_put(sql, down);
		list_put(sql, ", ");
	}
	list_put(sql, query->list->id);
	list_put(sql, down);
	for (int d = 0; d < 2; d++) /* in the text, so that the planner knows it */
		zd_out_printf(&sql->text[d], " limit %d", limit);
}

enum zd_rc
list_build(struct zd_cx *cx, struct list_sql *sql, const struct db_list_query *query,
	   const struct list_key *after, enum list_part part, int limit)
{
	const struct db_list *list = query->list;

	sql->cx = cx;
	sql->text[DB_SQLITE].max = sql->text[DB_POSTGRES].max = TEXT_MAX;
	put_columns(sql, query);
	list_put(sql, " where ");
	list_put(sql, list->where ? list->where : "1 = 1");
	if (list->scope && query->scope_dept != ZD_NO_INT) {
		list_put(sql, " and ");
		list_put(sql, list->scope);
		list_put(sql, " = ");
		list_bind_int(sql, query->scope_dept);
	}
	for (size_t i = 0; i < query->n_values; i++)
		ZD_TRY(list_put_filter(cx, sql, query, &query->values[i]));
	put_after(sql, query, after, part);
	put_order(sql, query, part, limit);
	if (sql->full || sql->text[DB_SQLITE].failed || sql->text[DB_POSTGRES].failed)
		return zd_fail(cx, ZD_INVALID, NULL, "筛选条件太多，请减少几个后重试");
	return ZD_OK;
}

/* --- statements kept ---------------------------------------------------------------------- */

struct kept {
	struct db_stmt stmt; /* its address is its name to the driver */
	const struct db_list *list;
	char *sqlite, *postgres;
	struct db_field *in, *out;
	int users; /* runs under way: a callback may run lists too */
	uint64_t used;
};

struct db_list_cache {
	struct kept *kept[KEPT];
	size_t n;
	uint64_t clock;
};

static char *
copy_text(const struct zd_out *out)
{
	char *z = strndup(zd_out_str(out).p, out->n);

	if (!z)
		abort();
	return z;
}

static struct db_field *
out_fields(const struct db_list_query *query)
{
	size_t n = 2;

	for (const struct db_column *c = query->list->columns; c->name; c++)
		n++;
	struct db_field *out = calloc(n + 1, sizeof(*out));
	if (!out)
		abort();
	out[0] = (struct db_field){ .name = query->list->id, .type = DB_INT };
	out[1] = (struct db_field){ .name = query->sort->name,
				    .type = query->sort->type,
				    .null = query->sort->null };
	for (size_t i = 2; i < n; i++)
		out[i] = (struct db_field){ .name = query->list->columns[i - 2].name,
					    .type = query->list->columns[i - 2].type,
					    .null = true };
	for (size_t i = 0; i < n; i++)
		out[i].offset = (unsigned)(i * sizeof(union list_slot));
	return out;
}

static struct kept *
kept_new(const struct db_list_query *query, const struct list_sql *sql)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->list = query->list;
	k->sqlite = copy_text(&sql->text[DB_SQLITE]);
	k->postgres = copy_text(&sql->text[DB_POSTGRES]);
	k->in = calloc(sql->n_in + 1, sizeof(*k->in));
	if (!k->in)
		abort();
	memcpy(k->in, sql->in, sql->n_in * sizeof(*k->in));
	k->out = out_fields(query);
	k->stmt =
		(struct db_stmt){ .name = query->list->name,
				  .sqlite = k->sqlite,
				  .postgres = k->postgres,
				  .in = k->in,
				  .out = k->out,
				  .in_size = sql->n_in * sizeof(union list_slot),
				  .out_size = (db_count_fields(k->out)) * sizeof(union list_slot) };
	return k;
}

static void
kept_free(struct kept *k)
{
	free(k->sqlite);
	free(k->postgres);
	free(k->in);
	free(k->out);
	free(k);
}

static bool
is_same(const struct kept *k, const struct db_list_query *query, const struct list_sql *sql)
{
	if (k->list != query->list || db_count_fields(k->in) != sql->n_in ||
	    !zd_str_equal(zd_str_of(k->sqlite), zd_out_str(&sql->text[DB_SQLITE])))
		return false;
	for (size_t i = 0; i < sql->n_in; i++)
		if (k->in[i].type != sql->in[i].type)
			return false;
	return k->out[1].type == query->sort->type;
}

/* A place in the cache: a new one, or that of the statement used longest ago and not now. */
static size_t
find_place(struct db *db, struct db_list_cache *cache)
{
	size_t oldest = KEPT;

	if (cache->n < KEPT)
		return cache->n++;
	for (size_t i = 0; i < KEPT; i++)
		if (!cache->kept[i]->users &&
		    (oldest == KEPT || cache->kept[i]->used < cache->kept[oldest]->used))
			oldest = i;
	if (oldest == KEPT)
		abort(); /* KEPT lists inside each other's callbacks */
	db->driver->forget(db, &cache->kept[oldest]->stmt);
	kept_free(cache->kept[oldest]);
	return oldest;
}

const struct db_stmt *
list_stmt_take(struct db *db, const struct db_list_query *query, const struct list_sql *sql)
{
	struct kept *k = NULL;

	if (!db->lists)
		db->lists = calloc(1, sizeof(*db->lists));
	if (!db->lists)
		abort();
	for (size_t i = 0; i < db->lists->n && !k; i++)
		if (is_same(db->lists->kept[i], query, sql))
			k = db->lists->kept[i];
	if (!k) {
		k = kept_new(query, sql);
		db->lists->kept[find_place(db, db->lists)] = k;
	}
	k->users++;
	k->used = ++db->lists->clock;
	return &k->stmt;
}

void
list_stmt_give(struct db *db, const struct db_stmt *stmt)
{
	for (size_t i = 0; i < db->lists->n; i++)
		if (&db->lists->kept[i]->stmt == stmt)
			db->lists->kept[i]->users--;
}

void
db_lists_free(struct db *db)
{
	if (!db->lists)
		return;
	for (size_t i = 0; i < db->lists->n; i++)
		kept_free(db->lists->kept[i]);
	free(db->lists);
	db->lists = NULL;
}
