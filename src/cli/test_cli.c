/* The frame of the command line: options, help, the man page, settings. */
#include "base/test.h"
#include "cli/cli.h"
#include "cli/config.h"

struct args {
	struct zd_str standard, file, second;
	int64_t limit;
	int32_t from;
	bool each;
};
static const struct cli_arg args_table[] = {
	CLI_ARG_TEXT(struct args, standard, .value = "NAME", .required = true, .about = "数据标准"),
	CLI_ARG_INT(struct args, limit, .value = "N", .min = 1, .max = 10, .about = "至多几行"),
	CLI_ARG_DAY(struct args, from, .value = "DATE", .about = "起始日期"),
	CLI_ARG_SWITCH(struct args, each, .about = "逐条"),
	CLI_ARG_TEXT(struct args, file, .value = "FILE", .operand = true, .required = true,
		     .about = "文件"),
	CLI_ARG_TEXT(struct args, second, .value = "OUT", .operand = true, .about = "输出"),
	{ 0 },
};
static const struct cli_command group[] = {
	{ .name = "import",
	  .about = "导入",
	  .help = ".dot\n-dash\\",
	  .needs = CLI_APP,
	  .args = args_table,
	  .args_size = sizeof(struct args) },
	{ .name = "log export", .about = "导出", .args = NULL },
	{ 0 },
};
static const struct cli_command *const commands[] = { group, NULL };

static struct zd_arena *arena;
static struct zd_cx cx;

static int
setup(void **state)
{
	(void)state;
	arena = zd_arena_new(1 << 20);
	cx = (struct zd_cx){ .arena = arena };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zd_arena_free(arena);
	return 0;
}

static enum zd_rc
parse(struct args *args, struct cli_globals *globals, const char *const *argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return cli_parse(&cx, &group[0], n, argv, args, globals);
}
#define PARSE(...) parse(&a, &g, (const char *const[]){ __VA_ARGS__, NULL })

static void
options_and_operands_land_in_their_fields(void **state)
{
	struct args a;
	struct cli_globals g;
	(void)state;

	assert_rc(&cx,
		  PARSE("--standard", "x", "f.csv", "--limit=7", "--from", "2026-01-31", "--each",
			"--data", "d"),
		  ZD_OK);
	assert_text(a.standard, "x");
	assert_text(a.file, "f.csv");
	assert_null(a.second.p);
	assert_int_equal(a.limit, 7);
	assert_int_equal(a.from, zd_day_of(2026, 1, 31));
	assert_true(a.each);
	assert_text(g.data, "d");
	assert_null(g.db.p);
	assert_rc(&cx, PARSE("--standard=x", "--", "--odd", "b"), ZD_OK);
	assert_text(a.file, "--odd");
	assert_text(a.second, "b");
	assert_true(a.limit == ZD_NO_INT);
	assert_true(a.from == ZD_NO_DAY);
	assert_false(a.each);
}

static void
wrong_use_is_named(void **state)
{
	struct args a;
	struct cli_globals g;
	(void)state;

	assert_rc(&cx, PARSE("--stndard", "x", "f"), ZD_INVALID);
	assert_string_equal(cx.err.text, "没有选项 --stndard，是否想用 --standard？");
	assert_rc(&cx, PARSE("--zzzzzzzz"), ZD_INVALID);
	assert_string_equal(cx.err.text, "没有选项 --zzzzzzzz。");
	assert_rc(&cx, PARSE("--standard", "x"), ZD_INVALID);
	assert_string_equal(cx.err.text, "缺少参数 FILE。");
	assert_rc(&cx, PARSE("f"), ZD_INVALID);
	assert_string_equal(cx.err.text, "缺少选项 --standard。");
	assert_rc(&cx, PARSE("--standard"), ZD_INVALID);
	assert_rc(&cx, PARSE("--standard", "x", "--standard", "y", "f"), ZD_INVALID);
	assert_rc(&cx, PARSE("--standard", "x", "a", "b", "c"), ZD_INVALID);
	assert_string_equal(cx.err.text, "多出的参数「c」。");
	assert_rc(&cx, PARSE("--standard", "x", "f", "--limit", "11"), ZD_INVALID);
	assert_rc(&cx, PARSE("--standard", "x", "f", "--limit", "1x"), ZD_INVALID);
	assert_rc(&cx, PARSE("--standard", "x", "f", "--from", "2026-02-30"), ZD_INVALID);
	assert_rc(&cx, PARSE("--standard", "x", "f", "--each=1"), ZD_INVALID);
	assert_rc(&cx, PARSE("--standard", "x", "f", "-e"), ZD_INVALID);
}

static void
help_asked_for_needs_nothing_else(void **state)
{
	struct args a;
	struct cli_globals g;
	(void)state;

	assert_rc(&cx, PARSE("--help"), ZD_OK);
	assert_true(g.help);
}

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

