/* A state machine for multipart/form-data. Knows no files: what it finds goes to a sink. */
#include "http/multipart.h"

#include <string.h>

#include "http/target.h"

enum { IN_DELIMITER, AFTER_DELIMITER, IN_HEADER, IN_DATA, AFTER_CLOSE, DONE, FAILED };

#define HEADERS_MAX 8

static bool
fail(struct multipart *mp, const char *fault)
{
	if (mp->state != FAILED)
		mp->fault = fault;
	mp->state = FAILED;
	return false;
}

static bool
is_boundary_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("'()+_,-./:=?", c));
}

/* The next `name=value` of a header's parameters, value a token or a quoted string into buf. */
static bool
next_parameter(struct zd_str *rest, struct zd_str *ret_name, struct zd_str *ret_value, char *buf,
	       size_t size)
{
	struct zd_str s = zd_str_trim(*rest);
	size_t i = 0, n = 0;

	if (!s.n || s.p[0] != ';')
		return false;
	s = zd_str_trim((struct zd_str){ s.p + 1, s.n - 1 });
	while (i < s.n && s.p[i] != '=')
		i++;
	struct zd_str name = { s.p, i++ };
	if (!http_is_token(name) || i >= s.n)
		return false;
	if (s.p[i] != '"') {
		for (; i < s.n && s.p[i] != ';' && s.p[i] != ' ' && s.p[i] != '\t' && n < size; i++)
			buf[n++] = s.p[i];
		if (!n || n == size)
			return false;
	} else {
		for (i++; i < s.n && s.p[i] != '"' && n < size; i++) {
			if (s.p[i] == '\\' && i + 1 < s.n &&
			    (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
				i++;
			buf[n++] = s.p[i];
		}
		if (i >= s.n || n == size)
			return false;
		i++;
	}
	*rest = (struct zd_str){ s.p + i, s.n - i };
	*ret_name = name;
	*ret_value = (struct zd_str){ buf, n };
	return true;
}

struct zd_str
multipart_boundary(struct zd_str content_type, char buf[MULTIPART_BOUNDARY_MAX])
{
	const char *semicolon = content_type.n ? memchr(content_type.p, ';', content_type.n) : NULL;
	struct zd_str name, value, found = { 0 }, rest;
	char text[MULTIPART_BOUNDARY_MAX + 2];

	if (!semicolon)
		return found;
	rest = (struct zd_str){ semicolon, content_type.n - (size_t)(semicolon - content_type.p) };
	while (next_parameter(&rest, &name, &value, text, sizeof(text))) {
		if (!http_equal_nocase(name, ZD_STR("boundary")))
			continue;
		if (found.p || !value.n || value.n > MULTIPART_BOUNDARY_MAX)
			return (struct zd_str){ 0 };
		for (size_t i = 0; i < value.n; i++)
			if (!is_boundary_char(value.p[i]))
				return (struct zd_str){ 0 };
		memcpy(buf, value.p, value.n);
		found = (struct zd_str){ buf, value.n };
	}
	return zd_str_trim(rest).n ? (struct zd_str){ 0 } : found;
}

void
multipart_begin(struct multipart *mp, struct zd_str boundary, unsigned parts_max,
		struct multipart_sink sink)
{
	*mp = (struct multipart){ .sink = sink, .parts_max = parts_max, .state = IN_DELIMITER };
	memcpy(mp->delimiter, "\r\n--", 4);
	memcpy(mp->delimiter + 4, boundary.p, boundary.n);
	mp->delimiter_n = boundary.n + 4;
	mp->matched = 2; /* the first delimiter has no line end before it */
}

/* --- the header of a part ------------------------------------------------------------------- */

/* Into its own buffer of the part; the header lines pass. */
static struct zd_str
keep(char *buf, size_t size, struct zd_str s)
{
	if (s.n > size)
		s.n = size;
	if (s.n)
		memcpy(buf, s.p, s.n);
	return (struct zd_str){ buf, s.n };
}

static bool
read_disposition(struct multipart *mp, struct zd_str value)
{
	const char *semicolon = memchr(value.p, ';', value.n);
	struct zd_str kind = { value.p, semicolon ? (size_t)(semicolon - value.p) : value.n };
	struct zd_str rest = { value.p + kind.n, value.n - kind.n }, name, v;
	char buf[MULTIPART_LINE_MAX];

	if (mp->disposed || !http_equal_nocase(zd_str_trim(kind), ZD_STR("form-data")))
		return fail(mp, "表单分段的 Content-Disposition 不正确");
	mp->disposed = true;
	while (next_parameter(&rest, &name, &v, buf, sizeof(buf))) {
		bool is_name = http_equal_nocase(name, ZD_STR("name"));
		struct zd_str *to = is_name ? &mp->part.name : &mp->part.filename;
		if ((!is_name && !http_equal_nocase(name, ZD_STR("filename"))) || to->p)
			return fail(mp, "表单分段的 Content-Disposition 有重复或不支持的参数");
		*to = keep(is_name ? mp->name : mp->filename, MULTIPART_LINE_MAX, v);
	}
	if (zd_str_trim(rest).n || !mp->part.name.n)
		return fail(mp, "表单分段的 Content-Disposition 不正确");
	return true;
}

static bool
read_header(struct multipart *mp)
{
	struct zd_str line = { mp->line, mp->line_n };
	const char *colon = memchr(line.p, ':', line.n);

	if (++mp->headers > HEADERS_MAX)
		return fail(mp, "表单分段的头部过多");
	struct zd_str name = { line.p, colon ? (size_t)(colon - line.p) : 0 };
	if (!http_is_token(name))
		return fail(mp, "表单分段的头部格式不正确");
	struct zd_str value = zd_str_trim((struct zd_str){ colon + 1, line.n - name.n - 1 });
	if (http_equal_nocase(name, ZD_STR("Content-Disposition")))
		return read_disposition(mp, value);
	if (http_equal_nocase(name, ZD_STR("Content-Type"))) {
		if (mp->part.type.p || value.n > sizeof(mp->type))
			return fail(mp, "表单分段的 Content-Type 不正确");
		mp->part.type = keep(mp->type, sizeof(mp->type), value);
		return true;
	}
	if (http_equal_nocase(name, ZD_STR("Content-Transfer-Encoding")))
		return fail(mp, "表单分段不支持传输编码");
	return true;
}

static bool
end_header(struct multipart *mp)
{
	if (!mp->disposed)
		return fail(mp, "表单分段没有 Content-Disposition");
	if (++mp->parts > mp->parts_max)
		return fail(mp, "表单分段过多");
	if (!mp->sink.begin(mp->sink.arg, &mp->part))
		return fail(mp, NULL);
	mp->state = IN_DATA;
	mp->matched = 0;
	return true;
}

static bool
header_byte(struct multipart *mp, char c)
{
	bool after_cr = mp->line_n && mp->line[mp->line_n - 1] == '\r';

	if (after_cr != (c == '\n') ||
	    (c != '\r' && c != '\n' && c != '\t' && (unsigned char)c < 0x20) || c == 0x7F)
		return fail(mp, "表单分段的头部中有不允许的字符");
	if (c != '\n') {
		if (mp->line_n == sizeof(mp->line))
			return fail(mp, "表单分段的头部过长");
		mp->line[mp->line_n++] = c;
		return true;
	}
	mp->line_n--;
	if (!mp->line_n)
		return end_header(mp);
	if (zd_utf8_check((struct zd_str){ mp->line, mp->line_n }) < mp->line_n)
		return fail(mp, "表单分段的头部不是有效的 UTF-8 编码");
	bool ok = read_header(mp);
	mp->line_n = 0;
	return ok;
}

/* --- delimiters and data -------------------------------------------------------------------- */

static bool
emit(struct multipart *mp, const char *p, size_t n)
{
	if (!n || mp->sink.data(mp->sink.arg, (struct zd_str){ p, n }))
		return true;
	return fail(mp, NULL);
}

/* Data up to the first byte that a delimiter may begin with. */
static size_t
plain_run(struct zd_str bytes)
{
	const char *cr = memchr(bytes.p, '\r', bytes.n);

	return cr ? (size_t)(cr - bytes.p) : bytes.n;
}

/* One byte of data or delimiter. CR is only the delimiter's first byte, so a mismatch begins anew
 * at most with this one. */
static bool
data_byte(struct multipart *mp, char c)
{
	if (c != mp->delimiter[mp->matched]) {
		if (!emit(mp, mp->delimiter, mp->matched))
			return false;
		mp->matched = c == '\r';
		return mp->matched || emit(mp, &c, 1);
	}
	if (++mp->matched < mp->delimiter_n)
		return true;
	if (!mp->sink.end(mp->sink.arg))
		return fail(mp, NULL);
	mp->state = AFTER_DELIMITER;
	mp->line_n = 0;
	return true;
}

static bool
delimiter_byte(struct multipart *mp, char c)
{
	if (c != mp->delimiter[mp->matched])
		return fail(mp, "表单不以分隔行开头");
	if (++mp->matched == mp->delimiter_n) {
		mp->state = AFTER_DELIMITER;
		mp->line_n = 0;
	}
	return true;
}

/* CR LF: another part; two hyphens: the end; nothing else. */
static bool
after_delimiter_byte(struct multipart *mp, char c)
{
	mp->line[mp->line_n++] = c;
	if (mp->line_n < 2)
		return c == '\r' || c == '-' || fail(mp, "表单分隔行之后有多余字符");
	struct zd_str two = { mp->line, 2 };
	mp->line_n = 0;
	if (zd_str_equal(two, ZD_STR("--"))) {
		mp->state = AFTER_CLOSE;
		return true;
	}
	if (!zd_str_equal(two, ZD_STR("\r\n")))
		return fail(mp, "表单分隔行之后有多余字符");
	mp->state = IN_HEADER;
	mp->headers = 0;
	mp->disposed = false;
	mp->part = (struct multipart_part){ 0 };
	return true;
}

static bool
after_close_byte(struct multipart *mp, char c)
{
	if (c != "\r\n"[mp->line_n])
		return fail(mp, "表单结束之后还有内容");
	if (++mp->line_n == 2)
		mp->state = DONE;
	return true;
}

static bool
take_byte(struct multipart *mp, char c)
{
	switch (mp->state) {
	case IN_DELIMITER: return delimiter_byte(mp, c);
	case AFTER_DELIMITER: return after_delimiter_byte(mp, c);
	case IN_HEADER: return header_byte(mp, c);
	case IN_DATA: return data_byte(mp, c);
	case AFTER_CLOSE: return after_close_byte(mp, c);
	default: return fail(mp, "表单结束之后还有内容");
	}
}

bool
multipart_feed(struct multipart *mp, struct zd_str bytes)
{
	while (bytes.n && mp->state != FAILED) {
		size_t n = mp->state == IN_DATA && !mp->matched ? plain_run(bytes) : 0;
		if (n ? !emit(mp, bytes.p, n) : !take_byte(mp, bytes.p[0]))
			return false;
		n = n ? n : 1;
		bytes = (struct zd_str){ bytes.p + n, bytes.n - n };
	}
	return mp->state != FAILED;
}

bool
multipart_end(struct multipart *mp)
{
	if (mp->state == DONE || (mp->state == AFTER_CLOSE && !mp->line_n))
		return true;
	return fail(mp, "表单不完整，提前结束");
}
