/* zhaodan import, validate: rows of a file through the one door, or only judged. */
#include <inttypes.h>
#include <string.h>

#include "base/app.h"
#include "base/json.h"
#include "catalog/catalog_app.h"
#include "cli/commands.h"
#include "cli/rows.h"
#include "cli/snapshot.h"
#include "ingest/ingest_app.h"
#include "ingest/ingest_return.h"

struct rows_args {
	struct zd_str file, standard, department, errors, batch_key, snapshot;
	int64_t repairs;
	bool each;
};

#define ROWS_ARGS                                                                                  \
	CLI_ARG_TEXT(struct rows_args, file, .value = "FILE", .operand = true, .required = true,   \
		     .about = "csv、xlsx 或 ndjson 文件（可用 gzip、zstd 压缩）"),                 \
		CLI_ARG_TEXT(struct rows_args, standard, .value = "NAME", .required = true,        \
			     .about = "数据标准，见 zhaodan standards"),                           \
		CLI_ARG_TEXT(struct rows_args, department, .value = "CODE",                        \
			     .about = "报送部门的编码"),                                           \
		CLI_ARG_TEXT(struct rows_args, errors, .value = "OUT",                             \
			     .about = "把有错的行连同原因写入此文件（xlsx 原样退回并标注）")

static const struct cli_arg import_args[] = {
	ROWS_ARGS,
	CLI_ARG_TEXT(struct rows_args, batch_key, .value = "KEY",
		     .about = "批次号：同一批次号只导入一次，中断后接着导"),
	CLI_ARG_INT(struct rows_args, repairs, .value = "BATCH", .about = "本文件修正的是哪个批次"),
	{ 0 },
};
static const struct cli_arg validate_args[] = {
	ROWS_ARGS,
	CLI_ARG_TEXT(struct rows_args, snapshot, .value = "FILE",
		     .about = "清单快照(zhaodan export --snapshot "
			      "导出），不连数据库也能核对事项、清单、证号"),
	CLI_ARG_SWITCH(struct rows_args, each, .about = "逐条输出每个错误"),
	{ 0 },
};

/* --- import ------------------------------------------------------------------------------ */

static struct zd_str
base_name(struct zd_str path)
{
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
	size_t skip = slash ? (size_t)(slash - path.p) + 1 : 0;

	return (struct zd_str){ path.p + skip, path.n - skip };
}

static enum zd_rc
open_batch(struct zd_cx *cx, struct app *app, const struct ingest_order *order,
	   struct ingest_batch *ret, bool *ret_repeated)
{
	struct db *db ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &db));
	return ingest_app_open(cx, db, order, ret, ret_repeated);
}

static enum zd_rc
write_errors(struct zd_cx *cx, struct app *app, const struct ingest_batch *batch,
	     const struct rows *rows, struct zd_str out)
{
	struct db *db ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(db_pool_take(cx, app->pool, DB_READ, &db));
	return ingest_return_batch(cx, db, app->standards, batch, rows->fd,
				   zd_str_copy(cx->arena, out).p);
}

static void
tell_receipt(struct cli_call *call, const struct ingest_batch *batch, bool repeated)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	ingest_receipt_json(&out, batch, repeated);
	cli_line(call, &out);
	if (batch->notes.n)
		cli_say(call, "%.*s", ZD_STR_ARG(batch->notes));
	if (batch->rejected)
		cli_say(call, "有 %" PRId64 " 行未通过核对，改正后重传即可，已通过的行不受影响。",
			batch->rejected);
	call->partial = batch->rejected > 0;
}

/* What an order of this command says: whose, of which standard, what is in the file. */
static enum zd_rc
fill_order(struct zd_cx *cx, const struct cli_call *call, const struct standard_set *set,
	   struct rows *rows, struct ingest_order *order)
{
	const struct rows_args *args = call->args;
	const struct app *app = call->app;

	ZD_TRY(rows_standard(cx, set, args->standard, &order->standard));
	if (app && !args->snapshot.p)
		ZD_TRY(rows_department(cx, call->app, order->standard, args->department,
				       &order->dept));
	ZD_TRY(rows_open(cx, args->file, app ? app->spool : "/tmp", rows));
	order->fd = rows->fd;
	order->format = rows->format;
	return ZD_OK;
}

static enum zd_rc
run_import(struct zd_cx *cx, struct cli_call *call)
{
	const struct rows_args *args = call->args;
	struct app *app = call->app;
	struct rows rows ZD_CLEANUP(rows_close) = { -1, -1, TABLE_CSV };
	struct ingest_env env = { app->standards, app->pool };
	struct ingest_order order = { .source = ZD_STR("cli"),
				      .file = ZD_NO_INT,
				      .repairs = args->repairs,
				      .batch_key = args->batch_key,
				      .file_name = base_name(args->file) };
	struct ingest_batch batch;
	bool repeated;

	ZD_TRY(fill_order(cx, call, app->standards, &rows, &order));
	ZD_TRY(open_batch(cx, app, &order, &batch, &repeated));
	if (!repeated)
		ZD_TRY(ingest_app_run(cx, &env, &order, &batch));
	tell_receipt(call, &batch, repeated);
	if (batch.rejected && args->errors.p)
		ZD_TRY(write_errors(cx, app, &batch, &rows, args->errors));
	return ZD_OK;
}

/* --- validate ---------------------------------------------------------------------------- */

struct judging {
	struct cli_call *call;
	const struct standard *std;
	bool each;
	struct ingest_returning *returning;
};

static enum zd_rc
tell_row(struct zd_cx *cx, const struct ingest_row *row, void *arg)
{
	struct judging *j = arg;

	for (size_t i = 0; j->each && i < row->verdict.n_errors; i++) {
		struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
		ingest_error_json(&out, j->std, &row->verdict.errors[i]);
		cli_line(j->call, &out);
	}
	return j->returning ? ingest_returning_add(cx, j->returning, row) : ZD_OK;
}

