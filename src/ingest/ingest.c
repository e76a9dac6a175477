/* The one pipeline: a thread reads and judges, the caller's sink stores. Knows no database. */
#include "ingest/ingest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_BLOCKS 3
#define BLOCK_ARENA ((size_t)256 << 20)
#define NAMED_COLUMNS 5

/* --- columns ----------------------------------------------------------------------------- */

struct columns {
	const struct standard *std;
	int *field; /* of each heading, or -1 */
	size_t n, cap;
	int operation; /* the field cd_operation, or -1 */
};

static bool
is_heading(void *arg, struct zd_str text)
{
	return standard_field_find(arg, text) >= 0;
}

static void
map_columns(struct columns *c, struct zd_arena *arena, const struct table_reader *reader)
{
	const struct zd_str *headings;
	size_t n = table_headings(reader, &headings);

	if (n == c->n)
		return;
	if (n > c->cap) {
		int *wider = zd_new_array(arena, int, n * 2);
		if (c->n)
			memcpy(wider, c->field, c->n * sizeof(*wider));
		c->field = wider;
		c->cap = n * 2;
	}
	for (; c->n < n; c->n++)
		c->field[c->n] = standard_field_find(c->std, headings[c->n]);
}

static bool
has_field(const struct columns *c, int field)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->field[i] == field)
			return true;
	return false;
}

/* The heading that is probably meant for a field, or absent. */
static struct zd_str
near_heading(const struct columns *c, const struct table_reader *reader, int field)
{
	const struct zd_str *headings;
	size_t n = table_headings(reader, &headings);

	for (size_t i = 0; i < n && i < c->n; i++)
		if (c->field[i] < 0 && standard_field_nearest(c->std, headings[i]) == field)
			return headings[i];
	return (struct zd_str){ 0 };
}

/* A file that can delete needs no more than its keys. */
static bool
is_missing(const struct columns *c, size_t field)
{
	const struct standard_field *f = &c->std->fields[field];
	bool deletes = c->operation >= 0 && has_field(c, c->operation);

	return f->required && f->until == INT32_MAX && (!deletes || (int)field == c->std->key) &&
	       !has_field(c, (int)field);
}

/* Names the missing columns: first those for which a heading comes near, then others, five at the most. */
static int
name_missing(struct zd_out *out, const struct columns *c, const struct table_reader *reader)
{
	int missing = 0;

	for (int near = 1; near >= 0; near--)
		for (size_t i = 0; i < c->std->n_fields; i++) {
			struct zd_str heading = near_heading(c, reader, (int)i);
			if (!is_missing(c, i) || (heading.p != NULL) != near ||
			    missing++ >= NAMED_COLUMNS)
				continue;
			zd_out_printf(out, "%s「%.*s」", missing > 1 ? "、" : "",
				      ZD_STR_ARG(c->std->fields[i].title));
			if (near)
				zd_out_printf(out, "（文件中的「%.*s」与之相近，是该列请改名）",
					      ZD_STR_ARG(heading));
		}
	return missing;
}

/* A sheet without a required column would fail in every row: said once, and nothing is taken. */
static enum zd_rc
check_columns(struct zd_cx *cx, const struct columns *c, const struct table_reader *reader)
{
	struct zd_out names ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	int missing = name_missing(&names, c, reader);

	if (!missing)
		return ZD_OK;
	return zd_fail(cx, ZD_INVALID, "file",
		       "文件缺少%d个必填列：%.*s%s。请按「%.*s」模板补齐后重传，本次没有导入任何行",
		       missing, ZD_STR_ARG(zd_out_str(&names)), missing > NAMED_COLUMNS ? "等" : "",
		       ZD_STR_ARG(c->std->title));
}

static void
note_columns(struct zd_out *notes, const struct columns *c, const struct table_reader *reader)
{
	const struct zd_str *headings;
	size_t n = table_headings(reader, &headings);

	for (size_t i = 0; i < n && i < c->n; i++) {
		if (c->field[i] >= 0 || !headings[i].n)
			continue;
		int near = standard_field_nearest(c->std, headings[i]);
		zd_out_printf(notes, "「%.*s」不是本标准的列，未导入", ZD_STR_ARG(headings[i]));
		if (near >= 0)
			zd_out_printf(notes, "；与「%.*s」相近，如是该列请改名",
				      ZD_STR_ARG(c->std->fields[near].title));
		zd_out_write(notes, ZD_STR("\n"));
	}
}

/* --- one row ----------------------------------------------------------------------------- */

struct reading {
	struct zd_cx *cx;
	const struct ingest_plan *plan;
	const struct ingest_source *source;
	struct table_reader *reader;
	struct standard_judge *judge;
	struct columns columns;
	struct zd_arena *own; /* of the whole run */
	int64_t rows;
};

