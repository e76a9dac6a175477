/* The store of contents: durable before it is known, one content for all, nobody's business but the
 * department's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/test_db.h"
#include "file/file.h"
#include "file/file_sql.h"

/* --- what the store asks of the disk, in its order
 * ------------------------------------------------- */

static struct {
	bool on;
	char log[64]; /* w: write, s: fsync of a file, d: fsync of a directory, m: mkdir, l: link */
	size_t n;
	size_t die_at;  /* the process ends before this call; 0: never */
	size_t fail_at; /* this call fails with EIO; 0: never */
} disk;

static bool
step(char what)
{
	if (!disk.on)
		return true;
	if (disk.n + 1 < sizeof(disk.log))
		disk.log[disk.n] = what;
	disk.n++;
	if (disk.n == disk.die_at)
		_exit(9);
	errno = EIO;
	return disk.n != disk.fail_at;
}

/* The linker sends the store's calls here. */
/* NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) */
int __real_fsync(int fd);
int __real_linkat(int from, const char *a, int to, const char *b, int flags);
ssize_t __real_write(int fd, const void *p, size_t n);
int __real_mkdirat(int fd, const char *path, mode_t mode);
int __wrap_fsync(int fd);
int __wrap_linkat(int from, const char *a, int to, const char *b, int flags);
ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_mkdirat(int fd, const char *path, mode_t mode);

int
__wrap_fsync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return step(S_ISDIR(st.st_mode) ? 'd' : 's') ? __real_fsync(fd) : -1;
}

int
__wrap_linkat(int from, const char *a, int to, const char *b, int flags)
{
	return step('l') ? __real_linkat(from, a, to, b, flags) : -1;
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	return step('w') ? __real_write(fd, p, n) : -1;
}

int
__wrap_mkdirat(int fd, const char *path, mode_t mode)
{
	return step('m') ? __real_mkdirat(fd, path, mode) : -1;
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

/* --- fixture
 * ------------------------------------------------------------------------------------------ */

#define QUOTA (1 << 20)
#define MAX (1 << 20)

struct fix {
	char dir[64], files[80];
	struct file_store *store;
};

static void
open_store(struct test_db *t)
{
	struct fix *fix = zd_new(t->cx.arena, struct fix);

	disk.on = false;
	(void)snprintf(fix->dir, sizeof(fix->dir), "/tmp/zd-file-XXXXXX");
	assert_non_null(mkdtemp(fix->dir));
	(void)snprintf(fix->files, sizeof(fix->files), "%s/files", fix->dir);
	assert_rc(&t->cx, file_store_open(&t->cx, fix->files, QUOTA, &fix->store), ZD_OK);
	t->fix = fix;
}

static void
close_store(struct test_db *t)
{
	struct fix *fix = t->fix;
	char command[128];

	file_store_close(fix->store);
	(void)snprintf(command, sizeof(command), "rm -rf %s", fix->dir);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a path of our own */
}

static struct file_store *
store_of(struct test_db *t)
{
	return ((struct fix *)t->fix)->store;
}

static int
fd_of(struct zd_str bytes)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	assert_true(fd >= 0);
	assert_int_equal(__real_write(fd, bytes.p, bytes.n), bytes.n);
	return fd;
}

static enum zd_rc
keep(struct test_db *t, struct zd_str bytes, struct file_content *ret)
{
	int fd = fd_of(bytes);
	enum zd_rc rc = file_keep(&t->cx, store_of(t), fd, MAX, NULL, ret);

	(void)close(fd);
	return rc;
}

static enum zd_rc
put(struct test_db *t, const struct file_content *content, int64_t dept, int64_t *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(&t->cx, t->db, &txn));
	ZD_TRY(file_put_in(&t->cx, t->db, store_of(t),
			   &(const struct file_order){ .content = content,
						       .name = ZD_STR("检查.csv"),
						       .purpose = ZD_STR("test"),
						       .dept = dept },
			   ret));
	return db_commit(&t->cx, &txn);
}

static enum zd_rc
drop(struct test_db *t, int64_t dept, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(&t->cx, t->db, &txn));
	ZD_TRY(file_drop_in(&t->cx, t->db, dept, id));
	return db_commit(&t->cx, &txn);
}

