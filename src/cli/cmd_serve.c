/* zhaodan serve: the server. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/event.h"
#include "base/json.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/integrity.h"
#include "cli/services.h"
#include "db/db.h"
#include "desk/desk_web.h"
#include "page/page.h"
#include "trust/audit.h"
#include "trust/trust_app.h"
#include "trust/trust_gate.h"

struct serve_args {
	struct zd_str listen;
};
static const struct cli_arg args[] = {
	CLI_ARG_TEXT(struct serve_args, listen, .value = "ADDR:PORT",
		     .about = "监听的地址和端口，默认取配置的 listen(127.0.0.1:8080)"),
	{ 0 },
};

/* --- before -------------------------------------------------------------------------------------- */

static enum zd_rc
tell_integrity(struct zd_cx *cx, const struct app *app, struct zd_str what)
{
	return app_note(cx, app,
			&(const struct audit_entry){ .act = "program.changed",
						     .object = ZD_STR("program"),
						     .detail = what,
						     .refused = app->config->integrity ==
								CONFIG_INTEGRITY_REFUSE });
}

static enum zd_rc
check_integrity(struct zd_cx *cx, struct cli_call *call, const struct app *app)
{
	enum integrity_verdict verdict;
	struct zd_str what;

	if (app->config->integrity == CONFIG_INTEGRITY_OFF)
		return ZD_OK;
	ZD_TRY(integrity_check(cx, app, &verdict, &what));
	if (verdict == INTEGRITY_SAME)
		return ZD_OK;
	ZD_TRY(tell_integrity(cx, app, what));
	if (app->config->integrity == CONFIG_INTEGRITY_REFUSE)
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "拒绝启动：%.*s。若是升级了程序或改了配置，请系统管理员确认后执行 "
			       "zhaodan doctor --accept。",
			       ZD_STR_ARG(what));
	zd_event(cx, EVENT_WARN, "program.changed", EVENT_TEXT("what", what));
	cli_say(call,
		"注意：%.*s。若是升级了程序或改了配置，请确认后执行 zhaodan doctor --accept。",
		ZD_STR_ARG(what));
	return ZD_OK;
}

/* What an earlier run left: uploads that nobody will finish. */
static void
empty_spool(const char *spool)
{
	DIR *dir = opendir(spool);
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) /* NOLINT(concurrency-mt-unsafe): no thread yet */
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
}

static enum zd_rc
read_tls(struct zd_cx *cx, const struct app_config *config, struct http_server_config *ret)
{
	if (!config->tls_cert.p != !config->tls_key.p)
		return zd_fail(cx, ZD_INVALID, "tls_cert", "tls_cert 和 tls_key 须同时配置。");
	if (!config->tls_cert.p)
		return ZD_OK;
	ZD_TRY(app_read_file(cx, zd_str_copy(cx->arena, config->tls_cert).p, &ret->tls_cert));
	return app_read_file(cx, zd_str_copy(cx->arena, config->tls_key).p, &ret->tls_key);
}

/* --- while ----------------------------------------------------------------------------------------- */

struct running {
	struct job_runner *jobs;
	struct http_server *http;
};

/* Requests first, then jobs: a request may wait for nothing that a job holds. */
static void
stop(struct running *running)
{
	http_server_stop(running->http);
	job_runner_stop(running->jobs);
	*running = (struct running){ 0 };
}

static struct zd_str
dept_name(struct zd_cx *cx, const struct http_request *req)
{
	struct trust_dept dept;

	if (!req->db || cx->actor.dept <= 0 ||
	    trust_dept_find(cx, req->db, cx->actor.dept, &dept) != ZD_OK)
		return (struct zd_str){ 0 };
	return dept.name;
}

