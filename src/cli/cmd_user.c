/* zhaodan user list, add, reset, lock, unlock: people, from the machine itself. */
#include <string.h>

#include "base/json.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "db/list.h"
#include "trust/trust_app.h"
#include "trust/trust_list.h"

struct user_args {
	struct zd_str account, name, roles, department;
	int64_t level;
	int32_t until;
	bool second_factor;
};
static const struct cli_arg add_args[] = {
	CLI_ARG_TEXT(struct user_args, account, .value = "ACCOUNT", .operand = true,
		     .required = true, .about = "账号"),
	CLI_ARG_TEXT(struct user_args, name, .value = "NAME", .required = true, .about = "姓名"),
	CLI_ARG_TEXT(struct user_args, roles, .value = "ROLES", .required = true,
		     .about = "角色，用 + 连接：officer 执法人员、data 部门数据员、head "
			      "部门负责人、platform "
			      "平台管理员、leader 市领导、sys 系统管理员、sec 安全管理员、aud "
			      "审计管理员"),
	CLI_ARG_TEXT(struct user_args, department, .value = "CODE",
		     .about = "部门代码；不给则属全市（平台管理员、市领导、三类管理员）"),
	CLI_ARG_INT(struct user_args, level, .value = "N", .min = 1, .max = 4,
		    .about = "可看的数据级别，默认 2"),
	CLI_ARG_DAY(struct user_args, until, .value = "DATE",
		    .about = "有效期的最后一天，默认长期"),
	{ 0 },
};
static const struct cli_arg reset_args[] = {
	CLI_ARG_TEXT(struct user_args, account, .value = "ACCOUNT", .operand = true,
		     .required = true, .about = "账号"),
	CLI_ARG_SWITCH(struct user_args, second_factor, .about = "连同第二因子（动态码）一起重置"),
	{ 0 },
};
static const struct cli_arg account_args[] = {
	CLI_ARG_TEXT(struct user_args, account, .value = "ACCOUNT", .operand = true,
		     .required = true, .about = "账号"),
	{ 0 },
};

/* A command on the application with one connection. */
typedef enum zd_rc with_db_fn(struct zd_cx *cx, struct cli_call *call, struct db *db);

static enum zd_rc
with_db(struct zd_cx *cx, struct cli_call *call, with_db_fn *run)
{
	struct db *db ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(db_pool_take(cx, call->app->pool, DB_WRITE, &db));
	return run(cx, call, db);
}

/* --- list ------------------------------------------------------------------------------------ */

static const char *const states[] = { [TRUST_ACTIVE] = "active",
				      [TRUST_DISABLED] = "locked",
				      [TRUST_NOT_ACTIVATED] = "not_activated" };

static void
put_cell(struct zd_cx *cx, struct json_writer *w, const char *column, struct zd_str cell)
{
	int64_t number = 0;
	bool is_number = cell.n && zd_int_parse(cell, &number);

	json_put_name(w, column);
	if (strcmp(column, "roles") == 0)
		json_put_text(w, trust_roles_format(cx->arena, (uint32_t)number));
	else if (strcmp(column, "state") == 0 && number > 0 && number < (int64_t)ZD_COUNT(states))
		json_put_z(w, states[number]);
	else if (strcmp(column, "factor") == 0)
		json_put_bool(w, number == 1);
	else if (strcmp(column, "level") == 0 && is_number)
		json_put_int(w, number);
	else
		json_put_text(w, cell);
}

static enum zd_rc
put_person(struct zd_cx *cx, const struct db_list_row *row, void *arg)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	for (size_t i = 0; trust_people_list.columns[i].name; i++)
		put_cell(cx, &w, trust_people_list.columns[i].name, row->cells[i]);
	json_put_end(&w);
	cli_line(arg, &out);
	return ZD_OK;
}

static enum zd_rc
list_people(struct zd_cx *cx, struct cli_call *call, struct db *db)
{
	const struct db_list_query query = {
		.list = &trust_people_list,
		.sort = db_list_sort(&trust_people_list, ZD_STR("account")),
		.scope_dept = ZD_NO_INT,
	};

	cx->actor.level = 4; /* for reading alone: the list shows what the reader's level reaches */
	return db_list_run(cx, db, &query, put_person, call);
}

static enum zd_rc
run_list(struct zd_cx *cx, struct cli_call *call)
{
	return with_db(cx, call, list_people);
}

/* --- add --------------------------------------------------------------------------------------- */

static enum zd_rc
parse_roles(struct zd_cx *cx, struct zd_str text, uint32_t *ret)
{
	uint32_t roles = 0;

	while (text.n) {
		const char *plus = memchr(text.p, '+', text.n);
		struct zd_str code = { text.p, plus ? (size_t)(plus - text.p) : text.n };
		uint32_t role = trust_role_find(code);
		if (!role)
			return zd_fail(cx, ZD_INVALID, "roles",
				       "没有角色「%.*s」。用 zhaodan help user add 查看角色。",
				       ZD_STR_ARG(code));
		roles |= role;
		text.p += code.n + (plus != NULL);
		text.n -= code.n + (plus != NULL);
	}
	*ret = roles;
	return ZD_OK;
}

