/* A refused row as its reader may see it. No I/O. */
#include "ingest/ingest_reject.h"

#include <string.h>

#include "base/json.h"
#include "trust/trust.h"

int
ingest_class_of(const struct standard *std)
{
	int most = 1;

	for (size_t i = 0; i < std->n_fields; i++)
		if (std->fields[i].data_class > most)
			most = std->fields[i].data_class;
	return most;
}

/* --- reading ----------------------------------------------------------------------------- */

static void
mask_value(struct zd_cx *cx, struct ingest_refused *r, size_t field)
{
	r->shown[field] = trust_mask(cx, r->standard->fields[field].data_class, r->sent[field]);
	r->masked[field] = !zd_str_equal(r->shown[field], r->sent[field]);
}

/* A row that nobody could take apart may hold anything: shown to those who may see everything. */
static struct zd_str
mask_whole(struct zd_cx *cx, const struct standard *std, struct zd_str text)
{
	struct zd_str shown = trust_mask(cx, ingest_class_of(std), text);

	return zd_str_equal(shown, text) ? text : ZD_STR("（含敏感信息，已按权限遮蔽）");
}

static enum zd_rc
read_values(struct zd_cx *cx, struct ingest_refused *r, struct zd_str raw)
{
	struct json j = json_open(cx->arena, raw, 0);
	struct zd_str key, value;

	if (json_enter_object(&j))
		while (json_next_member(&j, &key)) {
			if (!json_text(&j, &value))
				break;
			int field = key.n ? standard_field_find(r->standard, key) : -1;
			if (field >= 0)
				r->sent[field] = value;
			else if (!key.n)
				r->whole = mask_whole(cx, r->standard, value);
		}
	if (!json_end(&j))
		return json_fail(cx, &j, "退回行的原值");
	for (size_t i = 0; i < r->standard->n_fields; i++)
		mask_value(cx, r, i);
	return ZD_OK;
}

/* The sentence with each place where the value stands masked. */
static struct zd_str
conceal(struct zd_cx *cx, struct zd_str text, struct zd_str value, struct zd_str masked)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	const char *at;

	if (!value.n || zd_str_equal(value, masked))
		return text;
	while (text.n && (at = memmem(text.p, text.n, value.p, value.n))) {
		size_t before = (size_t)(at - text.p);
		zd_out_write(&out, (struct zd_str){ text.p, before });
		zd_out_write(&out, masked);
		text = (struct zd_str){ at + value.n, text.n - before - value.n };
	}
	zd_out_write(&out, text);
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

static void
read_error(struct zd_cx *cx, struct ingest_refused *r, struct json *j)
{
	struct standard_error *e = &r->errors[r->n_errors++];
	struct zd_str key, field = { 0 };
	int64_t check = 0;

	*e = (struct standard_error){ .field = -1, .message = ZD_STR("") };
	const struct {
		struct zd_str name, *to;
	} texts[] = { { ZD_STR("field"), &field },    { ZD_STR("rule"), &e->rule },
		      { ZD_STR("value"), &e->value }, { ZD_STR("message"), &e->message },
		      { ZD_STR("todo"), &e->todo },   { ZD_STR("basis"), &e->basis } };
	if (json_enter_object(j))
		while (json_next_member(j, &key)) {
			if (zd_str_equal(key, ZD_STR("check")))
				(void)json_int(j, &check);
			for (size_t i = 0; i < ZD_COUNT(texts); i++)
				if (zd_str_equal(key, texts[i].name) && !json_null(j))
					(void)json_text(j, texts[i].to);
		}
	e->check = (enum standard_check)check;
	e->field = field.n ? standard_field_find(r->standard, field) : -1;
	if (e->field < 0)
		return;
	struct zd_str shown = trust_mask(cx, r->standard->fields[e->field].data_class, e->value);
	e->message = conceal(cx, e->message, e->value, shown);
	e->todo = conceal(cx, e->todo, e->value, shown);
	e->value = shown;
}

