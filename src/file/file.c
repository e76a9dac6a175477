/* The content-addressed store: contents on disk, rows in the database. */
#include "file/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "file/file_sql.h"

#define COPY_BYTES 65536
#define HEAD_BYTES 4096
#define CHECK_MAX (INT64_C(64) << 20)
#define NAME_MAX_CHARS 200
#define PATH_BYTES (FILE_SM3_HEX + 7)

struct file_store {
	int dir;  /* of the contents */
	int lock; /* shared while a content gets its name, exclusive while orphans lose theirs */
	int64_t quota;
};

static enum zd_rc
fail_system(struct zd_cx *cx, const char *what)
{
	int e = errno;

	if (e == ENOSPC || e == EDQUOT)
		return zd_fail(cx, ZD_BUSY, NULL,
			       "存储空间不足：%s。请联系系统管理员清理磁盘后重试。", what);
	return zd_fail(cx, ZD_FAILED, NULL, "文件存储：%s：%s", what, strerrordesc_np(e));
}

static void
fd_drop(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void
file_path(const char *sm3, char ret[PATH_BYTES])
{
	(void)snprintf(ret, PATH_BYTES, "%.2s/%.2s/%s", sm3, sm3 + 2, sm3);
}

enum zd_rc
file_store_open(struct zd_cx *cx, const char *dir, int64_t quota, struct file_store **ret)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return fail_system(cx, "建立目录");
	int fd ZD_CLEANUP(fd_drop) = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_system(cx, "打开目录");
	int lock ZD_CLEANUP(fd_drop) = openat(fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock < 0)
		return fail_system(cx, "打开锁文件");
	struct file_store *store = malloc(sizeof(*store));
	if (!store)
		abort();
	*store = (struct file_store){ .dir = fd, .lock = lock, .quota = quota };
	fd = lock = -1;
	*ret = store;
	return ZD_OK;
}

void
file_store_close(struct file_store *store)
{
	if (!store)
		return;
	(void)close(store->lock);
	(void)close(store->dir);
	free(store);
}

/* --- contents ----------------------------------------------------------------------------------
 */

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static ssize_t
read_at(int fd, char *p, size_t n, int64_t at)
{
	ssize_t done;

	do
		done = pread(fd, p, n, (off_t)at);
	while (done < 0 && errno == EINTR);
	return done;
}

static void
set_hex(const struct sm3 *hash, char ret[FILE_SM3_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SM3_LEN; i++) {
		ret[2 * i] = digits[hash->b[i] >> 4];
		ret[2 * i + 1] = digits[hash->b[i] & 15];
	}
	ret[FILE_SM3_HEX] = 0;
}

/* One piece: hashed, copied to `out` unless it is -1. */
static enum zd_rc
copy_piece(struct zd_cx *cx, struct sm3_state *state, struct zd_str piece, int out, int64_t max,
	   struct file_content *content)
{
	if (content->size == 0)
		content->type = file_sniff(
			(struct zd_str){ piece.p, piece.n < HEAD_BYTES ? piece.n : HEAD_BYTES });
	content->size += (int64_t)piece.n;
	if (content->size > max)
		return zd_fail(cx, ZD_TOO_LARGE, "file", "文件超过 %lld MiB 的限额。",
			       (long long)(max >> 20));
	sm3_add(state, piece);
	return out < 0 || write_all(out, piece.p, piece.n) ? ZD_OK : fail_system(cx, "写入内容");
}

/* Reads all of `in`, whatever its place in it. */
static enum zd_rc
copy_hashing(struct zd_cx *cx, int in, int out, int64_t max, struct file_content *ret)
{
	struct sm3_state *state ZD_CLEANUP(sm3_drop) = sm3_new();
	struct file_content content = { .type = "application/x-empty" };
	char *buf = zd_alloc(cx->arena, COPY_BYTES);
	struct sm3 hash;
	ssize_t n;

	while ((n = read_at(in, buf, COPY_BYTES, content.size)) > 0)
		ZD_TRY(copy_piece(cx, state, (struct zd_str){ buf, (size_t)n }, out, max,
				  &content));
	if (n < 0)
		return fail_system(cx, "读取内容");
	sm3_end(state, &hash);
	set_hex(&hash, content.sm3);
	*ret = content;
	return ZD_OK;
}

