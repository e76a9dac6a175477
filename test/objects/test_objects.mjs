// Whose things are they: for every route that takes the number of something, a clerk of another department asks for
// what is there and for what is not. Who learns nothing gets the same answer to both; every other answer is in
// expected.txt, with its reason, reviewed by people. The list of routes is that of test/matrix, which holds it to the
// program's own table; a new route that takes a number must be given one here.
// Usage: ZHAODAN=build/zhaodan node test/objects/test_objects.mjs [write]
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { inspection, learn, makeCity } from "../kit/city.mjs";
import { Cases, ended, freePort, random, run, scratch, serve } from "../kit/kit.mjs";
import { ask, passwordOf, signIn } from "../kit/person.mjs";

const here = (name) => new URL(name, import.meta.url);
const expectedFile = here("expected.txt");
const writing = process.argv[2] === "write";
const dir = scratch("objects");
const cityDir = join(dir, "city");
const cases = new Cases();

// Parameters that name what everybody sees: kinds, standards, pages. Not of one department.
const common = { kind: "check", standard: "check_action", what: "claim", name: "check_action", page: "index" };
const nobody = "9007199254740000"; // no number of anything

async function query(sql) {
	const r = await run("sqlite3", ["-readonly", join(cityDir, "zhaodan.db"), sql]);
	assert.equal(r.code, 0, r.err);
	const said = r.out.trim();
	assert.notEqual(said, "", `the city has nothing for: ${sql}`);
	return said;
}

/* --- what the owner has -------------------------------------------------------------------- */

async function form(url, person, path, fields, file) {
	const body = file ? new FormData() : new URLSearchParams();
	for (const [name, value] of Object.entries({ csrf: person.csrf, ...fields })) body.set(name, value);
	if (file) body.set("file", new Blob([file]), "行.ndjson");
	return fetch(url + path, { method: "POST", redirect: "manual", headers: { cookie: person.cookie }, body });
}

