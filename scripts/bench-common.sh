# SPDX-License-Identifier: MIT
# bench-common.sh - what the bench_*.sh scripts have in common; sourced by them
#
# A run NAME leaves in its folder:
#   NAME.csv       the capture tool's rows
#   NAME.meta.csv  the metadata rows, where vpipe is in the path
#   NAME.perf.csv  perf stat of the capture tool; empty cells where the machine has no counter
#   NAME.bench     what was run: phase, path and command, for scripts/summarize-bench
#
# shellcheck shell=bash disable=SC2154

set -eu
PATH=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/${BUILD:-build}/bin:$PATH:/usr/sbin:/sbin
counters=context-switches,cpu-migrations,page-faults,task-clock,cycles,instructions,cache-references,cache-misses
drain=

die() {
	echo "error: $*" >&2
	exit 1
}

# usage_if TEXT TOO_FEW_OR_HELP: print the script's head comment
usage() {
	sed -n '3,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"
	exit "$1"
}

# PREFIX: NAME goes to bench/, DIR/NAME where it says
prefix_of() {
	case $1 in
	*/*) echo "$1" ;;
	*) mkdir -p bench && echo "bench/$1" ;;
	esac
}

# vivid dates its frames 0.9 periods ahead unless it is told to date their start
date_frames() {
	v4l2-ctl -d "$1" -c timestamp_source=1 >/dev/null 2>&1 || :
}

# PREFIX FRAMES: start reading metadata; ready when it returns
start_drain() {
	local folder ready
	folder=$(mktemp -d) # not every file system has pipes, and DIR may be shared
	ready=$folder/ready
	mkfifo "$ready"
	vpipe-meta-drain --quiet --frames=0 --csv "$1.meta.csv" --ready-fd 9 9<>"$ready" &
	drain=$!
	read -r -N 1 -t 10 <>"$ready" || :
	rm -r "$folder"
	kill -0 "$drain" 2>/dev/null || die "the metadata cannot be read"
}

stop_drain() {
	[ -n "$drain" ] || return 0
	kill -TERM "$drain" 2>/dev/null || :
	wait "$drain" || die "the metadata are incomplete"
	drain=
}
trap '[ -z "$drain" ] || kill "$drain" 2>/dev/null' EXIT

# PREFIX PHASE PATH COMMAND...: run the tool under perf stat, note what was run
measure() {
	local prefix=$1 phase=$2 path=$3
	shift 3
	rm -f "$prefix.bench"
	if command -v perf >/dev/null; then
		perf stat -x, -o "$prefix.perf.csv" -e "$counters" "$@"
	else
		echo "note: perf is not installed: $prefix.perf.csv is not written" >&2
		rm -f "$prefix.perf.csv"
		"$@"
	fi
	printf 'phase=%s\npath=%s\ncommand=%s %s\n' "$phase" "$path" "$(basename "$0")" "$bench_arguments" >"$prefix.bench"
}
