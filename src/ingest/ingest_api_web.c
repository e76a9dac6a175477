/* Ingest for programs: batches in, receipts and refused rows out. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "catalog/catalog.h"
#include "file/file.h"
#include "ingest/ingest_reject.h"
#include "ingest/ingest_return.h"
#include "ingest/ingest_web.h"
#include "trust/trust_app.h"

#define KEEP_MAX ((int64_t)64 << 20) /* a workbook that comes by the API is kept up to this size */
#define PAGE 500
#define AT_ONCE 3

/* --- who sends what ---------------------------------------------------------------------- */

bool
ingest_is_city(const struct standard *std)
{
	return catalog_owner(std, 1) == 0;
}

static bool
is_platform(const struct zd_actor *actor)
{
	return (actor->roles & TRUST_PLATFORM) != 0;
}

bool
ingest_may_send(const struct zd_actor *actor, const struct standard *std)
{
	return is_platform(actor) == ingest_is_city(std);
}

enum zd_rc
ingest_web_standard(struct zd_cx *cx, const struct http_request *req, struct zd_str name,
		    const struct standard **ret)
{
	const struct app *app = req->app;

	*ret = standard_find(app->standards, name);
	if (*ret)
		return ZD_OK;
	return zd_fail(cx, ZD_NOT_FOUND, "standard",
		       "没有名为「%.*s」的数据标准，全部标准见 /api/v1/standards",
		       (int)(name.n > 60 ? 60 : name.n), name.p);
}

static enum zd_rc
named_dept(struct zd_cx *cx, struct db *db, const struct standard *std, struct zd_str code,
	   int64_t *ret)
{
	struct trust_dept dept;

	if (!code.n)
		return zd_fail(cx, ZD_INVALID, "department",
			       "「%.*s」归报送部门所有，请用 department 指明是哪个部门的数据",
			       ZD_STR_ARG(std->title));
	enum zd_rc rc = trust_dept_find_code(cx, db, code, &dept);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, rc, "department", "没有编码为「%.*s」的部门", ZD_STR_ARG(code));
	*ret = rc == ZD_OK ? dept.id : 0;
	return rc;
}

static enum zd_rc
own_dept(struct zd_cx *cx, struct db *db, const struct standard *std, struct zd_str code,
	 int64_t *ret)
{
	struct trust_dept dept;

	if (ingest_is_city(std))
		return zd_fail(cx, ZD_REFUSED, "standard",
			       "「%.*s」由平台管理员统一维护，部门不能报送",
			       ZD_STR_ARG(std->title));
	ZD_TRY(trust_check_writes(cx, cx->actor.dept));
	*ret = cx->actor.dept;
	if (!code.n)
		return ZD_OK;
	enum zd_rc rc = trust_dept_find(cx, db, cx->actor.dept, &dept);
	if (rc == ZD_OK && zd_str_equal(dept.code, code))
		return ZD_OK;
	return rc != ZD_OK && rc != ZD_NOT_FOUND
		       ? rc
		       : zd_fail(cx, ZD_REFUSED, "department",
				 "只能报送本部门的数据,department 可以不填");
}

enum zd_rc
ingest_web_dept(struct zd_cx *cx, struct db *db, const struct standard *std, struct zd_str code,
		int64_t *ret)
{
	*ret = 0;
	if (!is_platform(&cx->actor))
		return own_dept(cx, db, std, code, ret);
	return ingest_is_city(std) ? ZD_OK : named_dept(cx, db, std, code, ret);
}

enum zd_rc
ingest_web_batch(struct zd_cx *cx, struct db *db, int64_t id, struct ingest_batch *ret)
{
	return ingest_app_batch(cx, db, trust_scope(&cx->actor), id, ret);
}

bool
ingest_may_have_file(const struct zd_cx *cx, const struct standard *std, int64_t dept)
{
	return (cx->actor.dept == dept && !(cx->actor.roles & TRUST_LEADER)) ||
	       cx->actor.level >= ingest_class_of(std);
}

struct ingest_env
ingest_env_of(const struct app *app)
{
	return (struct ingest_env){ .standards = app->standards, .pool = app->pool };
}

static _Atomic int running;

bool
ingest_web_enter(void)
{
	if (atomic_fetch_add(&running, 1) < AT_ONCE)
		return true;
	atomic_fetch_sub(&running, 1);
	return false;
}

void
ingest_web_leave(bool *entered)
{
	if (*entered)
		atomic_fetch_sub(&running, 1);
	*entered = false;
}

/* --- bodies ------------------------------------------------------------------------------ */

struct plain {
	int fd;
	enum table_format format;
};

