/* People, departments, sign-in, sessions and keys in both databases; each use case whole or not at
 * all. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "trust/audit_sql.h"
#include "trust/test_trust.h"
#include "trust/trust_sql.h"

#define PASSWORD ZD_STR(TEST_TRUST_PASSWORD)
#define OTHER_PASSWORD ZD_STR("Vr9!cneu8-Wmd")

static const int64_t minute = 60000, hour = 3600000, day = 86400000;

static void
pass(struct test_db *t, int64_t ms)
{
	t->cx.now += ms;
	t->cx.today = zd_day_of_time(t->cx.now);
}

/* As a request from outside comes. */
static void
act_as_visitor(struct test_db *t)
{
	t->cx.actor = (struct zd_actor){ .level = 1 };
}

static enum zd_rc
sign_in(struct test_db *t, const char *account, struct zd_str password, struct trust_signed *ret)
{
	struct trust_env env = test_trust_env();

	act_as_visitor(t);
	return trust_sign_in(&t->cx, t->db, &env, zd_str_of(account), password,
			     ZD_STR("Mozilla/5.0"), ret);
}

static int64_t
count_acts(struct test_db *t, const char *act, bool ok)
{
	struct audit_staged *rows;
	size_t n;
	int64_t count = 0;

	assert_rc(&t->cx, audit_sql_list_staged(&t->cx, t->db, 1000, &rows, &n, .limit = 1000),
		  ZD_OK);
	for (size_t i = 0; i < n; i++)
		count += zd_str_equal(rows[i].act, zd_str_of(act)) && rows[i].ok == ok;
	return count;
}

static struct trust_person
person_of(struct test_db *t, const char *account)
{
	struct trust_person p;

	assert_rc(&t->cx, trust_person_find_account(&t->cx, t->db, zd_str_of(account), &p), ZD_OK);
	return p;
}

static bool
is_open(struct test_db *t, struct zd_str token)
{
	struct trust_session s;

	return trust_session_find(&t->cx, t->db, token, &s) == ZD_OK;
}

static void
every_statement_prepares(void **state)
{
	test_prepares(*state, trust_sql_stmts, N(trust_sql_stmts));
}

/* --- departments ------------------------------------------------------------------------- */

static struct trust_dept
dept_like(const char *code, int64_t parent, int64_t level)
{
	return (struct trust_dept){ .code = zd_str_of(code),
				    .name = ZD_STR("某局"),
				    .parent = parent,
				    .level = level,
				    .national_code = ZD_STR("31"),
				    .area = ZD_STR("110101"),
				    .from = 0,
				    .until = ZD_NO_DAY,
				    .state = TRUST_DEPT_LIVE };
}

static void
departments_form_a_tree(void **state)
{
	struct test_db *t = *state;
	int64_t city, county, town;
	struct trust_dept d = dept_like("110100", ZD_NO_INT, 1);

	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &city), ZD_OK);
	d = dept_like("110101", city, 2);
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &county), ZD_OK);
	d = dept_like("110101001", county, 3);
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &town), ZD_OK);
	d = dept_like("110100", ZD_NO_INT, 1);
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &town), ZD_CONFLICT);
	d = dept_like("other", 4711, 2);
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &town), ZD_INVALID);
	assert_string_equal(t->cx.err.field, "parent");
	d = dept_like("other", town, 2);
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &town),
		  ZD_INVALID); /* below a town */
	assert_rc(&t->cx, trust_dept_find(&t->cx, t->db, county, &d), ZD_OK);
	d.parent = county;
	assert_rc(&t->cx, trust_dept_edit(&t->cx, t->db, &d), ZD_INVALID);
	d.parent = city;
	d.name = ZD_STR("某县某局");
	assert_rc(&t->cx, trust_dept_edit(&t->cx, t->db, &d), ZD_OK);
	assert_rc(&t->cx, trust_dept_edit(&t->cx, t->db, &d), ZD_CONFLICT); /* an old version */
	assert_int_equal(count_acts(t, "dept.create", true), 3);
	assert_int_equal(count_acts(t, "dept.edit", true), 1);
}

static void
department_fields_are_checked_by_name(void **state)
{
	struct test_db *t = *state;
	static const char *const fields[] = { "code", "name", "level", "national_code",
					      "area", "uscc", "until", "state" };
	int64_t id;

	for (size_t i = 0; i < N(fields); i++) {
		struct trust_dept d = dept_like("110100", ZD_NO_INT, 1);
		d.code = i == 0 ? ZD_STR("a b") : d.code;
		d.name = i == 1 ? ZD_STR("") : d.name;
		d.level = i == 2 ? 4 : d.level;
		d.national_code = i == 3 ? ZD_STR("3") : d.national_code;
		d.area = i == 4 ? ZD_STR("11010") : d.area;
		d.uscc = i == 5 ? ZD_STR("123") : d.uscc;
		d.until = i == 6 ? -1 : d.until;
		d.state = i == 7 ? 3 : d.state;
		assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &id), ZD_INVALID);
		assert_string_equal(t->cx.err.field, fields[i]);
	}
	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	test_trust_act_as(t, "pt0001");
	struct trust_dept d = dept_like("110100", ZD_NO_INT, 1);
	assert_rc(&t->cx, trust_dept_create(&t->cx, t->db, &d, &id), ZD_REFUSED);
}

static void
a_tree_is_imported_twice_with_the_same_result(void **state)
{
	struct test_db *t = *state;
	struct trust_dept depts[3], *all;
	struct zd_str parents[3] = { { 0 }, ZD_STR("1101"), ZD_STR("110101") };
	int64_t new;
	size_t n;

	depts[0] = dept_like("1101", ZD_NO_INT, 1);
	depts[1] = dept_like("110101", ZD_NO_INT, 2);
	depts[2] = dept_like("110101001", ZD_NO_INT, 3);
	assert_rc(&t->cx, trust_dept_import(&t->cx, t->db, depts, parents, 3, &new), ZD_OK);
	assert_int_equal(new, 3);
	depts[2].name = ZD_STR("新名");
	assert_rc(&t->cx, trust_dept_import(&t->cx, t->db, depts, parents, 3, &new), ZD_OK);
	assert_int_equal(new, 0);
	assert_rc(&t->cx, trust_dept_list(&t->cx, t->db, &all, &n), ZD_OK);
	assert_int_equal(n, 3);
	assert_int_equal(all[1].parent, all[0].id);
	assert_int_equal(all[1].version, 1); /* the same: nothing happened */
	assert_int_equal(all[2].version, 2);
	assert_text(all[2].name, "新名");
	parents[2] = ZD_STR("nowhere");
	depts[0].name = ZD_STR("不留痕迹");
	assert_rc(&t->cx, trust_dept_import(&t->cx, t->db, depts, parents, 3, &new), ZD_NOT_FOUND);
	assert_rc(&t->cx, trust_dept_find_code(&t->cx, t->db, ZD_STR("1101"), &depts[0]), ZD_OK);
	assert_text(depts[0].name, "某局");
}

/* --- people ------------------------------------------------------------------------------ */

static enum zd_rc
create(struct test_db *t, const char *account, uint32_t roles, int64_t dept, struct trust_code *ret)
{
	struct trust_env env = test_trust_env();
	struct trust_person_new new = { .account = zd_str_of(account),
					.name = ZD_STR("某人甲"),
					.roles = roles,
					.dept = dept,
					.valid_until = ZD_NO_DAY };

	return trust_person_create(&t->cx, t->db, &env, &new, ret);
}

