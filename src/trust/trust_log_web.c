/* The audit log: for the audit administrator the entries with their proofs, for everyone the signed heads. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "trust/trust_list.h"
#include "trust/trust_pages.h"
#include "trust/trust_web.h"

static const struct page_choice outcomes[] = {
	{ ZD_LIT("1"), ZD_LIT("完成"), PAGE_GOOD },
	{ ZD_LIT("0"), ZD_LIT("拒绝"), PAGE_BAD },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

/* What an entry's act is called; an act that is not here is shown as it is sealed. */
static const struct page_choice acts[] = {
	{ ZD_LIT("session.open"), ZD_LIT("登录"), PAGE_PLAIN },
	{ ZD_LIT("session.refuse"), ZD_LIT("登录被拒"), PAGE_PLAIN },
	{ ZD_LIT("session.code"), ZD_LIT("核对验证码"), PAGE_PLAIN },
	{ ZD_LIT("session.confirm"), ZD_LIT("确认身份"), PAGE_PLAIN },
	{ ZD_LIT("session.close"), ZD_LIT("退出登录"), PAGE_PLAIN },
	{ ZD_LIT("session.kill"), ZD_LIT("结束登录中的设备"), PAGE_PLAIN },
	{ ZD_LIT("account.activate"), ZD_LIT("激活账号"), PAGE_PLAIN },
	{ ZD_LIT("account.password"), ZD_LIT("修改密码"), PAGE_PLAIN },
	{ ZD_LIT("factor.begin"), ZD_LIT("开始设置第二因子"), PAGE_PLAIN },
	{ ZD_LIT("factor.set"), ZD_LIT("设置第二因子"), PAGE_PLAIN },
	{ ZD_LIT("route.refuse"), ZD_LIT("越权访问被拒"), PAGE_PLAIN },
	{ ZD_LIT("person.create"), ZD_LIT("新建人员"), PAGE_PLAIN },
	{ ZD_LIT("person.edit"), ZD_LIT("修改人员"), PAGE_PLAIN },
	{ ZD_LIT("person.disable"), ZD_LIT("停用账号"), PAGE_PLAIN },
	{ ZD_LIT("person.enable"), ZD_LIT("启用账号"), PAGE_PLAIN },
	{ ZD_LIT("person.unlock"), ZD_LIT("解除锁定"), PAGE_PLAIN },
	{ ZD_LIT("person.reset"), ZD_LIT("重置密码"), PAGE_PLAIN },
	{ ZD_LIT("person.reset_all"), ZD_LIT("重置密码和第二因子"), PAGE_PLAIN },
	{ ZD_LIT("role.request"), ZD_LIT("申请角色"), PAGE_PLAIN },
	{ ZD_LIT("role.grant"), ZD_LIT("同意角色"), PAGE_PLAIN },
	{ ZD_LIT("role.refuse"), ZD_LIT("驳回角色"), PAGE_PLAIN },
	{ ZD_LIT("dept.create"), ZD_LIT("新建部门"), PAGE_PLAIN },
	{ ZD_LIT("dept.edit"), ZD_LIT("修改部门"), PAGE_PLAIN },
	{ ZD_LIT("key.create"), ZD_LIT("新建接口密钥"), PAGE_PLAIN },
	{ ZD_LIT("key.revoke"), ZD_LIT("吊销接口密钥"), PAGE_PLAIN },
	{ ZD_LIT("catalog.state"), ZD_LIT("改变事项状态"), PAGE_PLAIN },
	{ ZD_LIT("catalog.claim"), ZD_LIT("改变事项认领"), PAGE_PLAIN },
	{ ZD_LIT("catalog.first_day"), ZD_LIT("设定首日"), PAGE_PLAIN },
	{ ZD_LIT("quarantine.release"), ZD_LIT("放行首日历史"), PAGE_PLAIN },
	{ ZD_LIT("ingest.open"), ZD_LIT("开始导入"), PAGE_PLAIN },
	{ ZD_LIT("ingest.block"), ZD_LIT("导入一段"), PAGE_PLAIN },
	{ ZD_LIT("ingest.finish"), ZD_LIT("导入完成"), PAGE_PLAIN },
	{ ZD_LIT("ingest.fail"), ZD_LIT("整份退回"), PAGE_PLAIN },
	{ ZD_LIT("ingest.discard"), ZD_LIT("不再报送一行"), PAGE_PLAIN },
	{ ZD_LIT("record.edit"), ZD_LIT("填报或修改记录"), PAGE_PLAIN },
	{ ZD_LIT("record.remove"), ZD_LIT("删除记录"), PAGE_PLAIN },
	{ ZD_LIT("log.export"), ZD_LIT("导出审计日志"), PAGE_PLAIN },
	{ ZD_LIT("backup.make"), ZD_LIT("备份"), PAGE_PLAIN },
	{ ZD_LIT("program.changed"), ZD_LIT("程序变更"), PAGE_PLAIN },
	{ { 0 }, { 0 }, PAGE_PLAIN },
};

