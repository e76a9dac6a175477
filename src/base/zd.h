#ifndef ZD_BASE_H
#define ZD_BASE_H

/*
 * base: what every layer may use, and what knows nothing of supervision.
 *
 *   memory    objects live in an arena and die with it; nobody frees one object
 *   text      slices; outputs that grow up to a ceiling
 *   failure   what can fail returns enum zd_rc and says why, once, in cx->err
 *   time      code reads cx->now and cx->today, never the clock, so a test can be any day
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZD_CHECKED __attribute__((warn_unused_result))
#define ZD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ZD_CLEANUP(fn) __attribute__((cleanup(fn)))
#define ZD_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A borrowed run of bytes; not NUL-terminated. p == NULL means absent (SQL NULL, field not sent). */
struct zd_str {
	const char *p;
	size_t n;
};
#define ZD_LIT(lit)                                                                                \
	{                                                                                          \
		"" lit, sizeof(lit) - 1                                                            \
	} /* for static initialisers */
#define ZD_STR(lit) ((struct zd_str){ "" lit, sizeof(lit) - 1 })
#define ZD_STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

bool zd_str_equal(struct zd_str a, struct zd_str b);
int zd_str_compare(struct zd_str a, struct zd_str b); /* by bytes; absent sorts first */
bool zd_str_starts(struct zd_str s, struct zd_str prefix);
struct zd_str zd_str_trim(struct zd_str s); /* blanks, tabs, line ends, U+3000, U+00A0, U+FEFF */
struct zd_str zd_str_of(const char *z);     /* NULL gives absent */

/* SQL NULL of the number types; a column declared without '?' never holds them. */
#define ZD_NO_INT INT64_MIN
#define ZD_NO_DAY INT32_MIN

enum zd_rc {
	ZD_OK = 0,
	ZD_INVALID,   /* the data given is wrong; err.field says which part */
	ZD_REFUSED,   /* well-formed, but a rule forbids it; the text says which */
	ZD_NOT_FOUND, /* there is nothing to act on */
	ZD_CONFLICT,  /* someone changed it first, or it exists already: read again, then retry */
	ZD_BUSY,      /* nothing was done: retry later */
	ZD_UNCERTAIN, /* it may have been done: ask before retrying */
	ZD_TOO_LARGE, /* a limit set for outsiders was reached */
	ZD_TOO_OFTEN, /* one asker asks more often than he may: wait, then retry */
	ZD_FAILED     /* our fault; logged in full, shown as a reference only */
};

/* The one table: HTTP status, exit code and name of each outcome. */
struct zd_rc_meaning {
	const char *name;
	int http_status, exit_code;
};
const struct zd_rc_meaning *zd_rc_meaning(enum zd_rc rc);

struct zd_err {
	enum zd_rc rc;
	const char *field; /* literal, or NULL */
	const char *file;
	int line;
	char text[480]; /* one sentence for the person who must act on it */
};

struct zd_arena;

/* Who acts. The system itself is all zero. */
struct zd_actor {
	int64_t id;
	int64_t dept;   /* the department he acts for; 0: the city */
	uint32_t roles; /* bits of enum trust_role */
	int level;      /* highest data class he may read, 1..4 */
	struct zd_str account, name, address;
};

/* What one request, job or command carries through every call it makes. */
struct zd_cx {
	struct zd_arena *arena;
	struct zd_actor actor;
	int64_t now;           /* ms since 1970-01-01T00:00Z */
	int32_t today;         /* days since 1970-01-01, Asia/Shanghai */
	struct zd_str request; /* id of the request or job, for logs */
	struct zd_err err;
};

/* Records the error and returns rc, so that one line fails and explains. */
enum zd_rc zd_fail_at(struct zd_cx *cx, enum zd_rc rc, const char *file, int line,
		      const char *field, const char *fmt, ...) ZD_CHECKED ZD_PRINTF(6, 7);
#ifdef __clang_analyzer__ /* it cannot see that what is returned is rc */
#define zd_fail(cx, rc, field, ...)                                                                \
	((void)zd_fail_at(cx, rc, __FILE__, __LINE__, field, __VA_ARGS__), (rc))
#else
#define zd_fail(cx, rc, field, ...) zd_fail_at(cx, rc, __FILE__, __LINE__, field, __VA_ARGS__)
#endif

/* For functions that hold nothing an arena or ZD_CLEANUP will not release. */
#define ZD_TRY(call)                                                                               \
	do {                                                                                       \
		enum zd_rc try_rc_ = (call);                                                       \
		if (try_rc_ != ZD_OK)                                                              \
			return try_rc_;                                                            \
	} while (0)

