#ifndef ZD_VIEW_WEB_H
#define ZD_VIEW_WEB_H

#include <inttypes.h>
#include <string.h>

#include "page/page.h"
#include "view/view_app.h"

/* Pieces of a record's page, drawn into the page that the library has begun. */

/* Facts by sections (NULL: one card), codes by their names on the record's day, masked by level. */
void view_put_facts(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet,
		    struct zd_str title, const struct page_section *sections);
/* Who sent it, in which batch and row, when, which version. */
void view_put_origin(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet);
/* Each change with what differs, who made it and why. */
void view_put_history(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet);
/* What is wrong with this record's standing: removed, waiting for release. */
void view_put_state(struct zd_out *out, const struct view_sheet *sheet);

/* 修改 and 删除 where the actor may; room for VIEW_ACTIONS. */
#define VIEW_ACTIONS 3
void view_actions(struct zd_cx *cx, const struct view_sheet *sheet,
		  struct page_action ret[VIEW_ACTIONS]);

/* The same for programs: one object. */
void view_put_json(struct zd_cx *cx, struct zd_out *out, const struct view_sheet *sheet);

/* The standard by its name, from the program's set; ZD_NOT_FOUND. */
enum zd_rc view_standard(struct zd_cx *cx, const struct http_request *req, struct zd_str name,
			 const struct standard **ret) ZD_CHECKED;

/* The choices of a code list in force on the day: for filters and columns. In the arena. */
const struct page_choice *view_choices(struct zd_cx *cx, const struct http_request *req,
				       const char *codes, int32_t day);
/* Departments by id, for filters. Empty if they cannot be read. */
const struct page_choice *view_dept_choices(struct zd_cx *cx, struct db *db);
/* RECORD_LIVE … as badges. */
extern const struct page_choice view_states[];
/* The word of a choice, or the value itself. */
struct zd_str view_word(const struct page_choice *choices, struct zd_str value);

/* How the fields of a standard are grouped; NULL: not. */
const struct page_section *view_sections(const struct standard *std);

/* What every record's page is asked with: /…/{ref}?done=saved */
struct view_ref {
	struct zd_str ref, done;
};
extern const struct http_param view_ref_params[];
/* The record that a page was asked for. */
enum zd_rc view_load_ref(struct zd_cx *cx, const struct http_request *req, const char *standard,
			 struct view_sheet *ret) ZD_CHECKED;
/* The whole of a route that shows one record of a standard (params: view_ref_params). */
enum zd_rc view_show(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
		     const char *standard) ZD_CHECKED;
/* The same for a record already read. */
enum zd_rc view_show_sheet(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
			   const struct view_sheet *sheet, struct zd_str done) ZD_CHECKED;
/* The same with buttons of the library before 修改 and 删除; ends at an absent title, at most VIEW_MORE. */
#define VIEW_MORE 4
enum zd_rc view_show_with(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
			  const struct view_sheet *sheet, struct zd_str done,
			  const struct page_action *more) ZD_CHECKED;
/* What a record is called: its name, else its key. nav: where it stands in the rail. */
struct zd_str view_title(struct zd_cx *cx, const struct view_sheet *sheet);
const char *view_nav(const struct standard *std);

/* What has just happened, for struct page .notice; absent if nothing. */
struct zd_str view_notice(struct zd_str done);

/* view.html */
void view_history(struct zd_out *out, struct zd_cx *cx, const struct view_sheet *sheet);

/* The list of codes of that name, or NULL: for columns, and for standard_code_shown. */
const struct standard_codes *view_codes(const struct http_request *req, const char *name);

#endif
