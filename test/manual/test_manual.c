/*
 * The manual and the reference of the interfaces against the table of routes: a page without a chapter, a chapter
 * without a page, a link that leads nowhere, a reference that tells of another program fail.
 *
 *	test_manual write	writes docs/api/reference.md anew: look at the difference before you commit it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/test.h"
#include "cli/services.h"
#include "desk/desk_web.h"
#include "trust/trust.h"

static bool
starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static const struct embed_file *
chapter(const char *name, size_t n)
{
	for (const struct embed_file *f = manual_files; f->name; f++)
		if (strncmp(f->name, name, n) == 0 && strcmp(f->name + n, ".html") == 0)
			return f;
	return NULL;
}

/* --- the manual ------------------------------------------------------------------------------------------ */

/* What is not for people to look at. */
static bool
is_page(const struct http_route *route)
{
	return !starts(route->path, "/api/") && !starts(route->path, "/assets/") &&
	       strcmp(route->path, "/health") != 0 && strcmp(route->path, "/metrics") != 0;
}

static void
every_page_has_a_chapter(void **state)
{
	size_t pages = 0;
	(void)state;

	for (const struct http_route *const *t = services_routes; *t; t++)
		for (const struct http_route *r = *t; r->method != HTTP_END; r++) {
			if (!is_page(r))
				continue;
			const char *name = page_help_find(r->path);
			if (!name)
				fail_msg("%s (%s) has no chapter: write docs/manual/NAME.md and "
					 "its line in "
					 "src/page/help.c",
					 r->path, r->about);
			if (!chapter(name, strlen(name)))
				fail_msg("%s: docs/manual/meson.build has no chapter %s", r->path,
					 name);
			pages++;
		}
	assert_true(pages > 50);
	assert_null(page_help_find("/desk/nothing"));
	assert_null(page_help_find("/desk/subjectsx"));
}

/* Chapters about what many pages share. */
static const char *const shared[] = { "lists", "errors", "api", "index", NULL };

static bool
has_page(const char *name, size_t n)
{
	for (size_t i = 0; shared[i]; i++)
		if (strlen(shared[i]) == n && strncmp(shared[i], name, n) == 0)
			return true;
	for (const struct http_route *const *t = services_routes; *t; t++)
		for (const struct http_route *r = *t; r->method != HTTP_END; r++) {
			const char *of = page_help_find(r->path);
			if (of && strlen(of) == n && strncmp(of, name, n) == 0)
				return true;
		}
	return false;
}

/* Each says what to do when something goes wrong, and which keys work. */
static void
every_chapter_has_a_page_and_says_what_to_do(void **state)
{
	(void)state;
	for (const struct embed_file *f = manual_files; f->name; f++) {
		size_t n = strcspn(f->name, ".");
		if (!has_page(f->name, n))
			fail_msg("%s: no page leads to this chapter", f->name);
		if (!starts(f->bytes, "<h1>"))
			fail_msg("%s does not begin with its title", f->name);
		if (starts(f->name, "reference.") || starts(f->name, "index."))
			continue;
		if (!strstr(f->bytes, "<h2>出错时</h2>"))
			fail_msg("%s lacks the section 出错时", f->name);
		if (!starts(f->name, "api.") && !strstr(f->bytes, "<h2>键盘</h2>"))
			fail_msg("%s lacks the section 键盘", f->name);
	}
}

static bool
is_page_path(const char *path, size_t n)
{
	for (const struct http_route *const *t = services_routes; *t; t++)
		for (const struct http_route *r = *t;
		     r->method == HTTP_GET || r->method == HTTP_POST; r++)
			if (strlen(r->path) == n && strncmp(r->path, path, n) == 0)
				return true;
	return false;
}

static void
every_link_leads_somewhere(void **state)
{
	static const char help[] = "/desk/help/";
	(void)state;

	for (const struct embed_file *f = manual_files; f->name; f++)
		for (const char *p = f->bytes; (p = strstr(p, "href=\"/")) != NULL;) {
			p += strlen("href=\"");
			size_t n = strcspn(p, "\"#?");
			bool known = starts(p, help)
					     ? chapter(p + strlen(help), n - strlen(help)) != NULL
					     : is_page_path(p, n);
			if (!known)
				fail_msg("%s: a link to %.*s, which is not there", f->name, (int)n,
					 p);
		}
}

