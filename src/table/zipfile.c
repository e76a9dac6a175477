/* zipfile: directories of ZIP files without trust, members inflated under count. */
#include "table/zipfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZLIB_CONST
#include <zlib.h>

#include "table/input.h"
#include "table/reader.h"

#define END_SIZE 22
#define END64_SIZE 56
#define LOCATOR_SIZE 20
#define CENTRAL_SIZE 46
#define LOCAL_SIZE 30
#define NAME_MAX_BYTES 512
#define DIRECTORY_MAX ((int64_t)4 << 20)
#define FREE_RATIO_BYTES ((int64_t)1 << 20)
#define BLOCK ((size_t)32 << 10)

#define FLAG_ENCRYPTED 0x2041U /* traditional, strong, or a masked directory */
#define FLAG_SIZES_BEHIND 0x0008U
#define NO_16 0xFFFFU
#define NO_32 0xFFFFFFFFU

#define BROKEN "工作簿已损坏（%s），请用 Excel 或 WPS 重新保存后再传"

static uint16_t
get16(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint16_t)(u[0] | u[1] << 8);
}

static uint32_t
get32(const char *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static int64_t
get64(const char *p)
{
	return (int64_t)(get32(p) | (uint64_t)get32(p + 4) << 32);
}

static enum zd_rc
fail_broken(struct zd_cx *cx, const char *why)
{
	return zd_fail(cx, ZD_INVALID, NULL, BROKEN, why);
}

static enum zd_rc
fail_read(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：%s", strerrordesc_np(errno));
}

/* Exactly n bytes. */
static enum zd_rc
read_exactly(struct zd_cx *cx, const struct zip *zip, void *p, size_t n, int64_t at)
{
	int64_t got = input_read_at(zip->fd, p, n, at);

	if (got < 0)
		return fail_read(cx);
	return (size_t)got == n ? ZD_OK : fail_broken(cx, "位置超出文件");
}

/* --- the directory ------------------------------------------------------------------------- */

struct ending {
	int64_t at;             /* of the first record that is no directory */
	int64_t start, size, n; /* of the directory */
};

/* The last record of the file, whose comment ends with the file. */
static const char *
find_end(const char *tail, size_t n)
{
	for (size_t i = n < END_SIZE ? 0 : n - END_SIZE + 1; i-- > 0;)
		if (get32(tail + i) == 0x06054B50U && get16(tail + i + 20) == n - i - END_SIZE)
			return tail + i;
	return NULL;
}

/* The 64-bit records, if the last one points to them with its largest numbers. */
static enum zd_rc
read_end64(struct zd_cx *cx, const struct zip *zip, struct ending *e)
{
	char locator[LOCATOR_SIZE], end[END64_SIZE];

	if (e->at < LOCATOR_SIZE)
		return fail_broken(cx, "目录缺失");
	ZD_TRY(read_exactly(cx, zip, locator, sizeof(locator), e->at - LOCATOR_SIZE));
	int64_t at = get64(locator + 8);
	if (get32(locator) != 0x07064B50U || at < 0 || at > e->at - LOCATOR_SIZE - END64_SIZE)
		return fail_broken(cx, "目录缺失");
	ZD_TRY(read_exactly(cx, zip, end, sizeof(end), at));
	if (get32(end) != 0x06064B50U)
		return fail_broken(cx, "目录缺失");
	*e = (struct ending){ at, get64(end + 48), get64(end + 40), get64(end + 32) };
	return ZD_OK;
}

static enum zd_rc
check_ending(struct zd_cx *cx, const struct ending *e)
{
	if (e->n < 0 || e->n > ZIP_MEMBERS_MAX)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "工作簿里有超过 %d 个部件，不像正常的工作簿",
			       ZIP_MEMBERS_MAX);
	if (e->size > DIRECTORY_MAX)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "工作簿的目录过长，不像正常的工作簿");
	if (e->size < e->n * CENTRAL_SIZE || e->start < 0 || e->start > e->at - e->size)
		return fail_broken(cx, "目录位置不对");
	return ZD_OK;
}

