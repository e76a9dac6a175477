/* What a block of judged rows becomes: records, refused rows, counters, progress and one audit leaf, together. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/event.h"
#include "ingest/ingest_app.h"
#include "ingest/ingest_block.h"
#include "ingest/ingest_sql.h"
#include "subject/subject_app.h"
#include "trust/audit.h"

#define TRIES 6

/* One attempt at storing one block. */
struct attempt {
	struct ingest_storing *s;
	const struct ingest_block *block;
	const struct standard *std;
	struct record *records;   /* of the good rows, in order */
	struct ingest_row **rows; /* the row of each record */
	char *op;
	enum record_outcome *outcome;
	size_t n;
	int64_t count[RECORD_OUTCOMES];
	int64_t quarantined, rejected;
};

/* --- data merging (check 05) -------------------------------------------------------------- */

struct merging {
	const struct ingest_block *block;
	const struct ingest_order *order;
	struct ingest_row **rows;
};

static enum zd_rc
found_same(struct zd_cx *cx, size_t index, const void *found, void *arg)
{
	struct merging *m = arg;
	struct ingest_row *row = m->rows[index];
	const struct zd_str *other = found;

	(void)cx;
	if (!row->verdict.good || zd_str_equal(*other, row->verdict.canon[m->order->standard->key]))
		return ZD_OK;
	standard_merge_found(m->order->standard, m->block->arena, row->number, *other,
			     &row->verdict);
	row->raw = ingest_canon_json(m->block->arena, m->order->standard, row->verdict.canon);
	return ZD_OK;
}

enum zd_rc
ingest_block_merge(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
		   const struct ingest_block *block)
{
	struct merging m = { block, order,
			     zd_new_array(block->arena, struct ingest_row *, block->n + 1) };
	int64_t *prints = zd_new_array(block->arena, int64_t, block->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < block->n; i++) {
		struct ingest_row *row = &block->rows[i];
		if (!row->verdict.good || row->operation == 'd' || !row->verdict.merge_print)
			continue;
		prints[n] = (int64_t)row->verdict.merge_print;
		m.rows[n++] = row;
	}
	return record_find_same_many(cx, db, order->standard, order->dept, prints, n, found_same,
				     &m);
}

/* --- records ----------------------------------------------------------------------------- */

static struct zd_str
value(const struct attempt *a, const struct ingest_row *row, int field)
{
	return field >= 0 && (size_t)field < a->std->n_fields ? row->verdict.canon[field]
							      : (struct zd_str){ 0 };
}

static struct zd_str
first_item(struct zd_str list)
{
	const char *comma = list.n ? memchr(list.p, ',', list.n) : NULL;

	return comma ? (struct zd_str){ list.p, (size_t)(comma - list.p) } : list;
}

/* First-day history: what is refused only because it lies outside the list waits for the claims. */
static bool
goes_to_quarantine(const struct attempt *a, const struct ingest_row *row)
{
	if (a->std->kind != STANDARD_ACTION || row->broken || row->operation == 'd' ||
	    row->verdict.day == ZD_NO_DAY || row->verdict.day >= a->s->quarantine_before)
		return false;
	for (size_t i = 0; i < row->verdict.n_errors; i++)
		if (row->verdict.errors[i].check != STANDARD_CHECK_ITEM &&
		    row->verdict.errors[i].check != STANDARD_CHECK_LIST)
			return false;
	return row->verdict.n_errors > 0 && row->verdict.canon != NULL;
}

static void
fill_record(struct attempt *a, struct ingest_row *row, bool quarantined)
{
	struct record *r = &a->records[a->n];

	*r = (struct record){
		.dept = a->s->order->dept,
		.key = value(a, row, a->std->key),
		.state = quarantined ? RECORD_QUARANTINED : RECORD_LIVE,
		.day = row->verdict.day,
		.subject = ZD_NO_INT,
		.item = first_item(value(a, row, a->std->item)),
		.merge_print = (int64_t)row->verdict.merge_print,
		.batch = a->s->batch,
		.row = row->number,
		.updated_by = 0,
	};
	memcpy(r->v, row->verdict.canon, a->std->n_fields * sizeof(*r->v));
	a->rows[a->n] = row;
	a->op[a->n++] = row->operation;
	a->quarantined += quarantined;
}

