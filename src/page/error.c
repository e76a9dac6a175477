/* The error page: what happened, in the words of cx->err, and what to do now. */
#include "page/frame.h"

static const struct advice {
	int status;
	struct zd_str title, advice;
} advices[] = {
	{ 400, ZD_LIT("请求有误"),
	  ZD_LIT("请返回上一页，按提示改正后再提交；已填写的内容仍在上一页。") },
	{ 401, ZD_LIT("请先登录"), ZD_LIT("登录已超时或尚未登录。登录后会回到工作门户。") },
	{ 403, ZD_LIT("不能这样办"),
	  ZD_LIT("如确需办理，请联系本部门负责人或平台管理员；本次没有任何改动。") },
	{ 404, ZD_LIT("没有找到"),
	  ZD_LIT("它可能已被删除、编号有误，或不在您的查看范围内。请从列表或搜索中再找一次。") },
	{ 405, ZD_LIT("不能这样访问"), ZD_LIT("请从页面上的按钮或链接进入，不要直接输入网址。") },
	{ 409, ZD_LIT("内容已被他人修改"), ZD_LIT("请返回上一页并刷新，核对最新内容后再提交。") },
	{ 413, ZD_LIT("内容太大"), ZD_LIT("请分成几次，或压缩后再提交。") },
	{ 415, ZD_LIT("不支持这种文件或格式"), ZD_LIT("请按页面上写明的格式上传。") },
	{ 422, ZD_LIT("内容需要改正"),
	  ZD_LIT("请返回上一页改正后再提交；已填写的内容仍在上一页。") },
	{ 429, ZD_LIT("操作太频繁"), ZD_LIT("请稍候一分钟再试。") },
	{ 503, ZD_LIT("系统正忙"), ZD_LIT("本次没有任何改动，请稍候再试。") },
	{ 0, ZD_LIT("系统出错"),
	  ZD_LIT("请稍后再试。如仍不行，请把下面的编号告诉系统管理员，凭它可以查到原因。") },
};

static const struct advice *
advice_for(int status)
{
	const struct advice *a = advices;

	while (a->status && a->status != status)
		a++;
	return a;
}

enum zd_rc
page_error(struct zd_cx *cx, struct http_request *req, struct http_reply *rep)
{
	if (rep->status == 0)
		rep->status = zd_rc_meaning(cx->err.rc)->http_status;
	const struct advice *advice = advice_for(rep->status);
	bool ours = rep->status >= 500;
	bool staff = cx->actor.id != 0;
	const struct page page = { .title = advice->title,
				   .layout = staff ? PAGE_DESK : PAGE_BARE };
	const struct page_trouble trouble = {
		.status = rep->status,
		.title = advice->title,
		.text = ours ? (struct zd_str){ 0 } : zd_str_of(cx->err.text),
		.advice = advice->advice,
		.reference = cx->request,
		.href = rep->status == 401 ? ZD_STR("/signin")
			: staff            ? ZD_STR("/desk")
					   : ZD_STR("/"),
		.faults = req->faults,
		.faults_n = req->faults_n,
		.action = rep->status == 401 ? ZD_STR("去登录")
			  : staff            ? ZD_STR("回到待办")
					     : ZD_STR("回到首页"),
	};

	page_begin(cx, req, rep, &page);
	error_html(&rep->out, &trouble);
	page_end(cx, req, rep, &page);
	return ZD_OK;
}
