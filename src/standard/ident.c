/* What all identifiers share, the table of kinds, and the short ones: items, lists, registration
 * numbers, phones. */
#include "standard/ident.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "standard/text.h"

bool
fault_set(struct standard_fault *fault, const char *todo, const char *fmt, ...)
{
	char text[sizeof(fault->message)]; /* the arguments may point into the fault */
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text[zd_utf8_check(zd_str_of(text))] = '\0'; /* a cut character at the end is left out */
	memcpy(fault->message, text, sizeof(text));
	if (todo != fault->todo)
		(void)snprintf(fault->todo, sizeof(fault->todo), "%s", todo);
	return false;
}

static const struct ident_kind {
	const char *name;
	ident_fn *check;
	enum standard_check type;
} kinds[] = {
	[STANDARD_NO_IDENT] = { "", NULL, STANDARD_CHECK_FORM },
	[STANDARD_USCC] = { "uscc", ident_uscc, STANDARD_CHECK_USCC },
	[STANDARD_ID_CARD] = { "id_card", ident_id_card, STANDARD_CHECK_ID_CARD },
	[STANDARD_USCC_OR_ID] = { "uscc_or_id", ident_uscc_or_id, STANDARD_CHECK_USCC },
	[STANDARD_REG_NO] = { "reg_no", ident_reg_no, STANDARD_CHECK_FORM },
	[STANDARD_DIVISION] = { "division", ident_division, STANDARD_CHECK_CODE },
	[STANDARD_INDUSTRY] = { "industry", ident_industry, STANDARD_CHECK_CODE },
	[STANDARD_ITEM_CODE] = { "item_code", ident_item_code, STANDARD_CHECK_ITEM },
	[STANDARD_MAIN_CODE] = { "main_code", ident_main_code, STANDARD_CHECK_ITEM },
	[STANDARD_LIST_CODE] = { "list_code", ident_list_code, STANDARD_CHECK_LIST },
	[STANDARD_PHONE] = { "phone", ident_phone, STANDARD_CHECK_FORM },
};

const char *
ident_name(enum standard_ident kind)
{
	return kinds[kind].name;
}

bool
ident_named(struct zd_str name, enum standard_ident *ret)
{
	for (size_t i = 1; i < ZD_COUNT(kinds); i++) {
		if (!zd_str_equal(name, zd_str_of(kinds[i].name)))
			continue;
		*ret = (enum standard_ident)i;
		return true;
	}
	return false;
}

bool
ident_check(enum standard_ident kind, const struct ident_env *env, struct zd_str in,
	    struct ident *ret, struct standard_fault *fault)
{
	if (!kinds[kind].check)
		return true;
	fault->rule = kinds[kind].name;
	fault->check = kinds[kind].type;
	return kinds[kind].check(env, in, ret, fault);
}

/* --- shared --------------------------------------------------------------------------- */

bool
ident_fold(struct zd_str in, struct ident *ret)
{
	memset(ret, 0, sizeof(*ret));
	size_t n = text_fold(in, TEXT_NUMBER, ret->text, sizeof(ret->text) - 1);
	if (n == SIZE_MAX)
		return false;
	ret->n = n;
	return true;
}

size_t
ident_length(const struct ident *code)
{
	return zd_utf8_length((struct zd_str){ code->text, code->n });
}

/* 1.2345E+17, as a spreadsheet writes a number that is too long for it. */
static bool
is_scientific(const struct ident *code)
{
	const char *e = strchr(code->text, 'E');

	return e && e > code->text && e[1] == '+' && code->text[0] >= '0' && code->text[0] <= '9' &&
	       e[2];
}