static void
close_plain(struct plain *plain)
{
	if (plain->fd >= 0)
		(void)close(plain->fd);
}

static enum zd_rc
read_body(struct zd_cx *cx, const struct http_request *req, struct plain *ret)
{
	const struct app *app = req->app;

	if (req->body.fd < 0 || req->body.size == 0)
		return zd_fail(cx, ZD_INVALID, "file",
			       "请求体是空的，请发送 NDJSON、JSON 数组、CSV 或 XLSX");
	enum zd_rc rc = table_inflate(cx, req->body.fd, app->spool, NULL, &ret->fd);
	if (rc == ZD_OK)
		rc = table_sniff(cx, ret->fd, &ret->format);
	if (rc == ZD_INVALID || rc == ZD_TOO_LARGE)
		cx->err.field = "file";
	return rc;
}

/* --- POST /api/v1/batches ---------------------------------------------------------------- */

struct send_params {
	struct zd_str standard, department;
	int64_t repairs;
};
#define SEND_PARAMS(type)                                                                          \
	HTTP_PARAM_TEXT(type, standard, .about = "数据标准的名称", .min = 1, .max = 60,            \
			.required = true),                                                         \
		HTTP_PARAM_TEXT(type, department, .about = "报送部门的编码；部门自己报送时不填",   \
				.max = 32)
static const struct http_param send_params[] = {
	SEND_PARAMS(struct send_params),
	HTTP_PARAM_INT(struct send_params, repairs, .about = "修正的是哪个批次", .min = 1,
		       .max = INT64_C(1) << 53),
	{ .name = NULL },
};

/* A workbook is kept, so that it can go back with its cells marked; what else comes is listed anew. */
static enum zd_rc
keep_workbook(struct zd_cx *cx, struct http_request *req, struct ingest_order *order)
{
	const struct app *app = req->app;
	struct file_content content;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	order->file = ZD_NO_INT;
	if (order->format != TABLE_XLSX || req->body.size > KEEP_MAX)
		return ZD_OK;
	ZD_TRY(file_keep(cx, app->files, order->fd, KEEP_MAX, NULL, &content));
	ZD_TRY(db_begin(cx, req->db, &txn));
	struct file_order file = { .content = &content,
				   .name = order->file_name,
				   .purpose = ZD_STR("ingest.upload"),
				   .dept = order->dept };
	ZD_TRY(file_put_in(cx, req->db, app->files, &file, &order->file));
	return db_commit(cx, &txn);
}

/* A batch that was sent before has its file already. */
static enum zd_rc
forget_workbook(struct zd_cx *cx, struct http_request *req, const struct ingest_order *order)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	if (order->file == ZD_NO_INT)
		return ZD_OK;
	ZD_TRY(db_begin(cx, req->db, &txn));
	ZD_TRY(file_drop_in(cx, req->db, order->dept, order->file));
	return db_commit(cx, &txn);
}

static enum zd_rc
open_order(struct zd_cx *cx, struct http_request *req, struct ingest_order *order,
	   struct ingest_batch *ret, bool *ret_repeated)
{
	enum zd_rc rc = ingest_app_open(cx, req->db, order, ret, ret_repeated);

	if (rc == ZD_OK && ret->file == order->file)
		return rc;
	struct zd_err why = cx->err;
	ZD_TRY(forget_workbook(cx, req, order));
	cx->err = why;
	order->file = rc == ZD_OK ? ret->file : ZD_NO_INT;
	return rc;
}

static enum zd_rc
run_order(struct zd_cx *cx, struct http_request *req, struct ingest_order *order,
	  struct http_reply *rep)
{
	struct ingest_env env = ingest_env_of(req->app);
	struct ingest_batch batch;
	bool repeated, entered ZD_CLEANUP(ingest_web_leave) = ingest_web_enter();

	if (!entered)
		return zd_fail(cx, ZD_BUSY, NULL,
			       "正在导入的文件较多，请一分钟后用同一批次号重新报送");
	ZD_TRY(open_order(cx, req, order, &batch, &repeated));
	if (!repeated)
		ZD_TRY(ingest_app_run(cx, &env, order, &batch));
	ingest_receipt_json(&rep->out, &batch, repeated);
	zd_out_write(&rep->out, ZD_STR("\n"));
	return ZD_OK;
}

