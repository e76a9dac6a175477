/* The frame around a page: what it shows of the actor and the city, and which of three it is. */
#include "page/frame.h"

static struct page_site site = { .city = ZD_LIT(""), .version = ZD_LIT("") };

struct page_assets page_assets = {
	.tabler = ZD_LIT("/assets/tabler.min.css"),
	.style = ZD_LIT("/assets/zd.css"),
	.theme = ZD_LIT("/assets/theme.js"),
	.script = ZD_LIT("/assets/zd.js"),
	.icon = ZD_LIT("/assets/zd.svg"),
	.icons = ZD_LIT("/assets/icons.svg"),
};

void
page_site_set(struct zd_arena *arena, const struct page_site *to)
{
	site = *to;
	page_assets = (struct page_assets){
		.tabler = http_asset_url(arena, asset_files, "tabler.min.css"),
		.style = http_asset_url(arena, asset_files, "zd.css"),
		.theme = http_asset_url(arena, asset_files, "theme.js"),
		.script = http_asset_url(arena, asset_files, "zd.js"),
		.icon = http_asset_url(arena, asset_files, "zd.svg"),
		.icons = http_asset_url(arena, asset_files, "icons.svg"),
	};
}

static void
fill_waiting(struct zd_cx *cx, struct page_frame *frame)
{
	const int64_t *counted = frame->page->waiting;

	frame->waiting = ZD_NO_INT;
	if (!site.waiting)
		return;
	frame->waiting = counted ? *counted : site.waiting(cx, frame->req);
	frame->waiting_text = frame->waiting > 99
				      ? ZD_STR("99+")
				      : zd_str_printf(cx->arena, "%d", (int)frame->waiting);
}

static void
fill_person(struct zd_cx *cx, struct page_frame *frame)
{
	frame->roles = cx->actor.roles;
	frame->searches = page_may(cx, frame->req, HTTP_GET, ZD_STR("/desk/search"));
	frame->account = cx->actor.account;
	frame->person = cx->actor.name.n ? cx->actor.name : cx->actor.account;
	if (site.dept_name)
		frame->dept = site.dept_name(cx, frame->req);
	fill_waiting(cx, frame);
}

static void
frame_fill(struct zd_cx *cx, const struct http_request *req, const struct page *page,
	   struct page_frame *ret)
{
	*ret = (struct page_frame){ .page = page, .req = req, .site = &site };
	ret->help = page_help_href(cx->arena, req);
	ret->actions = page_may_actions(cx, req, page->actions);
	if (page->layout == PAGE_DESK)
		fill_person(cx, ret);
}

void
page_begin(struct zd_cx *cx, const struct http_request *req, struct http_reply *rep,
	   const struct page *page)
{
	static void (*const begin[])(struct zd_out *, const struct page_frame *) = {
		[PAGE_DESK] = frame_desk_begin,
		[PAGE_PORTAL] = frame_portal_begin,
		[PAGE_BARE] = frame_bare_begin,
	};
	struct page_frame frame;

	frame_fill(cx, req, page, &frame);
	begin[page->layout](&rep->out, &frame);
}

void
page_end(struct zd_cx *cx, const struct http_request *req, struct http_reply *rep,
	 const struct page *page)
{
	static void (*const end[])(struct zd_out *, const struct page_frame *) = {
		[PAGE_DESK] = frame_desk_end,
		[PAGE_PORTAL] = frame_portal_end,
		[PAGE_BARE] = frame_bare_end,
	};
	const struct page_frame frame = {
		.page = page, .req = req, .site = &site, .help = page_help_href(cx->arena, req)
	};

	end[page->layout](&rep->out, &frame);
}
