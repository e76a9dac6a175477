/* number: what a workbook stores as a number, as people see it in the cell. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "table/book.h"

#define LAST_DAY 2958465 /* 9999-12-31 */
#define DIGITS 15        /* a number keeps; the rest became zeros when it was typed */

/* Built-in formats that are dates, also those that Chinese and Japanese editions add. */
static const struct {
	int from, to;
	uint8_t kind;
} builtin[] = {
	{ 14, 17, NUMBER_DATE }, { 18, 21, NUMBER_TIME }, { 22, 22, NUMBER_DATE_TIME },
	{ 27, 31, NUMBER_DATE }, { 32, 35, NUMBER_TIME }, { 36, 36, NUMBER_DATE },
	{ 45, 47, NUMBER_TIME }, { 50, 54, NUMBER_DATE }, { 55, 56, NUMBER_TIME },
	{ 57, 58, NUMBER_DATE },
};

uint8_t
number_kind_of_id(int id)
{
	for (size_t i = 0; i < ZD_COUNT(builtin); i++)
		if (id >= builtin[i].from && id <= builtin[i].to)
			return builtin[i].kind;
	return NUMBER_PLAIN;
}

/* Letters of a format code that mean parts of a date. */
struct letters {
	bool year_or_day, month, time;
};

static void
count_letter(struct letters *l, char c)
{
	switch (c | 32) {
	case 'y':
	case 'd':
	case 'a': l->year_or_day = true; break;
	case 'm': l->month = true; break;
	case 'h':
	case 's': l->time = true; break;
	default: break;
	}
}

/* [h], [mm], [ss]: time without a day. [Magenta] is not. */
static bool
is_elapsed(struct zd_str code, size_t at)
{
	return at + 2 < code.n && strchr("hms", code.p[at + 1] | 32) &&
	       (code.p[at + 2] == ']' || code.p[at + 2] == code.p[at + 1]);
}

/* Bytes at p that show as they are: a quoted text, an escape, a filler, a [condition]. */
static size_t
literal_length(struct zd_str code, size_t at)
{
	const char *end;
	char c = code.p[at];

	if (c == '\\' || c == '_' || c == '*')
		return 2;
	if (c != '"' && c != '[')
		return 0;
	if (c == '[' && is_elapsed(code, at))
		return 0;
	end = memchr(code.p + at + 1, c == '"' ? '"' : ']', code.n - at - 1);
	return end ? (size_t)(end - code.p) - at + 1 : code.n - at;
}

/* Words whose letters are not parts of a date. */
static size_t
word_length(struct zd_str code, size_t at)
{
	static const struct zd_str words[] = { ZD_LIT("General"), ZD_LIT("AM/PM"), ZD_LIT("A/P") };

	for (size_t i = 0; i < ZD_COUNT(words); i++)
		if (code.n - at >= words[i].n &&
		    strncasecmp(code.p + at, words[i].p, words[i].n) == 0)
			return words[i].n;
	return 0;
}

static struct letters
letters_of(struct zd_str code)
{
	struct letters l = { 0 };

	for (size_t i = 0; i < code.n && code.p[i] != ';';) {
		size_t skip = word_length(code, i);
		if (!skip)
			skip = literal_length(code, i);
		if (!skip)
			count_letter(&l, code.p[i]);
		i += skip ? skip : 1;
	}
	return l;
}

static uint8_t
padding_of(struct zd_str code)
{
	for (size_t i = 0; i < code.n; i++)
		if (code.p[i] != '0')
			return NUMBER_PLAIN;
	return code.n > 1 && code.n <= 32 ? (uint8_t)(NUMBER_PADDED + code.n) : NUMBER_PLAIN;
}

uint8_t
number_kind_of_code(struct zd_str code)
{
	struct letters l = letters_of(code);

	if (l.year_or_day || (l.month && !l.time))
		return l.time ? NUMBER_DATE_TIME : NUMBER_DATE;
	return l.time ? NUMBER_TIME : padding_of(code);
}

/* --- values -------------------------------------------------------------------------------- */

static bool
parse_double(struct zd_str raw, double *ret)
{
	char buf[NUMBER_DIGITS_MAX], *end;

	if (raw.n == 0 || raw.n >= sizeof(buf))
		return false;
	for (size_t i = 0; i < raw.n; i++)
		if (!strchr("0123456789+-.eE", raw.p[i]) || !raw.p[i])
			return false;
	memcpy(buf, raw.p, raw.n);
	buf[raw.n] = 0;
	*ret = strtod(buf, &end);
	return *end == 0 && isfinite(*ret);
}

static bool
is_short_integer(struct zd_str raw)
{
	size_t sign = raw.n && raw.p[0] == '-';

	if (raw.n == sign || raw.n - sign > DIGITS || (raw.p[sign] == '0' && raw.n > 1))
		return false;
	for (size_t i = sign; i < raw.n; i++)
		if (raw.p[i] < '0' || raw.p[i] > '9')
			return false;
	return true;
}

