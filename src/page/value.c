/* How values read: days with their weekday, grouped numbers and codes, badges. */
#include <string.h>

#include "page/frame.h"
#include "page/piece.h"

#define MS_A_DAY 86400000
#define SHANGHAI 28800000

static struct zd_str
weekday(int32_t day)
{
	static const struct zd_str names[] = { ZD_LIT("周四"), ZD_LIT("周五"), ZD_LIT("周六"),
					       ZD_LIT("周日"), ZD_LIT("周一"), ZD_LIT("周二"),
					       ZD_LIT("周三") };

	return names[((day % 7) + 7) % 7];
}

void
page_day(struct zd_out *out, int32_t day)
{
	int year, month, mday;

	if (day == ZD_NO_DAY)
		return;
	zd_day_split(day, &year, &month, &mday);
	zd_out_printf(out,
		      "<time class=\"zd-day\" datetime=\"%04d-%02d-%02d\">%04d-%02d-%02d"
		      "<span class=\"zd-weekday\">(%s)</span></time>",
		      year, month, mday, year, month, mday, weekday(day).p);
}

struct zd_str
page_day_text(struct zd_arena *arena, int32_t day)
{
	int year, month, mday;

	if (day == ZD_NO_DAY)
		return (struct zd_str){ 0 };
	zd_day_split(day, &year, &month, &mday);
	return zd_str_printf(arena, "%04d-%02d-%02d(%s)", year, month, mday, weekday(day).p);
}

void
page_time(struct zd_out *out, int64_t ms)
{
	int64_t local = ms + SHANGHAI;

	if (ms == ZD_NO_INT)
		return;
	int64_t minute = (local % MS_A_DAY + MS_A_DAY) % MS_A_DAY / 60000;
	page_day(out, zd_day_of_time(ms));
	zd_out_printf(out, " <span class=\"zd-clock\">%02d:%02d</span>", (int)(minute / 60),
		      (int)(minute % 60));
}