static void
an_account_is_one_whatever_its_case_and_width(void **state)
{
	struct test_db *t = *state;
	int64_t dept = test_trust_dept(t, "1101");
	struct trust_code code;

	assert_rc(&t->cx, create(t, "Zhang", TRUST_INSPECTOR, dept, &code), ZD_OK);
	assert_text(code.account, "zhang");
	assert_rc(&t->cx, create(t, "ZHANG", TRUST_INSPECTOR, dept, &code), ZD_CONFLICT);
	assert_rc(&t->cx, create(t, "\xEF\xBC\xBAhang", TRUST_INSPECTOR, dept, &code), ZD_CONFLICT);
	assert_string_equal(t->cx.err.field, "account");
	assert_rc(&t->cx, create(t, "li si", TRUST_INSPECTOR, dept, &code), ZD_INVALID);
	assert_rc(&t->cx, create(t, "lisi", TRUST_INSPECTOR, 0, &code), ZD_INVALID);
	assert_rc(&t->cx, create(t, "lisi", TRUST_INSPECTOR, 4711, &code), ZD_NOT_FOUND);
	assert_int_equal(count_acts(t, "person.create", true), 1);
}

/* What no program may circumvent: the database itself refuses it. */
static void
the_database_keeps_the_administrators_apart(void **state)
{
	static const int lawful[] = { 0, 1, 31, 32, 64, 128 };
	static const int unlawful[] = { 96, 160, 192, 224, 33, 65, 129, 48, 256 };
	struct test_db *t = *state;
	struct zd_str sql;

	test_trust_person(t, "someone", 0, 0);
	for (size_t i = 0; i < N(lawful); i++) {
		sql = zd_str_printf(t->cx.arena, "update person set roles = %d", lawful[i]);
		assert_rc(&t->cx, db_script(&t->cx, t->db, sql.p), ZD_OK);
	}
	for (size_t i = 0; i < N(unlawful); i++) {
		sql = zd_str_printf(t->cx.arena, "update person set roles = %d", unlawful[i]);
		assert_rc(&t->cx, db_script(&t->cx, t->db, sql.p), ZD_FAILED);
	}
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update person set password_hash = ''"),
		  ZD_FAILED);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "update person set password_hash = null"),
		  ZD_FAILED);
}

static struct trust_person_edit
edit_of(const struct trust_person *p)
{
	return (struct trust_person_edit){ .id = p->id,
					   .version = p->version,
					   .name = p->name,
					   .roles = (uint32_t)p->roles,
					   .level = (int)p->level,
					   .valid_until = p->valid_until };
}

static void
the_last_security_administrator_stays(void **state)
{
	struct test_db *t = *state;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	struct trust_person last = person_of(t, "sec0001");
	struct trust_person_edit edit = edit_of(&last);
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, last.id), ZD_REFUSED);
	assert_non_null(strstr(t->cx.err.text, "最后一位"));
	edit.valid_until = t->cx.today - 1;
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_REFUSED);
	edit = edit_of(&last);
	edit.roles = TRUST_LEADER;
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_REFUSED);
	edit = edit_of(&last);
	edit.name = ZD_STR("改名");
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_OK);

	/* one who has expired is no other one */
	test_trust_person(t, "sec0002", TRUST_SECURITY_ADMIN, 0);
	struct trust_person other = person_of(t, "sec0002");
	edit = edit_of(&other);
	edit.valid_until = t->cx.today - 1;
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_OK);
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, last.id), ZD_REFUSED);
	other = person_of(t, "sec0002");
	edit = edit_of(&other);
	edit.valid_until = ZD_NO_DAY;
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_OK);

	/* two who passed the gate at once: the second comes too late */
	test_trust_act_as(t, "sec0001");
	struct zd_actor first = t->cx.actor;
	test_trust_act_as(t, "sec0002");
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, last.id), ZD_OK);
	t->cx.actor = first;
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, other.id), ZD_REFUSED);
}

static void
only_the_security_administrator_makes_people_and_never_his_own_rights(void **state)
{
	static const uint32_t others[] = { TRUST_SYSTEM_ADMIN, TRUST_AUDIT_ADMIN, TRUST_PLATFORM,
					   TRUST_LEADER };
	struct test_db *t = *state;
	struct trust_code code;
	char account[16];

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	for (size_t i = 0; i < N(others); i++) {
		snprintf(account, sizeof(account), "other%zu", i);
		test_trust_person(t, account, others[i], 0);
		test_trust_act_as(t, account);
		assert_rc(&t->cx, create(t, "new0001", TRUST_LEADER, 0, &code), ZD_REFUSED);
		assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, person_of(t, "sec0001").id),
			  ZD_REFUSED);
	}
	test_trust_act_as(t, "sec0001");
	struct trust_person self = person_of(t, "sec0001");
	struct trust_person_edit edit = { .id = self.id,
					  .version = self.version,
					  .name = self.name,
					  .roles = TRUST_PLATFORM,
					  .level = 4,
					  .valid_until = ZD_NO_DAY };
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_REFUSED);
	assert_rc(&t->cx, trust_person_reset(&t->cx, t->db, self.id, true, &code), ZD_REFUSED);
	assert_rc(&t->cx, create(t, "new0001", TRUST_LEADER, 0, &code), ZD_OK);
	struct trust_env env = test_trust_env();
	struct trust_person_new new = { .account = ZD_STR("new0002"),
					.name = ZD_STR("某人乙"),
					.valid_until = ZD_NO_DAY,
					.password = PASSWORD };
	assert_rc(&t->cx, trust_person_create(&t->cx, t->db, &env, &new, &code), ZD_REFUSED);
}

static void
an_administrators_role_needs_a_second_person(void **state)
{
	struct test_db *t = *state;
	struct trust_request *waiting;
	struct trust_code code;
	size_t n;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	test_trust_person(t, "sys0001", TRUST_SYSTEM_ADMIN, 0);
	test_trust_act_as(t, "sec0001");
	assert_rc(&t->cx, create(t, "sec0002", TRUST_SECURITY_ADMIN, 0, &code), ZD_OK);
	assert_int_equal(person_of(t, "sec0002").roles, 0);
	assert_rc(&t->cx, trust_request_list(&t->cx, t->db, &waiting, &n), ZD_OK);
	assert_int_equal(n, 1);
	assert_text(waiting[0].account, "sec0002");
	assert_text(waiting[0].asked_by_account, "sec0001");
	int64_t id = waiting[0].id;
	assert_rc(&t->cx, trust_request_decide(&t->cx, t->db, id, true), ZD_REFUSED); /* himself */
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_request_decide(&t->cx, t->db, id, true), ZD_REFUSED);
	test_trust_act_as(t, "sec0002");
	assert_rc(&t->cx, trust_request_decide(&t->cx, t->db, id, true), ZD_REFUSED);
	test_trust_act_as(t, "sys0001"); /* there is no second security administrator yet */
	assert_rc(&t->cx, trust_request_decide(&t->cx, t->db, id, true), ZD_OK);
	assert_int_equal(person_of(t, "sec0002").roles, TRUST_SECURITY_ADMIN);
	assert_rc(&t->cx, trust_request_decide(&t->cx, t->db, id, true), ZD_NOT_FOUND);
	test_trust_person(t, "sec0003", TRUST_SECURITY_ADMIN, 0); /* now there is */
	test_trust_act_as(t, "sec0001");
	assert_rc(&t->cx, create(t, "aud0001", TRUST_AUDIT_ADMIN, 0, &code), ZD_OK);
	assert_rc(&t->cx, trust_request_list(&t->cx, t->db, &waiting, &n), ZD_OK);
	test_trust_act_as(t, "sys0001");
	assert_rc(&t->cx, trust_request_decide(&t->cx, t->db, waiting[0].id, true), ZD_REFUSED);
	test_trust_act_as(t, "sec0003");
	assert_rc(&t->cx, trust_request_decide(&t->cx, t->db, waiting[0].id, false), ZD_OK);
	assert_int_equal(person_of(t, "aud0001").roles, 0);
	assert_int_equal(count_acts(t, "role.grant", true), 1);
	assert_int_equal(count_acts(t, "role.refuse", true), 1);
}

