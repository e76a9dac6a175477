/* Compiles the data standards: fields, roles, versions, headings; checks each example by its own
 * field's rules. */
#include "standard/compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/text.h"
#include "standard/value.h"

#define EXCHANGE "exchange.json"

extern const struct embed_file standard_files[], code_files[];

enum zd_rc
load_bad(struct zd_cx *cx, const char *file, const char *fmt, ...)
{
	char why[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return zd_fail(cx, ZD_FAILED, NULL, "standards/%s：%s", file, why);
}

/* --- names of kinds and types --------------------------------------------------------- */

static const char *const type_names[] = {
	[STANDARD_TEXT] = "text", [STANDARD_CODE] = "code", [STANDARD_CODES] = "codes",
	[STANDARD_DATE] = "date", [STANDARD_INT] = "int",   [STANDARD_DECIMAL] = "decimal",
	[STANDARD_BOOL] = "bool", [STANDARD_LIST] = "list",
};
static const char *const kind_names[] = {
	[STANDARD_CATALOG] = "catalog", [STANDARD_SUBJECT] = "subject",
	[STANDARD_OFFICER] = "officer", [STANDARD_ACTION] = "action",
	[STANDARD_PLAN] = "plan",
};

const char *
standard_type_name(enum standard_type type)
{
	return type_names[type];
}

const char *
standard_kind_name(enum standard_kind kind)
{
	return kind_names[kind];
}

/* The place of the name in a table, or -1. */
static int
named(const char *const *names, size_t n, struct zd_str name)
{
	for (size_t i = 0; i < n; i++)
		if (zd_str_equal(name, zd_str_of(names[i])))
			return (int)i;
	return -1;
}

/* --- one standard --------------------------------------------------------------------- */

struct building {
	struct zd_cx *cx;
	struct standard_set *set;
	const char *file;
	const struct draft *draft, *exchange;
	struct standard *std;
	struct standard_field *fields;
};

static enum zd_rc
build_versions(struct building *b)
{
	const struct draft *d = b->draft;
	struct standard_version *v =
		zd_new_array(b->cx->arena, struct standard_version, d->n_versions + 1);

	for (size_t i = 0; i < d->n_versions; i++) {
		v[i] = (struct standard_version){ d->versions[i].version, 0, INT32_MAX };
		if (!v[i].name.n || !zd_day_parse(d->versions[i].from, &v[i].from) ||
		    d->versions[i].n_codes)
			return load_bad(b->cx, b->file,
					"第%zu个版本应有 version 和 from(YYYY-MM-DD)", i + 1);
		if (d->versions[i].until.n && !zd_day_parse(d->versions[i].until, &v[i].until))
			return load_bad(b->cx, b->file, "版本“%.*s”的 until 不是日期",
					ZD_STR_ARG(v[i].name));
		if (i && v[i].from <= v[i - 1].from)
			return load_bad(b->cx, b->file, "版本应按时间先后排列：“%.*s”",
					ZD_STR_ARG(v[i].name));
		if (i && v[i - 1].until >= v[i].from)
			v[i - 1].until = v[i].from - 1;
	}
	b->std->versions = v;
	b->std->n_versions = d->n_versions;
	return ZD_OK;
}

/* The days on which a field exists; the first version also judges what is older, the last what is
 * newer. */
static enum zd_rc
field_days(struct building *b, const struct draft_field *d, struct standard_field *f)
{
	const struct standard *std = b->std;
	size_t from = 0, until = std->n_versions ? std->n_versions - 1 : 0;

	f->from = INT32_MIN;
	f->until = INT32_MAX;
	if (!d->since.n && !d->until.n)
		return ZD_OK;
	while (d->since.n && from < std->n_versions &&
	       !zd_str_equal(std->versions[from].name, d->since))
		from++;
	while (d->until.n && until < std->n_versions &&
	       !zd_str_equal(std->versions[until].name, d->until))
		until--; /* wraps past the end when there is none */
	if (from >= std->n_versions || until >= std->n_versions || until < from)
		return load_bad(b->cx, b->file, "字段“%.*s”的 since 或 until 不是本标准的版本",
				ZD_STR_ARG(d->name));
	if (from > 0)
		f->from = std->versions[from].from;
	if (until + 1 < std->n_versions)
		f->until = std->versions[until].until;
	return ZD_OK;
}

static enum zd_rc
field_type(struct building *b, const struct draft_field *d, struct standard_field *f)
{
	int type = named(type_names, ZD_COUNT(type_names), d->type);

	if (type < 0)
		return load_bad(b->cx, b->file, "字段“%.*s”的 type 不认识：“%.*s”",
				ZD_STR_ARG(d->name), ZD_STR_ARG(d->type));
	f->type = (enum standard_type)type;
	bool coded = f->type == STANDARD_CODE || f->type == STANDARD_CODES;
	if (d->codes.n && !(f->codes = standard_codes_find(b->set, d->codes)))
		return load_bad(b->cx, b->file, "字段“%.*s”的代码表“%.*s”不存在",
				ZD_STR_ARG(d->name), ZD_STR_ARG(d->codes));
	if (coded != (f->codes != NULL))
		return load_bad(b->cx, b->file,
				"字段“%.*s”：有 codes 的类型应为 code 或 codes，反之亦然",
				ZD_STR_ARG(d->name));
	if (d->ident.n && !ident_named(d->ident, &f->ident))
		return load_bad(b->cx, b->file, "字段“%.*s”的 ident 不认识：“%.*s”",
				ZD_STR_ARG(d->name), ZD_STR_ARG(d->ident));
	if (d->names.n && !(f->names = standard_codes_find(b->set, d->names)))
		return load_bad(b->cx, b->file, "字段“%.*s”的代码表“%.*s”不存在",
				ZD_STR_ARG(d->name), ZD_STR_ARG(d->names));
	if (f->ident == STANDARD_DIVISION)
		f->names = b->set->divisions;
	if (f->ident == STANDARD_INDUSTRY)
		f->names = b->set->industries;
	if (f->ident && f->type != STANDARD_TEXT && f->type != STANDARD_LIST)
		return load_bad(b->cx, b->file, "字段“%.*s”：有 ident 的类型应为 text 或 list",
				ZD_STR_ARG(d->name));
	if (d->scale < 0 || d->scale > 6 || (d->scale && f->type != STANDARD_DECIMAL))
		return load_bad(b->cx, b->file, "字段“%.*s”的 scale 应为 0 至 6，且只用于 decimal",
				ZD_STR_ARG(d->name));
	if (d->max < 0 || d->max > 65535 || d->min_items < 0 ||
	    (d->min_items && f->type != STANDARD_LIST))
		return load_bad(b->cx, b->file, "字段“%.*s”的 max 或 min_items 有误",
				ZD_STR_ARG(d->name));
	return ZD_OK;
}

static enum zd_rc
field_name(struct building *b, struct zd_str name)
{
	/* The head columns of every record table (src/record/record.h). */
	static const char *const taken[] = { "dept_id",     "id",         "source_key", "version",
					     "state",       "day",        "subject_id", "item_code",
					     "merge_print", "hash",       "batch_id",   "row_no",
					     "created_at",  "updated_at", "updated_by", "ext" };

	for (size_t i = 0; i < name.n; i++)
		if (!((name.p[i] >= 'a' && name.p[i] <= 'z') || name.p[i] == '_' ||
		      (i && name.p[i] >= '0' && name.p[i] <= '9')))
			return load_bad(b->cx, b->file, "字段名“%.*s”只能用小写字母、数字和下划线",
					ZD_STR_ARG(name));
	if (!name.n || named(taken, ZD_COUNT(taken), name) >= 0)
		return load_bad(b->cx, b->file, "字段名“%.*s”为空或与记录表的固定列同名",
				ZD_STR_ARG(name));
	return ZD_OK;
}

static enum zd_rc
build_field(struct building *b, const struct draft_field *d, bool exchange, struct zd_str basis)
{
	struct standard_field *f = &b->fields[b->std->n_fields];

	if (b->std->n_fields == STANDARD_MAX_FIELDS)
		return load_bad(b->cx, b->file, "字段超过%d个", STANDARD_MAX_FIELDS);
	*f = (struct standard_field){
		.name = d->name,
		.title = d->title,
		.required = d->required,
		.max = (int)d->max,
		.min_items = (int)d->min_items,
		.scale = (int)d->scale,
		.data_class = (int)d->data_class,
		.exchange = exchange,
		.since = d->since,
		.until_version = d->until,
		.unit = d->unit,
		.example = d->example,
		.hint = d->hint,
		.basis = d->basis.n ? d->basis : basis,
		.aliases = d->aliases.v,
		.n_aliases = d->aliases.n,
	};
	ZD_TRY(field_name(b, d->name));
	if (!d->title.n || !d->example.n)
		return load_bad(b->cx, b->file, "字段“%.*s”缺少 title 或 example",
				ZD_STR_ARG(d->name));
	ZD_TRY(field_type(b, d, f));
	ZD_TRY(field_days(b, d, f));
	b->std->n_fields++;
	return ZD_OK;
}

static bool
declares(const struct draft *d, struct zd_str name)
{
	for (size_t i = 0; i < d->n_fields; i++)
		if (zd_str_equal(d->fields[i].name, name))
			return true;
	return false;
}

static enum zd_rc
build_fields(struct building *b)
{
	const struct draft *own = b->draft, *exchange = b->exchange;

	b->fields = zd_new_array(b->cx->arena, struct standard_field, STANDARD_MAX_FIELDS);
	b->std->fields = b->fields;
	for (size_t i = 0; i < own->n_fields; i++)
		ZD_TRY(build_field(b, &own->fields[i], false, own->basis));
	for (size_t i = 0; i < exchange->n_fields; i++)
		if (!declares(own, exchange->fields[i].name))
			ZD_TRY(build_field(b, &exchange->fields[i], true, exchange->basis));
	return ZD_OK;
}

/* Names, titles and aliases: each leads to one field. */
static enum zd_rc
build_headings(struct building *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->std->n_fields; i++)
		n += 2 + b->fields[i].n_aliases;
	struct standard_index *index = index_new(b->cx->arena, n);
	for (size_t i = 0; i < b->std->n_fields; i++) {
		const struct standard_field *f = &b->fields[i];
		for (size_t k = 0; k < 2 + f->n_aliases; k++) {
			struct zd_str heading = k == 0   ? f->name
						: k == 1 ? f->title
							 : f->aliases[k - 2];
			struct zd_str plain = text_folded(b->cx->arena, heading, TEXT_NAME);
			int holder = index_put(index, plain, (int)i);
			if (!plain.n || holder != (int)i)
				return load_bad(
					b->cx, b->file, "列名“%.*s”同时属于字段“%.*s”和“%.*s”",
					ZD_STR_ARG(heading), ZD_STR_ARG(b->fields[holder].name),
					ZD_STR_ARG(f->name));
		}
	}
	b->std->headings = index;
	return ZD_OK;
}

