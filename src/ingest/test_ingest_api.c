/* Batches over HTTP: what comes in by the API, what goes back, on both databases. */
#include <stdio.h>
#include <stdlib.h>

#include "ingest/ingest_web.h"
#include "ingest/standards_web.h"
#include "ingest/test_city.h"
#include "page/test_serve.h"
#include "table/table.h"

struct site {
	struct city *city;
	struct serve s;
	int64_t dept, other;
	struct serve_who key, officer, platform, stranger;
};

static const struct http_route *const tables[] = { ingest_api_routes, standards_routes,
						   http_builtin_routes, NULL };

static void
build(struct test_db *t)
{
	struct site *site = zd_new(t->cx.arena, struct site);

	t->fix = site;
	zd_cx_now(&t->cx); /* as the server's clock */
	site->dept = test_trust_dept(t, "1101");
	site->other = test_trust_dept(t, "1102");
	test_trust_person(t, "officer", TRUST_DATA_OFFICER, site->dept);
	test_trust_person(t, "stranger", TRUST_DATA_OFFICER, site->other);
	test_trust_person(t, "platform", TRUST_PLATFORM, 0);
	site->city = city_build(t, site->dept);
	serve_start(t, site->city->set, site->city->pool, tables, &site->s);
	site->key = serve_key(t, &site->s, site->dept, 2);
	site->officer = serve_sign_in(t, &site->s, "officer");
	site->platform = serve_sign_in(t, &site->s, "platform");
	site->stranger = serve_sign_in(t, &site->s, "stranger");
}

static void
demolish(struct test_db *t)
{
	struct site *site = t->fix;

	serve_stop(&site->s);
	db_pool_close(site->city->pool);
}

#define SEND "/api/v1/batches?standard=check_action"

static struct serve_answer
send(struct site *site, const struct serve_who *who, const char *headers, struct zd_str body)
{
	return serve_post(&site->s, who, SEND, headers, body);
}

static struct serve_answer
get_f(struct site *site, const struct serve_who *who, const char *format, int64_t id)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "/api/v1/batches/%lld%s", (long long)id, format);
	return serve_get(&site->s, who, path);
}

static void
a_key_sends_rows_and_reads_what_was_refused(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a = send(site, &site->key, "", city_rows(t, 100, true));

	assert_status(a, 200);
	assert_int_equal(serve_number(a.body, "accepted"), 90);
	assert_int_equal(serve_number(a.body, "rejected"), 10);
	int64_t id = serve_number(a.body, "batch");
	a = get_f(site, &site->key, "/errors", id);
	assert_status(a, 200);
	assert_has(a.head, "application/x-ndjson");
	assert_has(a.body, "{\"row\":4,\"line\":4,");
	assert_has(a.body, "\"check_result\":\"77\"");
	assert_has(a.body, "\"state\":\"outstanding\"");
	a = get_f(site, &site->key, "/workbook", id);
	assert_status(a, 200);
	assert_has(a.body, "JC000003");
	/* repaired, and nothing is left */
	a = send(site, &site->key, "", city_rows(t, 100, false));
	assert_int_equal(serve_number(a.body, "accepted"), 10);
	assert_int_equal(serve_number(a.body, "unchanged"), 90);
	a = get_f(site, &site->key, "", id);
	assert_int_equal(serve_number(a.body, "outstanding"), 0);
	assert_int_equal(get_f(site, &site->key, "/errors", id).body.n, 0);
	assert_has(get_f(site, &site->key, "/errors?all=1", id).body, "\"state\":\"superseded\"");
	assert_status(get_f(site, &site->key, "/workbook", id), 404);
	demolish(t);
}

static void
a_batch_key_is_taken_once(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	static const char key[] = "Idempotency-Key: 2024-05\r\n";
	struct serve_answer first = send(site, &site->key, key, city_rows(t, 20, false));
	struct serve_answer again = send(site, &site->key, key, city_rows(t, 20, false));

	assert_int_equal(serve_number(first.body, "batch"), serve_number(again.body, "batch"));
	assert_has(first.body, "\"repeated\":false");
	assert_has(again.body, "\"repeated\":true");
	assert_status(send(site, &site->key, key, city_rows(t, 21, false)), 409);
	demolish(t);
}

