/* Forms: which control a field becomes, and where an error belongs. */
#include "page/form.h"

const char *
form_input_type(enum page_input input)
{
	switch (input) {
	case PAGE_INPUT_FILE: return "file";
	case PAGE_INPUT_PASSWORD: return "password";
	case PAGE_INPUT_HIDDEN: return "hidden";
	case PAGE_INPUT_NUMBER:
	case PAGE_INPUT_TEXT:
	case PAGE_INPUT_DAY:
	case PAGE_INPUT_SELECT:
	case PAGE_INPUT_MANY:
	case PAGE_INPUT_AREA:
	case PAGE_INPUT_CHECK: return "text";
	}
	return "text";
}

size_t
form_errors(const struct page_form *form)
{
	size_t n = 0;

	for (size_t i = 0; i < form->n_fields; i++)
		n += form->fields[i].error.p != NULL;
	return n;
}

void
page_form_fail(const struct zd_cx *cx, struct page_form *form, struct page_field *fields, size_t n)
{
	struct zd_str text = zd_str_copy(cx->arena, zd_str_of(cx->err.text));

	for (size_t i = 0; cx->err.field && i < n; i++) {
		if (zd_str_equal(fields[i].name, zd_str_of(cx->err.field))) {
			fields[i].error = text;
			return;
		}
	}
	form->error = text;
}

void
page_form(struct zd_out *out, const struct http_request *req, const struct page_form *form)
{
	page_form_begin(out, req, form);
	for (size_t i = 0; i < form->n_fields; i++)
		page_form_field(out, &form->fields[i]);
	page_form_end(out, form);
}
