// A workbook of LibreOffice goes in by the one door, comes back marked, is repaired and goes in again.
// Usage: ZHAODAN=build/zhaodan node test/workbook/test_workbook.mjs [SEED]
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { department, learn, makeCity } from "../kit/city.mjs";
import { answer, Cases, ended, freePort, run, scratch, serve, zhaodan } from "../kit/kit.mjs";
import { makeDatabase } from "../kit/pg.mjs";
import { ask, passwordOf, signIn } from "../kit/person.mjs";
import { unzip } from "../kit/zip.mjs";
import { comments, letters, retype, styles, toText, toWorkbook } from "./book.mjs";
import { columns, csv, faults, makeSheet, titleOf } from "./sheet.mjs";

const ROWS = 5000;
const WRONG = 300;
const seed = Number(process.argv[2] ?? 1);
const dir = scratch("workbook");
const path = (name) => join(dir, name);
const cases = new Cases();
const standard = ["--standard", "check_action"];
const mine = [...standard, "--department", department];

const cellOf = (row, field) => `${letters(columns.indexOf(field))}${row + 1}`;
const verdicts = (lines) =>
	lines.filter((e) => "field" in e).map((e) => `${e.row}\t${e.field}\t${e.rule}`).sort();

async function exportedKeys(city) {
	const file = path(`keys-${exportedKeys.n = (exportedKeys.n ?? 0) + 1}.ndjson`);
	const { rows } = await answer(["export", ...city, ...mine, file]);
	const keys = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line).check_action_code);
	assert.equal(keys.length, rows);
	return keys;
}

/** What import stored of the refused rows, from the database itself. */
async function storedVerdicts(query) {
	const text = await query("select errors from ingest_reject where standard = 'check_action' and batch_id = ");
	return verdicts(text.trim().split("\n").flatMap((line) => JSON.parse(line)));
}

/* --- the files ---------------------------------------------------------------------------- */

const cityDir = path("city");
let known, sheet, sent, sentText;
await cases.run("a demo city is made, and LibreOffice writes the sheet of 5,000 rows", async () => {
	await makeCity(cityDir);
	known = await learn(cityDir, dir);
	assert.ok(known.lists.length > 5 && known.officers.length > 20, "the demo city gives too little to cite");
	sheet = makeSheet(known, seed, ROWS, WRONG);
	assert.equal(sheet.wrong.size, WRONG);
	writeFileSync(path("sheet.csv"), csv(sheet.rows));
	sent = await toWorkbook(dir, path("sheet.csv"), columns, ["check_date", "submitted_date"]);
	sentText = await toText(dir, sent);
});
if (!sent) cases.end();

/** row → cells that must come back marked; told by the generator, not by the program. */
const expected = new Set([...sheet.wrong].flatMap(([row, fault]) => fault.cells.map((f) => cellOf(row, f))));
const city = ["--data", cityDir];
const atHand = { live: undefined };

