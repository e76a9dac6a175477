/* The city of the ingest tests. */
#include "ingest/test_city.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "catalog/catalog_app.h"

const char city_item[] = "31000101000001";
const char city_penalty[] = "31000102000001";
const char city_list[] = "114201000012345039331000101000001";

void
city_put_record(struct test_db *t, struct city *c, const char *standard, int64_t dept,
		const char *const *pairs)
{
	const struct standard *std = standard_find(c->set, zd_str_of(standard));
	struct record r = { .dept = dept,
			    .day = ZD_NO_DAY,
			    .subject = ZD_NO_INT,
			    .batch = ZD_NO_INT,
			    .row = ZD_NO_INT };
	struct record *one = &r;
	enum record_outcome outcome;

	for (; *pairs; pairs += 2)
		r.v[standard_field_find(std, zd_str_of(pairs[0]))] = zd_str_of(pairs[1]);
	r.key = r.v[std->key];
	assert_rc(&t->cx, record_put_many(&t->cx, t->db, std, &one, "i", 1, &outcome, NULL), ZD_OK);
}

static void
put_catalogue(struct test_db *t, struct city *c)
{
	const char *const sub[] = { "subitem_code",
				    city_item,
				    "subitem_name",
				    "电梯使用安全检查",
				    "administrative_type",
				    "0",
				    NULL };
	const char *const penalty[] = { "subitem_code",
					city_penalty,
					"subitem_name",
					"电梯超期使用的处罚",
					"administrative_type",
					"1",
					NULL };
	const char *const implement[] = { "inventory_code", city_list, "detail_code",
					  city_item,        "is_stop", "0",
					  "del_status",     "1",       NULL };
	const char *const a[] = { "certificate_code", "42010031001", "officer_name", "吴十", NULL };
	const char *const b[] = { "certificate_code", "42010031002", "officer_name", "郑一", NULL };
	struct catalog_change changes[] = {
		{ .item = zd_str_of(city_item),
		  .what = CATALOG_IN_USE,
		  .from = zd_day_of(2019, 1, 1) },
		{ .item = zd_str_of(city_penalty),
		  .what = CATALOG_IN_USE,
		  .from = zd_day_of(2019, 1, 1) },
		{ .item = zd_str_of(city_penalty),
		  .dept = c->dept,
		  .what = CATALOG_CLAIMED,
		  .from = zd_day_of(2019, 1, 1) },
		{ .item = zd_str_of(city_item),
		  .dept = c->dept,
		  .what = CATALOG_CLAIMED,
		  .from = zd_day_of(2019, 1, 1) },
	};
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	city_put_record(t, c, "sub_item", 0, sub);
	city_put_record(t, c, "sub_item", 0, penalty);
	city_put_record(t, c, "implement_list", c->dept, implement);
	city_put_record(t, c, "officer", c->dept, a);
	city_put_record(t, c, "officer", c->dept, b);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	for (size_t i = 0; i < N(changes); i++)
		assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, changes + i, 1), ZD_OK);
}

struct city *
city_build(struct test_db *t, int64_t dept)
{
	struct city *c = zd_new(t->cx.arena, struct city);

	c->dept = dept;
	assert_rc(&t->cx, standard_load(&t->cx, &c->set), ZD_OK);
	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 12, &c->pool), ZD_OK);
	c->env = (struct ingest_env){ c->set, c->pool };
	c->check = standard_find(c->set, ZD_STR("check_action"));
	c->punish = standard_find(c->set, ZD_STR("punish_action"));
	put_catalogue(t, c);
	return c;
}

/* --- files ------------------------------------------------------------------------------- */

int
city_file(struct zd_str text)
{
	int fd = memfd_create("rows", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p, text.n), text.n);
	return fd;
}

void
city_put_row(struct zd_out *out, const char *code, const char *name, const char *result,
	     const char *extra)
{
	zd_out_printf(out,
		      "{\"supervise_item_implement_code\":\"%s\",\"supervise_item_check_icode\":\"%"
		      "s\",\"check_action_name\":\"%s\","
		      "\"check_action_code\":\"%s\",\"supervise_object\":\"电梯使用单位\","
		      "\"administrative_cp\":\"某市示例食品有限公司\","
		      "\"administrative_cp_na\":\"02\",\"administrative_cp_ce_type\":\"001\","
		      "\"administrative_cp_ui_code\":\"91420100MA4K00002Y\",\"area_number\":"
		      "\"420102\",\"check_form\":\"01\","
		      "\"check_type\":\"01\",\"check_result\":\"%s\",\"check_date\":\"" CITY_DAY
		      "\",\"check_personnel\":\"吴十,郑一\","
		      "\"check_personnel_code\":\"42010031001,42010031002\"%s}\n",
		      city_item, city_list, name, code, result, extra);
}

/* n rows, each on its own day so that none merges with another; every tenth has a bad result code if bad. */
struct zd_str
city_rows(struct test_db *t, int n, bool bad)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 64 << 20 };
	char code[32], day[64];

	for (int i = 0; i < n; i++) {
		struct zd_str date = zd_day_format(t->cx.arena, zd_day_of(2019, 1, 2) + i);
		(void)snprintf(code, sizeof(code), "JC%06d", i);
		(void)snprintf(day, sizeof(day), ",\"plan_id\":\"%.*s\"", ZD_STR_ARG(date));
		city_put_row(&out, code, "对电梯使用单位的检查", bad && i % 10 == 3 ? "77" : "01",
			     day);
		/* the date inside the row */
		char *at = out.p + out.n - 1;
		while (strncmp(at, CITY_DAY, 10) != 0)
			at--;
		memcpy(at, date.p, 10);
	}
	return zd_str_copy(t->cx.arena, zd_out_str(&out));
}
