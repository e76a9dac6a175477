/*
 * Puts, finds and streams the records of any standard. It knows no field by name: what differs
 * between standards is in their declarations and in the statements made from them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "record/record_sql.h"
#include "record/record_table.h"

#define BLOCK 256              /* records written together */
#define CONTENT_MAX (8U << 20) /* of one version, as JSON */

static const struct record_table *
find_table(const struct standard *std)
{
	for (const struct record_table *t = record_tables; t->name; t++)
		if (zd_str_equal(zd_str_of(t->standard), std->name) &&
		    t->n_columns == std->n_fields)
			return t;
	return NULL;
}

static enum zd_rc
table_of(struct zd_cx *cx, const struct standard *std, const struct record_table **ret)
{
	*ret = find_table(std);
	if (!*ret)
		return zd_fail(cx, ZD_FAILED, NULL,
			       "record: no table was built for standard %.*s with %zu fields",
			       ZD_STR_ARG(std->name), std->n_fields);
	return ZD_OK;
}

const char *
record_table_name(const struct standard *std)
{
	const struct record_table *t = find_table(std);

	return t ? t->name : NULL;
}

const char *const *
record_table_columns(const struct standard *std)
{
	const struct record_table *t = find_table(std);

	return t ? t->columns : NULL;
}

/* --- content ----------------------------------------------------------------------------- */

static void
add_part(struct sm3_state *st, struct zd_str name, struct zd_str value)
{
	char length[9] = { 0 }; /* ends the name, then the value's length */

	for (size_t i = 0; i < 8; i++)
		length[1 + i] = (char)((uint64_t)value.n >> (56 - 8 * i) & 0xff);
	sm3_add(st, name);
	sm3_add(st, (struct zd_str){ length, sizeof(length) });
	sm3_add(st, value);
}

static void
hash_with(struct sm3_state *st, const struct standard *std, const struct record *record,
	  struct sm3 *ret)
{
	for (size_t i = 0; i < std->n_fields; i++)
		if (record->v[i].p && !std->fields[i].exchange)
			add_part(st, std->fields[i].name, record->v[i]);
	if (record->ext.p)
		add_part(st, ZD_STR("ext"), record->ext);
	sm3_end(st, ret);
}

void
record_hash(const struct standard *std, const struct record *record, struct sm3 *ret)
{
	struct sm3_state *st ZD_CLEANUP(sm3_drop) = sm3_new();

	hash_with(st, std, record, ret);
}

/* --- putting ----------------------------------------------------------------------------- */

/* One block on its way: heap, for it is large and the caller's arena may be small. */
struct work {
	struct db *db;
	const struct standard *std;
	const struct record_table *table;
	struct record *const *records;
	const char *op;
	enum record_outcome *outcome;
	struct record *before; /* or NULL */
	size_t n;
	struct sm3_state *sm3;
	struct record args[BLOCK]; /* what statements are called with, close together */
	struct record head[BLOCK]; /* what was stored; id 0: nothing */
	size_t index[BLOCK];       /* of the record that args or history[k] is for */
	struct record_sql_insert_history_in history[BLOCK];
	size_t n_index, n_done;
};

static void
work_drop(struct work **w)
{
	if (*w)
		sm3_drop(&(*w)->sm3);
	free(*w);
}

static enum zd_rc
found_head(struct zd_cx *cx, size_t i, const void *row, void *arg)
{
	struct work *w = arg;

	(void)cx;
	memcpy(&w->head[i], row, sizeof(struct record));
	return ZD_OK;
}

static enum zd_rc
read_heads(struct zd_cx *cx, struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		w->args[i] = *w->records[i];
		w->head[i].id = 0;
	}
	return db_many(cx, w->db, w->table->find_head, w->args, w->n, sizeof(struct record),
		       found_head, w);
}

/* What stays: the head as it is stored, under the content that was sent. */
static void
keep_head(struct record *r, const struct record *head)
{
	r->id = head->id;
	r->version = head->version;
	r->state = head->state;
	r->day = head->day;
	r->subject = head->subject;
	r->item = head->item;
	r->merge_print = head->merge_print;
	r->hash = head->hash;
	r->created_at = head->created_at;
	r->updated_at = head->updated_at;
	r->updated_by = head->updated_by;
}

static void
advance_head(const struct zd_cx *cx, struct record *r, const struct record *head)
{
	r->id = head->id ? head->id : zd_id_new();
	r->version = head->id ? head->version + 1 : 1;
	r->created_at = head->id ? head->created_at : cx->now;
	r->updated_at = cx->now;
	r->updated_by = cx->actor.id;
}

