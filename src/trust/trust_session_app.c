/* Sessions: what a token stands for, how long, and how far it reaches. */
#include <string.h>

#include "crypto/crypto.h"
#include "trust/audit.h"
#include "trust/trust_app.h"
#include "trust/trust_private.h"
#include "trust/trust_sql.h"

/* 等保三级 8.1.4.1 b; the figures are the customary ones: 15 minutes, 12 hours. */
static const int64_t idle_ms = 900000, life_ms = 43200000, touch_ms = 60000;
static const int64_t admin_password_ms = INT64_C(90) * 86400000;
static const int64_t password_ms = INT64_C(180) * 86400000;

struct zd_str
trust_token_print(struct zd_arena *arena, struct zd_str token)
{
	struct sm3 hash;

	sm3_of(token, &hash);
	return crypto_hex(arena, SM3_STR(hash));
}

struct zd_str
trust_token_new(struct zd_arena *arena)
{
	unsigned char bytes[32];

	crypto_random(bytes, sizeof(bytes));
	return crypto_hex(arena, (struct zd_str){ (char *)bytes, sizeof(bytes) });
}

struct zd_str
trust_session_csrf(struct zd_arena *arena, struct zd_str token)
{
	struct sm3 hash;

	sm3_of_parts((struct zd_str[]){ ZD_STR("zd-csrf\n"), token }, 2, &hash);
	return crypto_hex(arena, (struct zd_str){ (const char *)hash.b, 16 });
}

static bool
may_be_here(const struct zd_cx *cx, const struct trust_session *s)
{
	return s->state == TRUST_ACTIVE &&
	       (s->valid_until == ZD_NO_DAY || cx->today <= s->valid_until) &&
	       cx->now - s->last_seen_at < idle_ms && cx->now - s->created_at < life_ms;
}

enum zd_rc
trust_session_find(struct zd_cx *cx, struct db *db, struct zd_str token, struct trust_session *ret)
{
	enum zd_rc rc = ZD_NOT_FOUND;

	if (token.n == 64)
		rc = trust_sql_find_session(cx, db, ret,
					    .token = trust_token_print(cx->arena, token));
	if (rc == ZD_OK && may_be_here(cx, ret))
		return ZD_OK;
	if (rc == ZD_OK || rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "尚未登录，或登录已超时，请重新登录");
	return rc;
}

bool
trust_password_is_old(const struct zd_cx *cx, int64_t roles, int64_t password_at)
{
	int64_t limit = roles & TRUST_ADMINS ? admin_password_ms : password_ms;

	return password_at == ZD_NO_INT || cx->now - password_at >= limit;
}

enum trust_stage
trust_session_stage(const struct zd_cx *cx, const struct trust_session *s)
{
	if (!s->mfa)
		return s->totp_on ? TRUST_NEEDS_CODE : TRUST_NEEDS_FACTOR;
	if (s->must_change || trust_password_is_old(cx, s->roles, s->password_at))
		return TRUST_NEEDS_PASSWORD;
	return TRUST_OPEN;
}

bool
trust_session_is_stale(const struct zd_cx *cx, const struct trust_session *s)
{
	return cx->now - s->last_seen_at >= touch_ms;
}

enum zd_rc
trust_session_touch(struct zd_cx *cx, struct db *db, struct zd_str token)
{
	return trust_sql_touch_session(cx, db, NULL, .token = trust_token_print(cx->arena, token),
				       .now = cx->now);
}

enum zd_rc
trust_session_sweep(struct zd_cx *cx, struct db *db)
{
	return trust_sql_sweep_sessions(cx, db, NULL, .idle_since = cx->now - idle_ms,
					.born_before = cx->now - life_ms);
}

enum zd_rc
trust_session_list(struct zd_cx *cx, struct db *db, int64_t person, struct trust_my_session **ret,
		   size_t *ret_n)
{
	return trust_sql_list_sessions(cx, db, 100, ret, ret_n, .person = person);
}

enum zd_rc
trust_session_kill(struct zd_cx *cx, struct db *db, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	int64_t n;

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(trust_sql_kill_session(cx, db, &n, .id = id, .person = cx->actor.id));
	if (n == 0)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这个登录会话，可能已经退出");
	ZD_TRY(audit_put(cx, db,
			 &(struct audit_entry){ .act = "session.kill",
						.object = trust_object(cx, "session", id) }));
	return db_commit(cx, &txn);
}
