/* The real server over loopback, spoken to in raw bytes: framing, deadlines, bodies, answers. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/embed.h"
#include "base/event.h"
#include "base/test.h"
#include "db/db.h"
#include "http/http.h"

static struct zd_arena *arena;
static struct zd_cx main_cx;
static struct http_server *server;
static int log_fd;

/* --- a small program to serve
 * --------------------------------------------------------------------------- */

static atomic_int markers, gate_calls, slow_running;
static atomic_bool slow_may_end;

static void
sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

static enum zd_rc
gate(struct zd_cx *cx, struct http_request *req, const void *data)
{
	(void)data;
	atomic_fetch_add(&gate_calls, 1);
	if (zd_str_equal(req->session, ZD_STR("broken")))
		return zd_fail(cx, ZD_BUSY, NULL, "数据库繁忙,请稍后再试。");
	if (zd_str_equal(req->session, ZD_STR("good"))) {
		cx->actor.id = 7;
		req->csrf = ZD_STR("token");
	}
	if (req->route->policy.access == HTTP_PUBLIC)
		return ZD_OK;
	if (!cx->actor.id)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "请先登录。");
	if (req->route->policy.access == HTTP_ROLES)
		return zd_fail(cx, ZD_REFUSED, NULL, "没有权限。");
	return ZD_OK;
}

static enum zd_rc
say_hello(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx;
	zd_out_printf(&rep->out, "hello %.*s", ZD_STR_ARG(req->path));
	return ZD_OK;
}

static enum zd_rc
mark(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx, (void)req, (void)rep;
	atomic_fetch_add(&markers, 1);
	return ZD_OK;
}

static enum zd_rc
be_slow(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx, (void)req;
	atomic_fetch_add(&slow_running, 1);
	while (!atomic_load(&slow_may_end))
		sleep_ms(2);
	atomic_fetch_sub(&slow_running, 1);
	zd_out_write(&rep->out, ZD_STR("slow"));
	return ZD_OK;
}

/* A connection of the right kind is there for the handler, and given back after. */
static enum zd_rc
write_row(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	if (!req->db)
		return zd_fail(cx, ZD_FAILED, NULL, "没有数据库连接。");
	ZD_TRY(db_begin(cx, req->db, &txn));
	ZD_TRY(db_script(cx, req->db,
			 "create table if not exists visited (x integer);"
			 "insert into visited values (1);"));
	zd_out_write(&rep->out, ZD_STR("written"));
	return db_commit(cx, &txn);
}

static enum zd_rc
fail_badly(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)req;
	zd_out_write(&rep->out, ZD_STR("half a page"));
	return zd_fail(cx, ZD_FAILED, NULL, "SELECT secret FROM inside");
}

struct form {
	int64_t id;
	struct zd_str name, to;
	struct http_file file;
};
static const struct http_param form_params[] = {
	HTTP_PARAM_INT(struct form, id, .about = "编号", .min = 1, .max = 1000),
	HTTP_PARAM_TEXT(struct form, name, .about = "名称", .min = 1, .max = 20, .required = true),
	HTTP_PARAM_FILE(struct form, file, .about = "附件"),
	{ .name = NULL },
};
static const struct http_param json_params[] = {
	HTTP_PARAM_INT(struct form, id, .about = "编号", .min = 1, .max = 1000),
	HTTP_PARAM_TEXT(struct form, name, .about = "名称", .min = 1, .max = 20, .required = true),
	{ .name = NULL },
};
static const struct http_param id_params[] = {
	HTTP_PARAM_INT(struct form, id, .about = "编号", .min = 1, .max = 1000),
	HTTP_PARAM_TEXT(struct form, to, .about = "去处", .max = 200),
	{ .name = NULL },
};
#define FORM .params_size = sizeof(struct form)

static enum zd_rc
take_form(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct form *form = req->params;
	char first[9] = "";

	(void)cx;
	if (form->file.fd >= 0)
		assert_true(pread(form->file.fd, first, 8, 0) >= 0);
	zd_out_printf(&rep->out, "%.*s|%.*s|%lld|%s", ZD_STR_ARG(form->name),
		      ZD_STR_ARG(form->file.name), (long long)form->file.size, first);
	return ZD_OK;
}

static enum zd_rc
take_stream(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct zd_str type = req->content_type;

	(void)cx;
	zd_out_printf(&rep->out, "{\"size\":%lld,\"type\":\"%.*s\"}", (long long)req->body.size,
		      ZD_STR_ARG(type));
	return ZD_OK;
}

static enum zd_rc
show_item(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct form *form = req->params;

	rep->set_cookie = ZD_STR("abc");
	rep->etag = ZD_STR("v1");
	zd_out_printf(&rep->out, "%lld %s %lld", (long long)form->id,
		      req->by_cookie ? "cookie" : "-", (long long)cx->actor.id);
	return ZD_OK;
}

static enum zd_rc
go_somewhere(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct form *form = req->params;

	(void)cx;
	rep->location = form->to;
	return ZD_OK;
}

static enum zd_rc
send_file(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx, (void)req;
	rep->fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	rep->type = "text/csv; charset=utf-8";
	rep->attachment = ZD_STR("../台账\r\nX-Evil: 1\".csv");
	return write(rep->fd, "a,b\n", 4) == 4 ? ZD_OK : ZD_FAILED;
}

static enum zd_rc
draw_error(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)req;
	zd_out_write(&rep->out, ZD_STR("<h1>"));
	zd_out_html(&rep->out, zd_str_of(cx->err.text));
	return ZD_OK;
}

#define OPEN                                                                                       \
	{                                                                                          \
		.access = HTTP_PUBLIC                                                              \
	}
#define SIGNED_IN                                                                                  \
	{                                                                                          \
		.access = HTTP_SIGNED_IN                                                           \
	}
