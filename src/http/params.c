/* Parameters: declared, typed, limited; what was not declared does not exist. */
#include "http/params.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fault(struct zd_cx *cx, struct http_params *ps, int status, const char *field,
		  const char *fmt, ...) ZD_PRINTF(5, 6);

static void
fault(struct zd_cx *cx, struct http_params *ps, int status, const char *field, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (status == 400 || !ps->status)
		ps->status = status;
	if (ps->faults_n == HTTP_FAULTS_MAX)
		return;
	struct zd_str whole = zd_str_of(text);
	whole.n = zd_utf8_check(whole);
	ps->faults[ps->faults_n++] = (struct http_fault){ field, zd_str_copy(cx->arena, whole) };
}

/* A name from outside, short enough to be told back. */
static struct zd_str
told(struct zd_str name)
{
	if (name.n > 60)
		name.n = 60;
	name.n = zd_utf8_check(name);
	return name;
}

static void
set_absent(const struct http_param *p, char *at)
{
	switch (p->type) {
	case HTTP_INT: *(int64_t *)(void *)at = ZD_NO_INT; break;
	case HTTP_DAY: *(int32_t *)(void *)at = ZD_NO_DAY; break;
	case HTTP_FILE: *(struct http_file *)(void *)at = (struct http_file){ .fd = -1 }; break;
	case HTTP_TEXT:
	case HTTP_BOOL: break; /* zeroed */
	}
}

void
http_params_begin(struct zd_cx *cx, const struct http_route *route, struct http_params *ret)
{
	*ret = (struct http_params){ .route = route };
	ret->into = zd_alloc(cx->arena, route->params_size);
	ret->faults = zd_new_array(cx->arena, struct http_fault, HTTP_FAULTS_MAX);
	for (const struct http_param *p = route->params; p && p->name; p++)
		set_absent(p, ret->into + p->offset);
}

const struct http_param *
http_param_find(const struct http_route *route, struct zd_str name)
{
	for (const struct http_param *p = route->params; p && p->name; p++)
		if (zd_str_equal(zd_str_of(p->name), name))
			return p;
	return NULL;
}

/* The declaration, marked as seen; NULL with a fault if undeclared or given before. */
static const struct http_param *
take_name(struct zd_cx *cx, struct http_params *ps, struct zd_str name)
{
	const struct http_param *p = http_param_find(ps->route, name);

	if (!p) {
		name = told(name);
		fault(cx, ps, 400, NULL, "没有名为“%.*s”的参数。", ZD_STR_ARG(name));
		return NULL;
	}
	uint64_t bit = (uint64_t)1 << (p - ps->route->params);
	if (ps->seen & bit) {
		fault(cx, ps, 400, p->name, "参数“%s”重复。", p->name);
		return NULL;
	}
	ps->seen |= bit;
	return p;
}

static void
unsee(struct http_params *ps, const struct http_param *p)
{
	ps->seen &= ~((uint64_t)1 << (p - ps->route->params));
}

/* --- values ------------------------------------------------------------------------------------
 */

static void
put_int(struct zd_cx *cx, struct http_params *ps, const struct http_param *p, int64_t v)
{
	bool limited = p->min || p->max;

	if (v == ZD_NO_INT || (limited && (v < p->min || v > p->max))) {
		fault(cx, ps, 422, p->name, "“%s”应在 %" PRId64 " 到 %" PRId64 " 之间。", p->about,
		      p->min, p->max);
		return;
	}
	*(int64_t *)(void *)(ps->into + p->offset) = v;
}

/* A line end and a tab may stand in a text; other controls have no business there. */
static bool
has_control(struct zd_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
			return true;
	}
	return false;
}

static void
put_text(struct zd_cx *cx, struct http_params *ps, const struct http_param *p, struct zd_str v)
{
	int64_t length = (int64_t)zd_utf8_length(v);

	if (length > p->max)
		fault(cx, ps, 422, p->name,
		      "“%s”过长：最多 %" PRId64 " 个字，现有 %" PRId64 " 个。", p->about, p->max,
		      length);
	else if (length < p->min && (length || p->required))
		fault(cx, ps, 422, p->name, "“%s”过短：至少 %" PRId64 " 个字。", p->about, p->min);
	else if (has_control(v))
		fault(cx, ps, 422, p->name, "“%s”中有不可见的控制字符，请重新输入。", p->about);
	else
		*(struct zd_str *)(void *)(ps->into + p->offset) = v;
}