static void
a_change_of_rights_ends_the_sessions(void **state)
{
	struct test_db *t = *state;
	int64_t dept = test_trust_dept(t, "1101"), other = test_trust_dept(t, "1102");

	test_trust_person(t, "zf0001", TRUST_INSPECTOR, dept);
	struct zd_str token = test_trust_sign_in(t, "zf0001");
	struct trust_person p = person_of(t, "zf0001");
	struct trust_person_edit edit = { .id = p.id,
					  .version = p.version,
					  .name = ZD_STR("某人乙"),
					  .dept = dept,
					  .roles = TRUST_INSPECTOR,
					  .level = 2,
					  .valid_until = ZD_NO_DAY };
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_OK);
	assert_true(is_open(t, token)); /* only the name */
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_CONFLICT);
	edit.version++;
	edit.dept = other;
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_OK);
	assert_false(is_open(t, token));
	token = test_trust_sign_in(t, "zf0001");
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, p.id), ZD_OK);
	assert_false(is_open(t, token));
	struct trust_signed in;
	assert_rc(&t->cx, sign_in(t, "zf0001", PASSWORD, &in), ZD_REFUSED);
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, p.id), ZD_CONFLICT);
	assert_rc(&t->cx, trust_person_enable(&t->cx, t->db, p.id), ZD_OK);
	test_trust_sign_in(t, "zf0001");
}

/* --- the first three, and activation ----------------------------------------------------- */

static void
init_makes_three_administrators_with_one_time_codes(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_code codes[TRUST_FIRST];
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/zd-codes-%d", (int)getpid());
	unlink(path);
	assert_rc(&t->cx, trust_init(&t->cx, t->db, path, codes), ZD_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
	assert_rc(&t->cx, trust_init(&t->cx, t->db, path, codes), ZD_CONFLICT);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(person_of(t, "sysadmin").roles, TRUST_SYSTEM_ADMIN);
	assert_int_equal(person_of(t, "secadmin").roles, TRUST_SECURITY_ADMIN);
	assert_int_equal(person_of(t, "audadmin").roles, TRUST_AUDIT_ADMIN);
	assert_false(zd_str_equal(codes[0].code, codes[1].code));
	act_as_visitor(t);
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("secadmin"), codes[0].code, PASSWORD),
		  ZD_REFUSED); /* another's code */
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("SysAdmin"), codes[0].code,
				 ZD_STR("short")),
		  ZD_INVALID);
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("SysAdmin"), codes[0].code, PASSWORD),
		  ZD_OK);
	act_as_visitor(t);
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("sysadmin"), codes[0].code,
				 OTHER_PASSWORD),
		  ZD_REFUSED); /* used */
	pass(t, 8 * day);
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("secadmin"), codes[1].code, PASSWORD),
		  ZD_REFUSED); /* too late */
}

static void
nobody_signs_in_before_activation(void **state)
{
	static const char *const tries[] = { "",         "admin",     "123456",  "sysadmin",
					     "password", "Admin@123", "zhaodan", "secadmin" };
	struct test_db *t = *state;
	struct trust_code codes[TRUST_FIRST];
	struct trust_signed in;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/zd-codes-%d", (int)getpid());
	unlink(path);
	assert_rc(&t->cx, trust_init(&t->cx, t->db, path, codes), ZD_OK);
	unlink(path);
	for (size_t i = 0; i < N(tries); i++) {
		assert_rc(&t->cx, sign_in(t, "sysadmin", zd_str_of(tries[i]), &in), ZD_REFUSED);
		pass(t, hour);
	}
	assert_rc(&t->cx, sign_in(t, "sysadmin", codes[0].code, &in), ZD_REFUSED);
}

static void
how_a_sign_in_ended_is_told(void **state)
{
	struct test_db *t = *state;
	struct trust_signed in;

	test_trust_person(t, "zf0001", TRUST_INSPECTOR, test_trust_dept(t, "420100-31"));
	for (int i = 0; i < 7; i++) {
		assert_rc(&t->cx, sign_in(t, "zf0001", ZD_STR("wrong"), &in), ZD_REFUSED);
		/* from the sixth on nothing is tried */
		assert_int_equal(in.end, i < 5 ? TRUST_SIGNIN_REFUSED : TRUST_SIGNIN_LOCKED);
		assert_text(in.account, "zf0001");
	}
	assert_rc(&t->cx, sign_in(t, "zf0002", ZD_STR("wrong"), &in), ZD_REFUSED);
	assert_int_equal(in.end, TRUST_SIGNIN_REFUSED);
	assert_null(in.account.p); /* who knows what was typed */
	pass(t, hour);
	assert_rc(&t->cx, sign_in(t, "zf0001", PASSWORD, &in), ZD_OK);
	assert_int_equal(in.end, TRUST_SIGNIN_OPENED);
}

static void
a_reset_replaces_password_and_code(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_code first, second;
	struct trust_signed in;

	int64_t id = test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	struct zd_str token = test_trust_sign_in(t, "pt0001");
	assert_rc(&t->cx, trust_person_reset(&t->cx, t->db, id, false, &first), ZD_OK);
	assert_false(is_open(t, token));
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_REFUSED);
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_person_reset(&t->cx, t->db, id, false, &second), ZD_OK);
	act_as_visitor(t);
	pass(t, minute);
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("pt0001"), first.code, OTHER_PASSWORD),
		  ZD_REFUSED); /* replaced by the second */
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("pt0001"), second.code, PASSWORD),
		  ZD_INVALID); /* one of the last five */
	assert_rc(
		&t->cx,
		trust_activate(&t->cx, t->db, &env, ZD_STR("pt0001"), second.code, OTHER_PASSWORD),
		ZD_OK);
	assert_rc(&t->cx, sign_in(t, "pt0001", OTHER_PASSWORD, &in), ZD_OK);
}

/* --- signing in -------------------------------------------------------------------------- */

static void
wrong_unknown_locked_and_disabled_get_one_answer(void **state)
{
	struct test_db *t = *state;
	struct trust_signed in;
	char text[480];

	int64_t id = test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	assert_rc(&t->cx, sign_in(t, "nobody", PASSWORD, &in), ZD_REFUSED);
	memcpy(text, t->cx.err.text, sizeof(text));
	assert_rc(&t->cx, sign_in(t, "pt0001", OTHER_PASSWORD, &in), ZD_REFUSED);
	assert_string_equal(t->cx.err.text, text);
	assert_rc(&t->cx, sign_in(t, "a\r\nb\xff", OTHER_PASSWORD, &in), ZD_REFUSED);
	assert_string_equal(t->cx.err.text, text);
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_person_disable(&t->cx, t->db, id), ZD_OK);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_REFUSED);
	assert_string_equal(t->cx.err.text, text);
	assert_int_equal(count_acts(t, "session.refuse", false), 4);
	assert_int_equal(count_acts(t, "session.open", true), 0);
}

static void
five_failures_lock_for_twenty_minutes(void **state)
{
	struct test_db *t = *state;
	struct trust_signed in;

	int64_t id = test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	for (int i = 0; i < 4; i++)
		assert_rc(&t->cx, sign_in(t, "pt0001", OTHER_PASSWORD, &in), ZD_REFUSED);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_OK); /* clears the count */
	for (int i = 0; i < 5; i++)
		assert_rc(&t->cx, sign_in(t, "pt0001", OTHER_PASSWORD, &in), ZD_REFUSED);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_REFUSED);
	pass(t, 20 * minute - 1);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_REFUSED);
	pass(t, 1);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_OK);
	for (int i = 0; i < 5; i++) { /* slowly: never five in fifteen minutes */
		assert_rc(&t->cx, sign_in(t, "pt0001", OTHER_PASSWORD, &in), ZD_REFUSED);
		pass(t, 5 * minute);
	}
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_OK);
	for (int i = 0; i < 5; i++)
		assert_rc(&t->cx, sign_in(t, "pt0001", OTHER_PASSWORD, &in), ZD_REFUSED);
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_person_unlock(&t->cx, t->db, id), ZD_OK);
	assert_rc(&t->cx, trust_person_unlock(&t->cx, t->db, id), ZD_CONFLICT);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_OK);
	assert_int_equal(count_acts(t, "person.unlock", true), 1);
}

