#ifndef ZD_PAGE_H
#define ZD_PAGE_H

#include "base/embed.h"
#include "db/list.h"
#include "http/http.h"
#include "page/put.h"
#include "standard/standard.h"

/*
 * page: how everything looks. The kit that every room's *_web.c and *.html use: three layouts
 * (desk, portal, bare), five templates (list, record, form, board, process) and the error page.
 *
 * A page is written into rep->out between page_begin and page_end:
 *
 *	const struct page page = { .title = ZD_STR("监管对象"), .nav = "subjects" };
 *
 *	page_begin(cx, req, rep, &page);
 *	subject_show_html(&rep->out, ...);	the room's own .html, made by mkhtml
 *	page_end(cx, req, rep, &page);
 *
 * Nothing here fails: an output that reached its ceiling says so itself. All texts are escaped
 * here. What is borrowed must live as long as the call; what is absent is not shown.
 *
 * Pieces take the output first, so that a page's .html calls them by a line of C:
 *
 *	% page_badge(out, PAGE_GOOD, word);
 *
 * Looks and classes: assets/README.md. Style attributes and inline scripts do not exist: the
 * content security policy drops them and mkhtml refuses them.
 */

/* --- the frame --------------------------------------------------------------------------- */

enum page_layout {
	PAGE_DESK,   /* rail, top bar; for staff */
	PAGE_PORTAL, /* header and footer; for the public */
	PAGE_BARE    /* one card in the middle: sign-in, activation */
};

struct page_crumb {
	struct zd_str title, href; /* the list ends at an absent title */
};

/* A button. Ends at an absent title. */
struct page_action {
	struct zd_str title, href;
	const char *icon; /* a name of assets/icons.txt, or NULL */
	bool primary, danger;
	bool post;             /* a form with the CSRF token; else a link */
	struct zd_str confirm; /* post: first shows what will happen, to whom, what stays done */
	struct zd_str confirm_title; /* the button then: "发布 3 项"; absent: the title */
	struct zd_str off; /* the reason why it cannot be done now: the button is off and says so */
};

struct page {
	struct zd_str title;
	struct zd_str lead; /* one sentence under the title */
	const char *nav;    /* id in the navigation table (page/nav.c) */
	enum page_layout layout;
	const struct page_crumb *crumbs;
	const struct page_action *actions; /* right of the title */
	struct zd_str notice;              /* what just happened: "已发布。" (green, on top) */
	bool refresh;                      /* where scripts do not run, reload every 3 seconds */
	const int64_t *waiting;            /* counted already for this page; NULL: the frame asks */
	bool reading;                      /* a text column: 1.7 line height, narrow */
};

/*
 * Whether the gate lets the reader do it; true where no route of ours is. Pages and lists themselves
 * leave out the actions, bulks and ways that it does not; what a room draws by itself asks here.
 */
bool page_may(const struct zd_cx *cx, const struct http_request *req, enum http_method method,
	      struct zd_str href);

void page_begin(struct zd_cx *cx, const struct http_request *req, struct http_reply *rep,
		const struct page *page);
void page_end(struct zd_cx *cx, const struct http_request *req, struct http_reply *rep,
	      const struct page *page);

/*
 * What the frame shows of the city. Set once before the server starts, read by all threads; the
 * arena lives as long as the program (it keeps the assets' addresses).
 */
struct page_site {
	struct zd_str city;    /* "榕州市" */
	struct zd_str version; /* of the program; at the foot */
	/* req->db is NULL on some error pages. The name of the actor's department, and how many things wait for him. NULL or absent: not
	 * shown. */
	struct zd_str (*dept_name)(struct zd_cx *cx, const struct http_request *req);
	int64_t (*waiting)(struct zd_cx *cx, const struct http_request *req);
};
void page_site_set(struct zd_arena *arena, const struct page_site *site);
/* What the server gives out under /assets/ (http_server_config.assets). */
extern const struct embed_file asset_files[];

/* The navigation (rail of the desk), in the order of the screen. */
struct page_nav {
	const char *id, *area; /* area: the heading it stands under; NULL: stands alone */
	const char *title, *icon, *path;
	uint32_t roles; /* bits of enum trust_role; who does not have one of them does not see it */
};
extern const struct page_nav page_nav_table[]; /* ends at a NULL id */

