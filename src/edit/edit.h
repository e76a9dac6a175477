#ifndef ZD_EDIT_H
#define ZD_EDIT_H

#include "view/view.h"

/*
 * edit: one record of any data standard, changed by hand. The same verdict as an import would give, with the version
 * that the person had before him: who comes second is told.
 */
struct edit_order {
	const struct standard *std;
	int64_t dept;                /* whose record it is */
	int64_t id, version;         /* id 0: a new one */
	struct zd_str reason;        /* why; required for a change of what is there */
	const struct zd_str *values; /* n_fields; absent: leave as it is */
};

struct edit_result {
	int64_t id, version;
	enum record_outcome outcome;
	const struct zd_str *values; /* as they would be stored: for the form that is shown again */
	const struct standard_error *errors; /* why not, with ZD_INVALID */
	size_t n_errors;
};

/* May the actor set that field by hand: not the key of what exists, nothing that is there and that he cannot read,
 * nothing that says how it travelled. before: its value; absent if there is none. */
bool edit_may_set(const struct zd_actor *actor, const struct standard *std, size_t field,
		  bool is_new, struct zd_str before);

#endif
