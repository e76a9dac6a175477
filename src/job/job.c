/* The queue: putting jobs in, taking them under a lease, running and ending them. */
#include "job/job.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/event.h"
#include "crypto/crypto.h"
#include "job/job_sql.h"

#define LEASE_MS 60000
#define RETRY_MS 10000
#define RETRY_MOST_MS INT64_C(3600000)
#define MAX_ATTEMPTS 5
#define NOTE_MAX 400
#define RUN_ARENA ((size_t)1 << 30)

static int64_t
steady_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- putting in ------------------------------------------------------------------------------ */

static enum zd_rc
put_in(struct zd_cx *cx, struct db *db, const struct job_order *order, struct zd_str entry,
       int64_t *ret_id)
{
	int64_t id = zd_id_new();
	const struct zd_actor *actor = &cx->actor;

	if (!db_in_txn(db))
		return zd_fail(cx, ZD_FAILED, NULL, "任务 %s 不在事务中排队", order->kind);
	ZD_TRY(job_sql_insert(
		cx, db, .id = id, .kind = zd_str_of(order->kind),
		.args = order->args.p ? order->args : ZD_STR("{}"), .dept = order->dept,
		.by = actor->id, .roles = actor->roles, .level = actor->level,
		.account = actor->account.p ? actor->account : ZD_STR(""),
		.name = actor->name.p ? actor->name : ZD_STR(""),
		.address = actor->address.p ? actor->address : ZD_STR(""), .now = cx->now,
		.due = order->not_before > cx->now ? order->not_before : cx->now, .entry = entry));
	if (ret_id)
		*ret_id = id;
	return ZD_OK;
}

enum zd_rc
job_put_in(struct zd_cx *cx, struct db *db, const struct job_order *order, int64_t *ret_id)
{
	return put_in(cx, db, order, ZD_STR(""), ret_id);
}

enum zd_rc
job_find(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id, struct job *ret)
{
	struct job job;
	enum zd_rc rc = job_sql_find(cx, db, &job, .id = id);

	if (rc == ZD_NOT_FOUND || (rc == ZD_OK && dept != ZD_NO_INT && job.dept != dept))
		return zd_fail(cx, ZD_NOT_FOUND, "id", "没有编号为 %lld 的任务。", (long long)id);
	if (rc == ZD_OK)
		*ret = job;
	return rc;
}

enum zd_rc
job_revive_in(struct zd_cx *cx, struct db *db, int64_t id)
{
	enum zd_rc rc = job_sql_revive(cx, db, .id = id, .now = cx->now);

	if (rc == ZD_CONFLICT)
		return zd_fail(cx, ZD_CONFLICT, "id", "任务 %lld 没有失败，不能重新排队。",
			       (long long)id);
	return rc;
}

enum zd_rc
job_measure(struct zd_cx *cx, struct db *db, struct job_load *ret)
{
	struct job_sql_measure_due_out due;
	struct job_sql_count_state_out running, dead;

	ZD_TRY(job_sql_measure_due(cx, db, &due, .now = cx->now));
	ZD_TRY(job_sql_count_state(cx, db, &running, .state = JOB_RUNNING));
	ZD_TRY(job_sql_count_state(cx, db, &dead, .state = JOB_DEAD));
	*ret = (struct job_load){ .waiting = due.waiting,
				  .running = running.n,
				  .dead = dead.n,
				  .oldest_due =
					  due.oldest == ZD_NO_INT ? 0 : cx->now - due.oldest };
	return ZD_OK;
}

/* --- while it runs --------------------------------------------------------------------------- */

static int64_t
lease_ms(const struct job_config *config)
{
	return config->lease_ms > 0 ? config->lease_ms : LEASE_MS;
}

static int64_t
now_of(const struct job_worker *worker)
{
	return worker->began + (steady_ms() - worker->began_clock);
}

static enum zd_rc
fail_lost(struct zd_cx *cx, struct job_worker *worker, int64_t id)
{
	worker->lost = true;
	return zd_fail(cx, ZD_CONFLICT, NULL, "任务 %lld 的租约已失效，由别的进程接手",
		       (long long)id);
}

