#!/bin/bash
# SPDX-License-Identifier: MIT
# isp.t - record of a camera and an image signal processor, whose input and outputs are nodes of their own
#
# oddisp is one, of the suite's own. guest-m2m says which frame it handed on, and when, by its own clock.
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/tracer.sh"

build=${BUILD:-build}
oddisp=$build/tests/kmod/$(uname -r)/oddisp.ko
[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
[ -e "$oddisp" ] || { echo "1..0 # SKIP there is no $oddisp (make test-kmod)"; exit 0; }
need_speed

m2m=$build/tests/guest-m2m reader=$build/tests/guest-reader
frames=24

load_node vivid 'vivid-000-vid-cap' n_devs=1 node_types=0x1
modprobe -a mc videobuf2-v4l2 videobuf2-vmalloc
check "oddisp loads" insmod "$oddisp" job_ms=10
wait_for node oddisp-stats
camera=$(node 'vivid-000-vid-cap') raw=$(node oddisp-raw) main=$(node oddisp-main) self=$(node oddisp-self)
params=$(node oddisp-params) stats=$(node oddisp-stats)
v4l2-ctl -d "$camera" --set-fmt-video=width=640,height=480,pixelformat=GREY --set-parm=30 >/dev/null

set_isp() { echo "$2" >"/sys/module/oddisp/parameters/$1"; } # PARAMETER VALUE

# OPTIONS COMMAND...: it is recorded with these while it runs; $status is record's
traced() {
	rm -f "$log"
	# shellcheck disable=SC2086 # words
	record_begin $1
	client "${@:2}"
	record_end
}
# shellcheck disable=SC2120 # bash -c has some for it
through() { "$m2m" --device "$raw" --capture "$main" --source "$camera" --frames $frames --csv "$log" "$@"; }
export -f through
export m2m raw main camera frames log
frames_of() { python tests/check-frames "$1" "$run" "${@:2}"; } # CHECK [ARGUMENT...]

# EXPRESSION: Python on rows, of the node main and of self; a row's numbers are ints, times ms
rows_are() {
	python - "$run.frames.csv" "${main#/dev/}" "${self#/dev/}" "$1" <<-'END'
		import csv, statistics, sys
		value = lambda k, v: v if not v.isdigit() else int(v) / 1e6 if k.endswith("_ns") else int(v)
		rows = [{k: value(k, v) for k, v in row.items()} for row in csv.DictReader(open(sys.argv[1]))]
		main, self = ([r for r in rows if r["device"] == node] for node in sys.argv[2:4])
		median = lambda column: statistics.median(r[column] for r in rows)
		print(len(rows), len(main), len(self), *rows[:2], sep="\n")
		sys.exit(not rows or not eval(sys.argv[4]))
	END
}
jobs_by() { rows_are "{r['isp_job_rule'] for r in main} <= {$1}"; } # RULES
# NAME RULE JOBS: a row from end to end each, linked by RULE, their jobs known by JOBS
holds() {
	check "$1: it is recorded" ended 0
	check "$1: the sums" frames_of sums
	check "$1: the client's clock" frames_of clock "$log" --device "${main#/dev/}"
	check "$1: each frame from its source" frames_of links "$log" --device "${main#/dev/}" --by isp --rule "$2"
	check "$1: its job is known by $3" jobs_by "$3"
	check "$1: there are no other rows" rows_are 'len(rows) == len(main) + len(self)'
}

# --- one in, one out
chain="-d $camera -d $raw -d $main"
traced "$chain" bash -c through
holds "copied" timestamp "'timestamp'"
check "the job takes 10 ms, and half of them wait for none" rows_are \
	'min(r["isp_job_ns"] for r in rows) > 8 and median("isp_job_ns") < 20 and median("isp_queue_ns") < 5'
check "a stage of the handoff, and one hop" rows_are 'all(r["capture_wake_ns"] != "" and r["isp_handoff_ns"] > 0 for r in rows)'
check "the files can be read back" vpipe-trace report "$run"
check "and exported" sh -c "vpipe-trace export --jsonl $run | grep -q '\"rule\":\"timestamp\"'"
traced "$chain" bash -c 'through --memory dmabuf --depth 3 --how poll --late 20'
holds "handed on, three at once, 20 ms late" dmabuf "'timestamp'"

# --- all dates are the same: what always is cannot be told from what is not by the first
set_isp timestamps 2
together() { rows_are 'sum(r["isp_job_rule"] == "job" for r in main) >= len(main) - 1'; }
traced "$chain" bash -c 'through --depth 2'
holds "all dates the same" timestamp "'job', 'timestamp'"
check "by what is done together" together

# --- what does not come out
set_isp drop_every 4
traced "$chain" bash -c 'through --lossy'
check "each fourth is dropped: it is recorded" ended 0
check "the sums" frames_of sums
check "each frame from its source" frames_of links "$log" --by isp --rule timestamp
check "those are the driver's" frames_of drops "$log" --device "${main#/dev/}" --expect driver=1..
check "and were handed on all the same" sh -c "! grep 'not handed on' $run.drops.csv"
set_isp drop_every 0
set_isp timestamps 0

# --- two outputs, and metadata: parameters by a client that ends early, statistics by one that is slow
all="$chain -d $self -d $params -d $stats"
beside() {
	v4l2-ctl -d "$params" --stream-out-mmap --stream-count=7 &
	reads self "$self" --frames 20
	reads stats "$stats" --frames 5 --late 100
	# shellcheck disable=SC2119
	through && wait
}
reads() { # NAME NODE OPTION...: in the background; it streams
	rm -f "$tmp/$1.progress"
	"$reader" --device "$2" --csv "$tmp/$1.csv" --progress "$tmp/$1.progress" "${@:3}" &
	wait_for has_bytes 1 "$tmp/$1.progress"
}
export -f beside reads wait_for slow_kernel has_bytes
export reader params self stats tmp
traced "$all" bash -c beside
holds "two outputs and metadata" timestamp "'timestamp'"
check "a frame is the beginning of two rows" rows_are \
	'len(self) >= 20 and {(r["seq"], r["source_sequence"]) for r in self} <= {(r["seq"], r["source_sequence"]) for r in main}'
check "the other client's clock" frames_of clock "$tmp/self.csv" --device "${self#/dev/}"
buffers() { grep -c "^${1#/dev/}," "$run.buffers.csv"; } # NODE
beside_it() {
	cut -d, -f1 "$run.buffers.csv" | sort | uniq -c && [ -s "$tmp/stats.csv" ] &&
	 [ "$(buffers "$params")" -ge 3 ] && [ "$(buffers "$stats")" -ge 5 ] && [ "$(buffers "$raw")" -ge $frames ]
}
check "buffers of parameters, statistics and the input are there beside it" beside_it
check "the files can be read back" vpipe-trace report "$run"

# --- found by their media device; dated when the job is done
set_isp timestamps 1
traced "-d any --follow" bash -c through
holds "found" timestamp "'timestamp'"
nodes_are() { cut -d, -f1 "$run.devices.csv" | diff - <(echo device; for n in "$camera" "$raw" "$main" "$self" "$params" "$stats"; do echo "${n#/dev/}"; done); }
check "the camera first, and all nodes of the ISP" nodes_are
check_fails "its output first" 1 'name the devices in the order' vpipe-trace record -q -D 1 -d "$main" -d "$raw" -d "$camera" -o "$run"

# --- by itself; all dates are the same, and the raw buffer is given back first
set_isp timestamps 2
set_isp raw_first 1
traced "-d $raw -d $main" bash -c through
check "without its camera: it is recorded" ended 0
check "the sums" frames_of sums
check "the client's clock" frames_of clock "$log"
check "from QBUF on" rows_are "len(rows) == $frames and all(r['isp_submit_ns'] > 0 for r in rows)"
check "by what is done together" together
check "the files can be read back" vpipe-trace report "$run"

# --- metadata alone are recorded, too
traced "-d $stats" bash -c "reads stats $stats --frames 5; through; wait"
check "statistics alone: they are recorded" ended 0
check "as what they are" sh -c "grep -q ',metadata,1,OISP,' $run.devices.csv && [ $(rows "$run") -ge 5 ]"
rmmod oddisp

# --- behind a sensor it has no input: the same frame comes twice, and nothing is made of the other
insmod "$oddisp" sensor=1 job_ms=20 && wait_for node oddisp-stats
main=$(node oddisp-main) self=$(node oddisp-self)
both() {
	reads main "$main" --frames 200
	"$reader" --device "$self" --frames 100
	wait
}
export -f both
export main self
log=$tmp/main.csv
traced "-d $main -d $self" bash -c both
check "behind a sensor: it is recorded" ended 0
check "the sums" frames_of sums
check "rows of both, of the same frames" rows_are \
	'len(main) >= 20 <= len(self) and len({r["seq"] for r in main} & {r["seq"] for r in self}) > 10 and not any("handoff" in k for k in rows[0])'
check "the client's clock" frames_of clock "$log" --device "${main#/dev/}"
rmmod oddisp
modprobe -r vivid
finish
