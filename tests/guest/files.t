#!/bin/bash
# SPDX-License-Identifier: MIT
# files.t - the files of a run: odd names in them, and other files beside them
#
# shellcheck disable=SC2016 # programs in quotes
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/node.sh"
need_vpipe

modprobe vpipe
wait_for node vpipe
vpipe=$(node vpipe)
out=$tmp/y
client="v4l2-ctl -d $vpipe --stream-mmap --stream-out-mmap --stream-to=/dev/null"
# NAME COMMANDS: a script of that name, which passes nine frames and then does that
write_script() {
	printf '#!/bin/sh\n%s --stream-count=9 >/dev/null 2>&1\n%s\n' "$client" "$2" >"$tmp/$1"
	chmod +x "$tmp/$1"
}
utf8() { python -c 'import sys; [open(path, encoding="utf-8").read() for path in sys.argv[1:]]' "$@"; }

# -- a name that the kernel cuts inside a character: of two bytes, of three
for name in Kamera-Prüfstände xカメラ台のテスト; do
	write_script "$name" true
	vpipe-trace run -q -o "$out" -- "$tmp/$name"
	check "$name: status 0" [ $? = 0 ]
	check "$name: each file is UTF-8" utf8 "$out".*
	check "$name: the files agree" agrees "$out" --no-source --shared
done
check "the bytes of the character that is not whole are there" grep -qF ',xカメラ台\xe3\x81,' "$out.sched.csv"
write_script Kamera-Prüfstände true
vpipe-trace run -q -o "$out" -- "$tmp/Kamera-Prüfstände"
check "and so is a single one" grep -qF ',Kamera-Prüfst\xc3,' "$out.sched.csv"

# -- names that look like what stands between names
cat >"$tmp/named" <<-'END'
	#!/usr/bin/env python3
	import ctypes, os, subprocess, sys, time
	libc = ctypes.CDLL(None)
	subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
	ours, theirs = os.pipe()
	child = os.fork()
	if not child:
	    os.close(ours)
	    libc.prctl(15, b'a; b/1 2,"\n\xe9\x1b')  # PR_SET_NAME
	    for i in range(23):
	        time.sleep(0.01)
	        while open(f"/proc/{os.getppid()}/stat").read().rsplit(") ", 1)[1][0] != "S":
	            time.sleep(0.001)  # it does not wait yet: nobody would be woken
	        os.write(theirs, b"x")
	    os._exit(0)
	os.close(theirs)
	while os.read(ours, 1):
	    pass
	os.waitpid(child, 0)
END
chmod +x "$tmp/named"
# shellcheck disable=SC2086 # words
vpipe-trace run -q -o "$out" -- "$tmp/named" $client --stream-count=9
check "an odd name of a thread: status 0" [ $? = 0 ]
check "the files agree" agrees "$out" --no-source --shared
woken() { # by it, 23 times, and when it ends; or once less: it may end before it is asked
	python - "$out.sched.csv" <<-'END'
		import csv, re, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
		name = 'a\\x3b b/1 2,"\\x0a\\xe9\\x1b'
		counts = [int(c) for r in rows for c in re.findall(re.escape(name) + r"/\d+ (\d+)(?:; |$)", r["wakers"])]
		if not (any(22 <= c <= 24 for c in counts) and any(r["comm"] == name.replace("\\x3b", ";") for r in rows)):
		    sys.exit(f"counts {counts} of {[(r['comm'], r['wakers']) for r in rows]}")
	END
}
check "it is one waker, with its count" woken

