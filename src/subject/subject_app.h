#ifndef ZD_SUBJECT_APP_H
#define ZD_SUBJECT_APP_H

#include "db/db.h"
#include "standard/standard.h"
#include "subject/subject.h"

/* A party as an action or an object record names it. An absent code has no subject: id ZD_NO_INT. */
struct subject_ref {
	struct zd_str code, code_type, name, area, address;
	enum subject_area_from area_from; /* 0 is taken for UNKNOWN */
	/* only for described subjects: */
	struct zd_str kind, industry;
	int64_t record_id;
	int64_t id; /* filled in */
};

/*
 * The party that a record of an action or object standard names. values: n_fields canonical values. In the arena, but
 * for what are slices of values.
 */
struct subject_ref subject_ref_of(struct zd_arena *arena, const struct standard *std,
				  struct zd_str key, const struct zd_str *values);

/*
 * In the caller's transaction: finds each party's subject, or makes it. Codes may repeat among the refs.
 * Fails only as the database does.
 */
enum zd_rc subject_resolve_in(struct zd_cx *cx, struct db *db, int64_t dept,
			      struct subject_ref *refs, size_t n) ZD_CHECKED;
/* The same for records that describe their subject: name, area and kind are taken over, and the record is linked. */
enum zd_rc subject_describe_in(struct zd_cx *cx, struct db *db, int64_t dept,
			       struct subject_ref *refs, size_t n) ZD_CHECKED;

enum zd_rc subject_app_find(struct zd_cx *cx, struct db *db, int64_t id,
			    struct subject *ret) ZD_CHECKED;
enum zd_rc subject_app_find_code(struct zd_cx *cx, struct db *db, struct zd_str code,
				 struct subject *ret) ZD_CHECKED;

#endif
