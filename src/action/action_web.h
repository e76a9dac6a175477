#ifndef ZD_ACTION_WEB_H
#define ZD_ACTION_WEB_H

#include "http/http.h"

/* /desk/actions/… and /api/v1/actions/…. */
extern const struct http_route action_routes[];

#endif
