/* zhaodan doctor: what is wrong with this installation, and what to do about it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cli/app.h"
#include "cli/cli_sql.h"
#include "cli/commands.h"
#include "cli/integrity.h"
#include "cli/services.h"
#include "cli/statements.h"
#include "db/db.h"
#include "file/file.h"
#include "record/record.h"
#include "trust/audit.h"

struct doctor_args {
	bool accept;
};
static const struct cli_arg args[] = {
	CLI_ARG_SWITCH(
		struct doctor_args, accept,
		.about = "把现在的程序和配置登记为可信（升级或改配置之后，由系统管理员执行）"),
	{ 0 },
};

struct visit {
	struct cli_call *call;
	struct app *app;
	struct db *db;
	int bad;
};

/*
 * A check: ZD_OK with what it found in *ret_found, or a failure whose sentence is the finding. todo: what to do when it
 * fails.
 */
struct check {
	const char *name, *todo;
	enum zd_rc (*look)(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found);
};

static void
put_finding(struct visit *visit, const char *name, bool ok, struct zd_str found, const char *todo)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	json_put_member(&w, "check", zd_str_of(name));
	json_put_member_bool(&w, "ok", ok);
	json_put_member(&w, "found", found);
	if (!ok)
		json_put_member(&w, "todo", zd_str_of(todo));
	json_put_end(&w);
	cli_line(visit->call, &out);
	if (ok)
		cli_say(visit->call, "正常 %-10s %.*s", name, ZD_STR_ARG(found));
	else
		cli_say(visit->call, "异常 %-10s %.*s → %s", name, ZD_STR_ARG(found), todo);
	visit->bad += !ok;
}

/* --- the checks -------------------------------------------------------------------------------- */

static enum zd_rc
look_program(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	enum integrity_verdict verdict;

	ZD_TRY(integrity_check(cx, visit->app, &verdict, ret_found));
	return verdict == INTEGRITY_SAME
		       ? ZD_OK
		       : zd_fail(cx, ZD_REFUSED, NULL, "%.*s", ZD_STR_ARG(*ret_found));
}

#define CLOCK_FIRST_YEAR 2025

/* Behind what the log has already seen: certificates, locks and deadlines would be judged wrongly. */
static enum zd_rc
look_clock(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	struct audit_head head;
	enum zd_rc rc = audit_find_head(cx, visit->db, &head);

	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	if (cx->today < zd_day_of(CLOCK_FIRST_YEAR, 1, 1) ||
	    (rc == ZD_OK && cx->now < head.at - 2000))
		return zd_fail(cx, ZD_REFUSED, NULL, "系统时间 %.*s 早于审计日志的最后一次签发",
			       ZD_STR_ARG(zd_time_format(cx->arena, cx->now)));
	*ret_found = zd_time_format(cx->arena, cx->now);
	return ZD_OK;
}

static enum zd_rc
look_disk(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	int64_t left;
	int percent;

	ZD_TRY(services_disk(cx, visit->app->dir, &left, &percent));
	*ret_found = zd_str_printf(cx->arena, "剩 %lld MiB,%d%%", (long long)(left >> 20), percent);
	return percent >= 10 ? ZD_OK
			     : zd_fail(cx, ZD_REFUSED, NULL, "磁盘只%.*s", ZD_STR_ARG(*ret_found));
}

static enum zd_rc
look_database(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	struct cli_sql_check_integrity_out out;

	ZD_TRY(cli_sql_check_integrity(cx, visit->db, &out));
	if (!zd_str_equal(out.verdict, ZD_STR("ok")))
		return zd_fail(cx, ZD_FAILED, NULL, "数据库文件有损坏：%.*s",
			       ZD_STR_ARG(out.verdict));
	*ret_found =
		db_dialect(visit->db) == DB_SQLITE ? ZD_STR("SQLite，完整") : ZD_STR("PostgreSQL");
	return ZD_OK;
}

static enum zd_rc
look_statements(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	int n = 0;

	for (const struct statements *room = statements_of_rooms; room->stmts; room++)
		for (size_t i = 0; i < room->n; i++, n++)
			ZD_TRY(db_prepare(cx, visit->db, room->stmts[i]));
	*ret_found = zd_str_printf(cx->arena, "%d 条语句都与数据库相符", n);
	return ZD_OK;
}

static enum zd_rc
look_records(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	size_t n = standard_count(visit->app->standards);

	for (size_t i = 0; i < n; i++)
		ZD_TRY(record_check_schema(cx, visit->db, standard_at(visit->app->standards, i)));
	*ret_found = zd_str_printf(cx->arena, "%zu 个数据标准的每个字段都有列", n);
	return ZD_OK;
}

/* Sealing reads what was sealed since the last checkpoint again and hashes it anew. */
static enum zd_rc
look_log(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	struct audit_head head;

	ZD_TRY(audit_seal(cx, visit->db, visit->app->keys.log, visit->app->origin, true, NULL));
	enum zd_rc rc = audit_find_head(cx, visit->db, &head);
	if (rc == ZD_NOT_FOUND) {
		*ret_found = ZD_STR("尚无记录");
		return ZD_OK;
	}
	ZD_TRY(rc);
	*ret_found = zd_str_printf(cx->arena, "%lld 条,末次签发 %.*s", (long long)head.size,
				   ZD_STR_ARG(zd_time_format(cx->arena, head.at)));
	return ZD_OK;
}

