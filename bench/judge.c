/*
 * bench_judge [ROWS]: rows a second that one core judges: inspections of 33 fields (27 sent), with keys and days of
 * their own, every identifier, code list and rule at work, items and lists answered yes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "standard/standard.h"

#define DIFFERENT 1000
#define BLOCK 2000

static enum standard_answer
yes_item(void *arg, struct zd_str item, int64_t dept, int32_t day, struct zd_str *ret_why)
{
	(void)arg, (void)item, (void)dept, (void)day, (void)ret_why;
	return STANDARD_YES;
}

static enum standard_answer
yes_list(void *arg, struct zd_str list, struct zd_str item, int32_t day, struct zd_str *ret_why)
{
	(void)arg, (void)list, (void)item, (void)day, (void)ret_why;
	return STANDARD_YES;
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
fill(struct zd_arena *arena, const struct standard *std, int64_t row, struct zd_str *raw)
{
	int different = (int)(row % DIFFERENT);

	for (size_t i = 0; i < std->n_fields; i++)
		raw[i] = std->fields[i].exchange ? (struct zd_str){ 0 } : std->fields[i].example;
	raw[std->key] = zd_str_printf(arena, "JC%010" PRId64, row);
	raw[std->date] = zd_day_format(arena, 18000 + different);
	raw[std->merge[3]] = zd_str_printf(arena, "吴%" PRId64 ",郑一", row / DIFFERENT);
	raw[std->subject_name] = zd_str_printf(arena, "某市示例食品有限公司第%d分公司", different);
}

int
main(int argc, char **argv)
{
	int64_t rows = 1000000, good = 0;
	struct zd_cx cx = { .arena = zd_arena_new((size_t)1 << 30) };
	struct zd_arena *arena = zd_arena_new((size_t)1 << 30),
			*keep = zd_arena_new((size_t)1 << 30);
	struct standard_refs refs = { .item = yes_item, .list = yes_list };
	struct standard_set *set;
	double spent = 0;

	if ((argc > 1 && !zd_int_parse(zd_str_of(argv[1]), &rows)) ||
	    standard_load(&cx, &set) != ZD_OK)
		return 1;
	const struct standard *std = standard_find(set, ZD_STR("check_action"));
	struct standard_judge_config config = { .standard = std, .refs = &refs, .today = 20416 };
	struct standard_judge *judge = standard_judge_new(&config);
	for (int64_t at = 0; at < rows; at += BLOCK) {
		struct zd_str *raw = zd_new_array(keep, struct zd_str, BLOCK * std->n_fields);
		for (int64_t i = 0; i < BLOCK; i++)
			fill(keep, std, at + i, raw + (size_t)i * std->n_fields);
		double begun = seconds();
		for (int64_t i = 0; i < BLOCK && at + i < rows; i++) {
			struct standard_verdict v;
			standard_judge_row(judge, arena, (int)(at + i + 1), 'i',
					   raw + (size_t)i * std->n_fields, &v);
			good += v.good;
		}
		zd_arena_reset(arena);
		spent += seconds() - begun;
		zd_arena_reset(keep);
	}
	printf("{\"rows\":%" PRId64 ",\"good\":%" PRId64
	       ",\"rows_per_second\":%.0f,\"ns_per_row\":%.0f}\n",
	       rows, good, (double)rows / spent, spent * 1e9 / (double)rows);
	standard_judge_free(judge);
	zd_arena_free(keep);
	zd_arena_free(arena);
	zd_arena_free(cx.arena);
	return 0;
}
