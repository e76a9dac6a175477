/* xlsx: not read yet. */
#include "table/reader.h"

enum zd_rc
xlsx_open(struct zd_cx *cx, int fd, const struct table_options *options, struct table_reader **ret)
{
	(void)fd;
	(void)options;
	(void)ret;
	return zd_fail(cx, ZD_INVALID, NULL, "还不能读取 Excel 文件,请另存为 CSV 后再传");
}
