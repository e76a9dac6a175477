/* The audit log as a file: export, and the proof that needs nothing but the file and a public key.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "trust/audit.h"
#include "trust/audit_sql.h"

enum { BLOCK = 1000, MAX_KEYS = 64, LINE_MAX_BYTES = 64 << 10 };
#define BLOCK_MEMORY ((size_t)256 << 20)

#define ENTRY_HEAD "{\"chain\":\""
#define ENTRY_MID "\",\"entry\":"
#define HEX_LEN ((size_t)2 * SM3_LEN)
#define ENTRY_PREFIX (sizeof(ENTRY_HEAD) - 1 + HEX_LEN + sizeof(ENTRY_MID) - 1)

static void
close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* --- export ------------------------------------------------------------------------------ */

struct named_key {
	struct zd_str id, pem;
	struct sm2_key *key;
};

static void
put_header(struct zd_out *out, struct zd_str origin, int64_t size, const struct named_key *keys,
	   size_t n)
{
	zd_out_printf(out, "{\"entries\":%lld,\"format\":\"zd-audit-v1\",\"keys\":{",
		      (long long)size);
	for (size_t i = 0; i < n; i++) {
		zd_out_write(out, i ? ZD_STR(",") : ZD_STR(""));
		zd_out_json(out, keys[i].id);
		zd_out_write(out, ZD_STR(":"));
		zd_out_json(out, keys[i].pem);
	}
	zd_out_write(out, ZD_STR("},\"origin\":"));
	zd_out_json(out, origin);
	zd_out_write(out, ZD_STR("}\n"));
}

static void
put_entry(struct zd_cx *cx, struct zd_out *out, const struct audit_sealed *e)
{
	zd_out_write(out, ZD_STR(ENTRY_HEAD));
	zd_out_write(out, crypto_hex(cx->arena, e->chain));
	zd_out_write(out, ZD_STR(ENTRY_MID));
	zd_out_write(out, e->line);
	zd_out_write(out, ZD_STR("}\n"));
}

static void
put_checkpoint(struct zd_out *out, struct zd_str body, struct zd_str key_id, struct zd_str sig64)
{
	zd_out_write(out, ZD_STR("{\"checkpoint\":"));
	zd_out_json(out, body);
	zd_out_write(out, ZD_STR(",\"key\":"));
	zd_out_json(out, key_id);
	zd_out_write(out, ZD_STR(",\"sig\":"));
	zd_out_json(out, sig64);
	zd_out_write(out, ZD_STR("}\n"));
}

static enum zd_rc
flush(struct zd_cx *cx, struct zd_out *out, FILE *to)
{
	struct zd_str text = zd_out_str(out);

	if (out->failed)
		return zd_fail(cx, ZD_FAILED, NULL, "audit export: block too large");
	if (fwrite(text.p, 1, text.n, to) != text.n)
		return zd_fail(cx, ZD_FAILED, NULL, "写审计日志文件失败：%s",
			       strerrordesc_np(errno));
	return ZD_OK;
}

static enum zd_rc
export_block(struct zd_cx *cx, struct db *db, int64_t from, int64_t until, FILE *to)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = BLOCK_MEMORY };
	struct audit_sealed *rows;
	struct audit_head *heads;
	size_t n, n_heads, at = 0;

	ZD_TRY(audit_sql_list_entries(cx, db, BLOCK, &rows, &n, .from = from, .until = until));
	ZD_TRY(audit_sql_list_checkpoints(cx, db, BLOCK, &heads, &n_heads, .above = from,
					  .up_to = until));
	for (size_t i = 0; i < n; i++) {
		put_entry(cx, &out, &rows[i]);
		for (; at < n_heads && heads[at].size <= rows[i].seq + 1; at++)
			put_checkpoint(&out, heads[at].body, heads[at].key_id,
				       crypto_base64(cx->arena, heads[at].signature));
	}
	return flush(cx, &out, to);
}