/* What a rule over several fields says may repeat each of them. */
static void
conceal_others(struct zd_cx *cx, struct ingest_refused *r)
{
	for (size_t i = 0; i < r->n_errors; i++)
		for (size_t f = 0; f < r->standard->n_fields; f++) {
			if (!r->masked[f] || r->sent[f].n < 4)
				continue;
			struct standard_error *e = &r->errors[i];
			e->message = conceal(cx, e->message, r->sent[f], r->shown[f]);
			e->todo = conceal(cx, e->todo, r->sent[f], r->shown[f]);
			e->value = conceal(cx, e->value, r->sent[f], r->shown[f]);
		}
}

enum zd_rc
ingest_refused_read(struct zd_cx *cx, const struct standard *std,
		    const struct ingest_reject *reject, struct ingest_refused *ret)
{
	*ret = (struct ingest_refused){
		.standard = std,
		.sent = zd_new_array(cx->arena, struct zd_str, std->n_fields),
		.shown = zd_new_array(cx->arena, struct zd_str, std->n_fields),
		.masked = zd_new_array(cx->arena, bool, std->n_fields),
		.errors = zd_new_array(cx->arena, struct standard_error, STANDARD_MAX_ERRORS + 8),
	};
	ZD_TRY(read_values(cx, ret, reject->raw));
	struct json j = json_open(cx->arena, reject->errors, 0);
	if (json_enter_array(&j))
		while (json_next_item(&j) && ret->n_errors < STANDARD_MAX_ERRORS + 8)
			read_error(cx, ret, &j);
	if (!json_end(&j))
		return json_fail(cx, &j, "退回行的错误说明");
	conceal_others(cx, ret);
	return ZD_OK;
}

/* --- for programs ------------------------------------------------------------------------ */

static const char *
state_name(int32_t state)
{
	static const char *const names[] = { "", "outstanding", "repaired", "discarded",
					     "superseded" };

	return state > 0 && (size_t)state < ZD_COUNT(names) ? names[state] : "";
}

static void
put_errors(struct json_writer *w, const struct ingest_refused *r)
{
	json_put_name(w, "errors");
	json_put_array(w);
	for (size_t i = 0; i < r->n_errors; i++) {
		const struct standard_error *e = &r->errors[i];
		const struct standard_field *f =
			e->field >= 0 ? &r->standard->fields[e->field] : NULL;
		json_put_object(w);
		json_put_member(w, "field", f ? f->name : (struct zd_str){ 0 });
		json_put_member(w, "title", f ? f->title : (struct zd_str){ 0 });
		json_put_member(w, "rule", e->rule);
		json_put_member_int(w, "check", (int64_t)e->check);
		json_put_member(w, "value", e->value);
		json_put_member(w, "message", e->message);
		json_put_member(w, "todo", e->todo);
		json_put_member(w, "basis", e->basis);
		json_put_end(w);
	}
	json_put_end(w);
}

static void
put_raw(struct zd_arena *arena, struct json_writer *w, const struct ingest_refused *r)
{
	json_put_name(w, "raw");
	json_put_object(w);
	for (size_t i = 0; i < r->standard->n_fields; i++)
		if (r->shown[i].p)
			json_put_member(w, zd_str_copy(arena, r->standard->fields[i].name).p,
					r->shown[i]);
	if (r->whole.p)
		json_put_member(w, "", r->whole);
	json_put_end(w);
}

enum zd_rc
ingest_refused_json(struct zd_cx *cx, struct zd_out *out, const struct standard *std,
		    const struct ingest_reject *reject)
{
	struct json_writer w = { .out = out };
	struct ingest_refused r;

	ZD_TRY(ingest_refused_read(cx, std, reject, &r));
	json_put_object(&w);
	json_put_member_int(&w, "row", reject->row);
	json_put_member_int(&w, "line", reject->line);
	json_put_member(&w, "operation", reject->operation);
	json_put_member(&w, "key",
			std->key >= 0 && r.masked[std->key] ? r.shown[std->key] : reject->key);
	json_put_member(&w, "state", zd_str_of(state_name(reject->state)));
	if (reject->closed_batch != ZD_NO_INT)
		json_put_member(&w, "closed_batch",
				zd_str_printf(cx->arena, "%lld", (long long)reject->closed_batch));
	if (reject->reason.n)
		json_put_member(&w, "reason", reject->reason);
	put_raw(cx->arena, &w, &r);
	put_errors(&w, &r);
	json_put_end(&w);
	zd_out_write(out, ZD_STR("\n"));
	return ZD_OK;
}
