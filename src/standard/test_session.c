/* The judge in JSON: what each call answers, and that nothing said wrongly is taken. */
#include "base/json.h"
#include "base/test.h"
#include "standard/session.h"

static struct {
	struct zd_cx cx;
	struct standard_set *set;
	struct standard_session *session;
	struct zd_out out;
} it;

static int
set_up(void **state)
{
	(void)state;
	it.cx = (struct zd_cx){ .arena = zd_arena_new((size_t)1 << 28) };
	it.out = (struct zd_out){ .max = 1 << 24 };
	assert_rc(&it.cx, standard_load(&it.cx, &it.set), ZD_OK);
	it.session = standard_session_new(it.set);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	standard_session_free(it.session);
	zd_out_drop(&it.out);
	zd_arena_free(it.cx.arena);
	return 0;
}

/* The answer, which must be JSON. */
static struct zd_str
call(const char *request)
{
	it.out.n = 0;
	standard_session_call(it.session, zd_str_of(request), &it.out);
	struct zd_str answer = zd_out_str(&it.out);
	struct json j = json_open(it.cx.arena, answer, JSON_UNIQUE);
	if (!json_end(&j))
		fail_msg("%s: answer is not JSON (%s): %.*s", request, j.fault, ZD_STR_ARG(answer));
	return answer;
}

static void
assert_answer(const char *request, const char *part)
{
	struct zd_str answer = call(request);

	if (!memmem(answer.p, answer.n, part, strlen(part)))
		fail_msg("%s: %.*s, wanted %s", request, ZD_STR_ARG(answer), part);
}

static void
every_standard_is_described(void **state)
{
	(void)state;
	for (size_t i = 0; i < standard_count(it.set); i++) {
		struct zd_str name = standard_at(it.set, i)->name;
		struct zd_str request =
			zd_str_printf(it.cx.arena, "{\"call\":\"describe\",\"standard\":\"%.*s\"}",
				      ZD_STR_ARG(name));
		struct zd_str head = zd_str_printf(it.cx.arena, "{\"name\":\"%.*s\",\"title\":\"",
						   ZD_STR_ARG(name));
		assert_true(zd_str_starts(call(request.p), head));
	}
	assert_answer("{\"call\":\"describe\",\"standard\":\"check_action\"}",
		      "\"check_form\":{\"title\":\"检查形式\",\"basis\":");
	assert_answer("{\"call\":\"describe\",\"standard\":\"check_action\"}",
		      "{\"id\":\"check_action.administrative_cp_ui_code.administrative_cp_ui_code_"
		      "by_certificate\",\"kind\":"
		      "\"ident_by\",\"check\":6,\"field\":\"administrative_cp_ui_code\",\"other\":"
		      "\"administrative_cp_ce_type\","
		      "\"map\":{\"001\":\"uscc\",\"111\":\"id_card\",\"112\":\"id_card\"}");
	assert_answer("{\"call\":\"describe\",\"standard\":\"punish_action\"}",
		      "{\"code\":\"08\",\"name\":\"通报批评\",\"from\":\"2021-07-15\"}");
	assert_answer("{\"call\":\"describe\",\"standard\":\"punish_action\"}",
		      "\"fine\":{\"title\":\"罚款金额\",\"type\":[\"string\",\"number\",\"null\"]");
}

static void
headings_lead_to_fields(void **state)
{
	(void)state;
	assert_answer("{\"call\":\"headings\",\"standard\":\"check_action\",\"headings\":["
		      "\"检查日期\",\"检查时刻\",\"天气\"]}",
		      "{\"headings\":[{\"field\":\"check_date\"},{\"field\":null,\"near\":\"check_"
		      "date\"},"
		      "{\"field\":null,\"near\":null}]}");
}

