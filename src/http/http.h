#ifndef ZD_HTTP_H
#define ZD_HTTP_H

#include "base/zd.h"

struct db;
struct db_pool;
struct embed_file;
struct http_server;

/*
 * http: the server, and the one table of routes that people and programs share. A room declares its
 * routes; the same table answers requests, asks the gate, reads and checks parameters, refuses
 * forged forms and prints the API's description (/api/v1/openapi.json).
 *
 * http knows nothing of supervision: who may do what is asked of the gate (trust), how a page looks
 * is the page room's.
 */
enum http_method { HTTP_END, HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_DELETE };
enum http_type { HTTP_INT, HTTP_TEXT, HTTP_DAY, HTTP_BOOL, HTTP_FILE };

/*
 * A parameter that a route did not declare does not exist: sending it is an error (400), as is
 * sending one twice. Path, query, form and JSON members share one set of names. An empty number,
 * day or bool of a form counts as absent; an empty text is a text of length 0, which `required`
 * refuses.
 */
struct http_param {
	const char *name, *about;
	enum http_type type;
	unsigned offset;
	int64_t min, max; /* of the number, or of the text's length in characters; max must be set
			     for text */
	bool required;
	bool secret; /* never told back or logged; the API document marks it as a password */
};

/* The place is checked against the C type of the field it names. Absent: ZD_NO_INT, ZD_NO_DAY,
 * absent text. */
#define HTTP_PARAM_(type_, field_, kind_, ctype_, ...)                                             \
	{                                                                                          \
		.name = #field_, .type = kind_,                                                    \
		.offset = offsetof(type_, field_) + _Generic(((type_ *)0)->field_, ctype_ : 0),    \
		__VA_ARGS__                                                                        \
	}
#define HTTP_PARAM_INT(type_, field_, ...)                                                         \
	HTTP_PARAM_(type_, field_, HTTP_INT, int64_t, __VA_ARGS__)
#define HTTP_PARAM_DAY(type_, field_, ...)                                                         \
	HTTP_PARAM_(type_, field_, HTTP_DAY, int32_t, __VA_ARGS__)
#define HTTP_PARAM_BOOL(type_, field_, ...) HTTP_PARAM_(type_, field_, HTTP_BOOL, bool, __VA_ARGS__)
#define HTTP_PARAM_TEXT(type_, field_, ...)                                                        \
	HTTP_PARAM_(type_, field_, HTTP_TEXT, struct zd_str, __VA_ARGS__)
#define HTTP_PARAM_FILE(type_, field_, ...)                                                        \
	HTTP_PARAM_(type_, field_, HTTP_FILE, struct http_file, __VA_ARGS__)

/* An upload, complete on disk (an unlinked file of our own) before the handler runs. */
struct http_file {
	int fd; /* owned by the request; -1: none was sent. dup() to keep. */
	int64_t size;
	struct zd_str name; /* as the sender called it, cleaned of paths and controls */
};

/* Who may use a route: the gate (trust) reads it. A route without a policy stops the start-up. */
enum http_access {
	HTTP_NO_POLICY,
	HTTP_PUBLIC,    /* anyone, no login */
	HTTP_SIGNED_IN, /* any person signed in */
	HTTP_ROLES      /* one of `roles` */
};
struct http_policy {
	enum http_access access;
	uint32_t roles; /* bits of enum trust_role */
	bool fresh;     /* step-up: signed in within the last 5 minutes */
};

enum http_body {
	HTTP_NO_BODY,
	HTTP_FORM,  /* application/x-www-form-urlencoded or multipart/form-data, CSRF token `csrf`
		       required */
	HTTP_JSON,  /* application/json object whose members are the params */
	HTTP_STREAM /* any type, spooled to disk as sent: req->body (table_inflate decodes gzip and
		       zstd) */
};

struct http_route;

struct http_header {
	struct zd_str name, value;
};