static struct zd_str
cut(struct zd_str note)
{
	if (!note.p)
		return ZD_STR("");
	if (note.n > NOTE_MAX)
		note.n = zd_utf8_check((struct zd_str){ note.p, NOTE_MAX });
	return note;
}

enum zd_rc
job_hold_in(struct zd_cx *cx, struct job_run *run, int64_t done, int64_t total, struct zd_str note)
{
	struct job_worker *worker = run->worker;

	if (!db_in_txn(run->db))
		return zd_fail(cx, ZD_FAILED, NULL, "任务 %s 不在事务中续约", run->job->kind.p);
	cx->now = now_of(worker);
	cx->today = zd_day_of_time(cx->now);
	enum zd_rc rc =
		job_sql_hold(cx, run->db, .id = run->job->id, .worker = zd_str_of(worker->name),
			     .until = cx->now + lease_ms(worker->config), .done = done,
			     .total = total, .note = cut(note));
	return rc == ZD_CONFLICT ? fail_lost(cx, worker, run->job->id) : rc;
}

enum zd_rc
job_progress(struct zd_cx *cx, struct job_run *run, int64_t done, int64_t total, struct zd_str note)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(job_check_going(cx, run));
	ZD_TRY(db_begin(cx, run->db, &txn));
	ZD_TRY(job_hold_in(cx, run, done, total, note));
	return db_commit(cx, &txn);
}

static bool
is_stopping(const struct job_worker *worker)
{
	return worker->stop && *worker->stop;
}

enum zd_rc
job_check_going(struct zd_cx *cx, const struct job_run *run)
{
	if (run->worker->lost)
		return fail_lost(cx, run->worker, run->job->id);
	if (is_stopping(run->worker))
		return zd_fail(cx, ZD_BUSY, NULL, "服务正在停止，任务稍后继续");
	return ZD_OK;
}

enum zd_rc
job_renew(struct zd_cx *cx, struct db *db, struct job_worker *worker)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	int64_t id = worker->running;

	if (id == 0)
		return ZD_OK;
	ZD_TRY(db_begin(cx, db, &txn));
	enum zd_rc rc = job_sql_renew(cx, db, .id = id, .worker = zd_str_of(worker->name),
				      .until = cx->now + lease_ms(worker->config));
	/* It may have ended between our look and the update: then nothing was lost. */
	if (rc == ZD_CONFLICT && worker->running == id)
		worker->lost = true;
	return rc == ZD_OK ? db_commit(cx, &txn) : rc == ZD_CONFLICT ? ZD_OK : rc;
}

/* --- one job, from taking to its end ---------------------------------------------------------- */

void
job_worker_init(struct job_worker *worker, const struct job_config *config)
{
	unsigned char random[8];
	char host[16] = "";

	*worker = (struct job_worker){ .config = config };
	crypto_random(random, sizeof(random));
	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(worker->name, sizeof(worker->name), "%s:%d:%02x%02x%02x%02x%02x%02x", host,
		       (int)getpid(), random[0], random[1], random[2], random[3], random[4],
		       random[5]);
}

static const struct job_kind *
find_kind(const struct job_config *config, struct zd_str name)
{
	for (const struct job_kind *const *table = config->kinds; *table; table++)
		for (const struct job_kind *kind = *table; kind->name; kind++)
			if (zd_str_equal(zd_str_of(kind->name), name))
				return kind;
	return NULL;
}

static int64_t
max_attempts(const struct job_kind *kind)
{
	return kind && kind->max_attempts > 0 ? kind->max_attempts : MAX_ATTEMPTS;
}

bool
job_may_retry(enum zd_rc rc)
{
	switch (rc) {
	case ZD_CONFLICT:
	case ZD_BUSY:
	case ZD_UNCERTAIN:
	case ZD_TOO_OFTEN:
	case ZD_FAILED: return true;
	case ZD_OK:
	case ZD_INVALID:
	case ZD_REFUSED:
	case ZD_NOT_FOUND:
	case ZD_TOO_LARGE: return false;
	}
	return false;
}

int64_t
job_backoff(int retry_ms, int64_t attempts)
{
	int64_t wait = retry_ms > 0 ? retry_ms : RETRY_MS;

	for (int64_t i = 1; i < attempts && wait < RETRY_MOST_MS; i++)
		wait *= 3;
	return wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS;
}