static enum zd_rc
post_batch(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct send_params *p = req->params;
	struct plain plain ZD_CLEANUP(close_plain) = { .fd = -1 };
	struct ingest_order order = { .source = ZD_STR("api"),
				      .batch_key = req->idempotency_key,
				      .repairs = p->repairs };

	ZD_TRY(ingest_web_standard(cx, req, p->standard, &order.standard));
	ZD_TRY(ingest_web_dept(cx, req->db, order.standard, p->department, &order.dept));
	if (zd_utf8_length(order.batch_key) > 200)
		return zd_fail(cx, ZD_INVALID, "Idempotency-Key", "批次号最长 200 个字符");
	ZD_TRY(read_body(cx, req, &plain));
	order.fd = plain.fd;
	order.format = plain.format;
	order.file_name = order.batch_key.n ? order.batch_key : ZD_STR("接口报送");
	ZD_TRY(keep_workbook(cx, req, &order));
	return run_order(cx, req, &order, rep);
}

/* --- one batch --------------------------------------------------------------------------- */

struct batch_params {
	int64_t id;
	bool all;
};
#define BATCH_ID                                                                                   \
	HTTP_PARAM_INT(struct batch_params, id, .about = "批次", .min = 1, .max = INT64_C(1) << 53)
static const struct http_param batch_params[] = { BATCH_ID, { .name = NULL } };
static const struct http_param errors_params[] = {
	BATCH_ID,
	HTTP_PARAM_BOOL(struct batch_params, all, .about = "也要已经修正和不再报送的行"),
	{ .name = NULL },
};

static enum zd_rc
get_batch(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct batch_params *p = req->params;
	struct ingest_batch batch;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &batch));
	ingest_receipt_json(&rep->out, &batch, false);
	zd_out_write(&rep->out, ZD_STR("\n"));
	return ZD_OK;
}

/* Refused rows, page by page, each page's texts gone before the next. */
struct sending {
	struct ingest_spool spool;
	const struct standard *std;
	bool raw; /* only what was sent */
	int64_t last;
	size_t n;
};

static void
drop_sending(struct sending *s)
{
	ingest_spool_drop(&s->spool);
}

static enum zd_rc
send_reject(struct zd_cx *cx, const void *row, void *arg)
{
	const struct ingest_reject *reject = row;
	struct sending *s = arg;

	s->last = reject->row;
	s->n++;
	if (s->raw) {
		zd_out_write(&s->spool.out, reject->raw);
		zd_out_write(&s->spool.out, ZD_STR("\n"));
	} else {
		ZD_TRY(ingest_refused_json(cx, &s->spool.out, s->std, reject));
	}
	return ingest_spool_put(cx, &s->spool, false);
}

static enum zd_rc
send_rejects(struct zd_cx *cx, struct db *db, const struct ingest_batch *batch, bool outstanding,
	     struct sending *s)
{
	struct zd_arena *outer = cx->arena,
			*own ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)1 << 30);
	enum zd_rc rc;

	cx->arena = own;
	do {
		s->n = 0;
		rc = ingest_app_rejects(cx, db, batch->dept, batch->id, outstanding, s->last, PAGE,
					send_reject, s);
		zd_arena_reset(own);
	} while (rc == ZD_OK && s->n == PAGE);
	cx->arena = outer;
	return rc == ZD_OK ? ingest_spool_put(cx, &s->spool, true) : rc;
}

static enum zd_rc
get_errors(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct batch_params *p = req->params;
	const struct app *app = req->app;
	struct ingest_batch batch;
	struct sending s ZD_CLEANUP(drop_sending) = { .spool.fd = -1 };

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &batch));
	ZD_TRY(ingest_web_standard(cx, req, batch.standard, &s.std));
	ZD_TRY(ingest_spool_open(cx, app, &s.spool));
	ZD_TRY(send_rejects(cx, req->db, &batch, !p->all, &s));
	rep->fd = s.spool.fd;
	s.spool.fd = -1;
	return ZD_OK;
}

/* --- the returned workbook --------------------------------------------------------------- */

static enum zd_rc
open_sent(struct zd_cx *cx, const struct http_request *req, const struct ingest_batch *batch,
	  int *ret_fd)
{
	const struct app *app = req->app;
	struct file file;
	int fd;

	ZD_TRY(file_find(cx, req->db, batch->dept, batch->file, &file));
	ZD_TRY(file_open(cx, app->files, &file, &fd));
	enum zd_rc rc = table_inflate(cx, fd, app->spool, NULL, ret_fd);
	(void)close(fd);
	return rc;
}

/* What was not kept is listed from the refused rows themselves. */
static enum zd_rc
list_sent(struct zd_cx *cx, const struct http_request *req, const struct standard *std,
	  struct ingest_batch *batch, int *ret_fd)
{
	struct sending s ZD_CLEANUP(drop_sending) = { .spool.fd = -1, .std = std, .raw = true };

