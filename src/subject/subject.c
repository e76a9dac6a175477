/* The rules of identity. */
#include "subject/subject.h"

struct zd_str
subject_code_of(struct zd_arena *arena, struct zd_str number)
{
	struct zd_str s = zd_str_trim(number);

	if (!s.n)
		return (struct zd_str){ 0 };
	char *p = zd_alloc(arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 'a' + 'A') : s.p[i];
	return (struct zd_str){ p, s.n };
}

struct zd_str
subject_thing_code(struct zd_arena *arena, struct zd_str standard, struct zd_str key)
{
	return zd_str_printf(arena, "%.*s:%.*s", ZD_STR_ARG(standard), ZD_STR_ARG(key));
}

bool
subject_is_person(struct zd_str code_type, struct zd_str kind)
{
	bool organ = code_type.n == 0 || zd_str_equal(code_type, ZD_STR("001")) ||
		     zd_str_equal(code_type, ZD_STR("099"));

	return !organ || zd_str_equal(kind, ZD_STR("natural_person"));
}

struct zd_str
subject_shown_code(struct zd_str code, struct zd_str code_type, struct zd_str kind)
{
	if (code_type.n || !kind.n || code.n <= kind.n + 1)
		return code;
	return (struct zd_str){ code.p + kind.n + 1, code.n - kind.n - 1 };
}
