#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/event.h"
#include "base/json.h"
#include "base/test.h"

static struct zd_arena *arena;
static int pipes[2];

static int
set_up(void **state)
{
	(void)state;
	arena = zd_arena_new(1 << 20);
	return pipe(pipes);
}

static int
tear_down(void **state)
{
	(void)state;
	zd_arena_free(arena);
	close(pipes[0]);
	close(pipes[1]);
	zd_event_setup(EVENT_INFO, STDERR_FILENO);
	return 0;
}

/* What stands in the pipe. */
static struct zd_str
written(void)
{
	char *buf = zd_alloc(arena, 65536);
	ssize_t n = read(pipes[0], buf, 65536);

	assert_true(n > 0);
	return (struct zd_str){ buf, (size_t)n };
}

static struct zd_str
member(struct zd_str line, const char *name)
{
	struct json j = json_open(arena, line, JSON_UNIQUE);
	struct zd_str key, found = { 0 };

	assert_true(json_enter_object(&j));
	while (json_next_member(&j, &key)) {
		if (!zd_str_equal(key, zd_str_of(name)))
			continue;
		assert_true(json_peek(&j) == JSON_TEXT ? json_text(&j, &found)
						       : json_raw(&j, &found));
	}
	if (!json_end(&j))
		fail_msg("%s at %zu of %.*s", j.fault, j.fault_at, ZD_STR_ARG(line));
	return found;
}

static void
an_event_is_one_json_line(void **state)
{
	struct zd_cx cx = { .arena = arena, .request = ZD_STR("r1"), .actor = { .id = 42 } };
	(void)state;

	zd_event_setup(EVENT_INFO, pipes[1]);
	zd_event(&cx, EVENT_DEBUG, "not.told", EVENT_NONE);
	zd_event(&cx, EVENT_WARN, "job.slow",
		 EVENT_TEXT("who", ZD_STR("a\r\n{\"fake\":1}\x1B[31m\xE2\x80\xAEx\xFF\xC2\x9B监")),
		 EVENT_TEXT("none", (struct zd_str){ 0 }), EVENT_INT("ms", -9000));
	struct zd_str line = written();
	assert_ptr_equal(memchr(line.p, '\n', line.n), line.p + line.n - 1);
	assert_text(member(line, "level"), "warn");
	assert_text(member(line, "event"), "job.slow");
	assert_text(member(line, "request"), "r1");
	assert_text(member(line, "actor"), "42");
	assert_text(member(line, "ms"), "-9000");
	assert_text(member(line, "none"), "null");
	assert_int_equal(member(line, "time").n, 24);
	assert_text(member(line, "who"),
		    "a\r\n{\"fake\":1}\x1B[31m\xE2\x80\xAEx\xEF\xBF\xBD\xC2\x9B监");
	for (size_t i = 0; i < line.n - 1; i++)
		assert_true((unsigned char)line.p[i] >= 0x20);
	assert_null(memmem(line.p, line.n, "\xE2\x80\xAE", 3));
	assert_null(memmem(line.p, line.n, "\xC2\x9B", 2));
}

static void
a_long_event_is_cut_not_lost(void **state)
{
	char *big = zd_alloc(arena, 40000);
	(void)state;

	memset(big, 'x', 40000);
	zd_event_setup(EVENT_INFO, pipes[1]);
	zd_event(NULL, EVENT_ERROR, "big", EVENT_TEXT("v", ((struct zd_str){ big, 40000 })));
	struct zd_str line = written();
	assert_text(member(line, "event"), "big");
	assert_text(member(line, "cut"), "true");
}

static struct metric rows = {
	"zd_rows_total", "Rows judged.", METRIC_COUNTER, "verdict", { "good", "bad" }
};
static struct metric waiting = { "zd_waiting", "Waiting.", METRIC_GAUGE };
static struct metric took = { "zd_took_seconds", "Time taken.", METRIC_HISTOGRAM };
static struct metric *const list[] = { &rows, &waiting, &took, NULL };

static void *
count_many(void *arg)
{
	for (int i = 0; i < 10000; i++)
		zd_metric_add(arg, 1, 1);
	return NULL;
}

static void
metrics_are_prometheus_text(void **state)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	pthread_t threads[4];
	(void)state;

	zd_metrics_add(list);
	zd_metrics_add(list);
	for (size_t i = 0; i < N(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, &rows), 0);
	for (size_t i = 0; i < N(threads); i++)
		pthread_join(threads[i], NULL);
	zd_metric_set(&waiting, 0, 7);
	zd_metric_time(&took, 1);
	zd_metric_time(&took, 1500);
	zd_metric_time(&took, 999999);
	zd_metrics_text(&out);
	zd_out_write(&out, ((struct zd_str){ "", 1 }));
	assert_non_null(strstr(
		out.p, "# HELP zd_rows_total Rows judged.\n# TYPE zd_rows_total counter\n"
		       "zd_rows_total{verdict=\"good\"} 0\nzd_rows_total{verdict=\"bad\"} 40000\n"
		       "# HELP zd_waiting Waiting.\n# TYPE zd_waiting gauge\nzd_waiting 7\n"));
	assert_non_null(strstr(out.p, "zd_took_seconds_bucket{le=\"0.001\"} 1\n"));
	assert_non_null(strstr(out.p, "zd_took_seconds_bucket{le=\"1.000\"} 1\n"));
	assert_non_null(strstr(out.p, "zd_took_seconds_bucket{le=\"2.500\"} 2\n"));
	assert_non_null(strstr(out.p, "zd_took_seconds_bucket{le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(out.p, "zd_took_seconds_sum 1001.500\nzd_took_seconds_count 3\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_event_is_one_json_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_long_event_is_cut_not_lost, set_up, tear_down),
		cmocka_unit_test(metrics_are_prometheus_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
