// The desk in a real Chromium: what people do, and every page looked at by axe-core, wide and narrow, light and dark.
// Usage: ZHAODAN=build/zhaodan node test/browser/test_browser.mjs
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspection, learn, makeCity } from "../kit/city.mjs";
import { Cases, freePort, random, scratch, serve } from "../kit/kit.mjs";
import { passwordOf } from "../kit/person.mjs";
import { csv } from "../workbook/sheet.mjs";
import { assertQuiet, executable, faultsOf, narrow, newPage, newReader, open, openBrowser } from "./browser.mjs";
import { accounts, administrators, roleOf, signInAdministrator, signInAs } from "./people.mjs";
import { crawl, routes } from "./routes.mjs";

if (!executable) {
	console.log("1..0 # SKIP no Chromium\n0 passed, 0 failed, 1 skipped");
	process.exit(77);
}
const cases = new Cases();
const dir = scratch("browser");
const city = join(dir, "city");
const pictures = process.env.ZD_PICTURES; // a directory: every page looked at is kept there as PNG
if (pictures) mkdirSync(pictures, { recursive: true });

let known;
await cases.run("a demo city is made and served", async () => {
	await makeCity(city);
	known = await learn(city, dir);
});
const { url, child } = await serve(city, await freePort());
mkdirSync(join(dir, "home"));
const browser = await openBrowser(join(dir, "home"));

let number = 0;

const text = async (page, selector) => (await page.locator(selector).first().innerText()).trim();
const heading = (page) => text(page, "main h1");
const see = (page, words) => page.locator("main", { hasText: words }).waitFor();
const submit = (page, words) => page.locator("main button[type=submit]", { hasText: words }).first().click();

/** What is wrong with the page that is open; its picture is kept if that is wished. */
async function look(page, kind) {
	const name = String(number++).padStart(3, "0") + kind.replaceAll(/[^a-z_-]+/g, "-");
	const shoot = pictures && ((v) => page.screenshot({ path: join(pictures, `${name}.${v}.png`), fullPage: true }));
	const faults = [...(await faultsOf(page, shoot)), ...page.complaints.splice(0)];
	return faults.map((fault) => `${kind}: ${fault}`);
}

/* --- what people do --------------------------------------------------------------------------- */

await cases.run("sign-in with the keyboard alone; the skip link leads past the frame", async () => {
	const page = await newPage(await newReader(browser));
	await page.goto(`${url}/`); // leads to work, and work to the door
	await page.waitForURL(/\/signin/);
	assert.equal(await page.evaluate(() => document.activeElement.name), "account");
	await page.keyboard.type("scjg");
	await page.keyboard.press("Tab");
	await page.keyboard.type(passwordOf(city, "scjg"));
	await page.keyboard.press("Enter");
	await page.waitForURL(`${url}/desk`);
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.textContent), "跳到正文");
	assert.ok(await page.evaluate(() => document.activeElement.getBoundingClientRect().top >= 0), "the skip link is not seen");
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
	await page.keyboard.press("Tab");
	assert.ok(await page.evaluate(() => document.activeElement.closest("main")), "Tab after the skip link is not in the page");
	await page.keyboard.press("Control+k");
	assert.equal(await page.evaluate(() => document.activeElement.name), "q");
	assertQuiet(page);
	await page.locator(".zd-menu summary[aria-label$='的菜单']").click();
	await page.getByRole("button", { name: "退出登录" }).click();
	await page.waitForURL(/\/signin/);
	await page.goto(`${url}/desk`);
	assert.match(page.url(), /\/signin\?next=%2Fdesk/);
	await page.context().close();
});

const clerk = await cases.run("a wrong password is told beside the form, the right one opens the desk", async () => {
	const page = await newPage(await newReader(browser));
	await page.goto(`${url}/signin`);
	await page.fill("[name=account]", "scjg");
	await page.fill("[name=password]", "not-this-one-9");
	await submit(page, "登录");
	await page.locator(".zd-summary").waitFor();
	page.complaints.length = 0; // Chromium says that 403 came
	await page.fill("[name=password]", passwordOf(city, "scjg"));
	await submit(page, "登录");
	await page.waitForURL(`${url}/desk`);
	assertQuiet(page);
	return page;
});
if (!clerk) cases.end();

