#include <stdio.h>

#include "base/test.h"
#include "catalog/catalog.h"

static const struct zd_str item = ZD_LIT("31000101000001");

static struct catalog_snapshot
city(struct catalog_event *events, size_t n)
{
	static struct catalog_name names[] = {
		{ 31000101000001, ZD_LIT("电梯使用安全检查"), ZD_LIT("0") },
		{ 31000102000001, ZD_LIT("电梯超期使用的处罚"), ZD_LIT("1") },
		{ 31000103000001, ZD_LIT("没有种类"), { 0 } }
	};
	struct catalog_snapshot s = {
		.events = events, .n_events = n, .names = names, .n_names = N(names)
	};

	catalog_snapshot_sort(&s);
	return s;
}

static bool
lawful(const struct catalog_snapshot *s, int64_t dept, int32_t day, int64_t known_at,
       const char *why)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	bool ok = catalog_check_lawful(s, item, dept, day, known_at, &out);

	zd_out_write(&out, (struct zd_str){ "", 1 });
	if (!ok && !strstr(out.p, why))
		fail_msg("%s does not say %s", out.p, why);
	return ok;
}

static void
only_items_in_force_and_claimed_are_lawful(void **state)
{
	struct catalog_event events[] = {
		{ .item = 31000101000001, .seq = 1, .at = 10, .from = 100, .what = CATALOG_IN_USE },
		{ .item = 31000101000001,
		  .dept = 3,
		  .seq = 2,
		  .at = 10,
		  .from = 120,
		  .what = CATALOG_CLAIMED },
		{ .item = 31000101000001,
		  .seq = 5,
		  .at = 10,
		  .from = 200,
		  .what = CATALOG_SUSPENDED },
		{ .item = 31000101000001, .seq = 6, .at = 10, .from = 220, .what = CATALOG_IN_USE },
		{ .item = 31000101000001,
		  .dept = 3,
		  .seq = 7,
		  .at = 10,
		  .from = 250,
		  .what = CATALOG_RELEASED },
	};
	struct catalog_snapshot s = city(events, N(events));
	(void)state;

	assert_false(lawful(&s, 3, 99, CATALOG_NOW, "尚未发布，自1970-04-11起在用"));
	assert_false(lawful(&s, 3, 99, 9, "不在监管事项目录清单内")); /* as it was known then */
	assert_false(lawful(&s, 3, 119, CATALOG_NOW, "未由报送部门认领（自1970-05-01起才认领）"));
	assert_true(lawful(&s, 3, 120, CATALOG_NOW, ""));
	assert_false(lawful(&s, 4, 120, CATALOG_NOW, "电梯使用安全检查"));
	assert_false(lawful(&s, 3, 200, CATALOG_NOW, "暂停"));
	assert_true(lawful(&s, 3, 220, CATALOG_NOW, ""));
	assert_false(lawful(&s, 3, 250, CATALOG_NOW, "已退领"));
}

/* A correction recorded later changes what held, but not what we knew before it. */
static void
remembers_what_was_known_when(void **state)
{
	struct catalog_event events[] = {
		{ .item = 31000101000001, .seq = 1, .at = 10, .from = 100, .what = CATALOG_IN_USE },
		{ .item = 31000101000001,
		  .dept = 3,
		  .seq = 2,
		  .at = 10,
		  .from = 100,
		  .what = CATALOG_CLAIMED },
		{ .item = 31000101000001,
		  .seq = 3,
		  .at = 50,
		  .from = 150,
		  .what = CATALOG_CANCELLED },
	};
	struct catalog_snapshot s = city(events, N(events));
	(void)state;

	assert_true(lawful(&s, 3, 160, 49, ""));
	assert_false(lawful(&s, 3, 160, 50, "取消"));
	assert_true(lawful(&s, 3, 149, CATALOG_NOW, ""));
}

static void
codes_are_fourteen_digits(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 16);
	(void)state;

	assert_int_equal(catalog_item_number(ZD_STR("00000101000001")), 101000001);
	assert_text(catalog_item_code(arena, 101000001), "00000101000001");
	assert_int_equal(catalog_item_number(ZD_STR("3100010100000")), 0);
	assert_int_equal(catalog_item_number(ZD_STR("-1000101000001")), 0);
	assert_int_equal(catalog_item_number(ZD_STR("无")), 0);
}

static void
steps_follow_the_table(void **state)
{
	struct zd_cx cx = { 0 };
	(void)state;

	assert_rc(&cx, catalog_check_step(&cx, CATALOG_NOTHING, CATALOG_IN_USE), ZD_OK);
	assert_rc(&cx, catalog_check_step(&cx, CATALOG_CANCELLED, CATALOG_IN_USE), ZD_REFUSED);
	assert_rc(&cx, catalog_check_step(&cx, CATALOG_CLAIMED, CATALOG_CLAIMED), ZD_REFUSED);
	assert_non_null(strstr(cx.err.text, "已认领"));
}

