#!/bin/bash
# SPDX-License-Identifier: MIT
# health.t - what a debug kernel has found by the end of all tests; run last
#
# Its reports go to the kernel's log, which scripts/guest reads. This asks for what it
# has not said yet, and whether it could have: after a report lockdep is off, silently.
. "$(dirname "$0")/../lib.sh"

leaks=/sys/kernel/debug/kmemleak
lockdep_is_on() { grep -q 'debug_locks: *1' /proc/lockdep_stats; }

# Not ours: where registering a video node fails, as torture.t makes it, the media core of 6.12
# keeps the name that it has given to the device.
not_ours='dev_set_name.*__video_register_device'

# ours or others: these of kmemleak's reports
leaks_of() {
	awk -v not_ours="$not_ours" -v which="$1" '
		function end() {
			if (text != "" && (text ~ not_ours ? "others" : "ours") == which) printf "%s", text
			text = ""
		}
		/^unreferenced object/ { end() }
		{ text = text $0 "\n" }
		END { end() }' "$tmp/leaks"
}

# Objects are suspected that were made more than 5 s ago, and nobody pointed to twice.
no_leak() {
	echo scan >$leaks
	sleep 6
	echo scan >$leaks
	cat $leaks >"$tmp/leaks"
	leaks_of ours
	[ -z "$(leaks_of ours)" ]
}

check "lockdep is on at the end" lockdep_is_on
modprobe -q vpipe
check "kmemleak finds nothing, the module loaded" no_leak
modprobe -r vpipe
check "nor with it unloaded" no_leak
echo "# names of devices that the media core leaked: $(leaks_of others | grep -c '^unreferenced')"
finish
