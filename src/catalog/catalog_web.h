#ifndef ZD_CATALOG_WEB_H
#define ZD_CATALOG_WEB_H

#include <inttypes.h>
#include <string.h>

#include "catalog/catalog_read_app.h"
#include "view/view_web.h"

/* /desk/catalog/… and /api/v1/catalog/…. */
extern const struct http_route catalog_routes[];

/* The states of items and claims as badges, by the number of enum catalog_what. */
extern const struct page_choice catalog_states[], catalog_claim_states[];

/* catalog.html */
struct catalog_tree_main { /* a run of rows of one main item */
	const struct catalog_tree_row *rows;
	size_t n;
};
void catalog_tree_html(struct zd_out *out, const struct catalog_tree_main *mains, size_t n,
		       const struct page_choice *types);
void catalog_lists_html(struct zd_out *out, const struct catalog_about *about);
void catalog_claims_html(struct zd_out *out, const struct catalog_about *about);
void catalog_codes_html(struct zd_out *out, const struct zd_str *codes, const struct zd_str *names,
			size_t n);

#endif
