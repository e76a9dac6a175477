/* The PostgreSQL driver. Parameters and results go in binary; each statement is prepared once a
 * connection. */
#include <endian.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db_driver.h"

/* From how many rows on db_many copies: fewer are not worth the round trips. */
#define COPY_FROM 8
/* How many statements of db_many are sent before their answers are read. */
#define PIPE_BATCH 256

enum oid {
	OID_BOOL = 16,
	OID_BYTEA = 17,
	OID_NAME = 19,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_BPCHAR = 1042,
	OID_VARCHAR = 1043
};

/* Parameters on their way out; reused from call to call. */
struct params {
	size_t n, cap;
	Oid *types;
	const char **values;
	int *lengths, *formats;
	uint64_t *numbers; /* in network order; values point here */
};

struct pg {
	struct db db;
	PGconn *conn;
	char *url;
	bool read_only;         /* what the session was last told */
	struct db_map prepared; /* db_stmt → its number */
	uintptr_t last;
	struct params params;
};

static struct pg *
pg_of(struct db *db)
{
	return (struct pg *)(void *)db;
}

/* --- failures ----------------------------------------------------------------------------- */

static bool
state_is(const char *state, const char *const *list)
{
	for (; *list; list++)
		if (strncmp(state, *list, strlen(*list)) == 0)
			return true;
	return false;
}

static const char *const busy_states[] = { "40001", "40P01", "55P03", "57014", "53300", NULL };
static const char *const lost_states[] = { "08", "57P01", "57P02", "57P03", NULL };
/* Citus: "could not commit transaction for shard N on at least one active node". */
static const char *const unsure_states[] = { "08", "57P01", "57P02", "57P03", "XX000", NULL };

enum moment { AT_READ, AT_WRITE, AT_COMMIT };

static void
result_drop(PGresult **result)
{
	PQclear(*result);
}

static const char *
state_of(const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	return state ? state : "";
}

static bool
is_lost(struct pg *pg, const char *state)
{
	return PQstatus(pg->conn) == CONNECTION_BAD || state_is(state, lost_states);
}

static enum zd_rc
fail_driver(struct zd_cx *cx, struct pg *pg, const PGresult *result, const char *doing)
{
	const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	if (!text)
		text = PQerrorMessage(pg->conn);
	return zd_fail(cx, ZD_FAILED, NULL, "%s: PostgreSQL %s: %.*s", doing, state_of(result),
		       (int)strcspn(text, "\n"), text);
}

static enum zd_rc
fail(struct zd_cx *cx, struct pg *pg, const PGresult *result, const char *doing, enum moment moment)
{
	const char *state = state_of(result);
	bool lost = is_lost(pg, state);

	db_break(&pg->db);
	if (strcmp(state, "23505") == 0)
		return db_fail_exists(cx);
	if (state_is(state, busy_states))
		return db_fail_busy(cx);
	if (moment == AT_COMMIT && (lost || state_is(state, unsure_states)))
		return db_fail_uncertain(cx);
	/* Lost inside a transaction: it never happened. A lone write may have. */
	if (lost)
		return moment == AT_WRITE && !pg->db.in_txn ? db_fail_uncertain(cx)
							    : db_fail_busy(cx);
	return fail_driver(cx, pg, result, doing);
}

static bool
is_fine(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	       status == PGRES_EMPTY_QUERY;
}

static enum zd_rc
exec(struct zd_cx *cx, struct pg *pg, const char *doing, const char *sql, enum moment moment)
{
	PGresult *result ZD_CLEANUP(result_drop) = PQexec(pg->conn, sql);

	return is_fine(result) ? ZD_OK : fail(cx, pg, result, doing, moment);
}

/* --- the connection ----------------------------------------------------------------------- */

static void
ignore_notice(void *arg, const PGresult *result)
{
	(void)arg, (void)result;
}

static enum zd_rc
check_collation(struct zd_cx *cx, struct pg *pg)
{
	PGresult *result ZD_CLEANUP(result_drop) =
		PQexec(pg->conn, "select datcollate, pg_encoding_to_char(encoding), 'Z' < 'a'"
				 " from pg_database where datname = current_database()");

	if (!is_fine(result) || PQntuples(result) != 1)
		return fail(cx, pg, result, "connect", AT_READ);
	const char *collate = PQgetvalue(result, 0, 0), *encoding = PQgetvalue(result, 0, 1);
	bool by_bytes = PQgetvalue(result, 0, 2)[0] == 't';
	if (!by_bytes || strcmp(encoding, "UTF8") != 0 ||
	    (collate[0] != 'C' && strcmp(collate, "POSIX") != 0))
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "PostgreSQL 数据库的排序规则是 %s、编码是 %s，本系统要求按字节排序："
			       "请用 createdb -T template0 -E UTF8 -l C.UTF-8 另建一个数据库",
			       collate, encoding);
	return ZD_OK;
}

