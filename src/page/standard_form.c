/* Records of a data standard as forms and as facts: all from the standard's own declaration. */
#include <string.h>

#include "page/page.h"
#include "trust/trust.h"

#define MAX_SELECT 200 /* longer code lists are typed */

static bool
exists_on(const struct standard_field *field, int32_t day)
{
	return day == ZD_NO_DAY || (field->from <= day && day <= field->until);
}

static bool
in_force(const struct standard_code *code, int32_t day)
{
	return day == ZD_NO_DAY || (code->from <= day && day <= code->until);
}

static struct page_choice *
choices_of(struct zd_arena *arena, const struct standard_codes *codes, int32_t day)
{
	struct page_choice *choices = zd_new_array(arena, struct page_choice, codes->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < codes->n; i++)
		if (in_force(&codes->codes[i], day))
			choices[n++] = (struct page_choice){ codes->codes[i].code,
							     codes->codes[i].name, PAGE_PLAIN };
	return choices;
}

static enum page_input
input_of(const struct standard_field *field)
{
	bool listed = field->codes && field->codes->n <= MAX_SELECT;

	switch (field->type) {
	case STANDARD_CODE: return listed ? PAGE_INPUT_SELECT : PAGE_INPUT_TEXT;
	case STANDARD_CODES: return listed ? PAGE_INPUT_MANY : PAGE_INPUT_TEXT;
	case STANDARD_DATE: return PAGE_INPUT_DAY;
	case STANDARD_INT:
	case STANDARD_DECIMAL: return PAGE_INPUT_NUMBER;
	case STANDARD_BOOL: return PAGE_INPUT_SELECT;
	case STANDARD_LIST: return PAGE_INPUT_TEXT;
	case STANDARD_TEXT:
		return field->max == 0 || field->max > 500 ? PAGE_INPUT_AREA : PAGE_INPUT_TEXT;
	}
	return PAGE_INPUT_TEXT;
}

static const struct page_choice yes_no[] = {
	{ ZD_LIT("1"), ZD_LIT("是"), PAGE_PLAIN },
	{ ZD_LIT("0"), ZD_LIT("否"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

static struct zd_str
hint_of(struct zd_arena *arena, const struct standard_field *field)
{
	if (field->hint.n)
		return field->hint;
	if (field->type == STANDARD_LIST && field->min_items > 1)
		return zd_str_printf(arena, "至少 %d 项，用逗号分开", field->min_items);
	if (field->type == STANDARD_LIST)
		return ZD_STR("多项用逗号分开");
	return (struct zd_str){ 0 };
}

/* What is chosen needs none. */
static struct zd_str
example_of(const struct standard_field *field)
{
	enum page_input input = input_of(field);

	return input == PAGE_INPUT_TEXT || input == PAGE_INPUT_AREA || input == PAGE_INPUT_NUMBER
		       ? field->example
		       : (struct zd_str){ 0 };
}

/* What is wrong, and behind it what to do. */
static struct zd_str
error_of(struct zd_arena *arena, const struct standard_error *errors, size_t n, int field)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };

	for (size_t i = 0; i < n; i++) {
		if (errors[i].field != field)
			continue;
		zd_out_write(&out, errors[i].message);
		if (errors[i].todo.n)
			zd_out_write(&out, ZD_STR("。"));
		zd_out_write(&out, errors[i].todo);
	}
	return out.n ? zd_str_copy(arena, zd_out_str(&out)) : (struct zd_str){ 0 };
}

/* As a person would type it. */
static struct zd_str
value_of(const struct standard_field *field, struct zd_str value)
{
	return field->type == STANDARD_DECIMAL ? page_trim_decimals(value) : value;
}

struct page_field *
page_standard_fields(struct zd_cx *cx, const struct standard *std, int32_t day,
		     const struct zd_str *values, const struct standard_error *errors,
		     size_t n_errors)
{
	struct page_field *fields = zd_new_array(cx->arena, struct page_field, std->n_fields);

	for (size_t i = 0; i < std->n_fields; i++) {
		const struct standard_field *from = &std->fields[i];
		bool yes = from->type == STANDARD_BOOL;
		fields[i] = (struct page_field){
			.input = input_of(from),
			.name = from->name,
			.label = from->title,
			.value = values ? value_of(from, values[i]) : (struct zd_str){ 0 },
			.hint = hint_of(cx->arena, from),
			.example = example_of(from),
			.unit = from->unit,
			.error = error_of(cx->arena, errors, n_errors, (int)i),
			.required = from->required,
			.radio = yes,
			.narrow = from->type == STANDARD_DATE || from->type == STANDARD_INT ||
				  from->type == STANDARD_DECIMAL ||
				  (from->max > 0 && from->max <= 20),
			.max = from->max,
			.choices = yes           ? yes_no
				   : from->codes ? choices_of(cx->arena, from->codes, day)
						 : NULL,
		};
		if (!exists_on(from, day))
			fields[i].input = PAGE_INPUT_HIDDEN;
	}
	return fields;
}

static const struct page_section *
section_at(const struct page_section *sections, struct zd_str name)
{
	for (; sections && sections->first; sections++)
		if (zd_str_equal(zd_str_of(sections->first), name))
			return sections;
	return NULL;
}

static void
put_section(struct zd_out *out, const struct page_form *form, struct zd_str title, bool required)
{
	page_form_section_begin(out, title, (struct zd_str){ 0 });
	for (size_t i = 0; i < form->n_fields; i++)
		if (form->fields[i].required == required)
			page_form_field(out, &form->fields[i]);
	page_form_section_end(out);
}

void
page_standard_form(struct zd_out *out, const struct standard *std, const struct page_form *form,
		   const struct page_section *sections)
{
	bool open = false;

	if (!sections) {
		put_section(out, form, ZD_STR("必填信息"), true);
		put_section(out, form, ZD_STR("其他信息"), false);
		return;
	}
	for (size_t i = 0; i < std->n_fields && i < form->n_fields; i++) {
		const struct page_section *section = section_at(sections, std->fields[i].name);
		if (section && open)
			page_form_section_end(out);
		if (section)
			page_form_section_begin(out, section->title, section->hint);
		open |= section != NULL;
		page_form_field(out, &form->fields[i]);
	}
	if (open)
		page_form_section_end(out);
}

/* --- facts --------------------------------------------------------------------------------- */

static enum page_as
as_of(const struct standard *std, int at)
{
	const struct standard_field *field = &std->fields[at];

	if (field->ident == STANDARD_USCC || field->ident == STANDARD_USCC_OR_ID ||
	    at == std->subject)
		return PAGE_AS_USCC;
	if (field->ident != STANDARD_NO_IDENT)
		return PAGE_AS_CODE;
	switch (field->type) {
	case STANDARD_DATE: return PAGE_AS_DAY;
	case STANDARD_BOOL: return PAGE_AS_YES;
	case STANDARD_INT: /* without a unit it is no amount: a year */
		return field->unit.n ? PAGE_AS_NUMBER : PAGE_AS_CODE;
	case STANDARD_DECIMAL:
		return zd_str_equal(field->unit, ZD_STR("元")) ? PAGE_AS_MONEY : PAGE_AS_NUMBER;
	case STANDARD_TEXT:
	case STANDARD_CODE:
	case STANDARD_CODES:
	case STANDARD_LIST: return PAGE_AS_TEXT;
	}
	return PAGE_AS_TEXT;
}

/* "01,03": 警告、罚款 */
static struct zd_str
names_of(struct zd_cx *cx, const struct standard_codes *codes, struct zd_str value, int32_t day)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };

	for (size_t i = 0; i <= value.n;) {
		size_t end = i;
		while (end < value.n && value.p[end] != ',')
			end++;
		struct zd_str code = { value.p + i, end - i };
		struct zd_str name = standard_code_name(codes, code, day);
		if (i)
			zd_out_write(&out, ZD_STR("、"));
		zd_out_write(&out, name.p ? name : code);
		i = end + 1;
	}
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