static void
one_address_may_try_thirty_times_a_minute(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_signed in;
	int busy = 0;

	for (int i = 0; i < 32; i++) {
		t->cx.actor = (struct zd_actor){ .level = 1,
						 .address = t->dialect == DB_SQLITE
								    ? ZD_STR("192.0.2.1")
								    : ZD_STR("192.0.2.2") };
		busy += trust_sign_in(&t->cx, t->db, &env, ZD_STR("nobody"), PASSWORD, ZD_STR("x"),
				      &in) == ZD_TOO_OFTEN;
	}
	assert_int_equal(busy, 2);
	t->cx.actor.address = ZD_STR("192.0.2.3");
	assert_rc(&t->cx,
		  trust_sign_in(&t->cx, t->db, &env, ZD_STR("nobody"), PASSWORD, ZD_STR("x"), &in),
		  ZD_REFUSED);
	t->cx.actor.address = t->dialect == DB_SQLITE ? ZD_STR("192.0.2.1") : ZD_STR("192.0.2.2");
	pass(t, minute);
	assert_rc(&t->cx,
		  trust_sign_in(&t->cx, t->db, &env, ZD_STR("nobody"), PASSWORD, ZD_STR("x"), &in),
		  ZD_REFUSED);
}

static void
validity_and_long_absence_close_an_account(void **state)
{
	struct test_db *t = *state;
	struct trust_signed in;

	int64_t id = test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	struct zd_str token = test_trust_sign_in(t, "pt0001");
	struct trust_person p = person_of(t, "pt0001");
	struct trust_person_edit edit = { .id = id,
					  .version = p.version,
					  .name = p.name,
					  .roles = TRUST_PLATFORM,
					  .level = 2,
					  .valid_until = t->cx.today };
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_OK);
	assert_true(is_open(t, token));
	t->cx.today++;
	assert_false(is_open(t, token)); /* though the session is not yet old */
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_REFUSED);
	test_trust_act_as_system(t);
	edit.version++;
	edit.valid_until = ZD_NO_DAY;
	assert_rc(&t->cx, trust_person_change(&t->cx, t->db, &edit), ZD_OK);
	pass(t, 91 * day);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_REFUSED); /* asleep */
	test_trust_act_as_system(t);
	assert_rc(&t->cx, trust_person_enable(&t->cx, t->db, id), ZD_OK);
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_OK);
}

/* Who has one address of IPv6 has a network of them. */
static void
a_network_of_ipv6_tries_as_one(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_signed in;
	int refused = 0;

	for (int i = 0; i < 32; i++) {
		const char *network = t->dialect == DB_SQLITE ? "2001:db8:0:1" : "2001:db8:0:2";
		t->cx.actor = (struct zd_actor){ .level = 1 };
		t->cx.actor.address = zd_str_printf(t->cx.arena, "%s::%x", network, i + 1);
		refused += trust_sign_in(&t->cx, t->db, &env, ZD_STR("nobody"), PASSWORD,
					 ZD_STR("x"), &in) == ZD_TOO_OFTEN;
	}
	assert_int_equal(refused, 2);
}

static void
an_older_hash_is_made_anew_at_sign_in(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_signed in;

	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	env.cost.passes = 3;
	act_as_visitor(t);
	assert_rc(&t->cx,
		  trust_sign_in(&t->cx, t->db, &env, ZD_STR("pt0001"), PASSWORD, ZD_STR("x"), &in),
		  ZD_OK);
	assert_true(zd_str_starts(person_of(t, "pt0001").password_hash,
				  ZD_STR("$argon2id-sm3$m=8,t=3$")));
}

/* --- sessions ---------------------------------------------------------------------------- */

static void
a_session_ends_when_idle_and_after_twelve_hours(void **state)
{
	struct test_db *t = *state;
	struct trust_session s;

	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	struct zd_str token = test_trust_sign_in(t, "pt0001");
	assert_rc(&t->cx, trust_session_find(&t->cx, t->db, token, &s), ZD_OK);
	assert_false(trust_session_is_stale(&t->cx, &s));
	pass(t, 15 * minute - 1);
	assert_rc(&t->cx, trust_session_find(&t->cx, t->db, token, &s), ZD_OK);
	assert_true(trust_session_is_stale(&t->cx, &s));
	pass(t, 1);
	assert_false(is_open(t, token));
	pass(t, -minute);
	for (int i = 0; i < 72; i++) { /* every ten minutes */
		assert_rc(&t->cx, trust_session_touch(&t->cx, t->db, token), ZD_OK);
		pass(t, 10 * minute);
		if (i < 70)
			assert_true(is_open(t, token));
	}
	assert_false(is_open(t, token));
	assert_rc(&t->cx, trust_session_sweep(&t->cx, t->db), ZD_OK);
	struct trust_my_session *left;
	size_t n;
	assert_rc(&t->cx, trust_session_list(&t->cx, t->db, person_of(t, "pt0001").id, &left, &n),
		  ZD_OK);
	assert_int_equal(n, 0);
}

static void
the_fourth_session_ends_the_first_and_one_may_end_his_own(void **state)
{
	struct test_db *t = *state;
	struct zd_str tokens[4];
	struct trust_my_session *mine;
	size_t n;

	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	test_trust_person(t, "pt0002", TRUST_PLATFORM, 0);
	for (int i = 0; i < 4; i++) {
		tokens[i] = test_trust_sign_in(t, "pt0001");
		pass(t, 1);
	}
	assert_false(is_open(t, tokens[0]));
	assert_true(is_open(t, tokens[1]) && is_open(t, tokens[3]));
	assert_rc(&t->cx, trust_session_list(&t->cx, t->db, person_of(t, "pt0001").id, &mine, &n),
		  ZD_OK);
	assert_int_equal(n, 3);
	test_trust_act_as(t, "pt0002");
	assert_rc(&t->cx, trust_session_kill(&t->cx, t->db, mine[0].id), ZD_NOT_FOUND);
	test_trust_act_as(t, "pt0001");
	assert_rc(&t->cx, trust_session_kill(&t->cx, t->db, mine[0].id), ZD_OK);
	assert_false(is_open(t, tokens[3]));
	act_as_visitor(t);
	assert_rc(&t->cx, trust_sign_out(&t->cx, t->db, tokens[2]), ZD_OK);
	assert_false(is_open(t, tokens[2]));
	act_as_visitor(t);
	assert_rc(&t->cx, trust_sign_out(&t->cx, t->db, tokens[2]), ZD_NOT_FOUND);
	assert_false(is_open(t, ZD_STR("")));
	assert_false(is_open(t, ZD_STR("x")));
}

static void
a_token_is_kept_only_as_its_hash(void **state)
{
	struct test_db *t = *state;
	struct trust_session s;

	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	struct zd_str token = test_trust_sign_in(t, "pt0001");
	assert_int_equal(token.n, 64);
	assert_rc(&t->cx, trust_sql_find_session(&t->cx, t->db, &s, .token = token), ZD_NOT_FOUND);
	struct zd_str csrf = trust_session_csrf(t->cx.arena, token);
	assert_int_equal(csrf.n, 32);
	assert_null(memmem(token.p, token.n, csrf.p, csrf.n));
}

/* --- the second factor ------------------------------------------------------------------- */