static void
a_page_leads_to_its_own_chapter(void **state)
{
	static const char *const pairs[][2] = {
		{ "/desk", "/desk/help/home" },
		{ "/desk/subjects/{id}", "/desk/help/subjects" },
		{ "/desk/catalog/claims", "/desk/help/claims" },
		{ "/desk/catalog/claims-by-department", "/desk/help/claims" },
		{ "/desk/batches/{id}/rows/{row}", "/desk/help/repair" },
		{ "/desk/batches/{id}", "/desk/help/batches" },
		{ "/signin", "/desk/help/signin" },
	};
	struct zd_cx cx = { .arena = zd_arena_new(1 << 20),
			    .actor = { .roles = TRUST_DATA_OFFICER } };
	(void)state;

	for (size_t i = 0; i < ZD_COUNT(pairs); i++)
		for (int layout = PAGE_DESK; layout <= PAGE_BARE; layout++) {
			const struct http_route route = { .path = pairs[i][0] };
			const struct http_request req = { .route = &route };
			struct http_reply rep = { .out.max = 1 << 20 };
			const struct page page = { .title = ZD_STR("页"),
						   .layout = (enum page_layout)layout };
			char link[100];

			page_begin(&cx, &req, &rep, &page);
			page_end(&cx, &req, &rep, &page);
			(void)snprintf(link, sizeof(link), "href=\"%s\"", pairs[i][1]);
			zd_out_write(&rep.out, (struct zd_str){ "", 1 });
			assert_non_null(strstr(rep.out.p, link));
			zd_out_drop(&rep.out);
		}
	zd_arena_drop(&cx.arena);
}

/* --- the reference ----------------------------------------------------------------------------------------- */

static const char *const methods[] = { "", "GET", "POST", "PUT", "DELETE" };

static void
put_who(struct zd_out *out, struct zd_arena *arena, const struct http_policy *policy)
{
	if (policy->access == HTTP_PUBLIC)
		zd_out_printf(out, "任何人，不需密钥 (public)");
	else if (policy->access == HTTP_SIGNED_IN)
		zd_out_printf(out, "任何登录的人或密钥 (any session or key)");
	else
		zd_out_printf(out, "%.*s", ZD_STR_ARG(trust_roles_titles(arena, policy->roles)));
}

static void
put_limits(struct zd_out *out, const struct http_param *p)
{
	if (p->type == HTTP_TEXT)
		zd_out_printf(out, "%lld–%lld 字", (long long)p->min, (long long)p->max);
	else if (p->type == HTTP_INT && (p->min || p->max))
		zd_out_printf(out, "%lld–%lld", (long long)p->min, (long long)p->max);
	else if (p->type == HTTP_DAY)
		zd_out_printf(out, "YYYY-MM-DD");
}

static const char *
place_of(const struct http_route *route, const struct http_param *p)
{
	char braced[80];

	(void)snprintf(braced, sizeof(braced), "{%s}", p->name);
	return strstr(route->path, braced)                            ? "路径 path"
	       : route->body == HTTP_JSON || route->body == HTTP_FORM ? "请求体 body"
								      : "查询 query";
}

static void
put_params(struct zd_out *out, const struct http_route *route)
{
	static const char *const types[] = { [HTTP_INT] = "整数 integer",
					     [HTTP_TEXT] = "文字 text",
					     [HTTP_DAY] = "日期 date",
					     [HTTP_BOOL] = "是否 boolean",
					     [HTTP_FILE] = "文件 file" };

	if (!route->params || !route->params->name)
		return;
	zd_out_printf(
		out, "| 参数 parameter | 在 in | 类型 type | 必填 required | 范围 limits | 说明 |\n"
		     "| --- | --- | --- | --- | --- | --- |\n");
	for (const struct http_param *p = route->params; p->name; p++) {
		bool path = starts(place_of(route, p), "路径");
		zd_out_printf(out, "| `%s` | %s | %s | %s | ", p->name, place_of(route, p),
			      types[p->type], p->required || path ? "是" : "");
		put_limits(out, p);
		zd_out_printf(out, " | %s |\n", p->about);
	}
	zd_out_printf(out, "\n");
}

static void
put_body(struct zd_out *out, const struct http_route *route)
{
	static const char *const bodies[] = {
		[HTTP_FORM] = "表单 multipart/form-data",
		[HTTP_JSON] = "JSON 对象 application/json",
		[HTTP_STREAM] = "NDJSON、JSON 数组、CSV 或 XLSX，可用 gzip、zstd 压缩"
	};

	if (route->body != HTTP_NO_BODY)
		zd_out_printf(out, "- 请求体 body: %s，最大 %lld KiB\n", bodies[route->body],
			      (long long)((route->max_body ? route->max_body : 1 << 20) >> 10));
	if (route->lax_fields)
		zd_out_printf(out,
			      "- 其余字段按数据标准 further fields: those of the data standard\n");
	if (route->lax_query)
		zd_out_printf(out, "- 列表 list: 每列可作查询参数筛选，另有 `sort` `after` `limit` "
				   "`cols` `format=csv|xlsx`；"
				   "答复 `{\"rows\":[…],\"next\":\"…\"}`\n");
}

