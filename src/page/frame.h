#ifndef ZD_PAGE_FRAME_H
#define ZD_PAGE_FRAME_H

#include <string.h>

#include "page/page.h"

/* What is drawn around a page; made once in page_begin. */
struct page_frame {
	const struct page *page;
	const struct page_action *actions; /* those of the page that its reader may do, or NULL */
	const struct http_request *req;
	const struct page_site *site;
	uint32_t roles;
	bool searches; /* the reader may use the search over all */
	struct zd_str person, account, dept;
	struct zd_str help; /* the chapter of the manual about this page */
	int64_t waiting;    /* ZD_NO_INT: not shown */
	struct zd_str waiting_text;
};

/* What of it the reader may do (may.c). The actions: in the arena, NULL if none is left. */
const struct page_action *page_may_actions(struct zd_cx *cx, const struct http_request *req,
					   const struct page_action *actions);
struct page_list page_may_list(struct zd_cx *cx, const struct http_request *req,
			       const struct page_list *list);

/* Addresses of assets, with their content's hash once page_site_set has been called. */
struct page_assets {
	struct zd_str tabler, style, theme, script, icon, icons;
};
extern struct page_assets page_assets;

void frame_desk_begin(struct zd_out *out, const struct page_frame *frame);
void frame_desk_end(struct zd_out *out, const struct page_frame *frame);
void frame_portal_begin(struct zd_out *out, const struct page_frame *frame);
void frame_portal_end(struct zd_out *out, const struct page_frame *frame);
void frame_bare_begin(struct zd_out *out, const struct page_frame *frame);
void frame_bare_end(struct zd_out *out, const struct page_frame *frame);

/* Why a page could not be shown, and what to do. */
struct page_trouble {
	int status;
	struct zd_str title, text, advice, reference;
	struct zd_str href, action;
	const struct http_fault *faults; /* each parameter that is wrong */
	size_t faults_n;
};
void error_html(struct zd_out *out, const struct page_trouble *trouble);

#endif
