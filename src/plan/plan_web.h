#ifndef ZD_PLAN_WEB_H
#define ZD_PLAN_WEB_H

#include "db/list.h"
#include "http/http.h"

/*
 * /desk/plans/… and /api/v1/plans/…: the plans of random inspection 双随机 that departments report, and whom each has
 * drawn (国办发〔2015〕58号、国发〔2019〕5号).
 */
extern const struct http_route plan_routes[];
extern const struct db_list plan_list, plan_sample_list;

#endif
