#include "base/json.h"
#include "table/test_table.h"

static struct zd_str
json_rows(const char *p, size_t n)
{
	return dump_bytes((struct zd_str){ p, n }, TABLE_NDJSON, NULL);
}

#define JSON(lit) json_rows("" lit, sizeof(lit) - 1)

static void
lines_of_flat_objects_are_read(void **state)
{
	(void)state;
	assert_text(JSON("{\"编号\":\"1\",\"名称\":\"甲\"}\r\n\n { \"名称\" : \"乙\" , \"编号\" : "
			 "2.50 } \n"
			 "{\"编号\":true,\"备注\":null,\"名称\":\"\"}"),
		    "[编号|名称|备注]\n1@1: 1|甲|~\n2@3: 2.50|乙|~\n3@4: true||~\n");
}

static void
arrays_are_read_however_they_are_laid_out(void **state)
{
	(void)state;
	static const char want[] = "[a|b]\n1@1: 1|2\n2@1: 3|4\n";
	assert_text(JSON("[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]"), want);
	assert_text(JSON("\n[\n {\n \"a\": 1,\n \"b\": 2 },\n{\"b\":4,\"a\":3}\n]\n"),
		    "[a|b]\n1@3: 1|2\n2@6: 3|4\n");
	assert_text(JSON("[]"), "[]\n");
}

static void
texts_are_unescaped(void **state)
{
	(void)state;
	assert_text(JSON("{\"a\":\"\\\"\\\\\\/"
			 "\\b\\f\\n\\r\\t\\u7532\\ud83d\\ude00\\u00e9\",\"\\u540d\":\"x\"}\n"
			 "{\"a\\\"\":1,\"名\":\"\\u0041\"}\n{\"a\\\"\":2}\n"),
		    "[a|名|a\"]\n1@1: \"\\/\b\f\n\r\t甲😀é|x|~\n2@2: ~|A|1\n3@3: ~|~|2\n");
}

static void
lists_of_texts_are_joined(void **state)
{
	(void)state;
	assert_text(JSON("{\"a\":[\"甲\",\"\\u4e59\",3],\"b\":[],\"c\":[ \"x\" ]}\n"
			 "{\"a\":[[1]],\"b\":2}\n{\"a\":[{}]}\n{\"a\":[1,]}\n{\"a\":[1}\n"),
		    "[a|b|c]\n1@1: 甲,乙,3|~|x\n"
		    "2@2! 0 字段「a」的列表里还有列表\n"
		    "3@3! 0 字段「a」的值是对象，应为文本、数字或文本的列表\n"
		    "4@4! 0 字段「a」的值不是 JSON\n"
		    "5@5! 0 字段「a」的列表没有结束\n");
}

static void
broken_lines_say_why_and_cost_themselves_alone(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ "{\"a\":{\"x\":1}}", "0 字段「a」的值是对象，应为文本、数字或文本的列表" },
		{ "{\"a\":1,\"a\":2}", "0 字段「a」出现了两次" },
		{ "{\"a\":1,\"\\u0061\":2}", "0 字段「a」出现了两次" },
		{ "{\"a\":01}", "0 字段「a」的数字以 0 开头" },
		{ "{\"a\":1.}", "0 字段「a」的数字小数点后没有数字" },
		{ "{\"a\":1e}", "0 字段「a」的数字指数不完整" },
		{ "{\"a\":-}", "0 字段「a」的值不是 JSON" },
		{ "{\"a\":nul}", "0 字段「a」的值不是 JSON" },
		{ "{\"a\":1 2}", "0 字段「a」之后应为逗号或 }" },
		{ "{\"a\" 1}", "0 字段「a」之后应为冒号" },
		{ "{\"a\":1} {\"a\":2}", "-1 在 } 之后还有内容，每行应只有一个对象" },
		{ "{\"a\":1,}", "-1 字段名应为双引号里的文本" },
		{ "{a:1}", "-1 字段名应为双引号里的文本" },
		{ "[1]", "-1 不是 JSON 对象（{…}）" },
		{ "{\"a\":\"x", "0 字段「a」的文本没有结束" },
		{ "{\"a\":\"x\ty\"}", "0 字段「a」文本里有未转义的控制字符" },
		{ "{\"a\":\"\\x\"}", "0 字段「a」有不认识的转义" },
		{ "{\"a\":\"\\u12\"}", "0 字段「a」\\u 之后应为四位十六进制数" },
		{ "{\"a\":\"\\ud800\"}", "0 字段「a」有不成对的 UTF-16 代理码" },
		{ "{\"a\":\"\\u0000\"}", "0 字段「a」有空字符（\\u0000）" },
		{ "{\"a\":\"\xFF\"}", "0 字段「a」有不是 UTF-8 编码的字节" },
		{ "{", "-1 记录没有结束" },
		{ "{\"a\":1", "0 字段「a」之后的内容不完整，记录没有结束" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str text =
			zd_str_printf(arena, "{\"a\":0}\n%s\n{\"a\":9}\n", cases[i].line);
		struct zd_str want =
			zd_str_printf(arena, "[a]\n1@1: 0\n2@2! %s\n3@3: 9\n", cases[i].why);
		assert_text(dump_bytes(text, TABLE_NDJSON, NULL), want.p);
	}
}