static enum zd_rc
set_up(struct zd_cx *cx, struct pg *pg)
{
	PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	pg->read_only = false;
	ZD_TRY(check_collation(cx, pg));
	return exec(cx, pg, "connect",
		    "set time zone 'UTC'; set client_min_messages = error;"
		    "set default_transaction_isolation = 'read committed'",
		    AT_READ);
}

static enum zd_rc
connect(struct zd_cx *cx, struct pg *pg)
{
	/* Before dbname: defaults, which the URL may change. After it: what it may not. */
	static const char *const names[] = { "connect_timeout",           "options",
					     "keepalives_idle",           "tcp_user_timeout",
					     "fallback_application_name", "dbname",
					     "client_encoding",           NULL };
	const char *const values[] = {
		"3",
		"-c statement_timeout=30s -c lock_timeout=5s -c "
		"idle_in_transaction_session_timeout=60s",
		"30",
		"30000",
		"zhaodan",
		pg->url,
		"UTF8",
		NULL,
	};

	PQfinish(pg->conn);
	db_map_free(&pg->prepared);
	pg->conn = PQconnectdbParams(names, values, 1);
	if (!pg->conn)
		abort();
	if (PQstatus(pg->conn) != CONNECTION_OK)
		return zd_fail(cx, ZD_BUSY, NULL,
			       "连接不上 PostgreSQL 数据库，请检查地址和服务是否启动：%.*s",
			       (int)strcspn(PQerrorMessage(pg->conn), "\n"),
			       PQerrorMessage(pg->conn));
	return set_up(cx, pg);
}

/* A server that has closed the connection has said so: its last words are read, then the end. No
 * round trip. */
static bool
is_dead(struct pg *pg)
{
	struct pollfd fd = { .fd = PQsocket(pg->conn), .events = POLLIN };

	if (PQstatus(pg->conn) != CONNECTION_OK || fd.fd < 0)
		return true;
	while (poll(&fd, 1, 0) > 0)
		if (PQconsumeInput(pg->conn) == 0 || PQstatus(pg->conn) != CONNECTION_OK)
			return true;
	return false;
}

static enum zd_rc
set_use(struct zd_cx *cx, struct pg *pg)
{
	bool read_only = pg->db.use == DB_READ;

	if (pg->read_only == read_only)
		return ZD_OK;
	ZD_TRY(exec(cx, pg, "ready",
		    read_only ? "set default_transaction_read_only = on"
			      : "set default_transaction_read_only = off",
		    AT_READ));
	pg->read_only = read_only;
	return ZD_OK;
}

/* Outside a transaction a dead connection is replaced; inside one it has to fail. */
static enum zd_rc
revive(struct zd_cx *cx, struct pg *pg)
{
	if (pg->db.in_txn || !is_dead(pg))
		return ZD_OK;
	if (connect(cx, pg) != ZD_OK)
		return db_fail_unreachable(
			cx); /* the driver's words are for whoever starts the program */
	return set_use(cx, pg);
}

static enum zd_rc
pg_ready(struct zd_cx *cx, struct db *db, enum db_use use)
{
	db->use = use;
	ZD_TRY(revive(cx, pg_of(db)));
	return set_use(cx, pg_of(db));
}

/* --- parameters --------------------------------------------------------------------------- */

static void *
resize(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p)
		abort();
	return p;
}

static void
params_reserve(struct params *params, size_t n)
{
	params->n = n;
	if (n <= params->cap)
		return;
	params->cap = n + 16;
	params->types = resize(params->types, params->cap, sizeof(*params->types));
	params->values = resize(params->values, params->cap, sizeof(*params->values));
	params->lengths = resize(params->lengths, params->cap, sizeof(*params->lengths));
	params->formats = resize(params->formats, params->cap, sizeof(*params->formats));
	params->numbers = resize(params->numbers, params->cap, sizeof(*params->numbers));
}

static void
params_free(struct params *params)
{
	free(params->types);
	free(params->values);
	free(params->lengths);
	free(params->formats);
	free(params->numbers);
}

