// wasm_verdicts.mjs MODULE NATIVE: the same requests to the judge as WebAssembly and as a native program; every answer
// must be the same, byte for byte, and together they must show every kind of rule and identifier at work.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { openJudge } from "../assets/standard.mjs";

const [modulePath, nativePath] = process.argv.slice(2);
const today = "2025-11-24";
const judge = await openJudge(readFileSync(modulePath));
const standards = judge.call({ call: "standards" }).standards.map((s) => s.name);
const described = Object.fromEntries(standards.map((s) => [s, judge.call({ call: "describe", standard: s })]));

const known = {
	items: [
		{ code: "10100200100101", from: "2020-01-01" },
		{ code: "10100200100102", until: "2020-01-01" },
		{ code: "10100200200001", type: "1", name: "对食品销售者的处罚" },
	],
	lists: [{ code: "114201000012345039310100200100101001", item: "10100200100101", from: null, until: null }],
	officers: [{ code: "17010100001", until: "2030-12-31" }, { code: "17010100002", until: "2024-01-01" }],
	records: { check_action: ["JC20240520001"], sub_item: ["10100200100101"] },
};

/** A record made of the examples of the standard's own fields, with changes. */
const record = (standard, changes = {}) => {
	const fields = described[standard].fields.filter((f) => !f.exchange);
	return { ...Object.fromEntries(fields.map((f) => [f.name, f.example])), ...changes };
};

/** Rows by standard: each line is a row of one file. */
const files = {
	check_action: [
		{},
		{}, // again: unchanged
		{ check_result: "02" }, // key_once
		{ check_action_code: "A1" }, // merge_once
		{ check_action_code: "A2", check_date: "2024年5月2日 9时30分", check_form: "专项检查", cd_operation: "U" },
		{ check_action_code: "A3", check_date: "2030-01-01", submitted_date: "2029-01-01" }, // not_future, date_order
		{ check_action_code: "A4", check_date: "2024/5/3", supervise_item_implement_code: "10100200100101、10100200100102、1" },
		{ check_action_code: "A5", check_date: "2024.5.4", supervise_item_implement_code: "10100200100102" },
		{ check_action_code: "A6", check_date: "20240505", supervise_item_check_icode: "114201000012345039410100200100101001" },
		{ check_action_code: "A7", check_date: "2024-05-06", check_personnel_code: "17010100001，17010100001，17010100009" },
		{ check_action_code: "A8", check_date: "45000", administrative_cp_ce_type: "居民身份证" },
		{ check_action_code: "A9", check_date: "2024-5-7", administrative_cp_ui_code: "91420100MA4K00002A" },
		{ check_action_code: "B1", check_date: "2024-5-8", administrative_cp_ce_type: "111", administrative_cp_ui_code: "420102900101001" },
		{ check_action_code: "B2", check_date: "2024-5-9", cd_source: "1|1", area_number: "110103", check_personnel: "一人" },
		{ check_action_code: "B3", supervise_item_implement_code: "无", supervise_item_check_icode: "无", check_form: "88" },
		{ check_action_code: "B5", check_date: "2024-5-10", supervise_item_implement_code: "10100200200001" }, // item_type
		{ check_action_code: "B4", cd_operation: "d" },
		{ check_action_code: null, cd_operation: "d" },
		{ check_action_code: "长".repeat(60), address_registered: "\u0001", check_date: "2023-02-30" },
	],
	punish_action: [
		{},
		{ punish_action_code: "P1", punish_document_code: "1", fine: "", check_action_code: "JC404" },
		{ punish_action_code: "P2", punish_document_code: "2", administrative_penalties: true, check_action_code: "无" },
		{ punish_action_code: "P3", punish_document_code: "3", cases_closed_fine: 6000, fine: "５，０００" },
		{ punish_action_code: "P4", punish_document_code: "4", cases_closed_fine: -1, confiscated_income: "1.5万元" },
		{ punish_action_code: "P5", set_date: "2021-07-14", punish_type: "通报批评、暂扣或吊销许可证" },
		{ punish_action_code: "P6", if_hearing_witnesses: "有", legal_review: "Y", legal_review_date: null, fine: "1.2E+05" },
	],
	random_plan: [{}, { plan_id: "2", plan_year: "1999" }, { plan_id: "3", plan_year: 2024.5 }],
	main_item: [{}, { matter_code: "123" }],
	implement_list: [{}, { inventory_code: "12320100425800919A3123" }],
	officer: [{}, { certificate_code: "2", id_card: "420102199001010019", contact_phone: "123" }],
	enterprise: [
		{},
		{ pripid: "2", reg_number: "420100000000015", industry_code: "C5211", uscc: "统一社会信用代码：91420100MA4K00002Y（1/1）" },
		{ pripid: "3", industry_code: "F5211", latitude: "91", longitude: "１１４．３" },
	],
	random_sample: [{}, { record_unique_identity: "2" }],
};

