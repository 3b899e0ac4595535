#!/bin/bash
# SPDX-License-Identifier: MIT
# top.t - vpipe-trace top on a terminal: its figures are those of a record beside it, and its keys work
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
. "$(dirname "$0")/recording.sh"

[ "$(id -u)" = 0 ] || { echo '1..0 # SKIP needs root'; exit 0; }
modprobe -n vivid 2>/dev/null || { echo '1..0 # SKIP this kernel has no module vivid'; exit 0; }
command -v tmux >/dev/null || { echo '1..0 # SKIP there is no tmux here'; exit 0; }
need_speed

export LC_ALL=C.UTF-8 TMUX_TMPDIR=$tmp
unset NO_COLOR
term() { tmux -L top -f /dev/null "$@"; }
trap 'term kill-server 2>/dev/null; jobs -p | xargs -r kill 2>/dev/null; rm -rf "$tmp"' EXIT

screen() { term capture-pane -p "$@"; }
shows() { screen | grep -qE -- "$1"; }
# NAME PATTERN: it is on the screen, in a while
sees() { check "$1" seen "$2"; }
seen() { wait_for shows "$1" || { screen; return 1; }; }
keys() { term send-keys "$@"; }
# TEXT: typed to the shell
types() { keys "$1" Enter; }
# What the terminal is now: whether it shows its second screen, and the cursor
state() { term display-message -p '#{alternate_on} #{cursor_flag}'; }
state_is() { [ "$(state)" = "$1" ]; }
# NAME: it is the shell's again, as it was
given_back() {
	check "$1: the shell's screen is there, and the cursor" wait_for state_is "0 1"
	rm -f "$tmp/stty"
	types "stty -a >$tmp/stty"
	wait_for [ -s "$tmp/stty" ]
	check "$1: the terminal is as it was" cmp "$tmp/stty.before" "$tmp/stty"
}
# NAME STATUS: how it ended
ended_with() {
	types 'echo "STATUS $?"'
	sees "$1: status $2" "^STATUS $2\$"
	given_back "$1"
	types clear
}
# OPTION...: it is drawn
starts() {
	types "vpipe-trace top -d $camera $*"
	wait_for shows '^ vpipe-trace top'
}
tracer_pid() { pgrep -x vpipe-trace; }
number() { screen | sed -nE "s/$1/\\1/p" | head -n 1; } # of the screen, by an expression
# until the test has seen enough, however slow the machine is
stop_reading() { kill "$(pgrep -x guest-reader)"; wait "$client"; }
running='^ [1-9][0-9.]* frames/s' # some came in the last second
read_camera() { timeout 400 "$reader" --device "$camera" --csv "$log" --fps 30 --how poll "$@" >"$tmp/reader.out" 2>&1; }

modprobe vivid n_devs=1 node_types=0x1
wait_for node 'vivid-000*'
camera=$(node 'vivid-000*')
v4l2-ctl -d "$camera" --set-fmt-video=width=320,height=180,pixelformat=YUYV
term new-session -d -x 80 -y 24 'PS1="$ " exec bash --norc --noprofile'
wait_for shows '^\$'
types "stty -a >$tmp/stty.before"
wait_for [ -s "$tmp/stty.before" ]
types clear

