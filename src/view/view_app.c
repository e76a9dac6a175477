/* Reads what stands around a record: names behind its ids, its batch, its versions and their reasons. */
#include "view/view_app.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "view/view_sql.h"

#define DEPTS_MAX 2000

/* --- names ------------------------------------------------------------------------------- */

enum zd_rc
view_app_dept_name(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str *ret)
{
	struct view_sql_find_dept_out found;

	if (dept == 0) {
		*ret = ZD_STR("市本级");
		return ZD_OK;
	}
	enum zd_rc rc = view_sql_find_dept(cx, db, &found, .id = dept);
	if (rc == ZD_OK)
		*ret = found.name;
	if (rc != ZD_NOT_FOUND)
		return rc;
	*ret = zd_str_printf(cx->arena, "部门 %" PRId64, dept);
	return ZD_OK;
}

/* Actors are people or the keys of departments' systems; a key acts under its own id. */
enum zd_rc
view_app_person_name(struct zd_cx *cx, struct db *db, int64_t person, struct zd_str *ret)
{
	struct view_sql_find_person_out found;
	struct view_sql_find_key_out key;

	if (person == 0) {
		*ret = ZD_STR("系统");
		return ZD_OK;
	}
	enum zd_rc rc = view_sql_find_person(cx, db, &found, .id = person);
	if (rc == ZD_OK) {
		*ret = found.name;
		return ZD_OK;
	}
	if (rc != ZD_NOT_FOUND)
		return rc;
	rc = view_sql_find_key(cx, db, &key, .id = person < 0 ? -person : person);
	if (rc == ZD_OK)
		*ret = key.name;
	if (rc != ZD_NOT_FOUND)
		return rc;
	*ret = ZD_STR("已注销账号");
	return ZD_OK;
}

struct depts {
	struct view_dept *depts;
	size_t n;
};

static enum zd_rc
take_dept(struct zd_cx *cx, const void *row, void *arg)
{
	const struct view_sql_list_depts_out *r = row;
	struct depts *d = arg;

	(void)cx;
	d->depts[d->n++] = (struct view_dept){ r->id, r->name };
	return ZD_OK;
}

enum zd_rc
view_app_depts(struct zd_cx *cx, struct db *db, struct view_dept **ret, size_t *ret_n)
{
	struct depts d = { zd_new_array(cx->arena, struct view_dept, DEPTS_MAX), 0 };

	ZD_TRY(view_sql_list_depts(cx, db, take_dept, &d));
	*ret = d.depts;
	*ret_n = d.n;
	return ZD_OK;
}

/* --- history ----------------------------------------------------------------------------- */

struct reading {
	struct view_sheet *sheet;
	struct record_past *pasts;
	size_t n, cap;
};

static enum zd_rc
take_past(struct zd_cx *cx, const struct record_past *past, void *arg)
{
	struct reading *r = arg;

	r->pasts = zd_grow(cx->arena, r->pasts, r->n, &r->cap, sizeof(*r->pasts));
	r->pasts[r->n++] = *past;
	return ZD_OK;
}

static enum zd_rc
parse_values(struct zd_cx *cx, const struct standard *std, struct zd_str text, struct zd_str *ret)
{
	struct json j = json_open(cx->arena, text, JSON_UNIQUE);
	struct zd_str key;

	if (json_enter_object(&j))
		while (json_next_member(&j, &key)) {
			int field = standard_field_find(std, key);
			if (field >= 0 && json_peek(&j) == JSON_TEXT)
				(void)json_text(&j, &ret[field]);
		}
	return json_end(&j) ? ZD_OK : json_fail(cx, &j, "历史版本");
}

static enum zd_rc
take_note(struct zd_cx *cx, const void *row, void *arg)
{
	const struct view_note *note = row;
	struct view_sheet *sheet = arg;

	(void)cx;
	for (size_t i = 0; i < sheet->n_changes; i++)
		if (sheet->changes[i].version == note->version)
			sheet->changes[i].reason = note->reason;
	return ZD_OK;
}

