#!/bin/bash
# SPDX-License-Identifier: MIT
# sources.t - which source frame a frame is made from: by its memory, its timestamp, its thread
#
# The client says which it was; a row may not know it, but must not say another.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

run=$tmp/run
relay=$PWD/tests/guest/relay.py
oddcam=${BUILD:-build}/tests/kmod/$(uname -r)/oddcam.ko
[ -e "$oddcam" ] || { echo '1..0 # SKIP the test camera is not built for this kernel (make test-kmod)'; exit 0; }
modprobe vpipe
load_node vivid 'vivid-*' n_devs=1 node_types=0x1
v4l2-ctl -d "$(node 'vivid-*')" --set-fmt-video=width=640,height=480,pixelformat=GREY --set-parm=30 >/dev/null
modprobe -a videobuf2-vmalloc videobuf2-v4l2

odd() { # PARAMETER...: a camera that is so
	rmmod oddcam 2>/dev/null
	insmod "$oddcam" period_ms=20 "$@" && wait_for node oddcam-b
}

# SOURCE OPTIONS...: a run of a client for each of OPTIONS, one after the other; its status in $status
trace() {
	local source=$1 options all=""
	shift
	for options; do all+="$options + "; done
	# shellcheck disable=SC2086 # words
	vpipe-trace run -q -s "$source" -o "$run" -- "$relay" "$source" $frames --say "$tmp/said" ${all% + } 2>"$tmp/err"
	status=$?
}
frames=13

# NUMBER RULE [RULE OF THE FIRST]: each row of that client has the source frame that it means, by
# that rule; "-": none has any; "?": it has that or none, and most have none
linked() {
	python - "$run.frames.csv" "$tmp/said.$1" "$@" <<-'END'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1])))
		number, rule, first = int(sys.argv[3]), sys.argv[4], sys.argv[-1]
		of = sorted({int(r["ctx"]) for r in rows})[number - 1]
		rows, said = [r for r in rows if int(r["ctx"]) == of], open(sys.argv[2]).read().split()
		wanted = [(s, rule if i else first) for i, s in enumerate(said)]
		got = [(r["source_sequence"], r["source_rule"]) for r in rows]
		print(*zip(got, wanted), sep="\n")
		stages = all((r["source_ns"] != "") == (r["source_sequence"] != "") for r in rows)
		if rule == "-":
		    good = not any(s for s, _ in got)
		elif rule == "?":
		    good = all(s in ("", w) for (s, _), (w, _) in zip(got, wanted)) and sum(s == "" for s, _ in got) > len(got) / 2
		else:
		    good = got == wanted
		sys.exit(not good or not stages or len(rows) != len(said))
	END
}
without_source() { awk -F, 'NR > 1 && $10 == "" {n++} END {print n + 0}' "$run.frames.csv"; }
drops_are() { vpipe-trace report "$run" | tee "$tmp/report" | grep -qE "^drops +$1"; }
longest() { awk -F, 'NR > 1 && $20 > most {most = $20} END {print int(most / 1000000)}' "$run.frames.csv"; }
shortest_source() { awk -F, 'NR == 2 || (NR > 2 && $10 < least) {least = $10} END {print int(least / 1000000)}' "$run.frames.csv"; }

# --- ordinary clients, who know nothing of our controls
trace vivid "" "--dmabuf --date own" "--dmabuf --date own --threads" "--date own" "--date zero" \
	"--early" "--early --date own" "--late 2" "--late 2 --dmabuf --date zero" "--twice --dmabuf"
check "clients of every kind, one after the other: status 0" [ $status = 0 ]
check "a copy, with the source's dates: linked by the timestamp" linked 1 timestamp
check "DMABUFs, dated by the client: by the memory" linked 2 dmabuf
check "handed over between threads, too" linked 3 dmabuf
check "a copy, dated by the client: by the thread" linked 4 thread
check "a copy without a date" linked 5 thread
check "one that copies, and gives back before it queues: the timestamp tells" linked 6 timestamp
check "its own dates: one frame for each" linked 7 thread
check "three frames in hand: the timestamp tells" linked 8 timestamp
check "and the memory does" linked 9 dmabuf
check "a frame queued twice by its memory is that frame twice" linked 10 dmabuf
check "the files agree" python tests/check-run "$run" "$(rows "$run")" --foreign

# --- those of which nobody can tell
trace vivid "--early --date own --late 1" "--early --date own --drop 3" "--date own --late 1" \
	"--date own --threads" "--date own --drop 3" "--later --dmabuf --date own" "--twice"
check "clients that carry nothing over: status 3" [ $status = 3 ]
check "two copied and given back: none is guessed" linked 1 -
check "one dropped among the copied: none from then on" linked 2 '?'
check "two in hand: none is guessed" linked 3 -
check "another date, in another thread: none" linked 4 -
check "one dropped: none from then on" linked 5 '?'
check "DMABUFs queued before another thread starts the queue are known all the same" linked 6 dmabuf
check "a frame queued twice by its timestamp is so once" [ "$(rows "$run")" = 92 ]
check "those without are counted" [ "$(field "$run" losses.no_source)" = "$(without_source)" ]
check "and that is said" grep -q "$(without_source) frames that no rule links" "$tmp/err"

