#!/bin/bash
# SPDX-License-Identifier: MIT
# cli.t - the command line of vpipe-trace, where no driver is needed
. "$(dirname "$0")/../lib.sh"

for args in --help --version stages; do
	check "vpipe-trace $args" vpipe-trace $args
done
for args in "doctor --help" "doctor -?" "doctor --usage" "doctor --version"; do
	# shellcheck disable=SC2086 # words
	check "vpipe-trace $args" vpipe-trace $args
done
explained() { for word in EXAMPLES 'Exit status: 0' MISSING without unknown; do vpipe-trace doctor --help | grep -q "$word" || return; done; }
check "vpipe-trace doctor --help explains its words" explained
narrow() { "$@" --help | awk 'length > 80 {print; wide = 1} END {exit wide}'; }
check "vpipe-trace --help fits 80 columns" narrow vpipe-trace
verbs=$(vpipe-trace --help | sed -n '/^EXAMPLES/q; s/^  \([a-z]*\) .*/\1/p')
in_table() { sed -n 's/^\t{"\([a-z]*\)", ".*/\1/p' loader/main.c; }
check "--help lists every verb" sh -c "[ -n '$verbs' ] && [ '$(paste -sd' ' <<<"$verbs")' = '$(in_table | paste -sd' ')' ]"
for verb in $verbs; do
	check "vpipe-trace $verb --help" vpipe-trace "$verb" --help
	check "vpipe-trace $verb --help says what is wanted" sh -c "vpipe-trace $verb --help | grep -q '^Usage: vpipe-trace $verb'"
	check "vpipe-trace $verb --help fits 80 columns" narrow vpipe-trace "$verb"
	check "vpipe-trace $verb --help has examples" sh -c "vpipe-trace $verb --help | grep -q ^EXAMPLES"
	check "vpipe-trace $verb --help has the exit status" sh -c "vpipe-trace $verb --help | grep -q '^Exit status: 0'"
	check "vpipe-trace $verb --version" vpipe-trace "$verb" --version
	check "vpipe-trace $verb: an option that there is not" \
		sh -c "vpipe-trace $verb --nonsense 2>$tmp/err; [ \$? = 2 ] && grep -q \"unrecognized option '--nonsense'\" $tmp/err"
done
# what can't be written is said, however the program ends
for args in --help --version "report --help" "report --version" stages; do
	# shellcheck disable=SC2086 # words
	check_fails "vpipe-trace $args to a full disk" 1 'cannot write to stdout: No space' sh -c "vpipe-trace $args >/dev/full"
	# shellcheck disable=SC2086 # words
	check_fails "vpipe-trace $args, stdout closed" 1 'cannot write to stdout: Bad file' sh -c "vpipe-trace $args >&-"
done
for verb in doctor stages; do
	check_fails "vpipe-trace $verb: an argument" 2 "not 'foo'" vpipe-trace "$verb" foo
	check "vpipe-trace $verb --json is JSON" sh -c "vpipe-trace $verb --json 2>/dev/null | python3 -m json.tool >$tmp/json"
