/* Reads the files of standards/ member by member, knowing only which members there are. compile.c
 * gives them meaning. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "standard/compile.h"

#define GROW(arena, array, n, cap)                                                                 \
	((array) = zd_grow((arena), (array), (n), &(cap), sizeof(*(array))))

typedef bool read_fn(struct json *j, void *ret);

/* How one member is read into a structure. */
struct member {
	const char *name;
	read_fn *read;
	size_t at;
};

static bool
read_object(struct json *j, const struct member *members, size_t n, void *ret)
{
	struct zd_str key;

	if (!json_enter_object(j))
		return false;
	while (json_next_member(j, &key)) {
		size_t i = 0;
		while (i < n && !zd_str_equal(key, zd_str_of(members[i].name)))
			i++;
		if (i == n)
			return json_refuse(j, "不认识的成员");
		if (!members[i].read(j, (char *)ret + members[i].at))
			return false;
	}
	return !j->fault;
}

static bool
read_text(struct json *j, void *ret)
{
	return json_text(j, ret);
}

static bool
read_int(struct json *j, void *ret)
{
	return json_int(j, ret);
}

static bool
read_bool(struct json *j, void *ret)
{
	return json_bool(j, ret);
}

static bool
read_number(struct json *j, void *ret)
{
	return json_number(j, ret);
}

static bool
read_note(struct json *j, void *ret)
{
	struct zd_str note;

	(void)ret;
	return json_text(j, &note);
}

static void
add_text(struct json *j, struct texts *texts, struct zd_str s)
{
	GROW(j->arena, texts->v, texts->n, texts->cap);
	texts->v[texts->n++] = s;
}

static bool
read_texts(struct json *j, void *ret)
{
	struct zd_str s;

	if (!json_enter_array(j))
		return false;
	while (json_next_item(j)) {
		if (!json_text(j, &s))
			return false;
		add_text(j, ret, s);
	}
	return !j->fault;
}

/* --- rules ---------------------------------------------------------------------------- */

#define AT(type, what, how)                                                                        \
	{                                                                                          \
#what, how, offsetof(struct type, what)                                            \
	}

static bool
read_when(struct json *j, void *ret)
{
	static const struct member members[] = {
		{ "field", read_text, offsetof(struct draft_rule, when_field) },
		{ "in", read_texts, offsetof(struct draft_rule, when_in) },
	};

	return read_object(j, members, ZD_COUNT(members), ret);
}

static bool
read_map(struct json *j, void *ret)
{
	struct draft_rule *rule = ret;
	struct zd_str code, ident;

	if (!json_enter_object(j))
		return false;
	while (json_next_member(j, &code)) {
		if (!json_text(j, &ident))
			return false;
		add_text(j, &rule->map_codes, code);
		add_text(j, &rule->map_idents, ident);
	}
	return !j->fault;
}

static bool
read_rule(struct json *j, struct draft_rule *rule)
{
	static const struct member members[] = {
		AT(draft_rule, id, read_text),
		AT(draft_rule, kind, read_text),
		AT(draft_rule, field, read_text),
		AT(draft_rule, fields, read_texts),
		AT(draft_rule, by, read_text),
		AT(draft_rule, standard, read_text),
		AT(draft_rule, message, read_text),
		AT(draft_rule, todo, read_text),
		AT(draft_rule, basis, read_text),
		AT(draft_rule, min, read_number),
		AT(draft_rule, max, read_number),
		AT(draft_rule, skip, read_texts),
		AT(draft_rule, check, read_int),
		AT(draft_rule, strict, read_bool),
		AT(draft_rule, types, read_texts),
		{ "when", read_when, 0 },
		{ "map", read_map, 0 },
		{ "note", read_note, 0 },
	};

	return read_object(j, members, ZD_COUNT(members), rule);
}

static bool
read_rules(struct json *j, void *ret)
{
	struct draft_rules *rules = ret;

	if (!json_enter_array(j))
		return false;
	while (json_next_item(j)) {
		GROW(j->arena, rules->v, rules->n, rules->cap);
		if (!read_rule(j, &rules->v[rules->n++]))
			return false;
	}
	return !j->fault;
}

/* --- fields --------------------------------------------------------------------------- */

static bool
read_class(struct json *j, void *ret)
{
	int64_t *data_class = ret;

	return json_int(j, data_class) &&
	       ((*data_class >= 1 && *data_class <= 4) || json_refuse(j, "敏感级别应为 1 至 4"));
}

static bool
read_field(struct json *j, struct draft_field *field)
{
	static const struct member members[] = {
		AT(draft_field, name, read_text),
		AT(draft_field, title, read_text),
		AT(draft_field, type, read_text),
		AT(draft_field, ident, read_text),
		AT(draft_field, codes, read_text),
		AT(draft_field, names, read_text),
		AT(draft_field, since, read_text),
		AT(draft_field, until, read_text),
		AT(draft_field, unit, read_text),
		AT(draft_field, example, read_text),
		AT(draft_field, hint, read_text),
		AT(draft_field, basis, read_text),
		AT(draft_field, aliases, read_texts),
		AT(draft_field, max, read_int),
		AT(draft_field, min_items, read_int),
		AT(draft_field, scale, read_int),
		AT(draft_field, required, read_bool),
		{ "note", read_note, 0 },
		{ "class", read_class, offsetof(struct draft_field, data_class) },
	};

	field->data_class = 1;
	return read_object(j, members, ZD_COUNT(members), field);
}

