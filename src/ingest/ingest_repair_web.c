/* Refused rows: looked at, repaired in a form by the same door, or given up with a reason. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "catalog/catalog_app.h"
#include "ingest/ingest_reject.h"
#include "ingest/ingest_web.h"
#include "trust/trust.h"
#include "view/view_web.h"

/* --- what is asked --------------------------------------------------------------------------- */

struct row_params {
	int64_t id, row;
	struct zd_str done, reason;
};
#define BATCH_PARAM                                                                                \
	HTTP_PARAM_INT(struct row_params, id, .about = "批次", .min = 1, .max = INT64_C(1) << 53)
#define ROW_PARAM HTTP_PARAM_INT(struct row_params, row, .about = "行", .min = 1, .max = INT32_MAX)
#define DONE_PARAM HTTP_PARAM_TEXT(struct row_params, done, .about = "刚刚完成的操作", .max = 20)
static const struct http_param rows_params[] = { BATCH_PARAM, { .name = NULL } };
static const struct http_param row_params[] = {
	BATCH_PARAM, ROW_PARAM, DONE_PARAM, { .name = NULL }
};
static const struct http_param repair_params[] = { BATCH_PARAM, ROW_PARAM, { .name = NULL } };
static const struct http_param discard_params[] = {
	BATCH_PARAM,
	ROW_PARAM,
	HTTP_PARAM_TEXT(struct row_params, reason, .about = "不再报送的原因", .max = 200),
	{ .name = NULL },
};

/* One refused row, for its page. */
struct place {
	struct ingest_batch batch;
	const struct standard *std;
	struct ingest_reject reject;
	struct ingest_refused refused;
};

static enum zd_rc
find_place(struct zd_cx *cx, struct http_request *req, struct place *ret)
{
	const struct row_params *p = req->params;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &ret->batch));
	ZD_TRY(ingest_web_standard(cx, req, ret->batch.standard, &ret->std));
	ZD_TRY(ingest_app_reject(cx, req->db, ret->batch.dept, p->id, p->row, &ret->reject));
	return ingest_refused_read(cx, ret->std, &ret->reject, &ret->refused);
}

static bool
may_repair(struct zd_cx *cx, const struct ingest_batch *batch)
{
	return (cx->actor.roles & INGEST_SENDERS) && trust_check_writes(cx, batch->dept) == ZD_OK;
}

static enum zd_rc
check_repair(struct zd_cx *cx, const struct place *place)
{
	ZD_TRY(trust_check_writes(cx, place->batch.dept));
	if (place->reject.state == INGEST_OUTSTANDING)
		return ZD_OK;
	return zd_fail(cx, ZD_CONFLICT, NULL, "第 %" PRId64 " 行已经%s，不用再改",
		       place->reject.line,
		       place->reject.state == INGEST_REPAIRED    ? "修正入库"
		       : place->reject.state == INGEST_DISCARDED ? "说明不再报送"
								 : "被后来的报送取代");
}

static struct zd_str
path_of(struct zd_arena *arena, int64_t batch, int64_t row, const char *rest)
{
	return row ? zd_str_printf(arena, "/desk/batches/%" PRId64 "/rows/%" PRId64 "%s", batch,
				   row, rest)
		   : zd_str_printf(arena, "/desk/batches/%" PRId64 "%s", batch, rest);
}

/* --- the rows of a batch ----------------------------------------------------------------------- */

static enum zd_rc
read_problems(struct zd_cx *cx, const struct standard *std, struct zd_str errors,
	      struct ingest_refused *ret)
{
	const struct ingest_reject reject = { .raw = ZD_STR("{}"), .errors = errors };

	return ingest_refused_read(cx, std, &reject, ret);
}

static void
put_problems(struct zd_cx *cx, struct zd_out *out, struct zd_str value, void *arg)
{
	struct ingest_refused refused;

	if (read_problems(cx, arg, value, &refused) == ZD_OK)
		ingest_problems_html(out, &refused);
}

