/*
 * The judge as a WebAssembly module: the same C as on the server, with the standards built in. It imports nothing that
 * it needs from outside; assets/standard.mjs calls it so:
 *
 *   zd_start() → 0, once; else zd_answer holds why
 *   zd_request(n) → where to write n bytes of a request (session.h)
 *   zd_call() → length of the answer, which stands at zd_answer() until the next call
 */
#include <stdlib.h>
#include <string.h>

#include "standard/session.h"

#define EXPORT(name) __attribute__((export_name(name), visibility("default")))
#define ANSWER_MAX ((size_t)256 << 20)

EXPORT("zd_start") int zd_start(void);
EXPORT("zd_request") char *zd_request(size_t n);
EXPORT("zd_call") size_t zd_call(void);
EXPORT("zd_answer") const char *zd_answer(void);

static struct {
	struct standard_session *session;
	struct zd_arena *arena;
	char *request;
	size_t n;
	struct zd_out answer;
} module;

int
zd_start(void)
{
	struct zd_cx cx = { .arena = zd_arena_new((size_t)256 << 20) };
	struct standard_set *set;

	if (module.session)
		return 0;
	module.arena = cx.arena;
	module.answer = (struct zd_out){ .max = ANSWER_MAX };
	if (standard_load(&cx, &set) != ZD_OK) {
		zd_out_write(&module.answer, zd_str_of(cx.err.text));
		return 1;
	}
	module.session = standard_session_new(set);
	return 0;
}

char *
zd_request(size_t n)
{
	free(module.request);
	module.request = malloc(n + 1);
	module.n = module.request ? n : 0;
	return module.request;
}

size_t
zd_call(void)
{
	module.answer.n = 0;
	module.answer.failed = false;
	standard_session_call(module.session, (struct zd_str){ module.request, module.n },
			      &module.answer);
	if (module.answer.failed) {
		module.answer.failed = false;
		module.answer.n = 0;
		zd_out_write(&module.answer, ZD_STR("{\"fault\":\"结果过大，请分批核对\"}"));
	}
	return module.answer.n;
}

const char *
zd_answer(void)
{
	return module.answer.p;
}
