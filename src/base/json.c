/* A strict JSON cursor over a slice, and a writer. Moves only on success; knows no files. */
#include "base/json.h"

#include <string.h>

/* A name seen in an object. Objects are numbered as they open, so one table serves all of them. */
struct json_key {
	struct zd_str name; /* p == NULL: free */
	uint64_t hash;
	uint32_t object;
};
#define KEY_PROBES 64 /* more collisions than this are made on purpose */

struct json
json_open(struct zd_arena *arena, struct zd_str text, unsigned flags)
{
	return (struct json){ .text = text, .arena = arena, .flags = flags, .value_due = true };
}

static bool
fault_at(struct json *j, size_t at, const char *fault)
{
	if (!j->fault) {
		j->fault = fault;
		j->fault_at = at;
	}
	return false;
}

bool
json_refuse(struct json *j, const char *fault)
{
	return fault_at(j, j->at, fault);
}

static bool
fault_too_large(struct json *j)
{
	j->too_large = !j->fault || j->too_large;
	return fault_at(j, j->at, "内容过大");
}

static int
byte_at(const struct json *j, size_t at)
{
	return at < j->text.n ? (unsigned char)j->text.p[at] : -1;
}

static void
skip_space(struct json *j)
{
	for (;; j->at++) {
		int c = byte_at(j, j->at);
		if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
			return;
	}
}

static enum json_type
type_of(int c)
{
	switch (c) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_TEXT;
	case 't':
	case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	default: return c == '-' || (c >= '0' && c <= '9') ? JSON_NUMBER : JSON_NONE;
	}
}

enum json_type
json_peek(struct json *j)
{
	if (j->fault || !j->value_due)
		return JSON_NONE;
	skip_space(j);
	return type_of(byte_at(j, j->at));
}

static bool
expect(struct json *j, enum json_type type, const char *fault)
{
	if (json_peek(j) == type)
		return true;
	if (!j->fault && j->at >= j->text.n)
		return fault_at(j, j->at, "内容不完整，提前结束");
	return fault_at(j, j->at, fault);
}

/* --- text -------------------------------------------------------------------------------- */

