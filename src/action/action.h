#ifndef ZD_ACTION_H
#define ZD_ACTION_H

#include "base/zd.h"

/* action: what was done: inspections, penalties, coercion and other actions, each by its own standard. */
enum action_kind { ACTION_CHECK, ACTION_PUNISH, ACTION_FORCE, ACTION_OTHER };
#define ACTION_KINDS 4

struct action_kind_name {
	const char *word;     /* in addresses: "check" */
	const char *standard; /* "check_action" */
	const char *title;    /* 行政检查 */
	const char
		*follows; /* the field with the number of the inspection it follows from, or NULL */
	const char *codes; /* the code list of its result or type, or NULL */
	const char *code_title;
};
extern const struct action_kind_name action_kinds[ACTION_KINDS];

/* By its word; -1: none. */
int action_kind_find(struct zd_str word);

#endif