static enum zd_rc
show_log(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_action actions[] = {
		{ .title = ZD_LIT("导出全部（可离线验证）"),
		  .href = ZD_LIT("/desk/log/export"),
		  .icon = "download",
		  .post = true },
		{ .title = { 0 } },
	};
	static const struct page_column columns[] = {
		{ .name = "seq", .as = PAGE_AS_NUMBER, .strong = true },
		{ .name = "at", .as = PAGE_AS_TIME },
		{ .name = "actor", .as = PAGE_AS_CODE },
		{ .name = "act", .as = PAGE_AS_NAME, .choices = acts },
		{ .name = "obj", .as = PAGE_AS_CODE },
		{ .name = "ok", .as = PAGE_AS_STATE, .choices = outcomes },
		{ 0 },
	};
	static const struct page_filter filters[] = {
		{ .name = "actor", .hint = "账号全称" },
		{ .name = "act", .choices = acts },
		{ .name = "obj", .hint = "如 person:zf0001" },
		{ .name = "ok", .choices = outcomes },
		{ 0 },
	};
	struct page_list list = {
		.page = { .title = ZD_LIT("审计日志"),
			  .lead = ZD_LIT("每项改动一条，按封存的次序排列；任何改动、删除都会使证明"
					 "不成立。"),
			  .nav = "log",
			  .actions = actions },
		.list = &trust_log_list,
		.row_href = "/desk/log/{id}",
		.columns = columns,
		.filters = filters,
		.empty = { .icon = "history",
			   .title = ZD_LIT("还没有封存的记录"),
			   .text = ZD_LIT("系统中的每项改动都会在一分钟内出现在这里。") },
	};

	struct zd_str confirm = web_confirm_path(cx, req);
	const struct page_action first[] = {
		{ .title = ZD_STR("确认身份后导出"), .href = confirm, .icon = "fingerprint" },
		{ .title = { 0 } }
	};

	if (confirm.n)
		list.page.actions = first;
	return page_list(cx, req, rep, &list);
}

/* --- one entry --------------------------------------------------------------------------- */

struct seq_params {
	int64_t seq, size;
};
#define SEQ_MAX (INT64_C(1) << 53)
static const struct http_param seq_params[] = {
	HTTP_PARAM_INT(struct seq_params, seq, .about = "序号", .min = 0, .max = SEQ_MAX,
		       .required = true),
	{ 0 },
};
static const struct http_param proof_params[] = {
	HTTP_PARAM_INT(struct seq_params, seq, .about = "序号", .min = 0, .max = SEQ_MAX,
		       .required = true),
	HTTP_PARAM_INT(struct seq_params, size, .about = "树的大小；不填为最新检查点", .min = 1,
		       .max = SEQ_MAX),
	{ 0 },
};

static enum zd_rc
find_head_or_none(struct zd_cx *cx, struct db *db, struct audit_head *ret)
{
	enum zd_rc rc = audit_find_head(cx, db, ret);

	if (rc == ZD_NOT_FOUND)
		*ret = (struct audit_head){ 0 };
	return rc == ZD_NOT_FOUND ? ZD_OK : rc;
}

