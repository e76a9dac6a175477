/* What waits for a person and the figures of the month. Reads counters and indexes, never a whole table. */
#include "desk/desk_app.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/catalog_read_app.h"
#include "desk/desk_sql.h"
#include "trust/trust.h"

#define DAY_MS INT64_C(86400000)
#define SHANGHAI_MS INT64_C(28800000)

int32_t
desk_first_of_month(int32_t day)
{
	int year, month, mday;

	zd_day_split(day, &year, &month, &mday);
	return day - mday + 1;
}

int32_t
desk_month_before(int32_t month)
{
	return month % 100 == 1 ? month - 89 : month - 1;
}

/* --- what waits -------------------------------------------------------------------------------------- */

static enum zd_rc
take_held(struct zd_cx *cx, const void *row, void *arg)
{
	const struct desk_held *r = row;
	struct desk_waiting *w = arg;

	(void)cx;
	for (int k = 0; k < ACTION_KINDS; k++)
		if (zd_str_equal(r->standard, zd_str_of(action_kinds[k].standard)))
			w->held[k] = r->n;
	return ZD_OK;
}

static enum zd_rc
read_own(struct zd_cx *cx, struct db *db, int64_t dept, struct desk_waiting *w)
{
	struct zd_str today = zd_day_format(cx->arena, cx->today);
	struct zd_str soon = zd_day_format(cx->arena, cx->today + 60);
	struct zd_str yesterday = zd_day_format(cx->arena, cx->today - 1);

	ZD_TRY(catalog_read_open(cx, db, dept, &w->unclaimed));
	ZD_TRY(desk_sql_list_held(cx, db, take_held, w, .dept = dept));
	ZD_TRY(desk_sql_find_expiring(cx, db, &w->soon, .dept = dept, .from = today,
				      .until = soon));
	return desk_sql_find_expiring(cx, db, &w->past, .dept = dept, .from = ZD_STR("0000"),
				      .until = yesterday);
}

static enum zd_rc
read_batches(struct zd_cx *cx, struct db *db, int64_t dept, struct db_rows *owed,
	     struct db_rows *failed)
{
	int64_t since = cx->now - 30 * DAY_MS;

	if (dept == ZD_NO_INT) {
		ZD_TRY(desk_sql_list_owed_of_all(cx, db, db_keep_row, owed));
		return desk_sql_list_failed_of_all(cx, db, db_keep_row, failed, .since = since);
	}
	ZD_TRY(desk_sql_list_owed(cx, db, db_keep_row, owed, .dept = dept));
	return desk_sql_list_failed(cx, db, db_keep_row, failed, .dept = dept, .since = since);
}

enum zd_rc
desk_app_waiting(struct zd_cx *cx, struct db *db, struct desk_waiting *ret)
{
	int64_t dept = trust_scope(&cx->actor);
	struct db_rows owed = { .size = sizeof(*ret->owed) },
		       failed = { .size = sizeof(*ret->failed) };

	*ret = (struct desk_waiting){ 0 };
	if (dept == TRUST_NOWHERE)
		return ZD_OK;
	ZD_TRY(read_batches(cx, db, dept, &owed, &failed));
	ret->owed = owed.p;
	ret->n_owed = owed.n;
	ret->failed = failed.p;
	ret->n_failed = failed.n;
	return dept > 0 ? read_own(cx, db, dept, ret) : ZD_OK;
}

int64_t
desk_waiting_count(const struct desk_waiting *w)
{
	int64_t n = (int64_t)(w->n_owed + w->n_failed) + (w->unclaimed > 0) + (w->soon.n > 0) +
		    (w->past.n > 0);

	for (int k = 0; k < ACTION_KINDS; k++)
		n += w->held[k] > 0;
	return n;
}

/* --- figures ------------------------------------------------------------------------------------------- */

static enum zd_rc
sum_month(struct zd_cx *cx, struct db *db, int kind, int32_t month, int64_t *ret)
{
	struct zd_str standard = zd_str_of(action_kinds[kind].standard);
	int64_t dept = trust_scope(&cx->actor);
	struct desk_sql_sum_month_of_all_out city;
	struct desk_sql_sum_month_out own;

	if (dept == ZD_NO_INT) {
		ZD_TRY(desk_sql_sum_month_of_all(cx, db, &city, .standard = standard,
						 .month = month));
		*ret = city.n;
		return ZD_OK;
	}
	ZD_TRY(desk_sql_sum_month(cx, db, &own, .standard = standard, .month = month,
				  .dept = dept));
	*ret = own.n;
	return ZD_OK;
}

enum zd_rc
desk_app_figures(struct zd_cx *cx, struct db *db, struct desk_figures *ret)
{
	ret->month = zd_day_month(cx->today);
	ret->before = desk_month_before(ret->month);
	for (int k = 0; k < ACTION_KINDS; k++) {
		ZD_TRY(sum_month(cx, db, k, ret->month, &ret->now[k]));
		ZD_TRY(sum_month(cx, db, k, ret->before, &ret->then[k]));
	}
	return ZD_OK;
}

