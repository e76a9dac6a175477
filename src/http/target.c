/* Request targets, forms and media types. Knows no sockets. */
#include "http/target.h"

#include <string.h>

/* Percent-decodes s into the arena, once; false on a malformed escape or if there is no room. */
static bool
decode(struct zd_arena *arena, struct zd_str s, bool plus_is_space, struct zd_str *ret)
{
	char *p = zd_try_alloc(arena, s.n + 1);
	size_t n = 0;

	if (!p)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%') {
			int high = s.n - i > 2 ? zd_hex_value(s.p[i + 1]) : -1;
			int low = high >= 0 ? zd_hex_value(s.p[i + 2]) : -1;
			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		p[n++] = c;
	}
	*ret = (struct zd_str){ p, n };
	return true;
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7F;
}

/* "", ".", "..", and those that a server behind might take for them ("..;x"). */
static bool
segment_is_safe(struct zd_str s)
{
	const char *semicolon = s.n ? memchr(s.p, ';', s.n) : NULL;

	if (semicolon)
		s.n = (size_t)(semicolon - s.p);
	return s.n && !zd_str_equal(s, ZD_STR(".")) && !zd_str_equal(s, ZD_STR(".."));
}

static const char *
path_fault(struct zd_str path)
{
	size_t start = 1;

	if (zd_utf8_check(path) < path.n)
		return "网址不是有效的 UTF-8 编码";
	for (size_t i = 0; i < path.n; i++)
		if (is_control(path.p[i]) || path.p[i] == '\\')
			return "网址中有不允许的字符";
	if (path.n == 1)
		return NULL;
	for (size_t i = 1; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		bool last_empty =
			i == path.n && i == start; /* "/desk/": a path of its own, not found */
		if (!last_empty && !segment_is_safe((struct zd_str){ path.p + start, i - start }))
			return "网址中有空的或相对的路径段";
		start = i + 1;
	}
	return NULL;
}

const char *
http_target_parse(struct zd_arena *arena, struct zd_str raw, struct http_target *ret)
{
	struct http_target target = { .path = raw };

	if (!raw.n || raw.p[0] != '/')
		return "网址应以 / 开头";
	for (size_t i = 0; i < raw.n; i++)
		if ((unsigned char)raw.p[i] <= 0x20 || (unsigned char)raw.p[i] >= 0x7F ||
		    raw.p[i] == '#')
			return "网址中有未编码的字符";
	const char *mark = memchr(raw.p, '?', raw.n);
	if (mark) {
		target.path.n = (size_t)(mark - raw.p);
		target.query = (struct zd_str){ mark + 1, raw.n - target.path.n - 1 };
	}
	for (size_t i = 0; i + 2 < target.path.n; i++)
		if (raw.p[i] == '%' && raw.p[i + 1] == '2' && (raw.p[i + 2] | 0x20) == 'f')
			return "网址路径中不允许编码的斜线";
	if (!decode(arena, target.path, false, &target.path))
		return "网址中的 % 编码不正确";
	const char *fault = path_fault(target.path);
	if (fault)
		return fault;
	*ret = target;
	return NULL;
}

static const char *
pair_fault(struct http_pair pair)
{
	if (zd_utf8_check(pair.name) < pair.name.n || zd_utf8_check(pair.value) < pair.value.n)
		return "参数不是有效的 UTF-8 编码";
	if (!pair.name.n)
		return "参数没有名称";
	if (memchr(pair.name.p, '\0', pair.name.n) ||
	    (pair.value.n && memchr(pair.value.p, '\0', pair.value.n)))
		return "参数中有空字符";
	return NULL;
}

