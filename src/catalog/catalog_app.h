#ifndef ZD_CATALOG_APP_H
#define ZD_CATALOG_APP_H

#include "catalog/catalog.h"
#include "db/db.h"

/* The city's first day, from which L1 has no exception, and whether older records still go to quarantine. */
struct catalog_city {
	int32_t first_day;
	int32_t quarantine_open; /* 0 or 1 */
	int64_t revision;        /* rises with every change of the catalogue */
};
enum zd_rc catalog_app_city(struct zd_cx *cx, struct db *db, struct catalog_city *ret) ZD_CHECKED;

/* The snapshot for judging dept's records: events of items and of that department's claims, lists, its officers. */
enum zd_rc catalog_app_load(struct zd_cx *cx, struct db *db, int64_t dept,
			    struct catalog_snapshot *ret) ZD_CHECKED;

#endif
