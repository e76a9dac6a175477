#ifndef ZD_DB_DRIVER_H
#define ZD_DB_DRIVER_H

#include "db/db.h"

/*
 * What db.c asks of a driver, and what the drivers share. For src/db only.
 *
 * A driver maps its vendor's errors to enum zd_rc and calls db_break on every failure of the
 * database (not of a callback): a transaction that met one is given up on both databases alike.
 */

/* One run of a statement: where the rows go, and how many rows were changed. */
struct db_run {
	struct zd_arena *arena; /* rows and their texts are made here */
	db_row_fn *row;
	void *arg;
	bool first_only; /* the reader needs no second row */
	int64_t changed; /* set by the driver */
};

struct db_many_run {
	const void *ins;
	size_t n, stride;
	db_many_row_fn *row; /* or NULL */
	void *arg;
};

struct db_driver {
	enum db_dialect dialect;
	void (*close)(struct db *db);
	/* Makes an idle connection usable for `use`, reconnecting if it died. */
	enum zd_rc (*ready)(struct zd_cx *cx, struct db *db, enum db_use use);
	enum zd_rc (*run)(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			  const void *in, struct db_run *run);
	enum zd_rc (*many)(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			   const struct db_many_run *run);
	/* snapshot: all of it sees one state, also when it writes */
	enum zd_rc (*begin)(struct zd_cx *cx, struct db *db, bool snapshot);
	enum zd_rc (*commit)(struct zd_cx *cx, struct db *db);
	void (*rollback)(struct db *db);
	enum zd_rc (*script)(struct zd_cx *cx, struct db *db, const char *sql);
	enum zd_rc (*prepare)(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt);
	enum zd_rc (*explain)(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			      const void *in, struct zd_str *ret);
	enum zd_rc (*plan)(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			   const void *in, struct zd_str *ret);
	void (*forget)(struct db *db, const struct db_stmt *stmt); /* drops what it prepared */
	enum zd_rc (*copy_to)(struct zd_cx *cx, struct db *db, const char *path);
	enum zd_rc (*checkpoint)(struct zd_cx *cx, struct db *db);
	void (*shrink)(struct db *db); /* gives back cached pages; NULL: keeps none */
};

struct db_list_cache;

/* The head of each driver's own connection. */
struct db {
	const struct db_driver *driver;
	enum db_use use;
	bool in_txn, broken; /* broken: a statement of this transaction failed */
	bool piping;         /* inside db_many: no other statement may run */
	const char *txn_file;
	int txn_line;
	int fail_in; /* faults: 0 is never */
	bool failed;
	struct db_pool *pool; /* that it was taken from, or NULL */
	struct db_list_cache *lists;
};

enum zd_rc db_sqlite_open(struct zd_cx *cx, const char *path, struct db **ret) ZD_CHECKED;
enum zd_rc db_postgres_open(struct zd_cx *cx, const char *url, struct db **ret) ZD_CHECKED;

/* As the functions of db.h, but rows are made in the run's arena. */
enum zd_rc db_run_stmt(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
		       struct db_run *run) ZD_CHECKED;

/* The one writer of a SQLite pool: waits its turn instead of polling the file's lock. */
enum zd_rc db_pool_begin_write(struct zd_cx *cx, struct db_pool *pool) ZD_CHECKED;
void db_pool_end_write(struct db_pool *pool);

/* --- what drivers share ------------------------------------------------------------------- */

void db_break(struct db *db);
enum zd_rc db_fail_busy(struct zd_cx *cx) ZD_CHECKED;
enum zd_rc db_fail_unreachable(struct zd_cx *cx) ZD_CHECKED;
enum zd_rc db_fail_exists(struct zd_cx *cx) ZD_CHECKED;
enum zd_rc db_fail_uncertain(struct zd_cx *cx) ZD_CHECKED;

size_t db_count_fields(const struct db_field *fields);

/* A parameter as it goes over: number and text by type; null if it is NULL. */
struct db_value {
	bool null;
	int64_t number; /* INT, DAY, ENUM, TIME */
	double real;
	struct zd_str text; /* TEXT, BLOB */
};
/* As they are, unchecked; texts are borrowed. */
void db_value_load(const struct db_field *field, const void *in, struct db_value *ret);
void db_value_store(const struct db_field *field, const struct db_value *value, void *row);
/* ZD_FAILED: NULL where '?' was not declared. ZD_INVALID: text that is no UTF-8 or holds a NUL. */
enum zd_rc db_value_get(struct zd_cx *cx, const struct db_stmt *stmt, const struct db_field *field,
			const void *in, struct db_value *ret) ZD_CHECKED;
/* Stores what a driver read; texts are copied. ZD_FAILED: NULL or range against the declaration. */
enum zd_rc db_value_set(struct zd_cx *cx, struct zd_arena *arena, const struct db_stmt *stmt,
			const struct db_field *field, const struct db_value *value,
			void *row) ZD_CHECKED;

/* Pointers by pointer. Zero it to make it; free with db_map_free. */
struct db_map {
	struct db_map_slot {
		const void *key;
		void *value;
	} * slots;
	size_t n, cap;
};
void *db_map_find(const struct db_map *map, const void *key); /* or NULL */
void db_map_put(struct db_map *map, const void *key, void *value);
void *db_map_remove(struct db_map *map, const void *key); /* what was there, or NULL */
void db_map_free(struct db_map *map);

/* Script text for one database: macros replaced, parts for the other left out. */
enum zd_rc db_script_expand(struct zd_cx *cx, enum db_dialect dialect, const char *sql,
			    struct zd_str *ret) ZD_CHECKED;

void db_lists_free(struct db *db);
/* Gives back the memory in which the connection keeps pages that it has read. */
void db_shrink(struct db *db);

#endif
