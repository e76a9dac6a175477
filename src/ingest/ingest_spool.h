#ifndef ZD_INGEST_SPOOL_H
#define ZD_INGEST_SPOOL_H

#include "base/app.h"

/* A file of our own as it is written: an answer of any length. */
struct ingest_spool {
	int fd;
	struct zd_out out; /* write here, then put */
};
enum zd_rc ingest_spool_open(struct zd_cx *cx, const struct app *app,
			     struct ingest_spool *ret) ZD_CHECKED;
/* What is in `out` goes to the file once it is much, or at once. */
enum zd_rc ingest_spool_put(struct zd_cx *cx, struct ingest_spool *spool, bool now) ZD_CHECKED;
void ingest_spool_drop(struct ingest_spool *spool); /* for ZD_CLEANUP; closes fd unless it is -1 */
/* A name in the spool directory for who wants a path; the file is there, empty, 0600. */
enum zd_rc ingest_spool_path(struct zd_cx *cx, const struct app *app, const char *ending,
			     const char **ret) ZD_CHECKED;

#endif
