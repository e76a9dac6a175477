/* The pure parts of http: targets, pairs, multipart, routes, parameters, the API's description. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "http/multipart.h"
#include "http/params.h"

static struct zd_arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = zd_arena_new(64 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	zd_arena_free(arena);
	return 0;
}

/* --- targets and pairs
 * ----------------------------------------------------------------------------------- */

static void
a_path_is_decoded_once(void **state)
{
	static const struct {
		const char *raw, *path;
	} good[] = {
		{ "/", "/" },
		{ "/desk/subjects/12?a=b", "/desk/subjects/12" },
		{ "/%E7%9B%91", "/监" },
		{ "/a%2541", "/a%41" },
		{ "/a..b/.c", "/a..b/.c" },
		{ "/desk/", "/desk/" },
		{ "/a+b", "/a+b" },
	};
	struct http_target target;
	(void)state;

	for (size_t i = 0; i < N(good); i++) {
		assert_null(http_target_parse(arena, zd_str_of(good[i].raw), &target));
		assert_text(target.path, good[i].path);
	}
	assert_null(http_target_parse(arena, ZD_STR("/x?a=%31&b"), &target));
	assert_text(target.query, "a=%31&b");
}

static void
crooked_paths_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"*",
		"x",
		"http://a/",
		"/a b",
		"/a#b",
		"/%00",
		"/a%00.png",
		"/../x",
		"/a/../b",
		"/..",
		"/.",
		"/a/./b",
		"/%2e%2e/x",
		"/%2E./x",
		"/..;/x",
		"/..;a=b/x",
		"/.;/x",
		"//x",
		"/a//b",
		"/a\\b",
		"/a%5cb",
		"/a%2fb",
		"/a%2F..%2Fb",
		"/%c0%ae%c0%ae/x",
		"/%c0%af",
		"/%ed%a0%80",
		"/%",
		"/%4",
		"/%zz",
		"/%0a",
		"/%7f",
		"/\xE7\x9B\x91",
		"/a\tb",
		"/a\rb",
		"/;/x",
	};
	struct http_target target;
	(void)state;

	for (size_t i = 0; i < N(bad); i++)
		if (!http_target_parse(arena, zd_str_of(bad[i]), &target))
			fail_msg("taken: %s", bad[i]);
}

static void
pairs_are_decoded(void **state)
{
	struct zd_str rest = ZD_STR("a=1+2&b=%E7%9B%91%26&c&=x");
	struct http_pair pair;
	const char *fault = NULL;
	(void)state;

	assert_true(http_pair_next(arena, &rest, &pair, &fault));
	assert_text(pair.name, "a");
	assert_text(pair.value, "1 2");
	assert_true(http_pair_next(arena, &rest, &pair, &fault));
	assert_text(pair.value, "监&");
	assert_true(http_pair_next(arena, &rest, &pair, &fault));
	assert_text(pair.name, "c");
	assert_int_equal(pair.value.n, 0);
	assert_null(fault);
	assert_false(http_pair_next(arena, &rest, &pair, &fault));
	assert_non_null(fault);
	static const char *const bad[] = { "a=%",   "a=%zz",    "%00=1", "a=%00",
					   "a=%FF", "a=1&&b=2", "=" };
	for (size_t i = 0; i < N(bad); i++) {
		rest = zd_str_of(bad[i]);
		fault = NULL;
		while (http_pair_next(arena, &rest, &pair, &fault))
			;
		if (!fault)
			fail_msg("taken: %s", bad[i]);
	}
}

/* --- multipart
 * --------------------------------------------------------------------------------------------- */

static struct zd_out told;

static bool
tell_begin(void *arg, const struct multipart_part *part)
{
	(void)arg;
	zd_out_printf(&told, "[%.*s", ZD_STR_ARG(part->name));
	if (part->filename.p)
		zd_out_printf(&told, "|%.*s|%.*s", ZD_STR_ARG(part->filename),
			      ZD_STR_ARG(part->type));
	zd_out_write(&told, ZD_STR(":"));
	return true;
}

static bool
tell_data(void *arg, struct zd_str bytes)
{
	(void)arg;
	zd_out_write(&told, bytes);
	return true;
}

