#ifndef ZD_TRUST_APP_H
#define ZD_TRUST_APP_H

#include "base/app.h"
#include "db/db.h"
#include "trust/trust.h"

/*
 * trust: the use cases. Each checks the actor, decides, writes and audits in one transaction; none may be called inside
 * another transaction. Beside the codes named here each may give what the database gives (ZD_BUSY, ZD_FAILED, …).
 *
 * Secrets shown once (activation codes, keys, recovery codes) are returned in the arena and kept only as hashes.
 */

/* --- key material (trust_keys.c) --------------------------------------------------------- */

/* dir: DATA/keys. Makes it (0700) and every key in it (0600), random; ZD_CONFLICT if it is there already. */
enum zd_rc trust_keys_create(struct zd_cx *cx, const char *dir) ZD_CHECKED;
/* ZD_REFUSED: a file that others may read, or belongs to another; ZD_NOT_FOUND, ZD_INVALID: missing or no key. */
enum zd_rc trust_keys_load(struct zd_cx *cx, const char *dir, struct app_keys *ret) ZD_CHECKED;
void trust_keys_wipe(struct app_keys *keys);

/* --- passwords (trust_hash.c) --------------------------------------------------------------- */

struct trust_cost {
	uint64_t passes;
	size_t bytes;
};
/* What the use cases that meet a secret need. */
struct trust_env {
	const struct app_keys *keys;
	struct trust_cost cost;
};
struct trust_env trust_env(const struct app_keys *keys); /* 2 passes over 64 MiB: about 0.1 s */
struct trust_env trust_env_cheap(
	const struct app_keys *keys); /* tests and demo cities: upgraded at the first sign-in */

/*
 * argon2id, then HMAC-SM3 with the pepper: "$argon2id-sm3$m=65536,t=2$salt$mac". At most one at a time per two
 * processors, eight wait; ZD_BUSY to the ninth.
 */
enum zd_rc trust_hash(struct zd_cx *cx, const struct trust_env *env, struct zd_str password,
		      struct zd_str *ret) ZD_CHECKED;
/* hash absent: takes as long and never matches. ret_old: made at another cost. */
enum zd_rc trust_hash_check(struct zd_cx *cx, const struct trust_env *env, struct zd_str hash,
			    struct zd_str password, bool *ret_matches, bool *ret_old) ZD_CHECKED;

/* --- departments (trust_dept_app.c) ---------------------------------------------------------- */

enum { TRUST_CITY_LEVEL = 1, TRUST_COUNTY_LEVEL, TRUST_TOWN_LEVEL };
enum { TRUST_DEPT_LIVE = 1, TRUST_DEPT_ABOLISHED };

struct trust_dept {
	int64_t id;
	struct zd_str code, name;
	int64_t parent;              /* ZD_NO_INT: none */
	int64_t level;               /* 1 city, 2 county, 3 town */
	struct zd_str national_code; /* two digits of the national list, or absent */
	struct zd_str area;          /* division code: 6, 9 or 12 digits */
	struct zd_str uscc;          /* or absent */
	int32_t from, until;         /* until: ZD_NO_DAY while it stands */
	int64_t state;
	int64_t version;
};
/* By the security administrator or the system. ZD_INVALID names the field; ZD_CONFLICT: the code is taken, or the
 * version is old. Abolishing ends its people's sessions; its keys stop with it. */
enum zd_rc trust_dept_create(struct zd_cx *cx, struct db *db, const struct trust_dept *dept,
			     int64_t *ret_id) ZD_CHECKED;
enum zd_rc trust_dept_edit(struct zd_cx *cx, struct db *db,
			   const struct trust_dept *dept) ZD_CHECKED;
/* A whole tree, by code: new ones made, others brought up to date. parent_codes[i] absent: a root. Parents first. */
enum zd_rc trust_dept_import(struct zd_cx *cx, struct db *db, const struct trust_dept *depts,
			     const struct zd_str *parent_codes, size_t n,
			     int64_t *ret_new) ZD_CHECKED;
