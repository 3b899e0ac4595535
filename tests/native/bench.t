#!/bin/bash
# SPDX-License-Identifier: MIT
# bench.t - the table of the benches: what meets a goal, what misses it, what is not judged
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
finish
