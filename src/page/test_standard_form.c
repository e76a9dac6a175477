/* Forms and facts from a data standard's own declaration. */
#include "base/test.h"
#include "page/page.h"
#include "trust/trust.h"

static struct zd_cx cx;
static struct zd_out out;
static const struct standard *punish;
static struct zd_str values[STANDARD_MAX_FIELDS];

static int
setup(void **state)
{
	struct standard_set *set;

	(void)state;
	cx = (struct zd_cx){
		.arena = zd_arena_new(64 << 20),
		.actor = { .id = 7, .roles = TRUST_DATA_OFFICER, .level = 2 },
	};
	out = (struct zd_out){ .max = 1 << 20 };
	memset(values, 0, sizeof(values));
	assert_rc(&cx, standard_load(&cx, &set), ZD_OK);
	punish = standard_find(set, ZD_STR("punish_action"));
	assert_non_null(punish);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zd_out_drop(&out);
	zd_arena_free(cx.arena);
	return 0;
}

static int
field(const char *name)
{
	int i = standard_field_find(punish, zd_str_of(name));

	assert_true(i >= 0);
	return i;
}

static bool
has(const char *part)
{
	zd_out_write(&out, (struct zd_str){ "", 1 });
	assert_false(out.failed);
	out.n--;
	return strstr(out.p, part) != NULL;
}

static void
draw_form(const struct standard *std, int32_t day, const struct standard_error *errors, size_t n,
	  const struct page_section *sections)
{
	const struct page_form form = {
		.fields = page_standard_fields(&cx, std, day, values, errors, n),
		.n_fields = std->n_fields,
	};

	out.n = 0;
	page_standard_form(&out, std, &form, sections);
}

static void
offers_the_codes_in_force_on_the_day(void **state)
{
	(void)state;
	draw_form(punish, zd_day_of(2026, 11, 24), NULL, 0, NULL);
	assert_true(has("<option value=\"08\">通报批评</option>"));
	assert_true(has("<option value=\"05\">吊销许可证（件）</option>"));
	draw_form(punish, zd_day_of(2020, 5, 6), NULL, 0, NULL);
	assert_false(has("通报批评"));
	assert_true(has("<option value=\"05\">暂扣或吊销许可证</option>"));
}

static void
asks_for_each_field_once_by_its_title(void **state)
{
	(void)state;
	draw_form(punish, zd_day_of(2026, 11, 24), NULL, 0, NULL);
	for (size_t i = 0; i < punish->n_fields; i++) {
		struct zd_str id = zd_str_printf(cx.arena, " id=\"f-%.*s\"",
						 ZD_STR_ARG(punish->fields[i].name));
		const char *at = has(id.p) ? strstr(out.p, id.p) : NULL;
		if (!at || strstr(at + 1, id.p))
			fail_msg("%s is not there once", id.p);
	}
	assert_true(has(" data-day"));
	assert_true(has("必填信息"));
}

static void
puts_an_error_and_its_cure_beside_the_field(void **state)
{
	int at = field("punish_action_name");
	const struct standard_error error = { .field = at,
					      .message = ZD_STR("名称<b>太长"),
					      .todo = ZD_STR("请缩短") };

	(void)state;
	values[at] = ZD_STR("<b>\"");
	draw_form(punish, zd_day_of(2026, 11, 24), &error, 1, NULL);
	assert_true(has("名称&lt;b&gt;太长。请缩短"));
	assert_true(has("&lt;b&gt;&quot;"));
	assert_false(has("<b>"));
	assert_true(has("aria-invalid=\"true\""));
}

static void
leaves_out_fields_of_other_versions(void **state)
{
	static const struct standard_field declared[] = {
		{ .name = ZD_LIT("now"),
		  .title = ZD_LIT("现有字段"),
		  .from = INT32_MIN,
		  .until = INT32_MAX },
		{ .name = ZD_LIT("then"),
		  .title = ZD_LIT("旧有字段"),
		  .from = INT32_MIN,
		  .until = 100 },
	};
	static const struct standard std = { .fields = declared,
					     .n_fields = N(declared),
					     .subject = -1 };

	(void)state;
	values[0] = values[1] = ZD_STR("x");
	draw_form(&std, 200, NULL, 0, NULL);
	assert_true(has("现有字段"));
	assert_false(has("旧有字段"));
	out.n = 0;
	page_standard_facts(&cx, &out, &std, 200, values, NULL);
	assert_true(has("现有字段"));
	assert_false(has("旧有字段"));
	page_standard_facts(&cx, &out, &std, 50, values, NULL);
	assert_true(has("旧有字段"));
}

static void
sections_begin_at_the_fields_they_name(void **state)
{
	const struct page_section sections[] = {
		{ zd_str_copy(cx.arena, punish->fields[0].name).p, ZD_STR("甲"), { 0 } },
		{ zd_str_copy(cx.arena, punish->fields[3].name).p, ZD_STR("乙"), { 0 } },
		{ NULL, { 0 }, { 0 } },
	};

	(void)state;
	draw_form(punish, zd_day_of(2026, 11, 24), NULL, 0, sections);
	assert_true(has("<legend>甲</legend>"));
	const char *second = strstr(out.p, "<legend>乙</legend>");
	struct zd_str before =
		zd_str_printf(cx.arena, " id=\"f-%.*s\"", ZD_STR_ARG(punish->fields[2].name));
	struct zd_str after =
		zd_str_printf(cx.arena, " id=\"f-%.*s\"", ZD_STR_ARG(punish->fields[3].name));
	assert_true(strstr(out.p, before.p) < second);
	assert_true(strstr(out.p, after.p) > second);
}

static void
facts_read_words_and_hide_what_is_above_ones_level(void **state)
{
	(void)state;
	values[field("punish_type")] = ZD_STR("01,05");
	values[field("administrative_cp_ui_code")] = ZD_STR("350102199003074512");
	page_standard_facts(&cx, &out, punish, zd_day_of(2026, 11, 24), values, NULL);
	assert_true(has("警告、吊销许可证（件）"));
	assert_false(has("19900307"));
	out.n = 0;
	page_standard_facts(&cx, &out, punish, zd_day_of(2020, 5, 6), values, NULL);
	assert_true(has("警告、暂扣或吊销许可证"));
	cx.actor.level = 3;
	out.n = 0;
	page_standard_facts(&cx, &out, punish, zd_day_of(2026, 11, 24), values, NULL);
	assert_true(has("9003</span>"));
}

#define case_of(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		case_of(offers_the_codes_in_force_on_the_day),
		case_of(asks_for_each_field_once_by_its_title),
		case_of(puts_an_error_and_its_cure_beside_the_field),
		case_of(leaves_out_fields_of_other_versions),
		case_of(sections_begin_at_the_fields_they_name),
		case_of(facts_read_words_and_hide_what_is_above_ones_level),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
