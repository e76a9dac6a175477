/* zhaodan log export, log verify */
#include "base/json.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "trust/audit.h"

struct log_args {
	struct zd_str file, key, witness;
};
static const struct cli_arg export_args[] = {
	CLI_ARG_TEXT(struct log_args, file, .value = "FILE", .operand = true, .required = true,
		     .about = "写到这个新文件（NDJSON）"),
	{ 0 },
};
static const struct cli_arg verify_args[] = {
	CLI_ARG_TEXT(struct log_args, file, .value = "FILE", .operand = true, .required = true,
		     .about = "log export 写出的文件"),
	CLI_ARG_TEXT(struct log_args, key, .value = "PEM",
		     .about = "签名公钥文件；不给则用文件中自带的，那只能证明文件自洽"),
	CLI_ARG_TEXT(struct log_args, witness, .value = "CHECKPOINT",
		     .about = "早先取得的检查点文件；日志须与它一致，被截短或改写过的日志在此现形"),
	{ 0 },
};

static void
put_verdict(struct cli_call *call, struct zd_arena *arena, const struct audit_verdict *verdict)
{
	struct zd_out out ZD_CLEANUP(zd_out_drop) = { .max = 65536 };
	struct json_writer w = { .out = &out };

	json_put_object(&w);
	json_put_member_int(&w, "entries", verdict->entries);
	json_put_member_int(&w, "checkpoints", verdict->checkpoints);
	json_put_member(&w, "origin", verdict->origin);
	json_put_member(&w, "root", crypto_hex(arena, SM3_STR(verdict->root)));
	json_put_member_bool(&w, "ok", verdict->ok);
	if (!verdict->ok)
		json_put_member(&w, "first_fault", verdict->first_fault);
	json_put_end(&w);
	cli_line(call, &out);
}

static enum zd_rc
run_export(struct zd_cx *cx, struct cli_call *call)
{
	const struct log_args *args = call->args;
	struct app *app = call->app;
	const char *path = zd_str_copy(cx->arena, args->file).p;
	struct audit_verdict verdict;
	struct db *db;

	ZD_TRY(db_pool_take(cx, app->pool, DB_WRITE, &db));
	enum zd_rc rc = audit_export(cx, db, app->keys.log, app->origin, path);
	db_pool_give(app->pool, db);
	ZD_TRY(rc);
	/* what was written is what will be read: prove it now */
	ZD_TRY(audit_verify(cx, path, app->keys.log, (struct zd_str){ 0 }, &verdict));
	put_verdict(call, cx->arena, &verdict);
	return verdict.ok ? ZD_OK
			  : zd_fail(cx, ZD_REFUSED, NULL, "审计日志有问题：%.*s。",
				    ZD_STR_ARG(verdict.first_fault));
}

static enum zd_rc
run_verify(struct zd_cx *cx, struct cli_call *call)
{
	const struct log_args *args = call->args;
	struct sm2_key *key ZD_CLEANUP(sm2_drop) = NULL;
	struct audit_verdict verdict;
	struct zd_str pem, witness = { 0 };

	if (args->key.p) {
		ZD_TRY(app_read_file(cx, zd_str_copy(cx->arena, args->key).p, &pem));
		ZD_TRY(sm2_from_pem(cx, pem, &key));
	} else {
		cli_say(call,
			"没有给出 "
			"--key：用文件自带的公钥核对，只能证明文件自洽，不能证明出自哪一方。");
	}
	if (args->witness.p)
		ZD_TRY(app_read_file(cx, zd_str_copy(cx->arena, args->witness).p, &witness));
	ZD_TRY(audit_verify(cx, zd_str_copy(cx->arena, args->file).p, key, witness, &verdict));
	put_verdict(call, cx->arena, &verdict);
	if (!verdict.ok)
		return zd_fail(cx, ZD_REFUSED, NULL, "日志不可信：%.*s。",
			       ZD_STR_ARG(verdict.first_fault));
	cli_say(call, "日志完整：%lld 条，%lld 个检查点。", (long long)verdict.entries,
		(long long)verdict.checkpoints);
	return ZD_OK;
}

const struct cli_command cmd_log[] = {
	{
		.name = "log export",
		.about = "导出审计日志和签名的检查点",
		.help = "导出前先封存已提交的记录并签发检查点；导出后随即核对一遍。",
		.prints = "{\"entries\",\"checkpoints\",\"origin\",\"root\",\"ok\"}",
		.needs = CLI_APP,
		.args = export_args,
		.args_size = sizeof(struct log_args),
		.run = run_export,
	},
	{
		.name = "log verify",
		.about = "离线核对导出的审计日志",
		.help = "不需要数据目录：重算每条的哈希、默克尔树和链，核对每个检查点的签名。",
		.prints =
			"{\"entries\",\"checkpoints\",\"origin\",\"root\",\"ok\",\"first_fault\"}",
		.args = verify_args,
		.args_size = sizeof(struct log_args),
		.run = run_verify,
	},
	{ 0 },
};
