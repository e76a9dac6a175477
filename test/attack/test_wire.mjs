// The wire: framing that proxies and servers read in two ways, lengths that lie, what is too long, too slow or too
// much, and files that swell. Each ends with an answer or a closed connection in a time of ours, and pages still answer.
// Usage: node test_wire.mjs
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { deflateRawSync, gzipSync } from "node:zlib";
import { ask, passwordOf, signIn } from "../kit/person.mjs";
import { content, pack, unzip, zip } from "../kit/zip.mjs";
import { exchange, header } from "./raw.mjs";
import { must, openSite } from "./site.mjs";

const { cases, city, port, server, end } = await openSite("wire");
const person = await signIn(server.url, "scjg", passwordOf(city, "scjg"));
const host = `Host: 127.0.0.1:${port}`;
const cookie = `Cookie: ${person.cookie}`;

const memory = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))[1]) >> 10;

async function isWell(within = 3000) {
	const start = Date.now();
	const r = await fetch(`${server.url}/health`, { headers: { connection: "close" }, signal: AbortSignal.timeout(within) });
	must(r.status === 200, `health ${r.status}`);
	return Date.now() - start;
}

/* --- framing ------------------------------------------------------------------------------------ */

// The second request of the connection must never be answered when the first's end is in doubt.
const marker = `GET /assets/marker-of-the-second HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`;
const post = (lines, body = "") => `POST /signin HTTP/1.1\r\n${host}\r\n${lines.map((l) => `${l}\r\n`).join("")}\r\n${body}`;
const get = (lines) => `GET /signin HTTP/1.1\r\n${lines.map((l) => `${l}\r\n`).join("")}\r\n`;
const chunk = "5\r\nhello\r\n0\r\n\r\n";
const form = "Content-Type: application/x-www-form-urlencoded";

