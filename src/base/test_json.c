#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/test.h"

static struct zd_arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = zd_arena_new(64 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	zd_arena_free(arena);
	return 0;
}

/* A tight copy, so that the sanitizer sees a byte read too far. */
static struct zd_str
tight(const char *p, size_t n)
{
	char *copy = zd_alloc(arena, n ? n : 1);

	if (n)
		memcpy(copy, p, n);
	return (struct zd_str){ copy, n };
}

static bool
is_json(const char *p, size_t n)
{
	struct json j = json_open(arena, tight(p, n), JSON_UNIQUE);

	return json_end(&j);
}

static void
good_texts_are_taken_whole(void **state)
{
	static const char *const good[] = {
		"{}",
		"[]",
		" [ ] ",
		"0",
		"-0",
		"-1.5e+10",
		"1E5",
		"true",
		"false",
		"null",
		"\"\"",
		"[1,2,[3,{\"a\":[]}]]",
		"{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
		"\"\\u4e2d\\ud83d\\ude00\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"监管\"",
		"\r\n\t 1 \r\n",
		"[{\"a\":1},{\"a\":2}]",
	};
	(void)state;

	for (size_t i = 0; i < N(good); i++)
		if (!is_json(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
}

static void
bad_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"{'a':1}",
		"{\"a\" 1}",
		"{\"a\":1 \"b\":2}",
		"[1 2]",
		"01",
		"-",
		"+1",
		"1.",
		".5",
		"1e",
		"1e+",
		"0x1",
		"NaN",
		"Infinity",
		"tru",
		"truex",
		"nul",
		"TRUE",
		"1 2",
		"{} {}",
		"]",
		"}",
		"[}",
		"{]",
		"\"",
		"\"\\\"",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\u12G4\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"\"\\ud83dx\"",
		"\"\\u0000\"",
		"\"a\nb\"",
		"\"\x01\"",
		"\"\xFF\"",
		"\"\xED\xA0\x80\"",
		"\"\xC0\xAF\"",
		"\xEF\xBB\xBF{}",
		"{\"a\":1,\"a\":2}",
		"{\"a\":1,\"\\u0061\":2}",
		"//x\n1",
		"/**/1",
		"\"\\",
		"\"\\u",
		"-a",
		"{\"a\":{\"b\":1,\"b\":1}}",
		"\xC2\xA0"
		"1",
	};
	(void)state;

	for (size_t i = 0; i < N(bad); i++)
		if (is_json(bad[i], strlen(bad[i])))
			fail_msg("taken: %s", bad[i]);
	assert_false(is_json("\"a\0b\"", 5));
	assert_false(is_json("1\0", 2));
	assert_false(is_json("[1\0]", 4));
}

static void
every_cut_of_a_text_is_refused(void **state)
{
	static const char text[] =
		"{\"名\":[1,-2.5e3,true,null,\"\\u4e2d\\ud83d\\ude00\"],\"b\":{\"c\":\"d\"}}";
	(void)state;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_false(is_json(text, n));
	assert_true(is_json(text, sizeof(text) - 1));
}

static void
depth_has_an_end(void **state)
{
	char deep[2 * (JSON_DEPTH + 1)];
	(void)state;

	memset(deep, '[', JSON_DEPTH);
	memset(deep + JSON_DEPTH, ']', JSON_DEPTH);
	assert_true(is_json(deep, 2 * JSON_DEPTH));
	memset(deep, '[', JSON_DEPTH + 1);
	memset(deep + JSON_DEPTH + 1, ']', JSON_DEPTH + 1);
	assert_false(is_json(deep, sizeof(deep)));
	char *many = zd_alloc(arena, 1 << 20);
	memset(many, '[', 1 << 20);
	assert_false(is_json(many, 1 << 20));
}

/* As a standard's file is read: some members, in any order, unknown ones skipped, lists within. */
static void
a_standard_is_read(void **state)
{
	static const char text[] = "{\"name\":\"check_action\",\"title\":\"行政检查行为\","
				   "\"extra\":{\"x\":[1,{\"y\":2}]},\n"
				   " \"fields\":[{\"name\":\"check_form\",\"max\":50,\"required\":"
				   "true,\"note\":null},\n"
				   "            {\"name\":\"fine\\u0020x\",\"scale\":1e2}]}";
	struct json j = json_open(arena, tight(text, sizeof(text) - 1), JSON_UNIQUE);
	struct zd_str key, title = { 0 }, name[2] = { { 0 } };
	int64_t max = 0;
	size_t fields = 0;
	bool required = false;
	(void)state;

	assert_true(json_enter_object(&j));
	while (json_next_member(&j, &key)) {
		if (zd_str_equal(key, ZD_STR("title")))
			assert_true(json_text(&j, &title));
		if (!zd_str_equal(key, ZD_STR("fields")))
			continue;
		assert_true(json_enter_array(&j));
		while (json_next_item(&j)) {
			assert_true(json_enter_object(&j));
			while (json_next_member(&j, &key)) {
				if (zd_str_equal(key, ZD_STR("name")))
					(void)json_text(&j, &name[fields]);
				else if (zd_str_equal(key, ZD_STR("max")))
					(void)json_int(&j, &max);
				else if (zd_str_equal(key, ZD_STR("required")))
					(void)json_bool(&j, &required);
			}
			fields++;
		}
	}
	assert_true(json_end(&j));
	assert_text(title, "行政检查行为");
	assert_int_equal(fields, 2);
	assert_text(name[0], "check_form");
	assert_text(name[1], "fine x");
	assert_int_equal(max, 50);
	assert_true(required);
}

