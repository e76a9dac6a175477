/* The server: connections and their deadlines, exchanges and their stages. What is done with a
 * request is worker.c's. */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MHD_THREADS 2U
#define MHD_MEMORY ((size_t)32768)
#define ARENA_LIMIT ((size_t)64 << 20)
#define TICK_MS 100

int64_t
http_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&ts, NULL);
}

/* --- connections and their deadlines
 * ----------------------------------------------------------------- */

static void
set_phase(struct http_conn *conn, enum conn_phase phase)
{
	atomic_store(&conn->bytes, 0);
	atomic_store(&conn->since, http_now_ms());
	atomic_store(&conn->phase, (int)phase);
}

/* Under conns_lock, so that fd is still ours. MHD sees the end of the stream and cleans up. */
static void
kill_conn(struct http_conn *conn)
{
	if (conn->killed)
		return;
	conn->killed = true;
	(void)shutdown(conn->fd, SHUT_RDWR);
}

static bool
is_overdue(const struct http_server *server, struct http_conn *conn, int64_t now)
{
	const struct http_limits *l = &server->limits;
	int64_t age = now - atomic_load(&conn->since);

	switch ((enum conn_phase)atomic_load(&conn->phase)) {
	case CONN_HEADER: return age > l->header_ms;
	case CONN_IDLE: return age > l->idle_ms;
	case CONN_BODY:
		return age > l->body_grace_ms &&
		       atomic_load(&conn->bytes) < (age - l->body_grace_ms) * l->body_rate / 1000;
	case CONN_BUSY: return false; /* MHD's time-out ends stalled answers */
	}
	return false;
}

static void *
watch(void *arg)
{
	struct http_server *server = arg;

	while (!atomic_load(&server->stopping)) {
		int64_t now = http_now_ms();
		pthread_mutex_lock(&server->conns_lock);
		for (struct http_conn *c = server->conns; c; c = c->next)
			if (is_overdue(server, c, now))
				kill_conn(c);
		pthread_mutex_unlock(&server->conns_lock);
		sleep_ms(TICK_MS);
	}
	return NULL;
}

/* Room for new ones: the connection that has waited longest between requests goes. */
static void
evict_oldest_idle(struct http_server *server)
{
	struct http_conn *oldest = NULL;

	for (struct http_conn *c = server->conns; c; c = c->next) {
		if (c->killed || atomic_load(&c->phase) != CONN_IDLE)
			continue;
		if (!oldest || atomic_load(&c->since) < atomic_load(&oldest->since))
			oldest = c;
	}
	if (oldest)
		kill_conn(oldest);
}

static void
conn_open(struct http_server *server, struct MHD_Connection *mhd, void **ret)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_conn *conn = calloc(1, sizeof(*conn));

	if (!conn || !info)
		abort();
	conn->fd = info->connect_fd;
	set_phase(conn, CONN_HEADER);
	pthread_mutex_lock(&server->conns_lock);
	if (server->conns_n >= server->limits.connections / 10 * 9)
		evict_oldest_idle(server);
	conn->next = server->conns;
	if (conn->next)
		conn->next->prev = conn;
	server->conns = conn;
	server->conns_n++;
	pthread_mutex_unlock(&server->conns_lock);
	*ret = conn;
}

static void
conn_close(struct http_server *server, struct http_conn *conn)
{
	pthread_mutex_lock(&server->conns_lock);
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		server->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	server->conns_n--;
	pthread_mutex_unlock(&server->conns_lock);
	free(conn);
}

static void
on_connection(void *arg, struct MHD_Connection *mhd, void **socket_context,
	      enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		conn_open(arg, mhd, socket_context);
	else if (*socket_context)
		conn_close(arg, *socket_context);
}

/* --- exchanges
 * ------------------------------------------------------------------------------------------ */

/* The request line is read: an exchange begins. */
static void *
on_uri(void *arg, const char *uri, struct MHD_Connection *mhd)
{
	struct http_server *server = arg;
	struct http_exchange *ex = calloc(1, sizeof(*ex));
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (!ex || !info)
		abort();
	ex->server = server;
	ex->mhd = mhd;
	ex->conn = info->socket_context;
	ex->arena = zd_arena_new(ARENA_LIMIT);
	ex->raw_uri = uri;
	ex->uri = zd_str_copy(ex->arena, zd_str_of(uri));
	ex->rep.fd = -1;
	ex->started = http_now_ms();
	atomic_fetch_add(&server->in_flight, 1);
	if (atomic_load(&ex->conn->phase) == CONN_IDLE)
		set_phase(ex->conn, CONN_HEADER);
	return ex;
}

