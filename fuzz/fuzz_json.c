/* The JSON cursor: what it takes as a whole it must take again piece by piece, and nothing may crash it. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every value pulled by its type, as a reader of unknown data would. */
static void
walk(struct json *j)
{
	struct zd_str s;
	int64_t v;
	bool b;

	switch (json_peek(j)) {
	case JSON_OBJECT:
		for (bool in = json_enter_object(j); in && json_next_member(j, &s);)
			walk(j);
		break;
	case JSON_ARRAY:
		for (bool in = json_enter_array(j); in && json_next_item(j);)
			walk(j);
		break;
	case JSON_TEXT:
		if (json_text(j, &s) && zd_utf8_check(s) < s.n)
			abort();
		break;
	case JSON_NUMBER: (void)json_int(j, &v); break;
	case JSON_BOOL: (void)json_bool(j, &b); break;
	case JSON_NULL: (void)json_null(j); break;
	case JSON_NONE: (void)json_skip(j); break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	struct zd_str text = { (const char *)data, size };
	struct json skipped = json_open(arena, text, JSON_UNIQUE), walked = skipped;
	bool whole = json_end(&skipped);
	int64_t line, column;

	walk(&walked);
	if (json_end(&walked) && !whole && !skipped.too_large)
		abort(); /* walking may refuse more (json_int), never less */
	json_place(text, skipped.fault_at, &line, &column);
	return 0;
}
