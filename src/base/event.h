#ifndef ZD_EVENT_H
#define ZD_EVENT_H

#include <stdatomic.h>

#include "base/zd.h"

/*
 * What the program tells its operator: events, one JSON line each on stderr, and metrics, which a
 * Prometheus server reads. Only web, job and cli log; what lies below returns errors.
 *
 *	zd_event(cx, EVENT_WARN, "job.slow", EVENT_TEXT("job", name), EVENT_INT("ms", ms));
 *
 *	{"time":"2026-11-24T01:30:05.123Z","level":"warn","event":"job.slow","request":"…","job":"…","ms":9000}
 *
 * No secrets and no personal data in events: ids, not names. Values are escaped so that a line
 * stays a line and a terminal shows what is there: controls, bidirectional marks and bad bytes
 * become \u escapes.
 */
enum event_level { EVENT_DEBUG, EVENT_INFO, EVENT_WARN, EVENT_ERROR };

struct event_field {
	const char *name; /* NULL ends the list */
	struct zd_str text;
	int64_t number;
	bool is_number;
};
#define EVENT_TEXT(name_, s_)                                                                      \
	{                                                                                          \
		.name = (name_), .text = (s_)                                                      \
	}
#define EVENT_INT(name_, v_)                                                                       \
	{                                                                                          \
		.name = (name_), .number = (v_), .is_number = true                                 \
	}
#define EVENT_NONE                                                                                 \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* cx may be NULL; else its request id and actor are told. Never fails: what cannot be written is
 * lost. */
#define zd_event(cx, level, name, ...)                                                             \
	zd_event_put((cx), (level), (name), (const struct event_field[]){ __VA_ARGS__, EVENT_NONE })
void zd_event_put(const struct zd_cx *cx, enum event_level level, const char *name,
		  const struct event_field *fields);
/* The error in cx, with file and line: for the one place that logs it. */
void zd_event_error(const struct zd_cx *cx, const char *name);
/* Events below `least` are dropped (default EVENT_INFO); fd is 2 until told otherwise. */
void zd_event_setup(enum event_level least, int fd);

/* --- metrics ------------------------------------------------------------------------------ */

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/*
 * A static object of the room that counts. Either one value, or one for each label value, or a
 * histogram of milliseconds (printed in seconds) over fixed bounds.
 *
 *	static struct metric imported = { "zd_ingest_rows_total", "Rows judged", METRIC_COUNTER,
 *"verdict", { "accepted", "rejected" } }; zd_metric_add(&imported, 0, n);
 */
#define METRIC_SERIES 16
struct metric {
	const char *name, *help;
	enum metric_kind kind;
	const char *label;                 /* NULL: one series */
	const char *values[METRIC_SERIES]; /* of the label */
	_Atomic int64_t n[METRIC_SERIES];  /* of each series; of each bucket */
	_Atomic int64_t sum;
};

/* Bounds of all histograms, in ms; the last bucket is open. */
#define METRIC_BOUNDS                                                                              \
	{                                                                                          \
		1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000          \
	}

/* Makes the metrics known to zd_metrics_text: a list that ends at NULL; knowing one twice does
 * nothing. */
void zd_metrics_add(struct metric *const *list);
void zd_metric_add(struct metric *m, size_t series, int64_t by);
void zd_metric_set(struct metric *m, size_t series, int64_t v);
void zd_metric_time(struct metric *m, int64_t ms);
/* Prometheus text format 0.0.4, in the order of adding. */
void zd_metrics_text(struct zd_out *out);

#endif
