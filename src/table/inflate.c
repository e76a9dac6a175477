/* inflate: gzip and zstd to a plain file, counted as it grows, so that no bomb goes off. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "table/input.h"
#include "table/reader.h"

#define BLOCK ((size_t)128 << 10)
#define FREE_RATIO_BYTES ((int64_t)1 << 20) /* the ratio is watched behind these */
#define WINDOW_LOG_MAX 25                   /* 32 MiB: what zstd -19 may want, and --ultra not */

struct inflation {
	int in_fd, out_fd;
	struct table_limits limits;
	int64_t at, read, written; /* offset of the next block; bytes taken in; bytes put out */
	char *in;
	unsigned char *out;
	bool last; /* the block is the file's last */
};

enum step { STEP_GO_ON, STEP_END, STEP_BAD };

/* One kind of compression: turns *in into up to BLOCK bytes at out. */
struct inflater {
	const char *name;
	/* Takes from *in and *n; ret_out is what it put. STEP_END: a member or frame is complete.
	 */
	enum step (*step)(void *state, const char **in, size_t *n, unsigned char *out,
			  size_t *ret_out);
	/* Another member or frame may begin. */
	bool (*again)(void *state, const char *in, size_t n);
	void *state;
};

static enum zd_rc
check_size(struct zd_cx *cx, const struct inflation *f)
{
	if (f->written > f->limits.max_bytes)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "解压后超过 %lld MiB，请分成几个文件",
			       (long long)(f->limits.max_bytes >> 20));
	if (f->written > FREE_RATIO_BYTES && f->written / f->limits.max_ratio > f->read)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "压缩比超过 %d 倍，不像正常数据，已停止解压",
			       f->limits.max_ratio);
	return ZD_OK;
}

