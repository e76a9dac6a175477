#ifndef ZD_TABLE_MARKUP_H
#define ZD_TABLE_MARKUP_H

#include "table/zipfile.h"

/*
 * markup: XML as a row of tokens, each with its bytes as they stand, so that whoever copies all but one
 * changes just that one. Not a judge of XML: it only refuses what it could not copy faithfully.
 */
enum markup_type {
	MARKUP_TEXT, /* perhaps only a part of one */
	MARKUP_OPEN,
	MARKUP_EMPTY, /* <a/> */
	MARKUP_CLOSE,
	MARKUP_OTHER /* comment, CDATA, processing instruction */
};

struct markup {
	enum markup_type type;
	struct zd_str raw;    /* valid until the next call; lasting if the text is in memory */
	struct zd_str prefix; /* with its colon, or empty */
	struct zd_str name;   /* without it */
	int depth;            /* of the element: 1 for the root */
	/* for itself */
	struct zip_stream *stream; /* or NULL: all is in sight */
	char *buf;
	const char *p;
	size_t start, end, cap;
	bool eof;
	int level; /* elements open */
};

void markup_of_text(struct markup *m, struct zd_str text);
enum zd_rc markup_of_member(struct zd_cx *cx, struct markup *m, const struct zip *zip,
			    const struct zip_member *member) ZD_CHECKED;
void markup_drop(struct markup *m);

/* The next token. ZD_NOT_FOUND at the end; ZD_INVALID: DOCTYPE, not UTF-8, cut or too long. */
enum zd_rc markup_next(struct zd_cx *cx, struct markup *m) ZD_CHECKED;
/* The token is a tag of this local name at this depth, opening or empty. */
bool markup_starts(const struct markup *m, int depth, const char *name);
bool markup_closes(const struct markup *m, int depth, const char *name);

/* An attribute of a tag, as it is written (with entities). False: it has none of this name; a prefix
 * belongs to the name unless `any`. */
bool markup_attribute(struct zd_str tag, const char *name, struct zd_str *ret) ZD_CHECKED;
bool markup_attribute_any(struct zd_str tag, const char *name, struct zd_str *ret) ZD_CHECKED;
/* Writes the tag with the attribute set (value as written), or without it (value absent). */
void markup_put_tag(struct zd_out *out, struct zd_str tag, const char *name, struct zd_str value);
/* The opening form of an empty tag, any other as it is. */
void markup_put_opened(struct zd_out *out, struct zd_str tag);

/* Text with the five entities and character references resolved; a copy in the arena. */
struct zd_str markup_decode(struct zd_arena *arena, struct zd_str text);
/* Text made fit for XML: entities, no controls. */
void markup_put_text(struct zd_out *out, struct zd_str text);

#endif
