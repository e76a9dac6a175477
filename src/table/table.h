#ifndef ZD_TABLE_H
#define ZD_TABLE_H

#include "base/zd.h"

/*
 * table: rows in and out of csv, xlsx and ndjson (or a JSON array), and the patcher that marks
 * cells in the sender's own workbook. Bounded memory whatever is sent; knows nothing of standards.
 */
enum table_format { TABLE_CSV, TABLE_XLSX, TABLE_NDJSON };

/* Zero means the default given. */
struct table_limits {
	int64_t max_bytes;  /* as inflated, counted while inflating: 512 MiB (xlsx), 2 GiB (others)
			     */
	int64_t max_packed; /* of a workbook as it came: 50 MiB */
	size_t max_columns; /* 1000 */
	size_t max_cell;    /* bytes: 65535 * 4 */
	size_t max_row;     /* bytes of one row: 4 MiB */
	int max_ratio;      /* inflated : deflated after the first MiB: 200 */
};

/* Found by content, not by name: ZIP magic, '{' or '[' first, else CSV. ZD_INVALID for what is none
 * of these (an old .xls, a password, a PDF, a web page called .xls …) says what to do. */
enum zd_rc table_sniff(struct zd_cx *cx, int fd, enum table_format *ret) ZD_CHECKED;

struct table_cell {
	/* UTF-8; absent: empty cell. xlsx: a date-formatted number as YYYY-MM-DD (with HH:MM:SS if
	 * its format has hours), other numbers plainly, never with an exponent. */
	struct zd_str text;
	/* A sentence if the text must not be taken for what the sender meant (an error value, a
	 * number that lost digits, a formula without a result, no such date), else NULL. */
	const char *fault;
	bool formula; /* xlsx: had a formula; its cached value is in text */
	bool merged;  /* xlsx: covered by a merge, its value stands in the merge's first cell */
};

struct table_row {
	int number; /* 1, 2, … of the rows returned; blank rows (csv, xlsx) are passed over, not
		       counted */
	int line;   /* line of the file or row of the sheet, for people */
	const struct table_cell *cells;
	size_t n;
	/* A row that cannot be read (quote never closed, bad UTF-8, invalid JSON, a nested value, a
	 * duplicate key) comes with this sentence, without cells, and as far as known with its
	 * column; reading goes on with the next row. */
	struct zd_str broken;
	int broken_column; /* 0-based, or -1 */
	struct zd_str raw; /* the bytes of the row, cut at 64 KiB (csv, ndjson) */
};

struct table_reader;
struct table_options {
	struct table_limits limits;
	/* Which row holds the headings is found by asking: of the first 20 rows the one with most
	 * hits wins (an entry workbook has a title above); without hits, or without the question,
	 * the first row that is not blank. Hint rows of our own entry workbooks, right below, are
	 * passed over. */
	bool (*is_heading)(void *arg, struct zd_str text);
	void *arg;
	struct zd_str sheet; /* xlsx: by name; absent: the visible sheet with most heading hits */
};

/* Reads from the start of the file (which must be seekable) and leaves the offset of fd alone; does
 * not own fd, which must stay open. ZD_INVALID or ZD_TOO_LARGE says what is wrong with the file and
 * what to do; ZD_FAILED: the file could not be read. */
enum zd_rc table_open(struct zd_cx *cx, int fd, enum table_format format,
		      const struct table_options *options, struct table_reader **ret) ZD_CHECKED;
/* The headings, trimmed. NDJSON: keys seen in the first rows; later new keys are appended (n
 * grows), so ask again when a row has more cells than before. */
size_t table_headings(const struct table_reader *reader, const struct zd_str **ret);
/* Notes on the file for the report: encoding, hidden columns, sheets not read … Chinese, one a
 * line, valid until the next call on the reader. Hidden rows and mixed line ends are known only
 * after the last row. */
struct zd_str table_notes(const struct table_reader *reader);
/* The next row (valid until the next call; memory of the reader), ZD_NOT_FOUND at the end.
 * ZD_INVALID: the file is damaged from here on. */
enum zd_rc table_next(struct zd_cx *cx, struct table_reader *reader,
		      struct table_row *ret) ZD_CHECKED;
/* For progress: bytes of the file taken in so far (xlsx: of its sheet, scaled to the file). */
int64_t table_bytes_read(const struct table_reader *reader);
void table_close(struct table_reader *reader); /* NULL is nothing to do */
void table_drop(struct table_reader **reader);

/* --- writing ----------------------------------------------------------------------------- */

struct table_writer;
struct table_column {
	struct zd_str heading,
		hint; /* hint: the row below the heading in an entry workbook; absent in exports */
	const struct zd_str *choices; /* entry workbook: a drop-down list */
	size_t n_choices;
	int width; /* characters */
	bool required;
};
/* csv: UTF-8 with BOM for people, every field quoted, a leading ' before = + - @ TAB CR LF, their
 * full-width forms and ' itself (our reader takes it away again); xlsx: typed strings, never a
 * formula, sheet named by title; ndjson: exact, absent as null. A column with a hint or choices
 * makes an xlsx an entry workbook: title row, headings (required ones red), hint row, drop-down
 * lists, text format throughout. Creates or replaces path, mode 0600. */
enum zd_rc table_writer_open(struct zd_cx *cx, const char *path, enum table_format format,
			     struct zd_str title, const struct table_column *columns, size_t n,
			     struct table_writer **ret) ZD_CHECKED;
/* n cells, as many as columns. ZD_TOO_LARGE: more than a sheet or a cell of it can hold. */
enum zd_rc table_write(struct zd_cx *cx, struct table_writer *writer,
		       const struct zd_str *cells) ZD_CHECKED;
enum zd_rc table_writer_close(struct zd_cx *cx, struct table_writer *writer)
	ZD_CHECKED; /* always frees; on failure removes the file */
void table_writer_drop(struct table_writer **writer); /* gives up: frees, removes the file */

/* --- the returned workbook ---------------------------------------------------------------- */

struct table_mark {
	int line;           /* row of the sheet, 1-based */
	int column;         /* 0-based; -1: the row as a whole (marked in its first cell) */
	struct zd_str text; /* the explanation, goes into the cell's comment */
};
/*
 * Writes the sender's workbook `in_fd` to out_path with the cells of `sheet` (absent: the first
 * visible one) marked (fill) and commented. Every part is byte-identical (the same deflated bytes)
 * but the touched sheet, styles, comments with their drawing, the sheet's relationships and content
 * types. Marks sorted by line, column; several of one cell share its comment. Marks and comments of
 * ours from an earlier return are taken away first, others' comments stay. ZD_INVALID /
 * ZD_TOO_LARGE: not a workbook we can mark; ZD_NOT_FOUND: no such sheet. On failure nothing is left
 * at out_path.
 */
enum zd_rc table_mark_workbook(struct zd_cx *cx, int in_fd, struct zd_str sheet,
			       const struct table_mark *marks, size_t n,
			       const char *out_path) ZD_CHECKED;
struct zd_str table_sheet(const struct table_reader *reader); /* the sheet that was read */

/* Inflates gzip or zstd (found by magic; several members or frames in a row are one file) from the
 * start of fd to a new unlinked temporary file in dir; other content is passed on (ret_fd = dup).
 * The caller closes ret_fd. ZD_INVALID: truncated or damaged; ZD_TOO_LARGE: max_bytes or max_ratio
 * reached. limits may be NULL. */
enum zd_rc table_inflate(struct zd_cx *cx, int fd, const char *dir,
			 const struct table_limits *limits, int *ret_fd) ZD_CHECKED;

#endif
