/* Batches: opened once a key, run to their end, receipts from what was committed. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "catalog/catalog_app.h"
#include "ingest/ingest_block.h"
#include "ingest/ingest_sql.h"
#include "trust/audit.h"
#include "trust/trust_app.h"

/* --- opening ----------------------------------------------------------------------------- */

enum zd_rc
ingest_app_measure(struct zd_cx *cx, const struct ingest_order *order, struct ingest_content *ret)
{
	struct sm3_state *st ZD_CLEANUP(sm3_drop) = sm3_new();
	char *buf = zd_alloc(cx->arena, 1 << 16);
	int64_t at = 0;
	ssize_t n;

	sm3_add(st, order->standard->name);
	sm3_add(st, (struct zd_str){ "", 1 });
	while ((n = pread(order->fd, buf, 1 << 16, at)) > 0) {
		sm3_add(st, (struct zd_str){ buf, (size_t)n });
		at += n;
	}
	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "读取上传的文件失败");
	sm3_end(st, &ret->hash);
	ret->bytes = at;
	return ZD_OK;
}

static enum zd_rc
check_repairs(struct zd_cx *cx, struct db *db, const struct ingest_order *order)
{
	struct ingest_batch earlier;

	if (order->repairs == ZD_NO_INT)
		return ZD_OK;
	enum zd_rc rc =
		ingest_sql_find_batch(cx, db, &earlier, .dept = order->dept, .id = order->repairs);
	if (rc == ZD_OK && zd_str_equal(earlier.standard, order->standard->name))
		return ZD_OK;
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	return zd_fail(cx, ZD_NOT_FOUND, "repairs", "本部门没有可修正的「%.*s」批次%" PRId64,
		       ZD_STR_ARG(order->standard->title), order->repairs);
}

/* The batch of the sender's key: the same content goes on or is done; other content is a conflict. */
static enum zd_rc
take_up(struct zd_cx *cx, const struct ingest_batch *found, const struct sm3 *hash,
	bool *ret_repeated)
{
	struct zd_str given = { (const char *)hash->b, SM3_LEN };

	if (!zd_str_equal(found->content_hash, given))
		return zd_fail(cx, ZD_CONFLICT, "batch_key",
			       "批次号「%.*s」已用于内容不同的数据，请换一个批次号重新报送",
			       ZD_STR_ARG(found->batch_key));
	*ret_repeated = found->state == INGEST_DONE;
	return ZD_OK;
}

enum zd_rc
ingest_open_in(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
	       const struct ingest_content *content, struct ingest_batch *ret)
{
	struct zd_str hash = { (const char *)content->hash.b, SM3_LEN };
	int64_t id = zd_id_new();
	struct zd_str key =
		order->batch_key.n ? order->batch_key : zd_str_printf(cx->arena, "#%" PRId64, id);

	ZD_TRY(check_repairs(cx, db, order));
	ZD_TRY(ingest_sql_insert_batch(
		cx, db, .dept = order->dept, .id = id, .standard = order->standard->name,
		.source = order->source,
		.file_name = order->file_name.p ? order->file_name : ZD_STR(""),
		.file = order->file, .format = (int32_t)order->format, .batch_key = key,
		.content_hash = hash, .bytes = content->bytes, .repairs = order->repairs,
		.now = cx->now, .actor = cx->actor.id));
	struct audit_entry entry = { .act = "ingest.open",
				     .object = zd_str_printf(cx->arena, "batch:%" PRId64, id),
				     .detail = order->standard->name };
	ZD_TRY(audit_put(cx, db, &entry));
	return ingest_sql_find_batch(cx, db, ret, .dept = order->dept, .id = id);
}

static enum zd_rc
open_new(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
	 const struct ingest_content *content, struct ingest_batch *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(ingest_open_in(cx, db, order, content, ret));
	return db_commit(cx, &txn);
}

enum zd_rc
ingest_app_open(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
		struct ingest_batch *ret, bool *ret_repeated)
{
	struct ingest_content content;

	*ret_repeated = false;
	ZD_TRY(check_repairs(cx, db, order));
	ZD_TRY(ingest_app_measure(cx, order, &content));
	if (order->batch_key.n) {
		enum zd_rc rc = ingest_sql_find_batch_by_key(cx, db, ret, .dept = order->dept,
							     .standard = order->standard->name,
							     .batch_key = order->batch_key);
		if (rc == ZD_OK)
			return take_up(cx, ret, &content.hash, ret_repeated);
		if (rc != ZD_NOT_FOUND)
			return rc;
	}
	enum zd_rc rc = open_new(cx, db, order, &content, ret);
	if (rc != ZD_CONFLICT || !order->batch_key.n)
		return rc;
	/* two senders of one key at once: the other was first */
	ZD_TRY(ingest_sql_find_batch_by_key(cx, db, ret, .dept = order->dept,
					    .standard = order->standard->name,
					    .batch_key = order->batch_key));
	return take_up(cx, ret, &content.hash, ret_repeated);
}

