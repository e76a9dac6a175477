/*
 * Signing in, the second factor, passwords of one's own.
 *
 * The slow hash is made before the transaction: nothing waits for it but the one who asks. Whatever
 * is wrong with account or password, the answer and the time are the same.
 */
#include <ctype.h>
#include <string.h>

#include "crypto/crypto.h"
#include "trust/audit.h"
#include "trust/trust_app.h"
#include "trust/trust_private.h"
#include "trust/trust_sql.h"

enum { MAX_FAILURES = 5, MAX_SESSIONS = 3, SECRET = 20 };
static const int64_t window_ms = 900000, lock_ms = 1200000; /* 15 and 20 minutes */
static const int64_t unused_ms =
	INT64_C(90) * 86400000; /* then an account sleeps until it is enabled again */

static const struct trust_signed untried = { .end = TRUST_SIGNIN_UNTRIED };

static enum zd_rc
refuse_sign_in(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_REFUSED, NULL,
		       "账号或密码不正确，或账号暂时不能登录；连续输错 5 次将锁定 20 分钟");
}

static enum zd_rc
refuse_code(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_REFUSED, "code", "验证码不正确或已用过，请等待下一个验证码再试");
}

static enum zd_rc
check_rate(struct zd_cx *cx)
{
	if (trust_throttle_take(TRUST_BUCKET_SIGN_IN, cx->actor.address, cx->now))
		return ZD_OK;
	return zd_fail(cx, ZD_TOO_OFTEN, NULL, "尝试次数过多，请一分钟后再试");
}

/* Acts under his own name from here on. */
static void
become(struct zd_cx *cx, const struct trust_person *person)
{
	cx->actor.id = person->id;
	cx->actor.account = person->account;
	cx->actor.name = person->name;
	cx->actor.roles = (uint32_t)person->roles;
	cx->actor.level = (int)person->level;
	cx->actor.dept = person->dept == ZD_NO_INT ? 0 : person->dept;
}

static enum zd_rc
put_entry(struct zd_cx *cx, struct db *db, const char *act, struct zd_str account,
	  const char *detail, bool refused)
{
	return audit_put(cx, db,
			 &(struct audit_entry){ .act = act,
						.object = zd_str_printf(cx->arena, "person:%.*s",
									ZD_STR_ARG(account)),
						.detail = zd_str_of(detail),
						.refused = refused });
}

/* --- the first factor -------------------------------------------------------------------- */

/* Why not, for the log only; NULL: he may. */
static const char *
judge(const struct zd_cx *cx, const struct trust_person *p, bool matches)
{
	if (!p->id)
		return "无此账号";
	if (p->locked_until > cx->now)
		return "已锁定";
	if (!matches)
		return "密码不对";
	if (p->state != TRUST_ACTIVE)
		return "未启用";
	if (p->valid_until != ZD_NO_DAY && cx->today > p->valid_until)
		return "已过有效期";
	if (p->last_seen_at != ZD_NO_INT && cx->now - p->last_seen_at > unused_ms)
		return "90 天未登录，已休眠";
	return NULL;
}

static enum zd_rc
find_or_none(struct zd_cx *cx, struct db *db, struct zd_str account, struct trust_person *ret)
{
	enum zd_rc rc = trust_sql_find_account(cx, db, ret, .account = account);

	if (rc != ZD_NOT_FOUND)
		return rc;
	*ret = (struct trust_person){ .account = account, .valid_until = ZD_NO_DAY };
	return ZD_OK;
}

static enum zd_rc
count_failure(struct zd_cx *cx, struct db *db, int64_t person)
{
	return trust_sql_count_failure(cx, db, NULL, .id = person, .now = cx->now,
				       .since = cx->now - window_ms, .max = MAX_FAILURES,
				       .until = cx->now + lock_ms);
}

