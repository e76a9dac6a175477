/*
 * Lists: reads what a request asks of a declared list, and fetches one page of it. Whatever is not
 * declared, or may not be seen, does not exist: neither as a column, nor to filter or to sort by.
 */
#include "page/list.h"

#include "page/frame.h"
#include "trust/trust.h"

#define DEFAULT_LIMIT 50
#define MAX_LIMIT 200

static const struct zd_str reserved[] = { ZD_LIT("sort"), ZD_LIT("after"), ZD_LIT("limit"),
					  ZD_LIT("cols"), ZD_LIT("format") };

static bool
same(const char *z, struct zd_str s)
{
	return zd_str_equal(zd_str_of(z), s);
}

/* --- what the reader may see --------------------------------------------------------------- */

static int
reader_level(const struct zd_cx *cx, const struct http_request *req)
{
	if (req->route && req->route->policy.access == HTTP_PUBLIC)
		return 1;
	if (cx->actor.id == 0 && cx->actor.roles == 0)
		return 4;
	return cx->actor.level;
}

static bool
may_see(const struct list_view *view, const struct db_column *column)
{
	return column->data_class <= 1 || column->data_class <= view->level;
}

/* A masked column must not be guessed by filtering or sorting. */
static bool
may_use(const struct list_view *view, const char *sql)
{
	for (const struct db_column *c = view->spec->list->columns; c->name; c++)
		if (!may_see(view, c) && strcmp(c->sql, sql) == 0)
			return false;
	return true;
}

struct zd_str
list_mask(const struct list_view *view, size_t column, struct zd_str value)
{
	const struct db_column *db = view->columns[column].db;
	struct zd_cx reader = { .arena = view->cx->arena,
				.actor = { .id = -1, .level = view->level } };

	return may_see(view, db) ? value : trust_mask(&reader, db->data_class, value);
}

/* --- columns ------------------------------------------------------------------------------- */

static enum page_as
as_of_type(enum db_type type)
{
	switch (type) {
	case DB_INT:
	case DB_REAL: return PAGE_AS_NUMBER;
	case DB_DAY: return PAGE_AS_DAY;
	case DB_TIME: return PAGE_AS_TIME;
	case DB_ENUM: return PAGE_AS_NAME;
	case DB_TEXT:
	case DB_BLOB: return PAGE_AS_TEXT;
	}
	return PAGE_AS_TEXT;
}

static void
dress_column(struct list_column *column, const struct page_column *page)
{
	column->as = as_of_type(column->db->type);
	column->shown = !column->db->hidden;
	for (; page && page->name; page++) {
		if (strcmp(page->name, column->db->name) != 0)
			continue;
		column->as = page->as;
		column->choices = page->choices;
		column->href = page->href;
		column->spec = page;
		column->strong = page->strong;
		column->shown = !page->extra && !column->db->hidden;
	}
}

static void
fill_columns(struct list_view *view)
{
	for (const struct db_column *c = view->spec->list->columns;
	     c->name && view->n_columns < LIST_MAX_COLUMNS; c++) {
		struct list_column *column = &view->columns[view->n_columns++];
		column->db = c;
		dress_column(column, view->spec->columns);
	}
}

static struct list_column *
find_column(struct list_view *view, struct zd_str name)
{
	for (size_t i = 0; i < view->n_columns; i++)
		if (!view->columns[i].db->hidden && same(view->columns[i].db->name, name))
			return &view->columns[i];
	return NULL;
}

static enum zd_rc
choose_columns(struct zd_cx *cx, struct list_view *view, struct zd_str names)
{
	if (!names.p)
		return ZD_OK;
	for (size_t i = 0; i < view->n_columns; i++)
		view->columns[i].shown = false;
	for (size_t i = 0; i <= names.n;) {
		size_t end = i;
		while (end < names.n && names.p[end] != ',')
			end++;
		struct zd_str name = { names.p + i, end - i };
		struct list_column *column = find_column(view, name);
		if (!column)
			return zd_fail(cx, ZD_INVALID, "cols", "没有名为「%.*s」的列",
				       (int)(name.n > 40 ? 40 : name.n), name.p);
		column->shown = true;
		i = end + 1;
	}
	return ZD_OK;
}

/* --- filters ------------------------------------------------------------------------------- */

static bool
is_fixed(const struct page_list *spec, const struct db_filter *filter)
{
	for (size_t i = 0; i < spec->n_fixed; i++)
		if (spec->fixed[i].filter == filter)
			return true;
	return false;
}

