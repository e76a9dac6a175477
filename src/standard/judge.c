/*
 * Judges rows: each field by its own rules and the version of the record's date, then the rules
 * between fields, then the rows before. Allocates in the caller's arena only, but for the tables of
 * rows seen.
 */
#include "standard/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/text.h"
#include "standard/value.h"

#define MAX_ROWS 5000000
#define SHOWN 200 /* characters of a value that an error repeats */

struct standard_judge *
standard_judge_new(const struct standard_judge_config *config)
{
	struct standard_judge *judge = calloc(1, sizeof(*judge));
	int y, m, d;

	if (!judge)
		abort();
	judge->config = *config;
	judge->keys.max = judge->merges.max = config->max_rows ? config->max_rows : MAX_ROWS;
	judge->operation = standard_field_find(config->standard, ZD_STR("cd_operation"));
	zd_day_split(config->today, &y, &m, &d);
	(void)snprintf(judge->today_text, sizeof(judge->today_text), "%04u-%02u-%02u",
		       (unsigned)y % 10000U, (unsigned)m % 100U, (unsigned)d % 100U);
	judge->today = zd_str_of(judge->today_text);
	return judge;
}

void
standard_judge_free(struct standard_judge *judge)
{
	if (!judge)
		return;
	seen_keys_free(&judge->keys);
	seen_merges_free(&judge->merges);
	free(judge);
}

uint32_t
standard_judge_unmade(const struct standard_judge *judge)
{
	return judge->unmade;
}

/* --- errors --------------------------------------------------------------------------- */

struct zd_str
row_value(const struct row *row, int field)
{
	struct zd_str raw = field >= 0 && row->raw ? row->raw[field] : (struct zd_str){ 0 };

	raw = text_cut(raw, SHOWN);
	raw.n = zd_utf8_check(raw);
	return raw;
}

void
row_error(struct row *row, const struct standard_error *error)
{
	if (row->n_errors == STANDARD_MAX_ERRORS)
		return;
	row->errors = zd_grow(row->arena, row->errors, row->n_errors, &row->cap_errors,
			      sizeof(*row->errors));
	row->errors[row->n_errors++] = *error;
}

/* A fault of the field being parsed. */
static void
field_fault(void *arg, const struct standard_fault *fault)
{
	struct row *row = arg;
	const struct standard_field *f = &row->std->fields[row->field];

	row_error(row, &(struct standard_error){
			       .row = row->number,
			       .field = row->field,
			       .rule = zd_str_printf(row->arena, "%.*s.%.*s.%s",
						     ZD_STR_ARG(row->std->name),
						     ZD_STR_ARG(f->name), fault->rule),
			       .check = fault->check,
			       .value = row_value(row, row->field),
			       .message = zd_str_printf(row->arena, "「%.*s」%s",
							ZD_STR_ARG(f->title), fault->message),
			       .todo = zd_str_copy(row->arena, zd_str_of(fault->todo)),
			       .basis = f->basis,
		       });
}

/* --- fields --------------------------------------------------------------------------- */

struct ident_env
row_ident_env(const struct row *row)
{
	const struct standard_set *set = row->std->set;

	return (struct ident_env){ set->divisions, set->industries,
				   row->day == ZD_NO_DAY ? row->today : row->day, row->today };
}

/* A required field that is empty: the key's absence is a matter of keys. */
static void
missing(struct row *row, const struct standard_field *f)
{
	struct standard_fault fault = { .rule = "required" };

	fault.check = row->field == row->std->key ? STANDARD_CHECK_KEY : STANDARD_CHECK_FORM;
	(void)fault_set(&fault, "请补填", "必填，但没有填");
	if (f->example.n)
		(void)snprintf(fault.todo, sizeof(fault.todo), "请补填，如：%.*s",
			       ZD_STR_ARG(text_cut(f->example, 60)));
	field_fault(row, &fault);
}

static void
wrong_version(struct row *row, const struct standard_field *f)
{
	struct standard_fault fault = { .rule = "version" };
	bool early = row->version_day < f->from;

	(void)fault_set(&fault, "请清空该列，或核对记录日期",
			"%s%.*s版%s，这条记录的日期不应有该项", early ? "自" : "至",
			ZD_STR_ARG(early ? f->since : f->until_version), early ? "起才有" : "为止");
	field_fault(row, &fault);
}

