#ifndef ZD_STANDARD_VALUE_H
#define ZD_STANDARD_VALUE_H

#include "standard/ident.h"

/*
 * One value of one field: from what was sent to the canonical text of its type, or why not. Takes
 * what people and spreadsheets write when it can mean one thing only.
 */
typedef void value_fault_fn(void *arg, const struct standard_fault *fault);

struct value_env {
	struct ident_env ident; /* its day also picks the codes in force */
	struct zd_arena *arena; /* for canonical texts that differ from what was sent */
	value_fault_fn *fault;  /* told of each fault: a list may have several */
	void *arg;
};

/* in: trimmed, not empty. *ret is a slice of in or of a code list, or lives in the arena. */
bool value_parse(const struct value_env *env, const struct standard_field *f, struct zd_str in,
		 struct zd_str *ret);

/* A date as people write it, with or without a time of day. */
bool value_date(struct zd_str in, int32_t *ret, struct standard_fault *fault);

/* A canonical number ("-12.50") times 10^scale; false if it has more decimals than that or does not
 * fit. */
bool value_scaled(struct zd_str s, int scale, int64_t *ret);

/* The items of a canonical list ("a,b,c"): moves *rest behind the next one; false at the end. */
bool value_next_item(struct zd_str *rest, struct zd_str *ret);
size_t value_items(struct zd_str list); /* 0 for an absent one */

#endif
