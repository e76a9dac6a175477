/*
 * How often one may: a bucket a person, address or key, that fills up again at its own pace. Kept in memory, bounded: a
 * flood must not become a flood of writes. Who was long quiet makes room for a new one.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

#include "crypto/crypto.h"
#include "trust/trust_private.h"

enum { SETS = 1024, WAYS = 4 };

static const struct pace {
	int64_t burst, refill_ms;
	bool by_address;
} paces[TRUST_BUCKETS] = {
	[TRUST_BUCKET_SIGN_IN] = { 30, 2000, true },
	[TRUST_BUCKET_REFUSAL] = { 30, 2000, false },
	[TRUST_BUCKET_API] = { 1000, 10, false },
};

struct bucket {
	struct sm3 who;
	int64_t full_at; /* when it will be full again; 0: unused */
};

static struct bucket buckets[TRUST_BUCKETS][SETS][WAYS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct bucket *
find(enum trust_bucket kind, const struct sm3 *who)
{
	struct bucket *set = buckets[kind][(who->b[0] | who->b[1] << 8) % SETS], *oldest = set;

	for (int i = 0; i < WAYS; i++) {
		if (set[i].full_at && sm3_equal(&set[i].who, who))
			return &set[i];
		if (set[i].full_at < oldest->full_at)
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .who = *who };
	return oldest;
}

/* Who has one IPv6 address has 2^64: its network counts. What is no such address stays as it is. */
static struct zd_str
network_of(struct zd_str address, struct in6_addr *buf)
{
	static const unsigned char mapped[12] = { [10] = 0xFF, [11] = 0xFF };
	char text[INET6_ADDRSTRLEN];

	if (address.n >= sizeof(text) || !memchr(address.p, ':', address.n))
		return address;
	memcpy(text, address.p, address.n);
	text[address.n] = '\0';
	if (inet_pton(AF_INET6, text, buf) != 1)
		return address;
	bool is_v4 = memcmp(buf->s6_addr, mapped, sizeof(mapped)) == 0;
	return (struct zd_str){ (const char *)buf->s6_addr, is_v4 ? 16 : 8 };
}

bool
trust_throttle_take(enum trust_bucket kind, struct zd_str who, int64_t now)
{
	const struct pace *pace = &paces[kind];
	struct in6_addr buf;
	struct sm3 print;

	if (!who.n)
		return true; /* no outsider: a command */
	sm3_of(pace->by_address ? network_of(who, &buf) : who, &print);
	pthread_mutex_lock(&lock);
	struct bucket *bucket = find(kind, &print);
	int64_t from = bucket->full_at > now ? bucket->full_at : now;
	if (from - now > pace->burst * pace->refill_ms)
		from = now; /* emptier than empty: the clock was set back */
	bool ok = from - now <= (pace->burst - 1) * pace->refill_ms;
	if (ok)
		bucket->full_at = from + pace->refill_ms;
	pthread_mutex_unlock(&lock);
	return ok;
}
