#ifndef ZD_STANDARD_SEEN_H
#define ZD_STANDARD_SEEN_H

#include "base/zd.h"

/*
 * What a judge remembers of the rows before: keys and merge fields by their 64-bit prints, in
 * open-addressing tables that double up to a ceiling. Past the ceiling (or without memory) nothing
 * more is remembered and the caller is told.
 */
struct seen_key {
	uint64_t print, content; /* print 0: free */
	int row;
	bool good;
	bool removes;
};
struct seen_keys {
	struct seen_key *slots;
	size_t n, cap, max;
};
/* The earlier row of that key, or NULL. */
struct seen_key *seen_key_find(const struct seen_keys *keys, uint64_t print);
/* Brings what find will look at nearer, while the row is judged. */
void seen_key_prefetch(const struct seen_keys *keys, uint64_t print);
/* Remembers a row; false when there is no more room. */
bool seen_key_add(struct seen_keys *keys, const struct seen_key *key);
void seen_keys_free(struct seen_keys *keys);

struct seen_merge {
	uint64_t print, key;
	int row;
	uint32_t text; /* where its key's text stands, 0: not kept */
};
struct seen_merges {
	struct seen_merge *slots;
	size_t n, cap, max;
	char *texts; /* length byte and bytes, one after the other */
	size_t texts_n, texts_cap;
};
void seen_merge_prefetch(const struct seen_merges *merges, uint64_t print);
struct seen_merge *seen_merge_find(const struct seen_merges *merges, uint64_t print);
bool seen_merge_add(struct seen_merges *merges, uint64_t print, uint64_t key, int row,
		    struct zd_str key_text);
struct zd_str seen_merge_key(const struct seen_merges *merges,
			     const struct seen_merge *merge); /* or absent */
void seen_merges_free(struct seen_merges *merges);

#endif
