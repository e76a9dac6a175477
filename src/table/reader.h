#ifndef ZD_TABLE_READER_H
#define ZD_TABLE_READER_H

#include "table/table.h"

/*
 * reader: what the readers of all formats share. A format gives rows as they stand; finding the
 * heading, passing over hints and numbering is done once, here.
 */
#define TABLE_HEADING_ROWS 20
#define TABLE_HINT_ROWS 3
#define TABLE_HINT "【说明】" /* begins the first cell of a hint row */
#define TABLE_RAW_MAX ((size_t)64 << 10)

struct table_kind {
	/* The next row that is not blank; sets line, cells, n, broken, raw. ZD_NOT_FOUND at the
	 * end. */
	enum zd_rc (*next)(struct zd_cx *cx, struct table_reader *reader, struct table_row *ret);
	enum zd_rc (*rewind)(struct zd_cx *cx, struct table_reader *reader);
	int64_t (*bytes_read)(const struct table_reader *reader);
	void (*close)(struct table_reader *reader); /* all but the reader itself */
};

/* The first member of each format's reader. */
struct table_reader {
	const struct table_kind *kind;
	struct table_options options; /* limits resolved */
	struct zd_arena *arena;       /* headings, sheet; lives as long as the reader */
	struct zd_arena *row_arena;   /* sentences on one row */
	struct zd_str *headings;
	size_t n_headings, cap_headings;
	struct zd_str sheet;
	struct zd_out notes;
	int next_number;
	bool in_hints;
};

/* What one look at the first rows found. */
struct table_heading {
	int hits, columns;
	int skip; /* rows before it */
	bool found;
};

struct table_limits table_limits_of(const struct table_limits *limits, enum table_format format);

void table_reader_init(struct table_reader *reader, const struct table_kind *kind,
		       const struct table_options *options, enum table_format format);
/* Looks at the first rows for the heading and rewinds. ZD_INVALID only if the format's next says
 * so. */
enum zd_rc table_find_heading(struct zd_cx *cx, struct table_reader *reader,
			      struct table_heading *ret) ZD_CHECKED;
/* Reads up to and with the heading, which becomes the reader's. `what` names the file or sheet. */
enum zd_rc table_take_heading(struct zd_cx *cx, struct table_reader *reader,
			      const struct table_heading *at) ZD_CHECKED;
void table_add_heading(struct table_reader *reader, struct zd_str text);
void table_note(struct table_reader *reader, const char *fmt, ...) ZD_PRINTF(2, 3);
/* All cells are empty. */
bool table_row_is_blank(const struct table_row *row);
/* Fills up to the headings with absent cells; cells must have room for max_columns. */
void table_pad_row(const struct table_reader *reader, struct table_cell *cells, size_t *n);
/* A = 0, Z = 25, AA = 26 … as text. */
struct zd_str table_column_name(struct zd_arena *arena, int column);

/* Openers of the formats. */
enum zd_rc csv_open(struct zd_cx *cx, int fd, const struct table_options *options,
		    struct table_reader **ret) ZD_CHECKED;
enum zd_rc ndjson_open(struct zd_cx *cx, int fd, const struct table_options *options,
		       struct table_reader **ret) ZD_CHECKED;
enum zd_rc xlsx_open(struct zd_cx *cx, int fd, const struct table_options *options,
		     struct table_reader **ret) ZD_CHECKED;

/* Whether a program that opens the text as a cell might run it; csv guards such with a '. */
bool csv_is_guarded(struct zd_str text);

#endif