# --- source frames that are dropped, and a client that doesn't say
v4l2-ctl -d "$(node 'vivid-*')" -c percentage_of_dropped_buffers=40
frames=40
trace vivid ""
frames=21
v4l2-ctl -d "$(node 'vivid-*')" -c percentage_of_dropped_buffers=0
lost=$(awk 'NR > 1 {n += $1 - last - 1} {last = $1} END {print n + 0}' "$tmp/said.1")
check "vivid drops frames, the client says $lost" [ "$lost" -gt 5 ]
check "the report has just as many" drops_are "$lost source frames"
sed -i '1s/,source_sequence,/,something,/' "$run.frames.csv"
modify_ok() { vpipe-trace report "$run" >/dev/null 2>&1; } # a run's files may be sealed
if modify_ok; then check "without their sequence drops are not known" drops_are '- not known'; fi

# --- a client that is met in the middle of its work
# OPTION...: each row has the source frame that the client means; those of before have none
joined() {
	rm -f "$tmp/said.1"
	"$relay" vivid 100000 --say "$tmp/said" "$@" &
	local client=$!
	wait_for [ -s "$tmp/said.1" ]
	vpipe-trace record -q -D 2 -o "$run"
	kill $client
	wait $client 2>/dev/null
	python - "$run.frames.csv" "$tmp/said.1" <<-'END'
		import csv, sys
		got = [r["source_sequence"] for r in csv.DictReader(open(sys.argv[1]))]
		said = open(sys.argv[2]).read().split()
		first = said.index(got[-1]) - len(got) + 1 if got and got[-1] else -1
		pairs = list(zip(got, said[first:]))
		print(first, *pairs, sep="\n")
		wrong = [p for p in pairs if p[0] not in ("", p[1])]
		sys.exit(first < 0 or bool(wrong) or "" in got[5:] or len(got) < 15)
	END
}
check "record: a client with its source's dates, two in hand" joined --late 1
none() { joined --date own; [ "$(without_source)" = "$(rows "$run")" ]; }
check "one that copies and dates itself may have copies of before: none is guessed" none
check "one that hands memory on" joined --dmabuf --date own --late 1

# --- cameras that are odd
odd const_ts=1
trace oddcam-a "" --dmabuf
check "one timestamp for all frames: linked by the thread" linked 1 thread timestamp
check "and no frame takes longer than it did ($(longest) ms)" [ "$(longest)" -lt 500 ]
check "the repeated timestamps are counted" [ "$(field "$run" beside.repeated)" = $((2 * frames - 1)) ]
check "its DMABUFs: linked by the memory" linked 2 dmabuf
trace oddcam-a "--late 1"
check "two of them in hand: which it is can't be told, status 3" [ $status = 3 ]
check "and so none is named, but by chance the right one" linked 1 '?'
odd gap_ms=12
vpipe-trace run -q -s oddcam-a -o "$run" -- sh -c "v4l2-ctl -d $(node oddcam-b) --stream-mmap --stream-count=70 >/dev/null 2>&1 &
	$relay oddcam-a $frames --say $tmp/said; wait"
check "another reads a camera with the same timestamps: linked" linked 1 timestamp
check "the source stage is not longer by the gap ($(shortest_source) ms)" [ "$(shortest_source)" -lt 12 ]
vpipe-trace run -q -s oddcam-a -o "$run" -- sh -c "rm $tmp/said.1; $relay oddcam-a 31 --say $tmp/said &
	until [ -s $tmp/said.1 ]; do sleep 0.1; done
	$relay oddcam-b $frames --say $tmp/other; wait; mv $tmp/other.1 $tmp/said.2" 2>/dev/null
check "two clients, each with its camera: status 3" [ $? = 3 ]
check "that of the camera which is named has its frames" linked 1 timestamp
check "the other one's have none" linked 2 -
vpipe-trace run -q -o "$run" -- "$relay" oddcam-a $frames --say "$tmp/said" --also oddcam-b
check "one client reads both, no source is named: none is guessed" linked 1 '?'
trace oddcam-a "--also oddcam-b"
check "named, it is the one" linked 1 timestamp
odd first_seq=4294967276
frames=41
trace oddcam-a ""
frames=21
check "sequences beyond 2^32 - 1 go on with 0" linked 1 timestamp
lost=$(awk 'NR > 1 {d = $1 - last; n += (d < 0 ? d + 2 ^ 32 : d) - 1} {last = $1} END {print n + 0}' "$tmp/said.1")
check "that is no gap, and no way back" drops_are "$([ "$lost" = 0 ] && echo 'none$' || echo "$lost source frames")"
odd add_ns=9223372036854775808
trace oddcam-a ""
check "timestamps beyond 2^63 ns are told apart" linked 1 timestamp
rmmod oddcam

# --- multi-planar
modprobe -r vivid
load_node vivid 'vivid-*' n_devs=1 node_types=0x1 multiplanar=2
v4l2-ctl -d "$(node 'vivid-*')" --set-fmt-video=width=640,height=480,pixelformat=GREY --set-parm=30 >/dev/null 2>&1
trace vivid ""
check "a multi-planar source, by its name: status 0" [ $status = 0 ]
check "linked by the timestamp" linked 1 timestamp

modprobe -r vivid vpipe
unload_videobuf2
finish
