// A person of the demo city who has signed in: cookie and token, kept over restarts of the server.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The random password that `init --demo` gave an account. */
export function passwordOf(city, account) {
	const line = readFileSync(join(city, "demo-accounts.txt"), "utf8").split("\n").find((l) => l.split(/\s+/)[0] === account);
	if (!line) throw new Error(`no demo account ${account}`);
	return line.split(/\s+/)[1];
}

/** @returns {Promise<{cookie: string, csrf: string}>} */
export async function signIn(url, account, password) {
	const r = await fetch(`${url}/signin`, {
		method: "POST",
		redirect: "manual",
		body: new URLSearchParams({ account, password }),
	});
	const cookie = /__Host-sid=[^;]+/.exec(r.headers.get("set-cookie") ?? "")?.[0];
	if (r.status !== 303 || !cookie) throw new Error(`sign-in of ${account}: ${r.status}`);
	const page = await (await fetch(`${url}/desk/me`, { headers: { cookie } })).text();
	const csrf = /csrf[^>]*?(?:value|content)="([^"]+)"/.exec(page)?.[1];
	if (!csrf) throw new Error("no token on /desk/me");
	return { cookie, csrf };
}

/** A request to the API as that person. */
export const ask = (url, person, path, { method = "GET", body, headers = {} } = {}) =>
	fetch(url + path, {
		method,
		body,
		headers: { accept: "application/json", cookie: person.cookie, ...(method === "GET" ? {} : { "X-CSRF": person.csrf }), ...headers },
	});
