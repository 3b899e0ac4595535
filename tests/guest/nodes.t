#!/bin/bash
# SPDX-License-Identifier: MIT
# nodes.t - what doctor says of each video node is so, and who streams from one does not notice
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe
good=0 # a kernel without securityfs does not tell whether it is locked down
grep -qw securityfs /proc/filesystems || good=3
chmod 755 "$tmp"
unload_videobuf2

# examined STATUS COMMAND...: doctor or the like, into $tmp/doctor
examined() {
	local want=$1 got
	shift
	"$@" >"$tmp/doctor" 2>"$tmp/err"
	got=$?
	cat "$tmp/doctor" "$tmp/err"
	[ $got = "$want" ] && [ ! -s "$tmp/err" ]
}
doctor() { vpipe-trace doctor "$@"; }
# block NODE: the lines about it
block() { awk -v node="$1" '/^[^ ]/ {it = $1 == node} it' "$tmp/doctor"; }
# says NODE PATTERN...: each is a line of its block
says() {
	local node=$1 pattern missing=0
	for pattern in "${@:2}"; do
		block "$node" | grep -qE "^ *$pattern\$" || { echo "no line '$pattern'" && missing=1; }
	done
	[ $missing = 0 ] || { block "$node" && return 1; }
}
ends_with() { grep -qxE "vpipe-trace $1" "$tmp/doctor" || { tail -n 3 "$tmp/doctor" && return 1; }; }
narrow() { sed -n '/^nodes/,$p' "$tmp/doctor" | awk 'length > 80 {print; wide = 1} END {exit wide}'; }

# watched NODE COMMAND...: COMMAND looks while frames are taken of the node; all of them come, also behind it
numbers() { sed -nE 's/.*dqbuf: .*seq: *([0-9]+).*/\1/p' "$tmp/said"; }
streams() { [ "$(numbers | wc -l)" -gt "$1" ]; }
without_gap() { numbers | awk '$1 != NR - 1 {print "frame " NR - 1 " is number " $1; bad = 1} END {exit bad}'; }
watched_once() {
	local node=$1 streamer status=0
	shift
	: >"$tmp/said"
	stdbuf -oL -eL v4l2-ctl -d "$node" --stream-mmap=8 --verbose >"$tmp/said" 2>&1 &
	streamer=$!
	wait_for streams 10 && "$@" && wait_for streams $(($(numbers | wc -l) + 10)) || status=1
	kill $streamer || status=1 # it goes on until then
	wait $streamer
	# a kernel with checkers does not keep up with any rate
	slow_kernel || without_gap || status=1
	return $status
}
# A busy machine's camera leaves out a frame now and then; whoever disturbs it does so each time.
watched() { watched_once "$@" || watched_once "$@" || watched_once "$@"; }

# -- no node at all
check "no node: it is said" examined 3 doctor
check "and that none can be recorded" ends_with 'record -d NODE cannot work here: there is no node of another driver than vpipe\.'
modprobe videobuf2-common # as DVB's drivers do, without V4L2
check "videobuf2 without V4L2: likewise" examined 3 doctor
check "and that none can be recorded" ends_with 'record -d NODE cannot work here: there is no node of another driver than vpipe\.'
unload_videobuf2
for node in nonsense /dev/video77; do
	check_fails "-d $node" 1 "$node.*No such .*v4l2-ctl --list-devices" doctor -d $node
done
check_fails "-d /dev/null" 1 '/dev/null is no video node, it is another device' doctor -d /dev/null
check_fails "run -d any, and there is no camera" 1 'there is no camera whose frames could be followed' vpipe-trace run -d any -- true

# -- vivid: capture, output and metadata, of one plane and of more; and what is no video node
modprobe vivid n_devs=2 node_types=0xa0135,0x20101 multiplanar=1,2
wait_for node vivid-001-meta-cap
cap=$(node vivid-000-vid-cap) mplane=$(node vivid-001-vid-cap) out=$(node vivid-000-vid-out) meta=$(node vivid-000-meta-cap)
v4l2-ctl -d "$cap" --set-fmt-video=width=320,height=180,pixelformat=GREY
v4l2-ctl -d "$cap" --set-parm=10
state() { v4l2-ctl -d "$cap" --all | grep -v volatile; }
state >"$tmp/before"
modules >"$tmp/modules"
check "vpipe is not loaded: a run may work" examined 3 doctor
check "a recording can, which takes no module of ours" ends_with 'record -d NODE can work here\.'
check "what is said of the nodes fits 80 columns" narrow
check "each node has its block, in their order" \
	diff <(grep -oE '^/dev/video[0-9]+' "$tmp/doctor") <(find /dev -name 'video[0-9]*' | sort -V)
