// Who may: forged forms, sessions and cookies, doors between departments, rights that one gives himself, guesses at
// passwords and codes, keys, and two who do one thing at once.
// Usage: node test_rights.mjs
import { join } from "node:path";
import { activate } from "../kit/admin.mjs";
import { department, inspection, learn } from "../kit/city.mjs";
import { random } from "../kit/kit.mjs";
import { ask, passwordOf, signIn } from "../kit/person.mjs";
import { routes } from "./fuzz_seeds.mjs";
import { must, openSite } from "./site.mjs";

const { cases, dir, city, port, url, end } = await openSite("rights");
const known = await learn(city, dir);
const scjg = await signIn(url, "scjg", passwordOf(city, "scjg"));
const wjw = await signIn(url, "wjw", passwordOf(city, "wjw"));
const platform = await signIn(url, "platform", passwordOf(city, "platform"));

const form = (person, path, fields, headers = {}) =>
	fetch(url + path, { method: "POST", redirect: "manual", body: new URLSearchParams(fields), headers: { cookie: person.cookie, ...headers } });
const page = async (person, path) => (await fetch(url + path, { redirect: "manual", headers: { cookie: person.cookie } })).text();
const json = async (person, path, options) => {
	const r = await ask(url, person, path, options);
	return { status: r.status, body: await r.json().catch(() => ({})) };
};

/* --- forged forms ------------------------------------------------------------------------------- */

const changing = routes.filter((r) => r.method !== "GET" && !/^\/(signin|activate)$/.test(r.path));
const filled = (path) => path.replace(/\{standard\}/, "check_action").replace(/\{what\}/, "suspend").replace(/\{ref\}/, "7-1").replace(/\{\w+\}/g, "1");

await cases.run("no route changes anything without the session's own token", async () => {
	const faults = [];
	for (const { method, path } of changing) {
		const isApi = path.startsWith("/api/");
		const type = /batches|validate/.test(path) && isApi ? "text/csv" : isApi ? "application/json" : "application/x-www-form-urlencoded";
		for (const [how, token, headers] of [
			["no token", undefined, {}],
			["a wrong token", "0".repeat(32), {}],
			["another's token", wjw.csrf, {}],
			["a foreign origin", scjg.csrf, { origin: "https://evil.example" }],
			["a null origin", scjg.csrf, { origin: "null" }],
			["a sister's page", scjg.csrf, { "sec-fetch-site": "same-site" }],
		]) {
			const body = method === "DELETE" ? undefined : isApi ? "{}" : token ? `csrf=${token}` : "";
			const r = await fetch(url + filled(path), { method, redirect: "manual", body, headers: { cookie: scjg.cookie, "content-type": type, ...(isApi && token && { "x-csrf": token }), ...headers } });
			if (r.status !== 403) faults.push(`${method} ${path} with ${how}: ${r.status}`);
		}
	}
	must(!faults.length, faults.join("\n"));
});

/* --- sessions ------------------------------------------------------------------------------------ */

await cases.run("a session is ours, new at each step, gone when it ends", async () => {
	const fixed = "__Host-sid=" + "a".repeat(43);
	const r = await form({ cookie: fixed }, "/signin", { account: "yjj", password: passwordOf(city, "yjj") });
	const set = r.headers.get("set-cookie") ?? "";
	must(r.status === 303 && /^__Host-sid=[\w-]{40,}; Path=\/; Secure; HttpOnly; SameSite=Strict$/.test(set), `${r.status} ${set}`);
	const cookie = set.split(";")[0];
	must(cookie !== fixed, "a given cookie was taken");
	must((await page({ cookie: fixed }, "/desk")) === "" || !(await page({ cookie: fixed }, "/desk")).includes("signout"), "the given cookie works");
	for (const way of [`/desk?sid=${cookie.slice(11)}`, `/desk?__Host-sid=${cookie.slice(11)}`]) {
		const got = await fetch(url + way, { redirect: "manual" });
		must(got.status === 303 || got.status === 400, `${way}: ${got.status}`);
	}
	const csrf = /name="csrf"[^>]*value="([^"]+)"/.exec(await page({ cookie }, "/desk/me"))[1];
	must((await form({ cookie }, "/signout", { csrf })).status === 303, "signout");
	must((await fetch(`${url}/api/v1/me`, { headers: { cookie } })).status === 401, "the cookie outlives the session");
});