	ZD_TRY(ingest_spool_open(cx, req->app, &s.spool));
	ZD_TRY(send_rejects(cx, req->db, batch, true, &s));
	batch->format = TABLE_NDJSON;
	batch->sheet = (struct zd_str){ 0 };
	*ret_fd = s.spool.fd;
	s.spool.fd = -1;
	return ZD_OK;
}

/* "检查.xlsx" goes back as "检查-待修正.xlsx". */
static struct zd_str
returned_name(struct zd_arena *arena, const struct ingest_batch *batch, const struct standard *std,
	      const char *ending)
{
	struct zd_str name = batch->file_name;
	const char *dot = name.n ? memrchr(name.p, '.', name.n) : NULL;

	if (batch->file == ZD_NO_INT || !name.n)
		return zd_str_printf(arena, "%.*s-待修正%s", ZD_STR_ARG(std->title), ending);
	if (dot)
		name.n = (size_t)(dot - name.p);
	return zd_str_printf(arena, "%.*s-待修正%s", ZD_STR_ARG(name), ending);
}

static const struct {
	const char *ending, *type;
} returned_as[] = {
	[TABLE_CSV] = { ".csv", "text/csv; charset=utf-8" },
	[TABLE_XLSX] = { ".xlsx",
			 "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	[TABLE_NDJSON] = { ".ndjson", "application/x-ndjson" },
};

static enum zd_rc
write_returned(struct zd_cx *cx, struct http_request *req, const struct ingest_batch *batch,
	       int sent, const char *ending, int *ret_fd)
{
	const struct app *app = req->app;
	const char *path;

	ZD_TRY(ingest_spool_path(cx, app, ending, &path));
	enum zd_rc rc = ingest_return_batch(cx, req->db, app->standards, batch, sent, path);
	*ret_fd = rc == ZD_OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	(void)unlink(path);
	if (rc == ZD_OK && *ret_fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能读取刚写好的退回文件");
	return rc;
}

enum zd_rc
ingest_web_workbook(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
		    const struct ingest_batch *given)
{
	struct ingest_batch batch = *given;
	struct plain sent ZD_CLEANUP(close_plain) = { .fd = -1 };
	const struct standard *std;
	int32_t format = batch.format;

	ZD_TRY(ingest_web_standard(cx, req, batch.standard, &std));
	if (!ingest_may_have_file(cx, std, batch.dept))
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "退回文件含个人信息，只交还报送部门；您可以查看已遮蔽的退回行");
	if (!batch.outstanding)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "这个批次没有待修正的行，不需要退回文件");
	if (batch.file == ZD_NO_INT && format == TABLE_XLSX)
		format = TABLE_CSV;
	ZD_TRY(batch.file == ZD_NO_INT ? list_sent(cx, req, std, &batch, &sent.fd)
				       : open_sent(cx, req, &batch, &sent.fd));
	ZD_TRY(write_returned(cx, req, &batch, sent.fd, returned_as[format].ending, &rep->fd));
	rep->type = returned_as[format].type;
	rep->attachment = returned_name(cx->arena, &batch, std, returned_as[format].ending);
	return ZD_OK;
}

static enum zd_rc
get_workbook(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct batch_params *p = req->params;
	struct ingest_batch batch;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &batch));
	return ingest_web_workbook(cx, req, rep, &batch);
}

/* --- POST /api/v1/validate --------------------------------------------------------------- */

struct validate_params {
	struct zd_str standard, department;
	bool totals;
};
static const struct http_param validate_params[] = {
	SEND_PARAMS(struct validate_params),
	HTTP_PARAM_BOOL(struct validate_params, totals, .about = "只要合计，不逐行列出错误"),
	{ .name = NULL },
};

struct answering {
	struct ingest_spool spool;
	const struct standard *std;
	bool totals;
	int64_t n;
};

static void
drop_answering(struct answering *a)
{
	ingest_spool_drop(&a->spool);
}

static enum zd_rc
answer_row(struct zd_cx *cx, const struct ingest_row *row, void *arg)
{
	struct answering *a = arg;
	struct zd_out *out = &a->spool.out;

	if (a->totals)
		return ZD_OK;
	zd_out_printf(out, "%s\n{\"row\":%d,\"line\":%d,\"errors\":", a->n++ ? "," : "",
		      row->number, row->line);
	ingest_errors_json(out, a->std, &row->verdict);
	zd_out_write(out, ZD_STR("}"));
	return ingest_spool_put(cx, &a->spool, false);
}

