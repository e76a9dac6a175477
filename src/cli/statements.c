/* Every statement of every room: one line a room. */
#include "cli/statements.h"

#include "catalog/catalog_sql.h"
#include "cli/cli_sql.h"
#include "edit/edit_sql.h"
#include "file/file_sql.h"
#include "ingest/ingest_sql.h"
#include "job/job_sql.h"
#include "record/record_sql.h"
#include "subject/subject_sql.h"
#include "trust/audit_sql.h"
#include "trust/trust_sql.h"
#include "view/view_sql.h"

#define ROOM(name)                                                                                 \
	{                                                                                          \
#name, name##_sql_stmts, name##_sql_count                                          \
	}

const struct statements statements_of_rooms[] = {
	ROOM(job),     ROOM(file),    ROOM(audit), ROOM(trust),  ROOM(record), ROOM(view),
	ROOM(catalog), ROOM(subject), ROOM(edit),  ROOM(ingest), ROOM(cli),    { 0 },
};