static void
choose_rows(struct attempt *a)
{
	size_t n = a->block->n;

	a->records = zd_new_array(a->block->arena, struct record, n + 1);
	a->rows = zd_new_array(a->block->arena, struct ingest_row *, n + 1);
	a->op = zd_new_array(a->block->arena, char, n + 1);
	a->outcome = zd_new_array(a->block->arena, enum record_outcome, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct ingest_row *row = &a->block->rows[i];
		if (row->verdict.good || goes_to_quarantine(a, row))
			fill_record(a, row, !row->verdict.good);
		else
			a->rejected++;
	}
}

/* --- subjects ---------------------------------------------------------------------------- */

static struct subject_ref
subject_of(const struct attempt *a, size_t i)
{
	return subject_ref_of(a->block->arena, a->std, a->records[i].key, a->records[i].v);
}

static enum zd_rc
link_subjects(struct zd_cx *cx, struct attempt *a)
{
	bool action = a->std->kind == STANDARD_ACTION;

	if (!action || !a->n)
		return ZD_OK;
	struct subject_ref *refs = zd_new_array(a->block->arena, struct subject_ref, a->n);
	for (size_t i = 0; i < a->n; i++)
		refs[i] = subject_of(a, i);
	ZD_TRY(subject_resolve_in(cx, a->s->db, a->s->order->dept, refs, a->n));
	for (size_t i = 0; i < a->n; i++)
		a->records[i].subject = refs[i].id;
	return ZD_OK;
}

/* Records of the object standards describe their subject: known only once the record has its id. */
static enum zd_rc
describe_subjects(struct zd_cx *cx, struct attempt *a)
{
	size_t n = 0;

	if (a->std->kind != STANDARD_SUBJECT || !a->n)
		return ZD_OK;
	struct subject_ref *refs = zd_new_array(a->block->arena, struct subject_ref, a->n);
	for (size_t i = 0; i < a->n; i++) {
		if (a->outcome[i] != RECORD_INSERTED && a->outcome[i] != RECORD_UPDATED)
			continue;
		refs[n] = subject_of(a, i);
		refs[n++].record_id = a->records[i].id;
	}
	return subject_describe_in(cx, a->s->db, a->s->order->dept, refs, n);
}

/* --- storing, a key once at a time --------------------------------------------------------- */

static int
by_key(const void *va, const void *vb)
{
	const struct record *const *a = va, *const *b = vb;
	int c = zd_str_compare((*a)->key, (*b)->key);

	return c ? c : *a < *b ? -1 : *a > *b;
}

/* Rounds: the nth row of a key goes into round n, so that each round has a key once and order is kept. */
static int
number_rounds(struct attempt *a, int *round)
{
	const struct record **sorted =
		zd_new_array(a->block->arena, const struct record *, a->n + 1);
	int rounds = a->n ? 1 : 0;

	for (size_t i = 0; i < a->n; i++)
		sorted[i] = &a->records[i];
	qsort(sorted, a->n, sizeof(*sorted), by_key);
	for (size_t i = 1; i < a->n; i++) {
		if (!zd_str_equal(sorted[i]->key, sorted[i - 1]->key))
			continue;
		int r = round[sorted[i - 1] - a->records] + 1;
		round[sorted[i] - a->records] = r;
		rounds = r + 1 > rounds ? r + 1 : rounds;
	}
	return rounds;
}

