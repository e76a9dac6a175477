/* What the pages of trust share: forms that explain themselves, choices, the way to a fresh password. */
#include "trust/trust_pages.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Many a browser claims to be another: the first that is found counts. */
struct agent_word {
	const char *token, *word;
};

static const char *
word_in(const struct agent_word *words, struct zd_str agent)
{
	for (; words->token; words++)
		if (memmem(agent.p, agent.n, words->token, strlen(words->token)))
			return words->word;
	return NULL;
}

struct zd_str
web_agent_words(struct zd_arena *arena, struct zd_str agent)
{
	static const struct agent_word browsers[] = {
		{ "MicroMessenger", "微信" }, { "DingTalk", "钉钉" },
		{ "QQBrowser", "QQ 浏览器" }, { "Edg", "Edge" },
		{ "OPR/", "Opera" },          { "Firefox/", "Firefox" },
		{ "Chrome/", "Chrome" },      { "Safari/", "Safari" },
		{ "curl/", "命令行" },        { NULL, NULL },
	};
	static const struct agent_word systems[] = {
		{ "Windows", "Windows" }, { "Android", "Android" }, { "iPhone", "iPhone" },
		{ "iPad", "iPad" },       { "Mac OS X", "macOS" },  { "Linux", "Linux" },
		{ NULL, NULL },
	};
	const char *browser = agent.n ? word_in(browsers, agent) : NULL;
	const char *os = agent.n ? word_in(systems, agent) : NULL;

	if (browser && os)
		return zd_str_printf(arena, "%s · %s", browser, os);
	return zd_str_of(browser ? browser : os ? os : "其他");
}

void
web_add(struct web_form *form, struct page_field field)
{
	if (form->n == WEB_FIELDS)
		abort();
	form->fields[form->n++] = field;
}

static bool
is_his_to_cure(enum zd_rc rc)
{
	return rc != ZD_OK && rc != ZD_FAILED && rc != ZD_UNCERTAIN && rc != ZD_NOT_FOUND;
}

enum zd_rc
web_form_show(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
	      struct web_form *form, enum zd_rc rc)
{
	if (rc != ZD_OK && !is_his_to_cure(rc))
		return rc;
	form->form.fields = form->fields;
	form->form.n_fields = form->n;
	if (rc != ZD_OK) {
		rep->status = zd_rc_meaning(rc)->http_status;
		page_form_fail(cx, &form->form, form->fields, form->n);
	}
	page_begin(cx, req, rep, &form->page);
	page_form(&rep->out, req, &form->form);
	return ZD_OK;
}

enum zd_rc
web_go(struct http_reply *rep, struct zd_str path)
{
	rep->location = path;
	return ZD_OK;
}

struct zd_str
web_own_path(struct zd_str path, const char *otherwise)
{
	bool own = path.n > 0 && path.p[0] == '/' &&
		   (path.n == 1 || (path.p[1] != '/' && path.p[1] != '\\'));

	for (size_t i = 0; own && i < path.n; i++)
		own = (unsigned char)path.p[i] > 0x20 && (unsigned char)path.p[i] < 0x7F &&
		      path.p[i] != '\\';
	return own ? path : zd_str_of(otherwise);
}

struct zd_str
web_confirm_path(struct zd_cx *cx, const struct http_request *req)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 8192 };

	if (trust_gate_is_fresh(cx, req))
		return (struct zd_str){ 0 };
	zd_out_write(&out, ZD_STR("/signin/confirm?next="));
	zd_out_url(&out, req->path);
	return zd_str_copy(cx->arena, zd_out_str(&out));
}

bool
web_confirm_first(struct zd_cx *cx, const struct http_request *req, struct http_reply *rep)
{
	struct zd_str path = web_confirm_path(cx, req);

	if (path.n)
		rep->location = path;
	return path.n > 0;
}

struct trust_env
web_env(const struct http_request *req)
{
	const struct app *app = req->app;

	return trust_env(&app->keys);
}

struct zd_str
web_int(struct zd_arena *arena, int64_t v)
{
	return v == ZD_NO_INT ? (struct zd_str){ 0 } : zd_str_printf(arena, "%lld", (long long)v);
}

/* --- choices ----------------------------------------------------------------------------- */

const struct page_choice web_person_states[] = {
	{ ZD_LIT("1"), ZD_LIT("在用"), PAGE_GOOD },
	{ ZD_LIT("2"), ZD_LIT("停用"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("待激活"), PAGE_WARN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
const struct page_choice web_dept_states[] = {
	{ ZD_LIT("1"), ZD_LIT("在用"), PAGE_GOOD },
	{ ZD_LIT("2"), ZD_LIT("撤销"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
const struct page_choice web_dept_levels[] = {
	{ ZD_LIT("1"), ZD_LIT("市级"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("县级"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("乡镇"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};
const struct page_choice web_levels[] = {
	{ ZD_LIT("1"), ZD_LIT("1 级（公开）"), PAGE_PLAIN },
	{ ZD_LIT("2"), ZD_LIT("2 级（内部）"), PAGE_PLAIN },
	{ ZD_LIT("3"), ZD_LIT("3 级（个人信息）"), PAGE_PLAIN },
	{ ZD_LIT("4"), ZD_LIT("4 级（敏感、举报人）"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

enum { SETS = 1 << 8, LAWFUL = 16 };
static struct page_choice role_sets[LAWFUL + 1];
static char role_words[2048]; /* what they are made of */
static size_t role_words_n;
static pthread_once_t made = PTHREAD_ONCE_INIT;

static struct zd_str
keep_word(struct zd_str word)
{
	char *to = role_words + role_words_n;

	if (word.n > sizeof(role_words) - role_words_n)
		abort();
	memcpy(to, word.p, word.n);
	role_words_n += word.n;
	return (struct zd_str){ to, word.n };
}

static void
make_choices(void)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	struct zd_cx cx = { .arena = arena };
	size_t n = 0;

	for (uint32_t set = 0; set < SETS && n < LAWFUL; set++)
		if (trust_check_roles(&cx, set) == ZD_OK)
			role_sets[n++] = (struct page_choice){
				.value = keep_word(web_int(arena, set)),
				.name = set ? keep_word(trust_roles_titles(arena, set))
					    : ZD_STR("无角色"),
			};
}

const struct page_choice *
web_role_sets(void)
{
	pthread_once(&made, make_choices);
	return role_sets;
}

enum zd_rc
web_dept_choices(struct zd_cx *cx, struct db *db, struct page_choice **ret)
{
	struct trust_dept *depts;
	size_t n, k = 0;

	ZD_TRY(trust_dept_list(cx, db, &depts, &n));
	struct page_choice *choices = zd_new_array(cx->arena, struct page_choice, n + 1);
	for (size_t i = 0; i < n; i++)
		if (depts[i].state == TRUST_DEPT_LIVE)
			choices[k++] =
				(struct page_choice){ .value = web_int(cx->arena, depts[i].id),
						      .name = depts[i].name };
	*ret = choices;
	return ZD_OK;
}
