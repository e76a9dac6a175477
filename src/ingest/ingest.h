#ifndef ZD_INGEST_H
#define ZD_INGEST_H

#include "standard/standard.h"
#include "table/table.h"

/*
 * ingest: the one door. Rows of a file, a body or a form are read (table), judged (standard) and handed on in
 * blocks; what is done with a block (stored, or only reported) is the sink's. So the page, the API, the command
 * line and `validate` give the same verdicts: there is one pipeline.
 */
#define INGEST_BLOCK_ROWS 2000

struct ingest_row {
	int number;     /* 1-based data row */
	int line;       /* line of the file or row of the sheet */
	char operation; /* i, u, d */
	bool broken;    /* could not be read: no verdict but one error */
	struct standard_verdict verdict;
	struct zd_str raw; /* JSON object of what was sent, by heading; set for bad rows only */
};

/* Rows of one block live in its arena; the sink must be done with them when it returns. */
struct ingest_block {
	struct zd_arena *arena;
	struct ingest_row *rows;
	size_t n;
	int64_t bytes_read; /* of the file so far, for progress */
	bool last;
};

typedef enum zd_rc ingest_sink(struct zd_cx *cx, const struct ingest_block *block, void *arg);

/* Called for each block before it is judged, on the judging thread, so that refs can look things up in bulk:
 * raw values by row, as sent. May be NULL. */
typedef enum zd_rc ingest_prefetch(struct zd_cx *cx, const struct zd_str *const *raws, size_t n,
				   void *arg);

struct ingest_source {
	int fd; /* the plain file (inflated); not owned */
	enum table_format format;
	struct zd_str sheet; /* xlsx: absent: found by its headings */
	int64_t bytes;       /* size, for progress */
};

struct ingest_plan {
	const struct standard *standard;
	const struct standard_refs *refs;
	int64_t dept;
	struct zd_str dept_source;
	int32_t today;
	int64_t skip_rows; /* rows already stored by an earlier run: judged, not handed on */
	int64_t max_rows;  /* 0: 5,000,000 */
	ingest_prefetch *prefetch;
	void *prefetch_arg;
	ingest_sink *sink; /* runs on the caller's thread */
	void *sink_arg;
};

struct ingest_report {
	int64_t rows;        /* read */
	struct zd_str sheet; /* xlsx */
	struct zd_str notes; /* on the file: encoding, unknown and hidden columns …, one a line */
	uint32_t unmade;     /* checks that could not be made: bits 1 << enum standard_check */
};

/*
 * Reads and judges on a thread of its own while the sink stores: at most three blocks wait. Fails with ZD_INVALID
 * (field "file") when the file as a whole cannot be taken: no heading row, a required column missing (names it and
 * the nearest heading), not readable; with what the sink returned when it failed.
 */
enum zd_rc ingest_run(struct zd_cx *cx, const struct ingest_source *source,
		      const struct ingest_plan *plan, struct ingest_report *ret) ZD_CHECKED;

/* A judged row as a JSON object by heading: what `raw` of a refused row is made of when the file is no longer at hand. */
struct zd_str ingest_canon_json(struct zd_arena *arena, const struct standard *std,
				const struct zd_str *canon);

/* {"row":…,"field":…,"title":…,"rule":…,"check":…,"value":…,"message":…,"todo":…,"basis":…} */
void ingest_error_json(struct zd_out *out, const struct standard *std,
		       const struct standard_error *error);
/* [ … ] of all errors of a row. */
void ingest_errors_json(struct zd_out *out, const struct standard *std,
			const struct standard_verdict *verdict);

#endif
