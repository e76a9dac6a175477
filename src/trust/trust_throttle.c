/*
 * How often one address may try to sign in: a bucket of 30 tries that fills up at 30 a minute. Kept
 * in memory, bounded: a flood must not become a flood of writes. An address that was long quiet
 * makes room for a new one.
 */
#include <pthread.h>

#include "crypto/crypto.h"
#include "trust/trust_private.h"

enum { SETS = 1024, WAYS = 4, BURST = 30 };
static const int64_t refill_ms = 2000;

struct bucket {
	struct sm3 address;
	int64_t full_at; /* when it will be full again; 0: unused */
};

static struct bucket buckets[SETS][WAYS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct bucket *
find(const struct sm3 *address)
{
	struct bucket *set = buckets[(address->b[0] | address->b[1] << 8) % SETS], *oldest = set;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].full_at && sm3_equal(&set[i].address, address))
			return &set[i];
		if (set[i].full_at < oldest->full_at)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .address = *address };
	return oldest;
}

bool
trust_throttle_take(struct zd_str address, int64_t now)
{
	struct sm3 print;

	if (!address.n)
		return true; /* no outsider: a command */
	sm3_of(address, &print);
	pthread_mutex_lock(&lock);
	struct bucket *bucket = find(&print);
	int64_t from = bucket->full_at > now ? bucket->full_at : now;
	bool ok = from - now <= (BURST - 1) * refill_ms;
	if (ok)
		bucket->full_at = from + refill_ms;
	pthread_mutex_unlock(&lock);
	return ok;
}
