/* The ndjson reader: any bytes end in rows or sentences, all of them text. */
#include "fuzz_table.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 22);
	struct zd_cx cx = { .arena = arena };
	int fd = fuzz_file(data, size);
	enum zd_rc rc;

	(void)fuzz_rows(&cx, fd, TABLE_NDJSON, &rc);
	(void)close(fd);
	return 0;
}
