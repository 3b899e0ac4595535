#!/bin/bash
# SPDX-License-Identifier: MIT
# screen.t - what a person sees, in a terminal of 80x24 and in one of 120x40: tmux has them
. "$(dirname "$0")/../lib.sh"
. tests/native/runs.sh

if ! command -v tmux >/dev/null; then
	skip "screens" "tmux is not installed"
	finish
	exit
fi
bin=$(realpath "${BUILD:-build}")/bin
socket=$tmp/tmux
turn=0
in_tmux() { LC_ALL=C.UTF-8 tmux -u -S "$socket.$turn" "$@"; }
trap 'in_tmux kill-server 2>/dev/null; rm -rf "$tmp"' EXIT
mkdir -p "$tmp/there/bench"
for file in "$runs"/format-1.*; do cp "$file" "$tmp/there/bench/real.${file#"$runs/format-1."}"; done
tests/make-run "$tmp/there/bench/lost" 500 --lost 7 --gap 100=7 --stall 123=900000000
copy_as "$runs/small" "$tmp/there/bench/wide"
# names that are as wide as they can be, and some that would move the cursor
json_set 'd["options"]["source"] = "カメラ" * 20 + "\033[2J"; d["machine"]["release"] = "6" * 90; d["hardware_counters"]["why"] = "no " * 60' \
	"$tmp/there/bench/wide.run.json"

# COLUMNS LINES COMMAND...: what is on the screen in the end, and all that was, in $tmp/{end,all,colored}
shown() {
	local columns=$1 lines=$2
	shift 2
	rm -f "$tmp/ended"
	turn=$((turn + 1)) # a server that ends would take the next session with it
	in_tmux -f /dev/null new-session -d -x "$columns" -y "$lines" -c "$tmp/there" \
		"env PATH='$bin:$PATH' $* 2>&1; touch '$tmp/ended'; sleep 60" || return
	in_tmux set-option -g status off
	in_tmux resize-window -x "$columns" -y "$lines"
	wait_for [ -e "$tmp/ended" ] || return
	in_tmux capture-pane -p >"$tmp/end"
	in_tmux capture-pane -p -J -S - >"$tmp/all" # a line that was too wide is whole again
	in_tmux capture-pane -p -e -S - >"$tmp/colored"
	in_tmux kill-server
}
fits() { # COLUMNS: no line is wider
	[ -s "$tmp/all" ] && LC_ALL=C.UTF-8 python3 - "$1" "$tmp/all" <<-'END'
		import sys, unicodedata
		def columns(text):
		    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
		wide = [line for line in open(sys.argv[2], encoding="utf-8").read().splitlines() if columns(line.rstrip()) > int(sys.argv[1])]
		sys.exit("\n".join(wide) or 0)
	END
}
says() { grep -qE -- "$1" "$tmp/all"; }
ends_with() { grep -v '^ *$' "$tmp/end" | tail -n 1 | grep -qE -- "$1"; }
is_colored() { grep -q $'\e\\[' "$tmp/colored"; }
is_plain() { ! is_colored; }
is_harmless() { ! grep -q $'[\x01-\x08\x0b-\x1f]' "$tmp/all"; }

