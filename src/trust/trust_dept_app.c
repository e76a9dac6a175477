/* Departments: a tree of organs, each with its division and its place in the national list. */
#include <string.h>

#include "trust/audit.h"
#include "trust/trust_app.h"
#include "trust/trust_sql.h"

enum { MAX_DEPTS = 5000 };

enum zd_rc
trust_check_is(struct zd_cx *cx, uint32_t roles)
{
	const struct zd_actor *actor = &cx->actor;

	if ((actor->id == 0 && actor->roles == 0 && actor->level == 0) || (actor->roles & roles))
		return ZD_OK;
	return zd_fail(cx, ZD_REFUSED, NULL, "此项工作由%.*s办理",
		       ZD_STR_ARG(trust_roles_titles(cx->arena, roles)));
}

static bool
is_digits(struct zd_str s, size_t n)
{
	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static bool
is_code(struct zd_str s)
{
	if (s.n < 1 || s.n > 32)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      c == '-' || c == '_'))
			return false;
	}
	return true;
}

static bool
is_area(struct zd_str s)
{
	return is_digits(s, 6) || is_digits(s, 9) || is_digits(s, 12);
}

static bool
ends_before_it_begins(const struct trust_dept *d)
{
	return d->from == ZD_NO_DAY || (d->until != ZD_NO_DAY && d->until < d->from);
}

struct zd_str
trust_dept_source(struct zd_arena *arena, const struct trust_dept *dept)
{
	if (!dept->national_code.n || dept->area.n < 6)
		return (struct zd_str){ 0 };
	return zd_str_printf(arena, "%.6s|%.*s", dept->area.p, ZD_STR_ARG(dept->national_code));
}

static enum zd_rc
check_fields(struct zd_cx *cx, const struct trust_dept *d)
{
	size_t length = zd_utf8_length(d->name);

	if (!is_code(d->code))
		return zd_fail(cx, ZD_INVALID, "code", "部门编码应为 1 至 32 位字母、数字或 - _");
	if (length < 1 || length > 100)
		return zd_fail(cx, ZD_INVALID, "name", "部门名称应为 1 至 100 个字");
	if (d->level < TRUST_CITY_LEVEL || d->level > TRUST_TOWN_LEVEL)
		return zd_fail(cx, ZD_INVALID, "level",
			       "部门层级应为 1（市）、2（县）或 3（乡镇）");
	if (d->national_code.p && !is_digits(d->national_code, 2))
		return zd_fail(cx, ZD_INVALID, "national_code", "国家监管部门编码应为两位数字");
	if (!is_area(d->area))
		return zd_fail(cx, ZD_INVALID, "area", "行政区划代码应为 6、9 或 12 位数字");
	if (d->uscc.p && d->uscc.n != 18)
		return zd_fail(cx, ZD_INVALID, "uscc", "统一社会信用代码应为 18 位");
	if (ends_before_it_begins(d))
		return zd_fail(cx, ZD_INVALID, "until", "撤销日期不能早于设立日期");
	if (d->state != TRUST_DEPT_LIVE && d->state != TRUST_DEPT_ABOLISHED)
		return zd_fail(cx, ZD_INVALID, "state", "部门状态应为 1（在用）或 2（撤销）");
	return ZD_OK;
}

/* The parent exists, stands no lower, and is not below the department itself. */
static enum zd_rc
check_parent(struct zd_cx *cx, struct db *db, const struct trust_dept *d)
{
	struct trust_dept up = { .parent = d->parent };

	for (int depth = 0; up.parent != ZD_NO_INT; depth++) {
		int64_t id = up.parent;
		if (id == d->id || depth == 16)
			return zd_fail(cx, ZD_INVALID, "parent", "上级部门不能是本部门或其下级");
		enum zd_rc rc = trust_sql_find_dept(cx, db, &up, .id = id);
		if (rc == ZD_NOT_FOUND)
			return zd_fail(cx, ZD_INVALID, "parent", "没有这个上级部门");
		ZD_TRY(rc);
		if (depth == 0 && up.level > d->level)
			return zd_fail(cx, ZD_INVALID, "parent", "上级部门的层级不能低于本部门");
	}
	return ZD_OK;
}

static enum zd_rc
put_entry(struct zd_cx *cx, struct db *db, const char *act, const struct trust_dept *d)
{
	return audit_put(
		cx, db,
		&(struct audit_entry){
			.act = act,
			.object = zd_str_printf(cx->arena, "dept:%.*s", ZD_STR_ARG(d->code)),
			.detail = zd_str_printf(cx->arena, "%.*s，状态 %d", ZD_STR_ARG(d->name),
						(int)d->state) });
}

static enum zd_rc
insert(struct zd_cx *cx, struct db *db, const struct trust_dept *d)
{
	enum zd_rc rc = trust_sql_insert_dept(
		cx, db, .id = d->id, .code = d->code, .name = d->name, .parent = d->parent,
		.level = d->level, .national_code = d->national_code, .area = d->area,
		.uscc = d->uscc, .from = d->from, .until = d->until, .state = d->state);

	if (rc == ZD_CONFLICT)
		return zd_fail(cx, ZD_CONFLICT, "code",
			       "部门编码 %.*s（或其统一社会信用代码）已被使用",
			       ZD_STR_ARG(d->code));
	ZD_TRY(rc);
	return put_entry(cx, db, "dept.create", d);
}

