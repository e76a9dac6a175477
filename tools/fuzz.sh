#!/bin/sh
# Builds every fuzz target with clang's libFuzzer and runs each for SECONDS on its corpus.
# Usage: tools/fuzz.sh [SECONDS] [TARGET...]; prints a line a target and `N passed, N failed`.
set -u
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
dir=build-fuzz
[ -f $dir/build.ninja ] ||
	CC=${FUZZ_CC:-clang} meson setup $dir -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false >&2 || exit 1
[ $# -gt 0 ] || set -- $(ls fuzz/fuzz_*.c | sed 's|fuzz/fuzz_\(.*\)\.c|\1|')
passed=0 failed=0
for name; do
	log=$dir/fuzz_$name.log
	found=$(mktemp -d)
	ninja -C $dir "fuzz/fuzz_$name" >&2 || { failed=$((failed + 1)); continue; }
	# What the run finds new stays out of the committed corpus; a crash's input is kept beside the log.
	if $dir/fuzz/fuzz_"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix=$dir/fuzz_"$name"- "$found" "fuzz/corpus/$name" 2>"$log"; then
		runs=$(sed -n 's/.*number_of_executed_units: *//p' "$log")
		echo "ok - $name: $runs inputs in $seconds s"
		passed=$((passed + 1))
	else
		echo "not ok - $name"
		tail -n 40 "$log"
		failed=$((failed + 1))
	fi
	rm -rf "$found"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
