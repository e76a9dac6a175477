/* The way back: verify, unpack aside, compare, put in place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/app.h"
#include "cli/backup.h"
#include "cli/backup_tools.h"
#include "cli/cli_sql.h"
#include "cli/integrity.h"
#include "cli/stage.h"
#include "db/db.h"
#include "file/file.h"
#include "trust/audit.h"
#include "trust/trust_app.h"

/* What the manifest says of the whole. */
struct claims {
	struct zd_str database, root;
	int64_t entries, files, missing;
};

static enum zd_rc
read_claims(struct zd_cx *cx, struct zd_str manifest, struct claims *ret)
{
	struct json json = json_open(cx->arena, manifest, JSON_UNIQUE);
	struct zd_str name;

	if (json_enter_object(&json))
		while (json_next_member(&json, &name)) {
			if (zd_str_equal(name, ZD_STR("database")))
				(void)json_text(&json, &ret->database);
			else if (zd_str_equal(name, ZD_STR("root")))
				(void)json_text(&json, &ret->root);
			else if (zd_str_equal(name, ZD_STR("entries")))
				(void)json_int(&json, &ret->entries);
			else if (zd_str_equal(name, ZD_STR("files")))
				(void)json_int(&json, &ret->files);
			else if (zd_str_equal(name, ZD_STR("missing")))
				(void)json_int(&json, &ret->missing);
		}
	return json_end(&json) ? ZD_OK : json_fail(cx, &json, "备份清单");
}

static enum zd_rc
unlock(struct zd_cx *cx, const struct backup_from *from, struct archive_reader *reader,
       struct zd_str *ret_manifest, const struct archive_member **ret_members, size_t *ret_n)
{
	unsigned char key[32];

	if (archive_wants_passphrase(reader) && !from->passphrase.p)
		return zd_fail(cx, ZD_INVALID, "passphrase-file",
			       "这份备份用口令加密：请用 --passphrase-file 给出口令文件。");
	if (!archive_wants_passphrase(reader) && !from->key)
		return zd_fail(cx, ZD_INVALID, "key-file",
			       "这份备份用原数据目录的备份密钥加密：请用 --key-file 给出另存的 "
			       "keys/backup。");
	if (archive_wants_passphrase(reader))
		archive_key_of(reader, from->passphrase, key);
	else
		memcpy(key, from->key, sizeof(key));
	enum zd_rc rc = archive_unlock(cx, reader, key, ret_manifest, ret_members, ret_n);
	crypto_wipe(key, sizeof(key));
	return rc;
}

/* The directories of a member's name, under dir. */
static enum zd_rc
make_parents(struct zd_cx *cx, const char *dir, struct zd_str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != '/')
			continue;
		const char *path = zd_str_printf(cx->arena, "%s/%.*s", dir, (int)i, name.p).p;
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path,
				       strerrordesc_np(errno));
	}
	return ZD_OK;
}

static enum zd_rc
unpack(struct zd_cx *cx, struct archive_reader *reader, const char *dir,
       const struct archive_member *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
		struct zd_cx own = { .arena = arena };
		const char *path =
			zd_str_printf(arena, "%s/%.*s", dir, ZD_STR_ARG(members[i].name)).p;
		ZD_TRY(make_parents(cx, dir, members[i].name));
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path,
				       strerrordesc_np(errno));
		enum zd_rc rc = archive_extract(&own, reader, fd);
		(void)close(fd);
		if (rc != ZD_OK) {
			cx->err = own.err;
			return rc;
		}
	}
	return ZD_OK;
}

/* --- PostgreSQL ------------------------------------------------------------------------------------ */

/* The settings of the backup name the old database: they get the new one. */
static enum zd_rc
change_db_setting(struct zd_cx *cx, const char *dir, const char *url)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	const char *path = app_path(cx->arena, dir, "zhaodan.conf");
	struct zd_str text = { 0 };
	enum zd_rc rc = app_read_file(cx, path, &text);

	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		struct zd_str line = { text.p, end ? (size_t)(end - text.p) + 1 : text.n };
		const char *equals = memchr(line.p, '=', line.n);
		struct zd_str key = zd_str_trim(
			(struct zd_str){ line.p, equals ? (size_t)(equals - line.p) : 0 });
		if (!zd_str_equal(key, ZD_STR("db")))
			zd_out_write(&out, line);
		text.p += line.n;
		text.n -= line.n;
	}
	zd_out_printf(&out, "\ndb = %s\n", url);
	(void)unlink(path);
	return app_write_file(cx, path, zd_out_str(&out));
}

/* We changed them: what was recorded of them no longer holds. */
static enum zd_rc
accept_settings(struct zd_cx *cx, const char *dir)
{
	struct app app = { .dir = dir };

	ZD_TRY(trust_keys_load(cx, app_path(cx->arena, dir, "keys"), &app.keys));
	enum zd_rc rc = integrity_record(cx, &app);
	trust_keys_wipe(&app.keys);
	return rc;
}

