// Chromium as the desk's readers use it, and the eyes of the test: axe-core, the console, the content security policy,
// the width of a phone.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const executable = [process.env.ZD_CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path));

/** Its own home and an environment of its own: what sanitizers and test runners set is not for Chromium. */
export const openBrowser = (home) =>
	chromium.launch({
		executablePath: executable,
		env: { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8" },
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--disable-dev-shm-usage",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
			"--lang=zh-CN",
		],
	});

export const wide = { width: 1440, height: 1000 };
export const narrow = { width: 390, height: 844 };

/** A reader: cookies of his own, Chinese, no animation. `options` as of newContext. */
export const newReader = (browser, options = {}) =>
	browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce", viewport: wide, ...options });

/** A page whose complaints (console, exceptions, policy) are kept in page.complaints. */
export async function newPage(reader) {
	const page = await reader.newPage();
	page.complaints = [];
	const complain = (what) => page.complaints.push(`${new URL(page.url()).pathname}: ${what}`);
	page.setDefaultTimeout(15000);
	page.on("console", (m) => ["error", "warning"].includes(m.type()) && complain(m.text()));
	page.on("pageerror", (e) => complain(String(e)));
	return page;
}

/** Throws what the page complained of since it was asked last. */
export function assertQuiet(page) {
	assert.deepEqual(page.complaints.splice(0), []);
}

/** GETs a page that must answer 200. */
export async function open(page, url) {
	const r = await page.goto(url, { waitUntil: "load" });
	assert.equal(r.status(), 200, `${url}: ${r.status()}`);
}

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/** What axe finds wrong, one line each. @param {string[]} [rules] only these */
async function violations(page, rules) {
	const found = await page.evaluate(
		([tags, rules]) =>
			axe.run(document, {
				runOnly: rules ? { type: "rule", values: rules } : { type: "tag", values: tags },
				resultTypes: ["violations"],
				elementRef: false,
			}),
		[tags, rules],
	);
	return found.violations.flatMap((v) =>
		v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.target.join(" ")} ${n.html.slice(0, 140)} (${n.any[0]?.message ?? v.help})`),
	);
}

/** Elements that reach beyond the window and that nothing lets scroll. */
const overflowing = (page) =>
	page.evaluate(() => {
		const width = document.documentElement.clientWidth;
		const wrong = [];
		if (document.documentElement.scrollWidth > width) wrong.push(`page: ${document.documentElement.scrollWidth} of ${width}`);
		for (const e of document.body.querySelectorAll("*")) {
			const box = e.getBoundingClientRect();
			if (!box.width || (box.right <= width + 1 && box.left >= -1)) continue;
			let up = e;
			while (up && up !== document.body && getComputedStyle(up).overflowX === "visible" && getComputedStyle(up).position !== "fixed")
				up = up.parentElement;
			if (up === document.body && wrong.length < 4) wrong.push(`overflow: ${e.tagName}.${e.className} to ${Math.round(box.right)}`);
		}
		return wrong;
	});

/** Rows that are cards on a phone, and yet must be scrolled sideways. */
const cutCards = (page) =>
	page.evaluate(() =>
		[...document.querySelectorAll("table.zd-cards")]
			.filter((table) => table.parentElement.scrollWidth > table.parentElement.clientWidth + 1)
			.map((table) => `cards: ${table.parentElement.scrollWidth} of ${table.parentElement.clientWidth}`),
	);

const setTheme = (page, theme) => page.evaluate((t) => document.documentElement.setAttribute("data-bs-theme", t), theme);

/**
 * Everything wrong with the page that is open, wide and narrow, light and dark. The dark page has the same structure, so
 * only what depends on colour is asked again. @param {(variant: string) => Promise<void>} [picture]
 */
export async function faultsOf(page, picture = async () => {}) {
	const faults = [];
	const colours = ["color-contrast", "link-in-text-block"];
	await page.evaluate(axe);
	// the rows of a table are alike
	await page.evaluate(() => document.querySelectorAll("tbody tr:nth-child(n+13)").forEach((row) => row.remove()));
	for (const [name, size] of [["1440", wide], ["390", narrow]]) {
		await page.setViewportSize(size);
		for (const theme of ["light", "dark"]) {
			await setTheme(page, theme);
			const variant = `${name}-${theme}`;
			faults.push(...(await violations(page, theme === "dark" ? colours : undefined)).map((f) => `${variant} ${f}`));
			await picture(variant);
		}
		if (size === narrow) faults.push(...(await overflowing(page)), ...(await cutCards(page)));
	}
	await page.setViewportSize(wide);
	return faults;
}
