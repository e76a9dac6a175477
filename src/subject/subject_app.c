/* Finding and making subjects inside the transaction of what speaks of them. */
#include "subject/subject_app.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "db/list.h"
#include "subject/subject_sql.h"

#define TOKENS_MAX ((size_t)256 << 20) /* of a block, as JSON */

/* The refs that have a code, each code once: the others get its id afterwards. */
struct resolving {
	struct subject_ref **first; /* one ref a code */
	size_t n;
};

static int
by_code(const void *va, const void *vb)
{
	const struct subject_ref *const *a = va, *const *b = vb;
	int c = zd_str_compare((*a)->code, (*b)->code);

	return c ? c : *a < *b ? -1 : *a > *b;
}

static struct subject_ref **
sort_refs(struct zd_arena *arena, struct subject_ref *refs, size_t n, size_t *ret_n)
{
	struct subject_ref **sorted = zd_new_array(arena, struct subject_ref *, n + 1);

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		refs[i].id = ZD_NO_INT;
		if (refs[i].code.n)
			sorted[(*ret_n)++] = &refs[i];
	}
	qsort(sorted, *ret_n, sizeof(struct subject_ref *), by_code);
	return sorted;
}

static struct resolving
choose_first(struct zd_arena *arena, struct subject_ref **sorted, size_t n)
{
	struct resolving r = { zd_new_array(arena, struct subject_ref *, n + 1), 0 };

	for (size_t i = 0; i < n; i++)
		if (i == 0 || !zd_str_equal(sorted[i]->code, sorted[i - 1]->code))
			r.first[r.n++] = sorted[i];
	return r;
}

static void
share_ids(struct subject_ref **sorted, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (zd_str_equal(sorted[i]->code, sorted[i - 1]->code))
			sorted[i]->id = sorted[i - 1]->id;
}

static enum zd_rc
take_id(struct zd_cx *cx, size_t index, const void *row, void *arg)
{
	struct subject_ref **refs = arg;
	const struct subject_sql_find_id_out *found = row;

	(void)cx;
	refs[index]->id = found->id;
	return ZD_OK;
}

static enum zd_rc
find_ids(struct zd_cx *cx, struct db *db, struct subject_ref **refs, size_t n)
{
	struct subject_sql_find_id_in *in =
		zd_new_array(cx->arena, struct subject_sql_find_id_in, n + 1);

	for (size_t i = 0; i < n; i++)
		in[i].code = refs[i]->code;
	return subject_sql_find_id(cx, db, in, n, take_id, refs);
}

/* The refs still without an id, kept in order. */
static struct resolving
missing_of(struct zd_arena *arena, const struct resolving *all)
{
	struct resolving r = { zd_new_array(arena, struct subject_ref *, all->n + 1), 0 };

	for (size_t i = 0; i < all->n; i++)
		if (all->first[i]->id == ZD_NO_INT)
			r.first[r.n++] = all->first[i];
	return r;
}

struct token {
	struct zd_str text;
	int64_t subject;
};

static int
by_token(const void *va, const void *vb)
{
	const struct token *a = va, *b = vb;
	int c = zd_str_compare(a->text, b->text);

	return c ? c : a->subject < b->subject ? -1 : a->subject > b->subject;
}

/* Of the names of those that have an id, in the order of the index that they go into. */
static struct token *
tokens_of(struct zd_arena *arena, struct subject_ref *const *refs, size_t n, size_t *ret_n)
{
	struct token *tokens = NULL;
	size_t cap = 0;

	*ret_n = 0;
	for (size_t i = 0; i < n; i++) {
		struct zd_str *texts;
		size_t n_texts;
		if (refs[i]->id == ZD_NO_INT)
			continue;
		db_tokens(arena, refs[i]->name, &texts, &n_texts);
		if (*ret_n + n_texts > cap) {
			cap = (*ret_n + n_texts) * 2;
			struct token *wider = zd_new_array(arena, struct token, cap);
			if (*ret_n)
				memcpy(wider, tokens, *ret_n * sizeof(*tokens));
			tokens = wider;
		}
		for (size_t t = 0; t < n_texts; t++)
			tokens[(*ret_n)++] = (struct token){ texts[t], refs[i]->id };
	}
	if (*ret_n)
		qsort(tokens, *ret_n, sizeof(*tokens), by_token);
	return tokens;
}