/* Recorded and counted, then answered as everything else that is wrong. */
static enum zd_rc
turn_away(struct zd_cx *cx, struct db *db, struct db_txn *txn, const struct trust_person *person,
	  const char *why, struct trust_signed *ret)
{
	if (person->id)
		ZD_TRY(count_failure(cx, db, person->id));
	if (!cx->actor.id && !cx->actor.level)
		cx->actor.level = 1; /* an outsider, not the system */
	ZD_TRY(put_entry(cx, db, "session.refuse", person->account, why, true));
	ZD_TRY(db_commit(cx, txn));
	ret->end = person->locked_until > cx->now ? TRUST_SIGNIN_LOCKED : TRUST_SIGNIN_REFUSED;
	if (person->id) /* who knows what was typed */
		ret->account = person->account;
	return refuse_sign_in(cx);
}

static bool
needs_factor(const struct trust_person *p)
{
	return p->totp_on || (p->roles & TRUST_ADMINS);
}

static enum trust_stage
stage_of(const struct zd_cx *cx, const struct trust_person *p, bool mfa)
{
	struct trust_session session = { .mfa = mfa,
					 .totp_on = p->totp_on,
					 .must_change = p->must_change,
					 .roles = p->roles,
					 .password_at = p->password_at };

	return trust_session_stage(cx, &session);
}

static enum zd_rc
open_session(struct zd_cx *cx, struct db *db, const struct trust_person *p, struct zd_str agent,
	     struct trust_signed *ret)
{
	bool mfa = !needs_factor(p);
	struct zd_str token = trust_token_new(cx->arena);

	if (agent.n > 120)
		agent.n = 120;
	if (zd_utf8_check(agent) != agent.n)
		agent.n = zd_utf8_check(agent);
	ZD_TRY(trust_sql_insert_session(
		cx, db, .token = trust_token_print(cx->arena, token), .id = zd_id_new(),
		.person = p->id, .now = cx->now, .fresh_until = cx->now + TRUST_FRESH_MS,
		.mfa = mfa, .address = cx->actor.address.n ? cx->actor.address : ZD_STR("-"),
		.agent = agent.n ? agent : ZD_STR("-")));
	ZD_TRY(trust_sql_kill_oldest_sessions(cx, db, NULL, .person = p->id, .keep = MAX_SESSIONS));
	*ret = (struct trust_signed){ .token = token,
				      .stage = stage_of(cx, p, mfa),
				      .end = TRUST_SIGNIN_OPENED,
				      .account = p->account };
	return ZD_OK;
}

static enum zd_rc
let_in(struct zd_cx *cx, struct db *db, struct db_txn *txn, const struct trust_person *p,
       struct zd_str agent, struct zd_str new_hash, struct trust_signed *ret)
{
	struct trust_signed signed_in;

	become(cx, p);
	ZD_TRY(trust_sql_count_success(cx, db, .id = p->id, .now = cx->now));
	if (new_hash.p)
		ZD_TRY(trust_sql_rehash_password(cx, db, .id = p->id, .old = p->password_hash,
						 .hash = new_hash));
	ZD_TRY(open_session(cx, db, p, agent, &signed_in));
	ZD_TRY(put_entry(cx, db, "session.open", p->account, needs_factor(p) ? "待验证" : "",
			 false));
	ZD_TRY(db_commit(cx, txn));
	*ret = signed_in;
	return ZD_OK;
}

/* What is no account at all goes the same way as one that nobody has. */
static struct zd_str
clean_account(struct zd_cx *cx, struct zd_str account)
{
	account = trust_fold(cx->arena, zd_str_trim(account));
	bool usable = account.n > 0 && account.n <= 32 && zd_utf8_check(account) == account.n &&
		      !memchr(account.p, 0, account.n);
	return usable ? account : ZD_STR("-");
}

