/* The backup's format: what was put in comes out; nothing else does. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "cli/archive.h"

static struct zd_arena *arena;
static struct zd_cx cx;
static struct sm2_key *signer;
static char dir[64], path[80];
static const struct archive_lock by_data = { .key = "0123456789abcdef0123456789abcde" };

/* Longer than a frame, so that frames are crossed. */
#define BIG ((size_t)2500000)
static char *big;

static int
setup(void **state)
{
	(void)state;
	arena = zd_arena_new((size_t)64 << 20);
	cx = (struct zd_cx){ .arena = arena };
	(void)snprintf(dir, sizeof(dir), "/tmp/zd-archive-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/backup", dir);
	assert_rc(&cx, sm2_generate(&cx, &signer), ZD_OK);
	big = zd_alloc(arena, BIG);
	crypto_random(big, BIG);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	sm2_drop(&signer);
	zd_arena_free(arena);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int
fd_of(struct zd_str s)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	assert_int_equal(write(fd, s.p, s.n), s.n);
	return fd;
}

static const struct zd_str contents[] = { ZD_LIT("database"), { 0 }, ZD_LIT("") };

static struct zd_str
content(size_t i)
{
	return i == 1 ? (struct zd_str){ big, BIG } : contents[i];
}

static void
list(struct archive_member members[3])
{
	static const char *const names[] = { "zhaodan.db", "files/aa/bb/aabb", "keys/empty" };

	for (size_t i = 0; i < 3; i++) {
		members[i] = (struct archive_member){ .name = zd_str_of(names[i]),
						      .size = (int64_t)content(i).n };
		sm3_of(content(i), &members[i].sm3);
	}
}

static enum zd_rc
make(const struct archive_lock *lock)
{
	struct archive_writer *w ZD_CLEANUP(archive_writer_drop) = NULL;
	static struct archive_member members[3];

	list(members);
	ZD_TRY(archive_create(&cx, path, lock, signer, ZD_STR("\"rows\":7"), members, 3, &w));
	for (size_t i = 0; i < 3; i++) {
		int fd = fd_of(content(i));
		enum zd_rc rc = archive_add(&cx, w, fd);
		(void)close(fd);
		ZD_TRY(rc);
	}
	return archive_finish(&cx, w);
}

static enum zd_rc
read_back(const unsigned char key[32], const struct sm2_key *pinned, int *ret_extracted)
{
	struct archive_reader *r ZD_CLEANUP(archive_reader_drop) = NULL;
	const struct archive_member *members;
	struct zd_str manifest;
	size_t n;

	*ret_extracted = 0;
	ZD_TRY(archive_open(&cx, path, &r));
	ZD_TRY(archive_verify(&cx, r, pinned));
	ZD_TRY(archive_unlock(&cx, r, key, &manifest, &members, &n));
	assert_int_equal(n, 3);
	assert_true(zd_str_starts(manifest, ZD_STR("{\"rows\":7,")));
	for (size_t i = 0; i < n; i++) {
		int fd = fd_of(ZD_STR(""));
		char *buf = zd_alloc(arena, content(i).n + 1);
		assert_rc(&cx, archive_extract(&cx, r, fd), ZD_OK);
		assert_int_equal(pread(fd, buf, content(i).n + 1, 0), content(i).n);
		if (content(i).n)
			assert_memory_equal(buf, content(i).p, content(i).n);
		(void)close(fd);
		++*ret_extracted;
	}
	return ZD_OK;
}

static void
what_was_put_in_comes_out(void **state)
{
	int n;
	(void)state;

	assert_rc(&cx, make(&by_data), ZD_OK);
	assert_rc(&cx, read_back(by_data.key, signer, &n), ZD_OK);
	assert_int_equal(n, 3);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* and is never overwritten */
	assert_rc(&cx, make(&by_data), ZD_CONFLICT);
}

static void
a_passphrase_opens_what_it_sealed(void **state)
{
	struct archive_reader *r ZD_CLEANUP(archive_reader_drop) = NULL;
	struct archive_lock lock;
	unsigned char key[32];
	int n;
	(void)state;

	archive_lock_passphrase(&lock, ZD_STR("一句只有我们知道的话"));
	assert_rc(&cx, make(&lock), ZD_OK);
	assert_rc(&cx, archive_open(&cx, path, &r), ZD_OK);
	assert_true(archive_wants_passphrase(r));
	archive_key_of(r, ZD_STR("一句只有我们知道的话"), key);
	assert_rc(&cx, read_back(key, NULL, &n), ZD_OK);
	archive_key_of(r, ZD_STR("另一句"), key);
	assert_rc(&cx, read_back(key, NULL, &n), ZD_REFUSED);
	assert_int_equal(n, 0);
}

