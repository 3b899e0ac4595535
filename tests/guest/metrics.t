#!/bin/bash
# SPDX-License-Identifier: MIT
# metrics.t - record, left on: streams end and begin, cameras come and go, and no figure goes back; and
# the unit, started by systemd with all its restrictions
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/usbcam.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
need_usbcam
need_guest
modprobe -r vivid 2>/dev/null # of another test
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }

file=$tmp/out/vpipe.prom
mkdir "$tmp/out" "$tmp/seen"

# SERIES: its value; nothing if it is not there
series() { awk -v series="$1 " 'index($0, series) == 1 { print $NF }' "$file" 2>/dev/null; }
frames_of() { series "vpipe_frame_duration_seconds_count{device=\"$1\"}"; }
recorded() { series 'vpipe_frames_total{fate="recorded"}'; }
is() { [ "$("${@:2}")" = "$1" ]; } # VALUE COMMAND...
gone() { [ -s "$file" ] && [ -z "$(frames_of "$1")" ]; }
stream() { # NODE COUNT
	v4l2-ctl -d "$1" --stream-mmap --stream-count="$2" >/dev/null 2>&1
}
vivid() {
	load_node vivid 'vivid-*-vid-cap' n_devs=1 node_types=0x1 &&
		v4l2-ctl -d "$(node 'vivid-*-vid-cap')" -v width=320,height=180,pixelformat=GREY --set-parm=60 >/dev/null
}

more_of() { [ "$(frames_of "$1")" -gt "$2" ]; } # NODE FRAMES
# NAME: what all that was written says: each is whole, and no figure goes back, whatever comes and goes
never_back() {
	python - "$tmp/seen" <<-'END'
		import os, re, sys
		last, files = {}, sorted(os.listdir(sys.argv[1]), key=int)
		for name in files:
		    with open(os.path.join(sys.argv[1], name), encoding="utf-8") as file:
		        text = file.read()
		    assert text.endswith("# EOF\n"), f"{name} is not whole"
		    for series, value in re.findall(r"^(\w+_(?:total|bucket|count|sum)(?:\{.*\})?) (\S+)$", text, re.M):
		        assert float(value) >= last.get(series, 0), f"{name}: {series} {last[series]} -> {value}"
		        last[series] = float(value)
		print(len(files), "files,", len(last), "series")
		assert len(files) > 10 and len(last) > 100
	END
}

# -- it is there before any camera
vpipe-trace record -d any --interval 1 --metrics "$file" 2>"$tmp/err" &
meter=$!
i=0
while sleep 0.2; do cp "$file" "$tmp/seen/$((++i))"; done 2>/dev/null &
seen=$!
check "no camera: it waits" wait_for grep -q '^note: waiting for devices' "$tmp/err"
check "and says that there is none" wait_for is 0 series vpipe_devices

