/* The rules between fields and those that ask the city. One function a kind; compile.c saw to it
 * that the fields fit. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/codes.h"
#include "standard/judge.h"
#include "standard/text.h"
#include "standard/value.h"

#define PUBLIC_ENOUGH 2 /* values of higher classes are not repeated in messages */
#define DETAIL 320

static const struct standard_field *
field_at(const struct row *row, int field)
{
	return &row->std->fields[field];
}

/* What a rule says when its file does not. */
static const struct rule_words {
	const char *message, *todo;
} words[RULE_KINDS] = {
	[RULE_DATE_ORDER] = { "日期先后不合理", "请核对两个日期" },
	[RULE_NOT_FUTURE] = { "晚于今天", "请核对日期，尚未发生的不报送" },
	[RULE_REQUIRED_IF] = { "此时必填，但没有填", "请补填" },
	[RULE_ABSENT_IF] = { "此时不应填写", "请清空" },
	[RULE_IDENT_BY] = { "与证件类型不符", "请核对证件类型和号码" },
	[RULE_SAME_COUNT] = { "项数不同", "请逐项对应填写" },
	[RULE_DISTINCT] = { "有重复的项", "请删去重复的项" },
	[RULE_RANGE] = { "超出允许的范围", "请核对数值" },
	[RULE_AT_MOST] = { "超过上限", "请核对两个数值" },
	[RULE_ITEM_IN_FORCE] = { "监管事项未生效或未认领", "请核对事项编码和日期" },
	[RULE_ITEM_TYPE] = { "监管事项的行政类型与所报行为不符", "请改填相应行政类型的事项" },
	[RULE_LIST_OF_ITEM] = { "检查实施清单未公布或不属于所填事项", "请核对清单编码" },
	[RULE_EXISTS] = { "没有找到所引用的记录", "请先报送所引用的记录，或更正编号" },
	[RULE_OFFICER_VALID] = { "执法证号无效", "请核对执法证号" },
	[RULE_SOURCE_IS_SENDER] = { "数据来源不是报送部门", "请更正数据来源" },
	[RULE_KEY_ONCE] = { "编号重复而内容不同", "请保留正确的一行，或改正编号" },
	[RULE_MERGE_ONCE] = { "与另一编号的记录是同一件事", "请只保留一条" },
};

static void
add_rule_error(struct row *row, const struct standard_rule *rule, struct zd_str value,
	       const char *detail, struct zd_str todo)
{
	const struct standard_field *f = field_at(row, rule->field);
	bool shown = value.n && f->data_class <= PUBLIC_ENOUGH;
	struct zd_str v = shown ? text_cut(value, 60) : ZD_STR("");
	struct zd_str message =
		rule->message.n ? rule->message : zd_str_of(words[rule->kind].message);

	row_error(row, &(struct standard_error){
			       .row = row->number,
			       .field = rule->field,
			       .rule = rule->id,
			       .check = rule->check,
			       .value = row->raw ? row_value(row, rule->field)
						 : zd_str_copy(row->arena, text_cut(value, 200)),
			       .message = zd_str_printf(row->arena, "「%.*s」%.*s：%.*s%s%s%s",
							ZD_STR_ARG(f->title), ZD_STR_ARG(v),
							ZD_STR_ARG(message), *detail ? "（" : "",
							detail, *detail ? "）" : ""),
			       .todo = todo,
			       .basis = rule->basis,
		       });
}

void
rule_error(struct row *row, const struct standard_rule *rule, struct zd_str value, const char *fmt,
	   ...)
{
	char detail[DETAIL];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	detail[zd_utf8_check(zd_str_of(detail))] = '\0';
	add_rule_error(row, rule, value, detail,
		       rule->todo.n ? rule->todo : zd_str_of(words[rule->kind].todo));
}

void
rule_unmade(const struct row *row, const struct standard_rule *rule)
{
	row->judge->unmade |= 1U << rule->check;
}

/* --- dates ---------------------------------------------------------------------------- */

