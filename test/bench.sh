#!/bin/sh
# bench.sh ROOT: bench/run.sh on few rows ends well, and every line of its table holds figures above nought.
set -eu
cd "$1"
table=$(bench/run.sh 2000 1)
good=$(printf '%s\n' "$table" | grep -c '^| .*| [1-9][0-9]* | [1-9][0-9]* |' || true)
printf '%s\n' "$table"
if [ "$good" = 5 ]; then echo '1 passed, 0 failed'; else echo '0 passed, 1 failed'; exit 1; fi
