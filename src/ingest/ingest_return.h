#ifndef ZD_INGEST_RETURN_H
#define ZD_INGEST_RETURN_H

#include "ingest/ingest_app.h"

/*
 * What goes back to the sender: his own workbook with the wrong cells marked and explained; for csv and ndjson the
 * refused rows as he wrote them, with what is wrong and what to do behind each.
 */

/* Errors collected row by row, for who judges without storing. Zero is empty. */
struct ingest_returning {
	const struct standard *standard;
	struct zd_arena *arena;
	struct ingest_returned_row {
		int line;
		struct zd_str raw;
		struct ingest_returned_error {
			int field;          /* or -1 */
			struct zd_str text; /* "message todo" */
		} * errors;
		size_t n_errors;
	} * rows;
	size_t n, cap;
};
void ingest_returning_start(struct ingest_returning *r, const struct standard *std);
enum zd_rc ingest_returning_add(struct zd_cx *cx, struct ingest_returning *r,
				const struct ingest_row *row) ZD_CHECKED;
/* A new row to be filled in, with room for n_errors. */
struct ingest_returned_row *ingest_returning_row(struct ingest_returning *r, int line,
						 struct zd_str raw, size_t n_errors);
/* "what is wrong。what to do" */
struct zd_str ingest_explain(struct zd_arena *arena, struct zd_str message, struct zd_str todo);
/* in_fd: the sender's file (inflated). Creates or replaces path. */
enum zd_rc ingest_returning_write(struct zd_cx *cx, const struct ingest_returning *r, int in_fd,
				  enum table_format format, struct zd_str sheet,
				  const char *path) ZD_CHECKED;
void ingest_returning_drop(struct ingest_returning *r); /* for ZD_CLEANUP */

/* The rows of a batch that are still outstanding. in_fd: the file that was sent. */
enum zd_rc ingest_return_batch(struct zd_cx *cx, struct db *db, const struct standard_set *set,
			       const struct ingest_batch *batch, int in_fd,
			       const char *path) ZD_CHECKED;

#endif
