#!/bin/bash
# SPDX-License-Identifier: MIT
# hostile.t - commands, clients and surroundings that vpipe-trace run did not choose
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

out=$tmp/run
mkdir -p "$tmp/full"
modprobe vpipe
vpipe=$(node vpipe)
client=$tmp/client
cat >"$client" <<CLIENT
#!/bin/sh
exec v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-to=/dev/null "\$@" >/dev/null 2>&1
CLIENT
chmod +x "$client"
no_client() { ! pgrep -x v4l2-ctl; }

end_seconds=30
slow_kernel && end_seconds=60

# -- a client that goes on when the command ends: nothing is misread while tracing stops
cat >"$tmp/leaves" <<LEAVES
#!/bin/sh
v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-to=/dev/null >/dev/null 2>$tmp/told &
until [ -s $tmp/told ]; do sleep 0.1; done
LEAVES
chmod +x "$tmp/leaves"
vpipe-trace run -q -o "$out" -- "$tmp/leaves" 2>"$tmp/err"
check "the command's end is the run's end: status 0" [ $? = 0 ]
check "what was left running is said, and ended" grep -q 'left running were ended' "$tmp/err"
check "it is" wait_for no_client
check "nothing is called cancelled or not dequeued" \
	[ "$(field "$out" not_recorded.cancelled) $(field "$out" not_recorded.not_dequeued)" = "0 0" ]
check "the files agree" agrees "$out" --no-source --shared --outlived

# -- two clients of one command, each with its own file
vpipe-trace run -q -o "$out" -- sh -c "$client --stream-count=29 & $client --stream-count=31; wait"
check "two clients at once: status 0" [ $? = 0 ]
check "two contexts" [ "$(cut -d, -f2 "$out.frames.csv" | sort -u | wc -l)" = 3 ]
check "29 and 31 frames" [ "$(rows "$out")" = 60 ]
check "the files agree" agrees "$out" --no-source --shared

# -- a shell in between, and a time limit
SECONDS=0
vpipe-trace run -q -D $start_seconds -o "$out" -- sh -c "$client --stream-count=100000; true"
check "--duration reaches a client behind a shell: status 0" [ $? = 0 ]
check "within seconds" [ $SECONDS -lt $end_seconds ]
check "no client is left" wait_for no_client
check "its frames are there" [ "$(rows "$out")" -gt 0 ]
vpipe-trace run -q -D $start_seconds -o "$out" -- sh -c "trap '' INT; $client --stream-count=100000" 2>/dev/null
check "--duration ends what ignores SIGINT" wait_for no_client

# -- more threads than there is room for, one after the other
vpipe-trace run -q -o "$out" -- sh -c "for i in \$(seq 300); do (:); done; $client --stream-count=5"
check "300 short processes, then a client: status 0" [ $? = 0 ]
check "its frames are there" [ "$(rows "$out")" = 5 ]
check "and each process has its row" [ "$(($(wc -l <"$out.sched.csv") - 1))" -gt 300 ]
check "the files agree" agrees "$out" --no-source --shared

# -- more of them at once: counted, and said
mkfifo "$tmp/never" # what waits for it needs no program of its own, whose start takes long
vpipe-trace run -q -o "$out" -- \
	sh -c "for i in \$(seq 300); do (read x) <>$tmp/never & done; $client --stream-count=5; pkill -P \$\$" 2>/dev/null
check "300 processes at once, and a client: status 3" [ $? = 3 ]
check "those without a place are counted" [ "$(field "$out" losses.no_thread)" -gt 40 ]
check "the frames are there" [ "$(rows "$out")" = 5 ]

