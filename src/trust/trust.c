/* The rules of trust: roles that exclude each other, whose records an actor sees, what he is shown.
 * No I/O. */
#include "trust/trust.h"

#include <string.h>

static const struct {
	uint32_t role;
	const char *code, *title, *about;
} roles[] = {
	{ TRUST_INSPECTOR, "officer", "执法人员", "查看本部门记录，办理自己的执法工作" },
	{ TRUST_DATA_OFFICER, "data", "部门数据员", "为本部门导入、修正数据，认领事项" },
	{ TRUST_DEPT_HEAD, "head", "部门负责人", "查看本部门全部记录，审批" },
	{ TRUST_PLATFORM, "platform", "平台管理员", "维护全市监管清单，督促各部门报送" },
	{ TRUST_LEADER, "leader", "市领导", "查看全市各项数字" },
	{ TRUST_SYSTEM_ADMIN, "sys", "系统管理员",
	  "管理资源、任务与备份；不接触用户、业务数据和审计日志" },
	{ TRUST_SECURITY_ADMIN, "sec", "安全管理员",
	  "管理账号、角色与安全策略；不接触业务数据和审计日志" },
	{ TRUST_AUDIT_ADMIN, "aud", "审计管理员", "查看、导出审计日志；不接触其他任何数据" },
	{ TRUST_API, "api", "部门系统", "凭接口密钥为本部门报送数据" },
};

static bool
is_system(const struct zd_actor *actor)
{
	return actor->id == 0 && actor->roles == 0 && actor->level == 0;
}

const char *
trust_role_title(uint32_t role)
{
	for (size_t i = 0; i < ZD_COUNT(roles); i++)
		if (roles[i].role == role)
			return roles[i].title;
	return NULL;
}

const char *
trust_role_about(uint32_t role)
{
	for (size_t i = 0; i < ZD_COUNT(roles); i++)
		if (roles[i].role == role)
			return roles[i].about;
	return NULL;
}

uint32_t
trust_role_find(struct zd_str code)
{
	for (size_t i = 0; i < ZD_COUNT(roles); i++)
		if (zd_str_equal(code, zd_str_of(roles[i].code)))
			return roles[i].role;
	return 0;
}

static struct zd_str
list_roles(struct zd_arena *arena, uint32_t set, bool titles)
{
	struct zd_str parts[ZD_COUNT(roles)];
	size_t n = 0;

	for (size_t i = 0; i < ZD_COUNT(roles); i++)
		if (set & roles[i].role)
			parts[n++] = zd_str_of(titles ? roles[i].title : roles[i].code);
	return zd_str_join(arena, parts, n, titles ? ZD_STR("、") : ZD_STR("+"));
}

struct zd_str
trust_roles_format(struct zd_arena *arena, uint32_t set)
{
	return list_roles(arena, set, false);
}

struct zd_str
trust_roles_titles(struct zd_arena *arena, uint32_t set)
{
	return list_roles(arena, set, true);
}

enum zd_rc
trust_check_roles(struct zd_cx *cx, uint32_t set)
{
	uint32_t admins = set & TRUST_ADMINS;

	if (set & ~(uint32_t)(TRUST_ADMINS | TRUST_BUSINESS | TRUST_API))
		return zd_fail(cx, ZD_INVALID, "roles", "没有编号为 %u 的角色", set);
	if (admins && set != (admins & -admins))
		return zd_fail(cx, ZD_REFUSED, "roles",
			       "系统管理员、安全管理员、审计管理员三者不得兼任，也不得兼任业务角色"
			       "（等保三级 8.1.4.2 d），请另建账号");
	if ((set & TRUST_CITY) && (set & TRUST_DEPT_STAFF))
		return zd_fail(cx, ZD_REFUSED, "roles",
			       "全市角色与部门角色的数据范围不同，不能由同一账号兼任，请另建账号");
	if ((set & TRUST_API) && set != TRUST_API)
		return zd_fail(cx, ZD_REFUSED, "roles", "部门系统是接口密钥的角色，不能授予个人");
	return ZD_OK;
}

enum zd_rc
trust_check_place(struct zd_cx *cx, uint32_t set, int64_t dept)
{
	ZD_TRY(trust_check_roles(cx, set));
	if ((set & (TRUST_CITY | TRUST_ADMINS)) && dept != 0)
		return zd_fail(cx, ZD_REFUSED, "dept",
			       "全市角色和管理员不属于任何部门，请将所属部门留空");
	if ((set & (TRUST_DEPT_STAFF | TRUST_API)) && dept == 0)
		return zd_fail(cx, ZD_INVALID, "dept", "部门角色必须选择所属部门");
	return ZD_OK;
}

