#!/bin/bash
# SPDX-License-Identifier: MIT
# disturbed.t - vpipe-trace while others kill, stop, starve and confuse it
#
# faults.t has what is missing from the start; this is what goes wrong on the way. Each
# ends in one of the ways that docs/reliability.md names, and nothing is left behind.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

out=$tmp/out/run
mkdir "$tmp/out" "$tmp/full"
no_programs() { ! bpftool prog list | grep -q 'name vpipe_'; }
no_tools() { ! pgrep -f 'vpipe-(capture-m2m|meta-drain|trace)'; }
modprobe vpipe
modprobe vivid n_devs=1 node_types=0x1
wait_for node 'vivid-*-vid-cap'
vpipe=$(node vpipe)
check_clean() {
	check "$1: no program, no process is left" wait_for sh -c "$(declare -f no_programs no_tools); no_programs && no_tools"
	check "$1: no half-written file" [ -z "$(find "$tmp" -name '*.partial' -o -name '*.tmp')" ]
}
# A run that goes on until it is ended; it has traced a frame
start() {
	vpipe-trace run -f 100000 -o "$out" >"$tmp/table" 2>"$tmp/err" &
	tracer=$!
	wait_for traced_frame
}
# ended STATUS: the run has
ended() {
	wait $tracer
	status=$?
	[ $status = "$1" ] || { echo "status $status:"; cat "$tmp/err"; return 1; }
}

# -- signals: all of them end a run as Ctrl-C does
for signal in TERM HUP; do
	start
	kill -$signal $tracer
	check "SIG$signal: status 0" ended 0
	check "SIG$signal: the files agree" agrees "$out"
done
check_clean "signals"
start
kill -PIPE $tracer
sleep 0.5
check "SIGPIPE is ignored" kill -0 $tracer
kill -INT $tracer
check "SIGPIPE, then Ctrl-C: status 0" ended 0
{ vpipe-trace run -q -f 7 -o "$out" && vpipe-trace report "$out"; echo $? >"$tmp/status"; } 2>"$tmp/err" | true
check "stdout is a closed pipe: the files are there, and agree" agrees "$out"
check "report ends as every program does that writes to a closed pipe" [ "$(cat "$tmp/status")" = 141 ]

# -- the drain of the metadata is killed
start
cp "$out.frames.csv" "$tmp/kept" 2>/dev/null
pkill -KILL -x vpipe-meta-drai
kill -INT $tracer
check "the drain is killed: status 1" ended 1
check "it is said" grep -q 'vpipe-meta-drain was ended by signal 9' "$tmp/err"
check "the frames are there all the same" [ "$(rows "$out")" -gt 0 ]
check "a metadata file that is not whole is not" [ ! -e "$out.meta.csv" ]
check_clean "drain killed"

# -- the module
start
check "rmmod is refused while the run streams" sh -c "! rmmod vpipe 2>/dev/null"
kill -INT $tracer
check "and the run goes on to its end: status 0" ended 0
vpipe-trace record -o "$out" >"$tmp/table" 2>"$tmp/err" &
tracer=$!
wait_for grep -q recording "$tmp/err"
v4l2-ctl -d "$vpipe" --stream-mmap --stream-out-mmap --stream-count=11 >/dev/null 2>&1
check "rmmod while record traces a module nobody has open: refused" sh -c "! rmmod vpipe 2>/dev/null"
kill -INT $tracer
check "record goes on to its end: status 0" ended 0
check "with its frames" [ "$(rows "$out")" = 11 ]
check "and the module can go then" rmmod vpipe
modprobe vpipe
wait_for node vpipe
check_clean "module"

# -- two at once, each with its own files
start
vpipe-trace record -q -D 3 -o "$tmp/out/other" 2>"$tmp/other.err"
check "a second instance beside the first: status 0" [ $? = 0 ]
kill -INT $tracer
check "the first: status 0" ended 0
check "the first one's files agree" agrees "$out"
check "the second saw the first one's frames" [ "$(rows "$tmp/out/other")" -gt 10 ]
check_clean "two at once"

