/* The rules of the catalogue and its snapshot. Decides; reads and writes nothing. */
#include "catalog/catalog.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_DIGITS 14

int64_t
catalog_owner_by_name(struct zd_str standard, int64_t dept)
{
	static const struct zd_str city[] = { ZD_LIT("main_item"), ZD_LIT("sub_item"),
					      ZD_LIT("check_content"), ZD_LIT("random_item") };

	for (size_t i = 0; i < ZD_COUNT(city); i++)
		if (zd_str_equal(standard, city[i]))
			return 0;
	return dept;
}

int64_t
catalog_owner(const struct standard *std, int64_t dept)
{
	return catalog_owner_by_name(std->name, dept);
}

int64_t
catalog_item_number(struct zd_str code)
{
	int64_t v;

	if (code.n != ITEM_DIGITS || code.p[0] == '-' || !zd_int_parse(code, &v))
		return 0;
	return v;
}

struct zd_str
catalog_item_code(struct zd_arena *arena, int64_t item)
{
	return zd_str_printf(arena, "%014" PRId64, item);
}

/* --- order ------------------------------------------------------------------------------- */

#define ORDER(a, b)                                                                                \
	if ((a) != (b))                                                                            \
	return (a) < (b) ? -1 : 1

static int
event_order(const void *va, const void *vb)
{
	const struct catalog_event *a = va, *b = vb;

	ORDER(a->item, b->item);
	ORDER(a->dept, b->dept);
	ORDER(a->seq, b->seq);
	return 0;
}

static int
list_order(const void *va, const void *vb)
{
	const struct catalog_list *a = va, *b = vb;

	return zd_str_compare(a->code, b->code);
}

static int
officer_order(const void *va, const void *vb)
{
	const struct catalog_officer *a = va, *b = vb;

	ORDER(a->certificate, b->certificate);
	ORDER(a->dept, b->dept);
	return 0;
}

static int
known_order(const void *va, const void *vb)
{
	const struct catalog_known *a = va, *b = vb;

	ORDER(a->print, b->print);
	return zd_str_compare(a->merged, b->merged);
}

static int
name_order(const void *va, const void *vb)
{
	const struct catalog_name *a = va, *b = vb;

	ORDER(a->item, b->item);
	return 0;
}

static void
sort(void *base, size_t n, size_t size, int (*order)(const void *, const void *))
{
	if (n > 1)
		qsort(base, n, size, order);
}

void
catalog_snapshot_sort(struct catalog_snapshot *s)
{
	sort(s->events, s->n_events, sizeof(*s->events), event_order);
	sort(s->lists, s->n_lists, sizeof(*s->lists), list_order);
	sort(s->officers, s->n_officers, sizeof(*s->officers), officer_order);
	sort(s->known, s->n_known, sizeof(*s->known), known_order);
	sort(s->names, s->n_names, sizeof(*s->names), name_order);
}

