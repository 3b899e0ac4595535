#!/bin/bash
# SPDX-License-Identifier: MIT
# checks.t - the checkers of a run's files: what a run wrote they take, what is wrong in it they find
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

run=$tmp/run
# PYTHON: what it does to "d", which is run.json; the files are the run's again
set_run() { json_set "$1" "$run.run.json" && seal "$run"; }
format_1() { copy_as "$runs/format-1" "$run"; }
format_2() { format_1 && set_run 'd["format"], d["path"] = 2, checks.VPIPE'; }
# the same frames on a path of another name, which lacks what is vpipe's own
other_path() {
	format_2
	sed -i '1s/cv_/isp_/g; 1s/compute_/imaging_/; s/^cv,compute,/isp,imaging,/; s/^cv,/isp,/; s/^compute,/imaging,/' "$run".*.csv
	rm "$run.meta.csv"
	# shellcheck disable=SC2016 # it is Python
	set_run 'del d["files"]["meta.csv"]
text = json.dumps(d["path"]).replace("\"cv", "\"isp").replace("\"compute", "\"imaging")
d["path"] = json.loads(text.replace("\"vpipe\"", "\"other\""))'
}

agree() { tests/check-run "$run" 13; }
# CLAIM...: these are false, and no others
finds() {
	tests/check-run "$run" 13 >"$tmp/claims"
	[ $? = 1 ] && diff <(printf '%s\n' "$@" | sort) <(sed -n 's/^not ok [0-9]* - //p' "$tmp/claims" | sort)
}
path_is_wrong='run.json: the path vpipe is whole, and as it is known here'
costs_are_wrong='they follow from the stages and splits'

for format in 1 2; do
	"format_$format"
	check "format $format: the files of a run agree" agree
	check "format $format: and its capture" tests/check-capture "$run" 13
	set_cell copies_ns 5 +1 "$run.frames.csv"
	check "format $format: a file that was changed, a cost that does not follow" finds "$costs_are_wrong" \
		'the costs of each frame add up to e2e_ns' 'causes.csv is that of the rows' \
		'run.json: sizes and checksums of the files'
done
format_1
set_cell cap_sequence 5 7 "$run.csv"
check "a gap in a capture" sh -c "! tests/check-capture $run 13"

# COLUMN FILE: its numbers leave three out from the seventh row on
leave_out() {
	awk -F, -v OFS=, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
		NR > 7 { $column += 3 } 1' "$2" >"$tmp/left-out" && cp "$tmp/left-out" "$2"
}
format_1
leave_out src_sequence "$run.csv"
leave_out src_v4l2_sequence "$run.meta.csv"
first=$(($(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "src_sequence") column = i } NR == 7 { print $column }' "$run.csv") + 1))
drops() { # CAUSE OF THE LAST
	echo device,queue,sequence,due_ns,cause
	printf 'video0,1,%d,5,%s\n' $first driver $((first + 1)) driver $((first + 2)) "$1"
}
drops driver >"$tmp/drops"
drops held >"$tmp/held"
check "frames that the source left out" sh -c "! tests/check-capture $run 13"
check "and that is known" tests/check-capture "$run" 13 "$tmp/drops"
check "one of which it did not" sh -c "! tests/check-capture $run 13 $tmp/held"

# PYTHON CLAIM...: what is done to format 2's run.json is found
wrong() { format_2 && set_run "$1" && finds "${@:2}"; }
check "path: a stage charged to another cost" \
	wrong 'd["path"]["stages"][4]["running"] = "transport"' "$path_is_wrong" "$costs_are_wrong"
check "path: a cost that is none" wrong 'd["path"]["stages"][0]["dwell"] = None' "$path_is_wrong" "$costs_are_wrong"
check "path: a point of another name" wrong 'd["path"]["points"][3] = "ready"' "$path_is_wrong"
check "path: a stage told in other words" wrong 'd["path"]["stages"][6]["from"] = "cv done"' "$path_is_wrong"
check "path: charged to, in the table" wrong 'd["path"]["stages"][9]["charged_to"] = "transport"' "$path_is_wrong" \
	'summary.csv has the stages of the path, and what they are charged to'
check "a later format" wrong 'd["format"] = 3' 'run.json: format 1 or 2'

other_path
check "another path: its sums agree, by its own stages and costs" agree
set_cell isp_ns 5 +1 "$run.frames.csv"
seal "$run"
check "another path: a nanosecond more in a stage" finds 'the stages of each frame add up to e2e_ns' \
	'isp: the summary is that of the rows' "$costs_are_wrong"
other_path
set_run 'd["path"]["stages"][5]["asleep"] = "dreams"; d["path"]["points"].pop()'
check "another path: what does not fit together" finds "$costs_are_wrong" \
	'run.json: the path other is whole, and as it is known here'
finish
