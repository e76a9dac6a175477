/* Ingest for people: upload, judging without storing, a batch and its receipt. */
#include "ingest/ingest_web.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "file/file.h"
#include "ingest/ingest_job.h"
#include "ingest/ingest_reject.h"
#include "ingest/ingest_upload_app.h"
#include "trust/trust.h"
#include "view/view_web.h"

#define CAUSES_SHOWN 200

/* --- the upload form ----------------------------------------------------------------------- */

struct upload_params {
	struct zd_str standard, key;
	int64_t repairs;
	bool check;
	struct http_file file;
};
static const struct http_param form_params[] = {
	HTTP_PARAM_TEXT(struct upload_params, standard, .about = "数据标准", .max = 60),
	HTTP_PARAM_INT(struct upload_params, repairs, .about = "修正哪个批次", .min = 1,
		       .max = INT64_C(1) << 53),
	{ .name = NULL },
};
static const struct http_param upload_params[] = {
	HTTP_PARAM_TEXT(struct upload_params, standard, .about = "数据标准", .max = 60),
	HTTP_PARAM_TEXT(struct upload_params, key, .about = "表单的编号，重复提交只算一次",
			.max = 40),
	HTTP_PARAM_INT(struct upload_params, repairs, .about = "修正哪个批次", .min = 1,
		       .max = INT64_C(1) << 53),
	HTTP_PARAM_BOOL(struct upload_params, check, .about = "先核对，不入库"),
	HTTP_PARAM_FILE(struct upload_params, file, .about = "文件"),
	{ .name = NULL },
};

static struct ingest_templates
may_send(struct zd_cx *cx, const struct http_request *req)
{
	const struct app *app = req->app;
	size_t n = standard_count(app->standards);
	struct ingest_templates t = { zd_new_array(cx->arena, const struct standard *, n + 1), 0 };

	for (size_t i = 0; i < n; i++)
		if (ingest_may_send(&cx->actor, standard_at(app->standards, i)))
			t.stds[t.n++] = standard_at(app->standards, i);
	return t;
}

static const struct page_choice *
choices_of(struct zd_cx *cx, const struct ingest_templates *t)
{
	struct page_choice *choices = zd_new_array(cx->arena, struct page_choice, t->n + 1);

	for (size_t i = 0; i < t->n; i++)
		choices[i] =
			(struct page_choice){ t->stds[i]->name, t->stds[i]->title, PAGE_PLAIN };
	return choices;
}

#define UPLOAD_FIELDS 5

/*
 * The batch that a file repairs is chosen on that batch's page, never typed; one that this person does not see, or that
 * is gone, is shown by its number, with the error beside it.
 */
static struct page_field
repairs_field(struct zd_cx *cx, const struct upload_params *p, bool found)
{
	bool given = p->repairs != ZD_NO_INT;

	return (struct page_field){
		.input = given && !found ? PAGE_INPUT_NUMBER : PAGE_INPUT_HIDDEN,
		.name = ZD_STR("repairs"),
		.label = ZD_STR("修正哪个批次"),
		.value = given ? zd_str_printf(cx->arena, "%" PRId64, p->repairs)
			       : (struct zd_str){ 0 },
		.hint = ZD_STR("不是修正退回数据的，不填"),
		.inputmode = "numeric",
		.narrow = true,
	};
}

static void
put_repairs(struct zd_cx *cx, struct zd_out *out, const struct ingest_batch *b,
	    const struct standard *std)
{
	struct zd_str name = b->file_name.n ? b->file_name : std->title;

	page_alert(out, PAGE_INFO, zd_str_printf(cx->arena, "修正「%.*s」", ZD_STR_ARG(name)),
		   zd_str_printf(cx->arena,
				 "这一批还有 %" PRId64
				 " 行待修正。上传改好的文件，只留改好的行也可以。",
				 b->outstanding));
}

/* Whether the batch that is to be repaired may be seen; what went wrong before stays in cx->err. */
static bool
find_repairs(struct zd_cx *cx, struct http_request *req, struct ingest_batch *ret,
	     const struct standard **ret_std)
{
	const struct upload_params *p = req->params;
	struct zd_err before = cx->err;
	bool found = p->repairs != ZD_NO_INT &&
		     ingest_web_batch(cx, req->db, p->repairs, ret) == ZD_OK &&
		     ingest_web_standard(cx, req, ret->standard, ret_std) == ZD_OK;

	cx->err = before;
	return found;
}

