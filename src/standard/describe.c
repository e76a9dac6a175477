/* A standard told to programs: all that it declares, its OpenAPI component, and errors as JSON. */
#include <string.h>

#include "base/json.h"
#include "standard/codes.h"
#include "standard/compile.h"

#define WHOLE_LIST 600 /* code lists up to this length are told in full */
#define NAME_MAX_BYTES 128

/* Names of members that come from the standard's files. */
static void
put_name(struct json_writer *w, struct zd_str name)
{
	char z[NAME_MAX_BYTES];
	size_t n = name.n < sizeof(z) ? name.n : sizeof(z) - 1;

	memcpy(z, name.p, n);
	z[n] = '\0';
	json_put_name(w, z);
}

/* Members that may be absent are left out. */
static void
put_given(struct json_writer *w, const char *name, struct zd_str s)
{
	if (s.n)
		json_put_member(w, name, s);
}

static void
put_count(struct json_writer *w, const char *name, int v)
{
	if (v)
		json_put_member_int(w, name, v);
}

static void
put_day(struct json_writer *w, const char *name, int32_t day)
{
	char text[16] = { 0 };
	int y, m, d;

	if (day == INT32_MIN || day == INT32_MAX)
		return;
	zd_day_split(day, &y, &m, &d);
	text[0] = (char)('0' + y / 1000 % 10);
	text[1] = (char)('0' + y / 100 % 10);
	text[2] = (char)('0' + y / 10 % 10);
	text[3] = (char)('0' + y % 10);
	text[4] = text[7] = '-';
	text[5] = (char)('0' + m / 10);
	text[6] = (char)('0' + m % 10);
	text[8] = (char)('0' + d / 10);
	text[9] = (char)('0' + d % 10);
	json_put_member(w, name, (struct zd_str){ text, 10 });
}

static void
put_texts(struct json_writer *w, const char *name, const struct zd_str *v, size_t n)
{
	if (!n)
		return;
	json_put_name(w, name);
	json_put_array(w);
	for (size_t i = 0; i < n; i++)
		json_put_text(w, v[i]);
	json_put_end(w);
}

/* --- fields and codes ----------------------------------------------------------------- */

static void
put_field(struct json_writer *w, const struct standard_field *f)
{
	json_put_object(w);
	json_put_member(w, "name", f->name);
	json_put_member(w, "title", f->title);
	json_put_member(w, "type", zd_str_of(standard_type_name(f->type)));
	if (f->ident)
		json_put_member(w, "ident", zd_str_of(ident_name(f->ident)));
	if (f->codes)
		json_put_member(w, "codes", f->codes->name);
	if (f->names)
		json_put_member(w, "names", f->names->name);
	json_put_member_bool(w, "required", f->required);
	put_count(w, "max", f->max);
	put_count(w, "min_items", f->min_items);
	put_count(w, "scale", f->scale);
	json_put_member_int(w, "class", f->data_class);
	json_put_member_bool(w, "exchange", f->exchange);
	put_given(w, "since", f->since);
	put_given(w, "until", f->until_version);
	put_given(w, "unit", f->unit);
	put_given(w, "example", f->example);
	put_given(w, "hint", f->hint);
	put_given(w, "basis", f->basis);
	put_texts(w, "aliases", f->aliases, f->n_aliases);
	json_put_end(w);
}

static void
put_codes(struct json_writer *w, const struct standard_codes *codes)
{
	put_name(w, codes->name);
	json_put_object(w);
	json_put_member(w, "title", codes->title);
	json_put_member(w, "basis", codes->basis);
	json_put_member_int(w, "count", (int64_t)codes->n);
	json_put_name(w, "codes");
	json_put_array(w);
	for (size_t i = 0; i < codes->n && codes->n <= WHOLE_LIST; i++) {
		json_put_object(w);
		json_put_member(w, "code", codes->codes[i].code);
		json_put_member(w, "name", codes->codes[i].name);
		put_given(w, "parent", codes->codes[i].parent);
		put_day(w, "from", codes->codes[i].from);
		put_day(w, "until", codes->codes[i].until);
		json_put_end(w);
	}
	json_put_end(w);
	json_put_end(w);
}

/* Each list once, where its first field stands. */
static bool
is_first_use(const struct standard *std, size_t field)
{
	for (size_t i = 0; i < field; i++)
		if (std->fields[i].codes == std->fields[field].codes)
			return false;
	return std->fields[field].codes != NULL;
}

/* --- rules ---------------------------------------------------------------------------- */

static void
put_map(struct json_writer *w, const struct standard_rule *rule)
{
	json_put_name(w, "map");
	json_put_object(w);
	for (size_t i = 0; i < rule->n_values; i++) {
		put_name(w, rule->values[i]);
		json_put_z(w, ident_name(rule->idents[i]));
	}
	json_put_end(w);
}

static void
put_rule(struct json_writer *w, const struct standard *std, const struct standard_rule *rule)
{
	json_put_object(w);
	json_put_member(w, "id", rule->id);
	json_put_member(w, "kind", zd_str_of(rule_kind_name(rule->kind)));
	json_put_member_int(w, "check", (int64_t)rule->check);
	json_put_member(w, "field", std->fields[rule->field].name);
	if (rule->other >= 0)
		json_put_member(w, "other", std->fields[rule->other].name);
	if (rule->idents)
		put_map(w, rule);
	else
		put_texts(w, "values", rule->values, rule->n_values);
	put_given(w, "standard", rule->standard);
	put_given(w, "min", rule->min_text);
	put_given(w, "max", rule->max_text);
	if (rule->strict)
		json_put_member_bool(w, "strict", true);
	put_given(w, "message", rule->message);
	put_given(w, "todo", rule->todo);
	json_put_member(w, "basis", rule->basis);
	json_put_end(w);
}

