/*
 * desk_server DIR PORT ROLE [DEPT]: the desk's pages over an installation's SQLite database, signed in as a role
 * without asking, on the loopback: for looking at pages (test/desk_shots.sh). Never installed.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/action_web.h"
#include "base/app.h"
#include "base/embed.h"
#include "catalog/catalog_change_web.h"
#include "catalog/catalog_web.h"
#include "desk/desk_web.h"
#include "edit/edit_web.h"
#include "officer/officer_web.h"
#include "page/page.h"
#include "plan/plan_web.h"
#include "subject/subject_web.h"
#include "trust/trust.h"

static struct zd_actor actor = {
	.id = 7, .level = 2, .account = ZD_LIT("lin"), .name = ZD_LIT("林一")
};

static enum zd_rc
let_in(struct zd_cx *cx, struct http_request *req, const void *data)
{
	struct zd_str address = cx->actor.address;
	(void)data;

	cx->actor = actor;
	cx->actor.address = address;
	req->csrf = ZD_STR("token");
	return ZD_OK;
}

int
main(int argc, char **argv)
{
	static const struct http_route *const tables[] = {
		catalog_routes, catalog_change_routes, subject_routes,
		officer_routes, plan_routes,           action_routes,
		edit_routes,    desk_routes,           http_builtin_routes,
		NULL,
	};
	struct zd_cx cx = { .arena = zd_arena_new((size_t)512 << 20) };
	struct standard_set *set;
	struct app app = { 0 };
	struct http_server *server;
	struct page_site site = { .city = ZD_STR("东海市"), .version = ZD_STR("0.1.0") };
	sigset_t signals;
	int got;

	if (argc < 4)
		return 2;
	zd_cx_now(&cx);
	actor.roles = trust_role_find(zd_str_of(argv[3]));
	actor.dept = argc > 4 ? atoll(argv[4]) : 0;
	page_site_set(cx.arena, &site);
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (standard_load(&cx, &set) != ZD_OK ||
	    db_pool_open(&cx, zd_str_printf(cx.arena, "%s", argv[1]).p, 4, &app.pool) != ZD_OK) {
		fprintf(stderr, "%s\n", cx.err.text);
		return 1;
	}
	app.standards = set;
	const struct http_server_config config = {
		.listen = zd_str_printf(cx.arena, "127.0.0.1:%s", argv[2]),
		.tables = tables,
		.gate = let_in,
		.app = &app,
		.pool = app.pool,
		.spool_dir = "/tmp",
		.error_page = page_error,
		.assets = asset_files,
	};
	if (http_server_start(&cx, &config, &server) != ZD_OK) {
		fprintf(stderr, "%s\n", cx.err.text);
		return 1;
	}
	(void)sigwait(&signals, &got);
	http_server_stop(server);
	db_pool_close(app.pool);
	zd_arena_free(cx.arena);
	return 0;
}
