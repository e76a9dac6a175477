/* The files of standards/ compile; each kind of mistake in such a file is told with its place. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "standard/compile.h"

extern const struct embed_file standard_files[], code_files[];

static int
set_up(void **state)
{
	static struct zd_cx cx;
	struct standard_set *set = NULL;

	cx = (struct zd_cx){ .arena = zd_arena_new((size_t)1 << 28), .today = 20416 };
	assert_rc(&cx, standard_load(&cx, &set), ZD_OK);
	*state = set;
	return 0;
}

static int
tear_down(void **state)
{
	struct standard_set *set = *state;

	zd_arena_free(set->arena);
	return 0;
}

static bool
is_built_in(const struct embed_file *files, const char *name)
{
	for (; files->name; files++)
		if (strcmp(files->name, name) == 0)
			return true;
	return false;
}

static void
entry_drop(struct dirent **entry)
{
	free(*entry);
}

static void
check_folder(const char *path, const struct embed_file *files)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, NULL);

	assert_true(n > 0);
	while (n-- > 0) {
		struct dirent *entry ZD_CLEANUP(entry_drop) = entries[n];
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || (strcmp(dot, ".json") != 0 && strcmp(dot, ".csv") != 0))
			continue;
		if (!is_built_in(files, entry->d_name))
			fail_msg("%s/%s is not listed in its meson.build", path, entry->d_name);
	}
	free(entries);
}

static void
every_file_is_built_in(void **state)
{
	(void)state;
	check_folder(STANDARDS_DIR, standard_files);
	check_folder(STANDARDS_DIR "/codes", code_files);
}

static void
national_standards_are_there(void **state)
{
	static const char *const names[] = {
		"main_item",    "sub_item",       "implement_list",
		"check_action", "punish_action",  "force_action",
		"other_action", "enterprise",     "individual_business",
		"organisation", "natural_person", "special_equipment",
		"site",         "officer",        "random_plan",
		"random_sample"
	};
	const struct standard_set *set = *state;

	for (size_t i = 0; i < N(names); i++)
		assert_non_null(standard_find(set, zd_str_of(names[i])));
	assert_null(standard_find(set, ZD_STR("exchange")));
	assert_null(standard_find(set, ZD_STR("")));
	assert_int_equal(standard_count(set), set->n_standards);
	assert_null(standard_at(set, standard_count(set)));
}

static void
exchange_columns_stand_behind_the_own(void **state)
{
	static const char *const columns[] = { "cd_id",    "record_unique_identity",
					       "cd_time",  "cd_source",
					       "cd_batch", "cd_operation" };
	const struct standard_set *set = *state;

	for (size_t i = 0; i < standard_count(set); i++) {
		const struct standard *std = standard_at(set, i);
		for (size_t k = 0; k < N(columns); k++) {
			int field = standard_field_find(std, zd_str_of(columns[k]));
			assert_true(field >= 0);
			if (field == std->key) /* declared by the standard itself */
				continue;
			assert_true(std->fields[field].exchange);
			assert_false(standard_field_is_filled(std, (size_t)field, 20416));
		}
		assert_true(standard_field_is_filled(std, (size_t)std->key, ZD_NO_DAY));
	}
}

static void
headings_are_found_as_templates_write_them(void **state)
{
	static const struct {
		const char *heading, *field;
	} cases[] = {
		{ "check_date", "check_date" },
		{ "检查时间", "check_date" },
		{ "检查日期", "check_date" },
		{ " 检查 时间 ", "check_date" },
		{ "*检查时间", "check_date" },
		{ "检查时间（必填）", "check_date" },
		{ "CHECK_DATE", "check_date" },
		{ "CD_ID", "cd_id" },
		{ "检查天气", NULL },
		{ "", NULL },
		{ "*", NULL },
	};
	const struct standard *std = standard_find(*state, ZD_STR("check_action"));

	for (size_t i = 0; i < N(cases); i++) {
		int field = standard_field_find(std, zd_str_of(cases[i].heading));
		if (!cases[i].field)
			assert_int_equal(field, -1);
		else
			assert_text(std->fields[field].name, cases[i].field);
	}
}

