/* Connections for many threads, opened as they are needed and kept. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/db_driver.h"

struct db_pool {
	pthread_mutex_t lock;
	pthread_cond_t given, written;
	char *url;
	int size, open, wait_ms;
	int n_idle;
	bool writing;     /* SQLite: somebody holds the one write transaction */
	struct db **idle; /* a stack: the connection used last is the warmest */
};

static void
pool_drop(struct db_pool **pool)
{
	db_pool_close(*pool);
	*pool = NULL;
}

enum zd_rc
db_pool_open(struct zd_cx *cx, const char *url, int size, struct db_pool **ret)
{
	struct db_pool *pool ZD_CLEANUP(pool_drop) = calloc(1, sizeof(*pool));
	pthread_condattr_t attr;

	if (!pool)
		abort();
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->given, &attr);
	pthread_cond_init(&pool->written, &attr);
	pthread_condattr_destroy(&attr);
	pool->url = strdup(url);
	pool->idle = calloc((size_t)size, sizeof(struct db *));
	pool->size = size;
	pool->wait_ms = 5000;
	if (!pool->url || !pool->idle)
		abort();
	ZD_TRY(db_open(cx, url, &pool->idle[0])); /* a wrong address is told at once */
	pool->idle[0]->pool = pool;
	pool->n_idle = pool->open = 1;
	*ret = pool;
	pool = NULL;
	return ZD_OK;
}

void
db_pool_set_wait(struct db_pool *pool, int ms)
{
	pool->wait_ms = ms;
}

void
db_pool_close(struct db_pool *pool)
{
	if (!pool)
		return;
	for (int i = 0; i < pool->n_idle; i++)
		db_close(pool->idle[i]);
	pthread_cond_destroy(&pool->given);
	pthread_cond_destroy(&pool->written);
	pthread_mutex_destroy(&pool->lock);
	free(pool->idle);
	free(pool->url);
	free(pool);
}

static struct timespec
deadline(const struct db_pool *pool)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += pool->wait_ms / 1000;
	at.tv_nsec += (long)(pool->wait_ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

static void
unlock(pthread_mutex_t **lock)
{
	pthread_mutex_unlock(*lock);
}

/* An idle connection, or NULL with leave to open one. */
static enum zd_rc
take_idle(struct zd_cx *cx, struct db_pool *pool, struct db **ret)
{
	struct timespec until = deadline(pool);

	pthread_mutex_lock(&pool->lock);
	pthread_mutex_t *held ZD_CLEANUP(unlock) = &pool->lock;
	while (pool->n_idle == 0 && pool->open == pool->size)
		if (pthread_cond_timedwait(&pool->given, held, &until) != 0)
			return zd_fail(cx, ZD_BUSY, NULL,
				       "系统正忙（数据库连接已用完），请稍后重试");
	*ret = NULL;
	if (pool->n_idle)
		*ret = pool->idle[--pool->n_idle];
	else
		pool->open++;
	return ZD_OK;
}

static void
lose(struct db_pool *pool, struct db *db)
{
	db_close(db);
	pthread_mutex_lock(&pool->lock);
	pool->open--;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->lock);
}

static enum zd_rc
make_ready(struct zd_cx *cx, struct db_pool *pool, enum db_use use, struct db **db)
{
	if (!*db) {
		if (db_open(cx, pool->url, db) != ZD_OK)
			return db_fail_unreachable(cx);
		(*db)->pool = pool;
	}
	return (*db)->driver->ready(cx, *db, use);
}

enum zd_rc
db_pool_take(struct zd_cx *cx, struct db_pool *pool, enum db_use use, struct db **ret)
{
	struct db *db;

	ZD_TRY(take_idle(cx, pool, &db));
	enum zd_rc rc = make_ready(cx, pool, use, &db);
	if (rc != ZD_OK)
		lose(pool, db);
	else
		*ret = db;
	return rc;
}

void
db_pool_give(struct db_pool *pool, struct db *db)
{
	if (!db)
		return;
	if (db->in_txn) { /* db_txn_end did not run: never hand a half-done transaction on */
		struct db_txn txn = { .db = db };
		db_txn_end(&txn);
	}
	db_fail_nth(db, 0);
	pthread_mutex_lock(&pool->lock);
	pool->idle[pool->n_idle++] = db;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->lock);
}

void
db_give(struct db **db)
{
	if (*db)
		db_pool_give((*db)->pool, *db);
	*db = NULL;
}

enum zd_rc
db_pool_begin_write(struct zd_cx *cx, struct db_pool *pool)
{
	struct timespec until = deadline(pool);

	pthread_mutex_lock(&pool->lock);
	pthread_mutex_t *held ZD_CLEANUP(unlock) = &pool->lock;
	while (pool->writing)
		if (pthread_cond_timedwait(&pool->written, held, &until) != 0)
			return db_fail_busy(cx);
	pool->writing = true;
	return ZD_OK;
}

void
db_pool_end_write(struct db_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->writing = false;
	pthread_cond_signal(&pool->written);
	pthread_mutex_unlock(&pool->lock);
}
