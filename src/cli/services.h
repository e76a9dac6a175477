#ifndef ZD_CLI_SERVICES_H
#define ZD_CLI_SERVICES_H

#include "http/http.h"
#include "job/job.h"

/* Everything that the server is put together from: one line a room in services.c. */
extern const struct http_route *const services_routes[]; /* ends at NULL */
extern const struct job_kind *const services_kinds[];
extern const struct job_time *const services_times[];

/* For /health: the database takes writes, the disk has room. */
enum zd_rc services_check(struct zd_cx *cx, const struct http_request *req) ZD_CHECKED;

/* Room on the disk of a directory, in bytes and in percent. */
enum zd_rc services_disk(struct zd_cx *cx, const char *dir, int64_t *ret_free,
			 int *ret_percent) ZD_CHECKED;

/* What each room counts, told to /metrics before the first request. */
void services_metrics_add(void);

#endif
