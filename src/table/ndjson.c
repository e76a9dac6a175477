/*
 * ndjson: one flat object a line, or a JSON array of them. No trees: a cursor runs once over the
 * bytes of a record and hands out slices; names are guessed from the record before. base/json.h is
 * the reference.
 */
#include <stdlib.h>
#include <string.h>

#include "table/input.h"
#include "table/reader.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define MAX_NAME 1024
#define MAX_DEPTH 64
#define LOOK_AHEAD 16 /* a fault nearer to the window's end may be for want of bytes */

/* A name, by its column. */
struct name {
	struct zd_str text;
	bool plain; /* stands between its quotes as it is, without escapes */
	uint32_t hash;
	unsigned next; /* the column that came after this one last time */
	uint64_t seen; /* serial of the record that had it last */
};

struct ndjson {
	struct table_reader base;
	struct input in;
	bool array;    /* records are items of an array */
	bool finished; /* the array is closed */
	bool first;    /* no item yet */
	int line;      /* of the window's start */
	uint64_t serial;
	struct table_cell *cells;
	struct name *names; /* by column */
	uint16_t *slots;    /* hash → column + 1 */
	size_t n_slots;
	unsigned expected; /* the column that should come next */
	char *text;        /* unescaped texts of the record */
	size_t n_text, cap_text;
};

/* A cursor over a record; the byte 0 at the end of the window (or line) stops every scan. */
struct cursor {
	struct ndjson *nd;
	const char *p, *end;
	const char *fault;
	int column; /* -1: none */
};

static bool
refuse(struct cursor *c, const char *fault)
{
	c->fault = fault;
	return false;
}

static inline void
skip_blanks(struct cursor *c)
{
	while (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r')
		c->p++;
}

/* --- texts --------------------------------------------------------------------------------- */

/* The first byte at or behind p that ends a plain run: '"', '\\' or a control. */
static inline const char *
plain_end(const char *p)
{
#ifdef __SSE2__
	for (;; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i stop =
			_mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
						  _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))),
				     _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v));
		unsigned bits = (unsigned)_mm_movemask_epi8(stop);
		if (bits)
			return p + __builtin_ctz(bits);
	}
#else
	while (*p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
#endif
}

/* Four hexadecimal digits at p; false if they are none. */
static bool
take_hex4(const char *p, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++) {
		int d = zd_hex_value(p[i]);
		if (d < 0)
			return false;
		v = v * 16 + (uint32_t)d;
	}
	*ret = v;
	return true;
}

/* \uXXXX at the cursor (behind the u), with its other half if it is a surrogate. */
static bool
take_unicode(struct cursor *c, char **to)
{
	uint32_t v, low;

	if (!take_hex4(c->p, &v))
		return refuse(c, "\\u 之后应为四位十六进制数");
	c->p += 4;
	if (v >= 0xD800 && v < 0xE000) {
		if (v >= 0xDC00 || c->p[0] != '\\' || c->p[1] != 'u' ||
		    !take_hex4(c->p + 2, &low) || low < 0xDC00 || low > 0xDFFF)
			return refuse(c, "有不成对的 UTF-16 代理码");
		c->p += 6;
		v = 0x10000 + ((v - 0xD800) << 10) + (low - 0xDC00);
	}
	if (v == 0)
		return refuse(c, "有空字符（\\u0000）");
	*to += zd_utf8_put(*to, v);
	return true;
}

/* An escape at the cursor (on the backslash). */
static bool
take_escape(struct cursor *c, char **to)
{
	static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	char e = c->p[1];

	c->p += 2;
	if (e == 'u')
		return take_unicode(c, to);
	for (size_t i = 0; e && i < sizeof(plain) - 1; i += 2)
		if (plain[i] == e) {
			*(*to)++ = plain[i + 1];
			return true;
		}
	c->p -= e ? 0 : 1;
	return refuse(c, "有不认识的转义");
}

static bool
text_ended_badly(struct cursor *c)
{
	return refuse(c, *c->p ? "文本里有未转义的控制字符" : "的文本没有结束");
}