static void
broken_items_of_an_array_cost_themselves_alone(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "[{\"a\":1},{\"a\":{\"b\":[2]}},{\"a\":3}]",
		  "1@1: 1\n2@1! 0 字段「a」的值是对象，应为文本、数字或文本的列表\n3@1: 3\n" },
		{ "[{\"a\":1},5,{\"a\":3}]", "1@1: 1\n2@1! -1 不是 JSON 对象（{…}）\n3@1: 3\n" },
		{ "[{\"a\":1}{\"a\":2},{\"a\":3}]", "1@1: 1\n2@1! -1 之前缺少逗号\n3@1: 3\n" },
		{ "[\n{\"a\":1},\n{\"a\":\"x},\n{\"a\":3}\n]",
		  "1@2: 1\n2@3! 0 字段「a」文本里有未转义的控制字符\n3@4: 3\n" },
		{ "[{\"a\":1},",
		  "1@1: 1\n2@1! -1 文件不完整：数组没有以 ] 结束，之后的记录可能没有传到\n" },
		{ "[{\"a\":1},{\"a\":",
		  "1@1: 1\n2@1! 0 字段「a」的值不是 JSON\n"
		  "3@1! -1 文件不完整：数组没有以 ] 结束，之后的记录可能没有传到\n" },
		{ "[{\"a\":1}] x", "1@1: 1\n2@1! -1 在数组的 ] 之后还有内容，没有读取\n" },
	};

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str want = zd_str_printf(arena, "[a]\n%s", cases[i].want);
		assert_text(dump_bytes(zd_str_of(cases[i].text), TABLE_NDJSON, NULL), want.p);
	}
}

static void
nul_is_named(void **state)
{
	(void)state;
	assert_text(JSON("{\"a\":1}\n{\"a\":\"x\0y\"}\n{\"a\":2}"),
		    "[a]\n1@1: 1\n2@2! 0 字段「a」有空字符（NUL）\n3@3: 2\n");
}

static void
deep_nesting_is_refused_at_once(void **state)
{
	struct zd_out out = { .max = (size_t)16 << 20 };

	(void)state;
	zd_out_write(&out, ZD_STR("{\"a\":1}\n{\"a\":"));
	for (int i = 0; i < 1000000; i++)
		zd_out_write(&out, ZD_STR("["));
	zd_out_write(&out, ZD_STR("\n{\"a\":2}\n"));
	assert_text(dump_bytes(zd_out_str(&out), TABLE_NDJSON, NULL),
		    "[a]\n1@1: 1\n2@2! 0 字段「a」的列表里还有列表\n3@3: 2\n");
	zd_out_drop(&out);
}

static void
a_file_of_opening_braces_ends_soon(void **state)
{
	struct zd_out out = { .max = (size_t)16 << 20 };

	(void)state;
	zd_out_write(&out, ZD_STR("["));
	for (int i = 0; i < 20000; i++)
		zd_out_write(&out, ZD_STR("{{,\n"));
	struct zd_str got = dump_bytes(zd_out_str(&out), TABLE_NDJSON, NULL);
	assert_contains(got, "字段名应为双引号里的文本");
	zd_out_drop(&out);
}

static void
long_records_are_refused(void **state)
{
	struct table_options o = { .limits = { .max_row = 300 } };
	struct zd_out out = { .max = (size_t)16 << 20 };

	(void)state;
	zd_out_write(&out, ZD_STR("{\"a\":1}\n{\"a\":\""));
	for (int i = 0; i < 100; i++)
		zd_out_write(&out, ZD_STR("xxxxxxxxxx"));
	zd_out_write(&out, ZD_STR("\"}\n{\"a\":2}\n"));
	assert_text(dump_bytes(zd_out_str(&out), TABLE_NDJSON, &o),
		    "[a]\n1@1: 1\n2@2! -1 记录超过长度上限\n3@3: 2\n");
	zd_out_drop(&out);
}

static void
names_without_end_are_refused(void **state)
{
	struct table_options o = { .limits = { .max_columns = 3 } };

	(void)state;
	assert_text(dump_bytes(ZD_STR("{\"a\":1}\n{\"b\":1,\"c\":2,\"d\":3}\n{\"c\":1}\n"),
			       TABLE_NDJSON, &o),
		    "[a|b|c]\n1@1: 1|~|~\n2@2! -1 字段个数超过上限\n3@3: ~|~|1\n");
}

static void
other_encodings_are_refused(void **state)
{
	(void)state;
	assert_text(JSON("\xFF\xFE{\0}\0"),
		    "invalid: JSON 文件应使用 UTF-8 编码，这个文件是 UTF-16LE，请转换后再传\n");
	assert_text(JSON("\xEF\xBB\xBF{\"a\":1}"), "[a]\n1@1: 1\n");
}

