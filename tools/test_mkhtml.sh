#!/bin/sh
# test_mkhtml MKHTML: what the generator writes, and every mistake it must stop at, at its line.
mkhtml=$(realpath "${1:?usage: test_mkhtml MKHTML}") || exit 2
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 2
failed=0

bad() { echo "not ok: $1"; failed=1; }

# --- golden ---
cat >page.html <<'PAGE'
%# What the page is for.
%part row(const struct item *item)
<tr><td><a href="/desk/items/{{url: item->code}}?tab=log">{{ item->name }}</a></td></tr>
%args struct zd_str title, const struct item *items, size_t n
<i>{{badge: PAGE_GOOD, title}}</i><h1 class="a {{ n ? "some" : "}}" }}">{{ title }}</h1>
% for (size_t i = 0; i < n; i++) {
	<input name="x" value="{{ items[i].code }}"{{?checked: items[i].on}}
% if (items[i].off) {
	disabled
% }
	>
% row(out, &items[i]);
% }

<a href="{{href: items->path}}" data-x='{"a":{{json: title}}}'>“?”\</a>
<textarea>
  {{ title }}
</textarea>
<script src="/assets/zd.js" defer></script>
PAGE
cat >want <<'WANT'
/* Made by mkhtml from page.html: change that. */
#include "page/put.h"
#include "x/x_web.h"
#line 2 "page.html"
static void
#line 2 "page.html"
row(struct zd_out *out, const struct item *item)
{
	zd_out_write(out, ZD_STR("<tr><td><a href=\"/desk/items/"));
#line 3 "page.html"
	ZD_PUT_URL(out, ( item->code));
	zd_out_write(out, ZD_STR("\?tab=log\">"));
#line 3 "page.html"
	ZD_PUT(out, ( item->name ));
	zd_out_write(out, ZD_STR("</a></td></tr>\n"));
#line 4 "page.html"
}
#line 4 "page.html"
void
#line 4 "page.html"
page_html(struct zd_out *out, struct zd_str title, const struct item *items, size_t n)
{
	zd_out_write(out, ZD_STR("<i>"));
#line 5 "page.html"
	page_badge(out,  PAGE_GOOD, title);
	zd_out_write(out, ZD_STR("</i><h1 class=\"a "));
#line 5 "page.html"
	ZD_PUT(out, ( n ? "some" : "}}" ));
	zd_out_write(out, ZD_STR("\">"));
#line 5 "page.html"
	ZD_PUT(out, ( title ));
	zd_out_write(out, ZD_STR("</h1>\n"));
#line 6 "page.html"
	for (size_t i = 0; i < n; i++) {
	zd_out_write(out, ZD_STR("<input name=\"x\" value=\""));
#line 7 "page.html"
	ZD_PUT(out, ( items[i].code ));
	zd_out_write(out, ZD_STR("\""));
#line 7 "page.html"
	if ( items[i].on)
		zd_out_write(out, ZD_STR(" checked"));
	zd_out_write(out, ZD_STR("\n"));
#line 8 "page.html"
	if (items[i].off) {
	zd_out_write(out, ZD_STR("disabled\n"));
#line 10 "page.html"
	}
	zd_out_write(out, ZD_STR(">\n"));
#line 12 "page.html"
	row(out, &items[i]);
#line 13 "page.html"
	}
	zd_out_write(out, ZD_STR("<a href=\""));
#line 15 "page.html"
	ZD_PUT_HREF(out, ( items->path));
	zd_out_write(out, ZD_STR("\" data-x='{\"a\":"));
#line 15 "page.html"
	ZD_PUT_JSON(out, ( title));
	zd_out_write(out, ZD_STR("}'>“\?”\\</a>\n<textarea>\n  "));
#line 17 "page.html"
	ZD_PUT(out, ( title ));
	zd_out_write(out, ZD_STR("\n</textarea>\n<script src=\"/assets/zd.js\" defer></script>\n"));
#line 19 "page.html"
}
WANT
"$mkhtml" x/x_web.h page.html >got 2>err || { bad "golden page refused: $(cat err)"; }
diff -u want got || bad "golden page"

