#!/bin/bash
# SPDX-License-Identifier: MIT
# delivered.t - a job of 40 ms behind a camera of 30 frames a second: from done to delivered as the
# client's own clock has it, what was not asked for apart, and GStreamer's latency tracer beside it
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

load_device vim2m default_transtime=40
load_node vivid 'vivid-*' n_devs=1 node_types=0x1
camera=$(node 'vivid-000*') scaler=$(node vim2m)
v4l2-ctl -d "$camera" --set-fmt-video=width=640,height=480,pixelformat=RGB3 --set-parm=30 >/dev/null

# -- a client that is as late as the jobs make it; when its buffers are done, says ftrace
tracefs=/sys/kernel/tracing
done_event=$tracefs/events/vb2/vb2_buf_done/enable
echo mono >$tracefs/trace_clock
echo >$tracefs/trace
echo 1 >$done_event
traced "$camera $scaler" "$m2m" --device vim2m --source vivid-000 --memory dmabuf --job-ms 40 --frames 60 --csv "$log"
echo 0 >$done_event
cp $tracefs/trace "$tmp/trace"
check "a job of 40 ms: it is recorded" ended 0
check "the sums" sums
check "the client's clock" clock
check "each frame from its source" links --rule dmabuf
delivered() { python tests/check-frames delivered "$run" "$log" "$tmp/trace"; }
check "from done to delivered, and what of it was not asked for" delivered
python tests/check-frames delivered "$run" "$log" "$tmp/trace" | grep '^#'

# -- a client that says nothing of when it asks
# In ms, the medians: of the frames, of what was not asked for of the camera, of the tracer
beside() {
	python - "$run.frames.csv" "$tmp/gst.log" <<-'END'
		import csv, re, statistics, sys
		rows = [r for r in csv.DictReader(open(sys.argv[1])) if r["capture_wake_dwell_ns"]]
		ours, dwell = (statistics.median(int(r[c]) for r in rows) / 1e6 for c in ("e2e_ns", "capture_wake_dwell_ns"))
		theirs = [int(ns) / 1e6 for ns in re.findall(r" latency, .*time=\(guint64\)(\d+)", open(sys.argv[2]).read())]
		tracer = statistics.median(theirs)
		print(f"# {ours:.1f} ms, of which {dwell:.1f} not asked for; GStreamer's tracer has {tracer:.1f}, of {len(theirs)} frames")
		sys.exit(not (dwell > 30 and tracer > 40 and abs(ours - dwell - tracer) < 10))
	END
}
if command -v gst-launch-1.0 >/dev/null; then
	GST_TRACERS='latency(flags=pipeline)' GST_DEBUG=GST_TRACER:7 GST_DEBUG_NO_COLOR=1 GST_DEBUG_FILE=$tmp/gst.log \
		traced "$camera $scaler" gst-launch-1.0 -q v4l2src device="$camera" io-mode=dmabuf num-buffers=60 ! \
		video/x-raw,format=RGB,width=640,height=480 ! v4l2convert device="$scaler" output-io-mode=dmabuf-import ! \
		video/x-raw,format=BGR ! fakesink
	check "GStreamer: status 0" ended 0
	check "GStreamer: the sums" sums
	check "GStreamer: its latency tracer has all but what was not asked for" beside
	beside
else
	skip "GStreamer" "there is none"
fi

modprobe -r vivid
unload_device vim2m
finish
