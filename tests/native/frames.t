#!/bin/bash
# SPDX-License-Identifier: MIT
# frames.t - check-frames: what agrees with a reader's log it takes, what is wrong it finds
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

run=$tmp/run log=$tmp/log.csv

# Ten frames of a camera, 33 ms apart; the reader polls, and is 20 ms late for every third, which have
# been done for 15 ms then. Frame 3 has the error flag, 5 was dropped, 8 and 9 found no buffer. OPTION:
# read, whose frames have no number; lock, held for 7 ms when 2 and 7 were to be dequeued; usb, whose
# camera has a log, too, by which 5 was lossy, and 11 came late.
make_camera() {
	python3 - "$tmp" "$@" <<-'END'
		import csv, json, sys
		folder, options = sys.argv[1], sys.argv[2:]
		stages, costs = "transfer wake react lock pickup".split(), "copies queueing jitter transport queue_lock unattributed".split()
		path = {"name": "capture"}
		path |= {key: [{"column": name + "_ns"} for name in its] for key, its in (("stages", stages), ("costs", costs))}
		devices = [{"node": "81", "late": 1}]
		json.dump({"format": 2, "path": path, "devices": devices}, open(folder + "/run.run.json", "w"))
		frames, log, camera = [], [], []
		for n, seq in enumerate([0, 1, 2, 3, 4, 6, 7, 10, 11, 12] + [13] * ("usb" in options)):
		    start, transfer = 10**9 + seq * 33_000_000, 2000 * (n % 2)
		    if "usb" in options:
		        start, transfer = start + 33_000_000 * (seq > 10), 2_000_000
		    done = start + transfer
		    asked = done + (15_000_000 if n % 3 == 0 else -5_000_000)
		    dwell = max(0, asked - done) + 3000 * (n % 3 == 0)
		    lock = 7_000_000 if "lock" in options and seq in (2, 7) else 900
		    parts = {"transfer": transfer or "", "wake": dwell + 40_000, "react": 25_000}
		    parts |= {"lock": lock, "pickup": 8_000}
		    e2e = sum(p or 0 for p in parts.values())
		    enter = start + e2e - 8_000 - lock - 500
		    row = {"frame": n, "device": 81, "queue": 1, "seq": seq, "cap_index": n % 4, "start_ns": start}
		    row |= {s + "_ns": ns for s, ns in parts.items()} | {"e2e_ns": e2e, "wake_dwell_ns": dwell, "wake_runq_ns": 5000}
		    locked = lock if lock > 900 else 0
		    row |= {"queueing_ns": dwell, "jitter_ns": 5000, "queue_lock_ns": locked, "unattributed_ns": 100}
		    row |= {"device_copy_ns": 90_000 if "usb" in options else "", "copies_ns": 90_000 if "usb" in options else 0}
		    frames.append(row | {"transport_ns": e2e - dwell - 5000 - locked - 100 - row["copies_ns"]})
		    camera.append({"sequence": seq, "stream": 2, "fate": "good", "first_ns": start - 800, "last_ns": done - 95_000})
		    row = {"frame": n, "sequence": seq, "index": n % 4, "flags": 0x2041 if seq == 3 else 0x2001, "tid": 77}
		    row |= {"asked_ns": asked, "woken_ns": enter - 9000, "enter_ns": enter, "leave_ns": start + e2e + 6000}
		    row |= {"locked_ns": enter - 9000, "unlock_ns": enter + lock} if locked else {"locked_ns": "", "unlock_ns": ""}
		    row |= {"free_ns": enter + lock + 100_000 if locked else ""}
		    if "read" in options:
		        row |= {"sequence": "", "index": "", "flags": "", "woken_ns": ""}
		    log.append(row)
		drops = [(3, "error"), (5, "driver"), (8, "held"), (9, "held"), (14, "held")]
		drops = [{"device": 81, "sequence": seq, "cause": cause, "holder_tid": 77} for seq, cause in drops]
		camera[5:5] = [camera[4] | {"sequence": 5, "fate": "lossy"}]
		camera[0:0] = [camera[0] | {"stream": 1, "sequence": 3, "fate": "lossy"}]
		cells = {"sequence": "seq", "done_ns": "start_ns", "timestamp_ns": "start_ns", "device": "device"}
		buffers = [{name: row[cell] for name, cell in cells.items()} for row in frames]
		for name, its in ("camera.csv", camera), ("run.buffers.csv", buffers), ("run.frames.csv", frames), ("run.drops.csv", drops), ("log.csv", log):
		    with open(f"{folder}/{name}", "w", newline="") as file:
		        writer = csv.DictWriter(file, its[0], lineterminator="\n")
		        writer.writeheader()
		        writer.writerows(its)
	END
}
# CHECK [ARGUMENT...]
frames() { tests/check-frames "$1" "$run" "${@:2}"; }
# CLAIM... -- CHECK [ARGUMENT...]: these are false, and no others
finds() {
	local claims=()
	while [ "$1" != -- ]; do
		claims+=("$1")
		shift
	done
	frames "${@:2}" >"$tmp/claims"
	[ $? = 1 ] && diff <(printf '%s\n' "${claims[@]}" | sort) <(sed -n 's/^not ok [0-9]* - //p' "$tmp/claims" | sort)
}
# CELL, as set_cell has it, and what finds() takes: so is it, and the files are as they were again
wrong() {
	local name=$1 column=$2 line=$3 value=$4 file=$5
	set_cell "$column" "$line" "$value" "$file"
	check "$name" finds "${@:6}"
	make_camera
}

