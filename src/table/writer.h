#ifndef ZD_TABLE_WRITER_H
#define ZD_TABLE_WRITER_H

#include "table/table.h"

/* writer: what the writers of all formats share. */
struct writer_kind {
	enum zd_rc (*write)(struct zd_cx *cx, struct table_writer *writer,
			    const struct zd_str *cells);
	/* Completes the file. */
	enum zd_rc (*finish)(struct zd_cx *cx, struct table_writer *writer);
	/* Frees all but the writer itself, finished or not. */
	void (*close)(struct table_writer *writer);
};

/* The first member of each format's writer. */
struct table_writer {
	const struct writer_kind *kind;
	struct zd_arena *arena; /* as long as the writer */
	const char *path;
	const struct table_column *columns; /* copied */
	size_t n;
	struct zd_str title;
};

enum zd_rc text_writer_open(struct zd_cx *cx, const struct table_writer *base, bool csv,
			    struct table_writer **ret) ZD_CHECKED;
enum zd_rc xlsx_writer_open(struct zd_cx *cx, const struct table_writer *base,
			    struct table_writer **ret) ZD_CHECKED;

/* Bytes that are not UTF-8 become U+FFFD each. */
void writer_put_clean(struct zd_out *out, struct zd_str s);

#endif
