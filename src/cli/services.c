/* What the server is put together from: routes, kinds of jobs, the timetable, the health check. */
#include "cli/services.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "action/action_web.h"
#include "base/app.h"
#include "base/event.h"
#include "catalog/catalog_change_web.h"
#include "catalog/catalog_web.h"
#include "cli/cli_sql.h"
#include "db/db.h"
#include "desk/desk_web.h"
#include "edit/edit_web.h"
#include "file/file.h"
#include "ingest/ingest_app.h"
#include "ingest/ingest_job.h"
#include "ingest/quarantine_web.h"
#include "ingest/standards_web.h"
#include "officer/officer_web.h"
#include "plan/plan_web.h"
#include "subject/subject_web.h"
#include "trust/audit.h"
#include "trust/trust_app.h"
#include "trust/trust_web.h"

#define DISK_LEAST_BYTES (INT64_C(64) << 20)
#define DISK_LEAST_PERCENT 2
#define DISK_ALARM_PERCENT 10

/* A line each. */
/* clang-format off */
const struct http_route *const services_routes[] = {
	http_builtin_routes,
	trust_signin_routes,
	trust_people_routes,
	trust_dept_routes,
	trust_log_routes,
	desk_routes,
	help_routes,
	catalog_routes,
	catalog_change_routes,
	subject_routes,
	officer_routes,
	action_routes,
	plan_routes,
	edit_routes,
	ingest_api_routes,
	ingest_desk_routes,
	ingest_repair_routes,
	standards_routes,
	quarantine_routes,
	NULL,
};
/* clang-format on */

const struct job_kind *const services_kinds[] = {
	job_kinds,
	file_kinds,
	ingest_kinds,
	NULL,
};

/* --- by the clock ------------------------------------------------------------------------------- */

static enum zd_rc
seal(struct zd_cx *cx, struct job_run *run)
{
	enum zd_rc rc = audit_seal(cx, run->db, run->app->keys.log, run->app->origin, false, NULL);

	return rc == ZD_BUSY ? ZD_OK : rc; /* another sealer has its turn */
}

static enum zd_rc
checkpoint(struct zd_cx *cx, struct job_run *run)
{
	enum zd_rc rc = db_checkpoint(cx, run->db);

	return rc == ZD_BUSY ? ZD_OK : rc; /* someone reads: next time */
}

static enum zd_rc
sweep_sessions(struct zd_cx *cx, struct job_run *run)
{
	return trust_session_sweep(cx, run->db);
}

enum zd_rc
services_disk(struct zd_cx *cx, const char *dir, int64_t *ret_free, int *ret_percent)
{
	struct statvfs st;

	if (statvfs(dir, &st) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "%s:%s", dir, strerrordesc_np(errno));
	*ret_free = (int64_t)(st.f_bavail * st.f_frsize);
	*ret_percent = st.f_blocks ? (int)(st.f_bavail * 100 / st.f_blocks) : 100;
	return ZD_OK;
}

static struct metric disk_free = { .name = "zd_disk_free_bytes",
				   .help = "Room left where the data directory is",
				   .kind = METRIC_GAUGE };

static enum zd_rc
watch_disk(struct zd_cx *cx, struct job_run *run)
{
	int64_t left;
	int percent;

	ZD_TRY(services_disk(cx, run->app->dir, &left, &percent));
	zd_metric_set(&disk_free, 0, left);
	if (percent < DISK_ALARM_PERCENT)
		zd_event(cx, EVENT_WARN, "disk.low", EVENT_INT("free_bytes", left),
			 EVENT_INT("percent", percent));
	return ZD_OK;
}

void
services_metrics_add(void)
{
	static struct metric *const list[] = { &disk_free, NULL };

	zd_metrics_add(list);
	trust_metrics_add();
	ingest_metrics_add();
}

static const struct job_time times[] = {
	{ .name = "audit.seal",
	  .about = "封存审计日志，到时签发检查点",
	  .chore = seal,
	  .every_s = 1 },
	{ .name = "db.checkpoint",
	  .about = "清空 SQLite 的预写日志，删除的内容不留在其中",
	  .chore = checkpoint,
	  .every_s = 300 },
	{ .name = "trust.sessions",
	  .about = "清除过期的会话",
	  .chore = sweep_sessions,
	  .every_s = 600 },
	{ .name = "disk.watch", .about = "查看磁盘余量", .chore = watch_disk, .every_s = 60 },
	{ 0 },
};

const struct job_time *const services_times[] = {
	times,
	job_times,
	file_times,
	NULL,
};

/* --- health --------------------------------------------------------------------------------------- */

/* A write that is not kept: it takes the same locks and the same disk as one that is. */
static enum zd_rc
check_writes(struct zd_cx *cx, struct db *db)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	return cli_sql_try_write(cx, db, .now = cx->now);
}

enum zd_rc
services_check(struct zd_cx *cx, const struct http_request *req)
{
	const struct app *app = req->app;
	struct db *db ZD_CLEANUP(db_give) = NULL;
	int64_t left;
	int percent;

	ZD_TRY(services_disk(cx, app->dir, &left, &percent));
	if (left < DISK_LEAST_BYTES || percent < DISK_LEAST_PERCENT)
		return zd_fail(cx, ZD_FAILED, NULL, "磁盘只剩 %lld MiB", (long long)(left >> 20));
	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &db));
	return check_writes(cx, db);
}