static const Oid oid_of[] = {
	[DB_INT] = OID_INT8,    [DB_DAY] = OID_INT8,  [DB_ENUM] = OID_INT8,  [DB_TIME] = OID_INT8,
	[DB_REAL] = OID_FLOAT8, [DB_TEXT] = OID_TEXT, [DB_BLOB] = OID_BYTEA,
};

static void
params_types(struct params *params, const struct db_stmt *stmt)
{
	params_reserve(params, db_count_fields(stmt->in));
	for (size_t i = 0; i < params->n; i++)
		params->types[i] = oid_of[stmt->in[i].type];
}

static void
put_param(struct params *params, size_t i, enum db_type type, const struct db_value *value)
{
	uint64_t bits;

	params->formats[i] = 1;
	if (type == DB_TEXT || type == DB_BLOB) {
		params->values[i] = value->null ? NULL : value->text.p;
		params->lengths[i] = (int)value->text.n;
		return;
	}
	if (type == DB_REAL)
		memcpy(&bits, &value->real, sizeof(bits));
	else
		bits = (uint64_t)value->number;
	params->numbers[i] = htobe64(bits);
	params->values[i] = value->null ? NULL : (const char *)&params->numbers[i];
	params->lengths[i] = sizeof(bits);
}

static enum zd_rc
params_fill(struct zd_cx *cx, struct params *params, const struct db_stmt *stmt, const void *in)
{
	struct db_value value;

	params_types(params, stmt);
	for (size_t i = 0; i < params->n; i++) {
		ZD_TRY(db_value_get(cx, stmt, &stmt->in[i], in, &value));
		if (value.text.n > INT32_MAX / 2)
			return zd_fail(cx, ZD_TOO_LARGE, stmt->in[i].name,
				       "内容超过 1 GB，无法保存");
		put_param(params, i, stmt->in[i].type, &value);
	}
	return ZD_OK;
}

/* --- statements --------------------------------------------------------------------------- */

struct stmt_name {
	char z[24];
};

static struct stmt_name
name_of(uintptr_t number)
{
	struct stmt_name name;

	(void)snprintf(name.z, sizeof(name.z), "s%ju", (uintmax_t)number);
	return name;
}

static enum zd_rc
prepared(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, struct stmt_name *ret)
{
	uintptr_t number = (uintptr_t)db_map_find(&pg->prepared, stmt);

	if (!number) {
		number = ++pg->last;
		params_types(&pg->params, stmt);
		PGresult *result ZD_CLEANUP(result_drop) =
			PQprepare(pg->conn, name_of(number).z, stmt->postgres, (int)pg->params.n,
				  pg->params.types);
		if (!is_fine(result))
			return fail(cx, pg, result, stmt->name, AT_READ);
		db_map_put(&pg->prepared, stmt, (void *)number);
	}
	*ret = name_of(number);
	return ZD_OK;
}

static void
pg_forget(struct db *db, const struct db_stmt *stmt)
{
	struct pg *pg = pg_of(db);
	uintptr_t number = (uintptr_t)db_map_remove(&pg->prepared, stmt);
	char sql[64];

	if (!number || db->broken || PQstatus(pg->conn) != CONNECTION_OK)
		return;
	(void)snprintf(sql, sizeof(sql), "deallocate s%ju", (uintmax_t)number);
	PQclear(PQexec(pg->conn, sql));
}

/* "Statement does not exist" and "cached plan must not change result type": prepare again. */
static bool
is_stale(const PGresult *result)
{
	const char *state = state_of(result);
	const char *where = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);

	return strcmp(state, "26000") == 0 || (strcmp(state, "0A000") == 0 && where &&
					       strcmp(where, "RevalidateCachedQuery") == 0);
}

static bool
oid_fits(Oid oid, enum db_type type)
{
	switch (type) {
	case DB_INT:
	case DB_DAY:
	case DB_ENUM:
	case DB_TIME:
		return oid == OID_INT8 || oid == OID_INT4 || oid == OID_INT2 || oid == OID_BOOL;
	case DB_REAL: return oid == OID_FLOAT8 || oid == OID_FLOAT4;
	case DB_TEXT:
		return oid == OID_TEXT || oid == OID_VARCHAR || oid == OID_BPCHAR ||
		       oid == OID_NAME;
	case DB_BLOB: return oid == OID_BYTEA;
	}
	return false;
}