/* A field of a form, or a member of a JSON body, that the route did not declare (lax_fields). */
struct http_named {
	struct zd_str name, value;
};

/* What is wrong with the parameters, all of it; cx->err holds the first. */
struct http_fault {
	const char *field;
	struct zd_str text;
};

/* A value that is none of the choices, and these. */
struct http_choice {
	struct zd_str value, name;
};
struct http_refused {
	struct zd_str value, nearest; /* nearest: absent if none is near */
	const struct http_choice *choices;
	size_t n;
};

struct http_request {
	const struct http_route *route; /* NULL on an error page of an unknown path */
	struct db *db; /* of a handler: for reading on GET, for writing otherwise; of the gate: for
			  reading */
	struct db_pool *pool;  /* for handlers that stream and need a second connection */
	const void *app;       /* the program's own services (cli/app.h), opaque here */
	const void *params;    /* the route's own struct, already checked */
	struct http_file body; /* HTTP_STREAM */
	const struct http_named *fields; /* lax_fields: as sent, each name once */
	size_t fields_n;
	struct zd_str content_type, query, path, etag_given, idempotency_key, accept;
	struct zd_str csrf;    /* to be put into forms; "" without a session */
	struct zd_str session; /* the raw cookie or key (Authorization: Bearer), for the gate */
	bool by_cookie;        /* `session` is a cookie: a change needs the CSRF token; the gate may
				  correct it */
	bool wants_json;       /* path begins with /api/ */
	bool secure;           /* came by TLS, or the proxy said so */
	const struct http_header *headers; /* as sent; http_header finds one */
	size_t headers_n;
	const struct http_fault *faults; /* for error_page, after ZD_INVALID of the parameters */
	size_t faults_n;
	struct http_refused refused; /* a handler's, beside ZD_INVALID: told to programs */
	const struct http_server *server;
	const struct http_route *const *tables; /* that the server answers from; NULL: not known */
};

/* The value of a header (any case), or absent. Headers are sent once or are an error where it
 * matters. */
struct zd_str http_header(const struct http_request *req, const char *name);
/* A filter of a list (lax_query): the decoded value of an undeclared query parameter, or absent. */
struct zd_str http_query(struct zd_cx *cx, const struct http_request *req, const char *name);

/* An undeclared field (lax_fields), or absent. */
struct zd_str http_field(const struct http_request *req, struct zd_str name);

/* What a handler answers with; it owns what it sets. Unset status is 200. */
struct http_reply {
	int status;
	struct zd_out out; /* the body, up to a ceiling of 16 MiB */
	const char *type;  /* content type; default text/html; charset=utf-8 or application/json */
	struct zd_str location;   /* a path of our own, beginning with one '/' */
	struct zd_str attachment; /* download under this name */
	struct zd_str
		set_cookie;  /* the session cookie's value (letters, digits, -_.); "" clears it */
	struct zd_str cache; /* default "no-store" */
	struct zd_str etag;  /* without quotes; a GET that names it is answered 304 */
	int fd;              /* >= 0: send this file instead of out; owned by the reply */
};

typedef enum zd_rc http_handler(struct zd_cx *cx, struct http_request *req, struct http_reply *rep);

struct http_route {
	enum http_method method;
	const char *path;  /* "/desk/subjects/{id}": segments in braces are params */
	const char *about; /* Chinese; the API document and the help print it */
	struct http_policy policy;
	http_handler *handle;
	enum http_body body;
	const struct http_param *params; /* path, query and form alike; may be NULL */
	size_t params_size;
	int64_t max_body; /* 0: 1 MiB */
	bool lax_query;   /* accepts undeclared query parameters (lists: filters are checked by the
			     list) */
	bool lax_fields;  /* accepts undeclared text fields in a form or JSON body: whoever handles
			     them checks them against a data standard (http_field finds one) */
	const char *produces; /* for the API document, and the reply's default type */
};

