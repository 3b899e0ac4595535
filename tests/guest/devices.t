#!/bin/bash
# SPDX-License-Identifier: MIT
# devices.t - the kernel's test drivers that no package has: each loads, streams, and is gone again
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
[ -d "$(dirname "$(device_file any)")" ] || { echo '1..0 # SKIP they are not built for this kernel (make test-devices)'; exit 0; }

frames=30
size=width=640,height=480 # vicodec takes none that is smaller than 640x360
pixels=$((640 * 480))
small=width=160,height=120 # vimc computes each pixel
small_pixels=$((160 * 120))

# BYTES NODE OPTION...: so many in each frame that it gives
streams() {
	timeout 60 v4l2-ctl -d "$2" --stream-mmap --stream-count=$frames "${@:3}" --stream-to="$tmp/frames" &&
		[ "$(stat -c %s "$tmp/frames")" = $((frames * $1)) ]
}

vim2m() {
	wait_for node vim2m
	check "vim2m: $frames frames through it" streams $((2 * pixels)) "$(node vim2m)" --stream-out-mmap \
		--set-fmt-video-out=$size,pixelformat=RGBP --set-fmt-video=$size,pixelformat=RGBP
}

# With the header of each frame, which says where it ends
encodes() {
	timeout 60 v4l2-ctl -d "$(node stateful-encoder)" --set-fmt-video-out=$size,pixelformat=YU12 \
		--stream-mmap --stream-out-mmap --stream-count=$frames --stream-to-hdr="$tmp/fwht" && [ -s "$tmp/fwht" ]
}
# NODE FORMAT: from that format, to one of 12 bits a pixel
decodes() {
	streams $((pixels * 3 / 2)) "$(node "$1")" --set-fmt-video-out=$size,pixelformat="$2" \
		--stream-out-mmap --stream-from-hdr="$tmp/fwht"
}
# The same, and each frame is a request to the media device (MEDIA_REQUEST_IOC_QUEUE)
tracefs=/sys/kernel/tracing
ioctls=$tracefs/events/syscalls/sys_enter_ioctl
decodes_by_request() {
	local status
	echo 'cmd == 0x7c80' >$ioctls/filter
	echo >$tracefs/trace
	echo 1 >$ioctls/enable
	decodes "$@"
	status=$?
	echo 0 >$ioctls/enable
	echo 0 >$ioctls/filter
	[ $status = 0 ] && [ "$(grep -c 'sys_ioctl(' $tracefs/trace)" = $frames ]
}
vicodec() {
	wait_for node stateless-decoder # its last
	check "vicodec: encodes $frames frames" encodes
	check "vicodec: decodes them" decodes stateful-decoder FWHT
	check "vicodec: decodes them, a request each" decodes_by_request stateless-decoder SFWH
}

# The sensor goes to a node of its own as well, which has to agree.
set_up_vimc() {
	local media pad
	media=$(grep -lx 'VIMC MDEV' /sys/bus/media/devices/*/model) && media=${media%/model} || return
	for pad in '"Sensor A":0[fmt:SBGGR8_1X8/160x120]' '"Debayer A":0[fmt:SBGGR8_1X8/160x120]' \
		'"Scaler":0[fmt:RGB888_1X24/160x120]' '"Scaler":0[crop:(0,0)/160x120]' '"Scaler":1[fmt:RGB888_1X24/160x120]'; do
		media-ctl -d "/dev/${media##*/}" -V "$pad" || return
	done
	v4l2-ctl -d "$(node 'Raw Capture 0')" --set-fmt-video=$small,pixelformat=BA81
}
vimc() {
	wait_for node 'RGB/YUV Capture'
	check "vimc: media-ctl sets its sensor, debayer and scaler up" set_up_vimc
	check "vimc: captures $frames frames" streams $((3 * small_pixels)) "$(node 'RGB/YUV Capture')" \
		--set-fmt-video=$small,pixelformat=RGB3
}

visl() {
	wait_for node 'visl*'
	check "visl: decodes $frames frames of vicodec's, a request each" decodes_by_request 'visl*' SFWH
}

vkms() {
	check "vkms: $frames page flips on its connector" timeout 60 "${BUILD:-build}/tests/guest-flip" --frames $frames
}

# What an earlier test has left may be gone, if nothing else needs it.
leaves_none() { ! modules | comm -13 "$tmp/before" - | grep .; }

for device in vim2m vicodec vimc visl vkms; do
	if [ ! -e "$(device_file $device)" ]; then
		skip "$device" "this kernel's source has none"
		continue
	fi
	modules >"$tmp/before"
	check "$device loads" load_device $device
	$device
	check "$device unloads" unload_device $device
	check "and leaves no module behind" leaves_none
done
finish