/* What was read of a row before it is judged. */
struct read_row {
	int number, line;
	struct zd_str broken, raw_text;
	int broken_column;
	struct zd_str *raw;       /* by field */
	struct table_cell *cells; /* by column */
	size_t n_cells;
};

static void
keep_row(struct reading *r, struct zd_arena *arena, const struct table_row *row,
	 struct read_row *ret)
{
	ret->number = row->number;
	ret->line = row->line;
	ret->broken = zd_str_copy(arena, row->broken);
	ret->broken_column = row->broken_column;
	if (row->broken.p)
		ret->raw_text = zd_str_copy(arena, row->raw);
	ret->raw = zd_new_array(arena, struct zd_str, r->plan->standard->n_fields);
	ret->cells = zd_new_array(arena, struct table_cell, row->n + 1);
	ret->n_cells = row->n;
	for (size_t i = 0; i < row->n; i++) {
		ret->cells[i] = row->cells[i];
		ret->cells[i].text = zd_str_copy(arena, row->cells[i].text);
		int field = i < r->columns.n ? r->columns.field[i] : -1;
		if (field >= 0)
			ret->raw[field] = ret->cells[i].text;
	}
}

/* Appends an error that the file, not the standard, is the source of. */
static void
add_error(struct ingest_row *row, struct zd_arena *arena, int field, const char *rule,
	  struct zd_str value, struct zd_str message, const char *todo)
{
	struct standard_error *errors =
		zd_new_array(arena, struct standard_error, row->verdict.n_errors + 1);

	if (row->verdict.n_errors)
		memcpy(errors, row->verdict.errors, row->verdict.n_errors * sizeof(*errors));
	errors[row->verdict.n_errors] = (struct standard_error){
		.row = row->number,
		.field = field,
		.rule = zd_str_of(rule),
		.value = value,
		.message = message,
		.todo = zd_str_of(todo),
		.basis = ZD_STR("导入文件格式"),
	};
	row->verdict.errors = errors;
	row->verdict.n_errors++;
	row->verdict.good = false;
}

static struct zd_str
row_json(struct reading *r, struct zd_arena *arena, const struct read_row *row)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	const struct zd_str *headings;
	size_t n = table_headings(r->reader, &headings);
	bool first = true;

	zd_out_write(&out, ZD_STR("{"));
	for (size_t i = 0; i < row->n_cells && i < n; i++) {
		if (!row->cells[i].text.p)
			continue;
		zd_out_write(&out, first ? ZD_STR("") : ZD_STR(","));
		zd_out_json(&out, headings[i]);
		zd_out_write(&out, ZD_STR(":"));
		zd_out_json(&out, row->cells[i].text);
		first = false;
	}
	if (row->broken.p && row->raw_text.p && zd_utf8_check(row->raw_text) == row->raw_text.n) {
		zd_out_write(&out, first ? ZD_STR("\"\":") : ZD_STR(",\"\":"));
		zd_out_json(&out, row->raw_text);
	}
	zd_out_write(&out, ZD_STR("}"));
	return zd_str_copy(arena, out.failed ? ZD_STR("{}") : zd_out_str(&out));
}

static char
operation_of(const struct columns *c, const struct read_row *row)
{
	struct zd_str v =
		c->operation >= 0 ? zd_str_trim(row->raw[c->operation]) : (struct zd_str){ 0 };

	if (v.n == 1 && strchr("iIuUdD", v.p[0]))
		return (char)(v.p[0] | 0x20);
	return 'i';
}

/* Cells whose text is not what the sender meant: an error value, a number that lost its last digits … */
static void
check_cells(struct reading *r, struct zd_arena *arena, const struct read_row *read,
	    struct ingest_row *row)
{
	for (size_t i = 0; i < read->n_cells; i++) {
		int field = i < r->columns.n ? r->columns.field[i] : -1;
		if (field >= 0 && read->cells[i].fault)
			add_error(row, arena, field, "file.cell", read->cells[i].text,
				  zd_str_of(read->cells[i].fault),
				  "在源文件中改正这个单元格（号码列请设为文本格式）后重传");
	}
}

static void
judge_row(struct reading *r, struct zd_arena *arena, const struct read_row *read,
	  struct ingest_row *row)
{
	row->number = read->number;
	row->line = read->line;
	row->operation = operation_of(&r->columns, read);
	if (read->broken.p) {
		int field = read->broken_column >= 0 && (size_t)read->broken_column < r->columns.n
				    ? r->columns.field[read->broken_column]
				    : -1;
		row->broken = true;
		add_error(row, arena, field, "file.broken", (struct zd_str){ 0 }, read->broken,
			  "在源文件中改正这一行后重传");
	} else {
		standard_judge_row(r->judge, arena, row->number, row->operation, read->raw,
				   &row->verdict);
		check_cells(r, arena, read, row);
	}
	if (!row->verdict.good)
		row->raw = row_json(r, arena, read);
}