/* What the code of a division, an industry or a department is called: what standard_code_shown puts behind it. */
static struct zd_str
known_as(struct zd_cx *cx, const struct standard_field *field, int32_t day, struct zd_str code)
{
	struct zd_str shown = standard_code_shown(cx->arena, field->names, code, day);

	if (shown.n <= code.n)
		return (struct zd_str){ 0 };
	return zd_str_trim((struct zd_str){ shown.p + code.n, shown.n - code.n });
}

static struct page_fact
fact_of(struct zd_cx *cx, const struct standard *std, int at, int32_t day, struct zd_str value)
{
	const struct standard_field *field = &std->fields[at];
	struct zd_str shown = trust_mask(cx, field->data_class, value);
	bool masked = !zd_str_equal(shown, value);
	enum page_as as = masked ? PAGE_AS_CODE : as_of(std, at);

	if (field->codes && !masked)
		shown = names_of(cx, field->codes, value, day);
	if (field->type == STANDARD_DECIMAL && as == PAGE_AS_NUMBER) {
		shown = page_trim_decimals(shown);
		if (field->unit.n)
			shown = zd_str_printf(cx->arena, "%.*s %.*s", ZD_STR_ARG(shown),
					      ZD_STR_ARG(field->unit));
	}
	return (struct page_fact){ .label = field->title,
				   .value = shown,
				   .as = as,
				   .note = masked ? (struct zd_str){ 0 }
						  : known_as(cx, field, day, value),
				   .wide = value.n > 150 };
}

void
page_standard_facts(struct zd_cx *cx, struct zd_out *out, const struct standard *std, int32_t day,
		    const struct zd_str *values, const struct page_section *sections)
{
	struct page_fact facts[STANDARD_MAX_FIELDS];
	size_t n = 0;
	struct zd_str title = { 0 };

	for (size_t i = 0; i < std->n_fields && i < STANDARD_MAX_FIELDS; i++) {
		const struct page_section *section = section_at(sections, std->fields[i].name);
		if (section && n) {
			page_facts_titled(out, title, facts, n);
			n = 0;
		}
		title = section ? section->title : title;
		if (values[i].n && exists_on(&std->fields[i], day))
			facts[n++] = fact_of(cx, std, (int)i, day, values[i]);
	}
	if (n)
		page_facts_titled(out, title, facts, n);
}
