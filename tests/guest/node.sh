# SPDX-License-Identifier: MIT
# node.sh - the nodes of a guest and the files of a run, for the tests in this folder; sourced after ../lib.sh
#
# shellcheck shell=bash disable=SC2154

# Without root and a module for this kernel there is nothing to test.
need_vpipe() {
	[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
	modprobe -n vpipe 2>/dev/null || { echo '1..0 # SKIP there is no vpipe module for this kernel'; exit 0; }
}

# What cannot be undone but by a reboot is done to no machine that somebody needs.
need_guest() {
	[ -d /run/vpipe/share ] || { echo '1..0 # SKIP it cannot be undone but by a reboot: only in a guest'; exit 0; }
}

# A kernel that checks each access is a tenth as fast: what keeps up with a frame rate, or
# compares times, fails there, and says nothing about vpipe.
need_speed() {
	if slow_kernel; then
		echo '1..0 # SKIP a kernel with checkers is too slow for frame rates and times'
		exit 0
	fi
}

# Can the processor count events? Its kernel driver is there then.
has_pmu() { [ -n "$(find /sys/bus/event_source/devices -name 'cpu*' -o -name 'armv*pmu*' 2>/dev/null)" ]; }

# node PATTERN: the video device whose name is like it, the first if there are more
node() {
	local class
	for class in /sys/class/video4linux/video*; do
		# shellcheck disable=SC2254
		case $(cat "$class/name" 2>/dev/null) in
		$1) echo "/dev/${class##*/}" && return ;;
		esac
	done
	return 1
}

# load MODULE PATTERN [PARAMETER...]: and wait for the node that it makes
load_node() {
	local module=$1 pattern=$2
	shift 2
	modprobe "$module" "$@" && wait_for node "$pattern"
}

# A test driver of the kernel's that no package has, as `make test-devices` builds it with the others, or
# `make test-vim2m` that one
device_file() {
	local built folder=devices
	built=${BUILD:-build}/tests/kmod/$(uname -r)
	[ -d "$built/devices" ] || [ "$1" != vim2m ] || folder=vim2m
	echo "$built/$folder/$1.ko"
}

device_needs() { modinfo -F depends "$(device_file "$1")" | tr , '\n'; }

# load_device DRIVER [PARAMETER...]: behind the modules that it needs
load_device() {
	local needed
	mapfile -t needed < <(device_needs "$1")
	modprobe -a "${needed[@]}" && insmod "$(device_file "$1")" "${@:2}"
}

# unload_device DRIVER: and of those it needs, the newest first, what nothing else does
unload_device() {
	local module
	rmmod "$1" || return
	while read -r module; do
		modprobe -r "$module" 2>/dev/null
	done < <(awk '{print $1}' /proc/modules | grep -xFf <(device_needs "$1" | tr - _))
	return 0
}

# And whoever uses it.
unload_videobuf2() {
	local all before=
	while all=$(awk '/^videobuf2/ {print $1; gsub(",", "\n", $4); print $4}' /proc/modules | grep '[a-z]' | sort -u) && [ "$all" != "$before" ]; do
		before=$all
		xargs -n 1 rmmod <<<"$all" 2>/dev/null
	done
}

# What is loaded.
modules() { awk '{print $1}' /proc/modules | sort; }

# The checksums that the kernel's crypto API loads by itself, when the driver first asks for one, stay.
load_checksums() { modprobe vpipe && modprobe -r vpipe; }

# A frame has passed the programs of whoever traces just now. The histograms tell it as well, but
# take bpftool many seconds in a slow kernel.
counted=$(grep -cE '^\sX\([a-z_]+, (LOSS|FATE|NOTE),' loader/model/losses.c)
recorded=$((counted + 1)) # VPIPE_COUNT_RECORDED, behind VPIPE_COUNT_STARTED
frames_traced() { # of all CPUs
	bpftool map lookup name counts key "$recorded" 0 0 0 2>/dev/null | grep -o '"value": [0-9]*' | awk '{n += $2} END {print n + 0}'
}
traced_more_than() { [ "$(frames_traced)" -gt "$1" ]; } # FRAMES
traced_frame() { traced_more_than 0; }

# What a test waits for instead of seconds, in which a busy machine may not have come that far: how much a
# client has told, by a byte for each frame (guest-reader --progress, what v4l2-ctl --stream-mmap says on
# stderr), that it has a file open, sleeps in a DQBUF, or has waited, or run for 10 ms, that often since it
# opened its node.
has_bytes() { [ "$(stat -c %s "$2" 2>/dev/null)" -ge "$1" ]; } 2>/dev/null # BYTES FILE
has_open() { find "/proc/$1/fd" -lname "$2" | grep -q .; } # PID FILE
waits() { awk '/^voluntary/ {print $2}' "/proc/$1/status"; } # PID
steps() { echo $(($(waits "$1") + $(awk '{print $14 + $15}' "/proc/$1/stat"))); } # PID: with ticks on a CPU
has_made() { [ "$(steps "$1")" -gt "$2" ]; } # PID STEPS
streaming() { wait_for has_open "$1" '/dev/video*' && wait_for has_made "$1" $(($(steps "$1") + $2)); } # PID STEPS
dequeues() { grep -q ' 0xc0585611 ' "/proc/$1/syscall"; } # PID: VIDIOC_DQBUF

# The files of a run, PREFIX.*: how many frames; a value of run.json, like losses.ring_full; whether
# they all agree, and report thinks so, too.
rows() { tail -n +2 "$1.frames.csv" | wc -l; }
field() { # PREFIX KEY[.KEY]
	python -c 'import functools, json, sys
print(json.dumps(functools.reduce(dict.__getitem__, sys.argv[2].split("."), json.load(open(sys.argv[1])))))' \
		"$1.run.json" "$2"
}
agrees() { # PREFIX [OPTION...]
	python tests/check-run "$1" "$(rows "$1")" "${@:2}" && vpipe-trace report "$1" >/dev/null
}

# Seconds in which a program has started, and a tracer sees its frames
start_seconds=4
# shellcheck disable=SC2034 # for the tests that source this
slow_kernel && start_seconds=10

# run_program PREFIX COMMAND...: a cmocka program, whose tests count as ours; it may take
# $program_limit seconds
program_limit=120
slow_kernel && program_limit=900
run_program() {
	local prefix=$1 line status failed=0
	shift
	while IFS= read -r line; do
		case $line in
		'ok '*' # SKIP '*) line=${line#* - } && skip "$prefix ${line%% # SKIP *}" "${line##* # SKIP }" ;;
		'ok '*) line=${line#* - } && ok "$prefix ${line//_/ }" ;;
		'not ok '*) failed=1 && line=${line#* - } && not_ok "$prefix ${line//_/ }" ;;
		1..* | '# ok'* | '# not ok'*) ;;
		'#'*) echo "$line" ;;
		*) echo "# $line" ;;
		esac
	done < <(CMOCKA_MESSAGE_OUTPUT=tap timeout $program_limit tests/tap stdbuf -oL "$@"; echo $? >"$tmp/status")
	read -r status <"$tmp/status"
	[ "$status" = 0 ] || [ $failed = 1 ] || not_ok "$prefix $1 ended with status $status"
}

# run_in_each_mode PROGRAM...: where frames are processed must make no difference to any test
run_in_each_mode() {
	local mode program
	for mode in inline worker; do
		modprobe -r vpipe
		load_node vpipe vpipe exec=$mode || { not_ok "$mode: the node appears"; continue; }
		for program; do
			run_program "$mode: $program:" "${BUILD:-build}/tests/test-$program"
		done
	done
	modprobe -r vpipe
}
