/* The rules: roles that exclude each other, data scope, masks, accounts and passwords. */
#include <stdlib.h>

#include "base/test.h"
#include "trust/trust.h"

static struct zd_cx cx;

static int
setup(void **state)
{
	(void)state;
	cx = (struct zd_cx){ .arena = zd_arena_new(1 << 20) };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zd_arena_free(cx.arena);
	return 0;
}

static void
act_as(uint32_t roles, int64_t dept, int level)
{
	cx.actor = (struct zd_actor){ .id = 9, .roles = roles, .dept = dept, .level = level };
}

/* Every set of the nine roles, against the rule in words. */
static void
administrators_hold_one_role_only(void **state)
{
	(void)state;
	for (uint32_t set = 0; set < 1 << 9; set++) {
		uint32_t admins = set & TRUST_ADMINS;
		bool lawful = true;
		if (admins)
			lawful = set == TRUST_SYSTEM_ADMIN || set == TRUST_SECURITY_ADMIN ||
				 set == TRUST_AUDIT_ADMIN;
		if ((set & TRUST_API) && set != TRUST_API)
			lawful = false;
		if ((set & TRUST_CITY) && (set & TRUST_DEPT_STAFF))
			lawful = false;
		assert_rc(&cx, trust_check_roles(&cx, set), lawful ? ZD_OK : ZD_REFUSED);
	}
	assert_rc(&cx, trust_check_roles(&cx, 1 << 9), ZD_INVALID);
}

static void
roles_fit_their_place(void **state)
{
	(void)state;
	assert_rc(&cx, trust_check_place(&cx, TRUST_INSPECTOR, 5), ZD_OK);
	assert_rc(&cx, trust_check_place(&cx, TRUST_INSPECTOR, 0), ZD_INVALID);
	assert_rc(&cx, trust_check_place(&cx, TRUST_LEADER, 0), ZD_OK);
	assert_rc(&cx, trust_check_place(&cx, TRUST_LEADER, 5), ZD_REFUSED);
	assert_rc(&cx, trust_check_place(&cx, TRUST_AUDIT_ADMIN, 5), ZD_REFUSED);
}

static void
roles_have_codes_and_titles(void **state)
{
	(void)state;
	assert_int_equal(trust_role_find(ZD_STR("sec")), TRUST_SECURITY_ADMIN);
	assert_int_equal(trust_role_find(ZD_STR("se")), 0);
	assert_text(trust_roles_format(cx.arena, TRUST_INSPECTOR | TRUST_DEPT_HEAD),
		    "officer+head");
	assert_text(trust_roles_titles(cx.arena, TRUST_INSPECTOR | TRUST_DEPT_HEAD),
		    "执法人员、部门负责人");
	assert_text(trust_roles_format(cx.arena, 0), "");
	assert_null(trust_role_title(TRUST_ADMINS));
}

static const struct scope_case {
	uint32_t roles;
	int64_t dept, scope;
	bool sees_own, sees_other, writes_own, writes_other, writes_city;
} scope_cases[] = {
	{ TRUST_INSPECTOR, 5, 5, 1, 0, 1, 0, 0 },
	{ TRUST_DATA_OFFICER, 5, 5, 1, 0, 1, 0, 0 },
	{ TRUST_DEPT_HEAD, 5, 5, 1, 0, 1, 0, 0 },
	{ TRUST_API, 5, 5, 1, 0, 1, 0, 0 },
	{ TRUST_PLATFORM, 0, ZD_NO_INT, 1, 1, 0, 0, 1 },
	{ TRUST_LEADER, 0, ZD_NO_INT, 1, 1, 0, 0, 0 },
	{ TRUST_SYSTEM_ADMIN, 0, TRUST_NOWHERE, 0, 0, 0, 0, 0 },
	{ TRUST_SECURITY_ADMIN, 0, TRUST_NOWHERE, 0, 0, 0, 0, 0 },
	{ TRUST_AUDIT_ADMIN, 0, TRUST_NOWHERE, 0, 0, 0, 0, 0 },
	{ 0, 5, TRUST_NOWHERE, 0, 0, 0, 0, 0 },
	{ TRUST_DATA_OFFICER, 0, TRUST_NOWHERE, 0, 0, 0, 0, 0 },
};

static void
each_role_sees_and_writes_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(scope_cases); i++) {
		const struct scope_case *c = &scope_cases[i];
		act_as(c->roles, c->dept, 1);
		assert_true(trust_scope(&cx.actor) == c->scope);
		assert_rc(&cx, trust_check_sees(&cx, 5), c->sees_own ? ZD_OK : ZD_NOT_FOUND);
		assert_rc(&cx, trust_check_sees(&cx, 6), c->sees_other ? ZD_OK : ZD_NOT_FOUND);
		assert_rc(&cx, trust_check_writes(&cx, 5), c->writes_own ? ZD_OK : ZD_REFUSED);
		assert_rc(&cx, trust_check_writes(&cx, 6), c->writes_other ? ZD_OK : ZD_REFUSED);
		assert_rc(&cx, trust_check_writes(&cx, 0), c->writes_city ? ZD_OK : ZD_REFUSED);
	}
}

static void
the_system_sees_all_and_a_visitor_nothing(void **state)
{
	(void)state;
	cx.actor = (struct zd_actor){ 0 };
	assert_true(trust_scope(&cx.actor) == ZD_NO_INT);
	assert_rc(&cx, trust_check_writes(&cx, 5), ZD_OK);
	cx.actor = (struct zd_actor){ .level = 1 }; /* as the gate makes a visitor */
	assert_true(trust_scope(&cx.actor) == TRUST_NOWHERE);
	assert_rc(&cx, trust_check_writes(&cx, 5), ZD_REFUSED);
	assert_rc(&cx, trust_check_writes(&cx, 0), ZD_REFUSED);
}

