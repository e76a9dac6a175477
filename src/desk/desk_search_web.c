/* One search box: ten of each library, each group with the way to its list. */
#include "desk/desk_search_web.h"

#include "base/json.h"
#include "catalog/catalog_read_app.h"
#include "desk/desk_web.h"
#include "officer/officer_web.h"
#include "subject/subject_read_app.h"
#include "trust/trust.h"

#define HITS 10
#define GROUPS 4

const struct http_param desk_search_params[] = {
	HTTP_PARAM_TEXT(struct desk_search, q, .about = "要找什么", .max = 100),
	{ 0 },
};

/* Letters, digits and signs only: a code or a number, not a name. */
static bool
is_code(struct zd_str q)
{
	for (size_t i = 0; i < q.n; i++)
		if ((unsigned char)q.p[i] >= 0x80)
			return false;
	return q.n >= 3;
}

/* Codes are written in capitals. */
static struct zd_str
capitals(struct zd_arena *arena, struct zd_str q)
{
	char *p = zd_alloc(arena, q.n + 1);

	for (size_t i = 0; i < q.n; i++)
		p[i] = q.p[i] >= 'a' && q.p[i] <= 'z' ? (char)(q.p[i] - 'a' + 'A') : q.p[i];
	return (struct zd_str){ p, q.n };
}

/* --- a list asked for ten rows ------------------------------------------------------------------------- */

struct asking {
	const struct db_list *list;
	const char *href;            /* printf of the row's id, or of its dept and id */
	int title, code, text, dept; /* columns; -1: none */
	struct desk_group *group;
};

static struct zd_str
cell(struct zd_cx *cx, const struct asking *a, const struct db_list_row *row, int column)
{
	if (column < 0 || !row->cells[column].p)
		return (struct zd_str){ 0 };
	return trust_mask(cx, a->list->columns[column].data_class,
			  zd_str_copy(cx->arena, row->cells[column]));
}

static enum zd_rc
take_hit(struct zd_cx *cx, const struct db_list_row *row, void *arg)
{
	struct asking *a = arg;
	struct desk_group *g = a->group;

	if (g->n == HITS)
		return ZD_OK;
	struct zd_str dept = cell(cx, a, row, a->dept);
	g->hits[g->n++] = (struct desk_hit){
		.title = cell(cx, a, row, a->title),
		.code = cell(cx, a, row, a->code),
		.text = cell(cx, a, row, a->text),
		.href = zd_str_printf(cx->arena, "%s%.*s%s%" PRId64, a->href, ZD_STR_ARG(dept),
				      dept.n ? "-" : "", row->id),
	};
	return ZD_OK;
}

static int
column_of(const struct db_list *list, const char *name)
{
	for (int i = 0; list->columns[i].name; i++)
		if (strcmp(list->columns[i].name, name) == 0)
			return i;
	return -1;
}

static enum zd_rc
ask(struct zd_cx *cx, struct db *db, struct asking *a, const char *filter, struct zd_str q,
    const char *page)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1024 };
	struct db_list_query query = {
		.list = a->list, .scope_dept = trust_scope(&cx->actor), .n_values = 1, .limit = HITS
	};

	query.values[0] = (struct db_list_value){ db_list_filter(a->list, zd_str_of(filter)), q };
	a->group->hits = zd_new_array(cx->arena, struct desk_hit, HITS);
	enum zd_rc rc = db_list_run(cx, db, &query, take_hit, a);
	zd_out_printf(&out, "%s?%s=", page, filter);
	zd_out_url(&out, q);
	a->group->all = zd_str_copy(cx->arena, zd_out_str(&out));
	return rc == ZD_INVALID ? ZD_OK : rc; /* nothing to search by in that library */
}

/* --- the four libraries ------------------------------------------------------------------------------------ */

static enum zd_rc
find_subjects(struct zd_cx *cx, struct db *db, struct zd_str q, struct desk_group *g)
{
	struct asking a = { .list = &subject_list,
			    .href = "/desk/subjects/",
			    .title = column_of(&subject_list, "name"),
			    .code = column_of(&subject_list, "code"),
			    .text = -1,
			    .dept = -1,
			    .group = g };

	*g = (struct desk_group){ .name = "subjects", .title = "监管对象" };
	if (is_code(q))
		ZD_TRY(ask(cx, db, &a, "code", capitals(cx->arena, q), "/desk/subjects"));
	return g->n ? ZD_OK : ask(cx, db, &a, "name", q, "/desk/subjects");
}

static enum zd_rc
find_items(struct zd_cx *cx, struct db *db, struct zd_str q, struct desk_group *g)
{
	struct asking a = { .list = &catalog_items,
			    .href = "/desk/catalog/items/0-",
			    .title = column_of(&catalog_items, "name"),
			    .code = column_of(&catalog_items, "code"),
			    .text = column_of(&catalog_items, "object"),
			    .dept = -1,
			    .group = g };

	*g = (struct desk_group){ .name = "items", .title = "监管事项" };
	return ask(cx, db, &a, is_code(q) ? "code" : "name", q, "/desk/catalog/items");
}

