/*
 * What a password must be (等保三级 8.1.4.1 a; figures are the customary ones). Beside length and
 * classes it is judged by what a guesser must guess: a common word, a year, a run of the keyboard
 * or a repetition counts as one character.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "crypto/crypto.h"
#include "trust/trust.h"

extern const struct embed_file trust_common_passwords[];

enum { MIN_LENGTH = 12, MAX_LENGTH = 128, MIN_GUESSES = 8, MIN_CLASSES = 3, MAX_WORDS = 2000 };

/* --- the words that everybody tries first ------------------------------------------------ */

static struct zd_str words[MAX_WORDS];
static size_t n_words;
static pthread_once_t read_once = PTHREAD_ONCE_INIT;

static int
compare_words(const void *a, const void *b)
{
	const struct zd_str *l = a, *r = b;

	return zd_str_compare(*l, *r);
}

static void
read_words(void)
{
	const char *p = trust_common_passwords[0].bytes;

	while (n_words < MAX_WORDS && *p) {
		size_t n = strcspn(p, "\n");
		words[n_words++] = (struct zd_str){ p, n };
		p += n + (p[n] == '\n');
	}
	qsort(words, n_words, sizeof(words[0]), compare_words);
}

/* The longest common word at the start of text, or 0. */
static size_t
word_at(struct zd_str text)
{
	for (size_t n = text.n < 16 ? text.n : 16; n >= 3; n--)
		if (bsearch(&(struct zd_str){ text.p, n }, words, n_words, sizeof(words[0]),
			    compare_words))
			return n;
	return 0;
}

/* --- what costs a guesser one try -------------------------------------------------------- */

static size_t
run_at(struct zd_str text)
{
	size_t longest = 1;

	for (int step = -1; step <= 1; step++) {
		size_t n = 1;
		while (n < text.n && text.p[n] - text.p[n - 1] == step)
			n++;
		if (n > longest)
			longest = n;
	}
	return longest >= 3 ? longest : 0;
}

static size_t
row_at(struct zd_str text)
{
	static const char *const rows[] = { "qwertyuiop", "asdfghjkl", "zxcvbnm",     "poiuytrewq",
					    "lkjhgfdsa",  "mnbvcxz",   "!@#$%^&*()_+" };
	size_t longest = 0;

	for (size_t i = 0; i < ZD_COUNT(rows); i++) {
		const char *at = text.p[0] ? strchr(rows[i], text.p[0]) : NULL;
		size_t n = 0;
		while (at && n < text.n && at[n] && at[n] == text.p[n])
			n++;
		if (n > longest)
			longest = n;
	}
	return longest >= 3 ? longest : 0;
}

static size_t
year_at(struct zd_str text)
{
	if (text.n < 4 || (memcmp(text.p, "19", 2) != 0 && memcmp(text.p, "20", 2) != 0))
		return 0;
	return strchr("0123456789", text.p[2]) && strchr("0123456789", text.p[3]) ? 4 : 0;
}

/* As much of what follows as repeats what stands just before it. */
static size_t
echo_at(struct zd_str text, size_t at)
{
	size_t longest = 0;

	for (size_t block = 2; block <= at; block++) {
		size_t n = 0;
		while (at + n < text.n && text.p[at + n] == text.p[at + n - block])
			n++;
		if (n >= block && n > longest)
			longest = n;
	}
	return longest;
}

static size_t
max(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void
unleet(char *p, size_t n)
{
	static const char from[] = "@40$5317!", to[] = "aaosselti";

	for (size_t i = 0; i < n; i++) {
		const char *at = p[i] ? strchr(from, p[i]) : NULL;
		if (at)
			p[i] = to[at - from];
	}
}

static size_t
guesses(struct zd_arena *arena, struct zd_str text)
{
	char *plain = zd_alloc(arena, text.n + 1);
	size_t count = 0;

	if (text.n)
		memcpy(plain, text.p, text.n);
	unleet(plain, text.n);
	for (size_t i = 0; i < text.n; count++) {
		struct zd_str rest = { text.p + i, text.n - i };
		size_t n = max(word_at(rest), word_at((struct zd_str){ plain + i, rest.n }));
		n = max(n, max(run_at(rest), row_at(rest)));
		n = max(n, max(year_at(rest), echo_at(text, i)));
		i += n ? n : 1;
	}
	return count;
}

/* --- the rules --------------------------------------------------------------------------- */

static int
count_classes(struct zd_str s)
{
	unsigned seen = 0;

	for (size_t i = 0; s.p && i < s.n; i++) {
		char c = s.p[i];
		seen |= c >= 'a' && c <= 'z'   ? 1
			: c >= 'A' && c <= 'Z' ? 2
			: c >= '0' && c <= '9' ? 4
					       : 8;
	}
	return __builtin_popcount(seen);
}

static bool
contains(struct zd_str text, struct zd_str part)
{
	return part.n && text.n >= part.n && memmem(text.p, text.n, part.p, part.n);
}

static enum zd_rc
check_shape(struct zd_cx *cx, struct zd_str password)
{
	size_t length = zd_utf8_length(password);

	if (zd_utf8_check(password) != password.n ||
	    memchr(password.p ? password.p : "", 0, password.n))
		return zd_fail(cx, ZD_INVALID, "password", "密码中有不能识别的字符");
	if (length < MIN_LENGTH || length > MAX_LENGTH)
		return zd_fail(cx, ZD_INVALID, "password", "密码应为 %d 至 %d 个字符，现为 %zu 个",
			       MIN_LENGTH, MAX_LENGTH, length);
	if (count_classes(password) < MIN_CLASSES)
		return zd_fail(cx, ZD_INVALID, "password",
			       "密码应含大写字母、小写字母、数字、符号四类中的至少三类");
	return ZD_OK;
}

enum zd_rc
trust_check_password(struct zd_cx *cx, struct zd_str password, struct zd_str account,
		     struct zd_str name)
{
	ZD_TRY(check_shape(cx, password));
	pthread_once(&read_once, read_words);
	struct zd_str text = trust_fold(cx->arena, password);
	if (contains(text, trust_fold(cx->arena, account)))
		return zd_fail(cx, ZD_INVALID, "password", "密码不能包含账号");
	if (zd_utf8_length(name) >= 2 && contains(text, trust_fold(cx->arena, name)))
		return zd_fail(cx, ZD_INVALID, "password", "密码不能包含姓名");
	if (guesses(cx->arena, text) < MIN_GUESSES)
		return zd_fail(cx, ZD_INVALID, "password",
			       "密码由常见词、年份、连续或重复的字符组成，容易被猜中，请换一个");
	return ZD_OK;
}

/* Four groups of four, each of another class; drawn again in the rare case that chance wrote a
 * common word. */
struct zd_str
trust_random_password(struct zd_arena *arena)
{
	struct zd_cx cx = { .arena = arena };

	for (;;) {
		struct zd_str code = crypto_random_code(arena, 16);
		char *p = zd_alloc(arena, 20);
		for (size_t i = 0; i < 16; i++) {
			char c = code.p[i];
			if (i / 4 % 2 && c >= 'A')
				c = (char)(c - 'A' + 'a');
			p[i + i / 4] = c;
		}
		p[4] = p[9] = p[14] = '-';
		struct zd_str password = { p, 19 };
		if (count_classes(password) == 4 &&
		    trust_check_password(&cx, password, ZD_STR(""), ZD_STR("")) == ZD_OK)
			return password;
	}
}
