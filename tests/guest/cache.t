#!/bin/bash
# SPDX-License-Identifier: MIT
# cache.t - caches flushed before a job: it is done, and told, and changes nothing else; in
# the guest, as root
#
# Software emulation has no caches: what is seen here is that the memory of a frame is gone
# through, when, and of which frames. What it costs on a processor, `make bench` measures.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

build=${BUILD:-build}
tracefs=/sys/kernel/tracing
flushless=$build/tests/bench/flushless/$(uname -r)/vpipe.ko
heap=/dev/dma_heap/system
[ -e $heap ] || heap=/dev/udmabuf
image=$build/tests/fixtures/noise.pgm
bytes=$((640 * 480))

fixed() { LD_PRELOAD=$PWD/$build/tests/fixed-node.so "$@"; }

# -- the events: v4l2-ctl with the control at $1 streams 5 frames
stream() {
	local event
	echo mono >$tracefs/trace_clock
	echo >$tracefs/trace
	for event in flush run job; do echo 1 >$tracefs/events/vpipe/vpipe_$event/enable; done
	v4l2-ctl -d "$vpipe" -c cache="$1" --stream-mmap --stream-out-mmap --stream-count=5 >/dev/null 2>&1
	for event in flush run job; do echo 0 >$tracefs/events/vpipe/vpipe_$event/enable; done
	grep -o '[0-9.]*: vpipe_.*' $tracefs/trace >"$tmp/trace"
}
# each job follows a flush of so many bytes of its buffers, which is over when the job begins
jobs_follow_flushes() { # BYTES
	awk -v bytes="$1" '
		function value(name) { match($0, name "=[0-9]+"); return substr($0, RSTART + length(name) + 1, RLENGTH - length(name) - 1) + 0 }
		/vpipe_flush:/ {
			if (value("bytes") != bytes) bad = "bytes"
			over = substr($1, 1, length($1) - 1) * 1e9; began = value("began_ns")
			who = value("ctx") " " value("out_index") " " value("cap_index"); flushes++
		}
		/vpipe_run:/ && who != value("ctx") " " value("out_index") " " value("cap_index") { bad = "another job" }
		# a trace shows microseconds
		/vpipe_job:/ { if (began > over + 1000 || value("run_ns") < over - 1000) bad = "times"; who = ""; jobs++ }
		bad { print bad; print; failed = 1; bad = "" }
		END { exit failed || jobs < 5 || flushes != jobs }' "$tmp/trace" || { head -n 20 "$tmp/trace"; return 1; }
}
load_node vpipe vpipe
vpipe=$(node vpipe)
stream 0
check "as-is: jobs, and nothing is flushed" sh -c "grep -q vpipe_job $tmp/trace && ! grep -q vpipe_flush $tmp/trace"
stream 1
check "source: a frame is flushed before each job, and not in its time" jobs_follow_flushes $bytes
stream 2
check "both: two are" jobs_follow_flushes $((2 * bytes))
check "the control is called cache, its items as in --cache" \
	[ "$(v4l2-ctl -d "$vpipe" --list-ctrls-menus | sed -n '/ cache /,/ source_v4l2_sequence_bit_31/s/^[[:space:]]*\([0-9]\): /\1 /p' | paste -sd,)" = "0 as-is,1 source,2 both" ]

# -- the tools
# flags of the metadata rows of a bench-fixture with OPTION..., whose result must be the reference's
flags() { # OPTION...
	local drain
	rm -f "$tmp/ready" "$tmp/meta.csv"
	mkfifo "$tmp/ready"
	vpipe-meta-drain -q -f 5 -o "$tmp/meta.csv" --ready-fd 3 3>"$tmp/ready" &
	drain=$!
	read -r <"$tmp/ready"
	"$@" -q -f 5 --heap $heap --fixture "$image" -o "$tmp/out.csv" --output "$tmp/out.pgm" 2>"$tmp/said" || kill $drain
	wait $drain
	cmp -s "$tmp/out.pgm" "$tmp/reference.pgm" || echo differs
	sed 1d "$tmp/meta.csv" | sed 's/.*,//' | sort -u | paste -sd ' '
}
vpipe-cv-ref -q "$image" "$tmp/reference.pgm"
for want in 'as-is 0' 'source 8' 'both 24'; do
	got=$(flags vpipe-bench-fixture --cache "${want% *}")
	check "bench-fixture --cache ${want% *}: rows have the flags ${want#* }, the image is right" [ "$got" = "${want#* }" ]
	check "not a word is said" [ ! -s "$tmp/said" ]