static struct zd_str
code_now(struct test_db *t, const char *account)
{
	struct trust_person p = person_of(t, account);
	struct zd_str secret;

	assert_true(sm4_open(t->cx.arena, test_trust_keys()->seal, p.totp_secret, &secret));
	return trust_totp_code(t->cx.arena, secret, t->cx.now);
}

static void
totp_is_rfc_6238(void **state)
{
	struct test_db *t = *state;
	struct zd_str secret = ZD_STR("12345678901234567890");

	assert_text(trust_totp_code(t->cx.arena, secret, 59000), "287082");
	assert_text(trust_totp_code(t->cx.arena, secret, 1111111109000), "081804");
	assert_text(trust_totp_code(t->cx.arena, secret, INT64_C(20000000000000)), "353130");
}

static void
an_administrator_sets_up_a_second_factor_first(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct zd_str recovery[TRUST_RECOVERY];
	struct trust_signed in, after;
	struct trust_session s;
	struct trust_totp totp;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	assert_int_equal(in.stage, TRUST_NEEDS_FACTOR);
	assert_rc(&t->cx, trust_totp_begin(&t->cx, t->db, &env, in.token, &totp), ZD_OK);
	assert_int_equal(totp.secret.n, 32);
	assert_true(zd_str_starts(totp.uri, ZD_STR("otpauth://totp/")));
	assert_rc(&t->cx,
		  trust_totp_finish(&t->cx, t->db, &env, in.token, ZD_STR("000000"), recovery,
				    &after),
		  ZD_REFUSED);
	assert_rc(&t->cx,
		  trust_totp_finish(&t->cx, t->db, &env, in.token, code_now(t, "sec0001"), recovery,
				    &after),
		  ZD_OK);
	assert_int_equal(after.stage, TRUST_OPEN);
	assert_false(is_open(t, in.token)); /* a new token took its place */
	assert_rc(&t->cx, trust_session_find(&t->cx, t->db, after.token, &s), ZD_OK);
	assert_int_equal(trust_session_stage(&t->cx, &s), TRUST_OPEN);
	assert_rc(&t->cx, trust_totp_begin(&t->cx, t->db, &env, after.token, &totp), ZD_CONFLICT);
}

static void
a_code_serves_once_and_so_does_a_recovery_code(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct zd_str recovery[TRUST_RECOVERY];
	struct trust_signed in, after;
	struct trust_totp totp;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	assert_rc(&t->cx, trust_totp_begin(&t->cx, t->db, &env, in.token, &totp), ZD_OK);
	struct zd_str code = code_now(t, "sec0001");
	assert_rc(&t->cx, trust_totp_finish(&t->cx, t->db, &env, in.token, code, recovery, &after),
		  ZD_OK);
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	assert_int_equal(in.stage, TRUST_NEEDS_CODE);
	assert_rc(&t->cx, trust_sign_in_code(&t->cx, t->db, &env, in.token, code, &after),
		  ZD_REFUSED); /* the same step */
	pass(t, 30000);
	code = code_now(t, "sec0001");
	assert_rc(&t->cx, trust_sign_in_code(&t->cx, t->db, &env, in.token, code, &after), ZD_OK);
	assert_int_equal(after.stage, TRUST_OPEN);
	assert_false(is_open(t, in.token));
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	assert_rc(&t->cx, trust_sign_in_code(&t->cx, t->db, &env, in.token, recovery[0], &after),
		  ZD_OK);
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	assert_rc(&t->cx, trust_sign_in_code(&t->cx, t->db, &env, in.token, recovery[0], &after),
		  ZD_REFUSED);
	assert_rc(&t->cx, trust_sign_in_code(&t->cx, t->db, &env, in.token, recovery[7], &after),
		  ZD_OK);
}

static void
wrong_codes_lock_and_end_the_session(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_signed in, after;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	struct zd_str open = test_trust_sign_in(t, "sec0001");
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	for (int i = 0; i < 5; i++)
		assert_rc(
			&t->cx,
			trust_sign_in_code(&t->cx, t->db, &env, in.token, ZD_STR("12345"), &after),
			ZD_REFUSED);
	assert_false(is_open(t, in.token));
	assert_false(is_open(t, open));
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_REFUSED);
	assert_int_equal(count_acts(t, "session.code", false), 5);
}

static void
a_full_reset_takes_the_second_factor_away(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_code code;
	struct trust_signed in;

	int64_t id = test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	test_trust_sign_in(t, "sec0001");
	assert_rc(&t->cx, trust_person_reset(&t->cx, t->db, id, true, &code), ZD_OK);
	act_as_visitor(t);
	pass(t, minute);
	assert_rc(&t->cx,
		  trust_activate(&t->cx, t->db, &env, ZD_STR("sec0001"), code.code, OTHER_PASSWORD),
		  ZD_OK);
	assert_rc(&t->cx, sign_in(t, "sec0001", OTHER_PASSWORD, &in), ZD_OK);
	assert_int_equal(in.stage, TRUST_NEEDS_FACTOR);
}

/* --- one's own password ------------------------------------------------------------------ */

static void
a_new_password_is_new_and_ends_the_other_sessions(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_signed in, after;
	struct zd_str passwords[7];

	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	struct zd_str other = test_trust_sign_in(t, "pt0001");
	assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_OK);
	assert_rc(&t->cx,
		  trust_change_password(&t->cx, t->db, &env, in.token, OTHER_PASSWORD,
					OTHER_PASSWORD, &after),
		  ZD_REFUSED);
	assert_rc(&t->cx,
		  trust_change_password(&t->cx, t->db, &env, in.token, PASSWORD, ZD_STR("short"),
					&after),
		  ZD_INVALID);
	assert_rc(&t->cx,
		  trust_change_password(&t->cx, t->db, &env, in.token, PASSWORD, PASSWORD, &after),
		  ZD_INVALID);
	passwords[0] = PASSWORD;
	for (int i = 1; i < 6; i++) {
		passwords[i] = trust_random_password(t->cx.arena);
		pass(t, 1000);
		assert_rc(&t->cx,
			  trust_change_password(&t->cx, t->db, &env, in.token, passwords[i - 1],
						passwords[i], &after),
			  ZD_OK);
		assert_false(is_open(t, in.token));
		in = after;
	}
	assert_false(is_open(t, other));
	assert_true(is_open(t, in.token));
	pass(t, 1000);
	assert_rc(&t->cx,
		  trust_change_password(&t->cx, t->db, &env, in.token, passwords[5], passwords[1],
					&after),
		  ZD_INVALID); /* the fifth from the end */
	assert_rc(&t->cx,
		  trust_change_password(&t->cx, t->db, &env, in.token, passwords[5], PASSWORD,
					&after),
		  ZD_OK); /* the sixth */
}

static void
an_expired_password_leaves_only_its_change(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_signed in, after;

	test_trust_person(t, "pt0001", TRUST_PLATFORM, 0);
	for (int i = 0; i < 3; i++) {
		pass(t, 60 * day);
		assert_rc(&t->cx, sign_in(t, "pt0001", PASSWORD, &in), ZD_OK);
		assert_int_equal(in.stage, i < 2 ? TRUST_OPEN : TRUST_NEEDS_PASSWORD);
	}
	assert_rc(&t->cx,
		  trust_change_password(&t->cx, t->db, &env, in.token, PASSWORD, OTHER_PASSWORD,
					&after),
		  ZD_OK);
	assert_int_equal(after.stage, TRUST_OPEN);
	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	test_trust_sign_in(t, "sec0001");
	pass(t, 45 * day);
	test_trust_sign_in(t, "sec0001");
	pass(t, 45 * day);
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in),
		  ZD_OK); /* administrators: 90 days */
	assert_int_equal(in.stage, TRUST_NEEDS_CODE);
	assert_rc(&t->cx,
		  trust_change_password(&t->cx, t->db, &env, in.token, PASSWORD, OTHER_PASSWORD,
					&after),
		  ZD_REFUSED); /* not before the code */
	assert_rc(&t->cx,
		  trust_sign_in_code(&t->cx, t->db, &env, in.token, code_now(t, "sec0001"), &after),
		  ZD_OK);
	assert_int_equal(after.stage, TRUST_NEEDS_PASSWORD);
}