static void
put_route(struct zd_out *out, struct zd_arena *arena, const struct http_route *route)
{
	zd_out_printf(out, "### %s %s\n\n%s\n\n- 谁 who: ", methods[route->method], route->path,
		      route->about);
	put_who(out, arena, &route->policy);
	zd_out_printf(out, "\n- 答复 answer: `%s`\n",
		      route->produces ? route->produces : "application/json");
	put_body(out, route);
	zd_out_printf(out, "\n");
	put_params(out, route);
}

static const char reference_head[] =
	"# 接口参考 API reference\n\n"
	"由程序的路由表生成 (written from the route table by `test_manual write`; the same table "
	"answers and prints\n"
	"`/api/v1/openapi.json`). "
	"怎样取得密钥、报送、取回执、修正，见[接口报送](../manual/api.md).\n\n"
	"每个请求带 `Authorization: Bearer 密钥`。没有列出的参数、写了两次的参数都是错误 (400)。\n"
	"Every request carries `Authorization: Bearer KEY`. A parameter that is not listed, or "
	"given twice, is an error.\n\n"
	"出错时的答复 on failure: "
	"`{\"error\":{\"code\":…,\"field\":…,\"message\":…,\"request\":…}}`；"
	"列表的筛选值不在选项之中时另有 a filter value that is no choice also tells: "
	"`\"value\"`、`\"nearest\"`、`\"choices\":[{\"value\":…,\"name\":…},…]`\n\n"
	"| 状态 status | 含义 meaning | 怎么办 what to do |\n| --- | --- | --- |\n"
	"| 400 | 参数有误 bad parameters | 按 message 改正，不要原样重发 |\n"
	"| 401 | 没有密钥，或密钥无效 no valid key | 请安全管理员查看密钥是否到期或吊销 |\n"
	"| 403 | 不允许 refused | 换有权的人或部门的密钥 |\n"
	"| 404 | 没有，或不在查看范围内 not there, or not yours | 核对编号 |\n"
	"| 409 | 已被他人修改 changed meanwhile | 重新读取后再改 |\n"
	"| 413 | 内容过大 too large | 分成几批 |\n"
	"| 415 | 内容类型不对 wrong content type | 按本页写明的类型发送 |\n"
	"| 422 | 内容不合要求 does not fit | 按 message 改正 |\n"
	"| 500 | 系统出错 our fault | 把 request 编号告诉系统管理员 |\n"
	"| 503 | 暂时繁忙 busy | 稍后用同一批次号 (Idempotency-Key) 重发 |\n\n";

static void
write_reference(struct zd_out *out)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 24);

	zd_out_printf(out, "%s## 各接口 routes\n\n", reference_head);
	for (const struct http_route *const *t = services_routes; *t; t++)
		for (const struct http_route *r = *t; r->method != HTTP_END; r++)
			if (starts(r->path, "/api/"))
				put_route(out, arena, r);
}

static void
the_reference_tells_of_this_program(void **state)
{
	static char text[1 << 20];
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = sizeof(text) };
	FILE *file = fopen(REFERENCE, "re");
	(void)state;

	assert_non_null(file);
	size_t n = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	write_reference(&out);
	assert_false(out.failed);
	if (n != out.n || memcmp(text, out.p, n) != 0)
		fail_msg("%s is not what the routes say: 'test_manual write', look, commit",
			 REFERENCE);
}

static int
write_file(void)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	FILE *file = fopen(REFERENCE, "we");

	if (!file)
		return 1;
	write_reference(&out);
	size_t n = fwrite(out.p, 1, out.n, file);
	return fclose(file) != 0 || n != out.n;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_has_a_chapter),
		cmocka_unit_test(every_chapter_has_a_page_and_says_what_to_do),
		cmocka_unit_test(every_link_leads_somewhere),
		cmocka_unit_test(a_page_leads_to_its_own_chapter),
		cmocka_unit_test(the_reference_tells_of_this_program),
	};

	if (argc > 1 && strcmp(argv[1], "write") == 0)
		return write_file();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
