/* The frame: from argv to an exit code. */
#include "cli/cli.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/app.h"
#include "cli/commands.h"

#define ARENA_LIMIT ((size_t)1 << 30)

void
cli_line(struct cli_call *call, const struct zd_out *json)
{
	struct zd_str s = zd_out_str(json);

	(void)fprintf(call->out, "%.*s\n", ZD_STR_ARG(s));
	(void)fflush(call->out);
}

void
cli_say(struct cli_call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(call->err, fmt, ap);
	va_end(ap);
	(void)fputc('\n', call->err);
}

static int
fail_usage(struct cli_call *call, const struct zd_cx *cx)
{
	cli_say(call, "%s\n「zhaodan help %s」显示用法。", cx->err.text, call->command->name);
	return CLI_USAGE;
}

/* What was typed, one word or two: "log exprot" is nearer to a command than "log". */
static const struct cli_command *
find_near(int argc, const char *const *argv)
{
	char two[64];

	if (argc > 1 && argv[1][0] != '-') {
		(void)snprintf(two, sizeof(two), "%s %s", argv[0], argv[1]);
		const struct cli_command *near = cli_nearest(cli_commands, zd_str_of(two));
		if (near)
			return near;
	}
	return cli_nearest(cli_commands, zd_str_of(argv[0]));
}

static int
fail_command(struct cli_call *call, int argc, const char *const *argv)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	if (argc) {
		const struct cli_command *near = find_near(argc, argv);
		if (near)
			cli_say(call, "没有命令「%s」，是否想用 %s？", argv[0], near->name);
		else
			cli_say(call, "没有命令「%s」。用 zhaodan help 查看全部命令。", argv[0]);
		return CLI_USAGE;
	}
	cli_help_all(&out, cli_commands, ZD_VERSION);
	(void)fwrite(out.p, 1, out.n, call->err);
	return CLI_USAGE;
}

/* For people, as every program says it; for programs there is `zhaodan version`. */
static int
show_version(struct cli_call *call)
{
	(void)fprintf(call->out, "zhaodan %s\n", ZD_VERSION);
	return 0;
}

static int
show_help(struct cli_call *call)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	cli_help_one(&out, call->command);
	(void)fwrite(out.p, 1, out.n, call->out);
	return 0;
}

static bool
wants_app(const struct cli_call *call)
{
	switch (call->command->needs) {
	case CLI_ALONE:
	case CLI_DIR: return false;
	case CLI_APP_IF_GIVEN: return call->globals->data.p || call->globals->db.p;
	case CLI_APP: return true;
	}
	return false;
}

/* Opens what the command needs and runs it. */
static int
run(struct zd_cx *cx, struct cli_call *call)
{
	struct app *app ZD_CLEANUP(app_drop) = NULL;
	enum zd_rc rc = ZD_OK;

	if (wants_app(call)) {
		struct app_place place = app_place(cx, call->globals->data, call->globals->db);
		rc = app_configure(cx, &place, &app);
		if (rc == ZD_INVALID)
			return fail_usage(call, cx);
		if (rc == ZD_OK)
			rc = app_open(cx, app);
	}
	call->app = app;
	if (rc == ZD_OK)
		rc = call->command->run(cx, call);
	if (rc == ZD_OK && (ferror(call->out) || fflush(call->out) != 0))
		rc = zd_fail(cx, ZD_FAILED, NULL, "结果没有写完：标准输出已关闭或磁盘已满。");
	if (rc != ZD_OK)
		cli_say(call, "%s", cx->err.text);
	if (rc == ZD_FAILED)
		cli_say(call, "(%s:%d)", cx->err.file, cx->err.line);
	if (rc != ZD_OK)
		return call->usage ? CLI_USAGE : zd_rc_meaning(rc)->exit_code;
	return call->partial ? CLI_PARTIAL : 0;
}

/* The system acts; the log's address says from whose system account. */
static void
set_actor(struct zd_cx *cx)
{
	const struct passwd *pw =
		getpwuid(geteuid()); /* NOLINT(concurrency-mt-unsafe): no thread yet */

	cx->actor.address = zd_str_printf(cx->arena, "cli:%s", pw ? pw->pw_name : "?");
}

int
cli_main(int argc, const char *const *argv, FILE *out, FILE *err)
{
	static const char *const help[] = { "zhaodan", "help", NULL };
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(ARENA_LIMIT);
	struct zd_cx cx = { .arena = arena };
	_Alignas(max_align_t) char args[CLI_MAX_ARGS_SIZE];
	struct cli_globals globals;
	struct cli_call call = { .out = out, .err = err, .args = args, .globals = &globals };
	int words = 0;

	zd_cx_now(&cx);
	set_actor(&cx);
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		argv = help;
		argc = 2;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0)
		return show_version(&call);
	call.command = cli_find(cli_commands, argc - 1, argv + 1, &words);
	if (!call.command)
		return fail_command(&call, argc - 1, argv + 1);
	argv += 1 + words;
	argc -= 1 + words;
	if (cli_parse(&cx, call.command, argc, argv, args, &globals) != ZD_OK)
		return fail_usage(&call, &cx);
	if (globals.help)
		return show_help(&call);
	return run(&cx, &call);
}