static enum zd_rc
check_columns(struct zd_cx *cx, struct pg *pg, const PGresult *result, const struct db_stmt *stmt)
{
	size_t n = db_count_fields(stmt->out);

	if ((size_t)PQnfields(result) != n) {
		db_break(&pg->db);
		return zd_fail(cx, ZD_FAILED, NULL, "%s: %d columns, but %zu in @out", stmt->name,
			       PQnfields(result), n);
	}
	for (size_t i = 0; i < n; i++) {
		if (oid_fits(PQftype(result, (int)i), stmt->out[i].type))
			continue;
		db_break(&pg->db);
		return zd_fail(cx, ZD_FAILED, NULL,
			       "%s: column %s holds another type (oid %u): cast it to bigint, "
			       "double precision or text",
			       stmt->name, stmt->out[i].name, PQftype(result, (int)i));
	}
	return ZD_OK;
}

static int64_t
whole(const char *p, int n)
{
	uint64_t b8;
	uint32_t b4;
	uint16_t b2;

	switch (n) {
	case 8: memcpy(&b8, p, sizeof(b8)); return (int64_t)be64toh(b8);
	case 4: memcpy(&b4, p, sizeof(b4)); return (int32_t)be32toh(b4);
	case 2: memcpy(&b2, p, sizeof(b2)); return (int16_t)be16toh(b2);
	default: return p[0];
	}
}

static double
fraction(const char *p, int n)
{
	uint64_t b8;
	uint32_t b4;
	double real;
	float narrow;

	if (n == 8) {
		memcpy(&b8, p, sizeof(b8));
		b8 = be64toh(b8);
		memcpy(&real, &b8, sizeof(real));
		return real;
	}
	memcpy(&b4, p, sizeof(b4));
	b4 = be32toh(b4);
	memcpy(&narrow, &b4, sizeof(narrow));
	return (double)narrow;
}

static struct db_value
read_value(const PGresult *result, int row, int at, enum db_type type)
{
	struct db_value value = { .null = PQgetisnull(result, row, at) };
	const char *p = PQgetvalue(result, row, at);
	int n = PQgetlength(result, row, at);

	if (value.null)
		return value;
	if (type == DB_TEXT || type == DB_BLOB)
		value.text = (struct zd_str){ p, (size_t)n };
	else if (type == DB_REAL)
		value.real = fraction(p, n);
	else
		value.number = whole(p, n);
	return value;
}

static enum zd_rc
read_row(struct zd_cx *cx, const PGresult *result, int at, const struct db_stmt *stmt,
	 struct zd_arena *arena, void **ret)
{
	void *row = zd_alloc(arena, stmt->out_size);

	for (int i = 0; stmt->out && stmt->out[i].name; i++) {
		struct db_value value = read_value(result, at, i, stmt->out[i].type);
		ZD_TRY(db_value_set(cx, arena, stmt, &stmt->out[i], &value, row));
	}
	*ret = row;
	return ZD_OK;
}

static int64_t
changed(PGresult *result)
{
	int64_t n = 0;

	return zd_int_parse(zd_str_of(PQcmdTuples(result)), &n) ? n : 0;
}

static PGresult *
send(struct pg *pg, const struct stmt_name *name)
{
	const struct params *params = &pg->params;

	return PQexecPrepared(pg->conn, name->z, (int)params->n, params->values, params->lengths,
			      params->formats, 1);
}

/* Once more, if nothing was done: prepared anew, or over a new connection. */
static bool
may_retry(struct pg *pg, const PGresult *result, const struct db_stmt *stmt)
{
	if (is_stale(result)) {
		pg_forget(&pg->db, stmt);
		return !pg->db.in_txn;
	}
	return !pg->db.in_txn && !stmt->writes && is_lost(pg, state_of(result));
}

/* The connection is live and knows the statement; a connection found dead by asking is replaced
 * once. */
static enum zd_rc
make_ready(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, struct stmt_name *ret)
{
	ZD_TRY(revive(cx, pg));
	enum zd_rc rc = prepared(cx, pg, stmt, ret);
	if (rc == ZD_OK || pg->db.in_txn || PQstatus(pg->conn) == CONNECTION_OK)
		return rc;
	ZD_TRY(revive(cx, pg));
	return prepared(cx, pg, stmt, ret);
}

static enum zd_rc
ask(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, const void *in, PGresult **ret)
{
	enum moment moment = stmt->writes ? AT_WRITE : AT_READ;

	for (int left = 1;; left--) {
		struct stmt_name name;
		ZD_TRY(make_ready(cx, pg, stmt, &name));
		ZD_TRY(params_fill(cx, &pg->params, stmt, in));
		PGresult *result ZD_CLEANUP(result_drop) = send(pg, &name);
		if (is_fine(result)) {
			*ret = result;
			result = NULL;
			return ZD_OK;
		}
		if (may_retry(pg, result, stmt) && left > 0)
			continue;
		if (is_stale(result)) { /* inside a transaction: the next attempt finds it anew */
			db_break(&pg->db);
			return db_fail_busy(cx);
		}
		return fail(cx, pg, result, stmt->name, moment);
	}
}

