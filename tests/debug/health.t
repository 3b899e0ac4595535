#!/bin/bash
# SPDX-License-Identifier: MIT
# health.t - what a debug kernel has found by the end of all tests; run last
#
# Its reports go to the kernel's log, which scripts/guest reads. This asks for what it
# has not said yet, and whether it could have: after a report lockdep is off, silently.
. "$(dirname "$0")/../lib.sh"

leaks=/sys/kernel/debug/kmemleak
lockdep_is_on() { grep -q 'debug_locks: *1' /proc/lockdep_stats; }

# Objects are suspected that were made more than 5 s ago, and nobody pointed to twice.
no_leak() {
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	cat $leaks
	[ -z "$(cat $leaks)" ]
}

check "lockdep is on at the end" lockdep_is_on
modprobe -q vpipe
check "kmemleak finds nothing, the module loaded" no_leak
modprobe -r vpipe
check "nor with it unloaded" no_leak
finish
