/* Numbers as people write them: 1,234.50 and full-width digits are taken, units and 1.2E+06 are
 * not. */
#include "standard/number.h"

#include <stdio.h>
#include <string.h>

#include "standard/text.h"

#define NUMBER_TEXT 64
#define MOST_DIGITS 18 /* with all decimals of the field: below 2^63 when scaled */

bool
value_scaled(struct zd_str s, int scale, int64_t *ret)
{
	const char *point = memchr(s.p, '.', s.n);
	char digits[32];
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < sizeof(digits) - 8; i++)
		if (s.p[i] != '.')
			digits[n++] = s.p[i];
	int decimals = point ? (int)(s.p + s.n - point) - 1 : 0;
	if (decimals > scale || s.n > 24)
		return false;
	for (; decimals < scale; decimals++)
		digits[n++] = '0';
	return zd_int_parse((struct zd_str){ digits, n }, ret);
}

/* What stands in the text, in parts. */
struct number {
	bool minus;
	char digits[NUMBER_TEXT]; /* before the point, without separators */
	size_t n;
	struct zd_str decimals, rest;
};

/* Digits with ',' every three, or none at all. False on wrong groups. */
static bool
take_digits(const char **p, struct number *ret)
{
	size_t group = 0;
	bool grouped = false;

	for (;; (*p)++) {
		if (**p >= '0' && **p <= '9') {
			ret->digits[ret->n++] = **p;
			group++;
			continue;
		}
		if (**p != ',')
			break;
		if (grouped ? group != 3 : group < 1 || group > 3)
			return false;
		grouped = true;
		group = 0;
	}
	return !grouped || group == 3;
}

static bool
take_number(const char *p, struct number *ret)
{
	*ret = (struct number){ 0 };
	if (*p == '-' || *p == '+')
		ret->minus = *p++ == '-';
	if (!take_digits(&p, ret) || !ret->n)
		return false;
	if (*p == '.') {
		size_t n = strspn(++p, "0123456789");
		ret->decimals = (struct zd_str){ p, n };
		p += n;
	}
	ret->rest = zd_str_of(p);
	while (ret->decimals.n && ret->decimals.p[ret->decimals.n - 1] == '0')
		ret->decimals.n--;
	return true;
}

static bool
wrong_number(const struct standard_field *f, struct zd_str in, const struct number *number,
	     bool taken, struct standard_fault *fault)
{
	struct zd_str shown = text_cut(in, 40), rest = number->rest;

	if (taken && rest.n > 2 && rest.p[0] == 'E' && (rest.p[1] == '+' || rest.p[1] == '-'))
		return fault_set(fault, "请把单元格设为“数值”格式，写出全部数字",
				 "“%.*s”是科学计数法", ZD_STR_ARG(shown));
	if (!taken || !f->unit.n)
		return fault_set(fault, "只填数字，不带文字和单位", "“%.*s”不是数字",
				 ZD_STR_ARG(shown));
	if (zd_str_equal(rest, f->unit))
		(void)snprintf(fault->todo, sizeof(fault->todo), "只填数字，不带“%.*s”",
			       ZD_STR_ARG(f->unit));
	else
		(void)snprintf(fault->todo, sizeof(fault->todo), "请换算成%.*s后只填数字",
			       ZD_STR_ARG(f->unit));
	return fault_set(fault, fault->todo, "“%.*s”带有单位“%.*s”", ZD_STR_ARG(shown),
			 ZD_STR_ARG(text_cut(rest, 10)));
}

static struct zd_str
canonical(const struct number *number, int scale, struct zd_arena *arena)
{
	static const char zeros[] = "000000";
	const char *digits = number->digits;
	size_t n = number->n;

	while (n > 1 && digits[0] == '0') {
		digits++;
		n--;
	}
	bool zero = digits[0] == '0' && !number->decimals.n;
	return zd_str_printf(arena, "%s%.*s%s%.*s%.*s", number->minus && !zero ? "-" : "", (int)n,
			     digits, scale ? "." : "", ZD_STR_ARG(number->decimals),
			     scale - (int)number->decimals.n, zeros);
}

bool
number_parse(const struct standard_field *f, struct zd_str in, struct zd_arena *arena,
	     struct zd_str *ret, struct standard_fault *fault)
{
	char text[NUMBER_TEXT];
	struct number number = { 0 };
	size_t n = text_fold(in, TEXT_NUMBER, text, sizeof(text) - 1);

	fault->rule = "number";
	fault->check = STANDARD_CHECK_FORM;
	if (n == SIZE_MAX)
		return wrong_number(f, in, &number, false, fault);
	text[n] = '\0';
	bool taken = take_number(text, &number);
	if (!taken || number.rest.n)
		return wrong_number(f, in, &number, taken, fault);
	int most = MOST_DIGITS - f->scale;
	if (number.n > (size_t)most)
		return fault_set(fault, "请核对金额或数量", "“%.*s”超过%d位整数",
				 ZD_STR_ARG(text_cut(in, 40)), most);
	if ((int)number.decimals.n > f->scale && f->scale)
		return fault_set(fault, "请四舍五入后填写", "“%.*s”超过%d位小数",
				 ZD_STR_ARG(text_cut(in, 40)), f->scale);
	if (number.decimals.n && !f->scale)
		return fault_set(fault, "请填写整数", "“%.*s”不是整数",
				 ZD_STR_ARG(text_cut(in, 40)));
	*ret = canonical(&number, f->scale, arena);
	return true;
}