static void
each_department_sends_and_sees_its_own(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct zd_str rows = city_rows(t, 10, true);
	struct serve_answer a = send(site, &site->officer, "", rows);

	assert_status(a, 200);
	int64_t id = serve_number(a.body, "batch");
	assert_status(get_f(site, &site->stranger, "", id), 404);
	assert_status(get_f(site, &site->stranger, "/errors", id), 404);
	assert_status(get_f(site, &site->stranger, "/workbook", id), 404);
	assert_status(get_f(site, &site->platform, "", id), 200);
	assert_status(serve_get(&site->s, NULL, "/api/v1/batches"), 401);
	assert_false(
		serve_has(serve_get(&site->s, &site->stranger, "/api/v1/batches").body, "\"id\""));
	assert_has(
		serve_get(&site->s, &site->platform, "/api/v1/batches?standard=check_action").body,
		"\"rejected\":1");
	/* the catalogue is the platform's, records are the departments' */
	assert_status(
		serve_post(&site->s, &site->officer, "/api/v1/batches?standard=sub_item", "", rows),
		403);
	assert_status(send(site, &site->platform, "", rows), 422);
	assert_status(serve_post(&site->s, &site->platform, SEND "&department=1101", "", rows),
		      200);
	assert_status(serve_post(&site->s, &site->platform, SEND "&department=9999", "", rows),
		      404);
	assert_status(serve_post(&site->s, &site->officer, SEND "&department=1102", "", rows), 403);
	demolish(t);
}

static void
validation_gives_the_same_verdicts_and_keeps_nothing(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a =
		serve_post(&site->s, &site->key, "/api/v1/validate?standard=check_action", "",
			   city_rows(t, 50, true));

	assert_status(a, 200);
	assert_int_equal(serve_number(a.body, "good"), 45);
	assert_int_equal(serve_number(a.body, "bad"), 5);
	assert_has(a.body, "{\"row\":4,\"line\":4,\"errors\":[{\"row\":4,");
	assert_has(serve_get(&site->s, &site->key, "/api/v1/batches").body, "\"rows\":[]");
	demolish(t);
}

/* --- bodies that nobody can use ------------------------------------------------------------ */

static struct zd_str
packed(struct test_db *t, struct site *site, struct zd_str plain, size_t cut)
{
	struct zd_str path = zd_str_printf(t->cx.arena, "%s/plain", site->s.dir);
	FILE *out = fopen(path.p, "wb");

	assert_int_equal(fwrite(plain.p, 1, plain.n, out), plain.n);
	(void)fclose(out);
	assert_int_equal(system(zd_str_printf(t->cx.arena, "gzip -9f %s", path.p).p), 0);
	char *bytes = zd_alloc(t->cx.arena, plain.n + 4096);
	FILE *in = fopen(zd_str_printf(t->cx.arena, "%s.gz", path.p).p, "rb");
	size_t n = fread(bytes, 1, plain.n + 4096, in);
	(void)fclose(in);
	return (struct zd_str){ bytes, n - cut };
}

static void
assert_unusable(struct site *site, struct zd_str body, int status, const char *word)
{
	struct serve_answer a = send(site, &site->key, "", body);

	assert_status(a, status);
	assert_has(a.body, word);
}

