/* A list for programs and spreadsheets: JSON pages, and downloads that stream. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/app.h"
#include "page/list.h"
#include "table/table.h"

#define MAX_ROWS 1000000

/* --- JSON ---------------------------------------------------------------------------------- */

static void
put_json_cell(struct zd_out *out, const struct list_column *column, struct zd_str cell)
{
	int64_t n;

	if ((column->db->type == DB_INT || column->db->type == DB_ENUM) && zd_int_parse(cell, &n))
		zd_out_int(out, n);
	else
		zd_out_json(out, cell);
}

static void
put_json_row(struct zd_out *out, const struct list_view *view, const struct list_row *row)
{
	zd_out_printf(out, "{\"id\":%lld", (long long)row->id);
	for (size_t i = 0; i < view->n_columns; i++) {
		const struct list_column *column = &view->columns[i];
		if (column->db->hidden || strcmp(column->db->name, "id") == 0)
			continue;
		if (query_get(&view->query, ZD_STR("cols")).p && !column->shown)
			continue;
		zd_out_write(out, ZD_STR(","));
		zd_out_json(out, zd_str_of(column->db->name));
		zd_out_write(out, ZD_STR(":"));
		put_json_cell(out, column, row->cells[i]);
	}
	zd_out_write(out, ZD_STR("}"));
}

void
list_json(struct zd_out *out, const struct list_view *view)
{
	zd_out_write(out, ZD_STR("{\"rows\":["));
	for (size_t i = 0; i < view->n_rows; i++) {
		if (i)
			zd_out_write(out, ZD_STR(","));
		put_json_row(out, view, &view->rows[i]);
	}
	zd_out_write(out, ZD_STR("],\"next\":"));
	zd_out_json(out, view->more ? view->rows[view->n_rows - 1].key : (struct zd_str){ 0 });
	zd_out_write(out, ZD_STR("}\n"));
}

/* --- downloads ------------------------------------------------------------------------------ */

struct download {
	struct list_view *view;
	struct table_writer *writer;
	struct zd_arena *scratch; /* one row at a time, however many there are */
	struct zd_str *cells;
	int64_t n;
};

static struct zd_str
plain_cell(struct zd_cx *cx, const struct list_view *view, const struct list_column *column,
	   struct zd_str cell)
{
	const struct page_choice *choice = page_choice_find(column->choices, cell);
	int64_t ms;

	if (column->spec && column->spec->text)
		return column->spec->text(cx, cell, view->spec->arg);
	if (choice)
		return choice->name;
	if (column->as == PAGE_AS_YES && cell.n)
		return zd_str_equal(cell, ZD_STR("1")) ? ZD_STR("是") : ZD_STR("否");
	if (column->as == PAGE_AS_TIME && zd_int_parse(cell, &ms))
		return zd_time_format(cx->arena, ms);
	return cell;
}

static enum zd_rc
write_row(struct zd_cx *cx, const struct db_list_row *row, void *arg)
{
	struct download *to = arg;
	struct list_view *view = to->view;
	struct zd_arena *outer = cx->arena;
	size_t n = 0;

	if (++to->n > MAX_ROWS)
		return zd_fail(cx, ZD_TOO_LARGE, NULL,
			       "一次最多导出 1,000,000 行，请加筛选条件（如日期范围）后分次导出");
	cx->arena = to->scratch;
	for (size_t i = 0; i < view->n_columns; i++)
		if (view->columns[i].shown)
			to->cells[n++] = plain_cell(cx, view, &view->columns[i],
						    list_mask(view, i, row->cells[i]));
	enum zd_rc rc = table_write(cx, to->writer, to->cells);
	cx->arena = outer;
	zd_arena_reset(to->scratch);
	return rc;
}

static enum zd_rc
write_rows(struct zd_cx *cx, struct db *db, struct list_view *view, const char *path,
	   enum table_format format)
{
	struct zd_arena *scratch ZD_CLEANUP(zd_arena_drop) = zd_arena_new(4 << 20);
	struct table_column columns[LIST_MAX_COLUMNS] = { 0 };
	struct download to = { .view = view, .scratch = scratch };
	size_t n = 0;

	to.cells = zd_new_array(cx->arena, struct zd_str, view->n_columns);
	for (size_t i = 0; i < view->n_columns; i++)
		if (view->columns[i].shown)
			columns[n++].heading = zd_str_of(view->columns[i].db->title);
	view->ask.limit = 0;
	view->ask.after = (struct zd_str){ 0 };
	ZD_TRY(table_writer_open(cx, path, format, view->spec->page.title, columns, n, &to.writer));
	enum zd_rc rc = list_run(cx, db, view, write_row, &to);
	enum zd_rc closed = table_writer_close(cx, to.writer);
	return rc != ZD_OK ? rc : closed;
}

/* A file of our own in the spool, the one place a service may write; it has no name once it is open. */
static enum zd_rc
write_file(struct zd_cx *cx, struct db *db, struct list_view *view, enum table_format format,
	   int *ret_fd)
{
	const struct app *app = view->req->app;
	const char *dir = app && app->spool ? app->spool : "/tmp";
	struct zd_str path = zd_str_printf(cx->arena, "%s/zd-list-XXXXXX", dir);
	char *name = (char *)path.p;
	int fd = mkstemp(name);

	if (fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能在 %s 建立临时文件", dir);
	(void)close(fd);
	enum zd_rc rc = write_rows(cx, db, view, name, format);
	fd = rc == ZD_OK ? open(name, O_RDONLY | O_CLOEXEC) : -1;
	(void)unlink(name);
	if (rc == ZD_OK && fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "不能读取临时文件");
	*ret_fd = fd;
	return rc;
}

enum zd_rc
list_download(struct zd_cx *cx, struct db *db, struct list_view *view, struct http_reply *rep)
{
	bool csv = zd_str_equal(view->format, ZD_STR("csv"));
	struct zd_str title =
		view->spec->file_name ? zd_str_of(view->spec->file_name) : view->spec->page.title;
	int year, month, mday, fd = -1;

	ZD_TRY(write_file(cx, db, view, csv ? TABLE_CSV : TABLE_XLSX, &fd));
	zd_day_split(cx->today, &year, &month, &mday);
	rep->fd = fd;
	rep->type = csv ? "text/csv; charset=utf-8"
			: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	rep->attachment = zd_str_printf(cx->arena, "%.*s-%04d%02d%02d.%s", ZD_STR_ARG(title), year,
					month, mday, csv ? "csv" : "xlsx");
	return ZD_OK;
}
