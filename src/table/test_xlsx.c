#include "table/test_book.h"

static struct zd_str
rows_of(const struct book_parts *b)
{
	return dump_bytes(book_of(b), TABLE_XLSX, NULL);
}

static bool
is_known(void *arg, struct zd_str text)
{
	static const char *const names[] = { "检查行为编号", "统一社会信用代码", "检查日期",
					     "编号" };

	(void)arg;
	for (size_t i = 0; i < N(names); i++)
		if (zd_str_equal(text, zd_str_of(names[i])))
			return true;
	return false;
}

static const struct table_options known = { .is_heading = is_known };

/* --- files of real programs ---------------------------------------------------------------- */

static void
a_workbook_of_libreoffice_is_read(void **state)
{
	struct zd_str file = file_text(FIXTURES "/actions.xlsx");

	(void)state;
	assert_text(dump_bytes(file, TABLE_XLSX, &known),
		    "[检查行为编号|统一社会信用代码|检查日期|内部备注|检查人数|金额|行政区划|"
		    "录入时间|合格]\n"
		    "1@3: JC-001|91110000MA00000000|2024-03-01|甲|2|1234.5|110101|2024-03-01 "
		    "09:30:00|TRUE\n"
		    "2@4: JC-002|123456789012346000{!}|2024-3-2|乙|3{f}|0.1|001234|~|FALSE\n"
		    "3@5: JC-003|001|45352|~{m}|#DIV/0!{f}{!}|-3000000|~|~|两行 & <角>\n");
	struct zd_str notes = notes_of(file, TABLE_XLSX, &known);
	assert_contains(notes, "读取的工作表：「检查行为」");
	assert_contains(notes, "工作表「填表说明」不是所选的表，没有读取");
	assert_contains(notes, "工作表「旧数据」是隐藏的，没有读取");
	assert_contains(notes, "D 列「内部备注」是隐藏的，已照常读取");
	assert_contains(notes, "有 1 行是隐藏的，已照常读取");
}

static void
a_workbook_of_openpyxl_is_read(void **state)
{
	(void)state;
	assert_text(dump_bytes(file_text(FIXTURES "/openpyxl.xlsx"), TABLE_XLSX, &known),
		    "[检查行为编号|检查日期|检查人数]\n"
		    "1@2: JC-001|2024-03-01|2\n"
		    "2@3: JC-002|2024-03-02 10:00:00|~{f}{!}\n");
}

static void
a_sheet_is_found_by_name(void **state)
{
	struct table_options o = { .sheet = ZD_STR("旧数据") };

	(void)state;
	assert_text(dump_bytes(file_text(FIXTURES "/actions.xlsx"), TABLE_XLSX, &o),
		    "[检查行为编号]\n");
	o.sheet = ZD_STR("没有");
	assert_text(dump_bytes(file_text(FIXTURES "/actions.xlsx"), TABLE_XLSX, &o),
		    "invalid: 工作簿里没有名为「没有」的工作表\n");
}

/* --- cells --------------------------------------------------------------------------------- */

static void
texts_of_all_kinds_are_read(void **state)
{
	(void)state;
	assert_text(
		rows_of(&(struct book_parts){
			.strings = "<sst " NS "><si><t>甲</t></si><si><r><t>乙</t></r><r><rPr/><t "
				   "xml:space=\"preserve\"> 丙</t></r><rPh sb=\"0\" "
				   "eb=\"1\"><t>yi</t></rPh></si>"
				   "<si><t>a_x000D_b_x005F_x000D_</t></si><si/></sst>",
			.sheet1 = SHEET(
				"<row><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c></row>"
				"<row><c t=\"s\"><v>2</v></c><c t=\"s\"><v>3</v></c></row>"
				"<row><c "
				"t=\"inlineStr\"><is><r><t>x</t></r><r><t>&lt;y</t></r><rPh><t>z</"
				"t></rPh></is></c>"
				"<c t=\"str\"><f>A1</f><v>f</v></c></row>"
				"<row><c t=\"b\"><v>1</v></c><c "
				"t=\"d\"><v>2024-05-01T00:00:00</v></c>"
				"<c t=\"d\"><v>2024-05-01T08:00:00</v></c></row>"
				"<row><c t=\"e\"><v>#N/A</v></c><c t=\"s\"><v>4</v></c></row>"),
		}),
		"[甲|乙 丙]\n"
		"1@2: a\rb_x000D_|~\n"
		"2@3: x<y|f{f}\n"
		"3@4: TRUE|2024-05-01|2024-05-01 08:00:00\n"
		"4@5: #N/A{!}|~{!}\n");
}

