// An administrator of a new installation: activates the account, sets up the second factor, as a person would.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** RFC 6238: SHA-1, 30 s, 6 digits, of a secret in base32. */
export function totp(secret, now = Date.now()) {
	const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
	const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(now / 30000)));
	const mac = createHmac("sha1", key).update(counter).digest();
	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

/** Keeps the cookie from answer to answer and sends the token of the page before with each form. */
class Visitor {
	#url;
	cookie = "";
	csrf = "";

	constructor(url) {
		this.#url = url;
	}

	async #take(r) {
		this.cookie = /__Host-sid=[^;]+/.exec(r.headers.get("set-cookie") ?? "")?.[0] ?? this.cookie;
		const page = await r.text();
		this.csrf = /name="csrf"[^>]*value="([^"]+)"/.exec(page)?.[1] ?? this.csrf;
		return { status: r.status, page, location: r.headers.get("location") };
	}

	get = async (path) => this.#take(await fetch(this.#url + path, { redirect: "manual", headers: { cookie: this.cookie } }));

	post = async (path, fields) =>
		this.#take(
			await fetch(this.#url + path, {
				method: "POST",
				redirect: "manual",
				headers: { cookie: this.cookie },
				body: new URLSearchParams({ ...fields, ...(this.csrf && { csrf: this.csrf }) }),
			}),
		);
}

/** Signed in all the way, identity confirmed just now. */
export async function activate(url, city, account) {
	const line = readFileSync(join(city, "activation.txt"), "utf8").split("\n").find((l) => l.split("\t")[1] === account);
	const code = line.split("\t")[2];
	const password = "Zhengque-Mima-2026";
	const visitor = new Visitor(url);
	await visitor.post("/activate", { account, code, password, again: password });
	const done = await visitor.post("/signin", { account, password });
	if (done.status !== 303) throw new Error(`activation of ${account}: ${done.status} ${done.page}`);
	await visitor.get("/signin/factor");
	const { page } = await visitor.post("/signin/factor", {});
	const secret = /secret=([A-Z2-7]+)/.exec(page)?.[1];
	if (!secret) throw new Error(`no secret on /signin/factor: ${page.slice(-2000)}`);
	await visitor.post("/signin/factor", { code: totp(secret) });
	await visitor.get("/desk/me");
	return visitor;
}

/** A department's key for its own system, made by the security administrator. */
export async function makeKey(url, city, department) {
	const admin = await activate(url, city, "secadmin");
	const { page: tree } = await admin.get("/desk/departments/tree");
	const at = tree.indexOf(`>${department}<`);
	const id = /.*\/desk\/departments\/(\d+)"/s.exec(tree.slice(0, at))?.[1];
	if (!id) throw new Error(`no department ${department}`);
	const path = `/desk/departments/${id}/keys/new`;
	await admin.get(path);
	const made = await admin.post(path, { name: "执法办案系统", level: "2" });
	const key = /<code>([^<]+)<\/code>/.exec(made.page)?.[1];
	if (!key) throw new Error(`no key: ${made.status} ${made.page.slice(-2000)}`);
	return key;
}
