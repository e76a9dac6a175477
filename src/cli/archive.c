/* The backup's format: a sealed, signed stream. */
#include "cli/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

#define FRAME_BYTES ((size_t)1 << 20)
#define FRAME_MORE 64 /* index, iv, mac: at most */
#define HEADER_MAX 4096
#define MANIFEST_MAX ((uint64_t)512 << 20)
#define SIGNATURE_MAX 256

static const char magic[] = "ZDBACKUP1\n";
static const char signed_as[] = "zhaodan-backup-1\n";

static enum zd_rc
fail_system(struct zd_cx *cx, const char *what)
{
	return zd_fail(cx, errno == ENOSPC ? ZD_BUSY : ZD_FAILED, NULL, "%s:%s。", what,
		       strerrordesc_np(errno));
}

static void
put_number(unsigned char *p, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--, v >>= 8)
		p[i] = (unsigned char)v;
}

static uint64_t
get_number(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

static bool
write_all(int fd, struct zd_str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

/* Whole, or short at the end of the file; -1 on failure. */
static ssize_t
read_all(int fd, void *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = read(fd, (char *)p + done, n - done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

void
archive_lock_passphrase(struct archive_lock *ret, struct zd_str passphrase)
{
	*ret = (struct archive_lock){ .by_passphrase = true };
	crypto_random(ret->salt, sizeof(ret->salt));
	crypto_pbkdf2(passphrase, (struct zd_str){ (const char *)ret->salt, sizeof(ret->salt) },
		      ARCHIVE_ROUNDS, ret->key);
}

/* --- writing -----------------------------------------------------------------------------------
 */

struct archive_writer {
	int fd;
	char *path, *part;
	struct sm3_state *hash; /* of all bytes written */
	const struct sm2_key *signer;
	unsigned char key[32];
	struct zd_arena *arena; /* of a frame */
	char *frame;            /* 8 bytes of index, then the stream's bytes */
	size_t n;
	uint64_t index;
	const struct archive_member *members, *next;
	size_t n_members;
};

static enum zd_rc
put(struct zd_cx *cx, struct archive_writer *w, struct zd_str s)
{
	sm3_add(w->hash, s);
	return write_all(w->fd, s) ? ZD_OK : fail_system(cx, "写备份文件");
}

static enum zd_rc
put_frame(struct zd_cx *cx, struct archive_writer *w)
{
	unsigned char length[4];

	put_number((unsigned char *)w->frame, w->index++, 8);
	struct zd_str sealed = sm4_seal(w->arena, w->key, (struct zd_str){ w->frame, 8 + w->n });
	put_number(length, sealed.n, 4);
	w->n = 0;
	ZD_TRY(put(cx, w, (struct zd_str){ (const char *)length, 4 }));
	ZD_TRY(put(cx, w, sealed));
	zd_arena_reset(w->arena);
	return ZD_OK;
}

static enum zd_rc
put_stream(struct zd_cx *cx, struct archive_writer *w, struct zd_str s)
{
	while (s.n) {
		size_t n = FRAME_BYTES - w->n < s.n ? FRAME_BYTES - w->n : s.n;
		memcpy(w->frame + 8 + w->n, s.p, n);
		w->n += n;
		s.p += n;
		s.n -= n;
		if (w->n == FRAME_BYTES)
			ZD_TRY(put_frame(cx, w));
	}
	return ZD_OK;
}

void
archive_writer_drop(struct archive_writer **writer)
{
	struct archive_writer *w = *writer;

	*writer = NULL;
	if (!w)
		return;
	if (w->fd >= 0) {
		(void)close(w->fd);
		(void)unlink(w->part);
	}
	crypto_wipe(w->key, sizeof(w->key));
	sm3_drop(&w->hash);
	zd_arena_free(w->arena);
	if (w->frame)
		crypto_wipe(w->frame, 8 + FRAME_BYTES);
	free(w->frame);
	free(w->path);
	free(w->part);
	free(w);
}

static struct archive_writer *
new_writer(const char *path, const struct archive_lock *lock, const struct sm2_key *signer)
{
	struct archive_writer *w = calloc(1, sizeof(*w));

	if (!w || asprintf(&w->part, "%s.part", path) < 0 || !(w->path = strdup(path)) ||
	    !(w->frame = malloc(8 + FRAME_BYTES)))
		abort();
	w->fd = -1;
	w->hash = sm3_new();
	w->arena = zd_arena_new(4 * FRAME_BYTES);
	w->signer = signer;
	memcpy(w->key, lock->key, sizeof(w->key));
	return w;
}

static enum zd_rc
put_header(struct zd_cx *cx, struct archive_writer *w, const struct archive_lock *lock,
	   struct zd_str signer)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = HEADER_MAX };
	struct json_writer json = { .out = &out };

	json_put_object(&json);
	json_put_member(&json, "key", lock->by_passphrase ? ZD_STR("passphrase") : ZD_STR("data"));
	json_put_member(&json, "salt",
			crypto_hex(cx->arena, (struct zd_str){ (const char *)lock->salt,
							       sizeof(lock->salt) }));
	json_put_member_int(&json, "rounds", ARCHIVE_ROUNDS);
	json_put_member(&json, "signer", signer);
	json_put_end(&json);
	zd_out_write(&out, ZD_STR("\n"));
	ZD_TRY(put(cx, w, (struct zd_str){ magic, sizeof(magic) - 1 }));
	return put(cx, w, zd_out_str(&out));
}

static enum zd_rc
put_manifest(struct zd_cx *cx, struct archive_writer *w, struct zd_str signer, struct zd_str head)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = MANIFEST_MAX };
	struct json_writer json = { .out = &out };
	unsigned char length[8];

	zd_out_printf(&out, "{%.*s%s\"signer\":", ZD_STR_ARG(head), head.n ? "," : "");
	zd_out_json(&out, signer);
	zd_out_printf(&out, ",\"members\":");
	json_put_array(&json);
	for (size_t i = 0; i < w->n_members; i++) {
		json_put_object(&json);
		json_put_member(&json, "name", w->members[i].name);
		json_put_member_int(&json, "size", w->members[i].size);
		json_put_member(&json, "sm3", crypto_hex(cx->arena, SM3_STR(w->members[i].sm3)));
		json_put_end(&json);
	}
	json_put_end(&json);
	zd_out_printf(&out, "}");
	if (out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "备份的文件太多，清单超过限额");
	put_number(length, out.n, 8);
	ZD_TRY(put_stream(cx, w, (struct zd_str){ (const char *)length, 8 }));
	return put_stream(cx, w, zd_out_str(&out));
}

