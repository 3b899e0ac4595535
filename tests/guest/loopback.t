#!/bin/bash
# SPDX-License-Identifier: MIT
# loopback.t - record of v4l2loopback, whose driver does without videobuf2: what its writer's and its
# reader's own clocks say is in the rows, and what cannot be known is empty
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317,SC2154
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
[ -e "$(device_file v4l2loopback)" ] || { echo '1..0 # SKIP v4l2loopback is not built for this kernel (make test-loopback says why)'; exit 0; }
need_speed
unload_videobuf2

frames=21 seen=$tmp/written.csv
# shellcheck disable=SC2034 # it is of recording.sh
unknown=25 # of read(): when a frame was there that had not to be waited for
check "v4l2loopback loads" load_device v4l2loopback devices=2 max_buffers=8 card_label=loop-a,loop-b
wait_for node loop-b
loop=$(node loop-a) other=$(node loop-b)
is_written() { [ "$(cat "/sys/class/video4linux/${1##*/}/state")" = capture ]; }

# NODE OPTION...: somebody writes it, whose log is $seen, from now on
write_begin() {
	"${BUILD:-build}/tests/guest-writer" --device "$1" --buffers 8 --csv "$seen" "${@:2}" >"$tmp/writer.out" 2>&1 &
	writer=$!
	wait_for is_written "$1"
}
write_end() { kill -INT "$writer" && wait "$writer"; }
# NAME HOW READER-OPTION...: it is recorded while it is written and read
loops() {
	rm -f "$log" "$seen"
	record_begin -d "$loop"
	write_begin "$loop" --how "$2"
	read_node "$loop" --frames $frames "${@:3}"
	check "$1: it is written" write_end
	record_end
	holds "$1"
	check "$1: the writer's clock" frames written "$seen"
}
# COLUMN... are empty in each row
empty() {
	python - "$run.frames.csv" "$@" <<-'PYTHON'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1])))
		bad = [(r["frame"], name, r[name]) for r in rows for name in sys.argv[2:] if r[name] != ""]
		print(*bad)
		sys.exit(bool(bad) or not rows)
	PYTHON
}

# -- what doctor says, without videobuf2 on the machine at all
# videobuf2_vmalloc may have to stay: 6.12's videobuf2 keeps each DMABUF for ever that QBUF was told to be longer than
# it is (__prepare_dmabuf()), which torture.t does
no_vb2() { ! grep '^videobuf2.*v4l2loopback' /proc/modules && ! device_needs v4l2loopback | grep videobuf2; }
says() { # PATTERN...: lines of its block
	local line
	vpipe-trace doctor -d "$loop" | tee "$tmp/doctor" || [ $? = 3 ] || return
	for line; do grep -qE "^ *$line" "$tmp/doctor" || { echo "no line '$line'" && return 1; }; done
}
check "it needs no videobuf2" no_vb2
check "doctor: that it does without, and what is measured" says 'vb2 +no' "stages +not vb2: from the writer's QBUF or write\(\)" \
	"vpipe-trace record -d $loop can work here\."

# -- one writer, one reader; who is late gets what was written some frames ago, or the newest one
# if that is overwritten, in all their ways
loops "queued, blocking" queue --how block
check "queued: nobody called write() or read()" empty write_ns copy_ns
loops "written, select" write --how select
loops "queued, epoll, 100 ms late" queue --how epoll --late 100
dropped "queued, epoll, 100 ms late" --expect unknown=20..
for how in queue write; do
	loops "$how, read()" $how --how read
	check "$how, read(): no buffer and no number is known of a frame" empty seq cap_index
done

# -- two nodes are told apart
both=$tmp/both
two_at_once() { # NODE NODE
	read_node "$1" --frames $frames &
	timeout 60 "$reader" --device "$2" --csv "$both" --frames $frames
	wait $!
}
record_begin -d "$loop" -d "$other"
write_begin "$loop"
first=$writer first_seen=$seen seen=$tmp/others.csv
write_begin "$other"
check "two nodes" two_at_once "$loop" "$other"
write_end
kill -INT $first && wait $first
record_end
check "two nodes: it is recorded" well
for its in "$loop $log $first_seen" "$other $both $seen"; do
	read -r which read_log written <<<"$its"
	check "two nodes: the clock of who reads ${which##*/}" frames clock "$read_log" --device "${which##*/}"
	check "two nodes: the clock of who writes it" frames written "$written" --device "${which##*/}"
done
seen=$tmp/written.csv

# -- a client's frames alone: nobody knows what the writer does, who is none
rm -f "$run".*
write_begin "$loop"
reads_alone() { vpipe-trace run -o "$run" -q -d "$loop" --as-root -- "$reader" --device "$loop" --csv "$log" --frames $frames; }
check "a client: it is recorded" reads_alone
write_end
check "a client: the sums" frames sums
check "a client: its clock" frames clock "$log"
check "a client: of the writer there is nothing" empty write_ns submit_ns

# -- what is refused: it is no part of a chain
modprobe vivid n_devs=1 node_types=0x1
wait_for node 'vivid-000*'
camera=$(node 'vivid-000*')
check_fails "with a camera" 1 "$loop: its driver does without videobuf2.*record it by itself" vpipe-trace record -D 1 -o "$run" -d "$camera" -d "$loop"
check_fails "it is named twice" 1 "$loop and loop-a are the same node: name it once" vpipe-trace record -D 1 -o "$run" -d "$loop" -d loop-a

# -- ffmpeg: it reads a camera, and writes what it reads into the loop
if command -v ffmpeg >/dev/null; then
	v4l2-ctl -d "$camera" --set-fmt-video=width=320,height=180,pixelformat=YUYV --set-parm=30
	ff=(ffmpeg -nostdin -loglevel error -f v4l2 -input_format yuyv422 -video_size 320x180 -i)
	ff_reads() { vpipe-trace run -o "$run" -q -d "$1" --as-root -- "${ff[@]}" "$1" -frames:v $frames -f null -; }
	enough() { frames sums && [ "$(rows "$run")" -ge $frames ]; }
	check "ffmpeg reads a camera" ff_reads "$camera"
	check "ffmpeg reads a camera: its frames, and the sums" enough
	"${ff[@]}" "$camera" -f v4l2 "$loop" &
	feeder=$!
	wait_for is_written "$loop"
	reads "$loop" --frames $frames --how poll
	holds "ffmpeg writes the loop"
	written_by_it() { python -c 'import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
sys.exit(not rows or any(not r["write_ns"] for r in rows[1:]))' "$run.frames.csv"; }
	check "ffmpeg writes the loop: of each frame it is known when" written_by_it
	kill $feeder # it is started with SIGINT ignored
	wait $feeder
else
	skip "ffmpeg" "there is none (Debian package: ffmpeg)"
fi
gone "in the end"
modprobe -r vivid
check "v4l2loopback is not held" unload_device v4l2loopback
finish