static struct zd_str
trim_zeros(char *buf, size_t n)
{
	if (memchr(buf, '.', n)) {
		while (n && buf[n - 1] == '0')
			n--;
		n -= n && buf[n - 1] == '.';
	}
	if (n == 2 && buf[0] == '-' && buf[1] == '0')
		return ZD_STR("0");
	return (struct zd_str){ buf, n };
}

/* At most 15 significant digits, no exponent. */
static struct zd_str
format_plain(double d, char *buf, size_t cap)
{
	char scientific[32];

	(void)snprintf(scientific, sizeof(scientific), "%.*e", DIGITS - 1, d);
	const char *e = strchr(scientific, 'e');
	int decimals = DIGITS - 1 - (e ? (int)strtol(e + 1, NULL, 10) : 0);
	decimals = decimals < 0 ? 0 : decimals > 40 ? 40 : decimals;
	int n = snprintf(buf, cap, "%.*f", decimals, d);
	return trim_zeros(buf, n > 0 && (size_t)n < cap ? (size_t)n : 0);
}

static struct zd_str
format_number(struct zd_str raw, double d, char *buf, size_t cap, const char **ret_fault)
{
	if (is_short_integer(raw))
		return raw;
	if (fabs(d) < 1e15)
		return format_plain(d, buf, cap);
	*ret_fault = "以数字格式存放，15 位之后的数字已经丢失，请把该列设为文本格式后重新填写";
	if (fabs(d) > 1e40)
		return raw;
	int n = snprintf(buf, cap, "%.0f", d);
	return (struct zd_str){ buf, n > 0 && (size_t)n < cap ? (size_t)n : 0 };
}

static struct zd_str
pad(struct zd_str digits, size_t width, char *buf, size_t cap)
{
	if (digits.n >= width || width >= cap || digits.n == 0)
		return digits;
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return digits;
	memmove(buf + width - digits.n, digits.p, digits.n);
	memset(buf, '0', width - digits.n);
	return (struct zd_str){ buf, width };
}

/* The day of a serial number; false where there is none. Day 60 of 1900 is a 29 February that was
 * not. */
static bool
day_of_serial(int64_t serial, bool since_1904, int32_t *ret)
{
	if (serial < 0 || serial > LAST_DAY)
		return false;
	if (since_1904) {
		*ret = zd_day_of(1904, 1, 1) + (int32_t)serial;
		return true;
	}
	if (serial == 0 || serial == 60)
		return false;
	*ret = zd_day_of(1899, 12, serial < 60 ? 31 : 30) + (int32_t)serial;
	return true;
}

static struct zd_str
print_date(int32_t day, int seconds, bool with_time, char *buf, size_t cap)
{
	int y, m, d;

	zd_day_split(day, &y, &m, &d);
	int n = with_time ? snprintf(buf, cap, "%04d-%02d-%02d %02d:%02d:%02d", y, m, d,
				     seconds / 3600, seconds / 60 % 60, seconds % 60)
			  : snprintf(buf, cap, "%04d-%02d-%02d", y, m, d);
	return (struct zd_str){ buf, (size_t)n };
}

static struct zd_str
format_date(struct zd_str raw, double d, uint8_t kind, bool since_1904, char *buf, size_t cap,
	    const char **ret_fault)
{
	int32_t day;

	if (d < 0 || d >= LAST_DAY + 1) {
		*ret_fault = "是日期格式，但数值不是任何日期";
		return raw;
	}
	int64_t serial = (int64_t)d;
	int seconds = (int)lround((d - (double)serial) * 86400);
	if (seconds == 86400 && kind != NUMBER_DATE) {
		serial++;
		seconds = 0;
	}
	if (kind == NUMBER_TIME && serial == 0) {
		int n = snprintf(buf, cap, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
				 seconds % 60);
		return (struct zd_str){ buf, (size_t)n };
	}
	if (!day_of_serial(serial, since_1904, &day)) {
		*ret_fault = "是日期格式，但数值不是任何日期";
		return raw;
	}
	return print_date(day, seconds, kind != NUMBER_DATE, buf, cap);
}

struct zd_str
number_format(struct zd_str raw, uint8_t kind, bool since_1904, char *buf, size_t cap,
	      const char **ret_fault)
{
	double d;

	*ret_fault = NULL;
	if (!parse_double(raw, &d)) {
		*ret_fault = "标为数字，但内容不是数字";
		return raw;
	}
	if (kind == NUMBER_DATE || kind == NUMBER_DATE_TIME || kind == NUMBER_TIME)
		return format_date(raw, d, kind, since_1904, buf, cap, ret_fault);
	struct zd_str plain = format_number(raw, d, buf, cap, ret_fault);
	return kind > NUMBER_PADDED ? pad(plain, kind - NUMBER_PADDED, buf, cap) : plain;
}