static enum zd_rc
pg_run(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
       struct db_run *run)
{
	struct pg *pg = pg_of(db);
	PGresult *result ZD_CLEANUP(result_drop) = NULL;
	void *row = NULL;

	ZD_TRY(ask(cx, pg, stmt, in, &result));
	ZD_TRY(check_columns(cx, pg, result, stmt));
	int n = PQntuples(result);
	for (int i = 0; i < n && !(run->first_only && i > 0); i++) {
		ZD_TRY(read_row(cx, result, i, stmt, run->arena, &row));
		ZD_TRY(run->row(cx, row, run->arg));
	}
	run->changed = stmt->writes ? changed(result) : 0;
	return ZD_OK;
}

/* --- many: a pipeline --------------------------------------------------------------------- */

/* Sends what waits and takes in what has come until a result can be had without blocking. */
static enum zd_rc
pump(struct zd_cx *cx, struct pg *pg, const char *doing)
{
	for (;;) {
		int unsent = PQflush(pg->conn);
		if (unsent < 0)
			return fail(cx, pg, NULL, doing, AT_READ);
		if (!unsent && !PQisBusy(pg->conn))
			return ZD_OK;
		struct pollfd fd = { .fd = PQsocket(pg->conn),
				     .events = (short)(POLLIN | (unsent ? POLLOUT : 0)) };
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return zd_fail(cx, ZD_FAILED, NULL, "%s: poll: %s", doing, strerror(errno));
		if ((fd.revents & ~POLLOUT) && PQconsumeInput(pg->conn) == 0)
			return fail(cx, pg, NULL, doing, AT_READ);
	}
}

struct pipe {
	struct pg *pg;
	const struct db_stmt *stmt;
	const struct db_many_run *run;
	struct stmt_name name;
	size_t sent, answered;
};

static enum zd_rc
pipe_send(struct zd_cx *cx, struct pipe *p, size_t upto)
{
	struct params *params = &p->pg->params;

	for (; p->sent < upto; p->sent++) {
		const char *in = (const char *)p->run->ins + p->sent * p->run->stride;
		ZD_TRY(params_fill(cx, params, p->stmt, in));
		if (!PQsendQueryPrepared(p->pg->conn, p->name.z, (int)params->n, params->values,
					 params->lengths, params->formats, 1))
			return fail(cx, p->pg, NULL, p->stmt->name, AT_READ);
	}
	if (!PQsendFlushRequest(p->pg->conn))
		return fail(cx, p->pg, NULL, p->stmt->name, AT_READ);
	return ZD_OK;
}

static enum zd_rc
pipe_rows(struct zd_cx *cx, struct pipe *p, const PGresult *result)
{
	void *row = NULL;

	ZD_TRY(check_columns(cx, p->pg, result, p->stmt));
	for (int i = 0; p->run->row && i < PQntuples(result); i++) {
		ZD_TRY(read_row(cx, result, i, p->stmt, cx->arena, &row));
		ZD_TRY(p->run->row(cx, p->answered, row, p->run->arg));
	}
	return ZD_OK;
}

static enum zd_rc
pipe_answer(struct zd_cx *cx, struct pipe *p)
{
	ZD_TRY(pump(cx, p->pg, p->stmt->name));
	PGresult *result ZD_CLEANUP(result_drop) = PQgetResult(p->pg->conn);
	if (!is_fine(result))
		return fail(cx, p->pg, result, p->stmt->name, AT_READ);
	ZD_TRY(pipe_rows(cx, p, result));
	ZD_TRY(pump(cx, p->pg, p->stmt->name));
	PQclear(PQgetResult(p->pg->conn)); /* NULL ends the answers to one statement */
	p->answered++;
	return ZD_OK;
}

static enum zd_rc
pipe_all(struct zd_cx *cx, struct pipe *p)
{
	while (p->answered < p->run->n) {
		size_t upto = p->sent + PIPE_BATCH < p->run->n ? p->sent + PIPE_BATCH : p->run->n;
		ZD_TRY(pipe_send(cx, p, upto));
		/* While the server works on this batch, the one before it is read. */
		size_t keep = p->sent < p->run->n ? PIPE_BATCH : 0;
		while (p->sent - p->answered > keep)
			ZD_TRY(pipe_answer(cx, p));
	}
	return ZD_OK;
}