static void
date_order(struct row *row, const struct standard_rule *rule)
{
	struct zd_str earlier = row->canon[rule->other], later = row->canon[rule->field];

	if (!earlier.p || !later.p)
		return;
	int c = zd_str_compare(earlier, later); /* canonical dates sort as text */
	if (c < 0 || (c == 0 && !rule->strict))
		return;
	rule_error(row, rule, later, "「%.*s」为%.*s",
		   ZD_STR_ARG(field_at(row, rule->other)->title), ZD_STR_ARG(earlier));
}

static void
not_future(struct row *row, const struct standard_rule *rule)
{
	struct zd_str day = row->canon[rule->field];

	if (day.p && zd_str_compare(day, row->judge->today) > 0)
		rule_error(row, rule, day, "今天是%.*s", ZD_STR_ARG(row->judge->today));
}

/* --- conditions ----------------------------------------------------------------------- */

/* The first item of the condition's field that is one of the rule's values, or absent. */
static struct zd_str
condition(const struct row *row, const struct standard_rule *rule)
{
	struct zd_str rest = row->canon[rule->other], item;

	while (value_next_item(&rest, &item))
		for (size_t i = 0; i < rule->n_values; i++)
			if (zd_str_equal(item, rule->values[i]))
				return item;
	return (struct zd_str){ 0 };
}

static void
condition_error(struct row *row, const struct standard_rule *rule, struct zd_str code)
{
	const struct standard_field *other = field_at(row, rule->other);
	struct zd_str name = { 0 };

	if (other->codes)
		name = standard_code_name(other->codes, code, row->day);
	else if (other->type == STANDARD_BOOL)
		name = code.p[0] == '1' ? ZD_STR("是") : ZD_STR("否");
	rule_error(row, rule, row->canon[rule->field], "「%.*s」为%.*s%s%.*s",
		   ZD_STR_ARG(other->title), ZD_STR_ARG(code), name.n ? " " : "",
		   ZD_STR_ARG(text_cut(name, 40)));
}

static void
required_if(struct row *row, const struct standard_rule *rule)
{
	struct zd_str code = row->given[rule->field] ? (struct zd_str){ 0 } : condition(row, rule);

	if (code.p)
		condition_error(row, rule, code);
}

static void
absent_if(struct row *row, const struct standard_rule *rule)
{
	struct zd_str code = row->given[rule->field] ? condition(row, rule) : (struct zd_str){ 0 };

	if (code.p)
		condition_error(row, rule, code);
}

/* --- numbers of certificates ---------------------------------------------------------- */

static void
ident_by(struct row *row, const struct standard_rule *rule)
{
	struct zd_str value = row->canon[rule->field], type = row->canon[rule->other];
	struct ident_env env = row_ident_env(row);
	struct standard_rule exact = *rule;
	struct standard_fault fault;
	struct ident code;
	size_t i = 0;

	while (i < rule->n_values && !zd_str_equal(rule->values[i], type))
		i++;
	if (!value.p || !type.p || i == rule->n_values)
		return;
	if (ident_check(rule->idents[i], &env, value, &code, &fault)) {
		struct zd_str canon = { code.text, code.n };
		if (!zd_str_equal(canon, value))
			row->canon[rule->field] = zd_str_copy(row->arena, canon);
		return;
	}
	/* The official catalogue has a type of its own for each kind of number. */
	if (fault.check == STANDARD_CHECK_USCC || fault.check == STANDARD_CHECK_ID_CARD)
		exact.check = fault.check;
	exact.message = zd_str_of(fault.message);
	char todo[sizeof(fault.todo) + 64];
	struct zd_str name = standard_code_name(field_at(row, rule->other)->codes, type, row->day);
	(void)snprintf(todo, sizeof(todo), "%s，或更正证件类型", fault.todo);
	char detail[128];
	(void)snprintf(detail, sizeof(detail), "证件类型为%.*s %.*s", ZD_STR_ARG(type),
		       ZD_STR_ARG(text_cut(name, 30)));
	add_rule_error(row, &exact, (struct zd_str){ 0 }, detail,
		       zd_str_copy(row->arena, zd_str_of(todo)));
	row->canon[rule->field] = (struct zd_str){ 0 };
}

/* --- lists and numbers ---------------------------------------------------------------- */

