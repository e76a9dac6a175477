/*
 * Scripts in the words of both databases, and the migrations made of them.
 *
 * Macros: @I64 @TEXT @BLOB @REAL @STRICT, outside quotes and comments.
 * A line `-- @sqlite` or `-- @postgres` begins a part for that database, `-- @both` ends it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "crypto/crypto.h"
#include "db/db_driver.h"
#include "db/db_sql.h"

#define SCRIPT_MAX ((size_t)16 << 20)

extern const struct embed_file migration_files[];

/* --- expansion ---------------------------------------------------------------------------- */

static const struct {
	struct zd_str macro, text[2]; /* by enum db_dialect */
} macros[] = {
	{ ZD_LIT("@I64"), { ZD_LIT("integer"), ZD_LIT("bigint") } },
	{ ZD_LIT("@TEXT"), { ZD_LIT("text"), ZD_LIT("text") } },
	{ ZD_LIT("@BLOB"), { ZD_LIT("blob"), ZD_LIT("bytea") } },
	{ ZD_LIT("@REAL"), { ZD_LIT("real"), ZD_LIT("double precision") } },
	{ ZD_LIT("@STRICT"), { ZD_LIT("strict"), ZD_LIT("") } },
};

static const struct {
	struct zd_str line;
	int only; /* enum db_dialect, or -1 */
} parts[] = {
	{ ZD_LIT("-- @sqlite"), DB_SQLITE },
	{ ZD_LIT("-- @postgres"), DB_POSTGRES },
	{ ZD_LIT("-- @both"), -1 },
};

struct expansion {
	enum db_dialect dialect;
	int only;
	bool quoted;
	struct zd_out out;
};

static size_t
word_length(struct zd_str s)
{
	size_t n = 1;

	while (n < s.n && (isalnum((unsigned char)s.p[n]) || s.p[n] == '_'))
		n++;
	return n;
}

static enum zd_rc
put_macro(struct zd_cx *cx, struct expansion *ex, struct zd_str word)
{
	for (size_t i = 0; i < ZD_COUNT(macros); i++) {
		if (!zd_str_equal(macros[i].macro, word))
			continue;
		zd_out_write(&ex->out, macros[i].text[ex->dialect]);
		return ZD_OK;
	}
	return zd_fail(cx, ZD_FAILED, NULL, "script: no such macro: %.*s", ZD_STR_ARG(word));
}

static enum zd_rc
put_line(struct zd_cx *cx, struct expansion *ex, struct zd_str line)
{
	for (size_t i = 0; i < line.n; i++) {
		struct zd_str rest = { line.p + i, line.n - i };
		if (!ex->quoted && zd_str_starts(rest, ZD_STR("--"))) {
			zd_out_write(&ex->out, ZD_STR("\n"));
			return ZD_OK;
		}
		if (line.p[i] == '\'')
			ex->quoted = !ex->quoted;
		if (line.p[i] == '@' && !ex->quoted) {
			rest.n = word_length(rest);
			ZD_TRY(put_macro(cx, ex, rest));
			i += rest.n - 1;
			continue;
		}
		zd_out_write(&ex->out, (struct zd_str){ line.p + i, 1 });
	}
	return ZD_OK;
}

static bool
begins_part(struct expansion *ex, struct zd_str line)
{
	if (ex->quoted)
		return false;
	for (size_t i = 0; i < ZD_COUNT(parts); i++) {
		if (!zd_str_equal(zd_str_trim(line), parts[i].line))
			continue;
		ex->only = parts[i].only;
		return true;
	}
	return false;
}

static enum zd_rc
expand(struct zd_cx *cx, struct expansion *ex, struct zd_str text)
{
	for (size_t at = 0; at < text.n;) {
		const char *end = memchr(text.p + at, '\n', text.n - at);
		size_t n = end ? (size_t)(end - (text.p + at)) + 1 : text.n - at;
		struct zd_str line = { text.p + at, n };
		at += n;
		if (begins_part(ex, line) || (ex->only >= 0 && ex->only != (int)ex->dialect))
			continue;
		ZD_TRY(put_line(cx, ex, line));
	}
	return ZD_OK;
}

static void
expansion_drop(struct expansion *ex)
{
	zd_out_drop(&ex->out);
}