static int64_t
store(struct test_db *t, struct zd_str bytes, int64_t dept)
{
	struct file_content content;
	int64_t id = 0;

	assert_rc(&t->cx, keep(t, bytes, &content), ZD_OK);
	assert_rc(&t->cx, put(t, &content, dept, &id), ZD_OK);
	return id;
}

static bool
is_on_disk(struct test_db *t, const char *sm3)
{
	char path[FILE_SM3_HEX + 7], full[200];

	file_path(sm3, path);
	(void)snprintf(full, sizeof(full), "%s/%s", ((struct fix *)t->fix)->files, path);
	return access(full, F_OK) == 0;
}

static struct file_usage
usage(struct test_db *t, int64_t dept)
{
	struct file_usage ret = { 0 };

	assert_rc(&t->cx, file_measure(&t->cx, t->db, store_of(t), dept, &ret), ZD_OK);
	return ret;
}

static int64_t
reap(struct test_db *t, int64_t age_ms)
{
	int64_t n;

	assert_rc(&t->cx, file_reap(&t->cx, t->db, store_of(t), age_ms, &n), ZD_OK);
	return n;
}

/* GB/T 32905-2016, example 1 */
#define ABC "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

/* --- tests
 * ------------------------------------------------------------------------------------------------
 */

static void
a_content_comes_back_as_it_was(void **state)
{
	struct test_db *t = *state;
	struct file file;
	char buf[8];
	int fd;

	int64_t id = store(t, ZD_STR("abc"), 5);
	assert_rc(&t->cx, file_find(&t->cx, t->db, 5, id, &file), ZD_OK);
	assert_text(file.sm3, ABC);
	assert_text(file.type, "text/plain");
	assert_text(file.name, "检查.csv");
	assert_int_equal(file.size, 3);
	assert_true(is_on_disk(t, ABC));
	assert_rc(&t->cx, file_open(&t->cx, store_of(t), &file, &fd), ZD_OK);
	assert_int_equal(pread(fd, buf, sizeof(buf), 0), 3);
	assert_memory_equal(buf, "abc", 3);
	(void)close(fd);
	assert_int_equal(store(t, ZD_STR(""), 5) > 0, 1);
	close_store(t);
}

static void
departments_share_contents_without_knowing(void **state)
{
	struct test_db *t = *state;
	struct file file;

	int64_t a = store(t, ZD_STR("abc"), 5), again = store(t, ZD_STR("abc"), 5),
		b = store(t, ZD_STR("abc"), 6);
	assert_rc(&t->cx, file_find(&t->cx, t->db, 6, a, &file), ZD_NOT_FOUND);
	assert_rc(&t->cx, file_find(&t->cx, t->db, 5, b, &file), ZD_NOT_FOUND);
	assert_rc(&t->cx, file_find(&t->cx, t->db, ZD_NO_INT, b, &file), ZD_OK);
	assert_rc(&t->cx, drop(t, 6, a), ZD_NOT_FOUND);
	/* each pays for the whole, whoever had it first */
	assert_int_equal(usage(t, 5).bytes, 6);
	assert_int_equal(usage(t, 5).files, 2);
	assert_int_equal(usage(t, 6).bytes, 3);
	/* and the content stays while anyone has it */
	assert_rc(&t->cx, drop(t, 5, a), ZD_OK);
	assert_rc(&t->cx, drop(t, 5, again), ZD_OK);
	assert_int_equal(usage(t, 5).bytes, 0);
	assert_int_equal(reap(t, -1000), 0);
	assert_true(is_on_disk(t, ABC));
	assert_rc(&t->cx, drop(t, 6, b), ZD_OK);
	close_store(t);
}