enum zd_rc trust_dept_find(struct zd_cx *cx, struct db *db, int64_t id,
			   struct trust_dept *ret) ZD_CHECKED;
/* "420100|31", division and national number: what cd_source of its rows says (check 02). Absent if it has no number. */
struct zd_str trust_dept_source(struct zd_arena *arena, const struct trust_dept *dept);
enum zd_rc trust_dept_find_code(struct zd_cx *cx, struct db *db, struct zd_str code,
				struct trust_dept *ret) ZD_CHECKED;
/* All, by code; at most 5,000. */
enum zd_rc trust_dept_list(struct zd_cx *cx, struct db *db, struct trust_dept **ret,
			   size_t *ret_n) ZD_CHECKED;

/* --- people (trust_person_app.c) --------------------------------------------------------------- */

enum { TRUST_ACTIVE = 1, TRUST_DISABLED, TRUST_NOT_ACTIVATED };

struct trust_person {
	int64_t id;
	struct zd_str account, name;
	int64_t dept; /* ZD_NO_INT: the city */
	int64_t roles, level, state;
	int32_t valid_until; /* the last day, or ZD_NO_DAY */
	struct zd_str password_hash;
	int64_t password_at, must_change;
	struct zd_str totp_secret; /* sealed */
	int64_t totp_on, totp_step, failures, locked_until, last_seen_at, created_at, version;
};

struct trust_person_new {
	struct zd_str account, name;
	int64_t dept; /* 0: the city */
	uint32_t roles;
	int level;           /* 0: 2 */
	int32_t valid_until; /* ZD_NO_DAY: no end */
	struct zd_str
		password; /* only the system may give one (demo, tests): the person is active at once */
	bool forced;      /* with password: skip the policy and the four eyes (system only) */
};
/* A one-time code, to be handed over; absent if a password was given. */
struct trust_code {
	int64_t person;
	struct zd_str account, code;
	int64_t until;
};
/*
 * By the security administrator or the system. A new administrator starts without roles, and the roles wait for a second
 * person. ZD_CONFLICT: the account is taken (whatever case and width).
 */
enum zd_rc trust_person_create(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			       const struct trust_person_new *person,
			       struct trust_code *ret) ZD_CHECKED;

struct trust_person_edit {
	int64_t id, version;
	struct zd_str name;
	int64_t dept; /* 0: the city */
	uint32_t roles;
	int level;
	int32_t valid_until;
};
/* Never oneself, nor the last security administrator of his role or time (ZD_REFUSED). Gaining an administrator's role waits for a second person; sessions end if rights change. */
enum zd_rc trust_person_change(struct zd_cx *cx, struct db *db,
			       const struct trust_person_edit *edit) ZD_CHECKED;
/* Disabled: sessions end in the same transaction; not the last security administrator (ZD_REFUSED). Enabled: active, or waiting for activation if no password was set. */
enum zd_rc trust_person_disable(struct zd_cx *cx, struct db *db, int64_t id) ZD_CHECKED;
enum zd_rc trust_person_enable(struct zd_cx *cx, struct db *db, int64_t id) ZD_CHECKED;
enum zd_rc trust_person_unlock(struct zd_cx *cx, struct db *db, int64_t id) ZD_CHECKED;
/* A new code (24 h) in place of the password, and of the second factor too; sessions end. */
enum zd_rc trust_person_reset(struct zd_cx *cx, struct db *db, int64_t id, bool second_factor,
			      struct trust_code *ret) ZD_CHECKED;
enum zd_rc trust_person_find(struct zd_cx *cx, struct db *db, int64_t id,
			     struct trust_person *ret) ZD_CHECKED;
enum zd_rc trust_person_find_account(struct zd_cx *cx, struct db *db, struct zd_str account,
				     struct trust_person *ret) ZD_CHECKED;

