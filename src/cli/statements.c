/* Every statement and every list of every room: one line a room. */
#include "cli/statements.h"

#include "action/action_app.h"
#include "action/action_sql.h"
#include "catalog/catalog_read_app.h"
#include "catalog/catalog_read_sql.h"
#include "catalog/catalog_sql.h"
#include "cli/cli_sql.h"
#include "desk/desk_sql.h"
#include "edit/edit_sql.h"
#include "file/file_sql.h"
#include "ingest/ingest_sql.h"
#include "ingest/ingest_web.h"
#include "ingest/quarantine_sql.h"
#include "job/job_sql.h"
#include "officer/officer_web.h"
#include "plan/plan_web.h"
#include "record/record_sql.h"
#include "subject/subject_read_app.h"
#include "subject/subject_read_sql.h"
#include "subject/subject_sql.h"
#include "trust/audit_sql.h"
#include "trust/trust_list.h"
#include "trust/trust_sql.h"
#include "view/view_sql.h"

#define ROOM(name)                                                                                 \
	{                                                                                          \
#name, name##_sql_stmts, name##_sql_count                                          \
	}

const struct statements statements_of_rooms[] = {
	ROOM(job),          ROOM(file),    ROOM(audit),
	ROOM(trust),        ROOM(record),  ROOM(view),
	ROOM(catalog),      ROOM(subject), ROOM(edit),
	ROOM(ingest),       ROOM(cli),     ROOM(catalog_read),
	ROOM(subject_read), ROOM(action),  ROOM(desk),
	ROOM(quarantine),   { 0 },
};

const struct db_list *const lists_of_rooms[] = {
	&trust_people_list,
	&trust_depts_list,
	&trust_log_list,
	&catalog_items,
	&catalog_mains,
	&catalog_claims,
	&catalog_claims_by_dept,
	&catalog_lists,
	&catalog_random,
	&catalog_contents,
	&subject_list,
	&officer_list,
	&plan_list,
	&plan_sample_list,
	&action_live[ACTION_CHECK],
	&action_live[ACTION_PUNISH],
	&action_live[ACTION_FORCE],
	&action_live[ACTION_OTHER],
	&action_held[ACTION_CHECK],
	&action_held[ACTION_PUNISH],
	&action_held[ACTION_FORCE],
	&action_held[ACTION_OTHER],
	&ingest_batch_list,
	&ingest_outstanding_list,
	&ingest_reject_list,
	NULL,
};
