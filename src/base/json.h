#ifndef ZD_JSON_H
#define ZD_JSON_H

#include "base/zd.h"

/*
 * JSON (RFC 8259), strictly: a cursor that pulls values out of a text, and a writer that puts the
 * commas. No I/O and no tree; the same C runs in the browser.
 *
 *	struct json j = json_open(cx->arena, text, JSON_UNIQUE);
 *	struct zd_str key;
 *	if (json_enter_object(&j))
 *		while (json_next_member(&j, &key))
 *			if (zd_str_equal(key, ZD_STR("name")))
 *				(void)json_text(&j, &name);
 *	if (!json_end(&j))
 *		return json_fail(cx, &j, "标准文件");
 *
 * A value that is not read is skipped. The first fault sticks: every later call returns false and
 * leaves its ret_ untouched, so a loop needs no checks of its own; ask json_end once.
 *
 * Refused beyond the grammar: invalid UTF-8, a byte order mark, \u0000, lone surrogates, more than
 * JSON_DEPTH levels, and with JSON_UNIQUE two members of one name.
 */
#define JSON_DEPTH 64
#define JSON_UNIQUE 1U

enum json_type { JSON_NONE, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json_key;

struct json {
	struct zd_str text;     /* borrowed for as long as results are used */
	struct zd_arena *arena; /* texts with escapes, and names seen (JSON_UNIQUE) */
	unsigned flags, depth;
	size_t at;
	uint64_t in_object, has_items; /* a bit a level */
	bool value_due;
	const char *fault; /* what is wrong, or NULL */
	bool too_large;    /* the arena's limit was reached */
	size_t fault_at;   /* byte offset */
	struct json_key *keys;
	uint32_t keys_n, keys_cap, object, objects;
	uint32_t outer[JSON_DEPTH];
};

struct json json_open(struct zd_arena *arena, struct zd_str text, unsigned flags);

/* What stands at the cursor; JSON_NONE after a fault or at the end of the text. */
enum json_type json_peek(struct json *j);

/* False if another type stands there (a fault, as wrong data is). */
bool json_enter_object(struct json *j);
bool json_enter_array(struct json *j);
/* Moves to the next value of the container entered last; false at its end, which it leaves. */
bool json_next_member(struct json *j, struct zd_str *ret_key);
bool json_next_item(struct json *j);
/* Skips what is left of the container entered last and leaves it. */
bool json_leave(struct json *j);

/* Take the value at the cursor. Text without escapes is a slice of the input, else it lives in the
 * arena. */
bool json_text(struct json *j, struct zd_str *ret);
bool json_number(struct json *j, struct zd_str *ret); /* as written: money and ids lose nothing */
bool json_int(struct json *j, int64_t *ret);          /* no fraction, no exponent, fits */
bool json_bool(struct json *j, bool *ret);
bool json_null(struct json *j);                    /* takes a null if one is there; never a fault */
bool json_raw(struct json *j, struct zd_str *ret); /* any value, checked, as it is written */
bool json_skip(struct json *j);

/* Record a fault of the reader's own (a member it does not know, …); `fault` is a literal. */
bool json_refuse(struct json *j, const char *fault);
/* The whole text was one value, without fault. */
bool json_end(struct json *j);
/* ZD_INVALID (or ZD_TOO_LARGE) with `what`, line, column and fault. */
enum zd_rc json_fail(struct zd_cx *cx, const struct json *j, const char *what) ZD_CHECKED;
/* Line and column (in characters), both from 1, of a byte offset. */
void json_place(struct zd_str text, size_t offset, int64_t *ret_line, int64_t *ret_column);

/*
 * The writer. Begun containers are ended by json_put_end; the caller keeps names and values in
 * turn. Fails as its output fails.
 */
struct json_writer {
	struct zd_out *out;
	unsigned depth;
	bool after_name;
	uint64_t in_object, has_items;
};
void json_put_object(struct json_writer *w);
void json_put_array(struct json_writer *w);
void json_put_end(struct json_writer *w);
void json_put_name(struct json_writer *w, const char *name);
void json_put_key(struct json_writer *w, struct zd_str name); /* the same */
void json_put_text(struct json_writer *w, struct zd_str s);   /* absent gives null */
void json_put_z(struct json_writer *w, const char *z);        /* NULL gives null */
void json_put_int(struct json_writer *w, int64_t v);          /* ZD_NO_INT gives null */
void json_put_bool(struct json_writer *w, bool v);
void json_put_null(struct json_writer *w);
void json_put_raw(struct json_writer *w, struct zd_str json); /* a value already written as JSON */
/* A member in one call. */
void json_put_member(struct json_writer *w, const char *name, struct zd_str s);
void json_put_member_int(struct json_writer *w, const char *name, int64_t v);
void json_put_member_bool(struct json_writer *w, const char *name, bool v);

#endif