/* The rest of a text that has escapes, from its first one; `from` is where the text began. */
static bool
take_escaped(struct cursor *c, const char *from, struct zd_str *ret)
{
	char *start = c->nd->text + c->nd->n_text, *to = start;

	for (;;) {
		memcpy(to, from, (size_t)(c->p - from));
		to += c->p - from;
		if (*c->p == '"')
			break;
		if (*c->p != '\\')
			return text_ended_badly(c);
		if (!take_escape(c, &to))
			return false;
		from = c->p;
		c->p = plain_end(c->p);
	}
	c->p++;
	c->nd->n_text += (size_t)(to - start);
	*ret = (struct zd_str){ start, (size_t)(to - start) };
	return true;
}

/* A text, the cursor on its opening quote. */
static inline bool
take_text(struct cursor *c, struct zd_str *ret)
{
	const char *from = ++c->p;

	c->p = plain_end(from);
	if (*c->p == '\\')
		return take_escaped(c, from, ret);
	if (*c->p != '"')
		return text_ended_badly(c);
	*ret = (struct zd_str){ from, (size_t)(c->p++ - from) };
	return true;
}

/* --- other values -------------------------------------------------------------------------- */

static const char *
skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* A number as it is written. */
static bool
take_number(struct cursor *c, struct zd_str *ret)
{
	const char *from = c->p, *p = from + (*from == '-'), *digits = p;

	p = skip_digits(p);
	if (p == digits || (*digits == '0' && p - digits > 1))
		return refuse(c, p == digits ? "的值不是 JSON" : "的数字以 0 开头");
	if (*p == '.') {
		digits = p + 1;
		p = skip_digits(digits);
		if (p == digits)
			return refuse(c, "的数字小数点后没有数字");
	}
	if ((*p | 32) == 'e') {
		digits = p + 1 + (p[1] == '+' || p[1] == '-');
		p = skip_digits(digits);
		if (p == digits)
			return refuse(c, "的数字指数不完整");
	}
	*ret = (struct zd_str){ from, (size_t)(p - from) };
	c->p = p;
	return true;
}

static bool
take_word(struct cursor *c, struct zd_str *ret)
{
	static const struct zd_str words[] = { ZD_LIT("null"), ZD_LIT("true"), ZD_LIT("false") };

	for (size_t i = 0; i < ZD_COUNT(words); i++)
		if (strncmp(c->p, words[i].p, words[i].n) == 0) {
			*ret = i == 0 ? (struct zd_str){ 0 } : (struct zd_str){ c->p, words[i].n };
			c->p += words[i].n;
			return true;
		}
	return refuse(c, "的值不是 JSON");
}

static bool
take_scalar(struct cursor *c, struct zd_str *ret)
{
	if (*c->p == '"')
		return take_text(c, ret);
	if (*c->p == '-' || (*c->p >= '0' && *c->p <= '9'))
		return take_number(c, ret);
	if (*c->p == '{')
		return refuse(c, "的值是对象，应为文本、数字或文本的列表");
	if (*c->p == '[')
		return refuse(c, "的列表里还有列表");
	return take_word(c, ret);
}

static void
append(struct ndjson *nd, struct zd_str s)
{
	/* An unescaped item may lie just where it is to go. */
	if (s.n)
		memmove(nd->text + nd->n_text, s.p, s.n);
	nd->n_text += s.n;
}

/* A list of texts becomes one text with commas between. Never longer than it was written. */
static bool
take_list(struct cursor *c, struct zd_str *ret)
{
	struct ndjson *nd = c->nd;
	size_t from = nd->n_text, count = 0;

	c->p++;
	for (skip_blanks(c); count == 0 ? *c->p != ']' : *c->p == ','; skip_blanks(c)) {
		struct zd_str item = { 0 };
		c->p += count > 0;
		skip_blanks(c);
		size_t at = nd->n_text;
		nd->n_text += count > 0; /* room for the comma */
		size_t start = nd->n_text;
		if (!take_scalar(c, &item))
			return false;
		nd->n_text = start;
		if (count++)
			nd->text[at] = ',';
		append(nd, item);
	}
	if (*c->p != ']')
		return refuse(c, "的列表没有结束");
	c->p++;
	*ret = (struct zd_str){ nd->text + from, nd->n_text - from };
	if (!ret->n)
		*ret = (struct zd_str){ 0 };
	return true;
}

/* --- names --------------------------------------------------------------------------------- */

static uint32_t
hash_of(struct zd_str s)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619U;
	return h;
}

