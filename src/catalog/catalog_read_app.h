#ifndef ZD_CATALOG_READ_APP_H
#define ZD_CATALOG_READ_APP_H

#include "catalog/catalog_app.h"
#include "db/list.h"

/* What the pages of the catalogue show. Everything read lives in the cx's arena. */

struct catalog_department {
	struct zd_str code; /* two digits of the national list */
	int64_t items, in_use;
};
struct catalog_tree_row { /* a sub-item under its main item */
	struct zd_str main_code, main_name;
	int64_t main_id; /* ZD_NO_INT: its main item is not in the catalogue */
	struct zd_str code, name, type;
	int64_t what;
	int32_t from;
};
struct catalog_list_row {
	int64_t dept, id;
	struct zd_str code, body, stop, deleted, from, until;
};
struct catalog_claim_row {
	int64_t dept;
	struct zd_str name;
	int64_t what; /* 0: nothing said yet */
	int32_t from;
	int64_t expected; /* 1: its national code says that the item is its */
};
struct catalog_count {
	struct zd_str standard;
	int64_t n;
};
enum zd_rc catalog_read_departments(struct zd_cx *cx, struct db *db,
				    struct catalog_department **ret, size_t *ret_n) ZD_CHECKED;
enum zd_rc catalog_read_tree(struct zd_cx *cx, struct db *db, struct zd_str department,
			     struct catalog_tree_row **ret, size_t *ret_n) ZD_CHECKED;
enum zd_rc catalog_read_open(struct zd_cx *cx, struct db *db, int64_t dept,
			     int64_t *ret) ZD_CHECKED;

/* All that stands around a sub-item. ZD_NOT_FOUND: there is none of that code. */
struct catalog_about {
	int64_t id;
	struct zd_str code, name;
	struct catalog_sql_event *events; /* oldest first */
	size_t n_events;
	struct catalog_list_row *lists;
	size_t n_lists;
	struct catalog_claim_row *claims; /* of departments that claimed it or should */
	size_t n_claims;
	struct catalog_count *counts; /* by standard */
	size_t n_counts;
	enum catalog_what state; /* today */
	int32_t state_from;
};
enum zd_rc catalog_read_about(struct zd_cx *cx, struct db *db, struct zd_str code,
			      struct catalog_about *ret) ZD_CHECKED;

/* What a change of these items would touch. */
struct catalog_effect {
	int64_t claims;  /* by departments, in force now */
	int64_t actions; /* from that month on (of dept, if given) that cite one of them first */
};
enum zd_rc catalog_read_effect(struct zd_cx *cx, struct db *db, const struct zd_str *codes,
			       size_t n, int32_t from, int64_t dept,
			       struct catalog_effect *ret) ZD_CHECKED;

/* The codes of sub-items by the ids of their records; those that are not there are left out. */
enum zd_rc catalog_read_codes(struct zd_cx *cx, struct db *db, const int64_t *ids, size_t n,
			      struct zd_str *ret, size_t *ret_n) ZD_CHECKED;

/* "suspend" → what it does. A constant table. */
struct catalog_step {
	const char *name;
	enum catalog_what what;
	const char *title, *done; /* 暂停; 已暂停 */
	bool of_claim;            /* else of the item's own state */
	bool needs_reason;
};
extern const struct catalog_step catalog_steps[];                 /* ends at a NULL name */
const struct catalog_step *catalog_step_find(struct zd_str name); /* or NULL */
/* May the actor take such a step at all? */
bool catalog_may(const struct zd_actor *actor, const struct catalog_step *step);

/* The lists. */
extern const struct db_list catalog_items, catalog_mains, catalog_claims, catalog_lists,
	catalog_random, catalog_contents;
/* How far each department has come with claiming what its national code says is its. */
extern const struct db_list catalog_claims_by_dept;

#endif