const ambiguous = {
	"length and chunked": post([form, "Content-Length: 5", "Transfer-Encoding: chunked"], chunk),
	"two lengths": post([form, "Content-Length: 5", "Content-Length: 6"], "hello"),
	"two equal lengths": post([form, "Content-Length: 5", "Content-Length: 5"], "hello"),
	"a list of lengths": post([form, "Content-Length: 5, 5"], "hello"),
	"a negative length": post([form, "Content-Length: -1"], "hello"),
	"a signed length": post([form, "Content-Length: +5"], "hello"),
	"a length in hex": post([form, "Content-Length: 0x5"], "hello"),
	"an empty length": post([form, "Content-Length: "], "hello"),
	"a length past 64 bits": post([form, "Content-Length: 18446744073709551621"], "hello"),
	"chunked twice": post([form, "Transfer-Encoding: chunked, chunked"], chunk),
	"chunked under another": post([form, "Transfer-Encoding: gzip, chunked"], chunk),
	"chunked, then identity": post([form, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"], chunk),
	"an unknown coding": post([form, "Transfer-Encoding: xchunked"], chunk),
	"chunked with a vertical tab": post([form, "Transfer-Encoding: \vchunked"], chunk),
	"chunked in HTTP/1.0": post([form, "Transfer-Encoding: chunked"], chunk).replace("HTTP/1.1", "HTTP/1.0"),
	"a blank before the colon": post([form, "Content-Length : 5"], "hello"),
	"a folded line": post([form, "X-A: b", " Content-Length: 5"], "hello"),
	"a bare line feed": post([form, "X-A: b\nContent-Length: 5"], "hello"),
	"a bare carriage return": post([form, "X-A: b\rContent-Length: 5"], "hello"),
	"NUL in a header": post([form, "X-A: a\0b", "Content-Length: 5"], "hello"),
	"no Host": get([]),
	"an empty Host": get(["Host:"]),
	"two Hosts": get([host, host]),
	"a Host with a path": get(["Host: a/b"]),
	"a nameless header": get([host, ": x"]),
	"a header without a colon": get([host, "novalue"]),
	"two cookies headers": get([host, cookie, cookie]),
	"a chunk size with a sign": post([form, "Transfer-Encoding: chunked"], "+5\r\nhello\r\n0\r\n\r\n"),
	"a chunk size in hex notation": post([form, "Transfer-Encoding: chunked"], "0x5\r\nhello\r\n0\r\n\r\n"),
	"an empty chunk size": post([form, "Transfer-Encoding: chunked"], "\r\nhello\r\n0\r\n\r\n"),
	"a chunk size past 64 bits": post([form, "Transfer-Encoding: chunked"], "10000000000000005\r\nhello\r\n0\r\n\r\n"),
	"a chunk longer than told": post([form, "Transfer-Encoding: chunked"], "3\r\nhello\r\n0\r\n\r\n"),
	"HTTP/0.9": "GET /signin\r\n",
	"HTTP/2's preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	"HTTP/3.0": `GET /signin HTTP/3.0\r\n${host}\r\n\r\n`,
	"a TLS hello": Buffer.from("160301020001000001fc0303" + "aa".repeat(60), "hex"),
	"an absolute target": `GET http://evil.example/signin HTTP/1.1\r\n${host}\r\n\r\n`,
	"an asterisk": `OPTIONS * HTTP/1.1\r\n${host}\r\n\r\n`,
	"a target without a slash": `GET signin HTTP/1.1\r\n${host}\r\n\r\n`,
	"a tab in the request line": `GET\t/signin\tHTTP/1.1\r\n${host}\r\n\r\n`,
	"CONNECT": `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n\r\n`,
	"TRACE": `TRACE /signin HTTP/1.1\r\n${host}\r\n\r\n`,
};

async function refusesAndCloses(name, bytes) {
	const got = await exchange(port, Buffer.concat([Buffer.from(bytes), Buffer.from(marker)]), { wait: 12000 });
	must(got.closed, `${name}: the connection stays open\n${got.text}`);
	must(!got.statuses.includes(404), `${name}: what stood behind it was answered`);
	must(got.statuses.every((s) => s >= 400 && s !== 500), `${name}: ${got.statuses}`);
	return got;
}

await cases.run("ambiguous framing ends the connection; nothing behind it is answered", async () => {
	const faults = [];
	await Promise.all(Object.entries(ambiguous).map(([n, b]) => refusesAndCloses(n, b).catch((e) => faults.push(e.message))));
	must(!faults.length, faults.join("\n"));
});

/* --- targets ------------------------------------------------------------------------------------ */

const ways = [
	"/../etc/passwd", "/assets/../../etc/passwd", "/assets/..%2f..%2fetc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..;/x",
	"/assets/..\\..\\x", "/assets/%5c..%5cx", "/assets/%00", "/assets/app.css%00.js", "/assets//x", "//evil.example/", "/assets/%c0%ae%c0%ae/x",
	"/assets/%ff", "/assets/%", "/assets/%2", "/assets/%zz", "/assets/%252e%252e/x", "/desk/./help", "/assets/%e2%80%ae", "/assets/\x7f",
	"/assets/%0d%0aSet-Cookie:a=b", "/desk/help/../../../../etc/passwd", "/standards/..%2f..%2fzhaodan.conf", "/api/v1/standards/..",
];

await cases.run("no path leads out of the tree of routes", async () => {
	for (const path of ways) {
		const got = await exchange(port, `GET ${path} HTTP/1.1\r\n${host}\r\n${cookie}\r\nConnection: close\r\n\r\n`);
		must([400, 404].includes(got.statuses[0]), `${JSON.stringify(path)}: ${got.statuses}`);
		must(!/root:|Set-Cookie: a=b/i.test(got.text), `${path}: ${got.text}`);
	}
});

await cases.run("every error carries the security headers and is not cached", async () => {
	const asked = {
		400: [`GET /desk?%ff=1 HTTP/1.1\r\n${host}\r\nX-A: \x01\r\n\r\n`, `GET /assets/%ff HTTP/1.1\r\n${host}\r\n\r\n`],
		401: [`GET /api/v1/me HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`],
		403: [`POST /desk/keys/1/revoke HTTP/1.1\r\n${host}\r\n${cookie}\r\nContent-Length: 0\r\n\r\n`],
		404: [`GET /nothing HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`, `GET /api/v1/nothing HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`],
		405: [`DELETE /signin HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`],
		406: [`GET /api/v1/me HTTP/1.1\r\n${host}\r\n${cookie}\r\nAccept: image/png\r\nConnection: close\r\n\r\n`],
		411: [post([form, "Connection: close"])],
		413: [post([form, "Content-Length: 1073741824"])],
		414: [`GET /signin?q=${"a".repeat(9000)} HTTP/1.1\r\n${host}\r\n\r\n`],
		415: [post(["Content-Type: text/plain", "Content-Length: 0"])],
		422: [`GET /desk/batches/abc HTTP/1.1\r\n${host}\r\n${cookie}\r\nConnection: close\r\n\r\n`],
		431: [`GET /signin HTTP/1.1\r\n${host}\r\n${Array.from({ length: 120 }, (_, i) => `X-${i}: a\r\n`).join("")}\r\n`],
		501: [`CONNECT /a HTTP/1.1\r\n${host}\r\n\r\n`, `TRACE /signin HTTP/1.1\r\n${host}\r\n\r\n`],
		505: [`GET /signin HTTP/1.2\r\n${host}\r\n\r\n`],
	};
	const faults = [];
	for (const [status, requests] of Object.entries(asked)) {
		for (const bytes of requests) {
			const got = await exchange(port, bytes, { quiet: 1500 });
			if (!got.statuses.includes(Number(status))) faults.push(`${bytes.slice(0, 60)}: ${got.statuses}, not ${status}`);
			else
				for (const [name, value] of [["X-Content-Type-Options", /nosniff/], ["Content-Security-Policy", /default-src 'none'/], ["Cache-Control", /no-store/], ["Referrer-Policy", /same-origin/], ["Content-Type", /charset=utf-8|json/]])
					if (!value.test(header(got.text, name) ?? "")) faults.push(`${status} ${bytes.slice(0, 40)}: ${name}: ${header(got.text, name)}`);
		}
	}
	must(!faults.length, faults.join("\n"));
});

/* --- too long, too slow ------------------------------------------------------------------------- */

await cases.run("headers without end are cut off", async () => {
	const got = await exchange(port, [`GET /signin HTTP/1.1\r\n${host}\r\n`, ...Array.from({ length: 200 }, () => `X-A: ${"a".repeat(1000)}\r\n`)]);
	must(got.closed && got.ms < 5000, `${got.ms} ms, closed ${got.closed}`);
	must(!got.statuses.length || got.statuses[0] >= 400, String(got.statuses));
});

async function within(name, low, high, pieces, gap) {
	const got = await exchange(port, pieces, { wait: high + 4000, gap });
	must(got.closed && got.ms >= low && got.ms <= high, `${name}: ${got.ms} ms, closed ${got.closed} ${got.statuses}`);
}
const drip = (text) => [...text];

await cases.run("a slow header, a slow body, an idle connection each have an end of ours", () =>
	Promise.all([
		within("header by the byte", 9000, 13000, drip(`GET /signin HTTP/1.1\r\n${host}\r\nX-A: ${"a".repeat(400)}`), 60),
		within("request line by the byte", 9000, 13000, drip(`GET /${"a".repeat(400)}`), 60),
		within("nothing at all", 9000, 13000, [], 0),
		within("body by the byte", 9000, 14000, [post([form, "Content-Length: 1000"]), ...drip("a".repeat(300))], 60),
		within("body that never comes", 9000, 14000, [post([form, "Content-Length: 1000"])], 0),
		within("chunk by the byte", 9000, 14000, [post([form, "Transfer-Encoding: chunked"]), ...drip("5;a=" + "b".repeat(300))], 60),
		within("kept alive, then silent", 14000, 19500, [`GET /health HTTP/1.1\r\n${host}\r\n\r\n`], 0),
		within("second header by the byte", 9000, 13500, [`GET /health HTTP/1.1\r\n${host}\r\n\r\n`, ...drip(`GET /health HTTP/1.1\r\nX: ${"a".repeat(400)}`)], 60),
	]),
);

/** Writes until the server has had enough; how much it took. */
function pour(head, total, framed) {
	const block = Buffer.alloc(1 << 20, "a");
	const piece = framed ? Buffer.concat([Buffer.from("100000\r\n"), block, Buffer.from("\r\n")]) : block;
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		let sent = 0, text = "";
		const more = () => {
			while (sent < total) {
				sent += block.length;
				if (!socket.write(piece)) return;
			}
		};
		socket.on("connect", () => { socket.write(head); more(); });
		socket.on("drain", more);
		socket.on("data", (d) => (text += d.toString("latin1")));
		socket.on("error", () => {});
		socket.on("close", () => resolve({ sent, text }));
		setTimeout(() => socket.destroy(), 60000).unref();
	});
}

