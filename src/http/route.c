/* Routes: their tables are checked once, then matched segment by segment. */
#include "http/route.h"

#include <stdlib.h>
#include <string.h>

static const char *const methods[] = { "", "GET", "POST", "PUT", "DELETE" };

const char *
http_method_name(enum http_method method)
{
	return methods[method];
}

enum http_method
http_method_of(struct zd_str name)
{
	for (size_t i = 1; i < ZD_COUNT(methods); i++)
		if (zd_str_equal(name, zd_str_of(methods[i])))
			return (enum http_method)i;
	return HTTP_END;
}

size_t
http_type_size(enum http_type type)
{
	static const size_t sizes[] = {
		[HTTP_INT] = sizeof(int64_t),           [HTTP_TEXT] = sizeof(struct zd_str),
		[HTTP_DAY] = sizeof(int32_t),           [HTTP_BOOL] = sizeof(bool),
		[HTTP_FILE] = sizeof(struct http_file),
	};

	return sizes[type];
}

bool
http_segment_next(struct zd_str *rest, struct zd_str *ret)
{
	if (!rest->n || rest->p[0] != '/')
		return false;
	size_t n = 1;
	while (n < rest->n && rest->p[n] != '/')
		n++;
	*ret = (struct zd_str){ rest->p + 1, n - 1 };
	*rest = (struct zd_str){ rest->p + n, rest->n - n };
	return true;
}

struct zd_str
http_segment_param(struct zd_str segment)
{
	if (segment.n < 3 || segment.p[0] != '{' || segment.p[segment.n - 1] != '}')
		return (struct zd_str){ 0 };
	return (struct zd_str){ segment.p + 1, segment.n - 2 };
}

/* --- checks at start -------------------------------------------------------------------------- */

static const struct http_param *
param_named(const struct http_route *route, struct zd_str name)
{
	for (const struct http_param *p = route->params; p && p->name; p++)
		if (zd_str_equal(zd_str_of(p->name), name))
			return p;
	return NULL;
}

static const char *
param_fault(const struct http_route *route, const struct http_param *p)
{
	if (!p->about)
		return "缺少说明";
	if (p->type == HTTP_TEXT && p->max <= 0)
		return "文本没有长度上限";
	if (p->type == HTTP_INT && p->max < p->min)
		return "数字的上限小于下限";
	if (p->type == HTTP_FILE && route->body != HTTP_FORM)
		return "文件只能随表单提交";
	if (p->offset + http_type_size(p->type) > route->params_size)
		return "位置超出参数结构（params_size）";
	return param_named(route, zd_str_of(p->name)) == p ? NULL : "重复声明";
}

static enum zd_rc
fault_of(struct zd_cx *cx, const struct http_route *route, const char *fault)
{
	return zd_fail(cx, ZD_INVALID, NULL, "路由 %s %s:%s。", methods[route->method],
		       route->path ? route->path : "（无路径）", fault);
}

static enum zd_rc
check_params(struct zd_cx *cx, const struct http_route *route)
{
	size_t n = 0;

	for (const struct http_param *p = route->params; p && p->name; p++) {
		const char *fault = param_fault(route, p);
		if (fault)
			return zd_fail(cx, ZD_INVALID, NULL, "路由 %s %s 的参数 %s:%s。",
				       methods[route->method], route->path, p->name, fault);
		if (++n > HTTP_PARAMS_MAX)
			return fault_of(cx, route, "参数过多");
	}
	return ZD_OK;
}

static enum zd_rc
check_path(struct zd_cx *cx, const struct http_route *route)
{
	struct zd_str rest = zd_str_of(route->path), segment;
	size_t n = 0;

	if (!rest.n || rest.p[0] != '/')
		return fault_of(cx, route, "路径应以 / 开头");
	while (http_segment_next(&rest, &segment)) {
		if (++n > HTTP_SEGMENTS_MAX)
			return fault_of(cx, route, "路径段过多");
		struct zd_str name = http_segment_param(segment);
		if (!name.p)
			continue;
		const struct http_param *p = param_named(route, name);
		if (!p || p->type == HTTP_FILE)
			return fault_of(cx, route, "路径中的 {参数} 没有声明");
	}
	return ZD_OK;
}

