#ifndef ZD_HTTP_SERVER_H
#define ZD_HTTP_SERVER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/event.h"
#include "http/http.h"
#include "http/multipart.h"
#include "http/params.h"
#include "http/route.h"
#include "http/target.h"

/* The inside of the http room. An exchange is one request and its answer; one thread holds it at a
 * time. */

enum conn_phase { CONN_HEADER, CONN_IDLE, CONN_BODY, CONN_BUSY };

struct http_conn {
	struct http_conn *next, *prev;
	int fd; /* valid while in the server's list */
	_Atomic int phase;
	_Atomic int64_t since, bytes; /* of the phase, on the monotonic clock; of the body */
	bool killed;
};

struct http_field {
	struct http_pair pair;
	struct http_field *next;
};
struct http_upload {
	struct zd_str field;
	struct http_file file;
	struct http_upload *next;
};

enum body_kind { BODY_NONE, BODY_MEMORY, BODY_SPOOL, BODY_MULTIPART };

struct http_intake {
	enum body_kind kind;
	int64_t received, max;
	struct zd_out memory; /* the body, or the text field that is being read */
	int64_t fields_size;
	struct http_file spool;
	struct multipart *mp;
	struct http_field *fields, **fields_end;
	struct http_upload *uploads, **uploads_end;
	bool in_file;
	int status; /* what is wrong with it: 0, 400, 413, 500 */
	const char *fault;
};

enum stage { STAGE_HEADER, STAGE_GATE, STAGE_BODY, STAGE_HANDLE, STAGE_DONE };

struct http_exchange {
	struct http_server *server;
	struct http_conn *conn;
	struct MHD_Connection *mhd;
	struct http_exchange *next; /* in the queue of jobs */
	enum stage stage;
	struct zd_arena *arena;
	struct zd_cx cx;
	struct http_request req;
	struct http_reply rep;
	struct http_match match;
	struct http_intake body;
	const char *raw_uri;       /* in MHD's memory, for the guard */
	struct zd_str uri, method; /* our copies */
	bool head, chunked, close;
	int64_t content_length; /* -1: not told */
	int64_t started;        /* monotonic */
	int status;
	int64_t sent;
	struct MHD_Response *response;
};

struct http_server {
	struct http_server_config config;
	struct http_limits limits;
	struct zd_arena *arena;
	struct http_router router;
	struct MHD_Daemon *daemon;
	int listen_fd, port;
	bool tls;
	_Atomic bool stopping;

	pthread_mutex_t conns_lock;
	struct http_conn *conns;
	int conns_n;

	pthread_mutex_t jobs_lock;
	pthread_cond_t jobs_cond;
	struct http_exchange *jobs_first, **jobs_end;
	int jobs_waiting, jobs_running;
	bool closing;

	pthread_t *workers;
	int workers_n;
	pthread_t watchdog;
	bool has_watchdog;
	_Atomic int in_flight;
};

int64_t http_now_ms(void); /* monotonic */

/* guard.c: what MHD lets pass and we do not. */

/* Copies the headers into ex->req and judges the framing: NULL, or what is wrong (a literal); then
 * the connection must end. */
const char *http_guard(struct http_exchange *ex, const char *method, const char *version);

/* body.c */
/* Gets ready for the route's kind of body: 0, or 411, 413, 415 with the fault told in cx. */
int http_body_begin(struct http_exchange *ex);
void http_body_take(struct http_exchange *ex, const char *p, size_t n);
/* Reads all parameters into the route's struct: ZD_OK, or an error with ex->status set. */
enum zd_rc http_body_params(struct http_exchange *ex) ZD_CHECKED;
void http_body_drop(struct http_intake *body);

/* worker.c: the gate and the handler. */
void *http_worker(void *server);
/* Too many wait to take another request; who has sent his body already is not sent away. */
bool http_jobs_are_full(struct http_server *server);
/* Hands the exchange to the workers, which resume its connection when it can go on. */
void http_jobs_put(struct http_server *server, struct http_exchange *ex);
void http_jobs_count(struct http_server *server, int *ret_waiting, int *ret_running);

/* reply.c */
/* The answer to cx->err with this status, for people or programs. */
void http_reply_error(struct http_exchange *ex, int status);
/* ex->rep as a response with all headers; takes what rep owns. Never NULL. */
struct MHD_Response *http_reply_make(struct http_exchange *ex);
/* A short answer in plain text that needs no worker; closes the connection. */
struct MHD_Response *http_reply_plain(struct http_exchange *ex, int status, const char *text);
/* The lines of the security headers, for an answer that is written on the socket by hand. */
void http_reply_put_security(struct zd_out *out);
void http_reply_drop(struct http_reply *rep);
/* What is told back to people about a status that has no error of its own. */
const char *http_status_text(int status);

/* builtin.c */
extern struct metric *const http_metrics[];
void http_count(int status, int64_t ms);
void http_gauges(struct http_server *server);

#endif
