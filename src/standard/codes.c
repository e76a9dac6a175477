/* Code lists with validity: finding what a sender meant, and saying what may stand there instead.
 */
#include "standard/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "standard/text.h"

#define NAMED_CODES 12 /* lists up to this length are told in full */
#define NEAR_LIST 600  /* lists up to this length are searched for a near name */

/* --- building ------------------------------------------------------------------------- */

static int
code_order(const void *a, const void *b)
{
	const struct standard_code *x = a, *y = b;
	int c = zd_str_compare(x->code, y->code);

	return c ? c : (x->from > y->from) - (x->from < y->from);
}

static bool
has_overlap(const struct standard_code *rows, size_t n, size_t *ret_at)
{
	for (size_t i = 1; i < n; i++) {
		if (!zd_str_equal(rows[i - 1].code, rows[i].code) ||
		    rows[i - 1].until < rows[i].from)
			continue;
		*ret_at = i;
		return true;
	}
	return false;
}

bool
codes_finish(struct zd_arena *arena, struct standard_codes *codes, struct standard_code *rows,
	     size_t *ret_at)
{
	struct standard_index *by_code = index_new(arena, codes->n),
			      *by_name = index_new(arena, codes->n);
	int32_t *same_name = zd_new_array(arena, int32_t, codes->n + 1);

	qsort(rows, codes->n, sizeof(*rows), code_order);
	if (has_overlap(rows, codes->n, ret_at))
		return false;
	codes->all_digits = true;
	for (size_t i = codes->n; i-- > 0;) {
		same_name[i] = -1;
		codes->all_digits = codes->all_digits && text_digits(rows[i].code);
		if (rows[i].code.n > codes->longest)
			codes->longest = rows[i].code.n;
	}
	for (size_t i = 0; i < codes->n; i++) {
		(void)index_put(by_code, rows[i].code, (int)i);
		int head = index_put(by_name, text_folded(arena, rows[i].name, TEXT_NAME), (int)i);
		if (head == (int)i)
			continue;
		same_name[i] = same_name[head];
		same_name[head] = (int32_t)i;
	}
	codes->codes = rows;
	codes->by_code = by_code;
	codes->by_name = by_name;
	codes->same_name = same_name;
	return true;
}

/* --- finding -------------------------------------------------------------------------- */

static bool
in_force(const struct standard_code *c, int32_t day)
{
	return day >= c->from && day <= c->until;
}

const struct standard_code *
codes_on(const struct standard_codes *codes, struct zd_str code, int32_t day)
{
	int first = index_find(codes->by_code, code);

	for (size_t i = (size_t)first; first >= 0 && i < codes->n; i++) {
		if (i > (size_t)first && !zd_str_equal(codes->codes[i].code, code))
			break;
		if (in_force(&codes->codes[i], day))
			return &codes->codes[i];
	}
	return NULL;
}

const struct standard_code *
codes_ever(const struct standard_codes *codes, struct zd_str code)
{
	int first = index_find(codes->by_code, code);
	size_t i = (size_t)first;

	if (first < 0)
		return NULL;
	while (i + 1 < codes->n && zd_str_equal(codes->codes[i + 1].code, code))
		i++;
	return &codes->codes[i];
}

/* By folded name, if it means one code only. */
static const struct standard_code *
by_name(const struct standard_codes *codes, struct zd_str name, int32_t day)
{
	const struct standard_code *found = NULL;

	for (int i = index_find(codes->by_name, name); i >= 0; i = codes->same_name[i]) {
		const struct standard_code *c = &codes->codes[i];
		if (!in_force(c, day))
			continue;
		if (found && !zd_str_equal(found->code, c->code))
			return NULL;
		found = c;
	}
	return found;
}

/* A spreadsheet took "01" for the number 1, or a form wrote "01" for "1". */
static const struct standard_code *
by_zeros(const struct standard_codes *codes, struct zd_str digits, int32_t day)
{
	char padded[24] = "0000000000000000000000";
	size_t most = codes->longest < 12 ? codes->longest : 12;
	const struct standard_code *c = NULL;

	if (!text_digits(digits) || digits.n > 12)
		return NULL;
	memcpy(padded + 11, digits.p, digits.n);
	for (size_t n = digits.n + 1; n <= most && !c && digits.n; n++)
		c = codes_on(codes, (struct zd_str){ padded + 11 - (n - digits.n), n }, day);
	while (!c && digits.n > 1 && digits.p[0] == '0') {
		digits.p++;
		digits.n--;
		c = codes_on(codes, digits, day);
	}
	return c;
}

