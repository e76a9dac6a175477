/* Files made to hurt: each ends in a sentence, soon and in bounded memory. */
#include <sys/resource.h>
#include <zlib.h>

#include "table/test_book.h"

#define MEMORY_MAX (64L << 10) /* KiB above what the process had before */
#define BIG ((size_t)100 << 20)

static long
peak(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

/* head, then n bytes of c, then tail, in a file that this process does not hold in memory. */
static int
swollen(const char *head, char c, size_t n, const char *tail)
{
	int fd = file_of(head, strlen(head));
	char block[65536];

	memset(block, c, sizeof(block));
	for (size_t at = 0; at < n; at += sizeof(block))
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(write(fd, tail, strlen(tail)), strlen(tail));
	return fd;
}

static void
assert_rows(int file, enum table_format format, const char *want)
{
	int fd ZD_CLEANUP(drop_fd) = file;
	long before = peak();

	assert_text(dump_fd(fd, format, NULL), want);
	assert_in_range(peak() - before, 0, MEMORY_MAX);
}

static void
a_field_of_a_hundred_megabytes_costs_its_row(void **state)
{
	(void)state;
	assert_rows(swollen("a,b\n1,", 'x', BIG, "\n2,y\n"), TABLE_CSV,
		    "[a|b]\n1@2! 1 第 2 列内容过长\n2@3: 2|y\n");
	assert_rows(swollen("a,b\n1,\"", 'x', BIG, "\"\n2,y\n"), TABLE_CSV,
		    "[a|b]\n1@2! 1 第 2 列内容过长\n2@3: 2|y\n");
	assert_rows(swollen("a,b\n1,", '\0', BIG, "\n2,y\n"), TABLE_CSV,
		    "[a|b]\n1@2! 1 第 2 列内容过长\n2@3: 2|y\n");
}

static void
a_record_of_a_hundred_megabytes_costs_itself(void **state)
{
	(void)state;
	assert_rows(swollen("{\"a\":1}\n{\"a\":\"", 'x', BIG, "\"}\n{\"a\":2}\n"), TABLE_NDJSON,
		    "[a]\n1@1: 1\n2@2! -1 记录超过长度上限\n3@3: 2\n");
	assert_rows(swollen("[{\"a\":1},\n{\"a\":\"", 'x', BIG, "\"},\n{\"a\":2}]\n"), TABLE_NDJSON,
		    "[a]\n1@1: 1\n2@2! -1 记录超过长度上限\n3@3: 2\n");
	assert_rows(swollen("{\"a\":1}\n{\"a\":", '[', BIG, "\n{\"a\":2}\n"), TABLE_NDJSON,
		    "[a]\n1@1: 1\n2@2! -1 记录超过长度上限\n3@3: 2\n");
}

static void
a_file_of_blanks_holds_nothing(void **state)
{
	(void)state;
	assert_rows(swollen("", '\n', BIG, ""), TABLE_CSV, "invalid: 文件里没有任何一行数据\n");
	assert_rows(swollen("", ' ', BIG, ""), TABLE_NDJSON, "invalid: 文件里没有任何一行数据\n");
}

/* 200 MB of blanks, deflated to 200 KB. */
static struct zip_packed
bomb(void)
{
	size_t cap = (size_t)1 << 20;
	char *p = zd_alloc(arena, cap);
	static char blanks[1 << 20];
	z_stream z = { .next_out = (Bytef *)p, .avail_out = (uInt)cap };
	uLong crc = crc32(0, NULL, 0);

	memset(blanks, ' ', sizeof(blanks));
	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	for (int i = 0; i < 200; i++) {
		z.next_in = (Bytef *)blanks;
		z.avail_in = sizeof(blanks);
		crc = crc32(crc, (const Bytef *)blanks, sizeof(blanks));
		assert_int_equal(deflate(&z, i == 199 ? Z_FINISH : Z_NO_FLUSH),
				 i == 199 ? Z_STREAM_END : Z_OK);
	}
	assert_int_equal(deflateEnd(&z), Z_OK);
	return (struct zip_packed){ .crc = (uint32_t)crc,
				    .size = (int64_t)z.total_in,
				    .packed = (int64_t)z.total_out,
				    .bytes = { p, z.total_out } };
}

static void
a_bomb_in_any_part_is_stopped(void **state)
{
	static const char *const parts[] = { "_rels/.rels", "xl/workbook.xml" };

	(void)state;
	struct zip_packed packed = bomb();
	for (size_t i = 0; i < N(parts); i++) {
		packed.name = zd_str_of(parts[i]);
		int fd ZD_CLEANUP(drop_fd) = file_of("", 0);
		struct zip_writer w = { .fd = fd };
		struct zip_packed rels;
		long before = peak();
		assert_rc(&cx,
			  zip_pack(&cx, arena, ZD_STR("_rels/.rels"),
				   ZD_STR("<R><Relationship Id=\"a\" Type=\"x/officeDocument\" "
					  "Target=\"xl/workbook.xml\"/></R>"),
				   &rels),
			  ZD_OK);
		if (i > 0)
			assert_rc(&cx, zip_put(&cx, &w, &rels), ZD_OK);
		assert_rc(&cx, zip_put(&cx, &w, &packed), ZD_OK);
		assert_rc(&cx, zip_finish(&cx, &w, ZD_STR("")), ZD_OK);
		zd_out_drop(&w.directory);
		/* Found by its ratio or by a megabyte without a tag, whichever is first. */
		struct zd_str got = dump_fd(fd, TABLE_XLSX, NULL);
		assert_true(contains(got, "压缩比超过 200 倍") || contains(got, "有过长的标记"));
		assert_in_range(peak() - before, 0, MEMORY_MAX);
	}
}

/* A package with its number of members where programs put it when there are too many for 16 bits. */
static void
seventy_thousand_members_are_refused(void **state)
{
	int fd = file_of("", 0);
	struct zip_writer w = { .fd = fd };
	char name[16];

	(void)state;
	for (int i = 0; i < 60000; i++) {
		struct zip_packed packed = { .bytes = ZD_STR("\3"), .packed = 1 };
		packed.name =
			(struct zd_str){ name, (size_t)snprintf(name, sizeof(name), "%d", i) };
		assert_rc(&cx, zip_put(&cx, &w, &packed), ZD_OK);
	}
	assert_rc(&cx, zip_finish(&cx, &w, ZD_STR("")), ZD_OK);
	zd_out_drop(&w.directory);
	assert_rows(fd, TABLE_XLSX, "too_large: 工作簿里有超过 2000 个部件，不像正常的工作簿\n");
}

/* Two members that share their bytes, as quines and bombs do. */
static void
overlapping_members_are_refused(void **state)
{
	int fd = file_of("", 0);
	struct zip_writer w = { .fd = fd };
	struct zip_packed packed;

	(void)state;
	assert_rc(&cx, zip_pack(&cx, arena, ZD_STR("a"), ZD_STR("xxxxxxxxxxxxxxxx"), &packed),
		  ZD_OK);
	assert_rc(&cx, zip_put(&cx, &w, &packed), ZD_OK);
	packed.name = ZD_STR("b");
	assert_rc(&cx, zip_put(&cx, &w, &packed), ZD_OK);
	/* The second record of the directory points into the first member. */
	w.directory.p[47 + 42] = 2;
	assert_rc(&cx, zip_finish(&cx, &w, ZD_STR("")), ZD_OK);
	zd_out_drop(&w.directory);
	assert_contains(dump_fd(fd, TABLE_XLSX, NULL), "部件互相重叠");
	close(fd);
}

static void
a_sheet_of_empty_cells_and_rows_costs_time_only(void **state)
{
	struct zd_out out = { .max = (size_t)64 << 20 };

	(void)state;
	zd_out_write(&out, ZD_STR("<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData><row><c "
				  "t=\"str\"><v>a</v></c></row>"));
	for (int r = 2; r < 200000; r++)
		zd_out_printf(&out, "<row r=\"%d\" s=\"1\"><c s=\"1\"/><c s=\"2\"/></row>", r);
	zd_out_write(&out, ZD_STR("</sheetData></worksheet>"));
	struct zd_str book = book_of(&(struct book_parts){ .sheet = zd_out_str(&out) });
	zd_out_drop(&out);
	assert_rows(file_of(book.p, book.n), TABLE_XLSX, "[a]\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_field_of_a_hundred_megabytes_costs_its_row),
		cmocka_unit_test(a_record_of_a_hundred_megabytes_costs_itself),
		cmocka_unit_test(a_file_of_blanks_holds_nothing),
		cmocka_unit_test(a_bomb_in_any_part_is_stopped),
		cmocka_unit_test(seventy_thousand_members_are_refused),
		cmocka_unit_test(overlapping_members_are_refused),
		cmocka_unit_test(a_sheet_of_empty_cells_and_rows_costs_time_only),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
