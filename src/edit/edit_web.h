#ifndef ZD_EDIT_WEB_H
#define ZD_EDIT_WEB_H

#include "edit/edit_app.h"
#include "http/http.h"

/* /desk/records/… and /api/v1/records/…: any record seen, added, changed and removed. */
extern const struct http_route edit_routes[];

#endif
