/* The gate: who asks, and may he. See trust_gate.h. */
#include "trust/trust_gate.h"

#include <string.h>

#include "trust/audit.h"
#include "trust/trust_private.h"

/* What a session that is still under way may reach. */
static const struct step {
	enum trust_stage stage;
	const char *page;
} steps[] = {
	{ TRUST_OPEN, "/desk" },
	{ TRUST_NEEDS_CODE, "/signin/code" },
	{ TRUST_NEEDS_FACTOR, "/signin/factor" },
	{ TRUST_NEEDS_PASSWORD, "/signin/password" },
};

const char *
trust_gate_page(enum trust_stage stage)
{
	for (size_t i = 0; i < ZD_COUNT(steps); i++)
		if (steps[i].stage == stage)
			return steps[i].page;
	return "/signin";
}

static void
become_visitor(struct zd_cx *cx)
{
	cx->actor = (struct zd_actor){ .level = 1, .address = cx->actor.address };
}

/* --- who --------------------------------------------------------------------------------- */

struct asker {
	bool known; /* a person or a key */
	bool by_key;
	bool stale; /* that he is here should be noted */
	struct trust_session session;
	enum trust_stage stage;
};

/* Not all the way in: he has his name, and no rights. */
static void
become_person(struct zd_cx *cx, const struct asker *asker)
{
	const struct trust_session *s = &asker->session;
	bool open = asker->stage == TRUST_OPEN;

	cx->actor = (struct zd_actor){ .id = s->person,
				       .dept = open && s->dept != ZD_NO_INT ? s->dept : 0,
				       .roles = open ? (uint32_t)s->roles : 0,
				       .level = open ? (int)s->level : 1,
				       .account = s->account,
				       .name = s->name,
				       .address = cx->actor.address };
}

static enum zd_rc
find_person(struct zd_cx *cx, struct http_request *req, struct asker *ret)
{
	enum zd_rc rc = trust_session_find(cx, req->db, req->session, &ret->session);

	if (rc == ZD_NOT_FOUND) {
		req->by_cookie = false; /* a cookie of nothing: as if there were none */
		return ZD_OK;
	}
	ZD_TRY(rc);
	ret->known = true;
	ret->stage = trust_session_stage(cx, &ret->session);
	ret->stale = trust_session_is_stale(cx, &ret->session);
	req->csrf = trust_session_csrf(cx->arena, req->session);
	become_person(cx, ret);
	return ZD_OK;
}

static enum zd_rc
find_key(struct zd_cx *cx, struct http_request *req, struct asker *ret)
{
	struct zd_actor actor;

	if (!req->wants_json)
		return ZD_OK;
	enum zd_rc rc = trust_key_actor(cx, req->db, req->session, &actor, &ret->stale);
	if (rc == ZD_NOT_FOUND)
		return ZD_OK;
	ZD_TRY(rc);
	ret->known = ret->by_key = true;
	ret->stage = TRUST_OPEN;
	cx->actor = actor;
	return ZD_OK;
}

/* --- what is written on the way: when he was last here, what he was refused -------------- */

static enum zd_rc
touch(struct zd_cx *cx, struct db *db, const struct http_request *req, const struct asker *asker)
{
	return asker->by_key ? trust_key_touch(cx, db, cx->actor.id)
			     : trust_session_touch(cx, db, req->session);
}

static enum zd_rc
put_refusal(struct zd_cx *cx, struct db *db, const struct http_request *req)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(audit_put(cx, db,
			 &(struct audit_entry){ .act = "route.refuse",
						.object = zd_str_of(req->route->path),
						.detail = zd_str_of(req->route->about),
						.refused = true }));
	return db_commit(cx, &txn);
}

/* Neither lets anybody in or keeps him out: if it cannot be written now, the next request will. */
static void
note(struct zd_cx *cx, const struct http_request *req, const struct asker *asker, bool refused)
{
	struct db *db ZD_CLEANUP(db_give) = NULL;
	struct zd_err err = cx->err;

	if (req->pool && db_pool_take(cx, req->pool, DB_WRITE, &db) == ZD_OK)
		(void)!(refused ? put_refusal(cx, db, req) : touch(cx, db, req, asker));
	cx->err = err;
}

