#include "table/test_book.h"

/* A workbook before and after, and what is in it. */
static struct zd_str
marked(struct zd_str file, const char *sheet, const struct table_mark *marks, size_t n)
{
	char path[] = "/tmp/zd-mark-XXXXXX";
	int out = mkstemp(path), fd ZD_CLEANUP(drop_fd) = file_of(file.p, file.n);

	assert_true(out >= 0);
	close(out);
	assert_rc(&cx, table_mark_workbook(&cx, fd, zd_str_of(sheet), marks, n, path), ZD_OK);
	struct zd_str got = file_text(path);
	unlink(path);
	return got;
}

static struct zip *
open_zip(struct zd_str file)
{
	struct zip *zip;

	/* The descriptor lives as long as the arena's zip: the test process is short. */
	assert_rc(&cx, zip_open(&cx, file_of(file.p, file.n), NULL, arena, &zip), ZD_OK);
	return zip;
}

static struct zd_str
part_of(struct zd_str file, const char *name)
{
	struct zip *zip = open_zip(file);
	const struct zip_member *m = zip_find(zip, zd_str_of(name));
	struct zd_str text;

	if (!m)
		fail_msg("no part %s", name);
	assert_rc(&cx, zip_read_all(&cx, zip, m, (size_t)1 << 26, arena, &text), ZD_OK);
	close(zip->fd);
	return text;
}

static size_t
count_of(struct zd_str s, const char *what)
{
	size_t n = 0;

	for (const char *p = s.p; (p = memmem(p, s.n - (size_t)(p - s.p), what, strlen(what))); p++)
		n++;
	return n;
}

/* Every part that is not named is in its place with the same local record, bit for bit. */
static void
assert_others_identical(struct zd_str before, struct zd_str after, const char *const *names,
			size_t n)
{
	struct zip *a = open_zip(before), *b = open_zip(after);
	size_t checked = 0;

	assert_true(b->n >= a->n);
	for (size_t i = 0; i < a->n; i++) {
		const struct zip_member *x = &a->members[i], *y = &b->members[i];
		bool named = false;
		assert_true(zd_str_equal(x->name, y->name));
		for (size_t k = 0; k < n; k++)
			named = named || zd_str_equal(x->name, zd_str_of(names[k]));
		if (named)
			continue;
		assert_int_equal(x->end - x->local, y->end - y->local);
		assert_memory_equal(before.p + x->local, after.p + y->local,
				    (size_t)(x->end - x->local));
		/* The directory record but for the offset. */
		assert_int_equal(x->central.n, y->central.n);
		assert_memory_equal(x->central.p, y->central.p, 42);
		assert_memory_equal(x->central.p + 46, y->central.p + 46, x->central.n - 46);
		checked++;
	}
	assert_true(checked > 2);
	close(a->fd);
	close(b->fd);
}

static const struct table_mark marks[] = {
	{ 3, 0, ZD_LIT("编号重复") },
	{ 4, 1, ZD_LIT("统一社会信用代码「123456789012346000」校验位不对 <&>") },
	{ 4, 1, ZD_LIT("第二条") },
	{ 4, 7, ZD_LIT("录入时间必填") },
	{ 5, 3, ZD_LIT("内部备注必填") },
	{ 7, -1, ZD_LIT("整行有误") },
};

static const char *const touched[] = { "xl/worksheets/sheet2.xml",
				       "xl/styles.xml",
				       "xl/comments2.xml",
				       "xl/drawings/vmlDrawing1.vml",
				       "xl/worksheets/_rels/sheet2.xml.rels",
				       "[Content_Types].xml" };

static void
a_workbook_of_libreoffice_comes_back_marked(void **state)
{
	struct zd_str before = file_text(FIXTURES "/actions.xlsx");
	struct zd_str after = marked(before, "检查行为", marks, N(marks));
	struct zd_str comments = part_of(after, "xl/comments2.xml");
	struct zd_str sheet = part_of(after, "xl/worksheets/sheet2.xml");

	(void)state;
	assert_others_identical(before, after, touched, N(touched));
	assert_true(zd_str_equal(dump_bytes(before, TABLE_XLSX, NULL),
				 dump_bytes(after, TABLE_XLSX, NULL)));
	/* The sender's own comment stays, ours stands behind it; a new cell of row 4 and a new row 7. */
	assert_contains(comments, "编号按台账");
	assert_contains(comments, "\n照单：\n编号重复");
	assert_contains(comments, "校验位不对 &lt;&amp;&gt;\n第二条");
	/* D5 is covered by D4: said there. */
	assert_contains(comments, "<comment ref=\"D4\" authorId=\"1\">");
	assert_contains(comments, "D5 单元格：内部备注必填");
	assert_int_equal(count_of(comments, "<comment "), 5);
	assert_contains(sheet, "<c r=\"G4\" s=\"5\" t=\"n\"><v>1234</v></c><c r=\"H4\" s=\"");
	assert_contains(sheet, "<row r=\"7\"><c r=\"A7\" s=\"");
	assert_int_equal(count_of(sheet, "<legacyDrawing "), 1);
	assert_int_equal(count_of(part_of(after, "xl/drawings/vmlDrawing1.vml"), "<x:Row>"), 5);
}

