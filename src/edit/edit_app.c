/* Changing one record by hand: read, judge, write and audit in one transaction. */
#include "edit/edit_app.h"

#include <inttypes.h>
#include <string.h>

#include "catalog/catalog_app.h"
#include "edit/edit_sql.h"
#include "subject/subject_app.h"
#include "trust/audit.h"

/* --- what the judge asks ------------------------------------------------------------------- */

/* The catalogue from its snapshot, records from the library. Lives as long as one judging. */
struct asking {
	struct zd_cx *cx;
	struct db *db;
	const struct standard_set *set;
	struct catalog_snapshot snapshot;
	struct catalog_refs catalog;
	struct standard_refs city; /* as catalog answers */
	struct zd_str same;
	enum zd_rc rc; /* the first failure of the database */
};

static void
asking_drop(struct asking *a)
{
	catalog_refs_drop(&a->catalog);
}

static enum standard_answer
ask_item(void *arg, struct zd_str item, int64_t dept, int32_t day, struct zd_str *ret_why)
{
	struct asking *a = arg;

	return a->city.item(a->city.arg, item, dept, day, ret_why);
}

static enum standard_answer
ask_item_type(void *arg, struct zd_str item, struct zd_str *ret_type, struct zd_str *ret_name)
{
	struct asking *a = arg;

	return a->city.item_type(a->city.arg, item, ret_type, ret_name);
}

static enum standard_answer
ask_list(void *arg, struct zd_str list, struct zd_str item, int32_t day, struct zd_str *ret_why)
{
	struct asking *a = arg;

	return a->city.list(a->city.arg, list, item, day, ret_why);
}

static enum standard_answer
ask_officer(void *arg, struct zd_str certificate, int64_t dept, int32_t day, struct zd_str *ret_why)
{
	struct asking *a = arg;

	return a->city.officer(a->city.arg, certificate, dept, day, ret_why);
}

static enum standard_answer
ask_record(void *arg, struct zd_str name, int64_t dept, struct zd_str key)
{
	struct asking *a = arg;
	const struct standard *std = standard_find(a->set, name);
	bool there = false;

	if (!std || a->rc != ZD_OK)
		return STANDARD_CANNOT_TELL;
	a->rc = record_exists(a->cx, a->db, std, view_owner(std, dept), key, &there);
	if (a->rc != ZD_OK)
		return STANDARD_CANNOT_TELL;
	return there ? STANDARD_YES : STANDARD_NO;
}

struct sameness {
	struct zd_str key, other;
};

static enum zd_rc
found_same(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	struct sameness *s = arg;
	const struct zd_str *key = row;

	(void)cx, (void)index;
	if (!zd_str_equal(*key, s->key))
		s->other = *key;
	return ZD_OK;
}

static enum standard_answer
ask_same(void *arg, struct zd_str name, int64_t dept, uint64_t print, struct zd_str key,
	 struct zd_str *ret_other)
{
	struct asking *a = arg;
	const struct standard *std = standard_find(a->set, name);
	int64_t prints[] = { (int64_t)print };
	struct sameness s = { .key = key };

	if (!std || a->rc != ZD_OK)
		return STANDARD_CANNOT_TELL;
	a->rc = record_find_same_many(a->cx, a->db, std, view_owner(std, dept), prints, 1,
				      found_same, &s);
	if (a->rc != ZD_OK)
		return STANDARD_CANNOT_TELL;
	*ret_other = s.other;
	return s.other.p ? STANDARD_YES : STANDARD_NO;
}

static enum zd_rc
asking_open(struct zd_cx *cx, struct db *db, const struct standard_set *set, int64_t dept,
	    struct asking *ret, struct standard_refs *ret_refs)
{
	*ret = (struct asking){ .cx = cx, .db = db, .set = set };
	ZD_TRY(catalog_app_load(cx, db, dept, &ret->snapshot));
	ret->catalog = (struct catalog_refs){ .snapshot = &ret->snapshot, .known_at = CATALOG_NOW };
	catalog_refs_fill(&ret->catalog, &ret->city);
	*ret_refs = (struct standard_refs){ .arg = ret,
					    .item = ask_item,
					    .item_type = ask_item_type,
					    .list = ask_list,
					    .officer = ret->city.officer ? ask_officer : NULL,
					    .record = ask_record,
					    .same = ask_same };
	return ZD_OK;
}

/* --- one record ----------------------------------------------------------------------------- */

struct saving {
	struct db *db;
	const struct standard_set *set;
	const struct edit_order *order;
	struct record before, record; /* before.id 0: new */
	struct standard_verdict verdict;
};

