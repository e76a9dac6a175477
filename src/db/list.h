#ifndef ZD_DB_LIST_H
#define ZD_DB_LIST_H

#include "db/db.h"

/*
 * The one builder of SQL at run time: lists with filters, a sort and pages by key.
 *
 * A list is a constant declaration. Every name in it is written by us; a request only chooses among
 * them and gives values, which are bound. Paging is by the last row's sort values, never by OFFSET;
 * there is no count(*).
 */
enum db_op {
	DB_EQ,       /* column = value */
	DB_GE,       /* column >= value */
	DB_LE,       /* column <= value */
	DB_PREFIX,   /* text: column >= value and column < value's successor (uses the index) */
	DB_CONTAINS, /* text: like '%value%', wildcards escaped; only with another selective filter
			or a small table */
	DB_TOKEN     /* word search in a table of tokens: see tokens below */
};

struct db_column {
	const char *name;  /* in results, requests and exports */
	const char *title; /* Chinese */
	const char *sql;   /* "r.check_date"; a column or expression of `from` */
	enum db_type type;
	int data_class; /* 1..4: shown only to actors whose level reaches it, else masked (0 counts
			   as 1) */
	bool hidden;    /* fetched (links need it) but not offered as a column */
};

struct db_filter {
	const char *name, *title;
	const char *sql;   /* the column; for DB_TOKEN what the table's ids are of ("r.id") */
	enum db_type type; /* DB_TIME: values are days, in Shanghai */
	enum db_op op;
	const char
		*tokens; /* DB_TOKEN: the table (token @TEXT, id @I64, primary key (token, id)) */
	bool capitals;   /* the column is in capitals: what is sent is turned to them */
	bool tokens_by_dept; /* the table has dept_id too, first in its key: bound to the query's
				department */
};

struct db_sort {
	const char *name, *title;
	const char *sql; /* the leading sort column; the list's id breaks ties */
	enum db_type type;
	bool descending;
	bool null; /* may be NULL: those rows come last, either way. Undeclared, a NULL is
		      ZD_FAILED. */
	const char *
		index; /* the index that serves it, plain (sql, id); a test EXPLAINs that it does */
};

struct db_list {
	const char *name;
	const char *from;  /* "action_check r left join subject s on ..." */
	const char *where; /* constant condition, or NULL */
	const char *id;    /* "r.id": unique, the tie-breaker */
	const char *scope; /* "r.dept_id": bound to the actor's department unless he sees all; NULL:
			      open to all */
	const struct db_column *columns; /* end at a NULL name */
	const struct db_filter *filters;
	const struct db_sort *sorts; /* the first is the default */
	const char *large; /* the table that is large, for the EXPLAIN test; NULL: small list */
};

struct db_list_value {
	const struct db_filter *filter;
	struct zd_str text; /* as sent; parsed by the filter's type, ZD_INVALID names the filter;
			       empty: not asked */
};

struct db_list_query {
	const struct db_list *list;
	const struct db_sort *sort; /* NULL: the first */
	struct db_list_value values[16];
	size_t n_values;
	int64_t scope_dept;  /* ZD_NO_INT: all departments */
	struct zd_str after; /* opaque key of the last row of the page before; absent: first page */
	int limit;           /* 1..200; exports stream with 0 */
};

/*
 * One row: the texts of all columns in order, numbers, days and times (Shanghai) formatted, absent
 * for NULL. Texts live in the cx's arena; with limit 0 only until the callback returns.
 */
struct db_list_row {
	int64_t id;
	const struct zd_str *cells;
	struct zd_str key; /* pass as `after` for what follows this row */
};

typedef enum zd_rc db_list_row_fn(struct zd_cx *cx, const struct db_list_row *row, void *arg);

/* Sorts, filters and pages are checked against the declaration: ZD_INVALID names what is not in it.
 */
enum zd_rc db_list_run(struct zd_cx *cx, struct db *db, const struct db_list_query *query,
		       db_list_row_fn *row, void *arg) ZD_CHECKED;
/* The plan, for the test that no list scans its large table. */
enum zd_rc db_list_explain(struct zd_cx *cx, struct db *db, const struct db_list_query *query,
			   struct zd_str *ret) ZD_CHECKED;
/* What the database would do now, planner settings untouched (db_plan). */
enum zd_rc db_list_plan(struct zd_cx *cx, struct db *db, const struct db_list_query *query,
			struct zd_str *ret) ZD_CHECKED;

/*
 * The tokens of a text for a token table, each once: pairs of neighbouring Chinese characters,
 * threes of letters and digits in lower case, and what is left at the end of each run. Full-width
 * forms count as ASCII; all else divides runs.
 */
void db_tokens(struct zd_arena *arena, struct zd_str text, struct zd_str **ret, size_t *ret_n);

const struct db_filter *db_list_filter(const struct db_list *list,
				       struct zd_str name);                         /* or NULL */
const struct db_sort *db_list_sort(const struct db_list *list, struct zd_str name); /* or NULL */

#endif
