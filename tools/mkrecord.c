/*
 * mkrecord c|ddl EXCHANGE.json STANDARD.json...
 *
 * What the record tables need, from the data standards (standards/README.md):
 *
 *	c    record_stmts.c: the statements of each standard's table (src/record/record_table.h)
 *	ddl  create table and create index of each, to be copied into a new migration
 *
 * Columns of a table: the head (the same everywhere), then the fields as text: the standard's own
 * in file order, then the exchange columns that it does not declare itself. The record room's tests
 * hold the migrated schema and the compiled standards to the same order. A mistake in a file stops
 * the build.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define MAX_FIELDS 72 /* STANDARD_MAX_FIELDS */
#define FILE_MAX (4U << 20)

/* The head columns, in the order of their parameters: $1 … */
static const struct head {
	const char *name, *type, *c, *member, *ddl;
	bool null;
} head[] = {
	{ "dept_id", "INT", "int64_t", "dept", "@I64 not null", false },
	{ "id", "INT", "int64_t", "id", "@I64 not null", false },
	{ "source_key", "TEXT", "struct zd_str", "key",
	  "@TEXT not null check (length(source_key) between 1 and 260)", false },
	{ "version", "INT", "int64_t", "version", "@I64 not null", false },
	{ "state", "ENUM", "int32_t", "state", "@I64 not null check (state in (1, 2, 3))", false },
	{ "day", "DAY", "int32_t", "day", "@I64", true },
	{ "subject_id", "INT", "int64_t", "subject", "@I64", true },
	{ "item_code", "TEXT", "struct zd_str", "item", "@TEXT", true },
	{ "merge_print", "INT", "int64_t", "merge_print", "@I64 not null", false },
	{ "hash", "BLOB", "struct zd_str", "hash", "@BLOB not null check (length(hash) = 32)",
	  false },
	{ "batch_id", "INT", "int64_t", "batch", "@I64", true },
	{ "row_no", "INT", "int64_t", "row", "@I64", true },
	{ "created_at", "TIME", "int64_t", "created_at", "@I64 not null", false },
	{ "updated_at", "TIME", "int64_t", "updated_at", "@I64 not null", false },
	{ "updated_by", "INT", "int64_t", "updated_by", "@I64 not null", false },
	{ "ext", "TEXT", "struct zd_str", "ext", "@TEXT", true },
};
#define HEAD ((int)ZD_COUNT(head))

struct field {
	struct zd_str name;
	bool required;
};

struct std {
	struct zd_str name, title, table, key, date, item, subject, subject_name, name_field;
	bool merges;
	struct field fields[MAX_FIELDS];
	int n;
};

static struct zd_cx cx;
static const char *path; /* of the file being read */

__attribute__((noreturn)) static void
die(const char *why, struct zd_str what)
{
	fprintf(stderr, "mkrecord: %s: %s: %.*s\n", path, why, ZD_STR_ARG(what));
	exit(1);
}

/* --- reading ----------------------------------------------------------------------------- */

static struct zd_str
read_file(void)
{
	char *text = zd_alloc(cx.arena, FILE_MAX);
	FILE *in = fopen(path, "rb");

	if (!in)
		die("cannot be read", (struct zd_str){ 0 });
	size_t n = fread(text, 1, FILE_MAX, in);
	if (ferror(in) || n == FILE_MAX || fclose(in))
		die("cannot be read", (struct zd_str){ 0 });
	return (struct zd_str){ text, n };
}

static bool
is_name(struct zd_str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(i ? "abcdefghijklmnopqrstuvwxyz_0123456789"
			      : "abcdefghijklmnopqrstuvwxyz",
			    s.p[i]))
			return false;
	return s.n > 0 && s.n < 48;
}

static const struct field *
find_field(const struct std *std, struct zd_str name)
{
	for (int i = 0; i < std->n; i++)
		if (zd_str_equal(std->fields[i].name, name))
			return &std->fields[i];
	return NULL;
}

static void
add_field(struct std *std, struct field field)
{
	if (!is_name(field.name))
		die("no name for a column", field.name);
	for (int i = 0; i < HEAD; i++)
		if (zd_str_equal(zd_str_of(head[i].name), field.name))
			die("the name of a head column", field.name);
	if (find_field(std, field.name))
		die("declared twice", field.name);
	if (std->n == MAX_FIELDS)
		die("too many fields", field.name);
	std->fields[std->n++] = field;
}

