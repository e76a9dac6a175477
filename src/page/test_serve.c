/* A server, its people, and a client for black-box tests. */
#include "page/test_serve.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/event.h"
#include "file/file.h"
#include "page/page.h"
#include "trust/trust_gate.h"

/* --- the server -------------------------------------------------------------------------- */

void
serve_start(struct test_db *t, const struct standard_set *set, struct db_pool *pool,
	    const struct http_route *const *tables, struct serve *ret)
{
	static const struct page_site site = { .city = ZD_LIT("榕州市"),
					       .version = ZD_LIT("0.1.0") };
	struct zd_str path;

	*ret = (struct serve){ .arena = zd_arena_new((size_t)1 << 30),
			       .dir = "/tmp/zd-serve-XXXXXX" };
	assert_non_null(mkdtemp(ret->dir));
	path = zd_str_printf(ret->arena, "%s/spool", ret->dir);
	assert_int_equal(mkdir(path.p, 0700), 0);
	ret->app = (struct app){ .dir = ret->dir,
				 .spool = path.p,
				 .pool = pool,
				 .standards = set,
				 .origin = ZD_STR("zhaodan/test") };
	memcpy(&ret->app.keys, test_trust_keys(), sizeof(ret->app.keys));
	path = zd_str_printf(ret->arena, "%s/files", ret->dir);
	assert_rc(&t->cx, file_store_open(&t->cx, path.p, (int64_t)1 << 30, &ret->app.files),
		  ZD_OK);
	page_site_set(ret->arena, &site);
	const struct http_server_config config = { .listen = ZD_STR("127.0.0.1:0"),
						   .tables = tables,
						   .gate = trust_gate,
						   .app = &ret->app,
						   .pool = pool,
						   .spool_dir = ret->app.spool,
						   .workers = 3,
						   .error_page = page_error,
						   .assets = asset_files };
	assert_rc(&t->cx, http_server_start(&t->cx, &config, &ret->server), ZD_OK);
}

void
serve_stop(struct serve *s)
{
	struct zd_str command = zd_str_printf(s->arena, "rm -rf %s", s->dir);

	http_server_stop(s->server);
	file_store_close(s->app.files);
	assert_int_equal(system(command.p), 0);
	zd_arena_free(s->arena);
}

struct serve_who
serve_sign_in(struct test_db *t, struct serve *s, const char *account)
{
	zd_cx_now(&t->cx); /* the server's clock is the real one */
	struct zd_str cookie = zd_str_copy(s->arena, test_trust_sign_in(t, account));

	return (struct serve_who){ .cookie = cookie, .csrf = trust_session_csrf(s->arena, cookie) };
}

struct serve_who
serve_key(struct test_db *t, struct serve *s, int64_t dept, int level)
{
	struct serve_who who = { { 0 } };

	zd_cx_now(&t->cx);
	t->cx.actor = (struct zd_actor){ 0 };
	assert_rc(&t->cx,
		  trust_key_create(&t->cx, t->db, dept, ZD_STR("业务系统"), level, &who.key),
		  ZD_OK);
	who.key = zd_str_copy(s->arena, who.key);
	return who;
}

void
serve_jobs(struct test_db *t, struct serve *s, const struct job_kind *const *kinds)
{
	const struct job_config config = { .app = &s->app, .kinds = kinds, .pool = s->app.pool };
	struct job_worker worker = { 0 };
	struct db *db;
	enum zd_rc rc;

	job_worker_init(&worker, &config);
	assert_rc(&t->cx, db_pool_take(&t->cx, s->app.pool, DB_WRITE, &db), ZD_OK);
	do {
		zd_cx_now(&t->cx);
		rc = job_work_once(&t->cx, db, &worker);
	} while (rc == ZD_OK);
	db_pool_give(s->app.pool, db);
	assert_rc(&t->cx, rc, ZD_NOT_FOUND);
}

/* --- the client -------------------------------------------------------------------------- */

static void
put(int fd, struct zd_str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the server's answer comes with reading */
		s = (struct zd_str){ s.p + n, s.n - (size_t)n };
	}
}

static struct zd_str
read_all(struct serve *s, int fd)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = (size_t)256 << 20 };
	char part[1 << 14];

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		if (poll(&p, 1, 60000) <= 0)
			fail_msg("no answer in 60 s");
		ssize_t n = recv(fd, part, sizeof(part), 0);
		if (n <= 0)
			break;
		zd_out_write(&out, (struct zd_str){ part, (size_t)n });
	}
	return zd_str_copy(s->arena, zd_out_str(&out));
}

