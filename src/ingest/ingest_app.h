#ifndef ZD_INGEST_APP_H
#define ZD_INGEST_APP_H

#include "db/db.h"
#include "ingest/ingest.h"
#include "record/record.h"

/* What an import needs of the program. */
struct ingest_env {
	const struct standard_set *standards;
	struct db_pool *pool;
};

enum ingest_state { INGEST_WAITING = 1, INGEST_RUNNING, INGEST_DONE, INGEST_FAILED };
enum ingest_reject_state {
	INGEST_OUTSTANDING = 1,
	INGEST_REPAIRED,
	INGEST_DISCARDED,
	INGEST_SUPERSEDED
};

struct ingest_batch {
	int64_t dept, id;
	struct zd_str standard, source, file_name;
	int64_t file; /* ZD_NO_INT: the sender's file was not kept */
	int32_t format;
	struct zd_str sheet, notes, batch_key, content_hash;
	int32_t state;
	int64_t rows_done, bytes_done, bytes_total;
	int64_t accepted, updated, unchanged, removed, quarantined, rejected, outstanding;
	int64_t repairs; /* ZD_NO_INT: none */
	struct zd_str error;
	int64_t created_at, created_by, finished_at;
};

struct ingest_reject {
	int64_t row, line;
	struct zd_str operation, key, raw, errors, rule, field_title, message;
	int32_t state;
	int64_t closed_batch, closed_row;
	struct zd_str reason;
};

struct ingest_cause {
	struct zd_str rule, field_title, message;
	int64_t n, first_row;
};

struct ingest_order {
	int64_t dept;
	const struct standard *standard;
	struct zd_str dept_source; /* what cd_source may say; absent: anything */
	struct zd_str source;      /* api, page, cli, form, drop */
	struct zd_str file_name;
	int64_t file; /* in the file store, or ZD_NO_INT */
	struct zd_str
		batch_key; /* the sender's idempotency key; absent: each sending is a batch of its own */
	int64_t repairs;     /* the batch whose rows are repaired, or ZD_NO_INT */
	int64_t repairs_row; /* its one row that the one row of this order repairs; 0: each row the
				row of its own place */
	int fd;              /* the plain (inflated) content; not owned */
	enum table_format format;
	int64_t at; /* when it was received, for histories that are brought in; 0: now */
	/* Asked before each block is stored; what it returns other than ZD_OK ends the run, which may be
	 * taken up again. May be NULL. */
	enum zd_rc (*going)(struct zd_cx *cx, void *arg);
	void *going_arg;
};

/* What an order brings, read once before it is opened. */
struct ingest_content {
	struct sm3 hash; /* of the standard's name and the whole file */
	int64_t bytes;
};
enum zd_rc ingest_app_measure(struct zd_cx *cx, const struct ingest_order *order,
			      struct ingest_content *ret) ZD_CHECKED;
/* A new batch in the caller's transaction, beside whatever belongs to it (the file, the job). ZD_CONFLICT: there is
 * one of its key; ZD_NOT_FOUND as ingest_app_open. */
enum zd_rc ingest_open_in(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
			  const struct ingest_content *content,
			  struct ingest_batch *ret) ZD_CHECKED;

/*
 * Opens the batch of an order: a new one, or the one of its key. *ret_repeated: it was done before, with the same
 * content: nothing is to be run. ZD_CONFLICT: the key was used for other content. ZD_NOT_FOUND: `repairs` names no
 * batch of that department and standard. An unfinished batch of the same key and content is taken up where it stopped.
 */
enum zd_rc ingest_app_open(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
			   struct ingest_batch *ret, bool *ret_repeated) ZD_CHECKED;

/*
 * Runs an opened batch to its end: good rows, refused rows, counters, progress and the audit leaf of each block in
 * one durable transaction. Takes connections from the pool. On ZD_OK *ret is the receipt. ZD_INVALID: the file as a
 * whole cannot be taken; the batch says why (state FAILED). Other failures leave it resumable.
 */
enum zd_rc ingest_app_run(struct zd_cx *cx, const struct ingest_env *env,
			  const struct ingest_order *order, struct ingest_batch *ret) ZD_CHECKED;

/* Judges without storing, with the library's references when env has a pool. `each` (may be NULL) gets every bad row. */
struct ingest_verdicts {
	int64_t rows, good, bad;
	uint32_t unmade;
	struct zd_str notes, sheet;
};
typedef enum zd_rc ingest_bad_row_fn(struct zd_cx *cx, const struct ingest_row *row, void *arg);
enum zd_rc ingest_app_validate(struct zd_cx *cx, const struct ingest_env *env,
			       const struct standard_refs *refs, const struct ingest_order *order,
			       ingest_bad_row_fn *each, void *arg,
			       struct ingest_verdicts *ret) ZD_CHECKED;

/* By the key that its sender gave it; ZD_NOT_FOUND. */
enum zd_rc ingest_app_batch_of_key(struct zd_cx *cx, struct db *db, int64_t dept,
				   struct zd_str standard, struct zd_str key,
				   struct ingest_batch *ret) ZD_CHECKED;
/* dept ZD_NO_INT: any department's. */
enum zd_rc ingest_app_batch(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id,
			    struct ingest_batch *ret) ZD_CHECKED;
enum zd_rc ingest_app_reject(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch,
			     int64_t row, struct ingest_reject *ret) ZD_CHECKED;
/* The rows of a batch behind `after`, at most `limit`, in order; a row is a struct ingest_reject. */
enum zd_rc ingest_app_rejects(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch,
			      bool outstanding, int64_t after, int64_t limit, db_row_fn *each,
			      void *arg) ZD_CHECKED;
/* What is outstanding, by cause, the most frequent first; a row is a struct ingest_cause. */
enum zd_rc ingest_app_causes(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch,
			     db_row_fn *each, void *arg) ZD_CHECKED;
/* What is outstanding in all; dept ZD_NO_INT: of all departments. */
struct ingest_outstanding {
	int64_t rows, batches;
};
enum zd_rc ingest_app_outstanding(struct zd_cx *cx, struct db *db, int64_t dept,
				  struct ingest_outstanding *ret) ZD_CHECKED;
enum zd_rc ingest_app_fail(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id,
			   struct zd_str why) ZD_CHECKED;
/* ZD_CONFLICT: it is outstanding no more. */
enum zd_rc ingest_app_discard(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch,
			      int64_t row, struct zd_str reason) ZD_CHECKED;

/* {"batch":…,"rows":…,"accepted":…, …}: the receipt, the same for the API, the command line and the page. */
void ingest_receipt_json(struct zd_out *out, const struct ingest_batch *batch, bool repeated);

/* zd_ingest_rows_total, known to /metrics from the start of the server. */
void ingest_metrics_add(void);

#endif
