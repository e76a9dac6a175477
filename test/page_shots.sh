#!/bin/sh
# page_shots BUILD OUT [PAGE...]: pictures of the gallery, wide and narrow, light and dark, under the real
# content security policy; what the policy or a script complained of is printed.
set -eu
build=$1 out=$2
shift 2
mkdir -p "$out/site/assets"
"$build/src/page/page_gallery" "$out/site"
cp "$build/assets/tabler.min.css" "$build/assets/icons.svg" "$(dirname "$0")"/../assets/*.css \
	"$(dirname "$0")"/../assets/*.js "$(dirname "$0")"/../assets/*.svg "$out/site/assets/"
python3 - "$out/site" <<'PY' &
import functools, http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self):
        self.send_header("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "
            "img-src 'self' blob: data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
        super().end_headers()
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", 8391), functools.partial(Handler, directory=sys.argv[1])).serve_forever()
PY
server=$!
trap 'kill $server' EXIT
sleep 1
shot() { # NAME WIDTH HEIGHT SCHEME(0 dark, 1 light)
	chromium --headless --lang=zh-CN --accept-lang=zh-CN --no-sandbox --disable-gpu --hide-scrollbars --enable-logging=stderr \
		--virtual-time-budget=3000 --blink-settings=preferredColorScheme="$4" --window-size="$2,$3" \
		--screenshot="$out/$1-$2-$([ "$4" = 0 ] && echo dark || echo light).png" \
		"http://127.0.0.1:8391/$1.html" 2>&1 | grep -E 'CONSOLE' || true
}
[ $# -gt 0 ] || set -- home list list-plain list-empty list-none list-bad record form standard-form standard-record process progress signin \
	refused missing broken portal
for page; do
	shot "$page" 1440 900 1
	shot "$page" 390 1200 1
	shot "$page" 1440 900 0
done
