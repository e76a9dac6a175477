/* The API's description, OpenAPI 3.1, from the same tables that answer. */
#include <string.h>

#include "base/json.h"
#include "http/http.h"
#include "http/route.h"

static bool
is_api(const struct http_route *route)
{
	return zd_str_starts(zd_str_of(route->path), ZD_STR("/api/"));
}

static bool
is_in_path(const struct http_route *route, const char *name)
{
	struct zd_str rest = zd_str_of(route->path), segment;

	while (http_segment_next(&rest, &segment))
		if (zd_str_equal(http_segment_param(segment), zd_str_of(name)))
			return true;
	return false;
}

static void
put_limits(struct json_writer *w, const struct http_param *p)
{
	bool text = p->type == HTTP_TEXT;

	if (!text && (p->type != HTTP_INT || (!p->min && !p->max)))
		return;
	if (!text || p->min)
		json_put_member_int(w, text ? "minLength" : "minimum", p->min);
	json_put_member_int(w, text ? "maxLength" : "maximum", p->max);
}

static void
put_schema(struct json_writer *w, const struct http_param *p)
{
	static const char *const types[][2] = {
		[HTTP_INT] = { "integer", "int64" },  [HTTP_TEXT] = { "string", NULL },
		[HTTP_DAY] = { "string", "date" },    [HTTP_BOOL] = { "boolean", NULL },
		[HTTP_FILE] = { "string", "binary" },
	};
	const char *format = p->secret ? "password" : types[p->type][1];

	json_put_object(w);
	json_put_member(w, "type", zd_str_of(types[p->type][0]));
	if (format)
		json_put_member(w, "format", zd_str_of(format));
	json_put_member(w, "description", zd_str_of(p->about));
	put_limits(w, p);
	json_put_end(w);
}

/* Does the parameter travel in the body? Path and query carry the rest. */
static bool
is_in_body(const struct http_route *route, const struct http_param *p)
{
	return (route->body == HTTP_FORM || route->body == HTTP_JSON) &&
	       !is_in_path(route, p->name);
}

static void
put_parameters(struct json_writer *w, const struct http_route *route)
{
	json_put_name(w, "parameters");
	json_put_array(w);
	for (const struct http_param *p = route->params; p && p->name; p++) {
		if (is_in_body(route, p))
			continue;
		bool in_path = is_in_path(route, p->name);
		json_put_object(w);
		json_put_member(w, "name", zd_str_of(p->name));
		json_put_member(w, "in", in_path ? ZD_STR("path") : ZD_STR("query"));
		json_put_member(w, "description", zd_str_of(p->about));
		json_put_member_bool(w, "required", in_path || p->required);
		json_put_name(w, "schema");
		put_schema(w, p);
		json_put_end(w);
	}
	json_put_end(w);
}

static void
put_body_schema(struct json_writer *w, const struct http_route *route)
{
	json_put_object(w);
	json_put_member(w, "type", ZD_STR("object"));
	json_put_member_bool(w, "additionalProperties", route->lax_fields);
	json_put_name(w, "properties");
	json_put_object(w);
	for (const struct http_param *p = route->params; p && p->name; p++) {
		if (!is_in_body(route, p))
			continue;
		json_put_name(w, p->name);
		put_schema(w, p);
	}
	json_put_end(w);
	json_put_name(w, "required");
	json_put_array(w);
	for (const struct http_param *p = route->params; p && p->name; p++)
		if (p->required && is_in_body(route, p))
			json_put_z(w, p->name);
	json_put_end(w);
	json_put_end(w);
}

static void
put_body(struct json_writer *w, const struct http_route *route)
{
	static const char *const types[] = {
		[HTTP_NO_BODY] = NULL,
		[HTTP_FORM] = "multipart/form-data",
		[HTTP_JSON] = "application/json",
		[HTTP_STREAM] = "*/*",
	};

	if (route->body == HTTP_NO_BODY)
		return;
	json_put_name(w, "requestBody");
	json_put_object(w);
	json_put_member_bool(w, "required", true);
	json_put_member_int(w, "x-max-bytes", route->max_body ? route->max_body : 1 << 20);
	json_put_name(w, "content");
	json_put_object(w);
	json_put_name(w, types[route->body]);
	json_put_object(w);
	if (route->body != HTTP_STREAM) {
		json_put_name(w, "schema");
		put_body_schema(w, route);
	}
	json_put_end(w);
	json_put_end(w);
	json_put_end(w);
}

