/* Every statement of every room: one line a room. */
#include "cli/statements.h"

#include "cli/cli_sql.h"
#include "file/file_sql.h"
#include "job/job_sql.h"

#define ROOM(name)                                                                                 \
	{                                                                                          \
#name, name##_sql_stmts, name##_sql_count                                          \
	}

const struct statements statements_of_rooms[] = {
	ROOM(job),
	ROOM(file),
	ROOM(cli),
	{ 0 },
};