static bool
tell_end(void *arg)
{
	(void)arg;
	zd_out_write(&told, ZD_STR("]"));
	return true;
}

/* Fed in pieces of that size; the fault, or NULL. */
static const char *
read_multipart(struct zd_str body, size_t piece)
{
	struct multipart *mp = zd_new(arena, struct multipart);

	zd_out_drop(&told);
	told.max = 1 << 20;
	multipart_begin(mp, ZD_STR("xyz"), 3,
			(struct multipart_sink){ tell_begin, tell_data, tell_end, NULL });
	for (size_t i = 0; i < body.n; i += piece) {
		char *copy = zd_alloc(arena, piece);
		size_t n = body.n - i < piece ? body.n - i : piece;
		memcpy(copy, body.p + i, n);
		if (!multipart_feed(mp, (struct zd_str){ copy, n }))
			return mp->fault;
	}
	return multipart_end(mp) ? NULL : mp->fault;
}

#define PART(name, more, data)                                                                     \
	"Content-Disposition: form-data; name=\"" name "\"" more "\r\n\r\n" data "\r\n--xyz"

static void
a_form_reads_the_same_however_it_is_cut(void **state)
{
	struct zd_str body = ZD_STR("--xyz\r\n" PART("a", "", "1") "\r\n" PART(
		"监", "",
		"\r\n--xy\r\n--\r\r\n-") "\r\n" PART("f",
						     "; filename=\"q\\\"监.csv\"\r\nContent-Type: "
						     "text/csv\r\nX-More: 1",
						     "\r\n\r\n") "--\r\n");
	(void)state;

	for (size_t piece = 1; piece <= body.n; piece++) {
		assert_null(read_multipart(body, piece));
		assert_text(zd_out_str(&told),
			    "[a:1][监:\r\n--xy\r\n--\r\r\n-][f|q\"监.csv|text/csv:\r\n\r\n]");
	}
	assert_null(read_multipart(ZD_STR("--xyz\r\n" PART("a", "", "") "--"), 7));
	assert_text(zd_out_str(&told), "[a:]");
	zd_out_drop(&told);
}

static void
crooked_forms_are_refused(void **state)
{
	static const struct zd_str bad[] = {
		ZD_LIT(""),
		ZD_LIT("--xyz"),
		ZD_LIT("--xyz--junk"),
		ZD_LIT("preamble\r\n--xyz\r\n" PART("a", "", "1") "--\r\n"),
		ZD_LIT("\r\n--xyz\r\n" PART("a", "", "1") "--\r\n"),
		ZD_LIT("--xyz\n" PART("a", "", "1") "--\r\n"),
		ZD_LIT("--xyz \r\n" PART("a", "", "1") "--\r\n"),
		ZD_LIT("--xyzz\r\n" PART("a", "", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "", "1") "--\r\nepilogue"),
		ZD_LIT("--xyz\r\n" PART("a", "", "1") "--\n"),
		ZD_LIT("--xyz\r\n" PART("a", "", "1") "\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "", "1") "-\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "", "1") " --\r\n"),
		ZD_LIT("--xyz\r\n" PART("", "", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "; name=\"b\"", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "; filename*=UTF-8''x", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "\r\nContent-Disposition: form-data; name=b",
					"1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "\r\nContent-Transfer-Encoding: base64",
					"1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a\nb", "", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a\rb", "", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a\0b", "", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a\xFF", "", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "\r\n folded", "1") "--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "\r\nbad name: x", "1") "--\r\n"),
		ZD_LIT("--xyz\r\nContent-Disposition: attachment; "
		       "name=\"a\"\r\n\r\n1\r\n--xyz--\r\n"),
		ZD_LIT("--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xyz--\r\n"),
		ZD_LIT("--xyz\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--xyz--\r\n"),
		ZD_LIT("--xyz\r\nContent-Type: text/plain\r\n\r\n1\r\n--xyz--\r\n"),
		ZD_LIT("--xyz\r\n\r\n1\r\n--xyz--\r\n"),
		ZD_LIT("--xyz\r\n" PART("a", "", "1") "\r\n" PART("b", "", "") "\r\n" PART(
			"c", "", "") "\r\n" PART("d", "", "") "--\r\n"),
	};
	(void)state;

	for (size_t i = 0; i < N(bad); i++) {
		for (size_t piece = 1; piece < 40; piece += 13)
			if (!read_multipart(bad[i], piece))
				fail_msg("taken: %zu %.*s", i, ZD_STR_ARG(bad[i]));
	}
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	zd_out_printf(&out, "--xyz\r\nX: %05000d\r\n\r\n", 1);
	assert_non_null(read_multipart(zd_out_str(&out), 100));
	zd_out_drop(&told);
}