await cases.run("a body beyond the limit is refused before it is read, however it is framed", async () => {
	const before = memory();
	const api = (how) => `POST /api/v1/batches?standard=check_action HTTP/1.1\r\n${host}\r\n${cookie}\r\nX-CSRF: ${person.csrf}\r\nContent-Type: application/x-ndjson\r\n${how}\r\n\r\n`;
	const told = await pour(post([form, `Content-Length: ${1 << 30}`]), 1 << 30, false);
	const untold = await pour(post([form, "Transfer-Encoding: chunked"]), 1 << 30, true);
	const file = await pour(api(`Content-Length: ${(1 << 30) + 1}`), 1 << 30, false); // a batch may have 1 GiB, not more
	must(told.sent < 64 << 20, `told: took ${told.sent >> 20} MiB`);
	must(untold.sent < 64 << 20, `untold: took ${untold.sent >> 20} MiB`);
	must(file.sent < 64 << 20, `file: took ${file.sent >> 20} MiB`);
	must(memory() - before < 200, `memory ${before} → ${memory()} MiB`);
	await isWell();
});

/* --- files that swell, trees that deepen -------------------------------------------------------- */

/** On a connection of its own: packing takes longer than a kept one lives. */
const send = (path, body, headers) => ask(server.url, person, path, { method: "POST", body, headers: { ...headers, connection: "close" } });
const judge = (body, type, coding) => send("/api/v1/validate?standard=check_action", body, { "Content-Type": type, ...(coding && { "Content-Encoding": coding }) });
const sheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const good = unzip(readFileSync(join(import.meta.dirname, "../../fuzz/corpus/table_zip/openpyxl.xlsx")));
const sheetName = [...good.keys()].find((n) => n.startsWith("xl/worksheets/sheet"));
const sheet = content(good.get(sheetName)).toString();
const withSheet = (text, packed) => zip(new Map(good).set(sheetName, packed ?? pack(text)));