bool
http_pair_next(struct zd_arena *arena, struct zd_str *rest, struct http_pair *ret,
	       const char **ret_fault)
{
	struct http_pair pair;

	if (!rest->n)
		return false;
	const char *amp = memchr(rest->p, '&', rest->n);
	struct zd_str part = { rest->p, amp ? (size_t)(amp - rest->p) : rest->n };
	const char *is = part.n ? memchr(part.p, '=', part.n) : NULL;
	size_t name_n = is ? (size_t)(is - part.p) : part.n;
	struct zd_str name = { part.p, name_n };
	struct zd_str value = { part.p + name_n + (is != NULL), part.n - name_n - (is != NULL) };
	if (!decode(arena, name, true, &pair.name) || !decode(arena, value, true, &pair.value)) {
		*ret_fault = "参数中的 % 编码不正确";
		return false;
	}
	const char *fault = pair_fault(pair);
	if (fault) {
		*ret_fault = fault;
		return false;
	}
	size_t used = part.n + (amp != NULL);
	*rest = (struct zd_str){ rest->p + used, rest->n - used };
	*ret = pair;
	return true;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool
http_equal_nocase(struct zd_str a, struct zd_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
http_is_token(struct zd_str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = lower(s.p[i]);
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!plain && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return s.n > 0;
}

struct zd_str
http_media_type(struct zd_arena *arena, struct zd_str content_type)
{
	const char *semicolon = content_type.n ? memchr(content_type.p, ';', content_type.n) : NULL;
	struct zd_str type = content_type;

	if (semicolon)
		type.n = (size_t)(semicolon - type.p);
	type = zd_str_trim(type);
	const char *slash = type.n ? memchr(type.p, '/', type.n) : NULL;
	if (!slash)
		return (struct zd_str){ 0 };
	struct zd_str main = { type.p, (size_t)(slash - type.p) };
	struct zd_str sub = { slash + 1, type.n - main.n - 1 };
	if (!http_is_token(main) || !http_is_token(sub))
		return (struct zd_str){ 0 };
	char *p = zd_alloc(arena, type.n + 1);
	for (size_t i = 0; i < type.n; i++)
		p[i] = lower(type.p[i]);
	return (struct zd_str){ p, type.n };
}

/* --- Accept (RFC 9110 12.5.1) --- */

static struct zd_str
cut(struct zd_str *rest, char at)
{
	const char *end = rest->n ? memchr(rest->p, at, rest->n) : NULL;
	struct zd_str part = { rest->p, end ? (size_t)(end - rest->p) : rest->n };

	*rest = (struct zd_str){ rest->p + part.n + (end != NULL),
				 rest->n - part.n - (end != NULL) };
	return zd_str_trim(part);
}

/* "q=0", "q=0.000": not wanted. */
static bool
is_zero_weight(struct zd_str param)
{
	if (param.n < 3 || lower(param.p[0]) != 'q' || param.p[1] != '=' || param.p[2] != '0')
		return false;
	for (size_t i = 3; i < param.n; i++)
		if (param.p[i] != '0' && !(i == 3 && param.p[i] == '.'))
			return false;
	return true;
}

/* 0: does not fit; 1 to 3: any type, any subtype, this one. */
static int
range_fit(struct zd_str range, struct zd_str type)
{
	const char *slash = memchr(type.p, '/', type.n);

	if (zd_str_equal(range, ZD_STR("*/*")))
		return 1;
	if (http_equal_nocase(range, type))
		return 3;
	size_t main = slash ? (size_t)(slash - type.p) + 1 : type.n;
	return range.n == main + 1 && range.p[main] == '*' &&
			       http_equal_nocase((struct zd_str){ range.p, main },
						 (struct zd_str){ type.p, main })
		       ? 2
		       : 0;
}

bool
http_accepts(struct zd_str accept, struct zd_str type)
{
	int best = 0;
	bool wanted = false, any = false;

	type = cut(&type, ';');
	while (accept.n) {
		struct zd_str item = cut(&accept, ','), range = cut(&item, ';');
		if (!range.n || !memchr(range.p, '/', range.n))
			continue;
		any = true;
		int fit = range_fit(range, type);
		bool zero = false;
		while (item.n)
			zero = is_zero_weight(cut(&item, ';')) || zero;
		if (fit < best || !fit)
			continue;
		wanted = !zero;
		best = fit;
	}
	return !any || wanted;
}
