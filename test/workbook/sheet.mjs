// The sheet of acceptance: 5,000 inspections, 300 of them wrong in ways that are known beforehand.
import { readFileSync } from "node:fs";
import { citizen, inspection, uscc } from "../kit/city.mjs";
import { random } from "../kit/kit.mjs";

const standard = JSON.parse(readFileSync(new URL("../../standards/check_action.json", import.meta.url), "utf8"));
const exchange = JSON.parse(readFileSync(new URL("../../standards/exchange.json", import.meta.url), "utf8"));
const titles = new Map([...standard.fields, ...exchange.fields].map((f) => [f.name, f.title]));

export const columns = [...standard.fields.map((f) => f.name), "cd_source"];
export const titleOf = (field) => titles.get(field);

/** The last character of a code replaced by another of its alphabet: only the check character is wrong. */
const spoil = (code, set) => code.slice(0, -1) + set[(set.indexOf(code.at(-1)) + 1) % set.length];
const area = (row) => row.area_number;

// Each way to be wrong: the official check it belongs to (00: form), the cells that must come back marked, how it is
// made of a right row. `earlier` is a right row before it, `n` a number of its own.
export const faults = [
	{ name: "required cell empty", check: 0, cells: ["administrative_cp"], spoil: (r) => (r.administrative_cp = "") },
	{ name: "no date", check: 10, cells: ["check_date"], spoil: (r) => (r.check_date = "去年三月") },
	{ name: "value not in the code list", check: 1, cells: ["check_result"], spoil: (r) => (r.check_result = "77") },
	{ name: "another sender's data", check: 2, cells: ["cd_source"], spoil: (r) => (r.cd_source = "420000|98") },
	{
		name: "item not claimed",
		check: 3,
		cells: ["supervise_item_implement_code"],
		spoil: (r, { foreign }) => (r.supervise_item_implement_code += `,${foreign}`),
	},
	{
		name: "an item of penalty beside that of inspection",
		check: 8,
		cells: ["supervise_item_implement_code"],
		spoil: (r, { penalty }) => (r.supervise_item_implement_code += `,${penalty}`),
	},
	{
		name: "list not published",
		check: 4,
		cells: ["supervise_item_check_icode"],
		spoil: (r) => (r.supervise_item_check_icode = `${r.supervise_item_check_icode.slice(0, 19)}99990099990099`),
	},
	{
		name: "the same thing twice",
		check: 5,
		merge: true,
		cells: ["check_action_code"],
		spoil: (r, { earlier }) => {
			const key = r.check_action_code;
			Object.assign(r, earlier, { check_action_code: key });
		},
	},
	{
		name: "credit code's check character",
		check: 6,
		cells: ["administrative_cp_ui_code"],
		spoil: (r, { n }) => {
			r.administrative_cp_ce_type = "001";
			r.administrative_cp_na = "02";
			r.administrative_cp_ui_code = spoil(uscc(area(r), 500000 + n), "0123456789ABCDEFGHJKLMNPQRTUWXY");
		},
	},
	{
		name: "citizen number's check character",
		check: 7,
		cells: ["administrative_cp_ui_code"],
		spoil: (r, { n }) => {
			r.administrative_cp_ce_type = "111";
			r.administrative_cp_na = "01";
			r.administrative_cp_ui_code = spoil(citizen(area(r), 9000 + n), "0123456789X");
		},
	},
	{
		name: "officer who is not of the department",
		check: 8,
		cells: ["check_personnel_code"],
		spoil: (r) => (r.check_personnel_code = r.check_personnel_code.replace(/^[^,]+/, "42020099999999")),
	},
	{
		name: "a key used twice for different things",
		check: 9,
		cells: ["check_action_code"],
		spoil: (r, { earlier }) => (r.check_action_code = earlier.check_action_code),
	},
	{ name: "reported before it was done", check: 10, cells: ["submitted_date"], spoil: (r) => (r.submitted_date = "2020-01-01") },
];

/**
 * rows as sent, right: the same rows repaired, wrong: row number → {fault, cells}. Faults are spread evenly over the
 * kinds; the first 500 rows are right, so that doubles have something to double.
 */
export function makeSheet(known, seed, size, wrongs) {
	const r = random(seed);
	const right = Array.from({ length: size }, (_, i) => inspection(known, r, i + 1, "YS"));
	const rows = right.map((row) => ({ ...row }));
	const wrong = new Map();
	const places = r.shuffle(Array.from({ length: size - 500 }, (_, i) => 500 + i)).slice(0, wrongs);
	const doubles = r.shuffle(Array.from({ length: 500 }, (_, i) => i));
	places.forEach((at, i) => {
		const fault = faults[i % faults.length];
		fault.spoil(rows[at], { n: i, earlier: rows[doubles[i]], foreign: r.pick(known.foreign).subitem_code, penalty: known.penalty.subitem_code });
		wrong.set(at + 1, fault);
	});
	return { rows, right, wrong };
}

const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** As CSV with the national headings. `rename` changes headings, `without` leaves a column out. */
export function csv(rows, { rename = {}, without = [] } = {}) {
	const chosen = columns.filter((c) => !without.includes(c));
	const line = (cells) => `${cells.map(quote).join(",")}\n`;
	return line(chosen.map((c) => rename[c] ?? titles.get(c))) + rows.map((row) => line(chosen.map((c) => row[c] ?? ""))).join("");
}
