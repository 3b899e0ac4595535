#!/bin/bash
# SPDX-License-Identifier: MIT
# usbcam.t - the tests' USB camera: uvcvideo makes of its frames what the camera's log says
#
# What is traced of uvcvideo is held against that log, so it has to be true.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/usbcam.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
need_usbcam

stream() { # COUNT
	rm -f "$tmp/pixels"
	v4l2-ctl -d "$(node guest-usbcam)" --stream-mmap=8 --stream-count="$1" --stream-to="$tmp/pixels" --verbose \
		>/dev/null 2>"$tmp/said"
}
agrees_with_log() { python tests/check-usbcam "$camera_log" "$tmp/said" "$tmp/pixels" "$@"; } # NODROP COUNT [FATE=EVERY...]

# NODROP COUNT FATES OPTION...: of a camera with these options, so many good frames
streams() {
	local nodrop=$1 count=$2 fates=$3
	shift 3
	uvcvideo_nodrop "$nodrop"
	# shellcheck disable=SC2086 # words
	plug "$@" && stream "$count" && unplug && agrees_with_log "$nodrop" "$count" $fates
}

modprobe -r uvcvideo vhci-hcd # with it, the next one would wait for ever
check_fails "no vhci-hcd: it is said" 1 'No such file or directory; load the module: modprobe vhci-hcd' "$usbcam"
check_fails "an option that is no number" 2 'skip-every must be a whole number from 1 .*0' "$usbcam" --skip-every 0
check_fails "half of one" 2 "late-every must be N,MS.*'3'" "$usbcam" --late-every 3
check_fails "an argument" 2 'one argument too many' "$usbcam" x
modprobe -a vhci-hcd uvcvideo

# -- what is done to frames
check "good frames" streams 0 61 ""
check "half as many in a second" streams 0 13 fps=15 --fps 15
for nodrop in 0 1; do
	check "nodrop=$nodrop: every 7th has the error bit" streams $nodrop 31 error=7 --error-every 7
	check "nodrop=$nodrop: every 5th is not whole" streams $nodrop 31 lossy=5 --lose-every 5
done
check "every 4th is left out" streams 0 31 skipped=4 --skip-every 4
check "every 6th is late" streams 0 31 late=6,15 --late-every 6,15
check "all of it, and of two the first" streams 1 31 "skipped=11 lossy=5 error=7 late=3,15" \
	--late-every 3,15 --error-every 7 --lose-every 5 --skip-every 11

# -- streams and cameras
plug --error-every 7
stream 13
stream 17
check "a second stream: it is unplugged" unplug
check "its sequence begins anew, its frames go on" agrees_with_log 1 17 error=7
check "of two streams" [ "$(tail -n 1 "$camera_log" | cut -d, -f2)" = 2 ]
plugged() { [ "$(grep -lsx guest-usbcam /sys/bus/usb/devices/*/product | wc -l)" = "$1" ]; }
plug
"$usbcam" &
second=$!
check "two cameras at once" wait_for plugged 2
kill $second
wait $second
check "the second goes" wait_for plugged 1
check "the first works" stream 7
check "and goes" unplug

# -- unplugged while it streams
ends() { # what streams ends by itself, and is not left with a camera that is none
	local path
	path=$(node guest-usbcam)
	goes_while "$path" timeout 30 v4l2-ctl -d "$path" --stream-mmap --stream-count=1000 >/dev/null 2>&1
	[ $? != 124 ] && unplugged
}
plug --frames 20
check "after 20 frames: who streams ends" ends
check "and the camera" wait $camera
check "which has logged them" [ "$(tail -n 1 "$camera_log" | cut -d, -f1)" = 19 ]
plug
{ sleep 2; kill -KILL $camera; } &
check "killed: who streams ends" ends
wait

check_unloads
finish
