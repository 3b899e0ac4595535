#!/bin/bash
# SPDX-License-Identifier: MIT
# figures.t - vpipe-trace export --metrics and --hgrm: the figures of a run for other programs
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

# --- OpenMetrics
metrics() { # NAME RUN
	vpipe-trace export "$2" --metrics >"$tmp/metrics" || diag <<<"export ended with $?"
	check "$1" tests/check-metrics "$tmp/metrics" "$2"
}

metrics "our node, of an old version" "$runs/small"
metrics "a camera whose frames never came" "$runs/starved"
metrics "a chain of two devices" "$runs/chain"
make_run "$tmp/made" 2000 --stall 500=80000000000
metrics "a frame beyond all buckets" "$tmp/made"
make_run "$tmp/bare" 500 --no-source
metrics "frames without a source" "$tmp/bare"

same_ends() { # RUN: where buckets end does not depend on the run
	vpipe-trace export "$1" --metrics | grep -o '^vpipe_frame_.*le="[^"]*"' | sed 's/.*le=//'
}
check "buckets end where those of any other run do" cmp <(same_ends "$runs/small") <(same_ends "$tmp/made")

copy_as "$runs/starved" "$tmp/names"
python3 - "$tmp/names" <<'END'
import json, sys
run = json.load(open(sys.argv[1] + ".run.json"))
run["devices"][0]["node"] = node = 'a\\b"c\nd,} 1'
run["machine"]["release"] = '"\\n\u202e'
run["path"]["costs"][0]["cost"] = '</script>"'
for stage in run["path"]["stages"]:
    for key in ("running", "asleep"):
        stage[key] = '</script>"' if stage[key] == "copies" else stage[key]
json.dump(run, open(sys.argv[1] + ".run.json", "w"))
END
sed -i 's/video0/"a\\b""c\nd,} 1"/' "$tmp"/names.{frames,drops,buffers}.csv
seal "$tmp/names"
vpipe-trace export "$tmp/names" --metrics >"$tmp/metrics"
check "names of any characters are labels" tests/check-metrics "$tmp/metrics"
escaped() { grep -q '^vpipe_drops_total{device="a\\\\b\\"c\\\\x0ad,} 1",cause="held"} [1-9]' "$tmp/metrics"; }
check "in which each character that means something is escaped" escaped

copy_as "$runs/starved" "$tmp/crowd"
json_set 'd["devices"][0]["not_followed"] = 2' "$tmp/crowd.run.json"
seal "$tmp/crowd"
not_told() { vpipe-trace export "$tmp/crowd" --metrics >"$tmp/metrics" && tests/check-metrics "$tmp/metrics" && ! grep -q vpipe_drops_total "$tmp/metrics"; }
check "drops that are not known are left out" not_told

make_run "$tmp/counted" 40
json_set 'd["frames"]["rows"] = None; del d["files"]["frames.csv"]; d["crc32"] = checks.run_sum(d)' "$tmp/counted.run.json"
rm "$tmp/counted.frames.csv"
counted() { vpipe-trace export "$tmp/counted" --metrics >"$tmp/metrics" && tests/check-metrics "$tmp/metrics" && ! grep -q vpipe_cost "$tmp/metrics"; }
check "histograms are enough; costs are not known then" counted

# --- HdrHistogram's text
# RUN COLUMN TEXT: what its plotters take, and what frames.csv says: up to each value so many of them
same_percentiles() {
	PYTHONPATH=tests python3 -B - "$@" <<-'END'
		import csv, re, sys
		values = sorted(int(r[sys.argv[2]]) for r in csv.DictReader(open(sys.argv[1] + ".frames.csv")) if r[sys.argv[2]])
		lines = open(sys.argv[3]).read().split("\n")
		assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"] and not lines[1], lines[:2]
		body = [line.split() for line in lines[2:] if line and line[0] != "#"]
		foot = {k.strip(): float(v) for line in lines if line[:2] == "#[" for k, v in re.findall(r"([A-Z][A-Za-z ]+)= +([0-9.]+)", line)}
		counts = []
		for value, percentile, count, *rest in body:
		    up_to = sum(v <= round(float(value) * 1000) for v in values)
		    assert up_to == int(count), (value, up_to, count)
		    counts.append(int(count))
		    if float(percentile):
		        assert abs(float(percentile) - up_to / len(values)) < 1e-11, (percentile, up_to)
		    assert bool(rest) == (float(percentile) < 1), (percentile, rest)
		    if rest:
		        assert abs(float(rest[0]) * (1 - float(percentile)) - 1) < 0.01, (percentile, rest)
		assert counts == sorted(counts) and counts[-1] == len(values) == foot["Total count"], foot
		assert round(float(body[0][0]) * 1000) == values[0] and float(body[0][1]) == 0, body[0]
		assert round(foot["Max"] * 1000) == values[-1] == round(float(body[-1][0]) * 1000), foot
		mean = sum(values) / len(values)
		assert abs(foot["Mean"] * 1000 - mean) < 1, foot
		spread = (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5
		assert values[-1] >> 36 or abs(foot["StdDeviation"] * 1000 - spread) < spread * 0.02 + 1, (foot, spread)
	END
}
hgrm() { # NAME RUN STAGE
	vpipe-trace export "$2" --hgrm --stage "$3" >"$tmp/hgrm" || diag <<<"export ended with $?"
	check "$1" same_percentiles "$2" "$3_ns" "$tmp/hgrm"
}

hgrm "percentiles of whole frames" "$runs/small" e2e
hgrm "of a stage that some frames lack" "$runs/small" source
hgrm "of the stage that a camera takes" "$runs/starved" wake
hgrm "with one beyond the last bucket" "$tmp/made" e2e
default() { vpipe-trace export "$runs/small" --hgrm | cmp - <(vpipe-trace export "$runs/small" --hgrm --stage e2e); }
check "whole frames are meant where nothing is said" default

# --- what is refused
check_fails "a stage that there is not" 2 "error: the run has no stage 'nap', but source, handoff, submit, .*, e2e, runq" \
	vpipe-trace export "$runs/small" --hgrm --stage nap
check_fails "a stage without times" 1 'error: nothing was timed in source' vpipe-trace export "$tmp/bare" --hgrm --stage source
copy_as "$runs/small" "$tmp/old"
rm "$tmp/old.hist.csv"
for format in hgrm metrics; do
	check_fails "an old run without histograms has no $format" 1 "error: .*/old has no hist.csv, without which there is no --$format" \
		vpipe-trace export "$tmp/old" --$format
done
check_fails "a stage of what has all" 2 'error: --stage is for --hgrm: --metrics has all stages' \
	vpipe-trace export "$runs/small" --metrics --stage copy
for part in "--worst 3" "--from 1" "--to 2"; do
	# shellcheck disable=SC2086 # two arguments
	check_fails "a part of a whole: $part" 2 'error: --metrics is of the whole run: --worst, --from and --to are for formats' \
		vpipe-trace export "$runs/small" --metrics $part
done
to_full() { vpipe-trace export --metrics "$runs/small" >/dev/full; }
check_fails "a full disk" 1 'cannot write to stdout: No space' to_full
finish