struct zd_arena *zd_arena_new(size_t limit);
void zd_arena_free(struct zd_arena *arena);
void zd_arena_drop(struct zd_arena **arena); /* for ZD_CLEANUP */
void zd_arena_reset(struct zd_arena *arena); /* all objects die; a chunk is kept for reuse */

/* Zeroed; aborts if there is no memory. For sizes that the code chose. */
void *zd_alloc(struct zd_arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
/* Zeroed, or NULL past the limit. For sizes that an outsider chose. */
void *zd_try_alloc(struct zd_arena *arena, size_t size) ZD_CHECKED;
#define zd_new(arena, type) ((type *)zd_alloc(arena, sizeof(type)))
#define zd_new_array(arena, type, n) ((type *)zd_alloc(arena, sizeof(type) * (n)))
/*
 * Room for one more behind the n of an array: the array itself, or a copy with twice the places (*cap then says how
 * many). The old one stays in the arena.
 */
void *zd_grow(struct zd_arena *arena, void *array, size_t n, size_t *cap, size_t size)
	__attribute__((returns_nonnull));

/* A copy that lives in the arena, NUL-terminated behind its end for vendor calls. */
struct zd_str zd_str_copy(struct zd_arena *arena, struct zd_str s);
struct zd_str zd_str_printf(struct zd_arena *arena, const char *fmt, ...) ZD_PRINTF(2, 3);
struct zd_str zd_str_join(struct zd_arena *arena, const struct zd_str *parts, size_t n,
			  struct zd_str between);

/*
 * An output that grows up to a ceiling (max). The first failed write sticks: writers
 * need not check, whoever reads the result does, once.
 */
struct zd_out {
	char *p;
	size_t n, cap, max;
	bool failed;
};
void zd_out_write(struct zd_out *out, struct zd_str s);
void zd_out_printf(struct zd_out *out, const char *fmt, ...) ZD_PRINTF(2, 3);
void zd_out_html(struct zd_out *out, struct zd_str s); /* escaped for text and quoted attributes */
void zd_out_url(struct zd_out *out, struct zd_str s);  /* percent-encoded as one URL component */
void zd_out_json(struct zd_out *out, struct zd_str s); /* a quoted JSON string; absent gives null */
void zd_out_int(struct zd_out *out, int64_t v);
void zd_out_size(struct zd_out *out, size_t n);
void zd_out_z(struct zd_out *out,
	      const char *z); /* zd_out_html of a C string; NULL prints nothing */
struct zd_str zd_out_str(const struct zd_out *out); /* borrowed until the next write */
void zd_out_drop(struct zd_out *out);

/* A value in a page, escaped by its C type: what mkhtml's {{ }} becomes. */
#define ZD_PUT(out, v)                                                                             \
	_Generic((v), struct zd_str: zd_out_html, const char *: zd_out_z, char *: zd_out_z,        \
		 size_t: zd_out_size, default: zd_out_int)((out), (v))

/* --- numbers and days --------------------------------------------------------------------- */

/* Decimal digits with an optional '-', the whole of s; false on anything else or overflow. */
bool zd_int_parse(struct zd_str s, int64_t *ret) ZD_CHECKED;

/* Proleptic Gregorian; day 0 is 1970-01-01. */
int32_t zd_day_of(int year, int month, int mday);
void zd_day_split(int32_t day, int *ret_year, int *ret_month, int *ret_mday);
/* Strict YYYY-MM-DD, a day that exists. */
bool zd_day_parse(struct zd_str s, int32_t *ret) ZD_CHECKED;
struct zd_str zd_day_format(struct zd_arena *arena,
			    int32_t day); /* "2026-11-24"; absent for ZD_NO_DAY */
int32_t zd_day_month(int32_t day);        /* 202611 */
int32_t zd_day_of_time(int64_t ms);       /* in Asia/Shanghai, UTC+8 */
struct zd_str zd_time_format(struct zd_arena *arena,
			     int64_t ms); /* "2026-11-24 09:30:05", Shanghai */
struct zd_str zd_time_format_utc(struct zd_arena *arena,
				 int64_t ms); /* "2026-11-24T01:30:05.123Z" */

/* The clock, for those who make a cx: sets now and today. */
void zd_cx_now(struct zd_cx *cx);

/* A new id: positive, below 2^53, rising with time, unique over eight nodes (ZD_NODE=0..7). */
int64_t zd_id_new(void);

/* Strict UTF-8 (RFC 3629: no surrogates, no overlongs): the offset of the first bad byte, or s.n. */
size_t zd_utf8_check(struct zd_str s);
/* Characters (code points) in valid UTF-8. */
size_t zd_utf8_length(struct zd_str s);
/* Writes a code point and returns its 1 to 4 bytes. */
size_t zd_utf8_put(char *to, uint32_t c);
/* What a hexadecimal digit stands for, or -1. */
int zd_hex_value(char c);

#endif
