/* The background work of ingest. */
#include "ingest/ingest_job.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "base/json.h"
#include "file/file.h"
#include "ingest/ingest_return.h"
#include "ingest/ingest_spool.h"
#include "ingest/quarantine_app.h"

#define ATTEMPTS 5
#define DAY_MS INT64_C(86400000)
#define CAUSES 200
#define MARKED_ROWS 50000 /* more wrong rows than that are counted, not marked */

/* --- arguments --------------------------------------------------------------------------- */

struct args {
	int64_t dept, batch, file, check;
	struct zd_str standard;
	int64_t not_before; /* not told to the job */
};

static enum zd_rc
read_args(struct zd_cx *cx, struct zd_str text, struct args *ret)
{
	struct json j = json_open(cx->arena, text, 0);
	struct zd_str key;

	*ret = (struct args){ 0 };
	const struct {
		struct zd_str name;
		int64_t *to;
	} numbers[] = { { ZD_STR("dept"), &ret->dept },
			{ ZD_STR("batch"), &ret->batch },
			{ ZD_STR("file"), &ret->file },
			{ ZD_STR("check"), &ret->check } };
	if (json_enter_object(&j))
		while (json_next_member(&j, &key)) {
			if (zd_str_equal(key, ZD_STR("standard")))
				(void)json_text(&j, &ret->standard);
			for (size_t i = 0; i < ZD_COUNT(numbers); i++)
				if (zd_str_equal(key, numbers[i].name))
					(void)json_int(&j, numbers[i].to);
		}
	return json_end(&j) ? ZD_OK : json_fail(cx, &j, "任务参数");
}

static enum zd_rc
put_job_in(struct zd_cx *cx, struct db *db, const char *kind, const struct args *args,
	   int64_t *ret_job)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	json_put_member_int(&w, "dept", args->dept);
	if (args->batch)
		json_put_member_int(&w, "batch", args->batch);
	if (args->file)
		json_put_member_int(&w, "file", args->file);
	if (args->check)
		json_put_member_int(&w, "check", args->check);
	if (args->standard.n)
		json_put_member(&w, "standard", args->standard);
	json_put_end(&w);
	const struct job_order order = { .kind = kind,
					 .args = zd_out_str(&out),
					 .dept = args->dept,
					 .not_before = args->not_before };
	return job_put_in(cx, db, &order, ret_job);
}

enum zd_rc
ingest_job_batch_in(struct zd_cx *cx, struct db *db, int64_t dept, int64_t batch, int64_t *ret_job)
{
	return put_job_in(cx, db, "ingest.batch", &(struct args){ .dept = dept, .batch = batch },
			  ret_job);
}

enum zd_rc
ingest_job_check_in(struct zd_cx *cx, struct db *db, const struct ingest_check *check,
		    int64_t *ret_job)
{
	int64_t forget;

	ZD_TRY(put_job_in(cx, db, "ingest.check",
			  &(struct args){ .dept = check->dept,
					  .file = check->file,
					  .standard = check->standard },
			  ret_job));
	return put_job_in(cx, db, "ingest.forget",
			  &(struct args){ .dept = check->dept,
					  .check = *ret_job,
					  .not_before = cx->now + INGEST_CHECK_DAYS * DAY_MS },
			  &forget);
}

enum zd_rc
ingest_job_release_in(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str standard,
		      int64_t *ret_job)
{
	return put_job_in(cx, db, "quarantine.release",
			  &(struct args){ .dept = dept, .standard = standard }, ret_job);
}

enum zd_rc
ingest_check_read(struct zd_cx *cx, const struct job *job, struct ingest_check *ret)
{
	struct args args;

	if (!zd_str_equal(job->kind, ZD_STR("ingest.check")))
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这次核对");
	ZD_TRY(read_args(cx, job->args, &args));
	*ret = (struct ingest_check){ args.dept, args.file, args.standard };
	return ZD_OK;
}

struct zd_str
ingest_check_key(struct zd_arena *arena, int64_t job)
{
	return zd_str_printf(arena, "check:%" PRId64, job);
}

