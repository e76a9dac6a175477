/* Opening, pools, migrations, and what happens when the database is busy or gone. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/embed.h"
#include "db/test_db.h"

struct number {
	int64_t n;
};
static const struct db_field number_fields[] = { { "n", DB_INT, false, offsetof(struct number, n) },
						 { 0 } };
#define NUMBER(name_, sqlite_, postgres_)                                                          \
	static const struct db_stmt name_ = { .name = #name_,                                      \
					      .sqlite = (sqlite_),                                 \
					      .postgres = (postgres_),                             \
					      .out = number_fields,                                \
					      .out_size = sizeof(struct number) }

#define NUMBER_BOTH(name_, sql_) NUMBER(name_, sql_, sql_)

NUMBER_BOTH(count_rows, "select count(*) from row");
NUMBER_BOTH(read_value, "select n from row where id = 1");
NUMBER_BOTH(count_migrations, "select count(*) from schema_migration");

static const struct db_stmt insert_row = {
	.name = "insert_row",
	.sqlite = "insert into row (id, n) values (?1, 0)",
	.postgres = "insert into row (id, n) values ($1, 0)",
	.in = number_fields,
	.in_size = sizeof(struct number),
	.writes = true,
};

static void
fill(struct test_db *t)
{
	assert_rc(
		&t->cx,
		db_script(
			&t->cx, t->db,
			"create table row (id @I64 not null primary key, n @I64 not null) @STRICT;"
			"insert into row (id, n) values (1, 0)"),
		ZD_OK);
}

static int64_t
number(struct test_db *t, struct db *db, const struct db_stmt *stmt)
{
	struct number row;

	assert_rc(&t->cx, db_one(&t->cx, db, stmt, NULL, &row), ZD_OK);
	return row.n;
}

static enum zd_rc
insert(struct zd_cx *cx, struct db *db, int64_t id)
{
	return db_change_one(cx, db, &insert_row, &(struct number){ id });
}

static void
pool_drop(struct db_pool **pool)
{
	db_pool_close(*pool);
}

/* --- pools -------------------------------------------------------------------------------- */

static void
a_pool_that_is_empty_is_busy(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct db *one, *two, *three;

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 2, &pool), ZD_OK);
	db_pool_set_wait(pool, 20);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &one), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_WRITE, &two), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &three), ZD_BUSY);
	db_pool_give(pool, one);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &three), ZD_OK);
	db_pool_give(pool, three);
	db_pool_give(pool, two);
	db_pool_give(pool, NULL);
}

static void
a_connection_for_reading_cannot_write(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct db *db;

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 1, &pool), ZD_OK);
	for (int round = 0; round < 2; round++) {
		assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &db), ZD_OK);
		assert_rc(&t->cx, insert(&t->cx, db, 10 + round), ZD_FAILED);
		/* Not by our word alone: the database refuses too. */
		assert_rc(&t->cx, db_script(&t->cx, db, "insert into row (id, n) values (99, 0)"),
			  ZD_FAILED);
		db_pool_give(pool, db);
		assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_WRITE, &db), ZD_OK);
		assert_rc(&t->cx, insert(&t->cx, db, 10 + round), ZD_OK);
		db_pool_give(pool, db);
	}
	assert_int_equal(number(t, t->db, &count_rows), 3);
}

static void
a_transaction_left_open_is_rolled_back_when_given(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct db_txn txn;
	struct db *db;

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 1, &pool), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_WRITE, &db), ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, db, &txn), ZD_OK);
	assert_rc(&t->cx, insert(&t->cx, db, 2), ZD_OK);
	db_pool_give(pool, db);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_WRITE, &db), ZD_OK);
	assert_false(db_in_txn(db));
	assert_int_equal(number(t, db, &count_rows), 1);
	assert_rc(&t->cx, db_begin(&t->cx, db, &txn), ZD_OK);
	db_txn_end(&txn);
	db_pool_give(pool, db);
}

