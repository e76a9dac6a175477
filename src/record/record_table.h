#ifndef ZD_RECORD_TABLE_H
#define ZD_RECORD_TABLE_H

#include "record/record.h"

/*
 * The statements of each record table, made by tools/mkrecord.c from standards/NAME.json.
 * Parameters and columns are members of struct record, but for those named below.
 */
struct record_table {
	const char *standard, *name;
	const char *const *columns; /* of the fields, in the order of record.v */
	size_t n_columns;
	const struct db_stmt *find_head; /* dept, key: the head columns but dept, key, ext */
	const struct db_stmt *find_key;  /* dept, key */
	const struct db_stmt *find;      /* dept, id */
	const struct db_stmt
		*find_same; /* struct record_same: the keys of live records, at most two */
	const struct db_stmt *insert; /* all */
	const struct db_stmt
		*update; /* all; where the version stored is version - 1; gives the id */
	const struct db_stmt *remove;      /* head; likewise; keeps the fields */
	const struct db_stmt *stream_dept; /* struct record_range */
	const struct db_stmt *stream_held; /* struct record_range: dept, after, limit */
	const struct db_stmt *keys;        /* struct record_range (dept alone); struct record_key */
	const struct db_stmt *totals; /* struct record_total, of the whole table: for a recount */
	const struct db_stmt *stream_city; /* struct record_range */
};

struct record_total {
	int64_t dept;
	int32_t day;
	struct zd_str item;
	int32_t state;
	int64_t n;
};

/* What one row contributes to a counter, +1 or -1 (0: nothing). */
struct record_delta {
	int64_t dept;
	int32_t month, state; /* YYYYMM; 0: the record has no day */
	struct zd_str item;   /* "": none */
	int64_t n;
};
/* Adds deltas to the counters of a standard, in the open transaction. Reorders the array. */
enum zd_rc record_count_in(struct zd_cx *cx, struct db *db, const struct standard *std,
			   struct record_delta *deltas, size_t n) ZD_CHECKED;
/* Keeps the second and further items that records cite findable by item. */
enum zd_rc record_cite_in(struct zd_cx *cx, struct db *db, const struct standard *std,
			  struct record *const *records, const enum record_outcome *outcome,
			  size_t n) ZD_CHECKED;

struct record_same {
	int64_t dept, merge_print;
};

/* Live records behind `after`, of days from..to; a record without a day counts as of day 0. */
struct record_range {
	int64_t dept, after, limit;
	int32_t from, to;
};

extern const struct record_table record_tables[]; /* ends at a NULL name */

#endif
