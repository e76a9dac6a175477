/* Text files as UTF-8 through a window: encodings found by content, converted as they are read. */
#include "table/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_WINDOW ((size_t)256 << 10)
#define SAMPLE ((size_t)1 << 20)
#define BLOCK ((size_t)64 << 10)
#define ROOM 8 /* the least that is worth a read; any character fits */

int64_t
input_read_at(int fd, void *p, size_t n, int64_t at)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(fd, (char *)p + done, n - done, at + (int64_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (int64_t)done;
}

/* --- UTF-8 and GB18030 --------------------------------------------------------------------- */

static bool
is_tail(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Length of the two to four bytes of a character at p, 0 if they are none. */
static size_t
utf8_wide(const char *p, size_t n)
{
	/* By leading byte: how long, and between what the second byte must be. */
	static const struct {
		unsigned char first, last, length, low, high;
	} forms[] = {
		{ 0xC2, 0xDF, 2, 0x80, 0xBF }, { 0xE0, 0xE0, 3, 0xA0, 0xBF },
		{ 0xE1, 0xEC, 3, 0x80, 0xBF }, { 0xED, 0xED, 3, 0x80, 0x9F },
		{ 0xEE, 0xEF, 3, 0x80, 0xBF }, { 0xF0, 0xF0, 4, 0x90, 0xBF },
		{ 0xF1, 0xF3, 4, 0x80, 0xBF }, { 0xF4, 0xF4, 4, 0x80, 0x8F },
	};
	unsigned char a = (unsigned char)p[0], b = n > 1 ? (unsigned char)p[1] : 0;
	size_t f = 0;

	while (f < ZD_COUNT(forms) && a > forms[f].last)
		f++;
	if (f == ZD_COUNT(forms) || a < forms[f].first || n < forms[f].length || b < forms[f].low ||
	    b > forms[f].high)
		return 0;
	for (size_t i = 2; i < forms[f].length; i++)
		if (!is_tail(p[i]))
			return 0;
	return forms[f].length;
}

/* Bytes at p that are plain ASCII and not NUL, as far as whole words of eight show it. */
static size_t
ascii_run(const char *p, size_t n)
{
	size_t i = 0;
	uint64_t w;

	for (; n - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		/* High bits of bytes that are not ASCII, or that a borrow shows to be zero. */
		if ((w | (w - 0x0101010101010101U)) & 0x8080808080808080U)
			break;
	}
	return i;
}

/* Bytes at p that are characters of U+1000 to U+CFFF, where Chinese is. */
static size_t
cjk_run(const char *p, size_t n)
{
	size_t i = 0;

	while (n - i >= 3 && (unsigned char)p[i] - 0xE1U < 0xEDU - 0xE1U && is_tail(p[i + 1]) &&
	       is_tail(p[i + 2]))
		i += 3;
	return i;
}

size_t
input_check_utf8(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		if ((unsigned char)p[i] >= 0x80) {
			size_t run = cjk_run(p + i, n - i);
			size_t step = run ? run : utf8_wide(p + i, n - i);
			if (!step)
				return i;
			i += step;
			continue;
		}
		size_t run = ascii_run(p + i, n - i);
		if (!run && !p[i])
			return i;
		i += run ? run : 1;
	}
	return n;
}

/* Length of the character at p, 0 if it is none. */
static size_t
gb18030_step(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] == 0x80 || p[0] == 0xFF || n < 2)
		return 0;
	if (p[1] >= 0x40 && p[1] != 0x7F && p[1] != 0xFF)
		return 2;
	if (n < 4 || p[1] < 0x30 || p[1] > 0x39)
		return 0;
	return p[2] >= 0x81 && p[2] <= 0xFE && p[3] >= 0x30 && p[3] <= 0x39 ? 4 : 0;
}

bool
input_is_gb18030(const char *p, size_t n)
{
	for (size_t i = 0, step; i < n; i += step) {
		step = gb18030_step((const unsigned char *)p + i, n - i);
		if (!step)
			return false;
	}
	return true;
}

/* --- finding the encoding ------------------------------------------------------------------ */

/* Lines with bytes beyond ASCII: good and bad as UTF-8, bad as GB18030. */
struct votes {
	int64_t utf8, not_utf8, not_gb18030;
};

static void
vote_line(struct votes *v, const char *p, size_t n)
{
	size_t bad = zd_utf8_check((struct zd_str){ p, n });

	if (bad < n)
		v->not_utf8++;
	else if (ascii_run(p, n) < n)
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)p[i] >= 0x80) {
				v->utf8++;
				break;
			}
	if (!input_is_gb18030(p, n))
		v->not_gb18030++;
}