static void
tell_access(struct http_exchange *ex)
{
	int64_t ms = http_now_ms() - ex->started;
	struct zd_str path = ex->req.path.p ? ex->req.path : ZD_STR("-");

	http_count(ex->status, ms);
	zd_event(&ex->cx, EVENT_INFO, "http.access", EVENT_TEXT("method", ex->method),
		 EVENT_TEXT("path", path), EVENT_TEXT("address", ex->cx.actor.address),
		 EVENT_INT("status", ex->status), EVENT_INT("in", ex->body.received),
		 EVENT_INT("out", ex->head ? 0 : ex->sent), EVENT_INT("ms", ms));
}

static void
on_completed(void *arg, struct MHD_Connection *mhd, void **con_cls,
	     enum MHD_RequestTerminationCode code)
{
	struct http_server *server = arg;
	struct http_exchange *ex = *con_cls;

	(void)mhd, (void)code;
	if (!ex)
		return;
	*con_cls = NULL;
	set_phase(ex->conn, CONN_IDLE);
	if (ex->stage != STAGE_HEADER)
		tell_access(ex);
	if (ex->response)
		MHD_destroy_response(ex->response);
	http_body_drop(&ex->body);
	http_reply_drop(&ex->rep);
	zd_arena_free(ex->arena);
	free(ex);
	atomic_fetch_sub(&server->in_flight, 1);
}

static struct zd_str
peer_address(struct http_exchange *ex)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(ex->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char text[INET6_ADDRSTRLEN] = "";
	const void *address;

	if (!info || !info->client_addr)
		return (struct zd_str){ 0 };
	const struct sockaddr_in *v4 = (const void *)info->client_addr;
	const struct sockaddr_in6 *v6 = (const void *)info->client_addr;
	bool is_v4 = info->client_addr->sa_family == AF_INET;
	address = is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr;
	if (!inet_ntop(is_v4 ? AF_INET : AF_INET6, address, text, sizeof(text)))
		return (struct zd_str){ 0 };
	return zd_str_copy(ex->arena, zd_str_of(text));
}

/* The address that our proxy saw: the last one that it added. */
static struct zd_str
forwarded_address(struct http_exchange *ex)
{
	struct zd_str all = http_header(&ex->req, "X-Forwarded-For");

	for (size_t i = all.n; i > 0; i--)
		if (all.p[i - 1] == ',')
			return zd_str_trim((struct zd_str){ all.p + i, all.n - i });
	return all;
}

static struct zd_str
cookie_value(struct zd_str header, struct zd_str name)
{
	for (size_t i = 0, end; i < header.n; i = end + 1) {
		for (end = i; end < header.n && header.p[end] != ';'; end++)
			;
		struct zd_str pair = zd_str_trim((struct zd_str){ header.p + i, end - i });
		if (pair.n > name.n && zd_str_starts(pair, name) && pair.p[name.n] == '=')
			return (struct zd_str){ pair.p + name.n + 1, pair.n - name.n - 1 };
	}
	return (struct zd_str){ 0 };
}

/* A key speaks for a program; without one the cookie speaks for a person. */
static void
find_session(struct http_request *req)
{
	struct zd_str key = http_header(req, "Authorization"), scheme = ZD_STR("Bearer ");

	if (key.p) {
		if (key.n > scheme.n &&
		    http_equal_nocase((struct zd_str){ key.p, scheme.n }, scheme))
			req->session = (struct zd_str){ key.p + scheme.n, key.n - scheme.n };
		return;
	}
	req->session = cookie_value(http_header(req, "Cookie"), ZD_STR("__Host-sid"));
	req->by_cookie = req->session.n > 0;
}

