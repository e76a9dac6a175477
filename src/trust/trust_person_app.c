/* People: made, changed, disabled, reset; and the second person that an administrator's role needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "trust/audit.h"
#include "trust/trust_app.h"
#include "trust/trust_private.h"
#include "trust/trust_sql.h"

static const int64_t activation_ms = 3 * INT64_C(86400000), reset_ms = INT64_C(86400000),
		     first_ms = 7 * INT64_C(86400000);
enum { CODE_LENGTH = 26 }; /* of 31 letters: 128 bits */
enum { REQUEST_GRANTED = 2, REQUEST_REFUSED = 3 };

static bool
is_system(const struct zd_cx *cx)
{
	return cx->actor.id == 0 && cx->actor.level == 0;
}

static int64_t
dept_or_null(int64_t dept)
{
	return dept ? dept : ZD_NO_INT;
}

struct zd_str
trust_object(struct zd_cx *cx, const char *kind, int64_t id)
{
	return zd_str_printf(cx->arena, "%s:%lld", kind, (long long)id);
}

static enum zd_rc
put_entry(struct zd_cx *cx, struct db *db, const char *act, struct zd_str account,
	  struct zd_str detail)
{
	return audit_put(cx, db,
			 &(struct audit_entry){ .act = act,
						.object = zd_str_printf(cx->arena, "person:%.*s",
									ZD_STR_ARG(account)),
						.detail = detail });
}

static struct zd_str
rights(struct zd_cx *cx, uint32_t roles, int64_t dept, int64_t level)
{
	return zd_str_printf(cx->arena, "%.*s@%lld，数据级别 %lld",
			     ZD_STR_ARG(trust_roles_format(cx->arena, roles)), (long long)dept,
			     (long long)level);
}

/* --- checks ------------------------------------------------------------------------------ */

static enum zd_rc
check_name(struct zd_cx *cx, struct zd_str name)
{
	size_t n = zd_utf8_length(name);

	if (n < 1 || n > 50 || zd_utf8_check(name) != name.n)
		return zd_fail(cx, ZD_INVALID, "name", "姓名应为 1 至 50 个字");
	return ZD_OK;
}

static enum zd_rc
check_level(struct zd_cx *cx, uint32_t roles, int64_t level)
{
	if (level < 1 || level > 4)
		return zd_fail(cx, ZD_INVALID, "level", "数据级别应为 1 至 4");
	if ((roles & TRUST_ADMINS) && level > 1)
		return zd_fail(cx, ZD_REFUSED, "level", "管理员不接触业务数据，数据级别只能为 1");
	return ZD_OK;
}

static enum zd_rc
check_dept(struct zd_cx *cx, struct db *db, int64_t id)
{
	struct trust_dept dept;

	if (id == 0)
		return ZD_OK;
	ZD_TRY(trust_dept_find(cx, db, id, &dept));
	if (dept.state != TRUST_DEPT_LIVE)
		return zd_fail(cx, ZD_REFUSED, "dept", "%.*s 已撤销", ZD_STR_ARG(dept.name));
	return ZD_OK;
}

static enum zd_rc
find(struct zd_cx *cx, struct db *db, int64_t id, struct trust_person *ret)
{
	enum zd_rc rc = trust_sql_find_person(cx, db, ret, .id = id);

	return rc == ZD_NOT_FOUND ? zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这个人员") : rc;
}

/* Someone else than the actor, to be acted on by the security administrator. */
static enum zd_rc
find_other(struct zd_cx *cx, struct db *db, int64_t id, struct trust_person *ret)
{
	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN));
	if (id == cx->actor.id)
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "不能更改自己的账号权限，请另一位安全管理员办理");
	return find(cx, db, id, ret);
}

static bool
is_security_admin(struct zd_cx *cx, const struct trust_person *p)
{
	return p->roles == TRUST_SECURITY_ADMIN && p->state == TRUST_ACTIVE &&
	       (p->valid_until == ZD_NO_DAY || p->valid_until >= cx->today);
}

/* Somebody must be left who can give rights: without a security administrator nobody could make the next one. */
static enum zd_rc
check_not_last(struct zd_cx *cx, struct db *db, const struct trust_person *was)
{
	int64_t n = 0;

	if (!is_security_admin(cx, was))
		return ZD_OK;
	ZD_TRY(trust_sql_hold_security_admins(cx, db, &n, .today = cx->today));
	if (n > 1)
		return ZD_OK;
	return zd_fail(
		cx, ZD_REFUSED, NULL,
		"%.*s "
		"是最后一位可用的安全管理员，不能停用、限期或改任。请先新建并激活另一位安全管理员",
		ZD_STR_ARG(was->account));
}

