#!/bin/bash
# SPDX-License-Identifier: MIT
# service.t - record --interval: what it takes, what it says, what it leaves; and the unit that runs it
. "$(dirname "$0")/../lib.sh"

mkdir "$tmp/out"
file=$tmp/out/vpipe.prom
left_on() { vpipe-trace record --interval 1 --metrics "$file" "$@"; }

# --- command lines
check_fails "no file" 2 'error: --interval needs --metrics FILE' vpipe-trace record --interval 5
check_fails "no interval" 2 'error: --metrics needs --interval S.*export --metrics' vpipe-trace record --metrics "$file"
check_fails "an empty name" 2 'error: --metrics: the file needs a name' vpipe-trace record -i 5 --metrics ''
for interval in 0 3601 -1 1.5 x ''; do
	check_fails "an interval of '$interval'" 2 'error: --interval must be a whole number from 1 to 3600' \
		vpipe-trace record --interval="$interval" --metrics "$file"
done
for option in --output=x --pid=1 --stop-above=5ms --timeline --warmup=3 --deadline=5ms --counters=page_faults --counters=none; do
	check_fails "with $option" 2 "error: ${option%%=*} is for a run, and with --interval there is none" left_on "$option"
done
check "nothing is written by all that" [ -z "$(ls -A "$tmp/out")" ]

# --- where it cannot write
file=$tmp/none/vpipe.prom check_fails "a folder that is not there" 1 \
	"error: cannot write $tmp/none/vpipe.prom: No such file or directory; its folder must be there" left_on
file=$tmp/out check_fails "a folder" 1 "error: cannot write $tmp/out: it is no file" left_on
mkfifo "$tmp/fifo"
file=$tmp/fifo check_fails "a FIFO, which nobody reads" 1 "error: cannot write $tmp/fifo: it is no file" timeout 20 vpipe-trace record -i 1 --metrics "$tmp/fifo"