/* --- files ------------------------------------------------------------------------------- */

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* What was sent, inflated. */
static enum zd_rc
open_file(struct zd_cx *cx, struct job_run *run, int64_t dept, int64_t id, struct file *ret_file,
	  int *ret_fd)
{
	int packed ZD_CLEANUP(close_fd) = -1;

	ZD_TRY(file_find(cx, run->db, dept, id, ret_file));
	ZD_TRY(file_open(cx, run->app->files, ret_file, &packed));
	return table_inflate(cx, packed, run->app->spool, NULL, ret_fd);
}

/* --- ingest.batch ------------------------------------------------------------------------ */

static enum zd_rc
going(struct zd_cx *cx, void *arg)
{
	return job_check_going(cx, arg);
}

static enum zd_rc
store(struct zd_cx *cx, struct job_run *run, struct ingest_batch *batch)
{
	const struct ingest_env env = { run->app->standards, run->app->pool };
	struct file file;
	int fd ZD_CLEANUP(close_fd) = -1;
	struct ingest_order order = {
		.dept = batch->dept,
		.standard = standard_find(run->app->standards, batch->standard),
		.source = batch->source,
		.file_name = batch->file_name,
		.file = batch->file,
		.batch_key = batch->batch_key,
		.repairs = batch->repairs,
		.format = (enum table_format)batch->format,
		.going = going,
		.going_arg = run,
	};

	if (!order.standard)
		return zd_fail(cx, ZD_INVALID, NULL, "数据标准「%.*s」已不存在",
			       ZD_STR_ARG(batch->standard));
	ZD_TRY(open_file(cx, run, batch->dept, batch->file, &file, &fd));
	order.fd = fd;
	return ingest_app_run(cx, &env, &order, batch);
}

/* A batch that will not be tried again must not say for ever that it is under way. */
static enum zd_rc
give_up(struct zd_cx *cx, struct job_run *run, const struct ingest_batch *batch, enum zd_rc rc)
{
	struct zd_err why = cx->err;
	struct zd_str text =
		rc == ZD_FAILED || rc == ZD_UNCERTAIN
			? ZD_STR("系统多次尝试未能完成，已记录并通知系统管理员；已入库的行不受影响")
			: zd_str_copy(cx->arena, zd_str_of(why.text));

	(void)!ingest_app_fail(cx, run->db, batch->dept, batch->id, text);
	cx->err = why;
	return rc;
}

static enum zd_rc
run_batch(struct zd_cx *cx, struct job_run *run)
{
	struct ingest_batch batch;
	struct args args;

	ZD_TRY(read_args(cx, run->job->args, &args));
	ZD_TRY(ingest_app_batch(cx, run->db, args.dept, args.batch, &batch));
	if (batch.state == INGEST_DONE)
		return ZD_OK; /* the run before came to its end, and its job did not */
	ZD_TRY(job_progress(cx, run, batch.bytes_done, batch.bytes_total, batch.file_name));
	enum zd_rc rc = store(cx, run, &batch);
	if (rc == ZD_INVALID || rc == ZD_TOO_LARGE)
		return give_up(cx, run, &batch, rc) == rc ? ZD_OK
							  : rc; /* said on the batch's page */
	if (rc != ZD_OK && (!job_may_retry(rc) || run->job->attempts >= ATTEMPTS) &&
	    job_check_going(cx, run) == ZD_OK)
		return give_up(cx, run, &batch, rc);
	if (rc != ZD_OK)
		return rc;
	run->result = zd_str_printf(cx->arena, "{\"batch\":%" PRId64 "}", batch.id);
	return ZD_OK;
}

/* --- ingest.check: judged, not stored ------------------------------------------------------- */

struct checking {
	struct job_run *run;
	const struct standard *std;
	struct ingest_returning returning;
	struct ingest_cause causes[CAUSES];
	size_t n_causes;
};

static void
end_checking(struct checking *c)
{
	ingest_returning_drop(&c->returning);
}

static void
count_cause(struct zd_arena *arena, struct checking *c, const struct ingest_row *row)
{
	const struct standard_error *e = &row->verdict.errors[0];

	for (size_t i = 0; i < c->n_causes; i++)
		if (zd_str_equal(c->causes[i].rule, e->rule)) {
			c->causes[i].n++;
			return;
		}
	if (c->n_causes == CAUSES)
		return;
	c->causes[c->n_causes++] = (struct ingest_cause){
		.rule = zd_str_copy(arena, e->rule),
		.field_title = e->field >= 0 ? c->std->fields[e->field].title : ZD_STR("整行"),
		.message = zd_str_copy(arena, e->message),
		.n = 1,
		.first_row = row->line,
	};
}