static void
a_reading_transaction_sees_one_state(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct db *db;

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 1, &pool), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &db), ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, db, &txn), ZD_OK);
	assert_int_equal(number(t, db, &count_rows), 1);
	assert_rc(&t->cx, insert(&t->cx, t->db, 2), ZD_OK);
	assert_int_equal(number(t, db, &count_rows), 1);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	assert_int_equal(number(t, db, &count_rows), 2);
	db_pool_give(pool, db);
}

/* Not at its first change, when it would be too late to wait. */
static void
a_writer_takes_its_lock_when_it_begins(void **state)
{
	struct test_db *t = *state;
	struct db *other ZD_CLEANUP(db_drop) = test_db_again(t);
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 }, late ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_script(&t->cx, other, "pragma busy_timeout = 20"), ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, other, &late), ZD_BUSY);
	assert_false(db_in_txn(other));
	db_txn_end(&txn);
	assert_rc(&t->cx, db_begin(&t->cx, other, &late), ZD_OK);
}

/* By the pool's own patience, not by polling the file for the five seconds of the busy timeout. */
static void
writers_of_a_pool_wait_in_a_queue(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct timespec before, after;
	struct db_txn txn = { 0 }, late = { 0 };
	struct db *one, *two;

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 2, &pool), ZD_OK);
	db_pool_set_wait(pool, 20);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_WRITE, &one), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_WRITE, &two), ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, one, &txn), ZD_OK);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_rc(&t->cx, db_begin(&t->cx, two, &late), ZD_BUSY);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(after.tv_sec - before.tv_sec < 4);
	db_txn_end(&txn);
	assert_rc(&t->cx, db_begin(&t->cx, two, &late), ZD_OK);
	db_txn_end(&late);
	db_pool_give(pool, one);
	db_pool_give(pool, two);
}

#define THREADS 4
#define TURNS 25

struct worker {
	pthread_t thread;
	struct db_pool *pool;
	struct zd_cx cx;
	int first;
	enum zd_rc rc;
};

/* Reads, then writes what it read plus one: right only if writers do not overlap. */
static enum zd_rc
work_once(struct worker *w, struct db *db, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(&w->cx, db, &txn));
	ZD_TRY(insert(&w->cx, db, id));
	ZD_TRY(db_script(&w->cx, db, "update row set n = n + 1 where id = 1"));
	return db_commit(&w->cx, &txn);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct db *db;

	for (int i = 0; i < TURNS && w->rc == ZD_OK; i++) {
		w->rc = db_pool_take(&w->cx, w->pool, DB_WRITE, &db);
		if (w->rc != ZD_OK)
			break;
		w->rc = work_once(w, db, w->first + i);
		db_pool_give(w->pool, db);
	}
	return NULL;
}

static void
writers_of_many_threads_take_turns(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct worker workers[THREADS] = { 0 };

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 3, &pool), ZD_OK); /* fewer than threads */
	db_pool_set_wait(pool, 60000);
	for (int i = 0; i < THREADS; i++) {
		workers[i].pool = pool;
		workers[i].first = 1000 * (i + 1);
		workers[i].cx.arena = zd_arena_new(1 << 20);
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		zd_arena_free(workers[i].cx.arena);
		assert_rc(&workers[i].cx, workers[i].rc, ZD_OK);
	}
	assert_int_equal(number(t, t->db, &count_rows), THREADS * TURNS + 1);
	assert_int_equal(number(t, t->db, &read_value), THREADS * TURNS);
}

/* --- busy and gone ------------------------------------------------------------------------ */

static enum zd_rc
insert_in_txn(struct test_db *t, struct db *db, int64_t id)
{
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(&t->cx, db, &txn));
	ZD_TRY(insert(&t->cx, db, id));
	return db_commit(&t->cx, &txn);
}

static void
a_lock_held_by_another_is_busy(void **state)
{
	struct test_db *t = *state;
	struct db *other ZD_CLEANUP(db_drop) = test_db_again(t);
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx,
		  db_script(&t->cx, other,
			    "-- @sqlite\npragma busy_timeout = 20;\n"
			    "-- @postgres\nset lock_timeout = 20;\n"),
		  ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, insert(&t->cx, t->db, 2), ZD_OK);
	assert_rc(&t->cx, insert_in_txn(t, other, 2), ZD_BUSY);
	assert_rc(&t->cx, insert(&t->cx, other, 2), ZD_BUSY);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	assert_rc(&t->cx, insert_in_txn(t, other, 2), ZD_CONFLICT);
	assert_rc(&t->cx, insert_in_txn(t, other, 3), ZD_OK);
}

