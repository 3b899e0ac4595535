#!/bin/bash
# SPDX-License-Identifier: MIT
# check.t - vpipe-trace check, and diff --fail-above: verdicts of runs, and their exit statuses
#
# shellcheck disable=SC2016 # programs in quotes
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

PATH=$(realpath "${BUILD:-build}")/bin:$PATH
small=$runs/small
# STATUS PATTERN RUN CLAIM...: it exits so, and a line is like that
verdict() {
	local expected=$1 pattern=$2 status=0
	shift 2
	vpipe-trace check "$@" >"$tmp/out" 2>&1 || status=$?
	[ $status = "$expected" ] && grep -qE "$pattern" "$tmp/out" && return
	{ echo "status $status, not $expected, or nothing like $pattern:" && cat "$tmp/out"; } >&2
	return 1
}
json_is() { # STATUS EXPRESSION ARGUMENT...
	local expected=$1 expression=$2 status=0
	shift 2
	vpipe-trace check --json "$@" >"$tmp/json" || status=$?
	[ $status = "$expected" ] && python3 -c "import json, sys; d = json.load(open('$tmp/json')); sys.exit(not ($expression))"
}

# --- figures of the small run: 13 frames, the longest of 6454339 ns
check "a claim that holds" verdict 0 '^ok +6\.454339 ms  e2e\.max<=6454339ns$' $small 'e2e.max<=6454339ns'
check "one that fails by a nanosecond" verdict 4 '^FAILED +6\.454339 ms  e2e\.max<6454339ns$' $small 'e2e.max<6454339ns'
check "a count" verdict 4 '^FAILED +13  frames>=300$' $small 'frames>=300'
check "a share" verdict 0 '^ok +2\.626 %  jitter\.share<10%$' $small 'jitter.share<10%'
check "a cost as tables call it" verdict 0 '^ok .*buffer queueing\.p50' $small 'buffer queueing.p50<1s'
check "a stage" verdict 0 '^ok +27\.264 us  stage.queue.p50<1ms$' $small 'stage.queue.p50<1ms'
check "a rate" verdict 0 '^ok +30\.0' $small 'fps>=29.5'
check "lost nothing" verdict 0 '^ok +0  lost==0$' $small 'lost==0'
one_line() { verdict 4 . $small 'lost==0' 'frames==12' 'e2e.p99<1s' && [ "$(wc -l <"$tmp/out")" = 3 ]; }
check "a line for each" one_line
check "as JSON: verdicts and values" json_is 4 '[(c["verdict"], c["value"], c["is"]) for c in d["claims"]] == [("ok", 6454339, "ns"), ("FAILED", 13, "count")]' $small 'e2e.max<=6454339ns' 'frames>13'

# every figure is the one that report has
same_as_report() {
	vpipe-trace report --json "$1" >"$tmp/report.json" && vpipe-trace check --json --list "$1" >"$tmp/list.json" &&
		python3 - "$tmp/report.json" "$tmp/list.json" <<-'END'
			import json, sys
			report, listed = (json.load(open(path)) for path in sys.argv[1:])
			figures = {f["figure"]: f["value"] for f in listed["figures"]}
			said = 0
			for row in report["stages"]:
			    of = row["stage"] if row["stage"] in ("e2e", "runq") else "stage." + row["stage"]
			    for key in ("min_ns", "p50_ns", "p95_ns", "p99_ns", "p999_ns", "max_ns", "mean_ns", "total_ns"):
			        assert figures[of + "." + key[:-3]] == row[key], (of, key)
			        said += 1
			for row in report["costs"]:
			    shares = [v for f, v in figures.items() if f.startswith("cost.") and f.endswith(".share")]
			    assert any(v is not None and abs(v - row["share"]) < 1e-12 for v in shares), row
			assert figures["drops"] == (report["drops"] or {}).get("dropped"), figures["drops"]
			assert said > 80 and len(figures) == len(listed["figures"])
		END
}
check "--list: what report says" same_as_report $small
make_run "$tmp/gap" 500 --gap 100=7
check "--list: and of source frames that were dropped" same_as_report "$tmp/gap"
make_run "$tmp/lost" 1000 --gap 100=10 --lost 10
check "drops: what is missing may be what was lost" verdict 3 '^unknown +-  drops==0: not measured, the tracer lost frames' "$tmp/lost" 'drops==0'
check "drops" verdict 4 '^FAILED +7  drops==0$' "$tmp/gap" 'drops==0' 'drops<=7'
make_run "$tmp/percent" 991 --gap 500=9
check "a share that is exactly what is claimed" verdict 0 '^ok +0\.900 %  drops\.share==0\.9%$' "$tmp/percent" 'drops.share==0.9%'
check "nor is it less" verdict 4 '^FAILED +0\.900 %  drops\.share<0\.9%$' "$tmp/percent" 'drops.share<0.9%'

