#include <string.h>

#include "catalog/catalog_app.h"
#include "db/test_db.h"
#include "edit/edit_app.h"
#include "edit/edit_sql.h"
#include "subject/subject_app.h"
#include "trust/audit_sql.h"
#include "view/view_app.h"
#include "view/view_sql.h"

static struct standard_set *set;
static struct zd_arena *standards;

static const struct zd_str item = ZD_LIT("31000101000001");

struct pair {
	const char *name, *value;
};
static const struct pair officer[] = { { "officer_name", "陈一" },
				       { "organ_name", "市市场监督管理局" },
				       { "certificate_code", "42020031001" },
				       { NULL, NULL } };
static const struct pair inspection[] = {
	{ "supervise_item_implement_code", "31000101000001" },
	{ "supervise_item_check_icode", "91420100MA4K00002Y331000101000001" },
	{ "check_action_name", "食品经营日常检查" },
	{ "check_action_code", "JC-1" },
	{ "supervise_object", "食品经营者" },
	{ "administrative_cp", "宏盛食品有限公司" },
	{ "administrative_cp_na", "02" },
	{ "administrative_cp_ce_type", "001" },
	{ "administrative_cp_ui_code", "91420100MA4K00002Y" },
	{ "area_number", "420202" },
	{ "check_form", "01" },
	{ "check_type", "01" },
	{ "check_result", "01" },
	{ "check_date", "2025-05-06" },
	{ "check_personnel", "陈一,王二" },
	{ NULL, NULL },
};

static const struct standard *
std_of(const char *name)
{
	const struct standard *std = standard_find(set, zd_str_of(name));

	assert_non_null(std);
	return std;
}

static struct edit_order
order_of(struct test_db *t, const char *name, const struct pair *pairs)
{
	const struct standard *std = std_of(name);
	struct zd_str *values = zd_new_array(t->cx.arena, struct zd_str, STANDARD_MAX_FIELDS);

	for (; pairs->name; pairs++)
		values[standard_field_find(std, zd_str_of(pairs->name))] = zd_str_of(pairs->value);
	return (struct edit_order){ .std = std, .dept = 7, .values = values };
}

static void
set_value(struct edit_order *order, const char *field, const char *value)
{
	((struct zd_str *)order->values)[standard_field_find(order->std, zd_str_of(field))] =
		zd_str_of(value);
}

static void
as_officer(struct test_db *t)
{
	t->cx.actor = (struct zd_actor){
		.id = 5, .dept = 7, .roles = TRUST_DATA_OFFICER, .level = 2, .name = ZD_STR("林一")
	};
}

static struct edit_order
changed(struct test_db *t, const struct edit_result *was, const char *field, const char *value)
{
	static const struct pair none[] = { { NULL, NULL } };
	struct edit_order order = order_of(t, "officer", none);

	order.id = was->id;
	order.version = was->version;
	order.reason = ZD_STR("证件换发");
	set_value(&order, field, value);
	return order;
}

static void
statements_prepare(void **state)
{
	test_prepares(*state, edit_sql_stmts, N(edit_sql_stmts));
	test_prepares(*state, view_sql_stmts, N(view_sql_stmts));
}

static void
a_change_keeps_what_was_who_and_why(void **state)
{
	struct test_db *t = *state;
	struct edit_order order = order_of(t, "officer", officer);
	struct edit_result made, saved;
	struct view_sheet sheet;

	as_officer(t);
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &made), ZD_OK);
	assert_int_equal(made.outcome, RECORD_INSERTED);
	order = changed(t, &made, "officer_name", "陈一鸣");
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &saved), ZD_OK);
	assert_int_equal(saved.version, 2);
	assert_rc(&t->cx, view_app_load(&t->cx, t->db, order.std, 7, made.id, &sheet), ZD_OK);
	assert_int_equal(sheet.n_changes, 2);
	assert_text(sheet.changes[0].reason, "证件换发");
	assert_text(sheet.changes[0].who, "林一");
	assert_int_equal(sheet.changes[0].n_diffs, 1);
	assert_text(sheet.changes[0].diffs[0].before, "陈一");
	assert_text(sheet.changes[0].diffs[0].after, "陈一鸣");
	assert_true(sheet.changes[1].first);
	/* the same again is no new version */
	order = changed(t, &saved, "officer_name", "陈一鸣");
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &saved), ZD_OK);
	assert_int_equal(saved.outcome, RECORD_UNCHANGED);
}