/* Whatever happened, the connection leaves pipeline mode with nothing left in it. */
static enum zd_rc
pipe_close(struct zd_cx *cx, struct pg *pg, const char *doing)
{
	struct zd_cx aside = { .arena = cx->arena };
	bool synced = PQpipelineSync(pg->conn) == 1;

	for (int nulls = 0; synced && nulls < 2 && pump(&aside, pg, doing) == ZD_OK;) {
		PGresult *result ZD_CLEANUP(result_drop) = PQgetResult(pg->conn);
		nulls = result ? 0 : nulls + 1;
		if (result && PQresultStatus(result) == PGRES_PIPELINE_SYNC)
			break;
	}
	PQsetnonblocking(pg->conn, 0);
	if (!PQexitPipelineMode(pg->conn))
		return fail(cx, pg, NULL, doing, AT_READ);
	return ZD_OK;
}

/* --- many: a copy ------------------------------------------------------------------------- */

/* Signature, flags and length of the header's extension; the trailer is a tuple of -1 fields. */
static const char copy_header[] = "PGCOPY\n\377\r\n\0"
				  "\0\0\0\0"
				  "\0\0\0\0";
static const char copy_trailer[] = "\377\377";

#define COPY_PIECE ((size_t)1 << 16)         /* sent at a time, or one row if that is more */
#define COPY_MAX ((size_t)INT32_MAX / 2 - 4) /* of one message, as the server has it */

static void
copy_number(struct zd_out *out, size_t bytes, uint32_t number)
{
	uint32_t wide = htobe32(number);

	zd_out_write(out, (struct zd_str){ (const char *)&wide + sizeof(wide) - bytes, bytes });
}

static void
copy_tuple(struct zd_out *out, const struct params *params)
{
	copy_number(out, 2, (uint32_t)params->n);
	for (size_t i = 0; i < params->n; i++) {
		const char *value = params->values[i];
		copy_number(out, 4, value ? (uint32_t)params->lengths[i] : UINT32_MAX);
		if (value)
			zd_out_write(out, (struct zd_str){ value, (size_t)params->lengths[i] });
	}
}

static enum zd_rc
copy_send(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, struct zd_out *out)
{
	if (out->failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "内容超过 1 GB，无法保存");
	if (PQputCopyData(pg->conn, out->p, (int)out->n) != 1)
		return fail(cx, pg, NULL, stmt->name, AT_READ);
	out->n = 0;
	return ZD_OK;
}

static enum zd_rc
copy_rows(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt,
	  const struct db_many_run *run)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = COPY_MAX };

	zd_out_write(&out, (struct zd_str){ copy_header, sizeof(copy_header) - 1 });
	for (size_t i = 0; i < run->n; i++) {
		ZD_TRY(params_fill(cx, &pg->params, stmt,
				   (const char *)run->ins + i * run->stride));
		copy_tuple(&out, &pg->params);
		if (out.n >= COPY_PIECE)
			ZD_TRY(copy_send(cx, pg, stmt, &out));
	}
	zd_out_write(&out, (struct zd_str){ copy_trailer, sizeof(copy_trailer) - 1 });
	return copy_send(cx, pg, stmt, &out);
}

/* Ends it, well or (why) given up. Whatever the server found amiss on the way it says only here; nothing is left to be
 * read afterwards. */
static enum zd_rc
copy_end(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, const char *why)
{
	if (PQputCopyEnd(pg->conn, why) != 1)
		return fail(cx, pg, NULL, stmt->name, AT_READ);
	PGresult *result ZD_CLEANUP(result_drop) = PQgetResult(pg->conn);
	for (PGresult *more; (more = PQgetResult(pg->conn));)
		PQclear(more);
	return is_fine(result) ? ZD_OK : fail(cx, pg, result, stmt->name, AT_READ);
}

static enum zd_rc
pg_copy(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, const struct db_many_run *run)
{
	struct zd_cx aside = { .arena = cx->arena }; /* the first failure is the one to tell */

	ZD_TRY(revive(cx, pg));
	PGresult *result ZD_CLEANUP(result_drop) = PQexec(pg->conn, stmt->postgres_copy);
	if (PQresultStatus(result) != PGRES_COPY_IN)
		return fail(cx, pg, result, stmt->name, AT_READ);
	enum zd_rc rc = copy_rows(cx, pg, stmt, run);
	if (rc == ZD_OK)
		return copy_end(cx, pg, stmt, NULL);
	/* The server gives up all that was sent; its transaction can only be rolled back. */
	(void)!copy_end(&aside, pg, stmt, "given up");
	db_break(&pg->db);
	return rc;
}

