/* The package reader: any bytes as a workbook, read, marked, and read again. */
#include "fuzz_table.h"
#include "table/zipfile.h"

/* Every member that is said to be there, inflated as far as it goes. */
static void
read_members(struct zd_cx *cx, int fd)
{
	struct zip *zip;

	if (zip_open(cx, fd, &fuzz_options.limits, cx->arena, &zip) != ZD_OK)
		return;
	for (size_t i = 0; i < zip->n; i++) {
		struct zd_str text;
		if (zip_find(zip, zip->members[i].name) != &zip->members[i])
			abort();
		(void)zip_read_all(cx, zip, &zip->members[i], 1 << 16, cx->arena, &text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct table_mark marks[] = { { 2, 0, ZD_LIT("x") } };
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 26);
	struct zd_cx cx = { .arena = arena };
	int fd = fuzz_file(data, size);
	enum zd_rc rc;

	read_members(&cx, fd);
	(void)fuzz_rows(&cx, fd, TABLE_XLSX, &rc);
	if (table_mark_workbook(&cx, fd, (struct zd_str){ 0 }, marks, 1,
				"/dev/shm/fuzz_zip.xlsx") == ZD_OK)
		(void)unlink("/dev/shm/fuzz_zip.xlsx");
	(void)close(fd);
	return 0;
}
