/*
 * Reads a demo city's plans: every statement of the program and every list in each of its orders, as the database would
 * run it (planner settings untouched). Fails if one reads the whole of a table of more than 10,000 rows, or the whole of
 * one of its indexes, unless exceptions.txt names it with a reason; and if an exception is no longer needed.
 *
 *	explain EXCEPTIONS URL...
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/statements.h"
#include "db/list.h"
#include "record/record_table.h"

#define LARGE 10000
#define MAX_TABLES 256
#define MAX_EXCEPTIONS 256

/* --- the tables that are large ------------------------------------------------------------------ */

struct name_row {
	struct zd_str name;
};
struct count_row {
	int64_t n;
};
static const struct db_field no_fields[] = { { 0 } };
static const struct db_field name_fields[] = {
	{ "name", DB_TEXT, false, offsetof(struct name_row, name) }, { 0 }
};
static const struct db_field count_fields[] = {
	{ "n", DB_INT, false, offsetof(struct count_row, n) }, { 0 }
};
static const struct db_stmt list_tables = {
	.name = "list_tables",
	.sqlite = "select name from sqlite_master where type = 'table' order by 1",
	.postgres = "select tablename from pg_tables where schemaname = 'public' order by 1",
	.in = no_fields,
	.out = name_fields,
	.out_size = sizeof(struct name_row),
};

struct city {
	struct zd_cx cx;
	struct db *db;
	const char *large[MAX_TABLES];
	size_t n_large;
};

static void
must(const struct zd_cx *cx, enum zd_rc rc, const char *what)
{
	if (rc == ZD_OK)
		return;
	(void)fprintf(stderr, "explain: %s: %s\n", what, cx->err.text);
	exit(1);
}

static int64_t
count_rows(struct city *c, const char *table)
{
	const char *sql = zd_str_printf(c->cx.arena, "select count(*) from \"%s\"", table).p;
	struct db_stmt *stmt = zd_new(c->cx.arena, struct db_stmt);
	struct count_row row;

	*stmt = (struct db_stmt){ .name = table,
				  .sqlite = sql,
				  .postgres = sql,
				  .in = no_fields,
				  .out = count_fields,
				  .out_size = sizeof(row) };
	must(&c->cx, db_one(&c->cx, c->db, stmt, NULL, &row), table);
	return row.n;
}

static void
find_large(struct city *c)
{
	struct name_row *rows;
	size_t n;

	must(&c->cx, db_all(&c->cx, c->db, &list_tables, NULL, MAX_TABLES, &rows, &n), "tables");
	for (size_t i = 0; i < n; i++) {
		const char *table = zd_str_copy(c->cx.arena, rows[i].name).p;
		if (strncmp(table, "sqlite_", 7) != 0 && count_rows(c, table) > LARGE)
			c->large[c->n_large++] = table;
	}
	printf("# %s, tables of more than %d rows:",
	       db_dialect(c->db) == DB_SQLITE ? "SQLite" : "PostgreSQL", LARGE);
	for (size_t i = 0; i < c->n_large; i++)
		printf(" %s", c->large[i]);
	printf("\n");
}

/* --- what a plan reads whole --------------------------------------------------------------------- */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The next word at or behind *at; moves behind it. Absent at the end. */
static struct zd_str
next_word(const char **at)
{
	const char *p = *at;

	while (*p && !is_word(*p))
		p++;
	const char *from = p;
	while (is_word(*p))
		p++;
	*at = p;
	return p > from ? (struct zd_str){ from, (size_t)(p - from) } : (struct zd_str){ 0 };
}

/* Does `name` stand for the table in this SQL: "table name", "table as name"? */
static bool
is_alias(const char *sql, const char *table, struct zd_str name)
{
	bool behind = false;

	for (struct zd_str w; (w = next_word(&sql)).p;) {
		if (behind && zd_str_equal(w, name))
			return true;
		behind = zd_str_equal(w, zd_str_of(table)) ||
			 (behind && zd_str_equal(w, ZD_STR("as")));
	}
	return false;
}

static const char *
large_named(const struct city *c, const char *sql, struct zd_str name)
{
	for (size_t i = 0; i < c->n_large; i++)
		if (zd_str_equal(name, zd_str_of(c->large[i])) || is_alias(sql, c->large[i], name))
			return c->large[i];
	return NULL;
}

/* "SCAN r", "SCAN r USING INDEX x": the whole of it, unless it walks in order until a limit ends it. */
static const char *
sqlite_scan(const struct city *c, const char *sql, const char *line, bool limited)
{
	const char *at = strncmp(line, "SCAN ", 5) == 0 && !limited ? line + 5 : NULL;

	return at ? large_named(c, sql, next_word(&at)) : NULL;
}

/* "Seq Scan on t r"; "Index Scan using x on t r" with no condition below and no limit above. */
static const char *
postgres_scan(const struct city *c, const char *sql, const char *line, const char *next,
	      bool limited)
{
	const char *at = strstr(line, "Seq Scan on "), *index = strstr(line, "Index ");

	if (at)
		at += strlen("Seq Scan on ");
	else if (index && strstr(index, "Scan using ") && (at = strstr(index, " on ")) &&
		 !limited && !(next && strstr(next, "Index Cond:")))
		at += strlen(" on ");
	else
		return NULL;
	return large_named(c, sql, next_word(&at));
}

