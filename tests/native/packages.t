#!/bin/bash
# SPDX-License-Identifier: MIT
# packages.t - the Debian packages: as they are built, and in a clean Debian from install to purge
#
# The clean Debian is made once, in the cache, and lies under an overlay: what happens to it is gone at the
# end. It has the headers of stock kernels that scripts/kernel has prepared, for DKMS.
#
# Most functions are called by check(), which shellcheck does not see:
# shellcheck disable=SC2317,SC2016 # and single quotes are another shell's
. "$(dirname "$0")/../lib.sh"

build=${BUILD:-build}
debs=$build/deb
arch=$(dpkg --print-architecture)
version=$(sed -n 's/^#define VPIPE_VERSION "\(.*\)"/\1/p' lib/args.h)
trace=$debs/vpipe-trace_${version}_$arch.deb
tools=$debs/vpipe-tools_${version}_$arch.deb
dkms=$debs/vpipe-dkms_${version}_all.deb

# -- what is written down twice; the version: release.t
# PACKAGE...: that the build takes (gcc comes with every build, ncurses' own with every Debian)
takes_what_deps_says() {
	local package missing=0
	for package in $(scripts/deps packages build man | grep -vxE 'gcc|ncurses-bin|ncurses-base'); do
		sed -n '/^Build-Depends:/,/^[^ B]/p' debian/control | grep -qE "[ ,]$package( \(|,|$)" || { echo "$package"; missing=1; }
	done
	return $missing
}
check "debian/control has what scripts/deps says that the build takes" takes_what_deps_says

# -- the build
if ! scripts/deps check build man package 2>"$tmp/deps"; then
	skip "the packages" "$(paste -sd' ' "$tmp/deps")"
	finish
	exit
fi
state() { git -c safe.directory='*' status --porcelain 2>/dev/null; }
check "make deb" make -s deb
if [ ! -e "$trace" ] || [ ! -e "$tools" ] || [ ! -e "$dkms" ]; then
	finish
	exit 1
fi
packages=("$trace" "$tools" "$dkms")

state >"$tmp/state"
check "once more, in another folder" packaging/make-deb --work "$tmp/elsewhere" "$tmp/deb"
unchanged() { state | diff "$tmp/state" -; }
check "it writes nothing into the tree" unchanged
same() { cmp "$1" "$tmp/deb/${1##*/}"; }
for package in "${packages[@]}"; do
	check "the same to the byte: ${package##*/}" same "$package"
done

mkdir "$tmp/x"
for package in "${packages[@]}"; do
	dpkg-deb -x "$package" "$tmp/x/$(basename "$package" | cut -d_ -f1)"
done
no_paths() { ! grep -rlF -e "$PWD" -e "$tmp" -e "${HOME:-/root}/.cache" "$tmp/x"; }
check "nothing in them has the path that it was built in" no_paths

if command -v lintian >/dev/null; then
	lintian() { command lintian --allow-root -E -I --fail-on error,warning,info,experimental "${unwritten[@]}" "$@"; }
	unwritten=()
	[ -d docs/man ] || unwritten=(--suppress-tags no-manual-page)
	check "lintian finds nothing" lintian "${packages[@]}"
else
	skip "lintian finds nothing" "there is no lintian (scripts/deps install package-test)"
fi

# -- what is in them
hardened() {
	local dynamic symbols
	dynamic=$(readelf -dlh "$1")
	symbols=$(readelf -W --dyn-syms "$1")
	{ grep -q 'Flags:.*PIE' <<<"$dynamic" || { echo "no PIE"; false; }; } &&
		{ grep -q GNU_RELRO <<<"$dynamic" || { echo "no RELRO"; false; }; } &&
		{ grep -q 'Flags:.* NOW\|BIND_NOW' <<<"$dynamic" || { echo "not bound at once"; false; }; } &&
		{ grep -q 'GNU_STACK .*' <<<"$dynamic" && ! grep -A 1 GNU_STACK <<<"$dynamic" | grep -q RWE || { echo "its stack is executable"; false; }; } &&
		{ grep -q '_chk@' <<<"$symbols" || { echo "not fortified"; false; }; } &&
		{ grep -q '__stack_chk_fail' <<<"$symbols" || { echo "no stack protector"; false; }; }
}
for program in "$tmp"/x/*/usr/bin/*; do
	check "hardened: ${program##*/}" hardened "$program"