static enum zd_rc
check_actor(struct zd_cx *cx, const struct edit_order *order)
{
	if (order->dept != view_owner(order->std, order->dept))
		return zd_fail(cx, ZD_REFUSED, NULL, "%.*s由市级统一维护",
			       ZD_STR_ARG(order->std->title));
	if (!view_may_edit(&cx->actor, order->std, order->dept))
		return zd_fail(cx, ZD_REFUSED, NULL, "您的角色不能修改这类记录，请由%s办理",
			       order->dept ? "该部门的数据员" : "平台管理员");
	return ZD_OK;
}

static enum zd_rc
check_reason(struct zd_cx *cx, struct zd_str reason)
{
	size_t n = zd_utf8_length(zd_str_trim(reason));

	if (n < 2 || n > 500)
		return zd_fail(cx, ZD_INVALID, "reason",
			       "请写明原因（2 至 500 个字），将随变更记录保留");
	return ZD_OK;
}

static enum zd_rc
fail_second(struct zd_cx *cx, const struct record *now, int64_t version)
{
	return zd_fail(cx, ZD_CONFLICT, NULL,
		       "这条记录在您打开之后被他人改过（您看到的是第 %" PRId64
		       " 版，现在是第 %" PRId64 " 版），没有保存。请重新打开，核对后再改",
		       version, now->version);
}

static enum zd_rc
read_before(struct zd_cx *cx, struct saving *s)
{
	const struct edit_order *o = s->order;

	if (!o->id)
		return ZD_OK;
	ZD_TRY(record_find(cx, s->db, o->std, o->dept, o->id, &s->before));
	if (s->before.version != o->version)
		return fail_second(cx, &s->before, o->version);
	if (s->before.state == RECORD_DELETED)
		return zd_fail(cx, ZD_REFUSED, NULL, "这条记录已删除，不能再改");
	return ZD_OK;
}

/* What is there, with what the person set over it. Empty is no value. */
static struct zd_str *
merge(struct zd_cx *cx, const struct saving *s)
{
	const struct standard *std = s->order->std;
	struct zd_str *values = zd_new_array(cx->arena, struct zd_str, STANDARD_MAX_FIELDS);

	for (size_t i = 0; i < std->n_fields; i++) {
		struct zd_str set = s->order->values[i];
		bool may = edit_may_set(&cx->actor, std, i, s->before.id == 0, s->before.v[i]);
		values[i] = set.p && may ? set : s->before.v[i];
		if (values[i].n == 0)
			values[i] = (struct zd_str){ 0 };
	}
	return values;
}

static void
judge_drop(struct standard_judge **judge)
{
	standard_judge_free(*judge);
}

static enum zd_rc
judge(struct zd_cx *cx, struct saving *s, const struct zd_str *values)
{
	struct asking asking ZD_CLEANUP(asking_drop) = { .cx = cx };
	struct standard_refs refs;
	struct standard_judge_config config = { .standard = s->order->std,
						.refs = &refs,
						.dept = s->order->dept,
						.today = cx->today,
						.max_rows = 4 };
	struct standard_judge *judge ZD_CLEANUP(judge_drop) = NULL;

	ZD_TRY(asking_open(cx, s->db, s->set, s->order->dept, &asking, &refs));
	judge = standard_judge_new(&config);
	standard_judge_row(judge, cx->arena, 1, s->before.id ? 'u' : 'i', values, &s->verdict);
	return asking.rc;
}

static struct zd_str
first_item(struct zd_str list)
{
	const char *comma = list.n ? memchr(list.p, ',', list.n) : NULL;

	return comma ? (struct zd_str){ list.p, (size_t)(comma - list.p) } : list;
}

static void
fill_record(struct zd_cx *cx, struct saving *s)
{
	const struct standard *std = s->order->std;
	struct record *r = &s->record;

	*r = (struct record){ .dept = s->order->dept,
			      .key = s->verdict.canon[std->key],
			      .state = RECORD_LIVE,
			      .day = s->verdict.day,
			      .subject = ZD_NO_INT,
			      .merge_print = (int64_t)s->verdict.merge_print,
			      .batch = ZD_NO_INT,
			      .row = ZD_NO_INT,
			      .updated_by = cx->actor.id,
			      .ext = s->before.ext };
	if (std->item >= 0)
		r->item = first_item(s->verdict.canon[std->item]);
	memcpy(r->v, s->verdict.canon, std->n_fields * sizeof(*r->v));
}