/* Ends the server's side of every other connection to the test's database. */
static void
kill_others(struct test_db *t, struct db *db)
{
	assert_rc(&t->cx,
		  db_script(&t->cx, db,
			    "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
			    " where datname = current_database() and pid <> pg_backend_pid()"),
		  ZD_OK);
}

static void
a_dead_connection_is_replaced(void **state)
{
	struct test_db *t = *state;
	struct db *killer ZD_CLEANUP(db_drop) = test_db_again(t);
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct db *db;

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 1, &pool), ZD_OK);
	assert_int_equal(number(t, t->db, &count_rows), 1);
	kill_others(t, killer);
	assert_int_equal(number(t, t->db, &count_rows), 1); /* a read, prepared anew */
	kill_others(t, killer);
	assert_rc(&t->cx, insert(&t->cx, t->db, 2),
		  ZD_OK); /* a lone write: seen before it is sent */
	kill_others(t, killer);
	assert_rc(&t->cx, insert_in_txn(t, t->db, 3), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &db), ZD_OK);
	assert_int_equal(number(t, db, &count_rows), 3);
	kill_others(t, killer);
	assert_rc(&t->cx, insert(&t->cx, db, 4), ZD_FAILED); /* still one for reading */
	assert_int_equal(number(t, db, &count_rows), 3);
	assert_rc(&t->cx, db_script(&t->cx, db, "insert into row (id, n) values (99, 0)"),
		  ZD_FAILED);
	db_pool_give(pool, db);
}

static void
a_connection_lost_in_a_transaction_is_busy(void **state)
{
	struct test_db *t = *state;
	struct db *killer ZD_CLEANUP(db_drop) = test_db_again(t);
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, insert(&t->cx, t->db, 2), ZD_OK);
	kill_others(t, killer);
	assert_rc(&t->cx, insert(&t->cx, t->db, 3), ZD_BUSY);
	assert_rc(&t->cx, insert(&t->cx, t->db, 4), ZD_FAILED);
	db_txn_end(&txn);
	assert_int_equal(number(t, t->db, &count_rows), 1);
}

static void
a_connection_lost_at_commit_is_uncertain(void **state)
{
	struct test_db *t = *state;
	struct db *killer ZD_CLEANUP(db_drop) = test_db_again(t);
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, insert(&t->cx, t->db, 2), ZD_OK);
	kill_others(t, killer);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_UNCERTAIN);
	db_txn_end(&txn);
	assert_int_equal(number(t, t->db, &count_rows), 1);
}

static void
many_over_a_dead_connection(void **state)
{
	struct test_db *t = *state;
	struct db *killer ZD_CLEANUP(db_drop) = test_db_again(t);
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct db_stmt copied = insert_row;
	struct number in[600];

	copied.postgres_copy = "copy row (id) from stdin (format binary)";
	for (int i = 0; i < 600; i++)
		in[i].n = i + 10;
	for (int i = 0; i < 2; i++) {
		assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
		kill_others(t, killer);
		assert_rc(&t->cx,
			  db_many(&t->cx, t->db, i ? &copied : &insert_row, in, 600, sizeof(in[0]),
				  NULL, NULL),
			  ZD_BUSY);
		db_txn_end(&txn);
	}
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, db_many(&t->cx, t->db, &insert_row, in, 600, sizeof(in[0]), NULL, NULL),
		  ZD_OK);
	assert_rc(&t->cx, db_commit(&t->cx, &txn), ZD_OK);
	assert_int_equal(number(t, t->db, &count_rows), 601);
}

/* The database's name in the test's address. */
static struct zd_str
name_in(const char *url)
{
	const char *name = strchr(strstr(url, "://") + 3, '/') + 1;

	return (struct zd_str){ name, strcspn(name, "?") };
}

static struct zd_str
url_with(struct test_db *t, const char *other)
{
	struct zd_str name = name_in(t->url);

	return zd_str_printf(t->cx.arena, "%.*s%s%s", (int)(name.p - t->url), t->url, other,
			     name.p + name.n);
}

