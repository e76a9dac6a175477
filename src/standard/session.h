#ifndef ZD_STANDARD_SESSION_H
#define ZD_STANDARD_SESSION_H

#include "standard/standard.h"

/*
 * The judge for who speaks JSON: pages, forms and the phone call it as WebAssembly (wasm.c). One request, one answer.
 *
 *   {"call":"standards"}                            → {"standards":[{"name":…,"title":…,"kind":…}]}
 *   {"call":"describe","standard":N}                → standard_describe
 *   {"call":"headings","standard":N,"headings":[…]} → {"headings":[{"field":…}|{"field":null,"near":…}]}
 *   {"call":"open","standard":N,"today":"2025-11-24","dept_source":…,"known":{…}} → {"fields":[names]}
 *   {"call":"rows","first":1,"rows":[[…]|{…}]}      → {"rows":[{"row":1,"good":true,"operation":"i","day":…,
 *                                                      "values":{…}} | {…,"good":false,"errors":[…]}]}
 *   {"call":"close"}                                → {"unmade":[3,4]}
 *   {"call":"field","standard":N,"field":F,"value":V,"today":…,"day":…} → {"good":true,"value":…} | {"good":false,"error":{…}}
 *
 * A row is an array of texts in the order of the standard's fields, or an object by field name; null: not sent. rows
 * are judged by the judge opened last, which remembers them for duplicates until close.
 *
 * known: what a department's snapshot tells of the city, each optional; what is left out cannot be checked:
 *   "items":[{"code":…,"type":…,"name":…,"from":…,"until":…}], "lists":[{"code":…,"item":…,"from":…,"until":…}],
 *   "officers":[{"code":…,"until":…}], "records":{"check_action":[keys]}
 *
 * What cannot be understood is answered {"fault":"…"}.
 */
struct standard_session;
struct standard_session *
standard_session_new(const struct standard_set *set); /* set must live as long */
void standard_session_free(struct standard_session *session);
void standard_session_call(struct standard_session *session, struct zd_str request,
			   struct zd_out *out);

#endif
