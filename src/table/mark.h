#ifndef ZD_TABLE_MARK_H
#define ZD_TABLE_MARK_H

#include "table/book.h"
#include "table/markup.h"

/*
 * mark: how a returned workbook comes about, part by part. The parts that change are rewritten token by
 * token; mark.c puts the package together again.
 */
#define MARK_AUTHOR "照单"
#define MARK_LEAD MARK_AUTHOR "：" /* begins our comments, and what we add to others' */
#define MARK_PART_MAX ((size_t)16 << 20)

/* One cell, with all that is said about it. Sorted by row and column, each once. */
struct mark_cell {
	int row, column; /* from 1, from 0 */
	struct zd_str text;
	bool commented; /* it has its comment */
	bool drawn;     /* which has its shape in the drawing */
};

/* --- styles ------------------------------------------------------------------------------ */

struct mark_style {
	struct zd_str raw; /* the xf element */
	uint64_t key;      /* hash of all but its fill */
	bool marked;       /* has our fill */
};

struct mark_styles {
	struct zd_arena *arena;
	struct zd_str text; /* of the part */
	struct zd_str prefix;
	struct mark_style *styles;
	size_t n, n_before, n_fills, room;
	int searches;
	bool *our_fills;                /* by index */
	int64_t our_fill;               /* index, -1: there is none yet */
	bool usable;                    /* the part has what it takes */
	uint32_t *marked_of, *plain_of; /* index + 1 of the counterpart, 0: not asked yet */
};

enum zd_rc mark_styles_read(struct zd_cx *cx, struct zd_arena *arena, struct zd_str text,
			    struct mark_styles *ret) ZD_CHECKED;
/* The style that looks like this one, with our fill or without it. */
uint32_t mark_style_marked(struct mark_styles *s, uint32_t style);
uint32_t mark_style_plain(struct mark_styles *s, uint32_t style);
bool mark_styles_changed(const struct mark_styles *s);
enum zd_rc mark_styles_write(struct zd_cx *cx, const struct mark_styles *s,
			     struct zd_out *out) ZD_CHECKED;

/* --- the sheet --------------------------------------------------------------------------- */

struct mark_sheet {
	const struct mark_cell *cells;
	size_t n;
	struct mark_styles *styles;
	const char *
		new_drawing; /* relation id for a drawing of comments if the sheet has none, or NULL */
	/* found */
	struct zd_str drawing; /* relation id of the sheet's own, absent: none */
	bool strict;           /* the namespaces of strict OOXML */
};

/* Rewrites the part into dir's unlinked file of packed bytes. The caller closes ret->fd. */
enum zd_rc mark_sheet_write(struct zd_cx *cx, struct zd_arena *arena, const struct zip *zip,
			    const struct zip_member *part, const char *dir,
			    struct mark_sheet *sheet, struct zip_packed *ret) ZD_CHECKED;

/* --- comments and their drawing ---------------------------------------------------------- */

struct mark_place {
	int row, column; /* from 0, as drawings count */
};

struct mark_comments {
	struct zd_str text; /* of the part before; absent: a new one */
	struct mark_cell *cells;
	size_t n;
	bool strict;
	/* found: comments that went, whose shapes must go, too */
	struct mark_place *gone;
	size_t n_gone, cap_gone;
};

enum zd_rc mark_comments_write(struct zd_cx *cx, struct zd_arena *arena, struct mark_comments *c,
			       struct zd_out *out) ZD_CHECKED;
/* before: the drawing's text, absent: a new one. block: the highest number of shape ids used anywhere. */
enum zd_rc mark_drawing_write(struct zd_cx *cx, struct zd_arena *arena, struct zd_str before,
			      const struct mark_comments *c, int block,
			      struct zd_out *out) ZD_CHECKED;
/* The highest block of shape ids that a drawing reserves. */
int mark_drawing_block(struct zd_str text);

#endif
