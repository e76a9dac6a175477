#ifndef ZD_TRUST_LIST_H
#define ZD_TRUST_LIST_H

#include "db/list.h"

/* The lists of trust's pages: people and departments (small), the sealed entries of the log (large, newest first). */
extern const struct db_list trust_people_list, trust_depts_list, trust_log_list;

#endif
