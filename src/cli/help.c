/* Help and the man page, both printed from the one table of commands. */
#include <string.h>

#include "cli/cli.h"

static void
put_option_name(struct zd_out *out, const struct cli_arg *arg)
{
	zd_out_write(out, ZD_STR("--"));
	for (const char *c = arg->name; *c; c++)
		zd_out_printf(out, "%c", *c == '_' ? '-' : *c);
	if (arg->type != CLI_SWITCH)
		zd_out_printf(out, " %s", arg->value);
}

static void
put_arg(struct zd_out *out, const struct cli_arg *arg)
{
	zd_out_printf(out, arg->required ? " " : " [");
	if (arg->operand)
		zd_out_printf(out, "%s", arg->value);
	else
		put_option_name(out, arg);
	zd_out_printf(out, arg->required ? "" : "]");
}

/* Options first, then operands in their order. */
static void
put_synopsis(struct zd_out *out, const struct cli_command *command)
{
	zd_out_printf(out, "zhaodan %s", command->name);
	for (int operands = 0; operands < 2; operands++)
		for (const struct cli_arg *a = command->args; a && a->name; a++)
			if (a->operand == operands)
				put_arg(out, a);
	if (command->needs != CLI_ALONE)
		zd_out_printf(out, " [--data DIR] [--db URL]");
}

void
cli_help_all(struct zd_out *out, const struct cli_command *const *commands, const char *version)
{
	zd_out_printf(out,
		      "照单 %s：“互联网+监管”枢纽\n\n用法：zhaodan 命令 [参数]\n"
		      "      zhaodan --version\n\n",
		      version);
	for (; *commands; commands++)
		for (const struct cli_command *c = *commands; c->name; c++)
			zd_out_printf(out, "  %-14s %s\n", c->name, c->about);
	zd_out_printf(out, "\n「zhaodan help 命令」显示该命令的说明。\n");
}

static void
put_arg_help(struct zd_out *out, const struct cli_arg *arg)
{
	char name[64];
	struct zd_out left = { .max = sizeof(name) };

	if (arg->operand)
		zd_out_printf(&left, "%s", arg->value);
	else
		put_option_name(&left, arg);
	zd_out_printf(out, "  %-20.*s  %s\n", ZD_STR_ARG(zd_out_str(&left)), arg->about);
	zd_out_drop(&left);
}

static const char exit_codes[] = "0 完成;1 数据有误或被规则拒绝;2 用法有误;3 "
				 "部分完成（有行被退回）;70 程序内部错误;75 暂时不能，请稍后重试。";

void
cli_help_one(struct zd_out *out, const struct cli_command *command)
{
	zd_out_printf(out, "zhaodan %s：%s\n\n用法：", command->name, command->about);
	put_synopsis(out, command);
	zd_out_printf(out, "\n\n");
	for (const struct cli_arg *a = command->args; a && a->name; a++)
		put_arg_help(out, a);
	for (const struct cli_arg *a = cli_globals_of(command); a->name; a++)
		put_arg_help(out, a);
	if (command->help)
		zd_out_printf(out, "\n%s\n", command->help);
	if (command->prints)
		zd_out_printf(out, "\n标准输出: %s\n", command->prints);
	zd_out_printf(out, "\n退出码: %s\n", exit_codes);
}

/* --- man ----------------------------------------------------------------------------------- */

/* Text as roff reads it: no line begins with a control character, '\' and '-' stand for themselves.
 */
static void
put_roff(struct zd_out *out, struct zd_str text)
{
	bool line_start = true;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (line_start && (c == '.' || c == '\''))
			zd_out_write(out, ZD_STR("\\&"));
		if (c == '\\')
			zd_out_write(out, ZD_STR("\\e"));
		else if (c == '-')
			zd_out_write(out, ZD_STR("\\-"));
		else
			zd_out_write(out, (struct zd_str){ &text.p[i], 1 });
		line_start = c == '\n';
	}
}

static void
put_roff_arg(struct zd_out *out, const struct cli_arg *arg)
{
	struct zd_out name = { .max = 128 };

	if (arg->operand)
		zd_out_printf(&name, "%s", arg->value);
	else
		put_option_name(&name, arg);
	zd_out_printf(out, ".TP\n.B ");
	put_roff(out, zd_out_str(&name));
	zd_out_printf(out, "\n");
	put_roff(out, zd_str_of(arg->about));
	zd_out_printf(out, "\n");
	zd_out_drop(&name);
}

static void
put_roff_command(struct zd_out *out, const struct cli_command *command)
{
	struct zd_out synopsis = { .max = 2048 };

	put_synopsis(&synopsis, command);
	zd_out_printf(out, ".SS %s\n", command->name);
	put_roff(out, zd_str_of(command->about));
	zd_out_printf(out, "\n.PP\n.B ");
	put_roff(out, zd_out_str(&synopsis));
	zd_out_printf(out, "\n");
	if (command->help) {
		zd_out_printf(out, ".PP\n");
		put_roff(out, zd_str_of(command->help));
		zd_out_printf(out, "\n");
	}
	for (const struct cli_arg *a = command->args; a && a->name; a++)
		put_roff_arg(out, a);
	if (command->prints) {
		zd_out_printf(out, ".PP\n标准输出：");
		put_roff(out, zd_str_of(command->prints));
		zd_out_printf(out, "\n");
	}
	zd_out_drop(&synopsis);
}

void
cli_help_man(struct zd_out *out, const struct cli_command *const *commands, const char *version)
{
	zd_out_printf(out,
		      ".TH ZHAODAN 1 \"\" \"zhaodan %s\"\n.ad l\n.nh\n.SH NAME\nzhaodan \\- "
		      "照单：“互联网+监管”枢纽\n.SH SYNOPSIS\n"
		      ".B zhaodan\n.I COMMAND\n[\\fIARGS\\fR]\n.br\n.B zhaodan \\-\\-version\n"
		      ".SH DESCRIPTION\n"
		      "结果以 JSON 写到标准输出，每行一个对象；给人看的话写到标准错误。\n"
		      ".B \\-\\-version\n显示程序版本。\n"
		      ".SH COMMANDS\n",
		      version);
	for (; *commands; commands++)
		for (const struct cli_command *c = *commands; c->name; c++)
			put_roff_command(out, c);
	zd_out_printf(out, ".SH EXIT STATUS\n%s\n", exit_codes);
}
