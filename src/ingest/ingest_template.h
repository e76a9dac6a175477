#ifndef ZD_INGEST_TEMPLATE_H
#define ZD_INGEST_TEMPLATE_H

#include "standard/standard.h"

/* The entry workbook of a standard: its headings, required ones marked, hints and drop-down lists. Creates or replaces path. */
enum zd_rc ingest_template_write(struct zd_cx *cx, const struct standard *std, const char *path) ZD_CHECKED;

#endif
