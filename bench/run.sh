#!/bin/bash
# The figures of the README, as ratios in one run: judging and importing by zhaodan, on both databases, against what
# sqlite3 and PostgreSQL need to load the same rows, already judged, into the same table with the same indexes.
#
#   bench/run.sh [ROWS] [ROUNDS]     default 200000 rows, 3 rounds; prints a Markdown table of medians
#
# The peers have the easier task: one transaction, no check constraint, no receipt, subject, counter or audit leaf.
# Both databases sync what they commit. ZD_BUILD names another build directory (for the test of this script).
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${1:-200000}
rounds=${2:-3}
build=${ZD_BUILD:-build}
z=$build/zhaodan
seed=20230301
dept=420200-31-01
work=$(mktemp -d)
pg=$(mktemp -d)
trap 'test/pg.sh stop "$pg" >/dev/null 2>&1 || true; rm -rf "$work" "$pg"' EXIT

die() {
	echo "bench: $*" >&2
	[ ! -s "$work/err" ] || tail -n 5 "$work/err" >&2
	exit 1
}

# --- the rows, and an empty city on each database ------------------------------------------------

[ -n "${ZD_BUILD-}" ] || ninja -C build bench/bench_rows >/dev/null
# a twelfth of a city's actions are this department's inspections
"$build/bench/bench_rows" $seed $((rows * 12)) >"$work/all.ndjson"
head -n "$rows" "$work/all.ndjson" >"$work/rows.ndjson"
rm "$work/all.ndjson"
rows=$(wc -l <"$work/rows.ndjson")

server=$(test/pg.sh start "$pg")
url_of() { printf '%s' "${server/\/postgres\?/\/$1?}"; }
on_server() { PGOPTIONS='-c client_min_messages=warning' psql -qtAX -v ON_ERROR_STOP=1 "$(url_of "$1")" -c "$2"; }
# the test cluster does not sync: here it must
for setting in fsync synchronous_commit full_page_writes; do on_server postgres "alter system set $setting = on"; done
on_server postgres 'select pg_reload_conf()' >/dev/null

init() { "$z" init --demo --seed $seed --actions 0 --subjects 2000 "$@" >/dev/null 2>"$work/err" || die "init failed"; }
init --data "$work/city"
on_server postgres "create database city template template0 encoding 'UTF8' locale 'C.UTF-8'"
init --data "$work/pgcity" --db "$(url_of city)"
on_server postgres 'alter database city rename to empty'

# --- one round's steps: prepare_X is not timed, X is, count_X says how many rows it stored --------

import_into() { "$z" import "$work/rows.ndjson" --standard check_action --department $dept --data "$1"; }

# of the newest batch, for the city has a few inspections of its own
of_batch='where batch_id = (select max(batch_id) from action_check)'

prepare_validate() { :; }
validate() { "$z" validate "$work/rows.ndjson" --standard check_action; }

prepare_sqlite_import() { rm -rf "$work/run" && cp -r "$work/city" "$work/run"; }
sqlite_import() { import_into "$work/run"; }
count_sqlite_import() { sqlite3 "$work/run/zhaodan.db" "select count(*) from action_check $of_batch"; }

prepare_pg_import() {
	on_server postgres 'drop database if exists city'
	on_server postgres 'create database city template empty'
	on_server postgres checkpoint
}
pg_import() { import_into "$work/pgcity"; }
count_pg_import() { on_server city "select count(*) from action_check $of_batch"; }

prepare_sqlite_peer() {
	rm -f "$work"/peer.db*
	sqlite3 "$work/peer.db" 'pragma journal_mode = wal' ".read $work/peer.sql" >/dev/null
}
sqlite_peer() {
	sqlite3 "$work/peer.db" 'pragma synchronous = full' '.mode csv' ".import $work/rows.csv action_check"
}
count_sqlite_peer() { sqlite3 "$work/peer.db" 'select count(*) from action_check'; }

# in the same database, a schema aside: the columns, not null, keys and indexes, but no check constraint
prepare_pg_peer() {
	prepare_pg_import
	on_server city 'create schema peer; create table peer.action_check (like public.action_check including indexes)'
}
pg_peer() { on_server city "\\copy peer.action_check from '$work/rows.csv' with (format csv)"; }
count_pg_peer() { on_server city 'select count(*) from peer.action_check'; }