/** Twenty inspections, four of them wrong. */
function sheet() {
	const r = random(11);
	const rows = Array.from({ length: 20 }, (_, i) => inspection(known, r, i + 1, "LL"));
	for (const i of [3, 7]) rows[i].check_result = "77";
	rows[11].check_date = "去年三月";
	rows[15].administrative_cp = "";
	const file = join(dir, "检查行为.csv");
	writeFileSync(file, csv(rows));
	return { rows, file };
}

async function upload(page, file) {
	await open(page, `${url}/desk/ingest?standard=check_action`);
	assert.equal(await page.inputValue("[name=standard]"), "check_action");
	await page.setInputFiles("[name=file]", file);
	await submit(page, "上传");
	await page.waitForURL(/\/desk\/batches\/[0-9-]+$/);
	await see(page, "已完成");
}

const stat = async (page, label) =>
	Number((await page.locator(".zd-stat", { hasText: label }).first().locator(".zd-stat-number").innerText()).replaceAll(",", ""));

const batch = await cases.run("a clerk uploads a CSV with bad rows and sees what was taken and what came back", async () => {
	const { file } = sheet();
	await upload(clerk, file);
	assert.equal(await heading(clerk), "检查行为.csv");
	assert.deepEqual([await stat(clerk, "入库"), await stat(clerk, "退回")], [16, 4]);
	await open(clerk, `${url}/desk/outstanding`);
	await see(clerk, "4 行");
	await clerk.goBack();
	assertQuiet(clerk);
	return new URL(clerk.url()).pathname;
});

if (batch) {
	await cases.run("the returned workbook is downloaded", async () => {
		await open(clerk, url + batch);
		const [download] = await Promise.all([
			clerk.waitForEvent("download"),
			clerk.locator("main a[href$='/workbook']").first().click(),
		]);
		const bytes = readFileSync(await download.path());
		assert.match(download.suggestedFilename(), /检查行为/);
		assert.ok(bytes.length > 500, `${bytes.length} bytes`);
	});

	await cases.run("a row is repaired in the page, and one less is outstanding", async () => {
		await open(clerk, `${url}${batch}/rows?state=1`);
		assert.equal(await clerk.locator("[data-list] tbody tr").count(), 4);
		await clerk.locator("[data-list] [data-row]").first().click();
		await clerk.waitForURL(/\/rows\/\d+$/);
		assert.equal(await clerk.locator("[name=check_result][aria-invalid=true]").count(), 1, "the field that is wrong is not marked");
		await submit(clerk, "核对并入库"); // not repaired: comes back with the reason
		await clerk.locator(".zd-field-error").first().waitFor();
		clerk.complaints.length = 0; // Chromium says that 422 came
		await clerk.selectOption("[name=check_result]", "01");
		await submit(clerk, "核对并入库");
		await see(clerk, "还有 3 行待修正");
		await open(clerk, `${url}/desk/outstanding`);
		await see(clerk, "3 行");
		assertQuiet(clerk);
	});
}

let check;
await cases.run("a file may be judged first and imported after", async () => {
	const r = random(12);
	const file = join(dir, "先核对.csv");
	writeFileSync(file, csv(Array.from({ length: 5 }, (_, i) => inspection(known, r, i + 1, "HD"))));
	await open(clerk, `${url}/desk/ingest?standard=check_action`);
	await clerk.setInputFiles("[name=file]", file);
	await clerk.check("[name=check]");
	await submit(clerk, "上传");
	await clerk.waitForURL(/\/desk\/ingest\/checks\/\d+$/);
	await clerk.getByText("正式导入").first().waitFor();
	check = new URL(clerk.url()).pathname;
	assertQuiet(clerk);
});

