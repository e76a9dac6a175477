#ifndef ZD_TRUST_PRIVATE_H
#define ZD_TRUST_PRIVATE_H

#include "db/db.h"
#include "trust/trust_app.h"

/* What the use cases of trust share among themselves. */

struct zd_str trust_token_new(struct zd_arena *arena);                        /* 64 hex digits */
struct zd_str trust_token_print(struct zd_arena *arena, struct zd_str token); /* its SM3, hex */
struct zd_str trust_object(struct zd_cx *cx, const char *kind, int64_t id);   /* "person:12" */
bool trust_password_is_old(const struct zd_cx *cx, int64_t roles, int64_t password_at);

/* The time step whose code it is (the one before and after are let pass), or 0. */
int64_t trust_totp_step(struct zd_arena *arena, struct zd_str secret, struct zd_str code,
			int64_t now);
struct zd_str trust_base32(struct zd_arena *arena, struct zd_str bytes);

/* What may be had only so often; each kind has buckets of its own. */
enum trust_bucket {
	TRUST_BUCKET_SIGN_IN, /* an address (of IPv6 its /64) gives a password or a code: 30, then 30 a minute */
	TRUST_BUCKET_REFUSAL, /* an account is refused something, and that is written down: as above */
	TRUST_BUCKET_API,     /* a key asks: 1,000, then 100 a second */
	TRUST_BUCKETS
};
/* False: who has had as many as he may for now. An absent or empty `who` is a command: always true. */
bool trust_throttle_take(enum trust_bucket kind, struct zd_str who, int64_t now);

/* A session is fresh for 5 minutes after a password. */
#define TRUST_FRESH_MS INT64_C(300000)
#define TRUST_PAST_PASSWORDS 5

/* In a transaction: a one-time code in place of earlier ones. */
enum zd_rc trust_code_new(struct zd_cx *cx, struct db *db, const struct trust_person *person,
			  int64_t life_ms, struct trust_code *ret) ZD_CHECKED;
/* In a transaction: the hash becomes the person's, and is remembered. */
enum zd_rc trust_password_set(struct zd_cx *cx, struct db *db, int64_t person,
			      struct zd_str hash) ZD_CHECKED;

/* What the program watches of itself: how attempts to sign in end, and whom the gate refuses (trust_measure.c).
 * For the pages: use cases only say how it ended. TRUST_SIGNIN_UNTRIED is not counted. */
void trust_measure_signin(const struct zd_cx *cx, const struct trust_signed *signed_in);
void trust_measure_refusal(void);

#endif
