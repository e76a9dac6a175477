// What is stored and shown: markup, formulas, SQL, controls and broken text in every field, on every page and in every
// download. Nothing that was sent comes back as more than text.
// Usage: node test_content.mjs
import { join } from "node:path";
import { activate } from "../kit/admin.mjs";
import { inspection, learn } from "../kit/city.mjs";
import { random } from "../kit/kit.mjs";
import { ask, passwordOf, signIn } from "../kit/person.mjs";
import { content, unzip } from "../kit/zip.mjs";
import { nasty, routes } from "./fuzz_seeds.mjs";
import { must, openSite } from "./site.mjs";

const { cases, dir, city, url, end } = await openSite("content");
const known = await learn(city, dir);
const scjg = await signIn(url, "scjg", passwordOf(city, "scjg"));
const platform = await signIn(url, "platform", passwordOf(city, "platform"));

// each breaks out of one place: text, attributes of either quote, URLs, scripts, comments, templates
const markup = (i) => `zq${i}'"></textarea></title><script>zqx(${i})</script><img src=x onerror=zqx(1)><a href=javascript:zqx(2)>&lt;b&gt;-->{{7*7}}\${7*7}`;
const formula = (i) => `=HYPERLINK("http://evil.example/${i}","zq")`;

const tags = /<[a-z][\w-]*(?:\s+[\w:@.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*\s*\/?>/gi;
const attributes = /\s([\w:@.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;

/** Where what was sent came through as more than text: an element, a handler, an address that runs or leads away. */
function leaks(html) {
	const found = [];
	if (/<script>zqx|<img src=x|<a href=javascript|<b>-->/.test(html)) found.push("an element of the sender's");
	for (const [tag] of html.matchAll(tags))
		for (const [, name, double, single, bare] of tag.matchAll(attributes)) {
			const value = double ?? single ?? bare;
			if (/^on/i.test(name) || (/^(href|src|action|formaction)$/i.test(name) && /^\s*(javascript:|data:text|\/\/|\/\\)/i.test(value))) found.push(`${name}="${value}" in ${tag.slice(0, 200)}`);
		}
	return found;
}

const send = (rows, key) => ask(url, scjg, "/api/v1/batches?standard=check_action", { method: "POST", body: rows.map((r) => JSON.stringify(r)).join("\n"), headers: { "Content-Type": "application/x-ndjson", "Idempotency-Key": key } });
const texts = ["check_action_name", "administrative_cp", "address_operating", "submitted_personnel", "implement_institution", "supervise_object", "check_personnel"];

const stored = await cases.run("rows of markup and formulas are stored as text, or refused row by row", async () => {
	const rows = [];
	for (const [i, field] of texts.entries()) for (const [k, make] of [markup, formula].entries()) rows.push({ ...inspection(known, random(91), 5000 + i * 2 + k, "XSS"), [field]: make(i) });
	for (const [i, field] of Object.keys(rows[0]).entries()) rows.push({ ...inspection(known, random(92), 6000 + i, "BAD"), [field]: markup(i) });
	const r = await send(rows, `content-${markup(1)}`.slice(0, 60).replace(/[^ -~]/g, ""));
	const receipt = await r.json();
	if (r.status === 422 || r.status === 400) {
		const again = await send(rows, "content-1");
		return { receipt: await again.json(), status: again.status };
	}
	return { receipt, status: r.status };
});
await cases.run("… and some of each", () => {
	console.log(`# ${JSON.stringify(stored.receipt)}`);
	must(stored.status < 300 && stored.receipt.accepted >= texts.length && stored.receipt.rejected >= 5, JSON.stringify(stored));
});

await cases.run("a file's name and an account's fields may be markup too", async () => {
	const body = new FormData();
	body.set("csrf", scjg.csrf);
	body.set("standard", "check_action");
	body.set("key", "content-file");
	body.set("file", new File([`check_action_code,check_action_name\r\nX,${markup(3).replaceAll('"', '""')}\r\n`], `${markup(4)}.csv`));
	const r = await fetch(`${url}/desk/ingest`, { method: "POST", body, redirect: "manual", headers: { cookie: scjg.cookie } });
	must(r.status < 500, String(r.status));
	const admin = await activate(url, city, "secadmin");
	await admin.get("/desk/people/new");
	const made = await admin.post("/desk/people/new", { account: "zqxss", name: markup(5).slice(0, 50), roles: "1", level: "2" });
	must(made.status < 500 && !leaks(made.page).length, `${made.status} ${leaks(made.page)}`);
	await admin.get("/desk/departments/new");
	const dept = await admin.post("/desk/departments/new", { code: "ZQ", name: markup(6), level: "2" });
	must(dept.status < 500 && !leaks(dept.page).length, `${dept.status} ${leaks(dept.page)}`);
	for (const path of ["/desk/people", "/desk/departments", "/desk/departments/tree", "/desk/grants"]) {
		const { page } = await admin.get(path);
		must(!leaks(page).length, `${path}: ${leaks(page)}`);
	}
});

/* --- every page, crawled ----------------------------------------------------------------------- */

async function crawl(person, from, most) {
	const seen = new Set(from), queue = [...from], faults = [];
	let held = 0;
	while (queue.length && seen.size < most) {
		const path = queue.shift();
		const r = await fetch(url + path, { redirect: "manual", headers: { cookie: person.cookie } });
		const type = r.headers.get("content-type") ?? "";
		const text = await r.text();
		if (r.status >= 500) faults.push(`${path}: ${r.status}`);
		if (r.headers.get("x-content-type-options") !== "nosniff" || (!path.startsWith("/assets/") && r.headers.get("cache-control") !== "no-store")) faults.push(`${path}: headers`);
		if (!type.startsWith("text/html")) continue;
		held += text.includes("zqx(") ? 1 : 0;
		for (const leak of leaks(text)) faults.push(`${path}: ${leak}`);
		for (const [, href] of text.matchAll(/href="([^"#]+)/g)) {
			const to = href.replaceAll("&amp;", "&");
			const shape = to.replace(/\d+/g, "0");
			if (to.startsWith("?") || !/^\/(desk|standards)/.test(to) || seen.has(to)) continue;
			if ([...seen].filter((s) => s.replace(/\d+/g, "0") === shape).length > 12) continue;
			seen.add(to);
			queue.push(to);
		}
	}
	return { pages: seen.size, held, faults };
}

await cases.run("no page that shows them lets them be more than text", async () => {
	const id = stored.receipt.batch;
	const starts = ["/desk", "/desk/actions/check?party=zq0", "/desk/actions/check", `/desk/batches/${id}`, `/desk/batches/${id}/inserted`, `/desk/batches/${id}/rows`, "/desk/subjects", "/desk/ingest", "/desk/batches", "/desk/search?q=zq", `/desk/search?q=${encodeURIComponent(markup(9)).slice(0, 90)}`, "/desk/outstanding"];
	for (let row = 1; row < 40; row++) starts.push(`/desk/batches/${id}/rows/${row}`);
	const got = await crawl(scjg, starts, 260);
	const all = await crawl(platform, ["/desk", "/desk/actions/check", "/desk/subjects", `/desk/batches/${id}`], 120);
	console.log(`# ${got.pages + all.pages} pages, the markup shown on ${got.held + all.held}`);
	must(!got.faults.length && !all.faults.length, [...got.faults, ...all.faults].slice(0, 20).join("\n"));
	must(got.held > 5, "the markup is hardly shown: the test looks in the wrong place");
});

await cases.run("what is asked is told back as text, on every route", async () => {
	const faults = [];
	for (const { method, path } of routes.filter((r) => r.method === "GET" && !r.path.startsWith("/assets"))) {
		for (const bad of ["%3Cscript%3Ezqx(1)%3C%2Fscript%3E", "%22%20onmouseover%3Dzqx(1)%20x%3D%22", "javascript:zqx(1)"]) {
			const target = `${path.replace(/\{\w+\}/g, bad)}?q=${bad}&sort=${bad}&${bad}=1&next=${bad}`;
			const r = await fetch(url + target, { method, redirect: "manual", headers: { cookie: scjg.cookie } });
			const text = await r.text();
			if (r.status >= 500) faults.push(`${target}: ${r.status}`);
			if ((r.headers.get("content-type") ?? "").startsWith("text/html")) for (const leak of leaks(text)) faults.push(`${target}: ${leak}`);
		}
	}
	must(!faults.length, faults.slice(0, 20).join("\n"));
});

/* --- downloads ----------------------------------------------------------------------------------- */

/** Cells that a spreadsheet would reckon. */
const formulas = (csv) => {
	const cells = [...csv.matchAll(/"((?:[^"]|"")*)"|([^",\r\n]+)/g)].map(([, quoted, plain]) => (quoted ?? plain).replace(/^\ufeff/, ""));
	return cells.filter((c) => /^[=+@\t\r＝＋－＠]|^-(?!\d)/.test(c));
};

