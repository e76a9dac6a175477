/* The compiled standards and the tables that were built from the same files agree, field by field. */
#include "db/test_db.h"
#include "record/record_table.h"

static const struct standard_set *
load(struct test_db *t)
{
	struct standard_set *set = NULL;

	assert_rc(&t->cx, standard_load(&t->cx, &set), ZD_OK);
	return set;
}

static void
every_standard_has_its_table(void **state)
{
	struct test_db *t = *state;
	const struct standard_set *set = load(t);
	size_t n = 0;

	for (const struct record_table *table = record_tables; table->name; table++)
		n++;
	assert_int_equal(standard_count(set), n);
	for (size_t i = 0; i < n; i++) {
		const struct standard *std = standard_at(set, i);
		assert_rc(&t->cx, record_check_schema(&t->cx, t->db, std), ZD_OK);
		assert_text(std->table, record_table_name(std));
		assert_true(std->n_fields <= STANDARD_MAX_FIELDS);
	}
}

static struct record *
example_of(struct test_db *t, const struct standard *std, int i)
{
	struct record *r = zd_new(t->cx.arena, struct record);

	*r = (struct record){ .dept = 7,
			      .key = zd_str_printf(t->cx.arena, "key-%d", i),
			      .day = i % 2 ? 19863 : 0,
			      .subject = i % 3 ? 99 : ZD_NO_INT,
			      .merge_print = INT64_MIN + 1 + i,
			      .batch = 5,
			      .row = i };
	for (size_t k = 0; k < std->n_fields; k++)
		if (std->fields[k].required || (k + (size_t)i) % 2)
			r->v[k] = std->fields[k].example;
	return r;
}

/* Every column by every way of writing: one at a time, and many at once. */
static void
records_of_every_standard_come_back_as_they_were(void **state)
{
	struct test_db *t = *state;
	const struct standard_set *set = load(t);
	static const size_t at_once[] = { 1, 19 };
	static const char op[20] = "iiiiiiiiiiiiiiiiiii";

	for (size_t s = 0; s < standard_count(set); s++) {
		const struct standard *std = standard_at(set, s);
		struct record *all[20], back;
		enum record_outcome outcome[20];
		for (int i = 0; i < 20; i++)
			all[i] = example_of(t, std, i);
		for (size_t at = 0, w = 0; w < 2; at += at_once[w++]) {
			struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
			assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
			assert_rc(&t->cx,
				  record_put_many(&t->cx, t->db, std, all + at, op, at_once[w],
						  outcome, NULL),
				  ZD_OK);
			assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
		}
		for (int i = 0; i < 20; i++) {
			assert_rc(&t->cx,
				  record_find_key(&t->cx, t->db, std, 7, all[i]->key, &back),
				  ZD_OK);
			assert_true(back.id == all[i]->id && back.subject == all[i]->subject &&
				    back.merge_print == all[i]->merge_print && back.row == i);
			assert_int_equal(back.day, all[i]->day);
			assert_true(zd_str_equal(back.hash, all[i]->hash));
			for (size_t k = 0; k < std->n_fields; k++)
				assert_true(zd_str_equal(back.v[k], all[i]->v[k]) &&
					    !back.v[k].p == !all[i]->v[k].p);
		}
	}
}

static void
exchange_columns_are_known_as_such(void **state)
{
	struct test_db *t = *state;
	const struct standard *std = standard_find(load(t), ZD_STR("check_action"));

	assert_true(std->fields[standard_field_find(std, ZD_STR("cd_batch"))].exchange);
	assert_false(std->fields[std->key].exchange);
}

/* As a person would fill in the template, field by field. */
static void
the_examples_of_a_standard_make_a_good_row(void **state)
{
	struct test_db *t = *state;
	const struct standard_set *set = load(t);

	for (size_t i = 0; i < standard_count(set); i++) {
		const struct standard *std = standard_at(set, i);
		const struct standard_judge_config config = {
			.standard = std, .dept = 7, .today = t->cx.today, .max_rows = 1
		};
		struct standard_judge *judge = standard_judge_new(&config);
		struct zd_str raw[STANDARD_MAX_FIELDS] = { 0 };
		struct standard_verdict verdict;

		for (size_t k = 0; k < std->n_fields; k++)
			raw[k] = std->fields[k].example;
		standard_judge_row(judge, t->cx.arena, 1, 'i', raw, &verdict);
		if (!verdict.good)
			fail_msg("%.*s: %.*s: %.*s", ZD_STR_ARG(std->name),
				 ZD_STR_ARG(verdict.errors[0].rule),
				 ZD_STR_ARG(verdict.errors[0].message));
		standard_judge_free(judge);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(every_standard_has_its_table, NULL),
		test_on_both(records_of_every_standard_come_back_as_they_were, NULL),
		test_on(DB_SQLITE, exchange_columns_are_known_as_such, NULL),
		test_on(DB_SQLITE, the_examples_of_a_standard_make_a_good_row, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
