#ifndef ZD_TEST_DB_H
#define ZD_TEST_DB_H

#include "base/test.h"
#include "db/db.h"

/*
 * For the tests of every room: a fresh, migrated database for each test, on SQLite and on
 * PostgreSQL.
 *
 *	static void
 *	publishes_once(void **state)
 *	{
 *		struct test_db *t = *state;
 *
 *		assert_rc(&t->cx, catalog_app_publish_item(&t->cx, t->db, code), ZD_OK);
 *	}
 *
 *	int
 *	main(void)
 *	{
 *		const struct CMUnitTest tests[] = {
 *			test_on_both(publishes_once, fill),	fill: void (struct test_db *), or
 * NULL
 *		};
 *		return cmocka_run_group_tests(tests, NULL, NULL);
 *	}
 *
 * PostgreSQL is the cluster named by ZD_TEST_PG (a URL of its database postgres), or one that
 * test/pg.sh starts and keeps for ten minutes. Link with test_db_dep.
 */
struct test_db {
	enum db_dialect dialect;
	struct zd_cx cx; /* 2026-03-02, 10:00 in Shanghai; the system acts */
	struct db *db;
	char *url; /* for second connections and pools */
	void *fix; /* the test's own; NULL */
};

typedef void test_db_fix_fn(struct test_db *t);
struct test_db_how {
	enum db_dialect dialect;
	test_db_fix_fn *fix;
};

int test_db_setup(void **state); /* *state is a struct test_db_how */
int test_db_teardown(void **state);

#define test_on(dialect_name, test, fix)                                                           \
	{                                                                                          \
#test " " #dialect_name, test, test_db_setup, test_db_teardown,                    \
			&(struct test_db_how)                                                      \
		{                                                                                  \
			dialect_name, fix                                                          \
		}                                                                                  \
	}
#define test_on_both(test, fix) test_on(DB_SQLITE, test, fix), test_on(DB_POSTGRES, test, fix)

/* Another connection to the test's database; close it before the test ends. */
struct db *test_db_again(struct test_db *t);

/*
 * Fails the 1st, 2nd, … nth database call of `call` until it goes through undisturbed. After each
 * failure the call must have said so, and `check` must find that nothing happened; after the last,
 * that all did. Returns how many database calls there were. `call` must do the same work each time
 * it is tried.
 */
typedef enum zd_rc test_call_fn(struct test_db *t, void *arg);
typedef void test_check_fn(struct test_db *t, bool done, void *arg);
int test_fault_loop(struct test_db *t, test_call_fn *call, test_check_fn *check, void *arg);

/* Every statement prepares, with the parameters and columns that it declares. */
void test_prepares(struct test_db *t, const struct db_stmt *const *stmts, size_t n);

/*
 * Whether the plan reads the whole of a table (by the name or alias that it has in the statement).
 * SQLite says SCAN of a walk along the primary key too, even if a limit ends it.
 */
bool test_plan_scans(const struct test_db *t, struct zd_str plan, const char *name);

#endif
