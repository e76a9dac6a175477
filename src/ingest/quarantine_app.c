/* First-day history: what waits, why, and its release. */
#include "ingest/quarantine_app.h"

#include <inttypes.h>
#include <string.h>

#include "ingest/quarantine_sql.h"
#include "trust/audit.h"
#include "trust/trust.h"

enum zd_rc
quarantine_app_groups(struct zd_cx *cx, struct db *db, int64_t dept, db_row_fn *each, void *arg)
{
	if (dept == ZD_NO_INT)
		return quarantine_sql_list_groups_of_all(cx, db, each, arg);
	return quarantine_sql_list_groups(cx, db, each, arg, .dept = dept);
}

/* --- judging ----------------------------------------------------------------------------- */

enum zd_rc
quarantine_judge_open(struct zd_cx *cx, struct db *db, int64_t dept, struct quarantine_judge *ret)
{
	struct catalog_city city;

	*ret = (struct quarantine_judge){ .dept = dept, .today = cx->today };
	ZD_TRY(catalog_app_city(cx, db, &city));
	ZD_TRY(catalog_app_load(cx, db, dept, &ret->snapshot));
	ret->revision = city.revision;
	ret->catalog = (struct catalog_refs){ .snapshot = &ret->snapshot, .known_at = CATALOG_NOW };
	catalog_refs_fill(&ret->catalog, &ret->refs);
	return ZD_OK;
}

void
quarantine_judge_drop(struct quarantine_judge *judge)
{
	catalog_refs_drop(&judge->catalog);
}

struct zd_str
quarantine_item_reason(struct zd_arena *arena, struct quarantine_judge *judge, struct zd_str item)
{
	struct zd_str why = ZD_STR("");

	if (judge->refs.item(judge->refs.arg, item, judge->dept, judge->today, &why) ==
	    STANDARD_YES)
		return (struct zd_str){ 0 };
	return zd_str_copy(arena, why);
}

/* The next of "a,b,c"; false at the end. */
static bool
next_of(struct zd_str *rest, struct zd_str *ret)
{
	const char *comma;

	if (!rest->n)
		return false;
	comma = memchr(rest->p, ',', rest->n);
	*ret = (struct zd_str){ rest->p, comma ? (size_t)(comma - rest->p) : rest->n };
	*rest = comma ? (struct zd_str){ comma + 1, rest->n - ret->n - 1 } : (struct zd_str){ 0 };
	return true;
}

/* Claiming does not make a penalty item one of inspection. */
static struct zd_str
type_reason(struct zd_arena *arena, const struct quarantine_judge *judge,
	    const struct standard *std, struct zd_str item)
{
	struct zd_out why ZD_CLEANUP(zd_out_drop) = { .max = 1024 };

	if (standard_item_fits(std, &judge->refs, item, &why))
		return (struct zd_str){ 0 };
	return zd_str_copy(arena, zd_out_str(&why));
}

/* A list belongs to one of the items that are cited with it. */
static struct zd_str
list_reason(struct zd_arena *arena, struct quarantine_judge *judge, struct zd_str list,
	    struct zd_str items)
{
	bool one = items.n && !memchr(items.p, ',', items.n);
	struct zd_str why = ZD_STR("");

	if (judge->refs.list(judge->refs.arg, list, one ? items : (struct zd_str){ 0 },
			     judge->today, &why) == STANDARD_YES)
		return (struct zd_str){ 0 };
	return zd_str_copy(arena, why);
}

struct zd_str
quarantine_reason(struct zd_arena *arena, struct quarantine_judge *judge,
		  const struct standard *std, const struct record *record)
{
	struct zd_str items = std->item >= 0 ? record->v[std->item] : (struct zd_str){ 0 };
	struct zd_str lists = std->list >= 0 ? record->v[std->list] : (struct zd_str){ 0 };
	struct zd_str rest = items, one;

	while (next_of(&rest, &one)) {
		struct zd_str why = quarantine_item_reason(arena, judge, one);
		if (!why.p)
			why = type_reason(arena, judge, std, one);
		if (why.p)
			return why;
	}
	rest = lists;
	while (next_of(&rest, &one)) {
		struct zd_str why = list_reason(arena, judge, one, items);
		if (why.p)
			return why;
	}
	return (struct zd_str){ 0 };
}

/* --- releasing --------------------------------------------------------------------------- */

struct attempt {
	struct quarantine_judge judge;
	struct quarantine_release *release;
	struct record *records[QUARANTINE_BLOCK];
	char op[QUARANTINE_BLOCK];
	enum record_outcome outcome[QUARANTINE_BLOCK];
	size_t n;
	int64_t looked, last;
};