make_camera
check "sums" frames sums
wrong "a nanosecond more in a stage" react_ns 4 +1 "$run.frames.csv" \
	'the stages of each of 10 frames add up to e2e_ns' -- sums
wrong "a nanosecond more in a cost" transport_ns 4 +1 "$run.frames.csv" 'its costs do' -- sums
wrong "a frame of which another one is ahead" start_ns 5 +99000000 "$run.frames.csv" 'those of each queue are in order' -- sums
sed -i '1s/transport_ns/lock_ns/' "$run.frames.csv"
set_run() { json_set "$1" "$run.run.json"; }
set_run 'd["path"]["costs"][3]["column"] = "lock_ns"'
check "a cost of a stage's name" finds 'no column has the name of another' \
	'the stages of each of 10 frames add up to e2e_ns' -- sums
make_camera
check "too much that is unattributed" finds 'less than 0.0001 % of the time is unattributed' -- sums --unattributed 0.0001

check "clock" frames clock "$log"
wrong "a row that is missing" seq 4 99 "$run.frames.csv" \
	"each of the log's 10 frames has its row, and one only" 'each of the 10 rows is of a frame of the log' -- clock "$log"
late='DQBUF returns, as traced, no later than by the client'\''s clock'
wrong "DQBUF that returns 6 us late" start_ns 5 +6001 "$run.frames.csv" "$late" -- clock "$log"
set_cell start_ns 5 +6001 "$run.frames.csv"
check "which is near enough, if it is to be" frames clock "$log" --within-us 1
make_camera
wrong "DQBUF that returns too early" enter_ns 5 +20000 "$log" 'nor before it is called' -- clock "$log"
wrong "done after it was dequeued" transfer_ns 5 +99000000 "$run.frames.csv" 'each frame is done before it is dequeued' -- clock "$log"
wrong "another buffer" cap_index 5 7 "$run.frames.csv" 'its buffer is the one of the log' -- clock "$log"

check "dwell" frames dwell "$log"
exactly='none ends before the client asked, or after it was answered'
wrong "a dwell a millisecond too long" wake_dwell_ns 5 +1000000 "$run.frames.csv" \
	'the dwell is max(0, asked_ns - done), less the runq, within 500 us' "$exactly" -- dwell "$log"
wrong "a dwell a little too short" wake_dwell_ns 5 14994999 "$run.frames.csv" "$exactly" -- dwell "$log"
set_cell wake_dwell_ns 5 14995000 "$run.frames.csv"
check "which may be, by what the reader waited for a CPU" frames dwell "$log"
make_camera
check "a dwell farther off than it may" finds 'the dwell is max(0, asked_ns - done), less the runq, within 2 us' -- dwell "$log" --within-us 2
check "half of them as they are to be" frames dwell "$log" --within-us 5 --median-us 0
for line in 2 4 5 7 8 10; do
	set_cell wake_dwell_ns $line +4000 "$run.frames.csv"
