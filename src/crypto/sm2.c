/* SM2 signatures (GB/T 32918.2-2016) with the customary id, and keys as PEM. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "crypto/crypto.h"

/* The id that GM/T 0009 gives where the parties agreed on none. */
static const struct zd_str signer_id = ZD_LIT("1234567812345678");

struct sm2_key {
	EVP_PKEY *pkey;
	bool can_sign;
};

static void
drop_bio(BIO **bio)
{
	BIO_free(*bio);
}

static void
drop_md(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static void
drop_pkey_ctx(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static enum zd_rc
library_failed(struct zd_cx *cx, const char *what)
{
	char why[160];

	ERR_error_string_n(ERR_get_error(), why, sizeof(why));
	ERR_clear_error();
	return zd_fail(cx, ZD_FAILED, NULL, "密码运算失败（%s）：%s", what, why);
}

static struct sm2_key *
wrap(EVP_PKEY *pkey, bool can_sign)
{
	struct sm2_key *key = calloc(1, sizeof(*key));

	if (!key)
		abort();
	key->pkey = pkey;
	key->can_sign = can_sign;
	return key;
}

enum zd_rc
sm2_generate(struct zd_cx *cx, struct sm2_key **ret)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");

	if (!pkey)
		return library_failed(cx, "SM2 生成密钥");
	*ret = wrap(pkey, true);
	return ZD_OK;
}

static EVP_PKEY *
read_pem(struct zd_str pem, bool private)
{
	BIO *bio ZD_CLEANUP(drop_bio) = BIO_new_mem_buf(pem.p, (int)pem.n);

	if (!bio)
		abort();
	EVP_PKEY *pkey = private ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
				 : PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	ERR_clear_error();
	return pkey;
}

enum zd_rc
sm2_from_pem(struct zd_cx *cx, struct zd_str pem, struct sm2_key **ret)
{
	bool private = true;

	if (pem.n > 16384)
		return zd_fail(cx, ZD_INVALID, "key", "SM2 密钥文件过长（%zu 字节）", pem.n);
	EVP_PKEY *pkey = read_pem(pem, true);
	if (!pkey) {
		private = false;
		pkey = read_pem(pem, false);
	}
	if (!pkey)
		return zd_fail(cx, ZD_INVALID, "key", "不是 PEM 格式的密钥，请核对密钥文件");
	if (!EVP_PKEY_is_a(pkey, "SM2")) {
		EVP_PKEY_free(pkey);
		return zd_fail(cx, ZD_INVALID, "key", "密钥不是 SM2 密钥，请核对密钥文件");
	}
	*ret = wrap(pkey, private);
	return ZD_OK;
}

enum zd_rc
sm2_to_pem(struct zd_cx *cx, const struct sm2_key *key, bool with_private, struct zd_str *ret)
{
	BIO *bio ZD_CLEANUP(drop_bio) = BIO_new(BIO_s_mem());
	char *text;

	if (!bio)
		abort();
	if (with_private && !key->can_sign)
		return zd_fail(cx, ZD_INVALID, "key", "此密钥只有公钥");
	int ok = with_private
			 ? PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL)
			 : PEM_write_bio_PUBKEY(bio, key->pkey);
	if (ok != 1)
		return library_failed(cx, "写 PEM");
	long n = BIO_get_mem_data(bio, &text);
	*ret = zd_str_copy(cx->arena, (struct zd_str){ text, (size_t)n });
	if (with_private)
		crypto_wipe(text, (size_t)n);
	return ZD_OK;
}

/* The message context owns neither; both must outlive it. */
static bool
start(const struct sm2_key *key, bool sign, EVP_MD_CTX **ret, EVP_PKEY_CTX **ret_pkey)
{
	*ret = EVP_MD_CTX_new();
	*ret_pkey = EVP_PKEY_CTX_new(key->pkey, NULL);
	if (!*ret || !*ret_pkey)
		abort();
	if (EVP_PKEY_CTX_set1_id(*ret_pkey, signer_id.p, (int)signer_id.n) != 1)
		return false;
	EVP_MD_CTX_set_pkey_ctx(*ret, *ret_pkey);
	return (sign ? EVP_DigestSignInit(*ret, NULL, EVP_sm3(), NULL, key->pkey)
		     : EVP_DigestVerifyInit(*ret, NULL, EVP_sm3(), NULL, key->pkey)) == 1;
}

enum zd_rc
sm2_sign(struct zd_cx *cx, const struct sm2_key *key, struct zd_str data, struct zd_str *ret_der)
{
	EVP_PKEY_CTX *pkey ZD_CLEANUP(drop_pkey_ctx) = NULL;
	EVP_MD_CTX *ctx ZD_CLEANUP(drop_md) = NULL;
	unsigned char der[160];
	size_t n = sizeof(der);

	if (!key->can_sign)
		return zd_fail(cx, ZD_INVALID, "key", "此密钥只有公钥，不能签名");
	if (!start(key, true, &ctx, &pkey) ||
	    EVP_DigestSign(ctx, der, &n, (const unsigned char *)data.p, data.n) != 1)
		return library_failed(cx, "SM2 签名");
	*ret_der = zd_str_copy(cx->arena, (struct zd_str){ (char *)der, n });
	return ZD_OK;
}

bool
sm2_verify(const struct sm2_key *key, struct zd_str data, struct zd_str der)
{
	EVP_PKEY_CTX *pkey ZD_CLEANUP(drop_pkey_ctx) = NULL;
	EVP_MD_CTX *ctx ZD_CLEANUP(drop_md) = NULL;

	bool ok = start(key, false, &ctx, &pkey) &&
		  EVP_DigestVerify(ctx, (const unsigned char *)der.p, der.n,
				   (const unsigned char *)data.p, data.n) == 1;
	ERR_clear_error();
	return ok;
}

void
sm2_free(struct sm2_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

void
sm2_drop(struct sm2_key **key)
{
	sm2_free(*key);
	*key = NULL;
}
