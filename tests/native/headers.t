#!/bin/bash
# SPDX-License-Identifier: MIT
# headers.t - V4L2 has no explicit synchronisation (phase 5): the day it does, this fails
#
# Fences on buffers were proposed for V4L2 and never merged. When a header has them,
# docs/benchmark.md's phase 5 can be measured, and "N/A" in it is wrong.
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"

fences='V4L2_BUF_FLAG_IN_FENCE|V4L2_BUF_FLAG_OUT_FENCE|fence_fd'
compiler=${CC:-gcc}

# system_header: the linux/videodev2.h that programs are compiled with
system_header() {
	echo '#include <linux/videodev2.h>' | "$compiler" -E - 2>/dev/null |
		sed -n 's/^# 1 "\(.*\/videodev2\.h\)".*/\1/p' | head -n 1
}

# kernel_header: that of the guest's kernel
kernel_header() {
	local kernel
	kernel=$(scripts/kernel path 2>/dev/null) || return
	echo "$kernel"/usr/src/linux-headers-*-common/include/uapi/linux/videodev2.h
}

# no_fences FILE: it is the header, and nothing in it but comments names a fence
no_fences() {
	local found
	[ -f "$1" ] || { echo "there is no linux/videodev2.h${1:+ ($1)}" >&2; return 1; }
	"$compiler" -fpreprocessed -dD -E -P -x c "$1" >"$tmp/code" || return 1
	if ! grep -q '^struct v4l2_buffer {' "$tmp/code" || ! grep -qw V4L2_BUF_FLAG_TIMESTAMP_COPY "$tmp/code"; then
		echo "$1 does not define struct v4l2_buffer and its flags" >&2
		return 1
	fi
	found=$(grep -owE "$fences" "$tmp/code" | sort -u | paste -sd' ')
	[ -z "$found" ] || { echo "$1 has $found: phase 5 is not N/A any more" >&2; return 1; }
}

# sees NAME LINE: with LINE in the header, the probe fails and says so
sees() {
	sed "/^struct v4l2_buffer {/a $2" "$header" >"$tmp/planted.h"
	check_fails "the probe sees $1" 1 "has $1: phase 5" "$0" --probe "$tmp/planted.h"
}

[ "${1:-}" != --probe ] || { no_fences "$2"; exit; }

header=$(system_header)
check 'linux-libc-dev has no fences' no_fences "$header"
kernel=$(kernel_header)
if [ -n "$kernel" ]; then
	check "the guest's kernel has no fences" no_fences "$kernel"
else
	skip "the guest's kernel has no fences" 'no kernel is prepared (scripts/kernel prepare)'
fi

[ -n "$header" ] || { finish; exit 1; }
sees fence_fd '	__s32 fence_fd;'
sees V4L2_BUF_FLAG_IN_FENCE '#define V4L2_BUF_FLAG_IN_FENCE 0x00200000'
sees V4L2_BUF_FLAG_OUT_FENCE '#define V4L2_BUF_FLAG_OUT_FENCE 0x00400000'
sed '/^struct v4l2_buffer {/a /* one day: fence_fd */' "$header" >"$tmp/comment.h"
check 'a comment is no interface' no_fences "$tmp/comment.h"
check_fails 'the probe fails without a header' 1 'there is no linux/videodev2.h .*nothing' "$0" --probe "$tmp/nothing.h"
check_fails 'the probe fails where none was found' 1 'there is no linux/videodev2.h$' "$0" --probe ''
: >"$tmp/empty.h"
check_fails 'the probe fails on another header' 1 'does not define struct v4l2_buffer' "$0" --probe "$tmp/empty.h"
finish