/* "01 警告", "01-警告", "01:警告", "警告(01)": both must agree. */
static const struct standard_code *
by_both(const struct standard_codes *codes, struct zd_str folded, int32_t day)
{
	size_t n = 0;

	while (n < folded.n && ((folded.p[n] >= '0' && folded.p[n] <= '9') ||
				(folded.p[n] >= 'a' && folded.p[n] <= 'z')))
		n++;
	struct zd_str rest = { folded.p + n, folded.n - n };
	if (!n || !rest.n || n > codes->longest)
		return NULL;
	if (strchr("-:.|_,", rest.p[0])) {
		rest.p++;
		rest.n--;
	}
	const struct standard_code *c = by_name(codes, rest, day);
	char upper[16];
	if (!c || c->code.n != n || n > sizeof(upper) ||
	    text_fold((struct zd_str){ folded.p, n }, TEXT_NUMBER, upper, sizeof(upper)) != n)
		return NULL;
	return memcmp(upper, c->code.p, n) == 0 ? c : NULL;
}

const struct standard_code *
codes_meant(const struct standard_codes *codes, struct zd_str in, int32_t day)
{
	char buf[CODE_NAME_MAX + 1];
	const struct standard_code *c = codes_on(codes, in, day);

	if (c)
		return c;
	size_t n = text_fold(in, TEXT_NUMBER, buf, sizeof(buf));
	if (n == SIZE_MAX)
		return NULL;
	struct zd_str folded = { buf, n };
	c = codes_on(codes, folded, day);
	if (!c)
		c = by_zeros(codes, folded, day);
	if (c)
		return c;
	folded.n = text_fold(in, TEXT_NAME, buf, sizeof(buf));
	c = codes_on(codes, folded, day); /* lists of lower-case letters */
	if (!c)
		c = by_name(codes, folded, day);
	return c ? c : by_both(codes, folded, day);
}

/* --- saying why not ------------------------------------------------------------------- */

/* "01 日常检查、02 专项检查", the codes in force. */
static size_t
put_choices(char *buf, size_t cap, const struct standard_codes *codes, int32_t day)
{
	size_t n = 0, told = 0;

	for (size_t i = 0; i < codes->n; i++) {
		const struct standard_code *c = &codes->codes[i];
		if (!in_force(c, day))
			continue;
		if (told++ == NAMED_CODES || n + c->code.n + c->name.n + 8 > cap)
			return 0;
		n += (size_t)snprintf(buf + n, cap - n, "%s%.*s %.*s", told > 1 ? "、" : "",
				      ZD_STR_ARG(c->code), ZD_STR_ARG(text_cut(c->name, 20)));
	}
	return n;
}

/* People leave characters out ("硕士毕业") more often than they write others. */
static const struct standard_code *
nearest(const struct standard_codes *codes, struct zd_str in, int32_t day)
{
	const struct standard_code *best = NULL;
	size_t least = zd_utf8_length(in) + 1;

	for (size_t i = 0; i < codes->n && codes->n <= NEAR_LIST; i++) {
		if (!in_force(&codes->codes[i], day))
			continue;
		size_t d = text_distance(in, codes->codes[i].name, 2);
		if (d >= least)
			continue;
		best = &codes->codes[i];
		least = d;
	}
	return best;
}

static void
put_cure(const struct standard_codes *codes, struct zd_str in, int32_t day,
	 struct standard_fault *fault)
{
	char choices[256];
	size_t n = put_choices(choices, sizeof(choices), codes, day);

	if (n) {
		(void)snprintf(fault->todo, sizeof(fault->todo), "可填：%.*s", (int)n, choices);
		return;
	}
	const struct standard_code *near = nearest(codes, in, day);
	if (near)
		(void)snprintf(fault->todo, sizeof(fault->todo),
			       "是否应为%.*s %.*s；其余见代码表“%.*s”", ZD_STR_ARG(near->code),
			       ZD_STR_ARG(text_cut(near->name, 40)), ZD_STR_ARG(codes->title));
	else
		(void)snprintf(fault->todo, sizeof(fault->todo), "请按代码表“%.*s”填写",
			       ZD_STR_ARG(codes->title));
}

static void
put_day(char buf[16], int32_t day)
{
	int y, m, d;

	zd_day_split(day, &y, &m, &d);
	(void)snprintf(buf, 16, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100,
		       (unsigned)d % 100);
}

/* A code that exists, but not on that day. */
static bool
other_time(const struct standard_codes *codes, const struct standard_code *c, int32_t day,
	   struct standard_fault *fault)
{
	char when[16], bound[16];

	put_day(when, day);
	put_day(bound, day < c->from ? c->from : c->until);
	return fault_set(fault, fault->todo, "%.*s（%.*s）%s%s%s，该记录按%s判断：代码表“%.*s”",
			 ZD_STR_ARG(c->code), ZD_STR_ARG(text_cut(c->name, 40)),
			 day < c->from ? "自" : "已于", bound, day < c->from ? "起使用" : "停用",
			 when, ZD_STR_ARG(codes->title));
}

