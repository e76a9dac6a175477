// The sender, a process of its own that nobody kills: batch after batch over HTTP, each under its own key until a
// receipt comes; every receipt is on the disk before the next batch is sent.
// Usage: node client.mjs URL CITY DIRECTORY-OF-BATCHES RECEIPTS
import { closeSync, fsyncSync, openSync, readFileSync, readdirSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ask, passwordOf, signIn } from "../kit/person.mjs";

const [url, city, batches, receipts] = process.argv.slice(2);
const log = openSync(receipts, "a");
const password = passwordOf(city, "scjg");
let person;

function note(entry) {
	writeSync(log, `${JSON.stringify(entry)}\n`);
	fsyncSync(log);
}

/** One attempt; undefined when nobody can tell what became of it. */
async function attempt(key, body) {
	let sending = false;
	try {
		person ??= await signIn(url, "scjg", password);
		sending = true;
		const r = await ask(url, person, "/api/v1/batches?standard=check_action", {
			method: "POST",
			body,
			headers: { "Content-Type": "application/x-ndjson", "Idempotency-Key": key },
		});
		const text = await r.text();
		if (r.ok) return JSON.parse(text);
		if (r.status === 401 || r.status === 303) person = undefined;
		else if (r.status < 500 && r.status !== 429 && r.status !== 409) throw new Error(`${key}: ${r.status} ${text}`);
		else note({ key, status: r.status, text: text.slice(0, 300) });
	} catch (error) {
		if (!(error instanceof TypeError) && !/sign-in|token/.test(String(error))) throw error;
		// refused: nobody was there. Else it was cut off on the way, and nobody knows what was stored
		if (sending && error.cause?.code !== "ECONNREFUSED") note({ key, cut: error.cause?.code ?? String(error) });
	}
	return undefined;
}

for (const name of readdirSync(batches).sort()) {
	const key = name.replace(/\..*$/, "");
	const body = readFileSync(join(batches, name));
	let receipt, tries = 0;
	while (!(receipt = await attempt(key, body))) {
		if (++tries > 400) throw new Error(`${key}: no receipt after ${tries} attempts`);
		await wait(60);
	}
	note({ key, tries, receipt });
}
closeSync(log);