/* The chapter of the manual about a route's page ("subjects"); NULL if the manual has none. */
const char *page_help_find(const char *route_path);
/* Where a page's 帮助 leads: its own chapter, or the contents. In static memory or the arena. */
struct zd_str page_help_href(struct zd_arena *arena, const struct http_request *req);

/* Draws cx->err for people; the error_page of http_server_config. Sets rep->status if it is 0. */
enum zd_rc page_error(struct zd_cx *cx, struct http_request *req, struct http_reply *rep);

/* --- values ------------------------------------------------------------------------------ */

/* One colour for one meaning, everywhere, and never without its word. */
enum page_tone {
	PAGE_PLAIN, /* grey: at rest, ended, draft */
	PAGE_INFO,  /* blue: under way */
	PAGE_GOOD,  /* green: in force, accepted, done */
	PAGE_WARN,  /* amber: someone must act */
	PAGE_BAD    /* red: refused, overdue, failed */
};

/* The words of a state or code; serves filters, cells and badges alike. Ends at an absent name. */
struct page_choice {
	struct zd_str value, name;
	enum page_tone tone;
};
const struct page_choice *page_choice_find(const struct page_choice *choices,
					   struct zd_str value); /* or NULL */

/* How a value given as text is shown. */
enum page_as {
	PAGE_AS_TEXT,
	PAGE_AS_CODE,   /* tabular figures, as is */
	PAGE_AS_USCC,   /* 9135 0100 M000 100Y43: grouped to the eye, copied without gaps */
	PAGE_AS_DAY,    /* of 2026-11-24: 2026-11-24(周二) */
	PAGE_AS_TIME,   /* of ms since 1970 in digits, or a formatted time */
	PAGE_AS_NUMBER, /* 12,345 */
	PAGE_AS_MONEY,  /* of yuan: 12,345.00 元 */
	PAGE_AS_STATE,  /* a badge: word and tone from choices */
	PAGE_AS_NAME,   /* the word from choices, plain */
	PAGE_AS_YES     /* 1: 是, 0: 否 */
};
void page_value(struct zd_out *out, enum page_as as, const struct page_choice *choices,
		struct zd_str value);

void page_day(struct zd_out *out, int32_t day); /* 2026-11-24(周二); nothing for ZD_NO_DAY */
void page_time(struct zd_out *out, int64_t ms); /* 2026-11-24(周二) 09:30; nothing for ZD_NO_INT */
/* A number without the decimals that say nothing: 5040.000000 is 5040, a slice of it. Others as they are. */
struct zd_str page_trim_decimals(struct zd_str number);
void page_number(struct zd_out *out, int64_t n);  /* 12,345 */
void page_money(struct zd_out *out, int64_t fen); /* 12,345.00 元 */
void page_bytes(struct zd_out *out, int64_t n);   /* 1.2 MB */
struct zd_str page_day_text(struct zd_arena *arena,
			    int32_t day); /* for sentences; absent for ZD_NO_DAY */
void page_icon(struct zd_out *out, const char *name);
void page_badge(struct zd_out *out, enum page_tone tone, struct zd_str word);

/* --- pieces ------------------------------------------------------------------------------ */

void page_card_begin(struct zd_out *out, struct zd_str title); /* absent title: no heading */
void page_card_end(struct zd_out *out);
void page_alert(struct zd_out *out, enum page_tone tone, struct zd_str title, struct zd_str text);
void page_actions(struct zd_out *out, const struct http_request *req,
		  const struct page_action *actions);
/* Opens a calendar for the input of a day before it; hidden until a script can. */
void page_day_button(struct zd_out *out, struct zd_str label);
void page_csrf(struct zd_out *out,
	       const struct http_request *req); /* the hidden field of a hand-written form */

struct page_tab {
	const char *id;
	struct zd_str title, href;
	int64_t n; /* shown behind the title; ZD_NO_INT: none */
};
void page_tabs(struct zd_out *out, const struct page_tab *tabs, size_t n, const char *active);

/* Teaches: what will appear here, who puts it there, and a button to begin. */
struct page_empty {
	const char *icon;
	struct zd_str title, text;
	struct zd_str action, href;
};
void page_empty(struct zd_out *out, const struct page_empty *empty);

/* Record: facts left, time line right. */
void page_split_begin(struct zd_out *out);
void page_split_aside(struct zd_out *out); /* what follows stands right */
void page_split_end(struct zd_out *out);

