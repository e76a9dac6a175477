/* Keys with which a department's own system speaks for it: zd_<id>_<secret>, the secret kept only
 * as its SM3. */
#include <string.h>

#include "crypto/crypto.h"
#include "trust/audit.h"
#include "trust/trust_app.h"
#include "trust/trust_private.h"
#include "trust/trust_sql.h"

enum { ID_LENGTH = 10, SECRET_LENGTH = 32, LIVE_KEYS = 2 };
static const int64_t life_ms = INT64_C(365) * 86400000, touch_ms = 60000;

static enum zd_rc
put_entry(struct zd_cx *cx, struct db *db, const char *act, struct zd_str public_id, int64_t dept,
	  struct zd_str name)
{
	return audit_put(
		cx, db,
		&(struct audit_entry){
			.act = act,
			.object = zd_str_printf(cx->arena, "key:%.*s", ZD_STR_ARG(public_id)),
			.detail = zd_str_printf(cx->arena, "%.*s@%lld", ZD_STR_ARG(name),
						(long long)dept) });
}

static enum zd_rc
check_new(struct zd_cx *cx, struct db *db, int64_t dept_id, struct zd_str name, int level)
{
	struct trust_sql_count_live_keys_out live;
	struct trust_dept dept;
	size_t length = zd_utf8_length(name);

	if (length < 1 || length > 50)
		return zd_fail(cx, ZD_INVALID, "name", "系统名称应为 1 至 50 个字");
	if (level < 1 || level > 4)
		return zd_fail(cx, ZD_INVALID, "level", "数据级别应为 1 至 4");
	ZD_TRY(trust_dept_find(cx, db, dept_id, &dept));
	if (dept.state != TRUST_DEPT_LIVE)
		return zd_fail(cx, ZD_REFUSED, "dept", "%.*s 已撤销", ZD_STR_ARG(dept.name));
	ZD_TRY(trust_sql_count_live_keys(cx, db, &live, .dept = dept_id, .name = name,
					 .now = cx->now));
	if (live.n >= LIVE_KEYS)
		return zd_fail(cx, ZD_REFUSED, "name",
			       "“%.*s”已有 %d 把在用的密钥（供轮换），请先吊销一把",
			       ZD_STR_ARG(name), LIVE_KEYS);
	return ZD_OK;
}

static enum zd_rc
create_in(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str name, int level,
	  struct zd_str *ret_bearer)
{
	struct zd_str public_id = crypto_random_code(cx->arena, ID_LENGTH);
	struct zd_str secret = crypto_random_code(cx->arena, SECRET_LENGTH);

	ZD_TRY(check_new(cx, db, dept, name, level));
	ZD_TRY(trust_sql_insert_key(cx, db, .id = zd_id_new(), .public_id = public_id,
				    .secret = trust_token_print(cx->arena, secret), .dept = dept,
				    .name = name, .level = level, .now = cx->now,
				    .by = cx->actor.id, .until = cx->now + life_ms));
	*ret_bearer =
		zd_str_printf(cx->arena, "zd_%.*s_%.*s", ZD_STR_ARG(public_id), ZD_STR_ARG(secret));
	return put_entry(cx, db, "key.create", public_id, dept, name);
}

enum zd_rc
trust_key_create(struct zd_cx *cx, struct db *db, int64_t dept, struct zd_str name, int level,
		 struct zd_str *ret_bearer)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct zd_str bearer;

	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(create_in(cx, db, dept, zd_str_trim(name), level, &bearer));
	ZD_TRY(db_commit(cx, &txn));
	*ret_bearer = bearer;
	return ZD_OK;
}

static enum zd_rc
revoke_in(struct zd_cx *cx, struct db *db, int64_t id)
{
	struct trust_sql_find_key_id_out key;
	int64_t n;

	enum zd_rc rc = trust_sql_find_key_id(cx, db, &key, .id = id);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这把密钥");
	ZD_TRY(rc);
	ZD_TRY(trust_sql_revoke_key(cx, db, &n, .id = id, .now = cx->now));
	if (n == 0)
		return zd_fail(cx, ZD_CONFLICT, NULL, "这把密钥已经吊销");
	return put_entry(cx, db, "key.revoke", key.public_id, key.dept, key.name);
}

enum zd_rc
trust_key_revoke(struct zd_cx *cx, struct db *db, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(revoke_in(cx, db, id));
	return db_commit(cx, &txn);
}

enum zd_rc
trust_key_list(struct zd_cx *cx, struct db *db, int64_t dept, struct trust_key **ret, size_t *ret_n)
{
	return trust_sql_list_keys(cx, db, 1000, ret, ret_n, .dept = dept);
}

static bool
split(struct zd_str bearer, struct zd_str *ret_id, struct zd_str *ret_secret)
{
	if (bearer.n != 3 + ID_LENGTH + 1 + SECRET_LENGTH ||
	    !zd_str_starts(bearer, ZD_STR("zd_")) || bearer.p[3 + ID_LENGTH] != '_')
		return false;
	*ret_id = (struct zd_str){ bearer.p + 3, ID_LENGTH };
	*ret_secret = (struct zd_str){ bearer.p + 3 + ID_LENGTH + 1, SECRET_LENGTH };
	return zd_utf8_check(*ret_id) == ID_LENGTH && !memchr(ret_id->p, 0, ID_LENGTH);
}

static enum zd_rc
refuse_key(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_NOT_FOUND, NULL, "接口密钥不正确，或已吊销、已过期");
}

enum zd_rc
trust_key_actor(struct zd_cx *cx, struct db *db, struct zd_str bearer, struct zd_actor *ret,
		bool *ret_stale)
{
	struct trust_sql_find_key_out key;
	struct zd_str id, secret;

	if (!split(bearer, &id, &secret))
		return refuse_key(cx);
	enum zd_rc rc = trust_sql_find_key(cx, db, &key, .public_id = id);
	if (rc == ZD_NOT_FOUND)
		return refuse_key(cx);
	ZD_TRY(rc);
	if (!crypto_equal(key.secret, trust_token_print(cx->arena, secret)) ||
	    key.revoked_at != ZD_NO_INT || key.expires_at <= cx->now ||
	    key.dept_state != TRUST_DEPT_LIVE)
		return refuse_key(cx);
	*ret = (struct zd_actor){ .id = key.id,
				  .dept = key.dept,
				  .roles = TRUST_API,
				  .level = (int)key.level,
				  .account = zd_str_printf(cx->arena, "key:%.*s", ZD_STR_ARG(id)),
				  .name = key.name,
				  .address = cx->actor.address };
	*ret_stale = key.last_used_at == ZD_NO_INT || cx->now - key.last_used_at >= touch_ms;
	return ZD_OK;
}

enum zd_rc
trust_key_touch(struct zd_cx *cx, struct db *db, int64_t id)
{
	return trust_sql_touch_key(cx, db, NULL, .id = id, .now = cx->now);
}
