#ifndef ZD_CLI_STATEMENTS_H
#define ZD_CLI_STATEMENTS_H

#include "db/list.h"

/* Every statement of every room, for doctor and the tests that prepare and explain them. Ends at NULL. */
struct statements {
	const char *room;
	const struct db_stmt *const *stmts;
	size_t n;
};
extern const struct statements statements_of_rooms[];
/* And every list. Ends at NULL. */
extern const struct db_list *const lists_of_rooms[];

#endif