/* --- references -------------------------------------------------------------------------- */

/* The judge's questions that only the library answers; on a connection of their own. */
struct library {
	struct zd_cx cx;
	const struct ingest_env *env;
	struct db *db;
	struct catalog_refs catalog;
	struct standard_refs refs;
	struct zd_str source; /* what cd_source may say; absent: anything */
};

static enum standard_answer
answer_record(void *arg, struct zd_str standard, int64_t dept, struct zd_str key)
{
	struct catalog_refs *catalog = arg;
	struct library *lib =
		(struct library *)((char *)catalog - offsetof(struct library, catalog));
	const struct standard *std = standard_find(lib->env->standards, standard);
	bool there = false;

	if (!std ||
	    record_exists(&lib->cx, lib->db, std, catalog_owner(std, dept), key, &there) != ZD_OK)
		return STANDARD_CANNOT_TELL;
	return there ? STANDARD_YES : STANDARD_NO;
}

/* By which the department's data are known (check 02). */
static enum zd_rc
find_source(struct zd_cx *cx, struct db *db, const struct ingest_order *order, struct zd_str *ret)
{
	struct trust_dept dept;

	*ret = order->dept_source;
	if (ret->p || !order->dept)
		return ZD_OK;
	enum zd_rc rc = trust_dept_find(cx, db, order->dept, &dept);
	if (rc == ZD_OK)
		*ret = trust_dept_source(cx->arena, &dept);
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

static enum zd_rc
open_library(struct zd_cx *cx, const struct ingest_env *env, const struct ingest_order *order,
	     struct library *ret)
{
	struct catalog_snapshot *snapshot = zd_new(cx->arena, struct catalog_snapshot);

	ret->env = env;
	ret->cx = *cx;
	ZD_TRY(db_pool_take(cx, env->pool, DB_READ, &ret->db));
	ZD_TRY(find_source(cx, ret->db, order, &ret->source));
	ZD_TRY(catalog_app_load(cx, ret->db, order->dept, snapshot));
	ret->catalog = (struct catalog_refs){ .snapshot = snapshot, .known_at = CATALOG_NOW };
	catalog_refs_fill(&ret->catalog, &ret->refs);
	ret->refs.record = answer_record;
	return ZD_OK;
}

static void
close_library(struct library *lib)
{
	catalog_refs_drop(&lib->catalog);
	if (lib->db)
		db_pool_give(lib->env->pool, lib->db);
}

/* --- running ----------------------------------------------------------------------------- */

struct connection {
	struct db_pool *pool;
	struct db *db;
};

static void
give_back(struct connection *c)
{
	if (c->db)
		db_pool_give(c->pool, c->db);
}

static enum zd_rc
set_state(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
	  struct ingest_batch *batch)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(ingest_sql_start_batch(cx, db, .dept = order->dept, .id = batch->id));
	return db_commit(cx, &txn);
}

static enum zd_rc
finish(struct zd_cx *cx, struct db *db, const struct ingest_order *order, int64_t id,
       const struct ingest_report *report)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(ingest_sql_finish_batch(cx, db, .dept = order->dept, .id = id,
				       .sheet = report->sheet, .notes = report->notes,
				       .now = cx->now));
	struct audit_entry entry = { .act = "ingest.finish",
				     .object = zd_str_printf(cx->arena, "batch:%" PRId64, id),
				     .detail = zd_str_printf(cx->arena, "rows=%" PRId64,
							     report->rows) };
	ZD_TRY(audit_put(cx, db, &entry));
	return db_commit(cx, &txn);
}

enum zd_rc
ingest_app_fail(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id, struct zd_str why)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct audit_entry entry = { .act = "ingest.fail",
				     .refused = true,
				     .object = zd_str_printf(cx->arena, "batch:%" PRId64, id) };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(ingest_sql_fail_batch(cx, db, .dept = dept, .id = id, .error = why, .now = cx->now));
	ZD_TRY(audit_put(cx, db, &entry));
	return db_commit(cx, &txn);
}