await cases.run("validate with the city finds exactly the wrong cells, each by the check it belongs to", async () => {
	const { lines } = await zhaodan(["validate", ...city, ...mine, "--each", sent], 3);
	const total = lines.at(-1);
	atHand.live = verdicts(lines);
	const found = new Map(lines.filter((e) => "field" in e).map((e) => [cellOf(e.row, e.field), e.check]));
	const odd = lines.filter((e) => "field" in e && !expected.has(cellOf(e.row, e.field)));
	assert.deepEqual(odd.slice(0, 5), []);
	assert.deepEqual([...expected].filter((cell) => !found.has(cell)).slice(0, 5), []);
	for (const [row, fault] of sheet.wrong)
		for (const f of fault.cells) assert.equal(Number(found.get(cellOf(row, f))), fault.check, `row ${row}: ${fault.name}`);
	assert.deepEqual(total, { rows: ROWS, good: ROWS - WRONG, bad: WRONG, not_checked: [] });
	assert.deepEqual([...new Set([...found.values()].map(Number))].sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

await cases.run("validate with the signed snapshot gives the same verdicts", async () => {
	await answer(["export", ...city, "--snapshot", "--department", department, path("snapshot")]);
	const { lines } = await zhaodan(["validate", ...standard, "--snapshot", path("snapshot"), "--each", sent], 3);
	assert.deepEqual(verdicts(lines), atHand.live);
	assert.deepEqual(lines.at(-1).not_checked, []);
});

await cases.run("validate without the city says which checks it could not make, and finds the rest", async () => {
	const { lines } = await zhaodan(["validate", ...standard, "--each", sent], 3);
	assert.deepEqual(lines.at(-1).not_checked.sort(), ["item", "list", "merge", "relation", "source"]);
	const offline = new Set(verdicts(lines));
	assert.deepEqual([...offline].filter((v) => !atHand.live.includes(v)), []);
	assert.ok(offline.size >= (WRONG / faults.length) * 8);
});

await cases.run("the CSV twin in GB18030 has the same verdicts", async () => {
	const r = await run("iconv", ["-f", "UTF-8", "-t", "GB18030", "-o", path("gb.csv"), path("sheet.csv")]);
	assert.equal(r.code, 0, r.err);
	const { lines } = await zhaodan(["validate", ...city, ...mine, "--each", path("gb.csv")], 3);
	assert.deepEqual(verdicts(lines), atHand.live);
});

await cases.run("a CSV in which single rows are of another encoding loses only those", async () => {
	const lines = csv(sheet.right.slice(0, 400)).trimEnd().split("\n");
	const other = [7, 88, 203, 399];
	const parts = [];
	for (const [i, line] of lines.entries()) {
		if (!other.includes(i)) {
			parts.push(Buffer.from(`${line}\n`));
			continue;
		}
		writeFileSync(path("line.txt"), `${line}\n`);
		const r = await run("iconv", ["-f", "UTF-8", "-t", "GB18030", path("line.txt")], { encoding: "buffer" });
		parts.push(r.out);
	}
	writeFileSync(path("mixed.csv"), Buffer.concat(parts));
	const { lines: said } = await zhaodan(["validate", ...city, ...mine, "--each", path("mixed.csv")], 3);
	const rows = [...new Set(said.filter((e) => "rule" in e).map((e) => e.row))].sort((a, b) => a - b);
	assert.deepEqual(rows, other);
	assert.equal(said.at(-1).good, 400 - other.length);
});

await cases.run("a file without a required column is refused whole, naming it and the nearest heading", async () => {
	const before = await exportedKeys(city);
	writeFileSync(path("nocolumn.csv"), csv(sheet.rows, { rename: { check_result: "检查结论" } }));
	for (const command of ["validate", "import"]) {
		const r = await zhaodan([command, ...city, ...mine, path("nocolumn.csv")], 1);
		assert.match(r.err, new RegExp(`「${titleOf("check_result")}」[^。]*「检查结论」`));
	}
	writeFileSync(path("column.csv"), csv(sheet.rows.slice(0, 50), { without: ["check_form"] }));
	const book = await toWorkbook(dir, path("column.csv"), columns.filter((c) => c !== "check_form"), []);
	const r = await zhaodan(["import", ...city, ...mine, book], 1);
	assert.match(r.err, new RegExp(`「${titleOf("check_form")}」`));
	assert.deepEqual((await exportedKeys(city)).sort(), before.sort());
});

/* --- in, back, repaired, in again: on both databases ----------------------------------------- */

function checkReturned(returned) {
	const before = unzip(readFileSync(sent));
	const after = unzip(readFileSync(returned));
	const may = /^(\[Content_Types\]\.xml|xl\/styles\.xml|xl\/worksheets\/(sheet1\.xml|_rels\/sheet1\.xml\.rels)|xl\/comments[^/]*\.xml|xl\/drawings\/[^/]*\.vml)$/;
	for (const [name, member] of before) {
		assert.ok(after.has(name), `${name} is gone`);
		if (may.test(name)) continue;
		assert.ok(member.packed.equals(after.get(name).packed), `${name} is not as it was sent`);
	}
	assert.deepEqual([...after.keys()].filter((name) => !before.has(name) && !may.test(name)), []);
	const notes = comments(returned);
	assert.deepEqual([...notes.keys()].filter((cell) => !expected.has(cell)).slice(0, 5), []);
	assert.deepEqual([...expected].filter((cell) => !notes.has(cell)).slice(0, 5), []);
	for (const text of notes.values()) assert.match(text, /\p{Script=Han}{4}.*。/su);
	const [was, is] = [styles(sent), styles(returned)];
	const restyled = [...is].filter(([cell, style]) => was.get(cell) !== style).map(([cell]) => cell);
	assert.deepEqual(restyled.sort(), [...expected].sort());
}

/** The wrong rows typed over in the returned workbook with what is right. */
function repair(returned, out) {
	const cells = new Map();
	for (const row of sheet.wrong.keys())
		for (const c of columns)
			if (sheet.rows[row - 1][c] !== sheet.right[row - 1][c])
				cells.set(cellOf(row, c), sheet.right[row - 1][c] ?? "");
	retype(returned, out, cells);
}

async function inAndBack(name, city, query) {
	const returned = path(`${name}-returned.xlsx`);
	const repaired = path(`${name}-repaired.xlsx`);
	const keys = sheet.right.map((r) => r.check_action_code);
	let before, batch;

	await cases.run(`${name}: import accepts 4,700 rows and refuses 300`, async () => {
		before = await exportedKeys(city);
		batch = await answer(["import", ...city, ...mine, "--errors", returned, sent], 3);
		const { rows, accepted, updated, unchanged, rejected, outstanding } = batch;
		assert.deepEqual({ rows, accepted, updated, unchanged, rejected, outstanding },
			{ rows: ROWS, accepted: ROWS - WRONG, updated: 0, unchanged: 0, rejected: WRONG, outstanding: WRONG });
		assert.equal((await exportedKeys(city)).length, before.length + ROWS - WRONG);
	});
	await cases.run(`${name}: what import stored of the refused rows are the same verdicts`, async () => {
		assert.deepEqual(await storedVerdicts((sql) => query(sql + batch.batch)), atHand.live);
	});
	await cases.run(`${name}: the sender's own workbook comes back, changed only where cells are marked`, () =>
		checkReturned(returned));
	await cases.run(`${name}: LibreOffice opens the returned workbook and reads what was sent`, async () =>
		assert.equal(await toText(dir, returned), sentText));
	await cases.run(`${name}: the repaired workbook leaves nothing outstanding and doubles nothing`, async () => {
		repair(returned, repaired);
		const again = await answer(["import", ...city, ...mine, "--repairs", String(batch.batch), repaired]);
		const { rows, accepted, updated, unchanged, rejected, outstanding } = again;
		assert.deepEqual({ rows, new: accepted + updated, unchanged, rejected, outstanding },
			{ rows: ROWS, new: WRONG, unchanged: ROWS - WRONG, rejected: 0, outstanding: 0 });
		const left = await query("select count(*) from ingest_reject where state = 1 and batch_id = " + batch.batch);
		assert.equal(left.trim(), "0");
		const open = await query("select outstanding from ingest_batch where id = " + batch.batch);
		assert.equal(open.trim(), "0");
		assert.deepEqual((await exportedKeys(city)).sort(), [...before, ...keys].sort());
	});
	await cases.run(`${name}: sent a third time nothing changes`, async () => {
		const third = await answer(["import", ...city, ...mine, repaired]);
		assert.deepEqual([third.accepted, third.updated, third.unchanged, third.rejected], [0, 0, ROWS, 0]);
	});
	await cases.run(`${name}: counters equal a recount`, async () => {
		const { counters, different } = await answer(["recount", ...city]);
		assert.ok(counters > 0);
		assert.equal(different, 0);
	});
}

const ofRow = ({ row, errors }) => errors.map((e) => ({ ...e, row }));

/* --- the other doors, each on a city that has not seen the rows yet ---------------------------- */

/** A server on a copy of the city, ended afterwards. copy: {dir, query} */
async function served({ dir: copyDir, query }, body) {
	const { child, url } = await serve(copyDir, await freePort());
	try {
		await body(url, await signIn(url, "scjg", passwordOf(copyDir, "scjg")), query);
	} finally {
		child.kill("SIGTERM");
		await ended(child);
	}
}

async function judgedByApi(name, url, person) {
	const post = (to, key) =>
		ask(url, person, to, {
			method: "POST",
			body: readFileSync(sent),
			headers: { "Content-Type": "application/octet-stream", "Idempotency-Key": key },
		});
	const judged = await post("/api/v1/validate?standard=check_action", "v");
	const report = await judged.json();
	assert.equal(judged.status, 200, JSON.stringify(report));
	assert.deepEqual(verdicts(report.errors.flatMap(ofRow)), atHand.live);
	const receipt = await (await post("/api/v1/batches?standard=check_action", "one")).json();
	assert.deepEqual([receipt.accepted, receipt.rejected, receipt.outstanding], [ROWS - WRONG, WRONG, WRONG]);
	const again = await (await post("/api/v1/batches?standard=check_action", "one")).json();
	assert.deepEqual({ ...again, repeated: false }, receipt);
	const refused = await (await ask(url, person, receipt.errors)).text();
	assert.deepEqual(verdicts(refused.trimEnd().split("\n").flatMap((l) => ofRow(JSON.parse(l)))), atHand.live);
	await checkWorkbookAt(url, person, `/api/v1/batches/${receipt.batch}/workbook`, `${name}-api-returned.xlsx`);
}

async function checkWorkbookAt(url, person, at, name) {
	const book = await ask(url, person, at);
	assert.equal(book.status, 200);
	writeFileSync(path(name), Buffer.from(await book.arrayBuffer()));
	checkReturned(path(name));
}

/** The upload form as a browser sends it. @returns {Promise<string>} where the page leads to */
async function uploadFromPage(url, person, form, { csrf = form.csrf, check = false } = {}) {
	const body = new FormData();
	for (const [field, value] of Object.entries({ csrf, key: form.key, standard: "check_action", repairs: "" })) body.set(field, value);
	if (check) body.set("check", "1");
	body.set("file", new Blob([readFileSync(sent)]), "检查.xlsx");
	const r = await fetch(`${url}/desk/ingest`, { method: "POST", redirect: "manual", headers: { cookie: person.cookie }, body });
	if (csrf !== form.csrf) return r.status;
	assert.equal(r.status, 303, (await r.text()).slice(0, 2000));
	return r.headers.get("location");
}

async function openForm(url, person) {
	const page = await (await fetch(`${url}/desk/ingest?standard=check_action`, { headers: { cookie: person.cookie } })).text();
	const hidden = (field) => new RegExp(`name="${field}"[^>]*value="([^"]+)"`).exec(page)?.[1];
	assert.ok(hidden("csrf") && hidden("key"), "the form has no token or no number of its own");
	return { csrf: hidden("csrf"), key: hidden("key") };
}

/** Waits for the end that the page's own progress tells. */
async function underWay(url, person, at) {
	for (let tries = 0; tries < 3000; tries++, await wait(100)) {
		const { state, text } = await (await ask(url, person, `${at}/progress`)).json();
		if (state === "done") return;
		assert.equal(state, "running", text);
	}
	assert.fail(`${at} comes to no end`);
}

async function judgedByPage(name, url, person, query) {
	const form = await openForm(url, person);
	assert.equal(await uploadFromPage(url, person, form, { csrf: "0".repeat(form.csrf.length) }), 403);
	const check = await uploadFromPage(url, person, form, { check: true });
	await underWay(url, person, check);
	await checkWorkbookAt(url, person, `${check}/workbook`, `${name}-page-checked.xlsx`);
	assert.equal((await query("select count(*) from ingest_batch where source = 'page'")).trim(), "0");

	const once = await openForm(url, person);
	const at = await uploadFromPage(url, person, once);
	await underWay(url, person, at);
	const batch = at.split("/").at(-1);
	assert.deepEqual(await storedVerdicts((sql) => query(sql + batch)), atHand.live);
	const figures = "rows_done || ' ' || accepted || ' ' || rejected || ' ' || outstanding || ' ' || source";
	assert.equal((await query(`select ${figures} from ingest_batch where id = ${batch}`)).trim(),
		`${ROWS} ${ROWS - WRONG} ${WRONG} ${WRONG} page`);
	assert.equal(await uploadFromPage(url, person, once), at); // the same form sent twice is one batch
	await checkWorkbookAt(url, person, `${at}/workbook`, `${name}-page-returned.xlsx`);
}

/** copy(door): a copy of the city for that door, as {dir, query}. */
async function otherDoors(name, copy) {
	await cases.run(`${name}: the API judges a workbook the same way, and stores the same verdicts`, async () =>
		served(await copy("api"), (url, person) => judgedByApi(name, url, person)));
	await cases.run(`${name}: so does the page, for a clerk who fills in its form`, async () =>
		served(await copy("page"), (url, person, query) => judgedByPage(name, url, person, query)));
}

const sqlite = (dir) => async (sql) => {
	const r = await run("sqlite3", ["-readonly", join(dir, "zhaodan.db"), sql]);
	assert.equal(r.code, 0, r.err);
	return r.out;
};
await otherDoors("sqlite", (door) => {
	const copyDir = path(`${door}-city`);
	cpSync(cityDir, copyDir, { recursive: true });
	return { dir: copyDir, query: sqlite(copyDir) };
});

await inAndBack("sqlite", city, sqlite(cityDir));

/* --- PostgreSQL ------------------------------------------------------------------------------ */

const pgDir = path("pgcity");
const server = await makeDatabase("workbook");
const copies = [];
async function copyOnServer(door) {
	const copy = await server.copy(door);
	const copyDir = path(`pg-${door}-city`);
	copies.push(copy);
	cpSync(pgDir, copyDir, { recursive: true });
	const settings = join(copyDir, "zhaodan.conf");
	writeFileSync(settings, readFileSync(settings, "utf8").replace(`db = ${server.url}`, `db = ${copy.url}`));
	return { dir: copyDir, query: copy.query };
}
await cases.run("postgresql: the same demo city is made", () => makeCity(pgDir, ["--db", server.url]));
if (existsSync(pgDir)) {
	await otherDoors("postgresql", copyOnServer);
	await inAndBack("postgresql", ["--data", pgDir], server.query);
}
for (const made of [server, ...copies]) await made.drop();

cases.end();