/* --- may he ------------------------------------------------------------------------------ */

static bool
is_own_step(const struct http_request *req, enum trust_stage stage)
{
	const char *path = req->route->path;

	return stage == TRUST_OPEN || strcmp(path, "/signout") == 0 ||
	       strcmp(path, trust_gate_page(stage)) == 0;
}

static enum zd_rc
check_stage(struct zd_cx *cx, const struct http_request *req, const struct asker *asker)
{
	if (is_own_step(req, asker->stage))
		return ZD_OK;
	return zd_fail(cx, req->wants_json ? ZD_REFUSED : ZD_NOT_FOUND, NULL,
		       asker->stage == TRUST_NEEDS_PASSWORD ? "密码已到期或由他人设定，请先修改密码"
							    : "登录尚未完成，请先通过第二因子验证");
}

bool
trust_gate_allows(const struct zd_actor *actor, const struct http_policy *policy)
{
	switch (policy->access) {
	case HTTP_NO_POLICY: return false;
	case HTTP_PUBLIC: return true;
	case HTTP_SIGNED_IN: return actor->id > 0;
	case HTTP_ROLES: return (actor->roles & policy->roles) != 0;
	}
	return false;
}

static enum zd_rc
check_policy(struct zd_cx *cx, const struct http_request *req, const struct asker *asker)
{
	const struct http_policy *policy = &req->route->policy;

	if (!trust_gate_allows(&cx->actor, policy))
		return zd_fail(cx, ZD_REFUSED, NULL, "此项功能由%.*s使用",
			       ZD_STR_ARG(trust_roles_titles(cx->arena, policy->roles)));
	if (policy->fresh && (asker->by_key || asker->session.fresh_until <= cx->now))
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "此项操作需要在 5 分钟内确认过身份，请先在“我的账号”中确认身份");
	return ZD_OK;
}

static enum zd_rc
decide(struct zd_cx *cx, const struct http_request *req, const struct asker *asker)
{
	if (!asker->known)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "尚未登录，或登录已超时，请重新登录");
	if (asker->by_key && !trust_throttle_take(TRUST_BUCKET_API, cx->actor.account, cx->now))
		return zd_fail(
			cx, ZD_TOO_OFTEN, NULL,
			"这个密钥请求过于频繁（每秒最多 100 次），请稍候再试，或改为按批报送");
	ZD_TRY(check_stage(cx, req, asker));
	return check_policy(cx, req, asker);
}

/* A flood of refusals must not become a flood of writes. */
static bool
is_noted(const struct zd_cx *cx)
{
	return trust_throttle_take(TRUST_BUCKET_REFUSAL, cx->actor.account, cx->now);
}

enum zd_rc
trust_gate(struct zd_cx *cx, struct http_request *req, const void *gate_data)
{
	struct asker asker = { 0 };
	bool public = req->route->policy.access == HTTP_PUBLIC;
	enum zd_rc rc = ZD_OK;

	(void)gate_data;
	become_visitor(cx);
	if (req->session.n)
		rc = req->by_cookie ? find_person(cx, req, &asker) : find_key(cx, req, &asker);
	if (public && rc != ZD_OK)
		become_visitor(cx);
	if (public)
		return ZD_OK;
	ZD_TRY(rc);
	rc = decide(cx, req, &asker);
	if (rc == ZD_OK && asker.stale)
		note(cx, req, &asker, false);
	if (rc == ZD_REFUSED)
		trust_measure_refusal();
	if (rc == ZD_REFUSED && is_noted(cx))
		note(cx, req, &asker, true);
	return rc;
}

/* --- for pages --------------------------------------------------------------------------- */

enum zd_rc
trust_gate_session(struct zd_cx *cx, const struct http_request *req, struct trust_session *ret)
{
	if (!req->by_cookie)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "尚未登录，或登录已超时，请重新登录");
	return trust_session_find(cx, req->db, req->session, ret);
}

bool
trust_gate_is_fresh(struct zd_cx *cx, const struct http_request *req)
{
	struct zd_err err = cx->err;
	struct trust_session s = { 0 };
	bool fresh = trust_gate_session(cx, req, &s) == ZD_OK && s.fresh_until > cx->now;

	cx->err = err;
	return fresh;
}