static enum zd_rc
export_header(struct zd_cx *cx, struct db *db, FILE *to, int64_t *ret_size)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	struct audit_sql_list_keys_out *rows;
	struct named_key keys[MAX_KEYS];
	struct audit_sql_find_origin_out origin;
	struct audit_head head = { 0 };
	size_t n;

	enum zd_rc rc = audit_find_head(cx, db, &head);
	if (rc != ZD_OK && rc != ZD_NOT_FOUND)
		return rc;
	ZD_TRY(audit_sql_list_keys(cx, db, MAX_KEYS, &rows, &n));
	for (size_t i = 0; i < n; i++)
		keys[i] = (struct named_key){ .id = rows[i].id, .pem = rows[i].pem };
	ZD_TRY(audit_sql_find_origin(cx, db, &origin));
	put_header(&out, origin.origin, head.size, keys, n);
	*ret_size = head.size;
	return flush(cx, &out, to);
}

static enum zd_rc
export_all(struct zd_cx *cx, struct db *db, FILE *to)
{
	int64_t size;

	ZD_TRY(export_header(cx, db, to, &size));
	for (int64_t at = 0; at < size; at += BLOCK) {
		struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(BLOCK_MEMORY);
		struct zd_cx own = *cx;
		own.arena = arena;
		enum zd_rc rc =
			export_block(&own, db, at, at + BLOCK < size ? at + BLOCK : size, to);
		cx->err = own.err;
		if (rc != ZD_OK)
			return rc;
	}
	if (fflush(to) != 0 || fsync(fileno(to)) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "写审计日志文件失败：%s",
			       strerrordesc_np(errno));
	return ZD_OK;
}

enum zd_rc
audit_export(struct zd_cx *cx, struct db *db, const struct sm2_key *key, struct zd_str origin,
	     const char *path)
{
	FILE *to ZD_CLEANUP(close_file) = NULL;

	if (key)
		ZD_TRY(audit_seal(cx, db, key, origin, true, NULL));
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || !(to = fdopen(fd, "w")))
		return zd_fail(cx, ZD_INVALID, "file", "不能写入 %s:%s", path,
			       strerrordesc_np(errno));
	enum zd_rc rc = export_all(cx, db, to);
	if (rc != ZD_OK)
		unlink(path);
	return rc;
}

/* --- verify ------------------------------------------------------------------------------ */

struct check {
	struct zd_cx *cx; /* its arena dies with each block of lines */
	struct zd_arena *kept;
	struct audit_verdict *verdict;
	struct audit_edge edge;
	struct sm3 chain;
	int64_t declared; /* entries, by the header */
	int64_t signed_size;
	const struct sm2_key *given;
	struct zd_str given_id, last_key_id;
	struct named_key keys[MAX_KEYS];
	size_t n_keys;
	int64_t witness_size; /* 0: none */
	struct sm3 witness_root;
	bool witness_seen;
};

static void
check_drop(struct check *c)
{
	for (size_t i = 0; i < c->n_keys; i++)
		sm2_free(c->keys[i].key);
}

/* The first fault is kept; false, so that a check can `return fault(…)`. */
__attribute__((format(printf, 3, 4))) static bool
fault(struct check *c, int64_t line, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (!c->verdict->first_fault.p)
		c->verdict->first_fault =
			zd_str_printf(c->kept, "文件第 %lld 行：%s", (long long)line, why);
	c->verdict->ok = false;
	return false;
}

/* A public key under its own id, in the one way to write it. */
static bool
read_key(struct check *c, struct zd_str id, struct zd_str pem)
{
	struct named_key *to = &c->keys[c->n_keys];
	struct zd_str want_id, want_pem;

	if (c->n_keys == MAX_KEYS || sm2_from_pem(c->cx, pem, &to->key) != ZD_OK)
		return false;
	c->n_keys++;
	to->id = zd_str_copy(c->kept, id);
	to->pem = zd_str_copy(c->kept, pem);
	return audit_key_id(c->cx, to->key, &want_id) == ZD_OK && zd_str_equal(id, want_id) &&
	       sm2_to_pem(c->cx, to->key, false, &want_pem) == ZD_OK && zd_str_equal(pem, want_pem);
}

static bool
read_keys(struct check *c, struct json *j)
{
	struct zd_str id, pem;

	if (!json_enter_object(j))
		return false;
	while (json_next_member(j, &id))
		if (!json_text(j, &pem) || !read_key(c, id, pem))
			return json_refuse(j, "不是 SM2 公钥");
	return true;
}

/* Whether the line is what `out` says it should be: anything else than our own bytes is a change.
 */