/* The slow part. ret_hash: the one that it was held against; ret_new: the same password at today's cost. */
static enum zd_rc
try_password(struct zd_cx *cx, struct db *db, const struct trust_env *env, struct zd_str account,
	     struct zd_str password, struct zd_str *ret_hash, struct zd_str *ret_new,
	     bool *ret_matches)
{
	struct trust_person person = { 0 };
	bool old = false;

	if (password.n > 512)
		password.n = 0;
	ZD_TRY(find_or_none(cx, db, account, &person));
	ZD_TRY(trust_hash_check(cx, env, person.password_hash, password, ret_matches, &old));
	*ret_hash = person.password_hash;
	return *ret_matches && old ? trust_hash(cx, env, password, ret_new) : ZD_OK;
}

enum zd_rc
trust_sign_in(struct zd_cx *cx, struct db *db, const struct trust_env *env, struct zd_str account,
	      struct zd_str password, struct zd_str agent, struct trust_signed *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct zd_str hash = { 0 }, new_hash = { 0 };
	struct trust_person now = { 0 };
	bool matches = false;

	*ret = untried;
	ZD_TRY(check_rate(cx));
	account = clean_account(cx, account);
	ZD_TRY(try_password(cx, db, env, account, password, &hash, &new_hash, &matches));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(find_or_none(cx, db, account, &now));
	matches = matches && zd_str_equal(now.password_hash, hash);
	const char *why = judge(cx, &now, matches);
	if (why)
		return turn_away(cx, db, &txn, &now, why, ret);
	return let_in(cx, db, &txn, &now, agent, new_hash, ret);
}

/* --- a session's own person -------------------------------------------------------------- */

struct self {
	struct trust_session session;
	struct trust_person person;
	struct zd_str print; /* of the token */
};

static enum zd_rc
find_self(struct zd_cx *cx, struct db *db, struct zd_str token, struct self *ret)
{
	ZD_TRY(trust_session_find(cx, db, token, &ret->session));
	ZD_TRY(trust_person_find(cx, db, ret->session.person, &ret->person));
	ret->print = trust_token_print(cx->arena, token);
	become(cx, &ret->person);
	return ZD_OK;
}

/* A new token for the same session: what was seen before the step is worth nothing after it. */
static enum zd_rc
renew(struct zd_cx *cx, struct db *db, struct self *self, struct trust_signed *ret)
{
	struct zd_str token = trust_token_new(cx->arena);

	self->session.mfa = self->session.mfa || !needs_factor(&self->person);
	ZD_TRY(trust_sql_renew_session(
		cx, db, .old = self->print, .token = trust_token_print(cx->arena, token),
		.now = cx->now, .fresh_until = cx->now + TRUST_FRESH_MS, .mfa = self->session.mfa));
	*ret = (struct trust_signed){ .token = token,
				      .stage = stage_of(cx, &self->person, self->session.mfa),
				      .end = TRUST_SIGNIN_UNTRIED };
	return ZD_OK;
}

/* The step is done: a new token, on the record, committed. */
static enum zd_rc
finish(struct zd_cx *cx, struct db *db, struct db_txn *txn, struct self *self, const char *act,
       struct trust_signed *ret)
{
	struct trust_signed signed_in;

	ZD_TRY(renew(cx, db, self, &signed_in));
	ZD_TRY(put_entry(cx, db, act, self->person.account, "", false));
	ZD_TRY(db_commit(cx, txn));
	*ret = signed_in;
	return ZD_OK;
}

static enum zd_rc
begin(struct zd_cx *cx, struct db *db, struct zd_str token, struct db_txn *txn, struct self *ret)
{
	ZD_TRY(db_begin(cx, db, txn));
	return find_self(cx, db, token, ret);
}

/* --- the second factor ------------------------------------------------------------------- */

static struct zd_str
recovery_print(struct zd_cx *cx, const struct trust_env *env, struct zd_str code)
{
	struct sm3 mac;

	hmac_sm3((struct zd_str){ (const char *)env->keys->pepper, sizeof(env->keys->pepper) },
		 code, &mac);
	return crypto_hex(cx->arena, SM3_STR(mac));
}

