#!/bin/bash
# SPDX-License-Identifier: MIT
# suite.t - the suite itself: each test runs once, however many share them, and what did not has failed
# shellcheck disable=SC2016 # programs in quotes
. "$(dirname "$0")/../lib.sh"

# of this tree
all_guest_tests() {
	find tests/guest -name '*.t' ! -name experiments.t
	find tests/bpf -name 'test-*.c' -printf "${BUILD:-build}/tests/%f\n" | sed 's/\.c$//'
}
listed_once() { diff <(all_guest_tests | sort) <(tests/run list "${1:-guest}" | sort); }
check "every test of the guest is in its list, once" listed_once
grouped_once() {
	diff <(tests/run list guest | sort) \
		<(for part in driver faults tracer; do tests/run list $part; done | grep -v '^tests/debug/' | sort)
}
check "and in one of the groups for debug kernels" grouped_once
all_native_tests() {
	ls tests/native/*.t
	find tests/unit tests/bpf -name 'test-*.c' -printf "${BUILD:-build}/tests/%f\n" | sed 's/\.c$//'
}
native_once() { diff <(all_native_tests | sort) <(tests/run list native | sort); }
check "every native test is in its list, once" native_once

# tests/README.md, "Names": what has another one or lies elsewhere would be run by nobody
misnamed() {
	find tests -name '*.t' ! -path 'tests/native/*' ! -path 'tests/guest/*' ! -path 'tests/debug/*' ! -path 'tests/kernels/*'
	find tests -name 'test-*' ! -path 'tests/unit/*.c' ! -path 'tests/bpf/*.c' ! -path 'tests/guest/*.c'
	find tests -type f -name 'fuzz-*' ! -path 'tests/fuzz/*.c'
	find tests -name 'bench-*' ! -path 'tests/bench/*'
	find tests \( -name '*.t' -o -name 'check-*' -o -name 'make-*' \) ! -perm -u+x
	find tests -name '*.sh' -perm -u+x
	# into one folder
	find tests \( -name 'test-*' -o -name 'guest-*' \) -printf '%f\n' | sed 's/\.c$//' | sort | uniq -d
}
no_misnamed() { ! misnamed | grep .; }
check "files of tests are named by what they are" no_misnamed

# the kernel of a real machine would stay locked down until its next start
only_in_a_guest() { [ ! -e tests/guest/lockdown.t ] || grep -qx need_guest tests/guest/lockdown.t; }
check "what cannot be undone is done in a guest only" only_in_a_guest

# a word that is no command would be a check that nobody makes, and its test would pass
misspelled() { # COMMAND...: of a test that has it
	printf '. tests/lib.sh\nthere() { :; }\n%s\nfinish\n' "$*" >"$tmp/misspelled"
	bash "$tmp/misspelled" 2>/dev/null
}
found_out() { misspelled "$@" | grep -x 'not ok 1 - each command is there'; }
not_found_out() { ! found_out "$@"; }
check "a misspelled check is a failure" found_out 'chekc "it" true'
check "in a subshell too" found_out '(cd / && chekc "it" true) || true'
check "and a test without one is none" not_found_out there

# a small tree of its own, whose tests say where they ran
mkdir -p "$tmp/tree/tests/"{bpf,debug,guest,native,unit} "$tmp/tree/build/tests"
cp tests/run tests/prove-each tests/tap "$tmp/tree/tests/"
unset BUILD
run() { "$tmp/tree/tests/run" "$@"; }
fake() { # FILE [COMMAND...]: a test that passes, having run COMMAND
	local file=$tmp/tree/$1
	shift
	printf '#!/bin/sh\necho "$0" >>%s\n%s\necho "ok 1 - it"\necho 1..1\n' "$tmp/ran" "$*" >"$file"
	chmod +x "$file"
}
begin() { # PART...
	rm -f "$tmp/tree/build/tests"/*.tap "$tmp/ran"
	run expect "$@"
}
tap() { echo "$tmp/tree/build/tests/$1.tap"; }
# of this part: the tests it ran
ran_in() { sed -n 's/^# ran //p' "$(tap "$1")"; }
# COUNTS STATUS: what the summary ends with, alone on a line, and how
sums_up() {
	local status
	run summary >"$tmp/summary"
	status=$?
	cat "$tmp/summary"
	[ "$(tail -n 1 "$tmp/summary")" = "$1" ] && [ $status = "$2" ]
}
says() { grep -qxF -- "$1" "$tmp/summary"; }

for name in a b z bench disturbed lockdown; do
	fake tests/guest/$name.t sleep 0.1
done
fake tests/guest/experiments.t
fake tests/debug/health.t
fake build/tests/test-x sleep 0.1
: >"$tmp/tree/tests/bpf/test-x.c"

check "what cannot be undone comes last" [ "$(run list guest | tail -n 1)" = tests/guest/lockdown.t ]
check "also behind what a debug kernel is asked at the end" \
	[ "$(run list tracer | tail -n 2 | paste -sd ' ')" = "tests/debug/health.t tests/guest/lockdown.t" ]
check "the longest come first" [ "$(run list guest | head -n 1)" = tests/guest/bench.t ]

# -- two share them
begin guest-1 guest-2
run guest-1 >"$tmp/one" &
run guest-2 >"$tmp/two"
check "two at once: the second one's status is 0" [ $? = 0 ]
wait $!
check "two at once: the first one's status is 0" [ $? = 0 ]
check "each test ran once" [ "$(sort "$tmp/ran" | uniq -c | awk '{print $1}' | paste -sd ' ')" = "1 1 1 1 1 1 1" ]
check "both had some" [ -n "$(ran_in guest-1)" -a -n "$(ran_in guest-2)" ]
check "all are in the sum" sums_up '7 passed, 0 failed, 0 skipped' 0
check "each line says whose it is" sh -c "! grep -vE '^(guest-1: .*|[0-9]+ passed, .*)$' $tmp/one"
whoever=$(grep -l 'ran tests/guest/lockdown.t' "$(tap guest-1)" "$(tap guest-2)")
check "whoever took the last ran nothing after it" \
	[ "$(tail -n 2 "$whoever" | head -n 1)" = '# ran tests/guest/lockdown.t' ]
begin guest-1 guest-2
run guest-1 >/dev/null
check "the first takes all where the second comes late" [ "$(ran_in guest-1 | paste -sd ' ')" = "$(run list guest | paste -sd ' ')" ]
run guest-2 >/dev/null
check "which is no failure" [ $? = 0 ]
check "of neither" sums_up '7 passed, 0 failed, 0 skipped' 0

# -- what does not run has failed
begin guest-1 guest-2
fake tests/guest/disturbed.t 'sleep 100'
setsid "$tmp/tree/tests/run" guest-2 >/dev/null &
guest=$!
disown
wait_for grep -q disturbed "$tmp/ran"
kill -KILL -- "-$guest"
wait_for sh -c "! kill -0 -- -$guest"
run guest-1 >/dev/null
check "a guest that dies in a test is two failures: its own and the test's" \
	sums_up '6 passed, 2 failed, 0 skipped' 1
check "it is said which guest" says '  failed: not ok 1 - guest-2 came to its end: it was not started, was ended, or its guest died'
check "and which test" says '  failed: not ok 1 - tests/guest/disturbed.t ran once: it ran 0 times'
check "and what it did last" sh -c "grep -A 1 'guest-2 came to its end' $tmp/summary | grep -q '# .* tests/guest/disturbed.t'"
fake tests/guest/disturbed.t
begin native guest-1 guest-2
run guest-2 >/dev/null
check "a guest and a part that were not started have failed" sums_up '7 passed, 2 failed, 0 skipped' 1
check "it is said" says '  failed: not ok 1 - native came to its end: it was not started, was ended, or its guest died'
begin guest
run guest >/dev/null
check "one machine alone: status 0" [ $? = 0 ]
check "all are in the sum" sums_up '7 passed, 0 failed, 0 skipped' 0
run expect guest-1
run guest-1 >/dev/null
check "a test that runs twice is a failure" sums_up '14 passed, 7 failed, 0 skipped' 1
check "it is said" says '  failed: not ok 1 - tests/guest/a.t ran once: it ran 2 times'
begin driver
check "a debug guest that never reports is a failure" sums_up '0 passed, 1 failed, 0 skipped' 1

# -- tests that fail
fake tests/guest/a.t 'echo "not ok 1 - it"; exit 1'
fake tests/guest/b.t 'kill -9 $$'
begin guest
run guest >"$tmp/said"
check "tests that fail: status 1" [ $? = 1 ]
check "a test that dies without a word has failed, also beside one that says so" \
	sums_up '5 passed, 2 failed, 0 skipped' 1
check "it is said which" grep -qx 'not ok 1 - tests/guest/b.t ran to its end' "$tmp/said"
fake tests/guest/a.t 'echo "not ok 1 - one and one"; echo "# is three"; echo "ok 2 - two"; echo "# of no interest"; exit 1'
begin guest
run guest >/dev/null
run summary >"$tmp/summary"
check "the sum says what failed, in which part and test" says '  failed: guest: tests/guest/a.t not ok 1 - one and one'
check "and what that said of it" says '    # is three'
check "but not what another said" sh -c "! grep -q interest $tmp/summary"

# -- tests that hang, themselves or in what they leave running
fake tests/guest/a.t 'sleep 100 & setsid sleep 101'
fake tests/guest/b.t 'setsid sleep 102 &'
begin guest
TEST_SECONDS=2 run guest >"$tmp/said"
check "tests that hang: status 1" [ $? = 1 ]
check "they have failed, and the others have run" sums_up '6 passed, 2 failed, 0 skipped' 1
check "it is said which" says '  failed: guest: tests/guest/a.t not ok 1 - tests/guest/a.t ended within 2 s'
check "and what each of their processes does" sh -c "
	grep -A 3 'a.t not ok' $tmp/summary | grep -q '# [0-9]* of [0-9]* S setsid sleep 101 : \|# [0-9]* of [0-9]* S sleep 101 : .*nanosleep' &&
	grep -A 3 'b.t not ok' $tmp/summary | grep -q '# [0-9]* of [0-9]* S sleep 102 : .*nanosleep'"
check "nothing of them is left" sh -c "! pgrep -f '^sleep 10[012]$'"

# -- what is skipped, what is unknown
fake tests/guest/a.t
fake tests/guest/b.t 'echo "1..0 # SKIP no b here"; exit 0'
begin guest
run guest >/dev/null
run skip races 'no time'
check "a part that is left out is a skip" sums_up '6 passed, 0 failed, 2 skipped' 0
check "with its reason" says '  skipped: 1..0 (no time)'
fake build/tests/test-x 'echo "# no x here"; echo "not ok 1 # SKIP it"; echo "1..1"; exit 0'
begin guest
run guest >"$tmp/said"
check "what cmocka skipped is a skip, too" sums_up '5 passed, 0 failed, 2 skipped' 0
check "with what the test said" says '  skipped: it (no x here)'
fake build/tests/test-x 'echo "not ok 1 - it"; exit 1'
begin guest
run guest >"$tmp/said"
check "what it failed is none" sums_up '5 passed, 1 failed, 1 skipped' 1
fake build/tests/test-x 'kill -9 $$'
begin guest
run guest >"$tmp/said"
check "nor where it died" sums_up '5 passed, 1 failed, 1 skipped' 1
fake build/tests/test-x
reach_is_there() { # each test of it, of this tree
	local test
	for test in $(tests/run list reach-9.9); do
		case $test in *.t) [ -x "$test" ] ;; *) [ -e "tests/bpf/${test##*/}.c" ] ;; esac || { echo "no $test"; return 1; }
	done
	tests/run list reach-9.9 | grep -qx tests/kernels/smoke.t
}
check "what runs on one kernel is there, with the smoke test" reach_is_there
begin smoke-9.9
check "and has failed until it ran" sums_up '0 passed, 1 failed, 0 skipped' 1
check_fails "a part that is unknown" 2 "there is no part 'guest-9'" run expect guest-9
begin guest
rm "$(tap guest)"
check "nothing at all has failed" sums_up '0 passed, 0 failed, 0 skipped' 1

