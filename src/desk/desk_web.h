#ifndef ZD_DESK_WEB_H
#define ZD_DESK_WEB_H

#include <inttypes.h>
#include <string.h>

#include "desk/desk_app.h"
#include "page/page.h"

/* /desk (待办), /desk/search and their API. */
extern const struct http_route desk_routes[];

/* The manual: /desk/help, a chapter each, and the reference of the interfaces (/api/v1/reference). */
extern const struct http_route help_routes[];
extern const struct embed_file manual_files[]; /* docs/manual as HTML, in the order of the contents */

/* For struct page_site: how many things wait for the actor. */
int64_t desk_waiting_for(struct zd_cx *cx, const struct http_request *req);

/* One group of what was found. */
struct desk_hit {
	struct zd_str title, href, code, text;
};
struct desk_group {
	const char *name, *title;
	struct desk_hit *hits;
	size_t n;
	struct zd_str all; /* the list with the same question */
};

/* desk.html */
void desk_groups_html(struct zd_out *out, const struct desk_group *groups, size_t n);
void desk_links_html(struct zd_out *out, uint32_t roles);
/* Who may do what a chapter is about: from the table of routes. */
struct desk_may {
	struct zd_str about, path, who;
};
void desk_may_html(struct zd_out *out, const struct desk_may *may, size_t n);
struct desk_chapter {
	struct zd_str name, title;
};
void desk_chapters_html(struct zd_out *out, const struct desk_chapter *chapters, size_t n, struct zd_str here);
void desk_search_html(struct zd_out *out, struct zd_str query);

#endif