const elsewhere = [
	"//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "http:evil.example", "javascript:alert(1)",
	"/\t/evil.example", "/\n/evil.example", "/%09/evil.example", "/%2f/evil.example", "/%5cevil.example", "evil.example", "/desk\r\nSet-Cookie: a=b", " //evil.example",
	"/.//evil.example", "/..//evil.example", "@evil.example", ":80", "?//evil.example", "#//evil.example", "", "/" + "a".repeat(1999),
];

await cases.run("signing in leads nowhere but to a page of ours", async () => {
	const password = passwordOf(city, "zjj");
	for (const [i, next] of elsewhere.entries()) {
		if (i >= 14 && i % 2) continue; // thirty tries a minute
		const r = await form({ cookie: "" }, "/signin", { account: "zjj", password, next });
		if (r.status === 422 || r.status === 400) continue;
		const to = new URL(r.headers.get("location") ?? "", url);
		must(r.status === 303 && to.host === `127.0.0.1:${port}` && !/evil\.example$/.test(to.pathname.replace(/^\/+(%..)?/, "/x/").split("/")[1]), `${JSON.stringify(next)}: ${r.status} ${r.headers.get("location")}`);
		must(/^\/(?![/\\])/.test(r.headers.get("location")), `${JSON.stringify(next)}: ${r.headers.get("location")}`);
	}
});

/* --- departments --------------------------------------------------------------------------------- */

const rows = (n, label) => Array.from({ length: n }, (_, i) => JSON.stringify(inspection(known, random(31 + i), 900 + i, label))).join("\n");
const batch = (person, key, body) => ask(url, person, "/api/v1/batches?standard=check_action", { method: "POST", body, headers: { "Content-Type": "application/x-ndjson", "Idempotency-Key": key } });

const sent = await cases.run("a department sends a batch, with a row that is refused", async () => {
	const r = await batch(scjg, "rights-1", `${rows(3, "RGT")}\n{"check_action_code":"bad"}`);
	const receipt = await r.json();
	must(r.status < 300, `${r.status} ${JSON.stringify(receipt)}`);
	return { receipt, batch: receipt.batch ?? receipt.id };
});
console.log(`# ${JSON.stringify(sent)}`);

