#!/bin/bash
# SPDX-License-Identifier: MIT
# verdict.t - what is left out of a run's figures, and when a flight recorder stops: warm-up, deadline,
# --stop-above, with clients that are late when it is known
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/chain.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
need_speed

reader=${BUILD:-build}/tests/guest-reader

claims() { vpipe-trace check "$@"; }
fails() { # CLAIM
	local status=0
	vpipe-trace check "$run" "$1" || status=$?
	[ $status = 4 ]
}
# PYTHON: of the run's JSON, d, and its rows
told() {
	python - "$run" "$1" "$log" <<-'END'
		import csv, json, os, sys
		d = json.load(open(sys.argv[1] + ".run.json"))
		rows = [{k: int(v) for k, v in r.items() if k in ("start_ns", "e2e_ns", "flags", "seq") and v}
		        for r in csv.DictReader(open(sys.argv[1] + ".frames.csv"))]
		for row in rows:
		    row["end"] = row["start_ns"] + row["e2e_ns"]
		if os.path.exists(sys.argv[3]):
		    log = [{k: int(r[k]) for k in ("sequence", "enter_ns", "leave_ns")} for r in csv.DictReader(open(sys.argv[3]))
		           if r.get("sequence")]
		result = eval(sys.argv[2])
		print(result, d.get("warmup"), d.get("deadline"), d.get("flight"), d["frames"], [(r["e2e_ns"], r["flags"]) for r in rows])
		sys.exit(not (all(result) if isinstance(result, list) else result))
	END
}

# --- our own node: in the kernel, and by rows
if modprobe -n vpipe 2>/dev/null; then
	warm() { vpipe-trace run -q -f 120 --warmup 30 -o "$run" "$@"; }
	check "vpipe: a run with a warm-up" warm
	check "vpipe: its files agree" python tests/check-run "$run" 120
	check "vpipe: so does what report says" python tests/check-report "$run"
	check "vpipe: 30 rows are marked, the first" told \
		'd["warmup"] == {"asked": 30, "frames": 30, "rows": 30} and [r["flags"] & 4 for r in rows] == [4] * 30 + [0] * 90'
	check "vpipe: figures are of the others" claims "$run" e2e.count==90 stage.copy.count==90 cost.copies.count==90 frames==120
	check "vpipe: the frame period is the deadline" told \
		'd["deadline"] == {"ns": 33333333, "asked": False, "frames": 90, "over": sum(r["e2e_ns"] > 33333333 for r in rows[30:])}'
	check "vpipe: histograms only" warm --no-frames
	check "vpipe: without the warm-up, too" claims "$run" e2e.count==90 stage.copy.count==90 frames==120
	counted() { warm --counters page_faults && python tests/check-run "$run" 120; }
	check "vpipe: nor is it in what is counted by stage" counted
else
	skip "vpipe" "there is no vpipe module for this kernel"
fi

# --- a camera, whose reader is late before frame 150: those that wait for it meanwhile are slow
load_node vivid 'vivid-*' n_devs=2 node_types=0x1,0x1
camera=$(node 'vivid-000*') other=$(node 'vivid-001*')
for node in "$camera" "$other"; do
	v4l2-ctl -d "$node" --set-fmt-video=width=640,height=480,pixelformat=RGB3 --set-parm=30 >/dev/null
done
reads() { client "$reader" --device "${1:-$camera}" --csv "$log" --how poll --fps 30 --frames "${2:-240}" --late 400 --late-every 150; }

record_begin -d "$camera" --deadline 200ms
reads
record_end
check "late: it is recorded" ended 0
check "late: the sums" sums
check "late: a frame is slow" fails 'e2e.max<200ms'
check "late: and over the deadline" told '0 < d["deadline"]["over"] < 10 and d["deadline"]["asked"] and d["deadline"]["frames"] == len(rows)'
check "late: not if the first 160 are left out now" claims --warmup 160 "$run" 'e2e.max<200ms' over==0
record_begin -d "$camera" --warmup 160
reads
record_end
check "late in the warm-up: it is recorded" ended 0
check "late in the warm-up: the sums" sums
check "late in the warm-up: no frame is slow" claims "$run" 'e2e.max<200ms' 'e2e.count<=80' 'frames>=230' 'lost==0'
check "late in the warm-up: its period is the deadline" told 'd["deadline"]["ns"] == 33333333 and not d["deadline"]["asked"]'
# PATTERN: a line of the report
says() {
	vpipe-trace report "$run" >"$tmp/report"
	cat "$tmp/report"
	grep -qE "$1" "$tmp/report"
}
check "late in the warm-up: what report says" says '^ *warm-up of 160 frames left out; [0-9]+ of [0-9]+ over 33\.3 ms, the frame period$'

# --- two at once: of each device the first frames
record_begin -d "$camera" -d "$other" --warmup 20
reads "$other" 40 &
client "$reader" --device "$camera" --csv "$tmp/log2.csv" --how poll --fps 30 --frames 60
wait $!
record_end
check "two cameras: they are recorded" ended 0
check "two cameras: the first 20 of each" told 'd["warmup"]["frames"] == d["warmup"]["rows"] == 40 == sum(r["flags"] >> 2 & 1 for r in rows)'
per_device() {
	python - "$run.device-hist.csv" <<-'END'
		import csv, collections, sys
		counts = collections.Counter()
		for row in csv.DictReader(open(sys.argv[1])):
		    if row["stage"] == "e2e":
		        counts[row["device"]] += int(row["count"])
		print(counts)
		sys.exit(not (len(counts) == 2 and sorted(counts.values()) == [20, 40]))
	END
}
check "two cameras: each one's histograms are without them" per_device
check "two cameras: it can be read back" claims "$run" e2e.count==60

