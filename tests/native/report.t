#!/bin/bash
# SPDX-License-Identifier: MIT
# report.t - vpipe-trace report and diff: their numbers, and files that are damaged
#
# shellcheck disable=SC2016 # programs in quotes
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

# A fresh copy of the small run, to be damaged. It is of a version that gave files no identity.
copy_run() { copy_as "$runs/small" "$tmp/bad"; }
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
of_devices() { vpipe-trace report "$runs/chain" >"$tmp/text" && grep -q 'frames never came:$' "$tmp/text" && ! grep 'source frame' "$tmp/text"; }
check "report: of devices it is said whose frames are missing, once" of_devices
check "report: frames without a source" tests/check-report "$tmp/fixture"

# --- what is not known of drops is not said
report_says() { vpipe-trace report "$1" | tr -s '\n ' ' ' >"$tmp/text"; grep -qE "$2" "$tmp/text"; }
make_run "$tmp/lost" 1000 --gap 100=10 --lost 10
check "report: rows that were lost may be of what is missing" report_says "$tmp/lost" \
	'10 source frames were dropped at most\..*drops +10 source frames at most, in 1 gaps of its sequence the tracer lost frames'
lost_json() { vpipe-trace report --json "$tmp/lost" >"$tmp/report.json"; holds 'd["drops"]["dropped"] is None and d["drops"]["missing"] == 10' "$tmp/report.json"; }
check "report: nor does --json" lost_json
late_row() { # one that is of a stream before is not judged by
	make_run "$tmp/late" 500 && set_cell source_sequence 400 5000 "$tmp/late.frames.csv" &&
		set_cell start_ns 400 1000 "$tmp/late.frames.csv" && seal "$tmp/late"
	report_says "$tmp/late" 'How many source frames were dropped is not known\..*drops +- not known: not all frames could be looked at '
}
check "report: a frame that could not be looked at" late_row
not_of_b() { vpipe-trace diff "$runs/starved" "$1" >"$tmp/text" && grep -qx 'How many frames never came is not known of B.' "$tmp/text"; }
for what in not_followed unnumbered; do
	copy_as "$runs/starved" "$tmp/$what"
	json_set "d['devices'][0]['$what'] = 2" "$tmp/$what.run.json"
	seal "$tmp/$what"
	check "report: $what: a device whose missing frames are not known" report_says "$tmp/$what" \
		'video0: 40 frames came; how many never did is not known: .*device video0: 40 frames came; how many never did is not known: [a-z]'
	check "diff: $what: likewise" not_of_b "$tmp/$what"
	check "report: $what: --json" report_holds 'd["devices"][0]["missing"] is None' "$tmp/$what"
done
of_both() { vpipe-trace diff "$runs/starved" "$runs/starved" | grep -qx 'Never came: 36 of 76 frames in A, 36 of 76 in B.'; }
check "diff: it says how many" of_both
check "report: --json has what is known" report_holds 'd["devices"][0]["missing"] == 36 and d["drops"] is None' "$runs/starved"
check "report: a chain has no source but its first device" report_holds 'd["drops"] is None and [of["missing"] for of in d["devices"]] == [40, 0]' "$runs/chain"
copy_as "$runs/starved" "$tmp/counted"
json_set 'd["frames"]["rows"] = None; del d["files"]["frames.csv"]' "$tmp/counted.run.json"
seal "$tmp/counted" && rm "$tmp/counted.frames.csv"
unseen() { vpipe-trace report "$tmp/counted" >"$tmp/text" && ! grep -E '(came|missing)' "$tmp/text"; }
check "report: histograms only: nothing is said of devices" unseen
make_run "$tmp/stall" 500 --stall 123=900000000
check "report: the frame that stalled comes first" report_holds \
	'd["worst_frames"][0]["frame"] == 123 and len(d["worst_frames"]) == 5' "$tmp/stall"
