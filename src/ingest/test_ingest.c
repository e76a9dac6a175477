/* The one door: what is good is stored once, what is bad is kept with its reason, on both databases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/event.h"
#include "catalog/catalog_app.h"
#include "db/test_db.h"
#include "ingest/ingest_app.h"
#include "ingest/ingest_block.h"
#include "ingest/ingest_sql.h"
#include "ingest/test_city.h"
#include "trust/audit.h"

#define DEPT 7

static const char *const item = city_item;

static void
build(struct test_db *t)
{
	t->fix = city_build(t, DEPT);
}

static void
demolish(struct test_db *t)
{
	struct city *c = t->fix;

	db_pool_close(c->pool);
}

/* --- sending ---------------------------------------------------------------------------- */

static struct ingest_order
order_of(struct city *c, const struct standard *std, int fd)
{
	(void)c;
	return (struct ingest_order){ .dept = DEPT,
				      .standard = std,
				      .source = ZD_STR("api"),
				      .file = ZD_NO_INT,
				      .repairs = ZD_NO_INT,
				      .fd = fd,
				      .format = TABLE_NDJSON };
}

static enum zd_rc
send(struct test_db *t, struct ingest_order *order, struct ingest_batch *ret, bool *ret_repeated)
{
	struct city *c = t->fix;

	ZD_TRY(ingest_app_open(&t->cx, t->db, order, ret, ret_repeated));
	return *ret_repeated ? ZD_OK : ingest_app_run(&t->cx, &c->env, order, ret);
}

static struct ingest_batch
send_text(struct test_db *t, struct zd_str text, int64_t repairs)
{
	struct city *c = t->fix;
	struct ingest_order order = order_of(c, c->check, city_file(text));
	struct ingest_batch batch;
	bool repeated;

	order.repairs = repairs;
	assert_rc(&t->cx, send(t, &order, &batch, &repeated), ZD_OK);
	assert_int_equal(batch.state, INGEST_DONE);
	close(order.fd);
	return batch;
}

static void
assert_sums_true(struct test_db *t)
{
	struct city *c = t->fix;
	int64_t counters, different;

	assert_rc(&t->cx, record_recount(&t->cx, t->db, c->check, false, &counters, &different),
		  ZD_OK);
	assert_int_equal(different, 0);
}

/* What /metrics says of rows. */
static int64_t
counted(const char *verdict)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	char name[80];

	ingest_metrics_add();
	zd_metrics_text(&out);
	zd_out_write(&out, (struct zd_str){ "", 1 });
	snprintf(name, sizeof(name), "zd_ingest_rows_total{verdict=\"%s\"} ", verdict);
	const char *at = strstr(zd_out_str(&out).p, name);
	assert_non_null(at);
	return strtoll(at + strlen(name), NULL, 10);
}

/* --- what holds -------------------------------------------------------------------------- */

static void
statements_prepare(void **state)
{
	test_prepares(*state, ingest_sql_stmts, N(ingest_sql_stmts));
}

static void
good_rows_are_stored_and_bad_ones_kept_with_their_reason(void **state)
{
	struct test_db *t = *state;
	int64_t before[2] = { counted("accepted"), counted("rejected") };
	struct ingest_batch b = send_text(t, city_rows(t, 2500, true), ZD_NO_INT);
	struct ingest_reject reject;

	assert_int_equal(b.rows_done, 2500); /* more than a block */
	assert_int_equal(b.accepted, 2250);
	assert_int_equal(b.rejected, 250);
	assert_int_equal(b.outstanding, 250);
	assert_int_equal(counted("accepted") - before[0], 2250);
	assert_int_equal(counted("rejected") - before[1], 250);
	assert_rc(&t->cx,
		  ingest_sql_find_reject(&t->cx, t->db, &reject, .dept = DEPT, .batch = b.id,
					 .row = 4),
		  ZD_OK);
	assert_text(reject.field_title, "检查结果");
	assert_non_null(memmem(reject.errors.p, reject.errors.n, "77", 2));
	assert_non_null(memmem(reject.raw.p, reject.raw.n, "JC000003", 8));
	assert_sums_true(t);
	demolish(t);
}

