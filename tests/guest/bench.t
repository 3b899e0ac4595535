#!/bin/bash
# SPDX-License-Identifier: MIT
# bench.t - the benchmark scripts: 600 frames of each transport, and the ledger made of them
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/tracer.sh"
need_vpipe
need_speed

modprobe -a vpipe
modprobe vivid n_devs=1 node_types=0x1
source=$(node 'vivid-*-vid-cap')
vpipe=$(node vpipe)

# vivid itself skips a frame when the host is so busy that it comes a period late: such a run
# says nothing of the path. It is tried again then, more slowly, and at last beside a recording of vivid: what that
# says its driver left out though it had a buffer is no gap of the path.
export FPS
complete() { # PREFIX COMMAND...
	local prefix=$1
	shift
	for FPS in 30 15; do
		"$@" || return 1
		python tests/check-capture "$prefix" 600 && return 0
		echo "at $FPS frames a second: not complete"
	done
	FPS=30
	record_begin -d "$source"
	"$@" || return 1
	record_end
	python tests/check-capture "$prefix" 600 "$run.drops.csv"
}
for transport in dmabuf mmap; do
	check "600 frames by $transport: no duplicate, no gap, no drop" complete "$tmp/$transport" \
		scripts/bench_vpipe.sh "$source" "$vpipe" "$tmp/$transport" 600 "$transport" threshold
done
heap=/dev/dma_heap/system
[ -e $heap ] || heap=/dev/udmabuf
printf 'P5\n64 48\n255\n' >"$tmp/noise.pgm"
head -c 3072 /dev/urandom >>"$tmp/noise.pgm"
check "600 frames from a heap: no duplicate, no gap, no drop" complete "$tmp/heap" \
	scripts/bench_fixture.sh "$vpipe" $heap "$tmp/noise.pgm" "$tmp/heap" 600 threshold 127
for image in input reference kernel diff; do
	check "noise.$image.pgm is written" [ -s "$tmp/noise.$image.pgm" ]
done
check "the reference and the kernel's image are the same" cmp "$tmp/noise.reference.pgm" "$tmp/noise.kernel.pgm"

FPS=15
cp docs/benchmark.md "$tmp/ledger.md"
check "bench-ledger" scripts/bench-ledger 13 "$tmp/ledger" "$tmp/ledger.md"
check "every phase but the fifth has its figures" \
	[ "$(grep -cE '^\| [1-6] \|.*\| 13 \|' "$tmp/ledger.md")" = 10 ]
check "and says how they were made" [ "$(grep -cE '^\| [1-6] \|.*`scripts/bench_' "$tmp/ledger.md")" = 10 ]
check "nothing is TBD" sh -c "! sed -n '/ledger: begin/,/ledger: end/p' $tmp/ledger.md | grep -q TBD"
modprobe -r vivid vpipe
finish
