#ifndef ZD_SUBJECT_WEB_H
#define ZD_SUBJECT_WEB_H

#include "http/http.h"

/* /desk/subjects/… and /api/v1/subjects/…. */
extern const struct http_route subject_routes[];

#endif