static void
fill_fields(struct zd_cx *cx, const struct http_request *req, const struct ingest_templates *t,
	    bool repairs, struct page_field *fields)
{
	const struct upload_params *p = req->params;

	fields[0] = (struct page_field){ .input = PAGE_INPUT_SELECT,
					 .name = ZD_STR("standard"),
					 .label = ZD_STR("数据标准"),
					 .value = p->standard,
					 .choices = choices_of(cx, t),
					 .hint = ZD_STR("文件里是哪一类数据"),
					 .required = true };
	fields[1] = (struct page_field){ .input = PAGE_INPUT_FILE,
					 .name = ZD_STR("file"),
					 .label = ZD_STR("文件"),
					 .accept = ".xlsx,.csv,.txt,.ndjson,.json,.gz,.zst",
					 .hint = ZD_STR("点击选择，或把文件拖到框内"),
					 .required = true };
	fields[2] = repairs_field(cx, p, repairs);
	fields[3] = (struct page_field){ .input = PAGE_INPUT_CHECK,
					 .name = ZD_STR("check"),
					 .label = ZD_STR("先核对，不入库"),
					 .value = p->check ? ZD_STR("1") : ZD_STR(""),
					 .hint = ZD_STR(
						 "只告诉您哪些行有问题；核对后可以一键正式导入") };
	/* a form that is sent twice is one batch */
	fields[4] =
		(struct page_field){ .input = PAGE_INPUT_HIDDEN,
				     .name = ZD_STR("key"),
				     .value = zd_str_printf(cx->arena, "%" PRId64, zd_id_new()) };
}

