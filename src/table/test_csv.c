#include "table/test_table.h"

static struct zd_str
csv(const char *p, size_t n)
{
	return dump_bytes((struct zd_str){ p, n }, TABLE_CSV, NULL);
}

#define CSV(lit) csv("" lit, sizeof(lit) - 1)

static void
rows_and_quotes_are_read(void **state)
{
	(void)state;
	assert_text(
		CSV("编号,名称,备注\n1,张记面馆,\"甲,乙\"\r\n2,\"说\"\"好\"\"\",\"两\n行\"\n\n3,,"),
		"[编号|名称|备注]\n"
		"1@2: 1|张记面馆|甲,乙\n"
		"2@3: 2|说\"好\"|两\n行\n"
		"3@6: 3|~|~\n");
	assert_text(CSV("a,b\n1,5\" 管\n\"x\",\"\"\n"), "[a|b]\n1@2: 1|5\" 管\n2@3: x|~\n");
	assert_text(CSV("a,b\r1,2\r3,4"), "[a|b]\n1@2: 1|2\n2@3: 3|4\n");
}

static void
short_and_long_rows_show_what_they_have(void **state)
{
	(void)state;
	assert_text(CSV("a,b,c\n1\n1,2,3,4\n,,\n"), "[a|b|c]\n1@2: 1|~|~\n2@3: 1|2|3|4\n");
}

static void
separators_are_found_from_the_heading(void **state)
{
	(void)state;
	assert_text(CSV("a;b;c,x\n1;2;3\n"), "[a|b|c,x]\n1@2: 1|2|3\n");
	assert_text(CSV("a\tb\tc\n1\t2,5\t3\n"), "[a|b|c]\n1@2: 1|2,5|3\n");
	assert_text(CSV("sep=;\r\na;b\n1,5;2\n"), "[a|b]\n1@3: 1,5|2\n");
}

static bool
is_known(void *arg, struct zd_str text)
{
	const char *const *names = arg;

	for (; *names; names++)
		if (zd_str_equal(text, zd_str_of(*names)))
			return true;
	return false;
}

static const char *names[] = { "编号", "名称", NULL };
static const struct table_options known = { .is_heading = is_known, .arg = (void *)names };

static void
the_row_with_most_hits_is_the_heading(void **state)
{
	(void)state;
	assert_text(
		dump_bytes(ZD_STR("检查记录,,,\n填表人,编号,,\n 编号 , 名称;x,名称\n【说明】必填,\n"
				  "1,2,3\n【说明】,\n"),
			   TABLE_CSV, &known),
		"[编号|名称;x|名称]\n1@5: 1|2|3\n2@6: 【说明】|~|~\n");
	assert_text(dump_bytes(ZD_STR("编号;名称\n1,2,3;4\n"), TABLE_CSV, &known),
		    "[编号|名称]\n1@2: 1,2,3|4\n");
}

static void
a_broken_quote_costs_one_line(void **state)
{
	(void)state;
	assert_text(CSV("a,b\n1,\"x\" y\n2,z\n"),
		    "[a|b]\n1@2! 1 第 2 列引号之后应为分隔符\n2@3: 2|z\n");
	assert_text(CSV("a,b\n1,\"never\n2,z\n3,w\n"),
		    "[a|b]\n1@2! 1 第 2 列引号没有闭合\n2@3: 2|z\n3@4: 3|w\n");
	assert_text(CSV("a,b\n1,\"never"), "[a|b]\n1@2! 1 第 2 列引号没有闭合\n");
}

static void
a_row_that_is_not_text_is_broken_alone(void **state)
{
	(void)state;
	assert_text(CSV("编号,名称\n一,\xFF\xFEz\n二,乙\n三,x\0y\n四,丁\n"),
		    "[编号|名称]\n"
		    "1@2! 1 第 2 列有不是 UTF-8 编码的字节\n"
		    "2@3: 二|乙\n"
		    "3@4! 1 第 2 列有空字符（NUL）\n"
		    "4@5: 四|丁\n");
	assert_contains(notes_of(ZD_STR("编号\n一\n\xFF\n"), TABLE_CSV, NULL),
			"有些行不是 UTF-8 编码");
}

/* 编号,名称 / 甲,乙 in the encodings people send. */
#define GB_HEADING "\xB1\xE0\xBA\xC5,\xC3\xFB\xB3\xC6\r\n"
#define GB_ROW "\xBC\xD7,\xD2\xD2\r\n"