struct page_fact {
	struct zd_str label, value;
	enum page_as as;
	const struct page_choice *choices;
	struct zd_str href;
	struct zd_str note; /* small, behind: where it comes from, since when */
	bool wide;          /* a long text: over the whole width */
};
void page_facts(struct zd_out *out, const struct page_fact *facts, size_t n);
void page_facts_titled(struct zd_out *out, struct zd_str title, const struct page_fact *facts,
		       size_t n); /* under a small heading */

struct page_event {
	int64_t at;  /* ms, or ZD_NO_INT */
	int32_t day; /* used if `at` is ZD_NO_INT */
	enum page_tone tone;
	struct zd_str title, text, href;
	struct zd_str who; /* person · department */
};
void page_timeline(struct zd_out *out, const struct page_event *events, size_t n);

/* Board: numbers that are links. */
struct page_stat {
	struct zd_str label, href;
	int64_t n;
	struct zd_str text; /* instead of n: "98.6" */
	struct zd_str unit, note;
	enum page_tone tone;
};
void page_stats(struct zd_out *out, const struct page_stat *stats, size_t n);

struct page_bar {
	struct zd_str label, href, note;
	int64_t n, of; /* of 0: the largest n of all */
	enum page_tone tone;
};
void page_bars(struct zd_out *out, const struct page_bar *bars, size_t n);

/* 待办: ordered by deadline, each with its clock and one button. */
struct page_task {
	struct zd_str title, text;
	struct zd_str clock; /* "还剩 2 个工作日" */
	enum page_tone tone;
	struct zd_str href, action;
	int64_t n; /* how many; ZD_NO_INT: one */
};
void page_tasks(struct zd_out *out, const struct page_task *tasks, size_t n);

/* Process: steps with their law and clock. */
enum page_step_state { PAGE_STEP_LATER, PAGE_STEP_NOW, PAGE_STEP_DONE, PAGE_STEP_STOPPED };
struct page_step {
	enum page_step_state state;
	struct zd_str title, text;
	struct zd_str law, clock;
	const struct page_action *actions;
};
void page_steps(struct zd_out *out, const struct http_request *req, const struct page_step *steps,
		size_t n);

/*
 * A job under way. Without scripts the page reloads (struct page .refresh); with them it polls
 * href_json:
 * {"done": 1200, "total": 3000, "figures": "…", "state": "running" | "done" | "failed", "text": "…"} and goes to
 * href_done at the end. total 0: not known yet.
 */
struct page_progress {
	struct zd_str title, text;
	int64_t done, total;
	struct zd_str
		figures; /* instead of done and total: "12.3 MB / 40 MB"; in the JSON likewise */
	struct zd_str href_json, href_done;
};
void page_progress(struct zd_out *out, const struct page_progress *progress);

/* --- list -------------------------------------------------------------------------------- */

/* How a column of the list is shown; columns not named here are text. */
struct page_column {
	const char *name;
	enum page_as as;
	const struct page_choice *choices;
	const char *href; /* like row_href, for this cell */
	bool extra;       /* not shown until chosen */
	bool strong; /* the name of the thing: carries the row's link (else the first column does)
		      */
	/* The value in other words, in the arena: for the page and for downloads. arg: the list's. */
	struct zd_str (*text)(struct zd_cx *cx, struct zd_str value, void *arg);
	/* Behind a code its name on the page, as standard_code_shown; downloads and JSON have the code. */
	const struct standard_codes *codes;
	/* Draws the cell on the page, over several lines if need be. */
	void (*put)(struct zd_cx *cx, struct zd_out *out, struct zd_str value, void *arg);
};

/* The choices of a filter that is a code or state. */
struct page_filter {
	const char *name;
	const struct page_choice *choices; /* or NULL for free text */
	const char *hint;                  /* "前几个字即可" */
	bool extra;                        /* stands under 更多条件 */
};

/* For many rows at once: POST to path with ids=1,2,3 and the CSRF token. */
struct page_bulk {
	struct zd_str title, path, confirm;
	bool danger;
};

/*
 * Rows that live in memory instead of in a table: of each as many texts as the list has columns, in
 * their order, absent for none. Filters and sorts mean the column whose sql they name; row i has the
 * id i + 1. Of the operations DB_TOKEN is not for them.
 */
struct page_rows {
	const struct zd_str *const *cells;
	size_t n;
};

