#!/bin/bash
# SPDX-License-Identifier: MIT
# circles.t - no file and no folder needs another one in a circle (scripts/circles)
. "$(dirname "$0")/../lib.sh"

# linked with each other
programs=(lib loader user)
# by #include, which also tells where it is for a type or a constant only
headers=(lib loader user kmod bpf)

check "no circle: objects of ${programs[*]}" scripts/circles objects "${programs[@]}"
check "no circle: includes of ${headers[*]}" scripts/circles includes "${headers[@]}"
name='no circle: objects of kmod tracepoints'
if kernel=$(scripts/kernel path 2>/dev/null); then
	check "$name" sh -c "make -s BUILD=$tmp/build KDIR=$kernel/build kmod && BUILD=$tmp/build scripts/circles objects kmod tracepoints"
else
	skip "$name" 'no kernel is prepared (scripts/kernel prepare)'
fi

# that it could have failed, in a copy of the tree: FILE TEXT, compiled if it is C
plant() {
	mkdir -p "$(dirname "$tree/$1")" "$(dirname "$tree/build/$1")"
	printf '%b\n' "$2" >"$tree/$1"
	case $1 in *.c) "${CC:-gcc}" -c -o "$tree/build/${1%.c}.o" "$tree/$1" ;; esac
}

# PATTERN ARG...: circles with a line like it are found there
finds() {
	local pattern=$1 status
	shift
	(cd "$tree" && BUILD=build scripts/circles "$@") >"$tmp/found" 2>&1
	status=$?
	[ $status = 1 ] && grep -qE "$pattern" "$tmp/found" && return
	echo "status $status, wanted 1, and '$pattern':"
	cat "$tmp/found"
	return 1
}

tree=$tmp/tree
mkdir -p "$tree/build"
cp -r scripts lib user "$tree"
cp -r "${BUILD:-build}"/{lib,user} "$tree/build"

plant lib/planted.c 'void above(void);\nvoid below(void) {above();}'
plant user/lib/planted.c 'void below(void);\nvoid above(void) {below();}'
check 'a circle of files is found' finds '^  user/lib/planted -> lib/planted  \(below\)' objects lib user
rm "$tree/user/lib/planted.c"
plant user/lib/another.c 'void above(void) {}'
check 'a circle of folders is found' finds '^  lib -> user/lib  \(lib/planted -> user/lib/another: above\)' objects lib user
check 'without a circle of files' sh -c "! grep -q '^files' $tmp/found"

# as it once was; the kernel's build has no folders
plant kmod/vpipe-core.c 'void vpipe_meta_init(void);\nvoid vpipe_new_id(void) {vpipe_meta_init();}'
plant kmod/vpipe-meta.c 'void vpipe_new_id(void);\nvoid vpipe_meta_init(void) {vpipe_new_id();}'
mkdir "$tree/build/kmod/6.12"
mv "$tree"/build/kmod/*.o "$tree/build/kmod/6.12"
check 'a circle of the module is found' finds '^  kmod/vpipe-meta -> kmod/vpipe-core  \(vpipe_new_id\)' objects kmod

plant bpf/core/one.bpf.h '#include "probes/two.bpf.h"'
plant bpf/probes/two.bpf.h '#include "core/three.h"'
plant bpf/core/three.h '# include "one.bpf.h"'
check 'a circle of headers is found' finds '^  bpf/core/three -> bpf/core/one.bpf  \(one.bpf.h\)' includes bpf
check 'and of their folders' grep -q '^  bpf/probes -> bpf/core' "$tmp/found"
rm "$tree/bpf/core/three.h"
check 'one that is mended is not' sh -c "cd $tree && scripts/circles includes bpf"

check_fails 'no folder' 2 'see --help' scripts/circles objects
check_fails 'a folder without C' 2 'folders with C in them' scripts/circles includes docs
check_fails 'what is not built' 2 'kmod/vpipe-[a-z]*.c is not built' env BUILD="$tmp/nothing" scripts/circles objects kmod
check '--help' sh -c 'scripts/circles --help | grep -q "^Exit status: 0"'
finish
