#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "table/test_table.h"

static struct zd_str
gzip(struct zd_str s)
{
	size_t cap = s.n + 1024;
	char *p = zd_alloc(arena, cap);
	z_stream z = { .next_in = (Bytef *)(uintptr_t)s.p,
		       .avail_in = (uInt)s.n,
		       .next_out = (Bytef *)p,
		       .avail_out = (uInt)cap };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return (struct zd_str){ p, z.total_out };
}

static struct zd_str
zstd(struct zd_str s)
{
	size_t cap = ZSTD_compressBound(s.n);
	char *p = zd_alloc(arena, cap);
	size_t n = ZSTD_compress(p, cap, s.p, s.n, 3);

	assert_false(ZSTD_isError(n));
	return (struct zd_str){ p, n };
}

static struct zd_str
together(struct zd_str a, struct zd_str b)
{
	return zd_str_join(arena, (struct zd_str[]){ a, b }, 2, (struct zd_str){ 0 });
}

static enum zd_rc
inflate_bytes(struct zd_str packed, const struct table_limits *limits, struct zd_str *ret)
{
	int fd ZD_CLEANUP(drop_fd) = file_of(packed.p, packed.n);
	int out ZD_CLEANUP(drop_fd) = -1;
	struct stat st;
	enum zd_rc rc = table_inflate(&cx, fd, "/tmp", limits, &out);

	if (rc != ZD_OK)
		return rc;
	assert_int_equal(fstat(out, &st), 0);
	char *p = zd_alloc(arena, (size_t)st.st_size + 1);
	assert_int_equal(pread(out, p, (size_t)st.st_size, 0), st.st_size);
	*ret = (struct zd_str){ p, (size_t)st.st_size };
	return ZD_OK;
}

/* Text that is not easily packed. */
static struct zd_str
noise(size_t n)
{
	char *p = zd_alloc(arena, n);
	uint32_t r = 1;

	for (size_t i = 0; i < n; i++) {
		r = r * 1664525U + 1013904223U;
		p[i] = (char)('a' + (r >> 24) % 26);
	}
	return (struct zd_str){ p, n };
}

static void
packed_and_plain_files_come_out_the_same(void **state)
{
	struct zd_str text = noise(1000000), got = { 0 };
	struct zd_str head = { text.p, 300000 }, tail = { text.p + 300000, 700000 };
	const struct zd_str packed[] = { text, gzip(text), zstd(text),
					 together(gzip(head), gzip(tail)),
					 together(zstd(head), zstd(tail)) };

	(void)state;
	for (size_t i = 0; i < N(packed); i++) {
		assert_rc(&cx, inflate_bytes(packed[i], NULL, &got), ZD_OK);
		assert_true(zd_str_equal(got, text));
	}
	assert_rc(&cx, inflate_bytes(gzip(ZD_STR("")), NULL, &got), ZD_OK);
	assert_int_equal(got.n, 0);
}

static void
truncated_files_are_refused_wherever_they_end(void **state)
{
	struct zd_str text = noise(300000), got;
	const struct zd_str packed[] = { gzip(text), zstd(text) };

	(void)state;
	for (size_t i = 0; i < N(packed); i++)
		for (size_t n = 4; n < packed[i].n; n += i + packed[i].n / 50) {
			struct zd_str cut = { packed[i].p, n };
			assert_rc(&cx, inflate_bytes(cut, NULL, &got), ZD_INVALID);
			assert_non_null(strstr(cx.err.text, "不完整"));
		}
}

static void
damaged_files_are_refused(void **state)
{
	struct zd_str text = noise(300000), got;
	const struct zd_str packed[] = { gzip(text), zstd(text),
					 together(gzip(text), ZD_STR("junk")),
					 together(zstd(text), ZD_STR("junk")) };

	(void)state;
	for (size_t i = 0; i < N(packed); i++) {
		char *p = (char *)(uintptr_t)packed[i].p;
		if (i < 2)
			p[packed[i].n / 2] ^= 0x55;
		enum zd_rc rc = inflate_bytes(packed[i], NULL, &got);
		/* Without a checksum zstd may take changed letters for good; the reader behind
		 * judges them. */
		if (i == 1 && rc == ZD_OK)
			continue;
		assert_int_equal(rc, ZD_INVALID);
	}
}

static void
bombs_are_stopped_by_counting(void **state)
{
	size_t n = (size_t)32 << 20;
	struct zd_str zeros = { zd_alloc(arena, n), n }, got;
	struct table_limits small = { .max_bytes = 1 << 20, .max_ratio = 100000 };

	(void)state;
	assert_rc(&cx, inflate_bytes(gzip(zeros), NULL, &got), ZD_TOO_LARGE);
	assert_non_null(strstr(cx.err.text, "压缩比超过 200 倍"));
	assert_rc(&cx, inflate_bytes(zstd(zeros), NULL, &got), ZD_TOO_LARGE);
	assert_rc(&cx, inflate_bytes(gzip(zeros), &small, &got), ZD_TOO_LARGE);
	assert_non_null(strstr(cx.err.text, "解压后超过 1 MiB"));
}

static void
a_window_that_wants_too_much_memory_is_refused(void **state)
{
	struct zd_str text = noise(1000), got;
	ZSTD_CCtx *z = ZSTD_createCCtx();
	char p[4096];

	(void)state;
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, 27)));
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_contentSizeFlag, 0)));
	ZSTD_inBuffer in = { text.p, text.n, 0 };
	ZSTD_outBuffer out = { p, sizeof(p), 0 };
	assert_false(ZSTD_isError(ZSTD_compressStream2(z, &out, &in, ZSTD_e_flush)));
	assert_int_equal(ZSTD_compressStream2(z, &out, &in, ZSTD_e_end), 0);
	(void)ZSTD_freeCCtx(z);
	assert_rc(&cx, inflate_bytes((struct zd_str){ p, out.pos }, NULL, &got), ZD_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_and_plain_files_come_out_the_same),
		cmocka_unit_test(truncated_files_are_refused_wherever_they_end),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(bombs_are_stopped_by_counting),
		cmocka_unit_test(a_window_that_wants_too_much_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
