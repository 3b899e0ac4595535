#!/bin/bash
# SPDX-License-Identifier: MIT
# record.t - vpipe-trace record attaches to what runs, and doctor says what can be measured
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

out=$tmp/rec
programs() { bpftool prog list | grep -c 'name vpipe_'; }

modprobe -r vpipe # with it, the next one would record for ever
check_fails "record without the node" 1 'no video node vpipe' vpipe-trace record -o "$out"
modprobe vpipe
modprobe vivid n_devs=1 node_types=0x1
check "doctor: run can work here" vpipe-trace doctor
vpipe-trace doctor >"$tmp/doctor"
if has_pmu; then
	check "it says which hardware counters there are" grep -qE '^ok *hardware counters *cycles' "$tmp/doctor"
else
	check "it says why there are no hardware counters" grep -q '^without *hardware counters' "$tmp/doctor"
fi
check "doctor without privilege: status 1" \
	sh -c '! setpriv --reuid nobody --clear-groups --inh-caps=-all vpipe-trace doctor'
check_fails "record without privilege" 1 'run it as root' \
	setpriv --reuid nobody --clear-groups --inh-caps=-all vpipe-trace record -o "$out"
check_fails "record of nothing" 1 'no frame passed' vpipe-trace record -q -D 1 -o "$out"
check_fails "record of a process that is not there" 1 'there is no process 4194000' \
	vpipe-trace record -p 4194000 -o "$out"

vpipe=$(node vpipe)
vpipe-capture-m2m -q -f 100000 -o "$tmp/one.csv" &
one=$!
v4l2-ctl -d "$vpipe" --silent --stream-mmap --stream-out-mmap --stream-to=/dev/null >/dev/null 2>&1 &
two=$!
streaming $one 20
streaming $two 20
check "record -D 2: status 0" vpipe-trace record -q -D 2 -o "$out"
check "two clients, two contexts" [ "$(cut -d, -f2 "$out.frames.csv" | sort -u | wc -l)" = 3 ]
two_threads() { cat "$out.sched.csv" && [ "$(grep -c ',client,' "$out.sched.csv")" = 2 ]; }
check "both threads have a row" two_threads
check "record -p: status 0" vpipe-trace record -q -D 2 -p $one -o "$out"
check "one client, one context" [ "$(cut -d, -f2 "$out.frames.csv" | sort -u | wc -l)" = 2 ]
check "about 60 frames" [ "$(rows "$out")" -gt 30 ]
check "the files agree" agrees "$out" --recorded --shared
kill -KILL $two
wait $two 2>/dev/null
vpipe-trace record -q -o "$out" &
tracer=$!
wait_for traced_frame
kill -INT $tracer
wait $tracer
check "Ctrl-C ends it: status 0" [ $? = 0 ]
check "the files agree" agrees "$out" --recorded --shared
check "no program is left" [ "$(programs)" = 0 ]
check "the client did not notice" kill -0 $one
kill -INT $one
wait $one
cut -d, -f11 "$tmp/one.csv" | tail -n +2 >"$tmp/sequence"
check "and has no gap in what went through vpipe" \
	sh -c "seq 0 \$((\$(wc -l <$tmp/sequence) - 1)) | cmp - $tmp/sequence"
modprobe -r vivid vpipe
finish