static enum zd_rc
find_directory(struct zd_cx *cx, struct zip *zip, struct zd_arena *arena, struct ending *ret)
{
	size_t n = (size_t)(zip->bytes < END_SIZE + NO_16 ? zip->bytes : END_SIZE + NO_16);
	char *tail = zd_alloc(arena, n);

	ZD_TRY(read_exactly(cx, zip, tail, n, zip->bytes - (int64_t)n));
	const char *end = find_end(tail, n);
	if (!end)
		return zd_fail(cx, ZD_INVALID, NULL,
			       "工作簿不完整（没有传完）或不是 .xlsx 文件，请重传");
	struct ending e = { zip->bytes - (int64_t)n + (end - tail), get32(end + 16),
			    get32(end + 12), get16(end + 10) };
	if (e.n == NO_16 || e.size == NO_32 || e.start == NO_32)
		ZD_TRY(read_end64(cx, zip, &e));
	else if (get16(end + 4) || get16(end + 6) || get16(end + 8) != e.n)
		return fail_broken(cx, "分成几卷");
	zip->comment = (struct zd_str){ end + END_SIZE, get16(end + 20) };
	*ret = e;
	return check_ending(cx, ret);
}

/* --- members ------------------------------------------------------------------------------- */

/* Sizes and offset that did not fit 32 bits, in the order in which they are missing. */
static bool
take_extra64(struct zip_member *m, const char *extra, size_t n)
{
	int64_t *wanted[3] = { &m->size, &m->packed, &m->local };

	while (n >= 4) {
		size_t length = get16(extra + 2);
		if (length > n - 4)
			return false;
		const char *p = extra + 4;
		for (size_t i = 0; get16(extra) == 1 && i < 3; i++) {
			if (*wanted[i] != NO_32)
				continue;
			if (length < 8)
				return false;
			*wanted[i] = get64(p);
			p += 8;
			length -= 8;
		}
		length = get16(extra + 2);
		extra += 4 + length;
		n -= 4 + length;
	}
	return m->size >= 0 && m->packed >= 0 && m->local >= 0;
}

static bool
is_dangerous(struct zd_str name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES || name.p[0] == '/' ||
	    (name.n > 1 && name.p[1] == ':'))
		return true;
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] < 0x20 || name.p[i] == '\\' || name.p[i] == 0x7F)
			return true;
		bool starts = i == 0 || name.p[i - 1] == '/';
		if (starts && name.n - i >= 2 && name.p[i] == '.' && name.p[i + 1] == '.' &&
		    (name.n - i == 2 || name.p[i + 2] == '/'))
			return true;
	}
	return false;
}

static bool
is_link(const char *central)
{
	return central[5] == 3 && (get32(central + 38) >> 16 & 0170000) == 0120000;
}

static enum zd_rc
check_member(struct zd_cx *cx, const struct zip *zip, const struct zip_member *m)
{
	if (m->flags & FLAG_ENCRYPTED)
		return zd_fail(cx, ZD_INVALID, NULL, "工作簿的部件是加密的，请去掉密码后再传");
	if (is_dangerous(m->name) || is_link(m->central.p))
		return fail_broken(cx, "部件名不合规");
	if (m->method != 0 && m->method != 8)
		return fail_broken(cx, "压缩方法不认识");
	if (m->method == 0 && m->packed != m->size)
		return fail_broken(cx, "部件大小前后不一");
	if (m->size > zip->limits.max_bytes)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "工作簿解压后超过 %lld MiB，请分成几个文件",
			       (long long)(zip->limits.max_bytes >> 20));
	return ZD_OK;
}

/* One record of the directory at p; ret_n is how long it is. */
static enum zd_rc
read_central(struct zd_cx *cx, const struct zip *zip, const char *p, size_t n, struct zip_member *m,
	     size_t *ret_n)
{
	if (n < CENTRAL_SIZE || get32(p) != 0x02014B50U)
		return fail_broken(cx, "目录不完整");
	size_t name = get16(p + 28), extra = get16(p + 30), comment = get16(p + 32);
	size_t whole = CENTRAL_SIZE + name + extra + comment;
	if (whole > n)
		return fail_broken(cx, "目录不完整");
	*m = (struct zip_member){
		.name = { p + CENTRAL_SIZE, name },
		.flags = get16(p + 8),
		.method = get16(p + 10),
		.time = get16(p + 12),
		.date = get16(p + 14),
		.crc = get32(p + 16),
		.packed = get32(p + 20),
		.size = get32(p + 24),
		.local = get32(p + 42),
		.central = { p, whole },
	};
	if (!take_extra64(m, p + CENTRAL_SIZE + name, extra))
		return fail_broken(cx, "目录不完整");
	*ret_n = whole;
	return check_member(cx, zip, m);
}