const lines = (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function done(url, person, at) {
	for (let tries = 0; tries < 600; tries++, await wait(50)) {
		const r = await (await ask(url, person, `${at}/progress`)).json();
		if (r.state !== "running") return;
	}
	assert.fail(`${at} comes to no end`);
}

/** One of everything, the owner's: route parameter by route → its number. */
async function makeObjects(url, owner, platform, known) {
	const r = random(11);
	const rows = Array.from({ length: 6 }, (_, i) => inspection(known, r, i + 1, "WT"));
	const at = {};
	const wrong = rows.slice(0, 3).map((row) => ({ ...row, check_result: "77" }));
	const upload = async (fields, some) => {
		const sent = await form(url, owner, "/desk/ingest", { standard: "check_action", repairs: "", ...fields }, lines(some));
		assert.equal(sent.status, 303, await sent.text());
		const place = sent.headers.get("location");
		await done(url, owner, place);
		return place.split("/").at(-1);
	};
	at.batch = await upload({ key: "1" }, [...wrong, rows[3]]);
	at.check = await upload({ key: "2", check: "1" }, [rows[4], wrong[0]]);
	// a year before the first day nobody asked for claims: what cites an item that is not claimed waits
	const city = await (await ask(url, platform, "/desk/quarantine/city")).text();
	const revision = /name="revision"[^>]*value="(\d+)"/.exec(city)[1];
	const set = await form(url, platform, "/desk/quarantine/city", { first_day: new Date().toISOString().slice(0, 10), open: "1", revision });
	assert.equal(set.status, 303);
	await upload({ key: "3" }, [{ ...rows[5], supervise_item_implement_code: known.foreign[0].subitem_code }]);
	const release = await form(url, owner, "/desk/quarantine/check_action/release", {});
	assert.equal(release.status, 303, await release.text());
	at.release = release.headers.get("location").split("/").at(-1).split("?")[0];
	await done(url, owner, `/desk/quarantine/releases/${at.release}`);
	const dept = await query(`select dept_id from ingest_batch where id = ${at.batch}`);
	const own = (table, where = "state = 1") => query(`select dept_id || '-' || id from ${table} where ${where} and dept_id = ${dept} limit 1`);
	const any = (table) => query(`select dept_id || '-' || id from ${table} limit 1`);
	return {
		...at,
		dept,
		action: await own("action_check"),
		held: await own("action_check", "state = 3"),
		officer: await own("officer_record"),
		plan: await own("plan_random"),
		sample: await own("plan_random_sample"),
		list: await own("catalog_implement_list"),
		main: await any("catalog_main_item"),
		random: await any("catalog_random_item"),
		item: await query("select subitem_code from catalog_sub_item limit 1"),
		entry: await query("select max(seq) from sealed_entry"),
		theirs: await query(`select dept_id || '-' || id from action_check where dept_id = ${dept} and subject_id is not null limit 1`),
		subject: await query(`select subject_id from action_check where dept_id = ${dept} and subject_id is not null limit 1`),
		person: await query("select id from person where account = 'scjg'"),
		session: await query("select s.id from session s join person p on p.id = s.person_id where p.account = 'scjg' limit 1"),
		version: await query(`select version from action_check where dept_id || '-' || id = (select dept_id || '-' || id from action_check where state = 1 and dept_id = ${dept} limit 1)`),
	};
}

/* --- which number a route takes -------------------------------------------------------------- */

/** The number in a route of that beginning; the first that fits. */
const numbers = [
	[/^\/desk\/me\/sessions\//, "session"],
	[/^\/desk\/people\//, "person"],
	[/^\/desk\/(grants|keys)\//, "person"], // of the security administrator alone: any number will do
	[/^\/desk\/departments\//, "dept"],
	[/^\/desk\/log\//, "entry"],
	[/^\/desk\/catalog\/mains\//, "main"],
	[/^\/desk\/catalog\/lists\//, "list"],
	[/^\/desk\/catalog\/random\//, "random"],
	[/^\/desk\/catalog\/contents\//, "main"], // the demo city has none; they are the whole city's, as the main items are
	[/^\/(desk|api\/v1)\/catalog\/items\//, "item"],
	[/^\/(desk|api\/v1)\/subjects\//, "subject"],
	[/^\/(desk|api\/v1)\/officers\//, "officer"],
	[/^\/(desk|api\/v1)\/plans\/samples\//, "sample"],
	[/^\/(desk|api\/v1)\/plans\//, "plan"],
	[/^\/(desk|api\/v1)\/(actions|records)\//, "action"],
	[/^\/(desk|api\/v1)\/batches\//, "batch"],
	[/^\/desk\/ingest\/checks\//, "check"],
	[/^\/desk\/quarantine\/releases\//, "release"],
	[/^\/desk\/quarantine\//, "held"],
];

/** Forms filled in well enough to be taken, were they the sender's own. */
const bodies = (objects) => ({
	"POST /desk/records/{standard}/{ref}/edit": { version: objects.version, reason: "核对后更正", check_result: "02" },
	"POST /desk/records/{standard}/{ref}/remove": { version: objects.version, reason: "重复登记" },
	"PUT /api/v1/records/{standard}/{ref}": { version: Number(objects.version), reason: "核对后更正", check_result: "02" },
	"POST /desk/batches/{id}/rows/{row}": { check_result: "01" },
	"POST /desk/batches/{id}/rows/{row}/discard": { reason: "不属于本部门" },
});
const queries = (objects) => ({
	"DELETE /api/v1/records/{standard}/{ref}": `?version=${objects.version}&reason=%E9%87%8D%E5%A4%8D`,
});

function fill(path, number) {
	return path.replace(/\{(\w+)\}/g, (_, name) => (name === "row" ? "1" : name in common ? common[name] : number));
}

const takesNumber = (path) => [...path.matchAll(/\{(\w+)\}/g)].some(([, name]) => !(name in common));

/** Method and path of every route that takes a number. */
function routes() {
	return readFileSync(here("../matrix/expected.txt"), "utf8")
		.split("\n")
		.filter((l) => l && !l.startsWith("#"))
		.map((l) => l.split(/\s+/).slice(0, 2))
		.filter(([, path]) => takesNumber(path));
}

/* --- asking ---------------------------------------------------------------------------------- */

async function send(url, person, method, path, route, objects) {
	const extra = queries(objects)[route] ?? "";
	const fields = bodies(objects)[route] ?? {};
	const json = path.startsWith("/api/");
	const init = { method, redirect: "manual", headers: { cookie: person.cookie, accept: json ? "application/json" : "text/html" } };
	if (method !== "GET") init.headers["X-CSRF"] = person.csrf;
	if (method === "POST" && !json) init.body = new URLSearchParams({ csrf: person.csrf, ...fields });
	else if (method === "PUT" || method === "POST") {
		init.body = JSON.stringify(fields);
		init.headers["Content-Type"] = "application/json";
	}
	const r = await fetch(url + path + extra, init);
	return { status: r.status, location: r.headers.get("location") ?? "", text: await r.text() };
}

/** What does not depend on which number it was: without the number, the request's own and one-time values. */
const bare = ({ status, location, text }, number) =>
	JSON.stringify([status, location, text]
		.map((part) => String(part).replaceAll(number, "#").replaceAll(encodeURIComponent(number), "#")))
		.replace(/(request\\?":\\?"|请求编号[^0-9a-f]*)[0-9a-f]+/g, "$1")
		.replace(/\b[0-9a-f]{13}\b/g, "").replace(/value=\\"\d{15,}\\"/g, "");

async function line(url, people, [method, path], objects) {
	const what = numbers.find(([begins]) => begins.test(path))?.[1];
	assert.ok(what, `${method} ${path} takes a number: say in test_objects.mjs which`);
	const real = objects[what];
	const absent = real.includes("-") ? `${real.split("-")[0]}-${nobody}` : what === "item" ? "99990099990099" : nobody;
	const route = `${method} ${path}`;
	const there = await send(url, people.stranger, method, fill(path, real), route, objects);
	const not = await send(url, people.stranger, method, fill(path, absent), route, objects);
	const tells = bare(there, real) === bare(not, absent) ? "same" : "tells";
	return { route, real, absent, there, not, text: `${method.padEnd(6)} ${path.padEnd(48)} ${there.status} ${not.status} ${tells}` };
}

/* --- the test ----------------------------------------------------------------------------------- */

await makeCity(cityDir);
const known = await learn(cityDir, dir);
const { child, url } = await serve(cityDir, await freePort());
const people = {};
for (const [role, account] of [["owner", "scjg"], ["stranger", "wjw"], ["platform", "platform"]])
	people[role] = await signIn(url, account, passwordOf(cityDir, account));
const objects = await makeObjects(url, people.owner, people.platform, known);

/** Everything of the owner's that a stranger could have changed. */
const state = async () =>
	JSON.stringify(await Promise.all([
		query(`select id, state, version from action_check where dept_id = ${objects.dept} order by id`),
		query(`select id, state, version from officer_record where dept_id = ${objects.dept} order by id`),
		query(`select batch_id, row_no, state from ingest_reject where dept_id = ${objects.dept} order by 1, 2`),
		query(`select id, state, outstanding from ingest_batch where dept_id = ${objects.dept} order by id`),
		query("select id, state, roles, version from person where account <> 'wjw' order by id"),
		query("select count(*) from session"),
	]));

const before = await state();
const asked = [];
await cases.run("every route that takes a number is asked for another department's", async () => {
	for (const route of routes()) asked.push(await line(url, people, route, objects));
	assert.ok(asked.length > 40);
});
await cases.run("the owner gets what the stranger asked for", async () => {
	const missing = [];
	for (const a of asked.filter((a) => a.route.startsWith("GET ") && a.there.status === 404 && !a.route.includes("/contents/"))) {
		const r = await send(url, people.owner, "GET", fill(a.route.slice(4), a.real), a.route, objects);
		if (r.status !== 200) missing.push(`${a.route}: ${r.status}`);
	}
	assert.deepEqual(missing, []);
});
await cases.run("the shared page of a subject leads nobody to another department's records", async () => {
	for (const path of [`/desk/subjects/${objects.subject}`, `/api/v1/subjects/${objects.subject}`]) {
		const id = objects.theirs.split("-")[1];
		const of = async (person) => (await (await ask(url, person, path)).text()).includes(id);
		assert.deepEqual([await of(people.owner), await of(people.stranger)], [true, false], path);
	}
});
await cases.run("nothing of another department's was changed", async () => assert.equal(await state(), before));
await cases.run("the answers are those that were reviewed", () => {
	const now = asked.map((a) => a.text);
	if (writing) {
		const reasons = new Map();
		let head = [];
		for (const l of readFileSync(expectedFile, "utf8").split("\n")) {
			const [text, reason] = l.split("  # ");
			if (l.startsWith("#")) head.push(l);
			else if (reason) reasons.set(text.trim().split(/\s+/).slice(0, 2).join(" "), reason);
		}
		const why = (t) => (reasons.get(t.split(/\s+/).slice(0, 2).join(" ")) ? `  # ${reasons.get(t.split(/\s+/).slice(0, 2).join(" "))}` : "");
		writeFileSync(expectedFile, `${[...head, ...now.map((t) => t + why(t))].join("\n")}\n`);
	}
	const then = readFileSync(expectedFile, "utf8").split("\n").filter((l) => l && !l.startsWith("#"));
	assert.deepEqual(now, then.map((l) => l.split("  # ")[0]));
	const open = then.filter((l) => !/ (404 404|403 403) same$/.test(l) && !l.includes("  # "));
	assert.deepEqual(open, [], "an answer that tells something, without a reason");
});
child.kill("SIGTERM");
await ended(child);
cases.end();