static void
dress_filter(struct list_filter *filter, const struct page_filter *page)
{
	for (; page && page->name; page++) {
		if (strcmp(page->name, filter->db->name) != 0)
			continue;
		filter->choices = page->choices;
		filter->hint = zd_str_of(page->hint);
		filter->extra = page->extra;
	}
}

/* 检查日期起 and 检查日期止 are 检查日期. */
static struct zd_str
common_title(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	while (n && ((unsigned char)a[n] & 0xC0) == 0x80)
		n--;
	return n ? (struct zd_str){ a, n } : zd_str_of(a);
}

static void
fill_filters(struct list_view *view)
{
	for (const struct db_filter *f = view->spec->list->filters;
	     f && f->name && view->n_filters < LIST_MAX_FILTERS; f++) {
		if (is_fixed(view->spec, f) || !may_use(view, f->sql))
			continue;
		struct list_filter *filter = &view->filters[view->n_filters++];
		filter->db = f;
		dress_filter(filter, view->spec->filters);
		const struct db_filter *next = f + 1;
		if (f->op == DB_GE && next->name && next->op == DB_LE &&
		    strcmp(f->sql, next->sql) == 0)
			filter->legend = common_title(f->title, next->title);
	}
}

static struct list_filter *
find_filter(struct list_view *view, struct zd_str name)
{
	for (size_t i = 0; i < view->n_filters; i++)
		if (same(view->filters[i].db->name, name))
			return &view->filters[i];
	return NULL;
}

static bool
is_reserved(struct zd_str name)
{
	for (size_t i = 0; i < ZD_COUNT(reserved); i++)
		if (zd_str_equal(name, reserved[i]))
			return true;
	return false;
}

static enum zd_rc
unknown_filter(struct zd_cx *cx, const struct list_view *view, struct zd_str name)
{
	struct zd_str names[LIST_MAX_FILTERS];

	for (size_t i = 0; i < view->n_filters; i++)
		names[i] = zd_str_of(view->filters[i].db->name);
	struct zd_str all = zd_str_join(cx->arena, names, view->n_filters, ZD_STR("、"));
	return zd_fail(cx, ZD_INVALID, NULL, "没有名为「%.*s」的筛选条件；可用的是：%.*s",
		       (int)(name.n > 40 ? 40 : name.n), name.p, (int)(all.n > 240 ? 240 : all.n),
		       all.n ? all.p : "（无）");
}

static enum zd_rc
choose_filters(struct zd_cx *cx, struct list_view *view)
{
	for (size_t i = 0; i < view->spec->n_fixed; i++)
		view->ask.values[view->ask.n_values++] = view->spec->fixed[i];
	for (size_t i = 0; i < view->query.n; i++) {
		const struct query_param *param = &view->query.params[i];
		if (is_reserved(param->name))
			continue;
		struct list_filter *filter = find_filter(view, param->name);
		if (!filter)
			return unknown_filter(cx, view, param->name);
		if (view->ask.n_values == ZD_COUNT(view->ask.values))
			return zd_fail(cx, ZD_INVALID, NULL, "筛选条件太多，请减少几个");
		filter->value = param->value;
		view->n_chosen++;
		ZD_TRY(list_check_choice(cx, view, filter));
		view->ask.values[view->ask.n_values++] =
			(struct db_list_value){ filter->db, param->value };
	}
	return ZD_OK;
}

/* --- sort, limit ----------------------------------------------------------------------------- */

static enum zd_rc
choose_sort(struct zd_cx *cx, struct list_view *view, struct zd_str name)
{
	const struct db_sort *sort = view->spec->list->sorts;

	if (name.p) {
		sort = db_list_sort(view->spec->list, name);
		if (!sort || !may_use(view, sort->sql))
			return zd_fail(cx, ZD_INVALID, "sort", "不能按「%.*s」排序",
				       (int)(name.n > 40 ? 40 : name.n), name.p);
	}
	view->ask.sort = sort;
	return ZD_OK;
}

/* A heading leads to the next sort by its column: the other direction if the list has one. */
static void
link_headings(struct list_view *view)
{
	for (size_t i = 0; i < view->n_columns; i++) {
		struct list_column *column = &view->columns[i];
		for (const struct db_sort *s = view->spec->list->sorts; s && s->name; s++) {
			if (strcmp(s->sql, column->db->sql) != 0 || !may_use(view, s->sql))
				continue;
			if (s == view->ask.sort)
				column->sorted_by = s;
			else if (!column->sort)
				column->sort = s;
		}
	}
}