/* Up to a fifth more, so that what failed together does not come back together. */
static int64_t
jitter(int64_t wait)
{
	uint32_t random;

	crypto_random(&random, sizeof(random));
	return wait + (int64_t)(random % 1000) * wait / 5000;
}

static enum zd_rc
take(struct zd_cx *cx, struct db *db, struct job_worker *worker, struct job_sql_take_out *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct job_sql_find_due_out due;

	ZD_TRY(job_sql_find_due(cx, db, &due, .now = cx->now));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(job_sql_take(cx, db, ret, .now = cx->now,
			    .until = cx->now + lease_ms(worker->config),
			    .worker = zd_str_of(worker->name)));
	return db_commit(cx, &txn);
}

enum outcome { OUTCOME_DONE, OUTCOME_AGAIN, OUTCOME_DEAD, OUTCOME_STOPPED, OUTCOME_LOST };

static enum outcome
decide(const struct job_worker *worker, const struct job_kind *kind,
       const struct job_sql_take_out *job, enum zd_rc rc)
{
	if (rc == ZD_OK)
		return OUTCOME_DONE;
	if (rc == ZD_BUSY && is_stopping(worker))
		return OUTCOME_STOPPED;
	return job_may_retry(rc) && job->attempts < max_attempts(kind) ? OUTCOME_AGAIN
								       : OUTCOME_DEAD;
}

static enum zd_rc
write_end(struct zd_cx *cx, struct db *db, struct job_worker *worker,
	  const struct job_sql_take_out *job, enum outcome outcome, struct zd_str result)
{
	struct zd_str me = zd_str_of(worker->name), why = cut(zd_str_of(cx->err.text));
	int64_t wait = jitter(job_backoff(worker->config->retry_ms, job->attempts));

	switch (outcome) {
	case OUTCOME_DONE:
		return job_sql_finish(cx, db, .id = job->id, .worker = me, .now = cx->now,
				      .result = result);
	case OUTCOME_AGAIN:
		return job_sql_put_back(cx, db, .id = job->id, .worker = me, .due = cx->now + wait,
					.attempts = job->attempts, .note = why);
	case OUTCOME_STOPPED:
		return job_sql_put_back(cx, db, .id = job->id, .worker = me, .due = cx->now,
					.attempts = job->attempts - 1, .note = why);
	case OUTCOME_DEAD:
		return job_sql_bury(cx, db, .id = job->id, .worker = me, .now = cx->now,
				    .note = why);
	case OUTCOME_LOST: break;
	}
	return ZD_CONFLICT;
}

/* Once; if it cannot be written the lease runs out and the job is run again. */
static enum zd_rc
end(struct zd_cx *cx, struct db *db, struct job_worker *worker, const struct job_sql_take_out *job,
    enum outcome outcome, struct zd_str result)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct zd_err why = cx->err;

	ZD_TRY(db_begin(cx, db, &txn));
	cx->err = why;
	ZD_TRY(write_end(cx, db, worker, job, outcome, result));
	return db_commit(cx, &txn);
}

static const char *const outcome_names[] = { "done", "again", "dead", "stopped", "lost" };

static struct metric runs = { .name = "zd_job_runs_total",
			      .help = "Job runs by how they ended",
			      .kind = METRIC_COUNTER,
			      .label = "outcome",
			      .values = { "done", "again", "dead", "stopped", "lost" } };
static struct metric seconds = { .name = "zd_job_run_seconds",
				 .help = "How long job runs took",
				 .kind = METRIC_HISTOGRAM };
static struct metric load = { .name = "zd_jobs",
			      .help = "Jobs in the queue: due, running, dead",
			      .kind = METRIC_GAUGE,
			      .label = "state",
			      .values = { "due", "running", "dead" } };
static struct metric lateness = { .name = "zd_jobs_oldest_due_seconds",
				  .help = "How long the longest waiting due job has waited",
				  .kind = METRIC_GAUGE };

void
job_metrics_add(void)
{
	static struct metric *const list[] = { &runs, &seconds, &load, &lateness, NULL };

	zd_metrics_add(list);
}