static struct field
read_field(struct json *j)
{
	struct field field = { 0 };
	struct zd_str key;

	if (!json_enter_object(j))
		return field;
	while (json_next_member(j, &key)) {
		if (zd_str_equal(key, ZD_STR("name")))
			(void)json_text(j, &field.name);
		if (zd_str_equal(key, ZD_STR("required")))
			(void)json_bool(j, &field.required);
	}
	return field;
}

static void
read_member(struct json *j, struct std *std, struct zd_str key)
{
	const struct {
		const char *name;
		struct zd_str *to;
	} texts[] = {
		{ "name", &std->name },
		{ "title", &std->title },
		{ "table", &std->table },
		{ "key", &std->key },
		{ "date", &std->date },
		{ "item", &std->item },
		{ "subject", &std->subject },
		{ "subject_name", &std->subject_name },
		{ "name_field", &std->name_field },
	};

	for (size_t i = 0; i < ZD_COUNT(texts); i++)
		if (zd_str_equal(key, zd_str_of(texts[i].name)))
			(void)json_text(j, texts[i].to);
	if (zd_str_equal(key, ZD_STR("merge")))
		std->merges = true;
	if (zd_str_equal(key, ZD_STR("fields")) && json_enter_array(j))
		while (json_next_item(j))
			add_field(std, read_field(j));
}

static void
read_std(struct std *ret)
{
	struct json j = json_open(cx.arena, read_file(), JSON_UNIQUE);
	struct zd_str key;

	*ret = (struct std){ 0 };
	if (json_enter_object(&j))
		while (json_next_member(&j, &key))
			read_member(&j, ret, key);
	if (!json_end(&j) && json_fail(&cx, &j, path) != ZD_OK) {
		fprintf(stderr, "mkrecord: %s\n", cx.err.text);
		exit(1);
	}
}

static void
check_std(const struct std *std)
{
	const struct zd_str named[] = { std->key,     std->date,         std->item,
					std->subject, std->subject_name, std->name_field };

	if (!is_name(std->name) || !is_name(std->table) || !std->key.n)
		die("needs name, table and key", std->name);
	for (size_t i = 0; i < ZD_COUNT(named); i++)
		if (named[i].n && !find_field(std, named[i]))
			die("no such field", named[i]);
	if (!find_field(std, std->key)->required)
		die("the key must be required", std->key);
}

/* --- statements -------------------------------------------------------------------------- */

struct dialect {
	const char *name;
	char mark;
};
static const struct dialect dialects[] = { { "sqlite", '?' }, { "postgres", '$' } };

static void
put_columns(const struct std *std)
{
	for (int i = 0; i < HEAD; i++)
		printf("%s%s", i ? ", " : "", head[i].name);
	for (int i = 0; i < std->n; i++)
		printf(", %.*s", ZD_STR_ARG(std->fields[i].name));
}

static void
put_insert(const struct std *std, char mark)
{
	printf("insert into %.*s (", ZD_STR_ARG(std->table));
	put_columns(std);
	printf(") values (");
	for (int i = 1; i <= HEAD + std->n; i++)
		printf("%s%c%d", i > 1 ? ", " : "", mark, i);
	printf(")");
}

/* The same for many rows: PostgreSQL's COPY. */
static void
put_copy(const struct std *std)
{
	printf("copy %.*s (", ZD_STR_ARG(std->table));
	put_columns(std);
	printf(") from stdin (format binary)");
}

static void
put_update(const struct std *std, char mark)
{
	printf("update %.*s set ", ZD_STR_ARG(std->table));
	for (int i = 3; i < HEAD; i++)
		printf("%s%s = %c%d", i > 3 ? ", " : "", head[i].name, mark, i + 1);
	for (int i = 0; i < std->n; i++)
		printf(", %.*s = %c%d", ZD_STR_ARG(std->fields[i].name), mark, HEAD + i + 1);
	printf(" where dept_id = %c1 and id = %c2 and source_key = %c3 and version = %c4 - 1 "
	       "returning id",
	       mark, mark, mark, mark);
}

/* '$' in the text stands for the dialect's mark. */
static void
put_text(const char *text, char mark)
{
	for (; *text; text++)
		putchar(*text == '$' ? mark : *text);
}

static void
put_remove(const struct std *std, char mark)
{
	printf("update %.*s", ZD_STR_ARG(std->table));
	put_text(" set version = $3, state = $4, batch_id = $5, row_no = $6, updated_at = $7, "
		 "updated_by = $8"
		 " where dept_id = $1 and id = $2 and version = $3 - 1 returning id",
		 mark);
}