static void
unknown_headings_have_a_nearest(void **state)
{
	static const struct {
		const char *heading, *field;
	} cases[] = {
		{ "检查时刻", "check_date" },
		{ "check_dat", "check_date" },
		{ "行政相对人姓名", "administrative_cp" },
		{ "行政区划", "area_number" },
		{ "监管事项目录编号", "supervise_item_implement_code" },
		{ "备注说明", NULL },
		{ "x", NULL },
		{ "", NULL },
	};
	const struct standard *std = standard_find(*state, ZD_STR("check_action"));

	for (size_t i = 0; i < N(cases); i++) {
		int field = standard_field_nearest(std, zd_str_of(cases[i].heading));
		if (cases[i].field && field < 0)
			fail_msg("nothing near %s", cases[i].heading);
		if (!cases[i].field && field >= 0)
			fail_msg("%s near %.*s", cases[i].heading,
				 ZD_STR_ARG(std->fields[field].name));
		if (cases[i].field)
			assert_text(std->fields[field].name, cases[i].field);
	}
}

static void
codes_have_names_by_day(void **state)
{
	const struct standard_codes *punish = standard_codes_find(*state, ZD_STR("punish_type"));
	int32_t before = zd_day_of(2021, 7, 14), after = zd_day_of(2021, 7, 15);

	assert_text(standard_code_name(punish, ZD_STR("05"), before), "暂扣或吊销许可证");
	assert_text(standard_code_name(punish, ZD_STR("05"), after), "吊销许可证（件）");
	assert_text(standard_code_name(punish, ZD_STR("01"), zd_day_of(1999, 1, 1)), "警告");
	assert_text(standard_code_name(punish, ZD_STR("08"), before),
		    "通报批评"); /* the newest, for showing */
	assert_null(standard_code_name(punish, ZD_STR("77"), after).p);
}

/* --- mistakes ------------------------------------------------------------------------- */

#define FIELD_ID                                                                                   \
	"{\"name\":\"code\",\"title\":\"编号\",\"type\":\"text\",\"required\":true,\"example\":" \
	"\"1\"}"
#define HEAD                                                                                       \
	"{\"name\":\"x\",\"title\":\"题\",\"kind\":\"action\",\"basis\":\"据\",\"key\":\"code\","
#define WITH_FIELD(members)                                                                        \
	HEAD "\"fields\":[" FIELD_ID                                                               \
	     ",{\"name\":\"f\",\"title\":\"题\",\"example\":\"1\"," members "}]}"
#define TWO_DATES                                                                                  \
	"{\"name\":\"a\",\"title\":\"甲\",\"type\":\"date\",\"example\":\"2024-01-01\"},"         \
	"{\"name\":\"b\",\"title\":\"乙\",\"type\":\"date\",\"example\":\"2024-01-01\"}"
#define WITH_RULE(members)                                                                         \
	HEAD "\"fields\":[" FIELD_ID "," TWO_DATES                                                 \
	     "],\"rules\":[{\"id\":\"r\",\"basis\":\"据\"," members "}]}"

static const char codes_file[] =
	"{\"name\":\"yes\",\"title\":\"是否\",\"basis\":\"据\",\"codes\":[[\"1\",\"是\"]]}";

static struct zd_str
shown(const struct standard_set *set, const char *codes, const char *code, struct zd_arena *arena)
{
	return standard_code_shown(arena, standard_codes_find(set, zd_str_of(codes)),
				   zd_str_of(code), 20416);
}

