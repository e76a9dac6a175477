#ifndef ZD_RECORD_H
#define ZD_RECORD_H

#include "crypto/crypto.h"
#include "db/db.h"
#include "standard/standard.h"

/*
 * record: keeps the records of every data standard, one way for all. Each standard has its own
 * table with one real TEXT column a field (canonical text, national name) behind the same head
 * columns; tools/mkrecord.c makes the statements from standards/NAME.json. A column added to a
 * standard needs a migration; record_check_schema (and a test) says which.
 *
 * Head columns of every record table (primary key (dept_id, id), unique (dept_id, source_key)):
 *   dept_id, id, source_key (the business key), version (1, 2, …), state, day, subject_id,
 * item_code, merge_print, hash (SM3 of the canonical values), batch_id, row_no, created_at,
 * updated_at, updated_by, ext Catalogue and plan records belong to dept 0, the city.
 */
enum record_state { RECORD_LIVE = 1, RECORD_DELETED = 2, RECORD_QUARANTINED = 3 };

struct record {
	int64_t dept, id;
	struct zd_str key;
	int64_t version;
	enum record_state state;
	int32_t day;         /* ZD_NO_DAY: none; required where the standard requires its date */
	int64_t subject;     /* ZD_NO_INT: none */
	struct zd_str item;  /* of several the first */
	int64_t merge_print; /* 0: none */
	struct zd_str hash;
	int64_t batch, row; /* ZD_NO_INT: not from a batch */
	int64_t created_at, updated_at, updated_by;
	struct zd_str ext; /* JSON object of local extra fields, or absent */
	struct zd_str v[STANDARD_MAX_FIELDS];
};

enum record_outcome {
	RECORD_INSERTED,
	RECORD_UPDATED,
	RECORD_UNCHANGED,
	RECORD_REMOVED,
	RECORD_MISSING
};
#define RECORD_OUTCOMES 5

/*
 * Puts n records (in a transaction; no key twice) and says what became of each; ids, versions,
 * hashes and times are filled in. op[i] 'i' or 'u': inserted if new, updated if the hash or the
 * state differs (the old content goes to record_history), else unchanged. 'd': removed (state
 * DELETED, kept in history), or MISSING. A removed record that comes again is INSERTED: it keeps
 * its id, and its version goes on. state of a record: LIVE (or 0) or QUARANTINED. Of an unchanged
 * and of a removed record the head becomes what is stored. ret_before (may be NULL): for updated
 * and removed ones what was there (day, item, subject, state: for the counters), else zero.
 * ZD_CONFLICT: someone else changed one of them meanwhile; give up the transaction and try again.
 */
enum zd_rc record_put_many(struct zd_cx *cx, struct db *db, const struct standard *std,
			   struct record *const *records, const char *op, size_t n,
			   enum record_outcome *ret, struct record *ret_before) ZD_CHECKED;

/* In whatever state (see state); ZD_NOT_FOUND. */
enum zd_rc record_find(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
		       int64_t id, struct record *ret) ZD_CHECKED;
enum zd_rc record_find_key(struct zd_cx *cx, struct db *db, const struct standard *std,
			   int64_t dept, struct zd_str key, struct record *ret) ZD_CHECKED;
/* There, and not removed? */
enum zd_rc record_exists(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
			 struct zd_str key, bool *ret) ZD_CHECKED;
/* The keys and prints of all records of dept that are not removed: a row is a struct record_key. */
struct record_key {
	struct zd_str key;
	int64_t merge_print;
};
enum zd_rc record_keys(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
		       db_row_fn *each, void *arg) ZD_CHECKED;
/* For each print (0: none) the keys of live records of dept that have it: at most two; row is a
 * struct zd_str. */
enum zd_rc record_find_same_many(struct zd_cx *cx, struct db *db, const struct standard *std,
				 int64_t dept, const int64_t *prints, size_t n, db_many_row_fn *row,
				 void *arg) ZD_CHECKED;

/* A version that no longer holds. */
struct record_past {
	int64_t version;
	enum record_state state;
	int64_t written_at, written_by, written_batch; /* who made this version */
	int64_t at, actor, batch;                      /* who replaced it; batch ZD_NO_INT: none */
	struct zd_str actor_name;
	struct zd_str values; /* JSON object of the canonical values that were replaced; "ext": an
				 object */
};
typedef enum zd_rc record_past_fn(struct zd_cx *cx, const struct record_past *past, void *arg);
/* Newest first. */
enum zd_rc record_history(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
			  int64_t id, record_past_fn *each, void *arg) ZD_CHECKED;

/*
 * Streams live records in id order, for export; dept ZD_NO_INT: all. from/to: record days (both
 * included) or ZD_NO_DAY; records without a day are passed over when from is given. limit 0: none.
 */
typedef enum zd_rc record_fn(struct zd_cx *cx, const struct record *record, void *arg);
enum zd_rc record_stream(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
			 int32_t from, int32_t to, int64_t after_id, int64_t limit, record_fn *each,
			 void *arg) ZD_CHECKED;

/* The records of dept in quarantine, in id order behind after_id. */
enum zd_rc record_stream_held(struct zd_cx *cx, struct db *db, const struct standard *std,
			      int64_t dept, int64_t after_id, int64_t limit, record_fn *each,
			      void *arg) ZD_CHECKED;

/*
 * SM3 over the fields that are there, each as name, NUL, length (8 bytes, big-endian), value, in
 * the standard's order, then ext likewise. Exchange columns (how it travelled) do not count. A
 * field added to a standard changes no hash of records without it.
 */
void record_hash(const struct standard *std, const struct record *record, struct sm3 *ret);

/* A counter: how many records of a standard there are. */
struct record_counter {
	int64_t dept, month; /* YYYYMM; 0: records without a day */
	struct zd_str item;  /* "": none */
	int32_t state;       /* RECORD_LIVE or RECORD_QUARANTINED */
	int64_t n;
};
/*
 * Counts the records of a standard anew and compares with its counters: how many counters there are and how
 * many differ. With repair those that differ are set right. In a transaction of its own, of one state: without repair
 * `db` may be a reader's; with repair another writer's change meanwhile is ZD_BUSY: begin again.
 */
enum zd_rc record_recount(struct zd_cx *cx, struct db *db, const struct standard *std, bool repair,
			  int64_t *ret_counters, int64_t *ret_different) ZD_CHECKED;

/* The table's name and its columns (n_fields, in the order of v); NULL: no such standard was built
 * in. */
const char *record_table_name(const struct standard *std);
const char *const *record_table_columns(const struct standard *std);

/* Every field has its column, in the built-in order and in the database; ZD_FAILED names one that
 * is missing. */
enum zd_rc record_check_schema(struct zd_cx *cx, struct db *db,
			       const struct standard *std) ZD_CHECKED;

#endif