static enum record_outcome
decide_removal(const struct zd_cx *cx, struct record *r, const struct record *head)
{
	if (!head->id || head->state == RECORD_DELETED)
		return RECORD_MISSING;
	int64_t batch = r->batch, row = r->row;
	keep_head(r, head);
	advance_head(cx, r, head);
	r->state = RECORD_DELETED;
	r->batch = batch;
	r->row = row;
	return RECORD_REMOVED;
}

static enum record_outcome
decide_put(struct zd_cx *cx, struct work *w, struct record *r, const struct record *head)
{
	struct sm3 hash;

	if (r->state != RECORD_QUARANTINED)
		r->state = RECORD_LIVE;
	hash_with(w->sm3, w->std, r, &hash);
	struct zd_str text = { (const char *)hash.b, SM3_LEN };
	if (head->id && head->state == r->state && zd_str_equal(head->hash, text)) {
		keep_head(r, head);
		return RECORD_UNCHANGED;
	}
	r->hash = zd_str_copy(cx->arena, text);
	advance_head(cx, r, head);
	return head->id && head->state != RECORD_DELETED ? RECORD_UPDATED : RECORD_INSERTED;
}

static void
decide(struct zd_cx *cx, struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct record *r = w->records[i];
		const struct record *head = &w->head[i];
		w->outcome[i] =
			w->op[i] == 'd' ? decide_removal(cx, r, head) : decide_put(cx, w, r, head);
		if (w->before)
			w->before[i] =
				w->outcome[i] == RECORD_UPDATED || w->outcome[i] == RECORD_REMOVED
					? *head
					: (struct record){ 0 };
	}
}

/* --- history */

static void
put_content(struct json_writer *json, const struct record_table *table, const struct record *record)
{
	json_put_object(json);
	for (size_t i = 0; i < table->n_columns; i++) {
		if (!record->v[i].p)
			continue;
		json_put_name(json, table->columns[i]);
		json_put_text(json, record->v[i]);
	}
	if (record->ext.p) {
		json_put_name(json, "ext");
		json_put_raw(json, record->ext);
	}
	json_put_end(json);
}

static enum zd_rc
found_old(struct zd_cx *cx, size_t k, const void *row, void *arg)
{
	struct work *w = arg;
	const struct record *old = row, *new = w->records[w->index[k]];
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = CONTENT_MAX };
	struct json_writer json = { .out = &out };

	put_content(&json, w->table, old);
	if (out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "记录 %.*s 的原内容超过 8 MB，无法存入历史",
			       ZD_STR_ARG(old->key));
	w->history[k] = (struct record_sql_insert_history_in){
		.dept = old->dept,
		.standard = w->std->name,
		.record = old->id,
		.version = old->version,
		.state = (int32_t)old->state,
		.written_at = old->updated_at,
		.written_by = old->updated_by,
		.written_batch = old->batch,
		.at = cx->now,
		.actor = cx->actor.id,
		.actor_name = cx->actor.name.p ? cx->actor.name : ZD_STR(""),
		.batch = new->batch,
		.values = zd_str_copy(cx->arena, zd_out_str(&out)),
	};
	w->n_done++;
	return ZD_OK;
}

static bool
replaces(const struct work *w, size_t i)
{
	return w->head[i].id && w->outcome[i] != RECORD_UNCHANGED &&
	       w->outcome[i] != RECORD_MISSING;
}

static bool
is_new(const struct work *w, size_t i)
{
	return !w->head[i].id && w->outcome[i] == RECORD_INSERTED;
}

static bool
is_changed(const struct work *w, size_t i)
{
	return replaces(w, i) && w->outcome[i] != RECORD_REMOVED;
}

static bool
is_removed(const struct work *w, size_t i)
{
	return w->outcome[i] == RECORD_REMOVED;
}

/* Copies the records of one kind close together. */
static void
gather(struct work *w, bool (*wanted)(const struct work *w, size_t i))
{
	w->n_index = w->n_done = 0;
	for (size_t i = 0; i < w->n; i++) {
		if (!wanted(w, i))
			continue;
		w->args[w->n_index] = *w->records[i];
		w->index[w->n_index++] = i;
	}
}

static enum zd_rc
fail_changed(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_CONFLICT, NULL, "记录刚被他人修改，本次没有保存，请重试");
}

