#!/bin/bash
# SPDX-License-Identifier: MIT
# display.t - record of a display, and of a camera whose frames it shows: a row each, to the vblank
#
# guest-flip says which frame it committed, when, and what DRM told it of that, by its own clock.
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
[ -e "$(device_file vkms)" ] || { echo '1..0 # SKIP vkms is not built for this kernel (make test-devices)'; exit 0; }
need_speed

flip=${BUILD:-build}/tests/guest-flip
delivered=/sys/kernel/tracing/events/drm/drm_vblank_event_delivered
frames=30

# --- without a card
before_drm() { ! grep -q '^drm ' /proc/modules; }
if before_drm; then
	check_fails "no card: which module is not loaded" 1 'no card .*, the module drm is not loaded' \
		vpipe-trace record -q --display -D 1 -o "$run"
else
	skip "no card" "the guest has one"
fi

load_device vkms
card_of_vkms() { basename "$(ls -d /sys/devices/*/vkms/drm/card*)"; }
wait_for card_of_vkms
card=$(card_of_vkms)
load_device vim2m default_transtime=2
load_node vivid 'vivid-*' n_devs=1 node_types=0x1
wait_for node vim2m
camera=$(node 'vivid-*') scaler=$(node vim2m)

# OPTION... -- OPTION...: what the client does, with the latter, is recorded with the former. What of
# its events ftrace has, goes to $tmp/delivered.
shows() {
	local options=()
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	rm -f "$log"
	echo 'file != 0' >$delivered/filter
	echo >/sys/kernel/tracing/trace
	echo 1 >$delivered/enable
	record_begin "${options[@]}"
	timeout 60 "$flip" --frames $frames --csv "$log" "$@" >"$tmp/client" 2>"$tmp/reader.err"
	record_end
	echo 0 >$delivered/enable
	grep -c 'drm_vblank_event_delivered:' /sys/kernel/tracing/trace >"$tmp/delivered"
}
shown() { frames shown "$log" --device "$card" "$@"; }
links() { frames links "$log" --device "$card" --by display --rule "$1"; }
# The first frame comes with the mode, by a call that wants no event.
as_ftrace() { frames count $(($(cat "$tmp/delivered") + 1)) --device "$card"; }
readable() { vpipe-trace report "$run" && vpipe-trace export --jsonl "$run" >/dev/null; }
beside() { field "$run" "beside.$1"; } # what was counted, and is no row
is() { echo "$1, not $2" && [ "$1" = "$2" ]; }

# --- from the camera, by memory that it shares, and by copies
chain() { # NAME RULE OPTION...
	shows -d "$camera" --display=vkms -- --source vivid "${@:3}"
	check "$1: it is recorded" well
	check "$1: the sums" frames sums
	check "$1: to the vblank, by the client's clock" shown
	check "$1: each from its source, by $2" links "$2"
	check "$1: as many events as ftrace has" as_ftrace
}
chain "the camera's buffers, flip" dmabuf
check "the files can be read back" readable
chain "the camera's buffers, atomic, late" dmabuf --how atomic --late 10
chain "the card's buffers, atomic" dmabuf --memory import --how atomic
chain "copies, flip" thread --memory copy

# --- through a mem2mem node
through_all() {
	python - "$run.frames.csv" "$card" <<-'END'
		import csv, sys
		rows = [r for r in csv.DictReader(open(sys.argv[1])) if r["device"] == sys.argv[2]]
		sys.exit(not rows or not all(r[c] for r in rows for c in ("capture_wake_ns", "m2m_job_ns", "display_flip_ns")))
	END
}
shows -d "$camera" -d "$scaler" --display -- --source vivid --through vim2m
check "three devices: it is recorded" well
check "three devices: the sums" frames sums
check "three devices: to the vblank, by the client's clock" shown
check "three devices: each row is through all of them" through_all
check "three devices: each from its source, by dmabuf" links dmabuf
check "three devices: as many events as ftrace has" as_ftrace

# --- a display alone
alone() { # NAME OPTION...
	shows --display -- "${@:2}"
	check "$1: it is recorded" well
	check "$1: the sums" frames sums
	check "$1: to the vblank, by the client's clock" shown
	check "$1: a row each" frames count $frames
}
alone "blocking commits" --how block
alone "SETPLANE" --how plane
# Once in a while the vblank is faster than the second commit, which is a frame then.
shows --display -- --how atomic --twice --point
name="each committed again, and a pointer with each"
check "$name: it is recorded" well
check "$name: the sums" frames sums
check "$name: to the vblank, by the client's clock" shown
as_the_client_says() {
	cat "$tmp/client"
	[ "$(beside refused)" -gt 0 ] &&
		grep -qx "$(beside refused) refused, $(beside unsynced) pointers" "$tmp/client"
}
check "$name: what was refused, and what has no vblank, is counted" as_the_client_says
check "$name: and said" grep -qE "^ +[1-9][0-9]* frames refused" "$tmp/said"

# --- run has it, too
vpipe-trace run -q -d "$camera" --display=/dev/dri/"$card" -o "$run" -- "$flip" --source vivid --frames $frames --csv "$log" \
	>"$tmp/said" 2>&1
status=$?
check "run: status 0" well
check "run: each from its source" links dmabuf

# --- what is said of it
names() { cat "$run.devices.csv" && grep -qE "^$card,/dev/dri/$card,vkms,vkms,.*,display,0,.*,monotonic vblank," "$run.devices.csv"; }
check "devices.csv has the card" names
doctor() { vpipe-trace doctor | grep -A1 "^/dev/dri/$card  vkms.*, connected: Virtual-1$" | grep -q 'stages  *all, from the commit to the vblank event$'; }
check "doctor has the card" doctor

# --- what cannot be
refuses() { check_fails "$1" 1 "$2" vpipe-trace record -q -D 1 -o "$run" "${@:3}"; } # NAME PATTERN OPTION...
refuses "a driver that no card has" "no card has the driver nosuch: /dev/dri/$card has vkms" --display=nosuch
check_fails "the same of run" 1 'no card has the driver nosuch' vpipe-trace run -q --display=nosuch -o "$run" -- true
refuses "a file that is no card" '/dev/null is no card' --display=/dev/null
refuses "a card that is not there" '/dev/dri/card99' --display=/dev/dri/card99
refuses "a display before its camera" 'name the devices in the order' -d "/dev/dri/$card" -d "$camera"

# --- it goes
record_begin --display
"$flip" --frames $frames --csv "$log" >"$tmp/client" 2>"$tmp/reader.err"
check "its driver is unloaded" unload_device vkms
record_end
check "gone: what it has shown is recorded" well
check "gone: a row each" frames count $frames
gone "gone"
modprobe -r vivid
unload_device vim2m
finish
