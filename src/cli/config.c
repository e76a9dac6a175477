/* Reads zhaodan.conf by the one list of settings. */
#include "cli/config.h"

#include <stddef.h>
#include <string.h>

#define AT(field) .offset = offsetof(struct app_config, field)

const struct config_setting config_settings[] = {
	{ "db", "数据库地址 postgresql://…；不写则用数据目录中的 zhaodan.db(SQLite)", "",
	  CONFIG_TEXT, AT(db) },
	{ "city", "本市名称，显示在页眉", "本市", CONFIG_TEXT, AT(city) },
	{ "listen", "服务监听的地址和端口；非回环地址须配置 tls_cert 和 tls_key", "127.0.0.1:8080",
	  CONFIG_TEXT, AT(listen) },
	{ "tls_cert", "TLS 证书文件（PEM）", "", CONFIG_TEXT, AT(tls_cert) },
	{ "tls_key", "TLS 私钥文件（PEM，权限 0600）", "", CONFIG_TEXT, AT(tls_key) },
	{ "workers", "处理请求的线程数", "8", CONFIG_INT, AT(workers), 1, 256 },
	{ "connections", "数据库连接数；应不少于处理线程与任务线程之和", "16", CONFIG_INT,
	  AT(connections), 2, 512 },
	{ "job_workers", "执行后台任务的线程数；0 表示本进程不执行任务", "2", CONFIG_INT,
	  AT(job_workers), 0, 64 },
	{ "quota_mb", "每个部门的文件存储限额（MiB）", "20480", CONFIG_INT, AT(quota_mb), 1,
	  1 << 30 },
	{ "audit_days", "审计日志保存天数（网络安全法要求不少于六个月）", "1096", CONFIG_INT,
	  AT(audit_days), 183, 36525 },
	{ "integrity", "启动时程序与登记的摘要不符：warn 告警、refuse 拒绝启动、off 不检查", "warn",
	  CONFIG_CHOICE, AT(integrity), .choices = "warn refuse off" },
	{ 0 },
};

static int
choice_index(const char *choices, struct zd_str value)
{
	int index = 0;

	for (const char *p = choices; *p; index++) {
		size_t n = strcspn(p, " ");
		if (zd_str_equal((struct zd_str){ p, n }, value))
			return index;
		p += n + (p[n] == ' ');
	}
	return -1;
}

static enum zd_rc
set_value(struct zd_cx *cx, const struct config_setting *s, struct app_config *config,
	  struct zd_str value)
{
	void *place = (char *)config + s->offset;
	int64_t number;

	switch (s->type) {
	case CONFIG_TEXT:
		*(struct zd_str *)place =
			value.n ? zd_str_copy(cx->arena, value) : (struct zd_str){ 0 };
		return ZD_OK;
	case CONFIG_INT:
		if (!zd_int_parse(value, &number) || number < s->min || number > s->max)
			return zd_fail(cx, ZD_INVALID, s->key,
				       "%s 应为 %lld 到 %lld 之间的整数，写的是「%.*s」", s->key,
				       (long long)s->min, (long long)s->max, ZD_STR_ARG(value));
		*(int64_t *)place = number;
		return ZD_OK;
	case CONFIG_CHOICE:
		number = choice_index(s->choices, value);
		if (number < 0)
			return zd_fail(cx, ZD_INVALID, s->key, "%s 应为 %s 之一，写的是「%.*s」",
				       s->key, s->choices, ZD_STR_ARG(value));
		*(int *)place = (int)number;
		return ZD_OK;
	}
	return ZD_OK;
}

static const struct config_setting *
find(struct zd_str key)
{
	for (const struct config_setting *s = config_settings; s->key; s++)
		if (zd_str_equal(zd_str_of(s->key), key))
			return s;
	return NULL;
}

static enum zd_rc
read_line(struct zd_cx *cx, struct zd_str line, uint32_t *seen, struct app_config *config)
{
	const char *equals = line.n ? memchr(line.p, '=', line.n) : NULL;

	if (line.n == 0 || line.p[0] == '#')
		return ZD_OK;
	if (!equals)
		return zd_fail(cx, ZD_INVALID, NULL, "应为「键 = 值」，写的是「%.*s」",
			       ZD_STR_ARG(line));
	struct zd_str key = zd_str_trim((struct zd_str){ line.p, (size_t)(equals - line.p) });
	struct zd_str value =
		zd_str_trim((struct zd_str){ equals + 1, line.n - (size_t)(equals + 1 - line.p) });
	const struct config_setting *s = find(key);
	if (!s)
		return zd_fail(cx, ZD_INVALID, NULL, "没有配置项「%.*s」", ZD_STR_ARG(key));
	uint32_t bit = UINT32_C(1) << (s - config_settings);
	if (*seen & bit)
		return zd_fail(cx, ZD_INVALID, s->key, "配置项 %s 写了两次", s->key);
	*seen |= bit;
	return set_value(cx, s, config, value);
}

enum zd_rc
config_parse(struct zd_cx *cx, struct zd_str text, const char *name, struct app_config *ret)
{
	struct app_config config = { 0 };
	uint32_t seen = 0;
	int number = 0;

	for (const struct config_setting *s = config_settings; s->key; s++)
		ZD_TRY(set_value(cx, s, &config, zd_str_of(s->standard)));
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		number++;
		if (read_line(cx, zd_str_trim((struct zd_str){ text.p, n }), &seen, &config) !=
		    ZD_OK)
			return zd_fail(cx, ZD_INVALID, cx->err.field, "%s 第 %d 行：%s。", name,
				       number, cx->err.text);
		text.p += n + (end != NULL);
		text.n -= n + (end != NULL);
	}
	*ret = config;
	return ZD_OK;
}

void
config_example(struct zd_out *out)
{
	for (const struct config_setting *s = config_settings; s->key; s++)
		zd_out_printf(out, "# %s\n# %s = %s\n\n", s->about, s->key, s->standard);
}