static void
same_count(struct row *row, const struct standard_rule *rule)
{
	struct zd_str a = row->canon[rule->field], b = row->canon[rule->other];
	size_t na = value_items(a), nb = value_items(b);

	if (a.p && b.p && na != nb)
		rule_error(row, rule, (struct zd_str){ 0 }, "「%.*s」%zu项，「%.*s」%zu项",
			   ZD_STR_ARG(field_at(row, rule->other)->title), nb,
			   ZD_STR_ARG(field_at(row, rule->field)->title), na);
}

static void
distinct(struct row *row, const struct standard_rule *rule)
{
	struct zd_str rest = row->canon[rule->field], item, other;

	for (size_t i = 1; value_next_item(&rest, &item); i++) {
		struct zd_str after = rest;
		for (size_t k = i + 1; value_next_item(&after, &other); k++) {
			if (!zd_str_equal(item, other))
				continue;
			rule_error(row, rule, (struct zd_str){ 0 }, "第%zu项与第%zu项相同", k, i);
			return;
		}
	}
}

static void
range(struct row *row, const struct standard_rule *rule)
{
	struct zd_str value = row->canon[rule->field];
	int64_t v;

	if (!value.p || !value_scaled(value, field_at(row, rule->field)->scale, &v))
		return;
	if (rule->has_min && v < rule->min)
		rule_error(row, rule, value, "不小于%.*s", ZD_STR_ARG(rule->min_text));
	else if (rule->has_max && v > rule->max)
		rule_error(row, rule, value, "不大于%.*s", ZD_STR_ARG(rule->max_text));
}

static void
at_most(struct row *row, const struct standard_rule *rule)
{
	struct zd_str small = row->canon[rule->field], large = row->canon[rule->other];
	int scale = field_at(row, rule->field)->scale;
	int64_t a, b;

	if (!small.p || !large.p || !value_scaled(small, scale, &a) ||
	    !value_scaled(large, scale, &b) || a <= b)
		return;
	rule_error(row, rule, small, "「%.*s」为%.*s",
		   ZD_STR_ARG(field_at(row, rule->other)->title), ZD_STR_ARG(large));
}

/* --- what only the city knows --------------------------------------------------------- */

/* The day on which references are asked; false if the record should have one and has not: told
 * already. */
static bool
reference_day(const struct row *row, int32_t *ret)
{
	*ret = row->std->date < 0 ? row->today : row->day;
	return *ret != ZD_NO_DAY;
}

static void
item_in_force(struct row *row, const struct standard_rule *rule)
{
	const struct standard_refs *refs = row->judge->config.refs;
	struct zd_str rest = row->canon[rule->field], item;
	int32_t day;

	if (!reference_day(row, &day))
		return;
	while (value_next_item(&rest, &item)) {
		struct zd_str why = { 0 };
		enum standard_answer answer =
			refs && refs->item
				? refs->item(refs->arg, item, row->judge->config.dept, day, &why)
				: STANDARD_CANNOT_TELL;
		if (answer == STANDARD_CANNOT_TELL)
			rule_unmade(row, rule);
		if (answer == STANDARD_NO)
			rule_error(row, rule, item, "%.*s", ZD_STR_ARG(why));
	}
}

/* "行政检查", or the code itself. */
static struct zd_str
type_name(const struct standard_rule *rule, struct zd_str type)
{
	const struct standard_code *code = codes_ever(rule->types, type);

	return code ? code->name : type;
}

/* "行政检查" or "行政强制或其他". */
static void
put_types(struct zd_out *why, const struct standard_rule *rule)
{
	for (size_t i = 0; i < rule->n_values; i++) {
		if (i)
			zd_out_write(why, ZD_STR("或"));
		zd_out_write(why, type_name(rule, rule->values[i]));
	}
}

static void
put_item(struct zd_out *why, struct zd_str item, struct zd_str name)
{
	zd_out_write(why, ZD_STR("事项"));
	zd_out_write(why, name.n ? ZD_STR("「") : item);
	if (!name.n)
		return;
	zd_out_write(why, text_cut(name, 60));
	zd_out_write(why, ZD_STR("」"));
}

