#ifndef ZD_TABLE_INPUT_H
#define ZD_TABLE_INPUT_H

#include <iconv.h>

#include "base/zd.h"

/*
 * input: the bytes of a text file as UTF-8, seen through a window that grows up to the longest row.
 *
 * What lies between start and end is in sight; whoever has taken a row moves start behind it. Up to
 * INPUT_PAD bytes behind end may be read (not believed), so that block-wise search needs no care.
 */
#define INPUT_PAD 64

enum input_encoding { INPUT_UTF8, INPUT_GB18030, INPUT_UTF16LE, INPUT_UTF16BE };

struct input {
	int fd;
	enum input_encoding encoding;
	int64_t after_bom; /* offset of the first byte of text */
	int64_t at, size;  /* of the file: bytes read, bytes there are */
	bool mixed;        /* some lines are in another encoding: they arrive with a byte 0xFF */
	bool converts;     /* with cd */
	iconv_t cd;
	char *unconverted;
	size_t n_unconverted;
	char *p;
	size_t start, end, cap, max;
	bool eof; /* nothing comes behind end */
};

/* Finds the encoding out unless it must be UTF-8. A byte order mark is passed over. ZD_TOO_LARGE if
 * the file has more than max_bytes. On failure there is nothing to close. */
enum zd_rc input_open(struct zd_cx *cx, int fd, size_t max_row, int64_t max_bytes,
		      bool must_be_utf8, struct input *ret) ZD_CHECKED;
/* Brings more into sight or sets eof; what is between start and end stays, perhaps elsewhere.
 * ZD_TOO_LARGE, without a word, if the window is full. */
enum zd_rc input_more(struct zd_cx *cx, struct input *in) ZD_CHECKED;
/* The first byte c in sight, or NULL. */
char *input_find(const struct input *in, char c);
/* Puts a byte 0 behind what is in sight; it stands until the next input_more. */
void input_seal(struct input *in);
void input_rewind(struct input *in);
void input_close(struct input *in);

const char *input_encoding_name(const struct input *in);

/* Strict UTF-8 without NUL: the offset of the first bad byte, or n. Faster than zd_utf8_check. */
size_t input_check_utf8(const char *p, size_t n);
/* Strict GB18030: whether all of it is. */
bool input_is_gb18030(const char *p, size_t n);

/* Reads up to n bytes at an offset; the whole of them unless the file ends. -1: errno says why. */
int64_t input_read_at(int fd, void *p, size_t n, int64_t at);

#endif