static bool
is_line(const struct zd_out *out, struct zd_str text)
{
	return !out->failed && out->n == text.n + 1 && memcmp(out->p, text.p, text.n) == 0;
}

static bool
check_header(struct check *c, struct zd_str text)
{
	struct json j = json_open(c->cx->arena, text, JSON_UNIQUE);
	struct zd_str name, format = { 0 }, origin = { 0 };

	if (json_enter_object(&j))
		while (json_next_member(&j, &name)) {
			if (zd_str_equal(name, ZD_STR("entries")))
				(void)json_int(&j, &c->declared);
			else if (zd_str_equal(name, ZD_STR("format")))
				(void)json_text(&j, &format);
			else if (zd_str_equal(name, ZD_STR("origin")))
				(void)json_text(&j, &origin);
			else if (zd_str_equal(name, ZD_STR("keys")))
				(void)read_keys(c, &j);
		}
	if (!json_end(&j) || !zd_str_equal(format, ZD_STR("zd-audit-v1")) || !origin.n)
		return fault(c, 1, "不是照单的审计日志导出文件");
	struct zd_out again ZD_CLEANUP(zd_out_drop) = { .max = 1 << 20 };
	put_header(&again, origin, c->declared, c->keys, c->n_keys);
	if (!is_line(&again, text))
		return fault(c, 1, "文件头被改动");
	c->verdict->origin = zd_str_copy(c->kept, origin);
	audit_chain_start(origin, &c->chain);
	return true;
}

/* Exactly the members of an entry, of their types. */
static bool
read_entry(struct zd_cx *cx, struct zd_str line, struct audit_staged *ret, int64_t *ret_seq,
	   struct zd_str *ret_ts)
{
	struct json j = json_open(cx->arena, line, JSON_UNIQUE);
	struct {
		const char *name;
		struct zd_str *text;
		int64_t *number;
	} members[] = {
		{ "act", &ret->act, NULL },   { "actor", &ret->actor, NULL },
		{ "d", &ret->d, NULL },       { "ip", &ret->ip, NULL },
		{ "obj", &ret->obj, NULL },   { "ok", NULL, &ret->ok },
		{ "role", &ret->role, NULL }, { "seq", NULL, ret_seq },
		{ "ts", ret_ts, NULL },
	};
	struct zd_str name;
	size_t i = 0;

	if (json_enter_object(&j))
		while (json_next_member(&j, &name)) {
			if (i == ZD_COUNT(members) ||
			    !zd_str_equal(name, zd_str_of(members[i].name)))
				return false;
			(void)(members[i].text ? json_text(&j, members[i].text)
					       : json_int(&j, members[i].number));
			i++;
		}
	return json_end(&j) && i == ZD_COUNT(members);
}

/* Written again it must be the same bytes: one entry has one line. */
static bool
is_canonical(struct zd_cx *cx, struct zd_str line, const struct audit_staged *e, int64_t seq,
	     struct zd_str ts)
{
	struct zd_str again = audit_line(cx->arena, e, seq);
	size_t tail = sizeof("1970-01-01T00:00:00.000Z\"}") - 1;

	if (ts.n != 24 || again.n != line.n || again.n < tail || (e->ok != 0 && e->ok != 1))
		return false;
	return memcmp(again.p, line.p, line.n - tail) == 0 &&
	       memcmp(line.p + line.n - tail, ts.p, 24) == 0 &&
	       memcmp(line.p + line.n - 2, "\"}", 2) == 0;
}

static void
see_witness(struct check *c)
{
	struct sm3 root;

	if (c->witness_size == 0 || (int64_t)c->edge.n != c->witness_size)
		return;
	audit_edge_root(&c->edge, &root);
	c->witness_seen = sm3_equal(&root, &c->witness_root);
}

