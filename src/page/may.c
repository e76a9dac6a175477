/* What a page offers: only what the gate would let its reader do. */
#include "page/frame.h"
#include "trust/trust_gate.h"

bool
page_may(const struct zd_cx *cx, const struct http_request *req, enum http_method method,
	 struct zd_str href)
{
	const struct http_route *route =
		req->tables ? http_route_at(req->tables, method, href) : NULL;

	return !route || trust_gate_allows(&cx->actor, &route->policy);
}

const struct page_action *
page_may_actions(struct zd_cx *cx, const struct http_request *req,
		 const struct page_action *actions)
{
	size_t all = 0, n = 0;

	while (actions && actions[all].title.p)
		all++;
	struct page_action *kept = zd_new_array(cx->arena, struct page_action, all + 1);
	for (size_t i = 0; i < all; i++)
		if (page_may(cx, req, actions[i].post ? HTTP_POST : HTTP_GET, actions[i].href))
			kept[n++] = actions[i];
	return n ? kept : NULL;
}

/* An empty list still teaches, but leads only where its reader may go. */
static void
keep_way(const struct zd_cx *cx, const struct http_request *req, struct page_empty *empty)
{
	if (empty->href.p && !page_may(cx, req, HTTP_GET, empty->href))
		empty->href = (struct zd_str){ 0 };
}

static const struct page_bulk *
keep_bulks(struct zd_cx *cx, const struct http_request *req, const struct page_bulk *bulks)
{
	size_t all = 0, n = 0;

	while (bulks && bulks[all].title.p)
		all++;
	struct page_bulk *kept = zd_new_array(cx->arena, struct page_bulk, all + 1);
	for (size_t i = 0; i < all; i++)
		if (page_may(cx, req, HTTP_POST, bulks[i].path))
			kept[n++] = bulks[i];
	return n ? kept : NULL;
}

struct page_list
page_may_list(struct zd_cx *cx, const struct http_request *req, const struct page_list *list)
{
	struct page_list kept = *list;

	keep_way(cx, req, &kept.empty);
	keep_way(cx, req, &kept.nothing);
	kept.bulks = keep_bulks(cx, req, list->bulks);
	return kept;
}
