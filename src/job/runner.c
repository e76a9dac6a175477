/* The threads of a process that does jobs: workers, one that renews leases, one that keeps the
 * timetable. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/event.h"
#include "job/job.h"

#define POLL_MS 1000
#define LEASE_MS 60000
#define LOOK_MS 60000 /* the clock may be set */
#define AGAIN_MS 5000
#define STEP_ARENA ((size_t)16 << 20)

struct job_runner {
	struct job_config config;
	_Atomic bool stop;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something was queued, or stop */
	struct job_worker *workers;
	pthread_t *threads; /* of the workers; then leases, timetable */
	int started;
	_Atomic bool draining; /* workers are done: leases may end too */
};

/* One step of a thread with a connection of the pool; its failure is told and waited out. */
typedef enum zd_rc step_fn(struct zd_cx *cx, struct db *db, void *arg);

static enum zd_rc
with_db(struct job_runner *runner, enum db_use use, step_fn *step, void *arg)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(STEP_ARENA);
	struct zd_cx cx = { .arena = arena };
	struct db *db;

	zd_cx_now(&cx);
	enum zd_rc rc = db_pool_take(&cx, runner->config.pool, use, &db);
	if (rc == ZD_OK) {
		rc = step(&cx, db, arg);
		db_pool_give(runner->config.pool, db);
	}
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		zd_event_error(&cx, "job.queue");
	return rc;
}

/* Until woken, stopped or ms have passed; false: stopped. */
static bool
wait_ms(struct job_runner *runner, int64_t ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&runner->lock);
	if (!runner->stop)
		(void)pthread_cond_timedwait(&runner->changed, &runner->lock, &until);
	(void)pthread_mutex_unlock(&runner->lock);
	return !runner->stop;
}

/* --- workers -----------------------------------------------------------------------------------
 */

struct worker_arg {
	struct job_runner *runner;
	struct job_worker *worker;
};

static enum zd_rc
work_step(struct zd_cx *cx, struct db *db, void *arg)
{
	return job_work_once(cx, db, arg);
}

static void *
work(void *arg)
{
	struct worker_arg me = *(struct worker_arg *)arg;
	int64_t poll = me.runner->config.poll_ms > 0 ? me.runner->config.poll_ms : POLL_MS;

	free(arg);
	while (!me.runner->stop)
		if (with_db(me.runner, DB_WRITE, work_step, me.worker) != ZD_OK)
			(void)wait_ms(me.runner, poll);
	return NULL;
}

/* --- leases ------------------------------------------------------------------------------------
 */

static enum zd_rc
renew_step(struct zd_cx *cx, struct db *db, void *arg)
{
	struct job_runner *runner = arg;

	for (int i = 0; i < runner->config.workers; i++)
		ZD_TRY(job_renew(cx, db, &runner->workers[i]));
	return ZD_OK;
}

static bool
is_any_running(const struct job_runner *runner)
{
	for (int i = 0; i < runner->config.workers; i++)
		if (runner->workers[i].running)
			return true;
	return false;
}

