#!/bin/sh
# explain.sh PROGRAM EXPLAIN [ACTIONS]: a demo city of that many actions (16,000) on each database, and the plans of
# every statement on both.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1 explain=$2 actions=${3:-16000}
dir=$(mktemp -d /tmp/zd-explain-XXXXXX)
admin=${ZD_TEST_PG:-$(sh "$here/../pg.sh" start)}
base=zd_explain_$$
url=$(echo "$admin" | sed "s|/postgres?|/$base?|; s|/postgres\$|/$base|")
clean() {
	psql -q "$admin" -c "drop database if exists $base with (force)" >/dev/null 2>&1 || :
	rm -rf "$dir"
}
trap clean EXIT INT TERM

psql -q "$admin" -c "create database $base template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
city() { # NAME OPTION...
	name=$1
	shift
	"$program" init --demo --actions "$actions" --subjects 14000 --data "$dir/$name" "$@" >"$dir/$name.log" 2>&1 && return
	tail -n 5 "$dir/$name.log"
	return 1
}
city postgres --db "$url" &
other=$!
city sqlite
wait "$other"
"$explain" "$here/exceptions.txt" "$dir/sqlite/zhaodan.db" "$url"