/* The version that came to be when `past` was replaced. */
static enum zd_rc
add_change(struct zd_cx *cx, struct view_sheet *sheet, const struct record_past *past,
	   const struct zd_str *before, const struct zd_str *after, enum record_state state)
{
	struct view_change *c = &sheet->changes[sheet->n_changes++];

	*c = (struct view_change){ .version = past->version + 1,
				   .at = past->at,
				   .batch = past->batch,
				   .who = past->actor_name.n ? past->actor_name : ZD_STR("系统"),
				   .state = state };
	view_compare(cx->arena, sheet->std, before, after, &c->diffs, &c->n_diffs);
	return ZD_OK;
}

static enum zd_rc
add_first(struct zd_cx *cx, struct db *db, struct view_sheet *sheet, const struct reading *r)
{
	const struct record_past *oldest = r->n ? &r->pasts[r->n - 1] : NULL;
	const struct record *now = &sheet->record;
	struct view_change *c = &sheet->changes[sheet->n_changes++];

	*c = (struct view_change){ .version = 1,
				   .at = oldest ? oldest->written_at : now->created_at,
				   .batch = oldest ? oldest->written_batch : now->batch,
				   .state = oldest ? oldest->state : now->state,
				   .first = true };
	return view_app_person_name(cx, db, oldest ? oldest->written_by : now->updated_by, &c->who);
}

static enum zd_rc
load_history(struct zd_cx *cx, struct db *db, struct view_sheet *sheet)
{
	const struct record *now = &sheet->record;
	struct reading r = { .sheet = sheet };
	const struct zd_str *after = now->v;
	enum record_state state = now->state;

	ZD_TRY(record_history(cx, db, sheet->std, now->dept, now->id, take_past, &r));
	sheet->changes = zd_new_array(cx->arena, struct view_change, r.n + 1);
	for (size_t i = 0; i < r.n; i++) {
		struct zd_str *before = zd_new_array(cx->arena, struct zd_str, STANDARD_MAX_FIELDS);
		ZD_TRY(parse_values(cx, sheet->std, r.pasts[i].values, before));
		ZD_TRY(add_change(cx, sheet, &r.pasts[i], before, after, state));
		after = before;
		state = r.pasts[i].state;
	}
	ZD_TRY(add_first(cx, db, sheet, &r));
	return view_sql_list_notes(cx, db, take_note, sheet, .dept = now->dept,
				   .standard = sheet->std->name, .record = now->id);
}

/* --- the sheet --------------------------------------------------------------------------- */

static enum zd_rc
load_batch(struct zd_cx *cx, struct db *db, struct view_sheet *sheet)
{
	const struct record *r = &sheet->record;

	if (r->batch == ZD_NO_INT)
		return ZD_OK;
	enum zd_rc rc = view_sql_find_batch(cx, db, &sheet->batch, .dept = r->dept, .id = r->batch);
	if (rc == ZD_NOT_FOUND)
		return ZD_OK;
	ZD_TRY(rc);
	sheet->has_batch = true;
	return view_app_person_name(cx, db, sheet->batch.created_by, &sheet->batch_who);
}

enum zd_rc
view_app_load(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept, int64_t id,
	      struct view_sheet *ret)
{
	*ret = (struct view_sheet){ .std = std };
	if (view_owner(std, 1) != 0 && std->kind != STANDARD_SUBJECT &&
	    std->kind != STANDARD_CATALOG)
		ZD_TRY(trust_check_sees(cx, dept));
	ZD_TRY(record_find(cx, db, std, dept, id, &ret->record));
	ZD_TRY(view_app_dept_name(cx, db, dept, &ret->dept_name));
	ZD_TRY(load_batch(cx, db, ret));
	return load_history(cx, db, ret);
}
