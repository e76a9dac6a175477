#ifndef ZD_TEST_TABLE_H
#define ZD_TEST_TABLE_H

/* What the tests of this room share: files in memory, and a reader's whole yield as one text. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/test.h"
#include "table/table.h"

static struct zd_arena *arena;
static struct zd_cx cx;

static inline int
set_up(void **state)
{
	(void)state;
	arena = zd_arena_new((size_t)64 << 20);
	cx = (struct zd_cx){ .arena = arena };
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	zd_arena_free(arena);
	return 0;
}

static inline void
drop_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline int
file_of(const void *p, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t at = 0; at < n;) {
		ssize_t got = write(fd, (const char *)p + at, n - at);
		assert_true(got > 0);
		at += (size_t)got;
	}
	return fd;
}

static inline void
dump_row(struct zd_out *out, const struct table_row *row)
{
	zd_out_printf(out, "%d@%d", row->number, row->line);
	if (row->broken.p) {
		zd_out_printf(out, "! %d %.*s\n", row->broken_column, ZD_STR_ARG(row->broken));
		assert_int_equal(row->n, 0);
		return;
	}
	for (size_t i = 0; i < row->n; i++) {
		const struct table_cell *c = &row->cells[i];
		zd_out_write(out, i ? ZD_STR("|") : ZD_STR(": "));
		zd_out_write(out, c->text.p ? c->text : ZD_STR("~"));
		zd_out_printf(out, "%s%s%s", c->formula ? "{f}" : "", c->merged ? "{m}" : "",
			      c->fault ? "{!}" : "");
	}
	zd_out_write(out, ZD_STR("\n"));
}

/* "[heading|heading]", then "number@line: cell|cell" or "number@line! column sentence" a row; a
 * failed call gives "outcome: sentence". */
static inline struct zd_str
dump_fd(int fd, enum table_format format, const struct table_options *options)
{
	struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
	struct zd_out out = { .max = (size_t)32 << 20 };
	struct table_row row;
	const struct zd_str *headings;
	enum zd_rc rc = table_open(&cx, fd, format, options, &reader);

	if (rc == ZD_OK) {
		size_t n = table_headings(reader, &headings);
		zd_out_write(&out, ZD_STR("["));
		for (size_t i = 0; i < n; i++)
			zd_out_printf(&out, "%s%.*s", i ? "|" : "", ZD_STR_ARG(headings[i]));
		zd_out_write(&out, ZD_STR("]\n"));
		while ((rc = table_next(&cx, reader, &row)) == ZD_OK)
			dump_row(&out, &row);
	}
	if (rc != ZD_NOT_FOUND)
		zd_out_printf(&out, "%s: %s\n", zd_rc_meaning(rc)->name, cx.err.text);
	struct zd_str got = zd_str_copy(arena, zd_out_str(&out));
	zd_out_drop(&out);
	return got;
}

static inline struct zd_str
dump_bytes(struct zd_str bytes, enum table_format format, const struct table_options *options)
{
	int fd ZD_CLEANUP(drop_fd) = file_of(bytes.p, bytes.n);

	return dump_fd(fd, format, options);
}

static inline struct zd_str
notes_of(struct zd_str bytes, enum table_format format, const struct table_options *options)
{
	int fd ZD_CLEANUP(drop_fd) = file_of(bytes.p, bytes.n);
	struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
	struct table_row row;

	assert_rc(&cx, table_open(&cx, fd, format, options, &reader), ZD_OK);
	while (table_next(&cx, reader, &row) == ZD_OK)
		;
	return zd_str_copy(arena, table_notes(reader));
}

static inline bool
contains(struct zd_str s, const char *part)
{
	return memmem(s.p, s.n, part, strlen(part)) != NULL;
}

#define assert_contains(s, part)                                                                   \
	do {                                                                                       \
		struct zd_str whole_ = (s);                                                        \
		if (!contains(whole_, part))                                                       \
			fail_msg("%s: '%.*s' has no '%s'", #s, ZD_STR_ARG(whole_), part);          \
	} while (0)

#endif