static bool
is_our_host(const struct http_server *server, struct zd_str host)
{
	if (!server->config.hosts)
		return true;
	const char *colon = memrchr(host.p, ':', host.n), *bracket = memrchr(host.p, ']', host.n);
	if (colon && (!bracket || colon > bracket))
		host.n = (size_t)(colon - host.p);
	for (const char *const *h = server->config.hosts; *h; h++)
		if (http_equal_nocase(host, zd_str_of(*h)))
			return true;
	return false;
}

static void
fill_request(struct http_exchange *ex, const struct http_target *target)
{
	const struct http_server_config *config = &ex->server->config;
	struct http_request *req = &ex->req;

	req->path = target->path;
	req->query = target->query;
	req->pool = config->pool;
	req->app = config->app;
	req->server = ex->server;
	req->tables = config->tables;
	req->csrf = ZD_STR("");
	req->body.fd = -1;
	req->content_type = http_header(req, "Content-Type");
	req->etag_given = http_header(req, "If-None-Match");
	req->idempotency_key = http_header(req, "Idempotency-Key");
	req->accept = http_header(req, "Accept");
	req->wants_json = zd_str_starts(req->path, ZD_STR("/api/"));
	req->secure = ex->server->tls ||
		      (config->behind_proxy &&
		       zd_str_equal(http_header(req, "X-Forwarded-Proto"), ZD_STR("https")));
	ex->cx.actor.address = peer_address(ex);
	if (config->behind_proxy && http_header(req, "X-Forwarded-For").n)
		ex->cx.actor.address = forwarded_address(ex);
	find_session(req);
}

/* The status that is known before anyone is asked, or 0 with the route found. */
static int
find_route(struct http_exchange *ex)
{
	ex->head = zd_str_equal(ex->method, ZD_STR("HEAD"));
	enum http_method method = ex->head ? HTTP_GET : http_method_of(ex->method);

	ex->match = http_router_find(&ex->server->router, method, ex->req.path);
	ex->req.route = ex->match.route;
	if (!is_our_host(ex->server, http_header(&ex->req, "Host")))
		return 421;
	if (zd_str_equal(ex->method, ZD_STR("TRACE")) ||
	    zd_str_equal(ex->method, ZD_STR("CONNECT")))
		return 501;
	if (ex->match.route)
		return 0;
	return ex->match.allowed ? 405 : 404;
}

static enum MHD_Result
answer(struct http_exchange *ex)
{
	ex->stage = STAGE_DONE;
	set_phase(ex->conn, CONN_BUSY); /* a slow download is MHD's to time */
	return MHD_queue_response(ex->mhd, (unsigned)ex->status, ex->response);
}

static enum MHD_Result
answer_plain(struct http_exchange *ex, int status, const char *text)
{
	ex->close = true;
	ex->response = http_reply_plain(ex, status, text);
	return answer(ex);
}

static enum MHD_Result
hand_over(struct http_exchange *ex, enum stage stage)
{
	ex->stage = stage;
	set_phase(ex->conn, CONN_BUSY);
	MHD_suspend_connection(ex->mhd); /* before the job: a worker may resume it at once */
	http_jobs_put(ex->server, ex);
	return MHD_YES;
}

static enum MHD_Result
begin(struct http_exchange *ex, const char *method, const char *version)
{
	struct http_target target = { 0 };

	ex->stage = STAGE_GATE;
	ex->method = zd_str_copy(ex->arena, zd_str_of(method));
	ex->cx.arena = ex->arena;
	zd_cx_now(&ex->cx);
	ex->cx.request = zd_str_printf(ex->arena, "%llx", (unsigned long long)zd_id_new());
	const char *fault = http_guard(ex, method, version);
	if (!fault)
		fault = http_target_parse(ex->arena, ex->uri, &target);
	if (fault)
		return answer_plain(ex, ex->status ? ex->status : 400, fault);
	if (http_jobs_are_full(ex->server))
		return answer_plain(ex, 503, http_status_text(503));
	fill_request(ex, &target);
	ex->status = find_route(ex);
	/* How a chunked body was cut is not ours to see: nothing may follow it on this connection.
	 */
	ex->close = ex->chunked || ex->status == 501 || ex->status == 421 ||
		    (!ex->match.route && ex->content_length > 0);
	return hand_over(ex, STAGE_GATE);
}

/* A body that grows past its limit cannot be answered by MHD before its end: say it on the socket,
 * and end. */