says_why() {
	vpipe-trace report "$tmp/stall" | grep -qE '^ +123 +901 ms +context switches 100% +source, its parts are not known$' &&
		COLUMNS=120 vpipe-trace report "$tmp/stall" |
		grep -qE '^ +123 +901 ms +context switches 100% +900 ms in source, its parts are not known$'
}
check "report: and what made it slow, where, and how" says_why
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
	check_fails "report: $name" 1 "$pattern" timeout 20 vpipe-trace report "$tmp/bad"
}
# the same of a run whose files have an identity; diff must say the same
changed() {
	local name=$1 pattern=$2 file=$3
	shift 3
	copy_as "$tmp/plain" "$tmp/bad"
	"$@" "$tmp/bad.$file" || diag <<<"$* failed"
	check_fails "report: $name" 1 "$pattern" timeout 20 vpipe-trace report "$tmp/bad"
	check_fails "diff: $name" 1 "$pattern" timeout 20 vpipe-trace diff "$tmp/plain" "$tmp/bad"
}
# the same in place
edit() { sed -i "$@"; }
cut_off() { truncate -s -20 "$1"; }
blank() { : >"$1"; }
garbage() { head -c 300000 /dev/urandom >"$1"; }
big() { truncate -s 17M "$1"; }

fifo() { rm "$1" && mkfifo "$1"; }
device() { rm "$1" && ln -s /dev/zero "$1"; }
for file in run.json summary.csv frames.csv hist.csv; do
	damaged "$file is a FIFO" "cannot read .*bad.$file: it is a FIFO, not a file" $file fifo
	changed "$file is a FIFO, of a later run" "cannot read .*bad.$file: it is a FIFO, not a file" $file fifo
	changed "$file is a device" "cannot read .*bad.$file: it is a device, not a file" $file device
done
for file in run.json summary.csv frames.csv; do
	damaged "no $file" "bad.$file: No such file" $file rm
	damaged "$file is a folder" "bad.$file: Is a directory" $file sh -c 'rm $0; mkdir $0'
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
damaged "run.json: caches as a number" 'options.cache is not text' run.json json_set 'd["options"]["cache"] = 2'
damaged "run.json: an end before its start" 'end_ns is not behind start_ns' run.json json_set 'd["end_ns"] = 5'

# --- caches flushed before each job: the flush itself is in a stage that it is not there to measure
flushed() { # CACHE
	copy_run
	json_set "d['options']['cache'] = '$1'" "$tmp/bad.run.json"
}
says_flushed() { "$@" | grep -q 'caches flushed before each job'; }
says_not() { ! says_flushed "$@"; }
check "report: a run that has no such option" says_not vpipe-trace report "$runs/small"
flushed as-is
check "report: caches as they were" says_not vpipe-trace report "$tmp/bad"
check "diff: so they were" says_not vpipe-trace diff "$tmp/bad" "$runs/small"
for cache in source both; do
	flushed $cache
	check "report: $cache flushed" says_flushed vpipe-trace report "$tmp/bad"
	check "diff: $cache flushed, in A" says_flushed vpipe-trace diff "$tmp/bad" "$runs/small"
	check "diff: $cache flushed, in B" says_flushed vpipe-trace diff "$runs/small" "$tmp/bad"
done

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
damaged "summary.csv of a run as long" 'summary.csv: e2e: total_ns is [0-9]+, by .*frames.csv [0-9]+: one of them' summary.csv edit -E '/^e2e/s/,([0-9]+),(1.0+)$/,1\1,\2/'
damaged "summary.csv without a stage" 'ends without a row for copy' summary.csv edit /^copy/d
damaged "summary.csv: a stage twice" 'summary.csv:7: stage: is there twice' summary.csv edit /^copy/p
damaged "summary.csv: a share of 2" 'share: is not from 0 to 1' summary.csv edit '/^copy/s/[^,]*$/2/'

