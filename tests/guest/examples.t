#!/bin/bash
# SPDX-License-Identifier: MIT
# examples.t - each example of a --help or a document that needs devices does what it says, as printed
#
# They end by Ctrl-C once frames come, as --help says they can. Root needs no sudo. HD, scaler and app, which stand
# for what a reader has, are vivid, vpipe and a program of that name. Others are tests/native/examples.t's.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
need_speed

build=$(realpath "${BUILD:-build}")
PATH=$build/bin:$PATH
tree=$PWD
PYTHONPATH=scripts python3 -B tests/examples.py guest >"$tmp/examples"
mkdir -p "$tmp/node-exporter"
cp "$build/bin/vpipe-capture-m2m" "$tmp/app"
printf 'P5\n64 64\n255\n' >"$tmp/edge.pgm"
head -c 4096 </dev/zero | tr '\0' '\220' >>"$tmp/edge.pgm"

# COMMAND: why it cannot be run here; nothing: it can
cannot() {
	case $1 in
	*--display*) [ -e /dev/dri/card0 ] || echo "there is no display: tests/guest/display.t" ;;
	*'-d /dev/video5'*) echo "there is no ISP: tests/guest/isp.t" ;;
	*/dev/dma_heap/*) [ -e /dev/dma_heap/system ] || echo "this kernel has no DMA heaps" ;;
	esac
}
# COMMAND: as root types it here
typed() {
	local command=${1//sudo /}
	command=${command//-d HD/-d vivid}
	command=${command//-d scaler/-d vpipe}
	command=${command//\/tmp\//$tmp/} # first: the others' new names have it
	command=${command//\/var\/lib\/prometheus\//$tmp/}
	echo "${command//\/run\//$tmp/}"
}

# STATUS...|of COMMAND: what it may end with, if Ctrl-C ended it
may_end() {
	case $1 in
	vpipe-bench-fixture* | vpipe-capture-* | vpipe-meta-drain*) echo 0 130 ;;
	*--stop-above*) echo 0 4 ;; # whether a frame is slow here, is chance
	*doctor*) echo 0 3 ;; # what cannot be looked at
	*) echo 0 ;;
	esac
}
# NAME WHEN SECONDS COMMAND: as typed, in a folder of its own, until Ctrl-C; $tmp/NAME.status is its status
go() {
	[[ $4 != *'>log' ]] || set -- "$1" '<log' 1 "$4"
	rm -rf "$tmp/in.$1"
	mkdir -p "$tmp/in.$1/bench"
	cp "$tmp/edge.pgm" "$tmp/in.$1/"
	(cd "$tmp/in.$1" && python3 -B "$tree/tests/guest/ctrlc.py" "$2" "$3" "$(typed "$4")") >"$tmp/$1.out" 2>&1 </dev/null
	echo $? >"$tmp/$1.status"
}
ended() { # NAME COMMAND
	local status may
	status=$(<"$tmp/$1.status")
	may=$(may_end "$2")
	[[ " $may " = *" $status "* ]] && ! grep -a '^error: ' "$tmp/$1.out" && return
	echo "status $status, wanted $may: $2"
	tr -d '\r' <"$tmp/$1.out" | grep -a 'error: '
	tr -d '\r' <"$tmp/$1.out" | tail -n 12
	return 1
}
# PATTERN: the examples that are like it and can be run; others are told
those() {
	local where command why
	while IFS=$'\t' read -r where command; do
		[[ $command =~ $1 ]] || continue
		why=$(cannot "$command")
		if [ -n "$why" ]; then
			printf '%s\t%s\n' "$where: $command" "$why" >>"$tmp/skips"
		else
			printf '%s\t%s\n' "$where" "$command"
		fi
	done <"$tmp/examples"
}
# PATTERN WHEN SECONDS: one after the other
in_turn() {
	local where command
	while IFS=$'\t' read -r where command <&4; do
		go one "$2" "$3" "$command"
		check "$where: $command" ended one "$command"
	done 4< <(those "$1")
}
# likewise, all at once
at_once() {
	local where command n=0 pids=() all=()
	mapfile -t all < <(those "$1")
	for command in "${all[@]}"; do
		n=$((n + 1))
		go "of$n" "$2" "$3" "${command#*$'\t'}" &
		pids+=($!)
	done
	wait "${pids[@]}"
	n=0
	for command in "${all[@]}"; do
		n=$((n + 1))
		IFS=$'\t' read -r where command <<<"$command"
		check "$where: $command" ended "of$n" "$command"
	done
}

# runs: the first video node is vpipe's there
modprobe -a vpipe vivid
wait_for node 'vivid-*-vid-cap'
in_turn 'vpipe-trace run' @vpipe-capture-m,vpipe-bench-fix,v4l2-ctl 2
modprobe -r vivid vpipe

# all else: a camera, an output node, and vpipe as the third
modprobe vivid n_devs=1 node_types=0x101
wait_for node 'vivid-*-vid-cap'
modprobe vpipe
wait_for node vpipe
check "the nodes have the numbers that examples use" [ "$(node 'vivid-*-vid-cap') $(node vpipe)" = "/dev/video0 /dev/video2" ]
in_turn '^vpipe-(capture|bench)' '' 0.6
in_turn '^vpipe-fixture' '' 60 # it ends by itself
(cd "$tmp" && exec ./app -q -f 1000000 -o app.csv) >"$tmp/client" 2>&1 &
client=$!
at_once '^vpipe-meta-drain' '' 1
at_once 'vpipe-trace (record|top)' 'note: recording|frames/s' 3
in_turn 'vpipe-trace doctor' @nobody 0
kill -INT $client
wait $client
modprobe -r vivid vpipe
while IFS=$'\t' read -r what why; do
	skip "$what" "$why"
done <"$tmp/skips"
finish