static void
put_tokens_json(struct zd_out *out, const struct token *tokens, size_t n)
{
	struct json_writer json = { .out = out };

	json_put_object(&json);
	for (size_t i = 0; i < n; i++) {
		bool first = i == 0 || !zd_str_equal(tokens[i].text, tokens[i - 1].text);
		bool last = i + 1 == n || !zd_str_equal(tokens[i].text, tokens[i + 1].text);
		if (first) {
			json_put_key(&json, tokens[i].text);
			json_put_array(&json);
		}
		json_put_int(&json, tokens[i].subject);
		if (last)
			json_put_end(&json);
	}
	json_put_end(&json);
}

static enum zd_rc
put_tokens(struct zd_cx *cx, struct db *db, struct subject_ref *const *refs, size_t n)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = TOKENS_MAX };
	size_t n_tokens;
	struct token *tokens = tokens_of(cx->arena, refs, n, &n_tokens);

	if (!n_tokens)
		return ZD_OK;
	put_tokens_json(&out, tokens, n_tokens);
	if (out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL,
			       "一次登记的监管对象名称过长，请减少行数后重试");
	return subject_sql_insert_tokens(cx, db, NULL, .tokens = zd_out_str(&out));
}

/* What everybody may search by: not the numbers of people's papers. */
static struct zd_str
open_code(struct zd_arena *arena, const struct subject_ref *r)
{
	return subject_is_person(r->code_type, r->kind)
		       ? (struct zd_str){ 0 }
		       : subject_code_of(arena, subject_shown_code(r->code, r->code_type, r->kind));
}

static int32_t
area_from(const struct subject_ref *r)
{
	return r->area_from ? (int32_t)r->area_from : SUBJECT_AREA_UNKNOWN;
}

static enum zd_rc
insert_met(struct zd_cx *cx, struct db *db, int64_t dept, const struct resolving *missing)
{
	struct subject_sql_insert_met_in *in =
		zd_new_array(cx->arena, struct subject_sql_insert_met_in, missing->n + 1);

	for (size_t i = 0; i < missing->n; i++) {
		const struct subject_ref *r = missing->first[i];
		in[i] = (struct subject_sql_insert_met_in){ .id = zd_id_new(),
							    .code = r->code,
							    .code_type = r->code_type,
							    .name = r->name,
							    .area = r->area,
							    .address = r->address,
							    .dept = dept,
							    .now = cx->now,
							    .open_code = open_code(cx->arena, r),
							    .area_from = area_from(r) };
	}
	ZD_TRY(subject_sql_insert_met(cx, db, in, missing->n, take_id, missing->first));
	ZD_TRY(put_tokens(cx, db, missing->first, missing->n));
	/* another transaction may have made one first, with its tokens: its id counts */
	struct resolving taken = missing_of(cx->arena, missing);
	return find_ids(cx, db, taken.first, taken.n);
}

enum zd_rc
subject_resolve_in(struct zd_cx *cx, struct db *db, int64_t dept, struct subject_ref *refs,
		   size_t n)
{
	size_t n_sorted;
	struct subject_ref **sorted = sort_refs(cx->arena, refs, n, &n_sorted);
	struct resolving all = choose_first(cx->arena, sorted, n_sorted);

	ZD_TRY(find_ids(cx, db, all.first, all.n));
	struct resolving missing = missing_of(cx->arena, &all);
	if (missing.n)
		ZD_TRY(insert_met(cx, db, dept, &missing));
	share_ids(sorted, n_sorted);
	return ZD_OK;
}

enum zd_rc
subject_describe_in(struct zd_cx *cx, struct db *db, int64_t dept, struct subject_ref *refs,
		    size_t n)
{
	size_t n_sorted;
	struct subject_ref **sorted = sort_refs(cx->arena, refs, n, &n_sorted);
	struct resolving all = choose_first(cx->arena, sorted, n_sorted);
	struct subject_sql_upsert_described_in *in =
		zd_new_array(cx->arena, struct subject_sql_upsert_described_in, all.n + 1);

	for (size_t i = 0; i < all.n; i++) {
		const struct subject_ref *r = all.first[i];
		in[i] = (struct subject_sql_upsert_described_in){ .id = zd_id_new(),
								  .code = r->code,
								  .code_type = r->code_type,
								  .kind = r->kind,
								  .name = r->name,
								  .area = r->area,
								  .address = r->address,
								  .industry = r->industry,
								  .dept = dept,
								  .record = r->record_id,
								  .now = cx->now,
								  .open_code =
									  open_code(cx->arena, r),
								  .area_from = area_from(r) };
	}
	ZD_TRY(subject_sql_upsert_described(cx, db, in, all.n, take_id, all.first));
	struct subject_sql_delete_tokens_in *old =
		zd_new_array(cx->arena, struct subject_sql_delete_tokens_in, all.n + 1);
	for (size_t i = 0; i < all.n; i++)
		old[i].subject = all.first[i]->id;
	ZD_TRY(subject_sql_delete_tokens(cx, db, old, all.n));
	ZD_TRY(put_tokens(cx, db, all.first, all.n));
	share_ids(sorted, n_sorted);
	return ZD_OK;
}