function bomb(megabytes, fill = " ") {
	const zeros = Buffer.alloc(megabytes << 20, fill);
	const small = pack("x");
	return { ...small, size: zeros.length, packed: deflateRawSync(zeros) };
}

async function refused(name, sent, low = 400) {
	const before = memory();
	const start = Date.now();
	const r = await sent();
	const text = await r.text();
	must(r.status >= low && r.status < 500, `${name}: ${r.status} ${text.slice(0, 400)}`);
	must(Date.now() - start < 30000, `${name}: ${Date.now() - start} ms`);
	must(memory() - before < 300, `${name}: memory ${before} → ${memory()} MiB`);
	return text;
}

await cases.run("compressed files that swell are stopped; a DOCTYPE is refused", async () => {
	const zeros = Buffer.alloc(128 << 20);
	await refused("gzip of zeros", () => judge(gzipSync(zeros), "application/x-ndjson", "gzip"), 200);
	await refused("gzip of blanks", () => judge(gzipSync(zeros.fill(" ")), "application/x-ndjson", "gzip"), 200);
	await refused("gzip in gzip", () => judge(gzipSync(gzipSync(zeros)), "application/x-ndjson", "gzip"), 200);
	await refused("sheet of 600 MiB", () => judge(withSheet("", bomb(600)), sheetType), 200);
	await refused("sheet that lies about its size", () => judge(withSheet("", { ...bomb(600), size: 100 }), sheetType), 200);
	const entity = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>';
	const text = await refused("entities", () => judge(withSheet(sheet.replace(/(<\?xml.*?\?>)?/, `$1${entity}`)), sheetType), 200);
	must(!/"rows":[1-9]/.test(text) || /DOCTYPE|文档类型/.test(text), `entities: ${text.slice(0, 400)}`);
	await refused("deep XML", () => judge(withSheet(`${"<a>".repeat(100000)}`), sheetType), 200);
	await refused("70,000 members", () => judge(zip(new Map(Array.from({ length: 60000 }, (_, i) => [`a${i}`, pack("")]))), sheetType), 200);
	await isWell();
});

await cases.run("JSON that is deep, doubled or broken is refused, not followed", async () => {
	const to = (body, path = "/api/v1/records/check_action", type = "application/json") => send(path, body, { "Content-Type": type });
	await refused("deep arrays", () => to(`{"reason":${"[".repeat(200000)}`));
	await refused("deep objects", () => to(`{"a":`.repeat(50000)));
	await refused("a member twice", () => to('{"check_action_name":"a","check_action_name":"b"}'));
	await refused("NUL", () => to('{"check_action_name":"a\\u0000b"}'));
	await refused("a lone surrogate", () => to('{"check_action_name":"\\ud800"}'));
	await refused("not UTF-8", () => to(Buffer.from('{"check_action_name":"\xff"}', "latin1")));
	await refused("an undeclared member", () => to('{"dept_id":7,"state":1,"created_by":1}'));
	await refused("text/plain", () => to("{}", undefined, "text/plain"));
	await refused("a deep row", () => judge(`{"a":${"[".repeat(100000)}\n`, "application/x-ndjson"), 200);
});

/* --- many ---------------------------------------------------------------------------------------- */

await cases.run("480 idle connections from each of five addresses: pages still answer", async () => {
	const open = [];
	for (let i = 0; i < 2400; i++) {
		const socket = connect({ port, host: "127.0.0.1", localAddress: `127.0.0.${2 + (i % 5)}` });
		socket.on("error", () => {});
		open.push(socket);
		if (i % 200 === 199) await new Promise((go) => setTimeout(go, 60));
	}
	const times = [];
	for (let i = 0; i < 20; i++) times.push(await isWell());
	for (const s of open) s.destroy();
	times.sort((a, b) => a - b);
	console.log(`# health with 2,400 idle: median ${times[10]} ms, worst ${times[19]} ms`);
	must(times[10] < 400, `median ${times[10]} ms`);
});

await end();