static void
sleep_ms(int64_t ms)
{
	const struct timespec t = { .tv_sec = (time_t)(ms / 1000),
				    .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* Goes on while the workers drain: their jobs still hold leases. */
static void *
renew(void *arg)
{
	struct job_runner *runner = arg;
	int64_t lease = runner->config.lease_ms > 0 ? runner->config.lease_ms : LEASE_MS;
	int64_t waited = 0;

	while (!runner->draining) {
		sleep_ms(50);
		waited += 50;
		if (waited < lease / 4)
			continue;
		waited = 0;
		if (is_any_running(runner))
			(void)with_db(runner, DB_WRITE, renew_step, runner);
	}
	return NULL;
}

/* --- timetable ----------------------------------------------------------------------------------
 */

struct entry_arg {
	struct job_runner *runner;
	const struct job_time *entry;
	int64_t next; /* when to look again */
};

static enum zd_rc
entry_step(struct zd_cx *cx, struct db *db, void *arg)
{
	struct entry_arg *e = arg;

	assert(e->entry);

	if (e->entry->kind) {
		ZD_TRY(job_tick(cx, db, e->entry, &e->next));
		job_runner_wake(e->runner);
		return ZD_OK;
	}
	struct job_run run = { .app = e->runner->config.app, .db = db };
	e->next = job_next(e->entry, cx->now, cx->now);
	if (e->entry->chore(cx, &run) != ZD_OK)
		zd_event_error(cx, e->entry->name);
	return ZD_OK;
}

/* The entry that is next; NULL if there is none. */
static struct entry_arg *
soonest(struct entry_arg *entries, size_t n)
{
	struct entry_arg *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (!found || entries[i].next < found->next)
			found = &entries[i];
	return found;
}

static size_t
count_entries(const struct job_config *config)
{
	size_t n = 0;

	for (const struct job_time *const *table = config->timetables; table && *table; table++)
		for (const struct job_time *entry = *table; entry->name; entry++)
			n++;
	return n;
}

static void
list_entries(struct job_runner *runner, struct entry_arg *ret)
{
	for (const struct job_time *const *table = runner->config.timetables; table && *table;
	     table++)
		for (const struct job_time *entry = *table; entry->name; entry++)
			*ret++ = (struct entry_arg){ .runner = runner, .entry = entry };
}

static int64_t
wall_ms(void)
{
	struct zd_cx cx = { 0 };

	zd_cx_now(&cx);
	return cx.now;
}

static void *
keep_time(void *arg)
{
	struct job_runner *runner = arg;
	size_t n = count_entries(&runner->config);
	struct entry_arg *entries = calloc(n + 1, sizeof(*entries));

	if (!entries)
		abort();
	list_entries(runner, entries);
	while (!runner->stop) {
		struct entry_arg *next = soonest(entries, n);
		int64_t wait = next ? next->next - wall_ms() : LOOK_MS;
		if (wait > 0)
			(void)wait_ms(runner, wait < LOOK_MS ? wait : LOOK_MS);
		if (!next || runner->stop || next->next > wall_ms())
			continue;
		next->next = wall_ms() + AGAIN_MS; /* if there is no connection */
		(void)with_db(runner, DB_WRITE, entry_step, next);
	}
	free(entries);
	return NULL;
}

/* --- starting and stopping
 * ------------------------------------------------------------------------ */

static bool
has_kind(const struct job_config *config, const char *name, int *ret_times)
{
	*ret_times = 0;
	for (const struct job_kind *const *table = config->kinds; *table; table++)
		for (const struct job_kind *kind = *table; kind->name; kind++)
			*ret_times += strcmp(kind->name, name) == 0;
	return *ret_times > 0;
}

static enum zd_rc
check_kinds(struct zd_cx *cx, const struct job_config *config)
{
	int times;

	for (const struct job_kind *const *table = config->kinds; *table; table++)
		for (const struct job_kind *kind = *table; kind->name; kind++) {
			if (!kind->about || !kind->run)
				return zd_fail(cx, ZD_INVALID, "kind", "任务种类 %s 缺少说明或函数",
					       kind->name);
			if (has_kind(config, kind->name, &times) && times > 1)
				return zd_fail(cx, ZD_INVALID, "kind", "任务种类 %s 登记了两次",
					       kind->name);
		}
	return ZD_OK;
}

static enum zd_rc
check_time(struct zd_cx *cx, const struct job_config *config, const struct job_time *entry)
{
	int times;

	if (!entry->about || !entry->kind == !entry->chore || entry->every_s < 0 ||
	    entry->daily_at < 0 || entry->daily_at >= 24 * 60)
		return zd_fail(cx, ZD_INVALID, "timetable", "时间表 %s 写得不完整", entry->name);
	if (entry->chore && entry->every_s == 0)
		return zd_fail(cx, ZD_INVALID, "timetable", "时间表 %s：例行小事须写间隔",
			       entry->name);
	if (entry->kind && !has_kind(config, entry->kind, &times))
		return zd_fail(cx, ZD_INVALID, "timetable", "时间表 %s 的任务种类 %s 没有登记",
			       entry->name, entry->kind);
	return ZD_OK;
}

static enum zd_rc
check_times(struct zd_cx *cx, const struct job_config *config)
{
	for (const struct job_time *const *table = config->timetables; table && *table; table++)
		for (const struct job_time *entry = *table; entry->name; entry++)
			ZD_TRY(check_time(cx, config, entry));
	return ZD_OK;
}

static struct job_runner *
new_runner(const struct job_config *config)
{
	struct job_runner *runner = calloc(1, sizeof(*runner));
	size_t n = (size_t)config->workers;
	pthread_condattr_t attr;

	if (!runner || !(runner->workers = calloc(n + 1, sizeof(*runner->workers))) ||
	    !(runner->threads = calloc(n + 2, sizeof(*runner->threads))))
		abort();
	runner->config = *config;
	(void)pthread_mutex_init(&runner->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&runner->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	for (size_t i = 0; i < n; i++) {
		job_worker_init(&runner->workers[i], &runner->config);
		runner->workers[i].stop = &runner->stop;
	}
	return runner;
}

static void
start_thread(struct job_runner *runner, void *(*run)(void *), void *arg)
{
	if (pthread_create(&runner->threads[runner->started], NULL, run, arg) != 0)
		abort(); /* no memory for a thread at start */
	runner->started++;
}

static void
start_worker(struct job_runner *runner, struct job_worker *worker)
{
	struct worker_arg *arg = malloc(sizeof(*arg));

	if (!arg)
		abort();
	*arg = (struct worker_arg){ runner, worker };
	start_thread(runner, work, arg);
}

enum zd_rc
job_runner_start(struct zd_cx *cx, const struct job_config *config, struct job_runner **ret)
{
	ZD_TRY(check_kinds(cx, config));
	ZD_TRY(check_times(cx, config));
	job_metrics_add();
	struct job_runner *runner = new_runner(config);
	for (int i = 0; i < config->workers; i++)
		start_worker(runner, &runner->workers[i]);
	start_thread(runner, keep_time, runner);
	start_thread(runner, renew, runner);
	*ret = runner;
	return ZD_OK;
}

void
job_runner_wake(struct job_runner *runner)
{
	(void)pthread_mutex_lock(&runner->lock);
	(void)pthread_cond_broadcast(&runner->changed);
	(void)pthread_mutex_unlock(&runner->lock);
}

void
job_runner_stop(struct job_runner *runner)
{
	if (!runner)
		return;
	runner->stop = true;
	job_runner_wake(runner);
	for (int i = 0; i < runner->started - 1; i++)
		(void)pthread_join(runner->threads[i], NULL);
	runner->draining = true;
	(void)pthread_join(runner->threads[runner->started - 1], NULL);
	(void)pthread_cond_destroy(&runner->changed);
	(void)pthread_mutex_destroy(&runner->lock);
	free(runner->threads);
	free(runner->workers);
	free(runner);
}