# --- what was not measured is not true
check "no source: drops are unknown" verdict 3 '^unknown +-  drops==0: not measured, no frame is linked' $small 'drops==0'
check "a camera dated at the end of exposure: its device's time is unknown" verdict 3 '^unknown +-  cost.device.total==0: not measured, of no frame a stage is known that is charged to it' $runs/starved 'cost.device.total==0'
check "and what nobody copied is no time" verdict 0 '^ok +0 ns  cost.copies.max==0ns' $runs/starved 'cost.copies.max==0ns'
check "one frame behind the warm-up has no rate" verdict 3 '^unknown +-  fps>1: not measured, there are less than two frames behind the warm-up' --warmup 39 $runs/starved 'fps>1'
check "of a warm-up alone no time is known" verdict 3 '^unknown +-  e2e.p99<1s: not measured, no frame behind the warm-up has it' --warmup 40 $runs/starved 'e2e.p99<1s'
check "nor how many are over the deadline" verdict 3 '^unknown +-  over==0: not measured, there is no frame behind the warm-up' --warmup 40 --deadline 1us $runs/starved 'over==0'
check "nor are they false" verdict 3 '^unknown +-  drops!=0' $small 'drops!=0'
check "as JSON: null, and why" json_is 3 'd["claims"][0]["verdict"] == "unknown" and d["claims"][0]["value"] is None and d["claims"][0]["not_measured"]' $small 'drops==0'
check "one that fails says more" verdict 4 '^unknown' $small 'drops==0' 'frames==0'
copy_as "$small" "$tmp/lossy"
json_set 'd["losses"]["ring_full"] = 2; d["complete"] = False; d["frames"]["started"] += 2' "$tmp/lossy.run.json"
lossy_is_damaged() { verdict 1 'summary.csv counts 13 frames' "$tmp/lossy" 'lost==0'; }
check "a run whose files contradict each other" lossy_is_damaged
copy_as "$small" "$tmp/missed"
json_set 'd["losses"]["missed_events"] = 2; d["complete"] = False' "$tmp/missed.run.json"
check "an incomplete run: claims hold of what was seen" verdict 3 '^INCOMPLETE' "$tmp/missed" 'e2e.p99<1s'
check "an incomplete run: what was lost" verdict 4 '^FAILED +2  lost==0$' "$tmp/missed" 'lost==0'
check "an incomplete run: by cause" verdict 4 '^FAILED +2  lost.missed_events<2$' "$tmp/missed" 'lost.missed_events<2' 'lost.ring_full==0'

# --- claims that cannot be read
check_fails "a figure that there is not" 2 "no figure 'e2e.p9': did you mean e2e.p95" vpipe-trace check $small 'e2e.p9<5ms'
check_fails "a mistyped one" 2 "did you mean jitter.share" vpipe-trace check $small 'jiter.share<5%'
check_fails "the figures that there are" 2 'frames, started, .*stage\.queue\.\*.*cost\.jitter\.\*' vpipe-trace check $small 'weather<5'
check_fails "no operator" 2 "'e2e.p99' has no operator" vpipe-trace check $small 'e2e.p99'
check_fails "two operators" 2 "'e2e.p50<=5ms<6ms' has two operators" vpipe-trace check "$tmp/none" 'e2e.p50<=5ms<6ms'
check_fails "no value" 2 "has no value that can be read" vpipe-trace check $small 'e2e.p99<'
check_fails "one =" 2 "has no operator" vpipe-trace check $small 'drops=0'
check_fails "a time without a unit" 2 "e2e.p99 is a time: give it a unit" vpipe-trace check $small 'e2e.p99<5'
check_fails "a count with one" 2 "frames is a count" vpipe-trace check $small 'frames<5ms'
check_fails "a share that is none" 2 "in percent" vpipe-trace check $small 'jitter.share<0.1'
check_fails "hostile bytes" 2 "no figure '[^[:cntrl:]]*'" vpipe-trace check $small $'\033[2J\nx<5'
hostile() { verdict 2 . $small $'\033[2Jx<5' && ! grep -q $'\033' "$tmp/out"; }
check "hostile bytes are made harmless" hostile
check_fails "no claim" 2 'a CLAIM is missing' vpipe-trace check $small
check_fails "no run" 2 'a RUN is missing' vpipe-trace check
check_fails "--list with a claim" 2 'checks no claims' vpipe-trace check --list $small 'drops==0'
check_fails "no such run" 1 'run.json: No such file' vpipe-trace check "$tmp/none" 'drops==0'
full() { vpipe-trace check $small 'lost==0' >/dev/full; }
check_fails "a full disk" 1 'cannot write to stdout' full
full_json() { vpipe-trace check --json $small 'lost==0' >/dev/full; }
check_fails "--json: a full disk" 1 'cannot write to stdout|cannot print' full_json

