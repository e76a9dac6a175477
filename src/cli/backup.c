/* Taking a backup: what is in it, in which order. */
#include "cli/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/app.h"
#include "cli/backup_tools.h"
#include "db/db.h"
#include "file/file.h"
#include "trust/audit.h"

/* A member and where its content is here. */
struct source {
	const char *path;
};

struct plan {
	struct zd_arena *arena;
	const struct app *app;
	struct archive_member *members;
	struct source *sources;
	size_t n, cap;
	int64_t files, missing;
};

static void
plan_add(struct plan *plan, struct zd_str name, const char *path, int64_t size,
	 const struct sm3 *sm3)
{
	if (plan->n == plan->cap) {
		size_t cap = plan->cap ? 2 * plan->cap : 64;
		struct archive_member *members =
			zd_new_array(plan->arena, struct archive_member, cap);
		struct source *sources = zd_new_array(plan->arena, struct source, cap);
		if (plan->n) {
			memcpy(members, plan->members, plan->n * sizeof(*members));
			memcpy(sources, plan->sources, plan->n * sizeof(*sources));
		}
		plan->members = members;
		plan->sources = sources;
		plan->cap = cap;
	}
	plan->members[plan->n] = (struct archive_member){ .name = name, .size = size, .sm3 = *sm3 };
	plan->sources[plan->n++] = (struct source){ .path = path };
}

/* A file that is small or ours alone: hashed here. */
static enum zd_rc
plan_file(struct zd_cx *cx, struct plan *plan, struct zd_str name, const char *path)
{
	struct sm3 sm3;
	int64_t size;

	ZD_TRY(backup_hash(cx, path, &sm3, &size));
	plan_add(plan, name, path, size, &sm3);
	return ZD_OK;
}

static void
close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static enum zd_rc
plan_keys(struct zd_cx *cx, struct plan *plan)
{
	const char *path = app_path(cx->arena, plan->app->dir, "keys");
	DIR *dir ZD_CLEANUP(close_dir) = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path, strerrordesc_np(errno));
	while ((entry = readdir(dir))) { /* NOLINT(concurrency-mt-unsafe): ours alone */
		if (entry->d_name[0] == '.')
			continue;
		ZD_TRY(plan_file(cx, plan, zd_str_printf(plan->arena, "keys/%s", entry->d_name),
				 app_path(plan->arena, path, entry->d_name)));
	}
	return ZD_OK;
}

/* A content that is lost or damaged is counted and left out: it must not keep the rest from being saved. */
static enum zd_rc
plan_content(struct zd_cx *cx, const struct file_content *content, void *arg)
{
	struct plan *plan = arg;
	char place[FILE_SM3_HEX + 7];
	struct sm3 sm3;

	plan->files++;
	if (file_check(cx, plan->app->files, content) != ZD_OK) {
		plan->missing++;
		return ZD_OK;
	}
	file_path(content->sm3, place);
	if (!crypto_unhex(zd_str_of(content->sm3), sm3.b, SM3_LEN))
		return zd_fail(cx, ZD_FAILED, NULL, "文件登记的摘要不对：%s", content->sm3);
	plan_add(plan, zd_str_printf(plan->arena, "files/%s", place),
		 zd_str_printf(plan->arena, "%s/files/%s", plan->app->dir, place).p, content->size,
		 &sm3);
	return ZD_OK;
}

/* --- the database -------------------------------------------------------------------------------- */

/* Where the snapshot is put, and what it says of itself. */
struct snapshot {
	const char *path, *member, *kind;
	int64_t entries;
	struct sm3 root;
};

static void
snapshot_drop(struct snapshot *snapshot)
{
	if (snapshot->path)
		(void)unlink(snapshot->path);
}

static enum zd_rc
read_head(struct zd_cx *cx, struct db *db, struct snapshot *snapshot)
{
	struct audit_head head;
	enum zd_rc rc = audit_find_head(cx, db, &head);

	if (rc == ZD_NOT_FOUND)
		return ZD_OK; /* an empty log */
	ZD_TRY(rc);
	snapshot->entries = head.size;
	if (head.root.n == SM3_LEN)
		memcpy(snapshot->root.b, head.root.p, SM3_LEN);
	return ZD_OK;
}

/* The copy is asked itself, so that its files and its log are those of one moment. */
static enum zd_rc
take_sqlite(struct zd_cx *cx, struct db *db, struct plan *plan, struct snapshot *snapshot)
{
	struct db *copy ZD_CLEANUP(db_drop) = NULL;

	snapshot->member = "zhaodan.db";
	snapshot->kind = "sqlite";
	ZD_TRY(db_copy_to(cx, db, snapshot->path));
	ZD_TRY(db_open(cx, snapshot->path, &copy));
	ZD_TRY(read_head(cx, copy, snapshot));
	return file_each_content(cx, copy, "", plan_content, plan);
}