await cases.run("no download holds a formula", async () => {
	const csv = await (await fetch(`${url}/desk/actions/check?party=&format=csv`, { headers: { cookie: scjg.cookie } })).text();
	must(csv.includes("zq0"), `the rows are not in the download: ${csv.slice(0, 300)}`);
	must(!formulas(csv).length, `csv: ${formulas(csv).slice(0, 3)}`);
	const download = await fetch(`${url}/desk/actions/check?format=xlsx`, { headers: { cookie: scjg.cookie } });
	const xlsx = Buffer.from(await download.arrayBuffer());
	must(xlsx.subarray(0, 2).toString() === "PK", `${download.status} ${xlsx.subarray(0, 600)}`);
	for (const [name, member] of unzip(xlsx)) if (name.includes("worksheets/")) must(!/<f[ >]|<hyperlink/.test(content(member).toString()), `${name} has a formula`);
	const head = Object.keys(inspection(known, random(93), 1, "CSV"));
	const line = (row) => head.map((name) => `"${String(row[name]).replaceAll('"', '""')}"`).join(",");
	const table = [head.join(","), line({ ...inspection(known, random(93), 7001, "CSV"), check_date: formula(1), check_action_name: formula(2) }), line({ ...inspection(known, random(94), 7002, "CSV"), check_date: "@SUM(1)" })].join("\r\n");
	const sent = await ask(url, scjg, "/api/v1/batches?standard=check_action", { method: "POST", body: table, headers: { "Content-Type": "text/csv", "Idempotency-Key": "content-csv" } });
	const receipt = await sent.json();
	must(receipt.rejected === 2, JSON.stringify(receipt));
	const back = await fetch(`${url}/desk/batches/${receipt.batch}/workbook`, { headers: { cookie: scjg.cookie } });
	const returned = await back.text();
	must(back.status === 200 && returned.includes("HYPERLINK"), `returned ${back.status} ${returned.slice(0, 400)}`);
	must(!formulas(returned).length, `returned: ${formulas(returned).slice(0, 3)}`);
});

