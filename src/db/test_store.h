#ifndef ZD_TEST_STORE_H
#define ZD_TEST_STORE_H

#include "db/db.h"

/* A domain's own struct, filled by statements. */
struct thing {
	int64_t id;
	struct zd_str code;
	int32_t day;
	enum thing_kind { THING_NONE, THING_BIG = 7 } kind;
	int64_t at;
	double size;
	struct zd_str data;
};

#endif
