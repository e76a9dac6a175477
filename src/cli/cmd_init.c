/* zhaodan init: makes a city. */
#include <stdio.h>

#include "base/json.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/integrity.h"
#include "cli/stage.h"
#include "db/db.h"
#include "demo/demo_app.h"
#include "trust/trust_app.h"

/* Its settings: all at their defaults but the database, if one was named. */
static enum zd_rc
write_config(struct zd_cx *cx, const char *dir, const char *db)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };

	config_example(&out);
	if (db)
		zd_out_printf(&out, "db = %s\n", db);
	return app_write_file(cx, app_path(cx->arena, dir, "zhaodan.conf"), zd_out_str(&out));
}

struct init_args {
	bool demo;
	int64_t seed, actions, subjects, departments, months;
};
static const struct cli_arg init_args[] = {
	CLI_ARG_SWITCH(struct init_args, demo,
		       .about = "建一座演示城市（全部虚构），并打印各类演示账号"),
	CLI_ARG_INT(struct init_args, seed, .value = "N",
		    .about = "演示：随机种子，同样的种子得到同样的城市"),
	CLI_ARG_INT(struct init_args, actions, .value = "N", .min = 0, .max = 20000000,
		    .about = "演示：监管行为条数，默认 400000"),
	CLI_ARG_INT(struct init_args, subjects, .value = "N", .min = 100, .max = 5000000,
		    .about = "演示：监管对象个数，默认 40000"),
	CLI_ARG_INT(struct init_args, departments, .value = "N", .min = 40, .max = 500,
		    .about = "演示：部门个数，默认 60"),
	CLI_ARG_INT(struct init_args, months, .value = "N", .min = 1, .max = 120,
		    .about = "演示：历史月数，默认 24"),
	{ 0 },
};

/* --- the demo city ------------------------------------------------------------------------- */

static struct demo_size
demo_size_of(const struct zd_cx *cx, const struct init_args *args)
{
	struct demo_size size = DEMO_DEFAULT;

	if (args->seed != ZD_NO_INT)
		size.seed = (uint64_t)args->seed;
	if (args->actions != ZD_NO_INT)
		size.actions = args->actions;
	if (args->subjects != ZD_NO_INT)
		size.subjects = (int)args->subjects;
	if (args->departments != ZD_NO_INT)
		size.departments = (int)args->departments;
	if (args->months != ZD_NO_INT)
		size.months = (int)args->months;
	size.today = cx->today;
	return size;
}

static void
tell_progress(void *arg, const char *doing, int64_t done, int64_t total)
{
	cli_say(arg, "演示城市：%s… %d%%", doing, total ? (int)(done * 100 / total) : 0);
}

/* What to sign in with, on the screen and in a 0600 file beside the data. */
static enum zd_rc
tell_accounts(struct zd_cx *cx, struct cli_call *call, const char *dir,
	      const struct demo_account people[DEMO_ACCOUNTS])
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };

	for (size_t i = 0; i < DEMO_ACCOUNTS; i++)
		if (people[i].password.n)
			zd_out_printf(&out, "%-10.*s  %.*s  %.*s\n", ZD_STR_ARG(people[i].account),
				      ZD_STR_ARG(people[i].password), ZD_STR_ARG(people[i].work));
	ZD_TRY(app_write_file(cx, app_path(cx->arena, dir, "demo-accounts.txt"), zd_out_str(&out)));
	cli_say(call, "演示账号（账号 口令 工作），也写在 demo-accounts.txt:\n%.*s",
		ZD_STR_ARG(zd_out_str(&out)));
	return ZD_OK;
}

