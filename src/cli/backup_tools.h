#ifndef ZD_CLI_BACKUP_TOOLS_H
#define ZD_CLI_BACKUP_TOOLS_H

#include "crypto/crypto.h"

/* What taking and restoring share: hashing a file, running PostgreSQL's own programs. */
enum zd_rc backup_hash(struct zd_cx *cx, const char *path, struct sm3 *ret,
		       int64_t *ret_size) ZD_CHECKED;
/* pg_dump in its custom format. ZD_FAILED: it is not installed, or said why on standard error. */
enum zd_rc backup_dump(struct zd_cx *cx, const char *url, const char *path) ZD_CHECKED;
/* pg_restore in one transaction. */
enum zd_rc backup_load(struct zd_cx *cx, const char *url, const char *path) ZD_CHECKED;

#endif