/* --- the OpenAPI component ------------------------------------------------------------ */

/* What a value may be in JSON: canonical text, or the JSON type that means the same. */
static void
put_types(struct json_writer *w, enum standard_type type)
{
	static const char *const also[] = {
		[STANDARD_TEXT] = NULL,      [STANDARD_CODE] = NULL,
		[STANDARD_CODES] = NULL,     [STANDARD_DATE] = NULL,
		[STANDARD_INT] = "integer",  [STANDARD_DECIMAL] = "number",
		[STANDARD_BOOL] = "boolean", [STANDARD_LIST] = NULL,
	};

	json_put_name(w, "type");
	json_put_array(w);
	json_put_z(w, "string");
	if (also[type])
		json_put_z(w, also[type]);
	json_put_z(w, "null");
	json_put_end(w);
}

static void
put_property(struct json_writer *w, const struct standard_field *f)
{
	put_name(w, f->name);
	json_put_object(w);
	json_put_member(w, "title", f->title);
	put_types(w, f->type);
	put_given(w, "description", f->hint);
	if (f->type == STANDARD_DATE)
		json_put_member(w, "format", ZD_STR("date"));
	put_count(w, "maxLength", f->max);
	put_given(w, "x-unit", f->unit);
	if (f->codes)
		json_put_member(w, "x-codes", f->codes->name);
	if (f->ident)
		json_put_member(w, "x-ident", zd_str_of(ident_name(f->ident)));
	put_texts(w, "examples", &f->example, f->example.n > 0);
	json_put_end(w);
}

static void
put_schema(struct json_writer *w, const struct standard *std)
{
	json_put_object(w);
	json_put_member(w, "type", ZD_STR("object"));
	json_put_member(w, "title", std->title);
	json_put_member(w, "description", std->basis);
	json_put_name(w, "properties");
	json_put_object(w);
	for (size_t i = 0; i < std->n_fields; i++)
		put_property(w, &std->fields[i]);
	json_put_end(w);
	json_put_name(w, "required"); /* a deletion has no more than its key */
	json_put_array(w);
	json_put_text(w, std->fields[std->key].name);
	json_put_end(w);
	json_put_member_bool(w, "additionalProperties", false);
	json_put_end(w);
}

/* --- the whole ------------------------------------------------------------------------ */

static void
put_roles(struct json_writer *w, const struct standard *std)
{
	const struct {
		const char *name;
		int field;
	} roles[] = {
		{ "key", std->key },
		{ "name_field", std->name_field },
		{ "date", std->date },
		{ "item", std->item },
		{ "list", std->list },
		{ "subject", std->subject },
		{ "subject_name", std->subject_name },
		{ "area", std->area },
	};

	for (size_t i = 0; i < ZD_COUNT(roles); i++)
		if (roles[i].field >= 0)
			json_put_member(w, roles[i].name, std->fields[roles[i].field].name);
	json_put_name(w, "merge");
	json_put_array(w);
	for (size_t i = 0; i < std->n_merge; i++)
		json_put_text(w, std->fields[std->merge[i]].name);
	json_put_end(w);
}

static void
put_versions(struct json_writer *w, const struct standard *std)
{
	json_put_name(w, "versions");
	json_put_array(w);
	for (size_t i = 0; i < std->n_versions; i++) {
		json_put_object(w);
		json_put_member(w, "version", std->versions[i].name);
		put_day(w, "from", std->versions[i].from);
		put_day(w, "until", std->versions[i].until);
		json_put_end(w);
	}
	json_put_end(w);
}

void
standard_describe(struct zd_out *out, const struct standard *std)
{
	struct json_writer w = { .out = out };

	json_put_object(&w);
	json_put_member(&w, "name", std->name);
	json_put_member(&w, "title", std->title);
	json_put_member(&w, "kind", zd_str_of(standard_kind_name(std->kind)));
	put_given(&w, "table", std->table);
	put_given(&w, "national", std->national);
	json_put_member(&w, "basis", std->basis);
	put_roles(&w, std);
	put_versions(&w, std);
	json_put_name(&w, "fields");
	json_put_array(&w);
	for (size_t i = 0; i < std->n_fields; i++)
		put_field(&w, &std->fields[i]);
	json_put_end(&w);
	json_put_name(&w, "codes");
	json_put_object(&w);
	for (size_t i = 0; i < std->n_fields; i++)
		if (is_first_use(std, i))
			put_codes(&w, std->fields[i].codes);
	json_put_end(&w);
	json_put_name(&w, "rules");
	json_put_array(&w);
	for (size_t i = 0; i < std->n_rules; i++)
		put_rule(&w, std, &std->rules[i]);
	json_put_end(&w);
	json_put_name(&w, "schema");
	put_schema(&w, std);
	json_put_end(&w);
}

void
standard_error_json(struct zd_out *out, const struct standard *std, const struct standard_error *e)
{
	const struct standard_field *f = e->field >= 0 ? &std->fields[e->field] : NULL;
	struct json_writer w = { .out = out };

	json_put_object(&w);
	json_put_member_int(&w, "row", e->row);
	json_put_member(&w, "field", f ? f->name : (struct zd_str){ 0 });
	json_put_member(&w, "title", f ? f->title : (struct zd_str){ 0 });
	json_put_member(&w, "rule", e->rule);
	json_put_member_int(&w, "check", (int64_t)e->check);
	json_put_member(&w, "value", e->value);
	json_put_member(&w, "message", e->message);
	json_put_member(&w, "todo", e->todo);
	json_put_member(&w, "basis", e->basis);
	json_put_end(&w);
}
