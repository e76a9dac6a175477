/* Directories made aside, put in place whole. */
#include "cli/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/app.h"

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void
stage_remove(const char *dir)
{
	(void)nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static enum zd_rc
fail_system(struct zd_cx *cx, const char *path)
{
	return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path, strerrordesc_np(errno));
}

enum zd_rc
stage_begin(struct zd_cx *cx, const char *target, struct stage *ret)
{
	if (!app_is_empty_dir(target))
		return zd_fail(cx, ZD_CONFLICT, "data",
			       "%s 不是空目录：请换一个目录，或先把其中的内容移走。", target);
	struct zd_str name = zd_str_printf(cx->arena, "%s.new-XXXXXX", target);
	char *dir = zd_alloc(cx->arena, name.n + 1);
	memcpy(dir, name.p, name.n);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a name of our own */
	if (!mkdtemp(dir))
		return fail_system(cx, dir);
	*ret = (struct stage){ .dir = dir, .target = target };
	return ZD_OK;
}

enum zd_rc
stage_commit(struct zd_cx *cx, struct stage *stage)
{
	const char *slash = strrchr(stage->target, '/');
	struct zd_str parent =
		slash ? zd_str_copy(cx->arena,
				    (struct zd_str){ stage->target,
						     (size_t)(slash - stage->target) + 1 })
		      : ZD_STR(".");
	int fd = open(stage->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && syncfs(fd) == 0; /* many files: one call for all */

	if (fd >= 0)
		(void)close(fd);
	if (!ok)
		return fail_system(cx, stage->dir);
	if (rename(stage->dir, stage->target) != 0) /* over an empty directory, or nothing */
		return fail_system(cx, stage->target);
	stage->committed = true;
	fd = open(parent.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		(void)close(fd);
	return ok ? ZD_OK : fail_system(cx, parent.p);
}

void
stage_drop(struct stage *stage)
{
	if (stage->dir && !stage->committed)
		stage_remove(stage->dir);
	stage->dir = NULL;
}