/* STANDARD_NO with the reason: of another kind than the rule's, or of none. */
static enum standard_answer
ask_type(const struct standard *std, const struct standard_rule *rule,
	 const struct standard_refs *refs, struct zd_str item, struct zd_out *why)
{
	struct zd_str type = { 0 }, name = { 0 };
	enum standard_answer answer = refs && refs->item_type
					      ? refs->item_type(refs->arg, item, &type, &name)
					      : STANDARD_CANNOT_TELL;

	if (answer == STANDARD_CANNOT_TELL || (answer == STANDARD_YES && !type.p))
		return answer;
	for (size_t i = 0; answer == STANDARD_YES && i < rule->n_values; i++)
		if (zd_str_equal(rule->values[i], type))
			return STANDARD_YES;
	put_item(why, item, name);
	if (answer == STANDARD_NO) {
		zd_out_write(why, ZD_STR("在目录中没有登记行政类型"));
	} else {
		zd_out_write(why, ZD_STR("的行政类型是"));
		zd_out_write(why, type_name(rule, type));
	}
	zd_out_write(why, ZD_STR("，"));
	zd_out_write(why, std->title);
	zd_out_write(why, ZD_STR("只能引用"));
	put_types(why, rule);
	zd_out_write(why, ZD_STR("类的事项"));
	return STANDARD_NO;
}

static void
item_type(struct row *row, const struct standard_rule *rule)
{
	const struct standard_refs *refs = row->judge->config.refs;
	struct zd_str rest = row->canon[rule->field], item;

	while (value_next_item(&rest, &item)) {
		struct zd_out why ZD_CLEANUP(zd_out_drop) = { .max = 1024 };
		enum standard_answer answer = ask_type(row->std, rule, refs, item, &why);
		if (answer == STANDARD_CANNOT_TELL)
			rule_unmade(row, rule);
		if (answer == STANDARD_NO)
			rule_error(row, rule, item, "%.*s", ZD_STR_ARG(zd_out_str(&why)));
	}
}

bool
standard_item_fits(const struct standard *std, const struct standard_refs *refs, struct zd_str item,
		   struct zd_out *why)
{
	for (size_t i = 0; i < std->n_rules; i++)
		if (std->rules[i].kind == RULE_ITEM_TYPE &&
		    ask_type(std, &std->rules[i], refs, item, why) == STANDARD_NO)
			return false;
	return true;
}

/* Of several items cited, the list may belong to any. */
static enum standard_answer
ask_list(const struct row *row, struct zd_str list, struct zd_str items, int32_t day,
	 struct zd_str *ret_why)
{
	const struct standard_refs *refs = row->judge->config.refs;
	struct zd_str item = { 0 };
	enum standard_answer answer = STANDARD_NO;

	if (!refs || !refs->list)
		return STANDARD_CANNOT_TELL;
	(void)value_next_item(&items, &item);
	do
		answer = refs->list(refs->arg, list, item, day, ret_why);
	while (answer == STANDARD_NO && value_next_item(&items, &item));
	return answer;
}

static void
list_of_item(struct row *row, const struct standard_rule *rule)
{
	struct zd_str rest = row->canon[rule->field], list;
	struct zd_str items = rule->other >= 0 ? row->canon[rule->other] : (struct zd_str){ 0 };
	int32_t day;

	if (!reference_day(row, &day))
		return;
	while (value_next_item(&rest, &list)) {
		struct zd_str why = { 0 };
		enum standard_answer answer = ask_list(row, list, items, day, &why);
		if (answer == STANDARD_CANNOT_TELL)
			rule_unmade(row, rule);
		if (answer == STANDARD_NO)
			rule_error(row, rule, list, "%.*s", ZD_STR_ARG(why));
	}
}

static bool
is_skipped(const struct standard_rule *rule, struct zd_str key)
{
	for (size_t i = 0; i < rule->n_values; i++)
		if (zd_str_equal(rule->values[i], key))
			return true;
	return false;
}