# -- one comes, and streams twice; a recorder of rows looks on
check "vivid is loaded" vivid
first=$(node 'vivid-*-vid-cap') one=${first##*/}
check "a camera comes: it is recorded" wait_for is 0 frames_of "$one"
vpipe-trace record -d "$first" -o "$tmp/rows" >"$tmp/rows.said" 2>&1 &
rows=$!
wait_for grep -q '^note: recording' "$tmp/rows.said"
stream "$first" 31
check "it streams" wait_for is 31 frames_of "$one"
stream "$first" 23
check "a second stream goes on where the first has ended" wait_for is 54 frames_of "$one"
kill -INT $rows
wait $rows
check "a recorder of rows has seen as many" [ "$(rows "$tmp/rows")" = 54 ]
# Each of the two has programs of its own, one behind the other, which the other's time has in it, and whatever a
# busy machine does in between: half of the frames tell, and the sum is one of what is in the buckets.
alike() {
	python - "$file" "$tmp/rows" <<-'END'
		import csv, re, statistics, sys
		text = open(sys.argv[1]).read()
		rows = list(csv.DictReader(open(sys.argv[2] + ".frames.csv")))
		def value(series):
		    return float(re.search("^" + re.escape(series) + " (.*)$", text, re.M).group(1))
		device = re.search('vpipe_device_info{device="([^"]*)"', text).group(1)
		def same(name, labels, times):
		    if not times:
		        assert value(f"{name}_count{{{labels}}}") == value(f"{name}_sum{{{labels}}}") == 0
		        return 0.0
		    pattern = "^" + re.escape(f"{name}_bucket{{{labels},le=") + '"(.*)"} (.*)$'
		    upto = [(0.0, 0)] + [(float(le), int(n)) for le, n in re.findall(pattern, text, re.M)]
		    steps = [(lower, upper, n - m) for (lower, m), (upper, n) in zip(upto, upto[1:])]
		    least, most = (sum(step[i] * step[2] for step in steps if step[2]) for i in (0, 1))
		    lower, upper = next((a, b) for (a, m), (b, n) in zip(upto, upto[1:]) if 2 * n >= len(times))
		    middle, total = statistics.median(times) / 1e9, value(f"{name}_sum{{{labels}}}")
		    print(labels, len(times), "median", lower, middle, upper, "sum", least, total, most)
		    assert value(f"{name}_count{{{labels}}}") == upto[-1][1] == len(times)
		    assert 0.7 * lower - 0.0002 <= middle <= 1.3 * upper + 0.0002
		    assert least <= total <= most
		    return total
		e2e = same("vpipe_frame_duration_seconds", f'device="{device}"', [int(r["e2e_ns"]) for r in rows])
		for stage in "transfer", "wake":
		    times = [int(r[stage + "_ns"]) for r in rows if r[stage + "_ns"]]
		    same("vpipe_stage_duration_seconds", f'device="{device}",stage="{stage}"', times)
		costs = [float(v) for v in re.findall("^vpipe_cost_seconds_total{.*} (.*)$", text, re.M)]
		print("costs", sum(costs), "of", e2e)
		assert abs(sum(costs) - e2e) < 1e-6 * e2e
	END
}
check "which took as long" alike

# -- a second one is plugged in, and out again while it streams
modprobe -a vhci-hcd uvcvideo
plug --fps 30
two=$(node guest-usbcam) two=${two##*/}
check "a second camera comes" wait_for is 0 frames_of "$two"
check "the first is as it was" is 54 frames_of "$one"
stream "/dev/$two" 29
stream "$first" 5
both() { echo "$(frames_of "$two") $(frames_of "$one")"; }
check "both stream" wait_for is "29 59" both
check "what is written is in good form" python tests/check-metrics "$file"
{ wait_for more_of "$two" 29; kill -KILL $camera; } &
goes_while "/dev/$two" stream "/dev/$two" 1000
wait $camera
check "the second is pulled out: its series end" wait_for gone "$two"
check "those of the first do not" is 59 frames_of "$one"
all=$(recorded)
check "nor do the sums of all" [ "$all" -gt 88 ]

# -- the last one goes
check "vivid goes: nothing is held by us" wait_for modprobe -r vivid
check "its series end" wait_for gone "$one"
check "the sums of all stay" [ "$(recorded)" -ge "$all" ]
check "there is no camera, and it waits" [ "$(series vpipe_devices)" = 0 ]
kill $seen
kill -TERM $meter
wait $meter
check "SIGTERM: status 0" [ $? = 0 ]
check "and the file is gone" [ ! -e "$file" ]
check "each that was written was whole, and no figure went back" never_back

# -- the unit, by systemd as process 1 of a namespace, which does nothing else
units=/run/systemd/system
file=/var/lib/prometheus/node-exporter/vpipe.prom
begin_systemd() {
	mkdir -p $units/vpipe-trace.service.d
	for target in sysinit basic shutdown; do echo '[Unit]' >$units/$target.target; done
	ln -s /dev/null $units/systemd-tmpfiles-setup.service # it would empty /tmp
	install -m 755 "${BUILD:-build}/bin/vpipe-trace" /usr/bin/vpipe-trace
	cp loader/service/vpipe-trace.service $units/
	printf '[Service]\nEnvironment=VPIPE_INTERVAL=1\nStandardError=file:/run/vpipe-trace.log\n' >$units/vpipe-trace.service.d/test.conf
	systemd-sysusers "$PWD/loader/service/vpipe.sysusers"
	systemd-tmpfiles --create "$PWD/loader/service/vpipe.tmpfiles"
	env container=vpipe-test unshare --fork --pid --mount --cgroup --mount-proc --kill-child \
		/lib/systemd/systemd --system --unit=vpipe-trace.service --log-target=console >"$tmp/systemd.log" 2>&1 &
	systemd=$!
}
open_nodes() { chgrp video /dev/video* && chmod 660 /dev/video*; } # as udev does
vivid
open_nodes
first=$(node 'vivid-*-vid-cap') one=${first##*/}
begin_systemd
recorder() { pgrep -x vpipe-trace; }
status() { awk -v name="$1:" '$1 == name {print $2}' "/proc/$(recorder)/status"; }
check "the unit starts, and finds the camera" wait_for is 0 frames_of "$one" || diag /run/vpipe-trace.log "$tmp/systemd.log"
check "as a user of its own" [ "$(stat -c %U "/proc/$(recorder)")" = vpipe ]
check "with CAP_SYS_ADMIN, CAP_PERFMON and CAP_BPF" [ "$(status CapEff) $(status CapBnd)" = "000000c000200000 000000c000200000" ]
check "and a filter of system calls" [ "$(status Seccomp) $(status NoNewPrivs)" = "2 1" ]
stream "$first" 37
check "what streams is counted" wait_for is 37 frames_of "$one"
check "in a file of its own, for all to read" [ "$(stat -c '%U %a' $file)" = "vpipe 644" ]
modprobe -r vivid
check "the camera goes" wait_for gone "$one"
vivid
check "it comes back, but may not be opened yet" wait_for is 0 series vpipe_devices
open_nodes
check "now it may: it is taken in" wait_for is 37 frames_of "$one"
for limit in current max; do echo "memory.$limit $(cat /sys/fs/cgroup/system.slice/vpipe-trace.service/memory.$limit)"; done | diag
grep VmRSS "/proc/$(recorder)/status" | diag
stop_unit() { nsenter --target "$(pgrep -P $systemd)" --mount --pid systemctl stop vpipe-trace.service; }
check "systemd stops it" stop_unit
check "its file is gone, and the program" [ ! -e $file -a -z "$(recorder)" ]
grep . /run/vpipe-trace.log | diag
kill -KILL $systemd
wait $systemd 2>/dev/null
rm -rf /run/systemd/system # by which programs tell that systemd runs
wait_for modprobe -r vivid
check_unloads
finish
