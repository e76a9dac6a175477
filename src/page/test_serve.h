#ifndef ZD_TEST_SERVE_H
#define ZD_TEST_SERVE_H

#include "base/app.h"
#include "http/http.h"
#include "job/job.h"
#include "trust/test_trust.h"

/*
 * The real server over loopback, behind the real gate, with files and jobs, for black-box tests:
 *
 *	struct serve s;
 *	serve_start(t, set, pool, tables, &s);
 *	struct serve_who who = serve_sign_in(t, &s, "officer");
 *	struct serve_answer a = serve_get(&s, &who, "/desk/batches");
 *	serve_stop(&s);
 */
struct serve {
	struct zd_arena *arena; /* of what is asked and answered */
	struct app app;
	struct http_server *server;
	char dir[64];
	struct db *db; /* of the jobs */
};
struct serve_who {
	struct zd_str cookie, csrf, key; /* a person, or a department's system */
};
struct serve_answer {
	int status;
	struct zd_str head, body;
	struct zd_str location; /* or absent */
};

void serve_start(struct test_db *t, const struct standard_set *set, struct db_pool *pool,
		 const struct http_route *const *tables, struct serve *ret);
void serve_stop(struct serve *s);
struct serve_who serve_sign_in(struct test_db *t, struct serve *s, const char *account);
struct serve_who serve_key(struct test_db *t, struct serve *s, int64_t dept, int level);

struct serve_answer serve_get(struct serve *s, const struct serve_who *who, const char *path);
/* headers: more lines, each ended by CRLF, or "". */
struct serve_answer serve_post(struct serve *s, const struct serve_who *who, const char *path,
			       const char *headers, struct zd_str body);
/* A form: pairs of name and value end at NULL; the token is added. file (may be absent) is sent as `file`. */
struct serve_answer serve_form(struct serve *s, const struct serve_who *who, const char *path,
			       const char *const *pairs, const char *file_name, struct zd_str file);
/* Runs what is queued, until nothing is. */
void serve_jobs(struct test_db *t, struct serve *s, const struct job_kind *const *kinds);

bool serve_has(struct zd_str s, const char *part);
/* The integer behind "name":, or a failed test. */
int64_t serve_number(struct zd_str json, const char *name);
#define assert_status(answer, want)                                                                \
	do {                                                                                       \
		struct serve_answer a_ = (answer);                                                 \
		if (a_.status != (want))                                                           \
			fail_msg("wanted %d, got %d: %.*s", (want), a_.status,                     \
				 (int)(a_.body.n > 3000 ? 3000 : a_.body.n), a_.body.p);           \
	} while (0)
#define assert_has(text, part)                                                                     \
	do {                                                                                       \
		struct zd_str h_ = (text);                                                         \
		if (!serve_has(h_, (part)))                                                        \
			fail_msg("no '%s' in: %.*s", (part), (int)(h_.n > 6000 ? 6000 : h_.n),     \
				 h_.p);                                                            \
	} while (0)

#endif
