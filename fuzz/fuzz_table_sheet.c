/*
 * The sheet, shared texts, styles, comments and their drawing: the input, cut in pieces at "\n%%\n", is what
 * these parts hold. What is read before marking is read after it, and marking twice is marking once.
 */
#include <fcntl.h>

#include "fuzz_table.h"
#include "table/zipfile.h"

#define TYPES "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define OUT "/dev/shm/fuzz_sheet.xlsx"

static const struct {
	const char *name;
	struct zd_str text;
} fixed[] = {
	{ "_rels/.rels", ZD_LIT("<R><Relationship Id=\"a\" Type=\"" TYPES
				"/officeDocument\" Target=\"xl/w.xml\"/></R>") },
	{ "xl/w.xml", ZD_LIT("<w xmlns:r=\"r\"><s><sheet name=\"s\" r:id=\"b\"/></s></w>") },
	{ "xl/_rels/w.xml.rels",
	  ZD_LIT("<R><Relationship Id=\"b\" Type=\"" TYPES "/worksheet\" Target=\"s.xml\"/>"
		 "<Relationship Id=\"c\" Type=\"" TYPES "/styles\" Target=\"y.xml\"/>"
		 "<Relationship Id=\"d\" Type=\"" TYPES
		 "/sharedStrings\" Target=\"t.xml\"/></R>") },
	{ "xl/_rels/s.xml.rels",
	  ZD_LIT("<R><Relationship Id=\"e\" Type=\"" TYPES "/comments\" Target=\"c.xml\"/>"
		 "<Relationship Id=\"f\" Type=\"" TYPES "/vmlDrawing\" Target=\"v.vml\"/></R>") },
	{ "[Content_Types].xml", ZD_LIT("<Types><Default Extension=\"xml\"/></Types>") },
};
static const char *const fuzzed[] = { "xl/s.xml", "xl/t.xml", "xl/y.xml", "xl/c.xml", "xl/v.vml" };
static const char *const usual[] = { "", "<sst/>", "<s/>", "<c><authors/><commentList/></c>",
				     "<xml></xml>" };

static void
put(struct zd_cx *cx, struct zip_writer *w, const char *name, struct zd_str text)
{
	struct zip_packed packed;

	if (zip_pack(cx, cx->arena, zd_str_of(name), text, &packed) != ZD_OK ||
	    zip_put(cx, w, &packed) != ZD_OK)
		abort();
}

/* The next piece of the input; absent: there are no more. */
static struct zd_str
next_piece(struct zd_str *rest)
{
	const char *end = rest->p && rest->n ? memmem(rest->p, rest->n, "\n%%\n", 4) : NULL;
	struct zd_str piece = { rest->p, end ? (size_t)(end - rest->p) : rest->n };

	*rest = end ? (struct zd_str){ end + 4, rest->n - piece.n - 4 } : (struct zd_str){ 0 };
	return piece;
}

static int
make_book(struct zd_cx *cx, struct zd_str input)
{
	int fd = fuzz_file("", 0);
	struct zip_writer w = { .fd = fd };

	for (size_t i = 0; i < ZD_COUNT(fixed); i++)
		put(cx, &w, fixed[i].name, fixed[i].text);
	for (size_t i = 0; i < ZD_COUNT(fuzzed); i++) {
		struct zd_str piece = next_piece(&input);
		put(cx, &w, fuzzed[i], piece.p ? piece : zd_str_of(usual[i]));
	}
	if (zip_finish(cx, &w, ZD_STR("")) != ZD_OK)
		abort();
	zd_out_drop(&w.directory);
	return fd;
}

static bool
mark(struct zd_cx *cx, int *fd)
{
	static const struct table_mark marks[] = { { 1, 1, ZD_LIT("甲") },
						   { 2, -1, ZD_LIT("乙") },
						   { 2, 0, ZD_LIT("丙") },
						   { 5, 3, ZD_LIT("丁") } };

	if (table_mark_workbook(cx, *fd, (struct zd_str){ 0 }, marks, ZD_COUNT(marks), OUT) !=
	    ZD_OK)
		return false;
	(void)close(*fd);
	*fd = open(OUT, O_RDONLY | O_CLOEXEC);
	(void)unlink(OUT);
	if (*fd < 0)
		abort();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 26);
	struct zd_cx cx = { .arena = arena };
	int fd = make_book(&cx, (struct zd_str){ (const char *)data, size });
	enum zd_rc before, after;
	uint64_t rows = fuzz_rows(&cx, fd, TABLE_XLSX, &before);

	if (mark(&cx, &fd)) {
		off_t once = lseek(fd, 0, SEEK_END);
		if (before == ZD_NOT_FOUND &&
		    (fuzz_rows(&cx, fd, TABLE_XLSX, &after) != rows || after != before))
			abort();
		if (before == ZD_NOT_FOUND && !mark(&cx, &fd))
			abort();
		if (before == ZD_NOT_FOUND && lseek(fd, 0, SEEK_END) > once + 64)
			abort();
	}
	(void)close(fd);
	return 0;
}
