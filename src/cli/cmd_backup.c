/* zhaodan backup, zhaodan restore */
#include <string.h>

#include "base/json.h"
#include "cli/app.h"
#include "cli/backup.h"
#include "cli/commands.h"

struct backup_args {
	struct zd_str file, passphrase_file, key_file, signer;
};
static const struct cli_arg backup_args[] = {
	CLI_ARG_TEXT(struct backup_args, file, .value = "FILE", .operand = true, .required = true,
		     .about = "写到这个新文件"),
	CLI_ARG_TEXT(struct backup_args, passphrase_file, .value = "FILE",
		     .about = "口令文件（取第一行，至少 12 个字符）；不给则用数据目录的备份密钥 "
			      "keys/backup"),
	{ 0 },
};
static const struct cli_arg restore_args[] = {
	CLI_ARG_TEXT(struct backup_args, file, .value = "FILE", .operand = true, .required = true,
		     .about = "备份文件"),
	CLI_ARG_TEXT(struct backup_args, passphrase_file, .value = "FILE", .about = "口令文件"),
	CLI_ARG_TEXT(struct backup_args, key_file, .value = "FILE",
		     .about = "另存的备份密钥 keys/backup"),
	CLI_ARG_TEXT(struct backup_args, signer, .value = "PEM",
		     .about = "签名公钥文件；给出则备份必须由它签名"),
	{ 0 },
};

static void
put_report(struct cli_call *call, const struct backup_report *report)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 4096 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	if (report->bytes)
		json_put_member_int(&w, "bytes", report->bytes);
	json_put_member_int(&w, "members", report->members);
	json_put_member_int(&w, "files", report->files);
	json_put_member_int(&w, "missing", report->missing);
	json_put_member_int(&w, "entries", report->entries);
	json_put_member(&w, "root", report->root);
	json_put_end(&w);
	cli_line(call, &out);
}

/* The first line of a file. */
static enum zd_rc
read_line(struct zd_cx *cx, struct zd_str path, struct zd_str *ret)
{
	struct zd_str text;

	ZD_TRY(app_read_file(cx, zd_str_copy(cx->arena, path).p, &text));
	const char *end = text.n ? memchr(text.p, '\n', text.n) : NULL;
	*ret = zd_str_trim((struct zd_str){ text.p, end ? (size_t)(end - text.p) : text.n });
	return ZD_OK;
}

#define PASSPHRASE_LEAST 12

static enum zd_rc
run_backup(struct zd_cx *cx, struct cli_call *call)
{
	const struct backup_args *args = call->args;
	struct archive_lock lock = { 0 };
	struct backup_report report;
	struct zd_str passphrase;

	if (args->passphrase_file.p) {
		ZD_TRY(read_line(cx, args->passphrase_file, &passphrase));
		if (zd_utf8_length(passphrase) < PASSPHRASE_LEAST)
			return zd_fail(cx, ZD_INVALID, "passphrase-file", "口令至少 %d 个字符。",
				       PASSPHRASE_LEAST);
		archive_lock_passphrase(&lock, passphrase);
	} else {
		memcpy(lock.key, call->app->keys.backup, sizeof(lock.key));
	}
	enum zd_rc rc =
		backup_make(cx, call->app, zd_str_copy(cx->arena, args->file).p, &lock, &report);
	crypto_wipe(&lock, sizeof(lock));
	ZD_TRY(rc);
	put_report(call, &report);
	if (report.missing) {
		cli_say(call,
			"有 %lld 个文件内容已丢失或损坏，没有进入备份：用 zhaodan doctor 查看。",
			(long long)report.missing);
		call->partial = true;
	}
	if (!args->passphrase_file.p)
		cli_say(call, "恢复时需要另存的 %s/keys/backup，它不应与备份放在一起。",
			call->app->dir);
	return ZD_OK;
}

/* What opens it: from the files that were named. key has room for the key. */
static enum zd_rc
read_secrets(struct zd_cx *cx, const struct backup_args *args, unsigned char key[32],
	     struct backup_from *from, struct sm2_key **signer)
{
	struct zd_str text;

	if (args->passphrase_file.p)
		ZD_TRY(read_line(cx, args->passphrase_file, &from->passphrase));
	if (args->key_file.p) {
		ZD_TRY(read_line(cx, args->key_file, &text));
		if (!crypto_unhex(text, key, 32))
			return zd_fail(cx, ZD_INVALID, "key-file",
				       "--key-file 应为 64 位十六进制数，即另存的 keys/backup。");
		from->key = key;
	}
	if (args->signer.p) {
		ZD_TRY(app_read_file(cx, zd_str_copy(cx->arena, args->signer).p, &text));
		ZD_TRY(sm2_from_pem(cx, text, signer));
		from->signer = *signer;
	}
	return ZD_OK;
}

static enum zd_rc
run_restore(struct zd_cx *cx, struct cli_call *call)
{
	const struct backup_args *args = call->args;
	struct app_place place = app_place(cx, call->globals->data, call->globals->db);
	struct sm2_key *signer ZD_CLEANUP(sm2_drop) = NULL;
	struct backup_from from = { .path = zd_str_copy(cx->arena, args->file).p, .db = place.db };
	struct backup_report report;
	unsigned char key[32];

	ZD_TRY(read_secrets(cx, args, key, &from, &signer));
	enum zd_rc rc = backup_restore(cx, &from, place.dir, &report);
	crypto_wipe(key, sizeof(key));
	ZD_TRY(rc);
	put_report(call, &report);
	cli_say(call, "已恢复到 %s。启动前请执行 zhaodan doctor --data %s。", place.dir, place.dir);
	return ZD_OK;
}

const struct cli_command cmd_backup[] = {
	{
		.name = "backup",
		.about = "在线备份：数据库、文件、密钥、配置，加密并签名",
		.help = "服务不必停。PostgreSQL 需要 postgresql-client(pg_dump)。备份先写 "
			"FILE.part，写完、签名、落盘后才改名，"
			"中断不留半个文件；数据目录的 spool 中要有放得下一份数据库的空间。\n"
			"备份里有密钥和全部数据：用口令加密的备份可以单独恢复；用备份密钥加密的，"
			"恢复时要有另存的 keys/backup。",
		.prints = "{\"bytes\",\"members\",\"files\",\"missing\",\"entries\",\"root\"}",
		.needs = CLI_APP,
		.args = backup_args,
		.args_size = sizeof(struct backup_args),
		.run = run_backup,
	},
	{
		.name = "restore",
		.about = "从备份恢复到一个空目录",
		.help = "先核对整个文件的签名，再解密解包到旁边的临时目录，与清单逐项比对，"
			"全部相符才就位；"
			"任何一步不符都不留下半个恢复。PostgreSQL 的备份须用 --db 给出一个空库。",
		.prints = "{\"members\",\"files\",\"missing\",\"entries\",\"root\"}",
		.needs = CLI_DIR,
		.args = restore_args,
		.args_size = sizeof(struct backup_args),
		.run = run_restore,
	},
	{ 0 },
};