static int
compare_names(struct zd_str a, struct zd_str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = strncasecmp(a.p, b.p, n);

	if (c)
		return c;
	return a.n < b.n ? -1 : a.n > b.n;
}

static int
by_name(const void *a, const void *b)
{
	return compare_names(((const struct zip_member *)a)->name,
			     ((const struct zip_member *)b)->name);
}

static int
by_place(const void *a, const void *b)
{
	int64_t x = ((const struct zip_member *)a)->local,
		y = ((const struct zip_member *)b)->local;

	return x < y ? -1 : x > y;
}

static enum zd_rc
check_names(struct zd_cx *cx, struct zip *zip)
{
	qsort(zip->members, zip->n, sizeof(*zip->members), by_name);
	for (size_t i = 1; i < zip->n; i++)
		if (by_name(&zip->members[i - 1], &zip->members[i]) == 0)
			return fail_broken(cx, "有两个同名的部件");
	return ZD_OK;
}

/* The local header says the same as the directory. Finds where the data is. */
static enum zd_rc
check_local(struct zd_cx *cx, const struct zip *zip, struct zip_member *m)
{
	char head[LOCAL_SIZE + NAME_MAX_BYTES];

	if (m->end - m->local < (int64_t)(LOCAL_SIZE + m->name.n))
		return fail_broken(cx, "部件互相重叠");
	ZD_TRY(read_exactly(cx, zip, head, LOCAL_SIZE + m->name.n, m->local));
	struct zd_str name = { head + LOCAL_SIZE, get16(head + 26) };
	uint16_t flags = get16(head + 6);
	if (get32(head) != 0x04034B50U || name.n != m->name.n ||
	    memcmp(name.p, m->name.p, name.n) != 0 || get16(head + 8) != m->method ||
	    (flags & FLAG_ENCRYPTED))
		return fail_broken(cx, "部件与目录不符");
	uint32_t packed = get32(head + 18), size = get32(head + 22);
	if (!(flags & FLAG_SIZES_BEHIND) && packed != NO_32 && size != NO_32 &&
	    (packed != m->packed || size != m->size || get32(head + 14) != m->crc))
		return fail_broken(cx, "部件与目录不符");
	m->data = m->local + LOCAL_SIZE + (int64_t)name.n + get16(head + 28);
	if (m->data > m->end || m->packed > m->end - m->data)
		return fail_broken(cx, "部件互相重叠");
	return ZD_OK;
}

static enum zd_rc
check_places(struct zd_cx *cx, struct zip *zip, int64_t directory_at)
{
	qsort(zip->members, zip->n, sizeof(*zip->members), by_place);
	if (zip->n && zip->members[0].local != 0)
		return fail_broken(cx, "开头有多余的内容");
	for (size_t i = 0; i < zip->n; i++) {
		struct zip_member *m = &zip->members[i];
		m->end = i + 1 < zip->n ? zip->members[i + 1].local : directory_at;
		ZD_TRY(check_local(cx, zip, m));
	}
	return ZD_OK;
}

static enum zd_rc
read_members(struct zd_cx *cx, struct zip *zip, const struct ending *e, struct zd_arena *arena)
{
	char *p = zd_alloc(arena, (size_t)e->size);
	size_t left = (size_t)e->size, n = 0;
	int64_t total = 0;

	ZD_TRY(read_exactly(cx, zip, p, left, e->start));
	zip->directory = (struct zd_str){ p, left };
	zip->members = zd_new_array(arena, struct zip_member, (size_t)e->n);
	for (zip->n = 0; zip->n < (size_t)e->n; zip->n++) {
		struct zip_member *m = &zip->members[zip->n];
		ZD_TRY(read_central(cx, zip, p, left, m, &n));
		p += n;
		left -= n;
		total += m->size;
		if (total > zip->limits.max_bytes)
			return zd_fail(cx, ZD_TOO_LARGE, NULL,
				       "工作簿解压后超过 %lld MiB，请分成几个文件",
				       (long long)(zip->limits.max_bytes >> 20));
	}
	return left ? fail_broken(cx, "目录之后有多余的内容") : ZD_OK;
}

