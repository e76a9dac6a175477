/* A signed snapshot of the catalogue as it lies on disk. What is in it: catalog_snapshot. */
#include "cli/snapshot.h"

#include <string.h>

#include "base/app.h"
#include "cli/app.h"
#include "crypto/crypto.h"

static const struct zd_str seal_mark = ZD_LIT("\n#sm2 ");

/* The body, then "#sm2 BASE64-SIGNATURE BASE64-PUBLIC-KEY". */
enum zd_rc
snapshot_write(struct zd_cx *cx, const struct app *app, struct zd_str body, const char *path)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = SNAPSHOT_MAX };
	struct zd_str der, pem;

	ZD_TRY(sm2_sign(cx, app->keys.log, body, &der));
	ZD_TRY(sm2_to_pem(cx, app->keys.log, false, &pem));
	zd_out_write(&out, body);
	zd_out_write(&out, seal_mark);
	zd_out_write(&out, crypto_base64(cx->arena, der));
	zd_out_write(&out, ZD_STR(" "));
	zd_out_write(&out, crypto_base64(cx->arena, pem));
	zd_out_write(&out, ZD_STR("\n"));
	if (out.failed)
		return zd_fail(cx, ZD_TOO_LARGE, NULL, "清单快照超过 1 GiB");
	return app_write_file(cx, path, zd_out_str(&out));
}

static enum zd_rc
check_seal(struct zd_cx *cx, struct zd_str body, struct zd_str seal)
{
	struct sm2_key *key ZD_CLEANUP(sm2_drop) = NULL;
	const char *space = memchr(seal.p, ' ', seal.n);
	struct zd_str der, pem;

	if (!space)
		return zd_fail(cx, ZD_INVALID, "snapshot", "清单快照的签名不完整，请重新导出");
	struct zd_str first = { seal.p, (size_t)(space - seal.p) },
		      second = { space + 1, seal.n - first.n - 1 };
	if (!crypto_unbase64(cx->arena, first, &der) ||
	    !crypto_unbase64(cx->arena, zd_str_trim(second), &pem))
		return zd_fail(cx, ZD_INVALID, "snapshot", "清单快照的签名不完整，请重新导出");
	ZD_TRY(sm2_from_pem(cx, pem, &key));
	if (!sm2_verify(key, body, der))
		return zd_fail(cx, ZD_INVALID, "snapshot",
			       "清单快照的签名不符：文件被改动过，请重新导出");
	return ZD_OK;
}

enum zd_rc
snapshot_read(struct zd_cx *cx, const char *path, struct zd_str *ret)
{
	struct zd_str text;

	ZD_TRY(app_read_large_file(cx, path, SNAPSHOT_MAX, &text));
	const char *mark = memmem(text.p, text.n, seal_mark.p, seal_mark.n);
	if (!mark)
		return zd_fail(cx, ZD_INVALID, "snapshot", "%s 不是签名的清单快照", path);
	struct zd_str body = { text.p, (size_t)(mark - text.p) };
	struct zd_str seal = { mark + seal_mark.n, text.n - body.n - seal_mark.n };
	ZD_TRY(check_seal(cx, body, seal));
	*ret = body;
	return ZD_OK;
}