for size in "80 24" "120 40"; do
	# shellcheck disable=SC2086 # two words
	set -- $size
	at="$1x$2"
	shown "$1" "$2" vpipe-trace report real
	check "report at $at: nothing is wider" fits "$1"
	check "report at $at: its answer is the first line" sh -c "head -n 1 $tmp/all | grep -q '^Integrity is 28.6 % of the frames. time'"
	check "report at $at: and is there again, where that line is gone" ends_with '^Integrity is 28.6 % of the frames. time'
	check "report at $at: in colour" is_colored
	check "report at $at: the worst frame, where in it, who woke it" says '^ +0 +6.92 ms +buffer queueing 42%.* source, done and not asked for'
	shown "$1" "$2" vpipe-trace report lost
	check "an incomplete run at $at: that is said first" sh -c "head -n 1 $tmp/all | grep -q '^INCOMPLETE'"
	check "an incomplete run at $at: and again" sh -c "grep -q '^INCOMPLETE' $tmp/end"
	check "an incomplete run at $at: nothing is wider" fits "$1"
	shown "$1" "$2" vpipe-trace report wide
	check "long names at $at: nothing is wider" fits "$1"
	check "long names at $at: nothing steers the terminal" is_harmless
	shown "$1" "$2" vpipe-trace list
	check "list at $at: nothing is wider" fits "$1"
	check "list at $at: all runs" sh -c "[ \$(grep -cE '^(real|lost|wide) ' $tmp/end) = 3 ]"
	shown "$1" "$2" vpipe-trace diff real real
	check "diff at $at: nothing is wider" fits "$1"
	shown "$1" "$2" vpipe-trace doctor
	check "doctor at $at: nothing is wider" fits "$1"
	check "doctor at $at: its verdict is there to be seen" grep -qE '^vpipe-trace record -d NODE (can|may|cannot) ' "$tmp/end"
	shown "$1" "$2" vpipe-trace --help
	check "--help at $at: all of it" sh -c "head -n 1 $tmp/end | grep -q '^usage: ' || [ $2 = 24 ]"
	check "--help at $at: nothing is wider" fits "$1"
done

# --- the width is used
shown 80 24 vpipe-trace report real
check "80 columns: three percentiles" says '^cost +p50 +p99 +max  share'
check "80 columns: one cost of a frame" says '^worst +e2e  largest cost +where'
shown 120 40 vpipe-trace report real
check "120 columns: five" says '^cost +p50 +p95 +p99 +p99.9 +max  share'
check "120 columns: two costs, and how long the largest was" says '^ +0 +6.92 ms +buffer queueing 42%, transport 23% +1.51 ms in source, done'
check "120 columns: longer bars" says ' 28.6% #{9}'
shown 60 20 vpipe-trace report real
check "less than 80: it is 80 all the same" says '^cost +p50 +p99 +max  share'
shown 120 90 vpipe-trace report real
check "a terminal as high as the report: the answer is there once" sh -c "[ \$(grep -c '^Integrity is' $tmp/all) = 1 ]"
columns() { COLUMNS=$1 vpipe-trace report "$tmp/there/bench/real" | awk '{ if (length > most) most = length } END { print most }'; }
check "no terminal: 80 columns" [ "$(columns '')" -le 81 ]
check "no terminal: as many as COLUMNS says" [ "$(columns 120)" -gt 81 ]
for odd in 0 -5 x 10 99999999999999999999; do
	check "COLUMNS=$odd does no harm" sh -c "COLUMNS=$odd vpipe-trace report $tmp/there/bench/real >/dev/null"
done

# --- colours only where they are allowed
shown 80 24 NO_COLOR=1 vpipe-trace report real
check "NO_COLOR: none" is_plain
shown 80 24 NO_COLOR= vpipe-trace report real
check "NO_COLOR that is empty is none" is_colored
shown 80 24 TERM=dumb vpipe-trace report real
check "TERM=dumb: none" is_plain
shown 80 24 env -u TERM vpipe-trace report real
check "no TERM: none" is_plain
shown 80 24 vpipe-trace report --color=never real
check "--color=never: none" is_plain
shown 80 24 NO_COLOR=1 vpipe-trace report --color=always real
check "--color=always: in spite of NO_COLOR" is_colored
plain() { ! "$@" | grep -q $'\e'; }
for verb in "report $tmp/there/bench/real" "list $tmp/there/bench" doctor; do
	# shellcheck disable=SC2086 # words
	check "${verb%% *}: none into a pipe" plain vpipe-trace $verb
	# shellcheck disable=SC2086 # words
	check "${verb%% *}: --color=always into a pipe" sh -c "vpipe-trace $verb --color=always | grep -q '$(printf '\033\\[0m')'"
done
undone() { diff <(vpipe-trace report --color=always "$tmp/there/bench/real" | sed 's/\x1b\[[0-9;]*m//g') <(vpipe-trace report "$tmp/there/bench/real"); }
check "colours change nothing else" undone
finish
