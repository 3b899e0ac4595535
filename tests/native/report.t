#!/bin/bash
# SPDX-License-Identifier: MIT
# report.t - vpipe-trace report and diff: their numbers, and files that are damaged
#
# shellcheck disable=SC2016 # programs in quotes
. "$(dirname "$0")/../lib.sh"

runs=tests/fixtures/runs
make_run() { "$runs/make-run" "$@" || diag <<<"make-run $* failed"; }
copy_run() { # a fresh copy of the small run, to be damaged
	local file
	rm -rf "$tmp"/bad.*
	for file in "$runs"/small.*; do
		cp "$file" "$tmp/bad.${file#*/small.}"
	done
}

# COLUMN LINE VALUE FILE: the value, or +N for the old one plus N; LINE "all": all rows
set_cell() {
	python3 - "$@" <<-'END'
		import sys
		column, line, value, path = sys.argv[1:]
		lines = [l.split(",") for l in open(path).read().splitlines()]
		at = lines[0].index(column)
		for cells in lines[1:] if line == "all" else [lines[int(line) - 1]]:
		    cells[at] = str(int(cells[at]) + int(value)) if value[:1] == "+" else value
		open(path, "w").write("".join(",".join(l) + "\n" for l in lines))
	END
}
# EXPRESSION FILE: a Python expression of the JSON "d" in FILE is true
holds() { python3 -c "import json, sys; d = json.load(open(sys.argv[2])); sys.exit(not ($1))" "$1" "$2"; }
report_holds() { vpipe-trace report --json "$2" >"$tmp/report.json" && holds "$1" "$tmp/report.json"; }
diff_holds() { vpipe-trace diff --json "$2" "$3" >"$tmp/diff.json" && holds "$1" "$tmp/diff.json"; }

# --- the numbers, computed once more
check "report: a small real run" tests/check-report "$runs/small"
make_run "$tmp/plain" 500
check "report: 500 frames" tests/check-report "$tmp/plain"
make_run "$tmp/deep" 500 --period 70000 --gap 100=7
check "report: a queue, and source frames that were dropped" tests/check-report "$tmp/deep"
check "report: exactly those" report_holds 'd["drops"]["dropped"] == 7 and d["drops"]["gaps"] == 1' "$tmp/deep"
check "report: the queue is deep" report_holds 'd["queue_depth"]["mean"] > 4' "$tmp/deep"
make_run "$tmp/fixture" 500 --no-source
check "report: frames without a source" tests/check-report "$tmp/fixture"
make_run "$tmp/stall" 500 --stall 123=900000000
check "report: the frame that stalled comes first" report_holds \
	'd["worst_frames"][0]["frame"] == 123 and len(d["worst_frames"]) == 5' "$tmp/stall"
says_why() { vpipe-trace report "$tmp/stall" | grep -qE '^ +123 +900[0-9]{3}\.[0-9] context switches 100%$'; }
check "report: and what made it slow" says_why
as_nobody() { cp -r "$runs" "$tmp/theirs" && chmod -R a+rX "$tmp" && setpriv --reuid=65534 --clear-groups "$(command -v vpipe-trace)" report "$tmp/theirs/small"; }
if [ "$(id -u)" = 0 ] && [ -x "/${PWD#/}" ]; then
	check "report: without privilege" as_nobody
fi
in_bench() { mkdir -p "$tmp/there/bench" && cp "$runs"/small.* "$tmp/there/bench/" && (cd "$tmp/there" && vpipe-trace report small); }
PATH=$(realpath "${BUILD:-build}")/bin:$PATH
check "report: NAME is in bench/" in_bench
full() { vpipe-trace report "$runs/small" >/dev/full; }
check_fails "report: a full disk" 1 'cannot write to stdout' full
full_json() { vpipe-trace diff --json "$runs/small" "$runs/small" >/dev/full; }
check_fails "diff --json: a full disk" 1 'cannot write to stdout|cannot print' full_json

# --- columns go by their names
copy_run
sed -i '1s/$/,new/; 2,$s/$/,x/' "$tmp"/bad.*s.csv "$tmp/bad.summary.csv"
check "report: columns of a later version do no harm" tests/check-report "$tmp/bad"
awk -F, 'BEGIN {OFS = ","} {first = $1; $1 = $NF; $NF = first} 1' "$runs/small.frames.csv" >"$tmp/bad.frames.csv"
check "report: nor does another order" tests/check-report "$tmp/bad"

# a frame queued in the nanosecond in which the one before it was done
copy_run
set_cell start_ns 3 7083112740 "$tmp/bad.frames.csv"
check "report: a frame is not in the node any more when it is done" \
	report_holds 'd["queue_depth"]["max"] == 1' "$tmp/bad"