static enum zd_rc
keep_history(struct zd_cx *cx, struct work *w)
{
	gather(w, replaces);
	ZD_TRY(db_many(cx, w->db, w->table->find, w->args, w->n_index, sizeof(struct record),
		       found_old, w));
	if (w->n_done != w->n_index)
		return fail_changed(cx);
	return record_sql_insert_history(cx, w->db, w->history, w->n_index);
}

/* --- writing */

static enum zd_rc
changed_one(struct zd_cx *cx, size_t k, const void *row, void *arg)
{
	struct work *w = arg;

	(void)cx, (void)k, (void)row;
	w->n_done++;
	return ZD_OK;
}

/* Each must still have the version that was read. */
static enum zd_rc
change(struct zd_cx *cx, struct work *w, const struct db_stmt *stmt,
       bool (*wanted)(const struct work *w, size_t i))
{
	gather(w, wanted);
	ZD_TRY(db_many(cx, w->db, stmt, w->args, w->n_index, sizeof(struct record), changed_one,
		       w));
	return w->n_done == w->n_index ? ZD_OK : fail_changed(cx);
}

/* --- counting */

static struct record_delta
delta_of(const struct record *r, int64_t n)
{
	return (struct record_delta){
		.dept = r->dept,
		.month = r->day == ZD_NO_DAY ? 0 : zd_day_month(r->day),
		.state = (int32_t)r->state,
		.item = r->item.p ? r->item : ZD_STR(""),
		.n = r->state == RECORD_DELETED ? 0 : n,
	};
}

static enum zd_rc
count(struct zd_cx *cx, struct work *w)
{
	struct record_delta *deltas = zd_new_array(cx->arena, struct record_delta, 2 * w->n);
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->outcome[i] == RECORD_UNCHANGED || w->outcome[i] == RECORD_MISSING)
			continue;
		w->head[i].dept = w->records[i]->dept;
		if (w->head[i].id)
			deltas[n++] = delta_of(&w->head[i], -1);
		deltas[n++] = delta_of(w->records[i], 1);
	}
	return record_count_in(cx, w->db, w->std, deltas, n);
}

static enum zd_rc
put_block(struct zd_cx *cx, struct work *w)
{
	ZD_TRY(read_heads(cx, w));
	decide(cx, w);
	ZD_TRY(keep_history(cx, w));
	gather(w, is_new);
	ZD_TRY(db_many(cx, w->db, w->table->insert, w->args, w->n_index, sizeof(struct record),
		       NULL, NULL));
	ZD_TRY(change(cx, w, w->table->update, is_changed));
	ZD_TRY(change(cx, w, w->table->remove, is_removed));
	ZD_TRY(record_cite_in(cx, w->db, w->std, w->records, w->outcome, w->n));
	return count(cx, w);
}

enum zd_rc
record_put_many(struct zd_cx *cx, struct db *db, const struct standard *std,
		struct record *const *records, const char *op, size_t n, enum record_outcome *ret,
		struct record *ret_before)
{
	struct work *w ZD_CLEANUP(work_drop) = calloc(1, sizeof(*w));

	if (!w)
		abort();
	if (!db_in_txn(db))
		return zd_fail(cx, ZD_FAILED, NULL, "record_put_many needs a transaction");
	w->db = db;
	w->std = std;
	w->sm3 = sm3_new();
	ZD_TRY(table_of(cx, std, &w->table));
	for (size_t at = 0; at < n; at += w->n) {
		w->n = n - at < BLOCK ? n - at : BLOCK;
		w->records = records + at;
		w->op = op + at;
		w->outcome = ret + at;
		w->before = ret_before ? ret_before + at : NULL;
		ZD_TRY(put_block(cx, w));
	}
	return ZD_OK;
}

/* --- finding ----------------------------------------------------------------------------- */

static enum zd_rc
find_one(struct zd_cx *cx, struct db *db, const struct standard *std, const struct db_stmt *stmt,
	 const struct record *in, struct record *ret)
{
	enum zd_rc rc;

	*ret = (struct record){ 0 };
	rc = db_one(cx, db, stmt, in, ret);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, rc, NULL, "没有这条%.*s", ZD_STR_ARG(std->title));
	return rc;
}

enum zd_rc
record_find(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept, int64_t id,
	    struct record *ret)
{
	const struct record_table *t;
	struct record in = { .dept = dept, .id = id };

	ZD_TRY(table_of(cx, std, &t));
	return find_one(cx, db, std, t->find, &in, ret);
}

enum zd_rc
record_find_key(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
		struct zd_str key, struct record *ret)
{
	const struct record_table *t;
	struct record in = { .dept = dept, .key = key };

