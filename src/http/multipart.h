#ifndef ZD_HTTP_MULTIPART_H
#define ZD_HTTP_MULTIPART_H

#include "base/zd.h"

/*
 * multipart/form-data (RFC 7578), read strictly as it streams in: no preamble, no epilogue, CRLF
 * only, no padding behind a delimiter, each part one Content-Disposition with one name. Memory is
 * bounded by the size of this struct, whatever is sent.
 */
#define MULTIPART_BOUNDARY_MAX 70
#define MULTIPART_LINE_MAX 2048

struct multipart_part {
	struct zd_str name;
	struct zd_str filename; /* absent: a text field */
	struct zd_str type;     /* absent if not sent */
};

/* What is found; borrowed until the callback returns. False ends the reading (the sink knows why).
 */
struct multipart_sink {
	bool (*begin)(void *arg, const struct multipart_part *part);
	bool (*data)(void *arg, struct zd_str bytes);
	bool (*end)(void *arg);
	void *arg;
};

struct multipart {
	struct multipart_sink sink;
	int state;
	char delimiter[MULTIPART_BOUNDARY_MAX + 4]; /* CR LF - - boundary */
	size_t delimiter_n, matched;
	char line[MULTIPART_LINE_MAX];
	size_t line_n;
	unsigned headers, parts, parts_max;
	bool disposed;
	struct multipart_part part;
	char name[MULTIPART_LINE_MAX], filename[MULTIPART_LINE_MAX], type[256];
	const char *fault; /* a literal; NULL after a false from the sink */
};

/* The boundary of a Content-Type, unquoted into buf; absent if there is none or it is not allowed.
 */
struct zd_str multipart_boundary(struct zd_str content_type, char buf[MULTIPART_BOUNDARY_MAX]);
void multipart_begin(struct multipart *mp, struct zd_str boundary, unsigned parts_max,
		     struct multipart_sink sink);
/* False: stop, see mp->fault. The cut of the input into pieces makes no difference. */
bool multipart_feed(struct multipart *mp, struct zd_str bytes);
/* The input has ended: false if it was not complete. */
bool multipart_end(struct multipart *mp);

#endif