static void
put_day(struct zd_cx *cx, struct http_params *ps, const struct http_param *p, struct zd_str v)
{
	int32_t day;

	if (zd_day_parse(v, &day))
		*(int32_t *)(void *)(ps->into + p->offset) = day;
	else
		fault(cx, ps, 422, p->name, "“%s”应为日期，如 2026-11-24。", p->about);
}

static void
put_bool(struct zd_cx *cx, struct http_params *ps, const struct http_param *p, struct zd_str v)
{
	bool yes = zd_str_equal(v, ZD_STR("1")) || zd_str_equal(v, ZD_STR("true")) ||
		   zd_str_equal(v, ZD_STR("on"));

	if (!yes && !zd_str_equal(v, ZD_STR("0")) && !zd_str_equal(v, ZD_STR("false"))) {
		fault(cx, ps, 422, p->name, "“%s”应为 true 或 false。", p->about);
		return;
	}
	*(bool *)(void *)(ps->into + p->offset) = yes;
}

/* A value written as text: in a path, a query or a form. */
static void
put_value(struct zd_cx *cx, struct http_params *ps, const struct http_param *p, struct zd_str v)
{
	int64_t number;

	if (!v.n && p->type != HTTP_TEXT) {
		if (p->required)
			fault(cx, ps, 422, p->name, "请填写“%s”。", p->about);
		return;
	}
	switch (p->type) {
	case HTTP_INT:
		if (zd_int_parse(v, &number))
			put_int(cx, ps, p, number);
		else
			fault(cx, ps, 422, p->name, "“%s”应为整数。", p->about);
		break;
	case HTTP_TEXT: put_text(cx, ps, p, v); break;
	case HTTP_DAY: put_day(cx, ps, p, v); break;
	case HTTP_BOOL: put_bool(cx, ps, p, v); break;
	case HTTP_FILE: fault(cx, ps, 422, p->name, "“%s”应为文件。", p->about); break;
	}
}

/* --- undeclared fields --- */

static void
put_field(struct zd_cx *cx, struct http_params *ps, struct zd_str name, struct zd_str value)
{
	if (!ps->fields)
		ps->fields = zd_new_array(cx->arena, struct http_named, HTTP_FIELDS_MAX);
	struct zd_str short_name = told(name);
	for (size_t i = 0; i < ps->fields_n; i++)
		if (zd_str_equal(ps->fields[i].name, name)) {
			fault(cx, ps, 400, NULL, "参数“%.*s”重复。", ZD_STR_ARG(short_name));
			return;
		}
	if (ps->fields_n == HTTP_FIELDS_MAX)
		fault(cx, ps, 400, NULL, "参数太多，最多 %d 个。", HTTP_FIELDS_MAX);
	else if (name.n > 60 || zd_utf8_length(value) > HTTP_FIELD_CHARACTERS)
		fault(cx, ps, 422, NULL, "“%.*s”过长。", ZD_STR_ARG(short_name));
	else if (has_control(value))
		fault(cx, ps, 422, NULL, "“%.*s”中有不可见的控制字符，请重新输入。",
		      ZD_STR_ARG(short_name));
	else
		ps->fields[ps->fields_n++] = (struct http_named){ name, value };
}

static bool
is_lax(const struct http_params *ps, struct zd_str name)
{
	return ps->route->lax_fields && !http_param_find(ps->route, name);
}

/* --- places -------------------------------------------------------------------------------------
 */

void
http_params_pair(struct zd_cx *cx, struct http_params *ps, struct http_pair pair)
{
	const struct http_param *p = take_name(cx, ps, pair.name);

	if (p)
		put_value(cx, ps, p, pair.value);
}

void
http_params_field(struct zd_cx *cx, struct http_params *ps, struct http_pair pair)
{
	if (is_lax(ps, pair.name))
		put_field(cx, ps, pair.name, pair.value);
	else
		http_params_pair(cx, ps, pair);
}