static const char *
scanned(const struct city *c, const char *sql, struct zd_str plan)
{
	char *text = strndup(plan.p, plan.n), *at = text;
	bool sorted = strstr(text, "TEMP B-TREE") || strstr(text, "Sort");
	bool limited = !sorted && (strstr(text, "Limit") || strstr(sql, "limit "));
	const char *found = NULL;

	for (char *line; !found && (line = strsep(&at, "\n"));) {
		char *end = at ? strchr(at, '\n') : NULL;
		char *next = end ? strndup(at, (size_t)(end - at)) : NULL;
		found = db_dialect(c->db) == DB_SQLITE ? sqlite_scan(c, sql, line, limited)
						       : postgres_scan(c, sql, line, next, limited);
		free(next);
	}
	free(text);
	return found;
}

/* --- exceptions ------------------------------------------------------------------------------------ */

static struct exception {
	char what[96], table[64], reason[160];
	bool used;
} exceptions[MAX_EXCEPTIONS];
static size_t n_exceptions, n_seen, n_wrong;

static void
read_exceptions(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];

	if (!file)
		exit(2);
	while (fgets(line, sizeof(line), file)) {
		struct exception *e = &exceptions[n_exceptions];
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%95s %63s %159[^\n]", e->what, e->table, e->reason) != 3 ||
		    ++n_exceptions == MAX_EXCEPTIONS) {
			(void)fprintf(stderr, "explain: no exception with a reason: %s", line);
			exit(2);
		}
	}
	(void)fclose(file);
}

static bool
is_excepted(const char *what, const char *table)
{
	for (size_t i = 0; i < n_exceptions; i++)
		if (fnmatch(exceptions[i].what, what, 0) == 0 &&
		    fnmatch(exceptions[i].table, table, 0) == 0)
			return exceptions[i].used = true;
	return false;
}

static void
judge(const struct city *c, const char *what, const char *sql, struct zd_str plan)
{
	const char *table = scanned(c, sql, plan);

	n_seen++;
	if (!table || is_excepted(what, table))
		return;
	n_wrong++;
	printf("%s %s\t(%s)\n%.*s\n", what, table,
	       db_dialect(c->db) == DB_SQLITE ? "SQLite" : "PostgreSQL", ZD_STR_ARG(plan));
}

/* --- all of them ------------------------------------------------------------------------------------- */

static void
look_at_stmt(struct city *c, const struct db_stmt *stmt)
{
	static _Alignas(16) char values[65536];
	struct zd_str plan;

	if (!stmt)
		return;
	for (const struct db_field *f = stmt->in; f && f->name; f++)
		if (f->type == DB_TEXT || f->type == DB_BLOB)
			*(struct zd_str *)(void *)(values + f->offset) = ZD_STR("x");
		else
			memset(values + f->offset, 0,
			       f->type == DB_DAY || f->type == DB_ENUM ? 4 : 8);
	must(&c->cx, db_prepare(&c->cx, c->db, stmt), stmt->name);
	must(&c->cx, db_plan(&c->cx, c->db, stmt, values, &plan), stmt->name);
	judge(c, stmt->name, db_dialect(c->db) == DB_SQLITE ? stmt->sqlite : stmt->postgres, plan);
}

static void
look_at_records(struct city *c)
{
	for (const struct record_table *r = record_tables; r->name; r++) {
		const struct db_stmt *const all[] = { r->find_head,   r->find_key,   r->find,
						      r->find_same,   r->insert,     r->update,
						      r->remove,      r->keys,       r->totals,
						      r->stream_dept, r->stream_city };
		for (size_t i = 0; i < ZD_COUNT(all); i++)
			look_at_stmt(c, all[i]);
	}
}

static void
look_at_list(struct city *c, const struct db_list *list)
{
	struct zd_str plan;

	for (const struct db_sort *sort = list->sorts; sort->name; sort++)
		for (int scoped = 0; scoped <= (list->scope != NULL); scoped++) {
			struct db_list_query query = { .list = list,
						       .sort = sort,
						       .scope_dept = scoped ? 1 : ZD_NO_INT,
						       .limit = 50 };
			char what[96];
			(void)snprintf(what, sizeof(what), "%s:%s", list->name, sort->name);
			must(&c->cx, db_list_plan(&c->cx, c->db, &query, &plan), what);
			judge(c, what, zd_str_printf(c->cx.arena, "%s limit ", list->from).p, plan);
		}
}

static void
look_at_city(const char *url)
{
	struct city c = { .cx = { .arena = zd_arena_new((size_t)256 << 20) } };

	must(&c.cx, db_open(&c.cx, url, &c.db), url);
	must(&c.cx, db_analyze(&c.cx, c.db), "analyze");
	find_large(&c);
	for (const struct statements *room = statements_of_rooms; room->stmts; room++)
		for (size_t i = 0; i < room->n; i++)
			look_at_stmt(&c, room->stmts[i]);
	look_at_records(&c);
	for (const struct db_list *const *list = lists_of_rooms; *list; list++)
		look_at_list(&c, *list);
	db_close(c.db);
	zd_arena_free(c.cx.arena);
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	read_exceptions(argv[1]);
	for (int i = 2; i < argc; i++)
		look_at_city(argv[i]);
	for (size_t i = 0; i < n_exceptions && argc > 3; i++)
		if (!exceptions[i].used) {
			n_wrong++;
			printf("no longer needed: %s %s\n", exceptions[i].what,
			       exceptions[i].table);
		}
	printf("%zu passed, %zu failed\n", n_seen - (n_wrong < n_seen ? n_wrong : n_seen), n_wrong);
	return n_wrong != 0;
}