/* The run is over: one event, one count. cx holds the reason if it failed. */
static void
tell(const struct zd_cx *cx, const struct job_worker *worker, const struct job_sql_take_out *job,
     enum outcome outcome)
{
	static const enum event_level levels[] = { EVENT_INFO, EVENT_WARN, EVENT_ERROR, EVENT_INFO,
						   EVENT_WARN };
	int64_t ms = steady_ms() - worker->began_clock;

	zd_metric_add(&runs, outcome, 1);
	zd_metric_time(&seconds, ms);
	zd_event(cx, levels[outcome], "job.ended", EVENT_TEXT("kind", job->kind),
		 EVENT_TEXT("outcome", zd_str_of(outcome_names[outcome])),
		 EVENT_INT("attempt", job->attempts), EVENT_INT("ms", ms));
	if (outcome == OUTCOME_AGAIN || outcome == OUTCOME_DEAD)
		zd_event_error(cx, "job.failed");
}

/* Runs the kind's function as the person who ordered it. */
static enum zd_rc
run_kind(struct zd_cx *cx, struct db *db, struct job_worker *worker, const struct job_kind *kind,
	 const struct job_sql_take_out *taken, struct zd_str *ret_result)
{
	const struct job job = { .id = taken->id,
				 .kind = taken->kind,
				 .args = taken->args,
				 .state = JOB_RUNNING,
				 .dept = taken->dept,
				 .created_by = taken->created_by,
				 .created_name = taken->name,
				 .created_at = taken->created_at,
				 .attempts = taken->attempts,
				 .started_at = cx->now,
				 .finished_at = ZD_NO_INT };
	struct job_run run = {
		.job = &job, .app = worker->config->app, .db = db, .worker = worker
	};

	if (taken->attempts > max_attempts(kind))
		return zd_fail(cx, ZD_FAILED, NULL,
			       "任务执行 %lld 次都没有结束：执行它的进程中断了",
			       (long long)taken->attempts - 1);
	if (!kind)
		return zd_fail(cx, ZD_FAILED, "kind", "本程序没有「%.*s」这种任务",
			       ZD_STR_ARG(taken->kind));
	enum zd_rc rc = kind->run(cx, &run);
	if (db_in_txn(db))
		return zd_fail(cx, ZD_FAILED, NULL, "任务 %s 结束时事务未关闭", kind->name);
	*ret_result = run.result;
	return rc;
}

enum zd_rc
job_work_once(struct zd_cx *cx, struct db *db, struct job_worker *worker)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(RUN_ARENA);
	struct zd_cx run_cx = { .arena = arena, .now = cx->now, .today = cx->today };
	struct job_sql_take_out job;
	struct zd_str result = { 0 };

	worker->lost = false;
	worker->began = cx->now;
	worker->began_clock = steady_ms();
	enum zd_rc rc = take(&run_cx, db, worker, &job);
	if (rc != ZD_OK) {
		cx->err = run_cx.err;
		return rc;
	}
	run_cx.actor = (struct zd_actor){ .id = job.created_by,
					  .dept = job.dept,
					  .roles = (uint32_t)job.roles,
					  .level = (int)job.level,
					  .account = job.account,
					  .name = job.name,
					  .address = job.address };
	run_cx.request = zd_str_printf(arena, "job:%lld", (long long)job.id);
	const struct job_kind *kind = find_kind(worker->config, job.kind);
	worker->running = job.id;
	rc = run_kind(&run_cx, db, worker, kind, &job, &result);
	worker->running = 0;
	run_cx.now = now_of(worker);
	struct zd_err why = run_cx.err;
	enum outcome outcome = worker->lost ? OUTCOME_LOST : decide(worker, kind, &job, rc);
	rc = end(&run_cx, db, worker, &job, outcome, result);
	if (rc != ZD_OK && rc != ZD_CONFLICT)
		zd_event_error(&run_cx,
			       "job.not_ended"); /* its lease runs out, and it is run again */
	run_cx.err = why;
	tell(&run_cx, worker, &job, rc == ZD_OK ? outcome : OUTCOME_LOST);
	return ZD_OK;
}

/* --- the timetable ---------------------------------------------------------------------------- */

#define DAY_MS INT64_C(86400000)
#define SHANGHAI_MS INT64_C(28800000)