static void
who_comes_second_is_told(void **state)
{
	struct test_db *t = *state;
	struct edit_order order = order_of(t, "officer", officer), other;
	struct edit_result made, result;

	as_officer(t);
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &made), ZD_OK);
	order = changed(t, &made, "officer_name", "甲");
	other = changed(t, &made, "officer_name", "乙");
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_OK);
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &other, &result), ZD_CONFLICT);
	assert_non_null(strstr(t->cx.err.text, "第 2 版"));
	assert_rc(&t->cx, edit_app_remove(&t->cx, t->db, set, &other), ZD_CONFLICT);
	order = order_of(t, "officer", officer);
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_CONFLICT);
	assert_string_equal(t->cx.err.field, "key");
}

static void
only_its_keeper_changes_a_record(void **state)
{
	struct test_db *t = *state;
	struct edit_order order = order_of(t, "officer", officer);
	struct edit_result result;

	as_officer(t);
	order.dept = 8;
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_REFUSED);
	order.dept = 7;
	t->cx.actor.roles = TRUST_INSPECTOR;
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_REFUSED);
	t->cx.actor = (struct zd_actor){ .id = 6, .roles = TRUST_PLATFORM, .level = 2 };
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_REFUSED);
	order = order_of(t, "main_item", (const struct pair[]){ { NULL, NULL } });
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_REFUSED);
}

static void
what_may_not_be_read_is_not_overwritten(void **state)
{
	struct test_db *t = *state;
	struct edit_order order = order_of(t, "officer", officer);
	const struct standard *std = order.std;
	struct edit_result made, result;
	struct record r;
	int phone = standard_field_find(std, ZD_STR("contact_phone"));

	as_officer(t);
	set_value(&order, "contact_phone", "13800001234");
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &made), ZD_OK);
	order = changed(t, &made, "contact_phone", "138****1234");
	set_value(&order, "officer_name", "丙");
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_OK);
	assert_rc(&t->cx, record_find(&t->cx, t->db, std, 7, made.id, &r), ZD_OK);
	assert_text(r.v[phone], "13800001234");
}

static void
what_is_wrong_is_said_by_field(void **state)
{
	struct test_db *t = *state;
	struct edit_order order = order_of(t, "officer", officer);
	struct edit_result result;

	as_officer(t);
	set_value(&order, "sex", "女士");
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_INVALID);
	assert_int_equal(result.n_errors, 1);
	assert_int_equal(result.errors[0].field, standard_field_find(order.std, ZD_STR("sex")));
	order = order_of(t, "officer", officer);
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_OK);
	order = changed(t, &result, "officer_name", "丁");
	order.reason = ZD_STR(" ");
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_INVALID);
	assert_string_equal(t->cx.err.field, "reason");
}

/* --- history of the first day ------------------------------------------------------------------ */

static void
put(struct test_db *t, struct edit_order order, struct record *r)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct record *records[] = { r };
	enum record_outcome outcome;

	r->dept = catalog_owner(order.std, 7);
	r->key = order.values[order.std->key];
	r->subject = r->batch = r->row = ZD_NO_INT;
	memcpy(r->v, order.values, order.std->n_fields * sizeof(*r->v));
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx,
		  record_put_many(&t->cx, t->db, order.std, records, "i", 1, &outcome, NULL),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
}

/* As an item of that kind of power. */
static void
claim_as(struct test_db *t, const char *type)
{
	const struct catalog_change changes[] = {
		{ .item = item, .what = CATALOG_IN_USE, .from = zd_day_of(2019, 1, 1) },
		{ .item = item, .dept = 7, .what = CATALOG_CLAIMED, .from = zd_day_of(2019, 1, 1) },
	};

	const struct pair list[] = { { "inventory_code", "91420100MA4K00002Y331000101000001" },
				     { "detail_code", "31000101000001" },
				     { "is_stop", "0" },
				     { "del_status", "1" },
				     { NULL, NULL } };
	const struct pair sub[] = { { "subitem_code", "31000101000001" },
				    { "subitem_name", "电梯使用安全检查" },
				    { "administrative_type", type },
				    { NULL, NULL } };
	struct record r = { .state = RECORD_LIVE, .item = item, .day = ZD_NO_DAY }, kind = r;

	t->cx.actor = (struct zd_actor){ 0 };
	put(t, order_of(t, "implement_list", list), &r);
	put(t, order_of(t, "sub_item", sub), &kind);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &changes[0], 1), ZD_OK);
	assert_rc(&t->cx, catalog_app_change_many(&t->cx, t->db, &changes[1], 1), ZD_OK);
}

static void
claim(struct test_db *t)
{
	claim_as(t, "0");
}

static void
an_item_of_another_kind_of_power_is_refused_in_edits(void **state)
{
	struct test_db *t = *state;
	struct edit_order order = order_of(t, "check_action", inspection);
	struct edit_result result;

	claim_as(t, "1");
	as_officer(t);
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &result), ZD_INVALID);
	assert_int_equal(result.n_errors, 1);
	assert_text(result.errors[0].rule, "check_action.supervise_item_implement_code.item_type");
}

