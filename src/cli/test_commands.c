/* The commands, each through the whole program, on both databases: what they make, say and refuse. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/event.h"
#include "cli/app.h"
#include "cli/cli.h"
#include "db/test_db.h"
#include "file/file.h"
#include "trust/audit.h"

/* --- fixture -------------------------------------------------------------------------------------- */

struct fix {
	char dir[64];
	const char *urls[2]; /* PostgreSQL: empty databases; else NULL */
	int n_urls;
	char out[65536]; /* what the last command printed for programs */
	char err[65536];
};

static struct fix *
fix_of(struct test_db *t)
{
	return t->fix;
}

static void
begin(struct test_db *t)
{
	struct fix *fix = zd_new(t->cx.arena, struct fix);

	(void)snprintf(fix->dir, sizeof(fix->dir), "/tmp/zd-cli-XXXXXX");
	assert_non_null(mkdtemp(fix->dir));
	t->fix = fix;
	zd_event_setup(EVENT_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
}

/* An empty database of its own, or NULL for SQLite. */
static const char *
new_db(struct test_db *t)
{
	struct fix *fix = fix_of(t);

	if (t->dialect == DB_SQLITE)
		return NULL;
	const char *name = zd_str_printf(t->cx.arena, "cli_%lld", (long long)zd_id_new()).p;
	assert_rc(
		&t->cx,
		db_script(&t->cx, t->db, zd_str_printf(t->cx.arena, "create database %s", name).p),
		ZD_OK);
	const char *slash = strchr(strstr(t->url, "://") + 3, '/'), *query = strchr(slash, '?');
	fix->urls[fix->n_urls++] = name;
	return zd_str_printf(t->cx.arena, "%.*s/%s%s", (int)(slash - t->url), t->url, name,
			     query ? query : "")
		.p;
}

static void
end(struct test_db *t)
{
	struct fix *fix = fix_of(t);
	char command[128];

	for (int i = 0; i < fix->n_urls; i++)
		assert_rc(&t->cx,
			  db_script(&t->cx, t->db,
				    zd_str_printf(t->cx.arena, "drop database %s with (force)",
						  fix->urls[i])
					    .p),
			  ZD_OK);
	(void)snprintf(command, sizeof(command), "rm -rf %s", fix->dir);
	assert_int_equal(system(command), 0);
}

static const char *
in(struct test_db *t, const char *name)
{
	return app_path(t->cx.arena, fix_of(t)->dir, name);
}

static void
slurp(FILE *f, char *ret, size_t n)
{
	rewind(f);
	ret[fread(ret, 1, n - 1, f)] = 0;
	(void)fclose(f);
}

static int
run(struct test_db *t, const char *const *words)
{
	const char *argv[24] = { "zhaodan" };
	FILE *out = tmpfile(), *err = tmpfile();
	int argc = 1;

	for (; *words; words++)
		if (**words) /* "" is left out */
			argv[argc++] = *words;
	int rc = cli_main(argc, argv, out, err);
	slurp(out, fix_of(t)->out, sizeof(fix_of(t)->out));
	slurp(err, fix_of(t)->err, sizeof(fix_of(t)->err));
	return rc;
}
#define RUN(...) run(t, (const char *const[]){ __VA_ARGS__, NULL })

/* A failure shows what was said. */
#define assert_exit(call, want)                                                                    \
	do {                                                                                       \
		int got_ = (call);                                                                 \
		if (got_ != (want))                                                                \
			fail_msg("%s: exit %d, wanted %d: %s", #call, got_, want, fix_of(t)->err); \
	} while (0)

static void
init(struct test_db *t, const char *dir)
{
	const char *db = new_db(t);

	assert_exit(RUN("init", "--data", dir, db ? "--db" : "", db ? db : ""), 0);
}

static struct app *
open_app(struct test_db *t, const char *dir)
{
	struct app_place place = { .dir = dir };
	struct app *app;

	assert_rc(&t->cx, app_configure(&t->cx, &place, &app), ZD_OK);
	assert_rc(&t->cx, app_open(&t->cx, app), ZD_OK);
	return app;
}

static struct zd_str
text_of(struct test_db *t, const char *path)
{
	struct zd_str text;

	assert_rc(&t->cx, app_read_file(&t->cx, path, &text), ZD_OK);
	return text;
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

#define assert_says(text, part)                                                                    \
	do {                                                                                       \
		if (!strstr(text, part))                                                           \
			fail_msg("no '%s' in: %s", part, text);                                    \
	} while (0)

/* --- init -------------------------------------------------------------------------------------------- */

static void
init_makes_a_city_that_only_we_can_read(void **state)
{
	struct test_db *t = *state;
	static const char *const files[] = { "activation.txt", "keys/pepper", "keys/seal",
					     "keys/blind",     "keys/backup", "keys/log.pem",
					     "zhaodan.conf",   "origin" };

	init(t, in(t, "city"));
	assert_int_equal(mode_of(in(t, "city")), 0700);
	assert_int_equal(mode_of(in(t, "city/keys")), 0700);
	for (size_t i = 0; i < N(files); i++)
		assert_int_equal(mode_of(app_path(t->cx.arena, in(t, "city"), files[i])), 0600);
	/* the codes are in the file, and nowhere that a terminal or a log keeps */
	assert_says(fix_of(t)->out, "\"accounts\":[\"sysadmin\",\"secadmin\",\"audadmin\"]");
	struct zd_str codes = text_of(t, in(t, "city/activation.txt"));
	const char *code = strstr(codes.p, "secadmin\t");
	assert_non_null(code);
	code = zd_str_copy(t->cx.arena, (struct zd_str){ code + 9, 12 }).p;
	assert_null(strstr(fix_of(t)->out, code));
	assert_null(strstr(fix_of(t)->err, code));
	assert_exit(RUN("doctor", "--data", in(t, "city")), 0);
	end(t);
}

static void
init_happens_once(void **state)
{
	struct test_db *t = *state;
	const char *db = new_db(t), *flag = db ? "--db" : "", *url = db ? db : "";

	assert_exit(RUN("init", "--data", in(t, "city"), flag, url), 0);
	assert_exit(RUN("init", "--data", in(t, "city"), flag, url), 1);
	if (db) { /* nor elsewhere on the same database */
		assert_exit(RUN("init", "--data", in(t, "other"), flag, url), 1);
		assert_int_not_equal(access(in(t, "other"), F_OK), 0);
	}
	assert_exit(RUN("init", "--data", in(t, "third"), "--db", "postgresql:///x?host=/nowhere"),
		    75);
	assert_int_not_equal(access(in(t, "third"), F_OK), 0);
	end(t);
}

static void
two_cities_share_no_secret(void **state)
{
	struct test_db *t = *state;
	static const char *const files[] = { "keys/pepper",   "keys/seal",    "keys/blind",
					     "keys/backup",   "keys/log.pem", "origin",
					     "activation.txt" };

	init(t, in(t, "a"));
	init(t, in(t, "b"));
	for (size_t i = 0; i < N(files); i++) {
		struct zd_str a = text_of(t, app_path(t->cx.arena, in(t, "a"), files[i]));
		struct zd_str b = text_of(t, app_path(t->cx.arena, in(t, "b"), files[i]));
		assert_false(zd_str_equal(a, b));
	}
	end(t);
}

/* --- doctor ---------------------------------------------------------------------------------------------- */

static void
doctor_names_what_is_wrong(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city"), *key = in(t, "city/keys/seal");

	init(t, city);
	assert_int_equal(chmod(key, 0644), 0);
	assert_exit(RUN("doctor", "--data", city), 1);
	assert_says(fix_of(t)->out, "\"check\":\"installation\",\"ok\":false");
	assert_int_equal(chmod(key, 0600), 0);
	assert_int_equal(chmod(city, 0755), 0);
	assert_exit(RUN("log export", "--data", city, in(t, "log")), 2);
	assert_exit(RUN("log", "export", "--data", city, in(t, "log")), 1);
	assert_says(fix_of(t)->err, "chmod 700");
	assert_int_equal(chmod(city, 0700), 0);

	/* a changed setting is noticed until it is accepted */
	FILE *conf = fopen(in(t, "city/zhaodan.conf"), "a");
	assert_true(fputs("workers = 4\n", conf) > 0);
	(void)fclose(conf);
	assert_exit(RUN("doctor", "--data", city), 1);
	assert_says(fix_of(t)->out, "\"check\":\"program\",\"ok\":false");
	assert_exit(RUN("doctor", "--data", city, "--accept"), 0);
	assert_exit(RUN("doctor", "--data", city), 0);

	/* an unknown one stops every command, as wrong use */
	conf = fopen(in(t, "city/zhaodan.conf"), "a");
	assert_true(fputs("debugg = true\n", conf) > 0);
	(void)fclose(conf);
	assert_exit(RUN("log", "export", "--data", city, in(t, "log")), 2);
	assert_exit(RUN("serve", "--data", city), 2);
	assert_says(fix_of(t)->err, "debugg");
	end(t);
}

/* --- backup and restore ------------------------------------------------------------------------------------- */

#define SM3_OF_ABC "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

static int64_t
store(struct test_db *t, const char *city, struct zd_str bytes)
{
	struct app *app ZD_CLEANUP(app_drop) = open_app(t, city);
	struct file_content content;
	struct db *db;
	int64_t id = 0;
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	assert_rc(&t->cx, file_keep(&t->cx, app->files, fd, 1 << 28, NULL, &content), ZD_OK);
	(void)close(fd);
	assert_rc(&t->cx, db_pool_take(&t->cx, app->pool, DB_WRITE, &db), ZD_OK);
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	assert_rc(&t->cx, db_begin(&t->cx, db, &txn), ZD_OK);
	assert_rc(&t->cx,
		  file_put_in(&t->cx, db, app->files,
			      &(const struct file_order){
				      .content = &content, .name = ZD_STR("a.csv"), .dept = 7 },
			      &id),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	db_txn_end(&txn);
	db_pool_give(app->pool, db);
	return id;
}

static void
assert_holds(struct test_db *t, const char *city, int64_t id, const char *want)
{
	struct app *app ZD_CLEANUP(app_drop) = open_app(t, city);
	struct file file;
	struct db *db;
	char buf[64];
	int fd;

	assert_rc(&t->cx, db_pool_take(&t->cx, app->pool, DB_READ, &db), ZD_OK);
	assert_rc(&t->cx, file_find(&t->cx, db, 7, id, &file), ZD_OK);
	db_pool_give(app->pool, db);
	assert_rc(&t->cx, file_open(&t->cx, app->files, &file, &fd), ZD_OK);
	assert_int_equal(pread(fd, buf, sizeof(buf), 0), strlen(want));
	assert_memory_equal(buf, want, strlen(want));
	(void)close(fd);
}

static int
restore(struct test_db *t, const char *backup, const char *to, const char *key)
{
	const char *db = new_db(t);

	return RUN("restore", backup, "--data", to, "--key-file", key, db ? "--db" : "",
		   db ? db : "");
}

static void
a_backup_comes_back_whole(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city"), *backup = in(t, "backup"), *back = in(t, "back");

	init(t, city);
	int64_t id = store(t, city, ZD_STR("abc"));
	assert_exit(RUN("backup", backup, "--data", city), 0);
	assert_int_equal(mode_of(backup), 0600);
	struct zd_str root =
		zd_str_copy(t->cx.arena, zd_str_of(strstr(fix_of(t)->out, "\"root\"")));
	assert_exit(RUN("backup", backup, "--data", city), 1); /* never overwrites */
	assert_exit(restore(t, backup, back, in(t, "city/keys/backup")), 0);
	assert_says(fix_of(t)->out, root.p);
	assert_exit(RUN("doctor", "--data", back), 0);
	assert_holds(t, back, id, "abc");
	/* what was sealed before opens with the same keys, and the log goes on under the same name */
	assert_true(zd_str_equal(text_of(t, in(t, "city/keys/seal")),
				 text_of(t, in(t, "back/keys/seal"))));
	assert_exit(RUN("log", "export", in(t, "log"), "--data", back), 0);
	end(t);
}

static void
a_changed_backup_restores_nothing(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city"), *backup = in(t, "backup"),
		   *key = in(t, "city/keys/backup");
	struct stat st;
	char c;

	init(t, city);
	assert_exit(RUN("backup", backup, "--data", city), 0);
	assert_int_equal(stat(backup, &st), 0);
	int fd = open(backup, O_RDWR);
	for (off_t at = 0; at < st.st_size; at += st.st_size / 7) {
		assert_int_equal(pread(fd, &c, 1, at), 1);
		c ^= 1;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
		assert_exit(RUN("restore", backup, "--data", in(t, "back"), "--key-file", key), 1);
		assert_int_not_equal(access(in(t, "back"), F_OK), 0);
		c ^= 1;
		assert_int_equal(pwrite(fd, &c, 1, at), 1);
	}
	(void)close(fd);
	/* another key; a directory in use */
	assert_exit(RUN("restore", backup, "--data", in(t, "back"), "--key-file",
			in(t, "city/keys/seal")),
		    1);
	assert_int_not_equal(access(in(t, "back"), F_OK), 0);
	const char *db = new_db(t);
	assert_exit(RUN("restore", backup, "--data", city, "--key-file", key, db ? "--db" : "",
			db ? db : ""),
		    1);
	assert_exit(RUN("doctor", "--data", city), 0);
	end(t);
}

static void
a_passphrase_needs_no_key(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city"), *backup = in(t, "backup"), *pass = in(t, "pass");

	init(t, city);
	assert_rc(&t->cx, app_write_file(&t->cx, pass, ZD_STR("太短\n")), ZD_OK);
	assert_exit(RUN("backup", backup, "--data", city, "--passphrase-file", pass), 1);
	assert_int_equal(unlink(pass), 0);
	assert_rc(&t->cx, app_write_file(&t->cx, pass, ZD_STR("清单之外无监管 照单监管到底\n")),
		  ZD_OK);
	assert_exit(RUN("backup", backup, "--data", city, "--passphrase-file", pass), 0);
	const char *db = new_db(t);
	assert_exit(RUN("restore", backup, "--data", in(t, "back"), "--passphrase-file", pass,
			db ? "--db" : "", db ? db : ""),
		    0);
	assert_exit(RUN("doctor", "--data", in(t, "back")), 0);
	end(t);
}

static void
a_lost_content_is_said_and_keeps_nothing_else_out(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city"), *backup = in(t, "backup");
	char place[FILE_SM3_HEX + 7];

	init(t, city);
	(void)store(t, city, ZD_STR("abc"));
	int64_t other = store(t, city, ZD_STR("other"));
	file_path(SM3_OF_ABC, place);
	assert_int_equal(unlink(app_path(t->cx.arena, in(t, "city/files"), place)), 0);
	assert_exit(RUN("doctor", "--data", city), 1);
	assert_says(fix_of(t)->out, "\"check\":\"files\",\"ok\":false");
	assert_exit(RUN("backup", backup, "--data", city), CLI_PARTIAL);
	assert_says(fix_of(t)->out, "\"missing\":1");
	assert_exit(restore(t, backup, in(t, "back"), in(t, "city/keys/backup")), 0);
	assert_holds(t, in(t, "back"), other, "other");
	end(t);
}

static void
sleep_ms(long ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&time, NULL);
}

/* Killed while it works: nothing has the final name, and a second try succeeds. */
static void
a_killed_backup_or_restore_leaves_no_half(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city"), *backup = in(t, "backup"), *back = in(t, "back");
	static char big[8 << 20];

	init(t, city);
	memset(big, 'x', sizeof(big));
	(void)store(t, city, (struct zd_str){ big, sizeof(big) });
	for (int phase = 0; phase < 2; phase++) {
		for (long ms = 5; ms < 200; ms = ms * 3) {
			int status;
			pid_t pid = fork();
			if (pid == 0)
				_exit(phase == 0 ? RUN("backup", backup, "--data", city)
						 : RUN("restore", backup, "--data", back,
						       "--key-file", in(t, "city/keys/backup")));
			sleep_ms(ms);
			(void)kill(pid, SIGKILL);
			assert_int_equal(waitpid(pid, &status, 0), pid);
			if (!WIFSIGNALED(status)) /* it was quicker */
				break;
			assert_int_not_equal(access(phase == 0 ? backup : back, F_OK), 0);
		}
		if (phase == 0 && access(backup, F_OK) != 0)
			assert_exit(RUN("backup", backup, "--data", city), 0);
	}
	if (access(back, F_OK) != 0)
		assert_exit(RUN("restore", backup, "--data", back, "--key-file",
				in(t, "city/keys/backup")),
			    0);
	assert_exit(RUN("doctor", "--data", back), 0);
	end(t);
}

/* --- the log ------------------------------------------------------------------------------------------------------ */

static void
a_changed_log_does_not_verify(void **state)
{
	struct test_db *t = *state;
	const char *log = in(t, "log");

	init(t, in(t, "city"));
	assert_exit(RUN("log", "export", log, "--data", in(t, "city")), 0);
	assert_says(fix_of(t)->out, "\"ok\":true");
	assert_exit(RUN("log", "verify", log), 0);
	int fd = open(log, O_RDWR);
	struct zd_str text = text_of(t, log);
	off_t at = strstr(text.p, "\"act\"") - text.p + 8;
	assert_int_equal(pwrite(fd, "X", 1, at), 1);
	(void)close(fd);
	assert_exit(RUN("log", "verify", log), 1);
	assert_says(fix_of(t)->out, "\"ok\":false,\"first_fault\":\"");
	end(t);
}

/* --- people ------------------------------------------------------------------------------------------------ */

static void
people_are_managed_from_the_machine(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city");

	init(t, city);
	assert_exit(
		RUN("user", "add", "wang", "--name", "王测试", "--roles", "leader", "--data", city),
		0);
	assert_says(fix_of(t)->out, "{\"account\":\"wang\",\"code\":\"");
	assert_exit(
		RUN("user", "add", "WANG", "--name", "王测试", "--roles", "leader", "--data", city),
		1);
	assert_exit(RUN("user", "add", "li", "--name", "李测试", "--roles", "sec+leader", "--data",
			city),
		    1);
	assert_exit(
		RUN("user", "add", "li", "--name", "李测试", "--roles", "leadr", "--data", city),
		1);
	assert_says(fix_of(t)->err, "leadr");
	assert_exit(RUN("user", "lock", "wang", "--data", city), 0);
	assert_exit(RUN("user", "list", "--data", city), 0);
	assert_says(fix_of(t)->out,
		    "\"account\":\"wang\",\"dept\":\"全市\",\"roles\":\"leader\",\"level\":2,"
		    "\"state\":\"locked\"");
	assert_exit(RUN("user", "unlock", "wang", "--data", city), 0);
	assert_says(fix_of(t)->out, "\"state\":\"not_activated\"");
	assert_exit(RUN("user", "reset", "wang", "--data", city), 0);
	assert_says(fix_of(t)->out, "\"code\":\"");
	assert_exit(RUN("user", "reset", "nobody", "--data", city), 1);
	/* each is on the record */
	assert_exit(RUN("log", "export", in(t, "log"), "--data", city), 0);
	struct zd_str log = text_of(t, in(t, "log"));
	assert_says(log.p, "cli:");
	assert_exit(RUN("user", "lst"), CLI_USAGE);
	assert_says(fix_of(t)->err, "是否想用 user list？");
	end(t);
}

/* --- the server --------------------------------------------------------------------------------------------------- */

struct server {
	pid_t pid;
	int port;
};

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static struct server
serve(struct test_db *t, const char *city)
{
	int ends[2] = { -1, -1 };
	char line[256] = "";
	size_t n = 0;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		const char *const argv[] = { "zhaodan", "serve",    "--data",
					     city,      "--listen", "127.0.0.1:0" };
		(void)close(ends[0]);
		_exit(cli_main(6, argv, fdopen(ends[1], "w"), stderr));
	}
	(void)close(ends[1]);
	int from ZD_CLEANUP(close_fd) = ends[0];
	while (n + 1 < sizeof(line) && read(from, line + n, 1) == 1 && line[n] != '\n')
		n++;
	const char *port = strstr(line, "\"port\":");
	if (!port)
		fail_msg("the server did not start: %s", fix_of(t)->err);
	return (struct server){ pid, port ? (int)strtol(port + 7, NULL, 10) : 0 };
}

static int
status_of(int port, const char *path)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd ZD_CLEANUP(close_fd) = socket(AF_INET, SOCK_STREAM, 0);
	char text[256];

	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	int n = snprintf(text, sizeof(text),
			 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	assert_int_equal(write(fd, text, (size_t)n), n);
	memset(text, 0, sizeof(text));
	assert_true(read(fd, text, 32) > 12);
	return (int)strtol(text + 9, NULL, 10);
}

/* Each room's counts stand in /metrics before anything was counted. */
static void
assert_counts_are_known(struct test_db *t, int port)
{
	static const char *const names[] = { "zd_ingest_rows_total{verdict=\"rejected\"} 0\n",
					     "zd_signin_total{outcome=\"locked\"} 0\n",
					     "zd_refused_total 0\n", "zd_jobs{state=\"dead\"} 0\n",
					     "zd_disk_free_bytes " };
	static const char ask[] =
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd ZD_CLEANUP(close_fd) = socket(AF_INET, SOCK_STREAM, 0);
	size_t max = 65536, n = 0;
	char *text = zd_alloc(t->cx.arena, max);
	ssize_t got;

	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(write(fd, ask, sizeof(ask) - 1), sizeof(ask) - 1);
	while (n < max - 1 && (got = read(fd, text + n, max - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = 0;
	for (size_t i = 0; i < N(names); i++)
		if (!strstr(text, names[i]))
			fail_msg("/metrics does not know %s", names[i]);
}

static int
stop(struct server server, int signal)
{
	int status;

	(void)kill(server.pid, signal);
	assert_int_equal(waitpid(server.pid, &status, 0), server.pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
the_server_serves_alone_and_stops_clean(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city");

	init(t, city);
	assert_rc(&t->cx, app_write_file(&t->cx, in(t, "city/spool/left"), ZD_STR("x")), ZD_OK);
	struct server server = serve(t, city);
	assert_int_equal(status_of(server.port, "/health"), 200);
	assert_int_equal(status_of(server.port, "/metrics"), 200);
	assert_counts_are_known(t, server.port);
	assert_int_equal(status_of(server.port, "/nowhere"), 404);
	assert_int_not_equal(access(in(t, "city/spool/left"), F_OK), 0); /* of an earlier run */
	assert_exit(RUN("serve", "--data", city, "--listen", "127.0.0.1:0"), 1);
	assert_says(fix_of(t)->err, "一个数据目录只能有一个服务");
	/* commands work beside it */
	assert_exit(RUN("doctor", "--data", city), 0);
	assert_exit(RUN("backup", in(t, "backup"), "--data", city), 0);
	assert_int_equal(stop(server, SIGTERM), 0);
	/* the lock dies with the process, however it dies */
	server = serve(t, city);
	assert_int_equal(status_of(server.port, "/health"), 200);
	assert_int_equal(stop(server, SIGKILL), -SIGKILL);
	server = serve(t, city);
	assert_int_equal(status_of(server.port, "/health"), 200);
	assert_int_equal(stop(server, SIGINT), 0);
	end(t);
}

static void
a_changed_program_does_not_start_where_that_is_refused(void **state)
{
	struct test_db *t = *state;
	const char *city = in(t, "city"), *log = in(t, "log");

	init(t, city);
	FILE *conf = fopen(in(t, "city/zhaodan.conf"), "a");
	assert_true(fputs("integrity = refuse\n", conf) > 0);
	(void)fclose(conf);
	assert_exit(RUN("serve", "--data", city, "--listen", "127.0.0.1:0"), 1);
	assert_says(fix_of(t)->err, "拒绝启动");
	assert_exit(RUN("log", "export", log, "--data", city), 0);
	assert_says(text_of(t, log).p, "program.changed");
	assert_exit(RUN("doctor", "--data", city, "--accept"), 0);
	assert_int_equal(stop(serve(t, city), SIGTERM), 0);
	end(t);
}

/* --- house rules --------------------------------------------------------------------------------------------------- */

static int
count_name(const char *name)
{
	int n = 0;

	for (const struct cli_command *const *group = cli_commands; *group; group++)
		for (const struct cli_command *c = *group; c->name; c++)
			n += strcmp(c->name, name) == 0;
	return n;
}

static void
every_command_explains_itself(void **state)
{
	(void)state;
	for (const struct cli_command *const *group = cli_commands; *group; group++)
		for (const struct cli_command *c = *group; c->name; c++) {
			assert_non_null(c->about);
			assert_int_equal(count_name(c->name), 1);
			assert_non_null(c->run);
			assert_true(c->args_size <= CLI_MAX_ARGS_SIZE);
			for (const struct cli_arg *a = c->args; a && a->name; a++) {
				assert_non_null(a->about);
				assert_true(a->offset < c->args_size);
				assert_true(a->type == CLI_SWITCH || a->value);
			}
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(init_makes_a_city_that_only_we_can_read, begin),
		test_on_both(init_happens_once, begin),
		test_on(DB_SQLITE, two_cities_share_no_secret, begin),
		test_on_both(doctor_names_what_is_wrong, begin),
		test_on_both(a_backup_comes_back_whole, begin),
		test_on_both(a_changed_backup_restores_nothing, begin),
		test_on_both(a_passphrase_needs_no_key, begin),
		test_on_both(a_lost_content_is_said_and_keeps_nothing_else_out, begin),
		test_on(DB_SQLITE, a_killed_backup_or_restore_leaves_no_half, begin),
		test_on_both(a_changed_log_does_not_verify, begin),
		test_on_both(people_are_managed_from_the_machine, begin),
		test_on_both(the_server_serves_alone_and_stops_clean, begin),
		test_on(DB_SQLITE, a_changed_program_does_not_start_where_that_is_refused, begin),
		cmocka_unit_test(every_command_explains_itself),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	(void)umask(077);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
