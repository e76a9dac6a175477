/* Finds a command and reads its options and operands by their declaration. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static const struct cli_arg globals_alone[] = {
	CLI_ARG_SWITCH(struct cli_globals, help, .about = "显示本命令的说明"),
	{ 0 },
};
static const struct cli_arg globals_dir[] = {
	CLI_ARG_SWITCH(struct cli_globals, help, .about = "显示本命令的说明"),
	CLI_ARG_TEXT(struct cli_globals, data, .value = "DIR", .about = "数据目录，默认 ./data"),
	CLI_ARG_TEXT(struct cli_globals, db, .value = "URL",
		     .about = "数据库地址 postgresql://…；默认取数据目录中的配置，无配置时用其中的 "
			      "SQLite"),
	{ 0 },
};

const struct cli_arg *
cli_globals_of(const struct cli_command *command)
{
	return command->needs == CLI_ALONE ? globals_alone : globals_dir;
}

const struct cli_command *
cli_find(const struct cli_command *const *commands, int argc, const char *const *argv,
	 int *ret_words)
{
	char two[64];

	if (argc < 1)
		return NULL;
	(void)snprintf(two, sizeof(two), "%s %s", argv[0], argc > 1 ? argv[1] : "");
	for (; *commands; commands++)
		for (const struct cli_command *c = *commands; c->name; c++) {
			if (strcmp(c->name, two) != 0 && strcmp(c->name, argv[0]) != 0)
				continue;
			*ret_words = strchr(c->name, ' ') ? 2 : 1;
			return c;
		}
	return NULL;
}

/* Edit distance of short words; more than 3 counts as far. */
static size_t
distance(struct zd_str a, struct zd_str b)
{
	size_t row[48];

	if (a.n >= ZD_COUNT(row) || b.n >= ZD_COUNT(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.n];
}

static bool
is_near(struct zd_str typed, struct zd_str name, size_t *best)
{
	size_t d = distance(typed, name);

	if (d >= *best || d > 3 || d * 2 > name.n)
		return false;
	*best = d;
	return true;
}

const struct cli_command *
cli_nearest(const struct cli_command *const *commands, struct zd_str typed)
{
	const struct cli_command *found = NULL;
	size_t best = SIZE_MAX;

	for (; *commands; commands++)
		for (const struct cli_command *c = *commands; c->name; c++)
			if (is_near(typed, zd_str_of(c->name), &best))
				found = c;
	return found;
}

/* --- options ------------------------------------------------------------------------------ */

struct parse {
	struct zd_cx *cx;
	const struct cli_command *command;
	const struct cli_arg *tables[2];
	char *into[2];
	uint32_t seen[2];
	int argc;
	const char *const *argv;
};

/* The option's name as typed is the field's with '-' for '_'. */
static bool
name_is(const char *field, struct zd_str typed)
{
	size_t n = strlen(field);

	if (n != typed.n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((field[i] == '_' ? '-' : field[i]) != typed.p[i])
			return false;
	return true;
}

/* The option whose name is nearest, spelt as it is typed; empty if none is near. */
static void
find_near(const struct cli_arg *arg, struct zd_str typed, size_t *best, char spelt[48])
{
	char name[48];

	for (; arg && arg->name; arg++) {
		(void)snprintf(name, sizeof(name), "%s", arg->name);
		for (char *c = name; *c; c++)
			if (*c == '_')
				*c = '-';
		if (!arg->operand && is_near(typed, zd_str_of(name), best))
			memcpy(spelt, name, sizeof(name));
	}
}

static enum zd_rc
fail_unknown(struct parse *p, struct zd_str typed)
{
	size_t best = SIZE_MAX;
	char near[48] = "";

	for (int t = 0; t < 2; t++)
		find_near(p->tables[t], typed, &best, near);
	if (near[0])
		return zd_fail(p->cx, ZD_INVALID, NULL, "没有选项 --%.*s，是否想用 --%s？",
			       ZD_STR_ARG(typed), near);
	return zd_fail(p->cx, ZD_INVALID, NULL, "没有选项 --%.*s。", ZD_STR_ARG(typed));
}

static enum zd_rc
set_int(struct parse *p, const struct cli_arg *arg, int64_t *ret, struct zd_str text)
{
	if (!zd_int_parse(text, ret))
		return zd_fail(p->cx, ZD_INVALID, arg->name, "%s 应为整数，收到「%.*s」。",
			       arg->value, ZD_STR_ARG(text));
	if ((arg->min || arg->max) && (*ret < arg->min || *ret > arg->max))
		return zd_fail(p->cx, ZD_INVALID, arg->name,
			       "%s 应在 %lld 到 %lld 之间，收到 %lld。", arg->value,
			       (long long)arg->min, (long long)arg->max, (long long)*ret);
	return ZD_OK;
}

static enum zd_rc
set_value(struct parse *p, int table, const struct cli_arg *arg, const char *text)
{
	void *place = p->into[table] + arg->offset;
	uint32_t bit = UINT32_C(1) << (arg - p->tables[table]);

	if (p->seen[table] & bit)
		return zd_fail(p->cx, ZD_INVALID, arg->name, "选项 --%s 只能给一次。", arg->name);
	p->seen[table] |= bit;
	switch (arg->type) {
	case CLI_TEXT: *(struct zd_str *)place = zd_str_of(text); return ZD_OK;
	case CLI_SWITCH: *(bool *)place = true; return ZD_OK;
	case CLI_INT: return set_int(p, arg, place, zd_str_of(text));
	case CLI_DAY:
		if (!zd_day_parse(zd_str_of(text), place))
			return zd_fail(p->cx, ZD_INVALID, arg->name,
				       "日期应为 YYYY-MM-DD，收到「%s」。", text);
		return ZD_OK;
	}
	return ZD_OK;
}

static const struct cli_arg *
find_option(const struct parse *p, struct zd_str typed, int *ret_table)
{
	for (int t = 0; t < 2; t++)
		for (const struct cli_arg *a = p->tables[t]; a && a->name; a++)
			if (!a->operand && name_is(a->name, typed)) {
				*ret_table = t;
				return a;
			}
	return NULL;
}

/* --name, --name=value or --name value; *at moves past what was read. */
static enum zd_rc
read_option(struct parse *p, int *at)
{
	struct zd_str typed = zd_str_of(p->argv[*at] + 2);
	const char *equals = memchr(typed.p, '=', typed.n), *value = equals ? equals + 1 : NULL;
	int table = 0;

	if (equals)
		typed.n = (size_t)(equals - typed.p);
	const struct cli_arg *arg = find_option(p, typed, &table);
	if (!arg)
		return fail_unknown(p, typed);
	if (arg->type == CLI_SWITCH && value)
		return zd_fail(p->cx, ZD_INVALID, arg->name, "选项 --%.*s 不带值。",
			       ZD_STR_ARG(typed));
	if (arg->type != CLI_SWITCH && !value && *at + 1 < p->argc)
		value = p->argv[++*at];
	if (arg->type != CLI_SWITCH && !value)
		return zd_fail(p->cx, ZD_INVALID, arg->name, "选项 --%.*s 缺少值 %s。",
			       ZD_STR_ARG(typed), arg->value);
	return set_value(p, table, arg, value);
}

static enum zd_rc
read_operand(struct parse *p, const char *text)
{
	for (const struct cli_arg *a = p->tables[0]; a && a->name; a++)
		if (a->operand && !(p->seen[0] & UINT32_C(1) << (a - p->tables[0])))
			return set_value(p, 0, a, text);
	return zd_fail(p->cx, ZD_INVALID, NULL, "多出的参数「%s」。", text);
}

static enum zd_rc
check_required(struct parse *p)
{
	for (const struct cli_arg *a = p->tables[0]; a && a->name; a++)
		if (a->required && !(p->seen[0] & UINT32_C(1) << (a - p->tables[0])))
			return zd_fail(p->cx, ZD_INVALID, a->name, "缺少%s%s。",
				       a->operand ? "参数 " : "选项 --",
				       a->operand ? a->value : a->name);
	return ZD_OK;
}

static void
set_absent(const struct cli_arg *args, char *into)
{
	for (; args && args->name; args++) {
		if (args->type == CLI_INT)
			*(int64_t *)(void *)(into + args->offset) = ZD_NO_INT;
		if (args->type == CLI_DAY)
			*(int32_t *)(void *)(into + args->offset) = ZD_NO_DAY;
	}
}

enum zd_rc
cli_parse(struct zd_cx *cx, const struct cli_command *command, int argc, const char *const *argv,
	  void *ret_args, struct cli_globals *ret_globals)
{
	bool options = true;
	struct parse p = { .cx = cx,
			   .command = command,
			   .tables = { command->args, cli_globals_of(command) },
			   .into = { ret_args, (char *)ret_globals },
			   .argc = argc,
			   .argv = argv };

	memset(ret_args, 0, command->args_size);
	*ret_globals = (struct cli_globals){ 0 };
	set_absent(command->args, ret_args);
	for (int i = 0; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (options && strncmp(argv[i], "--", 2) == 0)
			ZD_TRY(read_option(&p, &i));
		else if (options && argv[i][0] == '-' && argv[i][1])
			return zd_fail(cx, ZD_INVALID, NULL, "没有选项 %s：选项以 -- 开头。",
				       argv[i]);
		else
			ZD_TRY(read_operand(&p, argv[i]));
	}
	return ret_globals->help ? ZD_OK : check_required(&p);
}
