#ifndef ZD_STANDARD_CODES_H
#define ZD_STANDARD_CODES_H

#include "standard/ident.h"

/*
 * Code lists: which code a text means on a day. Made by compile.c (codes_finish builds the
 * indexes).
 */
#define CODE_NAME_MAX 255 /* bytes */

/* Sorts, indexes and measures a list whose codes are filled in; false if a code doubles within its
 * time (*ret_at). */
bool codes_finish(struct zd_arena *arena, struct standard_codes *codes, struct standard_code *rows,
		  size_t *ret_at);

/* The row of that code in force on that day, or NULL. */
const struct standard_code *codes_on(const struct standard_codes *codes, struct zd_str code,
				     int32_t day);
/* The same at any time: the newest. */
const struct standard_code *codes_ever(const struct standard_codes *codes, struct zd_str code);

/*
 * What a sender means: the code, the code without the zeros a spreadsheet dropped (or with too
 * many), the name, or "code name". On failure the fault says what may stand there.
 */
const struct standard_code *codes_meant(const struct standard_codes *codes, struct zd_str in,
					int32_t day);
/* Why codes_meant found nothing; in as shown to people. */
bool codes_fault(const struct standard_codes *codes, struct zd_str in, int32_t day,
		 struct standard_fault *fault);

#endif
