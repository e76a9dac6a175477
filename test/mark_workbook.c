/*
 * mark_workbook IN SHEET OUT ROW:COLUMN:TEXT...: the patcher as a program, for the tests that open its
 * workbooks with other programs. COLUMN is from 0. Ends with the time it took.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "table/table.h"

#define MARKS_MAX 100000

/* "ROW:COLUMN:TEXT"; "ROW-LAST:COLUMN:TEXT" marks each row of the range. */
static int
add_marks(struct table_mark *marks, int n, char *arg)
{
	char *p, *column = strchr(arg, ':'), *text = column ? strchr(column + 1, ':') : NULL;
	long first = strtol(arg, &p, 10), last = *p == '-' ? strtol(p + 1, NULL, 10) : first;

	if (!text)
		return -1;
	for (long row = first; row <= last && n < MARKS_MAX; row++)
		marks[n++] = (struct table_mark){ (int)row, (int)strtol(column + 1, NULL, 10),
						  zd_str_of(text + 1) };
	return n;
}

int
main(int argc, char **argv)
{
	static struct table_mark marks[MARKS_MAX];
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)64 << 20);
	struct zd_cx cx = { .arena = arena };
	struct timespec from, to;
	int n = 0;

	if (argc < 4)
		return 2;
	for (int i = 4; i < argc && n >= 0; i++)
		n = add_marks(marks, n, argv[i]);
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || n < 0)
		return 2;
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	enum zd_rc rc = table_mark_workbook(&cx, fd, zd_str_of(argv[2]), marks, (size_t)n, argv[3]);
	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	(void)close(fd);
	if (rc != ZD_OK) {
		(void)fprintf(stderr, "%s\n", cx.err.text);
		return 1;
	}
	(void)printf("%d marks, %ld ms\n", n,
		     (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000);
	return 0;
}
