#ifndef ZD_INGEST_BLOCK_H
#define ZD_INGEST_BLOCK_H

#include "ingest/ingest_app.h"

/* How one run of a batch stores its blocks: what stays the same from block to block. */
struct ingest_storing {
	const struct ingest_env *env;
	const struct ingest_order *order;
	struct db *db; /* the writer's connection */
	int64_t batch;
	int64_t rows_done; /* stored so far, of all runs */
	int32_t quarantine_before; /* records of earlier days outside the list go to quarantine; ZD_NO_DAY: never */
	bool has_outstanding; /* the department has refused rows of this standard that a row may repair */
};

/* One transaction: everything a block brings, whole or not at all. Retried on ZD_BUSY. */
enum zd_rc ingest_block_store(struct zd_cx *cx, const struct ingest_block *block,
			      void *storing) ZD_CHECKED;

/* One attempt of it, for tests. */
enum zd_rc ingest_block_store_once(struct zd_cx *cx, const struct ingest_block *block,
				   struct ingest_storing *storing) ZD_CHECKED;

/* Turns good rows that are already recorded under another key into bad ones (data merging, check 05). */
enum zd_rc ingest_block_merge(struct zd_cx *cx, struct db *db, const struct ingest_order *order,
			      const struct ingest_block *block) ZD_CHECKED;

#endif
