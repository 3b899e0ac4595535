# SPDX-License-Identifier: MIT
# kernel-stock.sh - Debian's own kernels, taken from their packages; sourced by kernel
#
# shellcheck shell=sh disable=SC2154

need_mib=1000 # downloads and their contents side by side, with some air

# unpack PACKAGE FOLDER: the package just fetched, which is then deleted
unpack() {
	dpkg-deb -x "${1%:*}"_*.deb "$2" || die "could not unpack $1 ($(free_mib) MB free in $cache)"
	rm -f "${1%:*}"_*.deb
}

# What belongs to a kernel, from what its packages depend on: 7.x has the image, the modules
# and what both need in packages of their own.
packages_of() {
	echo "$image"
	depends_of "$image" '^linux-(binary|modules|base)-[0-9]'
	headers=$(depends_of "linux-headers-$meta:$arch" '^linux-headers-[0-9]' | head -n 1)
	[ "${headers%:*}" = "linux-headers-$kv" ] || headers=linux-headers-$kv:$arch # of an older one
	echo "$headers"
	depends_of "$headers" '^linux-(headers|kbuild)-[0-9]'
}

# Leave out what only hardware needs that no guest has: most of the modules' size,
# and most of the time depmod takes.
prune_modules() {
	rm -rf "$1/kernel/sound"
	for dir in "$1"/kernel/drivers/*; do
		case ${dir##*/} in
		base | block | char | dma | dma-buf | gpu | i2c | media | rtc | usb | vhost | video | virtio) ;;
		*) rm -rf "$dir" ;;
		esac
	done
	# of what shows pictures, what all drivers share
	find "$1/kernel/drivers/gpu" -mindepth 1 -type d ! -name drm ! -name clients -prune -exec rm -rf {} +
	for dir in pci tuners dvb-frontends i2c mmc firewire; do
		rm -rf "$1/kernel/drivers/media/$dir"
	done
	# of USB what a camera in userspace needs
	find "$1/kernel/drivers/usb" -mindepth 1 -maxdepth 1 ! -name common ! -name core ! -name usbip \
		-exec rm -rf {} +
	find "$1/kernel/drivers/media/usb" -mindepth 1 -maxdepth 1 ! -name uvc -exec rm -rf {} +
	rm -f "$1/build" "$1/source"
}

# The headers expect to be in /usr/src; everything else in them is relative already.
relocate_headers() {
	ln -s "usr/src/linux-headers-$kv" build
	# shellcheck disable=SC2016 # make's
	sed -i 's|/usr/src/|$(dir $(lastword $(MAKEFILE_LIST)))../|' build/Makefile
	case $arch in
	amd64) source_arch=x86 ;;
	*) source_arch=$arch ;;
	esac
	for dir in usr/src/linux-headers-*-common*/arch/*; do
		[ "${dir##*/}" = "$source_arch" ] || rm -rf "$dir"
	done
}

# The source package is a .deb around a .tar.xz, of which a few files are wanted: those the
# other packages lack. PATH... is where they are in it.
extract() {
	fetch "linux-source-$number=$version"
	say "extracting a few files of it"
	mkdir source
	# shellcheck disable=SC2046 # names without blanks
	dpkg-deb --fsys-tarfile "linux-source-$number"_*.deb |
		tar -xO "./usr/src/linux-source-$number.tar.xz" | xz -dcq -T0 |
		tar -x -C source --strip-components=1 $(printf "linux-source-$number/%s " "$@") ||
		die "could not extract $* from linux-source-$number"
	rm -f "linux-source-$number"_*.deb
}

# Modules get BTF where the headers have the kernel's, and the program that looks up their names
# in it. 6.1's have neither: the kernel's is in its image, the program in the kbuild of a newer one.
complete_btf() {
	[ ! -e build/vmlinux ] || return 0
	say "taking the kernel's BTF out of its image"
	sh source/scripts/extract-vmlinux vmlinuz >vmlinux.whole || die "there is no kernel in $image"
	"${cross}objcopy" --only-section=.BTF vmlinux.whole build/vmlinux 2>objcopy.log ||
		{ cat objcopy.log >&2; die "there is no BTF in $image"; }
	rm vmlinux.whole objcopy.log
	program=tools/bpf/resolve_btfids/resolve_btfids
	[ ! -e "build/$program" ] || return 0
	kbuild=$(depends_of "$(depends_of "linux-headers-$newer:$arch" '^linux-headers-[0-9]' | head -n 1)" '^linux-kbuild-')
	fetch "$kbuild"
	mkdir newer
	unpack "$kbuild" newer
	mkdir -p "build/${program%/*}"
	mv newer/usr/lib/linux-kbuild-*/$program "build/$program"
	rm -rf newer
}