static void
put_responses(struct json_writer *w, const struct http_route *route)
{
	const char *produces = route->produces ? route->produces : "application/json";
	static const char *const errors[][2] = {
		{ "400", "格式不正确，或有未声明、重复的参数" },
		{ "401", "没有登录或密钥无效" },
		{ "403", "没有权限，或规则不允许" },
		{ "404", "没有这条记录" },
		{ "409", "已被他人修改或已存在" },
		{ "406", "不提供所要求（Accept）的内容类型" },
		{ "413", "内容过大" },
		{ "415", "不支持这种内容类型" },
		{ "422", "参数不符合要求" },
		{ "429", "请求过于频繁，请稍候再试" },
		{ "500", "系统出错" },
		{ "503", "系统繁忙，请稍后再试" },
	};

	json_put_name(w, "responses");
	json_put_object(w);
	json_put_name(w, "200");
	json_put_object(w);
	json_put_member(w, "description", ZD_STR("成功"));
	json_put_name(w, "content");
	json_put_object(w);
	json_put_name(w, produces);
	json_put_raw(w, ZD_STR("{}"));
	json_put_end(w);
	json_put_end(w);
	for (size_t i = 0; i < ZD_COUNT(errors); i++) {
		json_put_name(w, errors[i][0]);
		json_put_object(w);
		json_put_member(w, "description", zd_str_of(errors[i][1]));
		json_put_name(w, "content");
		json_put_raw(w, ZD_STR("{\"application/json\":{\"schema\":{\"$ref\":\"#/components/"
				       "schemas/Error\"}}}"));
		json_put_end(w);
	}
	json_put_end(w);
}

/* "post_api_v1_batches_id" */
static void
put_operation_id(struct json_writer *w, const struct http_route *route)
{
	struct zd_out id ZD_CLEANUP(zd_out_drop) = { .max = 512 };

	for (const char *p = http_method_name(route->method); *p; p++) {
		char c = (char)(*p | 0x20);
		zd_out_write(&id, (struct zd_str){ &c, 1 });
	}
	for (const char *p = route->path; *p; p++)
		if (*p != '{' && *p != '}')
			zd_out_write(&id,
				     strchr("/.-", *p) ? ZD_STR("_") : (struct zd_str){ p, 1 });
	json_put_member(w, "operationId", zd_out_str(&id));
}

static void
put_operation(struct json_writer *w, const struct http_route *route)
{
	static const char *const names[] = { "", "get", "post", "put", "delete" };
	static const char *const access[] = { "", "public", "signed-in", "roles" };
	bool open = route->policy.access == HTTP_PUBLIC;

	json_put_name(w, names[route->method]);
	json_put_object(w);
	json_put_member(w, "summary", zd_str_of(route->about));
	put_operation_id(w, route);
	json_put_name(w, "security");
	json_put_raw(w, open ? ZD_STR("[]") : ZD_STR("[{\"key\":[]},{\"session\":[]}]"));
	json_put_member(w, "x-access", zd_str_of(access[route->policy.access]));
	put_parameters(w, route);
	put_body(w, route);
	put_responses(w, route);
	json_put_end(w);
}

static void
put_components(struct json_writer *w)
{
	json_put_name(w, "components");
	json_put_raw(
		w,
		ZD_STR("{\"securitySchemes\":{"
		       "\"key\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
		       "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-sid\"}"
		       "},"
		       "\"schemas\":{\"Error\":{\"type\":\"object\",\"required\":[\"error\"],"
		       "\"properties\":{"
		       "\"error\":{\"type\":\"object\",\"required\":[\"code\",\"message\","
		       "\"request\"],"
		       "\"properties\":{"
		       "\"code\":{\"type\":\"string\"},"
		       "\"field\":{\"type\":[\"string\",\"null\"]},"
		       "\"message\":{\"type\":\"string\"},"
		       "\"request\":{\"type\":\"string\"},"
		       "\"value\":{\"type\":\"string\"},"
		       "\"nearest\":{\"type\":[\"string\",\"null\"]},"
		       "\"choices\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
		       "\"properties\":{\"value\":{\"type\":\"string\"},"
		       "\"name\":{\"type\":\"string\"}}}},"
		       "\"all\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
		       "\"field\":{\"type\":[\"string\",\"null\"]},\"message\":{\"type\":"
		       "\"string\"}}}}"
		       "}}}}}}"));
}

static void
put_paths(struct json_writer *w, const struct http_router *router)
{
	const char *open = NULL;

	json_put_name(w, "paths");
	json_put_object(w);
	for (size_t i = 0; i < router->n; i++) {
		const struct http_route *route = router->routes[i];
		if (!is_api(route))
			continue;
		if (!open || strcmp(open, route->path) != 0) {
			if (open)
				json_put_end(w);
			open = route->path;
			json_put_name(w, open);
			json_put_object(w);
		}
		put_operation(w, route);
	}
	if (open)
		json_put_end(w);
	json_put_end(w);
}

void
http_openapi(struct zd_out *out, const struct http_route *const *tables)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new((size_t)64 << 20);
	struct zd_cx cx = { .arena = arena };
	struct http_router router;
	struct json_writer w = { .out = out };

	if (http_router_make(&cx, tables, &router) != ZD_OK) {
		out->failed = true;
		return;
	}
	json_put_object(&w);
	json_put_member(&w, "openapi", ZD_STR("3.1.0"));
	json_put_name(&w, "info");
	json_put_raw(&w, ZD_STR("{\"title\":\"照单接口\",\"version\":\"1\"}"));
	put_paths(&w, &router);
	put_components(&w);
	json_put_end(&w);
}