int64_t
job_next(const struct job_time *entry, int64_t last, int64_t now)
{
	if (last == ZD_NO_INT)
		return now;
	if (entry->every_s > 0)
		return last + (int64_t)entry->every_s * 1000;
	int64_t midnight = (last + SHANGHAI_MS) / DAY_MS * DAY_MS - SHANGHAI_MS;
	int64_t at = midnight + (int64_t)entry->daily_at * 60000;
	return at > last ? at : at + DAY_MS;
}

static enum zd_rc
queue_entry(struct zd_cx *cx, struct db *db, const struct job_time *entry, int64_t seen)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct job_sql_count_entry_out count;
	struct zd_str name = zd_str_of(entry->name);
	int64_t claimed;

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(job_sql_claim_time(cx, db, &claimed, .name = name, .seen = seen, .now = cx->now));
	if (claimed == 0)
		return ZD_OK; /* another process was first */
	ZD_TRY(job_sql_count_entry(cx, db, &count, .name = name));
	if (count.n == 0)
		ZD_TRY(put_in(cx, db, &(const struct job_order){ .kind = entry->kind }, name,
			      NULL));
	return db_commit(cx, &txn);
}

static enum zd_rc
begin_entry(struct zd_cx *cx, struct db *db, const struct job_time *entry)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	int64_t n;

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(job_sql_insert_time(cx, db, &n, .name = zd_str_of(entry->name), .now = cx->now));
	return db_commit(cx, &txn);
}

enum zd_rc
job_tick(struct zd_cx *cx, struct db *db, const struct job_time *entry, int64_t *ret_next)
{
	struct job_sql_find_time_out time;
	enum zd_rc rc = job_sql_find_time(cx, db, &time, .name = zd_str_of(entry->name));

	if (rc == ZD_NOT_FOUND) {
		ZD_TRY(begin_entry(cx, db, entry));
		*ret_next = job_next(entry, cx->now, cx->now);
		return ZD_OK;
	}
	ZD_TRY(rc);
	int64_t next = job_next(entry, time.last_run, cx->now);
	if (next <= cx->now) {
		ZD_TRY(queue_entry(cx, db, entry, time.last_run));
		next = job_next(entry, cx->now, cx->now);
	}
	*ret_next = next;
	return ZD_OK;
}

/* --- the room's own --------------------------------------------------------------------------- */

#define KEEP_DAYS 90
#define CLEAR_BATCH 500

static enum zd_rc
clear_done(struct zd_cx *cx, struct job_run *run)
{
	int64_t total = 0, n = CLEAR_BATCH;

	while (n == CLEAR_BATCH) {
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		ZD_TRY(job_check_going(cx, run));
		ZD_TRY(db_begin(cx, run->db, &txn));
		ZD_TRY(job_hold_in(cx, run, total, 0, ZD_STR("清除旧任务")));
		ZD_TRY(job_sql_clear_done(cx, run->db, &n, .before = cx->now - KEEP_DAYS * DAY_MS,
					  .limit = CLEAR_BATCH));
		ZD_TRY(db_commit(cx, &txn));
		total += n;
	}
	run->result = zd_str_printf(cx->arena, "{\"cleared\":%lld}", (long long)total);
	return ZD_OK;
}

const struct job_kind job_kinds[] = {
	{ .name = "job.clear", .about = "清除 90 天前已完成的任务", .run = clear_done },
	{ 0 },
};

static enum zd_rc
measure(struct zd_cx *cx, struct job_run *run)
{
	struct job_load now;

	ZD_TRY(job_measure(cx, run->db, &now));
	zd_metric_set(&load, 0, now.waiting);
	zd_metric_set(&load, 1, now.running);
	zd_metric_set(&load, 2, now.dead);
	zd_metric_set(&lateness, 0, now.oldest_due / 1000);
	return ZD_OK;
}

const struct job_time job_times[] = {
	{ .name = "job.clear",
	  .about = "每天清除旧任务",
	  .kind = "job.clear",
	  .daily_at = 3 * 60 + 10 },
	{ .name = "job.measure", .about = "量取任务队列的长度", .chore = measure, .every_s = 15 },
	{ 0 },
};
