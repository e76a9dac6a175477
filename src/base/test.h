#ifndef ZD_TEST_H
#define ZD_TEST_H

/* cmocka.h wants these before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "base/zd.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

#define assert_rc(cx, call, want)                                                                  \
	do {                                                                                       \
		enum zd_rc got_ = (call);                                                          \
		if (got_ != (want))                                                                \
			fail_msg("%s: got %s, wanted %s (%s)", #call, zd_rc_meaning(got_)->name,   \
				 zd_rc_meaning(want)->name, (cx)->err.text);                       \
	} while (0)

#define assert_text(s, want)                                                                       \
	do {                                                                                       \
		struct zd_str got_ = (s), want_ = zd_str_of(want);                                 \
		if (!zd_str_equal(got_, want_))                                                    \
			fail_msg("%s: got '%.*s', wanted '%s'", #s, ZD_STR_ARG(got_), want);       \
	} while (0)

#endif