#define SAMPLE_FILES 500
#define SAMPLE_BYTES (INT64_C(1) << 30)

struct sample {
	const struct file_store *store;
	int64_t n, bytes;
};

static enum zd_rc
look_at_file(struct zd_cx *cx, const struct file_content *content, void *arg)
{
	struct sample *sample = arg;

	if (sample->n == SAMPLE_FILES || sample->bytes > SAMPLE_BYTES)
		return ZD_NOT_FOUND; /* enough */
	sample->n++;
	sample->bytes += content->size;
	return file_check(cx, sample->store, content);
}

/* From a hash chosen at random on, so that in time every content is seen. */
static enum zd_rc
look_files(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	struct sample sample = { .store = visit->app->files };
	unsigned char start;

	crypto_random(&start, 1);
	const char *from = crypto_hex(cx->arena, (struct zd_str){ (const char *)&start, 1 }).p;
	enum zd_rc rc = file_each_content(cx, visit->db, from, look_at_file, &sample);
	if (rc == ZD_OK)
		rc = file_each_content(cx, visit->db, "", look_at_file, &sample);
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	*ret_found = zd_str_printf(cx->arena, "抽查 %lld 个文件内容,都完好", (long long)sample.n);
	return ZD_OK;
}

#define LATE_MS INT64_C(600000)

static enum zd_rc
look_jobs(struct zd_cx *cx, struct visit *visit, struct zd_str *ret_found)
{
	struct job_load load;

	ZD_TRY(job_measure(cx, visit->db, &load));
	*ret_found = zd_str_printf(cx->arena, "待办 %lld,执行中 %lld,失败 %lld,最久等了 %lld 秒",
				   (long long)load.waiting, (long long)load.running,
				   (long long)load.dead, (long long)load.oldest_due / 1000);
	return load.dead == 0 && load.oldest_due < LATE_MS
		       ? ZD_OK
		       : zd_fail(cx, ZD_REFUSED, NULL, "%.*s", ZD_STR_ARG(*ret_found));
}

static const struct check checks[] = {
	{ "program",
	  "若升级了程序或改了配置，确认无误后执行 zhaodan doctor --accept；否则按被入侵处理",
	  look_program },
	{ "clock", "校准系统时间（建议用 chrony 或 systemd-timesyncd）", look_clock },
	{ "disk", "清理磁盘或扩容；低于 2% 时服务报告不健康", look_disk },
	{ "database", "停止服务，从最近的备份恢复（zhaodan restore）", look_database },
	{ "statements", "程序与数据库版本不符：确认运行的是同一版本，启动一次服务完成升级",
	  look_statements },
	{ "records", "程序的数据标准与数据库的表不符：确认运行的是同一版本，启动一次服务完成升级",
	  look_records },
	{ "log", "审计日志被改动：保护现场，用 zhaodan log export 取证，报告审计管理员", look_log },
	{ "files", "从最近的备份取回该文件，放回 files/ 下原来的位置", look_files },
	{ "jobs", "在「系统管理 · 任务」查看失败原因，处理后重新排队", look_jobs },
};

static enum zd_rc
look_at_all(struct zd_cx *cx, struct visit *visit)
{
	for (size_t i = 0; i < ZD_COUNT(checks); i++) {
		struct zd_str found = { 0 };
		enum zd_rc rc = checks[i].look(cx, visit, &found);
		put_finding(visit, checks[i].name, rc == ZD_OK,
			    rc == ZD_OK ? found : zd_str_of(cx->err.text), checks[i].todo);
	}
	return visit->bad ? zd_fail(cx, ZD_REFUSED, NULL, "%d 项异常。", visit->bad) : ZD_OK;
}

/* What must be right before anything can be opened: the directory, the settings, the keys, the schema. */
static enum zd_rc
open_app(struct zd_cx *cx, struct visit *visit, const struct app_place *place, struct app **app)
{
	enum zd_rc rc = app_configure(cx, place, app);

	if (rc == ZD_OK)
		rc = app_open(cx, *app);
	put_finding(visit, "installation", rc == ZD_OK,
		    rc == ZD_OK ? zd_str_of(place->dir) : zd_str_of(cx->err.text),
		    "按所述处理后再执行一次 zhaodan doctor");
	return rc;
}

static enum zd_rc
run_doctor(struct zd_cx *cx, struct cli_call *call)
{
	const struct doctor_args *given = call->args;
	struct app_place place = app_place(cx, call->globals->data, call->globals->db);
	struct app *app ZD_CLEANUP(app_drop) = NULL;
	struct visit visit = { .call = call };

	ZD_TRY(open_app(cx, &visit, &place, &app));
	visit.app = app;
	if (given->accept)
		ZD_TRY(integrity_record(cx, app));
	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &visit.db));
	enum zd_rc rc = look_at_all(cx, &visit);
	db_pool_give(app->pool, visit.db);
	return rc;
}

const struct cli_command cmd_doctor[] = {
	{
		.name = "doctor",
		.about = "体检：这套安装有什么问题、怎么办",
		.help = "每项一行："
			"名称、是否正常、所见、该做什么。服务运行时也可执行。有异常时退出码为 1。",
		.prints = "每项一行 {\"check\",\"ok\",\"found\",\"todo\"}",
		.needs = CLI_DIR,
		.args = args,
		.args_size = sizeof(struct doctor_args),
		.run = run_doctor,
	},
	{ 0 },
};
