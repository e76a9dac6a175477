/* Events as JSON lines, and metrics as Prometheus text. Knows no room that uses them. */
#include "base/event.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_SIZE 16384

static _Atomic int least_level = EVENT_INFO;
static _Atomic int event_fd = STDERR_FILENO;

void
zd_event_setup(enum event_level least, int fd)
{
	atomic_store(&least_level, (int)least);
	atomic_store(&event_fd, fd);
}

/* Bytes of a character that a terminal would obey or hide rather than show: C1, marks of direction,
 * line ends. */
static size_t
unshown(struct zd_str s)
{
	static const struct zd_str from_to[][2] = {
		{ ZD_LIT("\x7F"), ZD_LIT("\x7F") },
		{ ZD_LIT("\xC2\x80"), ZD_LIT("\xC2\x9F") },
		{ ZD_LIT("\xD8\x9C"), ZD_LIT("\xD8\x9C") },
		{ ZD_LIT("\xE2\x80\x8B"), ZD_LIT("\xE2\x80\x8F") },
		{ ZD_LIT("\xE2\x80\xA8"), ZD_LIT("\xE2\x80\xAE") },
		{ ZD_LIT("\xE2\x81\xA6"), ZD_LIT("\xE2\x81\xA9") },
		{ ZD_LIT("\xEF\xBB\xBF"), ZD_LIT("\xEF\xBB\xBF") },
	};

	for (size_t i = 0; i < ZD_COUNT(from_to); i++) {
		size_t n = from_to[i][0].n;
		if (s.n >= n && memcmp(s.p, from_to[i][0].p, n) >= 0 &&
		    memcmp(s.p, from_to[i][1].p, n) <= 0)
			return n;
	}
	return 0;
}

static unsigned
point_of(const char *p, size_t n)
{
	unsigned c = (unsigned char)p[0] & (n == 1 ? 0x7FU : n == 2 ? 0x1FU : 0x0FU);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3FU);
	return c;
}

/* zd_out_json, but for eyes: what is not shown is escaped, and bad bytes become U+FFFD. */
static void
put_shown(struct zd_out *out, struct zd_str s)
{
	struct zd_out text ZD_CLEANUP(zd_out_drop) = { .max = LINE_MAX_SIZE };
	size_t done = 0, valid = 0; /* all is valid UTF-8 up to there */

	zd_out_json(&text, s);
	struct zd_str all = zd_out_str(&text);
	for (size_t i = 0; i < all.n;) {
		struct zd_str rest = { all.p + i, all.n - i };
		if (valid <= i)
			valid = i + zd_utf8_check(rest);
		size_t hidden = valid > i ? unshown(rest) : 0;
		if (valid > i && !hidden) {
			i++;
			continue;
		}
		zd_out_write(out, (struct zd_str){ all.p + done, i - done });
		zd_out_printf(out, "\\u%04X", hidden ? point_of(rest.p, hidden) : 0xFFFDU);
		i += hidden ? hidden : 1;
		done = i;
	}
	zd_out_write(out, (struct zd_str){ all.p + done, all.n - done });
	out->failed |= text.failed;
}

static void
put_field(struct zd_out *out, const char *name, struct zd_str text)
{
	zd_out_printf(out, ",\"%s\":", name);
	put_shown(out, text);
}

static void
put_head(struct zd_out *out, const struct zd_cx *cx, enum event_level level, const char *name)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	struct timespec ts;
	struct tm tm;
	char time[32];

	clock_gettime(CLOCK_REALTIME, &ts);
	(void)gmtime_r(&ts.tv_sec, &tm);
	size_t n = strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &tm);
	time[n] = '\0';
	zd_out_printf(out, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"event\":\"%s\"", time,
		      ts.tv_nsec / 1000000, levels[level], name);
	if (cx && cx->request.n)
		put_field(out, "request", cx->request);
	if (cx && cx->actor.id)
		zd_out_printf(out, ",\"actor\":%lld", (long long)cx->actor.id);
}

static void
write_line(struct zd_str line)
{
	/* One write a line: lines of different threads do not mix. There is nobody to tell of a
	 * failure. */
	ssize_t n = write(atomic_load(&event_fd), line.p, line.n);

	(void)n;
}