enum zd_rc
archive_create(struct zd_cx *cx, const char *path, const struct archive_lock *lock,
	       const struct sm2_key *signer, struct zd_str head,
	       const struct archive_member *members, size_t n, struct archive_writer **ret)
{
	struct archive_writer *w ZD_CLEANUP(archive_writer_drop) = new_writer(path, lock, signer);
	struct zd_str pem;

	if (access(path, F_OK) == 0)
		return zd_fail(cx, ZD_CONFLICT, "file", "%s 已存在：备份不覆盖文件，请另取文件名。",
			       path);
	ZD_TRY(sm2_to_pem(cx, signer, false, &pem));
	w->members = w->next = members;
	w->n_members = n;
	w->fd = open(w->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (w->fd < 0)
		return fail_system(cx, w->part);
	ZD_TRY(put_header(cx, w, lock, pem));
	ZD_TRY(put_manifest(cx, w, pem, head));
	*ret = w;
	w = NULL;
	return ZD_OK;
}

enum zd_rc
archive_add(struct zd_cx *cx, struct archive_writer *w, int fd)
{
	struct sm3_state *hash ZD_CLEANUP(sm3_drop) = sm3_new();
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(1 << 20);
	const struct archive_member *member = w->next++;
	char *buf = zd_alloc(arena, 65536);
	struct sm3 sm3;
	int64_t size = 0;

	for (;;) {
		ssize_t n = pread(fd, buf, 65536, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_system(cx, "读取备份内容");
		if (n == 0)
			break;
		size += n;
		sm3_add(hash, (struct zd_str){ buf, (size_t)n });
		ZD_TRY(put_stream(cx, w, (struct zd_str){ buf, (size_t)n }));
	}
	sm3_end(hash, &sm3);
	if (size != member->size || !sm3_equal(&sm3, &member->sm3))
		return zd_fail(cx, ZD_FAILED, NULL, "%.*s 在备份途中变了，或已损坏",
			       ZD_STR_ARG(member->name));
	return ZD_OK;
}

/* The text that is signed: what it is, and the hash of all before. */
static struct zd_str
signed_text(struct zd_arena *arena, const struct sm3 *sm3)
{
	const struct zd_str parts[] = { { signed_as, sizeof(signed_as) - 1 }, SM3_STR(*sm3) };

	return zd_str_join(arena, parts, 2, ZD_STR(""));
}

static enum zd_rc
put_signature(struct zd_cx *cx, struct archive_writer *w)
{
	unsigned char length[4] = { 0 };
	struct zd_str der;
	struct sm3 sm3;

	ZD_TRY(put(cx, w, (struct zd_str){ (const char *)length, 4 }));
	sm3_end(w->hash, &sm3);
	ZD_TRY(sm2_sign(cx, w->signer, signed_text(cx->arena, &sm3), &der));
	put_number(length, der.n, 4);
	ZD_TRY(put(cx, w, (struct zd_str){ (const char *)length, 4 }));
	return put(cx, w, der);
}

static enum zd_rc
sync_parent(struct zd_cx *cx, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct zd_str dir =
		slash ? zd_str_copy(cx->arena, (struct zd_str){ path, (size_t)(slash - path) + 1 })
		      : ZD_STR(".");
	int fd = open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);
	return ok ? ZD_OK : fail_system(cx, "同步目录");
}

enum zd_rc
archive_finish(struct zd_cx *cx, struct archive_writer *w)
{
	if (w->next != w->members + w->n_members)
		return zd_fail(cx, ZD_FAILED, NULL, "备份缺少内容");
	if (w->n)
		ZD_TRY(put_frame(cx, w));
	ZD_TRY(put_signature(cx, w));
	if (fsync(w->fd) != 0)
		return fail_system(cx, "同步备份文件");
	if (renameat2(AT_FDCWD, w->part, AT_FDCWD, w->path, RENAME_NOREPLACE) != 0)
		return fail_system(cx, w->path);
	(void)close(w->fd);
	w->fd = -1;
	return sync_parent(cx, w->path);
}

/* --- reading ------------------------------------------------------------------------------------
 */

struct archive_reader {
	int fd;
	int64_t frames_at; /* where the frames begin */
	bool by_passphrase, verified;
	unsigned char salt[16], key[32];
	int64_t rounds;
	struct zd_str signer;         /* PEM, as the header has it */
	struct zd_arena *own, *arena; /* for its life; of a frame */
	uint64_t index;
	struct zd_str left; /* of the frame's stream bytes */
	const struct archive_member *next, *end;
};

void
archive_reader_drop(struct archive_reader **reader)
{
	struct archive_reader *r = *reader;

	*reader = NULL;
	if (!r)
		return;
	if (r->fd >= 0)
		(void)close(r->fd);
	crypto_wipe(r->key, sizeof(r->key));
	zd_arena_free(r->arena);
	zd_arena_free(r->own);
	free(r);
}

static enum zd_rc
read_header(struct zd_cx *cx, struct archive_reader *r, struct zd_str line)
{
	struct json json = json_open(r->own, line, JSON_UNIQUE);
	struct zd_str name, kind = { 0 }, salt = { 0 };

	if (json_enter_object(&json))
		while (json_next_member(&json, &name)) {
			if (zd_str_equal(name, ZD_STR("key")))
				(void)json_text(&json, &kind);
			else if (zd_str_equal(name, ZD_STR("salt")))
				(void)json_text(&json, &salt);
			else if (zd_str_equal(name, ZD_STR("rounds")))
				(void)json_int(&json, &r->rounds);
			else if (zd_str_equal(name, ZD_STR("signer")))
				(void)json_text(&json, &r->signer);
		}
	r->by_passphrase = zd_str_equal(kind, ZD_STR("passphrase"));
	if (!json_end(&json) || !(r->by_passphrase || zd_str_equal(kind, ZD_STR("data"))) ||
	    !r->signer.p || r->rounds < 1 || r->rounds > 100000000 ||
	    !crypto_unhex(salt, r->salt, sizeof(r->salt)))
		return zd_fail(cx, ZD_INVALID, "file",
			       "备份文件的开头读不懂：它不是照单的备份，或已损坏。");
	return ZD_OK;
}

enum zd_rc
archive_open(struct zd_cx *cx, const char *path, struct archive_reader **ret)
{
	struct archive_reader *r ZD_CLEANUP(archive_reader_drop) = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->own = zd_arena_new(1 << 20);
	r->arena = zd_arena_new(4 * FRAME_BYTES);
	r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return errno == ENOENT ? zd_fail(cx, ZD_NOT_FOUND, "file", "没有文件 %s。", path)
				       : fail_system(cx, path);
	char *head = zd_alloc(r->own, HEADER_MAX);
	ssize_t n = read_all(r->fd, head, HEADER_MAX);
	if (n < 0)
		return fail_system(cx, path);
	const size_t m = sizeof(magic) - 1;
	const char *end = (size_t)n > m && memcmp(head, magic, m) == 0
				  ? memchr(head + m, '\n', (size_t)n - m)
				  : NULL;
	if (!end)
		return zd_fail(cx, ZD_INVALID, "file", "%s 不是照单的备份文件。", path);
	r->frames_at = end + 1 - head;
	ZD_TRY(read_header(cx, r, (struct zd_str){ head + m, (size_t)(end - head) - m }));
	*ret = r;
	r = NULL;
	return ZD_OK;
}

bool
archive_wants_passphrase(const struct archive_reader *r)
{
	return r->by_passphrase;
}

void
archive_key_of(const struct archive_reader *r, struct zd_str passphrase, unsigned char ret[32])
{
	crypto_pbkdf2(passphrase, (struct zd_str){ (const char *)r->salt, sizeof(r->salt) },
		      (int)r->rounds, ret);
}

static enum zd_rc
fail_cut(struct zd_cx *cx)
{
	return zd_fail(cx, ZD_REFUSED, "file", "备份文件不完整：它被截断，或没有写完。");
}

/* A length, or a short file. */
static enum zd_rc
read_length(struct zd_cx *cx, int fd, struct sm3_state *hash, uint32_t *ret)
{
	unsigned char bytes[4];
	ssize_t n = read_all(fd, bytes, 4);

	if (n < 0)
		return fail_system(cx, "读备份文件");
	if (n < 4)
		return fail_cut(cx);
	if (hash)
		sm3_add(hash, (struct zd_str){ (const char *)bytes, 4 });
	*ret = (uint32_t)get_number(bytes, 4);
	return ZD_OK;
}

static enum zd_rc
hash_bytes(struct zd_cx *cx, int fd, struct sm3_state *hash, uint64_t n, char *buf, size_t cap)
{
	while (n) {
		ssize_t got = read_all(fd, buf, n < cap ? n : cap);
		if (got < 0)
			return fail_system(cx, "读备份文件");
		if (got == 0)
			return fail_cut(cx);
		sm3_add(hash, (struct zd_str){ buf, (size_t)got });
		n -= (uint64_t)got;
	}
	return ZD_OK;
}

/* All up to the signature, hashed. */
static enum zd_rc
hash_frames(struct zd_cx *cx, struct archive_reader *r, struct sm3 *ret)
{
	struct sm3_state *hash ZD_CLEANUP(sm3_drop) = sm3_new();
	size_t cap = FRAME_BYTES + FRAME_MORE;
	char *buf = zd_alloc(r->own, cap);
	uint32_t length;

	if (lseek(r->fd, 0, SEEK_SET) != 0)
		return fail_system(cx, "读备份文件");
	ZD_TRY(hash_bytes(cx, r->fd, hash, (uint64_t)r->frames_at, buf, cap));
	do {
		ZD_TRY(read_length(cx, r->fd, hash, &length));
		if (length > cap)
			return zd_fail(cx, ZD_REFUSED, "file",
				       "备份文件已损坏：其中一段的长度不对。");
		ZD_TRY(hash_bytes(cx, r->fd, hash, length, buf, cap));
	} while (length);
	sm3_end(hash, ret);
	return ZD_OK;
}

enum zd_rc
archive_verify(struct zd_cx *cx, struct archive_reader *r, const struct sm2_key *signer)
{
	struct sm2_key *named ZD_CLEANUP(sm2_drop) = NULL;
	char der[SIGNATURE_MAX + 1];
	struct sm3 sm3;
	uint32_t length;

	ZD_TRY(hash_frames(cx, r, &sm3));
	ZD_TRY(read_length(cx, r->fd, NULL, &length));
	if (length > SIGNATURE_MAX)
		return fail_cut(cx);
	/* one byte more than there should be: nothing may follow */
	if (read_all(r->fd, der, length + 1) != (ssize_t)length)
		return fail_cut(cx);
	ZD_TRY(sm2_from_pem(cx, r->signer, &named));
	if (!sm2_verify(signer ? signer : named, signed_text(cx->arena, &sm3),
			(struct zd_str){ der, length }))
		return zd_fail(cx, ZD_REFUSED, "file",
			       "备份文件的签名不对：它被改动过，或不是由所给的公钥签名。没有恢复任"
			       "何内容。");
	r->verified = true;
	return ZD_OK;
}

static enum zd_rc
next_frame(struct zd_cx *cx, struct archive_reader *r)
{
	struct zd_str plain;
	uint32_t length = 0;

	zd_arena_reset(r->arena);
	ZD_TRY(read_length(cx, r->fd, NULL, &length));
	if (length == 0 || length > FRAME_BYTES + FRAME_MORE)
		return fail_cut(cx);
	char *sealed = zd_alloc(r->arena, length);
	if (read_all(r->fd, sealed, length) != (ssize_t)length)
		return fail_cut(cx);
	if (!sm4_open(r->arena, r->key, (struct zd_str){ sealed, length }, &plain) || plain.n < 8 ||
	    get_number((const unsigned char *)plain.p, 8) != r->index)
		return zd_fail(cx, ZD_REFUSED, "file",
			       "备份的密钥或口令不对，打不开。没有恢复任何内容。");
	r->index++;
	r->left = (struct zd_str){ plain.p + 8, plain.n - 8 };
	return ZD_OK;
}

/* Some bytes of the stream, at most n. */
static enum zd_rc
read_some(struct zd_cx *cx, struct archive_reader *r, uint64_t n, struct zd_str *ret)
{
	if (!r->left.n)
		ZD_TRY(next_frame(cx, r));
	*ret = (struct zd_str){ r->left.p, r->left.n < n ? r->left.n : (size_t)n };
	r->left.p += ret->n;
	r->left.n -= ret->n;
	return ZD_OK;
}

static enum zd_rc
read_stream(struct zd_cx *cx, struct archive_reader *r, char *p, uint64_t n)
{
	struct zd_str some;

	for (; n; n -= some.n, p += some.n) {
		ZD_TRY(read_some(cx, r, n, &some));
		memcpy(p, some.p, some.n);
	}
	return ZD_OK;
}

static bool
is_name(struct zd_str name)
{
	bool start = true;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (start ? !letter : !letter && c != '.' && c != '_' && c != '-' && c != '/')
			return false;
		start = c == '/';
	}
	return !start && name.n < 200;
}

