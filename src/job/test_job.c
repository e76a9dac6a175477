/* The queue and the timetable: each job once at a time, none lost, each entry once over all
 * processes. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "db/test_db.h"
#include "job/job.h"
#include "job/job_sql.h"

/* --- kinds that the tests run ---------------------------------------------------------------- */

static _Atomic int runs, at_once, most_at_once;
static enum zd_rc answer; /* what `answer` returns */
static void (*during)(struct zd_cx *cx, struct job_run *run);

static enum zd_rc
run_count(struct zd_cx *cx, struct job_run *run)
{
	int now = ++at_once;
	const struct timespec t = { .tv_nsec = 2000000 };

	for (int most = most_at_once; now > most;)
		if (atomic_compare_exchange_weak(&most_at_once, &most, now))
			break;
	(void)nanosleep(&t, NULL);
	runs++;
	at_once--;
	run->result = zd_str_printf(cx->arena, "{\"by\":\"%.*s\"}", ZD_STR_ARG(cx->actor.name));
	return ZD_OK;
}

static enum zd_rc
run_answer(struct zd_cx *cx, struct job_run *run)
{
	(void)run;
	runs++;
	return answer == ZD_OK ? ZD_OK : zd_fail(cx, answer, NULL, "上级平台没有应答。");
}

static enum zd_rc
run_during(struct zd_cx *cx, struct job_run *run)
{
	runs++;
	during(cx, run);
	return job_progress(cx, run, 1, 2, ZD_STR("写了一半"));
}

static enum zd_rc
run_until_stopped(struct zd_cx *cx, struct job_run *run)
{
	const struct timespec t = { .tv_nsec = 1000000 };

	runs++;
	for (;;) {
		ZD_TRY(job_check_going(cx, run));
		(void)nanosleep(&t, NULL);
	}
}

static const struct job_kind kinds[] = {
	{ .name = "count", .about = "数数", .run = run_count },
	{ .name = "answer", .about = "应答", .run = run_answer, .max_attempts = 3 },
	{ .name = "during", .about = "途中", .run = run_during },
	{ .name = "endless", .about = "不停", .run = run_until_stopped },
	{ 0 },
};
static const struct job_kind *const tables[] = { kinds, job_kinds, NULL };
static const struct job_config config = { .kinds = tables };

static void
reset(struct test_db *t)
{
	(void)t;
	runs = at_once = most_at_once = 0;
	answer = ZD_OK;
	during = NULL;
}

static int64_t
put(struct test_db *t, const char *kind)
{
	int64_t id = 0;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx,
		  job_put_in(&t->cx, t->db,
			     &(const struct job_order){ .kind = kind, .dept = t->cx.actor.dept },
			     &id),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	return id;
}

static struct job
find(struct test_db *t, int64_t id)
{
	struct job job;

	assert_rc(&t->cx, job_find(&t->cx, t->db, ZD_NO_INT, id, &job), ZD_OK);
	return job;
}

static struct job_worker
worker_of(void)
{
	struct job_worker worker;

	job_worker_init(&worker, &config);
	return worker;
}

static enum zd_rc
work(struct test_db *t)
{
	struct job_worker worker = worker_of();

	return job_work_once(&t->cx, t->db, &worker);
}

/* --- one queue ---------------------------------------------------------------------------------
 */

static void
a_job_exists_only_if_its_transaction_did(void **state)
{
	struct test_db *t = *state;
	struct job job;
	int64_t id;

	{
		struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		assert_rc(&t->cx,
			  job_put_in(&t->cx, t->db, &(const struct job_order){ .kind = "count" },
				     &id),
			  ZD_OK);
	}
	assert_rc(&t->cx, job_find(&t->cx, t->db, ZD_NO_INT, id, &job), ZD_NOT_FOUND);
	assert_rc(&t->cx,
		  job_put_in(&t->cx, t->db, &(const struct job_order){ .kind = "count" }, &id),
		  ZD_FAILED);
}

static void
a_job_runs_as_who_ordered_it_and_keeps_its_result(void **state)
{
	struct test_db *t = *state;

	t->cx.actor = (struct zd_actor){ .id = 7, .dept = 12, .name = ZD_STR("数据员") };
	int64_t id = put(t, "count");
	assert_int_equal(find(t, id).state, JOB_WAITING);
	assert_rc(&t->cx, work(t), ZD_OK);
	struct job job = find(t, id);
	assert_int_equal(job.state, JOB_DONE);
	assert_text(job.result, "{\"by\":\"数据员\"}");
	assert_int_equal(job.attempts, 1);
	assert_true(job.finished_at >= job.started_at);
	assert_rc(&t->cx, work(t), ZD_NOT_FOUND);
	assert_int_equal(runs, 1);
}

