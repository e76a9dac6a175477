// @ts-check
/**
 * The judge of data standards in the browser: the same C as on the server, so the same verdicts (src/standard/session.h).
 *
 *   const judge = await openJudge(await fetch("/assets/zhaodan_standard.wasm").then((r) => r.arrayBuffer()));
 *   judge.call({ call: "field", standard: "check_action", field: "check_date", value: "2024/5/1", today: "2025-11-24" });
 */

/** What the module may ask of its host: nothing but to drop what the C library would print. */
const host = {
	fd_close: () => 8,
	fd_seek: () => 8,
	fd_write: () => 8,
};

/**
 * @param {BufferSource | WebAssembly.Module} source
 * @returns {Promise<{ call(request: object): any, text(request: string): string }>}
 */
export async function openJudge(source) {
	const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
	const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: host });
	const c = /** @type {any} */ (instance.exports);
	const encoder = new TextEncoder();
	const decoder = new TextDecoder("utf-8", { fatal: true });

	/** @param {number} n */
	const answer = (n) => decoder.decode(new Uint8Array(c.memory.buffer, c.zd_answer(), n));
	/** @param {string} request */
	const text = (request) => {
		const bytes = encoder.encode(request);
		const at = c.zd_request(bytes.length);
		if (!at) throw new Error("没有足够的内存");
		new Uint8Array(c.memory.buffer, at, bytes.length).set(bytes);
		return answer(c.zd_call());
	};

	c._initialize();
	if (c.zd_start() !== 0) throw new Error("数据标准未能装入");
	return { text, call: (request) => JSON.parse(text(JSON.stringify(request))) };
}
