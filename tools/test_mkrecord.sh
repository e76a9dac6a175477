#!/bin/sh
# test_mkrecord MKRECORD: a standard that cannot have a table stops the build and names why.
mk=${1:?usage: test_mkrecord MKRECORD}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

ok() { if eval "$2"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL: $1"; sed 's/^/    /' "$dir/out" "$dir/err"; fi; }
std() { printf '{"name":"a","title":"甲","table":"t","key":"k",%s"fields":[%s]}' "$1" "$2" >"$dir/std.json"; }
run() { "$mk" "$1" "$dir/exchange.json" "$dir/std.json" >"$dir/out" 2>"$dir/err"; }
refused() { std "$2" "$3"; ok "$1" "! run c && grep -q '$4' '$dir/err'"; }

key='{"name":"k","required":true}'
printf '{"fields":[{"name":"cd_id"},{"name":"cd_batch"}]}' >"$dir/exchange.json"

std '' "$key,{\"name\":\"b\",\"type\":\"text\",\"aliases\":[\"乙\"]}"
ok "exchange columns stand behind the fields" "run ddl && tr -d '\n\t' <'$dir/out' | grep -q 'k @TEXT,b @TEXT,cd_id @TEXT,cd_batch @TEXT,primary'"
ok "parameters are numbered through" "run c && grep -q '.postgres = .*values (\$1, .*\$20)\"' '$dir/out'"
ok "what is copied are the columns of the insert" "run c && grep -q '.postgres_copy = \"copy t (dept_id, id, .*, ext, k, b, cd_id, cd_batch) from stdin (format binary)\"' '$dir/out'"
ok "no date, no index by day" "run ddl && ! grep -q _day '$dir/out'"
std '"date":"d",' "$key,{\"name\":\"d\",\"required\":true}"
ok "a required date makes the day required" "run ddl && grep -q 'day @I64 not null' '$dir/out' && grep -q 't_dept_day on t (dept_id, day, id)' '$dir/out'"
std '"date":"d",' "$key,{\"name\":\"d\"}"
ok "an optional date does not" "run ddl && grep -q 'day @I64,' '$dir/out'"
std '' "{\"name\":\"cd_id\"},$key"
ok "an exchange column declared by the standard stays in its place" "run ddl && tr -d '\n\t' <'$dir/out' | grep -q 'ext @TEXT,cd_id @TEXT,k @TEXT,cd_batch @TEXT,primary'"

refused "a head column's name" '' "$key,{\"name\":\"state\"}" 'head column: state'
refused "a field twice" '' "$key,{\"name\":\"k\"}" 'declared twice: k'
refused "a name that is no column" '' "$key,{\"name\":\"a b; drop\"}" 'no name for a column'
refused "a key that is no field" '' '{"name":"x"}' 'no such field: k'
refused "a key that may be missing" '' '{"name":"k"}' 'key must be required'
refused "a date that is no field" '"date":"d",' "$key" 'no such field: d'
printf '{"name":"a",' >"$dir/std.json"
ok "broken JSON is refused with its place" "! run c && grep -q 'std.json' '$dir/err'"
ok "a missing file is named" "! '$mk' c '$dir/exchange.json' '$dir/none.json' 2>'$dir/err' >'$dir/out' && grep -q none.json '$dir/err'"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
