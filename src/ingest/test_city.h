#ifndef ZD_TEST_CITY_H
#define ZD_TEST_CITY_H

#include "db/test_db.h"
#include "ingest/ingest_app.h"

/*
 * For the tests of ingest: a city with an item of inspection and one of penalty that a department claimed, one list, two officers, and rows of
 * inspections that are good there.
 */
struct city {
	struct standard_set *set;
	struct db_pool *pool;
	struct ingest_env env;
	const struct standard *check, *punish;
	int64_t dept;
};
extern const char city_item[], city_list[];
extern const char city_penalty[]; /* claimed too, of another kind of power */
#define CITY_DAY "2024-05-20"

struct city *city_build(struct test_db *t, int64_t dept);
/* One record of a standard, in the open transaction; pairs of field and value end at NULL. */
void city_put_record(struct test_db *t, struct city *c, const char *standard, int64_t dept,
		     const char *const *pairs);
/* One NDJSON row; extra is put before the closing brace. */
void city_put_row(struct zd_out *out, const char *code, const char *name, const char *result,
		  const char *extra);
/* n rows, each on its own day so that none merges with another; every tenth (from the fourth) has a bad result code. */
struct zd_str city_rows(struct test_db *t, int n, bool bad);
int city_file(struct zd_str text); /* a file in memory that holds the text */

#endif