/* --- blocks ------------------------------------------------------------------------------ */

static void
free_block(struct ingest_block *block)
{
	if (!block)
		return;
	zd_arena_free(block->arena);
	free(block);
}

static void
block_drop(struct ingest_block **block)
{
	free_block(*block);
}

static enum zd_rc
prefetch(struct reading *r, struct zd_arena *arena, const struct read_row *rows, size_t n)
{
	if (!r->plan->prefetch || !n)
		return ZD_OK;
	const struct zd_str **raws = zd_new_array(arena, const struct zd_str *, n);
	for (size_t i = 0; i < n; i++)
		raws[i] = rows[i].raw;
	return r->plan->prefetch(r->cx, raws, n, r->plan->prefetch_arg);
}

/* The next block, its last flag set at the end of the file. */
static enum zd_rc
read_block(struct reading *r, struct ingest_block **ret)
{
	struct ingest_block *block ZD_CLEANUP(block_drop) = calloc(1, sizeof(*block));
	if (!block)
		abort();
	block->arena = zd_arena_new(BLOCK_ARENA);
	struct read_row *rows = zd_new_array(block->arena, struct read_row, INGEST_BLOCK_ROWS);
	size_t n = 0;

	while (n < INGEST_BLOCK_ROWS) {
		struct table_row row;
		enum zd_rc rc = table_next(r->cx, r->reader, &row);
		if (rc == ZD_NOT_FOUND) {
			block->last = true;
			break;
		}
		ZD_TRY(rc);
		if (++r->rows > (r->plan->max_rows ? r->plan->max_rows : 5000000))
			return zd_fail(r->cx, ZD_TOO_LARGE, "file",
				       "文件超过%lld行，请分成几个文件", (long long)(r->rows - 1));
		map_columns(&r->columns, r->own, r->reader);
		keep_row(r, block->arena, &row, &rows[n++]);
	}
	ZD_TRY(prefetch(r, block->arena, rows, n));
	block->rows = zd_new_array(block->arena, struct ingest_row, n + 1);
	for (size_t i = 0; i < n; i++) {
		struct ingest_row *row = &block->rows[block->n];
		judge_row(r, block->arena, &rows[i], row);
		if (r->rows - (int64_t)n + (int64_t)i < r->plan->skip_rows)
			*row = (struct ingest_row){ 0 };
		else
			block->n++;
	}
	block->bytes_read = table_bytes_read(r->reader);
	*ret = block;
	block = NULL;
	return ZD_OK;
}

/* --- two threads ------------------------------------------------------------------------- */

struct belt {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct ingest_block *waiting[WAITING_BLOCKS];
	size_t n;
	bool stop, done;
	enum zd_rc rc; /* of the reading thread, once done */
	struct reading *reading;
};

static bool
belt_put(struct belt *belt, struct ingest_block *block)
{
	pthread_mutex_lock(&belt->lock);
	while (belt->n == WAITING_BLOCKS && !belt->stop)
		pthread_cond_wait(&belt->moved, &belt->lock);
	bool taken = !belt->stop;
	if (taken)
		belt->waiting[belt->n++] = block;
	pthread_cond_broadcast(&belt->moved);
	pthread_mutex_unlock(&belt->lock);
	if (!taken)
		free_block(block);
	return taken;
}

static struct ingest_block *
belt_take(struct belt *belt)
{
	struct ingest_block *block = NULL;

	pthread_mutex_lock(&belt->lock);
	while (!belt->n && !belt->done)
		pthread_cond_wait(&belt->moved, &belt->lock);
	if (belt->n) {
		block = belt->waiting[0];
		memmove(belt->waiting, belt->waiting + 1, --belt->n * sizeof(*belt->waiting));
	}
	pthread_cond_broadcast(&belt->moved);
	pthread_mutex_unlock(&belt->lock);
	return block;
}

static void *
read_all(void *arg)
{
	struct belt *belt = arg;
	enum zd_rc rc;

	for (bool more = true; more;) {
		struct ingest_block *block = NULL;
		rc = read_block(belt->reading, &block);
		more = rc == ZD_OK && !block->last;
		if (rc == ZD_OK)
			more = belt_put(belt, block) && more;
	}
	pthread_mutex_lock(&belt->lock);
	belt->rc = rc;
	belt->done = true;
	pthread_cond_broadcast(&belt->moved);
	pthread_mutex_unlock(&belt->lock);
	return NULL;
}

static enum zd_rc
store_all(struct zd_cx *cx, struct belt *belt, const struct ingest_plan *plan)
{
	struct ingest_block *block;
	enum zd_rc rc = ZD_OK;

	while (rc == ZD_OK && (block = belt_take(belt))) {
		rc = plan->sink(cx, block, plan->sink_arg);
		free_block(block);
	}
	pthread_mutex_lock(&belt->lock);
	belt->stop = true;
	pthread_cond_broadcast(&belt->moved);
	pthread_mutex_unlock(&belt->lock);
	return rc;
}