/* The chain's value and the line, if the line is framed as put_entry does it. */
static bool
split_entry(struct check *c, struct zd_str text, struct sm3 *ret_chain, struct zd_str *ret_line)
{
	if (text.n < ENTRY_PREFIX + 1 || text.p[text.n - 1] != '}')
		return false;
	struct zd_str hex = { text.p + sizeof(ENTRY_HEAD) - 1, HEX_LEN };
	struct zd_str mid = { hex.p + hex.n, sizeof(ENTRY_MID) - 1 };
	if (!crypto_unhex(hex, ret_chain->b, SM3_LEN) || !zd_str_equal(mid, ZD_STR(ENTRY_MID)) ||
	    !zd_str_equal(hex, crypto_hex(c->cx->arena, SM3_STR(*ret_chain))))
		return false;
	*ret_line = (struct zd_str){ text.p + ENTRY_PREFIX, text.n - ENTRY_PREFIX - 1 };
	return true;
}

static bool
check_entry(struct check *c, int64_t at, struct zd_str text)
{
	struct audit_staged entry = { 0 };
	struct zd_str ts = { 0 }, line;
	struct sm3 leaf, chain;
	int64_t seq = -1, want = c->verdict->entries;

	if (!split_entry(c, text, &chain, &line))
		return fault(c, at, "第 %lld 条的格式不对", (long long)want);
	if (!read_entry(c->cx, line, &entry, &seq, &ts))
		return fault(c, at, "第 %lld 条的内容被改动", (long long)want);
	if (seq != want)
		return fault(c, at, "此处应为第 %lld 条，却是第 %lld 条：有记录被删除、插入或调换",
			     (long long)want, (long long)seq);
	audit_leaf(line, &leaf);
	audit_chain_next(&c->chain, &leaf);
	if (!is_canonical(c->cx, line, &entry, seq, ts) || !sm3_equal(&chain, &c->chain))
		return fault(c, at, "第 %lld 条的内容被改动", (long long)want);
	audit_edge_add(&c->edge, &leaf);
	c->verdict->entries++;
	see_witness(c);
	return true;
}

static const struct sm2_key *
key_of(const struct check *c, struct zd_str id)
{
	if (c->given && zd_str_equal(id, c->given_id))
		return c->given;
	for (size_t i = 0; i < c->n_keys; i++)
		if (zd_str_equal(c->keys[i].id, id))
			return c->keys[i].key;
	return NULL;
}

static bool
check_checkpoint(struct check *c, int64_t at, struct zd_str text)
{
	struct json j = json_open(c->cx->arena, text, JSON_UNIQUE);
	struct zd_str name, body = { 0 }, id = { 0 }, sig64 = { 0 }, sig;
	int64_t size = c->verdict->entries;

	if (json_enter_object(&j))
		while (json_next_member(&j, &name))
			(void)json_text(&j, zd_str_equal(name, ZD_STR("checkpoint")) ? &body
					    : zd_str_equal(name, ZD_STR("key"))      ? &id
										     : &sig64);
	if (!json_end(&j) || !crypto_unbase64(c->cx->arena, sig64, &sig))
		return fault(c, at, "检查点的格式不对");
	audit_edge_root(&c->edge, &c->verdict->root);
	struct zd_str want =
		audit_checkpoint_body(c->cx->arena, c->verdict->origin, size, &c->verdict->root);
	if (!zd_str_equal(body, want))
		return fault(c, at, "检查点与它之前的 %lld 条不符（上一个检查点之后有改动）",
			     (long long)size);
	struct zd_out again ZD_CLEANUP(zd_out_drop) = { .max = LINE_MAX_BYTES };
	put_checkpoint(&again, body, id, sig64);
	if (!is_line(&again, text))
		return fault(c, at, "检查点的格式不对");
	const struct sm2_key *key = key_of(c, id);
	if (!key)
		return fault(c, at, "检查点的签名密钥 %.*s 未知", ZD_STR_ARG(id));
	if (!sm2_verify(key, body, sig))
		return fault(c, at, "检查点（%lld 条）的签名不对", (long long)size);
	c->verdict->checkpoints++;
	c->signed_size = size;
	c->last_key_id = zd_str_copy(c->kept, id);
	return true;
}

static bool
check_line(struct check *c, int64_t at, struct zd_str text)
{
	if (at == 1)
		return check_header(c, text);
	if (zd_str_starts(text, ZD_STR(ENTRY_HEAD)))
		return check_entry(c, at, text);
	if (zd_str_starts(text, ZD_STR("{\"checkpoint\":")))
		return check_checkpoint(c, at, text);
	return fault(c, at, "不是记录，也不是检查点（第 %lld 条）", (long long)c->verdict->entries);
}

