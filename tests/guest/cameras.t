#!/bin/bash
# SPDX-License-Identifier: MIT
# cameras.t - record of several nodes at once, and of readers, tracers and nodes that come, go or fail
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
need_speed

load_vivid() {
	local i
	modprobe vivid n_devs=5 node_types=0x20011,0x1,0x1,0x1,0x1
	wait_for node 'vivid-004*'
	for i in 0 1 2 3 4; do
		cameras[i]=$(node "vivid-00$i-vid-cap")
		v4l2-ctl -d "${cameras[i]}" --set-fmt-video=width=320,height=180,pixelformat=YUYV
	done
}
cameras=()
load_vivid
a=${cameras[0]} b=${cameras[1]}

# What is one of several, by its number
log_of() { echo "$tmp/log$1.csv"; }
begin_reader() { # NUMBER OPTION...: of that node, into its own log
	rm -f "$tmp/progress$1"
	"$reader" --device "${cameras[$1]}" --csv "$(log_of "$1")" --progress "$tmp/progress$1" --fps 30 "${@:2}" \
		>/dev/null 2>"$tmp/reader$1.err" &
	readers+=($!)
}
reader_has() { wait_for has_bytes $(($2 + 1)) "$tmp/progress$1"; } # NUMBER FRAMES
end_readers() {
	wait "${readers[@]}"
	readers=()
}
readers=()
status_is() { [ $status = "$1" ] || { echo "status $status"; cat "$tmp/said"; return 1; }; }
# NAME NUMBER...: of each of these nodes
each_holds() {
	local i name
	for i in "${@:2}"; do
		name=${cameras[i]#/dev/}
		check "$1: the reader's clock, $name" frames clock "$(log_of "$i")" --device "$name"
		check "$1: the dwell, $name" frames dwell "$(log_of "$i")" --device "$name" --within-us 5000 --median-us 500
		check "$1: what is missing, $name" frames drops "$(log_of "$i")" --device "$name"
	done
}
frames_of() { awk -F, -v node="${1#/dev/}" '$2 == node' "$run.frames.csv" | wc -l; } # NODE
value() { python -c 'import json, sys; print(eval(sys.argv[2], {"run": json.load(open(sys.argv[1]))}))' "$run.run.json" "$1"; }
is() { [ "$1" = "$2" ] || { echo "'$1', not '$2'"; return 1; }; }

# -- several nodes, several readers
record_begin -d "$a" -d "$b"
begin_reader 0 --frames 31 --how poll
begin_reader 1 --frames 43 --late 20 --late-every 3
end_readers
record_end
check "two nodes: status 0" status_is 0
check "two nodes: the sums" frames sums
each_holds "two nodes" 0 1
check "two nodes: the files agree" agrees "$run" --recorded
check "two nodes: run.json has the frames of each" is "$(value '[d["frames"] for d in run["devices"]]')" '[31, 43]'
record_begin "${cameras[@]/#/-d}"
for i in 0 1 2 3 4; do
	begin_reader $i --frames 31 --how poll
done
end_readers
record_end
check "five readers of five nodes: status 0" status_is 0
check "five readers of five nodes: the sums" frames sums
each_holds "five readers" 0 1 2 3 4

(wait_for test -e "$tmp/go" && exec "$reader" --device "$a" --csv "$(log_of 0)" --fps 30 --frames 31 >/dev/null) &
pid=$!
record_begin -d "$a" -d "$b" -p $pid
touch "$tmp/go"
begin_reader 1 --frames 31
wait $pid
end_readers
record_end
check "-p: status 0" status_is 0
each_holds "-p" 0
check "-p: no frame of another process" is "$(frames_of "$b")" 0

# -- a stream that ends
reads "$a" --how poll --frames 37 --restart-every 10 --buffers 3
check "STREAMOFF and STREAMON: status 0" status_is 0
check "STREAMOFF and STREAMON: the sums" frames sums
check "STREAMOFF and STREAMON: the reader's clock" frames clock "$log" --restarts
check "STREAMOFF and STREAMON: three times" is "$(value 'run["devices"][0]["restarts"]')" 3
missed() { awk -F, 'NR > 2 && $2 > last + 1 {n += $2 - last - 1} {last = $2} END {print n + 0}' "$log"; }
check "STREAMOFF and STREAMON: no frame is missing because of it" is "$(tail -n +2 "$run.drops.csv" | wc -l)" "$(missed)"
reads "$a" --how poll --frames 10 --restart-every 1 --buffers 3
check "a stream a frame: nine times" is "$(value 'run["devices"][0]["restarts"]')" 9
check "a stream a frame: each has a number" is "$(value 'run["devices"][0]["unnumbered"]')" 0
record_begin -d "$a" -d "$b"
begin_reader 0 --frames 1000
begin_reader 1 --frames 61
reader_has 0 20
kill -KILL "${readers[0]}"
end_readers 2>/dev/null
record_end
check "a reader is killed: status 0" status_is 0
each_holds "a reader is killed" 1
check "a reader is killed: the files agree" agrees "$run" --recorded
reads "$a" --how poll --buffers 64 --frames 131
holds "64 buffers"
dropped "64 buffers"
echo "# of these it had $(tail -n +2 "$log" | cut -d, -f3 | sort -u | wc -l)"

# -- the module
record_begin -d "$a"
read_node "$a" --frames 7
check "vivid is unloaded while it is recorded, and nobody reads" rmmod vivid
sleep 0.5
record_end
check "vivid is unloaded: status 0" status_is 0
check "vivid is unloaded: its frames" is "$(rows "$run")" 7
check "vivid is unloaded: the files agree" agrees "$run" --recorded
load_vivid
record_begin -d "$a"
begin_reader 0 --frames 31
reader_has 0 0
check "while somebody reads it is refused" sh -c '! rmmod vivid 2>/dev/null'
end_readers
record_end
check "vivid is not unloaded: status 0" status_is 0
each_holds "vivid is not unloaded" 0

# -- tracers
record_begin -d "$a"
begin_reader 0 --frames 301 --how poll
reader_has 0 0
vpipe-trace record -q -d "$a" -D 2 -o "$tmp/other" 2>"$tmp/other.err"
check "a second tracer: status 0" is $? 0
end_readers
record_end
check "a second tracer: the first one's status 0" status_is 0
each_holds "a second tracer" 0
check "a second tracer: it has frames, too" agrees "$tmp/other" --recorded
record_begin -d "$a"
begin_reader 0 --frames 61 --how poll
reader_has 0 20
kill -KILL $tracer
wait $tracer 2>/dev/null
check "the tracer is killed: its programs are gone" wait_for no_programs
end_readers
check "the tracer is killed: the reader has all its frames" is "$(wc -l <"$(log_of 0)")" 62
reads "$a" --frames 7
check "the tracer is killed: the next one works" status_is 0

record_begin -d "$a" --no-frames
read_node "$a" --how poll --frames 31
record_end
check "--no-frames: status 0" status_is 0
check "--no-frames: no rows" [ ! -e "$run.frames.csv" ]
check "--no-frames: histograms of all" is "$(awk -F, '$1 == "e2e" {n += $4} END {print n}' "$run.hist.csv")" 31
check "--no-frames: report" vpipe-trace report "$run"

# -- rows are lost
record_begin -d "$a" --ring-size 4
begin_reader 0 --frames 91 --fps 50 --how poll
reader_has 0 20
kill -STOP $tracer
reader_has 0 60
kill -CONT $tracer
end_readers
record_end
check "a small ring: status 3" status_is 3
check "a small ring: it is said" grep -q 'frame rows lost: ring buffer full' "$tmp/said"
lost() { python - "$run" "$(log_of 0)" <<-'END'
	import csv, json, sys
	run, log = json.load(open(sys.argv[1] + ".run.json")), list(csv.DictReader(open(sys.argv[2])))
	rows, drops = (list(csv.DictReader(open(sys.argv[1] + name))) for name in (".frames.csv", ".drops.csv"))
	came = {int(r["sequence"]) for r in log}
	lost = came - {int(r["seq"]) for r in rows}
	print("lost", sorted(lost), "of which", run["losses"]["ring_full"], "are told; drops", [(r["sequence"], r["cause"]) for r in drops])
	assert lost and len(lost) == run["losses"]["ring_full"], "as many are told as are missing"
	causes = {int(r["sequence"]): r["cause"] for r in drops}
	hole = range(min(lost), max(lost) + 1)
	assert {seq for seq in causes if seq in hole} == set(hole), "each is a drop"
	assert all(causes[seq] == "unknown" for seq in hole), "nobody is blamed"
	assert not came & set(causes) - set(hole), "no other one that came is"
END
}
check "a small ring: as many as the reader had more, and nobody is blamed" lost
check "a small ring: nor is it said that they never came" sh -c "vpipe-trace report '$run' | tr -s '\n ' ' ' |
	grep -q 'frames came; how many never did is not known: the tracer lost frames'"

# -- no room
mkdir "$tmp/full"
mount -t tmpfs -o size=2m tmpfs "$tmp/full"
run=$tmp/full/run
reads "$a" --frames 7
(cd "$tmp/full" && sha256sum run.*) >"$tmp/sums"
vpipe-trace record -d "$a" -D 60 -o "$run" >"$tmp/said" 2>&1 &
tracer=$!
wait_for grep -q '^note: recording' "$tmp/said"
dd if=/dev/zero of="$tmp/full/fill" bs=4k 2>/dev/null
read_node "$a" --frames 61 --how poll
record_end
check "a full disk: status 1" status_is 1
check "a full disk: it is said" grep -q 'No space left' "$tmp/said"
check "a full disk: the reader has all its frames" is "$(wc -l <"$log")" 62
same_files() { (cd "$tmp/full" && find . -type f && sha256sum --quiet -c "$tmp/sums" && [ "$(find . -type f | wc -l)" = $(($(wc -l <"$tmp/sums") + 1)) ]); }
check "a full disk: the run before is as it was, and no other file there" same_files
check_fails "no room from the start" 1 'not enough space for .*: 0 KiB free' vpipe-trace record -d "$a" -D 1 -o "$run"
run=$tmp/run
umount "$tmp/full"

# -- what cannot be recorded
record_fails() { check_fails "$1" 1 "$2" vpipe-trace record -q -D 1 -o "$run" "${@:3}"; }
record_fails "a node that nobody reads" "no frame passed $a" -d "$a"
record_fails "nobody reads either of two" "no frame passed" -d "$a" -d "$b"
record_fails "a metadata node that nobody reads" "no frame passed" -d "$(node 'vivid-000-meta-cap')"
radio=$(find /dev -name 'radio*' | head -n 1)
record_fails "a radio node" "$radio is no video node, it is a radio" -d "$radio"
record_fails "a radio node behind a camera" "$radio is no video node, it is a radio" -d "$a" -d "$radio"
touch "$tmp/file"
record_fails "a file" 'is no video node' -d "$tmp/file"
record_fails "/dev/null" '/dev/null is no video node' -d /dev/null
record_fails "a name that is none" 'no video node nonsense: No such device' -d nonsense
record_fails "a node that is none" '/dev/video77: No such file' -d /dev/video77
record_fails "the second is none" 'no video node nonsense: No such device' -d "$a" -d nonsense
record_fails "twice the same" "$a and vivid-000-vid-cap are the same node" -d "$a" -d vivid-000-vid-cap
check_fails "without privilege" 1 'run it as root' \
	setpriv --reuid nobody --clear-groups --inh-caps=-all vpipe-trace record -d "$a" -o "$run"
check_fails "more nodes than there is room for" 2 'no more than 16' \
	vpipe-trace record -d{1..17}

gone "all that"
check "vivid is not held" modprobe -r vivid
finish