/* Lines that end in the sample, and the last one if the sample is the end of the file. */
static void
vote_lines(struct votes *v, const char *p, size_t n, bool last)
{
	const char *end = p + n;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		if (!stop && !last)
			return;
		vote_line(v, p, (size_t)((stop ? stop : end) - p));
		p = stop ? stop + 1 : end;
	}
}

/*
 * GB18030 only if fewer lines are wrong in it than in UTF-8 and most lines are not UTF-8: Chinese
 * of even length in UTF-8 often reads as GB18030, the other way round hardly ever.
 */
static void
choose_by_votes(struct input *in, const struct votes *v)
{
	bool gb = v->not_utf8 > v->utf8 && v->not_gb18030 < v->not_utf8;

	in->encoding = gb ? INPUT_GB18030 : INPUT_UTF8;
	in->mixed = gb ? v->not_gb18030 > 0 : v->not_utf8 > 0;
}

/* Judges by the first lines of the first megabyte that is not plain ASCII. */
static enum zd_rc
vote(struct zd_cx *cx, struct input *in, char *sample, size_t cap)
{
	for (int64_t at = 0; at < in->size; at += (int64_t)cap) {
		int64_t n = input_read_at(in->fd, sample, cap, at);
		if (n < 0)
			return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：%s",
				       strerrordesc_np(errno));
		struct votes v = { 0 };
		vote_lines(&v, sample, (size_t)n, at + n >= in->size);
		if (v.utf8 == 0 && v.not_utf8 == 0)
			continue;
		choose_by_votes(in, &v);
		break;
	}
	return ZD_OK;
}

static const struct bom {
	struct zd_str bytes;
	enum input_encoding encoding;
} boms[] = {
	{ ZD_LIT("\xEF\xBB\xBF"), INPUT_UTF8 },
	{ ZD_LIT("\xFF\xFE"), INPUT_UTF16LE },
	{ ZD_LIT("\xFE\xFF"), INPUT_UTF16BE },
	{ ZD_LIT("\x84\x31\x95\x33"), INPUT_GB18030 },
};

static bool
take_bom(struct input *in, struct zd_str head)
{
	for (size_t i = 0; i < ZD_COUNT(boms); i++)
		if (zd_str_starts(head, boms[i].bytes)) {
			in->encoding = boms[i].encoding;
			in->after_bom = (int64_t)boms[i].bytes.n;
			return true;
		}
	return false;
}

static enum zd_rc
find_encoding(struct zd_cx *cx, struct input *in, bool must_be_utf8)
{
	char head[4];
	int64_t n = input_read_at(in->fd, head, sizeof(head), 0);

	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：%s", strerrordesc_np(errno));
	bool marked = take_bom(in, (struct zd_str){ head, (size_t)n });
	if (must_be_utf8 && in->encoding != INPUT_UTF8)
		return zd_fail(cx, ZD_INVALID, NULL,
			       "JSON 文件应使用 UTF-8 编码，这个文件是 %s，请转换后再传",
			       input_encoding_name(in));
	if (marked || must_be_utf8)
		return ZD_OK;
	size_t cap = in->size < (int64_t)SAMPLE ? (size_t)in->size + 1 : SAMPLE;
	char *sample = malloc(cap);
	enum zd_rc rc =
		sample ? vote(cx, in, sample, cap) : zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	free(sample);
	return rc;
}

const char *
input_encoding_name(const struct input *in)
{
	static const char *const names[] = {
		[INPUT_UTF8] = "UTF-8",
		[INPUT_GB18030] = "GB18030",
		[INPUT_UTF16LE] = "UTF-16LE",
		[INPUT_UTF16BE] = "UTF-16BE",
	};

	return names[in->encoding];
}

/* --- the window ---------------------------------------------------------------------------- */

static enum zd_rc
prepare(struct zd_cx *cx, struct input *in)
{
	in->cap = in->max < FIRST_WINDOW ? in->max : FIRST_WINDOW;
	in->p = malloc(in->cap + INPUT_PAD);
	if (in->p && in->encoding != INPUT_UTF8) {
		in->unconverted = malloc(BLOCK);
		in->cd = iconv_open("UTF-8", input_encoding_name(in));
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): so POSIX says "none" */
		in->converts = in->cd != (iconv_t)-1;
	}
	if (!in->p || (in->encoding != INPUT_UTF8 && !in->unconverted))
		return zd_fail(cx, ZD_FAILED, NULL, "内存不足");
	if (in->encoding != INPUT_UTF8 && !in->converts)
		return zd_fail(cx, ZD_FAILED, NULL, "本机不能转换 %s 编码",
			       input_encoding_name(in));
	input_rewind(in);
	return ZD_OK;
}