/* --- codes and passwords ----------------------------------------------------------------- */

enum zd_rc
trust_code_new(struct zd_cx *cx, struct db *db, const struct trust_person *person, int64_t life_ms,
	       struct trust_code *ret)
{
	struct zd_str code = crypto_random_code(cx->arena, CODE_LENGTH);

	ZD_TRY(trust_sql_expire_activations(cx, db, NULL, .person = person->id, .now = cx->now));
	ZD_TRY(trust_sql_insert_activation(cx, db, .code = trust_token_print(cx->arena, code),
					   .person = person->id, .now = cx->now,
					   .until = cx->now + life_ms));
	*ret = (struct trust_code){ .person = person->id,
				    .account = person->account,
				    .code = code,
				    .until = cx->now + life_ms };
	return ZD_OK;
}

enum zd_rc
trust_password_set(struct zd_cx *cx, struct db *db, int64_t person, struct zd_str hash)
{
	ZD_TRY(trust_sql_set_password(cx, db, .id = person, .hash = hash, .at = cx->now));
	return trust_sql_insert_past_password(cx, db, .person = person, .at = cx->now,
					      .hash = hash);
}

/* --- a new person ------------------------------------------------------------------------ */

static enum zd_rc
check_new(struct zd_cx *cx, const struct trust_person_new *new)
{
	ZD_TRY(trust_check_account(cx, new->account));
	ZD_TRY(check_name(cx, new->name));
	ZD_TRY(trust_check_place(cx, new->roles, new->dept));
	ZD_TRY(check_level(cx, new->roles, new->level));
	if ((new->password.p || new->forced) && !is_system(cx))
		return zd_fail(cx, ZD_REFUSED, "password", "密码只能由本人设定");
	if (new->password.p && !new->forced)
		return trust_check_password(cx, new->password, new->account, new->name);
	return ZD_OK;
}

static enum zd_rc
insert(struct zd_cx *cx, struct db *db, const struct trust_person_new *new, int64_t id,
       uint32_t roles, struct zd_str hash)
{
	enum zd_rc rc = trust_sql_insert_person(
		cx, db, .id = id, .account = new->account, .name = new->name,
		.dept = dept_or_null(new->dept), .roles = roles, .level = new->level,
		.state = hash.p ? TRUST_ACTIVE : TRUST_NOT_ACTIVATED,
		.valid_until = new->valid_until, .password_hash = hash,
		.password_at = hash.p ? cx->now : ZD_NO_INT, .must_change = 0, .at = cx->now,
		.by = cx->actor.id);

	if (rc == ZD_CONFLICT)
		return zd_fail(cx, ZD_CONFLICT, "account", "账号 %.*s 已被使用",
			       ZD_STR_ARG(new->account));
	ZD_TRY(rc);
	return put_entry(cx, db, "person.create", new->account,
			 rights(cx, roles, new->dept, new->level));
}

static enum zd_rc
ask(struct zd_cx *cx, struct db *db, int64_t person, struct zd_str account, uint32_t roles)
{
	enum zd_rc rc =
		trust_sql_insert_request(cx, db, .id = zd_id_new(), .person = person,
					 .roles = roles, .now = cx->now, .by = cx->actor.id);

	if (rc == ZD_CONFLICT)
		return zd_fail(cx, ZD_CONFLICT, "roles", "此人已有一项角色申请等待复核");
	ZD_TRY(rc);
	return put_entry(cx, db, "role.request", account, trust_roles_format(cx->arena, roles));
}

/* All that a new person needs: the record, the roles or the request for them, a password's trace or a code. */
static enum zd_rc
create_in(struct zd_cx *cx, struct db *db, const struct trust_person_new *new, struct zd_str hash,
	  struct trust_code *ret)
{
	const struct trust_person person = { .id = zd_id_new(), .account = new->account };
	bool waits = (new->roles &TRUST_ADMINS) && !new->forced;

	ZD_TRY(check_dept(cx, db, new->dept));
	ZD_TRY(insert(cx, db, new, person.id, waits ? 0 : new->roles, hash));
	if (waits)
		ZD_TRY(ask(cx, db, person.id, new->account, new->roles));
	if (!hash.p)
		return trust_code_new(cx, db, &person, activation_ms, ret);
	*ret = (struct trust_code){ .person = person.id, .account = new->account };
	return trust_sql_insert_past_password(cx, db, .person = person.id, .at = cx->now,
					      .hash = hash);
}

