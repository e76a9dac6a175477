/* Questions to a compiled set: finding standards, code lists, fields and names. */
#include "standard/standard.h"

#include <string.h>

#include "standard/compile.h"
#include "standard/text.h"

#define HEADING_MAX 255 /* bytes; a longer heading is none of ours */

const struct standard *
standard_find(const struct standard_set *set, struct zd_str name)
{
	int i = index_find(set->by_name, name);

	return i < 0 ? NULL : &set->standards[i];
}

size_t
standard_count(const struct standard_set *set)
{
	return set->n_standards;
}

const struct standard *
standard_at(const struct standard_set *set, size_t i)
{
	return i < set->n_standards ? &set->standards[i] : NULL;
}

const struct standard_codes *
standard_codes_find(const struct standard_set *set, struct zd_str name)
{
	int i = index_find(set->codes_by_name, name);

	return i < 0 ? NULL : &set->codes[i];
}

struct zd_str
standard_code_name(const struct standard_codes *codes, struct zd_str code, int32_t day)
{
	const struct standard_code *c = day == ZD_NO_DAY ? NULL : codes_on(codes, code, day);

	if (!c)
		c = codes_ever(codes, code);
	return c ? c->name : (struct zd_str){ 0 };
}

/* The code above: "5259" → "525" → "52"; "420299" → "420200" → "420000". False at the top. */
static bool
step_up(const struct standard_codes *codes, char *code, size_t *n)
{
	bool division = zd_str_equal(codes->name, ZD_STR("gbt2260"));

	if (zd_str_equal(codes->name, ZD_STR("gbt4754")) && *n > 2)
		return --*n > 0;
	if (!division || *n != 6)
		return false;
	for (size_t i = 4; i > 0; i -= 2)
		if (memcmp(code + i, "00", 2) != 0) {
			memcpy(code + i, "00", 2);
			return true;
		}
	return false;
}

/* 市辖区 and 县 say nothing without what they are of. */
static struct zd_str
full_name(struct zd_arena *arena, const struct standard_codes *codes, struct zd_str code,
	  int32_t day)
{
	struct zd_str name = standard_code_name(codes, code, day);
	const struct standard_code *row = codes_ever(codes, code);

	if (!row || !row->parent.n ||
	    (!zd_str_equal(name, ZD_STR("市辖区")) && !zd_str_equal(name, ZD_STR("县"))))
		return name;
	struct zd_str above = standard_code_name(codes, row->parent, day);
	return zd_str_printf(arena, "%.*s%.*s", ZD_STR_ARG(above), ZD_STR_ARG(name));
}

struct zd_str
standard_code_shown(struct zd_arena *arena, const struct standard_codes *codes, struct zd_str code,
		    int32_t day)
{
	char above[8];
	size_t n = code.n;

	if (!codes || !code.n)
		return code;
	struct zd_str name = full_name(arena, codes, code, day);
	if (name.p)
		return zd_str_printf(arena, "%.*s %.*s", ZD_STR_ARG(code), ZD_STR_ARG(name));
	if (n > sizeof(above) || !text_digits(code))
		return code;
	memcpy(above, code.p, n);
	while (step_up(codes, above, &n)) {
		struct zd_str up = { above, n };
		name = full_name(arena, codes, up, day);
		if (name.p)
			return zd_str_printf(arena, "%.*s（未列名，上级 %.*s %.*s）",
					     ZD_STR_ARG(code), ZD_STR_ARG(up), ZD_STR_ARG(name));
	}
	return code;
}

/* --- headings ------------------------------------------------------------------------- */

/* "*罚款金额(元)" as templates write it: without the mark of what is required and the unit. */
static struct zd_str
bare_heading(struct zd_str s)
{
	while (s.n && s.p[0] == '*') {
		s.p++;
		s.n--;
	}
	while (s.n && s.p[s.n - 1] == '*')
		s.n--;
	const char *open = s.n && s.p[s.n - 1] == ')' ? memchr(s.p, '(', s.n) : NULL;
	if (open && open > s.p)
		s.n = (size_t)(open - s.p);
	return s;
}

int
standard_field_find(const struct standard *std, struct zd_str heading)
{
	char buf[HEADING_MAX];
	size_t n = text_fold(heading, TEXT_NAME, buf, sizeof(buf));

	if (n == SIZE_MAX || !n)
		return -1;
	int field = index_find(std->headings, (struct zd_str){ buf, n });
	if (field >= 0)
		return field;
	struct zd_str bare = bare_heading((struct zd_str){ buf, n });
	return bare.n && bare.n != n ? index_find(std->headings, bare) : -1;
}

/* How far two headings are apart; one that contains the other is nearer than its length says. */
static size_t
heading_distance(struct zd_str a, struct zd_str b)
{
	struct zd_str small = a.n < b.n ? a : b, large = a.n < b.n ? b : a;
	size_t d = text_distance(a, b, 1);

	if (zd_utf8_length(small) >= 3 && memmem(large.p, large.n, small.p, small.n) &&
	    d < SIZE_MAX)
		return (d + 1) / 2;
	return d;
}

/* Near: at most two characters of five differ. */
static bool
is_near(size_t distance, struct zd_str a, struct zd_str b)
{
	size_t x = zd_utf8_length(a), y = zd_utf8_length(b), longer = x > y ? x : y;

	if (longer == 4)
		return distance <= 2; /* 检查日期, 检查时间 */
	return distance < SIZE_MAX && distance * 5 <= longer * 2;
}

/* How far a heading is from the nearest of a field's names; SIZE_MAX if none is near. */
static size_t
field_distance(const struct standard_field *f, struct zd_str plain)
{
	size_t least = SIZE_MAX;
	char buf[HEADING_MAX];

	for (size_t k = 0; k < 2 + f->n_aliases; k++) {
		struct zd_str s = k == 0 ? f->title : k == 1 ? f->name : f->aliases[k - 2];
		size_t n = text_fold(s, TEXT_NAME, buf, sizeof(buf));
		if (n == SIZE_MAX)
			continue;
		s = (struct zd_str){ buf, n };
		size_t d = heading_distance(plain, s);
		if (d < least && is_near(d, plain, s))
			least = d;
	}
	return least;
}

int
standard_field_nearest(const struct standard *std, struct zd_str heading)
{
	char buf[HEADING_MAX];
	size_t n = text_fold(heading, TEXT_NAME, buf, sizeof(buf)), least = SIZE_MAX;
	int best = -1;

	if (n == SIZE_MAX || !n)
		return -1;
	struct zd_str plain = bare_heading((struct zd_str){ buf, n });
	for (size_t i = 0; i < std->n_fields; i++) {
		size_t d = field_distance(&std->fields[i], plain);
		if (d >= least)
			continue;
		least = d;
		best = (int)i;
	}
	return best;
}

/* --- versions ------------------------------------------------------------------------- */

int32_t
standard_version_day(const struct standard *std, int32_t day)
{
	if (!std->n_versions)
		return day == ZD_NO_DAY ? INT32_MAX : day;
	const struct standard_version *first = &std->versions[0],
				      *last = &std->versions[std->n_versions - 1];
	if (day == ZD_NO_DAY || day > last->from)
		return last->from;
	return day < first->from ? first->from : day;
}

bool
standard_field_is_filled(const struct standard *std, size_t field, int32_t day)
{
	const struct standard_field *f = &std->fields[field];
	int32_t version = standard_version_day(std, day);

	return !f->exchange && version >= f->from && version <= f->until;
}
