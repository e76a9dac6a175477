/* Targets and forms: a path that is taken has no way up, a pair that is taken is UTF-8 without NUL. */
#include <stdlib.h>
#include <string.h>

#include "http/params.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_target(struct zd_arena *arena, struct zd_str raw)
{
	struct http_target target;

	if (http_target_parse(arena, raw, &target))
		return;
	struct zd_str rest = target.path, segment;
	while (http_segment_next(&rest, &segment))
		if (zd_str_equal(segment, ZD_STR("..")) || zd_str_equal(segment, ZD_STR(".")) ||
		    (segment.n &&
		     (memchr(segment.p, '\0', segment.n) || memchr(segment.p, '\\', segment.n))))
			abort();
}

static void
try_pairs(struct zd_arena *arena, struct zd_str rest)
{
	struct http_pair pair;
	const char *fault = NULL;

	while (http_pair_next(arena, &rest, &pair, &fault))
		if (!pair.name.n || zd_utf8_check(pair.value) < pair.value.n ||
		    (pair.value.n && memchr(pair.value.p, '\0', pair.value.n)))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	struct zd_str text = { (const char *)data, size };

	try_target(arena, text);
	try_pairs(arena, text);
	(void)http_media_type(arena, text);
	struct zd_str name = http_clean_filename(arena, text);
	if (name.n &&
	    (memchr(name.p, '/', name.n) || name.p[0] == '.' || zd_utf8_check(name) < name.n))
		abort();
	return 0;
}