static void
encodings_are_found_by_content(void **state)
{
	(void)state;
	static const char want[] = "[编号|名称]\n1@2: 甲|乙\n";
	assert_text(CSV("\xEF\xBB\xBF编号,名称\n甲,乙\n"), want);
	assert_text(CSV(GB_HEADING GB_ROW), want);
	assert_text(CSV("\xFF\xFE\x16\x7F\xF7\x53\t\0\x0D\x54\xF0\x79\n\0\x32\x75\t\0\x59\x4E\n\0"),
		    want);
	assert_text(CSV("\xFE\xFF\x7F\x16\x53\xF7\0,\x54\x0D\x79\xF0\0\n\x75\x32\0,\x4E\x59"),
		    want);
	assert_contains(notes_of(ZD_STR(GB_HEADING GB_ROW), TABLE_CSV, NULL),
			"编码：GB18030（不是 UTF-8，已按 GB18030 转换）");
	assert_contains(notes_of(ZD_STR("\xEF\xBB\xBFx\n1"), TABLE_CSV, NULL),
			"编码：UTF-8（带 BOM）");
}

static void
a_bad_byte_in_gb18030_breaks_its_row(void **state)
{
	(void)state;
	assert_text(
		CSV(GB_HEADING GB_ROW "\xFF,\xD2\xD2\r\n" GB_ROW),
		"[编号|名称]\n1@2: 甲|乙\n2@3! 0 第 1 列有不是 GB18030 编码的字节\n3@4: 甲|乙\n");
}

static void
four_bytes_of_gb18030_cross_the_reading_blocks(void **state)
{
	struct zd_out out = { .max = 4 << 20 };

	(void)state;
	zd_out_write(&out, ZD_STR(GB_HEADING));
	for (int i = 0; i < 40000; i++) /* 㐀 (U+3400) has four bytes */
		zd_out_printf(&out, "%.*s\x81\x39\xEE\x39,%d\n", i % 3, "xx", i);
	struct zd_str got = dump_bytes(zd_out_str(&out), TABLE_CSV, NULL);
	zd_out_drop(&out);
	assert_contains(got, "\n40000@40001: 㐀|39999\n");
	assert_false(contains(got, "!"));
	for (int i = 0; i < 40000; i += 997) {
		struct zd_str line =
			zd_str_printf(arena, "\n%d@%d: %.*s㐀|%d\n", i + 1, i + 2, i % 3, "xx", i);
		assert_contains(got, line.p);
	}
}

static void
mixed_line_ends_are_noted(void **state)
{
	(void)state;
	assert_contains(notes_of(ZD_STR("a,b\r\n1,2\n"), TABLE_CSV, NULL), "换行符不一致");
	assert_false(contains(notes_of(ZD_STR("a,b\r\n1,2\r\n"), TABLE_CSV, NULL), "换行符"));
}

static void
huge_things_are_refused_row_by_row(void **state)
{
	struct zd_out out = { .max = (size_t)16 << 20 };

	(void)state;
	zd_out_write(&out, ZD_STR("a,b\n1,"));
	for (int i = 0; i < 600000; i++)
		zd_out_write(&out, ZD_STR("xxxxxxxxxx"));
	zd_out_write(&out, ZD_STR("\n2,y\n"));
	for (int i = 0; i < 1000000; i++)
		zd_out_write(&out, ZD_STR(","));
	zd_out_write(&out, ZD_STR("\n3,z\n"));
	assert_text(dump_bytes(zd_out_str(&out), TABLE_CSV, NULL),
		    "[a|b]\n1@2! 1 第 2 列内容过长\n2@3: 2|y\n3@4! 1000 第 1001 "
		    "列列数超过上限\n4@5: 3|z\n");
	zd_out_drop(&out);
}

static void
a_long_row_of_short_fields_is_refused(void **state)
{
	struct zd_out out = { .max = (size_t)16 << 20 };
	struct table_options o = { .limits = { .max_row = 4096, .max_cell = 2000 } };

	(void)state;
	zd_out_write(&out, ZD_STR("a,b\n"));
	for (int i = 0; i < 400; i++)
		zd_out_write(&out, ZD_STR("xxxxxxxxxxxxxxxxxxx,"));
	zd_out_write(&out, ZD_STR("\r\n2,y\r\n"));
	assert_text(dump_bytes(zd_out_str(&out), TABLE_CSV, &o),
		    "[a|b]\n1@2! 204 第 205 列之前已超过一行的长度上限\n2@3: 2|y\n");
	zd_out_drop(&out);
}

static void
a_heading_of_a_million_columns_is_refused(void **state)
{
	struct zd_out out = { .max = (size_t)16 << 20 };

	(void)state;
	for (int i = 0; i < 1000000; i++)
		zd_out_write(&out, ZD_STR("a,"));
	assert_text(dump_bytes(zd_out_str(&out), TABLE_CSV, NULL),
		    "invalid: 表头读不出来：第 1 行第 1001 列列数超过上限\n");
	zd_out_drop(&out);
}