static void
held_history_is_released_once_it_is_lawful(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = std_of("check_action");
	struct zd_str why;
	struct record r = { .state = RECORD_QUARANTINED,
			    .day = zd_day_of(2025, 5, 6),
			    .item = item };
	int64_t released, kept;

	put(t, order_of(t, "check_action", inspection), &r);
	as_officer(t);
	assert_rc(&t->cx,
		  edit_app_release(&t->cx, t->db, set, std, 7, &r.id, 1, &released, &kept, &why),
		  ZD_OK);
	assert_int_equal(released, 0);
	assert_int_equal(kept, 1);
	assert_true(why.n > 0);
	assert_rc(&t->cx, record_find(&t->cx, t->db, std, 7, r.id, &r), ZD_OK);
	assert_int_equal(r.state, RECORD_QUARANTINED);
	claim(t);
	as_officer(t);
	assert_rc(&t->cx,
		  edit_app_release(&t->cx, t->db, set, std, 7, &r.id, 1, &released, &kept, &why),
		  ZD_OK);
	assert_int_equal(kept, 0);
	assert_int_equal(released, 1);
	assert_rc(&t->cx, record_find(&t->cx, t->db, std, 7, r.id, &r), ZD_OK);
	assert_int_equal(r.state, RECORD_LIVE);
	/* once more changes nothing */
	assert_rc(&t->cx,
		  edit_app_release(&t->cx, t->db, set, std, 7, &r.id, 1, &released, &kept, &why),
		  ZD_OK);
	assert_int_equal(released + kept, 0);
}

/* --- faults -------------------------------------------------------------------------------------- */

static enum zd_rc
save_once(struct test_db *t, void *arg)
{
	const struct edit_result *made = arg;
	struct edit_order order = changed(t, made, "officer_name", "戊");
	struct edit_result result;

	return edit_app_save(&t->cx, t->db, set, &order, &result);
}

static void
saved_or_not(struct test_db *t, bool done, void *arg)
{
	const struct edit_result *made = arg;
	struct view_sheet sheet;

	assert_rc(&t->cx, view_app_load(&t->cx, t->db, std_of("officer"), 7, made->id, &sheet),
		  ZD_OK);
	assert_int_equal(sheet.record.version, done ? 2 : 1);
	assert_int_equal(sheet.changes[0].reason.n > 0, done);
}

static enum zd_rc
remove_once(struct test_db *t, void *arg)
{
	struct edit_result *made = arg;
	struct edit_order order = changed(t, made, "officer_name", "戊");

	order.version = 2;
	return edit_app_remove(&t->cx, t->db, set, &order);
}

static void
removed_or_not(struct test_db *t, bool done, void *arg)
{
	const struct edit_result *made = arg;
	struct record r;

	assert_rc(&t->cx, record_find(&t->cx, t->db, std_of("officer"), 7, made->id, &r), ZD_OK);
	assert_int_equal(r.state, done ? RECORD_DELETED : RECORD_LIVE);
}

static void
changes_are_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct edit_order order = order_of(t, "officer", officer);
	struct edit_result made;

	as_officer(t);
	assert_rc(&t->cx, edit_app_save(&t->cx, t->db, set, &order, &made), ZD_OK);
	assert_true(test_fault_loop(t, save_once, saved_or_not, &made) > 8);
	assert_true(test_fault_loop(t, remove_once, removed_or_not, &made) > 5);
}

/* A new inspection makes its subject, its counters and its audit entry, or nothing. */
static enum zd_rc
make_once(struct test_db *t, void *arg)
{
	struct edit_order order = order_of(t, "other_object", arg);
	struct edit_result result;

	return edit_app_save(&t->cx, t->db, set, &order, &result);
}

static void
made_or_not(struct test_db *t, bool done, void *arg)
{
	struct subject found;
	(void)arg;

	assert_rc(&t->cx, subject_app_find_code(&t->cx, t->db, ZD_STR("other_object:OB-1"), &found),
		  done ? ZD_OK : ZD_NOT_FOUND);
}

static void
new_records_bring_their_subject(void **state)
{
	struct test_db *t = *state;
	struct pair object[] = { { "object_code", "OB-1" },
				 { "object_name", "城北污水处理站" },
				 { "category", "01" },
				 { "category_name", "设施" },
				 { "administrative_cp_ui_code", "91420100MA4K00002Y" },
				 { "area_number", "420202" },
				 { NULL, NULL } };
	const struct standard *std = std_of("other_object");

	for (struct pair *p = object; p->name; p++)
		if (standard_field_find(std, zd_str_of(p->name)) < 0)
			fail_msg("no field %s", p->name);
	as_officer(t);
	assert_true(test_fault_loop(t, make_once, made_or_not, object) > 8);
}

