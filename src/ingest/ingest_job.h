#ifndef ZD_INGEST_JOB_H
#define ZD_INGEST_JOB_H

#include "ingest/ingest_app.h"
#include "job/job.h"

/*
 * What runs in the background: batches that were uploaded, files that are only judged, the release of what
 * waits in quarantine. Each may be run again after any of its transactions.
 */
extern const struct job_kind ingest_kinds[];

/* Queues the run of a batch that was opened with a file of the file store; in the caller's transaction. */
enum zd_rc ingest_job_batch_in(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch,
			       int64_t *ret_job) ZD_CHECKED;

/* Queues the judging of a file (purpose ingest.check), and the end of that file and of the marked one so many days
 * later; in the caller's transaction. A file that was imported after the check stays. */
#define INGEST_CHECK_DAYS 30
struct ingest_check {
	int64_t dept, file;
	struct zd_str standard;
};
enum zd_rc ingest_job_check_in(struct zd_cx *cx, struct db *db, const struct ingest_check *check,
			       int64_t *ret_job) ZD_CHECKED;
/* The key of the batch that imports what a job has judged. */
struct zd_str ingest_check_key(struct zd_arena *arena, int64_t job);
/* What a job of that kind was asked to do, and what came of it. ZD_NOT_FOUND: the job is of another kind. */
enum zd_rc ingest_check_read(struct zd_cx *cx, const struct job *job,
			     struct ingest_check *ret) ZD_CHECKED;

struct ingest_checked {
	int64_t rows, good, bad;
	struct zd_str notes;
	struct zd_str failed;        /* the file as a whole cannot be taken: why; else absent */
	int64_t returned;            /* the marked file in the file store, or ZD_NO_INT */
	struct ingest_cause *causes; /* the most frequent first; first_row is the line */
	size_t n_causes;
};
enum zd_rc ingest_checked_read(struct zd_cx *cx, struct zd_str result,
			       struct ingest_checked *ret) ZD_CHECKED;

/* Queues the release of a department's records of a standard; in the caller's transaction. */
enum zd_rc ingest_job_release_in(struct zd_cx *cx, struct db *db, int64_t dept,
				 struct zd_str standard, int64_t *ret_job) ZD_CHECKED;
/* Whose release a job is, and what came of it so far. ZD_NOT_FOUND: the job is of another kind. */
struct ingest_released {
	int64_t dept, looked, released; /* ZD_NO_INT: not yet told */
	struct zd_str standard;
};
enum zd_rc ingest_released_read(struct zd_cx *cx, const struct job *job,
				struct ingest_released *ret) ZD_CHECKED;

#endif
