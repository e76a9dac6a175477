#ifndef ZD_TRUST_WEB_H
#define ZD_TRUST_WEB_H

#include "http/http.h"

/*
 * The routes of trust, for the server's tables. Linked as trust_web_dep (it stands behind page, which stands behind
 * trust).
 *
 *	/signin …		signing in and its steps, activation, one's own account (/desk/me)
 *	/desk/people …		accounts, rights that wait for a second person, roles explained
 *	/desk/departments …	the tree and the keys of department systems
 *	/desk/log …		the audit log with its proofs
 *	/api/v1/me, departments, people, log/…
 */
extern const struct http_route trust_signin_routes[], trust_people_routes[], trust_dept_routes[],
	trust_log_routes[];

#endif