static void
quotas_and_limits_hold(void **state)
{
	struct test_db *t = *state;
	static char big[MAX + 1];
	struct file_content content;
	int64_t id;
	static const char *const only_pdf[] = { "application/pdf", NULL };

	assert_rc(&t->cx, keep(t, (struct zd_str){ big, MAX + 1 }, &content), ZD_TOO_LARGE);
	id = store(t, (struct zd_str){ big, MAX - 10 }, 5);
	assert_rc(&t->cx, keep(t, ZD_STR("0123456789x"), &content), ZD_OK);
	assert_rc(&t->cx, put(t, &content, 5, &id), ZD_TOO_LARGE);
	assert_int_equal(usage(t, 5).files, 1);
	assert_rc(&t->cx, put(t, &content, 6, &id), ZD_OK);
	int fd = fd_of(ZD_STR("<html>"));
	assert_rc(&t->cx, file_keep(&t->cx, store_of(t), fd, MAX, only_pdf, &content), ZD_INVALID);
	(void)close(fd);
	close_store(t);
}

static void
a_damaged_content_is_never_served(void **state)
{
	struct test_db *t = *state;
	char path[FILE_SM3_HEX + 7], full[200];
	struct file file;
	int fd;

	int64_t id = store(t, ZD_STR("abc"), 5);
	file_path(ABC, path);
	(void)snprintf(full, sizeof(full), "%s/%s", ((struct fix *)t->fix)->files, path);
	fd = open(full, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 1), 1);
	(void)close(fd);
	assert_rc(&t->cx, file_find(&t->cx, t->db, 5, id, &file), ZD_OK);
	assert_rc(&t->cx, file_open(&t->cx, store_of(t), &file, &fd), ZD_FAILED);
	assert_int_equal(unlink(full), 0);
	assert_rc(&t->cx, file_open(&t->cx, store_of(t), &file, &fd), ZD_FAILED);
	close_store(t);
}

static enum zd_rc
count(struct zd_cx *cx, const struct file_content *content, void *arg)
{
	int *n = arg;

	(void)cx;
	*n += (int)content->size;
	return ZD_OK;
}

static void
orphans_go_and_nothing_else(void **state)
{
	struct test_db *t = *state;
	struct file_content orphan;
	int sum = 0;

	zd_cx_now(&t->cx);
	int64_t id = store(t, ZD_STR("abc"), 5);
	assert_rc(&t->cx, keep(t, ZD_STR("orphan"), &orphan), ZD_OK);
	assert_int_equal(reap(t, 3600000), 0); /* its row may be about to be committed */
	assert_int_equal(reap(t, -1000), 1);
	assert_false(is_on_disk(t, orphan.sm3));
	assert_true(is_on_disk(t, ABC));
	assert_rc(&t->cx, file_each_content(&t->cx, t->db, "", count, &sum), ZD_OK);
	assert_int_equal(sum, 3);
	assert_rc(&t->cx, drop(t, 5, id), ZD_OK);
	assert_int_equal(reap(t, 3600000), 0);
	assert_int_equal(reap(t, -1000), 1);
	assert_false(is_on_disk(t, ABC));
	/* and it may come again */
	assert_int_equal(store(t, ZD_STR("abc"), 5) > 0, 1);
	close_store(t);
}

/* A content's data are on the disk before it has a name, and its name before anyone is told. */
static void
data_then_name_then_directory(void **state)
{
	struct test_db *t = *state;
	struct file_content content;

	memset(&disk, 0, sizeof(disk));
	disk.on = true;
	assert_rc(&t->cx, keep(t, ZD_STR("abc"), &content), ZD_OK);
	disk.on = false;
	assert_string_equal(disk.log, "wsmdmdld");
	memset(&disk, 0, sizeof(disk));
	disk.on = true;
	assert_rc(&t->cx, keep(t, ZD_STR("abc"), &content), ZD_OK);
	disk.on = false;
	/* there already: the same but for what was not to be made */
	assert_string_equal(disk.log, "wsmmld");
	close_store(t);
}

static void
each_failing_call_fails_the_whole(void **state)
{
	struct test_db *t = *state;
	struct file_content content;

	for (size_t nth = 1;; nth++) {
		memset(&disk, 0, sizeof(disk));
		disk.on = true;
		disk.fail_at = nth;
		enum zd_rc rc = keep(t, ZD_STR("abc"), &content);
		disk.on = false;
		if (disk.n < nth) {
			assert_int_equal(rc, ZD_OK);
			assert_true(nth >= 6);
			break;
		}
		assert_int_equal(rc, ZD_FAILED);
	}
	close_store(t);
}