# -- another PID namespace: ids are not what they seem
vpipe-trace run -q -o "$out" -- unshare -pf "$client" --stream-count=7
check "a client in a PID namespace: status 0" [ $? = 0 ]
check "its frames are there" [ "$(rows "$out")" = 7 ]
unshare -pf --mount-proc vpipe-trace run -q -o "$out" -- "$client" --stream-count=9
check "all of it in a PID namespace: status 0" [ $? = 0 ]
check "its frames are there" [ "$(rows "$out")" = 9 ]
unshare -pf --mount-proc sh -c "$client & vpipe-trace record -q -D $start_seconds -o $out; status=\$?; pkill v4l2-ctl; exit \$status"
check "a client that goes on in a PID namespace: status 0" [ $? = 0 ]
check "and has its name" grep -q '^[0-9]*,v4l2-ctl,client,' "$out.sched.csv"

# -- a thread that is not the first one calls exec
vpipe-trace run -q -o "$out" -- python3 -c "
import os, threading
threading.Thread(target=lambda: os.execvp('$client', ['client', '--stream-count=11'])).start()"
check "exec from another thread: status 0" [ $? = 0 ]
check "its frames are there" [ "$(rows "$out")" = 11 ]
check "each with its account" sh -c "! cut -d, -f21 $out.frames.csv | grep -qx ''"

# -- a stopped client: the time is charged, the sums hold
vpipe-trace run -q -o "$out" -f 60 -o "$out" &
tracer=$!
wait_for traced_frame
pkill -STOP -x vpipe-capture-m
sleep 1
pkill -CONT -x vpipe-capture-m
wait $tracer
check "a client that is stopped for a second: status 0" [ $? = 0 ]
check "the files agree" python tests/check-run "$out" 60 --shared

# -- the terminal is closed: everybody gets SIGHUP
setsid vpipe-trace run -q -f 100000 -o "$out" >/dev/null 2>&1 &
wait_for pgrep -x vpipe-trace
tracer=$(pgrep -x vpipe-trace)
wait_for traced_frame
kill -HUP -- "-$tracer"
wait_for sh -c "! pgrep -x vpipe-trace"
check "SIGHUP to all: the files agree" agrees "$out"

# -- no stderr, no stdout, no room
vpipe-trace run -q -f 3 -o "$out" 2>&-
check "without stderr: the CSV has rows only" [ "$(head -n 1 "$out.csv" | cut -d, -f1)" = frame ]
vpipe-trace run -f 3 -o "$out" >/dev/full 2>"$tmp/err"
check "a table that can't be printed: status 1" [ $? = 1 ]
check "it is said" grep -q 'cannot write to stdout' "$tmp/err"
mkdir "$tmp/taken.sched.csv"
check_fails "a folder where a file should go" 1 'Is a directory' vpipe-trace run -f 3 -o "$tmp/taken"
check "and no file of that run appears" [ "$(cd "$tmp" && echo taken.*)" = taken.sched.csv ]
(
	ulimit -f 8
	vpipe-trace run -q -f 100 -o "$out" 2>"$tmp/err"
)
check "a file size limit: status 1" [ $? = 1 ]
check "one clear message" [ "$(grep -c . "$tmp/err")" = 1 ]

# -- mistakes
check_fails "--frames with a command" 2 'do not go with a COMMAND|don.t go with a COMMAND' vpipe-trace run -f 7 -- true
check "-s vivid -d vpipe: the defaults by name" vpipe-trace run -q -f 5 -s vivid -d vpipe -o "$out"
ln -s "$vpipe" "$tmp/link"
check "-d by a symlink" vpipe-trace run -q -f 5 -d "$tmp/link" -o "$out"
check_fails "ended before the first frame" 1 'ended before the first frame' \
	vpipe-trace run -q -D 0.5 -o "$out" -- sleep 5
check "an odd name" vpipe-trace run -q -f 3 -o "$tmp/"$'caf\xe9 x'
check "is in run.json" grep -q 'caf' "$tmp/"$'caf\xe9 x.run.json'

# -- the module cannot go while it is traced
vpipe-trace run -q -f 100000 -o "$out" &
tracer=$!
wait_for traced_frame
check "rmmod is refused" sh -c '! rmmod vpipe 2>/dev/null'
kill -INT $tracer
wait $tracer
check "and does no harm: status 0" [ $? = 0 ]
check "modules: vpipe was there before" grep -q '^vpipe ' /proc/modules
modprobe -r vpipe
finish
