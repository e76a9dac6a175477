#!/bin/sh
# check_rooms ROOT: what a room may use, what a file may use, and where each vendor's header lives.
#
#   rooms   a room includes itself and the rooms listed for it, no more
#   files   X.c decides and does no I/O: neither db/ nor http/;
#           X_app.c is one transaction per use case: no http/;
#           X_web.c speaks to people and programs: no SQL of its own
cd "${1:?usage: check_rooms ROOT}/src" || exit 2
awk '
BEGIN {
	# kernel: knows nothing of supervision
	may["base"] = " "
	may["crypto"] = " base "
	may["db"] = " base crypto "
	may["http"] = " base db crypto "
	may["table"] = " base "
	may["job"] = " base db crypto "
	may["file"] = " base db crypto job "
	may["page"] = " base db http table standard trust "
	# rule rooms: pure, also compiled to WebAssembly
	may["standard"] = " base "
	may["trust"] = " base db crypto http page job "
	# how records of any standard are kept
	may["record"] = " base db crypto standard "
	may["view"] = " base db http page standard trust record "
	lib = " base db crypto http table page job file standard trust record view "
	may["catalog"] = lib
	may["subject"] = lib "catalog "
	may["officer"] = lib "catalog "
	may["action"] = lib "catalog subject officer "
	may["plan"] = lib
	may["edit"] = lib "catalog subject "
	may["ingest"] = lib "catalog subject officer action "
	may["demo"] = lib "catalog subject officer action ingest "
	may["desk"] = lib "catalog subject officer action edit "
	may["cli"] = lib "catalog subject officer action plan edit ingest demo desk "
	n = split("base crypto db http table job file page standard trust record", k, " ")
	for (i = 1; i <= n; i++) kernel[k[i]] = 1
	home["sqlite3.h"] = home["libpq-fe.h"] = "db"
	home["microhttpd.h"] = "http"
	home["zip.h"] = home["xlsxwriter.h"] = home["expat.h"] = "table"
	home["sodium.h"] = "trust"
	home["curl/curl.h"] = "exchange"
}
function bad(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; failed = 1 }
FNR == 1 {
	room = FILENAME; sub(/\/.*/, "", room)
	file = FILENAME; sub(/.*\//, "", file)
	role = file ~ /^(test|fuzz)_/ ? "test" : file ~ /_web\.[ch]$/ ? "web" : file ~ /_app\.[ch]$/ ? "app" : "rule"
	if (!(room in may)) bad("no such room in tools/check_rooms.sh: " room)
}
/^#include [<"]/ {
	header = $2; gsub(/[<>"]/, "", header)
	to = header; sub(/\/.*/, "", to)
	if (header ~ /^openssl\//) { if (room != "crypto") bad(header " belongs to crypto"); next }
	if (role == "test") next
	if (header in home && home[header] != room)
		bad(header " belongs to " home[header])
	if (to in may && to != room && index(may[room], " " to " ") == 0)
		bad(room " must not include " header)
	if (room in kernel || room == "demo" || room == "cli")
		next
	if (role == "rule" && (to == "db" || to == "http" || header ~ /_sql\.h$/))
		bad("rules do no I/O: " header)
	if (role == "app" && to == "http")
		bad("use cases know no HTTP: " header)
	if (role == "web" && header ~ /_sql\.h$/)
		bad("pages run no SQL: " header)
}
END { exit failed }
' */*.c */*.h