static enum zd_rc
read_snapshot(struct zd_cx *cx, struct zd_str file, struct catalog_snapshot *ret)
{
	struct zd_str text;

	ZD_TRY(snapshot_read(cx, zd_str_copy(cx->arena, file).p, &text));
	return catalog_snapshot_parse(cx, text, ret);
}

static void
put_unmade(struct zd_out *out, uint32_t unmade)
{
	static const char *const names[] = { "form", "code",    "source",   "item", "list", "merge",
					     "uscc", "id_card", "relation", "key",  "time" };
	const char *before = "";

	zd_out_write(out, ZD_STR(",\"not_checked\":["));
	for (size_t i = 0; i < ZD_COUNT(names); i++)
		if (unmade & 1U << i) {
			zd_out_printf(out, "%s\"%s\"", before, names[i]);
			before = ",";
		}
	zd_out_write(out, ZD_STR("]"));
}

static void
report(struct cli_call *call, const struct ingest_verdicts *v)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	zd_out_printf(&out, "{\"rows\":%" PRId64 ",\"good\":%" PRId64 ",\"bad\":%" PRId64, v->rows,
		      v->good, v->bad);
	put_unmade(&out, v->unmade);
	zd_out_write(&out, ZD_STR("}"));
	cli_line(call, &out);
	if (v->notes.n)
		cli_say(call, "%.*s", ZD_STR_ARG(v->notes));
	if (v->unmade)
		cli_say(call, "not_checked 列出的检查需要清单或数据库，本次未做：请加 --data 或 "
			      "--snapshot 再核对。");
}

/* The library, the snapshot, or nobody answers the references. */
static enum zd_rc
judge(struct zd_cx *cx, struct cli_call *call, const struct standard_set *set,
      struct ingest_order *order, struct judging *j, struct ingest_verdicts *ret)
{
	const struct rows_args *args = call->args;
	struct ingest_env env = { set, call->app ? call->app->pool : NULL };
	struct catalog_snapshot snapshot;
	struct catalog_refs refs ZD_CLEANUP(catalog_refs_drop) = { .snapshot = &snapshot,
								   .known_at = CATALOG_NOW };
	struct standard_refs answers = { 0 };

	if (args->snapshot.p) {
		ZD_TRY(read_snapshot(cx, args->snapshot, &snapshot));
		catalog_refs_fill(&refs, &answers);
		order->dept = catalog_owner(order->standard, snapshot.dept);
		order->dept_source = order->dept ? snapshot.source : (struct zd_str){ 0 };
		env.pool = NULL;
	}
	return ingest_app_validate(cx, &env, args->snapshot.p ? &answers : NULL, order, tell_row, j,
				   ret);
}

/* The standards of the city, or the program's own. */
static enum zd_rc
find_set(struct zd_cx *cx, const struct cli_call *call, const struct standard_set **ret)
{
	struct standard_set *own = NULL;

	if (!call->app)
		ZD_TRY(standard_load(cx, &own));
	*ret = call->app ? call->app->standards : own;
	return ZD_OK;
}

static enum zd_rc
run_validate(struct zd_cx *cx, struct cli_call *call)
{
	const struct rows_args *args = call->args;
	struct rows rows ZD_CLEANUP(rows_close) = { -1, -1, TABLE_CSV };
	struct ingest_order order = { .source = ZD_STR("cli"),
				      .file = ZD_NO_INT,
				      .repairs = ZD_NO_INT };
	const struct standard_set *set;
	struct ingest_returning returning ZD_CLEANUP(ingest_returning_drop) = { 0 };
	struct ingest_verdicts verdicts;

	ZD_TRY(find_set(cx, call, &set));
	ZD_TRY(fill_order(cx, call, set, &rows, &order));
	struct judging j = { call, order.standard, args->each, NULL };
	if (args->errors.p) {
		ingest_returning_start(&returning, order.standard);
		j.returning = &returning;
	}
	ZD_TRY(judge(cx, call, set, &order, &j, &verdicts));
	report(call, &verdicts);
	if (args->errors.p && verdicts.bad)
		ZD_TRY(ingest_returning_write(cx, &returning, rows.fd, rows.format, verdicts.sheet,
					      zd_str_copy(cx->arena, args->errors).p));
	call->partial = verdicts.bad > 0;
	return ZD_OK;
}

const struct cli_command cmd_import[] = {
	{
		.name = "import",
		.about = "把文件中的记录导入，逐行核对：好的入库，有错的退回并说明原因",
		.help = "数据一经回执即已落盘。重复导入同一文件不会重复入库。\n"
			"文件整体不可用（缺必填列、不是表格）时退出码为 "
			"1，一行也不导入；部分行有错时为 3。",
		.prints = "{\"batch\",\"rows\",\"accepted\",\"updated\",\"unchanged\",\"removed\","
			  "\"quarantined\",\"rejected\",\"outstanding\"}",
		.needs = CLI_APP,
		.args = import_args,
		.args_size = sizeof(struct rows_args),
		.run = run_import,
	},
	{
		.name = "validate",
		.about = "只核对、不导入：与导入完全相同的判定",
		.help = "不加 --data 时核对不需要数据库的全部规则，并说明哪些检查没有做；加 "
			"--snapshot 可离线核对事项与清单。",
		.prints = "{\"rows\",\"good\",\"bad\",\"not_checked\"};加 --each 时每个错误一行",
		.needs = CLI_APP_IF_GIVEN,
		.args = validate_args,
		.args_size = sizeof(struct rows_args),
		.run = run_validate,
	},
	{ 0 },
};
