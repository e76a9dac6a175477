/* The rows a judge has seen. Knows prints, not values. */
#include "standard/seen.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 1024
#define TEXTS_MAX ((size_t)64 << 20)
#define TEXT_MAX 255

static size_t
place_of(uint64_t print, size_t cap)
{
	return (size_t)(print ^ print >> 32) & (cap - 1);
}

/* --- keys ----------------------------------------------------------------------------- */

static struct seen_key *
key_slot(struct seen_key *slots, size_t cap, uint64_t print)
{
	size_t i = place_of(print, cap);

	while (slots[i].print && slots[i].print != print)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

struct seen_key *
seen_key_find(const struct seen_keys *keys, uint64_t print)
{
	if (!keys->cap)
		return NULL;
	struct seen_key *slot = key_slot(keys->slots, keys->cap, print);
	return slot->print ? slot : NULL;
}

void
seen_key_prefetch(const struct seen_keys *keys, uint64_t print)
{
	if (keys->cap)
		__builtin_prefetch(&keys->slots[place_of(print, keys->cap)]);
}

static bool
keys_grow(struct seen_keys *keys)
{
	size_t cap = keys->cap ? keys->cap * 2 : FIRST_CAP;
	struct seen_key *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < keys->cap; i++)
		if (keys->slots[i].print)
			*key_slot(slots, cap, keys->slots[i].print) = keys->slots[i];
	free(keys->slots);
	keys->slots = slots;
	keys->cap = cap;
	return true;
}

bool
seen_key_add(struct seen_keys *keys, const struct seen_key *key)
{
	if (keys->n >= keys->max || (keys->n * 4 >= keys->cap * 3 && !keys_grow(keys)))
		return false;
	struct seen_key *slot = key_slot(keys->slots, keys->cap, key->print);
	keys->n += !slot->print;
	*slot = *key;
	return true;
}

void
seen_keys_free(struct seen_keys *keys)
{
	free(keys->slots);
	*keys = (struct seen_keys){ 0 };
}

/* --- merges --------------------------------------------------------------------------- */

static struct seen_merge *
merge_slot(struct seen_merge *slots, size_t cap, uint64_t print)
{
	size_t i = place_of(print, cap);

	while (slots[i].print && slots[i].print != print)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

struct seen_merge *
seen_merge_find(const struct seen_merges *merges, uint64_t print)
{
	if (!merges->cap)
		return NULL;
	struct seen_merge *slot = merge_slot(merges->slots, merges->cap, print);
	return slot->print ? slot : NULL;
}

void
seen_merge_prefetch(const struct seen_merges *merges, uint64_t print)
{
	if (merges->cap)
		__builtin_prefetch(&merges->slots[place_of(print, merges->cap)]);
}

static bool
merges_grow(struct seen_merges *merges)
{
	size_t cap = merges->cap ? merges->cap * 2 : FIRST_CAP;
	struct seen_merge *slots = calloc(cap, sizeof(*slots));

	if (!slots)
		return false;
	for (size_t i = 0; i < merges->cap; i++)
		if (merges->slots[i].print)
			*merge_slot(slots, cap, merges->slots[i].print) = merges->slots[i];
	free(merges->slots);
	merges->slots = slots;
	merges->cap = cap;
	return true;
}

/* Keeps a text; 0 when there is no room: then only its row is known. */
static uint32_t
keep_text(struct seen_merges *merges, struct zd_str s)
{
	size_t at = merges->texts_n ? merges->texts_n : 1, end = at + 1 + s.n;

	if (s.n > TEXT_MAX || end > TEXTS_MAX)
		return 0;
	if (end > merges->texts_cap) {
		size_t cap = merges->texts_cap ? merges->texts_cap * 2 : 1 << 16;
		char *more = realloc(merges->texts, cap);
		if (!more)
			return 0;
		merges->texts = more;
		merges->texts_cap = cap;
	}
	merges->texts[at] = (char)(unsigned char)s.n;
	memcpy(merges->texts + at + 1, s.p, s.n);
	merges->texts_n = end;
	return (uint32_t)at;
}

bool
seen_merge_add(struct seen_merges *merges, uint64_t print, uint64_t key, int row,
	       struct zd_str key_text)
{
	if (merges->n >= merges->max || (merges->n * 4 >= merges->cap * 3 && !merges_grow(merges)))
		return false;
	struct seen_merge *slot = merge_slot(merges->slots, merges->cap, print);
	if (slot->print)
		return true; /* the first one stays */
	*slot = (struct seen_merge){ print, key, row, keep_text(merges, key_text) };
	merges->n++;
	return true;
}

struct zd_str
seen_merge_key(const struct seen_merges *merges, const struct seen_merge *merge)
{
	if (!merge->text)
		return (struct zd_str){ 0 };
	const char *p = merges->texts + merge->text;
	return (struct zd_str){ p + 1, (unsigned char)p[0] };
}

void
seen_merges_free(struct seen_merges *merges)
{
	free(merges->slots);
	free(merges->texts);
	*merges = (struct seen_merges){ 0 };
}
