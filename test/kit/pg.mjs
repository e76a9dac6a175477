// A PostgreSQL database of the test's own: in the cluster that ZD_TEST_PG names, else in one that pg.sh starts.
import assert from "node:assert/strict";
import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { run } from "./kit.mjs";

const script = new URL("../pg.sh", import.meta.url).pathname;

async function psql(url, sql) {
	const r = await run("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", url, "-c", sql]);
	assert.equal(r.code, 0, r.err);
	return r.out.trim();
}

/** @returns {Promise<{url: string, query: (sql: string) => Promise<string>, copy: (label: string) => Promise<object>, drop: () => Promise<void>}>} */
async function create(cluster, name, how) {
	const url = cluster.replace("/postgres?", `/${name}?`);
	await psql(cluster, `create database ${name} template ${how}`);
	return {
		url,
		query: (sql) => psql(url, sql),
		/** the same once more; nobody may be connected */
		copy: (label) => create(cluster, `${name}_${label}`, name),
		drop: async () => void (await psql(cluster, `drop database if exists ${name} with (force)`)),
	};
}

/** A cluster of pg.sh ends itself when nobody has touched this file for ten minutes. */
function keepAwake(cluster) {
	const used = join(new URLSearchParams(cluster.split("?")[1]).get("host") ?? "/nowhere", "used");
	const touch = () => existsSync(used) && utimesSync(used, new Date(), new Date());
	touch();
	setInterval(touch, 60_000).unref();
}

export async function makeDatabase(label) {
	const cluster = process.env.ZD_TEST_PG ?? (await run("sh", [script, "start"])).out.trim();
	keepAwake(cluster);
	return create(cluster, `zd_${label}_${process.pid}`, "template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'");
}