static enum zd_rc
take_bad_row(struct zd_cx *cx, const struct ingest_row *row, void *arg)
{
	struct checking *c = arg;

	count_cause(c->returning.arena, c, row);
	return c->returning.n < MARKED_ROWS ? ingest_returning_add(cx, &c->returning, row) : ZD_OK;
}

static int
by_count(const void *va, const void *vb)
{
	const struct ingest_cause *a = va, *b = vb;

	return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : zd_str_compare(a->rule, b->rule);
}

static void
put_checked(struct zd_out *out, struct checking *c, const struct ingest_verdicts *v,
	    int64_t returned)
{
	struct json_writer w = { .out = out };

	json_put_object(&w);
	json_put_member_int(&w, "rows", v->rows);
	json_put_member_int(&w, "good", v->good);
	json_put_member_int(&w, "bad", v->bad);
	json_put_member(&w, "notes", v->notes);
	json_put_member_int(&w, "returned", returned);
	json_put_name(&w, "causes");
	json_put_array(&w);
	for (size_t i = 0; i < c->n_causes; i++) {
		json_put_object(&w);
		json_put_member(&w, "rule", c->causes[i].rule);
		json_put_member(&w, "field", c->causes[i].field_title);
		json_put_member(&w, "message", c->causes[i].message);
		json_put_member_int(&w, "n", c->causes[i].n);
		json_put_member_int(&w, "line", c->causes[i].first_row);
		json_put_end(&w);
	}
	json_put_end(&w);
	json_put_end(&w);
}

static const char *
ending_of(enum table_format format)
{
	return format == TABLE_XLSX ? ".xlsx" : format == TABLE_CSV ? ".csv" : ".ndjson";
}

/* The sender's file with what is wrong marked, into the file store. */
static enum zd_rc
keep_returned(struct zd_cx *cx, struct checking *c, const struct ingest_order *order,
	      struct zd_str sheet, int64_t *ret_file)
{
	const struct app *app = c->run->app;
	struct file_content content;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	const char *path;

