# SPDX-License-Identifier: MIT
# recording.sh - a node recorded while it is read, and the run held against what its reader wrote;
# sourced after node.sh
#
# shellcheck shell=bash disable=SC2034,SC2154

. "${BASH_SOURCE%/*}/tracer.sh"

reader=${BUILD:-build}/tests/guest-reader

# NODE OPTION...: it is read, 30 frames a second if none says other, into $log
read_node() { timeout 60 "$reader" --device "$1" --csv "$log" --fps 30 "${@:2}" >"$tmp/reader.out" 2>"$tmp/reader.err"; }
# NODE OPTION...: it is recorded while it is read
reads() {
	rm -f "$log"
	record_begin -d "$1"
	read_node "$@"
	record_end
}
well() { cat "$tmp/said" "$tmp/reader.err" && [ "$status" = 0 ] && [ -s "$log" ]; }
# CHECK [ARGUMENT...]
frames() { python tests/check-frames "$1" "$run" "${@:2}"; }

unknown=0 # percent of the dwells may be

# NAME: what is true of any frames that were recorded
holds() {
	check "$1: it is recorded" well
	check "$1: the sums" frames sums
	check "$1: the reader's clock" frames clock "$log"
	# a reader that loses its CPU between its clock and the call has asked later than it says
	check "$1: the dwell" frames dwell "$log" --within-us 5000 --median-us 500 --unknown "$unknown"
}
# NAME NODE OPTION...
traced() {
	reads "${@:2}"
	holds "$1"
}
# NAME EXPECTATION...: why frames are missing
dropped() { check "$1: what is missing, and why" frames drops "$log" "${@:2}"; }

# NAME NODE OPTION...: and its reader's queue is locked for it at times
locked() {
	reads "$2" --memory userptr "${@:3}"
	if grep -q 'no page fault in QBUF' "$tmp/reader.err"; then
		skip "$1" "QBUF of this kernel does not wait for a page that userfaultfd keeps back"
		return
	fi
	holds "$1"
	check "$1: how long DQBUF waited for the lock" frames lock "$log" --within-us 2000
	frames lock "$log" --within-us 2000 | grep '^#'
}

no_programs() { ! bpftool prog list | grep 'name vpipe_'; }
nothing_left() { no_programs && ! pgrep -x vpipe-trace; }
# NAME: of the tracer, behind its end
gone() { check "$1: no program, no tracer is left" nothing_left; }
