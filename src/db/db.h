#ifndef ZD_DB_H
#define ZD_DB_H

#include "base/zd.h"

/*
 * db: one way to run a statement on whichever database holds the data.
 *
 * Statements are written in ROOM/ROOM.sql; tools/mksql.c turns each into a constant struct db_stmt
 * and a typed function. The only SQL put together at run time comes from db/list.h, from names that
 * its declarations hold; values are always bound. There is no text to inject into.
 *
 * Two drivers, SQLite and PostgreSQL, give the same result for the same statement
 * (the rules that make it so: docs/adr on storage).
 */
enum db_type {
	DB_INT,  /* int64_t; NULL is ZD_NO_INT */
	DB_DAY,  /* int32_t, days since 1970; NULL is ZD_NO_DAY */
	DB_ENUM, /* int32_t */
	DB_TIME, /* int64_t, ms since 1970 UTC; NULL is ZD_NO_INT */
	DB_REAL, /* double; NULL is NaN */
	DB_TEXT, /* struct zd_str, UTF-8; NULL is absent (p == NULL) */
	DB_BLOB  /* struct zd_str; NULL is absent */
};

struct db_field {
	const char *name;
	enum db_type type;
	bool null; /* declared with '?': may be NULL. A NULL elsewhere is ZD_FAILED. */
	unsigned offset;
};

struct db_stmt {
	const char *name; /* "catalog_sql_find_item" */
	const char *sqlite, *postgres;
	const struct db_field *in, *out; /* each ends at a NULL name */
	size_t in_size, out_size;
	bool writes; /* insert, update or delete: refused on a connection taken for reading */
	/*
	 * Of an insert without conditions or rows to give back, or NULL: the same as PostgreSQL's
	 * "copy TABLE (COLUMNS) from stdin (format binary)". Columns stand in the order of `in` and are
	 * of exactly its types: bigint, double precision, text, bytea. SQLite has no use for it.
	 */
	const char *postgres_copy;
};

/*
 * For mksql's macros: the number of arguments (1..64), and a check of it. Each parameter is given
 * by name, once; gcc refuses a name given twice, this refuses one left out. Brackets around
 * arguments with commas.
 */
#define DB_COUNT_ARGS(...)                                                                         \
	DB_ARG_65(__VA_ARGS__, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, \
		  47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28,  \
		  27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, \
		  6, 5, 4, 3, 2, 1, 0)
#define DB_ARG_65(a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15, a16,  \
		  a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32,  \
		  a33, a34, a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48,  \
		  a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62, a63, a64,  \
		  n, ...)                                                                          \
	n
#define DB_PARAMS(n, ...)                                                                          \
	((void)sizeof(struct {                                                                     \
		_Static_assert(DB_COUNT_ARGS(__VA_ARGS__) == (n),                                  \
			       "a parameter of the statement is missing");                         \
		int unused;                                                                        \
	}))

struct db; /* a connection; one thread at a time */

enum db_dialect { DB_SQLITE, DB_POSTGRES };
enum db_dialect db_dialect(const struct db *db);

/* --- statements -------------------------------------------------------------------------- */

/*
 * A row callback may run other statements on the same db; what it returns other than OK ends the walk. Whether
 * a walk meets rows that its callback changes differs by database: to change what you walk, gather first.
 */
typedef enum zd_rc db_row_fn(struct zd_cx *cx, const void *row, void *arg);

/*
 * Texts of a row live in the cx's arena. Text parameters that are no UTF-8 or hold U+0000 are
 * ZD_INVALID. Once the database has failed a statement inside a transaction, nothing more can be
 * done in it: every call is ZD_FAILED until it is rolled back (PostgreSQL has it so; SQLite is held
 * to the same). A result of NOT_FOUND, of too many rows or of not exactly one change is no such
 * failure. ZD_CONFLICT: a unique key is taken. ZD_BUSY: a lock, a deadlock, a time-out, a lost
 * connection; nothing was done. ZD_FAILED: err.text holds the driver's words, for the log.
 */
enum zd_rc db_each(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
		   db_row_fn *row, void *arg) ZD_CHECKED;
/* Rows gathered as one array in the cx's arena: { .size = sizeof(a row) } as arg of db_keep_row. */
struct db_rows {
	void *p;
	size_t n, cap, size;
};
db_row_fn db_keep_row;
/* The first row, or ZD_NOT_FOUND. */
enum zd_rc db_one(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
		  void *ret) ZD_CHECKED;
/* All rows, gathered so; more than max is ZD_TOO_LARGE. */
enum zd_rc db_all(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
		  size_t max, void *ret_rows, size_t *ret_n) ZD_CHECKED;
/* Exactly one row changed, or ZD_CONFLICT. */
enum zd_rc db_change_one(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
			 const void *in) ZD_CHECKED;
/* Any number of rows changed; ret_n may be NULL. */
enum zd_rc db_change(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
		     int64_t *ret_n) ZD_CHECKED;

/*
 * The same statement for n parameter structs, stride bytes apart: a loop on SQLite; pipelined on
 * PostgreSQL or, if the statement has a `postgres_copy` and `row` is NULL, sent as one copy in the
 * open transaction. Either way all are in when it returns, and failures are the same. `row` (may be
 * NULL for changes) gets each row with the index of its parameters. One failure fails the whole; the
 * transaction must then be given up. Writes need a transaction; the callback may run nothing on the
 * same db.
 */