	ZD_TRY(ingest_spool_path(cx, app, ending_of(order->format), &path));
	enum zd_rc rc =
		ingest_returning_write(cx, &c->returning, order->fd, order->format, sheet, path);
	int fd ZD_CLEANUP(close_fd) = rc == ZD_OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	(void)unlink(path);
	ZD_TRY(rc);
	if (fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能读取刚写好的退回文件");
	ZD_TRY(file_keep(cx, app->files, fd, (int64_t)1 << 30, NULL, &content));
	ZD_TRY(db_begin(cx, c->run->db, &txn));
	ZD_TRY(job_hold_in(cx, c->run, 1, 1, ZD_STR("核对完成")));
	const struct file_order file = { .content = &content,
					 .name = order->file_name,
					 .purpose = ZD_STR("ingest.checked"),
					 .dept = order->dept };
	ZD_TRY(file_put_in(cx, c->run->db, app->files, &file, ret_file));
	return db_commit(cx, &txn);
}

static enum zd_rc
judge(struct zd_cx *cx, struct job_run *run, struct ingest_order *order, struct checking *c)
{
	const struct ingest_env env = { run->app->standards, run->app->pool };
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct ingest_verdicts v;
	int64_t returned = ZD_NO_INT;

	ZD_TRY(table_sniff(cx, order->fd, &order->format));
	ZD_TRY(ingest_app_validate(cx, &env, NULL, order, take_bad_row, c, &v));
	if (v.bad)
		ZD_TRY(keep_returned(cx, c, order, v.sheet, &returned));
	qsort(c->causes, c->n_causes, sizeof(*c->causes), by_count);
	put_checked(&out, c, &v, returned);
	run->result = zd_str_copy(cx->arena, zd_out_str(&out));
	return ZD_OK;
}

static enum zd_rc
run_check(struct zd_cx *cx, struct job_run *run)
{
	struct checking c ZD_CLEANUP(end_checking) = { .run = run };
	struct ingest_order order = { .source = ZD_STR("page"),
				      .file = ZD_NO_INT,
				      .repairs = ZD_NO_INT,
				      .going = going,
				      .going_arg = run };
	struct args args;
	struct file file;
	int fd ZD_CLEANUP(close_fd) = -1;

	ZD_TRY(read_args(cx, run->job->args, &args));
	c.std = order.standard = standard_find(run->app->standards, args.standard);
	if (!c.std)
		return zd_fail(cx, ZD_INVALID, NULL, "数据标准「%.*s」已不存在",
			       ZD_STR_ARG(args.standard));
	ingest_returning_start(&c.returning, c.std);
	ZD_TRY(job_progress(cx, run, 0, 0, ZD_STR("正在逐行核对")));
	order.dept = args.dept;
	enum zd_rc rc = open_file(cx, run, args.dept, args.file, &file, &fd);
	order.fd = fd;
	order.file_name = file.name;
	if (rc == ZD_OK)
		rc = judge(cx, run, &order, &c);
	if (rc != ZD_INVALID && rc != ZD_TOO_LARGE)
		return rc;
	/* that the file cannot be taken is an answer too */
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	zd_out_write(&out, ZD_STR("{\"failed\":"));
	zd_out_json(&out, zd_str_of(cx->err.text));
	zd_out_write(&out, ZD_STR("}"));
	run->result = zd_str_copy(cx->arena, zd_out_str(&out));
	return ZD_OK;
}

/* --- its result -------------------------------------------------------------------------- */

static void
read_cause(struct json *j, struct ingest_cause *c)
{
	struct zd_str key;

	*c = (struct ingest_cause){ .message = ZD_STR(""), .field_title = ZD_STR("") };
	if (json_enter_object(j))
		while (json_next_member(j, &key)) {
			if (zd_str_equal(key, ZD_STR("n")))
				(void)json_int(j, &c->n);
			else if (zd_str_equal(key, ZD_STR("line")))
				(void)json_int(j, &c->first_row);
			else if (zd_str_equal(key, ZD_STR("rule")))
				(void)json_text(j, &c->rule);
			else if (zd_str_equal(key, ZD_STR("field")))
				(void)json_text(j, &c->field_title);
			else if (zd_str_equal(key, ZD_STR("message")))
				(void)json_text(j, &c->message);
		}
}

static void
read_causes(struct zd_cx *cx, struct json *j, struct ingest_checked *ret)
{
	ret->causes = zd_new_array(cx->arena, struct ingest_cause, CAUSES);
	if (json_enter_array(j))
		while (json_next_item(j) && ret->n_causes < CAUSES)
			read_cause(j, &ret->causes[ret->n_causes++]);
}

enum zd_rc
ingest_checked_read(struct zd_cx *cx, struct zd_str result, struct ingest_checked *ret)
{
	struct json j = json_open(cx->arena, result, 0);
	struct zd_str key;

	*ret = (struct ingest_checked){ .returned = ZD_NO_INT };
	const struct {
		struct zd_str name;
		int64_t *to;
	} numbers[] = { { ZD_STR("rows"), &ret->rows },
			{ ZD_STR("good"), &ret->good },
			{ ZD_STR("bad"), &ret->bad },
			{ ZD_STR("returned"), &ret->returned } };
	if (json_enter_object(&j))
		while (json_next_member(&j, &key)) {
			if (json_null(&j))
				continue;
			if (zd_str_equal(key, ZD_STR("causes")))
				read_causes(cx, &j, ret);
			else if (zd_str_equal(key, ZD_STR("notes")))
				(void)json_text(&j, &ret->notes);
			else if (zd_str_equal(key, ZD_STR("failed")))
				(void)json_text(&j, &ret->failed);
			for (size_t i = 0; i < ZD_COUNT(numbers); i++)
				if (zd_str_equal(key, numbers[i].name))
					(void)json_int(&j, numbers[i].to);
		}
	return json_end(&j) ? ZD_OK : json_fail(cx, &j, "核对结果");
}

/* --- quarantine.release ------------------------------------------------------------------- */

struct releasing {
	struct job_run *run;
	int64_t looked, released;
};

static enum zd_rc
hold(struct zd_cx *cx, void *arg)
{
	struct releasing *r = arg;

	return job_hold_in(cx, r->run, r->looked, 0,
			   zd_str_printf(cx->arena, "已核对 %" PRId64 " 条，放行 %" PRId64 " 条",
					 r->looked, r->released));
}

static enum zd_rc
run_release(struct zd_cx *cx, struct job_run *run)
{
	struct releasing r = { .run = run };
	struct args args;
	struct quarantine_block block = { .last = false };

	ZD_TRY(read_args(cx, run->job->args, &args));
	const struct standard *std = standard_find(run->app->standards, args.standard);
	if (!std)
		return zd_fail(cx, ZD_INVALID, NULL, "数据标准「%.*s」已不存在",
			       ZD_STR_ARG(args.standard));
	struct quarantine_release release = {
		.dept = args.dept, .standard = std, .hold = hold, .hold_arg = &r
	};
	while (!block.last) {
		ZD_TRY(job_check_going(cx, run));
		ZD_TRY(quarantine_app_release(cx, run->db, &release, &block));
		r.looked += block.looked;
		r.released += block.released;
	}
	run->result = zd_str_printf(cx->arena, "{\"looked\":%" PRId64 ",\"released\":%" PRId64 "}",
				    r.looked, r.released);
	return ZD_OK;
}

enum zd_rc
ingest_released_read(struct zd_cx *cx, const struct job *job, struct ingest_released *ret)
{
	struct args args;
	struct zd_str key;

	if (!zd_str_equal(job->kind, ZD_STR("quarantine.release")))
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这次放行");
	ZD_TRY(read_args(cx, job->args, &args));
	*ret = (struct ingest_released){ args.dept, ZD_NO_INT, ZD_NO_INT, args.standard };
	if (!job->result.n)
		return ZD_OK;
	struct json j = json_open(cx->arena, job->result, 0);
	if (json_enter_object(&j))
		while (json_next_member(&j, &key))
			(void)json_int(&j, zd_str_equal(key, ZD_STR("looked")) ? &ret->looked
									       : &ret->released);
	return json_end(&j) ? ZD_OK : json_fail(cx, &j, "放行结果");
}

/* --- ingest.forget: what was only judged is not kept --------------------------------------------- */

static enum zd_rc
drop_in(struct zd_cx *cx, struct db *db, int64_t dept, int64_t file)
{
	enum zd_rc rc = file == ZD_NO_INT ? ZD_OK : file_drop_in(cx, db, dept, file);

	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

/* The judged file and the marked one; not a file that was imported after all: that is the batch's. */
static enum zd_rc
forget_in(struct zd_cx *cx, struct job_run *run, int64_t dept, const struct job *job)
{
	struct ingest_checked checked = { .returned = ZD_NO_INT };
	struct ingest_check check;
	struct ingest_batch batch;

	ZD_TRY(ingest_check_read(cx, job, &check));
	if (job->result.n)
		ZD_TRY(ingest_checked_read(cx, job->result, &checked));
	ZD_TRY(drop_in(cx, run->db, dept, checked.returned));
	enum zd_rc rc = ingest_app_batch_of_key(cx, run->db, dept, check.standard,
						ingest_check_key(cx->arena, job->id), &batch);
	return rc == ZD_NOT_FOUND ? drop_in(cx, run->db, dept, check.file) : rc;
}

static enum zd_rc
run_forget(struct zd_cx *cx, struct job_run *run)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct args args;
	struct job job;

	ZD_TRY(read_args(cx, run->job->args, &args));
	ZD_TRY(db_begin(cx, run->db, &txn));
	ZD_TRY(job_hold_in(cx, run, 0, 1, ZD_STR("清除核对用的文件")));
	enum zd_rc rc = job_find(cx, run->db, args.dept, args.check, &job);
	if (rc != ZD_NOT_FOUND) {
		ZD_TRY(rc);
		ZD_TRY(forget_in(cx, run, args.dept, &job));
	}
	return db_commit(cx, &txn);
}

const struct job_kind ingest_kinds[] = {
	{ .name = "ingest.batch",
	  .about = "导入上传的文件",
	  .run = run_batch,
	  .max_attempts = ATTEMPTS },
	{ .name = "ingest.check", .about = "核对上传的文件，不入库", .run = run_check },
	{ .name = "ingest.forget",
	  .about = "清除 30 天前只核对、未导入的文件",
	  .run = run_forget,
	  .max_attempts = ATTEMPTS },
	{ .name = "quarantine.release", .about = "放行首日历史数据", .run = run_release },
	{ 0 },
};
