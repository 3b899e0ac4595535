#!/bin/bash
# SPDX-License-Identifier: MIT
# snapshot.t - controls changed by another thread never touch a queued frame; in the guest,
# as root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

need_vpipe
for exec in inline worker; do
	modprobe -r vpipe
	load_node vpipe vpipe exec=$exec || { not_ok "the node appears"; continue; }
	run_program "$exec:" "${BUILD:-build}/tests/test-snapshot"
done
modprobe -r vpipe
finish