static void
another_department_does_not_see_it(void **state)
{
	struct test_db *t = *state;
	struct job job;

	t->cx.actor.dept = 12;
	int64_t id = put(t, "count");
	assert_rc(&t->cx, job_find(&t->cx, t->db, 12, id, &job), ZD_OK);
	assert_rc(&t->cx, job_find(&t->cx, t->db, 13, id, &job), ZD_NOT_FOUND);
}

static void
a_job_waits_for_its_time(void **state)
{
	struct test_db *t = *state;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	int64_t id;

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx,
		  job_put_in(&t->cx, t->db,
			     &(const struct job_order){ .kind = "count",
							.not_before = t->cx.now + 1000 },
			     &id),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	t->cx.now += 999;
	assert_rc(&t->cx, work(t), ZD_NOT_FOUND);
	t->cx.now += 1;
	assert_rc(&t->cx, work(t), ZD_OK);
}

static void
what_time_may_cure_is_tried_again_later_then_dead(void **state)
{
	struct test_db *t = *state;
	int64_t id = put(t, "answer");
	struct job job;

	answer = ZD_BUSY;
	for (int attempt = 1; attempt <= 3; attempt++) {
		assert_rc(&t->cx, work(t), ZD_OK);
		job = find(t, id);
		assert_int_equal(job.attempts, attempt);
		assert_text(job.note, "上级平台没有应答。");
		if (attempt == 3)
			break;
		assert_int_equal(job.state, JOB_WAITING);
		assert_true(job.due_at >= t->cx.now + job_backoff(0, attempt));
		assert_rc(&t->cx, work(t), ZD_NOT_FOUND);
		t->cx.now = job.due_at;
	}
	assert_int_equal(job.state, JOB_DEAD);

	struct job_load load;
	assert_rc(&t->cx, job_measure(&t->cx, t->db, &load), ZD_OK);
	assert_int_equal(load.dead, 1);
	assert_int_equal(load.waiting, 0);

	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, job_revive_in(&t->cx, t->db, id), ZD_OK);
	assert_rc(&t->cx, job_revive_in(&t->cx, t->db, id), ZD_CONFLICT);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	answer = ZD_OK;
	assert_rc(&t->cx, work(t), ZD_OK);
	assert_int_equal(find(t, id).state, JOB_DONE);
}

static void
what_is_wrong_is_dead_at_once(void **state)
{
	struct test_db *t = *state;
	int64_t id = put(t, "answer"), unknown = put(t, "nobody.knows");

	answer = ZD_REFUSED;
	assert_rc(&t->cx, work(t), ZD_OK);
	assert_int_equal(find(t, id).state, JOB_DEAD);
	assert_int_equal(runs, 1);
	assert_rc(&t->cx, work(t), ZD_OK);
	assert_int_equal(find(t, unknown).state, JOB_WAITING); /* a newer program may know it */
}

static void
waits_grow_and_end(void **state)
{
	(void)state;
	assert_int_equal(job_backoff(0, 1), 10000);
	assert_int_equal(job_backoff(0, 2), 30000);
	assert_int_equal(job_backoff(100, 3), 900);
	assert_int_equal(job_backoff(0, 100), 3600000);
	assert_false(job_may_retry(ZD_INVALID));
	assert_true(job_may_retry(ZD_FAILED));
}

/* --- leases
 * --------------------------------------------------------------------------------------- */

