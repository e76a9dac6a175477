#ifndef ZD_DESK_SEARCH_WEB_H
#define ZD_DESK_SEARCH_WEB_H

#include "http/http.h"

/* One search over subjects, items, officers and the numbers of actions. */
struct desk_search {
	struct zd_str q;
};
extern const struct http_param desk_search_params[];
enum zd_rc desk_search(struct zd_cx *cx, struct http_request *req,
		       struct http_reply *rep) ZD_CHECKED;

#endif
