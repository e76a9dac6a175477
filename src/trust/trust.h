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

/* ZD_REFUSED unless the set is lawful: an administrator holds one role only. */
enum zd_rc trust_check_roles(struct zd_cx *cx, uint32_t roles) ZD_CHECKED;
/* The department that the actor's lists are bound to, or ZD_NO_INT if he sees all. */
int64_t trust_scope(const struct zd_actor *actor);
/* ZD_NOT_FOUND (not 403: API1) if the actor may not see that department's records. */
enum zd_rc trust_check_sees(struct zd_cx *cx, int64_t dept) ZD_CHECKED;
/* ZD_REFUSED if he may not write for that department. */
enum zd_rc trust_check_writes(struct zd_cx *cx, int64_t dept) ZD_CHECKED;
/* The value if the actor's level reaches data_class, else masked (ID cards, phones, names of persons) in the arena. */
struct zd_str trust_mask(struct zd_cx *cx, int data_class, struct zd_str value);
/* DB-01: at least 12 characters, 3 of 4 classes, not containing account or name, not common. */
enum zd_rc trust_check_password(struct zd_cx *cx, struct zd_str password, struct zd_str account, struct zd_str name) ZD_CHECKED;

#endif
