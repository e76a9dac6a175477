/* xml: expat on a short leash. */
#include "table/xml.h"

#include <string.h>

#define BLOCK (64 << 10)
#define DEPTH_MAX 128
#define MARKUP_MAX ((size_t)1 << 20) /* bytes of one tag or comment */

static const char *
local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

const char *
xml_attribute(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

const char *
xml_attribute_any(const char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (strcmp(local_name(attributes[0]), name) == 0)
			return attributes[1];
	return NULL;
}

bool
xml_is_true(const char *value)
{
	return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

void
xml_pause(struct xml *xml)
{
	(void)XML_StopParser(xml->parser, XML_TRUE);
}

void
xml_refuse(struct xml *xml, const char *fault)
{
	if (!xml->fault)
		xml->fault = fault;
	(void)XML_StopParser(xml->parser, XML_FALSE);
}

static void
on_start(void *arg, const char *name, const char **attributes)
{
	struct xml *xml = arg;

	xml->silent = 0;
	if (xml->fault)
		return;
	if (++xml->depth > DEPTH_MAX) {
		xml_refuse(xml, "嵌套过深");
		return;
	}
	if (xml->handlers->start)
		xml->handlers->start(xml, local_name(name), attributes);
}

static void
on_end(void *arg, const char *name)
{
	struct xml *xml = arg;

	xml->silent = 0;
	if (xml->fault)
		return;
	if (xml->handlers->end)
		xml->handlers->end(xml, local_name(name));
	xml->depth--;
}

static void
on_text(void *arg, const char *p, int n)
{
	struct xml *xml = arg;

	xml->silent = 0;
	if (xml->handlers->text && !xml->fault)
		xml->handlers->text(xml, (struct zd_str){ p, (size_t)n });
}

static void
on_comment(void *arg, const char *text)
{
	struct xml *xml = arg;

	(void)text;
	xml->silent = 0;
}

static void
on_doctype(void *arg, const char *name, const char *sysid, const char *pubid, int has_subset)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_subset;
	xml_refuse(arg, "含有 DOCTYPE 声明，为安全起见不予读取");
}

enum zd_rc
xml_open(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member,
	 const struct xml_handlers *handlers, void *arg, struct xml *ret)
{
	*ret = (struct xml){ .handlers = handlers, .arg = arg, .member = member };
	ret->parser = XML_ParserCreate(NULL);
	if (!ret->parser)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	XML_SetUserData(ret->parser, ret);
	XML_SetElementHandler(ret->parser, on_start, on_end);
	XML_SetCharacterDataHandler(ret->parser, on_text);
	XML_SetCommentHandler(ret->parser, on_comment);
	XML_SetStartDoctypeDeclHandler(ret->parser, on_doctype);
	enum zd_rc rc = zip_stream_open(cx, zip, member, &ret->stream);
	if (rc != ZD_OK)
		xml_close(ret);
	return rc;
}

void
xml_close(struct xml *xml)
{
	if (xml->parser)
		XML_ParserFree(xml->parser);
	xml->parser = NULL;
	zip_stream_drop(&xml->stream);
}

static enum zd_rc
fail_xml(struct zd_cx *cx, const struct xml *xml)
{
	unsigned long line = XML_GetCurrentLineNumber(xml->parser);

	if (xml->fault)
		return zd_fail(
			cx, ZD_INVALID, NULL,
			"工作簿的部件 %.*s %s（XML 第 %lu 行），请用 Excel 或 WPS 重新保存后再传",
			ZD_STR_ARG(xml->member->name), xml->fault, line);
	return zd_fail(
		cx, ZD_INVALID, NULL,
		"工作簿的部件 %.*s 不是正确的 XML（第 %lu 行），请用 Excel 或 WPS 重新保存后再传",
		ZD_STR_ARG(xml->member->name), line);
}

static enum zd_rc
feed(struct zd_cx *cx, struct xml *xml, enum XML_Status *ret)
{
	size_t n;
	void *p = XML_GetBuffer(xml->parser, BLOCK);

	if (!p)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	ZD_TRY(zip_stream_read(cx, xml->stream, p, BLOCK, &n));
	xml->silent += n;
	xml->ended = n == 0;
	*ret = XML_ParseBuffer(xml->parser, (int)n, n == 0);
	if (xml->silent > MARKUP_MAX)
		xml->fault = "有过长的标记";
	return ZD_OK;
}

enum zd_rc
xml_run(struct zd_cx *cx, struct xml *xml)
{
	for (;;) {
		enum XML_Status status = XML_STATUS_OK;
		if (xml->paused)
			status = XML_ResumeParser(xml->parser);
		else if (xml->ended)
			return ZD_NOT_FOUND;
		else
			ZD_TRY(feed(cx, xml, &status));
		xml->paused = status == XML_STATUS_SUSPENDED;
		if (status == XML_STATUS_ERROR || xml->fault)
			return fail_xml(cx, xml);
		if (xml->paused)
			return ZD_OK;
	}
}

enum zd_rc
xml_read(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member,
	 const struct xml_handlers *handlers, void *arg)
{
	struct xml xml;

	ZD_TRY(xml_open(cx, zip, member, handlers, arg, &xml));
	enum zd_rc rc = xml_run(cx, &xml);
	xml_close(&xml);
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}