static enum zd_rc
prepare_storing(struct zd_cx *cx, const struct ingest_order *order,
		const struct ingest_batch *batch, struct ingest_storing *s)
{
	struct catalog_city city;
	struct ingest_sql_has_outstanding_out any;

	ZD_TRY(catalog_app_city(cx, s->db, &city));
	s->quarantine_before = city.quarantine_open ? city.first_day : ZD_NO_DAY;
	enum zd_rc rc = ingest_sql_has_outstanding(cx, s->db, &any, .dept = order->dept,
						   .standard = order->standard->name);
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	s->has_outstanding = rc == ZD_OK;
	s->batch = batch->id;
	s->rows_done = batch->rows_done;
	return set_state(cx, s->db, order, (struct ingest_batch *)(uintptr_t)batch);
}

enum zd_rc
ingest_app_run(struct zd_cx *cx, const struct ingest_env *env, const struct ingest_order *order,
	       struct ingest_batch *ret)
{
	struct library library ZD_CLEANUP(close_library) = { 0 };
	struct connection writer ZD_CLEANUP(give_back) = { .pool = env->pool };
	struct ingest_source source = { .fd = order->fd,
					.format = order->format,
					.bytes = ret->bytes_total };
	struct ingest_report report;
	int64_t id = ret->id;

	ZD_TRY(open_library(cx, env, order, &library));
	ZD_TRY(db_pool_take(cx, env->pool, DB_WRITE, &writer.db));
	struct ingest_storing storing = { .env = env, .order = order, .db = writer.db };
	ZD_TRY(prepare_storing(cx, order, ret, &storing));
	struct ingest_plan plan = {
		.standard = order->standard,
		.refs = &library.refs,
		.dept = order->dept,
		.dept_source = library.source,
		.today = cx->today,
		.skip_rows = ret->rows_done,
		.sink = ingest_block_store,
		.sink_arg = &storing,
	};
	enum zd_rc rc = ingest_run(cx, &source, &plan, &report);
	if (rc == ZD_INVALID || rc == ZD_TOO_LARGE) {
		struct zd_err why = cx->err;
		ZD_TRY(ingest_app_fail(cx, writer.db, order->dept, id, zd_str_of(why.text)));
		cx->err = why;
	}
	ZD_TRY(rc);
	ZD_TRY(finish(cx, writer.db, order, id, &report));
	return ingest_sql_find_batch(cx, writer.db, ret, .dept = order->dept, .id = id);
}

/* --- judging only ------------------------------------------------------------------------ */

struct judging {
	const struct ingest_order *order;
	struct db *db; /* for the merging check, or NULL */
	ingest_bad_row_fn *each;
	void *arg;
	struct ingest_verdicts *verdicts;
};

static enum zd_rc
count_block(struct zd_cx *cx, const struct ingest_block *block, void *arg)
{
	struct judging *j = arg;

	if (j->db)
		ZD_TRY(ingest_block_merge(cx, j->db, j->order, block));
	for (size_t i = 0; i < block->n; i++) {
		j->verdicts->rows++;
		if (block->rows[i].verdict.good) {
			j->verdicts->good++;
			continue;
		}
		j->verdicts->bad++;
		if (j->each)
			ZD_TRY(j->each(cx, &block->rows[i], j->arg));
	}
	return ZD_OK;
}

enum zd_rc
ingest_app_validate(struct zd_cx *cx, const struct ingest_env *env,
		    const struct standard_refs *refs, const struct ingest_order *order,
		    ingest_bad_row_fn *each, void *arg, struct ingest_verdicts *ret)
{
	struct library library ZD_CLEANUP(close_library) = { 0 };
	struct connection reader ZD_CLEANUP(give_back) = { .pool = env->pool };
	struct ingest_source source = { .fd = order->fd, .format = order->format };
	struct ingest_report report;

	*ret = (struct ingest_verdicts){ 0 };
	if (!refs && env->pool) {
		ZD_TRY(open_library(cx, env, order, &library));
		ZD_TRY(db_pool_take(cx, env->pool, DB_READ, &reader.db));
		refs = &library.refs;
	}
	struct judging judging = { order, reader.db, each, arg, ret };
	struct ingest_plan plan = {
		.standard = order->standard,
		.refs = refs,
		.dept = order->dept,
		.dept_source = library.db ? library.source : order->dept_source,
		.today = cx->today,
		.sink = count_block,
		.sink_arg = &judging,
	};
	ZD_TRY(ingest_run(cx, &source, &plan, &report));
	ret->unmade = report.unmade;
	if (reader.db) /* the merging check was made against the library, block by block */
		ret->unmade &= ~(1U << STANDARD_CHECK_MERGE);
	ret->notes = report.notes;
	ret->sheet = report.sheet;
	return ZD_OK;
}

/* --- looking and closing ----------------------------------------------------------------- */