# -- a command whose name and arguments are no text: the same in the table, run.json and report
odd=$'w\xc3\e[31m\n'
shown='w\xc3\x1b[31m\x0a'
write_script "$odd" true
vpipe-trace run -o "$out" -- "$tmp/$odd" $'caf\xe9' '\x41' >"$tmp/table"
check "an odd command: status 0" [ $? = 0 ]
short=${tmp##*/}
vpipe-trace report "$out" >"$tmp/report"
check "the table and the report are text" utf8 "$tmp/table" "$tmp/report"
check "neither has what a terminal obeys" sh -c "! grep -q '[[:cntrl:]]' $tmp/table $tmp/report"
heads() { diff <(grep ', Linux ' "$tmp/table") <(grep ', Linux ' "$tmp/report"); }
check "they name it in the same way" heads
check "run.json has it" python -c "
import json
argv = json.load(open('$out.run.json', encoding='utf-8'))['command']['argv']
assert argv[0].endswith('/$short/' + r'$shown') and argv[1:] == [r'caf\xe9', r'\x5cx41'], argv"
odd_prefix=$tmp/$'n\xc3\e[31m'
write_script plain true
vpipe-trace run -o "$odd_prefix" -- "$tmp/plain" >"$tmp/table"
check "a run of an odd name: its files agree" agrees "$odd_prefix" --no-source --shared
check "the table is text" sh -c "! grep -q '[[:cntrl:]]' $tmp/table && grep -qF '$short/n\\xc3\\x1b[31m.{' $tmp/table"

# -- files of the user: beside a run, in its way, of its command
write_script writer "echo precious >$out.csv"
vpipe-trace run -q -f 5 -o "$out"
vpipe-trace run -q -o "$out" -- "$tmp/writer"
check "COMMAND writes RUN.csv: status 0" [ $? = 0 ]
check "COMMAND's RUN.csv stays" [ "$(cat "$out.csv")" = precious ]
check "it is none of the run" sh -c "! grep -q '\"csv\"' $out.run.json"
check "the files agree" agrees "$out" --no-source --shared
vpipe-trace run -q -f 5 -o "$out" 2>"$tmp/err"
check "a run with a RUN.csv of its own keeps it" [ "$(cat "$out.csv.kept")" = precious ]
check "the files agree" python tests/check-run "$out" 5
echo precious >"$tmp/cam.csv"
echo precious, too >"$tmp/cam.meta.csv"
sh -c "while [ ! -e $tmp/stop ]; do $client --stream-count=30 >/dev/null 2>&1; done" &
vpipe-trace record -D $start_seconds -o "$tmp/cam" >"$tmp/table"
check "record beside files of its name: status 0" [ $? = 0 ]
touch "$tmp/stop"
wait
check "they stay" [ "$(cat "$tmp/cam.csv" "$tmp/cam.meta.csv" | paste -sd:)" = "precious:precious, too" ]
check "the table does not call them its own" sh -c "grep -q '^files .*{frames.csv,' $tmp/table"
echo precious >"$tmp/mine.hist.csv"
vpipe-trace run -q -f 5 -o "$tmp/mine" 2>"$tmp/err"
check "a file that no run wrote is in the way: status 0" [ $? = 0 ]
check "it is kept" [ "$(cat "$tmp/mine.hist.csv.kept")" = precious ]
check "and that is said" grep -q '^warning: .*mine.hist.csv was not as a run wrote it: it is kept as .*mine.hist.csv.kept' "$tmp/err"
check "the files agree" python tests/check-run "$tmp/mine" 5
vpipe-trace run -q -f 7 -o "$tmp/mine" 2>"$tmp/err"
check "the next run of that name replaces this one's" python tests/check-run "$tmp/mine" 7
check "and says nothing" [ ! -s "$tmp/err" ]

# -- the run before is kept
vpipe-trace run -q -f 6 -o "$tmp/kept" && vpipe-trace run -q -f 8 -o "$tmp/kept"
check "the last run has the name" python tests/check-run "$tmp/kept" 8
check "the one before is NAME.old, whole" python tests/check-run "$tmp/kept.old" 6
check "report takes NAME.* for the last one" sh -c "vpipe-trace report $tmp/kept.* | grep -q '^vpipe: 8 frames'"

# -- killed while the files are moved: the next one of that name finishes it
rm -f "$out".*
renames=$(strace -qq -e trace=rename vpipe-trace run -q -f 5 -o "$out" 2>&1 >/dev/null | grep -c '^rename(')
check "each file is moved, and six are put in place before" [ "$renames" = 15 ]
strace -qq -o /dev/null -e trace=rename -e inject=rename:signal=KILL:when=15 vpipe-trace run -q -f 11 -o "$out" 2>/dev/null
check_fails "killed at the fifth file: report does not take a mixture for a run" 1 \
	"y.[a-z]*.(csv|json) has been changed since the run wrote it, or is another run's" vpipe-trace report "$out"
vpipe-trace run -q -o "$out" -- true 2>"$tmp/err"
check "the next run says so" grep -q '^note: .*ended while it moved its files' "$tmp/err"
check "it has no frames itself, the files are whole" python tests/check-run "$out" 11
check "and so are those of the run before" python tests/check-run "$out.old" 5
strace -qq -o /dev/null -e trace=rename -e inject=rename:error=EIO:when=12 vpipe-trace run -q -f 13 -o "$out" 2>"$tmp/err"
check "a file cannot be moved: status 1" [ $? = 1 ]
check "it is said which" grep -q '^error: cannot write .*y\.[a-z]*\.csv: Input/output error' "$tmp/err"
vpipe-trace run -q -o "$out" -- true 2>"$tmp/err"
check "the next run moves the rest" python tests/check-run "$out" 13
check "of the run before, too" python tests/check-run "$out.old" 11
check "nothing is set aside" [ -z "$(find "$tmp" -name 'y.*.kept*')" ]

# -- a terminal, and --quiet
script -qec "vpipe-trace run -q -o $out -f 60" "$tmp/typescript" >/dev/null 2>&1 </dev/null
check "--quiet, on a terminal: 60 frames" [ "$(rows "$out")" = 60 ]
check "--quiet: nothing goes to a terminal" sh -c "! grep -av '^Script ' $tmp/typescript | tr -d '\r\n' | grep -q ."

modprobe -r vivid vpipe
modprobe -r v4l2_mem2mem 2>/dev/null
finish
