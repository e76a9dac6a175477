/* The query of a list and the Accept header: a query that is taken reads the same when it is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "http/target.h"
#include "page/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_again(struct zd_cx *cx, const struct query *query)
{
	struct query again;
	struct zd_str text = query_format(cx->arena, query);

	if (text.n < 1 || text.p[0] != '?')
		abort();
	struct zd_str rest = { text.p + 1, text.n - 1 };
	if (query_parse(cx, rest, &again) != ZD_OK || again.n != query->n)
		abort();
	for (size_t i = 0; i < again.n; i++)
		if (!zd_str_equal(again.params[i].name, query->params[i].name) ||
		    !zd_str_equal(again.params[i].value, query->params[i].value))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(16 << 20);
	struct zd_cx cx = { .arena = arena };
	struct zd_str text = { (const char *)data, size };
	struct query query;

	(void)http_accepts(text, ZD_STR("application/json"));
	if (size <= 8192 && query_parse(&cx, text, &query) == ZD_OK)
		try_again(&cx, &query);
	return 0;
}
