#ifndef ZD_DB_LIST_SQL_H
#define ZD_DB_LIST_SQL_H

#include "db/db_driver.h"
#include "db/list.h"

/* Between list.c and its parts; for src/db only. */

#define LIST_MAX_IN 256

/* A statement in the making: text for both databases and the parameters bound so far. */
struct list_sql {
	struct zd_cx *cx;
	struct zd_out text[2]; /* by enum db_dialect */
	struct db_field in[LIST_MAX_IN + 1];
	struct db_value values[LIST_MAX_IN];
	size_t n_in;
	bool full; /* more than LIST_MAX_IN parameters */
};

/* Where a page begins: after this sort value and id. */
struct list_key {
	bool given;
	struct db_value sort;
	int64_t id;
};

/* Rows whose sort value is NULL come last, by a statement of their own: an index serves both. */
enum list_part { LIST_VALUES, LIST_NULLS };

void list_put(struct list_sql *sql, const char *text);
void list_bind(struct list_sql *sql, enum db_type type, const struct db_value *value);
void list_bind_int(struct list_sql *sql, int64_t v);
void list_bind_text(struct list_sql *sql, struct zd_str text);

/* `and …` for one filter of the query. */
enum zd_rc list_put_filter(struct zd_cx *cx, struct list_sql *sql,
			   const struct db_list_query *query,
			   const struct db_list_value *value) ZD_CHECKED;

/* The whole statement. */
enum zd_rc list_build(struct zd_cx *cx, struct list_sql *sql, const struct db_list_query *query,
		      const struct list_key *after, enum list_part part, int limit) ZD_CHECKED;
void list_sql_drop(struct list_sql *sql);

/* The least text above all that begin with s; absent if there is none. */
struct zd_str list_successor(struct zd_arena *arena, struct zd_str s);

/* A gram of a query: the token itself, or what the token begins with. */
struct list_gram {
	struct zd_str text;
	bool prefix;
};
void list_grams(struct zd_arena *arena, struct zd_str text, struct list_gram **ret, size_t *ret_n);

/* The row as fetched: id, sort value, then the columns; each in a slot of its own. */
union list_slot {
	int64_t wide;
	int32_t narrow;
	double real;
	struct zd_str text;
};

/* The prepared statement of this text, kept by the connection; give it back with list_stmt_give. */
const struct db_stmt *list_stmt_take(struct db *db, const struct db_list_query *query,
				     const struct list_sql *sql);
void list_stmt_give(struct db *db, const struct db_stmt *stmt);

struct zd_str list_key_format(struct zd_cx *cx, const struct db_list_query *query,
			      enum db_type type, const struct list_key *key);
enum zd_rc list_key_parse(struct zd_cx *cx, const struct db_list_query *query, enum db_type type,
			  struct list_key *ret) ZD_CHECKED;

#endif
