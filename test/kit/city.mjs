// A demo city seen from outside: what a department may act on, read from the program's own exports, and rows of
// inspections that are right. Nobody's data: codes from ranges that are not issued.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { answer, program } from "./kit.mjs";

export const department = "420200-31-01"; // 市市场监督管理局 of the demo city

const init = (dir, db) => {
	const sizes = ["--departments", "40", "--actions", "1000", "--subjects", "400"];
	return answer(["init", "--demo", "--seed", "7", ...sizes, "--data", dir, ...db]);
};

const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const isFresh = (kept) =>
	changed(kept) > changed(program) && new Date(changed(kept)).toDateString() === new Date().toDateString();

/** A city that this program made today is kept in ZD_TEST_CITY for the next test; each works on a copy. */
async function copyCity(kept, dir) {
	if (!isFresh(kept)) {
		await init(`${dir}.new`, []);
		rmSync(kept, { recursive: true, force: true });
		cpSync(`${dir}.new`, `${kept}.${process.pid}`, { recursive: true });
		try {
			renameSync(`${kept}.${process.pid}`, kept);
			utimesSync(kept, new Date(), new Date());
		} catch {
			rmSync(`${kept}.${process.pid}`, { recursive: true }); // another test was first
		}
		renameSync(`${dir}.new`, dir);
	} else {
		cpSync(kept, dir, { recursive: true });
	}
}

export async function makeCity(dir, db = []) {
	const kept = process.env.ZD_TEST_CITY;
	await (kept && !db.length ? copyCity(kept, dir) : init(dir, db));
	return dir;
}

async function exported(city, standard, scratch) {
	const file = join(scratch, `${standard}.ndjson`);
	await answer(["export", "--data", city, "--standard", standard, "--department", department, file]);
	return readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** What the department's rows may cite. */
export async function learn(city, scratch) {
	const lists = await exported(city, "implement_list", scratch);
	const officers = await exported(city, "officer", scratch);
	const actions = await exported(city, "check_action", scratch);
	const items = await exported(city, "sub_item", scratch);
	// what it has acted on without being refused is claimed and published
	const used = new Set(actions.map((a) => a.supervise_item_implement_code));
	// what it has punished under is claimed, but of another kind of power
	const punished = new Set((await exported(city, "punish_action", scratch)).map((a) => a.supervise_item_code));
	const lasting = new Set(items.filter((i) => !i.cancel_date).map((i) => i.subitem_code));
	return {
		lists: lists.filter((l) => used.has(l.detail_code) && lasting.has(l.detail_code)),
		foreign: items.filter(
			(i) => lasting.has(i.subitem_code) && i.administrative_type === "0" && !["31", "99"].includes(i.department_id)),
		penalty: items.find((i) => lasting.has(i.subitem_code) && punished.has(i.subitem_code)),
		officers: officers.filter((o) => o.certificate_valid_until > "2030" || !o.certificate_valid_until),
		actions,
		source: "420200|31",
	};
}

const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const digit = (s, set, i) => set.indexOf(s[i]);

/** Unified social credit code (GB 32100) over an organisation code (GB 11714) of the range XD, which is not issued. */
export function uscc(area, n) {
	const body = `XD${String(n).padStart(6, "0")}`;
	const weights = [3, 7, 9, 10, 5, 8, 4, 2];
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const sum = weights.reduce((s, w, i) => s + w * digit(body, letters, i), 0);
	const inner = body + "0123456789X0"[(11 - (sum % 11)) % 11];
	const code = `91${area}${inner}`;
	let total = 0;
	for (let i = 0, w = 1; i < 17; i++, w = (w * 3) % 31) total += w * digit(code, alphabet, i);
	return code + alphabet[(31 - (total % 31)) % 31];
}

/** Citizen number (GB 11643) with the order number 000, which is not issued. */
export function citizen(area, n) {
	const day = new Date(Date.UTC(1950, 0, 1 + (n % 18000))).toISOString().slice(0, 10).replaceAll("-", "");
	const body = `${area}${day}000`;
	const sum = [...body].reduce((s, c, i) => s + Number(c) * (2 ** (17 - i) % 11), 0);
	return body + "10X98765432"[sum % 11];
}

const areas = ["420202", "420203", "420204", "420205", "420222", "420281"];
const pad = (n) => String(n).padStart(2, "0");

/** The nth right inspection: one of many subjects, any day of the year before last month. */
export function inspection(known, random, n, label) {
	const list = random.pick(known.lists);
	const [a, b] = random.shuffle(known.officers.slice(0, 40)).slice(0, 2);
	const area = random.pick(areas);
	const person = random.int(10) === 0;
	const year = new Date().getUTCFullYear() - 1;
	const [month, day] = [1 + random.int(11), 1 + random.int(27)];
	const name = person ? `试验户${n}` : `试验企业${n}有限公司`;
	return {
		supervise_item_implement_code: list.detail_code,
		supervise_item_check_icode: list.inventory_code,
		check_action_name: `对${name}的检查`,
		check_action_code: `${label}${String(n).padStart(8, "0")}`,
		implement_institution: list.implement_body,
		implement_institution_code: list.implement_body_code,
		supervise_object: list.supervision_object,
		administrative_cp: name,
		administrative_cp_na: person ? "01" : "02",
		administrative_cp_ce_type: person ? "111" : "001",
		administrative_cp_ui_code: person ? citizen(area, n) : uscc(area, n),
		address_operating: `示例路 ${1 + random.int(900)} 号`,
		area_number: area,
		check_form: "01",
		check_type: "01",
		check_mode: "1",
		check_result: random.pick(["01", "02"]),
		check_date: `${year}-${pad(month)}-${pad(day)}`,
		check_personnel: `${a.officer_name},${b.officer_name}`,
		check_personnel_code: `${a.certificate_code},${b.certificate_code}`,
		submitted_date: `${year}-${pad(month + 1)}-${pad(day)}`,
		submitted_personnel: a.officer_name,
		cd_source: known.source,
	};
}