done
check "half of them too far off" finds 'half of them within 3 us' -- dwell "$log" --within-us 9 --median-us 3
set_cell wake_dwell_ns 5 +20000 "$run.frames.csv"
check "one of ten farther off than it may" finds \
	'all but a twentieth are max(0, asked_ns - done), less the runq, within 9 us' -- dwell "$log" --within-us 9 --median-us 5
make_camera
set_cell wake_dwell_ns 5 '' "$run.frames.csv"
check "a dwell that is unknown" finds 'no more than 0 % of them are unknown' -- dwell "$log"
check "which is less than a half of them" frames dwell "$log" --unknown 50
make_camera

check "no lock" finds 'there are frames that waited for the lock' -- lock "$log"
make_camera lock
check "lock" frames lock "$log"
set_cell lock_ns 4 6000000 "$run.frames.csv"
check "a wait for it that ends too early" finds \
	'the wait of 2 ends no more than 500 us before unlock_ns, and before leave_ns' -- lock "$log"
check "near enough, if it is to be" frames lock "$log" --within-us 1000
set_cell lock_ns 4 7020000 "$run.frames.csv"
check "one that ends behind DQBUF" finds \
	'the wait of 2 ends no more than 1000 us before unlock_ns, and before leave_ns' -- lock "$log" --within-us 1000
make_camera lock
set_cell queue_lock_ns 4 +730000 "$run.frames.csv"
check "a cost that is 4.99 % too much" frames lock "$log"
set_cell queue_lock_ns 4 +2000 "$run.frames.csv"
agree='that is within 5 % of it'
check "one that is 5.01 % too much" finds "$agree" -- lock "$log"
set_cell queue_lock_ns 4 6299000 "$run.frames.csv"
check "one that is 5.01 % too little" finds "$agree" -- lock "$log"
set_cell unlock_ns 4 1 "$log"
check "a log that does not say how long it was" frames lock "$log"
set_cell unlock_ns 8 1 "$log"
check "nor of the other one" finds 'the log says to 20 % how long half of them wait: 0' -- lock "$log"
make_camera lock
set_cell locked_ns 4 +10000 "$log" # behind enter_ns
set_cell pickup_ns 4 7000000 "$run.frames.csv"
check "who slept already waits for it in pickup" frames lock "$log"
set_cell pickup_ns 4 6000000 "$run.frames.csv"
check "and ends no earlier there" finds \
	'the wait of 2 ends no more than 500 us before unlock_ns, and before leave_ns' -- lock "$log"

# Two frames met bursts of 10 and 20 us; a third one was done when the burst was over.
make_hog() {
	awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i; print "begin_ns,end_ns,more_ns"; next}
		{done = $at["start_ns"] + $at["transfer_ns"]}
		NR == 3 {print done - 1000 "," done + 10000 ",0"} NR == 5 {print done - 5000000 "," done + 20000 ",0"}
		NR == 7 {print done - 5000000 "," done ",0"}' "$run.frames.csv" >"$tmp/hog.csv"
}
hogged() { set_cell jitter_ns 3 9500 "$run.frames.csv"; set_cell jitter_ns 5 24000 "$run.frames.csv"; make_hog; }
make_camera
hogged
of_bursts='jitter_ns of the former is within 5 % of the bursts, and 1 us each'
check "jitter" frames jitter "$tmp/hog.csv" --within-us 1
set_cell jitter_ns 5 +100 "$run.frames.csv"
check "jitter that no burst explains" finds "$of_bursts" -- jitter "$tmp/hog.csv" --within-us 1
set_cell more_ns 3 100 "$tmp/hog.csv"
check "what the hog took to go does" frames jitter "$tmp/hog.csv" --within-us 1
set_cell jitter_ns 5 18900 "$run.frames.csv"
check "a burst that is no jitter" finds "$of_bursts" -- jitter "$tmp/hog.csv" --within-us 1
make_camera
hogged
for line in 2 4 6 7 8; do
	set_cell jitter_ns $line +1000000 "$run.frames.csv"
done
check "jitter without a burst" finds 'half of the others have less than a ms' -- jitter "$tmp/hog.csv"
echo 'begin_ns,end_ns,more_ns' >"$tmp/hog.csv"
check "no burst" finds 'there are frames that met bursts, and others' -- jitter "$tmp/hog.csv"
make_camera