/* The first place in a sorted array that is not before key. */
static size_t
lower(const void *base, size_t n, size_t size, const void *key,
      int (*order)(const void *, const void *))
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (order((const char *)base + mid * size, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* --- questions --------------------------------------------------------------------------- */

enum catalog_what
catalog_what_on(const struct catalog_snapshot *s, int64_t item, int64_t dept, int32_t day,
		int64_t known_at)
{
	struct catalog_event key = { .item = item, .dept = dept, .seq = INT64_MIN };
	size_t i = lower(s->events, s->n_events, sizeof(key), &key, event_order);
	enum catalog_what what = CATALOG_NOTHING;

	for (; i < s->n_events && s->events[i].item == item && s->events[i].dept == dept; i++)
		if (s->events[i].from <= day && s->events[i].at <= known_at)
			what = (enum catalog_what)s->events[i].what;
	return what;
}

const struct catalog_name *
catalog_name_find(const struct catalog_snapshot *s, int64_t item)
{
	struct catalog_name key = { .item = item };
	size_t i = lower(s->names, s->n_names, sizeof(key), &key, name_order);

	return i < s->n_names && s->names[i].item == item ? &s->names[i] : NULL;
}

struct zd_str
catalog_name_of(const struct catalog_snapshot *s, int64_t item)
{
	const struct catalog_name *found = catalog_name_find(s, item);

	return found ? found->name : (struct zd_str){ 0 };
}

const struct catalog_list *
catalog_list_find(const struct catalog_snapshot *s, struct zd_str code)
{
	struct catalog_list key = { .code = code };
	size_t i = lower(s->lists, s->n_lists, sizeof(key), &key, list_order);

	return i < s->n_lists && zd_str_equal(s->lists[i].code, code) ? &s->lists[i] : NULL;
}

struct zd_str
catalog_what_name(enum catalog_what what)
{
	switch (what) {
	case CATALOG_NOTHING: return ZD_STR("草稿");
	case CATALOG_IN_USE: return ZD_STR("在用");
	case CATALOG_CANCELLED: return ZD_STR("取消");
	case CATALOG_SUSPENDED: return ZD_STR("暂停");
	case CATALOG_CLAIMED: return ZD_STR("已认领");
	case CATALOG_RELEASED: return ZD_STR("已退领");
	case CATALOG_WRITTEN_OFF: return ZD_STR("已核销");
	}
	return ZD_STR("");
}

static void
put_day(struct zd_out *out, int32_t day)
{
	int y, m, d;

	zd_day_split(day, &y, &m, &d);
	zd_out_printf(out, "%04d-%02d-%02d", y, m, d);
}

static void
put_item(struct zd_out *out, const struct catalog_snapshot *s, struct zd_str item, int64_t number)
{
	struct zd_str name = catalog_name_of(s, number);

	zd_out_write(out, ZD_STR("事项"));
	zd_out_write(out, item);
	if (!name.p)
		return;
	zd_out_write(out, ZD_STR("「"));
	zd_out_write(out, name);
	zd_out_write(out, ZD_STR("」"));
}

/* The first day from which (item, dept) was published or claimed, as known then; ZD_NO_DAY: never. */
static int32_t
first_day(const struct catalog_snapshot *s, int64_t item, int64_t dept, int64_t known_at)
{
	struct catalog_event key = { .item = item, .dept = dept, .seq = INT64_MIN };
	int32_t first = ZD_NO_DAY;

	for (size_t i = lower(s->events, s->n_events, sizeof(key), &key, event_order);
	     i < s->n_events && s->events[i].item == item && s->events[i].dept == dept; i++) {
		const struct catalog_event *e = &s->events[i];
		bool begins = e->what == CATALOG_IN_USE || e->what == CATALOG_CLAIMED;
		if (begins && e->at <= known_at && (first == ZD_NO_DAY || e->from < first))
			first = e->from;
	}
	return first;
}

/* A day before the first, or no day at all: who must act does something else in each case. */
static void
put_unpublished(struct zd_out *why, const struct catalog_snapshot *s, int64_t number, int32_t day,
		int64_t known_at)
{
	int32_t first = first_day(s, number, 0, known_at);

	if (first == ZD_NO_DAY) {
		zd_out_write(why, ZD_STR("不在监管事项目录清单内"));
		return;
	}
	zd_out_write(why, ZD_STR("在"));
	put_day(why, day);
	zd_out_write(why, ZD_STR("尚未发布，自"));
	put_day(why, first);
	zd_out_write(why, ZD_STR("起在用"));
}

bool
catalog_check_lawful(const struct catalog_snapshot *s, struct zd_str item, int64_t dept,
		     int32_t day, int64_t known_at, struct zd_out *why)
{
	int64_t number = catalog_item_number(item);
	enum catalog_what state = catalog_what_on(s, number, 0, day, known_at);

	if (state != CATALOG_IN_USE) {
		put_item(why, s, item, number);
		if (state == CATALOG_NOTHING) {
			put_unpublished(why, s, number, day, known_at);
			return false;
		}
		zd_out_write(why, ZD_STR("在"));
		put_day(why, day);
		zd_out_write(why, ZD_STR("的状态为"));
		zd_out_write(why, catalog_what_name(state));
		return false;
	}
	enum catalog_what claim = catalog_what_on(s, number, dept, day, known_at);
	if (claim == CATALOG_CLAIMED)
		return true;
	put_item(why, s, item, number);
	zd_out_write(why, ZD_STR("在"));
	put_day(why, day);
	if (claim == CATALOG_NOTHING) {
		int32_t first = first_day(s, number, dept, known_at);
		zd_out_write(why, ZD_STR("未由报送部门认领"));
		if (first != ZD_NO_DAY) {
			zd_out_write(why, ZD_STR("（自"));
			put_day(why, first);
			zd_out_write(why, ZD_STR("起才认领）"));
		}
	} else {
		zd_out_write(why, ZD_STR("报送部门"));
		zd_out_write(why, catalog_what_name(claim));
	}
	return false;
}

enum zd_rc
catalog_check_step(struct zd_cx *cx, enum catalog_what now, enum catalog_what next)
{
	/* Which step may follow which: rows now, columns next. */
	static const struct {
		enum catalog_what now, next;
	} may[] = {
		{ CATALOG_NOTHING, CATALOG_IN_USE },       { CATALOG_IN_USE, CATALOG_SUSPENDED },
		{ CATALOG_IN_USE, CATALOG_CANCELLED },     { CATALOG_SUSPENDED, CATALOG_IN_USE },
		{ CATALOG_SUSPENDED, CATALOG_CANCELLED },  { CATALOG_NOTHING, CATALOG_CLAIMED },
		{ CATALOG_RELEASED, CATALOG_CLAIMED },     { CATALOG_WRITTEN_OFF, CATALOG_CLAIMED },
		{ CATALOG_CLAIMED, CATALOG_RELEASED },     { CATALOG_NOTHING, CATALOG_WRITTEN_OFF },
		{ CATALOG_RELEASED, CATALOG_WRITTEN_OFF },
	};

	for (size_t i = 0; i < ZD_COUNT(may); i++)
		if (may[i].now == now && may[i].next == next)
			return ZD_OK;
	struct zd_str from = catalog_what_name(now), to = catalog_what_name(next);
	return zd_fail(cx, ZD_REFUSED, "state", "当前为「%.*s」，不能改为「%.*s」",
		       ZD_STR_ARG(from), ZD_STR_ARG(to));
}

/* --- the judge's questions --------------------------------------------------------------- */

uint64_t
catalog_key_print(struct zd_str standard, int64_t dept, struct zd_str key)
{
	return standard_print(
		(struct zd_str[]){
			ZD_STR("key"), standard, { (const char *)&dept, sizeof(dept) }, key },
		4);
}

uint64_t
catalog_merge_print(struct zd_str standard, int64_t dept, uint64_t print)
{
	return standard_print((struct zd_str[]){ ZD_STR("merge"),
						 standard,
						 { (const char *)&dept, sizeof(dept) },
						 { (const char *)&print, sizeof(print) } },
			      4);
}

static struct zd_out *
fresh_why(struct catalog_refs *refs)
{
	refs->why.n = 0;
	refs->why.max = 4096;
	return &refs->why;
}

static enum standard_answer
answer_item(void *arg, struct zd_str item, int64_t dept, int32_t day, struct zd_str *ret_why)
{
	struct catalog_refs *refs = arg;
	struct zd_out *why = fresh_why(refs);

	if (catalog_check_lawful(refs->snapshot, item, dept, day, refs->known_at, why))
		return STANDARD_YES;
	*ret_why = zd_out_str(why);
	return STANDARD_NO;
}

/* Did anything ever happen to the item itself? */
static bool
has_state(const struct catalog_snapshot *s, int64_t item)
{
	struct catalog_event key = { .item = item, .seq = INT64_MIN };
	size_t i = lower(s->events, s->n_events, sizeof(key), &key, event_order);

	return i < s->n_events && s->events[i].item == item && s->events[i].dept == 0;
}

static enum standard_answer
answer_item_type(void *arg, struct zd_str item, struct zd_str *ret_type, struct zd_str *ret_name)
{
	struct catalog_refs *refs = arg;
	int64_t number = catalog_item_number(item);
	const struct catalog_name *found = catalog_name_find(refs->snapshot, number);

	if (!found)
		return has_state(refs->snapshot, number) ? STANDARD_NO : STANDARD_YES;
	*ret_name = found->name;
	if (!found->type.n)
		return STANDARD_NO;
	*ret_type = found->type;
	return STANDARD_YES;
}

static enum standard_answer
answer_list(void *arg, struct zd_str code, struct zd_str item, int32_t day, struct zd_str *ret_why)
{
	struct catalog_refs *refs = arg;
	const struct catalog_list *list = catalog_list_find(refs->snapshot, code);
	struct zd_out *why = fresh_why(refs);

	if (list && list->state == CATALOG_IN_USE && day >= list->from && day <= list->until &&
	    (!item.p || list->item == catalog_item_number(item)))
		return STANDARD_YES;
	zd_out_write(why, ZD_STR("检查实施清单"));
	zd_out_write(why, code);
	if (!list)
		zd_out_write(why, ZD_STR("没有发布"));
	else if (item.p && list->item != catalog_item_number(item))
		zd_out_printf(why, "属于事项%014" PRId64 "，与所填事项不一致", list->item);
	else {
		zd_out_write(why, ZD_STR("在"));
		put_day(why, day);
		zd_out_write(why, ZD_STR("不在有效期或已停用"));
	}
	*ret_why = zd_out_str(why);
	return STANDARD_NO;
}

static enum standard_answer
answer_officer(void *arg, struct zd_str certificate, int64_t dept, int32_t day,
	       struct zd_str *ret_why)
{
	struct catalog_refs *refs = arg;
	const struct catalog_snapshot *s = refs->snapshot;
	struct catalog_officer key = { .certificate = standard_print(&certificate, 1),
				       .dept = dept };
	size_t i = lower(s->officers, s->n_officers, sizeof(key), &key, officer_order);
	bool found = i < s->n_officers && officer_order(&s->officers[i], &key) == 0;
	struct zd_out *why = fresh_why(refs);

	if (found && day <= s->officers[i].until)
		return STANDARD_YES;
	zd_out_write(why, ZD_STR("执法证号"));
	zd_out_write(why, certificate);
	if (!found)
		zd_out_write(why, ZD_STR("不在本部门执法人员库内"));
	else {
		zd_out_write(why, ZD_STR("已于"));
		put_day(why, s->officers[i].until);
		zd_out_write(why, ZD_STR("到期"));
	}
	*ret_why = zd_out_str(why);
	return STANDARD_NO;
}

static const struct catalog_known *
find_known(const struct catalog_snapshot *s, uint64_t print)
{
	struct catalog_known key = { .print = print };
	size_t i = lower(s->known, s->n_known, sizeof(key), &key, known_order);

	return i < s->n_known && s->known[i].print == print ? &s->known[i] : NULL;
}

static enum standard_answer
answer_record(void *arg, struct zd_str standard, int64_t dept, struct zd_str key)
{
	struct catalog_refs *refs = arg;

	return find_known(refs->snapshot,
			  catalog_key_print(standard, catalog_owner_by_name(standard, dept), key))
		       ? STANDARD_YES
		       : STANDARD_NO;
}

static enum standard_answer
answer_same(void *arg, struct zd_str standard, int64_t dept, uint64_t merge_print,
	    struct zd_str key, struct zd_str *ret_other_key)
{
	struct catalog_refs *refs = arg;
	const struct catalog_snapshot *s = refs->snapshot;
	uint64_t print = catalog_merge_print(standard, dept, merge_print);

	for (const struct catalog_known *k = find_known(s, print);
	     k && k < s->known + s->n_known && k->print == print; k++) {
		if (zd_str_equal(k->merged, key))
			continue;
		*ret_other_key = k->merged;
		return STANDARD_YES;
	}
	return STANDARD_NO;
}

void
catalog_refs_fill(struct catalog_refs *refs, struct standard_refs *ret)
{
	ret->arg = refs;
	ret->item = answer_item;
	ret->item_type = answer_item_type;
	ret->list = answer_list;
	if (refs->snapshot->has_officers)
		ret->officer = answer_officer;
	if (refs->snapshot->has_known) {
		ret->record = answer_record;
		ret->same = answer_same;
	}
}

void
catalog_refs_drop(struct catalog_refs *refs)
{
	zd_out_drop(&refs->why);
}

/* --- the file ---------------------------------------------------------------------------- */

/* 2: names say of which kind of power the item is. */
static const char magic[] = "zhaodan-snapshot 2", magic_of_any[] = "zhaodan-snapshot ";

void
catalog_snapshot_format(const struct catalog_snapshot *s, struct zd_out *out)
{
	zd_out_printf(out, "%s\nT\t%" PRId64 "\t%d\t%d\t%" PRId64 "\n", magic, s->made_at,
		      s->has_officers, s->has_known, s->dept);
	if (s->source.n)
		zd_out_printf(out, "S\t%.*s\n", ZD_STR_ARG(s->source));
	for (size_t i = 0; i < s->n_events; i++) {
		const struct catalog_event *e = &s->events[i];
		zd_out_printf(out,
			      "E\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%d\t%d\n",
			      e->item, e->dept, e->seq, e->at, e->from, e->what);
	}
	for (size_t i = 0; i < s->n_lists; i++) {
		const struct catalog_list *l = &s->lists[i];
		zd_out_printf(out, "L\t%" PRId64 "\t%d\t%d\t%d\t%.*s\n", l->item, l->from, l->until,
			      l->state, ZD_STR_ARG(l->code));
	}
	for (size_t i = 0; i < s->n_officers; i++)
		zd_out_printf(out, "O\t%" PRIu64 "\t%" PRId64 "\t%d\n", s->officers[i].certificate,
			      s->officers[i].dept, s->officers[i].until);
	for (size_t i = 0; i < s->n_known; i++) {
		zd_out_printf(out, s->known[i].merged.p ? "M\t%" PRIu64 "\t" : "K\t%" PRIu64 "",
			      s->known[i].print);
		zd_out_write(out, s->known[i].merged);
		zd_out_write(out, ZD_STR("\n"));
	}
	for (size_t i = 0; i < s->n_names; i++) {
		zd_out_printf(out, "N\t%" PRId64 "\t%.*s\t", s->names[i].item,
			      ZD_STR_ARG(s->names[i].type));
		zd_out_write(out, s->names[i].name);
		zd_out_write(out, ZD_STR("\n"));
	}
}

struct line {
	struct zd_str part[8];
	size_t n;
};

static bool
next_line(struct zd_str *text, struct line *ret)
{
	if (!text->n)
		return false;
	const char *end = memchr(text->p, '\n', text->n);
	struct zd_str left = { text->p, end ? (size_t)(end - text->p) : text->n };

	text->p += left.n + (end != NULL);
	text->n -= left.n + (end != NULL);
	ret->n = 0;
	while (ret->n + 1 < ZD_COUNT(ret->part)) {
		const char *tab = left.n ? memchr(left.p, '\t', left.n) : NULL;
		size_t n = tab ? (size_t)(tab - left.p) : left.n;
		ret->part[ret->n++] = (struct zd_str){ left.p, n };
		if (!tab)
			return true;
		left.p += n + 1;
		left.n -= n + 1;
	}
	ret->part[ret->n++] = left;
	return true;
}

static bool
numbers(const struct line *line, size_t n, int64_t *ret)
{
	if (line->n < n + 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!zd_int_parse(line->part[i + 1], &ret[i]))
			return false;
	return true;
}

/* Fingerprints are unsigned 64 bits. */
static bool
print_parse(struct zd_str s, uint64_t *ret)
{
	uint64_t v = 0;

	if (!s.n || s.n > 20)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned)(unsigned char)s.p[i] - '0';
		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*ret = v;
	return true;
}

static bool
read_event(const struct line *line, struct catalog_snapshot *s)
{
	int64_t v[6];

	if (!numbers(line, 6, v))
		return false;
	s->events[s->n_events++] = (struct catalog_event){
		.item = v[0],
		.dept = v[1],
		.seq = v[2],
		.at = v[3],
		.from = (int32_t)v[4],
		.what = (int32_t)v[5],
	};
	return true;
}

static bool
read_list(const struct line *line, struct catalog_snapshot *s)
{
	int64_t v[4];

	if (!numbers(line, 4, v) || line->n != 6)
		return false;
	s->lists[s->n_lists++] = (struct catalog_list){
		.item = v[0],
		.from = (int32_t)v[1],
		.until = (int32_t)v[2],
		.state = (int32_t)v[3],
		.code = line->part[5],
	};
	return true;
}

static bool
read_officer(const struct line *line, struct catalog_snapshot *s)
{
	struct catalog_officer *o = &s->officers[s->n_officers];
	int64_t until;

	if (line->n != 4 || !print_parse(line->part[1], &o->certificate) ||
	    !zd_int_parse(line->part[2], &o->dept) || !zd_int_parse(line->part[3], &until))
		return false;
	o->until = (int32_t)until;
	s->n_officers++;
	return true;
}

static bool
read_known(const struct line *line, struct catalog_snapshot *s)
{
	struct catalog_known *k = &s->known[s->n_known];

	if (line->n < 2 || !print_parse(line->part[1], &k->print))
		return false;
	if (line->n == 3)
		k->merged = line->part[2];
	s->n_known++;
	return true;
}

static bool
read_name(const struct line *line, struct catalog_snapshot *s)
{
	int64_t item;

	if (!numbers(line, 1, &item) || line->n != 4)
		return false;
	s->names[s->n_names++] =
		(struct catalog_name){ .item = item, .name = line->part[3], .type = line->part[2] };
	return true;
}

static bool
read_head(const struct line *line, struct catalog_snapshot *s)
{
	int64_t v[4];

	if (!numbers(line, 4, v))
		return false;
	s->dept = v[3];
	s->made_at = v[0];
	s->has_officers = v[1] != 0;
	s->has_known = v[2] != 0;
	return true;
}

static bool
read_source(const struct line *line, struct catalog_snapshot *s)
{
	s->source = line->part[1];
	return line->n == 2;
}

static bool
read_line(const struct line *line, struct catalog_snapshot *s)
{
	static const struct {
		char mark;
		bool (*read)(const struct line *, struct catalog_snapshot *);
	} kinds[] = { { 'T', read_head },  { 'S', read_source },  { 'E', read_event },
		      { 'L', read_list },  { 'O', read_officer }, { 'K', read_known },
		      { 'M', read_known }, { 'N', read_name } };

	for (size_t i = 0; i < ZD_COUNT(kinds); i++)
		if (line->part[0].n == 1 && line->part[0].p[0] == kinds[i].mark)
			return kinds[i].read(line, s);
	return false;
}

enum zd_rc
catalog_snapshot_parse(struct zd_cx *cx, struct zd_str text, struct catalog_snapshot *ret)
{
	struct catalog_snapshot s = { 0 };
	struct line line;
	size_t n = 0, at = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	if (zd_str_starts(text, zd_str_of(magic_of_any)) && !zd_str_starts(text, zd_str_of(magic)))
		return zd_fail(cx, ZD_INVALID, "snapshot",
			       "清单快照是别的版本导出的，请用本版本的 zhaodan export --snapshot "
			       "重新导出");
	if (!next_line(&text, &line) || !zd_str_equal(line.part[0], zd_str_of(magic)))
		return zd_fail(cx, ZD_INVALID, "snapshot",
			       "不是清单快照文件，请用 zhaodan export --snapshot 重新导出");
	s.events = zd_new_array(cx->arena, struct catalog_event, n + 1);
	s.lists = zd_new_array(cx->arena, struct catalog_list, n + 1);
	s.officers = zd_new_array(cx->arena, struct catalog_officer, n + 1);
	s.known = zd_new_array(cx->arena, struct catalog_known, n + 1);
	s.names = zd_new_array(cx->arena, struct catalog_name, n + 1);
	for (; next_line(&text, &line); at++)
		if (!read_line(&line, &s))
			return zd_fail(cx, ZD_INVALID, "snapshot",
				       "清单快照第%zu行无法识别，文件可能不完整，请重新导出",
				       at + 1);
	catalog_snapshot_sort(&s);
	*ret = s;
	return ZD_OK;
}
