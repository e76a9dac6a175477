#ifndef ZD_CLI_STAGE_H
#define ZD_CLI_STAGE_H

#include "base/zd.h"

/*
 * A directory made aside and then put in its place whole, so that neither init nor restore ever leaves half a city.
 */
struct stage {
	const char *dir; /* where to work: TARGET.new-XXXXXX, 0700 */
	const char *target;
	bool committed;
};
/* ZD_CONFLICT: the target is there and not empty. Paths live in the cx's arena. */
enum zd_rc stage_begin(struct zd_cx *cx, const char *target, struct stage *ret) ZD_CHECKED;
/* Durable, and in its place. */
enum zd_rc stage_commit(struct zd_cx *cx, struct stage *stage) ZD_CHECKED;
void stage_drop(struct stage *stage); /* for ZD_CLEANUP; removes what was not committed */

/* A directory and all in it; failures are ignored. */
void stage_remove(const char *dir);

#endif