/* A new record must not take the place of one that is there under its key. */
static enum zd_rc
check_key_is_free(struct zd_cx *cx, const struct saving *s)
{
	const struct standard *std = s->order->std;
	bool there;

	if (s->before.id)
		return ZD_OK;
	ZD_TRY(record_exists(cx, s->db, std, s->order->dept, s->record.key, &there));
	if (!there)
		return ZD_OK;
	return zd_fail(cx, ZD_CONFLICT, "key", "「%.*s」%.*s 已经有了，请核对编号",
		       ZD_STR_ARG(std->fields[std->key].title), ZD_STR_ARG(s->record.key));
}

static enum zd_rc
link_subject(struct zd_cx *cx, struct saving *s)
{
	const struct standard *std = s->order->std;

	if (std->kind != STANDARD_ACTION)
		return ZD_OK;
	struct subject_ref ref = subject_ref_of(cx->arena, std, s->record.key, s->record.v);
	ZD_TRY(subject_resolve_in(cx, s->db, s->order->dept, &ref, 1));
	s->record.subject = ref.id;
	return ZD_OK;
}

static enum zd_rc
describe_subject(struct zd_cx *cx, struct saving *s)
{
	const struct standard *std = s->order->std;

	if (std->kind != STANDARD_SUBJECT)
		return ZD_OK;
	struct subject_ref ref = subject_ref_of(cx->arena, std, s->record.key, s->record.v);
	ref.record_id = s->record.id;
	return subject_describe_in(cx, s->db, s->order->dept, &ref, 1);
}

/* Which fields, not what they say: the log is no place for personal data. */
static struct zd_str
changed_fields(struct zd_cx *cx, const struct saving *s)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 400 };
	const struct standard *std = s->order->std;
	struct view_diff *diffs;
	size_t n;

	view_compare(cx->arena, std, s->before.v, s->record.v, &diffs, &n);
	for (size_t i = 0; i < n && i < 8; i++) {
		zd_out_write(&out, i ? ZD_STR(",") : ZD_STR(""));
		zd_out_write(&out, std->fields[diffs[i].field].name);
	}
	if (n > 8)
		zd_out_printf(&out, ",+%zu", n - 8);
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

static enum zd_rc
put_audit(struct zd_cx *cx, const struct saving *s, const char *act)
{
	const struct record *r = &s->record;
	struct zd_str fields = changed_fields(cx, s), name = s->order->std->name;
	struct audit_entry entry = {
		.act = act,
		.object = zd_str_printf(cx->arena, "%.*s:%" PRId64 "-%" PRId64, ZD_STR_ARG(name),
					r->dept, r->id),
		.detail = zd_str_printf(cx->arena, "version=%" PRId64 " fields=%.*s", r->version,
					ZD_STR_ARG(fields)),
	};

	return audit_put(cx, s->db, &entry);
}

static enum zd_rc
put_note(struct zd_cx *cx, const struct saving *s)
{
	struct zd_str reason = zd_str_trim(s->order->reason);

	if (!reason.n)
		return ZD_OK;
	return edit_sql_insert_note(cx, s->db, .dept = s->record.dept,
				    .standard = s->order->std->name, .record = s->record.id,
				    .version = s->record.version, .reason = reason);
}

static enum zd_rc
put(struct zd_cx *cx, struct saving *s, char op, enum record_outcome *ret)
{
	struct record *records[] = { &s->record };

	ZD_TRY(record_put_many(cx, s->db, s->order->std, records, &op, 1, ret, NULL));
	if (*ret == RECORD_UNCHANGED)
		return ZD_OK;
	if (s->before.id && s->record.version != s->before.version + 1)
		return fail_second(cx, &s->record, s->before.version);
	ZD_TRY(put_note(cx, s));
	if (s->order->std->kind == STANDARD_CATALOG)
		ZD_TRY(edit_sql_raise_revision(cx, s->db));
	return put_audit(cx, s, op == 'd' ? "record.remove" : "record.edit");
}

static enum zd_rc
fail_verdict(struct zd_cx *cx, const struct saving *s, struct edit_result *ret)
{
	const struct standard_error *e = &s->verdict.errors[0];

	ret->errors = s->verdict.errors;
	ret->n_errors = s->verdict.n_errors;
	return zd_fail(cx, ZD_INVALID, NULL, "%.*s。%.*s", ZD_STR_ARG(e->message),
		       ZD_STR_ARG(e->todo));
}

