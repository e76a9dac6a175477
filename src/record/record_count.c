/* Counters and citations: what boards and item pages read, kept with every change of a record. */
#include <stdlib.h>
#include <string.h>

#include "record/record_sql.h"
#include "record/record_table.h"

/* --- counters ---------------------------------------------------------------------------- */

static int
by_counter(const void *va, const void *vb)
{
	const struct record_delta *a = va, *b = vb;

	if (a->dept != b->dept)
		return a->dept < b->dept ? -1 : 1;
	if (a->month != b->month)
		return a->month < b->month ? -1 : 1;
	int c = zd_str_compare(a->item, b->item);
	return c ? c : a->state - b->state;
}

/* One delta a counter, in order, so that two writers meet the rows in the same order. Those of 0 go. */
static size_t
fold(struct record_delta *deltas, size_t n)
{
	size_t kept = 0, sums = 0;

	if (n)
		qsort(deltas, n, sizeof(*deltas), by_counter);
	for (size_t i = 0; i < n; i++) {
		if (sums && by_counter(&deltas[sums - 1], &deltas[i]) == 0)
			deltas[sums - 1].n += deltas[i].n;
		else
			deltas[sums++] = deltas[i];
	}
	for (size_t i = 0; i < sums; i++)
		if (deltas[i].n)
			deltas[kept++] = deltas[i];
	return kept;
}

enum zd_rc
record_count_in(struct zd_cx *cx, struct db *db, const struct standard *std,
		struct record_delta *deltas, size_t n)
{
	n = fold(deltas, n);
	struct record_sql_add_counter_in *in =
		zd_new_array(cx->arena, struct record_sql_add_counter_in, n + 1);
	for (size_t i = 0; i < n; i++)
		in[i] = (struct record_sql_add_counter_in){ .dept = deltas[i].dept,
							    .standard = std->name,
							    .month = deltas[i].month,
							    .item = deltas[i].item,
							    .state = deltas[i].state,
							    .n = deltas[i].n };
	return record_sql_add_counter(cx, db, in, n);
}

/* --- recount ----------------------------------------------------------------------------- */

struct counting {
	struct zd_arena *arena;
	struct record_delta *v;
	size_t n, cap;
};

static void
add(struct counting *c, struct record_delta delta)
{
	c->v = zd_grow(c->arena, c->v, c->n, &c->cap, sizeof(*c->v));
	c->v[c->n++] = delta;
}

static enum zd_rc
add_total(struct zd_cx *cx, const void *row, void *arg)
{
	const struct record_total *t = row;

	(void)cx;
	add(arg, (struct record_delta){ .dept = t->dept,
					.month = t->day == ZD_NO_DAY ? 0 : zd_day_month(t->day),
					.state = t->state,
					.item = t->item.p ? t->item : ZD_STR(""),
					.n = t->n });
	return ZD_OK;
}

static enum zd_rc
take_counter(struct zd_cx *cx, const void *row, void *arg)
{
	const struct record_counter *c = row;

	(void)cx;
	add(arg, (struct record_delta){ .dept = c->dept,
					.month = (int32_t)c->month,
					.state = c->state,
					.item = c->item,
					.n = c->n });
	return ZD_OK;
}

static const struct record_table *
table_of(const struct standard *std)
{
	const struct record_table *t = record_tables;

	while (t->name && !zd_str_equal(zd_str_of(t->standard), std->name))
		t++;
	return t->name ? t : NULL;
}

/* What is there minus what the counters say: the deltas that would set them right. */
static enum zd_rc
differences(struct zd_cx *cx, struct db *db, const struct standard *std, struct counting *ret,
	    int64_t *ret_counters)
{
	const struct record_table *table = table_of(std);
	struct counting stored = { .arena = cx->arena };

	if (!table)
		return zd_fail(cx, ZD_FAILED, NULL, "record: no table for %.*s",
			       ZD_STR_ARG(std->name));
	ret->arena = cx->arena;
	ZD_TRY(db_each(cx, db, table->totals, NULL, add_total, ret));
	ZD_TRY(record_sql_list_counters(cx, db, take_counter, &stored, .standard = std->name));
	*ret_counters = 0;
	for (size_t i = 0; i < stored.n; i++) {
		*ret_counters += stored.v[i].n != 0;
		stored.v[i].n = -stored.v[i].n;
		add(ret, stored.v[i]);
	}
	ret->n = fold(ret->v, ret->n);
	return ZD_OK;
}

enum zd_rc
record_recount(struct zd_cx *cx, struct db *db, const struct standard *std, bool repair,
	       int64_t *ret_counters, int64_t *ret_different)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct counting wrong = { 0 };

	/* of one state, so that a writer between the two readings makes no difference */
	ZD_TRY(db_begin_snapshot(cx, db, &txn));
	ZD_TRY(differences(cx, db, std, &wrong, ret_counters));
	*ret_different = (int64_t)wrong.n;
	if (repair)
		ZD_TRY(record_count_in(cx, db, std, wrong.v, wrong.n));
	return db_commit(cx, &txn);
}

/* --- citations --------------------------------------------------------------------------- */

static size_t
further_items(struct zd_str list)
{
	size_t n = 0;

	for (size_t i = 0; i < list.n; i++)
		n += list.p[i] == ',';
	return n;
}

static size_t
put_items(const struct standard *std, const struct record *r,
	  struct record_sql_insert_citation_in *in)
{
	struct zd_str left = r->v[std->item];
	size_t n = 0;

	for (bool first = true; left.n; first = false) {
		const char *comma = memchr(left.p, ',', left.n);
		size_t len = comma ? (size_t)(comma - left.p) : left.n;
		if (!first)
			in[n++] = (struct record_sql_insert_citation_in){ .dept = r->dept,
									  .standard = std->name,
									  .record = r->id,
									  .item = { left.p, len },
									  .day = r->day == ZD_NO_DAY
											 ? 0
											 : r->day };
		left.p += len + (comma != NULL);
		left.n -= len + (comma != NULL);
	}
	return n;
}

enum zd_rc
record_cite_in(struct zd_cx *cx, struct db *db, const struct standard *std,
	       struct record *const *records, const enum record_outcome *outcome, size_t n)
{
	size_t most = 0, n_old = 0, n_new = 0;

	if (std->item < 0 || std->fields[std->item].type != STANDARD_LIST)
		return ZD_OK;
	for (size_t i = 0; i < n; i++)
		most += further_items(records[i]->v[std->item]);
	struct record_sql_delete_citations_in *old =
		zd_new_array(cx->arena, struct record_sql_delete_citations_in, n + 1);
	struct record_sql_insert_citation_in *new =
		zd_new_array(cx->arena, struct record_sql_insert_citation_in, most + 1);
	for (size_t i = 0; i < n; i++) {
		const struct record *r = records[i];
		if (outcome[i] == RECORD_UPDATED || outcome[i] == RECORD_REMOVED)
			old[n_old++] = (struct record_sql_delete_citations_in){
				.dept = r->dept, .standard = std->name, .record = r->id
			};
		if (outcome[i] == RECORD_INSERTED || outcome[i] == RECORD_UPDATED)
			n_new += put_items(std, r, new + n_new);
	}
	ZD_TRY(record_sql_delete_citations(cx, db, old, n_old));
	return record_sql_insert_citation(cx, db, new, n_new);
}