struct trust_request { /* an administrator's role that waits for a second person */
	int64_t id, person;
	struct zd_str account, name;
	int64_t roles, asked_at, asked_by;
	struct zd_str asked_by_account; /* absent: the system */
};
enum zd_rc trust_request_list(struct zd_cx *cx, struct db *db, struct trust_request **ret,
			      size_t *ret_n) ZD_CHECKED;
/* By another security administrator than who asked; while there is no second one, by the system administrator. */
enum zd_rc trust_request_decide(struct zd_cx *cx, struct db *db, int64_t id, bool grant) ZD_CHECKED;

/*
 * The first three administrators (sysadmin, secadmin, audadmin), their codes (7 days) in a new 0600 file at path.
 * ZD_CONFLICT if there is any person, or the file.
 */
#define TRUST_FIRST 3
enum zd_rc trust_init(struct zd_cx *cx, struct db *db, const char *path,
		      struct trust_code ret[TRUST_FIRST]) ZD_CHECKED;

/* --- signing in (trust_signin_app.c) ------------------------------------------------------------ */

/* How far a session has come: the gate lets each stage reach only its own routes. */
enum trust_stage {
	TRUST_OPEN,          /* all that his roles allow */
	TRUST_NEEDS_CODE,    /* the second factor */
	TRUST_NEEDS_FACTOR,  /* an administrator who has yet to set one up */
	TRUST_NEEDS_PASSWORD /* a new password: expired, or given by another */
};

enum trust_signin_end {
	TRUST_SIGNIN_OPENED,
	TRUST_SIGNIN_REFUSED,
	TRUST_SIGNIN_CODE_REFUSED,
	TRUST_SIGNIN_LOCKED,
	TRUST_SIGNIN_UNTRIED /* too often, or the database failed: nobody was judged */
};
struct trust_signed {
	struct zd_str token; /* for the cookie */
	enum trust_stage stage;
	/* How the attempt ended and whose it was (absent: nobody's), for who logs it: set when
	 * the attempt was refused, too. What follows in an open session is TRUST_SIGNIN_UNTRIED. */
	enum trust_signin_end end;
	struct zd_str account;
};
/*
 * The same answer (ZD_REFUSED, one text) after the same time for unknown, wrong, locked, disabled, expired. 5 failures in
 * 15 minutes lock for 20. Address: 30 tries a minute (ZD_TOO_OFTEN). At most 3 sessions, the oldest goes.
 */
enum zd_rc trust_sign_in(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			 struct zd_str account, struct zd_str password, struct zd_str agent,
			 struct trust_signed *ret) ZD_CHECKED;
/* The second factor: six digits, or a recovery code. A new token takes the old one's place. */
enum zd_rc trust_sign_in_code(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			      struct zd_str token, struct zd_str code,
			      struct trust_signed *ret) ZD_CHECKED;
enum zd_rc trust_sign_out(struct zd_cx *cx, struct db *db, struct zd_str token) ZD_CHECKED;
/* Step-up: the password again (and the second factor, if there is one) makes the session fresh for 5 minutes. */
enum zd_rc trust_confirm(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			 struct zd_str token, struct zd_str password, struct zd_str code,
			 struct trust_signed *ret) ZD_CHECKED;

/* A one-time code and a first password. ZD_REFUSED for any wrong code; ZD_INVALID: the password's rules. */
enum zd_rc trust_activate(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			  struct zd_str account, struct zd_str code,
			  struct zd_str password) ZD_CHECKED;
/* Not one of the last five; ends his other sessions. */
enum zd_rc trust_change_password(struct zd_cx *cx, struct db *db, const struct trust_env *env,
				 struct zd_str token, struct zd_str old, struct zd_str password,
				 struct trust_signed *ret) ZD_CHECKED;