static enum zd_rc
make_demo(struct zd_cx *cx, struct cli_call *call, const struct app *app, const char *dir)
{
	struct demo_size size = demo_size_of(cx, call->args);
	struct trust_env trust = trust_env_cheap(&app->keys);
	const struct ingest_env env = { app->standards, app->pool };
	struct demo_account people[DEMO_ACCOUNTS];
	struct demo_report report;
	struct db *db;

	ZD_TRY(demo_app_fill(cx, &env, &size, tell_progress, call, &report));
	cli_say(call,
		"演示城市：部门 %lld、事项 %lld、监管对象 %lld、执法人员 %lld、监管行为 "
		"%lld；退回待修正 %lld 行。",
		(long long)report.departments, (long long)report.items, (long long)report.subjects,
		(long long)report.officers, (long long)report.actions, (long long)report.refused);
	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &db));
	enum zd_rc rc = demo_app_people(cx, db, &trust, people);
	db_pool_give(app->pool, db);
	ZD_TRY(rc);
	return tell_accounts(cx, call, dir, people);
}

/* Everything of an empty city, in a directory that is not yet its own. */
static enum zd_rc
make(struct zd_cx *cx, struct cli_call *call, const struct app_place *place,
     struct trust_code codes[TRUST_FIRST])
{
	struct app *app ZD_CLEANUP(app_drop) = NULL;
	struct db *db;

	ZD_TRY(app_create(cx, place));
	ZD_TRY(write_config(cx, place->dir, place->db));
	ZD_TRY(app_configure(cx, place, &app));
	ZD_TRY(app_open_migrating(cx, app));
	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &db));
	enum zd_rc rc =
		trust_init(cx, db, app_path(cx->arena, place->dir, "activation.txt"), codes);
	db_pool_give(app->pool, db);
	ZD_TRY(rc);
	if (((const struct init_args *)call->args)->demo)
		ZD_TRY(make_demo(cx, call, app, place->dir));
	return integrity_record(cx, app);
}

static void
report(struct zd_cx *cx, struct cli_call *call, const char *dir,
       const struct trust_code codes[TRUST_FIRST])
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	struct json_writer w = { .out = &out };
	const char *file = app_path(cx->arena, dir, "activation.txt");

	json_put_object(&w);
	json_put_member(&w, "data", zd_str_of(dir));
	json_put_member(&w, "activation", zd_str_of(file));
	json_put_name(&w, "accounts");
	json_put_array(&w);
	for (size_t i = 0; i < TRUST_FIRST; i++)
		json_put_text(&w, codes[i].account);
	json_put_end(&w);
	json_put_end(&w);
	cli_line(call, &out);
	cli_say(call,
		"已在 %s 建好。三名管理员的一次性激活码在 "
		"%s：请分别交给本人，激活后删除该文件。\n"
		"请把 %s/keys 另存一份到安全的地方：没有它，备份和加密的数据都打不开。\n"
		"启动服务：zhaodan serve --data %s",
		dir, file, dir, dir);
}

static enum zd_rc
run_init(struct zd_cx *cx, struct cli_call *call)
{
	struct app_place place = app_place(cx, call->globals->data, call->globals->db);
	struct stage stage ZD_CLEANUP(stage_drop) = { 0 };
	struct trust_code codes[TRUST_FIRST];

	ZD_TRY(stage_begin(cx, place.dir, &stage));
	ZD_TRY(make(cx, call, &(const struct app_place){ .dir = stage.dir, .db = place.db },
		    codes));
	ZD_TRY(stage_commit(cx, &stage));
	report(cx, call, place.dir, codes);
	return ZD_OK;
}

const struct cli_command cmd_init[] = {
	{
		.name = "init",
		.about = "新建一个城市：数据目录、密钥、数据库、三名管理员；--demo 建演示城市",
		.help = "数据目录须不存在或为空。--db 给出 PostgreSQL "
			"地址时，库须已建好且为空（UTF-8，排序规则 C）。\n"
			"系统管理员 sysadmin、安全管理员 secadmin、审计管理员 audadmin "
			"的一次性激活码写入数据目录的 "
			"activation.txt（权限 0600，七天有效），没有预置口令。",
		.prints = "{\"data\",\"activation\",\"accounts\"}",
		.needs = CLI_DIR,
		.args = init_args,
		.args_size = sizeof(struct init_args),
		.run = run_init,
	},
	{ 0 },
};