static const char *const mask_cases[][2] = {
	{ "130102199003070011", "130***********0011" },
	{ "13010219900307001X", "130***********001X" },
	{ "13800000000", "138****0000" },
	{ "欧阳明", "欧**" },
	{ "张三", "张*" },
	{ "河北省某市某路一号", "河***" },
	{ "a", "a" },
	{ "6222020200112233", "6222********2233" },
	{ "", "" },
};

static void
values_above_the_level_are_masked(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(mask_cases); i++) {
		struct zd_str value = zd_str_of(mask_cases[i][0]);
		act_as(TRUST_INSPECTOR, 5, 2);
		assert_text(trust_mask(&cx, 3, value), mask_cases[i][1]);
		assert_text(trust_mask(&cx, 2, value), mask_cases[i][0]);
		cx.actor = (struct zd_actor){ 0 };
		assert_text(trust_mask(&cx, 4, value), mask_cases[i][0]);
	}
	act_as(TRUST_INSPECTOR, 5, 2);
	assert_null(trust_mask(&cx, 3, (struct zd_str){ 0 }).p);
}

static void
accounts_are_one_whatever_their_case_and_width(void **state)
{
	static const char *const same[] = { "Zhang.01", "ZHANG.01", "zhang.01",
					    "Ｚｈａｎｇ．０１" };
	static const char *const bad[] = {
		"", "ab", "张三丰", "a b c", "-abc", "a@b.c", "abcdefghijklmnopqrstuvwxyz0123456"
	};

	(void)state;
	for (size_t i = 0; i < N(same); i++) {
		struct zd_str folded = trust_fold(cx.arena, zd_str_of(same[i]));
		assert_text(folded, "zhang.01");
		assert_rc(&cx, trust_check_account(&cx, folded), ZD_OK);
	}
	for (size_t i = 0; i < N(bad); i++)
		assert_rc(&cx, trust_check_account(&cx, trust_fold(cx.arena, zd_str_of(bad[i]))),
			  ZD_INVALID);
}

static void
good_passwords_pass(void **state)
{
	static const char *const good[] = {
		"Kx7#mQ2vLp9t",
		"山高月小 Shui-luo 4 石出",
		"blauer-Kaktus-7-tanzt",
		"Vr9!cneu8-Wmd",
	};

	(void)state;
	for (size_t i = 0; i < N(good); i++)
		assert_rc(&cx,
			  trust_check_password(&cx, zd_str_of(good[i]), ZD_STR("zf0001"),
					       ZD_STR("某人甲")),
			  ZD_OK);
	char longest[128];
	for (size_t i = 0, x = 7; i < sizeof(longest); i++, x = x * 1103515245 + 12345)
		longest[i] = "aKzvQpLx9#"[x >> 16 & 7];
	longest[127] = '#';
	assert_rc(&cx,
		  trust_check_password(&cx, (struct zd_str){ longest, 128 }, ZD_STR("zf0001"),
				       ZD_STR("某人甲")),
		  ZD_OK);
}

static void
guessable_passwords_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"Short7#mQ2v",  /* 11 */
		"kx7mq2vlp9tz", /* two classes */
		"Password123!",
		"P@ssw0rd2023",
		"Admin@123456",
		"Qwertyuiop123",
		"1qaz@WSX3edc$RFV",
		"Zhaodan@2023#1",
		"Aa1Aa1Aa1Aa1Aa1",
		"AAAAaaaa1111!!!!",
		"Woaini5201314!",
		"Zf0001#mQ2vLp9t",
		"K7某人甲#mQ2vLp9t",
		"Abcdefg123456!",
		"Kx7#mQ2v\xff\xfeLp9t",
	};

	(void)state;
	for (size_t i = 0; i < N(bad); i++)
		if (trust_check_password(&cx, zd_str_of(bad[i]), ZD_STR("zf0001"),
					 ZD_STR("某人甲")) != ZD_INVALID)
			fail_msg("accepted '%s'", bad[i]);
	char longest[129];
	memset(longest, 'x', sizeof(longest));
	assert_rc(&cx,
		  trust_check_password(&cx, (struct zd_str){ longest, 129 }, ZD_STR("zf0001"),
				       ZD_STR("某人甲")),
		  ZD_INVALID);
	assert_rc(&cx,
		  trust_check_password(&cx,
				       ZD_STR("Kx7#mQ\0"
					      "2vLp9t"),
				       ZD_STR("zf0001"), ZD_STR("x")),
		  ZD_INVALID);
}

static void
random_passwords_pass_their_own_check(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++)
		assert_rc(&cx,
			  trust_check_password(&cx, trust_random_password(cx.arena),
					       ZD_STR("zf0001"), ZD_STR("某人甲")),
			  ZD_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(administrators_hold_one_role_only),
		cmocka_unit_test(roles_fit_their_place),
		cmocka_unit_test(roles_have_codes_and_titles),
		cmocka_unit_test(each_role_sees_and_writes_its_own),
		cmocka_unit_test(the_system_sees_all_and_a_visitor_nothing),
		cmocka_unit_test(values_above_the_level_are_masked),
		cmocka_unit_test(accounts_are_one_whatever_their_case_and_width),
		cmocka_unit_test(good_passwords_pass),
		cmocka_unit_test(guessable_passwords_are_refused),
		cmocka_unit_test(random_passwords_pass_their_own_check),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
