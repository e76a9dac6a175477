/*
 * The judge: what each type takes and gives, each rule, references, the rows before. Rows are the examples of a
 * standard's own fields with a few values changed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "standard/compile.h"
#include "standard/text.h"

#define TODAY 20416 /* 2025-11-24 */

static struct {
	struct zd_cx cx;
	struct standard_set *set;
} loaded;

static int
set_up(void **state)
{
	(void)state;
	loaded.cx = (struct zd_cx){ .arena = zd_arena_new((size_t)1 << 28), .today = TODAY };
	assert_rc(&loaded.cx, standard_load(&loaded.cx, &loaded.set), ZD_OK);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	zd_arena_free(loaded.cx.arena);
	return 0;
}

/* One judge with the rows it is given. */
struct trial {
	const struct standard *std;
	struct standard_judge *judge;
	struct zd_arena *arena;
	int row;
	struct standard_verdict verdict;
};

static struct trial
trial_new(const char *standard, const struct standard_refs *refs)
{
	struct trial t = { .std = standard_find(loaded.set, zd_str_of(standard)),
			   .arena = zd_arena_new(1 << 24) };

	assert_non_null(t.std);
	t.judge = standard_judge_new(
		&(struct standard_judge_config){ .standard = t.std,
						 .refs = refs,
						 .dept = 7,
						 .dept_source = ZD_STR("420000|31"),
						 .today = TODAY });
	return t;
}

static void
trial_drop(struct trial *t)
{
	standard_judge_free(t->judge);
	zd_arena_free(t->arena);
}

/* The examples with "field=value" changed; "field=" empties it. */
static const struct standard_verdict *
judge(struct trial *t, char operation, const char *const *changes)
{
	struct zd_str *raw = zd_new_array(t->arena, struct zd_str, t->std->n_fields);

	for (size_t i = 0; i < t->std->n_fields; i++)
		if (!t->std->fields[i].exchange)
			raw[i] = t->std->fields[i].example;
	for (; changes && *changes; changes++) {
		const char *equals = strchr(*changes, '=');
		int field = standard_field_find(
			t->std, (struct zd_str){ *changes, (size_t)(equals - *changes) });
		if (field < 0)
			fail_msg("no such field: %s", *changes);
		raw[field] = zd_str_of(equals + 1);
	}
	standard_judge_row(t->judge, t->arena, ++t->row, operation, raw, &t->verdict);
	return &t->verdict;
}

#define CHANGES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct zd_str
canon_of(const struct trial *t, const char *field)
{
	int i = standard_field_find(t->std, zd_str_of(field));

	assert_true(i >= 0);
	return t->verdict.canon[i];
}

static void
fail_with(const struct trial *t, const char *what)
{
	char text[2000];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s; errors:", what);

	for (size_t i = 0; i < t->verdict.n_errors && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\n  %.*s [%d] %.*s | %.*s",
				      ZD_STR_ARG(t->verdict.errors[i].rule),
				      (int)t->verdict.errors[i].check,
				      ZD_STR_ARG(t->verdict.errors[i].message),
				      ZD_STR_ARG(t->verdict.errors[i].todo));
	fail_msg("%s", text);
}