static enum zd_rc
pg_many(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const struct db_many_run *run)
{
	struct pg *pg = pg_of(db);
	struct pipe p = { .pg = pg, .stmt = stmt, .run = run };

	if (stmt->postgres_copy && !run->row && run->n >= COPY_FROM)
		return pg_copy(cx, pg, stmt, run);
	ZD_TRY(make_ready(cx, pg, stmt, &p.name));
	if (PQsetnonblocking(pg->conn, 1) != 0 || !PQenterPipelineMode(pg->conn))
		return fail(cx, pg, NULL, stmt->name, AT_READ);
	enum zd_rc rc = pipe_all(cx, &p);
	if (rc == ZD_OK)
		return pipe_close(cx, pg, stmt->name);
	struct zd_cx aside = { .arena = cx->arena }; /* the first failure is the one to tell */
	if (pipe_close(&aside, pg, stmt->name) != ZD_OK)
		db_break(db);
	return rc;
}

/* --- transactions ------------------------------------------------------------------------- */

static enum zd_rc
pg_begin(struct zd_cx *cx, struct db *db, bool snapshot)
{
	struct pg *pg = pg_of(db);
	/* A reader sees one state throughout, as on SQLite. */
	const char *sql = db->use == DB_READ
				  ? "begin transaction isolation level repeatable read read only"
			  : snapshot ? "begin transaction isolation level repeatable read"
				     : "begin";

	ZD_TRY(revive(cx, pg));
	PGresult *result ZD_CLEANUP(result_drop) = PQexec(pg->conn, sql);
	if (is_fine(result))
		return ZD_OK;
	if (!is_lost(pg, state_of(result)))
		return fail(cx, pg, result, "begin", AT_READ);
	ZD_TRY(revive(cx, pg));
	return exec(cx, pg, "begin", sql, AT_READ);
}

static enum zd_rc
pg_commit(struct zd_cx *cx, struct db *db)
{
	struct pg *pg = pg_of(db);
	PGresult *result ZD_CLEANUP(result_drop) = PQexec(pg->conn, "commit");

	if (!is_fine(result))
		return fail(cx, pg, result, "commit", AT_COMMIT);
	if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
		db_break(db);
		return zd_fail(cx, ZD_FAILED, NULL, "commit: PostgreSQL answered %s",
			       PQcmdStatus(result));
	}
	return ZD_OK;
}

