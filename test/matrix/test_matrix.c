/*
 * Who reaches what: every route of the program × every role, as the real gate decides it, against the reviewed
 * expectation beside this file. A route that is not in it, or is decided otherwise, fails.
 *
 *	test_matrix write	writes expected.txt anew: look at the difference before you commit it
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/services.h"
#include "trust/test_trust.h"
#include "trust/trust_gate.h"

#define STALE_MS                                                                                   \
	(6 *                                                                                       \
	 INT64_C(60000)) /* a session that gave its password longer ago than a fresh route asks */
#define LINE 160
#define MAX_ROUTES 1000

static const struct role {
	const char *title;
	uint32_t role; /* 0: nobody */
	bool city;
} roles[] = {
	{ "nobody", 0, false },
	{ "inspect", TRUST_INSPECTOR, false },
	{ "data", TRUST_DATA_OFFICER, false },
	{ "head", TRUST_DEPT_HEAD, false },
	{ "platform", TRUST_PLATFORM, true },
	{ "leader", TRUST_LEADER, true },
	{ "system", TRUST_SYSTEM_ADMIN, true },
	{ "security", TRUST_SECURITY_ADMIN, true },
	{ "audit", TRUST_AUDIT_ADMIN, true },
	{ "key", TRUST_API, false },
};

static const char head[] =
	"# Every route × every role as the gate decides. Written by test_matrix, reviewed by "
	"people.\n"
	"# yes: let through. fresh: let through within 5 minutes of giving the password, then "
	"403.\n"
	"# 401: not known (pages lead to /signin). 403: known and refused, on the record.\n"
	"# What a use case refuses further (another department's record, own account, ...) is not "
	"here.\n";

/* --- asking ------------------------------------------------------------------------------------ */

static struct zd_str sessions[N(roles)];

static void
sign_all_in(struct test_db *t)
{
	int64_t dept = test_trust_dept(t, "11010007");
	char account[32];

	for (size_t i = 0; i < N(roles); i++) {
		(void)snprintf(account, sizeof(account), "matrix.%s", roles[i].title);
		if (!roles[i].role) {
			sessions[i] = (struct zd_str){ 0 };
		} else if (roles[i].role == TRUST_API) {
			assert_rc(&t->cx,
				  trust_key_create(&t->cx, t->db, dept, ZD_STR("业务系统"), 2,
						   &sessions[i]),
				  ZD_OK);
		} else {
			test_trust_person(t, account, roles[i].role, roles[i].city ? 0 : dept);
			sessions[i] = test_trust_sign_in(t, account);
		}
	}
}

static enum zd_rc
ask(struct test_db *t, const struct http_route *route, size_t role, int64_t later)
{
	struct zd_cx cx = t->cx;
	struct http_request req = { .route = route,
				    .db = t->db,
				    .path = zd_str_of(route->path),
				    .session = sessions[role],
				    .by_cookie = roles[role].role != TRUST_API,
				    .csrf = ZD_STR(""),
				    .wants_json = strncmp(route->path, "/api/", 5) == 0 };

	cx.now += later;
	cx.actor = (struct zd_actor){ .address = ZD_STR("192.0.2.9") };
	return trust_gate(&cx, &req, NULL);
}

static const char *
outcome(struct test_db *t, const struct http_route *route, size_t role)
{
	enum zd_rc now = ask(t, route, role, 0), later = ask(t, route, role, STALE_MS);

	if (now == ZD_OK && later == ZD_OK)
		return "yes";
	if (now == ZD_OK && later == ZD_REFUSED)
		return "fresh";
	if (now != later)
		return "?";
	return now == ZD_REFUSED ? "403" : now == ZD_NOT_FOUND ? "401" : "?";
}

static const char *
method_name(enum http_method method)
{
	static const char *const names[] = { [HTTP_GET] = "GET",
					     [HTTP_POST] = "POST",
					     [HTTP_PUT] = "PUT",
					     [HTTP_DELETE] = "DELETE" };

	return (size_t)method < N(names) && names[method] ? names[method] : "?";
}

/* --- the matrix ---------------------------------------------------------------------------------- */

struct lines {
	char text[MAX_ROUTES][LINE];
	size_t n;
};

static void
put_route(struct test_db *t, struct lines *lines, const struct http_route *route)
{
	assert_true(lines->n < MAX_ROUTES);
	char *at = lines->text[lines->n++];
	int n = snprintf(at, LINE, "%-6s %-48s", method_name(route->method), route->path);

	for (size_t i = 0; i < N(roles); i++)
		n += snprintf(at + n, (size_t)(LINE - n), " %-8s", outcome(t, route, i));
	assert_true(n < LINE);
	while (n > 0 && at[n - 1] == ' ')
		at[--n] = 0;
}

static struct lines *
matrix(struct test_db *t)
{
	static struct lines lines;

	lines.n = 0;
	sign_all_in(t);
	for (const struct http_route *const *table = services_routes; *table; table++)
		for (const struct http_route *route = *table; route->method != HTTP_END; route++)
			put_route(t, &lines, route);
	return &lines;
}

static const struct lines *
expected(void)
{
	static struct lines lines;
	FILE *file = fopen(MATRIX_EXPECTED, "re");

	if (!file)
		fail_msg("%s cannot be read", MATRIX_EXPECTED);
	for (lines.n = 0; lines.n < MAX_ROUTES && fgets(lines.text[lines.n], LINE, file);) {
		char *at = lines.text[lines.n];
		at[strcspn(at, "\n")] = 0;
		lines.n += at[0] && at[0] != '#';
	}
	(void)fclose(file);
	return &lines;
}

static size_t
tell_missing(const struct lines *have, const struct lines *from, char sign)
{
	size_t missing = 0;

	for (size_t i = 0; i < have->n; i++) {
		bool found = false;
		for (size_t k = 0; k < from->n && !found; k++)
			found = strcmp(have->text[i], from->text[k]) == 0;
		if (!found)
			print_error("%c%s\n", sign, have->text[i]);
		missing += !found;
	}
	return missing;
}

static void
every_route_lets_in_whom_was_agreed(void **state)
{
	const struct lines *now = matrix(*state), *then = expected();
	size_t wrong = tell_missing(then, now, '-') + tell_missing(now, then, '+');

	if (wrong)
		fail_msg("%zu lines differ from %s: if the lines with + are right, write it anew "
			 "with "
			 "'test_matrix write' and commit it",
			 wrong, MATRIX_EXPECTED);
	assert_int_equal(now->n, then->n);
}

static void
writes_the_expectation(void **state)
{
	const struct lines *now = matrix(*state);
	FILE *file = fopen(MATRIX_EXPECTED, "we");

	assert_non_null(file);
	(void)fputs(head, file);
	(void)fprintf(file, "#%-54s", "");
	for (size_t i = 0; i < N(roles); i++)
		(void)fprintf(file, " %s%-*s", roles[i].title,
			      i + 1 < N(roles) ? 8 - (int)strlen(roles[i].title) : 0, "");
	(void)fputc('\n', file);
	for (size_t i = 0; i < now->n; i++)
		(void)fprintf(file, "%s\n", now->text[i]);
	assert_int_equal(fclose(file), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		test_on_both(every_route_lets_in_whom_was_agreed, NULL),
	};
	const struct CMUnitTest writing[] = { test_on(DB_SQLITE, writes_the_expectation, NULL) };

	if (argc == 2 && strcmp(argv[1], "write") == 0)
		return cmocka_run_group_tests(writing, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