/* The four digits at `at`, or -1. */
static long
hex4_at(const struct json *j, size_t at)
{
	long v = 0;

	for (size_t i = 0; i < 4; i++) {
		int c = byte_at(j, at + i), d = c < 0 ? -1 : zd_hex_value((char)c);
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

static long
bad_point(struct json *j, size_t at, const char *fault)
{
	(void)fault_at(j, at, fault);
	return -1;
}

/* The code point of the \u escape whose digits begin at *at (moved behind it), or -1 with the fault
 * told. */
static long
escaped_point(struct json *j, size_t *at)
{
	long v = hex4_at(j, *at), low;

	if (v < 0)
		return bad_point(j, *at, "\\u 之后应为四位十六进制数");
	if (v == 0)
		return bad_point(j, *at, "文本中不允许空字符（\\u0000）");
	if (v < 0xD800 || v > 0xDFFF) {
		*at += 4;
		return v;
	}
	low = byte_at(j, *at + 4) == '\\' && byte_at(j, *at + 5) == 'u' ? hex4_at(j, *at + 6) : -1;
	if (v > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
		return bad_point(j, *at, "不成对的代理字符");
	*at += 10;
	return 0x10000 + ((v - 0xD800) << 10) + (low - 0xDC00);
}

static char
simple_escape(int c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *hit = c > 0 ? strchr(from, c) : NULL;

	return hit ? to[hit - from] : '\0';
}

/* The escapes in [from, to) resolved into the arena; what they give is never longer. */
static bool
unescape(struct json *j, size_t from, size_t to, struct zd_str *ret)
{
	char *p = zd_try_alloc(j->arena, to - from + 1), *end = p;

	if (!p)
		return fault_too_large(j);
	for (size_t at = from; at < to;) {
		if (j->text.p[at] != '\\') {
			*end++ = j->text.p[at++];
			continue;
		}
		if (byte_at(j, at + 1) == 'u') {
			at += 2;
			long c = escaped_point(j, &at);
			if (c < 0)
				return false;
			end += zd_utf8_put(end, (uint32_t)c);
			continue;
		}
		char c = simple_escape(byte_at(j, at + 1));
		if (!c)
			return fault_at(j, at, "不认识的转义字符");
		*end++ = c;
		at += 2;
	}
	*ret = (struct zd_str){ p, (size_t)(end - p) };
	return true;
}

/* The offset of the closing quote of the text that begins at `at`; *ret_escapes: there is a
 * backslash. */
static size_t
closing_quote(struct json *j, size_t at, bool *ret_escapes)
{
	for (;; at++) {
		int c = byte_at(j, at);
		if (c == '"' || c < 0x20)
			return at;
		if (c == '\\') {
			*ret_escapes = true;
			at++;
		}
	}
}

static bool
take_text(struct json *j, struct zd_str *ret)
{
	bool escapes = false;
	size_t from = j->at + 1, to = closing_quote(j, from, &escapes);

	if (to >= j->text.n)
		return fault_at(j, j->text.n, "文本没有结束的引号");
	if (j->text.p[to] != '"')
		return fault_at(j, to, "文本中有控制字符，应写成转义");
	struct zd_str raw = { j->text.p + from, to - from };
	size_t bad = zd_utf8_check(raw);
	if (bad < raw.n)
		return fault_at(j, from + bad, "不是有效的 UTF-8 编码");
	if (escapes && !unescape(j, from, to, &raw))
		return false;
	*ret = raw;
	j->at = to + 1;
	return true;
}

bool
json_text(struct json *j, struct zd_str *ret)
{
	if (!expect(j, JSON_TEXT, "此处应为文本"))
		return false;
	if (!take_text(j, ret))
		return false;
	j->value_due = false;
	return true;
}

/* --- numbers and words -------------------------------------------------------------------- */

static size_t
digits_from(const struct json *j, size_t at)
{
	while (byte_at(j, at) >= '0' && byte_at(j, at) <= '9')
		at++;
	return at;
}

/* Behind the number at `at`, or `at` itself if it is none. */
static size_t
number_end(const struct json *j, size_t at)
{
	size_t i = at + (byte_at(j, at) == '-'), end;

	end = byte_at(j, i) == '0' ? i + 1 : digits_from(j, i);
	if (end == i)
		return at;
	if (byte_at(j, end) == '.') {
		i = end + 1;
		end = digits_from(j, i);
		if (end == i)
			return at;
	}
	if (byte_at(j, end) == 'e' || byte_at(j, end) == 'E') {
		i = end + 1;
		i += byte_at(j, i) == '+' || byte_at(j, i) == '-';
		end = digits_from(j, i);
		if (end == i)
			return at;
	}
	return end;
}

/* After a number or word comes a separator, or it was not one ("01", "truex"). */
static bool
at_separator(const struct json *j, size_t at)
{
	int c = byte_at(j, at);

	return c < 0 || (c && strchr(" \t\r\n,]}", c));
}

bool
json_number(struct json *j, struct zd_str *ret)
{
	if (!expect(j, JSON_NUMBER, "此处应为数字"))
		return false;
	size_t end = number_end(j, j->at);
	if (end == j->at || !at_separator(j, end))
		return fault_at(j, j->at, "数字写法不正确");
	*ret = (struct zd_str){ j->text.p + j->at, end - j->at };
	j->at = end;
	j->value_due = false;
	return true;
}

bool
json_int(struct json *j, int64_t *ret)
{
	size_t at = j->at;
	struct zd_str s;
	int64_t v;

	if (!json_number(j, &s))
		return false;
	if (!zd_int_parse(s, &v))
		return fault_at(j, at, "此处应为整数，且不超出范围");
	*ret = v;
	return true;
}

static bool
take_word(struct json *j, struct zd_str word)
{
	struct zd_str rest = { j->text.p + j->at, j->text.n - j->at };

	if (!zd_str_starts(rest, word) || !at_separator(j, j->at + word.n))
		return false;
	j->at += word.n;
	j->value_due = false;
	return true;
}

bool
json_bool(struct json *j, bool *ret)
{
	if (!expect(j, JSON_BOOL, "此处应为 true 或 false"))
		return false;
	bool yes = take_word(j, ZD_STR("true"));
	if (!yes && !take_word(j, ZD_STR("false")))
		return fault_at(j, j->at, "此处应为 true 或 false");
	*ret = yes;
	return true;
}

bool
json_null(struct json *j)
{
	return json_peek(j) == JSON_NULL && take_word(j, ZD_STR("null"));
}

/* --- containers ---------------------------------------------------------------------------- */

static bool
enter(struct json *j, enum json_type type)
{
	if (j->depth == JSON_DEPTH)
		return fault_at(j, j->at, "嵌套层数超过 64");
	uint64_t bit = (uint64_t)1 << j->depth;
	j->outer[j->depth++] = j->object;
	j->has_items &= ~bit;
	j->in_object &= ~bit;
	if (type == JSON_OBJECT) {
		j->in_object |= bit;
		j->object = ++j->objects;
	}
	j->at++;
	j->value_due = false;
	return true;
}

bool
json_enter_object(struct json *j)
{
	return expect(j, JSON_OBJECT, "此处应为对象") && enter(j, JSON_OBJECT);
}

bool
json_enter_array(struct json *j)
{
	return expect(j, JSON_ARRAY, "此处应为数组") && enter(j, JSON_ARRAY);
}

/* To the next item of the innermost container; false at its end (left) or on a fault. */
static bool
next_in(struct json *j, bool object)
{
	if (j->value_due && !json_skip(j))
		return false;
	if (j->fault)
		return false;
	if (!j->depth)
		return fault_at(j, j->at, "不在对象或数组之内");
	uint64_t bit = (uint64_t)1 << (j->depth - 1);
	if (object != ((j->in_object & bit) != 0))
		return fault_at(j, j->at, object ? "此处应为对象" : "此处应为数组");
	skip_space(j);
	int c = byte_at(j, j->at);
	if (c == (object ? '}' : ']')) {
		j->at++;
		j->object = j->outer[--j->depth];
		return false;
	}
	if (j->has_items & bit) {
		if (c != ',')
			return fault_at(j, j->at,
					object ? "此处应为逗号或右花括号"
					       : "此处应为逗号或右方括号");
		j->at++;
		skip_space(j);
	}
	j->has_items |= bit;
	return true;
}

bool
json_next_item(struct json *j)
{
	if (!next_in(j, false))
		return false;
	j->value_due = true;
	return true;
}

static uint64_t
hash_of(struct zd_str s, uint32_t object)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325) ^ object;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001B3);
	h = (h ^ h >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
	return h ^ h >> 33;
}

/* The place of the key or a free one; NULL if it takes too long. */
static struct json_key *
key_place(struct json *j, const struct json_key *key)
{
	for (uint32_t i = 0; i < KEY_PROBES; i++) {
		struct json_key *k = &j->keys[((uint32_t)key->hash + i) & (j->keys_cap - 1)];
		if (!k->name.p || (k->hash == key->hash && k->object == key->object &&
				   zd_str_equal(k->name, key->name)))
			return k;
	}
	return NULL;
}

static bool
keys_grow(struct json *j)
{
	struct json old = *j;
	uint32_t cap = old.keys_cap ? old.keys_cap * 2 : 64;

	if (cap > 1U << 24)
		return false;
	j->keys = zd_try_alloc(j->arena, cap * sizeof(*j->keys));
	if (!j->keys)
		return false;
	j->keys_cap = cap;
	for (uint32_t i = 0; i < old.keys_cap; i++) {
		if (!old.keys[i].name.p)
			continue;
		struct json_key *k = key_place(j, &old.keys[i]);
		if (!k)
			return false;
		*k = old.keys[i];
	}
	return true;
}

static bool
note_key(struct json *j, struct zd_str name, size_t at)
{
	struct json_key key = { name, hash_of(name, j->object), j->object }, *k;

	if (j->keys_n >= j->keys_cap / 2 && !keys_grow(j))
		return fault_too_large(j);
	k = key_place(j, &key);
	if (!k)
		return fault_too_large(j);
	if (k->name.p)
		return fault_at(j, at, "同一对象中的成员名重复");
	*k = key;
	j->keys_n++;
	return true;
}

bool
json_next_member(struct json *j, struct zd_str *ret_key)
{
	struct zd_str key;

	if (!next_in(j, true))
		return false;
	size_t at = j->at;
	if (byte_at(j, at) != '"')
		return fault_at(j, at, "此处应为成员名（带双引号）");
	if (!take_text(j, &key))
		return false;
	if ((j->flags & JSON_UNIQUE) && !note_key(j, key, at))
		return false;
	skip_space(j);
	if (byte_at(j, j->at) != ':')
		return fault_at(j, j->at, "成员名之后应为冒号");
	j->at++;
	j->value_due = true;
	*ret_key = key;
	return true;
}

static bool
in_object(const struct json *j)
{
	return (j->in_object >> (j->depth - 1) & 1) != 0;
}

/* One scalar, or into a container; the loops of json_skip and json_leave go on from there. */
static bool
skip_step(struct json *j)
{
	struct zd_str s;
	bool b;

	switch (json_peek(j)) {
	case JSON_NULL: return json_null(j) || fault_at(j, j->at, "此处应为 null");
	case JSON_BOOL: return json_bool(j, &b);
	case JSON_NUMBER: return json_number(j, &s);
	case JSON_TEXT: return json_text(j, &s);
	case JSON_ARRAY:
	case JSON_OBJECT: return enter(j, json_peek(j));
	case JSON_NONE: break;
	}
	return expect(j, JSON_NULL, "此处应为一个值");
}

/* Out of containers until only `depth` are open. */
static bool
leave_to(struct json *j, unsigned depth)
{
	struct zd_str key;

	while (!j->fault && j->depth > depth) {
		if (j->value_due && !skip_step(j))
			return false;
		if (j->value_due || j->depth <= depth)
			continue;
		(void)(in_object(j) ? json_next_member(j, &key) : json_next_item(j));
	}
	return !j->fault;
}

bool
json_skip(struct json *j)
{
	unsigned depth = j->depth;

	return skip_step(j) && leave_to(j, depth);
}

bool
json_leave(struct json *j)
{
	if (!j->depth)
		return fault_at(j, j->at, "不在对象或数组之内");
	return leave_to(j, j->depth - 1);
}

bool
json_raw(struct json *j, struct zd_str *ret)
{
	(void)json_peek(j);
	size_t from = j->at;

	if (!json_skip(j))
		return false;
	*ret = (struct zd_str){ j->text.p + from, j->at - from };
	return true;
}

bool
json_end(struct json *j)
{
	if (j->value_due && !j->depth && !j->fault)
		(void)json_skip(j);
	if (j->fault)
		return false;
	skip_space(j);
	if (j->depth)
		return fault_at(j, j->at, "内容不完整，提前结束");
	return j->at == j->text.n || fault_at(j, j->at, "结尾之后还有内容");
}

void
json_place(struct zd_str text, size_t offset, int64_t *ret_line, int64_t *ret_column)
{
	int64_t line = 1;
	size_t start = 0;

	if (offset > text.n)
		offset = text.n;
	for (size_t i = 0; i < offset; i++) {
		if (text.p[i] != '\n')
			continue;
		line++;
		start = i + 1;
	}
	struct zd_str before = { text.p + start, offset - start };
	*ret_line = line;
	*ret_column = (int64_t)(before.n ? zd_utf8_length(before) : 0) + 1;
}

enum zd_rc
json_fail(struct zd_cx *cx, const struct json *j, const char *what)
{
	int64_t line, column;

	json_place(j->text, j->fault_at, &line, &column);
	return zd_fail(cx, j->too_large ? ZD_TOO_LARGE : ZD_INVALID, NULL,
		       "%s第 %lld 行第 %lld 个字符处有误：%s。", what, (long long)line,
		       (long long)column, j->fault ? j->fault : "内容不符合约定");
}

/* --- writer --------------------------------------------------------------------------------- */

static void
put_value(struct json_writer *w)
{
	if (!w->depth || w->after_name) {
		w->after_name = false;
		return;
	}
	uint64_t bit = (uint64_t)1 << (w->depth - 1);
	if (w->has_items & bit)
		zd_out_write(w->out, ZD_STR(","));
	w->has_items |= bit;
}

static void
put_begin(struct json_writer *w, bool object)
{
	put_value(w);
	if (w->depth == JSON_DEPTH) {
		w->out->failed = true;
		return;
	}
	uint64_t bit = (uint64_t)1 << w->depth++;
	w->has_items &= ~bit;
	w->in_object = object ? w->in_object | bit : w->in_object & ~bit;
	zd_out_write(w->out, object ? ZD_STR("{") : ZD_STR("["));
}

void
json_put_object(struct json_writer *w)
{
	put_begin(w, true);
}

void
json_put_array(struct json_writer *w)
{
	put_begin(w, false);
}

void
json_put_end(struct json_writer *w)
{
	if (!w->depth) {
		w->out->failed = true;
		return;
	}
	bool object = w->in_object >> --w->depth & 1;
	zd_out_write(w->out, object ? ZD_STR("}") : ZD_STR("]"));
}

void
json_put_key(struct json_writer *w, struct zd_str name)
{
	put_value(w);
	zd_out_json(w->out, name);
	zd_out_write(w->out, ZD_STR(":"));
	w->after_name = true;
}

void
json_put_name(struct json_writer *w, const char *name)
{
	json_put_key(w, zd_str_of(name));
}

void
json_put_raw(struct json_writer *w, struct zd_str json)
{
	put_value(w);
	zd_out_write(w->out, json);
}

void
json_put_text(struct json_writer *w, struct zd_str s)
{
	put_value(w);
	zd_out_json(w->out, s);
}

void
json_put_z(struct json_writer *w, const char *z)
{
	json_put_text(w, zd_str_of(z));
}

void
json_put_null(struct json_writer *w)
{
	json_put_raw(w, ZD_STR("null"));
}

void
json_put_int(struct json_writer *w, int64_t v)
{
	if (v == ZD_NO_INT) {
		json_put_null(w);
		return;
	}
	put_value(w);
	zd_out_int(w->out, v);
}

void
json_put_bool(struct json_writer *w, bool v)
{
	json_put_raw(w, v ? ZD_STR("true") : ZD_STR("false"));
}

void
json_put_member(struct json_writer *w, const char *name, struct zd_str s)
{
	json_put_name(w, name);
	json_put_text(w, s);
}

void
json_put_member_int(struct json_writer *w, const char *name, int64_t v)
{
	json_put_name(w, name);
	json_put_int(w, v);
}

void
json_put_member_bool(struct json_writer *w, const char *name, bool v)
{
	json_put_name(w, name);
	json_put_bool(w, v);
}
