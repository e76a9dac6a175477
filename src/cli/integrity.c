/* What the program and its settings were when they were accepted. */
#include "cli/integrity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/app.h"
#include "crypto/crypto.h"

static enum zd_rc
hash_file(struct zd_cx *cx, const char *path, struct zd_str *ret_hex)
{
	struct sm3_state *hash ZD_CLEANUP(sm3_drop) = sm3_new();
	char *buf = zd_alloc(cx->arena, 65536);
	struct sm3 sm3;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path, strerrordesc_np(errno));
	while (fd >= 0 && (n = read(fd, buf, 65536)) > 0)
		sm3_add(hash, (struct zd_str){ buf, (size_t)n });
	if (fd >= 0)
		(void)close(fd);
	if (n < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "%s 读不出来。", path);
	sm3_end(hash, &sm3);
	*ret_hex = crypto_hex(cx->arena, SM3_STR(sm3));
	return ZD_OK;
}

/* "program HEX\nconfig HEX\n": what is signed. */
static enum zd_rc
describe(struct zd_cx *cx, const struct app *app, struct zd_str *ret_program,
	 struct zd_str *ret_config)
{
	ZD_TRY(hash_file(cx, "/proc/self/exe", ret_program));
	return hash_file(cx, app_path(cx->arena, app->dir, "zhaodan.conf"), ret_config);
}

static struct zd_str
signed_text(struct zd_arena *arena, struct zd_str program, struct zd_str config)
{
	return zd_str_printf(arena, "zhaodan-program-1\n%.*s\n%.*s\n", ZD_STR_ARG(program),
			     ZD_STR_ARG(config));
}

enum zd_rc
integrity_record(struct zd_cx *cx, const struct app *app)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	struct json_writer w = { .out = &out };
	const char *path = app_path(cx->arena, app->dir, "keys/program.json"),
		   *part = app_path(cx->arena, app->dir, "keys/program.json.part");
	struct zd_str program, config, der;

	ZD_TRY(describe(cx, app, &program, &config));
	ZD_TRY(sm2_sign(cx, app->keys.log, signed_text(cx->arena, program, config), &der));
	json_put_object(&w);
	json_put_member(&w, "program", program);
	json_put_member(&w, "config", config);
	json_put_member(&w, "at", zd_time_format_utc(cx->arena, cx->now));
	json_put_member(&w, "sig", crypto_base64(cx->arena, der));
	json_put_end(&w);
	zd_out_write(&out, ZD_STR("\n"));
	(void)unlink(part);
	ZD_TRY(app_write_file(cx, part, zd_out_str(&out)));
	if (rename(part, path) != 0)
		return zd_fail(cx, ZD_FAILED, NULL, "%s:%s。", path, strerrordesc_np(errno));
	return ZD_OK;
}

struct recorded {
	struct zd_str program, config, sig;
};

static bool
read_recorded(struct zd_cx *cx, struct zd_str text, struct recorded *ret)
{
	struct json json = json_open(cx->arena, text, JSON_UNIQUE);
	struct zd_str name;

	if (json_enter_object(&json))
		while (json_next_member(&json, &name)) {
			if (zd_str_equal(name, ZD_STR("program")))
				(void)json_text(&json, &ret->program);
			else if (zd_str_equal(name, ZD_STR("config")))
				(void)json_text(&json, &ret->config);
			else if (zd_str_equal(name, ZD_STR("sig")))
				(void)json_text(&json, &ret->sig);
		}
	return json_end(&json);
}

enum zd_rc
integrity_check(struct zd_cx *cx, const struct app *app, enum integrity_verdict *ret,
		struct zd_str *ret_what)
{
	struct zd_str text, program, config, der;
	struct recorded was = { 0 };

	enum zd_rc rc =
		app_read_file(cx, app_path(cx->arena, app->dir, "keys/program.json"), &text);
	*ret_what = ZD_STR("没有登记过程序的摘要");
	*ret = INTEGRITY_UNRECORDED;
	if (rc != ZD_OK)
		return rc == ZD_NOT_FOUND ? ZD_OK : rc;
	ZD_TRY(describe(cx, app, &program, &config));
	bool genuine =
		read_recorded(cx, text, &was) && crypto_unbase64(cx->arena, was.sig, &der) &&
		sm2_verify(app->keys.log, signed_text(cx->arena, was.program, was.config), der);
	bool same_program = zd_str_equal(was.program, program),
	     same_config = zd_str_equal(was.config, config);
	*ret = genuine && same_program && same_config ? INTEGRITY_SAME : INTEGRITY_CHANGED;
	*ret_what = !genuine        ? ZD_STR("登记的摘要被改动过（签名不符）")
		    : !same_program ? ZD_STR("程序与登记的摘要不符")
		    : !same_config  ? ZD_STR("配置文件与登记的摘要不符")
				    : ZD_STR("程序和配置与登记的一致");
	return ZD_OK;
}