static void
numbers_show_as_in_the_cell(void **state)
{
	(void)state;
	assert_text(rows_of(&(struct book_parts){
			    .styles = STYLES("<numFmt numFmtId=\"170\" formatCode=\"000000\"/>",
					     "<xf/><xf numFmtId=\"170\"/>"),
			    .sheet1 = SHEET("<row><c t=\"str\"><v>数</v></c></row>"
					    "<row><c><v>0.30000000000000004</v></c></row>"
					    "<row><c><v>1E-7</v></c></row>"
					    "<row><c><v>1.5E+3</v></c></row>"
					    "<row><c><v>-0</v></c></row>"
					    "<row><c><v>123456789012345</v></c></row>"
					    "<row><c><v>1.23456789012345E+14</v></c></row>"
					    "<row><c><v>9.1110000123456794E+17</v></c></row>"
					    "<row><c s=\"1\"><v>42</v></c></row>"
					    "<row><c><v>x</v></c></row>"
					    "<row><c><v>1e400</v></c></row>"),
		    }),
		    "[数]\n1@2: 0.3\n2@3: 0.0000001\n3@4: 1500\n4@5: 0\n5@6: 123456789012345\n"
		    "6@7: 123456789012345\n7@8: 911100001234567936{!}\n8@9: 000042\n9@10: "
		    "x{!}\n10@11: 1e400{!}\n");
}

static void
dates_are_told_by_their_style(void **state)
{
	static const char styles[] =
		STYLES("<numFmt numFmtId=\"164\" "
		       "formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@\"/>"
		       "<numFmt numFmtId=\"165\" formatCode=\"yyyy\\-mm\\-dd hh:mm:ss\"/>"
		       "<numFmt numFmtId=\"166\" "
		       "formatCode=\"[$-804]General;[Magenta]0.00&quot;day&quot;\"/>"
		       "<numFmt numFmtId=\"167\" formatCode=\"h:mm AM/PM\"/>",
		       "<xf/><xf numFmtId=\"14\"/><xf numFmtId=\"31\"/><xf numFmtId=\"164\"/><xf "
		       "numFmtId=\"165\"/>"
		       "<xf numFmtId=\"166\"/><xf numFmtId=\"167\"/>");
	static const char sheet[] =
		SHEET("<row><c t=\"str\"><v>日</v></c></row>"
		      "<row><c s=\"1\"><v>45352</v></c><c s=\"2\"><v>45352.9</v></c>"
		      "<c s=\"3\"><v>45352</v></c><c s=\"4\"><v>45352.999999</v></c></row>"
		      "<row><c s=\"5\"><v>45352</v></c><c s=\"6\"><v>0.75</v></c>"
		      "<c s=\"1\"><v>60</v></c><c s=\"1\"><v>59</v></c>"
		      "<c s=\"1\"><v>61</v></c><c s=\"1\"><v>-1</v></c>"
		      "<c s=\"1\"><v>2958465</v></c><c s=\"1\"><v>2958466</v></c></row>");

	(void)state;
	assert_text(
		rows_of(&(struct book_parts){ .styles = styles, .sheet1 = sheet }),
		"[日]\n1@2: 2024-03-01|2024-03-01|2024-03-01|2024-03-02 00:00:00\n"
		"2@3: 45352|18:00:00|60{!}|1900-02-28|1900-03-01|-1{!}|9999-12-31|2958466{!}\n");
	assert_text(
		rows_of(&(struct book_parts){
			.workbook = "<workbook " NS " " NS_R "><workbookPr date1904=\"1\"/><sheets>"
				    "<sheet name=\"一\" sheetId=\"1\" "
				    "r:id=\"rId1\"/></sheets></workbook>",
			.styles = styles,
			.sheet1 = SHEET(
				"<row><c t=\"str\"><v>日</v></c></row>"
				"<row><c s=\"1\"><v>0</v></c><c s=\"1\"><v>43890</v></c></row>") }),
		"[日]\n1@2: 1904-01-01|2024-03-01\n");
}

