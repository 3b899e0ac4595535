#!/bin/bash
# SPDX-License-Identifier: MIT
# bench_capture.sh - Phase 1: what a source alone costs, by mmap and by read
#
# usage: scripts/bench_capture.sh FRAMES VIDEO DIR
#
# Writes DIR/capture-mmap.* and DIR/capture-read.*.
# example: scripts/bench_capture.sh 300 /dev/video0 bench
bench_arguments=$*
. "$(dirname "$0")/bench-common.sh"
[ "${1:-}" != --help ] || usage 0
[ $# = 3 ] || usage 2 >&2
frames=$1 video=$2 dir=$3

[ -d "$dir" ] || mkdir "$dir"
date_frames "$video"
for way in mmap read; do
	measure "$dir/capture-$way" 1 "vivid $way" \
		"vpipe-capture-$way" --quiet "$video" "$dir/capture-$way.csv" "$frames"
done
