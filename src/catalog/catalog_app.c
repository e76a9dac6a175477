/* What people do with the catalogue, and the snapshot that the judge asks. */
#include "catalog/catalog_app.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_sql.h"
#include "record/record.h"
#include "trust/audit.h"
#include "trust/trust.h"

enum zd_rc
catalog_app_city(struct zd_cx *cx, struct db *db, struct catalog_city *ret)
{
	return catalog_sql_find_city(cx, db, ret);
}

enum zd_rc
catalog_app_set_city(struct zd_cx *cx, struct db *db, const struct catalog_city *city)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct audit_entry entry = {
		.act = "catalog.first_day",
		.object = ZD_STR("city"),
		.detail = zd_str_printf(cx->arena, "first_day=%d quarantine=%d", city->first_day,
					city->quarantine_open),
	};

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(catalog_sql_set_city(cx, db, .first_day = city->first_day,
				    .quarantine_open = city->quarantine_open,
				    .revision = city->revision));
	ZD_TRY(audit_put(cx, db, &entry));
	return db_commit(cx, &txn);
}

/* --- the snapshot ------------------------------------------------------------------------ */

/* Rows come one by one: arrays that grow by doubling. */
struct filling {
	struct catalog_snapshot *s;
	size_t cap_events, cap_lists, cap_officers, cap_names;
};

static enum zd_rc
take_event(struct zd_cx *cx, const void *row, void *arg)
{
	const struct catalog_sql_event *e = row;
	struct filling *f = arg;
	struct catalog_snapshot *s = f->s;

	s->events = zd_grow(cx->arena, s->events, s->n_events, &f->cap_events, sizeof(*s->events));
	s->events[s->n_events++] = (struct catalog_event){
		.item = catalog_item_number(e->item),
		.dept = e->dept,
		.seq = e->seq,
		.at = e->at,
		.from = e->from,
		.what = e->what,
	};
	return ZD_OK;
}

static enum zd_rc
take_name(struct zd_cx *cx, const void *row, void *arg)
{
	const struct catalog_sql_load_names_out *r = row;
	struct filling *f = arg;
	struct catalog_snapshot *s = f->s;

	s->names = zd_grow(cx->arena, s->names, s->n_names, &f->cap_names, sizeof(*s->names));
	s->names[s->n_names++] =
		(struct catalog_name){ catalog_item_number(r->item), r->name, r->type };
	return ZD_OK;
}

static int32_t
day_or(struct zd_str text, int32_t other)
{
	int32_t day;

	return text.p && zd_day_parse(text, &day) ? day : other;
}

static enum zd_rc
take_list(struct zd_cx *cx, const void *row, void *arg)
{
	const struct catalog_sql_load_lists_out *r = row;
	struct filling *f = arg;
	struct catalog_snapshot *s = f->s;
	/* is_stop 0 in use, 1 cancelled, 2 suspended; del_status 1 not deleted (the standard has it so) */
	bool in_use = !zd_str_equal(r->is_stop, ZD_STR("1")) &&
		      !zd_str_equal(r->is_stop, ZD_STR("2")) &&
		      !zd_str_equal(r->deleted, ZD_STR("0"));

	s->lists = zd_grow(cx->arena, s->lists, s->n_lists, &f->cap_lists, sizeof(*s->lists));
	s->lists[s->n_lists++] = (struct catalog_list){
		.code = r->code,
		.item = catalog_item_number(r->item),
		.from = day_or(r->from, ZD_NO_DAY),
		.until = day_or(r->until, INT32_MAX),
		.state = in_use ? CATALOG_IN_USE : CATALOG_CANCELLED,
	};
	return ZD_OK;
}

static enum zd_rc
take_officer(struct zd_cx *cx, const void *row, void *arg)
{
	const struct catalog_sql_load_officers_out *r = row;
	struct filling *f = arg;
	struct catalog_snapshot *s = f->s;

	s->officers = zd_grow(cx->arena, s->officers, s->n_officers, &f->cap_officers,
			      sizeof(*s->officers));
	s->officers[s->n_officers++] = (struct catalog_officer){
		.certificate = standard_print(&r->certificate, 1),
		.dept = r->dept,
		.until = day_or(r->until, INT32_MAX),
	};
	return ZD_OK;
}

static enum zd_rc
load_all(struct zd_cx *cx, struct db *db, struct filling *f)
{
	ZD_TRY(catalog_sql_load_events_of_all(cx, db, take_event, f));
	ZD_TRY(catalog_sql_load_lists_of_all(cx, db, take_list, f));
	return catalog_sql_load_officers_of_all(cx, db, take_officer, f);
}