/* For downloads: a problem a line. */
static struct zd_str
tell_problems(struct zd_cx *cx, struct zd_str value, void *arg)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	const struct standard *std = arg;
	struct ingest_refused r;

	if (read_problems(cx, std, value, &r) != ZD_OK)
		return ZD_STR("");
	for (size_t i = 0; i < r.n_errors; i++) {
		struct zd_str title = r.errors[i].field >= 0 ? std->fields[r.errors[i].field].title
							     : ZD_STR("整行");
		zd_out_printf(&out, "%s「%.*s」%.*s。%.*s", i ? "\n" : "", ZD_STR_ARG(title),
			      ZD_STR_ARG(r.errors[i].message), ZD_STR_ARG(r.errors[i].todo));
	}
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

static struct zd_str
mask_key(struct zd_cx *cx, struct zd_str value, void *arg)
{
	const struct standard *std = arg;

	return trust_mask(cx, std->fields[std->key].data_class, value);
}

static enum zd_rc
cause_choices(struct zd_cx *cx, struct http_request *req, const struct place *place,
	      const struct page_choice **ret)
{
	const struct ingest_cause *causes;
	size_t n;

	ZD_TRY(ingest_web_causes(cx, req->db, &place->batch, place->std, &causes, &n));
	struct page_choice *choices = zd_new_array(cx->arena, struct page_choice, n + 1);
	for (size_t i = 0; i < n; i++)
		choices[i] =
			(struct page_choice){ causes[i].rule,
					      zd_str_printf(cx->arena, "%.*s（%" PRId64 " 行）",
							    ZD_STR_ARG(causes[i].field_title),
							    causes[i].n),
					      PAGE_PLAIN };
	*ret = choices;
	return ZD_OK;
}

static enum zd_rc
list_rows(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct row_params *p = req->params;
	struct place place;
	const struct page_choice *causes;

	ZD_TRY(ingest_web_batch(cx, req->db, p->id, &place.batch));
	ZD_TRY(ingest_web_standard(cx, req, place.batch.standard, &place.std));
	ZD_TRY(cause_choices(cx, req, &place, &causes));
	const struct db_list_value fixed[] = {
		{ db_list_filter(&ingest_reject_list, ZD_STR("dept")),
		  zd_str_printf(cx->arena, "%" PRId64, place.batch.dept) },
		{ db_list_filter(&ingest_reject_list, ZD_STR("batch")),
		  zd_str_printf(cx->arena, "%" PRId64, p->id) },
	};
	static const struct page_column columns[] = {
		{ .name = "line", .as = PAGE_AS_NUMBER, .strong = true },
		{ .name = "row", .as = PAGE_AS_NUMBER, .extra = true },
		{ .name = "key", .as = PAGE_AS_CODE, .text = mask_key },
		{ .name = "errors", .put = put_problems, .text = tell_problems },
		{ .name = "field", .extra = true },
		{ .name = "state", .as = PAGE_AS_STATE, .choices = ingest_reject_choices },
		{ .name = "reason", .extra = true },
		{ .name = "rule", .as = PAGE_AS_CODE, .extra = true },
		{ 0 },
	};
	const struct page_filter filters[] = {
		{ .name = "state", .choices = ingest_reject_choices },
		{ .name = "rule", .choices = causes },
		{ 0 },
	};
	const struct page_crumb crumbs[] = {
		{ ZD_STR("导入与核对"), ZD_STR("/desk/batches") },
		{ place.batch.file_name.n ? place.batch.file_name : place.std->title,
		  path_of(cx->arena, p->id, 0, "") },
		{ { 0 }, { 0 } },
	};
	const struct page_action download[] = {
		{ .title = ZD_STR("下载退回文件"),
		  .href = path_of(cx->arena, p->id, 0, "/workbook"),
		  .icon = "download" },
		{ .title = { 0 } },
	};
	bool file =
		place.batch.outstanding && ingest_may_have_file(cx, place.std, place.batch.dept);
	const struct page_list list = {
		.page = { .title = ZD_STR("退回的行"),
			  .lead = ZD_STR("点行号可以直接在页面上修正；行多的，下载退回文件改好再上"
					 "传更快。"),
			  .nav = "batches",
			  .crumbs = crumbs,
			  .actions = file ? download : NULL },
		.list = &ingest_reject_list,
		.row_href =
			zd_str_printf(cx->arena, "/desk/batches/%" PRId64 "/rows/{id}", p->id).p,
		.columns = columns,
		.filters = filters,
		.fixed = fixed,
		.n_fixed = ZD_COUNT(fixed),
		.arg = (void *)(uintptr_t)place.std,
		.empty = { .icon = "circle-check",
			   .title = ZD_STR("没有被退回的行"),
			   .text = ZD_STR("这一批全部通过了核对。") },
		.file_name = "退回的行",
	};
	return page_list(cx, req, rep, &list);
}

