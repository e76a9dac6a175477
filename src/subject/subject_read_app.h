#ifndef ZD_SUBJECT_READ_APP_H
#define ZD_SUBJECT_READ_APP_H

#include "db/list.h"
#include "subject/subject_app.h"

/* What the pages of subjects show. */

enum subject_kind { SUBJECT_CHECK, SUBJECT_PUNISH, SUBJECT_FORCE, SUBJECT_OTHER };
#define SUBJECT_KINDS 4

/* The kinds of action in the order of the enum. */
struct subject_kind_name {
	const char *standard, *word, *title, *detail_field;
};
extern const struct subject_kind_name subject_kinds[SUBJECT_KINDS];
int subject_kind_find(struct zd_str word); /* "check" …; -1: none */

struct subject_action {
	int64_t dept, id;
	int32_t day;
	struct zd_str name, detail, item; /* detail: the code of its result or type, or a text */
	int32_t state;
	int32_t kind; /* enum subject_kind */
};

/* What follows the last action of the page before. */
struct subject_after {
	int32_t day;
	int64_t id;
};
#define SUBJECT_NEWEST ((struct subject_after){ INT32_MAX, INT64_MAX })

/*
 * Actions of a subject that the actor may see, newest first, at most `most`; kind -1: of all kinds. *ret_more: there are
 * others, after the last of these.
 */
enum zd_rc subject_read_actions(struct zd_cx *cx, struct db *db, int64_t subject, int kind,
				struct subject_after after, size_t most,
				struct subject_action **ret, size_t *ret_n,
				bool *ret_more) ZD_CHECKED;

/* The class of object (code list supervise_object_type) that a standard's records are; absent: none. */
struct zd_str subject_object_type(struct zd_str standard);

extern const struct db_list subject_list;

#endif
