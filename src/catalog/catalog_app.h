#ifndef ZD_CATALOG_APP_H
#define ZD_CATALOG_APP_H

#include "catalog/catalog.h"
#include "db/db.h"

/* The city's first day, from which L1 has no exception, and whether older records still go to quarantine. */
struct catalog_city {
	int32_t first_day;
	int32_t quarantine_open; /* 0 or 1 */
	int64_t revision;        /* rises with every change of the catalogue */
};
enum zd_rc catalog_app_city(struct zd_cx *cx, struct db *db, struct catalog_city *ret) ZD_CHECKED;
/* Sets the first day; opens or closes the quarantine. ZD_CONFLICT if the catalogue changed since city was read. */
enum zd_rc catalog_app_set_city(struct zd_cx *cx, struct db *db,
				const struct catalog_city *city) ZD_CHECKED;

/*
 * The snapshot for judging dept's records: events of items and of that department's claims, its lists, its
 * officers, names. dept ZD_NO_INT: of all departments. Lives in the cx's arena.
 */
enum zd_rc catalog_app_load(struct zd_cx *cx, struct db *db, int64_t dept,
			    struct catalog_snapshot *ret) ZD_CHECKED;

/*
 * Adds the fingerprints of what the city and dept have recorded (all standards of the set), so that the snapshot
 * answers offline whatever the library would.
 */
enum zd_rc catalog_app_load_known(struct zd_cx *cx, struct db *db, const struct standard_set *set,
				  int64_t dept, struct catalog_snapshot *snapshot) ZD_CHECKED;

/* Something that is to happen to an item (dept 0) or to a department's claim of it. */
struct catalog_change {
	struct zd_str item; /* 14 digits */
	int64_t dept;
	enum catalog_what what;
	int32_t from;         /* effective from this day */
	struct zd_str reason; /* required to suspend, cancel, release or write off */
};
/*
 * Records n changes, all or none, each on the audit log. ZD_REFUSED names the first that may not follow what holds
 * (catalog_check_step); claims need an item that is in use on the day. ZD_INVALID: a reason is missing, no such code.
 */
enum zd_rc catalog_app_change_many(struct zd_cx *cx, struct db *db,
				   const struct catalog_change *changes, size_t n) ZD_CHECKED;
/* In the caller's transaction. */
enum zd_rc catalog_change_many_in(struct zd_cx *cx, struct db *db,
				  const struct catalog_change *changes, size_t n) ZD_CHECKED;

/* A row of the events' table. */
struct catalog_sql_event {
	int64_t seq;
	struct zd_str item;
	int64_t dept;
	int32_t what, from;
	int64_t at, actor;
	struct zd_str reason;
};
/* The whole life of an item: its states and all claims, oldest first. */
enum zd_rc catalog_app_item_events(struct zd_cx *cx, struct db *db, struct zd_str item,
				   db_row_fn *each, void *arg) ZD_CHECKED;

#endif
