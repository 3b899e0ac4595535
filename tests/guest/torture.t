#!/bin/bash
# SPDX-License-Identifier: MIT
# torture.t - what no client should do to the driver, and what it has to survive; in the guest,
# as root
#
# The programs are test-load.c, test-torture.c, test-failures.c and test-hostile.c in this folder.
#
# At its best with a kernel that looks for faults (scripts/kernel --variant debug), where each step
# is slow. For longer:
#   TORTURE_LOADS=N    how often the module is loaded (default: 500, in such a kernel 30)
#   TORTURE_SECONDS=N  for how long senseless calls are made, in each mode, and how many rounds of
#                      clients are ended at random moments (default: 20)
#   TORTURE_SEED=N     what a run has chosen by chance, once more
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

programs=${BUILD:-build}/tests

# Loaded hundreds of times: from memory, and without what only debuggers read.
copy_module() {
	VPIPE_KO=$tmp/vpipe.ko
	strip --strip-debug -o "$VPIPE_KO" "$(modinfo -n vpipe)" || cp "$(modinfo -n vpipe)" "$VPIPE_KO"
	export VPIPE_KO
}

need_vpipe
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
slow=
slow_kernel && slow=yes
export TORTURE_LOADS=${TORTURE_LOADS:-${slow:+30}} TORTURE_SECONDS=${TORTURE_SECONDS:-20}
program_limit=$((TORTURE_SECONDS * 10 + ${TORTURE_LOADS:-500} * 10 + 300))

modprobe vpipe && rmmod vpipe
copy_module
run_program 'load:' "$programs/test-load"
load_node vivid 'vivid-*-vid-cap' n_devs=1 node_types=0x1 2>/dev/null
run_in_each_mode torture
modprobe -r vivid
if [ -w /proc/self/fail-nth ]; then
	# inline: what a job needs, its client is to miss
	load_node vpipe vpipe exec=inline && run_program 'failures:' "$programs/test-failures"
else
	skip 'failures' 'this kernel injects no faults'
fi
run_in_each_mode hostile
check 'unload' sh -c '! grep -q "^vpipe " /proc/modules'
finish
