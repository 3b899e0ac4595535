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

# SOURCE FRAMES OPTION...: a run, its status in $status
trace() {
	local source=$1
	shift
	vpipe-trace run -q -s "$source" -o "$run" -- "$relay" --say "$tmp/said" "$source" "$@" 2>"$tmp/err"
	status=$?
}

# RULE [RULE OF THE FIRST]: each row has the source frame that the client means, by that rule;
# "-": none has any; "?": it has that or none, and most have none
linked() {
	python3 - "$run.frames.csv" "$tmp/said" "$@" <<-'END'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1])))
		said, rule, first = open(sys.argv[2]).read().split(), sys.argv[3], sys.argv[-1]
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
drops_are() { vpipe-trace report "$run" | tee "$tmp/report" | grep -qE "^drops +$1"; }
longest() { awk -F, 'NR > 1 && $20 > most {most = $20} END {print int(most / 1000000)}' "$run.frames.csv"; }
shortest_source() { awk -F, 'NR == 2 || (NR > 2 && $10 < least) {least = $10} END {print int(least / 1000000)}' "$run.frames.csv"; }

# --- ordinary clients, who know nothing of our controls
trace vivid 31
check "a client that copies, with the source's dates: status 0" [ $status = 0 ]
check "linked by the timestamp" linked timestamp
check "the files agree" tests/check-run "$run" 31 --foreign
trace vivid 31 --dmabuf --date own
check "DMABUFs, dated by the client: status 0" [ $status = 0 ]
check "linked by the memory" linked dmabuf
trace vivid 31 --dmabuf --date own --threads
check "handed over between threads" linked dmabuf
trace vivid 31 --date own
check "a copy, dated by the client: status 0" [ $status = 0 ]
check "linked by the thread" linked thread
trace vivid 31 --date zero
check "a copy without a date" linked thread
trace vivid 31 --date own --drop 3
check "one that drops every third frame" linked thread
trace vivid 31 --date own --late 1
check "one that has two in hand: none is guessed, status 3" [ $status = 3 ]
check "none is named" linked -
trace vivid 31 --date own --threads
check "a copy with another date, in another thread: nothing links it, status 3" [ $status = 3 ]
check "that is said" grep -q '31 frames that no rule links' "$tmp/err"
check "and no row names a source frame" linked -
trace vivid 31 --late 2
check "three frames in hand: the timestamp tells" linked timestamp
trace vivid 31 --late 2 --dmabuf --date zero
check "and the memory does" linked dmabuf
trace vivid 30 --twice --dmabuf
check "a frame queued twice by its memory is that frame twice" linked dmabuf
trace vivid 30 --twice
check "by its timestamp it is so once: status 3" [ $status = 3 ]
check "15 frames are not linked" [ "$(field "$run" losses.no_source)" = 15 ]

# --- source frames that are dropped, and a client that doesn't say
v4l2-ctl -d "$(node 'vivid-*')" -c percentage_of_dropped_buffers=40
trace vivid 60
v4l2-ctl -d "$(node 'vivid-*')" -c percentage_of_dropped_buffers=0
lost=$(awk 'NR > 1 {n += $1 - last - 1} {last = $1} END {print n + 0}' "$tmp/said")
check "vivid drops frames, the client says $lost" [ "$lost" -gt 5 ]
check "the report has just as many" drops_are "$lost source frames"
sed -i '1s/,source_sequence,/,something,/' "$run.frames.csv"
modify_ok() { vpipe-trace report "$run" >/dev/null 2>&1; } # a run's files may be sealed
if modify_ok; then check "without their sequence drops are not known" drops_are '- not known'; fi

# --- cameras that are odd
odd const_ts=1
trace oddcam-a 40
check "one timestamp for all frames: linked by the thread" linked thread timestamp
check "and no frame takes longer than it did ($(longest) ms)" [ "$(longest)" -lt 500 ]
check "the repeated timestamps are counted" [ "$(field "$run" beside.repeated)" -gt 30 ]
trace oddcam-a 40 --dmabuf
check "its DMABUFs: linked by the memory" linked dmabuf
trace oddcam-a 30 --late 1
check "two of them in hand: which it is can't be told, status 3" [ $status = 3 ]
check "and so none is named, but by chance the right one" linked '?'
odd gap_ms=12
vpipe-trace run -q -s oddcam-a -o "$run" -- sh -c "v4l2-ctl -d $(node oddcam-b) --stream-mmap --stream-count=100 >/dev/null 2>&1 &
	$relay --say $tmp/said oddcam-a 40; wait"
check "another reads a camera with the same timestamps: linked" linked timestamp
check "the source stage is not longer by the gap ($(shortest_source) ms)" [ "$(shortest_source)" -lt 12 ]
vpipe-trace run -q -o "$run" -- "$relay" --say "$tmp/said" oddcam-a 40 --also oddcam-b
check "one client reads both, no source is named: none is guessed" linked '?'
trace oddcam-a 40 --also oddcam-b
check "named, it is the one" linked timestamp
odd first_seq=4294967276
trace oddcam-a 40
check "sequences beyond 2^32 - 1 go on with 0" linked timestamp
check "that is no gap, and no way back" drops_are 'none$'
odd add_ns=9223372036854775808
trace oddcam-a 40
check "timestamps beyond 2^63 ns are told apart" linked timestamp
rmmod oddcam

# --- multi-planar
modprobe -r vivid
load_node vivid 'vivid-*' n_devs=1 node_types=0x1 multiplanar=2
v4l2-ctl -d "$(node 'vivid-*')" --set-fmt-video=width=640,height=480,pixelformat=GREY --set-parm=30 >/dev/null 2>&1
trace vivid 31
check "a multi-planar source, by its name: status 0" [ $status = 0 ]
check "linked by the timestamp" linked timestamp

modprobe -r vivid vpipe
finish