static struct zd_str
upper(struct zd_arena *arena, struct zd_str s)
{
	char *p = zd_alloc(arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '-' && s.p[i] != ' ')
			p[n++] = (char)toupper((unsigned char)s.p[i]);
	return (struct zd_str){ p, n };
}

static enum zd_rc
open_secret(struct zd_cx *cx, const struct trust_env *env, const struct trust_person *person,
	    struct zd_str *ret)
{
	if (person->totp_secret.p && sm4_open(cx->arena, env->keys->seal, person->totp_secret, ret))
		return ZD_OK;
	return zd_fail(cx, ZD_FAILED, NULL, "the second factor of %.*s cannot be unsealed",
		       ZD_STR_ARG(person->account));
}

/* Uses up the code: a time step or a recovery code serves once. */
static enum zd_rc
use_code(struct zd_cx *cx, struct db *db, const struct trust_env *env,
	 const struct trust_person *person, struct zd_str code, bool *ret_ok)
{
	struct zd_str secret = { 0 };
	int64_t n = 0;

	ZD_TRY(open_secret(cx, env, person, &secret));
	code = upper(cx->arena, code);
	int64_t step = trust_totp_step(cx->arena, secret, code, cx->now);
	if (step)
		ZD_TRY(trust_sql_use_totp_step(cx, db, &n, .id = person->id, .step = step));
	else if (code.n == 10)
		ZD_TRY(trust_sql_use_recovery(cx, db, &n, .person = person->id,
					      .code = recovery_print(cx, env, code),
					      .now = cx->now));
	*ret_ok = n == 1;
	return ZD_OK;
}

/* A wrong code counts as a wrong password; when the account locks, its sessions go. */
static enum zd_rc
reject_code(struct zd_cx *cx, struct db *db, struct db_txn *txn, const struct trust_person *person,
	    struct trust_signed *ret)
{
	struct trust_person after;

	ZD_TRY(count_failure(cx, db, person->id));
	ZD_TRY(trust_person_find(cx, db, person->id, &after));
	if (after.locked_until > cx->now)
		ZD_TRY(trust_sql_kill_sessions(cx, db, NULL, .person = person->id, .except = 0));
	ZD_TRY(put_entry(cx, db, "session.code", person->account, "验证码不对", true));
	ZD_TRY(db_commit(cx, txn));
	ret->end = TRUST_SIGNIN_CODE_REFUSED;
	ret->account = person->account;
	return refuse_code(cx);
}

enum zd_rc
trust_sign_in_code(struct zd_cx *cx, struct db *db, const struct trust_env *env,
		   struct zd_str token, struct zd_str code, struct trust_signed *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct self self = { 0 };
	bool ok;

	*ret = untried;
	ZD_TRY(check_rate(cx));
	ZD_TRY(begin(cx, db, token, &txn, &self));
	if (!self.person.totp_on)
		return zd_fail(cx, ZD_REFUSED, NULL, "尚未设置第二验证因子");
	if (self.person.locked_until > cx->now)
		return refuse_code(cx);
	ZD_TRY(use_code(cx, db, env, &self.person, code, &ok));
	if (!ok)
		return reject_code(cx, db, &txn, &self.person, ret);
	self.session.mfa = 1;
	ZD_TRY(trust_sql_count_success(cx, db, .id = self.person.id, .now = cx->now));
	return finish(cx, db, &txn, &self, "session.code", ret);
}

static struct zd_str
otpauth(struct zd_cx *cx, struct zd_str account, struct zd_str secret)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1024 };

	zd_out_write(&out, ZD_STR("otpauth://totp/"));
	zd_out_url(&out, ZD_STR("照单"));
	zd_out_write(&out, ZD_STR(":"));
	zd_out_url(&out, account);
	zd_out_write(&out, ZD_STR("?secret="));
	zd_out_write(&out, secret);
	zd_out_write(&out, ZD_STR("&issuer="));
	zd_out_url(&out, ZD_STR("照单"));
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