static enum zd_rc
check_empty(struct zd_cx *cx, const char *url)
{
	struct db *db ZD_CLEANUP(db_drop) = NULL;
	struct cli_sql_count_tables_out count;

	ZD_TRY(db_open(cx, url, &db));
	ZD_TRY(cli_sql_count_tables(cx, db, &count));
	return count.n == 0 ? ZD_OK
			    : zd_fail(cx, ZD_CONFLICT, "db",
				      "--db 的数据库不是空的：恢复只写入空库，请新建一个。");
}

static enum zd_rc
load_postgres(struct zd_cx *cx, const struct backup_from *from, const char *dir)
{
	const char *dump = app_path(cx->arena, dir, "database.pgdump");

	ZD_TRY(backup_load(cx, from->db, dump));
	(void)unlink(dump);
	ZD_TRY(change_db_setting(cx, dir, from->db));
	return accept_settings(cx, dir);
}

static enum zd_rc
check_target(struct zd_cx *cx, const struct backup_from *from, const struct claims *claims)
{
	bool postgres = zd_str_equal(claims->database, ZD_STR("postgresql"));

	if (postgres && !from->db)
		return zd_fail(cx, ZD_INVALID, "db",
			       "这是 PostgreSQL 的备份：请用 --db 给出一个空库的地址。");
	if (!postgres && from->db)
		return zd_fail(cx, ZD_INVALID, "db",
			       "这是 SQLite 的备份，恢复到数据目录中，不用 --db。");
	return postgres ? check_empty(cx, from->db) : ZD_OK;
}

/* --- comparing -------------------------------------------------------------------------------------- */

static enum zd_rc
count_file(struct zd_cx *cx, const struct file_content *content, void *arg)
{
	(void)cx;
	(void)content;
	++*(int64_t *)arg;
	return ZD_OK;
}

/* What was restored is what the manifest says: the log's head, the number of contents. */
static enum zd_rc
compare(struct zd_cx *cx, const char *url, const struct claims *claims)
{
	struct db *db ZD_CLEANUP(db_drop) = NULL;
	struct audit_head head = { 0 };
	int64_t files = 0;

	ZD_TRY(db_open(cx, url, &db));
	enum zd_rc rc = audit_find_head(cx, db, &head);
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	bool same =
		head.size > claims->entries || /* sealed while it was dumped */
		(head.size == claims->entries &&
		 (head.size == 0 || zd_str_equal(crypto_hex(cx->arena, head.root), claims->root)));
	if (!same)
		return zd_fail(
			cx, ZD_REFUSED, NULL,
			"恢复出的审计日志与清单不符（%lld 条，清单 %lld 条）。没有恢复任何内容。",
			(long long)head.size, (long long)claims->entries);
	ZD_TRY(file_each_content(cx, db, "", count_file, &files));
	if (files != claims->files && !zd_str_equal(claims->database, ZD_STR("postgresql")))
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "恢复出的文件登记数 %lld 与清单 %lld 不符。没有恢复任何内容。",
			       (long long)files, (long long)claims->files);
	return ZD_OK;
}

/* Aside, compared, then in its place. */
static enum zd_rc
put_back(struct zd_cx *cx, const struct backup_from *from, const char *dir,
	 struct archive_reader *reader, const struct claims *claims,
	 const struct archive_member *members, size_t n)
{
	struct stage stage ZD_CLEANUP(stage_drop) = { 0 };

	ZD_TRY(stage_begin(cx, dir, &stage));
	ZD_TRY(unpack(cx, reader, stage.dir, members, n));
	if (from->db)
		ZD_TRY(load_postgres(cx, from, stage.dir));
	ZD_TRY(compare(cx, from->db ? from->db : app_path(cx->arena, stage.dir, "zhaodan.db"),
		       claims));
	return stage_commit(cx, &stage);
}

static enum zd_rc
restore_from(struct zd_cx *cx, const struct backup_from *from, const char *dir,
	     struct archive_reader *reader, struct claims *ret, size_t *ret_n)
{
	const struct archive_member *members;
	struct zd_str manifest;

	ZD_TRY(archive_verify(cx, reader, from->signer));
	ZD_TRY(unlock(cx, from, reader, &manifest, &members, ret_n));
	ZD_TRY(read_claims(cx, manifest, ret));
	ZD_TRY(check_target(cx, from, ret));
	return put_back(cx, from, dir, reader, ret, members, *ret_n);
}

enum zd_rc
backup_restore(struct zd_cx *cx, const struct backup_from *from, const char *dir,
	       struct backup_report *ret)
{
	struct archive_reader *reader ZD_CLEANUP(archive_reader_drop) = NULL;
	struct claims claims = { 0 };
	size_t n = 0;

	ZD_TRY(archive_open(cx, from->path, &reader));
	ZD_TRY(restore_from(cx, from, dir, reader, &claims, &n));
	*ret = (struct backup_report){ .members = (int64_t)n,
				       .files = claims.files,
				       .missing = claims.missing,
				       .entries = claims.entries,
				       .root = claims.root };
	return ZD_OK;
}
