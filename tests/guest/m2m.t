#!/bin/bash
# SPDX-License-Identifier: MIT
# m2m.t - record of mem2mem nodes of other drivers: jobs, what they wait for, and a client's clock
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
[ -e "$(device_file vim2m)" ] || { echo '1..0 # SKIP the test drivers are not built for this kernel (make test-devices)'; exit 0; }
need_speed

client=${BUILD:-build}/tests/guest-m2m
run=$tmp/run log=$tmp/log.csv size=width=640,height=480

# NODE COMMAND...: it is recorded while that uses it
recording() { grep -q '^note: recording' "$tmp/said"; }
recorded() {
	local node=$1 tracer
	shift
	rm -f "$run".* "$log"
	vpipe-trace record -d "$node" -D 120 -o "$run" >"$tmp/said" 2>&1 &
	tracer=$!
	wait_for recording
	"$@" >"$tmp/client" 2>&1 || { kill $tracer; cat "$tmp/client"; return 1; }
	kill -INT $tracer
	wait $tracer || { cat "$tmp/said"; return 1; }
}
# NAME NODE OPTION...: of guest-m2m
traced() {
	local name=$1 node=$2
	shift 2
	check "$name: it is recorded" recorded "$node" timeout 60 "$client" --device "$node" --csv "$log" "$@"
	check "$name: the sums" python tests/check-frames sums "$run"
	check "$name: the client's clock" python tests/check-frames clock "$run" "$log"
	check "$name: the dwell" python tests/check-frames dwell "$run" "$log" --within-us 5000 --median-us 500
	check "$name: the report reads it" vpipe-trace report "$run"
}
# EXPRESSION [SHARE]: of every row but those whose job is not known, or of so many; columns are names, times
# in ms
each_row() {
	python - "$run.frames.csv" "$1" "${2:-1}" <<-'E'
		import csv, sys
		rows = [{k: int(v) for k, v in row.items() if v.isdigit()} for row in csv.DictReader(open(sys.argv[1]))]
		rows = [{k: v / 1e6 if k.endswith("_ns") else v for k, v in row.items()} for row in rows if "queue_ns" in row]
		bad = [row for row in rows if not eval(sys.argv[2], {"rows": rows}, row)]
		print(f"# {len(rows)} rows, {len(bad)} are not so", *bad[:3], sep="\n# ")
		sys.exit(not rows or len(bad) > (1 - float(sys.argv[3])) * len(rows))
	E
}
most_rows() { each_row "$1" 0.75; } # where a busy machine stands still now and then
frames_are() { [ "$(rows "$run")" = "$1" ]; }

load_device vim2m && wait_for node vim2m
vim2m=$(node vim2m)
traced "vim2m, one frame at a time" "$vim2m" --frames 40 --job-ms 40
check "a row a frame" frames_are 40
# by jiffies: where a busy machine owes its kernel some ticks when the job begins, they count as the job's; and
# its worker may come late
check "the job takes 40 ms" most_rows '40 <= job_ns < 80'
check "it waits for nothing" most_rows 'queue_ns < 5'
# A job takes one of each queue, and gives both back: in the order in which they were given, once each
both_queues() {
	python - "$run.buffers.csv" <<-'E'
		import csv, sys
		value = lambda v: int(v) if v.isdigit() else v
		rows = [{k: value(v) for k, v in row.items()} for row in csv.DictReader(open(sys.argv[1]))]
		inputs, outputs = ([r for r in rows if r["is_input"] == it] for it in (1, 0))
		print(len(inputs), len(outputs), *inputs[:3], sep="\n# ")
		good = [r["given_ns"] <= r["done_ns"] <= r["taken_ns"] and r["queue"] != o["queue"] and r["timestamp_ns"] == o["timestamp_ns"]
			for r, o in zip(inputs, outputs)]
		apart = sum(abs(r["done_ns"] - o["done_ns"]) > 10e6 for r, o in zip(inputs, outputs))
		sys.exit(len(inputs) != 40 or len(outputs) != 40 or not all(good) or apart > 10)
	E
}
check "buffers of both queues have their cycles" both_queues
traced "vim2m, three at once, by poll" "$vim2m" --frames 40 --job-ms 20 --depth 3 --how poll
check "a frame waits for those before it" most_rows 'frame < 4 or queue_own_jobs_ns > 0.9 * queue_ns > 20'
# OUTPUT buffers have come back, and are queued again behind the others, before the next job begins
traced "vim2m, jobs that wait for a CAPTURE buffer" "$vim2m" --frames 40 --job-ms 5 --depth 4 --starve
check "each has the job of its buffer, which waits" each_row 'len(rows) == 40 and (frame < 4 or queue_no_buffer_ns > 0)'
traced "vim2m, buffers by CREATE_BUFS" "$vim2m" --frames 40 --job-ms 5 --create
check "each has its job" each_row 'len(rows) == 40'
traced "vim2m, the client 30 ms late" "$vim2m" --frames 40 --job-ms 5 --late 30
check "a frame waits as long to be asked for" most_rows 'wake_dwell_ns + job_ns > 25'

# -- two files share the device
two() { "$client" --device "$vim2m" -q --frames 40 --job-ms 20 & "$client" --device "$vim2m" -q --frames 40 --job-ms 20 && wait $!; }
check "two clients: they are recorded" recorded "$vim2m" two
check "the sums" python tests/check-frames sums "$run"
check "80 rows" frames_are 80
one_waits_for_the_other() { each_row 'queue_other_jobs_ns == 0' && return 1; each_row 'queue_own_jobs_ns < 5'; }
check "one waits for the other's jobs, and for none of its own" one_waits_for_the_other
unload_device vim2m

# -- encoder and decoders; a decoder by requests has no QBUF time behind the first queue
load_device vicodec && wait_for node stateless-decoder
stream() { timeout 60 v4l2-ctl --stream-mmap --stream-out-mmap "$@"; }
encodes() { stream -d "$(node stateful-encoder)" --set-fmt-video-out=$size,pixelformat=YU12 --stream-count=40 --stream-to-hdr="$tmp/fwht"; }
decodes() { stream -d "$(node "$1")" --set-fmt-video=$size,pixelformat=YU12 --set-fmt-video-out=$size,pixelformat="$2" --stream-from-hdr="$tmp/fwht"; }
coded() { # NAME COMMAND...
	check "$1: it is recorded" recorded "$(node "$1")" "${@:2}"
	check "$1: the sums" python tests/check-frames sums "$run"
	check "$1: each frame has a job" each_row 'job_ns > 0'
	check "$1: the empty buffer behind the last one is none" each_row 'bytesused > 0'
	check "$1: all but the first few" sh -c "[ $(rows "$run") -ge 38 ]"
}
coded stateful-encoder encodes
coded stateful-decoder decodes stateful-decoder FWHT
coded stateless-decoder decodes stateless-decoder SFWH
unload_device vicodec
finish
