#!/bin/bash
# SPDX-License-Identifier: MIT
# output.t - record of output devices, whose frames go from QBUF until the buffer is back, by
# themselves and at the end of a chain
#
# Functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
need_speed

run=$tmp/run log=$tmp/log.csv
recording() { grep -q '^note: recording' "$tmp/said"; }
recorded() { # DEVICES COMMAND...
	local devices=() device tracer
	for device in $1; do devices+=(-d "$device"); done
	shift
	rm -f "$run".* "$log"
	vpipe-trace record "${devices[@]}" -D 120 -o "$run" >"$tmp/said" 2>&1 &
	tracer=$!
	wait_for recording
	"$@" >"$tmp/client" 2>&1 || { kill $tracer; cat "$tmp/client"; return 1; }
	kill -INT $tracer
	wait $tracer || { cat "$tmp/said"; return 1; }
}
# EXPRESSION [SHARE]: of every row, or of so many; columns are names, times in ms; steps, how many periods behind the one before
each_row() {
	python - "$run.frames.csv" "$1" "${2:-1}" <<-'E'
		import csv, sys
		rows = [{k: int(v) for k, v in row.items() if v.isdigit()} for row in csv.DictReader(open(sys.argv[1]))]
		rows = [{k: v / 1e6 if k.endswith("_ns") else v for k, v in row.items()} for row in rows]
		for before, row in zip([{"seq": -1}, *rows], rows):
		    row["steps"] = row["seq"] - before["seq"]
		bad = [row for row in rows if not eval(sys.argv[2], {}, row)]
		print(f"# {len(rows)} rows, {len(bad)} are not so", *bad[:3], sep="\n# ")
		sys.exit(not rows or len(bad) > (1 - float(sys.argv[3])) * len(rows))
	E
}
most_rows() { each_row "$1" 0.75; } # where a busy machine stands still now and then
at_least() { [ "$(rows "$run")" -ge "$1" ]; }

modprobe vivid n_devs=1 node_types=0x101 && wait_for node 'vivid-*-out'
node=$(node 'vivid-*-out') camera=$(node 'vivid-*-cap')
streams() { timeout 30 v4l2-ctl -d "$node" --stream-out-mmap=4 --stream-count=40; }
check "it is recorded" recorded "$node" streams
check "the sums" python tests/check-frames sums "$run"
check "all but those in the queue at the end" at_least 36
# vivid shows 25 frames a second, and four buffers are queued; in a busy guest it leaves periods out
check "it waits for those before it, and is shown" most_rows 'frame < 4 or 20 < show_ns < 40 * steps + 40 and wait_ns > 40'
check "the report reads it" vpipe-trace report "$run"


# --- behind a camera. It keeps each frame until there is another one: two are in it at once
v4l2-ctl -d "$camera" --set-fmt-video=width=640,height=480,pixelformat=RGB3 --set-parm=30 >/dev/null
for how in "mmap thread" "dmabuf dmabuf"; do
	name="a camera's frames, ${how% *}"
	check "$name: they are recorded" recorded "$camera $node" timeout 60 "${BUILD:-build}/tests/guest-m2m" \
		--device "$node" --source "$camera" --memory "${how% *}" --depth 2 --frames 40 --csv "$log"
	check "$name: the sums" python tests/check-frames sums "$run"
	check "$name: the client's clock" python tests/check-frames clock "$run" "$log"
	check "$name: each from its source" python tests/check-frames links "$run" "$log" --by output --rule "${how#* }"
	# the first one does not come at the beginning of a period
	check "$name: until they are shown" each_row 'capture_wake_ns > 0 and output_show_ns > 0 and output_pickup_ns > 0'
	check "$name: for a period" most_rows 'frame == 0 or 20 < output_show_ns < 80'
	check "$name: the report reads it" vpipe-trace report "$run"
done
check_fails "the wrong way round" 1 'name the devices in the order' \
	vpipe-trace record -q -D 1 -d "$node" -d "$camera" -o "$run"

modprobe -r vivid
finish