static enum zd_rc
store_records(struct zd_cx *cx, struct attempt *a)
{
	int *round = zd_new_array(a->block->arena, int, a->n + 1);
	struct record **part = zd_new_array(a->block->arena, struct record *, a->n + 1);
	char *op = zd_new_array(a->block->arena, char, a->n + 1);
	enum record_outcome *outcome = zd_new_array(a->block->arena, enum record_outcome, a->n + 1);
	int rounds = number_rounds(a, round);

	for (int r = 0; r < rounds; r++) {
		size_t n = 0;
		for (size_t i = 0; i < a->n; i++)
			if (round[i] == r) {
				op[n] = a->op[i];
				part[n++] = &a->records[i];
			}
		ZD_TRY(record_put_many(cx, a->s->db, a->std, part, op, n, outcome, NULL));
		for (size_t i = 0; i < n; i++) {
			a->outcome[part[i] - a->records] = outcome[i];
			a->count[outcome[i]]++;
		}
	}
	return ZD_OK;
}

/* --- refused rows ------------------------------------------------------------------------ */

/* The key was used for different things: it does not tell which row repairs this one. */
static bool
key_in_doubt(const struct standard_verdict *verdict)
{
	for (size_t i = 0; i < verdict->n_errors; i++)
		if (verdict->errors[i].check == STANDARD_CHECK_KEY)
			return true;
	return false;
}

static struct ingest_sql_insert_reject_in
reject_of(const struct attempt *a, const struct ingest_row *row)
{
	struct zd_out errors ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	const struct standard_error *e = &row->verdict.errors[0];
	struct zd_str key = row->verdict.canon ? value(a, row, a->std->key) : (struct zd_str){ 0 };

	ingest_errors_json(&errors, a->std, &row->verdict);
	return (struct ingest_sql_insert_reject_in){
		.dept = a->s->order->dept,
		.batch = a->s->batch,
		.row = row->number,
		.line = row->line,
		.standard = a->std->name,
		.operation = row->operation == 'd' ? ZD_STR("d") : ZD_STR("i"),
		.key = key.n ? key : (struct zd_str){ 0 },
		.raw = row->raw,
		.errors = zd_str_copy(a->block->arena,
				      errors.failed ? ZD_STR("[]") : zd_out_str(&errors)),
		.rule = e->rule,
		.message = e->message,
		.key_in_doubt = key_in_doubt(&row->verdict),
		.field_title = e->field >= 0 ? a->std->fields[e->field].title : ZD_STR("整行"),
	};
}

/* Rows that were closed, by the batch they belong to. */
struct closing {
	struct zd_arena *arena;
	struct ingest_sql_drop_outstanding_in *drops;
	int64_t repairs;
	bool *found; /* a row of the block: its key was refused in `repairs` */
	size_t n, cap;
	int64_t dept;
};

static enum zd_rc
closed_one(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	struct closing *c = arg;
	const int64_t *batch = row;

	(void)cx, (void)index;
	for (size_t i = 0; i < c->n; i++)
		if (c->drops[i].batch == *batch) {
			c->drops[i].n++;
			return ZD_OK;
		}
	c->drops = zd_grow(c->arena, c->drops, c->n, &c->cap, sizeof(*c->drops));
	c->drops[c->n++] =
		(struct ingest_sql_drop_outstanding_in){ .dept = c->dept, .batch = *batch, .n = 1 };
	return ZD_OK;
}

static int32_t
closing_state(const struct attempt *a, const struct ingest_row *row)
{
	bool stored = row->verdict.good || goes_to_quarantine(a, row);

	return stored ? INGEST_REPAIRED : INGEST_SUPERSEDED;
}

static struct ingest_sql_close_rejects_of_key_in
closing_of_key(const struct zd_cx *cx, const struct attempt *a, const struct ingest_row *row)
{
	const struct ingest_order *o = a->s->order;

	return (struct ingest_sql_close_rejects_of_key_in){
		.dept = o->dept,
		.standard = a->std->name,
		.key = row->verdict.canon ? value(a, row, a->std->key) : ZD_STR(""),
		.batch = a->s->batch,
		.row = row->number,
		.repairs = o->repairs,
		.state = closing_state(a, row),
		.now = cx->now,
		.actor = cx->actor.id
	};
}

