/* merges: found in the bytes of the part, because they stand behind all of its cells. */
#include "table/merges.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 1048576
#define COLUMNS_MAX 16384
#define MERGES_MAX 100000
#define BLOCK ((size_t)64 << 10)
#define TAG_MAX 128 /* bytes in which a mergeCell tag surely ends */

bool
merges_parse_cell(struct zd_str s, int *ret_column, int *ret_row)
{
	int column = 0, row = 0;
	size_t i = 0;

	for (; i < s.n && s.p[i] >= 'A' && s.p[i] <= 'Z' && column <= COLUMNS_MAX; i++)
		column = column * 26 + (s.p[i] - 'A' + 1);
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && row <= ROWS_MAX; i++)
		row = row * 10 + (s.p[i] - '0');
	*ret_column = column - 1;
	*ret_row = row;
	return i == s.n && column > 0 && column <= COLUMNS_MAX && row > 0 && row <= ROWS_MAX;
}

static enum zd_rc
add_merge(struct zd_cx *cx, struct merges *m, struct zd_str ref)
{
	const char *colon = memchr(ref.p, ':', ref.n);
	struct merge one;

	if (!colon)
		return ZD_OK;
	size_t n = (size_t)(colon - ref.p);
	if (!merges_parse_cell((struct zd_str){ ref.p, n }, &one.column1, &one.row1) ||
	    !merges_parse_cell((struct zd_str){ colon + 1, ref.n - n - 1 }, &one.column2,
			       &one.row2))
		return ZD_OK;
	if (m->n == MERGES_MAX)
		return zd_fail(cx, ZD_TOO_LARGE, NULL,
			       "工作表里有超过 %d 处合并单元格，请取消合并后再传", MERGES_MAX);
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 64;
		struct merge *more = realloc(m->list, cap * sizeof(*more));
		if (!more)
			return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
		m->list = more;
		m->cap = cap;
	}
	m->list[m->n++] = one;
	return ZD_OK;
}

/* The value of ref in the tag at p. */
static struct zd_str
find_ref(const char *p, size_t n)
{
	const char *end = memchr(p, '>', n);
	const char *ref = memmem(p, end ? (size_t)(end - p) : n, "ref=", 4);

	if (!end || !ref || ref + 5 >= end)
		return (struct zd_str){ 0 };
	const char *close = memchr(ref + 5, ref[4], (size_t)(end - ref) - 5);
	return close ? (struct zd_str){ ref + 5, (size_t)(close - ref) - 5 } : (struct zd_str){ 0 };
}

/* Takes the merges out of a block; ret_keep: bytes of its end to see again with the next one. */
static enum zd_rc
scan_block(struct zd_cx *cx, struct merges *m, const char *p, size_t n, bool last, size_t *ret_keep)
{
	const char *end = p + n;

	for (const char *at = p; (at = memmem(at, (size_t)(end - at), "mergeCell ", 10));
	     at += 10) {
		size_t room = (size_t)(end - at);
		if (!last && room < TAG_MAX) {
			*ret_keep = room;
			return ZD_OK;
		}
		struct zd_str ref = find_ref(at, room < TAG_MAX ? room : TAG_MAX);
		if (ref.p)
			ZD_TRY(add_merge(cx, m, ref));
	}
	*ret_keep = n < 9 ? n : 9;
	return ZD_OK;
}

static enum zd_rc
scan_stream(struct zd_cx *cx, struct merges *m, struct zip_stream *stream)
{
	char buf[BLOCK + TAG_MAX];
	size_t keep = 0, got = 1;

	while (got) {
		ZD_TRY(zip_stream_read(cx, stream, buf + keep, BLOCK, &got));
		size_t n = keep + got;
		ZD_TRY(scan_block(cx, m, buf, n, got == 0, &keep));
		memmove(buf, buf + n - keep, keep);
	}
	return ZD_OK;
}

static int
by_first_row(const void *a, const void *b)
{
	return ((const struct merge *)a)->row1 - ((const struct merge *)b)->row1;
}

enum zd_rc
merges_read(struct zd_cx *cx, const struct zip *zip, const struct zip_member *part,
	    struct merges *ret)
{
	struct zip_stream *stream ZD_CLEANUP(zip_stream_drop) = NULL;

	ret->n = 0;
	ZD_TRY(zip_stream_open(cx, zip, part, &stream));
	ZD_TRY(scan_stream(cx, ret, stream));
	if (ret->n)
		qsort(ret->list, ret->n, sizeof(*ret->list), by_first_row);
	return ZD_OK;
}

void
merges_drop(struct merges *merges)
{
	free(merges->list);
	*merges = (struct merges){ 0 };
}
