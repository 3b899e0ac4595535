#!/bin/bash
# SPDX-License-Identifier: MIT
# clients.t - programs that know nothing of vpipe stream through it; in the guest, as root
#
# What comes out is held against vpipe-cv-ref, byte by byte, and the driver's events say how the
# buffers came.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

frames=5 width=640 height=480 size=$((640 * 480))
event=/sys/kernel/tracing/events/vpipe/vpipe_qbuf/enable
trace=/sys/kernel/tracing/trace
threshold=99 roi='40 30 333 211'
controls=algorithm=1,threshold=$threshold,roi_left=40,roi_top=30,roi_width=333,roi_height=211

# reference IN OUT: every frame of IN, as the driver should return it
reference() {
	local i count=$(($(stat -c %s "$1") / size))
	: >"$2"
	for ((i = 0; i < count; i++)); do
		printf 'P5\n%d %d\n255\n' $width $height >"$tmp/in.pgm"
		dd if="$1" bs=$size skip=$i count=1 status=none >>"$tmp/in.pgm"
		# shellcheck disable=SC2086 # four words
		vpipe-cv-ref -q "$tmp/in.pgm" "$tmp/out.pgm" $threshold $roi || return
		tail -c $size "$tmp/out.pgm" >>"$2"
	done
}

# run COMMAND...: output to $tmp/log; the memory of the buffers it queues to $tmp/memories
run() {
	local status
	rm -f "$tmp/result"
	: >$trace
	echo 1 >$event
	timeout 60 "$@" >"$tmp/log" 2>&1 </dev/null
	status=$?
	echo 0 >$event
	sed -nE 's/.*vpipe_qbuf: .*queue=([A-Z]*) .*memory=([A-Z]*).*/\1 \2/p' $trace | sort -u |
		paste -sd, >"$tmp/memories"
	return $status
}

# streamed IN MEMORIES FRAMES: all of it came out right, and by this way
streamed() {
	cat "$tmp/log"
	[ "$(cat "$tmp/memories")" = "$2" ] || { echo "buffers: $(cat "$tmp/memories"), wanted $2"; return 1; }
	[ "$(stat -c %s "$tmp/result")" = $((size * $3)) ] || { ls -l "$tmp/result"; return 1; }
	reference "$1" "$tmp/expected" && cmp "$tmp/expected" "$tmp/result"
}

ctl() {
	run v4l2-ctl -d "$video" --set-fmt-video-out=width=$width,height=$height,pixelformat=GREY \
		--set-ctrl=$controls --stream-count=$frames --stream-from="$tmp/input" --stream-to="$tmp/result" "$@"
}

ctl_tests() {
	ctl --stream-mmap --stream-out-mmap
	check 'v4l2-ctl, MMAP' streamed "$tmp/input" 'CAPTURE MMAP,OUTPUT MMAP' $frames
	if [ -z "$source" ]; then
		skip 'v4l2-ctl, DMABUF' 'this kernel has no vivid'
		return
	fi
	ctl --export-device "$source" --stream-dmabuf --stream-out-mmap
	check "v4l2-ctl, CAPTURE buffers of $source by DMABUF" streamed "$tmp/input" 'CAPTURE DMABUF,OUTPUT MMAP' $frames
	ctl --export-device "$source" --stream-mmap --stream-out-dmabuf
	if grep -q 'q.obtain_bufs failed' "$tmp/log"; then
		skip 'v4l2-ctl, OUTPUT buffers by DMABUF' 'it maps the buffers before it has exported them'
	else
		check 'v4l2-ctl, OUTPUT buffers by DMABUF' streamed "$tmp/input" 'CAPTURE MMAP,OUTPUT DMABUF' $frames
	fi
}

# GStreamer names the first converter v4l2convert and others after their nodes.
find_converter() {
	local name
	for name in v4l2convert "v4l2${video##*/}convert"; do
		gst-inspect-1.0 "$name" 2>/dev/null | grep -A 2 '^  device  ' | grep -q "\"$video\"" &&
			echo "$name" && return
	done
	return 1
}

gst() { run gst-launch-1.0 -q "$@"; }

# convert OPTION...: the element; without disable-passthrough it would not touch the frames
convert() {
	echo "$converter disable-passthrough=true extra-controls=c,$controls $*"
}

# shellcheck disable=SC2046,SC2086 # words
gst_tests() {
	local from="filesrc location=$tmp/input blocksize=$size ! rawvideoparse format=gray8 width=$width height=$height"
	local to="filesink location=$tmp/result"
	gst $from ! $(convert output-io-mode=mmap capture-io-mode=mmap) ! $to
	check "GStreamer's $converter, MMAP" streamed "$tmp/input" 'CAPTURE MMAP,OUTPUT MMAP' $frames
	gst $from ! $(convert output-io-mode=dmabuf capture-io-mode=dmabuf) ! $to
	check "GStreamer's $converter, its buffers exported" streamed "$tmp/input" 'CAPTURE MMAP,OUTPUT MMAP' $frames
	check "vpipe-trace run -- gst-launch-1.0" vpipe-trace run -q -o "$tmp/gst" -- \
		gst-launch-1.0 -q $from ! $(convert output-io-mode=mmap capture-io-mode=mmap) ! $to
	check "each of its frames has its row, and its costs" \
		python tests/check-run "$tmp/gst" $frames --no-source --shared
	if [ -z "$source" ]; then
		skip "GStreamer's v4l2src to $converter, DMABUF" 'this kernel has no vivid'
		return
	fi
	gst v4l2src device="$source" io-mode=dmabuf num-buffers=$frames ! \
		video/x-raw,format=GRAY8,width=$width,height=$height,framerate="$rate" ! tee name=t \
		t. ! queue ! filesink location="$tmp/source" \
		t. ! queue ! $(convert output-io-mode=dmabuf-import) ! $to
	check "GStreamer's v4l2src to $converter, DMABUF" streamed "$tmp/source" 'CAPTURE MMAP,OUTPUT DMABUF' $frames
}

need_vpipe
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
load_node vpipe vpipe || { not_ok 'the node appears'; finish; exit 1; }
video=$(node vpipe)
source=
if load_node vivid 'vivid-*-vid-cap' n_devs=1 2>/dev/null; then
	source=$(node 'vivid-*-vid-cap')
	v4l2-ctl -d "$source" --set-fmt-video=width=$width,height=$height,pixelformat=GREY --set-parm=30 >/dev/null
	# 6.1's has 25 frames a second of that size
	rate=$(v4l2-ctl -d "$source" --get-parm | sed -nE 's/.*Frames per second:.*\(([0-9]+\/[0-9]+)\).*/\1/p')
fi
head -c $((frames * size)) /dev/urandom >"$tmp/input"

ctl_tests
export GST_REGISTRY=$tmp/registry
if ! command -v gst-launch-1.0 >/dev/null || ! gst-inspect-1.0 v4l2src >/dev/null 2>&1; then
	skip 'GStreamer' 'gstreamer1.0-tools or gstreamer1.0-plugins-good is not installed'
elif converter=$(find_converter); then
	gst_tests
else
	not_ok "GStreamer makes no converter of $video"
fi
modprobe -r vivid vpipe
finish