static enum zd_rc
check_type(struct zd_cx *cx, const char *type, const char *const *types)
{
	for (; types && *types; types++)
		if (strcmp(*types, type) == 0)
			return ZD_OK;
	return types ? zd_fail(cx, ZD_INVALID, "file", "不接受这种文件（按内容判断为 %s）。", type)
		     : ZD_OK;
}

/* The two directories of a content, durable. */
static enum zd_rc
make_dirs(struct zd_cx *cx, const struct file_store *store, const char *sm3)
{
	char path[8];

	(void)snprintf(path, sizeof(path), "%.2s", sm3);
	if (mkdirat(store->dir, path, 0700) == 0) {
		if (fsync(store->dir) != 0)
			return fail_system(cx, "同步目录");
	} else if (errno != EEXIST) {
		return fail_system(cx, "建立目录");
	}
	int outer ZD_CLEANUP(fd_drop) =
		openat(store->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (outer < 0)
		return fail_system(cx, "打开目录");
	(void)snprintf(path, sizeof(path), "%.2s", sm3 + 2);
	if (mkdirat(outer, path, 0700) == 0) {
		if (fsync(outer) != 0)
			return fail_system(cx, "同步目录");
	} else if (errno != EEXIST) {
		return fail_system(cx, "建立目录");
	}
	return ZD_OK;
}

static enum zd_rc
sync_dir_of(struct zd_cx *cx, const struct file_store *store, const char *sm3)
{
	char path[8];

	(void)snprintf(path, sizeof(path), "%.2s/%.2s", sm3, sm3 + 2);
	int dir ZD_CLEANUP(fd_drop) = openat(store->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) != 0)
		return fail_system(cx, "同步目录");
	return ZD_OK;
}

/*
 * Gives the nameless file its name. If the content is there already it is made young again, so that
 * it does not pass for an orphan before the caller's row is committed.
 */
static enum zd_rc
link_content(struct zd_cx *cx, const struct file_store *store, int fd, const char *sm3)
{
	char from[32], to[PATH_BYTES];
	bool named;

	ZD_TRY(make_dirs(cx, store, sm3));
	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	file_path(sm3, to);
	if (flock(store->lock, LOCK_SH) != 0)
		return fail_system(cx, "加锁");
	named = linkat(AT_FDCWD, from, store->dir, to, AT_SYMLINK_FOLLOW) == 0 ||
		(errno == EEXIST && utimensat(store->dir, to, NULL, 0) == 0);
	int e = errno;
	(void)flock(store->lock, LOCK_UN);
	errno = e;
	return named ? sync_dir_of(cx, store, sm3) : fail_system(cx, "命名内容");
}

