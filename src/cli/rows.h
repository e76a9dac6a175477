#ifndef ZD_CLI_ROWS_H
#define ZD_CLI_ROWS_H

#include "standard/standard.h"
#include "table/table.h"

struct app;

/* A file of rows as commands read it. */
struct rows {
	int fd;      /* the plain content */
	int sent_fd; /* as it lies on disk */
	enum table_format format;
};
void rows_close(struct rows *rows); /* for ZD_CLEANUP */
/* Opens, inflates into an unlinked file in spool, and finds out what it is. */
enum zd_rc rows_open(struct zd_cx *cx, struct zd_str file, const char *spool,
		     struct rows *ret) ZD_CHECKED;
enum zd_rc rows_standard(struct zd_cx *cx, const struct standard_set *set, struct zd_str name,
			 const struct standard **ret) ZD_CHECKED;
/* The id of the department with that code; 0 for standards whose records are the city's. */
enum zd_rc rows_department(struct zd_cx *cx, const struct app *app, const struct standard *std,
			   struct zd_str code, int64_t *ret) ZD_CHECKED;

#endif
