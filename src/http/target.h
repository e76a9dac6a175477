#ifndef ZD_HTTP_TARGET_H
#define ZD_HTTP_TARGET_H

#include "base/zd.h"

/* The request target and the pairs of queries and forms: pure functions of bytes from outside. */

struct http_target {
	struct zd_str
		path; /* decoded once; no empty, "." or ".." segment, no control, no backslash */
	struct zd_str query; /* as sent; absent without '?' */
};
/* NULL, or what is wrong (a literal). */
const char *http_target_parse(struct zd_arena *arena, struct zd_str raw, struct http_target *ret);

struct http_pair {
	struct zd_str name, value;
};
/*
 * The next pair of an application/x-www-form-urlencoded text, decoded into the arena; *rest moves
 * on. False at the end, or with *ret_fault set (a literal).
 */
bool http_pair_next(struct zd_arena *arena, struct zd_str *rest, struct http_pair *ret,
		    const char **ret_fault);

/* The media type in lower case, without parameters ("text/csv"), in the arena; absent if malformed.
 */
struct zd_str http_media_type(struct zd_arena *arena, struct zd_str content_type);

/* Does an Accept header let this media type be sent? Absent, empty or malformed: yes, as if there were none. */
bool http_accepts(struct zd_str accept, struct zd_str type);

bool http_is_token(struct zd_str s); /* RFC 9110 5.6.2; not empty */
bool http_equal_nocase(struct zd_str a, struct zd_str b);

#endif
