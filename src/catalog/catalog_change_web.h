#ifndef ZD_CATALOG_CHANGE_WEB_H
#define ZD_CATALOG_CHANGE_WEB_H

#include "catalog/catalog_web.h"

/* /desk/catalog/change/{what}: what a step would do, then the step; for one item or many. */
extern const struct http_route catalog_change_routes[];

/* The buttons of an item's page: the steps that the actor may take from where it stands. In the arena. */
const struct page_action *catalog_item_actions(struct zd_cx *cx, const struct catalog_about *about,
					       const struct view_sheet *sheet);

#endif
