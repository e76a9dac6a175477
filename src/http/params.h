#ifndef ZD_HTTP_PARAMS_H
#define ZD_HTTP_PARAMS_H

#include "base/json.h"
#include "http/route.h"
#include "http/target.h"

/*
 * Reads parameters into a route's struct by its declaration. Give every pair that came, then end;
 * all faults are kept, in the order of finding.
 */
#define HTTP_FAULTS_MAX 32
struct http_params {
	const struct http_route *route;
	char *into; /* the route's struct, every field absent */
	uint64_t seen;
	int status; /* 400 as soon as something came that may not come; else 422 if faults_n */
	struct http_fault *faults;
	size_t faults_n;
	struct http_named *fields; /* undeclared ones of a route with lax_fields */
	size_t fields_n;
};
#define HTTP_FIELDS_MAX 128
#define HTTP_FIELD_CHARACTERS 65535

void http_params_begin(struct zd_cx *cx, const struct http_route *route, struct http_params *ret);
void http_params_path(struct zd_cx *cx, struct http_params *ps, const struct http_match *match);
void http_params_query(struct zd_cx *cx, struct http_params *ps, struct zd_str query);
void http_params_form(struct zd_cx *cx, struct http_params *ps, struct zd_str body,
		      struct zd_str *ret_csrf);
void http_params_json(struct zd_cx *cx, struct http_params *ps, struct zd_str body);
/* A field of a form: as a declared one, or kept aside if the route has lax_fields. */
void http_params_field(struct zd_cx *cx, struct http_params *ps, struct http_pair pair);
/* One declared parameter. */
void http_params_pair(struct zd_cx *cx, struct http_params *ps, struct http_pair pair);
void http_params_file(struct zd_cx *cx, struct http_params *ps, struct zd_str name,
		      struct http_file file);
/* What is required is there; ZD_INVALID with the first fault, else ZD_OK. */
enum zd_rc http_params_end(struct zd_cx *cx, struct http_params *ps) ZD_CHECKED;

/* The declaration of a name, or NULL. */
const struct http_param *http_param_find(const struct http_route *route, struct zd_str name);
/* A file's name as it may be shown: the last part of a path, without controls and bidirectional
 * marks, ≤ 120 characters. */
struct zd_str http_clean_filename(struct zd_arena *arena, struct zd_str name);

#endif