static int
by_dept(const void *va, const void *vb)
{
	const struct desk_month *a = va, *b = vb;

	return a->dept < b->dept ? -1 : a->dept > b->dept;
}

static int
most_first(const void *va, const void *vb)
{
	const struct desk_month *a = va, *b = vb;

	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return by_dept(va, vb);
}

/* Rows of one department become one. */
static size_t
add_up(struct desk_month *months, size_t n)
{
	size_t kept = 0;

	qsort(months, n, sizeof(*months), by_dept);
	for (size_t i = 0; i < n; i++) {
		if (kept && months[kept - 1].dept == months[i].dept)
			months[kept - 1].n += months[i].n;
		else
			months[kept++] = months[i];
	}
	return kept;
}

enum zd_rc
desk_app_by_dept(struct zd_cx *cx, struct db *db, int32_t month, struct desk_month **ret,
		 size_t *ret_n)
{
	struct db_rows r = { .size = sizeof(**ret) };

	for (int k = 0; k < ACTION_KINDS; k++)
		ZD_TRY(desk_sql_list_months(cx, db, db_keep_row, &r,
					    .standard = zd_str_of(action_kinds[k].standard),
					    .month = month));
	*ret = r.p;
	*ret_n = r.n ? add_up(*ret, r.n) : 0;
	if (*ret_n)
		qsort(*ret, *ret_n, sizeof(**ret), most_first);
	return ZD_OK;
}

enum zd_rc
desk_app_silent(struct zd_cx *cx, struct db *db, struct desk_silent **ret, size_t *ret_n)
{
	struct db_rows r = { .size = sizeof(**ret) };
	int64_t since = (int64_t)desk_first_of_month(cx->today) * DAY_MS - SHANGHAI_MS;

	ZD_TRY(desk_sql_list_silent(cx, db, db_keep_row, &r, .since = since));
	*ret = r.p;
	*ret_n = r.n;
	return ZD_OK;
}

/* --- search ---------------------------------------------------------------------------------------------- */

struct finding {
	struct db_rows rows;
	int32_t kind;
};

static enum zd_rc
take_number(struct zd_cx *cx, const void *row, void *arg)
{
	struct finding *f = arg;
	struct desk_number number = *(const struct desk_number *)row;

	number.kind = f->kind;
	return db_keep_row(cx, &number, &f->rows);
}

static enum zd_rc
find_in_dept(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str from, struct zd_str until,
	     struct finding *f)
{
	f->kind = ACTION_CHECK;
	ZD_TRY(desk_sql_find_checks(cx, db, take_number, f, .dept = dept, .from = from,
				    .until = until));
	f->kind = ACTION_PUNISH;
	ZD_TRY(desk_sql_find_punishments(cx, db, take_number, f, .dept = dept, .from = from,
					 .until = until));
	f->kind = ACTION_FORCE;
	ZD_TRY(desk_sql_find_coercions(cx, db, take_number, f, .dept = dept, .from = from,
				       .until = until));
	f->kind = ACTION_OTHER;
	return desk_sql_find_others(cx, db, take_number, f, .dept = dept, .from = from,
				    .until = until);
}

static enum zd_rc
find_in_city(struct zd_cx *cx, struct db *db, struct zd_str from, struct zd_str until,
	     struct finding *f)
{
	f->kind = ACTION_CHECK;
	ZD_TRY(desk_sql_find_checks_of_all(cx, db, take_number, f, .from = from, .until = until));
	f->kind = ACTION_PUNISH;
	ZD_TRY(desk_sql_find_punishments_of_all(cx, db, take_number, f, .from = from,
						.until = until));
	f->kind = ACTION_FORCE;
	ZD_TRY(desk_sql_find_coercions_of_all(cx, db, take_number, f, .from = from,
					      .until = until));
	f->kind = ACTION_OTHER;
	return desk_sql_find_others_of_all(cx, db, take_number, f, .from = from, .until = until);
}

enum zd_rc
desk_app_numbers(struct zd_cx *cx, struct db *db, struct zd_str prefix, struct desk_number **ret,
		 size_t *ret_n)
{
	int64_t dept = trust_scope(&cx->actor);
	struct finding f = { .rows = { .size = sizeof(**ret) } };
	/* no character is behind U+10FFFF */
	struct zd_str until = zd_str_printf(cx->arena, "%.*s\xF4\x8F\xBF\xBF", ZD_STR_ARG(prefix));

	ZD_TRY(dept == ZD_NO_INT ? find_in_city(cx, db, prefix, until, &f)
				 : find_in_dept(cx, db, dept, prefix, until, &f));
	*ret = f.rows.p;
	*ret_n = f.rows.n;
	return ZD_OK;
}
