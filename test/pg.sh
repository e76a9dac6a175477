#!/bin/sh
# pg.sh start|url|stop [DIR]: a PostgreSQL cluster of its own for tests, in DIR, on a socket only.
#
# Without DIR it is one for all tests of this user, in memory if there is room (a new database takes 40 ms, not 240).
# start prints its URL and leaves it running; it stops itself after ten minutes in which nobody was
# connected or started it again (DIR/used). fsync is off: these data are worth nothing. Several may start it at once.
set -eu
command=${1:?usage: pg.sh start|url|stop [DIR]}
dir=${2:-}
bin=${ZD_PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}
idle=600

if [ -z "$dir" ]; then
	dir=/tmp/zd-pg-$(id -u)
	free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
	[ "${free:-0}" -lt 2000000 ] || dir=/dev/shm/zd-pg-$(id -u)
fi

if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
	as() { runuser -u postgres -- env -C / "$@"; }
	owner=postgres
else
	as() { "$@"; }
	owner=$(id -un)
fi

url() { echo "postgresql:///postgres?host=$dir&user=$owner"; }
running() { as "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; }

make() {
	mkdir -p "$dir"
	chmod 711 "$dir"
	chown "$owner" "$dir"
	rm -rf "$dir/data"
	as "$bin/initdb" -D "$dir/data" -U "$owner" -A trust --no-sync --locale=C.UTF-8 \
		--encoding=UTF8 >"$dir/initdb.log" 2>&1
	cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 200
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
max_wal_size = 4GB
checkpoint_timeout = 1h
jit = off
CONF
}

stop() {
	exec 9>"$dir/lock"
	flock 9
	running && as "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 9>&-
	rm -rf "$dir/data" "$dir/made" "$dir/used"
}

connected() {
	as "$bin/psql" -qtAX "$(url)" -c "select 1 from pg_stat_activity
		where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1" 2>/dev/null | grep -q 1
}

watch() {
	while sleep 20; do
		[ -e "$dir/used" ] || return 0
		! connected || touch "$dir/used"
		[ $(($(date +%s) - $(stat -c %Y "$dir/used"))) -lt $idle ] || break
	done
	stop
}

start() {
	touch "$dir/used"
	running && return
	[ -f "$dir/data/PG_VERSION" ] && [ -f "$dir/made" ] || { make; touch "$dir/made"; }
	rm -f "$dir/data/postmaster.pid"
	as "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/log" -w -t 60 start </dev/null >"$dir/start.log" 2>&1 9>&-
	setsid sh "$0" watch "$dir" </dev/null >/dev/null 2>&1 9>&- &
}

case $command in
start)
	mkdir -p "$dir"
	exec 9>"$dir/lock"
	flock 9
	start || { cat "$dir/initdb.log" "$dir/start.log" "$dir/data/log" >&2 2>/dev/null; exit 1; }
	url
	;;
url) url ;;
watch) watch ;;
stop) mkdir -p "$dir" && stop ;;
*) echo "usage: pg.sh start|url|stop [DIR]" >&2; exit 2 ;;
esac