/* The leaf is made of the stored line, so that a changed line shows. */
static enum zd_rc
make_view(struct zd_cx *cx, struct db *db, int64_t seq, struct trust_proof_view *ret)
{
	struct sm3 proof[AUDIT_PROOF_MAX], leaf, root = { { 0 } };
	struct audit_head head = { 0 };

	*ret = (struct trust_proof_view){ 0 };
	ZD_TRY(audit_find(cx, db, seq, &ret->entry));
	ZD_TRY(find_head_or_none(cx, db, &head));
	audit_leaf(ret->entry.line, &leaf);
	ret->leaf = crypto_hex(cx->arena, SM3_STR(leaf));
	ret->chain = crypto_hex(cx->arena, ret->entry.chain);
	if (head.size <= seq)
		return ZD_OK;
	ret->size = head.size;
	ZD_TRY(audit_prove(cx, db, seq, head.size, proof, &ret->n));
	if (head.root.n == SM3_LEN)
		memcpy(root.b, head.root.p, SM3_LEN);
	ret->root = crypto_hex(cx->arena, SM3_STR(root));
	for (size_t i = 0; i < ret->n; i++)
		ret->hashes[i] = crypto_hex(cx->arena, SM3_STR(proof[i]));
	ret->holds =
		audit_inclusion_ok(&leaf, (uint64_t)seq, (uint64_t)head.size, proof, ret->n, &root);
	return ZD_OK;
}

static enum zd_rc
get_entry(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	static const struct page_crumb crumbs[] = { { ZD_LIT("审计日志"), ZD_LIT("/desk/log") },
						    { { 0 }, { 0 } } };
	const struct seq_params *p = req->params;
	struct trust_proof_view view;

	ZD_TRY(make_view(cx, req->db, p->seq, &view));
	const struct page page = { .title = zd_str_printf(cx->arena, "第 %lld 条",
							  (long long)p->seq),
				   .nav = "log",
				   .crumbs = crumbs };
	const struct page_fact facts[] = {
		{ .label = ZD_STR("时间"),
		  .value = web_int(cx->arena, view.entry.at),
		  .as = PAGE_AS_TIME },
		{ .label = ZD_STR("操作人"), .value = view.entry.actor, .as = PAGE_AS_CODE },
		{ .label = ZD_STR("事项"),
		  .value = view.entry.act,
		  .as = PAGE_AS_NAME,
		  .choices = acts },
		{ .label = ZD_STR("对象"), .value = view.entry.obj, .as = PAGE_AS_CODE },
		{ .label = ZD_STR("结果"),
		  .value = web_int(cx->arena, view.entry.ok),
		  .as = PAGE_AS_STATE,
		  .choices = outcomes },
	};
	page_begin(cx, req, rep, &page);
	page_card_begin(&rep->out, (struct zd_str){ 0 });
	page_facts(&rep->out, facts, ZD_COUNT(facts));
	trust_proof_html(&rep->out, &view);
	page_card_end(&rep->out);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}

/* Written to the spool and sent from there; nobody else can open it. */
static enum zd_rc
post_export(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct app *app = req->app;
	struct zd_str path =
		zd_str_printf(cx->arena, "%s/log-%lld.ndjson", app->spool, (long long)zd_id_new());
	struct db_txn txn ZD_CLEANUP(db_txn_end) = { 0 };

	ZD_TRY(db_begin(cx, req->db, &txn));
	ZD_TRY(audit_put(cx, req->db, &(struct audit_entry){ .act = "log.export" }));
	ZD_TRY(db_commit(cx, &txn));
	ZD_TRY(audit_export(cx, req->db, app->keys.log, app->origin, path.p));
	rep->fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unlink(path.p);
	if (rep->fd < 0)
		return zd_fail(cx, ZD_FAILED, NULL, "cannot open %s", path.p);
	rep->type = "application/x-ndjson";
	rep->attachment = zd_str_printf(cx->arena, "审计日志-%.*s.ndjson",
					ZD_STR_ARG(zd_day_format(cx->arena, cx->today)));
	return ZD_OK;
}

/* --- for programs and witnesses ---------------------------------------------------------- */

