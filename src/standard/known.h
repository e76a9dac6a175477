#ifndef ZD_STANDARD_KNOWN_H
#define ZD_STANDARD_KNOWN_H

#include "base/json.h"
#include "standard/standard.h"

/* What a request says of the city ("known" of session.h), as answers to the judge. Lives in the arena. */
struct known;
/* Reads the object at the cursor; false on a fault of the cursor. */
bool known_read(struct json *j, struct zd_arena *arena, struct known **ret);
/* Fills the members that it can answer. */
void known_refs(struct known *known, struct standard_refs *ret);

#endif
