// Signing in as the people of the demo city: its accounts, and the three administrators with their one-time codes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { totp } from "../kit/admin.mjs";
import { passwordOf } from "../kit/person.mjs";
import { newPage, newReader } from "./browser.mjs";

export const accounts = ["scjg", "platform", "scjg_head", "leader", "scjg_zf"];
export const administrators = ["secadmin", "sysadmin", "audadmin"];
/** As the matrix calls what they are. */
export const roleOf = {
	scjg: "data",
	platform: "platform",
	scjg_head: "head",
	leader: "leader",
	scjg_zf: "inspect",
	secadmin: "security",
	sysadmin: "system",
	audadmin: "audit",
};
const password = "Kx7#mQ2vLp9t-Tz"; // of the test's administrators

const submit = (page) => page.locator("main form.zd-form button[type=submit]").click();

async function fillSignIn(page, url, account, word) {
	await page.goto(`${url}/signin`);
	await page.fill("[name=account]", account);
	await page.fill("[name=password]", word);
	await submit(page);
}

/** @returns {Promise<import("playwright-core").Page>} a page of the desk, signed in */
export async function signInAs(browser, city, url, account, options) {
	const page = await newPage(await newReader(browser, options));
	await fillSignIn(page, url, account, passwordOf(city, account));
	await page.waitForURL(`${url}/desk`);
	return page;
}

/** First sign-in of an administrator: activation, password, authenticator, recovery codes. `look` sees each page. */
export async function signInAdministrator(browser, city, url, account, look = async () => {}) {
	const page = await newPage(await newReader(browser));
	const line = readFileSync(join(city, "activation.txt"), "utf8").split("\n").find((l) => l.split("\t")[1] === account);
	await page.goto(`${url}/activate`);
	await page.fill("[name=account]", account);
	await page.fill("[name=code]", line.split("\t")[2]);
	await page.fill("[name=password]", password);
	await page.fill("[name=again]", password);
	await submit(page);
	await page.locator("main a[href^='/signin']").first().waitFor();
	await fillSignIn(page, url, account, password);
	await page.waitForURL(/\/signin\/factor/);
	await submit(page);
	const uri = await page.locator(".zd-how + details code, details .zd-secret code").textContent();
	const secret = new URL(uri.trim()).searchParams.get("secret");
	await look(page, "/signin/factor");
	await page.fill("[name=code]", totp(secret));
	await submit(page);
	await page.locator(".zd-codes").waitFor();
	await look(page, "recovery codes");
	await page.locator("main .btn-accent").click();
	await page.waitForURL(`${url}/desk`);
	assert.match(await page.locator(".zd-bar").innerText(), /./);
	const again = await newPage(await newReader(browser));
	await fillSignIn(again, url, account, password);
	await again.waitForURL(/\/signin\/code/);
	await look(again, "/signin/code");
	await again.context().close();
	return page;
}