static enum zd_rc
api_head(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	struct json_writer w = { .out = &rep->out };
	struct audit_head head;

	enum zd_rc rc = audit_find_head(cx, req->db, &head);
	if (rc == ZD_NOT_FOUND)
		return zd_fail(cx, ZD_NOT_FOUND, NULL, "还没有签署检查点");
	ZD_TRY(rc);
	json_put_object(&w);
	json_put_member_int(&w, "size", head.size);
	json_put_member(&w, "root", crypto_hex(cx->arena, head.root));
	json_put_member(&w, "time", zd_time_format_utc(cx->arena, head.at));
	json_put_member(&w, "note", audit_head_note(cx->arena, &head));
	json_put_end(&w);
	return ZD_OK;
}

static void
put_proof(struct zd_cx *cx, struct json_writer *w, const struct sm3 *proof, size_t n)
{
	json_put_name(w, "proof");
	json_put_array(w);
	for (size_t i = 0; i < n; i++)
		json_put_text(w, crypto_hex(cx->arena, SM3_STR(proof[i])));
	json_put_end(w);
}

static enum zd_rc
api_proof(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct seq_params *p = req->params;
	struct json_writer w = { .out = &rep->out };
	struct sm3 proof[AUDIT_PROOF_MAX];
	struct audit_sealed entry;
	struct audit_head head;
	size_t n;

	ZD_TRY(audit_find(cx, req->db, p->seq, &entry));
	ZD_TRY(find_head_or_none(cx, req->db, &head));
	int64_t size = p->size == ZD_NO_INT ? head.size : p->size;
	ZD_TRY(audit_prove(cx, req->db, p->seq, size, proof, &n));
	json_put_object(&w);
	json_put_member_int(&w, "seq", p->seq);
	json_put_member_int(&w, "size", size);
	json_put_member(&w, "line", entry.line);
	json_put_member(&w, "leaf", crypto_hex(cx->arena, entry.leaf));
	put_proof(cx, &w, proof, n);
	json_put_end(&w);
	return ZD_OK;
}

struct consistency_params {
	int64_t from, to;
};
static const struct http_param consistency_params[] = {
	HTTP_PARAM_INT(struct consistency_params, from, .about = "较早的大小", .min = 1,
		       .max = SEQ_MAX, .required = true),
	HTTP_PARAM_INT(struct consistency_params, to, .about = "较晚的大小", .min = 1,
		       .max = SEQ_MAX, .required = true),
	{ 0 },
};

static enum zd_rc
api_consistency(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	const struct consistency_params *p = req->params;
	struct json_writer w = { .out = &rep->out };
	struct sm3 proof[AUDIT_PROOF_MAX];
	size_t n;

	ZD_TRY(audit_prove_consistency(cx, req->db, p->from, p->to, proof, &n));
	json_put_object(&w);
	json_put_member_int(&w, "from", p->from);
	json_put_member_int(&w, "to", p->to);
	put_proof(cx, &w, proof, n);
	json_put_end(&w);
	return ZD_OK;
}

#define AUDIT                                                                                      \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_AUDIT_ADMIN                                   \
	}
#define AUDIT_FRESH                                                                                \
	{                                                                                          \
		.access = HTTP_ROLES, .roles = TRUST_AUDIT_ADMIN, .fresh = true                    \
	}
#define PARAMS(type, table) .params = (table), .params_size = sizeof(struct type)

const struct http_route trust_log_routes[] = {
	{ HTTP_GET, "/desk/log", "审计日志", AUDIT, show_log, .lax_query = true },
	{ HTTP_GET, "/desk/log/{seq}", "审计日志的一条及其证明", AUDIT, get_entry,
	  PARAMS(seq_params, seq_params) },
	{ HTTP_POST, "/desk/log/export", "导出审计日志", AUDIT_FRESH, post_export, HTTP_FORM },
	{ HTTP_GET, "/api/v1/log/entries", "审计日志", AUDIT, show_log, .lax_query = true },
	{ HTTP_GET, "/api/v1/log/head", "最新的签名检查点", { .access = HTTP_PUBLIC }, api_head },
	{ HTTP_GET, "/api/v1/log/proof", "一条记录的包含证明", AUDIT, api_proof,
	  PARAMS(seq_params, proof_params) },
	{ HTTP_GET,
	  "/api/v1/log/consistency",
	  "两个检查点的一致性证明",
	  { .access = HTTP_PUBLIC },
	  api_consistency,
	  PARAMS(consistency_params, consistency_params) },
	{ .method = HTTP_END },
};
