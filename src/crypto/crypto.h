#ifndef ZD_CRYPTO_H
#define ZD_CRYPTO_H

#include "base/zd.h"

/*
 * crypto: the national algorithms by OpenSSL 3, in the shapes we use. Nothing here knows what is signed.
 * SM3 is GB/T 32905-2016, SM2 GB/T 32918-2016 (signatures with id "1234567812345678"), SM4 GB/T 32907-2016.
 */
#define SM3_LEN 32
struct sm3 {
	unsigned char b[SM3_LEN];
};

struct sm3_state; /* streaming; one OpenSSL context */
struct sm3_state *sm3_new(void);
void sm3_reset(struct sm3_state *st);
void sm3_add(struct sm3_state *st, struct zd_str data);
void sm3_end(struct sm3_state *st, struct sm3 *ret); /* ready for the next message afterwards */
void sm3_drop(struct sm3_state **st);

void sm3_of(struct zd_str data, struct sm3 *ret);
/* Hash of the concatenation of the parts. */
void sm3_of_parts(const struct zd_str *parts, size_t n, struct sm3 *ret);
void hmac_sm3(struct zd_str key, struct zd_str data, struct sm3 *ret);
/* Each message for itself; much faster than one by one (eight at a time where the processor can). */
void sm3_of_many(const struct zd_str *messages, size_t n, struct sm3 *ret);
bool sm3_equal(const struct sm3 *a, const struct sm3 *b); /* constant time */
#define SM3_STR(h) ((struct zd_str){ (const char *)(h).b, SM3_LEN })
bool crypto_equal(struct zd_str a, struct zd_str b); /* constant time for equal lengths */
void crypto_wipe(void *p, size_t n);		     /* secrets, at the end of their use */
void crypto_wipe_str(struct zd_str s);		     /* the same for a text that is the caller's own */

/* PBKDF2 over HMAC-SM3: a key from a passphrase. */
void crypto_pbkdf2(struct zd_str passphrase, struct zd_str salt, int rounds, unsigned char ret[32]);

struct zd_str crypto_hex(struct zd_arena *arena, struct zd_str bytes);
bool crypto_unhex(struct zd_str hex, unsigned char *ret, size_t n) ZD_CHECKED; /* exactly n bytes */
struct zd_str crypto_base64(struct zd_arena *arena, struct zd_str bytes);
bool crypto_unbase64(struct zd_arena *arena, struct zd_str text, struct zd_str *ret) ZD_CHECKED;

void crypto_random(void *ret, size_t n); /* aborts if the system has no randomness */
/* n characters of a typeable alphabet without look-alikes. */
struct zd_str crypto_random_code(struct zd_arena *arena, size_t n);

/* An SM2 key pair or public key; files are PEM (PKCS#8 / SubjectPublicKeyInfo). */
struct sm2_key;
enum zd_rc sm2_generate(struct zd_cx *cx, struct sm2_key **ret) ZD_CHECKED;
enum zd_rc sm2_from_pem(struct zd_cx *cx, struct zd_str pem, struct sm2_key **ret) ZD_CHECKED; /* or ZD_INVALID */
enum zd_rc sm2_to_pem(struct zd_cx *cx, const struct sm2_key *key, bool with_private, struct zd_str *ret) ZD_CHECKED;
enum zd_rc sm2_sign(struct zd_cx *cx, const struct sm2_key *key, struct zd_str data, struct zd_str *ret_der) ZD_CHECKED;
bool sm2_verify(const struct sm2_key *key, struct zd_str data, struct zd_str der) ZD_CHECKED;
void sm2_free(struct sm2_key *key);
void sm2_drop(struct sm2_key **key);

/* SM4-CTR then HMAC-SM3 over iv and ciphertext (OpenSSL 3.0 has no SM4-GCM): iv16 ‖ ciphertext ‖ mac32. */
struct zd_str sm4_seal(struct zd_arena *arena, const unsigned char key[32], struct zd_str plain);
bool sm4_open(struct zd_arena *arena, const unsigned char key[32], struct zd_str sealed, struct zd_str *ret) ZD_CHECKED;

#endif
