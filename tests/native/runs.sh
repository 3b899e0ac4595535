# SPDX-License-Identifier: MIT
# runs.sh - files of runs, made and damaged; sourced by the tests of what reads them
#
# shellcheck shell=bash disable=SC2034

runs=tests/fixtures/runs
make_run() { tests/make-run "$@" || diag <<<"make-run $* failed"; }
seal() { tests/make-run --seal "$1"; }

# FROM TO: the files of a run once more
copy_as() {
	local file
	rm -rf "$2".*
	for file in "$1".*; do
		cp "$file" "$2.${file#"$1".}"
	done
}

# COLUMN LINE VALUE FILE: the value, or +N for the old one plus N; LINE "all": all rows
set_cell() {
	python3 - "$@" <<-'END'
		import sys
		column, line, value, path = sys.argv[1:]
		lines = [l.split(",") for l in open(path).read().splitlines()]
		at = lines[0].index(column)
		for cells in lines[1:] if line == "all" else [lines[int(line) - 1]]:
		    cells[at] = str(int(cells[at]) + int(value)) if value[:1] == "+" else value
		open(path, "w").write("".join(",".join(l) + "\n" for l in lines))
	END
}

# PYTHON FILE: what it does to the JSON "d" in FILE
json_set() {
	PYTHONPATH=tests python3 -B - "$@" <<-'END'
		import json, sys, checks
		d = json.load(open(sys.argv[2]))
		exec(sys.argv[1])
		json.dump(d, open(sys.argv[2], "w"))
	END
}