# --- stops: want LINE, a word of the message, then the page ---
stops() {
	line=$1 word=$2
	printf '%s\n' "$3" >bad.html
	if "$mkhtml" x.h bad.html >/dev/null 2>err; then
		bad "accepted: $3"
	elif ! grep -q "^bad.html:$line: error: .*$word" err; then
		bad "wanted bad.html:$line: …$word…, got: $(cat err)"
	fi
}
passes() {
	printf '%s\n' "$1" >good.html
	"$mkhtml" x.h good.html >/dev/null 2>err || bad "refused: $1: $(cat err)"
}
A='%args struct zd_str x
'
stops 2 'quoted attributes' "$A<p class={{ x }}>"
stops 2 'quoted attributes' "$A<p class=a{{ x }}>"
stops 2 'quoted attributes' "$A<p {{ x }}>"
stops 2 'quoted attributes' "$A<{{ x }}>"
stops 2 'quoted attributes' "$A</{{ x }}>"
stops 2 'quoted attributes' "$A<!-- {{ x }} -->"
stops 2 'inline scripts' "$A<script>var a = {{ x }}</script>"
stops 2 'quoted attributes' "$A<script src='/a.js'>{{ x }}</script>"
stops 3 'inline scripts' "$A<script src='/a.js'>
alert(1)</script>"
stops 2 '<style>' "$A<style>p{}</style>"
stops 2 '<iframe>' "$A<iframe src='/'></iframe>"
stops 2 'handlers' "$A<p onclick=\"{{ x }}\">"
stops 2 'handlers' "$A<p OnClick='f()'>"
stops 2 'handlers' "$A<p onclick/='f()'>"
stops 2 'use a class' "$A<p style=\"color:{{ x }}\">"
stops 2 'href: }}' "$A<a href=\"{{ x }}\">"
stops 2 'href: }}' "$A<a href=\"/a/{{ x }}\">"
stops 2 'href: }}' "$A<form action='{{ x }}'>"
stops 2 'href: }}' "$A<img SRC='{{ x }}'>"
stops 2 'href: }}' "$A<button formaction='{{ x }}'>"
stops 2 'literal path' "$A<a href=\"{{url: x}}\">"
stops 2 'literal path' "$A<a href=\"javascript:{{url: x}}\">"
stops 2 'another site' "$A<a href=\"/{{url: x}}/\">"
stops 2 'another site' "$A<a href=\"//{{url: x}}/\">"
stops 2 'whole value' "$A<a href=\"/a{{href: x}}\">"
stops 2 'whole value' "$A<a href=\"{{href: x}}b\">"
stops 2 'data-' "$A<p title=\"{{href: x}}\">"
stops 2 'data-' "$A<p>{{href: x}}</p>"
stops 2 'data-' "$A<p title=\"{{json: x}}\">"
stops 2 'data-' "$A<p>{{json: x}}</p>"
stops 2 'literal' "$A<meta http-equiv=\"refresh\" content=\"{{ x }}\">"
stops 2 'literal' "$A<meta content=\"{{ x }}\" http-equiv=\"refresh\">"
stops 2 'without' "$A<p>{{ x </p>"
stops 2 'without an expression' "$A<p>{{ }}</p>"
stops 2 'handlers' "$A<p {{?onclick: 1}}>"
stops 2 'without a value' "$A<p {{?href: 1}}>"
stops 2 'in text only' "$A<p title=\"{{day: x}}\">"
stops 2 'in text only' "$A<p {{day: x}}>"
stops 2 'between' "$A<p title=\"{{?hidden: 1}}\">"
stops 2 '&lt;' "$A<p>a < b</p>"
stops 2 'inside the tag' "$A<p title=\"a\"\">"
stops 1 'before %args' '<p>'
stops 1 'before %args' '% int a;'
stops 1 'begins with' ''
stops 4 'another place' "$A% if (a) {
<p
% }
>"
stops 7 'another place' "$A% if (a) {
<p
>
% } else {
<p
% }
>"
stops 2 'needs { }' "$A% if (a)
<p>"
stops 4 'needs { }' "$A% if (a) {
% }
% else
<p>"
stops 2 '} without' "$A% }"
stops 2 'no end' "$A% if (a) {"
stops 2 'ends inside' "$A<p title=\"a"
stops 3 'in text or between' "$A<p title=\"a
% f();
\">"
stops 3 'return inside' "$A<p
% return;
>"
stops 1 'name(args)' '%part foo'

passes "$A<p {{?hidden: x.n}} class='{{ x }}' title=\"{{ x }}\" data-h='{{href: x}}'>{{url: x}}</p>"
passes "$A<a href=\"?q={{url: x}}&amp;a=1\"><a href='#{{url: x}}'><a href=\"{{href: x}}\"><a href=/b>"
passes "$A% if (strcmp(a, \"{\") == 0) { // }
<p>
% } else if (b) {
<b>
% }
% f('}');"
passes "$A<!doctype html><!-- a > b --><meta name=description content=\"{{ x }}\"><br/><svg><use href=\"/a.svg#b\"/></svg>"

# --- line numbers reach the compiler ---
printf '%%args int x\n<p>a</p>\n<p>\n{{ x }}\n{{ nobody }}</p>\n' >line.html
mkdir -p page base && echo '#define ZD_STR(s) s
#define ZD_PUT(out, v) ((void)(out), (void)(v))
struct zd_out; void zd_out_write(struct zd_out *, const char *); void line_html(struct zd_out *, int);' >page/put.h
: >x.h
"$mkhtml" x.h line.html >line.c
${CC:-cc} -I. -fsyntax-only line.c 2>err && bad "compiled nobody"
grep -q '^line.html:5:.*nobody' err || bad "compiler should name line.html:5, said: $(cat err)"

[ $failed = 0 ] && echo "ok: mkhtml"
exit $failed