static struct zd_str
header(struct zd_str head, const char *name)
{
	const char *at = memmem(head.p, head.n, name, strlen(name));

	if (!at)
		return (struct zd_str){ 0 };
	at += strlen(name);
	return (struct zd_str){ at, strcspn(at, "\r") };
}

/* "4\r\nabcd\r\n0\r\n\r\n" */
static struct zd_str
unchunk(struct serve *s, struct zd_str body)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = (size_t)256 << 20 };
	char *end;

	for (const char *at = body.p; at < body.p + body.n;) {
		size_t n = strtoul(at, &end, 16);
		if (!n)
			break;
		zd_out_write(&out, (struct zd_str){ end + 2, n });
		at = end + 2 + n + 2;
	}
	return zd_str_copy(s->arena, zd_out_str(&out));
}

static struct serve_answer
ask(struct serve *s, struct zd_str head, struct zd_str body)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)http_server_port(s->server)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct serve_answer a = { 0 };

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const void *)&to, sizeof(to)), 0);
	put(fd, head);
	put(fd, body);
	struct zd_str all = read_all(s, fd);
	close(fd);
	const char *end = all.n ? memmem(all.p, all.n, "\r\n\r\n", 4) : NULL;
	if (!end)
		fail_msg("no answer: %.*s", ZD_STR_ARG(all));
	a.head = (struct zd_str){ all.p, (size_t)(end - all.p) + 2 };
	a.head = zd_str_copy(s->arena, a.head);
	a.body = zd_str_copy(s->arena, (struct zd_str){ end + 4, all.n - a.head.n - 2 });
	if (serve_has(a.head, "chunked"))
		a.body = unchunk(s, a.body);
	a.status = atoi(all.p + 9);
	a.location = header(a.head, "Location: ");
	return a;
}

static struct zd_str
head_of(struct serve *s, const struct serve_who *who, const char *method, const char *path,
	const char *headers, struct zd_str body)
{
	struct zd_str auth = ZD_STR("");

	if (who && who->key.n)
		auth = zd_str_printf(s->arena, "Authorization: Bearer %.*s\r\n",
				     ZD_STR_ARG(who->key));
	else if (who)
		auth = zd_str_printf(s->arena, "Cookie: __Host-sid=%.*s\r\nX-CSRF: %.*s\r\n",
				     ZD_STR_ARG(who->cookie), ZD_STR_ARG(who->csrf));
	return zd_str_printf(s->arena,
			     "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n%.*s%s%s"
			     "Content-Length: %zu\r\n\r\n",
			     method, path, ZD_STR_ARG(auth), headers,
			     strcmp(method, "GET") == 0 ? "X-None: 1\r\n" : "", body.n);
}

struct serve_answer
serve_get(struct serve *s, const struct serve_who *who, const char *path)
{
	struct zd_str none = { 0 };

	return ask(s, head_of(s, who, "GET", path, "", none), none);
}

struct serve_answer
serve_post(struct serve *s, const struct serve_who *who, const char *path, const char *headers,
	   struct zd_str body)
{
	return ask(s, head_of(s, who, "POST", path, headers, body), body);
}

#define BOUNDARY "----zhaodan"

struct serve_answer
serve_form(struct serve *s, const struct serve_who *who, const char *path, const char *const *pairs,
	   const char *file_name, struct zd_str file)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = (size_t)256 << 20 };

	zd_out_printf(&out,
		      "--" BOUNDARY
		      "\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n%.*s\r\n",
		      ZD_STR_ARG(who->csrf));
	for (; *pairs; pairs += 2)
		zd_out_printf(&out,
			      "--" BOUNDARY
			      "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n",
			      pairs[0], pairs[1]);
	if (file_name) {
		zd_out_printf(&out,
			      "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; "
			      "filename=\"%s\"\r\n\r\n",
			      file_name);
		zd_out_write(&out, file);
		zd_out_write(&out, ZD_STR("\r\n"));
	}
	zd_out_write(&out, ZD_STR("--" BOUNDARY "--\r\n"));
	return serve_post(s, who, path,
			  "Content-Type: multipart/form-data; boundary=" BOUNDARY "\r\n",
			  zd_out_str(&out));
}

bool
serve_has(struct zd_str s, const char *part)
{
	return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

int64_t
serve_number(struct zd_str json, const char *name)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "\"%s\":", name);
	const char *at = json.n ? memmem(json.p, json.n, key, strlen(key)) : NULL;
	if (!at)
		fail_msg("no %s in %.*s", name, ZD_STR_ARG(json));
	at += strlen(key);
	return strtoll(*at == '"' ? at + 1 : at, NULL, 10);
}
