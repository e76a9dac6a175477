#ifndef ZD_STANDARD_H
#define ZD_STANDARD_H

#include "base/zd.h"

/*
 * standard: the data standards. From one declaration (standards/NAME.json) come the check at every
 * entrance, the forms, the templates, the API schema, the columns and the documentation.
 *
 * A rule room: pure, no I/O, no clock but cx; it also compiles to WebAssembly. What it needs to
 * know of the city (catalogue, libraries) it asks through struct standard_refs.
 *
 * Sources: the national "互联网+监管" data standard as listed in docs/standards.md; each field and
 * rule names its basis.
 */
#define STANDARD_MAX_FIELDS 72

enum standard_kind {
	STANDARD_CATALOG,
	STANDARD_SUBJECT,
	STANDARD_OFFICER,
	STANDARD_ACTION,
	STANDARD_PLAN
};

enum standard_type {
	STANDARD_TEXT,
	STANDARD_CODE,    /* one code of a list; canonical: the code */
	STANDARD_CODES,   /* several codes of a list; canonical: joined by ',' */
	STANDARD_DATE,    /* canonical: YYYY-MM-DD */
	STANDARD_INT,     /* canonical: decimal digits */
	STANDARD_DECIMAL, /* canonical: digits '.' scale digits */
	STANDARD_BOOL,    /* canonical: 1 or 0 (是/否) */
	STANDARD_LIST     /* names or numbers; canonical: joined by ',' */
};

enum standard_ident {
	STANDARD_NO_IDENT,
	STANDARD_USCC,       /* GB 32100-2015 with the inner GB 11714 code */
	STANDARD_ID_CARD,    /* GB 11643-1999 */
	STANDARD_USCC_OR_ID, /* by length; a party of either kind */
	STANDARD_REG_NO,     /* 15 digits, GB/T 17710 MOD 11,10 */
	STANDARD_DIVISION,   /* GB/T 2260, current or retired on the record's date */
	STANDARD_INDUSTRY,   /* GB/T 4754-2017 */
	STANDARD_ITEM_CODE,  /* 14 digits */
	STANDARD_MAIN_CODE,  /* 8 digits */
	STANDARD_LIST_CODE,  /* 18 USCC + level 1..5 + rest */
	STANDARD_PHONE
};

/* The ten official check types 数据检核类型 (facts: national list); 0 for field form checks. */
enum standard_check {
	STANDARD_CHECK_FORM = 0,
	STANDARD_CHECK_CODE = 1,
	STANDARD_CHECK_SOURCE = 2,
	STANDARD_CHECK_ITEM = 3,
	STANDARD_CHECK_LIST = 4,
	STANDARD_CHECK_MERGE = 5,
	STANDARD_CHECK_USCC = 6,
	STANDARD_CHECK_ID_CARD = 7,
	STANDARD_CHECK_RELATION = 8,
	STANDARD_CHECK_KEY = 9,
	STANDARD_CHECK_TIME = 10
};

struct standard_index; /* finds by text; standard/text.h */

struct standard_code {
	struct zd_str code, name, parent; /* parent: absent in flat lists */
	int32_t from, until;              /* in force, both included; INT32_MIN, INT32_MAX: open */
};
struct standard_codes {
	struct zd_str name, title, basis;
	const struct standard_code *codes; /* sorted by code, then from */
	size_t n;
	const struct standard_index *by_code, *by_name;
	const int32_t *same_name; /* by row: the next row of the same name, or -1 */
	size_t longest;           /* code, in bytes */
	bool all_digits;
};

struct standard_field {
	struct zd_str name;  /* the national column name, also the name in JSON and CSV */
	struct zd_str title; /* Chinese column heading */
	enum standard_type type;
	enum standard_ident ident;
	const struct standard_codes *codes;
	/* Names the codes of a text, for people: of divisions and industries, and where a standard
	 * declares a list; no check; or NULL. */
	const struct standard_codes *names;
	bool required;
	int max;             /* characters; 0: no limit but the store's (65535) */
	int min_items;       /* STANDARD_LIST */
	int scale;           /* STANDARD_DECIMAL */
	int data_class;      /* 1..4 */
	int32_t from, until; /* the versions that have it */
	bool exchange; /* from standards/exchange.json: how it travelled, not what it is; not in a
			  record's hash */
	struct zd_str since, until_version; /* names of versions, as declared; or absent */
	struct zd_str unit, example, hint, basis;
	const struct zd_str *aliases; /* other headings seen in senders' files */
	size_t n_aliases;
};