/* --- roles ---------------------------------------------------------------------------- */

static enum zd_rc
role(struct building *b, const char *what, struct zd_str name, int *ret)
{
	*ret = -1;
	if (!name.n)
		return ZD_OK;
	for (size_t i = 0; i < b->std->n_fields; i++)
		if (zd_str_equal(b->fields[i].name, name))
			*ret = (int)i;
	if (*ret < 0)
		return load_bad(b->cx, b->file, "%s 引用了不存在的字段“%.*s”", what,
				ZD_STR_ARG(name));
	return ZD_OK;
}

static enum zd_rc
build_roles(struct building *b)
{
	const struct draft *d = b->draft;
	struct standard *std = b->std;
	int *merge = zd_new_array(b->cx->arena, int, d->merge.n + 1);
	const struct {
		const char *what;
		struct zd_str name;
		int *ret;
	} all[] = {
		{ "key", d->key, &std->key },
		{ "name_field", d->name_field, &std->name_field },
		{ "date", d->date, &std->date },
		{ "item", d->item, &std->item },
		{ "list", d->list, &std->list },
		{ "subject", d->subject, &std->subject },
		{ "subject_name", d->subject_name, &std->subject_name },
		{ "area", d->area, &std->area },
	};

	for (size_t i = 0; i < ZD_COUNT(all); i++)
		ZD_TRY(role(b, all[i].what, all[i].name, all[i].ret));
	for (size_t i = 0; i < d->merge.n; i++)
		ZD_TRY(role(b, "merge", d->merge.v[i], &merge[i]));
	if (std->key < 0 || !std->fields[std->key].required)
		return load_bad(b->cx, b->file, "key 应为一个必填字段");
	if (std->date >= 0 && std->fields[std->date].type != STANDARD_DATE)
		return load_bad(b->cx, b->file, "date 应为日期字段");
	std->merge = merge;
	std->n_merge = d->merge.n;
	return ZD_OK;
}