check "a capture node" says "$cap" "$cap  vivid-000-vid-cap" 'driver +vivid, on platform:vivid-000' \
	'kind +capture, GREY 320x180, 10 fps(, of media[0-9]+)?' 'vb2 +yes' 'BTF +vivid, videobuf2_common, videodev' \
	"timestamps +seen of its buffers: doctor -d $cap" 'stages +all'
check "one of several planes" says "$mplane" 'kind +capture, multi-planar, .*' 'stages +all'
check "an output node" says "$out" 'kind +output, .*' 'vb2 +yes'
check "one of metadata" says "$meta" 'kind +metadata, [A-Z0-9]+.*' 'vb2 +yes' 'stages +all'

# -- what is no node whose frames can be followed, and what is the same node
recorded() { vpipe-trace record -q -D 0.1 -o "$tmp/run" "$@"; }
while read -r it what; do
	check_fails "record -d $it" 1 "$it is no video node, it is $what; v4l2-ctl --list-devices" recorded -d "$it"
done <<-THINGS
	$tmp a folder
	/dev/radio0 a radio
	/dev/vbi0 a VBI node
	/dev/swradio0 a software radio
	/dev/v4l-touch0 a touch device
	/dev/media0 a media device
THINGS
check_fails "run -d of a radio" 1 '/dev/radio0 is no video node, it is a radio' vpipe-trace run -d /dev/radio0
check_fails "doctor -d of a radio" 1 '/dev/radio0 is no video node, it is a radio' doctor -d /dev/radio0
check_fails "record -d of metadata, which nobody reads" 1 "no frame passed $meta: no files were written" recorded -d "$meta"
check_fails "a camera, and metadata" 1 "no frame passed $cap: no files were written" recorded -d "$cap" -d "$meta"
check_fails "run, of a camera, without a COMMAND" 2 "$cap is not the vpipe node: say by a COMMAND" vpipe-trace run -d "$cap"
ln -s "$cap" "$tmp/link"
check_fails "a node twice" 1 "$cap is named twice: name it once" recorded -d "$cap" -d "$cap"
for it in "$tmp/link" vivid-000-vid-cap; do
	check_fails "a node, and as ${it##*/}" 1 "$cap and $it are the same node: name it once" recorded -d "$cap" -d "$it"
done
check_fails "any, twice, and a name: each once" 1 "no frame passed $cap: no files were written" recorded -d any -d vivid-000-vid-cap -d any
nothing_left() { ! find "$tmp" -name 'run*' | grep . && ! bpftool prog list | grep 'name vpipe_'; }
check "nothing is left behind" nothing_left

# -- one node
check "-d NODE: a recording of it can work" examined $good doctor -d "$cap"
check "that is what it says" ends_with "record -d $cap can work here\."
check "of that node alone" [ "$(grep -c ^/dev/video "$tmp/doctor")" = 1 ]
check "nothing that only a run needs" sh -c "! grep -E 'vpipe|capture tools|vivid +' $tmp/doctor | grep -E '^(ok|MISSING|without|unknown)'"
check "its buffers tell its timestamps" says "$cap" 'timestamps +monotonic eof'
check "-d NAME is the same node" examined $good doctor -d vivid-000-vid-cap
v4l2-ctl -d "$mplane" -c timestamp_source=1
check "start of exposure, of several planes" examined $good doctor -d "$mplane"
check "is told" says "$mplane" 'timestamps +monotonic soe'
check "-d of metadata: it can" examined $good doctor -d "$meta"
check "and is told" ends_with "record -d $meta can work here\."
state >"$tmp/after"
check "nothing of the node has changed" diff "$tmp/before" "$tmp/after"
modules | diff "$tmp/modules" - >"$tmp/check.out"
check "nor was a module loaded" [ ! -s "$tmp/check.out" ]

# -- somebody streams
looks_twice() { examined 3 doctor && says "$cap" 'stages +all' && examined $good doctor -d "$cap"; }
check "doctor while somebody streams: each frame comes" watched "$cap" looks_twice
check "that node was left alone" says "$cap" 'timestamps +not known: somebody uses the node, it is left alone' \
	'kind +capture, GREY 320x180, 10 fps(, of media[0-9]+)?' 'stages +all'

# -- nodes that cannot be asked
nobody() { setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all "$@"; }
chmod 600 "$cap"
nobody vpipe-trace doctor >"$tmp/doctor"
check "a node that is root's: a user is told" says "$cap" 'error +it cannot be opened: Permission denied; this user may not open it:' \
	'driver +vivid' 'vb2 +yes' 'stages +none: the node cannot be asked what it is'