typedef enum zd_rc db_many_row_fn(struct zd_cx *cx, size_t index, const void *row, void *arg);
enum zd_rc db_many(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *ins,
		   size_t n, size_t stride, db_many_row_fn *row, void *arg) ZD_CHECKED;

/* Prepares, and checks that parameters and columns are those declared. For tests and doctor. */
enum zd_rc db_prepare(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt) ZD_CHECKED;
/* The plan of a statement in the database's own words, a line a step; parameters are bound from
 * `in`. */
enum zd_rc db_explain(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
		      struct zd_str *ret) ZD_CHECKED;
/* Likewise, but what the database would do now, for values it does not know: planner settings untouched. `in`: none
 * need to make sense. */
enum zd_rc db_plan(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
		   struct zd_str *ret) ZD_CHECKED;

/* --- transactions ------------------------------------------------------------------------ */

/*
 * A transaction that is not committed by the end of its block never happened:
 *
 *	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
 *	ZD_TRY(db_begin(cx, db, &txn));
 *	... ZD_TRY(...)
 *	return db_commit(cx, &txn);
 *
 * They do not nest: beginning inside one is ZD_FAILED and names where the first began.
 * A use case that another use case may call takes part in the caller's: functions named *_in
 * expect a transaction (db_in_txn).
 */
struct db_txn {
	struct db *db;
	const char *file;
	int line;
};
enum zd_rc db_begin_at(struct zd_cx *cx, struct db *db, bool snapshot, struct db_txn *ret,
		       const char *file, int line) ZD_CHECKED;
#define db_begin(cx, db, ret) db_begin_at(cx, db, false, ret, __FILE__, __LINE__)
/* Of a writer: sees one state from its first reading to its end, as every reader's transaction does. What another
 * committed meanwhile it cannot change: ZD_BUSY, begin again. */
#define db_begin_snapshot(cx, db, ret) db_begin_at(cx, db, true, ret, __FILE__, __LINE__)
/* After ZD_OK the data are durable. ZD_UNCERTAIN: the connection was lost and it may be either way.
 */
enum zd_rc db_commit(struct zd_cx *cx, struct db_txn *txn) ZD_CHECKED;
void db_txn_end(struct db_txn *txn); /* for ZD_CLEANUP; rolls back what was not committed */
bool db_in_txn(const struct db *db);

/* --- opening ----------------------------------------------------------------------------- */

/*
 * url: "postgresql://…" or the path of a SQLite file. SQLite: WAL, synchronous=FULL, foreign keys,
 * busy timeout, secure_delete, no extensions, defensive, DQS off. PostgreSQL: UTC,
 * statement_timeout.
 */
enum zd_rc db_open(struct zd_cx *cx, const char *url, struct db **ret) ZD_CHECKED;
void db_close(struct db *db);
void db_drop(struct db **db); /* for ZD_CLEANUP */

/* Connections for many threads. A connection taken for reading refuses to write. */
enum db_use { DB_READ, DB_WRITE };
struct db_pool;
enum zd_rc db_pool_open(struct zd_cx *cx, const char *url, int size,
			struct db_pool **ret) ZD_CHECKED;
void db_pool_close(struct db_pool *pool);
enum zd_rc db_pool_take(struct zd_cx *cx, struct db_pool *pool, enum db_use use,
			struct db **ret) ZD_CHECKED;    /* waits up to 5 s, then ZD_BUSY */
void db_pool_give(struct db_pool *pool, struct db *db); /* rolls back a transaction left open */
void db_give(struct db **db);                           /* for ZD_CLEANUP: to its pool */
void db_pool_set_wait(struct db_pool *pool, int ms);    /* instead of 5 s */

/* --- migrations -------------------------------------------------------------------------- */

/*
 * Brings the schema to the newest of the files built in from migrations/ (forward only, each with
 * the SM3 of its text; a changed or missing earlier file is ZD_REFUSED). Type macros: @I64 @TEXT
 * @BLOB @REAL
 * @STRICT (table options). `-- @sqlite` / `-- @postgres` lines start a part for one database, `--
 * @both` ends it.
 */
enum zd_rc db_migrate(struct zd_cx *cx, struct db *db) ZD_CHECKED;
/* How many of them this database has not seen (writes nothing but its own table); ZD_REFUSED as above. */
enum zd_rc db_migrations_due(struct zd_cx *cx, struct db *db, int *ret) ZD_CHECKED;
struct embed_file;
/* The same with other files, for tests; they end at a NULL name. */
enum zd_rc db_migrate_files(struct zd_cx *cx, struct db *db,
			    const struct embed_file *files) ZD_CHECKED;
enum zd_rc db_script(struct zd_cx *cx, struct db *db,
		     const char *sql) ZD_CHECKED; /* tests, migrations */
/* ANALYZE; after a large load. */
enum zd_rc db_analyze(struct zd_cx *cx, struct db *db) ZD_CHECKED;
/* Online copy of a SQLite database to a new file (VACUUM INTO); ZD_REFUSED on PostgreSQL. */
enum zd_rc db_copy_to(struct zd_cx *cx, struct db *db, const char *path) ZD_CHECKED;
/* SQLite: empties the WAL, so that nothing deleted is left in the files. Nothing to do on
 * PostgreSQL. */
enum zd_rc db_checkpoint(struct zd_cx *cx, struct db *db) ZD_CHECKED;

/* --- faults, for tests ------------------------------------------------------------------- */

/* The nth call from now (statement, begin or commit) fails with ZD_BUSY; 0: none. */
void db_fail_nth(struct db *db, int nth);
bool db_has_failed(const struct db *db);

#endif