/* What was typed in its one form, checked; the hash of a password is made before the transaction. */
static enum zd_rc
prepare(struct zd_cx *cx, const struct trust_env *env, struct trust_person_new *new,
	struct zd_str *ret_hash)
{
	new->account = trust_fold(cx->arena, zd_str_trim(new->account));
	if (!new->level)
		new->level = new->roles &TRUST_ADMINS ? 1 : 2;
	ZD_TRY(check_new(cx, new));
	return new->password.p ? trust_hash(cx, env, new->password, ret_hash) : ZD_OK;
}

enum zd_rc
trust_person_create(struct zd_cx *cx, struct db *db, const struct trust_env *env,
		    const struct trust_person_new *person, struct trust_code *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_person_new new = *person;
	struct trust_code code = { 0 };
	struct zd_str hash = { 0 };

	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN));
	ZD_TRY(prepare(cx, env, &new, &hash));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(create_in(cx, db, &new, hash, &code));
	ZD_TRY(db_commit(cx, &txn));
	*ret = code;
	return ZD_OK;
}

/* --- changes ----------------------------------------------------------------------------- */

static enum zd_rc
check_edit(struct zd_cx *cx, struct db *db, const struct trust_person_edit *edit)
{
	ZD_TRY(check_name(cx, edit->name));
	ZD_TRY(trust_check_place(cx, edit->roles, edit->dept));
	ZD_TRY(check_level(cx, edit->roles, edit->level));
	return check_dept(cx, db, edit->dept);
}

/* Gaining an administrator's role takes the others away at once, and waits for a second person. */
static enum zd_rc
change_in(struct zd_cx *cx, struct db *db, const struct trust_person *was,
	  const struct trust_person_edit *edit)
{
	bool gains = (edit->roles & TRUST_ADMINS) && edit->roles != (uint32_t)was->roles;
	uint32_t roles = gains ? 0 : edit->roles;
	enum zd_rc rc = trust_sql_edit_person(cx, db, .id = edit->id, .version = edit->version,
					      .name = edit->name, .dept = dept_or_null(edit->dept),
					      .roles = roles, .level = edit->level,
					      .valid_until = edit->valid_until);
	if (rc == ZD_CONFLICT)
		return zd_fail(cx, ZD_CONFLICT, NULL, "此人的资料刚被他人修改，请刷新后再试");
	ZD_TRY(rc);
	if (gains)
		ZD_TRY(ask(cx, db, edit->id, was->account, edit->roles));
	if (roles != (uint32_t)was->roles || dept_or_null(edit->dept) != was->dept ||
	    edit->level != was->level)
		ZD_TRY(trust_sql_kill_sessions(cx, db, NULL, .person = edit->id, .except = 0));
	return put_entry(cx, db, "person.edit", was->account,
			 rights(cx, roles, edit->dept, edit->level));
}

enum zd_rc
trust_person_change(struct zd_cx *cx, struct db *db, const struct trust_person_edit *edit)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_person was = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(find_other(cx, db, edit->id, &was));
	ZD_TRY(check_edit(cx, db, edit));
	bool limits = edit->valid_until != ZD_NO_DAY && edit->valid_until != was.valid_until;
	if (edit->roles != TRUST_SECURITY_ADMIN || limits)
		ZD_TRY(check_not_last(cx, db, &was));
	ZD_TRY(change_in(cx, db, &was, edit));
	return db_commit(cx, &txn);
}

static enum zd_rc
set_state(struct zd_cx *cx, struct db *db, const struct trust_person *person, int64_t state,
	  int64_t seen_at, const char *act)
{
	ZD_TRY(trust_sql_set_person_state(cx, db, .id = person->id, .state = state,
					  .seen_at = seen_at));
	if (state != TRUST_ACTIVE)
		ZD_TRY(trust_sql_kill_sessions(cx, db, NULL, .person = person->id, .except = 0));
	return put_entry(cx, db, act, person->account, ZD_STR(""));
}

