# SPDX-License-Identifier: MIT
# usbcam.sh - the tests' USB camera, plugged in and out; sourced after node.sh
#
# shellcheck shell=bash disable=SC2154

usbcam=${BUILD:-build}/tests/guest-usbcam
camera_log=$tmp/camera.csv

need_usbcam() {
	local module
	for module in vhci-hcd uvcvideo; do
		modprobe -n $module 2>/dev/null || { echo "1..0 # SKIP this kernel has no module $module"; exit 0; }
	done
	modules >"$tmp/before"
}

plug() { # OPTION...
	rm -f "$camera_log"
	"$usbcam" --log "$camera_log" "$@" &
	camera=$!
	wait_for node guest-usbcam
}
unplugged() { wait_for sh -c '! grep -qsx guest-usbcam /sys/class/video4linux/*/name'; }
unplug() {
	kill "$camera"
	wait "$camera" && unplugged
}
# NODE COMMAND...: the camera goes while COMMAND reads it. The last close must not meet that, so the node is
# held open until it is gone: the kernel's media_device_unregister_entity() looks for the media device before
# it has the lock, under which media_device_unregister() takes it away (docs/reliability.md).
goes_while() {
	local holder status
	# shellcheck disable=SC2217 # it only holds it
	sleep 600 <"$1" &
	holder=$!
	"${@:2}"
	status=$?
	unplugged
	sleep 0.5
	kill $holder
	wait $holder 2>/dev/null
	return $status
}
# NODROP: are bad frames to be errors, or not to come at all?
uvcvideo_nodrop() { echo "$1" >/sys/module/uvcvideo/parameters/nodrop; }

loaded() { modules | comm -13 "$tmp/before" -; }
unloaded() { # what others rest on comes last
	loaded | xargs -r -n 1 rmmod
	[ -z "$(loaded)" ]
}
# What need_usbcam did not find loaded goes.
check_unloads() {
	check "nothing is in use any more" wait_for modprobe -r uvcvideo
	check "of the host controller neither" wait_for modprobe -r vhci-hcd
	check "nothing is left loaded" wait_for unloaded
}