static void
put_select(const struct std *std, const char *columns, const char *where, char mark)
{
	printf("select ");
	if (columns)
		printf("%s", columns);
	else
		put_columns(std);
	printf(" from %.*s where ", ZD_STR_ARG(std->table));
	put_text(where, mark);
}

#define HEAD_COLUMNS                                                                               \
	"id, version, state, day, subject_id, item_code, merge_print, hash, batch_id, row_no, "    \
	"created_at, updated_at, updated_by"

/* A statement is written by `put`, or selects `columns` (NULL: all) `where`. %s in a map's name:
 * the standard. */
static const struct kind {
	const char *name;
	void (*put)(const struct std *std, char mark);
	const char *columns, *where;
	const char *in, *in_type, *out, *out_type;
} kinds[] = {
	{ "find_head", NULL, HEAD_COLUMNS, "dept_id = $1 and source_key = $2", "key_in",
	  "struct record", "head_out", "struct record" },
	{ "find_key", NULL, NULL, "dept_id = $1 and source_key = $2", "key_in", "struct record",
	  "%s_all", "struct record" },
	{ "find", NULL, NULL, "dept_id = $1 and id = $2", "id_in", "struct record", "%s_all",
	  "struct record" },
	{ "find_same", NULL, "source_key",
	  /* no order: it would draw the planner to the primary key */
	  "dept_id = $1 and merge_print = $2 and merge_print <> 0 and state = 1 limit 2", "same_in",
	  "struct record_same", "same_out", "struct zd_str" },
	{ "insert", put_insert, NULL, NULL, "%s_all", "struct record", NULL, NULL },
	{ "update", put_update, NULL, NULL, "%s_all", "struct record", "id_out", "int64_t" },
	{ "remove", put_remove, NULL, NULL, "remove_in", "struct record", "id_out", "int64_t" },
	{ "stream_dept", NULL, NULL,
	  "dept_id = $1 and id > $2 and state = 1 and coalesce(day, 0) between $3 and $4 order by "
	  "id limit $5",
	  "dept_range_in", "struct record_range", "%s_all", "struct record" },
	{ "stream_held", NULL, NULL, "dept_id = $1 and id > $2 and state = 3 order by id limit $3",
	  "held_range_in", "struct record_range", "%s_all", "struct record" },
	{ "keys", NULL, "source_key, merge_print", "dept_id = $1 and state <> 2", "dept_in",
	  "struct record_range", "keys_out", "struct record_key" },
	{ "totals", NULL, "dept_id, day, item_code, state, count(*) as n",
	  "state <> 2 group by dept_id, day, item_code, state", "none", "struct record_total",
	  "total_out", "struct record_total" },
	{ "stream_city", NULL, NULL,
	  "id > $1 and state = 1 and coalesce(day, 0) between $2 and $3 order by id limit $4",
	  "city_range_in", "struct record_range", "%s_all", "struct record" },
};

static const char common_maps[] =
	"#define AT(member) (unsigned)offsetof(struct record, member)\n"
	"#define RANGE(member) (unsigned)offsetof(struct record_range, member)\n"
	"#define SAME(member) (unsigned)offsetof(struct record_same, member)\n"
	"static const struct db_field none[] = { { 0 } };\n"
	"static const struct db_field key_in[] = { { \"dept_id\", DB_INT, false, AT(dept) },\n"
	"\t{ \"source_key\", DB_TEXT, false, AT(key) }, { 0 } };\n"
	"static const struct db_field id_in[] = { { \"dept_id\", DB_INT, false, AT(dept) },\n"
	"\t{ \"id\", DB_INT, false, AT(id) }, { 0 } };\n"
	"static const struct db_field id_out[] = { { \"id\", DB_INT, false, 0 }, { 0 } };\n"
	"static const struct db_field same_in[] = { { \"dept_id\", DB_INT, false, SAME(dept) },\n"
	"\t{ \"merge_print\", DB_INT, false, SAME(merge_print) }, { 0 } };\n"
	"static const struct db_field same_out[] = { { \"source_key\", DB_TEXT, false, 0 }, { 0 } "
	"};\n"
	"static const struct db_field dept_in[] = { { \"dept_id\", DB_INT, false, RANGE(dept) }, { "
	"0 } };\n"
	"#define KEY(member) (unsigned)offsetof(struct record_key, member)\n"
	"static const struct db_field keys_out[] = { { \"source_key\", DB_TEXT, false, KEY(key) "
	"},\n"
	"\t{ \"merge_print\", DB_INT, false, KEY(merge_print) }, { 0 } };\n"
	"#define TOTAL(member) (unsigned)offsetof(struct record_total, member)\n"
	"static const struct db_field total_out[] = { { \"dept_id\", DB_INT, false, TOTAL(dept) "
	"},\n"
	"\t{ \"day\", DB_DAY, true, TOTAL(day) }, { \"item_code\", DB_TEXT, true, TOTAL(item) },\n"
	"\t{ \"state\", DB_ENUM, false, TOTAL(state) }, { \"n\", DB_INT, false, TOTAL(n) }, { 0 } "
	"};\n"
	"#define RANGE_REST { \"after\", DB_INT, false, RANGE(after) }, { \"from\", DB_DAY, false, "
	"RANGE(from) },"
	" \\\n\t{ \"to\", DB_DAY, false, RANGE(to) }, { \"limit\", DB_INT, false, RANGE(limit) }, "
	"{ 0 }\n"
	"static const struct db_field dept_range_in[] = { { \"dept_id\", DB_INT, false, "
	"RANGE(dept) },\n"
	"\tRANGE_REST };\n"
	"static const struct db_field held_range_in[] = { { \"dept_id\", DB_INT, false, "
	"RANGE(dept) },\n"
	"\t{ \"after\", DB_INT, false, RANGE(after) }, { \"limit\", DB_INT, false, RANGE(limit) }, "
	"{ 0 } };\n"
	"static const struct db_field city_range_in[] = { RANGE_REST };\n";