/* Contents named before the dump are in it or were dropped meanwhile; those that came meanwhile are named after it. */
static enum zd_rc
take_postgres(struct zd_cx *cx, struct db *db, struct plan *plan, struct snapshot *snapshot)
{
	snapshot->member = "database.pgdump";
	snapshot->kind = "postgresql";
	ZD_TRY(read_head(cx, db, snapshot));
	ZD_TRY(backup_dump(cx, plan->app->db_url, snapshot->path));
	return file_each_content(cx, db, "", plan_content, plan);
}

static enum zd_rc
take_snapshot(struct zd_cx *cx, struct app *app, struct plan *plan, struct snapshot *ret)
{
	struct db *db;

	ret->path =
		zd_str_printf(cx->arena, "%s/backup-%lld", app->spool, (long long)zd_id_new()).p;
	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &db));
	/* a signed head over all that was committed before us */
	enum zd_rc rc = audit_seal(cx, db, app->keys.log, app->origin, true, NULL);
	if (rc == ZD_OK || rc == ZD_BUSY)
		rc = db_dialect(db) == DB_SQLITE ? take_sqlite(cx, db, plan, ret)
						 : take_postgres(cx, db, plan, ret);
	db_pool_give(app->pool, db);
	ZD_TRY(rc);
	return plan_file(cx, plan, zd_str_of(ret->member), ret->path);
}

/* --- together --------------------------------------------------------------------------------------- */

static enum zd_rc
put_head(struct zd_cx *cx, const struct app *app, const struct plan *plan,
	 const struct snapshot *snapshot, struct zd_str *ret)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	json_put_member(&w, "made_at", zd_time_format_utc(cx->arena, cx->now));
	json_put_member(&w, "origin", app->origin);
	json_put_member(&w, "database", zd_str_of(snapshot->kind));
	json_put_member_int(&w, "entries", snapshot->entries);
	json_put_member(&w, "root", crypto_hex(cx->arena, SM3_STR(snapshot->root)));
	json_put_member_int(&w, "files", plan->files);
	json_put_member_int(&w, "missing", plan->missing);
	json_put_end(&w);
	struct zd_str json = zd_str_copy(cx->arena, zd_out_str(&out));
	*ret = (struct zd_str){ json.p + 1, json.n - 2 }; /* without its braces */
	return ZD_OK;
}

static enum zd_rc
add_member(struct zd_cx *cx, struct archive_writer *writer, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path, strerrordesc_np(errno));
	enum zd_rc rc = archive_add(cx, writer, fd);
	(void)close(fd);
	return rc;
}

static enum zd_rc
note(struct zd_cx *cx, struct app *app, int64_t bytes)
{
	return app_note(
		cx, app,
		&(const struct audit_entry){
			.act = "backup.make",
			.object = ZD_STR("city"),
			.detail = zd_str_printf(cx->arena, "%lld bytes", (long long)bytes) });
}

/* All that belongs to a city. */
static enum zd_rc
plan_all(struct zd_cx *cx, struct app *app, struct plan *plan, struct snapshot *snapshot)
{
	const char *conf = app_path(cx->arena, app->dir, "zhaodan.conf");

	ZD_TRY(take_snapshot(cx, app, plan, snapshot));
	ZD_TRY(plan_keys(cx, plan));
	ZD_TRY(plan_file(cx, plan, ZD_STR("origin"), app_path(cx->arena, app->dir, "origin")));
	return access(conf, F_OK) == 0 ? plan_file(cx, plan, ZD_STR("zhaodan.conf"), conf) : ZD_OK;
}

static enum zd_rc
write_archive(struct zd_cx *cx, const struct app *app, const char *path,
	      const struct archive_lock *lock, const struct plan *plan,
	      const struct snapshot *snapshot)
{
	struct archive_writer *writer ZD_CLEANUP(archive_writer_drop) = NULL;
	struct zd_str head;

	ZD_TRY(put_head(cx, app, plan, snapshot, &head));
	ZD_TRY(archive_create(cx, path, lock, app->keys.log, head, plan->members, plan->n,
			      &writer));
	for (size_t i = 0; i < plan->n; i++)
		ZD_TRY(add_member(cx, writer, plan->sources[i].path));
	return archive_finish(cx, writer);
}

enum zd_rc
backup_make(struct zd_cx *cx, struct app *app, const char *path, const struct archive_lock *lock,
	    struct backup_report *ret)
{
	struct snapshot snapshot ZD_CLEANUP(snapshot_drop) = { 0 };
	struct plan plan = { .arena = cx->arena, .app = app };
	struct stat st;

	if (access(path, F_OK) == 0)
		return zd_fail(cx, ZD_CONFLICT, "file", "%s 已存在：备份不覆盖文件，请另取文件名。",
			       path);
	ZD_TRY(plan_all(cx, app, &plan, &snapshot));
	ZD_TRY(write_archive(cx, app, path, lock, &plan, &snapshot));
	*ret = (struct backup_report){ .bytes = stat(path, &st) == 0 ? (int64_t)st.st_size : 0,
				       .members = (int64_t)plan.n,
				       .files = plan.files,
				       .missing = plan.missing,
				       .entries = snapshot.entries,
				       .root = crypto_hex(cx->arena, SM3_STR(snapshot.root)) };
	return note(cx, app, ret->bytes);
}
