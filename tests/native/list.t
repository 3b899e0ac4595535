#!/bin/bash
# SPDX-License-Identifier: MIT
# list.t - which run is meant by what is on a command line, and vpipe-trace list
#
# shellcheck disable=SC2016 # programs in quotes
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

PATH=$(realpath "${BUILD:-build}")/bin:$PATH
tree=$PWD
mkdir -p "$tmp/there/bench" "$tmp/empty"
cd "$tmp/there" || exit 1
for name in one one.old; do
	for file in "$tree/$runs"/format-1.*; do cp "$file" "bench/$name.${file#"$tree/$runs/format-1."}"; done
done
# what may lie beside them
touch bench/one.perf.csv bench/one.html bench/one.frames.csv.kept bench/one.timeline.png

# --- names: NAME RUN ARGS...: report takes them for that run
means() {
	local run=$1
	shift
	vpipe-trace report "$@" >"$tmp/out" && grep -q "^$run, 20" "$tmp/out"
}
check "NAME" means bench/one one
check "NAME.old" means bench/one.old one.old
check "DIR/NAME" means bench/one bench/one
for file in bench/one.{csv,meta.csv,frames.csv,run.json}; do
	check "a file: $file" means bench/one "$file"
done
check "a file by its name alone" means bench/one one.frames.csv
check "all files of a run, and what lies beside them" means bench/one bench/one.*
check "those of the run before" means bench/one.old bench/one.old.*
check "a folder with one run, and the one before" means bench/one bench
check "with a slash behind it" means bench/one bench/
check "from there: NAME.*" sh -c 'cd bench && vpipe-trace report one.* | grep -q "^./one, 20"'
check "from there: the folder" sh -c 'cd bench && vpipe-trace report . | grep -q "^./one, 20"'
check "export, too" sh -c 'vpipe-trace export --jsonl bench/one.* | tail -n 1 | grep -q frame..12'
check "check: all files of a run, and what lies beside them" sh -c 'vpipe-trace check bench/one.* "frames==13" "lost==0"'
check "check: a folder" sh -c 'vpipe-trace check bench frames==13'
check_fails "check: what is neither a file nor a claim" 2 "'e2e.p99'" vpipe-trace check one e2e.p99
check "diff: two runs" sh -c 'vpipe-trace diff one.old one | grep -q "^B  bench/one  13 frames"'
check "diff: the files of two runs" sh -c 'vpipe-trace diff bench/one.old.* bench/one.run.json | grep -q "^B  bench/one  13 frames"'
check "diff: a run with itself" sh -c 'vpipe-trace diff one one | grep -q "^B  bench/one  13 frames"'

check_fails "a run that is not there" 1 'cannot read bench/none.run.json: No such file.*; vpipe-trace list' vpipe-trace report none
check_fails "a file of one that is not there" 1 'cannot read bench/none.run.json: No such file' vpipe-trace report bench/none.frames.csv
check_fails "a folder without one" 2 'no run is in .*empty: a run has a file NAME.run.json' vpipe-trace report ../empty
check "diff: all files of a run and the one before" sh -c 'vpipe-trace diff bench/one.* | grep -q "^B  bench/one.old  13 frames"'
check_fails "diff: the files of one run" 2 'RUN_A and RUN_B are needed' sh -c 'vpipe-trace diff bench/one.old.*'
cp "$tree/$runs"/small.* bench/
check_fails "a folder with several" 2 '2 runs are in bench: one, small; name one of them' vpipe-trace report bench
check_fails "files of several" 2 "one RUN, not also 'bench/small.causes.csv'" sh -c 'vpipe-trace report bench/*'
check_fails "a file beside another run" 2 "one RUN, not also 'bench/small.csv'" vpipe-trace report bench/one.csv bench/small.csv
odd=$'bench/w\xc3\e[31m'
for file in bench/small.*; do cp "$file" "$odd.${file#bench/small.}"; done
check "a name that is no text" sh -c "vpipe-trace report '$odd.run.json' | grep -qF 'bench/w\xc3\x1b[31m, 20'"
rm "$odd".*