static void
values_come_as_they_are(void **state)
{
	struct json j = json_open(
		arena, ZD_STR("[12.50, {\"b\": [1, 2]} ,9007199254740993,null,\"中\\u6587\"]"), 0);
	struct zd_str s;
	int64_t v;
	(void)state;

	assert_true(json_enter_array(&j) && json_next_item(&j) && json_number(&j, &s));
	assert_text(s, "12.50");
	assert_true(json_next_item(&j) && json_raw(&j, &s));
	assert_text(s, "{\"b\": [1, 2]}");
	assert_true(json_next_item(&j) && json_int(&j, &v));
	assert_true(v == INT64_C(9007199254740993));
	assert_true(json_next_item(&j) && json_null(&j));
	assert_true(json_next_item(&j) && !json_null(&j) && json_text(&j, &s));
	assert_text(s, "中文");
	assert_false(json_next_item(&j));
	assert_true(json_end(&j));
}

static void
a_container_can_be_left_early(void **state)
{
	struct json j = json_open(arena, ZD_STR("[[1,[2],{\"a\":3}],4]"), 0);
	int64_t v = 0;
	(void)state;

	assert_true(json_enter_array(&j) && json_next_item(&j) && json_enter_array(&j));
	assert_true(json_next_item(&j) && json_leave(&j));
	assert_true(json_next_item(&j) && json_int(&j, &v));
	assert_int_equal(v, 4);
	assert_false(json_next_item(&j));
	assert_true(json_end(&j));
}

static void
faults_name_their_place_and_stick(void **state)
{
	struct zd_cx cx = { .arena = arena };
	struct json j = json_open(arena, ZD_STR("{\"甲\":1,\n \"乙\": 监}"), 0);
	struct zd_str key, s = ZD_STR("kept");
	int64_t v = 7;
	(void)state;

	assert_true(json_enter_object(&j) && json_next_member(&j, &key));
	assert_false(json_text(&j, &s)); /* a number stands there */
	assert_false(json_int(&j, &v));
	assert_int_equal(v, 7);
	assert_text(s, "kept");
	assert_false(json_end(&j));
	assert_int_equal(json_fail(&cx, &j, "标准文件"), ZD_INVALID);
	assert_string_equal(cx.err.text, "标准文件第 1 行第 6 个字符处有误：此处应为文本。");

	j = json_open(arena, ZD_STR("{\"甲\":1,\n \"乙\": 监}"), 0);
	assert_false(json_end(&j));
	int64_t line, column;
	json_place(j.text, j.fault_at, &line, &column);
	assert_int_equal(line, 2);
	assert_int_equal(column, 7);
}

static void
a_flood_of_names_meets_the_limit(void **state)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 8 << 20 };
	struct zd_arena *small ZD_CLEANUP(zd_arena_drop) = zd_arena_new(64 << 10);
	struct zd_cx cx = { .arena = small };
	(void)state;

	zd_out_write(&out, ZD_STR("{"));
	for (int i = 0; i < 10000; i++)
		zd_out_printf(&out, "%s\"n%d\":%d", i ? "," : "", i, i);
	zd_out_write(&out, ZD_STR("}"));
	struct json j = json_open(arena, zd_out_str(&out), JSON_UNIQUE);
	assert_true(json_end(&j));
	j = json_open(small, zd_out_str(&out), JSON_UNIQUE);
	assert_false(json_end(&j));
	assert_int_equal(json_fail(&cx, &j, "内容"), ZD_TOO_LARGE);
}

/* Random texts from JSON's own alphabet: never a crash, and what is taken is taken again from a
 * copy. */
static void
random_texts_never_crash(void **state)
{
	static const char alphabet[] = "{}[],:\"\\u0d8e1a-. tfn";
	uint32_t seed = 12345;
	int taken = 0;
	(void)state;

	for (int round = 0; round < 20000; round++) {
		char text[24];
		size_t n = (size_t)round % sizeof(text);
		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		taken += is_json(text, n);
		zd_arena_reset(arena);
	}
	assert_true(taken > 50);
}

static void
the_writer_puts_commas(void **state)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 10 };
	struct json_writer w = { .out = &out };
	(void)state;

	json_put_object(&w);
	json_put_member(&w, "名称", ZD_STR("a\"b"));
	json_put_member_int(&w, "n", 5);
	json_put_member_int(&w, "none", ZD_NO_INT);
	json_put_name(&w, "rows");
	json_put_array(&w);
	json_put_object(&w);
	json_put_end(&w);
	json_put_text(&w, (struct zd_str){ 0 });
	json_put_bool(&w, true);
	json_put_array(&w);
	json_put_end(&w);
	json_put_end(&w);
	json_put_member_bool(&w, "ok", false);
	json_put_end(&w);
	assert_text(zd_out_str(&out), "{\"名称\":\"a\\\"b\",\"n\":5,\"none\":null,\"rows\":[{},"
				      "null,true,[]],\"ok\":false}");
	assert_true(is_json(out.p, out.n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_are_taken_whole),
		cmocka_unit_test(bad_texts_are_refused),
		cmocka_unit_test(every_cut_of_a_text_is_refused),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(a_standard_is_read),
		cmocka_unit_test(values_come_as_they_are),
		cmocka_unit_test(a_container_can_be_left_early),
		cmocka_unit_test(faults_name_their_place_and_stick),
		cmocka_unit_test(a_flood_of_names_meets_the_limit),
		cmocka_unit_test(random_texts_never_crash),
		cmocka_unit_test(the_writer_puts_commas),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