enum zd_rc
zip_open(struct zd_cx *cx, int fd, const struct table_limits *limits, struct zd_arena *arena,
	 struct zip **ret)
{
	struct zip *zip = zd_new(arena, struct zip);
	struct stat st;
	struct ending e = { 0 };

	*zip = (struct zip){ .fd = fd, .limits = table_limits_of(limits, TABLE_XLSX) };
	if (fstat(fd, &st) < 0)
		return fail_read(cx);
	zip->bytes = st.st_size;
	if (zip->bytes > zip->limits.max_packed)
		return zd_fail(
			cx, ZD_TOO_LARGE, NULL, "工作簿有 %lld MiB，超过 %lld MiB，请分成几个文件",
			(long long)(zip->bytes >> 20), (long long)(zip->limits.max_packed >> 20));
	ZD_TRY(find_directory(cx, zip, arena, &e));
	ZD_TRY(read_members(cx, zip, &e, arena));
	ZD_TRY(check_names(cx, zip));
	ZD_TRY(check_places(cx, zip, e.start));
	*ret = zip;
	return ZD_OK;
}

const struct zip_member *
zip_find(const struct zip *zip, struct zd_str name)
{
	for (size_t i = 0; i < zip->n; i++)
		if (zip->members[i].name.n == name.n &&
		    compare_names(zip->members[i].name, name) == 0)
			return &zip->members[i];
	return NULL;
}

/* --- inflating ----------------------------------------------------------------------------- */

struct zip_stream {
	const struct zip *zip;
	const struct zip_member *member;
	z_stream z;
	bool deflated;
	int64_t at;  /* packed bytes read from the file */
	int64_t out; /* bytes given */
	uint32_t crc;
	char in[BLOCK];
};

enum zd_rc
zip_stream_open(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member,
		struct zip_stream **ret)
{
	struct zip_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	s->zip = zip;
	s->member = member;
	s->deflated = member->method == 8;
	if (s->deflated && inflateInit2(&s->z, -15) != Z_OK) {
		free(s);
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	}
	*ret = s;
	return ZD_OK;
}

static enum zd_rc
read_packed(struct zd_cx *cx, struct zip_stream *s, char *p, size_t room, size_t *ret)
{
	int64_t left = s->member->packed - s->at;
	size_t n = left < (int64_t)room ? (size_t)left : room;

	ZD_TRY(read_exactly(cx, s->zip, p, n, s->member->data + s->at));
	s->at += (int64_t)n;
	*ret = n;
	return ZD_OK;
}

/* What was given is within what was said and what is sensible. */
static enum zd_rc
check_count(struct zd_cx *cx, const struct zip_stream *s)
{
	if (s->out > s->member->size)
		return fail_broken(cx, "部件比目录所写的大");
	int64_t read = zip_stream_at(s);
	if (s->out > FREE_RATIO_BYTES && s->out / s->zip->limits.max_ratio > read)
		return zd_fail(cx, ZD_TOO_LARGE, NULL,
			       "工作簿的压缩比超过 %d 倍，不像正常数据，已停止解压",
			       s->zip->limits.max_ratio);
	return ZD_OK;
}

static enum zd_rc
check_end(struct zd_cx *cx, const struct zip_stream *s)
{
	if (s->out != s->member->size || s->crc != s->member->crc)
		return fail_broken(cx, "校验和不符");
	return ZD_OK;
}

static enum zd_rc
inflate_some(struct zd_cx *cx, struct zip_stream *s, char *p, size_t n, size_t *ret)
{
	size_t got;

	s->z.next_out = (Bytef *)p;
	s->z.avail_out = (uInt)n;
	while (s->z.avail_out == n) {
		if (s->z.avail_in == 0) {
			ZD_TRY(read_packed(cx, s, s->in, sizeof(s->in), &got));
			s->z.next_in = (const Bytef *)s->in;
			s->z.avail_in = (uInt)got;
		}
		int rc = inflate(&s->z, Z_NO_FLUSH);
		if (rc == Z_STREAM_END)
			break;
		if (rc != Z_OK)
			return fail_broken(cx, "压缩数据不对");
	}
	*ret = n - s->z.avail_out;
	return ZD_OK;
}