static void
another_signer_is_refused(void **state)
{
	struct sm2_key *other ZD_CLEANUP(sm2_drop) = NULL;
	int n;
	(void)state;

	assert_rc(&cx, sm2_generate(&cx, &other), ZD_OK);
	assert_rc(&cx, make(&by_data), ZD_OK);
	assert_rc(&cx, read_back(by_data.key, other, &n), ZD_REFUSED);
}

/* Any byte changed, anything cut or added: refused before anything is unpacked. */
static void
a_changed_archive_is_refused_before_unpacking(void **state)
{
	struct stat st;
	unsigned char c;
	int n;
	(void)state;

	assert_rc(&cx, make(&by_data), ZD_OK);
	int fd = open(path, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	for (int i = 0; i < 40; i++) {
		off_t at = i < 20 ? (off_t)i * 31 : st.st_size - 1 - (off_t)(i - 20) * 7;
		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= 1;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		assert_int_not_equal(read_back(by_data.key, signer, &n), ZD_OK);
		assert_int_equal(n, 0);
		c ^= 1;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
	}
	assert_rc(&cx, read_back(by_data.key, signer, &n), ZD_OK);
	assert_int_equal(pwrite(fd, "x", 1, st.st_size), 1);
	assert_rc(&cx, read_back(by_data.key, signer, &n), ZD_REFUSED);
	for (off_t size = st.st_size - 1; size > 0; size -= size > 4096 ? 500000 : 100) {
		assert_int_equal(ftruncate(fd, size), 0);
		assert_int_not_equal(read_back(by_data.key, signer, &n), ZD_OK);
		assert_int_equal(n, 0);
	}
	(void)close(fd);
}

static void
an_unfinished_archive_leaves_nothing(void **state)
{
	char part[90];
	(void)state;

	(void)snprintf(part, sizeof(part), "%s.part", path);
	{
		struct archive_writer *w ZD_CLEANUP(archive_writer_drop) = NULL;
		struct archive_member members[3];
		list(members);
		assert_rc(&cx,
			  archive_create(&cx, path, &by_data, signer, ZD_STR(""), members, 3, &w),
			  ZD_OK);
		assert_int_equal(access(part, F_OK), 0);
		/* what is not as the manifest says */
		int fd = fd_of(ZD_STR("databasX"));
		assert_rc(&cx, archive_add(&cx, w, fd), ZD_FAILED);
		(void)close(fd);
		assert_rc(&cx, archive_finish(&cx, w), ZD_FAILED);
	}
	assert_int_not_equal(access(part, F_OK), 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void
names_stay_in_their_directory(void **state)
{
	static const char *const bad[] = { "../x", "/etc/x", "a/../b", "a//b", ".hidden",
					   "a/.b", "a/",     "",       "a\\b" };
	(void)state;

	for (size_t i = 0; i < N(bad); i++) {
		struct archive_writer *w ZD_CLEANUP(archive_writer_drop) = NULL;
		struct archive_member member = { .name = zd_str_of(bad[i]) };
		int n;
		sm3_of(ZD_STR(""), &member.sm3);
		(void)unlink(path);
		assert_rc(&cx,
			  archive_create(&cx, path, &by_data, signer, ZD_STR(""), &member, 1, &w),
			  ZD_OK);
		int fd = fd_of(ZD_STR(""));
		assert_rc(&cx, archive_add(&cx, w, fd), ZD_OK);
		(void)close(fd);
		assert_rc(&cx, archive_finish(&cx, w), ZD_OK);
		assert_rc(&cx, read_back(by_data.key, signer, &n), ZD_INVALID);
	}
}

static void
other_files_are_not_backups(void **state)
{
	static const struct zd_str cases[] = { ZD_LIT(""), ZD_LIT("ZDBACKUP1\n"),
					       ZD_LIT("ZDBACKUP1\n{}\n"), ZD_LIT("PK\x03\x04"),
					       ZD_LIT("ZDBACKUP1\n{\"key\":\"data\"") };
	int n;
	(void)state;

	assert_rc(&cx, read_back(by_data.key, NULL, &n), ZD_NOT_FOUND);
	for (size_t i = 0; i < N(cases); i++) {
		int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(write(fd, cases[i].p, cases[i].n), cases[i].n);
		(void)close(fd);
		assert_rc(&cx, read_back(by_data.key, NULL, &n), ZD_INVALID);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(what_was_put_in_comes_out),
		T(a_passphrase_opens_what_it_sealed),
		T(another_signer_is_refused),
		T(a_changed_archive_is_refused_before_unpacking),
		T(an_unfinished_archive_leaves_nothing),
		T(names_stay_in_their_directory),
		T(other_files_are_not_backups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