# --- a warm-up, which is in no figure of time: of 500 frames the first 10, one of which took 900 ms
make_run "$tmp/warm" 500 --warmup 10 --stall 3=900000000
check "warm-up: report" tests/check-report "$tmp/warm"
check "warm-up: report says it" sh -c "vpipe-trace report $tmp/warm | grep -q '^ *warm-up of 10 frames left out$'"
check "warm-up: nothing slow is left" verdict 0 '^ok .*e2e.max<1ms' "$tmp/warm" 'e2e.max<1ms' 'e2e.count==490' 'stage.source.max<1ms' 'cost.switches.max<1ms'
check "warm-up: the frames are all there" verdict 0 '^ok +500  frames==500' "$tmp/warm" 'frames==500' 'drops==0' 'cost.copies.count==490'
check "warm-up: diff" sh -c "vpipe-trace diff --fail-above 1 $tmp/warm $tmp/warm | grep -q '500 frames, 10 of them warm-up'"
make_run "$tmp/cold" 500 --stall 3=900000000
check "warm-up: without one" verdict 4 '^FAILED +900\.[0-9]+ ms  e2e.max<1ms' "$tmp/cold" 'e2e.max<1ms'
check "check --warmup: then of a run that had none" verdict 0 '^ok .*e2e.max<1ms' --warmup 10 "$tmp/cold" 'e2e.max<1ms' 'e2e.count==490' 'frames==500'
check "check --warmup: too short a one" verdict 4 '^FAILED .*e2e.max<1ms' --warmup 3 "$tmp/cold" 'e2e.max<1ms'
check "check --warmup: more than the run's" verdict 0 '^ok +480' --warmup 20 "$tmp/warm" 'e2e.count==480'
check "check --warmup: less than the run's" verdict 0 '^ok +490' --warmup 5 "$tmp/warm" 'e2e.count==490'
check "check --warmup: all of it" verdict 3 '^unknown .*e2e.max<1ms: not measured, no frame' --warmup 500 "$tmp/cold" 'e2e.max<1ms' 'frames==500'
same_figures() { # the run that left them out says what the other one says without them
	vpipe-trace check --list "$tmp/warm" >"$tmp/a" && vpipe-trace check --list --warmup 10 "$tmp/cold" | diff "$tmp/a" -
}
check "check --warmup: the same figures to the nanosecond" same_figures
intervals() { # EXPRESSION OPTION...: of the lines of both, and of their JSON
	local expression=$1
	shift
	vpipe-trace report "$@" $runs/starved >"$tmp/out" && vpipe-trace report --json "$@" $runs/starved >"$tmp/json" &&
		python3 -c "import json, sys; d = json.load(open('$tmp/json'))['devices'][0]
lines = open('$tmp/out').read().count('frame to frame'); sys.exit(not ($expression))"
}
check "report --warmup: intervals of frames that are left out are none" intervals 'lines == 0 and d["done_interval"] is None and d["taken_interval"] is None and d["frames"] == 40' --warmup 39
check "report: else they are there" intervals 'lines == 2 and d["done_interval"]["count"] == 21'
check "report --warmup" sh -c "vpipe-trace report --json --warmup 10 $tmp/cold | grep -q '\"asked\": 10'"
# EDIT PATTERN: the run with a warm-up is refused after it
warm_damaged() {
	copy_as "$tmp/warm" "$tmp/bad"
	sed -i "$1" "$tmp/bad.frames.csv"
	json_set "$2" "$tmp/bad.run.json"
	seal "$tmp/bad"
	check_fails "warm-up: $3" 1 "$3" vpipe-trace check "$tmp/bad" 'drops==0'
}
warm_damaged '' 'd["warmup"]["rows"] = 9' '10 rows are of the warm-up, but .* has 9'
warm_damaged '' 'd["warmup"]["frames"] = 9' 'counts 490 frames, .* 491'
warm_damaged '' 'd["warmup"]["rows"] = 501' 'warmup.rows is not a part of frames.rows'
warm_damaged '' 'd["warmup"]["asked"] = 0' 'warmup.asked is not a number of frames'
warm_damaged '' 'del d["warmup"]' 'counts 490 frames, .* 500'
warm_damaged '4s/,3,4,/,3,0,/' 'pass' 'count is 490, by .*frames.csv 491|9 rows are of the warm-up'
check_fails "--warmup of what has no rows" 2 '--warmup must be' vpipe-trace check --warmup 0 "$tmp/warm" 'drops==0'

