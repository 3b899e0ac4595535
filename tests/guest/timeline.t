#!/bin/bash
# SPDX-License-Identifier: MIT
# timeline.t - --timeline: what the threads of a reader did, as ftrace has it; of each frame who carried it
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
need_speed

tracefs=/sys/kernel/tracing
timeline() { python tests/check-timeline "$1" "$run" "${@:2}"; }
has_programs() { bpftool prog list | grep -qw "name $1"; }
# VALUE...: the scheduler's events, by ftrace
ftrace() {
	local event
	for event in switch waking wakeup wakeup_new migrate_task; do
		echo "$1" >$tracefs/events/sched/sched_$event/enable
	done
}
echo mono >$tracefs/trace_clock
echo 16384 >$tracefs/buffer_size_kb

load_node vivid 'vivid-*' n_devs=1 node_types=0x1
camera=$(node 'vivid-000*')
v4l2-ctl -d "$camera" --set-fmt-video=width=320,height=180,pixelformat=YUYV >/dev/null

# -- a reader that sleeps, beside one that has its CPU
echo >$tracefs/trace
ftrace 1
rm -f "$log"
record_begin -d "$camera" --timeline
taskset -c 1 sh -c 'while :; do :; done' &
busy=$!
taskset -c 1 timeout 60 "$reader" --device "$camera" --csv "$log" --fps 30 --frames 91 --how poll \
	>"$tmp/reader.out" 2>"$tmp/reader.err"
check "the programs are those that tell, and their ring is there" has_programs vpipe_switcht
record_end
kill $busy
ftrace 0
cp $tracefs/trace "$tmp/trace"
holds "with a timeline"
check "the rows of each thread, and its account" timeline sums
timeline sums | grep '^#'
check "ftrace has the same of it" timeline ftrace "$tmp/trace" --within-us 20000 --median-us 200 --events 50
timeline ftrace "$tmp/trace" --within-us 20000 | grep '^#'
check "who carried each frame" timeline carriers --stages wake,react,lock,pickup
timeline carriers | grep '^#'
nothing_lost() { grep -q '"complete": true' "$run.run.json"; }
check "nothing was lost" nothing_lost

# -- without one
reads "$camera" --frames 31
holds "without a timeline"
no_timeline() { [ ! -e "$run.timeline.csv" ] && ! head -n 1 "$run.frames.csv" | grep -q '_tid,'; }
check "there is no file, and no column" no_timeline
record_begin -d "$camera"
check "nor its programs" sh -c "! bpftool prog list | grep -qw 'name vpipe_switcht'"
check "nor its ring" sh -c "! bpftool map list | grep -qw 'name spans'"
check "but those that do not tell" has_programs vpipe_switch
record_end

# -- a tracer that comes to nothing for a while
rm -f "$log"
record_begin -d "$camera" --timeline --ring-size 4
read_node "$camera" --frames 151 --progress "$tmp/progress" &
client=$!
wait_for has_bytes 30 "$tmp/progress"
kill -STOP "$tracer"
wait_for has_bytes 90 "$tmp/progress"
kill -CONT "$tracer"
wait $client
record_end
check "rows that found no room: status 3" [ "$status" = 3 ]
check "and it is said" grep -E '^(losses)? +[0-9]+ pieces of the timeline lost' "$tmp/said"
check "they are counted, and can be seen" timeline lost
timeline lost | grep '^#'
gone "all of them"
modprobe -r vivid

# -- through our node, whose frames are in the hands of several
if modprobe -n vpipe 2>/dev/null; then
	modprobe vivid n_devs=1 node_types=0x1
	load_node vpipe vpipe
	run=$tmp/run
	check "run --timeline" vpipe-trace run -q --timeline -f 90 -o "$run"
	check "its files agree" python tests/check-run "$run" 90
	check "the rows of each thread, and its account" timeline sums
	check "who carried each frame" timeline carriers --stages source,handoff,submit,copy,complete,pickup
	timeline carriers | grep '^#'
	modprobe -r vivid vpipe
else
	skip "run --timeline" "vpipe is not installed"
fi
finish
