#!/bin/bash
# SPDX-License-Identifier: MIT
# usbtrace.t - record of a USB camera: what uvcvideo made of its frames is what the camera says of them
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/usbcam.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
need_usbcam
need_speed
modprobe -a vhci-hcd uvcvideo

# NAME CAMERA'S-OPTION... -- READER'S-OPTION...: of a camera with these options
usb() {
	local name=$1 options=()
	while shift && [ "$1" != -- ]; do
		options+=("$1")
	done
	plug "${options[@]}"
	reads "$(node guest-usbcam)" --how poll "${@:2}"
	check "$name: it is unplugged" unplug
	holds "$name"
	check "$name: the camera's own log" frames usbcam "$camera_log"
}

# -- what came, and what did not
usb "good frames" -- --frames 61
dropped "good frames" --expect driver=0
usb "a reader that blocks" -- --how block --frames 31
dropped "a reader that blocks" --expect driver=0
usb "every sixth is left out" --skip-every 6 -- --frames 61
dropped "every sixth is left out" --expect driver=0
late() { [ "$(python -c 'import json, sys; print(json.load(open(sys.argv[1]))["devices"][0]["late"])' "$run.run.json")" -ge 9 ]; }
check "every sixth is left out: the next ones are late" late
# PATTERN: in what record said, and in what report says of the files
says() { grep -qE "$1" "$tmp/said" && vpipe-trace report "$run" | grep -E "$1"; }
for nodrop in 0 1; do
	cause=driver verdict='uvcvideo had a buffer, and left out what came damaged'
	[ $nodrop = 0 ] || cause=error verdict='none of its [0-9]* frames is missing; [0-9]+ came with the error flag'
	uvcvideo_nodrop $nodrop
	usb "nodrop=$nodrop, error bits" --error-every 7 -- --frames 61
	dropped "nodrop=$nodrop, error bits" --usbcam "$cause=$camera_log"
	check "nodrop=$nodrop, error bits: it says so" says "$verdict"
	usb "nodrop=$nodrop, lost packets" --lose-every 9 -- --frames 61
	dropped "nodrop=$nodrop, lost packets" --usbcam "$cause=$camera_log"
done
gone "frames"

# -- what goes while it is recorded
plug --frames 40
camera_node=$(node guest-usbcam)
goes_while "$camera_node" reads "$camera_node" --how poll --frames 1000
check "unplugged in mid-stream: the reader is told" grep -q unplugged "$tmp/reader.out"
wait $camera
holds "unplugged in mid-stream"
check "unplugged in mid-stream: the camera's own log" frames usbcam "$camera_log"
check "unplugged in mid-stream: the files agree" agrees "$run" --recorded
gone "unplugged in mid-stream"

plug
record_begin -d "$(node guest-usbcam)"
read_node "$(node guest-usbcam)" --frames 13
check "rmmod uvcvideo while it is recorded, and nobody reads: refused" sh -c '! rmmod uvcvideo 2>/dev/null'
read_node "$(node guest-usbcam)" --frames 17
record_end
check "rmmod uvcvideo: the run ends well" well
check "rmmod uvcvideo: the files agree" agrees "$run" --recorded
check "rmmod uvcvideo: the frames of both readers" [ "$(rows "$run")" = 30 ]
gone "rmmod uvcvideo"
check "it is unplugged" unplug

check_unloads
finish