static bool
contains(struct zd_str s, const char *part)
{
	return !*part || memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/* Exactly one error, that one. */
static void
assert_only(const struct trial *t, const char *rule, int check, const char *message,
	    const char *todo)
{
	const struct standard_verdict *v = &t->verdict;
	const struct standard_error *e = v->errors;

	if (v->good || v->n_errors != 1 || !zd_str_equal(e->rule, zd_str_of(rule)) ||
	    (int)e->check != check || !contains(e->message, message) || !contains(e->todo, todo))
		fail_with(t, rule);
	assert_int_equal(e->row, t->row);
	assert_true(e->field >= 0 && e->basis.n > 0 && e->todo.n > 0);
	assert_true(contains(e->message, "「"));
}

static void
assert_good(const struct trial *t)
{
	if (!t->verdict.good || t->verdict.n_errors)
		fail_with(t, "not good");
}

static void
the_examples_of_every_standard_are_good(void **state)
{
	(void)state;

	for (size_t i = 0; i < standard_count(loaded.set); i++) {
		struct zd_str name = zd_str_copy(loaded.cx.arena, standard_at(loaded.set, i)->name);
		struct trial t ZD_CLEANUP(trial_drop) = trial_new(name.p, NULL);
		judge(&t, 0, NULL);
		assert_good(&t);
		assert_int_equal(t.verdict.operation, 'i');
	}
}

/* --- values --------------------------------------------------------------------------- */

static void
values_come_out_canonical(void **state)
{
	static const struct {
		const char *standard, *change, *canon;
	} cases[] = {
		{ "check_action", "check_date=2024-05-20", "2024-05-20" },
		{ "check_action", "check_date=2024/5/2", "2024-05-02" },
		{ "check_action", "check_date=2024.05.2", "2024-05-02" },
		{ "check_action", "check_date=2024年5月2日", "2024-05-02" },
		{ "check_action", "check_date=20240502", "2024-05-02" },
		{ "check_action", "check_date=２０２４－０５－０２", "2024-05-02" },
		{ "check_action", "check_date= 2024-05-02 09:30:00 ", "2024-05-02" },
		{ "check_action", "check_date=2024-05-02T09:30", "2024-05-02" },
		{ "check_action", "check_date=2024-05-02T23:30:00.5Z", "2024-05-03" },
		{ "check_action", "check_date=2024-05-02T23:30:00+08:00", "2024-05-02" },
		{ "check_action", "check_date=2024年5月2日 9时30分05秒", "2024-05-02" },
		{ "check_action", "check_date=20240502093000", "2024-05-02" },
		{ "check_action", "check_date=2024-02-29", "2024-02-29" },
		{ "check_action", "check_form=1", "01" },
		{ "check_action", "check_form=专项检查", "02" },
		{ "check_action", "check_form=02 专项检查", "02" },
		{ "check_action", "check_form=专项 检查", "02" },
		{ "check_action", "check_mode=“双随机，一公开”监管", "1" },
		{ "check_action", "check_mode=01", "1" },
		{ "check_action", "cd_operation=U", "u" },
		{ "punish_action", "punish_type=吊销许可证(件)、2，03", "05,02,03" },
		{ "punish_action", "if_hearing_witnesses=是", "1" },
		{ "punish_action", "if_hearing_witnesses=FALSE", "0" },
		{ "punish_action", "if_hearing_witnesses=y", "1" },
		{ "punish_action", "fine=5000", "5000.00" },
		{ "punish_action", "fine=1,234,567.5", "1234567.50" },
		{ "punish_action", "fine=１２，３４５", "12345.00" },
		{ "punish_action", "fine=0005000.10", "5000.10" },
		{ "punish_action", "confiscated_goods=-0.00", "0.00" },
		{ "random_plan", "plan_year=2024.0", "2024" },
		{ "enterprise", "latitude=30.5", "30.500000" },
		{ "enterprise", "industry_code=F5211", "5211" },
		{ "enterprise", "uscc=91420100ma4k00002y", "91420100MA4K00002Y" },
		{ "check_action", "check_personnel=吴十、 郑一；买买提·艾力",
		  "吴十,郑一,买买提·艾力" },
		{ "check_action", "administrative_cp=\xE3\x80\x80某市 公司\n", "某市 公司" },
		{ "check_action", "administrative_cp_ui_code=91420100ma4k00002y",
		  "91420100MA4K00002Y" },
		{ "force_action", "coercive_measure_type=查封场所,设施或者财物", "02" },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct trial t ZD_CLEANUP(trial_drop) = trial_new(cases[i].standard, NULL);
		char field[64];
		const char *equals = strchr(cases[i].change, '=');
		(void)snprintf(field, sizeof(field), "%.*s", (int)(equals - cases[i].change),
			       cases[i].change);
		judge(&t, 0, CHANGES(cases[i].change));
		if (!zd_str_equal(canon_of(&t, field), zd_str_of(cases[i].canon)))
			fail_with(&t, cases[i].change);
	}
}

struct wrong {
	const char *standard, *change, *rule;
	int check;
	const char *message, *todo;
};

static void
check_wrong(const struct wrong *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct trial t ZD_CLEANUP(trial_drop) = trial_new(cases[i].standard, NULL);
		judge(&t, 0, CHANGES(cases[i].change));
		assert_only(&t, cases[i].rule, cases[i].check, cases[i].message, cases[i].todo);
	}
}

static void
wrong_values_are_told_with_the_cure(void **state)
{
	static const struct wrong cases[] = {
		{ "check_action", "check_date=", "check_action.check_date.required", 0,
		  "「检查时间」必填，但没有填", "如：2024-05-20" },
		{ "check_action", "check_action_code= ", "check_action.check_action_code.required",
		  9, "必填", "" },
		{ "check_action", "check_date=2023-02-30", "check_action.check_date.date", 10,
		  "2023年2月没有30日", "YYYY-MM-DD" },
		{ "check_action", "check_date=2023/13/1", "check_action.check_date.date", 10,
		  "月份应为1至12，收到13", "" },
		{ "check_action", "check_date=45000", "check_action.check_date.date", 10,
		  "日期序号，对应2023-03-15", "日期格式" },
		{ "check_action", "check_date=2023年5月", "check_action.check_date.date", 10,
		  "“2023年5月”缺少日", "" },
		{ "check_action", "check_date=5/1/2023", "check_action.check_date.date", 10,
		  "不是日期", "" },
		{ "check_action", "check_date=2023-05-01 25:00", "check_action.check_date.date", 10,
		  "不是日期", "" },
		{ "check_action", "check_date=0023-05-01", "check_action.check_date.date", 10,
		  "年份23不合理", "" },
		{ "check_action", "check_form=07", "check_action.check_form.code", 1,
		  "“07”不在代码表“检查形式”中", "01 日常检查、02 专项检查、99 其他" },
		{ "officer", "education=硕士毕业", "officer.education.code", 1, "",
		  "是否应为14 硕士研究生毕业" },
		{ "check_action", "cd_operation=x", "check_action.cd_operation.code", 1, "",
		  "i 新增" },
		{ "punish_action", "punish_type=02,88", "punish_action.punish_type.code", 1,
		  "“88”不在", "" },
		{ "punish_action", "if_hearing_witnesses=有",
		  "punish_action.if_hearing_witnesses.bool", 0, "", "“是”或“否”" },
		{ "punish_action", "confiscated_income=100元",
		  "punish_action.confiscated_income.number", 0, "带有单位“元”", "不带“元”" },
		{ "punish_action", "confiscated_income=1.5万元",
		  "punish_action.confiscated_income.number", 0, "带有单位“万元”", "换算成元" },
		{ "punish_action", "confiscated_income=1.5E+06",
		  "punish_action.confiscated_income.number", 0, "科学计数法", "" },
		{ "punish_action", "confiscated_income=12,34",
		  "punish_action.confiscated_income.number", 0, "不是数字", "" },
		{ "punish_action", "confiscated_income=0.125",
		  "punish_action.confiscated_income.number", 0, "超过2位小数", "" },
		{ "punish_action", "confiscated_income=12345678901234567",
		  "punish_action.confiscated_income.number", 0, "超过16位整数", "" },
		{ "random_plan", "plan_year=2024.5", "random_plan.plan_year.number", 0, "不是整数",
		  "" },
		{ "force_action", "force_extend_date=一二三四五六七八九十一",
		  "force_action.force_extend_date.length", 0, "长11个字符，最多10个", "" },
		{ "check_action",
		  "supervise_object=a\x01"
		  "b",
		  "check_action.supervise_object.text", 0, "第2个字符是不可见的控制字符（01）",
		  "" },
		{ "check_action", "supervise_object=\xB9\xFA", "check_action.supervise_object.text",
		  0, "不是有效的UTF-8", "UTF-8" },
		{ "check_action", "implement_institution_code=114201000012345038",
		  "check_action.implement_institution_code.uscc", 6, "末位校验不符", "营业执照" },
		{ "officer", "id_card=420102199001010015", "officer.id_card.id_card", 7,
		  "末位校验不符，按前17位应为4", "身份证件" },
		{ "officer", "contact_phone=123", "officer.contact_phone.phone", 0,
		  "不是有效的电话号码", "" },
		{ "enterprise", "reg_number=420100000000015", "enterprise.reg_number.reg_no", 0,
		  "按前14位应为4", "" },
		{ "enterprise", "industry_code=C5211", "enterprise.industry_code.industry", 1,
		  "属于门类F", "" },
		{ "check_action", "area_number=110103", "check_action.area_number.division", 1,
		  "110103（崇文区）已于2010-12-31停用，该记录按2024-05-20判断", "" },
		{ "check_action", "area_number=420102001001", "check_action.area_number.division",
		  1, "统计用区划代码", "420102" },
		{ "check_action", "supervise_item_implement_code=无",
		  "check_action.supervise_item_implement_code.item_code", 3,
		  "第1项：监管事项目录编码不能填“无”", "" },
		{ "main_item", "matter_code=123", "main_item.matter_code.main_code", 3,
		  "应为8位数字", "" },
		{ "check_action", "supervise_item_check_icode=114201000012345039X",
		  "check_action.supervise_item_check_icode.list_code", 4,
		  "第1项：第19位（行使层级）应为1至5", "" },
	};
	(void)state;

	check_wrong(cases, N(cases));
}

