/*
 * The harness behind test_db.h. A template is migrated once for each set of migrations: on SQLite a
 * file that is copied for each test, on PostgreSQL a database of which each test program has a copy
 * that is emptied after each test (or made anew, if the test changed the schema).
 */
#include "db/test_db.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/embed.h"
#include "crypto/crypto.h"

extern const struct embed_file migration_files[];

static struct zd_str
print_of_migrations(struct zd_cx *cx)
{
	struct sm3_state *st ZD_CLEANUP(sm3_drop) = sm3_new();
	struct sm3 sm3;

	for (const struct embed_file *f = migration_files; f->name; f++) {
		sm3_add(st, zd_str_of(f->name));
		sm3_add(st, (struct zd_str){ f->bytes, f->n });
	}
	sm3_end(st, &sm3);
	return crypto_hex(cx->arena, (struct zd_str){ (const char *)sm3.b, 10 });
}

static void
must(struct zd_cx *cx, enum zd_rc rc, const char *what)
{
	if (rc == ZD_OK)
		return;
	fprintf(stderr, "test database: %s: %s\n", what, cx->err.text);
	abort();
}

static char *
keep(struct zd_str s)
{
	char *z = strndup(s.p, s.n);

	if (!z)
		abort();
	return z;
}

/* --- SQLite ------------------------------------------------------------------------------- */

static const char *
temp_dir(void)
{
	static char dir[64];

	if (!dir[0]) {
		const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
		(void)snprintf(dir, sizeof(dir), "%s/zd-test-%u", root, (unsigned)getuid());
		if (mkdir(dir, 0700) != 0 && errno != EEXIST)
			abort();
	}
	return dir;
}

static void
migrate_url(struct zd_cx *cx, const char *url)
{
	struct db *db ZD_CLEANUP(db_drop) = NULL;

	must(cx, db_open(cx, url, &db), url);
	must(cx, db_migrate(cx, db), "migrate");
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Programs that start together make it once. */
static const char *
sqlite_template(struct zd_cx *cx)
{
	static char path[160];
	char lock[120], made[200];

	if (path[0])
		return path;
	(void)snprintf(path, sizeof(path), "%s/%.*s.db", temp_dir(),
		       ZD_STR_ARG(print_of_migrations(cx)));
	(void)snprintf(lock, sizeof(lock), "%s/lock", temp_dir());
	int fd ZD_CLEANUP(close_fd) = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) != 0)
		abort();
	if (access(path, R_OK) == 0)
		return path;
	(void)snprintf(made, sizeof(made), "%s.%d", path, (int)getpid());
	unlink(made);
	migrate_url(cx, made);
	if (rename(made, path) != 0)
		abort();
	return path;
}

static void
copy_file(const char *from, const char *to)
{
	int in ZD_CLEANUP(close_fd) = open(from, O_RDONLY | O_CLOEXEC);
	int out ZD_CLEANUP(close_fd) = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	if (in < 0 || out < 0)
		abort();
	while ((n = copy_file_range(in, NULL, out, NULL, 1 << 20, 0)) > 0)
		;
	if (n == 0)
		return;
	char buf[65536]; /* a file system without it */
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, (size_t)n) != n)
			abort();
}