static void
refuse_flood(struct http_exchange *ex)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };

	ex->status = 413;
	if (ex->server->tls)
		return;
	zd_out_write(&out, ZD_STR("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n"
				  "Content-Length: 0\r\nCache-Control: no-store\r\n"));
	http_reply_put_security(&out);
	zd_out_write(&out, ZD_STR("\r\n"));
	struct zd_str text = zd_out_str(&out);
	(void)send(ex->conn->fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

#define FLOOD_SIZE ((int64_t)1 << 20) /* how much beyond the limit is read before we say no */

static enum MHD_Result
take_body(struct http_exchange *ex, const char *data, size_t *n)
{
	http_body_take(ex, data, *n);
	atomic_fetch_add(&ex->conn->bytes, (int64_t)*n);
	*n = 0;
	if (ex->body.received <= ex->body.max + FLOOD_SIZE)
		return MHD_YES;
	refuse_flood(ex);
	return MHD_NO;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *mhd, const char *url, const char *method,
	   const char *version, const char *data, size_t *n, void **con_cls)
{
	struct http_exchange *ex = *con_cls;

	(void)arg, (void)mhd, (void)url;
	if (!ex)
		return MHD_NO;
	if (ex->stage == STAGE_HEADER)
		return begin(ex, method, version);
	if (ex->stage == STAGE_GATE) {
		/*
		 * What is queued before the body makes MHD close the connection: right if a body is
		 * refused, a waste otherwise. Passed or without a body, it goes on, through an
		 * empty body if need be.
		 */
		if (ex->response && (ex->chunked || ex->content_length > 0))
			return answer(ex);
		ex->stage = STAGE_BODY;
		set_phase(ex->conn, CONN_BODY);
		return MHD_YES;
	}
	if (ex->response)
		return answer(ex);
	if (*n)
		return take_body(ex, data, n);
	return hand_over(ex, STAGE_HANDLE);
}

/* --- starting and stopping
 * ------------------------------------------------------------------------------ */

static int
or_default(int v, int otherwise)
{
	return v > 0 ? v : otherwise;
}

static void
set_limits(struct http_server *server)
{
	const struct http_limits *l = &server->config.limits;

	server->limits = (struct http_limits){
		.connections = or_default(l->connections, 10000),
		.per_address = server->config.behind_proxy ? 0 : or_default(l->per_address, 512),
		.header_ms = or_default(l->header_ms, 10000),
		.idle_ms = or_default(l->idle_ms, 15000),
		.body_grace_ms = or_default(l->body_grace_ms, 10000),
		.body_rate = or_default(l->body_rate, 1024),
		.stall_s = or_default(l->stall_s, 30),
		.queue = or_default(l->queue, 32),
		.drain_ms = or_default(l->drain_ms, 10000),
	};
}

static bool
is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* "127.0.0.1:8080" or "[::1]:8080": numbers only, no names are looked up. */
static enum zd_rc
parse_listen(struct zd_cx *cx, struct zd_str listen, struct addrinfo **ret)
{
	const char *colon = listen.n ? memrchr(listen.p, ':', listen.n) : NULL;
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	struct zd_str host = listen;

	if (!colon)
		return zd_fail(cx, ZD_INVALID, "listen",
			       "监听地址“%.*s”应写成 地址：端口，如 127.0.0.1:8080。",
			       ZD_STR_ARG(listen));
	host.n = (size_t)(colon - listen.p);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct zd_str){ host.p + 1, host.n - 2 };
	struct zd_str port = zd_str_copy(
		cx->arena, (struct zd_str){ colon + 1, listen.n - (size_t)(colon - listen.p) - 1 });
	if (!port.n || getaddrinfo(zd_str_copy(cx->arena, host).p, port.p, &hints, ret) != 0)
		return zd_fail(cx, ZD_INVALID, "listen", "监听地址“%.*s”不是有效的地址和端口。",
			       ZD_STR_ARG(listen));
	return ZD_OK;
}

static int
port_of(int fd)
{
	struct sockaddr_in6 address = { 0 };
	socklen_t n = sizeof(address);

	if (getsockname(fd, (void *)&address, &n) != 0)
		return 0;
	return ntohs(((const struct sockaddr_in *)(const void *)&address)
			     ->sin_port); /* the same place in both */
}

