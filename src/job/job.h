#ifndef ZD_JOB_H
#define ZD_JOB_H

#include "db/db.h"

/*
 * job: a queue and a timetable on the database (docs/adr/0004).
 *
 * A job is a row, put in the transaction of what it is for: it exists if and only if that was
 * committed. A worker takes it under a lease; while it runs its process renews the lease, and when
 * the process dies the lease runs out and another worker runs the job again. So a job's function
 * may run more than once: it does its work in transactions that begin with job_hold_in, which fails
 * once the lease is lost, and it can be run again after any of them.
 *
 * A failure that time may cure (busy, uncertain, conflict, our fault) is tried again, later each
 * time, up to the kind's limit; then, or at once when the data are wrong or refused, the job is
 * dead and shown to the system administrator, who may revive it.
 */
struct app;

enum job_state { JOB_WAITING = 1, JOB_RUNNING = 2, JOB_DONE = 3, JOB_DEAD = 4 };

struct job {
	int64_t id;
	struct zd_str kind, args; /* args: a JSON text that the kind defines */
	enum job_state state;
	int64_t dept, created_by; /* whose it is; 0: the system's */
	struct zd_str created_name;
	int64_t created_at, due_at;      /* waiting: not before; running: the lease ends */
	int64_t started_at, finished_at; /* ZD_NO_INT: not yet */
	int64_t attempts;
	int64_t progress_done, progress_total; /* total 0: not known */
	struct zd_str note;                    /* what it is doing, or why it failed, for people */
	struct zd_str result;                  /* JSON text, absent until done */
};

/* --- for those who want something done ------------------------------------------------------- */

struct job_order {
	const char *kind;
	struct zd_str args; /* absent: {} */
	int64_t dept;       /* whose it is; usually the actor's */
	int64_t not_before; /* ms; 0: at once */
};
/* In the caller's transaction (ZD_FAILED outside one). It will run with the actor of cx. */
enum zd_rc job_put_in(struct zd_cx *cx, struct db *db, const struct job_order *order,
		      int64_t *ret_id) ZD_CHECKED;
/* ZD_NOT_FOUND also when it is another department's; dept ZD_NO_INT: anyone's. */
enum zd_rc job_find(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id,
		    struct job *ret) ZD_CHECKED;
/* A dead job gets its attempts back. ZD_CONFLICT: it is not dead. */
enum zd_rc job_revive_in(struct zd_cx *cx, struct db *db, int64_t id) ZD_CHECKED;

/* Figures for /metrics and doctor. */
struct job_load {
	int64_t waiting, running, dead; /* waiting: due only */
	int64_t oldest_due;             /* ms since the oldest due job should have begun; 0: none */
};
enum zd_rc job_measure(struct zd_cx *cx, struct db *db, struct job_load *ret) ZD_CHECKED;

/* --- for those who do it --------------------------------------------------------------------- */

struct job_run {
	const struct job *job;
	const struct app *app;
	struct db *db;        /* the worker's own connection, no transaction open */
	struct zd_str result; /* set by the function: a JSON text in the cx's arena, or absent */
	struct job_worker *worker;
};

/*
 * First in each of the function's transactions: takes the row, so that nobody can take the job over
 * before the commit, and notes progress. ZD_CONFLICT: the lease was lost; return it, another worker
 * has the job.
 */
enum zd_rc job_hold_in(struct zd_cx *cx, struct job_run *run, int64_t done, int64_t total,
		       struct zd_str note) ZD_CHECKED;
/* The same in a transaction of its own: progress between two pieces of work that write nothing. */
enum zd_rc job_progress(struct zd_cx *cx, struct job_run *run, int64_t done, int64_t total,
			struct zd_str note) ZD_CHECKED;
/* ZD_BUSY when the process is stopping or the lease was lost: return it; the job goes on later or
 * elsewhere. */
enum zd_rc job_check_going(struct zd_cx *cx, const struct job_run *run) ZD_CHECKED;

/* ZD_OK, or why not. cx carries the person who ordered it; its arena dies with the run. */
typedef enum zd_rc job_fn(struct zd_cx *cx, struct job_run *run);

struct job_kind {
	const char *name;  /* "ingest.import"; ends the table when NULL */
	const char *about; /* Chinese, for lists */
	job_fn *run;
	int max_attempts; /* 0: 5 */
};

/* What is done by the clock. */
struct job_time {
	const char *name;  /* ends the table when NULL */
	const char *about; /* Chinese */
	/*
	 * A kind is queued, once over all processes, with args {}; not while the one before still
	 * waits or runs. A chore runs at once on the timetable's thread of every process: it must
	 * be short and keep others out by itself (the sealer's lease).
	 */
	const char *kind;
	job_fn *chore;
	int every_s;  /* or, if 0: */
	int daily_at; /* minutes after midnight, Asia/Shanghai */
};

struct job_config {
	struct db_pool
		*pool; /* a connection for each worker, one for leases and one for the timetable */
	const struct app *app;
	const struct job_kind *const *kinds;      /* tables, ended by NULL */
	const struct job_time *const *timetables; /* tables, ended by NULL; NULL: none */
	int workers;                              /* threads */
	int lease_ms;                             /* 0: 60,000 */
	int poll_ms;                              /* 0: 1,000 */
	int retry_ms; /* wait after the first failure, tripled after each; 0: 10,000 */
};

struct job_runner;
/* ZD_INVALID names a kind without a function or about, or told twice, or a timetable entry whose
 * kind is not there. */
enum zd_rc job_runner_start(struct zd_cx *cx, const struct job_config *config,
			    struct job_runner **ret) ZD_CHECKED;
void job_runner_wake(struct job_runner *runner); /* a hint: something was queued */
/* Asks running jobs to stop and waits for them; what did not finish waits in the queue again. */
void job_runner_stop(struct job_runner *runner);

/* --- one step at a time: the runner's threads, and tests ---------------------------------------
 */

struct job_worker {
	const struct job_config *config;
	struct db *db;            /* lent for a step */
	char name[48];            /* unique over processes and threads */
	_Atomic int64_t running;  /* id, or 0 */
	_Atomic bool lost;        /* the running job's lease */
	const _Atomic bool *stop; /* may be NULL */
	int64_t began,
		began_clock; /* the running job: cx->now and the steady clock when it began */
};
void job_worker_init(struct job_worker *worker, const struct job_config *config);
/* Takes one due job and runs it to its end. ZD_NOT_FOUND: none is due. Other failures are the
 * queue's, not the job's. */
enum zd_rc job_work_once(struct zd_cx *cx, struct db *db, struct job_worker *worker) ZD_CHECKED;
/* Renews the lease of what the worker runs; sets worker->lost if it was taken over. */
enum zd_rc job_renew(struct zd_cx *cx, struct db *db, struct job_worker *worker) ZD_CHECKED;
/* Queues what the timetable says is due at cx->now, and says when it next wants to be asked. */
enum zd_rc job_tick(struct zd_cx *cx, struct db *db, const struct job_time *entry,
		    int64_t *ret_next) ZD_CHECKED;
/* When an entry last run at `last` (ZD_NO_INT: never) is next due. */
int64_t job_next(const struct job_time *entry, int64_t last, int64_t now);
/* Wait before attempt n + 1, without the random part. */
int64_t job_backoff(int retry_ms, int64_t attempts);
/* Whether time may cure it. */
bool job_may_retry(enum zd_rc rc);

void job_metrics_add(void);

/* Kinds and timetable of the room's own: old jobs are cleared away, the queue is measured. */
extern const struct job_kind job_kinds[];
extern const struct job_time job_times[];

#endif