/* The slot that holds the name or would. */
static uint16_t *
slot_of(const struct ndjson *nd, struct zd_str text, uint32_t hash)
{
	size_t at = hash & (nd->n_slots - 1);

	while (nd->slots[at]) {
		const struct name *name = &nd->names[nd->slots[at] - 1];
		if (name->hash == hash && zd_str_equal(name->text, text))
			break;
		at = (at + 1) & (nd->n_slots - 1);
	}
	return &nd->slots[at];
}

static bool
is_plain(struct zd_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '"' || text.p[i] == '\\' || (unsigned char)text.p[i] < 0x20)
			return false;
	return true;
}

/* A name not met before becomes the next heading. */
static bool
add_name(struct cursor *c, struct zd_str text, uint32_t hash, uint16_t *slot)
{
	struct ndjson *nd = c->nd;
	size_t n = nd->base.n_headings;

	if (n >= nd->base.options.limits.max_columns)
		return refuse(c, "字段个数超过上限");
	if (text.n > MAX_NAME || input_check_utf8(text.p, text.n) < text.n)
		return refuse(c,
			      text.n > MAX_NAME ? "字段名过长" : "字段名有不是 UTF-8 编码的字节");
	table_add_heading(&nd->base, text);
	nd->names[n] = (struct name){ .text = nd->base.headings[n],
				      .plain = is_plain(text),
				      .hash = hash,
				      .next = (unsigned)n + 1 };
	nd->cells[n] = (struct table_cell){ 0 };
	*slot = (uint16_t)(n + 1);
	c->column = (int)n;
	return true;
}

static bool
find_name(struct cursor *c, struct zd_str text)
{
	uint32_t hash = hash_of(text);
	uint16_t *slot = slot_of(c->nd, text, hash);

	if (!*slot)
		return add_name(c, text, hash, slot);
	c->column = *slot - 1;
	return true;
}

/* Whether the name at the cursor (on its quote) is the one that came here last time. */
static inline bool
is_expected(const struct cursor *c)
{
	const struct ndjson *nd = c->nd;

	if (nd->expected >= nd->base.n_headings)
		return false;
	const struct name *name = &nd->names[nd->expected];
	return name->plain && (size_t)(c->end - c->p) > name->text.n + 1 &&
	       c->p[1 + name->text.n] == '"' && memcmp(c->p + 1, name->text.p, name->text.n) == 0;
}

/* The name at the cursor; sets its column, learns the order, refuses a second one in a record. */
static bool
take_name(struct cursor *c, unsigned before)
{
	struct ndjson *nd = c->nd;
	struct zd_str text = { 0 };

	c->column = -1;
	if (*c->p != '"')
		return refuse(c, *c->p ? "字段名应为双引号里的文本" : "记录没有结束");
	if (is_expected(c)) {
		c->column = (int)nd->expected;
		c->p += nd->names[nd->expected].text.n + 2;
	} else if (!take_text(c, &text) || !find_name(c, text)) {
		return false;
	} else if (before < nd->base.n_headings) {
		nd->names[before].next = (unsigned)c->column;
	}
	struct name *name = &nd->names[c->column];
	if (name->seen == nd->serial)
		return refuse(c, "出现了两次");
	name->seen = nd->serial;
	nd->expected = name->next;
	return true;
}

/* --- records ------------------------------------------------------------------------------- */

static bool
take_member(struct cursor *c, unsigned before)
{
	struct ndjson *nd = c->nd;
	struct zd_str value = { 0 };

	if (!take_name(c, before))
		return false;
	if (*c->p != ':') {
		skip_blanks(c);
		if (*c->p != ':')
			return refuse(c, "之后应为冒号");
	}
	c->p++;
	if (*c->p != '"')
		skip_blanks(c);
	bool ok = *c->p == '"'   ? take_text(c, &value)
		  : *c->p == '[' ? take_list(c, &value)
				 : take_scalar(c, &value);
	if (!ok)
		return false;
	if (value.n > nd->base.options.limits.max_cell)
		return refuse(c, "的内容过长");
	nd->cells[c->column].text = value;
	return true;
}