# --- numbers that are well-formed, and not of this run: of a version without identity
# what the rows and the histograms tell
damaged "summary.csv: p50 above the maximum" 'summary.csv: copy: p50_ns is 99999999, by .*frames.csv [0-9]+: one of them' summary.csv set_cell p50_ns 6 99999999
damaged "summary.csv: a smaller p99" 'summary.csv: runq: p99_ns is 7, by .*hist.csv' summary.csv set_cell p99_ns 13 7
damaged "summary.csv: another minimum" 'runq: min_ns, max_ns or total_ns can.t be those of .*hist.csv' summary.csv set_cell min_ns 13 +4000
damaged "summary.csv: a total that the histogram cannot have" 'runq: min_ns, max_ns or total_ns' summary.csv set_cell total_ns 13 +900000000
damaged "summary.csv: another share" 'queue: share is not that of total_ns' summary.csv set_cell share 5 0.123456
damaged "hist.csv: a bucket more" 'copy.* count is 13, by .*hist.csv 14' hist.csv sh -c 'echo copy,0,1,1 >>$0'
damaged "hist.csv: frames in another bucket" 'crc: min_ns, max_ns or total_ns can.t be those of .*hist.csv' hist.csv edit -E '0,/^crc/s/^crc,[0-9]+,[0-9]+,/crc,100,101,/'
moved() { # a frame that no percentile shows, to the next bucket
	python3 - "$1" <<-'END'
		import sys
		lines = open(sys.argv[1]).read().splitlines()
		at = [i for i, line in enumerate(lines) if line.startswith("cv,")][1]
		_, lower, upper, count = lines[at].split(",")
		lines[at] = f"cv,{upper},{2 * int(upper) - int(lower)},{count}"
		open(sys.argv[1], "w").write("\n".join(lines) + "\n")
	END
}
damaged "hist.csv: a frame in the next bucket" 'hist.csv: cv: [0-9]+ from [0-9]+ ns on, in .*frames.csv [0-9]+: one of them' hist.csv moved
damaged "hist.csv: a bucket that there is not" 'hist.csv:[0-9]+: lower_ns: there is no such bucket' hist.csv edit -E '0,/^cv/s/^cv,([0-9]+),/cv,1\1,/'
damaged "hist.csv: a bucket twice" 'hist.csv:[0-9]+: count: is 0, or too much, or there twice' hist.csv edit -E '0,/^cv/s/^cv,.*/&\n&/'
damaged "run.json: 301 of 300 rows" 'counts 13 rows of 14 recorded|counts 13 frames, .* 14' run.json json_set 'd["frames"]["recorded"] = d["frames"]["started"] = 14'
damaged "run.json: started, and nothing became of it" 'frames started are not the sum' run.json json_set 'd["frames"]["started"] = 14'
damaged "run.json: complete, with losses" 'complete is true, but the losses say otherwise' run.json json_set 'd["losses"]["missed_events"] = 2'
damaged "run.json: incomplete, without a loss" 'complete is false, but the losses say otherwise' run.json json_set 'd["complete"] = False'
copy_run
rm "$tmp/bad.hist.csv"
check "report: an old run without hist.csv is checked by its rows" tests/check-report "$tmp/bad"
set_cell p50_ns 6 99999999 "$tmp/bad.summary.csv"
check_fails "report: and so is what it says" 1 'copy: p50_ns is 99999999, by .*frames.csv' vpipe-trace report "$tmp/bad"

