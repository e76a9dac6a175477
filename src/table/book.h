#ifndef ZD_TABLE_BOOK_H
#define ZD_TABLE_BOOK_H

#include "table/zipfile.h"

/*
 * book: what a workbook says outside its sheets: which sheets there are, how cells of a style show
 * numbers, and the shared texts. Relations to anything outside the package are not followed.
 */
struct book_sheet {
	struct zd_str name;
	const struct zip_member *part;
	bool hidden;
};

struct book {
	const struct zip *zip;
	struct zd_arena *arena;
	struct zd_str workbook; /* the part's name */
	struct book_sheet *sheets;
	size_t n_sheets;
	const struct zip_member *styles_part, *strings_part; /* or NULL */
	bool since_1904;
	uint8_t *styles; /* enum number_kind or NUMBER_PADDED + digits, by index of cellXfs */
	size_t n_styles;
	/* Shared texts, one behind the other, and where each ends. Mapped: pages come as they are
	 * used. */
	char *texts;
	uint32_t *ends;
	size_t n_texts, n_bytes;
};

/* Lives in the arena, but for what book_close frees. */
enum zd_rc book_open(struct zd_cx *cx, const struct zip *zip, struct zd_arena *arena,
		     struct book *ret) ZD_CHECKED;
/* What reading cells needs besides: styles and shared texts. */
enum zd_rc book_read_cells(struct zd_cx *cx, struct book *book, size_t max_cell) ZD_CHECKED;
void book_close(struct book *book);
/* False if there is no such text. */
bool book_text(const struct book *book, int64_t index, struct zd_str *ret) ZD_CHECKED;

/* The part a relation's target names, seen from a part: no leading slash. Absent if it leaves the
 * package. */
struct zd_str book_resolve(struct zd_arena *arena, struct zd_str from, struct zd_str target);
/* The part that holds the relations of a part. */
struct zd_str book_relations_of(struct zd_arena *arena, struct zd_str part);

/* One relation inside the package; local is the type behind its last slash ("worksheet"). */
typedef void book_relation_fn(void *arg, struct zd_str id, struct zd_str local, struct zd_str part);
enum zd_rc book_read_relations(struct zd_cx *cx, const struct zip *zip, struct zd_arena *arena,
			       struct zd_str part, book_relation_fn *fn, void *arg) ZD_CHECKED;

/* _xHHHH_ as Excel writes characters that XML cannot hold; in place, returns the new length. */
size_t book_unescape(char *p, size_t n);

/* --- numbers ----------------------------------------------------------------------------- */

enum number_kind { NUMBER_PLAIN, NUMBER_DATE, NUMBER_DATE_TIME, NUMBER_TIME, NUMBER_PADDED = 16 };
#define NUMBER_DIGITS_MAX 64

/* Of a built-in format, or of a format code. */
uint8_t number_kind_of_id(int id);
uint8_t number_kind_of_code(struct zd_str code);
/* A stored number as people see it. ret_fault: a sentence if it cannot be trusted. buf: at
 * least 64. */
struct zd_str number_format(struct zd_str raw, uint8_t kind, bool since_1904, char *buf, size_t cap,
			    const char **ret_fault);

#endif