# --- a flight recorder
# OPTION...: it ends by itself
flies() {
	record_begin "$@"
	reads "$camera" 300
	wait "$tracer"
	status=$?
}
# the rows around the slow one: all that the reader had in the second before it, and in a fifth behind it
around='[
	s := next(r for r in rows if r["e2e_ns"] > 200e6),
	all(r["end"] >= s["end"] - 1e9 for r in rows),
	len(near := {l["sequence"] for l in log if s["end"] - 1e9 < l["enter_ns"] and l["leave_ns"] < s["end"] + 0.2e9}) > 9,
	near <= {r["seq"] for r in rows},
	d["start_ns"] == min(r["end"] for r in rows) or d["start_ns"] > s["end"] - 1e9,
	d["flight"]["let_go"] + len(rows) == d["frames"]["recorded"],
	d["flight"]["let_go"] > 90,
	d["flight"]["above_ns"] == 200_000_000, d["flight"]["keep_ns"] == 10**9, d["flight"]["cut"] == 0,
]'
flies -d "$camera" --stop-above 200ms --keep 1s
check "flight: it stops at the slow frame: status 4" ended 4
check "flight: what was around it" told "($around)[1:]"
check "flight: the sums" sums
check "flight: it can be read back" claims "$run" 'e2e.max>200ms' lost==0
check "flight: what report says" says '^ *recorded [0-9.]+ s, until a frame took over 200 ms: the last 1\.[0-9] s,$'
check "flight: and export" sh -c "vpipe-trace export --jsonl $run | grep -c e2e_ns"
flies -d "$camera" --stop-above 200ms --keep 1s --timeline
check "flight: with a timeline" ended 4
timeline() {
	python - "$run" <<-'END'
		import csv, json, sys
		start = json.load(open(sys.argv[1] + ".run.json"))["start_ns"]
		ends = [int(r["end_ns"]) for r in csv.DictReader(open(sys.argv[1] + ".timeline.csv"))]
		print(len(ends), min(ends) - start)
		sys.exit(not (len(ends) > 30 and 0 <= min(ends) - start < 200e6))
	END
}
check "flight: which begins where the run does" timeline
check "flight: and can be read back" sh -c "vpipe-trace export --perfetto -o $tmp/perfetto $run && [ -s $tmp/perfetto ]"
flies -d "$camera" -d "$other" --stop-above 200ms --keep 1s
check "flight: of two cameras, one of which nobody reads" ended 4
check "flight: its files can be read back" claims "$run" 'e2e.max>200ms' lost==0

# OPTION...: no file is there, and that none was slow is said
none_slow() { cat "$tmp/said" && [ "$status" = "$1" ] && [ -z "$(ls "$run".* 2>/dev/null)" ] && grep -qE "$2" "$tmp/said"; }
none='^none of [1-9][0-9]* frames took longer than 2 s: no files were written$'
record_begin -d "$camera" --stop-above 2s
reads "$camera" 60
record_end
check "flight: no frame is slow, Ctrl-C: status 0" none_slow 0 "$none"
client "$reader" --device "$camera" --how poll --fps 30 --frames 240 &
vpipe-trace record -d "$camera" --stop-above 2s -D 2 -o "$run" >"$tmp/said" 2>&1
status=$?
wait $!
check "flight: nor is one when the time is over: status 0" none_slow 0 "$none"
record_begin -d "$camera" --stop-above 2s
record_end
check "flight: no frame at all: status 1" none_slow 1 'no frame passed'
# the slow one is among the first, and nobody wants to see those
record_begin -d "$camera" --stop-above 200ms --warmup 160
reads
record_end
check "flight: a slow frame of the warm-up is none" none_slow 0 '^none of [1-9][0-9]* frames'

# --- a chain: rows are slow, and of rows is what is left out
if [ -e "$(device_file vim2m)" ]; then
	load_device vim2m default_transtime=5
	scaler=$(node vim2m)
	relayed() { client "$m2m" --device vim2m --source vivid-000 --memory mmap --frames "$1" --csv "$log" --late 400 --late-every 90; }
	record_begin -d "$camera" -d "$scaler" --warmup 20
	relayed 60
	record_end
	check "chain: it is recorded" ended 0
	check "chain: the sums" sums
	check "chain: the first 20 rows" told '[r["flags"] & 4 for r in rows] == [4] * 20 + [0] * (len(rows) - 20) and d["warmup"]["rows"] == 20'
	check "chain: each device left out as many" told 'd["warmup"]["frames"] == 40'
	check "chain: it can be read back" claims "$run" 'e2e.count>=30' lost==0
	record_begin -d "$camera" -d "$scaler" --stop-above 200ms --keep 1s
	relayed 180
	wait "$tracer"
	status=$?
	check "chain: it stops at the slow row: status 4" ended 4
	check "chain: the sums of what was kept" sums
	check "chain: what was let go, and what was not" told 'd["flight"]["let_go"] + d["frames"]["records"] == d["frames"]["recorded"]'
	check "chain: the slow one is there" claims "$run" 'e2e.max>200ms' 'frames>=20' lost==0
	unload_device vim2m
else
	skip "chain" "vim2m is not built for this kernel (make test-devices)"
fi
check "vivid is not held" wait_for modprobe -r vivid
finish
