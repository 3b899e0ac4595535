#!/bin/bash
# SPDX-License-Identifier: MIT
# perfetto.t - vpipe-trace export --perfetto, as protoc and a reader of our own take it
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

out=$tmp/out.pftrace

# NAME RUN [CHECKER'S ARGUMENT... -- OPTION...]: it is exported, and is what the files say
same() {
	local name=$1 run=$2 also=()
	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		also+=("$1")
		shift
	done
	vpipe-trace export "$run" --perfetto -o "$out" "${@:2}" 2>"$tmp/said" || diag "$tmp/said"
	check "$name" tests/check-perfetto "$out" "$run" "${also[@]}"
}

same "our node, of an old version" "$runs/small"
same "a camera whose frames never came" "$runs/starved"
same "a chain of two devices" "$runs/chain"
make_run "$tmp/made" 500 --no-source
same "frames without a source" "$tmp/made"

make_run "$tmp/gaps" 3000 --gap 100=7 --first 70000
same "source frames that none was made from" "$tmp/gaps"
has_gaps() { tests/check-perfetto "$out" "$tmp/gaps" | grep -q " 1 moments"; }
check "a gap is one" has_gaps

# --- a part of it
rows_where() { # RUN PYTHON: numbers of the rows for which it is true, of run "run" and row "r" with numbers
	python3 - "$@" <<-'END'
		import csv, json, sys
		run = json.load(open(sys.argv[1] + ".run.json"))
		rows = [{k: int(v) if v.isdigit() else v for k, v in r.items()} for r in csv.DictReader(open(sys.argv[1] + ".frames.csv"))]
		worst = sorted(rows, key=lambda r: (-r["e2e_ns"], r["frame"]))
		print(",".join(str(r["frame"]) for r in rows if eval(sys.argv[2])))
	END
}
worst=$(rows_where "$runs/chain" 'r in worst[:7]')
same "the 7 longest ($worst)" "$runs/chain" --frames "$worst" -- --worst 7
same "more than there are" "$runs/starved" --frames "$(rows_where "$runs/starved" True)" -- --worst 10000
part=$(rows_where "$runs/chain" \
	'r["start_ns"] + r["e2e_ns"] >= run["start_ns"] + 2 * 10**9 and r["start_ns"] <= run["start_ns"] + 2.5 * 10**9')
same "half a second ($part)" "$runs/chain" --frames "$part" -- --from 2 --to 2.5
has_drops() { [ "$(tests/check-perfetto "$out" "$runs/chain" --frames "$part" | grep -c ' [1-9][0-9]* moments')" = 1 ]; }
check "with the drops of that time" has_drops

# --- who may have it
to_terminal() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
refused() { to_terminal "vpipe-trace export $runs/small --perfetto" | grep -q '^error: --perfetto is not for a terminal: name a file with -o'; }
check "a terminal is spared" refused
piped() { vpipe-trace export "$runs/small" --perfetto >"$tmp/piped" 2>/dev/null && vpipe-trace export "$runs/small" --perfetto -o "$out" 2>/dev/null && cmp "$tmp/piped" "$out"; }
check "a pipe gets the same" piped
to_full() { vpipe-trace export --perfetto "$runs/starved" 2>"$tmp/said" >/dev/full; }
check_full() { to_full; [ $? = 1 ] && grep -q 'cannot write to stdout: No space' "$tmp/said"; }
check "a full disk" check_full
no_boottime() { vpipe-trace export "$runs/small" --perfetto 2>&1 >/dev/null | grep -q '^note: the run does not say when it began by CLOCK_BOOTTIME'; }
check "a run that does not know CLOCK_BOOTTIME says so" no_boottime

# --- with all three clocks
copy_as "$runs/starved" "$tmp/clocks"
json_set 'd["start_boottime_ns"] = d["start_ns"] + 12345678901' "$tmp/clocks.run.json"
seal "$tmp/clocks"
same "CLOCK_BOOTTIME is told" "$tmp/clocks"
check "and nothing is said" sh -c "! test -s $tmp/said"

# --- with a timeline: stages are with the threads that carried them, whose states are told
copy_as "$runs/starved" "$tmp/timeline"
python3 - "$tmp/timeline" <<'END'
import csv, json, sys
prefix, tids = sys.argv[1], {"wake": 259, "react": 259, "pickup": 4194303} # who of 259 and another one, of no name
run = json.load(open(prefix + ".run.json"))
rows = list(csv.DictReader(open(prefix + ".frames.csv")))
stages = [stage["stage"] for stage in run["path"]["stages"]]
for row in rows:
    for stage in stages:
        known = row[f"{stage}_ns"] != "" and stage in tids
        row[f"{stage}_tid"] = tids[stage] if known else ""
        row[f"{stage}_cpu"] = int(row["frame"]) % 2 if known and stage == "wake" else ""
with open(prefix + ".frames.csv", "w", newline="") as file:
    out = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
    out.writeheader()
    out.writerows(rows)
with open(prefix + ".timeline.csv", "w") as file:
    print("tid,state,start_ns,end_ns,cpu,by,preempted,by_comm", file=file)
    for i in range(90):
        ns, state = run["start_ns"] + i * 10**6, ("oncpu", "runq", "blocked")[i % 3]
        by = ("idle,0,", "interrupt,0,", "260,1,vivid\\xff</script>", "260,0,")[i % 4] if state == "runq" else ",,"
        print(f"259,{state},{ns},{ns + 10**6},{i // 3 % 2 if i % 7 else ''},{by}", file=file)
    print(f"4711,oncpu,{ns},{ns + 5},1,,,", file=file)
run["options"]["timeline"] = True
run["files"]["timeline.csv"] = {}
json.dump(run, open(prefix + ".run.json", "w"))
END
seal "$tmp/timeline"
same "a timeline" "$tmp/timeline"
on_threads() { tests/check-perfetto "$out" "$tmp/timeline" | grep -q ' 91 states, 120 stages with a thread'; }
check "of which it is known who carried which stage" on_threads

# --- names of any bytes
copy_as "$runs/starved" "$tmp/names"
python3 - "$tmp/names" <<'END'
import json, sys
node = "/dev/</script>\u0416, \"x\"\\x0a"
run = json.load(open(sys.argv[1] + ".run.json"))
run["devices"][0]["node"] = node
for stage in run["path"]["stages"]:
    stage["carrier"] = "\u202e\n\u0010" + stage["carrier"]
json.dump(run, open(sys.argv[1] + ".run.json", "w"))
for name in ("frames", "drops", "buffers"):
    path = f"{sys.argv[1]}.{name}.csv"
    text = open(path, encoding="utf-8").read()
    open(path, "w", encoding="utf-8").write(text.replace("video0", '"' + node.replace('"', '""') + '"'))
END
seal "$tmp/names"
same "names of any characters" "$tmp/names"

# --- what is refused
check_fails "no frames are that late" 1 'took [0-9.]+ s: there is nothing --from 100.000 s on' \
	vpipe-trace export "$runs/chain" --perfetto --from 100 -o "$out"
check_fails "a time that ends before it begins" 2 'error: --from must be before --to' \
	vpipe-trace export "$runs/chain" --perfetto --from 2 --to 1 -o "$out"
check_fails "none of the longest" 2 "error: --worst must be a whole number from 1 to 10000, not '0'" \
	vpipe-trace export "$runs/chain" --perfetto --worst 0 -o "$out"
finish
