#!/bin/bash
# SPDX-License-Identifier: MIT
# faults.t - vpipe-trace run when things are missing, wrong, full or killed
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

out=$tmp/out/run
mkdir -p "$tmp/out" "$tmp/full"
chmod 755 "$tmp"
programs() { bpftool prog list | grep -c 'name vpipe_'; }
no_programs() { [ "$(programs)" = 0 ]; }
no_tools() { ! pgrep -f 'vpipe-(capture-m2m|meta-drain|trace)'; }
load_checksums
before=$(modules)

# Nothing is loaded, running or half-written.
check_clean() {
	check "$1: no program is left" wait_for no_programs
	check "$1: no process is left" wait_for no_tools
	check "$1: the modules are as before" [ "$before" = "$(modules)" ]
	check "$1: no half-written file" [ -z "$(find "$tmp" -name '*.partial' -o -name '*.tmp')" ]
}

# -- mistakes
check_fails "an unknown verb" 2 "unknown verb 'tally'" vpipe-trace tally
check_fails "no verb" 2 'verb is missing' vpipe-trace
check_fails "an absurd number of frames" 2 "frames must be .* not '-1'" vpipe-trace run --frames=-1
check_fails "a ring size that is no power of two" 2 'power of two' vpipe-trace run --ring-size 100
check_fails "no privilege" 1 'this user lacks: run it as root' \
	setpriv --reuid nobody --clear-groups --inh-caps=-all vpipe-trace run -o "$out"
check_clean "no privilege"
mount -t tmpfs none "/lib/modules/$(uname -r)"
check_fails "the module is not installed" 1 'module vpipe is not installed' vpipe-trace run -o "$out"
umount "/lib/modules/$(uname -r)"
check_fails "the module is not loaded and may not be" 1 'no video node vpipe' \
	vpipe-trace run --no-load -o "$out"
check_clean "no module"
check_fails "a device that does not exist" 1 '/dev/video99: No such file' \
	vpipe-trace run -d /dev/video99 -o "$out"
check_fails "a source that does not exist" 1 '/dev/video99: No such file' \
	vpipe-trace run -s /dev/video99 -o "$out"
check_fails "a device that is no video node" 1 '/dev/null is no video node' \
	vpipe-trace run -d /dev/null -o "$out"
check_clean "wrong device"
check_fails "a folder that does not exist" 1 'cannot write /nonexistent/x' vpipe-trace run -o /nonexistent/x
check_fails "a folder that cannot be written" 1 'cannot write /proc/x' vpipe-trace run -o /proc/x
check_clean "unwritable folder"
check_fails "a command that does not exist" 1 'cannot run no-such-command' \
	vpipe-trace run -o "$out" -- no-such-command
check_fails "a command that passes no frame" 1 'no frame passed' vpipe-trace run -o "$out" -- true
check_clean "useless command"

# -- the disk
mount -t tmpfs -o size=64k tmpfs "$tmp/full"
check_fails "a disk that is too small" 1 'not enough space' vpipe-trace run -o "$tmp/full/run"
umount "$tmp/full"
mount -t tmpfs -o size=2m tmpfs "$tmp/full"
vpipe-trace run -q -f 300 -o "$tmp/full/run" >"$tmp/full.out" 2>"$tmp/full.err" &
tracer=$!
wait_for traced_frame
dd if=/dev/zero of="$tmp/full/filler" bs=64k >/dev/null 2>&1
wait $tracer
check "a disk that fills up during the run: status 1" [ $? = 1 ]
check "it is said which file" grep -q 'No space left on device' "$tmp/full.err"
check "no file of the run appears" [ "$(ls -A "$tmp/full")" = filler ]
umount "$tmp/full"
check_clean "full disk"

# -- loss: the smallest ring, and a reader that does not read
frames=150
slow_kernel && frames=600 # so that some are left once the reader is known to be stopped
vpipe-trace run --ring-size 4 -f $frames -o "$out" >"$tmp/table" 2>"$tmp/err" &
tracer=$!
wait_for traced_frame
kill -STOP $tracer
wait_for sh -c "! pgrep -x vpipe-capture-m | xargs -r ps -o stat= -p | grep -qv Z"
kill -CONT $tracer
wait $tracer
check "a full ring: status 3" [ $? = 3 ]
check "it is said" grep -q 'data are incomplete' "$tmp/err"
check "the loss is in the table" grep -qE '^losses +[0-9]+ frame rows lost: ring buffer full' "$tmp/table"
check "rows and losses are all the frames" \
	[ $(($(rows "$out") + $(field "$out" losses.ring_full))) = $frames ]
check "the histogram is complete" \
	[ "$(awk -F, '$1 == "e2e" {n += $4} END {print n}' "$out.hist.csv")" = $frames ]
check "run.json says so" [ "$(field "$out" complete)" = false ]
vpipe-trace report "$out" >"$tmp/report"
check "report takes the files as they are: status 3" [ $? = 3 ]
check "and says first that they are not all" sh -c "head -n 2 $tmp/report | tr -d '\n' | grep -qE '^INCOMPLETE: .* frame rows lost'"
check_clean "full ring"

# -- signals
vpipe-trace run -f 100000 -o "$out" >"$tmp/table" 2>&1 &
tracer=$!
wait_for traced_frame
check_fails "a second run of the same name" 1 'another vpipe-trace is writing' vpipe-trace run -o "$out"
kill -INT $tracer
wait $tracer
check "SIGINT: status 0" [ $? = 0 ]
check "SIGINT: the files agree" agrees "$out"
check_clean "SIGINT"
cp "$out.frames.csv" "$tmp/kept"
vpipe-trace run -f 100000 -o "$out" >/dev/null 2>&1 &
tracer=$!
wait_for traced_frame
kill -INT $tracer
kill -INT $tracer
wait $tracer
kept_or_whole() { cmp -s "$tmp/kept" "$out.frames.csv" || agrees "$out"; }
check "SIGINT twice: the earlier run's files are kept or replaced whole" kept_or_whole
check_clean "SIGINT twice"
vpipe-trace run -D $start_seconds -f 100000 -q -o "$out"
check "--duration: status 0" [ $? = 0 ]
check "--duration: the files agree" agrees "$out"

# -- killed
vpipe-trace run -f 100000 -o "$out" >/dev/null 2>"$tmp/err" &
tracer=$!
wait_for traced_frame
pkill -KILL -x vpipe-capture-m
wait $tracer
check "the client is killed: status 1" [ $? = 1 ]
check "it is said" grep -q 'was ended by signal 9' "$tmp/err"
check "its frames are kept" [ "$(rows "$out")" -gt 0 ]
check "a stale RUN.csv is not" [ ! -e "$out.csv" ]
check_clean "client killed"
cp "$out.frames.csv" "$tmp/kept"
vpipe-trace run -f 100000 -o "$out" >/dev/null 2>&1 &
tracer=$!
wait_for traced_frame
kill -KILL $tracer
wait $tracer 2>/dev/null
check "kill -9: no program is left" wait_for no_programs
check "kill -9: no process is left" wait_for no_tools
check "kill -9: the earlier run's files are untouched" cmp "$tmp/kept" "$out.frames.csv"
check "kill -9: the next run of that name works" vpipe-trace run -q -f 13 -o "$out"
modprobe -r vivid vpipe
modprobe -r v4l2_mem2mem 2>/dev/null
finish
