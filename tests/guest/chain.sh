# SPDX-License-Identifier: MIT
# chain.sh - frames that go through several nodes recorded, and the rows held against what the client
# says; sourced after node.sh
#
# shellcheck shell=bash disable=SC2034,SC2154

. "${BASH_SOURCE%/*}/tracer.sh"

m2m=${BUILD:-build}/tests/guest-m2m
relay=tests/guest/relay.py
frames=40
# From which node relays() takes its frames, through which it sends them, and what they are
source=vivid-000 through=vim2m format=RGB3

# DEVICES COMMAND...: they are recorded while it runs; $status is record's
traced() {
	local devices=() device
	for device in $1; do devices+=(-d "$device"); done
	shift
	rm -f "$log" "$tmp"/sequences*
	record_begin "${devices[@]}"
	client "$@"
	record_end
}
sums() { python tests/check-frames sums "$run" "$@"; }
links() { python tests/check-frames links "$run" "$log" "$@"; }
clock() { python tests/check-frames clock "$run" "$log"; }
readable() { vpipe-trace report "$run" && vpipe-trace export --jsonl "$run" >/dev/null; }

# DEVICE PROGRAM: Python on the rows that end at that device, and on the sequences the relay has said
rows_are() {
	python - "$run.frames.csv" "$tmp/sequences.1" "$1" "$2" <<-'END'
		import csv, json, sys
		run = json.load(open(sys.argv[1].replace(".frames.csv", ".run.json")))
		print(*(run[of] for of in ("frames", "losses", "not_recorded", "beside")), sep="\n")
		all_rows = list(csv.DictReader(open(sys.argv[1])))
		rows, said = [r for r in all_rows if "/dev/" + r["device"] == sys.argv[3]], open(sys.argv[2]).read().split()
		got = [r["source_sequence"] for r in rows]
		rules = {r[c] for r in rows for c in r if c.endswith("_rule") and r[c]}
		print(len(all_rows), rules, *zip(got, said), sep="\n")
		sys.exit(not eval(sys.argv[4]))
	END
}
relays() { # DEVICES OPTION...
	local which=$1
	shift
	traced "$which" $relay "$source" $frames --through "$through" --format "$format" --say "$tmp/sequences" "$@"
}