done
doctor_agrees() { # each check and each verdict in text is in JSON
	vpipe-trace doctor >"$tmp/text" 2>/dev/null
	vpipe-trace doctor --json >"$tmp/json" 2>/dev/null
	python3 - "$tmp/text" "$tmp/json" <<-'END'
		import json, re, sys
		text, told = open(sys.argv[1]).read(), json.load(open(sys.argv[2]))
		words = re.findall(r"^(ok|MISSING|without|unknown)  *(.{22}|.*$)", text, re.M)
		assert [(w.lower(), n.strip()) for w, n in words] == [(c["is"], c["check"][:22]) for c in told["checks"]], words
		verdicts = re.findall(r"^vpipe-trace (\w+).* (can work|may work|cannot work) here", text, re.M)
		can = {"yes": "can work", "unknown": "may work", "no": "cannot work"}
		assert verdicts == [(v["verb"], can[v["can"]]) for v in told["verdicts"]] and len(verdicts) == 2, verdicts
	END
}
check "doctor --json says what doctor says" doctor_agrees
stages_agree() {
	[ "$(vpipe-trace stages --json | python3 -c 'import json, sys
for path in json.load(sys.stdin):
    for s in path["stages"]: print("| %s | %s | %s | %s |" % (s["stage"], s["from"], s["to"], s["charged_to"]))')" = \
		"$(vpipe-trace stages | grep -vE '^(###|\| (stage|---)|$)')" ]
}
check "stages --json has the stages" stages_agree

check "vpipe-trace doctor --help fits 80 columns" narrow vpipe-trace doctor
check_fails "doctor: an argument" 2 "takes no arguments, not 'foo'; see vpipe-trace doctor --help" vpipe-trace doctor foo
check_fails "doctor -d: no node" 1 "no video node nonsense: .*v4l2-ctl --list-devices" vpipe-trace doctor -d nonsense
check_fails "doctor -d: no video node" 1 "/dev/null is no video node" vpipe-trace doctor -d /dev/null
vpipe-trace doctor --frobnicate 2>/dev/null
check "doctor: an unknown option: status 2" [ $? = 2 ]

for verb in record run doctor; do
	check_fails "$verb -d '': a name that is empty" 2 "--device: the name of the node is empty; see vpipe-trace $verb --help" vpipe-trace $verb -d ''
	check_fails "$verb -d: no such file" 1 "^error: /nonsense: No such file or directory; v4l2-ctl --list-devices" vpipe-trace $verb -d /nonsense
	check_fails "$verb -d: a file" 1 "^error: /etc/passwd is no video node, it is a file; v4l2-ctl" vpipe-trace $verb -d /etc/passwd
	check_fails "$verb -d: a folder" 1 "^error: / is no video node, it is a folder; v4l2-ctl" vpipe-trace $verb -d /
	check_fails "$verb -d: another device" 1 "^error: /dev/zero is no video node, it is another device; v4l2-ctl" vpipe-trace $verb -d /dev/zero
done
for verb in record run; do
	check_fails "$verb -s '': a name that is empty" 2 "--source: the name of the node is empty" vpipe-trace $verb -s ''
	# shellcheck disable=SC2046 # words
	check_fails "$verb: more nodes than there are places" 2 "--device: no more than 16 of them" vpipe-trace $verb $(printf -- '-d %s ' {1..17})
done
check_fails "doctor: two nodes" 2 "--device: one node, or without it all of them" vpipe-trace doctor -d a -d b
[ -d /sys/class/video4linux ] ||
	check_fails "run -d any: there is no camera" 1 "there is no camera whose frames could be followed" vpipe-trace run -d any -- true

# -- one letter means one thing in all programs: its long name, wherever it is taken
cat >"$tmp/letters" <<-'END'
	a algo
	b batch
	D duration
	d device
	f frames
	i interval
	o output
	o csv
	p pid
	q quiet
	s source
	T threshold
	t transport
	V version
	v verbose
	? help
END
programs() {
	for verb in $verbs; do echo "vpipe-trace $verb"; done
	find "${BUILD:-build}/bin" -name 'vpipe-*' ! -name vpipe-trace -printf '%f\n'
}
letters() { # of all programs: "LETTER NAME PROGRAM"
	programs | while read -r program; do
		# shellcheck disable=SC2086 # words
		$program --help | sed -nE "s/^ +-(.)(, |[A-Z]*$| .*, )--([a-z-]+).*/\\1 \\3 $program/p"
	done
}
strange() { letters | grep -vE "^($(sed 's/?/[?]/' "$tmp/letters" | paste -sd'|')) "; }
none_strange() { [ "$(letters | wc -l)" -gt 60 ] && ! strange; }
check "each letter means one thing" none_strange
without_letter() { # who takes a long option of these, but not its letter; -o is the rows, not the image
	programs | while read -r program; do
		while read -r letter name; do
			# shellcheck disable=SC2086 # words
			$program --help | grep -E "^ +--$name(=| |$)" | sed "s/^/$program -$letter: /"
		done <"$tmp/letters"
	done | grep -v -- '-o: .*--output=PGM'
}
all_have_letter() { ! without_letter | grep .; }
check "and is taken wherever that is" all_have_letter
for program in $(programs | sed 's/^vpipe-trace .*/vpipe-trace/' | sort -u); do
	check "$program -h and -V" bash -c "$program -h | diff - <($program --help) && $program -V | grep -qx '$program 0.1.0'"
done
for verb in $verbs; do
	check "vpipe-trace $verb -h and -V" bash -c "vpipe-trace $verb -h | diff - <(vpipe-trace $verb --help) && vpipe-trace $verb -V | grep -q '^vpipe-trace'"
done
check_fails "-t was a time limit: refused" 2 "-t is for a transport, .* a time limit is --timeout 5" vpipe-capture-mmap -t 5
check_fails "where there is a transport, too" 2 "-t is for the transport; a time limit is --timeout 0.5" vpipe-capture-m2m -t 0.5

# -- mistyped
check_fails "a mistyped verb" 2 "unknown verb 'reprot': did you mean report\?" vpipe-trace reprot
check_fails "the beginning of one" 2 "unknown verb 'doc': did you mean doctor\?" vpipe-trace doc
check_fails "a mistyped value" 2 "not 'dmbuf' \(did you mean dmabuf\?\)" vpipe-trace run -t dmbuf
check_fails "a mistyped --color" 2 "--color must be auto or always or never, not 'alway' \(did you mean always\?\)" vpipe-trace report --color=alway run

# -- top, where it cannot draw
check_fails "top, of no terminal" 1 '^error: stdout is no terminal to draw on: --batch 1 prints .*record' vpipe-trace top
on_terminal() { # TERM PATTERN: it fails there, and says so
	script -qec "stty -a >$tmp/before; TERM=$1 vpipe-trace top; echo status \$?; stty -a >$tmp/after" /dev/null </dev/null >"$tmp/typed"
	cat "$tmp/typed"
	grep -q "^status 1" "$tmp/typed" && grep -qE "$2" "$tmp/typed" && ! grep -q $'\033' "$tmp/typed" && cmp "$tmp/before" "$tmp/after"
}
for term in nonsense dumb "''"; do
	check "top, of TERM=$term" on_terminal "$term" "^error: nothing is known of a terminal .${term#\'\'}' that can be drawn on: set TERM"
done
check "top, without a node: the terminal is left alone" on_terminal xterm '^error: .*vpipe|^error: .*BPF|^error: .*root'
check_fails "top --batch 0" 2 "--batch must be a whole number from 1" vpipe-trace top -b 0
check_fails "top --interval 0.5" 2 "--interval must be .* not '0.5'" vpipe-trace top -i 0.5
check_fails "top: an argument" 2 "unexpected argument 'foo'" vpipe-trace top foo
check_fails "top -d: a file" 1 "^error: /etc/passwd is no video node, it is a file; v4l2-ctl" vpipe-trace top -b 1 -d /etc/passwd

check_fails "no verb" 2 'verb is missing' vpipe-trace
check_fails "record: a PID that is none" 2 "--pid must be" vpipe-trace record -p 0
check_fails "record: an argument" 2 "unexpected argument 'foo'" vpipe-trace record foo
check_fails "an unknown verb" 2 "unknown verb 'tally'; see" vpipe-trace tally
check_fails "an argument that is not an option" 2 'a command goes behind --' vpipe-trace run foo
check_fails "--frames=-1" 2 "--frames must be .* not '-1'" vpipe-trace run --frames=-1
check_fails "--frames=0" 2 "--frames must be" vpipe-trace run --frames=0
check_fails "--frames=1e9" 2 "--frames must be" vpipe-trace run --frames=1e9
check_fails "--threshold=256" 2 "--threshold must be .* not '256'" vpipe-trace run --threshold=256
check_fails "--size=640" 2 "--size must be WxH" vpipe-trace run --size=640
check_fails "--transport=userptr" 2 "dmabuf or mmap" vpipe-trace run --transport=userptr
check_fails "--ring-size=100" 2 'power of two' vpipe-trace run --ring-size=100
check_fails "--duration=-1" 2 'must be from' vpipe-trace run --duration=-1
for verb in "run" "record" "report x" "check x drops==0"; do
	for bad in 0 -1 1.5 x 10000001; do
		# shellcheck disable=SC2086 # words
		check_fails "$verb --warmup=$bad" 2 '--warmup must be a whole number from 1' vpipe-trace $verb --warmup=$bad
	done
done
for verb in "run" "record" "report x" "check x drops==0"; do
	for bad in 0ms -1ms 5 x 5m; do
		# shellcheck disable=SC2086 # words
		check_fails "$verb --deadline=$bad" 2 '--deadline must be a time' vpipe-trace $verb --deadline=$bad
	done
done
check_fails "--deadline with --no-frames" 2 'goes by rows' vpipe-trace run --deadline=5ms --no-frames
check_fails "record --stop-above=5" 2 '--stop-above must be a time' vpipe-trace record --stop-above=5
check_fails "record --keep=0s" 2 '--keep must be a time' vpipe-trace record --stop-above=5ms --keep=0s
check_fails "record --keep alone" 2 '--keep goes with --stop-above' vpipe-trace record --keep=1s
check_fails "record --stop-above --no-frames" 2 'goes by rows' vpipe-trace record --stop-above=5ms --no-frames
# - is stdout where that is a stream, see export.t and html.t, and no name of a file elsewhere
for args in "run -o" "record -o" "top -o" "merge x -o"; do
	# shellcheck disable=SC2086 # words
	check_fails "vpipe-trace $args -" 2 '^error: --output: - is stdout, and .* cannot go there: give a name' vpipe-trace $args -
done
check_fails "record --metrics -" 2 '^error: --metrics: - is stdout, and what is written anew' vpipe-trace record -D 1 -i 1 --metrics -
check_fails "vpipe-capture-mmap --csv -" 2 '^error: --csv: - is stdout, and rows cannot go there' vpipe-capture-mmap --csv -
check_fails "vpipe-fixture-feed --output -" 2 '^error: --output: - is stdout, and an image cannot go there' vpipe-fixture-feed --output=- a b c d
check_fails "-o with no name" 1 'does not name a run' vpipe-trace run -o "$tmp/"

# -- doctor, for whom it cannot work: it names the true cause, and no other
examined() { # STATUS PATTERN COMMAND...
	local want=$1 pattern=$2
	shift 2
	"$@" vpipe-trace doctor >"$tmp/doctor" 2>&1
	echo "status $?" >>"$tmp/doctor"
	grep -qx "status $want" "$tmp/doctor" && grep -qE "^$pattern" "$tmp/doctor" && return
	cat "$tmp/doctor"
	return 1
}
if [ "$(id -u)" = 0 ]; then
	check "doctor, a user" examined 1 'MISSING +rights +BPF programs take CAP_BPF and CAP_PERFMON, which this user lacks' \
		setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all
else
	check "doctor, a user" examined 1 'MISSING +rights +' env
fi
if unshare -U -r true 2>/dev/null; then
	check "doctor, root of a user namespace" examined 1 'MISSING +BPF programs +.*; this is root of a user namespace only' unshare -U -r
	check "who is not told of capabilities or lockdown" sh -c "! grep -qE '^MISSING.*(lockdown|CAP_)' $tmp/doctor"
else
	skip "doctor, root of a user namespace" "none can be made here"
fi
if [ -d "/lib/modules/$(uname -r)" ]; then
	skip "doctor, where no module is installed" "this machine has modules"
else
	check "doctor, where no module is installed" examined 1 'MISSING +module vpipe +not installed for kernel' env
	[ -d /sys/class/video4linux ] ||
		check "nor can a node be recorded: there is none" examined 1 'vpipe-trace record -d NODE cannot work here' env
	check "what the module brings was not looked at" examined 1 "unknown +vpipe's node" env
fi
finish