bool
ident_spoiled(struct zd_str in, const struct ident *folded, bool fits, struct standard_fault *fault)
{
	static const char as_text[] = "请把该列设为“文本”格式，重新填写完整号码";

	if (!fits)
		return !fault_set(fault, "只填一个号码，不要填其他文字",
				  "长度为%zu个字符，不是一个号码", zd_utf8_length(in));
	if (strchr(folded->text, '*'))
		return !fault_set(fault, "请填写完整号码", "含有掩码“*”");
	if (is_scientific(folded))
		return !fault_set(fault, as_text, "号码已被表格软件改成科学计数法");
	return false;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

bool
ident_inside(const struct ident_env *env, struct zd_str in, size_t n, ident_fn *check,
	     struct ident *ret)
{
	char buf[256];
	struct standard_fault fault;
	size_t len = text_fold(in, TEXT_NUMBER, buf, sizeof(buf));

	for (size_t i = 0, end; len != SIZE_MAX && i < len; i = end + 1) {
		for (end = i; end < len && is_alnum(buf[end]); end++)
			;
		struct zd_str run = { buf + i, end - i };
		if (run.n == n && len > n && check(env, run, ret, &fault))
			return true;
	}
	return false;
}

/* --- digits only ---------------------------------------------------------------------- */

/* n digits, or why not; `what` names the code, `todo` the cure. */
static bool
digits_only(struct zd_str in, size_t n, const char *what, const char *todo, struct ident *ret,
	    struct standard_fault *fault)
{
	bool fits = ident_fold(in, ret);

	if (ident_spoiled(in, ret, fits, fault))
		return false;
	if (zd_str_equal((struct zd_str){ ret->text, ret->n }, ZD_STR("无")))
		return fault_set(fault, todo, "%s不能填“无”", what);
	if (ident_length(ret) != n)
		return fault_set(fault, todo, "%s应为%zu位数字，收到%zu位：%s", what, n,
				 ident_length(ret), ret->text);
	for (size_t i = 0; i < n; i++)
		if (ret->text[i] < '0' || ret->text[i] > '9')
			return fault_set(fault, todo, "%s应为%zu位数字，第%zu位不是数字：%s", what,
					 n, i + 1, ret->text);
	return true;
}

bool
ident_item_code(const struct ident_env *env, struct zd_str in, struct ident *ret,
		struct standard_fault *fault)
{
	(void)env;
	return digits_only(in, 14, "监管事项目录编码", "请填写监管事项目录清单中的14位子项编码",
			   ret, fault);
}

bool
ident_main_code(const struct ident_env *env, struct zd_str in, struct ident *ret,
		struct standard_fault *fault)
{
	(void)env;
	return digits_only(in, 8, "监管事项主项编码", "请填写监管事项目录清单中的8位主项编码", ret,
			   fault);
}

/* GB/T 17710, the hybrid system MOD 11,10. */
char
reg_no_check_char(const char *first14)
{
	int p = 10;

	for (int i = 0; i < 14; i++) {
		int s = (p + first14[i] - '0') % 10;
		p = (s ? s : 10) * 2 % 11;
	}
	return (char)('0' + (11 - p) % 10);
}

bool
ident_reg_no(const struct ident_env *env, struct zd_str in, struct ident *ret,
	     struct standard_fault *fault)
{
	static const char todo[] = "请核对营业执照上的注册号";

	(void)env;
	if (!digits_only(in, 15, "注册号", todo, ret, fault))
		return false;
	char want = reg_no_check_char(ret->text);
	if (ret->text[14] != want)
		return fault_set(fault, todo, "末位校验不符：%s，按前14位应为%c", ret->text, want);
	return true;
}

/* --- implementation lists: 18 USCC, level 1..5, the rest ------------------------------ */

bool
ident_list_code(const struct ident_env *env, struct zd_str in, struct ident *ret,
		struct standard_fault *fault)
{
	static const char todo[] = "请从已发布的检查实施清单中复制编码";
	struct ident body;
	struct standard_fault inner;
	bool fits = ident_fold(in, ret);

	if (ident_spoiled(in, ret, fits, fault))
		return false;
	if (zd_str_equal((struct zd_str){ ret->text, ret->n }, ZD_STR("无")))
		return fault_set(fault, todo, "检查实施清单编码不能填“无”");
	for (size_t i = 0; i < ret->n; i++)
		if (!is_alnum(ret->text[i]) && ret->text[i] != '-' && ret->text[i] != '_')
			return fault_set(fault, todo, "检查实施清单编码只用数字和字母：%s",
					 ret->text);
	if (ret->n < 19)
		return fault_set(fault, todo,
				 "检查实施清单编码应为18位实施主体代码、1位行使层级及其后各位，"
				 "只收到%zu位：%s",
				 ret->n, ret->text);
	if (!ident_uscc(env, (struct zd_str){ ret->text, 18 }, &body, &inner))
		return fault_set(fault, todo, "前18位不是有效的实施主体统一社会信用代码，%s",
				 inner.message);
	if (ret->text[18] < '1' || ret->text[18] > '5')
		return fault_set(fault, todo, "第19位（行使层级）应为1至5，收到%c：%s",
				 ret->text[18], ret->text);
	return true;
}

/* --- phones --------------------------------------------------------------------------- */

static const char phone_todo[] = "请填写11位手机号，或带区号的固定电话（如0571-87654321）";

static bool
put_phone(struct ident *ret, const char *area, size_t n_area, const char *rest)
{
	(void)snprintf(ret->text, sizeof(ret->text), "%.*s%s%.20s", (int)n_area, area,
		       n_area ? "-" : "", rest);
	ret->n = strlen(ret->text);
	return true;
}

/* The number without its area code: 7 or 8 digits, then perhaps an extension. */
static bool
is_local(const char *p)
{
	size_t n = strspn(p, "0123456789");

	if ((n != 7 && n != 8) || p[0] == '0')
		return false;
	return !p[n] ||
	       (p[n] == '-' && text_digits(zd_str_of(p + n + 1)) && strlen(p + n + 1) <= 6);
}

/* Digits alone, if all between them are hyphens; n of them. */
static bool
without_hyphens(const char *p, char digits[IDENT_SIZE], size_t *ret_n)
{
	size_t n = 0;

	for (; *p; p++) {
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
		else if (*p != '-')
			return false;
	}
	digits[n] = '\0';
	*ret_n = n;
	return true;
}

/* "(0571)87654321" as "0571-87654321", "+86-" left out. */
static const char *
plain_phone(char *p)
{
	size_t n = 0;

	for (const char *s = p; *s; s++) {
		if (*s == '(' || (*s == ')' && s[1] == '-'))
			continue;
		p[n++] = *s;
		if (*s == ')')
			p[n - 1] = '-';
	}
	p[n] = '\0';
	if (strncmp(p, "+86", 3) != 0)
		return p;
	return p[3] == '-' ? p + 4 : p + 3;
}

/* Mobile, 400 and 800, and short service numbers: written as digits alone. */
static bool
is_national(const char *p, char digits[IDENT_SIZE])
{
	size_t n;

	if (!without_hyphens(p, digits, &n))
		return false;
	if (n == 11)
		return digits[0] == '1' && digits[1] >= '3';
	if (n == 10)
		return strncmp(digits, "400", 3) == 0 || strncmp(digits, "800", 3) == 0;
	return n == 5 && (digits[0] == '1' || digits[0] == '9') && !strchr(p, '-');
}

/* Digits of the area code that a local number follows, or 0. */
static size_t
area_length(const char *p)
{
	size_t n = p[0] != '0' ? 0 : p[1] == '1' || p[1] == '2' ? 3 : 4;

	if (!n || strspn(p, "0123456789") < n)
		return 0;
	return is_local(p + n + (p[n] == '-')) ? n : 0;
}

bool
ident_phone(const struct ident_env *env, struct zd_str in, struct ident *ret,
	    struct standard_fault *fault)
{
	struct ident raw;
	char digits[IDENT_SIZE];
	bool fits = ident_fold(in, &raw);

	(void)env;
	if (ident_spoiled(in, &raw, fits, fault))
		return false;
	const char *p = plain_phone(raw.text);
	if (is_national(p, digits))
		return put_phone(ret, "", 0, digits);
	size_t area = area_length(p);
	if (area)
		return put_phone(ret, p, area, p + area + (p[area] == '-'));
	if (is_local(p))
		return put_phone(ret, "", 0, p);
	return fault_set(fault, phone_todo, "不是有效的电话号码");
}
