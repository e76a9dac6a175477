/* zhaodan standards, template, recount: what records look like, and whether the figures add up. */
#include <inttypes.h>

#include "base/app.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/rows.h"
#include "ingest/ingest_template.h"
#include "record/record.h"

/* --- standards --------------------------------------------------------------------------- */

static void
put_versions(struct json_writer *w, const struct standard *std)
{
	json_put_name(w, "versions");
	json_put_array(w);
	for (size_t i = 0; i < std->n_versions; i++)
		json_put_text(w, std->versions[i].name);
	json_put_end(w);
}

static enum zd_rc
run_standards(struct zd_cx *cx, struct cli_call *call)
{
	struct standard_set *set;

	ZD_TRY(standard_load(cx, &set));
	for (size_t i = 0; i < standard_count(set); i++) {
		const struct standard *std = standard_at(set, i);
		struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
		struct json_writer w = { .out = &out };
		json_put_object(&w);
		json_put_member(&w, "name", std->name);
		json_put_member(&w, "title", std->title);
		json_put_member(&w, "national", std->national);
		json_put_member_int(&w, "fields", (int64_t)std->n_fields);
		put_versions(&w, std);
		json_put_end(&w);
		cli_line(call, &out);
	}
	return ZD_OK;
}

/* --- template ---------------------------------------------------------------------------- */

struct template_args {
	struct zd_str standard, file;
};
static const struct cli_arg template_args[] = {
	CLI_ARG_TEXT(struct template_args, standard, .value = "NAME", .required = true,
		     .about = "数据标准，见 zhaodan standards"),
	CLI_ARG_TEXT(struct template_args, file, .value = "FILE.xlsx", .operand = true,
		     .required = true, .about = "写到这个文件"),
	{ 0 },
};

static enum zd_rc
run_template(struct zd_cx *cx, struct cli_call *call)
{
	const struct template_args *args = call->args;
	const struct standard *std;
	struct standard_set *set;

	ZD_TRY(standard_load(cx, &set));
	ZD_TRY(rows_standard(cx, set, args->standard, &std));
	return ingest_template_write(cx, std, zd_str_copy(cx->arena, args->file).p);
}

/* --- recount ----------------------------------------------------------------------------- */

struct recount_args {
	bool repair;
};
static const struct cli_arg recount_args[] = {
	CLI_ARG_SWITCH(struct recount_args, repair, .about = "把不一致的计数改正过来"),
	{ 0 },
};

#define RECOUNT_TRIES 5

static enum zd_rc
recount_one(struct zd_cx *cx, struct db *db, const struct standard *std, bool repair,
	    int64_t *ret_counters, int64_t *ret_different)
{
	enum zd_rc rc = ZD_BUSY;

	/* a writer came between: what was read is not what is there any more */
	for (int i = 0; i < RECOUNT_TRIES && rc == ZD_BUSY; i++)
		rc = record_recount(cx, db, std, repair, ret_counters, ret_different);
	return rc;
}

static enum zd_rc
recount_all(struct zd_cx *cx, const struct app *app, struct db *db, bool repair,
	    int64_t *ret_counters, int64_t *ret_different)
{
	for (size_t i = 0; i < standard_count(app->standards); i++) {
		int64_t counters, different;
		ZD_TRY(recount_one(cx, db, standard_at(app->standards, i), repair, &counters,
				   &different));
		*ret_counters += counters;
		*ret_different += different;
	}
	return ZD_OK;
}

static enum zd_rc
run_recount(struct zd_cx *cx, struct cli_call *call)
{
	const struct recount_args *args = call->args;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1024 };
	int64_t counters = 0, different = 0;
	struct db *db;

	ZD_TRY(db_pool_take(cx, call->app->pool, args->repair ? DB_WRITE : DB_READ, &db));
	enum zd_rc rc = recount_all(cx, call->app, db, args->repair, &counters, &different);
	db_pool_give(call->app->pool, db);
	ZD_TRY(rc);
	zd_out_printf(&out, "{\"counters\":%" PRId64 ",\"different\":%" PRId64 "}", counters,
		      different);
	cli_line(call, &out);
	if (!different || args->repair)
		return ZD_OK;
	return zd_fail(cx, ZD_INVALID, NULL,
		       "有 %" PRId64 " 个计数与记录不符，用 zhaodan recount --repair 改正",
		       different);
}

const struct cli_command cmd_standards[] = {
	{
		.name = "standards",
		.about = "列出全部数据标准和版本",
		.prints = "每个标准一行 {\"name\",\"title\",\"national\",\"fields\",\"versions\"}",
		.run = run_standards,
	},
	{
		.name = "template",
		.about = "写出一个数据标准的填报表（xlsx）",
		.args = template_args,
		.args_size = sizeof(struct template_args),
		.run = run_template,
	},
	{
		.name = "recount",
		.about = "按记录重新计算每个计数并比较",
		.prints = "{\"counters\",\"different\"}；有不一致时退出码为 1",
		.needs = CLI_APP,
		.args = recount_args,
		.args_size = sizeof(struct recount_args),
		.run = run_recount,
	},
	{ 0 },
};
