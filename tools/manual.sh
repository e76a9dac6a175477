#!/bin/sh
# manual CMARK CHAPTER.md >CHAPTER.html: one chapter of the manual as the pages show it. The first line is <h1>, the
# chapter's title. Links between chapters (lists.md) become links of the desk; raw HTML is not let through by cmark.
set -eu
"$1" --extension table --extension strikethrough "$2" | sed \
	-e 's|href="\(\.\./[a-z]*/\)*\([a-z-]*\)\.md\(#[^"]*\)*"|href="/desk/help/\2\3"|g' \
	-e 's|<table>|<div class="table-responsive" tabindex="0" role="region" aria-label="表"><table class="table">|' \
	-e 's|</table>|</table></div>|'
