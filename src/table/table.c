/* table: finds formats, opens readers, and does what rows of all formats have in common. */
#include "table/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/input.h"
#include "table/reader.h"

struct table_limits
table_limits_of(const struct table_limits *limits, enum table_format format)
{
	struct table_limits l = limits ? *limits : (struct table_limits){ 0 };

	if (!l.max_bytes)
		l.max_bytes = format == TABLE_XLSX ? (int64_t)512 << 20 : (int64_t)2 << 30;
	if (!l.max_packed)
		l.max_packed = (int64_t)50 << 20;
	if (!l.max_columns)
		l.max_columns = 1000;
	if (!l.max_cell)
		l.max_cell = (size_t)65535 * 4;
	if (!l.max_row)
		l.max_row = (size_t)4 << 20;
	if (!l.max_ratio)
		l.max_ratio = 200;
	return l;
}

/* --- formats ------------------------------------------------------------------------------- */

static const struct magic {
	struct zd_str bytes;
	const char *advice;
} strangers[] = {
	{ ZD_LIT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
	  "文件是旧版 .xls 或设了打开密码的工作簿，请去掉密码并另存为 .xlsx 后再传" },
	{ ZD_LIT("%PDF-"), "文件是 PDF，请传 Excel（.xlsx）、CSV 或 NDJSON 文件" },
	{ ZD_LIT("\x1F\x8B"), "文件是 gzip 压缩包，请解压后再传" },
	{ ZD_LIT("\x28\xB5\x2F\xFD"), "文件是 zstd 压缩包，请解压后再传" },
	{ ZD_LIT("Rar!"), "文件是 RAR 压缩包，请解压后再传" },
	{ ZD_LIT("7z\xBC\xAF\x27\x1C"), "文件是 7z 压缩包，请解压后再传" },
	{ ZD_LIT("\x89PNG"), "文件是图片，请传 Excel（.xlsx）、CSV 或 NDJSON 文件" },
	{ ZD_LIT("\xFF\xD8\xFF"), "文件是图片，请传 Excel（.xlsx）、CSV 或 NDJSON 文件" },
	{ ZD_LIT("\x7F"
		 "ELF"),
	  "文件是程序，请传 Excel（.xlsx）、CSV 或 NDJSON 文件" },
};

/* A web page or XML saved under the name of a workbook, as some systems export. */
static bool
is_markup(struct zd_str text)
{
	return text.n > 1 && text.p[0] == '<' &&
	       (text.p[1] == '!' || text.p[1] == '?' || (text.p[1] | 32) == 'h' ||
		(text.p[1] | 32) == 't');
}

static enum table_format
format_of(struct zd_str head)
{
	struct zd_str text = zd_str_trim(head);

	if (zd_str_starts(head, ZD_STR("PK\x03\x04")) || zd_str_starts(head, ZD_STR("PK\x05\x06")))
		return TABLE_XLSX;
	if (text.n && (text.p[0] == '{' || text.p[0] == '['))
		return TABLE_NDJSON;
	return TABLE_CSV;
}

enum zd_rc
table_sniff(struct zd_cx *cx, int fd, enum table_format *ret)
{
	char buf[1024];
	int64_t n = input_read_at(fd, buf, sizeof(buf), 0);

	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：%s", strerrordesc_np(errno));
	if (n == 0)
		return zd_fail(cx, ZD_INVALID, NULL, "文件是空的");
	struct zd_str head = { buf, (size_t)n };
	for (size_t i = 0; i < ZD_COUNT(strangers); i++)
		if (zd_str_starts(head, strangers[i].bytes))
			return zd_fail(cx, ZD_INVALID, NULL, "%s", strangers[i].advice);
	if (is_markup(zd_str_trim(head)))
		return zd_fail(cx, ZD_INVALID, NULL,
			       "文件其实是网页或 XML，请用 Excel 或 WPS 打开后另存为 .xlsx 再传");
	*ret = format_of(head);
	return ZD_OK;
}

/* --- what all readers share ---------------------------------------------------------------- */

void
table_reader_init(struct table_reader *reader, const struct table_kind *kind,
		  const struct table_options *options, enum table_format format)
{
	*reader = (struct table_reader){ .kind = kind };
	if (options)
		reader->options = *options;
	reader->options.limits = table_limits_of(&reader->options.limits, format);
	reader->arena = zd_arena_new((size_t)16 << 20);
	reader->row_arena = zd_arena_new((size_t)1 << 20);
	reader->notes.max = (size_t)64 << 10;
	reader->next_number = 1;
	reader->in_hints = true;
}

void
table_note(struct table_reader *reader, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	struct zd_str line = zd_str_of(text);
	line.n = zd_utf8_check(line);
	if (reader->notes.n)
		zd_out_write(&reader->notes, ZD_STR("\n"));
	zd_out_write(&reader->notes, line);
}

struct zd_str
table_column_name(struct zd_arena *arena, int column)
{
	char buf[8];
	size_t at = sizeof(buf);

	for (int c = column + 1; c > 0 && at > 0; c = (c - 1) / 26)
		buf[--at] = (char)('A' + (c - 1) % 26);
	return zd_str_copy(arena, (struct zd_str){ buf + at, sizeof(buf) - at });
}

bool
table_row_is_blank(const struct table_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->cells[i].fault || zd_str_trim(row->cells[i].text).n)
			return false;
	return true;
}

void
table_pad_row(const struct table_reader *reader, struct table_cell *cells, size_t *n)
{
	for (; *n < reader->n_headings; (*n)++)
		cells[*n] = (struct table_cell){ 0 };
}

