#ifndef ZD_TEST_BOOK_H
#define ZD_TEST_BOOK_H

/* Workbooks made part by part, good and bad. */
#include "table/test_table.h"
#include "table/zipfile.h"

struct part {
	const char *name;
	struct zd_str text;
};

#define NS "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define NS_R "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define TYPES "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

static inline struct zd_str
package_of(const struct part *parts, size_t n)
{
	int fd ZD_CLEANUP(drop_fd) = file_of("", 0);
	struct zip_writer w = { .fd = fd };

	for (size_t i = 0; i < n; i++) {
		struct zip_packed packed;
		assert_rc(&cx,
			  zip_pack(&cx, arena, zd_str_of(parts[i].name), parts[i].text, &packed),
			  ZD_OK);
		assert_rc(&cx, zip_put(&cx, &w, &packed), ZD_OK);
	}
	assert_rc(&cx, zip_finish(&cx, &w, ZD_STR("")), ZD_OK);
	zd_out_drop(&w.directory);
	char *p = zd_alloc(arena, (size_t)w.at);
	assert_int_equal(pread(fd, p, (size_t)w.at, 0), w.at);
	return (struct zd_str){ p, (size_t)w.at };
}

/* What changes from test to test; NULL: a usual one. */
struct book_parts {
	const char *workbook, *styles, *strings, *sheet1, *sheet2;
	struct zd_str sheet; /* instead of sheet1 */
	const struct part *more;
	size_t n_more;
};

#define SHEET(rows)                                                                                \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet " NS "><sheetData>" rows             \
	"</sheetData></worksheet>"
#define STYLES(numfmts, xfs)                                                                       \
	"<styleSheet " NS "><numFmts>" numfmts "</numFmts><fonts count=\"1\"><font/></fonts>"      \
	"<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill "   \
	"patternType=\"gray125\"/></fill></fills><cellXfs count=\"9\">" xfs                        \
	"</cellXfs></styleSheet>"

static inline struct zd_str
book_of(const struct book_parts *b)
{
	struct part parts[24] = {
		{ "[Content_Types].xml",
		  ZD_STR("<Types "
			 "xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
			 "<Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>") },
		{ "_rels/.rels",
		  ZD_STR("<Relationships><Relationship Id=\"rId1\" Type=\"" TYPES
			 "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>") },
		{ "xl/_rels/workbook.xml.rels",
		  ZD_STR("<Relationships>"
			 "<Relationship Id=\"rId1\" Type=\"" TYPES
			 "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
			 "<Relationship Id=\"rId2\" Type=\"" TYPES
			 "/worksheet\" Target=\"/xl/worksheets/sheet2.xml\"/>"
			 "<Relationship Id=\"rId3\" Type=\"" TYPES
			 "/styles\" Target=\"styles.xml\"/>"
			 "<Relationship Id=\"rId4\" Type=\"" TYPES
			 "/sharedStrings\" Target=\"./x/../sharedStrings.xml\"/>"
			 "<Relationship Id=\"rId5\" Type=\"" TYPES
			 "/externalLink\" TargetMode=\"External\" "
			 "Target=\"http://192.0.2.1/x.xlsx\"/>"
			 "</Relationships>") },
		{ "xl/workbook.xml",
		  zd_str_of(b->workbook ? b->workbook
					: "<workbook " NS " " NS_R
					  "><sheets><sheet name=\"一\" sheetId=\"1\" "
					  "r:id=\"rId1\"/></sheets></workbook>") },
		{ "xl/styles.xml", zd_str_of(b->styles ? b->styles : STYLES("", "<xf/>")) },
		{ "xl/sharedStrings.xml", zd_str_of(b->strings ? b->strings : "<sst " NS "/>") },
		{ "xl/worksheets/sheet1.xml", b->sheet.p ? b->sheet : zd_str_of(b->sheet1) },
	};
	size_t n = 7;

	if (b->sheet2)
		parts[n++] = (struct part){ "xl/worksheets/sheet2.xml", zd_str_of(b->sheet2) };
	for (size_t i = 0; i < b->n_more; i++)
		parts[n++] = b->more[i];
	return package_of(parts, n);
}

static inline struct zd_str
file_text(const char *path)
{
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	char *p = zd_alloc(arena, (size_t)4 << 20);
	size_t n = fread(p, 1, (size_t)4 << 20, f);
	fclose(f);
	return (struct zd_str){ p, n };
}

#endif
