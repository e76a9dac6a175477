/* Answers: every one carries the security headers; nothing from outside can break a header. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "http/server.h"

/* security.md 14.4; scripts may compile WebAssembly: the standards engine runs in the page. */
static const char *const security_headers[][2] = {
	{ "Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
				     "worker-src 'self'; style-src 'self'; "
				     "img-src 'self' blob: data:; connect-src 'self'; manifest-src "
				     "'self'; form-action 'self'; "
				     "frame-ancestors 'none'; base-uri 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), microphone=(), geolocation=()" },
};

void
http_reply_put_security(struct zd_out *out)
{
	for (size_t i = 0; i < ZD_COUNT(security_headers); i++)
		zd_out_printf(out, "%s: %s\r\n", security_headers[i][0], security_headers[i][1]);
}

static const struct {
	int status;
	const char *code, *text;
} statuses[] = {
	{ 400, "bad_request", "请求的格式不正确。" },
	{ 401, "not_signed_in", "请先登录。" },
	{ 403, "refused", "没有权限。" },
	{ 404, "not_found", "没有这个页面。请核对网址，或从首页进入。" },
	{ 405, "method_not_allowed", "此地址不支持这种请求方式。" },
	{ 406, "not_acceptable", "此地址不提供所要求（Accept）的内容类型。" },
	{ 411, "length_required", "请求没有说明内容的长度。" },
	{ 413, "too_large", "内容过大。" },
	{ 414, "too_long", "网址过长。" },
	{ 415, "unsupported_type", "不支持这种内容类型。" },
	{ 421, "wrong_host", "此服务器不提供这个域名的服务。" },
	{ 429, "too_often", "操作太频繁，请稍候一分钟再试。" },
	{ 431, "too_large", "请求头过大。" },
	{ 500, "failed", "系统出错，已记录。" },
	{ 501, "not_implemented", "不支持这种请求方式。" },
	{ 503, "busy", "系统繁忙，请稍后再试。" },
	{ 507, "no_space", "服务器存储空间不足。" },
};

const char *
http_status_text(int status)
{
	for (size_t i = 0; i < ZD_COUNT(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return "请求未能完成。";
}

static const char *
code_of(const struct http_exchange *ex, int status)
{
	const struct zd_rc_meaning *meaning = zd_rc_meaning(ex->cx.err.rc);

	if (meaning->http_status == status)
		return meaning->name;
	for (size_t i = 0; i < ZD_COUNT(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].code;
	return meaning->name;
}

void
http_reply_drop(struct http_reply *rep)
{
	zd_out_drop(&rep->out);
	if (rep->fd >= 0)
		(void)close(rep->fd);
	*rep = (struct http_reply){ .fd = -1 };
}

static void
put_refused(struct json_writer *w, const struct http_refused *refused)
{
	json_put_member(w, "value", refused->value);
	json_put_member(w, "nearest", refused->nearest);
	json_put_name(w, "choices");
	json_put_array(w);
	for (size_t i = 0; i < refused->n; i++) {
		json_put_object(w);
		json_put_member(w, "value", refused->choices[i].value);
		json_put_member(w, "name", refused->choices[i].name);
		json_put_end(w);
	}
	json_put_end(w);
}

static void
json_error(struct http_exchange *ex, int status)
{
	struct json_writer w = { .out = &ex->rep.out };

	json_put_object(&w);
	json_put_name(&w, "error");
	json_put_object(&w);
	json_put_member(&w, "code", zd_str_of(code_of(ex, status)));
	json_put_member(&w, "field", zd_str_of(ex->cx.err.field));
	json_put_member(&w, "message", zd_str_of(ex->cx.err.text));
	json_put_member(&w, "request", ex->cx.request);
	if (ex->req.refused.n)
		put_refused(&w, &ex->req.refused);
	if (ex->req.faults_n > 1) {
		json_put_name(&w, "all");
		json_put_array(&w);
		for (size_t i = 0; i < ex->req.faults_n; i++) {
			json_put_object(&w);
			json_put_member(&w, "field", zd_str_of(ex->req.faults[i].field));
			json_put_member(&w, "message", ex->req.faults[i].text);
			json_put_end(&w);
		}
		json_put_end(&w);
	}
	json_put_end(&w);
	json_put_end(&w);
	ex->rep.type = "application/json";
}

static void
plain_error(struct http_exchange *ex)
{
	ex->rep.type = "text/plain; charset=utf-8";
	zd_out_printf(&ex->rep.out, "%s\n编号：%.*s\n", ex->cx.err.text,
		      ZD_STR_ARG(ex->cx.request));
}

/* What is our fault is logged in full, shown as a reference only. */
static void
hide_failure(struct http_exchange *ex)
{
	zd_event_error(&ex->cx, "http.failed");
	(void)snprintf(ex->cx.err.text, sizeof(ex->cx.err.text),
		       "系统出错，已记录，编号 %.*s。请稍后再试，或把编号告诉系统管理员。",
		       ZD_STR_ARG(ex->cx.request));
	ex->cx.err.field = NULL;
}

void
http_reply_error(struct http_exchange *ex, int status)
{
	http_handler *page = ex->server->config.error_page;

	http_reply_drop(&ex->rep);
	ex->rep.out.max = (size_t)16 << 20;
	if (!ex->cx.err.text[0])
		(void)snprintf(ex->cx.err.text, sizeof(ex->cx.err.text), "%s",
			       http_status_text(status));
	if (status == 500)
		hide_failure(ex);
	ex->rep.status = status;
	if (ex->req.wants_json) {
		json_error(ex, status);
		return;
	}
	struct zd_err err = ex->cx.err;
	if (page && page(&ex->cx, &ex->req, &ex->rep) == ZD_OK && !ex->rep.out.failed) {
		ex->rep.status = status;
		ex->rep.location = (struct zd_str){ 0 };
		return;
	}
	ex->cx.err = err;
	http_reply_drop(&ex->rep);
	ex->rep.out.max = 4096;
	ex->rep.status = status;
	plain_error(ex);
}

/* --- headers
 * ------------------------------------------------------------------------------------------ */

static void
add(struct MHD_Response *response, const char *name, const char *value)
{
	/* Refused values hold a line end; none of ours can, and losing the header is the safe
	 * answer. */
	(void)MHD_add_response_header(response, name, value);
}

static void
add_str(struct http_exchange *ex, struct MHD_Response *response, const char *name,
	struct zd_str value)
{
	add(response, name, zd_str_copy(ex->arena, value).p);
}

static bool
is_clean(struct zd_str s, const char *more)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!plain && (!c || !strchr(more, c)))
			return false;
	}
	return true;
}