static void
every_item_of_a_list_is_judged(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	(void)state;

	judge(&t, 0, CHANGES("supervise_item_implement_code=10100200100101,1,10100200100102、无"));
	assert_int_equal(t.verdict.n_errors, 2);
	assert_true(contains(t.verdict.errors[0].message, "第2项"));
	assert_true(contains(t.verdict.errors[1].message, "第4项"));
	judge(&t, 0,
	      CHANGES("check_action_code=2", "check_personnel=吴十", "check_personnel_code="));
	assert_only(&t, "check_action.check_personnel.min_items", 0, "应至少填2项，只有1项", "");
	judge(&t, 0,
	      CHANGES("check_action_code=3", "check_personnel=,、", "check_personnel_code="));
	assert_only(&t, "check_action.check_personnel.min_items", 0, "应至少填2项，只有0项", "");
}

static void
a_record_is_judged_by_the_codes_of_its_day(void **state)
{
	static const struct {
		const char *day, *type, *canon;
	} cases[] = {
		{ "2021-07-14", "暂扣或吊销许可证", "05" },
		{ "2021-07-15", "暂扣或吊销许可证", NULL },
		{ "2021-07-14", "通报批评", NULL },
		{ "2021-07-15", "通报批评", "08" },
		{ "2005-01-01", "警告", "01" },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct trial t ZD_CLEANUP(trial_drop) = trial_new("punish_action", NULL);
		char day[64], type[64];
		(void)snprintf(day, sizeof(day), "set_date=%s", cases[i].day);
		(void)snprintf(type, sizeof(type), "punish_type=%s", cases[i].type);
		judge(&t, 0,
		      CHANGES(day, type, "filing_date=2005-01-01", "legal_review_date=2005-01-01",
			      "group_discussion_date=2005-01-01"));
		if (cases[i].canon)
			assert_good(&t);
		else
			assert_only(&t, "punish_action.punish_type.code", 1, cases[i].day, "");
		if (cases[i].canon)
			assert_text(canon_of(&t, "punish_type"), cases[i].canon);
	}
}

/* --- versions ------------------------------------------------------------------------- */

static const char versioned[] =
	"{\"name\":\"v\",\"title\":\"题\",\"kind\":\"action\",\"basis\":\"据\",\"key\":\"code\","
	"\"date\":\"on_day\","
	"\"versions\":[{\"version\":\"2019\",\"from\":\"2019-01-01\"},{\"version\":\"2021\","
	"\"from\":\"2021-07-15\"},"
	"{\"version\":\"2024\",\"from\":\"2024-01-01\"}],\"fields\":["
	"{\"name\":\"code\",\"title\":\"编号\",\"type\":\"text\",\"required\":true,\"example\":"
	"\"1\"},"
	"{\"name\":\"on_day\",\"title\":\"日期\",\"type\":\"date\",\"example\":\"2024-01-01\"},"
	"{\"name\":\"old\",\"title\":\"旧项\",\"type\":\"text\",\"until\":\"2019\",\"example\":"
	"\"1\"},"
	"{\"name\":\"mid\",\"title\":\"中项\",\"type\":\"text\",\"since\":\"2021\",\"until\":"
	"\"2021\",\"example\":\"1\"},"
	"{\"name\":\"new\",\"title\":\"新项\",\"type\":\"text\",\"since\":\"2024\",\"required\":"
	"true,\"example\":\"1\"}]}";