static const char *
route_fault(const struct http_route *route)
{
	if (route->policy.access == HTTP_NO_POLICY)
		return "没有访问策略（policy）";
	if ((route->policy.access == HTTP_ROLES) != (route->policy.roles != 0))
		return "访问策略与角色不一致";
	if (!route->about || !route->about[0])
		return "没有说明（about）";
	if (!route->handle)
		return "没有处理函数（handle）";
	if (route->method == HTTP_GET && route->body != HTTP_NO_BODY)
		return "GET 不应有内容";
	if (route->max_body < 0)
		return "内容上限不正确（max_body）";
	return NULL;
}

static enum zd_rc
check_route(struct zd_cx *cx, const struct http_route *route)
{
	const char *fault = route_fault(route);

	if (fault)
		return fault_of(cx, route, fault);
	ZD_TRY(check_params(cx, route));
	return check_path(cx, route);
}

/* --- the order of matching -------------------------------------------------------------------- */

/* By segments: words before params, else by bytes; names of params do not count. */
static int
compare_paths(const char *a, const char *b)
{
	struct zd_str ra = zd_str_of(a), rb = zd_str_of(b), sa, sb;

	for (;;) {
		bool more_a = http_segment_next(&ra, &sa), more_b = http_segment_next(&rb, &sb);
		if (!more_a || !more_b)
			return more_a - more_b;
		bool pa = http_segment_param(sa).p != NULL, pb = http_segment_param(sb).p != NULL;
		if (pa != pb)
			return pa - pb;
		int c = pa ? 0 : zd_str_compare(sa, sb);
		if (c)
			return c;
	}
}

static int
compare_routes(const void *a, const void *b)
{
	const struct http_route *const *ra = a, *const *rb = b;
	int c = compare_paths((*ra)->path, (*rb)->path);

	return c ? c : (int)(*ra)->method - (int)(*rb)->method;
}

static size_t
count_routes(const struct http_route *const *tables)
{
	size_t n = 0;

	for (; *tables; tables++)
		for (const struct http_route *r = *tables; r->method != HTTP_END; r++)
			n++;
	return n;
}

enum zd_rc
http_router_make(struct zd_cx *cx, const struct http_route *const *tables, struct http_router *ret)
{
	struct http_router router = { .n = 0 };

	router.routes =
		zd_new_array(cx->arena, const struct http_route *, count_routes(tables) + 1);
	for (; *tables; tables++) {
		for (const struct http_route *r = *tables; r->method != HTTP_END; r++) {
			ZD_TRY(check_route(cx, r));
			router.routes[router.n++] = r;
		}
	}
	qsort(router.routes, router.n, sizeof(*router.routes), compare_routes);
	for (size_t i = 1; i < router.n; i++)
		if (compare_routes(&router.routes[i - 1], &router.routes[i]) == 0)
			return fault_of(cx, router.routes[i], "与另一条路由重复");
	*ret = router;
	return ZD_OK;
}

static bool
path_matches(const char *pattern, struct zd_str path, struct zd_str *values)
{
	struct zd_str rest = zd_str_of(pattern), want, have;
	size_t n = 0;

	while (http_segment_next(&rest, &want)) {
		if (!http_segment_next(&path, &have))
			return false;
		if (http_segment_param(want).p) {
			if (!have.n)
				return false;
			values[n++] = have;
		} else if (!zd_str_equal(want, have)) {
			return false;
		}
	}
	return path.n == 0;
}

struct http_match
http_router_find(const struct http_router *router, enum http_method method, struct zd_str path)
{
	struct http_match match = { .route = NULL };
	const char *first = NULL;

	for (size_t i = 0; i < router->n; i++) {
		const struct http_route *route = router->routes[i];
		if (first && compare_paths(first, route->path) != 0)
			break; /* another pattern, less close: not what this path means */
		if (!path_matches(route->path, path, match.values))
			continue;
		first = route->path;
		match.allowed |= 1U << route->method;
		if (route->method == method) {
			match.route = route;
			return match;
		}
	}
	return match;
}

static bool
is_closer(const struct http_route *route, const struct http_route *than)
{
	return !than || compare_paths(route->path, than->path) < 0;
}

const struct http_route *
http_route_at(const struct http_route *const *tables, enum http_method method, struct zd_str href)
{
	struct zd_str values[HTTP_SEGMENTS_MAX], path = href;
	const struct http_route *found = NULL;

	for (path.n = 0; path.n < href.n && href.p[path.n] != '?' && href.p[path.n] != '#';)
		path.n++;
	for (; *tables; tables++)
		for (const struct http_route *r = *tables; r->method != HTTP_END; r++)
			if (r->method == method && path_matches(r->path, path, values) &&
			    is_closer(r, found))
				found = r;
	return found;
}