static void
styles_get_twins_that_differ_by_their_fill(void **state)
{
	struct zd_str before = file_text(FIXTURES "/actions.xlsx");
	struct zd_str old = part_of(before, "xl/styles.xml");
	struct zd_str new = part_of(marked(before, "检查行为", marks, N(marks)), "xl/styles.xml");

	(void)state;
	assert_int_equal(count_of(new, "<fill>"), count_of(old, "<fill>") + 1);
	/* A3 and B4 share a style, H4 has none of its own, D4 another: two or three twins. */
	assert_in_range(count_of(new, "<xf "), count_of(old, "<xf ") + 2,
			count_of(old, "<xf ") + 3);
	assert_int_equal(count_of(new, "applyFill=\"1\""), count_of(old, "applyFill=\"1\"") +
								   count_of(new, "<xf ") -
								   count_of(old, "<xf "));
	assert_int_equal(count_of(new, "FFFFC9CC"), 1);
}

static void
marking_again_replaces_earlier_marks(void **state)
{
	static const struct table_mark fewer[] = { { 4, 7, ZD_LIT("仍未填") } };
	struct zd_str before = file_text(FIXTURES "/actions.xlsx");
	struct zd_str once = marked(before, "检查行为", marks, N(marks));
	struct zd_str again = marked(once, "检查行为", marks, N(marks));
	struct zd_str less = marked(again, "检查行为", fewer, N(fewer));
	struct zd_str none = marked(less, "检查行为", NULL, 0);

	(void)state;
	for (size_t i = 0; i < N(touched); i++)
		assert_text(part_of(again, touched[i]), part_of(once, touched[i]).p);
	struct zd_str comments = part_of(less, "xl/comments2.xml");
	assert_int_equal(count_of(comments, "<comment "), 2);
	assert_int_equal(count_of(comments, "照单："), 1);
	assert_contains(comments, "编号按台账</t>");
	assert_int_equal(count_of(part_of(less, "xl/drawings/vmlDrawing1.vml"), "<x:Row>"), 2);
	comments = part_of(none, "xl/comments2.xml");
	assert_int_equal(count_of(comments, "<comment "), 1);
	assert_false(contains(comments, "照单："));
	/* The cells look as before: A3, B4, D4 have their old styles. */
	struct zd_str sheet = part_of(none, "xl/worksheets/sheet2.xml");
	assert_contains(sheet, "<c r=\"A3\" s=\"0\"");
	assert_contains(sheet, "<c r=\"B4\" s=\"0\"");
	assert_contains(sheet, "<c r=\"D4\" s=\"1\"");
}

static void
a_workbook_of_openpyxl_comes_back_marked(void **state)
{
	static const struct table_mark some[] = { { 2, 0, ZD_LIT("一") }, { 3, 1, ZD_LIT("二") } };
	static const char *const changed[] = { "xl/worksheets/sheet1.xml", "xl/styles.xml",
					       "xl/comments/comment1.xml",
					       "xl/drawings/commentsDrawing1.vml",
					       "[Content_Types].xml" };
	struct zd_str before = file_text(FIXTURES "/openpyxl.xlsx");
	struct zd_str after = marked(before, "检查行为", some, N(some));

	(void)state;
	assert_others_identical(before, after, changed, N(changed));
	assert_true(zd_str_equal(dump_bytes(before, TABLE_XLSX, NULL),
				 dump_bytes(after, TABLE_XLSX, NULL)));
	struct zd_str comments = part_of(after, "xl/comments/comment1.xml");
	assert_contains(comments, "原有批注");
	assert_contains(comments, "\n照单：\n一");
	assert_int_equal(count_of(comments, "<comment "), 2);
}

/* A sheet of libxlsxwriter, without comments, with an autofilter and inline texts. */
static struct zd_str
written(int rows, int columns)
{
	char path[] = "/tmp/zd-mark-XXXXXX";
	struct table_column *heads = zd_new_array(arena, struct table_column, (size_t)columns);
	struct zd_str *cells = zd_new_array(arena, struct zd_str, (size_t)columns);
	struct table_writer *w;

	close(mkstemp(path));
	for (int i = 0; i < columns; i++)
		heads[i].heading = zd_str_printf(arena, "列%d", i);
	assert_rc(
		&cx,
		table_writer_open(&cx, path, TABLE_XLSX, ZD_STR("表"), heads, (size_t)columns, &w),
		ZD_OK);
	for (int r = 0; r < rows; r++) {
		for (int i = 0; i < columns; i++)
			cells[i] = (r + i) % 7 ? zd_str_printf(arena, "值%d-%d", r, i)
					       : (struct zd_str){ 0 };
		assert_rc(&cx, table_write(&cx, w, cells), ZD_OK);
	}
	assert_rc(&cx, table_writer_close(&cx, w), ZD_OK);
	struct zd_str file = file_text(path);
	unlink(path);
	return file;
}