/* The digits of s in threes; a sign before and a fraction behind stay as they are. */
static void
put_grouped(struct zd_out *out, struct zd_str s)
{
	size_t i = s.n && s.p[0] == '-', end = i;

	while (end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
		end++;
	zd_out_html(out, (struct zd_str){ s.p, i });
	for (; i < end; i++) {
		zd_out_write(out, (struct zd_str){ s.p + i, 1 });
		if ((end - i) % 3 == 1 && i + 1 < end)
			zd_out_write(out, ZD_STR(","));
	}
	zd_out_html(out, (struct zd_str){ s.p + end, s.n - end });
}

struct zd_str
page_trim_decimals(struct zd_str number)
{
	const char *point = number.n ? memchr(number.p, '.', number.n) : NULL;

	for (const char *p = point; p && p < number.p + number.n; p++)
		if (p > point && (*p < '0' || *p > '9'))
			return number;
	while (point && number.n && number.p[number.n - 1] == '0')
		number.n--;
	if (point && number.p[number.n - 1] == '.')
		number.n--;
	return number;
}

void
page_number(struct zd_out *out, int64_t n)
{
	struct zd_out digits ZD_CLEANUP(zd_out_drop) = { .max = 64 };

	if (n == ZD_NO_INT)
		return;
	zd_out_int(&digits, n);
	put_grouped(out, zd_out_str(&digits));
}

static void
put_yuan(struct zd_out *out, struct zd_str yuan)
{
	zd_out_write(out, ZD_STR("<span class=\"zd-figures\">"));
	put_grouped(out, yuan);
	zd_out_write(out, ZD_STR("</span> 元"));
}

void
page_money(struct zd_out *out, int64_t fen)
{
	struct zd_out yuan ZD_CLEANUP(zd_out_drop) = { .max = 64 };

	if (fen == ZD_NO_INT)
		return;
	int64_t whole = fen / 100, rest = fen % 100;
	zd_out_printf(&yuan, "%s%lld.%02d", fen < 0 ? "-" : "",
		      (long long)(whole < 0 ? -whole : whole), (int)(rest < 0 ? -rest : rest));
	put_yuan(out, zd_out_str(&yuan));
}

void
page_bytes(struct zd_out *out, int64_t n)
{
	static const char *const units[] = { "KB", "MB", "GB", "TB" };
	size_t unit = 0;
	int64_t tenths = n * 10 / 1024;

	if (n < 1024) {
		zd_out_printf(out, "%d 字节", (int)n);
		return;
	}
	while (tenths >= 10240 && unit + 1 < ZD_COUNT(units)) {
		tenths /= 1024;
		unit++;
	}
	zd_out_printf(out, "%lld.%d %s", (long long)(tenths / 10), (int)(tenths % 10), units[unit]);
}

/* Groups of four and a last one of up to six, divided by space that is drawn and not copied. */
static void
put_uscc(struct zd_out *out, struct zd_str s)
{
	zd_out_write(out, ZD_STR("<span class=\"zd-code\">"));
	for (size_t i = 0; i < s.n; i += 4) {
		size_t n = s.n - i <= 6 ? s.n - i : 4;
		zd_out_write(out, ZD_STR("<span class=\"zd-group\">"));
		zd_out_html(out, (struct zd_str){ s.p + i, n });
		zd_out_write(out, ZD_STR("</span>"));
		if (n != 4)
			break;
	}
	zd_out_write(out, ZD_STR("</span>"));
}

static bool
is_ascii(struct zd_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

const struct page_choice *
page_choice_find(const struct page_choice *choices, struct zd_str value)
{
	for (; choices && choices->name.p; choices++)
		if (value.p && zd_str_equal(choices->value, value))
			return choices;
	return NULL;
}

void
page_badge(struct zd_out *out, enum page_tone tone, struct zd_str word)
{
	zd_out_printf(out, "<span class=\"zd-badge zd-%s\">", page_tone_name(tone));
	zd_out_html(out, word);
	zd_out_write(out, ZD_STR("</span>"));
}

void
page_icon(struct zd_out *out, const char *name)
{
	zd_out_write(out, ZD_STR("<svg class=\"icon\" aria-hidden=\"true\"><use href=\""));
	zd_out_html(out, page_assets.icons);
	zd_out_write(out, ZD_STR("#"));
	zd_out_url(out, zd_str_of(name));
	zd_out_write(out, ZD_STR("\"/></svg>"));
}

static void
put_day_text(struct zd_out *out, struct zd_str value)
{
	int32_t day;

	if (zd_day_parse(value, &day))
		page_day(out, day);
	else
		zd_out_html(out, value);
}

/* Of ms, or of "2026-11-24 09:30:05". */
static void
put_time_text(struct zd_out *out, struct zd_str value)
{
	int64_t ms;
	int32_t day;

	if (zd_int_parse(value, &ms)) {
		page_time(out, ms);
	} else if (value.n == 19 && zd_day_parse((struct zd_str){ value.p, 10 }, &day)) {
		page_day(out, day);
		zd_out_write(out, ZD_STR(" <span class=\"zd-clock\">"));
		zd_out_html(out, (struct zd_str){ value.p + 11, 5 });
		zd_out_write(out, ZD_STR("</span>"));
	} else {
		zd_out_html(out, value);
	}
}

static void
put_choice(struct zd_out *out, const struct page_choice *choices, struct zd_str value, bool badge)
{
	const struct page_choice *choice = page_choice_find(choices, value);
	struct zd_str word = choice ? choice->name : value;

	if (badge)
		page_badge(out, choice ? choice->tone : PAGE_PLAIN, word);
	else
		zd_out_html(out, word);
}

static void
put_code(struct zd_out *out, struct zd_str value)
{
	zd_out_write(out, ZD_STR("<span class=\"zd-code\">"));
	zd_out_html(out, value);
	zd_out_write(out, ZD_STR("</span>"));
}

void
page_value(struct zd_out *out, enum page_as as, const struct page_choice *choices,
	   struct zd_str value)
{
	if (value.n == 0) {
		zd_out_write(out, ZD_STR("<span class=\"zd-none\">—</span>"));
		return;
	}
	switch (as) {
	case PAGE_AS_TEXT: zd_out_html(out, value); return;
	case PAGE_AS_CODE: put_code(out, value); return;
	case PAGE_AS_USCC: is_ascii(value) ? put_uscc(out, value) : put_code(out, value); return;
	case PAGE_AS_DAY: put_day_text(out, value); return;
	case PAGE_AS_TIME: put_time_text(out, value); return;
	case PAGE_AS_NUMBER: put_grouped(out, page_trim_decimals(value)); return;
	case PAGE_AS_MONEY: put_yuan(out, value); return;
	case PAGE_AS_STATE: put_choice(out, choices, value, true); return;
	case PAGE_AS_NAME: put_choice(out, choices, value, false); return;
	case PAGE_AS_YES:
		zd_out_html(out, zd_str_equal(value, ZD_STR("1")) ? ZD_STR("是") : ZD_STR("否"));
		return;
	}
}
