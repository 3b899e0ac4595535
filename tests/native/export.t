#!/bin/bash
# SPDX-License-Identifier: MIT
# export.t - vpipe-trace export: the frames of a run as other programs read them
. "$(dirname "$0")/../lib.sh"

runs=tests/fixtures/runs

# RUN JSONL: each line has what its row has, under the same name, and null where a cell is empty
same_frames() {
	python3 - "$@" <<-'END'
		import csv, json, sys
		rows = list(csv.DictReader(open(sys.argv[1] + ".frames.csv")))
		lines = [json.loads(line) for line in open(sys.argv[2])]
		costs = {"queueing": "buffer queueing", "switches": "context switches", "jitter": "scheduler jitter", "queue_lock": "queue lock"}
		columns = {name: cost for cost, name in costs.items()}
		assert len(rows) == len(lines) > 0, (len(rows), len(lines))
		def text(value):
		    return "" if value is None else str(value)
		for row, line in zip(rows, lines):
		    stages, charged = line.pop("stages"), line.pop("costs_ns")
		    flat = {key: text(value) for key, value in line.items()}
		    for stage, what in stages.items():
		        for key, value in (what or {}).items():
		            flat[stage + "_" + key] = text(value)
		    flat.update({columns.get(name, name) + "_ns": text(value) for name, value in charged.items()})
		    wrong = {key: (value, flat.get(key, "")) for key, value in row.items() if flat.get(key, "") != value}
		    assert not wrong, wrong
		    unknown = {key for key, value in flat.items() if value and key not in row}
		    assert not unknown, unknown
		    assert sum(s["ns"] for s in stages.values() if s) == line["e2e_ns"]
	END
}

vpipe-trace export "$runs/small" --jsonl >"$tmp/small.jsonl"
check "a small real run, a line a frame" same_frames "$runs/small" "$tmp/small.jsonl"
for run in chain starved; do # of several devices, of one
	vpipe-trace export "$runs/$run" --jsonl >"$tmp/$run.jsonl"
	check "one of any driver's devices: $run" same_frames "$runs/$run" "$tmp/$run.jsonl"
done
tests/make-run "$tmp/timeline" 200 --timeline
vpipe-trace export "$tmp/timeline" --jsonl >"$tmp/timeline.jsonl"
check "who carried it, and where" same_frames "$tmp/timeline" "$tmp/timeline.jsonl"
tests/make-run "$tmp/fixture" 500 --no-source
check "to a file" vpipe-trace export --jsonl -o "$tmp/fixture.jsonl" "$tmp/fixture"
check "frames without a source" same_frames "$tmp/fixture" "$tmp/fixture.jsonl"
PATH=$(realpath "${BUILD:-build}")/bin:$PATH
to_stdout() { (cd "$tmp" && vpipe-trace export --jsonl -o - "$tmp/fixture" | cmp - fixture.jsonl && [ ! -e ./- ]); }
check "-o - is stdout" to_stdout
on_terminal() { script -qec "vpipe-trace export --perfetto -o - $tmp/fixture" /dev/null </dev/null | grep 'error: --perfetto is not for a terminal'; }
check "which what is binary is not written to if it is a terminal" on_terminal
check "what is unknown is null" grep -q '"stages":{"source":null,"handoff":null,"submit":{"ns":[0-9]' "$tmp/fixture.jsonl"

# --- a part of it
worst() { vpipe-trace export "$runs/chain" --jsonl --worst 5 | jq_frames; }
jq_frames() { python3 -c 'import json, sys; print(*(json.loads(line)["frame"] for line in sys.stdin))'; }
longest() { # of those that are as long, the first ones; in the order of the run
	python3 - "$runs/chain.frames.csv" <<-'END'
		import csv, sys
		rows = sorted(csv.DictReader(open(sys.argv[1])), key=lambda r: (-int(r["e2e_ns"]), int(r["frame"])))
		print(*sorted(int(r["frame"]) for r in rows[:5]))
	END
}
same_worst() { [ "$(worst)" = "$(longest)" ]; }
check "the 5 that took longest" same_worst
parts() { # each frame is on its way before 2.5 s, or after, or both
	vpipe-trace export "$runs/chain" --jsonl --to 2.5 >"$tmp/first" &&
		vpipe-trace export "$runs/chain" --jsonl --from 2.5 >"$tmp/second" &&
		vpipe-trace export "$runs/chain" --jsonl >"$tmp/all" &&
		[ -s "$tmp/first" ] && [ -s "$tmp/second" ] && ! cmp -s "$tmp/first" "$tmp/all" &&
		sort -u "$tmp/first" "$tmp/second" | cmp - <(sort "$tmp/all")
}
check "what is before a moment, and what is behind it, is all" parts
worst_of_part() { [ "$(vpipe-trace export "$runs/chain" --jsonl --to 2.5 --worst 1000 | wc -l)" = "$(wc -l <"$tmp/first")" ]; }
check "the longest of a part" worst_of_part