static void
commands_are_found_by_one_or_two_words(void **state)
{
	int words = 0;
	(void)state;

	assert_ptr_equal(cli_find(commands, 2, WORDS("log", "export"), &words), &group[1]);
	assert_int_equal(words, 2);
	assert_ptr_equal(cli_find(commands, 2, WORDS("import", "export"), &words), &group[0]);
	assert_int_equal(words, 1);
	assert_null(cli_find(commands, 1, WORDS("log"), &words));
	assert_null(cli_find(commands, 0, NULL, &words));
	assert_ptr_equal(cli_nearest(commands, ZD_STR("imprt")), &group[0]);
	assert_null(cli_nearest(commands, ZD_STR("zzz")));
}

static void
help_and_man_page_say_the_same(void **state)
{
	struct zd_out help ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	struct zd_out man ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	struct zd_out all ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	(void)state;

	cli_help_one(&help, &group[0]);
	cli_help_all(&all, commands, "9.8.7");
	cli_help_man(&man, commands, "9.8.7");
	zd_out_write(&help, (struct zd_str){ "", 1 });
	zd_out_write(&man, (struct zd_str){ "", 1 });
	zd_out_write(&all, (struct zd_str){ "", 1 });
	assert_non_null(strstr(all.p, "照单 9.8.7："));
	assert_non_null(strstr(all.p, "zhaodan --version\n"));
	assert_int_equal(strncmp(man.p, ".TH ZHAODAN 1 \"\" \"zhaodan 9.8.7\"\n", 33), 0);
	assert_non_null(strstr(man.p, "\\-\\-version"));
	assert_non_null(strstr(help.p, "用法：zhaodan import --standard NAME [--limit N] [--from "
				       "DATE] [--each] FILE [OUT]"));
	assert_non_null(strstr(man.p, ".SS import\n导入\n"));
	/* roff reads a '.' at the start of a line and '\' as its own */
	assert_non_null(strstr(man.p, "\\&.dot\n\\-dash\\e"));
	assert_non_null(strstr(man.p, ".B \\-\\-limit N\n至多几行"));
}

/* --- settings -------------------------------------------------------------------------------- */

static void
settings_have_defaults_and_limits(void **state)
{
	struct app_config c;
	(void)state;

	assert_rc(&cx, config_parse(&cx, ZD_STR(""), "conf", &c), ZD_OK);
	assert_text(c.listen, "127.0.0.1:8080");
	assert_null(c.db.p);
	assert_int_equal(c.integrity, CONFIG_INTEGRITY_WARN);
	assert_rc(&cx,
		  config_parse(&cx,
			       ZD_STR("# a\n\n workers = 3 \r\nintegrity=refuse\ndb = "
				      "postgresql:///x?a=b"),
			       "conf", &c),
		  ZD_OK);
	assert_int_equal(c.workers, 3);
	assert_int_equal(c.integrity, CONFIG_INTEGRITY_REFUSE);
	assert_text(c.db, "postgresql:///x?a=b");
}

static void
unknown_settings_stop_the_program(void **state)
{
	struct app_config c;
	(void)state;

	assert_rc(&cx,
		  config_parse(&cx, ZD_STR("workers = 2\ndebugg = true\n"), "zhaodan.conf", &c),
		  ZD_INVALID);
	assert_string_equal(cx.err.text, "zhaodan.conf 第 2 行：没有配置项「debugg」。");
	assert_rc(&cx, config_parse(&cx, ZD_STR("workers = 2\nworkers = 2\n"), "c", &c),
		  ZD_INVALID);
	assert_rc(&cx, config_parse(&cx, ZD_STR("workers = 0"), "c", &c), ZD_INVALID);
	assert_rc(&cx, config_parse(&cx, ZD_STR("workers"), "c", &c), ZD_INVALID);
	assert_rc(&cx, config_parse(&cx, ZD_STR("integrity = maybe"), "c", &c), ZD_INVALID);
	/* the law's floor: six months */
	assert_rc(&cx, config_parse(&cx, ZD_STR("audit_days = 30"), "c", &c), ZD_INVALID);
}

static void
the_example_file_is_all_comment(void **state)
{
	struct app_config c;
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	(void)state;

	config_example(&out);
	assert_true(out.n > 500);
	assert_rc(&cx, config_parse(&cx, zd_out_str(&out), "example", &c), ZD_OK);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(options_and_operands_land_in_their_fields),
		T(wrong_use_is_named),
		T(help_asked_for_needs_nothing_else),
		T(commands_are_found_by_one_or_two_words),
		T(help_and_man_page_say_the_same),
		T(settings_have_defaults_and_limits),
		T(unknown_settings_stop_the_program),
		T(the_example_file_is_all_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
