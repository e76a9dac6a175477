#ifndef ZD_INGEST_WEB_H
#define ZD_INGEST_WEB_H

#include <string.h>

#include "base/app.h"
#include "db/list.h"
#include "ingest/ingest_app.h"
#include "ingest/ingest_spool.h"
#include "page/page.h"
#include "trust/trust.h"

/*
 * What the routes of ingest share, and what its .html files are given. Routes and jobs of the room are
 * listed in cli/services.c.
 */
extern const struct http_route ingest_api_routes[];    /* batches, validation */
extern const struct http_route ingest_desk_routes[];   /* upload, batches, what is outstanding */
extern const struct http_route ingest_repair_routes[]; /* refused rows */

/* --- lists (ingest_list_web.c) ------------------------------------------------------------------- */

extern const struct db_list ingest_batch_list, ingest_reject_list;
/* What is outstanding, a row a department and standard. */
extern const struct db_list ingest_outstanding_list;
/* The records that a batch brought, and those that it changed: any standard's. The names are the standard's own. */
const struct db_list *ingest_inserted_list(const struct standard *std);
const struct db_list *ingest_updated_list(const struct standard *std);
/* What waits in quarantine. */
const struct db_list *quarantine_list(const struct standard *std);

http_handler ingest_batches;     /* GET /desk/batches, /api/v1/batches */
http_handler ingest_outstanding; /* GET /desk/outstanding, /api/v1/outstanding */

extern const struct page_choice ingest_state_choices[], ingest_source_choices[],
	ingest_reject_choices[];
/* All standards, by name; all departments, by id. */
const struct page_choice *ingest_standard_choices(struct zd_cx *cx, const struct http_request *req);
enum zd_rc ingest_dept_choices(struct zd_cx *cx, struct db *db,
			       const struct page_choice **ret) ZD_CHECKED;
/* The standard's, or its name if there is none such. */
struct zd_str ingest_standard_title(const struct http_request *req, struct zd_str name);
bool ingest_sees_all(const struct zd_cx *cx);

/* --- who sends what (ingest_api_web.c) ---------------------------------------------------------- */

#define INGEST_SENDERS (TRUST_DATA_OFFICER | TRUST_PLATFORM)
#define INGEST_READERS (TRUST_BUSINESS & ~(uint32_t)TRUST_LEADER) /* rows, not only figures */
#define INGEST_MAX_BODY ((int64_t)1 << 30)
#define INGEST_MAX_UPLOAD ((int64_t)512 << 20)

/* Are records of that standard the city's, not a department's? */
bool ingest_is_city(const struct standard *std);
/* May the actor send records of the standard at all? City standards are the platform's, all others the departments'. */
bool ingest_may_send(const struct zd_actor *actor, const struct standard *std);
/* ZD_NOT_FOUND: there is none of that name. */
enum zd_rc ingest_web_standard(struct zd_cx *cx, const struct http_request *req, struct zd_str name,
			       const struct standard **ret) ZD_CHECKED;
/* Whose records these will be. ZD_REFUSED: he may not send them. code: only the platform needs it, for a department. */
enum zd_rc ingest_web_dept(struct zd_cx *cx, struct db *db, const struct standard *std,
			   struct zd_str code, int64_t *ret) ZD_CHECKED;
/* The batch, if the actor may see its department's. */
enum zd_rc ingest_web_batch(struct zd_cx *cx, struct db *db, int64_t id,
			    struct ingest_batch *ret) ZD_CHECKED;
/* What is outstanding in a batch by cause, in the arena, masked for the reader. */
enum zd_rc ingest_web_causes(struct zd_cx *cx, struct db *db, const struct ingest_batch *batch,
			     const struct standard *std, const struct ingest_cause **ret,
			     size_t *ret_n) ZD_CHECKED;
/* The returned workbook or list of a batch as the reply. */
enum zd_rc ingest_web_workbook(struct zd_cx *cx, struct http_request *req, struct http_reply *rep,
			       const struct ingest_batch *batch) ZD_CHECKED;
/* May he have the sender's own file back? */
bool ingest_may_have_file(const struct zd_cx *cx, const struct standard *std, int64_t dept);

struct ingest_env ingest_env_of(const struct app *app);

/* Not more than so many imports at once in the threads that answer requests; the next is told ZD_BUSY. */
bool ingest_web_enter(void);
void ingest_web_leave(bool *entered); /* for ZD_CLEANUP */

/* --- for ingest.html ----------------------------------------------------------------------------- */

struct ingest_templates { /* what may be sent: with the way to its template */
	const struct standard **stds;
	size_t n;
};
void ingest_guide_html(struct zd_out *out, const struct ingest_templates *templates);
void ingest_notes_html(struct zd_out *out, struct zd_str notes);
/* rows_href: "/desk/batches/1/rows", or absent: causes are not links. */
void ingest_causes_html(struct zd_out *out, struct zd_arena *arena, struct zd_str title,
			const struct ingest_cause *causes, size_t n, struct zd_str rows_href);
struct ingest_refused;
void ingest_problems_html(struct zd_out *out, const struct ingest_refused *row);
void ingest_whole_html(struct zd_out *out, struct zd_str whole);

#endif
