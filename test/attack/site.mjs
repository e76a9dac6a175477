// A city of its own, served, with what the program said kept: the same beginning and end of every attack.
import { join } from "node:path";
import { makeCity } from "../kit/city.mjs";
import { Cases, ended, freePort, scratch, serve } from "../kit/kit.mjs";

export function must(ok, what) {
	if (!ok) throw new Error(what);
}

/** @returns {{cases: Cases, dir: string, city: string, port: number, server: object, url: string, end: () => Promise<void>}} */
export async function openSite(name) {
	const cases = new Cases();
	const dir = scratch(name);
	const city = await makeCity(join(dir, "city"));
	const port = await freePort();
	const server = await serve(city, port);
	let said = "";
	server.child.stderr.on("data", (chunk) => (said = (said + chunk).slice(-200000)));
	const end = async () => {
		await cases.run("it ends by itself, without a crash or a leak", async () => {
			server.child.kill("SIGTERM");
			await ended(server.child);
			const how = server.child.exitCode ?? server.child.signalCode;
			must(how === 0 && !/Sanitizer|runtime error/.test(said), `exit ${how}\n${said.slice(-6000)}`);
		});
		cases.end();
	};
	return { cases, dir, city, port, server, url: server.url, end };
}