/* Draws the form; with the error in cx->err if rc is one. */
static enum zd_rc
draw_form(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, enum zd_rc rc)
{
	const struct ingest_templates templates = may_send(cx, req);
	static const struct page_crumb crumbs[] = {
		{ ZD_LIT("导入与核对"), ZD_LIT("/desk/batches") }, { { 0 }, { 0 } }
	};
	const struct page page = { .title = ZD_STR("导入数据"),
				   .nav = "batches",
				   .crumbs = crumbs };
	struct page_field fields[UPLOAD_FIELDS];
	const struct standard *std;
	struct ingest_batch batch;
	bool repairs = find_repairs(cx, req, &batch, &std);
	struct page_form form = {
		.action = ZD_STR("/desk/ingest"),
		.submit = ZD_STR("上传"),
		.cancel = ZD_STR("/desk/batches"),
		.multipart = true,
		.fields = fields,
		.n_fields = UPLOAD_FIELDS,
		.consequence = ZD_STR("核对通过的行立即入库并留痕；有错的行退回，不影响其他行。")
	};

	fill_fields(cx, req, &templates, repairs, fields);
	if (rc != ZD_OK) {
		page_form_fail(cx, &form, fields, UPLOAD_FIELDS);
		rep->status = zd_rc_meaning(rc)->http_status;
	}
	page_begin(cx, req, rep, &page);
	page_split_begin(&rep->out);
	if (repairs)
		put_repairs(cx, &rep->out, &batch, std);
	page_form(&rep->out, req, &form);
	page_split_aside(&rep->out);
	ingest_guide_html(&rep->out, &templates);
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
get_form(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return draw_form(cx, req, rep, ZD_OK);
}

/* --- taking what was uploaded ---------------------------------------------------------------- */

struct upload {
	struct ingest_order order; /* fd: the inflated content */
	struct file_content content;
};

static void
close_upload(struct upload *u)
{
	if (u->order.fd >= 0)
		(void)close(u->order.fd);
}

/* The upload as an order; what is wrong with the file itself is told by the field. */
static enum zd_rc
read_upload(struct zd_cx *cx, struct http_request *req, struct upload *ret)
{
	const struct upload_params *p = req->params;
	const struct app *app = req->app;
	struct ingest_order *o = &ret->order;

	if (!p->standard.n)
		return zd_fail(cx, ZD_INVALID, "standard", "请选择文件里是哪一类数据");
	ZD_TRY(ingest_web_standard(cx, req, p->standard, &o->standard));
	ZD_TRY(ingest_web_dept(cx, req->db, o->standard, (struct zd_str){ 0 }, &o->dept));
	if (p->file.fd < 0 || !p->file.size)
		return zd_fail(cx, ZD_INVALID, "file", "请选择要上传的文件");
	o->file_name = p->file.name.n ? p->file.name : ZD_STR("未命名文件");
	enum zd_rc rc = table_inflate(cx, p->file.fd, app->spool, NULL, &o->fd);
	if (rc == ZD_OK)
		rc = table_sniff(cx, o->fd, &o->format);
	if (rc == ZD_INVALID || rc == ZD_TOO_LARGE)
		cx->err.field = "file";
	ZD_TRY(rc);
	return file_keep(cx, app->files, p->file.fd, INGEST_MAX_UPLOAD, NULL, &ret->content);
}

static enum zd_rc
begin_check(struct zd_cx *cx, struct http_request *req, struct upload *u, struct http_reply *rep)
{
	const struct app *app = req->app;
	const struct ingest_upload upload = { &u->order, &u->content };
	int64_t job;

	ZD_TRY(ingest_app_upload_check(cx, req->db, app->files, &upload, &job));
	rep->location = zd_str_printf(cx->arena, "/desk/ingest/checks/%" PRId64, job);
	return ZD_OK;
}

static enum zd_rc
begin_batch(struct zd_cx *cx, struct http_request *req, struct upload *u, struct http_reply *rep)
{
	const struct app *app = req->app;
	const struct ingest_upload upload = { &u->order, &u->content };
	struct ingest_batch batch;

	ZD_TRY(ingest_app_upload(cx, req->db, app->files, &upload, &batch));
	rep->location = zd_str_printf(cx->arena, "/desk/batches/%" PRId64, batch.id);
	return ZD_OK;
}

static bool
is_theirs(enum zd_rc rc)
{
	return rc == ZD_INVALID || rc == ZD_REFUSED || rc == ZD_NOT_FOUND || rc == ZD_CONFLICT ||
	       rc == ZD_TOO_LARGE;
}

static enum zd_rc
post_upload(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct upload_params *p = req->params;
	struct upload u ZD_CLEANUP(close_upload) = { .order = { .source = ZD_STR("page"),
								.file = ZD_NO_INT,
								.repairs = p->repairs,
								.fd = -1 } };

	if (p->key.n)
		u.order.batch_key = zd_str_printf(cx->arena, "page:%" PRId64 ":%.*s", cx->actor.id,
						  ZD_STR_ARG(p->key));
	enum zd_rc rc = read_upload(cx, req, &u);
	if (rc == ZD_OK)
		rc = p->check ? begin_check(cx, req, &u, rep) : begin_batch(cx, req, &u, rep);
	return is_theirs(rc) ? draw_form(cx, req, rep, rc) : rc;
}

/* --- judged, not stored ---------------------------------------------------------------------- */

struct id_params {
	int64_t id;
	struct zd_str done;
};
static const struct http_param id_params[] = {
	HTTP_PARAM_INT(struct id_params, id, .about = "编号", .min = 1, .max = INT64_C(1) << 53),
	HTTP_PARAM_TEXT(struct id_params, done, .about = "刚刚完成的操作", .max = 20),
	{ .name = NULL },
};

/* The job of a check that this person may see. */
static enum zd_rc
find_check(struct zd_cx *cx, const struct http_request *req, struct job *ret_job,
	   struct ingest_check *ret)
{
	const struct id_params *p = req->params;

	ZD_TRY(job_find(cx, req->db, cx->actor.dept, p->id, ret_job));
	return ingest_check_read(cx, ret_job, ret);
}

static const char *
state_of_job(const struct job *job)
{
	return job->state == JOB_DONE ? "done" : job->state == JOB_DEAD ? "failed" : "running";
}

static enum zd_rc
check_progress(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct json_writer w = { .out = &rep->out };
	struct ingest_check check;
	struct job job;

	ZD_TRY(find_check(cx, req, &job, &check));
	json_put_object(&w);
	json_put_member_int(&w, "done", job.progress_done);
	json_put_member_int(&w, "total", job.progress_total);
	json_put_member(&w, "state", zd_str_of(state_of_job(&job)));
	json_put_member(&w, "text", job.note.n ? job.note : ZD_STR("正在排队"));
	json_put_end(&w);
	rep->type = "application/json";
	return ZD_OK;
}

static void
put_checked(struct zd_cx *cx, struct http_reply *rep, const struct ingest_checked *c, int64_t id)
{
	struct page_stat stats[] = {
		{ .label = ZD_STR("核对"), .n = c->rows, .unit = ZD_STR("行") },
		{ .label = ZD_STR("可以入库"),
		  .n = c->good,
		  .unit = ZD_STR("行"),
		  .tone = PAGE_GOOD },
		{ .label = ZD_STR("有问题"),
		  .n = c->bad,
		  .unit = ZD_STR("行"),
		  .tone = c->bad ? PAGE_WARN : PAGE_PLAIN },
	};

	if (c->failed.p) {
		page_alert(&rep->out, PAGE_BAD, ZD_STR("这份文件不能导入"), c->failed);
		return;
	}
	if (c->returned != ZD_NO_INT)
		stats[2].href =
			zd_str_printf(cx->arena, "/desk/ingest/checks/%" PRId64 "/workbook", id);
	page_stats(&rep->out, stats, ZD_COUNT(stats));
	if (c->notes.n) {
		page_card_begin(&rep->out, ZD_STR("关于这份文件"));
		ingest_notes_html(&rep->out, c->notes);
		page_card_end(&rep->out);
	}
	if (c->n_causes) {
		ingest_causes_html(&rep->out, cx->arena, ZD_STR("问题，按原因归类"), c->causes,
				   c->n_causes, (struct zd_str){ 0 });
	}
}

static void
fill_check_actions(struct zd_cx *cx, const struct ingest_checked *c, int64_t id,
		   struct page_action actions[4])
{
	size_t n = 0;

	if (!c->failed.p && c->good)
		actions[n++] = (struct page_action){
			.title = ZD_STR("正式导入"),
			.href = zd_str_printf(cx->arena, "/desk/ingest/checks/%" PRId64 "/import",
					      id),
			.icon = "database-import",
			.primary = true,
			.post = true,
			.confirm = c->bad ? zd_str_printf(cx->arena,
							  "%" PRId64 " 行入库并留痕，%" PRId64
							  " 行退回待修正。",
							  c->good, c->bad)
					  : zd_str_printf(cx->arena, "%" PRId64 " 行入库并留痕。",
							  c->good),
		};
	if (c->returned != ZD_NO_INT)
		actions[n++] = (struct page_action){
			.title = ZD_STR("下载标注好的文件"),
			.href = zd_str_printf(cx->arena, "/desk/ingest/checks/%" PRId64 "/workbook",
					      id),
			.icon = "download"
		};
	actions[n++] = (struct page_action){ .title = ZD_STR("换一份文件"),
					     .href = ZD_STR("/desk/ingest"),
					     .icon = "upload" };
	actions[n] = (struct page_action){ .title = { 0 } };
}

static enum zd_rc
show_check(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	static const struct page_crumb crumbs[] = { { ZD_LIT("导入与核对"),
						      ZD_LIT("/desk/batches") },
						    { ZD_LIT("导入数据"), ZD_LIT("/desk/ingest") },
						    { { 0 }, { 0 } } };
	struct ingest_checked checked = { .returned = ZD_NO_INT };
	struct ingest_check check;
	struct job job;
	struct page_action actions[4];

	ZD_TRY(find_check(cx, req, &job, &check));
	bool running = strcmp(state_of_job(&job), "running") == 0;
	if (job.result.n)
		ZD_TRY(ingest_checked_read(cx, job.result, &checked));
	else if (!running)
		checked.failed = job.note;
	fill_check_actions(cx, &checked, p->id, actions);
	const struct page page = {
		.title = zd_str_printf(cx->arena, "核对：%.*s",
				       ZD_STR_ARG(ingest_standard_title(req, check.standard))),
		.lead = zd_str_printf(cx->arena, "只核对，没有入库。文件保留 %d 天。",
				      INGEST_CHECK_DAYS),
		.nav = "batches",
		.crumbs = crumbs,
		.actions = running ? NULL : actions,
		.refresh = running,
	};
	page_begin(cx, req, rep, &page);
	if (running) {
		const struct page_progress progress = {
			.title = ZD_STR("正在核对"),
			.text = job.note.n ? job.note : ZD_STR("正在排队"),
			.done = job.progress_done,
			.total = job.progress_total,
			.href_json = zd_str_printf(
				cx->arena, "/desk/ingest/checks/%" PRId64 "/progress", p->id),
			.href_done =
				zd_str_printf(cx->arena, "/desk/ingest/checks/%" PRId64, p->id),
		};
		page_card_begin(&rep->out, (struct zd_str){ 0 });
		page_progress(&rep->out, &progress);
		page_card_end(&rep->out);
	} else {
		put_checked(cx, rep, &checked, p->id);
	}
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
find_kept(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id, struct file *ret)
{
	enum zd_rc rc = file_find(cx, db, dept, id, ret);

	return rc != ZD_NOT_FOUND
		       ? rc
		       : zd_fail(cx, ZD_NOT_FOUND, NULL,
				 "只核对、未导入的文件保留 %d 天，这一份已经清除，请重新上传",
				 INGEST_CHECK_DAYS);
}

static enum zd_rc
get_checked(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct app *app = req->app;
	struct ingest_checked checked;
	struct ingest_check check;
	struct file file;
	struct job job;

	ZD_TRY(find_check(cx, req, &job, &check));
	if (!job.result.n)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "还没有核对完");
	ZD_TRY(ingest_checked_read(cx, job.result, &checked));
	if (checked.returned == ZD_NO_INT)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有问题，不需要标注文件");
	ZD_TRY(find_kept(cx, req->db, check.dept, checked.returned, &file));
	ZD_TRY(file_open(cx, app->files, &file, &rep->fd));
	rep->type = zd_str_copy(cx->arena, file.type).p;
	rep->attachment = zd_str_printf(cx->arena, "核对结果-%.*s", ZD_STR_ARG(file.name));
	return ZD_OK;
}

static enum zd_rc
inflate_kept(struct zd_cx *cx, const struct app *app, const struct file *file,
	     struct ingest_order *order)
{
	int packed;

	ZD_TRY(file_open(cx, app->files, file, &packed));
	enum zd_rc rc = table_inflate(cx, packed, app->spool, NULL, &order->fd);
	(void)close(packed);
	return rc == ZD_OK ? table_sniff(cx, order->fd, &order->format) : rc;
}

/* The same file, by the same door: nothing is uploaded twice. */
static enum zd_rc
import_checked(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct ingest_check check;
	struct file file;
	struct job job;
	struct upload u ZD_CLEANUP(close_upload) = {
		.order = { .source = ZD_STR("page"), .repairs = ZD_NO_INT, .fd = -1 }
	};

	ZD_TRY(find_check(cx, req, &job, &check));
	ZD_TRY(ingest_web_standard(cx, req, check.standard, &u.order.standard));
	ZD_TRY(ingest_web_dept(cx, req->db, u.order.standard, (struct zd_str){ 0 }, &u.order.dept));
	ZD_TRY(find_kept(cx, req->db, check.dept, check.file, &file));
	ZD_TRY(inflate_kept(cx, req->app, &file, &u.order));
	u.order.file = file.id;
	u.order.file_name = file.name;
	u.order.batch_key = ingest_check_key(cx->arena, job.id);
	return begin_batch(cx, req, &u, rep);
}

/* --- a batch --------------------------------------------------------------------------------- */

static bool
is_under_way(const struct ingest_batch *b)
{
	return b->state == INGEST_WAITING || b->state == INGEST_RUNNING;
}

static struct zd_str
bytes_text(struct zd_arena *arena, int64_t n)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 64 };

	page_bytes(&out, n);
	return zd_str_copy(arena, zd_out_str(&out));
}