enum zd_rc
trust_person_disable(struct zd_cx *cx, struct db *db, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_person person = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(find_other(cx, db, id, &person));
	if (person.state == TRUST_DISABLED)
		return zd_fail(cx, ZD_CONFLICT, NULL, "此账号已经停用");
	ZD_TRY(check_not_last(cx, db, &person));
	ZD_TRY(trust_sql_expire_activations(cx, db, NULL, .person = id, .now = cx->now));
	ZD_TRY(set_state(cx, db, &person, TRUST_DISABLED, person.last_seen_at, "person.disable"));
	return db_commit(cx, &txn);
}

enum zd_rc
trust_person_enable(struct zd_cx *cx, struct db *db, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_person person = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(find_other(cx, db, id, &person));
	int64_t state = person.password_hash.p ? TRUST_ACTIVE : TRUST_NOT_ACTIVATED;
	ZD_TRY(set_state(cx, db, &person, state, cx->now, "person.enable"));
	return db_commit(cx, &txn);
}

enum zd_rc
trust_person_unlock(struct zd_cx *cx, struct db *db, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_person person = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(find_other(cx, db, id, &person));
	if (person.locked_until <= cx->now)
		return zd_fail(cx, ZD_CONFLICT, NULL, "此账号没有锁定");
	ZD_TRY(set_state(cx, db, &person, person.state, person.last_seen_at, "person.unlock"));
	return db_commit(cx, &txn);
}

static enum zd_rc
reset_in(struct zd_cx *cx, struct db *db, const struct trust_person *person, bool second_factor,
	 struct trust_code *ret)
{
	if (person->state == TRUST_DISABLED)
		return zd_fail(cx, ZD_REFUSED, NULL, "此账号已停用，请先启用");
	if (second_factor) {
		ZD_TRY(trust_sql_switch_totp(cx, db, .id = person->id, .on = 0));
		ZD_TRY(trust_sql_delete_recovery(cx, db, NULL, .person = person->id));
	}
	ZD_TRY(trust_code_new(cx, db, person, reset_ms, ret));
	return set_state(cx, db, person, TRUST_NOT_ACTIVATED, person->last_seen_at,
			 second_factor ? "person.reset_all" : "person.reset");
}

enum zd_rc
trust_person_reset(struct zd_cx *cx, struct db *db, int64_t id, bool second_factor,
		   struct trust_code *ret)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_person person = { 0 };
	struct trust_code code;

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(find_other(cx, db, id, &person));
	ZD_TRY(reset_in(cx, db, &person, second_factor, &code));
	ZD_TRY(db_commit(cx, &txn));
	*ret = code;
	return ZD_OK;
}

/* --- four eyes --------------------------------------------------------------------------- */

enum zd_rc
trust_request_list(struct zd_cx *cx, struct db *db, struct trust_request **ret, size_t *ret_n)
{
	return trust_sql_list_requests(cx, db, 100, ret, ret_n);
}

/* The second security administrator; while there is none, the system administrator stands in. */
static enum zd_rc
check_second(struct zd_cx *cx, struct db *db, const struct trust_request *request)
{
	struct trust_sql_count_security_admins_out others;

	if (is_system(cx))
		return zd_fail(cx, ZD_REFUSED, NULL, "复核须由人办理");
	if (cx->actor.id == request->asked_by || cx->actor.id == request->person)
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "申请人和被授权人不能复核，请另一位管理员办理");
	if (cx->actor.roles & TRUST_SECURITY_ADMIN)
		return ZD_OK;
	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN | TRUST_SYSTEM_ADMIN));
	ZD_TRY(trust_sql_count_security_admins(cx, db, &others, .except = request->asked_by));
	if (others.n > 0)
		return zd_fail(cx, ZD_REFUSED, NULL, "请由另一位安全管理员复核");
	return ZD_OK;
}

static enum zd_rc
grant(struct zd_cx *cx, struct db *db, const struct trust_request *request)
{
	ZD_TRY(trust_check_roles(cx, (uint32_t)request->roles));
	ZD_TRY(trust_sql_set_roles(cx, db, .id = request->person, .roles = request->roles));
	return trust_sql_kill_sessions(cx, db, NULL, .person = request->person, .except = 0);
}

static enum zd_rc
decide_in(struct zd_cx *cx, struct db *db, int64_t id, bool granted)
{
	struct trust_request request;
	enum zd_rc rc = trust_sql_find_request(cx, db, &request, .id = id);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有这项等待复核的申请");
	ZD_TRY(rc);
	ZD_TRY(check_second(cx, db, &request));
	ZD_TRY(trust_sql_decide_request(cx, db, .id = id,
					.state = granted ? REQUEST_GRANTED : REQUEST_REFUSED,
					.now = cx->now, .by = cx->actor.id));
	if (granted)
		ZD_TRY(grant(cx, db, &request));
	return put_entry(cx, db, granted ? "role.grant" : "role.refuse", request.account,
			 trust_roles_format(cx->arena, (uint32_t)request.roles));
}