await cases.run("a subject is found by the search, opened, edited; its history says so", async () => {
	const { administrative_cp: name } = known.actions.find((a) => a.administrative_cp.length > 6);
	await open(clerk, `${url}/desk`);
	await clerk.fill("[data-search]", name);
	await clerk.keyboard.press("Enter");
	await clerk.waitForURL(/\/desk\/search/);
	await clerk.locator("main a[href^='/desk/subjects/']").first().click();
	await clerk.waitForURL(/\/desk\/subjects\/\d+/);
	assert.match(await heading(clerk), new RegExp(name.slice(0, 4)));
	// a product that this department registered itself
	await open(clerk, `${url}/desk/subjects?kind=product_food`);
	await clerk.locator("[data-list] [data-row]").first().click();
	await clerk.locator(".zd-actions a", { hasText: "修改" }).click();
	await clerk.waitForURL(/\/edit$/);
	const field = clerk.locator("main form .zd-field input[type=text]:not([readonly])").first();
	await field.fill(`${(await field.inputValue()).slice(0, 12)}改`);
	const why = clerk.locator("[name=reason]");
	if (await why.count()) await why.fill("登记信息变更");
	await submit(clerk, "保存修改");
	await clerk.waitForURL((to) => !to.pathname.endsWith("/edit"));
	await see(clerk, "第 2 版");
	assertQuiet(clerk);
});

await cases.run("a list filters, sorts, turns its pages and exports what it shows", async () => {
	await open(clerk, `${url}/desk/subjects?limit=20`);
	const names = () => clerk.locator("[data-list] [data-row]").allInnerTexts();
	const first = await names();
	await clerk.locator("a[rel=next]").click();
	await clerk.waitForURL(/after=/);
	assert.ok((await names()).every((name) => !first.includes(name)), "the next page repeats the first");
	await clerk.locator("a[rel=first]").click();
	await clerk.fill("[name=area], #f-area", "420202");
	await clerk.locator(".zd-filters button[type=submit]").click();
	await clerk.waitForURL(/area=420202/);
	const chosen = await names();
	assert.ok(chosen.length > 0 && chosen.length <= 20);
	await clerk.locator(".zd-toolbar summary", { hasText: "导出" }).click();
	const [download] = await Promise.all([clerk.waitForEvent("download"), clerk.getByRole("link", { name: "CSV 文件" }).click()]);
	const lines = readFileSync(await download.path(), "utf8").trimEnd().split(/\r?\n/);
	assert.ok(lines.length > chosen.length, "the export is shorter than the page");
	assert.ok(lines.slice(1).every((line) => line.includes("420202")), "the export ignores the filter");
	await open(clerk, `${url}/desk/officers?limit=20`);
	const before = await names();
	await clerk.locator("[data-list] th a").first().click();
	await clerk.waitForURL(/sort=/);
	assert.notDeepEqual(await names(), before);
	assert.equal(await clerk.locator("th[aria-sort]").count(), 1);
	await clerk.locator("body").press("ArrowDown");
	assert.ok(await clerk.evaluate(() => document.activeElement.matches("[data-row]")));
	assertQuiet(clerk);
});