static enum zd_rc
build_standard(struct building *b)
{
	const struct draft *d = b->draft;
	int kind = named(kind_names, ZD_COUNT(kind_names), d->kind);

	if (kind < 0)
		return load_bad(b->cx, b->file, "kind 不认识：“%.*s”", ZD_STR_ARG(d->kind));
	*b->std = (struct standard){
		.name = d->name,
		.title = d->title,
		.national = d->national,
		.table = d->table,
		.basis = d->basis,
		.kind = (enum standard_kind)kind,
		.set = b->set,
	};
	ZD_TRY(build_versions(b));
	ZD_TRY(build_fields(b));
	ZD_TRY(build_headings(b));
	ZD_TRY(build_roles(b));
	return rules_compile(b->cx, b->file, &d->rules, &b->exchange->rules, b->std);
}

/* --- what can be checked when all are there ------------------------------------------- */

struct example_fault {
	bool found;
	struct standard_fault fault;
};

static void
keep_fault(void *arg, const struct standard_fault *fault)
{
	struct example_fault *e = arg;

	if (!e->found)
		e->fault = *fault;
	e->found = true;
}

/* Each example is a value that its own field would take, on the last day that the field exists. */
static enum zd_rc
check_examples(struct zd_cx *cx, const char *file, const struct standard *std)
{
	for (size_t i = 0; i < std->n_fields; i++) {
		const struct standard_field *f = &std->fields[i];
		struct example_fault e = { 0 };
		struct value_env env = {
			.ident = { std->set->divisions, std->set->industries, f->until, INT32_MAX },
			.arena = cx->arena,
			.fault = keep_fault,
			.arg = &e,
		};
		struct zd_str canon;
		if (!value_parse(&env, f, text_trim(f->example), &canon))
			return load_bad(cx, file, "字段“%.*s”的示例“%.*s”不合自身规则：%s",
					ZD_STR_ARG(f->name), ZD_STR_ARG(f->example),
					e.fault.message);
	}
	return ZD_OK;
}