static void
sending_again_changes_nothing_and_says_so(void **state)
{
	struct test_db *t = *state;
	struct zd_str text = city_rows(t, 2400, true);
	struct ingest_batch first = send_text(t, text, ZD_NO_INT),
			    second = send_text(t, text, ZD_NO_INT);

	assert_int_equal(second.accepted + second.updated, 0);
	assert_int_equal(second.unchanged, 2160);
	assert_int_equal(second.rejected, 240);
	/* the refused rows are outstanding once, in the newer batch */
	assert_rc(&t->cx, ingest_app_batch(&t->cx, t->db, DEPT, first.id, &first), ZD_OK);
	assert_int_equal(first.outstanding, 0);
	assert_int_equal(second.outstanding, 240);
	assert_sums_true(t);
	demolish(t);
}

static void
a_batch_key_makes_a_batch_once(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct ingest_order order = order_of(c, c->check, city_file(city_rows(t, 100, true)));
	struct ingest_batch first, again;
	bool repeated;

	order.batch_key = ZD_STR("2024-05");
	assert_rc(&t->cx, send(t, &order, &first, &repeated), ZD_OK);
	assert_false(repeated);
	assert_rc(&t->cx, send(t, &order, &again, &repeated), ZD_OK);
	assert_true(repeated);
	assert_true(again.id == first.id && again.accepted == 90 && again.rejected == 10);
	close(order.fd);
	order.fd = city_file(city_rows(t, 101, true));
	assert_rc(&t->cx, send(t, &order, &again, &repeated), ZD_CONFLICT);
	assert_non_null(strstr(t->cx.err.text, "2024-05"));
	close(order.fd);
	demolish(t);
}

static void
repaired_rows_close_what_was_refused(void **state)
{
	struct test_db *t = *state;
	struct ingest_batch b = send_text(t, city_rows(t, 200, true), ZD_NO_INT);

	assert_int_equal(b.outstanding, 20);
	struct ingest_batch repaired = send_text(t, city_rows(t, 200, false), ZD_NO_INT);
	assert_int_equal(repaired.accepted, 20);
	assert_int_equal(repaired.unchanged, 180);
	assert_rc(&t->cx, ingest_app_batch(&t->cx, t->db, DEPT, b.id, &b), ZD_OK);
	assert_int_equal(b.outstanding, 0);
	assert_sums_true(t);
	demolish(t);
}

static int32_t
state_of_row(struct test_db *t, int64_t batch, int64_t row)
{
	struct ingest_reject reject;

	assert_rc(&t->cx,
		  ingest_sql_find_reject(&t->cx, t->db, &reject, .dept = DEPT, .batch = batch,
					 .row = row),
		  ZD_OK);
	return reject.state;
}

static int64_t
outstanding_of(struct test_db *t, int64_t batch)
{
	struct ingest_batch b;

	assert_rc(&t->cx, ingest_app_batch(&t->cx, t->db, DEPT, batch, &b), ZD_OK);
	return b.outstanding;
}

/* Another visit than that of city_put_row: on another day. */
static void
put_other(struct zd_out *out, const char *code, const char *result)
{
	city_put_row(out, code, "乙", result, "");
	char *at = out->p + out->n - 1;
	while (strncmp(at, CITY_DAY, 10) != 0)
		at--;
	memcpy(at, "2024-01-09", 10);
}

/* Repaired is what the sender says he repairs; a right row of the same key elsewhere takes the place of the wrong one. */
static void
a_right_row_repairs_what_it_names_and_supersedes_the_rest(void **state)
{
	struct test_db *t = *state;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	struct ingest_reject reject;

	city_put_row(&out, "JC1", "甲", "77", "");
	struct ingest_batch first = send_text(t, zd_out_str(&out), ZD_NO_INT),
			    second = send_text(t, zd_out_str(&out), ZD_NO_INT);
	assert_int_equal(state_of_row(t, first.id, 1), INGEST_SUPERSEDED); /* refused again */
	assert_int_equal(outstanding_of(t, first.id), 0);
	out.n = 0;
	put_other(&out, "JC2", "77");
	struct ingest_batch third = send_text(t, zd_out_str(&out), ZD_NO_INT);
	out.n = 0;
	put_other(&out, "JC2", "01");
	city_put_row(&out, "JC1", "甲", "01", "");
	struct ingest_batch right = send_text(t, zd_out_str(&out), second.id);
	assert_int_equal(right.accepted, 2);
	/* found by its key, although another row stands in its place now */
	assert_rc(&t->cx,
		  ingest_sql_find_reject(&t->cx, t->db, &reject, .dept = DEPT, .batch = second.id,
					 .row = 1),
		  ZD_OK);
	assert_int_equal(reject.state, INGEST_REPAIRED);
	assert_int_equal(reject.closed_row, 2);
	assert_int_equal(state_of_row(t, third.id, 1), INGEST_SUPERSEDED);
	assert_int_equal(outstanding_of(t, second.id) + outstanding_of(t, third.id), 0);
	demolish(t);
}