static const struct http_route routes[] = {
	{ HTTP_GET, "/hello", "问候", OPEN, say_hello },
	{ HTTP_GET, "/marker", "记号", OPEN, mark },
	{ HTTP_GET, "/slow", "慢", OPEN, be_slow },
	{ HTTP_GET, "/fail", "错", OPEN, fail_badly },
	{ HTTP_GET, "/write", "读时写", OPEN, write_row },
	{ HTTP_POST, "/write", "写", OPEN, write_row },
	{ HTTP_GET, "/api/v1/fail", "错", OPEN, fail_badly },
	{ HTTP_GET, "/items/{id}", "看", SIGNED_IN, show_item, .params = id_params, FORM },
	{ HTTP_PUT, "/items/{id}", "改", SIGNED_IN, show_item, .params = id_params, FORM },
	{ HTTP_DELETE, "/items/{id}", "删", SIGNED_IN, show_item, .params = id_params, FORM },
	{ HTTP_GET, "/lax", "列表", OPEN, say_hello, .lax_query = true },
	{ HTTP_GET, "/go", "跳转", OPEN, go_somewhere, .params = id_params, FORM },
	{ HTTP_GET, "/file", "下载", OPEN, send_file },
	{ HTTP_POST, "/form", "表单", SIGNED_IN, take_form, HTTP_FORM, form_params, FORM,
	  .max_body = 4 << 20 },
	{ HTTP_POST, "/open-form", "登录", OPEN, take_form, HTTP_FORM, form_params, FORM },
	{ HTTP_POST, "/api/v1/json", "接口", SIGNED_IN, take_form, HTTP_JSON, json_params, FORM },
	{ HTTP_POST, "/api/v1/stream", "上传", SIGNED_IN, take_stream, HTTP_STREAM,
	  .max_body = 65536 },
	{ HTTP_POST,
	  "/api/v1/roles",
	  "越权",
	  { .access = HTTP_ROLES, .roles = 1 },
	  take_stream,
	  HTTP_STREAM },
	{ .method = HTTP_END },
};
static const struct http_route *const tables[] = { routes, http_builtin_routes, NULL };
static const struct embed_file assets[] = { { "app.css", "body{}", 6 }, { NULL, NULL, 0 } };

static enum zd_rc
check(struct zd_cx *cx, const struct http_request *req)
{
	(void)cx, (void)req;
	return ZD_OK;
}

static struct http_server *
start(struct http_limits limits, int workers)
{
	struct http_server *started = NULL;
	const struct http_server_config config = {
		.listen = ZD_STR("127.0.0.1:0"),
		.tables = tables,
		.gate = gate,
		.spool_dir = "/tmp",
		.workers = workers,
		.limits = limits,
		.check = check,
		.error_page = draw_error,
		.assets = assets,
	};

	assert_rc(&main_cx, http_server_start(&main_cx, &config, &started), ZD_OK);
	return started;
}

/* --- a client without manners
 * ------------------------------------------------------------------------------ */

