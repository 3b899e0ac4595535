#!/bin/bash
# SPDX-License-Identifier: MIT
# uapi.t - what programs may rely on: layouts, controls, formats, buffers, metadata; in the
# guest, as root
#
# The programs are test-*.c in this folder.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

need_vpipe
run_in_each_mode abi queues meta
finish
