/* Values in the places of a page that need more than HTML's own escapes: URLs and data attributes.
 */
#include "page/put.h"

void
page_put_url_z(struct zd_out *out, const char *z)
{
	zd_out_url(out, zd_str_of(z));
}

bool
page_is_own_path(struct zd_str path)
{
	if (path.n == 0 || (path.p[0] != '/' && path.p[0] != '?'))
		return false;
	if (path.n > 1 && path.p[0] == '/' && path.p[1] == '/')
		return false;
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] <= ' ' || path.p[i] == 0x7F || path.p[i] == '\\')
			return false;
	return true;
}

void
page_put_href(struct zd_out *out, struct zd_str path)
{
	zd_out_html(out, page_is_own_path(path) ? path : ZD_STR("#"));
}

void
page_put_href_z(struct zd_out *out, const char *z)
{
	page_put_href(out, zd_str_of(z));
}

void
page_put_json(struct zd_out *out, struct zd_str s)
{
	struct zd_out json ZD_CLEANUP(zd_out_drop) = { .max = out->max };

	zd_out_json(&json, s);
	if (json.failed)
		out->failed = true;
	else
		zd_out_html(out, zd_out_str(&json));
}

void
page_put_json_z(struct zd_out *out, const char *z)
{
	page_put_json(out, zd_str_of(z));
}
