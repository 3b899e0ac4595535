#!/bin/bash
# SPDX-License-Identifier: MIT
# crowd.t - more clients than a CPU has room for: each is stopped by others, wherever it is
#
# CROWD_FRAMES: of each of the four clients (default: 500)
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

client=${BUILD:-build}/tests/guest-client
run=$tmp/crowd
frames=${CROWD_FRAMES:-500}
preempt=/sys/kernel/debug/sched/preempt
modes=$(grep -oE 'full|lazy|voluntary' $preempt 2>/dev/null)
default=$(grep -o '(.*)' $preempt 2>/dev/null | tr -d '()')

# COMMANDS run at once, on one CPU; fails if one does
cat >"$tmp/at-once" <<'END'
for command; do
	taskset -c 1 sh -c "exec $command" &
	all="$all $!"
done
for one in $all; do wait "$one" || exit; done
END
four="$client stream $frames -s 16x16"

load_node vpipe vpipe
for mode in ${modes:-default}; do
	[ -z "$modes" ] || echo "$mode" >$preempt
	check "preemption $mode: $((4 * frames)) frames of four clients, nothing lost" \
		vpipe-trace run -q -o "$run" -- sh "$tmp/at-once" "$four" "$four" "$four" "$four"
	check "preemption $mode: the files of the run agree" python tests/check-run "$run" $((4 * frames)) --no-source --shared
done

# Who begins and ends is seen as well: each exec and exit of another one may come in between.
cat >"$tmp/short-lived" <<'END'
for shell in 1 2 3 4; do
	taskset -c 1 sh -c 'for i in $(seq 15); do /bin/true & done; wait' &
done
END
echo "taskset -c 1 $client stream 100 -s 16x16; wait" >>"$tmp/short-lived"
[ -z "$modes" ] || echo full >$preempt
check "60 short-lived processes on the client's CPU: nothing lost" vpipe-trace run -q -o "$run" -- sh "$tmp/short-lived"
check "the files of that run agree" python tests/check-run "$run" 100 --no-source --shared
[ -z "$default" ] || echo "$default" >$preempt

# -- two cameras, each with a client that says which frame it was, and another on their CPU
if ! load_node vivid 'vivid-*' n_devs=2 node_types=0x1,0x1; then
	skip "two sources" "this kernel has no vivid"
	finish
	exit
fi
for name in /sys/class/video4linux/*/name; do
	grep -q "^vivid-" "$name" || continue
	camera=/dev/$(echo "$name" | cut -d/ -f5)
	v4l2-ctl -d "$camera" --set-fmt-video=width=640,height=480,pixelformat=GREY --set-parm=30 >/dev/null
	taskset -c 1 vpipe-capture-m2m -q "$camera" "$(node vpipe)" "$tmp/${camera#/dev/}.csv" 100000 mmap &
done
taskset -c 1 "$client" stream 1000000 -s 16x16 -p 5 &

# What is not known is counted, and what is said is true.
never_wrong() {
	vpipe-trace record -q -D 5 -o "$run"
	case $? in 0 | 3) ;; *) return 1 ;; esac
	python - "$run" <<-'END'
		import csv, json, sys
		rows = list(csv.DictReader(open(sys.argv[1] + ".frames.csv")))
		losses = json.load(open(sys.argv[1] + ".run.json"))["losses"]
		rows = [r for r in rows if r["bytesused"] == str(640 * 480)]
		unknown = [r for r in rows if r["source_sequence"] == ""]
		wrong = [r for r in rows if r["source_sequence"] not in ("", r["src_seq"])]
		print(len(rows), "rows", len(unknown), "unknown", wrong[:3], losses)
		sys.exit(bool(wrong) or len({r["source_minor"] for r in rows} - {""}) != 2
		         or len(unknown) > sum(losses.values()) + 8)
	END
}
check "two sources, and a client beside them: no row has another's frame" never_wrong
jobs -p | xargs kill
wait
modprobe -r vivid vpipe
finish
