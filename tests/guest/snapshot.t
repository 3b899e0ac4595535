#!/bin/bash
# SPDX-License-Identifier: MIT
# snapshot.t - controls changed by another thread never touch a queued frame; in the guest,
# as root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"

need_vpipe
run_in_each_mode snapshot
finish
