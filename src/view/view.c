/* What may be shown and changed of a record, and what differs between two of its versions. */
#include "view/view.h"

#include <inttypes.h>
#include <string.h>

#include "page/page.h"

int64_t
view_owner(const struct standard *std, int64_t dept)
{
	bool own =
		std->kind != STANDARD_CATALOG || zd_str_equal(std->name, ZD_STR("implement_list"));

	return own ? dept : 0;
}

bool
view_may_edit(const struct zd_actor *actor, const struct standard *std, int64_t dept)
{
	if (actor->id == 0 && actor->roles == 0)
		return true;
	if (view_owner(std, 1) == 0)
		return dept == 0 && (actor->roles & TRUST_PLATFORM);
	return dept > 0 && actor->dept == dept && (actor->roles & (TRUST_DATA_OFFICER | TRUST_API));
}

void
view_compare(struct zd_arena *arena, const struct standard *std, const struct zd_str *before,
	     const struct zd_str *after, struct view_diff **ret, size_t *ret_n)
{
	struct view_diff *diffs = zd_new_array(arena, struct view_diff, std->n_fields + 1);
	size_t n = 0;

	for (size_t i = 0; i < std->n_fields; i++) {
		if (std->fields[i].exchange || (before[i].n == 0 && after[i].n == 0) ||
		    zd_str_equal(before[i], after[i]))
			continue;
		diffs[n++] = (struct view_diff){ (int)i, before[i], after[i] };
	}
	*ret = diffs;
	*ret_n = n;
}

/* "01,03": 警告、罚款 */
static void
put_names(struct zd_out *out, const struct standard_codes *codes, struct zd_str value, int32_t day)
{
	for (size_t i = 0; i <= value.n;) {
		size_t end = i;
		while (end < value.n && value.p[end] != ',')
			end++;
		struct zd_str code = { value.p + i, end - i };
		struct zd_str name = standard_code_name(codes, code, day);
		if (i)
			zd_out_write(out, ZD_STR("、"));
		zd_out_write(out, name.p ? name : code);
		i = end + 1;
	}
}

struct zd_str
view_value(struct zd_cx *cx, const struct standard *std, int field, int32_t day,
	   struct zd_str value)
{
	const struct standard_field *f = &std->fields[field];
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };
	struct zd_str shown = trust_mask(cx, f->data_class, value);

	if (!value.n || !zd_str_equal(shown, value))
		return shown;
	if (f->type == STANDARD_BOOL)
		return zd_str_equal(value, ZD_STR("1")) ? ZD_STR("是") : ZD_STR("否");
	if (f->names)
		return standard_code_shown(cx->arena, f->names, value, day);
	if (f->type == STANDARD_DECIMAL)
		return page_trim_decimals(value);
	if (!f->codes)
		return shown;
	put_names(&out, f->codes, value, day);
	return out.failed ? shown : zd_str_copy(cx->arena, zd_out_str(&out));
}

int32_t
view_day(const struct standard *std, const struct record *record)
{
	return standard_version_day(std, record->day);
}

struct zd_str
view_state_name(enum record_state state)
{
	switch (state) {
	case RECORD_LIVE: return ZD_STR("有效");
	case RECORD_DELETED: return ZD_STR("已删除");
	case RECORD_QUARANTINED: return ZD_STR("待放行");
	}
	return ZD_STR("");
}

struct zd_str
view_source_name(struct zd_str source)
{
	static const struct {
		struct zd_str source, name;
	} names[] = {
		{ ZD_LIT("api"), ZD_LIT("系统接口") },   { ZD_LIT("page"), ZD_LIT("页面导入") },
		{ ZD_LIT("cli"), ZD_LIT("命令行导入") }, { ZD_LIT("form"), ZD_LIT("页面填报") },
		{ ZD_LIT("drop"), ZD_LIT("文件投递") },
	};

	for (size_t i = 0; i < ZD_COUNT(names); i++)
		if (zd_str_equal(names[i].source, source))
			return names[i].name;
	return source;
}

/* --- places ------------------------------------------------------------------------------ */

static const struct view_place places[] = {
	{ "main_item", "/desk/catalog/mains", "监管事项主项", "catalog" },
	{ "sub_item", "/desk/catalog/items", "监管事项子项", "catalog" },
	{ "implement_list", "/desk/catalog/lists", "检查实施清单", "catalog" },
	{ "check_content", "/desk/catalog/contents", "检查项与检查内容", "catalog" },
	{ "random_item", "/desk/catalog/random", "随机抽查事项", "catalog" },
	{ "officer", "/desk/officers", "执法人员", "officers" },
	{ "check_action", "/desk/actions/check", "行政检查", "actions" },
	{ "punish_action", "/desk/actions/punish", "行政处罚", "actions" },
	{ "force_action", "/desk/actions/force", "行政强制", "actions" },
	{ "other_action", "/desk/actions/other", "其他行为", "actions" },
	{ "random_plan", "/desk/plans", "抽查计划", "plans" },
	{ "random_sample", "/desk/plans/samples", "抽查对象", "samples" },
};

const struct view_place *
view_place_of(struct zd_str standard)
{
	for (size_t i = 0; i < ZD_COUNT(places); i++)
		if (zd_str_equal(zd_str_of(places[i].standard), standard))
			return &places[i];
	return NULL;
}

struct zd_str
view_href(struct zd_arena *arena, const struct standard *std, int64_t dept, int64_t id)
{
	const struct view_place *place = view_place_of(std->name);

	if (!place)
		return zd_str_printf(arena, "/desk/records/%.*s/%" PRId64 "-%" PRId64,
				     ZD_STR_ARG(std->name), dept, id);
	return zd_str_printf(arena, "%s/%" PRId64 "-%" PRId64, place->list, dept, id);
}

bool
view_ref_parse(struct zd_str ref, int64_t *ret_dept, int64_t *ret_id)
{
	const char *dash = ref.n ? memchr(ref.p, '-', ref.n) : NULL;
	int64_t dept, id;

	if (!dash)
		return false;
	size_t head = (size_t)(dash - ref.p);
	if (!zd_int_parse((struct zd_str){ ref.p, head }, &dept) ||
	    !zd_int_parse((struct zd_str){ dash + 1, ref.n - head - 1 }, &id) || dept < 0 ||
	    id <= 0)
		return false;
	*ret_dept = dept;
	*ret_id = id;
	return true;
}