static bool
read_fields(struct json *j, void *ret)
{
	struct draft *draft = ret;

	if (!json_enter_array(j))
		return false;
	while (json_next_item(j)) {
		GROW(j->arena, draft->fields, draft->n_fields, draft->cap_fields);
		if (!read_field(j, &draft->fields[draft->n_fields++]))
			return false;
	}
	return !j->fault;
}

/* --- versions and codes --------------------------------------------------------------- */

static bool
read_code_row(struct json *j, struct draft_code_row *row)
{
	return json_enter_array(j) &&
	       (json_next_item(j) || json_refuse(j, "代码应写成 [代码, 名称]")) &&
	       json_text(j, &row->code) &&
	       (json_next_item(j) || json_refuse(j, "代码应写成 [代码, 名称]")) &&
	       json_text(j, &row->name) &&
	       (!json_next_item(j) || json_refuse(j, "代码应写成 [代码, 名称]")) && !j->fault;
}

static bool
read_codes(struct json *j, void *ret)
{
	struct draft_version *v = ret;

	if (!json_enter_array(j))
		return false;
	while (json_next_item(j)) {
		GROW(j->arena, v->codes, v->n_codes, v->cap_codes);
		if (!read_code_row(j, &v->codes[v->n_codes++]))
			return false;
	}
	return !j->fault;
}

static bool
read_version(struct json *j, struct draft_version *v)
{
	static const struct member members[] = {
		AT(draft_version, version, read_text),
		AT(draft_version, from, read_text),
		AT(draft_version, until, read_text),
		{ "codes", read_codes, 0 },
		{ "note", read_note, 0 },
	};

	return read_object(j, members, ZD_COUNT(members), v);
}

static bool
read_versions(struct json *j, void *ret)
{
	struct draft *draft = ret;

	if (!json_enter_array(j))
		return false;
	while (json_next_item(j)) {
		GROW(j->arena, draft->versions, draft->n_versions, draft->cap_versions);
		if (!read_version(j, &draft->versions[draft->n_versions++]))
			return false;
	}
	return !j->fault;
}

/* --- files ---------------------------------------------------------------------------- */

#define HEAD                                                                                       \
	AT(draft, name, read_text), AT(draft, title, read_text), AT(draft, basis, read_text),      \
	{                                                                                          \
		"note", read_note, 0                                                               \
	}

static const struct member standard_members[] = {
	HEAD,
	AT(draft, kind, read_text),
	AT(draft, table, read_text),
	AT(draft, national, read_text),
	AT(draft, key, read_text),
	AT(draft, name_field, read_text),
	AT(draft, date, read_text),
	AT(draft, item, read_text),
	AT(draft, list, read_text),
	AT(draft, subject, read_text),
	AT(draft, subject_name, read_text),
	AT(draft, area, read_text),
	AT(draft, merge, read_texts),
	AT(draft, rules, read_rules),
	{ "versions", read_versions, 0 },
	{ "fields", read_fields, 0 },
};

static const struct member exchange_members[] = {
	HEAD,
	AT(draft, rules, read_rules),
	{ "fields", read_fields, 0 },
};

static const struct member codes_members[] = {
	HEAD,
	AT(draft, csv, read_text),
	{ "versions", read_versions, 0 },
	{ "codes", read_codes, offsetof(struct draft, codes) },
};

enum zd_rc
draft_read(struct zd_cx *cx, const struct embed_file *file, enum draft_form form, struct draft *ret)
{
	static const struct {
		const struct member *members;
		size_t n;
	} forms[] = {
		[DRAFT_STANDARD] = { standard_members, ZD_COUNT(standard_members) },
		[DRAFT_EXCHANGE] = { exchange_members, ZD_COUNT(exchange_members) },
		[DRAFT_CODES] = { codes_members, ZD_COUNT(codes_members) },
	};
	struct zd_str text = { file->bytes, file->n };
	struct json j = json_open(cx->arena, text, JSON_UNIQUE);
	char stem[128];

	*ret = (struct draft){ 0 };
	bool read = read_object(&j, forms[form].members, forms[form].n, ret);
	if (!json_end(&j) || !read) {
		int64_t line, column;
		json_place(text, j.fault_at, &line, &column);
		return load_bad(cx, file->name, "第%lld行第%lld个字符处有误：%s", (long long)line,
				(long long)column, j.fault ? j.fault : "内容不符合约定");
	}
	(void)snprintf(stem, sizeof(stem), "%.*s.json", ZD_STR_ARG(ret->name));
	if (strcmp(stem, file->name) != 0)
		return load_bad(cx, file->name, "name 应与文件名相同，却是“%.*s”",
				ZD_STR_ARG(ret->name));
	if (!ret->title.n || !ret->basis.n)
		return load_bad(cx, file->name, "缺少 title 或 basis");
	return ZD_OK;
}
