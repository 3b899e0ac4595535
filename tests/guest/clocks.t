#!/bin/bash
# SPDX-License-Identifier: MIT
# clocks.t - in a time namespace, where a process's CLOCK_MONOTONIC is not the kernel's
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

run=$tmp/run
load_node vpipe vpipe
load_node vivid 'vivid-*' n_devs=1 node_types=0x1
apart() { unshare --fork --time --monotonic "$1" --boottime "$1" "${@:2}"; }
uptime_s() { cut -d. -f1 /proc/uptime; }
# start_ns of the run is of the kernel's clock: now, a minute at most ago
is_of_now() { [ $(("$(field "$run" start_ns)" / 1000000000)) -le "$(uptime_s)" ] && [ $(("$(field "$run" end_ns)" / 1000000000 + 60)) -ge "$(uptime_s)" ]; }

for offset in 86400 7; do
	apart $offset vpipe-trace run -q -f 31 -o "$run"
	check "$offset s ahead: status 0" [ $? = 0 ]
	check "the files agree, also with what the capture tool's clock says" agrees "$run"
	check "the run is of now" is_of_now
done
vpipe-trace run -q -o "$run" -- unshare --fork --time --monotonic 86400 --boottime 86400 \
	vpipe-capture-m2m -q -f 31 -o "$tmp/tool.csv"
check "a command in a time namespace of its own: status 0" [ $? = 0 ]
cp "$tmp/tool.csv" "$run.csv"
inside() { # each DQBUF of the trace is within the tool's own readings
	python - "$run.frames.csv" "$tmp/tool.csv" <<-'END'
		import csv, sys
		frames, tool = (list(csv.DictReader(open(path))) for path in sys.argv[1:])
		ends = [int(f["start_ns"]) + int(f["e2e_ns"]) for f in frames]
		bad = [(e, t) for e, t in zip(ends, tool) if not int(t["dqbuf_enter_ns"]) <= e <= int(t["dqbuf_ns"])]
		print(bad[:3])
		sys.exit(bool(bad) or len(frames) != len(tool))
	END
}
check "its clock readings are in the domain of the trace" inside

v4l2-ctl -d "$(node vpipe)" --stream-mmap --stream-out-mmap --stream-to=/dev/null >/dev/null 2>&1 &
client=$!
SECONDS=0
apart 86400 vpipe-trace record -q -D 2 -o "$run"
check "record of 2 s: status 0" [ $? = 0 ]
check "takes 2 s, not a day" [ $SECONDS -lt "$(slow_kernel && echo 120 || echo 20)" ]
longest_thread() { awk -F, 'NR > 1 && $8 + $9 + $10 > most {most = $8 + $9 + $10} END {printf "%d", most / 1000000000}' "$run.sched.csv"; }
check "no thread has more than that ($(longest_thread) s)" [ "$(longest_thread)" -lt 20 ]
check "the files agree" agrees "$run" --recorded --no-source
kill -KILL $client
wait $client 2>/dev/null
modprobe -r vivid vpipe
finish