static void
allow(struct test_db *t, bool yes)
{
	struct db *admin ZD_CLEANUP(db_drop) = NULL;

	assert_rc(&t->cx, db_open(&t->cx, url_with(t, "postgres").p, &admin), ZD_OK);
	struct zd_str sql =
		zd_str_printf(t->cx.arena, "alter database %.*s with allow_connections %s",
			      ZD_STR_ARG(name_in(t->url)), yes ? "true" : "false");
	assert_rc(&t->cx, db_script(&t->cx, admin, sql.p), ZD_OK);
}

/* What a visitor is told then says nothing of hosts or of the driver's words. */
static void
a_database_out_of_reach_is_busy(void **state)
{
	struct test_db *t = *state;
	struct db *killer = test_db_again(t), *taken = NULL, *second = NULL;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct number row;

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, 2, &pool), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &taken), ZD_OK);
	kill_others(t, killer);
	allow(t, false);
	enum zd_rc old = db_one(&t->cx, t->db, &count_rows, NULL, &row);
	assert_null(strstr(t->cx.err.text, "PostgreSQL"));
	enum zd_rc begun = insert_in_txn(t, t->db, 5);
	enum zd_rc fresh = db_pool_take(&t->cx, pool, DB_READ, &second);
	assert_null(strstr(t->cx.err.text, "PostgreSQL"));
	db_pool_give(pool, taken);
	enum zd_rc again = db_pool_take(&t->cx, pool, DB_READ, &taken);
	allow(t, true);
	db_close(killer);
	assert_int_equal(old, ZD_BUSY);
	assert_int_equal(begun, ZD_BUSY);
	assert_int_equal(fresh, ZD_BUSY);
	assert_int_equal(again, ZD_BUSY);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &taken), ZD_OK);
	assert_rc(&t->cx, db_pool_take(&t->cx, pool, DB_READ, &second), ZD_OK);
	assert_int_equal(number(t, second, &count_rows), 1);
	db_pool_give(pool, second);
	db_pool_give(pool, taken);
}

static void
statements_that_went_stale_are_prepared_again(void **state)
{
	struct test_db *t = *state;
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };
	struct number row;

	assert_int_equal(number(t, t->db, &read_value), 0);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "deallocate all"), ZD_OK);
	assert_int_equal(number(t, t->db, &read_value), 0);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "alter table row alter column n type integer"),
		  ZD_OK);
	assert_int_equal(number(t, t->db, &read_value), 0);
	assert_rc(&t->cx, db_script(&t->cx, t->db, "alter table row alter column n type bigint"),
		  ZD_OK);
	assert_rc(&t->cx, db_begin(&t->cx, t->db, &txn), ZD_OK);
	assert_rc(&t->cx, db_one(&t->cx, t->db, &read_value, NULL, &row), ZD_BUSY);
	db_txn_end(&txn);
	assert_int_equal(number(t, t->db, &read_value), 0);
}

/* --- opening ------------------------------------------------------------------------------ */

static void
addresses_that_lead_nowhere_are_told(void **state)
{
	struct test_db *t = *state;
	struct db *db = NULL;
	struct zd_str path = zd_str_printf(t->cx.arena, "%s-text", t->url);

	assert_rc(&t->cx, db_open(&t->cx, "/nowhere/at/all.db", &db), ZD_REFUSED);
	assert_non_null(strstr(t->cx.err.text, "/nowhere/at/all.db"));
	FILE *out = fopen(path.p, "w");
	assert_non_null(out);
	for (int i = 0; i < 200; i++)
		fputs("这不是数据库\n", out);
	fclose(out);
	assert_rc(&t->cx, db_open(&t->cx, path.p, &db), ZD_REFUSED);
	unlink(path.p);
	assert_rc(&t->cx, db_open(&t->cx, "postgresql:///x?host=/nowhere", &db), ZD_BUSY);
	assert_null(db);
}

