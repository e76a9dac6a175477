#ifndef ZD_CLI_ARCHIVE_H
#define ZD_CLI_ARCHIVE_H

#include "crypto/crypto.h"

/*
 * The file that `zhaodan backup` writes: a stream, sealed in frames (SM4-CTR and HMAC-SM3), with
 * one SM2 signature over every byte before it. Knows nothing of what a city is.
 *
 *	ZDBACKUP1\n
 *	{"key":"data"|"passphrase","salt":…,"rounds":…,"signer":…}\n
 *	frames: u32 length ‖ sealed (u64 index ‖ up to 1 MiB of the stream)
 *	u32 0 ‖ u32 length ‖ DER signature over "zhaodan-backup-1\n" ‖ SM3 of all before
 *
 * The stream is u64 length ‖ manifest (JSON) ‖ the members' contents in the manifest's order.
 * Numbers are big-endian. Anyone can check the signature; only the holder of the key can read. The
 * manifest names the signer, too: who knows the key knows that the header's signer is the one who
 * had it.
 */
#define ARCHIVE_ROUNDS 300000

struct archive_member {
	struct zd_str name; /* a relative path: parts of [A-Za-z0-9._-], none beginning with '.' */
	int64_t size;
	struct sm3 sm3;
};

/* How the stream's key comes about. */
struct archive_lock {
	unsigned char key[32];
	bool by_passphrase;
	unsigned char salt[16];
};
/* A new salt and the key that the passphrase gives with it. */
void archive_lock_passphrase(struct archive_lock *ret, struct zd_str passphrase);

/* --- writing -----------------------------------------------------------------------------------
 */

struct archive_writer;
/*
 * Writes beside path, in PATH.part (0600); path itself appears whole or not at all. ZD_CONFLICT: it
 * exists. head: members of the manifest other than "signer" and "members", as JSON without braces.
 */
enum zd_rc archive_create(struct zd_cx *cx, const char *path, const struct archive_lock *lock,
			  const struct sm2_key *signer, struct zd_str head,
			  const struct archive_member *members, size_t n,
			  struct archive_writer **ret) ZD_CHECKED;
/* The next member's content, from the fd's start; ZD_FAILED if it is not what the manifest says. */
enum zd_rc archive_add(struct zd_cx *cx, struct archive_writer *writer, int fd) ZD_CHECKED;
/* After the last member: signs, makes it durable, gives it its name. */
enum zd_rc archive_finish(struct zd_cx *cx, struct archive_writer *writer) ZD_CHECKED;
void archive_writer_drop(struct archive_writer **writer); /* removes what is not finished */

/* --- reading ------------------------------------------------------------------------------------
 */

struct archive_reader;
/* ZD_INVALID: no backup of ours. */
enum zd_rc archive_open(struct zd_cx *cx, const char *path, struct archive_reader **ret) ZD_CHECKED;
bool archive_wants_passphrase(const struct archive_reader *reader);
/* The key from a passphrase, with the archive's own salt. */
void archive_key_of(const struct archive_reader *reader, struct zd_str passphrase,
		    unsigned char ret[32]);
/* Reads the whole file. ZD_REFUSED: it was changed, cut or not signed by `signer` (NULL: the one it
 * names). */
enum zd_rc archive_verify(struct zd_cx *cx, struct archive_reader *reader,
			  const struct sm2_key *signer) ZD_CHECKED;
/* Only after archive_verify. ZD_REFUSED: another key. The manifest and its members live in the cx's
 * arena. */
enum zd_rc archive_unlock(struct zd_cx *cx, struct archive_reader *reader,
			  const unsigned char key[32], struct zd_str *ret_manifest,
			  const struct archive_member **ret_members, size_t *ret_n) ZD_CHECKED;
/* The next member's content to fd; ZD_REFUSED if its hash is another. */
enum zd_rc archive_extract(struct zd_cx *cx, struct archive_reader *reader, int fd) ZD_CHECKED;
void archive_reader_drop(struct archive_reader **reader);

#endif
