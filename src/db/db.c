/* Statements and transactions: what holds for both drivers. The drivers know no rule of this file.
 */
#include <stdlib.h>
#include <string.h>

#include "db/db_driver.h"

enum db_dialect
db_dialect(const struct db *db)
{
	return db->driver->dialect;
}

/* --- entering ----------------------------------------------------------------------------- */

static enum zd_rc
fault(struct zd_cx *cx, struct db *db)
{
	if (db->fail_in == 0 || --db->fail_in > 0)
		return ZD_OK;
	db->failed = true;
	db_break(db);
	return zd_fail(cx, ZD_BUSY, NULL, "（测试）此次数据库调用被设为失败");
}

static enum zd_rc
enter(struct zd_cx *cx, struct db *db, const char *what)
{
	if (db->piping)
		return zd_fail(cx, ZD_FAILED, NULL, "%s: run inside a callback of db_many", what);
	if (db->broken)
		return zd_fail(cx, ZD_FAILED, NULL,
			       "%s: after a failure in the transaction begun at %s:%d", what,
			       db->txn_file, db->txn_line);
	return fault(cx, db);
}

static enum zd_rc
enter_stmt(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt)
{
	if (stmt->writes && db->use == DB_READ)
		return zd_fail(cx, ZD_FAILED, NULL, "%s: writes on a connection taken for reading",
			       stmt->name);
	return enter(cx, db, stmt->name);
}

/* --- statements --------------------------------------------------------------------------- */

enum zd_rc
db_run_stmt(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	    struct db_run *run)
{
	ZD_TRY(enter_stmt(cx, db, stmt));
	return db->driver->run(cx, db, stmt, in, run);
}

enum zd_rc
db_each(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in, db_row_fn *row,
	void *arg)
{
	struct db_run run = { .arena = cx->arena, .row = row, .arg = arg };

	return db_run_stmt(cx, db, stmt, in, &run);
}

struct first {
	void *ret;
	size_t size;
	bool found;
};

static enum zd_rc
keep_first(struct zd_cx *cx, const void *row, void *arg)
{
	struct first *first = arg;

	(void)cx;
	if (!first->found)
		memcpy(first->ret, row, first->size);
	first->found = true;
	return ZD_OK;
}

enum zd_rc
db_one(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in, void *ret)
{
	struct first first = { .ret = ret, .size = stmt->out_size };
	struct db_run run = {
		.arena = cx->arena, .row = keep_first, .arg = &first, .first_only = true
	};

	ZD_TRY(db_run_stmt(cx, db, stmt, in, &run));
	if (!first.found)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有找到所查的记录");
	return ZD_OK;
}

enum zd_rc
db_keep_row(struct zd_cx *cx, const void *row, void *arg)
{
	struct db_rows *rows = arg;

	rows->p = zd_grow(cx->arena, rows->p, rows->n, &rows->cap, rows->size);
	memcpy((char *)rows->p + rows->n++ * rows->size, row, rows->size);
	return ZD_OK;
}

struct limited_rows {
	struct db_rows rows;
	size_t max;
};

static enum zd_rc
keep_limited(struct zd_cx *cx, const void *row, void *arg)
{
	struct limited_rows *l = arg;

	if (l->rows.n == l->max)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "结果超过 %zu 条，请缩小查询范围", l->max);
	return db_keep_row(cx, row, &l->rows);
}

enum zd_rc
db_all(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in, size_t max,
       void *ret_rows, size_t *ret_n)
{
	struct limited_rows l = { .rows = { .size = stmt->out_size }, .max = max };

	ZD_TRY(db_each(cx, db, stmt, in, keep_limited, &l));
	memcpy(ret_rows, &l.rows.p, sizeof(l.rows.p));
	*ret_n = l.rows.n;
	return ZD_OK;
}

static enum zd_rc
no_rows(struct zd_cx *cx, const void *row, void *arg)
{
	const struct db_stmt *stmt = arg;

	(void)row;
	return zd_fail(cx, ZD_FAILED, NULL, "%s: a change returned a row", stmt->name);
}

enum zd_rc
db_change(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	  int64_t *ret_n)
{
	struct db_run run = { .arena = cx->arena, .row = no_rows };

	memcpy(&run.arg, &(const void *){ stmt }, sizeof(run.arg));
	ZD_TRY(db_run_stmt(cx, db, stmt, in, &run));
	if (ret_n)
		*ret_n = run.changed;
	return ZD_OK;
}

enum zd_rc
db_change_one(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in)
{
	int64_t n;

	ZD_TRY(db_change(cx, db, stmt, in, &n));
	if (n != 1)
		return zd_fail(cx, ZD_CONFLICT, NULL, "记录已被他人修改，请刷新后重试");
	return ZD_OK;
}

