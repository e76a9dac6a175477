#!/bin/sh
# tidy BUILD FILE: clang-tidy on one file. A test may be long, and calls a shell to clean up after itself.
build=${1:?usage: tidy BUILD FILE}
file=${2:?usage: tidy BUILD FILE}
case $file in
*/test_*) checks='--checks=-readability-function-*,-cert-env33-c,-concurrency-mt-unsafe,-bugprone-reserved-identifier' ;;
*) checks='--checks=' ;;
esac
out=$(clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option "$checks" "$file" 2>&1) || {
	printf '%s\n' "$out"
	exit 1
}
