#ifndef ZD_PAGE_QUERY_H
#define ZD_PAGE_QUERY_H

#include "base/zd.h"

/* The query string of a list, read strictly. */
#define QUERY_MAX 32

struct query_param {
	struct zd_str name, value;
};
struct query {
	struct query_param params[QUERY_MAX];
	size_t n;
};

/*
 * Decodes "a=1&b=%E5%B8%82"; '+' is a blank. Parameters without a value are left out (forms send
 * every field). ZD_INVALID: a bad escape, no UTF-8, a control character, a name twice, more than
 * QUERY_MAX.
 */
enum zd_rc query_parse(struct zd_cx *cx, struct zd_str raw, struct query *ret) ZD_CHECKED;
struct zd_str query_get(const struct query *query, struct zd_str name); /* or absent */
/* "?a=1&b=2" or "?": percent-encoded, not escaped for HTML. */
struct zd_str query_format(struct zd_arena *arena, const struct query *query);
/* A copy with the parameter set, or taken out if value is absent. */
struct query query_with(const struct query *query, struct zd_str name, struct zd_str value);

#endif