static struct ingest_sql_close_reject_of_row_in
closing_of_row(const struct zd_cx *cx, const struct attempt *a, const struct ingest_row *row)
{
	const struct ingest_order *o = a->s->order;

	return (struct ingest_sql_close_reject_of_row_in){ .dept = o->dept,
							   .repairs = o->repairs,
							   .repaired_row = o->repairs_row
										   ? o->repairs_row
										   : row->number,
							   .batch = a->s->batch,
							   .row = row->number,
							   .state = closing_state(a, row),
							   .now = cx->now,
							   .actor = cx->actor.id };
}

/* A row whose key was refused in the repaired batch is that row's repair, wherever it stands now. */
static enum zd_rc
closed_by_key(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	struct closing *c = arg;
	const int64_t *batch = row;

	c->found[index] = c->found[index] || *batch == c->repairs;
	return closed_one(cx, index, row, arg);
}

/* A stored row repairs the refused row of its key in the batch that is repaired, else the one of its place; in other
 * earlier batches it takes the place of the rows of its key. A row refused again takes their place everywhere. */
static enum zd_rc
close_earlier(struct zd_cx *cx, struct attempt *a)
{
	struct zd_arena *arena = a->block->arena;
	size_t n = a->block->n, n_rows = 0;
	bool repairs = a->s->order->repairs != ZD_NO_INT;
	struct closing closing = { .arena = arena,
				   .dept = a->s->order->dept,
				   .repairs = a->s->order->repairs,
				   .found = zd_new_array(arena, bool, n + 1) };

	if (!a->s->has_outstanding)
		return ZD_OK;
	struct ingest_sql_close_rejects_of_key_in *keys =
		zd_new_array(arena, struct ingest_sql_close_rejects_of_key_in, n + 1);
	struct ingest_sql_close_reject_of_row_in *rows =
		zd_new_array(arena, struct ingest_sql_close_reject_of_row_in, n + 1);
	for (size_t i = 0; i < n; i++)
		keys[i] = closing_of_key(cx, a, &a->block->rows[i]);
	ZD_TRY(ingest_sql_close_rejects_of_key(cx, a->s->db, keys, n, closed_by_key, &closing));
	for (size_t i = 0; repairs && i < n; i++)
		if (!closing.found[i])
			rows[n_rows++] = closing_of_row(cx, a, &a->block->rows[i]);
	ZD_TRY(ingest_sql_close_reject_of_row(cx, a->s->db, rows, n_rows, closed_one, &closing));
	return ingest_sql_drop_outstanding(cx, a->s->db, closing.drops, closing.n);
}

static enum zd_rc
store_rejects(struct zd_cx *cx, struct attempt *a)
{
	struct ingest_sql_insert_reject_in *rejects = zd_new_array(
		a->block->arena, struct ingest_sql_insert_reject_in, (size_t)a->rejected + 1);
	size_t n = 0;

	for (size_t i = 0; i < a->block->n; i++) {
		const struct ingest_row *row = &a->block->rows[i];
		if (!row->verdict.good && !goes_to_quarantine(a, row))
			rejects[n++] = reject_of(a, row);
	}
	return ingest_sql_insert_reject(cx, a->s->db, rejects, n);
}

/* --- the block --------------------------------------------------------------------------- */

/* One leaf for the block: the root over the hashes of what was stored. */
static enum zd_rc
put_leaf(struct zd_cx *cx, struct attempt *a)
{
	struct sm3 *leaves = zd_new_array(a->block->arena, struct sm3, a->n + 1), root;
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->records[i].hash.n == SM3_LEN && a->outcome[i] != RECORD_UNCHANGED)
			memcpy(leaves[n++].b, a->records[i].hash.p, SM3_LEN);
	audit_root(leaves, n, &root);
	struct audit_entry entry = {
		.act = "ingest.block",
		.object = zd_str_printf(a->block->arena, "batch:%" PRId64, a->s->batch),
		.detail = zd_str_printf(
			a->block->arena, "rows=%zu stored=%zu rejected=%" PRId64 " root=%.*s",
			a->block->n, n, a->rejected,
			ZD_STR_ARG(crypto_hex(a->block->arena,
					      (struct zd_str){ (const char *)root.b, SM3_LEN }))),
	};
	return audit_put(cx, a->s->db, &entry);
}

