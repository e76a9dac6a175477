/* The demo city as a function of (seed, number). Pure. */
#include "demo/demo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo/words.h"

/* --- chance ------------------------------------------------------------------------------ */

/* splitmix64: S. Vigna, public domain. */
static uint64_t
mix(uint64_t z)
{
	z += 0x9E3779B97F4A7C15U;
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
	return z ^ (z >> 31);
}

struct dice {
	uint64_t state;
};

enum about {
	ABOUT_DEPT,
	ABOUT_ITEM,
	ABOUT_CLAIM,
	ABOUT_SUBJECT,
	ABOUT_OFFICER,
	ABOUT_CHECK,
	ABOUT_OTHER,
	ABOUT_VOLUME
};

static struct dice
dice_of(const struct demo_city *city, enum about about, int64_t a, int64_t b)
{
	uint64_t s = mix(city->size.seed ^ ((uint64_t)about << 56));

	return (struct dice){ mix(mix(s ^ (uint64_t)a) ^ ((uint64_t)b * 0x9E3779B97F4A7C15U)) };
}

static int
roll(struct dice *d, int n)
{
	d->state = mix(d->state);
	return (int)(d->state % (uint64_t)n);
}

/* --- text -------------------------------------------------------------------------------- */

struct text {
	char p[160];
};

static struct zd_str
take(const char *chars, size_t i)
{
	return (struct zd_str){ chars + 3 * i, 3 };
}

static size_t
length_of(const char *chars)
{
	return strlen(chars) / 3;
}

static struct zd_str
pick(struct dice *d, const char *chars)
{
	return take(chars, (size_t)roll(d, (int)length_of(chars)));
}

static void
person_name(struct dice *d, struct text *ret)
{
	struct zd_str s = pick(d, demo_surnames), g = pick(d, demo_given), h = pick(d, demo_given);

	(void)snprintf(ret->p, sizeof(ret->p), "%.*s%.*s%.*s", ZD_STR_ARG(s), ZD_STR_ARG(g),
		       roll(d, 4) ? (int)h.n : 0, h.p);
}