/* Behind a member: a comma and another one, or the end. */
static bool
pass_comma(struct cursor *c, bool *ret_end)
{
	if (*c->p != ',' && *c->p != '}')
		skip_blanks(c);
	*ret_end = *c->p == '}';
	if (!*ret_end && *c->p != ',')
		return refuse(c, *c->p ? "之后应为逗号或 }" : "之后的内容不完整，记录没有结束");
	c->p++;
	if (!*ret_end && *c->p != '"')
		skip_blanks(c);
	return true;
}

static void
begin_record(struct ndjson *nd)
{
	nd->n_text = 0;
	nd->serial++;
	nd->expected = 0;
	for (size_t i = 0; i < nd->base.n_headings; i++)
		nd->cells[i] = (struct table_cell){ 0 };
}

/* An object at the cursor. False: c->fault says why, c->column where. */
static bool
take_record(struct cursor *c)
{
	unsigned before = UINT32_MAX;
	bool end = false;

	begin_record(c->nd);
	c->column = -1;
	if (*c->p != '{')
		return refuse(c, *c->p ? "不是 JSON 对象（{…}）" : "记录没有结束");
	c->p++;
	skip_blanks(c);
	if (*c->p == '}') {
		c->p++;
		return true;
	}
	while (!end) {
		if (!take_member(c, before) || !pass_comma(c, &end))
			return false;
		before = (unsigned)c->column;
	}
	return true;
}

static enum zd_rc
reserve_text(struct zd_cx *cx, struct ndjson *nd)
{
	if (nd->cap_text >= nd->in.cap + INPUT_PAD)
		return ZD_OK;
	char *p = realloc(nd->text, nd->in.cap + INPUT_PAD);
	if (!p)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	nd->text = p;
	nd->cap_text = nd->in.cap + INPUT_PAD;
	return ZD_OK;
}

static void
give_fault(struct ndjson *nd, const struct cursor *c, struct table_row *ret)
{
	struct zd_arena *arena = nd->base.row_arena;

	ret->n = 0;
	ret->broken_column = c->column;
	ret->broken = zd_str_of(c->fault);
	if (c->column >= 0)
		ret->broken = zd_str_printf(arena, "字段「%.*s」%s",
					    ZD_STR_ARG(nd->base.headings[c->column]), c->fault);
}

/* The bytes of a record are text; if not, the record is broken. */
static void
check_bytes(struct ndjson *nd, const char *start, size_t n, struct table_row *ret)
{
	size_t bad = input_check_utf8(start, n);

	if (bad == n)
		return;
	struct cursor c = { .fault = "有不是 UTF-8 编码的字节", .column = -1 };
	for (size_t i = 0; i < nd->base.n_headings; i++) {
		struct zd_str text = nd->cells[i].text;
		if (text.p && text.p <= start + bad && start + bad < text.p + text.n)
			c.column = (int)i;
	}
	give_fault(nd, &c, ret);
}

static void
give_record(struct ndjson *nd, const char *start, size_t n, struct table_row *ret)
{
	ret->cells = nd->cells;
	ret->n = nd->base.n_headings;
	ret->raw = (struct zd_str){ start, n < TABLE_RAW_MAX ? n : TABLE_RAW_MAX };
}

/* --- lines --------------------------------------------------------------------------------- */

/* The line at the window's start, without its end. ZD_NOT_FOUND: no more. ZD_TOO_LARGE: too long.
 */
static enum zd_rc
find_line(struct zd_cx *cx, struct input *in, struct zd_str *ret)
{
	size_t seen = 0;

	for (;;) {
		char *p = in->p + in->start;
		size_t n = in->end - in->start;
		char *lf = n > seen ? memchr(p + seen, '\n', n - seen) : NULL;
		if (lf || in->eof) {
			*ret = (struct zd_str){ p, lf ? (size_t)(lf - p) : n };
			return lf || n ? ZD_OK : ZD_NOT_FOUND;
		}
		seen = n;
		ZD_TRY(input_more(cx, in));
	}
}

/* A line that never fits the window. */
static enum zd_rc
give_long_line(struct zd_cx *cx, struct ndjson *nd, struct table_row *ret)
{
	struct input *in = &nd->in;

	ret->broken = ZD_STR("记录超过长度上限");
	nd->line++;
	for (;;) {
		char *lf = input_find(in, '\n');
		in->start = lf ? (size_t)(lf - in->p) + 1 : in->end;
		if (lf || in->eof)
			return ZD_OK;
		ZD_TRY(input_more(cx, in));
	}
}

