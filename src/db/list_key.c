/*
 * The key of a row, from which the next page goes on: id, sort value and a check sum of both with
 * the list's and the sort's name, as URL-safe base64. The sum finds keys that were damaged or
 * belong to another list; it keeps no secret and need not: a key only says where to begin within
 * what the actor may see.
 */
#include <endian.h>
#include <string.h>

#include "crypto/crypto.h"
#include "db/list_sql.h"

#define SUM_LEN 6

#define HEAD_LEN 18 /* id, number: 8 bytes each, in network order; whether NULL; type */

static void
sum_of(const struct db_list_query *query, struct zd_str body, unsigned char ret[SUM_LEN])
{
	const struct zd_str parts[] = { zd_str_of(query->list->name), ZD_STR("\n"),
					zd_str_of(query->sort->name), ZD_STR("\n"), body };
	struct sm3 sm3;

	sm3_of_parts(parts, ZD_COUNT(parts), &sm3);
	memcpy(ret, sm3.b, SUM_LEN);
}

static void
swap_chars(char *p, size_t n, const char *from, const char *to)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = p[i] ? strchr(from, p[i]) : NULL;
		if (at)
			p[i] = to[at - from];
	}
}

struct zd_str
list_key_format(struct zd_cx *cx, const struct db_list_query *query, enum db_type type,
		const struct list_key *key)
{
	struct zd_str text = key->sort.null ? (struct zd_str){ 0 } : key->sort.text;
	size_t n = HEAD_LEN + text.n;
	char *p = zd_alloc(cx->arena, n + SUM_LEN);
	uint64_t id = htobe64((uint64_t)key->id), number;

	if (type == DB_REAL)
		memcpy(&number, &key->sort.real, sizeof(number));
	else
		number = (uint64_t)key->sort.number;
	number = htobe64(number);
	memcpy(p, &id, 8);
	memcpy(p + 8, &number, 8);
	p[16] = (char)key->sort.null;
	p[17] = (char)type;
	if (text.n)
		memcpy(p + HEAD_LEN, text.p, text.n);
	sum_of(query, (struct zd_str){ p, n }, (unsigned char *)p + n);
	struct zd_str base64 = crypto_base64(cx->arena, (struct zd_str){ p, n + SUM_LEN });
	char *z = zd_alloc(cx->arena, base64.n + 1);
	memcpy(z, base64.p, base64.n);
	swap_chars(z, base64.n, "+/", "-_");
	while (base64.n && z[base64.n - 1] == '=')
		base64.n--;
	return (struct zd_str){ z, base64.n };
}

static bool
decode(struct zd_cx *cx, struct zd_str text, struct zd_str *ret)
{
	size_t n = (text.n + 3) / 4 * 4;
	char *p = zd_try_alloc(cx->arena, n + 1);

	if (!p)
		return false;
	memset(p, '=', n);
	memcpy(p, text.p, text.n);
	if (memchr(text.p, '=', text.n) || memchr(text.p, '+', text.n) ||
	    memchr(text.p, '/', text.n))
		return false;
	swap_chars(p, n, "-_", "+/");
	return crypto_unbase64(cx->arena, (struct zd_str){ p, n }, ret);
}

static bool
is_whole(const struct db_list_query *query, enum db_type type, struct zd_str bytes)
{
	unsigned char sum[SUM_LEN];

	if (bytes.n < HEAD_LEN + SUM_LEN)
		return false;
	sum_of(query, (struct zd_str){ bytes.p, bytes.n - SUM_LEN }, sum);
	return memcmp(sum, bytes.p + bytes.n - SUM_LEN, SUM_LEN) == 0 &&
	       bytes.p[17] == (char)type &&
	       (bytes.p[16] == 0 || (bytes.p[16] == 1 && query->sort->null));
}

enum zd_rc
list_key_parse(struct zd_cx *cx, const struct db_list_query *query, enum db_type type,
	       struct list_key *ret)
{
	struct zd_str bytes;
	uint64_t id, number;

	*ret = (struct list_key){ 0 };
	if (!query->after.p || query->after.n == 0)
		return ZD_OK;
	if (!decode(cx, query->after, &bytes) || !is_whole(query, type, bytes))
		return zd_fail(cx, ZD_INVALID, "after", "翻页位置已失效，请回到第一页重新查看");
	memcpy(&id, bytes.p, 8);
	memcpy(&number, bytes.p + 8, 8);
	ret->given = true;
	ret->id = (int64_t)be64toh(id);
	number = be64toh(number);
	ret->sort.null = bytes.p[16] == 1;
	ret->sort.number = (int64_t)number;
	memcpy(&ret->sort.real, &number, 8);
	ret->sort.text = (struct zd_str){ bytes.p + HEAD_LEN, bytes.n - HEAD_LEN - SUM_LEN };
	return ZD_OK;
}