static void
a_boundary_is_read_from_the_type(void **state)
{
	static const struct {
		const char *type, *boundary;
	} cases[] = {
		{ "multipart/form-data; boundary=----WebKitFormBoundaryAbC",
		  "----WebKitFormBoundaryAbC" },
		{ "multipart/form-data; charset=utf-8; Boundary=\"a b\"", "" },
		{ "multipart/form-data; charset=utf-8; Boundary=\"a:b\"", "a:b" },
		{ "multipart/form-data; boundary=", "" },
		{ "multipart/form-data; boundary=\"\"", "" },
		{ "multipart/form-data; boundary=a; boundary=b", "" },
		{ "multipart/form-data; boundary=\"a", "" },
		{ "multipart/form-data; boundary=a b", "" },
		{ "multipart/form-data", "" },
		{ "multipart/form-data; "
		  "boundary=0123456789012345678901234567890123456789012345678901234567890123456789",
		  "0123456789012345678901234567890123456789012345678901234567890123456789" },
		{ "multipart/form-data; "
		  "boundary="
		  "0123456789012345678901234567890123456789012345678901234567890123456789x",
		  "" },
	};
	char buf[MULTIPART_BOUNDARY_MAX];
	(void)state;

	for (size_t i = 0; i < N(cases); i++)
		assert_text(multipart_boundary(zd_str_of(cases[i].type), buf), cases[i].boundary);
}

static void
names_of_files_are_cleaned(void **state)
{
	static const struct {
		const char *given, *clean;
	} cases[] = {
		{ "../../etc/passwd", "passwd" },
		{ "C:\\x\\台账.xlsx", "台账.xlsx" },
		{ "a\r\nSet-Cookie: x", "aSet-Cookie x" },
		{ "..", "" },
		{ ".bashrc", "bashrc" },
		{ "x\xE2\x80\xAEgpj.exe", "xgpj.exe" },
		{ "a\"b<c>", "abc" },
		{ "\xFF", "" },
	};
	(void)state;

	for (size_t i = 0; i < N(cases); i++)
		assert_text(http_clean_filename(arena, zd_str_of(cases[i].given)), cases[i].clean);
	struct zd_str lengthy = zd_str_printf(arena, "%s%0300d", "监", 1);
	assert_int_equal(zd_utf8_length(http_clean_filename(arena, lengthy)), 120);
}

/* --- routes
 * -----------------------------------------------------------------------------------------------------
 */

static enum zd_rc
do_nothing(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	(void)cx, (void)req, (void)rep;
	return ZD_OK;
}

struct thing {
	int64_t id, page;
	struct zd_str name;
	int32_t day;
	bool open;
};
static const struct http_param thing_params[] = {
	HTTP_PARAM_INT(struct thing, id, .about = "编号", .min = 1, .max = 999),
	HTTP_PARAM_TEXT(struct thing, name, .about = "名称", .min = 2, .max = 5, .required = true),
	HTTP_PARAM_DAY(struct thing, day, .about = "日期"),
	HTTP_PARAM_BOOL(struct thing, open, .about = "公开"),
	HTTP_PARAM_INT(struct thing, page, .about = "页"),
	{ .name = NULL },
};
#define OPEN                                                                                       \
	{                                                                                          \
		.access = HTTP_PUBLIC                                                              \
	}
#define THING .params = thing_params, .params_size = sizeof(struct thing)

