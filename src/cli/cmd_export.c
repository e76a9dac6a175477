/* zhaodan export: records in a file that can be imported again; a signed snapshot for judging offline. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "catalog/catalog_app.h"
#include "cli/commands.h"
#include "cli/rows.h"
#include "cli/snapshot.h"
#include "crypto/crypto.h"
#include "record/record.h"
#include "trust/trust_app.h"

struct export_args {
	struct zd_str standard, department, file;
	int32_t from, to;
	int64_t limit;
	bool snapshot;
};
static const struct cli_arg export_args[] = {
	CLI_ARG_TEXT(struct export_args, file, .value = "FILE", .operand = true, .required = true,
		     .about = "写到这个文件，格式看扩展名：csv、xlsx、ndjson"),
	CLI_ARG_TEXT(struct export_args, standard, .value = "NAME", .about = "数据标准"),
	CLI_ARG_TEXT(struct export_args, department, .value = "CODE", .about = "只要这个部门的"),
	CLI_ARG_DAY(struct export_args, from, .value = "DATE", .about = "只要这一天及以后的"),
	CLI_ARG_DAY(struct export_args, to, .value = "DATE", .about = "只要这一天及以前的"),
	CLI_ARG_INT(struct export_args, limit, .value = "N", .min = 1, .max = INT64_MAX,
		    .about = "最多这么多行"),
	CLI_ARG_SWITCH(struct export_args, snapshot,
		       .about =
			       "改为导出该部门的清单快照（签名），供 validate --snapshot 离线核对"),
	{ 0 },
};

/* --- records ----------------------------------------------------------------------------- */

struct exporting {
	struct table_writer *writer;
	const struct standard *std;
	int64_t rows;
};

static enum zd_rc
write_record(struct zd_cx *cx, const struct record *record, void *arg)
{
	struct exporting *e = arg;

	e->rows++;
	return table_write(cx, e->writer, record->v);
}

static enum table_format
format_of(struct zd_str file)
{
	if (file.n > 5 && memcmp(file.p + file.n - 5, ".xlsx", 5) == 0)
		return TABLE_XLSX;
	return file.n > 7 && memcmp(file.p + file.n - 7, ".ndjson", 7) == 0 ? TABLE_NDJSON
									    : TABLE_CSV;
}

static enum zd_rc
open_writer(struct zd_cx *cx, const struct export_args *args, struct exporting *e)
{
	struct table_column *columns =
		zd_new_array(cx->arena, struct table_column, e->std->n_fields + 1);
	enum table_format format = format_of(args->file);

	for (size_t i = 0; i < e->std->n_fields; i++)
		columns[i] = (struct table_column){ .heading = format == TABLE_NDJSON
								       ? e->std->fields[i].name
								       : e->std->fields[i].title,
						    .width = 18 };
	return table_writer_open(cx, zd_str_copy(cx->arena, args->file).p, format, e->std->title,
				 columns, e->std->n_fields, &e->writer);
}

static enum zd_rc
stream(struct zd_cx *cx, const struct app *app, const struct export_args *args, int64_t dept,
       struct exporting *e)
{
	struct db *db ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(db_pool_take(cx, app->pool, DB_READ, &db));
	return record_stream(cx, db, e->std, dept, args->from == ZD_NO_DAY ? ZD_NO_DAY : args->from,
			     args->to, 0, args->limit == ZD_NO_INT ? 0 : args->limit, write_record,
			     e);
}

static enum zd_rc
export_records(struct zd_cx *cx, struct cli_call *call)
{
	const struct export_args *args = call->args;
	struct exporting e = { 0 };
	int64_t dept = ZD_NO_INT;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1024 };

	ZD_TRY(rows_standard(cx, call->app->standards, args->standard, &e.std));
	if (args->department.n)
		ZD_TRY(rows_department(cx, call->app, e.std, args->department, &dept));
	ZD_TRY(open_writer(cx, args, &e));
	enum zd_rc rc = stream(cx, call->app, args, dept, &e);
	if (rc != ZD_OK) {
		table_writer_drop(&e.writer);
		return rc;
	}
	ZD_TRY(table_writer_close(cx, e.writer));
	zd_out_printf(&out, "{\"rows\":%" PRId64 "}", e.rows);
	cli_line(call, &out);
	return ZD_OK;
}

/* --- the snapshot ------------------------------------------------------------------------ */

/* By which its data are known (check 02). */
static enum zd_rc
find_source(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str *ret)
{
	struct trust_dept found;

	ZD_TRY(trust_dept_find(cx, db, dept, &found));
	*ret = trust_dept_source(cx->arena, &found);
	return ZD_OK;
}

static enum zd_rc
load_snapshot(struct zd_cx *cx, const struct app *app, int64_t dept, struct catalog_snapshot *ret)
{
	struct db *db;

	ZD_TRY(db_pool_take(cx, app->pool, DB_READ, &db));
	enum zd_rc rc = catalog_app_load(cx, db, dept, ret);
	if (rc == ZD_OK)
		rc = find_source(cx, db, dept, &ret->source);
	if (rc == ZD_OK)
		rc = catalog_app_load_known(cx, db, app->standards, dept, ret);
	db_pool_give(app->pool, db);
	return rc;
}

static enum zd_rc
export_snapshot(struct zd_cx *cx, struct cli_call *call)
{
	const struct export_args *args = call->args;
	const struct standard *std = standard_find(call->app->standards, ZD_STR("check_action"));
	struct zd_out body ZD_CLEANUP(zd_out_drop) = { .max = SNAPSHOT_MAX },
			   out ZD_CLEANUP(zd_out_drop) = { .max = 1024 };
	struct catalog_snapshot snapshot;
	int64_t dept;

	ZD_TRY(rows_department(cx, call->app, std, args->department, &dept));
	ZD_TRY(load_snapshot(cx, call->app, dept, &snapshot));
	catalog_snapshot_format(&snapshot, &body);
	ZD_TRY(snapshot_write(cx, call->app, zd_out_str(&body),
			      zd_str_copy(cx->arena, args->file).p));
	zd_out_printf(&out, "{\"events\":%zu,\"lists\":%zu,\"officers\":%zu,\"known\":%zu}",
		      snapshot.n_events, snapshot.n_lists, snapshot.n_officers, snapshot.n_known);
	cli_line(call, &out);
	return ZD_OK;
}

static enum zd_rc
run_export(struct zd_cx *cx, struct cli_call *call)
{
	const struct export_args *args = call->args;

	if (args->snapshot)
		return export_snapshot(cx, call);
	if (!args->standard.p)
		return zd_fail(cx, ZD_INVALID, "standard", "请用 --standard 指明导出哪个数据标准");
	return export_records(cx, call);
}

const struct cli_command cmd_export[] = {
	{
		.name = "export",
		.about = "导出记录（可以原样再导入），或签名的清单快照",
		.prints = "{\"rows\"}",
		.needs = CLI_APP,
		.args = export_args,
		.args_size = sizeof(struct export_args),
		.run = run_export,
	},
	{ 0 },
};
