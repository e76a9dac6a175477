#ifndef ZD_CLI_BACKUP_H
#define ZD_CLI_BACKUP_H

#include "base/app.h"
#include "cli/archive.h"

/*
 * A backup of a whole installation, taken while it runs, and its way back. The database first (SQLite: VACUUM INTO;
 * PostgreSQL: pg_dump), then the contents that it names, the keys and the settings; what is in it is said by its manifest.
 */
struct backup_report {
	int64_t bytes; /* of the archive */
	int64_t members, files,
		missing;    /* missing: contents that are lost or damaged here, left out */
	int64_t entries;    /* of the audit log, under its last signed checkpoint */
	struct zd_str root; /* hex */
};
/* Leaves PATH whole or not at all. lock: the key. */
enum zd_rc backup_make(struct zd_cx *cx, struct app *app, const char *path,
		       const struct archive_lock *lock, struct backup_report *ret) ZD_CHECKED;

struct backup_from {
	const char *path;
	struct zd_str passphrase;     /* absent: by key */
	const unsigned char *key;     /* 32 bytes, or NULL */
	const struct sm2_key *signer; /* who must have signed it, or NULL */
	const char *db;               /* PostgreSQL: an empty database; NULL */
};
/*
 * Verifies the signature of the whole archive, then unpacks aside, then compares with the manifest, and only then gives
 * the directory its name. ZD_REFUSED: changed, cut, another key or signer. ZD_CONFLICT: the directory or the database
 * is not empty.
 */
enum zd_rc backup_restore(struct zd_cx *cx, const struct backup_from *from, const char *dir,
			  struct backup_report *ret) ZD_CHECKED;

#endif