static const struct http_route things[] = {
	{ HTTP_GET, "/things/{id}", "看", OPEN, do_nothing, THING },
	{ HTTP_GET, "/things/new", "新", OPEN, do_nothing },
	{ HTTP_POST, "/things/{id}", "改", OPEN, do_nothing, HTTP_FORM, THING },
	{ HTTP_DELETE, "/things/{id}", "删", OPEN, do_nothing, THING },
	{ HTTP_GET, "/", "首页", OPEN, do_nothing },
	{ HTTP_POST,
	  "/api/v1/things",
	  "建",
	  { .access = HTTP_ROLES, .roles = 3 },
	  do_nothing,
	  HTTP_JSON,
	  THING },
	{ HTTP_GET, "/api/v1/things/{id}", "读", { .access = HTTP_SIGNED_IN }, do_nothing, THING },
	{ .method = HTTP_END },
};
static const struct http_route *const tables[] = { things, NULL };

static void
words_win_over_parameters(void **state)
{
	struct zd_cx cx = { .arena = arena };
	struct http_router router;
	struct http_match match;
	(void)state;

	assert_rc(&cx, http_router_make(&cx, tables, &router), ZD_OK);
	match = http_router_find(&router, HTTP_GET, ZD_STR("/things/new"));
	assert_string_equal(match.route->about, "新");
	match = http_router_find(&router, HTTP_GET, ZD_STR("/things/7"));
	assert_string_equal(match.route->about, "看");
	assert_text(match.values[0], "7");
	match = http_router_find(&router, HTTP_POST, ZD_STR("/things/7"));
	assert_string_equal(match.route->about, "改");
	match = http_router_find(&router, HTTP_PUT, ZD_STR("/things/7"));
	assert_null(match.route);
	assert_int_equal(match.allowed, 1U << HTTP_GET | 1U << HTTP_POST | 1U << HTTP_DELETE);
	match = http_router_find(&router, HTTP_GET, ZD_STR("/"));
	assert_string_equal(match.route->about, "首页");
	static const char *const none[] = { "/things",     "/things/",  "/things/7/",
					    "/things/7/x", "/Things/7", "//" };
	for (size_t i = 0; i < N(none); i++) {
		match = http_router_find(&router, HTTP_GET, zd_str_of(none[i]));
		assert_true(!match.route && !match.allowed);
	}
}

static void
faulty_tables_stop_the_start(void **state)
{
	static const struct http_param no_max[] = {
		HTTP_PARAM_TEXT(struct thing, name, .about = "名称"), { 0 }
	};
	static const struct http_param twice[] = { HTTP_PARAM_INT(struct thing, id, .about = "一"),
						   HTTP_PARAM_INT(struct thing, id, .about = "二"),
						   { 0 } };
	static const struct http_route bad[][3] = {
		{ { HTTP_GET, "/a", "甲", { HTTP_NO_POLICY }, do_nothing } },
		{ { HTTP_GET, "/a", "甲", { HTTP_ROLES }, do_nothing } },
		{ { HTTP_GET, "/a", NULL, OPEN, do_nothing } },
		{ { HTTP_GET, "/a", "甲", OPEN, NULL } },
		{ { HTTP_GET, "a", "甲", OPEN, do_nothing } },
		{ { HTTP_GET, "/a/{id}", "甲", OPEN, do_nothing } },
		{ { HTTP_GET, "/a", "甲", OPEN, do_nothing, HTTP_FORM } },
		{ { HTTP_GET, "/a", "甲", OPEN, do_nothing, .params = no_max,
		    .params_size = sizeof(struct thing) } },
		{ { HTTP_GET, "/a", "甲", OPEN, do_nothing, .params = twice,
		    .params_size = sizeof(struct thing) } },
		{ { HTTP_GET, "/a", "甲", OPEN, do_nothing, .params = thing_params,
		    .params_size = 8 } },
		{ { HTTP_GET, "/a/{id}", "甲", OPEN, do_nothing, THING },
		  { HTTP_GET, "/a/{page}", "乙", OPEN, do_nothing, THING } },
	};
	struct zd_cx cx = { .arena = arena };
	struct http_router router;
	(void)state;

	for (size_t i = 0; i < N(bad); i++) {
		const struct http_route *const list[] = { bad[i], NULL };
		if (http_router_make(&cx, list, &router) != ZD_INVALID)
			fail_msg("taken: table %zu", i);
		assert_non_null(strstr(cx.err.text, "路由 GET"));
	}
}

