#ifndef ZD_INGEST_PAGE_WEB_H
#define ZD_INGEST_PAGE_WEB_H

/* For ingest.html. */
#include <string.h>

#include "ingest/ingest_reject.h"
#include "ingest/ingest_web.h"

#endif