enum zd_rc
file_keep(struct zd_cx *cx, struct file_store *store, int fd, int64_t max, const char *const *types,
	  struct file_content *ret)
{
	struct file_content content = { 0 };
	int out ZD_CLEANUP(fd_drop) = openat(store->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (out < 0)
		return fail_system(cx, "建立临时文件");
	ZD_TRY(copy_hashing(cx, fd, out, max, &content));
	ZD_TRY(check_type(cx, content.type, types));
	if (fsync(out) != 0)
		return fail_system(cx, "同步内容");
	ZD_TRY(link_content(cx, store, out, content.sm3));
	*ret = content;
	return ZD_OK;
}

static enum zd_rc
open_content(struct zd_cx *cx, const struct file_store *store, const char *sm3, int *ret)
{
	char path[PATH_BYTES];

	file_path(sm3, path);
	int fd = openat(store->dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return zd_fail(cx, ZD_FAILED, NULL, "文件内容 %s 不在存储中：请从备份恢复", sm3);
	if (fd < 0)
		return fail_system(cx, "打开内容");
	*ret = fd;
	return ZD_OK;
}

static enum zd_rc
check_fd(struct zd_cx *cx, int fd, const char *sm3)
{
	struct file_content found = { 0 };

	ZD_TRY(copy_hashing(cx, fd, -1, INT64_MAX, &found));
	if (strcmp(found.sm3, sm3) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "文件内容 %s 已损坏：请从备份恢复", sm3);
	return ZD_OK;
}

enum zd_rc
file_check(struct zd_cx *cx, const struct file_store *store, const struct file_content *content)
{
	int fd ZD_CLEANUP(fd_drop) = -1;

	ZD_TRY(open_content(cx, store, content->sm3, &fd));
	return check_fd(cx, fd, content->sm3);
}

/* --- rows --------------------------------------------------------------------------------------
 */

static struct zd_str
cut_name(struct zd_str name)
{
	size_t chars = 0, i = 0;

	name.n = zd_utf8_check(name);
	for (; i < name.n; i++)
		if (((unsigned char)name.p[i] & 0xC0) != 0x80 && ++chars > NAME_MAX_CHARS)
			break;
	return name.p ? (struct zd_str){ name.p, i } : ZD_STR("");
}

static enum zd_rc
use_quota(struct zd_cx *cx, struct db *db, const struct file_store *store, int64_t dept,
	  int64_t size)
{
	int64_t n;

	ZD_TRY(file_sql_begin_usage(cx, db, NULL, .dept = dept));
	ZD_TRY(file_sql_use(cx, db, &n, .dept = dept, .size = size, .quota = store->quota));
	if (n == 0)
		return zd_fail(
			cx, ZD_TOO_LARGE, "file",
			"本部门的文件存储已达限额 %lld MiB：请清理旧文件，或请系统管理员提高限额。",
			(long long)(store->quota >> 20));
	return ZD_OK;
}

enum zd_rc
file_put_in(struct zd_cx *cx, struct db *db, struct file_store *store,
	    const struct file_order *order, int64_t *ret_id)
{
	const struct file_content *content = order->content;
	struct zd_str sm3 = zd_str_of(content->sm3), type = zd_str_of(content->type);
	int64_t id = zd_id_new();

	if (!db_in_txn(db))
		return zd_fail(cx, ZD_FAILED, NULL, "文件不在事务中登记");
	ZD_TRY(use_quota(cx, db, store, order->dept, content->size));
	ZD_TRY(file_sql_add_ref(cx, db, .sm3 = sm3, .size = content->size, .type = type,
				.now = cx->now));
	ZD_TRY(file_sql_insert(cx, db, .id = id, .sm3 = sm3, .size = content->size, .type = type,
			       .name = cut_name(order->name),
			       .purpose = order->purpose.p ? order->purpose : ZD_STR(""),
			       .dept = order->dept, .by = cx->actor.id, .now = cx->now));
	*ret_id = id;
	return ZD_OK;
}

enum zd_rc
file_find(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id, struct file *ret)
{
	struct file file;
	enum zd_rc rc = file_sql_find(cx, db, &file, .id = id);

	if (rc == ZD_NOT_FOUND || (rc == ZD_OK && dept != ZD_NO_INT && file.dept != dept))
		return zd_fail(cx, ZD_NOT_FOUND, "id", "没有编号为 %lld 的文件。", (long long)id);
	if (rc == ZD_OK)
		*ret = file;
	return rc;
}

enum zd_rc
file_drop_in(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id)
{
	struct file file;

	if (!db_in_txn(db))
		return zd_fail(cx, ZD_FAILED, NULL, "文件不在事务中删除");
	ZD_TRY(file_find(cx, db, dept, id, &file));
	ZD_TRY(file_sql_delete(cx, db, .id = id));
	ZD_TRY(file_sql_drop_ref(cx, db, .sm3 = file.sm3, .now = cx->now));
	return file_sql_unuse(cx, db, .dept = file.dept, .size = file.size);
}

enum zd_rc
file_open(struct zd_cx *cx, struct file_store *store, const struct file *file, int *ret_fd)
{
	int fd ZD_CLEANUP(fd_drop) = -1;
	const char *sm3 = zd_str_copy(cx->arena, file->sm3).p;

	ZD_TRY(open_content(cx, store, sm3, &fd));
	if (file->size <= CHECK_MAX)
		ZD_TRY(check_fd(cx, fd, sm3));
	*ret_fd = fd;
	fd = -1;
	return ZD_OK;
}

enum zd_rc
file_measure(struct zd_cx *cx, struct db *db, const struct file_store *store, int64_t dept,
	     struct file_usage *ret)
{
	struct file_sql_find_usage_out usage = { 0 };
	enum zd_rc rc = file_sql_find_usage(cx, db, &usage, .dept = dept);

	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	*ret = (struct file_usage){ .files = usage.files,
				    .bytes = usage.bytes,
				    .quota = store->quota };
	return ZD_OK;
}

/* --- walking ------------------------------------------------------------------------------------
 */

#define WALK_PAGE 500

struct walk {
	file_content_fn *each;
	void *arg;
	char last[FILE_SM3_HEX + 1];
	int64_t n;
};

static enum zd_rc
walk_row(struct zd_cx *cx, const void *row, void *arg)
{
	const struct file_sql_list_contents_out *out = row;
	struct walk *walk = arg;
	struct file_content content = { .size = out->size,
					.type = zd_str_copy(cx->arena, out->type).p };

	(void)snprintf(content.sm3, sizeof(content.sm3), "%.*s", ZD_STR_ARG(out->sm3));
	memcpy(walk->last, content.sm3, sizeof(walk->last));
	walk->n++;
	return walk->each(cx, &content, walk->arg);
}

enum zd_rc
file_each_content(struct zd_cx *cx, struct db *db, const char *after, file_content_fn *each,
		  void *arg)
{
	struct walk walk = { .each = each, .arg = arg };
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)64 << 20);
	struct zd_cx page = *cx;
	enum zd_rc rc;