await cases.run("what one department owns does not exist for another", async () => {
	const key = /\/desk\/actions\/check\/([\d-]+)"/.exec(await page(scjg, "/desk/actions/check"))?.[1];
	must(key, "no inspection on the list");
	const refused = (await json(scjg, `/api/v1/batches/${sent.batch}/errors`)).status;
	must(refused === 200, `errors ${refused}`);
	const doors = [
		`/api/v1/batches/${sent.batch}`, `/api/v1/batches/${sent.batch}/errors`, `/api/v1/batches/${sent.batch}/workbook`, `/desk/batches/${sent.batch}`,
		`/desk/batches/${sent.batch}/progress`, `/desk/batches/${sent.batch}/workbook`, `/desk/batches/${sent.batch}/inserted`, `/desk/batches/${sent.batch}/rows`,
		`/desk/batches/${sent.batch}/rows/4`, `/api/v1/actions/check/${key}`, `/desk/actions/check/${key}`, `/desk/records/check_action/${key}`,
		`/desk/records/check_action/${key}/edit`, `/desk/records/check_action/${key}/remove`, `/api/v1/records/check_action/${key}`,
	];
	const faults = [];
	for (const door of doors) {
		const own = (await fetch(url + door, { headers: { cookie: scjg.cookie } })).status;
		const other = (await fetch(url + door, { headers: { cookie: wjw.cookie } })).status;
		if (other !== 404) faults.push(`${door}: ${other} (own ${own})`);
	}
	const version = 1;
	for (const [method, path, body] of [
		["PUT", `/api/v1/records/check_action/${key}`, JSON.stringify({ version, reason: "核对后更正", check_action_name: "改" })],
		["DELETE", `/api/v1/records/check_action/${key}?version=1&reason=x`, undefined],
	]) {
		const r = await ask(url, wjw, path, { method, body, headers: body ? { "Content-Type": "application/json" } : {} });
		if (r.status !== 404 && r.status !== 403) faults.push(`${method} ${path}: ${r.status}`);
	}
	for (const [path, fields] of [[`/desk/batches/${sent.batch}/rows/4/discard`, { reason: "x" }], [`/desk/batches/${sent.batch}/rows/4`, { check_action_code: "x" }], [`/desk/records/check_action/${key}/edit`, { version: "1", check_action_name: "x" }], [`/desk/records/check_action/${key}/remove`, { version: "1", reason: "x" }]]) {
		const r = await form(wjw, path, { csrf: wjw.csrf, ...fields });
		if (r.status !== 404) faults.push(`POST ${path}: ${r.status}`);
	}
	must(!faults.length, faults.join("\n"));
});

await cases.run("a filter, a cursor or a header does not widen what is seen", async () => {
	const own = new Set((await json(wjw, "/api/v1/batches")).body.rows?.map((r) => r.id));
	must(!own.has(sent.batch), "another's batch is listed");
	for (const query of ["dept=1", "dept_id=1", "department=420200-31-01", "after=0", `after=${sent.batch}`, "sort=dept_id", "sort=id;drop", "dir=x", "after=%27", "after=999999999999999999999", "size=100000", "size=-1", "cols=password_hash", "q=%25", "q=%27%20OR%201%3D1"]) {
		const r = await json(wjw, `/api/v1/batches?${query}`);
		must([200, 400, 422, 404].includes(r.status), `${query}: ${r.status}`);
		must(!r.body.rows?.some((row) => row.id === sent.batch), `${query}: another's batch`);
		must((r.body.rows?.length ?? 0) <= 200, `${query}: ${r.body.rows?.length} rows`);
		must(!/sqlite|syntax|postgres|SELECT/i.test(JSON.stringify(r.body)), `${query}: ${JSON.stringify(r.body)}`);
	}
	const r = await ask(url, wjw, "/api/v1/batches", { headers: { "X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/desk/log", "X-HTTP-Method-Override": "DELETE", "X-Rewrite-URL": "/desk/people" } });
	must(r.status === 200, `headers: ${r.status}`);
});

/* --- saves at once -------------------------------------------------------------------------------- */

await cases.run("of two saves of one version one holds; two sends of one batch count once", async () => {
	const made = await ask(url, scjg, "/api/v1/records/check_action", { method: "POST", body: JSON.stringify(inspection(known, random(5), 77001, "TWO")), headers: { "Content-Type": "application/json" } });
	const record = await made.json();
	must(made.status < 300, `${made.status} ${JSON.stringify(record)}`);
	const ref = record.ref ?? record.id;
	const version = record.version ?? 1;
	const save = (name) => ask(url, scjg, `/api/v1/records/check_action/${ref}`, { method: "PUT", body: JSON.stringify({ version, reason: "核对后更正", check_action_name: name }), headers: { "Content-Type": "application/json" } });
	const answers = await Promise.all(["甲", "乙", "丙", "丁"].map(save));
	const saves = answers.map((r) => r.status).sort();
	if (saves.includes(422)) throw new Error(await answers.find((r) => r.status === 422).text());
	must(saves.filter((s) => s < 300).length === 1 && saves.slice(1).every((s) => s === 409), `saves ${saves} of ${ref}`);
	const body = rows(4, "ONE");
	const sends = await Promise.all([1, 2, 3, 4].map(() => batch(scjg, "rights-twice", body)));
	const receipts = await Promise.all(sends.map(async (r) => ({ status: r.status, ...(await r.json()) })));
	const whole = receipts.filter((r) => r.status < 300);
	must(whole.length >= 1 && receipts.every((r) => r.status < 300 || [409, 503].includes(r.status)), JSON.stringify(receipts));
	must(new Set(whole.map((r) => r.batch ?? r.id)).size === 1, `batches ${JSON.stringify(whole.map((r) => r.batch ?? r.id))}`);
	const again = await (await batch(scjg, "rights-twice", body)).json();
	must((again.batch ?? again.id) === (whole[0].batch ?? whole[0].id), "the key made a second batch");
});