done
check_fails "--cache hot" 2 "^error: --cache must be as-is or source or both, not 'hot'" vpipe-bench-fixture --cache hot
check "a module with the fixed controls only: nothing is flushed" [ "$(flags fixed vpipe-bench-fixture --cache both)" = 0 ]
check "that it is not is said once" sh -c \
	"[ \$(wc -l <$tmp/said) = 1 ] && grep -q '^warning: the driver of $vpipe cannot flush caches (no control 0x00981911): they are left as they are; load the' $tmp/said"
modprobe -r vpipe

# -- a run
check_run() { check "$1: 31 frames, the files agree" python tests/check-run "$2" 31; }
check "vpipe-trace run" vpipe-trace run -q -f 31 -o "$tmp/warm"
check_run "as it is" "$tmp/warm"
check "run.json: as-is" [ "$(field "$tmp/warm" options.cache)" = '"as-is"' ]
vpipe-trace run -f 31 --cache both -o "$tmp/cold" >"$tmp/table"
check "vpipe-trace run --cache both" [ $? = 0 ]
check_run "flushed" "$tmp/cold"
check "run.json: both" [ "$(field "$tmp/cold" options.cache)" = '"both"' ]
says="caches flushed before each job"
check "the table says so, and where the flush is" grep -q "$says: both (the flush is in queue)" "$tmp/table"
check "so does report" sh -c "vpipe-trace report $tmp/cold | grep -q '$says: both (the flush is in queue)'"
check "it does not where it is not so" sh -c "! vpipe-trace report $tmp/warm | grep -q '$says'"
check "diff shows it as a difference" sh -c "vpipe-trace diff $tmp/warm $tmp/cold | grep -qx 'not the same options cache: \"as-is\" and \"both\"'"
check "and where the flush is" sh -c "vpipe-trace diff $tmp/warm $tmp/cold | grep -qx '$says: the flush itself is in queue'"
check_fails "--cache goes with no COMMAND" 2 'the options of the pipeline .*--cache.* go with a COMMAND' vpipe-trace run --cache both -- true
check_fails "a module with the fixed controls only: no run that was not flushed" 1 \
	'^error: --cache: the driver of .* cannot flush caches \(no control 0x00981911\); load the vpipe module' \
	fixed vpipe-trace run --cache source -o "$tmp/none"
check "and no file of it" [ -z "$(find "$tmp" -name 'none*')" ]
modprobe -r vivid vpipe 2>/dev/null

# -- a driver that knows no way to flush
if [ "$(modinfo -F vermagic "$flushless" 2>/dev/null | cut -d' ' -f1)" = "$(uname -r)" ]; then
	modprobe -a videobuf2-v4l2 videobuf2-vmalloc v4l2-mem2mem 2>/dev/null
	insmod "$flushless" && wait_for node vpipe
	vpipe=$(node vpipe)
	check "no way to flush: the control has one item" \
		sh -c "v4l2-ctl -d $vpipe --list-ctrls-menus | grep -A1 ' cache ' | grep -q '0: as-is' && ! v4l2-ctl -d $vpipe --list-ctrls-menus | grep -qE '^[[:space:]]+[12]: (source|both)'"
	for value in 1 2; do
		v4l2-ctl -d "$vpipe" -c cache=$value >"$tmp/said" 2>&1
		check "it does not take $value: EINVAL" grep -q 'Invalid argument' "$tmp/said"
	done
	check "it takes 0" v4l2-ctl -d "$vpipe" -c cache=0
	check "bench-fixture goes on, nothing is flushed" [ "$(flags vpipe-bench-fixture --cache both)" = 0 ]
	check "that it is not is said once" sh -c \
		"[ \$(wc -l <$tmp/said) = 1 ] && grep -qx 'warning: the driver of $vpipe cannot flush caches (it knows no way on this machine): they are left as they are' $tmp/said"
	check_fails "run does not" 1 '^error: --cache: the driver of .* cannot flush caches \(it knows no way on this machine\)$' \
		vpipe-trace run --cache both -o "$tmp/none"
	rmmod vpipe
else
	skip "a driver that knows no way to flush" "$flushless is not built for this kernel: make guest-modules"
fi
modprobe -r vivid 2>/dev/null
finish
