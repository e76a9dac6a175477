/* Files in the spool directory: answers and results that are too long for memory. */
#include "ingest/ingest_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART ((size_t)64 << 10)
#define LINE_MAX_BYTES ((size_t)8 << 20)

static enum zd_rc
no_room(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_FAILED, NULL, "暂存目录不可用：%s", strerrordesc_np(errno));
}

enum zd_rc
ingest_spool_open(struct zd_cx *cx, const struct app *app, struct ingest_spool *ret)
{
	*ret = (struct ingest_spool){ .fd = open(app->spool, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
				      .out = { .max = PART + LINE_MAX_BYTES } };
	return ret->fd < 0 ? no_room(cx) : ZD_OK;
}

enum zd_rc
ingest_spool_put(struct zd_cx *cx, struct ingest_spool *spool, bool now)
{
	struct zd_str rest = zd_out_str(&spool->out);

	if (spool->out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "一行的内容过长");
	if (!now && rest.n < PART)
		return ZD_OK;
	while (rest.n) {
		ssize_t n = write(spool->fd, rest.p, rest.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return no_room(cx);
		rest = (struct zd_str){ rest.p + n, rest.n - (size_t)n };
	}
	spool->out.n = 0;
	return ZD_OK;
}

void
ingest_spool_drop(struct ingest_spool *spool)
{
	if (spool->fd >= 0)
		(void)close(spool->fd);
	zd_out_drop(&spool->out);
	spool->fd = -1;
}

enum zd_rc
ingest_spool_path(struct zd_cx *cx, const struct app *app, const char *ending, const char **ret)
{
	struct zd_str path = zd_str_printf(cx->arena, "%s/ingest-XXXXXX%s", app->spool, ending);
	int fd = mkostemps((char *)(uintptr_t)path.p, (int)strlen(ending), O_CLOEXEC);

	if (fd < 0)
		return no_room(cx);
	(void)close(fd);
	*ret = path.p;
	return ZD_OK;
}