static void
every_window_size_gives_the_same_records(void **state)
{
	static const char *const texts[] = {
		"{\"编号\":\"\\u7532乙\",\"b\":[1,\"x\"]}\n{\"编号\":12.5e3,\"b\":true}\n",
		" [ {\"编号\":\"\\u7532乙\",\"b\":[1,\"x\"]},\n {\"编号\":12.5e3,\"b\":true} , "
		"{\"b\":\"\\ud83d\\ude00\"}]",
	};

	(void)state;
	for (size_t t = 0; t < N(texts); t++) {
		struct zd_str want = dump_bytes(zd_str_of(texts[t]), TABLE_NDJSON, NULL);
		for (size_t max = 70; max < 200; max++) {
			struct table_options o = { .limits = { .max_row = max } };
			struct zd_str got = dump_bytes(zd_str_of(texts[t]), TABLE_NDJSON, &o);
			assert_text(got, want.p);
		}
	}
}

/* One flat object, as base/json.h reads it: "name=value," …, or absent if it is not one. */
static struct zd_str
by_reference(struct zd_str text)
{
	struct json j = json_open(arena, text, JSON_UNIQUE);
	struct zd_out out = { .max = 65536 };
	struct zd_str key = { 0 }, value = { 0 };
	bool flat = json_enter_object(&j);

	while (flat && json_next_member(&j, &key)) {
		enum json_type type = json_peek(&j);
		flat = type != JSON_OBJECT && type != JSON_ARRAY;
		if (type == JSON_TEXT)
			(void)json_text(&j, &value);
		else if (flat)
			(void)json_raw(&j, &value);
		if (type != JSON_NULL)
			zd_out_printf(&out, "%.*s=%.*s,", ZD_STR_ARG(key), ZD_STR_ARG(value));
	}
	bool ok = json_end(&j) && flat;
	struct zd_str got = ok ? zd_str_copy(arena, zd_out_str(&out)) : (struct zd_str){ 0 };
	zd_out_drop(&out);
	return got;
}

static struct zd_str
by_reader(struct zd_str text)
{
	int fd ZD_CLEANUP(drop_fd) = file_of(text.p, text.n);
	struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
	struct zd_out out = { .max = 65536 };
	struct table_row row = { 0 };
	const struct zd_str *names;

	if (table_open(&cx, fd, TABLE_NDJSON, NULL, &reader) != ZD_OK ||
	    table_next(&cx, reader, &row) != ZD_OK || row.broken.p)
		return (struct zd_str){ 0 };
	size_t n = table_headings(reader, &names);
	for (size_t i = 0; i < n && i < row.n; i++)
		if (row.cells[i].text.p)
			zd_out_printf(&out, "%.*s=%.*s,", ZD_STR_ARG(names[i]),
				      ZD_STR_ARG(row.cells[i].text));
	struct zd_str got = zd_str_copy(arena, zd_out_str(&out));
	zd_out_drop(&out);
	return got;
}

/* Mutated records: both readers take the same ones and see the same in them. */
static void
the_fast_reader_agrees_with_the_strict_one(void **state)
{
	static const char seed[] =
		"{\"a\":\"x\\n\\u4e59\",\"b\":-1.5e+3,\"c\":true,\"名\":\"甲\",\"e\":null}";
	uint32_t r = 12345;
	int good = 0;

	(void)state;
	for (int round = 0; round < 6000; round++) {
		char text[sizeof(seed)];
		memcpy(text, seed, sizeof(seed));
		size_t n = sizeof(seed) - 1;
		for (int k = 0; k < 1 + round % 2; k++) {
			r = r * 1664525U + 1013904223U;
			static const char with[] = "\"\\{}:,0e-+.u \xE7\xFF\x01ntaf1";
			text[(r >> 8) % n] = with[(r >> 24) % (sizeof(with) - 1)];
		}
		struct zd_str s = { text, n };
		if (memchr(text, '\n', n) || text[0] == '[')
			continue;
		struct zd_str want = by_reference(s), got = by_reader(s);
		if (!got.p != !want.p || !zd_str_equal(got, want))
			fail_msg("%.*s: '%.*s' by the reader, '%.*s' by the reference",
				 ZD_STR_ARG(s), ZD_STR_ARG(got), ZD_STR_ARG(want));
		good += want.p != NULL;
	}
	assert_in_range(good, 300, 6000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_flat_objects_are_read),
		cmocka_unit_test(arrays_are_read_however_they_are_laid_out),
		cmocka_unit_test(texts_are_unescaped),
		cmocka_unit_test(lists_of_texts_are_joined),
		cmocka_unit_test(broken_lines_say_why_and_cost_themselves_alone),
		cmocka_unit_test(broken_items_of_an_array_cost_themselves_alone),
		cmocka_unit_test(nul_is_named),
		cmocka_unit_test(deep_nesting_is_refused_at_once),
		cmocka_unit_test(a_file_of_opening_braces_ends_soon),
		cmocka_unit_test(long_records_are_refused),
		cmocka_unit_test(names_without_end_are_refused),
		cmocka_unit_test(other_encodings_are_refused),
		cmocka_unit_test(every_window_size_gives_the_same_records),
		cmocka_unit_test(the_fast_reader_agrees_with_the_strict_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