# --- list
holds() { vpipe-trace list --json "${@:2}" >"$tmp/list.json"; python3 -c "import json, sys; d = {r['run']: r for r in json.load(open(sys.argv[2]))}; sys.exit(not ($1))" "$1" "$tmp/list.json"; }
check "the runs of bench/" sh -c 'vpipe-trace list | grep -qE "^one +2026-.* vpipe +13 +1.60 ms +6.91 ms +0$"'
check "its last column is what never came" sh -c 'vpipe-trace list | head -1 | grep -q " missing$"'
check "what is not known is -" sh -c 'vpipe-trace list | grep -qE "^small .* vpipe +13 .* -$"'
check "the newest comes last" sh -c '[ "$(vpipe-trace list | cut -d" " -f1 | paste -sd" ")" = "run small one one.old" ]'
check "--json" holds 'd["bench/one"] == d["bench/one.old"] | {"run": "bench/one"} and d["bench/small"]["missing"] is None and d["bench/one"]["missing"] == 0 and d["bench/one"]["frames"] == 13 and d["bench/one"]["complete"] is True'
summary() { # its numbers are those of summary.csv
	awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) at[$i] = i} $1 == "e2e" {print $at["p50_ns"], $at["p99_ns"]}' bench/one.summary.csv
}
check "as summary.csv has it" holds "'%d %d' % (d['bench/one']['e2e_p50_ns'], d['bench/one']['e2e_p99_ns']) == '$(summary)'"
(cd "$tree" && make_run "$tmp/there/bench/dropped" 500 --gap 100=7 && make_run "$tmp/there/bench/lost" 500 --lost 7)
check "what was dropped" holds 'd["bench/dropped"]["missing"] == 7'
(cd "$tree" && make_run "$tmp/there/bench/either" 500 --gap 100=7 --lost 7)
check "what was dropped or lost is not known" holds 'd["bench/either"]["missing"] is None'
check "one that is incomplete" holds 'd["bench/lost"]["complete"] is False and "7 frame rows lost" in d["bench/lost"]["incomplete"]'
check "so in text" sh -c 'vpipe-trace list | grep -A1 "^lost " | grep -q "^  incomplete: 7 frame rows lost"'
check "status 0" vpipe-trace list
cp bench/one.run.json bench/broken.run.json
damaged() { vpipe-trace list >"$tmp/out" 2>&1; [ $? = 1 ] && grep -A1 '^broken ' "$tmp/out" | grep -q '^  damaged: .*bench/broken.summary.csv: No such file'; }
check "one that is damaged: status 1, and why" damaged
check "--json says why" holds '"No such file" in d["bench/broken"]["damaged"] and d["bench/broken"]["frames"] is None'
check "the others are listed" sh -c '[ "$(vpipe-trace list | grep -cE " (vpipe|-)( |$)")" -ge 5 ]'
cp bench/small.run.json "$odd.run.json"
check "no line is wider than 80" sh -c '! vpipe-trace list | grep -E ".{81}"'
check "nor has what a terminal obeys" sh -c '! vpipe-trace list | grep "[[:cntrl:]]"'
same_list() { diff <(vpipe-trace list "$1") <(vpipe-trace list); }
check "a folder" same_list bench
check "a folder without a run" sh -c "vpipe-trace list ../empty | grep -q '^no run is in ../empty$'"
check_fails "a folder that is not there" 1 'cannot list the runs in none: No such file' vpipe-trace list none
check_fails "two folders" 2 "one folder, not also 'b'" vpipe-trace list a b
full() { vpipe-trace list --json >/dev/full; }
check_fails "a full disk" 1 'cannot write to stdout' full
cd "$tree" || exit 1
finish
