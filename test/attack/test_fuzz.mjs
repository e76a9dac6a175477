// Requests changed at random, from a seed, sent to the built program by people, a key and nobody: it answers each with
// 2xx, 3xx or 4xx (501 and 505 of methods and versions that it does not know) or ends the connection; it does not
// fail, does not crash, does not leak, and answers as before afterwards.
// Usage: node test_fuzz.mjs [REQUESTS] [SEED]; ZD_FUZZ_SHOW=1 prints what each status was an answer to.
import { random } from "../kit/kit.mjs";
import { passwordOf, signIn } from "../kit/person.mjs";
import * as seeds from "./fuzz_seeds.mjs";
import { exchange } from "./raw.mjs";
import { openSite } from "./site.mjs";

const [count, seed] = [Number(process.argv[2] ?? 3000), Number(process.argv[3] ?? 1)];
const atOnce = 12;
const people = ["scjg", "wjw", "platform", "leader", "scjg_zf"];

/* --- one request, whole and right ------------------------------------------------------------- */

const coded = (r, text) => (r.int(8) ? encodeURIComponent(text.toWellFormed()) : text);
const rawByte = (r) => seeds.nastyBytes[r.int(seeds.nastyBytes.length)].map((b) => `%${b.toString(16).padStart(2, "0")}`).join("");
const wild = (r) => (r.int(6) ? coded(r, r.pick(seeds.nasty)) : rawByte(r));
const one = (r, name) => (r.int(3) ? r.pick(seeds.values[name] ?? seeds.values.id) : wild(r));

function pairs(r, text) {
	if (r.int(2)) return text;
	const parts = text.split("&");
	const at = r.int(parts.length);
	const [name] = parts[at].split("=");
	const how = r.int(5);
	if (how < 3) parts[at] = `${name}=${wild(r)}`;
	else if (how === 3) parts.push(parts[at]);
	else parts[at] = `${wild(r)}=1`;
	return parts.join("&");
}

function multipart(r, csrf) {
	const [type, bytes] = r.pick(seeds.files);
	const edge = "zdfuzzedge";
	const field = (name, value) => `--${edge}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
	const name = r.int(4) ? "a.csv" : r.pick(seeds.nasty).replaceAll(/["\r\n\0]/g, "");
	const head = `--${edge}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
	const fields = field("csrf", csrf) + field("standard", r.pick(seeds.standards)) + field("key", `k${r.int(50)}`);
	return [`multipart/form-data; boundary=${edge}`, Buffer.concat([Buffer.from(fields + head), bytes, Buffer.from(`\r\n--${edge}--\r\n`)])];
}

/** @returns {[string, Buffer, string?]} type, bytes, coding */
function bodyOf(r, route, person) {
	if (route.method === "GET" || route.method === "DELETE") return ["", Buffer.alloc(0)];
	const isApi = route.path.startsWith("/api/");
	if (/batches|validate/.test(route.path) && isApi) return r.pick(seeds.files);
	if (isApi) return ["application/json", Buffer.from(r.int(3) ? r.pick(seeds.jsons) : JSON.stringify({ [r.pick(["version", "reason", "items", "ids"])]: r.pick(seeds.nasty) }))];
	if (route.path === "/desk/ingest" || !r.int(12)) return multipart(r, person.csrf);
	return ["application/x-www-form-urlencoded", Buffer.from(`csrf=${person.csrf}&${pairs(r, r.pick(seeds.forms))}`)];
}

function whole(r, world) {
	const route = r.pick(seeds.routes);
	const person = seeds.selfish.has(route.path) ? world.nobody : r.pick(world.people);
	const path = route.path.replace(/\{(\w+)\}/g, (_, name) => one(r, name));
	const query = !r.int(3) ? `?${pairs(r, r.pick(seeds.queries))}` : "";
	const [type, body, coding] = bodyOf(r, route, person);
	const lines = [`${route.method} ${path}${query} HTTP/1.1`, `Host: 127.0.0.1:${world.port}`, "Connection: close"];
	if (person.cookie) lines.push(`Cookie: ${person.cookie}`);
	if (route.method !== "GET") lines.push(`X-CSRF: ${person.csrf}`, "Origin: " + world.url, `Content-Length: ${body.length}`);
	if (type) lines.push(`Content-Type: ${type}`);
	if (coding) lines.push(`Content-Encoding: ${coding}`);
	if (!r.int(4)) lines.push(`Idempotency-Key: ${r.int(2) ? `key${r.int(40)}` : wild(r)}`);
	if (!r.int(6)) lines.push(`Accept: ${r.pick(["application/json", "text/html", "*/*", "image/png", ";;q=9", wild(r)])}`);
	return { lines, body };
}

/* --- and changed ------------------------------------------------------------------------------ */

