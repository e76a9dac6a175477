/* zhaodan help, zhaodan version */
#include "cli/commands.h"

struct help_args {
	struct zd_str command, more;
	bool man;
};
static const struct cli_arg help_args[] = {
	CLI_ARG_TEXT(struct help_args, command, .value = "COMMAND", .operand = true,
		     .about = "命令"),
	CLI_ARG_TEXT(struct help_args, more, .value = "WORD", .operand = true,
		     .about = "命令的第二个词，如 log export"),
	CLI_ARG_SWITCH(struct help_args, man, .about = "输出手册页（roff）"),
	{ 0 },
};

static const struct cli_command *
find(struct zd_cx *cx, const struct help_args *args)
{
	int words;
	const char *argv[] = { zd_str_copy(cx->arena, args->command).p,
			       zd_str_copy(cx->arena, args->more).p };

	return cli_find(cli_commands, args->more.p ? 2 : 1, argv, &words);
}

static enum zd_rc
run_help(struct zd_cx *cx, struct cli_call *call)
{
	const struct help_args *args = call->args;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	if (args->man) {
		cli_help_man(&out, cli_commands, ZD_VERSION);
	} else if (!args->command.p) {
		cli_help_all(&out, cli_commands, ZD_VERSION);
	} else {
		const struct cli_command *command = find(cx, args);
		if (!command)
			return zd_fail(cx, ZD_NOT_FOUND, "command",
				       "没有命令「%.*s」。用 zhaodan help 查看全部命令。",
				       ZD_STR_ARG(args->command));
		cli_help_one(&out, command);
	}
	(void)fwrite(out.p, 1, out.n, call->out);
	return ZD_OK;
}

static enum zd_rc
run_version(struct zd_cx *cx, struct cli_call *call)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1024 };
	(void)cx;

	zd_out_printf(&out, "{\"version\":\"%s\"}", ZD_VERSION);
	cli_line(call, &out);
	return ZD_OK;
}

const struct cli_command cmd_help[] = {
	{
		.name = "help",
		.about = "显示全部命令，或一个命令的说明",
		.args = help_args,
		.args_size = sizeof(struct help_args),
		.run = run_help,
	},
	{
		.name = "version",
		.about = "显示程序版本",
		.prints = "{\"version\"}",
		.run = run_version,
	},
	{ 0 },
};