static void
confirming_makes_a_session_fresh(void **state)
{
	struct test_db *t = *state;
	struct trust_env env = test_trust_env();
	struct trust_session s;
	struct trust_signed in;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	struct zd_str token = test_trust_sign_in(t, "sec0001");
	assert_rc(&t->cx, trust_session_find(&t->cx, t->db, token, &s), ZD_OK);
	assert_true(s.fresh_until > t->cx.now);
	pass(t, 6 * minute);
	assert_rc(&t->cx, trust_session_find(&t->cx, t->db, token, &s), ZD_OK);
	assert_true(s.fresh_until <= t->cx.now);
	struct zd_str code = code_now(t, "sec0001");
	assert_rc(&t->cx, trust_confirm(&t->cx, t->db, &env, token, OTHER_PASSWORD, code, &in),
		  ZD_REFUSED);
	assert_rc(&t->cx,
		  trust_confirm(&t->cx, t->db, &env, token, PASSWORD, ZD_STR("000000"), &in),
		  ZD_REFUSED);
	assert_rc(&t->cx, trust_confirm(&t->cx, t->db, &env, token, PASSWORD, code, &in), ZD_OK);
	assert_rc(&t->cx, trust_session_find(&t->cx, t->db, in.token, &s), ZD_OK);
	assert_true(s.fresh_until > t->cx.now);
}

/* --- keys -------------------------------------------------------------------------------- */

static void
a_key_speaks_for_its_department_until_revoked(void **state)
{
	struct test_db *t = *state;
	int64_t dept = test_trust_dept(t, "1101");
	struct zd_str bearer, second, third;
	struct zd_actor actor;
	struct trust_key *keys;
	bool stale;
	size_t n;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	test_trust_act_as(t, "sec0001");
	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, dept, ZD_STR("执法系统"), 3, &bearer),
		  ZD_OK);
	assert_rc(&t->cx, trust_key_actor(&t->cx, t->db, bearer, &actor, &stale), ZD_OK);
	assert_int_equal(actor.dept, dept);
	assert_int_equal(actor.roles, TRUST_API);
	assert_int_equal(actor.level, 3);
	assert_true(stale);
	assert_rc(&t->cx, trust_key_touch(&t->cx, t->db, actor.id), ZD_OK);
	assert_rc(&t->cx, trust_key_actor(&t->cx, t->db, bearer, &actor, &stale), ZD_OK);
	assert_false(stale);
	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, dept, ZD_STR("执法系统"), 3, &second),
		  ZD_OK);
	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, dept, ZD_STR("执法系统"), 3, &third),
		  ZD_REFUSED);
	assert_rc(&t->cx, trust_key_list(&t->cx, t->db, dept, &keys, &n), ZD_OK);
	assert_int_equal(n, 2);
	assert_rc(&t->cx, trust_key_revoke(&t->cx, t->db, actor.id), ZD_OK);
	assert_rc(&t->cx, trust_key_revoke(&t->cx, t->db, actor.id), ZD_CONFLICT);
	assert_rc(&t->cx, trust_key_actor(&t->cx, t->db, bearer, &actor, &stale), ZD_NOT_FOUND);
	assert_rc(&t->cx, trust_key_actor(&t->cx, t->db, second, &actor, &stale), ZD_OK);
	pass(t, 366 * day);
	assert_rc(&t->cx, trust_key_actor(&t->cx, t->db, second, &actor, &stale), ZD_NOT_FOUND);
}

static void
a_wrong_key_is_no_key_and_dies_with_its_department(void **state)
{
	struct test_db *t = *state;
	int64_t id = test_trust_dept(t, "1101");
	struct zd_str bearer;
	struct zd_actor actor;
	struct trust_dept dept;
	bool stale;

	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, id, ZD_STR("执法系统"), 3, &bearer),
		  ZD_OK);
	char *wrong = zd_alloc(t->cx.arena, bearer.n);
	for (size_t i = 0; i < bearer.n; i++) {
		memcpy(wrong, bearer.p, bearer.n);
		wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
		assert_rc(&t->cx,
			  trust_key_actor(&t->cx, t->db, (struct zd_str){ wrong, bearer.n }, &actor,
					  &stale),
			  ZD_NOT_FOUND);
	}
	assert_rc(&t->cx, trust_key_actor(&t->cx, t->db, ZD_STR(""), &actor, &stale), ZD_NOT_FOUND);
	assert_rc(&t->cx, trust_dept_find(&t->cx, t->db, id, &dept), ZD_OK);
	test_trust_person(t, "zf0001", TRUST_INSPECTOR, id);
	struct zd_str token = test_trust_sign_in(t, "zf0001");
	dept.state = TRUST_DEPT_ABOLISHED;
	assert_rc(&t->cx, trust_dept_edit(&t->cx, t->db, &dept), ZD_OK);
	assert_rc(&t->cx, trust_key_actor(&t->cx, t->db, bearer, &actor, &stale), ZD_NOT_FOUND);
	assert_false(is_open(t, token));
	assert_rc(&t->cx, trust_key_create(&t->cx, t->db, id, ZD_STR("执法系统"), 3, &bearer),
		  ZD_REFUSED);
}

/* --- whole or not at all ----------------------------------------------------------------- */

/* What the whole of trust's tables holds, in numbers; the loops compare before and after. */
struct sums {
	int64_t v[8];
};
static const struct db_field sums_fields[] = {
	{ "a", DB_INT, false, offsetof(struct sums, v[0]) },
	{ "b", DB_INT, false, offsetof(struct sums, v[1]) },
	{ "c", DB_INT, false, offsetof(struct sums, v[2]) },
	{ "d", DB_INT, false, offsetof(struct sums, v[3]) },
	{ "e", DB_INT, false, offsetof(struct sums, v[4]) },
	{ "f", DB_INT, false, offsetof(struct sums, v[5]) },
	{ "g", DB_INT, false, offsetof(struct sums, v[6]) },
	{ "h", DB_INT, false, offsetof(struct sums, v[7]) },
	{ 0 },
};
#define SUMS                                                                                       \
	"select (select count(*) from department) + (select coalesce(cast(sum(version) as bigint)" \
	", 0) from department), (select count(*) from person),"                                    \
	" (select coalesce(cast(sum(version * 100 + failures) as bigint), 0) from person),"        \
	" (select count(*) from session), (select count(*) from activation where used_at is "      \
	"null),"                                                                                   \
	" (select count(*) from role_request where state = 1),"                                    \
	" (select count(*) from api_key where revoked_at is null),"                                \
	" (select count(*) from audit_staged)"
static const struct db_stmt sums_stmt = {
	.name = "sums",
	.sqlite = SUMS,
	.postgres = SUMS,
	.out = sums_fields,
	.out_size = sizeof(struct sums),
};

static struct sums
sums_of(struct test_db *t)
{
	struct sums s;

	assert_rc(&t->cx, db_one(&t->cx, t->db, &sums_stmt, NULL, &s), ZD_OK);
	return s;
}

struct loop {
	enum zd_rc (*call)(struct test_db *t, struct loop *loop);
	struct sums before;
	struct zd_actor actor;
	int64_t id, other;
	struct zd_str token, text;
};

static enum zd_rc
call_loop(struct test_db *t, void *arg)
{
	struct loop *loop = arg;

	t->cx.actor = loop->actor;
	return loop->call(t, loop);
}

