/* Bodies: into memory, to disk, or through the multipart reader; bounded as they come. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/server.h"

#define BODY_MAX_DEFAULT ((int64_t)1 << 20)
#define FIELDS_SIZE_MAX ((int64_t)1 << 20) /* all text fields of a multipart form */
#define PARTS_MAX 100

static bool
body_fault(struct http_intake *body, int status, const char *fault)
{
	if (!body->status) {
		body->status = status;
		body->fault = fault;
	}
	return false;
}

/* A file without a name: it is gone when its descriptor is closed, whatever happens to us. */
static int
spool_open(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char path[4096];

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	size_t n = strlen(dir);
	if (n + sizeof("/.spool-XXXXXX") > sizeof(path))
		return -1;
	memcpy(path, dir, n);
	memcpy(path + n, "/.spool-XXXXXX", sizeof("/.spool-XXXXXX"));
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

static bool
spool_write(struct http_intake *body, struct http_file *file, struct zd_str bytes)
{
	while (bytes.n) {
		ssize_t n = pwrite(file->fd, bytes.p, bytes.n, file->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return body_fault(
				body, errno == ENOSPC || errno == EDQUOT ? 507 : 500,
				"服务器暂存空间不足，未能接收文件。请稍后再试，或联系系统管理员");
		file->size += n;
		bytes = (struct zd_str){ bytes.p + n, bytes.n - (size_t)n };
	}
	return true;
}

/* --- multipart
 * -------------------------------------------------------------------------------------- */

static bool
part_begin(void *arg, const struct multipart_part *part)
{
	struct http_exchange *ex = arg;
	struct http_intake *body = &ex->body;

	if (zd_utf8_check(part->name) < part->name.n)
		return body_fault(body, 400, "表单字段名不是有效的 UTF-8 编码");
	body->in_file = part->filename.p != NULL;
	if (!body->in_file) {
		struct http_field *field = zd_new(ex->arena, struct http_field);
		field->pair.name = zd_str_copy(ex->arena, part->name);
		*body->fields_end = field;
		body->fields_end = &field->next;
		body->memory.n = 0;
		return true;
	}
	struct http_upload *upload = zd_new(ex->arena, struct http_upload);
	upload->field = zd_str_copy(ex->arena, part->name);
	upload->file.name = http_clean_filename(ex->arena, part->filename);
	upload->file.fd = spool_open(ex->server->config.spool_dir);
	*body->uploads_end = upload;
	body->uploads_end = &upload->next;
	body->spool = upload->file;
	if (upload->file.fd < 0)
		return body_fault(body, 500,
				  "服务器暂存目录不可用，未能接收文件。请联系系统管理员");
	return true;
}

static bool
part_data(void *arg, struct zd_str bytes)
{
	struct http_exchange *ex = arg;
	struct http_intake *body = &ex->body;

	if (body->in_file)
		return spool_write(body, &body->spool, bytes);
	body->fields_size += (int64_t)bytes.n;
	if (body->fields_size > FIELDS_SIZE_MAX)
		return body_fault(body, 413, "表单中的文字过多");
	zd_out_write(&body->memory, bytes);
	return true;
}

/* The last of a list: its end points into it, or at the list's head. */
#define LAST(type, end) ((type *)(void *)((char *)(end)-offsetof(type, next)))

static bool
part_end(void *arg)
{
	struct http_exchange *ex = arg;
	struct http_intake *body = &ex->body;
	struct zd_str text = zd_out_str(&body->memory);

	if (body->in_file) {
		LAST(struct http_upload, body->uploads_end)->file.size = body->spool.size;
		return true;
	}
	if (body->memory.failed)
		return body_fault(body, 413, "表单中的文字过多");
	if (zd_utf8_check(text) < text.n || (text.n && memchr(text.p, '\0', text.n)))
		return body_fault(body, 400, "表单中的文字不是有效的 UTF-8 编码");
	LAST(struct http_field, body->fields_end)->pair.value = zd_str_copy(ex->arena, text);
	return true;
}

static int
begin_form(struct http_exchange *ex, struct zd_str media)
{
	struct http_intake *body = &ex->body;
	char buf[MULTIPART_BOUNDARY_MAX];

	if (zd_str_equal(media, ZD_STR("application/x-www-form-urlencoded"))) {
		body->kind = BODY_MEMORY;
		return 0;
	}
	if (!zd_str_equal(media, ZD_STR("multipart/form-data")))
		return 415;
	struct zd_str boundary = multipart_boundary(ex->req.content_type, buf);
	if (!boundary.n)
		return 400;
	body->kind = BODY_MULTIPART;
	body->memory.max = (size_t)FIELDS_SIZE_MAX;
	body->mp = zd_new(ex->arena, struct multipart);
	multipart_begin(body->mp, boundary, PARTS_MAX,
			(struct multipart_sink){ part_begin, part_data, part_end, ex });
	return 0;
}

/* --- beginning, taking, reading
 * ---------------------------------------------------------------------- */

static int
begin_kind(struct http_exchange *ex)
{
	struct http_intake *body = &ex->body;
	struct zd_str media = http_media_type(ex->arena, ex->req.content_type);

	switch (ex->match.route->body) {
	case HTTP_NO_BODY:
		body->kind = BODY_NONE;
		body->max = 0;
		return 0;
	case HTTP_FORM: return begin_form(ex, media);
	case HTTP_JSON:
		body->kind = BODY_MEMORY;
		return zd_str_equal(media, ZD_STR("application/json")) ? 0 : 415;
	case HTTP_STREAM:
		body->kind = BODY_SPOOL;
		body->spool.fd = spool_open(ex->server->config.spool_dir);
		return body->spool.fd >= 0 ? 0 : 500;
	}
	return 500;
}

int
http_body_begin(struct http_exchange *ex)
{
	const struct http_route *route = ex->match.route;
	struct http_intake *body = &ex->body;
	struct zd_str coding = http_header(&ex->req, "Content-Encoding");

	body->max = route->max_body ? route->max_body : BODY_MAX_DEFAULT;
	body->memory.max = (size_t)body->max;
	body->fields_end = &body->fields;
	body->uploads_end = &body->uploads;
	if (route->body == HTTP_NO_BODY)
		return ex->content_length > 0 || ex->chunked ? 400 : 0;
	if (ex->content_length < 0 && !ex->chunked)
		return 411;
	if (ex->content_length > body->max)
		return 413;
	if (coding.n && route->body != HTTP_STREAM &&
	    !http_equal_nocase(coding, ZD_STR("identity")))
		return 415;
	return begin_kind(ex);
}

void
http_body_take(struct http_exchange *ex, const char *p, size_t n)
{
	struct http_intake *body = &ex->body;
	struct zd_str bytes = { p, n };

	body->received += (int64_t)n;
	if (body->received > body->max)
		(void)body_fault(body, 413, "内容过大");
	if (body->status)
		return;
	switch (body->kind) {
	case BODY_NONE: (void)body_fault(body, 400, "此地址不接受内容"); break;
	case BODY_MEMORY: zd_out_write(&body->memory, bytes); break;
	case BODY_SPOOL: (void)spool_write(body, &body->spool, bytes); break;
	case BODY_MULTIPART:
		if (!multipart_feed(body->mp, bytes) && body->mp->fault)
			(void)body_fault(body, 400, body->mp->fault);
		break;
	}
}

static bool
csrf_is_right(struct http_exchange *ex, struct zd_str field)
{
	struct http_request *req = &ex->req;
	struct zd_str given = http_header(req, "X-CSRF");

	if (!given.p)
		given = field;
	bool needed = req->route->method != HTTP_GET &&
		      (req->by_cookie || (req->route->body == HTTP_FORM && req->csrf.n));
	if (!needed)
		return true;
	if (!req->csrf.n || given.n != req->csrf.n)
		return false;
	unsigned char differs = 0;
	for (size_t i = 0; i < given.n; i++) /* the same time for every wrong token */
		differs |= (unsigned char)(given.p[i] ^ req->csrf.p[i]);
	return !differs;
}

static void
read_fields(struct http_exchange *ex, struct http_params *ps, struct zd_str *ret_csrf)
{
	struct http_intake *body = &ex->body;

	for (struct http_field *f = body->fields; f; f = f->next) {
		if (zd_str_equal(f->pair.name, ZD_STR("csrf")) && !ret_csrf->p)
			*ret_csrf = f->pair.value;
		else
			http_params_field(&ex->cx, ps, f->pair);
	}
	for (struct http_upload *u = body->uploads; u; u = u->next)
		http_params_file(&ex->cx, ps, u->field, u->file);
}

static void
read_body(struct http_exchange *ex, struct http_params *ps, struct zd_str *ret_csrf)
{
	struct http_intake *body = &ex->body;
	struct zd_str text = zd_out_str(&body->memory);

	switch (body->kind) {
	case BODY_NONE: break;
	case BODY_SPOOL: ex->req.body = body->spool; break;
	case BODY_MULTIPART: read_fields(ex, ps, ret_csrf); break;
	case BODY_MEMORY:
		if (ex->match.route->body == HTTP_JSON)
			http_params_json(&ex->cx, ps, text);
		else
			http_params_form(&ex->cx, ps, text, ret_csrf);
		break;
	}
}

enum zd_rc
http_body_params(struct http_exchange *ex)
{
	struct http_intake *body = &ex->body;
	struct http_params ps;
	struct zd_str csrf = { 0 };

	if (body->kind == BODY_MULTIPART && !body->status && !multipart_end(body->mp))
		(void)body_fault(body, 400, body->mp->fault);
	if (body->status) {
		ex->status = body->status;
		return zd_fail(&ex->cx,
			       body->status >= 500   ? ZD_FAILED
			       : body->status == 413 ? ZD_TOO_LARGE
						     : ZD_INVALID,
			       NULL, "%s。", body->fault);
	}
	http_params_begin(&ex->cx, ex->match.route, &ps);
	http_params_path(&ex->cx, &ps, &ex->match);
	http_params_query(&ex->cx, &ps, ex->req.query);
	read_body(ex, &ps, &csrf);
	if (!csrf_is_right(ex, csrf))
		return zd_fail(&ex->cx, ZD_REFUSED, NULL,
			       "页面已过期或请求来源不明，请刷新页面后重新提交。");
	ex->req.params = ps.into;
	ex->req.faults = ps.faults;
	ex->req.fields = ps.fields;
	ex->req.fields_n = ps.fields_n;
	enum zd_rc rc = http_params_end(&ex->cx, &ps);
	ex->req.faults_n = ps.faults_n;
	if (rc != ZD_OK)
		ex->status = ps.status ? ps.status : 422;
	return rc;
}

void
http_body_drop(struct http_intake *body)
{
	zd_out_drop(&body->memory);
	if (body->kind == BODY_SPOOL && body->spool.fd >= 0)
		(void)close(body->spool.fd);
	for (struct http_upload *u = body->uploads; u; u = u->next)
		if (u->file.fd >= 0)
			(void)close(u->file.fd);
	*body = (struct http_intake){ 0 };
}