static enum zd_rc
run_belt(struct zd_cx *cx, struct reading *reading, const struct ingest_plan *plan)
{
	struct belt belt = { .reading = reading };
	pthread_t thread;

	pthread_mutex_init(&belt.lock, NULL);
	pthread_cond_init(&belt.moved, NULL);
	if (pthread_create(&thread, NULL, read_all, &belt) != 0)
		return zd_fail(cx, ZD_BUSY, NULL, "系统繁忙，请稍后重试");
	enum zd_rc rc = store_all(cx, &belt, plan);
	pthread_join(thread, NULL);
	for (size_t i = 0; i < belt.n; i++)
		free_block(belt.waiting[i]);
	pthread_cond_destroy(&belt.moved);
	pthread_mutex_destroy(&belt.lock);
	if (rc == ZD_OK && belt.rc != ZD_OK) {
		cx->err = reading->cx->err;
		rc = belt.rc;
	}
	return rc;
}

static void
judge_drop(struct standard_judge **judge)
{
	if (*judge)
		standard_judge_free(*judge);
}

static struct zd_str
all_notes(struct zd_arena *arena, const struct reading *r)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };

	zd_out_write(&out, table_notes(r->reader));
	if (out.n && out.p[out.n - 1] != '\n')
		zd_out_write(&out, ZD_STR("\n"));
	note_columns(&out, &r->columns, r->reader);
	return zd_str_copy(arena, zd_str_trim(zd_out_str(&out)));
}

enum zd_rc
ingest_run(struct zd_cx *cx, const struct ingest_source *source, const struct ingest_plan *plan,
	   struct ingest_report *ret)
{
	struct zd_arena *own ZD_CLEANUP(zd_arena_drop) = zd_arena_new(BLOCK_ARENA);
	struct zd_cx reader_cx = *cx; /* the reading thread's own */
	struct table_reader *reader ZD_CLEANUP(table_drop) = NULL;
	struct table_options options = { .is_heading = is_heading,
					 .arg = (void *)(uintptr_t)plan->standard,
					 .sheet = source->sheet };

	ZD_TRY(table_open(cx, source->fd, source->format, &options, &reader));
	struct standard_judge_config config = { .standard = plan->standard,
						.refs = plan->refs,
						.dept = plan->dept,
						.dept_source = plan->dept_source,
						.today = plan->today };
	struct standard_judge *judge ZD_CLEANUP(judge_drop) = standard_judge_new(&config);
	reader_cx.arena = own;
	struct reading reading = { .cx = &reader_cx,
				   .plan = plan,
				   .source = source,
				   .reader = reader,
				   .judge = judge,
				   .own = own,
				   .columns = { .std = plan->standard } };
	reading.columns.operation = standard_field_find(plan->standard, ZD_STR("cd_operation"));
	map_columns(&reading.columns, own, reader);
	if (source->format != TABLE_NDJSON)
		ZD_TRY(check_columns(cx, &reading.columns, reader));
	ZD_TRY(run_belt(cx, &reading, plan));
	*ret = (struct ingest_report){
		.rows = reading.rows,
		.sheet = zd_str_copy(cx->arena, table_sheet(reader)),
		.notes = all_notes(cx->arena, &reading),
		.unmade = standard_judge_unmade(judge),
	};
	return ZD_OK;
}

struct zd_str
ingest_canon_json(struct zd_arena *arena, const struct standard *std, const struct zd_str *canon)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	const char *before = "{";

	for (size_t i = 0; i < std->n_fields; i++) {
		if (!canon[i].p)
			continue;
		zd_out_write(&out, zd_str_of(before));
		zd_out_json(&out, std->fields[i].title);
		zd_out_write(&out, ZD_STR(":"));
		zd_out_json(&out, canon[i]);
		before = ",";
	}
	zd_out_write(&out, out.n ? ZD_STR("}") : ZD_STR("{}"));
	return zd_str_copy(arena, out.failed ? ZD_STR("{}") : zd_out_str(&out));
}

/* --- errors as JSON ---------------------------------------------------------------------- */

void
ingest_error_json(struct zd_out *out, const struct standard *std, const struct standard_error *e)
{
	standard_error_json(out, std, e);
}

void
ingest_errors_json(struct zd_out *out, const struct standard *std,
		   const struct standard_verdict *verdict)
{
	zd_out_write(out, ZD_STR("["));
	for (size_t i = 0; i < verdict->n_errors; i++) {
		zd_out_write(out, i ? ZD_STR(",") : ZD_STR(""));
		ingest_error_json(out, std, &verdict->errors[i]);
	}
	zd_out_write(out, ZD_STR("]"));
}