static enum zd_rc
bind_to(struct zd_cx *cx, struct http_server *server, const struct addrinfo *ai)
{
	const struct http_server_config *config = &server->config;
	int one = 1, zero = 0;

	if (!server->tls && !config->behind_proxy && !is_loopback(ai->ai_addr))
		return zd_fail(
			cx, ZD_REFUSED, "listen",
			"没有证书时只能监听本机地址；请配置证书和私钥，或声明在反向代理之后（"
			"behind_proxy）。");
	server->listen_fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listen_fd < 0)
		return zd_fail(cx, ZD_FAILED, "listen", "不能建立监听套接字：%s。",
			       strerror(errno));
	(void)setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(server->listen_fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (bind(server->listen_fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(server->listen_fd, 1024) != 0)
		return zd_fail(cx, ZD_FAILED, "listen", "不能监听“%.*s”：%s。端口可能已被占用。",
			       ZD_STR_ARG(config->listen), strerror(errno));
	server->port = port_of(server->listen_fd);
	return ZD_OK;
}

static enum zd_rc
open_listener(struct zd_cx *cx, struct http_server *server)
{
	struct addrinfo *ai;

	ZD_TRY(parse_listen(cx, server->config.listen, &ai));
	enum zd_rc rc = bind_to(cx, server, ai);
	freeaddrinfo(ai);
	return rc;
}

static size_t
not_unescaped(void *arg, struct MHD_Connection *mhd, char *s)
{
	(void)arg, (void)mhd;
	return strlen(s); /* target.c decodes, once */
}

static void on_log(void *arg, const char *fmt, va_list ap) ZD_PRINTF(2, 0);

static void
on_log(void *arg, const char *fmt, va_list ap)
{
	char text[512];

	(void)arg;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	zd_event(NULL, EVENT_DEBUG, "http.library",
		 EVENT_TEXT("text", zd_str_trim(zd_str_of(text))));
}

static enum zd_rc
start_daemon(struct zd_cx *cx, struct http_server *server)
{
	const struct http_limits *l = &server->limits;
	unsigned flags =
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0,
		  (void *)(uintptr_t)zd_str_copy(server->arena, server->config.tls_cert).p },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0,
		  (void *)(uintptr_t)zd_str_copy(server->arena, server->config.tls_key).p },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		  (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_"
				      "PRECEDENCE" },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (server->tls)
		flags |= MHD_USE_TLS;
	server->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, server->listen_fd, MHD_OPTION_THREAD_POOL_SIZE,
		MHD_THREADS,
#if MHD_VERSION >= 0x00097701
		MHD_OPTION_CLIENT_DISCIPLINE_LVL, 3,
#else
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
#endif
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, MHD_MEMORY, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)l->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)l->per_address, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)l->stall_s,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, server, MHD_OPTION_URI_LOG_CALLBACK, on_uri, server,
		MHD_OPTION_UNESCAPE_CALLBACK, not_unescaped, NULL, MHD_OPTION_ARRAY,
		server->tls ? tls : &tls[3], MHD_OPTION_END);
	if (!server->daemon)
		return zd_fail(cx, ZD_FAILED, "listen",
			       "HTTP 服务不能启动；如使用 TLS，请核对证书与私钥是否成对。");
	return ZD_OK;
}

static enum zd_rc
start_threads(struct zd_cx *cx, struct http_server *server)
{
	int want = or_default(server->config.workers, 8);

	server->workers = calloc((size_t)want, sizeof(*server->workers));
	for (int i = 0; server->workers && i < want; i++)
		server->workers_n +=
			pthread_create(&server->workers[i], NULL, http_worker, server) == 0;
	server->has_watchdog = pthread_create(&server->watchdog, NULL, watch, server) == 0;
	if (server->workers_n < want || !server->has_watchdog)
		return zd_fail(cx, ZD_FAILED, "workers", "不能建立 %d 个工作线程。", want);
	return ZD_OK;
}

