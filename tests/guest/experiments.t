#!/bin/bash
# SPDX-License-Identifier: MIT
# experiments.t - runs of which it is known what must come out; in the guest, as root
#
# docs/attribution.md has them all, with the reasons for the limits that tests/check-experiment
# checks. Everything is measured in pairs, the runs of a pair alternating.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe
need_speed

client=${BUILD:-build}/tests/guest-client
preempt=/sys/kernel/debug/sched/preempt

# traced PREFIX FRAMES COMMAND...: a run without a source, whose files agree with each other
traced() {
	local run=$tmp/$1 frames=$2
	shift 2
	check "${run##*/}: $frames frames, the costs add up, all but 1 % is attributed" \
		traced_run "$run" "$frames" "$@"
}

# called by check:
# shellcheck disable=SC2317
traced_run() {
	local run=$1 frames=$2
	shift 2
	vpipe-trace run -q -o "$run" -- "$@" && python tests/check-run "$run" "$frames" --no-source
}

# experiment TEXT ARG...: what came out is what must; the line says what was measured
experiment() {
	local text=$1
	shift
	if (cd "$tmp" && python "$OLDPWD/tests/check-experiment" "$@") >"$tmp/check.out" 2>&1; then
		ok "$text: $(sed -n 's/^measured: //p' "$tmp/check.out")"
	else
		not_ok "$text"
		grep -vE '^(ok |1\.\.)' "$tmp/check.out" | diag
	fi
}

# image FILE WIDTH HEIGHT: noise
image() {
	printf 'P5\n%d %d\n255\n' "$2" "$3" >"$1"
	head -c $(($2 * $3)) /dev/urandom >>"$1"
}

# fixture PREFIX FRAMES WIDTH HEIGHT OPTION...: vpipe-bench-fixture with an image of this size
fixture() {
	local prefix=$1 frames=$2 file=$tmp/$3x$4.pgm
	[ -e "$file" ] || image "$file" "$3" "$4"
	shift 4
	traced "$prefix" "$frames" vpipe-bench-fixture -q -f "$frames" --fixture "$file" "$@"
}

load_node vpipe vpipe

# -- the application sleeps before it asks, or at another time
for i in 1 2; do
	traced asks$i 31 "$client" stream 31 -a threshold -p 20
	traced sleeps$i 31 "$client" stream 31 -a threshold -w 20 -o "$tmp/sleeps.csv"
done
experiment 'a sleep of 20 ms before DQBUF is dwell, and nothing else grows' \
	sleep 20 sleeps.csv asks1,asks2 sleeps1,sleeps2

# -- a backlog
traced backlog 77 "$client" burst 11 7
experiment '7 frames before the first CAPTURE buffer: the queue stage is the backlog' backlog 7 backlog

# -- a real-time hog on the client's CPU
hogged() { # PREFIX and so on, as for traced
	"$client" hog 1 "$tmp/$1.bursts.csv" &
	hog=$!
	sleep 0.1
	traced "$@"
	kill $hog
	wait $hog
}
hogged voluntary 101 taskset -c 1 "$client" stream 101
experiment 'a hog, kernel as it is: what it takes is a wait for a CPU' preempted voluntary
if grep -q full $preempt 2>/dev/null; then
	default=$(grep -o '(.*)' $preempt | tr -d '()')
	echo full >$preempt
	for i in 1 2; do
		traced alone$i 31 taskset -c 1 "$client" stream 31 -s 4096x2048
		hogged hogged$i 31 taskset -c 1 "$client" stream 31 -s 4096x2048
	done
	echo "$default" >$preempt
	experiment 'a hog, kernel preemptible: what it takes is scheduler jitter, copies do not grow' \
		hog alone1,alone2 hogged1,hogged2
else
	skip 'a hog, kernel preemptible' 'this kernel cannot be made so while it runs'
fi

# -- four times the pixels; the upper half is thresholded, the lower copied
for i in 1 2; do
	fixture small$i 41 640 480 --roi 0,0,640,240
	fixture large$i 41 1280 960 --roi 0,0,1280,480
done
experiment 'frame size x 4: copy, cv and crc grow, scheduling does not' size small1,small2 large1,large2

# -- another algorithm
for i in 1 2; do
	fixture none$i 61 640 480 --algo none
	fixture threshold$i 61 640 480
done
experiment 'none or threshold: compute changes, and the copy that it replaces' algo none1,none2 threshold1,threshold2

# -- caches flushed before each job: software emulation has none, so nothing but the flush appears
if v4l2-ctl -d "$(node vpipe)" -c cache=2 >/dev/null 2>&1; then
	for i in 1 2; do
		fixture asis$i 61 640 480
		fixture source$i 61 640 480 --cache source
		fixture both$i 61 640 480 --cache both
	done
	experiment 'caches flushed: the flush is in queue, and no step of the job has any of it' \
		cache asis1,asis2 source1,source2 both1,both2
else
	skip 'caches flushed' 'the driver knows no way to flush them on this machine'
fi

# -- transports
traced_pipeline() { # TRANSPORT PREFIX
	check "$2: 41 frames of a source, the costs add up, all but 1 % is attributed" \
		sh -c "vpipe-trace run -q -f 41 -t $1 -o $tmp/$2 && tests/check-run $tmp/$2 41"
}
if load_node vivid 'vivid-*-vid-cap' n_devs=1 node_types=0x1; then
	for i in 1 2; do
		traced_pipeline dmabuf dmabuf$i
		traced_pipeline mmap mmap$i
	done
	experiment "MMAP or DMABUF: the application's copy comes and goes" \
		transport dmabuf1,dmabuf2 mmap1,mmap2
	modprobe -r vivid
else
	skip "MMAP or DMABUF: the application's copy comes and goes" 'this kernel has no vivid'
fi

# -- counts
fixture prime13 13 4 4
fixture prime997 997 4 4
traced paired 101 sh -c "$client stream 101 -s 16x16; exec $client pair 997 $tmp/pair.csv"
experiment '997 times to and fro: each switch is counted' pair 997 pair.csv paired

# -- another tracer
events="-e sched_switch -e sched_wakeup -e sched_wakeup_new -e sched_migrate_task"
cat >"$tmp/seen" <<SEEN
$client stream 97 -s 64x64 -w 1
taskset -c 1 $client stream 43 -p 1
exec $client pair 199 $tmp/pair.csv
SEEN
# shellcheck disable=SC2086 # several words
trace-cmd record -q -C mono $events -b 20000 -o "$tmp/trace.dat" \
	vpipe-trace run -q -o "$tmp/seen" -- sh "$tmp/seen" >/dev/null 2>"$tmp/record.err"
check 'a run beside trace-cmd: 140 frames, the files agree' python tests/check-run "$tmp/seen" 140 --no-source
trace-cmd report -t -R -i "$tmp/trace.dat" >"$tmp/report.txt" 2>&1
experiment 'trace-cmd counted the same, of each thread' events report.txt seen

# -- a thread of its own for the jobs; the client, real-time, asks before it works
modprobe -r vpipe
for i in 1 2; do
	load_node vpipe vpipe exec=inline
	traced inline$i 499 "$client" stream 499 -p 1 -r 1
	modprobe -r vpipe
	load_node vpipe vpipe exec=worker
	taskset -pc 1 "$(pgrep vpipe-worker)" >/dev/null
	traced worker$i 499 "$client" stream 499 -p 1 -r 1
	modprobe -r vpipe
done
experiment 'exec=worker: a switch and a wakeup more a frame, and one each of the worker' \
	worker inline1,inline2 worker1,worker2
finish