enum zd_rc
trust_totp_begin(struct zd_cx *cx, struct db *db, const struct trust_env *env, struct zd_str token,
		 struct trust_totp *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	unsigned char secret[SECRET];
	struct self self = { 0 };
	int64_t n;

	ZD_TRY(begin(cx, db, token, &txn, &self));
	crypto_random(secret, sizeof(secret));
	struct zd_str bytes = { (char *)secret, sizeof(secret) };
	ZD_TRY(trust_sql_set_totp_secret(cx, db, &n, .id = self.person.id,
					 .secret = sm4_seal(cx->arena, env->keys->seal, bytes)));
	if (n == 0)
		return zd_fail(cx, ZD_CONFLICT, NULL,
			       "已设置过第二验证因子；更换设备请由安全管理员重置");
	ret->secret = trust_base32(cx->arena, bytes);
	ret->uri = otpauth(cx, self.person.account, ret->secret);
	crypto_wipe(secret, sizeof(secret));
	ZD_TRY(put_entry(cx, db, "factor.begin", self.person.account, "", false));
	return db_commit(cx, &txn);
}

enum zd_rc
trust_totp_pending(struct zd_cx *cx, struct db *db, const struct trust_env *env,
		   struct zd_str token, struct trust_totp *ret)
{
	struct zd_str secret;
	struct self self = { 0 };

	ZD_TRY(find_self(cx, db, token, &self));
	if (self.person.totp_on || !self.person.totp_secret.p)
		return zd_fail(cx, ZD_CONFLICT, NULL, "没有正在进行的第二验证因子设置，请重新开始");
	ZD_TRY(open_secret(cx, env, &self.person, &secret));
	ret->secret = trust_base32(cx->arena, secret);
	ret->uri = otpauth(cx, self.person.account, ret->secret);
	return ZD_OK;
}

static enum zd_rc
new_recovery(struct zd_cx *cx, struct db *db, const struct trust_env *env, int64_t person,
	     struct zd_str ret[TRUST_RECOVERY])
{
	struct trust_sql_insert_recovery_in rows[TRUST_RECOVERY];

	ZD_TRY(trust_sql_delete_recovery(cx, db, NULL, .person = person));
	for (size_t i = 0; i < TRUST_RECOVERY; i++) {
		ret[i] = crypto_random_code(cx->arena, 10);
		rows[i] = (struct trust_sql_insert_recovery_in){
			.person = person, .code = recovery_print(cx, env, ret[i])
		};
	}
	return trust_sql_insert_recovery(cx, db, rows, TRUST_RECOVERY);
}

static enum zd_rc
switch_on(struct zd_cx *cx, struct db *db, const struct trust_env *env, int64_t person,
	  struct zd_str recovery[TRUST_RECOVERY])
{
	ZD_TRY(trust_sql_switch_totp(cx, db, .id = person, .on = 1));
	return new_recovery(cx, db, env, person, recovery);
}

enum zd_rc
trust_totp_finish(struct zd_cx *cx, struct db *db, const struct trust_env *env, struct zd_str token,
		  struct zd_str code, struct zd_str ret_recovery[TRUST_RECOVERY],
		  struct trust_signed *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct self self = { 0 };
	bool ok;

	ZD_TRY(check_rate(cx));
	ZD_TRY(begin(cx, db, token, &txn, &self));
	if (self.person.totp_on || !self.person.totp_secret.p)
		return zd_fail(cx, ZD_CONFLICT, NULL, "没有正在进行的第二验证因子设置，请重新开始");
	ZD_TRY(use_code(cx, db, env, &self.person, code, &ok));
	if (!ok)
		return reject_code(cx, db, &txn, &self.person, ret);
	self.person.totp_on = self.session.mfa = 1;
	ZD_TRY(switch_on(cx, db, env, self.person.id, ret_recovery));
	return finish(cx, db, &txn, &self, "factor.set", ret);
}

/* --- out, and again ---------------------------------------------------------------------- */

