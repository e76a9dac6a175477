#ifndef ZD_FILE_H
#define ZD_FILE_H

#include "db/db.h"
#include "job/job.h"

/*
 * file: content-addressed store. A content is a file DIR/aa/bb/<SM3 in hex>, written once and never
 * changed; a file is a row that gives a content a name, a type and a department. Equal contents are
 * stored once, and nobody can tell: a file is reached by its id within its department's scope,
 * never by its hash, each department's quota counts the whole size, and storing costs the same
 * whether the content was there or not.
 *
 * First the content is made durable (file_keep: data, then name, then directory), then the row is
 * put in the caller's transaction (file_put_in). So a row's content is always there; a content
 * without a row is an orphan, which a job removes when it is an hour old.
 */
struct file_store;

/* Makes dir if it is absent; quota: bytes of one department. */
enum zd_rc file_store_open(struct zd_cx *cx, const char *dir, int64_t quota,
			   struct file_store **ret) ZD_CHECKED;
void file_store_close(struct file_store *store);

#define FILE_SM3_HEX 64

struct file_content {
	char sm3[FILE_SM3_HEX + 1]; /* hex */
	int64_t size;
	const char *type; /* by content; a constant of ours */
};
/*
 * Outside any transaction: stores what fd holds from its start, at most max bytes (ZD_TOO_LARGE
 * past it). types: the media types that are taken, ended by NULL, or NULL for any; another type is
 * ZD_INVALID. The row must be committed within the hour.
 */
enum zd_rc file_keep(struct zd_cx *cx, struct file_store *store, int fd, int64_t max,
		     const char *const *types, struct file_content *ret) ZD_CHECKED;

struct file_order {
	const struct file_content *content;
	struct zd_str name;    /* for people; cut to 200 characters */
	struct zd_str purpose; /* "ingest.upload" */
	int64_t dept;
};
/* In the caller's transaction. ZD_TOO_LARGE: the department's quota is used up. */
enum zd_rc file_put_in(struct zd_cx *cx, struct db *db, struct file_store *store,
		       const struct file_order *order, int64_t *ret_id) ZD_CHECKED;
/* Forgets a file; its content goes when nobody else has it. */
enum zd_rc file_drop_in(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id) ZD_CHECKED;

struct file {
	int64_t id, dept, created_by, created_at, size;
	struct zd_str sm3, type, name, purpose;
};
/* ZD_NOT_FOUND also when it is another department's; dept ZD_NO_INT: anyone's. */
enum zd_rc file_find(struct zd_cx *cx, struct db *db, int64_t dept, int64_t id,
		     struct file *ret) ZD_CHECKED;
/* For reading; the caller closes it. Contents up to 64 MiB are hashed first: ZD_FAILED if they are
 * not what was stored. */
enum zd_rc file_open(struct zd_cx *cx, struct file_store *store, const struct file *file,
		     int *ret_fd) ZD_CHECKED;

struct file_usage {
	int64_t files, bytes, quota;
};
enum zd_rc file_measure(struct zd_cx *cx, struct db *db, const struct file_store *store,
			int64_t dept, struct file_usage *ret) ZD_CHECKED;

/* --- for backup and doctor ---------------------------------------------------------------------
 */

typedef enum zd_rc file_content_fn(struct zd_cx *cx, const struct file_content *content, void *arg);
/* Every content that a row names, in the order of their hashes, from behind `after` ("": all). */
enum zd_rc file_each_content(struct zd_cx *cx, struct db *db, const char *after, file_content_fn *each,
			     void *arg) ZD_CHECKED;
/* Where a content lies, under any store's directory: "aa/bb/<hex>". */
void file_path(const char *sm3, char ret[FILE_SM3_HEX + 7]);
/* The content is there and hashes to its name; else ZD_FAILED says which is not. */
enum zd_rc file_check(struct zd_cx *cx, const struct file_store *store,
		      const struct file_content *content) ZD_CHECKED;
/* Removes orphans older than age_ms; ret_n: how many. */
enum zd_rc file_reap(struct zd_cx *cx, struct db *db, struct file_store *store, int64_t age_ms,
		     int64_t *ret_n) ZD_CHECKED;

/* By the first bytes of a content: a constant of ours, "application/octet-stream" if nothing fits.
 */
const char *file_sniff(struct zd_str head);

extern const struct job_kind file_kinds[];
extern const struct job_time file_times[];

#endif
