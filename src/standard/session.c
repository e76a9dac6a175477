/* Requests to the judge in JSON. Knows neither WebAssembly nor pages. */
#include "standard/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "standard/compile.h"
#include "standard/known.h"
#include "standard/text.h"

#define ARENA ((size_t)64 << 20)

struct standard_session {
	const struct standard_set *set;
	struct standard_judge *judge; /* NULL: none open */
	const struct standard *std;
	struct standard_refs refs;
	struct zd_arena *open_arena; /* what the open judge needs */
};

/* A request, read once; members that a call does not use must not be there, but are not searched for. */
struct request {
	struct zd_str call, standard, field, value, day, today, dept_source, rows, headings, known;
	int64_t first;
};

struct answering {
	struct standard_session *session;
	struct zd_arena *arena;
	struct json json;
	struct request request;
	struct json_writer w;
};

static void
put_fault(struct answering *a, const char *fault)
{
	json_put_object(&a->w);
	json_put_member(&a->w, "fault", zd_str_of(fault));
	json_put_end(&a->w);
}

/* --- reading -------------------------------------------------------------------------- */

static bool
read_member(struct answering *a, struct zd_str key)
{
	struct request *r = &a->request;
	const struct {
		const char *name;
		struct zd_str *to;
	} texts[] = {
		{ "call", &r->call },
		{ "standard", &r->standard },
		{ "field", &r->field },
		{ "value", &r->value },
		{ "day", &r->day },
		{ "today", &r->today },
		{ "dept_source", &r->dept_source },
	};

	for (size_t i = 0; i < ZD_COUNT(texts); i++)
		if (zd_str_equal(key, zd_str_of(texts[i].name)))
			return json_null(&a->json) || json_text(&a->json, texts[i].to);
	if (zd_str_equal(key, ZD_STR("rows")))
		return json_raw(&a->json, &r->rows);
	if (zd_str_equal(key, ZD_STR("headings")))
		return json_raw(&a->json, &r->headings);
	if (zd_str_equal(key, ZD_STR("first")))
		return json_int(&a->json, &r->first);
	if (zd_str_equal(key, ZD_STR("known")))
		return json_raw(&a->json, &r->known);
	return json_refuse(&a->json, "不认识的成员");
}

static bool
read_request(struct answering *a)
{
	struct zd_str key;

	if (json_enter_object(&a->json))
		while (json_next_member(&a->json, &key))
			if (!read_member(a, key))
				break;
	return json_end(&a->json);
}

static const struct standard *
find_standard(struct answering *a)
{
	const struct standard *std = standard_find(a->session->set, a->request.standard);

	if (!std)
		put_fault(a, "没有这个数据标准");
	return std;
}

/* An optional day; false (and a fault told) if it is none. */
static bool
find_day(struct answering *a, struct zd_str text, int32_t otherwise, int32_t *ret)
{
	*ret = otherwise;
	if (!text.n || zd_day_parse(text, ret))
		return true;
	put_fault(a, "日期应为 YYYY-MM-DD");
	return false;
}

/* --- calls ---------------------------------------------------------------------------- */

static void
call_standards(struct answering *a)
{
	json_put_object(&a->w);
	json_put_name(&a->w, "standards");
	json_put_array(&a->w);
	for (size_t i = 0; i < standard_count(a->session->set); i++) {
		const struct standard *std = standard_at(a->session->set, i);
		json_put_object(&a->w);
		json_put_member(&a->w, "name", std->name);
		json_put_member(&a->w, "title", std->title);
		json_put_member(&a->w, "kind", zd_str_of(standard_kind_name(std->kind)));
		json_put_end(&a->w);
	}
	json_put_end(&a->w);
	json_put_end(&a->w);
}

static void
call_describe(struct answering *a)
{
	const struct standard *std = find_standard(a);

	if (std)
		standard_describe(a->w.out, std);
}

static void
put_heading(struct answering *a, const struct standard *std, struct zd_str heading)
{
	int field = standard_field_find(std, heading);

	json_put_object(&a->w);
	json_put_member(&a->w, "field", field < 0 ? (struct zd_str){ 0 } : std->fields[field].name);
	if (field < 0) {
		int near = standard_field_nearest(std, heading);
		json_put_member(&a->w, "near",
				near < 0 ? (struct zd_str){ 0 } : std->fields[near].name);
	}
	json_put_end(&a->w);
}