static enum zd_rc
save_in(struct zd_cx *cx, struct saving *s, struct edit_result *ret)
{
	ZD_TRY(read_before(cx, s));
	struct zd_str *values = merge(cx, s);
	ret->values = values;
	ZD_TRY(judge(cx, s, values));
	if (!s->verdict.good)
		return fail_verdict(cx, s, ret);
	fill_record(cx, s);
	ZD_TRY(check_key_is_free(cx, s));
	ZD_TRY(link_subject(cx, s));
	ZD_TRY(put(cx, s, s->before.id ? 'u' : 'i', &ret->outcome));
	if (ret->outcome != RECORD_UNCHANGED)
		ZD_TRY(describe_subject(cx, s));
	ret->id = s->record.id;
	ret->version = s->record.version;
	return ZD_OK;
}

enum zd_rc
edit_app_save(struct zd_cx *cx, struct db *db, const struct standard_set *set,
	      const struct edit_order *order, struct edit_result *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct saving *s = zd_new(cx->arena, struct saving);

	*s = (struct saving){ .db = db, .set = set, .order = order };
	*ret = (struct edit_result){ .values = order->values };
	ZD_TRY(check_actor(cx, order));
	if (order->id)
		ZD_TRY(check_reason(cx, order->reason));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(save_in(cx, s, ret));
	return db_commit(cx, &txn);
}

/* --- removing ------------------------------------------------------------------------------- */

enum zd_rc
edit_app_remove(struct zd_cx *cx, struct db *db, const struct standard_set *set,
		const struct edit_order *order)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct saving *s = zd_new(cx->arena, struct saving);
	enum record_outcome outcome;

	*s = (struct saving){ .db = db, .set = set, .order = order };
	ZD_TRY(check_actor(cx, order));
	ZD_TRY(check_reason(cx, order->reason));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(read_before(cx, s));
	s->record = s->before;
	s->record.batch = s->record.row = ZD_NO_INT;
	s->record.updated_by = cx->actor.id;
	ZD_TRY(put(cx, s, 'd', &outcome));
	return db_commit(cx, &txn);
}

/* --- releasing first-day history --------------------------------------------------------------- */

struct releasing {
	struct saving saving;
	int64_t released, kept;
	struct zd_str why;
};

static enum zd_rc
release_one(struct zd_cx *cx, struct releasing *r, struct standard_judge *judge, int64_t id)
{
	struct saving *s = &r->saving;
	const struct edit_order *o = s->order;
	enum record_outcome outcome;

	ZD_TRY(record_find(cx, s->db, o->std, o->dept, id, &s->before));
	if (s->before.state != RECORD_QUARANTINED)
		return ZD_OK;
	standard_judge_row(judge, cx->arena, (int)(r->released + r->kept + 1), 'u', s->before.v,
			   &s->verdict);
	if (!s->verdict.good) {
		r->kept++;
		if (!r->why.p)
			r->why = s->verdict.errors[0].message;
		return ZD_OK;
	}
	s->record = s->before;
	s->record.state = RECORD_LIVE;
	s->record.updated_by = cx->actor.id;
	r->released++;
	return put(cx, s, 'u', &outcome);
}

static enum zd_rc
release_all(struct zd_cx *cx, struct releasing *r, const int64_t *ids, size_t n)
{
	struct saving *s = &r->saving;
	struct asking asking ZD_CLEANUP(asking_drop) = { .cx = cx };
	struct standard_refs refs;
	struct standard_judge_config config = { .standard = s->order->std,
						.refs = &refs,
						.dept = s->order->dept,
						.today = cx->today,
						.max_rows = n + 1 };
	struct standard_judge *judge ZD_CLEANUP(judge_drop) = NULL;

	ZD_TRY(asking_open(cx, s->db, s->set, s->order->dept, &asking, &refs));
	judge = standard_judge_new(&config);
	for (size_t i = 0; i < n; i++) {
		ZD_TRY(release_one(cx, r, judge, ids[i]));
		ZD_TRY(asking.rc);
	}
	return ZD_OK;
}

enum zd_rc
edit_app_release(struct zd_cx *cx, struct db *db, const struct standard_set *set,
		 const struct standard *std, int64_t dept, const int64_t *ids, size_t n,
		 int64_t *ret_released, int64_t *ret_kept, struct zd_str *ret_why)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct edit_order order = { .std = std, .dept = dept, .reason = ZD_STR("历史数据放行") };
	struct releasing *r = zd_new(cx->arena, struct releasing);

	*r = (struct releasing){ .saving = { .db = db, .set = set, .order = &order } };
	ZD_TRY(check_actor(cx, &order));
	if (n > EDIT_RELEASE_MAX)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "一次最多放行 %d 条，请分几次",
			       EDIT_RELEASE_MAX);
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(release_all(cx, r, ids, n));
	*ret_released = r->released;
	*ret_kept = r->kept;
	*ret_why = r->why;
	return db_commit(cx, &txn);
}