	(void)snprintf(walk.last, sizeof(walk.last), "%s", after);
	page.arena = arena;
	do {
		walk.n = 0;
		rc = file_sql_list_contents(&page, db, walk_row, &walk,
					    .after = zd_str_of(walk.last), .limit = WALK_PAGE);
		zd_arena_reset(arena);
	} while (rc == ZD_OK && walk.n == WALK_PAGE);
	cx->err = page.err;
	return rc;
}

struct reap {
	struct db *db;
	const struct file_store *store;
	int64_t before; /* ms */
	int64_t n;
};

static bool
is_older(int dir, const char *name, int64_t before)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 < before;
}

/* Under the exclusive lock, and looking again: a content that got young meanwhile is about to get a
 * row. */
static void
unlink_orphan(struct reap *reap, int dir, const char *name)
{
	if (flock(reap->store->lock, LOCK_EX) != 0)
		return;
	if (is_older(dir, name, reap->before) && unlinkat(dir, name, 0) == 0)
		reap->n++;
	(void)flock(reap->store->lock, LOCK_UN);
}

static enum zd_rc
reap_content(struct zd_cx *cx, struct reap *reap, int dir, const char *name)
{
	struct file_sql_find_content_out content;
	struct zd_str sm3 = zd_str_of(name);

	if (sm3.n != FILE_SM3_HEX || !is_older(dir, name, reap->before))
		return ZD_OK;
	enum zd_rc rc = file_sql_find_content(cx, reap->db, &content, .sm3 = sm3);
	if (rc == ZD_OK && content.refs == 0) {
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		int64_t n;
		ZD_TRY(db_begin(cx, reap->db, &txn));
		ZD_TRY(file_sql_delete_unused(cx, reap->db, &n, .sm3 = sm3,
					      .before = reap->before));
		ZD_TRY(db_commit(cx, &txn));
		rc = n == 1 ? ZD_NOT_FOUND : ZD_OK;
	}
	if (rc == ZD_NOT_FOUND)
		unlink_orphan(reap, dir, name);
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

typedef enum zd_rc entry_fn(struct zd_cx *cx, struct reap *reap, int dir, const char *name);

static void
dir_drop(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static enum zd_rc
each_entry(struct zd_cx *cx, struct reap *reap, int at, const char *name, entry_fn *each)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir ZD_CLEANUP(dir_drop) = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return errno == ENOTDIR || errno == ELOOP ? ZD_OK : fail_system(cx, "列目录");
	}
	while ((entry = readdir(dir))) /* NOLINT(concurrency-mt-unsafe): dir is ours alone */
		if (entry->d_name[0] != '.')
			ZD_TRY(each(cx, reap, dirfd(dir), entry->d_name));
	return ZD_OK;
}

static enum zd_rc
reap_inner(struct zd_cx *cx, struct reap *reap, int dir, const char *name)
{
	return each_entry(cx, reap, dir, name, reap_content);
}

static enum zd_rc
reap_outer(struct zd_cx *cx, struct reap *reap, int dir, const char *name)
{
	return each_entry(cx, reap, dir, name, reap_inner);
}

enum zd_rc
file_reap(struct zd_cx *cx, struct db *db, struct file_store *store, int64_t age_ms, int64_t *ret_n)
{
	struct zd_cx clock = { 0 }; /* mtimes are by the machine's clock, whatever cx says */
	zd_cx_now(&clock);
	struct reap reap = { .db = db, .store = store, .before = clock.now - age_ms };

	ZD_TRY(each_entry(cx, &reap, store->dir, ".", reap_outer));
	*ret_n = reap.n;
	return ZD_OK;
}
