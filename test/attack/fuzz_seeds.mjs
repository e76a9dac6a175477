// What the mutation fuzz begins with: every route of the table, with values that its parameters take, as each of
// several people; and what it puts in their place.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Method and pattern of every route, from the reviewed table of routes and roles. */
export const routes = readFileSync(join(import.meta.dirname, "../matrix/expected.txt"), "utf8")
	.split("\n")
	.map((line) => /^([A-Z]+) +(\S+)/.exec(line))
	.filter(Boolean)
	.map(([, method, path]) => ({ method, path }));

/** These would end the sessions that the others need: asked without one. */
export const selfish = new Set(["/signout", "/signin/password", "/signin/confirm", "/desk/me/sessions/{id}/end"]);

export const standards = [
	"check_action", "punish_action", "force_action", "other_action", "implement_list", "officer", "sub_item",
	"main_item", "random_list", "complaint", "warning", "record",
];

/** What a parameter of that name may be. */
export const values = {
	id: ["1", "2", "100", "9007199254740992"],
	seq: ["0", "1", "40"],
	row: ["1", "2"],
	ref: ["7-123", "1-1", "9-1"],
	code: ["42020031010001", "123456"],
	kind: ["check", "punish", "force", "other"],
	what: ["publish", "suspend", "resume", "cancel", "claim", "release"],
	standard: standards,
	name: [...standards, "app.css", "area", "check_form"],
	page: ["home", "api", "errors"],
};

export const queries = [
	"sort=day&dir=desc", "after=2025-01-01-17", "q=%E5%85%AC%E5%8F%B8", "page=2&size=50", "cols=id,name", "format=xlsx",
	"format=csv", "day=2025-01-01..2025-02-01", "dept=3", "state=1", "from=1&to=4", "size=3&seq=1", "standard=check_action",
	"each=1", "kind=check", "next=%2Fdesk", "code=%E6%B5%8B", "area=420202", "items=42020031010001&from=2026-01-01",
];

export const forms = [
	"account=scjg&password=x", "name=%E6%B5%8B&roles=1&level=2&version=1", "reason=%E5%8E%9F%E5%9B%A0&version=1",
	"check_action_name=x&check_date=2025-01-01&version=1", "first_day=2026-01-01&open=1&revision=1", "ids=1,2&from=2026-02-01",
	"code=000000&password=Zhengque-2026&again=Zhengque-2026", "what=suspend&items=1&reason=x&seen=2026-01-01",
];

export const jsons = [
	'{"version":1,"reason":"x"}', '{"check_action_name":"甲","check_date":"2025-01-01"}', '{"what":"suspend","items":"1"}',
	'{"ids":"1,2"}', "{}", `${'{"a":['.repeat(40)}${"]}".repeat(40)}`,
];

const csv = "check_action_code,check_action_name,check_date\r\nZD1,甲,2025-01-01\r\nZD2,\"乙,丙\",2025-13-01\r\n";
const lines = '{"check_action_code":"ZD1","check_action_name":"甲","check_date":"2025-01-01"}\n{"check_action_code":7}\n';
const workbook = readFileSync(join(import.meta.dirname, "../../fuzz/corpus/table_zip/openpyxl.xlsx"));

/** Bodies of files, with the type that they are sent under. */
export const files = [
	["text/csv", Buffer.from(csv)],
	["application/x-ndjson", Buffer.from(lines)],
	["application/json", Buffer.from(`[${lines.trim().replace("\n", ",")}]`)],
	["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook],
	["application/x-ndjson", gzipSync(lines), "gzip"],
];

/** Put where a value stands, percent-coded or as it is. */
export const nasty = [
	"", "0", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e309", "NaN", "2025-02-30", "0000-00-00",
	"9999-12-31", "' OR 1=1 --", "1;DROP TABLE person", "\" OR \"\"=\"", "%' ESCAPE '\\", "$1", ":id", "?1", "<script>alert(1)</script>",
	"\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "=cmd|' /C calc'!A0", "../../etc/passwd", "..;/", "//evil.example", "\\\\evil",
	"\0", "a\0b", "\r\nSet-Cookie: a=b", "\u202e\u200b", "\ufeff", "\ud83d\ude00".repeat(50), "甲".repeat(2000), "A".repeat(7000), "%s%n%x",
	"{{7*7}}", "${jndi:ldap://x}", "null", "true", "[]", "{}", "[\"a\"]", "-", "--", "1-", "-1-1", "1-1-1", "2025-01-01-", "a,b,,", "*", "%", "_",
];
export const nastyBytes = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0], [0x0d], [0x0a], [0x1b, 0x5b], [0xe4, 0xbd]];
