/* What taking and restoring share. */
#include "cli/backup_tools.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum zd_rc
backup_hash(struct zd_cx *cx, const char *path, struct sm3 *ret, int64_t *ret_size)
{
	struct sm3_state *hash ZD_CLEANUP(sm3_drop) = sm3_new();
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	char *buf = zd_alloc(arena, 65536);
	int64_t size = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path, strerrordesc_np(errno));
	while ((n = read(fd, buf, 65536)) > 0) {
		sm3_add(hash, (struct zd_str){ buf, (size_t)n });
		size += n;
	}
	(void)close(fd);
	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "%s 读不出来。", path);
	sm3_end(hash, ret);
	*ret_size = size;
	return ZD_OK;
}

/* argv as the vendor wants it: the strings are ours and not written to. */
static enum zd_rc
run(struct zd_cx *cx, const char *const *argv)
{
	posix_spawn_file_actions_t files;
	char *copy[16] = { 0 };
	int status;
	pid_t pid;

	for (size_t i = 0; argv[i] && i + 1 < ZD_COUNT(copy); i++)
		memcpy(&copy[i], &argv[i], sizeof(copy[i]));
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&files, 2, 1); /* standard output is for results */
	int e = posix_spawnp(&pid, argv[0], &files, NULL, copy, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	if (e != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能运行 %s（%s）：请安装 postgresql-client。",
			       argv[0], strerrordesc_np(e));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", argv[0],
				       strerrordesc_np(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "%s 没有成功，原因见上。", argv[0]);
	return ZD_OK;
}

enum zd_rc
backup_dump(struct zd_cx *cx, const char *url, const char *path)
{
	return run(cx, (const char *const[]){ "pg_dump", "--format=custom", "--compress=1",
					      "--no-owner", "--no-privileges", "--file", path,
					      "--dbname", url, NULL });
}

enum zd_rc
backup_load(struct zd_cx *cx, const char *url, const char *path)
{
	return run(cx, (const char *const[]){ "pg_restore", "--single-transaction",
					      "--exit-on-error", "--no-owner", "--no-privileges",
					      "--dbname", url, path, NULL });
}
