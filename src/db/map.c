/* A hash map from pointer to pointer: which statements a connection has prepared. */
#include <stdint.h>
#include <stdlib.h>

#include "db/db_driver.h"

static size_t
home_of(const struct db_map *map, const void *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);

	return (size_t)(h >> 32) & (map->cap - 1);
}

static size_t
slot_of(const struct db_map *map, const void *key)
{
	size_t i = home_of(map, key);

	while (map->slots[i].key && map->slots[i].key != key)
		i = (i + 1) & (map->cap - 1);
	return i;
}

void *
db_map_find(const struct db_map *map, const void *key)
{
	return map->cap ? map->slots[slot_of(map, key)].value : NULL;
}

static void
grow(struct db_map *map)
{
	struct db_map old = *map;

	map->cap = old.cap ? old.cap * 2 : 64;
	map->slots = calloc(map->cap, sizeof(*map->slots));
	if (!map->slots)
		abort();
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].key)
			map->slots[slot_of(map, old.slots[i].key)] = old.slots[i];
	free(old.slots);
}

void
db_map_put(struct db_map *map, const void *key, void *value)
{
	if (map->n * 4 >= map->cap * 3)
		grow(map);
	size_t i = slot_of(map, key);
	map->n += !map->slots[i].key;
	map->slots[i] = (struct db_map_slot){ key, value };
}

void *
db_map_remove(struct db_map *map, const void *key)
{
	if (!map->cap)
		return NULL;
	size_t mask = map->cap - 1, hole = slot_of(map, key);
	void *value = map->slots[hole].value;

	if (!map->slots[hole].key)
		return NULL;
	/* Later members of the run move up, unless that would put them before their home. */
	for (size_t i = (hole + 1) & mask; map->slots[i].key; i = (i + 1) & mask) {
		size_t home = home_of(map, map->slots[i].key);
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		map->slots[hole] = map->slots[i];
		hole = i;
	}
	map->slots[hole] = (struct db_map_slot){ 0 };
	map->n--;
	return value;
}

void
db_map_free(struct db_map *map)
{
	free(map->slots);
	*map = (struct db_map){ 0 };
}