struct standard_rule; /* cross-field and reference rules, compiled; standard/compile.h */
struct standard_set;

struct standard {
	struct zd_str name, title, national, table, basis;
	enum standard_kind kind;
	const struct standard_field *fields;
	size_t n_fields;
	const struct standard_rule *rules;
	size_t n_rules;
	int key, date, item, list, subject, subject_name, name_field, area; /* field index, or -1 */
	const int *merge; /* fields that make two records "the same" under different keys */
	size_t n_merge;
	const struct standard_version {
		struct zd_str name;
		int32_t from, until;
	} * versions;
	size_t n_versions;
	const struct standard_index *headings; /* of names, titles and aliases */
	const struct standard_set *set;
};

/*
 * All standards and code lists, compiled once at start from the files built in. Immutable, shared
 * by threads; lives in cx's arena. A mistake in a file is ZD_FAILED, naming file and place (a test
 * loads them, so it is the author's).
 */
enum zd_rc standard_load(struct zd_cx *cx, struct standard_set **ret) ZD_CHECKED;
const struct standard *standard_find(const struct standard_set *set,
				     struct zd_str name); /* or NULL */
size_t standard_count(const struct standard_set *set);
const struct standard *standard_at(const struct standard_set *set, size_t i);
const struct standard_codes *standard_codes_find(const struct standard_set *set,
						 struct zd_str name);
/* By name, title or alias, as templates write them ("*罚款金额(元)"); or -1. */
int standard_field_find(const struct standard *std, struct zd_str heading);
/* For an unknown heading: the nearest field by edit distance, or -1 if none is near. */
int standard_field_nearest(const struct standard *std, struct zd_str heading);
struct zd_str standard_code_name(const struct standard_codes *codes, struct zd_str code,
				 int32_t day); /* or absent */
/*
 * "420202 黄石港区", for people; the value alone if it is none of the list's. A division or an industry that the list does
 * not hold is named by what stands above it: "5259（未列名，上级 525 医药及医疗器材专门零售）". In the arena, or the value itself.
 */
struct zd_str standard_code_shown(struct zd_arena *arena, const struct standard_codes *codes,
				  struct zd_str code, int32_t day);
/* The day whose version of the standard judges a record of that day (ZD_NO_DAY: the newest
 * version). */
int32_t standard_version_day(const struct standard *std, int32_t day);
/* May a person fill it in a form or template of that day? Not the exchange columns, nor fields of
 * other versions. */
bool standard_field_is_filled(const struct standard *std, size_t field, int32_t day);
/*
 * {"name":…,"title":…,"fields":[…],"codes":{…},"rules":[…],"schema":{…}}: all that is declared, for
 * the documentation page and /api/v1/standards/NAME; "schema" is the OpenAPI component.
 */
void standard_describe(struct zd_out *out, const struct standard *std);

/* --- judging -------------------------------------------------------------------------- */

struct standard_error {
	int row;            /* 1-based data row in the sender's file */
	int field;          /* index, or -1 for the whole row */
	struct zd_str rule; /* stable id: "check_action.check_date.required" */
	enum standard_check check;
	struct zd_str value;   /* as sent */
	struct zd_str message; /* the sentence: what is wrong */
	struct zd_str todo;    /* what to do about it */
	struct zd_str basis;   /* the rule's source */
};

enum standard_answer { STANDARD_YES, STANDARD_NO, STANDARD_CANNOT_TELL };

/* What is asked of the city. Any member may be NULL: then the check cannot be made, and the report
 * says so. */
