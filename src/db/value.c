/* Parameters and columns between C structs and drivers, by their declarations. */
#include <math.h>
#include <string.h>

#include "db/db_driver.h"

void
db_break(struct db *db)
{
	db->broken = db->in_txn;
}

enum zd_rc
db_fail_busy(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_BUSY, NULL, "数据库正忙，本次操作没有执行，请稍后重试");
}

enum zd_rc
db_fail_unreachable(struct zd_cx *cx)
{
	return zd_fail(
		cx, ZD_BUSY, NULL,
		"数据库暂时连接不上，本次操作没有执行，请稍后重试；若一直如此请联系系统管理员");
}

enum zd_rc
db_fail_exists(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_CONFLICT, NULL,
		       "同样的记录已经存在，不能重复保存；请刷新后查看已有的记录");
}

enum zd_rc
db_fail_uncertain(struct zd_cx *cx)
{
	return zd_fail(
		cx, ZD_UNCERTAIN, NULL,
		"保存时与数据库的连接中断，是否已保存尚不确定；请先查询，确认没有保存再重试");
}

size_t
db_count_fields(const struct db_field *fields)
{
	size_t n = 0;

	while (fields && fields[n].name)
		n++;
	return n;
}

static enum zd_rc
check_text(struct zd_cx *cx, const struct db_field *field, struct zd_str text)
{
	/* PostgreSQL refuses both; SQLite would keep them: the same answer from either. */
	if (text.n && memchr(text.p, 0, text.n))
		return zd_fail(cx, ZD_INVALID, field->name,
			       "文字中含有空字符（U+0000），请删去后重试");
	if (zd_utf8_check(text) != text.n)
		return zd_fail(cx, ZD_INVALID, field->name,
			       "文字不是有效的 UTF-8 编码，请检查文件的编码");
	return ZD_OK;
}

void
db_value_load(const struct db_field *field, const void *in, struct db_value *ret)
{
	const void *v = (const char *)in + field->offset;
	int32_t narrow;

	*ret = (struct db_value){ 0 };
	switch (field->type) {
	case DB_INT:
	case DB_TIME:
		memcpy(&ret->number, v, sizeof(ret->number));
		ret->null = ret->number == ZD_NO_INT;
		return;
	case DB_DAY:
	case DB_ENUM:
		memcpy(&narrow, v, sizeof(narrow));
		ret->number = narrow;
		ret->null = narrow == ZD_NO_DAY;
		return;
	case DB_REAL:
		memcpy(&ret->real, v, sizeof(ret->real));
		ret->null = isnan(ret->real);
		return;
	case DB_TEXT:
	case DB_BLOB:
		memcpy(&ret->text, v, sizeof(ret->text));
		ret->null = !ret->text.p;
		return;
	}
}

enum zd_rc
db_value_get(struct zd_cx *cx, const struct db_stmt *stmt, const struct db_field *field,
	     const void *in, struct db_value *ret)
{
	db_value_load(field, in, ret);
	if (ret->null && !field->null)
		return zd_fail(cx, ZD_FAILED, NULL,
			       "%s: parameter %s is NULL but was not declared so", stmt->name,
			       field->name);
	return field->type == DB_TEXT && !ret->null ? check_text(cx, field, ret->text) : ZD_OK;
}

static const struct db_value nulls = { .null = true, .number = ZD_NO_INT, .real = (double)NAN };

void
db_value_store(const struct db_field *field, const struct db_value *value, void *row)
{
	void *v = (char *)row + field->offset;
	int32_t narrow;

	if (value->null)
		value = &nulls;
	switch (field->type) {
	case DB_INT:
	case DB_TIME: memcpy(v, &value->number, sizeof(value->number)); return;
	case DB_DAY:
	case DB_ENUM:
		narrow = value->null ? ZD_NO_DAY : (int32_t)value->number;
		memcpy(v, &narrow, sizeof(narrow));
		return;
	case DB_REAL: memcpy(v, &value->real, sizeof(value->real)); return;
	case DB_TEXT:
	case DB_BLOB: memcpy(v, &value->text, sizeof(value->text)); return;
	}
}

static bool
is_narrow(enum db_type type)
{
	return type == DB_DAY || type == DB_ENUM;
}

enum zd_rc
db_value_set(struct zd_cx *cx, struct zd_arena *arena, const struct db_stmt *stmt,
	     const struct db_field *field, const struct db_value *value, void *row)
{
	struct db_value kept = *value;

	if (value->null && !field->null)
		return zd_fail(cx, ZD_FAILED, NULL, "%s: column %s is NULL but was not declared so",
			       stmt->name, field->name);
	if (!value->null && is_narrow(field->type) &&
	    (value->number <= INT32_MIN || value->number > INT32_MAX))
		return zd_fail(cx, ZD_FAILED, NULL, "%s: column %s is out of range", stmt->name,
			       field->name);
	kept.text = zd_str_copy(arena, value->text);
	db_value_store(field, &kept, row);
	return ZD_OK;
}
