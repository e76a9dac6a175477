#ifndef ZD_EMBED_H
#define ZD_EMBED_H

#include <stddef.h>

/* A file built into the program by tools/mkembed.c: extern const struct embed_file NAME[]; ends at a NULL name. */
struct embed_file {
	const char *name;
	const char *bytes; /* NUL behind the end */
	size_t n;
};

#endif