/*
 * The gate: called before the body is read, on a worker thread. Fills cx->actor and req->csrf;
 * ZD_OK lets through; ZD_REFUSED answers 403, ZD_NOT_FOUND 401 (API) or a redirect to
 * /signin?next=… (pages). Anything else, a failed database too, is answered as it is and nobody
 * passes.
 */
typedef enum zd_rc http_gate(struct zd_cx *cx, struct http_request *req, const void *gate_data);
/* ZD_OK: the program can do its work (the database answers and can be written to). */
typedef enum zd_rc http_check(struct zd_cx *cx, const struct http_request *req);

/* 0: the default that stands beside. */
struct http_limits {
	int connections;   /* 10000 in all; from nine tenths on the longest idle one is closed for a
			      new one */
	int per_address;   /* 512; behind a proxy: no limit */
	int header_ms;     /* 10000 from the first to the last byte of a request's header */
	int idle_ms;       /* 15000 between requests */
	int body_grace_ms; /* 10000, then a body must come at */
	int body_rate;     /* 1024 bytes a second or more */
	int stall_s;       /* 30 without progress of an answer */
	int queue;         /* 32 requests a worker may wait; more are answered 503 */
	int drain_ms;      /* 10000 */
};

struct http_server_config {
	struct zd_str listen;                   /* "127.0.0.1:8080", "[::]:443" */
	const struct http_route *const *tables; /* each ends at HTTP_END; the list ends at NULL */
	http_gate *gate;
	const void *gate_data, *app;
	struct db_pool *pool;
	const char *spool_dir;           /* uploads in progress */
	int workers;                     /* handler threads; 0: 8 */
	struct zd_str tls_cert, tls_key; /* PEM texts; absent: plain HTTP, loopback only */
	bool behind_proxy; /* plain HTTP elsewhere too; X-Forwarded-For (last) and -Proto are
			      believed */
	const char *const
		*hosts; /* names in Host that are ours, ends at NULL; NULL: any (else 421) */
	http_handler *error_page; /* draws cx->err for people; runs on a worker, without req->db */
	http_check *check;        /* for /health; may be NULL */
	const struct embed_file *assets; /* for /assets/{name}; may be NULL */
	struct http_limits limits;
};

/*
 * Starts to listen. ZD_INVALID, naming the route: a route lacks a policy, an about or a handler,
 * repeats another, has a {segment} without a parameter, a text without max, a parameter outside its
 * struct. ZD_REFUSED: plain HTTP asked for beyond loopback. ZD_FAILED: the address is taken, …
 *
 * The session cookie is `__Host-sid; Secure; HttpOnly; SameSite=Strict; Path=/`, over plain HTTP too: Chromium
 * and Firefox count loopback as trustworthy (Chromium tried, docs/adr/0002), Safari needs TLS.
 */
enum zd_rc http_server_start(struct zd_cx *cx, const struct http_server_config *config,
			     struct http_server **ret) ZD_CHECKED;
int http_server_port(const struct http_server *server);
/* Drains: no new connections, idle ones closed, running requests have drain_ms to end. NULL is
 * fine. */
void http_server_stop(struct http_server *server);

/* The route that a path of our own (a query may follow) leads to, or NULL. */
const struct http_route *http_route_at(const struct http_route *const *tables,
				       enum http_method method, struct zd_str href);

/* GET /health, /metrics (from loopback only), /api/v1/openapi.json, /assets/{name}. Put it into
 * `tables`. */
extern const struct http_route http_builtin_routes[];

/* "/assets/app.css?v=0123456789abcdef": cached for ever, for the name changes with the bytes.
 * Absent if there is none. */
struct zd_str http_asset_url(struct zd_arena *arena, const struct embed_file *assets,
			     const char *name);

/* The API's description from the tables (only paths under /api/): OpenAPI 3.1, the same bytes each
 * time. */
void http_openapi(struct zd_out *out, const struct http_route *const *tables);

#endif