static void
codes_are_shown_with_a_name(void **state)
{
	static const struct {
		const char *codes, *code, *shown;
	} cases[] = {
		{ "gbt4754", "5251", "5251 西药零售" },
		{ "gbt4754", "5259", "5259（未列名，上级 525 医药及医疗器材专门零售）" },
		{ "gbt4754", "F", "F 批发和零售业" },
		{ "gbt4754", "9999", "9999" },
		{ "gbt2260", "420202", "420202 黄石港区" },
		{ "gbt2260", "420299", "420299（未列名，上级 420200 黄石市）" },
		{ "gbt2260", "429900", "429900（未列名，上级 420000 湖北省）" },
		{ "gbt2260", "110100", "110100 北京市市辖区" },
		{ "gbt2260", "990000", "990000" },
		{ "supervise_department", "31", "31 市场监管局" },
		{ "supervise_department", "某局", "某局" },
	};
	const struct standard_set *set = *state;
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);

	for (size_t i = 0; i < N(cases); i++)
		assert_text(shown(set, cases[i].codes, cases[i].code, arena), cases[i].shown);
	assert_text(standard_code_shown(arena, NULL, ZD_STR("1"), 20416), "1");
}

/* No code of a list that is shipped goes without a name, on its first day, today or ever. */
static void
every_code_shipped_has_a_name(void **state)
{
	const struct standard_set *set = *state;

	for (size_t l = 0; l < set->n_codes; l++)
		for (size_t i = 0; i < set->codes[l].n; i++) {
			const struct standard_code *c = &set->codes[l].codes[i];
			if (!standard_code_name(&set->codes[l], c->code, c->from).n)
				fail_msg("%.*s %.*s", ZD_STR_ARG(set->codes[l].name),
					 ZD_STR_ARG(c->code));
		}
}

/* Divisions, industries and the departments of the catalogue are named wherever a record is shown. */
static void
texts_that_are_codes_are_named(void **state)
{
	static const char *const fields[][3] = {
		{ "enterprise", "industry_code", "gbt4754" },
		{ "enterprise", "register_organ", "gbt2260" },
		{ "check_action", "area_number", "gbt2260" },
		{ "main_item", "level", "gbt2260" },
		{ "sub_item", "department_id", "supervise_department" },
		{ "officer", "department_code", "supervise_department" },
		{ "officer", "enforce_area", "gbt2260" },
	};
	const struct standard_set *set = *state;

	for (size_t i = 0; i < N(fields); i++) {
		const struct standard *std = standard_find(set, zd_str_of(fields[i][0]));
		int at = standard_field_find(std, zd_str_of(fields[i][1]));
		assert_true(at >= 0);
		assert_non_null(std->fields[at].names);
		assert_text(std->fields[at].names->name, fields[i][2]);
	}
}