static void
call_headings(struct answering *a)
{
	const struct standard *std = find_standard(a);
	struct json j = json_open(a->arena, a->request.headings, 0);
	struct zd_str heading;

	if (!std)
		return;
	json_put_object(&a->w);
	json_put_name(&a->w, "headings");
	json_put_array(&a->w);
	if (a->request.headings.n && json_enter_array(&j))
		while (json_next_item(&j) && json_text(&j, &heading))
			put_heading(a, std, heading);
	json_put_end(&a->w);
	if (j.fault)
		json_put_member(&a->w, "fault", zd_str_of(j.fault));
	json_put_end(&a->w);
}

static void
close_judge(struct standard_session *s)
{
	standard_judge_free(s->judge);
	s->judge = NULL;
	zd_arena_reset(s->open_arena);
}

/* What is known stays as long as the judge. */
static bool
open_known(struct answering *a, const struct standard_refs **ret)
{
	struct standard_session *s = a->session;
	struct json j =
		json_open(s->open_arena, zd_str_copy(s->open_arena, a->request.known), JSON_UNIQUE);
	struct known *known;

	*ret = NULL;
	if (!a->request.known.n)
		return true;
	if (!known_read(&j, s->open_arena, &known)) {
		put_fault(a, j.fault);
		return false;
	}
	known_refs(known, &s->refs);
	*ret = &s->refs;
	return true;
}

static void
call_open(struct answering *a)
{
	struct standard_session *s = a->session;
	const struct standard *std = find_standard(a);
	const struct standard_refs *refs;
	int32_t today;

	if (!std || !find_day(a, a->request.today, ZD_NO_DAY, &today))
		return;
	if (today == ZD_NO_DAY) {
		put_fault(a, "缺少 today");
		return;
	}
	close_judge(s);
	if (!open_known(a, &refs))
		return;
	s->std = std;
	s->judge = standard_judge_new(&(struct standard_judge_config){
		.standard = std,
		.refs = refs,
		.today = today,
		.dept_source = zd_str_copy(s->open_arena, a->request.dept_source) });
	json_put_object(&a->w);
	json_put_name(&a->w, "fields");
	json_put_array(&a->w);
	for (size_t i = 0; i < std->n_fields; i++)
		json_put_text(&a->w, std->fields[i].name);
	json_put_end(&a->w);
	json_put_end(&a->w);
}

/* One cell: text, number as written, true/false, or null. */
static bool
read_cell(struct json *j, struct zd_str *ret)
{
	bool b;

	switch (json_peek(j)) {
	case JSON_NULL: return json_null(j);
	case JSON_NUMBER: return json_number(j, ret);
	case JSON_BOOL:
		if (!json_bool(j, &b))
			return false;
		*ret = b ? ZD_STR("true") : ZD_STR("false");
		return true;
	case JSON_TEXT:
	case JSON_ARRAY:
	case JSON_OBJECT:
	case JSON_NONE: break;
	}
	return json_text(j, ret);
}

static bool
read_array_row(struct json *j, const struct standard *std, struct zd_str *raw)
{
	if (!json_enter_array(j))
		return false;
	for (size_t n = 0; json_next_item(j); n++) {
		if (n == std->n_fields)
			return json_refuse(j, "列数多于字段数");
		if (!read_cell(j, &raw[n]))
			return false;
	}
	return !j->fault;
}

static bool
read_row(struct json *j, const struct standard *std, struct zd_str *raw)
{
	struct zd_str key;

	if (json_peek(j) == JSON_ARRAY)
		return read_array_row(j, std, raw);
	if (!json_enter_object(j))
		return false;
	while (json_next_member(j, &key)) {
		int field = standard_field_find(std, key);
		if (field < 0)
			return json_refuse(j, "不是本标准的字段");
		if (!read_cell(j, &raw[field]))
			return false;
	}
	return !j->fault;
}

static void
put_verdict(struct answering *a, int row, const struct standard_verdict *v)
{
	const struct standard *std = a->session->std;

	json_put_object(&a->w);
	json_put_member_int(&a->w, "row", row);
	json_put_member_bool(&a->w, "good", v->good);
	json_put_member(&a->w, "operation", (struct zd_str){ &v->operation, 1 });
	json_put_member(&a->w, "day", zd_day_format(a->arena, v->day));
	json_put_name(&a->w, "values");
	json_put_object(&a->w);
	for (size_t i = 0; i < std->n_fields; i++) {
		if (!v->canon[i].p)
			continue;
		json_put_name(&a->w, zd_str_copy(a->arena, std->fields[i].name).p);
		json_put_text(&a->w, v->canon[i]);
	}
	json_put_end(&a->w);
	json_put_name(&a->w, "errors");
	json_put_array(&a->w);
	for (size_t i = 0; i < v->n_errors; i++) {
		struct zd_out text ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
		standard_error_json(&text, std, &v->errors[i]);
		json_put_raw(&a->w, zd_out_str(&text));
	}
	json_put_end(&a->w);
	json_put_end(&a->w);
}

