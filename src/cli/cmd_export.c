/* zhaodan export: records in a file that can be imported again; a signed snapshot for judging offline. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "catalog/catalog_app.h"
#include "cli/app.h"
#include "cli/cmd_rows.h"
#include "cli/commands.h"
#include "crypto/crypto.h"
#include "record/record.h"
#include "trust/trust_app.h"

#define SNAPSHOT_MAX ((size_t)1 << 30)

struct export_args {
	struct zd_str standard, department, file;
	int32_t from, to;
	int64_t limit;
	bool snapshot;
};
static const struct cli_arg export_args[] = {
	CLI_ARG_TEXT(struct export_args, file, .value = "FILE", .operand = true, .required = true,
		     .about = "写到这个文件,格式看扩展名:csv、xlsx、ndjson"),
	CLI_ARG_TEXT(struct export_args, standard, .value = "NAME", .about = "数据标准"),
	CLI_ARG_TEXT(struct export_args, department, .value = "CODE", .about = "只要这个部门的"),
	CLI_ARG_DAY(struct export_args, from, .value = "DATE", .about = "只要这一天及以后的"),
	CLI_ARG_DAY(struct export_args, to, .value = "DATE", .about = "只要这一天及以前的"),
	CLI_ARG_INT(struct export_args, limit, .value = "N", .min = 1, .max = INT64_MAX,
		    .about = "最多这么多行"),
	CLI_ARG_SWITCH(struct export_args, snapshot,
		       .about = "改为导出该部门的清单快照(签名),供 validate --snapshot 离线核对"),
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
	struct db *db;

	ZD_TRY(db_pool_take(cx, app->pool, DB_READ, &db));
	enum zd_rc rc = record_stream(cx, db, e->std, dept,
				      args->from == ZD_NO_DAY ? ZD_NO_DAY : args->from, args->to, 0,
				      args->limit == ZD_NO_INT ? 0 : args->limit, write_record, e);
	db_pool_give(app->pool, db);
	return rc;
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

static const struct zd_str seal_mark = ZD_LIT("\n#sm2 ");

/* The body, then "#sm2 BASE64-SIGNATURE BASE64-PUBLIC-KEY". */
enum zd_rc
snapshot_write(struct zd_cx *cx, const struct app *app, struct zd_str body, const char *path)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = SNAPSHOT_MAX };
	struct zd_str der, pem;

	ZD_TRY(sm2_sign(cx, app->keys.log, body, &der));
	ZD_TRY(sm2_to_pem(cx, app->keys.log, false, &pem));
	zd_out_write(&out, body);
	zd_out_write(&out, seal_mark);
	zd_out_write(&out, crypto_base64(cx->arena, der));
	zd_out_write(&out, ZD_STR(" "));
	zd_out_write(&out, crypto_base64(cx->arena, pem));
	zd_out_write(&out, ZD_STR("\n"));
	if (out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "清单快照超过 1 GiB");
	return app_write_file(cx, path, zd_out_str(&out));
}

static enum zd_rc
check_seal(struct zd_cx *cx, struct zd_str body, struct zd_str seal)
{
	struct sm2_key *key ZD_CLEANUP(sm2_drop) = NULL;
	const char *space = memchr(seal.p, ' ', seal.n);
	struct zd_str der, pem;

	if (!space)
		return zd_fail(cx, ZD_INVALID, "snapshot", "清单快照的签名不完整,请重新导出");
	struct zd_str first = { seal.p, (size_t)(space - seal.p) },
		      second = { space + 1, seal.n - first.n - 1 };
	if (!crypto_unbase64(cx->arena, first, &der) ||
	    !crypto_unbase64(cx->arena, zd_str_trim(second), &pem))
		return zd_fail(cx, ZD_INVALID, "snapshot", "清单快照的签名不完整,请重新导出");
	ZD_TRY(sm2_from_pem(cx, pem, &key));
	if (!sm2_verify(key, body, der))
		return zd_fail(cx, ZD_INVALID, "snapshot",
			       "清单快照的签名不符:文件被改动过,请重新导出");
	return ZD_OK;
}

enum zd_rc
snapshot_read(struct zd_cx *cx, const char *path, struct zd_str *ret)
{
	struct zd_str text;

	ZD_TRY(app_read_large_file(cx, path, SNAPSHOT_MAX, &text));
	const char *mark = memmem(text.p, text.n, seal_mark.p, seal_mark.n);
	if (!mark)
		return zd_fail(cx, ZD_INVALID, "snapshot", "%s 不是签名的清单快照", path);
	struct zd_str body = { text.p, (size_t)(mark - text.p) };
	struct zd_str seal = { mark + seal_mark.n, text.n - body.n - seal_mark.n };
	ZD_TRY(check_seal(cx, body, seal));
	*ret = body;
	return ZD_OK;
}

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
		.about = "导出记录(可以原样再导入),或签名的清单快照",
		.prints = "{\"rows\"}",
		.needs = CLI_APP,
		.args = export_args,
		.args_size = sizeof(struct export_args),
		.run = run_export,
	},
	{ 0 },
};
