#ifndef ZD_DESK_APP_H
#define ZD_DESK_APP_H

#include "action/action_app.h"
#include "db/db.h"

/* What waits for a person, the figures of the month, and one search over the libraries. */

struct desk_owed {
	int64_t dept;
	struct zd_str name, standard;
	int64_t rows, batches, oldest;
};
struct desk_failed {
	int64_t dept, id;
	struct zd_str name, standard, file, error;
	int64_t at;
};
struct desk_held {
	struct zd_str standard;
	int64_t n;
};
struct desk_expiring {
	int64_t n;
	struct zd_str first;
};
struct desk_month {
	int64_t dept, n;
};
struct desk_silent {
	int64_t dept;
	struct zd_str name;
	int64_t last; /* ZD_NO_INT: never */
};
struct desk_number {
	int64_t dept, id;
	struct zd_str number, name;
	int32_t day, kind;
};

/* What waits, within the actor's scope. */
struct desk_waiting {
	struct desk_owed *owed; /* longest waiting first */
	size_t n_owed;
	struct desk_failed *failed; /* of the last 30 days */
	size_t n_failed;
	int64_t unclaimed; /* items that the department should claim; 0 for the city */
	int64_t held[ACTION_KINDS];
	struct desk_expiring soon, past; /* of the department's officers */
};
enum zd_rc desk_app_waiting(struct zd_cx *cx, struct db *db, struct desk_waiting *ret) ZD_CHECKED;
int64_t desk_waiting_count(const struct desk_waiting *w); /* tasks, not rows */

/* Records of the month by kind, this month and the one before. */
struct desk_figures {
	int32_t month, before; /* YYYYMM */
	int64_t now[ACTION_KINDS], then[ACTION_KINDS];
};
enum zd_rc desk_app_figures(struct zd_cx *cx, struct db *db, struct desk_figures *ret) ZD_CHECKED;
/* All kinds together by department, the most first. */
enum zd_rc desk_app_by_dept(struct zd_cx *cx, struct db *db, int32_t month, struct desk_month **ret,
			    size_t *ret_n) ZD_CHECKED;
/* Departments that have sent nothing since the first of this month. */
enum zd_rc desk_app_silent(struct zd_cx *cx, struct db *db, struct desk_silent **ret,
			   size_t *ret_n) ZD_CHECKED;

/* Actions whose number begins so, at most ten of each kind. */
enum zd_rc desk_app_numbers(struct zd_cx *cx, struct db *db, struct zd_str prefix,
			    struct desk_number **ret, size_t *ret_n) ZD_CHECKED;

/* The first day of the day's month; YYYYMM of the month before. */
int32_t desk_first_of_month(int32_t day);
int32_t desk_month_before(int32_t month);

#endif