static struct zd_str
progress_figures(struct zd_arena *arena, const struct ingest_batch *b)
{
	return zd_str_printf(arena, "%.*s / %.*s", ZD_STR_ARG(bytes_text(arena, b->bytes_done)),
			     ZD_STR_ARG(bytes_text(arena, b->bytes_total)));
}

static struct zd_str
progress_text(struct zd_arena *arena, const struct ingest_batch *b)
{
	if (b->state == INGEST_WAITING)
		return ZD_STR("正在排队，马上开始");
	return zd_str_printf(arena,
			     "已处理 %" PRId64 " 行：入库 %" PRId64 "，更新 %" PRId64
			     "，未变 %" PRId64 "，退回 %" PRId64,
			     b->rows_done, b->accepted, b->updated, b->unchanged, b->rejected);
}

static enum zd_rc
batch_progress(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	struct json_writer w = { .out = &rep->out };
	struct ingest_batch b;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &b));
	json_put_object(&w);
	json_put_member_int(&w, "done", b.bytes_done);
	json_put_member_int(&w, "total", b.bytes_total);
	json_put_member(&w, "figures", progress_figures(cx->arena, &b));
	json_put_member(&w, "state", is_under_way(&b) ? ZD_STR("running") : ZD_STR("done"));
	json_put_member(&w, "text", progress_text(cx->arena, &b));
	json_put_end(&w);
	rep->type = "application/json";
	return ZD_OK;
}