static struct http_server *
new_server(const struct http_server_config *config)
{
	struct http_server *server = calloc(1, sizeof(*server));

	if (!server)
		abort();
	server->config = *config;
	server->arena = zd_arena_new(SIZE_MAX);
	server->listen_fd = -1;
	server->jobs_end = &server->jobs_first;
	server->tls = config->tls_cert.n > 0;
	pthread_mutex_init(&server->conns_lock, NULL);
	pthread_mutex_init(&server->jobs_lock, NULL);
	pthread_cond_init(&server->jobs_cond, NULL);
	set_limits(server);
	zd_metrics_add(http_metrics);
	return server;
}

static enum zd_rc
start(struct zd_cx *cx, struct http_server *server)
{
	struct zd_arena *arena = cx->arena;

	cx->arena = server->arena; /* the router lives as long as the server */
	enum zd_rc rc = http_router_make(cx, server->config.tables, &server->router);
	cx->arena = arena;
	if (rc != ZD_OK)
		return rc;
	ZD_TRY(open_listener(cx, server));
	ZD_TRY(start_threads(cx, server));
	return start_daemon(cx, server);
}

enum zd_rc
http_server_start(struct zd_cx *cx, const struct http_server_config *config,
		  struct http_server **ret)
{
	if (!config->gate || !config->spool_dir)
		return zd_fail(cx, ZD_INVALID, NULL,
			       "HTTP 服务缺少访问策略检查（gate）或暂存目录（spool_dir）。");
	struct http_server *server = new_server(config);
	enum zd_rc rc = start(cx, server);
	if (rc == ZD_OK)
		*ret = server;
	else
		http_server_stop(server);
	return rc;
}

int
http_server_port(const struct http_server *server)
{
	return server->port;
}

/* Connections in these phases have nothing in progress that we owe an answer for. */
static void
kill_phases(struct http_server *server, unsigned phases)
{
	pthread_mutex_lock(&server->conns_lock);
	for (struct http_conn *c = server->conns; c; c = c->next)
		if (phases >> atomic_load(&c->phase) & 1)
			kill_conn(c);
	pthread_mutex_unlock(&server->conns_lock);
}

static bool
workers_are_idle(struct http_server *server)
{
	int waiting, running;

	http_jobs_count(server, &waiting, &running);
	return !waiting && !running;
}

/* True if nothing runs any more. */
static bool
drain(struct http_server *server)
{
	int64_t until = http_now_ms() + server->limits.drain_ms;

	int64_t patient = http_now_ms() + 500; /* for headers that were on their way */
	while (atomic_load(&server->in_flight) && http_now_ms() < until) {
		kill_phases(server,
			    1U << CONN_IDLE | (http_now_ms() > patient ? 1U << CONN_HEADER : 0));
		sleep_ms(5);
	}
	kill_phases(server, 1U << CONN_IDLE | 1U << CONN_HEADER | 1U << CONN_BODY);
	while (!workers_are_idle(server) && http_now_ms() < until)
		sleep_ms(5);
	return workers_are_idle(server);
}

static void
join_workers(struct http_server *server)
{
	pthread_mutex_lock(&server->jobs_lock);
	server->closing = true;
	pthread_cond_broadcast(&server->jobs_cond);
	pthread_mutex_unlock(&server->jobs_lock);
	for (int i = 0; i < server->workers_n; i++)
		pthread_join(server->workers[i], NULL);
	free(server->workers);
}

void
http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	atomic_store(&server->stopping, true);
	if (server->daemon)
		(void)MHD_quiesce_daemon(server->daemon);
	if (server->listen_fd >= 0)
		(void)shutdown(server->listen_fd,
			       SHUT_RDWR); /* closed below: MHD's threads still know it */
	if (server->has_watchdog)
		pthread_join(server->watchdog, NULL);
	if (server->daemon && !drain(server)) {
		/* A handler still runs and cannot be ended from here; the process is about to. */
		zd_event(NULL, EVENT_WARN, "http.drain_slow",
			 EVENT_INT("running", server->jobs_running));
		return;
	}
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	if (server->listen_fd >= 0)
		(void)close(server->listen_fd);
	join_workers(server);
	pthread_mutex_destroy(&server->conns_lock);
	pthread_mutex_destroy(&server->jobs_lock);
	pthread_cond_destroy(&server->jobs_cond);
	zd_arena_free(server->arena);
	free(server);
}