static void
bodies_that_cannot_be_used_say_why(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct zd_str rows = city_rows(t, 200, false);
	size_t bomb_n = (size_t)64 << 20;
	char *zeros = calloc(1, bomb_n);

	assert_non_null(zeros);
	memset(zeros, '0', bomb_n);
	assert_unusable(site, ZD_STR(""), 422, "请求体是空的");
	assert_unusable(site, ZD_STR("%PDF-1.7 x"), 422, "\"field\":\"file\"");
	assert_unusable(site, ZD_STR("检查行为编号,检察结果\nJC1,01\n"), 422, "检察结果");
	assert_unusable(site, packed(t, site, rows, 9), 422, "\"field\":\"file\"");
	assert_unusable(site, packed(t, site, (struct zd_str){ zeros, bomb_n }, 0), 413,
			"\"message\":");
	assert_status(send(site, &site->key, "", packed(t, site, rows, 0)), 200);
	assert_status(
		serve_post(&site->s, &site->key, "/api/v1/batches?standard=nothing", "", rows),
		404);
	assert_status(serve_post(&site->s, &site->key, "/api/v1/batches?standard=check_action&x=1",
				 "", rows),
		      400);
	/* rows that cannot be read are refused one by one; the others are stored */
	struct serve_answer a =
		send(site, &site->key, "",
		     ZD_STR("{\"check_action_code\":\"\xff\xfe\"}\n"
			    "{\"check_action_code\":{\"deep\":1}}\n{\"a\":1,\"a\":2}\n"));
	assert_status(a, 200);
	assert_int_equal(serve_number(a.body, "rejected"), 3);
	free(zeros);
	demolish(t);
}

/* --- standards ----------------------------------------------------------------------------- */

static void
standards_describe_themselves_to_anyone(void **state)
{
	struct test_db *t = *state;
	struct site *site = t->fix;
	struct serve_answer a = serve_get(&site->s, NULL, "/api/v1/standards");

	assert_status(a, 200);
	assert_has(a.body, "\"name\":\"check_action\"");
	for (size_t i = 0; i < standard_count(site->city->set); i++) {
		struct zd_str name = standard_at(site->city->set, i)->name;
		char path[160];
		(void)snprintf(path, sizeof(path), "/standards/%.*s", ZD_STR_ARG(name));
		assert_status(serve_get(&site->s, NULL, path), 200);
		(void)snprintf(path, sizeof(path), "/api/v1/standards/%.*s", ZD_STR_ARG(name));
		a = serve_get(&site->s, NULL, path);
		assert_status(a, 200);
		assert_has(a.body, "\"schema\":");
	}
	a = serve_get(&site->s, NULL, "/api/v1/standards/check_action/template");
	assert_status(a, 200);
	assert_int_equal(memcmp(a.body.p, "PK\x03\x04", 4), 0);
	assert_has(serve_get(&site->s, NULL, "/standards").body, "行政检查行为");
	a = serve_get(&site->s, NULL, "/standards?kind=5");
	assert_status(a, 200);
	assert_has(a.body, "href=\"/standards/random_plan\" data-row");
	assert_false(serve_has(a.body, "/standards/check_action\""));
	a = serve_get(&site->s, NULL, "/api/v1/standards?name=ACTION&sort=fields&limit=1");
	assert_has(a.body, "\"name\":\"punish_action\"");
	assert_false(serve_has(a.body, "check_action") || serve_has(a.body, "\"next\":null"));
	a = serve_get(&site->s, &site->officer, "/desk/standards?city=1&format=csv");
	assert_status(a, 200);
	assert_has(a.body, "监管事项清单");
	assert_false(serve_has(a.body, "行政检查行为"));
	a = serve_get(&site->s, NULL, "/standards?format=xlsx");
	assert_int_equal(memcmp(a.body.p, "PK\x03\x04", 4), 0);
	assert_status(serve_get(&site->s, NULL, "/standards?sort=order&after=999"), 422);
	assert_has(serve_get(&site->s, NULL, "/standards/codes/check_result").body, "在用");
	assert_status(serve_get(&site->s, NULL, "/standards/codes/nothing"), 404);
	assert_status(serve_get(&site->s, NULL, "/standards/nothing"), 404);
	assert_status(serve_get(&site->s, NULL, "/desk/standards"), 303);
	assert_status(serve_get(&site->s, &site->officer, "/desk/standards/check_action"), 200);
	demolish(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(a_key_sends_rows_and_reads_what_was_refused, build),
		test_on_both(a_batch_key_is_taken_once, build),
		test_on_both(each_department_sends_and_sees_its_own, build),
		test_on_both(validation_gives_the_same_verdicts_and_keeps_nothing, build),
		test_on_both(bodies_that_cannot_be_used_say_why, build),
		test_on(DB_SQLITE, standards_describe_themselves_to_anyone, build),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
