/* Dates as people write them: 2024-5-2, 2024/05/02, 2024.5.2, 2024年5月2日, 20240502, with or
 * without a time. */
#include <stdio.h>

#include "standard/text.h"
#include "standard/value.h"

#define DATE_TEXT 48
#define FIRST_DAY (-62091) /* 1800-01-01; what is older is a slip of the pen */

static const char date_todo[] = "请写成YYYY-MM-DD，如2024-05-20";

/* The text in plain signs: '-' between parts of the date, ':' between parts of the time, ' '
 * between the two. */
static bool
plain_date(struct zd_str in, char buf[DATE_TEXT])
{
	const char *p = in.p, *end = in.p + in.n;
	size_t n = 0;

	while (p < end) {
		uint32_t c = text_next(&p, end);
		if (c >= 0xFF01 && c <= 0xFF5E)
			c -= 0xFEE0;
		switch (c) {
		case 0x5E74: /* 年 */
		case 0x6708: /* 月 */ c = '-'; break;
		case 0x65E5: /* 日 */
		case 0x53F7: /* 号 */
		case 0x79D2: /* 秒 */
		case 0x3000:
		case '\t':
		case '\n':
		case 0xA0: c = ' '; break;
		case 0x65F6: /* 时 */
		case 0x70B9: /* 点 */
		case 0x5206: /* 分 */ c = ':'; break;
		default: break;
		}
		if (c >= 0x80 || n == DATE_TEXT - 1)
			return false;
		buf[n++] = (char)c;
	}
	while (n && (buf[n - 1] == ' ' || buf[n - 1] == ':'))
		n--;
	buf[n] = '\0';
	return true;
}

struct scan {
	const char *p;
};

static size_t
digits_ahead(const struct scan *s)
{
	size_t n = 0;

	while (s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	return n;
}

/* Exactly n digits as a number, or -1. */
static int
take(struct scan *s, size_t n)
{
	int v = 0;

	if (digits_ahead(s) < n)
		return -1;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (*s->p++ - '0');
	return v;
}

/* One or two digits. */
static int
take_short(struct scan *s)
{
	size_t n = digits_ahead(s);

	return n == 1 || n == 2 ? take(s, n) : -1;
}

static bool
take_any(struct scan *s, const char *signs)
{
	for (; *signs; signs++) {
		if (*s->p != *signs)
			continue;
		s->p++;
		return true;
	}
	return false;
}

static void
skip_blanks(struct scan *s)
{
	while (take_any(s, " "))
		;
}

/* ±HH:MM or Z behind a time: minutes from UTC; Shanghai if there is none. False if malformed. */
static bool
take_zone(struct scan *s, int *ret_minutes)
{
	int hour, minute;

	*ret_minutes = 8 * 60;
	skip_blanks(s);
	if (take_any(s, "Z")) {
		*ret_minutes = 0;
		return true;
	}
	bool minus = *s->p == '-';
	if (!take_any(s, "+-"))
		return true;
	hour = take(s, 2);
	(void)take_any(s, ":");
	minute = take(s, 2);
	if (hour < 0 || hour > 14 || minute < 0 || minute > 59)
		return false;
	*ret_minutes = (hour * 60 + minute) * (minus ? -1 : 1);
	return true;
}

/* A time of day to the end of the text: only what it does to the date matters (an instant of
 * another zone). */
static bool
take_time(struct scan *s, bool packed, int *ret_days)
{
	int hour, minute = 0, second = 0, zone;

	*ret_days = 0;
	hour = packed ? take(s, 2) : take_short(s);
	if (packed || take_any(s, ":"))
		minute = packed ? take(s, 2) : take_short(s);
	if (packed || take_any(s, ":"))
		second = packed ? take(s, 2) : take_short(s);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	if (take_any(s, ".,"))
		s->p += digits_ahead(s);
	if (!take_zone(s, &zone) || *s->p)
		return false;
	int minutes = hour * 60 + minute + 8 * 60 - zone;
	*ret_days = minutes < 0 ? -1 : minutes >= 24 * 60;
	return true;
}

static bool
no_date(struct zd_str in, struct standard_fault *fault)
{
	int64_t serial;
	int y, m, d;

	if (in.n == 5 && zd_int_parse(in, &serial) && serial >= 20000 && serial <= 60000) {
		/* Day 25569 of a spreadsheet is 1970-01-01. */
		zd_day_split((int32_t)serial - 25569, &y, &m, &d);
		return fault_set(fault, "请把单元格设为日期格式，或写成YYYY-MM-DD",
				 "“%.*s”像是表格软件的日期序号，对应%04d-%02d-%02d", ZD_STR_ARG(in),
				 y, m, d);
	}
	return fault_set(fault, date_todo, "“%.*s”不是日期", ZD_STR_ARG(text_cut(in, 40)));
}

static int
days_in(int year, int month)
{
	return zd_day_of(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
	       zd_day_of(year, month, 1);
}

static bool
real_day(int y, int m, int d, int32_t *ret, struct standard_fault *fault)
{
	if (y < 1800)
		return fault_set(fault, date_todo, "年份%d不合理", y);
	if (m < 1 || m > 12)
		return fault_set(fault, date_todo, "月份应为1至12，收到%d", m);
	if (d < 1 || d > days_in(y, m))
		return fault_set(fault, date_todo, "%d年%d月没有%d日", y, m, d);
	*ret = zd_day_of(y, m, d);
	return true;
}

/* Year, month and day, packed or apart; false with the fault told. */
static bool
take_date(struct scan *s, bool packed, struct zd_str in, int ret[3], struct standard_fault *fault)
{
	ret[0] = take(s, 4);
	if (!packed && !take_any(s, "-/."))
		return no_date(in, fault);
	ret[1] = packed ? take(s, 2) : take_short(s);
	if (!packed && (!take_any(s, "-/.") || !*s->p))
		return fault_set(fault, date_todo, "“%.*s”缺少日", ZD_STR_ARG(text_cut(in, 40)));
	ret[2] = packed ? take(s, 2) : take_short(s);
	return (ret[1] >= 0 && ret[2] >= 0) || no_date(in, fault);
}

bool
value_date(struct zd_str in, int32_t *ret, struct standard_fault *fault)
{
	char text[DATE_TEXT];
	struct scan s = { text };
	int date[3] = { 0 }, shift = 0;

	if (in.n == 10 && zd_day_parse(in, ret) && *ret >= FIRST_DAY)
		return true;
	if (!plain_date(in, text))
		return no_date(in, fault);
	size_t run = digits_ahead(&s);
	if (run != 4 && run != 8 && run != 14)
		return no_date(in, fault);
	if (!take_date(&s, run != 4, in, date, fault))
		return false;
	bool timed = take_any(&s, " T") || run == 14;
	skip_blanks(&s);
	if (*s.p && !(timed && take_time(&s, run == 14, &shift)))
		return no_date(in, fault);
	if (!real_day(date[0], date[1], date[2], ret, fault))
		return false;
	*ret += shift;
	return true;
}
