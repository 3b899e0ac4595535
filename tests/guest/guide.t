#!/bin/bash
# SPDX-License-Identifier: MIT
# guide.t - each piece of advice of docs/guide.md: a run without it, one with it, and what `diff` says
#
# The diffs are left in build/guide/, from where scripts/guide takes them into the document.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/usbcam.sh"
. "$(dirname "$0")/tracer.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
need_speed

reader=${BUILD:-build}/tests/guest-reader
m2m=${BUILD:-build}/tests/guest-m2m
diffs=$PWD/${BUILD:-build}/guide
frames=120 # diff wants 100
mkdir -p "$diffs"

# RUN DEVICES COMMAND...: they are recorded while it runs
recorded() {
	local devices=() device name=$1
	for device in $2; do devices+=(-d "$device"); done
	shift 2
	run=$tmp/$name
	record_begin "${devices[@]}"
	client "$@"
	record_end
	[ "$status" = 0 ] || { cat "$tmp/said" "$tmp/client"; return 1; }
}
# NAME PYTHON: of NAME-before and NAME-after, `cost` by its name, `e2e` and `missing`, as (before, after)
says() {
	(cd "$tmp" && vpipe-trace diff "./$1-before" "./$1-after") >"$diffs/$1.txt" || return
	vpipe-trace diff --json "$tmp/$1-before" "$tmp/$1-after" >"$tmp/diff.json" || return
	cat "$diffs/$1.txt"
	python - "$tmp/diff.json" "$tmp/$1-before" "$tmp/$1-after" "$2" <<-'END'
		import json, sys
		diff = json.load(open(sys.argv[1]))
		sides = [json.load(open(path + ".run.json")) for path in sys.argv[2:4]]
		cost = {c["cost"]: c for c in diff["costs"]}
		grew = lambda name: cost[name]["changed"] and cost[name]["change_ns"] > 0
		fell = lambda name: cost[name]["changed"] and cost[name]["change_ns"] < 0
		drops = [{c: n for d in side.get("devices", []) for c, n in d["drops"].items() if n} for side in sides]
		print("drops", drops)
		sys.exit(not eval(sys.argv[4]))
	END
}
# NAME TEXT PYTHON: of what NAME_before and NAME_after record. Where the machine is busy with something else, `diff`
# says, rightly, that noise does not let one tell: each time it can't be.
stands() {
	local i
	for i in 1 2 3; do
		echo "attempt $i"
		"$1_before" && "$1_after" || return 1
		says "$1" "$2" && return
	done
	return 1
}
advice() { check "$2" stands "$1" "$3"; }

camera_loads() { load_node vivid 'vivid-*-vid-cap' n_devs=1 node_types=0x1; }
check "a camera" camera_loads
camera=$(node 'vivid-*-vid-cap')
v4l2-ctl -d "$camera" --set-fmt-video=width=640,height=480,pixelformat=RGB3 >/dev/null
# NAME OPTION...: of the camera's reader
reads() { recorded "$1" "$camera" "$reader" --device "$camera" --csv "$tmp/log" --how poll --fps 30 --frames $frames "${@:2}"; }

# -- buffer queueing: what is done is not asked for, by a reader that does something else first
dwell_before() { reads dwell-before --late 30 --late-every 2 --fps 50; }
dwell_after() { reads dwell-after --fps 50; } # in a thread of its own
advice dwell "asked for in time: buffer queueing falls" 'fell("buffer queueing")'

# -- drops: more of them are held than the driver can spare
held_before() { reads held-before --buffers 3 --hold 200 --hold-every 2; }
held_after() { reads held-after --buffers 8 --hold 200 --hold-every 2; }
# on a busy machine the camera is late now and then, and leaves out one
advice held "more buffers: what was missing comes" 'drops[0].get("held", 0) > 10 and sum(drops[1].values()) < drops[0]["held"] / 10'