static void
read_member(struct json *json, struct archive_member *ret)
{
	struct zd_str name, sm3;

	if (json_enter_object(json))
		while (json_next_member(json, &name)) {
			if (zd_str_equal(name, ZD_STR("name")))
				(void)json_text(json, &ret->name);
			else if (zd_str_equal(name, ZD_STR("size")))
				(void)json_int(json, &ret->size);
			else if (zd_str_equal(name, ZD_STR("sm3")) && json_text(json, &sm3) &&
				 !crypto_unhex(sm3, ret->sm3.b, SM3_LEN))
				(void)json_refuse(json, "sm3");
		}
	if (!is_name(ret->name) || ret->size < 0)
		(void)json_refuse(json, "name");
}

/* Grows by doubling; old arrays die with the arena. */
static struct archive_member *
grow(struct zd_arena *arena, struct archive_member *members, size_t n)
{
	if (n & (n - 1) || (n && n < 16))
		return members;
	struct archive_member *more = zd_new_array(arena, struct archive_member, n ? 2 * n : 16);
	if (n)
		memcpy(more, members, n * sizeof(*more));
	return more;
}

static enum zd_rc
read_manifest(struct zd_cx *cx, struct archive_reader *r, struct zd_str text,
	      struct archive_member **ret, size_t *ret_n)
{
	struct json json = json_open(cx->arena, text, JSON_UNIQUE);
	struct zd_str name, signer = { 0 };
	struct archive_member *members = NULL;
	size_t n = 0;

