#!/bin/bash
# SPDX-License-Identifier: MIT
# kernels.t - which kernel, of which architecture, what is built for it and where it goes
. "$(dirname "$0")/../lib.sh"
unset KERNEL ARCH

# a cache as prepared kernels leave it, with nothing in them
export VPIPE_CACHE=$tmp/cache
layout=$(sed -n 's/^stock) layout=\([0-9]*\) ;;/\1/p' scripts/kernel)
prepared() { # VERSION...
	local version
	for version; do
		mkdir -p "$VPIPE_CACHE/kernels/$version"
		echo "$layout" >"$VPIPE_CACHE/kernels/$version/.layout"
	done
}
# SERIES ARCH VERSION: that is the one
is() { [ "$(scripts/kernel --series "$1" --arch "$2" path)" = "$VPIPE_CACHE/kernels/$3" ]; }

check_fails "nothing is prepared" 1 'no stock kernel 6.12 for arm64 is prepared in .*scripts/kernel prepare makes one' \
	scripts/kernel --arch arm64 path
prepared 6.12.9+deb12-amd64 6.12.30+deb12-amd64 6.12.99+deb12-rt-amd64 6.12.40+deb12-arm64 6.1.0-56-amd64
mkdir "$VPIPE_CACHE/kernels/6.12.31+deb12-amd64" # of another layout
check "the newest of a series" is 6.12 amd64 6.12.30+deb12-amd64
check "which is none of its flavours" is 6.12-rt amd64 6.12.99+deb12-rt-amd64
check "nor of another architecture" is 6.12 arm64 6.12.40+deb12-arm64
check "nor is 6.1 6.12" is 6.1 amd64 6.1.0-56-amd64
check "its architecture has other names, too" is 6.12 aarch64 6.12.40+deb12-arm64
environment() { [ "$(KERNEL=6.1 ARCH=x86 scripts/kernel path)" = "$VPIPE_CACHE/kernels/6.1.0-56-amd64" ]; }
check "the environment says which" environment
check_fails "a series that is not in the table" 2 "no kernel 5.10 for amd64 \(there are: 6.1 for amd64, .*6.12 for arm64\)" \
	scripts/kernel --series 5.10 --arch amd64 path
check_fails "nor for that architecture" 2 'no kernel 7.3 for arm64 \(there are: ' scripts/kernel --series 7.3 --arch arm64 path
check_fails "a guest of it" 125 'no kernel 5.10 for amd64' sh -c 'ARCH=amd64 scripts/guest --kernel 5.10 true 2>&1 | head -n 1 >&2; exit 125'
list() { scripts/kernel list | grep -qx "$1"; }
for kernel in '6.1 amd64' '6.12 amd64' '6.12-rt amd64' '7.3 amd64' '7.3-rt amd64' '6.12 arm64'; do
	check "the list has $kernel" list "$kernel"
done
unset VPIPE_CACHE

check "this machine's own root is that of its guests" [ "$(scripts/foreign-root "$(uname -m)")" = / ]
case $(uname -m) in
aarch64) foreign=x86 own=arm64 ;;
*) foreign=arm64 own=x86 ;;
esac
no_compiler() {
	! make -s ARCH=$foreign BUILD="$tmp/build" tools >"$tmp/out" 2>&1 &&
		grep -q "builds for $own, not for $foreign: name a compiler with CC=" "$tmp/out"
}
check "programs for another architecture need its compiler" no_compiler
built_in() { make -n -B ARCH="$1" tools 2>/dev/null | grep -o 'build[-a-z0-9]*/bin/vpipe-trace' | sort -u | grep -qx "$2/bin/vpipe-trace"; }
check "and have a build folder of their own" built_in $foreign build-$foreign

# the build folder of a kernel that calls itself otherwise than its release
kdir=$tmp/kdir
mkdir -p "$kdir/include/generated" "$kdir/include/config"
printf '0x0\tv4l2_m2m_ctx_init\tv4l2-mem2mem\tEXPORT_SYMBOL\n' >"$kdir/Module.symvers"
# shellcheck disable=SC2016 # make's
printf 'modules:\n\ttouch $(M)/vpipe.ko\n' >"$kdir/Makefile"
echo '#define UTS_RELEASE "9.9.0-56-test"' >"$kdir/include/generated/utsrelease.h"
echo 9.9.192 >"$kdir/include/config/kernel.release"
goes_there() {
	make -s install-kmod BUILD="$tmp/build" KDIR="$kdir" DESTDIR="$tmp/dest" &&
		[ "$(cd "$tmp/dest/lib/modules" && echo */updates/vpipe/*)" = 9.9.0-56-test/updates/vpipe/vpipe.ko ]
}
check "the module goes where modprobe looks: what uname -r says" goes_there

# one that lacks v4l2-mem2mem, first without its source
: >"$kdir/Module.symvers"
no_source() {
	! make -s kmod BUILD="$tmp/without" KDIR="$kdir" >"$tmp/out" 2>&1 &&
		grep -q 'kernel 9.9.0-56-test has no v4l2-mem2mem; to build it, install linux-source-9.9' "$tmp/out"
}
check "where v4l2-mem2mem is missing, it says what to install" no_source
mem2mem=linux-source-9.9/drivers/media/v4l2-core/v4l2-mem2mem.c
mkdir -p "$tmp/$(dirname $mem2mem)" "$tmp/kernel"
echo '/* its source */' >"$tmp/$mem2mem"
tar -C "$tmp" -cJf "$tmp/kernel/linux-source-9.9.tar.xz" linux-source-9.9
ln -s "$kdir" "$tmp/kernel/build" # a link, as in the cache
# shellcheck disable=SC2016 # make's
printf 'modules:\n\ttouch $(M)/vpipe.ko $(M)/Module.symvers\n' >"$kdir/Makefile"
extracted() {
	make -s kmod BUILD="$tmp/with" KDIR="$tmp/kernel/build" &&
		cmp "$tmp/$mem2mem" "$tmp/with/kmod/9.9.0-56-test/mem2mem/${mem2mem#*/}"
}
check "the source that is kept beside KDIR is taken" extracted
finish
