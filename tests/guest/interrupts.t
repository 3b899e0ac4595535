#!/bin/bash
# SPDX-License-Identifier: MIT
# interrupts.t - a timer wakes the client, beside a thread that the timer's interrupt stops
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

run=$tmp/timer
load_node vpipe vpipe
vpipe-trace doctor >"$tmp/doctor"
if ! grep -qE '^ok +interrupts' "$tmp/doctor"; then
	echo "1..0 # SKIP $(sed -n 's/^[a-z]* *\(interrupts.*\)/\1/p' "$tmp/doctor")"
	modprobe -r vpipe
	exit 0
fi
taskset -c 1 sh -c 'while :; do :; done' &
busy=$!
check "400 frames, a sleep behind each" vpipe-trace run -q -o "$run" -- \
	taskset -c 1 "${BUILD:-build}/tests/guest-client" stream 400 -s 16x16 -w 1
kill $busy
check "the files of the run agree" python tests/check-run "$run" 400 --no-source
check "each wakeup is the interrupt's, none is of whom it stopped" python tests/check-experiment interrupt $busy "$run"
modprobe -r vpipe
finish
