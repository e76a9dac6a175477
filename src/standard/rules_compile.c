/* Compiles rules: which members each kind needs, that its fields exist and have fitting types. */
#include <string.h>

#include "standard/compile.h"
#include "standard/text.h"
#include "standard/value.h"

enum needs {
	NEED_FIELD = 1 << 0,
	NEED_FIELDS = 1 << 1,
	NEED_WHEN = 1 << 2,
	NEED_MAP = 1 << 3,
	NEED_STANDARD = 1 << 4,
	NEED_BOUND = 1 << 5,
	MAY_STRICT = 1 << 6,
	MAY_SKIP = 1 << 7,
	NEED_TYPES = 1 << 8
};
#define MAY_ANY (MAY_STRICT | MAY_SKIP)

#define OF(type) (1U << (type))
#define ANY_TYPE UINT32_MAX
#define NUMBERS (OF(STANDARD_INT) | OF(STANDARD_DECIMAL))

static const struct rule_form {
	const char *name;
	unsigned needs;
	enum standard_check check; /* unless declared */
	uint32_t types;            /* of the field(s) */
} forms[RULE_KINDS] = {
	[RULE_DATE_ORDER] = { "date_order", NEED_FIELDS | MAY_STRICT, STANDARD_CHECK_TIME,
			      OF(STANDARD_DATE) },
	[RULE_NOT_FUTURE] = { "not_future", NEED_FIELD, STANDARD_CHECK_TIME, OF(STANDARD_DATE) },
	[RULE_REQUIRED_IF] = { "required_if", NEED_FIELD | NEED_WHEN, STANDARD_CHECK_RELATION,
			       ANY_TYPE },
	[RULE_ABSENT_IF] = { "absent_if", NEED_FIELD | NEED_WHEN, STANDARD_CHECK_RELATION,
			     ANY_TYPE },
	[RULE_IDENT_BY] = { "ident_by", NEED_FIELD | NEED_MAP, STANDARD_CHECK_USCC,
			    OF(STANDARD_TEXT) },
	[RULE_SAME_COUNT] = { "same_count", NEED_FIELDS, STANDARD_CHECK_RELATION,
			      OF(STANDARD_LIST) | OF(STANDARD_CODES) },
	[RULE_DISTINCT] = { "distinct", NEED_FIELD, STANDARD_CHECK_FORM,
			    OF(STANDARD_LIST) | OF(STANDARD_CODES) },
	[RULE_RANGE] = { "range", NEED_FIELD | NEED_BOUND, STANDARD_CHECK_FORM, NUMBERS },
	[RULE_AT_MOST] = { "at_most", NEED_FIELDS, STANDARD_CHECK_RELATION, NUMBERS },
	[RULE_ITEM_IN_FORCE] = { "item_in_force", 0, STANDARD_CHECK_ITEM,
				 OF(STANDARD_TEXT) | OF(STANDARD_LIST) },
	[RULE_ITEM_TYPE] = { "item_type", NEED_TYPES, STANDARD_CHECK_RELATION,
			     OF(STANDARD_TEXT) | OF(STANDARD_LIST) },
	[RULE_LIST_OF_ITEM] = { "list_of_item", 0, STANDARD_CHECK_LIST,
				OF(STANDARD_TEXT) | OF(STANDARD_LIST) },
	[RULE_EXISTS] = { "exists", NEED_FIELD | NEED_STANDARD | MAY_SKIP, STANDARD_CHECK_RELATION,
			  OF(STANDARD_TEXT) | OF(STANDARD_LIST) },
	[RULE_OFFICER_VALID] = { "officer_valid", NEED_FIELD, STANDARD_CHECK_RELATION,
				 OF(STANDARD_TEXT) | OF(STANDARD_LIST) },
	[RULE_SOURCE_IS_SENDER] = { "source_is_sender", NEED_FIELD, STANDARD_CHECK_SOURCE,
				    OF(STANDARD_TEXT) },
	[RULE_KEY_ONCE] = { "key_once", 0, STANDARD_CHECK_KEY, ANY_TYPE },
	[RULE_MERGE_ONCE] = { "merge_once", 0, STANDARD_CHECK_MERGE, ANY_TYPE },
};