/* A path of our own: one slash, nothing a browser would take for another host. */
static bool
is_own_path(struct zd_str s)
{
	if (!s.n || s.p[0] != '/' || (s.n > 1 && (s.p[1] == '/' || s.p[1] == '\\')))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7F ||
		    s.p[i] == '\\')
			return false;
	return true;
}

static void
add_cookie(struct http_exchange *ex, struct MHD_Response *response)
{
	struct zd_str v = ex->rep.set_cookie;

	if (!v.p || !is_clean(v, "-_."))
		return;
	struct zd_str cookie = zd_str_printf(
		ex->arena, "__Host-sid=%.*s; Path=/; Secure; HttpOnly; SameSite=Strict%s",
		ZD_STR_ARG(v), v.n ? "" : "; Max-Age=0");
	add(response, "Set-Cookie", cookie.p);
}

/* RFC 6266 with the name of RFC 8187 beside a plain one for old readers. */
static void
add_attachment(struct http_exchange *ex, struct MHD_Response *response)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	struct zd_str name = http_clean_filename(ex->arena, ex->rep.attachment);

	if (!name.n)
		name = ZD_STR("download");
	zd_out_write(&out, ZD_STR("attachment; filename=\""));
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		if (((unsigned char)c & 0xC0) == 0x80)
			continue;
		bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%';
		zd_out_write(&out, plain ? (struct zd_str){ &c, 1 } : ZD_STR("_"));
	}
	zd_out_write(&out, ZD_STR("\"; filename*=UTF-8''"));
	zd_out_url(&out, name);
	add_str(ex, response, "Content-Disposition", zd_out_str(&out));
}

static void
add_allow(struct http_exchange *ex, struct MHD_Response *response)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 100 };

	for (unsigned m = HTTP_GET; m <= HTTP_DELETE; m++) {
		if (!(ex->match.allowed >> m & 1))
			continue;
		zd_out_printf(&out, "%s%s%s", out.n ? ", " : "",
			      http_method_name((enum http_method)m), m == HTTP_GET ? ", HEAD" : "");
	}
	add_str(ex, response, "Allow", zd_out_str(&out));
}

