#!/bin/sh
# desk_shots BUILD DB OUT [ROLE DEPT]: pictures of the desk's pages over a SQLite city, wide and narrow, light and dark.
# Paths to visit come from standard input, one a line: NAME PATH.
set -eu
build=$1 db=$2 out=$3 role=${4:-data} dept=${5:-1}
mkdir -p "$out"
"$build/src/desk/desk_server" "$db" 8392 "$role" "$dept" &
server=$!
trap 'kill $server' EXIT
sleep 2
shot() { # NAME PATH WIDTH HEIGHT SCHEME(0 dark, 1 light)
	chromium --headless --lang=zh-CN --accept-lang=zh-CN --no-sandbox --disable-gpu --hide-scrollbars --enable-logging=stderr \
		--virtual-time-budget=3000 --blink-settings=preferredColorScheme="$5" --window-size="$3,$4" \
		--screenshot="$out/$1-$3-$([ "$5" = 0 ] && echo dark || echo light).png" \
		"http://127.0.0.1:8392$2" 2>&1 | grep -E 'CONSOLE' || true
}
while read -r name path; do
	shot "$name" "$path" 1440 1000 1
	[ -n "${WIDE_ONLY:-}" ] || shot "$name" "$path" 390 1200 1
	[ -z "${DARK:-}" ] || shot "$name" "$path" 1440 1000 0
done
