#ifndef ZD_PAGE_PUT_H
#define ZD_PAGE_PUT_H

#include "base/zd.h"

/* What mkhtml's braces become: a value written by its C type and the place where it stands. */

/* {{url: v}}: one component, percent-encoded. */
#define ZD_PUT_URL(out, v)                                                                         \
	_Generic((v), struct zd_str: zd_out_url, const char *: page_put_url_z, char *: page_put_url_z, \
		 size_t: zd_out_size, default: zd_out_int)((out), (v))
/* {{href: v}}: the whole of a path of our own (or "?query" of the same page), else "#". */
#define ZD_PUT_HREF(out, v)                                                                        \
	_Generic((v), struct zd_str: page_put_href, const char *: page_put_href_z,                 \
		 char *: page_put_href_z)((out), (v))
/* {{json: v}}: a JSON value, escaped again for the attribute it stands in. */
#define ZD_PUT_JSON(out, v)                                                                        \
	_Generic((v), struct zd_str: page_put_json, const char *: page_put_json_z,                 \
		 char *: page_put_json_z, size_t: zd_out_size, default: zd_out_int)((out), (v))

void page_put_url_z(struct zd_out *out, const char *z);
void page_put_href(struct zd_out *out, struct zd_str path);
void page_put_href_z(struct zd_out *out, const char *z);
void page_put_json(struct zd_out *out, struct zd_str s);
void page_put_json_z(struct zd_out *out, const char *z);

/* Begins with one '/', or is a query of the same page ('?'); nothing in it that a browser drops or
 * turns (controls, blanks, '\'). */
bool page_is_own_path(struct zd_str path);

#endif