enum zd_rc
subject_app_find(struct zd_cx *cx, struct db *db, int64_t id, struct subject *ret)
{
	return subject_sql_find(cx, db, ret, .id = id);
}

enum zd_rc
subject_app_find_code(struct zd_cx *cx, struct db *db, struct zd_str code, struct subject *ret)
{
	return subject_sql_find_code(cx, db, ret, .code = code);
}

/* --- the party of a record --------------------------------------------------------------- */

static struct zd_str
value_at(const struct standard *std, const struct zd_str *values, int field)
{
	bool there = field >= 0 && (size_t)field < std->n_fields && values[field].p;

	return there ? values[field] : ZD_STR("");
}

static struct zd_str
named_value(const struct standard *std, const struct zd_str *values, const char *name)
{
	return value_at(std, values, standard_field_find(std, zd_str_of(name)));
}

/* As the record says; where it cannot say, by what kind of object it is. */
static struct zd_str
type_of(const struct standard *std, const struct zd_str *values, struct zd_str number)
{
	struct zd_str sent = named_value(std, values, "administrative_cp_ce_type");

	if (sent.n)
		return sent;
	if (zd_str_equal(std->name, ZD_STR("natural_person")))
		return ZD_STR("111");
	return number.n == 18 ? ZD_STR("001") : ZD_STR("099");
}

/* Lifts, sites, products and other objects have a unit that answers for them, but are subjects themselves. */
static bool
is_thing(const struct standard *std, struct zd_str number)
{
	static const char *const parties[] = { "enterprise", "individual_business", "organisation",
					       "natural_person" };

	if (std->kind != STANDARD_SUBJECT)
		return false;
	for (size_t i = 0; i < ZD_COUNT(parties); i++)
		if (zd_str_equal(std->name, zd_str_of(parties[i])))
			return number.n == 0;
	return true;
}

static struct zd_str
thing_name(struct zd_arena *arena, const struct standard *std, struct zd_str unit,
	   struct zd_str key)
{
	struct zd_str what = unit.n ? unit : std->title;

	return zd_str_printf(arena, "%.*s · %.*s", ZD_STR_ARG(what), ZD_STR_ARG(key));
}

/* Where a unit is registered, if its code says so and there is such a division. */
static struct zd_str
registered_in(const struct standard *std, const struct subject_ref *r)
{
	const struct standard_codes *divisions =
		std->set ? standard_codes_find(std->set, ZD_STR("gbt2260")) : NULL;

	if (!divisions || !zd_str_equal(r->code_type, ZD_STR("001")) || r->code.n != 18)
		return (struct zd_str){ 0 };
	struct zd_str area = { r->code.p + 2, 6 };
	return standard_code_name(divisions, area, ZD_NO_DAY).p ? area : (struct zd_str){ 0 };
}

/* What the record says, else what the code says; tells which. */
static void
fill_area(const struct standard *std, const struct zd_str *values, struct subject_ref *r)
{
	r->area = value_at(std, values, std->area);
	r->area_from = std->kind == STANDARD_SUBJECT ? SUBJECT_AREA_OWN : SUBJECT_AREA_ACTION;
	if (r->area.n)
		return;
	struct zd_str registered = registered_in(std, r);
	r->area = registered.n ? registered : ZD_STR("");
	r->area_from = registered.n ? SUBJECT_AREA_USCC : SUBJECT_AREA_UNKNOWN;
}

struct subject_ref
subject_ref_of(struct zd_arena *arena, const struct standard *std, struct zd_str key,
	       const struct zd_str *values)
{
	struct zd_str number = value_at(std, values, std->subject);
	struct zd_str name = value_at(std, values, std->subject_name);
	bool thing = is_thing(std, number);

	struct subject_ref r = {
		.code = thing ? subject_thing_code(arena, std->name, key)
			      : subject_code_of(arena, number),
		.code_type = thing ? ZD_STR("") : type_of(std, values, number),
		.name = thing ? thing_name(arena, std, name, key) : name,
		.address = named_value(std, values, "address_registered"),
		.industry = named_value(std, values, "industry_code"),
		.kind = std->name,
	};
	fill_area(std, values, &r);
	return r;
}
