/* Days, instants and ids. Only zd_cx_now and zd_id_new look at the clock. */
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/zd.h"

#define DAY_MS ((int64_t)86400000)
#define SHANGHAI_MS ((int64_t)8 * 3600000)
#define ID_EPOCH_MS ((int64_t)1577836800000) /* 2020-01-01T00:00Z */
#define ID_COUNTER_BITS 9
#define ID_NODE_BITS 3

/* Days from civil and back: H. Hinnant, "chrono-compatible low-level date algorithms". */
int32_t
zd_day_of(int year, int month, int mday)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

void
zd_day_split(int32_t day, int *ret_year, int *ret_month, int *ret_mday)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;

	*ret_mday = doy - (153 * mp + 2) / 5 + 1;
	*ret_month = mp + (mp < 10 ? 3 : -9);
	*ret_year = yoe + era * 400 + (*ret_month <= 2);
}

static int
digits(const char *p, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

bool
zd_day_parse(struct zd_str s, int32_t *ret)
{
	if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-')
		return false;
	int y = digits(s.p, 4), m = digits(s.p + 5, 2), d = digits(s.p + 8, 2);
	if (y < 1 || m < 1 || m > 12 || d < 1)
		return false;
	int32_t day = zd_day_of(y, m, d);
	int y2, m2, d2;
	zd_day_split(day, &y2, &m2, &d2);
	if (y2 != y || m2 != m || d2 != d)
		return false;
	*ret = day;
	return true;
}

struct zd_str
zd_day_format(struct zd_arena *arena, int32_t day)
{
	int y, m, d;

	if (day == ZD_NO_DAY)
		return (struct zd_str){ 0 };
	zd_day_split(day, &y, &m, &d);
	return zd_str_printf(arena, "%04d-%02d-%02d", y, m, d);
}

int32_t
zd_day_month(int32_t day)
{
	int y, m, d;

	zd_day_split(day, &y, &m, &d);
	return y * 100 + m;
}

static int32_t
floor_day(int64_t ms)
{
	return (int32_t)((ms >= 0 ? ms : ms - DAY_MS + 1) / DAY_MS);
}

int32_t
zd_day_of_time(int64_t ms)
{
	return floor_day(ms + SHANGHAI_MS);
}

struct zd_str
zd_time_format(struct zd_arena *arena, int64_t ms)
{
	if (ms == ZD_NO_INT)
		return (struct zd_str){ 0 };
	int64_t local = ms + SHANGHAI_MS;
	int32_t day = floor_day(local);
	int s = (int)((local - day * DAY_MS) / 1000);
	int y, m, d;
	zd_day_split(day, &y, &m, &d);
	return zd_str_printf(arena, "%04d-%02d-%02d %02d:%02d:%02d", y, m, d, s / 3600,
			     s / 60 % 60, s % 60);
}

struct zd_str
zd_time_format_utc(struct zd_arena *arena, int64_t ms)
{
	if (ms == ZD_NO_INT)
		return (struct zd_str){ 0 };
	int32_t day = floor_day(ms);
	int left = (int)(ms - day * DAY_MS), s = left / 1000;
	int y, m, d;
	zd_day_split(day, &y, &m, &d);
	return zd_str_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", y, m, d, s / 3600,
			     s / 60 % 60, s % 60, left % 1000);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
zd_cx_now(struct zd_cx *cx)
{
	cx->now = now_ms();
	cx->today = zd_day_of_time(cx->now);
}

static int64_t
id_node(void)
{
	const char *node = getenv("ZD_NODE");

	return node && node[0] >= '0' && node[0] <= '7' && !node[1] ? node[0] - '0' : 0;
}

/*
 * 41 bits of ms since 2020, 9 of counter, 3 of node. When more than 512 ids are asked for in one
 * millisecond the counter runs ahead of the clock; the clock catches up.
 */
int64_t
zd_id_new(void)
{
	static _Atomic int64_t last;
	int64_t tick = (now_ms() - ID_EPOCH_MS) << ID_COUNTER_BITS;
	int64_t seen = atomic_load(&last), next;

	do
		next = tick > seen ? tick : seen + 1;
	while (!atomic_compare_exchange_weak(&last, &seen, next));
	return next << ID_NODE_BITS | id_node();
}