# --- the judged rows, and the table of the peer ---------------------------------------------------

prepare_sqlite_import
sqlite_import >"$work/receipt" 2>"$work/err" || [ $? = 3 ] || die 'import failed'
stored=$(count_sqlite_import)
sqlite3 "$work/run/zhaodan.db" "
	select 'select ' || group_concat(case type when 'BLOB' then '''\\x'' || hex(' || name || ')' else name end)
	       || ' from action_check $of_batch'
	  from pragma_table_info('action_check')" >"$work/export.sql"
sqlite3 -csv "$work/run/zhaodan.db" ".read $work/export.sql" >"$work/rows.csv"
# CSV knows neither NULL nor blobs: the columns without STRICT and checks, the keys and indexes as they are
sqlite3 "$work/run/zhaodan.db" "
	select 'create table action_check (' ||
	       (select group_concat(name || ' ' || case type when 'BLOB' then 'TEXT' else type end || iif(\"notnull\", ' not null', ''))
	          from pragma_table_info('action_check')) ||
	       (select group_concat(keys, '') from (
	        select ', ' || iif(l.origin = 'pk', 'primary key', 'unique') || ' (' || group_concat(i.name) || ')' as keys
	          from pragma_index_list('action_check') l, pragma_index_info(l.name) i
	         where l.origin <> 'c' group by l.name)) || ');';
	select sql || ';' from sqlite_schema where type = 'index' and tbl_name = 'action_check' and sql is not null" >"$work/peer.sql"

# --- taking the time ------------------------------------------------------------------------------

# CPU seconds of the server's connections that have ended
server_cpu() {
	[ "$1" = pg_import ] || [ "$1" = pg_peer ] || { echo 0; return; }
	sleep 0.3
	awk -v hz="$(getconf CLK_TCK)" '{ print ($16 + $17) / hz }' "/proc/$(head -n 1 "$pg/data/postmaster.pid")/stat"
}

# take STEP: appends its wall seconds and its CPU seconds (with those of the server) to a file of its name
take() {
	"prepare_$1"
	before=$(server_cpu "$1")
	TIMEFORMAT='%R %U %S'
	{ time "$1" >/dev/null 2>"$work/err"; } 2>"$work/time" || [ $? = 3 ] || die "$1 failed"
	after=$(server_cpu "$1")
	awk -v before="$before" -v after="$after" '{ print $1, $2 + $3 + after - before }' "$work/time" >>"$work/$1"
	[ "$1" = validate ] || [ "$("count_$1")" = "$stored" ] || die "$1 stored $("count_$1") rows, not $stored"
}

for _ in $(seq "$rounds"); do
	for step in validate sqlite_peer sqlite_import pg_peer pg_import; do
		take $step
	done
done

median() { awk -v at="$2" '{ print $at }' "$work/$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# line LABEL STEP ROWS [PEER]
line() {
	awk -v label="$1" -v rows="$3" -v wall="$(median "$2" 1)" -v cpu="$(median "$2" 2)" -v peer_rows="$stored" \
		-v peer="${4:+$(median "$4" 1)}" -v peer_cpu="${4:+$(median "$4" 2)}" 'BEGIN {
		if (peer != "")
			ratio = sprintf("%.2f (%.2f)", rows / wall / (peer_rows / peer), rows / cpu / (peer_rows / peer_cpu))
		printf "| %s | %d | %d | %s |\n", label, rows / wall, rows / cpu, ratio }'
}
cores=$(nproc)
printf '%s rows (%s bytes of NDJSON) of which %s pass; medians of %s rounds on %s cores\n\n' \
	"$rows" "$(wc -c <"$work/rows.ndjson")" "$stored" "$rounds" "$cores"
printf '| | records/s | records per CPU second | to the line above (by CPU) |\n| --- | ---: | ---: | ---: |\n'
line '`zhaodan validate` without a city' validate "$rows"
line '`sqlite3 .import`' sqlite_peer "$stored"
line '`zhaodan import` into SQLite' sqlite_import "$rows" sqlite_peer
line 'PostgreSQL `\copy`' pg_peer "$stored"
line '`zhaodan import` into PostgreSQL' pg_import "$rows" pg_peer
