#ifndef ZD_QUARANTINE_APP_H
#define ZD_QUARANTINE_APP_H

#include "catalog/catalog_app.h"
#include "record/record.h"

/*
 * First-day history. When a city begins, records of before its first day may lie outside the list: nobody had claimed
 * anything then. They wait here, and their department releases them in bulk as it claims the items: each release judges
 * them again by the catalogue as it is claimed on that day, and is on the record. What still lies outside stays.
 */

/* How many wait: by department, standard and item; from the counters. dept ZD_NO_INT: of all. */
struct quarantine_group {
	int64_t dept;
	struct zd_str dept_name, standard, item;
	int64_t n, first_month, last_month; /* YYYYMM */
};
enum zd_rc quarantine_app_groups(struct zd_cx *cx, struct db *db, int64_t dept, db_row_fn *each,
				 void *arg) ZD_CHECKED;

/* Judges what waits for one department, by the catalogue of today. */
struct quarantine_judge {
	struct catalog_snapshot snapshot;
	struct catalog_refs catalog;
	struct standard_refs refs;
	int64_t dept, revision;
	int32_t today;
};
enum zd_rc quarantine_judge_open(struct zd_cx *cx, struct db *db, int64_t dept,
				 struct quarantine_judge *ret) ZD_CHECKED;
void quarantine_judge_drop(struct quarantine_judge *judge); /* for ZD_CLEANUP */
/* Why a record must still wait, in the arena; absent: it may be released. */
struct zd_str quarantine_reason(struct zd_arena *arena, struct quarantine_judge *judge,
				const struct standard *std, const struct record *record);
/* The same of an item alone, however it is cited. */
struct zd_str quarantine_item_reason(struct zd_arena *arena, struct quarantine_judge *judge,
				     struct zd_str item);

/* One release under way. Zero but for the first members. */
struct quarantine_release {
	int64_t dept;
	const struct standard *standard;
	enum zd_rc (*hold)(struct zd_cx *cx,
			   void *arg); /* first in each transaction; may be NULL */
	void *hold_arg;
	int64_t after; /* the last record that was looked at */
};
struct quarantine_block {
	int64_t looked, released;
	bool last;
};
/* The next block, whole or not at all: what is lawful now becomes LIVE, with one leaf in the log. Only for the
 * department's own actor or the system (ZD_REFUSED). ZD_CONFLICT: someone else changed one of the records; again. */
enum zd_rc quarantine_app_release(struct zd_cx *cx, struct db *db,
				  struct quarantine_release *release,
				  struct quarantine_block *ret) ZD_CHECKED;

#define QUARANTINE_BLOCK 500

/* The day before which history may wait, and whether it may. By the platform steward. ZD_INVALID: the day lies in the
 * future; ZD_CONFLICT: the catalogue changed since `city` was read. */
enum zd_rc quarantine_app_set_city(struct zd_cx *cx, struct db *db,
				   const struct catalog_city *city) ZD_CHECKED;

#endif