static void
remove_sqlite(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[200];

	for (size_t i = 0; i < N(ends); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
}

/* Files of programs that died. */
static void
remove_orphans(void)
{
	DIR *dir = opendir(temp_dir());
	char path[400];
	int pid, number;

	if (!dir)
		return;
	for (struct dirent *e; (e = readdir(dir));) {
		if (sscanf(e->d_name, "t%d-%d.db", &pid, &number) != 2 || kill(pid, 0) == 0 ||
		    errno != ESRCH)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", temp_dir(), e->d_name);
		unlink(path);
	}
	closedir(dir);
}

static void
open_sqlite(struct test_db *t)
{
	static int number;

	if (number == 0)
		remove_orphans();
	t->url = keep(
		zd_str_printf(t->cx.arena, "%s/t%d-%d.db", temp_dir(), (int)getpid(), ++number));
	remove_sqlite(t->url);
	copy_file(sqlite_template(&t->cx), t->url);
	must(&t->cx, db_open(&t->cx, t->url, &t->db), "open");
}

/* --- PostgreSQL --------------------------------------------------------------------------- */

static const char *
admin_url(void)
{
	static char url[512];
	char command[600];
	const char *env = getenv("ZD_TEST_PG");

	if (env && *env)
		return env;
	if (url[0])
		return url;
	(void)snprintf(command, sizeof(command), "%s start", TEST_PG_SH);
	FILE *out = popen(command, "r");
	if (!out || !fgets(url, sizeof(url), out) || pclose(out) != 0) {
		fprintf(stderr, "test database: %s failed\n", command);
		abort();
	}
	url[strcspn(url, "\n")] = 0;
	return url;
}

/* The admin's URL with another database, and patience for locks. */
static struct zd_str
url_of(struct zd_cx *cx, const char *name)
{
	const char *admin = admin_url(), *host = strstr(admin, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;

	if (!path)
		abort();
	const char *query = strchr(path, '?');
	return zd_str_printf(cx->arena, "%.*s/%s%s", (int)(path - admin), admin, name,
			     query ? query : "");
}

static struct db *
open_admin(struct zd_cx *cx)
{
	struct db *db = NULL;

	must(cx, db_open(cx, url_of(cx, "postgres").p, &db), "connect");
	must(cx, db_script(cx, db, "set lock_timeout = 0"), "connect");
	return db;
}

struct name_out {
	struct zd_str name;
};
static const struct db_field name_fields[] = {
	{ "name", DB_TEXT, false, offsetof(struct name_out, name) }, { 0 }
};
static const struct db_stmt list_databases = {
	.name = "list_databases",
	.postgres = "select datname from pg_database where datname like 'zd\\_t%' order by 1",
	.out = name_fields,
	.out_size = sizeof(struct name_out),
};

/* Databases of programs that died. */
static void
drop_orphans(struct zd_cx *cx, struct db *admin, const struct name_out *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int pid = 0;
		if (sscanf(rows[i].name.p, "zd_t%d_", &pid) != 1 || kill(pid, 0) == 0 ||
		    errno != ESRCH)
			continue;
		struct zd_str sql =
			zd_str_printf(cx->arena, "drop database if exists %.*s with (force)",
				      ZD_STR_ARG(rows[i].name));
		(void)!db_script(cx, admin, sql.p);
	}
}

static bool
is_listed(const struct name_out *rows, size_t n, struct zd_str name)
{
	for (size_t i = 0; i < n; i++)
		if (zd_str_equal(rows[i].name, name))
			return true;
	return false;
}

static void
make_template(struct zd_cx *cx, struct db *admin, struct zd_str name)
{
	struct zd_str made = zd_str_printf(cx->arena, "%.*s_new", ZD_STR_ARG(name)), sql;

	sql = zd_str_printf(cx->arena, "drop database if exists %s", made.p);
	must(cx, db_script(cx, admin, sql.p), sql.p);
	sql = zd_str_printf(cx->arena, "create database %s template template0", made.p);
	must(cx, db_script(cx, admin, sql.p), sql.p);
	migrate_url(cx, url_of(cx, made.p).p);
	sql = zd_str_printf(cx->arena, "alter database %s rename to %s", made.p, name.p);
	must(cx, db_script(cx, admin, sql.p), sql.p);
}

static struct zd_str
postgres_template(struct zd_cx *cx, struct db *admin)
{
	struct zd_str name =
		zd_str_printf(cx->arena, "zd_template_%.*s", ZD_STR_ARG(print_of_migrations(cx)));
	struct name_out *rows;
	size_t n;

	must(cx, db_script(cx, admin, "select pg_advisory_lock(20260302)"), "lock");
	must(cx, db_all(cx, admin, &list_databases, NULL, 10000, &rows, &n), "list");
	drop_orphans(cx, admin, rows, n);
	if (!is_listed(rows, n, name))
		make_template(cx, admin, name);
	must(cx, db_script(cx, admin, "select pg_advisory_unlock(20260302)"), "unlock");
	return name;
}

/* The copy that this program has, and what its schema looked like. */
static char own_name[64];
static char own_schema[96];

/* Seeds are what migrations put in: a copy of each table with rows, to put back. */
static const char keep_seeds[] =
	"do $$ declare t record; found boolean; begin\n"
	"create schema zd_seed; create schema zd_kept;\n"
	"create table zd_kept.tables as select oid from pg_class where relkind = 'r'"
	" and relnamespace = 'public'::regnamespace;\n"
	"for t in select relname from pg_class where relkind = 'r' and relnamespace = "
	"'public'::regnamespace loop\n"
	"  execute format('select exists (select 1 from public.%I)', t.relname) into found;\n"
	"  if found then execute format('create table zd_seed.%I as select * from public.%I', "
	"t.relname, t.relname); end if;\n"
	"end loop; end $$";
static const char restore[] =
	"do $$ declare t record; found boolean; begin\n"
	"set local session_replication_role = replica;\n"
	"for t in select relname from pg_class where relkind = 'r' and relnamespace = "
	"'public'::regnamespace and oid not in (select oid from zd_kept.tables) loop\n"
	"  execute format('drop table public.%I cascade', t.relname);\n"
	"end loop;\n"
	"for t in select relname from pg_class where relkind = 'r' and relnamespace = "
	"'public'::regnamespace loop\n"
	"  execute format('select exists (select 1 from public.%I)', t.relname) into found;\n"
	"  if found then execute format('delete from public.%I', t.relname); end if;\n"
	"end loop;\n"
	"for t in select relname from pg_class where relkind = 'r' and relnamespace = "
	"'zd_seed'::regnamespace loop\n"
	"  execute format('insert into public.%I select * from zd_seed.%I', t.relname, "
	"t.relname);\n"
	"end loop; end $$";
static const struct db_stmt schema_print = {
	.name = "schema_print",
	.postgres = "select concat(count(*), '/', max(oid::bigint), '/', max(xmin::text::bigint))"
		    " from pg_class where relnamespace = 'public'::regnamespace",
	.out = name_fields,
	.out_size = sizeof(struct name_out),
};

static struct zd_str
read_schema(struct zd_cx *cx, struct db *db)
{
	struct name_out row;

	must(cx, db_one(cx, db, &schema_print, NULL, &row), "schema");
	return row.name;
}

static void
drop_own(void)
{
	struct zd_cx cx = { .arena = zd_arena_new(1 << 20) };
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = cx.arena;

	if (!own_name[0])
		return;
	struct db *admin ZD_CLEANUP(db_drop) = open_admin(&cx);
	struct zd_str sql =
		zd_str_printf(arena, "drop database if exists %s with (force)", own_name);
	(void)!db_script(&cx, admin, sql.p);
	own_name[0] = 0;
}

static void
make_own(struct zd_cx *cx)
{
	static int number;
	struct db *admin ZD_CLEANUP(db_drop) = open_admin(cx);
	struct zd_str template = postgres_template(cx, admin);

	if (number++ == 0)
		atexit(drop_own);
	(void)snprintf(own_name, sizeof(own_name), "zd_t%d_%d", (int)getpid(), number);
	struct zd_str sql =
		zd_str_printf(cx->arena, "create database %s template %s strategy file_copy",
			      own_name, template.p);
	must(cx, db_script(cx, admin, sql.p), sql.p);
}

static void
open_postgres(struct test_db *t)
{
	bool fresh = !own_name[0];

	if (fresh)
		make_own(&t->cx);
	t->url = keep(url_of(&t->cx, own_name));
	must(&t->cx, db_open(&t->cx, t->url, &t->db), "open");
	if (!fresh)
		return;
	must(&t->cx, db_script(&t->cx, t->db, keep_seeds), "seeds");
	struct zd_str print = read_schema(&t->cx, t->db);
	(void)snprintf(own_schema, sizeof(own_schema), "%.*s", ZD_STR_ARG(print));
}

/* By a connection of its own: the test's may be in any state. */
static void
empty_postgres(struct test_db *t)
{
	struct db *db ZD_CLEANUP(db_drop) = NULL;

	must(&t->cx, db_open(&t->cx, t->url, &db), "open");
	if (db_script(&t->cx, db, restore) == ZD_OK &&
	    zd_str_equal(read_schema(&t->cx, db), zd_str_of(own_schema)))
		return;
	db_drop(&db);
	drop_own();
}

/* --- a test ------------------------------------------------------------------------------- */

int
test_db_setup(void **state)
{
	const struct test_db_how *how = *state;
	struct test_db *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->dialect = how->dialect;
	t->cx.arena = zd_arena_new((size_t)256 << 20);
	t->cx.today = zd_day_of(2026, 3, 2);
	t->cx.now = (int64_t)t->cx.today * 86400000 + (int64_t)2 * 3600000;
	if (how->dialect == DB_SQLITE)
		open_sqlite(t);
	else
		open_postgres(t);
	*state = t;
	if (how->fix)
		how->fix(t);
	return 0;
}

int
test_db_teardown(void **state)
{
	struct test_db *t = *state;

	db_close(t->db);
	if (t->dialect == DB_SQLITE)
		remove_sqlite(t->url);
	else
		empty_postgres(t);
	zd_arena_free(t->cx.arena);
	free(t->url);
	free(t);
	return 0;
}

struct db *
test_db_again(struct test_db *t)
{
	struct db *db = NULL;

	must(&t->cx, db_open(&t->cx, t->url, &db), "open");
	return db;
}

int
test_fault_loop(struct test_db *t, test_call_fn *call, test_check_fn *check, void *arg)
{
	for (int nth = 1; nth < 10000; nth++) {
		db_fail_nth(t->db, nth);
		enum zd_rc rc = call(t, arg);
		bool failed = db_has_failed(t->db);
		db_fail_nth(t->db, 0);
		assert_false(db_in_txn(t->db));
		if (!failed) {
			assert_rc(&t->cx, rc, ZD_OK);
			check(t, true, arg);
			return nth - 1;
		}
		if (rc == ZD_OK)
			fail_msg("database call %d failed, but the use case said it went well",
				 nth);
		check(t, false, arg);
	}
	fail_msg("the call never ends");
	return 0;
}

void
test_prepares(struct test_db *t, const struct db_stmt *const *stmts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_rc(&t->cx, db_prepare(&t->cx, t->db, stmts[i]), ZD_OK);
}

static bool
has_word(struct zd_str line, const char *before, const char *word)
{
	struct zd_str w = zd_str_of(word), b = zd_str_of(before);

	for (size_t i = 0; i + w.n <= line.n; i++) {
		struct zd_str rest = { line.p + i, line.n - i };
		if (!zd_str_starts(rest, w) || i < b.n || memcmp(line.p + i - b.n, b.p, b.n) != 0)
			continue;
		if (rest.n == w.n || rest.p[w.n] == ' ')
			return true;
	}
	return false;
}

static bool
line_scans(const struct test_db *t, struct zd_str line, const char *name)
{
	if (t->dialect == DB_SQLITE) /* SCAN r; but SCAN r USING INDEX walks in order */
		return has_word(line, "SCAN ", name) && !strstr(line.p, " USING ");
	return strstr(line.p, "Seq Scan on ") && has_word(line, " ", name);
}

bool
test_plan_scans(const struct test_db *t, struct zd_str plan, const char *name)
{
	bool scans = false;
	char *text = keep(plan), *at = text;

	for (char *line; (line = strsep(&at, "\n"));)
		scans |= line_scans(t, zd_str_of(line), name);
	free(text);
	return scans;
}