await cases.run("a key of a batch with another body is refused", async () => {
	const r = await batch(scjg, "rights-twice", rows(2, "OTHER"));
	must(r.status === 409 || r.status === 422, `${r.status} ${await r.text()}`);
	const foreign = await batch(wjw, "rights-twice", rows(1, "WJW")); // another department's keys are its own
	must(foreign.status !== 409, `another department's key: ${foreign.status}`);
});

/* --- rights ---------------------------------------------------------------------------------------- */

const admin = await cases.run("a security administrator comes in with two factors; a code serves once", () => activate(url, city, "secadmin"));

await cases.run("fields that a form does not have are refused: nobody gives himself rights", async () => {
	const faults = [];
	for (const [person, path, fields] of [
		[scjg, "/signin/confirm", { password: "x", roles: "255" }],
		[scjg, "/desk/me/sessions/1/end", { person: "1" }],
		[platform, "/desk/quarantine/city", { roles: "255" }],
	]) {
		const r = await form(person, path, { csrf: person.csrf, ...fields });
		if (r.status !== 400) faults.push(`${path}: ${r.status}`);
	}
	for (const extra of [{ dept_id: "1" }, { state: "1" }, { hash: "x" }, { created_by: "1" }, { batch_id: "1" }, { id: "1" }]) {
		const r = await ask(url, scjg, "/api/v1/records/check_action", { method: "POST", body: JSON.stringify({ ...inspection(known, random(6), 77002, "MASS"), ...extra }), headers: { "Content-Type": "application/json" } });
		if (r.status !== 400 && r.status !== 422) faults.push(`record with ${JSON.stringify(extra)}: ${r.status}`);
	}
	const people = await admin.get("/desk/people");
	const self = /\/desk\/people\/(\d+)"[^>]*>[^<]*(?:安全|secadmin)/.exec(people.page)?.[1] ?? /secadmin[\s\S]*?\/desk\/people\/(\d+)/.exec(people.page)?.[1];
	if (self) {
		const edit = await admin.get(`/desk/people/${self}/edit`);
		const version = /name="version"[^>]*value="(\d+)"/.exec(edit.page)?.[1] ?? "1";
		const r = await admin.post(`/desk/people/${self}/edit`, { name: "自己", roles: "255", level: "4", version });
		if (![403, 409, 422].includes(r.status)) faults.push(`own rights: ${r.status} ${r.location}`);
	}
	for (const who of [scjg, wjw, platform])
		for (const path of ["/desk/people/new", "/desk/people/1/edit", "/desk/departments/1/keys/new", "/desk/grants/1"]) {
			const r = await form(who, path, { csrf: who.csrf, name: "x", roles: "64", level: "4", version: "1", account: "evil" });
			if (r.status !== 403) faults.push(`${path}: ${r.status}`);
		}
	must(!faults.length, faults.join("\n"));
});

