#ifndef ZD_INGEST_REJECT_H
#define ZD_INGEST_REJECT_H

#include "ingest/ingest_app.h"

/*
 * A refused row read back from how it was stored, as far as the reader may see it: values and what repeats
 * them in a sentence are masked by the class of their field.
 */
struct ingest_refused {
	const struct standard *standard;
	struct zd_str *sent;  /* n_fields values as sent, absent if not; unmasked */
	struct zd_str *shown; /* the same, masked for the reader */
	bool *masked;         /* whether they differ */
	struct zd_str whole;  /* a row that could not be read: its text, or absent */
	struct standard_error *errors;
	size_t n_errors;
};
enum zd_rc ingest_refused_read(struct zd_cx *cx, const struct standard *std,
			       const struct ingest_reject *reject,
			       struct ingest_refused *ret) ZD_CHECKED;

/* {"row":…,"line":…,"state":"outstanding",…,"raw":{…},"errors":[…]}: as stored, masked for the reader. */
enum zd_rc ingest_refused_json(struct zd_cx *cx, struct zd_out *out, const struct standard *std,
			       const struct ingest_reject *reject) ZD_CHECKED;

/* The highest class of the standard's fields: who may have the sender's whole file back. */
int ingest_class_of(const struct standard *std);

#endif