static void
drop_attempt(struct attempt **a)
{
	quarantine_judge_drop(&(*a)->judge);
}

static enum zd_rc
look_at(struct zd_cx *cx, const struct record *record, void *arg)
{
	struct attempt *a = arg;

	a->looked++;
	a->last = record->id;
	if (quarantine_reason(cx->arena, &a->judge, a->release->standard, record).p)
		return ZD_OK;
	struct record *kept = zd_new(cx->arena, struct record);
	*kept = *record;
	kept->state = RECORD_LIVE;
	kept->updated_by = 0;
	a->op[a->n] = 'u';
	a->records[a->n++] = kept;
	return ZD_OK;
}

/* One leaf: how many, and the root over what they are. */
static enum zd_rc
put_leaf(struct zd_cx *cx, struct db *db, const struct attempt *a)
{
	struct sm3 *leaves = zd_new_array(cx->arena, struct sm3, a->n + 1), root;

	for (size_t i = 0; i < a->n; i++)
		memcpy(leaves[i].b, a->records[i]->hash.p, SM3_LEN);
	audit_root(leaves, a->n, &root);
	const struct audit_entry entry = {
		.act = "quarantine.release",
		.object = zd_str_printf(cx->arena, "%.*s:%" PRId64,
					ZD_STR_ARG(a->release->standard->name), a->release->dept),
		.detail = zd_str_printf(
			cx->arena, "looked=%" PRId64 " released=%zu root=%.*s", a->looked, a->n,
			ZD_STR_ARG(crypto_hex(cx->arena,
					      (struct zd_str){ (const char *)root.b, SM3_LEN }))),
	};
	return audit_put(cx, db, &entry);
}

static enum zd_rc
release_block(struct zd_cx *cx, struct db *db, struct attempt *a)
{
	struct quarantine_release *r = a->release;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	if (r->hold)
		ZD_TRY(r->hold(cx, r->hold_arg));
	ZD_TRY(quarantine_judge_open(cx, db, r->dept, &a->judge)); /* as it is now */
	ZD_TRY(record_stream_held(cx, db, r->standard, r->dept, r->after, QUARANTINE_BLOCK, look_at,
				  a));
	if (!a->n)
		return ZD_OK;
	ZD_TRY(record_put_many(cx, db, r->standard, a->records, a->op, a->n, a->outcome, NULL));
	ZD_TRY(put_leaf(cx, db, a));
	return db_commit(cx, &txn);
}

enum zd_rc
quarantine_app_release(struct zd_cx *cx, struct db *db, struct quarantine_release *release,
		       struct quarantine_block *ret)
{
	struct zd_arena *own ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)512 << 20);
	struct zd_cx inner = *cx; /* what a block reads dies with it */
	struct attempt *a ZD_CLEANUP(drop_attempt) = zd_new(own, struct attempt);

	if (trust_check_writes(cx, release->dept) != ZD_OK)
		return zd_fail(cx, ZD_REFUSED, NULL, "只有本部门的数据员能放行本部门的历史数据");
	a->release = release;
	inner.arena = own;
	enum zd_rc rc = release_block(&inner, db, a);
	cx->err = inner.err;
	if (rc != ZD_OK)
		return rc;
	release->after = a->looked ? a->last : release->after;
	*ret = (struct quarantine_block){ a->looked, (int64_t)a->n, a->looked < QUARANTINE_BLOCK };
	return ZD_OK;
}

/* --- the first day ----------------------------------------------------------------------- */

enum zd_rc
quarantine_app_set_city(struct zd_cx *cx, struct db *db, const struct catalog_city *city)
{
	const struct zd_actor *actor = &cx->actor;
	bool system = actor->id == 0 && actor->roles == 0;

	if (!system && !(actor->roles & TRUST_PLATFORM))
		return zd_fail(cx, ZD_REFUSED, NULL, "首日由平台管理员设定");
	if (city->first_day == ZD_NO_DAY)
		return zd_fail(cx, ZD_INVALID, "first_day", "请填写首日");
	if (city->first_day > cx->today)
		return zd_fail(cx, ZD_INVALID, "first_day",
			       "首日不能晚于今天：首日起，清单之外的行为一律退回");
	enum zd_rc rc = catalog_app_set_city(cx, db, city);
	return rc == ZD_CONFLICT
		       ? zd_fail(cx, rc, NULL, "清单刚刚有变更，请重新打开本页核对后再保存")
		       : rc;
}