make_camera read
check "read(): clock" frames clock "$log"
check "read(): dwell" frames dwell "$log"
check "read(): there are no sequences" finds 'the log has frames with a sequence' -- drops "$log"
set_cell start_ns 5 +6001 "$run.frames.csv"
check "read(): one that returns late is none of the log" finds "each of the log's 10 frames has its row, and one only" \
	'each of the 10 rows is of a frame of the log' -- clock "$log"

make_camera
check "drops" frames drops "$log"
check "drops: as many of each cause" frames drops "$log" --expect held=2 --expect driver=1..3 --expect error=1..
check "drops: these, of each cause" frames drops "$log" --sequences held=8-9 --sequences driver=5 --sequences error=3
check "drops: more were expected" finds 'held: 3 to 3' 'and no other cause' -- drops "$log" --expect held=3 --expect error=1
check "drops: others were" finds 'held: the 2 that were to be' 'and no other cause' -- drops "$log" --sequences held=7,9 --expect driver=1
wrong "a drop that is not told" sequence 3 20 "$run.drops.csv" 'each of 3 that the log misses is a drop' -- drops "$log"
wrong "a drop that came" sequence 6 7 "$run.drops.csv" 'each drop is missing there, or has the error flag' -- drops "$log"
wrong "an error that is none" sequence 2 4 "$run.drops.csv" \
	'the 1 with that flag are drops by error, and no others that came are' -- drops "$log"
wrong "a drop that is told twice" sequence 6 8 "$run.drops.csv" 'each is there once' -- drops "$log"
wrong "a driver that another thread starved" holder_tid 4 78 "$run.drops.csv" "the log's thread ended what starved the driver" -- drops "$log"
wrong "a cause that is none" cause 3 magic "$run.drops.csv" 'each has a cause that is known' -- drops "$log"

check "drops: those that the camera says" frames drops "$log" --usbcam "driver=$tmp/camera.csv" --sequences held=8-9 --sequences error=3
wrong "another one than it says" fate 8 good "$tmp/camera.csv" 'driver: the 0 that were to be' \
	-- drops "$log" --usbcam "driver=$tmp/camera.csv" --sequences held=8-9 --sequences error=3

make_camera usb
usbcam() { make_camera usb; wrong "$@" -- usbcam "$tmp/camera.csv"; make_camera usb; }
check "usbcam" frames usbcam "$tmp/camera.csv"
usbcam "a frame that was not sent" seq 4 99 "$run.frames.csv" 'the camera sent each'
usbcam "a copy that is unknown" device_copy_ns 4 '' "$run.frames.csv" "its transfer is known, and the driver's copy"
set_cell device_copy_ns 4 '' "$run.frames.csv"
set_cell done_ns 4 +1000000000 "$run.buffers.csv"
check "one of a machine that stood still" frames usbcam "$tmp/camera.csv"
usbcam "a frame that begins too early" first_ns 4 +2000 "$tmp/camera.csv" 'it begins when the driver has its first packet, no earlier'
usbcam "a copy that begins too early" device_copy_ns 4 +5001 "$run.frames.csv" \
	'it is copied when its last packet is there, no earlier' 'which is a copy, not the device'
usbcam "none" device_copy_ns 4 0 "$run.frames.csv" 'for some time, within the transfer'
usbcam "one that is the device" copies_ns 4 0 "$run.frames.csv" 'which is a copy, not the device'
json_set 'd["devices"][0]["late"] = 0' "$run.run.json"
check "a late frame that is not told" finds '1 to 1 of 8 are told as late' -- usbcam "$tmp/camera.csv"
check "frames that begin late" finds 'half of them within 0 us' '1 to 1 of 8 are told as late' -- usbcam "$tmp/camera.csv" --within-us 0

make_camera
for file in "$run.frames.csv" "$log"; do
	tail -n +2 "$file" >"$tmp/again"
	cat "$tmp/again" >>"$file"
done
check "restarts: the sequence begins anew" frames clock "$log" --restarts
check "restarts: none was expected" finds "each of the log's 20 frames has its row, and one only" -- clock "$log"
sed -i '$d' "$run.frames.csv"
check "restarts: a row that is missing" finds "each of the log's 20 frames has its row, and one only" -- clock "$log" --restarts
make_camera

check "count" frames count 10
check "count: one too few" finds 'there are 11 rows, as many as were counted' -- count 11
check "a device among several" frames count 10 --device 81
check "another one" frames count 0 --device 82
finish