if [ "$(id -u)" = 0 ]; then
	chmod 755 "$tmp"
	not_ours() { setpriv --reuid nobody --regid nogroup --clear-groups "$PWD/${BUILD:-build}/bin/vpipe-trace" record -i 1 --metrics "$file"; }
	[ ! -x "$(dirname "$PWD")" ] || setpriv --reuid nobody --regid nogroup --clear-groups test -x "$PWD/${BUILD:-build}/bin/vpipe-trace" 2>/dev/null &&
		check_fails "a folder of somebody else's" 1 "error: cannot write $file: Permission denied; its folder must be" not_ours

	# --- nothing to be recorded: it waits
	begin() {
		vpipe-trace record -i 1 --metrics "$file" -d no-such-camera 2>"$tmp/err" &
		meter=$!
		wait_for [ -s "$file" ]
	}
	end() { kill "-$1" $meter; wait $meter; }
	series() { awk -v series="$1 " 'index($0, series) == 1 { print $NF }' "$file"; }
	begin
	check "without devices it stays" [ -s "$file" ]
	check "says what it waits for" grep -q '^note: waiting for devices: there is no no-such-camera$' "$tmp/err"
	check "writes that there is none" [ "$(series vpipe_devices)" = 0 ]
	check "and what measures" [ "$(series "vpipe_trace_info{version=\"$(vpipe-trace -V | cut -d' ' -f2)\",release=\"$(uname -r)\"}")" = 1 ]
	check "in good form" tests/check-metrics "$file"
	check "for all to read" [ "$(stat -c %a "$file")" = 644 ]
	second=$(stat -c %i "$file")
	anew() { [ "$(stat -c %i "$file")" != "$second" ]; }
	check "and again" wait_for anew
	file=$tmp/out/other.prom check_fails "a second one in that folder" 1 'error: another vpipe-trace writes to .*/out' left_on
	check "it has said so once" [ "$(wc -l <"$tmp/err")" = 1 ]
	end TERM
	check "SIGTERM: status 0" [ $? = 0 ]
	check "the file is gone, and nothing is left beside it" [ -z "$(ls -A "$tmp/out")" ]
	begin
	end INT
	check "SIGINT: likewise" [ $? = 0 -a -z "$(ls -A "$tmp/out")" ]
	begin
	end KILL
	check "SIGKILL: the last file is whole" tests/check-metrics "$file"
	second=$(stat -c %i "$file")
	begin
	wait_for anew
	end TERM
	check "who comes behind takes it over" [ -z "$(ls -A "$tmp/out")" ]
	check "with a time of its own" left_on -q -D 1.5 -d no-such-camera
	check "the file is left" tests/check-metrics "$file"
	rm "$file"

	# --- a disk that is full for a while: a file may be so large at most
	begin
	prlimit --pid $meter --fsize=1024:
	check "a write that fails is said" wait_for grep -q "^warning: cannot write $file: File too large; what is there is old, and counting goes on" "$tmp/err"
	sleep 2
	check "once" [ "$(grep -c '^warning' "$tmp/err")" = 1 ]
	check "what was written before is there" tests/check-metrics "$file"
	check "nothing half is beside it" [ "$(ls -A "$tmp/out")" = vpipe.prom ]
	prlimit --pid $meter --fsize=unlimited:
	check "that it works again, too" wait_for grep -q "^note: $file is written again; it has failed [2-9] times" "$tmp/err"
	check "and how often it did not" [ "$(series vpipe_writes_failed_total)" -ge 2 ]
	rm -r "$tmp/out"
	check "a folder that goes" wait_for grep -q "^warning: cannot write $file: No such file or directory" "$tmp/err"
	mkdir "$tmp/out"
	check "and comes back" wait_for [ -s "$file" ]
	end TERM
	check "after all that: status 0" [ $? = 0 ]
else
	skip "left on" "needs root"
fi

# --- the unit
unit=loader/service/vpipe-trace.service
exposure() { systemd-analyze security --offline=true --no-pager "$unit" | grep -oE 'level for .*: [0-9.]+' | grep -oE '[0-9.]+$'; }
safe() { level=$(exposure) && echo "exposure $level" && awk -v level="$level" 'BEGIN { exit !(level > 0 && level <= 2.0) }'; }
check "its exposure is 2.0 at most" safe
mkdir "$tmp/unit"
installed() (
	make -s install-service DESTDIR="$tmp/unit" PREFIX=/opt/vpipe >/dev/null &&
		cd "$tmp/unit" && find . -type f | sort | xargs stat -c '%a %n'
)
check "it is installed with a user, a folder and its options" diff - <(installed) <<-END
	644 ./etc/default/vpipe-trace
	644 ./opt/vpipe/lib/systemd/system/vpipe-trace.service
	644 ./opt/vpipe/lib/sysusers.d/vpipe.conf
	644 ./opt/vpipe/lib/tmpfiles.d/vpipe.conf
END
check "and starts what was installed with it" grep -q '^ExecStart=/opt/vpipe/bin/vpipe-trace record ' "$tmp/unit/opt/vpipe/lib/systemd/system/vpipe-trace.service"
echo '# mine' >"$tmp/unit/etc/default/vpipe-trace"
installed >/dev/null
check "options that were set stay" grep -q mine "$tmp/unit/etc/default/vpipe-trace"
sed "s|/usr/bin/vpipe-trace|$PWD/${BUILD:-build}/bin/vpipe-trace|" "$unit" >"$tmp/vpipe-trace.service"
verified() { ! systemd-analyze verify --man=no "$tmp/vpipe-trace.service" 2>&1 | grep .; }
check "systemd has nothing to say against it" verified
check "nor against the user" systemd-sysusers --dry-run "$PWD/loader/service/vpipe.sysusers"
# each boot does it again
chmod 755 "$tmp"
folder=$tmp/var/lib/prometheus/node-exporter
sed "s| /var| $tmp/var|; s/u:vpipe:/u:nobody:/" loader/service/vpipe.tmpfiles >"$tmp/folder.conf"
may_write() {
	systemd-tmpfiles --create "$tmp/folder.conf" && setpriv --reuid nobody --regid nogroup --clear-groups touch "$folder/$1"
}
if [ "$(id -u)" = 0 ]; then
	check "its user may write its folder at the first boot" may_write first
	check "and at the second" may_write second
	chmod 755 "$folder"
	check "and when another package has set the folder's mode" may_write third
	check "others may not" sh -c "! setpriv --reuid games --regid nogroup --clear-groups touch $folder/other 2>/dev/null"
else
	skip "who may write its folder" "needs root"
fi
# what its command line comes to is taken
# shellcheck disable=SC2016 # they are systemd's
words() { sed -n 's|^ExecStart=/usr/bin/vpipe-trace ||p' "$unit" | sed 's/\$VPIPE_OPTIONS//; s/\${VPIPE_INTERVAL}/15/; s|\${VPIPE_METRICS}|'"$tmp/none/x.prom"'|'; }
# shellcheck disable=SC2046 # words
check_fails "its command line is one of ours" 1 "cannot write $tmp/none/x.prom" vpipe-trace $(words)
finish
