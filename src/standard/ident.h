#ifndef ZD_STANDARD_IDENT_H
#define ZD_STANDARD_IDENT_H

#include "standard/standard.h"

/*
 * The identifiers of supervision. Only a parse function fills one of these structs, so whoever
 * holds one holds a valid code in canonical form.
 *
 *   uscc      统一社会信用代码, GB 32100-2015: 1 registering authority, 2 kind, 3-8 division, 9-17
 * organisation code with its own check (GB 11714-1997), 18 check (weights 3^i mod 31) id_card
 * 公民身份号码, GB 11643-1999: 1-6 division, 7-14 birth, 15-17 serial (odd: male), 18 check
 *             (weights 2^(18-i) mod 11). The 15-digit form of before 1999 is taken and converted.
 * 8[123]0000 are residents of Hong Kong, Macao, Taiwan; 9xxxxx foreigners with permanent residence.
 *   reg_no    legacy registration number, 15 digits, GB/T 17710 MOD 11,10
 *
 * Slips: both check systems catch every single wrong character and every swap of two neighbours
 * (tests prove it). Blanks, lower case and full-width letters are taken. Texts around a number,
 * masks and numbers that a spreadsheet broke are refused, with the cure. Texts about persons'
 * numbers name places in them, never the number.
 */
#define IDENT_SIZE 64

struct ident {
	char text[IDENT_SIZE];
	size_t n;
};

/* Why a value is refused: a clause ("末位校验不符:…") and what to do. Written only on failure. */
struct standard_fault {
	const char *rule; /* literal: "uscc", "date" … */
	enum standard_check check;
	char message[480];
	char todo[320];
};
/* Writes both texts (todo as given) and returns false. */
bool fault_set(struct standard_fault *fault, const char *todo, const char *fmt, ...)
	ZD_PRINTF(3, 4);

/* What identifiers are judged against. */
struct ident_env {
	const struct standard_codes *divisions,
		*industries; /* GB/T 2260, GB/T 4754; NULL: only the form is judged */
	int32_t day;         /* codes in force on that day */
	int32_t today;       /* nobody is born later */
};
typedef bool ident_fn(const struct ident_env *env, struct zd_str in, struct ident *ret,
		      struct standard_fault *fault);
/* The check of one kind, setting fault->rule and check; STANDARD_NO_IDENT takes all. */
bool ident_check(enum standard_ident kind, const struct ident_env *env, struct zd_str in,
		 struct ident *ret, struct standard_fault *fault);
const char *ident_name(enum standard_ident kind); /* as declared: "uscc" */
bool ident_named(struct zd_str name, enum standard_ident *ret);

/* --- the kinds, for ident_check ------------------------------------------------------- */

ident_fn ident_uscc, ident_id_card, ident_uscc_or_id, ident_reg_no, ident_division, ident_industry,
	ident_item_code, ident_main_code, ident_list_code, ident_phone;

/* The same as values of a type. ZD_INVALID with both clauses. */
struct uscc {
	char text[19];
};
enum zd_rc uscc_parse(struct zd_cx *cx, struct zd_str in, struct uscc *ret) ZD_CHECKED;
struct zd_str uscc_division(const struct uscc *code);     /* borrowed from the code */
struct zd_str uscc_organisation(const struct uscc *code); /* 9 characters of GB 11714 */

struct id_card {
	char text[19];
	int32_t born;
	bool male;
};
enum zd_rc id_card_parse(struct zd_cx *cx, struct zd_str in, struct id_card *ret) ZD_CHECKED;

/* Check characters, for those who make numbers (the demo city, tests): of 17, 8, 17 and 14
 * characters. */
char uscc_check_char(const char *first17);
char organisation_check_char(const char *first8);
char id_card_check_char(const char *first17);
char reg_no_check_char(const char *first14);

/* --- shared by the kinds -------------------------------------------------------------- */

/* Folded into ret (zeroed behind its end), or false if it is longer than any identifier. */
bool ident_fold(struct zd_str in, struct ident *ret);
/* What spoils numbers of every kind: masks, spreadsheets, too long. True (and the fault set) if it
 * is one of these. */
bool ident_spoiled(struct zd_str in, const struct ident *folded, bool fits,
		   struct standard_fault *fault);
/* The first run of exactly n letters and digits in a folded text, that `check` takes; false if
 * there is none. */
bool ident_inside(const struct ident_env *env, struct zd_str in, size_t n, ident_fn *check,
		  struct ident *ret);
size_t ident_length(const struct ident *code); /* in characters */
/* Looks like a citizen's number, right or wrong: then it is not repeated in messages. */
bool ident_meant_as_person(const struct ident *code);

#endif