static size_t
count_parts(const char *list)
{
	size_t n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

static struct zd_str
part_of(const char *list, size_t i)
{
	while (i--)
		list = strchr(list, ',') + 1;
	return (struct zd_str){ list, strcspn(list, ",") };
}

/* --- identifiers: GB 32100, GB 11714, GB 11643 --------------------------------------------- */

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static int
value_of(char c)
{
	return (int)(strchr(alphabet, c) - alphabet);
}

/* kind "91", area 6 digits; the organisation code is XD and six characters: not an issued range. */
static void
make_uscc(struct text *ret, const char *kind, const char *area, uint64_t n)
{
	static const int org_weights[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0, weight = 1;

	(void)snprintf(ret->p, sizeof(ret->p), "%.2s%.6sXD", kind, area);
	for (int i = 15; i >= 10; i--, n /= 31)
		ret->p[i] = alphabet[n % 31];
	for (int i = 0; i < 8; i++) {
		char c = ret->p[8 + i];
		sum += (c <= '9' ? c - '0' : c - 'A' + 10) * org_weights[i];
	}
	ret->p[16] = "0123456789X0"[11 - sum % 11];
	sum = 0;
	for (int i = 0; i < 17; i++, weight = weight * 3 % 31)
		sum += value_of(ret->p[i]) * weight;
	ret->p[17] = alphabet[(31 - sum % 31) % 31];
	ret->p[18] = 0;
}

/* The order number 000 is never issued. */
static void
make_id_card(struct text *ret, const char *area, int32_t born)
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int y, m, day, sum = 0;

	zd_day_split(born, &y, &m, &day);
	(void)snprintf(ret->p, sizeof(ret->p), "%.6s%04d%02d%02d000", area, y, m, day);
	for (int i = 0; i < 17; i++)
		sum += (ret->p[i] - '0') * weights[i];
	ret->p[17] = "10X98765432"[sum % 11];
	ret->p[18] = 0;
}

/* --- a line ------------------------------------------------------------------------------ */

struct line {
	struct zd_out *out;
	bool begun;
	const char *spoil; /* this field is left out or falsified */
	const char *falsely;
};

static void
put(struct line *l, const char *field, struct zd_str value)
{
	if (l->spoil && strcmp(l->spoil, field) == 0)
		value = zd_str_of(l->falsely);
	if (!value.p)
		return;
	zd_out_printf(l->out, "%s\"%s\":", l->begun ? "," : "{", field);
	zd_out_json(l->out, value);
	l->begun = true;
}

static void
put_z(struct line *l, const char *field, const char *value)
{
	put(l, field, zd_str_of(value));
}

static void
put_day(struct line *l, const char *field, int32_t day)
{
	char buf[16];
	int y, m, d;

	zd_day_split(day, &y, &m, &d);
	(void)snprintf(buf, sizeof(buf), "%04d-%02d-%02d", y, m, d);
	put_z(l, field, buf);
}

static void
put_number(struct line *l, const char *field, int64_t v)
{
	char buf[24];

	(void)snprintf(buf, sizeof(buf), "%" PRId64, v);
	put_z(l, field, buf);
}

static void
end(struct line *l)
{
	zd_out_write(l->out, ZD_STR("}\n"));
	l->begun = false;
}

/* --- departments ------------------------------------------------------------------------- */

static enum demo_manner
manner_of(int number)
{
	/* a few departments misbehave, the same in every city so that they can be found */
	static const struct {
		int number;
		enum demo_manner manner;
	} known[] = { { 5, DEMO_SLOPPY },
		      { 8, DEMO_SILENT },
		      { 11, DEMO_LATE },
		      { 14, DEMO_BURSTING },
		      { 17, DEMO_OFF_LIST } };

	for (size_t i = 0; i < ZD_COUNT(known); i++)
		if (known[i].number == number)
			return known[i].manner;
	return DEMO_ORDINARY;
}

static void
make_depts(struct zd_arena *arena, struct demo_city *city)
{
	city->n_depts = (size_t)city->size.departments;
	city->depts = zd_new_array(arena, struct demo_dept, city->n_depts + 1);
	for (size_t i = 0; i < city->n_depts; i++) {
		bool below = i >= demo_organs_n;
		size_t k = below ? i - demo_organs_n : 0;
		/* districts have their own organ for the busiest kinds */
		const struct demo_organ *o = &demo_organs[below ? 1 + k / demo_areas_n % 8 : i];
		const struct demo_area *a = &demo_areas[k % demo_areas_n];
		struct demo_dept *d = &city->depts[i];
		struct text uscc;
		make_uscc(&uscc, "11", below ? a->code : "420200", 900 + i);
		*d = (struct demo_dept){
			.number = (int)i,
			.parent = below ? (int)(o - demo_organs) : -1,
			.national = zd_str_of(o->national),
			.area = zd_str_of(below ? a->code : "420200"),
			.uscc = zd_str_copy(arena, zd_str_of(uscc.p)),
			.code = zd_str_printf(arena, "%s-%s-%02zu", below ? a->code : "420200",
					      o->national, i),
			.name = zd_str_printf(arena, "%s%s", below ? a->name : "市", o->name),
			.weight = below ? 1 + o->weight * a->weight / 60 : o->weight,
			.manner = manner_of((int)i),
		};
	}
}

static const struct demo_theme *
theme_of(struct zd_str national)
{
	const struct demo_theme *other = NULL;

	for (size_t i = 0; i < demo_themes_n; i++) {
		if (zd_str_equal(zd_str_of(demo_themes[i].national), national))
			return &demo_themes[i];
		if (demo_themes[i].national[0] == '*')
			other = &demo_themes[i];
	}
	return other;
}

/* --- items ------------------------------------------------------------------------------- */

static const char *const type_names[] = { "行政检查", "行政处罚", "行政强制", "其他监管行为" };

static struct zd_str
item_name(struct zd_arena *arena, struct dice *d, struct zd_str object, int type, int nth)
{
	static const char *const measures[] = { "查封场所、设施或者财物", "扣押财物",
						"加处罚款或者滞纳金", "代履行" };
	static const char *const others[] = { "信用评价", "约谈", "备案核查", "责任告知" };
	static const char *const aspects[] = { "", "日常", "专项", "许可条件保持情况",
					       "安全管理制度落实情况" };

	switch (type) {
	case 0:
		return zd_str_printf(arena, "对%.*s%s的行政检查", ZD_STR_ARG(object),
				     aspects[nth % 5]);
	case 1:
		return zd_str_printf(
			arena, "对%.*s%s的行政处罚", ZD_STR_ARG(object),
			demo_offences[((size_t)nth + (size_t)roll(d, 3)) % demo_offences_n]);
	case 2: return zd_str_printf(arena, "对%.*s%s", ZD_STR_ARG(object), measures[nth % 4]);
	default: return zd_str_printf(arena, "对%.*s的%s", ZD_STR_ARG(object), others[nth % 4]);
	}
}

static void
fill_item(struct zd_arena *arena, struct demo_city *city, struct demo_item *item, int organ,
	  int nth_main, int nth)
{
	const struct demo_organ *o = &demo_organs[organ];
	const struct demo_theme *t = theme_of(zd_str_of(o->national));
	struct dice d = dice_of(city, ABOUT_ITEM, organ * 1000 + nth_main, nth);
	static const int types[] = { 0, 1, 1, 2, 3, 0, 1, 1, 0, 1, 2, 3 };
	size_t n_objects = count_parts(t->objects);
	struct zd_str object = part_of(t->objects, (size_t)nth_main % n_objects);
	struct zd_str law = part_of(t->laws, (size_t)roll(&d, (int)count_parts(t->laws)));

	item->type = types[(size_t)nth % ZD_COUNT(types)];
	item->national = zd_str_of(o->national);
	item->object = object;
	item->main_name = zd_str_printf(arena, "对%.*s的监管", ZD_STR_ARG(object));
	item->main_code = zd_str_printf(arena, "%s%02d%04d", o->national, organ, nth_main + 1);
	item->code = zd_str_printf(arena, "%.*s%02d%04d", ZD_STR_ARG(item->main_code),
				   item->type + 1, nth + 1);
	item->name = item_name(arena, &d, object, item->type, nth);
	item->law = zd_str_printf(arena, "《中华人民共和国%.*s》第%d条", ZD_STR_ARG(law),
				  10 + roll(&d, 90));
	item->suspended = roll(&d, 60) == 0;
	if (roll(&d, 50) == 0)
		item->cancel = zd_day_format(arena, city->size.today - 30 - roll(&d, 300));
}

/* Organs take turns, so that a small catalogue still has items of each. */
static void
make_items(struct zd_arena *arena, struct demo_city *city)
{
	int *mains = zd_new_array(arena, int, demo_organs_n),
	    *subs = zd_new_array(arena, int, demo_organs_n);
	struct dice d = dice_of(city, ABOUT_ITEM, -1, 0);
	size_t organs = city->n_depts < demo_organs_n ? city->n_depts : demo_organs_n;

	city->n_items = (size_t)city->size.sub_items;
	city->items = zd_new_array(arena, struct demo_item, city->n_items + 1);
	for (size_t i = 0; i < city->n_items; i++) {
		/* heavier organs have more items */
		size_t organ = i < organs ? i : (size_t)roll(&d, (int)organs);
		if (i >= organs && roll(&d, 12) >= demo_organs[organ].weight)
			organ = 1 + (size_t)roll(&d, 8) % (organs - 1);
		fill_item(arena, city, &city->items[i], (int)organ, mains[organ], subs[organ]);
		if (++subs[organ] % 6 == 0)
			mains[organ]++;
	}
}

static bool
claims(const struct demo_city *city, const struct demo_dept *dept, size_t item)
{
	struct dice d = dice_of(city, ABOUT_CLAIM, dept->number, (int64_t)item);
	const struct demo_dept *organ = dept->parent >= 0 ? &city->depts[dept->parent] : dept;
	int organ_of_item =
		(city->items[item].code.p[2] - '0') * 10 + city->items[item].code.p[3] - '0';

	if (organ_of_item != organ->number)
		return false;
	return roll(&d, 100) < (dept->parent >= 0 ? 70 : 97);
}

static void
make_claims(struct zd_arena *arena, struct demo_city *city)
{
	city->claims = zd_new_array(arena, int *, city->n_depts);
	for (size_t i = 0; i < city->n_depts; i++) {
		int *list = zd_new_array(arena, int, city->n_items + 1);
		int n = 0;
		for (int type = 0; type < 4; type++)
			for (size_t k = 0; k < city->n_items; k++)
				if (city->items[k].type == type && claims(city, &city->depts[i], k))
					list[n++] = (int)k;
		list[n] = -1;
		city->claims[i] = list;
	}
}

struct demo_city *
demo_city_new(struct zd_arena *arena, const struct demo_size *size)
{
	struct demo_city *city = zd_new(arena, struct demo_city);

	city->size = *size;
	make_depts(arena, city);
	make_items(arena, city);
	make_claims(arena, city);
	return city;
}

void
demo_put_main_items(const struct demo_city *city, struct zd_out *out)
{
	struct line l = { .out = out };

	for (size_t i = 0; i < city->n_items; i++) {
		const struct demo_item *it = &city->items[i];
		bool seen = false;
		for (size_t k = i; k-- > 0 && !seen;)
			seen = zd_str_equal(city->items[k].main_code, it->main_code);
		if (seen)
			continue;
		put(&l, "manage_id", it->main_code);
		put(&l, "matter_name", it->main_name);
		put(&l, "matter_code", it->main_code);
		put_z(&l, "parent_code", "0");
		put(&l, "department_id", it->national);
		put_z(&l, "department_name",
		      demo_organs[(it->code.p[2] - '0') * 10 + it->code.p[3] - '0'].name);
		put_z(&l, "permit_type", "0");
		put_z(&l, "is_stop", "0");
		put_z(&l, "version_id", "20190101000001");
		put_z(&l, "version_date", "2019-01-01");
		put_z(&l, "create_user", "目录管理员");
		put_z(&l, "create_user_id", "catalog");
		put_z(&l, "create_department_id", "99");
		put_z(&l, "create_dep_name", "市行政审批局");
		put_z(&l, "create_date", "2019-01-01");
		put_z(&l, "level", "420200");
		end(&l);
	}
}

void
demo_put_sub_items(const struct demo_city *city, struct zd_out *out)
{
	struct line l = { .out = out };
	static const char *const categories[] = { "1", "1", "10", "3", "9" };

	for (size_t i = 0; i < city->n_items; i++) {
		const struct demo_item *it = &city->items[i];
		put(&l, "manage_detail_id", it->code);
		put(&l, "manage_matter_code", it->main_code);
		put(&l, "subitem_name", it->name);
		put(&l, "subitem_code", it->code);
		put(&l, "department_id", it->national);
		put(&l, "supervise_object", it->object);
		put_z(&l, "supervise_form", it->type ? "依法实施" : "日常检查、专项检查");
		put_number(&l, "administrative_type", it->type);
		put(&l, "set_gist", it->law);
		put_z(&l, "supervise_way", it->type ? type_names[it->type] : "现场检查、书面检查");
		put_z(&l, "supervise_flow", "制定计划；实施；处理；公开结果");
		put_z(&l, "supervise_result", it->type ? "决定书" : "检查记录");
		put_z(&l, "supervise_level", "市级、县级");
		put_z(&l, "take_effect_date", "2019-01-01");
		put(&l, "cancel_date", it->cancel);
		put_z(&l, "supervise_object_category", categories[i % ZD_COUNT(categories)]);
		put_z(&l, "apply_scope", "市、区县");
		end(&l);
	}
}

static void
list_code(const struct demo_dept *dept, const struct demo_item *item, struct text *ret)
{
	(void)snprintf(ret->p, sizeof(ret->p), "%.*s%c%.*s", ZD_STR_ARG(dept->uscc),
		       dept->parent < 0 ? '3' : '4', ZD_STR_ARG(item->code));
}

void
demo_put_lists(const struct demo_city *city, int dept, struct zd_out *out)
{
	const struct demo_dept *d = &city->depts[dept];
	struct line l = { .out = out };

	for (const int *k = city->claims[dept]; *k >= 0 && city->items[*k].type == 0; k++) {
		const struct demo_item *it = &city->items[*k];
		struct text code;
		list_code(d, it, &code);
		put_z(&l, "implement_publish_id", code.p + 2);
		put(&l, "detail_code", it->code);
		put_z(&l, "inventory_code", code.p);
		put_z(&l, "exercise_level", d->parent < 0 ? "3" : "4");
		put(&l, "implement_body", d->name);
		put(&l, "implement_body_code", d->uscc);
		put_z(&l, "implement_nature", "01");
		put(&l, "supervision_object", it->object);
		put_z(&l, "examine_type", "1");
		put_z(&l, "examine_way", "现场检查");
		put_z(&l, "is_random", *k % 3 ? "1" : "2");
		put_z(&l, "check_proportion", "5%");
		put_z(&l, "check_frequency", "每年1次");
		put_z(&l, "check_content_day", "许可条件保持情况；管理制度落实情况；现场安全情况");
		put_z(&l, "is_check", "2");
		put_z(&l, "is_synergy", "2");
		put_z(&l, "take_effect_date", "2019-01-01");
		put_z(&l, "del_status", "1");
		put_z(&l, "is_stop", "0");
		put_z(&l, "version_id", "20190101000001");
		put_z(&l, "version_date", "2019-01-01");
		put_z(&l, "create_user", "清单管理员");
		put_z(&l, "create_user_id", "list");
		put(&l, "create_department_id", d->code);
		put(&l, "create_dep_name", d->name);
		put_z(&l, "create_date", "2019-01-01");
		put(&l, "level", d->area);
		end(&l);
	}
}

void
demo_put_random_items(const struct demo_city *city, struct zd_out *out)
{
	struct line l = { .out = out };
	int n = 0;

	for (size_t i = 0; i < city->n_items; i++) {
		const struct demo_item *it = &city->items[i];
		char code[24];
		if (it->type != 0 || i % 2)
			continue;
		(void)snprintf(code, sizeof(code), "CC%06d", ++n);
		put_z(&l, "random_item_code", code);
		put(&l, "check_domain", it->main_name);
		put(&l, "random_item_name", it->name);
		put(&l, "check_object", it->object);
		put_z(&l, "item_category", n % 5 ? "1" : "2");
		put_z(&l, "check_proportion", n % 5 ? "不低于5%" : "不低于20%");
		put_z(&l, "check_frequency", "每年1次");
		put_z(&l, "check_way", "现场检查");
		put_z(&l, "check_content", "许可条件保持情况；管理制度落实情况");
		put(&l, "check_gist", it->law);
		put(&l, "subitem_code", it->code);
		put_z(&l, "implement_level", "3");
		put_z(&l, "is_stop", "0");
		end(&l);
	}
}

/* --- officers ---------------------------------------------------------------------------- */

static int
officers_of(const struct demo_city *city, int dept)
{
	int total = 0, n;

	for (size_t i = 0; i < city->n_depts; i++)
		total += city->depts[i].weight;
	n = city->size.officers * city->depts[dept].weight / total;
	return n < 4 ? 4 : n;
}

static void
officer_at(const struct demo_city *city, int dept, int n, struct text *ret_name,
	   struct text *ret_certificate)
{
	const struct demo_dept *d = &city->depts[dept];
	struct dice dice = dice_of(city, ABOUT_OFFICER, dept, n);

	person_name(&dice, ret_name);
	(void)snprintf(ret_certificate->p, sizeof(ret_certificate->p), "%.*s%.*s%02d%04d",
		       ZD_STR_ARG(d->area), ZD_STR_ARG(d->national), dept, n + 1);
}

void
demo_put_officers(const struct demo_city *city, int dept, struct zd_out *out)
{
	const struct demo_dept *d = &city->depts[dept];
	struct line l = { .out = out };

	for (int i = 0; i < officers_of(city, dept); i++) {
		struct dice dice = dice_of(city, ABOUT_OFFICER, dept, i + 100000);
		struct text name, certificate, id;
		int32_t born = zd_day_of(1966, 1, 1) + roll(&dice, 12000);
		officer_at(city, dept, i, &name, &certificate);
		make_id_card(&id, d->area.p, born);
		put_z(&l, "officer_name", name.p);
		put(&l, "organ_name", d->name);
		put_z(&l, "sex", "2");
		put_day(&l, "birth_date", born);
		put_z(&l, "officer_nature", roll(&dice, 5) ? "01" : "03");
		put_z(&l, "is_supervisor", roll(&dice, 10) ? "0" : "1");
		put_z(&l, "is_legal_qualified", roll(&dice, 6) ? "0" : "1");
		put_z(&l, "certificate_code", certificate.p);
		put_z(&l, "issue_organ", "市司法局");
		put(&l, "enforce_area", d->area);
		put_day(&l, "certificate_valid_until", city->size.today + 200 + roll(&dice, 1200));
		put(&l, "area_number", d->area);
		put(&l, "department_code", d->national);
		end(&l);
	}
}

/* --- subjects ---------------------------------------------------------------------------- */

const char *const demo_subject_standards[] = {
	"enterprise",     "individual_business", "organisation",
	"natural_person", "special_equipment",   "site",
	"product_food",   "other_object",        NULL
};
/* Share of the subjects in hundredths, and who registers them; the first four are parties of actions. */
static const struct {
	int share;
	const char *registrar;
} kinds[] = { { 46, "31" }, { 36, "31" }, { 4, "11" }, { 2, "23" },
	      { 5, "31" },  { 2, "17" },  { 3, "31" }, { 2, "16" } };
#define PARTY_KINDS 4

struct party {
	int kind;
	struct text name, code, area, area_name, address, industry;
	const char *object_type, *nature, *certificate;
};

static int
kind_first(const struct demo_city *city, int kind)
{
	int share = 0;

	for (int i = 0; i < kind; i++)
		share += kinds[i].share;
	return (int)((int64_t)city->size.subjects * share / 100);
}

static int
kind_of(const struct demo_city *city, int n)
{
	int kind = 0;

	while (kind + 1 < (int)ZD_COUNT(kinds) && n >= kind_first(city, kind + 1))
		kind++;
	return kind;
}

static const struct demo_area *
area_of(struct dice *d)
{
	int at = roll(d, 100);

	for (size_t i = 0; i < demo_areas_n; i++) {
		at -= demo_areas[i].weight;
		if (at < 0)
			return &demo_areas[i];
	}
	return &demo_areas[0];
}

static void
name_party(struct party *p, struct dice *d, const struct demo_area *a)
{
	struct zd_str f1 = pick(d, demo_fancy), f2 = pick(d, demo_fancy);
	size_t trade = (size_t)roll(d, (int)demo_trades_n);

	(void)snprintf(p->industry.p, sizeof(p->industry.p), "%s", demo_trade_classes[trade]);
	switch (p->kind) {
	case 1:
		(void)snprintf(p->name.p, sizeof(p->name.p), "%s%.*s%.*s%s", a->name,
			       ZD_STR_ARG(f1), ZD_STR_ARG(f2),
			       demo_shops[roll(d, (int)demo_shops_n)]);
		break;
	case 2:
		(void)snprintf(p->name.p, sizeof(p->name.p), "%s%.*s%.*s%s", a->name,
			       ZD_STR_ARG(f1), ZD_STR_ARG(f2),
			       roll(d, 2) ? "幼儿园" : "志愿服务协会");
		break;
	case 3: person_name(d, &p->name); break;
	default:
		(void)snprintf(p->name.p, sizeof(p->name.p), "%s%.*s%.*s%s有限%s公司", a->name,
			       ZD_STR_ARG(f1), ZD_STR_ARG(f2), demo_trades[trade],
			       roll(d, 8) ? "责任" : "");
		break;
	}
}

/* The party with that number, of the first four kinds. */
static void
party_at(const struct demo_city *city, int n, struct party *ret)
{
	static const char *const object_types[] = { "1", "1", "10", "2" };
	static const char *const natures[] = { "02", "03", "02", "01" };
	static const char *const kinds_of_code[] = { "91", "92", "52", "" };
	struct dice d = dice_of(city, ABOUT_SUBJECT, n, 0);
	const struct demo_area *a = area_of(&d);

	ret->kind = kind_of(city, n);
	(void)snprintf(ret->area.p, sizeof(ret->area.p), "%s", a->code);
	(void)snprintf(ret->area_name.p, sizeof(ret->area_name.p), "%s", a->name);
	(void)snprintf(ret->address.p, sizeof(ret->address.p), "%s%s%d号", a->name,
		       demo_streets[roll(&d, (int)demo_streets_n)], 1 + roll(&d, 400));
	name_party(ret, &d, a);
	int k = ret->kind < PARTY_KINDS ? ret->kind : 0;
	if (k == 3)
		make_id_card(&ret->code, a->code, zd_day_of(1955, 1, 1) + n % 18000);
	else
		make_uscc(&ret->code, kinds_of_code[k], a->code, (uint64_t)n + 10000);
	ret->object_type = object_types[k];
	ret->nature = natures[k];
	ret->certificate = k == 3 ? "111" : "001";
}

static void
put_register(struct line *l, struct dice *d, const struct party *p, int32_t today)
{
	struct text person;

	put_z(l, "register_organ", p->area.p);
	put_z(l, "register_organ_name", "市场监督管理局");
	put_z(l, "register_state", "1");
	put_z(l, "register_state_name", roll(d, 30) ? "存续" : "注销");
	person_name(d, &person);
	put_z(l, p->kind ? "operator_name" : "legal_representative", person.p);
	put_day(l, p->kind ? "register_date" : "establish_date", today - 700 - roll(d, 5000));
	put_day(l, "apprdate", today - roll(d, 600));
}

static void
put_enterprise(struct line *l, struct dice *d, const struct party *p, int n, int32_t today)
{
	char pripid[40];

	(void)snprintf(pripid, sizeof(pripid), "%.6s%024d", p->area.p, n + 1);
	put_z(l, "pripid", pripid);
	put_z(l, "uscc", p->code.p);
	put_z(l, p->kind ? "business_name" : "enterprise_name", p->name.p);
	put_z(l, "address_operating", p->address.p);
	put_z(l, "business_scope", "许可项目和一般项目，以登记机关核准为准");
	put_register(l, d, p, today);
	if (p->kind)
		return;
	put_z(l, "industry_code", p->industry.p);
	put_z(l, "organisation_category", "11");
	put_number(l, "registered_capital", 10 * (1 + roll(d, 500)));
	put_z(l, "currency_name", "人民币");
	put_z(l, "address_registered", p->address.p);
	put_z(l, "longitude", "115.03");
	put_z(l, "latitude", "30.20");
}

static void
put_organisation(struct line *l, struct dice *d, const struct party *p)
{
	struct text person;

	person_name(d, &person);
	put_z(l, "administrative_cp", p->name.p);
	put_z(l, "administrative_cp_ui_code", p->code.p);
	put_z(l, "legal_representative", person.p);
	put_z(l, "approve_organ", "市民政局");
	put_z(l, "address_registered", p->address.p);
	put_z(l, "area_number", p->area.p);
}

static void
put_person(struct line *l, const struct party *p)
{
	put_z(l, "person_name", p->name.p);
	put_z(l, "id_card", p->code.p);
	put_z(l, "sex", "2");
	put_z(l, "area_number", p->area.p);
	put_z(l, "practice_certificate_name", "医师执业证书");
}

static void
put_equipment(struct line *l, struct dice *d, const struct party *unit, int n, int32_t today)
{
	char code[32], kind[4];
	struct text maker;

	(void)snprintf(code, sizeof(code), "3120420200%010d", n);
	(void)snprintf(kind, sizeof(kind), "%d", roll(d, 3) ? 4 : 1 + roll(d, 8));
	make_uscc(&maker, "91", "420200", 5000 + (uint64_t)roll(d, 40));
	put_z(l, "product_brand", "示例牌");
	put_z(l, "manufacturer", "示例设备制造有限公司");
	put_z(l, "manufacturer_code", maker.p);
	put_day(l, "made_date", today - 1500 - roll(d, 2000));
	put_day(l, "inspect_date", today - roll(d, 360));
	put_z(l, "use_unit", unit->name.p);
	put_z(l, "use_unit_code", unit->code.p);
	put_z(l, "area_name", unit->area_name.p);
	put_day(l, "next_inspect_date", today + 5 + roll(d, 360));
	put_day(l, "valid_until", today + 1000 + roll(d, 3000));
	put_z(l, "equipment_code", code);
	put_z(l, "equipment_kind", kind);
}

static void
put_site(struct line *l, struct dice *d, const struct party *unit, int n)
{
	char id[24], phone[24];
	struct text person;

	(void)snprintf(id, sizeof(id), "CS%08d", n);
	(void)snprintf(phone, sizeof(phone), "0714-1%06d", n % 1000000);
	person_name(d, &person);
	put_z(l, "record_unique_identity", id);
	put_z(l, "site_name", unit->address.p);
	put_z(l, "area_name", unit->area_name.p);
	put_z(l, "area_number", unit->area.p);
	put_z(l, "responsible_unit", unit->name.p);
	put_z(l, "responsible_unit_code", unit->code.p);
	put_z(l, "responsible_person", person.p);
	put_z(l, "responsible_ce_type", "001");
	put_z(l, "responsible_ui_code", unit->code.p);
	put_z(l, "contact_phone", phone);
	put_z(l, "site_use", "经营场所");
	put_z(l, "site_scale", "中型");
	put_z(l, "start_date", "2015-06-01");
	put_z(l, "service_life", "50年");
}

static void
put_food(struct line *l, const struct party *maker, int n)
{
	char code[24], licence[24];

	(void)snprintf(code, sizeof(code), "SP%010d", n);
	(void)snprintf(licence, sizeof(licence), "SC1%013d", n);
	put_z(l, "product_code", code);
	put_z(l, "product_name", "预包装食品");
	put_z(l, "product_spec", "500g/袋");
	put_z(l, "food_category", "糕点");
	put_z(l, "producer_name", maker->name.p);
	put_z(l, "producer_code", maker->code.p);
	put_z(l, "licence_no", licence);
	put_z(l, "area_number", maker->area.p);
}

static void
put_other_object(struct line *l, const struct party *holder, int n)
{
	char code[24];

	(void)snprintf(code, sizeof(code), "QT%010d", n);
	put_z(l, "object_code", code);
	put_z(l, "object_name", "污染源在线监测点");
	put_z(l, "category", "WRY");
	put_z(l, "category_name", "污染源");
	put_z(l, "administrative_cp_ui_code", holder->code.p);
	put_z(l, "address_operating", holder->address.p);
	put_z(l, "area_number", holder->area.p);
}

static void
put_subject(const struct demo_city *city, struct line *l, int kind, int n)
{
	struct dice d = dice_of(city, ABOUT_SUBJECT, n, 1);
	struct party p;

	/* things belong to some enterprise */
	party_at(city, kind < PARTY_KINDS ? n : roll(&d, kind_first(city, 1)), &p);
	switch (kind) {
	case 0:
	case 1: put_enterprise(l, &d, &p, n, city->size.today); break;
	case 2: put_organisation(l, &d, &p); break;
	case 3: put_person(l, &p); break;
	case 4: put_equipment(l, &d, &p, n, city->size.today); break;
	case 5: put_site(l, &d, &p, n); break;
	case 6: put_food(l, &p, n); break;
	default: put_other_object(l, &p, n); break;
	}
	end(l);
}

void
demo_put_subjects(const struct demo_city *city, int dept, const char *standard, struct zd_out *out)
{
	const struct demo_dept *d = &city->depts[dept];
	struct line l = { .out = out };

	for (int kind = 0; kind < (int)ZD_COUNT(kinds); kind++) {
		if (strcmp(demo_subject_standards[kind], standard) != 0 || d->parent >= 0 ||
		    !zd_str_equal(d->national, zd_str_of(kinds[kind].registrar)))
			continue;
		int until = kind + 1 < (int)ZD_COUNT(kinds) ? kind_first(city, kind + 1)
							    : city->size.subjects;
		for (int n = kind_first(city, kind); n < until; n++)
			put_subject(city, &l, kind, n);
	}
}

/* --- actions ----------------------------------------------------------------------------- */

const char *const demo_action_standards[] = { "check_action", "punish_action", "force_action",
					      "other_action", NULL };
static const int action_share[] = { 86, 7, 2, 5 };

/* The first day of month number m (0: the oldest). */
static int32_t
month_start(const struct demo_city *city, int m)
{
	int y, mo, d;

	zd_day_split(city->size.today, &y, &mo, &d);
	int months = y * 12 + mo - 1 - city->size.months + m;
	return zd_day_of(months / 12, months % 12 + 1, 1);
}

/* How many actions dept reports for that month: its share, the season, some chance. */
static int
volume(const struct demo_city *city, int dept, int month, int kind)
{
	static const int season[] = { 70, 45, 95, 105, 110, 115, 100, 95, 125, 110, 120, 110 };
	struct dice d = dice_of(city, ABOUT_VOLUME, dept * 1000 + month, kind);
	int64_t total = 0;
	int y, m, day;

	if (city->depts[dept].manner == DEMO_SILENT && month >= city->size.months - 6 &&
	    month < city->size.months - 3)
		return 0;
	for (size_t i = 0; i < city->n_depts; i++)
		total += city->depts[i].weight;
	zd_day_split(month_start(city, month), &y, &m, &day);
	int64_t n = city->size.actions * city->depts[dept].weight * season[m - 1] *
		    action_share[kind] / (total * 100 * 100 * city->size.months);
	return (int)(n * (90 + roll(&d, 21)) / 100) + (roll(&d, 3) == 0);
}

/* What one action is about. */
struct facts {
	struct party party;
	const struct demo_item *item;
	int item_number, officer_a, officer_b, result;
	int32_t day, sent;
	int fault; /* 0: none */
	char code[40];
};

#define FAULT_KINDS 12
#define FAULT_OTHER_POWER 12 /* a penalty item of the department beside that of the inspection */

static int
fault_of(const struct demo_dept *dept, struct dice *d)
{
	int in = dept->manner == DEMO_SLOPPY ? 9 : 90;

	return roll(d, in) == 0 ? 1 + roll(d, FAULT_KINDS) : 0;
}

static const struct demo_item *
item_at(const struct demo_city *city, const struct demo_dept *dept, int type, struct dice *d)
{
	const int *list = city->claims[dept->number];
	int first = 0, n = 0;

	while (list[first] >= 0 && city->items[list[first]].type != type)
		first++;
	while (list[first + n] >= 0 && city->items[list[first + n]].type == type)
		n++;
	if (dept->manner == DEMO_OFF_LIST && roll(d, 12) == 0)
		return &city->items[(size_t)roll(d, (int)city->n_items)];
	for (int tries = 0; n && tries < 20; tries++) {
		const struct demo_item *item = &city->items[list[first + roll(d, n)]];
		if (!item->suspended && !item->cancel.p)
			return item;
	}
	return NULL;
}

static int32_t
day_in_month(const struct demo_city *city, const struct demo_dept *dept, int month, struct dice *d)
{
	int32_t first = month_start(city, month), last = month_start(city, month + 1) - 1;
	int32_t day = dept->manner == DEMO_BURSTING ? last - roll(d, 2)
						    : first + roll(d, last - first + 1);

	/* inspectors work on weekdays; day 0, 1970-01-01, was a Thursday */
	while ((day + 3) % 7 >= 5 && day > first)
		day--;
	return day < city->size.today ? day : city->size.today - 1;
}

static int
result_of(struct dice *d)
{
	int at = roll(d, 100);

	return at < 74 ? 1 : at < 86 ? 2 : at < 91 ? 3 : at < 97 ? 4 : at < 98 ? 5 : 6;
}

static void
check_at(const struct demo_city *city, int dept, int month, int serial, struct facts *ret)
{
	static const char digits[] = "JC%02d%06d%06d";
	const struct demo_dept *d = &city->depts[dept];
	struct dice dice = dice_of(city, ABOUT_CHECK, dept * 1000 + month, serial);
	int officers = officers_of(city, dept);

	ret->item = item_at(city, d, 0, &dice);
	/* a fifth of the visits go to a small part of the enterprises */
	int parties = kind_first(city, PARTY_KINDS);
	party_at(city, roll(&dice, 5) ? roll(&dice, parties) : roll(&dice, 1 + parties / 25),
		 &ret->party);
	ret->day = day_in_month(city, d, month, &dice);
	ret->sent = ret->day + (d->manner == DEMO_LATE ? 45 : 0) + roll(&dice, 6);
	if (ret->sent > city->size.today)
		ret->sent = city->size.today;
	ret->officer_a = roll(&dice, officers);
	ret->officer_b = (ret->officer_a + 1 + roll(&dice, officers - 1)) % officers;
	ret->result = result_of(&dice);
	ret->fault = fault_of(d, &dice);
	(void)snprintf(ret->code, sizeof(ret->code), digits, dept,
		       zd_day_month(month_start(city, month)), serial + 1);
}

static void
put_party(struct line *l, const struct facts *f, const struct demo_dept *dept)
{
	put(l, "implement_institution", dept->name);
	put(l, "implement_institution_code", dept->uscc);
	put(l, "supervise_object", f->item->object);
	put_z(l, "supervise_object_type", f->party.object_type);
	put_z(l, "administrative_cp", f->party.name.p);
	put_z(l, "administrative_cp_na", f->party.nature);
	put_z(l, "administrative_cp_ce_type", f->party.certificate);
	put_z(l, "administrative_cp_ui_code", f->party.code.p);
	put_z(l, "address_operating", f->party.address.p);
	put_z(l, "area_number", f->party.area.p);
}

static void
put_sent(struct line *l, const struct facts *f, int32_t sent, const char *name)
{
	put_day(l, "submitted_date", sent);
	put_z(l, "submitted_personnel", name);
	put_z(l, "cd_operation", "i");
	(void)f;
}

/* The ways in which the rows of real senders are wrong, one a row. */
static void
spoil(struct line *l, struct facts *f)
{
	static const struct {
		const char *field, *falsely;
	} faults[FAULT_KINDS + 1] = {
		{ NULL, NULL },
		{ "administrative_cp_ui_code", "91420200XD0000000A" },
		{ "check_result", "09" },
		{ "check_type", "现场查看" },
		{ "area_number", "420299" },
		{ "administrative_cp", NULL },
		{ "check_date", "2025-02-30" },
		{ "supervise_item_implement_code", "无" },
		{ "supervise_item_check_icode", "114202000000000000" },
		{ "submitted_date", "2019-05-01" },
		{ "check_personnel", "王某" },
		{ "check_form", NULL },
		[FAULT_OTHER_POWER] = { NULL, NULL }, /* cite_other_power */
	};

	l->spoil = faults[f->fault].field;
	l->falsely = faults[f->fault].falsely;
}

static void
cite_other_power(const struct demo_city *city, struct line *l, const struct facts *f, int dept,
		 int serial, struct text *items)
{
	struct dice dice = dice_of(city, ABOUT_OTHER, dept * 1000, 600000 + serial);
	const struct demo_item *penalty = item_at(city, &city->depts[dept], 1, &dice);

	if (f->fault != FAULT_OTHER_POWER || !penalty)
		return;
	(void)snprintf(items->p, sizeof(items->p), "%.*s,%.*s", ZD_STR_ARG(f->item->code),
		       ZD_STR_ARG(penalty->code));
	l->spoil = "supervise_item_implement_code";
	l->falsely = items->p;
}

static void
put_check(const struct demo_city *city, struct line *l, int dept, int month, int serial)
{
	const struct demo_dept *d = &city->depts[dept];
	struct facts f;
	struct text a, ca, b, cb, list, both, name, items;

	check_at(city, dept, month, serial, &f);
	if (!f.item)
		return;
	officer_at(city, dept, f.officer_a, &a, &ca);
	officer_at(city, dept, f.officer_b, &b, &cb);
	list_code(d, f.item, &list);
	spoil(l, &f);
	cite_other_power(city, l, &f, dept, serial, &items);
	put(l, "supervise_item_implement_code", f.item->code);
	put_z(l, "supervise_item_check_icode", list.p);
	(void)snprintf(name.p, sizeof(name.p), "对%.100s的检查", f.party.name.p);
	name.p[zd_utf8_check(zd_str_of(name.p))] = 0;
	put_z(l, "check_action_name", name.p);
	put_z(l, "check_action_code", f.code);
	put_party(l, &f, d);
	put_z(l, "check_form", serial % 4 ? "01" : "02");
	put_z(l, "check_type", serial % 19 ? "01" : "02");
	put_z(l, "check_mode", serial % 3 ? "2" : "1");
	(void)snprintf(both.p, sizeof(both.p), "0%d", f.result);
	put_z(l, "check_result", both.p);
	put_day(l, "check_date", f.day);
	(void)snprintf(both.p, sizeof(both.p), "%.70s,%.70s", a.p, b.p);
	put_z(l, "check_personnel", both.p);
	(void)snprintf(both.p, sizeof(both.p), "%.70s,%.70s", ca.p, cb.p);
	put_z(l, "check_personnel_code", both.p);
	put_sent(l, &f, f.sent, a.p);
	l->spoil = NULL;
	end(l);
}

/* A check of that month that found something and is in order: what later actions follow from. */
static bool
find_check(const struct demo_city *city, int dept, int month, struct dice *d, struct facts *ret)
{
	int n = volume(city, dept, month, 0);

	for (int tries = 0; n && tries < 60; tries++) {
		check_at(city, dept, month, roll(d, n), ret);
		if (ret->item && !ret->fault && ret->result >= (tries < 40 ? 4 : 1) &&
		    city->depts[dept].manner != DEMO_OFF_LIST)
			return true;
	}
	return false;
}

static void
number_action(const struct demo_city *city, char code[40], const char *mark, int dept, int month,
	      int serial)
{
	(void)snprintf(code, 40, "%s%02d%06d%05d", mark, dept,
		       zd_day_month(month_start(city, month)), serial + 1);
}

static void
put_punish(const struct demo_city *city, struct line *l, int dept, int month, int serial)
{
	const struct demo_dept *d = &city->depts[dept];
	struct dice dice = dice_of(city, ABOUT_OTHER, dept * 1000 + month, serial);
	struct facts f;
	struct text name;
	char code[40], document[64];
	const struct demo_item *item = item_at(city, d, 1, &dice);

	if (!item || !find_check(city, dept, month, &dice, &f))
		return;
	f.item = item;
	bool simple = roll(&dice, 3) == 0;
	int64_t fine = simple ? 50 * (1 + roll(&dice, 40)) : 1000 * (1 + roll(&dice, 60));
	int32_t decided = f.day + (simple ? 0 : 20 + roll(&dice, 28));
	if (decided >= city->size.today)
		decided = city->size.today - 1;
	number_action(city, code, "CF", dept, month, serial);
	put(l, "supervise_item_code", item->code);
	(void)snprintf(name.p, sizeof(name.p), "对%.80s的处罚", f.party.name.p);
	name.p[zd_utf8_check(zd_str_of(name.p))] = 0;
	put_z(l, "punish_action_name", name.p);
	put_z(l, "punish_action_code", code);
	put_party(l, &f, d);
	put_z(l, "case_source", "01");
	put_z(l, "check_action_code", f.code);
	put_z(l, "illegal_fact", demo_offences[roll(&dice, (int)demo_offences_n)]);
	put(l, "punish_accord", item->law);
	put_z(l, "punish_procedure", simple ? "01" : "02");
	put_z(l, "if_hearing_witnesses", "否");
	if (!simple)
		put_day(l, "filing_date", f.day);
	put_z(l, "case_involving_punishment", "否");
	(void)snprintf(document, sizeof(document), "%.*s罚决〔%d〕%s", ZD_STR_ARG(d->name),
		       zd_day_month(decided) / 100, code + 2);
	put_z(l, "punish_document_code", document);
	put_day(l, "set_date", decided);
	put_z(l, "punish_type", "02");
	put_number(l, "fine", fine);
	put_z(l, "penalty_result", "罚款");
	put_z(l, "administrative_reconsider", "00");
	put_z(l, "administrative_action", "00");
	put_z(l, "administrative_penalties", "否");
	if (roll(&dice, 4)) {
		put_z(l, "cases_closed_execution_way", "1");
		put_z(l, "cases_closed_execution_result", "1");
		put_number(l, "cases_closed_fine", fine);
	}
	put_sent(l, &f, decided, "数据员");
	end(l);
}

static void
put_force(const struct demo_city *city, struct line *l, int dept, int month, int serial)
{
	const struct demo_dept *d = &city->depts[dept];
	struct dice dice = dice_of(city, ABOUT_OTHER, dept * 1000 + month, 200000 + serial);
	struct facts f;
	struct text name;
	char code[40], document[64];
	const struct demo_item *item = item_at(city, d, 2, &dice);

	if (!item || !find_check(city, dept, month, &dice, &f))
		return;
	f.item = item;
	number_action(city, code, "QZ", dept, month, serial);
	put(l, "supervise_item_code", item->code);
	(void)snprintf(name.p, sizeof(name.p), "对%.80s采取的强制措施", f.party.name.p);
	name.p[zd_utf8_check(zd_str_of(name.p))] = 0;
	put_z(l, "force_action_name", name.p);
	put_z(l, "force_action_code", code);
	put_party(l, &f, d);
	put_z(l, "check_action_code", f.code);
	put_z(l, "illegal_fact", demo_offences[roll(&dice, (int)demo_offences_n)]);
	put(l, "mandatory_basis", item->law);
	(void)snprintf(document, sizeof(document), "强决〔%d〕%s", zd_day_month(f.day) / 100,
		       code + 2);
	put_z(l, "mandatory_decision_number", document);
	put_z(l, "force_type", "01");
	put_z(l, "coercive_measure_type", roll(&dice, 2) ? "02" : "03");
	put_day(l, "mandatory_decision_sev_date", f.day);
	put_sent(l, &f, f.sent, "数据员");
	end(l);
}

static void
put_other(const struct demo_city *city, struct line *l, int dept, int month, int serial)
{
	const struct demo_dept *d = &city->depts[dept];
	struct dice dice = dice_of(city, ABOUT_OTHER, dept * 1000 + month, 400000 + serial);
	struct facts f;
	struct text name;
	char code[40];
	const struct demo_item *item = item_at(city, d, 3, &dice);

	if (!item || !find_check(city, dept, month, &dice, &f))
		return;
	f.item = item;
	number_action(city, code, "QT", dept, month, serial);
	put(l, "supervise_item_code", item->code);
	(void)snprintf(name.p, sizeof(name.p), "约谈%.80s%d", f.party.name.p, serial + 1);
	put_z(l, "action_name", name.p);
	put_z(l, "action_code", code);
	put_z(l, "check_behavior_number", f.code);
	put_party(l, &f, d);
	put_z(l, "supervise_measure", "约谈");
	put_day(l, "start_date", f.day);
	put_sent(l, &f, f.sent, "数据员");
	end(l);
}

void
demo_put_actions(const struct demo_city *city, int dept, const char *standard, int month,
		 int months, struct zd_out *out)
{
	static void (*const puts[])(const struct demo_city *, struct line *, int, int,
				    int) = { put_check, put_punish, put_force, put_other };
	struct line l = { .out = out };
	int kind = 0;

	while (demo_action_standards[kind] && strcmp(demo_action_standards[kind], standard) != 0)
		kind++;
	if (!demo_action_standards[kind])
		return;
	for (int m = month; m < month + months && m <= city->size.months; m++)
		for (int i = 0, n = volume(city, dept, m, kind); i < n; i++)
			puts[kind](city, &l, dept, m, i);
}

/* --- random inspection -------------------------------------------------------------------- */

/* A department's plan of that year: 1 the yearly one, 2 one for a field of its own. */
static void
plan_at(const struct demo_city *city, int dept, int year, int type, char id[40], struct text *name)
{
	const struct demo_dept *d = &city->depts[dept];

	(void)snprintf(id, 40, "%d-%.*s%s", year, ZD_STR_ARG(d->code), type == 1 ? "" : "-ZX");
	(void)snprintf(name->p, sizeof(name->p), "%.*s%d年%s", ZD_STR_ARG(d->name), year,
		       type == 1 ? "度随机抽查计划" : "重点领域专项抽查计划");
}

static int
this_year(const struct demo_city *city)
{
	int y, m, day;

	zd_day_split(city->size.today, &y, &m, &day);
	return y;
}

void
demo_put_plans(const struct demo_city *city, int dept, struct zd_out *out)
{
	const struct demo_dept *d = &city->depts[dept];
	struct line l = { .out = out };
	int y = this_year(city);

	for (int n = 0; n < 2 * DEMO_PLAN_YEARS; n++) {
		int year = y + 1 - DEMO_PLAN_YEARS + n / 2, type = 1 + n % 2;
		struct text name;
		char id[40], kind[2] = { (char)('0' + type), 0 };
		plan_at(city, dept, year, type, id, &name);
		put_z(&l, "plan_id", id);
		put_z(&l, "plan_type", kind);
		put_z(&l, "plan_name", name.p);
		put_number(&l, "plan_year", year);
		put_z(&l, "area_name", "黄石市");
		put(&l, "area_number", d->area);
		put(&l, "department_code", d->national);
		put(&l, "uscc", d->uscc);
		put_z(&l, "check_proportion", type == 1 ? "5%" : "10%");
		end(&l);
	}
}

/* Enterprises and shops, each at most once a plan. */
static void
put_drawn(const struct demo_city *city, struct line *l, int dept, int year, int type)
{
	struct dice dice = dice_of(city, ABOUT_OTHER, 900000 + dept, year * 10 + type);
	int all = kind_first(city, 2), most = 6 + roll(&dice, 9), first = roll(&dice, all + 1);
	struct text plan;
	struct party p;
	char id[40], key[56];

	if (most > all)
		most = all;
	plan_at(city, dept, year, type, id, &plan);
	for (int i = 0; i < most; i++) {
		int n = (first + (int)((int64_t)all * i / most)) % all;
		party_at(city, n, &p);
		(void)snprintf(key, sizeof(key), "%s-%03d", id, i + 1);
		put_z(l, "record_unique_identity", key);
		put_z(l, "plan_id", id);
		put_z(l, "object_name", p.name.p);
		put_z(l, "object_id", p.code.p);
		put_z(l, "uscc", p.code.p);
		end(l);
	}
}

void
demo_put_samples(const struct demo_city *city, int dept, struct zd_out *out)
{
	struct line l = { .out = out };
	int y = this_year(city);

	for (int n = 0; n < 2 * DEMO_PLAN_YEARS; n++)
		put_drawn(city, &l, dept, y + 1 - DEMO_PLAN_YEARS + n / 2, 1 + n % 2);
}