# --- mistakes
check_fails "no run" 2 'a RUN is missing' vpipe-trace export --jsonl
check_fails "no format" 2 'a format is missing, such as --jsonl' vpipe-trace export "$runs/small"
no_xml() { vpipe-trace export --xml "$runs/small" 2>&1 | grep -q "unrecognized option '--xml'"; }
check "a format that there is not" no_xml
check_fails "two runs" 2 "one RUN, not also 'b'" vpipe-trace export --jsonl a b
check_fails "a run that is not there" 1 'No such file' vpipe-trace export --jsonl "$tmp/none"
check_fails "a folder that is not there" 1 "cannot write $tmp/none/x" vpipe-trace export --jsonl -o "$tmp/none/x" "$runs/small"
check_fails "a full disk" 1 'cannot write /dev/full: No space' vpipe-trace export --jsonl -o /dev/full "$runs/small"
to_full() { vpipe-trace export --jsonl "$runs/small" >/dev/full; }
check_fails "a full disk behind stdout" 1 'cannot write to stdout: No space' to_full

# a run is not written over by what is made of it
for file in "$runs"/starved.*; do cp "$file" "$tmp/own.${file#"$runs/starved."}"; done
ln -s own.run.json "$tmp/link"
for file in own.frames.csv own.drops.csv own.run.json link; do
	check_fails "into the run itself: $file" 1 "$file is a file of the run itself: write to another one" vpipe-trace export --jsonl -o "$tmp/$file" "$tmp/own"
done
check "which is as it was" vpipe-trace report "$tmp/own"

# a signal in the middle of it: the status is the signal's, and nothing stays behind
tests/make-run "$tmp/long" 500000
# whatever who started the tests ignores: nohup does hangups
interrupted() { # SIGNAL COMMAND...
	local signal=$1 pid status
	shift
	env --default-signal=INT,TERM,HUP "$@" >/dev/null 2>&1 &
	pid=$!
	wait_for sh -c "ls $tmp/part*.vpipe.tmp" >/dev/null && kill -"$signal" $pid
	wait $pid 2>/dev/null
	status=$?
	[ $status = $((128 + $(kill -l "$signal"))) ] && ! ls "$tmp"/part*
}
for signal in INT TERM HUP; do
	check "SIG$signal" interrupted $signal vpipe-trace export --jsonl -o "$tmp/part" "$tmp/long"
done
check "and of a page" interrupted TERM vpipe-trace report --html="$tmp/part.html" "$tmp/long"
rm "$tmp"/long.*

# what is there stays as it is if the run is damaged
for file in "$runs"/small.*; do cp "$file" "$tmp/bad.${file#"$runs/small."}"; done
sed -i '5d' "$tmp/bad.frames.csv"
echo mine >"$tmp/there"
check_fails "a row is missing" 1 'rows are missing' vpipe-trace export --jsonl -o "$tmp/there" "$tmp/bad"
check "the file that was there is as it was" sh -c "[ \"\$(cat $tmp/there)\" = mine ] && ! ls $tmp/there?*"

# half of a run is exported, and it is said
for file in "$runs"/small.*; do cp "$file" "$tmp/half.${file#"$runs/small."}"; done
python3 - "$tmp/half.run.json" <<'END'
import json, sys
run = json.load(open(sys.argv[1]))
run["complete"], run["losses"]["no_thread"] = False, 3
json.dump(run, open(sys.argv[1], "w"))
END
check_fails "an incomplete run" 3 'half is incomplete: 3 threads not traced' vpipe-trace export --jsonl -o "$tmp/half.jsonl" "$tmp/half"
check "what there is of it is written" same_frames "$tmp/half" "$tmp/half.jsonl"

check "--help" vpipe-trace export --help
narrow() { vpipe-trace export --help | awk 'length > 80 {print; wide = 1} END {exit wide}'; }
check "--help fits 80 columns" narrow
finish