await cases.run("the catalogue is searched, an item claimed, and its state changed and restored by the platform", async () => {
	await open(clerk, `${url}/desk/catalog/claims?claim=0&state=1`);
	const before = await clerk.locator("[data-pick]").count();
	await clerk.locator("[data-pick]").first().check();
	await clerk.locator("[data-bulk] button", { hasText: "认领" }).click();
	const sure = clerk.locator("dialog .btn-accent");
	await Promise.race([sure.waitFor().catch(() => {}), clerk.waitForURL(/change\/claim/)]);
	if (await sure.count()) await sure.click();
	await clerk.waitForURL(/change\/claim/);
	await submit(clerk, "确认认领");
	await clerk.waitForURL((to) => !to.pathname.includes("/change/"));
	await open(clerk, `${url}/desk/catalog/claims?claim=0&state=1`);
	assert.equal(await clerk.locator("[data-pick]").count(), before - 1);
	assertQuiet(clerk);

	const page = await signInAs(browser, city, url, "platform");
	await open(page, `${url}/desk/catalog/items`);
	await page.fill("#f-name", "检查");
	await page.locator(".zd-filters button[type=submit]").click();
	await page.waitForURL(/name=/);
	await page.locator("[data-list] [data-row]").first().click();
	await page.waitForURL(/\/desk\/catalog\/items\//);
	const item = page.url();
	for (const [button, reason] of [["暂停", "上级文件调整"], ["恢复在用", "上级文件恢复"]]) {
		await page.locator(".zd-actions a", { hasText: button }).click();
		await page.waitForURL(/\/change\//);
		await see(page, "将要发生的事");
		await page.fill("[name=reason]", reason);
		await submit(page, "确认");
		await page.waitForURL((to) => !to.pathname.includes("/change/"));
		await open(page, item);
		await see(page, reason);
	}
	assertQuiet(page);
	await page.context().close();
});

await cases.run("without scripts: sign-in, a list's menus and filters, an upload", async () => {
	const page = await signInAs(browser, city, url, "scjg", { javaScriptEnabled: false });
	await page.goto(`${url}/desk/officers`);
	await page.locator(".zd-toolbar summary", { hasText: "导出" }).click();
	assert.ok(await page.getByRole("link", { name: "CSV 文件" }).isVisible());
	await page.fill("#f-certificate", "4202");
	await page.locator(".zd-filters button[type=submit]").click();
	await page.waitForURL(/certificate=4202/);
	const r = random(13);
	const file = join(dir, "无脚本.csv");
	writeFileSync(file, csv(Array.from({ length: 3 }, (_, i) => inspection(known, r, i + 1, "WJ"))));
	await page.goto(`${url}/desk/ingest?standard=check_action`);
	await page.setInputFiles("[name=file]", file);
	await page.locator("main button[type=submit]", { hasText: "上传" }).click();
	await page.waitForURL(/\/desk\/batches\/[0-9-]+$/);
	for (let i = 0; i < 20 && !/已完成/.test(await page.locator("main").innerText()); i++) await page.reload();
	assert.match(await page.locator("main").innerText(), /已完成/);
	await page.context().close();
});

await cases.run("on a phone the menu opens, and the system's dark theme is worn", async () => {
	const page = await signInAs(browser, city, url, "leader", { viewport: narrow, colorScheme: "dark" });
	assert.equal(await page.evaluate(() => document.documentElement.dataset.bsTheme), "dark");
	assert.equal(await page.locator(".zd-rail").isVisible(), false);
	await page.locator(".zd-nav-label").click();
	await page.locator(".zd-rail a", { hasText: "监管对象" }).click();
	await page.waitForURL(/\/desk\/subjects/);
	assertQuiet(page);
	await page.context().close();
});

/* --- what a city sees in its first days ------------------------------------------------------- */

const yesterday = () => new Date(Date.now() - 16 * 3600 * 1000).toISOString().slice(0, 10); // of Asia/Shanghai

let release;
await cases.run("history from before the first day waits, says why, and a release tells what stayed", async () => {
	const page = await signInAs(browser, city, url, "platform");
	await open(page, `${url}/desk/quarantine/city`);
	await page.fill("[name=first_day]", "2999-01-01");
	await submit(page, "保存");
	await page.locator(".zd-field-error").waitFor();
	page.complaints.length = 0; // Chromium says that 422 came
	await page.fill("[name=first_day]", yesterday());
	await page.check("[name=open]");
	await submit(page, "保存");
	await see(page, "首日已保存");
	assertQuiet(page);
	await page.context().close();

	const r = random(14);
	const foreign = known.foreign.filter((i) => i.administrative_type === "0");
	const file = join(dir, "首日前.csv");
	const rows = Array.from({ length: 6 }, (_, i) => ({
		...inspection(known, r, i + 1, "SR"),
		supervise_item_implement_code: foreign[i % 2].subitem_code,
	}));
	writeFileSync(file, csv(rows));
	await upload(clerk, file);
	assert.equal(await stat(clerk, "待放行"), 6);
	await open(clerk, `${url}/desk/quarantine`);
	await see(clerk, "暂不能放行");
	await see(clerk, foreign[0].subitem_name);
	await clerk.locator("[data-list] [data-row]").first().click();
	await clerk.waitForURL(/\/desk\/quarantine\/check_action\?/);
	assert.match(await text(clerk, "[data-list] td[data-label=监管事项]"), /[\u4e00-\u9fff]/, "an item without its name");
	await clerk.locator("[data-list] [data-row]").first().click();
	await see(clerk, "还不能放行");
	// the button is off while nothing can go; who sends the form all the same is told what stayed
	await clerk.evaluate(() => {
		const form = document.createElement("form");
		form.method = "post";
		form.action = "/desk/quarantine/check_action/release";
		form.append(document.querySelector("[name=csrf]").cloneNode());
		document.body.append(form);
		form.submit();
	});
	await clerk.waitForURL(/\/releases\/\d+$/);
	await see(clerk, "继续等待");
	assert.equal(await stat(clerk, "继续等待"), 6);
	release = new URL(clerk.url()).pathname;
	assertQuiet(clerk);
});

let failed;
await cases.run("a file without its columns comes back whole and leads to the upload again", async () => {
	const file = join(dir, "缺列.csv");
	writeFileSync(file, "行为编号,名称\nQL1,检查\n");
	await open(clerk, `${url}/desk/ingest?standard=check_action`);
	await clerk.setInputFiles("[name=file]", file);
	await submit(clerk, "上传");
	await see(clerk, "整份退回");
	failed = new URL(clerk.url()).pathname;
	await clerk.locator(".zd-actions a", { hasText: "重新上传" }).click();
	await clerk.waitForURL(/\/desk\/ingest\?standard=check_action$/);
	assertQuiet(clerk);
});

await cases.run("a file that repairs names its batch; how much is sent is shown while it is", async () => {
	if (!batch) return;
	await open(clerk, url + batch);
	await clerk.locator(".zd-actions a", { hasText: "上传改好的文件" }).click();
	await clerk.waitForURL(/repairs=/);
	await see(clerk, "修正「检查行为.csv」");
	let go;
	const held = new Promise((resolve) => (go = resolve));
	await clerk.route("**/desk/ingest", async (route) => {
		await held;
		await route.abort();
	});
	await clerk.setInputFiles("[name=file]", join(dir, "检查行为.csv"));
	await submit(clerk, "上传");
	await clerk.locator("[data-upload-progress]").waitFor();
	const faults = await look(clerk, "upload under way");
	go();
	await see(clerk, "上传中断");
	await clerk.unroute("**/desk/ingest");
	clerk.complaints.length = 0; // Chromium says that the request failed
	assert.deepEqual(faults, []);
});

await cases.run("what to check is imported by the platform, for its page", async () => {
	const page = await signInAs(browser, city, url, "platform");
	const item = known.lists[0].detail_code;
	const file = join(dir, "检查内容.csv");
	writeFileSync(
		file,
		"检查内容编码,子项编码,检查项,检查内容,检查类型\n" +
			[1, 2, 3].map((i) => `${item}0100${i},${item},经营许可,是否取得许可证并在有效期内,日常检查\n`).join(""),
	);
	await open(page, `${url}/desk/ingest?standard=check_content`);
	await page.setInputFiles("[name=file]", file);
	await submit(page, "上传");
	await see(page, "已完成");
	assert.equal(await stat(page, "入库"), 3);
	assertQuiet(page);
	await page.context().close();
});

await cases.run("on paper: no frame, light whatever the screen wears, no table cut", async () => {
	const page = await signInAs(browser, city, url, "scjg", { colorScheme: "dark" });
	await page.emulateMedia({ media: "print", colorScheme: "dark" });
	await page.setViewportSize({ width: 718, height: 1000 }); // A4 less its margins
	for (const path of ["/desk/subjects", "/desk/actions/check", `${batch ?? "/desk/batches"}`]) {
		await open(page, url + path);
		assert.equal(await page.locator(".zd-rail, .zd-bar").evaluateAll((all) => all.filter((e) => e.checkVisibility()).length), 0);
		assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
		assert.deepEqual(
			await page.evaluate(() =>
				[...document.querySelectorAll("table, h1")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.className),
			),
			[],
			path,
		);
	}
	await page.context().close();
});

/* --- every page looked at --------------------------------------------------------------------- */

/** Pages that nobody is led to by a link, and why. */
const apart = new Map([
	["/desk/actions", "leads on to the first kind"],
	["/", "leads on to work"],
]);
const seen = new Set(apart.keys());
/** Two pages at a time; a form or a removal looks alike for every standard. */
async function lookAtAll(reader, pages) {
	const alike = (kind) => kind.replace(/^(\/desk\/records\/\S+\/(?:new|remove|edit)) .*/, "$1");
	const waiting = [...pages].filter(([kind]) => !seen.has(alike(kind)) && seen.add(alike(kind)));
	const faults = [];
	const work = async () => {
		const page = await newPage(reader);
		for (let next; (next = waiting.shift()); ) {
			await open(page, url + next[1]);
			faults.push(...(await look(page, next[0])));
		}
		await page.close();
	};
	await Promise.all([work(), work()]);
	return faults;
}

const starts = (account) =>
	account === "scjg" ? ["/desk", "/standards", "/activate", "/desk/search?q=4202", batch, `${batch}/rows`, check, failed, release].filter(Boolean) : ["/desk"];

async function inspect(page, account) {
	const reader = page.context();
	const { pages, broken } = await crawl(reader, url, starts(account), roleOf[account]);
	assert.ok(pages.size > 5, `${account} came to ${pages.size} pages`); // a session that ended leads to the door only
	await page.close();
	assert.deepEqual([...broken, ...(await lookAtAll(reader, pages))], []);
	await reader.close();
}

await cases.run("the doors are right to look at before anyone is in", async () => {
	const page = await newPage(await newReader(browser));
	await open(page, `${url}/signin`);
	assert.deepEqual(await look(page, "/signin"), []);
	await page.goto(`${url}/desk/nothing`);
	page.complaints.length = 0; // 404
	assert.deepEqual(await look(page, "404"), []);
	seen.add("/signin");
	await page.context().close();
});

await cases.run("refusals are right to look at: another's page, what is not there, what is too large", async () => {
	const page = await signInAs(browser, city, url, "scjg");
	const refused = async (path, status) => {
		const r = await page.goto(url + path);
		assert.equal(r.status(), status);
		page.complaints.length = 0; // Chromium says so too
		assert.deepEqual(await look(page, `${status} ${path}`), []);
	};
	await refused("/desk/people", 403);
	await refused("/desk/batches/123", 404);
	await refused("/desk/actions/nothing", 404);
	await open(page, `${url}/desk/me`);
	await page.evaluate(() => {
		const form = document.createElement("form");
		const field = document.createElement("textarea");
		form.method = "post";
		form.action = "/desk/quarantine/check_action/release";
		field.name = "x";
		field.value = "a".repeat(3000000);
		form.append(field);
		document.body.append(form);
		form.submit();
	});
	await see(page, "413");
	page.complaints.length = 0;
	assert.deepEqual(await look(page, "413"), []);
	await page.context().close();
});

for (const account of accounts)
	await cases.run(`${account}: no broken link, and every page is right wide, narrow, light and dark`, async () => {
		await inspect(await signInAs(browser, city, url, account), account);
	});
for (const account of administrators)
	await cases.run(`${account}: activation, authenticator, recovery codes; every page is right`, async () => {
		const faults = [];
		const page = await signInAdministrator(browser, city, url, account, async (p, name) => {
			if (account === "secadmin") faults.push(...(await look(p, name)));
			seen.add(name);
		});
		if (account === "audadmin") {
			await open(page, `${url}/desk/log?limit=200`);
			const told = await page.locator("[data-list] td[data-label=事项]").allInnerTexts();
			assert.deepEqual(told.filter((act) => !/[\u4e00-\u9fff]/.test(act)), [], "acts without a name");
			assert.ok(told.length > 20);
		}
		assert.deepEqual(faults, []);
		await inspect(page, account);
	});

await cases.run("every page of the route table was looked at", () => {
	const paths = new Set([...seen].map((kind) => kind.split(" ")[0]));
	assert.deepEqual(routes.filter((r) => r.page && !paths.has(r.path)).map((r) => r.path), []);
});

await browser.close();
child.kill("SIGTERM");
cases.end();