bool
codes_fault(const struct standard_codes *codes, struct zd_str in, int32_t day,
	    struct standard_fault *fault)
{
	struct zd_str shown = text_cut(in, 40);
	const struct standard_code *c = codes_ever(codes, in);

	put_cure(codes, shown, day, fault);
	if (c)
		return other_time(codes, c, day, fault);
	char folded[CODE_NAME_MAX + 1];
	size_t n = text_fold(in, TEXT_NAME, folded, sizeof(folded));
	int named = n == SIZE_MAX ? -1 : index_find(codes->by_name, (struct zd_str){ folded, n });
	if (named >= 0 && codes->same_name[named] >= 0)
		return fault_set(fault, "名称不唯一，请填代码", "“%.*s”对应代码表“%.*s”的多个代码",
				 ZD_STR_ARG(shown), ZD_STR_ARG(codes->title));
	if (named >= 0)
		return other_time(codes, &codes->codes[named], day, fault);
	return fault_set(fault, fault->todo, "“%.*s”不在代码表“%.*s”中", ZD_STR_ARG(shown),
			 ZD_STR_ARG(codes->title));
}

/* --- divisions GB/T 2260 -------------------------------------------------------------- */

bool
ident_division(const struct ident_env *env, struct zd_str in, struct ident *ret,
	       struct standard_fault *fault)
{
	static const char todo[] = "请填写6位行政区划代码（GB/T 2260）";
	bool fits = ident_fold(in, ret);
	struct zd_str code = { ret->text, ret->n };

	if (fits && ret->n == 6 && env->divisions && codes_on(env->divisions, code, env->day))
		return true;
	if (ident_spoiled(in, ret, fits, fault))
		return false;
	if ((ret->n == 9 || ret->n == 12) && text_digits(code)) {
		(void)snprintf(fault->todo, sizeof(fault->todo), "请只填前6位：%.6s", ret->text);
		return fault_set(fault, fault->todo, "是%zu位统计用区划代码，应为6位：%s", ret->n,
				 ret->text);
	}
	if (ret->n != 6 || !text_digits(code))
		return fault_set(fault, todo, "行政区划代码应为6位数字：%.*s",
				 ZD_STR_ARG(text_cut(in, 40)));
	if (!env->divisions)
		return true;
	const struct standard_code *c = codes_ever(env->divisions, code);
	(void)snprintf(fault->todo, sizeof(fault->todo), "%s", todo);
	return c ? other_time(env->divisions, c, env->day, fault)
		 : fault_set(fault, todo, "行政区划代码%s不存在", ret->text);
}

/* --- industries GB/T 4754 ------------------------------------------------------------- */

/* The section (A..T) above a code. */
static char
section_of(const struct standard_codes *list, const struct standard_code *c)
{
	for (int depth = 0; c && depth < 5; depth++) {
		if (c->code.n == 1)
			return c->code.p[0];
		c = codes_ever(list, c->parent);
	}
	return '?';
}

bool
ident_industry(const struct ident_env *env, struct zd_str in, struct ident *ret,
	       struct standard_fault *fault)
{
	static const char todo[] =
		"请填写国民经济行业分类（GB/T 4754-2017）的2至4位代码，前面可加门类字母";
	struct ident typed;
	bool fits = ident_fold(in, &typed), letter = typed.text[0] >= 'A' && typed.text[0] <= 'T';

	if (ident_spoiled(in, &typed, fits, fault))
		return false;
	struct zd_str code = { typed.text + (letter && typed.n > 1),
			       typed.n - (letter && typed.n > 1) };
	if (!(letter && typed.n == 1) && (code.n < 2 || code.n > 4 || !text_digits(code)))
		return fault_set(fault, todo, "不是行业代码：%.*s", ZD_STR_ARG(text_cut(in, 40)));
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->text, code.p, code.n);
	ret->n = code.n;
	const struct standard_code *c =
		env->industries ? codes_on(env->industries, code, env->day) : NULL;
	if (!env->industries ||
	    (c && (!letter || typed.n == 1 || section_of(env->industries, c) == typed.text[0])))
		return true;
	if (c)
		return fault_set(fault, todo, "%s属于门类%c，不属于门类%c", ret->text,
				 section_of(env->industries, c), typed.text[0]);
	char padded[8];
	(void)snprintf(padded, sizeof(padded), "0%.5s", ret->text);
	c = codes_on(env->industries, zd_str_of(padded), env->day);
	(void)snprintf(fault->todo, sizeof(fault->todo), "%s", todo);
	if (c)
		(void)snprintf(fault->todo, sizeof(fault->todo),
			       "若是%s（%.*s），请把该列设为“文本”后补上开头的0", padded,
			       ZD_STR_ARG(c->name));
	return fault_set(fault, fault->todo, "行业代码%s不存在", ret->text);
}