void
table_add_heading(struct table_reader *reader, struct zd_str text)
{
	reader->headings = zd_grow(reader->arena, reader->headings, reader->n_headings,
				   &reader->cap_headings, sizeof(*reader->headings));
	if (!text.p)
		text = ZD_STR("");
	reader->headings[reader->n_headings++] = zd_str_copy(reader->arena, text);
}

static int
count_hits(const struct table_reader *reader, const struct table_row *row)
{
	int hits = 0;

	if (!reader->options.is_heading)
		return 0;
	for (size_t i = 0; i < row->n; i++) {
		struct zd_str text = zd_str_trim(row->cells[i].text);
		if (text.n && reader->options.is_heading(reader->options.arg, text))
			hits++;
	}
	return hits;
}

enum zd_rc
table_find_heading(struct zd_cx *cx, struct table_reader *reader, struct table_heading *ret)
{
	struct table_heading best = { 0 };

	for (int i = 0; i < TABLE_HEADING_ROWS; i++) {
		struct table_row row = { 0 };
		enum zd_rc rc = reader->kind->next(cx, reader, &row);
		if (rc == ZD_NOT_FOUND)
			break;
		ZD_TRY(rc);
		int hits = count_hits(reader, &row);
		if (row.broken.p || (best.found && hits <= best.hits))
			continue;
		best = (struct table_heading){ hits, (int)row.n, i, true };
	}
	*ret = best;
	return reader->kind->rewind(cx, reader);
}

static void
note_double_headings(struct table_reader *reader)
{
	for (size_t i = 1; i < reader->n_headings; i++)
		for (size_t k = 0; k < i; k++)
			if (reader->headings[i].n &&
			    zd_str_equal(reader->headings[i], reader->headings[k])) {
				table_note(reader, "表头「%.*s」出现了不止一次",
					   ZD_STR_ARG(reader->headings[i]));
				break;
			}
}

/* No row could be the heading: the file is empty, or its first row is broken. */
static enum zd_rc
no_heading(struct zd_cx *cx, struct table_reader *reader)
{
	struct table_row row = { 0 };
	enum zd_rc rc = reader->kind->next(cx, reader, &row);

	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_INVALID, NULL, "文件里没有任何一行数据");
	ZD_TRY(rc);
	return zd_fail(cx, ZD_INVALID, NULL, "表头读不出来：第 %d 行%.*s", row.line,
		       ZD_STR_ARG(row.broken));
}

enum zd_rc
table_take_heading(struct zd_cx *cx, struct table_reader *reader, const struct table_heading *at)
{
	struct table_row row = { 0 };

	if (!at->found)
		return no_heading(cx, reader);
	for (int i = 0; i <= at->skip; i++) {
		enum zd_rc rc = reader->kind->next(cx, reader, &row);
		if (rc == ZD_NOT_FOUND)
			return zd_fail(cx, ZD_INVALID, NULL, "文件在读取时被改动，请重传");
		ZD_TRY(rc);
	}
	size_t n = row.n;
	while (n && !zd_str_trim(row.cells[n - 1].text).n)
		n--;
	for (size_t i = 0; i < n; i++)
		table_add_heading(reader, zd_str_trim(row.cells[i].text));
	note_double_headings(reader);
	return ZD_OK;
}

/* --- the public face ----------------------------------------------------------------------- */

enum zd_rc
table_open(struct zd_cx *cx, int fd, enum table_format format, const struct table_options *options,
	   struct table_reader **ret)
{
	switch (format) {
	case TABLE_CSV: return csv_open(cx, fd, options, ret);
	case TABLE_XLSX: return xlsx_open(cx, fd, options, ret);
	case TABLE_NDJSON: return ndjson_open(cx, fd, options, ret);
	}
	return zd_fail(cx, ZD_FAILED, NULL, "没有这种文件格式：%d", (int)format);
}

size_t
table_headings(const struct table_reader *reader, const struct zd_str **ret)
{
	*ret = reader->headings;
	return reader->n_headings;
}

struct zd_str
table_notes(const struct table_reader *reader)
{
	return zd_out_str(&reader->notes);
}

struct zd_str
table_sheet(const struct table_reader *reader)
{
	return reader->sheet;
}

static bool
is_hint_row(const struct table_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->cells[i].text.n)
			return zd_str_starts(row->cells[i].text, ZD_STR(TABLE_HINT));
	return false;
}

enum zd_rc
table_next(struct zd_cx *cx, struct table_reader *reader, struct table_row *ret)
{
	for (int hints = 0;; hints++) {
		struct table_row row = { .broken_column = -1 };
		zd_arena_reset(reader->row_arena);
		ZD_TRY(reader->kind->next(cx, reader, &row));
		if (reader->in_hints && hints < TABLE_HINT_ROWS && is_hint_row(&row))
			continue;
		reader->in_hints = false;
		row.number = reader->next_number++;
		*ret = row;
		return ZD_OK;
	}
}

int64_t
table_bytes_read(const struct table_reader *reader)
{
	return reader->kind->bytes_read(reader);
}

void
table_close(struct table_reader *reader)
{
	if (!reader)
		return;
	reader->kind->close(reader);
	zd_arena_free(reader->arena);
	zd_arena_free(reader->row_arena);
	zd_out_drop(&reader->notes);
	free(reader);
}

void
table_drop(struct table_reader **reader)
{
	table_close(*reader);
	*reader = NULL;
}
