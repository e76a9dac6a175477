#ifndef ZD_PAGE_LIST_H
#define ZD_PAGE_LIST_H

#include <string.h>

#include "page/page.h"
#include "page/query.h"

/* One request for a list: what was asked, what came. Lives in the request's arena. */
#define LIST_MAX_COLUMNS 96
#define LIST_MAX_FILTERS 16

struct list_column {
	const struct db_column *db;
	enum page_as as;
	const struct page_choice *choices;
	const char *href;
	const struct page_column *spec; /* or NULL */
	bool shown, strong;
	const struct db_sort *sort;      /* where its heading leads; NULL: not sortable */
	const struct db_sort *sorted_by; /* the list is sorted by this column now */
};

struct list_filter {
	const struct db_filter *db;
	const struct page_choice *choices;
	struct zd_str hint, value;
	struct zd_str error;  /* what is wrong with the value */
	struct zd_str legend; /* of a pair: this one and the next, from and until */
	bool extra;
};

struct list_row {
	int64_t id;
	struct zd_str *cells; /* as many as columns; masked */
	struct zd_str key;
};

struct list_view {
	const struct page_list *spec;
	const struct http_request *req;
	struct zd_cx *cx;
	int level; /* what the reader may see unmasked */

	struct query query; /* as sent, without what was empty */
	struct db_list_query ask;
	struct zd_str format, error;
	int limit;

	struct list_column columns[LIST_MAX_COLUMNS];
	size_t n_columns;
	struct list_filter filters[LIST_MAX_FILTERS];
	size_t n_filters, n_chosen;
	const struct list_filter *wrong; /* whose value is none of its choices */

	struct list_row *rows;
	size_t n_rows;
	bool more;
};

/* Reads the query string against the list's declaration. ZD_INVALID says what does not exist or
 * fit. */
enum zd_rc list_read(struct zd_cx *cx, const struct http_request *req, const struct page_list *spec,
		     struct list_view *ret) ZD_CHECKED;
/* Fetches one page of rows into the view. */
enum zd_rc list_fetch(struct zd_cx *cx, struct db *db, struct list_view *view) ZD_CHECKED;
/* ZD_INVALID, naming the filter, the value, the choices and the nearest, if the value is none. */
enum zd_rc list_check_choice(struct zd_cx *cx, struct list_view *view,
			     struct list_filter *filter) ZD_CHECKED;
/* The same for programs, into the request's `refused`. */
void list_tell_choices(struct zd_cx *cx, const struct list_view *view, struct http_request *req);
/* The rows of view->ask, wherever they live; as db_list_run. */
enum zd_rc list_run(struct zd_cx *cx, struct db *db, const struct list_view *view,
		    db_list_row_fn *row, void *arg) ZD_CHECKED;
/* As db_list_run over rows in memory (list_rows.c). */
enum zd_rc list_rows_run(struct zd_cx *cx, const struct page_rows *rows,
			 const struct db_list_query *query, db_list_row_fn *row,
			 void *arg) ZD_CHECKED;
struct zd_str list_mask(const struct list_view *view, size_t column, struct zd_str value);
/* The query with one parameter set or (absent value) taken out, back at the first page: "?…". */
struct zd_str list_link(const struct list_view *view, const char *name, struct zd_str value);
struct zd_str list_link_limit(const struct list_view *view, int limit);
struct zd_str list_link_after(const struct list_view *view, struct zd_str after);
struct zd_str list_link_column(const struct list_view *view,
			       size_t column);               /* shown or not, turned */
struct zd_str list_link_clear(const struct list_view *view); /* no filters */
/* "/desk/subjects/{id}" for the row; absent if the pattern is NULL. */
struct zd_str list_href(const struct list_view *view, const char *pattern,
			const struct list_row *row);
size_t list_lead(const struct list_view *view);            /* the shown column that names the row */
struct zd_str list_word(const struct list_filter *filter); /* the chosen value, for people */

void list_json(struct zd_out *out, const struct list_view *view);
/* A file of at most a million rows, named in the reply. */
enum zd_rc list_download(struct zd_cx *cx, struct db *db, struct list_view *view,
			 struct http_reply *rep) ZD_CHECKED;
void list_html(struct zd_out *out, const struct list_view *view);

#endif