static struct zd_str
batch_path(struct zd_arena *arena, const struct ingest_batch *b, const char *rest)
{
	return zd_str_printf(arena, "/desk/batches/%" PRId64 "%s", b->id, rest);
}

/* What cannot lead anywhere (rows that are as they were) has no link. */
static void
put_stats(struct zd_cx *cx, struct zd_out *out, const struct ingest_batch *b)
{
	const struct {
		const char *label, *href;
		int64_t n;
		enum page_tone tone;
		bool always;
	} all[] = {
		{ "收到", "", b->rows_done, PAGE_PLAIN, true },
		{ "入库", "/inserted", b->accepted, PAGE_GOOD, true },
		{ "更新", "/updated", b->updated, PAGE_INFO, true },
		{ "未变", "", b->unchanged, PAGE_PLAIN, true },
		{ "删除", "/updated", b->removed, PAGE_PLAIN, false },
		{ "其中待放行的历史", "/inserted", b->quarantined, PAGE_INFO, false },
		{ "退回", "/rows", b->rejected, b->rejected ? PAGE_BAD : PAGE_PLAIN, true },
		{ "待修正", "/rows?state=1", b->outstanding, b->outstanding ? PAGE_WARN : PAGE_GOOD,
		  false },
	};
	struct page_stat stats[ZD_COUNT(all)];
	size_t n = 0;

	for (size_t i = 0; i < ZD_COUNT(all); i++) {
		if (!all[i].always && !all[i].n && !(b->rejected && i + 1 == ZD_COUNT(all)))
			continue;
		stats[n++] =
			(struct page_stat){ .label = zd_str_of(all[i].label),
					    .n = all[i].n,
					    .tone = all[i].tone,
					    .unit = ZD_STR("行"),
					    .href = all[i].href[0] && all[i].n
							    ? batch_path(cx->arena, b, all[i].href)
							    : (struct zd_str){ 0 } };
	}
	page_stats(out, stats, n);
}