static void
refused_with(struct test_db *t, const char *options)
{
	struct db *db = NULL;
	struct zd_str name = zd_str_printf(t->cx.arena, "zd_t%d_other", (int)getpid());
	struct zd_str sql = zd_str_printf(t->cx.arena, "create database %s template template0 %s",
					  name.p, options);
	struct zd_str url = url_with(t, name.p);

	assert_rc(&t->cx, db_script(&t->cx, t->db, sql.p), ZD_OK);
	assert_rc(&t->cx, db_open(&t->cx, url.p, &db), ZD_REFUSED);
	assert_non_null(strstr(t->cx.err.text, "C.UTF-8"));
	sql = zd_str_printf(t->cx.arena, "drop database %s with (force)", name.p);
	assert_rc(&t->cx, db_script(&t->cx, t->db, sql.p), ZD_OK);
}

static void
databases_that_sort_otherwise_are_refused(void **state)
{
	struct test_db *t = *state;

	refused_with(t, "encoding 'SQL_ASCII' locale 'C'");
	refused_with(t, "locale_provider icu icu_locale 'zh' encoding 'UTF8'");
}

NUMBER(synchronous, "select synchronous from pragma_synchronous", NULL);
NUMBER(foreign_keys, "select foreign_keys from pragma_foreign_keys", NULL);
NUMBER(secure_delete, "select secure_delete from pragma_secure_delete", NULL);
NUMBER(busy_timeout, "select timeout from pragma_busy_timeout", NULL);
NUMBER(is_wal, "select journal_mode = 'wal' from pragma_journal_mode", NULL);

static void
sqlite_is_durable_and_closed(void **state)
{
	struct test_db *t = *state;
	static const char *const refused[] = {
		"select load_extension('x')",
		"select \"no column, then a text\"",
		"pragma writable_schema = on; update sqlite_schema set sql = 'x'",
		"create table a (b text check (b <> \"x\"))",
	};

	assert_int_equal(number(t, t->db, &synchronous), 2);
	assert_int_equal(number(t, t->db, &foreign_keys), 1);
	assert_int_equal(number(t, t->db, &secure_delete), 1);
	assert_int_equal(number(t, t->db, &busy_timeout), 5000);
	assert_int_equal(number(t, t->db, &is_wal), 1);
	for (size_t i = 0; i < N(refused); i++)
		assert_rc(&t->cx, db_script(&t->cx, t->db, refused[i]), ZD_FAILED);
}

NUMBER(is_utc, NULL, "select case when current_setting('timezone') = 'UTC' then 1 else 0 end");
NUMBER(has_timeout, NULL,
       "select case when current_setting('statement_timeout') = '30s' then 1 else 0 end");

static void
postgres_is_in_utc_and_bounded(void **state)
{
	struct test_db *t = *state;

	assert_int_equal(number(t, t->db, &is_utc), 1);
	assert_int_equal(number(t, t->db, &has_timeout), 1); /* scripts have put it back */
	assert_rc(&t->cx, db_script(&t->cx, t->db, "select 1 from nothing"), ZD_FAILED);
	assert_int_equal(number(t, t->db, &has_timeout), 1);
}

static bool
file_has(const char *path, const char *text)
{
	FILE *in = fopen(path, "rb");
	static char bytes[1 << 20];

	if (!in)
		return false;
	size_t n = fread(bytes, 1, sizeof(bytes), in);
	fclose(in);
	return memmem(bytes, n, text, strlen(text)) != NULL;
}

static void
deleted_text_is_gone_after_a_checkpoint(void **state)
{
	struct test_db *t = *state;
	struct zd_str wal = zd_str_printf(t->cx.arena, "%s-wal", t->url);
	const char *secret = "ZD-SECRET-TEXT";

	assert_rc(&t->cx,
		  db_script(&t->cx, t->db,
			    "create table note (id @I64 not null primary key, text @TEXT not null) "
			    "@STRICT;"
			    "insert into note values (1, 'ZD-SECRET-TEXT')"),
		  ZD_OK);
	assert_true(file_has(t->url, secret) || file_has(wal.p, secret));
	assert_rc(&t->cx, db_script(&t->cx, t->db, "delete from note"), ZD_OK);
	assert_rc(&t->cx, db_checkpoint(&t->cx, t->db), ZD_OK);
	assert_false(file_has(t->url, secret) || file_has(wal.p, secret));
}

