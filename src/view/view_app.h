#ifndef ZD_VIEW_APP_H
#define ZD_VIEW_APP_H

#include "db/db.h"
#include "view/view.h"

struct view_batch {
	struct zd_str source, file_name;
	int64_t created_at, created_by;
};
struct view_note {
	int64_t version;
	struct zd_str reason;
};

/* One change of a record: who made a version of what was before. */
struct view_change {
	int64_t version, at, batch; /* batch: ZD_NO_INT: by hand */
	struct zd_str who, reason;
	enum record_state state; /* after it */
	bool first;              /* the record came to be */
	struct view_diff *diffs;
	size_t n_diffs;
};

/* All that is shown of a record. */
struct view_sheet {
	const struct standard *std;
	struct record record;
	struct zd_str dept_name; /* 市本级 for the city's own */
	bool has_batch;
	struct view_batch batch;
	struct zd_str batch_who;
	struct view_change *changes; /* newest first */
	size_t n_changes;
};

/* Reads a record that the actor may see, with its origin and its history. ZD_NOT_FOUND otherwise. */
enum zd_rc view_app_load(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
			 int64_t id, struct view_sheet *ret) ZD_CHECKED;

/* The name of a department (市本级 for 0) or of who acts (系统 for 0); what is unknown is an id. */
enum zd_rc view_app_dept_name(struct zd_cx *cx, struct db *db, int64_t dept,
			      struct zd_str *ret) ZD_CHECKED;
enum zd_rc view_app_person_name(struct zd_cx *cx, struct db *db, int64_t person,
				struct zd_str *ret) ZD_CHECKED;

/* All departments that stand, by code; in the arena. */
struct view_dept {
	int64_t id;
	struct zd_str name;
};
enum zd_rc view_app_depts(struct zd_cx *cx, struct db *db, struct view_dept **ret,
			  size_t *ret_n) ZD_CHECKED;

#endif