static void
put_code(struct zd_cx *cx, struct cli_call *call, const struct trust_code *code)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	json_put_member(&w, "account", code->account);
	json_put_member(&w, "code", code->code);
	json_put_member(&w, "until", zd_time_format(cx->arena, code->until));
	json_put_end(&w);
	cli_line(call, &out);
	cli_say(call, "激活码只显示这一次，请当面交给本人，在 /activate 设置口令。");
}

static enum zd_rc
add_person(struct zd_cx *cx, struct cli_call *call, struct db *db)
{
	const struct user_args *args = call->args;
	struct trust_env env = trust_env(&call->app->keys);
	struct trust_person_new person = { .account = args->account,
					   .name = args->name,
					   .level = args->level == ZD_NO_INT ? 0 : (int)args->level,
					   .valid_until = args->until };
	struct trust_dept dept;
	struct trust_code code;

	ZD_TRY(parse_roles(cx, args->roles, &person.roles));
	if (args->department.p) {
		ZD_TRY(trust_dept_find_code(cx, db, args->department, &dept));
		person.dept = dept.id;
	}
	ZD_TRY(trust_person_create(cx, db, &env, &person, &code));
	put_code(cx, call, &code);
	if (person.roles & TRUST_ADMINS)
		cli_say(call, "管理员角色须由另一位安全管理员在「系统管理 · 人员」确认后才生效。");
	return ZD_OK;
}

static enum zd_rc
run_add(struct zd_cx *cx, struct cli_call *call)
{
	return with_db(cx, call, add_person);
}

/* --- reset, lock, unlock ------------------------------------------------------------------------- */

static enum zd_rc
find(struct zd_cx *cx, struct cli_call *call, struct db *db, struct trust_person *ret)
{
	const struct user_args *args = call->args;

	return trust_person_find_account(cx, db, args->account, ret);
}

static enum zd_rc
reset_person(struct zd_cx *cx, struct cli_call *call, struct db *db)
{
	const struct user_args *args = call->args;
	struct trust_person person;
	struct trust_code code;

	ZD_TRY(find(cx, call, db, &person));
	ZD_TRY(trust_person_reset(cx, db, person.id, args->second_factor, &code));
	put_code(cx, call, &code);
	return ZD_OK;
}

static enum zd_rc
run_reset(struct zd_cx *cx, struct cli_call *call)
{
	return with_db(cx, call, reset_person);
}

static void
put_state(struct cli_call *call, struct zd_str account, const char *state)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	json_put_member(&w, "account", account);
	json_put_member(&w, "state", zd_str_of(state));
	json_put_end(&w);
	cli_line(call, &out);
}

static enum zd_rc
lock_person(struct zd_cx *cx, struct cli_call *call, struct db *db)
{
	struct trust_person person;

	ZD_TRY(find(cx, call, db, &person));
	ZD_TRY(trust_person_disable(cx, db, person.id));
	put_state(call, person.account, "locked");
	return ZD_OK;
}

static enum zd_rc
run_lock(struct zd_cx *cx, struct cli_call *call)
{
	return with_db(cx, call, lock_person);
}

/* Whether an administrator stopped the account or wrong passwords did. */
static enum zd_rc
unlock_person(struct zd_cx *cx, struct cli_call *call, struct db *db)
{
	struct trust_person person;

	ZD_TRY(find(cx, call, db, &person));
	if (person.state == TRUST_DISABLED)
		ZD_TRY(trust_person_enable(cx, db, person.id));
	else
		ZD_TRY(trust_person_unlock(cx, db, person.id));
	ZD_TRY(find(cx, call, db, &person));
	put_state(call, person.account, states[person.state]);
	return ZD_OK;
}

static enum zd_rc
run_unlock(struct zd_cx *cx, struct cli_call *call)
{
	return with_db(cx, call, unlock_person);
}

const struct cli_command cmd_user[] = {
	{
		.name = "user list",
		.about = "列出全部人员",
		.prints = "每人一行 "
			  "{\"name\",\"account\",\"dept\",\"roles\",\"level\",\"state\",\"factor\","
			  "\"valid_until\",\"last_seen\",\"created\"}",
		.needs = CLI_APP,
		.run = run_list,
	},
	{
		.name = "user add",
		.about = "新增一人，给出一次性激活码",
		.prints = "{\"account\",\"code\",\"until\"}",
		.needs = CLI_APP,
		.args = add_args,
		.args_size = sizeof(struct user_args),
		.run = run_add,
	},
	{
		.name = "user reset",
		.about = "重置一人的口令，给出新的一次性激活码；其会话全部结束",
		.prints = "{\"account\",\"code\",\"until\"}",
		.needs = CLI_APP,
		.args = reset_args,
		.args_size = sizeof(struct user_args),
		.run = run_reset,
	},
	{
		.name = "user lock",
		.about = "停用一人；其会话全部结束",
		.prints = "{\"account\",\"state\"}",
		.needs = CLI_APP,
		.args = account_args,
		.args_size = sizeof(struct user_args),
		.run = run_lock,
	},
	{
		.name = "user unlock",
		.about = "恢复被停用或因多次输错口令而锁定的一人",
		.prints = "{\"account\",\"state\"}",
		.needs = CLI_APP,
		.args = account_args,
		.args_size = sizeof(struct user_args),
		.run = run_unlock,
	},
	{ 0 },
};