enum zd_rc
input_open(struct zd_cx *cx, int fd, size_t max_row, int64_t max_bytes, bool must_be_utf8,
	   struct input *ret)
{
	struct input in = { .fd = fd, .max = max_row };
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：不是普通文件");
	if (st.st_size > max_bytes)
		return zd_fail(cx, ZD_TOO_LARGE, NULL,
			       "文件有 %lld 字节，超过 %lld 字节，请分成几个文件",
			       (long long)st.st_size, (long long)max_bytes);
	in.size = st.st_size;
	ZD_TRY(find_encoding(cx, &in, must_be_utf8));
	enum zd_rc rc = prepare(cx, &in);
	if (rc != ZD_OK) {
		input_close(&in);
		return rc;
	}
	*ret = in;
	return ZD_OK;
}

char *
input_find(const struct input *in, char c)
{
	return in->end > in->start ? memchr(in->p + in->start, c, in->end - in->start) : NULL;
}

void
input_seal(struct input *in)
{
	in->p[in->end] = 0;
}

void
input_rewind(struct input *in)
{
	in->at = in->after_bom;
	in->start = in->end = in->n_unconverted = 0;
	in->eof = false;
	if (in->converts)
		(void)iconv(in->cd, NULL, NULL, NULL, NULL);
}

void
input_close(struct input *in)
{
	if (in->converts)
		(void)iconv_close(in->cd);
	free(in->unconverted);
	free(in->p);
	*in = (struct input){ 0 };
}

static bool
make_room(struct input *in)
{
	if (in->start) {
		memmove(in->p, in->p + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	if (in->cap - in->end >= ROOM)
		return true;
	size_t cap = in->cap * 2 < in->max ? in->cap * 2 : in->max;
	if (cap == in->cap)
		return false;
	char *p = realloc(in->p, cap + INPUT_PAD);
	if (!p)
		return false;
	in->p = p;
	in->cap = cap;
	return true;
}

static enum zd_rc
read_block(struct zd_cx *cx, struct input *in, char *p, size_t room, size_t *ret)
{
	int64_t n = input_read_at(in->fd, p, room, in->at);

	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "读取文件失败：%s", strerrordesc_np(errno));
	in->at += n;
	*ret = (size_t)n;
	return ZD_OK;
}

/* A byte that begins no character becomes 0xFF, which the reader of the row will find. */
static void
pass_bad_byte(struct input *in, char **from, size_t *n)
{
	size_t width = in->encoding == INPUT_GB18030 ? 1 : 2;

	if (width > *n)
		width = *n;
	in->p[in->end++] = (char)0xFF;
	*from += width;
	*n -= width;
}

/* Converts what it can; what is left waits for more bytes, and at the end of the file is bad. */
static void
convert(struct input *in, bool last)
{
	char *from = in->unconverted;
	size_t n = in->n_unconverted;

	while (n && in->end < in->cap) {
		char *to = in->p + in->end;
		size_t room = in->cap - in->end;
		size_t rc = iconv(in->cd, &from, &n, &to, &room);
		in->end = (size_t)(to - in->p);
		if (rc != (size_t)-1 || errno == E2BIG || in->end == in->cap)
			break;
		if (errno == EINVAL && !last)
			break;
		pass_bad_byte(in, &from, &n);
	}
	memmove(in->unconverted, from, n);
	in->n_unconverted = n;
}

static enum zd_rc
more_converted(struct zd_cx *cx, struct input *in)
{
	size_t got = 0, before = in->end;

	while (in->end == before) {
		size_t room = BLOCK - in->n_unconverted;
		ZD_TRY(read_block(cx, in, in->unconverted + in->n_unconverted, room, &got));
		in->n_unconverted += got;
		if (in->n_unconverted == 0) {
			in->eof = true;
			return ZD_OK;
		}
		size_t waiting = in->n_unconverted;
		convert(in, in->at >= in->size || (room && !got));
		if (in->n_unconverted == waiting && !make_room(in))
			return ZD_TOO_LARGE;
	}
	return ZD_OK;
}

enum zd_rc
input_more(struct zd_cx *cx, struct input *in)
{
	size_t got = 0;

	if (in->eof)
		return ZD_OK;
	if (!make_room(in))
		return ZD_TOO_LARGE;
	if (in->encoding != INPUT_UTF8)
		return more_converted(cx, in);
	ZD_TRY(read_block(cx, in, in->p + in->end, in->cap - in->end, &got));
	in->end += got;
	in->eof = got == 0;
	return ZD_OK;
}
