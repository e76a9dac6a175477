/* Opens and closes an installation. */
#include "cli/app.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "db/db.h"
#include "file/file.h"
#include "standard/standard.h"
#include "trust/audit.h"
#include "trust/trust_app.h"

#define APP_ARENA ((size_t)256 << 20)
#define SMALL_FILE 65536

/* The application with what only we hold. */
struct box {
	struct app app;
	struct app_config config;
	struct zd_arena *arena;
	bool opened;
};

static enum zd_rc
fail_system(struct zd_cx *cx, const char *path)
{
	return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path, strerrordesc_np(errno));
}

const char *
app_path(struct zd_arena *arena, const char *dir, const char *name)
{
	return zd_str_printf(arena, "%s/%s", dir, name).p;
}

static enum zd_rc
read_up_to(struct zd_cx *cx, int fd, const char *path, size_t max, struct zd_str *ret)
{
	char *text = zd_try_alloc(cx->arena, max + 1);
	size_t n = 0;
	ssize_t got = 0;

	while (text && (got = read(fd, text + n, max + 1 - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		return fail_system(cx, path);
	if (!text || n > max)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "%s 太大。", path);
	*ret = (struct zd_str){ text, n };
	return ZD_OK;
}

enum zd_rc
app_read_large_file(struct zd_cx *cx, const char *path, size_t max, struct zd_str *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有文件 %s。", path);
	if (fd < 0)
		return fail_system(cx, path);
	/* a pipe says nothing of its size */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0 &&
	    (size_t)st.st_size < max)
		max = (size_t)st.st_size;
	enum zd_rc rc = read_up_to(cx, fd, path, max, ret);
	(void)close(fd);
	return rc;
}

enum zd_rc
app_read_file(struct zd_cx *cx, const char *path, struct zd_str *ret)
{
	return app_read_large_file(cx, path, SMALL_FILE, ret);
}

enum zd_rc
app_write_file(struct zd_cx *cx, const char *path, struct zd_str text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_system(cx, path);
	bool ok = write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;
	int e = errno;
	(void)close(fd);
	errno = e;
	return ok ? ZD_OK : fail_system(cx, path);
}

/* --- where it is -------------------------------------------------------------------------------- */

/* A path that stays right whatever the working directory becomes. */
static const char *
absolute(struct zd_cx *cx, const char *path)
{
	char buf[PATH_MAX];

	if (realpath(path, buf))
		return zd_str_copy(cx->arena, zd_str_of(buf)).p;
	if (path[0] == '/' || !getcwd(buf, sizeof(buf)))
		return path;
	return app_path(cx->arena, buf, path);
}

struct app_place
app_place(struct zd_cx *cx, struct zd_str dir, struct zd_str db)
{
	const char *given = dir.p ? zd_str_copy(cx->arena, dir).p : "data";

	return (struct app_place){ .dir = absolute(cx, given),
				   .db = db.p ? zd_str_copy(cx->arena, db).p : NULL };
}

static enum zd_rc
check_dir(struct zd_cx *cx, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return zd_fail(
			cx, ZD_NOT_FOUND, "data",
			"没有数据目录 %s。用 zhaodan init --data %s 新建，或用 --data 指明所在。",
			dir, dir);
	if (st.st_uid != geteuid())
		return zd_fail(cx, ZD_REFUSED, "data",
			       "数据目录 %s 属于别的系统账户：请用其所有者的账户运行。", dir);
	if (st.st_mode & 077)
		return zd_fail(cx, ZD_REFUSED, "data",
			       "数据目录 %s 可被其他系统账户访问：请执行 chmod 700 %s。", dir, dir);
	return ZD_OK;
}

static struct box *
new_box(const struct app_place *place)
{
	struct box *box = calloc(1, sizeof(*box));

	if (!box)
		abort();
	box->arena = zd_arena_new(APP_ARENA);
	box->app.dir = zd_str_copy(box->arena, zd_str_of(place->dir)).p;
	box->app.spool = app_path(box->arena, place->dir, "spool");
	box->app.config = &box->config;
	return box;
}

static void
box_drop(struct box **box)
{
	if (*box)
		app_close(&(*box)->app);
	*box = NULL;
}

enum zd_rc
app_configure(struct zd_cx *cx, const struct app_place *place, struct app **ret)
{
	struct zd_str text = { 0 };

	ZD_TRY(check_dir(cx, place->dir));
	struct box *box ZD_CLEANUP(box_drop) = new_box(place);
	const char *path = app_path(cx->arena, place->dir, "zhaodan.conf");
	enum zd_rc rc = app_read_file(cx, path, &text);
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	struct zd_cx own = *cx;
	own.arena = box->arena; /* settings live as long as the application */
	rc = config_parse(&own, text, path, &box->config);
	cx->err = own.err;
	ZD_TRY(rc);
	struct zd_str url = place->db ? zd_str_of(place->db) : box->config.db;
	box->app.db_url = url.p ? zd_str_copy(box->arena, url).p
				: app_path(box->arena, place->dir, "zhaodan.db");
	*ret = &box->app;
	box = NULL;
	return ZD_OK;
}

/* --- opening -------------------------------------------------------------------------------------- */

static enum zd_rc
read_origin(struct zd_cx *cx, struct box *box)
{
	struct zd_str text;

	ZD_TRY(app_read_file(cx, app_path(cx->arena, box->app.dir, "origin"), &text));
	box->app.origin = zd_str_copy(box->arena, zd_str_trim(text));
	return box->app.origin.n
		       ? ZD_OK
		       : zd_fail(cx, ZD_INVALID, NULL, "%s/origin 是空的。", box->app.dir);
}

static enum zd_rc
open_files(struct zd_cx *cx, struct box *box)
{
	if (mkdir(box->app.spool, 0700) != 0 && errno != EEXIST)
		return fail_system(cx, box->app.spool);
	return file_store_open(cx, app_path(cx->arena, box->app.dir, "files"),
			       box->config.quota_mb << 20, &box->app.files);
}

static enum zd_rc
load_standards(struct zd_cx *cx, struct box *box)
{
	struct zd_cx own = *cx;
	struct standard_set *set;

	own.arena = box->arena;
	enum zd_rc rc = standard_load(&own, &set);
	cx->err = own.err;
	if (rc == ZD_OK)
		box->app.standards = set;
	return rc;
}

static enum zd_rc
check_schema(struct zd_cx *cx, struct db *db, bool migrating)
{
	int due;

	if (migrating)
		return db_migrate(cx, db);
	ZD_TRY(db_migrations_due(cx, db, &due));
	if (due)
		return zd_fail(cx, ZD_REFUSED, "db",
			       "数据库比本程序旧，差 %d 个升级脚本：先启动一次新版服务（zhaodan "
			       "serve）完成升级。",
			       due);
	return ZD_OK;
}

static enum zd_rc
open_db(struct zd_cx *cx, struct box *box, bool migrating)
{
	struct db *db ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(db_pool_open(cx, box->app.db_url, (int)box->config.connections, &box->app.pool));
	ZD_TRY(db_pool_take(cx, box->app.pool, DB_WRITE, &db));
	return check_schema(cx, db, migrating);
}

static enum zd_rc
open_all(struct zd_cx *cx, struct app *app, bool migrating)
{
	struct box *box = (struct box *)app;

	box->opened = true;
	ZD_TRY(trust_keys_load(cx, app_path(cx->arena, app->dir, "keys"), &app->keys));
	ZD_TRY(read_origin(cx, box));
	ZD_TRY(open_files(cx, box));
	ZD_TRY(load_standards(cx, box));
	return open_db(cx, box, migrating);
}

enum zd_rc
app_open(struct zd_cx *cx, struct app *app)
{
	return open_all(cx, app, false);
}

enum zd_rc
app_open_migrating(struct zd_cx *cx, struct app *app)
{
	return open_all(cx, app, true);
}

enum zd_rc
app_note(struct zd_cx *cx, const struct app *app, const struct audit_entry *entry)
{
	struct db *db ZD_CLEANUP(db_give) = NULL;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &db));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(audit_put(cx, db, entry));
	return db_commit(cx, &txn);
}

