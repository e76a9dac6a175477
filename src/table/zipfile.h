#ifndef ZD_TABLE_ZIPFILE_H
#define ZD_TABLE_ZIPFILE_H

#include "table/table.h"

/*
 * zipfile: the package of a workbook, read without trust and written record by record.
 *
 * Opening checks the whole directory: no encryption, no double or dangerous names, no overlaps,
 * local headers that agree, limits. Sizes in it are claims: inflating counts.
 */
#define ZIP_MEMBERS_MAX 2000

struct zip_member {
	struct zd_str name;
	uint16_t method; /* 0 stored, 8 deflated */
	uint16_t flags, time, date;
	uint32_t crc;
	int64_t packed, size;
	int64_t local, data, end; /* offsets: local record, its data, the next record */
	struct zd_str central;    /* its record in the directory */
};

struct zip {
	int fd;
	int64_t bytes;
	struct table_limits limits;
	struct zip_member *members; /* in order of place in the file */
	size_t n;
	struct zd_str directory; /* as it stands in the file */
	struct zd_str comment;
};

/* Lives in the arena; fd stays the caller's. ZD_INVALID and ZD_TOO_LARGE say what is wrong. */
enum zd_rc zip_open(struct zd_cx *cx, int fd, const struct table_limits *limits,
		    struct zd_arena *arena, struct zip **ret) ZD_CHECKED;
/* Part names know no case. NULL: there is none. */
const struct zip_member *zip_find(const struct zip *zip, struct zd_str name);

struct zip_stream;
enum zd_rc zip_stream_open(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member,
			   struct zip_stream **ret) ZD_CHECKED;
/* Up to n bytes; 0 at the end, when size and checksum were right. */
enum zd_rc zip_stream_read(struct zd_cx *cx, struct zip_stream *stream, void *p, size_t n,
			   size_t *ret) ZD_CHECKED;
/* Packed bytes taken so far. */
int64_t zip_stream_at(const struct zip_stream *stream);
void zip_stream_drop(struct zip_stream **stream);

/* A whole member of at most max bytes, in the arena. */
enum zd_rc zip_read_all(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member,
			size_t max, struct zd_arena *arena, struct zd_str *ret) ZD_CHECKED;

/* --- writing ----------------------------------------------------------------------------- */

struct zip_writer {
	int fd;
	int64_t at;
	size_t n;
	struct zd_out directory;
};

/* A new member, deflated already. */
struct zip_packed {
	struct zd_str name;
	uint16_t time, date;
	uint32_t crc;
	int64_t size, packed;
	struct zd_str bytes; /* the packed bytes, or absent: they are in fd from 0 */
	int fd;
};

/* The local record byte for byte, its directory record but for the offset. */
enum zd_rc zip_copy(struct zd_cx *cx, struct zip_writer *w, const struct zip *from,
		    const struct zip_member *member) ZD_CHECKED;
enum zd_rc zip_put(struct zd_cx *cx, struct zip_writer *w,
		   const struct zip_packed *member) ZD_CHECKED;
enum zd_rc zip_finish(struct zd_cx *cx, struct zip_writer *w, struct zd_str comment) ZD_CHECKED;
/* Deflates text into the arena. */
enum zd_rc zip_pack(struct zd_cx *cx, struct zd_arena *arena, struct zd_str name,
		    struct zd_str text, struct zip_packed *ret) ZD_CHECKED;

#endif
