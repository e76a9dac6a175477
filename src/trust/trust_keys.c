/* Key material of an installation: made once, by chance, in files that nobody else may read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "trust/trust_app.h"

enum { KEY_LEN = 32, FILE_MAX_BYTES = 4096 };

/* Each a line of 64 hex digits; log.pem is the SM2 key beside them. */
static const struct {
	const char *name;
	size_t offset;
} secrets[] = {
	{ "pepper", offsetof(struct app_keys, pepper) },
	{ "seal", offsetof(struct app_keys, seal) },
	{ "blind", offsetof(struct app_keys, blind) },
	{ "backup", offsetof(struct app_keys, backup) },
};
_Static_assert(sizeof(((struct app_keys *)0)->pepper) == KEY_LEN &&
		       sizeof(((struct app_keys *)0)->backup) == KEY_LEN,
	       "all secrets have one length");

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static struct zd_str
path_of(struct zd_cx *cx, const char *dir, const char *name)
{
	return zd_str_printf(cx->arena, "%s/%s", dir, name);
}

/* --- making ------------------------------------------------------------------------------ */

static enum zd_rc
write_file(struct zd_cx *cx, const char *dir, const char *name, struct zd_str text)
{
	struct zd_str path = path_of(cx, dir, name);
	int fd ZD_CLEANUP(close_fd) =
		open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return zd_fail(cx, errno == EEXIST ? ZD_CONFLICT : ZD_FAILED, NULL,
			       "不能新建密钥文件 %s:%s", path.p, strerrordesc_np(errno));
	if (write(fd, text.p, text.n) != (ssize_t)text.n || fsync(fd) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "写密钥文件 %s 失败：%s", path.p,
			       strerrordesc_np(errno));
	return ZD_OK;
}

static enum zd_rc
write_secret(struct zd_cx *cx, const char *dir, const char *name)
{
	unsigned char key[KEY_LEN];

	crypto_random(key, sizeof(key));
	struct zd_str hex = crypto_hex(cx->arena, (struct zd_str){ (char *)key, sizeof(key) });
	struct zd_str line = zd_str_printf(cx->arena, "%.*s\n", ZD_STR_ARG(hex));
	enum zd_rc rc = write_file(cx, dir, name, line);
	crypto_wipe(key, sizeof(key));
	crypto_wipe_str(hex);
	crypto_wipe_str(line);
	return rc;
}

static enum zd_rc
write_log_key(struct zd_cx *cx, const char *dir)
{
	struct sm2_key *key ZD_CLEANUP(sm2_drop) = NULL;
	struct zd_str pem = { 0 };

	ZD_TRY(sm2_generate(cx, &key));
	ZD_TRY(sm2_to_pem(cx, key, true, &pem));
	enum zd_rc rc = write_file(cx, dir, "log.pem", pem);
	crypto_wipe_str(pem);
	return rc;
}

enum zd_rc
trust_keys_create(struct zd_cx *cx, const char *dir)
{
	if (mkdir(dir, 0700) != 0)
		return zd_fail(cx, errno == EEXIST ? ZD_CONFLICT : ZD_FAILED, NULL,
			       "不能新建密钥目录 %s:%s", dir, strerrordesc_np(errno));
	for (size_t i = 0; i < ZD_COUNT(secrets); i++)
		ZD_TRY(write_secret(cx, dir, secrets[i].name));
	ZD_TRY(write_log_key(cx, dir));
	int fd ZD_CLEANUP(close_fd) = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "写密钥目录 %s 失败：%s", dir,
			       strerrordesc_np(errno));
	return ZD_OK;
}

/* --- reading ----------------------------------------------------------------------------- */

static enum zd_rc
check_private(struct zd_cx *cx, const char *path, const struct stat *st)
{
	if (st->st_uid != geteuid())
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "%s 属于另一个用户（uid %u），请改为本程序的用户", path,
			       (unsigned)st->st_uid);
	if (st->st_mode & 077)
		return zd_fail(cx, ZD_REFUSED, NULL,
			       "%s 可被其他用户读写（权限 %04o），请执行 chmod go= %s", path,
			       (unsigned)st->st_mode & 07777, path);
	return ZD_OK;
}

static enum zd_rc
read_file(struct zd_cx *cx, const char *dir, const char *name, struct zd_str *ret)
{
	struct zd_str path = path_of(cx, dir, name);
	int fd ZD_CLEANUP(close_fd) = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *buf = zd_alloc(cx->arena, FILE_MAX_BYTES);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return zd_fail(cx, errno == ENOENT ? ZD_NOT_FOUND : ZD_FAILED, NULL,
			       "不能读密钥文件 %s:%s", path.p, strerrordesc_np(errno));
	ZD_TRY(check_private(cx, path.p, &st));
	ssize_t n = read(fd, buf, FILE_MAX_BYTES);
	if (n < 0 || !S_ISREG(st.st_mode) || st.st_size != n)
		return zd_fail(cx, ZD_INVALID, NULL, "%s 不是密钥文件", path.p);
	*ret = (struct zd_str){ buf, (size_t)n };
	return ZD_OK;
}

static enum zd_rc
read_secret(struct zd_cx *cx, const char *dir, const char *name, unsigned char *ret)
{
	struct zd_str text = { 0 };

	ZD_TRY(read_file(cx, dir, name, &text));
	bool ok = crypto_unhex(zd_str_trim(text), ret, KEY_LEN);
	crypto_wipe_str(text);
	if (!ok)
		return zd_fail(cx, ZD_INVALID, NULL, "%s/%s 应为 64 位十六进制数", dir, name);
	return ZD_OK;
}

enum zd_rc
trust_keys_load(struct zd_cx *cx, const char *dir, struct app_keys *ret)
{
	struct app_keys keys = { 0 };
	struct zd_str pem = { 0 };
	struct stat st;

	if (stat(dir, &st) != 0)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "没有密钥目录 %s:%s", dir,
			       strerrordesc_np(errno));
	ZD_TRY(check_private(cx, dir, &st));
	for (size_t i = 0; i < ZD_COUNT(secrets); i++)
		ZD_TRY(read_secret(cx, dir, secrets[i].name,
				   (unsigned char *)&keys + secrets[i].offset));
	ZD_TRY(read_file(cx, dir, "log.pem", &pem));
	enum zd_rc rc = sm2_from_pem(cx, pem, &keys.log);
	crypto_wipe_str(pem);
	if (rc == ZD_OK)
		*ret = keys;
	crypto_wipe(&keys, sizeof(keys));
	return rc;
}

void
trust_keys_wipe(struct app_keys *keys)
{
	sm2_free(keys->log);
	crypto_wipe(keys, sizeof(*keys));
}