await cases.run("a key reaches its department's interface and nothing else", async () => {
	await admin.get("/desk/departments/tree");
	const tree = (await admin.get("/desk/departments/tree")).page;
	const id = /.*\/desk\/departments\/(\d+)"/s.exec(tree.slice(0, tree.indexOf(`>${department}<`)))?.[1];
	await admin.get(`/desk/departments/${id}/keys/new`);
	const made = await admin.post(`/desk/departments/${id}/keys/new`, { name: "执法办案系统", level: "2" });
	const key = /<code>([^<]+)<\/code>/.exec(made.page)?.[1];
	must(key, `no key: ${made.status}`);
	const bearer = (path, options = {}) => fetch(url + path, { redirect: "manual", ...options, headers: { authorization: `Bearer ${key}`, ...options.headers } });
	must((await bearer("/api/v1/me")).status === 200, "me");
	must((await bearer(`/api/v1/batches/${sent.batch}`)).status === 200, "own batch");
	for (const path of ["/desk", "/desk/people", "/desk/log"]) must((await bearer(path)).status === 303, path);
	for (const path of ["/api/v1/people", "/api/v1/log/entries"]) must((await bearer(path)).status === 403, path);
	for (const bad of [`${key}x`, key.slice(0, -1), key.toUpperCase(), "zd_", "zd__", "", "zd_\u00ff_x"]) {
		const r = await fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${bad}` } });
		must(r.status === 401, `${bad}: ${r.status}`);
	}
	const as = await fetch(`${url}/api/v1/batches?standard=check_action&department=420200-41-01`, { method: "POST", body: rows(1, "AS"), headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson", "idempotency-key": "as-other" } });
	must([403, 404, 422].includes(as.status), `in another's name: ${as.status}`);
	const burst = [];
	const lane = async () => {
		while (burst.length < 1500) {
			const r = await bearer("/api/v1/me");
			burst.push(r);
			await r.arrayBuffer();
		}
	};
	await Promise.all(Array.from({ length: 60 }, lane));
	const refused = burst.filter((r) => r.status === 429);
	must(burst.every((r) => [200, 429, 503].includes(r.status)), String(new Set(burst.map((r) => r.status))));
	console.log(`# 1,500 at once: ${refused.length} told 429`);
	must((await fetch(`${url}/api/v1/me`, { headers: { cookie: scjg.cookie } })).status === 200, "others wait with it");
});

/* --- guesses --------------------------------------------------------------------------------------- */

await cases.run("five wrong passwords lock, also against the right one; nobody can tell why", async () => {
	const text = async (account, password) => {
		const r = await form({ cookie: "" }, "/signin", { account, password });
		return `${r.status} ${(await r.text()).replace(/value="[^"]*"|编号[^<]*|csrf[^>]*/g, "")}`;
	};
	const answers = [];
	for (let i = 0; i < 5; i++) answers.push(await text("scjg_zf", `wrong${i}`));
	answers.push(await text("scjg_zf", passwordOf(city, "scjg_zf")), await text("SCJG_ZF", passwordOf(city, "scjg_zf")), await text("ｓｃｊｇ_zf", passwordOf(city, "scjg_zf")));
	answers.push(await text("nobody-of-that-name", "wrong"));
	must(!answers.some((a) => a.startsWith("303")), "locked, and let in");
	const [first, ...others] = answers.filter((a) => !a.startsWith("429"));
	must(others.every((a) => a === first), `different answers:\n${[...new Set(answers)].map((a) => a.slice(0, 200)).join("\n")}`);
});

await cases.run("an address that guesses is told 429 with a time to wait, whatever it says it is", async () => {
	const statuses = [];
	for (let i = 0; i < 40; i++) {
		const r = await form({ cookie: "" }, "/signin", { account: `a${i}`, password: "x" }, { "X-Forwarded-For": `10.0.0.${i}`, Forwarded: `for=10.0.0.${i}` });
		statuses.push(r.status);
		if (r.status === 429) must(Number(r.headers.get("retry-after")) > 0 && r.headers.get("x-content-type-options") === "nosniff", "no Retry-After");
	}
	must(statuses.includes(429), String(statuses));
	must((await fetch(`${url}/health`)).status === 200, "health");
});

await end();
