/* The parts of db that need no database: the pointer map, successors of texts, tokens. */
#include "base/test.h"
#include "db/db_driver.h"
#include "db/list_sql.h"

/* Thousands of puts and removes against a plain array. */
static void
the_map_keeps_what_it_is_given(void **state)
{
	static char keys[512];
	static void *model[512];
	struct db_map map = { 0 };
	unsigned seed = 1;
	size_t n = 0;
	(void)state;

	assert_null(db_map_find(&map, keys));
	assert_null(db_map_remove(&map, keys));
	for (size_t i = 0; i < 20000; i++) {
		seed = seed * 1103515245U + 12345U;
		size_t k = (seed >> 8) % N(keys);
		if (seed >> 30) {
			db_map_put(&map, &keys[k], &keys[i % N(keys)]);
			model[k] = &keys[i % N(keys)];
		} else {
			assert_ptr_equal(db_map_remove(&map, &keys[k]), model[k]);
			model[k] = NULL;
		}
	}
	for (size_t k = 0; k < N(keys); k++) {
		assert_ptr_equal(db_map_find(&map, &keys[k]), model[k]);
		n += model[k] != NULL;
	}
	assert_int_equal(map.n, n);
	db_map_free(&map);
}

static void
a_successor_is_the_next_valid_text(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	static const struct {
		const char *text, *next;
	} cases[] = {
		{ "a", "b" },
		{ "监", "盒" },
		{ "\x7F", "\xC2\x80" },
		{ "\xDF\xBF", "\xE0\xA0\x80" },
		{ "\xED\x9F\xBF",
		  "\xEE\x80\x80" }, /* over the surrogates, which are no characters */
		{ "\xEF\xBF\xBF", "\xF0\x90\x80\x80" },
		{ "a\xF4\x8F\xBF\xBF", "b" }, /* nothing above the last */
		{ "\xF4\x8F\xBF\xBF", NULL },
		{ "", NULL },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct zd_str next = list_successor(arena, zd_str_of(cases[i].text));
		if (!cases[i].next) {
			assert_null(next.p);
			continue;
		}
		assert_text(next, cases[i].next);
		assert_int_equal(zd_utf8_check(next), next.n);
		assert_true(zd_str_compare(zd_str_of(cases[i].text), next) < 0);
	}
}

static struct zd_str
joined(struct zd_arena *arena, const char *text)
{
	struct zd_str *tokens;
	size_t n;

	db_tokens(arena, zd_str_of(text), &tokens, &n);
	return zd_str_join(arena, tokens, n, ZD_STR("|"));
}

static void
texts_become_pairs_and_threes(void **state)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	(void)state;

	assert_text(joined(arena, "电梯安全"), "电梯|梯安|安全|全");
	assert_text(joined(arena, "GB1234"), "gb1|b12|123|234|34|4");
	assert_text(joined(arena, "（Ａb）电，梯"), "ab|b|电|梯");
	assert_text(joined(arena, "安安安"), "安安|安");
	assert_text(joined(arena, " \t。、!"), "");
	assert_text(joined(arena, ""), "");
	assert_text(joined(arena, "好\xFF好"), "好"); /* up to what is no text */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_map_keeps_what_it_is_given),
		cmocka_unit_test(a_successor_is_the_next_valid_text),
		cmocka_unit_test(texts_become_pairs_and_threes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
