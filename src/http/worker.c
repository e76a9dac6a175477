/* The workers: gate, parameters, handler. No MHD thread runs any of them. */
#include <string.h>

#include "db/db.h"
#include "http/server.h"

/* --- headers and filters for handlers
 * -------------------------------------------------------------- */

struct zd_str
http_header(const struct http_request *req, const char *name)
{
	for (size_t i = 0; i < req->headers_n; i++)
		if (http_equal_nocase(req->headers[i].name, zd_str_of(name)))
			return req->headers[i].value;
	return (struct zd_str){ 0 };
}

struct zd_str
http_query(struct zd_cx *cx, const struct http_request *req, const char *name)
{
	struct zd_str rest = req->query;
	struct http_pair pair;
	const char *fault = NULL;

	while (http_pair_next(cx->arena, &rest, &pair, &fault))
		if (zd_str_equal(pair.name, zd_str_of(name)))
			return pair.value;
	return (struct zd_str){ 0 };
}

struct zd_str
http_field(const struct http_request *req, struct zd_str name)
{
	for (size_t i = 0; i < req->fields_n; i++)
		if (zd_str_equal(req->fields[i].name, name))
			return req->fields[i].value;
	return (struct zd_str){ 0 };
}

/* --- connections
 * ------------------------------------------------------------------------------------ */

/* A connection for the time of one step (ZD_CLEANUP(db_give)); without a pool there is none. */
static enum zd_rc
take(struct http_exchange *ex, enum db_use use, struct db **ret)
{
	if (!ex->server->config.pool)
		return ZD_OK;
	ZD_TRY(db_pool_take(&ex->cx, ex->server->config.pool, use, ret));
	ex->req.db = *ret;
	return ZD_OK;
}

/* --- who asks
 * ------------------------------------------------------------------------------------------ */

static enum zd_rc
pass_gate(struct http_exchange *ex)
{
	const struct http_server_config *config = &ex->server->config;
	struct db *taken ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(take(ex, DB_READ, &taken));
	enum zd_rc rc = config->gate(&ex->cx, &ex->req, config->gate_data);
	ex->req.db = NULL;
	return rc;
}

/* The host of an Origin: "https://name:port"; absent for "null" and the like. */
static struct zd_str
origin_host(struct zd_str origin)
{
	struct zd_str https = ZD_STR("https://"), http = ZD_STR("http://");
	size_t n = zd_str_starts(origin, https)  ? https.n
		   : zd_str_starts(origin, http) ? http.n
						 : 0;

	return n ? (struct zd_str){ origin.p + n, origin.n - n } : (struct zd_str){ 0 };
}

/*
 * A change that a browser makes for its user must come from a page of ours: the browser says so in
 * Sec-Fetch-Site, older ones in Origin. Programs with a key have no cookie to be misused.
 */
static bool
is_from_our_page(struct http_exchange *ex)
{
	struct http_request *req = &ex->req;
	struct zd_str site = http_header(req, "Sec-Fetch-Site"),
		      origin = http_header(req, "Origin");

	if (req->route->method == HTTP_GET || (!req->by_cookie && req->route->body != HTTP_FORM))
		return true;
	if (site.p && !zd_str_equal(site, ZD_STR("same-origin")) &&
	    !zd_str_equal(site, ZD_STR("none")))
		return false;
	return !origin.p || http_equal_nocase(origin_host(origin), http_header(req, "Host"));
}

/* Without a body there is no field: the token must be in the header, and is looked at before
 * anything is read. */
static bool
wants_token_header(const struct http_exchange *ex)
{
	const struct http_route *route = ex->req.route;

	return route->method != HTTP_GET && ex->req.by_cookie && route->body != HTTP_FORM;
}

/* --- the two steps
 * ---------------------------------------------------------------------------------- */

/* "/signin?next=…" for people who are not signed in. */
static void
send_to_signin(struct http_exchange *ex)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 16384 };

	http_reply_drop(&ex->rep);
	ex->rep.out.max = 1024;
	zd_out_write(&out, ZD_STR("/signin"));
	if (ex->req.route->method == HTTP_GET) {
		zd_out_write(&out, ZD_STR("?next="));
		zd_out_url(&out, ex->uri);
	}
	ex->rep.location = zd_str_copy(ex->arena, zd_out_str(&out));
}

static void
answer_gate(struct http_exchange *ex, enum zd_rc rc)
{
	int status = rc == ZD_NOT_FOUND ? 401 : zd_rc_meaning(rc)->http_status;

	if (status == 401 && !ex->req.wants_json)
		send_to_signin(ex);
	else
		http_reply_error(ex, status);
}

/*
 * What the route sends is told by its declaration; who takes JSON can read at least our errors. A list chooses by
 * `format` in its query, and pages are for browsers, which take anything.
 */
