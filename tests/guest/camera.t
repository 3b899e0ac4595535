#!/bin/bash
# SPDX-License-Identifier: MIT
# camera.t - record of a camera: each number of its frames is what its reader's own clock says
#
# guest-reader is as good or bad a reader as each test wants, and check-frames holds the run against
# its log.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
need_speed

tracefs=/sys/kernel/tracing
dequeued=$tracefs/events/v4l2/v4l2_dqbuf

# Events are one for each frame, but of read(), which has none
n_dequeued() { grep -cE -- "-$(tail -n 1 "$log" | cut -d, -f12) .* v4l2_dqbuf:" $tracefs/trace; } # of its thread
counted() { check "$1: as many as ftrace counts" frames count "$(n_dequeued)"; }

modprobe vivid n_devs=2 node_types=0x1,0x1 multiplanar=1,2
wait_for node 'vivid-001*'
camera=$(node 'vivid-000*') planes=$(node 'vivid-001*')
format() { v4l2-ctl -d "$1" --set-fmt-video="width=320,height=180,pixelformat=$2"; }
check "vivid: a format" format "$camera" YUYV
check "vivid, multi-planar: one of two planes" format "$planes" NM16
echo 1 >$dequeued/enable

# -- who asks in time
for how in block poll select epoll; do
	traced "$how" "$camera" --how $how --frames 31
	counted "$how"
done
# NAME NODE MEMORY OPTION...: buffers to be shared are a heap's, which not each kernel has
traced_memory() {
	if [ "$3" = dmabuf ] && ! [ -e /dev/dma_heap/system ] && ! [ -e /dev/udmabuf ]; then
		skip "$1, $3" "no /dev/dma_heap/system and no /dev/udmabuf here"
		return
	fi
	traced "$1, $3" "$2" --memory "${@:3}"
	counted "$1, $3"
}
for memory in mmap userptr dmabuf; do
	traced_memory "multi-planar" "$planes" $memory --frames 31
done
for memory in userptr dmabuf; do
	traced_memory "of one plane" "$camera" $memory --how poll --frames 31
done
traced "read()" "$camera" --how read --frames 31

# -- who asks late, before the frame is done; at 50 a second, behind that
traced "20 ms late, 30 a second" "$camera" --late 20 --how poll --frames 31
for how in block poll select epoll; do
	traced "20 ms late, 50 a second, $how" "$camera" --late 20 --fps 50 --how $how --frames 61
done
traced "20 ms late, 50 a second, read()" "$camera" --late 20 --fps 50 --how read --frames 31

# -- whose queue is locked
locked "locked" "$camera" --how poll --lock 20 --lock-every 3 --frames 31

# -- why frames are missing
# one of the two is held, the other is done and waits: as many
traced "held for 200 ms, of 2 buffers" "$camera" --buffers 2 --hold 200 --how poll --frames 31
dropped "held for 200 ms, of 2 buffers" --expect 'not dequeued=100..'
traced "every eighth held" "$camera" --buffers 2 --hold 200 --hold-every 8 --how poll --frames 61
dropped "every eighth held"
traced "every fifth late" "$camera" --buffers 2 --late 200 --late-every 5 --how poll --frames 61
dropped "every fifth late" --expect 'not dequeued=25..'
v4l2-ctl -d "$camera" -c percentage_of_dropped_buffers=20
traced "vivid drops a fifth" "$camera" --how poll --frames 61
dropped "vivid drops a fifth" --expect driver=1..
v4l2-ctl -d "$camera" -c percentage_of_dropped_buffers=0

# -- how it ends, with buffers out
for stop in streamoff close exit kill; do
	traced "$stop" "$camera" --stop $stop --buffers 3 --hold 100 --hold-every 4 --frames 31
	dropped "$stop"
done

echo 0 >$dequeued/enable
check "vivid is not held" modprobe -r vivid
finish
