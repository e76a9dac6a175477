#ifndef ZD_TRUST_GATE_H
#define ZD_TRUST_GATE_H

#include "http/http.h"
#include "trust/trust_app.h"

/*
 * The one place that every request passes (http_gate of http/http.h; gate_data is not used).
 *
 * A session cookie or a key becomes cx->actor; the route's policy decides:
 *
 *	HTTP_PUBLIC	anyone; the actor is a visitor (level 1, no roles) unless he is signed in
 *	HTTP_SIGNED_IN	any person signed in, any key (keys reach only /api/)
 *	HTTP_ROLES	whoever has one of the roles now: a change of rights holds from the next request
 *	fresh		a person who gave his password within the last 5 minutes
 *
 * A session that has not come all the way (second factor, new password) has no roles and reaches only the routes of its
 * step; elsewhere pages lead it to /signin, which leads on to that step. Refusals of known actors are on the record.
 *
 * A key that asks more than 1,000 times at once, or then more than 100 times a second, is told ZD_TOO_OFTEN.
 */
enum zd_rc trust_gate(struct zd_cx *cx, struct http_request *req, const void *gate_data);

/* For handlers of pages: the session behind the request (ZD_NOT_FOUND for keys and visitors), how far it has come, and
 * whether a fresh route would let it pass. */
enum zd_rc trust_gate_session(struct zd_cx *cx, const struct http_request *req,
			      struct trust_session *ret) ZD_CHECKED;
bool trust_gate_is_fresh(struct zd_cx *cx, const struct http_request *req);
/* Whether the gate would let him pass, step-up aside: what a page offers is asked here. */
bool trust_gate_allows(const struct zd_actor *actor, const struct http_policy *policy);
/* The page on which a session of that stage goes on. */
const char *trust_gate_page(enum trust_stage stage);

#endif