# --- damage: NAME PATTERN FILE COMMAND...: the small run after COMMAND on one of its files
damaged() {
	local name=$1 pattern=$2 file=$3
	shift 3
	copy_run
	"$@" "$tmp/bad.$file" || diag <<<"$* failed"
	check_fails "report: $name" 1 "$pattern" vpipe-trace report "$tmp/bad"
}
# the same in place
edit() { sed -i "$@"; }
cut_off() { truncate -s -20 "$1"; }
json_set() { python3 -c "import json, sys; d = json.load(open(sys.argv[2])); exec(sys.argv[1]); json.dump(d, open(sys.argv[2], 'w'))" "$@"; }
blank() { : >"$1"; }
garbage() { head -c 300000 /dev/urandom >"$1"; }
big() { truncate -s 2M "$1"; }

for file in run.json summary.csv frames.csv; do
	damaged "no $file" "bad.$file: No such file" $file rm
	damaged "$file is a folder" "bad.$file: (Is a directory|not the run)" $file sh -c 'rm $0; mkdir $0'
	damaged "$file is garbage" "bad.$file:" $file garbage
done
damaged "run.json is empty" 'bad.run.json:1:0: ' run.json blank
damaged "run.json is large" 'not the run.json of a run' run.json big
damaged "run.json is cut off" 'bad.run.json:[0-9]+:[0-9]+: ' run.json cut_off
damaged "run.json: a control character" "bad.run.json:1:2: .*near '\\\\x07'" run.json sh -c 'printf "{\007" >$0'
damaged "run.json without rows" 'frames.rows is not a whole' run.json json_set 'del d["frames"]["rows"]'
damaged "run.json: negative rows" 'frames.rows is not a whole' run.json json_set 'd["frames"]["rows"] = -1'
damaged "run.json: a text as number" 'start_ns is not a whole' run.json json_set 'd["start_ns"] = "1"'
damaged "run.json: a list" 'is not a whole' run.json sh -c 'echo [] >$0'
damaged "run.json: a number as text" 'options.source is not text' run.json json_set 'd["options"]["source"] = 1'
damaged "run.json: an end before its start" 'end_ns is not behind start_ns' run.json json_set 'd["end_ns"] = 5'

for file in frames summary; do
	damaged "$file.csv is empty" "bad.$file.csv:1: the file is empty" $file.csv blank
	damaged "$file.csv is cut off in a row" "bad.$file.csv:[0-9]+: the file ends in the middle" $file.csv cut_off
	damaged "$file.csv: a row is too short" "bad.$file.csv:3: [0-9]+ cells, but" $file.csv edit '3s/,[^,]*$//'
	damaged "$file.csv: a row is too long" "bad.$file.csv:4: [0-9]+ cells, but" $file.csv edit '4s/$/,/'
done
damaged "frames.csv: a column is missing" "frames.csv:1: no column 'e2e_ns'" frames.csv edit '1s/e2e_ns/e2e/'
damaged "frames.csv: a cell is no number" "frames.csv:5: ctx: 'x3' is not a whole" frames.csv set_cell ctx 5 x3
damaged "frames.csv: a cell is empty" "frames.csv:5: ctx: is empty" frames.csv set_cell ctx 5 ''
damaged "frames.csv: a row is missing" "frames.csv:6: frame: 5 where 4 comes next" frames.csv edit 6d
damaged "frames.csv: the last row is missing" 'ends after 12 rows, but .*bad.run.json has 13' frames.csv edit '$d'
damaged "frames.csv: a row too many" 'more than 13 rows' frames.csv edit '$p; $s/^12,/13,/'
damaged "frames.csv: not the sum" 'frames.csv:4: e2e_ns: .* is not the sum of the stages' frames.csv set_cell cv_ns 4 +1
damaged "frames.csv: not the sum of costs" 'frames.csv:4: e2e_ns: .* is not the sum of the costs' frames.csv set_cell queueing_ns 4 +1
# sums and numbers that only fit without a sign
wrapped() { # the stages and costs of a row are the sum but for 2^64
	local column
	for column in source_ns handoff_ns switches_ns jitter_ns; do set_cell $column 3 +6000000000000000000 "$1"; done
	for column in submit_ns transport_ns; do set_cell $column 3 +6446744073709551616 "$1"; done
}
aeon() { # three frames of 2^62 ns each
	local line column
	for line in 2 3 4; do for column in queue_ns queueing_ns e2e_ns; do set_cell $column $line +4611686018427387904 "$1"; done; done
}
damaged "frames.csv: a number of 2^63" 'frames.csv:4: ctx: 9223372036854775808 is more than there can be' frames.csv set_cell ctx 4 9223372036854775808
damaged "frames.csv: not the sum but for 2^64" 'frames.csv:3: e2e_ns: .* is not the sum of the stages' frames.csv wrapped
damaged "frames.csv: more time than there can be" 'frames.csv:3: e2e_ns: all frames together' frames.csv aeon
damaged "summary.csv: a number of 2^64 - 1" 'summary.csv:2: max_ns: 18446744073709551615 is more' summary.csv set_cell max_ns 2 18446744073709551615
damaged "frames.csv: of another time" 'frames.csv:2: start_ns: is not in the time of' frames.csv set_cell start_ns all +9000000000
damaged "summary.csv of a longer run" 'of different runs' summary.csv cp "$tmp/plain.summary.csv"
damaged "summary.csv of a run as long" 'summary.csv has .* ns end-to-end, .* different runs' summary.csv edit -E '/^e2e/s/,([0-9]+),(1.0+)$/,1\1,\2/'
damaged "summary.csv without a stage" 'ends without a row for copy' summary.csv edit /^copy/d
damaged "summary.csv: a stage twice" 'summary.csv:7: stage: is there twice' summary.csv edit /^copy/p
damaged "summary.csv: a share of 2" 'share: is not from 0 to 1' summary.csv edit '/^copy/s/[^,]*$/2/'