static enum zd_rc
start(struct zd_cx *cx, const struct app *app, struct zd_str listen, struct running *ret)
{
	const struct job_config jobs = { .pool = app->pool,
					 .app = app,
					 .kinds = services_kinds,
					 .timetables = services_times,
					 .workers = (int)app->config->job_workers };
	struct http_server_config http = { .listen = listen,
					   .tables = services_routes,
					   .gate = trust_gate,
					   .error_page = page_error,
					   .assets = asset_files,
					   .app = app,
					   .pool = app->pool,
					   .spool_dir = app->spool,
					   .workers = (int)app->config->workers,
					   .check = services_check };

	const struct page_site site = { .city = app->config->city,
					.version = ZD_STR(ZD_VERSION),
					.dept_name = dept_name,
					.waiting = desk_waiting_for };

	page_site_set(cx->arena, &site);
	ZD_TRY(read_tls(cx, app->config, &http));
	services_metrics_add();
	ZD_TRY(job_runner_start(cx, &jobs, &ret->jobs));
	return http_server_start(cx, &http, &ret->http);
}

static void
tell_ready(struct cli_call *call, struct zd_str listen, int port)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1024 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	json_put_member(&w, "listen", listen);
	json_put_member_int(&w, "port", port);
	json_put_member_int(&w, "pid", getpid());
	json_put_end(&w);
	cli_line(call, &out);
}

/* What was staged since the sealer's last pass gets its place in the log, and the log its checkpoint. */
static void
seal_last(struct zd_cx *cx, const struct app *app)
{
	struct db *db;

	if (db_pool_take(cx, app->pool, DB_WRITE, &db) != ZD_OK)
		return;
	zd_cx_now(cx);
	if (audit_seal(cx, db, app->keys.log, app->origin, true, NULL) != ZD_OK)
		zd_event_error(cx, "audit.not_sealed");
	db_pool_give(app->pool, db);
}

static enum zd_rc
serve(struct zd_cx *cx, struct cli_call *call, const struct app *app)
{
	const struct serve_args *given = call->args;
	struct running running ZD_CLEANUP(stop) = { 0 };
	struct zd_str listen = given->listen.p ? given->listen : app->config->listen;
	sigset_t signals;
	int got;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before any thread is made */
	ZD_TRY(start(cx, app, listen, &running));
	tell_ready(call, listen, http_server_port(running.http));
	(void)sigwait(&signals, &got);
	zd_event(cx, EVENT_INFO, "server.stopping", EVENT_INT("signal", got));
	stop(&running);
	seal_last(cx, app);
	zd_event(cx, EVENT_INFO, "server.stopped", EVENT_INT("signal", got));
	return ZD_OK;
}

static void
close_lock(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum zd_rc
run_serve(struct zd_cx *cx, struct cli_call *call)
{
	const struct rlimit no_core = { 0 };
	struct app_place place = app_place(cx, call->globals->data, call->globals->db);
	struct app *app ZD_CLEANUP(app_drop) = NULL;
	int lock ZD_CLEANUP(close_lock) = -1;

	(void)setrlimit(RLIMIT_CORE, &no_core); /* keys are in our memory */
	enum zd_rc rc = app_configure(cx, &place, &app);
	if (rc == ZD_INVALID)
		call->usage = true;
	ZD_TRY(rc);
	ZD_TRY(app_lock(cx, app, &lock));
	ZD_TRY(app_open_migrating(cx, app));
	ZD_TRY(check_integrity(cx, call, app));
	empty_spool(app->spool);
	return serve(cx, call, app);
}

const struct cli_command cmd_serve[] = {
	{
		.name = "serve",
		.about = "启动服务",
		.help = "启动时把数据库升级到本程序的版本。/health 答 200 "
			"即就绪，此时标准输出打印一行。\n"
			"收到 SIGTERM 或 SIGINT 后不再接受新请求，做完手上的（至多 10 "
			"秒）再退出；没做完的任务回到队列。\n"
			"日志为 JSON，每行一个事件，写到标准错误；/metrics 只答本机。",
		.prints = "{\"listen\",\"port\",\"pid\"}",
		.needs = CLI_DIR,
		.args = args,
		.args_size = sizeof(struct serve_args),
		.run = run_serve,
	},
	{ 0 },
};
