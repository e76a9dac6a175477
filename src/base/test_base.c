#include "base/test.h"

static void
days_are_calendar_days(void **state)
{
	int32_t day;
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	(void)state;

	assert_int_equal(zd_day_of(1970, 1, 1), 0);
	assert_true(zd_day_parse(ZD_STR("2024-02-29"), &day));
	assert_text(zd_day_format(arena, day), "2024-02-29");
	assert_int_equal(zd_day_month(day), 202402);
	assert_false(zd_day_parse(ZD_STR("2023-02-29"), &day));
	assert_false(zd_day_parse(ZD_STR("2023-2-9"), &day));
	assert_false(zd_day_parse(ZD_STR("2023-13-01"), &day));
	for (int32_t d = -200000; d < 200000; d += 17) {
		assert_true(zd_day_parse(zd_day_format(arena, d), &day));
		assert_int_equal(day, d);
	}
	/* 16:00Z is midnight in Shanghai */
	assert_int_equal(zd_day_of_time((int64_t)16 * 3600000), 1);
	assert_int_equal(zd_day_of_time((int64_t)16 * 3600000 - 1), 0);
	assert_text(zd_time_format(arena, 0), "1970-01-01 08:00:00");
	assert_text(zd_time_format_utc(arena, 1677661200500), "2023-03-01T09:00:00.500Z");
}

static void
numbers_are_whole_and_fit(void **state)
{
	int64_t v;
	(void)state;

	assert_true(zd_int_parse(ZD_STR("-9223372036854775808"), &v));
	assert_true(v == INT64_MIN);
	assert_false(zd_int_parse(ZD_STR("9223372036854775808"), &v));
	assert_false(zd_int_parse(ZD_STR("1 "), &v));
	assert_false(zd_int_parse(ZD_STR("-"), &v));
	assert_false(zd_int_parse(ZD_STR(""), &v));
}

static void
utf8_is_strict(void **state)
{
	static const struct {
		const char *p;
		size_t good;
	} cases[] = {
		{ "abc监管", 9 },
		{ "监\xE7\x9B", 3 },
		{ "\xC0\x80", 0 },
		{ "\xED\xA0\x80", 0 },
		{ "12345678\xF4\x90\x80\x80", 8 },
		{ "\xF0\x9F\x98\x80", 4 },
		{ "0123456789abcd\xFF", 14 },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++)
		assert_int_equal(zd_utf8_check(zd_str_of(cases[i].p)), cases[i].good);
	assert_int_equal(zd_utf8_length(ZD_STR("照单 Zd")), 5);
}

static void
outputs_escape_and_stop_at_their_ceiling(void **state)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 10 };
	(void)state;

	zd_out_html(&out, ZD_STR("<a href='x'>&"));
	zd_out_url(&out, ZD_STR("a b/监"));
	zd_out_json(&out, ZD_STR("\"\n\x01"));
	assert_text(zd_out_str(&out),
		    "&lt;a href=&#39;x&#39;&gt;&amp;a%20b%2F%E7%9B%91\"\\\"\\n\\u0001\"");
	while (!out.failed)
		zd_out_printf(&out, "%0300d", 1);
	assert_true(out.n <= out.max);
}

static void
ids_rise_and_stay_below_2_53(void **state)
{
	int64_t last = 0;
	(void)state;

	for (int i = 0; i < 100000; i++) {
		int64_t id = zd_id_new();
		assert_true(id > last && id < (int64_t)1 << 53);
		last = id;
	}
}

static void
trims_what_people_paste(void **state)
{
	(void)state;
	assert_text(zd_str_trim(ZD_STR("\xEF\xBB\xBF \xE3\x80\x80x y\xC2\xA0\r\n")), "x y");
	assert_int_equal(zd_str_trim(ZD_STR("  ")).n, 0);
}

static void
arenas_keep_to_their_limit(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1000);
	(void)state;

	assert_non_null(zd_try_alloc(arena, 900));
	assert_null(zd_try_alloc(arena, 200));
	zd_arena_reset(arena);
	char *p = zd_try_alloc(arena, 900);
	assert_non_null(p);
	for (int i = 0; i < 900; i++)
		assert_int_equal(p[i], 0);
}

static void
what_is_put_as_utf8_is_read_again(void **state)
{
	static const uint32_t points[] = { 'Z',    0x7F,   0x80,   0x7FF,   0x800,
					   0x7167, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF };
	static const size_t sizes[] = { 1, 1, 2, 2, 3, 3, 3, 3, 4, 4 };
	char text[64];
	size_t n = 0;
	(void)state;

	for (size_t i = 0; i < N(points); i++) {
		size_t put = zd_utf8_put(text + n, points[i]);
		assert_int_equal(put, sizes[i]);
		n += put;
	}
	assert_int_equal(zd_utf8_check((struct zd_str){ text, n }), n);
	assert_int_equal(zd_utf8_length((struct zd_str){ text, n }), N(points));
	assert_memory_equal(text + 9, "\xE7\x85\xA7", 3);
}

static void
hexadecimal_digits_and_nothing_else(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	(void)state;

	for (int c = -128; c < 128; c++) {
		const char *at = c ? strchr(digits, c) : NULL;
		int want = !at                ? -1
			   : at - digits < 16 ? (int)(at - digits)
					      : (int)(at - digits) - 6;
		assert_int_equal(zd_hex_value((char)c), want);
	}
}

static void
arrays_grow_and_keep_what_they_hold(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	int *v = NULL;
	size_t cap = 0;
	(void)state;

	for (int n = 0; n < 1000; n++) {
		v = zd_grow(arena, v, (size_t)n, &cap, sizeof(*v));
		assert_true(cap > (size_t)n);
		v[n] = n;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v[i], i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_calendar_days),
		cmocka_unit_test(numbers_are_whole_and_fit),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(outputs_escape_and_stop_at_their_ceiling),
		cmocka_unit_test(ids_rise_and_stay_below_2_53),
		cmocka_unit_test(trims_what_people_paste),
		cmocka_unit_test(arenas_keep_to_their_limit),
		cmocka_unit_test(what_is_put_as_utf8_is_read_again),
		cmocka_unit_test(hexadecimal_digits_and_nothing_else),
		cmocka_unit_test(arrays_grow_and_keep_what_they_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