static void
a_copy_is_a_whole_database(void **state)
{
	struct test_db *t = *state;
	struct zd_str path = zd_str_printf(t->cx.arena, "%s-copy", t->url);
	struct db *copy ZD_CLEANUP(db_drop) = NULL;

	if (t->dialect == DB_POSTGRES) {
		assert_rc(&t->cx, db_copy_to(&t->cx, t->db, path.p), ZD_REFUSED);
		return;
	}
	assert_rc(&t->cx, db_copy_to(&t->cx, t->db, path.p), ZD_OK);
	assert_rc(&t->cx, db_copy_to(&t->cx, t->db, path.p), ZD_FAILED); /* never over another */
	assert_rc(&t->cx, db_open(&t->cx, path.p, &copy), ZD_OK);
	assert_int_equal(number(t, copy, &count_rows), 1);
	db_drop(&copy);
	unlink(path.p);
}

static void
statistics_are_gathered(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, db_analyze(&t->cx, t->db), ZD_OK);
}

/* --- migrations --------------------------------------------------------------------------- */

#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		name, text, sizeof(text) - 1                                                       \
	}

static const struct embed_file one[] = {
	FILE_OF("0001_one.sql",
		"create table row (id @I64 not null primary key, n @I64 not null) @STRICT;"
		"\n-- @sqlite\ninsert into row values (1, 10);\n"
		"-- @postgres\ninsert into row values (1, 20);\n-- @both\n"
		"insert into row values (2, 0); -- it's an @unknown word in a comment\n"),
	{ 0 }
};
static const struct embed_file two[] = {
	FILE_OF("0001_one.sql",
		"create table row (id @I64 not null primary key, n @I64 not null) @STRICT;"
		"\n-- @sqlite\ninsert into row values (1, 10);\n"
		"-- @postgres\ninsert into row values (1, 20);\n-- @both\n"
		"insert into row values (2, 0); -- it's an @unknown word in a comment\n"),
	FILE_OF("0002_two.sql", "create table word (t @TEXT, b @BLOB, r @REAL) @STRICT;"
				"insert into word (t) values ('@I64 --\n-- @sqlite\n');"),
	{ 0 }
};
static const struct embed_file changed[] = { FILE_OF("0001_one.sql", "select 1;"), { 0 } };
static const struct embed_file missing[] = { FILE_OF("0002_two.sql", "select 1;"), { 0 } };
static const struct embed_file breaking[] = {
	FILE_OF("0001_one.sql",
		"create table row (id @I64 not null primary key, n @I64 not null) @STRICT;"),
	FILE_OF("0002_bad.sql", "insert into row values (1, 1); insert into row values (1, 1);"),
	{ 0 }
};
static const struct embed_file unknown[] = { FILE_OF("0001_one.sql", "create table row (id @INT);"),
					     { 0 } };

NUMBER_BOTH(quoted_kept, "select count(*) from word where t like '@I64 --%@sqlite%'");

static void
forget(struct test_db *t)
{
	assert_rc(&t->cx, db_script(&t->cx, t->db, "drop table schema_migration"), ZD_OK);
}

static void
migrations_run_once_and_in_order(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, one), ZD_OK);
	assert_int_equal(number(t, t->db, &count_rows), 2);
	assert_int_equal(number(t, t->db, &read_value), t->dialect == DB_SQLITE ? 10 : 20);
	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, one), ZD_OK);
	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, two), ZD_OK);
	assert_int_equal(number(t, t->db, &count_rows), 2);
	assert_int_equal(number(t, t->db, &count_migrations), 2);
	assert_int_equal(number(t, t->db, &quoted_kept), 1);
}

static void
history_that_does_not_match_is_refused(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, two), ZD_OK);
	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, changed), ZD_REFUSED);
	assert_non_null(strstr(t->cx.err.text, "SM3"));
	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, missing), ZD_REFUSED);
	assert_non_null(strstr(t->cx.err.text, "0001_one.sql"));
	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, one), ZD_REFUSED); /* an older program */
	assert_non_null(strstr(t->cx.err.text, "0002_two.sql"));
	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, two), ZD_OK);
}

