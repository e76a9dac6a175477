#ifndef ZD_APP_H
#define ZD_APP_H

#include "base/zd.h"

/*
 * What one installation is made of: opened once (cli/app.c), the same for the server, its jobs and
 * every command, and closed last. Immutable while open; shared by all threads. Handlers find it as
 * req->app, jobs as run->app, commands as call->app.
 */
struct db_pool;
struct file_store;
struct sm2_key;
struct standard_set;

/* Secrets of the installation, read from keys/ (0600); wiped when the application closes. */
struct app_keys {
	unsigned char pepper[32]; /* passwords: HMAC-SM3 after argon2id */
	unsigned char seal[32];   /* fields of class 3 and above: SM4-CTR + HMAC-SM3 */
	unsigned char blind[32];  /* search over sealed fields: HMAC-SM3 of the normal form */
	unsigned char backup[32]; /* backups, unless a passphrase is given */
	struct sm2_key *log;      /* signs checkpoints, receipts, backups, snapshots */
};

struct app {
	const char *dir;      /* the data directory, absolute */
	const char *spool;    /* DIR/spool: uploads and results in progress */
	const char *db_url;   /* postgresql://… or the path of the SQLite file */
	struct zd_str origin; /* names this installation in the audit log: "zhaodan/" and eight
				 random letters */
	struct app_keys keys;
	struct db_pool *pool;
	struct file_store *files;
	const struct standard_set *standards;
	const struct app_config *config; /* cli/config.h */
};

#endif
