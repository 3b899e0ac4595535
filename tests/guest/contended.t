#!/bin/bash
# SPDX-License-Identifier: MIT
# contended.t - record of a camera whose reader has to wait: for a CPU that something real-time has, and
# for the lock of its queue, as long as whoever has it says
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/usbcam.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
need_usbcam
need_speed

# -- for a CPU
modprobe vivid n_devs=1 node_types=0x1
wait_for node 'vivid-000*'
vivid=$(node 'vivid-000*')
v4l2-ctl -d "$vivid" --set-fmt-video=width=320,height=180,pixelformat=YUYV

# all else has the other one, vivid's thread too, as soon as it is there
taskset -pc 0 $$ >/dev/null
keep_away() { wait_for pgrep '^vivid-' && taskset -pc 0 "$(pgrep '^vivid-')" >/dev/null; }
# NAME BURST_MS PERIOD_MS OPTION...: the reader has the hog's CPU
hogged() {
	local name=$1 hog
	tests/guest/hog.py 1 "$2" "$3" "$tmp/hog.csv" &
	hog=$!
	record_begin -d "$vivid"
	keep_away &
	(taskset -pc 1 $BASHPID >/dev/null && read_node "$vivid" "${@:4}")
	record_end
	kill $hog
	wait $hog
	holds "$name"
	check "$name: the scheduler's jitter is what the hog says" frames jitter "$tmp/hog.csv"
	frames jitter "$tmp/hog.csv" | grep '^#'
}
for how in block poll epoll; do
	hogged "15 of 40 ms, $how" 15 40 --how $how --frames 61
done
hogged "50 of 80 ms" 50 80 --how poll --frames 61
check "vivid is not held" modprobe -r vivid

# -- for the lock of the queue, which uvcvideo does not need to fill a buffer
modprobe -a vhci-hcd uvcvideo
plug --fps 30
locked "locked when DQBUF is called" "$(node guest-usbcam)" --how poll --lock 20 --lock-every 3 --frames 31
locked "locked, and then the frame comes" "$(node guest-usbcam)" --how block --lock 50 --lock-every 4 --frames 41
locked "locked while DQBUF sleeps" "$(node guest-usbcam)" --how block --lock 50 --lock-after 5 --lock-every 5 --frames 61
check "it is unplugged" unplug
gone "they have waited"

check_unloads
finish
