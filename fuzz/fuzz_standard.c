/*
 * Identifiers and the judge: nothing may crash them; a canonical value is taken again unchanged; every error has its
 * texts, in UTF-8. The first byte picks the standard, the rest is cells between bytes FF.
 */
#include <stdlib.h>
#include <string.h>

#include "standard/ident.h"
#include "standard/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct standard_set *
standards(void)
{
	static struct standard_set *set;
	static struct zd_cx cx;

	if (set)
		return set;
	cx.arena = zd_arena_new((size_t)1 << 28);
	if (standard_load(&cx, &set) != ZD_OK)
		abort();
	return set;
}

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_text(struct zd_str s)
{
	return s.n > 0 && zd_utf8_check(s) == s.n;
}

static void
identifiers(struct zd_str in)
{
	struct ident_env env = { standard_codes_find(standards(), ZD_STR("gbt2260")),
				 standard_codes_find(standards(), ZD_STR("gbt4754")), 20416,
				 20416 };

	for (int kind = STANDARD_USCC; kind <= STANDARD_PHONE; kind++) {
		struct standard_fault fault;
		struct ident once, twice;
		if (!ident_check((enum standard_ident)kind, &env, in, &once, &fault)) {
			must(zd_utf8_check(in) < in.n || is_text(zd_str_of(fault.message)));
			must(strlen(fault.todo) > 0);
			continue;
		}
		struct zd_str canon = { once.text, once.n };
		must(once.n == strlen(once.text));
		must(ident_check((enum standard_ident)kind, &env, canon, &twice, &fault));
		must(zd_str_equal(canon, (struct zd_str){ twice.text, twice.n }));
	}
}

static void
check_verdict(const struct standard *std, const struct standard_verdict *v)
{
	must(v->good == (v->n_errors == 0) && v->n_errors <= STANDARD_MAX_ERRORS);
	for (size_t i = 0; i < v->n_errors; i++) {
		struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
		must(is_text(v->errors[i].rule) && is_text(v->errors[i].message) &&
		     is_text(v->errors[i].todo));
		standard_error_json(&out, std, &v->errors[i]);
		must(!out.failed && is_text(zd_out_str(&out)));
	}
	for (size_t i = 0; i < std->n_fields; i++)
		must(text_check(v->canon[i]) == v->canon[i].n);
}

/* A good row stays good, and the same, when its canonical values are sent. */
static void
rows(const struct standard *std, struct zd_arena *arena, struct zd_str *raw)
{
	struct standard_judge_config config = { .standard = std, .today = 20416, .max_rows = 8 };
	struct standard_judge *judge = standard_judge_new(&config);
	struct standard_verdict v, again;

	standard_judge_row(judge, arena, 1, 0, raw, &v);
	check_verdict(std, &v);
	standard_judge_row(judge, arena, 2, v.operation, v.canon, &again);
	check_verdict(std, &again);
	if (v.good) {
		must(again.good && again.merge_print == v.merge_print);
		for (size_t i = 0; i < std->n_fields; i++)
			must(zd_str_equal(again.canon[i], v.canon[i]));
	}
	standard_judge_free(judge);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 24);
	struct zd_str rest = { (const char *)data + 1, size ? size - 1 : 0 },
		      raw[STANDARD_MAX_FIELDS];

	if (!size)
		return 0;
	const struct standard *std =
		standard_at(standards(), data[0] % standard_count(standards()));
	for (size_t i = 0; i < std->n_fields; i++)
		raw[i] = std->fields[i].exchange ? (struct zd_str){ 0 } : std->fields[i].example;
	for (size_t i = 0; i < std->n_fields && rest.n; i++) {
		const char *end = memchr(rest.p, 0xFF, rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		if (n)
			raw[i] = (struct zd_str){ rest.p, n };
		if (i < 3)
			identifiers((struct zd_str){ rest.p, n });
		n += end != NULL;
		rest = (struct zd_str){ rest.p + n, rest.n - n };
	}
	rows(std, arena, raw);
	return 0;
}