static void
fields_belong_to_versions(void **state)
{
	static const struct {
		const char *day, *old, *mid, *new, *rule;
	} cases[] = {
		{ "2018-01-01", "1", "", "", NULL },
		{ "2019-01-01", "1", "", "", NULL },
		{ "2021-07-14", "1", "", "", NULL },
		{ "2021-07-15", "", "1", "", NULL },
		{ "2021-07-15", "1", "", "", "v.old.version" },
		{ "2019-01-01", "", "1", "", "v.mid.version" },
		{ "2024-01-01", "", "1", "1", "v.mid.version" },
		{ "2024-01-01", "", "", "", "v.new.required" },
		{ "2030-01-01", "", "", "1", NULL },
		{ "", "", "", "1", NULL },
		{ "", "", "", "", "v.new.required" },
		{ "2021-07-15", "", "", "1", "v.new.version" },
	};
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 24);
	struct zd_cx cx = { .arena = arena };
	const struct embed_file files[] = { { "v.json", versioned, sizeof(versioned) - 1 }, { 0 } },
				none[] = { { 0 } };
	struct standard_set *set;
	(void)state;

	assert_rc(&cx, standard_load_from(&cx, files, none, &set), ZD_OK);
	const struct standard *std = standard_at(set, 0);
	for (size_t i = 0; i < N(cases); i++) {
		struct standard_judge_config config = { .standard = std, .today = TODAY };
		struct standard_judge *judge = standard_judge_new(&config);
		struct zd_str raw[] = { ZD_LIT("1"), zd_str_of(cases[i].day),
					zd_str_of(cases[i].old), zd_str_of(cases[i].mid),
					zd_str_of(cases[i].new) };
		struct standard_verdict v;
		standard_judge_row(judge, arena, 1, 0, raw, &v);
		if (v.n_errors != (cases[i].rule ? 1 : 0) ||
		    (cases[i].rule && !zd_str_equal(v.errors[0].rule, zd_str_of(cases[i].rule))))
			fail_msg("case %zu: %zu errors", i, v.n_errors);
		standard_judge_free(judge);
	}
	assert_true(standard_field_is_filled(std, 2, zd_day_of(2019, 5, 1)));
	assert_false(standard_field_is_filled(std, 2, ZD_NO_DAY));
}

/* --- rules ---------------------------------------------------------------------------- */

static void
rules_between_fields_hold(void **state)
{
	static const struct wrong cases[] = {
		{ "check_action", "submitted_date=2024-05-19",
		  "check_action.submitted_date.submitted_after_check", 10,
		  "「报送时间」2024-05-19：报送时间早于检查时间（「检查时间」为2024-05-20）", "" },
		{ "check_action", "submitted_date=2025-11-25",
		  "check_action.submitted_date.submitted_date_not_future", 10, "今天是2025-11-24",
		  "" },
		{ "punish_action", "legal_review_date=",
		  "punish_action.legal_review_date.review_date", 8, "「是否法制审核」为1 是", "" },
		{ "punish_action", "fine=", "punish_action.fine.fine_of_type", 8,
		  "「处罚种类」为02 罚款", "" },
		{ "punish_action", "administrative_penalties=是",
		  "punish_action.fine.no_fine_if_not_punished", 8, "「是否不予行政处罚」为1 是",
		  "" },
		{ "punish_action", "cases_closed_fine=5000.01",
		  "punish_action.cases_closed_fine.paid_within_fine", 8,
		  "「实缴罚款金额」5000.01：", "" },
		{ "punish_action", "cases_closed_fine=-1",
		  "punish_action.cases_closed_fine.paid_fine_range", 0, "不小于0", "" },
		{ "random_plan", "plan_year=2101", "random_plan.plan_year.plan_year_range", 10,
		  "不大于2100", "" },
		{ "check_action", "check_personnel_code=17010100001,17010100001",
		  "check_action.check_personnel_code.personnel_distinct", 8, "第2项与第1项相同",
		  "" },
		{ "check_action", "check_personnel=吴十,郑一,王五",
		  "check_action.check_personnel_code.personnel_with_code", 8,
		  "「检查人员」3项，「执法证号」2项", "" },
		{ "check_action", "administrative_cp_ui_code=91420100MA4K00002A",
		  "check_action.administrative_cp_ui_code.administrative_cp_ui_code_by_certificate",
		  6,
		  "末位校验不符：91420100MA4K00002A，按前17位应为Y（证件类型为001 "
		  "统一社会信用代码）",
		  "更正证件类型" },
		{ "check_action", "administrative_cp_ui_code=420102199001010014",
		  "check_action.administrative_cp_ui_code.administrative_cp_ui_code_by_certificate",
		  6, "是公民身份号码的样子", "核对证件类型" },
		{ "check_action", "administrative_cp_ce_type=111",
		  "check_action.administrative_cp_ui_code.administrative_cp_ui_code_by_certificate",
		  7, "证件类型为111 居民身份证", "" },
		{ "check_action", "cd_source=420000|05", "check_action.cd_source.source_is_sender",
		  2, "「数据来源」420000|05：数据来源不是报送部门（本部门的数据来源为420000|31）",
		  "" },
	};
	(void)state;

	check_wrong(cases, N(cases));
}