enum zd_rc
zip_stream_read(struct zd_cx *cx, struct zip_stream *s, void *p, size_t n, size_t *ret)
{
	if (n > (size_t)1 << 20)
		n = (size_t)1 << 20;
	ZD_TRY(s->deflated ? inflate_some(cx, s, p, n, ret) : read_packed(cx, s, p, n, ret));
	s->out += (int64_t)*ret;
	ZD_TRY(check_count(cx, s));
	s->crc = (uint32_t)crc32(s->crc, p, (uInt)*ret);
	return *ret ? ZD_OK : check_end(cx, s);
}

int64_t
zip_stream_at(const struct zip_stream *s)
{
	return s->at - (s->deflated ? (int64_t)s->z.avail_in : 0);
}

void
zip_stream_drop(struct zip_stream **stream)
{
	struct zip_stream *s = *stream;

	if (s && s->deflated)
		(void)inflateEnd(&s->z);
	free(s);
	*stream = NULL;
}

enum zd_rc
zip_read_all(struct zd_cx *cx, const struct zip *zip, const struct zip_member *member, size_t max,
	     struct zd_arena *arena, struct zd_str *ret)
{
	struct zip_stream *s = NULL;

	if (member->size > (int64_t)max)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "工作簿的部件 %.*s 过大",
			       ZD_STR_ARG(member->name));
	char *p = zd_alloc(arena, (size_t)member->size + 1);
	size_t done = 0, got = 1;
	enum zd_rc rc = zip_stream_open(cx, zip, member, &s);
	while (rc == ZD_OK && got) {
		char byte; /* a byte too many is found, not stored */
		size_t room = (size_t)member->size - done;
		rc = zip_stream_read(cx, s, room ? p + done : &byte, room ? room : 1, &got);
		done += got;
	}
	zip_stream_drop(&s);
	if (rc == ZD_OK)
		*ret = (struct zd_str){ p, done };
	return rc;
}

/* --- writing ------------------------------------------------------------------------------- */

static void
set16(char *p, uint32_t v)
{
	p[0] = (char)(v & 0xFF);
	p[1] = (char)(v >> 8 & 0xFF);
}

static void
set32(char *p, uint32_t v)
{
	set16(p, v & 0xFFFF);
	set16(p + 2, v >> 16);
}

static enum zd_rc
write_all(struct zd_cx *cx, struct zip_writer *w, const char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = write(w->fd, p + at, n - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return zd_fail(cx, ZD_FAILED, NULL, "写入工作簿失败：%s",
				       strerrordesc_np(errno));
		at += (size_t)got;
	}
	w->at += (int64_t)n;
	return ZD_OK;
}

static enum zd_rc
copy_bytes(struct zd_cx *cx, struct zip_writer *w, int fd, int64_t at, int64_t n)
{
	char buf[BLOCK];

	while (n > 0) {
		int64_t got = input_read_at(fd, buf, n < (int64_t)BLOCK ? (size_t)n : BLOCK, at);
		if (got < 0)
			return fail_read(cx);
		if (got == 0)
			return fail_broken(cx, "位置超出文件");
		ZD_TRY(write_all(cx, w, buf, (size_t)got));
		at += got;
		n -= got;
	}
	return ZD_OK;
}

/* Where a directory record keeps the offset, in its 64-bit extra if that is where it is. */
static char *
offset_in_extra(char *record)
{
	char *p = record + CENTRAL_SIZE + get16(record + 28);
	size_t n = get16(record + 30);

	while (n >= 4 && get16(p) != 1) {
		size_t whole = 4U + get16(p + 2);
		if (whole > n)
			return NULL;
		p += whole;
		n -= whole;
	}
	size_t before =
		(get32(record + 24) == NO_32 ? 8U : 0U) + (get32(record + 20) == NO_32 ? 8U : 0U);
	return n >= 12 + before ? p + 4 + before : NULL;
}

