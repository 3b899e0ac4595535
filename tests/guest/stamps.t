#!/bin/bash
# SPDX-License-Identifier: MIT
# stamps.t - chains of cameras whose timestamps are no identity: each frame is made from that which the
# client has handed on, or from none that is known, and that is counted
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/chain.sh"
need_vpipe
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
oddcam=${BUILD:-build}/tests/kmod/$(uname -r)/oddcam.ko
[ -e "$oddcam" ] || { echo '1..0 # SKIP the test camera is not built for this kernel (make test-kmod)'; exit 0; }
need_speed

load_node vpipe 'vpipe*'
own=$(node 'vpipe*') through=vpipe format=GREY source=oddcam-a frames=31
modprobe -a videobuf2-vmalloc videobuf2-v4l2
odd() { # PARAMETER...: two cameras that are so
	rmmod oddcam 2>/dev/null
	insmod "$oddcam" "$@" && wait_for node oddcam-b
	camera=$(node oddcam-a) other=$(node oddcam-b)
}
of_its_camera='{"/dev/" + r["source_device"] for r in rows if r["source_device"]} <= {"'
none_is_wrong() { rows_are "$own" "len(rows) == len(said) and all(g in (\"\", s) for g, s in zip(got, said)) and $of_its_camera$camera\"}"; }
counted() { grep -q "^warning: ${own#/dev/}: [0-9]* of $frames frames $1" "$tmp/said"; }
ambiguous='whose timestamp is not that of one alone'

odd const_ts=1
relays "$camera $own"
check "constant timestamps, one frame at a time: status 0" ended 0
# there is no other one yet when the first is handed on
check "all but the first are linked by the thread" rows_are "$own" \
	'got == said and {r["m2m_handoff_rule"] for r in rows[1:]} == {"thread"}'
relays "$camera $own" --dmabuf --late 2
check "three in hand, their memory handed on: status 0" ended 0
check "linked by the memory" rows_are "$own" 'got == said and rules == {"dmabuf"}'
relays "$camera $own" --late 2
check "three in hand, copied: status 3" ended 3
check "none is guessed wrong" none_is_wrong
check "and why, is said" counted "$ambiguous"

odd gap_ms=12
relays "$camera $other $own" --also oddcam-b
# it is known if the first frame of the one was there before that of the other
said_how() {
	[ "$status" = 0 ] && grep -qE '^ +[0-9]+ frames made .* known by order, which may be wrong' "$tmp/said" && return
	[ "$status" = 3 ] && counted "$ambiguous"
}
check "two cameras with equal timestamps, one handed on: none is guessed wrong" none_is_wrong
check "by which rule, or why by none, is said" said_how
relays "$camera $other $own" --also oddcam-b --dmabuf
check "their memory tells: status 0" ended 0
check "linked by it" rows_are "$own" 'got == said and rules == {"dmabuf"} and '"$of_its_camera$camera"'"}'
relays "$camera $own" --also oddcam-b
check "of the one that is named: status 0" ended 0
check "linked by the timestamp" rows_are "$own" 'got == said and rules == {"timestamp"}'
rmmod oddcam

# vivid's go beyond 2^63 ns 16 s after it has begun to stream
load_node vivid 'vivid-*' n_devs=1 node_types=0x1
camera=$(node 'vivid-*') source=vivid-000 frames=260
v4l2-ctl -d "$camera" --set-fmt-video=width=640,height=480,pixelformat=GREY --set-parm=15 -c wrap_timestamp=1 >/dev/null
relays "$camera $own"
check "timestamps that wrap: status 0" ended 0
check "linked by the timestamp" rows_are "$own" 'got == said and rules == {"timestamp"}'
wrapped() { python -c 'import csv, sys
stamps = [int(r["timestamp_ns"]) for r in csv.DictReader(open(sys.argv[1])) if r["timestamp_ns"]]
print(min(stamps), max(stamps))
sys.exit(not min(stamps) < 2**63 <= max(stamps))' "$run.buffers.csv"; }
check "they did" wrapped
check "the sums" sums
modprobe -r vivid vpipe
finish
