#!/bin/bash
# SPDX-License-Identifier: MIT
# sequences.t - sources whose counters are at their end, and whose dates are beyond any clock
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

build=${BUILD:-build}
module=$build/tests/kmod/$(uname -r)/oddcam.ko
[ -e "$module" ] || { echo "1..0 # SKIP there is no $module (make test-kmod)"; exit 0; }
modprobe -a vpipe videobuf2-v4l2 videobuf2-vmalloc
insmod "$module" period_ms=30
wait_for node oddcam-a && wait_for node vpipe
vpipe=$(node vpipe)
out=$tmp/run

# PARAMETER VALUE: of oddcam, from its next STREAMON on
set_cam() { echo "$2" >"/sys/module/oddcam/parameters/$1"; }
# FILE COLUMN EXPRESSION: it holds for v, the cell of each row, and n, the row's number from 0
each() {
	awk -F, -v column="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		{ v = $at[column]; n = NR - 2; if (!('"$3"')) { print n, v; bad = 1 } }
		END { exit bad || NR < 2 }' "$1"
}
# Each row has the sequence and the date that its row of the metadata has.
agree() {
	awk -F, -v OFS=, 'NR > 1 {print $2, $4, $12}' "$out.csv" >"$tmp/rows"
	awk -F, -v OFS=, 'NR > 1 {print $2, $4, $4}' "$out.meta.csv" | diff "$tmp/rows" - && [ -s "$tmp/rows" ]
}
# FRAMES COMMAND...: with the rows of the metadata beside it; the command's are in $out.csv
captured() {
	local frames=$1 drain status
	shift
	rm -f "$tmp/ready"
	mkfifo "$tmp/ready"
	vpipe-meta-drain -q -f "$frames" -o "$out.meta.csv" --ready-fd 3 3>"$tmp/ready" &
	drain=$!
	read -r <"$tmp/ready"
	"$@" -f "$frames" -o "$out.csv" >"$tmp/table" 2>"$tmp/err"
	status=$?
	[ $status = 0 ] || kill $drain
	wait $drain || status=1
	[ $status = 0 ] || cat "$tmp/err"
	return $status
}
# From FIRST on, past the end of the counter: each transport, and the source alone. A busy host
# may cost a frame, not a thousand.
counts_from() {
	local first=$1 transport
	local counted="(v - $first - n + 8589934592) % 4294967296 < 1000" few='frames.*, gaps [0-9]{1,3}, repeats 0,'
	set_cam first_seq "$first"
	for transport in dmabuf mmap; do
		check "$first by $transport" captured 20 vpipe-capture-m2m --source oddcam-a --transport $transport
		check "$first by $transport: each row and its metadata have one sequence" agree
		check "$first by $transport: counted on" each "$out.csv" src_sequence "$counted"
		check "$first by $transport: and so in the summary" grep -qE "$few" "$tmp/table"
	done
	check "$first, the source alone" sh -c "vpipe-capture-mmap -f 20 -d oddcam-a -o $out.csv >$tmp/table 2>/dev/null"
	check "$first, the source alone: counted on" each "$out.csv" sequence "$counted"
	check "$first, the source alone: and so in the summary" grep -qE "$few" "$tmp/table"
}
for first in 2147483640 4294967288; do
	counts_from $first
done

# -- a module without the control of the last bit
fixed="env LD_PRELOAD=$PWD/$build/tests/fixed-node.so"
set_cam first_seq 2147483640
# shellcheck disable=SC2086
check "31 bits: it goes on" captured 20 $fixed vpipe-capture-dmabuf --source oddcam-a
check "31 bits: that is said once" [ "$(grep -c "^warning: the driver of $vpipe takes 31 bits" "$tmp/err")" = 1 ]
check "31 bits: the source's go past them" each "$out.csv" src_sequence 'n < 15 || v >= 2147483648'
check "31 bits: the metadata have what there is" each "$out.meta.csv" src_v4l2_sequence 'v < 2147483648'
check "31 bits: of the same frames" sh -c "[ \"\$(cut -d, -f2 $out.csv | awk 'NR > 1 {print \$1 % 2147483648}')\" = \
	\"\$(cut -d, -f2 $out.meta.csv | tail -n +2)\" ]"
set_cam first_seq 0
# shellcheck disable=SC2086
check "31 bits are enough: not asked for" captured 5 $fixed vpipe-capture-dmabuf --source oddcam-a
check "31 bits are enough: not a word of it" sh -c "! grep -q 'takes 31 bits' $tmp/err"

# -- dates; an awk has no 64 bits
beyond='length(v) == 19 && v ~ /^92233/'
dated() { # NAME ADDED DATE LATENCY: expressions of them
	set_cam add_ns "$2"
	check "$1" captured 5 vpipe-capture-dmabuf --source oddcam-a
	check "$1: source, frame and metadata have one date" agree
	check "$1: the date is whole" each "$out.csv" src_timestamp_ns "$3"
	check "$1: latency_ns" each "$out.csv" latency_ns "$4"
	check "$1, the source alone" vpipe-capture-mmap -q -f 5 -d oddcam-a -o "$out.csv"
	check "$1, the source alone: the date is whole" each "$out.csv" timestamp_ns "$3"
	check "$1, the source alone: latency_ns" each "$out.csv" latency_ns "$4"
}
dated "dated now" 0 'length(v) < 18' 'v ~ /^[0-9]+$/ && v < 1e9'
dated "dated beyond 2^63" 9223372036854775808 "$beyond" 'v ~ /^-922337203[56]/ && length(v) == 20'
dated "dated further ahead than a latency has bits for" 9223373036854775808 "$beyond" 'v == ""'

rmmod oddcam
modprobe -r vpipe
finish