enum zd_rc
ingest_app_batch(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id,
		 struct ingest_batch *ret)
{
	enum zd_rc rc = dept == ZD_NO_INT
				? ingest_sql_find_batch_of_id(cx, db, ret, .id = id)
				: ingest_sql_find_batch(cx, db, ret, .dept = dept, .id = id);

	return rc == ZD_NOT_FOUND ? zd_fail(cx, rc, "id", "没有这个批次，或不在您的查看范围内")
				  : rc;
}

enum zd_rc
ingest_app_reject(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch, int64_t row,
		  struct ingest_reject *ret)
{
	enum zd_rc rc =
		ingest_sql_find_reject(cx, db, ret, .dept = dept, .batch = batch, .row = row);

	return rc == ZD_NOT_FOUND
		       ? zd_fail(cx, rc, "row", "这个批次的第 %" PRId64 " 行没有被退回", row)
		       : rc;
}

enum zd_rc
ingest_app_rejects(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch, bool outstanding,
		   int64_t after, int64_t limit, db_row_fn *each, void *arg)
{
	if (outstanding)
		return ingest_sql_list_open_rejects(cx, db, each, arg, .dept = dept, .batch = batch,
						    .after = after, .limit = limit);
	return ingest_sql_list_rejects(cx, db, each, arg, .dept = dept, .batch = batch,
				       .after = after, .limit = limit);
}

enum zd_rc
ingest_app_causes(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch, db_row_fn *each,
		  void *arg)
{
	return ingest_sql_list_causes(cx, db, each, arg, .dept = dept, .batch = batch);
}

enum zd_rc
ingest_app_batch_of_key(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str standard,
			struct zd_str key, struct ingest_batch *ret)
{
	return ingest_sql_find_batch_by_key(cx, db, ret, .dept = dept, .standard = standard,
					    .batch_key = key);
}

enum zd_rc
ingest_app_outstanding(struct zd_cx *cx, struct db *db, int64_t dept,
		       struct ingest_outstanding *ret)
{
	return dept == ZD_NO_INT ? ingest_sql_sum_outstanding_of_all(cx, db, ret)
				 : ingest_sql_sum_outstanding(cx, db, ret, .dept = dept);
}

enum zd_rc
ingest_app_discard(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch, int64_t row,
		   struct zd_str reason)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	const struct ingest_sql_drop_outstanding_in drop = { .dept = dept, .batch = batch, .n = 1 };

	if (zd_utf8_length(reason) < 2)
		return zd_fail(cx, ZD_INVALID, "reason", "请填写不再报送这一行的原因");
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(ingest_sql_discard_reject(cx, db, .dept = dept, .batch = batch, .row = row,
					 .reason = reason, .now = cx->now, .actor = cx->actor.id));
	ZD_TRY(ingest_sql_drop_outstanding(cx, db, &drop, 1));
	struct audit_entry entry = { .act = "ingest.discard",
				     .object = zd_str_printf(
					     cx->arena, "batch:%" PRId64 "/%" PRId64, batch, row),
				     .detail = reason };
	ZD_TRY(audit_put(cx, db, &entry));
	return db_commit(cx, &txn);
}

static const char *
state_name(int32_t state)
{
	static const char *const names[] = { "", "waiting", "running", "done", "failed" };

	return state > 0 && (size_t)state < ZD_COUNT(names) ? names[state] : "";
}

void
ingest_receipt_json(struct zd_out *out, const struct ingest_batch *b, bool repeated)
{
	zd_out_printf(out, "{\"batch\":\"%" PRId64 "\",\"standard\":", b->id);
	zd_out_json(out, b->standard);
	zd_out_printf(out, ",\"state\":\"%s\",\"repeated\":%s", state_name(b->state),
		      repeated ? "true" : "false");
	zd_out_printf(out, ",\"rows\":%" PRId64 ",\"accepted\":%" PRId64 ",\"updated\":%" PRId64,
		      b->rows_done, b->accepted, b->updated);
	zd_out_printf(out,
		      ",\"unchanged\":%" PRId64 ",\"removed\":%" PRId64 ",\"quarantined\":%" PRId64,
		      b->unchanged, b->removed, b->quarantined);
	zd_out_printf(out, ",\"rejected\":%" PRId64 ",\"outstanding\":%" PRId64, b->rejected,
		      b->outstanding);
	zd_out_printf(out, ",\"errors\":\"/api/v1/batches/%" PRId64 "/errors\"", b->id);
	if (b->notes.n) {
		zd_out_write(out, ZD_STR(",\"notes\":"));
		zd_out_json(out, b->notes);
	}
	if (b->error.n) {
		zd_out_write(out, ZD_STR(",\"error\":"));
		zd_out_json(out, b->error);
	}
	zd_out_write(out, ZD_STR("}"));
}
