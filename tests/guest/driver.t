#!/bin/bash
# SPDX-License-Identifier: MIT
# driver.t - the driver as the media subsystem tests drivers; inside the guest, as root
#
# Refused and repeated unloading, clients killed in mid-stream, events as the tracers read
# them, and a kernel log without a complaint after all of it.
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

tracefs=/sys/kernel/tracing
events='vpipe_buf_done vpipe_close vpipe_copy_done vpipe_crc_done vpipe_cv_done vpipe_dqbuf
	vpipe_dqbuf_ret vpipe_flush vpipe_job vpipe_meta_overrun vpipe_meta_write vpipe_open vpipe_pickup
	vpipe_qbuf vpipe_queued vpipe_run vpipe_runner vpipe_streamoff vpipe_submit'
complaint='BUG|WARNING|Oops|KASAN|KCSAN|UBSAN|INFO: (possible|suspicious|trying)|suspected memory leak|refcount_t|hung task|blocked for more'
began=$(dmesg | wc -l)
stream='--stream-mmap --stream-out-mmap'

load() {
	load_node vpipe vpipe && video=$(node vpipe)
}

unload() {
	rmmod vpipe && ! node vpipe && [ ! -e /dev/vpipe-meta ]
}

is_loaded() {
	[ -d /sys/module/vpipe ]
}

# A client that keeps streaming until it is ended.
start_client() {
	# shellcheck disable=SC2086
	v4l2-ctl -d "$video" --set-ctrl=algorithm=1 $stream >/dev/null 2>&1 &
	client=$!
}

end_client() {
	kill -9 "$client"
	wait "$client" 2>/dev/null
	client=
}

streams() {
	# shellcheck disable=SC2086
	v4l2-ctl -d "$video" $stream --stream-count=5
}

refuses_unload_while() {
	! rmmod vpipe && is_loaded && end_client
}

held_open() {
	sh -c 'exec 3<"$1" && exec sleep 60' sh "$1" &
	client=$!
	wait_for has_open $client "$1"
	refuses_unload_while
}

# killed in whatever step it is at
killed_in_mid_stream() {
	for delay in 0.02 0.05 0.1 0.2 0.3 0.31 0.32 0.33 0.34 0.35 0.5; do
		start_client
		sleep "$delay"
		end_client
	done
	streams
}

# two at a time, so that one runs the other's jobs
killed_beside_another() {
	for delay in 0.3 0.31 0.33 0.37 0.4; do
		start_client
		other=$client
		start_client
		sleep "$delay"
		end_client
		client=$other
		end_client
	done
	streams
}

# v4l2-ctl without frames to feed sits in DQBUF
killed_in_dqbuf() {
	v4l2-ctl -d "$video" --stream-mmap >/dev/null 2>&1 &
	client=$!
	wait_for dequeues $client
	refuses_unload_while && streams
}

unload_after_kill() {
	for _ in 1 2 3; do
		start_client
		sleep 0.4
		end_client
		unload && load || return 1
	done
}

reload() {
	for _ in 1 2 3 4 5 6 7 8; do
		unload && load || return 1
	done
	streams
}

all_events() {
	for event in $events; do
		[ -r "$tracefs/events/vpipe/$event/format" ] || { echo "no $event"; return 1; }
	done
	# shellcheck disable=SC2086
	[ "$(find "$tracefs/events/vpipe" -mindepth 1 -type d | wc -l)" = "$(echo $events | wc -w)" ]
}

# every event of a frame, with names where there are enumerations
frame_as_text() {
	echo >"$tracefs/trace"
	echo 1 >"$tracefs/events/vpipe/enable"
	streams >/dev/null
	echo 0 >"$tracefs/events/vpipe/enable"
	cat "$tracefs/trace" >"$tmp/trace"
	head -n 60 "$tmp/trace"
	for text in 'open: ctx=[1-9]' \
		'qbuf: ctx=.* queue=OUTPUT index=0 memory=MMAP timestamp_ns=[1-9]' \
		'queued: ctx=.* queue=OUTPUT index=0 src_seq=0 depth=1' \
		'queued: ctx=.* queue=CAPTURE index=0 src_seq=0 depth=1' \
		'run: ctx=.* out_index=0 cap_index=0 src_seq=0 algo=none bytesused=307200' \
		'copy_done: ctx=.* bytes=307200' 'cv_done: ctx=.* algo=none status=ok value0=0 value1=0' \
		'crc_done: ctx=.* bytes=307200 crc32=0x[0-9a-f]{8}' \
		'meta_write: ctx=.* seq=.* head=.* src_seq=0 cap_index=0' \
		'buf_done: ctx=.* queue=OUTPUT index=0 sequence=0 state=DONE bytesused=307200' \
		'buf_done: ctx=.* queue=CAPTURE index=0 sequence=0 state=DONE bytesused=307200' \
		'dqbuf: ctx=.* queue=CAPTURE' 'dqbuf_ret: ctx=.* queue=CAPTURE index=0 ret=0' \
		'close: ctx=[1-9]'; do
		grep -Eq "vpipe_$text" "$tmp/trace" || { echo "no vpipe_$text"; return 1; }
	done
}