static void
rules_leave_alone_what_fits(void **state)
{
	static const char *const cases[][5] = {
		{ "check_action", "submitted_date=2024-05-20" },
		{ "check_action", "administrative_cp_ce_type=111",
		  "administrative_cp_ui_code=420102900101001" },
		{ "check_action", "administrative_cp_ce_type=414",
		  "administrative_cp_ui_code=E12345678" },
		{ "check_action", "cd_source=４２００００｜31" },
		{ "check_action", "check_personnel_code=" },
		{ "punish_action", "administrative_penalties=是", "fine=", "punish_type=01" },
		{ "punish_action", "fine=", "punish_type=01,03" },
		{ "force_action", "force_type=02", "coercive_measure_type=" },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct trial t ZD_CLEANUP(trial_drop) = trial_new(cases[i][0], NULL);
		judge(&t, 0, cases[i] + 1);
		assert_good(&t);
	}
}

/* A number by the certificate's type is canonical for who keeps it. */
static void
old_citizens_numbers_are_converted(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	(void)state;

	judge(&t, 0,
	      CHANGES("administrative_cp_ce_type=111",
		      "administrative_cp_ui_code=420102900101001"));
	assert_good(&t);
	assert_int_equal(canon_of(&t, "administrative_cp_ui_code").n, 18);
}

/* Class 3 is masked where values are shown; a message must not undo that. */
static void
messages_do_not_repeat_persons_numbers(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	static const char *const certificates[] = { "administrative_cp_ce_type=111",
						    "administrative_cp_ce_type=001" };
	(void)state;

	for (size_t i = 0; i < N(certificates); i++) {
		judge(&t, 0,
		      CHANGES(certificates[i], "administrative_cp_ui_code=420102199001010019",
			      i ? "check_action_code=2" : "check_action_code=1"));
		assert_int_equal(t.verdict.n_errors, 1);
		assert_false(contains(t.verdict.errors[0].message, "19900101"));
		assert_text(t.verdict.errors[0].value, "420102199001010019");
	}
}

static void
several_errors_are_all_told(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("punish_action", NULL);
	struct zd_str raw[STANDARD_MAX_FIELDS];
	(void)state;

	judge(&t, 0, CHANGES("set_date=x", "punish_type=77", "fine=y", "area_number=1"));
	assert_int_equal(t.verdict.n_errors, 4);
	for (size_t i = 0; i < t.std->n_fields; i++)
		raw[i] = ZD_STR("\x01");
	standard_judge_row(t.judge, t.arena, 2, 0, raw, &t.verdict);
	assert_int_equal(t.verdict.n_errors, STANDARD_MAX_ERRORS);
	assert_false(t.verdict.good);
}

static void
long_values_are_cut_in_errors(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("force_action", NULL);
	char change[1000] = "force_extend_date=";
	size_t n = strlen(change);
	(void)state;

	for (size_t i = 0; i < 300; i++, n += 3)
		memcpy(change + n, "长", 4);
	judge(&t, 0, CHANGES(change));
	assert_int_equal(zd_utf8_length(t.verdict.errors[0].value), 200);
}

/* --- references ----------------------------------------------------------------------- */

struct city {
	int asked;
	int64_t dept;
	int32_t day;
};

static enum standard_answer
city_item(void *arg, struct zd_str item, int64_t dept, int32_t day, struct zd_str *ret_why)
{
	struct city *city = arg;

	city->asked++;
	city->dept = dept;
	city->day = day;
	if (zd_str_equal(item, ZD_STR("10100200100101")))
		return STANDARD_YES;
	*ret_why = ZD_STR("本部门未认领该事项");
	return zd_str_equal(item, ZD_STR("99999999999999")) ? STANDARD_CANNOT_TELL : STANDARD_NO;
}

/* A penalty item, one of no kind, one that is not there; all others are items of inspection. */
static enum standard_answer
city_item_type(void *arg, struct zd_str item, struct zd_str *ret_type, struct zd_str *ret_name)
{
	(void)arg;
	if (zd_str_equal(item, ZD_STR("99999999999999")))
		return STANDARD_CANNOT_TELL;
	if (zd_str_equal(item, ZD_STR("10100200100102")))
		return STANDARD_YES;
	*ret_name = ZD_STR("对食品销售者超范围经营的行政处罚");
	if (zd_str_equal(item, ZD_STR("10100200300001")))
		return STANDARD_NO;
	*ret_type = zd_str_equal(item, ZD_STR("10100200200001")) ? ZD_STR("1") : ZD_STR("0");
	return STANDARD_YES;
}

static enum standard_answer
city_list(void *arg, struct zd_str list, struct zd_str item, int32_t day, struct zd_str *ret_why)
{
	(void)arg;
	(void)day;
	*ret_why = ZD_STR("该清单属于另一事项");
	return zd_str_starts(list, ZD_STR("1142010000123450393")) &&
			       zd_str_equal(item, ZD_STR("10100200100101"))
		       ? STANDARD_YES
		       : STANDARD_NO;
}

static enum standard_answer
city_record(void *arg, struct zd_str standard, int64_t dept, struct zd_str key)
{
	(void)arg;
	(void)dept;
	return zd_str_equal(standard, ZD_STR("check_action")) &&
			       zd_str_equal(key, ZD_STR("JC20240520001"))
		       ? STANDARD_YES
		       : STANDARD_NO;
}

static enum standard_answer
city_same(void *arg, struct zd_str standard, int64_t dept, uint64_t merge_print, struct zd_str key,
	  struct zd_str *ret_other_key)
{
	(void)arg;
	(void)standard;
	(void)dept;
	*ret_other_key = ZD_STR("JC-OLD");
	return merge_print && zd_str_equal(key, ZD_STR("JC-NEW")) ? STANDARD_YES : STANDARD_NO;
}