# -- the figures
starts
sees "before any frame it says so" 'No frame has come yet'
check "what is not known is not 0" shows 'p50       -  p99       -  max       -'
record_begin -d "$camera"
read_camera --late 300 --late-every 40 --frames 301 &
client=$!
sees "a frame rate while frames come" "$running"
total() { number '^ [0-9.]+ frames\/s   ([0-9]+) in .*'; }
more_than() { [ "$(total)" -gt "$1" ]; }
check "they are counted" wait_for more_than 60
screen >"$tmp/middle"
awake() { grep -qE '^ guest-reader +[0-9]+ +[0-9.]+% +[0-9.]+% +[5-9][0-9]\.[0-9]%  ' "$tmp/middle" || { cat "$tmp/middle"; return 1; }; }
check "its reader sleeps most of the time" awake
check "and is woken by vivid's thread" grep -qE '^ guest-reader .*  vivid-000-vid-c [0-9]+%$' "$tmp/middle"
wait $client
record_end
sees "no more frames, then" '^ 0\.0 frames/s   301 in'
screen >"$tmp/end"
shown() { sed -nE "s/.*$1.*/\\1/p" "$tmp/end" | head -n 1; }
agree() { echo "$1 is $2, $3 say $4" && [ "$2" = "$4" ]; } # WHAT SHOWN WHOSE THEIRS
check "as many frames as the reader's log" agree frames "$(shown ' ([0-9]+) in 0:')" "the log's rows" "$(($(wc -l <"$log") - 1))"
check "as many as the run beside it" agree frames "$(shown ' ([0-9]+) in 0:')" "its rows" "$(rows "$run")"
# what drops there are, and why, camera.t holds against the log
device() { python -c 'import json, sys; device, = json.load(open(sys.argv[1]))["devices"]; print(eval(sys.argv[2], device))' "$run.run.json" "$1"; }
check "as many dropped as the run's" agree dropped "$(shown 'dropped ([0-9]+)')" "its devices" "$(device 'sum(drops.values())')"
check "as many late" agree late "$(shown 'late ([0-9]+)')" "its devices" "$(device late)"
check "as many that were done and not dequeued" agree "not dequeued" "$(shown 'not dequeued ([0-9]+)')" "its devices" "$(device 'drops["not dequeued"]')"
check "nothing is lost" grep -q 'lost 0' "$tmp/end"
# The shown times are rounded to three digits; two tracers are not at the same place at the same time.
near() {
	python - "$run" "$tmp/end" <<'END'
import csv, re, sys
e2e = sorted(int(row["e2e_ns"]) for row in csv.DictReader(open(sys.argv[1] + ".frames.csv")))
end = open(sys.argv[2]).read()
unit = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
bad = False
for name, at in (("p50", 50), ("p99", 99), ("max", 100)):
    number, of = re.search(name + r" +([0-9.]+) (ns|µs|ms|s)", end).groups()
    shown, theirs = float(number) * unit[of], e2e[max(0, -(-len(e2e) * at // 100) - 1)]
    good = abs(shown - theirs) <= (500e3 if at == 50 else 5e6) + theirs * .02
    print(name, shown, theirs, good)
    bad |= not good
sys.exit(bad)
END
}
check "p50, p99 and max are the run's" near
check "the slowest were done, and not asked for" grep -qE '^>[0-9]+ +[0-9.]+ ms +[0-9]+ s  buffer queueing [0-9]+%, wake, done and not asked' "$tmp/end"

# -- the keys
keys w
sees "w: the frame is in a file" 'frame [0-9]+ is in bench/top-[0-9T]+-[0-9]+\.jsonl'
file=$(screen | sed -nE 's/.* is in (bench\/.*jsonl).*/\1/p')
saved() {
	python - "$run" "$file" <<'END'
import csv, json, sys
frame = json.load(open(sys.argv[2]))
rows = {int(row["seq"]): row for row in csv.DictReader(open(sys.argv[1] + ".frames.csv"))}
slowest = max(rows.values(), key=lambda row: int(row["e2e_ns"]))
print(frame, slowest)
assert frame["seq"] in rows
row = rows[frame["seq"]]
assert sum(stage["ns"] for stage in frame["stages"].values() if stage) == frame["e2e_ns"]
assert sum(frame["costs_ns"].values()) == frame["e2e_ns"]
assert abs(frame["e2e_ns"] - int(row["e2e_ns"])) < 5e6
assert frame["e2e_ns"] > int(slowest["e2e_ns"]) - 5e6
END
}
check "it is the slowest of the run, and its sums hold" saved
rm -f "$file"
keys Down
sees "Down: the next one is chosen" '^ [0-9]+ .* ms'
second=$(number '^>([0-9]+) .*')
keys w
sees "w: it is that one" "frame $second is in"
rm -f bench/top-*.jsonl
rmdir bench 2>/dev/null
keys s
sees "s: by the last second" 's sort: last second'
keys s
sees "s: along the path" 's sort: path'
keys h
sees "h: what it means" 'late +frames more than 1.5 periods'
keys x
sees "any key ends it" 's sort: path'
read_camera --frames 12000 &
client=$!
sees "frames again" "$running"
before=$(total)
keys r
fewer() { [ "$(total)" -lt "$before" ]; }
check "r: from the beginning" wait_for fewer
keys p
sees "p: it stands" PAUSED
screen >"$tmp/paused"
before=$(total)
sleep 3
same() { screen | diff "$tmp/paused" -; }
check "for three seconds" same
keys p
check "p: it goes on, and nothing was missed" wait_for more_than $((before + 20))

# -- it costs little: no frame wakes it
before=$(waits "$(tracer_pid)")
sleep 3
n=$(($(waits "$(tracer_pid)") - before))
few() { echo "$n voluntary switches in 3 s" && [ $n -lt 30 ]; }
check "its frames do not wake it" few

# -- the size
term resize-window -x 120 -y 40
sees "120x40: the keys are in the last row" '^ s sort'
bottom() { [ "$(screen | grep -c '')" = 40 ] && screen | tail -n 1 | grep -q '^ s sort'; }
check "120x40: all of it is used" wait_for bottom
check "120x40: bars of stages" wait_for shows '^ wake .*%  queueing, switches +[█▏▎▍▌▋▊▉]+'
term resize-window -x 70 -y 20
sees "70x20: it says what it needs" 'needs 80x24,'
term resize-window -x 80 -y 24
sees "80x24: it is back" '^ s sort'
within() { [ "$(wc -L <"$1")" -le 80 ]; } # FILE
screen >"$tmp/narrow"
check "80x24: no row is wider" within "$tmp/narrow"

# -- stopped and continued
keys C-z
check "Ctrl-Z: the shell has the terminal" wait_for state_is "0 1"
types fg
check "fg: it is drawn again" wait_for state_is "1 0"
sees "fg: with figures" '^ s sort'
kill -STOP "$(tracer_pid)"
sees "SIGSTOP: the shell is there" 'Stopped'
types fg
wait_for state_is "1 0"
sees "fg behind SIGSTOP: it is drawn again" '^ s sort'
check "and the cursor is hidden" wait_for state_is "1 0"
stop_reading

# -- how it ends
keys q
ended_with "q" 0
for signal in TERM INT HUP; do
	starts
	kill -$signal "$(tracer_pid)"
	wait_for no_programs
	ended_with "SIG$signal" 0
done
starts
keys C-c
ended_with "Ctrl-C" 0
for signal in SEGV:139 QUIT:131; do
	starts
	types "" # whatever it is, no key
	(ulimit -c 0; kill -"${signal%:*}" "$(tracer_pid)")
	wait_for no_programs
	ended_with "SIG${signal%:*}" "${signal#*:}"
done

# -- what is lost is said, also when it is over
read_camera --frames 12000 &
client=$!
starts --ring-size 4
wait_for shows "$running"
kill -STOP "$(tracer_pid)"
sleep 3
types fg
sees "what is lost while it is stopped is shown" 'lost [1-9]'
keys q
sees "and said in the end" 'warning: data are incomplete: [0-9]+ frame rows lost: ring buffer full'
ended_with "lost" 3
stop_reading

# -- how it looks
read_camera --frames 12000 &
client=$!
starts
sees "with colours" '^ wake '
colours() { screen -e | grep -E $'\033\\[([0-9;]*;)?(3|9)[1-7]m'; }
check "they are used" colours
keys q
wait_for state_is "0 1"
types 'export NO_COLOR=1'
starts
wait_for shows '^ wake '
no_colours() { ! colours; }
check "NO_COLOR: none" no_colours
keys q
wait_for state_is "0 1"
types 'unset NO_COLOR; export LC_ALL=C'
starts
wait_for shows '^ wake '
ascii() { ! screen | LC_ALL=C grep '[^ -~]'; }
check "LC_ALL=C: ASCII" ascii
keys q
wait_for state_is "0 1"

# -- printed
check "--batch: status 0" sh -c "vpipe-trace top -d $camera -b 2 >$tmp/batch 2>$tmp/batch.err"
two() { cat "$tmp/batch" "$tmp/batch.err" && [ "$(grep -c "^ vpipe-trace top  $(basename "$camera")  " "$tmp/batch")" = 2 ] && ! [ -s "$tmp/batch.err" ]; }
check "--batch: two screens" two
check "--batch: with a whole second each" [ "$(grep -cE "$running" "$tmp/batch")" = 2 ]
check "--batch: no row is wider" within "$tmp/batch"
plain() { ! grep $'\033' "$tmp/batch"; }
check "--batch: nothing but text" plain
stop_reading
check "no program is left" no_programs
check "vivid is not held" modprobe -r vivid
finish
