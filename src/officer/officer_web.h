#ifndef ZD_OFFICER_WEB_H
#define ZD_OFFICER_WEB_H

#include "db/list.h"
#include "http/http.h"

/* /desk/officers/… and /api/v1/officers/…: people with a certificate of enforcement. */
extern const struct http_route officer_routes[];
extern const struct db_list officer_list;

#endif