static void
pg_rollback(struct db *db)
{
	struct pg *pg = pg_of(db);

	if (PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
		PQclear(PQexec(pg->conn, "rollback"));
}

/* --- the rest ----------------------------------------------------------------------------- */

static enum zd_rc
pg_script(struct zd_cx *cx, struct db *db, const char *sql)
{
	struct pg *pg = pg_of(db);
	struct zd_cx aside = { .arena = cx->arena };

	ZD_TRY(revive(cx, pg));
	ZD_TRY(exec(cx, pg, "script", "set statement_timeout = 0", AT_READ));
	enum zd_rc rc = exec(cx, pg, "script", sql, AT_READ);
	bool broken = db->broken;
	if (rc == ZD_OK || !db->in_txn) /* else the rollback undoes the setting */
		(void)!exec(&aside, pg, "script", "reset statement_timeout", AT_READ);
	db->broken = broken;
	return rc;
}

static enum zd_rc
pg_prepare(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt)
{
	struct pg *pg = pg_of(db);
	struct stmt_name name;

	ZD_TRY(make_ready(cx, pg, stmt, &name));
	PGresult *result ZD_CLEANUP(result_drop) = PQdescribePrepared(pg->conn, name.z);
	if (!is_fine(result))
		return fail(cx, pg, result, stmt->name, AT_READ);
	return check_columns(cx, pg, result, stmt);
}

static enum zd_rc
explain(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, const void *in,
	struct zd_str *ret)
{
	struct zd_str sql = zd_str_printf(cx->arena, "explain (costs off) %s", stmt->postgres);
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	struct params *params = &pg->params;

	ZD_TRY(params_fill(cx, params, stmt, in));
	PGresult *result ZD_CLEANUP(result_drop) =
		PQexecParams(pg->conn, sql.p, (int)params->n, params->types, params->values,
			     params->lengths, params->formats, 0);
	if (!is_fine(result))
		return fail(cx, pg, result, stmt->name, AT_READ);
	for (int i = 0; i < PQntuples(result); i++)
		zd_out_printf(&out, "%s\n", PQgetvalue(result, i, 0));
	*ret = zd_str_copy(cx->arena, zd_out_str(&out));
	return ZD_OK;
}

static enum zd_rc
pg_explain(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	   struct zd_str *ret)
{
	struct pg *pg = pg_of(db);

	/* Small tables are read whole whatever the indexes; what is asked is whether one would
	 * serve. */
	ZD_TRY(exec(cx, pg, "explain", "set enable_seqscan = off", AT_READ));
	enum zd_rc rc = explain(cx, pg, stmt, in, ret);
	if (rc == ZD_OK || !db->in_txn)
		ZD_TRY(exec(cx, pg, "explain", "reset enable_seqscan", AT_READ));
	return rc;
}

/* `explain (costs off) execute "name"(null, null)`: the plan for any values is the one kept for the statement. */
static enum zd_rc
generic_plan(struct zd_cx *cx, struct pg *pg, const struct db_stmt *stmt, struct zd_str *ret)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	struct zd_out plan ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	struct stmt_name name;

	ZD_TRY(make_ready(cx, pg, stmt, &name));
	params_types(&pg->params, stmt);
	zd_out_printf(&out, "explain (costs off) execute %s", name.z);
	for (size_t i = 0; i < pg->params.n; i++)
		zd_out_printf(&out, "%snull", i ? ", " : "(");
	zd_out_printf(&out, "%s", pg->params.n ? ")" : "");
	PGresult *result ZD_CLEANUP(result_drop) =
		PQexec(pg->conn, zd_str_copy(cx->arena, zd_out_str(&out)).p);
	if (!is_fine(result))
		return fail(cx, pg, result, stmt->name, AT_READ);
	for (int i = 0; i < PQntuples(result); i++)
		zd_out_printf(&plan, "%s\n", PQgetvalue(result, i, 0));
	*ret = zd_str_copy(cx->arena, zd_out_str(&plan));
	return ZD_OK;
}

static enum zd_rc
pg_plan(struct zd_cx *cx, struct db *db, const struct db_stmt *stmt, const void *in,
	struct zd_str *ret)
{
	struct pg *pg = pg_of(db);

	(void)in;
	ZD_TRY(exec(cx, pg, "explain", "set plan_cache_mode = force_generic_plan", AT_READ));
	enum zd_rc rc = generic_plan(cx, pg, stmt, ret);
	if (rc == ZD_OK || !db->in_txn)
		ZD_TRY(exec(cx, pg, "explain", "reset plan_cache_mode", AT_READ));
	return rc;
}

static enum zd_rc
pg_copy_to(struct zd_cx *cx, struct db *db, const char *path)
{
	(void)db, (void)path;
	return zd_fail(cx, ZD_REFUSED, NULL, "PostgreSQL 数据库请用 pg_dump 或 pg_basebackup 备份");
}

static enum zd_rc
pg_checkpoint(struct zd_cx *cx, struct db *db)
{
	(void)cx, (void)db; /* the server's own affair */
	return ZD_OK;
}

static void
pg_close(struct db *db)
{
	struct pg *pg = pg_of(db);

	PQfinish(pg->conn);
	db_map_free(&pg->prepared);
	params_free(&pg->params);
	free(pg->url);
	free(pg);
}

static const struct db_driver driver = {
	.dialect = DB_POSTGRES,
	.close = pg_close,
	.ready = pg_ready,
	.run = pg_run,
	.many = pg_many,
	.begin = pg_begin,
	.commit = pg_commit,
	.rollback = pg_rollback,
	.script = pg_script,
	.prepare = pg_prepare,
	.explain = pg_explain,
	.plan = pg_plan,
	.forget = pg_forget,
	.copy_to = pg_copy_to,
	.checkpoint = pg_checkpoint,
};

enum zd_rc
db_postgres_open(struct zd_cx *cx, const char *url, struct db **ret)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	if (!pg)
		abort();
	pg->db = (struct db){ .driver = &driver, .use = DB_WRITE };
	pg->url = strdup(url);
	struct db *db ZD_CLEANUP(db_drop) = &pg->db;
	if (!pg->url)
		abort();
	ZD_TRY(connect(cx, pg));
	*ret = db;
	db = NULL;
	return ZD_OK;
}