/* Two things under one number: that the first is sent again says nothing about the second. */
static void
a_row_whose_key_was_in_doubt_is_not_closed_by_that_key(void **state)
{
	struct test_db *t = *state;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	city_put_row(&out, "JC1", "甲", "01", "");
	put_other(&out, "JC1", "02");
	struct ingest_batch doubt = send_text(t, zd_out_str(&out), ZD_NO_INT);
	assert_int_equal(doubt.accepted, 1);
	assert_int_equal(doubt.outstanding, 1);
	out.n = 0;
	city_put_row(&out, "JC1", "甲", "01", "");
	assert_int_equal(send_text(t, zd_out_str(&out), ZD_NO_INT).unchanged, 1);
	assert_int_equal(state_of_row(t, doubt.id, 2), INGEST_OUTSTANDING);
	assert_int_equal(outstanding_of(t, doubt.id), 1);
	put_other(&out, "JC2", "02");
	send_text(t, zd_out_str(&out), doubt.id);
	assert_int_equal(state_of_row(t, doubt.id, 2), INGEST_REPAIRED);
	assert_int_equal(outstanding_of(t, doubt.id), 0);
	demolish(t);
}

/* An earlier batch that goes on after an interruption is no answer to what was refused after it. */
static void
only_earlier_refusals_are_closed(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct ingest_batch early;
	bool repeated;

	city_put_row(&out, "JC1", "甲", "01", "");
	struct ingest_order order = order_of(c, c->check, city_file(zd_out_str(&out)));
	assert_rc(&t->cx, ingest_app_open(&t->cx, t->db, &order, &early, &repeated), ZD_OK);
	out.n = 0;
	city_put_row(&out, "JC1", "甲", "77", "");
	struct ingest_batch late = send_text(t, zd_out_str(&out), ZD_NO_INT);
	assert_rc(&t->cx, ingest_app_run(&t->cx, &c->env, &order, &early), ZD_OK);
	assert_int_equal(early.accepted, 1);
	assert_int_equal(state_of_row(t, late.id, 1), INGEST_OUTSTANDING);
	close(order.fd);
	demolish(t);
}

/* A row without a key is found again by its place, when the batch that it repairs is named. */
static void
rows_without_a_key_are_repaired_by_their_place(void **state)
{
	struct test_db *t = *state;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	city_put_row(&out, "", "无编号", "01", "");
	struct ingest_batch b = send_text(t, zd_out_str(&out), ZD_NO_INT);
	assert_int_equal(b.outstanding, 1);
	out.n = 0;
	city_put_row(&out, "JC900001", "无编号", "01", "");
	struct ingest_batch other = send_text(t, zd_out_str(&out), b.id);
	assert_int_equal(other.accepted, 1);
	assert_rc(&t->cx, ingest_app_batch(&t->cx, t->db, DEPT, b.id, &b), ZD_OK);
	assert_int_equal(b.outstanding, 0);
	demolish(t);
}

static void
the_list_is_the_law(void **state)
{
	struct test_db *t = *state;
	struct catalog_change quiet = { .item = zd_str_of(item),
					.what = CATALOG_SUSPENDED,
					.from = zd_day_of(2024, 1, 1),
					.reason = ZD_STR("机构改革") };
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct ingest_reject reject;

	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &quiet, 1), ZD_OK);
	city_put_row(&out, "JC1", "检查", "01", "");
	struct ingest_batch b = send_text(t, zd_out_str(&out), ZD_NO_INT);
	assert_int_equal(b.rejected, 1);
	assert_rc(&t->cx,
		  ingest_sql_find_reject(&t->cx, t->db, &reject, .dept = DEPT, .batch = b.id,
					 .row = 1),
		  ZD_OK);
	if (!memmem(reject.message.p, reject.message.n, "暂停", strlen("暂停")))
		fail_msg("%.*s", ZD_STR_ARG(reject.message));
	demolish(t);
}