/* TOTP (RFC 6238: SHA-1, 30 s, 6 digits, as the apps have it). Begin again as often as needed until confirmed. */
struct trust_totp {
	struct zd_str secret; /* base32 */
	struct zd_str uri;    /* otpauth://totp/… */
};
enum zd_rc trust_totp_begin(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			    struct zd_str token, struct trust_totp *ret) ZD_CHECKED;
/* What was begun and waits for its first code. ZD_CONFLICT: nothing was. Reads only. */
enum zd_rc trust_totp_pending(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			      struct zd_str token, struct trust_totp *ret) ZD_CHECKED;
#define TRUST_RECOVERY 8
enum zd_rc trust_totp_finish(struct zd_cx *cx, struct db *db, const struct trust_env *env,
			     struct zd_str token, struct zd_str code,
			     struct zd_str ret_recovery[TRUST_RECOVERY],
			     struct trust_signed *ret) ZD_CHECKED;
/* The six digits of a time, for tests and for the verifier. */
struct zd_str trust_totp_code(struct zd_arena *arena, struct zd_str secret20, int64_t now);

/* --- sessions (trust_session_app.c) --------------------------------------------------------------- */

struct trust_session {
	int64_t id, person, created_at, last_seen_at, fresh_until, mfa;
	struct zd_str account, name;
	int64_t dept, roles, level, state;
	int32_t valid_until;
	int64_t must_change, password_at, totp_on;
};
/* ZD_NOT_FOUND: none, expired, or its person may no longer sign in. Reads only. */
enum zd_rc trust_session_find(struct zd_cx *cx, struct db *db, struct zd_str token,
			      struct trust_session *ret) ZD_CHECKED;
enum trust_stage trust_session_stage(const struct zd_cx *cx, const struct trust_session *session);
/* Due once a minute: the idle clock runs from here. */
bool trust_session_is_stale(const struct zd_cx *cx, const struct trust_session *session);
enum zd_rc trust_session_touch(struct zd_cx *cx, struct db *db, struct zd_str token) ZD_CHECKED;
struct zd_str trust_session_csrf(struct zd_arena *arena, struct zd_str token);
/* For the timetable: removes what has expired. */
enum zd_rc trust_session_sweep(struct zd_cx *cx, struct db *db) ZD_CHECKED;

struct trust_my_session {
	int64_t id, created_at, last_seen_at;
	struct zd_str address, agent;
};
enum zd_rc trust_session_list(struct zd_cx *cx, struct db *db, int64_t person,
			      struct trust_my_session **ret, size_t *ret_n) ZD_CHECKED;
/* One of the actor's own. */
enum zd_rc trust_session_kill(struct zd_cx *cx, struct db *db, int64_t id) ZD_CHECKED;

/* --- keys of department systems (trust_key_app.c) ---------------------------------------------------- */

struct trust_key {
	int64_t id;
	struct zd_str public_id;
	int64_t dept;
	struct zd_str name;
	int64_t level, created_at, expires_at, revoked_at, last_used_at;
};
/* By the security administrator or the system. Two live ones a system, for rotation (ZD_REFUSED). Shown once. */
enum zd_rc trust_key_create(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str name,
			    int level, struct zd_str *ret_bearer) ZD_CHECKED;
enum zd_rc trust_key_revoke(struct zd_cx *cx, struct db *db, int64_t id) ZD_CHECKED;
enum zd_rc trust_key_list(struct zd_cx *cx, struct db *db, int64_t dept, struct trust_key **ret,
			  size_t *ret_n) ZD_CHECKED;
/* zd_<id>_<secret> → the actor. ZD_NOT_FOUND: unknown, wrong, revoked, expired, or its department is abolished.
 * ret_stale: its last use should be noted (trust_key_touch). */
enum zd_rc trust_key_actor(struct zd_cx *cx, struct db *db, struct zd_str bearer,
			   struct zd_actor *ret, bool *ret_stale) ZD_CHECKED;
enum zd_rc trust_key_touch(struct zd_cx *cx, struct db *db, int64_t id) ZD_CHECKED;

/* --- shared --------------------------------------------------------------------------------- */

/* ZD_REFUSED unless the actor has one of the roles; the system has all. */
enum zd_rc trust_check_is(struct zd_cx *cx, uint32_t roles) ZD_CHECKED;

/* zd_signin_total and zd_refused_total, known to /metrics from the start of the server. */
void trust_metrics_add(void);

#endif