/* What a process that dies leaves behind: a job taken, its lease not ended. */
static void
die_holding(struct test_db *t, int64_t lease)
{
	struct job_sql_take_out taken;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx,
		  job_sql_take(&t->cx, t->db, &taken, .now = t->cx.now, .until = t->cx.now + lease,
			       .worker = ZD_STR("dead")),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

static void
a_job_whose_process_died_is_run_again(void **state)
{
	struct test_db *t = *state;
	int64_t id = put(t, "count");

	die_holding(t, 60000);
	assert_int_equal(find(t, id).state, JOB_RUNNING);
	t->cx.now += 59999;
	assert_rc(&t->cx, work(t), ZD_NOT_FOUND);
	t->cx.now += 1;
	assert_rc(&t->cx, work(t), ZD_OK);
	struct job job = find(t, id);
	assert_int_equal(job.state, JOB_DONE);
	assert_int_equal(job.attempts, 2);
	assert_int_equal(runs, 1);
}

/* A job that kills its process each time must not do so for ever. */
static void
a_job_that_kills_its_process_is_dead_in_the_end(void **state)
{
	struct test_db *t = *state;
	int64_t id = put(t, "answer"); /* 3 attempts */

	for (int i = 0; i < 3; i++) {
		die_holding(t, 10);
		t->cx.now += 10;
	}
	assert_rc(&t->cx, work(t), ZD_OK);
	assert_int_equal(find(t, id).state, JOB_DEAD);
	assert_int_equal(runs, 0);
}

static struct test_db *stolen_from;

static void
steal(struct zd_cx *cx, struct job_run *run)
{
	struct test_db *t = stolen_from;
	struct db *other ZD_CLEANUP(db_drop) = test_db_again(t);
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct job_sql_take_out taken;
	(void)run;

	assert_rc(cx, db_begin(cx, other, &txn), ZD_OK);
	assert_rc(cx,
		  job_sql_take(cx, other, &taken, .now = cx->now + 120000,
			       .until = cx->now + 180000, .worker = ZD_STR("thief")),
		  ZD_OK);
	assert_rc(cx, db_commit(cx, &txn), ZD_OK);
}

static void
a_worker_that_lost_its_lease_writes_nothing(void **state)
{
	struct test_db *t = *state;
	int64_t id = put(t, "during");

	stolen_from = t;
	during = steal;
	assert_rc(&t->cx, work(t), ZD_OK);
	struct job job = find(t, id);
	assert_int_equal(job.state, JOB_RUNNING); /* the thief's */
	assert_int_equal(job.attempts, 2);
	assert_int_equal(job.progress_done, 0);
}

static void
look(struct zd_cx *cx, struct job_run *run)
{
	struct job_worker *worker = run->worker;

	cx->now += 40000;
	assert_rc(cx, job_renew(cx, run->db, worker), ZD_OK);
	assert_false(worker->lost);
	assert_rc(cx, job_progress(cx, run, 1, 2, ZD_STR("途中")), ZD_OK);
	struct job job;
	assert_rc(cx, job_find(cx, run->db, ZD_NO_INT, run->job->id, &job), ZD_OK);
	assert_int_equal(job.progress_done, 1);
	assert_int_equal(job.progress_total, 2);
	assert_text(job.note, "途中");
}

static void
progress_is_seen_while_it_runs(void **state)
{
	struct test_db *t = *state;
	int64_t id = put(t, "during");

	during = look;
	assert_rc(&t->cx, work(t), ZD_OK);
	assert_int_equal(find(t, id).state, JOB_DONE);
}

/* --- many workers
 * ------------------------------------------------------------------------------------ */

static void
wait_done(struct test_db *t, int n)
{
	const struct timespec tick = { .tv_nsec = 5000000 };
	struct job_load load = { 0 };

	for (int i = 0; i < 4000; i++) {
		zd_cx_now(&t->cx);
		assert_rc(&t->cx, job_measure(&t->cx, t->db, &load), ZD_OK);
		if (runs >= n && load.running == 0 && load.waiting == 0)
			return;
		(void)nanosleep(&tick, NULL);
	}
	fail_msg("only %d of %d ran", (int)runs, n);
}

static void
two_processes_never_run_one_job_twice(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool;
	struct job_runner *first, *second;

	for (int i = 0; i < 60; i++)
		(void)put(t, "count");
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 12, &pool), ZD_OK);
	struct job_config running = { .pool = pool, .kinds = tables, .workers = 3, .poll_ms = 20 };
	assert_rc(&t->cx, job_runner_start(&t->cx, &running, &first), ZD_OK);
	assert_rc(&t->cx, job_runner_start(&t->cx, &running, &second), ZD_OK);
	wait_done(t, 60);
	job_runner_stop(first);
	job_runner_stop(second);
	db_pool_close(pool);
	assert_int_equal(runs, 60);
	assert_true(most_at_once > 1);
}