static void
other_namespaces_and_prefixes_are_the_same(void **state)
{
	(void)state;
	assert_text(
		rows_of(&(struct book_parts){
			.workbook = "<x:workbook "
				    "xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\" "
				    "xmlns:q=\"http://purl.oclc.org/ooxml/officeDocument/"
				    "relationships\"><x:sheets>"
				    "<x:sheet name=\"一\" sheetId=\"1\" "
				    "q:id=\"rId1\"/></x:sheets></x:workbook>",
			.sheet1 = "<x:worksheet "
				  "xmlns:x=\"http://purl.oclc.org/ooxml/spreadsheetml/main\">"
				  "<x:sheetData><x:row r=\"1\"><x:c r=\"A1\" "
				  "t=\"str\"><x:v>a</x:v></x:c></x:row>"
				  "<x:row r=\"3\"><x:c "
				  "r=\"B3\"><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>",
		}),
		"[a]\n1@3: ~|7\n");
}

static void
covered_cells_are_flagged(void **state)
{
	(void)state;
	assert_text(
		rows_of(&(struct book_parts){
			.sheet1 = "<worksheet " NS "><sheetData>"
				  "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>a</v></c><c r=\"B1\" "
				  "t=\"str\"><v>b</v></c></row>"
				  "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c "
				  "r=\"B2\"><v>2</v></c></row>"
				  "<row r=\"3\"><c r=\"B3\"><v>3</v></c></row>"
				  "<row r=\"4\"><c r=\"A4\"><v>4</v></c></row>"
				  "</sheetData><mergeCells count=\"2\"><mergeCell ref=\"A2:A3\"/>"
				  "<mergeCell ref='A4:B4'/></mergeCells></worksheet>",
		}),
		"[a|b]\n1@2: 1|2\n2@3: ~{m}|3\n3@4: 4|~{m}\n");
}

/* --- hostile workbooks --------------------------------------------------------------------- */