static enum zd_rc
write_out(struct zd_cx *cx, struct inflation *f, size_t n)
{
	f->written += (int64_t)n;
	ZD_TRY(check_size(cx, f));
	for (size_t at = 0; at < n;) {
		ssize_t got = write(f->out_fd, f->out + at, n - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return zd_fail(cx, ZD_FAILED, NULL, "写入临时文件失败：%s",
				       strerrordesc_np(errno));
		at += (size_t)got;
	}
	return ZD_OK;
}

static enum zd_rc
read_in(struct zd_cx *cx, struct inflation *f, size_t *ret)
{
	int64_t n = input_read_at(f->in_fd, f->in, BLOCK, f->at);

	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：%s", strerrordesc_np(errno));
	f->at += n;
	*ret = (size_t)n;
	return ZD_OK;
}

/* Runs over one block; *ended: the last member is complete so far. */
static enum zd_rc
inflate_block(struct zd_cx *cx, struct inflation *f, const struct inflater *with, size_t n,
	      bool *ended)
{
	const char *p = f->in;
	size_t got = BLOCK;

	while (n || (got == BLOCK && !*ended)) {
		if (*ended && !with->again(with->state, p, n))
			return zd_fail(cx, ZD_INVALID, NULL,
				       "%s 数据之后还有别的内容，请重新压缩后再传", with->name);
		size_t before = n;
		enum step s = with->step(with->state, &p, &n, f->out, &got);
		f->read += (int64_t)(before - n);
		if (s == STEP_BAD)
			return zd_fail(cx, ZD_INVALID, NULL, "%s 数据损坏，请重新压缩后再传",
				       with->name);
		*ended = s == STEP_END;
		ZD_TRY(write_out(cx, f, got));
		if (!got && before == n)
			break;
	}
	return ZD_OK;
}

static enum zd_rc
inflate_all(struct zd_cx *cx, struct inflation *f, const struct inflater *with)
{
	bool ended = false;
	size_t n = 0;

	for (;;) {
		ZD_TRY(read_in(cx, f, &n));
		if (n == 0)
			break;
		ZD_TRY(inflate_block(cx, f, with, n, &ended));
	}
	if (!ended)
		return zd_fail(cx, ZD_INVALID, NULL, "%s 数据不完整（没有传完），请重传",
			       with->name);
	return ZD_OK;
}

/* --- gzip ---------------------------------------------------------------------------------- */

static enum step
gzip_step(void *state, const char **in, size_t *n, unsigned char *out, size_t *ret_out)
{
	z_stream *z = state;

	z->next_in = (const Bytef *)*in;
	z->avail_in = (uInt)*n;
	z->next_out = out;
	z->avail_out = BLOCK;
	int rc = inflate(z, Z_NO_FLUSH);
	*in = (const char *)z->next_in;
	*n = z->avail_in;
	*ret_out = BLOCK - z->avail_out;
	if (rc == Z_STREAM_END)
		return STEP_END;
	return rc == Z_OK || rc == Z_BUF_ERROR ? STEP_GO_ON : STEP_BAD;
}

/* Another member follows. */
static bool
gzip_again(void *state, const char *in, size_t n)
{
	return n && in[0] == 0x1F && inflateReset(state) == Z_OK;
}

static enum zd_rc
inflate_gzip(struct zd_cx *cx, struct inflation *f)
{
	z_stream z = { 0 };
	struct inflater with = { "gzip", gzip_step, gzip_again, &z };

	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	enum zd_rc rc = inflate_all(cx, f, &with);
	(void)inflateEnd(&z);
	return rc;
}

/* --- zstd ---------------------------------------------------------------------------------- */

static enum step
zstd_step(void *state, const char **in, size_t *n, unsigned char *out, size_t *ret_out)
{
	ZSTD_inBuffer from = { *in, *n, 0 };
	ZSTD_outBuffer to = { .size = BLOCK };
	to.dst = out;
	size_t rc = ZSTD_decompressStream(state, &to, &from);

	*in += from.pos;
	*n -= from.pos;
	*ret_out = to.pos;
	if (ZSTD_isError(rc))
		return STEP_BAD;
	return rc == 0 ? STEP_END : STEP_GO_ON;
}

static bool
zstd_again(void *state, const char *in, size_t n)
{
	(void)state;
	(void)in;
	return n > 0; /* another frame; anything else it will call bad */
}

static enum zd_rc
inflate_zstd(struct zd_cx *cx, struct inflation *f)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	struct inflater with = { "zstd", zstd_step, zstd_again, z };

	if (!z || ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
		(void)ZSTD_freeDStream(z);
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	}
	enum zd_rc rc = inflate_all(cx, f, &with);
	(void)ZSTD_freeDStream(z);
	return rc;
}

/* --- the public face ----------------------------------------------------------------------- */

typedef enum zd_rc inflate_fn(struct zd_cx *cx, struct inflation *f);

static inflate_fn *
kind_of(struct zd_str head)
{
	if (zd_str_starts(head, ZD_STR("\x1F\x8B")))
		return inflate_gzip;
	if (zd_str_starts(head, ZD_STR("\x28\xB5\x2F\xFD")))
		return inflate_zstd;
	return NULL;
}

static enum zd_rc
inflate_into(struct zd_cx *cx, struct inflation *f, inflate_fn *kind)
{
	f->in = malloc(BLOCK);
	f->out = malloc(BLOCK);
	enum zd_rc rc = f->in && f->out ? kind(cx, f) : zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	free(f->in);
	free(f->out);
	return rc;
}

enum zd_rc
table_inflate(struct zd_cx *cx, int fd, const char *dir, const struct table_limits *limits,
	      int *ret_fd)
{
	char head[4];
	int64_t n = input_read_at(fd, head, sizeof(head), 0);

	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：%s", strerrordesc_np(errno));
	inflate_fn *kind = kind_of((struct zd_str){ head, (size_t)n });
	struct inflation f = { .in_fd = fd, .limits = table_limits_of(limits, TABLE_NDJSON) };
	f.out_fd = kind ? open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
			: fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (f.out_fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能建临时文件：%s", strerrordesc_np(errno));
	enum zd_rc rc = kind ? inflate_into(cx, &f, kind) : ZD_OK;
	if (rc != ZD_OK) {
		(void)close(f.out_fd);
		return rc;
	}
	*ret_fd = f.out_fd;
	return ZD_OK;
}
