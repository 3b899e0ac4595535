#!/bin/bash
# SPDX-License-Identifier: MIT
# run.t - vpipe-trace run from end to end, against witnesses that are not ours
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

events=/sys/kernel/tracing/events/vpipe
out=$tmp/run

programs() { bpftool prog list | grep -c 'name vpipe_'; }

# frames.csv and the others hold together, as tests of their own: one line each
check_files() { check "$1" python tests/check-run "${@:2}"; }

# -- the plain command: loads everything, unloads it again
load_checksums
before=$(modules)
check "vpipe-trace run" vpipe-trace run -o "$out" -f 101
check "it leaves just the modules that were loaded" diff <(echo "$before") <(modules)
check "it leaves no program" [ "$(programs)" = 0 ]
check "it writes its files and nothing else" \
	[ "$(cd "$tmp" && echo run.*)" = "run.causes.csv run.counters.csv run.csv run.frames.csv run.hist.csv run.meta.csv run.run.json run.sched.csv run.summary.csv" ]
check_files "101 frames by DMABUF: the files agree with each other" "$out" 101

check "it says who woke the client: the thread of the source, most of the times" \
	grep -q ',client,.*,vivid-000-vid-c/[0-9]* [0-9]' "$out.sched.csv"
most=50
slow_kernel && most=0 # a frame is there when the client asks for it
check "frame by frame, too" \
	[ "$(awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "source_waker") c = i} NR > 1 && $c ~ /^[0-9]+$/' "$out.frames.csv" | wc -l)" -gt $most ]

# -- mmap transport, another algorithm and size
check "vpipe-trace run -t mmap -a none --size 320x180" \
	vpipe-trace run -o "$tmp/mmap" -f 31 -t mmap -a none --size 320x180
check_files "31 frames by MMAP: the files agree with each other" "$tmp/mmap" 31
copies_known() { # FILE
	awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "copy_ns") c = i} NR > 1 && $c == "" {exit 1}' "$1"
}
check "the copy in the application is in run.csv" copies_known "$tmp/mmap.csv"

# -- while it runs: bpftool sees programs and typed histograms; ftrace counts the same events
modprobe vpipe
for event in vpipe_run vpipe_copy_done vpipe_cv_done vpipe_crc_done vpipe_meta_write; do
	echo 'hist:keys=ctx' >$events/$event/trigger
done
for event in vpipe_qbuf vpipe_queued vpipe_buf_done vpipe_dqbuf vpipe_dqbuf_ret; do
	echo 'hist:keys=queue' >$events/$event/trigger
done
cat >"$tmp/traced" <<TRACED
vpipe-trace run -o "$out" -f 97 >"$tmp/table" 2>"$tmp/stderr"
echo \$? >"$tmp/status"
TRACED
trace-cmd record -q -C mono -e vpipe -b 20000 -o "$tmp/trace.dat" sh "$tmp/traced" >/dev/null 2>&1
check "the run beside ftrace and trace-cmd ends good" [ "$(cat "$tmp/status")" = 0 ]
check "no program is left" [ "$(programs)" = 0 ]
trace-cmd report -t -i "$tmp/trace.dat" >"$tmp/trace.txt" 2>/dev/null
check_files "97 frames: the files agree, and trace-cmd measured the same" "$out" 97 --ftrace "$tmp/trace.txt"
hits() { awk '/Hits:/ {print $2}' "$events/$1/hist"; }
hits_of() { # EVENT QUEUE
	sed -nE "s/.*queue: *$2 .*hitcount: *([0-9]+).*/\1/p" "$events/$1/hist"
}
for event in vpipe_run vpipe_copy_done vpipe_cv_done vpipe_crc_done vpipe_meta_write; do
	check "ftrace's hist trigger counted 97 $event" [ "$(hits $event)" = 97 ]
done
for event in vpipe_qbuf vpipe_queued vpipe_buf_done vpipe_dqbuf_ret; do
	check "ftrace's hist trigger counted 97 $event of OUTPUT" [ "$(hits_of $event 2)" = 97 ]
done
check "ftrace's hist trigger counted 97 vpipe_dqbuf_ret of CAPTURE" [ "$(hits_of vpipe_dqbuf_ret 1)" = 97 ]
for event in "$events"/vpipe_*/trigger; do
	echo '!hist:keys=ctx' >"$event" 2>/dev/null
	echo '!hist:keys=queue' >"$event" 2>/dev/null
done

# -- the table a person reads
check "the table has every stage" \
	sh -c "for s in source handoff submit queue copy cv crc publish complete pickup e2e runq; do grep -q \"^\$s \" $tmp/table || exit 1; done"
check "it says that nothing was lost" grep -q '^losses *none' "$tmp/table"
# 6.1's vivid has 25 frames a second of that size, not 30, which is said
nothing_said() { ! grep -v '^warning: /dev/video[0-9]* runs at 25\.000 frames a second' "$tmp/stderr"; }
check "no status line when piped" nothing_said
TERM=xterm script -qec "stty cols 100; vpipe-trace run -o $tmp/tty -f 60 >/dev/null" "$tmp/typescript" >/dev/null 2>&1 </dev/null
check "a status line on a terminal" grep -q 'frames .* fps .* p50 .* p99 .* lost 0' "$tmp/typescript"

TERM=dumb script -qec "vpipe-trace run -o $tmp/tty -f 60 >/dev/null" "$tmp/typescript" >/dev/null 2>&1 </dev/null
check "none on a dumb one" sh -c "! grep -q 'frames .* fps' $tmp/typescript"

# -- a command that knows nothing of vpipe-trace
check "vpipe-trace run -- v4l2-ctl" vpipe-trace run -q -o "$tmp/ctl" -- \
	v4l2-ctl -d "$(node vpipe)" \
	--stream-mmap --stream-out-mmap --stream-count=41 --stream-to=/dev/null
check "its frames have no source; their rows add up" \
	agrees "$tmp/ctl" --no-source
check "at least 41 of them" [ "$(rows "$tmp/ctl")" -ge 41 ]

modprobe -r vpipe

# -- two runs at once: each has its own command's frames; the first one has loaded the module, and
# goes on until the second is over
vpipe-trace run -q -o "$tmp/one" -f 100000 2>"$tmp/one.err" &
tracer=$!
wait_for traced_frame
check "bpftool prog list shows the programs while it runs" [ "$(programs)" -ge 15 ]
check "bpftool map dump shows the histograms with their types" \
	sh -c 'bpftool map dump name hists | grep -q "\"buckets\": \["'
vpipe=$(node vpipe)
check "a second run beside the first" vpipe-trace run -q -o "$tmp/two" -- \
	v4l2-ctl -d "$vpipe" --stream-mmap --stream-out-mmap --stream-count=23 --stream-to=/dev/null
kill -INT $tracer
wait $tracer
check "the first one is good" [ $? = 0 ]
check "its frames are its own" agrees "$tmp/one" --shared
check "and so are those of the second" [ "$(cut -d, -f2 "$tmp/two.frames.csv" | sort -u | wc -l)" = 2 ]

# -- a module without BTF can be traced, too
objcopy -R .BTF "$(modinfo -n vpipe)" "$tmp/vpipe.ko"
modprobe -a v4l2-mem2mem videobuf2-vmalloc
insmod "$tmp/vpipe.ko"
check "this module has no BTF" [ ! -e /sys/kernel/btf/vpipe ]
check "a module without BTF is traced" vpipe-trace run -q -f 13 -o "$tmp/nobtf"
check_files "13 frames: the files agree with each other" "$tmp/nobtf" 13
rmmod vpipe
finish