void
http_params_path(struct zd_cx *cx, struct http_params *ps, const struct http_match *match)
{
	struct zd_str rest = zd_str_of(ps->route->path), segment;
	size_t n = 0;

	while (http_segment_next(&rest, &segment)) {
		struct zd_str name = http_segment_param(segment);
		if (name.p)
			http_params_pair(cx, ps, (struct http_pair){ name, match->values[n++] });
	}
}

void
http_params_query(struct zd_cx *cx, struct http_params *ps, struct zd_str query)
{
	struct http_pair pair;
	const char *why = NULL;

	while (http_pair_next(cx->arena, &query, &pair, &why))
		if (!ps->route->lax_query || http_param_find(ps->route, pair.name))
			http_params_pair(cx, ps, pair);
	if (why)
		fault(cx, ps, 400, NULL, "%s。", why);
}

void
http_params_form(struct zd_cx *cx, struct http_params *ps, struct zd_str body,
		 struct zd_str *ret_csrf)
{
	struct http_pair pair;
	const char *why = NULL;

	while (http_pair_next(cx->arena, &body, &pair, &why)) {
		if (!zd_str_equal(pair.name, ZD_STR("csrf")))
			http_params_field(cx, ps, pair);
		else if (!ret_csrf->p)
			*ret_csrf = pair.value;
		else
			fault(cx, ps, 400, NULL, "参数“csrf”重复。");
	}
	if (why)
		fault(cx, ps, 400, NULL, "%s。", why);
}

static void
read_member(struct zd_cx *cx, struct http_params *ps, const struct http_param *p, struct json *j)
{
	struct zd_str text;
	int64_t number;
	bool yes;

	if (json_null(j)) {
		unsee(ps, p);
		return;
	}
	switch (p->type) {
	case HTTP_INT:
		if (json_int(j, &number))
			put_int(cx, ps, p, number);
		break;
	case HTTP_TEXT:
		if (json_text(j, &text))
			put_text(cx, ps, p, text);
		break;
	case HTTP_DAY:
		if (json_text(j, &text))
			put_day(cx, ps, p, text);
		break;
	case HTTP_BOOL:
		if (json_bool(j, &yes))
			*(bool *)(void *)(ps->into + p->offset) = yes;
		break;
	case HTTP_FILE: break;
	}
	if (j->fault)
		fault(cx, ps, 422, p->name, "“%s”的值不正确：%s。", p->about, j->fault);
}

/* Texts as they are, numbers as written, true and false as 1 and 0; null is not sent. */
static void
read_field(struct zd_cx *cx, struct http_params *ps, struct zd_str name, struct json *j)
{
	struct zd_str value = { 0 };
	bool yes;

	if (json_null(j))
		return;
	if (json_peek(j) == JSON_BOOL && json_bool(j, &yes))
		value = yes ? ZD_STR("1") : ZD_STR("0");
	else if (json_peek(j) == JSON_NUMBER)
		(void)json_number(j, &value);
	else
		(void)json_text(j, &value);
	if (value.p)
		put_field(cx, ps, name, value);
}

/* A null member is an absent one, but may not come twice either (JSON_UNIQUE). */
void
http_params_json(struct zd_cx *cx, struct http_params *ps, struct zd_str body)
{
	struct json j = json_open(cx->arena, body, JSON_UNIQUE);
	size_t before = ps->faults_n;
	struct zd_str key;

	if (json_enter_object(&j)) {
		while (json_next_member(&j, &key)) {
			if (is_lax(ps, key)) {
				read_field(cx, ps, key, &j);
				continue;
			}
			const struct http_param *p = take_name(cx, ps, key);
			if (p)
				read_member(cx, ps, p, &j);
		}
	}
	if (json_end(&j) || (j.fault && ps->faults_n > before && ps->status == 422))
		return;
	int64_t line, column;
	json_place(body, j.fault_at, &line, &column);
	fault(cx, ps, 400, NULL, "内容第 %" PRId64 " 行第 %" PRId64 " 个字符处有误：%s。", line,
	      column, j.fault);
}

