/* Answers requests (session.h) a line on standard input, as the WebAssembly module does: test/wasm_verdicts.mjs. */
#include <stdio.h>
#include <stdlib.h>

#include "standard/session.h"

int
main(void)
{
	struct zd_cx cx = { .arena = zd_arena_new((size_t)256 << 20) };
	struct zd_out out = { .max = (size_t)64 << 20 };
	struct standard_set *set;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (standard_load(&cx, &set) != ZD_OK) {
		fprintf(stderr, "%s\n", cx.err.text);
		return 1;
	}
	struct standard_session *session = standard_session_new(set);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		n -= line[n - 1] == '\n';
		out.n = 0;
		standard_session_call(session, (struct zd_str){ line, (size_t)n }, &out);
		printf("%.*s\n", ZD_STR_ARG(zd_out_str(&out)));
	}
	free(line);
	standard_session_free(session);
	zd_out_drop(&out);
	zd_arena_free(cx.arena);
	return 0;
}