static const char *
fault_behind_record(struct cursor *c, const char *end)
{
	skip_blanks(c);
	if (c->p == end)
		return NULL;
	c->column = -1;
	return "在 } 之后还有内容，每行应只有一个对象";
}

/* The record that is the line; its end has become the byte 0. */
static void
take_line(struct ndjson *nd, struct zd_str line, struct table_row *ret)
{
	const char *end = line.p + line.n;
	struct cursor c = { .nd = nd, .p = line.p, .end = end, .column = -1 };

	skip_blanks(&c);
	if (take_record(&c))
		c.fault = fault_behind_record(&c, end);
	else if (!*c.p && c.p < end)
		c.fault = "有空字符（NUL）";
	give_record(nd, line.p, line.n, ret);
	if (c.fault)
		give_fault(nd, &c, ret);
	else
		check_bytes(nd, line.p, line.n, ret);
}

static bool
is_blank(struct zd_str line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\r')
			return false;
	return true;
}

static enum zd_rc
next_line(struct zd_cx *cx, struct ndjson *nd, struct table_row *ret)
{
	struct input *in = &nd->in;
	struct zd_str line;

	do {
		ret->line = nd->line;
		enum zd_rc rc = find_line(cx, in, &line);
		if (rc == ZD_TOO_LARGE)
			return give_long_line(cx, nd, ret);
		ZD_TRY(rc);
		size_t after = in->start + line.n;
		in->p[after] = 0; /* was the line end, or lies behind the last line */
		in->start = after + (after < in->end);
		nd->line++;
	} while (is_blank(line));
	ZD_TRY(reserve_text(cx, nd));
	take_line(nd, line, ret);
	return ZD_OK;
}

/* --- an array ------------------------------------------------------------------------------ */

/* Moves the window's start to p. */
static void
pass(struct ndjson *nd, const char *p)
{
	struct input *in = &nd->in;
	const char *lf;

	for (size_t n; (n = (size_t)(p - in->p) - in->start);
	     in->start = (size_t)(lf - in->p) + 1) {
		lf = memchr(in->p + in->start, '\n', n);
		if (!lf)
			break;
		nd->line++;
	}
	in->start = (size_t)(p - in->p);
}

/* Brings a byte that is no blank into sight; ZD_NOT_FOUND at the end. */
static enum zd_rc
pass_blanks(struct zd_cx *cx, struct ndjson *nd)
{
	struct input *in = &nd->in;

	for (;;) {
		input_seal(in);
		struct cursor c = { .nd = nd, .p = in->p + in->start };
		skip_blanks(&c);
		pass(nd, c.p);
		if (in->start < in->end)
			return ZD_OK;
		if (in->eof)
			return ZD_NOT_FOUND;
		ZD_TRY(input_more(cx, in));
	}
}

/* Behind a broken item: to the next line that begins as an item does, or the end. */
static enum zd_rc
resume_at_line(struct zd_cx *cx, struct ndjson *nd)
{
	struct input *in = &nd->in;

	for (;;) {
		char *lf = input_find(in, '\n');
		pass(nd, lf ? lf + 1 : in->p + in->end);
		if (!lf && in->eof)
			return ZD_OK;
		if (!lf) {
			ZD_TRY(input_more(cx, in));
			continue;
		}
		enum zd_rc rc = pass_blanks(cx, nd);
		if (rc == ZD_NOT_FOUND)
			return ZD_OK;
		ZD_TRY(rc);
		char c = in->p[in->start];
		nd->first = c != ','; /* no comma need stand before the next one */
		if (c == '{' || c == ']' || c == ',')
			return ZD_OK;
	}
}

/* The quote that ends the text at p; end if it is not in sight; NULL: the line ends first. */
static const char *
text_end(const char *p, const char *end)
{
	for (; p < end && *p != '"'; p++) {
		if (*p == '\n')
			return NULL;
		p += *p == '\\';
	}
	return p < end ? p : end;
}

static int
depth_step(char c)
{
	return (c == '{' || c == '[') - (c == '}' || c == ']');
}

static bool
ends_item(char c, int depth)
{
	return c == ',' ? depth == 0 : depth <= 0 && depth_step(c) < 0;
}

