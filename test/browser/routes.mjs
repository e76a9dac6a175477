// The pages there are: the route table as the reviewed matrix has it, and every link that a person meets.
import { readFileSync } from "node:fs";

const matrix = readFileSync(new URL("../matrix/expected.txt", import.meta.url), "utf8").split("\n");

/** Routes for programs, and parts of pages. */
const notPages = /^\/(api\/|assets\/|health|metrics)|\/(progress|workbook)$/;

const roles = ["nobody", "inspect", "data", "head", "platform", "leader", "system", "security", "audit", "key"];

const pattern = (path) => new RegExp(`^${path.replaceAll(/\{[a-z_]+\}/g, "([^/]+)")}$`);

/** Every GET route: path as declared, what it matches; `page`: HTML for people. The more literal ones come first. */
export const routes = matrix
	.filter((line) => line.startsWith("GET "))
	.map((line) => line.split(/\s+/)[1])
	.map((path) => ({ path, match: pattern(path), page: !notPages.test(path) }))
	.sort((a, b) => a.path.split("{").length - b.path.split("{").length || b.path.length - a.path.length);

const policies = matrix
	.filter((line) => /^(GET|POST) /.test(line))
	.map((line) => line.split(/\s+/))
	.map(([method, path, ...may]) => ({ method, match: pattern(path), literal: !path.includes("{"), may }))
	.sort((a, b) => b.literal - a.literal);

/** May someone of the role do it, as the reviewed matrix has it? What is no route of ours he may not. */
export function may(role, method, pathname) {
	const policy = policies.find((p) => p.method === method && p.match.test(pathname));
	return /^(yes|fresh)$/.test(policy?.may[roles.indexOf(role)] ?? "");
}

export const routeOf = (pathname) => routes.find((r) => r.match.test(pathname));

/** A page is of a kind with another if only ids and values differ: kinds, standards and forms are told apart. */
export function kindOf(url) {
	const route = routeOf(url.pathname);
	const named = [...(route?.path.matchAll(/\{([a-z_]+)\}/g) ?? [])].map((m, i) =>
		["kind", "standard", "what"].includes(m[1]) ? route.match.exec(url.pathname)[i + 1] : "",
	);
	const query = [...url.searchParams.keys()].filter((k) => url.searchParams.get(k)).sort();
	return { route, kind: [route?.path, ...named].join(" ").trim(), link: [route?.path, ...named, ...query].join(" ") };
}

const links = (html) =>
	[...html.matchAll(/<a\b[^>]*?\bhref="([^"]+)"/g)].map((m) => m[1].replaceAll("&amp;", "&").replaceAll("&#39;", "'"));

/** What the forms of a page would send, and where: [method, path]. */
const forms = (html, at) =>
	[...html.matchAll(/<form\b([^>]*)>/g)].map(([, attributes]) => [
		/\bmethod="post"/.test(attributes) ? "POST" : "GET",
		new URL(/\baction="([^"]*)"/.exec(attributes)?.[1].replaceAll("&amp;", "&") ?? "", at).pathname,
	]);

/**
 * Follows every link from `starts` as the person of `reader`, once where links differ only in values.
 * A form that the role may not send is broken, as a link is that it may not follow.
 * @returns {Promise<{pages: Map<string, string>, broken: string[]}>} kind → an address of it
 */
export async function crawl(reader, url, starts, role) {
	const pages = new Map();
	const broken = [];
	const seen = new Set();
	const waiting = starts.map((path) => [path, "start"]);
	const met = new Set(starts);
	const next = async ([path, from]) => {
		const at = new URL(path, url);
		const { route, kind, link } = kindOf(at);
		if (seen.has(link)) return;
		seen.add(link);
		const r = await reader.request.get(at.href, { maxRedirects: 0 });
		if (r.status() >= 400 || !route) broken.push(`${r.status()} ${path} (on ${from})`);
		if (r.status() !== 200 || !/text\/html/.test(r.headers()["content-type"])) return;
		if (!pages.has(kind)) pages.set(kind, path);
		const html = await r.text();
		for (const [method, action] of forms(html, at))
			if (!may(role, method, action)) broken.push(`${role} may not ${method} ${action} (form on ${path})`);
		for (const href of links(html)) {
			const to = new URL(href, at);
			const address = to.pathname + to.search;
			if (to.origin !== new URL(url).origin || met.has(address)) continue;
			met.add(address);
			waiting.push([address, path]);
		}
	};
	while (waiting.length) await Promise.all(waiting.splice(0, 3).map(next));
	return { pages, broken };
}