static void
put_head_field(const char *name)
{
	for (int i = 0; i < HEAD; i++)
		if (strcmp(head[i].name, name) == 0)
			printf("\t{ \"%s\", DB_%s, %s, AT(%s) },\n", head[i].name, head[i].type,
			       head[i].null ? "true" : "false", head[i].member);
}

static void
put_common(void)
{
	static const char *const removed[] = { "dept_id",  "id",     "version",    "state",
					       "batch_id", "row_no", "updated_at", "updated_by" };
	static const char *const heads[] = { "id",         "version",   "state",       "day",
					     "subject_id", "item_code", "merge_print", "hash",
					     "batch_id",   "row_no",    "created_at",  "updated_at",
					     "updated_by" };

	printf("/* Made by mkrecord from standards/: change those. */\n"
	       "#include <stddef.h>\n\n#include \"record/record_table.h\"\n\n%s",
	       common_maps);
	for (int i = 0; i < HEAD; i++)
		printf("_Static_assert(sizeof(((struct record *)0)->%s) == sizeof(%s), \"%s\");\n",
		       head[i].member, head[i].c, head[i].name);
	printf("static const struct db_field remove_in[] = {\n");
	for (size_t i = 0; i < ZD_COUNT(removed); i++)
		put_head_field(removed[i]);
	printf("\t{ 0 }\n};\nstatic const struct db_field head_out[] = {\n");
	for (size_t i = 0; i < ZD_COUNT(heads); i++)
		put_head_field(heads[i]);
	printf("\t{ 0 }\n};\n");
}

static void
put_maps(const struct std *std)
{
	printf("\nstatic const char *const %.*s_columns[] = {\n", ZD_STR_ARG(std->name));
	for (int i = 0; i < std->n; i++)
		printf("\t\"%.*s\",\n", ZD_STR_ARG(std->fields[i].name));
	printf("};\nstatic const struct db_field %.*s_all[] = {\n", ZD_STR_ARG(std->name));
	for (int i = 0; i < HEAD; i++)
		put_head_field(head[i].name);
	for (int i = 0; i < std->n; i++)
		printf("\t{ \"%.*s\", DB_TEXT, true, AT(v[%d]) },\n",
		       ZD_STR_ARG(std->fields[i].name), i);
	printf("\t{ 0 }\n};\n");
}

static void
put_map_name(const struct std *std, const char *name)
{
	if (strncmp(name, "%s", 2) == 0)
		printf("%.*s%s", ZD_STR_ARG(std->name), name + 2);
	else
		printf("%s", name);
}

static void
put_stmt(const struct std *std, const struct kind *kind)
{
	printf("static const struct db_stmt %.*s_%s = {\n\t.name = \"record.%.*s.%s\",\n",
	       ZD_STR_ARG(std->name), kind->name, ZD_STR_ARG(std->name), kind->name);
	for (size_t d = 0; d < ZD_COUNT(dialects); d++) {
		printf("\t.%s = \"", dialects[d].name);
		if (kind->put)
			kind->put(std, dialects[d].mark);
		else
			put_select(std, kind->columns, kind->where, dialects[d].mark);
		printf("\",\n");
	}
	if (kind->put == put_insert) {
		printf("\t.postgres_copy = \"");
		put_copy(std);
		printf("\",\n");
	}
	printf("\t.in = ");
	put_map_name(std, kind->in);
	printf(", .in_size = sizeof(%s),\n\t.out = ", kind->in_type);
	put_map_name(std, kind->out ? kind->out : "none");
	if (kind->out)
		printf(", .out_size = sizeof(%s)", kind->out_type);
	printf(",\n\t.writes = %s,\n};\n", kind->put ? "true" : "false");
}

