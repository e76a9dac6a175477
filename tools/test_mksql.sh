#!/bin/sh
# test_mksql MKSQL SRC CC...: what mksql makes compiles and is as expected; each mistake stops at its line.
mksql=$(realpath "${1:?usage: test_mksql MKSQL SRC CC...}") || exit 2
src=$(realpath "$2")
shift 2
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

verdict() { # NAME WANTED GOT
	case $3 in
	*"$2"*) passed=$((passed + 1)) ;;
	*) failed=$((failed + 1)); printf '%s\n  wanted: %s\n  got: %s\n' "$1" "$2" "$3" ;;
	esac
}

# NAME, the message wanted (with its line), the file on standard input
refuses() {
	cat >"$dir/x.sql"
	if got=$(cd "$dir" && "$mksql" x_sql - x.sql 2>&1 >/dev/null); then got="accepted"; fi
	verdict "$1" "$2" "$got"
}

refuses 'a parameter that is not listed' 'x.sql:4: error: parameter dept is not in @in' <<'SQL'
-- @one a
-- @in id int
-- @out n int
select n from t where id = :id and dept = :dept;
SQL
refuses 'a parameter that is not used' 'x.sql:3: error: code is in @in but not in the SQLite statement' <<'SQL'
-- @one a
-- @in id int,
--     code text
-- @out n int
select n from t where id = :id;
SQL
refuses 'a parameter used for one database only' 'x.sql:2: error: id is in @in but not in the PostgreSQL' <<'SQL'
-- @one a
-- @in id int
-- @out n int
-- @sqlite
select n from t where id = :id;
-- @postgres
select n from t;
SQL
refuses 'two statements of one name' 'x.sql:4: error: a is also at line 1' <<'SQL'
-- @one a
-- @out n int
select n from t;
-- @one a
SQL
refuses 'an unknown type' 'x.sql:2: error: no such type: number' <<'SQL'
-- @one a
-- @out n number
SQL
refuses 'a field without a type' 'x.sql:2: error: n has no type' <<'SQL'
-- @one a
-- @out n
SQL
refuses 'a field listed twice' 'x.sql:2: error: n is listed twice' <<'SQL'
-- @one a
-- @out n int, n text
SQL
refuses 'a word of C as a name' 'x.sql:2: error: default cannot name a member in C' <<'SQL'
-- @one a
-- @in default int
SQL
refuses 'an empty list' 'x.sql:2: error: the list is empty' <<'SQL'
-- @one a
-- @in
SQL
refuses 'a list given twice' 'x.sql:3: error: given twice' <<'SQL'
-- @one a
-- @in id int
-- @in code text
SQL
refuses 'a list that does not go on' 'x.sql:3: error: the list that ended with a comma does not go on' <<'SQL'
-- @one a
-- @out id int,
select id from t;
SQL
refuses 'something that is no struct' 'x.sql:2: error: want struct NAME: before the fields' <<'SQL'
-- @one a
-- @out catalog_item: id int
SQL
refuses 'rows of a change' 'x.sql:1: error: @change a has no rows: @out does not fit' <<'SQL'
-- @change a
-- @out n int
delete from t returning n;
SQL
refuses 'a change that only reads' 'x.sql:1: error: @changes a changes nothing' <<'SQL'
-- @changes a
select 1;
SQL
refuses 'rows without @out' 'x.sql:1: error: @each a needs @out' <<'SQL'
-- @each a
select n from t;
SQL
refuses 'many of nothing' 'x.sql:1: error: @many a needs @in' <<'SQL'
-- @many a
delete from t;
SQL
refuses 'no semicolon at the end' 'x.sql:1: error: a does not end with ;' <<'SQL'
-- @change a
delete from t
SQL
refuses 'no semicolon before the next' 'x.sql:1: error: a does not end with ;' <<'SQL'
-- @change a
delete from t
-- @change b
delete from u;
SQL
refuses 'text after the semicolon' 'x.sql:2: error: text after the ; of a' <<'SQL'
-- @change a
delete from t; delete from u;
SQL
refuses 'a statement for one database only' 'x.sql:1: error: a does not end with ;' <<'SQL'
-- @change a
-- @sqlite
delete from t;
SQL
refuses 'dollar quoting' 'x.sql:3: error: dollar quoting' <<'SQL'
-- @one a
-- @out n text
select $$x$$;
SQL
refuses 'double quotes' 'x.sql:3: error: double quotes are not portable' <<'SQL'
-- @one a
-- @out n text
select "n" from t;
SQL
refuses 'a PostgreSQL cast' 'x.sql:3: error: write cast(x as t), not x::t' <<'SQL'
-- @one a
-- @out n int
select n::bigint from t;
SQL
refuses 'a cast of a parameter' 'x.sql:4: error: write cast(x as t), not x::t' <<'SQL'
-- @one a
-- @in id int
-- @out n int
select n from t where id = :id::bigint;
SQL
refuses 'a numbered parameter' 'x.sql:2: error: numbered parameters are mksql' <<'SQL'
-- @change a
delete from t where id = ?;
SQL
refuses 'a block comment' 'x.sql:2: error: comments begin with --' <<'SQL'
-- @change a
delete /* all */ from t;
SQL
refuses 'an open quote' 'x.sql:2: error: a quote is not closed on its line' <<'SQL'
-- @change a
delete from t where n = 'x
SQL
refuses 'another verb' 'x.sql:2: error: a statement begins with select, with' <<'SQL'
-- @change a
drop table t;
SQL
refuses 'an unknown annotation' 'x.sql:2: error: no such annotation: @params' <<'SQL'
-- @one a
-- @params id int
SQL
refuses 'annotations after the statement' 'x.sql:3: error: @in comes before the statement' <<'SQL'
-- @changes a
delete from t
-- @in id int
SQL
refuses 'SQL before the first annotation' 'x.sql:1: error: SQL before the first annotation' <<'SQL'
select 1;
SQL
refuses 'an empty file' 'there is no statement in it' </dev/null
{
	echo '-- @change a'
	printf -- '-- @in p0 int'
	i=1
	while [ $i -le 64 ]; do printf ', p%d int' $i; i=$((i + 1)); done
	echo
	printf 'insert into t values (:p0'
	i=1
	while [ $i -le 64 ]; do printf ', :p%d' $i; i=$((i + 1)); done
	echo ');'
} | refuses 'more parameters than a call can count' 'x.sql:1: error: a has more than 64 parameters'

