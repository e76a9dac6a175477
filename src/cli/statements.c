/* Every statement of every room: one line a room. */
#include "cli/statements.h"

#include "action/action_sql.h"
#include "catalog/catalog_read_sql.h"
#include "catalog/catalog_sql.h"
#include "cli/cli_sql.h"
#include "desk/desk_sql.h"
#include "edit/edit_sql.h"
#include "file/file_sql.h"
#include "ingest/ingest_sql.h"
#include "job/job_sql.h"
#include "record/record_sql.h"
#include "subject/subject_read_sql.h"
#include "subject/subject_sql.h"
#include "trust/audit_sql.h"
#include "trust/trust_sql.h"
#include "view/view_sql.h"

#define ROOM(name)                                                                                 \
	{                                                                                          \
#name, name##_sql_stmts, name##_sql_count                                          \
	}

const struct statements statements_of_rooms[] = {
	ROOM(job),          ROOM(file),   ROOM(audit),   ROOM(trust),
	ROOM(record),       ROOM(view),   ROOM(catalog), ROOM(subject),
	ROOM(edit),         ROOM(ingest), ROOM(cli),     ROOM(catalog_read),
	ROOM(subject_read), ROOM(action), ROOM(desk),    { 0 },
};
