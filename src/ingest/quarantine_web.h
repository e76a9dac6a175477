#ifndef ZD_QUARANTINE_WEB_H
#define ZD_QUARANTINE_WEB_H

#include <string.h>

#include "ingest/ingest_web.h"
#include "ingest/quarantine_app.h"

/* First-day history: what waits, why, its release, and the city's first day. */
extern const struct http_route quarantine_routes[];

/* For quarantine.html. */
struct quarantine_line {
	struct quarantine_group group;
	struct zd_str standard_title, item_name, href;
	struct zd_str why; /* absent: it can be released */
};
struct quarantine_board {
	const struct http_request *req;
	struct zd_arena *arena;
	const struct quarantine_line *lines;
	size_t n;
	bool all;      /* shows departments */
	bool releases; /* the reader may release */
};
void quarantine_board_html(struct zd_out *out, const struct quarantine_board *board);

/* "2019-03 至 2024-11" */
struct zd_str quarantine_months(struct zd_arena *arena, int64_t first, int64_t last);

#endif