const char *
rule_kind_name(enum rule_kind kind)
{
	return forms[kind].name;
}

struct rule_cx {
	struct zd_cx *cx;
	const char *file;
	const struct draft_rule *draft;
	const struct rule_form *form;
	const struct standard *std;
	struct standard_rule *rule;
};

static enum zd_rc
bad(const struct rule_cx *c, const char *why, struct zd_str what)
{
	return load_bad(c->cx, c->file, "规则“%.*s”%s%s%.*s%s", ZD_STR_ARG(c->draft->id), why,
			what.n ? "“" : "", ZD_STR_ARG(what), what.n ? "”" : "");
}

static enum zd_rc
find_field(const struct rule_cx *c, struct zd_str name, uint32_t types, int *ret)
{
	for (size_t i = 0; i < c->std->n_fields; i++) {
		if (!zd_str_equal(c->std->fields[i].name, name))
			continue;
		if (!(types & OF(c->std->fields[i].type)))
			return bad(c, "不适用于该类型的字段", name);
		*ret = (int)i;
		return ZD_OK;
	}
	return bad(c, "引用了不存在的字段", name);
}

static unsigned
members_of(const struct draft_rule *d)
{
	return (d->field.n ? NEED_FIELD : 0U) | (d->fields.n ? NEED_FIELDS : 0U) |
	       (d->when_field.n || d->when_in.n ? NEED_WHEN : 0U) |
	       (d->by.n || d->map_codes.n ? NEED_MAP : 0U) | (d->standard.n ? NEED_STANDARD : 0U) |
	       (d->min.n || d->max.n ? NEED_BOUND : 0U) | (d->strict ? MAY_STRICT : 0U) |
	       (d->skip.n ? MAY_SKIP : 0U) | (d->types.n ? NEED_TYPES : 0U);
}

static enum zd_rc
check_form(const struct rule_cx *c)
{
	unsigned has = members_of(c->draft), needs = c->form->needs;

	if (!c->draft->id.n || !c->draft->basis.n)
		return bad(c, "缺少 id 或 basis", (struct zd_str){ 0 });
	if ((has & ~needs) || (needs & ~has & ~(unsigned)MAY_ANY))
		return bad(c, "的成员与其 kind 不符：", c->draft->kind);
	if (c->draft->check < 0 || c->draft->check > 10)
		return bad(c, "的 check 应为 1 至 10", (struct zd_str){ 0 });
	return ZD_OK;
}

/* --- members -------------------------------------------------------------------------- */

static enum zd_rc
one_field(const struct rule_cx *c)
{
	return find_field(c, c->draft->field, c->form->types, &c->rule->field);
}

/* The standard of that name is looked for in compile.c, when all are there. */
static enum zd_rc
reference(const struct rule_cx *c)
{
	c->rule->standard = c->draft->standard;
	c->rule->values = c->draft->skip.v;
	c->rule->n_values = c->draft->skip.n;
	return ZD_OK;
}

/* Whether they are codes is looked at in compile.c, when all lists are there. */
static enum zd_rc
types(const struct rule_cx *c)
{
	c->rule->values = c->draft->types.v;
	c->rule->n_values = c->draft->types.n;
	return ZD_OK;
}

static enum zd_rc
two_fields(const struct rule_cx *c)
{
	const struct texts *fields = &c->draft->fields;
	struct standard_rule *rule = c->rule;

	if (fields->n != 2)
		return bad(c, "的 fields 应为两个字段", (struct zd_str){ 0 });
	ZD_TRY(find_field(c, fields->v[0], c->form->types, &rule->other));
	ZD_TRY(find_field(c, fields->v[1], c->form->types, &rule->field));
	if (rule->kind == RULE_AT_MOST) { /* the small one is marked */
		int small = rule->other;
		rule->other = rule->field;
		rule->field = small;
		if (c->std->fields[rule->field].scale != c->std->fields[rule->other].scale)
			return bad(c, "的两个字段小数位数不同", (struct zd_str){ 0 });
	}
	return ZD_OK;
}

