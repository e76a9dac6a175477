#ifndef ZD_ACTION_APP_H
#define ZD_ACTION_APP_H

#include "action/action.h"
#include "db/list.h"

/* What the pages of actions show. */

struct action_link {
	int64_t dept, id;
	int32_t day;
	struct zd_str name;
	int32_t kind; /* enum action_kind */
};

/* The name of a sub-item; absent if there is none. */
enum zd_rc action_app_item_name(struct zd_cx *cx, struct db *db, struct zd_str code,
				struct zd_str *ret) ZD_CHECKED;
/* The inspection of that number; ret->id 0 if there is none (any more). */
enum zd_rc action_app_check(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str number,
			    struct action_link *ret) ZD_CHECKED;
/* Penalties and coercion that name this inspection of the subject. At most 40. */
enum zd_rc action_app_follow(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str number,
			     int64_t subject, struct action_link **ret, size_t *ret_n) ZD_CHECKED;
/* How many there are, from the counters; dept ZD_NO_INT: of all. state: RECORD_LIVE or RECORD_QUARANTINED. */
enum zd_rc action_app_count(struct zd_cx *cx, struct db *db, enum action_kind kind, int64_t dept,
			    int state, int64_t *ret) ZD_CHECKED;

/* Live records, and those that wait for their release. */
extern const struct db_list action_live[ACTION_KINDS], action_held[ACTION_KINDS];

#endif
