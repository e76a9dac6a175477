/* write: what writers share, and the two formats that are plain text. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table/reader.h"
#include "table/writer.h"

#define FLUSH_AT ((size_t)64 << 10)

void
writer_put_clean(struct zd_out *out, struct zd_str s)
{
	for (;;) {
		size_t good = zd_utf8_check(s);
		zd_out_write(out, (struct zd_str){ s.p, good });
		if (good == s.n)
			return;
		zd_out_write(out, ZD_STR("\xEF\xBF\xBD"));
		s = (struct zd_str){ s.p + good + 1, s.n - good - 1 };
	}
}

/* --- csv and ndjson ------------------------------------------------------------------------ */

struct text_writer {
	struct table_writer base;
	int fd;
	bool csv;
	struct zd_out out;
};

static enum zd_rc
flush(struct zd_cx *cx, struct text_writer *w)
{
	if (w->out.failed)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	for (size_t at = 0; at < w->out.n;) {
		ssize_t got = write(w->fd, w->out.p + at, w->out.n - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return zd_fail(cx, ZD_FAILED, NULL, "写入文件失败：%s",
				       strerrordesc_np(errno));
		at += (size_t)got;
	}
	w->out.n = 0;
	return ZD_OK;
}

/* One field in quotes; a program that opens the file takes none for a formula. */
static void
put_field(struct zd_out *out, struct zd_str s)
{
	zd_out_write(out, ZD_STR("\""));
	if (csv_is_guarded(s))
		zd_out_write(out, ZD_STR("'"));
	while (s.n) {
		const char *quote = memchr(s.p, '"', s.n);
		size_t n = quote ? (size_t)(quote - s.p) + 1 : s.n;
		writer_put_clean(out, (struct zd_str){ s.p, n });
		if (quote)
			zd_out_write(out, ZD_STR("\""));
		s = (struct zd_str){ s.p + n, s.n - n };
	}
	zd_out_write(out, ZD_STR("\""));
}

static void
put_csv(struct text_writer *w, const struct zd_str *cells)
{
	for (size_t i = 0; i < w->base.n; i++) {
		if (i)
			zd_out_write(&w->out, ZD_STR(","));
		put_field(&w->out, cells[i]);
	}
	zd_out_write(&w->out, ZD_STR("\r\n"));
}

static struct zd_str
clean(struct text_writer *w, struct zd_str s)
{
	struct zd_out out = { .max = w->out.max };

	if (zd_utf8_check(s) == s.n)
		return s;
	writer_put_clean(&out, s);
	struct zd_str copy = zd_str_copy(w->base.arena, zd_out_str(&out));
	zd_out_drop(&out);
	return copy;
}

static void
put_json(struct text_writer *w, const struct zd_str *cells)
{
	for (size_t i = 0; i < w->base.n; i++) {
		zd_out_write(&w->out, i ? ZD_STR(",") : ZD_STR("{"));
		zd_out_json(&w->out, w->base.columns[i].heading);
		zd_out_write(&w->out, ZD_STR(":"));
		zd_out_json(&w->out, clean(w, cells[i]));
	}
	zd_out_write(&w->out, ZD_STR("}\n"));
}

static enum zd_rc
text_write(struct zd_cx *cx, struct table_writer *writer, const struct zd_str *cells)
{
	struct text_writer *w = (struct text_writer *)writer;

	if (w->csv)
		put_csv(w, cells);
	else
		put_json(w, cells);
	return w->out.n > FLUSH_AT || w->out.failed ? flush(cx, w) : ZD_OK;
}

static enum zd_rc
text_finish(struct zd_cx *cx, struct table_writer *writer)
{
	struct text_writer *w = (struct text_writer *)writer;

	ZD_TRY(flush(cx, w));
	int rc = close(w->fd);
	w->fd = -1;
	if (rc < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "写入文件失败：%s", strerrordesc_np(errno));
	return ZD_OK;
}

static void
text_close(struct table_writer *writer)
{
	struct text_writer *w = (struct text_writer *)writer;

	if (w->fd >= 0)
		(void)close(w->fd);
	zd_out_drop(&w->out);
}

static const struct writer_kind text_kind = { text_write, text_finish, text_close };

static enum zd_rc
fail_create(struct zd_cx *cx, const char *path)
{
	return zd_fail(cx, ZD_FAILED, NULL, "不能建文件 %s：%s", path, strerrordesc_np(errno));
}

enum zd_rc
text_writer_open(struct zd_cx *cx, const struct table_writer *base, bool csv,
		 struct table_writer **ret)
{
	struct text_writer *w = calloc(1, sizeof(*w));

	if (!w)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	w->base = *base;
	w->base.kind = &text_kind;
	w->csv = csv;
	w->out.max = (size_t)256 << 20;
	w->fd = open(base->path, O_WRONLY | O_CLOEXEC);
	if (w->fd < 0) {
		free(w);
		return fail_create(cx, base->path);
	}
	if (csv) {
		struct zd_str *headings = zd_new_array(base->arena, struct zd_str, base->n);
		for (size_t i = 0; i < base->n; i++)
			headings[i] = base->columns[i].heading;
		zd_out_write(&w->out, ZD_STR("\xEF\xBB\xBF"));
		put_csv(w, headings);
	}
	*ret = &w->base;
	return ZD_OK;
}

/* --- the public face ----------------------------------------------------------------------- */

static const struct table_column *
copy_columns(struct zd_arena *arena, const struct table_column *columns, size_t n)
{
	struct table_column *copy = zd_new_array(arena, struct table_column, n);

	for (size_t i = 0; i < n; i++) {
		copy[i] = columns[i];
		copy[i].heading = zd_str_copy(arena, columns[i].heading);
		copy[i].hint = zd_str_copy(arena, columns[i].hint);
		struct zd_str *choices = zd_new_array(arena, struct zd_str, columns[i].n_choices);
		for (size_t k = 0; k < columns[i].n_choices; k++)
			choices[k] = zd_str_copy(arena, columns[i].choices[k]);
		copy[i].choices = choices;
	}
	return copy;
}

enum zd_rc
table_writer_open(struct zd_cx *cx, const char *path, enum table_format format, struct zd_str title,
		  const struct table_column *columns, size_t n, struct table_writer **ret)
{
	/* Here, for all formats: what cannot be made is said at once, and nobody else may read it. */
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_create(cx, path);
	(void)close(fd);
	struct zd_arena *arena = zd_arena_new((size_t)16 << 20);
	struct table_writer base = {
		.arena = arena,
		.path = zd_str_copy(arena, zd_str_of(path)).p,
		.columns = copy_columns(arena, columns, n),
		.n = n,
		.title = zd_str_copy(arena, title),
	};
	enum zd_rc rc = format == TABLE_XLSX
				? xlsx_writer_open(cx, &base, ret)
				: text_writer_open(cx, &base, format == TABLE_CSV, ret);

	if (rc != ZD_OK) {
		(void)unlink(path);
		zd_arena_free(arena);
	}
	return rc;
}

enum zd_rc
table_write(struct zd_cx *cx, struct table_writer *writer, const struct zd_str *cells)
{
	return writer->kind->write(cx, writer, cells);
}

static void
free_writer(struct table_writer *writer)
{
	struct zd_arena *arena = writer->arena;

	writer->kind->close(writer);
	free(writer);
	zd_arena_free(arena);
}

enum zd_rc
table_writer_close(struct zd_cx *cx, struct table_writer *writer)
{
	enum zd_rc rc = writer->kind->finish(cx, writer);

	if (rc != ZD_OK)
		(void)unlink(writer->path);
	free_writer(writer);
	return rc;
}

void
table_writer_drop(struct table_writer **writer)
{
	if (!*writer)
		return;
	(void)unlink((*writer)->path);
	free_writer(*writer);
	*writer = NULL;
}