# --- what it makes -------------------------------------------------------------------------

cat >"$dir/dom.h" <<'C'
#pragma once
#include "base/zd.h"
enum kind { KIND_NONE };
struct dom { int64_t id; struct zd_str code; enum kind kind; int32_t day; };
C
cat >"$dir/x.sql" <<'SQL'
-- Notes stand between statements.

-- @one find
-- @in  code text, dept int?
-- @out struct dom: id int, code text,
--      kind enum, day day?
select id, code, kind, day   -- a note; with "quotes" and :colons
  from t
 where code = :code and (dept = :dept or cast(:dept as bigint) is null)
   and note = 'it''s  a :note; -- "kept" \n' and code <> :code;

-- @each walk
-- @out id int
with n as (select 1 as id) select id from n;

-- @changes drop_all
-- @in  struct dom: id int
delete from t where id < :id;

-- @one lock
-- @out id int
-- @sqlite
select id from t limit 1;
-- @postgres
select id from t limit 1
   for update skip locked;
-- @both

-- @many put
-- @in struct dom: id int, code text
insert into t (id, code) values (:id, :code);
SQL
(cd "$dir" && "$mksql" x_sql dom.h x.sql >x_sql.h) || failed=$((failed + 1))
has() { verdict "$1" "$1" "$(cat "$dir/x_sql.h")"; }
has 'select id, code, kind, day from t where code = ?1 and (dept = ?2 or cast(?2 as bigint) is null) and note ='
has "and note = 'it''s  a :note; -- \\\"kept\\\" \\\\n' and code <> \$1\","
has '{ "day", DB_DAY, true, offsetof(struct dom, day) },'
has '.postgres = "select id from t limit 1 for update skip locked"'
has '#line 3 "x.sql"'
has 'enum { x_sql_count = 5 };'
verdict 'only what writes writes' '1 false 2 false 3 true 4 true 5 true ' \
	"$(awk '/\.writes/ { sub(/,/, "", $3); printf "%d %s ", ++n, $3 }' "$dir/x_sql.h")"

compiles() { # NAME WANTED: the calls on standard input, in a function that has cx, db and dom
	{
		echo '#include "x_sql.h"'
		echo 'enum zd_rc f(struct zd_cx *cx, struct db *db, struct dom *dom, db_row_fn *row);'
		echo 'enum zd_rc f(struct zd_cx *cx, struct db *db, struct dom *dom, db_row_fn *row) {'
		echo '(void)cx, (void)db, (void)dom, (void)row;'
		cat
		echo 'return ZD_OK; }'
	} >"$dir/call.c"
	got=$("$@" 2>&1 >/dev/null </dev/null)
}
try() { # NAME WANTED
	name=$1 wanted=$2
	compiles $cc -std=c17 -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
		-Wno-missing-field-initializers -Werror -c -o /dev/null -I"$src/src" -I"$dir" "$dir/call.c"
	verdict "$name" "$wanted" "${got:-compiles}"
}
cc=$*
try 'a whole call' 'compiles' <<'C'
ZD_TRY(x_sql_find(cx, db, dom, .code = ZD_STR("a, b"), .dept = 1));
ZD_TRY(x_sql_find(cx, db, dom, .dept = ZD_NO_INT, .code = ((struct zd_str){ "a", 1 })));
ZD_TRY(x_sql_walk(cx, db, row, NULL));
ZD_TRY(x_sql_drop_all(cx, db, NULL, dom));
ZD_TRY(x_sql_put(cx, db, dom, 1));
C
try 'a parameter left out' 'a parameter of the statement is missing' <<'C'
ZD_TRY(x_sql_find(cx, db, dom, .code = ZD_STR("a")));
C
try 'a parameter twice in place of another' 'code' <<'C'
ZD_TRY(x_sql_find(cx, db, dom, .code = ZD_STR("a"), .code = ZD_STR("b")));
C
try 'a parameter it does not have' "depth" <<'C'
ZD_TRY(x_sql_find(cx, db, dom, .code = ZD_STR("a"), .depth = 1));
C
try 'an answer not looked at' 'warn_unused_result' <<'C'
x_sql_find(cx, db, dom, .code = ZD_STR("a"), .dept = 1);
C
sed 's/kind enum/kind int/' "$dir/x.sql" >"$dir/y.sql"
(cd "$dir" && "$mksql" x_sql dom.h y.sql >x_sql.h)
try 'a member of another type, at its line' 'y.sql:6' </dev/null

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
