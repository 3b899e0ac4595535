#!/bin/bash
# SPDX-License-Identifier: MIT
# bench.t - the table of the benches: what meets a goal, what misses it, what is not judged; and the ledger's
. "$(dirname "$0")/../lib.sh"

# STATUS ROW...: the table's exit status for these rows, whose cells are separated by "|"
judge() {
	local wanted=$1 status
	shift
	printf '%s\n' "$@" | tr '|' '\t' | tests/bench/table "$tmp/bench/bench.csv" >"$tmp/table" 2>"$tmp/err"
	status=$?
	[ $status = "$wanted" ] || { cat "$tmp/table" "$tmp/err"; return 1; }
}
csv_is() { [ "$(cat "$tmp/bench/bench.csv")" = "$(printf '%s\n' "name,ours,other,ratio,goal,ok" "$@")" ]; }

for row in 'a|100|5|>=20' 'a|99|100|<=1.0' 'a|9|10|0.9..1.1' 'a|11|10|0.9..1.1' 'a|3|3|=1' 'a|31.9||<=32' \
	'a|0||=0' 'a|-1|2|<=1.0' 'a|1e6||>=300000' 'a|1|0|-'; do
	check "met: $row" judge 0 "$row"
done
for row in 'a|99|5|>=20' 'a|1.0001|1|<=1.0' 'a|8.99|10|0.9..1.1' 'a|11.01|10|0.9..1.1' 'a|3|4|=1' 'a|32.1||<=32' \
	'a|1||=0' 'a|1|0|<=1.0' 'a|9||>=10' 'a|1|1|about 1'; do
	check "missed: $row" judge 1 "$row"
done
check "no rows at all are a failure" judge 1 ''
check "one that misses is enough" judge 1 'a|1|1|=1' 'b|2|1|=1' 'c|1|1|=1'

check "what was not measured is no failure" judge 0 'a|1|1|=1' 'b|||<=1.0|no perf here'
check "and says why" grep -qE '^b +<=1.0 +- +no perf here$' "$tmp/table"
check "and is counted" grep -q '^1 goals met, 0 missed, 1 rows not measured' "$tmp/table"
check "the CSV has it empty" csv_is 'a,1,1,1.000,=1,yes' 'b,,,,<=1.0,-'
check "a name may have a comma" judge 0 'a, b|1|2|-'
check "which is quoted" csv_is '"a, b",1,2,0.500,-,-'

# -- the ledger: what is missing between the sequences of a source, which has 32 bits for them
drops() { # WANTED SEQUENCE...: the cell of a capture with these, whose clock is $latency from ours
	local wanted=$1 sequence
	shift
	mkdir -p "$tmp/ledger"
	printf 'phase=1\npath=vivid mmap\ncommand=-\n' >"$tmp/ledger/mmap.bench"
	{
		echo frame,sequence,timestamp_ns,enter_ns,leave_ns,copies,latency_ns,nvcsw,nivcsw,minflt
		for sequence; do echo "0,$sequence,7,8,9,0,$latency,0,0,0"; done
	} >"$tmp/ledger/mmap.csv"
	scripts/summarize-bench "$tmp/ledger" >"$tmp/table" || return 1
	[ "$(grep -F '| vivid mmap |' "$tmp/table" | cut -d'|' -f15)" = " $wanted " ] || { cat "$tmp/table"; return 1; }
}
latency=2
check "drops: none" drops 0 7 8 9
check "drops: three of them" drops 3 7 8 12
check "drops: the counter begins anew" drops 0 4294967294 4294967295 0 1
check "drops: one of them there" drops 1 4294967294 4294967295 1
check "drops: one frame twice is none" drops 0 4 4 5
check "drops: nor does one that is behind take some away" drops 5 4 5 4 10
check "drops: with the highest bit, or without" drops 2 2147483646 2147483648 2147483650
check "the timestamps are the source's" grep -qF '| source, CLOCK_MONOTONIC |' "$tmp/table"
latency=
check "drops: of a source with a clock of its own" drops 0 7 8 9
check "the timestamps are, too" grep -qF '| source, another clock |' "$tmp/table"
finish