/** One value: [standard, field, value, day]. */
const values = [
	["enterprise", "uscc", "91420100ma4k00002y"], ["enterprise", "uscc", "９１４２０１００ＭＡ４Ｋ００００２Ｙ"],
	["enterprise", "uscc", "91350100M000100Y44"], ["enterprise", "uscc", "9135O100M000100Y43"], ["enterprise", "uscc", "9135****"],
	["enterprise", "uscc", "9.1E+17"], ["enterprise", "reg_number", "110108000000016"], ["enterprise", "uscc", "110108000000016"],
	["officer", "id_card", "11010519491231002x"], ["officer", "id_card", "110105491231002"], ["officer", "id_card", "110105194902290021"],
	["officer", "id_card", "420102199001010000"], ["officer", "contact_phone", "（０５７１）８７６５４３２１"],
	["check_action", "area_number", "330106001002"], ["check_action", "area_number", "110103", "2009-01-01"],
	["enterprise", "industry_code", "111"], ["enterprise", "industry_code", "A"], ["check_action", "check_date", ""],
	["officer", "education", "硕士毕业"], ["check_action", "check_date", "2024-05-02T23:30:00Z"], ["nothing", "x", ""], ["officer", "x", ""],
];

const requests = [];
for (const s of standards) {
	requests.push({ call: "describe", standard: s });
	requests.push({ call: "open", standard: s, today, known }, { call: "rows", rows: [record(s)] }, { call: "close" });
}
for (const [standard, rows] of Object.entries(files)) {
	requests.push({ call: "open", standard, today, dept_source: "420000|31", known });
	requests.push({ call: "rows", first: 7, rows: rows.map((changes) => record(standard, changes)) }, { call: "close" });
	requests.push({ call: "open", standard, today }, { call: "rows", rows: [Object.values(record(standard))] }, { call: "close" });
}
for (const [standard, field, value, day] of values) requests.push({ call: "field", standard, field, value, today, day: day ?? null });
requests.push({ call: "headings", standard: "check_action", headings: ["检查日期", "*检查时间(必填)", "检查时刻", "天气", ""] });
requests.push({ call: "close" }, { call: "rows", rows: [] }, { call: "open", standard: "officer" }, { call: "dance" }, { x: 1 }, []);
requests.push({ call: "open", standard: "officer", today, known: { items: [{}] } }, { call: "open", standard: "officer", today });
requests.push({ call: "rows", rows: [{ weather: "fine" }] }, { call: "rows", rows: [new Array(99).fill("")] });

const lines = requests.map((r) => JSON.stringify(r)).concat(["", "{", '{"call":"standards"}']);
const native = spawnSync(nativePath, { input: lines.join("\n") + "\n", encoding: "utf8", maxBuffer: 1 << 28 });
if (native.status !== 0) throw new Error(`native judge: ${native.status} ${native.stderr}`);
const answers = native.stdout.split("\n").slice(0, -1);

let passed = 0;
let failed = 0;
const check = (holds, what) => {
	if (holds) passed++;
	else {
		failed++;
		console.log(`not so: ${what}`);
	}
};

check(answers.length === lines.length, `${lines.length} requests, ${answers.length} native answers`);
const ruleKinds = Object.fromEntries(
	Object.values(described).flatMap((d) => d.rules.map((r) => [r.id, r.kind])));
const seen = new Set();
let good = 0;
lines.forEach((line, i) => {
	const text = judge.text(line);
	check(text === answers[i], `${line.slice(0, 200)}\n  wasm   ${text.slice(0, 400)}\n  native ${(answers[i] ?? "").slice(0, 400)}`);
	const answer = JSON.parse(text);
	const errors = (answer.rows ?? []).flatMap((r) => r.errors).concat(answer.error ?? []);
	for (const e of errors) seen.add(ruleKinds[e.rule] ?? e.rule.split(".")[2]);
	good += (answer.rows ?? []).filter((r) => r.good).length;
});
const kinds = ["date_order", "not_future", "required_if", "absent_if", "ident_by", "same_count", "distinct", "range", "at_most",
	"item_in_force", "item_type", "list_of_item", "exists", "officer_valid", "source_is_sender", "key_once", "merge_once", "required", "text",
	"length", "date", "number", "bool", "code", "min_items", "uscc", "id_card", "reg_no", "division", "industry", "item_code",
	"main_code", "list_code", "phone"];
for (const kind of kinds) check(seen.has(kind), `no case fails by ${kind}`);
check(good > standards.length, "few rows are good");
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