static int
dial_to(const struct http_server *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)http_server_port(s)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (connect(fd, (const void *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
put(int fd, struct zd_str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* closed by the server: what it said comes with reading */
		s = (struct zd_str){ s.p + n, s.n - (size_t)n };
	}
}

/* Up to the end of the stream, or until `enough` is seen; fails after 10 s. */
static struct zd_str
get_until(int fd, const char *enough)
{
	size_t cap = 1 << 20, n = 0;
	char *buf = zd_alloc(arena, cap);

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		if (poll(&p, 1, 10000) <= 0)
			fail_msg("no answer in 10 s; so far: %.*s", (int)n, buf);
		ssize_t got = recv(fd, buf + n, cap - n - 1, 0);
		if (got <= 0)
			break;
		n += (size_t)got;
		buf[n] = '\0';
		if (enough && strstr(buf, enough))
			break;
	}
	return (struct zd_str){ buf, n };
}

static struct zd_str
get_all(int fd)
{
	struct zd_str all = get_until(fd, NULL);

	close(fd);
	return all;
}

static struct zd_str
ask(struct zd_str bytes)
{
	int fd = dial_to(server);

	put(fd, bytes);
	return get_all(fd);
}

#define ask_f(...) ask(zd_str_printf(arena, __VA_ARGS__))
#define HEAD(line) line " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
#define COOKIE "Cookie: a=b; __Host-sid=good\r\n"
#define KEY "Authorization: Bearer good\r\n"

static int
status_of(struct zd_str answer)
{
	return answer.n > 12 && memcmp(answer.p, "HTTP/1.1 ", 9) == 0 ? atoi(answer.p + 9) : 0;
}

static bool
has(struct zd_str s, const char *part)
{
	return s.p && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

static size_t
count(struct zd_str s, const char *part)
{
	size_t n = 0;

	for (const char *at = s.p;
	     at && (at = memmem(at, s.n - (size_t)(at - s.p), part, strlen(part))); at++)
		n++;
	return n;
}

#define assert_status(answer, want)                                                                \
	do {                                                                                       \
		struct zd_str a_ = (answer);                                                       \
		if (status_of(a_) != (want))                                                       \
			fail_msg("wanted %d, got: %.*s", (want), ZD_STR_ARG(a_));                  \
	} while (0)
#define assert_has(answer, part)                                                                   \
	do {                                                                                       \
		struct zd_str h_ = (answer);                                                       \
		if (!has(h_, (part)))                                                              \
			fail_msg("no '%s' in: %.*s", (part), ZD_STR_ARG(h_));                      \
	} while (0)

static int
set_up(void **state)
{
	(void)state;
	arena = zd_arena_new((size_t)2 << 30);
	main_cx.arena = arena;
	log_fd = open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);
	zd_event_setup(EVENT_INFO, log_fd);
	atomic_store(&slow_may_end, false);
	server = start((struct http_limits){ .per_address = 4000 }, 4);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	http_server_stop(server);
	zd_arena_free(arena);
	close(log_fd);
	return 0;
}

/* --- H-1, H-2, H-7: framing
 * ------------------------------------------------------------------------------------ */

#define MARK "GET /marker HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#define GET_HELLO "GET /hello HTTP/1.1\r\nHost: x\r\n"
#define POST_FORM                                                                                  \
	"POST /open-form HTTP/1.1\r\nHost: x\r\nContent-Type: "                                    \
	"application/x-www-form-urlencoded\r\n"

static void
crooked_framing_is_refused_and_closed(void **state)
{
	static const struct zd_str cases[] = {
		/* lengths */
		ZD_LIT(POST_FORM
		       "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM
		       "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Content-Length: 6\r\nContent-Length: 6\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: 6\r\nContent-Length: 7\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: 6, 6\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: +6\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: -6\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: 0x6\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: 6a\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: \r\n\r\n"),
		ZD_LIT(POST_FORM "Content-Length : 6\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Content-Length: 99999999999999999999\r\n\r\nname=a"),
		ZD_LIT(POST_FORM "Transfer-Encoding: identity\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding:\x0B"
				 "chunked\r\n\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM
		       "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		ZD_LIT("POST /open-form HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: "
		       "chunked\r\n\r\n0\r\n\r\n"),
		/* chunks */
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n+6\r\nname=a\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n0x6\r\nname=a\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n6_\r\nname=a\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n 6\r\nname=a\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n6 \r\nname=a\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n\r\nname=a\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n-6\r\nname=a\r\n0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: chunked\r\n\r\n6\r\nname=aXX0\r\n\r\n"),
		ZD_LIT(POST_FORM "Transfer-Encoding: "
				 "chunked\r\n\r\nFFFFFFFFFFFFFFFFF6\r\nname=a\r\n0\r\n\r\n"),
		/* lines */
		ZD_LIT("GET /hello HTTP/1.1\nHost: x\n\n"),
		ZD_LIT("GET /hello HTTP/1.1\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.1\r\nHost: x\n\r\n"),
		ZD_LIT(GET_HELLO "A: b\nC: d\r\n\r\n"),
		ZD_LIT(GET_HELLO "A: b\rC: d\r\n\r\n"),
		ZD_LIT(GET_HELLO "A: b\r\n\n"),
		ZD_LIT(GET_HELLO "A: b\n\r\n"),
		ZD_LIT(GET_HELLO "A:\nContent-Length: 5\r\n\r\n"),
		ZD_LIT(GET_HELLO "A: b\0c\r\n\r\n"),
		ZD_LIT(GET_HELLO "A: \0\r\n\r\n"),
		ZD_LIT(GET_HELLO "A\0: b\r\n\r\n"),
		ZD_LIT(GET_HELLO "A : b\r\n\r\n"),
		ZD_LIT(GET_HELLO "A\t: b\r\n\r\n"),
		ZD_LIT(GET_HELLO "A: b\r\n c\r\n\r\n"),
		ZD_LIT(GET_HELLO "A: b\r\n\tContent-Length: 5\r\n\r\n"),
		ZD_LIT(GET_HELLO " A: b\r\n\r\n"),
		ZD_LIT(GET_HELLO ": b\r\n\r\n"),
		ZD_LIT(GET_HELLO "nocolon\r\n\r\n"),
		ZD_LIT(GET_HELLO "A(: b\r\n\r\n"),
		ZD_LIT(GET_HELLO "A: \x01\r\n\r\n"),
		/* hosts */
		ZD_LIT("GET /hello HTTP/1.1\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.1\r\nHost:\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.1\r\nHost: x/y\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.1\r\nHost: x@y\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.0\r\n\r\n"),
		ZD_LIT("GET http://y/hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		/* request lines */
		ZD_LIT("GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello  HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET\t/hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello\0x HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hel lo HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/1.2\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello HTTP/3.0\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello http/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello\r\n"),
		ZD_LIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
		ZD_LIT("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("TRACE /hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
		/* paths */
		ZD_LIT("GET /../hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /x/%2e%2e/hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /x/..;/hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET //hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello%00 HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /x%5c..%5chello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /x\\hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /%c0%ae%c0%ae/hello HTTP/1.1\r\nHost: x\r\n\r\n"),
		ZD_LIT("GET /hello#x HTTP/1.1\r\nHost: x\r\n\r\n"),
		/* doubled */
		ZD_LIT(GET_HELLO COOKIE COOKIE "\r\n"),
		ZD_LIT(GET_HELLO KEY KEY "\r\n"),
	};
	(void)state;

	atomic_store(&markers, 0);
	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str parts[] = { cases[i], ZD_STR(MARK) };
		struct zd_str answer = ask(zd_str_join(arena, parts, 2, ZD_STR("")));
		int status = status_of(answer);
		if ((answer.n && status < 400) || atomic_load(&markers))
			fail_msg("case %zu: %.*s\ngave %.*s (%d markers)", i, ZD_STR_ARG(cases[i]),
				 ZD_STR_ARG(answer), atomic_load(&markers));
	}
}

static void
nothing_follows_a_chunked_body(void **state)
{
	(void)state;
	atomic_store(&markers, 0);
	struct zd_str answer = ask(ZD_STR(
		POST_FORM
		"Transfer-Encoding: chunked\r\n\r\n3\r\nnam\r\n3;x=y\r\ne=a\r\n0\r\n\r\n" MARK));
	assert_status(answer, 200);
	assert_has(answer, "a||0|");
	assert_has(answer, "Connection: close");
	assert_int_equal(count(answer, "HTTP/1.1 "), 1);
	assert_int_equal(atomic_load(&markers), 0);
}

static void
straight_requests_pass(void **state)
{
	(void)state;
	assert_has(ask(ZD_STR("\r\n" HEAD("GET /hello") "\r\n")), "hello /hello");
	assert_status(
		ask(ZD_STR(HEAD("GET /hello") "A:   b \t\r\nEmpty:\r\nE2:  \r\nUtf: 监\r\n\r\n")),
		200);
	assert_status(ask(ZD_STR("GET /hello HTTP/1.0\r\nHost: x\r\n\r\n")), 200);
	assert_status(
		ask(ZD_STR("GET /hello HTTP/1.1\r\nConnection: close\r\nHost: [::1]:8080\r\n\r\n")),
		200);
	assert_status(ask(ZD_STR(HEAD("GET /lax?a=1&b=%20") COOKIE "\r\n")), 200);
}

static void
long_headers_are_refused(void **state)
{
	struct zd_out many ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	(void)state;

	for (int i = 0; i < 101; i++)
		zd_out_printf(&many, "A%d: b\r\n", i);
	assert_status(ask_f(HEAD("GET /hello") "%.*s\r\n", ZD_STR_ARG(zd_out_str(&many))), 431);
	assert_status(ask_f(HEAD("GET /hello") "A: %016500d\r\n\r\n", 1), 431);
	assert_status(ask_f(HEAD("GET /hello") "A: %070000d\r\n\r\n", 1), 431);
	assert_status(ask_f("GET /hello?a=%08200d HTTP/1.1\r\nHost: x\r\n\r\n", 1), 414);
	assert_status(ask_f("GET /hello?a=%070000d HTTP/1.1\r\nHost: x\r\n\r\n", 1), 414);
	assert_status(ask_f(HEAD("GET /lax?a=%07900d") "\r\n", 1), 200);
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	(void)state;
	struct zd_str answer = ask(ZD_STR("GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /health "
					  "HTTP/1.1\r\nHost: x\r\n\r\n" HEAD("GET /lax") "\r\n"));
	assert_int_equal(count(answer, "HTTP/1.1 200"), 3);
	const char *a = strstr(answer.p, "hello /hello"), *b = strstr(answer.p, "\"ok\""),
		   *c = strstr(answer.p, "hello /lax");
	assert_true(a && b && c && a < b && b < c);
	answer = ask(ZD_STR(
		"GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\nHost: x\r\n\r\n" MARK));
	assert_int_equal(count(answer, "HTTP/1.1 200"), 1);
	assert_int_equal(count(answer, "HTTP/1.1 400"), 1);
	assert_int_equal(count(answer, "HTTP/1.1 "), 2);
}

/* --- methods, errors, headers
 * -------------------------------------------------------------------------------------- */

static void
methods_and_paths_are_told_apart(void **state)
{
	(void)state;
	assert_status(ask(ZD_STR(HEAD("GET /nothing") "\r\n")), 404);
	struct zd_str answer = ask(ZD_STR(HEAD("POST /items/5") "Content-Length: 0\r\n\r\n"));
	assert_status(answer, 405);
	assert_has(answer, "\r\nAllow: GET, HEAD, PUT, DELETE\r\n");
	assert_status(ask(ZD_STR(HEAD("PATCH /hello") "\r\n")), 405);
	assert_status(ask(ZD_STR(HEAD("OPTIONS /hello") "\r\n")), 405);
	assert_status(ask(ZD_STR(HEAD("get /hello") "\r\n")), 405);
	answer = ask(ZD_STR(HEAD("HEAD /hello") "\r\n"));
	assert_status(answer, 200);
	assert_has(answer, "\r\nContent-Length: 12\r\n");
	assert_false(has(answer, "hello /hello"));
	assert_true(
		zd_str_equal((struct zd_str){ answer.p + answer.n - 4, 4 }, ZD_STR("\r\n\r\n")));
	assert_status(ask(ZD_STR(HEAD("GET /hello") "Content-Length: 3\r\n\r\nabc")), 400);
	assert_status(ask(ZD_STR(HEAD("DELETE /items/5") COOKIE
				 "X-CSRF: token\r\nContent-Length: 3\r\n\r\nabc")),
		      400);
	assert_status(ask(ZD_STR(HEAD("DELETE /items/5") COOKIE "X-CSRF: token\r\n\r\n")), 200);
}

static void
every_answer_carries_the_security_headers(void **state)
{
	static const char *const requests[] = {
		HEAD("GET /hello") "\r\n",
		HEAD("GET /nothing") "\r\n",
		HEAD("POST /hello") "Content-Length: 0\r\n\r\n",
		HEAD("GET /fail") "\r\n",
		HEAD("GET /items/1") "\r\n",
		HEAD("GET /api/v1/nothing") "\r\n",
		HEAD("GET /%00") "\r\n",
		HEAD("GET /hello?x=1") "\r\n",
	};
	static const char *const headers[] = {
		"\r\nContent-Security-Policy: default-src 'none'; script-src 'self' "
		"'wasm-unsafe-eval'; worker-src 'self'; ",
		"frame-ancestors 'none'; base-uri 'none'\r\n",
		"\r\nX-Content-Type-Options: nosniff\r\n",
		"\r\nReferrer-Policy: same-origin\r\n",
		"\r\nCross-Origin-Opener-Policy: same-origin\r\n",
		"\r\nCross-Origin-Resource-Policy: same-origin\r\n",
		"\r\nCache-Control: no-store\r\n",
		"\r\nX-Request-Id: ",
		"\r\nContent-Type: ",
	};
	(void)state;

	for (size_t i = 0; i < N(requests); i++) {
		struct zd_str answer = ask(zd_str_of(requests[i]));
		for (size_t k = 0; k < N(headers); k++)
			assert_has(answer, headers[k]);
		assert_false(has(answer, "Strict-Transport-Security"));
	}
}

static void
errors_speak_to_people_and_programs(void **state)
{
	(void)state;
	struct zd_str answer = ask(ZD_STR(HEAD("GET /fail") "\r\n"));
	assert_status(answer, 500);
	assert_has(answer, "<h1>系统出错");
	assert_false(has(answer, "secret"));
	assert_false(has(answer, "half a page"));
	answer = ask(ZD_STR(HEAD("GET /api/v1/fail") "\r\n"));
	assert_status(answer, 500);
	assert_has(answer, "Content-Type: application/json");
	assert_has(answer, "{\"error\":{\"code\":\"failed\",\"field\":null,\"message\":\"系统出错");
	assert_false(has(answer, "secret"));
	answer = ask(ZD_STR(HEAD("GET /api/v1/none") "\r\n"));
	assert_status(answer, 404);
	assert_has(answer, "\"code\":\"not_found\"");
	answer = ask(
		ZD_STR(HEAD("POST /api/v1/json") KEY
		       "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"id\":0 }"));
	assert_status(answer, 422);
	assert_has(answer, "\"code\":\"invalid\",\"field\":\"id\",\"message\":\"“编号”应在 1 到 "
			   "1000 之间。\"");
	assert_has(answer, "\"all\":[{\"field\":\"id\",");
	assert_has(answer, "{\"field\":\"name\",\"message\":\"请填写“名称”。\"}");
	answer = ask(ZD_STR(HEAD("GET /hello?x=1") "\r\n"));
	assert_status(answer, 400);
	assert_has(answer, "没有名为“x”的参数。");
}

static void
answers_cannot_be_split(void **state)
{
	(void)state;
	struct zd_str answer = ask(ZD_STR(HEAD("GET /file") "\r\n"));
	assert_status(answer, 200);
	assert_has(answer, "\r\nContent-Disposition: attachment; filename=\"__X-Evil 1.csv\"; "
			   "filename*=UTF-8''%E5%8F%B0%E8%B4%A6X-Evil%201.csv\r\n");
	assert_has(answer, "\r\nContent-Length: 4\r\n");
	assert_has(answer, "\r\n\r\na,b\n");
	static const char *const places[] = { "//evil",         "/%5Cevil", "https:%2F%2Fevil",
					      "/a%0D%0AX:%201", "evil",     "/a%20b" };
	for (size_t i = 0; i < N(places); i++) {
		answer = ask_f(HEAD("GET /go?to=%s") "\r\n", places[i]);
		if (status_of(answer) == 303)
			assert_has(answer, "\r\nLocation: /\r\n");
		assert_false(has(answer, "\r\nX: 1"));
		assert_false(has(answer, "Location: //"));
	}
	assert_has(ask(ZD_STR(HEAD("GET /go?to=/desk?a=b%26c") "\r\n")),
		   "\r\nLocation: /desk?a=b&c\r\n");
}

static void
cookies_and_tags_are_exact(void **state)
{
	(void)state;
	struct zd_str answer = ask(ZD_STR(HEAD("GET /items/5") COOKIE "\r\n"));
	assert_status(answer, 200);
	assert_has(answer,
		   "\r\nSet-Cookie: __Host-sid=abc; Path=/; Secure; HttpOnly; SameSite=Strict\r\n");
	assert_has(answer, "\r\nETag: \"v1\"\r\n");
	assert_has(answer, "5 cookie 7");
	assert_has(ask(ZD_STR(HEAD("GET /items/5") KEY "\r\n")), "5 - 7");
	answer = ask(ZD_STR(HEAD("GET /items/5") COOKIE "If-None-Match: \"v0\", \"v1\"\r\n\r\n"));
	assert_status(answer, 304);
	assert_false(has(answer, "5 cookie"));
	assert_status(ask(ZD_STR(HEAD("GET /items/5") COOKIE "If-None-Match: \"v11\"\r\n\r\n")),
		      200);
	assert_status(ask(ZD_STR(HEAD("GET /items/0") COOKIE "\r\n")), 422);
	assert_status(ask(ZD_STR(HEAD("GET /items/x") COOKIE "\r\n")), 422);
}

/* --- the gate
 * ------------------------------------------------------------------------------------------------------------
 */

static void
nobody_is_read_before_the_gate(void **state)
{
	(void)state;
	struct zd_str answer = ask(
		ZD_STR("POST /api/v1/stream HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n"));
	assert_status(answer, 401);
	assert_has(answer, "\r\nConnection: close\r\n");
	answer = ask(ZD_STR("POST /api/v1/stream HTTP/1.1\r\nHost: x\r\nExpect: "
			    "100-continue\r\nContent-Length: 50000\r\n\r\n"));
	assert_status(answer, 401);
	assert_false(has(answer, "100 Continue"));
	assert_status(ask(ZD_STR("POST /api/v1/stream HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
				 "chunked\r\n\r\n")),
		      401);
	assert_status(ask(ZD_STR("POST /api/v1/roles HTTP/1.1\r\nHost: x\r\n" KEY
				 "Content-Length: 50000\r\n\r\n")),
		      403);
	answer = ask(ZD_STR("POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n"));
	assert_status(answer, 303);
	assert_has(answer, "\r\nLocation: /signin\r\n");
	answer = ask(ZD_STR(HEAD("GET /items/5?to=a") "\r\n"));
	assert_status(answer, 303);
	assert_has(answer, "\r\nLocation: /signin?next=%2Fitems%2F5%3Fto%3Da\r\n");
	/* a gate that cannot tell lets nobody through */
	assert_status(ask(ZD_STR(HEAD("GET /hello") "Cookie: __Host-sid=broken\r\n\r\n")), 503);
	/* only our cookie, only the header */
	assert_status(
		ask(ZD_STR(HEAD("GET /items/5") "Cookie: sid=good; x__Host-sid=good\r\n\r\n")),
		303);
}

static void
who_may_is_asked_to_go_on(void **state)
{
	(void)state;
	int fd = dial_to(server);
	put(fd, ZD_STR("POST /api/v1/stream HTTP/1.1\r\nHost: x\r\n" KEY
		       "Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"));
	struct zd_str first = get_until(fd, "\r\n\r\n");
	assert_status(first, 100);
	put(fd, ZD_STR("hello"));
	assert_has(get_all(fd), "{\"size\":5,");
}

static void
changes_need_the_token_and_our_page(void **state)
{
	static const struct {
		const char *line, *headers, *body;
		int status;
	} cases[] = {
		{ "POST /form", COOKIE, "name=a&csrf=token", 200 },
		{ "POST /form", COOKIE "X-CSRF: token\r\n", "name=a", 200 },
		{ "POST /form", COOKIE "Sec-Fetch-Site: same-origin\r\nOrigin: http://x\r\n",
		  "name=a&csrf=token", 200 },
		{ "POST /form", COOKIE "Sec-Fetch-Site: none\r\n", "name=a&csrf=token", 200 },
		{ "POST /form", COOKIE, "name=a", 403 },
		{ "POST /form", COOKIE, "name=a&csrf=", 403 },
		{ "POST /form", COOKIE, "name=a&csrf=tokem", 403 },
		{ "POST /form", COOKIE, "name=a&csrf=token1", 403 },
		{ "POST /form", COOKIE "Origin: http://evil\r\n", "name=a&csrf=token", 403 },
		{ "POST /form", COOKIE "Origin: null\r\n", "name=a&csrf=token", 403 },
		{ "POST /form", COOKIE "Sec-Fetch-Site: cross-site\r\n", "name=a&csrf=token", 403 },
		{ "POST /form", COOKIE "Sec-Fetch-Site: same-site\r\n", "name=a&csrf=token", 403 },
		{ "POST /open-form", "", "name=a", 200 },
		{ "POST /open-form", "Origin: http://evil\r\n", "name=a", 403 },
		{ "PUT /items/5", COOKIE, "", 403 },
		{ "PUT /items/5", COOKIE "X-CSRF: no\r\n", "", 403 },
		{ "PUT /items/5", COOKIE "X-CSRF: token\r\n", "", 200 },
		{ "PUT /items/5", KEY, "", 200 },
		{ "PUT /items/5", KEY COOKIE, "", 200 },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str answer =
			ask_f("%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s%sContent-Length: "
			      "%zu\r\n\r\n%s",
			      cases[i].line, cases[i].headers,
			      strstr(cases[i].line, "form")
				      ? "Content-Type: application/x-www-form-urlencoded\r\n"
				      : "",
			      strlen(cases[i].body), cases[i].body);
		if (status_of(answer) != cases[i].status)
			fail_msg("case %zu: %.*s", i, ZD_STR_ARG(answer));
	}
	assert_status(ask(ZD_STR(HEAD("POST /api/v1/stream") COOKIE "Content-Length: 1\r\n\r\nx")),
		      403);
	assert_status(ask(ZD_STR(HEAD("POST /api/v1/stream") COOKIE
				 "X-CSRF: token\r\nContent-Length: 1\r\n\r\nx")),
		      200);
}

/* --- bodies
 * ----------------------------------------------------------------------------------------------------------------
 */

static struct zd_str
ask_json(const char *body)
{
	return ask_f(HEAD("POST /api/v1/json") KEY
		     "Content-Type: application/json; charset=utf-8\r\n"
		     "Content-Length: %zu\r\n\r\n%s",
		     strlen(body), body);
}

static void
bodies_have_types_and_limits(void **state)
{
	static const char form[] = "Content-Type: application/x-www-form-urlencoded\r\n";
	(void)state;

	assert_status(ask_f(HEAD("POST /form") COOKIE
			    "Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nname=a"),
		      415);
	assert_status(ask_f(HEAD("POST /form") COOKIE "Content-Length: 6\r\n\r\nname=a"), 415);
	assert_status(ask_f(HEAD("POST /form") COOKIE
			    "%sContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\nname=a",
			    form),
		      415);
	assert_status(ask_f(HEAD("POST /form") COOKIE "%s\r\n", form), 411);
	assert_status(ask_f("POST /form HTTP/1.1\r\nHost: x\r\n" COOKIE
			    "%sContent-Length: 999999999\r\n\r\n",
			    form),
		      413);
	assert_status(ask_f("POST /api/v1/stream HTTP/1.1\r\nHost: x\r\n" KEY
			    "Content-Length: 65537\r\n\r\n"),
		      413);
	assert_status(ask_f(HEAD("POST /api/v1/json") KEY
			    "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"),
		      415);
	struct zd_str refused = ask_f(HEAD("POST /api/v1/json") KEY
				      "Accept: text/html\r\nContent-Type: application/json\r\n"
				      "Content-Length: 2\r\n\r\n{}");
	assert_status(refused, 406);
	assert_has(refused, "\"not_acceptable\"");
	assert_has(ask_json("{\"name\":\"\\u76d1\",\"id\":5}"), "监|");
	assert_status(ask_json("{\"name\":\"a\",\"name\":\"b\"}"), 400);
	assert_status(ask_f(HEAD("POST /form") COOKIE
			    "X-CSRF: token\r\n%sContent-Length: 13\r\n\r\nname=a&name=b",
			    form),
		      400);
	assert_status(ask_f(HEAD("POST /form") COOKIE
			    "X-CSRF: token\r\n%sContent-Length: 13\r\n\r\nname=a&role=b",
			    form),
		      400);
	assert_status(ask_f(HEAD("POST /form") COOKIE
			    "X-CSRF: token\r\n%sContent-Length: 10\r\n\r\nname=a%%00b",
			    form),
		      400);
}

static void
an_endless_body_is_cut_off(void **state)
{
	char *block = zd_alloc(arena, 65536);
	(void)state;

	memset(block, 'x', 65536);
	int fd = dial_to(server);
	put(fd, ZD_STR("POST /api/v1/stream HTTP/1.1\r\nHost: x\r\n" KEY
		       "Transfer-Encoding: chunked\r\n\r\n"));
	struct zd_str first = { 0 };
	for (int i = 0; i < 400 && !first.n; i++) {
		struct pollfd p = { fd, POLLIN, 0 };
		put(fd, ZD_STR("8000\r\n"));
		put(fd, (struct zd_str){ block, 32768 });
		put(fd, ZD_STR("\r\n"));
		if (poll(&p, 1, 0) > 0)
			first = get_until(fd, "\r\n\r\n");
	}
	close(fd);
	assert_status(first, 413);
	assert_has(first, "\r\nContent-Security-Policy: default-src 'none'; ");
	assert_has(first, "\r\nCross-Origin-Opener-Policy: same-origin\r\n");
	assert_has(first, "\r\nX-Content-Type-Options: nosniff\r\n");
	/* a little too much is answered in full */
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	zd_out_write(&out, ZD_STR(HEAD("POST /api/v1/stream") KEY
				  "Transfer-Encoding: chunked\r\n\r\n10001\r\n"));
	zd_out_write(&out, (struct zd_str){ block, 65536 });
	zd_out_write(&out, ZD_STR("x\r\n0\r\n\r\n"));
	struct zd_str answer = ask(zd_out_str(&out));
	assert_status(answer, 413);
	assert_has(answer, "\"code\":\"too_large\"");
}

static struct zd_str
multipart(const char *session, struct zd_str body)
{
	struct zd_str head = zd_str_printf(
		arena,
		HEAD("POST /form") "%sContent-Type: multipart/form-data; boundary=xyz\r\n"
				   "Content-Length: %zu\r\n\r\n",
		session, body.n);
	struct zd_str parts[] = { head, body };

	return ask(zd_str_join(arena, parts, 2, ZD_STR("")));
}

#define PART(head, data) "--xyz\r\nContent-Disposition: form-data; " head "\r\n\r\n" data "\r\n"

static void
files_arrive_on_disk(void **state)
{
	(void)state;
	struct zd_str answer = multipart(
		COOKIE, ZD_STR(PART("name=\"csrf\"", "token") PART("name=\"name\"", "监管")
				       PART("name=\"file\"; filename=\"..\\\\..\\\\台账.csv\"",
					    "a,b\r\n--xy\r\n") "--xyz--\r\n"));
	assert_status(answer, 200);
	assert_has(answer, "监管|台账.csv|11|a,b\r\n--x");
	answer = multipart(COOKIE,
			   ZD_STR(PART("name=\"csrf\"", "token") PART("name=\"name\"", "b")
					  PART("name=\"file\"; filename=\"\"", "") "--xyz--\r\n"));
	assert_has(answer, "b||0|");
	assert_status(multipart(COOKIE, ZD_STR(PART("name=\"name\"", "b") "--xyz--\r\n")), 403);
	assert_status(
		multipart(COOKIE, ZD_STR(PART("name=\"csrf\"", "token") PART("name=\"name\"", "b")
						 PART("name=\"name\"", "c") "--xyz--")),
		400);
	assert_status(
		multipart(COOKIE, ZD_STR(PART("name=\"csrf\"", "token") PART("name=\"name\"", "b")
						 PART("name=\"file\"; filename=\"a\"", "1")
							 PART("name=\"file\"; filename=\"b\"",
							      "2") "--xyz--")),
		400);
	assert_status(multipart(COOKIE, ZD_STR(PART("name=\"csrf\"", "token") PART(
						"name=\"name\"; filename=\"x\"", "b") "--xyz--")),
		      422);
	assert_status(multipart(COOKIE, ZD_STR(PART("name=\"csrf\"", "token")
						       PART("name=\"file\"", "b") "--xyz--")),
		      422);
	assert_status(multipart(COOKIE, ZD_STR(PART("name=\"name\"", "\xFF") "--xyz--")), 400);
	assert_status(multipart(COOKIE, ZD_STR(PART("name=\"name\"", "b") "--xyz")), 400);
	assert_status(multipart(COOKIE, ZD_STR("")), 400);
	assert_status(
		ask(ZD_STR(HEAD("POST /form") COOKIE "Content-Type: multipart/form-data; "
						     "boundary=\r\nContent-Length: 4\r\n\r\nabcd")),
		400);
}

/* --- builtin routes
 * -------------------------------------------------------------------------------------------------------------
 */

static void
the_program_tells_about_itself(void **state)
{
	(void)state;
	assert_has(ask(ZD_STR(HEAD("GET /health") "\r\n")), "{\"status\":\"ok\"}");
	struct zd_str answer = ask(ZD_STR(HEAD("GET /metrics") "\r\n"));
	assert_has(answer, "Content-Type: text/plain; version=0.0.4");
	assert_has(answer, "zd_http_requests_total{status=\"2xx\"} ");
	assert_has(answer, "zd_http_jobs{state=\"running\"} 1\n");
	assert_has(ask(ZD_STR(HEAD("GET /api/v1/openapi.json") "\r\n")), "{\"openapi\":\"3.1.0\"");
	struct zd_str url = http_asset_url(arena, assets, "app.css");
	answer = ask_f(HEAD("GET %.*s") "\r\n", ZD_STR_ARG(url));
	assert_status(answer, 200);
	assert_has(answer, "Content-Type: text/css; charset=utf-8");
	assert_has(answer, "Cache-Control: public, max-age=31536000, immutable");
	assert_has(answer, "\r\n\r\nbody{}");
	assert_has(ask(ZD_STR(HEAD("GET /assets/app.css?v=old") "\r\n")),
		   "Cache-Control: no-cache");
	assert_status(ask(ZD_STR(HEAD("GET /assets/none.css") "\r\n")), 404);
	assert_null(http_asset_url(arena, assets, "none.css").p);
}

static void
the_log_tells_paths_not_values(void **state)
{
	(void)state;
	(void)ask(ZD_STR(HEAD("GET /lax?password=hunter2") COOKIE "\r\n"));
	sleep_ms(50);
	char *log = zd_alloc(arena, 1 << 20);
	ssize_t n = pread(log_fd, log, (1 << 20) - 1, 0);
	assert_true(n > 0);
	struct zd_str s = { log, (size_t)n };
	assert_has(s, "\"event\":\"http.access\",");
	assert_has(s, "\"actor\":7,\"method\":\"GET\",\"path\":\"/"
		      "lax\",\"address\":\"127.0.0.1\",\"status\":200,\"in\":0,\"out\":10,");
	assert_false(has(s, "hunter2"));
	assert_false(has(s, "good"));
	assert_false(has(s, "token"));
}

/* --- H-3: deadlines and crowds
 * ---------------------------------------------------------------------------------------------------
 */

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Sends a byte each 20 ms until the other side is gone; how long that took. */
static int64_t
dribble(int fd, const char *bytes)
{
	int64_t began = now_ms();

	for (size_t i = 0; now_ms() - began < 8000; i = (i + 1) % strlen(bytes)) {
		struct pollfd p = { fd, POLLIN, 0 };
		if (poll(&p, 1, 20) > 0)
			break;
		put(fd, (struct zd_str){ bytes + i, 1 });
	}
	close(fd);
	return now_ms() - began;
}

static void
the_slow_are_cut_off(void **state)
{
	(void)state;
	http_server_stop(server);
	server = start((struct http_limits){ .header_ms = 400,
					     .idle_ms = 400,
					     .body_grace_ms = 300,
					     .body_rate = 10000 },
		       2);
	int64_t took = dribble(dial_to(server),
			       "GET /hello?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_in_range(took, 300, 2000);
	int fd = dial_to(server);
	put(fd, ZD_STR(GET_HELLO));
	took = dribble(fd, "A: b\r\n");
	assert_in_range(took, 300, 2000);
	took = dribble(dial_to(server), "\x16\x03\x01"); /* TLS on the plain port */
	assert_in_range(took, 0, 2000);
	fd = dial_to(server);
	put(fd, ZD_STR("POST /api/v1/stream HTTP/1.1\r\nHost: x\r\n" KEY
		       "Content-Length: 60000\r\n\r\n"));
	took = dribble(fd, "x");
	assert_in_range(took, 200, 2000);
	fd = dial_to(server);
	put(fd, ZD_STR(GET_HELLO "\r\n"));
	int64_t began = now_ms();
	assert_status(get_all(fd), 200); /* until the idle connection is closed */
	assert_in_range(now_ms() - began, 300, 2000);
	/* a handler may take longer than all of these */
	fd = dial_to(server);
	put(fd, ZD_STR(HEAD("GET /slow") "\r\n"));
	sleep_ms(900);
	atomic_store(&slow_may_end, true);
	assert_has(get_all(fd), "slow");
}

static void
a_full_house_says_so(void **state)
{
	int waiting[4];
	(void)state;

	http_server_stop(server);
	server = start((struct http_limits){ .queue = 1 }, 1);
	for (size_t i = 0; i < N(waiting); i++) {
		waiting[i] = dial_to(server);
		put(waiting[i], ZD_STR(HEAD("GET /slow") "\r\n"));
		while (!atomic_load(&slow_running))
			sleep_ms(1);
		sleep_ms(20);
	}
	struct zd_str answer = ask(ZD_STR(HEAD("GET /hello") "\r\n"));
	assert_status(answer, 503);
	assert_has(answer, "\r\nRetry-After: ");
	atomic_store(&slow_may_end, true);
	assert_status(get_all(waiting[0]), 200);
	assert_status(get_all(waiting[1]), 200);
	assert_status(get_all(waiting[2]), 503);
	assert_status(get_all(waiting[3]), 503);
	assert_status(ask(ZD_STR(HEAD("GET /hello") "\r\n")), 200);
}

static void
one_address_has_a_share_only(void **state)
{
	int fds[6];
	(void)state;

	http_server_stop(server);
	server = start((struct http_limits){ .per_address = 4 }, 1);
	for (size_t i = 0; i < N(fds); i++) {
		fds[i] = dial_to(server);
		put(fds[i], ZD_STR(GET_HELLO "\r\n"));
	}
	for (size_t i = 0; i < 4; i++)
		assert_status(get_until(fds[i], "hello /hello"), 200);
	assert_int_equal(get_until(fds[4], NULL).n, 0);
	assert_int_equal(get_until(fds[5], NULL).n, 0);
	for (size_t i = 0; i < N(fds); i++)
		close(fds[i]);
}

static void
the_longest_idle_makes_room(void **state)
{
	int fds[10];
	(void)state;

	http_server_stop(server);
	server = start((struct http_limits){ .connections = 10 }, 1);
	for (size_t i = 0; i < N(fds); i++) {
		fds[i] = dial_to(server);
		put(fds[i], ZD_STR(GET_HELLO "\r\n"));
		assert_status(get_until(fds[i], "hello /hello"), 200);
		sleep_ms(10);
	}
	assert_int_equal(get_until(fds[0], NULL).n, 0); /* closed for the tenth */
	put(fds[9], ZD_STR(GET_HELLO "\r\n"));
	assert_status(get_until(fds[9], "hello /hello"), 200);
	for (size_t i = 0; i < N(fds); i++)
		close(fds[i]);
}

#define CROWD 1000

static void
a_thousand_keep_alive_connections_are_served(void **state)
{
	static int fds[CROWD];
	struct rlimit limit;
	(void)state;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (size_t i = 0; i < CROWD; i++)
		fds[i] = dial_to(server);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < CROWD; i++)
			put(fds[i], ZD_STR(GET_HELLO "\r\n"));
		for (size_t i = 0; i < CROWD; i++) {
			char buf[4096];
			ssize_t n = 0, got;
			do {
				got = recv(fds[i], buf + n, sizeof(buf) - 1 - (size_t)n, 0);
				assert_true(got > 0);
				n += got;
				buf[n] = '\0';
			} while (!strstr(buf, "hello /hello") && !strstr(buf, "\r\n\r\n系统繁忙"));
			/* the queue holds 128: the rest may be told to come again, and are closed
			 */
			if (!strstr(buf, " 200 ")) {
				assert_non_null(strstr(buf, " 503 "));
				close(fds[i]);
				fds[i] = dial_to(server);
			}
		}
	}
	struct zd_str answer = ask(ZD_STR(HEAD("GET /metrics") "\r\n"));
	const char *at = strstr(answer.p, "\nzd_http_connections ");
	assert_non_null(at);
	assert_in_range(atoi(at + sizeof("\nzd_http_connections ") - 1), CROWD, CROWD + 10);
	for (size_t i = 0; i < CROWD; i++)
		close(fds[i]);
}

static void *
end_slow_soon(void *arg)
{
	(void)arg;
	sleep_ms(200);
	atomic_store(&slow_may_end, true);
	return NULL;
}

static void
stopping_lets_work_end(void **state)
{
	pthread_t thread;
	(void)state;

	int idle = dial_to(server), busy = dial_to(server), port = http_server_port(server);
	put(idle, ZD_STR(GET_HELLO "\r\n"));
	assert_status(get_until(idle, "hello /hello"), 200);
	put(busy, ZD_STR("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
	while (!atomic_load(&slow_running))
		sleep_ms(1);
	assert_int_equal(pthread_create(&thread, NULL, end_slow_soon, NULL), 0);
	http_server_stop(server);
	pthread_join(thread, NULL);
	struct zd_str answer = get_all(busy);
	assert_status(answer, 200);
	assert_has(answer, "\r\nConnection: close\r\n");
	assert_has(answer, "\r\n\r\nslow");
	assert_int_equal(get_all(idle).n, 0);
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_not_equal(connect(fd, (const void *)&to, sizeof(to)), 0);
	close(fd);
	server = NULL;
}

static void
plain_http_stays_at_home(void **state)
{
	struct http_server_config config = {
		.tables = tables, .gate = gate, .spool_dir = "/tmp", .workers = 1
	};
	struct http_server *other = NULL;
	(void)state;

	config.listen = ZD_STR("0.0.0.0:0");
	assert_rc(&main_cx, http_server_start(&main_cx, &config, &other), ZD_REFUSED);
	config.listen = ZD_STR("nowhere");
	assert_rc(&main_cx, http_server_start(&main_cx, &config, &other), ZD_INVALID);
	config.listen = ZD_STR("example.org:80");
	assert_rc(&main_cx, http_server_start(&main_cx, &config, &other), ZD_INVALID);
	config.listen = zd_str_printf(arena, "127.0.0.1:%d", http_server_port(server));
	assert_rc(&main_cx, http_server_start(&main_cx, &config, &other), ZD_FAILED);
	assert_null(other);
}

static void
a_proxy_is_believed_only_if_declared(void **state)
{
	static const char *const hosts[] = { "hub.example", NULL };
	struct http_server_config config = { .listen = ZD_STR("0.0.0.0:0"),
					     .tables = tables,
					     .gate = gate,
					     .spool_dir = "/tmp",
					     .workers = 1,
					     .behind_proxy = true,
					     .hosts = hosts };
	(void)state;

	assert_status(
		ask(ZD_STR(HEAD("GET /metrics") "X-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Proto: "
						"https\r\n\r\n")),
		200);
	http_server_stop(server);
	assert_rc(&main_cx, http_server_start(&main_cx, &config, &server), ZD_OK);
	struct zd_str home =
		ZD_STR("GET /metrics HTTP/1.1\r\nHost: Hub.example:443\r\nConnection: close\r\n");
	struct zd_str answer =
		ask_f("%.*sX-Forwarded-For: 127.0.0.1, 8.8.8.8\r\nX-Forwarded-Proto: https\r\n\r\n",
		      ZD_STR_ARG(home));
	assert_status(answer, 404);
	assert_has(answer, "\r\nStrict-Transport-Security: max-age=31536000\r\n");
	assert_status(ask_f("%.*s\r\n", ZD_STR_ARG(home)), 200);
	assert_status(ask(ZD_STR(HEAD("GET /hello") "\r\n")), 421);
}

static void
handlers_get_a_connection_of_their_kind(void **state)
{
	struct http_server_config config = { .listen = ZD_STR("127.0.0.1:0"),
					     .tables = tables,
					     .gate = gate,
					     .spool_dir = "/tmp",
					     .workers = 4 };
	char dir[] = "/tmp/test_http_XXXXXX";
	(void)state;

	http_server_stop(server);
	assert_non_null(mkdtemp(dir));
	struct zd_str path = zd_str_printf(arena, "%s/a.db", dir);
	assert_rc(&main_cx, db_pool_open(&main_cx, path.p, 1, &config.pool), ZD_OK);
	assert_rc(&main_cx, http_server_start(&main_cx, &config, &server), ZD_OK);
	for (int i = 0; i < 5; i++) {
		assert_has(ask(ZD_STR(HEAD("POST /write") "Content-Length: 0\r\n\r\n")),
			   "\r\n\r\nwritten");
		assert_true(status_of(ask(ZD_STR(HEAD("GET /write") "\r\n"))) >= 400);
	}
	http_server_stop(server);
	server = NULL;
	db_pool_close(config.pool);
	static const char *const files[] = { "/a.db", "/a.db-wal", "/a.db-shm" };
	for (size_t i = 0; i < N(files); i++)
		(void)unlink(zd_str_printf(arena, "%s%s", dir, files[i]).p);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(straight_requests_pass),
		T(crooked_framing_is_refused_and_closed),
		T(nothing_follows_a_chunked_body),
		T(long_headers_are_refused),
		T(pipelined_requests_are_answered_in_order),
		T(methods_and_paths_are_told_apart),
		T(every_answer_carries_the_security_headers),
		T(errors_speak_to_people_and_programs),
		T(answers_cannot_be_split),
		T(cookies_and_tags_are_exact),
		T(nobody_is_read_before_the_gate),
		T(who_may_is_asked_to_go_on),
		T(changes_need_the_token_and_our_page),
		T(bodies_have_types_and_limits),
		T(an_endless_body_is_cut_off),
		T(files_arrive_on_disk),
		T(the_program_tells_about_itself),
		T(the_log_tells_paths_not_values),
		T(the_slow_are_cut_off),
		T(a_full_house_says_so),
		T(one_address_has_a_share_only),
		T(the_longest_idle_makes_room),
		T(a_thousand_keep_alive_connections_are_served),
		T(stopping_lets_work_end),
		T(plain_http_stays_at_home),
		T(a_proxy_is_believed_only_if_declared),
		T(handlers_get_a_connection_of_their_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
