/* The city as a page knows it: items, lists, officers and keys of one department, looked up by code. */
#include "standard/known.h"

#include <stdio.h>
#include <string.h>

#include "standard/compile.h"
#include "standard/text.h"

struct known_row {
	struct zd_str code, item, type, name, from_text, until_text;
	int32_t from, until;
};
struct known_list {
	bool given;
	struct known_row *rows;
	size_t n, cap;
	struct standard_index *index;
};
struct known {
	struct zd_arena *arena;
	struct known_list items, lists, officers, records; /* records: code is "standard\nkey" */
	char why[256];
};

/* --- reading -------------------------------------------------------------------------- */

static struct zd_str *
member_of(struct known_row *row, struct zd_str key)
{
	const struct {
		const char *name;
		struct zd_str *to;
	} members[] = {
		{ "code", &row->code }, { "item", &row->item },      { "type", &row->type },
		{ "name", &row->name }, { "from", &row->from_text }, { "until", &row->until_text },
	};

	for (size_t i = 0; i < ZD_COUNT(members); i++)
		if (zd_str_equal(key, zd_str_of(members[i].name)))
			return members[i].to;
	return NULL;
}

static bool
read_row(struct json *j, struct known_row *row)
{
	struct zd_str key;

	if (!json_enter_object(j))
		return false;
	while (json_next_member(j, &key)) {
		struct zd_str *to = member_of(row, key);
		if (!to)
			return json_refuse(j, "不认识的成员");
		if (!json_null(j) && !json_text(j, to))
			return false;
	}
	if ((row->from_text.n && !zd_day_parse(row->from_text, &row->from)) ||
	    (row->until_text.n && !zd_day_parse(row->until_text, &row->until)))
		return json_refuse(j, "日期应为 YYYY-MM-DD");
	return !j->fault && (row->code.n || json_refuse(j, "缺少 code"));
}

static struct known_row *
add_row(struct known *known, struct known_list *list)
{
	list->rows = zd_grow(known->arena, list->rows, list->n, &list->cap, sizeof(*list->rows));
	list->rows[list->n] = (struct known_row){ .from = INT32_MIN, .until = INT32_MAX };
	return &list->rows[list->n++];
}

static bool
read_list(struct json *j, struct known *known, struct known_list *list)
{
	list->given = true;
	if (!json_enter_array(j))
		return false;
	while (json_next_item(j))
		if (!read_row(j, add_row(known, list)))
			return false;
	return !j->fault;
}

static struct zd_str
record_code(struct zd_arena *arena, struct zd_str standard, struct zd_str key)
{
	return zd_str_join(arena, (struct zd_str[]){ standard, key }, 2, ZD_STR("\n"));
}

static bool
read_records(struct json *j, struct known *known)
{
	struct zd_str standard, key;

	known->records.given = true;
	if (!json_enter_object(j))
		return false;
	while (json_next_member(j, &standard)) {
		if (!json_enter_array(j))
			return false;
		while (json_next_item(j)) {
			if (!json_text(j, &key))
				return false;
			add_row(known, &known->records)->code =
				record_code(known->arena, standard, key);
		}
	}
	return !j->fault;
}

static void
make_index(struct known *known, struct known_list *list)
{
	list->index = index_new(known->arena, list->n);
	for (size_t i = 0; i < list->n; i++)
		(void)index_put(list->index, list->rows[i].code, (int)i);
}

static bool
read_known_member(struct json *j, struct known *known, struct zd_str key)
{
	const struct {
		const char *name;
		struct known_list *list;
	} lists[] = {
		{ "items", &known->items },
		{ "lists", &known->lists },
		{ "officers", &known->officers },
	};

	for (size_t i = 0; i < ZD_COUNT(lists); i++)
		if (zd_str_equal(key, zd_str_of(lists[i].name)))
			return read_list(j, known, lists[i].list);
	return zd_str_equal(key, ZD_STR("records")) ? read_records(j, known)
						    : json_refuse(j, "不认识的成员");
}

