#ifndef ZD_DEMO_H
#define ZD_DEMO_H

#include "base/zd.h"

/*
 * demo: a believable city from a seed. Pure: everything is a function of (seed, number), so a row can be made
 * again wherever it is needed. demo_app puts it into a city through the ordinary doors.
 *
 * Nobody's data: names are put together at random; social credit codes use an organisation code range that is not
 * issued (XD…), identity numbers the order number 000, which is not issued, phones an unassigned local range.
 */
struct demo_size {
	uint64_t seed;
	int departments, sub_items, officers;
	int subjects;
	int64_t actions;
	int32_t today;
	int months; /* of history before today */
};
#define DEMO_DEFAULT                                                                               \
	{                                                                                          \
		.seed = 20230301, .departments = 60, .sub_items = 1200, .officers = 1500,          \
		.subjects = 40000, .actions = 400000, .months = 24                                 \
	}

/* How a department behaves. */
enum demo_manner {
	DEMO_ORDINARY,
	DEMO_SLOPPY,   /* one row in nine is wrong */
	DEMO_SILENT,   /* reported nothing for three months */
	DEMO_LATE,     /* reports a month and a half later */
	DEMO_BURSTING, /* everything in the last two days of the month */
	DEMO_OFF_LIST  /* acts on items that it did not claim */
};

struct demo_dept {
	int number;               /* 0 … departments - 1 */
	struct zd_str code, name; /* "420200-31", 市市场监督管理局 */
	struct zd_str national;   /* 2 digits */
	struct zd_str uscc;
	struct zd_str area; /* 420200: the city's own; else a district */
	int parent;         /* number of the city organ above it, or -1 */
	int weight;
	enum demo_manner manner;
};

struct demo_item {
	struct zd_str main_code, main_name, code, name, object, law;
	int type; /* 0 check, 1 penalty, 2 coercion, 3 other */
	struct zd_str national;
	struct zd_str cancel; /* a date, or absent */
	bool suspended;
};

struct demo_city {
	struct demo_size size;
	struct demo_dept *depts;
	struct demo_item *items;
	size_t n_depts, n_items;
	int **claims; /* by department: item numbers, checks first; ends at -1 */
};

/* Lives in the arena. */
struct demo_city *demo_city_new(struct zd_arena *arena, const struct demo_size *size);

/* Rows as NDJSON lines of the national fields; each returns the standard's name or NULL when there is no such number. */
void demo_put_main_items(const struct demo_city *city, struct zd_out *out);
void demo_put_sub_items(const struct demo_city *city, struct zd_out *out);
void demo_put_lists(const struct demo_city *city, int dept, struct zd_out *out);
void demo_put_random_items(const struct demo_city *city, struct zd_out *out);
void demo_put_officers(const struct demo_city *city, int dept, struct zd_out *out);
/* The subjects that dept registers, of one standard. */
extern const char *const demo_subject_standards[];
void demo_put_subjects(const struct demo_city *city, int dept, const char *standard,
		       struct zd_out *out);
/* The actions of one kind that dept reports for the quarter that begins with month `month` (0: the oldest). */
extern const char *const demo_action_standards[];
void demo_put_actions(const struct demo_city *city, int dept, const char *standard, int month,
		      int months, struct zd_out *out);
/* The plans of random inspection of the last years, two a year, and whom each has drawn. */
#define DEMO_PLAN_YEARS 2
void demo_put_plans(const struct demo_city *city, int dept, struct zd_out *out);
void demo_put_samples(const struct demo_city *city, int dept, struct zd_out *out);

#endif
