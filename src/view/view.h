#ifndef ZD_VIEW_H
#define ZD_VIEW_H

#include "record/record.h"
#include "trust/trust.h"

/*
 * view: how one record of any standard is shown: its facts, where it came from, what changed and why.
 * The rules; view_app.h reads, view_web.h draws.
 */

/* May the actor change records of that standard and department? The catalogue is the platform steward's, what a
 * department keeps (its lists too) is its data officer's and its own systems'. */
bool view_may_edit(const struct zd_actor *actor, const struct standard *std, int64_t dept);
/* Whose a record of that standard is when dept sends it: 0, the city, for the catalogue itself. */
int64_t view_owner(const struct standard *std, int64_t dept);

/* A field that two versions differ in. */
struct view_diff {
	int field; /* index; exchange columns are passed over */
	struct zd_str before, after;
};
/* In the arena. */
void view_compare(struct zd_arena *arena, const struct standard *std, const struct zd_str *before,
		  const struct zd_str *after, struct view_diff **ret, size_t *ret_n);
/* A value for people: the names of codes in the version of that day, masked by the actor's level. */
struct zd_str view_value(struct zd_cx *cx, const struct standard *std, int field, int32_t day,
			 struct zd_str value);
/* The day by which a record's codes are read. */
int32_t view_day(const struct standard *std, const struct record *record);

struct zd_str view_state_name(enum record_state state);
/* 页面导入, 接口, … of ingest_batch.source. */
struct zd_str view_source_name(struct zd_str source);
/* A batch's page; absent for who may not open batches (leaders). In cx->arena. */
struct zd_str view_batch_href(struct zd_cx *cx, int64_t dept, int64_t batch);

/* "check_action", its place in the desk and what it is called there; NULL: it has no pages of its own. */
struct view_place {
	const char *standard, *list, *title, *nav;
};
const struct view_place *view_place_of(struct zd_str standard);
/* "/desk/actions/check/7-123": the page of a record. */
struct zd_str view_href(struct zd_arena *arena, const struct standard *std, int64_t dept,
			int64_t id);
/* "7-123" → 7, 123. */
bool view_ref_parse(struct zd_str ref, int64_t *ret_dept, int64_t *ret_id) ZD_CHECKED;

#endif