static enum zd_rc
advance(struct zd_cx *cx, struct attempt *a)
{
	return ingest_sql_advance_batch(
		cx, a->s->db, .dept = a->s->order->dept, .id = a->s->batch,
		.before = a->s->rows_done, .rows = (int64_t)a->block->n,
		.bytes = a->block->bytes_read, .accepted = a->count[RECORD_INSERTED],
		.updated = a->count[RECORD_UPDATED],
		.unchanged = a->count[RECORD_UNCHANGED] + a->count[RECORD_MISSING],
		.removed = a->count[RECORD_REMOVED], .quarantined = a->quarantined,
		.rejected = a->rejected);
}

/* Only what was committed is counted. */
static struct metric rows_stored = {
	.name = "zd_ingest_rows_total",
	.help = "Rows taken in, by what became of them",
	.kind = METRIC_COUNTER,
	.label = "verdict",
	.values = { "accepted", "updated", "unchanged", "removed", "quarantined", "rejected" },
};

void
ingest_metrics_add(void)
{
	static struct metric *const list[] = { &rows_stored, NULL };

	zd_metrics_add(list);
}

static void
measure(const struct attempt *a)
{
	const int64_t n[] = { a->count[RECORD_INSERTED],
			      a->count[RECORD_UPDATED],
			      a->count[RECORD_UNCHANGED] + a->count[RECORD_MISSING],
			      a->count[RECORD_REMOVED],
			      a->quarantined,
			      a->rejected };

	for (size_t i = 0; i < ZD_COUNT(n); i++)
		zd_metric_add(&rows_stored, i, n[i]);
}

enum zd_rc
ingest_block_store_once(struct zd_cx *cx, const struct ingest_block *block,
			struct ingest_storing *s)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct attempt a = { .s = s, .block = block, .std = s->order->standard };

	ZD_TRY(db_begin(cx, s->db, &txn));
	ZD_TRY(ingest_block_merge(cx, s->db, s->order, block));
	choose_rows(&a);
	ZD_TRY(link_subjects(cx, &a));
	ZD_TRY(store_records(cx, &a));
	ZD_TRY(describe_subjects(cx, &a));
	ZD_TRY(close_earlier(cx, &a));
	ZD_TRY(store_rejects(cx, &a));
	ZD_TRY(advance(cx, &a));
	ZD_TRY(put_leaf(cx, &a));
	ZD_TRY(db_commit(cx, &txn));
	measure(&a);
	s->rows_done += (int64_t)block->n;
	return ZD_OK;
}

static void
wait_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

enum zd_rc
ingest_block_store(struct zd_cx *cx, const struct ingest_block *block, void *arg)
{
	struct ingest_storing *s = arg;
	enum zd_rc rc = ZD_OK;

	if (!block->n)
		return ZD_OK;
	if (s->order->going)
		ZD_TRY(s->order->going(cx, s->order->going_arg));
	if (!s->order->at)
		zd_cx_now(cx);
	for (int i = 0; i < TRIES; i++) {
		struct zd_cx own = *cx; /* what the attempt reads dies with the block */
		own.arena = block->arena;
		rc = ingest_block_store_once(&own, block, s);
		cx->err = own.err;
		/* a conflict: another sender stored the same key first; the next attempt sees it */
		if (rc != ZD_BUSY && rc != ZD_CONFLICT)
			break;
		wait_ms(20L << i);
	}
	return rc;
}