/* --- one row: the form ----------------------------------------------------------------------- */

/* What the form is filled with: as sent, but codes where names were sent. */
static struct zd_str *
form_values(struct zd_cx *cx, const struct place *place, const struct zd_str *given)
{
	const struct standard *std = place->std;
	struct zd_str *values = zd_new_array(cx->arena, struct zd_str, std->n_fields);

	for (size_t i = 0; i < std->n_fields; i++) {
		struct zd_str raw = given ? given[i] : place->refused.sent[i], canon;
		struct standard_error error;
		bool known = raw.n && std->fields[i].type != STANDARD_TEXT &&
			     standard_judge_field(std, i, raw, ZD_NO_DAY, cx->today, cx->arena,
						  &canon, &error);
		values[i] = known ? canon : raw;
		if (place->refused.masked[i] &&
		    (!given || zd_str_equal(raw, place->refused.sent[i])))
			values[i] = (struct zd_str){ 0 };
	}
	return values;
}

static struct page_field *
form_fields(struct zd_cx *cx, const struct place *place, const struct zd_str *given,
	    const struct standard_error *errors, size_t n_errors)
{
	const struct standard *std = place->std;
	struct page_field *fields = page_standard_fields(
		cx, std, ZD_NO_DAY, form_values(cx, place, given), errors, n_errors);

	for (size_t i = 0; i < std->n_fields; i++) {
		int32_t day;
		/* browsers throw away what a field for days cannot hold */
		if (fields[i].input == PAGE_INPUT_DAY && fields[i].value.n &&
		    !zd_day_parse(fields[i].value, &day))
			fields[i].input = PAGE_INPUT_TEXT;
		if (!standard_field_is_filled(std, i, standard_version_day(std, ZD_NO_DAY)))
			fields[i] = (struct page_field){ .input = PAGE_INPUT_HIDDEN,
							 .name = std->fields[i].name };
		else if (place->refused.masked[i] && !fields[i].value.n)
			fields[i].source =
				zd_str_printf(cx->arena, "原报送值 %.*s 已按权限遮蔽，不改就留空",
					      ZD_STR_ARG(place->refused.shown[i]));
	}
	return fields;
}

static void
put_whole_errors(struct zd_cx *cx, struct zd_out *out, const struct standard_error *errors,
		 size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (errors[i].field < 0)
			page_alert(out, PAGE_BAD, errors[i].message,
				   errors[i].todo.n ? errors[i].todo : (struct zd_str){ 0 });
	(void)cx;
}

static void
put_discard(struct zd_cx *cx, struct http_request *req, struct zd_out *out,
	    const struct place *place, struct zd_str error)
{
	const struct page_field field = { .input = PAGE_INPUT_AREA,
					  .name = ZD_STR("reason"),
					  .label = ZD_STR("原因"),
					  .hint = ZD_STR("例如：重复填报，已由另一行报送"),
					  .error = error,
					  .required = true,
					  .max = 200 };
	const struct page_form form = {
		.action = path_of(cx->arena, place->batch.id, place->reject.row, "/discard"),
		.submit = ZD_STR("不再报送这一行"),
		.fields = &field,
		.n_fields = 1,
		.consequence = ZD_STR("这一行不入库，原因留痕并可被查看。"),
	};

	page_card_begin(out, ZD_STR("确实不该报送？"));
	page_form(out, req, &form);
	page_card_end(out);
}

