/* Which chapter of the manual (docs/manual) a page's 帮助 opens. A page without one fails test/manual. */
#include <string.h>

#include "page/page.h"

/* The first that fits: the route's path is it, or goes on behind it with a '/'. */
static const struct help {
	const char *path, *chapter;
	bool only; /* this path alone */
} helps[] = {
	{ "/", "signin", true },
	{ "/signin", "signin" },
	{ "/signout", "signin" },
	{ "/activate", "signin" },
	{ "/desk", "home", true },
	{ "/desk/help", "index" },
	{ "/desk/me", "me" },
	{ "/desk/roles", "me" },
	{ "/desk/search", "search" },
	{ "/desk/catalog/change", "changes" },
	{ "/desk/catalog/claims", "claims" },
	{ "/desk/catalog/claims-by-department", "claims" },
	{ "/desk/catalog", "catalog" },
	{ "/desk/subjects", "subjects" },
	{ "/desk/officers", "officers" },
	{ "/desk/actions/{kind}/held", "quarantine" },
	{ "/desk/actions", "actions" },
	{ "/desk/plans", "plans" },
	{ "/desk/records/{standard}/release", "quarantine" },
	{ "/desk/records", "records" },
	{ "/desk/ingest", "ingest" },
	{ "/desk/batches/{id}/rows", "repair" },
	{ "/desk/batches", "batches" },
	{ "/desk/outstanding", "outstanding" },
	{ "/desk/quarantine", "quarantine" },
	{ "/desk/standards", "standards" },
	{ "/standards", "standards" },
	{ "/desk/people", "people" },
	{ "/desk/grants", "people" },
	{ "/desk/departments", "departments" },
	{ "/desk/keys", "departments" },
	{ "/desk/log", "log" },
	{ "/api/v1/reference", "reference" },
};

const char *
page_help_find(const char *route_path)
{
	struct zd_str path = zd_str_of(route_path);

	for (size_t i = 0; i < ZD_COUNT(helps); i++) {
		struct zd_str start = zd_str_of(helps[i].path);
		if (zd_str_equal(path, start) ||
		    (!helps[i].only && zd_str_starts(path, start) && path.p[start.n] == '/'))
			return helps[i].chapter;
	}
	return NULL;
}

struct zd_str
page_help_href(struct zd_arena *arena, const struct http_request *req)
{
	const char *chapter = req->route ? page_help_find(req->route->path) : NULL;

	if (!chapter)
		return ZD_STR("/desk/help");
	return zd_str_printf(arena, "/desk/help/%s", chapter);
}