enum zd_rc
db_many(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *ins, size_t n,
	size_t stride, db_many_row_fn *row, void *arg)
{
	struct db_many_run run = { .ins = ins, .n = n, .stride = stride, .row = row, .arg = arg };

	ZD_TRY(enter_stmt(cx, db, stmt));
	if (stmt->writes && !db->in_txn)
		return zd_fail(cx, ZD_FAILED, NULL, "%s: many writes need a transaction",
			       stmt->name);
	if (n == 0)
		return ZD_OK;
	db->piping = true;
	enum zd_rc rc = db->driver->many(cx, db, stmt, &run);
	db->piping = false;
	if (rc != ZD_OK)
		db_break(db); /* a callback's failure leaves it half done too */
	return rc;
}

enum zd_rc
db_prepare(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt)
{
	ZD_TRY(enter(cx, db, stmt->name));
	return db->driver->prepare(cx, db, stmt);
}

enum zd_rc
db_explain(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	   struct zd_str *ret)
{
	ZD_TRY(enter(cx, db, stmt->name));
	return db->driver->explain(cx, db, stmt, in, ret);
}

enum zd_rc
db_plan(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	struct zd_str *ret)
{
	ZD_TRY(enter(cx, db, stmt->name));
	return db->driver->plan(cx, db, stmt, in, ret);
}

/* --- transactions ------------------------------------------------------------------------- */

static bool
waits_for_writer(const struct db *db)
{
	return db->pool && db->use == DB_WRITE && db_dialect(db) == DB_SQLITE;
}

static void
txn_over(struct db *db)
{
	db->in_txn = db->broken = false;
	if (waits_for_writer(db))
		db_pool_end_write(db->pool);
}

enum zd_rc
db_begin_at(struct zd_cx *cx, struct db *db, bool snapshot, struct db_txn *ret, const char *file,
	    int line)
{
	if (db->in_txn)
		return zd_fail(cx, ZD_FAILED, NULL,
			       "begin at %s:%d inside the transaction begun at %s:%d", file, line,
			       db->txn_file, db->txn_line);
	ZD_TRY(enter(cx, db, "begin"));
	if (waits_for_writer(db))
		ZD_TRY(db_pool_begin_write(cx, db->pool));
	enum zd_rc rc = db->driver->begin(cx, db, snapshot);
	if (rc != ZD_OK) {
		txn_over(db);
		return rc;
	}
	db->in_txn = true;
	db->txn_file = file;
	db->txn_line = line;
	*ret = (struct db_txn){ .db = db, .file = file, .line = line };
	return ZD_OK;
}

enum zd_rc
db_commit(struct zd_cx *cx, struct db_txn *txn)
{
	struct db *db = txn->db;

	if (!db)
		return zd_fail(cx, ZD_FAILED, NULL, "commit of a transaction that is over");
	ZD_TRY(enter(cx, db, "commit"));
	enum zd_rc rc = db->driver->commit(cx, db);
	if (rc != ZD_OK)
		return rc; /* db_txn_end rolls back what is left of it */
	txn->db = NULL;
	txn_over(db);
	return ZD_OK;
}

void
db_txn_end(struct db_txn *txn)
{
	if (!txn->db)
		return;
	txn->db->driver->rollback(txn->db);
	txn_over(txn->db);
	txn->db = NULL;
}

bool
db_in_txn(const struct db *db)
{
	return db->in_txn;
}

/* --- opening ------------------------------------------------------------------------------ */

enum zd_rc
db_open(struct zd_cx *cx, const char *url, struct db **ret)
{
	struct zd_str s = zd_str_of(url);

	if (zd_str_starts(s, ZD_STR("postgresql://")) || zd_str_starts(s, ZD_STR("postgres://")))
		return db_postgres_open(cx, url, ret);
	return db_sqlite_open(cx, url, ret);
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	if (db->in_txn)
		db->driver->rollback(db);
	db_lists_free(db);
	db->driver->close(db);
}

void
db_drop(struct db **db)
{
	db_close(*db);
	*db = NULL;
}

/* --- housekeeping ------------------------------------------------------------------------- */

enum zd_rc
db_script(struct zd_cx *cx, struct db *db, const char *sql)
{
	struct zd_str text;

	ZD_TRY(enter(cx, db, "script"));
	ZD_TRY(db_script_expand(cx, db_dialect(db), sql, &text));
	return db->driver->script(cx, db, text.p);
}

enum zd_rc
db_analyze(struct zd_cx *cx, struct db *db)
{
	return db_script(cx, db, "analyze;");
}

enum zd_rc
db_copy_to(struct zd_cx *cx, struct db *db, const char *path)
{
	ZD_TRY(enter(cx, db, "copy"));
	return db->driver->copy_to(cx, db, path);
}

enum zd_rc
db_checkpoint(struct zd_cx *cx, struct db *db)
{
	ZD_TRY(enter(cx, db, "checkpoint"));
	return db->driver->checkpoint(cx, db);
}

void
db_shrink(struct db *db)
{
	if (db->driver->shrink)
		db->driver->shrink(db);
}

void
db_fail_nth(struct db *db, int nth)
{
	db->fail_in = nth;
	db->failed = false;
}

bool
db_has_failed(const struct db *db)
{
	return db->failed;
}
