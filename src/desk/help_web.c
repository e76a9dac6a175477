/* The manual within the program: one chapter a page, and who may do what the chapter tells of, from the route table. */
#include "desk/desk_web.h"
#include "trust/trust.h"

#define CHAPTERS_MAX 64
#define MAY_MAX 64

/* --- chapters ------------------------------------------------------------------------------------------- */

static struct zd_str
bytes_of(const struct embed_file *file)
{
	return (struct zd_str){ file->bytes, file->n };
}

/* A chapter begins with <h1>its title</h1>. */
static struct zd_str
title_of(const struct embed_file *file, struct zd_str *ret_rest)
{
	const char *start = strstr(file->bytes, "<h1>"), *end = strstr(file->bytes, "</h1>");

	*ret_rest = bytes_of(file);
	if (start != file->bytes || !end)
		return zd_str_of(file->name);
	*ret_rest = (struct zd_str){ end + 5, (size_t)(file->bytes + file->n - (end + 5)) };
	return (struct zd_str){ start + 4, (size_t)(end - start) - 4 };
}

/* "subjects.html" is the chapter "subjects". */
static struct zd_str
name_of(const struct embed_file *file)
{
	return (struct zd_str){ file->name, strcspn(file->name, ".") };
}

static const struct embed_file *
find_chapter(struct zd_str name)
{
	for (const struct embed_file *file = manual_files; file->name; file++)
		if (zd_str_equal(name_of(file), name))
			return file;
	return NULL;
}

static void
put_contents(struct zd_out *out, struct zd_str here)
{
	struct desk_chapter chapters[CHAPTERS_MAX];
	struct zd_str rest;
	size_t n = 0;

	for (const struct embed_file *file = manual_files; file->name && n < CHAPTERS_MAX; file++)
		chapters[n++] = (struct desk_chapter){ name_of(file), title_of(file, &rest) };
	desk_chapters_html(out, chapters, n, here);
}

/* --- who ------------------------------------------------------------------------------------------------ */

/* A key opens no page: only the interfaces (trust_gate). */
static struct zd_str
who_of(struct zd_arena *arena, const struct http_route *route)
{
	const struct http_policy *policy = &route->policy;
	bool page = !zd_str_starts(zd_str_of(route->path), ZD_STR("/api/"));
	uint32_t roles = page ? policy->roles & ~(uint32_t)TRUST_API : policy->roles;
	struct zd_str who = policy->access == HTTP_PUBLIC      ? ZD_STR("任何人，不需登录")
			    : policy->access == HTTP_SIGNED_IN ? ZD_STR("登录的任何人")
							       : trust_roles_titles(arena, roles);

	return policy->fresh
		       ? zd_str_printf(arena, "%.*s；须在 5 分钟内确认过身份", ZD_STR_ARG(who))
		       : who;
}

static size_t
fill_may(struct zd_arena *arena, const struct http_route *table, struct zd_str chapter,
	 struct desk_may *may, size_t n)
{
	for (const struct http_route *r = table; r->method != HTTP_END && n < MAY_MAX; r++) {
		const char *of = page_help_find(r->path);
		if (of && zd_str_equal(zd_str_of(of), chapter))
			may[n++] = (struct desk_may){ zd_str_of(r->about), zd_str_of(r->path),
						      who_of(arena, r) };
	}
	return n;
}

static void
put_may(struct zd_cx *cx, const struct http_request *req, struct zd_str chapter, struct zd_out *out)
{
	struct desk_may may[MAY_MAX];
	size_t n = 0;

	for (const struct http_route *const *table = req->tables; *table; table++)
		n = fill_may(cx->arena, *table, chapter, may, n);
	if (n)
		desk_may_html(out, may, n);
}

/* --- pages ---------------------------------------------------------------------------------------------- */

/* Who has not signed in needs the manual too: how to sign in, how to be let in. */
static void
put_chapter(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	    const struct embed_file *file)
{
	struct zd_str rest, title = title_of(file, &rest), name = name_of(file);
	const struct page_crumb crumbs[] = { { ZD_STR("帮助"), ZD_STR("/desk/help") },
					     { title, { 0 } },
					     { { 0 }, { 0 } } };
	const struct page page = { .title = title,
				   .layout = cx->actor.roles ? PAGE_DESK : PAGE_PORTAL,
				   .crumbs = crumbs,
				   .reading = true };

	rep->type = "text/html; charset=utf-8";
	page_begin(cx, req, rep, &page);
	zd_out_write(&rep->out, ZD_STR("<article class=\"zd-manual\">\n"));
	zd_out_write(&rep->out, rest);
	put_may(cx, req, name, &rep->out);
	zd_out_write(&rep->out, ZD_STR("</article>\n"));
	put_contents(&rep->out, name);
	page_end(cx, req, rep, &page);
}

struct help_params {
	struct zd_str page;
};
static const struct http_param help_params[] = {
	HTTP_PARAM_TEXT(struct help_params, page, .about = "手册的一章", .min = 1, .max = 40,
			.required = true),
	{ .name = NULL },
};

static enum zd_rc
show_chapter(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct help_params *p = req->params;
	const struct embed_file *file = find_chapter(p->page);

	if (!file)
		return zd_fail(cx, ZD_NOT_FOUND, "page",
			       "手册里没有「%.*s」这一章，全部目录在“帮助”里", ZD_STR_ARG(p->page));
	put_chapter(cx, req, rep, file);
	return ZD_OK;
}

static enum zd_rc
show_contents(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	put_chapter(cx, req, rep, find_chapter(ZD_STR("index")));
	return ZD_OK;
}

static enum zd_rc
show_reference(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	put_chapter(cx, req, rep, find_chapter(ZD_STR("reference")));
	return ZD_OK;
}

#define OPEN                                                                                       \
	{                                                                                          \
		.access = HTTP_PUBLIC                                                              \
	}

const struct http_route help_routes[] = {
	{ HTTP_GET, "/desk/help", "使用手册的目录", OPEN, show_contents },
	{ HTTP_GET, "/desk/help/{page}", "使用手册的一章", OPEN, show_chapter,
	  .params = help_params, .params_size = sizeof(struct help_params) },
	{ HTTP_GET, "/api/v1/reference", "接口参考（供人阅读）", OPEN, show_reference,
	  .produces = "text/html; charset=utf-8" },
	{ 0 },
};
