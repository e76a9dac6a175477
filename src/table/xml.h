#ifndef ZD_TABLE_XML_H
#define ZD_TABLE_XML_H

#include <expat.h>

#include "table/zipfile.h"

/*
 * xml: a member of a package through expat, on a short leash: no DOCTYPE (so no entities), limited
 * depth and markup. Names reach the handlers without their prefix, because the same format comes
 * under two namespaces and any prefix.
 */
struct xml;
struct xml_handlers {
	void (*start)(struct xml *xml, const char *name, const char **attributes);
	void (*end)(struct xml *xml, const char *name);
	void (*text)(struct xml *xml, struct zd_str text);
};

struct xml {
	const struct xml_handlers *handlers;
	void *arg;         /* of the handlers */
	int depth;         /* in start and end: 1 for the root */
	const char *fault; /* why it was stopped, or NULL */
	/* for itself */
	XML_Parser parser;
	struct zip_stream *stream;
	const struct zip_member *member;
	size_t silent; /* bytes fed since the last event */
	bool paused, ended;
};

enum zd_rc xml_open(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member,
		    const struct xml_handlers *handlers, void *arg, struct xml *ret) ZD_CHECKED;
/* Runs until a handler pauses (ZD_OK) or the document ends (ZD_NOT_FOUND). */
enum zd_rc xml_run(struct zd_cx *cx, struct xml *xml) ZD_CHECKED;
void xml_close(struct xml *xml);

/* From handlers: come back from xml_run; or stop for good with a reason. */
void xml_pause(struct xml *xml);
void xml_refuse(struct xml *xml, const char *fault);

/* A whole member at once. */
enum zd_rc xml_read(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member,
		    const struct xml_handlers *handlers, void *arg) ZD_CHECKED;

/* NULL if it is not there. An attribute with a prefix is found by its local name, too, with `any`.
 */
const char *xml_attribute(const char **attributes, const char *name);
const char *xml_attribute_any(const char **attributes, const char *name);
bool xml_is_true(const char *value); /* "1", "true" */

#endif
