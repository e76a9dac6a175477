// kill -9, again and again, while a separate client sends a long import: what was acknowledged is there once, what
// was not is there once after its retry, and the books agree. On PostgreSQL the database lives on while the program
// dies: what its transactions left half done must be gone with their connections.
// Usage: ZHAODAN=build/zhaodan node test/crash/test_crash.mjs [sqlite|postgresql [KILLS [ROWS [SEED]]]]
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { department, inspection, learn, makeCity } from "../kit/city.mjs";
import { answer, Cases, ended, freePort, random, run, scratch, serve, zhaodan } from "../kit/kit.mjs";
import { makeDatabase } from "../kit/pg.mjs";

const onServer = process.argv[2] === "postgresql";
const [kills, rows, seed] = [20, 30000, 1].map((usual, i) => Number(process.argv[i + 3] ?? usual));
const dir = scratch("crash");
const cityDir = join(dir, "city");
const city = ["--data", cityDir];
const mine = ["--standard", "check_action", "--department", department];
const receiptsFile = join(dir, "receipts.ndjson");
const cases = new Cases();
const r = random(seed);
const server = onServer ? await makeDatabase("crash") : undefined;

async function query(sql) {
	if (server) return server.query(sql);
	const said = await run("sqlite3", ["-readonly", join(cityDir, "zhaodan.db"), sql]);
	assert.equal(said.code, 0, said.err);
	return said.out.trim();
}

/** What the client has written so far: receipts, and requests that were cut off in the middle. */
const noted = (what) =>
	existsSync(receiptsFile)
		? readFileSync(receiptsFile, "utf8").split("\n").slice(0, -1).map((l) => JSON.parse(l)).filter((e) => what in e)
		: [];
const receipts = () => noted("receipt");

async function exportedKeys() {
	const file = join(dir, `keys-${Date.now()}.ndjson`);
	await answer(["export", ...city, ...mine, file]);
	return readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line).check_action_code);
}

/* --- the batches -------------------------------------------------------------------------- */

// About as many as the kills let through; each opens, stores its blocks of 2,000 rows and closes in transactions of its own.
const perBatch = Math.ceil(rows / Math.round(kills * 0.7 + 6));
const sentKeys = [];
let before;
await cases.run(`a demo city and ${rows} rows in batches of ${perBatch}`, async () => {
	await makeCity(cityDir, server ? ["--db", server.url] : []);
	const known = await learn(cityDir, dir);
	before = await exportedKeys();
	mkdirSync(join(dir, "batches"));
	for (let at = 0; at < rows; at += perBatch) {
		const n = Math.min(perBatch, rows - at);
		const lines = Array.from({ length: n }, (_, i) => inspection(known, r, at + i + 1, "BK"));
		sentKeys.push(...lines.map((row) => row.check_action_code));
		const name = `batch-${String(at / perBatch).padStart(5, "0")}.ndjson`;
		writeFileSync(join(dir, "batches", name), lines.map((row) => `${JSON.stringify(row)}\n`).join(""));
	}
});

/* --- kills -------------------------------------------------------------------------------- */

const totals = { kills: 0, inside: 0 };
await cases.run(`the client gets a receipt for every batch through ${kills} kills`, async () => {
	const port = await freePort();
	const start = Date.now();
	let serving = await serve(cityDir, port);
	const client = spawn(process.execPath, [new URL("client.mjs", import.meta.url).pathname, serving.url, cityDir, join(dir, "batches"), receiptsFile],
		{ stdio: ["ignore", "inherit", "inherit"] });
	// how long a batch takes when nobody disturbs it: kills fall evenly over that time and a little more
	while (receipts().length < 1 && client.exitCode === null) await wait(5);
	let usual = 50;
	for (let at = Date.now(), n = receipts().length; n < 3 && client.exitCode === null; await wait(2)) {
		const now = receipts().length;
		if (now > n) [usual, at, n] = [Date.now() - at, Date.now(), now];
	}
	// A kill counts when it cut off a request: one that fell between two attempts of the client proves nothing.
	while (noted("cut").length < kills && client.exitCode === null) {
		await wait(r.next() * usual);
		if (client.exitCode !== null) break;
		serving.child.kill("SIGKILL");
		await ended(serving.child);
		totals.kills++;
		if (process.env.ZD_CRASH_LOG) console.log(`# kill ${totals.kills}: ${receipts().length} receipts`);
		serving = await serve(cityDir, port);
	}
	totals.inside = noted("cut").length;
	totals.receiptsAtLastKill = receipts().length;
	await ended(client);
	totals.seconds = Math.round((Date.now() - start) / 1000);
	assert.equal(client.exitCode, 0, "the client gave up");
	serving.child.kill("SIGTERM");
	await ended(serving.child);
	assert.ok(totals.inside >= kills, "the import was over before all kills: use more rows");
});
console.log(`# ${totals.kills} kills, ${totals.inside} of them inside a request, ${rows} rows, ${totals.seconds} s; ${totals.receiptsAtLastKill} of ${Math.ceil(rows / perBatch)} batches acknowledged at the last kill`);

/* --- what must hold ----------------------------------------------------------------------- */

await cases.run("every batch has one receipt, and they add up to what was sent", () => {
	const got = receipts();
	assert.equal(new Set(got.map((e) => e.key)).size, got.length);
	assert.equal(got.length, Math.ceil(rows / perBatch));
	const sum = (field) => got.reduce((n, e) => n + e.receipt[field], 0);
	assert.deepEqual([sum("rows"), sum("accepted"), sum("rejected")], [rows, rows, 0]);
	assert.equal(new Set(got.map((e) => e.receipt.batch)).size, got.length);
});
await cases.run("every acknowledged row is stored once, and nothing else", async () => {
	assert.deepEqual((await exportedKeys()).sort(), [...before, ...sentKeys].sort());
});
await cases.run("each batch key is one batch, done", async () => {
	const figures = await query(
		"select count(*), count(distinct batch_key), sum(case when state = 3 then 1 else 0 end), sum(rows_done) from ingest_batch where batch_key like 'batch-%'");
	const n = Math.ceil(rows / perBatch);
	assert.equal(figures, `${n}|${n}|${n}|${rows}`);
});
await cases.run("counters equal a recount", async () => {
	assert.equal((await answer(["recount", ...city])).different, 0);
});
await cases.run("the audit log is whole", async () => {
	await zhaodan(["log", "export", ...city, join(dir, "log")]);
	const said = await answer(["log", "verify", join(dir, "log")]);
	assert.equal(said.ok, true);
	assert.ok(said.entries > Math.ceil(rows / perBatch) * 2);
});
if (server) {
	await cases.run("nothing of the killed processes holds on to the database", async () => {
		const left = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
		for (let tries = 0; (await query(left)) !== "0"; tries++, await wait(100)) assert.ok(tries < 100, "connections are left");
		assert.equal(await query("select count(*) from pg_prepared_xacts"), "0");
	});
	await server.drop();
} else {
	await cases.run("the database is sound", async () =>
		assert.equal(await query("pragma integrity_check; pragma foreign_key_check"), "ok"));
}
cases.end();
