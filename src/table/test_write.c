#include "table/test_book.h"

#define FILE_PATTERN "/tmp/zd-table-XXXXXX"

static char path[64];

static void
make_path(void)
{
	strcpy(path, FILE_PATTERN);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
}

static struct zd_str
written(enum table_format format, struct zd_str title, const struct table_column *columns, size_t n,
	const struct zd_str *cells, size_t rows)
{
	struct table_writer *w = NULL;

	make_path();
	assert_rc(&cx, table_writer_open(&cx, path, format, title, columns, n, &w), ZD_OK);
	for (size_t i = 0; i < rows; i++)
		assert_rc(&cx, table_write(&cx, w, cells + i * n), ZD_OK);
	assert_rc(&cx, table_writer_close(&cx, w), ZD_OK);
	struct zd_str got = file_text(path);
	unlink(path);
	return got;
}

static const struct table_column two[] = { { .heading = ZD_LIT("编号"), .width = 20 },
					   { .heading = ZD_LIT("说\"明\"") } };

static void
csv_for_people_is_quoted_and_guarded(void **state)
{
	static const struct zd_str cells[] = { ZD_LIT("=1+1"),
					       ZD_LIT("a\"b\n"),
					       { NULL, 0 },
					       ZD_LIT("\xEF\xBC\x8B"
						      "x") };

	(void)state;
	assert_text(written(TABLE_CSV, ZD_STR("表"), two, 2, cells, 2),
		    "\xEF\xBB\xBF\"编号\",\"说\"\"明\"\"\"\r\n\"'=1+1\",\"a\"\"b\n\"\r\n\"\",\"'"
		    "\xEF\xBC\x8B"
		    "x\"\r\n");
}

static void
ndjson_is_exact(void **state)
{
	static const struct zd_str cells[] = {
		ZD_LIT("=1+1"), { NULL, 0 }, ZD_LIT(""), ZD_LIT("a\x01\"\xFF")
	};

	(void)state;
	assert_text(written(TABLE_NDJSON, ZD_STR("表"), two, 2, cells, 2),
		    "{\"编号\":\"=1+1\",\"说\\\"明\\\"\":null}\n"
		    "{\"编号\":\"\",\"说\\\"明\\\"\":\"a\\u0001\\\"\xEF\xBF\xBD\"}\n");
}

/* What people and attackers write into cells. */
static const struct zd_str wild[] = {
	ZD_LIT("=1+1"),
	ZD_LIT("'=1"),
	ZD_LIT("''"),
	ZD_LIT("-5"),
	ZD_LIT("\tx"),
	ZD_LIT("@SUM(A1)"),
	ZD_LIT("000123"),
	ZD_LIT("911100001234567890"),
	ZD_LIT("a\r\nb"),
	ZD_LIT("a\nb"),
	ZD_LIT("<&>\"'"),
	ZD_LIT("_x000D_"),
	ZD_LIT("x\x01y"),
	ZD_LIT(" 空格 "),
	ZD_LIT("\xE3\x80\x80"
	       "全角"),
	ZD_LIT("😀𠮷"),
	ZD_LIT("'"),
	ZD_LIT("TRUE"),
	ZD_LIT("2024-05-01"),
	ZD_LIT("\"\""),
};

static void
what_is_written_is_read_again(void **state)
{
	static const enum table_format formats[] = { TABLE_CSV, TABLE_XLSX, TABLE_NDJSON };

	(void)state;
	for (size_t f = 0; f < N(formats); f++) {
		struct zd_str cells[N(wild) * 2];
		for (size_t i = 0; i < N(wild); i++) {
			cells[i * 2] = ZD_STR("k");
			cells[i * 2 + 1] = wild[i];
		}
		struct zd_str file = written(formats[f], ZD_STR("表"), two, 2, cells, N(wild));
		int fd ZD_CLEANUP(drop_fd) = file_of(file.p, file.n);
		struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
		struct table_row row;
		assert_rc(&cx, table_open(&cx, fd, formats[f], NULL, &reader), ZD_OK);
		for (size_t i = 0; i < N(wild); i++) {
			assert_rc(&cx, table_next(&cx, reader, &row), ZD_OK);
			if (!zd_str_equal(row.cells[1].text, wild[i]))
				fail_msg("format %d: wrote '%.*s', read '%.*s'", (int)formats[f],
					 ZD_STR_ARG(wild[i]), ZD_STR_ARG(row.cells[1].text));
			assert_false(row.cells[1].formula);
			assert_null(row.cells[1].fault);
		}
		assert_rc(&cx, table_next(&cx, reader, &row), ZD_NOT_FOUND);
	}
}

static struct zd_str
part_text(struct zd_str file, const char *name)
{
	int fd ZD_CLEANUP(drop_fd) = file_of(file.p, file.n);
	struct zip *zip;
	struct zd_str text;

	assert_rc(&cx, zip_open(&cx, fd, NULL, arena, &zip), ZD_OK);
	const struct zip_member *m = zip_find(zip, zd_str_of(name));
	assert_non_null(m);
	assert_rc(&cx, zip_read_all(&cx, zip, m, (size_t)1 << 24, arena, &text), ZD_OK);
	return text;
}

static void
an_export_has_a_frozen_filtered_head_and_no_formula(void **state)
{
	static const struct zd_str cells[] = { ZD_LIT("=1+1"), ZD_LIT("x") };
	struct zd_str file = written(TABLE_XLSX, ZD_STR("检查/行为[2024]"), two, 2, cells, 1);
	struct zd_str sheet = part_text(file, "xl/worksheets/sheet1.xml");

	(void)state;
	assert_contains(sheet, "<autoFilter ref=\"A1:B2\"/>");
	assert_contains(sheet, "state=\"frozen\"");
	assert_false(contains(sheet, "<f>"));
	assert_contains(part_text(file, "xl/workbook.xml"), "name=\"检查 行为 2024\"");
}