static enum zd_rc
find_officers(struct zd_cx *cx, struct db *db, struct zd_str q, struct desk_group *g)
{
	struct asking a = { .list = &officer_list,
			    .href = "/desk/officers/",
			    .title = column_of(&officer_list, "name"),
			    .code = column_of(&officer_list, "certificate"),
			    .text = column_of(&officer_list, "dept_name"),
			    .dept = column_of(&officer_list, "dept"),
			    .group = g };
	bool by_name = cx->actor.level >= 2 || (cx->actor.id == 0 && cx->actor.roles == 0);

	*g = (struct desk_group){ .name = "officers", .title = "执法人员" };
	if (is_code(q))
		return ask(cx, db, &a, "certificate", q, "/desk/officers");
	return by_name ? ask(cx, db, &a, "name", q, "/desk/officers") : ZD_OK;
}

static enum zd_rc
find_actions(struct zd_cx *cx, struct db *db, struct zd_str q, struct desk_group *g)
{
	struct desk_number *numbers;
	size_t n;

	*g = (struct desk_group){ .name = "actions", .title = "监管行为" };
	if (q.n < 3)
		return ZD_OK;
	ZD_TRY(desk_app_numbers(cx, db, q, &numbers, &n));
	g->hits = zd_new_array(cx->arena, struct desk_hit, n + 1);
	for (size_t i = 0; i < n && g->n < HITS; i++) {
		const struct action_kind_name *kind = &action_kinds[numbers[i].kind];
		struct zd_str day = page_day_text(cx->arena, numbers[i].day);
		g->hits[g->n++] = (struct desk_hit){
			.title = numbers[i].name.n ? numbers[i].name : numbers[i].number,
			.code = numbers[i].number,
			.text = zd_str_printf(cx->arena, "%s · %.*s", kind->title, ZD_STR_ARG(day)),
			.href = zd_str_printf(cx->arena, "/desk/actions/%s/%" PRId64 "-%" PRId64,
					      kind->word, numbers[i].dept, numbers[i].id),
		};
	}
	return ZD_OK;
}

static enum zd_rc
find_all(struct zd_cx *cx, struct db *db, struct zd_str q, struct desk_group groups[GROUPS])
{
	ZD_TRY(find_subjects(cx, db, q, &groups[0]));
	ZD_TRY(find_items(cx, db, q, &groups[1]));
	ZD_TRY(find_officers(cx, db, q, &groups[2]));
	return find_actions(cx, db, q, &groups[3]);
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static void
put_json(struct zd_out *out, const struct desk_group groups[GROUPS])
{
	struct json_writer w = { .out = out };

	json_put_object(&w);
	for (size_t i = 0; i < GROUPS; i++) {
		json_put_name(&w, groups[i].name ? groups[i].name : "");
		json_put_array(&w);
		for (size_t h = 0; h < groups[i].n; h++) {
			json_put_object(&w);
			json_put_member(&w, "title", groups[i].hits[h].title);
			json_put_member(&w, "code", groups[i].hits[h].code);
			json_put_member(&w, "text", groups[i].hits[h].text);
			json_put_member(&w, "href", groups[i].hits[h].href);
			json_put_end(&w);
		}
		json_put_end(&w);
	}
	json_put_end(&w);
}

static void
put_nothing(struct zd_cx *cx, struct zd_out *out, struct zd_str q)
{
	const struct page_empty empty = {
		.icon = "search",
		.title = q.n ? zd_str_printf(cx->arena, "没有找到“%.*s”", ZD_STR_ARG(q))
			     : ZD_STR("搜什么都在这里"),
		.text = ZD_STR("可以输入企业名称里的几个字、统一社会信用代码、事项名称或编码、执法"
			       "人员姓名或证号"
			       "、行为编号的前几位。只找得到您查看范围内的资料。"),
	};

	page_empty(out, &empty);
}

enum zd_rc
desk_search(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct desk_search *asked = req->params;
	struct desk_group groups[GROUPS] = { 0 };
	struct zd_str q = zd_str_trim(asked->q);
	const struct page page = { .title = ZD_STR("搜索"), .nav = "home" };
	size_t n = 0;

	if (q.n)
		ZD_TRY(find_all(cx, req->db, q, groups));
	if (req->wants_json) {
		if (!q.n)
			return zd_fail(cx, ZD_INVALID, "q", "请用 q 给出要找的内容");
		put_json(&rep->out, groups);
		return ZD_OK;
	}
	for (size_t i = 0; i < GROUPS; i++)
		n += groups[i].n;
	page_begin(cx, req, rep, &page);
	desk_search_html(&rep->out, asked->q);
	if (n)
		desk_groups_html(&rep->out, groups, GROUPS);
	else
		put_nothing(cx, &rep->out, q);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}
