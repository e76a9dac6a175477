#ifndef ZD_EDIT_APP_H
#define ZD_EDIT_APP_H

#include "db/db.h"
#include "edit/edit.h"

/*
 * Saves one record: judged as on import (catalogue, lists, officers, references, the same thing under another key),
 * stored with its history, subject, counters, the reason and an audit entry in one transaction.
 *
 * ZD_REFUSED: not his to change. ZD_NOT_FOUND: no such record. ZD_CONFLICT: someone changed it since, or the key is taken.
 * ZD_INVALID: ret->errors say which fields; the text is the first.
 */
enum zd_rc edit_app_save(struct zd_cx *cx, struct db *db, const struct standard_set *set,
			 const struct edit_order *order, struct edit_result *ret) ZD_CHECKED;

/* Removes it (kept in history), for a reason. The same failures. */
enum zd_rc edit_app_remove(struct zd_cx *cx, struct db *db, const struct standard_set *set,
			   const struct edit_order *order) ZD_CHECKED;

/*
 * Releases held records of first-day history of a department: judges each again by the catalogue as it is claimed now;
 * those that pass become live, on the record. ids: of that standard, at most EDIT_RELEASE_MAX.
 */
#define EDIT_RELEASE_MAX 500
enum zd_rc edit_app_release(struct zd_cx *cx, struct db *db, const struct standard_set *set,
			    const struct standard *std, int64_t dept, const int64_t *ids, size_t n,
			    int64_t *ret_released, int64_t *ret_kept,
			    struct zd_str *ret_why) ZD_CHECKED;

#endif