# --- text of the files goes to the terminal without what could upset it, and whole
harmless() { # ARGS...: of vpipe-trace
	vpipe-trace "$@" | python3 -c 'import sys, unicodedata
text = sys.stdin.buffer.read().decode()
sys.exit(not text or any(unicodedata.category(c) == "Cc" and c != "\n" for c in text))'
}
copy_run
json_set 'd["options"]["source"] = "\u009b2J\033[2J" + "\u00e9" * 40' "$tmp/bad.run.json"
json_set 'd["hardware_counters"]["why"] = "x" + "\u00e9" * 100' "$tmp/bad.run.json"
check "report: control characters, letters of two bytes" harmless report "$tmp/bad"
for name in one two; do
	cp "$runs/small.frames.csv" "$tmp/$name.frames.csv"
	cp "$runs/small.run.json" "$tmp/$name.run.json"
	json_set 'd["machine"]["\033[2J\u009b"] = "'$name'\033[2J"' "$tmp/$name.run.json"
done
check "diff: control characters in names, too" harmless diff "$tmp/one" "$tmp/two"

# --- diff
same='not any(x["changed"] for x in d["costs"] + d["stages"] + [d["e2e"]])'
known='all(x["changed"] is not None for x in d["costs"] + d["stages"])'
check "diff: a run with itself" diff_holds "$same and $known" "$tmp/plain" "$tmp/plain"
for seed in 2 3 4 5; do
	make_run "$tmp/seed$seed" 500 --seed $seed
	check "diff: noise only, $seed" diff_holds "$same and $known" "$tmp/plain" "$tmp/seed$seed"
done
make_run "$tmp/slow" 500 --seed 6 --scale crc=1.2
only='[x["name"] for x in d["costs"] + d["stages"] if x["changed"]] == ["integrity", "crc"]'
check "diff: exactly one cost takes 20 % longer" diff_holds "$only" "$tmp/plain" "$tmp/slow"
check "diff: it says by how much" diff_holds \
	'0.15 < d["costs"][2]["change"] < 0.25 and d["costs"][2]["mean"]["low_ns"] < d["costs"][2]["change_ns"] < d["costs"][2]["mean"]["high_ns"]' \
	"$tmp/plain" "$tmp/slow"