/* An inspection that cites a penalty item beside its own. */
static struct zd_str
mixed_row(struct test_db *t)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	city_put_row(&out, "JC1", "检查", "01", "");
	const char *at = memmem(out.p, out.n, item, 14);
	return zd_str_printf(t->cx.arena, "%.*s,%s%.*s", (int)(at + 14 - out.p), out.p,
			     city_penalty, (int)(out.n - (size_t)(at + 14 - out.p)), at + 14);
}

static void
an_item_of_another_kind_of_power_is_refused_at_every_door(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct zd_str row = mixed_row(t);
	struct ingest_order order = order_of(c, c->check, city_file(row));
	struct ingest_env alone = { c->set, NULL };
	struct zd_out file ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct catalog_snapshot made, read;
	struct catalog_refs refs ZD_CLEANUP(catalog_refs_drop) = { .snapshot = &read,
								   .known_at = CATALOG_NOW };
	struct standard_refs answers = { 0 };
	struct ingest_reject reject;
	struct ingest_verdicts v;

	struct ingest_batch b = send_text(t, row, ZD_NO_INT);
	assert_int_equal(b.accepted, 0);
	assert_int_equal(b.rejected, 1);
	assert_rc(&t->cx,
		  ingest_sql_find_reject(&t->cx, t->db, &reject, .dept = DEPT, .batch = b.id,
					 .row = 1),
		  ZD_OK);
	assert_text(reject.rule, "check_action.supervise_item_implement_code.item_type");
	if (!memmem(reject.message.p, reject.message.n,
		    "事项「电梯超期使用的处罚」的行政类型是行政处罚", 60))
		fail_msg("%.*s", ZD_STR_ARG(reject.message));
	/* the city asked, and its snapshot read from a file */
	assert_rc(&t->cx, ingest_app_validate(&t->cx, &c->env, NULL, &order, NULL, NULL, &v),
		  ZD_OK);
	assert_int_equal(v.bad, 1);
	assert_rc(&t->cx, catalog_app_load(&t->cx, t->db, DEPT, &made), ZD_OK);
	assert_rc(&t->cx, catalog_app_load_known(&t->cx, t->db, c->set, DEPT, &made), ZD_OK);
	catalog_snapshot_format(&made, &file);
	assert_rc(&t->cx, catalog_snapshot_parse(&t->cx, zd_out_str(&file), &read), ZD_OK);
	catalog_refs_fill(&refs, &answers);
	order.fd = city_file(row);
	assert_rc(&t->cx, ingest_app_validate(&t->cx, &alone, &answers, &order, NULL, NULL, &v),
		  ZD_OK);
	assert_int_equal(v.bad, 1);
	assert_int_equal(v.unmade, 0);
	demolish(t);
}

/* Claiming would not cure it. */
static void
history_of_another_kind_of_power_is_refused_not_held(void **state)
{
	struct test_db *t = *state;
	struct catalog_city city;

	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	city.first_day = zd_day_of(2025, 1, 1);
	city.quarantine_open = 1;
	assert_rc(&t->cx, catalog_app_set_city(&t->cx, t->db, &city), ZD_OK);
	struct ingest_batch b = send_text(t, mixed_row(t), ZD_NO_INT);
	assert_int_equal(b.quarantined, 0);
	assert_int_equal(b.rejected, 1);
	demolish(t);
}

static void
first_day_history_goes_to_quarantine(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct catalog_city city;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct record r;

	assert_rc(&t->cx, catalog_app_city(&t->cx, t->db, &city), ZD_OK);
	city.first_day = zd_day_of(2025, 1, 1);
	city.quarantine_open = 1;
	assert_rc(&t->cx, catalog_app_set_city(&t->cx, t->db, &city), ZD_OK);
	city_put_row(&out, "JC1", "检查", "01", "");
	/* an item that nobody claimed */
	memcpy(memmem(out.p, out.n, item, 14), "31000101000009", 14);
	struct ingest_batch b = send_text(t, zd_out_str(&out), ZD_NO_INT);
	assert_int_equal(b.quarantined, 1);
	assert_int_equal(b.rejected, 0);
	assert_rc(&t->cx, record_find_key(&t->cx, t->db, c->check, DEPT, ZD_STR("JC1"), &r), ZD_OK);
	assert_int_equal(r.state, RECORD_QUARANTINED);
	assert_sums_true(t);
	demolish(t);
}