/* The kinds of power that a rule names are codes of the list that the catalogue uses. */
static enum zd_rc
check_types(struct zd_cx *cx, const char *file, const struct standard_set *set,
	    struct standard_rule *rule)
{
	if (rule->kind != RULE_ITEM_TYPE)
		return ZD_OK;
	rule->types = standard_codes_find(set, ZD_STR("administrative_type"));
	for (size_t i = 0; i < rule->n_values; i++)
		if (!rule->types || !codes_ever(rule->types, rule->values[i]))
			return load_bad(cx, file, "规则“%.*s”引用了代码表中没有的行政类型“%.*s”",
					ZD_STR_ARG(rule->name), ZD_STR_ARG(rule->values[i]));
	return ZD_OK;
}

static enum zd_rc
check_references(struct zd_cx *cx, const char *file, const struct standard_set *set,
		 const struct standard *std)
{
	for (size_t i = 0; i < std->n_rules; i++)
		ZD_TRY(check_types(cx, file, set, (struct standard_rule *)&std->rules[i]));
	for (size_t i = 0; i < std->n_rules; i++)
		if (std->rules[i].kind == RULE_EXISTS &&
		    !standard_find(set, std->rules[i].standard))
			return load_bad(cx, file, "规则“%.*s”引用了不存在的标准“%.*s”",
					ZD_STR_ARG(std->rules[i].name),
					ZD_STR_ARG(std->rules[i].standard));
	return ZD_OK;
}