static void
a_workbook_without_comments_gets_them(void **state)
{
	static const struct table_mark some[] = { { 2, 0, ZD_LIT("一") }, { 3, 5, ZD_LIT("二") } };
	static const char *const changed[] = { "xl/worksheets/sheet1.xml", "xl/styles.xml",
					       "[Content_Types].xml" };
	struct zd_str before = written(5, 3), after = marked(before, NULL, some, N(some));
	struct zd_str types = part_of(after, "[Content_Types].xml");
	struct zd_str relations = part_of(after, "xl/worksheets/_rels/sheet1.xml.rels");
	struct zd_str sheet = part_of(after, "xl/worksheets/sheet1.xml");

	(void)state;
	assert_others_identical(before, after, changed, N(changed));
	assert_contains(types, "Extension=\"vml\"");
	assert_contains(types, "PartName=\"/xl/comments1.xml\"");
	assert_contains(relations, "Target=\"/xl/comments1.xml\"");
	assert_contains(relations, "Id=\"rIdDrawing1\"");
	assert_contains(relations, "Target=\"/xl/drawings/vmlDrawing1.vml\"");
	assert_contains(sheet, "r:id=\"rIdDrawing1\"/></worksheet>");
	assert_int_equal(count_of(part_of(after, "xl/drawings/vmlDrawing1.vml"), "<v:shape "), 2);
	/* F3 was not there. */
	assert_contains(sheet, "<c r=\"F3\" s=\"");
}

static void
prefixes_and_strict_namespaces_are_kept(void **state)
{
	static const struct table_mark some[] = { { 1, 0, ZD_LIT("一") }, { 2, 1, ZD_LIT("二") } };
	struct zd_str before = book_of(&(struct book_parts){
		.styles = "<x:styleSheet "
			  "xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><x:fills "
			  "count=\"1\"><x:fill><x:patternFill/></x:fill></"
			  "x:fills><x:cellXfs><x:xf><x:alignment/>"
			  "</x:xf></x:cellXfs></x:styleSheet>",
		.sheet1 = "<x:worksheet "
			  "xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><x:sheetData>"
			  "<x:row spans=\"1:1\"><x:c "
			  "t=\"str\"><x:v>a</x:v></x:c></x:row></x:sheetData>"
			  "<x:tableParts/></x:worksheet>" });
	struct zd_str after = marked(before, NULL, some, N(some));

	(void)state;
	assert_text(part_of(after, "xl/worksheets/sheet1.xml"),
		    "<x:worksheet "
		    "xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><x:sheetData>"
		    "<x:row><x:c s=\"1\" t=\"str\"><x:v>a</x:v></x:c></x:row>"
		    "<x:row r=\"2\"><x:c r=\"B2\" s=\"1\"/></x:row></x:sheetData>"
		    "<x:legacyDrawing "
		    "xmlns:r=\"http://purl.oclc.org/ooxml/officeDocument/relationships\" "
		    "r:id=\"rIdDrawing1\"/><x:tableParts/></x:worksheet>");
	assert_contains(part_of(after, "xl/styles.xml"),
			"<x:xf fillId=\"1\" applyFill=\"1\"><x:alignment/></x:xf></x:cellXfs>");
	assert_contains(part_of(after, "xl/worksheets/_rels/sheet1.xml.rels"), "purl.oclc.org");
	assert_true(zd_str_equal(dump_bytes(before, TABLE_XLSX, NULL),
				 dump_bytes(after, TABLE_XLSX, NULL)));
}