enum zd_rc
trust_sign_out(struct zd_cx *cx, struct db *db, struct zd_str token)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct self self = { 0 };
	int64_t n;

	ZD_TRY(begin(cx, db, token, &txn, &self));
	ZD_TRY(trust_sql_kill_session(cx, db, &n, .id = self.session.id, .person = self.person.id));
	ZD_TRY(put_entry(cx, db, "session.close", self.person.account, "", false));
	return db_commit(cx, &txn);
}

/* The password of a session's own person, checked outside any transaction. */
static enum zd_rc
check_own_password(struct zd_cx *cx, struct db *db, const struct trust_env *env,
		   struct zd_str token, struct zd_str password, struct zd_str *ret_hash,
		   bool *ret_matches)
{
	struct self self = { 0 };
	bool old;

	ZD_TRY(check_rate(cx));
	ZD_TRY(find_self(cx, db, token, &self));
	*ret_hash = self.person.password_hash;
	if (password.n > 512)
		password.n = 0;
	return trust_hash_check(cx, env, self.person.password_hash, password, ret_matches, &old);
}

/* Still the same hash, and not locked meanwhile. */
static bool
still_his(const struct zd_cx *cx, const struct trust_person *p, struct zd_str hash, bool matches)
{
	return matches && p->locked_until <= cx->now && zd_str_equal(p->password_hash, hash);
}

enum zd_rc
trust_confirm(struct zd_cx *cx, struct db *db, const struct trust_env *env, struct zd_str token,
	      struct zd_str password, struct zd_str code, struct trust_signed *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct zd_str hash;
	struct self self = { 0 };
	bool matches, ok = true;

	*ret = untried;
	ZD_TRY(check_own_password(cx, db, env, token, password, &hash, &matches));
	ZD_TRY(begin(cx, db, token, &txn, &self));
	if (!still_his(cx, &self.person, hash, matches))
		return turn_away(cx, db, &txn, &self.person, "再次确认时密码不对", ret);
	if (self.person.totp_on)
		ZD_TRY(use_code(cx, db, env, &self.person, code, &ok));
	if (!ok)
		return reject_code(cx, db, &txn, &self.person, ret);
	return finish(cx, db, &txn, &self, "session.confirm", ret);
}

/* --- passwords --------------------------------------------------------------------------- */

/* Each of the last five costs a hash, so it is asked before the transaction. */
static enum zd_rc
check_not_past(struct zd_cx *cx, struct db *db, const struct trust_env *env, int64_t person,
	       struct zd_str password)
{
	struct trust_sql_list_past_passwords_out *past;
	bool matches, old;
	size_t n;

	ZD_TRY(trust_sql_list_past_passwords(cx, db, TRUST_PAST_PASSWORDS, &past, &n,
					     .person = person, .limit = TRUST_PAST_PASSWORDS));
	for (size_t i = 0; i < n; i++) {
		ZD_TRY(trust_hash_check(cx, env, past[i].hash, password, &matches, &old));
		if (matches)
			return zd_fail(cx, ZD_INVALID, "password", "不能使用最近 %d 次用过的密码",
				       TRUST_PAST_PASSWORDS);
	}
	return ZD_OK;
}

static enum zd_rc
check_new_password(struct zd_cx *cx, struct db *db, const struct trust_env *env,
		   const struct trust_person *person, struct zd_str password, struct zd_str *ret)
{
	ZD_TRY(trust_check_password(cx, password, person->account, person->name));
	ZD_TRY(check_not_past(cx, db, env, person->id, password));
	return trust_hash(cx, env, password, ret);
}

/* The new password's hash; absent stays absent (the old one was wrong: nothing is told about the new). */
static enum zd_rc
hash_own(struct zd_cx *cx, struct db *db, const struct trust_env *env, struct zd_str token,
	 struct zd_str password, struct zd_str *ret)
{
	struct self self = { 0 };