int64_t
trust_scope(const struct zd_actor *actor)
{
	if (is_system(actor) || (actor->roles & TRUST_CITY))
		return ZD_NO_INT;
	if ((actor->roles & (TRUST_DEPT_STAFF | TRUST_API)) && actor->dept > 0)
		return actor->dept;
	return TRUST_NOWHERE;
}

enum zd_rc
trust_check_sees(struct zd_cx *cx, int64_t dept)
{
	int64_t scope = trust_scope(&cx->actor);

	if (scope == ZD_NO_INT || scope == dept)
		return ZD_OK;
	return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有找到，或不在您的查看范围内");
}

enum zd_rc
trust_check_writes(struct zd_cx *cx, int64_t dept)
{
	const struct zd_actor *actor = &cx->actor;

	if (is_system(actor))
		return ZD_OK;
	if ((actor->roles & (TRUST_DEPT_STAFF | TRUST_API)) && actor->dept > 0 &&
	    actor->dept == dept)
		return ZD_OK;
	if ((actor->roles & TRUST_PLATFORM) && dept == 0)
		return ZD_OK;
	return zd_fail(cx, ZD_REFUSED, NULL,
		       "您的角色不能为该部门写入数据，请由该部门的数据员办理");
}

/* --- masks ------------------------------------------------------------------------------- */

static bool
all_digits(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

static struct zd_str
stars_between(struct zd_arena *arena, struct zd_str s, size_t head, size_t tail)
{
	char *p = zd_alloc(arena, s.n + 1);

	memset(p, '*', s.n);
	memcpy(p, s.p, head);
	memcpy(p + s.n - tail, s.p + s.n - tail, tail);
	return (struct zd_str){ p, s.n };
}

static size_t
first_char(struct zd_str s)
{
	size_t n = 1;

	while (n < s.n && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n++;
	return n;
}

/* ID cards keep 3 and 4, phones 3 and 4, other numbers a quarter at each end, names and the rest
 * one character. */
static struct zd_str
masked(struct zd_arena *arena, struct zd_str s)
{
	if (s.n == 18 && all_digits(s.p, 17))
		return stars_between(arena, s, 3, 4);
	if (s.n == 11 && all_digits(s.p, 11))
		return stars_between(arena, s, 3, 4);
	if (s.n >= 8 && all_digits(s.p, s.n - 1))
		return stars_between(arena, s, s.n / 4, s.n / 4);
	size_t head = first_char(s);
	size_t rest = zd_utf8_length((struct zd_str){ s.p + head, s.n - head });
	return zd_str_printf(arena, "%.*s%.*s", (int)head, s.p, rest > 2 ? 3 : (int)rest, "***");
}

struct zd_str
trust_mask(struct zd_cx *cx, int data_class, struct zd_str value)
{
	if (is_system(&cx->actor) || cx->actor.level >= data_class || value.n == 0)
		return value;
	return masked(cx->arena, value);
}

/* --- accounts ---------------------------------------------------------------------------- */

/* U+FF01..U+FF5E are the full-width twins of '!'..'~'. */
static size_t
fold_one(struct zd_str s, char *ret)
{
	const unsigned char *u = (const unsigned char *)s.p;

	*ret = s.p[0];
	size_t used = 1;
	if (s.n >= 3 && u[0] == 0xEF && (u[1] == 0xBC || u[1] == 0xBD)) {
		unsigned code =
			((unsigned)(u[0] & 15) << 12) | ((unsigned)(u[1] & 63) << 6) | (u[2] & 63);
		if (code >= 0xFF01 && code <= 0xFF5E) {
			*ret = (char)(code - 0xFF01 + '!');
			used = 3;
		}
	}
	if (*ret >= 'A' && *ret <= 'Z')
		*ret = (char)(*ret - 'A' + 'a');
	return used;
}

struct zd_str
trust_fold(struct zd_arena *arena, struct zd_str text)
{
	char *p = zd_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; n++)
		i += fold_one((struct zd_str){ text.p + i, text.n - i }, &p[n]);
	return (struct zd_str){ p, n };
}

enum zd_rc
trust_check_account(struct zd_cx *cx, struct zd_str account)
{
	if (account.n < 3 || account.n > 32)
		return zd_fail(cx, ZD_INVALID, "account", "账号应为 3 至 32 个字符");
	for (size_t i = 0; i < account.n; i++) {
		char c = account.p[i];
		bool letter = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
		if (!letter && !digit && (i == 0 || !strchr("._-", c)))
			return zd_fail(cx, ZD_INVALID, "account",
				       "账号只能用字母、数字和 . _ -，并以字母或数字开头");
	}
	return ZD_OK;
}
