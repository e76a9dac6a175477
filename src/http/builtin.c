/* The routes that every program of ours has: health, metrics, the API's description, assets. */
#include <string.h>

#include "base/embed.h"
#include "base/json.h"
#include "crypto/crypto.h"
#include "http/server.h"

/* --- metrics
 * -------------------------------------------------------------------------------------------- */

static struct metric requests = { "zd_http_requests_total",
				  "Requests answered, by class of status.",
				  METRIC_COUNTER,
				  "status",
				  { "2xx", "3xx", "4xx", "5xx", "none" } };
static struct metric times = { "zd_http_request_seconds",
			       "Time from request line to end of answer.", METRIC_HISTOGRAM };
static struct metric connections = { "zd_http_connections", "Open connections.", METRIC_GAUGE };
static struct metric jobs = { "zd_http_jobs",
			      "Requests with the workers.",
			      METRIC_GAUGE,
			      "state",
			      { "waiting", "running" } };

struct metric *const http_metrics[] = { &requests, &times, &connections, &jobs, NULL };

void
http_count(int status, int64_t ms)
{
	zd_metric_add(&requests, status >= 200 && status < 600 ? (size_t)status / 100 - 2 : 4, 1);
	zd_metric_time(&times, ms);
}

void
http_gauges(struct http_server *server)
{
	int waiting, running;

	http_jobs_count(server, &waiting, &running);
	zd_metric_set(&jobs, 0, waiting);
	zd_metric_set(&jobs, 1, running);
	pthread_mutex_lock(&server->conns_lock);
	zd_metric_set(&connections, 0, server->conns_n);
	pthread_mutex_unlock(&server->conns_lock);
}

/* --- health and metrics
 * ---------------------------------------------------------------------------------- */

static enum zd_rc
show_health(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	http_check *check = req->server->config.check;
	struct json_writer w = { .out = &rep->out };

	enum zd_rc rc = check ? check(cx, req) : ZD_OK;
	if (rc != ZD_OK) {
		zd_event_error(cx, "http.unhealthy");
		rep->status = 503;
	}
	rep->type = "application/json";
	json_put_object(&w);
	json_put_member(&w, "status", rc == ZD_OK ? ZD_STR("ok") : ZD_STR("failed"));
	json_put_end(&w);
	return ZD_OK;
}

static bool
is_local(struct zd_str address)
{
	return zd_str_starts(address, ZD_STR("127.")) || zd_str_equal(address, ZD_STR("::1")) ||
	       zd_str_starts(address, ZD_STR("::ffff:127."));
}

static enum zd_rc
show_metrics(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	if (!is_local(cx->actor.address))
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "%s", http_status_text(404));
	http_gauges((struct http_server *)(uintptr_t)req->server);
	zd_metrics_text(&rep->out);
	return ZD_OK;
}

static enum zd_rc
show_openapi(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx;
	http_openapi(&rep->out, req->server->config.tables);
	return ZD_OK;
}

/* --- assets
 * ------------------------------------------------------------------------------------------------
 */

/* The hash of an embedded file, counted once. */
#define HASHES_MAX 512
static struct {
	const struct embed_file *file;
	char hex[17];
} hashes[HASHES_MAX];
static size_t hashes_n;
static pthread_mutex_t hashes_lock = PTHREAD_MUTEX_INITIALIZER;

static struct zd_str
count_hash(struct zd_arena *arena, const struct embed_file *file)
{
	struct sm3 h;

	sm3_of((struct zd_str){ file->bytes, file->n }, &h);
	return crypto_hex(arena, (struct zd_str){ (const char *)h.b, 8 });
}

static struct zd_str
hash_of(struct zd_arena *arena, const struct embed_file *file)
{
	struct zd_str hex = { 0 };

	pthread_mutex_lock(&hashes_lock);
	for (size_t i = 0; i < hashes_n && !hex.p; i++)
		if (hashes[i].file == file)
			hex = zd_str_copy(arena, zd_str_of(hashes[i].hex));
	if (!hex.p) {
		hex = count_hash(arena, file);
		if (hashes_n < HASHES_MAX) {
			hashes[hashes_n].file = file;
			memcpy(hashes[hashes_n++].hex, hex.p, hex.n);
		}
	}
	pthread_mutex_unlock(&hashes_lock);
	return hex;
}