static enum standard_answer
ask_record(const struct row *row, const struct standard_rule *rule, struct zd_str key)
{
	const struct standard_judge *judge = row->judge;
	const struct standard_refs *refs = judge->config.refs;

	if (zd_str_equal(rule->standard, row->std->name)) {
		const struct seen_key *before =
			seen_key_find(&judge->keys, standard_print(&key, 1));
		if (before && before->good)
			return STANDARD_YES;
	}
	if (!refs || !refs->record)
		return STANDARD_CANNOT_TELL;
	return refs->record(refs->arg, rule->standard, judge->config.dept, key);
}

static void
exists(struct row *row, const struct standard_rule *rule)
{
	bool list = field_at(row, rule->field)->type == STANDARD_LIST;
	struct zd_str rest = row->canon[rule->field], key = rest;

	while (list ? value_next_item(&rest, &key) : rest.p != NULL) {
		enum standard_answer answer =
			is_skipped(rule, key) ? STANDARD_YES : ask_record(row, rule, key);
		if (answer == STANDARD_CANNOT_TELL)
			rule_unmade(row, rule);
		if (answer == STANDARD_NO)
			rule_error(row, rule, key, "%s", "");
		if (!list)
			return;
	}
}

static void
officer_valid(struct row *row, const struct standard_rule *rule)
{
	const struct standard_refs *refs = row->judge->config.refs;
	struct zd_str rest = row->canon[rule->field], certificate;
	int32_t day;

	if (!reference_day(row, &day))
		return;
	while (value_next_item(&rest, &certificate)) {
		struct zd_str why = { 0 };
		enum standard_answer answer =
			refs && refs->officer ? refs->officer(refs->arg, certificate,
							      row->judge->config.dept, day, &why)
					      : STANDARD_CANNOT_TELL;
		if (answer == STANDARD_CANNOT_TELL)
			rule_unmade(row, rule);
		if (answer == STANDARD_NO)
			rule_error(row, rule, certificate, "%.*s", ZD_STR_ARG(why));
	}
}

static void
source_is_sender(struct row *row, const struct standard_rule *rule)
{
	struct zd_str sent = row->canon[rule->field], want = row->judge->config.dept_source;
	char buf[128];

	if (!sent.p)
		return;
	if (!want.p) {
		rule_unmade(row, rule);
		return;
	}
	size_t n = text_fold(sent, TEXT_NUMBER, buf, sizeof(buf));
	if (n == SIZE_MAX || !zd_str_equal((struct zd_str){ buf, n }, want))
		rule_error(row, rule, sent, "本部门的数据来源为%.*s",
			   ZD_STR_ARG(text_cut(want, 40)));
}

/* --- all ------------------------------------------------------------------------------ */

typedef void rule_fn(struct row *row, const struct standard_rule *rule);

static rule_fn *const judges[RULE_KINDS] = {
	[RULE_DATE_ORDER] = date_order,
	[RULE_NOT_FUTURE] = not_future,
	[RULE_REQUIRED_IF] = required_if,
	[RULE_ABSENT_IF] = absent_if,
	[RULE_IDENT_BY] = ident_by,
	[RULE_SAME_COUNT] = same_count,
	[RULE_DISTINCT] = distinct,
	[RULE_RANGE] = range,
	[RULE_AT_MOST] = at_most,
	[RULE_ITEM_IN_FORCE] = item_in_force,
	[RULE_ITEM_TYPE] = item_type,
	[RULE_LIST_OF_ITEM] = list_of_item,
	[RULE_EXISTS] = exists,
	[RULE_OFFICER_VALID] = officer_valid,
	[RULE_SOURCE_IS_SENDER] = source_is_sender,
	[RULE_KEY_ONCE] = NULL, /* judge.c, against the rows before */
	[RULE_MERGE_ONCE] = NULL,
};

void
rules_judge(struct row *row)
{
	for (size_t i = 0; i < row->std->n_rules; i++) {
		const struct standard_rule *rule = &row->std->rules[i];
		if (judges[rule->kind])
			judges[rule->kind](row, rule);
	}
}

void
rules_judge_deletion(struct row *row)
{
	for (size_t i = 0; i < row->std->n_rules; i++)
		if (row->std->rules[i].kind == RULE_SOURCE_IS_SENDER)
			source_is_sender(row, &row->std->rules[i]);
}
