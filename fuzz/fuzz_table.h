#ifndef ZD_FUZZ_TABLE_H
#define ZD_FUZZ_TABLE_H

/* What the targets of table share: bytes as a file, and a reader's rows checked. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "table/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline int
fuzz_file(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || (size && write(fd, data, size) != (ssize_t)size))
		abort();
	return fd;
}

static inline bool
fuzz_is_heading(void *arg, struct zd_str text)
{
	(void)arg;
	return text.n == 1;
}

/* Small limits, so that all of them are met. */
static const struct table_options fuzz_options = {
	.limits = { .max_bytes = 1 << 22, .max_columns = 40, .max_cell = 300, .max_row = 2000 },
	.is_heading = fuzz_is_heading,
};

/* What a reader promises of each row. Returns a hash of all rows that could be read. */
static inline uint64_t
fuzz_rows(struct zd_cx *cx, int fd, enum table_format format, enum zd_rc *ret_rc)
{
	struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
	uint64_t h = 14695981039346656037U;
	struct table_row row;
	int last = 0;

	*ret_rc = table_open(cx, fd, format, &fuzz_options, &reader);
	if (*ret_rc != ZD_OK)
		return h;
	while ((*ret_rc = table_next(cx, reader, &row)) == ZD_OK) {
		if (row.number != ++last || row.line < 1 || row.n > 40 || (row.broken.p && row.n))
			abort();
		if (row.broken.p && zd_utf8_check(row.broken) < row.broken.n)
			abort();
		for (size_t i = 0; i < row.n; i++) {
			struct zd_str t = row.cells[i].text;
			if (t.n > 300 || zd_utf8_check(t) < t.n || (t.n && memchr(t.p, 0, t.n)))
				abort();
			for (size_t k = 0; k < t.n; k++)
				h = (h ^ (unsigned char)t.p[k]) * 1099511628211U;
			h = (h ^ i ^ (uint64_t)row.line << 20) * 1099511628211U;
		}
	}
	if (zd_utf8_check(table_notes(reader)) < table_notes(reader).n)
		abort();
	return h;
}

#endif