static void
put_verdicts(struct zd_out *out, const struct ingest_verdicts *v)
{
	struct json_writer w = { .out = out, .depth = 0 };

	zd_out_printf(out, "],\"rows\":%" PRId64 ",\"good\":%" PRId64 ",\"bad\":%" PRId64, v->rows,
		      v->good, v->bad);
	zd_out_write(out, ZD_STR(",\"unmade\":"));
	json_put_array(&w);
	for (int check = 0; check <= STANDARD_CHECK_TIME; check++)
		if (v->unmade & 1U << check)
			json_put_int(&w, check);
	json_put_end(&w);
	zd_out_write(out, ZD_STR(",\"notes\":"));
	zd_out_json(out, v->notes);
	zd_out_write(out, ZD_STR("}\n"));
}

static enum zd_rc
post_validate(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct validate_params *p = req->params;
	struct ingest_env env = ingest_env_of(req->app);
	struct plain plain ZD_CLEANUP(close_plain) = { .fd = -1 };
	struct answering a ZD_CLEANUP(drop_answering) = { .spool.fd = -1, .totals = p->totals };
	struct ingest_order order = { .source = ZD_STR("api"),
				      .file = ZD_NO_INT,
				      .repairs = ZD_NO_INT };
	struct ingest_verdicts verdicts;
	bool entered ZD_CLEANUP(ingest_web_leave) = ingest_web_enter();

	if (!entered)
		return zd_fail(cx, ZD_BUSY, NULL, "正在核对和导入的文件较多，请一分钟后重试");
	ZD_TRY(ingest_web_standard(cx, req, p->standard, &order.standard));
	ZD_TRY(ingest_web_dept(cx, req->db, order.standard, p->department, &order.dept));
	ZD_TRY(read_body(cx, req, &plain));
	order.fd = plain.fd;
	order.format = plain.format;
	a.std = order.standard;
	ZD_TRY(ingest_spool_open(cx, req->app, &a.spool));
	zd_out_write(&a.spool.out, ZD_STR("{\"standard\":"));
	zd_out_json(&a.spool.out, order.standard->name);
	zd_out_write(&a.spool.out, ZD_STR(",\"errors\":["));
	ZD_TRY(ingest_app_validate(cx, &env, NULL, &order, answer_row, &a, &verdicts));
	put_verdicts(&a.spool.out, &verdicts);
	ZD_TRY(ingest_spool_put(cx, &a.spool, true));
	rep->fd = a.spool.fd;
	rep->type = "application/json";
	a.spool.fd = -1;
	return ZD_OK;
}

/* --- routes ------------------------------------------------------------------------------ */

#define SENDERS                                                                                    \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = INGEST_SENDERS | TRUST_API                          \
	}
#define READERS                                                                                    \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = INGEST_READERS | TRUST_API                          \
	}
#define WITH(params_, type_) .params = (params_), .params_size = sizeof(type_)

const struct http_route ingest_api_routes[] = {
	{ HTTP_POST, "/api/v1/batches",
	  "报送一批数据：NDJSON、JSON 数组、CSV 或 XLSX，可用 gzip、zstd 压缩；入库后给回执",
	  SENDERS, post_batch, HTTP_STREAM, WITH(send_params, struct send_params),
	  .max_body = INGEST_MAX_BODY, .produces = "application/json" },
	{ HTTP_GET, "/api/v1/batches", "批次列表，新的在前", READERS, ingest_batches,
	  .lax_query = true, .produces = "application/json" },
	{ HTTP_GET, "/api/v1/batches/{id}", "一个批次的回执", READERS, get_batch,
	  WITH(batch_params, struct batch_params), .produces = "application/json" },
	{ HTTP_GET, "/api/v1/batches/{id}/errors", "一个批次被退回的行，每行一个 JSON 对象",
	  READERS, get_errors, WITH(errors_params, struct batch_params),
	  .produces = "application/x-ndjson" },
	{ HTTP_GET, "/api/v1/batches/{id}/workbook",
	  "退回文件：在报送的工作簿上标出并说明待修正的单元格", READERS, get_workbook,
	  WITH(batch_params, struct batch_params),
	  .produces = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ HTTP_GET, "/api/v1/outstanding", "各部门待修正的行：几行、在几批里、最早哪天", READERS,
	  ingest_outstanding, .lax_query = true, .produces = "application/json" },
	{ HTTP_POST, "/api/v1/validate", "只核对，不入库", SENDERS, post_validate, HTTP_STREAM,
	  WITH(validate_params, struct validate_params), .max_body = INGEST_MAX_BODY,
	  .produces = "application/json" },
	{ .method = HTTP_END },
};