static void
cells_and_rows_come_in_their_order(void **state)
{
	static const struct table_mark some[] = {
		{ 1, 1, ZD_LIT("x") }, { 2, 0, ZD_LIT("x") }, { 4, 0, ZD_LIT("x") },
		{ 4, 2, ZD_LIT("x") }, { 5, 1, ZD_LIT("x") },
	};
	struct zd_str before = book_of(&(struct book_parts){
		.styles = STYLES("", "<xf a=\"0\"/><xf a=\"1\"/><xf a=\"2\"/>"),
		.sheet1 =
			"<worksheet><cols><col min=\"2\" max=\"3\" style=\"2\"/></cols><sheetData>"
			"<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"C1\"><v>3</v></c></row>"
			"<row r=\"4\" s=\"1\" customFormat=\"1\"><c r=\"B4\"/></row><row r=\"5\"/>"
			"</sheetData></worksheet>" });

	(void)state;
	/* The column's style is 2 (twin 3), no style is 0 (twin 4), the row's is 1 (twin 5). */
	assert_contains(
		part_of(marked(before, NULL, some, N(some)), "xl/worksheets/sheet1.xml"),
		"<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\" s=\"3\"/>"
		"<c r=\"C1\"><v>3</v></c></row><row r=\"2\"><c r=\"A2\" s=\"4\"/></row>"
		"<row r=\"4\" s=\"1\" customFormat=\"1\"><c r=\"A4\" s=\"5\"/><c r=\"B4\"/>"
		"<c r=\"C4\" s=\"5\"/></row><row r=\"5\"><c r=\"B5\" s=\"3\"/></row></sheetData>");
	struct zd_str empty =
		book_of(&(struct book_parts){ .sheet1 = "<worksheet><sheetData/></worksheet>" });
	assert_contains(
		part_of(marked(empty, NULL, some, 1), "xl/worksheets/sheet1.xml"),
		"<sheetData><row r=\"1\"><c r=\"B1\" s=\"1\"/></row></sheetData><legacyDrawing");
}

static void
a_large_workbook_is_marked(void **state)
{
	struct zd_str before = written(5000, 30);
	struct table_mark many[1200];

	(void)state;
	for (int i = 0; i < 1200; i++)
		many[i] = (struct table_mark){ 2 + i * 4, i % 30,
					       ZD_STR("不在代码表中,请填写 01、02 或 03") };
	struct zd_str after = marked(before, NULL, many, N(many));
	assert_int_equal(count_of(part_of(after, "xl/comments1.xml"), "<comment "), 1200);
	/* More boxes than one block of ids holds. */
	assert_contains(part_of(after, "xl/drawings/vmlDrawing1.vml"), "data=\"1,2\"");
	assert_true(zd_str_equal(dump_bytes(before, TABLE_XLSX, NULL),
				 dump_bytes(after, TABLE_XLSX, NULL)));
	struct zd_str again = marked(after, NULL, many, N(many));
	assert_true(zd_str_equal(part_of(after, "xl/drawings/vmlDrawing1.vml"),
				 part_of(again, "xl/drawings/vmlDrawing1.vml")));
}

static void
what_cannot_be_marked_is_refused_without_a_trace(void **state)
{
	static const struct table_mark one[] = { { 1, 0, ZD_LIT("x") } };
	static const struct {
		const char *sheet;
		enum zd_rc rc;
	} cases[] = {
		{ "<!DOCTYPE x><worksheet><sheetData/></worksheet>", ZD_INVALID },
		{ "<worksheet><sheetData><row r=\"2\"/><row r=\"1\"/></sheetData></worksheet>",
		  ZD_INVALID },
		{ "<worksheet><sheetData><row r=\"1\"><c r=\"B1\"/><c "
		  "r=\"A1\"/></row></sheetData></worksheet>",
		  ZD_INVALID },
		{ "<worksheet><sheetData>", ZD_INVALID },
		{ "<worksheet/>", ZD_INVALID },
		{ "<worksheet><sheetData/><legacyDrawing id=\"rId9\"/></worksheet>", ZD_INVALID },
	};
	static const char path[] = "/tmp/zd-mark-refused.xlsx";

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str file = book_of(&(struct book_parts){ .sheet1 = cases[i].sheet });
		int fd ZD_CLEANUP(drop_fd) = file_of(file.p, file.n);
		assert_rc(&cx, table_mark_workbook(&cx, fd, (struct zd_str){ 0 }, one, 1, path),
			  cases[i].rc);
		assert_int_not_equal(access(path, F_OK), 0);
	}
	struct zd_str file = written(1, 1);
	int fd ZD_CLEANUP(drop_fd) = file_of(file.p, file.n);
	assert_rc(&cx, table_mark_workbook(&cx, fd, ZD_STR("没有"), one, 1, path), ZD_NOT_FOUND);
	assert_rc(&cx, table_mark_workbook(&cx, fd, ZD_STR("表"), one, 1, "/nowhere/x.xlsx"),
		  ZD_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_workbook_of_libreoffice_comes_back_marked),
		cmocka_unit_test(styles_get_twins_that_differ_by_their_fill),
		cmocka_unit_test(marking_again_replaces_earlier_marks),
		cmocka_unit_test(a_workbook_of_openpyxl_comes_back_marked),
		cmocka_unit_test(a_workbook_without_comments_gets_them),
		cmocka_unit_test(prefixes_and_strict_namespaces_are_kept),
		cmocka_unit_test(cells_and_rows_come_in_their_order),
		cmocka_unit_test(a_large_workbook_is_marked),
		cmocka_unit_test(what_cannot_be_marked_is_refused_without_a_trace),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