static void
the_same_visit_under_another_number_is_refused(void **state)
{
	struct test_db *t = *state;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct ingest_reject reject;

	city_put_row(&out, "JC1", "检查", "01", "");
	assert_int_equal(send_text(t, zd_out_str(&out), ZD_NO_INT).accepted, 1);
	out.n = 0;
	city_put_row(&out, "JC2", "检查", "01", "");
	struct ingest_batch b = send_text(t, zd_out_str(&out), ZD_NO_INT);
	assert_int_equal(b.rejected, 1);
	assert_rc(&t->cx,
		  ingest_sql_find_reject(&t->cx, t->db, &reject, .dept = DEPT, .batch = b.id,
					 .row = 1),
		  ZD_OK);
	assert_non_null(memmem(reject.errors.p, reject.errors.n, "JC1", 3));
	assert_non_null(memmem(reject.errors.p, reject.errors.n, "\"check\":5", 9));
	demolish(t);
}

static void
deletions_are_honoured(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct record r;
	struct ingest_batch b;

	b = send_text(t, city_rows(t, 3, false), ZD_NO_INT);
	assert_int_equal(b.accepted, 3);
	b = send_text(t,
		      ZD_STR("{\"check_action_code\":\"JC000001\",\"cd_operation\":\"d\"}\n"
			     "{\"check_action_code\":\"JC999999\",\"cd_operation\":\"d\"}\n"),
		      ZD_NO_INT);
	assert_int_equal(b.removed, 1);
	assert_int_equal(b.unchanged, 1);
	assert_rc(&t->cx, record_find_key(&t->cx, t->db, c->check, DEPT, ZD_STR("JC000001"), &r),
		  ZD_OK);
	assert_int_equal(r.state, RECORD_DELETED);
	assert_sums_true(t);
	demolish(t);
}

static void
validating_gives_the_verdicts_of_importing(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct zd_str text = city_rows(t, 1000, true);
	struct ingest_order order = order_of(c, c->check, city_file(text));
	struct ingest_verdicts v;

	assert_rc(&t->cx, ingest_app_validate(&t->cx, &c->env, NULL, &order, NULL, NULL, &v),
		  ZD_OK);
	assert_int_equal(v.good, 900);
	assert_int_equal(v.bad, 100);
	assert_int_equal(v.unmade, 0);
	struct ingest_env alone = { c->set, NULL };
	assert_rc(&t->cx, ingest_app_validate(&t->cx, &alone, NULL, &order, NULL, NULL, &v), ZD_OK);
	assert_int_equal(v.good, 900); /* no fault here needs the library */
	assert_true(v.unmade & 1U << STANDARD_CHECK_ITEM);
	close(order.fd);
	struct ingest_batch b = send_text(t, text, ZD_NO_INT);
	assert_int_equal(b.accepted, 900);
	demolish(t);
}

static void
a_file_without_a_required_column_is_refused_whole(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct ingest_order order =
		order_of(c, c->check, city_file(ZD_STR("检查行为编号,检察结果\nJC1,01\n")));
	struct ingest_batch batch;
	bool repeated;

	order.format = TABLE_CSV;
	assert_rc(&t->cx, send(t, &order, &batch, &repeated), ZD_INVALID);
	assert_non_null(strstr(t->cx.err.text, "检察结果"));
	assert_rc(&t->cx, ingest_app_batch(&t->cx, t->db, DEPT, batch.id, &batch), ZD_OK);
	assert_int_equal(batch.state, INGEST_FAILED);
	close(order.fd);
	demolish(t);
}

/* --- faults ------------------------------------------------------------------------------ */

struct one_block {
	struct ingest_order order;
	struct ingest_storing storing;
	struct ingest_batch batch;
};

/* The whole of a block in one call of its sink, without the retries: the loop must see each failure. */
static enum zd_rc
store(struct zd_cx *cx, const struct ingest_block *block, void *arg)
{
	return ingest_block_store_once(cx, block, arg);
}