static void
add_fixed(struct http_exchange *ex, struct MHD_Response *response)
{
	for (size_t i = 0; i < ZD_COUNT(security_headers); i++)
		add(response, security_headers[i][0], security_headers[i][1]);
	if (ex->req.secure)
		add(response, "Strict-Transport-Security", "max-age=31536000");
	if (ex->cx.request.n)
		add_str(ex, response, "X-Request-Id", ex->cx.request);
	if (ex->close || ex->server->stopping)
		add(response, "Connection", "close");
	if (ex->rep.status == 503 || ex->rep.status == 429)
		add(response, "Retry-After", "2");
	if (ex->rep.status == 401)
		add(response, "WWW-Authenticate", "Bearer");
	if (ex->rep.status == 405)
		add_allow(ex, response);
}

static const char *
default_type(const struct http_exchange *ex)
{
	if (ex->rep.type)
		return ex->rep.type;
	if (ex->match.route && ex->match.route->produces)
		return ex->match.route->produces;
	return ex->req.wants_json ? "application/json" : "text/html; charset=utf-8";
}

static void
add_own(struct http_exchange *ex, struct MHD_Response *response)
{
	struct http_reply *rep = &ex->rep;
	bool quotable = rep->etag.n && is_clean(rep->etag, "-_.+/=");

	if (rep->status != 304 && rep->status != 204)
		add(response, "Content-Type", default_type(ex));
	add_str(ex, response, "Cache-Control", rep->cache.n ? rep->cache : ZD_STR("no-store"));
	if (quotable)
		add_str(ex, response, "ETag",
			zd_str_printf(ex->arena, "\"%.*s\"", ZD_STR_ARG(rep->etag)));
	if (rep->location.n)
		add_str(ex, response, "Location", rep->location);
	if (rep->attachment.p)
		add_attachment(ex, response);
	add_cookie(ex, response);
}

/* --- bodies
 * ------------------------------------------------------------------------------------------- */

/* Does If-None-Match name the reply's tag? */
static bool
is_known(const struct http_exchange *ex)
{
	struct zd_str given = ex->req.etag_given, tag = ex->rep.etag;

	if (ex->rep.status != 200 || !ex->match.route || ex->match.route->method != HTTP_GET ||
	    !given.n || !tag.n)
		return false;
	const char *hit = memmem(given.p, given.n, tag.p, tag.n);
	return hit && hit > given.p && hit[-1] == '"' &&
	       (size_t)(hit - given.p) + tag.n < given.n && hit[tag.n] == '"';
}

static struct MHD_Response *
response_of(struct http_exchange *ex)
{
	struct http_reply *rep = &ex->rep;
	struct MHD_Response *response;
	struct stat st;

	if (rep->fd >= 0 && fstat(rep->fd, &st) == 0) {
		response = MHD_create_response_from_fd64((uint64_t)st.st_size, rep->fd);
		ex->sent = st.st_size;
		if (response)
			rep->fd = -1;
		return response;
	}
	ex->sent = (int64_t)rep->out.n;
	response = MHD_create_response_from_buffer(rep->out.n, rep->out.p, MHD_RESPMEM_MUST_FREE);
	if (response)
		rep->out = (struct zd_out){ 0 };
	return response;
}

struct MHD_Response *
http_reply_make(struct http_exchange *ex)
{
	struct http_reply *rep = &ex->rep;

	if (rep->location.n && (rep->status == 0 || rep->status == 200))
		rep->status = 303;
	rep->status = rep->status ? rep->status : 200;
	if (is_known(ex)) {
		zd_out_drop(&rep->out);
		rep->status = 304;
	}
	if (rep->location.n && !is_own_path(rep->location)) {
		zd_event(&ex->cx, EVENT_ERROR, "http.bad_location",
			 EVENT_TEXT("path", ex->req.path));
		rep->location = ZD_STR("/");
	}
	struct MHD_Response *response = response_of(ex);
	if (!response)
		abort();
	add_fixed(ex, response);
	add_own(ex, response);
	ex->status = rep->status;
	return response;
}

struct MHD_Response *
http_reply_plain(struct http_exchange *ex, int status, const char *text)
{
	http_reply_drop(&ex->rep);
	ex->rep.out.max = 1024;
	ex->rep.status = status;
	ex->rep.type = "text/plain; charset=utf-8";
	zd_out_printf(&ex->rep.out, "%s\n", text);
	return http_reply_make(ex);
}
