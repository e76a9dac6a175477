#ifndef ZD_RECORD_H
#define ZD_RECORD_H

#include "db/db.h"
#include "standard/standard.h"
#include "crypto/crypto.h"

/*
 * record: keeps the records of every data standard, one way for all. Each standard has its own table with one
 * real TEXT column a field (canonical text, national name) behind the same head columns; tools/mkrecord.c makes
 * the statements from standards/NAME.json. A column added to a standard needs a migration; a test says which.
 *
 * Head columns of every record table (primary key (dept_id, id), unique (dept_id, source_key)):
 *   dept_id, id, source_key (the business key), version (1, 2, …), state, day, subject_id, item_code, merge_print,
 *   hash (SM3 of the canonical values), batch_id, row_no, created_at, updated_at, updated_by, ext
 */
enum record_state { RECORD_LIVE = 1, RECORD_DELETED = 2, RECORD_QUARANTINED = 3 };

struct record {
	int64_t dept, id;
	struct zd_str key;
	int64_t version;
	enum record_state state;
	int32_t day;
	int64_t subject; /* ZD_NO_INT: none */
	struct zd_str item;
	int64_t merge_print; /* 0: none */
	struct zd_str hash;
	int64_t batch, row;
	int64_t created_at, updated_at, updated_by;
	struct zd_str ext; /* JSON object of local extra fields, or absent */
	struct zd_str v[STANDARD_MAX_FIELDS];
};

enum record_outcome { RECORD_INSERTED, RECORD_UPDATED, RECORD_UNCHANGED, RECORD_REMOVED, RECORD_MISSING };

/*
 * Puts n records (in a transaction; no key twice) and says what became of each; ids, versions, hashes and times are
 * filled in. op[i] 'i' or 'u': inserted if new, updated if the hash differs (the old content goes to record_history),
 * else unchanged. 'd': removed (state DELETED, kept in history), or MISSING. ret_before (may be NULL): for updated
 * and removed ones what was there (day, item, state: for the counters), else zero.
 */
enum zd_rc record_put_many(struct zd_cx *cx, struct db *db, const struct standard *std, struct record *const *records,
			   const char *op, size_t n, enum record_outcome *ret, struct record *ret_before) ZD_CHECKED;
enum zd_rc record_find(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept, int64_t id,
		       struct record *ret) ZD_CHECKED;
enum zd_rc record_find_key(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
			   struct zd_str key, struct record *ret) ZD_CHECKED;

struct record_past {
	int64_t version, at, actor, batch;
	struct zd_str actor_name;
	enum record_state state;
	struct zd_str values; /* JSON object of the canonical values that were replaced */
};
typedef enum zd_rc record_past_fn(struct zd_cx *cx, const struct record_past *past, void *arg);
/* Newest first. */
enum zd_rc record_history(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept, int64_t id,
			  record_past_fn *each, void *arg) ZD_CHECKED;
/* Streams live records in id order, for export; dept ZD_NO_INT: all. from/to: record days or ZD_NO_DAY. */
typedef enum zd_rc record_fn(struct zd_cx *cx, const struct record *record, void *arg);
enum zd_rc record_stream(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept, int32_t from,
			 int32_t to, int64_t after_id, int64_t limit, record_fn *each, void *arg) ZD_CHECKED;

void record_hash(const struct standard *std, const struct record *record, struct sm3 *ret);

#endif
