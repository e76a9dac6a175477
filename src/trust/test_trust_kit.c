/* What test_trust.h promises. */
#include "crypto/crypto.h"
#include "trust/test_trust.h"
#include "trust/trust_sql.h"

const struct app_keys *
test_trust_keys(void)
{
	static struct app_keys keys;
	static bool made;

	if (!made)
		crypto_random(&keys, offsetof(struct app_keys, log));
	made = true;
	return &keys;
}

struct trust_env
test_trust_env(void)
{
	return trust_env_cheap(test_trust_keys());
}

int64_t
test_trust_dept(struct test_db *t, const char *code)
{
	struct zd_actor was = t->cx.actor;
	struct trust_dept dept = { .code = zd_str_of(code),
				   .name = zd_str_printf(t->cx.arena, "测试部门%s", code),
				   .parent = ZD_NO_INT,
				   .level = TRUST_CITY_LEVEL,
				   .area = ZD_STR("110100"),
				   .from = t->cx.today,
				   .until = ZD_NO_DAY,
				   .state = TRUST_DEPT_LIVE };
	int64_t id = 0;

	t->cx.actor = (struct zd_actor){ 0 };
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &dept, &id), ZD_OK);
	t->cx.actor = was;
	return id;
}

int64_t
test_trust_person(struct test_db *t, const char *account, uint32_t roles, int64_t dept)
{
	struct zd_actor was = t->cx.actor;
	struct trust_env env = test_trust_env();
	struct trust_person_new person = { .account = zd_str_of(account),
					   .name = ZD_STR("某人甲"),
					   .dept = dept,
					   .roles = roles,
					   .valid_until = ZD_NO_DAY,
					   .password = ZD_STR(TEST_TRUST_PASSWORD),
					   .forced = true };
	struct trust_code code;

	t->cx.actor = (struct zd_actor){ 0 };
	assert_rc(&t->cx, trust_person_create(&t->cx, t->db, &env, &person, &code), ZD_OK);
	t->cx.actor = was;
	return code.person;
}

void
test_trust_act_as(struct test_db *t, const char *account)
{
	struct trust_person p;

	assert_rc(&t->cx, trust_person_find_account(&t->cx, t->db, zd_str_of(account), &p), ZD_OK);
	t->cx.actor = (struct zd_actor){ .id = p.id,
					 .dept = p.dept == ZD_NO_INT ? 0 : p.dept,
					 .roles = (uint32_t)p.roles,
					 .level = (int)p.level,
					 .account = p.account,
					 .name = p.name };
}

void
test_trust_act_as_system(struct test_db *t)
{
	t->cx.actor = (struct zd_actor){ 0 };
}

/* The code of the next time step, so that each sign-in of a test has one of its own. */
static struct zd_str
next_code(struct test_db *t, const struct trust_person *p)
{
	struct zd_str secret;

	t->cx.now += 30000;
	assert_true(sm4_open(t->cx.arena, test_trust_keys()->seal, p->totp_secret, &secret));
	return trust_totp_code(t->cx.arena, secret, t->cx.now);
}

struct zd_str
test_trust_sign_in(struct test_db *t, const char *account)
{
	struct zd_actor was = t->cx.actor;
	struct trust_env env = test_trust_env();
	struct zd_str recovery[TRUST_RECOVERY];
	struct trust_signed in;
	struct trust_totp totp;
	struct trust_person p;

	t->cx.actor = (struct zd_actor){ .level = 1 };
	assert_rc(&t->cx,
		  trust_sign_in(&t->cx, t->db, &env, zd_str_of(account),
				ZD_STR(TEST_TRUST_PASSWORD), ZD_STR("test"), &in),
		  ZD_OK);
	if (in.stage == TRUST_NEEDS_FACTOR)
		assert_rc(&t->cx, trust_totp_begin(&t->cx, t->db, &env, in.token, &totp), ZD_OK);
	assert_rc(&t->cx, trust_person_find_account(&t->cx, t->db, zd_str_of(account), &p), ZD_OK);
	if (in.stage == TRUST_NEEDS_FACTOR)
		assert_rc(&t->cx,
			  trust_totp_finish(&t->cx, t->db, &env, in.token, next_code(t, &p),
					    recovery, &in),
			  ZD_OK);
	else if (in.stage == TRUST_NEEDS_CODE)
		assert_rc(&t->cx,
			  trust_sign_in_code(&t->cx, t->db, &env, in.token, next_code(t, &p), &in),
			  ZD_OK);
	assert_int_equal(in.stage, TRUST_OPEN);
	t->cx.actor = was;
	return in.token;
}
