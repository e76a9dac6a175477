#!/bin/sh
# vendor NODE_MODULES ICONS.txt OUT: third-party files as the pages use them.
#
#   OUT/tabler.min.css   @tabler/core's, without its source map; must not reach for other hosts or fonts
#   OUT/icons.svg        the icons named in ICONS.txt, as one sprite
set -eu
modules=$1 icons=$2 out=$3
css=$modules/@tabler/core/dist/css/tabler.min.css

die() { echo "vendor: $*" >&2; exit 1; }

[ -r "$css" ] || die "no $css: run 'npm ci --ignore-scripts' (./zd build does it)"
for word in '@import' 'url(http' 'url("http' 'url(//' '@font-face'; do
	! grep -qF "$word" "$css" || die "$css: $word is dropped by our content security policy"
done
sed '/^\/\*# sourceMappingURL/d' "$css" >"$out/tabler.min.css"

{
	echo '<svg xmlns="http://www.w3.org/2000/svg">'
	while read -r name; do
		svg=$modules/@tabler/icons/icons/outline/$name.svg
		[ -r "$svg" ] || die "$icons: @tabler/icons has no $name"
		echo "<symbol id=\"$name\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\"" \
			'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">'
		# The drawing, without the frame and the empty square that Tabler puts first.
		sed -n '/^ *<\(path\|circle\|rect\|line\|polyline\|ellipse\)/{/M0 0h24v24H0z/!p}' "$svg"
		echo '</symbol>'
	done <"$icons"
	echo '</svg>'
} >"$out/icons.svg"