void
row_field(struct row *row, int field)
{
	const struct standard_field *f = &row->std->fields[field];
	struct zd_str raw = row->raw[field], in;

	row->field = field;
	in = raw.n ? text_trim(raw) : raw;
	row->given[field] = in.n > 0;
	bool exists = row->version_day >= f->from && row->version_day <= f->until;
	if (!in.n) {
		if (exists && (f->required || field == row->std->key))
			missing(row, f);
		return;
	}
	if (!exists) {
		wrong_version(row, f);
		return;
	}
	struct value_env env = { row_ident_env(row), row->arena, field_fault, row };
	struct zd_str canon;
	if (value_parse(&env, f, in, &canon))
		row->canon[field] = canon;
}

/* The record's day decides the version before anything else is judged. */
static int32_t
day_of(const struct standard *std, const struct zd_str *raw)
{
	struct standard_fault unused;
	int32_t day;

	if (std->date < 0 || !raw[std->date].n)
		return ZD_NO_DAY;
	return value_date(text_trim(raw[std->date]), &day, &unused) ? day : ZD_NO_DAY;
}

/* --- the rows before ------------------------------------------------------------------ */

static const struct standard_rule *
find_rule(const struct standard *std, enum rule_kind kind)
{
	for (size_t i = 0; i < std->n_rules; i++)
		if (std->rules[i].kind == kind)
			return &std->rules[i];
	return NULL;
}

/* What the row says, but for how it travelled; of a wrong value, as sent. */
static uint64_t
content_print(const struct row *row, char operation)
{
	struct print print;

	print_begin(&print);
	print_add(&print, operation == 'd' ? ZD_STR("d") : ZD_STR("i"));
	for (size_t i = 0; operation != 'd' && i < row->std->n_fields; i++) {
		if (row->std->fields[i].exchange)
			continue;
		print_add(&print, row->canon[i].p || !row->given[i] ? row->canon[i] : row->raw[i]);
	}
	return print_end(&print);
}

static void
judge_key(struct row *row, char operation)
{
	struct standard_judge *judge = row->judge;
	const struct standard_rule *rule = find_rule(row->std, RULE_KEY_ONCE);
	struct zd_str key = row->canon[row->std->key];

	if (!key.n)
		return;
	struct seen_key now = { row->key_print, row->content_print, row->number, false,
				operation == 'd' };
	struct seen_key *before = seen_key_find(&judge->keys, now.print);
	/* which of both the sender means to be last the order of a file does not say */
	if (rule && before && before->removes != now.removes)
		rule_error(row, rule, key, "与第%d行一是删除，一是报送，请分两份文件先后送",
			   before->row);
	else if (rule && before && before->content != now.content)
		rule_error(row, rule, key, "与第%d行", before->row);
	bool good = !row->n_errors && operation != 'd';
	if (before) {
		before->good = before->good || good;
		return;
	}
	now.good = good;
	if (!seen_key_add(&judge->keys, &now) && rule)
		rule_unmade(row, rule);
}

static uint64_t
merge_print_of(const struct row *row)
{
	const struct standard *std = row->std;
	struct print print;

	if (!std->n_merge)
		return 0;
	print_begin(&print);
	for (size_t i = 0; i < std->n_merge; i++) {
		if (!row->canon[std->merge[i]].n)
			return 0;
		print_add(&print, row->canon[std->merge[i]]);
	}
	return print_end(&print);
}

/* After the rules, which bring numbers into canonical form. */
static void
take_prints(struct row *row, char operation)
{
	struct zd_str key = row->canon[row->std->key];

	row->key_print = key.n ? standard_print(&key, 1) : 0;
	seen_key_prefetch(&row->judge->keys, row->key_print);
	if (operation != 'd')
		row->merge_print = merge_print_of(row);
	seen_merge_prefetch(&row->judge->merges, row->merge_print);
	row->content_print = content_print(row, operation);
}

/* The message of a merge: which other record. */
static void
merge_error(struct row *row, const struct standard_rule *rule, struct zd_str own,
	    struct zd_str other, int other_row)
{
	struct zd_str title = row->std->fields[row->std->key].title;

	if (other_row && other.n)
		rule_error(row, rule, own, "第%d行，%.*s%.*s", other_row, ZD_STR_ARG(title),
			   ZD_STR_ARG(text_cut(other, 60)));
	else if (other_row)
		rule_error(row, rule, own, "第%d行", other_row);
	else
		rule_error(row, rule, own, "已有记录，%.*s%.*s", ZD_STR_ARG(title),
			   ZD_STR_ARG(text_cut(other, 60)));
}

