/* The desk's navigation: one table, in the order of the rail. Only what exists is in it. */
#include "page/page.h"
#include "trust/trust.h"

#define DATA_PEOPLE (TRUST_BUSINESS & ~(uint32_t)TRUST_LEADER)

const struct page_nav page_nav_table[] = {
	{ "home", NULL, "待办", "checklist", "/desk", TRUST_BUSINESS | TRUST_ADMINS },
	{ "catalog", NULL, "清单", "list-tree", "/desk/catalog", TRUST_BUSINESS },
	{ "subjects", "八库", "监管对象", "building-store", "/desk/subjects", TRUST_BUSINESS },
	{ "officers", "八库", "执法人员", "id-badge-2", "/desk/officers", TRUST_BUSINESS },
	{ "actions", "八库", "监管行为", "gavel", "/desk/actions", TRUST_BUSINESS },
	{ "plans", "双随机", "抽查计划", "calendar", "/desk/plans", TRUST_BUSINESS },
	{ "samples", "双随机", "抽查对象", "clipboard-list", "/desk/plans/samples",
	  TRUST_BUSINESS },
	{ "batches", "数据汇聚", "导入与核对", "database-import", "/desk/batches", DATA_PEOPLE },
	{ "quarantine", "数据汇聚", "首日历史", "clock", "/desk/quarantine",
	  TRUST_DATA_OFFICER | TRUST_DEPT_HEAD | TRUST_PLATFORM },
	{ "standards", "数据汇聚", "数据标准", "book-2", "/desk/standards", TRUST_BUSINESS },
	{ "people", "系统管理", "人员与账号", "users", "/desk/people", TRUST_SECURITY_ADMIN },
	{ "grants", "系统管理", "等待复核的授权", "list-check", "/desk/grants",
	  TRUST_SYSTEM_ADMIN },
	{ "departments", "系统管理", "部门", "sitemap", "/desk/departments",
	  TRUST_SECURITY_ADMIN | TRUST_PLATFORM },
	{ "log", "系统管理", "审计日志", "history", "/desk/log", TRUST_AUDIT_ADMIN },
	{ 0 },
};