/* The kind of power of an item as the judge hears it: "0: 电梯…", "?" unknown there, "!" of no kind. */
static void
assert_type(const struct catalog_snapshot *s, const char *code, const char *wanted)
{
	struct catalog_refs refs ZD_CLEANUP(catalog_refs_drop) = { .snapshot = s,
								   .known_at = CATALOG_NOW };
	struct standard_refs answers = { 0 };
	struct zd_str type = { 0 }, name = { 0 };
	char got[200];

	catalog_refs_fill(&refs, &answers);
	enum standard_answer answer = answers.item_type(&refs, zd_str_of(code), &type, &name);
	(void)snprintf(got, sizeof(got), "%.*s%s%.*s", ZD_STR_ARG(type),
		       answer == STANDARD_NO ? "!"
		       : type.p              ? ": "
					     : "?",
		       ZD_STR_ARG(name));
	assert_string_equal(got, wanted);
}

static void
assert_types(const struct catalog_snapshot *s)
{
	assert_type(s, "31000101000001", "0: 电梯使用安全检查");
	assert_type(s, "31000102000001", "1: 电梯超期使用的处罚");
	assert_type(s, "31000103000001", "!没有种类");
	assert_type(s, "31000104000001", "?"); /* not in the catalogue: that is told elsewhere */
}

static void
an_item_in_use_without_a_record_has_no_kind(void **state)
{
	struct catalog_event events[] = {
		{ .item = 31000109000001, .seq = 1, .at = 10, .from = 100, .what = CATALOG_IN_USE },
	};
	struct catalog_snapshot s = city(events, N(events));
	(void)state;

	assert_type(&s, "31000109000001", "!");
}

static void
a_snapshot_file_gives_the_same_answers(void **state)
{
	struct catalog_event events[] = {
		{ .item = 31000101000001, .seq = 1, .at = 10, .from = 100, .what = CATALOG_IN_USE },
		{ .item = 31000101000001,
		  .dept = 3,
		  .seq = 2,
		  .at = 10,
		  .from = 100,
		  .what = CATALOG_CLAIMED },
	};
	struct catalog_list lists[] = {
		{ ZD_LIT("91350100M000100Y433-1"), 31000101000001, 100, 200, CATALOG_IN_USE },
	};
	struct catalog_officer officers[] = { { 77, 3, INT32_MAX } };
	struct catalog_known known[] = { { .print = UINT64_MAX },
					 { .print = 5, .merged = ZD_LIT("JC-1") } };
	struct catalog_snapshot s = city(events, N(events)), back;
	struct zd_out a ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 },
			b ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	struct zd_cx cx = { .arena = arena };
	(void)state;

	s.lists = lists, s.n_lists = N(lists), s.officers = officers, s.n_officers = N(officers);
	s.known = known, s.n_known = N(known), s.has_known = s.has_officers = true, s.made_at = 99;
	s.source = ZD_STR("420100|31");
	catalog_snapshot_sort(&s);
	catalog_snapshot_format(&s, &a);
	assert_rc(&cx, catalog_snapshot_parse(&cx, zd_out_str(&a), &back), ZD_OK);
	catalog_snapshot_format(&back, &b);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.p, b.p, a.n);
	assert_true(zd_str_equal(back.source, s.source));
	assert_true(lawful(&back, 3, 120, CATALOG_NOW, ""));
	assert_types(&s);
	assert_types(&back);
	assert_rc(&cx, catalog_snapshot_parse(&cx, ZD_STR("zhaodan-snapshot 1\n"), &back),
		  ZD_INVALID);
	assert_non_null(strstr(cx.err.text, "别的版本"));
	struct zd_str cut = zd_out_str(&a);
	cut.n -= 20;
	cut.n = (size_t)((const char *)memrchr(cut.p, '\t', cut.n) - cut.p);
	assert_rc(&cx, catalog_snapshot_parse(&cx, cut, &back), ZD_INVALID);
	assert_rc(&cx, catalog_snapshot_parse(&cx, ZD_STR("x\n"), &back), ZD_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_items_in_force_and_claimed_are_lawful),
		cmocka_unit_test(remembers_what_was_known_when),
		cmocka_unit_test(codes_are_fourteen_digits),
		cmocka_unit_test(steps_follow_the_table),
		cmocka_unit_test(an_item_in_use_without_a_record_has_no_kind),
		cmocka_unit_test(a_snapshot_file_gives_the_same_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
