#ifndef ZD_TRUST_H
#define ZD_TRUST_H

#include "base/zd.h"

/*
 * trust: people, departments, roles, sign-in. The rules: values in, decisions out.
 *
 * Roles are bits; a person has roles in one department (or the city, dept 0, for platform roles). The three administrators
 * exclude each other and every business role, by a constraint of the database too (等保2.0 三级 8.1.4.2 d).
 */
enum trust_role {
	TRUST_INSPECTOR = 1 << 0,    /* 执法人员: own department's records, writes own work */
	TRUST_DATA_OFFICER = 1 << 1, /* 部门数据员: imports, repairs, claims for the department */
	TRUST_DEPT_HEAD = 1 << 2,    /* 部门负责人: reads the department, approves */
	TRUST_PLATFORM = 1 << 3,     /* 平台管理员(审批局): the city's catalogue, watches all departments */
	TRUST_LEADER = 1 << 4,	     /* 市领导: reads all figures */
	TRUST_SYSTEM_ADMIN = 1 << 5, /* 系统管理员: resources, jobs, backups; no users, no data, no log */
	TRUST_SECURITY_ADMIN = 1 << 6, /* 安全管理员: accounts, roles, policy; no log, no data */
	TRUST_AUDIT_ADMIN = 1 << 7,  /* 审计管理员: the log, nothing else */
	TRUST_API = 1 << 8	     /* a department's system, by key */
};
#define TRUST_ADMINS (TRUST_SYSTEM_ADMIN | TRUST_SECURITY_ADMIN | TRUST_AUDIT_ADMIN)
#define TRUST_DEPT_STAFF (TRUST_INSPECTOR | TRUST_DATA_OFFICER | TRUST_DEPT_HEAD)
#define TRUST_CITY (TRUST_PLATFORM | TRUST_LEADER)
#define TRUST_BUSINESS (TRUST_DEPT_STAFF | TRUST_CITY)

/* ZD_REFUSED unless the set is lawful: an administrator holds one role only; city and department do not mix. */
enum zd_rc trust_check_roles(struct zd_cx *cx, uint32_t set) ZD_CHECKED;
/* And lawful in that department (0: the city): ZD_REFUSED or ZD_INVALID. */
enum zd_rc trust_check_place(struct zd_cx *cx, uint32_t set, int64_t dept) ZD_CHECKED;
/* One role: its Chinese title and what it may do (NULL if there is none such); its code for files and commands (0). */
const char *trust_role_title(uint32_t role);
const char *trust_role_about(uint32_t role);
uint32_t trust_role_find(struct zd_str code);
struct zd_str trust_roles_format(struct zd_arena *arena, uint32_t set); /* "officer+data" */
struct zd_str trust_roles_titles(struct zd_arena *arena, uint32_t set); /* "执法人员、部门数据员" */

/*
 * The department that the actor's lists are bound to: ZD_NO_INT if he sees all (the system itself, city roles),
 * TRUST_NOWHERE if none (visitors, the three administrators): no department has that id.
 */
#define TRUST_NOWHERE INT64_C(-1)
int64_t trust_scope(const struct zd_actor *actor);
/* ZD_NOT_FOUND (not 403: API1) if the actor may not see that department's records. */
enum zd_rc trust_check_sees(struct zd_cx *cx, int64_t dept) ZD_CHECKED;
/* ZD_REFUSED if he may not write for that department. */
enum zd_rc trust_check_writes(struct zd_cx *cx, int64_t dept) ZD_CHECKED;
/* The value if the actor's level reaches data_class, else masked (ID cards, phones, names of persons) in the arena. */
struct zd_str trust_mask(struct zd_cx *cx, int data_class, struct zd_str value);
/* Case and width folded away: ASCII lower case, full-width forms as ASCII. How accounts are compared. */
struct zd_str trust_fold(struct zd_arena *arena, struct zd_str text);
/* A folded account: 3 to 32 of a-z 0-9 . _ -, or ZD_INVALID. */
enum zd_rc trust_check_account(struct zd_cx *cx, struct zd_str account) ZD_CHECKED;
/* DB-01: at least 12 characters, 3 of 4 classes, not containing account or name, not common. */
enum zd_rc trust_check_password(struct zd_cx *cx, struct zd_str password, struct zd_str account, struct zd_str name) ZD_CHECKED;
/* One that passes, four groups of four: for demo accounts and tests. */
struct zd_str trust_random_password(struct zd_arena *arena);

#endif