struct causes {
	struct ingest_cause *v;
	size_t n;
};

static enum zd_rc
take_cause(struct zd_cx *cx, const void *row, void *arg)
{
	struct causes *c = arg;

	(void)cx;
	if (c->n < CAUSES_SHOWN)
		c->v[c->n++] = *(const struct ingest_cause *)row;
	return ZD_OK;
}

/* The first example of a cause may repeat a value that the reader may not see. */
static void
mask_causes(const struct zd_cx *cx, const struct standard *std, struct causes *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t f = 0; f < std->n_fields; f++)
			if (std->fields[f].data_class > cx->actor.level &&
			    zd_str_equal(std->fields[f].title, c->v[i].field_title))
				c->v[i].message = ZD_STR("见各行的说明（已按权限遮蔽）");
}

enum zd_rc
ingest_web_causes(struct zd_cx *cx, struct db *db, const struct ingest_batch *b,
		  const struct standard *std, const struct ingest_cause **ret, size_t *ret_n)
{
	struct causes c = { .v = zd_new_array(cx->arena, struct ingest_cause, CAUSES_SHOWN) };

	ZD_TRY(ingest_app_causes(cx, db, b->dept, b->id, take_cause, &c));
	mask_causes(cx, std, &c);
	*ret = c.v;
	*ret_n = c.n;
	return ZD_OK;
}

static enum zd_rc
put_batch_facts(struct zd_cx *cx, struct http_request *req, struct zd_out *out,
		const struct ingest_batch *b)
{
	struct zd_str dept, person, number = zd_str_printf(cx->arena, "%" PRId64, b->id);
	bool repairs = b->repairs != ZD_NO_INT;

	ZD_TRY(view_app_dept_name(cx, req->db, b->dept, &dept));
	ZD_TRY(view_app_person_name(cx, req->db, b->created_by, &person));
	struct page_fact facts[] = {
		{ .label = ZD_STR("状态"),
		  .value = zd_str_printf(cx->arena, "%d", b->state),
		  .as = PAGE_AS_STATE,
		  .choices = ingest_state_choices },
		{ .label = ZD_STR("部门"), .value = dept },
		{ .label = ZD_STR("数据标准"),
		  .value = ingest_standard_title(req, b->standard),
		  .href = zd_str_printf(cx->arena, "/desk/standards/%.*s",
					ZD_STR_ARG(b->standard)) },
		{ .label = ZD_STR("来源"),
		  .value = b->source,
		  .as = PAGE_AS_NAME,
		  .choices = ingest_source_choices },
		{ .label = ZD_STR("报送人"), .value = person },
		{ .label = ZD_STR("收到"),
		  .value = zd_str_printf(cx->arena, "%" PRId64, b->created_at),
		  .as = PAGE_AS_TIME },
		{ .label = ZD_STR("完成"),
		  .value = b->finished_at == ZD_NO_INT
				   ? (struct zd_str){ 0 }
				   : zd_str_printf(cx->arena, "%" PRId64, b->finished_at),
		  .as = PAGE_AS_TIME },
		{ .label = ZD_STR("批次编号"), .value = number, .as = PAGE_AS_CODE },
		{ .label = ZD_STR("工作表"), .value = b->sheet },
		{ .label = ZD_STR("修正的批次"),
		  .value = repairs ? zd_str_printf(cx->arena, "%" PRId64, b->repairs)
				   : (struct zd_str){ 0 },
		  .href = repairs ? zd_str_printf(cx->arena, "/desk/batches/%" PRId64, b->repairs)
				  : (struct zd_str){ 0 } },
	};
	size_t n = 0;
	for (size_t i = 0; i < ZD_COUNT(facts); i++)
		if (facts[i].value.n)
			facts[n++] = facts[i];
	page_card_begin(out, ZD_STR("这一批"));
	page_facts(out, facts, n);
	page_card_end(out);
	return ZD_OK;
}