const lineTricks = [
	(r) => `Content-Length: ${r.pick(["0", "-1", "1", "99999999999999999999", "0x10", "1, 1", "", "+3"])}`,
	(r) => `Transfer-Encoding: ${r.pick(["chunked", "identity", "gzip, chunked", " chunked", "xchunked"])}`,
	(r) => `Host: ${wild(r)}`,
	(r) => `X-${r.int(9)}: ${"v".repeat(r.int(9000))}`,
	(r) => `Expect: ${r.pick(["100-continue", "x"])}`,
	(r) => `Range: bytes=${"0-,".repeat(r.int(50))}`,
	(r) => `Content-Encoding: ${r.pick(["gzip", "zstd", "br", "gzip, gzip"])}`,
	(r) => `Content-Type: ${r.pick(["text/plain", "multipart/form-data; boundary=", "application/json; charset=gbk", "multipart/form-data; boundary=\"" + "b".repeat(80) + "\""])}`,
	(r) => `If-None-Match: ${r.pick(["*", "\"\"", "W/\"x\"", "\""])}`,
	(r) => `Authorization: Bearer ${wild(r)}`,
	(r) => `Cookie: __Host-sid=${wild(r)}`,
	() => " folded: line",
	() => ": nameless",
	() => "no colon",
];

function changeLines(r, lines) {
	const at = 1 + r.int(lines.length - 1);
	switch (r.int(4)) {
	case 0: return lines.toSpliced(at, 1);
	case 1: return lines.toSpliced(at, 0, lines[at]);
	default: return lines.toSpliced(at, 0, r.pick(lineTricks)(r));
	}
}

/** A few bytes set, put in, taken out, doubled or cut off. */
function changeBytes(r, bytes) {
	if (!bytes.length) return bytes;
	const at = r.int(bytes.length);
	const n = Math.min(1 + r.int(16), bytes.length - at);
	switch (r.int(6)) {
	case 0: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + n)]);
	case 1: return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + n), bytes.subarray(at)]);
	case 2: return Buffer.concat([bytes.subarray(0, at), Buffer.from(r.pick(seeds.nastyBytes)), bytes.subarray(at)]);
	case 3: return bytes.subarray(0, at);
	default: {
		const out = Buffer.from(bytes);
		out[at] = r.int(2) ? r.int(256) : out[at] ^ (1 << r.int(8));
		return out;
	}
	}
}

function request(r, world) {
	let { lines, body } = whole(r, world);
	const framed = body.length;
	for (let i = r.int(2) * (1 + r.int(3)); i > 0; i--) body = changeBytes(r, body);
	if (body.length !== framed && r.int(6)) lines = lines.map((l) => (l.startsWith("Content-Length:") ? `Content-Length: ${body.length}` : l));
	if (!r.int(4)) lines = changeLines(r, lines);
	let head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
	if (!r.int(8)) head = changeBytes(r, head);
	return Buffer.concat([head, body]);
}

/* --- sending ----------------------------------------------------------------------------------- */

const isFine = (status) => (status >= 200 && status < 500) || status === 501 || status === 505;

async function send(world, bytes, tally) {
	const got = await exchange(world.port, bytes, { wait: 700, quiet: 120 });
	const status = got.statuses.at(-1) ?? 0;
	tally.set(status, (tally.get(status) ?? 0) + 1);
	if (process.env.ZD_FUZZ_SHOW === String(status)) console.log(bytes.toString("latin1").slice(0, 300), got.text.slice(0, 600));
	const bad = got.statuses.find((s) => s >= 200 && !isFine(s));
	if (bad) throw new Error(`${bad} to ${JSON.stringify(bytes.toString("latin1").slice(0, 3000))}\n${got.text.slice(0, 1500)}`);
}

/** All requests are made in one order by one stream of numbers; only who comes first on the wire is open. */
async function flood(world) {
	const r = random(seed);
	const tally = new Map();
	let left = count;
	const failures = [];
	const lane = async () => {
		while (left-- > 0 && failures.length < 5) await send(world, request(r, world), tally).catch((e) => failures.push(e));
	};
	await Promise.all(Array.from({ length: atOnce }, lane));
	console.log(`# ${count} requests, seed ${seed}: ${[...tally].sort().map(([s, n]) => `${s || "closed"} ${n}`).join(", ")}`);
	if (failures.length) throw failures.length === 1 ? failures[0] : new Error(failures.map((f) => f.message).join("\n\n"));
	const heard = [...tally].reduce((n, [s, times]) => n + (s >= 200 && s < 400 ? times : 0), 0);
	if (heard < count / 20) throw new Error(`only ${heard} were let through: the requests are not worth sending`);
}

const { cases, city, port, server, end } = await openSite("fuzz");
const world = { port, url: server.url, nobody: { cookie: "", csrf: "" }, people: [] };
for (const account of people) world.people.push(await signIn(server.url, account, passwordOf(city, account)));
world.people.push(world.nobody);

await cases.run("every answer is 2xx, 3xx or 4xx", () => flood(world));
await cases.run("the server is well afterwards", async () => {
	const r = await fetch(`${server.url}/health`);
	if (r.status !== 200) throw new Error(`health ${r.status}`);
	const again = await signIn(server.url, "wjw", passwordOf(city, "wjw")).catch((e) => e);
	if (again instanceof Error && !/429|403/.test(again.message)) throw again;
});
await end();