static void
hostile_parts_are_refused(void **state)
{
	static const struct {
		const char *sheet, *why;
	} cases[] = {
		{ "<!DOCTYPE x><worksheet/>", "DOCTYPE" },
		{ "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b "
		  "\"&a;&a;&a;\">]><worksheet>&b;</worksheet>",
		  "DOCTYPE" },
		{ "<!DOCTYPE x SYSTEM \"http://192.0.2.1/x.dtd\"><worksheet/>", "DOCTYPE" },
		{ "<worksheet><sheetData><row><c><v>1</c></row></sheetData></worksheet>",
		  "不是正确的 XML" },
		{ "<worksheet><sheetData><row><c><v>&x;</v></c></row></sheetData></worksheet>",
		  "不是正确的 XML" },
		{ "<worksheet><sheetData><row r=\"3\"/><row r=\"2\"/></sheetData></worksheet>",
		  "行号" },
		{ "<worksheet><sheetData><row r=\"9999999\"/></sheetData></worksheet>", "行号" },
		{ "<worksheet><sheetData><row><c r=\"A9\"/></row></sheetData></worksheet>",
		  "次序" },
		{ "<worksheet><sheetData><row><c r=\"B1\"/><c "
		  "r=\"B1\"/></row></sheetData></worksheet>",
		  "次序" },
		{ "<worksheet><sheetData><row><c r=\"ZZZZ1\"/></row></sheetData></worksheet>",
		  "位置" },
		{ "<worksheet><sheetData><row><c r=\"1\"/></row></sheetData></worksheet>", "位置" },
		{ "<worksheet><sheetData/></worksheet>", "没有任何一行" },
		{ "<worksheet/>", "没有任何一行" },
		{ "", "不是正确的 XML" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str got = rows_of(&(struct book_parts){ .sheet1 = cases[i].sheet });
		assert_true(zd_str_starts(got, ZD_STR("invalid: ")));
		assert_contains(got, cases[i].why);
	}
}

static struct zd_str
repeated(const char *head, const char *unit, size_t n, const char *tail)
{
	size_t size = strlen(unit);
	struct zd_str parts[3] = { zd_str_of(head),
				   { zd_alloc(arena, n * size), n * size },
				   zd_str_of(tail) };

	for (size_t i = 0; i < n; i++)
		memcpy((char *)(uintptr_t)parts[1].p + i * size, unit, size);
	return zd_str_join(arena, parts, 3, ZD_STR(""));
}

static void
swollen_parts_are_refused(void **state)
{
	const struct {
		struct zd_str sheet;
		const char *why;
	} cases[] = {
		{ repeated("", "<a>", 1000, ""), "嵌套过深" },
		{ repeated("<worksheet><!--", "x<y", 1000000, "--></worksheet>"), "过长的标记" },
		{ repeated("<worksheet a=\"", "x&amp;", 400000, "\"/>"), "过长的标记" },
	};
	struct table_options o = { .limits = { .max_ratio = 100000 } };

	(void)state;
	for (size_t i = 0; i < N(cases); i++)
		assert_contains(dump_bytes(book_of(&(struct book_parts){ .sheet = cases[i].sheet }),
					   TABLE_XLSX, &o),
				cases[i].why);
}

static void
wild_claims_cost_nothing(void **state)
{
	(void)state;
	assert_text(
		rows_of(&(struct book_parts){
			.sheet1 =
				"<worksheet><dimension ref=\"A1:XFD1048576\"/><cols><col min=\"1\" "
				"max=\"2147483647\" hidden=\"1\"/></cols><sheetData>"
				"<row><c t=\"str\"><v>a</v></c></row>"
				"<row r=\"1048576\"><c r=\"A1048576\" "
				"s=\"4000000000\"><v>1</v></c></row>"
				"</sheetData><mergeCells><mergeCell "
				"ref=\"A1:XFD1048576\"/></mergeCells>"
				"</worksheet>" }),
		"[a]\n1@1048576: 1{m}\n");
}

static void
cells_beyond_the_columns_break_their_row(void **state)
{
	(void)state;
	assert_text(rows_of(&(struct book_parts){
			    .sheet1 = SHEET("<row><c t=\"str\"><v>a</v></c></row>"
					    "<row r=\"2\"><c r=\"XFD2\"><v>1</v></c></row>"
					    "<row r=\"3\"><c r=\"A3\"><v>1</v></c><c r=\"XFD3\" "
					    "s=\"1\"/></row>") }),
		    "[a]\n1@2! 16383 XFD 列列数超过上限\n2@3: 1\n");
}

static void
long_cells_break_their_row(void **state)
{
	struct table_options o = { .limits = { .max_ratio = 100000 } };
	struct zd_str sheet =
		repeated("<worksheet><sheetData><row><c t=\"str\"><v>a</v></c></row><row><c "
			 "t=\"str\"><v>",
			 "xxxxxxxxxx", 30000,
			 "</v></c></row><row><c><v>1</v></c></row></sheetData></worksheet>");

	(void)state;
	assert_text(dump_bytes(book_of(&(struct book_parts){ .sheet = sheet }), TABLE_XLSX, &o),
		    "[a]\n1@2! 0 A 列内容过长\n2@3: 1\n");
}

static void
too_many_styles_are_refused(void **state)
{
	struct table_options o = { .limits = { .max_ratio = 100000 } };
	struct zd_str styles =
		repeated("<styleSheet><cellXfs>", "<xf/>", 100000, "</cellXfs></styleSheet>");
	struct book_parts b = { .styles = zd_str_copy(arena, styles).p,
				.sheet1 = SHEET("<row><c><v>1</v></c></row>") };

	(void)state;
	assert_contains(dump_bytes(book_of(&b), TABLE_XLSX, &o), "单元格样式过多");
}

static void
a_bomb_is_stopped_by_counting(void **state)
{
	struct zd_str sheet = repeated("<worksheet>", "          ", 3000000, "</worksheet>");

	(void)state;
	assert_contains(
		dump_bytes(book_of(&(struct book_parts){ .sheet = sheet }), TABLE_XLSX, NULL),
		"too_large: 工作簿的压缩比超过 200 倍");
}

static void
outside_targets_are_not_followed(void **state)
{
	static const struct part links[] = {
		{ "xl/externalLinks/externalLink1.xml",
		  ZD_LIT("<!DOCTYPE x SYSTEM \"http://192.0.2.1/\"><x/>") },
	};

	(void)state;
	assert_text(rows_of(&(struct book_parts){ .sheet1 = SHEET("<row><c><v>1</v></c></row>"),
						  .more = links,
						  .n_more = N(links) }),
		    "[1]\n");
}

/* --- packages ------------------------------------------------------------------------------ */

static struct zd_str
good_book(void)
{
	return book_of(&(struct book_parts){ .sheet1 = SHEET("<row><c><v>1</v></c></row>") });
}

/* The n-th place where bytes stand. */
static size_t
place_of(struct zd_str s, const char *bytes, size_t size, int n)
{
	const char *p = s.p;

	for (; n >= 0; n--, p++) {
		p = memmem(p, s.n - (size_t)(p - s.p), bytes, size);
		assert_non_null(p);
	}
	return (size_t)(p - s.p) - 1;
}

static void
packages_that_disagree_with_themselves_are_refused(void **state)
{
	static const struct {
		const char *record;
		int n;
		size_t offset;
		char value;
		const char *why;
	} cases[] = {
		{ "PK\1\2", 3, 8, 1, "加密" },
		{ "PK\1\2", 3, 10, 12, "压缩方法" },
		{ "PK\1\2", 3, 16, 'x', "部件与目录不符" },
		{ "PK\1\2", 3, 24, 'x', "部件与目录不符" },
		{ "PK\1\2", 3, 42, 'x', "" },
		{ "PK\1\2", 3, 46, '/', "部件名不合规" },
		{ "PK\1\2", 3, 47, '\\', "部件名不合规" },
		{ "PK\1\2", 3, 48, 'z', "部件与目录不符" },
		{ "PK\3\4", 3, 26, 1, "部件与目录不符" },
		{ "PK\3\4", 6, 60, 'x', "" },
		{ "PK\5\6", 0, 10, 99, "" },
		{ "PK\5\6", 0, 16, 0, "目录" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str s = zd_str_copy(arena, good_book());
		char *p = (char *)(uintptr_t)s.p;
		p[place_of(s, cases[i].record, 4, cases[i].n) + cases[i].offset] = cases[i].value;
		struct zd_str got = dump_bytes(s, TABLE_XLSX, NULL);
		assert_true(zd_str_starts(got, ZD_STR("invalid: ")));
		assert_contains(got, cases[i].why);
	}
}

static void
a_cut_package_is_refused_wherever_it_is_cut(void **state)
{
	struct zd_str s = good_book();

	(void)state;
	for (size_t n = 0; n < s.n; n += 37)
		assert_true(zd_str_starts(dump_bytes((struct zd_str){ s.p, n }, TABLE_XLSX, NULL),
					  ZD_STR("invalid: 工作簿不完整")));
}

static void
double_and_dangerous_names_are_refused(void **state)
{
	static const char *const names[][2] = {
		{ "XL/Workbook.xml", "同名" }, { "../x", "部件名不合规" },
		{ "a/../b", "部件名不合规" },  { "/x", "部件名不合规" },
		{ "C:x", "部件名不合规" },     { "a\\b", "部件名不合规" },
		{ "a\nb", "部件名不合规" },
	};

	(void)state;
	for (size_t i = 0; i < N(names); i++) {
		struct part more = { names[i][0], ZD_STR("x") };
		assert_contains(
			rows_of(&(struct book_parts){ .sheet1 = SHEET("<row><c><v>1</v></c></row>"),
						      .more = &more,
						      .n_more = 1 }),
			names[i][1]);
	}
}

static void
members_without_number_are_refused(void **state)
{
	size_t n = 2500;
	struct part *parts = zd_new_array(arena, struct part, n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		parts[i] = (struct part){ zd_str_printf(arena, "%zu", i).p, ZD_STR("") };
	assert_contains(dump_bytes(package_of(parts, n), TABLE_XLSX, NULL), "超过 2000 个部件");
}

static void
other_packages_are_no_workbooks(void **state)
{
	static const struct part parts[] = { { "word/document.xml", ZD_LIT("<x/>") } };

	(void)state;
	assert_contains(dump_bytes(package_of(parts, 1), TABLE_XLSX, NULL), "不是 Excel 工作簿");
	assert_contains(dump_bytes(package_of(parts, 0), TABLE_XLSX, NULL), "不是 Excel 工作簿");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_workbook_of_libreoffice_is_read),
		cmocka_unit_test(a_workbook_of_openpyxl_is_read),
		cmocka_unit_test(a_sheet_is_found_by_name),
		cmocka_unit_test(texts_of_all_kinds_are_read),
		cmocka_unit_test(numbers_show_as_in_the_cell),
		cmocka_unit_test(dates_are_told_by_their_style),
		cmocka_unit_test(other_namespaces_and_prefixes_are_the_same),
		cmocka_unit_test(covered_cells_are_flagged),
		cmocka_unit_test(hostile_parts_are_refused),
		cmocka_unit_test(swollen_parts_are_refused),
		cmocka_unit_test(wild_claims_cost_nothing),
		cmocka_unit_test(cells_beyond_the_columns_break_their_row),
		cmocka_unit_test(long_cells_break_their_row),
		cmocka_unit_test(too_many_styles_are_refused),
		cmocka_unit_test(a_bomb_is_stopped_by_counting),
		cmocka_unit_test(outside_targets_are_not_followed),
		cmocka_unit_test(packages_that_disagree_with_themselves_are_refused),
		cmocka_unit_test(a_cut_package_is_refused_wherever_it_is_cut),
		cmocka_unit_test(double_and_dangerous_names_are_refused),
		cmocka_unit_test(members_without_number_are_refused),
		cmocka_unit_test(other_packages_are_no_workbooks),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
