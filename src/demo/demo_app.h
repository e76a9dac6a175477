#ifndef ZD_DEMO_APP_H
#define ZD_DEMO_APP_H

#include "demo/demo.h"
#include "ingest/ingest_app.h"
#include "trust/trust_app.h"

/* Told before each part of the work; done and total count rows, roughly. */
typedef void demo_progress_fn(void *arg, const char *doing, int64_t done, int64_t total);

struct demo_report {
	int64_t departments, items, subjects, officers, actions, refused;
};

/*
 * Fills an empty city through its ordinary doors: departments, catalogue with its claims, officers, subjects, and
 * two years of actions as the departments' monthly batches, with the faults that they really make. ZD_CONFLICT: the city is not empty.
 */
enum zd_rc demo_app_fill(struct zd_cx *cx, const struct ingest_env *env,
			 const struct demo_size *size, demo_progress_fn *progress, void *arg,
			 struct demo_report *ret) ZD_CHECKED;

/* People to sign in as, one for each kind of work, with random passwords. */
#define DEMO_ACCOUNTS 8
struct demo_account {
	struct zd_str account, name, work, password;
};
enum zd_rc demo_app_people(struct zd_cx *cx, struct db *db, const struct trust_env *trust,
			   struct demo_account ret[DEMO_ACCOUNTS]) ZD_CHECKED;

#endif