static const struct embed_file *
find_asset(const struct embed_file *assets, struct zd_str name)
{
	for (; assets && assets->name; assets++)
		if (zd_str_equal(zd_str_of(assets->name), name))
			return assets;
	return NULL;
}

struct zd_str
http_asset_url(struct zd_arena *arena, const struct embed_file *assets, const char *name)
{
	const struct embed_file *file = find_asset(assets, zd_str_of(name));

	if (!file)
		return (struct zd_str){ 0 };
	struct zd_str hash = hash_of(arena, file);
	return zd_str_printf(arena, "/assets/%s?v=%.*s", name, ZD_STR_ARG(hash));
}

static const char *
type_of(struct zd_str name)
{
	static const struct {
		struct zd_str ending;
		const char *type;
	} types[] = {
		{ ZD_LIT(".css"), "text/css; charset=utf-8" },
		{ ZD_LIT(".js"), "text/javascript; charset=utf-8" },
		{ ZD_LIT(".mjs"), "text/javascript; charset=utf-8" },
		{ ZD_LIT(".svg"), "image/svg+xml" },
		{ ZD_LIT(".png"), "image/png" },
		{ ZD_LIT(".ico"), "image/x-icon" },
		{ ZD_LIT(".wasm"), "application/wasm" },
		{ ZD_LIT(".json"), "application/json" },
		{ ZD_LIT(".webmanifest"), "application/manifest+json" },
		{ ZD_LIT(".woff2"), "font/woff2" },
		{ ZD_LIT(".html"), "text/html; charset=utf-8" },
	};

	for (size_t i = 0; i < ZD_COUNT(types); i++) {
		struct zd_str e = types[i].ending;
		if (name.n > e.n && memcmp(name.p + name.n - e.n, e.p, e.n) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

struct asset_params {
	struct zd_str name, v;
};
static const struct http_param asset_params[] = {
	HTTP_PARAM_TEXT(struct asset_params, name, .about = "文件名", .min = 1, .max = 100,
			.required = true),
	HTTP_PARAM_TEXT(struct asset_params, v, .about = "内容的摘要", .max = 64),
	{ .name = NULL },
};

static enum zd_rc
show_asset(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct asset_params *params = req->params;
	const struct embed_file *file = find_asset(req->server->config.assets, params->name);

	if (!file)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "%s", http_status_text(404));
	rep->etag = hash_of(cx->arena, file);
	rep->type = type_of(params->name);
	rep->cache = zd_str_equal(params->v, rep->etag)
			     ? ZD_STR("public, max-age=31536000, immutable")
			     : ZD_STR("no-cache");
	zd_out_write(&rep->out, (struct zd_str){ file->bytes, file->n });
	return ZD_OK;
}

const struct http_route http_builtin_routes[] = {
	{ HTTP_GET,
	  "/health",
	  "服务是否正常",
	  { .access = HTTP_PUBLIC },
	  show_health,
	  .produces = "application/json" },
	{ HTTP_GET,
	  "/metrics",
	  "运行指标（仅限本机）",
	  { .access = HTTP_PUBLIC },
	  show_metrics,
	  .produces = "text/plain; version=0.0.4; charset=utf-8" },
	{ HTTP_GET,
	  "/api/v1/openapi.json",
	  "接口说明（OpenAPI）",
	  { .access = HTTP_PUBLIC },
	  show_openapi,
	  .produces = "application/json" },
	{ HTTP_GET,
	  "/assets/{name}",
	  "页面的样式、脚本和图标",
	  { .access = HTTP_PUBLIC },
	  show_asset,
	  .params = asset_params,
	  .params_size = sizeof(struct asset_params) },
	{ .method = HTTP_END },
};