void
app_close(struct app *app)
{
	struct box *box = (struct box *)app;

	if (!box)
		return;
	if (app->pool)
		db_pool_close(app->pool);
	file_store_close(app->files);
	if (box->opened)
		trust_keys_wipe(&app->keys);
	zd_arena_free(box->arena);
	free(box);
}

void
app_drop(struct app **app)
{
	app_close(*app);
	*app = NULL;
}

/* --- making, locking --------------------------------------------------------------------------------- */

bool
app_is_empty_dir(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	bool empty = true;

	if (!d)
		return errno == ENOENT;
	while (empty && (entry = readdir(d))) /* NOLINT(concurrency-mt-unsafe): ours alone */
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	(void)closedir(d);
	return empty;
}

/* "zhaodan/" and eight random letters: no two installations write one log. */
static enum zd_rc
write_origin(struct zd_cx *cx, const char *dir)
{
	struct zd_str code = crypto_random_code(cx->arena, 8);

	return app_write_file(cx, app_path(cx->arena, dir, "origin"),
			      zd_str_printf(cx->arena, "zhaodan/%.*s\n", ZD_STR_ARG(code)));
}

enum zd_rc
app_create(struct zd_cx *cx, const struct app_place *place)
{
	if (!app_is_empty_dir(place->dir))
		return zd_fail(cx, ZD_CONFLICT, "data",
			       "%s 不是空目录：请换一个目录，或先把其中的内容移走。", place->dir);
	if (mkdir(place->dir, 0700) != 0 && errno != EEXIST)
		return fail_system(cx, place->dir);
	if (chmod(place->dir, 0700) != 0)
		return fail_system(cx, place->dir);
	ZD_TRY(trust_keys_create(cx, app_path(cx->arena, place->dir, "keys")));
	return write_origin(cx, place->dir);
}

enum zd_rc
app_lock(struct zd_cx *cx, const struct app *app, int *ret_fd)
{
	const char *path = app_path(cx->arena, app->dir, "lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_system(cx, path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return ZD_OK;
	}
	bool taken = errno == EWOULDBLOCK;
	enum zd_rc rc =
		taken ? zd_fail(cx, ZD_CONFLICT, "data",
				"数据目录 %s 已有一个服务在运行：一个数据目录只能有一个服务。",
				app->dir)
		      : fail_system(cx, path);
	(void)close(fd);
	return rc;
}