/*
 * The end of the item at p, by its braces and texts alone; end if it is not in sight. NULL: a text
 * with a line end in it or nesting without end, given up at once, so that a file full of broken
 * items is not searched through for each of them.
 */
static const char *
item_end(const char *p, const char *end)
{
	for (int depth = 0; p < end && depth <= MAX_DEPTH; p++) {
		if (*p == '"') {
			p = text_end(p + 1, end);
			if (!p || p == end)
				return p;
			continue;
		}
		depth += depth_step(*p);
		if (ends_item(*p, depth))
			return p + (depth == 0 && *p != ',');
	}
	return p < end ? NULL : end;
}

/* An item was broken: goes on behind it if its end can be told, else at the next line. */
static enum zd_rc
resume(struct zd_cx *cx, struct ndjson *nd)
{
	struct input *in = &nd->in;

	for (;;) {
		const char *stop = item_end(in->p + in->start, in->p + in->end);
		if (!stop)
			break;
		struct cursor c = { .nd = nd, .p = stop };
		input_seal(in);
		skip_blanks(&c);
		if (*c.p == ',' || *c.p == ']') {
			pass(nd, stop);
			return ZD_OK;
		}
		if (*c.p || in->eof)
			break;
		enum zd_rc rc = input_more(cx, in);
		if (rc == ZD_TOO_LARGE)
			break;
		ZD_TRY(rc);
	}
	return resume_at_line(cx, nd);
}

/* The bytes up to p, safe from a moving window. */
static void
copy_raw(struct ndjson *nd, const char *p, struct table_row *ret)
{
	const char *start = nd->in.p + nd->in.start;
	size_t n = (size_t)(p - start);

	n = n < TABLE_RAW_MAX ? n : TABLE_RAW_MAX;
	ret->raw = zd_str_copy(nd->base.row_arena, (struct zd_str){ start, n });
}

static enum zd_rc
give_broken_item(struct zd_cx *cx, struct ndjson *nd, struct cursor *c, struct table_row *ret)
{
	const char *end = nd->in.p + nd->in.end;
	const char *stop = item_end(nd->in.p + nd->in.start, end);

	if (!*c->p && c->p < end)
		c->fault = "有空字符（NUL）";
	give_fault(nd, c, ret);
	copy_raw(nd, stop ? stop : end, ret);
	return resume(cx, nd);
}

/* The item at the window's start, which may not be wholly in sight yet. */
static enum zd_rc
take_item(struct zd_cx *cx, struct ndjson *nd, struct table_row *ret)
{
	struct input *in = &nd->in;

	for (;;) {
		ZD_TRY(reserve_text(cx, nd));
		input_seal(in);
		struct cursor c = {
			.nd = nd, .p = in->p + in->start, .end = in->p + in->end, .column = -1
		};
		ret->line = nd->line;
		if (take_record(&c)) {
			const char *start = in->p + in->start;
			give_record(nd, start, (size_t)(c.p - start), ret);
			check_bytes(nd, start, (size_t)(c.p - start), ret);
			pass(nd, c.p);
			return ZD_OK;
		}
		if (c.end - c.p > LOOK_AHEAD || in->eof)
			return give_broken_item(cx, nd, &c, ret);
		enum zd_rc rc = input_more(cx, in);
		if (rc == ZD_TOO_LARGE) {
			c.fault = "记录超过长度上限";
			c.column = -1;
			return give_broken_item(cx, nd, &c, ret);
		}
		ZD_TRY(rc);
	}
}

static enum zd_rc
give_array_end(struct zd_cx *cx, struct ndjson *nd, struct table_row *ret)
{
	ret->line = nd->line;
	ret->broken = ZD_STR("文件不完整：数组没有以 ] 结束，之后的记录可能没有传到");
	nd->finished = true;
	(void)cx;
	return ZD_OK;
}

static enum zd_rc
pass_array_end(struct zd_cx *cx, struct ndjson *nd, struct table_row *ret)
{
	nd->finished = true;
	nd->in.start++;
	enum zd_rc rc = pass_blanks(cx, nd);
	if (rc != ZD_OK)
		return rc;
	ret->line = nd->line;
	ret->broken = ZD_STR("在数组的 ] 之后还有内容，没有读取");
	nd->in.start = nd->in.end;
	return ZD_OK;
}