static enum standard_answer
city_officer(void *arg, struct zd_str certificate, int64_t dept, int32_t day,
	     struct zd_str *ret_why)
{
	(void)arg;
	(void)dept;
	(void)day;
	*ret_why = ZD_STR("执法证号不在本部门执法人员库内");
	return zd_str_equal(certificate, ZD_STR("17010100003")) ? STANDARD_NO : STANDARD_YES;
}

static void
references_are_asked_for_each_item(void **state)
{
	struct city city = { 0 };
	struct standard_refs refs = { &city,       city_item, city_item_type, city_list,
				      city_record, city_same, city_officer };
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", &refs);
	(void)state;

	judge(&t, 0, NULL);
	assert_good(&t);
	assert_int_equal(city.asked, 1);
	assert_int_equal(city.dept, 7);
	assert_int_equal(city.day, zd_day_of(2024, 5, 20));
	assert_int_equal(standard_judge_unmade(t.judge), 0);
	judge(&t, 0,
	      CHANGES("supervise_item_implement_code=10100200100101,10100200100102",
		      "check_action_code=2", "check_date=2024-05-17"));
	assert_only(&t, "check_action.supervise_item_implement_code.item_in_force", 3,
		    "「监管事项目录编码」10100200100102：监管事项在行为日期未生效或本部门未认领（"
		    "本部门未认领该事项）",
		    "");
	judge(&t, 0,
	      CHANGES("supervise_item_check_icode=114201000012345039110100200100101001",
		      "check_action_code=3", "check_date=2024-05-18"));
	assert_only(&t, "check_action.supervise_item_check_icode.list_of_item", 4,
		    "该清单属于另一事项", "");
	judge(&t, 0,
	      CHANGES("check_personnel_code=17010100002,17010100003", "check_action_code=4",
		      "check_date=2024-05-19"));
	assert_only(&t, "check_action.check_personnel_code.officer_valid", 8,
		    "「执法证号」17010100003：", "");
	judge(&t, 0, CHANGES("check_action_code=JC-NEW", "check_date=2024-05-21"));
	assert_only(&t, "check_action.check_action_code.merge_once", 5,
		    "已有记录，检查行为编号JC-OLD", "");
	assert_int_equal(standard_judge_unmade(t.judge), 0);
	judge(&t, 0,
	      CHANGES("supervise_item_implement_code=10100200100101,99999999999999",
		      "check_action_code=6", "check_date=2024-05-22"));
	assert_good(&t);
	assert_int_equal(standard_judge_unmade(t.judge),
			 1U << STANDARD_CHECK_ITEM | 1U << STANDARD_CHECK_RELATION);
}

static enum standard_answer
any_item(void *arg, struct zd_str item, int64_t dept, int32_t day, struct zd_str *ret_why)
{
	(void)arg, (void)item, (void)dept, (void)day, (void)ret_why;
	return STANDARD_YES;
}

static void
every_item_is_of_the_kind_of_power_that_is_exercised(void **state)
{
	static const struct {
		const char *standard, *cited, *says; /* says NULL: good */
	} cases[] = {
		{ "check_action", "supervise_item_implement_code=10100200100101", NULL },
		{ "check_action", "supervise_item_implement_code=10100200100101,10100200200001",
		  "「监管事项目录编码」10100200200001：监管事项的行政类型不是行政检查（"
		  "事项「对食品销售者超范围经营的行政处罚」的行政类型是行政处罚，"
		  "行政检查行为只能引用行政检查类的事项）" },
		{ "check_action", "supervise_item_implement_code=10100200300001",
		  "没有登记行政类型" },
		{ "punish_action", "supervise_item_code=10100200200001", NULL },
		{ "punish_action", "supervise_item_code=10100200100101",
		  "的行政类型是行政检查，行政处罚行为只能引用行政处罚类的事项" },
		{ "force_action", "supervise_item_code=10100200200001",
		  "行政强制行为只能引用行政强制类的事项" },
		{ "other_action", "supervise_item_code=10100200100101",
		  "其他行为只能引用其他类的事项" },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct standard_refs refs = { .item = any_item, .item_type = city_item_type };
		struct trial t ZD_CLEANUP(trial_drop) = trial_new(cases[i].standard, &refs);
		struct zd_out why ZD_CLEANUP(zd_out_drop) = { .max = 1024 };
		const char *cited = strrchr(cases[i].cited, cases[i].says ? ',' : '=');
		judge(&t, 0, CHANGES(cases[i].cited));
		if (!cases[i].says) {
			assert_good(&t);
			assert_true(standard_item_fits(t.std, &refs, zd_str_of(cited + 1), &why));
			continue;
		}
		assert_int_equal(t.verdict.n_errors, 1);
		assert_int_equal(t.verdict.errors[0].check, STANDARD_CHECK_RELATION);
		assert_true(contains(t.verdict.errors[0].rule, ".item_type"));
		assert_true(contains(t.verdict.errors[0].todo, "改填本部门已认领的"));
		if (!contains(t.verdict.errors[0].message, cases[i].says))
			fail_with(&t, cases[i].says);
		cited = cited ? cited + 1 : strchr(cases[i].cited, '=') + 1;
		assert_false(standard_item_fits(t.std, &refs, zd_str_of(cited), &why));
		assert_true(contains(zd_out_str(&why), "只能引用"));
	}
}

