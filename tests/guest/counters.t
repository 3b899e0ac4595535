#!/bin/bash
# SPDX-License-Identifier: MIT
# counters.t - perf counters at the stage boundaries: the kernel's, and where there are any the processor's
#
# QEMU's arm64 processor counts cycles, and where its clock counts instructions (--icount) these,
# too; then the same work takes the same number of them each time.
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

# counted NAME LIST FRAMES [OPTION...]: a run with these counters, whose files agree with each other
counted() {
	vpipe-trace run -q -o "$tmp/$1" -f "$3" --counters "$2" "${@:4}" && python tests/check-run "$tmp/$1" "$3"
}

# cells NAME COUNTER COLUMN [STAGE]: of counters.csv, one a line
cells() {
	awk -F, -v counter="$2" -v column="$3" -v stage="${4:-}" '
		NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i}
		NR > 1 && $at["counter"] == counter && (stage == "" || $at["stage"] == stage) {print $at[column]}' \
		"$tmp/$1.counters.csv"
}

# all_above N COMMAND...: each of six numbers
all_above() {
	"${@:2}" >"$tmp/numbers"
	awk -v least="$1" '$1 == "" || $1 <= least {bad = 1} END {exit bad || NR != 6}' "$tmp/numbers" ||
		{ echo "not all six above $1: $(paste -sd' ' "$tmp/numbers")"; return 1; }
}

# near A B PERCENT
near() {
	awk -v a="$1" -v b="$2" -v p="$3" 'BEGIN {exit !(a > 0 && a - b <= a * p / 100 && b - a <= a * p / 100)}' ||
		{ echo "$1 and $2 are more than $3 % apart"; return 1; }
}

# names NAME COUNTER...: run.json and counters.csv have them, as they are called there
names() {
	local run=$1 name
	shift
	[ "$(field "$tmp/$run" counters)" = "$(printf '"%s", ' "$@" | sed 's/^/[/; s/, $/]/')" ] ||
		{ echo "run.json: $(field "$tmp/$run" counters)"; return 1; }
	for name; do [ "$(cells "$run" "$name" stage | wc -l)" = 6 ] || { echo "counters.csv lacks $name"; return 1; }; done
}

# column NAME COUNTER: of frames.csv, those that are not empty
column() {
	awk -F, -v name="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == name) c = i} NR > 1 && $c != "" {print $c}' \
		"$tmp/$1.frames.csv"
}

# code_of NAME...: of the first of these events that the processor's driver lists
code_of() {
	local name
	for name; do
		sed -nE 's/^event=0x0*([0-9a-f]+)$/\1/p' /sys/bus/event_source/devices/{cpu,armv*}/events/"$name" 2>/dev/null
	done | head -n 1
}

# -- what cannot be had is said, by its name
check_fails "an unknown name: all there are" 2 "there is no 'cycle': hardware, none, cycles, .*CACHE-load-misses.*L1-dcache.* rHEX" \
	vpipe-trace run --counters cycle
check_fails "one that no processor has" 2 'does not count iTLB-store-misses' vpipe-trace run --counters iTLB-store-misses
check_fails "five" 2 'at most 4' vpipe-trace run --counters page-faults,minor-faults,major-faults,cpu-migrations,cpu-clock

# -- the kernel's
check "31 frames, with the kernel's counters: the files agree" counted kernel page-faults,cpu-migrations,task-clock 31
check "they are in the files by their names" names kernel page_faults migrations task_clock
check "most frames are counted in each stage" all_above 15 cells kernel task_clock frames
check "hardware's were not asked for, or are not there" [ "$(field "$tmp/kernel" hardware_counters.supported)" = false ]

# -- the processor's
if ! has_pmu; then
	check_fails "no processor's counters: so it is said" 2 'does not count cycles, nor anything else in hardware' \
		vpipe-trace run --counters cycles
	check_fails "nor by cache or code" 2 'does not count LLC-loads' vpipe-trace run --counters page_faults,LLC-loads
	skip "the processor's counters" 'this processor counts nothing: QEMU emulates that on arm64 only'
	finish
	exit
fi
check "31 frames, with what has a column: the files agree" counted columns hardware 31
check "it is supported" [ "$(field "$tmp/columns" hardware_counters)" = '{"supported": true, "why": null}' ]
check "cycles are counted in each stage, of most frames" all_above 15 cells columns cycles frames
check "and they are more than none" all_above 0 cells columns cycles p50
check "most frames have a cell" [ "$(column columns cycles | wc -l)" -gt 15 ]
code=$(code_of cpu_cycles cpu-cycles)
check "one by two names, and by its code" counted codes "cycles,r$code,cpu-cycles" 31
check "they are in the files by their names: two" names codes cycles "r$code"
# read one after the other, at both ends
same_cycles() { near "$(cells codes cycles p50 "$1")" "$(cells codes "r$code" p50 "$1")" 5; }
check "the code counts the same cycles: copy" same_cycles copy
check "crc" same_cycles crc
if [ -n "$(code_of l1d_cache_refill)" ]; then
	check "31 frames, with a cache's events: the files agree" counted cache L1-dcache-load-misses,L1-dcache-loads 31
	check "they are in the files by their names" names cache L1-dcache-load-misses L1-dcache-loads
elif [ -n "$(code_of cpu_cycles)" ]; then # it is arm64's driver
	check_fails "a cache that is not counted is named" 2 'this processor does not count L1-dcache-load-misses' \
		vpipe-trace run --counters cycles,L1-dcache-load-misses
fi

code=$(code_of inst_retired instructions)
if [ -z "$code" ]; then
	check_fails "what this processor lacks is named" 2 'this processor does not count instructions' \
		vpipe-trace run --counters cycles,instructions
	skip "instructions" 'this processor does not count them: QEMU does with --icount only'
	finish
	exit
fi
check "31 frames of 640x480, with instructions: the files agree" counted large "cycles,instructions,r$code" 31
check "instructions are counted in each stage, of most frames" all_above 15 cells large instructions frames
check "and they are more than none" all_above 0 cells large instructions p50
check "the code counts the same: crc" near "$(cells large instructions p50 crc)" "$(cells large "r$code" p50 crc)" 1
# the same work each time: half of the frames, and one in a hundred
for stage in copy cv crc; do
	check "$stage takes as many in each frame" near "$(cells large instructions p50 $stage)" "$(cells large instructions p99 $stage)" 2
done
check "31 frames of 320x180: the files agree" counted small cycles,instructions 31 --size 320x180
# without what it takes to begin and end a stage, which is all that complete does
crc_of() { echo $(($(cells "$1" instructions p50 crc) - $(cells "$1" instructions p50 complete))); }
check "a CRC of 3/16 of the bytes takes 3/16 of the instructions" \
	near "$(crc_of large)" "$(($(crc_of small) * 16 / 3))" 5
finish