/* Killed before any call: what has the content's name is the content. */
static void
killed_anywhere_a_name_means_the_whole(void **state)
{
	struct test_db *t = *state;
	struct file_content content = { .sm3 = ABC };

	for (size_t nth = 1; nth < 9; nth++) {
		pid_t pid = fork();
		if (pid == 0) {
			int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
			if (__real_write(fd, "abc", 3) != 3)
				_exit(1);
			memset(&disk, 0, sizeof(disk));
			disk.on = true;
			disk.die_at = nth;
			_exit(file_keep(&t->cx, store_of(t), fd, MAX, NULL, &content) == ZD_OK ? 0
											       : 1);
		}
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) &&
			    (WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0));
		if (is_on_disk(t, ABC))
			assert_rc(&t->cx, file_check(&t->cx, store_of(t), &content), ZD_OK);
		else
			assert_true(nth <= 7); /* the link is the seventh */
	}
	assert_true(is_on_disk(t, ABC));
	assert_int_equal(reap(t, -1000), 1);
	close_store(t);
}

static enum zd_rc
put_again(struct test_db *t, void *arg)
{
	int64_t id;

	return put(t, arg, 9, &id);
}

static void
check_put(struct test_db *t, bool done, void *arg)
{
	(void)arg;
	assert_int_equal(usage(t, 9).files, done ? 1 : 0);
}

static void
a_fault_registers_all_or_nothing(void **state)
{
	struct test_db *t = *state;
	struct file_content content;

	assert_rc(&t->cx, keep(t, ZD_STR("abc"), &content), ZD_OK);
	assert_true(test_fault_loop(t, put_again, check_put, &content) >= 6);
	close_store(t);
}

static void
types_are_told_by_content(void **state)
{
	static const struct {
		struct zd_str head;
		const char *type;
	} cases[] = {
		{ ZD_LIT("%PDF-1.7"), "application/pdf" },
		{ ZD_LIT("\xFF\xD8\xFF\xE0"), "image/jpeg" },
		{ ZD_LIT("\x89PNG\r\n\x1A\n"), "image/png" },
		{ ZD_LIT("PK\x03\x04----------[Content_Types].xml"),
		  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
		{ ZD_LIT("PK\x03\x04----------word/document.xml"),
		  "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
		{ ZD_LIT("PK\x03\x04----------a.txt"), "application/zip" },
		{ ZD_LIT("\x7F"
			 "ELF\x02"),
		  "application/x-executable" },
		{ ZD_LIT("\xEF\xBB\xBF \n<!DOCTYPE HTML>"), "text/html" },
		{ ZD_LIT("<?xml version='1.0'?><svg onload='x'>"), "image/svg+xml" },
		{ ZD_LIT("<script>"), "text/html" },
		{ ZD_LIT("{\"a\":1}"), "application/json" },
		{ ZD_LIT("\xC6\xF3\xD2\xB5,1\r\n"), "text/plain" }, /* GB18030 */
		{ ZD_LIT("a\0b"), "application/octet-stream" },
		{ ZD_LIT("....ftypmp42"), "video/mp4" },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++)
		assert_string_equal(file_sniff(cases[i].head), cases[i].type);
}

static void
statements_prepare(void **state)
{
	struct test_db *t = *state;

	test_prepares(t, file_sql_stmts, file_sql_count);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(a_content_comes_back_as_it_was, open_store),
		test_on_both(departments_share_contents_without_knowing, open_store),
		test_on_both(quotas_and_limits_hold, open_store),
		test_on_both(a_damaged_content_is_never_served, open_store),
		test_on_both(orphans_go_and_nothing_else, open_store),
		test_on(DB_SQLITE, data_then_name_then_directory, open_store),
		test_on(DB_SQLITE, each_failing_call_fails_the_whole, open_store),
		test_on(DB_SQLITE, killed_anywhere_a_name_means_the_whole, open_store),
		test_on_both(a_fault_registers_all_or_nothing, open_store),
		cmocka_unit_test(types_are_told_by_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