done
in_one_each() { [ -z "$(cd "$tmp/x" && find . ! -type d -printf '%P\n' | cut -d/ -f2- | sort | uniq -d)" ]; }
check "no file is in two packages" in_one_each
# what make install brings is what the packages have, but for what Debian wants of each
installed() { make -s install KMOD=dkms PREFIX=/usr DESTDIR="$tmp/root" >&2 && (cd "$tmp/root" && find . ! -type d -printf '%P\n') | sed 's|^usr/lib/systemd|lib/systemd|'; }
packaged() { (cd "$tmp/x" && find . ! -type d -printf '%P\n') | cut -d/ -f2- | sed -E '/^usr\/share\/(doc|lintian)\//d; s/\.gz$//'; }
as_installed() { diff <(installed | sort) <(packaged | sort); }
check "the packages have what make install installs" as_installed
has() { [ -s "$tmp/x/$1" ] || { echo "$1 is not there"; return 1; }; }
for file in vpipe-trace/usr/bin/vpipe-trace vpipe-trace/usr/share/doc/vpipe-trace/guide.md vpipe-tools/usr/bin/vpipe-capture-m2m \
	"vpipe-dkms/usr/src/vpipe-$version/dkms.conf" "vpipe-dkms/usr/src/vpipe-$version/bring-mem2mem" vpipe-dkms/lib/udev/rules.d/60-vpipe.rules; do
	check "there is $file" has "$file"
