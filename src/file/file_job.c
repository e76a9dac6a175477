/* The room's own jobs. */
#include "base/app.h"
#include "file/file.h"

#define ORPHAN_AGE_MS INT64_C(3600000)

static enum zd_rc
reap(struct zd_cx *cx, struct job_run *run)
{
	int64_t n;

	ZD_TRY(file_reap(cx, run->db, run->app->files, ORPHAN_AGE_MS, &n));
	run->result = zd_str_printf(cx->arena, "{\"removed\":%lld}", (long long)n);
	return ZD_OK;
}

const struct job_kind file_kinds[] = {
	{ .name = "file.reap", .about = "清除没有登记的文件内容", .run = reap },
	{ 0 },
};

const struct job_time file_times[] = {
	{ .name = "file.reap",
	  .about = "每小时清除没有登记的文件内容",
	  .kind = "file.reap",
	  .every_s = 3600 },
	{ 0 },
};
