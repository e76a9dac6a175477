/* book: the parts of a workbook around its sheets. */
#include "table/book.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "table/xml.h"

#define SHEETS_MAX 1000
#define STYLES_MAX 65536
#define FORMATS_MAX 65536             /* ids of number formats we remember */
#define TEXTS_MAX ((size_t)4 << 20)   /* shared texts */
#define TEXT_BYTES ((size_t)48 << 20) /* of all of them */

/* --- parts and relations ------------------------------------------------------------------- */

static struct zd_str
folder_of(struct zd_str part)
{
	size_t n = part.n;

	while (n && part.p[n - 1] != '/')
		n--;
	return (struct zd_str){ part.p, n };
}

/* The first name of a path, with the slash behind it. */
static struct zd_str
first_name(struct zd_str path)
{
	const char *slash = memchr(path.p, '/', path.n);

	return (struct zd_str){ path.p, slash ? (size_t)(slash - path.p) + 1 : path.n };
}

static bool
is_name(struct zd_str part, const char *name)
{
	if (part.n && part.p[part.n - 1] == '/')
		part.n--;
	return zd_str_equal(part, zd_str_of(name));
}

/* Adds a name to the path at p of n bytes, or goes up for ".."; false if that leaves the package. */
static bool
add_name(char *p, size_t *n, struct zd_str name)
{
	if (is_name(name, "..")) {
		struct zd_str up = { p, *n ? *n - 1 : 0 };
		bool inside = *n > 0;
		*n = folder_of(up).n;
		return inside;
	}
	if (is_name(name, "") || is_name(name, "."))
		return true;
	memcpy(p + *n, name.p, name.n);
	*n += name.n;
	return true;
}

struct zd_str
book_resolve(struct zd_arena *arena, struct zd_str from, struct zd_str target)
{
	bool absolute = target.n && target.p[0] == '/';
	const struct zd_str parts[] = { absolute ? ZD_STR("") : folder_of(from), target };
	struct zd_str rest = zd_str_join(arena, parts, 2, ZD_STR("")), name;
	char *p = zd_alloc(arena, rest.n + 1);
	size_t n = 0;

	for (; rest.n; rest = (struct zd_str){ rest.p + name.n, rest.n - name.n }) {
		name = first_name(rest);
		if (!add_name(p, &n, name))
			return (struct zd_str){ 0 };
	}
	return (struct zd_str){ p, n };
}

struct zd_str
book_relations_of(struct zd_arena *arena, struct zd_str part)
{
	struct zd_str folder = folder_of(part);
	const struct zd_str parts[] = {
		folder, ZD_STR("_rels/"), { part.p + folder.n, part.n - folder.n }, ZD_STR(".rels")
	};

	return zd_str_join(arena, parts, 4, ZD_STR(""));
}

struct relations {
	struct zd_arena *arena;
	struct zd_str from;
	book_relation_fn *fn;
	void *arg;
	int n;
};

static void
on_relation(struct xml *xml, const char *name, const char **attributes)
{
	struct relations *r = xml->arg;
	const char *id = xml_attribute(attributes, "Id"), *type = xml_attribute(attributes, "Type");
	const char *target = xml_attribute(attributes, "Target");
	const char *mode = xml_attribute(attributes, "TargetMode");

	if (strcmp(name, "Relationship") != 0 || !id || !type || !target ||
	    (mode && strcmp(mode, "External") == 0))
		return;
	if (++r->n > 10000) {
		xml_refuse(xml, "的关系过多");
		return;
	}
	const char *slash = strrchr(type, '/');
	struct zd_str part = book_resolve(r->arena, r->from, zd_str_of(target));
	if (part.p)
		r->fn(r->arg, zd_str_of(id), zd_str_of(slash ? slash + 1 : type), part);
}

enum zd_rc
book_read_relations(struct zd_cx *cx, const struct zip *zip, struct zd_arena *arena,
		    struct zd_str part, book_relation_fn *fn, void *arg)
{
	static const struct xml_handlers handlers = { .start = on_relation };
	struct relations r = { arena, part, fn, arg, 0 };
	const struct zip_member *member = zip_find(zip, book_relations_of(arena, part));

	return member ? xml_read(cx, zip, member, &handlers, &r) : ZD_OK;
}

/* --- the workbook -------------------------------------------------------------------------- */

struct opening {
	struct book *book;
	struct zd_str *ids; /* of the sheets */
};

static void
on_package_relation(void *arg, struct zd_str id, struct zd_str local, struct zd_str part)
{
	struct book *book = arg;

	(void)id;
	if (zd_str_equal(local, ZD_STR("officeDocument")) && !book->workbook.p)
		book->workbook = zd_str_copy(book->arena, part);
}

