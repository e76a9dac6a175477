#ifndef ZD_STANDARD_JUDGE_H
#define ZD_STANDARD_JUDGE_H

#include "standard/compile.h"
#include "standard/seen.h"

/* What the parts of the judge share: the judge of a file, and the row under judgement. */
struct standard_judge {
	struct standard_judge_config config;
	struct zd_str today; /* as text */
	char today_text[12];
	int operation; /* the field cd_operation, or -1 */
	uint32_t unmade;
	struct seen_keys keys;
	struct seen_merges merges;
};

struct row {
	struct standard_judge *judge; /* NULL when a field is judged alone */
	const struct standard *std;
	struct zd_arena *arena;
	int number;
	int32_t today, day; /* day: of the record, or ZD_NO_DAY */
	int32_t version_day;
	const struct zd_str *raw;
	struct zd_str *canon;
	bool given[STANDARD_MAX_FIELDS]; /* something was sent, right or wrong */
	struct standard_error *errors;
	size_t n_errors, cap_errors;
	int field;                                      /* being parsed */
	uint64_t key_print, merge_print, content_print; /* 0: none */
};

/* Adds an error, copying its texts; nothing past STANDARD_MAX_ERRORS. */
void row_error(struct row *row, const struct standard_error *error);
/* What a field held when its error arose, as reports may show it. */
struct zd_str row_value(const struct row *row, int field);

/* The rules of the standard, over the canonical values. */
void rules_judge(struct row *row);
/* The rules that hold for a deletion too: who sends it. */
void rules_judge_deletion(struct row *row);
/* Why a rule does not hold: "「title」value:message(detail)". */
void rule_error(struct row *row, const struct standard_rule *rule, struct zd_str value,
		const char *fmt, ...) ZD_PRINTF(4, 5);
void rule_unmade(const struct row *row, const struct standard_rule *rule);

/* Parses one field of a row into canon; tells faults as errors. */
void row_field(struct row *row, int field);
struct ident_env row_ident_env(const struct row *row);

#endif