bool
known_read(struct json *j, struct zd_arena *arena, struct known **ret)
{
	struct known *known = zd_new(arena, struct known);
	struct zd_str key;

	known->arena = arena;
	if (!json_enter_object(j))
		return false;
	while (json_next_member(j, &key))
		if (!read_known_member(j, known, key))
			return false;
	make_index(known, &known->items);
	make_index(known, &known->lists);
	make_index(known, &known->officers);
	make_index(known, &known->records);
	*ret = known;
	return !j->fault;
}

/* --- answering ------------------------------------------------------------------------ */

static const struct known_row *
find(const struct known_list *list, struct zd_str code)
{
	int i = index_find(list->index, code);

	return i < 0 ? NULL : &list->rows[i];
}

/* A literal, or a text in known->why until the next question. */
static enum standard_answer
no(struct known *known, struct zd_str *ret_why, const char *why, const struct known_row *row)
{
	(void)snprintf(known->why, sizeof(known->why), "%s%.*s%s%.*s", why,
		       row ? (int)row->from_text.n : 0,
		       row && row->from_text.n ? row->from_text.p : "", row ? "至" : "",
		       row ? (int)row->until_text.n : 0,
		       row && row->until_text.n ? row->until_text.p : "");
	*ret_why = zd_str_of(known->why);
	return STANDARD_NO;
}

static enum standard_answer
answer_item(void *arg, struct zd_str item, int64_t dept, int32_t day, struct zd_str *ret_why)
{
	struct known *known = arg;
	const struct known_row *row = find(&known->items, item);

	(void)dept;
	if (!row)
		return no(known, ret_why, "不在本部门认领的事项中", NULL);
	if (day < row->from || day > row->until)
		return no(known, ret_why, "当日不在有效期内，有效期", row);
	return STANDARD_YES;
}

static enum standard_answer
answer_item_type(void *arg, struct zd_str item, struct zd_str *ret_type, struct zd_str *ret_name)
{
	struct known *known = arg;
	const struct known_row *row = find(&known->items, item);

	if (!row)
		return STANDARD_YES; /* answer_item says why not */
	*ret_type = row->type;
	*ret_name = row->name;
	return row->type.n ? STANDARD_YES : STANDARD_CANNOT_TELL;
}

static enum standard_answer
answer_list(void *arg, struct zd_str list, struct zd_str item, int32_t day, struct zd_str *ret_why)
{
	struct known *known = arg;
	const struct known_row *row = find(&known->lists, list);

	if (!row)
		return no(known, ret_why, "不在已公布的实施清单中", NULL);
	if (item.p && row->item.n && !zd_str_equal(item, row->item))
		return no(known, ret_why, "不属于所填事项", NULL);
	if (day < row->from || day > row->until)
		return no(known, ret_why, "当日不在有效期内，有效期", row);
	return STANDARD_YES;
}

static enum standard_answer
answer_officer(void *arg, struct zd_str certificate, int64_t dept, int32_t day,
	       struct zd_str *ret_why)
{
	struct known *known = arg;
	const struct known_row *row = find(&known->officers, certificate);

	(void)dept;
	if (!row)
		return no(known, ret_why, "不在本部门执法人员中", NULL);
	if (day < row->from || day > row->until)
		return no(known, ret_why, "当日不在有效期内，有效期", row);
	return STANDARD_YES;
}

static enum standard_answer
answer_record(void *arg, struct zd_str standard, int64_t dept, struct zd_str key)
{
	struct known *known = arg;
	char code[512];

	(void)dept;
	if (standard.n + key.n + 1 > sizeof(code))
		return STANDARD_NO;
	memcpy(code, standard.p, standard.n);
	code[standard.n] = '\n';
	memcpy(code + standard.n + 1, key.p, key.n);
	return find(&known->records, (struct zd_str){ code, standard.n + key.n + 1 }) ? STANDARD_YES
										      : STANDARD_NO;
}

void
known_refs(struct known *known, struct standard_refs *ret)
{
	*ret = (struct standard_refs){ .arg = known };
	if (known->items.given) {
		ret->item = answer_item;
		ret->item_type = answer_item_type;
	}
	if (known->lists.given)
		ret->list = answer_list;
	if (known->officers.given)
		ret->officer = answer_officer;
	if (known->records.given)
		ret->record = answer_record;
}