# --- of a version with it: any change, in the file that was changed
swap() { # another run's, as long: each number in it is in order
	local to=${1#"$tmp"/bad.}
	cp "$tmp/other.$to" "$1"
}
make_run "$tmp/other" 500 --seed 9
edited="has been changed since the run wrote it, or is another run's"
for file in frames.csv summary.csv hist.csv; do
	changed "$file of another run as long" "bad.$file $edited" $file swap
	changed "$file: a byte more" "bad.$file $edited" $file sh -c 'echo >>$0'
	changed "$file: a digit" "bad.$file $edited" $file edit '3s/[1-8],/9,/'
	changed "$file is missing" "bad.$file: No such file" $file rm
done
changed "run.json of another run" "bad.(summary|hist|frames).csv $edited" run.json swap
changed "run.json: a number" "bad.run.json $edited" run.json json_set 'd["end_ns"] += 1'
changed "run.json: a name" "bad.run.json $edited" run.json json_set 'd["machine"]["release"] = "6.1"'
changed "run.json: complete after all" "bad.run.json $edited" run.json json_set 'd["complete"] = False'
changed "run.json: no format" "format is not a whole number" run.json json_set 'del d["format"]'
changed "run.json: no checksum" "bad.run.json $edited" run.json json_set 'del d["crc32"]'
unlisted() { # hist.csv is none of the run's
	json_set 'del d["files"]["hist.csv"]; d["crc32"] = checks.run_sum(d)' "$1"
}
changed "run.json: a file that the run has not written" "run.json lists no hist.csv" run.json unlisted
copy_as "$tmp/plain" "$tmp/bad"
json_set 'pass' "$tmp/bad.run.json" # on one line
check "report: run.json laid out in another way is the same" tests/check-report "$tmp/bad"
json_set 'd["format"] = 7' "$tmp/bad.run.json"
seal "$tmp/bad"
check_fails "report: a run of a later format" 1 'of format 7, known are those up to 2' vpipe-trace report "$tmp/bad"
copy_as "$tmp/plain" "$tmp/bad"
set_cell p50_ns 6 99999999 "$tmp/bad.summary.csv"
seal "$tmp/bad"
check_fails "report: a run that was wrong from the start" 1 'copy: p50_ns is 99999999, by .*frames.csv' vpipe-trace report "$tmp/bad"
mkdir "$tmp/moved"
copy_as "$tmp/plain" "$tmp/moved/elsewhere"
check "report: a run goes by another name, elsewhere" tests/check-report "$tmp/moved/elsewhere"

# --- incomplete runs: status 3, and said before anything else
make_run "$tmp/lost" 500 --lost 7
make_run "$tmp/lost_old" 500 --lost 7 --old
first_line() { # STATUS PATTERN COMMAND...
	local status=$1 pattern=$2
	shift 2
	"$@" >"$tmp/out"
	[ $? = "$status" ] && head -n 2 "$tmp/out" | tr -s '\n ' ' ' | grep -qE "$pattern"
}
for run in lost lost_old; do
	check "report: an incomplete run: status 3, said first" \
		first_line 3 '^INCOMPLETE: .* 7 frame rows lost' vpipe-trace report "$tmp/$run"
	check "diff: A is incomplete: status 3, said first" \
		first_line 3 '^INCOMPLETE: A, .* 7 frame rows lost' vpipe-trace diff "$tmp/$run" "$tmp/plain"
	check "diff: so is B" \
		first_line 3 '^INCOMPLETE: B, .* 7 frame rows lost' vpipe-trace diff "$tmp/plain" "$tmp/$run"
	vpipe-trace report --json "$tmp/$run" >"$tmp/report.json"
	check "report --json: status 3" [ $? = 3 ]
	check "report --json says what was lost" holds '"7 frame rows lost" in d["incomplete"]' "$tmp/report.json"
	vpipe-trace diff --json "$tmp/plain" "$tmp/$run" >"$tmp/diff.json"
	check "diff --json: status 3" [ $? = 3 ]
	check "diff --json says of which" \
		holds 'd["a"]["incomplete"] is None and "7 frame rows lost" in d["b"]["incomplete"]' "$tmp/diff.json"
done
copy_as "$tmp/lost_old" "$tmp/bad"
json_set 'd["losses"].update(no_context=3, no_thread=4, no_source=5, missed_events=6)' "$tmp/bad.run.json"
narrow_loss() { ! { vpipe-trace report "$tmp/bad"; vpipe-trace diff "$tmp/bad" "$tmp/bad"; } | grep -E '.{81}'; }
check "report, diff: many losses fit 80 columns" narrow_loss
check "report: all of them are there" sh -c "vpipe-trace report $tmp/bad | sed -n 2,6p | tr -s '\n ' '  ' | grep -qE '7 frame rows lost.*; 3 [a-z].*; 4 [a-z].*; 5 [a-z].*; 6 events'"
check "report --json: of a complete run nothing" report_holds 'd["incomplete"] is None' "$tmp/plain"

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
	copy_as "$runs/small" "$tmp/$name"
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
only='[x.get("cost") or x["stage"] for x in d["costs"] + d["stages"] if x["changed"]] == ["integrity", "crc"]'
check "diff: exactly one cost takes 20 % longer" diff_holds "$only" "$tmp/plain" "$tmp/slow"
check "diff: it says by how much" diff_holds \
	'0.15 < d["costs"][2]["change"] < 0.25 and d["costs"][2]["mean"]["low_ns"] < d["costs"][2]["change_ns"] < d["costs"][2]["mean"]["high_ns"]' \
	"$tmp/plain" "$tmp/slow"
# RUN_A RUN_B: the ranges, computed once more
ranges() {
	vpipe-trace diff --json "$1" "$2" >"$tmp/diff.json" && PYTHONPATH=tests python3 -B - "$tmp/diff.json" "$1" "$2" <<-'END'
		import json, statistics, sys
		from checks import VPIPE, rows as read
		columns = {c["cost"]: c["column"] for c in VPIPE["costs"]}
		told = json.load(open(sys.argv[1]))
		runs = [read(p + ".frames.csv") for p in sys.argv[2:]]
		for cost in told["costs"]:
		    for key, value, error in (("mean", statistics.fmean, 1), ("p50", statistics.median_low, 3000)):
		        a, b = ([value([int(r[columns[cost["cost"]]]) for r in rows[i * len(rows) // 10 : (i + 1) * len(rows) // 10]])
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
unlike='not d["same_stages"] and [d["e2e"][k] for k in ("change_ns", "change", "mean", "changed", "tail_changed")] == [None] * 5'
check "diff: nor are whole frames compared then" diff_holds "$unlike"' and d["e2e"]["a"] and d["e2e"]["b"]' "$tmp/plain" "$tmp/fixture"
check "diff: nor costs that one run does not know, or that are of more stages" diff_holds \
	'[c["cost"] for c in d["costs"] if c["changed"] is not None] == ["copies", "compute", "integrity"] and [c["a"] for c in d["costs"] if c["cost"] == "application"] == [None]' \
	"$tmp/fixture" "$tmp/plain"
check "diff: else they are" diff_holds 'd["same_stages"] and d["e2e"]["changed"] is not None' "$tmp/plain" "$tmp/slow"

diff_says() { vpipe-trace diff "$1" "$2" >"$tmp/diff.out" && grep -qE -- "$3" "$tmp/diff.out" && ! LC_ALL=C.UTF-8 grep -E '.{81}' "$tmp/diff.out"; }
check "diff: nothing changed, in text" diff_says "$tmp/plain" "$tmp/plain" '^nothing changed by more than the noise$'
check "diff: other stages, in text" diff_says "$tmp/plain" "$tmp/fixture" "^A frame has other stages in B than in A: its whole time can't be compared"
check "diff: and in its row" diff_says "$tmp/plain" "$tmp/fixture" '^e2e .* - +- .* unlike$'
check "diff: one cost changed, in text" diff_says "$tmp/plain" "$tmp/slow" '^integrity .*\+(19|2[0-9])\.[0-9]%.* changed$'
check "diff: too few frames, in text" diff_says "$tmp/short" "$tmp/plain" '^too few frames .* 100 are needed'
copy_run
json_set 'd["options"]["transport"] = "mmap"; d["machine"]["release"] = "6.1"' "$tmp/bad.run.json"
check "diff: another transport is said" diff_says "$runs/small" "$tmp/bad" '^not the same options transport: "dmabuf" and "mmap"'
check "diff: another kernel is said" diff_says "$runs/small" "$tmp/bad" '^not the same machine release: .* and "6.1"'
for name in one two; do
	copy_as "$runs/small" "$tmp/$name"
	json_set 'd["options"]["transport"] = None; d["command"]["argv"] = ["'$name'"]' "$tmp/$name.run.json"
done
check "diff: another command is said" diff_says "$tmp/one" "$tmp/two" '^not the same command argv: \["one"\] and \["two"\]'
# RUN PYTHON-LIST
argv() { json_set "d['options']['transport'] = None; d['command']['argv'] = $2" "$tmp/$1.run.json"; }
shows() { # A-LINE B-LINE: each value has a line of its own, where they differ
	vpipe-trace diff "$tmp/one" "$tmp/two" >"$tmp/diff.out" && grep -qxF -- "  A $1" "$tmp/diff.out" &&
		grep -qxF -- "  B $2" "$tmp/diff.out" && ! grep -E '.{81}' "$tmp/diff.out"
}
long='"x" * 70, "--algo=none"'
argv one "['tool', $long, '--threshold=90', 'y' * 90]"
argv two "['tool', $long, '--threshold=127']"
check "diff: commands that differ behind 80 columns are shown there" \
	shows "...none\", \"--threshold=90\", \"$(printf 'y%.0s' {1..44})..." '...none", "--threshold=127"]'
argv one "['Pr\\\\xc3', 'a' * 80]"
argv two "['Pr\\\\xc3']"
check "diff: bytes in an argument are the text they are in the file" \
	sh -c "vpipe-trace diff $tmp/one $tmp/two | grep -qF 'A [\"Pr\\xc3\", \"aaa'"
copy_as "$runs/small" "$tmp/one"
copy_as "$runs/small" "$tmp/two"
json_set 'd["driver"]["srcversion"] = "0123456789ABCDEF0123456"' "$tmp/one.run.json"
json_set 'd["driver"]["srcversion"] = "0123456789ABCDEF0123457"' "$tmp/two.run.json"
check "diff: srcversions are whole" shows '"0123456789ABCDEF0123456"' '"0123456789ABCDEF0123457"'
copy_run
rm "$tmp/bad.frames.csv"
check_fails "diff: a file is missing" 1 'bad.frames.csv: No such file' vpipe-trace diff "$runs/small" "$tmp/bad"

# --- 300,000 frames, which would be 90 MB in memory, in 64 MiB of address space
make_run "$tmp/long" 300000
long() { (ulimit -v 65536 && "$@"); }
check "report: 300,000 frames in 64 MiB" long report_holds 'all(x["count"] == 300000 for x in d["costs"])' "$tmp/long"
check "diff: 300,000 frames twice" long diff_holds 'd["e2e"]["a"]["count"] == 300000' "$tmp/long" "$tmp/long"
rm -f "$tmp"/long.*

# --- the command line
for verb in report diff; do
	check "$verb --help" vpipe-trace "$verb" --help
	narrow() { vpipe-trace "$verb" --help | awk 'length > 80 {print; wide = 1} END {exit wide}'; }
	check "$verb --help fits 80 columns" narrow
	check "$verb --help has examples" sh -c "vpipe-trace $verb --help | grep -q ^EXAMPLES"
done
check_fails "report: no run" 2 'a RUN is missing' vpipe-trace report
check_fails "report: two runs" 2 "one RUN, not also 'b'" vpipe-trace report a b
check_fails "report: no name" 2 'does not name a run' vpipe-trace report ""
check_fails "report: a folder with many" 2 '[0-9]+ runs are in .*; name one of them' vpipe-trace report "$tmp/"
check_fails "report: --worst=-1" 2 '--worst must be' vpipe-trace report --worst=-1 run
check_fails "report: --worst=101" 2 '--worst must be' vpipe-trace report --worst=101 run
check_fails "diff: one run" 2 'RUN_A and RUN_B are needed' vpipe-trace diff a
check_fails "diff: three runs" 2 "two runs, not also 'c'" vpipe-trace diff a b c
finish
