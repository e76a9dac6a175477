/* One value of one field, by its type. Knows neither rows nor other fields. */
#include "standard/value.h"

#include <stdio.h>
#include <string.h>

#include "standard/codes.h"
#include "standard/number.h"
#include "standard/text.h"

#define STORE_MAX 65535 /* characters, when a field declares no other length */
#define MOST_PIECES 64  /* of one value of type codes */

typedef bool parse_fn(const struct value_env *env, const struct standard_field *f, struct zd_str in,
		      struct zd_str *ret);

/* Tells a fault; for the return statement of a parser. */
static bool
tell(const struct value_env *env, const char *rule, enum standard_check check,
     struct standard_fault *fault)
{
	fault->rule = rule;
	fault->check = check;
	env->fault(env->arg, fault);
	return false;
}

/* The canonical text: what was sent if it is the same, else a copy. */
static struct zd_str
same_or_copy(const struct value_env *env, struct zd_str in, const char *p, size_t n)
{
	struct zd_str canon = { p, n };

	return zd_str_equal(in, canon) ? in : zd_str_copy(env->arena, canon);
}

static bool
fits(const struct value_env *env, const struct standard_field *f, struct zd_str s)
{
	size_t max = f->max ? (size_t)f->max : STORE_MAX;
	struct standard_fault fault;

	if (s.n <= max)
		return true;
	size_t n = zd_utf8_length(s);
	if (n <= max)
		return true;
	(void)fault_set(&fault, "请缩短后填写", "长%zu个字符，最多%zu个", n, max);
	return tell(env, "length", STANDARD_CHECK_FORM, &fault);
}

static bool
parse_text(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	   struct zd_str *ret)
{
	struct standard_fault fault;
	struct ident code;

	if (!f->ident) {
		*ret = in;
		return fits(env, f, in);
	}
	if (!ident_check(f->ident, &env->ident, in, &code, &fault))
		return tell(env, fault.rule, fault.check, &fault);
	*ret = same_or_copy(env, in, code.text, code.n);
	return fits(env, f, *ret);
}

static bool
parse_code(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	   struct zd_str *ret)
{
	const struct standard_code *c = codes_meant(f->codes, in, env->ident.day);
	struct standard_fault fault;

	if (c) {
		*ret = c->code;
		return true;
	}
	(void)codes_fault(f->codes, in, env->ident.day, &fault);
	return tell(env, "code", STANDARD_CHECK_CODE, &fault);
}

static bool
parse_date(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	   struct zd_str *ret)
{
	struct standard_fault fault;
	int32_t day;

	(void)f;
	if (!value_date(in, &day, &fault))
		return tell(env, "date", STANDARD_CHECK_TIME, &fault);
	*ret = in.n == 10 && in.p[4] == '-' && in.p[7] == '-' ? in : zd_day_format(env->arena, day);
	return true;
}

static bool
parse_number(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	     struct zd_str *ret)
{
	struct standard_fault fault;

	if (!number_parse(f, in, env->arena, ret, &fault))
		return tell(env, fault.rule, fault.check, &fault);
	return true;
}

static bool
parse_bool(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	   struct zd_str *ret)
{
	static const struct {
		struct zd_str word, canon;
	} words[] = {
		{ ZD_LIT("是"), ZD_LIT("1") },   { ZD_LIT("否"), ZD_LIT("0") },
		{ ZD_LIT("1"), ZD_LIT("1") },    { ZD_LIT("0"), ZD_LIT("0") },
		{ ZD_LIT("true"), ZD_LIT("1") }, { ZD_LIT("false"), ZD_LIT("0") },
		{ ZD_LIT("y"), ZD_LIT("1") },    { ZD_LIT("n"), ZD_LIT("0") },
		{ ZD_LIT("yes"), ZD_LIT("1") },  { ZD_LIT("no"), ZD_LIT("0") },
	};
	char buf[16];
	struct standard_fault fault;
	size_t n = text_fold(in, TEXT_NAME, buf, sizeof(buf));

	(void)f;
	for (size_t i = 0; n != SIZE_MAX && i < ZD_COUNT(words); i++) {
		if (!zd_str_equal((struct zd_str){ buf, n }, words[i].word))
			continue;
		*ret = words[i].canon;
		return true;
	}
	(void)fault_set(&fault, "请填“是”或“否”", "“%.*s”不是“是”或“否”",
			ZD_STR_ARG(text_cut(in, 40)));
	return tell(env, "bool", STANDARD_CHECK_FORM, &fault);
}

/* --- lists ---------------------------------------------------------------------------- */

/* Bytes of the separator at p, or 0: , ， 、 ; ； and line ends. Not blanks: names have them. */
static size_t
separator(const char *p, const char *end)
{
	if (*p == ',' || *p == ';' || *p == '\n' || *p == '\r')
		return 1;
	if (end - p < 3)
		return 0;
	if (memcmp(p, "、", 3) == 0 || memcmp(p, "，", 3) == 0 || memcmp(p, "；", 3) == 0)
		return 3;
	return 0;
}

/* The next piece between separators, trimmed, perhaps empty; false at the end. */
static bool
next_piece(struct zd_str *rest, struct zd_str *ret)
{
	const char *p = rest->p, *end;
	size_t n = 0;

	if (!rest->p)
		return false;
	end = rest->p + rest->n;
	while (p < end && !(n = separator(p, end)))
		p++;
	*ret = text_trim((struct zd_str){ rest->p, (size_t)(p - rest->p) });
	*rest = p < end ? (struct zd_str){ p + n, (size_t)(end - p) - n } : (struct zd_str){ 0 };
	return true;
}

