#!/bin/bash
# SPDX-License-Identifier: MIT
# lint.t - what static analysis finds, by analyser and area
. "$(dirname "$0")/../lib.sh"

# NAME ANALYSER PATH...
lint() {
	local name=$1
	shift
	scripts/lint "$@" >"$tmp/findings" 2>&1
	case $? in
	0) ok "$name" ;;
	3) skip "$name" "$(paste -sd' ' "$tmp/findings")" ;;
	*) not_ok "$name"; diag "$tmp/findings" ;;
	esac
}

for area in user loader tests; do
	lint "$area: gcc warns of nothing" gcc $area
	lint "$area: clang warns of nothing" clang $area
	lint "$area: clang-tidy finds nothing" tidy $area
	lint "$area: cppcheck finds nothing" cppcheck $area
done
lint "bpf: clang warns of nothing" bpf
lint "kmod: the kernel's W=1 warns of nothing" kmod
lint "kmod: sparse finds nothing" sparse
for area in kmod tracepoints; do
	lint "$area: checkpatch finds nothing" checkpatch $area
done
lint "C is formatted as .clang-format says" format
lint "shellcheck finds nothing" shell
lint "Python compiles" python
finish
