#!/bin/bash
# SPDX-License-Identifier: MIT
# uapi.t - what programs may rely on: layouts, controls, formats, buffers, metadata; in the
# guest, as root
#
# The programs are test-*.c in this folder. Where frames are processed must make no difference.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

need_vpipe
for exec in inline worker; do
	modprobe -r vpipe
	load_node vpipe vpipe exec=$exec || { not_ok "the node appears"; continue; }
	for name in abi queues meta; do
		run_program "$exec: $name:" "${BUILD:-build}/tests/test-$name"
	done
done
modprobe -r vpipe
finish
