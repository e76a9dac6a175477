#ifndef ZD_TEST_TRUST_H
#define ZD_TEST_TRUST_H

#include "db/test_db.h"
#include "trust/trust_app.h"

/*
 * For the tests of every room that needs departments, people and sessions. Link with test_trust_dep.
 *
 *	int64_t dept = test_trust_dept(t, "11010007");
 *	test_trust_person(t, "zf0001", TRUST_INSPECTOR, dept);
 *	test_trust_act_as(t, "zf0001");			t->cx.actor is he
 *	struct zd_str cookie = test_trust_sign_in(t, "zf0001");
 */
#define TEST_TRUST_PASSWORD "Kx7#mQ2vLp9t"

const struct app_keys *test_trust_keys(void); /* random, the same for the whole program */
struct trust_env test_trust_env(void);	       /* with them, and a cheap hash */

/* Made by the system; the actor is left as he was. They fail the test if they do not succeed. */
int64_t test_trust_dept(struct test_db *t, const char *code); /* a city department */
int64_t test_trust_person(struct test_db *t, const char *account, uint32_t roles, int64_t dept);
void test_trust_act_as(struct test_db *t, const char *account);
void test_trust_act_as_system(struct test_db *t);
/* The whole way, second factor too for administrators; the raw session token. */
struct zd_str test_trust_sign_in(struct test_db *t, const char *account);

#endif