static enum zd_rc
put_batch_body(struct zd_cx *cx, struct http_request *req, struct zd_out *out,
	       const struct ingest_batch *b, const struct standard *std)
{
	const struct ingest_cause *causes;
	size_t n;

	if (is_under_way(b)) {
		const struct page_progress progress = {
			.title = ZD_STR("正在导入"),
			.text = progress_text(cx->arena, b),
			.done = b->bytes_done,
			.total = b->bytes_total,
			.figures = progress_figures(cx->arena, b),
			.href_json = batch_path(cx->arena, b, "/progress"),
			.href_done = batch_path(cx->arena, b, ""),
		};
		page_card_begin(out, (struct zd_str){ 0 });
		page_progress(out, &progress);
		page_card_end(out);
		return ZD_OK;
	}
	if (b->state == INGEST_FAILED)
		page_alert(out, PAGE_BAD, ZD_STR("整份退回，没有继续导入"), b->error);
	if (b->state != INGEST_FAILED || b->rows_done)
		put_stats(cx, out, b);
	ZD_TRY(ingest_web_causes(cx, req->db, b, std, &causes, &n));
	if (n) {
		ingest_causes_html(out, cx->arena, ZD_STR("待修正，按原因归类"), causes, n,
				   batch_path(cx->arena, b, "/rows"));
	}
	if (b->notes.n) {
		page_card_begin(out, ZD_STR("关于这份文件"));
		ingest_notes_html(out, b->notes);
		page_card_end(out);
	}
	return ZD_OK;
}

static void
fill_batch_actions(struct zd_cx *cx, const struct ingest_batch *b, const struct standard *std,
		   struct page_action actions[3])
{
	bool writes =
		trust_check_writes(cx, b->dept) == ZD_OK && (cx->actor.roles & INGEST_SENDERS) != 0;
	size_t n = 0;

	if (b->outstanding && ingest_may_have_file(cx, std, b->dept))
		actions[n++] = (struct page_action){ .title = ZD_STR("下载退回文件"),
						     .href = batch_path(cx->arena, b, "/workbook"),
						     .icon = "download",
						     .primary = true };
	if (b->outstanding && writes)
		actions[n++] = (struct page_action){
			.title = ZD_STR("上传改好的文件"),
			.href = zd_str_printf(cx->arena,
					      "/desk/ingest?standard=%.*s&repairs=%" PRId64,
					      ZD_STR_ARG(b->standard), b->id),
			.icon = "upload"
		};
	if (b->state == INGEST_FAILED && !b->outstanding && writes)
		actions[n++] =
			(struct page_action){ .title = ZD_STR("改好后重新上传"),
					      .href = zd_str_printf(cx->arena,
								    "/desk/ingest?standard=%.*s",
								    ZD_STR_ARG(b->standard)),
					      .icon = "upload",
					      .primary = true };
	actions[n] = (struct page_action){ .title = { 0 } };
}

static struct zd_str
done_notice(struct zd_str done)
{
	static const struct {
		const char *done, *text;
	} all[] = {
		{ "repaired", "已修正入库，这一批没有待修正的行了。" },
		{ "discarded", "已记下原因，这一批没有待修正的行了。" },
	};

	for (size_t i = 0; i < ZD_COUNT(all); i++)
		if (zd_str_equal(done, zd_str_of(all[i].done)))
			return zd_str_of(all[i].text);
	return (struct zd_str){ 0 };
}

static enum zd_rc
show_batch(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	static const struct page_crumb crumbs[] = {
		{ ZD_LIT("导入与核对"), ZD_LIT("/desk/batches") }, { { 0 }, { 0 } }
	};
	const struct standard *std;
	struct page_action actions[3];
	struct ingest_batch b;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &b));
	ZD_TRY(ingest_web_standard(cx, req, b.standard, &std));
	fill_batch_actions(cx, &b, std, actions);
	const struct page page = { .title = b.file_name.n ? b.file_name : std->title,
				   .nav = "batches",
				   .crumbs = crumbs,
				   .actions = actions,
				   .notice = done_notice(p->done),
				   .refresh = is_under_way(&b) };
	page_begin(cx, req, rep, &page);
	page_split_begin(&rep->out);
	ZD_TRY(put_batch_body(cx, req, &rep->out, &b, std));
	page_split_aside(&rep->out);
	ZD_TRY(put_batch_facts(cx, req, &rep->out, &b));
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
get_returned(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct id_params *p = req->params;
	struct ingest_batch b;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &b));
	return ingest_web_workbook(cx, req, rep, &b);
}

/* --- the records of a batch ------------------------------------------------------------------ */

#define ID_MS_SHIFT 12 /* an id counts ms in its upper bits (zd_id_new) */
#define RUN_SLACK_MS                                                                               \
	((int64_t)600000) /* the clocks of two nodes, and of a batch brought in later */

static struct db_list_value
fixed(const struct db_list *list, const char *name, struct zd_str value)
{
	return (struct db_list_value){ db_list_filter(list, zd_str_of(name)), value };
}