	ZD_TRY(table_of(cx, std, &t));
	return find_one(cx, db, std, t->find_key, &in, ret);
}

enum zd_rc
record_exists(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
	      struct zd_str key, bool *ret)
{
	const struct record_table *t;
	struct record in = { .dept = dept, .key = key }, head;
	enum zd_rc rc;

	ZD_TRY(table_of(cx, std, &t));
	rc = find_one(cx, db, std, t->find_head, &in, &head);
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	*ret = rc == ZD_OK && head.state != RECORD_DELETED;
	return ZD_OK;
}

enum zd_rc
record_keys(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept, db_row_fn *each, void *arg)
{
	const struct record_table *t;
	struct record_range range = { .dept = dept };

	ZD_TRY(table_of(cx, std, &t));
	return db_each(cx, db, t->keys, &range, each, arg);
}

enum zd_rc
record_find_same_many(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
		      const int64_t *prints, size_t n, db_many_row_fn *row, void *arg)
{
	const struct record_table *t;
	struct record_same *in;

	ZD_TRY(table_of(cx, std, &t));
	in = zd_new_array(cx->arena, struct record_same, n + 1);
	for (size_t i = 0; i < n; i++)
		in[i] = (struct record_same){ dept, prints[i] };
	return db_many(cx, db, t->find_same, in, n, sizeof(*in), row, arg);
}

struct each {
	record_past_fn *past;
	record_fn *record;
	void *arg;
};

static enum zd_rc
each_past(struct zd_cx *cx, const void *row, void *arg)
{
	const struct each *each = arg;

	return each->past(cx, row, each->arg);
}

enum zd_rc
record_history(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
	       int64_t id, record_past_fn *past, void *arg)
{
	struct each each = { .past = past, .arg = arg };

	return record_sql_list_history(cx, db, each_past, &each, .dept = dept,
				       .standard = std->name, .record = id);
}

static enum zd_rc
each_record(struct zd_cx *cx, const void *row, void *arg)
{
	const struct each *each = arg;

	return each->record(cx, row, each->arg);
}

enum zd_rc
record_stream(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
	      int32_t from, int32_t to, int64_t after_id, int64_t limit, record_fn *record,
	      void *arg)
{
	const struct record_table *t;
	struct each each = { .record = record, .arg = arg };
	struct record_range in = {
		.dept = dept,
		.after = after_id,
		.limit = limit > 0 ? limit : INT64_MAX,
		.from = from == ZD_NO_DAY ? ZD_NO_DAY + 1 : from,
		.to = to == ZD_NO_DAY ? INT32_MAX : to,
	};

	ZD_TRY(table_of(cx, std, &t));
	return db_each(cx, db, dept == ZD_NO_INT ? t->stream_city : t->stream_dept, &in,
		       each_record, &each);
}

enum zd_rc
record_stream_held(struct zd_cx *cx, struct db *db, const struct standard *std, int64_t dept,
		   int64_t after_id, int64_t limit, record_fn *record, void *arg)
{
	const struct record_table *t;
	struct each each = { .record = record, .arg = arg };
	struct record_range in = { .dept = dept, .after = after_id, .limit = limit };

	ZD_TRY(table_of(cx, std, &t));
	return db_each(cx, db, t->stream_held, &in, each_record, &each);
}

/* --- the schema -------------------------------------------------------------------------- */

static bool
has_column(const struct record_sql_list_columns_out *there, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (zd_str_equal(there[i].name, zd_str_of(name)))
			return true;
	return false;
}

enum zd_rc
record_check_schema(struct zd_cx *cx, struct db *db, const struct standard *std)
{
	const struct record_table *t;
	struct record_sql_list_columns_out *there;
	size_t n;

	ZD_TRY(table_of(cx, std, &t));
	for (size_t i = 0; i < t->n_columns; i++)
		if (!zd_str_equal(std->fields[i].name, zd_str_of(t->columns[i])))
			return zd_fail(cx, ZD_FAILED, NULL,
				       "record: field %zu of %.*s is %.*s, its column %s", i,
				       ZD_STR_ARG(std->name), ZD_STR_ARG(std->fields[i].name),
				       t->columns[i]);
	ZD_TRY(record_sql_list_columns(cx, db, 200, &there, &n, .table = zd_str_of(t->name)));
	for (size_t i = 0; i < t->n_columns; i++)
		if (!has_column(there, n, t->columns[i]))
			return zd_fail(
				cx, ZD_FAILED, NULL,
				"record: the database has no column %s.%s: a migration is missing",
				t->name, t->columns[i]);
	return ZD_OK;
}
