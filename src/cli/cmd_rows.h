#ifndef ZD_CLI_CMD_ROWS_H
#define ZD_CLI_CMD_ROWS_H

#include "cli/cli.h"
#include "ingest/ingest_app.h"

struct app;

/* A file of rows as commands read it. */
struct rows {
	int fd;      /* the plain content */
	int sent_fd; /* as it lies on disk */
	enum table_format format;
};
/* Opens, inflates into an unlinked file in spool, and finds out what it is. */
enum zd_rc rows_open(struct zd_cx *cx, struct zd_str file, const char *spool,
		     struct rows *ret) ZD_CHECKED;
enum zd_rc rows_standard(struct zd_cx *cx, const struct standard_set *set, struct zd_str name,
			 const struct standard **ret) ZD_CHECKED;
/* The id of the department with that code; 0 for standards whose records are the city's. */
enum zd_rc rows_department(struct zd_cx *cx, const struct app *app, const struct standard *std,
			   struct zd_str code, int64_t *ret) ZD_CHECKED;

/* A signed snapshot: written with the installation's key, read with the key inside it (whose fingerprint is told by
 * zhaodan doctor). ZD_INVALID: damaged, or not signed by that key. *ret is the body without the signature. */
enum zd_rc snapshot_write(struct zd_cx *cx, const struct app *app, struct zd_str body,
			  const char *path) ZD_CHECKED;
enum zd_rc snapshot_read(struct zd_cx *cx, const char *path, struct zd_str *ret) ZD_CHECKED;

#endif
