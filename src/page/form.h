#ifndef ZD_PAGE_FORM_H
#define ZD_PAGE_FORM_H

#include <string.h>

#include "page/page.h"

/* For form.html. */
const char *form_input_type(enum page_input input); /* of <input type=…> */
size_t form_errors(const struct page_form *form);   /* how many fields have one */

#endif
