#ifndef ZD_CLI_INTEGRITY_H
#define ZD_CLI_INTEGRITY_H

#include "base/app.h"

/*
 * 可信验证 (GB/T 22239-2019 8.1.4.6): the SM3 of the program (its pages and migrations are built into it) and of the
 * settings, signed with SM2, in keys/program.json. Recorded by init and, after an upgrade or a change of settings, by
 * `doctor --accept`; looked at when the server starts.
 */
enum integrity_verdict { INTEGRITY_SAME, INTEGRITY_CHANGED, INTEGRITY_UNRECORDED };

/* Replaces what was recorded. */
enum zd_rc integrity_record(struct zd_cx *cx, const struct app *app) ZD_CHECKED;
/* ret_what: what changed, Chinese. A record that is not signed by our key counts as changed. */
enum zd_rc integrity_check(struct zd_cx *cx, const struct app *app, enum integrity_verdict *ret,
			   struct zd_str *ret_what) ZD_CHECKED;

#endif