static void
put_c(const struct std *stds, int n)
{
	put_common();
	for (int i = 0; i < n; i++) {
		put_maps(&stds[i]);
		for (size_t k = 0; k < ZD_COUNT(kinds); k++)
			put_stmt(&stds[i], &kinds[k]);
	}
	printf("\nconst struct record_table record_tables[] = {\n");
	for (int i = 0; i < n; i++) {
		printf("\t{ .standard = \"%.*s\", .name = \"%.*s\", .columns = %.*s_columns, "
		       ".n_columns = %d,\n",
		       ZD_STR_ARG(stds[i].name), ZD_STR_ARG(stds[i].table),
		       ZD_STR_ARG(stds[i].name), stds[i].n);
		for (size_t k = 0; k < ZD_COUNT(kinds); k++)
			printf("\t  .%s = &%.*s_%s,\n", kinds[k].name, ZD_STR_ARG(stds[i].name),
			       kinds[k].name);
		printf("\t},\n");
	}
	printf("\t{ 0 }\n};\n");
}

/* --- tables ------------------------------------------------------------------------------ */

/* An action without a day cannot be judged by the list: where the date is required, so is the
 * column. */
static void
put_table(const struct std *std)
{
	bool dated = std->date.n && find_field(std, std->date)->required;

	printf("\n-- %.*s\ncreate table %.*s (\n", ZD_STR_ARG(std->title), ZD_STR_ARG(std->table));
	for (int i = 0; i < HEAD; i++)
		printf("\t%s %s%s,\n", head[i].name, head[i].ddl,
		       dated && strcmp(head[i].name, "day") == 0 ? " not null" : "");
	for (int i = 0; i < std->n; i++)
		printf("\t%.*s @TEXT,\n", ZD_STR_ARG(std->fields[i].name));
	printf("\tprimary key (dept_id, id),\n\tunique (dept_id, source_key)\n) @STRICT;\n");
}

static void
put_index(const struct std *std, bool wanted, const char *name, const char *columns,
	  const char *where)
{
	if (wanted)
		printf("create index %.*s_%s on %.*s (%s)%s%s;\n", ZD_STR_ARG(std->table), name,
		       ZD_STR_ARG(std->table), columns, *where ? " where " : "", where);
}

static void
put_ddl(const struct std *std)
{
	struct zd_str name = std->subject_name.n ? std->subject_name : std->name_field;

	put_table(std);
	put_index(std, true, "id", "id", "");
	put_index(std, std->date.n, "dept_day", "dept_id, day, id", "");
	put_index(std, std->date.n, "day", "day, id", "");
	put_index(std, std->subject.n, "subject", "subject_id, day", "subject_id is not null");
	put_index(std, std->item.n, "item", "item_code, day", "item_code is not null");
	put_index(std, std->merges, "merge", "dept_id, merge_print", "");
	put_index(std, name.n, "name", zd_str_printf(cx.arena, "%.*s, id", ZD_STR_ARG(name)).p, "");
}

int
main(int argc, char **argv)
{
	struct std exchange;
	int n = argc - 3;

	if (argc < 4 || (strcmp(argv[1], "c") != 0 && strcmp(argv[1], "ddl") != 0)) {
		fprintf(stderr, "usage: mkrecord c|ddl EXCHANGE.json STANDARD.json...\n");
		return 2;
	}
	cx.arena = zd_arena_new((size_t)1 << 30);
	path = argv[2];
	read_std(&exchange);
	struct std *stds = zd_new_array(cx.arena, struct std, (size_t)n);
	for (int i = 0; i < n; i++) {
		path = argv[3 + i];
		read_std(&stds[i]);
		for (int k = 0; k < exchange.n; k++)
			if (!find_field(&stds[i], exchange.fields[k].name))
				add_field(&stds[i], exchange.fields[k]);
		check_std(&stds[i]);
	}
	if (strcmp(argv[1], "c") == 0)
		put_c(stds, n);
	else
		for (int i = 0; i < n; i++)
			put_ddl(&stds[i]);
	zd_arena_drop(&cx.arena);
	return ferror(stdout) ? 1 : 0;
}
