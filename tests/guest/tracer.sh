# SPDX-License-Identifier: MIT
# tracer.sh - vpipe-trace record, beside a client; sourced after lib.sh
#
# shellcheck shell=bash disable=SC2034,SC2154

run=$tmp/run log=$tmp/log.csv

# OPTION...: a tracer, which sees all that comes from now on
record_begin() {
	rm -f "$run".*
	vpipe-trace record -D 120 -o "$run" "$@" >"$tmp/said" 2>&1 &
	tracer=$!
	wait_for grep -q '^note: recording' "$tmp/said"
}
record_end() { # $status is its own
	kill -INT "$tracer"
	wait "$tracer"
	status=$?
}
# COMMAND...
client() { timeout 60 "$@" >"$tmp/client" 2>&1; }
ended() { cat "$tmp/said" "$tmp/client" && [ "$status" = "$1" ]; } # STATUS
