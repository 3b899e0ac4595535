#!/bin/bash
# SPDX-License-Identifier: MIT
# merge.t - vpipe-trace merge: the runs of several machines as one, exactly
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/runs.sh"

for machine in a b c; do mkdir "$tmp/$machine"; done
a=$tmp/a/run b=$tmp/b/run c=$tmp/c/run
make_run "$a" 1000 --seed 1
make_run "$b" 300 --seed 2 --scale crc=3 --stall 7=900000000
make_run "$c" 77 --seed 3 --no-source
check "three machines" vpipe-trace merge "$a" "$b" "$c" -o "$tmp/sum"
each_claim "three machines" tests/check-merged "$tmp/sum" "$a" "$b" "$c"
check "one alone" vpipe-trace merge "$b" -o "$tmp/alone"
each_claim "one alone" tests/check-merged "$tmp/alone" "$b"

# --- sums of sums
of_sums() { # are the sum of all, to the byte
	vpipe-trace merge "$a" "$b" -o "$tmp/two" && vpipe-trace merge "$tmp/two" "$c" -o "$tmp/both" &&
		cmp "$tmp/both.hist.csv" "$tmp/sum.hist.csv" && cmp "$tmp/both.summary.csv" "$tmp/sum.summary.csv" &&
		cmp "$tmp/both.causes.csv" "$tmp/sum.causes.csv" &&
		json_set 'b = json.load(open(sys.argv[2].replace("both", "sum")));
assert d["merged"] == b["merged"], d["merged"]' "$tmp/both.run.json"
}
check "a sum and a run are the sum of all" of_sums
either_way() {
	vpipe-trace merge "$c" "$a" "$b" -o "$tmp/other" && cmp "$tmp/other.hist.csv" "$tmp/sum.hist.csv" &&
		cmp "$tmp/other.summary.csv" "$tmp/sum.summary.csv"
}
check "in whatever order" either_way

# --- devices of any driver, with what never came; runs of a folder by their files
for machine in d e; do mkdir "$tmp/$machine"; copy_as $runs/starved "$tmp/$machine/run"; done
json_set 'd["start_realtime_ns"] += 1; d["crc32"] = checks.run_sum(d)' "$tmp/e/run.run.json"
check "cameras, by all of their files" vpipe-trace merge "$tmp"/[de]/run.* -o "$tmp/cameras"
each_claim "cameras" tests/check-merged "$tmp/cameras" "$tmp/d/run" "$tmp/e/run"
report_says() { vpipe-trace report "$tmp/cameras" >"$tmp/said" && grep -qE "$1" "$tmp/said"; }
check "report has what never came" report_says 'video[0-9]+: 80 frames came, 72 never did'
check "and the costs" report_says '^context switches '
check "and says what is not there" report_says '^not in a merged run: worst frames'
check "check has figures of it" vpipe-trace check "$tmp/cameras" 'frames==80' 'missing==72' 'lost==0' 'cost.queueing.total>=0ns'
metrics() { vpipe-trace export "$tmp/sum" --metrics >"$tmp/metrics" && tests/check-metrics "$tmp/metrics" && grep -q '^vpipe_cost_seconds_total{cost="copies"}' "$tmp/metrics"; }
check "it is exported" metrics
check "and its percentiles" vpipe-trace export "$tmp/sum" --hgrm -o "$tmp/sum.hgrm"
check_fails "it has no frames to compare" 1 'histograms only \(merge\)' vpipe-trace diff "$tmp/sum" "$a"
check_fails "none to export" 1 'histograms only \(merge\)' vpipe-trace export "$tmp/sum" --jsonl
check_fails "and none to leave out" 1 'histograms only \(merge\): no frames can be left out' vpipe-trace report --warmup 3 "$tmp/sum"
in_list() { mkdir "$tmp/list" && copy_as "$tmp/sum" "$tmp/list/sum" && vpipe-trace list "$tmp/list" | grep -qE '^sum .* vpipe +1377 '; }
check "it is listed" in_list
check_page() { vpipe-trace report --html="$tmp/sum.html" "$tmp/sum" && [ -s "$tmp/sum.html" ]; }
check "it can be looked at as a page" check_page

# --- our own node's drops are of its source
tests/make-run "$tmp/gap5" 300 --gap 100=5 --seed 3
tests/make-run "$tmp/gap2" 300 --gap 50=2 --seed 4
tests/make-run "$tmp/sourceless" 300 --no-source --seed 5
vpipe-trace merge -o "$tmp/gaps" "$tmp/gap5" "$tmp/gap2" >/dev/null
check "their sum" vpipe-trace check "$tmp/gaps" 'drops==7' 'missing==7'
denied() { vpipe-trace check "$tmp/gaps" 'drops==0' >"$tmp/said"; [ $? = 4 ] && grep -qE '^FAILED +7  drops==0' "$tmp/said"; }
check "a claim of it that does not hold" denied
vpipe-trace merge -o "$tmp/some" "$tmp/gap5" "$tmp/sourceless" >/dev/null
unknown() { vpipe-trace check "$tmp/some" "$1" >"$tmp/said"; [ $? = 3 ] && grep -q "not measured, $2" "$tmp/said"; }
tests/make-run "$tmp/either" 300 --gap 100=5 --lost 5
vpipe-trace merge -o "$tmp/doubt" "$tmp/gap5" "$tmp/either" >/dev/null
unknown_of() { vpipe-trace check "$1" 'missing==5' >"$tmp/said"; [ $? = 3 ] && grep -q 'not measured' "$tmp/said"; }
check "what is missing may be what was lost of one" unknown_of "$tmp/doubt"
copy_as "$tmp/d/run" "$tmp/crowd"
json_set 'd["devices"][0]["not_followed"] = 2; d["start_realtime_ns"] += 2' "$tmp/crowd.run.json"
seal "$tmp/crowd"
vpipe-trace merge -o "$tmp/crowds" "$tmp/d/run" "$tmp/crowd" >"$tmp/shown"
check "a device whose missing frames are not known" unknown_of "$tmp/crowds"
check "its column is what never came" sh -c "grep -qE '^run .* missing +lost ' $tmp/shown && grep -qE '^all .* - +0 ' $tmp/shown"
check "the sum says so" grep -q 'video0: 80 frames came; how many never did is not known:$' "$tmp/shown"
no_drops() { ! vpipe-trace export --metrics "$tmp/crowds" | grep vpipe_drops; }
check "and a monitor is told nothing" no_drops
check "where one does not know, the sum does not" unknown 'drops==5' 'not all of the runs that it is the sum of know it'
check "what is of rows is unknown, and why" unknown 'fps>1' 'the run is the sum of others, which has no rows'