void
http_params_file(struct zd_cx *cx, struct http_params *ps, struct zd_str name,
		 struct http_file file)
{
	const struct http_param *p = take_name(cx, ps, name);

	if (!p)
		return;
	if (p->type != HTTP_FILE) {
		fault(cx, ps, 422, p->name, "“%s”不是文件。", p->about);
		return;
	}
	if (!file.size && !file.name.n) { /* a file field that was left empty */
		unsee(ps, p);
		return;
	}
	*(struct http_file *)(void *)(ps->into + p->offset) = file;
}

/* Nothing in the struct: not sent, sent empty, or sent wrong (which has a fault already). */
static bool
is_missing(const struct http_params *ps, const struct http_param *p)
{
	uint64_t bit = (uint64_t)1 << (p - ps->route->params);

	if (!(ps->seen & bit))
		return true;
	const struct zd_str *text = (const void *)(ps->into + p->offset);
	return p->type == HTTP_TEXT && text->p && !text->n;
}

enum zd_rc
http_params_end(struct zd_cx *cx, struct http_params *ps)
{
	for (const struct http_param *p = ps->route->params; p && p->name; p++)
		if (p->required && is_missing(ps, p))
			fault(cx, ps, 422, p->name, "请填写“%s”。", p->about);
	if (!ps->faults_n)
		return ZD_OK;
	struct zd_str first = ps->faults[0].text;
	return zd_fail(cx, ZD_INVALID, ps->faults[0].field, "%.*s", ZD_STR_ARG(first));
}

/* --- names of files ------------------------------------------------------------------------------
 */

/* Bytes to leave out at the start of s: controls, marks that turn text around, and what no file
 * system or header likes. */
static size_t
unwanted(struct zd_str s)
{
	static const struct zd_str marks[] = {
		ZD_LIT("\xD8\x9C"),     ZD_LIT("\xE2\x80\x8E"), ZD_LIT("\xE2\x80\x8F"),
		ZD_LIT("\xE2\x80\xA8"), ZD_LIT("\xE2\x80\xA9"), ZD_LIT("\xE2\x80\xAA"),
		ZD_LIT("\xE2\x80\xAB"), ZD_LIT("\xE2\x80\xAC"), ZD_LIT("\xE2\x80\xAD"),
		ZD_LIT("\xE2\x80\xAE"), ZD_LIT("\xE2\x81\xA6"), ZD_LIT("\xE2\x81\xA7"),
		ZD_LIT("\xE2\x81\xA8"), ZD_LIT("\xE2\x81\xA9"),
	};

	if ((unsigned char)s.p[0] < 0x20 || s.p[0] == 0x7F || strchr("<>:\"|?*", s.p[0]))
		return 1;
	if (s.n >= 2 && s.p[0] == '\xC2' && (unsigned char)s.p[1] < 0xA0)
		return 2;
	for (size_t i = 0; i < ZD_COUNT(marks); i++)
		if (zd_str_starts(s, marks[i]))
			return marks[i].n;
	return 0;
}

struct zd_str
http_clean_filename(struct zd_arena *arena, struct zd_str name)
{
	size_t n = 0, characters = 0;

	for (size_t i = name.n; i > 0; i--) {
		if (name.p[i - 1] != '/' && name.p[i - 1] != '\\')
			continue;
		name = (struct zd_str){ name.p + i, name.n - i };
		break;
	}
	name.n = zd_utf8_check(name);
	char *p = zd_alloc(arena, name.n + 1);
	for (size_t i = 0; i < name.n && characters <= 120;) {
		struct zd_str rest = { name.p + i, name.n - i };
		size_t skip = unwanted(rest);
		i += skip;
		if (skip)
			continue;
		characters += ((unsigned char)name.p[i] & 0xC0) != 0x80;
		if (characters <= 120)
			p[n++] = name.p[i++];
	}
	struct zd_str clean = zd_str_trim((struct zd_str){ p, n });
	while (clean.n && clean.p[0] == '.')
		clean = (struct zd_str){ clean.p + 1, clean.n - 1 };
	return clean;
}