/* --- parameters
 * -----------------------------------------------------------------------------------------------------
 */

static struct http_params
read_form(struct zd_cx *cx, const char *query, const char *form)
{
	struct http_match match = { .route = &things[2], .values = { ZD_LIT("7") } };
	struct http_params ps;
	struct zd_str csrf = { 0 };

	http_params_begin(cx, match.route, &ps);
	http_params_path(cx, &ps, &match);
	http_params_query(cx, &ps, zd_str_of(query));
	http_params_form(cx, &ps, zd_str_of(form), &csrf);
	return ps;
}

static void
parameters_reach_their_fields(void **state)
{
	struct zd_cx cx = { .arena = arena };
	struct http_params ps = read_form(
		&cx, "page=-3", "csrf=abc&name=%E7%9B%91%E7%AE%A1&day=2024-02-29&open=on");
	(void)state;

	assert_rc(&cx, http_params_end(&cx, &ps), ZD_OK);
	const struct thing *t = (const void *)ps.into;
	assert_int_equal(t->id, 7);
	assert_int_equal(t->page, -3);
	assert_text(t->name, "监管");
	assert_int_equal(t->day, zd_day_of(2024, 2, 29));
	assert_true(t->open);
	ps = read_form(&cx, "", "name=ab&day=&page=");
	assert_rc(&cx, http_params_end(&cx, &ps), ZD_OK);
	t = (const void *)ps.into;
	assert_true(t->page == ZD_NO_INT && t->day == ZD_NO_DAY && !t->open);
}

static void
faults_of_parameters_are_all_told(void **state)
{
	static const struct {
		const char *query, *form;
		int status;
		const char *field;
		size_t n;
	} cases[] = {
		{ "", "", 422, "name", 1 },
		{ "", "name=", 422, "name", 1 },
		{ "", "name=a", 422, "name", 1 },
		{ "", "name=abcdef", 422, "name", 1 },
		{ "", "name=a%01b", 422, "name", 1 },
		{ "", "name=ab&day=2023-02-29&page=x&open=maybe", 422, "day", 3 },
		{ "", "name=ab&page=99999999999999999999", 422, "page", 1 },
		{ "", "name=ab&day=2023-01-01'--", 422, "day", 1 },
		{ "", "name=ab&role=admin", 400, NULL, 1 },
		{ "", "name=ab&name=cd", 400, "name", 1 },
		{ "name=ab", "name=cd", 400, "name", 1 },
		{ "id=8", "name=ab", 400, "id", 1 },
		{ "x=%", "name=ab", 400, NULL, 1 },
		{ "", "csrf=a&csrf=b&name=ab", 400, NULL, 1 },
	};
	struct zd_cx cx = { .arena = arena };
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct http_params ps = read_form(&cx, cases[i].query, cases[i].form);
		assert_rc(&cx, http_params_end(&cx, &ps), ZD_INVALID);
		assert_int_equal(ps.status ? ps.status : 422, cases[i].status);
		assert_int_equal(ps.faults_n, cases[i].n);
		if (cases[i].field)
			assert_string_equal(cx.err.field, cases[i].field);
		else
			assert_null(cx.err.field);
	}
}