# -- buffer queueing: a reader that is too slow gets what has waited longest
age_before() { reads age-before --buffers 8 --hold 100; }
age_after() { reads age-after --buffers 2 --hold 100; }
advice age "fewer buffers: frames are younger, and no more are missing" \
	'fell("buffer queueing") and sum(drops[1].values()) < 1.2 * sum(drops[0].values())'

# -- scheduler jitter: another one has the CPU
hogged() { # NAME COMMAND...: the reader by that command, on the CPU of a real-time thread
	local name=$1 hog status
	shift
	tests/guest/hog.py 1 8 10 "$tmp/bursts.csv" &
	hog=$!
	recorded "$name" "$camera" taskset -c 1 "$@" "$reader" --device "$camera" --csv "$tmp/log" --how poll --fps 30 --frames $frames
	status=$?
	kill $hog
	wait $hog
	return $status
}
jitter_before() { hogged jitter-before env; }
jitter_after() { hogged jitter-after chrt -f 60; }
advice jitter "beside a real-time thread, then of a higher priority: scheduler jitter falls" 'fell("scheduler jitter")'

# -- queue lock: another thread's QBUF waits for memory, which is there then
lock_before() { reads lock-before --memory userptr --lock 10 --lock-every 1; }
lock_after() { reads lock-after --memory userptr; }
lock_before >/dev/null
if grep -q 'no page fault in QBUF' "$tmp/client"; then
	skip "queue lock" "QBUF of this kernel does not wait for a page that userfaultfd keeps back"
else
	advice lock "memory that is there: queue lock falls" 'fell("queue lock")'
fi

# -- device: the job itself
if [ -e "$(device_file vim2m)" ] && load_device vim2m; then
	wait_for node vim2m
	through() { # NAME OPTION...
		recorded "$1" "$(node vim2m)" "$m2m" --device vim2m --frames $frames --csv "$tmp/log" "${@:2}"
	}
	depth_before() { through depth-before --job-ms 15 --depth 4; } # frames at once
	depth_after() { through depth-after --job-ms 15 --depth 1; }
	advice depth "fewer frames in the node: buffer queueing falls, the device's time stays" \
		'fell("buffer queueing") and abs(cost["device"]["change"]) < 0.1'
	device_before() { through device-before --job-ms 15; }
	device_after() { through device-after --job-ms 5; }
	advice device "a smaller job: device falls" 'fell("device")'
	unload_device vim2m
else
	skip "mem2mem" "vim2m is not built for this kernel (make test-vim2m)"
fi
modprobe -r vivid

# -- drops of a USB camera with a bad cable: as uvcvideo is set they do not come, or damaged
modules >"$tmp/before"
if modprobe -a vhci-hcd uvcvideo 2>/dev/null; then
	damaged() { # NAME NODROP
		uvcvideo_nodrop "$2"
		plug --error-every 7
		recorded "$1" "$(node guest-usbcam)" "$reader" --device "$(node guest-usbcam)" --csv "$tmp/log" --how poll --frames $frames
		local status=$?
		unplug
		return $status
	}
	nodrop_before() { damaged nodrop-before 0; }
	nodrop_after() { damaged nodrop-after 1; }
	advice nodrop "nodrop=1: they come, damaged" \
		'drops[0].get("driver", 0) > 5 and "driver" not in drops[1] and drops[1].get("error", 0) > 5'
	uvcvideo_nodrop 0
	check_unloads
else
	skip "a USB camera" "this kernel has no module vhci-hcd or uvcvideo"
fi

# -- copies and context switches: our own node
if [ "$(modprobe -n vpipe 2>&1)" = "" ]; then
	piped() { # NAME OPTION...
		local name=$1
		shift
		vpipe-trace run -q -f $frames -o "$tmp/$name" "$@"
	}
	copies_before() { piped copies-before -t mmap; }
	copies_after() { piped copies-after -t dmabuf; }
	advice copies "DMABUF: copies fall" 'fell("copies")'
	modprobe -r vpipe
else
	skip "copies" "vpipe is not built for this kernel"
fi
finish