static enum zd_rc
update(struct zd_cx *cx, struct db *db, const struct trust_dept *d)
{
	enum zd_rc rc = trust_sql_update_dept(
		cx, db, .id = d->id, .version = d->version, .name = d->name, .parent = d->parent,
		.level = d->level, .national_code = d->national_code, .area = d->area,
		.uscc = d->uscc, .from = d->from, .until = d->until, .state = d->state);

	if (rc == ZD_CONFLICT)
		return zd_fail(cx, ZD_CONFLICT, NULL,
			       "部门 %.*s 刚被他人修改，或信用代码已被使用，请刷新后再试",
			       ZD_STR_ARG(d->code));
	ZD_TRY(rc);
	if (d->state == TRUST_DEPT_ABOLISHED)
		ZD_TRY(trust_sql_kill_dept_sessions(cx, db, NULL, .dept = d->id));
	return put_entry(cx, db, "dept.edit", d);
}

static enum zd_rc
check_new(struct zd_cx *cx, struct db *db, const struct trust_dept *d)
{
	ZD_TRY(check_fields(cx, d));
	return check_parent(cx, db, d);
}

enum zd_rc
trust_dept_create(struct zd_cx *cx, struct db *db, const struct trust_dept *dept, int64_t *ret_id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_dept d = *dept;

	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN));
	d.id = zd_id_new();
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(check_new(cx, db, &d));
	ZD_TRY(insert(cx, db, &d));
	ZD_TRY(db_commit(cx, &txn));
	*ret_id = d.id;
	return ZD_OK;
}

enum zd_rc
trust_dept_edit(struct zd_cx *cx, struct db *db, const struct trust_dept *dept)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct trust_dept was, d = *dept;

	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN));
	ZD_TRY(db_begin(cx, db, &txn));
	ZD_TRY(trust_dept_find(cx, db, d.id, &was));
	d.code = was.code; /* others name it by its code: it stays */
	ZD_TRY(check_fields(cx, &d));
	ZD_TRY(check_parent(cx, db, &d));
	ZD_TRY(update(cx, db, &d));
	return db_commit(cx, &txn);
}

/* --- a whole tree ------------------------------------------------------------------------ */

static bool
is_same(const struct trust_dept *a, const struct trust_dept *b)
{
	return zd_str_equal(a->name, b->name) && a->parent == b->parent && a->level == b->level &&
	       zd_str_equal(a->national_code, b->national_code) && zd_str_equal(a->area, b->area) &&
	       zd_str_equal(a->uscc, b->uscc) && a->from == b->from && a->until == b->until &&
	       a->state == b->state;
}

static enum zd_rc
import_one(struct zd_cx *cx, struct db *db, const struct trust_dept *dept,
	   struct zd_str parent_code, int64_t *new)
{
	struct trust_dept was, parent, d = *dept;

	d.parent = ZD_NO_INT;
	if (parent_code.n) {
		ZD_TRY(trust_dept_find_code(cx, db, parent_code, &parent));
		d.parent = parent.id;
	}
	enum zd_rc rc = trust_sql_find_dept_code(cx, db, &was, .code = d.code);
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	d.id = rc == ZD_OK ? was.id : zd_id_new();
	d.version = rc == ZD_OK ? was.version : 0;
	ZD_TRY(check_fields(cx, &d));
	ZD_TRY(check_parent(cx, db, &d));
	if (rc == ZD_NOT_FOUND) {
		++*new;
		return insert(cx, db, &d);
	}
	return is_same(&was, &d) ? ZD_OK : update(cx, db, &d);
}

enum zd_rc
trust_dept_import(struct zd_cx *cx, struct db *db, const struct trust_dept *depts,
		  const struct zd_str *parent_codes, size_t n, int64_t *ret_new)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	int64_t new = 0;

	ZD_TRY(trust_check_is(cx, TRUST_SECURITY_ADMIN));
	if (n > MAX_DEPTS)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "一次最多导入 %d 个部门", MAX_DEPTS);
	ZD_TRY(db_begin(cx, db, &txn));
	for (size_t i = 0; i < n; i++)
		ZD_TRY(import_one(cx, db, &depts[i], parent_codes[i], &new));
	ZD_TRY(db_commit(cx, &txn));
	*ret_new = new;
	return ZD_OK;
}

/* --- reading ----------------------------------------------------------------------------- */

enum zd_rc
trust_dept_find(struct zd_cx *cx, struct db *db, int64_t id, struct trust_dept *ret)
{
	enum zd_rc rc = trust_sql_find_dept(cx, db, ret, .id = id);

	return rc == ZD_NOT_FOUND ? zd_fail(cx, ZD_NOT_FOUND, "dept", "没有这个部门") : rc;
}

enum zd_rc
trust_dept_find_code(struct zd_cx *cx, struct db *db, struct zd_str code, struct trust_dept *ret)
{
	enum zd_rc rc = trust_sql_find_dept_code(cx, db, ret, .code = code);

	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, "dept", "没有编码为 %.*s 的部门",
			       ZD_STR_ARG(code));
	return rc;
}

enum zd_rc
trust_dept_list(struct zd_cx *cx, struct db *db, struct trust_dept **ret, size_t *ret_n)
{
	return trust_sql_list_depts(cx, db, MAX_DEPTS, ret, ret_n);
}