static void
mistakes_in_standards_name_the_place(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ HEAD "\"fields\":[" FIELD_ID "]}", NULL },
		{ "{", "x.json：第1行第2个字符处有误" },
		{ HEAD "\n\"colour\":1}", "第2行第10个字符处有误：不认识的成员" },
		{ HEAD "\"fields\":[" FIELD_ID "," FIELD_ID "]}", "列名“code”同时属于" },
		{ "{\"name\":\"y\",\"title\":\"题\",\"basis\":\"据\"}", "name 应与文件名相同" },
		{ HEAD "\"fields\":[]}", "key 引用了不存在的字段“code”" },
		{ WITH_FIELD("\"type\":\"text\""), NULL },
		{ WITH_FIELD("\"type\":\"number\""), "字段“f”的 type 不认识：“number”" },
		{ WITH_FIELD("\"type\":\"text\",\"ident\":\"vat\""), "ident 不认识：“vat”" },
		{ WITH_FIELD("\"type\":\"code\",\"codes\":\"none\""), "代码表“none”不存在" },
		{ WITH_FIELD("\"type\":\"code\""), "有 codes 的类型应为 code" },
		{ WITH_FIELD("\"type\":\"code\",\"codes\":\"yes\""), NULL },
		{ WITH_FIELD("\"type\":\"date\""), "字段“f”的示例“1”不合自身规则：“1”不是日期" },
		{ WITH_FIELD("\"type\":\"text\",\"ident\":\"uscc\""), "示例“1”不合自身规则" },
		{ WITH_FIELD("\"type\":\"text\",\"since\":\"2031\""),
		  "since 或 until 不是本标准的版本" },
		{ WITH_FIELD("\"type\":\"text\",\"class\":5"), "敏感级别" },
		{ WITH_FIELD("\"type\":\"text\",\"scale\":2"), "scale" },
		{ WITH_FIELD("\"type\":\"text\",\"name\":\"g\""), "成员名重复" },
		{ HEAD "\"date\":\"code\",\"fields\":[" FIELD_ID "]}", "date 应为日期字段" },
		{ HEAD "\"merge\":[\"q\"],\"fields\":[" FIELD_ID "]}",
		  "merge 引用了不存在的字段“q”" },
		{ HEAD
		  "\"fields\":[" FIELD_ID
		  ",{\"name\":\"hash\",\"title\":\"哈希\",\"type\":\"text\",\"example\":\"1\"}]}",
		  "固定列同名" },
		{ HEAD
		  "\"fields\":[" FIELD_ID
		  ",{\"name\":\"Ab\",\"title\":\"哈希\",\"type\":\"text\",\"example\":\"1\"}]}",
		  "只能用小写字母" },
		{ HEAD "\"versions\":[{\"version\":\"1\"}],\"fields\":[" FIELD_ID "]}",
		  "第1个版本应有 version 和 from" },
		{ WITH_RULE("\"kind\":\"date_order\",\"fields\":[\"a\",\"b\"]"), NULL },
		{ WITH_RULE("\"kind\":\"date_order\",\"fields\":[\"a\"]"), "fields 应为两个字段" },
		{ WITH_RULE("\"kind\":\"date_order\",\"fields\":[\"a\",\"z\"]"),
		  "规则“r”引用了不存在的字段“z”" },
		{ WITH_RULE("\"kind\":\"date_order\",\"fields\":[\"a\",\"code\"]"),
		  "不适用于该类型的字段“code”" },
		{ WITH_RULE("\"kind\":\"date_order\",\"field\":\"a\""), "成员与其 kind 不符" },
		{ WITH_RULE("\"kind\":\"not_future\",\"field\":\"a\",\"min\":3"),
		  "成员与其 kind 不符" },
		{ WITH_RULE("\"kind\":\"magic\""), "kind 不认识：“magic”" },
		{ WITH_RULE("\"kind\":\"not_future\",\"field\":\"a\",\"check\":11"),
		  "check 应为 1 至 10" },
		{ WITH_RULE("\"kind\":\"exists\",\"field\":\"code\",\"standard\":\"q\""),
		  "不存在的标准“q”" },
		{ WITH_RULE("\"kind\":\"exists\",\"field\":\"code\",\"standard\":\"x\""), NULL },
		{ WITH_RULE("\"kind\":\"item_in_force\""), "需要标准声明" },
		{ WITH_RULE("\"kind\":\"item_type\",\"types\":[\"0\"]"), "需要标准声明" },
		{ WITH_RULE("\"kind\":\"item_type\""), "成员与其 kind 不符" },
		{ HEAD "\"item\":\"code\",\"fields\":[" FIELD_ID
		       "],\"rules\":[{\"id\":\"r\",\"basis\":\"b\",\"kind\":\"item_type\","
		       "\"types\":[\"7\"]}]}",
		  "没有的行政类型“7”" },
		{ WITH_RULE("\"kind\":\"merge_once\""), "需要标准声明 merge" },
		{ WITH_RULE("\"kind\":\"range\",\"field\":\"a\",\"min\":1"),
		  "不适用于该类型的字段“a”" },
		{ WITH_RULE("\"kind\":\"required_if\",\"field\":\"a\",\"when\":{\"field\":\"b\"}"),
		  "when 应有 in" },
		{ WITH_RULE("\"kind\":\"ident_by\",\"field\":\"code\",\"by\":\"a\",\"map\":{\"1\":"
			    "\"uscc\"}"),
		  "不适用于" },
	};
	const struct embed_file codes[] = { { "yes.json", codes_file, sizeof(codes_file) - 1 },
					    { 0 } };
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 24);
		struct zd_cx cx = { .arena = arena };
		const struct embed_file files[] = {
			{ "x.json", cases[i].text, strlen(cases[i].text) }, { 0 }
		};
		struct standard_set *set = NULL;
		enum zd_rc rc = standard_load_from(&cx, files, codes, &set);
		if (cases[i].why ? rc != ZD_FAILED || !strstr(cx.err.text, cases[i].why)
				 : rc != ZD_OK)
			fail_msg("%s\n%d: %s, wanted %s", cases[i].text, rc, cx.err.text,
				 cases[i].why);
	}
}