# RUN_A RUN_B: the ranges, computed once more
ranges() {
	vpipe-trace diff --json "$1" "$2" >"$tmp/diff.json" && python3 - "$tmp/diff.json" "$1" "$2" <<-'END'
		import csv, json, statistics, sys
		names = dict(zip(
		    ("copies", "compute", "integrity", "buffer queueing", "context switches", "scheduler jitter",
		     "transport", "application", "unattributed"),
		    "copies compute integrity queueing switches jitter transport application unattributed".split()))
		told = json.load(open(sys.argv[1]))
		runs = [list(csv.DictReader(open(p + ".frames.csv"))) for p in sys.argv[2:]]
		for cost in told["costs"]:
		    for key, value, error in (("mean", statistics.fmean, 1), ("p50", statistics.median_low, 3000)):
		        a, b = ([value([int(r[names[cost["name"]] + "_ns"]) for r in rows[i * len(rows) // 10 : (i + 1) * len(rows) // 10]])
		                 for i in range(10)] for rows in runs)
		        pairs = sorted(y - x for x in a for y in b)
		        got = cost[key]
		        assert abs(got["low_ns"] - pairs[7]) <= error, (cost, pairs)
		        assert abs(got["high_ns"] - pairs[92]) <= error, (cost, pairs)
	END
}
check "diff: the ranges are those of the rows" ranges "$tmp/plain" "$tmp/slow"
check "diff: backwards it takes less" diff_holds "$only"' and d["costs"][2]["change_ns"] < 0' "$tmp/slow" "$tmp/plain"
check "diff: one frame that stalled changes nothing" diff_holds "$same and $known" "$tmp/plain" "$tmp/stall"
make_run "$tmp/short" 99
check "diff: with 99 frames nothing can be told" diff_holds 'all(x["changed"] is None for x in d["costs"] + d["stages"])' "$tmp/plain" "$tmp/short"
make_run "$tmp/enough" 100
check "diff: with 100 it can" diff_holds "$known" "$tmp/enough" "$tmp/enough"
check "diff: stages that one run does not have" diff_holds \
	'd["stages"][0]["b"] is None and d["stages"][0]["changed"] is None' "$tmp/plain" "$tmp/fixture"

diff_says() { vpipe-trace diff "$1" "$2" >"$tmp/diff.out" && grep -qE -- "$3" "$tmp/diff.out" && ! awk 'length > 80 {print; wide = 1} END {exit !wide}' "$tmp/diff.out"; }
check "diff: nothing changed, in text" diff_says "$tmp/plain" "$tmp/plain" '^nothing changed by more than the noise$'
check "diff: one cost changed, in text" diff_says "$tmp/plain" "$tmp/slow" '^integrity .*\+(19|2[0-9])\.[0-9]%.* changed$'
check "diff: too few frames, in text" diff_says "$tmp/short" "$tmp/plain" '^too few frames .* 100 are needed'
copy_run
json_set 'd["options"]["transport"] = "mmap"; d["machine"]["release"] = "6.1"' "$tmp/bad.run.json"
check "diff: another transport is said" diff_says "$runs/small" "$tmp/bad" '^not the same options transport: "dmabuf" and "mmap"'
check "diff: another kernel is said" diff_says "$runs/small" "$tmp/bad" '^not the same machine release: .* and "6.1"'
for name in one two; do
	cp "$runs/small.frames.csv" "$tmp/$name.frames.csv"
	cp "$runs/small.run.json" "$tmp/$name.run.json"
	json_set 'd["options"]["transport"] = None; d["command"]["argv"] = ["'$name'"]' "$tmp/$name.run.json"
done
check "diff: another command is said" diff_says "$tmp/one" "$tmp/two" '^not the same command argv: \["one"\] and \["two"\]'
json_set 'd["complete"] = False' "$tmp/bad.run.json"
warns() { vpipe-trace diff "$runs/small" "$tmp/bad" 2>&1 >/dev/null | grep -q '^warning: data of B .* are incomplete'; }
check "diff: incomplete data are said" warns
rm "$tmp/bad.frames.csv"
check_fails "diff: a file is missing" 1 'bad.frames.csv: No such file' vpipe-trace diff "$runs/small" "$tmp/bad"

# --- two million frames in 64 MiB of address space; a FIFO, so that no disk is needed
make_run "$tmp/long" 1000
rm "$tmp/long.frames.csv"
mkfifo "$tmp/long.frames.csv"
long() {
	"$runs/make-run" "$tmp/long" 2000000 &
	while ! grep -q '"rows": 2000000' "$tmp/long.run.json" || ! grep -q ^runq "$tmp/long.summary.csv"; do sleep 0.1; done
	(ulimit -v 65536 && "$@")
	local status=$?
	wait $!
	return $status
}
check "report: 2,000,000 frames in 64 MiB" long report_holds 'all(x["count"] == 2000000 for x in d["costs"])' "$tmp/long"
rm -f "$tmp/long.run.json"

# --- the command line
for verb in report diff; do
	check "$verb --help" vpipe-trace "$verb" --help
	narrow() { vpipe-trace "$verb" --help | awk 'length > 80 {print; wide = 1} END {exit wide}'; }
	check "$verb --help fits 80 columns" narrow
	check "$verb --help has examples" sh -c "vpipe-trace $verb --help | grep -q ^EXAMPLES"
done
check_fails "report: no run" 2 'a RUN is missing' vpipe-trace report
check_fails "report: two runs" 2 "one RUN, not also 'b'" vpipe-trace report a b
check_fails "report: no name" 1 'does not name a run' vpipe-trace report "$tmp/"
check_fails "report: --worst=-1" 2 '--worst must be' vpipe-trace report --worst=-1 run
check_fails "report: --worst=101" 2 '--worst must be' vpipe-trace report --worst=101 run
check_fails "diff: one run" 2 'RUN_A and RUN_B are needed' vpipe-trace diff a
check_fails "diff: three runs" 2 "two runs, not also 'c'" vpipe-trace diff a b c
finish
