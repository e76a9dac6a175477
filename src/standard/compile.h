#ifndef ZD_STANDARD_COMPILE_H
#define ZD_STANDARD_COMPILE_H

#include "base/embed.h"
#include "standard/codes.h"

/*
 * From the files of standards/ to the compiled set. What the files may say is told in
 * standards/README.md; anything else is a mistake of the author and is told with its place.
 */
enum rule_kind {
	RULE_DATE_ORDER,
	RULE_NOT_FUTURE,
	RULE_REQUIRED_IF,
	RULE_ABSENT_IF,
	RULE_IDENT_BY,
	RULE_SAME_COUNT,
	RULE_DISTINCT,
	RULE_RANGE,
	RULE_AT_MOST,
	RULE_ITEM_IN_FORCE,
	RULE_ITEM_TYPE,
	RULE_LIST_OF_ITEM,
	RULE_EXISTS,
	RULE_OFFICER_VALID,
	RULE_SOURCE_IS_SENDER,
	RULE_KEY_ONCE,
	RULE_MERGE_ONCE
};
#define RULE_KINDS (RULE_MERGE_ONCE + 1)

struct standard_rule {
	enum rule_kind kind;
	struct zd_str name; /* as declared */
	struct zd_str id;   /* "check_action.submitted_date.submitted_after_check" */
	enum standard_check check;
	int field; /* the one to mark */
	int other; /* date_order: the earlier; *_if: the condition's; ident_by: the certificate
		      type's; or -1 */
	bool strict;
	const struct zd_str *
		values; /* *_if: codes; exists: keys to skip; ident_by: certificate types; item_type: codes of `types` */
	const enum standard_ident *idents; /* ident_by: of each value */
	size_t n_values;
	bool has_min, has_max;
	int64_t min, max; /* times 10^scale of the field */
	struct zd_str min_text, max_text;
	struct zd_str standard;             /* exists */
	const struct standard_codes *types; /* item_type: administrative_type */
	struct zd_str message, todo, basis;
};
const char *rule_kind_name(enum rule_kind kind);
const char *standard_type_name(enum standard_type type);
const char *standard_kind_name(enum standard_kind kind);

struct standard_set {
	struct zd_arena *arena;
	struct standard *standards;
	size_t n_standards;
	struct standard_codes *codes;
	size_t n_codes;
	struct standard_index *by_name, *codes_by_name;
	const struct standard_codes *divisions, *industries;
};

/* standard_load over given files (tests bring their own). */
enum zd_rc standard_load_from(struct zd_cx *cx, const struct embed_file *standards,
			      const struct embed_file *codes, struct standard_set **ret) ZD_CHECKED;

/* --- what the parts of the compiler share --------------------------------------------- */

/* A mistake in a file: "standards/NAME:…". */
enum zd_rc load_bad(struct zd_cx *cx, const char *file, const char *fmt, ...) ZD_CHECKED
	ZD_PRINTF(3, 4);

struct texts {
	struct zd_str *v;
	size_t n, cap;
};
/* Rules as written, before fields are known. */
struct draft_rule {
	struct zd_str id, kind, field, by, standard, message, todo, basis, min, max, when_field;
	struct texts fields, when_in, skip, types, map_codes, map_idents;
	int64_t check; /* 0: not given */
	bool strict;
};
struct draft_rules {
	struct draft_rule *v;
	size_t n, cap;
};
struct draft_field {
	struct zd_str name, title, type, ident, codes, names, since, until, unit, example, hint,
		basis;
	struct texts aliases;
	int64_t max, min_items, scale, data_class;
	bool required;
};
struct draft_version {
	struct zd_str version, from, until;
	struct draft_code_row {
		struct zd_str code, name;
	} * codes;
	size_t n_codes, cap_codes;
};
struct draft {
	struct zd_str name, title, kind, table, national, basis, key, name_field, date, item, list,
		subject, subject_name, area, csv;
	struct texts merge;
	struct draft_version *versions;
	size_t n_versions, cap_versions;
	struct draft_field *fields;
	size_t n_fields, cap_fields;
	struct draft_rules rules;
	struct draft_version codes; /* a code list without versions */
};
enum draft_form { DRAFT_STANDARD, DRAFT_EXCHANGE, DRAFT_CODES };
/* Reads a file; refuses members that the form does not have. */
enum zd_rc draft_read(struct zd_cx *cx, const struct embed_file *file, enum draft_form form,
		      struct draft *ret) ZD_CHECKED;

/* Compiles a code list. files: where its CSV may be. */
enum zd_rc codes_compile(struct zd_cx *cx, const char *file, const struct draft *draft,
			 const struct embed_file *files, struct standard_codes *ret) ZD_CHECKED;
/* Compiles the rules of a standard whose fields are compiled. */
enum zd_rc rules_compile(struct zd_cx *cx, const char *file, const struct draft_rules *own,
			 const struct draft_rules *exchange, struct standard *std) ZD_CHECKED;

#endif
