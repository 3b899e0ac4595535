#!/bin/bash
# SPDX-License-Identifier: MIT
# bench_vpipe.sh - Phases 2 and 3: a source through vpipe, with metadata
#
# usage: scripts/bench_vpipe.sh SOURCE VPIPE PREFIX FRAMES TRANSPORT [ALGO [THRESHOLD]]
#
# TRANSPORT is dmabuf or mmap, ALGO none (default) or threshold. PREFIX is NAME
# (files bench/NAME.*) or DIR/NAME. FPS=N in the environment: frames a second (default 30).
# example: scripts/bench_vpipe.sh /dev/video0 /dev/video1 dmabuf 300 dmabuf threshold 127
bench_arguments=$*
. "$(dirname "$0")/bench-common.sh"
[ "${1:-}" != --help ] || usage 0
if [ $# -lt 5 ] || [ $# -gt 7 ]; then usage 2 >&2; fi
source=$1 vpipe=$2 prefix=$(prefix_of "$3") frames=$4 transport=$5 algo=${6:-none} threshold=${7:-127}

# Phase 2 is the transport alone, by DMABUF; with the other one beside it, it is Phase 3
phase=3
if [ "$transport $algo" = "dmabuf none" ]; then phase=2; fi
date_frames "$source"
start_drain "$prefix"
measure "$prefix" "$phase" "vivid $transport, $algo" vpipe-capture-m2m --quiet --fps "${FPS:-30}" \
	"$source" "$vpipe" "$prefix.csv" "$frames" "$transport" "$algo" "$threshold"
stop_drain