# the buffer may be queued again as soon as it is back: vpipe_job must have been told by then
job_comes_first() {
	grep -oE 'vpipe_(job|buf_done: ctx=[0-9]+ queue=(CAPTURE|OUTPUT).*state=DONE)' "$tmp/trace" |
		sed -E 's/.*queue=([A-Z]+).*/\1/' | head -n 30 | paste -sd ' ' >"$tmp/order"
	cat "$tmp/order"
	grep -Eq '^(vpipe_job CAPTURE OUTPUT ?)+$' "$tmp/order"
}

# Do events show how deep preemption is off? Wherever it counts that, it is in sched_switch. And
# it is only off under a spinlock where that is no mutex.
shows_preemption() {
	[[ $(uname -v) != *PREEMPT_RT* ]] || { no_preemption="a spinlock of this kernel (PREEMPT_RT) leaves preemption on"; return 1; }
	no_preemption="this kernel does not count it (CONFIG_PREEMPT_COUNT)"
	echo >"$tracefs/trace"
	echo 1 >"$tracefs/events/sched/sched_switch/enable"
	sleep 0.1
	echo 0 >"$tracefs/events/sched/sched_switch/enable"
	grep -qE '\] ...[1-9].*sched_switch:' "$tracefs/trace"
}

# who is woken for the CAPTURE buffer must find the OUTPUT buffer, too: preemption is off (the
# fourth flag), so that the job is not preempted between the two
buffers_go_back_together() {
	grep 'vpipe_buf_done: .*state=DONE' "$tmp/trace" >"$tmp/done"
	cat "$tmp/done"
	[ -s "$tmp/done" ] && ! grep -qvE '\] ...[1-9]' "$tmp/done"
}

hist_trigger() {
	trigger=$tracefs/events/vpipe/vpipe_buf_done/trigger
	echo 'hist:keys=queue,state:vals=bytesused' >"$trigger" && streams >/dev/null
	status=$?
	cat "${trigger%/*}/hist"
	grep -q 'queue: *1, state: *5' "${trigger%/*}/hist" || status=1
	echo '!hist:keys=queue,state:vals=bytesused' >"$trigger"
	return "$status"
}

trace_cmd_reads_them() {
	# shellcheck disable=SC2086
	trace-cmd record -q -e vpipe -o "$tmp/trace.dat" \
		v4l2-ctl -d "$video" $stream --stream-count=5 >"$tmp/record" 2>&1 || return 1
	trace-cmd report "$tmp/trace.dat" >"$tmp/report" 2>&1
	head -n 40 "$tmp/report"
	! grep -Eq 'FAILED|parse|bad format' "$tmp/report" &&
		grep -q 'vpipe_buf_done: .*queue=CAPTURE .*state=DONE' "$tmp/report"
}

clean_log() {
	dmesg | tail -n "+$began" | awk -f scripts/races-of-others.awk | grep -E "$complaint" && return 1
	return 0
}

need_vpipe
mountpoint -q "$tracefs" || mount -t tracefs tracefs "$tracefs"
is_loaded && rmmod vpipe

check 'modprobe vpipe makes the node' load
is_loaded || { finish; exit; }
check 'and the metadata device' test -c /dev/vpipe-meta

check 'every event is there, and no other' all_events
check 'a frame as text' frame_as_text
check 'a frame is told of before its buffers go back' job_comes_first
if shows_preemption; then
	check 'its buffers go back together, without preemption' buffers_go_back_together
else
	skip 'its buffers go back together, without preemption' "$no_preemption"
fi
check 'a hist: trigger' hist_trigger
if command -v trace-cmd >/dev/null; then
	check 'trace-cmd record and report' trace_cmd_reads_them
else
	skip 'trace-cmd record and report' 'trace-cmd is not installed'
fi

check 'rmmod is refused while the node is open' held_open "$video"
check 'rmmod is refused while the metadata device is open' held_open /dev/vpipe-meta
check 'a client in a blocking DQBUF holds the module, and can be killed' killed_in_dqbuf
check 'clients killed in mid-stream' killed_in_mid_stream
check 'clients killed beside one another' killed_beside_another
check 'rmmod right after a client was killed' unload_after_kill
check 'load and unload, eight times' reload
check 'unload' unload
check 'the kernel log is clean' clean_log
finish
