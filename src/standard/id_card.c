/* Citizens' numbers 公民身份号码 (GB 11643-1999). What is said of them names places, never the
 * number itself. */
#include <stdio.h>
#include <string.h>

#include "standard/ident.h"
#include "standard/text.h"

#define ID_LEN 18
#define OLD_LEN 15

static const char from_papers[] = "请核对身份证件";

char
id_card_check_char(const char *first17)
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;

	for (int i = 0; i < 17; i++)
		sum += (first17[i] - '0') * weights[i];
	return "10X98765432"[sum % 11];
}

/* Provinces as GB/T 2260 numbers them. */
static bool
is_province(const char *code)
{
	static const char provinces[] =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
		"61 62 63 64 65 71";

	for (const char *p = provinces;; p += 3) {
		if (p[0] == code[0] && p[1] == code[1])
			return true;
		if (!p[2])
			return false;
	}
}

static bool
is_place(const char *code)
{
	if (code[0] == '9')
		return true;
	if (code[0] == '8')
		return code[1] >= '1' && code[1] <= '3' && memcmp(code + 2, "0000", 4) == 0;
	return is_province(code);
}

/* The birthday, or ZD_NO_DAY if there is no such day. */
static int32_t
born_on(const char *eight)
{
	char text[11];
	int32_t day;

	(void)snprintf(text, sizeof(text), "%.4s-%.2s-%.2s", eight, eight + 4, eight + 6);
	return zd_day_parse((struct zd_str){ text, 10 }, &day) ? day : ZD_NO_DAY;
}

static bool
check_parts(const struct ident_env *env, const char *code, struct standard_fault *fault)
{
	int32_t born = born_on(code + 6);

	if (!is_place(code))
		return fault_set(fault, from_papers, "前6位不是身份证件使用的地区代码");
	if (born == ZD_NO_DAY)
		return fault_set(fault, from_papers, "第7至14位（出生日期）不是真实的日期");
	if (born < zd_day_of(1800, 1, 1))
		return fault_set(fault, from_papers, "第7至10位（出生年份）早于1800年");
	if (env->today && born > env->today)
		return fault_set(fault, from_papers, "第7至14位（出生日期）晚于今天");
	return true;
}

/* The form before 1999: two digits of the year, no check. */
static bool
from_old(const struct ident_env *env, struct ident *code, struct standard_fault *fault)
{
	char text[ID_LEN + 1] = { 0 };

	(void)snprintf(text, sizeof(text), "%.6s19%.9s", code->text, code->text + 6);
	if (!check_parts(env, text, fault))
		return fault_set(fault, fault->todo, "是15位旧号码，但不成立：补19后%s",
				 fault->message);
	text[17] = id_card_check_char(text);
	memcpy(code->text, text, sizeof(text));
	code->n = ID_LEN;
	return true;
}

static bool
wrong_length(const struct ident_env *env, struct zd_str in, const struct ident *code,
	     struct standard_fault *fault)
{
	struct ident other;

	if (ident_inside(env, in, ID_LEN, ident_id_card, &other))
		return fault_set(fault, "请删去号码前后的文字，只留18位号码", "号码前后有其他文字");
	return fault_set(fault, from_papers, "公民身份号码应为18位（旧号码15位），收到%zu位",
			 ident_length(code));
}

static bool
wrong_check(const struct ident *code, struct standard_fault *fault)
{
	char want = id_card_check_char(code->text);

	if (memcmp(code->text + 15, "000", 3) == 0)
		return fault_set(fault, "请把该列设为“文本”格式，重新填写完整号码",
				 "末三位为000，应是表格软件把号码当作数字，丢了末三位");
	return fault_set(fault, from_papers, "末位校验不符，按前17位应为%c", want);
}

static bool
check_characters(const char *code, struct standard_fault *fault)
{
	size_t n = strspn(code, "0123456789");

	if (n < ID_LEN - 1)
		return fault_set(fault, from_papers, "第%zu位应为数字", n + 1);
	return n == ID_LEN || code[n] == 'X' || fault_set(fault, from_papers, "第18位应为数字或X");
}

bool
ident_id_card(const struct ident_env *env, struct zd_str in, struct ident *ret,
	      struct standard_fault *fault)
{
	bool fits = ident_fold(in, ret);

	if (!fits && ident_inside(env, in, ID_LEN, ident_id_card, ret))
		return wrong_length(env, in, ret, fault);
	if (ident_spoiled(in, ret, fits, fault))
		return false;
	if (ret->n == OLD_LEN && text_digits((struct zd_str){ ret->text, OLD_LEN }))
		return from_old(env, ret, fault);
	if (ident_length(ret) != ID_LEN)
		return wrong_length(env, in, ret, fault);
	if (!check_characters(ret->text, fault) || !check_parts(env, ret->text, fault))
		return false;
	return ret->text[17] == id_card_check_char(ret->text) || wrong_check(ret, fault);
}

enum zd_rc
id_card_parse(struct zd_cx *cx, struct zd_str in, struct id_card *ret)
{
	struct ident code;
	struct standard_fault fault;

	if (!ident_id_card(&(struct ident_env){ .today = cx->today }, in, &code, &fault))
		return zd_fail(cx, ZD_INVALID, "id_card", "%s，%s", fault.message, fault.todo);
	memcpy(ret->text, code.text, sizeof(ret->text));
	ret->born = born_on(code.text + 6);
	ret->male = (code.text[16] - '0') % 2 == 1;
	return ZD_OK;
}

/* --- a party of either kind ----------------------------------------------------------- */

/* Both kinds have 18 characters: it was meant as a person's if it is digits with a birthday in the middle. */
bool
ident_meant_as_person(const struct ident *code)
{
	char text[ID_LEN + 1] = { 0 };

	if (code->n == OLD_LEN)
		(void)snprintf(text, sizeof(text), "%.6s19%.9s", code->text, code->text + 6);
	else if (code->n >= ID_LEN - 1 && code->n <= ID_LEN + 1)
		memcpy(text, code->text, ID_LEN - 1);
	if (!text_digits((struct zd_str){ text, 14 }) || !is_place(text))
		return false;
	int32_t born = born_on(text + 6);
	return born != ZD_NO_DAY && born >= zd_day_of(1880, 1, 1) && born <= zd_day_of(2100, 1, 1);
}

bool
ident_uscc_or_id(const struct ident_env *env, struct zd_str in, struct ident *ret,
		 struct standard_fault *fault)
{
	struct ident code;
	struct standard_fault other;
	bool person = ident_fold(in, &code) && ident_meant_as_person(&code);

	fault->rule = "id_card";
	fault->check = STANDARD_CHECK_ID_CARD;
	if (person && ident_id_card(env, in, ret, fault))
		return true;
	if (ident_uscc(env, in, ret, &other))
		return true;
	if (person)
		return false;
	if (ident_inside(env, in, ID_LEN, ident_id_card, ret))
		return ident_id_card(env, in, ret, fault);
	*fault = other;
	fault->rule = "uscc";
	fault->check = STANDARD_CHECK_USCC;
	return false;
}
