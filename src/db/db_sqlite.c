/* The SQLite driver. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "db/db_driver.h"

struct lite {
	struct db db;
	sqlite3 *conn;
	struct db_map prepared; /* db_stmt → sqlite3_stmt */
};

static struct lite *
lite_of(struct db *db)
{
	return (struct lite *)(void *)db;
}

static enum zd_rc
fail(struct zd_cx *cx, struct lite *lite, const char *doing)
{
	int code = sqlite3_extended_errcode(lite->conn);

	db_break(&lite->db);
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID: return db_fail_exists(cx);
	default: break;
	}
	if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED ||
	    code == SQLITE_INTERRUPT)
		return db_fail_busy(cx);
	return zd_fail(cx, ZD_FAILED, NULL, "%s: SQLite %d: %s", doing, code,
		       sqlite3_errmsg(lite->conn));
}

static enum zd_rc
exec(struct zd_cx *cx, struct lite *lite, const char *doing, const char *sql)
{
	if (sqlite3_exec(lite->conn, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail(cx, lite, doing);
	return ZD_OK;
}

/* --- statements --------------------------------------------------------------------------- */

static void
finalize(sqlite3_stmt **st)
{
	sqlite3_finalize(*st);
}

/* The prepared statement; a new one if a callback up the stack is still reading from the kept one.
 */
struct lent {
	sqlite3_stmt *st;
	bool own;
};

static void
give_back(struct lent *lent)
{
	if (lent->own) {
		sqlite3_finalize(lent->st);
	} else if (lent->st) {
		sqlite3_reset(lent->st);
		sqlite3_clear_bindings(lent->st);
	}
}

static enum zd_rc
lend(struct zd_cx *cx, struct lite *lite, const struct db_stmt *stmt, struct lent *ret)
{
	sqlite3_stmt *st = db_map_find(&lite->prepared, stmt);
	bool kept = st != NULL;

	if (!st || sqlite3_stmt_busy(st)) {
		if (sqlite3_prepare_v3(lite->conn, stmt->sqlite, -1,
				       kept ? 0 : SQLITE_PREPARE_PERSISTENT, &st,
				       NULL) != SQLITE_OK)
			return fail(cx, lite, stmt->name);
		if (!kept)
			db_map_put(&lite->prepared, stmt, st);
		ret->own = kept;
	}
	ret->st = st;
	return ZD_OK;
}

static int
bind_value(sqlite3_stmt *st, int at, enum db_type type, const struct db_value *v)
{
	if (v->null)
		return sqlite3_bind_null(st, at);
	switch (type) {
	case DB_INT:
	case DB_TIME:
	case DB_DAY:
	case DB_ENUM: return sqlite3_bind_int64(st, at, v->number);
	case DB_REAL: return sqlite3_bind_double(st, at, v->real);
	case DB_TEXT:
		return sqlite3_bind_text64(st, at, v->text.p, v->text.n, SQLITE_STATIC,
					   SQLITE_UTF8);
	case DB_BLOB: return sqlite3_bind_blob64(st, at, v->text.p, v->text.n, SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

static enum zd_rc
bind_all(struct zd_cx *cx, struct lite *lite, sqlite3_stmt *st, const struct db_stmt *stmt,
	 const void *in)
{
	struct db_value value;

	for (int i = 0; stmt->in && stmt->in[i].name; i++) {
		ZD_TRY(db_value_get(cx, stmt, &stmt->in[i], in, &value));
		if (bind_value(st, i + 1, stmt->in[i].type, &value) != SQLITE_OK)
			return fail(cx, lite, stmt->name);
	}
	return ZD_OK;
}

static const int storage_of[] = {
	[DB_INT] = SQLITE_INTEGER,  [DB_DAY] = SQLITE_INTEGER, [DB_ENUM] = SQLITE_INTEGER,
	[DB_TIME] = SQLITE_INTEGER, [DB_REAL] = SQLITE_FLOAT,  [DB_TEXT] = SQLITE_TEXT,
	[DB_BLOB] = SQLITE_BLOB,
};

/* False: the column holds another type than declared. */
static bool
read_value(sqlite3_stmt *st, int at, enum db_type type, struct db_value *ret)
{
	int have = sqlite3_column_type(st, at);

	*ret = (struct db_value){ .null = have == SQLITE_NULL };
	if (ret->null)
		return true;
	if (have != storage_of[type] && !(type == DB_REAL && have == SQLITE_INTEGER))
		return false;
	if (have == SQLITE_TEXT || have == SQLITE_BLOB) {
		const void *p = have == SQLITE_TEXT ? (const void *)sqlite3_column_text(st, at)
						    : sqlite3_column_blob(st, at);
		ret->text.p = p ? p : "";
		ret->text.n = (size_t)sqlite3_column_bytes(st, at);
	} else if (type == DB_REAL) {
		ret->real = sqlite3_column_double(st, at);
	} else {
		ret->number = sqlite3_column_int64(st, at);
	}
	return true;
}

static enum zd_rc
read_row(struct zd_cx *cx, struct lite *lite, sqlite3_stmt *st, const struct db_stmt *stmt,
	 struct zd_arena *arena, void **ret)
{
	void *row = zd_alloc(arena, stmt->out_size);
	struct db_value value;

	for (int i = 0; stmt->out && stmt->out[i].name; i++) {
		if (!read_value(st, i, stmt->out[i].type, &value)) {
			db_break(&lite->db);
			return zd_fail(cx, ZD_FAILED, NULL, "%s: column %s holds another type",
				       stmt->name, stmt->out[i].name);
		}
		ZD_TRY(db_value_set(cx, arena, stmt, &stmt->out[i], &value, row));
	}
	*ret = row;
	return ZD_OK;
}

static enum zd_rc
check_columns(struct zd_cx *cx, sqlite3_stmt *st, const struct db_stmt *stmt)
{
	if ((size_t)sqlite3_column_count(st) != db_count_fields(stmt->out))
		return zd_fail(cx, ZD_FAILED, NULL, "%s: %d columns, but %zu in @out", stmt->name,
			       sqlite3_column_count(st), db_count_fields(stmt->out));
	if ((size_t)sqlite3_bind_parameter_count(st) != db_count_fields(stmt->in))
		return zd_fail(cx, ZD_FAILED, NULL, "%s: %d parameters, but %zu in @in", stmt->name,
			       sqlite3_bind_parameter_count(st), db_count_fields(stmt->in));
	return ZD_OK;
}

static enum zd_rc
lite_run(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	 struct db_run *run)
{
	struct lite *lite = lite_of(db);
	struct lent lent ZD_CLEANUP(give_back) = { 0 };
	bool all = stmt->writes || !run->first_only; /* RETURNING is drained, so that it commits */
	bool more = true;
	void *row = NULL;
	int rc;

	ZD_TRY(lend(cx, lite, stmt, &lent));
	ZD_TRY(check_columns(cx, lent.st, stmt));
	ZD_TRY(bind_all(cx, lite, lent.st, stmt, in));
	while (more && (rc = sqlite3_step(lent.st)) != SQLITE_DONE) {
		if (rc != SQLITE_ROW)
			return fail(cx, lite, stmt->name);
		ZD_TRY(read_row(cx, lite, lent.st, stmt, run->arena, &row));
		ZD_TRY(run->row(cx, row, run->arg));
		more = all;
	}
	run->changed = stmt->writes ? sqlite3_changes64(lite->conn) : 0;
	return ZD_OK;
}

struct indexed {
	const struct db_many_run *many;
	size_t index;
};

static enum zd_rc
with_index(struct zd_cx *cx, const void *row, void *arg)
{
	const struct indexed *at = arg;

	return at->many->row ? at->many->row(cx, at->index, row, at->many->arg) : ZD_OK;
}

static enum zd_rc
lite_many(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt,
	  const struct db_many_run *many)
{
	struct indexed at = { .many = many };
	struct db_run run = { .arena = cx->arena, .row = with_index, .arg = &at };

	for (; at.index < many->n; at.index++)
		ZD_TRY(lite_run(cx, db, stmt, (const char *)many->ins + at.index * many->stride,
				&run));
	return ZD_OK;
}

static enum zd_rc
lite_prepare(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt)
{
	struct lent lent ZD_CLEANUP(give_back) = { 0 };

	ZD_TRY(lend(cx, lite_of(db), stmt, &lent));
	return check_columns(cx, lent.st, stmt);
}

static enum zd_rc
lite_explain(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	     struct zd_str *ret)
{
	struct lite *lite = lite_of(db);
	struct zd_str sql = zd_str_printf(cx->arena, "explain query plan %s", stmt->sqlite);
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	sqlite3_stmt *st ZD_CLEANUP(finalize) = NULL;
	int rc;

	if (sqlite3_prepare_v2(lite->conn, sql.p, -1, &st, NULL) != SQLITE_OK)
		return fail(cx, lite, stmt->name);
	ZD_TRY(bind_all(cx, lite, st, stmt, in));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		zd_out_printf(&out, "%s\n", (const char *)sqlite3_column_text(st, 3));
	if (rc != SQLITE_DONE)
		return fail(cx, lite, stmt->name);
	*ret = zd_str_copy(cx->arena, zd_out_str(&out));
	return ZD_OK;
}

static void
lite_forget(struct db *db, const struct db_stmt *stmt)
{
	sqlite3_finalize(db_map_remove(&lite_of(db)->prepared, stmt));
}

/* --- transactions and the rest ------------------------------------------------------------ */

static enum zd_rc
lite_begin(struct zd_cx *cx, struct db *db, bool snapshot)
{
	(void)snapshot; /* there is no other kind */
	/* A writer takes its lock at once: no upgrade may fail half-way. */
	return exec(cx, lite_of(db), "begin", db->use == DB_READ ? "begin" : "begin immediate");
}

static enum zd_rc
lite_commit(struct zd_cx *cx, struct db *db)
{
	return exec(cx, lite_of(db), "commit", "commit");
}

static void
lite_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(lite_of(db)->conn)) /* a full disk has rolled back already */
		sqlite3_exec(lite_of(db)->conn, "rollback", NULL, NULL, NULL);
}

static enum zd_rc
lite_script(struct zd_cx *cx, struct db *db, const char *sql)
{
	return exec(cx, lite_of(db), "script", sql);
}

static enum zd_rc
lite_copy_to(struct zd_cx *cx, struct db *db, const char *path)
{
	struct lite *lite = lite_of(db);
	sqlite3_stmt *st ZD_CLEANUP(finalize) = NULL;

	if (sqlite3_prepare_v2(lite->conn, "vacuum into ?1", -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_DONE)
		return fail(cx, lite, "copy");
	return ZD_OK;
}

static enum zd_rc
lite_checkpoint(struct zd_cx *cx, struct db *db)
{
	struct lite *lite = lite_of(db);

	if (sqlite3_wal_checkpoint_v2(lite->conn, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) !=
	    SQLITE_OK)
		return fail(cx, lite, "checkpoint");
	return ZD_OK;
}

static enum zd_rc
lite_ready(struct zd_cx *cx, struct db *db, enum db_use use)
{
	ZD_TRY(exec(cx, lite_of(db), "ready",
		    use == DB_READ ? "pragma query_only = on" : "pragma query_only = off"));
	db->use = use;
	return ZD_OK;
}

static void
lite_close(struct db *db)
{
	struct lite *lite = lite_of(db);

	for (size_t i = 0; i < lite->prepared.cap; i++)
		sqlite3_finalize(lite->prepared.slots[i].value);
	db_map_free(&lite->prepared);
	sqlite3_close(lite->conn);
	free(lite);
}

/* Pages in use stay. */
static void
lite_shrink(struct db *db)
{
	(void)sqlite3_db_release_memory(lite_of(db)->conn);
}

static const struct db_driver driver = {
	.dialect = DB_SQLITE,
	.close = lite_close,
	.ready = lite_ready,
	.run = lite_run,
	.many = lite_many,
	.begin = lite_begin,
	.commit = lite_commit,
	.rollback = lite_rollback,
	.script = lite_script,
	.prepare = lite_prepare,
	.explain = lite_explain,
	.plan = lite_explain, /* it reads no values */
	.forget = lite_forget,
	.copy_to = lite_copy_to,
	.checkpoint = lite_checkpoint,
	.shrink = lite_shrink,
};

/* Tables named sealed_… only grow: no statement of this program may change, empty or drop one. */
static int
authorize(void *arg, int action, const char *first, const char *second, const char *schema,
	  const char *trigger)
{
	const char *table = action == SQLITE_ALTER_TABLE ? second : first;

	(void)arg, (void)schema, (void)trigger;
	if (action != SQLITE_UPDATE && action != SQLITE_DELETE && action != SQLITE_DROP_TABLE &&
	    action != SQLITE_ALTER_TABLE)
		return SQLITE_OK;
	return table && strncasecmp(table, "sealed_", 7) == 0 ? SQLITE_DENY : SQLITE_OK;
}

/* What is durable and what hostile schemas or SQL could do: see docs/adr/0001. */
static enum zd_rc
set_pragmas(struct zd_cx *cx, struct lite *lite, const char *path)
{
	enum zd_rc rc = exec(cx, lite, "set up",
			     "pragma journal_mode = wal; pragma synchronous = full;"
			     "pragma secure_delete = on; pragma cache_size = -65536;"
			     "pragma temp_store = memory; pragma cell_size_check = on");

	if (rc != ZD_OK && sqlite3_errcode(lite->conn) == SQLITE_NOTADB)
		return zd_fail(cx, ZD_REFUSED, NULL, "文件 %s 不是 SQLite 数据库，请检查数据库地址",
			       path);
	return rc;
}

static enum zd_rc
set_up(struct zd_cx *cx, struct lite *lite, const char *path)
{
	static const struct {
		int what, value;
	} config[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
	};

	for (size_t i = 0; i < ZD_COUNT(config); i++)
		if (sqlite3_db_config(lite->conn, config[i].what, config[i].value, NULL) !=
		    SQLITE_OK)
			return fail(cx, lite, "set up");
	sqlite3_set_authorizer(lite->conn, authorize, NULL);
	sqlite3_busy_timeout(lite->conn, 5000);
	return set_pragmas(cx, lite, path);
}

enum zd_rc
db_sqlite_open(struct zd_cx *cx, const char *path, struct db **ret)
{
	struct lite *lite = calloc(1, sizeof(*lite));

	if (!lite)
		abort();
	lite->db = (struct db){ .driver = &driver, .use = DB_WRITE };
	struct db *db ZD_CLEANUP(db_drop) = &lite->db;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_EXRESCODE;
	if (sqlite3_open_v2(path, &lite->conn, flags, NULL) != SQLITE_OK)
		return zd_fail(
			cx, ZD_REFUSED, NULL,
			"打不开数据库文件 %s（%s）：请检查所在目录是否存在、程序是否有读写权限",
			path, sqlite3_errmsg(lite->conn));
	ZD_TRY(set_up(cx, lite, path));
	*ret = db;
	db = NULL;
	return ZD_OK;
}
