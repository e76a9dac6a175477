#ifndef ZD_TRUST_PAGES_H
#define ZD_TRUST_PAGES_H

#include "page/page.h"
#include "trust/audit.h"
#include "trust/trust_gate.h"

/* What the pages of trust share, and the parts of trust_pages.html. For *_web.c of this room. */

/* --- forms (trust_pages.c) ---------------------------------------------------------------- */

#define WEB_FIELDS 12
struct web_form {
	struct page page;
	struct page_form form;
	struct page_field fields[WEB_FIELDS];
	size_t n;
};
void web_add(struct web_form *form, struct page_field field);
/*
 * Draws the form. rc ZD_OK: as it is; what the visitor can cure: with the sentence beside its field and that status;
 * our own faults and lost connections are returned.
 */
enum zd_rc web_form_show(struct zd_cx *cx, struct http_request *req, struct http_reply *rep, struct web_form *form,
			 enum zd_rc rc) ZD_CHECKED;
enum zd_rc web_go(struct http_reply *rep, struct zd_str path); /* ZD_OK */
/* A path of our own, or the other one. */
struct zd_str web_own_path(struct zd_str path, const char *otherwise);
/* /signin/confirm and back here; absent if the password is fresh. */
struct zd_str web_confirm_path(struct zd_cx *cx, const struct http_request *req);
/* Leads to /signin/confirm and back here if the password is not fresh: true, the reply is made. */
bool web_confirm_first(struct zd_cx *cx, const struct http_request *req, struct http_reply *rep);
struct trust_env web_env(const struct http_request *req);
struct zd_str web_int(struct zd_arena *arena, int64_t v); /* absent for ZD_NO_INT */

const struct page_choice *web_role_sets(void); /* every lawful set of roles, by its number */
extern const struct page_choice web_person_states[], web_dept_states[], web_dept_levels[], web_levels[];
/* Departments in force as choices (value: id); ends at an absent name. */
enum zd_rc web_dept_choices(struct zd_cx *cx, struct db *db, struct page_choice **ret) ZD_CHECKED;

/* --- parts (trust_pages.html) ---------------------------------------------------------------- */

void trust_links_html(struct zd_out *out, const char *const (*links)[2]); /* href, title; ends at NULL */
void trust_factor_html(struct zd_out *out, const struct trust_totp *totp);
void trust_recovery_html(struct zd_out *out, const struct zd_str *codes, size_t n, struct zd_str next);
void trust_code_html(struct zd_out *out, struct zd_str label, struct zd_str code, struct zd_str note);
/* A User-Agent as people name browsers, "Edge · Windows"; unknown parts are left out, a wholly unknown one is "其他". */
struct zd_str web_agent_words(struct zd_arena *arena, struct zd_str agent);
void trust_sessions_html(struct zd_out *out, const struct http_request *req, const struct trust_my_session *sessions,
			 size_t n, int64_t current, struct zd_arena *arena);
struct trust_dept_row {
	const struct trust_dept *dept;
	int depth;
	bool edit;
};
void trust_tree_html(struct zd_out *out, const struct trust_dept_row *rows, size_t n);
/* confirm: where to give the password before a key can be revoked; absent if it is fresh. */
void trust_keys_html(struct zd_out *out, const struct http_request *req, const struct trust_key *keys, size_t n,
		     int64_t now, struct zd_str confirm);
void trust_requests_html(struct zd_out *out, const struct http_request *req, const struct trust_request *requests,
			 size_t n, struct zd_arena *arena);
void trust_roles_html(struct zd_out *out);
struct trust_proof_view {
	struct audit_sealed entry;
	struct zd_str leaf, chain, root, hashes[AUDIT_PROOF_MAX];
	size_t n;
	int64_t size; /* of the checkpoint; 0: not covered yet */
	bool holds;
};
void trust_proof_html(struct zd_out *out, const struct trust_proof_view *view);

#endif
