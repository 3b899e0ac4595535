#!/bin/bash
# SPDX-License-Identifier: MIT
# fuzz.t - each fuzzer for a short time, from the kept corpus on (FUZZ_SECONDS=10 each)
. "$(dirname "$0")/../lib.sh"

seconds=${FUZZ_SECONDS:-10}

for source in tests/fuzz/fuzz-*.c; do
	fuzzer=${source##*/}
	fuzzer=${fuzzer%.c}
	if [ ! -x "${BUILD:-build}/fuzz/$fuzzer" ] && ! scripts/deps check fuzz 2>"$tmp/missing"; then
		skip "$fuzzer" "$(sed -n '1s/^vpipe: //p' "$tmp/missing")"
	elif [ "$fuzzer" = fuzz-frames ] && [ "$(id -u)" != 0 ]; then
		skip "$fuzzer" 'loading BPF programs needs root'
	elif tests/fuzz/run "$fuzzer" "$seconds" >"$tmp/said" 2>&1; then
		ok "$(cat "$tmp/said")"
	else
		not_ok "$fuzzer"
		diag "$tmp/said"
	fi
done
finish