static void
an_entry_workbook_explains_itself_and_reads_empty(void **state)
{
	struct zd_str many[400];
	static const struct zd_str few[] = { ZD_LIT("合格"), ZD_LIT("不合格") };
	struct table_column columns[] = {
		{ .heading = ZD_LIT("编号"), .hint = ZD_LIT("不超过 64 字"), .required = true },
		{ .heading = ZD_LIT("结果"), .choices = few, .n_choices = 2 },
		{ .heading = ZD_LIT("区划"),
		  .choices = many,
		  .n_choices = N(many),
		  .required = true },
	};

	(void)state;
	for (size_t i = 0; i < N(many); i++)
		many[i] = zd_str_printf(arena, "%06zu 某区", 110000 + i);
	struct zd_str file = written(TABLE_XLSX, ZD_STR("检查行为"), columns, 3, NULL, 0);
	struct zd_str sheet = part_text(file, "xl/worksheets/sheet1.xml");
	assert_contains(sheet, "<formula1>\"合格,不合格\"</formula1>");
	assert_contains(sheet, "<formula1>'选项'!$A$1:$A$400</formula1>");
	assert_contains(sheet, "sqref=\"C4:C1048576\"");
	assert_contains(part_text(file, "xl/workbook.xml"),
			"name=\"选项\" sheetId=\"2\" state=\"hidden\"");
	assert_contains(part_text(file, "xl/worksheets/sheet2.xml"), "110399 某区");
	assert_contains(sheet, "【说明】必填；不超过 64 字");
	static const struct zd_str row[] = { ZD_LIT("001"), ZD_LIT("合格"), ZD_LIT("110000 某区") };
	assert_text(dump_bytes(written(TABLE_XLSX, ZD_STR("检查行为"), columns, 3, row, 1),
			       TABLE_XLSX, &(struct table_options){ .is_heading = NULL }),
		    "[检查行为]\n1@2: 编号|结果|区划\n2@3: 【说明】必填；不超过 64 字|~|必填\n"
		    "3@4: 001|合格|110000 某区\n");
}

/* 200 characters, 500 bytes: more than libxlsxwriter has room for. */
static void
a_list_of_many_bytes_goes_to_a_sheet_of_its_own(void **state)
{
	struct zd_str choices[40];
	struct table_column column = { .heading = ZD_LIT("结果"),
				       .choices = choices,
				       .n_choices = N(choices) };

	(void)state;
	for (size_t i = 0; i < N(choices); i++)
		choices[i] = zd_str_printf(arena, "结果第%02zu", i);
	struct zd_str file = written(TABLE_XLSX, ZD_STR("检查行为"), &column, 1, NULL, 0);
	assert_contains(part_text(file, "xl/worksheets/sheet1.xml"),
			"<formula1>'选项'!$A$1:$A$40</formula1>");
}

static bool
is_known(void *arg, struct zd_str text)
{
	(void)arg;
	return zd_str_equal(text, ZD_STR("编号")) || zd_str_equal(text, ZD_STR("结果"));
}

static void
the_hint_row_is_no_data(void **state)
{
	struct table_column columns[] = { { .heading = ZD_LIT("编号"), .hint = ZD_LIT("x") },
					  { .heading = ZD_LIT("结果") } };
	static const struct zd_str row[] = { ZD_LIT("001"), ZD_LIT("合格") };
	struct table_options o = { .is_heading = is_known };

	(void)state;
	assert_text(dump_bytes(written(TABLE_XLSX, ZD_STR("检查行为"), columns, 2, row, 1),
			       TABLE_XLSX, &o),
		    "[编号|结果]\n1@4: 001|合格\n");
}

static void
a_cell_too_long_for_excel_is_named(void **state)
{
	struct table_writer *w ZD_CLEANUP(table_writer_drop) = NULL;
	struct zd_str cells[2] = { ZD_STR("1"), { zd_alloc(arena, 40000), 40000 } };

	(void)state;
	memset((char *)(uintptr_t)cells[1].p, 'x', 40000);
	make_path();
	assert_rc(&cx, table_writer_open(&cx, path, TABLE_XLSX, ZD_STR("表"), two, 2, &w), ZD_OK);
	assert_rc(&cx, table_write(&cx, w, cells), ZD_TOO_LARGE);
	assert_non_null(strstr(cx.err.text, "「说\"明\"」第 2 行"));
	table_writer_drop(&w);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void
a_path_that_cannot_be_written_is_said(void **state)
{
	struct table_writer *w = NULL;

	(void)state;
	assert_rc(&cx,
		  table_writer_open(&cx, "/nowhere/x.csv", TABLE_CSV, ZD_STR("表"), two, 2, &w),
		  ZD_FAILED);
	assert_rc(&cx,
		  table_writer_open(&cx, "/nowhere/x.xlsx", TABLE_XLSX, ZD_STR("表"), two, 2, &w),
		  ZD_FAILED);
	assert_null(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_for_people_is_quoted_and_guarded),
		cmocka_unit_test(ndjson_is_exact),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(an_export_has_a_frozen_filtered_head_and_no_formula),
		cmocka_unit_test(an_entry_workbook_explains_itself_and_reads_empty),
		cmocka_unit_test(a_list_of_many_bytes_goes_to_a_sheet_of_its_own),
		cmocka_unit_test(the_hint_row_is_no_data),
		cmocka_unit_test(a_cell_too_long_for_excel_is_named),
		cmocka_unit_test(a_path_that_cannot_be_written_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
