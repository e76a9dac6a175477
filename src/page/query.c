/* Query strings: decoded once, strictly; written back percent-encoded. */
#include "page/query.h"

/* False on a bad escape, a control character or bad UTF-8. */
static bool
decode(struct zd_arena *arena, struct zd_str raw, struct zd_str *ret)
{
	char *p = zd_try_alloc(arena, raw.n + 1);
	size_t n = 0;

	if (!p)
		return false;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i] == '+' ? ' ' : raw.p[i];
		if (c == '%') {
			int high = i + 2 < raw.n ? zd_hex_value(raw.p[i + 1]) : -1;
			int low = high >= 0 ? zd_hex_value(raw.p[i + 2]) : -1;
			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7F)
			return false;
		p[n++] = c;
	}
	*ret = (struct zd_str){ p, n };
	return zd_utf8_check(*ret) == n;
}

static enum zd_rc
add_param(struct zd_cx *cx, struct zd_str pair, struct query *query)
{
	struct query_param param = { 0 };
	size_t eq = 0;

	while (eq < pair.n && pair.p[eq] != '=')
		eq++;
	struct zd_str value = eq < pair.n ? (struct zd_str){ pair.p + eq + 1, pair.n - eq - 1 }
					  : (struct zd_str){ 0 };
	if (!decode(cx->arena, (struct zd_str){ pair.p, eq }, &param.name) ||
	    !decode(cx->arena, value, &param.value))
		return zd_fail(cx, ZD_INVALID, NULL,
			       "网址中的查询条件无法识别，请从页面上重新选择");
	param.value = zd_str_trim(param.value);
	if (param.value.n == 0)
		return ZD_OK;
	if (query_get(query, param.name).p)
		return zd_fail(cx, ZD_INVALID, NULL, "查询条件「%.40s」重复出现，请只保留一个",
			       param.name.p);
	if (query->n == QUERY_MAX)
		return zd_fail(cx, ZD_INVALID, NULL, "查询条件超过 %d 个，请减少", QUERY_MAX);
	query->params[query->n++] = param;
	return ZD_OK;
}

enum zd_rc
query_parse(struct zd_cx *cx, struct zd_str raw, struct query *ret)
{
	size_t i = 0;

	ret->n = 0;
	if (raw.n && raw.p[0] == '?')
		i = 1;
	while (i < raw.n) {
		size_t end = i;
		while (end < raw.n && raw.p[end] != '&')
			end++;
		if (end > i)
			ZD_TRY(add_param(cx, (struct zd_str){ raw.p + i, end - i }, ret));
		i = end + 1;
	}
	return ZD_OK;
}

struct zd_str
query_get(const struct query *query, struct zd_str name)
{
	for (size_t i = 0; i < query->n; i++)
		if (zd_str_equal(query->params[i].name, name))
			return query->params[i].value;
	return (struct zd_str){ 0 };
}

struct zd_str
query_format(struct zd_arena *arena, const struct query *query)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 16 };

	zd_out_write(&out, ZD_STR("?"));
	for (size_t i = 0; i < query->n; i++) {
		if (i)
			zd_out_write(&out, ZD_STR("&"));
		zd_out_url(&out, query->params[i].name);
		zd_out_write(&out, ZD_STR("="));
		zd_out_url(&out, query->params[i].value);
	}
	return zd_str_copy(arena, out.failed ? ZD_STR("?") : zd_out_str(&out));
}

struct query
query_with(const struct query *query, struct zd_str name, struct zd_str value)
{
	struct query ret = { 0 };

	for (size_t i = 0; i < query->n; i++)
		if (!zd_str_equal(query->params[i].name, name))
			ret.params[ret.n++] = query->params[i];
	if (value.p && ret.n < QUERY_MAX)
		ret.params[ret.n++] = (struct query_param){ name, value };
	return ret;
}
