#ifndef ZD_CLI_APP_H
#define ZD_CLI_APP_H

#include "base/app.h"
#include "cli/config.h"

/*
 * Opens and closes an installation, in one place for the server and every command.
 *
 * A data directory (0700, ours):
 *	zhaodan.conf	settings, optional
 *	zhaodan.db	SQLite, unless the settings or --db name a PostgreSQL database
 *	origin		names this installation in the audit log
 *	keys/		0700; each key a file of 0600
 *	files/aa/bb/…	attachments and workbooks, by the SM3 of their content
 *	spool/		uploads and results in progress; emptied when the server starts
 *	lock		held by the server
 */
struct app_place {
	const char *dir; /* absolute, or as given if it does not exist */
	const char *db;  /* from --db, or NULL */
};
struct app_place app_place(struct zd_cx *cx, struct zd_str dir, struct zd_str db);

/* Reads the settings: ZD_INVALID (a usage error) names what is wrong in them; ZD_NOT_FOUND: no such
 * directory. */
enum zd_rc app_configure(struct zd_cx *cx, const struct app_place *place,
			 struct app **ret) ZD_CHECKED;
/*
 * Reads keys (ZD_REFUSED if anyone else may read them), opens the database and the file store,
 * loads the standards. A schema older than the program is ZD_REFUSED (serve and init bring it up to
 * date).
 */
enum zd_rc app_open(struct zd_cx *cx, struct app *app) ZD_CHECKED;
/* Brings the schema up to date first. */
enum zd_rc app_open_migrating(struct zd_cx *cx, struct app *app) ZD_CHECKED;
/* An entry of the audit log in a transaction of its own. */
struct audit_entry;
enum zd_rc app_note(struct zd_cx *cx, const struct app *app,
		    const struct audit_entry *entry) ZD_CHECKED;
void app_close(struct app *app);
void app_drop(struct app **app);

/* Makes an empty installation in a directory that is absent or empty (ZD_CONFLICT otherwise):
 * directories, keys. */
enum zd_rc app_create(struct zd_cx *cx, const struct app_place *place) ZD_CHECKED;

/* Small files of ours: whole, at most 64 KiB; made new (0600), durable. ZD_NOT_FOUND: there is none. */
enum zd_rc app_read_file(struct zd_cx *cx, const char *path, struct zd_str *ret) ZD_CHECKED;
/* The same up to max bytes; ZD_TOO_LARGE beyond. */
enum zd_rc app_read_large_file(struct zd_cx *cx, const char *path, size_t max,
			       struct zd_str *ret) ZD_CHECKED;
enum zd_rc app_write_file(struct zd_cx *cx, const char *path, struct zd_str text) ZD_CHECKED;
const char *app_path(struct zd_arena *arena, const char *dir, const char *name);
bool app_is_empty_dir(const char *dir); /* or absent */

/* One server a data directory: ZD_CONFLICT while another holds the lock. Freed with the process. */
enum zd_rc app_lock(struct zd_cx *cx, const struct app *app, int *ret_fd) ZD_CHECKED;

#endif
