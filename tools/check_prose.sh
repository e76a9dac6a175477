#!/bin/sh
# check_prose ROOT: Chinese sentences of the program have full-width ，；：！？ and brackets. Looks at src/*/*.c (not at
# tests, their data and the demo's word lists, nor at comments that stand alone) and src/*/*.html.
set -eu
cd "$1"
export LC_ALL=C.UTF-8
ends='[\p{Han}」』）”]'
begins='[\p{Han}「（“]'
found=$(grep -nP "$ends[,;:!?](?=[\"%「（“\p{Han}])|[%\w][,;](?=$begins)|\"[,;:](?=\p{Han})|\p{Han} ?\(\"|\"[^\"]*\([^()\"]*\p{Han}[^()\"]*\)" \
	src/*/*.c src/*/*.html |
	grep -vP '^src/(demo/words|[^/]*/test_[^/]*)\.c:|:\s*(/?\*|//|%#)|coalesce|\[代码|\(周' || true)
if [ -n "$found" ]; then
	printf '%s\n' "$found"
	printf '%s: half-width punctuation in Chinese sentences, see above\n' "$0" >&2
	exit 1
fi