enum zd_rc
trust_request_decide(struct zd_cx *cx, struct db *db, int64_t id, bool granted)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(decide_in(cx, db, id, granted));
	return db_commit(cx, &txn);
}

/* --- the first three --------------------------------------------------------------------- */

static const struct {
	const char *account, *name;
	uint32_t role;
} first[TRUST_FIRST] = {
	{ "sysadmin", "系统管理员", TRUST_SYSTEM_ADMIN },
	{ "secadmin", "安全管理员", TRUST_SECURITY_ADMIN },
	{ "audadmin", "审计管理员", TRUST_AUDIT_ADMIN },
};

static enum zd_rc
create_first(struct zd_cx *cx, struct db *db, size_t i, struct trust_code *ret)
{
	struct trust_person_new new = { .account = zd_str_of(first[i].account),
					.name = zd_str_of(first[i].name),
					.roles = first[i].role,
					.level = 1,
					.valid_until = ZD_NO_DAY };
	struct trust_person person = { .id = zd_id_new(), .account = new.account };

	ZD_TRY(insert(cx, db, &new, person.id, new.roles, (struct zd_str){ 0 }));
	return trust_code_new(cx, db, &person, first_ms, ret);
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static enum zd_rc
write_codes(struct zd_cx *cx, const char *path, const struct trust_code *codes)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	int fd ZD_CLEANUP(close_fd) =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return zd_fail(cx, errno == EEXIST ? ZD_CONFLICT : ZD_FAILED, NULL,
			       "不能新建 %s:%s", path, strerrordesc_np(errno));
	zd_out_printf(
		&out,
		"# 三位管理员的一次性激活码，有效期至 %.*s；请分别交给三个人，然后删除本文件\n",
		ZD_STR_ARG(zd_time_format(cx->arena, codes[0].until)));
	for (size_t i = 0; i < TRUST_FIRST; i++)
		zd_out_printf(&out, "%s\t%.*s\t%.*s\n", first[i].name, ZD_STR_ARG(codes[i].account),
			      ZD_STR_ARG(codes[i].code));
	if (write(fd, out.p, out.n) != (ssize_t)out.n || fsync(fd) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "写 %s 失败：%s", path, strerrordesc_np(errno));
	return ZD_OK;
}

static enum zd_rc
init_in(struct zd_cx *cx, struct db *db, struct trust_code *ret)
{
	struct trust_sql_count_people_out people;

	ZD_TRY(trust_sql_count_people(cx, db, &people));
	if (people.n)
		return zd_fail(cx, ZD_CONFLICT, NULL, "已经有人员，不能再次初始化");
	for (size_t i = 0; i < TRUST_FIRST; i++)
		ZD_TRY(create_first(cx, db, i, &ret[i]));
	return ZD_OK;
}

enum zd_rc
trust_init(struct zd_cx *cx, struct db *db, const char *path, struct trust_code ret[TRUST_FIRST])
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_code codes[TRUST_FIRST] = { 0 };

	if (!is_system(cx))
		return zd_fail(cx, ZD_REFUSED, NULL, "初始化只能在命令行进行");
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(init_in(cx, db, codes));
	ZD_TRY(write_codes(cx, path, codes));
	enum zd_rc rc = db_commit(cx, &txn);
	if (rc != ZD_OK && rc != ZD_UNCERTAIN)
		unlink(path);
	if (rc == ZD_OK)
		memcpy(ret, codes, sizeof(codes));
	return rc;
}

/* --- reading ----------------------------------------------------------------------------- */

enum zd_rc
trust_person_find(struct zd_cx *cx, struct db *db, int64_t id, struct trust_person *ret)
{
	return find(cx, db, id, ret);
}

enum zd_rc
trust_person_find_account(struct zd_cx *cx, struct db *db, struct zd_str account,
			  struct trust_person *ret)
{
	struct zd_str folded = trust_fold(cx->arena, zd_str_trim(account));
	enum zd_rc rc = trust_sql_find_account(cx, db, ret, .account = folded);

	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, "account", "没有账号 %.*s", ZD_STR_ARG(folded));
	return rc;
}
