// The examples of docs/manual/api.md, run as they stand: each ```sh block by a shell against the built program, its
// answer compared with the ```json block behind it. What differs from run to run (ids) may differ, nothing else.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeKey } from "../kit/admin.mjs";
import { department, inspection, learn, makeCity } from "../kit/city.mjs";
import { Cases, freePort, random, run, scratch, serve } from "../kit/kit.mjs";

const [file] = process.argv.slice(2);
const dir = scratch("examples");
const cases = new Cases();

/** [{title, command, answer}]: a block without an answer only has to end well. */
function examples(text) {
	const found = [];
	let title = "";
	for (const [, heading, kind, body] of text.matchAll(/^## (.*)$|^```(sh|json)\n([\s\S]*?)^```$/gm)) {
		if (heading) title = heading;
		else if (kind === "sh") found.push({ title, command: body });
		else if (found.length && !found.at(-1).answer) found.at(-1).answer = body;
	}
	return found;
}

const ids = { account: /^key:/, batch: /^\d+$/, errors: /^\/api\/v1\/batches\/\d+\/errors$/, request: /./ };

/** The same members, and the same values but for ids. */
function check(got, want, path = "answer") {
	if (want === null || typeof want !== "object") return assert.equal(got, want, path);
	assert.deepEqual(Object.keys(got), Object.keys(want), path);
	for (const [key, value] of Object.entries(want)) {
		if (ids[key] && typeof value === "string") assert.match(got[key], ids[key], `${path}.${key}`);
		else check(got[key], value, `${path}.${key}`);
	}
	return undefined;
}

async function prepare() {
	const city = await makeCity(join(dir, "city"));
	const known = await learn(city, dir);
	const r = random(5);
	const rows = [1, 2, 3].map((n) => inspection(known, r, n, "AL"));
	const lines = (list) => list.map((row) => `${JSON.stringify(row)}\n`).join("");
	writeFileSync(join(dir, "检查.ndjson"), lines([rows[0], rows[1], { ...rows[2], check_date: "2025-02-30" }]));
	writeFileSync(join(dir, "改好.ndjson"), lines([rows[2]]));
	const server = await serve(city, await freePort());
	return { server, env: { ...process.env, HUB: server.url, KEY: await makeKey(server.url, city, "市市场监督管理局") } };
}

const blocks = examples(readFileSync(file, "utf8"));
const ready = await cases.run("a city, and a key made by its security administrator", prepare);
for (const [i, { title, command, answer }] of blocks.entries()) {
	await cases.run(`${title}, example ${i + 1}`, async () => {
		const r = await run("sh", ["-ec", command], { cwd: dir, env: ready.env });
		assert.equal(r.code, 0, r.err);
		if (answer) check(JSON.parse(r.out), JSON.parse(answer));
	});
}
await cases.run("the manual shows at least eight examples, of the department that the test is", () => {
	assert.ok(blocks.length >= 8);
	assert.ok(readFileSync(file, "utf8").includes(department));
});
ready?.server.child.kill();
cases.end();
