#ifndef ZD_CLI_SNAPSHOT_H
#define ZD_CLI_SNAPSHOT_H

#include "base/zd.h"

struct app;

#define SNAPSHOT_MAX ((size_t)1 << 30)

/* A signed snapshot: written with the installation's key, read with the key inside it (whose fingerprint is told by
 * zhaodan doctor). ZD_INVALID: damaged, or not signed by that key. *ret is the body without the signature. */
enum zd_rc snapshot_write(struct zd_cx *cx, const struct app *app, struct zd_str body,
			  const char *path) ZD_CHECKED;
enum zd_rc snapshot_read(struct zd_cx *cx, const char *path, struct zd_str *ret) ZD_CHECKED;

#endif
