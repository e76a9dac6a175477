#!/bin/bash
# The figures of the README, as ratios in one run on this machine: judging and importing by zhaodan, on both databases,
# against what sqlite3 and PostgreSQL need to load the same rows, already judged, into the same indexed table.
#
#   bench/run.sh [ROWS] [ROUNDS]     default 200000 rows, 3 rounds; prints a Markdown table of medians
set -eu
cd "$(dirname "$0")/.."
rows=${1:-200000}
rounds=${2:-3}
work=$(mktemp -d)
pg=$(mktemp -d)
trap 'test/pg.sh stop "$pg" >/dev/null 2>&1 || true; rm -rf "$work" "$pg"' EXIT
z=build/zhaodan
seed=20230301
dept=420200-31-01

ninja -C build bench/bench_rows >/dev/null
url=$(test/pg.sh start "$pg")
# a seventh of a city's actions are this department's inspections
build/bench/bench_rows $seed $((rows * 12)) 2>/dev/null | head -n "$rows" >"$work/rows.ndjson"
rows=$(wc -l <"$work/rows.ndjson")
$z init --demo --seed $seed --actions 0 --subjects 2000 --data "$work/city" >/dev/null 2>&1
psql -q "$url" -c "create database city template template0 encoding 'UTF8' locale 'C.UTF-8'" >/dev/null 2>&1
cityurl=${url%/postgres*}/city${url#*postgres}
case $url in *\?*) cityurl=$(printf '%s' "$url" | sed 's|/postgres?|/city?|') ;; *) cityurl=$(printf '%s' "$url" | sed 's|/postgres$|/city|') ;; esac
$z init --demo --seed $seed --actions 0 --subjects 2000 --data "$work/pgcity" --db "$cityurl" >/dev/null 2>&1

# taken NAME COMMAND…: runs it and keeps wall and CPU seconds (of the command and its children) in $work/NAME
taken() {
	name=$1
	shift
	TIMEFORMAT='%R %U %S'
	{ time "$@" >/dev/null 2>"$work/err" || [ $? = 3 ] || { cat "$work/err" >&2; exit 1; }; } 2>>"$work/$name"
}

# The stored rows, once, in the shape that the peers load: the table as it is, its hash as text.
$z import "$work/rows.ndjson" --standard check_action --department $dept --data "$work/city" >"$work/receipt" 2>/dev/null || true
sqlite3 "$work/city/zhaodan.db" ".mode csv" ".output $work/rows.csv" \
	"select $(sqlite3 "$work/city/zhaodan.db" "select group_concat(case name when 'hash' then 'hex(hash)' else name end, ',') from pragma_table_info('action_check')") from action_check"
stored=$(wc -l <"$work/rows.csv")
sqlite3 "$work/city/zhaodan.db" "select sql || ';' from sqlite_schema where tbl_name = 'action_check' and sql is not null order by type desc" |
	sed 's/hash BLOB not null check (length(hash) = 32)/hash TEXT not null/; s/check ([^,]*)//' >"$work/sqlite.sql"
pg_dump -s -t action_check "$cityurl" | grep -v '^SET\|^SELECT\|OWNER' |
	sed 's/hash bytea/hash text/; s/ CONSTRAINT [a-z_]* CHECK (([^,]*)),*$//; /CONSTRAINT .*CHECK/d' >"$work/pg.sql"

sqlite_peer() {
	rm -f "$work/peer.db"*
	sqlite3 "$work/peer.db" "pragma journal_mode=wal" "pragma synchronous=full" ".read $work/sqlite.sql" ".mode csv" ".import $work/rows.csv action_check"
	[ "$(sqlite3 "$work/peer.db" 'select count(*) from action_check')" = "$stored" ]
}
pg_peer() {
	psql -q "$url" -c 'drop database if exists peer' -c "create database peer template template0 encoding 'UTF8' locale 'C.UTF-8'"
	peer=$(printf '%s' "$cityurl" | sed 's|/city|/peer|')
	psql -q "$peer" -f "$work/pg.sql" >/dev/null
	psql -q "$peer" -c "\\copy action_check from '$work/rows.csv' with (format csv)"
	[ "$(psql -qtA "$peer" -c 'select count(*) from action_check')" = "$stored" ]
}
sqlite_import() {
	rm -rf "$work/run" && cp -r "$work/empty" "$work/run"
	$z import "$work/rows.ndjson" --standard check_action --department $dept --data "$work/run"
}
pg_import() {
	psql -q "$cityurl" -c 'truncate action_check, ingest_batch, ingest_reject' -c "delete from record_counter where standard = 'check_action'"
	$z import "$work/rows.ndjson" --standard check_action --department $dept --data "$work/pgcity"
}

rm -rf "$work/city"
$z init --demo --seed $seed --actions 0 --subjects 2000 --data "$work/empty" >/dev/null 2>&1
for _ in $(seq "$rounds"); do
	taken validate $z validate "$work/rows.ndjson" --standard check_action
	taken sqlite_peer sqlite_peer
	taken sqlite_import sqlite_import
	taken pg_peer pg_peer
	taken pg_import pg_import
done

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
line() {
	wall=$(awk '{ print $1 }' "$work/$2" | median)
	cpu=$(awk '{ print $2 + $3 }' "$work/$2" | median)
	awk -v label="$1" -v rows="$rows" -v wall="$wall" -v cpu="$cpu" -v peer="${3-}" -v prows="$stored" 'BEGIN {
		printf "| %s | %.0f | %.0f | %s |\n", label, rows / wall, rows / cpu, peer == "" ? "" : sprintf("%.2f", rows / wall / (prows / peer)) }'
}
sqlite_wall=$(awk '{ print $1 }' "$work/sqlite_peer" | median)
pg_wall=$(awk '{ print $1 }' "$work/pg_peer" | median)
printf '%s rows (%s bytes as NDJSON), %s stored; medians of %s rounds\n\n' "$rows" "$(wc -c <"$work/rows.ndjson")" "$stored" "$rounds"
printf '| what | records/s (wall) | records/s per CPU second of the client | to its peer (wall) |\n| --- | --- | --- | --- |\n'
line 'validate (27 fields, all rules, no library)' validate
line 'sqlite3 `.import` of judged rows, same table and indexes' sqlite_peer
line 'zhaodan import into SQLite: judge, L1, subjects, counters, audit, store' sqlite_import "$sqlite_wall"
line 'PostgreSQL `\copy` of judged rows, same table and indexes' pg_peer
line 'zhaodan import into PostgreSQL' pg_import "$pg_wall"