# -- the client is stopped, and goes on
start
client=$(pgrep -x vpipe-capture-m) # beforehand: in a slow kernel that takes seconds
kill -STOP "$client"
sleep 2
kill -CONT "$client"
wait_for traced_more_than $(($(frames_traced) + 5))
kill -INT $tracer
check "the client is suspended for 2 s: status 0" ended 0
check "the programs lost nothing" [ "$(field "$out" complete)" = true ]
waited() { # wherever it was stopped: with a frame to ask for, or one in its hands
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
		NR > 1 && $column["source_ns"] + $column["handoff_ns"] + $column["pickup_ns"] > 1.9e9 { found = 1 }
		END { exit !found }' "$out.frames.csv"
}
check "a frame has waited for it for 2 s: at the source, in its hands or to be picked up" waited

# -- the time is up while it is stopped: it goes on, to end
stopped_in_time() { # whatever else the machine is doing
	local left
	for left in 2 8 32; do
		vpipe-trace run -f 100000 -D $((start_seconds + left)) -o "$out" >"$tmp/table" 2>"$tmp/err" &
		tracer=$!
		wait_for traced_frame && pkill -STOP -x vpipe-capture-m && return
		wait $tracer
	done
	return 1
}
check "the client is stopped in time" stopped_in_time
check "the time is up while the client is stopped: status 0" ended 0
check "it has written its rows" [ "$(wc -l <"$out.csv")" -gt 1 ]

