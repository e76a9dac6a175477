// Bytes to a server as they are, and what came back: no HTTP library stands between a test and the wire.
import { connect } from "node:net";

/**
 * Sends the pieces, `gap` ms apart, and reads until the server closes or `wait` ms have passed.
 * @returns {Promise<{text: string, ms: number, closed: boolean, statuses: number[]}>}
 */
export function exchange(port, pieces, { wait = 15000, gap = 0, quiet = 0 } = {}) {
	const started = Date.now();
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		const chunks = [];
		let timer, idle, done = false;
		const end = (closed) => {
			if (done) return;
			done = true;
			clearTimeout(timer);
			clearTimeout(idle);
			socket.destroy();
			const text = Buffer.concat(chunks).toString("latin1");
			const statuses = [...text.matchAll(/(?:^|\n|>|\}|")HTTP\/1\.[01] (\d{3})/g)].map((m) => Number(m[1]));
			resolve({ text, ms: Date.now() - started, closed, statuses });
		};
		timer = setTimeout(() => end(false), wait);
		socket.on("data", (chunk) => {
			chunks.push(chunk);
			if (!quiet) return;
			clearTimeout(idle);
			idle = setTimeout(() => end(false), quiet);
		});
		socket.on("error", () => end(true));
		socket.on("close", () => end(true));
		socket.on("connect", async () => {
			for (const piece of [pieces].flat()) {
				if (done || socket.destroyed) return;
				socket.write(piece);
				if (gap) await new Promise((go) => setTimeout(go, gap));
			}
		});
	});
}

export const header = (text, name) => new RegExp(`^${name}: (.*?)\r$`, "im").exec(text)?.[1];
