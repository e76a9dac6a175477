/* The one builder of SQL at run time. */
#include "db/list.h"

#include "db/db_driver.h"

void
db_lists_free(struct db *db)
{
	(void)db;
}
