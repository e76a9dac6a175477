#ifndef ZD_TABLE_H
#define ZD_TABLE_H

#include "base/zd.h"

/*
 * table: rows in and out of csv, xlsx and ndjson (or a JSON array), and the patcher that marks cells in the
 * sender's own workbook. Bounded memory whatever is sent; knows nothing of standards.
 */
enum table_format { TABLE_CSV, TABLE_XLSX, TABLE_NDJSON };

struct table_limits {
	int64_t max_bytes;	/* of the file as inflated, counted while inflating; default 512 MiB (xlsx), 2 GiB (others) */
	size_t max_columns;	/* 1000 */
	size_t max_cell;	/* bytes: 65535 * 4 */
	int max_ratio;		/* inflated : deflated after the first MiB; 200 */
};

/* Found by content, not by name: ZIP magic, '{' or '[' first, else CSV. */
enum zd_rc table_sniff(struct zd_cx *cx, int fd, enum table_format *ret) ZD_CHECKED;

struct table_cell {
	struct zd_str text; /* UTF-8; dates of date-formatted cells as YYYY-MM-DD, numbers as written; absent: empty cell */
	bool formula, merged; /* xlsx: had a formula (its cached value is in text), is covered by a merge */
};

struct table_row {
	int number; /* 1-based data row (the row after the heading is 1) */
	int line;   /* line of the file or row of the sheet, for people */
	const struct table_cell *cells;
	size_t n;
	/* A row that cannot be read (quote never closed, bad UTF-8, invalid JSON, a nested value, a duplicate
	 * key) comes with this sentence and, as far as known, its column; reading goes on with the next row. */
	struct zd_str broken;
	int broken_column; /* 0-based, or -1 */
	struct zd_str raw; /* the bytes of the row, cut at 64 KiB (csv, ndjson) */
};

struct table_reader;
struct table_options {
	struct table_limits limits;
	/* Which row holds the headings is found by asking: the row among the first 20 with most hits wins
	 * (an entry workbook has title and hint rows above). The row number of data starts after it and
	 * after hint rows the template marks. */
	bool (*is_heading)(void *arg, struct zd_str text);
	void *arg;
	struct zd_str sheet; /* xlsx: by name; absent: the visible sheet with most heading hits */
};

/* Reads from the fd's start; does not own it. ZD_INVALID says what is wrong with the file and what to do. */
enum zd_rc table_open(struct zd_cx *cx, int fd, enum table_format format, const struct table_options *options,
		      struct table_reader **ret) ZD_CHECKED;
/* The headings, trimmed. NDJSON: keys seen in the first rows; later new keys are appended (n grows). */
size_t table_headings(const struct table_reader *reader, const struct zd_str **ret);
/* Notes on the file for the report: encoding (utf-8, gb18030), hidden columns, ignored sheets, BOM … Chinese, one a line. */
struct zd_str table_notes(const struct table_reader *reader);
/* The next row (valid until the next call; texts in an arena of the reader), ZD_NOT_FOUND at the end. */
enum zd_rc table_next(struct zd_cx *cx, struct table_reader *reader, struct table_row *ret) ZD_CHECKED;
void table_close(struct table_reader *reader);
void table_drop(struct table_reader **reader);

/* --- writing ----------------------------------------------------------------------------- */

struct table_writer;
struct table_column {
	struct zd_str heading, hint; /* hint: second line of an entry workbook; absent in exports */
	const struct zd_str *choices; /* entry workbook: a drop-down list */
	size_t n_choices;
	int width; /* characters */
	bool required;
};
/* csv: UTF-8 with BOM for people, every field quoted, a leading ' before = + - @ TAB CR and their full-width
 * forms; xlsx: typed strings, never a formula; ndjson: exact. */
enum zd_rc table_writer_open(struct zd_cx *cx, const char *path, enum table_format format, struct zd_str title,
			     const struct table_column *columns, size_t n, struct table_writer **ret) ZD_CHECKED;
enum zd_rc table_write(struct zd_cx *cx, struct table_writer *writer, const struct zd_str *cells) ZD_CHECKED;
enum zd_rc table_writer_close(struct zd_cx *cx, struct table_writer *writer) ZD_CHECKED; /* always frees */

/* --- the returned workbook ---------------------------------------------------------------- */

struct table_mark {
	int line;      /* row of the sheet, 1-based */
	int column;    /* 0-based; -1: the row as a whole (marked in its first cell) */
	struct zd_str text; /* the explanation, goes into the cell's comment */
};
/*
 * Writes the sender's workbook `in_fd` to out_path with the cells of `sheet` marked (fill) and commented. Every part
 * is byte-identical (the same deflated bytes) but the touched sheet, styles, comments with their drawing, relationships
 * and content types. marks sorted by line, column. keep_only_marked: rows without a mark are hidden, not removed.
 */
enum zd_rc table_mark_workbook(struct zd_cx *cx, int in_fd, struct zd_str sheet, const struct table_mark *marks,
			       size_t n, const char *out_path) ZD_CHECKED;
struct zd_str table_sheet(const struct table_reader *reader); /* the sheet that was read */

/* Inflates gzip or zstd (found by magic) from fd to a new unlinked temporary file in dir; other content is copied
 * by reference (ret_fd = dup). Limits as above; truncated input is ZD_INVALID. */
enum zd_rc table_inflate(struct zd_cx *cx, int fd, const char *dir, const struct table_limits *limits, int *ret_fd) ZD_CHECKED;

#endif