/* The codes that a condition or a certificate map names must be possible values of that field. */
static enum zd_rc
check_values(const struct rule_cx *c, int field, const struct texts *values)
{
	const struct standard_field *f = &c->std->fields[field];

	for (size_t i = 0; i < values->n; i++) {
		if (f->codes && !codes_ever(f->codes, values->v[i]))
			return bad(c, "引用了代码表中没有的代码", values->v[i]);
		if (f->type == STANDARD_BOOL && !zd_str_equal(values->v[i], ZD_STR("1")) &&
		    !zd_str_equal(values->v[i], ZD_STR("0")))
			return bad(c, "中是否字段的值应为 1 或 0，却是", values->v[i]);
	}
	return ZD_OK;
}

static enum zd_rc
when(const struct rule_cx *c)
{
	const struct draft_rule *d = c->draft;

	if (!d->when_in.n)
		return bad(c, "的 when 应有 in", (struct zd_str){ 0 });
	ZD_TRY(find_field(c, d->when_field, ANY_TYPE, &c->rule->other));
	ZD_TRY(check_values(c, c->rule->other, &d->when_in));
	c->rule->values = d->when_in.v;
	c->rule->n_values = d->when_in.n;
	return ZD_OK;
}

static enum zd_rc
map(const struct rule_cx *c)
{
	const struct draft_rule *d = c->draft;
	enum standard_ident *idents =
		zd_new_array(c->cx->arena, enum standard_ident, d->map_codes.n + 1);

	if (!d->by.n || !d->map_codes.n)
		return bad(c, "应有 by 和 map", (struct zd_str){ 0 });
	ZD_TRY(find_field(c, d->by, OF(STANDARD_CODE), &c->rule->other));
	ZD_TRY(check_values(c, c->rule->other, &d->map_codes));
	for (size_t i = 0; i < d->map_idents.n; i++)
		if (!ident_named(d->map_idents.v[i], &idents[i]))
			return bad(c, "引用了不认识的标识规则", d->map_idents.v[i]);
	c->rule->idents = idents;
	c->rule->values = d->map_codes.v;
	c->rule->n_values = d->map_codes.n;
	return ZD_OK;
}

static enum zd_rc
bounds(const struct rule_cx *c)
{
	const struct draft_rule *d = c->draft;
	struct standard_rule *rule = c->rule;
	int scale = c->std->fields[rule->field].scale;

	rule->has_min = d->min.n > 0;
	rule->has_max = d->max.n > 0;
	rule->min_text = d->min;
	rule->max_text = d->max;
	if ((rule->has_min && !value_scaled(d->min, scale, &rule->min)) ||
	    (rule->has_max && !value_scaled(d->max, scale, &rule->max)))
		return bad(c, "的 min、max 小数位数多于字段", (struct zd_str){ 0 });
	return ZD_OK;
}

/* The roles that a kind takes from the standard. */
static enum zd_rc
roles(const struct rule_cx *c)
{
	const struct standard *std = c->std;
	struct standard_rule *rule = c->rule;

	switch (rule->kind) {
	case RULE_ITEM_IN_FORCE:
	case RULE_ITEM_TYPE: rule->field = std->item; break;
	case RULE_LIST_OF_ITEM:
		rule->field = std->list;
		rule->other = std->item;
		break;
	case RULE_KEY_ONCE:
	case RULE_MERGE_ONCE: rule->field = std->key; break;
	case RULE_DATE_ORDER:
	case RULE_NOT_FUTURE:
	case RULE_REQUIRED_IF:
	case RULE_ABSENT_IF:
	case RULE_IDENT_BY:
	case RULE_SAME_COUNT:
	case RULE_DISTINCT:
	case RULE_RANGE:
	case RULE_AT_MOST:
	case RULE_EXISTS:
	case RULE_OFFICER_VALID:
	case RULE_SOURCE_IS_SENDER: return ZD_OK;
	}
	if (rule->field < 0 || !(c->form->types & OF(std->fields[rule->field].type)))
		return bad(c, "需要标准声明 key、item 或 list", (struct zd_str){ 0 });
	if (rule->kind == RULE_MERGE_ONCE && !std->n_merge)
		return bad(c, "需要标准声明 merge", (struct zd_str){ 0 });
	return ZD_OK;
}

