/* The returned workbook of a batch: its outstanding rows, from the database. */
#include "base/json.h"
#include "ingest/ingest_return.h"
#include "ingest/ingest_sql.h"

#define PAGE 1000

struct collecting {
	struct ingest_returning *r;
	int64_t last;
	size_t n;
};

/* One error as it was stored: ingest_error_json. */
static struct ingest_returned_error
read_error(struct ingest_returning *r, struct json *j)
{
	struct zd_str key, field = { 0 }, message = ZD_STR(""), todo = { 0 };

	if (json_enter_object(j))
		while (json_next_member(j, &key)) {
			struct zd_str *to = zd_str_equal(key, ZD_STR("field"))     ? &field
					    : zd_str_equal(key, ZD_STR("message")) ? &message
					    : zd_str_equal(key, ZD_STR("todo"))    ? &todo
										   : NULL;
			if (to && !json_null(j))
				(void)json_text(j, to);
		}
	return (struct ingest_returned_error){ field.p ? standard_field_find(r->standard, field)
						       : -1,
					       ingest_explain(r->arena, message, todo) };
}

static enum zd_rc
take_reject(struct zd_cx *cx, const void *row, void *arg)
{
	const struct ingest_reject *reject = row;
	struct collecting *c = arg;
	struct json j = json_open(c->r->arena, zd_str_copy(c->r->arena, reject->errors), 0);
	struct ingest_returned_row *to =
		ingest_returning_row(c->r, (int)reject->line, reject->raw, STANDARD_MAX_ERRORS + 8);

	if (json_enter_array(&j))
		while (json_next_item(&j) && to->n_errors < STANDARD_MAX_ERRORS + 8)
			to->errors[to->n_errors++] = read_error(c->r, &j);
	c->last = reject->row;
	c->n++;
	return json_end(&j) ? ZD_OK : json_fail(cx, &j, "退回行的错误说明");
}

enum zd_rc
ingest_return_batch(struct zd_cx *cx, struct db *db, const struct standard_set *set,
		    const struct ingest_batch *batch, int in_fd, const char *path)
{
	struct ingest_returning r ZD_CLEANUP(ingest_returning_drop) = { 0 };
	const struct standard *std = standard_find(set, batch->standard);
	struct collecting c = { .r = &r };

	if (!std)
		return zd_fail(cx, ZD_FAILED, NULL, "ingest: batch of an unknown standard");
	ingest_returning_start(&r, std);
	do {
		c.n = 0;
		ZD_TRY(ingest_sql_list_open_rejects(cx, db, take_reject, &c, .dept = batch->dept,
						    .batch = batch->id, .after = c.last,
						    .limit = PAGE));
	} while (c.n == PAGE);
	return ingest_returning_write(cx, &r, in_fd, (enum table_format)batch->format, batch->sheet,
				      path);
}
