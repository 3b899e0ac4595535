#!/bin/bash
# SPDX-License-Identifier: MIT
# compliance.t - v4l2-compliance of this Debian and of newer ones; inside the guest, as root
#
# The newer ones come from scripts/sysroot and run by chroot.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

sysroots=${BUILD:-build}/sysroots
# 1.22.1 takes fields newer than itself for garbage; it fails the kernel's own vim2m like that
false_failure='fail: v4l2-test-buffers\.cpp\(703\): check_0\(crbufs\.reserved, sizeof\(crbufs\.reserved\)\)'
false_of='v4l2-compliance 1.22.1,'
tracing=/sys/kernel/tracing
most_frames=100 # more than it asks for in any stream, which is 60
limit=120
slow_kernel && limit=180

# compliance ROOT ARGUMENT...: of / or of an unpacked root. The mounts are in a namespace
# of their own and so end with the program, whatever becomes of it.
v4l2_compliance() {
	local root=$1
	shift
	if [ "$root" = / ]; then
		timeout $limit v4l2-compliance "$@"
	else
		# shellcheck disable=SC2016 # the inner shell's
		timeout $limit unshare --mount sh -c 'cd "$1" && shift && for dir in dev sys proc; do
			mount --rbind "/$dir" "$dir" || exit; done && exec chroot . v4l2-compliance "$@"' sh "$root" "$@"
	fi
}

# v4l2-compliance counts the OUTPUT buffers that it gets back, and looks whether that were all
# only where a CAPTURE buffer was there in the same moment. If the last OUTPUT buffer came alone,
# which select() may say, it goes on for 2^32 frames. The job that gives both back cannot be
# preempted between them, but on another processor the client may run then.
lost_count() { grep -q vpipe_buf_done "$tracing/trace"; }

# stream ROOT ARGUMENT...: it may take $limit seconds; if it lost count, once more, and again
stream() {
	local try event=$tracing/events/vpipe/vpipe_buf_done
	echo "sequence > $most_frames" >"$event/filter"
	echo 1 >"$event/enable"
	for try in 1 2 3; do
		echo >"$tracing/trace"
		v4l2_compliance "$@" >"$tmp/out" 2>&1
		[ $? = 124 ] || break
		lost_count || break
		echo "# try $try: v4l2-compliance lost count of its frames and was ended after $limit s"
	done
	echo 0 >"$event/enable"
}

# verdict FILE: no failure but the false one, no warning, and it came to its end
verdict() {
	local known=0
	tr '\t' '\n' <"$1" | grep -E 'fail:|warn:|: FAIL|^Total' >"$tmp/verdict"
	cat "$tmp/verdict"
	if head -n 1 "$1" | grep -qF "$false_of"; then
		known=$(grep -cxE "$false_failure" "$tmp/verdict")
	fi
	[ "$known" -le 1 ] && [ "$(grep -c 'fail:' "$tmp/verdict")" = "$known" ] &&
		[ "$(grep -c ': FAIL' "$tmp/verdict")" = "$known" ] && ! grep -q 'warn:' "$tmp/verdict" &&
		grep -q "^Total.*, Failed: $known, Warnings: 0$" "$tmp/verdict"
}

# passed FILE TEST...: these were run (expressions), and are fine
passed() {
	local file=$1 name
	shift
	for name; do
		grep -qE -- "$name: OK" "$file" || { echo "no '$name: OK'"; return 1; }
	done
}

# The polls are the program's own variants of each streaming test.
check_compliance() { # NAME ROOT
	local out=$tmp/out
	stream "$2" -d "$video" --no-progress -s -f 5 ${source:+--expbuf-device "$source"}
	check "$1: no failure, no warning" verdict "$out"
	check "$1 streamed by MMAP, with and without poll" passed "$out" 'test blocking wait' \
		'test MMAP \(no poll[^)]*\)' 'test MMAP \(select[^)]*\)' 'test MMAP \(epoll[^)]*\)'
	check "$1 streamed the smallest and the largest frames" \
		passed "$out" '-> GREY .* 1x1' '-> GREY .* 4096x4096' '-> GREY .* 640x480'
	if [ -n "$source" ]; then
		check "$1 streamed by DMABUF from $source, with and without poll" \
			passed "$out" 'test DMABUF \(no poll\)' 'test DMABUF \(select\)'
	else
		skip "$1, DMABUF" 'this kernel has no vivid'
	fi
}

version() { v4l2_compliance "$1" --version | sed -n '1s/,.*//p'; }

need_vpipe
load_node vpipe vpipe || { not_ok 'the node appears'; finish; exit 1; }
video=$(node vpipe)
source=
if load_node vivid 'vivid-*-vid-cap' n_devs=1 2>/dev/null; then
	source=$(node 'vivid-*-vid-cap')
	v4l2-ctl -d "$source" --set-fmt-video=width=640,height=480,pixelformat=GREY
fi

check_compliance "$(version /)" /
for suite in trixie sid; do
	if [ -e "$sysroots/$suite.tar" ]; then
		mkdir "$tmp/$suite"
		tar -xf "$sysroots/$suite.tar" -C "$tmp/$suite"
		check_compliance "$(version "$tmp/$suite") of $suite" "$tmp/$suite"
	else
		skip "v4l2-compliance of $suite" "no $sysroots/$suite.tar (make sysroots)"
	fi
done
if modprobe -r vpipe && load_node vpipe vpipe exec=worker; then
	video=$(node vpipe)
	check_compliance "exec=worker, $(version /)" /
else
	not_ok 'the node appears with exec=worker'
fi
modprobe -r vivid vpipe
finish