static enum zd_rc
compile_members(const struct rule_cx *c)
{
	static const struct {
		unsigned need;
		enum zd_rc (*compile)(const struct rule_cx *c);
	} parts[] = {
		{ NEED_FIELD, one_field }, { NEED_FIELDS, two_fields },
		{ NEED_WHEN, when },       { NEED_MAP, map },
		{ NEED_BOUND, bounds },    { NEED_STANDARD, reference },
		{ NEED_TYPES, types },
	};

	for (size_t i = 0; i < ZD_COUNT(parts); i++)
		if (c->form->needs & parts[i].need)
			ZD_TRY(parts[i].compile(c));
	return roles(c);
}

/* --- rules ---------------------------------------------------------------------------- */

static enum zd_rc
compile_rule(struct rule_cx *c)
{
	const struct draft_rule *d = c->draft;
	struct standard_rule *rule = c->rule;
	size_t kind = 0;

	while (kind < RULE_KINDS && !zd_str_equal(d->kind, zd_str_of(forms[kind].name)))
		kind++;
	if (kind == RULE_KINDS)
		return bad(c, "的 kind 不认识：", d->kind);
	c->form = &forms[kind];
	*rule = (struct standard_rule){
		.kind = (enum rule_kind)kind,
		.name = d->id,
		.field = -1,
		.other = -1,
		.strict = d->strict,
		.check = d->check ? (enum standard_check)d->check : forms[kind].check,
		.message = d->message,
		.todo = d->todo,
		.basis = d->basis,
	};
	ZD_TRY(check_form(c));
	ZD_TRY(compile_members(c));
	rule->id = zd_str_printf(c->cx->arena, "%.*s.%.*s.%.*s", ZD_STR_ARG(c->std->name),
				 ZD_STR_ARG(c->std->fields[rule->field].name), ZD_STR_ARG(d->id));
	return ZD_OK;
}

static bool
has_rule(const struct draft_rules *rules, size_t n, struct zd_str id)
{
	for (size_t i = 0; i < n; i++)
		if (zd_str_equal(rules->v[i].id, id))
			return true;
	return false;
}

static enum zd_rc
compile_into(struct rule_cx *c, const struct draft_rule *draft, struct standard_rule *rules,
	     size_t *n)
{
	c->draft = draft;
	c->rule = &rules[(*n)++];
	return compile_rule(c);
}

/* Numbers by certificate type first: other rules use the canonical number. */
static void
idents_first(struct standard_rule *rules, size_t n)
{
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		struct standard_rule rule = rules[i];
		if (rule.kind != RULE_IDENT_BY)
			continue;
		memmove(&rules[done + 1], &rules[done], (i - done) * sizeof(rule));
		rules[done++] = rule;
	}
}

enum zd_rc
rules_compile(struct zd_cx *cx, const char *file, const struct draft_rules *own,
	      const struct draft_rules *exchange, struct standard *std)
{
	struct standard_rule *rules =
		zd_new_array(cx->arena, struct standard_rule, own->n + exchange->n + 1);
	struct rule_cx c = { .cx = cx, .file = file, .std = std };
	size_t n = 0;

	for (size_t i = 0; i < own->n; i++) {
		if (has_rule(own, i, own->v[i].id))
			return load_bad(cx, file, "规则“%.*s”出现两次", ZD_STR_ARG(own->v[i].id));
		ZD_TRY(compile_into(&c, &own->v[i], rules, &n));
	}
	for (size_t i = 0; i < exchange->n; i++)
		if (!has_rule(own, own->n, exchange->v[i].id))
			ZD_TRY(compile_into(&c, &exchange->v[i], rules, &n));
	idents_first(rules, n);
	std->rules = rules;
	std->n_rules = n;
	return ZD_OK;
}