static void
rows_are_judged_until_close(void **state)
{
	(void)state;
	assert_answer("{\"call\":\"open\",\"standard\":\"random_plan\",\"today\":\"2025-11-24\"}",
		      "{\"fields\":[\"plan_id\",");
	assert_answer("{\"call\":\"rows\",\"rows\":[[\"P1\",\"1\",\"计划\",2024,\"某市\","
		      "\"420100\",\"31\"]]}",
		      "{\"row\":1,\"good\":true,\"operation\":\"i\",\"day\":null,\"values\":{"
		      "\"plan_id\":\"P1\","
		      "\"plan_type\":\"1\",\"plan_name\":\"计划\",\"plan_year\":\"2024\"");
	assert_answer("{\"call\":\"rows\",\"first\":2,\"rows\":[{\"plan_id\":\"P1\",\"cd_"
		      "operation\":\"d\"}]}",
		      "random_plan.plan_id.key_once");
	assert_answer("{\"call\":\"rows\",\"rows\":[{\"plan_id\":\"P2\"},{\"weather\":1}]}",
		      "\"fault\":\"不是本标准的字段\"");
	assert_answer("{\"call\":\"close\"}", "{\"unmade\":[]}");
	assert_answer("{\"call\":\"rows\",\"rows\":[]}", "{\"fault\":\"先 open，再 rows\"}");
}

static void
what_is_known_of_the_city_is_asked(void **state)
{
	static const char record[] =
		"{\"call\":\"rows\",\"rows\":[{\"supervise_item_code\":\"10100200100101\",\"action_"
		"code\":\"1\","
		"\"start_date\":\"2024-05-20\",\"check_behavior_number\":\"JC1\"}]}";
	(void)state;

	(void)call("{\"call\":\"open\",\"standard\":\"other_action\",\"today\":\"2025-11-24\","
		   "\"known\":{\"items\":[{\"code\":"
		   "\"10100200100101\",\"type\":\"0\",\"name\":\"检查\",\"from\":\"2025-01-01\"}],"
		   "\"records\":{\"check_action\":["
		   "\"JC2\"]}}}");
	assert_answer(record, "当日不在有效期内，有效期2025-01-01至");
	assert_answer(record, "「检查行为编号」JC1：");
	assert_answer(record, "事项「检查」的行政类型是行政检查，其他行为只能引用其他类的事项");
	assert_answer("{\"call\":\"close\"}", "{\"unmade\":[]}");
	(void)call("{\"call\":\"open\",\"standard\":\"other_action\",\"today\":\"2025-11-24\"}");
	(void)call(record);
	assert_answer("{\"call\":\"close\"}", "{\"unmade\":[3,8]}");
}

static void
one_field_answers_alone(void **state)
{
	(void)state;
	assert_answer("{\"call\":\"field\",\"standard\":\"check_action\",\"field\":\"检查时间\","
		      "\"value\":\"2024/5/1\"}",
		      "{\"good\":true,\"value\":\"2024-05-01\"}");
	assert_answer(
		"{\"call\":\"field\",\"standard\":\"check_action\",\"field\":\"check_date\","
		"\"value\":null}",
		"{\"good\":false,\"error\":{\"row\":0,\"field\":\"check_date\",\"title\":"
		"\"检查时间\",\"rule\":"
		"\"check_action.check_date.required\",\"check\":0,\"value\":null,\"message\":");
}

static void
wrong_requests_are_told(void **state)
{
	static const char *const requests[][2] = {
		{ "", "fault" },
		{ "[]", "fault" },
		{ "{\"call\":\"dance\"}", "不认识的 call" },
		{ "{\"call\":\"standards\",\"x\":1}", "不认识的成员" },
		{ "{\"call\":\"describe\",\"standard\":\"x\"}", "没有这个数据标准" },
		{ "{\"call\":\"open\",\"standard\":\"officer\"}", "缺少 today" },
		{ "{\"call\":\"open\",\"standard\":\"officer\",\"today\":\"x\"}", "YYYY-MM-DD" },
		{ "{\"call\":\"open\",\"standard\":\"officer\",\"today\":\"2025-11-24\",\"known\":{"
		  "\"items\":[{}]}}",
		  "缺少 code" },
		{ "{\"call\":\"open\",\"standard\":\"officer\",\"today\":\"2025-11-24\",\"known\":{"
		  "\"x\":[]}}",
		  "不认识的成员" },
		{ "{\"call\":\"field\",\"standard\":\"officer\",\"field\":\"x\"}", "没有这个字段" },
		{ "{\"call\":\"rows\",\"rows\":[[]]}", "先 open" },
	};
	(void)state;

	for (size_t i = 0; i < N(requests); i++)
		assert_answer(requests[i][0], requests[i][1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_standard_is_described),
		cmocka_unit_test(headings_lead_to_fields),
		cmocka_unit_test(rows_are_judged_until_close),
		cmocka_unit_test(what_is_known_of_the_city_is_asked),
		cmocka_unit_test(one_field_answers_alone),
		cmocka_unit_test(wrong_requests_are_told),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