static void
referenced_records_must_exist(void **state)
{
	struct standard_refs refs = { .record = city_record };
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("punish_action", &refs);
	(void)state;

	judge(&t, 0, NULL);
	assert_good(&t);
	judge(&t, 0,
	      CHANGES("check_action_code=JC404", "punish_action_code=2", "punish_document_code=2"));
	assert_only(&t, "punish_action.check_action_code.check_action_code_exists", 8,
		    "「检查行为编号」JC404：", "");
	judge(&t, 0,
	      CHANGES("check_action_code=无", "punish_action_code=3", "punish_document_code=3"));
	assert_good(&t);
}

/* A plan's parent may stand in the same file, before it and good. */
static const char tree[] =
	"{\"name\":\"t\",\"title\":\"题\",\"kind\":\"plan\",\"basis\":\"据\",\"key\":\"code\","
	"\"fields\":["
	"{\"name\":\"code\",\"title\":\"编号\",\"type\":\"text\",\"required\":true,\"example\":"
	"\"1\"},"
	"{\"name\":\"parent\",\"title\":\"上级\",\"type\":\"list\",\"example\":\"1\"},"
	"{\"name\":\"on_day\",\"title\":\"日期\",\"type\":\"date\",\"example\":\"2024-01-01\"}],"
	"\"rules\":["
	"{\"id\":\"parent\",\"kind\":\"exists\",\"field\":\"parent\",\"standard\":\"t\",\"basis\":"
	"\"据\"}]}";

static enum standard_answer
nothing_there(void *arg, struct zd_str standard, int64_t dept, struct zd_str key)
{
	(void)arg;
	(void)standard;
	(void)dept;
	(void)key;
	return STANDARD_NO;
}

static void
earlier_good_rows_count_as_records(void **state)
{
	static const struct {
		struct zd_str raw[3];
		size_t errors;
	} rows[] = {
		{ { ZD_LIT("a") }, 0 },
		{ { ZD_LIT("b"), ZD_LIT("a") }, 0 },
		{ { ZD_LIT("c"), ZD_LIT(""), ZD_LIT("no day") }, 1 },
		{ { ZD_LIT("d"), ZD_LIT("a,c") }, 1 },
		{ { ZD_LIT("e"), ZD_LIT("f") }, 1 },
		{ { ZD_LIT("f") }, 0 },
	};
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 24);
	struct zd_cx cx = { .arena = arena };
	const struct embed_file files[] = { { "t.json", tree, sizeof(tree) - 1 }, { 0 } },
				none[] = { { 0 } };
	struct standard_refs refs = { .record = nothing_there };
	struct standard_set *set;
	(void)state;

	assert_rc(&cx, standard_load_from(&cx, files, none, &set), ZD_OK);
	struct standard_judge_config config = { .standard = standard_at(set, 0),
						.refs = &refs,
						.today = TODAY };
	struct standard_judge *judge = standard_judge_new(&config);
	for (size_t i = 0; i < N(rows); i++) {
		struct standard_verdict v;
		standard_judge_row(judge, arena, (int)i + 1, 0, rows[i].raw, &v);
		assert_int_equal(v.n_errors, rows[i].errors);
	}
	standard_judge_free(judge);
}

static void
what_nobody_can_tell_is_reported(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	(void)state;

	assert_int_equal(standard_judge_unmade(t.judge), 0);
	judge(&t, 0, NULL);
	assert_good(&t);
	assert_int_equal(standard_judge_unmade(t.judge),
			 1U << STANDARD_CHECK_ITEM | 1U << STANDARD_CHECK_LIST |
				 1U << STANDARD_CHECK_MERGE | 1U << STANDARD_CHECK_RELATION);
	/* An undated record cannot be asked about; its date is told already. */
	judge(&t, 0, CHANGES("check_date=x", "check_action_code=2"));
	assert_only(&t, "check_action.check_date.date", 10, "", "");
	assert_int_equal(t.verdict.day, ZD_NO_DAY);
}

/* --- rows before ---------------------------------------------------------------------- */

static void
keys_are_once_with_one_content(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	(void)state;

	judge(&t, 0, NULL);
	assert_good(&t);
	judge(&t, 0,
	      CHANGES("cd_time=2025-01-01 00:00:00",
		      "cd_source=420000|31")); /* how it travelled does not count */
	assert_good(&t);
	judge(&t, 0, CHANGES("check_result=02"));
	assert_only(&t, "check_action.check_action_code.key_once", 9,
		    "「检查行为编号」JC20240520001：", "");
	assert_true(contains(t.verdict.errors[0].message, "与第1行"));
	judge(&t, 'd', NULL);
	assert_only(&t, "check_action.check_action_code.key_once", 9, "与第1行一是删除", "");
}

static void
one_deed_has_one_key(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	(void)state;

	judge(&t, 0,
	      CHANGES("check_action_code=A",
		      "check_result=77")); /* refused: may come back repaired */
	judge(&t, 0, CHANGES("check_action_code=B"));
	assert_good(&t);
	uint64_t print = t.verdict.merge_print;
	assert_true(print != 0);
	judge(&t, 0, CHANGES("check_action_code=B")); /* the same row again */
	assert_good(&t);
	judge(&t, 0, CHANGES("check_action_code=C"));
	assert_only(&t, "check_action.check_action_code.merge_once", 5, "第2行，检查行为编号B", "");
	assert_true(t.verdict.merge_print == print);
	judge(&t, 0, CHANGES("check_action_code=D", "check_date=2024-05-19"));
	assert_good(&t);
	assert_true(t.verdict.merge_print != print);
}