static enum zd_rc
load_dept(struct zd_cx *cx, struct db *db, int64_t dept, struct filling *f)
{
	ZD_TRY(catalog_sql_load_events(cx, db, take_event, f, .dept = 0));
	if (dept)
		ZD_TRY(catalog_sql_load_events(cx, db, take_event, f, .dept = dept));
	ZD_TRY(catalog_sql_load_lists(cx, db, take_list, f, .dept = dept));
	return catalog_sql_load_officers(cx, db, take_officer, f, .dept = dept);
}

enum zd_rc
catalog_app_load(struct zd_cx *cx, struct db *db, int64_t dept, struct catalog_snapshot *ret)
{
	struct filling f = { .s = ret };

	*ret = (struct catalog_snapshot){ .has_officers = true, .made_at = cx->now, .dept = dept };
	ZD_TRY(dept == ZD_NO_INT ? load_all(cx, db, &f) : load_dept(cx, db, dept, &f));
	ZD_TRY(catalog_sql_load_names(cx, db, take_name, &f));
	catalog_snapshot_sort(ret);
	return ZD_OK;
}

struct knowing {
	struct catalog_snapshot *s;
	const struct standard *std;
	int64_t dept;
	size_t cap;
};

static void
add_known(struct zd_arena *arena, struct knowing *k, struct catalog_known known)
{
	k->s->known = zd_grow(arena, k->s->known, k->s->n_known, &k->cap, sizeof(known));
	k->s->known[k->s->n_known++] = known;
}

static enum zd_rc
take_key(struct zd_cx *cx, const void *row, void *arg)
{
	const struct record_key *r = row;
	struct knowing *k = arg;

	add_known(cx->arena, k,
		  (struct catalog_known){
			  .print = catalog_key_print(k->std->name, k->dept, r->key) });
	if (r->merge_print)
		add_known(cx->arena, k,
			  (struct catalog_known){
				  .print = catalog_merge_print(k->std->name, k->dept,
							       (uint64_t)r->merge_print),
				  .merged = zd_str_copy(cx->arena, r->key) });
	return ZD_OK;
}

enum zd_rc
catalog_app_load_known(struct zd_cx *cx, struct db *db, const struct standard_set *set,
		       int64_t dept, struct catalog_snapshot *snapshot)
{
	struct knowing k = { .s = snapshot };

	for (size_t i = 0; i < standard_count(set); i++) {
		k.std = standard_at(set, i);
		k.dept = catalog_owner(k.std, dept);
		ZD_TRY(record_keys(cx, db, k.std, k.dept, take_key, &k));
	}
	snapshot->has_known = true;
	catalog_snapshot_sort(snapshot);
	return ZD_OK;
}

/* --- changes ----------------------------------------------------------------------------- */

/* What is known of the items that change: their own events and those of the departments concerned. */
static enum zd_rc
take_known(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	(void)index;
	return take_event(cx, row, arg);
}

static enum zd_rc
load_known(struct zd_cx *cx, struct db *db, const struct catalog_change *changes, size_t n,
	   struct catalog_snapshot *ret)
{
	struct catalog_sql_list_events_of_in *in =
		zd_new_array(cx->arena, struct catalog_sql_list_events_of_in, 2 * n + 1);
	struct filling f = { .s = ret, .cap_events = 0 };
	size_t n_in = 0;

	for (size_t i = 0; i < n; i++) {
		in[n_in++] = (struct catalog_sql_list_events_of_in){ .item = changes[i].item,
								     .dept = 0 };
		if (changes[i].dept)
			in[n_in++] =
				(struct catalog_sql_list_events_of_in){ .item = changes[i].item,
									.dept = changes[i].dept };
	}
	ZD_TRY(catalog_sql_list_events_of(cx, db, in, n_in, take_known, &f));
	catalog_snapshot_sort(ret);
	return ZD_OK;
}

static bool
needs_reason(enum catalog_what what)
{
	return what == CATALOG_CANCELLED || what == CATALOG_SUSPENDED || what == CATALOG_RELEASED ||
	       what == CATALOG_WRITTEN_OFF;
}

