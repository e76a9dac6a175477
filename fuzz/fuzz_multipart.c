/* The multipart reader: the cut of the input into pieces makes no difference. First byte: the size of a piece. */
#include <stdlib.h>
#include <string.h>

#include "http/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	uint64_t hash;
	size_t parts, ends;
};

static void
add(struct tally *t, struct zd_str s)
{
	for (size_t i = 0; i < s.n; i++)
		t->hash = (t->hash ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001B3);
}

static bool
on_begin(void *arg, const struct multipart_part *part)
{
	struct tally *t = arg;

	if (!part->name.n || t->parts != t->ends)
		abort();
	add(t, part->name);
	add(t, part->filename);
	t->parts++;
	return true;
}

static bool
on_data(void *arg, struct zd_str bytes)
{
	add(arg, bytes);
	return true;
}

static bool
on_end(void *arg)
{
	struct tally *t = arg;

	t->ends++;
	return true;
}

static bool
read_all(struct zd_str body, size_t piece, struct tally *ret)
{
	static struct multipart mp;

	*ret = (struct tally){ 0 };
	multipart_begin(&mp, ZD_STR("xyz"), 50,
			(struct multipart_sink){ on_begin, on_data, on_end, ret });
	for (size_t i = 0; i < body.n; i += piece) {
		size_t n = body.n - i < piece ? body.n - i : piece;
		if (!multipart_feed(&mp, (struct zd_str){ body.p + i, n }))
			return false;
	}
	return multipart_end(&mp);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char buf[MULTIPART_BOUNDARY_MAX];
	struct tally whole, cut;

	if (!size)
		return 0;
	struct zd_str body = { (const char *)data + 1, size - 1 };
	(void)multipart_boundary(body, buf);
	if (read_all(body, body.n ? body.n : 1, &whole) !=
	    read_all(body, data[0] ? data[0] : 1, &cut))
		abort();
	if (whole.parts != cut.parts || whole.hash != cut.hash)
		abort();
	return 0;
}