static void
on_workbook_relation(void *arg, struct zd_str id, struct zd_str local, struct zd_str part)
{
	struct opening *o = arg;
	struct book *book = o->book;
	const struct zip_member *member = zip_find(book->zip, part);

	if (zd_str_equal(local, ZD_STR("styles")))
		book->styles_part = member;
	if (zd_str_equal(local, ZD_STR("sharedStrings")))
		book->strings_part = member;
	for (size_t i = 0; i < book->n_sheets; i++)
		if (zd_str_equal(local, ZD_STR("worksheet")) && zd_str_equal(o->ids[i], id))
			book->sheets[i].part = member;
}

static void
on_workbook(struct xml *xml, const char *name, const char **attributes)
{
	struct opening *o = xml->arg;
	struct book *book = o->book;

	if (strcmp(name, "workbookPr") == 0)
		book->since_1904 = xml_is_true(xml_attribute(attributes, "date1904"));
	if (strcmp(name, "sheet") != 0 || xml->depth != 3)
		return;
	const char *title = xml_attribute(attributes, "name");
	const char *id = xml_attribute_any(attributes, "id");
	const char *state = xml_attribute(attributes, "state");
	if (!title || !id)
		return;
	if (book->n_sheets == SHEETS_MAX) {
		xml_refuse(xml, "的工作表过多");
		return;
	}
	book->sheets[book->n_sheets] = (struct book_sheet){
		.name = zd_str_copy(book->arena, zd_str_of(title)),
		.hidden = state && strcmp(state, "visible") != 0,
	};
	o->ids[book->n_sheets++] = zd_str_copy(book->arena, zd_str_of(id));
}

/* Charts and dialogs are sheets, too, but not worksheets; they go. */
static void
keep_worksheets(struct book *book)
{
	size_t n = 0;

	for (size_t i = 0; i < book->n_sheets; i++)
		if (book->sheets[i].part)
			book->sheets[n++] = book->sheets[i];
	book->n_sheets = n;
}

enum zd_rc
book_open(struct zd_cx *cx, const struct zip *zip, struct zd_arena *arena, struct book *ret)
{
	static const struct xml_handlers handlers = { .start = on_workbook };

	*ret = (struct book){ .zip = zip, .arena = arena };
	ret->sheets = zd_new_array(arena, struct book_sheet, SHEETS_MAX);
	struct opening o = { ret, zd_new_array(arena, struct zd_str, SHEETS_MAX) };
	ZD_TRY(book_read_relations(cx, zip, arena, ZD_STR(""), on_package_relation, ret));
	const struct zip_member *workbook = ret->workbook.p ? zip_find(zip, ret->workbook) : NULL;
	if (!workbook)
		return zd_fail(cx, ZD_INVALID, NULL,
			       "文件是 ZIP 但不是 Excel 工作簿（.xlsx），请用 Excel 或 WPS 另存为 "
			       ".xlsx 后再传");
	ZD_TRY(xml_read(cx, zip, workbook, &handlers, &o));
	ZD_TRY(book_read_relations(cx, zip, arena, ret->workbook, on_workbook_relation, &o));
	keep_worksheets(ret);
	if (!ret->n_sheets)
		return zd_fail(cx, ZD_INVALID, NULL, "工作簿里没有工作表");
	return ZD_OK;
}

/* --- styles -------------------------------------------------------------------------------- */

struct styling {
	struct book *book;
	uint8_t *kinds; /* of custom formats, by id */
	bool in_cell_formats;
};

static int
number_of(const char *value)
{
	int64_t v = 0;

	return value && zd_int_parse(zd_str_of(value), &v) && v >= 0 && v < INT32_MAX ? (int)v : 0;
}

static void
on_style(struct xml *xml, const char *name, const char **attributes)
{
	struct styling *s = xml->arg;
	struct book *book = s->book;

	if (strcmp(name, "cellXfs") == 0)
		s->in_cell_formats = true;
	int id = number_of(xml_attribute(attributes, "numFmtId"));
	const char *code = xml_attribute(attributes, "formatCode");
	if (strcmp(name, "numFmt") == 0 && code && xml->depth == 3 && id < FORMATS_MAX)
		s->kinds[id] = number_kind_of_code(zd_str_of(code));
	if (strcmp(name, "xf") != 0 || !s->in_cell_formats)
		return;
	if (book->n_styles == STYLES_MAX) {
		xml_refuse(xml, "的单元格样式过多（超过 65536 种）");
		return;
	}
	uint8_t custom = id < FORMATS_MAX ? s->kinds[id] : NUMBER_PLAIN;
	book->styles[book->n_styles++] = custom ? custom : number_kind_of_id(id);
}

static void
on_style_end(struct xml *xml, const char *name)
{
	struct styling *s = xml->arg;

	if (strcmp(name, "cellXfs") == 0)
		s->in_cell_formats = false;
}