check "within 80 columns" narrow
check_fails "-d of it, too" 1 "$cap: Permission denied; this user may not open it" nobody vpipe-trace doctor -d "$cap"
mv "$cap" "$cap.away"
examined 3 doctor >/dev/null
check "a node without its file" says "$cap" 'error +the kernel has it, but its file is not in /dev here \(a container\?\)' 'driver +vivid'
mknod "$cap" c 1 3
examined 3 doctor >/dev/null
check "one whose file is another device's" says "$cap" 'error +the kernel has it, but its file is not in /dev here \(a container\?\)'
rm "$cap"
mv "$cap.away" "$cap"

# -- no module of ours is installed
mkdir "$tmp/none"
without_modules() { unshare -m sh -c "mount --bind $tmp/none /lib/modules/\$(uname -r) && exec vpipe-trace doctor $*"; }
check "vpipe is not installed: a run cannot work, status 1" examined 1 without_modules
check "which does not keep a camera from being recorded" ends_with 'record -d NODE can work here\.'
check "with -d: status $good" examined $good without_modules -d "$cap"
check "the types of modules cannot be read: status 1" examined 1 setpriv --bounding-set -sys_admin --inh-caps=-all vpipe-trace doctor -d "$cap"
check "it says what that takes" sh -c "grep -q '^MISSING  V4L2 events .*CAP_SYS_ADMIN' $tmp/doctor && grep -q 'cannot work here without V4L2 events' $tmp/doctor"

# -- our own node
load_node vpipe vpipe
check "our own: what a recording of it needs" examined $good doctor -d vpipe
check "is looked at" grep -q '^ok       trace events' "$tmp/doctor"
check_fails "by its name and its path" 1 "vpipe and $(node vpipe) are the same node: name it once" recorded -d vpipe -d "$(node vpipe)"
check_fails "its source is none" 1 "/dev/null is no video node, it is another device" recorded -d vpipe -s /dev/null
check "it is a mem2mem node, which copies timestamps" says "$(node vpipe)" 'kind +mem2mem.*' 'timestamps +copy' 'stages +all'
modprobe -r vivid
examined $good doctor >/dev/null
check "it is no other" ends_with 'record -d NODE cannot work here: there is no node of another driver than vpipe\.'
modprobe -r vpipe

# -- more cameras than there are places
left_out() { recorded -d any 2>&1 | tee "$tmp/err" | grep -qE "^warning: /dev/video[0-9]+ is left out, and those behind it: no more than 16 devices" || { cat "$tmp/err" && return 1; }; }
if modprobe vivid n_devs=17 node_types="$(seq -s, 17 | sed 's/[0-9]*/0x1/g')" 2>/dev/null; then
	wait_for node vivid-016-vid-cap
	check "any of 17 cameras: it is said that one is left out" left_out
	modprobe -r vivid
else
	skip "any of 17 cameras" "vivid of this kernel makes less (CONFIG_VIDEO_VIVID_MAX_DEVS)"
fi

# -- a mem2mem node, each file of which has buffers of its own
if [ -e "$(device_file vim2m)" ] && load_device vim2m; then
	wait_for node vim2m
	looks() { examined $good doctor -d vim2m && says "$(node vim2m)" 'kind +mem2mem.*' 'timestamps +copy' 'vb2 +yes' 'stages +all'; }
	check "vim2m" looks
	unload_device vim2m
else
	skip "vim2m" "it is not built for this kernel (make test-devices)"
fi

# -- uvcvideo
usbcam=${BUILD:-build}/tests/guest-usbcam
if modprobe -a vhci-hcd uvcvideo 2>/dev/null; then
	"$usbcam" &
	camera=$!
	wait_for node guest-usbcam
	cap=$(node guest-usbcam)
	for nodrop in 0 1; do
		echo $nodrop >/sys/module/uvcvideo/parameters/nodrop
		what='0: a bad frame is a gap in the sequence'
		[ $nodrop = 0 ] || what='1: a bad frame is an error buffer'
		check "uvcvideo, nodrop=$nodrop: status $good" examined $good doctor -d "$cap"
		check "what it means is said" says "$cap" 'driver +uvcvideo, on usb-.*' "nodrop +$what" 'stages +all' \
			'kind +capture, YUYV 320x240, 30 fps, of media[0-9]+' 'timestamps +monotonic soe' 'BTF +uvcvideo, .*'
	done
	looks_at_uvc() { examined 3 doctor && examined $good doctor -d "$cap" && says "$cap" 'timestamps +not known: somebody uses the node.*'; }
	check "doctor while it streams: each frame comes" watched "$cap" looks_at_uvc
	kill $camera
	wait $camera
	wait_for modprobe -r uvcvideo
	wait_for modprobe -r vhci-hcd
else
	skip "uvcvideo" "this kernel has no module vhci-hcd or uvcvideo"
fi
finish
