#!/bin/bash
# SPDX-License-Identifier: MIT
# timeline.t - check-timeline: what agrees with a run's other files and with ftrace it takes, what is wrong it finds
. "$(dirname "$0")/../lib.sh"

run=$tmp/run trace=$tmp/trace

# Twenty naps of a thread, 33 ms apart: it is woken by an interrupt, another thread or the idle task, runs, has its
# CPU taken once, is moved once while it waits, and sleeps. Its frames are in its hands all the time.
make_run() {
	python3 - "$tmp" <<-'END'
		import csv, json, sys
		folder, tid = sys.argv[1], 77
		rows, frames, trace, sums = [], [], [], {"oncpu": 0, "runq": 0, "blocked": 0}
		now = 10**9
		def span(state, ns, cpu, by="", preempted="", comm=""):
		    global now
		    rows.append((tid, state, now, now + ns, cpu, by, preempted, comm))
		    sums[state] += ns
		    now += ns
		def line(task, pid, cpu, flags, event, more=0):
		    trace.append(f"{task:>16}-{pid:<7} [{cpu:03}] {flags} {(now + more) // 10**9:5}.{(now + more) % 10**9 // 1000:06}: {event}")
		def comes(cpu, prev="swapper/0", pid=0):
		    line(prev, pid, cpu, "d..2.", f"sched_switch: prev_comm={prev} prev_pid={pid} prev_prio=120 prev_state=R ==> next_comm=a b next_pid={tid} next_prio=120")
		def leaves(cpu, state, after="swapper/0", pid=0):
		    line("a b", tid, cpu, "d..2.", f"sched_switch: prev_comm=a b prev_pid={tid} prev_prio=120 prev_state={state} ==> next_comm={after} next_pid={pid} next_prio=120")
		comes(0)
		for n in range(20):
		    begin, cpu = now, int(n == 4)
		    span("oncpu", 400_000 if cpu else 800_000, 0)
		    if cpu:
		        leaves(0, "R", "hog; x", 99)
		        span("runq", 3_000_000, 0, 99, 1, "hog; x")
		        line("x", 5, 1, "d..4.", f"sched_migrate_task: comm=a b pid={tid} prio=120 orig_cpu=0 dest_cpu=1")
		        span("runq", 500_000, 1, 99, 1, "hog; x")
		        comes(1, "x", 5)
		        span("oncpu", 100_000, 1)
		    pickup = (tid, cpu) if n != 3 else ("", "")
		    frames.append((n, begin, 400_000, now - begin - 400_000, tid, 0, *pickup, now - begin))
		    leaves(cpu, "S")
		    span("blocked", 33_000_000, cpu)
		    task, pid, flags, by, comm = (("gst", 88, "d..2.", 88, "gst"), ("gst", 88, "d.h2.", "interrupt", ""), ("<idle>", 0, "d.h2.", "idle", ""))[n % 3]
		    line(task, pid, 1, flags, f"sched_waking: comm=a b pid={tid} prio=120 target_cpu=000", -3000)
		    line("<idle>", 0, 0, "dNh4.", f"sched_wakeup: comm=a b pid={tid} prio=120 target_cpu=000")
		    span("runq", 20_000, 0, by, 0, comm)
		    comes(0)
		span("oncpu", 60_000_000, 0)
		def write(name, head, its):
		    with open(f"{folder}/{name}", "w", newline="") as file:
		        csv.writer(file, lineterminator="\n").writerows([head.split(","), *its])
		write("run.timeline.csv", "tid,state,start_ns,end_ns,cpu,by,preempted,by_comm", rows)
		write("run.sched.csv", "tid,comm,oncpu_ns,runq_ns,blocked_ns", [(tid, "a b", *sums.values())])
		write("run.frames.csv", "frame,start_ns,wake_ns,pickup_ns,wake_tid,wake_cpu,pickup_tid,pickup_cpu,e2e_ns", frames)
		path = {"name": "toy", "stages": [{"column": "wake_ns"}, {"column": "pickup_ns"}]}
		json.dump({"format": 2, "path": path, "end_ns": now, "losses": {"spans": 0}}, open(folder + "/run.run.json", "w"))
		open(folder + "/trace", "w").write("# tracer: nop\n#\n" + "\n".join(trace) + "\n")
	END
}
# CHECK [ARGUMENT...]
timeline() { tests/check-timeline "$1" "$run" "${@:2}"; }
# CLAIM FILE SCRIPT CHECK [ARGUMENT...]: sed changes the file, and the check finds it by that claim
finds() {
	local claim=$1 file=$2 script=$3
	shift 3
	make_run
	cp "$tmp/$file" "$tmp/before"
	sed -i "$script" "$tmp/$file"
	if cmp -s "$tmp/before" "$tmp/$file"; then
		not_ok "$script changes nothing in $file"
	elif timeline "$@" >"$tmp/claims" 2>&1 || ! grep -q "^not ok [0-9]* - .*$claim" "$tmp/claims"; then
		not_ok "$file: $script: it is found"
		diag "$tmp/claims"
	else
		ok "$file: $script: it is found"
	fi
}

make_run
check "sums" timeline sums
check "carriers" timeline carriers --stages wake,pickup
check "ftrace" timeline ftrace "$trace" --within-us 5 --median-us 2 --events 20
check "what is not lost is not called so" sh -c "! tests/check-timeline lost $run"

gap='follow each other' account='add up' rows='what rows can be' event='each event'
finds "$gap" run.timeline.csv 9d sums
finds "$account" run.timeline.csv '9s/blocked/runq/' sums
finds "$account" run.sched.csv '2s/,[0-9]*$/,1/' sums
finds "$rows" run.timeline.csv '2s/,0,,,$/,,,,/' sums
finds "$rows" run.timeline.csv '2s/,0,,,$/,0,88,0,/' sums
finds 'where it says' run.frames.csv '4s/,77,0,77,0,/,77,0,77,1,/' carriers
finds 'where it says' run.frames.csv '4s/,77,0,77,0,/,77,0,79,0,/' carriers
finds 'that is known of' run.frames.csv 's/,77,\([01]\),\([0-9]*\)$/,,,\2/' carriers --stages wake,pickup
finds "$event" run.timeline.csv '8s/,0,/,1,/' ftrace "$trace"
finds "$event" run.timeline.csv 's/,88,0,gst/,89,0,gst/' ftrace "$trace"
finds "$event" run.timeline.csv 's/,88,0,gst/,88,0,gstreamer/' ftrace "$trace"
finds "$event" run.timeline.csv 's/interrupt/idle/' ftrace "$trace"
finds "$event" run.timeline.csv 's/,99,1,hog/,98,1,hog/' ftrace "$trace"
finds "$event" trace '/sched_wakeup/{0~5d}' ftrace "$trace"
finds "$event" trace '/dest_cpu/d' ftrace "$trace"
finds "$event" trace '10s/1\.0/1.3/' ftrace "$trace"
finds 'none is missing' trace '30,999d' ftrace "$trace"
finds 'some of each' trace '/sched_wakeup/!d' ftrace "$trace"
finds 'us apart' trace 's/0: sched/9: sched/' ftrace "$trace" --median-us 2
finish
