/* Outputs that grow up to a ceiling and remember failure. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/zd.h"

static bool
out_reserve(struct zd_out *out, size_t more)
{
	if (out->failed || more > out->max - out->n)
		return false;
	if (out->cap - out->n >= more)
		return true;
	size_t cap = out->cap ? out->cap : 512;
	while (cap - out->n < more)
		cap *= 2;
	char *p = realloc(out->p, cap);
	if (!p)
		return false;
	out->p = p;
	out->cap = cap;
	return true;
}

void
zd_out_write(struct zd_out *out, struct zd_str s)
{
	if (s.n == 0)
		return;
	if (!out_reserve(out, s.n)) {
		out->failed = true;
		return;
	}
	memcpy(out->p + out->n, s.p, s.n);
	out->n += s.n;
}

void
zd_out_printf(struct zd_out *out, const char *fmt, ...)
{
	char small[256];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		zd_out_write(out, (struct zd_str){ small, (size_t)n });
		return;
	}
	if (n < 0 || !out_reserve(out, (size_t)n + 1)) {
		out->failed = true;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(out->p + out->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	out->n += (size_t)n;
}

typedef struct zd_str entity_fn(char c, char buf[8]);

static void
put_escaped(struct zd_out *out, struct zd_str s, entity_fn *entity_of)
{
	size_t done = 0;
	char buf[8];

	for (size_t i = 0; i < s.n; i++) {
		struct zd_str entity = entity_of(s.p[i], buf);
		if (!entity.p)
			continue;
		zd_out_write(out, (struct zd_str){ s.p + done, i - done });
		zd_out_write(out, entity);
		done = i + 1;
	}
	zd_out_write(out, (struct zd_str){ s.p + done, s.n - done });
}

static struct zd_str
html_entity(char c, char buf[8])
{
	(void)buf;
	switch (c) {
	case '&': return ZD_STR("&amp;");
	case '<': return ZD_STR("&lt;");
	case '>': return ZD_STR("&gt;");
	case '"': return ZD_STR("&quot;");
	case '\'': return ZD_STR("&#39;");
	default: return (struct zd_str){ 0 };
	}
}

void
zd_out_html(struct zd_out *out, struct zd_str s)
{
	if (s.p)
		put_escaped(out, s, html_entity);
}

static struct zd_str
url_entity(char c, char buf[8])
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' || c == '.' || c == '~')
		return (struct zd_str){ 0 };
	(void)snprintf(buf, 8, "%%%02X", (unsigned)(unsigned char)c);
	return (struct zd_str){ buf, 3 };
}

void
zd_out_url(struct zd_out *out, struct zd_str s)
{
	if (s.p)
		put_escaped(out, s, url_entity);
}

static struct zd_str
json_entity(char c, char buf[8])
{
	switch (c) {
	case '"': return ZD_STR("\\\"");
	case '\\': return ZD_STR("\\\\");
	case '\n': return ZD_STR("\\n");
	case '\r': return ZD_STR("\\r");
	case '\t': return ZD_STR("\\t");
	default: break;
	}
	if ((unsigned char)c >= 0x20)
		return (struct zd_str){ 0 };
	(void)snprintf(buf, 8, "\\u%04X", (unsigned)(unsigned char)c);
	return (struct zd_str){ buf, 6 };
}

void
zd_out_json(struct zd_out *out, struct zd_str s)
{
	if (!s.p) {
		zd_out_write(out, ZD_STR("null"));
		return;
	}
	zd_out_write(out, ZD_STR("\""));
	put_escaped(out, s, json_entity);
	zd_out_write(out, ZD_STR("\""));
}

void
zd_out_int(struct zd_out *out, int64_t v)
{
	char buf[24];
	int n = snprintf(buf, sizeof(buf), "%" PRId64, v);

	zd_out_write(out, (struct zd_str){ buf, (size_t)n });
}

void
zd_out_size(struct zd_out *out, size_t n)
{
	char buf[24];
	int len = snprintf(buf, sizeof(buf), "%zu", n);

	zd_out_write(out, (struct zd_str){ buf, (size_t)len });
}

void
zd_out_z(struct zd_out *out, const char *z)
{
	zd_out_html(out, zd_str_of(z));
}

struct zd_str
zd_out_str(const struct zd_out *out)
{
	return (struct zd_str){ out->p ? out->p : "", out->n };
}

void
zd_out_drop(struct zd_out *out)
{
	free(out->p);
	*out = (struct zd_out){ 0 };
}