static void
stopping_puts_a_running_job_back(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool;
	struct job_runner *runner;
	int64_t id = put(t, "endless");
	const struct timespec tick = { .tv_nsec = 5000000 };

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 6, &pool), ZD_OK);
	struct job_config running = {
		.pool = pool, .kinds = tables, .workers = 1, .poll_ms = 20, .lease_ms = 400
	};
	assert_rc(&t->cx, job_runner_start(&t->cx, &running, &runner), ZD_OK);
	/* longer than its lease: renewal keeps others out */
	for (int i = 0; i < 160; i++)
		(void)nanosleep(&tick, NULL);
	assert_int_equal(runs, 1);
	zd_cx_now(&t->cx);
	assert_rc(&t->cx, work(t), ZD_NOT_FOUND);
	job_runner_stop(runner);
	db_pool_close(pool);
	struct job job = find(t, id);
	assert_int_equal(job.state, JOB_WAITING);
	assert_int_equal(job.attempts, 0); /* it did not fail */
}

/* --- the timetable
 * ------------------------------------------------------------------------------------ */

static const struct job_time hourly = {
	.name = "hourly", .about = "每小时", .kind = "count", .every_s = 3600
};

static void
an_entry_is_queued_once_over_all_processes(void **state)
{
	struct test_db *t = *state;
	struct db *other ZD_CLEANUP(db_drop) = test_db_again(t);
	int64_t start = t->cx.now, next;
	struct job_load load;

	assert_rc(&t->cx, job_tick(&t->cx, t->db, &hourly, &next), ZD_OK);
	assert_true(next == start + 3600000);
	t->cx.now = next;
	assert_rc(&t->cx, job_tick(&t->cx, t->db, &hourly, &next), ZD_OK);
	assert_rc(&t->cx, job_tick(&t->cx, other, &hourly, &next), ZD_OK);
	assert_true(next == start + 7200000);
	assert_rc(&t->cx, job_measure(&t->cx, t->db, &load), ZD_OK);
	assert_int_equal(load.waiting, 1);
	/* not while the one before still waits */
	t->cx.now = next;
	assert_rc(&t->cx, job_tick(&t->cx, t->db, &hourly, &next), ZD_OK);
	assert_rc(&t->cx, job_measure(&t->cx, t->db, &load), ZD_OK);
	assert_int_equal(load.waiting, 1);
	assert_rc(&t->cx, work(t), ZD_OK);
	t->cx.now = next;
	assert_rc(&t->cx, job_tick(&t->cx, t->db, &hourly, &next), ZD_OK);
	assert_rc(&t->cx, job_measure(&t->cx, t->db, &load), ZD_OK);
	assert_int_equal(load.waiting, 1);
}

static void
daily_means_a_time_in_shanghai(void **state)
{
	const struct job_time daily = {
		.name = "d", .about = "d", .kind = "count", .daily_at = 3 * 60 + 10
	};
	const int64_t midnight = (int64_t)zd_day_of(2026, 3, 2) * 86400000 - 28800000,
		      at = midnight + INT64_C(190) * 60000;
	(void)state;

	assert_true(job_next(&daily, midnight, midnight) == at);
	assert_true(job_next(&daily, at - 1, at) == at);
	assert_true(job_next(&daily, at, at) == at + 86400000);
	assert_true(job_next(&daily, midnight - 1, midnight) == at - 86400000 + 86400000);
	assert_true(job_next(&daily, ZD_NO_INT, 5) == 5);
}

static void
done_jobs_are_cleared_after_their_time(void **state)
{
	struct test_db *t = *state;
	int64_t old = put(t, "count");
	struct job job;

	assert_rc(&t->cx, work(t), ZD_OK);
	t->cx.now += INT64_C(91) * 86400000;
	int64_t young = put(t, "count");
	assert_rc(&t->cx, work(t), ZD_OK);
	int64_t clear = put(t, "job.clear");
	assert_rc(&t->cx, work(t), ZD_OK);
	assert_text(find(t, clear).result, "{\"cleared\":1}");
	assert_rc(&t->cx, job_find(&t->cx, t->db, ZD_NO_INT, old, &job), ZD_NOT_FOUND);
	assert_int_equal(find(t, young).state, JOB_DONE);
}