# -- Python that has started already is as Python is
same() { # ARGUMENT...: of both, with a line on stdin
	local one two
	one=$(echo a line | python3 "$@" 2>"$tmp/one"; echo "status $?")
	two=$(echo a line | python "$@" 2>"$tmp/two"; echo "status $?")
	diff <(echo "$one") <(echo "$two") && diff <(tail -n 1 "$tmp/one") <(tail -n 1 "$tmp/two")
}
cat >"$tmp/program" <<-'END'
	import os, sys
	import checks
	print(__name__, sys.argv, os.getcwd(), sys.stdin.read())
	checks.claim("the first", [])
	checks.finish()
END
cp tests/checks.py "$tmp/"
in_folder() { (cd "$tmp" && same program here); }
check "python PROGRAM" same "$tmp/program" a "b c" ""
check "again, as the first time" same "$tmp/program" a "b c" ""
check "in another folder" in_folder
check "python -c" same -c 'import sys; print(sys.argv, sys.stdin.read())' x
for status in 0 3 None '"a text"'; do
	check "sys.exit($status)" same -c "import sys; sys.exit($status)"
done
check "an exception" same -c 'print("before"); {}["key"]'
check_fails "no such program" 2 "there is no $tmp/no-such" python "$tmp/no-such"
from_stdin() { [ "$(python - x <<<'import sys; print(sys.argv)')" = "['-', 'x']" ]; }
check "a program on stdin" from_stdin
two_at_once() {
	python -c 'import time; time.sleep(1); print("late")' >"$tmp/late" &
	[ "$(python -c 'print("early")')" = early ] && [ ! -s "$tmp/late" ] && wait $! && [ "$(cat "$tmp/late")" = late ]
}
check "two at once" two_at_once
finish