# --- what must not be added up
check_fails "the same run twice" 1 "$a and $a have the same run \\($a\\): it would be counted twice" vpipe-trace merge "$a" "$a"
copy_as "$a" "$tmp/copy"
check_fails "a copy of it" 1 'have the same run' vpipe-trace merge "$a" "$b" "$tmp/copy"
check_fails "a run that is in a sum already" 1 "$tmp/sum and $b have the same run \\($b\\)" vpipe-trace merge "$tmp/sum" "$b"
check_fails "runs of different paths" 1 "d/run \\(capture\\) can't be merged with $a \\(vpipe\\): its frames went on another path" \
	vpipe-trace merge "$a" "$tmp/d/run"
copy_as "$b" "$tmp/bad"
sed -i '$d' "$tmp/bad.hist.csv"
check_fails "a damaged one" 1 'bad.hist.csv has been changed' vpipe-trace merge "$a" "$tmp/bad" -o "$tmp/none"
check "nothing is written of it" sh -c "! ls $tmp/none.* $tmp/.none*"
check_fails "one that is not there" 1 'cannot read .*/none/run.run.json: No such file' vpipe-trace merge "$a" "$tmp/none/run"
check_fails "no run" 2 'a RUN is missing' vpipe-trace merge
check_fails "no folder for the sum" 1 "$tmp/none" vpipe-trace merge "$a" "$b" --json -o "$tmp/none/sum"
no_room() { vpipe-trace merge "$a" "$b" >/dev/full; }
check_fails "a full disk behind stdout" 1 'cannot write to stdout: No space' no_room

# --- what is missing of one is missing of the sum, and said
make_run "$tmp/half" 500 --seed 4 --lost 3
check_fails "an incomplete one" 3 'the sum is incomplete' vpipe-trace merge "$a" "$tmp/half" -o "$tmp/lost"
says_lost() { vpipe-trace merge "$a" "$tmp/half" 2>/dev/null | grep -A 1 "^$tmp/half" | grep -q . && vpipe-trace merge "$a" "$tmp/half" 2>/dev/null | grep -q 'incomplete: 3 '; }
check "is said in its row" says_lost
check_fails "report says it of the sum, too" 3 '' sh -c "vpipe-trace report '$tmp/lost' >/dev/null; status=\$?; echo >&2; exit \$status"
lost_in() { vpipe-trace merge --json "$a" "$tmp/half" 2>/dev/null | python3 -c 'import json, sys; all = json.load(sys.stdin)["all"]; assert all["lost"] == 3 and not all["complete"], all'; }
check "so many are lost in all" lost_in

# --- a sum that has been changed is found out, sealed anew or not
changed() { # NAME PATTERN PYTHON
	copy_as "$tmp/sum" "$tmp/changed"
	json_set "$3; d['crc32'] = checks.run_sum(d)" "$tmp/changed.run.json"
	check_fails "$1" 1 "$2" vpipe-trace report "$tmp/changed"
}
changed "a cost that is not its histogram's" 'copies: (count is|min_ns, max_ns or total_ns)' 'd["merged"]["costs"][0]["count"] += 1'
changed "costs that do not add up" 'costs do not add up' 'd["merged"]["costs"][0]["total_ns"] += 1'
changed "runs that are not as many" 'merged.runs is not that of merged runs' 'd["merged"]["runs"] = 9'
changed "no number" 'merged.missing is not' 'd["merged"]["missing"] = "x"'
changed "rows" 'frames.rows is not null' 'd["frames"]["rows"] = 1377'

# --- names of any characters
mkdir "$tmp/odd"
copy_as "$b" "$tmp/odd/"$'a\e[31m\n"b\\\xff'
odd() { vpipe-trace merge "$a" "$tmp/odd/"$'a\e[31m\n"b\\\xff' >"$tmp/said" && ! grep -q $'\e' "$tmp/said" && grep -q 'a\\x1b\[31m' "$tmp/said"; }
check "a name with control characters is harmless" odd
odd_json() { vpipe-trace merge --json "$a" "$tmp/odd/"$'a\e[31m\n"b\\\xff' -o "$tmp/oddsum" | python3 -m json.tool >/dev/null && vpipe-trace report "$tmp/oddsum" >/dev/null; }
check "and in JSON" odd_json

fits() {
	local columns
	columns=$(COLUMNS=$1 vpipe-trace merge "$a" "$b" "$c" | LC_ALL=C.UTF-8 wc -L)
	[ "$columns" -gt 70 ] && [ "$columns" -le "$1" ]
}
check "the table fits 80 columns" fits 80
check "and 120" fits 120
narrow() { vpipe-trace merge --help | awk 'length > 80 {print; wide = 1} END {exit wide}'; }
check "--help fits 80 columns" narrow
finish