done
dkms_sources() { diff <(cat kmod/Kbuild kmod/*.[ch] tracepoints/*.[ch] | sort) <(cd "$tmp/x/vpipe-dkms/usr/src/"* && cat Kbuild ./*.[ch] | sort); }
check "DKMS has the module's sources" dkms_sources

# -- where v4l2-mem2mem comes from
: >"$tmp/Module.symvers"
no_source() { (cd "$tmp" && "$OLDPWD/packaging/dkms/bring-mem2mem" "$@"); }
check_fails "where it is missing, the package to install is named" 1 'kernel 9.9.0-56-test has no v4l2-mem2mem; to build it, install linux-source-9.9$' \
	no_source 9.9.0-56-test "$tmp"
printf '0x0\tv4l2_m2m_ctx_init\tv4l2-mem2mem\tEXPORT_SYMBOL\n' >"$tmp/Module.symvers"
check "a kernel that has it needs none" no_source 9.9.0-56-test "$tmp"
: >"$tmp/Module.symvers"
mkdir -p "$tmp/drivers/media/v4l2-core"
echo '/* its source */' >"$tmp/drivers/media/v4l2-core/v4l2-mem2mem.c"
of_whole_source() { no_source 9.9.0-56-test "$tmp" && cmp "$tmp"/v4l2-mem2mem.c "$tmp"/drivers/media/v4l2-core/v4l2-mem2mem.c; }
check "a whole source has it" of_whole_source

# -- RPM
if command -v rpmlint >/dev/null && command -v rpmspec >/dev/null; then
	rpmlint_takes() { rpmlint -c packaging/rpmlint.toml packaging/vpipe.spec 2>&1 | tee "$tmp/rpmlint" && grep -q ' 0 errors, 0 warnings' "$tmp/rpmlint"; }
	check "rpmlint takes the spec" rpmlint_takes
	rpm_names() { [ "$(rpmspec -q --builtrpms --qf '%{name}-%{version} ' packaging/vpipe.spec)" = "vpipe-trace-$version vpipe-tools-$version vpipe-dkms-$version " ]; }
	check "it makes the same three packages" rpm_names
	rpm_takes_all() {
		local file pattern missing=0
		rpmspec -P -D '_unitdir /usr/lib/systemd/system' -D '_sysusersdir /usr/lib/sysusers.d' -D '_tmpfilesdir /usr/lib/tmpfiles.d' \
			-D '_udevrulesdir /lib/udev/rules.d' packaging/vpipe.spec | sed -nE '/^%files/,/^%changelog/s|^(%config[^ ]* )?/||p' >"$tmp/patterns"
		while read -r file; do
			while read -r pattern; do
				# shellcheck disable=SC2053 # it is a pattern
				[[ $file = $pattern || $file = $pattern/* ]] && continue 2
			done <"$tmp/patterns"
			echo "nobody takes $file"
			missing=1
		done < <(cd "$tmp/root" && find . ! -type d -printf '%P\n')
		return $missing
	}
	check "they take what make install installs" rpm_takes_all
else
	skip "rpmlint takes the spec" "there is no rpmlint, or no rpm (scripts/deps install package-test)"
fi

# -- of another architecture
case $arch in
amd64) foreign=arm64 machine=AArch64 ;;
*) foreign=amd64 machine=X86-64 ;;
esac
if scripts/deps check sysroot cross-$foreign 2>"$tmp/deps"; then
	check "make deb ARCH=$foreign" make -s deb ARCH=$foreign
	foreign_build=build-$foreign
	cross() { dpkg-deb -x "build-$foreign/deb/$1_${version}_$foreign.deb" "$tmp/foreign" && readelf -h "$tmp/foreign/usr/bin/"* | grep -c "Machine:.*$machine" >"$tmp/machines"; }
	check "vpipe-trace for $foreign" cross vpipe-trace
	check "vpipe-tools for $foreign" cross vpipe-tools
	foreign_only() { [ "$(cat "$tmp/machines")" = "$(find "$tmp/foreign/usr/bin" -type f | wc -l)" ]; }
	check "all of their programs are $machine" foreign_only
	depends_of() { dpkg-deb -f "$1" Depends | tr ',' '\n' | sed 's/(.*//; s/ //g; s/|.*//' | sort; }
	same_depends() { diff <(depends_of "$trace") <(depends_of "$foreign_build/deb/vpipe-trace_${version}_$foreign.deb"); }
	check "which depend on the same libraries" same_depends
else
	skip "make deb ARCH=$foreign" "$(paste -sd' ' "$tmp/deps")"
fi

# -- in a clean Debian: its packages are those that ours depend on, and nothing else
kernel_cache=${VPIPE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vpipe}/kernels
kernels=()
for number in 6.1 6.12; do
	kernel=$(scripts/kernel --series $number path 2>/dev/null) && kernels+=("$kernel")
done
if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
	skip "in a clean Debian" "it takes root, and mount namespaces"
	finish
	exit
elif ! scripts/deps check sysroot 2>"$tmp/deps"; then
	skip "in a clean Debian" "$(paste -sd' ' "$tmp/deps")"
	finish
	exit
fi

# DEB...: what they depend on, the first of what will do, without what is in every Debian or ours
dependencies() {
	local deb
	for deb; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' | sed 's/[(|].*//; s/ //g' | grep -vE '^(libc6|dpkg|vpipe-.*)$' | sort -u
}
mapfile -t needed < <(dependencies "${packages[@]}"; echo pahole)
clean=${kernel_cache%/*}/sysroots/clean-$(echo "2 ${needed[*]}" | sha256sum | cut -c 1-8)
# shellcheck disable=SC1091
make_clean() (
	. scripts/debian.sh # which has an arch, too
	mkdir -p "${clean%/*}"
	new=$(mktemp -d "$clean.XXXXXX")
	sources_of "$host_release" "$host_release-security" >"$tmp/sources"
	mmdebstrap --variant=minbase --dpkgopt=force-unsafe-io --include="$(IFS=,; echo "${needed[*]}")" --skip=output/dev --skip=cleanup/apt/lists --aptopt='Acquire::Check-Valid-Until "false"' \
		"$host_release" "$new" "$tmp/sources" >"$tmp/mmdebstrap" 2>&1 </dev/null ||
		{ cat "$tmp/mmdebstrap"; rm -rf "$new"; return 1; }
	mv -T "$new" "$clean" 2>/dev/null || [ -d "$clean" ]
)
[ -d "$clean" ] || check "a clean Debian is made" make_clean
[ -d "$clean" ] || { finish; exit 1; }

# COMMAND...: in there. What it changes is below $tmp/upper.
mkdir "$tmp/upper" "$tmp/work" "$tmp/clean" "$tmp/old"
cat >"$tmp/enter" <<END
	set -e
	mount -t overlay -o "lowerdir=$clean,upperdir=$tmp/upper,workdir=$tmp/work" overlay "$tmp/clean"
	mkdir -p "$tmp"/clean/{debs,old,kernels,fixtures}
	mount --bind "$PWD/$debs" "$tmp/clean/debs"
	mount --bind "$tmp/old" "$tmp/clean/old"
	mount --bind "$PWD/tests/fixtures" "$tmp/clean/fixtures"
	mount --bind "$kernel_cache" "$tmp/clean/kernels"
	mount -t proc proc "$tmp/clean/proc"
	mount --rbind /dev "$tmp/clean/dev"
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$tmp/clean" "\$@"
END
inside() { unshare -m bash "$tmp/enter" "$@"; }
install() { inside sh -c 'cd "$1" && exec apt-get -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io install -q -y --no-install-recommends ./vpipe-*.deb' sh "$1"; }

# KERNEL: installed with its headers; of its source what scripts/kernel has kept
kernel_inside() { inside sh -c 'mkdir -p "/lib/modules/$1" && ln -s "/kernels/$1/build" "/lib/modules/$1/build"' sh "$1"; }
source_inside() { inside sh -c 'ln -s /kernels/"$1"/linux-source-*.tar.xz /usr/src/' sh "$1"; }
# all that is there, but for what any installing leaves behind
files_inside() {
	inside find / -xdev \( -path /proc -o -path /debs -o -path /old -o -path /kernels -o -path /fixtures -o -path /tmp -o -path /var/log \
		-o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd -o -path /var/lib/prometheus \) -prune -o -print |
		grep -vE '^/(etc/(passwd|group|shadow|gshadow)-?|etc/ld\.so\.cache|lib/modules/[^/]*/modules\..*|usr/lib/modules/[^/]*/modules\..*)$' | sort
}

# the version before, with a file that there is no more
repack() {
	local old=0.0.9 deb name folder
	for deb; do
		name=$(basename "$deb" | cut -d_ -f1)
		folder=$tmp/repack/$name
		mkdir -p "$tmp/repack"
		dpkg-deb -R "$deb" "$folder"
		find "$folder/DEBIAN" -type f ! -name md5sums -exec sed -i "s/${version//./\\.}/$old/g" {} +
		echo "$old" >"$folder/usr/share/doc/$name/gone"
		if [ -d "$folder/usr/src" ]; then
			mv "$folder/usr/src/vpipe-$version" "$folder/usr/src/vpipe-$old"
			sed -i "s/$version/$old/" "$folder/usr/src/vpipe-$old/dkms.conf"
		fi
		dpkg-deb -Znone --root-owner-group -b "$folder" "$tmp/old/$(basename "$deb" | sed "s/_${version}_/_${old}_/")" >/dev/null || return
	done
}
check "packages of the version before" repack "${packages[@]}"
check "the clean Debian can be entered" inside true
files_inside >"$tmp/files"

# apt would bring what Debian's own kernel takes
recommended() { inside sh -c 'apt-get -s install /debs/vpipe-*.deb' >"$tmp/apt" && grep -q '^Inst linux-source-6\.1 ' "$tmp/apt" && inside dpkg-query -Wf '${Recommends}' dkms | grep linux-headers; }
check "apt install brings the source of Debian's kernel, and with dkms its headers" recommended

series() { sed -E 's/^([0-9]+\.[0-9]+).*/\1/' <<<"$1"; }
with_kernels() {
	local first=${kernels[0]##*/} kernel
	kernel_inside "$first"
	says_what_is_missing() {
		! install /old >"$tmp/apt" 2>&1 || return 1
		cat "$tmp/apt"
		grep -q "^vpipe: kernel $first has no v4l2-mem2mem; to build it, install linux-source-$(series "$first")\$" "$tmp/apt"
	}
	check "without it, installing says what is missing" says_what_is_missing
	source_inside "$first"
	check "with it, dpkg goes on" inside dpkg --configure -a
	for kernel in "${kernels[@]:1}"; do
		kernel_inside "${kernel##*/}"
		source_inside "${kernel##*/}"
	done
}
built() { # KERNEL
	local folder=$tmp/upper/usr/lib/modules/$1/updates/dkms
	[ "$(cd "$folder" && echo *.ko)" = "v4l2-mem2mem.ko vpipe.ko" ] &&
		[ "$(modinfo -F version "$folder/vpipe.ko")" = "$version" ] &&
		[[ "$(modinfo -F vermagic "$folder/vpipe.ko")" = "$1 "* ]] &&
		modinfo -F depends "$folder/vpipe.ko" | grep -q v4l2-mem2mem &&
		inside dkms status -m vpipe -k "$1" | grep -q "^vpipe/$version, $1, .*: installed"
}
# shellcheck disable=SC2031 # that was in a subshell
if [ "$arch" = amd64 ] && [ ${#kernels[@]} != 0 ]; then
	with_kernels
else
	skip "DKMS" "no kernel is prepared (scripts/kernel prepare)"
	check "they can be installed" install /old
fi
SECONDS=0
check "they can be upgraded" install /debs
is_installed() { [ "$(inside dpkg-query -W -f '${Status} ${Version}\n' vpipe-trace vpipe-tools vpipe-dkms | sort -u)" = "install ok installed $version" ]; }
check "and are of this version then" is_installed
nothing_old() { ! find "$tmp/upper" -type f \( -name gone -path '*/vpipe-*' -o -path '*/vpipe-0.0.9/*' \) | grep . && [ -z "$(inside dkms status -m vpipe -v 0.0.9)" ]; }
check "nothing is left of the version before" nothing_old
for kernel in "${kernels[@]}"; do
	check "DKMS has built both modules for ${kernel##*/}" built "${kernel##*/}"
done

report() { inside vpipe-trace report /fixtures/runs/small >"$tmp/report" && grep -q '^cost  *p50' "$tmp/report" && vpipe-trace report tests/fixtures/runs/small | sed "s|tests/fixtures|/fixtures|" | diff - "$tmp/report"; }
check "vpipe-trace report" report
echo "# from apt-get install to the first report: $SECONDS s"
for program in "$tmp"/x/*/usr/bin/*; do
	check "${program##*/} runs" inside "${program##*/}" --version
done
check "apt-get purge" inside apt-get -o Dpkg::Use-Pty=0 purge -q -y vpipe-trace vpipe-tools vpipe-dkms
purged() { ! files_inside | diff "$tmp/files" - | grep -vE '^> /usr/lib/modules(/[^/]*(/build)?)?$|^> /usr/src/linux-source-|^[0-9]'; }
check "nothing is left of them" purged
finish
