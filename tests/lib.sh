# SPDX-License-Identifier: MIT
# lib.sh - TAP for the shell tests; sourced by each tests/*/*.t
#
# shellcheck shell=bash disable=SC2034

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
PATH=$PWD/${BUILD:-build}/bin:$PATH:/usr/sbin:/sbin
tests=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/vpipe-test.XXXXXX")
python_requests=${PYTHON_REQUESTS:-$tmp/python} # tests/run has one for all tests
trap 'jobs -p | xargs -r kill 2>/dev/null; umount "$tmp"/* 2>/dev/null; rm -rf "$tmp"' EXIT

ok() { tests=$((tests + 1)); echo "ok $tests - $*"; }
not_ok() { tests=$((tests + 1)); echo "not ok $tests - $*"; }
skip() { tests=$((tests + 1)); echo "ok $tests - $1 # SKIP $2"; }
diag() { sed 's/^/# /' "$@"; }
finish() {
	[ ! -e "$tmp/no-commands" ] || { not_ok "each command is there"; sort -u "$tmp/no-commands" | diag; }
	echo "1..$tests"
}
# A line that is no command, in whatever function or subshell, is a check that nobody makes
command_not_found_handle() {
	echo "$1: command not found" >&2
	echo "${BASH_SOURCE[1]}, line ${BASH_LINENO[0]}: $1: command not found" >>"$tmp/no-commands"
	return 127
}

# NAME COMMAND...: the command must succeed; what it prints is shown if it doesn't
check() {
	local name=$1
	shift
	if "$@" >"$tmp/check.out" 2>&1; then
		ok "$name"
	else
		not_ok "$name"
		grep -vE '^(ok |1\.\.)' "$tmp/check.out" | diag
	fi
}

# NAME STATUS PATTERN COMMAND...: it must end with STATUS and say PATTERN in one line on stderr
check_fails() {
	local name=$1 status=$2 pattern=$3 got
	shift 3
	"$@" >"$tmp/fails.out" 2>"$tmp/fails.err"
	got=$?
	if [ $got = "$status" ] && [ "$(wc -l <"$tmp/fails.err")" = 1 ] &&
		grep -qE -- "$pattern" "$tmp/fails.err"; then
		ok "$name"
	else
		not_ok "$name"
		echo "# status $got, wanted $status; stderr, wanted one line with '$pattern':"
		diag "$tmp/fails.err"
	fi
}

# NAME COMMAND...: what a checker claims, each in a line of its own
each_claim() {
	local line name=$1
	shift
	"$@" >"$tmp/claims" 2>&1
	while read -r line; do
		case $line in
		"ok "*) ok "$name: ${line#ok * - }" ;;
		"not ok "*) not_ok "$name: ${line#not ok * - }" ;;
		"#"*) echo "$line" ;;
		esac
	done <"$tmp/claims"
	check "$name: all is looked at" grep -q '^1\.\.' "$tmp/claims"
}

# ARGUMENT...: as `python3 ARGUMENT...`, where it has started already, which takes seconds in a guest; the
# environment is that of the test's begin
python() {
	local shell=$BASHPID reply=$tmp/python.$BASHPID status=none fd
	[ -p "$python_requests" ] || start_python
	if [ -p "$python_requests" ]; then
		[ -p "$reply" ] || mkfifo "$reply"
		# not by this shell's stdin and stdout, which are handed on meanwhile
		(printf '%s\0' "$shell" "$reply" $# "$@" 1<>"$python_requests")
		exec {fd}<>"$reply"
		read -r -t 300 -u "$fd" status || status=1
		exec {fd}<&-
	fi
	[ "$status" != none ] || { command python3 -B "$@"; return; }
	return "$status"
}
python_server=$PWD/tests/python-server
start_python() {
	# in a shell of its own: neither a job of the test, nor its $!
	[ -n "${PYTHON_REQUESTS:-}" ] || ("$python_server" "$python_requests" $$ </dev/null >/dev/null 2>&1 &)
	wait_for [ -p "$python_requests" ]
}

# A kernel with checkers takes ten seconds to load the BPF programs.
slow_kernel() { case $(uname -r) in *-debug-* | *-kcsan-*) return 0 ;; *) return 1 ;; esac; }

# Wait up to a minute until COMMAND succeeds, two in a slow kernel: a busy machine takes its time
wait_for() {
	local i tries=600
	slow_kernel && tries=1200
	for ((i = 0; i < tries; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}
