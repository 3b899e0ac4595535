#!/bin/bash
# SPDX-License-Identifier: MIT
# owners.t - whose frames are traced: files that came by other ways than open(), ids of a PID
# namespace, threads, children; and what is said of the frames of others
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/tracer.sh"
need_vpipe

run=$tmp/run
relay=$PWD/tests/guest/relay.py
load_node vpipe vpipe
load_node vivid 'vivid-*' n_devs=1 node_types=0x1
vpipe=$(node vpipe)
v4l2-ctl -d "$(node 'vivid-*')" --set-fmt-video=width=640,height=480,pixelformat=GREY --set-parm=30 >/dev/null
begin_pump() { # $! is it
	rm -f "$tmp/pumped"
	v4l2-ctl -d "$vpipe" --stream-mmap --stream-out-mmap --stream-to=/dev/null >/dev/null 2>"$tmp/pumped" &
	wait_for has_bytes 1 "$tmp/pumped"
}
others() { field "$run" beside.others; }

# --- files that the traced command did not open
exec 7<>"$vpipe"
vpipe-trace run -q -o "$run" -- "$relay" vivid 15 --fd 7
check "a file that the command inherits: status 0" [ $? = 0 ]
check "each of its frames has a row" [ "$(rows "$run")" = 15 ]
check "the files agree" agrees "$run" --foreign
exec 7>&-
# a portal: it opens the node, and hands it to who asks by a socket
python3 - "$vpipe" "$tmp/portal" <<-'END' &
	import os, socket, sys
	with socket.socket(socket.AF_UNIX) as server:
	    server.bind(sys.argv[2])
	    server.listen()
	    peer, _ = server.accept()
	    socket.send_fds(peer, [b"x"], [os.open(sys.argv[1], os.O_RDWR)])
	    peer.recv(1)
END
wait_for test -S "$tmp/portal"
vpipe-trace run -q -o "$run" -- "$relay" vivid 17 --socket "$tmp/portal"
check "a file that comes over a socket: status 0" [ $? = 0 ]
check "each of its frames has a row" [ "$(rows "$run")" = 17 ]

# --- what others do
begin_pump
stranger=$!
vpipe-trace run -q -s none -o "$run" -- sh -c "v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-to=/dev/null --stream-count=13 >/dev/null 2>&1"
check "another client beside the command: status 0" [ $? = 0 ]
check "the command's frames have rows" [ "$(rows "$run")" = 13 ]
check "those of the other are counted ($(others))" [ "$(others)" -gt 10 ]
shown() { vpipe-trace report "$run" | grep -qE "^ +$(others) frames passed that no traced thread queued"; }
check "and shown" shown
check_fails "a command without frames, beside it: that is said" 1 \
	'no frame of sleep passed .*, but [0-9]+ that others queued' vpipe-trace run -q -o "$tmp/no" -- sleep 1
sleep 60 &
idle=$!
check_fails "record -p of a process without frames: likewise" 1 \
	"no frame of process $idle passed .*, but [0-9]+ that others queued" \
	vpipe-trace record -q -D 1 -p $idle -o "$tmp/no"
kill $idle
kill -KILL $stranger
wait $stranger 2>/dev/null
check_fails "nobody has frames: another sentence" 1 'no frame passed' vpipe-trace record -q -D 1 -o "$tmp/no"

# --- record -p: a process, its threads, its children, by ids of this namespace
begin_pump
client=$!
check "record -p: status 0" vpipe-trace record -q -D 1 -p $client -o "$run"
kill -KILL $client
wait $client 2>/dev/null
sh -c "v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-to=/dev/null >/dev/null 2>&1; true" &
parent=$!
wait_for pgrep -P $parent v4l2-ctl
check "record -p PARENT has what its child queues" vpipe-trace record -q -D 1 -p $parent -o "$run"
check "and knows the child's thread" grep -q ',v4l2-ctl,client,' "$run.sched.csv"
pkill -KILL -P $parent
wait $parent 2>/dev/null
mkfifo "$tmp/go"
sh -c "read -r _ <$tmp/go; v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-to=/dev/null --stream-count=11 >/dev/null 2>&1; true" &
parent=$!
record_begin -p $parent
echo >"$tmp/go"
wait $parent
record_end
check "and of a child that it starts meanwhile: all" [ "$(rows "$run")" = 11 ]
# a client with a second thread, which does nothing
python3 -c 'import threading, time, os, sys
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
os.chdir("'"$PWD"'"); sys.argv = ["relay.py", "vivid", "100000", "--say", "'"$tmp/second"'"]
exec(open("tests/guest/relay.py").read())' >/dev/null 2>&1 &
client=$!
thread_of() { find /proc/$client/task -mindepth 1 -maxdepth 1 -printf "%f\n" | grep -vx $client; }
wait_for [ -s "$tmp/second.1" ]
check "record -p of a thread has its process's frames" vpipe-trace record -q -D 1 -p "$(thread_of | head -1)" -o "$run"
kill -KILL $client
wait $client 2>/dev/null
# its own PID namespace: ids are others there than the kernel's
in_container() {
	unshare --pid --fork --mount-proc sh -c "
		v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-to=/dev/null >/dev/null 2>$tmp/contained &
		client=\$!
		until [ -s $tmp/contained ]; do sleep 0.1; done
		[ \$client -lt 100 ] || exit 9
		vpipe-trace record -q -D 1 -p \$client -o $run
		status=\$?
		kill -KILL \$client
		exit \$status"
}
check "record -p in a container takes the container's id: status 0" in_container
check "it has its frames" [ "$(rows "$run")" -gt 5 ]
check_fails "an id that only the kernel has is none there" 1 'no process .* of this PID namespace' \
	unshare --pid --fork --mount-proc vpipe-trace record -q -D 1 -p $$ -o "$tmp/no"

# --- frames that were queued before tracing began
python3 - <<-END &
	import os, sys, time
	sys.path.insert(0, "tests/guest"); sys.argv = ["relay.py", "none", "0"]
	source = open("tests/guest/relay.py").read().replace("\nmain()\n", "\n")
	exec(source)
	fd = os.open("$vpipe", os.O_RDWR)
	out, cap = Queue(fd, OUTPUT), Queue(fd, CAPTURE)
	for i in range(3): out.queue(i, used=out.bytes)
	out.start(); cap.start()
	open("$tmp/queued", "w").close()
	time.sleep($start_seconds + 2)
	for i in range(3): cap.queue(i)
	for i in range(3): cap.dequeue()
	time.sleep(1)
END
wait_for test -e "$tmp/queued"
check_fails "only frames from before: that is said" 1 'all 3 frames that passed were queued before' \
	vpipe-trace record -q -D $((start_seconds + 3)) -o "$tmp/no"
wait

# --- many files whose ids meet: none is left out
check "no place is wasted on files without frames" sh -c \
	"vpipe-trace run -q -s none -o $run -- python3 -c \"
import os, subprocess
files = [os.open('$vpipe', os.O_RDWR) for _ in range(300)]
subprocess.run(['v4l2-ctl', '-d', '$vpipe', '--stream-mmap', '--stream-out-mmap', '--stream-to=/dev/null', '--stream-count=7'],
               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\""
modprobe -r vivid vpipe
finish