static bool
is_acceptable(struct http_exchange *ex)
{
	const struct http_route *route = ex->match.route;

	if (!ex->req.wants_json || http_query(&ex->cx, &ex->req, "format").n)
		return true;
	return http_accepts(ex->req.accept, ZD_STR("application/json")) ||
	       (route->produces && http_accepts(ex->req.accept, zd_str_of(route->produces)));
}

/* Before the body: may he, does it come from us, can we read what he sends? True if all is well. */
static bool
step_gate(struct http_exchange *ex)
{
	if (ex->status) {
		http_reply_error(ex, ex->status);
		return false;
	}
	enum zd_rc rc = pass_gate(ex);
	if (rc != ZD_OK) {
		answer_gate(ex, rc);
		return false;
	}
	bool token_due = wants_token_header(ex) && !http_header(&ex->req, "X-CSRF").n;
	if (token_due || !is_from_our_page(ex)) {
		rc = zd_fail(&ex->cx, ZD_REFUSED, NULL,
			     "请求来源不明，未予执行。请从本系统的页面操作。");
		http_reply_error(ex, 403);
		return false;
	}
	int status = is_acceptable(ex) ? http_body_begin(ex) : 406;
	if (status) {
		http_reply_error(ex, status);
		return false;
	}
	return true;
}

static enum zd_rc
run_handler(struct http_exchange *ex)
{
	const struct http_route *route = ex->match.route;
	struct db *taken ZD_CLEANUP(db_give) = NULL;

	ZD_TRY(http_body_params(ex));
	ex->rep.out.max = (size_t)16 << 20;
	ZD_TRY(take(ex, route->method == HTTP_GET ? DB_READ : DB_WRITE, &taken));
	enum zd_rc rc = route->handle(&ex->cx, &ex->req, &ex->rep);
	ex->req.db = NULL;
	if (rc == ZD_OK && ex->rep.out.failed)
		return zd_fail(&ex->cx, ZD_FAILED, NULL, "输出超过上限。");
	return rc;
}

static void
step_handle(struct http_exchange *ex)
{
	ex->status = 0;
	enum zd_rc rc = run_handler(ex);
	if (rc == ZD_OK)
		return;
	int status = ex->status ? ex->status : zd_rc_meaning(rc)->http_status;
	http_reply_error(ex, status);
}

/* What this worker can do before the connection's thread must read on. */
static void
run(struct http_exchange *ex)
{
	zd_cx_now(&ex->cx);
	bool two_steps = ex->match.route && ex->match.route->method != HTTP_GET;
	if (ex->stage == STAGE_GATE) {
		if (!step_gate(ex)) {
			ex->response = http_reply_make(ex);
			return;
		}
		if (two_steps)
			return;
	}
	step_handle(ex);
	ex->response = http_reply_make(ex);
}

/* --- the queue
 * ------------------------------------------------------------------------------------------ */

void
http_jobs_count(struct http_server *server, int *ret_waiting, int *ret_running)
{
	pthread_mutex_lock(&server->jobs_lock);
	*ret_waiting = server->jobs_waiting;
	*ret_running = server->jobs_running;
	pthread_mutex_unlock(&server->jobs_lock);
}

bool
http_jobs_are_full(struct http_server *server)
{
	int waiting, running;

	http_jobs_count(server, &waiting, &running);
	return waiting >= server->limits.queue * server->workers_n;
}

void
http_jobs_put(struct http_server *server, struct http_exchange *ex)
{
	pthread_mutex_lock(&server->jobs_lock);
	ex->next = NULL;
	*server->jobs_end = ex;
	server->jobs_end = &ex->next;
	server->jobs_waiting++;
	pthread_cond_signal(&server->jobs_cond);
	pthread_mutex_unlock(&server->jobs_lock);
}

static struct http_exchange *
take_job(struct http_server *server)
{
	struct http_exchange *ex;

	pthread_mutex_lock(&server->jobs_lock);
	while (!server->jobs_first && !server->closing)
		pthread_cond_wait(&server->jobs_cond, &server->jobs_lock);
	ex = server->jobs_first;
	if (ex) {
		server->jobs_first = ex->next;
		if (!server->jobs_first)
			server->jobs_end = &server->jobs_first;
		server->jobs_waiting--;
		server->jobs_running++;
	}
	pthread_mutex_unlock(&server->jobs_lock);
	return ex;
}

void *
http_worker(void *arg)
{
	struct http_server *server = arg;

	for (struct http_exchange *ex; (ex = take_job(server));) {
		run(ex);
		struct MHD_Connection *mhd = ex->mhd; /* after resuming, ex is another thread's */
		MHD_resume_connection(mhd);
		pthread_mutex_lock(&server->jobs_lock);
		server->jobs_running--;
		pthread_mutex_unlock(&server->jobs_lock);
	}
	return NULL;
}