/* --- lists ---------------------------------------------------------------------------------------- */

await cases.run("no filter, sort or cursor is SQL", async () => {
	const faults = [];
	const lists = ["/api/v1/actions/check", "/api/v1/subjects", "/api/v1/officers", "/api/v1/batches", "/api/v1/catalog/items", "/api/v1/catalog/lists", "/api/v1/tasks"];
	for (const list of lists) {
		const first = await ask(url, scjg, list);
		const names = [...new Set([...JSON.stringify(await first.json()).matchAll(/"(\w+)":/g)].map((m) => m[1]))].slice(0, 8);
		const asked = ["sort", "after", "cols", "q", "from", "until", "party", "number", "code", "dept", "state", "name", ...names];
		for (const name of asked)
			for (const value of ["'", "' OR '1'='1", "1) UNION SELECT 1--", "a\0b", "\ufffe", "-1-1", "9".repeat(40), "%", ...(name === "after" ? nasty.slice(0, 25) : [])]) {
				const r = await ask(url, scjg, `${list}?${name}=${encodeURIComponent(value.toWellFormed())}`);
				const text = await r.text();
				if (r.status >= 500 || /sqlite|near \\?"|unrecognized token|pg_/i.test(text)) faults.push(`${list}?${name}=${value}: ${r.status} ${text.slice(0, 200)}`);
			}
	}
	must(!faults.length, faults.slice(0, 20).join("\n"));
});

await end();
