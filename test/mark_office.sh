#!/bin/sh
# mark_office.sh MARK_WORKBOOK FIXTURES: other programs take our marked workbooks for good ones.
#
# LibreOffice opens each, shows the same values as before and writes it anew with our comments in it; that
# file, marked again, has no comment twice. openpyxl, where it is installed, sees comments and fills.
set -eu
mark=$1
fixtures=$2
command -v soffice >/dev/null || {
	echo 'mark_office: no LibreOffice here' >&2
	exit 77
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0

ok() {
	passed=$((passed + 1))
}

check() {
	if eval "$2"; then
		ok
	else
		failed=$((failed + 1))
		echo "mark_office: $1" >&2
	fi
}

# convert FILE TO DIR
convert() {
	soffice "-env:UserInstallation=file://$tmp/profile" --headless --convert-to "$2" --outdir "$3" "$1" \
		>/dev/null 2>&1
}

# values FILE: the rows that have some; a comment below the last row adds blank ones.
values() {
	grep -v '^,*$' "$1"
}

# comments FILE: the text of all comment parts.
comments() {
	unzip -p "$1" 'xl/comments*'
}

count() {
	grep -o "$1" | wc -l
}

for name in actions openpyxl; do
	before=$fixtures/$name.xlsx
	mkdir "$tmp/before" "$tmp/after" "$tmp/again"
	after=$tmp/after/$name.xlsx
	"$mark" "$before" 检查行为 "$after" 2:0:甲一 3:1:乙二 3:1:乙三 9:2:丙四 >/dev/null
	cells='csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1'
	convert "$before" "$cells" "$tmp/before"
	convert "$after" "$cells" "$tmp/after"
	check "$name: other values in LibreOffice" \
		"[ \"\$(values '$tmp/before/$name-检查行为.csv')\" = \"\$(values '$tmp/after/$name-检查行为.csv')\" ]"
	convert "$after" xlsx "$tmp/again"
	check "$name: LibreOffice lost comments" \
		"[ $(comments "$tmp/again/$name.xlsx" | count '<comment ') = $(comments "$after" | count '<comment ') ]"
	for text in 甲一 乙二 乙三 丙四; do
		check "$name: LibreOffice lost $text" "comments '$tmp/again/$name.xlsx' | grep -q $text"
	done
	"$mark" "$tmp/again/$name.xlsx" 检查行为 "$tmp/second.xlsx" 3:1:乙五 >/dev/null
	check "$name: old comments stay after repair" "! comments '$tmp/second.xlsx' | grep -q '甲一\|乙二\|丙四'"
	check "$name: one mark, one comment" "[ $(comments "$tmp/second.xlsx" | count '照单：') = 1 ]"
	check "$name: the sender's comment is gone" "comments '$tmp/second.xlsx' | grep -q '原有批注\|编号按台账'"
	if /usr/bin/python3 -c 'import openpyxl' 2>/dev/null; then
		check "$name: openpyxl sees other comments or fills" "/usr/bin/python3 - '$after' <<-'END'
			import sys, openpyxl
			ws = openpyxl.load_workbook(sys.argv[1])['检查行为']
			for cell, text in (('A2', '甲一'), ('B3', '乙二'), ('B3', '乙三'), ('C9', '丙四')):
			    assert text in ws[cell].comment.text, cell
			    assert ws[cell].fill.fgColor.rgb == 'FFFFC9CC', cell
			assert ws['A3'].fill.fgColor.rgb != 'FFFFC9CC'
		END"
	fi
	rm -r "$tmp/before" "$tmp/after" "$tmp/again"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
