#ifndef ZD_TABLE_MERGES_H
#define ZD_TABLE_MERGES_H

#include "table/zipfile.h"

/* merges: the merged cells of a sheet, which its XML names only behind all cells. */
struct merge {
	int row1, row2;       /* from 1 */
	int column1, column2; /* from 0 */
};

struct merges {
	struct merge *list; /* by first row */
	size_t n, cap;
};

/* Inflates the whole part once, so its checksum is known to be right, too. */
enum zd_rc merges_read(struct zd_cx *cx, const struct zip *zip, const struct zip_member *part,
		       struct merges *ret) ZD_CHECKED;
void merges_drop(struct merges *merges);

/* "AB12": column 27, row 12; false if it is no cell of a sheet. */
bool merges_parse_cell(struct zd_str s, int *ret_column, int *ret_row) ZD_CHECKED;

#endif