	if (json_enter_object(&json))
		while (json_next_member(&json, &name)) {
			if (zd_str_equal(name, ZD_STR("signer")))
				(void)json_text(&json, &signer);
			else if (zd_str_equal(name, ZD_STR("members")) && json_enter_array(&json))
				while (json_next_item(&json)) {
					members = grow(cx->arena, members, n);
					read_member(&json, &members[n++]);
				}
		}
	if (!json_end(&json))
		return json_fail(cx, &json, "备份清单");
	if (!zd_str_equal(signer, r->signer))
		return zd_fail(
			cx, ZD_REFUSED, "file",
			"备份的签名人与清单所记不一致：文件被人换过签名。没有恢复任何内容。");
	*ret = members;
	*ret_n = n;
	return ZD_OK;
}

enum zd_rc
archive_unlock(struct zd_cx *cx, struct archive_reader *r, const unsigned char key[32],
	       struct zd_str *ret_manifest, const struct archive_member **ret_members,
	       size_t *ret_n)
{
	struct archive_member *members = NULL;
	char length[8];

	if (!r->verified)
		return zd_fail(cx, ZD_FAILED, NULL, "备份未经验证");
	memcpy(r->key, key, sizeof(r->key));
	r->index = 0;
	if (lseek(r->fd, r->frames_at, SEEK_SET) != r->frames_at)
		return fail_system(cx, "读备份文件");
	ZD_TRY(read_stream(cx, r, length, 8));
	uint64_t n = get_number((const unsigned char *)length, 8);
	char *text = n <= MANIFEST_MAX ? zd_try_alloc(cx->arena, (size_t)n + 1) : NULL;
	if (!text)
		return zd_fail(cx, ZD_TOO_LARGE, "file", "备份清单太大");
	ZD_TRY(read_stream(cx, r, text, n));
	*ret_manifest = (struct zd_str){ text, (size_t)n };
	ZD_TRY(read_manifest(cx, r, *ret_manifest, &members, ret_n));
	*ret_members = r->next = members;
	r->end = members + *ret_n;
	return ZD_OK;
}

enum zd_rc
archive_extract(struct zd_cx *cx, struct archive_reader *r, int fd)
{
	struct sm3_state *hash ZD_CLEANUP(sm3_drop) = sm3_new();
	const struct archive_member *member = r->next++;
	struct zd_str some;
	struct sm3 sm3;

	for (uint64_t left = (uint64_t)member->size; left; left -= some.n) {
		ZD_TRY(read_some(cx, r, left, &some));
		sm3_add(hash, some);
		if (!write_all(fd, some))
			return fail_system(cx, "写恢复的文件");
	}
	sm3_end(hash, &sm3);
	if (!sm3_equal(&sm3, &member->sm3))
		return zd_fail(cx, ZD_REFUSED, "file",
			       "备份中的 %.*s 与清单不符。没有恢复任何内容。",
			       ZD_STR_ARG(member->name));
	return fsync(fd) == 0 ? ZD_OK : fail_system(cx, "同步恢复的文件");
}
