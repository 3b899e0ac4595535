#!/bin/bash
# SPDX-License-Identifier: MIT
# chain.t - record of a camera and what makes frames of its frames: a row each, from end to end
#
# The clients say which frame they handed on, and when: guest-m2m by its own clock, relay.py as any
# client does it. GStreamer says nothing, but its frames have to be linked all the same.
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/chain.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
[ -e "$(device_file vim2m)" ] || { echo '1..0 # SKIP vim2m is not built for this kernel (make test-devices)'; exit 0; }
need_speed

load_device vim2m default_transtime=5
load_device vicodec
load_node vivid 'vivid-*' n_devs=2 node_types=0x1,0x1
wait_for node stateless-decoder
camera=$(node 'vivid-000*') other=$(node 'vivid-001*') scaler=$(node vim2m) encoder=$(node stateful-encoder)
for node in "$camera" "$other"; do
	v4l2-ctl -d "$node" --set-fmt-video=width=640,height=480,pixelformat=RGB3 --set-parm=30 >/dev/null
done

# --- by the client's own clock
for how in "mmap timestamp" "dmabuf dmabuf"; do
	for more in "" "--depth 3" "--late 20 --how poll"; do
		# shellcheck disable=SC2086 # words
		traced "$camera $scaler" "$m2m" --device vim2m --source vivid-000 --memory ${how% *} $more \
			--frames $frames --csv "$log"
		name="${how% *}${more:+ $more}"
		check "$name: it is recorded" ended 0
		check "$name: the sums" sums
		check "$name: the client's clock" clock
		check "$name: each frame from its source" links --rule "${how#* }"
	done
done
check "the files can be read back" readable

# --- OUTPUT buffers go round before the job of the next one begins
traced "$camera $scaler" "$m2m" --device vim2m --source vivid-000 --memory dmabuf --depth 4 --starve --frames $frames --csv "$log"
check "jobs that wait for a CAPTURE buffer: status 0" ended 0
check "each frame from its source" links --rule dmabuf

# --- other people's clients
relays "$camera $scaler" --date zero
check "copies without a date: status 0" ended 0
check "linked by the thread" rows_are "$scaler" 'got == said and rules == {"thread"}'
relays "$camera $scaler" --dmabuf --date own --threads --late 2
check "handed over between threads, three in hand: status 0" ended 0
check "linked by the memory" rows_are "$scaler" 'got == said and rules == {"dmabuf"}'
check "the hand-off between threads is the application's" sums
relays "$camera $scaler" --date own --late 2
check "copies with dates of its own, three in hand: status 3" ended 3
check "none is guessed" rows_are "$scaler" 'not any(got) and len(rows) == len(said)'
check "and why, is said" grep -q "^warning: ${scaler#/dev/}: $frames of $frames frames that share no memory" "$tmp/said"
relays "$camera $scaler" --drop 4
check "every fourth is given back at once: status 0" ended 0
check "the others are linked" rows_are "$scaler" 'got == said and rules == {"timestamp"}'
# What the relay has skipped it has given back, or it never came.
dropped() {
	cat "$run.drops.csv"
	diff <(awk -F, -v node="${camera#/dev/}" '$1 == node {print $3}' "$run.drops.csv" | sort -n) \
		<(awk 'NR > 1 {for (i = last + 1; i < $1; i++) print i} {last = $1}' "$tmp/sequences.1") &&
		[ "$(grep -c ',not handed on,' "$run.drops.csv")" -ge $((frames / 5)) ]
}
check "those that were not handed on are drops" dropped

traced "$camera $other $scaler" $relay vivid-000 $frames --through vim2m --format RGB3 --say "$tmp/sequences" --also vivid-001
check "two cameras, one of which is handed on: status 0" ended 0
check "it is that one" rows_are "$scaler" 'got == said and {"/dev/" + r["source_device"] for r in rows} == {"'"$camera"'"}'
check "the sums, but of its thread with both in hand" sums --unattributed 70

# --- three devices
relays "$camera $scaler $encoder" --then stateful-encoder
check "three devices: status 0" ended 0
check "each row is through all three" rows_are "$encoder" \
	'got == said and rules == {"timestamp"} and all(r["capture_wake_ns"] and r["m2m1_job_ns"] and r["m2m2_job_ns"] for r in rows)'
check "there are no others" rows_are "$encoder" 'len(rows) == len(all_rows)'
check "the sums" sums
relays "$camera $scaler $encoder" --dmabuf --also-to stateful-encoder
check "a frame to two devices: status 0" ended 0
check "it is the beginning of two rows" rows_are "$encoder" \
	'got == said and rules == {"dmabuf"} and all(r["capture_wake_ns"] and not r["m2m1_job_ns"] for r in rows)'
check "of the other one, too" rows_are "$scaler" \
	'got == said and rules == {"dmabuf"} and all(r["capture_wake_ns"] and not r["m2m2_job_ns"] for r in rows)'
check "the sums" sums
check "the files can be read back" readable

# --- GStreamer
if command -v gst-launch-1.0 >/dev/null; then
	gst() { # ELEMENTS BETWEEN
		traced "$camera $scaler" gst-launch-1.0 -q v4l2src device="$camera" io-mode=dmabuf num-buffers=$frames ! \
			video/x-raw,format=RGB,width=640,height=480 ${1:+! $1} ! \
			v4l2convert device="$scaler" output-io-mode=dmabuf-import ! video/x-raw,format=BGR ! fakesink
	}
	of_gst() { rows_are "$scaler" 'len(rows) >= 30 and rules == {"dmabuf"} and all(got)'; }
	seq 1 $frames >"$tmp/sequences.1"
	for between in "" queue; do
		gst "$between"
		seq 1 $frames >"$tmp/sequences.1"
		check "GStreamer${between:+, $between}: status 0" ended 0
		check "GStreamer${between:+, $between}: linked by the memory" of_gst
		check "GStreamer${between:+, $between}: the sums" sums
	done
else
	skip "GStreamer" "there is none"
fi

# --- run has them, too
vpipe-trace run -q -d "$camera" -d "$scaler" -o "$run" -- $relay vivid-000 $frames --through vim2m --format RGB3 \
	--say "$tmp/sequences" >"$tmp/said" 2>&1
status=$?
check "run: status 0" ended 0
check "run: linked by the timestamp" rows_are "$scaler" 'got == said and rules == {"timestamp"}'

# --- our own node is a mem2mem node like others there
if modprobe vpipe 2>/dev/null && wait_for node 'vpipe*'; then
	v4l2-ctl -d "$camera" --set-fmt-video=width=640,height=480,pixelformat=GREY >/dev/null
	own=$(node 'vpipe*')
	traced "$camera $own" $relay vivid-000 $frames --say "$tmp/sequences"
	check "our own node: status 0" ended 0
	check "it is a part of a chain" rows_are "$own" \
		'got == said and rules == {"timestamp"} and all(int(r["m2m_job_ns"]) > 0 for r in rows)'
	check "the sums" sums
	modprobe -r vpipe
else
	skip "our own node" "there is no vpipe module for this kernel"
fi

# --- what cannot be
check_fails "no frames, no chain" 1 'no-frames: .* trace each device by itself' \
	vpipe-trace record -q --no-frames -D 1 -d "$camera" -d "$scaler" -o "$run"
check_fails "the wrong way round" 1 'name the devices in the order' \
	vpipe-trace record -q -D 1 -d "$scaler" -d "$camera" -o "$run"
modprobe -r vivid
unload_device vicodec
unload_device vim2m
finish