static void
empty_files_are_refused(void **state)
{
	(void)state;
	assert_text(CSV(""), "invalid: 文件里没有任何一行数据\n");
	assert_text(CSV("\xEF\xBB\xBF\n \n,,\n"), "invalid: 文件里没有任何一行数据\n");
}

static void
guarded_cells_are_taken_off_their_guard(void **state)
{
	(void)state;
	assert_text(CSV("a,b\n'=1+1,''x\n'abc,\"'＝1\"\n'-5,'\n"),
		    "[a|b]\n1@2: =1+1|'x\n2@3: 'abc|＝1\n3@4: -5|'\n");
}

static void
every_window_size_gives_the_same_rows(void **state)
{
	static const char text[] = "编号,名称\r\n1,\"甲\"\"乙\"\n2,\"x\r\ny\"\r\n3,丙丁戊己庚\r\n";
	struct zd_str want = dump_bytes((struct zd_str){ text, sizeof(text) - 1 }, TABLE_CSV, NULL);

	(void)state;
	for (size_t max = 40; max < 200; max++) {
		struct table_options o = { .limits = { .max_row = max } };
		struct zd_str got =
			dump_bytes((struct zd_str){ text, sizeof(text) - 1 }, TABLE_CSV, &o);
		assert_true(zd_str_equal(got, want));
	}
}

static void
raw_bytes_of_a_row_are_kept(void **state)
{
	static const char text[] = "a,b\n1,\"x\" y\n2,\"z\"\r\n";
	int fd ZD_CLEANUP(drop_fd) = file_of(text, sizeof(text) - 1);
	struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
	struct table_row row;

	(void)state;
	assert_rc(&cx, table_open(&cx, fd, TABLE_CSV, NULL, &reader), ZD_OK);
	assert_rc(&cx, table_next(&cx, reader, &row), ZD_OK);
	assert_text(row.raw, "1,\"x\" y");
	assert_rc(&cx, table_next(&cx, reader, &row), ZD_OK);
	assert_text(row.raw, "2,\"z\"");
	assert_int_equal(table_bytes_read(reader), sizeof(text) - 1);
}

static void
formats_are_told_by_content(void **state)
{
	static const struct {
		struct zd_str bytes;
		enum zd_rc rc;
		enum table_format format;
	} cases[] = {
		{ ZD_LIT("PK\x03\x04..."), ZD_OK, TABLE_XLSX },
		{ ZD_LIT(" \n{\"a\":1}"), ZD_OK, TABLE_NDJSON },
		{ ZD_LIT("\xEF\xBB\xBF[]"), ZD_OK, TABLE_NDJSON },
		{ ZD_LIT("a,b"), ZD_OK, TABLE_CSV },
		{ ZD_LIT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), ZD_INVALID, 0 },
		{ ZD_LIT("<html><table>"), ZD_INVALID, 0 },
		{ ZD_LIT("%PDF-1.7"), ZD_INVALID, 0 },
		{ ZD_LIT(""), ZD_INVALID, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		int fd ZD_CLEANUP(drop_fd) = file_of(cases[i].bytes.p, cases[i].bytes.n);
		enum table_format format = TABLE_CSV;
		assert_rc(&cx, table_sniff(&cx, fd, &format), cases[i].rc);
		if (cases[i].rc == ZD_OK)
			assert_int_equal(format, cases[i].format);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_quotes_are_read),
		cmocka_unit_test(short_and_long_rows_show_what_they_have),
		cmocka_unit_test(separators_are_found_from_the_heading),
		cmocka_unit_test(the_row_with_most_hits_is_the_heading),
		cmocka_unit_test(a_broken_quote_costs_one_line),
		cmocka_unit_test(a_row_that_is_not_text_is_broken_alone),
		cmocka_unit_test(encodings_are_found_by_content),
		cmocka_unit_test(a_bad_byte_in_gb18030_breaks_its_row),
		cmocka_unit_test(four_bytes_of_gb18030_cross_the_reading_blocks),
		cmocka_unit_test(mixed_line_ends_are_noted),
		cmocka_unit_test(huge_things_are_refused_row_by_row),
		cmocka_unit_test(a_long_row_of_short_fields_is_refused),
		cmocka_unit_test(a_heading_of_a_million_columns_is_refused),
		cmocka_unit_test(empty_files_are_refused),
		cmocka_unit_test(guarded_cells_are_taken_off_their_guard),
		cmocka_unit_test(every_window_size_gives_the_same_rows),
		cmocka_unit_test(raw_bytes_of_a_row_are_kept),
		cmocka_unit_test(formats_are_told_by_content),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