static enum zd_rc
list_records(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, bool inserted)
{
	const struct id_params *p = req->params;
	const struct standard *std;
	struct ingest_batch b;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &b));
	ZD_TRY(ingest_web_standard(cx, req, b.standard, &std));
	const struct db_list *list =
		inserted ? ingest_inserted_list(std) : ingest_updated_list(std);
	int64_t took = (b.finished_at == ZD_NO_INT ? cx->now : b.finished_at) - b.created_at;
	struct zd_str number = zd_str_printf(cx->arena, "%" PRId64, b.id);
	int64_t last = b.id + ((took + RUN_SLACK_MS) << ID_MS_SHIFT);
	struct db_list_value values[4] = {
		fixed(list, "dept", zd_str_printf(cx->arena, "%" PRId64, b.dept)),
		fixed(list, "batch", number),
	};
	values[2] = inserted ? fixed(list, "after_id", number) : fixed(list, "standard", std->name);
	values[3] = fixed(list, "before_id", zd_str_printf(cx->arena, "%" PRId64, last));
	const struct page_column columns[] = {
		{ .name = "key", .as = PAGE_AS_CODE, .strong = true },
		{ .name = "dept",
		  .as = PAGE_AS_NAME,
		  .choices = view_dept_choices(cx, req->db),
		  .extra = true },
		{ .name = "row", .as = PAGE_AS_NUMBER },
		{ .name = "updated_at", .as = PAGE_AS_TIME, .extra = true },
		{ 0 },
	};
	const struct page_crumb crumbs[] = {
		{ ZD_STR("导入与核对"), ZD_STR("/desk/batches") },
		{ b.file_name.n ? b.file_name : std->title, batch_path(cx->arena, &b, "") },
		{ { 0 }, { 0 } },
	};
	const struct page_list spec = {
		.page = { .title = inserted ? ZD_STR("这一批入库的记录")
					    : ZD_STR("这一批更新的记录"),
			  .lead = std->title,
			  .nav = "batches",
			  .crumbs = crumbs },
		.list = list,
		.row_href = zd_str_printf(cx->arena, "%s/{dept}-{id}",
					  view_place_of(std->name)
						  ? view_place_of(std->name)->list
						  : zd_str_printf(cx->arena, "/desk/records/%.*s",
								  ZD_STR_ARG(std->name))
							    .p)
				    .p,
		.columns = columns,
		.fixed = values,
		.n_fixed = inserted ? 4 : 3,
		.empty = { .icon = "database-import",
			   .title = ZD_STR("没有记录"),
			   .text = ZD_STR("这一批的记录后来又被删除或改由其他批次更新。") },
	};
	return page_list(cx, req, rep, &spec);
}

static enum zd_rc
list_inserted(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return list_records(cx, req, rep, true);
}

static enum zd_rc
list_updated(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	return list_records(cx, req, rep, false);
}

/* --- routes ---------------------------------------------------------------------------------- */

#define SENDERS                                                                                    \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = INGEST_SENDERS                                      \
	}
#define READERS                                                                                    \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = INGEST_READERS                                      \
	}
#define FORM .params = form_params, .params_size = sizeof(struct upload_params)
#define UPLOAD .params = upload_params, .params_size = sizeof(struct upload_params)
#define ID .params = id_params, .params_size = sizeof(struct id_params)

const struct http_route ingest_desk_routes[] = {
	{ HTTP_GET, "/desk/ingest", "上传文件的表单", SENDERS, get_form, FORM },
	{ HTTP_POST, "/desk/ingest", "上传一个文件：导入，或只核对", SENDERS, post_upload,
	  HTTP_FORM, UPLOAD, .max_body = INGEST_MAX_UPLOAD },
	{ HTTP_GET, "/desk/ingest/checks/{id}", "一次核对的结果", SENDERS, show_check, ID },
	{ HTTP_GET, "/desk/ingest/checks/{id}/progress", "核对的进度", SENDERS, check_progress,
	  ID },
	{ HTTP_GET, "/desk/ingest/checks/{id}/workbook", "标注好的文件", SENDERS, get_checked, ID },
	{ HTTP_POST, "/desk/ingest/checks/{id}/import", "把核对过的文件正式导入", SENDERS,
	  import_checked, HTTP_FORM, ID },
	{ HTTP_GET, "/desk/batches", "批次列表", READERS, ingest_batches, .lax_query = true },
	{ HTTP_GET, "/desk/batches/{id}", "一个批次的回执", READERS, show_batch, ID },
	{ HTTP_GET, "/desk/batches/{id}/progress", "导入的进度", READERS, batch_progress, ID },
	{ HTTP_GET, "/desk/batches/{id}/workbook", "退回文件", READERS, get_returned, ID },
	{ HTTP_GET, "/desk/batches/{id}/inserted", "一个批次入库的记录", READERS, list_inserted, ID,
	  .lax_query = true },
	{ HTTP_GET, "/desk/batches/{id}/updated", "一个批次更新的记录", READERS, list_updated, ID,
	  .lax_query = true },
	{ HTTP_GET, "/desk/outstanding", "各部门待修正的行", READERS, ingest_outstanding,
	  .lax_query = true },
	{ .method = HTTP_END },
};