static void
a_kind_must_be_whole_to_start(void **state)
{
	static const struct job_kind no_about[] = { { .name = "x", .run = run_count }, { 0 } };
	static const struct job_time lost[] = {
		{ .name = "x", .about = "x", .kind = "x", .every_s = 1 }, { 0 }
	};
	struct zd_cx cx = { 0 };
	struct job_runner *runner;
	(void)state;

	assert_rc(&cx,
		  job_runner_start(
			  &cx,
			  &(struct job_config){
				  .kinds = (const struct job_kind *const[]){ no_about, NULL } },
			  &runner),
		  ZD_INVALID);
	assert_rc(&cx,
		  job_runner_start(
			  &cx,
			  &(struct job_config){
				  .kinds = (const struct job_kind *const[]){ kinds, kinds, NULL } },
			  &runner),
		  ZD_INVALID);
	assert_rc(&cx,
		  job_runner_start(
			  &cx,
			  &(struct job_config){
				  .kinds = tables,
				  .timetables = (const struct job_time *const[]){ lost, NULL } },
			  &runner),
		  ZD_INVALID);
}

/* --- faults
 * ---------------------------------------------------------------------------------------------- */

static enum zd_rc
put_one(struct test_db *t, void *arg)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(&t->cx, t->db, &txn));
	ZD_TRY(job_put_in(&t->cx, t->db, &(const struct job_order){ .kind = "count" }, arg));
	return db_commit(&t->cx, &txn);
}

static int64_t
count_waiting(struct test_db *t)
{
	struct job_load load;

	assert_rc(&t->cx, job_measure(&t->cx, t->db, &load), ZD_OK);
	return load.waiting;
}

static void
check_put(struct test_db *t, bool done, void *arg)
{
	(void)arg;
	assert_int_equal(count_waiting(t), done ? 1 : 0);
}

static enum zd_rc
tick(struct test_db *t, void *arg)
{
	int64_t next;
	(void)arg;

	return job_tick(&t->cx, t->db, &hourly, &next);
}

static void
a_fault_leaves_all_or_nothing(void **state)
{
	struct test_db *t = *state;
	int64_t id, next;

	assert_true(test_fault_loop(t, put_one, check_put, &id) >= 3);
	assert_rc(&t->cx, work(t), ZD_OK);
	assert_rc(&t->cx, job_tick(&t->cx, t->db, &hourly, &next), ZD_OK);
	t->cx.now = next;
	assert_true(test_fault_loop(t, tick, check_put, NULL) >= 5);
}

/* Whatever fails while a job is taken, run and ended, it is run to its end in time. */
static void
a_fault_while_working_loses_no_job(void **state)
{
	struct test_db *t = *state;

	for (int nth = 1;; nth++) {
		int64_t id = put(t, "count");
		runs = 0;
		db_fail_nth(t->db, nth);
		(void)work(t);
		bool failed = db_has_failed(t->db);
		db_fail_nth(t->db, 0);
		t->cx.now += 60000; /* the lease, if one was left */
		if (find(t, id).state != JOB_DONE)
			assert_rc(&t->cx, work(t), ZD_OK);
		struct job job = find(t, id);
		assert_int_equal(job.state, JOB_DONE);
		assert_in_range(runs, 1, 2);
		if (!failed) {
			assert_true(nth > 5);
			return;
		}
	}
}

static void
statements_prepare(void **state)
{
	test_prepares(*state, job_sql_stmts, job_sql_count);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(a_job_exists_only_if_its_transaction_did, reset),
		test_on_both(a_job_runs_as_who_ordered_it_and_keeps_its_result, reset),
		test_on_both(another_department_does_not_see_it, reset),
		test_on_both(a_job_waits_for_its_time, reset),
		test_on_both(what_time_may_cure_is_tried_again_later_then_dead, reset),
		test_on_both(what_is_wrong_is_dead_at_once, reset),
		cmocka_unit_test(waits_grow_and_end),
		test_on_both(a_job_whose_process_died_is_run_again, reset),
		test_on_both(a_job_that_kills_its_process_is_dead_in_the_end, reset),
		test_on_both(a_worker_that_lost_its_lease_writes_nothing, reset),
		test_on_both(progress_is_seen_while_it_runs, reset),
		test_on_both(two_processes_never_run_one_job_twice, reset),
		test_on_both(stopping_puts_a_running_job_back, reset),
		test_on_both(an_entry_is_queued_once_over_all_processes, reset),
		cmocka_unit_test(daily_means_a_time_in_shanghai),
		test_on_both(done_jobs_are_cleared_after_their_time, reset),
		cmocka_unit_test(a_kind_must_be_whole_to_start),
		test_on_both(a_fault_leaves_all_or_nothing, reset),
		test_on_both(a_fault_while_working_loses_no_job, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