static enum zd_rc
store_block(struct test_db *t, void *arg)
{
	struct one_block *o = arg;
	struct ingest_report report;
	struct ingest_source source = { .fd = o->order.fd, .format = TABLE_NDJSON };
	struct ingest_plan plan = { .standard = o->order.standard,
				    .dept = DEPT,
				    .today = t->cx.today,
				    .sink = store,
				    .sink_arg = &o->storing };

	return ingest_run(&t->cx, &source, &plan, &report);
}

static void
block_is_whole(struct test_db *t, bool done, void *arg)
{
	struct one_block *o = arg;
	struct city *c = t->fix;
	struct ingest_batch b;
	bool there;

	assert_rc(&t->cx, ingest_app_batch(&t->cx, t->db, DEPT, o->batch.id, &b), ZD_OK);
	assert_int_equal(b.rows_done, done ? 30 : 0);
	assert_int_equal(b.outstanding, done ? 3 : 0);
	assert_rc(&t->cx, record_exists(&t->cx, t->db, c->check, DEPT, ZD_STR("JC000000"), &there),
		  ZD_OK);
	assert_int_equal(there, done);
	assert_sums_true(t);
}

static void
a_block_is_stored_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct one_block o = { .order = order_of(c, c->check, city_file(city_rows(t, 30, true))) };
	bool repeated;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, ingest_app_open(&t->cx, t->db, &o.order, &o.batch, &repeated), ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, ingest_sql_start_batch(&t->cx, t->db, .dept = DEPT, .id = o.batch.id),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	o.storing = (struct ingest_storing){ .env = &c->env,
					     .order = &o.order,
					     .db = t->db,
					     .batch = o.batch.id,
					     .quarantine_before = ZD_NO_DAY,
					     .has_outstanding = true };
	assert_true(test_fault_loop(t, store_block, block_is_whole, &o) > 10);
	close(o.order.fd);
	demolish(t);
}

struct opening {
	struct ingest_order order;
};

static enum zd_rc
open_batch(struct test_db *t, void *arg)
{
	struct opening *o = arg;
	struct ingest_batch batch;
	bool repeated;

	return ingest_app_open(&t->cx, t->db, &o->order, &batch, &repeated);
}

static void
batch_is_there(struct test_db *t, bool done, void *arg)
{
	struct opening *o = arg;
	struct ingest_batch b;

	assert_rc(&t->cx,
		  ingest_sql_find_batch_by_key(&t->cx, t->db, &b, .dept = DEPT,
					       .standard = o->order.standard->name,
					       .batch_key = o->order.batch_key),
		  done ? ZD_OK : ZD_NOT_FOUND);
}

static void
a_batch_is_opened_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct city *c = t->fix;
	struct opening o = { order_of(c, c->check, city_file(city_rows(t, 3, false))) };

	o.order.batch_key = ZD_STR("k1");
	assert_true(test_fault_loop(t, open_batch, batch_is_there, &o) >= 4);
	close(o.order.fd);
	demolish(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(good_rows_are_stored_and_bad_ones_kept_with_their_reason, build),
		test_on_both(sending_again_changes_nothing_and_says_so, build),
		test_on_both(a_batch_key_makes_a_batch_once, build),
		test_on_both(repaired_rows_close_what_was_refused, build),
		test_on_both(a_right_row_repairs_what_it_names_and_supersedes_the_rest, build),
		test_on_both(a_row_whose_key_was_in_doubt_is_not_closed_by_that_key, build),
		test_on_both(only_earlier_refusals_are_closed, build),
		test_on_both(rows_without_a_key_are_repaired_by_their_place, build),
		test_on_both(the_list_is_the_law, build),
		test_on_both(an_item_of_another_kind_of_power_is_refused_at_every_door, build),
		test_on_both(history_of_another_kind_of_power_is_refused_not_held, build),
		test_on_both(first_day_history_goes_to_quarantine, build),
		test_on_both(the_same_visit_under_another_number_is_refused, build),
		test_on_both(deletions_are_honoured, build),
		test_on_both(validating_gives_the_verdicts_of_importing, build),
		test_on_both(a_file_without_a_required_column_is_refused_whole, build),
		test_on_both(a_block_is_stored_whole_or_not_at_all, build),
		test_on_both(a_batch_is_opened_whole_or_not_at_all, build),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