static void
call_rows(struct answering *a)
{
	struct standard_session *s = a->session;
	struct json j = json_open(a->arena, a->request.rows, JSON_UNIQUE);
	int64_t row = a->request.first ? a->request.first : 1;

	if (!s->judge || !a->request.rows.n || row < 1 || row > INT32_MAX / 2) {
		put_fault(a, s->judge ? "缺少 rows，或 first 不是行号" : "先 open，再 rows");
		return;
	}
	json_put_object(&a->w);
	json_put_name(&a->w, "rows");
	json_put_array(&a->w);
	if (json_enter_array(&j))
		for (; json_next_item(&j); row++) {
			struct zd_str *raw =
				zd_new_array(a->arena, struct zd_str, s->std->n_fields);
			struct standard_verdict verdict;
			if (!read_row(&j, s->std, raw))
				break;
			standard_judge_row(s->judge, a->arena, (int)row, 0, raw, &verdict);
			put_verdict(a, (int)row, &verdict);
		}
	json_put_end(&a->w);
	if (j.fault)
		json_put_member(&a->w, "fault", zd_str_of(j.fault));
	json_put_end(&a->w);
}

static void
call_close(struct answering *a)
{
	uint32_t unmade = a->session->judge ? standard_judge_unmade(a->session->judge) : 0;

	json_put_object(&a->w);
	json_put_name(&a->w, "unmade");
	json_put_array(&a->w);
	for (int check = 1; check <= STANDARD_CHECK_TIME; check++)
		if (unmade >> check & 1)
			json_put_int(&a->w, check);
	json_put_end(&a->w);
	json_put_end(&a->w);
	close_judge(a->session);
}

static void
call_field(struct answering *a)
{
	const struct standard *std = find_standard(a);
	struct zd_str canon = { 0 };
	struct standard_error error;
	int32_t today, day;

	if (!std || !find_day(a, a->request.today, 0, &today) ||
	    !find_day(a, a->request.day, ZD_NO_DAY, &day))
		return;
	int field = standard_field_find(std, a->request.field);
	if (field < 0) {
		put_fault(a, "没有这个字段");
		return;
	}
	bool good = standard_judge_field(std, (size_t)field, a->request.value, day, today, a->arena,
					 &canon, &error);
	json_put_object(&a->w);
	json_put_member_bool(&a->w, "good", good);
	if (good) {
		json_put_member(&a->w, "value", canon);
	} else {
		struct zd_out text ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
		standard_error_json(&text, std, &error);
		json_put_name(&a->w, "error");
		json_put_raw(&a->w, zd_out_str(&text));
	}
	json_put_end(&a->w);
}

/* --- sessions ------------------------------------------------------------------------- */

struct standard_session *
standard_session_new(const struct standard_set *set)
{
	struct standard_session *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->set = set;
	s->open_arena = zd_arena_new(ARENA);
	return s;
}

void
standard_session_free(struct standard_session *s)
{
	if (!s)
		return;
	standard_judge_free(s->judge);
	zd_arena_free(s->open_arena);
	free(s);
}

void
standard_session_call(struct standard_session *s, struct zd_str request, struct zd_out *out)
{
	static const struct {
		const char *name;
		void (*answer)(struct answering *a);
	} calls[] = {
		{ "standards", call_standards }, { "describe", call_describe },
		{ "headings", call_headings },   { "open", call_open },
		{ "rows", call_rows },           { "close", call_close },
		{ "field", call_field },
	};
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(ARENA);
	struct answering a = { .session = s, .arena = arena, .w = { .out = out } };

	a.json = json_open(arena, request, JSON_UNIQUE);
	if (!read_request(&a)) {
		put_fault(&a, a.json.fault);
		return;
	}
	for (size_t i = 0; i < ZD_COUNT(calls); i++) {
		if (!zd_str_equal(a.request.call, zd_str_of(calls[i].name)))
			continue;
		calls[i].answer(&a);
		return;
	}
	put_fault(&a, "不认识的 call");
}