static void
put_row_facts(struct zd_cx *cx, struct zd_out *out, const struct place *place)
{
	const struct ingest_reject *r = &place->reject;
	struct zd_str closed = r->closed_batch == ZD_NO_INT
				       ? (struct zd_str){ 0 }
				       : zd_str_printf(cx->arena, "%" PRId64, r->closed_batch);
	const struct page_fact all[] = {
		{ .label = ZD_STR("状态"),
		  .value = zd_str_printf(cx->arena, "%d", r->state),
		  .as = PAGE_AS_STATE,
		  .choices = ingest_reject_choices },
		{ .label = ZD_STR("文件中的行"),
		  .value = zd_str_printf(cx->arena, "%" PRId64, r->line) },
		{ .label = ZD_STR("批次"),
		  .value = place->batch.file_name,
		  .href = path_of(cx->arena, place->batch.id, 0, "") },
		{ .label = ZD_STR("由哪一批了结"),
		  .value = closed,
		  .href = closed.n ? path_of(cx->arena, r->closed_batch, 0, "") : closed },
		{ .label = ZD_STR("原因"), .value = r->reason, .wide = true },
	};
	struct page_fact facts[ZD_COUNT(all)];
	size_t n = 0;

	for (size_t i = 0; i < ZD_COUNT(all); i++)
		if (all[i].value.n)
			facts[n++] = all[i];
	page_card_begin(out, ZD_STR("这一行"));
	page_facts(out, facts, n);
	page_card_end(out);
}

/* What a form is drawn again with. */
struct again {
	const struct zd_str *given;
	const struct standard_error *errors;
	size_t n_errors;
	struct zd_str whole, reason_error; /* of the form as a whole; of the reason */
};

static enum zd_rc
draw_row(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	 const struct place *place, const struct again *again, struct zd_str notice)
{
	const struct standard_error *errors = again->given ? again->errors : place->refused.errors;
	size_t n_errors = again->given ? again->n_errors : place->refused.n_errors;
	bool open = place->reject.state == INGEST_OUTSTANDING && may_repair(cx, &place->batch);
	const struct page_crumb crumbs[] = {
		{ ZD_STR("导入与核对"), ZD_STR("/desk/batches") },
		{ place->batch.file_name.n ? place->batch.file_name : place->std->title,
		  path_of(cx->arena, place->batch.id, 0, "") },
		{ ZD_STR("退回的行"), path_of(cx->arena, place->batch.id, 0, "/rows?state=1") },
		{ { 0 }, { 0 } },
	};
	const struct page page = {
		.title = zd_str_printf(cx->arena, "第 %" PRId64 " 行", place->reject.line),
		.lead = place->std->title,
		.nav = "batches",
		.crumbs = crumbs,
		.notice = notice,
	};
	const struct page_form form = {
		.action = path_of(cx->arena, place->batch.id, place->reject.row, ""),
		.submit = ZD_STR("核对并入库"),
		.cancel = path_of(cx->arena, place->batch.id, 0, "/rows?state=1"),
		.error = again->whole,
		.fields = form_fields(cx, place, again->given, errors, n_errors),
		.n_fields = place->std->n_fields,
		.consequence = ZD_STR("通过核对即入库，原来退回的这一行了结；不通过不入库。"),
	};

	page_begin(cx, req, rep, &page);
	page_split_begin(&rep->out);
	put_whole_errors(cx, &rep->out, errors, n_errors);
	if (place->refused.whole.p) {
		page_card_begin(&rep->out, ZD_STR("报送的原文（未能按列读出）"));
		ingest_whole_html(&rep->out, place->refused.whole);
		page_card_end(&rep->out);
	}
	if (open) {
		page_form_begin(&rep->out, req, &form);
		page_standard_form(&rep->out, place->std, &form, view_sections(place->std));
		page_form_end(&rep->out, &form);
	} else {
		page_card_begin(&rep->out, ZD_STR("退回时的问题"));
		ingest_problems_html(&rep->out, &place->refused);
		page_card_end(&rep->out);
		page_card_begin(&rep->out, ZD_STR("报送的内容"));
		page_standard_facts(cx, &rep->out, place->std, ZD_NO_DAY, place->refused.sent,
				    view_sections(place->std));
		page_card_end(&rep->out);
	}
	page_split_aside(&rep->out);
	put_row_facts(cx, &rep->out, place);
	if (open)
		put_discard(cx, req, &rep->out, place, again->reason_error);
	page_split_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

static enum zd_rc
show_row(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct row_params *p = req->params;
	struct place place;
	struct zd_str notice = { 0 };

	ZD_TRY(find_place(cx, req, &place));
	if (p->done.n)
		notice = zd_str_printf(cx->arena, "上一行%s，这一批还有 %" PRId64 " 行待修正。",
				       zd_str_equal(p->done, ZD_STR("discarded")) ? "已记下原因"
										  : "已修正入库",
				       place.batch.outstanding);
	return draw_row(cx, req, rep, &place, &(struct again){ .given = NULL }, notice);
}

/* --- one row: repaired ------------------------------------------------------------------------- */

/* As sent, with what the form says put over it. */
static struct zd_str *
repaired_values(struct zd_cx *cx, const struct http_request *req, const struct place *place)
{
	const struct standard *std = place->std;
	struct zd_str *values = zd_new_array(cx->arena, struct zd_str, std->n_fields);
	int32_t day = standard_version_day(std, ZD_NO_DAY);

	for (size_t i = 0; i < std->n_fields; i++) {
		struct zd_str given = zd_str_trim(http_field(req, std->fields[i].name));
		values[i] = place->refused.sent[i];
		if (!standard_field_is_filled(std, i, day) || !given.p ||
		    (!given.n && place->refused.masked[i]))
			continue;
		values[i] = given.n ? given : (struct zd_str){ 0 };
	}
	return values;
}

/* The row as one line of NDJSON, in memory. */
static enum zd_rc
write_row(struct zd_cx *cx, const struct standard *std, const struct zd_str *values, int *ret_fd)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	for (size_t i = 0; i < std->n_fields; i++)
		if (values[i].p)
			json_put_member(&w, zd_str_copy(cx->arena, std->fields[i].name).p,
					values[i]);
	json_put_end(&w);
	zd_out_write(&out, ZD_STR("\n"));
	if (out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "这一行的内容过长");
	*ret_fd = memfd_create("row", MFD_CLOEXEC);
	if (*ret_fd < 0 || write(*ret_fd, out.p, out.n) != (ssize_t)out.n)
		return zd_fail(cx, ZD_FAILED, NULL, "暂存这一行失败");
	return ZD_OK;
}

