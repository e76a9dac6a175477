/* Errors are values: one table says what each outcome means outside. */
#include <stdarg.h>
#include <stdio.h>

#include "base/zd.h"

enum zd_rc
zd_fail_at(struct zd_cx *cx, enum zd_rc rc, const char *file, int line, const char *field,
	   const char *fmt, ...)
{
	va_list ap;
	char text[sizeof(cx->err.text)]; /* the arguments may point into cx->err */

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cx->err = (struct zd_err){ .rc = rc, .field = field, .file = file, .line = line };
	struct zd_str whole = zd_str_of(text);
	whole.n = zd_utf8_check(whole); /* a cut character at the end is left out */
	(void)snprintf(cx->err.text, sizeof(cx->err.text), "%.*s", ZD_STR_ARG(whole));
	return rc;
}

const struct zd_rc_meaning *
zd_rc_meaning(enum zd_rc rc)
{
	/* Exit codes are those of the command line's contract: 1 invalid, 70 our fault, 75 try again. */
	static const struct zd_rc_meaning meanings[] = {
		[ZD_OK] = { "ok", 200, 0 },
		[ZD_INVALID] = { "invalid", 422, 1 },
		[ZD_REFUSED] = { "refused", 403, 1 },
		[ZD_NOT_FOUND] = { "not_found", 404, 1 },
		[ZD_CONFLICT] = { "conflict", 409, 1 },
		[ZD_BUSY] = { "busy", 503, 75 },
		[ZD_UNCERTAIN] = { "uncertain", 503, 75 },
		[ZD_TOO_LARGE] = { "too_large", 413, 1 },
		[ZD_TOO_OFTEN] = { "too_often", 429, 75 },
		[ZD_FAILED] = { "failed", 500, 70 },
	};

	return &meanings[(unsigned)rc < ZD_COUNT(meanings) ? rc : ZD_FAILED];
}
