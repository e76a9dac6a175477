/* What goes back to the sender of wrong rows. */
#include "ingest/ingest_return.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define ARENA_MAX ((size_t)2 << 30)

void
ingest_returning_start(struct ingest_returning *r, const struct standard *std)
{
	*r = (struct ingest_returning){ .standard = std, .arena = zd_arena_new(ARENA_MAX) };
}

void
ingest_returning_drop(struct ingest_returning *r)
{
	zd_arena_free(r->arena);
	*r = (struct ingest_returning){ 0 };
}

struct ingest_returned_row *
ingest_returning_row(struct ingest_returning *r, int line, struct zd_str raw, size_t n_errors)
{
	r->rows = zd_grow(r->arena, r->rows, r->n, &r->cap, sizeof(*r->rows));
	struct ingest_returned_row *row = &r->rows[r->n++];
	row->line = line;
	row->raw = zd_str_copy(r->arena, raw);
	row->errors = zd_new_array(r->arena, struct ingest_returned_error, n_errors + 1);
	return row;
}

struct zd_str
ingest_explain(struct zd_arena *arena, struct zd_str message, struct zd_str todo)
{
	return todo.n ? zd_str_printf(arena, "%.*s。%.*s", ZD_STR_ARG(message), ZD_STR_ARG(todo))
		      : zd_str_copy(arena, message);
}

enum zd_rc
ingest_returning_add(struct zd_cx *cx, struct ingest_returning *r, const struct ingest_row *row)
{
	const struct standard_verdict *v = &row->verdict;
	struct ingest_returned_row *to = ingest_returning_row(r, row->line, row->raw, v->n_errors);

	(void)cx;
	for (size_t i = 0; i < v->n_errors; i++)
		to->errors[to->n_errors++] = (struct ingest_returned_error){
			v->errors[i].field,
			ingest_explain(r->arena, v->errors[i].message, v->errors[i].todo)
		};
	return ZD_OK;
}

/* --- the sender's own workbook ------------------------------------------------------------ */

static bool
is_heading(void *arg, struct zd_str text)
{
	return standard_field_find(arg, text) >= 0;
}

static int
column_of(const struct standard *std, const struct zd_str *headings, size_t n, int field)
{
	for (size_t i = 0; field >= 0 && i < n; i++)
		if (standard_field_find(std, headings[i]) == field)
			return (int)i;
	return -1;
}

static int
mark_order(const void *va, const void *vb)
{
	const struct table_mark *a = va, *b = vb;

	return a->line != b->line ? (a->line < b->line ? -1 : 1) : a->column - b->column;
}

static enum zd_rc
mark(struct zd_cx *cx, const struct ingest_returning *r, int in_fd, struct zd_str sheet,
     const struct zd_str *headings, size_t n_headings, const char *path)
{
	size_t n = 0, most = 0;

	for (size_t i = 0; i < r->n; i++)
		most += r->rows[i].n_errors;
	struct table_mark *marks = zd_new_array(r->arena, struct table_mark, most + 1);
	for (size_t i = 0; i < r->n; i++)
		for (size_t e = 0; e < r->rows[i].n_errors; e++)
			marks[n++] = (struct table_mark){ .line = r->rows[i].line,
							  .column = column_of(
								  r->standard, headings, n_headings,
								  r->rows[i].errors[e].field),
							  .text = r->rows[i].errors[e].text };
	if (n)
		qsort(marks, n, sizeof(*marks), mark_order);
	return table_mark_workbook(cx, in_fd, sheet, marks, n, path);
}

/* --- a list of the refused rows ------------------------------------------------------------ */

static struct zd_str
all_errors(struct zd_arena *arena, const struct standard *std,
	   const struct ingest_returned_row *row)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };

	for (size_t i = 0; i < row->n_errors; i++) {
		const struct ingest_returned_error *e = &row->errors[i];
		struct zd_str name = { 0 };
		if (e->field >= 0)
			name = zd_str_printf(arena, "「%.*s」",
					     ZD_STR_ARG(std->fields[e->field].title));
		/* most messages name their field themselves */
		if (zd_str_starts(e->text, name))
			name.n = 0;
		zd_out_printf(&out, "%s%.*s%.*s", i ? "\n" : "", ZD_STR_ARG(name),
			      ZD_STR_ARG(e->text));
	}
	return zd_str_copy(arena, zd_out_str(&out));
}

static void
fill_cells(struct zd_arena *arena, struct zd_str raw, const struct zd_str *headings, size_t n,
	   struct zd_str *cells)
{
	struct json j = json_open(arena, raw, 0);
	struct zd_str key, value;

	memset(cells, 0, n * sizeof(*cells));
	if (!json_enter_object(&j))
		return;
	while (json_next_member(&j, &key)) {
		if (!json_text(&j, &value))
			return;
		for (size_t i = 0; i < n; i++)
			if (zd_str_equal(headings[i], key))
				cells[i] = value;
	}
}

static enum zd_rc
write_rows(struct zd_cx *cx, const struct ingest_returning *r, const struct zd_str *headings,
	   size_t n, enum table_format format, const char *path)
{
	struct table_writer *w ZD_CLEANUP(table_writer_drop) = NULL;
	struct table_column *columns = zd_new_array(r->arena, struct table_column, n + 2);
	struct zd_str *cells = zd_new_array(r->arena, struct zd_str, n + 2);

	for (size_t i = 0; i < n; i++)
		columns[i] = (struct table_column){ .heading = headings[i], .width = 16 };
	columns[n] = (struct table_column){ .heading = ZD_STR("行号"), .width = 8 };
	columns[n + 1] = (struct table_column){ .heading = ZD_STR("问题说明"), .width = 60 };
	ZD_TRY(table_writer_open(cx, path, format, r->standard->title, columns, n + 2, &w));
	for (size_t i = 0; i < r->n; i++) {
		fill_cells(r->arena, r->rows[i].raw, headings, n, cells);
		cells[n] = zd_str_printf(r->arena, "%d", r->rows[i].line);
		cells[n + 1] = all_errors(r->arena, r->standard, &r->rows[i]);
		ZD_TRY(table_write(cx, w, cells));
	}
	struct table_writer *done = w;
	w = NULL;
	return table_writer_close(cx, done);
}

static bool
ends_in(const char *path, const char *ending)
{
	size_t n = strlen(path), m = strlen(ending);

	return n >= m && strcmp(path + n - m, ending) == 0;
}

enum zd_rc
ingest_returning_write(struct zd_cx *cx, const struct ingest_returning *r, int in_fd,
		       enum table_format format, struct zd_str sheet, const char *path)
{
	struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
	struct table_options options = { .is_heading = is_heading,
					 .arg = (void *)(uintptr_t)r->standard,
					 .sheet = sheet };
	const struct zd_str *headings;

	ZD_TRY(table_open(cx, in_fd, format, &options, &reader));
	size_t n = table_headings(reader, &headings);
	if (format == TABLE_XLSX && ends_in(path, ".xlsx"))
		return mark(cx, r, in_fd, sheet, headings, n, path);
	enum table_format out = ends_in(path, ".xlsx")     ? TABLE_XLSX
				: ends_in(path, ".ndjson") ? TABLE_NDJSON
							   : TABLE_CSV;
	return write_rows(cx, r, headings, n, out, path);
}