# --- a deadline: of the run without a warm-up, 500 frames
over() { python3 -c "import csv; print(sum(int(r['e2e_ns']) > $1 for r in csv.DictReader(open('$2.frames.csv')) if not int(r['flags']) & 4))"; }
n=$(over 600000 "$tmp/cold")
check "deadline: without one it is not known which are over it" verdict 3 '^unknown +-  over==0: not measured, the run has no deadline' "$tmp/cold" 'over==0'
check "check --deadline" verdict 0 "^ok +$n  over==$n" --deadline 600us "$tmp/cold" "over==$n" 'over.share<25%'
check "check --deadline: as a time with another unit" verdict 4 "^FAILED +$n  over==0" --deadline 0.6ms "$tmp/cold" 'over==0'
check "report --deadline" sh -c "vpipe-trace report --deadline 600us $tmp/cold | grep -q '^ *$n of 500 over 600 us, the deadline$'"
check "report --deadline --json" sh -c "vpipe-trace report --json --deadline 600us $tmp/cold | python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)[\"deadline\"] != dict(ns=600000, asked=True, frames=500, over=$n))'"
copy_as "$tmp/cold" "$tmp/due"
json_set "d['deadline'] = {'ns': 600000, 'asked': False, 'frames': 500, 'over': $n}" "$tmp/due.run.json"
seal "$tmp/due"
check "deadline: of the run" verdict 0 "^ok +$n  over==$n" "$tmp/due" "over==$n"
check "deadline: report says whose it is" sh -c "vpipe-trace report $tmp/due | grep -q '^ *$n of 500 over 0.6 ms, the frame period$'"
check "deadline: without the warm-up" verdict 0 "^ok +$(over 600000 "$tmp/warm") " --warmup 10 "$tmp/due" "over==$(over 600000 "$tmp/warm")"
json_set "d['deadline']['over'] += 1" "$tmp/due.run.json"
seal "$tmp/due"
check_fails "deadline: not that of the rows" 1 "$n rows are over the deadline, but .*due.run.json has $((n + 1))" vpipe-trace check "$tmp/due" 'over==0'

# --- the last rows of a longer recording: of 1,500 frames 1,000 were let go
flown() { # PYTHON: what else is done to it
	copy_as "$tmp/cold" "$tmp/flight"
	json_set "d['flight'] = {'above_ns': 500000000, 'keep_ns': 2000000000, 'since_ns': 0, 'let_go': 1000, 'cut': 0}
d['frames']['started'] = d['frames']['recorded'] = 1500
${1-}" "$tmp/flight.run.json"
	seal "$tmp/flight"
}
flown
check "flight: its rows are there" verdict 0 '^ok +500  frames==500' "$tmp/flight" 'frames==500' 'started==1500' 'e2e.count==500' 'lost==0'
check "flight: report says what it is of" sh -c "vpipe-trace report $tmp/flight | grep -q 'until a frame took over 500 ms'"
check "flight: in 80 columns" sh -c "! vpipe-trace report $tmp/flight | grep -E '^ {7}[a-z].{73}'"
flown 'd["flight"]["let_go"] = 999'
check_fails "flight: what was let go is not the rest" 1 'counts 1499 rows of 1500 recorded frames' vpipe-trace check "$tmp/flight" 'drops==0'
flown 'd["flight"]["above_ns"] = 0'
check_fails "flight: without a limit it is none" 1 'flight is not that of a run' vpipe-trace check "$tmp/flight" 'drops==0'
flown 'd["flight"]["since_ns"] = 10**15'
check_fails "flight: begun after it was" 1 'flight is not that of a run' vpipe-trace check "$tmp/flight" 'drops==0'