struct page_list {
	struct page page;
	const struct db_list *list;
	const struct page_rows *rows;      /* NULL: what the list reads from its tables */
	const char *row_href;              /* "/desk/subjects/{id}": {id} or a column's name */
	const struct page_column *columns; /* ends at a NULL name; may be NULL */
	const struct page_filter *filters; /* the same */
	const struct page_bulk *bulks;     /* ends at an absent title; may be NULL */
	struct page_empty empty;   /* when there is nothing at all, not even filtered away */
	struct page_empty nothing; /* when the filters leave nothing; has a default */
	struct zd_str total;       /* from the counters, e.g. "40,000 户"; there is no count(*) */
	const struct db_list_value
		*fixed; /* filters that the page itself sets (a tab, a parent record) */
	size_t n_fixed;
	void (*above)(struct zd_cx *cx, const struct http_request *req, struct zd_out *out,
		      void *arg); /* stats, tabs */
	void *arg;
	const char *file_name; /* of downloads; NULL: the title */
};

/*
 * The whole of a list route: GET, lax_query. Reads the query string (filters by name, sort, after,
 * limit, cols, format=csv|xlsx), runs the list within the actor's scope, masks by his level,
 * answers as a page, as JSON under /api/ ({"rows":[…],"next":"…"}), or as a download of at most
 * 1,000,000 rows. ZD_INVALID: an unknown or repeated parameter, a value that does not fit; says
 * which.
 */
enum zd_rc page_list(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
		     const struct page_list *list) ZD_CHECKED;

/* --- form -------------------------------------------------------------------------------- */

enum page_input {
	PAGE_INPUT_TEXT,
	PAGE_INPUT_SELECT, /* choices; up to 5 are shown as radio buttons if `radio` */
	PAGE_INPUT_MANY,   /* choices as check boxes; values joined by ',' in one field by script,
			      else a text field */
	PAGE_INPUT_DAY,
	PAGE_INPUT_NUMBER,
	PAGE_INPUT_AREA,
	PAGE_INPUT_CHECK,
	PAGE_INPUT_FILE,
	PAGE_INPUT_PASSWORD,
	PAGE_INPUT_HIDDEN
};

struct page_field {
	enum page_input input;
	struct zd_str name, label, value;
	struct zd_str hint, example, unit;
	struct zd_str error;  /* what is wrong and what to do */
	struct zd_str source; /* where the value came from: "来自监管对象库" */
	bool required, read_only, radio, narrow, focus;
	int max; /* characters; 0: none */
	const struct page_choice *choices;
	const char *autocomplete, *accept, *inputmode;
};

struct page_form {
	struct zd_str action, submit, cancel; /* cancel: where to go instead */
	struct zd_str error;                  /* of the form as a whole */
	bool multipart;                  /* has files; with scripts, shows how much has been sent */
	const struct page_field *fields; /* those whose errors are summed up on top, with links */
	size_t n_fields;
	struct zd_str consequence; /* what will happen, beside the button */
};

/* Puts cx->err beside the field it names, or on top of the form. */
void page_form_fail(const struct zd_cx *cx, struct page_form *form, struct page_field *fields,
		    size_t n);
void page_form_begin(struct zd_out *out, const struct http_request *req,
		     const struct page_form *form);
void page_form_section_begin(struct zd_out *out, struct zd_str title, struct zd_str hint);
void page_form_section_end(struct zd_out *out);
void page_form_field(struct zd_out *out, const struct page_field *field);
void page_form_end(struct zd_out *out, const struct page_form *form);
/* All of it at once: begin, the fields, end. */
void page_form(struct zd_out *out, const struct http_request *req, const struct page_form *form);

/* --- records of a data standard ------------------------------------------------------------ */

/* A heading before the field named; sections end at a NULL first. NULL: what is required, then the
 * rest. */
struct page_section {
	const char *first;
	struct zd_str title, hint;
};

/* The fields of a standard as form fields, in the arena: code lists in force on `day`, hints,
 * examples, errors beside. */
struct page_field *page_standard_fields(struct zd_cx *cx, const struct standard *std, int32_t day,
					const struct zd_str *values,
					const struct standard_error *errors, size_t n_errors);
/* The form's inside; form->fields are those of page_standard_fields. */
void page_standard_form(struct zd_out *out, const struct standard *std,
			const struct page_form *form, const struct page_section *sections);
/* The record's facts: names for codes, masked by the actor's level, absent ones left out. */
void page_standard_facts(struct zd_cx *cx, struct zd_out *out, const struct standard *std,
			 int32_t day, const struct zd_str *values,
			 const struct page_section *sections);

#endif