static bool
set_offset(char *record, int64_t at)
{
	if (get32(record + 42) != NO_32) {
		set32(record + 42, (uint32_t)at);
		return true;
	}
	char *p = offset_in_extra(record);
	if (!p)
		return false;
	set32(p, (uint32_t)at);
	set32(p + 4, (uint32_t)(at >> 32));
	return true;
}

enum zd_rc
zip_copy(struct zd_cx *cx, struct zip_writer *w, const struct zip *from,
	 const struct zip_member *member)
{
	size_t before = w->directory.n;
	int64_t at = w->at;

	ZD_TRY(copy_bytes(cx, w, from->fd, member->local, member->end - member->local));
	w->directory.max = 2 * (size_t)DIRECTORY_MAX;
	zd_out_write(&w->directory, member->central);
	if (w->directory.failed)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	if (!set_offset(w->directory.p + before, at))
		return fail_broken(cx, "目录不完整");
	w->n++;
	return ZD_OK;
}

/* The fields that local and directory records have in common, from "version needed" on. */
static void
set_common(char *p, const struct zip_packed *m)
{
	set16(p, 20);
	set16(p + 2, 0);
	set16(p + 4, 8);
	set16(p + 6, m->time);
	set16(p + 8, m->date);
	set32(p + 10, m->crc);
	set32(p + 14, (uint32_t)m->packed);
	set32(p + 18, (uint32_t)m->size);
	set16(p + 22, (uint32_t)m->name.n);
}

enum zd_rc
zip_put(struct zd_cx *cx, struct zip_writer *w, const struct zip_packed *m)
{
	char local[LOCAL_SIZE] = { 'P', 'K', 3, 4 };
	char central[CENTRAL_SIZE] = { 'P', 'K', 1, 2, 20 };

	if (m->packed >= NO_32 || m->size >= NO_32)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "工作簿过大");
	set_common(local + 4, m);
	set_common(central + 6, m);
	set32(central + 42, (uint32_t)w->at);
	w->directory.max = 2 * (size_t)DIRECTORY_MAX;
	zd_out_write(&w->directory, (struct zd_str){ central, sizeof(central) });
	zd_out_write(&w->directory, m->name);
	ZD_TRY(write_all(cx, w, local, sizeof(local)));
	ZD_TRY(write_all(cx, w, m->name.p, m->name.n));
	w->n++;
	if (m->bytes.p)
		return write_all(cx, w, m->bytes.p, m->bytes.n);
	return copy_bytes(cx, w, m->fd, 0, m->packed);
}

enum zd_rc
zip_finish(struct zd_cx *cx, struct zip_writer *w, struct zd_str comment)
{
	char end[END_SIZE] = { 'P', 'K', 5, 6 };

	if (w->directory.failed || w->at >= NO_32 || w->n >= NO_16)
		return zd_fail(cx, ZD_FAILED, NULL, "写入工作簿失败：目录过长");
	set16(end + 8, (uint32_t)w->n);
	set16(end + 10, (uint32_t)w->n);
	set32(end + 12, (uint32_t)w->directory.n);
	set32(end + 16, (uint32_t)w->at);
	set16(end + 20, (uint32_t)comment.n);
	ZD_TRY(write_all(cx, w, w->directory.p, w->directory.n));
	ZD_TRY(write_all(cx, w, end, sizeof(end)));
	return write_all(cx, w, comment.p, comment.n);
}

enum zd_rc
zip_pack(struct zd_cx *cx, struct zd_arena *arena, struct zd_str name, struct zd_str text,
	 struct zip_packed *ret)
{
	z_stream z = { 0 };

	if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	size_t room = deflateBound(&z, text.n);
	char *p = zd_alloc(arena, room);
	z.next_in = (const Bytef *)text.p;
	z.avail_in = (uInt)text.n;
	z.next_out = (Bytef *)p;
	z.avail_out = (uInt)room;
	int rc = deflate(&z, Z_FINISH);
	size_t n = room - z.avail_out;
	(void)deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return zd_fail(cx, ZD_FAILED, NULL, "压缩部件失败");
	*ret = (struct zip_packed){
		.name = name,
		.crc = (uint32_t)crc32(0, (const Bytef *)text.p, (uInt)text.n),
		.size = (int64_t)text.n,
		.packed = (int64_t)n,
		.bytes = { p, n },
	};
	return ZD_OK;
}
