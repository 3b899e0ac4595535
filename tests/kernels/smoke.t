#!/bin/bash
# SPDX-License-Identifier: MIT
# smoke.t - what vpipe is there for, on any kernel: loaded, examined, 300 frames; in a guest, as root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../guest/node.sh"

out=$tmp/run

both_load() { load_node vivid 'vivid-*-vid-cap' n_devs=1 node_types=0x1 && load_node vpipe vpipe; }
check "$(uname -r): the module loads, beside vivid" both_load
check "it has types of its own" [ -e /sys/kernel/btf/vpipe ]
check "vpipe-trace doctor: a run can work here" vpipe-trace doctor
# what libbpf looks for in the types of modules, which takes more, not every kernel has
few() { setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon "$@"; }
few_can() { chmod 666 /dev/video* /dev/vpipe-meta && few vpipe-trace doctor; }
check "doctor: with CAP_BPF and CAP_PERFMON alone, too" few_can
check "both are unloaded" modprobe -r vpipe vivid
check "vpipe-trace run, 300 frames" vpipe-trace run -o "$out" -f 300
check "its files agree with each other" python tests/check-run "$out" 300
finish