static enum zd_rc
read_styles(struct zd_cx *cx, struct book *book)
{
	static const struct xml_handlers handlers = { .start = on_style, .end = on_style_end };
	struct styling s = { .book = book };

	if (!book->styles_part)
		return ZD_OK;
	s.kinds = zd_alloc(book->arena, FORMATS_MAX);
	book->styles = zd_alloc(book->arena, STYLES_MAX);
	return xml_read(cx, book->zip, book->styles_part, &handlers, &s);
}

/* --- shared texts -------------------------------------------------------------------------- */

struct sharing {
	struct book *book;
	size_t start, max_cell;
	bool in_item, in_text;
	int phonetic; /* depth of a phonetic run, 0: none */
};

static void
on_shared(struct xml *xml, const char *name, const char **attributes)
{
	struct sharing *s = xml->arg;

	(void)attributes;
	if (strcmp(name, "si") == 0 && xml->depth == 2) {
		s->in_item = true;
		s->start = s->book->n_bytes;
	}
	if (strcmp(name, "rPh") == 0 && !s->phonetic)
		s->phonetic = xml->depth;
	s->in_text = s->in_item && !s->phonetic && strcmp(name, "t") == 0;
}

static void
end_item(struct xml *xml, struct sharing *s)
{
	struct book *book = s->book;

	s->in_item = false;
	if (book->n_texts == TEXTS_MAX) {
		xml_refuse(xml, "的文本过多，请分成几个文件");
		return;
	}
	size_t n = book_unescape(book->texts + s->start, book->n_bytes - s->start);
	book->n_bytes = s->start + n;
	book->ends[book->n_texts++] = (uint32_t)book->n_bytes;
}

static void
on_shared_end(struct xml *xml, const char *name)
{
	struct sharing *s = xml->arg;

	s->in_text = false;
	if (s->phonetic == xml->depth)
		s->phonetic = 0;
	if (strcmp(name, "si") == 0 && xml->depth == 2)
		end_item(xml, s);
}

static void
on_shared_text(struct xml *xml, struct zd_str text)
{
	struct sharing *s = xml->arg;
	struct book *book = s->book;

	if (!s->in_text)
		return;
	if (text.n > TEXT_BYTES - book->n_bytes)
		xml_refuse(xml, "的文本过多，请分成几个文件");
	else if (book->n_bytes + text.n - s->start > s->max_cell)
		xml_refuse(xml, "里有过长的单元格内容");
	else {
		memcpy(book->texts + book->n_bytes, text.p, text.n);
		book->n_bytes += text.n;
	}
}

static void *
map(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static enum zd_rc
read_texts(struct zd_cx *cx, struct book *book, size_t max_cell)
{
	static const struct xml_handlers handlers = { on_shared, on_shared_end, on_shared_text };
	struct sharing s = { .book = book, .max_cell = max_cell };

	if (!book->strings_part)
		return ZD_OK;
	book->texts = map(TEXT_BYTES);
	book->ends = map(TEXTS_MAX * sizeof(*book->ends));
	if (!book->texts || !book->ends)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	return xml_read(cx, book->zip, book->strings_part, &handlers, &s);
}

enum zd_rc
book_read_cells(struct zd_cx *cx, struct book *book, size_t max_cell)
{
	ZD_TRY(read_styles(cx, book));
	return read_texts(cx, book, max_cell);
}

void
book_close(struct book *book)
{
	if (book->texts)
		(void)munmap(book->texts, TEXT_BYTES);
	if (book->ends)
		(void)munmap(book->ends, TEXTS_MAX * sizeof(*book->ends));
	book->texts = NULL;
	book->ends = NULL;
}

bool
book_text(const struct book *book, int64_t index, struct zd_str *ret)
{
	if (index < 0 || (uint64_t)index >= book->n_texts)
		return false;
	size_t from = index ? book->ends[index - 1] : 0;
	*ret = (struct zd_str){ book->texts + from, book->ends[index] - from };
	return true;
}

/* --- escapes ------------------------------------------------------------------------------- */

/* The character of _xHHHH_ at p (of n left): a control but NUL, or the '_' of an escaped escape;
 * else -1. */
static int
escape_at(const char *p, size_t n)
{
	int v = 0;

	if (n < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
		return -1;
	for (int i = 2; i < 6; i++) {
		int d = zd_hex_value(p[i]);
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return (v > 0 && v < 0x20) || v == '_' ? v : -1;
}

size_t
book_unescape(char *p, size_t n)
{
	const char *at = n ? memmem(p, n, "_x", 2) : NULL;

	if (!at)
		return n;
	size_t to = (size_t)(at - p);
	for (size_t from = to; from < n;) {
		int c = escape_at(p + from, n - from);
		p[to] = p[from];
		if (c >= 0)
			p[to] = (char)c;
		to++;
		from += c < 0 ? 1 : 7;
	}
	return to;
}