static void
undeclared_fields_are_kept_where_a_route_takes_them(void **state)
{
	struct http_route route = things[2];
	struct zd_cx cx = { .arena = arena };
	struct http_params ps;
	struct zd_str csrf = { 0 };
	(void)state;

	route.lax_fields = true;
	http_params_begin(&cx, &route, &ps);
	http_params_form(&cx, &ps, ZD_STR("csrf=c&name=ab&check_date=2024-01-01&empty="), &csrf);
	struct http_request req = { .fields = ps.fields, .fields_n = ps.fields_n };
	assert_int_equal(ps.faults_n, 0);
	assert_int_equal(req.fields_n, 2);
	assert_text(http_field(&req, ZD_STR("check_date")), "2024-01-01");
	assert_null(http_field(&req, ZD_STR("name")).p);
	http_params_form(&cx, &ps, ZD_STR("check_date=2024-01-02"), &csrf);
	assert_int_equal(ps.faults_n, 1);
	http_params_begin(&cx, &route, &ps);
	http_params_json(
		&cx, &ps,
		ZD_STR("{\"name\":\"ab\",\"fine\":12.50,\"open\":true,\"yes\":false,\"no\":null}"));
	req = (struct http_request){ .fields = ps.fields, .fields_n = ps.fields_n };
	assert_int_equal(ps.faults_n, 0);
	assert_text(http_field(&req, ZD_STR("fine")), "12.50");
	assert_text(http_field(&req, ZD_STR("yes")), "0");
	assert_null(http_field(&req, ZD_STR("no")).p);
	http_params_begin(&cx, &route, &ps);
	http_params_json(&cx, &ps, ZD_STR("{\"name\":\"ab\",\"list\":[1]}"));
	assert_int_equal(ps.status, 400);
}

static void
json_members_are_parameters(void **state)
{
	static const struct {
		const char *body;
		int status;
	} cases[] = {
		{ "{\"name\":\"监管\",\"page\":5,\"open\":true,\"day\":\"2024-01-01\",\"id\":null}",
		  0 },
		{ "{\"name\":\"ab\",\"page\":null}", 0 },
		{ "{\"name\":\"ab\",\"page\":\"5\"}", 422 },
		{ "{\"name\":\"ab\",\"page\":5.0}", 422 },
		{ "{\"name\":5}", 422 },
		{ "{\"name\":null}", 422 },
		{ "{\"name\":\"ab\",\"a\":1}", 400 },
		{ "{\"name\":\"ab\",\"name\":\"ab\"}", 400 },
		{ "{\"name\":\"ab\"", 400 },
		{ "[]", 400 },
		{ "", 400 },
		{ "{\"name\":\"ab\"}x", 400 },
		{ "{\"name\":\"a\\u0000b\"}", 422 },
		{ "{\"page\":null,\"page\":1,\"name\":\"ab\"}", 400 },
	};
	struct zd_cx cx = { .arena = arena };
	(void)state;

	for (size_t i = 0; i < N(cases); i++) {
		struct http_params ps;
		http_params_begin(&cx, &things[5], &ps);
		http_params_json(&cx, &ps, zd_str_of(cases[i].body));
		enum zd_rc rc = http_params_end(&cx, &ps);
		if ((rc == ZD_OK) != (cases[i].status == 0) || ps.status != cases[i].status)
			if (!(rc == ZD_INVALID && cases[i].status == 422 && !ps.status))
				fail_msg("%s: rc %d status %d", cases[i].body, (int)rc, ps.status);
	}
}

/* --- the API's description
 * -------------------------------------------------------------------------------------------- */

/* The raw value at a path of member names. */
static struct zd_str
at(struct zd_str text, const char *const *names)
{
	for (; *names; names++) {
		struct json j = json_open(arena, text, JSON_UNIQUE);
		struct zd_str key, found = { 0 };
		assert_true(json_enter_object(&j));
		while (json_next_member(&j, &key))
			if (zd_str_equal(key, zd_str_of(*names)))
				assert_true(json_raw(&j, &found));
		if (!json_end(&j))
			fail_msg("%s at %zu of %.*s", j.fault, j.fault_at, ZD_STR_ARG(text));
		text = found;
		if (!text.p)
			break;
	}
	return text;
}
#define AT(text, ...) at(text, (const char *const[]){ __VA_ARGS__, NULL })

