/* Memory that dies together: one arena a request, job or command. */
#include <stdlib.h>
#include <string.h>

#include "base/zd.h"

#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_SIZE 0 /* one chunk an object, so the sanitizer sees every overrun */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_SIZE 0
#endif
#endif
#ifndef CHUNK_SIZE
#define CHUNK_SIZE 32768
#endif

struct chunk {
	struct chunk *next;
	size_t used, size;
	max_align_t mem[];
};

struct zd_arena {
	struct chunk *head;
	size_t held, limit;
};

struct zd_arena *
zd_arena_new(size_t limit)
{
	struct zd_arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		abort();
	arena->limit = limit;
	return arena;
}

static void
free_chunks(struct chunk *c)
{
	for (struct chunk *next; c; c = next) {
		next = c->next;
		free(c);
	}
}

void
zd_arena_free(struct zd_arena *arena)
{
	if (!arena)
		return;
	free_chunks(arena->head);
	free(arena);
}

void
zd_arena_drop(struct zd_arena **arena)
{
	zd_arena_free(*arena);
	*arena = NULL;
}

void
zd_arena_reset(struct zd_arena *arena)
{
	struct chunk *keep = arena->head;

	arena->held = 0;
	if (!keep || keep->size != CHUNK_SIZE || CHUNK_SIZE == 0) {
		free_chunks(keep);
		arena->head = NULL;
		return;
	}
	free_chunks(keep->next);
	memset(keep->mem, 0, keep->used);
	keep->next = NULL;
	keep->used = 0;
}

static struct chunk *
arena_grow(struct zd_arena *arena, size_t size)
{
	size_t want = size > CHUNK_SIZE ? size : CHUNK_SIZE;
	struct chunk *c = calloc(1, sizeof(*c) + want);

	if (!c)
		return NULL;
	c->size = want;
	c->next = arena->head;
	arena->head = c;
	return c;
}

static void *
arena_take(struct zd_arena *arena, size_t size)
{
	size_t align = sizeof(max_align_t);
	struct chunk *c = arena->head;

	size = (size + align - 1) / align * align;
	if (!c || c->size - c->used < size)
		c = arena_grow(arena, size);
	if (!c)
		return NULL;
	void *p = (char *)c->mem + c->used;
	c->used += size;
	arena->held += size;
	return p;
}

void *
zd_try_alloc(struct zd_arena *arena, size_t size)
{
	if (size > arena->limit || arena->held > arena->limit - size)
		return NULL;
	return arena_take(arena, size ? size : 1);
}

void *
zd_alloc(struct zd_arena *arena, size_t size)
{
	void *p = arena_take(arena, size ? size : 1);

	if (!p)
		abort();
	return p;
}

void *
zd_grow(struct zd_arena *arena, void *array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 8;
	void *wider = zd_alloc(arena, *cap * size);
	if (n)
		memcpy(wider, array, n * size);
	return wider;
}
