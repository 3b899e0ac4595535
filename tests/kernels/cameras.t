#!/bin/bash
# SPDX-License-Identifier: MIT
# cameras.t - what is recorded of devices of any driver, on any kernel: a camera, a USB camera with bad
# frames, and a camera before a mem2mem node; the rest of it is in tests/guest/
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../guest/node.sh"
. "$(dirname "$0")/../guest/usbcam.sh"
. "$(dirname "$0")/../guest/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }

# -- what a reader does
camera_loads() { load_node vivid 'vivid-*-vid-cap' n_devs=1 node_types=0x1; }
check "vivid loads" camera_loads
vivid=$(node 'vivid-*-vid-cap')
v4l2-ctl -d "$vivid" --set-fmt-video=width=640,height=480,pixelformat=RGB3 --set-parm=30 >/dev/null
traced "a camera whose reader is late" "$vivid" --late 20 --fps 50 --how poll --frames 31
check "a camera whose reader is late: the files agree" agrees "$run" --recorded

# -- the one file for boards, in a root that has nothing else: what it takes, and how long
board=$tmp/board
board_root() {
	mkdir -p "$board"/{proc,sys,dev,bin} && cp "${BUILD:-build}/static/vpipe-trace" "$board/" && cp /bin/busybox "$board/bin/" &&
		mount -t proc proc "$board/proc" && mount --rbind /sys "$board/sys" && mount --bind /dev "$board/dev"
}
board_says() { grep -q "$1" "$tmp/said"; }
board_records() {
	rm -f "$log"
	began=$(date +%s%N)
	chroot "$board" /bin/busybox env -i /vpipe-trace record -D 120 -d "$vivid" -o /run >"$tmp/said" 2>&1 &
	tracer=$!
	while ! board_says '^note: recording' && kill -0 $tracer 2>/dev/null; do sleep 0.01; done
	began_ms=$((($(date +%s%N) - began) / 1000000))
	read_node "$vivid" --how poll --frames 31
	scripts/footprint $tracer >"$tmp/footprint"
	grep THP_enabled /proc/$tracer/status >"$tmp/pages"
	kill -INT $tracer
	ended=$(date +%s%N)
	while ! board_says '^end to end\|^total\|p50' && kill -0 $tracer 2>/dev/null; do sleep 0.01; done
	said_ms=$((($(date +%s%N) - ended) / 1000000))
	wait $tracer
	status=$?
	ended_ms=$((($(date +%s%N) - ended) / 1000000))
	mv "$board"/run.* "$tmp/"
}
board_fits() { cat "$tmp/footprint" && [ "$(sed -n 's/^maps.*: \([0-9]*\) KiB$/\1/p' "$tmp/footprint")" -le 8192 ]; }
check "a board: an empty root" board_root
board_records
check "a board: it is recorded" well
check "a board: the sums" frames sums
check "a board: the reader's clock" frames clock "$log"
check "a board: no huge pages, by which it is now and then a MiB more" grep -q '0$' "$tmp/pages"
check "a board: no more than 8 MiB, maps, programs and process" board_fits
diag "$tmp/footprint"
echo "# recording after $began_ms ms; its table $said_ms ms behind Ctrl-C, its end $ended_ms ms"
umount -R "$board/proc" "$board/sys" "$board/dev"

# -- bad frames: as the kernel is set they do not come, or with the error flag
modules >"$tmp/before"
if modprobe -a vhci-hcd uvcvideo 2>/dev/null; then
	plug --error-every 7
	traced "a USB camera" "$(node guest-usbcam)" --how poll --frames 31
	check "a USB camera: it is unplugged" unplug
	cause=driver
	! grep -q 1 /sys/module/uvcvideo/parameters/nodrop || cause=error
	check "a USB camera: the camera's own log" frames usbcam "$camera_log"
	dropped "a USB camera" --usbcam "$cause=$camera_log"
	check_unloads
else
	skip "a USB camera" "this kernel has no module vhci-hcd or uvcvideo"
fi

# -- a frame through two devices is one row
if [ -e "$(device_file vim2m)" ] && load_device vim2m; then
	wait_for node vim2m
	record_begin -d "$vivid" -d "$(node vim2m)"
	timeout 60 "${BUILD:-build}/tests/guest-m2m" --device vim2m --source vivid --memory dmabuf --job-ms 40 \
		--frames 31 --csv "$log" >"$tmp/reader.out" 2>"$tmp/reader.err"
	record_end
	check "a chain: it is recorded" well
	check "a chain: the sums" frames sums
	check "a chain: the client's clock" frames clock "$log"
	check "a chain: each frame from its source" frames links "$log" --rule dmabuf
	jobs_take() { # 40 ms and what vim2m needs for the pixels, of the client's time
		python - "$run.frames.csv" "$log" <<-'END'
			import csv, statistics, sys
			rows, log = (list(csv.DictReader(open(path))) for path in sys.argv[1:])
			jobs = [(int(r["m2m_job_ns"]), int(l["leave_ns"]) - int(l["qbuf_ns"])) for r, l in zip(rows, log)]
			share = statistics.median(job / whole for job, whole in jobs)
			short = [its for its in jobs if its[0] < 40e6]  # ticks that a busy machine owed its kernel are the job's
			print(f"{share:.3f} of the time from QBUF to DQBUF", *short, *(its for its in jobs if its[0] > its[1]))
			sys.exit(share < 0.75 or len(short) > len(jobs) / 4 or any(job > whole for job, whole in jobs))
		END
	}
	check "a chain: the job takes its 40 ms" jobs_take
	unload_device vim2m
else
	skip "a chain" "vim2m is not built for this kernel (make test-vim2m)"
fi
modprobe -r vivid
gone "all that"
finish