#define LIST(members) "{\"name\":\"yes\",\"title\":\"是否\",\"basis\":\"据\"," members "}"
#define CSV LIST("\"csv\":\"yes.csv\"")

static void
mistakes_in_code_lists_name_the_place(void **state)
{
	static const struct {
		const char *json, *csv, *why;
	} cases[] = {
		{ LIST("\"codes\":[[\"1\",\"是\"],[\"1\",\"否\"]]"), "",
		  "代码“1”在同一时间出现两次" },
		{ LIST("\"codes\":[[\"1\"]]"), "", "[代码, 名称]" },
		{ LIST("\"codes\":[[\"1\",\"\"]]"), "", "第1个代码" },
		{ LIST("\"codes\":[]"), "", "codes、versions、csv 应有且只有一项" },
		{ LIST("\"versions\":[{\"version\":\"1\",\"from\":\"2021-02-29\",\"codes\":[[\"1\","
		       "\"是\"]]}]"),
		  "", "第1个版本" },
		{ LIST("\"versions\":[{\"version\":\"1\",\"from\":\"2022-01-01\",\"until\":\"2023-"
		       "01-01\",\"codes\":[[\"1\",\"是\"]]},"
		       "{\"version\":\"2\",\"from\":\"2022-06-01\",\"codes\":[[\"1\",\"是\"]]}]"),
		  "", "重叠" },
		{ CSV, NULL, "没有文件“yes.csv”" },
		{ CSV, "code,name\n", "yes.csv：首行应为" },
		{ CSV, "code,name,parent,from,until\n1,是,,\n", "第2行有误" },
		{ CSV, "code,name,parent,from,until\n1,是,,,x\n", "第2行有误" },
		{ CSV, "code,name,parent,from,until\n1,是,9,,\n", "上级9不存在" },
		{ CSV, "code,name,parent,from,until\n", "没有代码" },
		{ CSV,
		  "code,name,parent,from,until\r\n1,是,,2020-01-01,2020-12-31\r\n1,否,,2021-01-01,"
		  "\r\n",
		  NULL },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 24);
		struct zd_cx cx = { .arena = arena };
		const char *csv = cases[i].csv;
		const struct embed_file none[] = { { 0 } };
		const struct embed_file files[] = {
			{ "yes.json", cases[i].json, strlen(cases[i].json) },
			{ csv ? "yes.csv" : NULL, csv, csv ? strlen(csv) : 0 },
			{ 0 },
		};
		struct standard_set *set = NULL;
		enum zd_rc rc = standard_load_from(&cx, none, files, &set);
		if (cases[i].why ? rc != ZD_FAILED || !strstr(cx.err.text, cases[i].why)
				 : rc != ZD_OK)
			fail_msg("%s\n%d: %s, wanted %s", cases[i].json, rc, cx.err.text,
				 cases[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_is_built_in),
		cmocka_unit_test(national_standards_are_there),
		cmocka_unit_test(exchange_columns_stand_behind_the_own),
		cmocka_unit_test(headings_are_found_as_templates_write_them),
		cmocka_unit_test(unknown_headings_have_a_nearest),
		cmocka_unit_test(codes_have_names_by_day),
		cmocka_unit_test(codes_are_shown_with_a_name),
		cmocka_unit_test(every_code_shipped_has_a_name),
		cmocka_unit_test(texts_that_are_codes_are_named),
		cmocka_unit_test(mistakes_in_standards_name_the_place),
		cmocka_unit_test(mistakes_in_code_lists_name_the_place),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
