// What the tests of the built program share: running it, random numbers from a seed, saying how it went.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const program = process.env.ZHAODAN ?? "build/zhaodan";

/** A directory of the test's own, gone when the test ends. */
export function scratch(name) {
	const dir = mkdtempSync(join(tmpdir(), `zd-${name}-`));
	process.on("exit", () => {
		if (!process.env.ZD_KEEP) rmSync(dir, { recursive: true, force: true });
	});
	return dir;
}

/** Runs a program to its end. @returns {Promise<{code: number, out: string, err: string}>} */
export function run(file, args, options = {}) {
	return new Promise((resolve, reject) => {
		execFile(file, args, { maxBuffer: 1 << 28, ...options }, (error, out, err) => {
			if (error && typeof error.code !== "number") reject(error);
			else resolve({ code: error ? error.code : 0, out, err });
		});
	});
}

/** Runs zhaodan; what it printed, line by line, as objects. `exits` may be one code or several. */
export async function zhaodan(args, exits = [0]) {
	const r = await run(program, args);
	if (![exits].flat().includes(r.code))
		throw new Error(`zhaodan ${args.join(" ")}: exit ${r.code}\n${r.out}${r.err}`);
	const lines = r.out.split("\n").filter((line) => line.startsWith("{"));
	return { ...r, lines: lines.map((line) => JSON.parse(line)) };
}

/** The first object that a command printed. */
export const answer = async (args, exits) => (await zhaodan(args, exits)).lines[0];

/** A port of this machine that nobody listens on. */
export const freePort = () =>
	new Promise((resolve) => {
		const s = createServer().listen(0, "127.0.0.1", () => {
			const { port } = s.address();
			s.close(() => resolve(port));
		});
	});

/** A server of a city, ready. @returns {Promise<{child, url: string}>} */
export function serve(data, port) {
	const child = spawn(program, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	const url = `http://127.0.0.1:${port}`;
	process.on("exit", () => child.kill("SIGKILL"));
	process.setMaxListeners(0);
	let said = "";
	child.stderr.on("data", (chunk) => (said = (said + chunk).slice(-4000)));
	return new Promise((resolve, reject) => {
		child.stdout.once("data", () => resolve({ child, url }));
		child.once("exit", (code, signal) => reject(new Error(`serve ended (${code ?? signal}): ${said}`)));
	});
}

export const ended = (child) =>
	child.exitCode !== null || child.signalCode !== null
		? Promise.resolve()
		: new Promise((resolve) => child.once("exit", resolve));

/** xorshift32: the same numbers for the same seed everywhere. */
export function random(seed) {
	let x = seed >>> 0 || 1;
	const next = () => {
		x ^= x << 13;
		x >>>= 0;
		x ^= x >>> 17;
		x ^= x << 5;
		x >>>= 0;
		return x / 4294967296;
	};
	return {
		next,
		int: (n) => Math.floor(next() * n),
		pick: (list) => list[Math.floor(next() * list.length)],
		shuffle(list) {
			const out = [...list];
			for (let i = out.length - 1; i > 0; i--) {
				const k = Math.floor(next() * (i + 1));
				[out[i], out[k]] = [out[k], out[i]];
			}
			return out;
		},
	};
}

/** Cases in order; each is said as it ends, the count at the end. What later cases need, earlier ones return. */
export class Cases {
	#passed = 0;
	#failed = 0;
	#skipped = 0;
	#n = 0;

	async run(name, body) {
		const start = Date.now();
		try {
			const value = await body();
			const seconds = ((Date.now() - start) / 1000).toFixed(1);
			this.#passed++;
			console.log(`ok ${++this.#n} - ${name} # ${seconds} s`);
			return value;
		} catch (error) {
			this.#failed++;
			console.log(`not ok ${++this.#n} - ${name}`);
			console.log(String(error.stack ?? error).replace(/^/gm, "# ").slice(0, 6000));
			return undefined;
		}
	}

	skip(name, why) {
		this.#skipped++;
		console.log(`ok ${++this.#n} - ${name} # SKIP ${why}`);
	}

	end() {
		const skipped = this.#skipped ? `, ${this.#skipped} skipped` : "";
		console.log(`${this.#passed} passed, ${this.#failed} failed${skipped}`);
		process.exit(this.#failed ? 1 : 0);
	}
}
