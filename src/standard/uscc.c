/* Unified social credit codes 统一社会信用代码 (GB 32100-2015) and the organisation codes in them
 * (GB 11714-1997). */
#include <stdio.h>
#include <string.h>

#include "standard/ident.h"
#include "standard/text.h"

#define USCC_LEN 18

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY"; /* no I O S V Z */
static const char from_papers[] = "请核对营业执照（或登记证书）";

/* By character, 1 more than its value; 0: not in the alphabet. */
static const unsigned char values[128] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,
	['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14,
	['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['L'] = 21,
	['M'] = 22, ['N'] = 23, ['P'] = 24, ['Q'] = 25, ['R'] = 26, ['T'] = 27, ['U'] = 28,
	['W'] = 29, ['X'] = 30, ['Y'] = 31,
};

static int
value_of(char c)
{
	return (unsigned char)c < 128 ? values[(unsigned char)c] - 1 : -1;
}

char
uscc_check_char(const char *first17)
{
	/* 3^i mod 31 */
	static const int weights[USCC_LEN - 1] = { 1,  3,  9,  27, 19, 26, 16, 17, 20,
						   29, 25, 13, 8,  24, 10, 30, 28 };
	int sum = 0;

	for (int i = 0; i < USCC_LEN - 1; i++)
		sum += value_of(first17[i]) * weights[i];
	return alphabet[(31 - sum % 31) % 31];
}

/* GB 11714 counts A as 10 up to Z as 35, leaving no letter out. */
char
organisation_check_char(const char *first8)
{
	static const int weights[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;

	for (int i = 0; i < 8; i++) {
		int v = first8[i] <= '9' ? first8[i] - '0' : first8[i] - 'A' + 10;
		sum += v * weights[i];
	}
	return "0123456789X0"[11 - sum % 11];
}

static bool
is_valid(const char *code)
{
	for (int i = 0; i < USCC_LEN; i++)
		if (value_of(code[i]) < 0 || (i >= 2 && i < 8 && code[i] > '9'))
			return false;
	return organisation_check_char(code + 8) == code[16] && uscc_check_char(code) == code[17];
}

/* --- why not -------------------------------------------------------------------------- */

/* The code with the letters that do not exist read as the digits they look like; false if that is
 * no code. */
static bool
without_lookalikes(const char *code, char ret[USCC_LEN + 1])
{
	static const char letters[] = "IOSZ", digits[] = "1052";

	for (int i = 0; i < USCC_LEN; i++) {
		const char *hit = code[i] ? strchr(letters, code[i]) : NULL;
		ret[i] = code[i];
		if (hit)
			ret[i] = digits[hit - letters];
	}
	ret[USCC_LEN] = '\0';
	return is_valid(ret);
}

static bool
wrong_character(const struct ident *code, struct standard_fault *fault)
{
	const char *p = code->text, *end = p + code->n, *from = p;
	char cured[USCC_LEN + 1];
	size_t at = 0;

	for (; p < end; at++) {
		from = p;
		uint32_t c = text_next(&p, end);
		if (c >= 0x80 || value_of((char)c) < 0)
			break;
	}
	(void)snprintf(fault->todo, sizeof(fault->todo),
		       "代码只用数字和除I、O、S、V、Z以外的大写字母，%s", from_papers);
	if (code->n == USCC_LEN && without_lookalikes(code->text, cured))
		(void)snprintf(fault->todo, sizeof(fault->todo), "若是%s请改正；%s", cured,
			       from_papers);
	return fault_set(fault, fault->todo, "第%zu位“%.*s”不是代码字符：%s", at + 1,
			 (int)(p - from), from, code->text);
}

static bool
wrong_length(const struct ident_env *env, struct zd_str in, const struct ident *code,
	     struct standard_fault *fault)
{
	struct ident other;
	struct standard_fault unused;

	if (ident_inside(env, in, USCC_LEN, ident_uscc, &other)) {
		(void)snprintf(fault->todo, sizeof(fault->todo), "请改为%s", other.text);
		return fault_set(fault, fault->todo, "代码前后有其他文字");
	}
	if (ident_reg_no(env, in, &other, &unused))
		return fault_set(fault, "请改填营业执照上的18位统一社会信用代码",
				 "是15位注册号，不是统一社会信用代码：%s", code->text);
	return fault_set(fault, from_papers, "统一社会信用代码应为18位，收到%zu位：%s",
			 ident_length(code), code->text);
}

static bool
wrong_check(const char *code, struct standard_fault *fault)
{
	char organisation = organisation_check_char(code + 8), last = uscc_check_char(code);

	if (code[16] == organisation)
		return fault_set(fault, from_papers, "末位校验不符：%s，按前17位应为%c", code,
				 last);
	if (code[17] == last)
		return fault_set(fault, from_papers,
				 "第17位（组织机构代码校验位）不符：%s，按第9至16位应为%c", code,
				 organisation);
	return fault_set(fault, from_papers, "第17位和末位校验都不符：%s，第9至17位中有错", code);
}

bool
ident_uscc(const struct ident_env *env, struct zd_str in, struct ident *ret,
	   struct standard_fault *fault)
{
	bool fits = ident_fold(in, ret);

	if (fits && ret->n == USCC_LEN && is_valid(ret->text))
		return true;
	if (!fits && ident_inside(env, in, USCC_LEN, ident_uscc, ret))
		return wrong_length(env, in, ret, fault);
	if (ident_spoiled(in, ret, fits, fault))
		return false;
	if (ident_meant_as_person(ret))
		return fault_set(fault, "请核对证件类型和号码",
				 "是公民身份号码的样子，不是统一社会信用代码");
	if (ident_length(ret) != USCC_LEN)
		return wrong_length(env, in, ret, fault);
	for (size_t i = 0; i < ret->n; i++)
		if (value_of(ret->text[i]) < 0)
			return wrong_character(ret, fault);
	for (size_t i = 2; i < 8; i++)
		if (ret->text[i] > '9')
			return fault_set(
				fault, from_papers,
				"第3至8位是登记机关的行政区划，应为数字，第%zu位却是“%c”：%s",
				i + 1, ret->text[i], ret->text);
	return wrong_check(ret->text, fault);
}

enum zd_rc
uscc_parse(struct zd_cx *cx, struct zd_str in, struct uscc *ret)
{
	struct ident code;
	struct standard_fault fault;

	if (!ident_uscc(&(struct ident_env){ 0 }, in, &code, &fault))
		return zd_fail(cx, ZD_INVALID, "uscc", "%s，%s", fault.message, fault.todo);
	memcpy(ret->text, code.text, sizeof(ret->text));
	return ZD_OK;
}

struct zd_str
uscc_division(const struct uscc *code)
{
	return (struct zd_str){ code->text + 2, 6 };
}

struct zd_str
uscc_organisation(const struct uscc *code)
{
	return (struct zd_str){ code->text + 8, 9 };
}