bool
value_next_item(struct zd_str *rest, struct zd_str *ret)
{
	if (!rest->p || !rest->n)
		return false;
	const char *comma = memchr(rest->p, ',', rest->n);
	*ret = (struct zd_str){ rest->p, comma ? (size_t)(comma - rest->p) : rest->n };
	*rest = comma ? (struct zd_str){ comma + 1, rest->n - ret->n - 1 } : (struct zd_str){ 0 };
	return true;
}

size_t
value_items(struct zd_str list)
{
	struct zd_str item;
	size_t n = 0;

	while (value_next_item(&list, &item))
		n++;
	return n;
}

/* A canonical text that grows by items. */
struct joined {
	char *p;
	size_t n, items;
};

static void
join(struct joined *j, struct zd_str s)
{
	if (j->items++)
		j->p[j->n++] = ',';
	memcpy(j->p + j->n, s.p, s.n);
	j->n += s.n;
}

/* One item by the field's identifier rule; tells which item is wrong. */
static bool
parse_item(const struct value_env *env, const struct standard_field *f, struct zd_str item,
	   struct joined *j)
{
	struct standard_fault fault;
	struct ident code;

	if (!f->ident) {
		join(j, item);
		return true;
	}
	if (ident_check(f->ident, &env->ident, item, &code, &fault)) {
		join(j, (struct zd_str){ code.text, code.n });
		return true;
	}
	(void)fault_set(&fault, fault.todo, "第%zu项：%s", j->items + 1, fault.message);
	j->items++;
	return tell(env, fault.rule, fault.check, &fault);
}

static bool
parse_list(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	   struct zd_str *ret)
{
	/* An identifier is never longer in canonical form but for old citizens' numbers (3 more).
	 */
	struct joined j = { .p = zd_alloc(env->arena, in.n + (f->ident ? in.n / 4 + 8 : 0) + 1) };
	struct standard_fault fault;
	struct zd_str rest = in, item;
	bool good = true;

	while (next_piece(&rest, &item))
		if (item.n)
			good = parse_item(env, f, item, &j) && good;
	if (!good)
		return false;
	*ret = (struct zd_str){ j.p, j.n };
	if (j.items < (size_t)f->min_items || !j.items) {
		(void)fault_set(&fault, "请补全，各项用逗号或顿号分开", "应至少填%d项，只有%zu项",
				f->min_items ? f->min_items : 1, j.items);
		return tell(env, "min_items", STANDARD_CHECK_FORM, &fault);
	}
	return fits(env, f, *ret);
}

/* --- several codes -------------------------------------------------------------------- */

/*
 * Names of codes may have separators in them ("查封场所、设施或者财物"): the longest run of pieces
 * that is one code or name counts.
 */
static size_t
longest_code(const struct value_env *env, const struct standard_field *f,
	     const struct zd_str *pieces, size_t n, struct zd_str *ret)
{
	for (size_t k = n; k > 0; k--) {
		const char *end = pieces[k - 1].p + pieces[k - 1].n;
		struct zd_str run = { pieces[0].p, (size_t)(end - pieces[0].p) };
		const struct standard_code *c = codes_meant(f->codes, run, env->ident.day);
		if (!c)
			continue;
		*ret = c->code;
		return k;
	}
	return 0;
}

static bool
parse_codes(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	    struct zd_str *ret)
{
	struct zd_str pieces[MOST_PIECES], piece, code, codes[MOST_PIECES];
	struct standard_fault fault;
	size_t n = 0, found = 0;
	bool good = true;

	for (struct zd_str rest = in; n < MOST_PIECES && next_piece(&rest, &piece);)
		if (piece.n)
			pieces[n++] = piece;
	if (n == MOST_PIECES || !n) {
		(void)fault_set(&fault, "多个代码用逗号分开", n ? "代码过多" : "没有代码");
		return tell(env, "code", STANDARD_CHECK_CODE, &fault);
	}
	for (size_t i = 0; i < n;) {
		size_t used = longest_code(env, f, pieces + i, n - i, &code);
		if (!used) {
			good = false;
			(void)codes_fault(f->codes, pieces[i], env->ident.day, &fault);
			(void)tell(env, "code", STANDARD_CHECK_CODE, &fault);
		} else {
			codes[found++] = code;
		}
		i += used ? used : 1;
	}
	if (!good)
		return false;
	*ret = zd_str_join(env->arena, codes, found, ZD_STR(","));
	return fits(env, f, *ret);
}

/* --- any ------------------------------------------------------------------------------ */

static bool
wrong_bytes(const struct value_env *env, struct zd_str in, size_t at)
{
	struct standard_fault fault;
	unsigned char c = (unsigned char)in.p[at];
	size_t place = zd_utf8_length((struct zd_str){ in.p, at }) + 1;

	if (c < 0x20 || c == 0x7F)
		(void)fault_set(&fault, "请删去后重新输入", "第%zu个字符是不可见的控制字符（%02X）",
				place, c);
	else
		(void)fault_set(&fault, "请把文件另存为UTF-8编码",
				"第%zu个字符起不是有效的UTF-8编码", place);
	return tell(env, "text", STANDARD_CHECK_FORM, &fault);
}

bool
value_parse(const struct value_env *env, const struct standard_field *f, struct zd_str in,
	    struct zd_str *ret)
{
	static parse_fn *const parsers[] = {
		[STANDARD_TEXT] = parse_text,   [STANDARD_CODE] = parse_code,
		[STANDARD_CODES] = parse_codes, [STANDARD_DATE] = parse_date,
		[STANDARD_INT] = parse_number,  [STANDARD_DECIMAL] = parse_number,
		[STANDARD_BOOL] = parse_bool,   [STANDARD_LIST] = parse_list,
	};
	size_t at = text_check(in);

	if (at < in.n)
		return wrong_bytes(env, in, at);
	return parsers[f->type](env, f, in, ret);
}