struct judged {
	struct standard_error *errors;
	size_t n;
	int32_t day;
};

static enum zd_rc
keep_errors(struct zd_cx *cx, const struct ingest_row *row, void *arg)
{
	struct judged *j = arg;

	j->n = row->verdict.n_errors;
	j->day = row->verdict.day;
	j->errors = zd_new_array(cx->arena, struct standard_error, j->n + 1);
	for (size_t i = 0; i < j->n; i++) { /* the block that they live in dies */
		struct standard_error *e = &j->errors[i];
		*e = row->verdict.errors[i];
		e->message = zd_str_copy(cx->arena, e->message);
		e->todo = zd_str_copy(cx->arena, e->todo);
		e->value = zd_str_copy(cx->arena, e->value);
	}
	return ZD_OK;
}

/* First-day history is not refused for lying outside the list: it goes to the quarantine. */
static enum zd_rc
may_wait(struct zd_cx *cx, struct db *db, const struct standard *std, const struct judged *j,
	 bool *ret)
{
	struct catalog_city city;

	*ret = false;
	if (std->kind != STANDARD_ACTION || j->day == ZD_NO_DAY)
		return ZD_OK;
	for (size_t i = 0; i < j->n; i++)
		if (j->errors[i].check != STANDARD_CHECK_ITEM &&
		    j->errors[i].check != STANDARD_CHECK_LIST)
			return ZD_OK;
	ZD_TRY(catalog_app_city(cx, db, &city));
	*ret = city.quarantine_open && j->day < city.first_day;
	return ZD_OK;
}

struct next_row {
	int64_t row;
};

static enum zd_rc
take_next(struct zd_cx *cx, const void *row, void *arg)
{
	struct next_row *next = arg;

	(void)cx;
	next->row = ((const struct ingest_reject *)row)->row;
	return ZD_OK;
}

/* The next row that is outstanding, else the first, else the batch. */
static enum zd_rc
go_on(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, const struct place *place,
      const char *done)
{
	struct next_row next = { 0 };

	ZD_TRY(ingest_app_rejects(cx, req->db, place->batch.dept, place->batch.id, true,
				  place->reject.row, 1, take_next, &next));
	if (!next.row)
		ZD_TRY(ingest_app_rejects(cx, req->db, place->batch.dept, place->batch.id, true, 0,
					  1, take_next, &next));
	struct zd_str query = zd_str_printf(cx->arena, "?done=%s", done);
	rep->location = path_of(cx->arena, place->batch.id, next.row, query.p);
	return ZD_OK;
}

