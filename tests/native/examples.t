#!/bin/bash
# SPDX-License-Identifier: MIT
# examples.t - each example of a --help or a document that needs no device does what it says, as printed
#
# Others are tests/guest/examples.t's. Only /tmp and /var/lib/prometheus are other folders here.
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

tree=$PWD
PATH=$(realpath "${BUILD:-build}")/bin:$PATH
there=$tmp/there
mkdir -p "$there/bench" "$tmp/tmp/runs" "$tmp/prometheus/node-exporter" "$tmp/made"

# what an example that shows a verdict ends with, the others with 0
ends_with() {
	case $1 in
	'vpipe-trace diff --fail-above 10 good new') echo 4 ;; # docs/verdicts.md: FAILED
	*' check '*'jitter.share<10%'*) echo 4 ;; # of these runs it is 18.7 %
	*) echo 0 ;;
	esac
}

# Runs under the names that examples use: as fast as each other, or slower by far
make_run "$tmp/made/fast" 400
make_run "$tmp/made/slow" 400 --seed 2 --scale crc=4
named() { # MADE NAME...: as links
	local made=$1 name file
	shift
	for name; do
		for file in "$made".*; do ln -sf "$file" "$name.${file#"$made".}"; done
	done
}
named "$tmp/made/fast" "$there/bench/"{run,dmabuf,a,good,before,warm,record} "$tmp/tmp/"{before,runs/one}
named "$tmp/made/slow" "$there/bench/"{run.old,mmap,b,new,after,cold} "$tmp/tmp/"{after,mmap,runs/two}
# two boards
mkdir -p "$there/boards/"{a,b}
named "$tmp/made/fast" "$there/boards/a/run"
named "$tmp/made/slow" "$there/boards/b/run"
# the one run of a folder, and the one before
mkdir -p "$tmp/alone/bench"
named "$tmp/made/fast" "$tmp/alone/bench/"{run,run.old}
printf 'P5\n64 64\n255\n' >"$there/edge.pgm"
head -c 4096 </dev/zero | tr '\0' '\220' >>"$there/edge.pgm"
for image in a b edge.reference edge.kernel; do cp "$there/edge.pgm" "$there/$image.pgm"; done

# COMMAND: it ends as it should, having said or written something
does() {
	local command=$1 folder=$there file want got
	[[ $command != *' report bench' ]] || folder=$tmp/alone
	want=$(ends_with "$command")
	[[ $command =~ (-o\ |--html=)([^ ]+) ]] && file=${BASH_REMATCH[2]} && rm -f "${folder:?}/$file"
	[[ $command != *' merge '* ]] || file=${file:+bench/$file.run.json}
	command=${command//\/tmp\//$tmp/tmp/}
	command=${command//\/var\/lib\/prometheus\//$tmp/prometheus/}
	(cd "$folder" && bash -o pipefail -c "$command") >"$tmp/said" 2>"$tmp/err" </dev/null
	got=$?
	if [ $got != "$want" ] || grep -v '^note: ' "$tmp/err" ||
		! [[ -s $tmp/said || $command = *select\(* || $command = *-o* || $command = *cv-ref* ]]; then
		echo "status $got, wanted $want, in $folder: $command"
		cat "$tmp/said" "$tmp/err"
		return 1
	fi
	[[ -z ${file:-} || $file == /* || -s $folder/$file ]] || { echo "$file was not written"; return 1; }
}

PYTHONPATH=scripts python3 -B tests/examples.py native >"$tmp/examples"
check "there are some" [ "$(wc -l <"$tmp/examples")" -gt 40 ]
listed() { PYTHONPATH=scripts python3 -B tests/examples.py guest >/dev/null; }
check "each is run, here or in a guest" listed
while IFS=$'\t' read -r where example; do
	check "$where: $example" does "$example"
done <"$tmp/examples"

# what is not as printed is found out
wrong() { ! does "$1"; }
check "a run that is not there is no success" wrong 'vpipe-trace report none'
check "nor an option" wrong 'vpipe-trace report --wrost 5 run'
check "nor a claim that fails" wrong "vpipe-trace check run 'e2e.max<1ns'"
cd "$tree" || exit 1
finish