# Where modules have to be built with the tools of another release, a make that has them: there
# /usr is that release's, and all else this machine's.
make_make() {
	[ -n "$tools" ] || return 0
	cat >./make <<-MAKE
		#!/bin/sh
		# make, with the tools of Debian $release
		usr=\$(dirname "\$0")/../../sysroots/${tools##*/}/usr
		[ -d "\$usr" ] || { echo "kernel: the tools of Debian $release are gone: scripts/kernel prepare gets them" >&2; exit 1; }
		exec unshare --mount \$([ "\$(id -u)" = 0 ] || echo --map-root-user) sh -c '
			mount --bind "\$1" /usr && shift && exec make "\$@"' sh "\$usr" "\$@"
	MAKE
	chmod 755 make
}

# Of drivers that are not packaged, the source as Debian's package has it, for kmod/build.mk: an
# archive like the one in /usr/src, but of these alone.
keep_drivers() {
	tar -C source --owner=0 --group=0 --transform "s|^|linux-source-$number/|" -cJf "linux-source-$number.tar.xz" drivers
}
drivers="drivers/media/v4l2-core/v4l2-mem2mem.c drivers/media/test-drivers drivers/gpu/drm/vkms"

lay_out_packages() {
	packages=$(packages_of) || exit 1
	for package in $packages; do
		fetch "$package"
		unpack "$package" .
	done
	rm -rf usr/share
	mv "boot/vmlinuz-$kv" vmlinuz 2>/dev/null || mv usr/lib/modules/"$kv"/vmlinuz vmlinuz
	mv "lib/modules/$kv" modules 2>/dev/null || mv "usr/lib/modules/$kv" modules
	rm -rf boot lib usr/lib/modules
	prune_modules modules
	# Compressed modules make depmod slow here and modprobe slow in the guest.
	find modules -name '*.ko.xz' -print0 | xargs -0 -r -n 64 -P "$(nproc)" xz -dq
	sed -i 's/\.ko\.xz$/.ko/' modules/modules.order
	relocate_headers
}

# The tools to build modules with: this machine's own, a cross compiler, another release's.
prepare_tools() {
	cross=
	tools=
	if [ "$release" != "$host_release" ]; then
		compiler=gcc
		[ "$arch" = "$host_arch" ] || compiler=$("$here/deps" packages "cross-$arch" | grep ^gcc-)
		# shellcheck disable=SC2086 # words
		tools=$("$here/sysroot" --folder "$release" $build_packages $compiler) ||
			die "there are no tools of Debian $release to build modules with"
	elif [ "$arch" != "$host_arch" ]; then
		"$here/deps" install "cross-$arch"
	fi
	case $arch in
	"$host_arch") ;;
	amd64) cross=x86_64-linux-gnu- ;;
	arm64) cross=aarch64-linux-gnu- ;;
	esac
}
build_packages="bash binutils coreutils dash diffutils dwarves findutils grep make mawk perl-base python3-minimal sed"

# prepare_stock: in the current folder, which is renamed when it is complete
prepare_stock() {
	[ "$(free_mib)" -ge "$need_mib" ] ||
		die "$(free_mib) MB free in $cache, $need_mib MB needed (VPIPE_CACHE= names another place)"
	"$here/deps" install kmod
	lay_out_packages
	make_make

	wanted=
	checkpatch=
	if [ "$series" = "$default_series" ] && [ "$arch" = "$host_arch" ]; then
		checkpatch='scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch'
	fi
	[ -e build/vmlinux ] || wanted=scripts/extract-vmlinux
	# shellcheck disable=SC2086 # words
	extract $drivers $checkpatch $wanted
	complete_btf
	keep_drivers
	[ -z "$checkpatch" ] || mv source/scripts checkpatch
	rm -rf source apt.log
}
