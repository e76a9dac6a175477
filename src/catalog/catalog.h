#ifndef ZD_CATALOG_H
#define ZD_CATALOG_H

#include "standard/standard.h"

/*
 * catalog: what may be supervised, by whom, from when. The rules, and the snapshot that answers them
 * in memory (and, written to a file, offline). No I/O here.
 *
 * Two things happen to a sub-item 监管事项子项: its own state changes (published, suspended, cancelled)
 * and departments claim it, release it or write it off as not applicable. Both are events that are only
 * ever added, each effective from a day and recorded at an instant. What holds on a day is said by the
 * event recorded last among those effective by then: so "was this lawful on that day, as we knew it
 * then?" has an answer for ever (known_at). L1, 清单之外无监管, is catalog_check_lawful.
 */
enum catalog_what {
	CATALOG_NOTHING = 0,   /* no event: a draft, or never claimed */
	CATALOG_IN_USE = 1,    /* 在用 */
	CATALOG_CANCELLED = 2, /* 取消 */
	CATALOG_SUSPENDED = 3, /* 暂停 */
	CATALOG_CLAIMED = 11,
	CATALOG_RELEASED = 12,
	CATALOG_WRITTEN_OFF = 13 /* 核销: not applicable here, with an explanation */
};

#define CATALOG_NOW INT64_MAX /* known_at: all that is known */

struct catalog_event {
	int64_t item; /* the 14 digits of the sub-item code as a number */
	int64_t dept; /* 0: the item's own state; else that department's claim */
	int64_t seq;  /* order of recording */
	int64_t at;   /* recorded, ms */
	int32_t from; /* effective from this day */
	int32_t what; /* enum catalog_what */
};

/* A published inspection implementation list 检查实施清单. */
struct catalog_list {
	struct zd_str code;
	int64_t item;
	int32_t from,
		until; /* both included; ZD_NO_DAY as from: since ever; INT32_MAX as until: open */
	int32_t state; /* CATALOG_IN_USE or not */
};

struct catalog_officer {
	uint64_t certificate; /* standard_print of the number */
	int64_t dept;
	int32_t until; /* valid through this day; INT32_MAX: no end given */
};

/* What has been recorded, as fingerprints: enough to tell whether a key is there. */
struct catalog_known {
	uint64_t print;       /* catalog_key_print */
	struct zd_str merged; /* for merge prints: the record's key; absent for keys */
};

/* A sub-item by name, and of which kind of power it is: a code of administrative_type 行政类型, or none. */
struct catalog_name {
	int64_t item;
	struct zd_str name, type;
};

struct catalog_snapshot {
	struct catalog_event *events;     /* by item, dept, seq */
	struct catalog_list *lists;       /* by code */
	struct catalog_officer *officers; /* by certificate, dept */
	struct catalog_known *known;      /* by print */
	struct catalog_name *names;       /* by item */
	size_t n_events, n_lists, n_officers, n_known, n_names;
	bool has_officers, has_known; /* else the library answers, or nobody can tell */
	int64_t made_at;
	struct zd_str
		source; /* what cd_source of the department's rows says, "420100|31"; absent: unknown */
	int64_t dept; /* whose claims, lists, officers and keys it holds; ZD_NO_INT: all departments' */
};

/* Whose the records of a standard are: the city's (0) for the catalogue itself, but each department's own for its
 * implementation lists and all other standards. */
int64_t catalog_owner(const struct standard *std, int64_t dept);
int64_t catalog_owner_by_name(struct zd_str standard, int64_t dept);

/* 14 digits, or 0: no such code. */
int64_t catalog_item_number(struct zd_str code);
struct zd_str catalog_item_code(struct zd_arena *arena, int64_t item);

/* Sorts what was filled in any order. */
void catalog_snapshot_sort(struct catalog_snapshot *snapshot);

/* What holds for (item, dept) on that day as known at that instant. */
enum catalog_what catalog_what_on(const struct catalog_snapshot *snapshot, int64_t item,
				  int64_t dept, int32_t day, int64_t known_at);
struct zd_str catalog_name_of(const struct catalog_snapshot *snapshot,
			      int64_t item); /* or absent */
/* Its row, or NULL. */
const struct catalog_name *catalog_name_find(const struct catalog_snapshot *snapshot, int64_t item);
const struct catalog_list *catalog_list_find(const struct catalog_snapshot *snapshot,
					     struct zd_str code); /* or NULL */

/*
 * L1. May dept act on the item on that day? If not, the reason, a clause naming item and day; it lives
 * in a buffer of the caller.
 */
bool catalog_check_lawful(const struct catalog_snapshot *snapshot, struct zd_str item, int64_t dept,
			  int32_t day, int64_t known_at, struct zd_out *why);

/* May the state go from `now` to `next`? ZD_REFUSED with the reason. */
enum zd_rc catalog_check_step(struct zd_cx *cx, enum catalog_what now,
			      enum catalog_what next) ZD_CHECKED;
struct zd_str catalog_what_name(enum catalog_what what);

/* Fingerprint of "a record of this standard and department with this key", and of its merge fields. */
uint64_t catalog_key_print(struct zd_str standard, int64_t dept, struct zd_str key);
uint64_t catalog_merge_print(struct zd_str standard, int64_t dept, uint64_t merge_print);

/*
 * The snapshot as questions' answers for the judge. `why` texts live in refs->arg until the next question.
 * Members that the snapshot cannot answer (officers, known) are left as they are.
 */
struct catalog_refs {
	const struct catalog_snapshot *snapshot;
	int64_t known_at;
	struct zd_out why;
};
void catalog_refs_fill(struct catalog_refs *refs, struct standard_refs *ret);
void catalog_refs_drop(struct catalog_refs *refs); /* for ZD_CLEANUP */

/* --- the snapshot as a file (signed by whoever writes it: the last line) ------------------------ */

/* Text, one fact a line; deterministic. */
void catalog_snapshot_format(const struct catalog_snapshot *snapshot, struct zd_out *out);
/* ZD_INVALID names the line. Texts are borrowed from `text`; arrays live in the arena. */
enum zd_rc catalog_snapshot_parse(struct zd_cx *cx, struct zd_str text,
				  struct catalog_snapshot *ret) ZD_CHECKED;

#endif
