#!/bin/bash
# SPDX-License-Identifier: MIT
# static.t - the one file for boards: it needs no other, and says what the other one says; docs/boards.md
. "$(dirname "$0")/../lib.sh"

build=${BUILD:-build}
make -s BUILD="$build" static >"$tmp/make.log" 2>&1 || { diag "$tmp/make.log"; }
static=$PWD/$build/static/vpipe-trace
if [ ! -x "$static" ]; then
	not_ok "make static"
	finish
	exit
fi

no_libraries() { ! readelf -d "$static" | grep -q NEEDED && ! readelf -l "$static" | grep -q INTERP; }
check "it names no library, and no linker" no_libraries
check "its version is the other's" [ "$("$static" --version)" = "$(vpipe-trace --version)" ]
check "as large as is said" [ "$(stat -c %s "$static")" -lt $((8 << 20)) ]

# An empty root, but for the runs: whatever else it needs is not there.
root=$tmp/root
mkdir -p "$root/runs" "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
cp "$static" "$root/"
cp -r tests/fixtures/golden/. "$root/runs/" 2>/dev/null
# shellcheck disable=SC2016 # words of that shell
alone() { unshare --mount sh -c 'mount -t proc proc "$1/proc"; mount --rbind /sys "$1/sys"; shift; exec chroot "$@"' sh "$root" "$root" /vpipe-trace "$@"; }

runs=$(find "$root/runs" -name '*.run.json' -printf '%f\n' | sed 's/\.run\.json$//' | sort)
check "there are runs to look at" [ -n "$runs" ]
same() { # VERB RUN [ARG...]: the output of both, and the status
	local verb=$1 run=$2 one two
	shift 2
	alone "$verb" "/runs/$run" "$@" >"$tmp/alone" 2>"$tmp/alone.err"
	one=$?
	vpipe-trace "$verb" "$root/runs/$run" "$@" >"$tmp/usual" 2>"$tmp/usual.err"
	two=$?
	[ $one = $two ] && cmp "$tmp/alone" <(sed "s|$root||g" "$tmp/usual") && cmp "$tmp/alone.err" <(sed "s|$root||g" "$tmp/usual.err")
}
if [ "$(id -u)" = 0 ]; then
	for run in $runs; do
		check "report, to the byte: $run" same report "$run"
		check "report --json: $run" same report "$run" --json
	done
	check "doctor, in an empty root" sh -c "$(declare -f alone); root=$root; alone doctor | grep -q '^ok *BPF programs'"
	check "it says by what modules are loaded, or why they cannot be" \
		sh -c "$(declare -f alone); root=$root; alone doctor | grep '^MISSING *module vpipe'"
	opened() { # what it looked for, there or not, behind its exec
		strace -f -e trace=openat,open,execve -o "$tmp/opened" chroot "$root" /vpipe-trace "$@" >/dev/null 2>&1
		sed '1,/execve("\/vpipe-trace"/d' "$tmp/opened" | sed -n 's/.*open[at]*([^"]*"\([^"]*\)".*/\1/p' | grep -vE '^/(proc|sys|dev|runs|lib/modules)(/|$)'
	}
	if command -v strace >/dev/null; then
		none_opened() { ! opened "$@" | grep .; }
		check "stages opens no file" none_opened stages
		check "report opens the run's alone" none_opened report /runs/whole
		check "doctor opens none but of /proc, /sys, /dev and what depmod has made" none_opened doctor
	else
		skip "which files it opens" "no strace"
	fi
else
	skip "an empty root" "needs root"
fi
finish