static void
many_rows_are_remembered_up_to_the_limit(void **state)
{
	const struct standard *std = standard_find(loaded.set, ZD_STR("random_plan"));
	struct standard_judge_config config = { .standard = std, .today = TODAY, .max_rows = 3000 };
	struct standard_judge *judge = standard_judge_new(&config);
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 30);
	struct zd_str raw[STANDARD_MAX_FIELDS] = { 0 };
	size_t repeated = 0;
	(void)state;

	for (size_t i = 0; i < std->n_fields; i++)
		if (!std->fields[i].exchange)
			raw[i] = std->fields[i].example;
	for (int i = 0; i < 6001; i++) {
		struct standard_verdict v;
		raw[std->key] = zd_str_printf(arena, "K%d", i % 3000);
		raw[std->name_field] = i < 3000 ? ZD_STR("甲") : ZD_STR("乙");
		standard_judge_row(judge, arena, i + 1, 0, raw, &v);
		repeated += !v.good;
	}
	assert_int_equal(repeated, 3001);
	assert_int_equal(standard_judge_unmade(judge), 0);
	struct standard_verdict v;
	raw[std->key] = ZD_STR("one too many");
	standard_judge_row(judge, arena, 6002, 0, raw, &v);
	assert_true(v.good);
	assert_int_equal(standard_judge_unmade(judge), 1U << STANDARD_CHECK_KEY);
	standard_judge_free(judge);
}

static void
a_deletion_needs_its_key_only(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	struct zd_str raw[STANDARD_MAX_FIELDS] = { 0 };
	int operation = standard_field_find(t.std, ZD_STR("cd_operation"));
	(void)state;

	raw[t.std->key] = ZD_STR(" JC1 ");
	raw[operation] = ZD_STR("D");
	standard_judge_row(t.judge, t.arena, ++t.row, 0, raw, &t.verdict);
	assert_good(&t);
	assert_int_equal(t.verdict.operation, 'd');
	assert_text(canon_of(&t, "check_action_code"), "JC1");
	raw[t.std->key] = (struct zd_str){ 0 };
	standard_judge_row(t.judge, t.arena, ++t.row, 'd', raw, &t.verdict);
	assert_only(&t, "check_action.check_action_code.required", 9, "", "");
	raw[t.std->key] = ZD_STR("JC2");
	raw[standard_field_find(t.std, ZD_STR("cd_source"))] = ZD_STR("1|1");
	standard_judge_row(t.judge, t.arena, ++t.row, 'd', raw, &t.verdict);
	assert_only(&t, "check_action.cd_source.source_is_sender", 2, "", "");
}

static void
merges_found_later_are_told_the_same_way(void **state)
{
	struct trial t ZD_CLEANUP(trial_drop) = trial_new("check_action", NULL);
	(void)state;

	judge(&t, 0, NULL);
	standard_merge_found(t.std, t.arena, t.row, ZD_STR("JC7"), &t.verdict);
	assert_only(&t, "check_action.check_action_code.merge_once", 5, "已有记录，检查行为编号JC7",
		    "");
	assert_text(t.verdict.errors[0].value, "JC20240520001");
}

static void
one_value_is_judged_alone(void **state)
{
	const struct standard *std = standard_find(loaded.set, ZD_STR("check_action"));
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	size_t day = (size_t)standard_field_find(std, ZD_STR("check_date"));
	size_t mode = (size_t)standard_field_find(std, ZD_STR("check_mode"));
	struct standard_error error = { 0 };
	struct zd_str canon = { 0 };
	(void)state;

	assert_true(standard_judge_field(std, day, ZD_STR("2024/1/2"), ZD_NO_DAY, TODAY, arena,
					 &canon, &error));
	assert_text(canon, "2024-01-02");
	assert_false(standard_judge_field(std, day, ZD_STR(""), ZD_NO_DAY, TODAY, arena, &canon,
					  &error));
	assert_text(error.rule, "check_action.check_date.required");
	assert_false(standard_judge_field(std, day, ZD_STR("x"), ZD_NO_DAY, TODAY, arena, &canon,
					  &error));
	assert_text(error.rule, "check_action.check_date.date");
	assert_true(standard_judge_field(std, mode, (struct zd_str){ 0 }, ZD_NO_DAY, TODAY, arena,
					 &canon, &error));
	assert_null(canon.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_every_standard_are_good),
		cmocka_unit_test(values_come_out_canonical),
		cmocka_unit_test(wrong_values_are_told_with_the_cure),
		cmocka_unit_test(every_item_of_a_list_is_judged),
		cmocka_unit_test(a_record_is_judged_by_the_codes_of_its_day),
		cmocka_unit_test(fields_belong_to_versions),
		cmocka_unit_test(rules_between_fields_hold),
		cmocka_unit_test(rules_leave_alone_what_fits),
		cmocka_unit_test(old_citizens_numbers_are_converted),
		cmocka_unit_test(messages_do_not_repeat_persons_numbers),
		cmocka_unit_test(several_errors_are_all_told),
		cmocka_unit_test(long_values_are_cut_in_errors),
		cmocka_unit_test(references_are_asked_for_each_item),
		cmocka_unit_test(every_item_is_of_the_kind_of_power_that_is_exercised),
		cmocka_unit_test(referenced_records_must_exist),
		cmocka_unit_test(earlier_good_rows_count_as_records),
		cmocka_unit_test(what_nobody_can_tell_is_reported),
		cmocka_unit_test(keys_are_once_with_one_content),
		cmocka_unit_test(one_deed_has_one_key),
		cmocka_unit_test(many_rows_are_remembered_up_to_the_limit),
		cmocka_unit_test(a_deletion_needs_its_key_only),
		cmocka_unit_test(merges_found_later_are_told_the_same_way),
		cmocka_unit_test(one_value_is_judged_alone),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
