// Workbooks: made by LibreOffice from CSV, read back as LibreOffice sees them, cells and comments read and replaced.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "../kit/kit.mjs";
import { content, pack, unzip, zip } from "../kit/zip.mjs";

async function convert(scratch, file, args) {
	// a profile of its own: another LibreOffice of this user may be running
	const profile = `-env:UserInstallation=file://${join(scratch, "profile")}`;
	const r = await run("soffice", [profile, "--headless", "--norestore", ...args, "--outdir", join(scratch, "out"), file]);
	if (r.code || !/->/.test(r.out)) throw new Error(`soffice: ${r.out}${r.err}`);
	return join(scratch, "out", basename(file).replace(/\.[a-z]+$/, ""));
}

/** CSV to LibreOffice's own xlsx: text columns stay text, the columns in `dates` become dates. */
export async function toWorkbook(scratch, file, columns, dates) {
	const formats = columns.map((c, i) => `${i + 1}/${dates.includes(c) ? 5 : 2}`).join("/");
	const filter = `--infilter=Text - txt - csv (StarCalc):44,34,76,1,${formats}`;
	const made = `${await convert(scratch, file, [filter, "--convert-to", "xlsx"])}.xlsx`;
	const wanted = file.replace(/\.csv$/, ".xlsx");
	renameSync(made, wanted);
	return wanted;
}

/** What LibreOffice reads in a workbook, as CSV text. */
export async function toText(scratch, file) {
	const made = await convert(scratch, file, ["--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1"]);
	return readFileSync(`${made}.csv`, "utf8");
}

const sheet = "xl/worksheets/sheet1.xml";
const unescape = (s) =>
	s.replace(/&(lt|gt|quot|apos|amp|#10|#xA);/g, (_, e) => ({ lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" })[e] ?? "\n");
const escape = (s) => s.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

export const letters = (n) => (n < 26 ? "" : letters(Math.floor(n / 26) - 1)) + String.fromCharCode(65 + (n % 26));

/** Cell → text of its comment. */
export function comments(file) {
	const found = new Map();
	for (const [name, member] of unzip(readFileSync(file))) {
		if (!/comments[^/]*\.xml$/.test(name)) continue;
		const xml = content(member).toString("utf8");
		for (const m of xml.matchAll(/<comment [^>]*?ref="([A-Z]+[0-9]+)"[^>]*>(.*?)<\/comment>/gs))
			found.set(m[1], unescape([...m[2].matchAll(/<t[^>]*>([^<]*)<\/t>/g)].map((t) => t[1]).join("")));
	}
	return found;
}

/** Cell → index of its style. */
export function styles(file) {
	const xml = content(unzip(readFileSync(file)).get(sheet)).toString("utf8");
	return new Map([...xml.matchAll(/<c r="([A-Z]+[0-9]+)"([^>]*)>/g)].map((m) => [m[1], /\bs="(\d+)"/.exec(m[2])?.[1]]));
}

/** Types text over cells, as a person would in the returned workbook; all else stays as it is. */
export function retype(file, out, cells) {
	const members = unzip(readFileSync(file));
	let left = cells.size;
	const xml = content(members.get(sheet))
		.toString("utf8")
		.replace(/<c r="([A-Z]+[0-9]+)"([^>]*?)(\/>|>.*?<\/c>)/gs, (whole, ref, attributes) => {
			if (!cells.has(ref)) return whole;
			left--;
			const kept = attributes.replace(/\s+t="[^"]*"/, "");
			return `<c r="${ref}"${kept} t="inlineStr"><is><t>${escape(cells.get(ref))}</t></is></c>`;
		});
	if (left) throw new Error(`${left} cells to repair are not in the sheet`);
	members.set(sheet, pack(xml));
	writeFileSync(out, zip(members));
}