# -- a client that ends with frames on their way
cat >"$tmp/leaver" <<LEAVER
#!/usr/bin/env python3
import subprocess, signal
client = subprocess.Popen(["v4l2-ctl", "-d", "$vpipe", "--stream-mmap", "--stream-out-mmap"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
client.stderr.read(30) # a "<" for each frame
client.send_signal(signal.SIGKILL)
client.wait()
LEAVER
chmod +x "$tmp/leaver"
vpipe-trace run -q -o "$out" -- "$tmp/leaver" 2>"$tmp/err"
check "a client that is killed with frames on their way: status 0" [ $? = 0 ]
check "what became of each is known" [ "$(field "$out" complete)" = true ]
check "started = recorded + not dequeued + cancelled + closed" python -c "
import json
run = json.load(open('$out.run.json'))
frames, fate = run['frames'], run['not_recorded']
assert frames['started'] == frames['recorded'] + sum(fate.values()), run
assert frames['started'] > frames['recorded'], run"

# -- thread ids that come again: the next process gets the number of the last
cat >"$tmp/again" <<AGAIN
#!/bin/sh
for round in 1 2 3 4 5; do
	[ ! -w /proc/sys/kernel/ns_last_pid ] || echo 20000 >/proc/sys/kernel/ns_last_pid
	v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-count=7 >/dev/null 2>&1
done
AGAIN
chmod +x "$tmp/again"
vpipe-trace run -q -o "$out" -- "$tmp/again"
check "five clients with one thread id: status 0" [ $? = 0 ]
check "35 frames" [ "$(rows "$out")" = 35 ]
if [ -w /proc/sys/kernel/ns_last_pid ]; then
	check "five rows of that thread id in sched.csv" \
		[ "$(awk -F, '$1 == 20001 { n++ } END { print n + 0 }' "$out.sched.csv")" = 5 ]
else
	skip "five rows of that thread id" "this kernel lets nobody choose it (CONFIG_CHECKPOINT_RESTORE)"
fi
check "the files agree" agrees "$out" --no-source --shared

# -- the clock is set, which is not the clock that is measured with
start
date -s '+3 hours' >/dev/null
sleep 0.5
date -s '-5 hours' >/dev/null
sleep 0.5
kill -INT $tracer
check "the clock steps by hours: status 0" ended 0
check "the files agree" agrees "$out"
check "no stage has seen it" sh -c \
	"tail -n +2 $out.frames.csv | awk -F, '\$20 > 60000000000 { exit 1 }'"
date -s '+2 hours' >/dev/null

# -- a CPU goes and comes
if [ -w /sys/devices/system/cpu/cpu1/online ]; then
	start
	echo 0 >/sys/devices/system/cpu/cpu1/online
	sleep 1
	echo 1 >/sys/devices/system/cpu/cpu1/online
	sleep 1
	kill -INT $tracer
	check "a CPU goes offline and comes back: status 0" ended 0
	check "the files agree" agrees "$out"
	check "the histogram is complete" \
		[ "$(awk -F, '$1 == "e2e" {n += $4} END {print n}' "$out.hist.csv")" = "$(rows "$out")" ]
	echo 0 >/sys/devices/system/cpu/cpu1/online
	vpipe-trace run -q -f 7 -o "$out"
	check "a run with a CPU offline: status 0" [ $? = 0 ]
	check "the files agree" agrees "$out"
	echo 1 >/sys/devices/system/cpu/cpu1/online
else
	skip "CPU hotplug" "this kernel's CPUs cannot be switched off"
fi

# -- the folder goes
start
mv "$tmp/out" "$tmp/gone"
mkdir "$tmp/out"
kill -INT $tracer
check "the output folder is moved away: status 1" ended 1
check "it is said" grep -q 'cannot write' "$tmp/err"
check "and nothing is written beside it" [ -z "$(ls -A "$tmp/out")" ]
rm -rf "$tmp/gone"
start
rm -rf "$tmp/out"
kill -INT $tracer
check "the output folder is removed: status 1" ended 1
check "it is said" grep -q 'cannot write' "$tmp/err"
mkdir "$tmp/out"
check_clean "folder gone"

# -- no more room at any byte of any file: the files of the run before stay as they are
vpipe-trace run -q -f 13 -o "$out"
(cd "$tmp/out" && sha256sum run.*) >"$tmp/sums"
same_files() { (cd "$tmp/out" && [ "$(find . -type f | wc -l)" = "$(wc -l <"$tmp/sums")" ] && sha256sum --quiet -c "$tmp/sums"); }
fails_at() { # BYTES: no file may grow beyond
	# stderr is a pipe, since a file would be limited as well
	prlimit --fsize="$1" vpipe-trace run -q -f 13 -o "$out" 2>&1 | cat >"$tmp/err"
	status=${PIPESTATUS[0]}
	[ "$status" = 1 ] || { echo "status $status"; return 1; }
	grep -c '^error:' "$tmp/err" | grep -qx 1 && grep -q 'File too large' "$tmp/err" && same_files
}
for bytes in 1 35 200 655 1000 1777 2500 4095 4096; do
	check "no room at byte $bytes of a file: one error, the run before is kept" fails_at $bytes
done
check_clean "no room"

# -- a call of the file system that fails, one after the other
call_fails() { # CALL NUMBER
	strace -qq -o /dev/null -e trace="$1" -e inject="$1":error=EIO:when="$2" \
		vpipe-trace run -q -f 7 -o "$out" 2>"$tmp/err"
	status=$?
	case $status in
	0) return 0 ;; # it was no file of the run's
	1) grep -q '^error:' "$tmp/err" && [ -z "$(find "$tmp/out" -name '*.partial')" ] ;;
	*) echo "status $status" && cat "$tmp/err" && return 1 ;;
	esac
}
for call in fsync:1 fsync:4 fsync:7 rename:1; do
	check "${call%:*} number ${call#*:} fails" call_fails "${call%:*}" "${call#*:}"
done
check_clean "failing calls"

# -- killed at any moment, before, in and after the frames
killed_at() {
	vpipe-trace run -q -f 7 -o "$out" 2>/dev/null &
	tracer=$!
	sleep "$1"
	kill -KILL $tracer 2>/dev/null
	wait $tracer 2>/dev/null
	wait_for no_programs && wait_for no_tools
}
for delay in 0.1 0.4 0.8 1.2 1.6 2.0 2.4; do
	check "kill -9 after $delay s: no program, no process is left" killed_at $delay
done
check "the next run works" vpipe-trace run -q -f 13 -o "$out"
check "its files agree" agrees "$out"
check_clean "killed"
modprobe -r vivid vpipe
modprobe -r v4l2_mem2mem 2>/dev/null
finish
