/* What a content is, by its first bytes; the sender's word for it counts for nothing. */
#include <string.h>

#include "file/file.h"

struct magic {
	unsigned at;
	struct zd_str bytes;
	const char *type;
};

static const struct magic magics[] = {
	{ 0, ZD_LIT("%PDF-"), "application/pdf" },
	{ 0, ZD_LIT("\xFF\xD8\xFF"), "image/jpeg" },
	{ 0, ZD_LIT("\x89PNG\r\n\x1A\n"), "image/png" },
	{ 0, ZD_LIT("GIF87a"), "image/gif" },
	{ 0, ZD_LIT("GIF89a"), "image/gif" },
	{ 8, ZD_LIT("WEBP"), "image/webp" },
	{ 4, ZD_LIT("ftyp"), "video/mp4" },
	{ 0, ZD_LIT("\x1F\x8B"), "application/gzip" },
	{ 0, ZD_LIT("\x28\xB5\x2F\xFD"), "application/zstd" },
	{ 0, ZD_LIT("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "application/x-ole-storage" },
	{ 0,
	  ZD_LIT("\x7F"
		 "ELF"),
	  "application/x-executable" },
	{ 0, ZD_LIT("MZ"), "application/x-executable" },
	{ 0, ZD_LIT("PK\x05\x06"), "application/zip" },
};

static bool
has(struct zd_str head, unsigned at, struct zd_str bytes)
{
	return head.p && head.n >= at + bytes.n && memcmp(head.p + at, bytes.p, bytes.n) == 0;
}

static bool
contains(struct zd_str head, struct zd_str bytes)
{
	return head.p && memmem(head.p, head.n, bytes.p, bytes.n) != NULL;
}

/* Workbooks and documents are archives that name their parts near the front. */
static const char *
sniff_zip(struct zd_str head)
{
	if (contains(head, ZD_STR("xl/")) ||
	    contains(head, ZD_STR("mimetypeapplication/vnd.openxmlformats-"
				  "officedocument.spreadsheetml")))
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	if (contains(head, ZD_STR("word/")))
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
	/* [Content_Types].xml first, the parts further on than we look: the usual order of a
	 * workbook. */
	if (contains(head, ZD_STR("[Content_Types].xml")) && !contains(head, ZD_STR("ppt/")))
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	return "application/zip";
}

/* Text as most senders write it: no NUL or other controls. */
static bool
is_text(struct zd_str head)
{
	for (size_t i = 0; i < head.n; i++) {
		unsigned char c = (unsigned char)head.p[i];
		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f')
			return false;
	}
	return head.n > 0;
}

static bool
begins_as(struct zd_str text, const char *tag)
{
	size_t n = strlen(tag);

	return text.p && text.n >= n && strncasecmp(text.p, tag, n) == 0;
}

static const char *
sniff_text(struct zd_str head)
{
	static const char *const html[] = { "<!doctype html", "<html",   "<head",
					    "<body",          "<script", "<iframe" };
	struct zd_str text = zd_str_trim(head);

	for (size_t i = 0; i < ZD_COUNT(html); i++)
		if (begins_as(text, html[i]))
			return "text/html";
	if (begins_as(text, "<svg") || (begins_as(text, "<?xml") && contains(text, ZD_STR("<svg"))))
		return "image/svg+xml";
	if (begins_as(text, "<?xml") || begins_as(text, "<!doctype"))
		return "application/xml";
	if (text.n && (text.p[0] == '{' || text.p[0] == '['))
		return "application/json";
	return "text/plain";
}

const char *
file_sniff(struct zd_str head)
{
	for (size_t i = 0; i < ZD_COUNT(magics); i++)
		if (has(head, magics[i].at, magics[i].bytes))
			return magics[i].type;
	if (has(head, 0, ZD_STR("PK\x03\x04")))
		return sniff_zip(head);
	return is_text(head) ? sniff_text(head) : "application/octet-stream";
}