static enum zd_rc
check_change(struct zd_cx *cx, const struct catalog_snapshot *known, const struct catalog_change *c)
{
	int64_t item = catalog_item_number(c->item);

	if (!item)
		return zd_fail(cx, ZD_INVALID, "item", "事项编码「%.*s」应为14位数字",
			       ZD_STR_ARG(c->item));
	if (needs_reason(c->what) && zd_utf8_length(zd_str_trim(c->reason)) < 2)
		return zd_fail(cx, ZD_INVALID, "reason", "请填写原因，将随变更一并公示和留痕");
	if (c->from == ZD_NO_DAY)
		return zd_fail(cx, ZD_INVALID, "from", "请填写生效日期");
	ZD_TRY(catalog_check_step(cx, catalog_what_on(known, item, c->dept, c->from, CATALOG_NOW),
				  c->what));
	if (c->what == CATALOG_CLAIMED &&
	    catalog_what_on(known, item, 0, c->from, CATALOG_NOW) != CATALOG_IN_USE)
		return zd_fail(cx, ZD_REFUSED, "item", "事项%.*s在所填日期不是在用状态，不能认领",
			       ZD_STR_ARG(c->item));
	return ZD_OK;
}

static enum zd_rc
audit_change(struct zd_cx *cx, struct db *db, const struct catalog_change *c)
{
	struct audit_entry entry = {
		.act = c->dept ? "catalog.claim" : "catalog.state",
		.object = zd_str_printf(cx->arena, "item:%.*s", ZD_STR_ARG(c->item)),
		.detail = zd_str_printf(cx->arena, "dept=%lld what=%d from=%d", (long long)c->dept,
					(int)c->what, c->from),
	};

	return audit_put(cx, db, &entry);
}

enum zd_rc
catalog_change_many_in(struct zd_cx *cx, struct db *db, const struct catalog_change *changes,
		       size_t n)
{
	struct catalog_snapshot known = { 0 };
	struct catalog_sql_insert_event_in *events =
		zd_new_array(cx->arena, struct catalog_sql_insert_event_in, n + 1);
	struct catalog_sql_put_claim_in *claims =
		zd_new_array(cx->arena, struct catalog_sql_put_claim_in, n + 1);
	size_t n_claims = 0;

	ZD_TRY(load_known(cx, db, changes, n, &known));
	for (size_t i = 0; i < n; i++) {
		const struct catalog_change *c = &changes[i];
		struct zd_str reason = c->reason.p ? zd_str_trim(c->reason) : ZD_STR("");
		int64_t seq = zd_id_new();
		ZD_TRY(check_change(cx, &known, c));
		events[i] = (struct catalog_sql_insert_event_in){ .seq = seq,
								  .item = c->item,
								  .dept = c->dept,
								  .what = (int32_t)c->what,
								  .from = c->from,
								  .at = cx->now,
								  .actor = cx->actor.id,
								  .reason = reason };
		claims[n_claims++] =
			(struct catalog_sql_put_claim_in){ c->dept, c->item, (int32_t)c->what,
							   c->from, seq };
		ZD_TRY(audit_change(cx, db, c));
	}
	ZD_TRY(catalog_sql_insert_event(cx, db, events, n));
	ZD_TRY(catalog_sql_put_claim(cx, db, claims, n_claims));
	return catalog_sql_raise_revision(cx, db);
}

/* The city's states are the platform steward's, claims the department's own. */
static enum zd_rc
check_actor(struct zd_cx *cx, const struct catalog_change *c)
{
	const struct zd_actor *actor = &cx->actor;
	bool system = actor->id == 0 && actor->roles == 0;
	bool own = actor->dept == c->dept && (actor->roles & (TRUST_DATA_OFFICER | TRUST_API)) != 0;

	if (system || (c->dept == 0 ? (actor->roles & TRUST_PLATFORM) != 0 : own))
		return ZD_OK;
	return zd_fail(cx, ZD_REFUSED, NULL,
		       c->dept ? "认领、退领和核销由本部门的数据员办理"
			       : "事项的发布、暂停和取消由平台管理员办理");
}

enum zd_rc
catalog_app_change_many(struct zd_cx *cx, struct db *db, const struct catalog_change *changes,
			size_t n)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	for (size_t i = 0; i < n; i++)
		ZD_TRY(check_actor(cx, &changes[i]));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(catalog_change_many_in(cx, db, changes, n));
	return db_commit(cx, &txn);
}

enum zd_rc
catalog_app_item_events(struct zd_cx *cx, struct db *db, struct zd_str item, db_row_fn *each,
			void *arg)
{
	return catalog_sql_list_item_events(cx, db, each, arg, .item = item);
}