static enum zd_rc
choose_limit(struct zd_cx *cx, struct list_view *view, struct zd_str text)
{
	int64_t n = DEFAULT_LIMIT;

	if (text.p && (!zd_int_parse(text, &n) || n < 1 || n > MAX_LIMIT))
		return zd_fail(cx, ZD_INVALID, "limit", "每页条数应为 1 到 %d 的整数", MAX_LIMIT);
	view->limit = (int)n;
	return ZD_OK;
}

static enum zd_rc
choose_format(struct zd_cx *cx, struct list_view *view, struct zd_str text)
{
	if (text.p && !zd_str_equal(text, ZD_STR("csv")) && !zd_str_equal(text, ZD_STR("xlsx")))
		return zd_fail(cx, ZD_INVALID, "format", "导出格式只有 csv 和 xlsx");
	view->format = text;
	return ZD_OK;
}

enum zd_rc
list_read(struct zd_cx *cx, const struct http_request *req, const struct page_list *spec,
	  struct list_view *ret)
{
	*ret = (struct list_view){
		.spec = spec, .req = req, .cx = cx, .level = reader_level(cx, req)
	};
	ret->ask = (struct db_list_query){ .list = spec->list,
					   .sort = spec->list->sorts,
					   .scope_dept = trust_scope(&cx->actor) };
	ret->limit = DEFAULT_LIMIT;
	fill_columns(ret);
	fill_filters(ret);
	ZD_TRY(query_parse(cx, req->query, &ret->query));
	ZD_TRY(choose_filters(cx, ret));
	ZD_TRY(choose_sort(cx, ret, query_get(&ret->query, ZD_STR("sort"))));
	ZD_TRY(choose_limit(cx, ret, query_get(&ret->query, ZD_STR("limit"))));
	ZD_TRY(choose_columns(cx, ret, query_get(&ret->query, ZD_STR("cols"))));
	ZD_TRY(choose_format(cx, ret, query_get(&ret->query, ZD_STR("format"))));
	ret->ask.after = query_get(&ret->query, ZD_STR("after"));
	link_headings(ret);
	return ZD_OK;
}

/* --- fetching ------------------------------------------------------------------------------ */

static enum zd_rc
keep_row(struct zd_cx *cx, const struct db_list_row *row, void *arg)
{
	struct list_view *view = arg;

	if (view->n_rows == (size_t)view->limit) {
		view->more = true;
		return ZD_OK;
	}
	struct list_row *kept = &view->rows[view->n_rows++];
	kept->id = row->id;
	kept->key = zd_str_copy(cx->arena, row->key);
	kept->cells = zd_new_array(cx->arena, struct zd_str, view->n_columns);
	for (size_t i = 0; i < view->n_columns; i++)
		if (row->cells[i].p)
			kept->cells[i] = list_mask(view, i, zd_str_copy(cx->arena, row->cells[i]));
	for (size_t i = 0; i < view->n_columns; i++) {
		const struct page_column *spec = view->columns[i].spec;
		if (spec && spec->text && !spec->put)
			kept->cells[i] = spec->text(cx, kept->cells[i], view->spec->arg);
	}
	return ZD_OK;
}

enum zd_rc
list_run(struct zd_cx *cx, struct db *db, const struct list_view *view, db_list_row_fn *row,
	 void *arg)
{
	return view->spec->rows ? list_rows_run(cx, view->spec->rows, &view->ask, row, arg)
				: db_list_run(cx, db, &view->ask, row, arg);
}

/* One row more than shown tells whether a page follows. */
enum zd_rc
list_fetch(struct zd_cx *cx, struct db *db, struct list_view *view)
{
	view->rows = zd_new_array(cx->arena, struct list_row, (size_t)view->limit);
	view->ask.limit = view->limit + 1;
	return list_run(cx, db, view, keep_row, view);
}

/* --- links --------------------------------------------------------------------------------- */

static struct query
first_page(const struct list_view *view)
{
	struct query query = query_with(&view->query, ZD_STR("after"), (struct zd_str){ 0 });

	return query_with(&query, ZD_STR("format"), (struct zd_str){ 0 });
}

struct zd_str
list_link(const struct list_view *view, const char *name, struct zd_str value)
{
	struct query query = first_page(view);

	query = query_with(&query, zd_str_of(name), value);
	return query_format(view->cx->arena, &query);
}

