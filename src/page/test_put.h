#ifndef ZD_PAGE_TEST_PUT_H
#define ZD_PAGE_TEST_PUT_H

#include "page/page.h"

void test_put_html(struct zd_out *out, struct zd_str s, const char *z, int64_t n, size_t size,
		   bool flag);

#endif