	ZD_TRY(find_self(cx, db, token, &self));
	if (self.person.totp_on && !self.session.mfa)
		return zd_fail(cx, ZD_REFUSED, NULL, "请先完成第二因子验证");
	return password.p ? check_new_password(cx, db, env, &self.person, password, ret) : ZD_OK;
}

static enum zd_rc
change_in(struct zd_cx *cx, struct db *db, struct self *self, struct zd_str hash)
{
	self->person.must_change = 0;
	self->person.password_at = cx->now;
	ZD_TRY(trust_password_set(cx, db, self->person.id, hash));
	return trust_sql_kill_sessions(cx, db, NULL, .person = self->person.id,
				       .except = self->session.id);
}

enum zd_rc
trust_change_password(struct zd_cx *cx, struct db *db, const struct trust_env *env,
		      struct zd_str token, struct zd_str old, struct zd_str password,
		      struct trust_signed *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct zd_str hash, new_hash = { 0 };
	struct self self = { 0 };
	bool matches;

	*ret = untried;
	ZD_TRY(check_own_password(cx, db, env, token, old, &hash, &matches));
	ZD_TRY(hash_own(cx, db, env, token, matches ? password : (struct zd_str){ 0 }, &new_hash));
	ZD_TRY(begin(cx, db, token, &txn, &self));
	if (!still_his(cx, &self.person, hash, matches))
		return turn_away(cx, db, &txn, &self.person, "改密时原密码不对", ret);
	ZD_TRY(change_in(cx, db, &self, new_hash));
	return finish(cx, db, &txn, &self, "account.password", ret);
}

/* --- activation -------------------------------------------------------------------------- */

static enum zd_rc
refuse_activation(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_REFUSED, "code",
		       "账号或激活码不正确，或激活码已用过、已过期；请向安全管理员索取新的激活码");
}

/* Whose code it is, if it is still good and the account fits. */
static enum zd_rc
find_by_code(struct zd_cx *cx, struct db *db, struct zd_str account, struct zd_str print,
	     struct trust_person *ret)
{
	struct trust_sql_find_activation_out code;
	enum zd_rc rc = trust_sql_find_activation(cx, db, &code, .code = print);

	if (rc == ZD_NOT_FOUND)
		return refuse_activation(cx);
	ZD_TRY(rc);
	ZD_TRY(trust_person_find(cx, db, code.person, ret));
	if (code.used_at != ZD_NO_INT || code.expires_at <= cx->now ||
	    ret->state == TRUST_DISABLED || !zd_str_equal(ret->account, account))
		return refuse_activation(cx);
	return ZD_OK;
}

/* The code must still be good: it may have been used while the hash was made. */
static enum zd_rc
activate_in(struct zd_cx *cx, struct db *db, struct zd_str account, struct zd_str print,
	    struct zd_str hash)
{
	struct trust_person person = { 0 };
	int64_t n;

	ZD_TRY(find_by_code(cx, db, account, print, &person));
	ZD_TRY(trust_sql_use_activation(cx, db, &n, .code = print, .now = cx->now));
	if (n == 0)
		return refuse_activation(cx);
	become(cx, &person);
	ZD_TRY(trust_password_set(cx, db, person.id, hash));
	ZD_TRY(trust_sql_kill_sessions(cx, db, NULL, .person = person.id, .except = 0));
	return put_entry(cx, db, "account.activate", person.account, "", false);
}

enum zd_rc
trust_activate(struct zd_cx *cx, struct db *db, const struct trust_env *env, struct zd_str account,
	       struct zd_str code, struct zd_str password)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct zd_str print, hash = { 0 };
	struct trust_person person = { 0 };

	ZD_TRY(check_rate(cx));
	account = trust_fold(cx->arena, zd_str_trim(account));
	print = trust_token_print(cx->arena, upper(cx->arena, code));
	ZD_TRY(find_by_code(cx, db, account, print, &person));
	ZD_TRY(check_new_password(cx, db, env, &person, password, &hash));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(activate_in(cx, db, account, print, hash));
	return db_commit(cx, &txn);
}