struct zd_str
list_link_limit(const struct list_view *view, int limit)
{
	return list_link(view, "limit", zd_str_printf(view->cx->arena, "%d", limit));
}

struct zd_str
list_link_after(const struct list_view *view, struct zd_str after)
{
	struct query query = first_page(view);

	query = query_with(&query, ZD_STR("after"), after);
	return query_format(view->cx->arena, &query);
}

struct zd_str
list_link_column(const struct list_view *view, size_t column)
{
	struct zd_str names[LIST_MAX_COLUMNS];
	size_t n = 0;

	for (size_t i = 0; i < view->n_columns; i++)
		if (view->columns[i].shown != (i == column))
			names[n++] = zd_str_of(view->columns[i].db->name);
	return list_link(view, "cols",
			 n ? zd_str_join(view->cx->arena, names, n, ZD_STR(","))
			   : (struct zd_str){ 0 });
}

struct zd_str
list_link_clear(const struct list_view *view)
{
	struct query query = first_page(view), kept = { 0 };

	for (size_t i = 0; i < query.n; i++)
		if (is_reserved(query.params[i].name))
			kept.params[kept.n++] = query.params[i];
	return query_format(view->cx->arena, &kept);
}

static void
put_named(struct zd_out *out, const struct list_view *view, const struct list_row *row,
	  struct zd_str name)
{
	if (zd_str_equal(name, ZD_STR("id"))) {
		zd_out_int(out, row->id);
		return;
	}
	for (size_t i = 0; i < view->n_columns; i++)
		if (same(view->columns[i].db->name, name))
			zd_out_url(out, row->cells[i]);
}

struct zd_str
list_href(const struct list_view *view, const char *pattern, const struct list_row *row)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };

	if (!pattern)
		return (struct zd_str){ 0 };
	while (*pattern) {
		size_t n = strcspn(pattern, "{");
		zd_out_write(&out, (struct zd_str){ pattern, n });
		pattern += n;
		if (*pattern != '{')
			break;
		n = strcspn(pattern, "}");
		put_named(&out, view, row, (struct zd_str){ pattern + 1, n - 1 });
		pattern += n + (pattern[n] == '}');
	}
	return zd_str_copy(view->cx->arena, zd_out_str(&out));
}

size_t
list_lead(const struct list_view *view)
{
	size_t first = 0;

	for (size_t i = view->n_columns; i-- > 0;) {
		if (!view->columns[i].shown)
			continue;
		if (view->columns[i].strong)
			return i;
		first = i;
	}
	return first;
}

struct zd_str
list_word(const struct list_filter *filter)
{
	const struct page_choice *choice = page_choice_find(filter->choices, filter->value);

	return choice ? choice->name : filter->value;
}

/* --- the route ------------------------------------------------------------------------------ */

/* The sentence stands beside the filter that it is about, too. */
static void
mark_filter(const struct zd_cx *cx, struct list_view *view)
{
	struct list_filter *filter =
		cx->err.field ? find_filter(view, zd_str_of(cx->err.field)) : NULL;

	if (filter)
		filter->error = view->error;
}

/* What does not fit stays on the page, with the sentence on top, so that it can be corrected. */
static enum zd_rc
answer_page(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	    struct list_view *view, enum zd_rc rc)
{
	if (rc == ZD_INVALID) {
		view->error = zd_str_copy(cx->arena, zd_str_of(cx->err.text));
		mark_filter(cx, view);
		rep->status = zd_rc_meaning(rc)->http_status;
		link_headings(view);
	} else if (rc != ZD_OK) {
		return rc;
	}
	page_begin(cx, req, rep, &view->spec->page);
	if (view->spec->above)
		view->spec->above(cx, req, &rep->out, view->spec->arg);
	list_html(&rep->out, view);
	page_end(cx, req, rep, &view->spec->page);
	return ZD_OK;
}

enum zd_rc
page_list(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	  const struct page_list *list)
{
	struct list_view *view = zd_new(cx->arena, struct list_view);
	const struct page_list offered = page_may_list(cx, req, list);
	enum zd_rc rc = list_read(cx, req, &offered, view);

	if (rc == ZD_OK && view->format.p)
		return list_download(cx, req->db, view, rep);
	if (rc == ZD_OK)
		rc = list_fetch(cx, req->db, view);
	if (!req->wants_json)
		return answer_page(cx, req, rep, view, rc);
	list_tell_choices(cx, view, req);
	ZD_TRY(rc);
	list_json(&rep->out, view);
	return ZD_OK;
}