# --- two runs: what is longer in B, beyond a limit and the noise
# STATUS PATTERN LIMIT B: the plain run and B
above() {
	local status=0
	vpipe-trace diff --fail-above "$3" "$tmp/plain" "$tmp/$4" >"$tmp/out" 2>&1 || status=$?
	[ $status = "$1" ] && grep -qE -- "$2" "$tmp/out" && ! LC_ALL=C.UTF-8 grep -E '.{81}' "$tmp/out"
}
make_run "$tmp/plain" 500
make_run "$tmp/slow" 500 --seed 6 --scale crc=1.2
make_run "$tmp/tail" 500 --seed 6 --tail 30=900000
make_run "$tmp/stall" 500 --stall 123=900000000
make_run "$tmp/short" 99
none='^ok +nothing is longer by more than 5 % and by more than the noise$'
check "diff: a run is not worse than itself" above 0 "$none" 5 plain
for seed in 2 3 4 5; do
	make_run "$tmp/seed$seed" 500 --seed $seed
	check "diff: nor is one that is alike, $seed" above 0 "$none" 5 seed$seed
done
check "diff: a cost takes 20 % longer" above 4 '^FAILED   cost integrity p50: 84\.5 µs, was 71\.2 µs, \+18\.7 %$' 10 slow
check "diff: so does its stage" above 4 '^FAILED   stage crc p95: ' 10 slow
check "diff: but not by 30 %" above 0 '^ok ' 30 slow
check "diff: a tail that no median shows" above 4 '^FAILED   e2e p99: 1\.50 ms, was 668 µs' 10 tail
check "diff: and its maximum" above 4 '^FAILED   e2e max: ' 10 tail
no_median() { ! grep -q 'FAILED .* p50' "$tmp/out"; }
check "diff: the median is not said to fail" no_median
check "diff: in the table, too" above 4 '^e2e +643 µs +676 µs +668 µs +1\.50 ms +699 µs +1\.60 ms tail$' 10 tail
check "diff: one frame that stalled is in one block" above 0 '^ok ' 5 stall
check "diff: too few frames to tell" above 3 '^unknown  e2e: too few frames' 5 short
make_run "$tmp/bare" 500 --no-source
check "diff: more stages make no longer frame" above 3 '^unknown  e2e: of other stages in A than in B$' 10 bare
check "diff: a cost that only one knows is not compared" above 3 '^unknown  cost application: only in A$' 10 bare
check "diff: nor one of a stage that only one knows" above 3 '^unknown  cost context switches: of other stages in A than in B$' 10 bare
check "diff: such a stage has not too few frames" above 3 '^unknown  stage source: only in A$' 10 bare
check "diff: what both know is compared" above 3 '^compute .* [+]0\.0%' 10 bare
nothing_longer() { # RUN_A RUN_B
	local status=0
	vpipe-trace diff --fail-above 10 "$1" "$2" >"$tmp/out" || status=$?
	[ $status = 3 ] && ! grep -E '^(FAILED|ok)|A frame takes' "$tmp/out"
}
check "diff: where B has more, nothing took longer" nothing_longer "$tmp/bare" "$tmp/plain"
backwards() { vpipe-trace diff --fail-above 5 "$tmp/slow" "$tmp/plain" >"$tmp/out" && grep -q '^ok ' "$tmp/out"; }
check "diff: what got shorter does not fail" backwards
worse() {
	local status=0
	vpipe-trace diff --json --fail-above 10 "$tmp/plain" "$tmp/tail" >"$tmp/json" || status=$?
	[ $status = 4 ] && python3 - "$tmp/json" <<-'END'
		import json, sys
		d = json.load(open(sys.argv[1]))
		assert d["fail_above"] == 0.1
		worse = [(w.get("cost") or w["stage"], w["figure"]) for w in d["worse"]]
		assert worse == [("integrity", "p99"), ("integrity", "max"), ("e2e", "p99"), ("e2e", "max"), ("crc", "p99"), ("crc", "max")], worse
		assert d["e2e"]["tail_changed"] is True and d["e2e"]["changed"] is False
		e2e = d["worse"][3]
		assert e2e["a_ns"] == d["e2e"]["a"]["max_ns"] and e2e["b_ns"] == d["e2e"]["b"]["max_ns"]
		assert abs(e2e["change"] - (e2e["b_ns"] / e2e["a_ns"] - 1)) < 1e-9
	END
}
check "diff --json: what is worse" worse
no_limit() { vpipe-trace diff "$tmp/plain" "$tmp/tail"; }
check "diff: without a limit nothing fails" no_limit
for bad in -1 1e1 0x1 inf nan ten 1% 100001 ''; do
	check_fails "--fail-above '$bad'" 2 '--fail-above must be' vpipe-trace diff --fail-above="$bad" a b
done

finish
