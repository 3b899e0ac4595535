#!/bin/bash
# SPDX-License-Identifier: MIT
# bench_fixture.sh - Phases 3 and 4: a fixture in a DMA heap buffer through vpipe
#
# usage: scripts/bench_fixture.sh VPIPE HEAP FIXTURE PREFIX FRAMES ALGO [THRESHOLD [OUT]]
#
# Besides PREFIX.csv and the others, compares the last frame with the reference:
# NAME.input.pgm, NAME.reference.pgm, NAME.kernel.pgm (or OUT) and NAME.diff.pgm,
# NAME being the fixture's, are written beside PREFIX.
# example: scripts/bench_fixture.sh /dev/video1 /dev/dma_heap/system ramp.pgm heap 300 threshold 127
bench_arguments=$*
. "$(dirname "$0")/bench-common.sh"
[ "${1:-}" != --help ] || usage 0
if [ $# -lt 6 ] || [ $# -gt 8 ]; then usage 2 >&2; fi
vpipe=$1 heap=$2 fixture=$3 prefix=$(prefix_of "$4") frames=$5 algo=$6 threshold=${7:-127}
images=$(dirname "$prefix")/$(basename "$fixture" .pgm)
out=${8:-$images.kernel.pgm}

[ -r "$fixture" ] || die "$fixture: no such fixture; tests/fixtures/make-fixtures makes some"
phase=4
[ "$algo" != none ] || phase=3
start_drain "$prefix"
measure "$prefix" "$phase" "heap dmabuf, $algo" vpipe-bench-fixture --quiet \
	"$vpipe" "$heap" "$fixture" "$prefix.csv" "$frames" "$algo" "$threshold" "$out"
stop_drain
cp "$fixture" "$images.input.pgm"
if [ "$algo" = threshold ]; then
	vpipe-cv-ref "$fixture" "$images.reference.pgm" "$threshold" >/dev/null
else
	cp "$fixture" "$images.reference.pgm"
fi
vpipe-pgm-diff "$images.reference.pgm" "$out" "$images.diff.pgm" >/dev/null ||
	die "$out differs from $images.reference.pgm; see $images.diff.pgm"