static void
judge_merge(struct row *row)
{
	struct standard_judge *judge = row->judge;
	const struct standard_refs *refs = judge->config.refs;
	const struct standard_rule *rule = find_rule(row->std, RULE_MERGE_ONCE);
	struct zd_str key = row->canon[row->std->key], other = { 0 };

	uint64_t print = row->merge_print;

	if (!rule || !print || !key.n)
		return;
	const struct seen_merge *before = seen_merge_find(&judge->merges, print);
	if (before && before->key != row->key_print) {
		merge_error(row, rule, key, seen_merge_key(&judge->merges, before), before->row);
		return;
	}
	enum standard_answer same = STANDARD_CANNOT_TELL;
	if (refs && refs->same)
		same = refs->same(refs->arg, row->std->name, judge->config.dept, print, key,
				  &other);
	if (same == STANDARD_YES)
		merge_error(row, rule, key, other, 0);
	if (same == STANDARD_CANNOT_TELL)
		rule_unmade(row, rule);
	if (!before && !row->n_errors &&
	    !seen_merge_add(&judge->merges, print, row->key_print, row->number, key))
		rule_unmade(row, rule);
}

void
standard_merge_found(const struct standard *std, struct zd_arena *arena, int number,
		     struct zd_str other_key, struct standard_verdict *verdict)
{
	const struct standard_rule *rule = find_rule(std, RULE_MERGE_ONCE);
	struct row row = { .std = std, .arena = arena, .number = number };

	if (!rule)
		return;
	for (size_t i = 0; i < verdict->n_errors; i++)
		row_error(&row, &verdict->errors[i]);
	merge_error(&row, rule, verdict->canon[std->key], other_key, 0);
	verdict->errors = row.errors;
	verdict->n_errors = row.n_errors;
	verdict->good = false;
}

/* --- rows ----------------------------------------------------------------------------- */

static char
operation_of(const struct standard_judge *judge, char operation, const struct zd_str *raw)
{
	if (!operation && judge->operation >= 0) {
		struct zd_str sent = text_trim(raw[judge->operation]);
		if (sent.n == 1)
			operation = sent.p[0];
	}
	if (operation == 'u' || operation == 'U')
		return 'u';
	return operation == 'd' || operation == 'D' ? 'd' : 'i';
}

static void
judge_fields(struct row *row, char operation)
{
	for (size_t i = 0; i < row->std->n_fields; i++)
		if (operation != 'd' || (int)i == row->std->key || row->std->fields[i].exchange)
			row_field(row, (int)i);
}

void
standard_judge_row(struct standard_judge *judge, struct zd_arena *arena, int number, char operation,
		   const struct zd_str *raw, struct standard_verdict *ret)
{
	const struct standard *std = judge->config.standard;
	struct row row = {
		.judge = judge,
		.std = std,
		.arena = arena,
		.number = number,
		.today = judge->config.today,
		.raw = raw,
		.day = day_of(std, raw),
		.canon = zd_new_array(arena, struct zd_str, std->n_fields),
	};

	operation = operation_of(judge, operation, raw);
	row.version_day = standard_version_day(std, row.day);
	judge_fields(&row, operation);
	if (operation == 'd')
		rules_judge_deletion(&row);
	else
		rules_judge(&row);
	take_prints(&row, operation);
	if (operation != 'd')
		judge_merge(&row);
	judge_key(&row, operation);
	*ret = (struct standard_verdict){
		.good = !row.n_errors,
		.operation = operation,
		.day = operation == 'd' ? ZD_NO_DAY : row.day,
		.merge_print = row.merge_print,
		.canon = row.canon,
		.errors = row.errors,
		.n_errors = row.n_errors,
	};
}

bool
standard_judge_field(const struct standard *std, size_t field, struct zd_str raw, int32_t day,
		     int32_t today, struct zd_arena *arena, struct zd_str *ret_canon,
		     struct standard_error *ret_error)
{
	struct zd_str *raws = zd_new_array(arena, struct zd_str, std->n_fields);
	struct row row = {
		.std = std,
		.arena = arena,
		.today = today,
		.day = day,
		.raw = raws,
		.canon = zd_new_array(arena, struct zd_str, std->n_fields),
		.version_day = standard_version_day(std, day),
	};

	raws[field] = raw;
	row_field(&row, (int)field);
	if (row.n_errors) {
		*ret_error = row.errors[0];
		return false;
	}
	*ret_canon = row.canon[field];
	return true;
}