void
zd_event_put(const struct zd_cx *cx, enum event_level level, const char *name,
	     const struct event_field *fields)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = LINE_MAX_SIZE };

	if ((int)level < atomic_load(&least_level))
		return;
	put_head(&out, cx, level, name);
	size_t head = out.n;
	for (; fields->name; fields++) {
		if (fields->is_number)
			zd_out_printf(&out, ",\"%s\":%lld", fields->name,
				      (long long)fields->number);
		else
			put_field(&out, fields->name, fields->text);
	}
	if (out.failed || out.n > out.max - 32) {
		out.failed = false;
		out.n = head;
		zd_out_write(&out, ZD_STR(",\"cut\":true"));
	}
	zd_out_write(&out, ZD_STR("}\n"));
	write_line(zd_out_str(&out));
}

void
zd_event_error(const struct zd_cx *cx, const char *name)
{
	const struct zd_err *err = &cx->err;

	zd_event(cx, EVENT_ERROR, name, EVENT_TEXT("code", zd_str_of(zd_rc_meaning(err->rc)->name)),
		 EVENT_TEXT("text", zd_str_of(err->text)),
		 EVENT_TEXT("field", zd_str_of(err->field)),
		 EVENT_TEXT("file", zd_str_of(err->file)), EVENT_INT("line", err->line));
}

/* --- metrics -------------------------------------------------------------------------------- */

#define METRICS_MAX 128
static struct metric *known[METRICS_MAX];
static size_t known_n;
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static const int64_t bounds[METRIC_SERIES - 1] = METRIC_BOUNDS;

static void
add_one(struct metric *m)
{
	for (size_t i = 0; i < known_n; i++)
		if (known[i] == m)
			return;
	if (known_n < METRICS_MAX)
		known[known_n++] = m;
}

void
zd_metrics_add(struct metric *const *list)
{
	pthread_mutex_lock(&known_lock);
	for (; *list; list++)
		add_one(*list);
	pthread_mutex_unlock(&known_lock);
}

void
zd_metric_add(struct metric *m, size_t series, int64_t by)
{
	if (series < METRIC_SERIES)
		atomic_fetch_add_explicit(&m->n[series], by, memory_order_relaxed);
}

void
zd_metric_set(struct metric *m, size_t series, int64_t v)
{
	if (series < METRIC_SERIES)
		atomic_store_explicit(&m->n[series], v, memory_order_relaxed);
}

void
zd_metric_time(struct metric *m, int64_t ms)
{
	size_t i = 0;

	while (i < ZD_COUNT(bounds) && ms > bounds[i])
		i++;
	zd_metric_add(m, i, 1);
	atomic_fetch_add_explicit(&m->sum, ms, memory_order_relaxed);
}

static void
put_seconds(struct zd_out *out, int64_t ms)
{
	zd_out_printf(out, "%lld.%03lld", (long long)(ms / 1000), (long long)(ms % 1000));
}

static void
put_histogram(struct zd_out *out, struct metric *m)
{
	int64_t below = 0;

	for (size_t i = 0; i < METRIC_SERIES; i++) {
		below += atomic_load_explicit(&m->n[i], memory_order_relaxed);
		zd_out_printf(out, "%s_bucket{le=\"", m->name);
		if (i < ZD_COUNT(bounds))
			put_seconds(out, bounds[i]);
		else
			zd_out_write(out, ZD_STR("+Inf"));
		zd_out_printf(out, "\"} %lld\n", (long long)below);
	}
	zd_out_printf(out, "%s_sum ", m->name);
	put_seconds(out, atomic_load_explicit(&m->sum, memory_order_relaxed));
	zd_out_printf(out, "\n%s_count %lld\n", m->name, (long long)below);
}

static void
put_series(struct zd_out *out, struct metric *m)
{
	if (!m->label) {
		zd_out_printf(out, "%s %lld\n", m->name, (long long)atomic_load(&m->n[0]));
		return;
	}
	for (size_t i = 0; i < METRIC_SERIES && m->values[i]; i++)
		zd_out_printf(out, "%s{%s=\"%s\"} %lld\n", m->name, m->label, m->values[i],
			      (long long)atomic_load(&m->n[i]));
}

void
zd_metrics_text(struct zd_out *out)
{
	static const char *const kinds[] = { "counter", "gauge", "histogram" };

	pthread_mutex_lock(&known_lock);
	for (size_t i = 0; i < known_n; i++) {
		struct metric *m = known[i];
		zd_out_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
			      kinds[m->kind]);
		if (m->kind == METRIC_HISTOGRAM)
			put_histogram(out, m);
		else
			put_series(out, m);
	}
	pthread_mutex_unlock(&known_lock);
}