static void
check_loop(struct test_db *t, bool done, void *arg)
{
	struct loop *loop = arg;
	struct sums now = sums_of(t);

	assert_int_equal(memcmp(&now, &loop->before, sizeof(now)) != 0, done);
	assert_int_equal(now.v[7] > loop->before.v[7], done); /* the log goes with the act */
}

static void
run_loop(struct test_db *t, struct loop loop)
{
	loop.actor = t->cx.actor;
	loop.before = sums_of(t);
	assert_true(test_fault_loop(t, call_loop, check_loop, &loop) >= 4);
	t->cx.actor = loop.actor;
}

static enum zd_rc
do_create_dept(struct test_db *t, struct loop *loop)
{
	struct trust_dept d = dept_like("x1", loop->id, 2);
	int64_t id;

	return trust_dept_create(&t->cx, t->db, &d, &id);
}

static enum zd_rc
do_edit_dept(struct test_db *t, struct loop *loop)
{
	struct trust_dept d = dept_like("1101", ZD_NO_INT, 1);

	d.id = loop->id;
	d.version = 1;
	d.state = TRUST_DEPT_ABOLISHED;
	return trust_dept_edit(&t->cx, t->db, &d);
}

static enum zd_rc
do_import_depts(struct test_db *t, struct loop *loop)
{
	struct trust_dept d[2] = { dept_like("i1", 0, 1), dept_like("i2", 0, 2) };
	struct zd_str parents[2] = { { 0 }, ZD_STR("i1") };
	int64_t new;

	(void)loop;
	return trust_dept_import(&t->cx, t->db, d, parents, 2, &new);
}

static enum zd_rc
do_create_person(struct test_db *t, struct loop *loop)
{
	struct trust_code code;

	return create(t, "new0001", TRUST_INSPECTOR, loop->id, &code);
}

static enum zd_rc
do_create_admin(struct test_db *t, struct loop *loop)
{
	struct trust_code code;

	(void)loop;
	return create(t, "new0002", TRUST_AUDIT_ADMIN, 0, &code);
}

static enum zd_rc
do_change_person(struct test_db *t, struct loop *loop)
{
	struct trust_person_edit edit = { .id = loop->id,
					  .version = loop->other,
					  .name = ZD_STR("某人丙"),
					  .roles = TRUST_AUDIT_ADMIN,
					  .level = 1,
					  .valid_until = ZD_NO_DAY };

	return trust_person_change(&t->cx, t->db, &edit);
}

static enum zd_rc
do_disable(struct test_db *t, struct loop *loop)
{
	return trust_person_disable(&t->cx, t->db, loop->id);
}

static enum zd_rc
do_enable(struct test_db *t, struct loop *loop)
{
	return trust_person_enable(&t->cx, t->db, loop->id);
}

static enum zd_rc
do_unlock(struct test_db *t, struct loop *loop)
{
	return trust_person_unlock(&t->cx, t->db, loop->id);
}

static enum zd_rc
do_reset(struct test_db *t, struct loop *loop)
{
	struct trust_code code;

	return trust_person_reset(&t->cx, t->db, loop->id, true, &code);
}

static enum zd_rc
do_decide(struct test_db *t, struct loop *loop)
{
	return trust_request_decide(&t->cx, t->db, loop->id, true);
}

static enum zd_rc
do_create_key(struct test_db *t, struct loop *loop)
{
	struct zd_str bearer;

	return trust_key_create(&t->cx, t->db, loop->id, ZD_STR("系统"), 2, &bearer);
}

static enum zd_rc
do_revoke_key(struct test_db *t, struct loop *loop)
{
	return trust_key_revoke(&t->cx, t->db, loop->id);
}

static enum zd_rc
do_kill(struct test_db *t, struct loop *loop)
{
	return trust_session_kill(&t->cx, t->db, loop->id);
}

static void
departments_and_keys_are_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	int64_t dept = test_trust_dept(t, "1101");
	struct trust_key *keys;
	size_t n;

	run_loop(t, (struct loop){ .call = do_create_dept, .id = dept });
	run_loop(t, (struct loop){ .call = do_import_depts });
	run_loop(t, (struct loop){ .call = do_create_key, .id = dept });
	assert_rc(&t->cx, trust_key_list(&t->cx, t->db, dept, &keys, &n), ZD_OK);
	run_loop(t, (struct loop){ .call = do_revoke_key, .id = keys[0].id });
	test_trust_person(t, "zf0001", TRUST_INSPECTOR, dept);
	test_trust_sign_in(t, "zf0001");
	run_loop(t, (struct loop){ .call = do_edit_dept, .id = dept });
}

static void
people_are_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	int64_t dept = test_trust_dept(t, "1101");
	struct trust_request *waiting;
	struct trust_signed in;
	size_t n;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	test_trust_person(t, "sec0002", TRUST_SECURITY_ADMIN, 0);
	int64_t id = test_trust_person(t, "zf0001", TRUST_INSPECTOR, dept);
	test_trust_act_as(t, "sec0001");
	run_loop(t, (struct loop){ .call = do_create_person, .id = dept });
	run_loop(t, (struct loop){ .call = do_create_admin });
	test_trust_sign_in(t, "zf0001");
	run_loop(t, (struct loop){ .call = do_change_person,
				   .id = id,
				   .other = person_of(t, "zf0001").version });
	test_trust_act_as(t, "sec0002");
	assert_rc(&t->cx, trust_request_list(&t->cx, t->db, &waiting, &n), ZD_OK);
	run_loop(t, (struct loop){ .call = do_decide, .id = waiting[n - 1].id });
	for (int i = 0; i < 5; i++)
		assert_rc(&t->cx, sign_in(t, "zf0001", OTHER_PASSWORD, &in), ZD_REFUSED);
	test_trust_act_as(t, "sec0001");
	run_loop(t, (struct loop){ .call = do_unlock, .id = id });
	test_trust_sign_in(t, "zf0001");
	run_loop(t, (struct loop){ .call = do_disable, .id = id });
	run_loop(t, (struct loop){ .call = do_enable, .id = id });
	test_trust_sign_in(t, "zf0001");
	run_loop(t, (struct loop){ .call = do_reset, .id = id });
}

static enum zd_rc
do_init(struct test_db *t, struct loop *loop)
{
	struct trust_code codes[TRUST_FIRST];
	enum zd_rc rc = trust_init(&t->cx, t->db, loop->text.p, codes);

	assert_int_equal(access(loop->text.p, F_OK) == 0, rc == ZD_OK);
	return rc;
}

static enum zd_rc
do_activate(struct test_db *t, struct loop *loop)
{
	struct trust_env env = test_trust_env();

	return trust_activate(&t->cx, t->db, &env, ZD_STR("zf0001"), loop->text, OTHER_PASSWORD);
}

static enum zd_rc
do_sign_in(struct test_db *t, struct loop *loop)
{
	struct trust_env env = test_trust_env();
	struct trust_signed in;

	env.cost.passes = 2; /* the hash is made anew too */
	return trust_sign_in(&t->cx, t->db, &env, ZD_STR("zf0001"), loop->text, ZD_STR("x"), &in);
}

/* A refusal is an act as well: counted and on the record, or the call failed. */
static enum zd_rc
do_be_refused(struct test_db *t, struct loop *loop)
{
	enum zd_rc rc = do_sign_in(t, loop);

	return rc == ZD_REFUSED ? ZD_OK : rc;
}

static enum zd_rc
do_change_password(struct test_db *t, struct loop *loop)
{
	struct trust_env env = test_trust_env();
	struct trust_signed in;

	return trust_change_password(&t->cx, t->db, &env, loop->token, OTHER_PASSWORD,
				     ZD_STR("Neu3-Wort-7ziege"), &in);
}

