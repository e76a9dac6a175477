// Killed at the 1st, 2nd, 3rd … write of an import, for every one that it makes: opening again finds nothing broken,
// and the same batch goes on to the same end. Needs strace; skipped without.
// Usage: ZHAODAN=build/zhaodan node test/crash/test_commit.mjs [EVERY]
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { department, inspection, learn, makeCity } from "../kit/city.mjs";
import { answer, Cases, program, random, run, scratch } from "../kit/kit.mjs";

const every = Number(process.argv[2] ?? 1);
const dir = scratch("commit");
const cityDir = join(dir, "city");
const city = ["--data", cityDir];
const mine = ["--standard", "check_action", "--department", department];
const cases = new Cases();
const r = random(3);

const probe = await run("strace", ["-qq", "-o", "/dev/null", "true"]).catch(() => ({ code: 1 }));
if (probe.code !== 0) {
	cases.skip("killed at each write of an import", "strace cannot trace here");
	cases.end();
}

await makeCity(cityDir);
const known = await learn(cityDir, dir);
const sentKeys = [];
let made = 0;

function batch(n) {
	const file = join(dir, "rows.ndjson");
	const rows = Array.from({ length: n }, () => inspection(known, r, ++made, "XR"));
	sentKeys.push(...rows.map((row) => row.check_action_code));
	writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
	return file;
}

async function keys() {
	const file = join(dir, `keys-${Date.now()}.ndjson`);
	await answer(["export", ...city, ...mine, file]);
	return readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line).check_action_code);
}

const before = await keys();
for (const [call, step] of [["pwrite64", every], ["fdatasync", 1]])
	await cases.run(`killed at each ${call} of an import, the same batch ends the same way`, async () => {
		let kills = 0;
		for (let at = 1; ; at += step) {
			const file = batch(3);
			const key = `${call}-${at}`;
			const args = ["import", ...city, ...mine, "--batch-key", key, file];
			const inject = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=${at}`];
			// the leak check of ASan cannot run under ptrace
			const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
			const killed = await run("strace", [...inject, program, ...args], { env }).catch((e) => ({ code: e.signal ?? -1 }));
			const receipt = await answer(args);
			assert.deepEqual([receipt.rows, receipt.accepted + receipt.unchanged, receipt.rejected], [3, 3, 0], key);
			if (killed.code === 0) break;
			kills++;
		}
		console.log(`# ${kills} kills at ${call}`);
		assert.ok(kills > 3, `only ${kills} calls of ${call} in an import: what does it write with?`);
	});
await cases.run("every row is there once, and the database is sound", async () => {
	assert.deepEqual((await keys()).sort(), [...before, ...sentKeys].sort());
	const sound = await run("sqlite3", ["-readonly", join(cityDir, "zhaodan.db"), "pragma integrity_check"]);
	assert.equal(sound.out.trim(), "ok");
	assert.equal((await answer(["recount", ...city])).different, 0);
	await answer(["log", "export", ...city, join(dir, "log")]);
	assert.equal((await answer(["log", "verify", join(dir, "log")])).ok, true);
});
cases.end();
