/*
 * rows SEED ACTIONS >rows.ndjson
 *
 * The inspections of the demo city's busiest department as it would report them, a line a row: what the
 * bench imports. A city made with the same seed (zhaodan init --demo --seed SEED) holds the items, lists and
 * officers that they cite.
 */
#include <stdio.h>
#include <stdlib.h>

#include "demo/demo.h"

#define DEPARTMENT 1

int
main(int argc, char **argv)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)1 << 30);
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = (size_t)1 << 30 };
	struct demo_size size = DEMO_DEFAULT;
	struct zd_cx cx = { 0 };
	int64_t seed, actions;

	if (argc != 3 || !zd_int_parse(zd_str_of(argv[1]), &seed) || !zd_int_parse(zd_str_of(argv[2]), &actions))
		return 2;
	zd_cx_now(&cx);
	size.seed = (uint64_t)seed;
	size.actions = actions;
	size.today = cx.today;
	const struct demo_city *city = demo_city_new(arena, &size);
	for (int month = 0; month <= size.months; month++) {
		out.n = 0;
		demo_put_actions(city, DEPARTMENT, "check_action", month, 1, &out);
		if (out.failed || fwrite(out.p, 1, out.n, stdout) != out.n)
			return 1;
	}
	return fflush(stdout) ? 1 : 0;
}
