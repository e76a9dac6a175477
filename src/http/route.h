#ifndef ZD_HTTP_ROUTE_H
#define ZD_HTTP_ROUTE_H

#include "http/http.h"

/* The tables, checked at start and put in the order of matching. Immutable afterwards. */
struct http_router {
	const struct http_route *
		*routes; /* words before {params}, so the first match is the closest */
	size_t n;
};
#define HTTP_PARAMS_MAX 64
#define HTTP_SEGMENTS_MAX 16

enum zd_rc http_router_make(struct zd_cx *cx, const struct http_route *const *tables,
			    struct http_router *ret) ZD_CHECKED;

struct http_match {
	const struct http_route *route; /* NULL: none */
	unsigned allowed;               /* bits (1 << enum http_method) that the path knows */
	struct zd_str values[HTTP_SEGMENTS_MAX]; /* of the {params}, in the order of the path */
};
/* Path decoded; HEAD asks as HTTP_GET. */
struct http_match http_router_find(const struct http_router *router, enum http_method method,
				   struct zd_str path);

/* The next segment of a path or of a route's pattern; false at the end. */
bool http_segment_next(struct zd_str *rest, struct zd_str *ret);
/* The name within "{name}", or absent. */
struct zd_str http_segment_param(struct zd_str segment);

const char *http_method_name(enum http_method method);
/* HTTP_END if the name is none of ours. */
enum http_method http_method_of(struct zd_str name);
size_t http_type_size(enum http_type type);

#endif
