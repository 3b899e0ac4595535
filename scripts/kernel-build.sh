# SPDX-License-Identifier: MIT
# kernel-build.sh - kernels made from Debian's source, to find faults with; sourced by kernel
#
# kernels/VARIANT.config says what is in one. It is built once, and cached by the hash of
# what it is made of.
#
# shellcheck shell=sh disable=SC2154

built_need_mib=6000 # source, objects and BTF side by side
built_layout=1 # part of the hash, as the fragments are

# The fragments of a variant, the general one first.
fragments() {
	echo "$here/kernels/debug.config"
	[ "$variant" = debug ] || echo "$here/kernels/$variant.config"
}

# What distinguishes one build from another: part of its version, so of its folder's name.
build_hash() {
	# shellcheck disable=SC2046 # names without blanks
	{ echo "$built_layout $series"; cat $(fragments); } | sha256sum | cut -c 1-8
}

extract_source() {
	fetch "linux-source-$series"
	say "unpacking the source"
	dpkg-deb --fsys-tarfile "linux-source-$series"_*.deb |
		tar -xO "./usr/src/linux-source-$series.tar.xz" | xz -dcq -T0 |
		tar -x ||
		die "could not unpack the source ($(free_mib) MB free in $cache)"
	rm -f "linux-source-$series"_*.deb
	mv "linux-source-$series" source
}

# In the background, since a shell that waits for a command answers no signal.
kernel_make() {
	make -s -C source O="$PWD/build" "$@" </dev/null >>make.log 2>&1 9>&- &
	job=$!
	wait "$job" || {
		tail -n 30 make.log >&2
		die "could not build the kernel (make $*)"
	}
	job=
}

# An option that does not survive is a checker that finds nothing.
check_config() {
	for fragment in $(fragments); do
		grep -E '^CONFIG_|^# CONFIG_.* is not set' "$fragment"
	done | awk '{ name = $0; sub(/^# /, "", name); sub(/[= ].*/, "", name); last[name] = $0 }
		END { for (name in last) print last[name] }' >wanted
	missing=$(grep -E '=[ym"]' wanted | grep -vxFf build/.config || :)
	missing="$missing$(sed -n 's/^# \(CONFIG_[A-Z0-9_]*\) is not set/\1=/p' wanted | grep -Ff - build/.config || :)"
	[ -z "$missing" ] || die "options that the kernel's configuration did not take: $missing"
	rm wanted
}

configure_kernel() {
	mkdir build
	kernel_make tinyconfig
	# shellcheck disable=SC2046 # names without blanks
	source/scripts/kconfig/merge_config.sh -m -O build build/.config $(fragments) >>make.log 2>&1 ||
		die "could not merge the configuration"
	echo "CONFIG_LOCALVERSION=\"-$variant-$hash\"" >>build/.config
	kernel_make olddefconfig
	check_config
}

# A word a minute until the image is there, or the build is over for another reason.
show_progress() {
	sleep 60
	while kill -0 $$ 2>/dev/null && [ -d build ] && [ ! -e vmlinuz ]; do
		say "  $(($(since "$began") / 60)) min, $(find build -name '*.o' | wc -l) objects"
		sleep 60
	done
}

compile_kernel() {
	say "building it: about a quarter of an hour on two cores"
	show_progress 9>&- &
	kernel_make -j"$(nproc)" bzImage modules
	cp build/arch/x86/boot/bzImage vmlinuz
	kv=$(cat build/include/config/kernel.release)
	kernel_make INSTALL_MOD_PATH="$PWD" INSTALL_MOD_STRIP=1 modules_install
	mv "lib/modules/$kv" modules
	rm -rf lib modules/build modules/source
}

# Of source and build, keep what modules are built with; both may move.
prune_build() {
	find build \( -name scripts -o -name tools \) -prune -o \
		-type f \( -name '*.o' -o -name '*.a' -o -name '*.cmd' -o -name '*.ko' -o -name '.tmp_*' \) -exec rm -f {} +
	rm -rf build/arch/x86/boot build/vmlinux.unstripped
	strip --strip-debug build/vmlinux # BTF stays
	for dir in source/*/ source/arch/*/; do
		case ${dir%/} in
		source/arch | source/arch/x86 | source/include | source/scripts | source/tools) ;;
		*) rm -rf "$dir" ;;
		esac
	done
	find source/arch source/include -type f -name '*.[cS]' -exec rm -f {} +
	echo "include \$(dir \$(lastword \$(MAKEFILE_LIST)))../source/Makefile" >build/Makefile
	ln -sfn ../source build/source
}

# prepare_built: in the current folder, which is renamed when it is complete
prepare_built() {
	hash=$(build_hash)
	[ "$(free_mib)" -ge "$built_need_mib" ] ||
		die "$(free_mib) MB free in $cache, $built_need_mib MB needed (VPIPE_CACHE= names another place)"
	"$here/deps" install kernel
	extract_source
	configure_kernel
	compile_kernel
	prune_build
	rm -f make.log apt.log
}