static enum zd_rc
next_item(struct zd_cx *cx, struct ndjson *nd, struct table_row *ret)
{
	struct input *in = &nd->in;

	if (nd->finished)
		return ZD_NOT_FOUND;
	enum zd_rc rc = pass_blanks(cx, nd);
	if (rc == ZD_NOT_FOUND)
		return give_array_end(cx, nd, ret);
	ZD_TRY(rc);
	if (in->p[in->start] == ']')
		return pass_array_end(cx, nd, ret);
	if (!nd->first && in->p[in->start] != ',') {
		ret->line = nd->line;
		ret->broken = ZD_STR("之前缺少逗号");
		return resume(cx, nd);
	}
	if (!nd->first) {
		in->start++;
		rc = pass_blanks(cx, nd);
		if (rc == ZD_NOT_FOUND)
			return give_array_end(cx, nd, ret);
		ZD_TRY(rc);
	}
	nd->first = false;
	return take_item(cx, nd, ret);
}

/* --- the reader ---------------------------------------------------------------------------- */

static enum zd_rc
ndjson_next(struct zd_cx *cx, struct table_reader *reader, struct table_row *ret)
{
	struct ndjson *nd = (struct ndjson *)reader;

	*ret = (struct table_row){ .broken_column = -1 };
	return nd->array ? next_item(cx, nd, ret) : next_line(cx, nd, ret);
}

static enum zd_rc
ndjson_rewind(struct zd_cx *cx, struct table_reader *reader)
{
	struct ndjson *nd = (struct ndjson *)reader;

	input_rewind(&nd->in);
	nd->line = 1;
	nd->finished = false;
	nd->first = true;
	enum zd_rc rc = pass_blanks(cx, nd);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_INVALID, NULL, "文件里没有任何一行数据");
	ZD_TRY(rc);
	nd->array = nd->in.p[nd->in.start] == '[';
	nd->in.start += nd->array;
	return ZD_OK;
}

static int64_t
ndjson_bytes_read(const struct table_reader *reader)
{
	return ((const struct ndjson *)reader)->in.at;
}

static void
ndjson_close(struct table_reader *reader)
{
	struct ndjson *nd = (struct ndjson *)reader;

	input_close(&nd->in);
	free(nd->cells);
	free(nd->names);
	free(nd->slots);
	free(nd->text);
}

static const struct table_kind ndjson_kind = { ndjson_next, ndjson_rewind, ndjson_bytes_read,
					       ndjson_close };

static enum zd_rc
allocate(struct zd_cx *cx, struct ndjson *nd)
{
	size_t n = nd->base.options.limits.max_columns;

	for (nd->n_slots = 64; nd->n_slots < n * 2;)
		nd->n_slots *= 2;
	nd->cells = calloc(n, sizeof(*nd->cells));
	nd->names = calloc(n, sizeof(*nd->names));
	nd->slots = calloc(nd->n_slots, sizeof(*nd->slots));
	if (!nd->cells || !nd->names || !nd->slots)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	return ZD_OK;
}

static enum zd_rc
open_parts(struct zd_cx *cx, struct ndjson *nd, int fd)
{
	const struct table_limits *l = &nd->base.options.limits;
	struct table_heading unused;

	ZD_TRY(allocate(cx, nd));
	ZD_TRY(input_open(cx, fd, l->max_row, l->max_bytes, true, &nd->in));
	if (nd->in.after_bom)
		table_note(&nd->base, "文件开头有 BOM，已忽略");
	ZD_TRY(ndjson_rewind(cx, &nd->base));
	return table_find_heading(cx, &nd->base, &unused); /* learns the names */
}

enum zd_rc
ndjson_open(struct zd_cx *cx, int fd, const struct table_options *options,
	    struct table_reader **ret)
{
	struct ndjson *nd = calloc(1, sizeof(*nd));

	if (!nd)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	table_reader_init(&nd->base, &ndjson_kind, options, TABLE_NDJSON);
	nd->base.in_hints = false;
	enum zd_rc rc = open_parts(cx, nd, fd);
	if (rc != ZD_OK) {
		table_close(&nd->base);
		return rc;
	}
	*ret = &nd->base;
	return ZD_OK;
}