static void
a_migration_happens_whole_or_not_at_all(void **state)
{
	struct test_db *t = *state;

	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, unknown), ZD_FAILED);
	assert_non_null(strstr(t->cx.err.text, "@INT"));
	assert_rc(&t->cx, db_migrate_files(&t->cx, t->db, breaking), ZD_CONFLICT);
	assert_int_equal(number(t, t->db, &count_migrations), 1);
	assert_int_equal(number(t, t->db, &count_rows), 0);
}

static void *
migrate(void *arg)
{
	struct worker *w = arg;
	struct db *db ZD_CLEANUP(db_drop) = NULL;

	w->rc = db_pool_take(&w->cx, w->pool, DB_WRITE, &db);
	if (w->rc == ZD_OK)
		w->rc = db_migrate_files(&w->cx, db, two);
	db_pool_give(w->pool, db);
	db = NULL;
	return NULL;
}

static void
programs_that_migrate_at_once_take_turns(void **state)
{
	struct test_db *t = *state;
	struct db_pool *pool ZD_CLEANUP(pool_drop) = NULL;
	struct worker workers[THREADS] = { 0 };

	assert_rc(&t->cx, db_pool_open(&t->cx, t->url, THREADS, &pool), ZD_OK);
	for (int i = 0; i < THREADS; i++) {
		workers[i].pool = pool;
		workers[i].cx.arena = zd_arena_new(1 << 20);
		assert_int_equal(pthread_create(&workers[i].thread, NULL, migrate, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		zd_arena_free(workers[i].cx.arena);
		assert_rc(&workers[i].cx, workers[i].rc, ZD_OK);
	}
	assert_int_equal(number(t, t->db, &count_rows), 2);
	assert_int_equal(number(t, t->db, &count_migrations), 2);
}

static void
the_programs_own_migrations_are_in_the_template(void **state)
{
	struct test_db *t = *state;

	assert_true(number(t, t->db, &count_migrations) > 0);
	assert_rc(&t->cx, db_migrate(&t->cx, t->db), ZD_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test_on_both(a_pool_that_is_empty_is_busy, fill),
		test_on_both(a_connection_for_reading_cannot_write, fill),
		test_on_both(a_transaction_left_open_is_rolled_back_when_given, fill),
		test_on_both(a_reading_transaction_sees_one_state, fill),
		test_on(DB_SQLITE, a_writer_takes_its_lock_when_it_begins, fill),
		test_on(DB_SQLITE, writers_of_a_pool_wait_in_a_queue, fill),
		test_on_both(writers_of_many_threads_take_turns, fill),
		test_on_both(a_lock_held_by_another_is_busy, fill),
		test_on(DB_POSTGRES, a_dead_connection_is_replaced, fill),
		test_on(DB_POSTGRES, a_connection_lost_in_a_transaction_is_busy, fill),
		test_on(DB_POSTGRES, a_connection_lost_at_commit_is_uncertain, fill),
		test_on(DB_POSTGRES, many_over_a_dead_connection, fill),
		test_on(DB_POSTGRES, a_database_out_of_reach_is_busy, fill),
		test_on(DB_POSTGRES, statements_that_went_stale_are_prepared_again, fill),
		test_on(DB_SQLITE, addresses_that_lead_nowhere_are_told, NULL),
		test_on(DB_POSTGRES, databases_that_sort_otherwise_are_refused, NULL),
		test_on(DB_SQLITE, sqlite_is_durable_and_closed, NULL),
		test_on(DB_POSTGRES, postgres_is_in_utc_and_bounded, NULL),
		test_on(DB_SQLITE, deleted_text_is_gone_after_a_checkpoint, NULL),
		test_on_both(a_copy_is_a_whole_database, fill),
		test_on_both(statistics_are_gathered, fill),
		test_on_both(migrations_run_once_and_in_order, forget),
		test_on_both(history_that_does_not_match_is_refused, forget),
		test_on_both(a_migration_happens_whole_or_not_at_all, forget),
		test_on_both(programs_that_migrate_at_once_take_turns, forget),
		test_on_both(the_programs_own_migrations_are_in_the_template, NULL),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
