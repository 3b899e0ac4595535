#!/bin/bash
# SPDX-License-Identifier: MIT
# compilers.t - built with other compilers, the BPF programs are accepted by the kernel as well
#
# A newer clang makes other code of the same source, which the kernel's verifier may refuse. What
# this machine's own makes is loaded by test-verifier. `make compilers` gets the others: packages of
# this Debian, and Debian trixie's tools, with which all is built, as a user of trixie would.
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"

build=${BUILD:-build}
trixie=$build/sysroots/tools-trixie # a link to its root

# NAME COMMAND...: the folder to build in; what another version, or with other flags, has built is gone
folder_of() {
	local dir=$build/compilers/$1 made_by
	made_by="$("${@:2}" --version; cat Makefile bpf/build.mk)"
	[ "$made_by" = "$(cat "$dir/made-by" 2>/dev/null)" ] || rm -rf "$dir"
	mkdir -p "$dir"
	echo "$made_by" >"$dir/made-by"
	echo "$dir"
}

# COMMAND...: a make that is good, and says nothing but what it does
quietly() {
	"$@" >"$tmp/make" 2>&1
	local status=$?
	! grep -v '^  [A-Z]' "$tmp/make" && [ $status = 0 ]
}
make=(make -s -j"$(nproc)")

# FOLDER: no program that this machine's tools have made is in there
its_own() { ! cmp -s "$1/bpf/vpipe.bpf.o" "$build/bpf/vpipe.bpf.o"; }

# COMMAND...: test-verifier, and of what it says just which programs, and the verifier's last word
accepted() {
	"$@" >"$tmp/said" 2>&1
	local status=$?
	awk '/^(libbpf:|(not )?ok )/ {print substr($0, 1, 200)} /^processed / {print before} {before = $0}' "$tmp/said"
	return $status
}

# NAME COMMAND...
loads() {
	if [ "$(id -u)" = 0 ]; then
		check "$1: all programs load" accepted "${@:2}"
	else
		skip "$1: all programs load" 'loading BPF programs needs root'
	fi
}

with_clang() { # VERSION
	local clang=clang-$1 dir
	if ! command -v "$clang" >/dev/null; then
		skip "$clang" "there is no $clang (make compilers)"
		return
	fi
	dir=$(folder_of "$clang" "$clang")
	check "$clang: the programs are built without a warning" quietly "${make[@]}" BUILD="$dir" CC="$clang" CLANG="$clang" "$dir/tests/test-verifier"
	check "$clang: they are other ones" its_own "$dir"
	loads "$clang" "$dir/tests/test-verifier"
}

# There /usr is that release's, and all else this machine's. Debian's cc is a link made by installing.
# shellcheck disable=SC2016 # it is the other shell's
in_trixie() { unshare -m sh -c 'mount --bind "$1" /usr && shift && exec env CC=gcc "$@"' sh "$trixie/usr" "$@"; }

with_trixie() {
	local dir name
	if [ ! -d "$trixie/usr" ]; then
		skip trixie "its tools are not there (make compilers)"
		return
	elif ! in_trixie true 2>/dev/null; then
		skip trixie 'its tools cannot be used: that takes root, and mount namespaces'
		return
	fi
	name="trixie, clang $(in_trixie clang -dumpversion), libbpf $(in_trixie pkg-config --modversion libbpf)"
	dir=$(folder_of trixie in_trixie clang)
	check "$name: all is built without a warning" quietly in_trixie "${make[@]}" BUILD="$dir" tools "$dir/tests/test-verifier"
	check "$name: the programs are other ones" its_own "$dir"
	loads "$name" in_trixie "$dir/tests/test-verifier"
	check "$name: vpipe-trace starts" in_trixie "$dir/bin/vpipe-trace" --version
}

with_clang 16
with_clang 19
with_trixie
finish