enum zd_rc
db_script_expand(struct zd_cx *cx, enum db_dialect dialect, const char *sql, struct zd_str *ret)
{
	struct expansion ex ZD_CLEANUP(
		expansion_drop) = { .dialect = dialect, .only = -1, .out = { .max = SCRIPT_MAX } };

	ZD_TRY(expand(cx, &ex, zd_str_of(sql)));
	if (ex.out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "脚本超过 16 MB，请分成几个文件");
	*ret = zd_str_copy(cx->arena, zd_out_str(&ex.out));
	return ZD_OK;
}

/* --- migrations --------------------------------------------------------------------------- */

/* Two programs that migrate at once take turns, however long it takes. */
static const char turns[] = "-- @postgres\n"
			    "set local lock_timeout = 0;"
			    "select pg_advisory_xact_lock(7823001);\n";
static const char first[] = "create table if not exists schema_migration ("
			    " number @I64 not null primary key, name @TEXT not null,"
			    " sm3 @TEXT not null, applied_at @I64 not null) @STRICT;";

static int64_t
number_of(const struct embed_file *file)
{
	return strtoll(file->name, NULL, 10);
}

static struct zd_str
print_of(struct zd_cx *cx, const struct embed_file *file)
{
	struct sm3 sm3;

	sm3_of((struct zd_str){ file->bytes, file->n }, &sm3);
	return crypto_hex(cx->arena, (struct zd_str){ (const char *)sm3.b, sizeof(sm3.b) });
}

/* What the database has seen must be the first of the files we have, unchanged. */
struct seen {
	const struct embed_file *next;
};

static enum zd_rc
check_seen(struct zd_cx *cx, const void *row, void *arg)
{
	const struct db_sql_list_migrations_out *was = row;
	struct seen *seen = arg;
	const struct embed_file *file = seen->next;

	if (!file->name)
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "数据库已升级到 %.*s，比本程序新，请使用更新版本的程序",
			       ZD_STR_ARG(was->name));
	if (number_of(file) != was->number)
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "数据库执行过升级脚本 %.*s，本程序中此处却是 "
			       "%s，程序与数据库不是同一系列，已停止",
			       ZD_STR_ARG(was->name), file->name);
	if (!zd_str_equal(print_of(cx, file), was->sm3))
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "升级脚本 %s 的内容与执行时不同（SM3 "
			       "校验不符），已停止：升级脚本发布后不得修改",
			       file->name);
	seen->next++;
	return ZD_OK;
}

static enum zd_rc
apply(struct zd_cx *cx, struct db *db, const struct embed_file *file)
{
	ZD_TRY(db_script(cx, db, file->bytes));
	return db_sql_insert_migration(cx, db, .number = number_of(file),
				       .name = zd_str_of(file->name), .sm3 = print_of(cx, file),
				       .applied_at = cx->now);
}

static enum zd_rc
make_table(struct zd_cx *cx, struct db *db)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(db_script(cx, db, turns));
	ZD_TRY(db_script(cx, db, first));
	return db_commit(cx, &txn);
}

/* One file a transaction. */
static enum zd_rc
apply_next(struct zd_cx *cx, struct db *db, const struct embed_file *files, bool *ret_done)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct seen seen = { .next = files };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(db_script(cx, db, turns));
	ZD_TRY(db_sql_list_migrations(cx, db, check_seen, &seen));
	*ret_done = !seen.next->name;
	if (!*ret_done)
		ZD_TRY(apply(cx, db, seen.next));
	return db_commit(cx, &txn);
}

enum zd_rc
db_migrate_files(struct zd_cx *cx, struct db *db, const struct embed_file *files)
{
	bool done = false;

	ZD_TRY(make_table(cx, db));
	while (!done)
		ZD_TRY(apply_next(cx, db, files, &done));
	return ZD_OK;
}

enum zd_rc
db_migrate(struct zd_cx *cx, struct db *db)
{
	return db_migrate_files(cx, db, migration_files);
}

enum zd_rc
db_migrations_due(struct zd_cx *cx, struct db *db, int *ret)
{
	struct seen seen = { .next = migration_files };
	int n = 0;

	ZD_TRY(db_script(cx, db, first));
	ZD_TRY(db_sql_list_migrations(cx, db, check_seen, &seen));
	while (seen.next[n].name)
		n++;
	*ret = n;
	return ZD_OK;
}