/* --- the set -------------------------------------------------------------------------- */

static size_t
count(const struct embed_file *files)
{
	size_t n = 0;

	while (files[n].name)
		n++;
	return n;
}

static bool
is_json(const struct embed_file *file)
{
	size_t n = strlen(file->name);

	return n > 5 && strcmp(file->name + n - 5, ".json") == 0;
}

static enum zd_rc
load_codes(struct zd_cx *cx, struct standard_set *set, const struct embed_file *files)
{
	size_t n = count(files);

	set->codes = zd_new_array(cx->arena, struct standard_codes, n + 1);
	set->codes_by_name = index_new(cx->arena, n);
	for (size_t i = 0; i < n; i++) {
		struct draft draft;
		if (!is_json(&files[i]))
			continue;
		ZD_TRY(draft_read(cx, &files[i], DRAFT_CODES, &draft));
		ZD_TRY(codes_compile(cx, files[i].name, &draft, files, &set->codes[set->n_codes]));
		(void)index_put(set->codes_by_name, draft.name, (int)set->n_codes++);
	}
	set->divisions = standard_codes_find(set, ZD_STR("gbt2260"));
	set->industries = standard_codes_find(set, ZD_STR("gbt4754"));
	return ZD_OK;
}

static enum zd_rc
load_exchange(struct zd_cx *cx, const struct embed_file *files, struct draft *ret)
{
	*ret = (struct draft){ 0 };
	for (; files->name; files++)
		if (strcmp(files->name, EXCHANGE) == 0)
			return draft_read(cx, files, DRAFT_EXCHANGE, ret);
	return ZD_OK;
}

static enum zd_rc
load_standards(struct zd_cx *cx, struct standard_set *set, const struct embed_file *files)
{
	struct draft exchange;
	size_t n = count(files);

	set->standards = zd_new_array(cx->arena, struct standard, n + 1);
	set->by_name = index_new(cx->arena, n);
	ZD_TRY(load_exchange(cx, files, &exchange));
	for (size_t i = 0; i < n; i++) {
		struct draft draft;
		if (strcmp(files[i].name, EXCHANGE) == 0)
			continue;
		ZD_TRY(draft_read(cx, &files[i], DRAFT_STANDARD, &draft));
		struct building b = { .cx = cx,
				      .set = set,
				      .file = files[i].name,
				      .draft = &draft,
				      .exchange = &exchange,
				      .std = &set->standards[set->n_standards] };
		ZD_TRY(build_standard(&b));
		(void)index_put(set->by_name, b.std->name, (int)set->n_standards++);
	}
	return ZD_OK;
}

enum zd_rc
standard_load_from(struct zd_cx *cx, const struct embed_file *standards,
		   const struct embed_file *codes, struct standard_set **ret)
{
	struct standard_set *set = zd_new(cx->arena, struct standard_set);

	set->arena = cx->arena;
	ZD_TRY(load_codes(cx, set, codes));
	ZD_TRY(load_standards(cx, set, standards));
	for (size_t i = 0; i < set->n_standards; i++) {
		struct zd_str file =
			zd_str_printf(cx->arena, "%.*s.json", ZD_STR_ARG(set->standards[i].name));
		ZD_TRY(check_examples(cx, file.p, &set->standards[i]));
		ZD_TRY(check_references(cx, file.p, set, &set->standards[i]));
	}
	*ret = set;
	return ZD_OK;
}

enum zd_rc
standard_load(struct zd_cx *cx, struct standard_set **ret)
{
	return standard_load_from(cx, standard_files, code_files, ret);
}
