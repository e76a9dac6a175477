#ifndef ZD_SUBJECT_H
#define ZD_SUBJECT_H

#include "base/zd.h"

/*
 * subject: who and what is supervised 监管对象. One row a subject; the records of the object standards
 * (enterprise, individual_business, …) describe it, actions speak of it. Identity is the code: a unified
 * social credit code, an identity number, or KIND:KEY for things (a lift, a site, a product).
 */
enum subject_area_from {
	SUBJECT_AREA_OWN = 1,    /* its own record says so */
	SUBJECT_AREA_ACTION = 2, /* the action that it was first met in */
	SUBJECT_AREA_USCC =
		3, /* digits 3-8 of its credit code: where it is registered (GB 32100-2015) */
	SUBJECT_AREA_UNKNOWN = 4
};

struct subject {
	int64_t id;
	struct zd_str code, code_type, kind, name, area, address, industry;
	int32_t area_from;              /* enum subject_area_from */
	int64_t record_dept, record_id; /* ZD_NO_INT: only met in actions so far */
	int64_t met_dept, created_at, updated_at;
};

/* The code under which a party of an action is known: number trimmed and in capitals; absent if it has none. */
struct zd_str subject_code_of(struct zd_arena *arena, struct zd_str number);
/* Is the code the number of a person's papers (certificate types 111 and on)? */
bool subject_is_person(struct zd_str code_type, struct zd_str kind);
/* The code of a thing: "special_equipment:31201…". */
struct zd_str subject_thing_code(struct zd_arena *arena, struct zd_str standard, struct zd_str key);

/* As people see it, and search for it: of a thing without the kind before it. */
struct zd_str subject_shown_code(struct zd_str code, struct zd_str code_type, struct zd_str kind);

#endif