static enum zd_rc
store_row(struct zd_cx *cx, struct http_request *req, const struct place *place,
	  struct ingest_order *order, struct ingest_batch *ret)
{
	const struct ingest_env env = ingest_env_of(req->app);
	bool repeated;

	order->repairs = place->batch.id;
	order->repairs_row = place->reject.row;
	ZD_TRY(ingest_app_open(cx, req->db, order, ret, &repeated));
	return ingest_app_run(cx, &env, order, ret);
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum zd_rc
post_row(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct ingest_env env = ingest_env_of(req->app);
	struct ingest_verdicts verdicts;
	struct ingest_batch stored;
	struct judged judged = { .day = ZD_NO_DAY };
	struct place place;
	bool waits;
	int fd ZD_CLEANUP(close_fd) = -1;

	ZD_TRY(find_place(cx, req, &place));
	ZD_TRY(check_repair(cx, &place));
	struct zd_str *values = repaired_values(cx, req, &place);
	ZD_TRY(write_row(cx, place.std, values, &fd));
	struct ingest_order order = { .dept = place.batch.dept,
				      .standard = place.std,
				      .source = ZD_STR("form"),
				      .file_name = zd_str_printf(cx->arena, "修正第%" PRId64 "行",
								 place.reject.line),
				      .file = ZD_NO_INT,
				      .repairs = ZD_NO_INT,
				      .fd = fd,
				      .format = TABLE_NDJSON };
	ZD_TRY(ingest_app_validate(cx, &env, NULL, &order, keep_errors, &judged, &verdicts));
	ZD_TRY(may_wait(cx, req->db, place.std, &judged, &waits));
	if (verdicts.bad && !waits) {
		const struct again again = { .given = values,
					     .errors = judged.errors,
					     .n_errors = judged.n };
		rep->status = zd_rc_meaning(ZD_INVALID)->http_status;
		return draw_row(cx, req, rep, &place, &again, (struct zd_str){ 0 });
	}
	ZD_TRY(store_row(cx, req, &place, &order, &stored));
	if (stored.rejected) { /* someone stored the same meanwhile: it is refused there, with the reason */
		rep->location = path_of(cx->arena, stored.id, 1, "");
		return ZD_OK;
	}
	return go_on(cx, req, rep, &place, "repaired");
}

static enum zd_rc
post_discard(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct row_params *p = req->params;
	struct place place;

	ZD_TRY(find_place(cx, req, &place));
	ZD_TRY(check_repair(cx, &place));
	enum zd_rc rc = ingest_app_discard(cx, req->db, place.batch.dept, p->id, p->row,
					   zd_str_trim(p->reason));
	if (rc == ZD_INVALID) {
		const struct again again = { .reason_error = zd_str_of(cx->err.text) };
		rep->status = zd_rc_meaning(rc)->http_status;
		return draw_row(cx, req, rep, &place, &again, (struct zd_str){ 0 });
	}
	ZD_TRY(rc);
	return go_on(cx, req, rep, &place, "discarded");
}

/* --- routes ------------------------------------------------------------------------------------ */

#define SENDERS                                                                                    \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = INGEST_SENDERS                                      \
	}
#define READERS                                                                                    \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = INGEST_READERS                                      \
	}
#define WITH(params_) .params = (params_), .params_size = sizeof(struct row_params)

const struct http_route ingest_repair_routes[] = {
	{ HTTP_GET, "/desk/batches/{id}/rows", "一个批次被退回的行", READERS, list_rows,
	  WITH(rows_params), .lax_query = true },
	{ HTTP_GET, "/desk/batches/{id}/rows/{row}", "被退回的一行，和修正它的表单", READERS,
	  show_row, WITH(row_params) },
	{ HTTP_POST, "/desk/batches/{id}/rows/{row}", "修正被退回的一行", SENDERS, post_row,
	  HTTP_FORM, WITH(repair_params), .lax_fields = true },
	{ HTTP_POST, "/desk/batches/{id}/rows/{row}/discard", "不再报送这一行", SENDERS,
	  post_discard, HTTP_FORM, WITH(discard_params) },
	{ .method = HTTP_END },
};
