#!/bin/bash
# SPDX-License-Identifier: MIT
# bench_userptr.sh - Phase 6: USERPTR ingress, with a pool of buffers and with fresh memory
#
# usage: scripts/bench_userptr.sh FRAMES VIDEO DIR
#
# Writes DIR/userptr-pool.* and DIR/userptr-fresh.*.
# example: scripts/bench_userptr.sh 300 /dev/video0 bench
bench_arguments=$*
. "$(dirname "$0")/bench-common.sh"
[ "${1:-}" != --help ] || usage 0
[ $# = 3 ] || usage 2 >&2
frames=$1 video=$2 dir=$3

[ -d "$dir" ] || mkdir "$dir"
date_frames "$video"
for memory in pool fresh; do
	measure "$dir/userptr-$memory" 6 "USERPTR $memory" \
		vpipe-capture-userptr --quiet "$video" "$dir/userptr-$memory.csv" "$frames" "$memory"
done
