#!/bin/bash
# SPDX-License-Identifier: MIT
# tree.t - the tree itself: installation, what the documents copy from code, commit messages
. "$(dirname "$0")/../lib.sh"

# the stages exist once, in code: documents show what the program lists
for doc in README.md docs/design.md; do
	check "$doc has the stages as vpipe-trace lists them" \
		sh -c "vpipe-trace stages >$tmp/stages; sed -n '/^| stage | from/,/^| pickup/p' $doc | cmp - $tmp/stages"
done

check "make install-tools" make -s install-tools DESTDIR="$tmp/root" PREFIX=/usr
for program in "${BUILD:-build}"/bin/*; do
	program=${program##*/}
	check "$program is installed, and runs from there" "$tmp/root/usr/bin/$program" --version
done
check "make with a compiler that is not there fails" sh -c "! make -s BUILD=$tmp/build CLANG=no-such-clang tools"
no_kdir() { ! make -s kmod KDIR=/nonexistent >"$tmp/kdir" 2>&1 && grep -q "install linux-headers-$(uname -r)" "$tmp/kdir"; }
check "make kmod without a kernel's build folder names the package" no_kdir

message() { printf '%s\n' "$1" >"$tmp/message"; scripts/hooks/commit-msg "$tmp/message" 2>/dev/null; }
check "commit-msg takes a good subject" message "loader: say which file is full"
for bad in "Fix" "loader say which" "loader: full stop." "loader: $(printf '%080d' 0)"; do
	check "commit-msg refuses '${bad:0:20}'" sh -c "! printf '%s\n' '$bad' | scripts/hooks/commit-msg /dev/stdin"
done
finish