static bool
check_end(struct check *c, int64_t at)
{
	int64_t n = c->verdict->entries;

	if (at == 0)
		return fault(c, 1, "文件是空的");
	if (n < c->declared)
		return fault(c, at, "应有 %lld 条，只有 %lld 条：末尾缺失", (long long)c->declared,
			     (long long)n);
	if (n != c->declared || n != c->signed_size)
		return fault(c, at, "第 %lld 条起没有签名的检查点覆盖", (long long)c->signed_size);
	if (c->given && n && !zd_str_equal(c->last_key_id, c->given_id))
		return fault(c, at, "最后的检查点不是用给定的密钥签名的");
	if (c->witness_size && !c->witness_seen)
		return fault(c, at, "与见证的检查点（%lld 条）不一致：其后的历史被改写或截去",
			     (long long)c->witness_size);
	if (n == 0)
		audit_edge_root(&c->edge, &c->verdict->root);
	return true;
}

/* A line without its end, or false at the end of the file. Too long or unended lines come as they
 * are, marked. */
static bool
next_line(FILE *in, char *buf, struct zd_str *ret, bool *ret_whole)
{
	size_t n = 0;
	int c;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the file is this call's own */
	while ((c = getc_unlocked(in)) != EOF && c != '\n' && n < LINE_MAX_BYTES)
		buf[n++] = (char)c;
	*ret = (struct zd_str){ buf, n };
	*ret_whole = c == '\n';
	return n || c != EOF;
}

static enum zd_rc
check_file(struct check *c, FILE *in)
{
	struct zd_arena *arena ZD_CLEANUP(zd_arena_drop) = zd_arena_new(BLOCK_MEMORY);
	char *buf = zd_alloc(c->kept, LINE_MAX_BYTES);
	struct zd_cx own = *c->cx;
	struct zd_str line;
	int64_t at = 0;
	bool whole, ok = true;

	own.arena = arena;
	struct zd_cx *outer = c->cx;
	c->cx = &own;
	while (ok && next_line(in, buf, &line, &whole)) {
		at++;
		ok = whole ? check_line(c, at, line) : fault(c, at, "这一行不完整或过长");
		zd_arena_reset(arena);
	}
	if (ok)
		(void)check_end(c, at);
	c->cx = outer;
	if (ferror(in))
		return zd_fail(outer, ZD_FAILED, NULL, "读审计日志文件失败：%s",
			       strerrordesc_np(errno));
	return ZD_OK;
}

/* "origin\nsize\nroot\n", with or without the signature lines of a note behind it. */
static enum zd_rc
read_witness(struct zd_cx *cx, struct check *c, struct zd_str witness)
{
	struct zd_str parts[3], root;
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		const char *nl = memchr(witness.p + at, '\n', witness.n - at);
		if (!nl)
			return zd_fail(cx, ZD_INVALID, "witness", "不是检查点：应为三行文字");
		parts[i] = (struct zd_str){ witness.p + at, (size_t)(nl - witness.p) - at };
		at += parts[i].n + 1;
	}
	if (!zd_int_parse(parts[1], &c->witness_size) || c->witness_size < 1 ||
	    !crypto_unbase64(cx->arena, parts[2], &root) || root.n != SM3_LEN)
		return zd_fail(cx, ZD_INVALID, "witness", "检查点的条数或树根不对");
	memcpy(c->witness_root.b, root.p, SM3_LEN);
	return ZD_OK;
}

enum zd_rc
audit_verify(struct zd_cx *cx, const char *path, const struct sm2_key *key, struct zd_str witness,
	     struct audit_verdict *ret)
{
	struct check c ZD_CLEANUP(
		check_drop) = { .cx = cx, .kept = cx->arena, .verdict = ret, .given = key };

	*ret = (struct audit_verdict){ .ok = true };
	if (key)
		ZD_TRY(audit_key_id(cx, key, &c.given_id));
	if (witness.n)
		ZD_TRY(read_witness(cx, &c, witness));
	FILE *in ZD_CLEANUP(close_file) = fopen(path, "re");
	if (!in)
		return zd_fail(cx, ZD_NOT_FOUND, "file", "不能打开 %s:%s", path,
			       strerrordesc_np(errno));
	return check_file(&c, in);
}