static enum zd_rc
do_sign_out(struct test_db *t, struct loop *loop)
{
	return trust_sign_out(&t->cx, t->db, loop->token);
}

static enum zd_rc
do_totp_begin(struct test_db *t, struct loop *loop)
{
	struct trust_env env = test_trust_env();
	struct trust_totp totp;

	return trust_totp_begin(&t->cx, t->db, &env, loop->token, &totp);
}

static enum zd_rc
do_totp_finish(struct test_db *t, struct loop *loop)
{
	struct trust_env env = test_trust_env();
	struct zd_str recovery[TRUST_RECOVERY];
	struct trust_signed in;

	return trust_totp_finish(&t->cx, t->db, &env, loop->token, loop->text, recovery, &in);
}

static enum zd_rc
do_code(struct test_db *t, struct loop *loop)
{
	struct trust_env env = test_trust_env();
	struct trust_signed in;

	return trust_sign_in_code(&t->cx, t->db, &env, loop->token, loop->text, &in);
}

static enum zd_rc
do_confirm(struct test_db *t, struct loop *loop)
{
	struct trust_env env = test_trust_env();
	struct trust_signed in;

	return trust_confirm(&t->cx, t->db, &env, loop->token, PASSWORD, loop->text, &in);
}

static void
signing_in_is_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	int64_t dept = test_trust_dept(t, "1101");
	struct trust_code code;
	struct trust_signed in;

	assert_rc(&t->cx, create(t, "zf0001", TRUST_INSPECTOR, dept, &code), ZD_OK);
	act_as_visitor(t);
	run_loop(t, (struct loop){ .call = do_activate, .text = code.code });
	pass(t, minute);
	run_loop(t, (struct loop){ .call = do_sign_in, .text = OTHER_PASSWORD });
	run_loop(t, (struct loop){ .call = do_be_refused, .text = PASSWORD });
	assert_rc(&t->cx, sign_in(t, "zf0001", OTHER_PASSWORD, &in), ZD_OK);
	run_loop(t, (struct loop){ .call = do_change_password, .token = in.token });
	assert_rc(&t->cx, sign_in(t, "zf0001", ZD_STR("Neu3-Wort-7ziege"), &in), ZD_OK);
	run_loop(t, (struct loop){ .call = do_sign_out, .token = in.token });
	assert_rc(&t->cx, sign_in(t, "zf0001", ZD_STR("Neu3-Wort-7ziege"), &in), ZD_OK);
	struct trust_my_session *mine;
	size_t n;
	test_trust_act_as(t, "zf0001");
	assert_rc(&t->cx, trust_session_list(&t->cx, t->db, t->cx.actor.id, &mine, &n), ZD_OK);
	run_loop(t, (struct loop){ .call = do_kill, .id = mine[0].id });
}

static void
the_second_factor_is_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct trust_signed in;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	run_loop(t, (struct loop){ .call = do_totp_begin, .token = in.token });
	run_loop(t, (struct loop){ .call = do_totp_finish,
				   .token = in.token,
				   .text = code_now(t, "sec0001") });
	pass(t, minute);
	assert_rc(&t->cx, sign_in(t, "sec0001", PASSWORD, &in), ZD_OK);
	run_loop(t, (struct loop){
			    .call = do_code, .token = in.token, .text = code_now(t, "sec0001") });
	pass(t, minute);
	struct zd_str token = test_trust_sign_in(t, "sec0001");
	pass(t, minute);
	run_loop(t, (struct loop){
			    .call = do_confirm, .token = token, .text = code_now(t, "sec0001") });
}

static void
init_is_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	char path[64];

	snprintf(path, sizeof(path), "/tmp/zd-codes-%d", (int)getpid());
	unlink(path);
	run_loop(t, (struct loop){ .call = do_init, .text = zd_str_of(path) });
	unlink(path);
}

/* No entry may hold what is secret. */
static void
the_log_holds_no_secret(void **state)
{
	struct test_db *t = *state;
	struct audit_staged *rows;
	size_t n;

	test_trust_person(t, "sec0001", TRUST_SECURITY_ADMIN, 0);
	struct zd_str token = test_trust_sign_in(t, "sec0001");
	struct trust_signed in;
	assert_rc(&t->cx, sign_in(t, "sec0001", OTHER_PASSWORD, &in), ZD_REFUSED);
	assert_rc(&t->cx, audit_sql_list_staged(&t->cx, t->db, 1000, &rows, &n, .limit = 1000),
		  ZD_OK);
	assert_true(n > 4);
	for (size_t i = 0; i < n; i++) {
		struct zd_str line = audit_line(t->cx.arena, &rows[i], 0);
		assert_null(memmem(line.p, line.n, token.p, token.n));
		assert_null(memmem(line.p, line.n, OTHER_PASSWORD.p, OTHER_PASSWORD.n));
		assert_null(memmem(line.p, line.n, PASSWORD.p, PASSWORD.n));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(every_statement_prepares, NULL),
		test_on_both(departments_form_a_tree, NULL),
		test_on(DB_SQLITE, department_fields_are_checked_by_name, NULL),
		test_on_both(a_tree_is_imported_twice_with_the_same_result, NULL),
		test_on_both(an_account_is_one_whatever_its_case_and_width, NULL),
		test_on_both(the_database_keeps_the_administrators_apart, NULL),
		test_on_both(the_last_security_administrator_stays, NULL),
		test_on_both(only_the_security_administrator_makes_people_and_never_his_own_rights,
			     NULL),
		test_on_both(an_administrators_role_needs_a_second_person, NULL),
		test_on_both(a_change_of_rights_ends_the_sessions, NULL),
		test_on_both(init_makes_three_administrators_with_one_time_codes, NULL),
		test_on_both(nobody_signs_in_before_activation, NULL),
		test_on_both(a_reset_replaces_password_and_code, NULL),
		test_on_both(how_a_sign_in_ended_is_told, NULL),
		test_on_both(wrong_unknown_locked_and_disabled_get_one_answer, NULL),
		test_on_both(five_failures_lock_for_twenty_minutes, NULL),
		test_on_both(one_address_may_try_thirty_times_a_minute, NULL),
		test_on_both(validity_and_long_absence_close_an_account, NULL),
		test_on_both(a_network_of_ipv6_tries_as_one, NULL),
		test_on_both(an_older_hash_is_made_anew_at_sign_in, NULL),
		test_on_both(a_session_ends_when_idle_and_after_twelve_hours, NULL),
		test_on_both(the_fourth_session_ends_the_first_and_one_may_end_his_own, NULL),
		test_on_both(a_token_is_kept_only_as_its_hash, NULL),
		test_on(DB_SQLITE, totp_is_rfc_6238, NULL),
		test_on_both(an_administrator_sets_up_a_second_factor_first, NULL),
		test_on_both(a_code_serves_once_and_so_does_a_recovery_code, NULL),
		test_on_both(wrong_codes_lock_and_end_the_session, NULL),
		test_on_both(a_full_reset_takes_the_second_factor_away, NULL),
		test_on_both(a_new_password_is_new_and_ends_the_other_sessions, NULL),
		test_on_both(an_expired_password_leaves_only_its_change, NULL),
		test_on_both(confirming_makes_a_session_fresh, NULL),
		test_on_both(a_key_speaks_for_its_department_until_revoked, NULL),
		test_on_both(a_wrong_key_is_no_key_and_dies_with_its_department, NULL),
		test_on_both(departments_and_keys_are_whole_or_not_at_all, NULL),
		test_on_both(people_are_whole_or_not_at_all, NULL),
		test_on_both(signing_in_is_whole_or_not_at_all, NULL),
		test_on_both(the_second_factor_is_whole_or_not_at_all, NULL),
		test_on_both(init_is_whole_or_not_at_all, NULL),
		test_on_both(the_log_holds_no_secret, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
