#ifndef ZD_STANDARD_NUMBER_H
#define ZD_STANDARD_NUMBER_H

#include "standard/value.h"

/* The number that a text means, with the decimals of the field, in the arena; or why not. */
bool number_parse(const struct standard_field *f, struct zd_str in, struct zd_arena *arena,
		  struct zd_str *ret, struct standard_fault *fault);

#endif