static void
the_tables_describe_the_api(void **state)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct zd_out again ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	const struct http_route *const all[] = { things, http_builtin_routes, NULL };
	(void)state;

	http_openapi(&out, all);
	http_openapi(&again, all);
	assert_false(out.failed);
	struct zd_str doc = zd_out_str(&out);
	assert_true(zd_str_equal(doc, zd_out_str(&again)));
	assert_text(AT(doc, "openapi"), "\"3.1.0\"");
	assert_text(AT(doc, "paths", "/api/v1/things", "post", "summary"), "\"建\"");
	assert_text(AT(doc, "paths", "/api/v1/things", "post", "parameters"), "[]");
	assert_text(
		AT(doc, "paths", "/api/v1/things", "post", "requestBody", "content",
		   "application/json", "schema", "properties", "name"),
		"{\"type\":\"string\",\"description\":\"名称\",\"minLength\":2,\"maxLength\":5}");
	assert_text(AT(doc, "paths", "/api/v1/things", "post", "requestBody", "content",
		       "application/json", "schema", "required"),
		    "[\"name\"]");
	struct zd_str parameters = AT(doc, "paths", "/api/v1/things/{id}", "get", "parameters");
	assert_non_null(memmem(parameters.p, parameters.n,
			       "{\"name\":\"id\",\"in\":\"path\",\"description\":\"编号\","
			       "\"required\":true,\"schema\":{"
			       "\"type\":\"integer\",\"format\":\"int64\",\"description\":\"编号\","
			       "\"minimum\":1,\"maximum\":999}}",
			       sizeof("{\"name\":\"id\",\"in\":\"path\",\"description\":\"编号\","
				      "\"required\":true,\"schema\":{"
				      "\"type\":\"integer\",\"format\":\"int64\",\"description\":"
				      "\"编号\",\"minimum\":1,\"maximum\":999}}") -
				       1));
	assert_text(AT(doc, "paths", "/api/v1/openapi.json", "get", "security"), "[]");
	assert_non_null(
		AT(doc, "paths", "/api/v1/things/{id}", "get", "responses", "422", "content").p);
	assert_non_null(AT(doc, "components", "schemas", "Error").p);
	assert_non_null(AT(doc, "components", "securitySchemes", "key").p);
	assert_null(AT(doc, "paths", "/things/{id}").p); /* pages are not the API */
}

/* RFC 9110 12.5.1: the closest range decides; q=0 refuses; what is no list of ranges asks for nothing. */
static void
an_accept_header_lets_types_through(void **state)
{
	static const struct {
		const char *accept;
		bool yes;
	} cases[] = {
		{ "", true },
		{ "*/*", true },
		{ "application/json", true },
		{ "APPLICATION/JSON;charset=utf-8", true },
		{ "application/*", true },
		{ "text/html, application/json;q=0.1", true },
		{ "text/html, */*;q=0.8", true },
		{ "image/png", false },
		{ "text/*", false },
		{ "application/xml, text/html;q=1", false },
		{ "application/jsonp", false },
		{ "application/json;q=0", false },
		{ "application/json; q=0.000, */*", false },
		{ "*/*;q=0", false },
		{ "*/*;q=0, application/json", true },
		{ "nothing", true },
		{ ",;,", true },
		{ "application/", false },
	};

	(void)state;
	assert_true(http_accepts((struct zd_str){ 0 }, ZD_STR("application/json")));
	for (size_t i = 0; i < ZD_COUNT(cases); i++)
		if (http_accepts(zd_str_of(cases[i].accept), ZD_STR("application/json; x=1")) !=
		    cases[i].yes)
			fail_msg("%s", cases[i].accept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_decoded_once),
		cmocka_unit_test(crooked_paths_are_refused),
		cmocka_unit_test(pairs_are_decoded),
		cmocka_unit_test(a_form_reads_the_same_however_it_is_cut),
		cmocka_unit_test(an_accept_header_lets_types_through),
		cmocka_unit_test(crooked_forms_are_refused),
		cmocka_unit_test(a_boundary_is_read_from_the_type),
		cmocka_unit_test(names_of_files_are_cleaned),
		cmocka_unit_test(words_win_over_parameters),
		cmocka_unit_test(faulty_tables_stop_the_start),
		cmocka_unit_test(parameters_reach_their_fields),
		cmocka_unit_test(faults_of_parameters_are_all_told),
		cmocka_unit_test(undeclared_fields_are_kept_where_a_route_takes_them),
		cmocka_unit_test(json_members_are_parameters),
		cmocka_unit_test(the_tables_describe_the_api),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
