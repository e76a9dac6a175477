/*
 * The framing of a request, judged again after libmicrohttpd: what it lets pass and RFC 9112 does
 * not.
 *
 * 0.9.75 takes a bare LF for a line end, joins folded lines, cuts a header at NUL, takes the first
 * of two lengths and lets Transfer-Encoding win over Content-Length: each is a way to smuggle a
 * request past a proxy. Later versions have MHD_OPTION_CLIENT_DISCIPLINE_LVL for the first three.
 * For 0.9.75 we hold the lines that it gives us against the number of bytes that it read: it parses
 * in place, so a header that was written in the one strict way has one possible place. Another
 * layout in another version refuses every request, which the first test notices.
 */
#include <string.h>

#include "http/server.h"

#define HEADERS_MAX 100
#define HEADERS_SIZE_MAX 16384
#define LINE_SIZE_MAX 8192

struct raw_headers {
	struct http_header all[HEADERS_MAX];
	size_t n;
	bool too_many;
};

static enum MHD_Result
take_header(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_n, const char *value,
	    size_t value_n)
{
	struct raw_headers *raw = arg;

	(void)kind;
	if (raw->n == HEADERS_MAX) {
		raw->too_many = true;
		return MHD_NO;
	}
	raw->all[raw->n++] =
		(struct http_header){ { name, name_n }, { value ? value : "", value_n } };
	return MHD_YES;
}

static size_t
header_size(struct http_exchange *ex)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(ex->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info ? info->header_size : 0;
}

#if MHD_VERSION >= 0x00097701
static bool
is_written_strictly(struct http_exchange *ex, const struct raw_headers *raw, const char *method,
		    const char *version)
{
	(void)ex, (void)raw, (void)method,
		(void)version; /* MHD_OPTION_CLIENT_DISCIPLINE_LVL does it */
	return true;
}
#else
/* Where a value may begin: behind the name, its colon and at most blanks. */
static const char *
value_place(struct http_header h)
{
	const char *p = h.name.p + h.name.n + 1;

	while (p < h.value.p && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static bool
is_written_strictly(struct http_exchange *ex, const struct raw_headers *raw, const char *method,
		    const char *version)
{
	if (ex->raw_uri != method + strlen(method) + 1 || version != ex->raw_uri + ex->uri.n + 1)
		return false;
	const char *at = version + strlen(version) + 2;
	for (size_t i = 0; i < raw->n; i++) {
		struct http_header h = raw->all[i];
		if (h.name.p != at || (h.value.n && value_place(h) != h.value.p))
			return false;
		if (!h.value.n && (h.value.p < at + h.name.n + 1 || h.value.p > at + h.name.n + 64))
			return false;
		at = h.value.p + h.value.n + 2;
	}
	return header_size(ex) == (size_t)(at - method) + 2;
}
#endif

static const char *
header_fault(struct http_header h)
{
	if (!http_is_token(h.name))
		return "malformed header name";
	for (size_t i = 0; i < h.value.n; i++) {
		unsigned char c = (unsigned char)h.value.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return "control character in a header";
	}
	return NULL;
}

/* The one header of that name; *ret_n counts them. */
static struct zd_str
only(const struct raw_headers *raw, const char *name, size_t *ret_n)
{
	struct zd_str found = { 0 };

	*ret_n = 0;
	for (size_t i = 0; i < raw->n; i++) {
		if (!http_equal_nocase(raw->all[i].name, zd_str_of(name)))
			continue;
		found = raw->all[i].value;
		++*ret_n;
	}
	return found;
}

static bool
is_host(struct zd_str host)
{
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!plain && (!c || !strchr(".-_:[]", c)))
			return false;
	}
	return host.n > 0 && host.n < 256;
}

static const char *
framing_fault(struct http_exchange *ex, const struct raw_headers *raw, const char *version)
{
	size_t hosts, lengths, encodings;
	struct zd_str host = only(raw, "Host", &hosts);
	struct zd_str length = only(raw, "Content-Length", &lengths);
	struct zd_str encoding = only(raw, "Transfer-Encoding", &encodings);

	if (hosts != 1 || !is_host(host))
		return "exactly one Host is required";
	if (lengths > 1 || encodings > 1 || (lengths && encodings))
		return "ambiguous length";
	if (encodings &&
	    (!http_equal_nocase(encoding, ZD_STR("chunked")) || strcmp(version, "HTTP/1.1")))
		return "unknown transfer encoding";
	ex->chunked = encodings != 0;
	ex->content_length = lengths ? 0 : -1;
	if (lengths && (!length.n || length.p[0] < '0' || length.p[0] > '9' ||
			!zd_int_parse(length, &ex->content_length)))
		return "malformed Content-Length";
	return NULL;
}

/* What a handler or the gate reads as if there were one must be one. */
static const char *
doubled_fault(const struct raw_headers *raw)
{
	static const char *const once[] = { "Authorization",    "Cookie", "Content-Type",
					    "Idempotency-Key",  "Origin", "X-CSRF",
					    "Content-Encoding", "Expect", "Sec-Fetch-Site" };
	size_t n;

	for (size_t i = 0; i < ZD_COUNT(once); i++) {
		(void)only(raw, once[i], &n);
		if (n > 1)
			return "repeated header";
	}
	return NULL;
}

static void
keep_headers(struct http_exchange *ex, const struct raw_headers *raw)
{
	struct http_header *kept = zd_new_array(ex->arena, struct http_header, raw->n + 1);

	for (size_t i = 0; i < raw->n; i++) {
		kept[i].name = zd_str_copy(ex->arena, raw->all[i].name);
		kept[i].value = zd_str_trim(zd_str_copy(ex->arena, raw->all[i].value));
	}
	ex->req.headers = kept;
	ex->req.headers_n = raw->n;
}

const char *
http_guard(struct http_exchange *ex, const char *method, const char *version)
{
	struct raw_headers raw = { .n = 0 };

	(void)MHD_get_connection_values_n(ex->mhd, MHD_HEADER_KIND, take_header, &raw);
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) {
		ex->status = 505;
		return "unknown HTTP version";
	}
	if (raw.too_many || header_size(ex) > HEADERS_SIZE_MAX + ex->uri.n) {
		ex->status = 431;
		return "headers too large";
	}
	if (ex->uri.n + strlen(method) + strlen(version) + 4 > LINE_SIZE_MAX) {
		ex->status = 414;
		return "request line too long";
	}
	if (!is_written_strictly(ex, &raw, method, version))
		return "malformed header";
	for (size_t i = 0; i < raw.n; i++) {
		const char *fault = header_fault(raw.all[i]);
		if (fault)
			return fault;
	}
	const char *fault = framing_fault(ex, &raw, version);
	fault = fault ? fault : doubled_fault(&raw);
	if (!fault)
		keep_headers(ex, &raw);
	return fault;
}