struct standard_refs {
	void *arg;
	/* L1: is the item in force and claimed by dept on that day? On NO sets the reason (a
	 * clause, Chinese). */
	enum standard_answer (*item)(void *arg, struct zd_str item, int64_t dept, int32_t day,
				     struct zd_str *ret_why);
	/* Which kind of power is the item: a code of administrative_type 行政类型, in *ret_type (absent: the item is not
	 * in the catalogue, which `item` tells), and its name, or absent. NO: it is there, but of no kind. */
	enum standard_answer (*item_type)(void *arg, struct zd_str item, struct zd_str *ret_type,
					  struct zd_str *ret_name);
	/* Is the implementation list published, of that item (may be absent), in force on that day?
	 */
	enum standard_answer (*list)(void *arg, struct zd_str list, struct zd_str item, int32_t day,
				     struct zd_str *ret_why);
	/* Does a record of that standard with that key exist for dept? */
	enum standard_answer (*record)(void *arg, struct zd_str standard, int64_t dept,
				       struct zd_str key);
	/* Another record (of another key) with the same merge fields? On YES sets its key. */
	enum standard_answer (*same)(void *arg, struct zd_str standard, int64_t dept,
				     uint64_t merge_print, struct zd_str key,
				     struct zd_str *ret_other_key);
	/* Is the certificate valid on that day, held by an officer of dept? On NO sets the reason.
	 */
	enum standard_answer (*officer)(void *arg, struct zd_str certificate, int64_t dept,
					int32_t day, struct zd_str *ret_why);
};

/* One judging of one file: keeps what is needed to find duplicates inside it. */
struct standard_judge;
struct standard_judge_config {
	const struct standard *standard;
	const struct standard_refs *refs; /* NULL: no references */
	int64_t dept;                     /* the sender */
	struct zd_str dept_source;        /* what cd_source may be, if sent; absent: not checked */
	int32_t today;
	size_t max_rows; /* duplicates are searched among so many, at 24 bytes each; 0: 5,000,000 */
};
struct standard_judge *standard_judge_new(const struct standard_judge_config *config);
void standard_judge_free(struct standard_judge *judge);
/* The checks that could not be made so far (nobody to ask, or max_rows passed), as bits 1 << enum
 * standard_check. */
uint32_t standard_judge_unmade(const struct standard_judge *judge);

struct standard_verdict {
	bool good;
	char operation;             /* 'i', 'u' or 'd' (cd_operation; 'i' if not sent) */
	int32_t day;                /* of the record, or ZD_NO_DAY */
	uint64_t merge_print;       /* 0: none */
	const struct zd_str *canon; /* n_fields canonical values, absent if not sent */
	const struct standard_error *errors;
	size_t n_errors;
};

/*
 * Judges one row. raw: n_fields values as sent (absent: not sent; empty after trimming counts as
 * not sent). operation: 'i', 'u' or 'd'; 0: what cd_operation says. A 'd' row needs only its key.
 * Everything returned lives in the arena, the standard, or is a slice of raw: raw must live as
 * long. Never fails: what is wrong is in the verdict; at most STANDARD_MAX_ERRORS a row.
 */
#define STANDARD_MAX_ERRORS 40
void standard_judge_row(struct standard_judge *judge, struct zd_arena *arena, int number,
			char operation, const struct zd_str *raw, struct standard_verdict *ret);

/* {"row":…,"field":…,"title":…,"rule":…,"check":…,"value":…,"message":…,"todo":…,"basis":…}, the same at every door.
 * value must be UTF-8 (bytes that are not cannot stand in JSON: the judge leaves them out of errors). */
void standard_error_json(struct zd_out *out, const struct standard *std,
			 const struct standard_error *error);

/*
 * One value alone, for a form that checks as one types: canonical in *ret_canon, or the first
 * fault. day: of the record, or ZD_NO_DAY. An absent value is good unless required.
 */
bool standard_judge_field(const struct standard *std, size_t field, struct zd_str raw, int32_t day,
			  int32_t today, struct zd_arena *arena, struct zd_str *ret_canon,
			  struct standard_error *ret_error);

/* For who finds a record of the same content under another key after the judging (refs->same was
 * not given): adds the error of the standard's merge_once rule to the verdict; does nothing if it
 * has none. */
void standard_merge_found(const struct standard *std, struct zd_arena *arena, int number,
			  struct zd_str other_key, struct standard_verdict *verdict);

/*
 * The standard's item_type rule for one item, for who judges a stored record again: may a record of the standard cite
 * it? False with the reason, a clause. True where nobody can tell.
 */
bool standard_item_fits(const struct standard *std, const struct standard_refs *refs,
			struct zd_str item, struct zd_out *why);

/*
 * 64-bit fingerprint of canonical values, for `same` and for finding duplicates; stable over
 * versions of the program: SipHash-2-4 under a fixed key (standard/text.h). Two keys of one print
 * are taken for one: a chance of 2^-64 a pair.
 */
uint64_t standard_print(const struct zd_str *parts, size_t n);

#endif
