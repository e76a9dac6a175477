#ifndef ZD_STANDARDS_WEB_H
#define ZD_STANDARDS_WEB_H

#include <string.h>

#include "ingest/ingest_web.h"
#include "standard/compile.h"

/* The data standards for people (desk and portal) and programs. All that is shown is the standards' own. */
extern const struct http_route standards_routes[];

/* For standards.html. base: "/desk" or "" (the portal). */
struct standards_view {
	struct zd_arena *arena;
	const char *base;
	const struct standard *std;
	int32_t today;
};
void standards_show_html(struct zd_out *out, const struct standards_view *view);
struct standards_codes_view {
	struct zd_arena *arena;
	const char *base;
	const struct standard_codes *codes;
	struct zd_str q;
	const struct standard_code **found;
	size_t n;
	bool more;
	int32_t today;
	const struct standard *const *users; /* standards with a field of this list */
	size_t n_users;
};
void standards_codes_html(struct zd_out *out, const struct standards_codes_view *view);

/* "/desk/standards/codes/NAME" */
struct zd_str standards_path(struct zd_arena *arena, const char *base, const char *kind,
			     struct zd_str name);

/* Words. */
const char *standards_type_title(const struct standard_field *field);
const char *standards_class_title(int data_class);
const char *standards_check_title(enum standard_check check);
size_t standards_required(const struct standard *std);
bool standards_code_in_force(const struct standard_code *code, int32_t day);

#endif
