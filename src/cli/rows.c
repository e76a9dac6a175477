/* What the commands that read or write rows need: the file, the standard, the department. */
#include "cli/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/app.h"
#include "catalog/catalog.h"
#include "table/table.h"
#include "trust/trust_app.h"

void
rows_close(struct rows *rows)
{
	if (rows->fd >= 0)
		close(rows->fd);
	if (rows->sent_fd >= 0)
		close(rows->sent_fd);
}

enum zd_rc
rows_open(struct zd_cx *cx, struct zd_str file, const char *spool, struct rows *ret)
{
	const char *path = zd_str_copy(cx->arena, file).p;

	ret->sent_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (ret->sent_fd < 0)
		return zd_fail(cx, ZD_NOT_FOUND, "file", "打不开文件 %s: %s", path,
			       strerror(errno));
	ZD_TRY(table_inflate(cx, ret->sent_fd, spool, NULL, &ret->fd));
	return table_sniff(cx, ret->fd, &ret->format);
}

enum zd_rc
rows_standard(struct zd_cx *cx, const struct standard_set *set, struct zd_str name,
	      const struct standard **ret)
{
	*ret = standard_find(set, name);
	if (!*ret)
		return zd_fail(cx, ZD_INVALID, "standard",
			       "没有数据标准「%.*s」，用 zhaodan standards 查看全部",
			       ZD_STR_ARG(name));
	return ZD_OK;
}

enum zd_rc
rows_department(struct zd_cx *cx, const struct app *app, const struct standard *std,
		struct zd_str code, int64_t *ret)
{
	struct trust_dept dept;
	struct db *db;

	*ret = 0;
	if (catalog_owner(std, 1) == 0)
		return ZD_OK; /* the city's own */
	if (!code.n)
		return zd_fail(cx, ZD_INVALID, "department",
			       "请用 --department 指明报送部门的编码");
	ZD_TRY(db_pool_take(cx, app->pool, DB_READ, &db));
	enum zd_rc rc = trust_dept_find_code(cx, db, code, &dept);
	db_pool_give(app->pool, db);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, "department", "没有编码为「%.*s」的部门",
			       ZD_STR_ARG(code));
	ZD_TRY(rc);
	*ret = dept.id;
	return ZD_OK;
}