/* Two held records of one call. */
struct held {
	struct record r[2];
};

static void
hold_two(struct test_db *t, struct held *h)
{
	static const char *const keys[] = { "JC-1", "JC-2" };
	static const char *const days[] = { "2025-05-06", "2025-06-07" };

	for (size_t i = 0; i < N(h->r); i++) {
		struct edit_order order = order_of(t, "check_action", inspection);
		set_value(&order, "check_action_code", keys[i]);
		set_value(&order, "check_date", days[i]);
		h->r[i] = (struct record){ .state = RECORD_QUARANTINED,
					   .day = zd_day_of(2025, 5 + (int)i, 6 + (int)i),
					   .item = item };
		put(t, order, &h->r[i]);
	}
}

static enum zd_rc
release_two(struct test_db *t, void *arg)
{
	const struct held *h = arg;
	const int64_t ids[] = { h->r[0].id, h->r[1].id };
	int64_t released, kept;
	struct zd_str why;

	ZD_TRY(edit_app_release(&t->cx, t->db, set, std_of("check_action"), 7, ids, N(ids),
				&released, &kept, &why));
	assert_int_equal(released, N(ids));
	return ZD_OK;
}

static int
audited(struct test_db *t, struct zd_str act)
{
	struct audit_staged *rows;
	size_t n;
	int count = 0;

	assert_rc(&t->cx, audit_sql_list_staged(&t->cx, t->db, 1000, &rows, &n, .limit = 1000),
		  ZD_OK);
	for (size_t i = 0; i < n; i++)
		count += zd_str_equal(rows[i].act, act);
	return count;
}

static void
both_released_or_neither(struct test_db *t, bool done, void *arg)
{
	const struct held *h = arg;
	int64_t counters, different;

	for (size_t i = 0; i < N(h->r); i++) {
		struct view_sheet sheet;
		assert_rc(
			&t->cx,
			view_app_load(&t->cx, t->db, std_of("check_action"), 7, h->r[i].id, &sheet),
			ZD_OK);
		assert_int_equal(sheet.record.state, done ? RECORD_LIVE : RECORD_QUARANTINED);
		assert_int_equal(sheet.record.version, done ? 2 : 1);
		assert_int_equal(sheet.changes[0].reason.n > 0, done);
	}
	assert_int_equal(audited(t, ZD_STR("record.edit")), done ? 2 : 0);
	assert_rc(
		&t->cx,
		record_recount(&t->cx, t->db, std_of("check_action"), false, &counters, &different),
		ZD_OK);
	assert_int_equal(different, 0);
}

static void
a_release_is_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;
	struct held h;

	claim(t);
	hold_two(t, &h);
	as_officer(t);
	assert_true(test_fault_loop(t, release_two, both_released_or_neither, &h) > 15);
}

static void
refs_are_read_strictly(void **state)
{
	int64_t dept, id;
	(void)state;

	assert_true(view_ref_parse(ZD_STR("7-123"), &dept, &id));
	assert_true(dept == 7 && id == 123);
	assert_true(view_ref_parse(ZD_STR("0-9"), &dept, &id));
	assert_false(view_ref_parse(ZD_STR("7"), &dept, &id));
	assert_false(view_ref_parse(ZD_STR("-7-1"), &dept, &id));
	assert_false(view_ref_parse(ZD_STR("7-0"), &dept, &id));
	assert_false(view_ref_parse(ZD_STR("7-1x"), &dept, &id));
}

static int
load_standards(void **state)
{
	struct zd_cx cx = { .arena = standards = zd_arena_new((size_t)256 << 20) };
	(void)state;

	return standard_load(&cx, &set) == ZD_OK ? 0 : -1;
}

static int
free_standards(void **state)
{
	(void)state;
	zd_arena_free(standards);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(statements_prepare, NULL),
		test_on_both(a_change_keeps_what_was_who_and_why, NULL),
		test_on_both(who_comes_second_is_told, NULL),
		test_on_both(only_its_keeper_changes_a_record, NULL),
		test_on_both(what_may_not_be_read_is_not_overwritten, NULL),
		test_on_both(what_is_wrong_is_said_by_field, NULL),
		test_on_both(an_item_of_another_kind_of_power_is_refused_in_edits, NULL),
		test_on_both(held_history_is_released_once_it_is_lawful, NULL),
		test_on_both(changes_are_whole_or_not_at_all, NULL),
		test_on_both(new_records_bring_their_subject, NULL),
		test_on_both(a_release_is_whole_or_not_at_all, NULL),
		cmocka_unit_test(refs_are_read_strictly),
	};
	return cmocka_run_group_tests(tests, load_standards, free_standards);
}
