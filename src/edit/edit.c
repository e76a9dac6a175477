/* Which fields of a record a person may set. */
#include "edit/edit.h"

bool
edit_may_set(const struct zd_actor *actor, const struct standard *std, size_t field, bool is_new,
	     struct zd_str before)
{
	const struct standard_field *f = &std->fields[field];
	bool system = actor->id == 0 && actor->roles == 0;

	if (f->exchange)
		return false;
	if (is_new)
		return true;
	return (int)field != std->key && (system || actor->level >= f->data_class || !before.n);
}
